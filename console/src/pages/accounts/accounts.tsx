import { Page } from '../../parts/page';

export default function AccountsPage() {
  return <Page title="accounts">{null}</Page>;
}
