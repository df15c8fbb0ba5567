/*
 * The list of requests with everything that is done from it: tabs by status with their numbers, filters in the address,
 * saved views, files, and decisions, one or many. It is the same under Workflow Instance and under Terminal Registration.
 */
import { CheckOutlined, CloseOutlined, DownloadOutlined, DownOutlined, ExclamationCircleOutlined } from '@ant-design/icons';
import { Button, Dropdown, Segmented, Tag, Tooltip } from 'antd';
import { useMemo, useState } from 'react';
import { Link, useNavigate } from 'react-router';
import { fileAddress, useGet, useList } from '../../lib/api';
import { useAddress } from '../../lib/address';
import { useMay } from '../../lib/session';
import { Ago, When } from '../../lib/time';
import { plural, useSay } from '../../lib/words';
import { List, type Column } from '../../parts/list';
import { State, deliveryStates, effects, requestStates } from '../../parts/states';
import { SavedViews } from '../../parts/views';
import { DecideDialog, useDecidable, type Deed, type Row } from './decide';
import { FilterBar, filterNames, queryOf, type FilterName, type Filters, type Fixed, type Status } from './filters';

const statuses: Status[] = ['pending', 'approved', 'rejected', 'revoked', 'expired'];

interface Props {
  /* What the list always is narrowed to. */
  fixed?: Fixed;
  /* Under which name saved views are kept. */
  page: string;
  /* What is shown when the address says nothing; else what waits: for the reader, if he is an approver. */
  first?: Status | 'all';
}

export function InstanceTable({ fixed = {}, page, first }: Props) {
  const say = useSay();
  const navigate = useNavigate();
  const [address, set] = useAddress(filterNames);
  const approver = useMay('approver');
  const auditor = useMay('auditor');
  const decidable = useDecidable();
  // An address with other filters and no status means all of them.
  const bare = !filterNames.some((name) => address[name]);
  const status = address.status ?? (bare ? first ?? (approver ? 'mine' : auditor ? 'all' : 'pending') : 'all');
  const filters: Filters = { ...address, status };
  const change = (next: Filters, how?: { replace?: boolean }) => set({ status, ...next }, how);
  const text = JSON.stringify([filters, fixed]);
  const query = useMemo(() => queryOf(filters, fixed), [text]);
  const { order: _, status: __, waiting_for: ___, ...countable } = query;

  const found = useList('/api/v1/instances', { params: { query } }, { keep: true });
  const counts = useGet('/api/v1/instances/counts', { params: { query: countable } }, { keep: true });
  const turns = useGet('/api/v1/instances/counts', { params: { query: { ...countable, waiting_for: 'me', status: 'pending' } } }, { keep: true, enabled: !auditor });

  const [selected, select] = useState<React.Key[]>([]);
  const [asked, ask] = useState<{ deed: Deed; rows: Row[] }>();
  const chosen = useMemo(() => {
    const ids = new Set(selected);
    return found.items.filter((row) => ids.has(row.id) && decidable(row));
  }, [selected, found.items]);

  const columns = useMemo<Column<Row>[]>(() => [
    {
      title: say('Number', '编号'), key: 'number', width: 112, narrow: 'head',
      render: (_v, row) => <><Link to={`/console/approval/instances/${row.id}`} className="numeric nowrap">{row.number}</Link><div className="dim two small wide-only">{row.workflow?.name ?? say('Release', '放行')}</div></>,
    },
    {
      title: say('Applicant', '申请人'), key: 'applicant', width: 100,
      render: (_v, row) => <><Link to={`/console/identity/users/${row.applicant.id}`}>{row.applicant.name}</Link><div className="dim two small">{row.applicant.department}</div></>,
    },
    {
      title: say('Device and MAC', '设备与 MAC'), key: 'device', width: 158,
      render: (_v, row) => <><Link to={`/console/terminals/${row.device.id}`} className="break">{row.device.name}</Link><div className="dim small code" title={row.device.macs.join(', ')}>{row.device.macs[0]}{row.device.macs.length > 1 ? ` +${row.device.macs.length - 1}` : ''}</div></>,
    },
    {
      title: say('Reason for filing', '报备原因'), key: 'reason', width: 174,
      render: (_v, row) => <><div className="two" title={row.reason}>{row.reason}</div><div className="dim small code">{row.package}</div></>,
    },
    {
      title: say('Status', '状态'), key: 'status', width: 148, narrow: 'head',
      render: (_v, row) => (
        <>
          <span className="nowrap"><State of={row.status} in={requestStates} /> <Attention row={row} /></span>
          <div className="dim small">{row.status === 'pending' ? <>{row.pending_with.length > 0 && <span className="break">{say('with ', '')}{row.pending_with.slice(0, 2).join(say(', ', '、'))}{row.pending_with.length > 2 ? ' …' : ''}{say('', ' 处理中')}<br /></span>}{say('filed ', '')}<Ago ms={row.created_ms} />{say('', '提交')}</> : row.decision ? <><span className="break">{row.decision.who}</span> <When ms={row.decision.at_ms} /></> : <When ms={row.created_ms} />}</div>
        </>
      ),
    },
    {
      title: say('Uninstalled', '是否已卸载'), key: 'effect', width: 104,
      render: (_v, row) => (row.effect === 'none' ? <span className="dim">{say('No', '否')}</span> : <State of={row.effect} in={effects} />),
    },
    ...(auditor ? [] : [{
      title: say('Actions', '操作'), key: 'deeds', width: 124,
      render: (_v: unknown, row: Row) => (decidable(row) ? (
        <span className="deeds">
          <Button size="small" type="link" aria-label={`${say('Allow', '允许')} ${row.number}`} onClick={() => ask({ deed: 'approve', rows: [row] })}>{say('Allow', '允许')}</Button>
          <Button size="small" type="link" danger aria-label={`${say('Reject', '拒绝')} ${row.number}`} onClick={() => ask({ deed: 'reject', rows: [row] })}>{say('Reject', '拒绝')}</Button>
        </span>
      ) : <span className="dim">–</span>),
    } satisfies Column<Row>]),
  ], [say, decidable, auditor]);

  const number = (n: number | undefined) => (n === undefined ? '' : ` ${n.toLocaleString('en')}${counts.data?.exact === false ? '+' : ''}`);
  const all = counts.data && statuses.reduce((sum, one) => sum + counts.data![one], 0);
  const tabs = [
    ...(auditor ? [] : [{ value: 'mine', label: `${say('Waiting for me', '待我审批')}${number(turns.data?.pending)}` }]),
    ...statuses.map((one) => ({ value: one as string, label: `${say(requestStates[one][0])}${number(counts.data?.[one])}` })),
    { value: 'all', label: `${say('All', '全部')}${number(all)}` },
  ];
  if (!tabs.some((tab) => tab.value === status)) tabs.push({ value: status, label: say('Several', '多个状态') });

  const narrowed = filterNames.some((name: FilterName) => name !== 'status' && name !== 'order' && address[name]);
  const empty = narrowed ? say('No request fits these filters.', '没有符合筛选条件的申请。')
    : status === 'mine' ? say('Nothing waits for you.', '没有待您审批的申请。')
      : status === 'pending' ? <>{say('Nothing waits. What was decided is under ', '没有待审批的申请。已处理的申请见')}<Button type="link" style={{ padding: 0 }} onClick={() => set({ status: 'all' })}>{say('All', '全部')}</Button>{say('.', '。')}</>
        : status === 'all' ? say('Nobody has filed a request yet. They come here when somebody files in the client.', '还没有申请。员工在客户端发起报备后会显示在这里。')
          : say('There is none of these.', '没有此状态的申请。');

  return (
    <>
      <div className="tabs-row">
        <Segmented options={tabs} value={status} onChange={(value) => { select([]); set({ status: value }); }} aria-label={say('Status', '状态')} />
      </div>
      <FilterBar filters={filters} change={change} fixed={fixed}>
        <SavedViews page={page} names={filterNames} />
        <Dropdown trigger={['click']} menu={{ items: (['csv', 'jsonl'] as const).map((format) => ({
          key: format, label: <a href={fileAddress('/api/v1/instances/export', { ...query, format })} download>{format === 'csv' ? say('CSV, for spreadsheets', 'CSV（电子表格）') : say('JSON lines', 'JSON Lines')}</a>,
        })) }}>
          <Button icon={<DownloadOutlined aria-hidden />}>{say('Export', '导出')} <DownOutlined aria-hidden /></Button>
        </Dropdown>
      </FilterBar>
      {chosen.length > 0 && (
        <div className="bulk" role="toolbar" aria-label={say('Selected requests', '所选申请')}>
          <strong>{say(`${plural(chosen.length, 'request')} selected`, `已选择 ${chosen.length} 条申请`)}</strong>
          <Button type="primary" icon={<CheckOutlined aria-hidden />} onClick={() => ask({ deed: 'approve', rows: chosen })}>{say('Allow', '允许')}</Button>
          <Button danger icon={<CloseOutlined aria-hidden />} onClick={() => ask({ deed: 'reject', rows: chosen })}>{say('Reject', '拒绝')}</Button>
          <Button type="text" onClick={() => select([])}>{say('Clear selection', '取消选择')}</Button>
        </div>
      )}
      <List<Row> found={found} columns={columns} name={say('Requests', '申请')} empty={empty} open={(row) => navigate(`/console/approval/instances/${row.id}`)}
        selected={selected} select={auditor ? undefined : select} selectable={decidable} />
      <DecideDialog deed={asked?.deed} rows={asked?.rows ?? []} close={() => ask(undefined)} decided={(ids) => select((before) => before.filter((id) => !ids.includes(String(id))))} />
    </>
  );
}

/* What an administrator should look at, beside the status. */
function Attention({ row }: { row: Row }) {
  const say = useSay();
  if (row.delivery.state === 'failed') return <Tooltip trigger={['hover', 'focus']} title={say('It could not be brought to DingTalk. Open it to see why.', '未能发送至钉钉，打开可查看原因。')}><Tag color="error" icon={<ExclamationCircleOutlined aria-hidden />} tabIndex={0}>{say('DingTalk', '钉钉')}</Tag></Tooltip>;
  if (row.status === 'pending' && row.delivery.state === 'queued') return <Tooltip trigger={['hover', 'focus']} title={say(deliveryStates.queued[0])}><Tag tabIndex={0}>{say('Queued', '排队中')}</Tag></Tooltip>;
  if (row.note) return <Tooltip trigger={['hover', 'focus']} title={row.note}><Tag color="warning" icon={<ExclamationCircleOutlined aria-hidden />} tabIndex={0}>{say('Note', '备注')}</Tag></Tooltip>;
  return null;
}
