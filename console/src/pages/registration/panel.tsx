/*
 * The panel "Client Anti-uninstallation Policy": all of the policy in one form, what saving it would change, and what to
 * do when somebody else saved meanwhile.
 */
import { Alert, App, Button, Checkbox, Form, Input, InputNumber, Radio, Select, Switch } from 'antd';
import { useEffect, useMemo, useRef, useState, type ReactNode } from 'react';
import { Link } from 'react-router';
import { api, ifMatch, queries, useChange, useGet, useList } from '../../lib/api';
import { asProblem } from '../../lib/problem';
import { useMayChange } from '../../lib/session';
import { useSay, useWords } from '../../lib/words';
import { SheetSkeleton } from '../../parts/page';
import { Panel } from '../../parts/panel';
import { GroupPicker } from '../../parts/pickers';
import { State, workflowStates } from '../../parts/states';
import { Trouble, useTell } from '../../parts/trouble';
import { Ahead, aheadInShort } from './ahead';
import { Changes } from './changes';
import { differing, draftOf, faultsOf, previewOf, rebased, usePreview, type Policy } from './draft';
import { useSees } from './sees';
import { Prompts, useSettled } from './prompts';
import { Whitelist } from './whitelist';
import { fields, groupAt, hours, people, workflowsAt, type Change, type Draft } from './words';

interface Props { open: boolean; close: () => void; saved?: () => void }

/* For the page, and for the guided first run. */
export function PolicyPanel({ open, close, saved }: Props) {
  const say = useSay();
  const policy = useGet('/api/v1/policy', undefined, { enabled: open });
  const title = say('Client Anti-uninstallation Policy', '客户端防卸载策略');
  if (open && policy.data) return <Editor latest={policy.data} close={close} saved={saved} title={title} />;
  return <Panel open={open} title={title} close={close} width={1080}>{policy.error ? <Trouble problem={policy.error} again={() => void policy.refetch()} /> : <SheetSkeleton rows={12} />}</Panel>;
}

/* The names of the people and groups that the policy as it is has. */
function useNames(version: number, enabled: boolean) {
  const found = useGet('/api/v1/policy/diff', { params: { query: { from: 0, to: version } } }, { enabled: enabled && version > 0 });
  return useMemo(() => Object.fromEntries((found.data?.changes ?? []).flatMap((change) => [...change.added, ...change.removed]).map((value) => [value.value, value.name ?? value.value])), [found.data]);
}

function Part({ title, about, children, id }: { title: string; about?: ReactNode; children: ReactNode; id?: string }) {
  return <section className="panel-part" id={id}><h2>{title}</h2>{about && <p className="dim">{about}</p>}{children}</section>;
}

function Scope({ value, change, known, disabled }: { value: Draft['scope']; change: (scope: Draft['scope']) => void; known: Record<string, string>; disabled: boolean }) {
  const say = useSay();
  // Chosen groups come back when somebody looks at "all users" and returns.
  const before = useRef(value.groups);
  const found = useGet('/api/v1/user-groups/summaries');
  const groups = found.data?.items ?? [];
  const chosen = value.groups.map((id) => groups.find((one) => one.id === id) ?? { id, name: known[id] ?? (found.data ? say('a group that is not there any more', '已不存在的用户组') : '…'), members: undefined, departed: 0 });
  return (
    <div className="stack" style={{ gap: 8 }}>
      <Radio.Group
        value={value.everyone} disabled={disabled} aria-label={say('Effective Scope', '生效范围')}
        onChange={(event) => {
          if (event.target.value) before.current = value.groups;
          change({ everyone: event.target.value, groups: event.target.value ? [] : before.current });
        }}
        options={[{ value: true, label: say('All users', '全部用户') }, { value: false, label: say('User groups', '用户组') }]}
      />
      {!value.everyone && (
        <>
          {!disabled && <Form.Item label={say('User groups in scope', '生效的用户组')} htmlFor="policy-groups" style={{ marginBottom: 0 }}><GroupPicker id="policy-groups" many value={value.groups} known={known} placeholder={say('Choose user groups', '选择用户组')} onChange={(ids) => change({ everyone: false, groups: ids as string[] })} /></Form.Item>}
          {chosen.length === 0 && <Alert type="warning" showIcon title={say('An empty scope covers nobody, never everybody. Choose at least one user group.', '生效范围为空时任何人都不受保护，而不是所有人受保护。请至少选择一个用户组。')} />}
          {chosen.length > 0 && (
            <ul className="bare-list" aria-label={say('User groups in scope', '生效的用户组')}>
              {chosen.map((group) => (
                <li key={group.id}>
                  <Link to={groupAt(group.id)}>{group.name}</Link>{' '}
                  <span className="dim numeric">{group.members !== undefined && people(group.members, say)}{group.departed > 0 && say(`, ${group.departed} of them left`, `，其中 ${group.departed} 人已离职`)}</span>
                </li>
              ))}
            </ul>
          )}
          <span className="dim">{say('Somebody in any of them is covered. Membership follows the directory by itself.', '属于其中任一用户组的人员即受保护；成员随通讯录自动更新。')} <Link to="/console/identity/groups?panel=create">{say('Create a user group', '新建用户组')}</Link></span>
        </>
      )}
    </div>
  );
}

/* What the connection test found worst. */
function WhyBroken({ id }: { id: string }) {
  const { language } = useWords();
  const doctor = useGet('/api/v1/workflows/{id}/doctor', { params: { path: { id } } });
  const worst = doctor.data?.findings.find((one) => one.severity === 'broken');
  return worst ? <div className="lost" style={{ fontSize: 12, whiteSpace: 'normal' }}>{worst.what[language]}</div> : null;
}

function Workflows({ id, value, change, builtin, disabled, describedBy }: { id: string; value?: string | null; change: (id: string | null) => void; builtin?: boolean; disabled: boolean; describedBy?: string }) {
  const say = useSay();
  const found = useList('/api/v1/workflows', undefined, { limit: 200 });
  const fit = found.items.filter((one) => !builtin || one.type === 'builtin');
  const chosen = found.items.find((one) => one.id === value);
  return (
    <>
      <Select
        id={id} value={value ?? undefined} allowClear disabled={disabled} loading={found.waiting} aria-describedby={describedBy}
        placeholder={builtin ? say('None', '不设置') : say('Choose a workflow', '选择审批流程')} style={{ width: '100%' }}
        onChange={(next) => change(next ?? null)} showSearch={{ optionFilterProp: 'name' }}
        options={fit.map((one) => ({ value: one.id, name: one.name, label: one.name, state: one.state, type: one.type, disabled: one.state === 'broken' && one.id !== value }))}
        optionRender={({ data }) => (
          <div>
            <div className="row"><span>{data.name}</span>{data.state !== 'ready' && <State of={data.state} in={workflowStates} />}</div>
            <div className="dim" style={{ fontSize: 12 }}>{data.type === 'builtin' ? say('Built-in workflow', '内置审批流程') : say('DingTalk approval workflow', '钉钉审批流程')}{data.disabled && ` · ${say('broken: mend it before it can be chosen', '异常：修复后才能选择')}`}</div>
            {data.disabled && <WhyBroken id={data.value as string} />}
          </div>
        )}
        notFoundContent={<span>{say('There is no workflow that fits. ', '没有可选的审批流程。')}<Link to={`${workflowsAt}?panel=create`}>{say('Create Workflow', '新建审批流程')}</Link></span>}
      />
      {chosen && chosen.state !== 'ready' && <div className="row" style={{ marginTop: 4 }}><State of={chosen.state} in={workflowStates} /><Link to={`${workflowsAt}?edit=${chosen.id}`}>{say('See what is wrong with it', '查看原因')}</Link></div>}
    </>
  );
}

/* Somebody saved while this was open: what, and who. */
function Meanwhile({ base, latest, draft, takeOver, load }: { base: Policy; latest: Policy; draft: Draft; takeOver: (draft: Draft) => void; load: () => void }) {
  const say = useSay();
  const diff = useGet('/api/v1/policy/diff', { params: { query: { from: base.version, to: latest.version } } });
  const versions = useGet('/api/v1/policy/versions');
  const who = [...new Set((versions.data?.items ?? []).filter((one) => one.version > base.version).map((one) => one.saved_by))];
  const { draft: merged, both } = rebased(draft, draftOf(base), draftOf(latest));
  return (
    <Alert
      type="warning" showIcon role="alert" style={{ marginBottom: 16 }}
      title={who.length > 0 ? say(`${who.join(', ')} changed the policy meanwhile`, `${who.join('、')} 已在此期间修改了策略`) : say('Somebody else changed the policy meanwhile', '策略已在此期间被他人修改')}
      description={(
        <div className="stack">
          <span>{say('What you typed is still here. This is what they changed:', '您填写的内容仍然保留。对方的改动如下：')}</span>
          {diff.data && <Changes changes={diff.data.changes} />}
          {both.length > 0 && <span>{say(`You both changed: ${both.map((field) => say(fields[field])).join(', ')}. Keeping yours leaves theirs out.`, `双方都修改了：${both.map((field) => say(fields[field])).join('、')}。保留您的改动将覆盖对方的改动。`)}</span>}
          <div className="row">
            <Button type="primary" onClick={() => takeOver(merged)}>{say('Take theirs over, keep mine', '合并对方的改动并保留我的')}</Button>
            <Button onClick={load}>{say('Drop mine, load theirs', '放弃我的改动')}</Button>
          </div>
        </div>
      )}
    />
  );
}

function Editor({ latest, close, saved, title }: { latest: Policy; close: () => void; saved?: () => void; title: string }) {
  const say = useSay();
  const tell = useTell();
  const { modal, notification } = App.useApp();
  const may = useMayChange();
  const sees = useSees();
  const [base, setBase] = useState(latest);
  const [draft, setDraft] = useState(() => draftOf(latest));
  const [problem, setProblem] = useState<unknown>();
  const [busy, setBusy] = useState(false);
  const [wrongPrompt, setWrongPrompt] = useState(false);
  const gone = useRef(false);
  const top = useRef<HTMLDivElement>(null);
  const known = useNames(base.version, sees);
  const faults = faultsOf(draft);
  const changed = differing(draft, draftOf(base));
  const settled = useSettled(draft, 400);
  const ahead = usePreview(settled, may && faultsOf(settled).size === 0 && !wrongPrompt);
  const reach = useGet('/api/v1/policy/reach', undefined, { enabled: !may });
  const serves = may ? ahead.data?.reach_after : reach.data;
  const put = useChange(({ body, read }: { body: Draft; read: Policy }) => api.PUT('/api/v1/policy', { body, params: { header: ifMatch(read) } }));
  const set = (part: Partial<Draft>) => setDraft((before) => ({ ...before, ...part }));
  const filing = (part: Partial<Draft['filing']>) => set({ filing: { ...draft.filing, ...part } });
  const moved = latest.version !== base.version && !gone.current && changed.length > 0;
  useEffect(() => {
    if (problem === undefined) return;
    top.current?.scrollIntoView({ block: 'nearest' });
    top.current?.focus();
  }, [problem]);
  // Nothing is typed: what is shown is what holds now.
  useEffect(() => {
    if (latest.version === base.version || changed.length > 0 || gone.current) return;
    setBase(latest);
    setDraft(draftOf(latest));
  }, [latest.version]);
  const changedRef = useRef(changed);
  changedRef.current = changed;

  const undo = async (was: Policy, now: Policy) => {
    try {
      if (was.version > 0) await api.POST('/api/v1/policy/versions/{version}/restore', { params: { path: { version: String(was.version) }, header: ifMatch(now) }, body: {} });
      else await api.PUT('/api/v1/policy', { body: draftOf(was), params: { header: ifMatch(now) } });
      tell.done(say('The policy is as it was before.', '策略已恢复为修改前的内容。'));
    } catch (e) {
      tell.problem(e);
    }
    await queries.invalidateQueries();
  };

  const save = async () => {
    setBusy(true);
    setProblem(undefined);
    try {
      const preview = await previewOf(draft);
      if (preview.requests > 0 && preview.second_person.length === 0 && !await modal.confirm({
        title: say(`Withdraw ${preview.requests} waiting ${preview.requests === 1 ? 'request' : 'requests'}?`, `撤回 ${preview.requests} 条待审批的申请？`),
        content: say('Nobody has to answer them any more when this is saved. That cannot be taken back.', '保存后这些申请不再需要审批，此操作无法撤销。'),
        okText: say('Save', '保存'), cancelText: say('Cancel', '取消'),
      })) return;
      const now = await put.mutateAsync({ body: draft, read: base });
      const back = now.proposal ? undefined : await previewOf(draftOf(base)).catch(() => undefined);
      gone.current = true;
      close();
      saved?.();
      if (now.proposal) {
        notification.info({ key: 'policy', placement: 'bottomRight', duration: 0, role: 'status', title: say('Proposed, not saved yet', '已提交，尚未生效'),
          description: say('Another administrator has to confirm this change. The policy stays as it is until then.', '需要其他管理员确认此变更，在此之前策略保持不变。') });
      } else {
        notification.success({ key: 'policy', placement: 'bottomRight', duration: 20, role: 'status', title: say(`The policy is saved (version ${now.version})`, `策略已保存（版本 ${now.version}）`),
          description: say('Connected devices have it within seconds.', '在线设备将在数秒内收到。'),
          actions: back && back.second_person.length === 0 && changedRef.current.length > 0
            ? <Button size="small" onClick={() => { notification.destroy('policy'); void undo(base, now); }}>{say('Undo', '撤销')}</Button> : undefined });
      }
    } catch (e) {
      setProblem(e);
      if (asProblem(e).kind === 'stale') await queries.invalidateQueries({ queryKey: ['/api/v1/policy'] });
    } finally {
      setBusy(false);
    }
  };

  const stale = problem !== undefined && asProblem(problem).kind === 'stale';
  const wrong = wrongPrompt || faults.size > 0;
  const fault = (field: Change['field'], text: string) => (faults.has(field) ? { validateStatus: 'error' as const, help: text } : {});
  const second = (ahead.data?.second_person.length ?? 0) > 0;
  const footer = may && (
    <div className="panel-foot">
      <span className="dim" role="status">
        {moved ? <a href="#policy-top" className="lost" onClick={(event) => { event.preventDefault(); top.current?.scrollIntoView(); top.current?.focus(); }}>{say('Somebody else changed the policy meanwhile: look', '策略已被他人修改，请查看')}</a>
          : wrong ? <span className="lost">{say('Something in the form is not right yet.', '表单中仍有内容需要修改。')}</span>
          : changed.length === 0 ? say('Nothing is changed.', '没有改动。')
            : ahead.error ? <a href="#policy-ahead" className="lost" onClick={(event) => { event.preventDefault(); document.getElementById('policy-ahead')?.scrollIntoView(); }}>{say('This cannot be saved as it is: look', '目前无法保存，请查看原因')}</a>
            : ahead.data && !ahead.isPlaceholderData ? <a href="#policy-ahead" onClick={(event) => { event.preventDefault(); document.getElementById('policy-ahead')?.scrollIntoView(); }}>{aheadInShort(ahead.data, say)}</a> : say('Counting what this would change…', '正在计算影响…')}
      </span>
      <span className="row">
        <Button onClick={close}>{say('Cancel', '取消')}</Button>
        <Button type="primary" disabled={changed.length === 0 || wrong || moved} loading={busy} onClick={() => void save()}>{second ? say('Propose', '提交确认') : say('Save', '保存')}</Button>
      </span>
    </div>
  );

  return (
    <Panel open title={title} close={close} width={1080} dirty={() => may && !gone.current && changedRef.current.length > 0} footer={footer}>
      <div ref={top} id="policy-top" tabIndex={-1} style={{ outline: 'none' }}>
        {moved && <Meanwhile base={base} latest={latest} draft={draft}
          takeOver={(merged) => { setDraft(merged); setBase(latest); setProblem(undefined); }}
          load={() => { setDraft(draftOf(latest)); setBase(latest); setProblem(undefined); }} />}
        {!(stale && moved) && <Trouble problem={problem} />}
      </div>
      <Form layout="vertical" component={false} disabled={!may}>
        <Part title={say('Client configuration', '客户端配置')}>
          <div className="switch-line">
            <Switch id="policy-on" checked={draft.mode !== 'off'} onChange={(on) => set({ mode: on ? 'block' : 'off' })} aria-labelledby="policy-on-label" />
            <div><label id="policy-on-label" htmlFor="policy-on"><b>{say('Enable Client Anti-uninstallation', '启用客户端防卸载')}</b></label>
              <div className="dim">{draft.mode === 'off' ? say('Off: the client can be uninstalled by anybody.', '已关闭：任何人都可以卸载客户端。') : draft.mode === 'block' ? say('Uninstalling is refused until a request is approved.', '申请获批之前，卸载会被阻止。') : say('Attempts are let through and reported.', '卸载不会被阻止，但会上报。')}</div></div>
          </div>
          <div style={{ margin: '8px 0 16px 56px' }}>
            <Checkbox checked={draft.mode === 'audit'} disabled={!may || draft.mode === 'off'} onChange={(event) => set({ mode: event.target.checked ? 'audit' : 'block' })}>
              {say('Audit only', '仅审计')} <span className="dim">{say('— nothing is refused; every removal is reported, so that you see what blocking would do.', '——不阻止卸载，只上报每次卸载，便于先了解启用阻止后的影响。')}</span>
            </Checkbox>
          </div>
          <div className="switch-line">
            <Switch id="policy-logoff" checked={draft.anti_logoff} onChange={(on) => set({ anti_logoff: on })} aria-labelledby="policy-logoff-label" />
            <div><label id="policy-logoff-label" htmlFor="policy-logoff"><b>{say('Auto-start and anti-logoff', '开机自启与防退出')}</b></label><div className="dim">{say('The client starts with the system and cannot be quit or signed out of.', '客户端随系统启动，且不能退出或注销登录。')}</div></div>
          </div>
        </Part>

        <Part title={say('Effective Scope', '生效范围')} about={say('Whose devices are protected. A device follows its owner.', '哪些人员的设备受保护；设备随其使用者生效。')}>
          <Scope value={draft.scope} change={(scope) => set({ scope })} known={known} disabled={!may} />
        </Part>

        <Part title={say('Whitelist', '白名单')} about={say('Looked at before the scope: who is on it may uninstall without asking. It exempts from the anti-uninstallation alone.', '优先于生效范围：白名单中的人员无需审批即可卸载。仅豁免防卸载，不影响其他策略。')}>
          <Form.Item label={say('Add somebody', '添加人员')} htmlFor="policy-whitelist" style={{ marginBottom: 0 }}>
            <Whitelist id="policy-whitelist" value={draft.whitelist} change={(whitelist) => set({ whitelist })} known={known} disabled={!may} />
          </Form.Item>
        </Part>

        <Part title={say('Approval process configuration', '审批流程配置')}>
          <div className="switch-line" style={{ marginBottom: 16 }}>
            <Switch id="policy-filing" checked={draft.filing.allowed} onChange={(allowed) => filing({ allowed })} aria-labelledby="policy-filing-label" />
            <div><label id="policy-filing-label" htmlFor="policy-filing"><b>{say('Allow filing', '允许报备')}</b></label><div className="dim">{draft.filing.allowed ? say('Who is stopped may file a request with a reason.', '被阻止的员工可以填写原因并提交报备。') : say('The prompt has only its second button: nobody can ask.', '提示窗口只显示次按钮：员工无法提交报备。')}</div></div>
          </div>
          <div className="policy-pair">
            <Form.Item label={say('Filing workflow', '报备审批流程')} htmlFor="policy-workflow"><Workflows id="policy-workflow" value={draft.filing.workflow} change={(workflow) => filing({ workflow })} disabled={!may} /></Form.Item>
            <Form.Item label={say('Second workflow, built-in', '备用审批流程（内置）')} htmlFor="policy-second" extra={say('For people whom the first cannot serve: local accounts, another DingTalk organisation, not allowed to start the form.', '用于首选流程不适用的人员：本地账号、其他钉钉组织，或无权发起该表单的人员。')}><Workflows id="policy-second" builtin value={draft.filing.builtin_workflow} change={(workflow) => filing({ builtin_workflow: workflow })} disabled={!may} /></Form.Item>
          </div>
          {serves && (
            <p className={serves.neither > 0 ? 'lost' : 'dim'} style={{ marginTop: 0 }}>
              {say(`Of ${people(serves.people, say)}: ${serves.first.toLocaleString('en')} file under the workflow, ${serves.second.toLocaleString('en')} under the second one, ${serves.neither.toLocaleString('en')} under neither.`, `共 ${people(serves.people, say)}：${serves.first.toLocaleString('en')} 人使用首选流程，${serves.second.toLocaleString('en')} 人使用备用流程，${serves.neither.toLocaleString('en')} 人两者都不适用。`)}
            </p>
          )}
          <Form.Item label={say('Contact text', '联系方式')} htmlFor="policy-contact" extra={serves && serves.neither > 0 ? say(`Shown to the ${people(serves.neither, say)} whom no workflow serves: whom to ask instead.`, `向没有适用流程的 ${people(serves.neither, say)}显示，告知可向谁求助。`) : say('For people whom no workflow serves: whom to ask instead.', '向没有适用流程的人员显示，告知可向谁求助。')} {...fault('contact', say('At most 300 characters.', '最多 300 个字符。'))}>
            <Input.TextArea id="policy-contact" value={draft.contact} onChange={(event) => set({ contact: event.target.value })} rows={2} style={{ marginBottom: 22 }} count={{ show: true, max: 300, strategy: (text) => [...text].length }} placeholder={say('IT service desk, extension 8888', '例如：IT 服务台，分机 8888')} />
          </Form.Item>
          <Form.Item label={say('Further protected packages', '其他受保护的软件包')} htmlFor="policy-packages" extra={say('Beside the client itself: names as dpkg or rpm know them. Enter or a comma ends one. A name that a computer does not have does no harm.', '除客户端外还需保护的软件包，填写 dpkg 或 rpm 中的名称，按回车或逗号分隔。设备上没有的软件包不受影响。')}
            {...fault('packages', say('Not a package name: letters, digits and + - . _, beginning with a letter or digit; 64 at most.', '软件包名称无效：只能包含字母、数字和 + - . _，且以字母或数字开头；最多 64 个。'))}>
            <Select id="policy-packages" mode="tags" open={false} suffixIcon={null} tokenSeparators={[',', ' ', '\n']} value={draft.packages} onChange={(packages: string[]) => set({ packages })} placeholder="example-vpn" style={{ width: '100%' }} disabled={!may} />
          </Form.Item>
          <div className="policy-pair">
            <Form.Item label={say('A request waits at most (days)', '申请最长等待时间（天）')} htmlFor="policy-days" extra={say('Then it expires, and may be filed again.', '超时后申请过期，可重新提交。')} {...fault('pending_days', say('1 to 365 days.', '请输入 1 到 365 天。'))}>
              <InputNumber id="policy-days" min={1} max={365} precision={0} value={draft.pending_days} onChange={(n) => set({ pending_days: n as number })} style={{ width: 160 }} />
            </Form.Item>
            <Form.Item label={say('An approval can be used for (hours)', '批准有效时间（小时）')} htmlFor="policy-hours" extra={`${typeof draft.grant_hours === 'number' ? hours(draft.grant_hours, say) : ''}${say('. 0: until it is used.', '。0 表示直到使用为止。')}`} {...fault('grant_hours', say('0 to 8760 hours.', '请输入 0 到 8760 小时。'))}>
              <InputNumber id="policy-hours" min={0} max={8760} precision={0} value={draft.grant_hours} onChange={(n) => set({ grant_hours: n as number })} style={{ width: 160 }} />
            </Form.Item>
          </div>
        </Part>

        <Part title={say('Prompt display configuration', '提示展示配置')}>
          <Prompts value={draft.prompt} change={(prompt) => set({ prompt })} filing={draft.filing.allowed} contact={draft.contact} packages={draft.packages} disabled={!may} report={setWrongPrompt} />
        </Part>

        {may && (
          <Part id="policy-ahead" title={say('What would this change?', '此次修改的影响')}>
            {changed.length === 0 ? <p className="dim">{say('Nothing is changed yet. What saving would do is counted here as you type.', '尚未修改。编辑时，这里会实时显示保存后的影响。')}</p>
              : wrong ? <p className="dim">{say('It is counted as soon as the form is right.', '表单内容正确后将重新计算。')}</p>
              : ahead.error ? <Trouble problem={ahead.error} again={() => void ahead.refetch()} />
                : ahead.data ? <div aria-busy={ahead.isPlaceholderData} style={{ opacity: ahead.isPlaceholderData ? 0.6 : 1 }}><Ahead preview={ahead.data} /></div> : <SheetSkeleton rows={3} />}
          </Part>
        )}
      </Form>
    </Panel>
  );
}
