import { Page } from '../../parts/page';

export default function MePage() {
  return <Page title="me">{null}</Page>;
}
