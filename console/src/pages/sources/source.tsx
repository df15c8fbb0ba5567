/* One identity source: how it is read, what a run waits for, what changed; of a local one, its departments. */
import { DownOutlined, EditOutlined, SyncOutlined } from '@ant-design/icons';
import { Alert, Button, Dropdown, Form, Input, InputNumber, Select, Tabs } from 'antd';
import { useState } from 'react';
import { Link, useNavigate, useParams } from 'react-router';
import { useAddress } from '../../lib/address';
import { api, ifMatch, useChange, useGet, type Schema } from '../../lib/api';
import { isStale } from '../../lib/problem';
import { useMayChange } from '../../lib/session';
import { Ago, When } from '../../lib/time';
import { useSay } from '../../lib/words';
import { Copy } from '../../parts/copy';
import { useEdited } from '../../parts/edited';
import { Facts } from '../../parts/facts';
import { LinkButton } from '../../parts/link';
import { Page, PageSkeleton, Sheet, SheetSkeleton } from '../../parts/page';
import { Panel } from '../../parts/panel';
import { pick } from '../../parts/pick';
import { State, workflowStates } from '../../parts/states';
import { SureDialog } from '../../parts/sure';
import { SaveTrouble, Trouble, useTell } from '../../parts/trouble';
import { Changes } from './changes';
import { Departments } from './departments';
import { FindingList } from './findings';
import { ImportPeople } from './import';
import { Enabled } from './sources';
import { Sync, Waiting } from './sync';
import { sourceTypes, type Source } from './words';

interface Fields { name: string; cycle_hours?: number; departments?: string[] }

const fieldsOf = (source: Source): Fields => ({ name: source.name, cycle_hours: source.cycle_hours ?? 24, departments: source.departments });

function Edit({ source, open, close, again }: { source: Source; open: boolean; close: () => void; again: () => Promise<Source | undefined> }) {
  const say = useSay();
  const tell = useTell();
  const [form] = Form.useForm<Fields>();
  const { from, typed, forget, load } = useEdited(form, open, source, fieldsOf);
  const save = useChange((body: Fields) => api.PUT('/api/v1/identity-sources/{id}', { params: { path: { id: source.id } }, headers: ifMatch(from), body }));
  const dingtalk = source.type === 'dingtalk';
  // What is saved or given up is not asked about: the form first.
  const leave = () => { forget(); save.reset(); close(); };
  const go = async ({ name, cycle_hours, departments }: Fields) => {
    await save.mutateAsync({ name: name.trim(), ...(dingtalk ? { cycle_hours, departments: departments ?? [] } : {}) });
    tell.done(say('Saved', '已保存'));
    leave();
  };
  const loadAgain = async () => {
    const now = await again();
    if (!now) return;
    load(now);
    save.reset();
  };
  return (
    <Panel
      open={open} width={560} title={say(`Edit ${source.name}`, `编辑 ${source.name}`)} close={leave} dirty={typed}
      footer={<div className="row"><Button onClick={leave}>{say('Cancel', '取消')}</Button><Button type="primary" disabled={isStale(save.error)} loading={save.isPending} onClick={() => form.submit()}>{say('Save', '保存')}</Button></div>}
    >
      <SaveTrouble problem={save.error} load={() => void loadAgain()} />
      <Form<Fields> form={form} layout="vertical" requiredMark={false} onFinish={(fields) => void go(fields).catch(() => {})}>
        <Form.Item name="name" label={say('Name', '名称')} rules={[{ required: true, whitespace: true, message: say('Please give it a name.', '请输入名称。') }]}><Input maxLength={128} /></Form.Item>
        {dingtalk && (
          <>
            <Form.Item name="cycle_hours" label={say('Read every, hours', '同步周期（小时）')} rules={[{ required: true, message: say('1 to 24 hours.', '1 至 24 小时。') }]}><InputNumber min={1} max={24} precision={0} style={{ width: 140 }} /></Form.Item>
            <Form.Item
              name="departments" label={say('Only these departments (dept_id), with everything below', '仅这些部门（dept_id，含下级）')}
              extra={say('Empty: everything that the app may see. Choosing others ends a run that is under way; who is not read any more would be marked as left.', '留空：应用可见的全部。更改会中止正在进行的同步；不再读取的人员将被标记为离职。')}
              rules={[{ validator: (_, value?: string[]) => (value?.every((one) => /^\d+$/.test(one)) ?? true ? Promise.resolve() : Promise.reject(new Error(say('A dept_id is a number.', 'dept_id 为数字。')))) }]}
            >
              <Select mode="tags" open={false} suffixIcon={null} tokenSeparators={[',', ' ', '，']} maxCount={1000} />
            </Form.Item>
          </>
        )}
      </Form>
    </Panel>
  );
}

function Settings({ source }: { source: Source }) {
  const say = useSay();
  const app = useGet('/api/v1/dingtalk-apps/{id}', { params: { path: { id: source.app ?? '' } } }, { enabled: !!source.app });
  return (
    <Sheet title={say('Sign-in and settings', '登录与设置')}>
      <Facts facts={[
        [say('Type', '类型'), say(sourceTypes[source.type])],
        [say('Sign-in', '登录'), <><Enabled source={source} /><div className="dim small" style={{ marginTop: 4 }}>{source.enabled
          ? say('People sign in through it. Disabling it stops new sign-ins and nothing else: everybody stays as protected as before.', '员工可通过它登录。停用只会阻止新的登录，所有人的保护保持不变。')
          : say('Nobody signs in through it. Who is signed in stays so, reading goes on, and everybody stays as protected as before.', '无法通过它登录。已登录者不受影响，同步继续，所有人的保护保持不变。')}</div></>],
        [say('DingTalk app', '钉钉应用'), source.app ? <Link to="/console/settings/dingtalk" className="code">{app.data?.client_id ?? '…'}</Link> : null],
        [say('Redirect address', '重定向地址'), app.data ? <><Copy text={app.data.redirect_url} name={say('Redirect address', '重定向地址')} /><div className="dim small">{say('In DingTalk: your application > Security Settings > Redirect URL. Without it nobody can sign in.', '钉钉中：您的应用 > 安全设置 > 重定向 URL。未填写则无法登录。')}</div></> : null],
        [say('Sync every', '同步周期'), source.cycle_hours ? say(`${source.cycle_hours} h, and what events name within seconds`, `${source.cycle_hours} 小时；事件涉及的变更在数秒内读取`) : null],
        [say('Departments', '读取的部门'), source.type === 'dingtalk' ? (source.departments.length ? <span className="code">{source.departments.join(', ')}</span> : say('all that the app may see', '应用可见的全部')) : null],
        [say('Made', '创建时间'), <When ms={source.created_ms} />],
      ]} />
    </Sheet>
  );
}

function Test({ source }: { source: Source }) {
  const say = useSay();
  const may = useMayChange();
  const [found, setFound] = useState<Schema<'IdentitySourceTest'>>();
  const test = useChange(() => api.POST('/api/v1/identity-sources/{id}/test', { params: { path: { id: source.id } } }));
  const go = () => void test.mutateAsync(undefined as never).then((result) => setFound(result as Schema<'IdentitySourceTest'>), () => {});
  return (
    <Sheet title={say('Test', '检测')} deeds={may && <Button loading={test.isPending} onClick={go}>{found ? say('Test again', '重新检测') : say('Test now', '立即检测')}</Button>}>
      <Trouble problem={test.error} />
      {test.isPending && !found ? <SheetSkeleton rows={3} /> : found ? (
        <div role="status">
          <div className="row" style={{ marginBottom: 8 }}><State of={found.state} in={workflowStates} /><span className="dim">{say('tested', '检测于')} <Ago ms={found.checked_ms} /></span></div>
          <FindingList findings={found.findings} />
        </div>
      ) : <p className="dim">{say('Credentials, permissions, contact scope and the chosen departments. It changes nothing, and costs no call of the month.', '检测凭证、权限、通讯录范围和所选部门。不做任何更改，也不消耗调用额度。')}</p>}
    </Sheet>
  );
}

function Deeds({ source, edit, bring }: { source: Source; edit: () => void; bring: () => void }) {
  const say = useSay();
  const tell = useTell();
  const navigate = useNavigate();
  const [leaving, setLeaving] = useState(false);
  const sync = useChange(() => api.POST('/api/v1/identity-sources/{id}/sync', { params: { path: { id: source.id } } }));
  const remove = useChange(() => api.DELETE('/api/v1/identity-sources/{id}', { params: { path: { id: source.id } }, headers: ifMatch(source) }).then(() => undefined));
  return (
    <>
      {source.type === 'dingtalk'
        ? <Button type="primary" icon={<SyncOutlined aria-hidden />} loading={sync.isPending} disabled={source.sync.state === 'running'} onClick={() => void sync.mutateAsync(undefined as never).then(undefined, tell.problem)}>{say('Sync now', '立即同步')}</Button>
        : <Button type="primary" onClick={bring}>{say('Import people…', '导入人员…')}</Button>}
      <Button icon={<EditOutlined aria-hidden />} onClick={edit}>{say('Edit', '编辑')}</Button>
      <Dropdown autoFocus trigger={['click']} menu={{ items: [{ key: 'delete', danger: true, label: say('Delete…', '删除…'), onClick: pick(() => setLeaving(true)) }] }}><Button>{say('More', '更多')} <DownOutlined aria-hidden /></Button></Dropdown>
      <SureDialog
        open={leaving} close={() => setLeaving(false)} danger deed={say('Delete', '删除')} title={say(`Delete ${source.name}?`, `删除 ${source.name}？`)}
        run={async () => { await remove.mutateAsync(undefined as never); tell.done(say('Deleted', '已删除')); void navigate('/console/identity/sources', { replace: true }); }}
      >
        <p>{say('Only a source that nobody came from can be deleted. To stop sign-ins through it, disable it.', '只能删除没有人员的身份源。如需阻止登录，请停用它。')}</p>
      </SureDialog>
    </>
  );
}

export default function SourcePage() {
  const say = useSay();
  const { id = '' } = useParams();
  const may = useMayChange();
  const [at, set] = useAddress(['tab', 'panel', 'run', 'kind', 'subject', 'state'] as const);
  const { data: source, error, refetch } = useGet('/api/v1/identity-sources/{id}', { params: { path: { id } } });
  if (!source) return error ? <Page title={say('Identity Source', '身份源详情')}><Trouble problem={error} again={() => void refetch()} deeds={<Link to="/console/identity/sources">{say('All sources', '身份源列表')}</Link>} /></Page> : <PageSkeleton title={['Identity Source', '身份源详情']} />;
  const local = source.type === 'local';
  const overview = (
    <>
      <div className="duo">
        {!local && <Sync source={source} />}
        {local && (
          <Sheet title={say('Departments', '部门')}><Departments source={source} /></Sheet>
        )}
        <Settings source={source} />
      </div>
      {!local && <Test source={source} />}
    </>
  );
  return (
    <Page
      title={source.name} about={local ? say('People and departments that are kept here.', '在此维护的人员与部门。') : say('Departments and people of a DingTalk organisation. Nothing is written to DingTalk.', '钉钉组织的部门与人员，不会写入钉钉。')}
      deeds={<>
        <LinkButton to={`/console/identity/users?source=${source.id}`}>{say(`People (${source.sync.people.toLocaleString()})`, `人员（${source.sync.people.toLocaleString()}）`)}</LinkButton>
        {may && <Deeds source={source} edit={() => set({ panel: 'edit' })} bring={() => set({ panel: 'import' })} />}
      </>}
    >
      <Trouble problem={error} again={() => void refetch()} />
      <Waiting source={source} />
      {!source.enabled && <Alert type="info" showIcon style={{ marginBottom: 16 }} title={say('Sign-in through it is switched off', '通过它登录已停用')} description={say('Everybody stays as protected as before.', '所有人的保护保持不变。')} />}
      {local ? overview : (
        <Tabs
          activeKey={at.tab === 'changes' ? 'changes' : 'overview'} onChange={(tab) => set({ tab: tab === 'overview' ? undefined : tab, run: undefined, kind: undefined, subject: undefined, state: undefined })}
          items={[
            { key: 'overview', label: say('Overview', '概况'), children: overview },
            { key: 'changes', label: say('What changed', '变更记录'), children: <section className="sheet"><Changes source={source} /></section> },
          ]}
        />
      )}
      {may && <Edit source={source} open={at.panel === 'edit'} close={() => set({ panel: undefined })} again={async () => (await refetch()).data} />}
      {may && local && <ImportPeople source={source} open={at.panel === 'import'} close={() => set({ panel: undefined })} />}
    </Page>
  );
}
