import { Page } from '../../parts/page';

export default function DingtalkPage() {
  return <Page title="dingtalk">{null}</Page>;
}
