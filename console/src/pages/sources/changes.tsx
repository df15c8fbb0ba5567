/* Who joined, left, moved or was renamed, as the reading of an organisation found it. */
import { CloseOutlined } from '@ant-design/icons';
import { Button, Select, Tag } from 'antd';
import { useMemo } from 'react';
import { Link } from 'react-router';
import { useAddress } from '../../lib/address';
import { useList, type Schema } from '../../lib/api';
import { When } from '../../lib/time';
import { useSay, type Say } from '../../lib/words';
import { List, type Column } from '../../parts/list';
import { State } from '../../parts/states';
import { changeKinds, changeStates, changeSubjects, members, type Source } from './words';

type Change = Schema<'IdentitySourceChange'>;

function shown(value: unknown, say: Say): string {
  if (value === null || value === undefined || value === '') return say('none', '无');
  if (typeof value === 'boolean') return value ? say('yes', '是') : say('no', '否');
  if (Array.isArray(value)) return value.map((one) => shown(one, say)).join(say(', ', '、')) || say('none', '无');
  if (typeof value === 'object') return String((value as { name?: unknown }).name ?? JSON.stringify(value));
  return String(value);
}

function Difference({ change }: { change: Change }) {
  const say = useSay();
  const before = (change.before ?? {}) as Record<string, unknown>;
  const after = (change.after ?? {}) as Record<string, unknown>;
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return <>{names.map((name) => <div key={name} className="small"><span className="dim">{members[name] ? say(members[name]!) : name}:</span> {name in before && <>{shown(before[name], say)} → </>}{shown(after[name], say)}</div>)}</>;
}

export function Changes({ source }: { source: Source }) {
  const say = useSay();
  const [at, set] = useAddress(['run', 'kind', 'subject', 'state'] as const);
  const query = Object.fromEntries(Object.entries(at).filter(([, value]) => value));
  const found = useList('/api/v1/identity-sources/{id}/changes', { params: { path: { id: source.id }, query } }, { keep: true });
  const columns = useMemo<Column<Change>[]>(() => [
    {
      title: say('Who', '对象'), width: 190, narrow: 'head',
      render: (_, one) => <>{one.subject_id && one.subject === 'person' ? <Link to={`/console/identity/users/${one.subject_id}`}>{one.name}</Link> : one.subject_id ? <Link to={`/console/identity/users?department=${one.subject_id}`}>{one.name}</Link> : one.name}<div className="dim small">{say(changeSubjects[one.subject])} <span className="code">{one.external_id}</span></div></>,
    },
    { title: say('What', '变更'), width: 110, narrow: 'head', render: (_, one) => <Tag color={one.kind === 'left' ? 'warning' : one.kind === 'joined' || one.kind === 'returned' ? 'success' : 'default'}>{one.kind === 'left' && one.subject === 'department' ? say('Gone', '撤销') : say(changeKinds[one.kind])}</Tag> },
    { title: say('Difference', '差异'), width: 320, render: (_, one) => <Difference change={one} /> },
    { title: say('State', '状态'), width: 110, render: (_, one) => <State of={one.state} in={changeStates} /> },
    { title: say('When', '时间'), width: 120, render: (_, one) => <><When ms={one.at_ms} />{!one.run && <div className="dim small">{say('by an event', '事件触发')}</div>}</> },
  ], [say]);
  const choose = <Name extends string>(name: 'kind' | 'subject' | 'state', label: string, options: [Name, string][]) => (
    <Select allowClear style={{ minWidth: 130 }} aria-label={label} placeholder={label} value={at[name]} options={options.map(([value, text]) => ({ value, label: text }))} onChange={(value?: string) => set({ [name]: value })} />
  );
  return (
    <>
      <div className="filters">
        {choose('kind', say('What', '变更'), Object.entries(changeKinds).map(([value, text]) => [value, say(text)]))}
        {choose('subject', say('People or departments', '人员或部门'), Object.entries(changeSubjects).map(([value, text]) => [value, say(text)]))}
        {choose('state', say('State', '状态'), Object.entries(changeStates).map(([value, look]) => [value, say(look[0])]))}
        {at.run && <Tag closable={{ closeIcon: <CloseOutlined />, 'aria-label': say('All runs', '全部批次') }} onClose={() => set({ run: undefined })}>{at.run === source.sync.run ? say('The newest run', '最近一次同步') : say('One run', '某次同步')}</Tag>}
        {Object.keys(query).length > 0 && <Button type="text" onClick={() => set({ run: undefined, kind: undefined, subject: undefined, state: undefined })}>{say('Clear', '清除')}</Button>}
      </div>
      <List found={found} columns={columns} name={say('Changes', '变更记录')} empty={Object.keys(query).length ? say('Nothing fits.', '没有符合条件的变更。') : say('Nothing has changed yet. Changes are kept for 180 days.', '还没有变更。变更保留 180 天。')} />
    </>
  );
}
