import { Page } from '../../parts/page';

export default function KeysPage() {
  return <Page title="keys">{null}</Page>;
}
