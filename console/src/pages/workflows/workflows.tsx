import { Page } from '../../parts/page';

export default function WorkflowsPage() {
  return <Page title="workflows">{null}</Page>;
}
