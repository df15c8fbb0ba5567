/* The first page: what waits, what is amiss, and whether everything runs. */
import { Segmented } from 'antd';
import type { ReactNode } from 'react';
import { Link } from 'react-router';
import { useAddress } from '../../lib/address';
import { useGet, type Schema } from '../../lib/api';
import { readers, useMay, useMe } from '../../lib/session';
import { Ago, duration } from '../../lib/time';
import { useWords, type Text } from '../../lib/words';
import { Bars, Shares } from '../../parts/bars';
import { Nothing } from '../../parts/list';
import { Page, Sheet, SheetSkeleton } from '../../parts/page';
import { Trouble } from '../../parts/trouble';
import { alarmKinds, aboutAlarm } from '../alarms/words';
import { Links } from './links';

type Statistics = Schema<'Statistics'>;
type DeviceCounts = Schema<'DeviceCounts'>;

function Tile({ to, name, figure, more, wait }: { to: string; name: string; figure?: ReactNode; more?: ReactNode; wait?: boolean }) {
  return (
    <Link to={to} className="tile">
      <span className="tile-name">{name}</span>
      <span className="tile-figure">{figure ?? <span className="dim">–</span>}</span>
      <span className="tile-more">{wait ? ' ' : more}</span>
    </Link>
  );
}

const waits: [keyof Statistics['waiting'] & `${'hours_' | 'older'}${string}`, Text, string][] = [
  ['hours_1', ['less than an hour', '1 小时内'], 'var(--good)'],
  ['hours_8', ['1 to 8 hours', '1–8 小时'], 'var(--wait)'],
  ['hours_24', ['8 to 24 hours', '8–24 小时'], 'var(--wait)'],
  ['hours_72', ['1 to 3 days', '1–3 天'], 'var(--warm)'],
  ['older', ['longer than 3 days', '3 天以上'], 'var(--bad)'],
];

const states: [keyof DeviceCounts, string, Text, string][] = [
  ['online', 'online', ['Online', '在线'], 'var(--good)'],
  ['offline', 'offline', ['Offline', '离线'], 'var(--quiet)'],
  ['long_offline', 'long-offline', ['Long offline', '长期离线'], 'var(--warm)'],
  ['lost', 'lost', ['Lost', '已挂失'], 'var(--bad)'],
  ['removed_without_grant', 'removed-without-grant', ['Removed without grant', '未经批准被卸载'], 'var(--bad)'],
  ['presumed_uninstalled', 'presumed-uninstalled', ['Presumably uninstalled', '可能已卸载'], 'var(--quiet)'],
  ['uninstalled', 'uninstalled', ['Uninstalled', '已卸载'], 'var(--quiet)'],
  ['unbound', 'unbound', ['Unbound', '已解绑'], 'var(--quiet)'],
];

function Alarms() {
  const { say } = useWords();
  const alarms = useGet('/api/v1/alarms', { params: { query: { state: 'open', acknowledged: 'false', limit: 6 } } });
  return (
    <Sheet title={say('Alarms not acknowledged', '未确认的告警')} deeds={<Link to="/console/terminals/alarms?show=new">{say('All', '全部')}</Link>}>
      <Trouble problem={alarms.error} />
      {!alarms.data ? <SheetSkeleton rows={3} /> : alarms.data.items.length === 0 ? <Nothing>{say('Nothing needs to be looked at.', '没有需要处理的告警。')}</Nothing> : (
        <ul className="shares">
          {alarms.data.items.map((alarm) => (
            <li key={alarm.id} style={{ gridTemplateColumns: 'minmax(0, 1fr) max-content' }}>
              <span className="break">
                {say(alarmKinds[alarm.kind].name)}{say(aboutAlarm(alarm)) && <span className="dim"> · {say(aboutAlarm(alarm))}</span>}{' '}
                {alarm.device && <>– <Link to={`/console/terminals/${alarm.device.id}`}>{alarm.device.name || say('a deleted device', '已删除的设备')}</Link></>}
              </span>
              <span className="dim"><Ago ms={alarm.first_ms} /></span>
            </li>
          ))}
        </ul>
      )}
    </Sheet>
  );
}

export default function OverviewPage() {
  const { say, language } = useWords();
  const me = useMe();
  const mayRead = useMay(...readers);
  const [{ days: chosen }, set] = useAddress(['days'] as const);
  const days = chosen === '7' || chosen === '90' ? Number(chosen) : 30;
  const statistics = useGet('/api/v1/statistics', { params: { query: { days, utc_offset: -new Date().getTimezoneOffset() } } }, { keep: true });
  const devices = useGet('/api/v1/devices/counts');
  const present = useGet('/api/v1/devices/counts', { params: { query: { state: 'online,offline,long-offline' } } });
  const alarms = useGet('/api/v1/alarms/counts', undefined, { enabled: mayRead });
  const mine = useGet('/api/v1/instances/counts', { params: { query: { waiting_for: 'me', status: 'pending' } } }, { enabled: me.role === 'approver' });
  const s = statistics.data;
  const d = devices.data;
  const sum = (of: (day: Statistics['days'][number]) => number) => s?.days.reduce((all, day) => all + of(day), 0) ?? 0;
  const at = s?.days.map((day) => day.from_ms) ?? [];
  const values = (of: (day: Statistics['days'][number]) => number) => s?.days.map(of) ?? [];
  const there = d ? d.online + d.offline + d.long_offline : 0;
  return (
    <Page
      title={say('Overview', '概览')}
      deeds={<Segmented aria-label={say('Days', '时间范围')} value={days} onChange={(value) => set({ days: value === 30 ? undefined : String(value) }, { replace: true })}
        options={[7, 30, 90].map((n) => ({ value: n, label: say(`${n} days`, `${n} 天`) }))} />}
    >
      <Trouble problem={statistics.error ?? devices.error} again={() => { void statistics.refetch(); void devices.refetch(); }} />
      <div className="tiles">
        <Tile to="/console/approval/instances?status=pending" name={say('Pending requests', '待审批申请')} figure={s?.waiting.count} wait={!s}
          more={s?.waiting.oldest_ms ? <>{say('the oldest for', '最久已等待')} {duration(Date.now() - s.waiting.oldest_ms, language)}</> : say('none', '无')} />
        {me.role === 'approver' && <Tile to="/console/approval/instances?waiting_for=me&status=pending" name={say('Waiting for you', '待您审批')} figure={mine.data?.pending} more={say('your turn', '轮到您处理')} wait={!mine.data} />}
        <Tile to="/console/terminals" name={say('Devices online', '在线设备')} figure={d && <>{d.online.toLocaleString()}<span className="dim" style={{ fontSize: 16 }}> / {there.toLocaleString()}</span></>} wait={!d}
          more={present.data && say(`${present.data.covered.toLocaleString()} covered by the policy`, `${present.data.covered.toLocaleString()} 台在策略生效范围内`)} />
        {mayRead && <Tile to="/console/terminals/alarms" name={say('Open alarms', '未关闭告警')} figure={alarms.data?.open} wait={!alarms.data} more={alarms.data && say(`${alarms.data.unacknowledged} not acknowledged`, `${alarms.data.unacknowledged} 条未确认`)} />}
        <Tile to="/console/terminals" name={say('Attempts blocked', '已拦截卸载')} figure={s && sum((day) => day.attempts)} wait={!s} more={say(`in ${days} days`, `近 ${days} 天`)} />
        <Tile to={mayRead ? '/console/audit/removals' : '/console/approval/instances'} name={say('Removals', '卸载')} figure={s && sum((day) => day.removed)} wait={!s}
          more={sum((day) => day.without_grant) > 0 ? <span style={{ color: 'var(--bad)' }}>{say(`${sum((day) => day.without_grant)} without a grant`, `${sum((day) => day.without_grant)} 次未经批准`)}</span> : say('none without a grant', '均有依据')} />
      </div>
      <div className="halves">
        <Sheet title={say('Decisions', '审批结果')}>
          {!s ? <SheetSkeleton /> : (
            <>
              <Bars name={say('Decisions', '审批结果')} days={at} series={[
                { name: say('Approved', '已通过'), colour: 'var(--good)', values: values((day) => day.approved) },
                { name: say('Rejected', '已拒绝'), colour: 'var(--bad)', values: values((day) => day.rejected) },
                { name: say('Revoked', '已撤回'), colour: 'var(--quiet)', values: values((day) => day.revoked) },
                { name: say('Expired', '已过期'), colour: 'var(--warm)', values: values((day) => day.expired) },
              ]} />
              {s.decided.median_ms !== null && <p className="dim" style={{ margin: '8px 0 0' }}>{say(`Half were decided within ${duration(Math.max(s.decided.median_ms, 1000), language)}, nine of ten within ${duration(Math.max(s.decided.p90_ms ?? 0, 1000), language)}.`, `半数在 ${duration(Math.max(s.decided.median_ms, 1000), language)}内完成，九成在 ${duration(Math.max(s.decided.p90_ms ?? 0, 1000), language)}内完成。`)}</p>}
            </>
          )}
        </Sheet>
        <Sheet title={say('Attempts to uninstall, and removals', '卸载尝试与卸载')}>
          {!s ? <SheetSkeleton /> : <Bars name={say('Attempts to uninstall, and removals', '卸载尝试与卸载')} days={at} series={[
            { name: say('Attempts blocked', '已拦截'), colour: 'var(--wait)', values: values((day) => day.attempts) },
            { name: say('Removed on a ground', '有依据的卸载'), colour: 'var(--good)', values: values((day) => day.removed - day.without_grant) },
            { name: say('Removed without grant', '未经批准的卸载'), colour: 'var(--bad)', values: values((day) => day.without_grant) },
          ]} />}
        </Sheet>
        <Sheet title={say('How long requests have waited', '待审批时长')}>
          {!s ? <SheetSkeleton /> : s.waiting.count === 0 ? <Nothing>{say('No request waits.', '没有待审批的申请。')}</Nothing>
            : <Shares name={say('How long requests have waited', '待审批时长')} of={waits.map(([key, name, colour]) => ({ key, name: say(name), count: Number(s.waiting[key]), colour }))} />}
        </Sheet>
        {mayRead && <Alarms />}
        <Sheet title={say('Devices by state', '设备状态')} deeds={<Link to="/console/terminals">{say('All', '全部')}</Link>}>
          {!d ? <SheetSkeleton /> : d.total === 0 ? <Nothing>{say('No device is enrolled yet.', '尚无注册设备。')} <Link to="/console/start">{say('How a device is enrolled', '如何注册设备')}</Link></Nothing>
            : <Shares name={say('Devices by state', '设备状态')} of={states.filter(([key]) => d[key] > 0).map(([key, word, name, colour]) => ({ key, name: <Link to={`/console/terminals?state=${word}`}>{say(name)}</Link>, count: d[key], colour }))} />}
        </Sheet>
        <Sheet title={say('Devices by client version', '客户端版本')}>
          {!s ? <SheetSkeleton /> : s.versions.length === 0 ? <Nothing>{say('No device has told its version yet.', '尚无设备上报版本。')}</Nothing>
            : <Shares name={say('Devices by client version', '客户端版本')} of={[...s.versions.map((one) => ({ key: one.version, name: one.version || say('not said', '未知'), count: one.count, colour: 'var(--wait)' })), ...(s.other ? [{ key: '', name: say('others', '其他'), count: s.other, colour: 'var(--quiet)' }] : [])]} />}
        </Sheet>
      </div>
      <Links />
    </Page>
  );
}
