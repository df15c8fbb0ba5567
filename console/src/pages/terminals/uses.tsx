/* Requests and removals of one device. */
import { useMemo } from 'react';
import { Link } from 'react-router';
import { useList, type Schema } from '../../lib/api';
import { When } from '../../lib/time';
import { useSay } from '../../lib/words';
import { List, type Column } from '../../parts/list';
import { Sheet } from '../../parts/page';
import { State, effects, requestStates } from '../../parts/states';
import { grounds, removalStates } from '../removals/words';

type Device = Schema<'DeviceDetail'>;
type Request = Schema<'ListedInstance'>;
type Removal = Schema<'Removal'>;

export function RequestsOf({ device }: { device: Device }) {
  const say = useSay();
  const found = useList('/api/v1/instances', { params: { query: { device: device.id } } }, { limit: 20 });
  const columns = useMemo<Column<Request>[]>(() => [
    { title: say('Number', '编号'), width: 120, narrow: 'head', render: (_, one) => <Link className="numeric" to={`/console/approval/instances/${one.id}`}>{one.number}</Link> },
    { title: say('Status', '状态'), width: 120, narrow: 'head', render: (_, one) => <State of={one.status} in={requestStates} /> },
    { title: say('Applicant', '申请人'), width: 140, render: (_, one) => <Link to={`/console/identity/users/${one.applicant.id}`}>{one.applicant.name}</Link> },
    { title: say('Reason', '原因'), width: 280, render: (_, one) => <span className="clamp" title={one.reason}>{one.reason}</span> },
    { title: say('Package', '软件包'), width: 150, render: (_, one) => <span className="code">{one.package}</span> },
    { title: say('Decided by', '审批人'), width: 170, render: (_, one) => (one.decision ? <>{one.decision.who}<div className="dim small"><When ms={one.decision.at_ms} /></div></> : '–') },
    { title: say('Uninstalled', '是否已卸载'), width: 140, render: (_, one) => <State of={one.effect} in={effects} /> },
    { title: say('Filed', '报备时间'), width: 130, render: (_, one) => <When ms={one.created_ms} /> },
  ], [say]);
  return (
    <Sheet title={say('Requests', '申请')} deeds={device.uses.requests > 20 && <Link to={`/console/approval/instances?status=all&device=${device.id}`}>{say(`All ${device.uses.requests}`, `全部 ${device.uses.requests} 条`)}</Link>}>
      <List found={found} columns={columns} name={say('Requests', '申请')} empty={say('Nobody has asked to uninstall anything here.', '此设备上没有卸载申请。')} height={420} />
    </Sheet>
  );
}

export function RemovalsOf({ device }: { device: Device }) {
  const say = useSay();
  const found = useList('/api/v1/removals', { params: { query: { device: device.id } } }, { limit: 20 });
  const columns = useMemo<Column<Removal>[]>(() => [
    { title: say('Package', '软件包'), width: 160, narrow: 'head', render: (_, one) => <span className="code">{one.package}</span> },
    { title: say('Ground', '依据'), width: 160, narrow: 'head', render: (_, one) => <b>{say(grounds[one.ground])}</b> },
    { title: say('What happened', '结果'), width: 180, render: (_, one) => say(removalStates[one.state]) },
    { title: say('Owner then', '当时的使用者'), width: 140, dataIndex: 'owner_name' },
    { title: say('Whose decision', '决定人'), width: 200, render: (_, one) => (one.instance ? <Link to={`/console/approval/instances/${one.instance}`}>{one.decided_by || say('the request', '查看申请')}</Link> : one.decided_by || '–') },
    { title: say('Policy', '策略'), width: 100, render: (_, one) => <span className="numeric">{one.policy_version ? say(`version ${one.policy_version}`, `版本 ${one.policy_version}`) : '–'}</span> },
    { title: say('When', '时间'), width: 130, render: (_, one) => <When ms={one.at_ms} /> },
  ], [say]);
  if (!found.problem && found.items.length === 0) return null;
  return <Sheet title={say('Removals', '卸载记录')}><List found={found} columns={columns} name={say('Removals', '卸载记录')} empty="–" height={420} /></Sheet>;
}
