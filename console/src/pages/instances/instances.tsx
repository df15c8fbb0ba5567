import { Page } from '../../parts/page';

export default function InstancesPage() {
  return <Page title="instances">{null}</Page>;
}
