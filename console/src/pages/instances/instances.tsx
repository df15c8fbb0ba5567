/* Approval Center > Workflow Instance. */
import { useSay } from '../../lib/words';
import { Page, Sheet } from '../../parts/page';
import { InstanceTable } from './table';

export default function InstancesPage() {
  const say = useSay();
  return (
    <Page title={say('Workflow Instance', '审批实例')} about={say('Every request to remove something, and what became of it. New ones appear by themselves.', '全部卸载申请及其处理结果，新的申请会自动出现。')}>
      <Sheet><InstanceTable page="instances" /></Sheet>
    </Page>
  );
}
