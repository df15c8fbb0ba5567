import { Page } from '../../parts/page';

export default function SetupPage() {
  return <Page title="setup">{null}</Page>;
}
