import { Page } from '../../parts/page';

export default function TerminalsPage() {
  return <Page title="terminals">{null}</Page>;
}
