import { Page } from '../../parts/page';

export default function AlarmsPage() {
  return <Page title="alarms">{null}</Page>;
}
