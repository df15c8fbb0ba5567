/* One release: how far it is, its devices, confirming and stopping it. */
import { CheckOutlined, StopOutlined } from '@ant-design/icons';
import { Alert, App, Button, Segmented } from 'antd';
import { useMemo, useState } from 'react';
import { Link, useParams } from 'react-router';
import { api, useChange, useGet, useList, type Schema } from '../../lib/api';
import { useAddress } from '../../lib/address';
import { useMayChange, useMe } from '../../lib/session';
import { When } from '../../lib/time';
import { plural, useSay } from '../../lib/words';
import { Facts } from '../../parts/facts';
import { List, type Column } from '../../parts/list';
import { Page, PageSkeleton, Sheet } from '../../parts/page';
import { ReasonDialog } from '../../parts/reason';
import { State } from '../../parts/states';
import { Trouble, useTell } from '../../parts/trouble';
import { LeftOut } from './lines';
import { chosenBy, Progress, releaseStates, steps, type Release, type Step } from './words';

type Row = Schema<'ReleaseDevice'>;
const order: Step[] = ['queued', 'waiting', 'fetched', 'used', 'lapsed', 'cancelled', 'failed'];

export default function ReleasePage() {
  const say = useSay();
  const { id = '' } = useParams();
  const found = useGet('/api/v1/releases/{id}', { params: { path: { id } } });
  if (found.data) return <One key={id} release={found.data} />;
  return found.error ? <Page title={say('Release', '放行')}><Trouble problem={found.error} again={() => void found.refetch()} /></Page> : <PageSkeleton />;
}

function Meaning({ release: r }: { release: Release }) {
  const say = useSay();
  switch (r.state) {
    case 'unconfirmed': return <>{say('No device has an approval yet: a second administrator has to confirm it until ', '尚未签发：需由第二位管理员在 ')}<When ms={r.confirm_until_ms} />{say('.', ' 前确认。')}</>;
    case 'issuing': return <>{say('The approvals are being made, 25 devices at a time.', '正在签发批准，每批 25 台设备。')}</>;
    case 'issued': return <>{say(`Each device may be uninstalled once, for ${plural(r.days, 'day')} from its approval on.`, `每台设备自签发起 ${r.days} 天内可卸载一次。`)}</>;
    case 'stopping': return <>{say('No more approvals are made; the unused ones are being called back.', '不再签发，正在收回未使用的批准。')}</>;
    case 'stopped': return <>{say('It was stopped. What was used stays used.', '已停止，已使用的不受影响。')}</>;
    case 'expired': return <>{say('Nobody confirmed it in time. No device was released.', '未在期限内确认，没有设备被放行。')}</>;
  }
}

function One({ release: r }: { release: Release }) {
  const say = useSay();
  const tell = useTell();
  const me = useMe();
  const changer = useMayChange();
  const { modal } = App.useApp();
  const [{ progress }, set] = useAddress(['progress']);
  const [stopping, stop] = useState(false);
  const own = useGet('/api/v1/releases', { params: { query: { state: 'unconfirmed', creator: me.account?.id ?? '', limit: 100 } } }, { enabled: r.state === 'unconfirmed' && !!me.account });
  const mine = own.data?.items.some((one) => one.id === r.id);
  const confirm = useChange(() => api.POST('/api/v1/releases/{id}/confirm', { params: { path: { id: r.id } } }));
  const end = useChange((reason: string) => api.POST('/api/v1/releases/{id}/stop', { params: { path: { id: r.id } }, body: { reason } }));
  const devices = useList('/api/v1/releases/{id}/devices', { params: { path: { id: r.id }, query: order.includes(progress as Step) ? { progress: progress as Step } : {} } }, { keep: true });
  const columns = useMemo<Column<Row>[]>(() => [
    { title: say('Device', '设备'), key: 'name', width: 220, narrow: 'head', render: (_v, row) => <Link to={`/console/terminals/${row.id}`} className="break">{row.name}</Link> },
    { title: say('Progress', '进度'), key: 'progress', width: 170, narrow: 'head', render: (_v, row) => <><State of={row.progress} in={steps} />{row.progress === 'cancelled' && <div className="dim small">{row.confirmed ? say('the device has confirmed it', '设备已确认') : say('not confirmed by the device yet', '设备尚未确认')}</div>}</> },
    { title: say('Owner', '使用者'), key: 'owner', width: 140, render: (_v, row) => <Link to={`/console/identity/users/${row.owner.id}`}>{row.owner.name}</Link> },
    { title: say('Request', '申请'), key: 'instance', width: 130, render: (_v, row) => (row.instance ? <Link to={`/console/approval/instances/${row.instance.id}`} className="numeric">{row.instance.number}</Link> : '–') },
    { title: say('Why not', '未放行原因'), key: 'why', width: 220, render: (_v, row) => row.why ?? '–' },
  ], [say]);
  const ask = () => void modal.confirm({
    title: say(`Release ${plural(r.total, 'device')}?`, `确认放行 ${r.total} 台设备？`), icon: null,
    content: <Facts facts={[[say('Made by', '创建人'), r.created_by], [say('Reason', '原因'), <span className="said">{r.reason}</span>], [say('Package', '软件包'), <span className="code">{r.package}</span>], [say('Good for', '有效期'), say(plural(r.days, 'day'), `${r.days} 天`)]]} />,
    okText: say('Confirm', '确认放行'), cancelText: say('Cancel', '取消'),
    onOk: () => confirm.mutateAsync(undefined).then(() => tell.done(say('Confirmed', '已确认')), tell.problem),
  });
  return (
    <Page
      title={<><span>{say('Release', '放行')}</span> <State of={r.state} in={releaseStates} /></>}
      about={<Meaning release={r} />}
      deeds={changer && (
        <>
          {r.state === 'unconfirmed' && own.data && !mine && <Button type="primary" icon={<CheckOutlined aria-hidden />} loading={confirm.isPending} onClick={ask}>{say('Confirm', '确认放行')}</Button>}
          {['unconfirmed', 'issuing', 'issued'].includes(r.state) && <Button danger icon={<StopOutlined aria-hidden />} onClick={() => stop(true)}>{say('Stop', '停止')}</Button>}
        </>
      )}
    >
      {r.state === 'unconfirmed' && mine && <Alert type="info" showIcon style={{ marginBottom: 16 }} title={say('You made it, so somebody else has to confirm it.', '此放行由您创建，需由其他管理员确认。')} />}
      <Sheet title={say('What', '内容')}>
        <Facts facts={[
          [say('Reason', '原因'), <span className="said" style={{ fontSize: 15 }}>{r.reason}</span>],
          [say('Devices', '设备'), chosenBy(r.selection, r.total, say)],
          [say('Package', '软件包'), <span className="code">{r.package}</span>],
          [say('Good for', '有效期'), say(plural(r.days, 'day'), `${r.days} 天`)],
          [say('Made by', '创建人'), <>{r.created_by} · <When ms={r.created_ms} /></>],
          [say('Confirmed by', '确认人'), r.confirmed && <>{r.confirmed.by} · <When ms={r.confirmed.at_ms} /></>],
          [say('Stopped by', '停止人'), r.stopped && <>{r.stopped.by} · <When ms={r.stopped.at_ms} /><div className="said">{r.stopped.reason}</div></>],
          [say('Progress', '进度'), r.state !== 'unconfirmed' && r.state !== 'expired' && <div style={{ maxWidth: 420 }}><Progress release={r} /></div>],
        ]} />
        <LeftOut lines={r.list.left_out} />
      </Sheet>
      <Sheet title={say('Devices', '设备')}>
        <div className="tabs-row">
          <Segmented aria-label={say('Progress', '进度')} value={progress ?? ''} onChange={(value) => set({ progress: value })}
            options={[{ value: '', label: `${say('All', '全部')} ${r.total}` }, ...order.filter((one) => r.progress[one] > 0 || one === progress).map((one) => ({ value: one as string, label: `${say(steps[one][0])} ${r.progress[one]}` }))]} />
        </div>
        <List<Row> found={devices} columns={columns} name={say('Devices', '设备')} empty={say('There is none of these.', '没有此类设备。')} />
      </Sheet>
      <ReasonDialog open={stopping} title={say('Stop this release?', '停止此放行？')} required danger deed={say('Stop', '停止')} label={say('Why? The owners read it', '原因，设备使用者可见')}
        about={say('No further approvals are made and the unused ones are called back. A device that is offline may still use its own until it is online. This cannot be undone.', '将不再签发，并收回未使用的批准；离线设备在联网前仍可能使用。此操作不可撤销。')}
        run={(reason) => end.mutateAsync(reason)} close={() => stop(false)} />
    </Page>
  );
}
