import { Page } from '../../parts/page';

export default function UsersPage() {
  return <Page title="users">{null}</Page>;
}
