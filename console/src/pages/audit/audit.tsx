import { Page } from '../../parts/page';

export default function AuditPage() {
  return <Page title="audit">{null}</Page>;
}
