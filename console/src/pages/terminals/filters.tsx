/* What the list of devices may be narrowed by: in the address, as the API has it, and as controls. */
import { CloseCircleOutlined, FilterOutlined } from '@ant-design/icons';
import { AutoComplete, Badge, Button, DatePicker, Form, Input, Select } from 'antd';
import dayjs, { type Dayjs } from 'dayjs';
import { useState, type ReactNode } from 'react';
import { useGet } from '../../lib/api';
import type { operations } from '../../lib/schema';
import { readers, useMay } from '../../lib/session';
import { useSay, type Text } from '../../lib/words';
import { DepartmentPicker, GroupPicker, PersonPicker } from '../../parts/pickers';
import { SearchBox } from '../../parts/search';

export type Query = NonNullable<operations['listDevices']['parameters']['query']>;

/* sort: one of `sorts`. Days are the reader's. */
export const filterNames = ['state', 'search', 'owner', 'department', 'group', 'source', 'covered', 'os', 'client_version', 'flag', 'from', 'to', 'sort'] as const;
export type FilterName = (typeof filterNames)[number];
export type Filters = Partial<Record<FilterName, string>>;

export const flags: Record<'waiting' | 'cloned' | 'owner-departed' | 'signed-out' | 'alarmed', Text> = {
  alarmed: ['Open alarms', '有未解除的告警'],
  waiting: ['Owner to confirm', '使用者变更待确认'],
  cloned: ['Identity on two machines', '身份在两台机器上'],
  'owner-departed': ['Owner left', '使用者已离职'],
  'signed-out': ['Signed out', '已退出登录'],
};

const sorts: Record<string, { text: Text; query: Pick<Query, 'sort' | 'order'> }> = {
  newest: { text: ['Enrolled last', '最近注册'], query: {} },
  name: { text: ['Name', '名称'], query: { sort: 'name', order: 'ascending' } },
  seen: { text: ['Seen last', '最近在线'], query: { sort: 'last-seen', order: 'descending' } },
  silent: { text: ['Silent longest', '最久未在线'], query: { sort: 'last-seen', order: 'ascending' } },
};

function moment(day: string | undefined, after: 0 | 1) {
  const at = day ? dayjs(day, 'YYYY-MM-DD') : undefined;
  return at?.isValid() ? at.add(after, 'day').valueOf() : undefined;
}

export function queryOf({ from, to, sort, ...rest }: Filters): Query {
  const query = { ...rest, seen_from: moment(from, 0), seen_to: moment(to, 1), ...sorts[sort ?? '']?.query };
  return Object.fromEntries(Object.entries(query).filter(([, value]) => value !== undefined && value !== '')) as Query;
}

function More({ filters, change }: { filters: Filters; change: (filters: Filters) => void }) {
  const say = useSay();
  const reads = useMay(...readers);
  const any = say('Any', '不限');
  const owner = useGet('/api/v1/users/{id}', { params: { path: { id: filters.owner ?? '' } } }, { enabled: !!filters.owner });
  const department = useGet('/api/v1/departments/{id}', { params: { path: { id: filters.department ?? '' } } }, { enabled: !!filters.department });
  const sources = useGet('/api/v1/identity-sources');
  const builds = useGet('/api/v1/builds', {}, { enabled: reads });
  const item = (name: FilterName, label: string, control: ReactNode) => <Form.Item label={label} htmlFor={`filter-${name}`}>{control}</Form.Item>;
  const choose = (name: FilterName, label: string, options: { value: string; label: string }[], many = false) => item(name, label, (
    <Select
      id={`filter-${name}`} mode={many ? 'multiple' : undefined} allowClear placeholder={any} style={{ width: '100%' }} options={options}
      value={many ? (filters[name]?.split(',') ?? []) : filters[name]} onChange={(value?: string | string[]) => change({ [name]: ([] as string[]).concat(value ?? []).join(',') })}
    />
  ));
  const versions = [...new Set((builds.data?.items ?? []).map((one) => one.version))];
  const day = (text: string | undefined) => (text ? dayjs(text, 'YYYY-MM-DD') : null);
  return (
    <Form layout="vertical" component="div" className="filter-more" role="group" aria-label={say('Filters', '筛选')}>
      {item('owner', say('Owner', '使用者'), <PersonPicker id="filter-owner" placeholder={any} value={filters.owner} known={owner.data ? { [owner.data.id]: owner.data.name } : {}} onChange={(owner?: string) => change({ owner })} />)}
      {item('department', say('Department, with those below', '部门（含下级）'), <DepartmentPicker id="filter-department" placeholder={any} value={filters.department} known={department.data ? { [department.data.id]: department.data.path } : {}} onChange={(department?: string) => change({ department })} />)}
      {item('group', say('User group', '用户组'), <GroupPicker id="filter-group" placeholder={any} value={filters.group} onChange={(group?: string) => change({ group })} />)}
      {choose('source', say('Identity source', '身份源'), (sources.data?.items ?? []).map((one) => ({ value: one.id, label: one.name })))}
      {choose('covered', say('Covered by the policy', '策略是否覆盖'), [{ value: 'true', label: say('Covered', '已覆盖') }, { value: 'false', label: say('Not covered', '未覆盖') }])}
      {choose('flag', say('Marked', '标记'), Object.entries(flags).map(([value, text]) => ({ value, label: say(text) })), true)}
      {item('os', say('Operating system', '操作系统'), <Input id="filter-os" key={filters.os} defaultValue={filters.os} maxLength={100} allowClear placeholder={say('A part of its name', '名称的一部分')} onBlur={(event) => change({ os: event.target.value.trim() })} onPressEnter={(event) => change({ os: event.currentTarget.value.trim() })} onClear={() => change({ os: '' })} />)}
      {item('client_version', say('Client version', '客户端版本'), <AutoComplete id="filter-client_version" style={{ width: '100%' }} allowClear placeholder={any} value={filters.client_version ?? ''} options={versions.map((value) => ({ value }))} onChange={(client_version?: string) => change({ client_version })} />)}
      <Form.Item label={say('Last seen', '最后在线')}>
        <DatePicker.RangePicker
          style={{ width: '100%' }} allowEmpty={[true, true]} value={[day(filters.from), day(filters.to)]} placeholder={[say('From', '开始日期'), say('To', '结束日期')]}
          aria-label={say('Last seen', '最后在线')}
          presets={[
            { label: say('Not for 7 days', '7 天未在线'), value: [null, dayjs().subtract(8, 'day')] },
            { label: say('Not for 30 days', '30 天未在线'), value: [null, dayjs().subtract(31, 'day')] },
            { label: say('Today', '今天'), value: [dayjs(), dayjs()] },
          ]}
          onChange={(days) => {
            const text = (at: Dayjs | null | undefined) => at?.format('YYYY-MM-DD');
            change({ from: text(days?.[0]), to: text(days?.[1]) });
          }}
        />
      </Form.Item>
    </Form>
  );
}

export function FilterBar({ filters, change, children }: { filters: Filters; change: (filters: Filters, how?: { replace?: boolean }) => void; children?: ReactNode }) {
  const say = useSay();
  const set = filterNames.filter((name) => !['state', 'search', 'sort'].includes(name) && filters[name]);
  const [open, setOpen] = useState(set.length > 0);
  return (
    <>
      <div className="filters">
        <SearchBox value={filters.search ?? ''} change={(search) => change({ search }, { replace: true })} placeholder={say('Name, owner, MAC address', '名称、使用者、MAC 地址')} />
        <Badge count={set.length} size="small" color="blue">
          <Button icon={<FilterOutlined aria-hidden />} aria-expanded={open} onClick={() => setOpen(!open)}>{say('Filters', '筛选')}</Button>
        </Badge>
        {(set.length > 0 || filters.search || filters.state) && (
          <Button type="text" icon={<CloseCircleOutlined aria-hidden />} onClick={() => change(Object.fromEntries([...set, 'search', 'state'].map((name) => [name, ''])))}>{say('Clear', '清除')}</Button>
        )}
        <span className="room" />
        <Select
          aria-label={say('Order', '排序')} value={sorts[filters.sort ?? ''] ? filters.sort : 'newest'} style={{ minWidth: 150 }}
          options={Object.entries(sorts).map(([value, { text }]) => ({ value, label: say(text) }))} onChange={(sort) => change({ sort: sort === 'newest' ? '' : sort })}
        />
        {children}
      </div>
      {open && <More filters={filters} change={change} />}
    </>
  );
}
