/* Which devices, why, and for how long; what that would be is shown before anything happens. */
import { UploadOutlined } from '@ant-design/icons';
import { useQuery } from '@tanstack/react-query';
import { Alert, AutoComplete, Button, Checkbox, Form, Input, InputNumber, Segmented, Select } from 'antd';
import { useEffect, useMemo, useRef, useState } from 'react';
import { useNavigate } from 'react-router';
import { api, useChange, useGet, type Schema } from '../../lib/api';
import { plural, useSay } from '../../lib/words';
import { Panel } from '../../parts/panel';
import { DepartmentPicker, DevicePicker, GroupPicker, PersonPicker } from '../../parts/pickers';
import { deviceStates } from '../../parts/states';
import { Trouble, useTell } from '../../parts/trouble';
import { LeftOut } from './lines';

type Body = Schema<'CreateReleaseBody'>;
type Filter = NonNullable<Body['filter']>;
type How = 'chosen' | 'device' | 'filter' | 'list';

interface Fields { how: How; device?: string; filter?: Filter; csv?: string; package?: string; reason?: string; days: number; without?: boolean }

const most = 1048576; // bytes of a list

/* What is asked for as it is, or undefined when nothing is chosen yet. */
function selection({ how, device, filter, csv }: Fields, ids: string[]): Pick<Body, 'device' | 'filter' | 'csv'> | undefined {
  if (how === 'chosen') return { csv: `id\n${ids.join('\n')}\n` };
  if (how === 'device') return device ? { device } : undefined;
  if (how === 'list') return csv?.trim() ? { csv } : undefined;
  const given = Object.fromEntries(Object.entries(filter ?? {}).map(([name, value]) => [name, typeof value === 'string' ? value.trim() : value])
    .filter(([, value]) => (Array.isArray(value) ? value.length > 0 : value))) as Filter;
  return Object.keys(given).length ? { filter: given } : undefined;
}

/* A value that has not changed for a moment. */
function useRest<T>(value: T) {
  const [rest, set] = useState(value);
  const text = JSON.stringify(value);
  useEffect(() => {
    const timer = setTimeout(() => set(value), 350);
    return () => clearTimeout(timer);
  }, [text]);
  return [rest, JSON.stringify(rest) === text] as const;
}

export function CreateRelease({ open, devices, close }: { open: boolean; devices?: string; close: () => void }) {
  const say = useSay();
  const tell = useTell();
  const navigate = useNavigate();
  const [form] = Form.useForm<Fields>();
  const ids = useMemo(() => (devices ?? '').split(',').filter((id) => /^[0-9a-f-]{36}$/.test(id)), [devices]);
  const start: Fields = useMemo(() => ({
    how: ids.length > 1 ? 'chosen' : 'device', device: ids.length === 1 ? ids[0] : undefined, package: 'holdfast-client', days: 7,
  }), [ids]);
  const values = (Form.useWatch([], form) ?? start) as Fields;
  const one = useGet('/api/v1/devices/{id}', { params: { path: { id: ids[0] ?? '' } } }, { enabled: open && ids.length === 1 });
  const policy = useGet('/api/v1/policy', undefined, { enabled: open });
  const chosen = open ? selection(values, ids) : undefined;
  const [asked, rested] = useRest(chosen && { ...chosen, package: values.package?.trim() || undefined });
  const preview = useQuery<Schema<'ReleasePreview'>, Error>({
    queryKey: ['release', asked ?? null],
    queryFn: async ({ signal }) => (await api.POST('/api/v1/releases/preview', { body: { ...asked, reason: '-', days: 1, without_left_out: true }, signal })).data!,
    enabled: open && !!asked, retry: false, staleTime: 0, gcTime: 0,
  });
  const create = useChange((body: Body) => api.POST('/api/v1/releases', { body }));
  const present = chosen && rested && preview.data ? preview.data : undefined;
  const wrong = present?.list.left_out.filter((line) => line.why === 'unmatched' || line.why === 'ambiguous' || line.why === 'empty') ?? [];
  const granted = present ? present.devices.filter((device) => !device.why).length : 0;
  const dirty = () => {
    const now = form.getFieldsValue(true) as Fields;
    return open && !create.isSuccess && (!!now.reason?.trim() || now.device !== start.device || !!now.csv?.trim() || !!selection({ ...now, how: 'filter' }, ids));
  };
  useEffect(() => { if (!open) create.reset(); }, [open]);
  const go = async (fields: Fields) => {
    const made = await create.mutateAsync({ ...selection(fields, ids), package: fields.package?.trim() || undefined, reason: fields.reason!.trim(), days: fields.days, ...(fields.without && wrong.length ? { without_left_out: true } : {}) });
    tell.done(made.state === 'unconfirmed' ? say('It waits for a second administrator', '等待第二位管理员确认') : say('Released', '已放行'));
    form.resetFields();
    navigate(`/console/approval/releases/${made.id}`);
  };
  const word = (present && granted > 0
    ? present.second_person ? say(`Ask for ${plural(granted, 'device')}`, `申请放行 ${granted} 台设备`) : say(`Release ${plural(granted, 'device')}`, `放行 ${granted} 台设备`)
    : say('Release', '放行'));
  return (
    <Panel open={open} title={say('Release devices', '放行设备')} dirty={dirty} close={close}
      footer={<div className="row"><Button onClick={close}>{say('Cancel', '取消')}</Button><Button type="primary" disabled={!present || granted === 0 || (wrong.length > 0 && !values.without)} loading={create.isPending} onClick={() => form.submit()}>{word}</Button></div>}
    >
      <Trouble problem={create.error} />
      <Form form={form} layout="vertical" requiredMark={false} initialValues={start} onFinish={(fields) => void go({ ...(form.getFieldsValue(true) as Fields), ...fields }).catch(() => {})} scrollToFirstError={{ focus: true }}>
        <Form.Item name="how" label={say('Which devices', '选择设备')}>
          <Segmented options={[...(ids.length > 1 ? [{ value: 'chosen', label: say('Those chosen', '已选设备') }] : []), { value: 'device', label: say('One device', '单台设备') }, { value: 'filter', label: say('All that fit', '按条件') }, { value: 'list', label: say('A list', '按列表') }]} />
        </Form.Item>
        {values.how === 'device' && (
          <Form.Item name="device" label={say('Device', '设备')}><DevicePicker placeholder={say('Name, owner or MAC', '名称、使用者或 MAC')} known={ids.length === 1 && one.data ? { [ids[0]!]: one.data.name } : undefined} /></Form.Item>
        )}
        {values.how === 'filter' && (
          <div className="filter-more" role="group" aria-label={say('All that fit', '按条件')}>
            <Form.Item name={['filter', 'departments']} label={say('Departments and below', '部门（含下级）')}><DepartmentPicker many /></Form.Item>
            <Form.Item name={['filter', 'groups']} label={say('User groups', '用户组')}><GroupPicker many /></Form.Item>
            <Form.Item name={['filter', 'owner']} label={say('Owner', '使用者')}><PersonPicker /></Form.Item>
            <Form.Item name={['filter', 'name']} label={say('Name contains', '设备名包含')}><Input maxLength={253} allowClear /></Form.Item>
            <Form.Item name={['filter', 'os']} label={say('System contains', '操作系统包含')}><Input maxLength={200} allowClear /></Form.Item>
            <Form.Item name={['filter', 'client_version']} label={say('Client version', '客户端版本')}><Input maxLength={64} allowClear /></Form.Item>
            <Form.Item name={['filter', 'state']} label={say('State', '状态')}>
              <Select allowClear options={(['online', 'offline', 'long-offline'] as const).map((value) => ({ value, label: say(deviceStates[value][0]) }))} />
            </Form.Item>
          </div>
        )}
        {values.how === 'list' && <Csv />}
        <Preview asked={chosen} data={present} problem={chosen && rested ? preview.error : null} busy={!!chosen && !present && !preview.error} />
        {wrong.length > 0 && (
          <Form.Item name="without" valuePropName="checked"><Checkbox>{say(`Leave ${plural(wrong.length, 'line')} out`, `忽略这 ${wrong.length} 行`)}</Checkbox></Form.Item>
        )}
        <Form.Item name="reason" label={say('Reason', '原因')} extra={say('On record; the owners read it.', '将被记录，设备使用者可见。')} rules={[{ required: true, whitespace: true, message: say('Please say why.', '请填写原因。') }]}>
          <Input.TextArea maxLength={500} showCount autoSize={{ minRows: 2, maxRows: 6 }} />
        </Form.Item>
        <div className="row" style={{ alignItems: 'flex-start', gap: 24 }}>
          <Form.Item name="days" label={say('May be used for, in days', '有效期（天）')} extra={say('1 to 30', '1 至 30')} rules={[{ required: true, message: say('Please enter 1 to 30.', '请输入 1 至 30。') }]}><InputNumber min={1} max={30} precision={0} style={{ width: 160 }} /></Form.Item>
          <Form.Item name="package" label={say('Package', '软件包')} style={{ flex: '1 1 220px' }} rules={[{ required: true, message: say('Please name the package.', '请填写软件包。') }]}>
            <AutoComplete options={['holdfast-client', ...(policy.data?.packages ?? [])].map((value) => ({ value }))} />
          </Form.Item>
        </div>
      </Form>
    </Panel>
  );
}

function Csv() {
  const say = useSay();
  const form = Form.useFormInstance<Fields>();
  const input = useRef<HTMLInputElement>(null);
  const [large, setLarge] = useState(false);
  const take = async (file: File | undefined) => {
    setLarge(!!file && file.size > most);
    if (file && file.size <= most) form.setFieldValue('csv', await file.text());
  };
  return (
    <>
      <Form.Item name="csv" label={say('List', '列表')} validateStatus={large ? 'error' : undefined} help={large ? say('The file is larger than 1 MiB.', '文件超过 1 MiB。') : undefined}
        extra={say('One device a line, by id, MAC address or name; or a CSV whose first line names its columns: id, mac, name. At most 10,000 lines.', '每行一台设备：ID、MAC 地址或名称；或首行为列名（id、mac、name）的 CSV。最多 10,000 行。')}>
        <Input.TextArea className="code" autoSize={{ minRows: 5, maxRows: 14 }} maxLength={most} placeholder={'name\nlaptop-42\n'} spellCheck={false} />
      </Form.Item>
      <input ref={input} type="file" accept=".csv,.txt,text/csv,text/plain" style={{ display: 'none' }} aria-hidden tabIndex={-1} onChange={(event) => { void take(event.target.files?.[0]); event.target.value = ''; }} />
      <Button icon={<UploadOutlined aria-hidden />} onClick={() => input.current?.click()} style={{ marginBottom: 16 }}>{say('Take it from a file', '从文件读取')}</Button>
    </>
  );
}

const shown = 100;

function Preview({ asked, data, problem, busy }: { asked: unknown; data?: Schema<'ReleasePreview'>; problem: Error | null; busy: boolean }) {
  const say = useSay();
  const [all, showAll] = useState(false);
  if (!asked) return <p className="dim">{say('What would be released is shown here.', '此处将显示放行的设备。')}</p>;
  if (problem) return <Trouble problem={problem} />;
  if (!data) return <p className="dim" aria-busy={busy}>{say('Looking…', '查询中…')}</p>;
  const refused = data.devices.filter((device) => device.why);
  const devices = all ? data.devices : data.devices.slice(0, 8);
  return (
    <div className="preview" role="status">
      <strong>{data.total === 0 ? say('No device.', '没有设备。') : say(`${plural(data.total, 'device')}.`, `共 ${data.total} 台设备。`)}</strong>
      {refused.length > 0 && <span> {say(`${refused.length} of them would get no approval.`, `其中 ${refused.length} 台无法放行。`)}</span>}
      {data.unfit > 0 && <span> {say(`${data.unfit} fit and are left out, as they are gone already.`, `另有 ${data.unfit} 台符合条件但已卸载，不包含在内。`)}</span>}
      {data.total > 0 && data.second_person && <Alert style={{ margin: '10px 0' }} type="info" showIcon title={say('A second administrator has to confirm it', '需由第二位管理员确认')}
        description={data.threshold > 0 ? say(`One person alone may release ${data.threshold} devices in 24 hours. It waits up to 72 hours.`, `一人 24 小时内可独自放行 ${data.threshold} 台设备，确认期限为 72 小时。`) : say('Every release needs two persons here. It waits up to 72 hours.', '此处的放行均需两人，确认期限为 72 小时。')} />}
      <ul className="plain" style={{ marginTop: 8 }}>
        {devices.slice(0, all ? shown : 8).map((device) => <li key={device.id} style={{ marginBottom: 4 }}><span className="break">{device.name}</span> <span className="dim">· {device.owner.name}{device.why ? ` · ${device.why}` : ''}</span></li>)}
      </ul>
      {!all && data.devices.length > 8 && <Button type="link" style={{ padding: 0 }} onClick={() => showAll(true)}>{say('Show more', '显示更多')}</Button>}
      {all && data.devices.length > shown && <span className="dim">{say(`and ${data.devices.length - shown} more`, `以及另外 ${data.devices.length - shown} 台`)}</span>}
      <LeftOut lines={data.list.left_out} />
    </div>
  );
}
