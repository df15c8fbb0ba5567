/* Terminal Management > Terminals: every computer that is enrolled. */
import { CloudDownloadOutlined, DownOutlined, QrcodeOutlined } from '@ant-design/icons';
import { Button, Dropdown, Tag } from 'antd';
import { useMemo, useState } from 'react';
import { Link, useNavigate } from 'react-router';
import { useAddress } from '../../lib/address';
import { fileAddress, useGet, useList, type Schema } from '../../lib/api';
import { readers, useMay, useMayChange } from '../../lib/session';
import { Ago } from '../../lib/time';
import { plural, useSay } from '../../lib/words';
import { Chips } from '../../parts/chips';
import { LinkButton } from '../../parts/link';
import { List, type Column } from '../../parts/list';
import { Page } from '../../parts/page';
import { Protection } from '../../parts/protection';
import { State, deviceStates } from '../../parts/states';
import { Trouble } from '../../parts/trouble';
import { BulkDialog, deeds, type Chosen, type Deed } from './deeds';
import { FilterBar, filterNames, flags, queryOf } from './filters';

type Device = Schema<'Device'>;

/* The counts' members are the states' names. */
const counted = Object.keys(deviceStates) as Device['state'][];
const countOf = (counts: Schema<'DeviceCounts'> | undefined, state: Device['state']) => counts?.[state.replaceAll('-', '_') as 'online'];
const bad: Device['state'][] = ['lost', 'removed-without-grant'];

/* At most as many as one request may name. */
const most = 200;

function Marks({ device }: { device: Device }) {
  const say = useSay();
  return (
    <>
      {device.held_for?.waiting && <Tag color="warning">{say(flags.waiting)}</Tag>}
      {device.cloned_ms && <Tag color="error">{say(flags.cloned)}</Tag>}
      {!device.session.signed_in && !['unbound', 'uninstalled', 'removed-without-grant'].includes(device.state) && <Tag>{say(flags['signed-out'])}</Tag>}
    </>
  );
}

function Selected({ chosen, clear, keep }: { chosen: Chosen[]; clear: () => void; keep: (ids: string[]) => void }) {
  const say = useSay();
  const [deed, ask] = useState<Deed>();
  const many = chosen.length > most;
  return (
    <div className="bulk" role="group" aria-label={say('What is selected', '已选设备')}>
      <b>{say(`${plural(chosen.length, 'device')} selected`, `已选 ${chosen.length} 台设备`)}</b>
      {many ? <span>{say(`At most ${most} at a time.`, `每次最多 ${most} 台。`)}</span> : (
        <>
          <LinkButton type="primary" to={`/console/approval/releases?panel=create&devices=${chosen.map((one) => one.id).join(',')}`}>{say('Release…', '放行…')}</LinkButton>
          {(Object.keys(deeds) as Deed[]).map((one) => <Button key={one} danger={deeds[one].danger} onClick={() => ask(one)}>{say(deeds[one].text)}…</Button>)}
        </>
      )}
      <Button type="text" onClick={clear}>{say('Clear selection', '取消选择')}</Button>
      <BulkDialog deed={deed} chosen={chosen} close={() => ask(undefined)} after={keep} />
    </div>
  );
}

export default function TerminalsPage() {
  const say = useSay();
  const navigate = useNavigate();
  const mayChange = useMayChange();
  const reads = useMay(...readers);
  const [filters, change] = useAddress(filterNames);
  const query = queryOf(filters);
  const found = useList('/api/v1/devices', { params: { query } }, { limit: 200, keep: true });
  const { state: _, sort: __, order: ___, ...narrowed } = query;
  const counts = useGet('/api/v1/devices/counts', { params: { query: narrowed } }, { keep: true });
  const [chosen, choose] = useState<Chosen[]>([]);
  const states = filters.state?.split(',') ?? [];
  const filtered = filterNames.some((name) => name !== 'sort' && filters[name]);

  const columns = useMemo<Column<Device>[]>(() => [
    {
      title: say('Name', '名称'), width: 132, narrow: 'head',
      render: (_, one) => <><Link to={`/console/terminals/${one.id}`}>{one.name}</Link><div className="marks"><Marks device={one} /></div></>,
    },
    { title: say('State', '状态'), width: 125, narrow: 'head', render: (_, one) => <State of={one.state} in={deviceStates} /> },
    { title: say('Protection', '保护'), width: 150, render: (_, one) => <Protection device={one} /> },
    {
      title: say('Owner', '使用者'), width: 120,
      render: (_, one) => (
        <>
          <Link to={`/console/identity/users/${one.owner.id}`}>{one.owner.name}</Link>
          {one.owner.departed && <> <Tag color="warning">{say('Departed', '已离职')}</Tag></>}
          <div className="dim small">{one.owner.department ?? one.owner.source_name}</div>
        </>
      ),
    },
    { title: say('System and client', '系统与客户端'), width: 168, render: (_, one) => <>{one.os || '–'}<div className="dim small numeric">{say('client', '客户端')} {one.client_version}</div></> },
    {
      title: say('Alarms', '告警'), width: 90,
      render: (_, one) => (one.alarms ? <Link to={`/console/terminals/${one.id}#alarms`}><Tag color="error">{say(`${one.alarms} open`, `${one.alarms} 个`)}</Tag></Link> : '–'),
    },
    { title: say('Last seen', '最后在线'), width: 118, render: (_, one) => <Ago ms={one.last_seen_ms} /> },
  ], [say]);

  const file = (format: 'csv' | 'jsonl') => <a download href={fileAddress('/api/v1/devices/export', { ...query, format })}>{format === 'csv' ? say('CSV, for spreadsheets', 'CSV（电子表格）') : say('JSON lines', 'JSON 行')}</a>;
  return (
    <Page
      title={say('Terminals', '终端列表')}
      about={say('Every computer with the client, whose it is, and whether it is protected.', '所有已安装客户端的设备、其使用者以及是否受保护。')}
      deeds={
        <>
          <Dropdown autoFocus trigger={['click']} menu={{ items: [{ key: 'csv', label: file('csv') }, { key: 'jsonl', label: file('jsonl') }] }}>
            <Button icon={<CloudDownloadOutlined aria-hidden />}>{say('Export', '导出')} <DownOutlined aria-hidden /></Button>
          </Dropdown>
          {reads && <LinkButton icon={<QrcodeOutlined aria-hidden />} to="/console/terminals/enrolment">{say('Enrolment tokens', '注册令牌')}</LinkButton>}
        </>
      }
    >
      <section className="sheet">
        <Chips
          name={say('State', '状态')} chosen={states} choose={(values) => change({ state: values.join(',') })}
          chips={counted.filter((state) => countOf(counts.data, state) || states.includes(state) || state === 'online' || state === 'offline')
            .map((state) => ({ value: state, label: say(deviceStates[state][0]), count: countOf(counts.data, state), bad: bad.includes(state) }))}
        />
        <FilterBar filters={filters} change={change} />
        <Trouble problem={counts.error && !found.problem ? counts.error : undefined} again={() => void counts.refetch()} />
        {chosen.length > 0 && mayChange && <Selected chosen={chosen} clear={() => choose([])} keep={(ids) => choose(chosen.filter((one) => ids.includes(one.id)))} />}
        <List
          found={found} columns={columns} name={say('Terminals', '终端列表')}
          open={(one) => void navigate(`/console/terminals/${one.id}`)}
          selected={mayChange ? chosen.map((one) => one.id) : undefined}
          select={mayChange ? (keys, rows) => choose(keys.map((id) => {
            const row = rows.find((one) => one?.id === id) ?? chosen.find((one) => one.id === id);
            return { id: String(id), name: row?.name ?? String(id) };
          })) : undefined}
          empty={filtered
            ? <><p>{say('No device fits these filters.', '没有符合筛选条件的设备。')}</p><Button onClick={() => change(Object.fromEntries(filterNames.map((name) => [name, ''])))}>{say('Clear filters', '清除筛选')}</Button></>
            : (
              <>
                <p>{say('No device is enrolled yet. Install the client on a computer and run “holdfast login” there; for fleets, servers and kiosks make an enrolment token.', '还没有注册的设备。请在电脑上安装客户端并运行“holdfast login”；批量设备、服务器和自助终端请使用注册令牌。')}</p>
                {reads && <Link to="/console/terminals/enrolment">{say('Enrolment tokens', '注册令牌')}</Link>}
              </>
            )}
        />
      </section>
    </Page>
  );
}
