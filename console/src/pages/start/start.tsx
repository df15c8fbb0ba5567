import { Page } from '../../parts/page';

export default function StartPage() {
  return <Page title="start">{null}</Page>;
}
