import { Page } from '../../parts/page';

export default function GroupPage() {
  return <Page title="group">{null}</Page>;
}
