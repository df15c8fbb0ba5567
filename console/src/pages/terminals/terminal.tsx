import { Page } from '../../parts/page';

export default function TerminalPage() {
  return <Page title="terminal">{null}</Page>;
}
