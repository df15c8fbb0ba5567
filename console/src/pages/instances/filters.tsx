/* What a list of requests may be narrowed by: in the address, as the API has it, and as controls. */
import { CloseCircleOutlined, FilterOutlined } from '@ant-design/icons';
import { AutoComplete, Badge, Button, DatePicker, Form, Select } from 'antd';
import dayjs, { type Dayjs } from 'dayjs';
import { startTransition, useState, type ReactNode } from 'react';
import { useGet, type Schema } from '../../lib/api';
import { useSay, type Text } from '../../lib/words';
import { DepartmentPicker, DevicePicker, PersonPicker } from '../../parts/pickers';
import { SearchBox } from '../../parts/search';
import { channels, deliveryStates, effects } from '../../parts/states';
import type { operations } from '../../lib/schema';

export type Query = NonNullable<operations['listInstances']['parameters']['query']>;
export type Status = Schema<'Instance'>['status'];

/* status: one of the API's, 'all', or 'mine': whatever waits for the reader. Days are the reader's. */
export const filterNames = ['status', 'effect', 'workflow', 'applicant', 'department', 'device', 'package', 'channel', 'delivery',
  'from', 'to', 'decided_from', 'decided_to', 'search', 'order'] as const;
export type FilterName = (typeof filterNames)[number];
export type Filters = Partial<Record<FilterName, string>>;
export type Fixed = Pick<Query, 'template' | 'device' | 'applicant'>;

/* The first moment of a day, or of the one after it. */
function moment(day: string | undefined, after: 0 | 1) {
  const at = day ? dayjs(day, 'YYYY-MM-DD') : undefined;
  return at?.isValid() ? at.add(after, 'day').valueOf() : undefined;
}

export function queryOf({ status, from, to, decided_from, decided_to, search, ...rest }: Filters, fixed: Fixed = {}): Query {
  const query = {
    ...rest,
    ...(status === 'mine' ? { waiting_for: 'me', status: 'pending' } : status === 'all' ? {} : { status }),
    from: moment(from, 0), to: moment(to, 1), decided_from: moment(decided_from, 0), decided_to: moment(decided_to, 1),
    search: search?.trim().slice(0, 100) || undefined,
    ...fixed,
  };
  return Object.fromEntries(Object.entries(query).filter(([, value]) => value !== undefined && value !== '')) as Query;
}

const first = <Name extends string>(table: Record<Name, readonly [Text, string]>) => Object.entries(table).map(([value, look]) => [value, (look as readonly [Text, string])[0]] as const);

/* Days from and to, either of them open. */
function Days({ from, to, change, label }: { from?: string; to?: string; change: (from?: string, to?: string) => void; label: string }) {
  const say = useSay();
  const today = dayjs().startOf('day');
  return (
    <DatePicker.RangePicker
      value={[from ? dayjs(from, 'YYYY-MM-DD') : null, to ? dayjs(to, 'YYYY-MM-DD') : null]} allowEmpty={[true, true]} style={{ width: '100%' }}
      aria-label={label} placeholder={[say('From', '开始日期'), say('To', '结束日期')]}
      presets={[
        { label: say('Today', '今天'), value: [today, today] },
        { label: say('7 days', '近 7 天'), value: [today.subtract(6, 'day'), today] },
        { label: say('30 days', '近 30 天'), value: [today.subtract(29, 'day'), today] },
      ]}
      onChange={(days) => {
        const text = (day: Dayjs | null | undefined) => day?.format('YYYY-MM-DD');
        change(text(days?.[0]), text(days?.[1]));
      }}
    />
  );
}

function useNames({ applicant, department, device }: Filters) {
  const person = useGet('/api/v1/users/{id}', { params: { path: { id: applicant ?? '' } } }, { enabled: !!applicant });
  const machine = useGet('/api/v1/devices/{id}', { params: { path: { id: device ?? '' } } }, { enabled: !!device });
  const unit = useGet('/api/v1/departments/{id}', { params: { path: { id: department ?? '' } } }, { enabled: !!department });
  const known: Record<string, string> = {};
  if (applicant && person.data) known[applicant] = person.data.name;
  if (device && machine.data) known[device] = machine.data.name;
  if (department && unit.data) known[department] = unit.data.name;
  return known;
}

function More({ filters, change, fixed }: { filters: Filters; change: (filters: Filters) => void; fixed: Fixed }) {
  const say = useSay();
  const known = useNames(filters);
  const workflows = useGet('/api/v1/workflows', { params: { query: { limit: 200 } } });
  const policy = useGet('/api/v1/policy');
  const choose = (name: FilterName, label: string, options: (readonly [string, string])[]) => (
    <Form.Item label={label} htmlFor={`filter-${name}`}>
      <Select id={`filter-${name}`} value={filters[name] || undefined} allowClear placeholder={say('Any', '不限')} style={{ width: '100%' }}
        options={options.map(([value, text]) => ({ value, label: text }))} onChange={(value?: string) => change({ [name]: value ?? '' })} />
    </Form.Item>
  );
  const pick = (name: 'applicant' | 'department' | 'device', label: string, Picker: typeof PersonPicker | typeof DevicePicker) => fixed[name as keyof Fixed] ? null : (
    <Form.Item label={label} htmlFor={`filter-${name}`}>
      <Picker id={`filter-${name}`} value={filters[name] || undefined} known={known} placeholder={say('Any', '不限')} onChange={(value?: string) => change({ [name]: value ?? '' })} />
    </Form.Item>
  );
  return (
    <Form layout="vertical" component="div" className="filter-more" aria-label={say('Filters', '筛选')} role="group">
      {pick('applicant', say('Applicant', '申请人'), PersonPicker)}
      {pick('department', say('Department', '部门'), DepartmentPicker)}
      {pick('device', say('Device', '设备'), DevicePicker)}
      {choose('workflow', say('Workflow', '审批流程'), (workflows.data?.items ?? []).map((one) => [one.id, one.name]))}
      <Form.Item label={say('Package', '软件包')} htmlFor="filter-package">
        <AutoComplete id="filter-package" value={filters.package ?? ''} allowClear placeholder={say('Any', '不限')} style={{ width: '100%' }}
          options={['holdfast-client', ...(policy.data?.packages ?? [])].map((value) => ({ value }))} onChange={(value?: string) => change({ package: value ?? '' })} />
      </Form.Item>
      {choose('effect', say('Uninstalled', '是否已卸载'), first(effects).filter(([value]) => value !== 'none').map(([value, text]) => [value, say(text)]))}
      {choose('delivery', say('DingTalk', '钉钉'), first(deliveryStates).map(([value, text]) => [value, say(text)]))}
      {choose('channel', say('Decided by way of', '审批渠道'), Object.entries(channels).map(([value, text]) => [value, say(text)]))}
      <Form.Item label={say('Filed', '报备时间')}>
        <Days label={say('Filed', '报备时间')} from={filters.from} to={filters.to} change={(from = '', to = '') => change({ from, to })} />
      </Form.Item>
      <Form.Item label={say('Decided', '审批时间')}>
        <Days label={say('Decided', '审批时间')} from={filters.decided_from} to={filters.decided_to} change={(decided_from = '', decided_to = '') => change({ decided_from, decided_to })} />
      </Form.Item>
      {choose('order', say('Order', '排序'), [['newest', say('Newest first', '最新在前')], ['oldest', say('Oldest first', '最早在前')]])}
    </Form>
  );
}

const always: FilterName[] = ['status', 'search', 'order'];

/* The row above the list; the rest of the filters folds out below it. */
export function FilterBar({ filters, change, fixed, children }: { filters: Filters; change: (filters: Filters, how?: { replace?: boolean }) => void; fixed: Fixed; children?: ReactNode }) {
  const say = useSay();
  const set = filterNames.filter((name) => !always.includes(name) && filters[name]);
  const [open, setOpen] = useState(set.length > 0);
  // Many controls at once: made in slices, so that nothing else has to wait.
  const unfold = () => startTransition(() => setOpen(!open));
  return (
    <>
      <div className="filters">
        <SearchBox value={filters.search ?? ''} placeholder={say('Number, applicant, device, reason, package', '编号、申请人、设备、原因、软件包')} change={(search) => change({ search }, { replace: true })} />
        <Badge count={set.length} size="small" color="blue">
          <Button icon={<FilterOutlined aria-hidden />} aria-expanded={open} onClick={unfold}>{say('Filters', '筛选')}</Button>
        </Badge>
        {(set.length > 0 || filters.search) && (
          <Button type="text" icon={<CloseCircleOutlined aria-hidden />} onClick={() => change(Object.fromEntries([...set, 'search'].map((name) => [name, ''])))}>{say('Clear', '清除')}</Button>
        )}
        <span className="room" />
        {children}
      </div>
      {open && <More filters={filters} change={change} fixed={fixed} />}
    </>
  );
}
