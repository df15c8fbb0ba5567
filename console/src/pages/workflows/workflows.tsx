/* Approval Center > Workflow Management. */
import { CopyOutlined, DeleteOutlined, EyeOutlined, HistoryOutlined, MoreOutlined, PlusOutlined } from '@ant-design/icons';
import { Button, Dropdown, Form, Input, Tag, Tooltip } from 'antd';
import { useEffect, useState } from 'react';
import { Link } from 'react-router';
import { useAddress } from '../../lib/address';
import { api, get, ifMatch, useChange, useGet, useList } from '../../lib/api';
import { useMayChange } from '../../lib/session';
import { Ago } from '../../lib/time';
import { useSay, useWords } from '../../lib/words';
import { CopyButton } from '../../parts/copy';
import { Dialog } from '../../parts/dialog';
import { List, type Column } from '../../parts/list';
import { Page } from '../../parts/page';
import { State, workflowStates } from '../../parts/states';
import { Trouble, useTell } from '../../parts/trouble';
import { limits, templateName, typeNames, type App, type Workflow } from './draft';
import { formNames, useDoctor, worstOf } from './findings';
import { WorkflowPanel, type Tab } from './panel';

const tabs: Tab[] = ['settings', 'test', 'preview', 'versions'];

/* The state, and of what is not well the worst in words. */
function Health({ workflow }: { workflow: Workflow }) {
  const { say, language } = useWords();
  const ready = workflow.state === 'ready';
  const doctor = useDoctor(workflow.id);
  const worst = worstOf(doctor.data?.findings ?? []);
  const shown = !ready && worst && (worst.severity === 'broken' || worst.severity === 'attention') ? worst : undefined;
  return (
    <div>
      <div className="row"><State of={workflow.state} in={workflowStates} />{workflow.testing && <span className="dim">{say('testing…', '检测中…')}</span>}</div>
      {shown && <Tooltip trigger={['hover', 'focus']} title={shown.remedy[language]}><div className="dim break two" style={{ marginTop: 4 }} tabIndex={0}>{shown.what[language]}</div></Tooltip>}
    </div>
  );
}

function Forms({ workflow, app }: { workflow: Workflow; app: App | undefined }) {
  const say = useSay();
  const doctor = useDoctor(workflow.id);
  const names = formNames(doctor.data?.findings);
  if (workflow.approval) {
    const { levels } = workflow.approval;
    return <div>{say(levels.length === 1 ? '1 level' : `${levels.length} levels`, `${levels.length} 级审批`)}<div className="dim break">{levels.map((one, i) => one.name ?? say(`Level ${i + 1}`, `第 ${i + 1} 级`)).join(' → ')}</div></div>;
  }
  return (
    <div>
      {say(templateName)}
      {workflow.forms.map((form) => <div key={form.process_code} className="dim break">{names[form.process_code] ?? <span className="code">{form.process_code}</span>}</div>)}
      {app && <div className="dim break" style={{ fontSize: 12 }}>{say('App', '应用')} {app.client_id}</div>}
    </div>
  );
}

export default function WorkflowsPage() {
  const say = useSay();
  const may = useMayChange();
  const [address, setAddress] = useAddress(['panel', 'edit', 'tab']);
  const found = useList('/api/v1/workflows');
  const apps = useGet('/api/v1/dingtalk-apps', { params: { query: { limit: 200 } } });
  const [copied, setCopied] = useState<Workflow>();
  const [removed, setRemoved] = useState<Workflow>();
  const open = (id: string, tab?: Tab) => setAddress({ panel: undefined, edit: id, tab });
  const appOf = (workflow: Workflow) => apps.data?.items.find((one) => one.id === workflow.app);

  const columns: Column<Workflow>[] = [
    {
      title: say('Name', '名称'), key: 'name', width: 175, narrow: 'head',
      render: (_, one) => (
        <div>
          <Button type="link" style={{ padding: 0, height: 'auto', whiteSpace: 'normal', textAlign: 'start', fontWeight: 600 }} onClick={() => open(one.id, may ? undefined : 'test')}>{one.name}</Button>
          <div className="dim" style={{ fontSize: 12 }}>{say(typeNames[one.type])} · {say(`version ${one.version}`, `版本 ${one.version}`)}</div>
          {one.description && <div className="dim break two" style={{ fontWeight: 400 }}>{one.description}</div>}
        </div>
      ),
    },
    { title: say('State', '状态'), key: 'state', width: 205, render: (_, one) => <Health workflow={one} /> },
    { title: say('Forms or levels', '表单或级别'), key: 'forms', width: 175, render: (_, one) => <Forms workflow={one} app={appOf(one)} /> },
    {
      title: say('Used', '使用情况'), key: 'used', width: 125,
      render: (_, one) => (
        <div className="stack" style={{ gap: 4, alignItems: 'flex-start' }}>
          {one.used_by.policy && <Tag color="processing">{say('Policy', '策略')}</Tag>}
          {one.used_by.second && <Tag color="processing">{say('Second in policy', '策略第二流程')}</Tag>}
          {one.used_by.pending > 0 ? <Link className="numeric" to={`/console/approval/instances?workflow=${one.id}&status=pending`}>{say(`${one.used_by.pending} pending`, `${one.used_by.pending} 条待审批`)}</Link>
            : <span className="dim">{one.used_by.policy || one.used_by.second ? say('none pending', '无待审批') : say('not used', '未使用')}</span>}
        </div>
      ),
    },
    {
      title: say('Last event', '最近事件'), key: 'events', width: 135,
      render: (_, one) => {
        const app = appOf(one);
        if (!one.app) return <span className="dim">–</span>;
        return (
          <div>
            <div className="row" style={{ gap: 8, flexWrap: 'nowrap' }}>
              <span className={`light${app?.last_event_ms ? ' on' : ''}`} aria-hidden />
              <span>{app?.last_event_ms ? <Ago ms={app.last_event_ms} /> : say('none yet', '尚无')}</span>
            </div>
            {one.request_url && app?.ingress !== 'stream' && <div className="row dim nowrap" style={{ gap: 2, flexWrap: 'nowrap' }}>{say('Request URL', '请求网址')}<CopyButton size="small" text={one.request_url} name={say('Request URL', '请求网址')} /></div>}
          </div>
        );
      },
    },
    {
      title: say('Actions', '操作'), key: 'actions', width: 140,
      render: (_, one) => (
        <div className="row" style={{ gap: 0, flexWrap: 'nowrap', marginInlineStart: -8 }}>
          {may && <Button type="link" size="small" onClick={() => open(one.id)} aria-label={`${say('Edit', '编辑')}: ${one.name}`}>{say('Edit', '编辑')}</Button>}
          <Button type="link" size="small" onClick={() => open(one.id, 'test')} aria-label={`${say('Test', '检测')}: ${one.name}`}>{say('Test', '检测')}</Button>
          <Dropdown trigger={['click']} menu={{
            items: [
              { key: 'versions', icon: <HistoryOutlined aria-hidden />, label: say('Versions', '版本'), onClick: () => open(one.id, 'versions') },
              ...(may ? [
                { key: 'preview', icon: <EyeOutlined aria-hidden />, label: say('Preview', '预览'), onClick: () => open(one.id, 'preview') },
                {
                  key: 'copy', icon: <CopyOutlined aria-hidden />, disabled: one.type === 'dingtalk', onClick: () => setCopied(one),
                  label: one.type === 'dingtalk' ? <div>{say('Copy', '复制')}<div style={{ fontSize: 12, maxWidth: 260, whiteSpace: 'normal' }}>{say('Its forms in DingTalk make it: create another one with the same application instead.', '钉钉流程由其钉钉表单决定，请用同一应用另行新建。')}</div></div> : say('Copy', '复制'),
                },
                { type: 'divider' as const },
                { key: 'delete', icon: <DeleteOutlined aria-hidden />, danger: true, label: say('Delete', '删除'), onClick: () => setRemoved(one) },
              ] : []),
            ],
          }}>
            <Button type="text" size="small" icon={<MoreOutlined aria-hidden />} aria-label={`${say('More', '更多')}: ${one.name}`} />
          </Dropdown>
        </div>
      ),
    },
  ];
  const create = <Button type="primary" icon={<PlusOutlined aria-hidden />} onClick={() => setAddress({ panel: 'create', edit: undefined, tab: undefined })}>{say('Create Workflow', '新建流程')}</Button>;
  return (
    <Page title={say('Workflow Management', '审批流程')} about={say('Who is asked before protected software may be removed: through DingTalk, or accounts of Holdfast level by level.', '卸载受保护的软件之前由谁审批：通过钉钉，或由 Holdfast 账号逐级审批。')} deeds={may ? create : undefined}>
      <section className="sheet">
        <List
          found={found} columns={columns} name={say('Workflows', '审批流程')}
          empty={<>{say('There is no workflow yet. One says who is asked before protected software may be removed; the anti-uninstallation policy then names it.', '还没有审批流程。流程决定卸载受保护软件前由谁审批，随后由防卸载策略选用。')}{may && <div style={{ marginTop: 12 }}>{create}</div>}</>}
        />
      </section>
      {((address.panel === 'create' && may) || address.edit) && (
        <WorkflowPanel
          place={{ id: address.edit, tab: tabs.find((one) => one === address.tab) }}
          go={({ id, tab }) => setAddress({ panel: id ? undefined : 'create', edit: id, tab: tab === 'settings' ? undefined : tab }, { replace: true })}
          close={() => setAddress({ panel: undefined, edit: undefined, tab: undefined })}
        />
      )}
      <CopyDialog from={copied} close={() => setCopied(undefined)} />
      <DeleteDialog asked={removed} now={found.items.find((one) => one.id === removed?.id)} close={() => setRemoved(undefined)} />
    </Page>
  );
}

function CopyDialog({ from, close }: { from: Workflow | undefined; close: () => void }) {
  const say = useSay();
  const tell = useTell();
  const [name, setName] = useState('');
  const [tried, setTried] = useState(false);
  const copy = useChange((to: string) => api.POST('/api/v1/workflows/{id}/copy', { params: { path: { id: from!.id } }, body: { name: to } }));
  useEffect(() => {
    if (!from) return;
    setName(say(`Copy of ${from.name}`, `${from.name} 的副本`));
    setTried(false);
    copy.reset();
  }, [from]);
  const wrong = !name.trim() ? say('Please fill this in.', '请填写此项。') : [...name.trim()].length > limits.name ? say(`At most ${limits.name} characters.`, `最多 ${limits.name} 个字符。`) : '';
  const go = () => {
    setTried(true);
    if (wrong) return;
    copy.mutateAsync(name.trim()).then(() => { tell.done(say('Copied', '已复制')); close(); }, () => {});
  };
  return (
    <Dialog open={from !== undefined} title={say('Copy the workflow', '复制流程')} okText={say('Copy', '复制')} onOk={go} confirmLoading={copy.isPending} onCancel={close} destroyOnHidden>
      <Trouble problem={copy.error} />
      <Form layout="vertical" component={false}>
        <Form.Item label={say('Name of the copy', '副本名称')} htmlFor="copy-name" required validateStatus={tried && wrong ? 'error' : undefined} help={tried && wrong ? wrong : undefined}>
          <Input id="copy-name" value={name} onChange={(event) => setName(event.target.value)} onPressEnter={go} aria-invalid={tried && wrong ? true : undefined} />
        </Form.Item>
      </Form>
      <p className="dim">{say('The copy has the same levels and approvers, and nothing uses it yet.', '副本的级别和审批人与原流程相同，暂未被使用。')}</p>
    </Dialog>
  );
}

/* Says why not, where it is so, as it is at the moment; what only the server knows it says when it is done. */
function DeleteDialog({ asked, now, close }: { asked: Workflow | undefined; now: Workflow | undefined; close: () => void }) {
  const workflow = now ?? asked;
  const say = useSay();
  const tell = useTell();
  const remove = useChange(async (id: string) => {
    const present = await get('/api/v1/workflows/{id}', { params: { path: { id } } });
    return api.DELETE('/api/v1/workflows/{id}', { params: { path: { id }, header: ifMatch(present) } });
  });
  useEffect(() => { if (asked) remove.reset(); }, [asked?.id]);
  const use = workflow?.used_by;
  const reasons = use ? [
    ...(use.policy ? [<>{say('The anti-uninstallation policy uses it. ', '防卸载策略正在使用此流程。')}<Link to="/console/terminals/registration">{say('Choose another workflow in the policy', '在策略中选择其他流程')}</Link></>] : []),
    ...(use.second ? [<>{say('The anti-uninstallation policy uses it for people whom its first workflow cannot serve. ', '防卸载策略将其用于第一流程无法服务的人员。')}<Link to="/console/terminals/registration">{say('Choose another workflow in the policy', '在策略中选择其他流程')}</Link></>] : []),
    ...(use.pending > 0 ? [<>{say(`Requests filed under it are pending: ${use.pending}. `, `有 ${use.pending} 条使用此流程的申请待审批。`)}<Link to={`/console/approval/instances?workflow=${workflow!.id}&status=pending`}>{say('See them', '查看')}</Link></>] : []),
  ] : [];
  const go = () => remove.mutateAsync(workflow!.id).then(() => { tell.done(say('Deleted', '已删除')); close(); }, () => {});
  return (
    <Dialog
      open={workflow !== undefined} onCancel={close} destroyOnHidden title={reasons.length > 0 ? say('This workflow cannot be deleted', '此流程不能删除') : say(`Delete “${workflow?.name}”?`, `删除“${workflow?.name}”？`)}
      footer={reasons.length > 0 ? <Button type="primary" onClick={close}>{say('Close', '关闭')}</Button> : undefined}
      okText={say('Delete', '删除')} okButtonProps={{ danger: true }} confirmLoading={remove.isPending} onOk={() => void go()}
    >
      <Trouble problem={remove.error} />
      {reasons.length > 0 ? <ul className="plain">{reasons.map((one, i) => <li key={i}>{one}</li>)}</ul>
        : <p>{say('It cannot be brought back. Requests that were filed under it stay, and so does its DingTalk application.', '删除后无法恢复。此前使用它的申请及其钉钉应用会保留。')}</p>}
    </Dialog>
  );
}
