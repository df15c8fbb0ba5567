import { Page } from '../../parts/page';

export default function SourcePage() {
  return <Page title="source">{null}</Page>;
}
