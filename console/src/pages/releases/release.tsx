import { Page } from '../../parts/page';

export default function ReleasePage() {
  return <Page title="release">{null}</Page>;
}
