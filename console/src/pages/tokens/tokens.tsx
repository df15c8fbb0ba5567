/* Settings > API Tokens: what programs sign in with. */
import { PlusOutlined } from '@ant-design/icons';
import { Alert, App, Button, Form, Input, InputNumber, Select, Tag } from 'antd';
import { useMemo, useState } from 'react';
import { useAddress } from '../../lib/address';
import { api, useChange, useGet, useList, type Schema } from '../../lib/api';
import { roleNames, useMay, useMe, type Role } from '../../lib/session';
import { Ago, When } from '../../lib/time';
import { useSay } from '../../lib/words';
import { Copy } from '../../parts/copy';
import { Dialog } from '../../parts/dialog';
import { List, type Column } from '../../parts/list';
import { Page } from '../../parts/page';
import { DepartmentPicker } from '../../parts/pickers';
import { Trouble, useTell } from '../../parts/trouble';

type Token = Schema<'Token'>;
interface Fields { name: string; role: Role; days: number; departments?: string[] }

const ranks: Role[] = ['owner', 'security-admin', 'approver', 'auditor'];

/* A token is at most what its maker is; auditors and approvers make their own kind only. */
const within = (role: Role) => (role === 'owner' ? ranks : role === 'security-admin' ? ranks.slice(1) : [role]);

function Create({ open, close }: { open: boolean; close: () => void }) {
  const say = useSay();
  const me = useMe();
  const [form] = Form.useForm<Fields>();
  const role = Form.useWatch('role', form);
  const create = useChange((body: Fields) => api.POST('/api/v1/tokens', { body }));
  const made = create.data as Token | undefined;
  return (
    <Dialog
      open={open} title={made ? say('The token', '令牌') : say('Create an API token', '创建 API 令牌')} onCancel={close} destroyOnHidden
      afterClose={() => create.reset()} okText={made ? say('I have kept it', '我已保存') : say('Create', '创建')} confirmLoading={create.isPending}
      onOk={() => (made ? close() : form.submit())} cancelButtonProps={{ hidden: Boolean(made) }} mask={{ closable: false }}
    >
      <Trouble problem={create.error} />
      {made?.token ? (
        <>
          <Alert type="warning" showIcon style={{ marginBottom: 14 }} title={say('It is shown only now. Keep it where your program finds it, and nobody else.', '仅在此显示一次，请妥善保存到程序可读取且他人无法获取的位置。')} />
          <Copy text={made.token} name={say('token', '令牌')} />
          <p className="dim">{say('Sent with each request as', '每次请求携带')} <code className="code">Authorization: Bearer …</code></p>
        </>
      ) : (
        <Form form={form} layout="vertical" preserve={false} initialValues={{ role: within(me.role).at(-1), days: 90 }} onFinish={(fields) => create.mutate({ ...fields, departments: fields.departments ?? [] })}>
          <Form.Item name="name" label={say('Name', '名称')} extra={say('What uses it: it stands in the record of what is done with it.', '用途说明，会写入相关审计记录。')} rules={[{ required: true, whitespace: true, message: say('Please give it a name.', '请输入名称。') }]}><Input maxLength={100} onPressEnter={() => form.submit()} /></Form.Item>
          <Form.Item name="role" label={say('Role', '角色')} extra={say('The least that is enough.', '请选择满足需要的最小权限。')}><Select options={within(me.role).map((one) => ({ value: one, label: say(roleNames[one]) }))} /></Form.Item>
          {(role === 'approver' || role === 'auditor') && <Form.Item name="departments" label={say('Only these departments', '仅限以下部门')} extra={say('None: no further limit.', '不选则不再限制。')}><DepartmentPicker many /></Form.Item>}
          <Form.Item name="days" label={say('Good for', '有效期')} rules={[{ required: true, message: say('1 to 365 days.', '1 至 365 天。') }]}><InputNumber min={1} max={365} suffix={say('days', '天')} style={{ width: 160 }} /></Form.Item>
        </Form>
      )}
    </Dialog>
  );
}

export default function TokensPage() {
  const say = useSay();
  const tell = useTell();
  const me = useMe();
  const owner = useMay('owner');
  const { modal } = App.useApp();
  const [{ panel }, set] = useAddress(['panel'] as const);
  const [all, setAll] = useState(false);
  const accounts = useGet('/api/v1/accounts', { params: { query: { limit: 200 } } }, { enabled: owner });
  const found = useList('/api/v1/tokens', { params: { query: owner && !all && me.account ? { account: me.account.id } : {} } }, { keep: true });
  const revoke = useChange((id: string) => api.DELETE('/api/v1/tokens/{id}', { params: { path: { id } } }));
  const columns = useMemo<Column<Token>[]>(() => {
    const whose = (id: string | null) => (id === null ? say('the server’s command line', '服务器命令行') : accounts.data?.items.find((one) => one.id === id)?.name ?? (id === me.account?.id ? me.name : '–'));
    const state = (one: Token) => one.revoked_ms ? <Tag>{say('Revoked', '已吊销')}</Tag> : one.expires_ms && one.expires_ms < Date.now() ? <Tag>{say('Expired', '已过期')}</Tag> : <Tag color="success">{say('Good', '有效')}</Tag>;
    return [
      { title: say('Name', '名称'), narrow: 'head', width: 200, render: (_, one) => one.name },
      { title: say('State', '状态'), narrow: 'head', width: 100, render: (_, one) => state(one) },
      { title: say('Role', '角色'), width: 170, render: (_, one) => say(roleNames[one.role]) },
      ...(all ? [{ title: say('Whose', '所属账号'), width: 160, render: (_: unknown, one: Token) => whose(one.account) }] : []),
      { title: say('Made', '创建时间'), width: 140, render: (_, one) => <When ms={one.created_ms} /> },
      { title: say('Good until', '有效期至'), width: 140, render: (_, one) => <When ms={one.expires_ms} none={say('for good', '长期')} /> },
      { title: say('Last used', '最近使用'), width: 140, render: (_, one) => <Ago ms={one.used_ms} none={say('never', '从未')} /> },
      { title: say('Actions', '操作'), width: 110, render: (_, one) => one.revoked_ms ? null : (
        <Button size="small" danger onClick={() => modal.confirm({
          title: say(`Revoke “${one.name}”?`, `吊销“${one.name}”？`),
          content: say('What uses it is refused at once, and so are tokens that were made with it. This cannot be undone.', '使用该令牌及由其创建的令牌将立即失效，且无法恢复。'),
          okText: say('Revoke', '吊销'), okButtonProps: { danger: true },
          onOk: () => revoke.mutateAsync(one.id).then(() => tell.done(say('Revoked', '已吊销')), tell.problem),
        })}>{say('Revoke', '吊销')}</Button>
      ) },
    ];
  }, [say, all, accounts.data, me, modal, revoke, tell]);
  return (
    <Page title={say('API Tokens', 'API 令牌')} about={say('What scripts and other programs sign in with: holdfastctl, a ticket system, monitoring.', '供脚本及其他程序登录使用：holdfastctl、工单系统、监控等。')}
      deeds={me.account && <Button type="primary" icon={<PlusOutlined aria-hidden />} onClick={() => set({ panel: 'create' })}>{say('Create a token', '创建令牌')}</Button>}>
      <section className="sheet">
        {owner && <div className="filters"><Select aria-label={say('Whose tokens', '令牌范围')} value={all} onChange={setAll} style={{ minWidth: 180 }} options={[{ value: false, label: say('My tokens', '我的令牌') }, { value: true, label: say('Everybody’s tokens', '全部令牌') }]} /></div>}
        <List name={say('API tokens', 'API 令牌')} found={found} columns={columns} empty={say('No token yet. A token lets a program do what its role may, until it expires.', '尚无令牌。令牌让程序以指定角色访问，到期失效。')} />
      </section>
      <Create open={panel === 'create'} close={() => set({ panel: undefined }, { replace: true })} />
    </Page>
  );
}
