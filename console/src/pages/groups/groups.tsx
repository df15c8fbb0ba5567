import { Page } from '../../parts/page';

export default function GroupsPage() {
  return <Page title="groups">{null}</Page>;
}
