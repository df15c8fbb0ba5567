import { Page } from '../../parts/page';

export default function DelegationsPage() {
  return <Page title="delegations">{null}</Page>;
}
