import { Page } from '../../parts/page';

export default function RemovalsPage() {
  return <Page title="removals">{null}</Page>;
}
