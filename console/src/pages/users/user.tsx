import { Page } from '../../parts/page';

export default function UserPage() {
  return <Page title="user">{null}</Page>;
}
