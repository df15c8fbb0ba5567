import { Page } from '../../parts/page';

export default function TokensPage() {
  return <Page title="tokens">{null}</Page>;
}
