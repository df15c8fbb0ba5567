import { Page } from '../../parts/page';

export default function WebhookPage() {
  return <Page title="webhook">{null}</Page>;
}
