import { Page } from '../../parts/page';

export default function ReleasesPage() {
  return <Page title="releases">{null}</Page>;
}
