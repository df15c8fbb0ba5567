/* Approval Center > Delegations: who decides in whose place, and for how long. */
import { PlusOutlined } from '@ant-design/icons';
import { App, Button, DatePicker, Form, Input } from 'antd';
import dayjs, { type Dayjs } from 'dayjs';
import { useEffect, useMemo, useState } from 'react';
import { api, ifMatch, useChange, useGet, useList, type Schema } from '../../lib/api';
import { useAddress } from '../../lib/address';
import { isStale } from '../../lib/problem';
import { useMay, useMayChange, useMe } from '../../lib/session';
import { Ago, When } from '../../lib/time';
import { useSay, type Text } from '../../lib/words';
import { fillUntyped } from '../../parts/edited';
import { List, type Column } from '../../parts/list';
import { Page, Sheet, SheetSkeleton } from '../../parts/page';
import { Panel } from '../../parts/panel';
import { AccountPicker } from '../../parts/pickers';
import { State } from '../../parts/states';
import { SaveTrouble, Trouble, useTell } from '../../parts/trouble';

type Delegation = Schema<'Delegation'>;
type Colour = 'default' | 'processing' | 'success' | 'warning' | 'error';

const states: Record<'now' | 'later' | 'over', readonly [Text, Colour]> = {
  now: [['In force', '生效中'], 'success'],
  later: [['Upcoming', '未开始'], 'processing'],
  over: [['Over', '已结束'], 'default'],
};
const stateOf = ({ from_ms, until_ms }: Delegation, now = Date.now()) => (until_ms <= now ? 'over' : from_ms > now ? 'later' : 'now');

export default function DelegationsPage() {
  const say = useSay();
  const me = useMe();
  const admin = useMayChange();
  const mayMake = useMay('owner', 'security-admin', 'approver');
  const { message } = App.useApp();
  const tell = useTell();
  const [{ panel, edit }, set] = useAddress(['panel', 'edit']);
  const found = useList('/api/v1/delegations', {}, { keep: true });
  const make = useChange((body: Schema<'CreateDelegationBody'>) => api.POST('/api/v1/delegations', { body }));
  const end = useChange(async (row: Delegation) => {
    const read = await api.GET('/api/v1/delegations/{id}', { params: { path: { id: row.id } } });
    return api.DELETE('/api/v1/delegations/{id}', { params: { path: { id: row.id } }, headers: { 'If-Match': read.response.headers.get('ETag') ?? '' } });
  });
  const finish = async (row: Delegation) => {
    try {
      await end.mutateAsync(row);
    } catch (e) {
      tell.problem(e);
      return;
    }
    const key = `end-${row.id}`;
    const undo = () => {
      message.destroy(key);
      make.mutateAsync({ account: row.account, delegate: row.delegate, ...(row.from_ms > Date.now() ? { from_ms: row.from_ms } : {}), until_ms: row.until_ms, reason: row.reason }).catch(tell.problem);
    };
    void message.open({ key, type: 'success', duration: 8, content: <>{say('The delegation is ended', '委托已结束')} {row.until_ms > Date.now() && <Button type="link" size="small" onClick={undo}>{say('Undo', '撤销')}</Button>}</> });
  };
  const columns = useMemo<Column<Delegation>[]>(() => [
    { title: say('In whose place', '委托人'), key: 'account', width: 140, narrow: 'head', render: (_v, row) => <><span className="break">{row.account_name}</span>{row.account === me.account?.id && <span className="dim"> {say('(you)', '（您）')}</span>}</> },
    { title: say('Decides', '受托人'), key: 'delegate', width: 140, render: (_v, row) => <><span className="break">{row.delegate_name}</span>{row.delegate === me.account?.id && <span className="dim"> {say('(you)', '（您）')}</span>}</> },
    { title: say('State', '状态'), key: 'state', width: 100, narrow: 'head', render: (_v, row) => <State of={stateOf(row)} in={states} /> },
    { title: say('From', '开始'), key: 'from', width: 125, render: (_v, row) => <When ms={row.from_ms} /> },
    { title: say('Until', '结束'), key: 'until', width: 130, render: (_v, row) => <><When ms={row.until_ms} /><div className="dim small"><Ago ms={row.until_ms} /></div></> },
    { title: say('Reason', '原因'), key: 'reason', width: 160, render: (_v, row) => row.reason || '–' },
    {
      title: say('Actions', '操作'), key: 'deeds', width: 130,
      render: (_v, row) => (admin || row.account === me.account?.id ? (
        <span className="deeds">
          {stateOf(row) !== 'over' && <Button size="small" type="link" aria-label={`${say('Edit', '编辑')}: ${row.account_name}`} onClick={() => set({ edit: row.id })}>{say('Edit', '编辑')}</Button>}
          <Button size="small" type="link" danger aria-label={`${stateOf(row) === 'over' ? say('Remove', '移除') : say('End', '结束')}: ${row.account_name}`} onClick={() => void finish(row)}>{stateOf(row) === 'over' ? say('Remove', '移除') : say('End', '结束')}</Button>
        </span>
      ) : '–'),
    },
  ], [say, admin, me]);
  return (
    <Page
      title={say('Delegations', '审批委托')}
      about={say('Who decides in whose place while somebody is away. The one who is away may still decide too.', '外出期间由谁代为审批。委托人本人仍可审批。')}
      deeds={mayMake && me.account && <Button type="primary" icon={<PlusOutlined aria-hidden />} onClick={() => set({ panel: 'create' })}>{say('Delegate', '新建委托')}</Button>}
    >
      <Sheet>
        <List<Delegation> found={found} columns={columns} name={say('Delegations', '审批委托')}
          empty={<>{say('Nobody decides in somebody’s place.', '没有审批委托。')}{mayMake && me.account && <> <Button type="link" style={{ padding: 0 }} onClick={() => set({ panel: 'create' })}>{say('Delegate', '新建委托')}</Button></>}</>} />
      </Sheet>
      {mayMake && <Edit open={panel === 'create' || !!edit} id={edit} close={() => set({ panel: undefined, edit: undefined })} />}
    </Page>
  );
}

interface Fields { account?: string; delegate: string; from: Dayjs; until: Dayjs; reason?: string }

const valuesOf = (d: Delegation): Fields => ({ delegate: d.delegate, from: dayjs(d.from_ms), until: dayjs(d.until_ms), reason: d.reason });

function Edit({ open, id, close }: { open: boolean; id?: string; close: () => void }) {
  const say = useSay();
  const tell = useTell();
  const me = useMe();
  const admin = useMayChange();
  const [form] = Form.useForm<Fields>();
  const account = Form.useWatch('account', form);
  const read = useGet('/api/v1/delegations/{id}', { params: { path: { id: id ?? '' } } }, { enabled: open && !!id });
  // The version that is edited stays the one that was opened, however the list changes, until somebody loads the new one.
  const [d, edit] = useState<Delegation>();
  useEffect(() => {
    if (!open || !id || !read.data || d) return;
    edit(read.data);
    form.setFieldsValue(valuesOf(read.data));
  }, [open, id, read.data, d]);
  const save = useChange(async ({ account: whose, delegate, from, until, reason }: Fields) => {
    const body = { delegate, from_ms: from.valueOf(), until_ms: until.valueOf(), reason: reason?.trim() ?? '' };
    return d
      ? api.PUT('/api/v1/delegations/{id}', { params: { path: { id: d.id } }, body, headers: ifMatch(d) })
      : api.POST('/api/v1/delegations', { body: { ...body, ...(whose && whose !== me.account?.id ? { account: whose } : {}) } });
  });
  useEffect(() => {
    if (open) {
      if (!id) form.setFieldsValue(fresh());
      return;
    }
    edit(undefined);
    save.reset();
  }, [open]);
  const fresh = () => ({ account: me.account?.id, delegate: undefined, from: dayjs().startOf('minute'), until: dayjs().add(7, 'day').startOf('minute'), reason: '' });
  const again = async () => {
    const { data } = await read.refetch();
    if (!data || !d) return;
    fillUntyped(form, valuesOf(d), valuesOf(data));
    edit(data);
    save.reset();
  };
  const go = async (fields: Fields) => {
    await save.mutateAsync(fields);
    form.resetFields();
    tell.done(say('Saved', '已保存'));
    close();
  };
  const whose = d?.account ?? account ?? me.account?.id;
  return (
    <Panel open={open} width={520} title={id ? say('Edit the delegation', '编辑委托') : say('Delegate', '新建委托')} close={close} dirty={() => form.isFieldsTouched()}
      footer={<div className="row"><Button onClick={close}>{say('Cancel', '取消')}</Button><Button type="primary" loading={save.isPending} disabled={(!!id && !d) || isStale(save.error)} onClick={() => form.submit()}>{say('Save', '保存')}</Button></div>}>
      <SaveTrouble problem={save.error} load={() => void again()} />
      <Trouble problem={id ? read.error : null} again={() => void read.refetch()} />
      {id && !d ? !read.error && <SheetSkeleton /> : (
        <Form form={form} layout="vertical" requiredMark={false} onFinish={(fields) => void go(fields).catch(() => {})} scrollToFirstError={{ focus: true }}>
          {d ? <Form.Item label={say('In whose place', '委托人')}><span>{d.account_name}</span></Form.Item>
            : admin && <Form.Item name="account" label={say('In whose place', '委托人')} rules={[{ required: true, message: say('Please choose.', '请选择。') }]}><AccountPicker only={(one) => one.role !== 'auditor'} allowClear={false} /></Form.Item>}
          <Form.Item name="delegate" label={say('Who decides', '受托人')} rules={[{ required: true, message: say('Please choose who decides.', '请选择受托人。') }]}>
            <AccountPicker only={(one) => one.role !== 'auditor' && one.id !== whose} placeholder={say('An account of Holdfast', 'Holdfast 账号')} known={d ? { [d.delegate]: d.delegate_name } : undefined} />
          </Form.Item>
          <div className="row" style={{ alignItems: 'flex-start', gap: 16 }}>
            <Form.Item name="from" label={say('From', '开始')} style={{ flex: '1 1 200px' }} rules={[{ required: true, message: say('Please say from when.', '请选择开始时间。') }]}>
              <DatePicker showTime={{ format: 'HH:mm' }} format="YYYY-MM-DD HH:mm" allowClear={false} style={{ width: '100%' }} />
            </Form.Item>
            <Form.Item name="until" label={say('Until', '结束')} style={{ flex: '1 1 200px' }} dependencies={['from']} extra={say('At most 366 days.', '最长 366 天。')}
              rules={[{ required: true, message: say('Please say until when.', '请选择结束时间。') }, ({ getFieldValue }) => ({ validator: (_rule, value?: Dayjs) => {
                const length = value && getFieldValue('from') ? value.diff(getFieldValue('from') as Dayjs, 'day', true) : 1;
                return length <= 0 ? Promise.reject(new Error(say('It has to end after it begins.', '结束时间须晚于开始时间。'))) : length > 366 ? Promise.reject(new Error(say('At most 366 days.', '最长 366 天。'))) : Promise.resolve();
              } })]}>
              <DatePicker showTime={{ format: 'HH:mm' }} format="YYYY-MM-DD HH:mm" allowClear={false} style={{ width: '100%' }} />
            </Form.Item>
          </div>
          <Form.Item name="reason" label={say('Reason (optional)', '原因（选填）')}><Input maxLength={200} showCount placeholder={say('Annual leave', '年假')} /></Form.Item>
        </Form>
      )}
    </Panel>
  );
}
