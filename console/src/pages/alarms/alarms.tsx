/* Terminal Management > Alarms: what somebody should look at, and the builds of the client that are known. */
import { Select, Segmented, Tabs, Tag } from 'antd';
import { useMemo } from 'react';
import { Link } from 'react-router';
import { useAddress } from '../../lib/address';
import { useGet, useList } from '../../lib/api';
import { Ago, When } from '../../lib/time';
import { useSay } from '../../lib/words';
import { List, type Column } from '../../parts/list';
import { Page } from '../../parts/page';
import { Acknowledge } from './acknowledge';
import { Builds } from './builds';
import { aboutAlarm, alarmKinds, type Alarm } from './words';

const kinds = Object.keys(alarmKinds) as Alarm['kind'][];

function What({ alarm }: { alarm: Alarm }) {
  const say = useSay();
  const about = say(aboutAlarm(alarm));
  return (
    <div>
      <div>{say(alarmKinds[alarm.kind].name)}{about && <span className="dim"> · {about}</span>}</div>
      {alarm.evidence && <div className="dim break" style={{ fontSize: 12 }}>{alarm.evidence}</div>}
      {!alarm.closed_ms && !alarm.evidence && <div className="dim" style={{ fontSize: 12 }}>{say(alarmKinds[alarm.kind].remedy)}</div>}
    </div>
  );
}

function Seen({ alarm }: { alarm: Alarm }) {
  const say = useSay();
  if (alarm.closed_ms) return <><Tag>{say('Closed', '已关闭')}</Tag> <Ago ms={alarm.closed_ms} /> <span className="dim">{alarm.closed_why}</span></>;
  if (!alarm.acknowledged) return <Tag color="error">{say('Open', '未处理')}</Tag>;
  return (
    <div>
      <Tag color="warning">{say('Acknowledged', '已确认')}</Tag> {alarm.acknowledged.by}{say(', ', '，')}<Ago ms={alarm.acknowledged.at_ms} />
      {alarm.acknowledged.note && <div className="dim break">{alarm.acknowledged.note}</div>}
    </div>
  );
}

function AlarmList() {
  const say = useSay();
  const [filters, setFilters] = useAddress(['show', 'kind', 'device', 'subject'] as const);
  const show = filters.show ?? 'open';
  const counts = useGet('/api/v1/alarms/counts');
  const found = useList('/api/v1/alarms', { params: { query: {
    ...(show === 'open' ? { state: 'open' as const } : show === 'new' ? { state: 'open' as const, acknowledged: 'false' as const } : show === 'closed' ? { state: 'closed' as const } : {}),
    kind: filters.kind, device: filters.device, subject: filters.subject,
  } } }, { keep: true });
  const columns = useMemo<Column<Alarm>[]>(() => [
    { title: say('Alarm', '告警'), narrow: 'head', width: 350, render: (_, alarm) => <What alarm={alarm} /> },
    { title: say('Device', '设备'), width: 180, render: (_, { device }) => device ? <Link to={`/console/terminals/${device.id}`}>{device.name || say('a deleted device', '已删除的设备')}</Link> : <span className="dim">{say('the organisation', '整个组织')}</span> },
    { title: say('First raised', '首次发生'), width: 140, render: (_, alarm) => <Ago ms={alarm.first_ms} /> },
    { title: say('Last', '最近发生'), width: 150, render: (_, alarm) => <><When ms={alarm.last_ms} />{alarm.count > 1 && <span className="dim"> · {say(`${alarm.count} times`, `共 ${alarm.count} 次`)}</span>}</> },
    { title: say('State', '状态'), width: 210, render: (_, alarm) => <Seen alarm={alarm} /> },
    { title: say('Actions', '操作'), width: 165, render: (_, alarm) => <Acknowledge alarm={alarm} /> },
  ], [say]);
  return (
    <>
      <div className="filters">
        <div className="tabs-row" style={{ maxWidth: 'calc(100% + 8px)', margin: -4 }}>
        <Segmented
          aria-label={say('Which alarms', '告警范围')} value={show} onChange={(value) => setFilters({ show: value === 'open' ? undefined : value })}
          options={[
            { value: 'open', label: `${say('Open', '未关闭')}${counts.data ? ` (${counts.data.open})` : ''}` },
            { value: 'new', label: `${say('Not acknowledged', '未确认')}${counts.data ? ` (${counts.data.unacknowledged})` : ''}` },
            { value: 'closed', label: say('Closed', '已关闭') },
            { value: 'all', label: say('All', '全部') },
          ]}
        />
        </div>
        <Select
          mode="multiple" allowClear style={{ minWidth: 240 }} placeholder={say('Every kind', '全部类型')} aria-label={say('Kinds of alarms', '告警类型')}
          value={filters.kind?.split(',')} onChange={(value) => setFilters({ kind: value.join(',') })}
          options={kinds.map((kind) => ({ value: kind, label: say(alarmKinds[kind].name) }))}
        />
        {(filters.device || filters.subject) && <Tag closable onClose={() => setFilters({ device: undefined, subject: undefined })}>{filters.device ? say('One device only', '仅一台设备') : filters.subject}</Tag>}
      </div>
      <List name={say('Alarms', '告警')} found={found} columns={columns}
        empty={show === 'open' || show === 'new' ? say('Nothing needs to be looked at. Removals without a grant, devices that fall silent and weakened protection appear here by themselves.', '当前没有需要处理的告警。未经批准的卸载、失联设备和被削弱的防护会自动显示在这里。') : say('No alarm fits these filters.', '没有符合筛选条件的告警。')} />
    </>
  );
}

export default function AlarmsPage() {
  const say = useSay();
  const [{ tab }, set] = useAddress(['tab'] as const);
  return (
    <Page title={say('Alarms', '告警')} about={say('What somebody should look at. An alarm closes by itself when its cause ends, and by nothing else.', '需要有人关注的事项。告警在原因消除后自动关闭。')}>
      <section className="sheet">
        <Tabs activeKey={tab ?? 'alarms'} onChange={(key) => set({ tab: key === 'alarms' ? undefined : key })} items={[
          { key: 'alarms', label: say('Alarms', '告警'), children: <AlarmList /> },
          { key: 'builds', label: say('Client builds', '客户端版本'), children: <Builds /> },
        ]} />
      </section>
    </Page>
  );
}
