import { Page } from '../../parts/page';

export default function InstancePage() {
  return <Page title="instance">{null}</Page>;
}
