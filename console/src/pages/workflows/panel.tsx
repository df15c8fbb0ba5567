/*
 * The panel Create Approval Workflow, and the same for one that is there: settings, connection test, preview, versions.
 * Where it stands (which workflow, which tab) is its owner's to keep, so that it can be in the address.
 */
import { Alert, Button, Checkbox, Form, Input, InputNumber, Radio, Switch, Tabs } from 'antd';
import { useEffect, useMemo, useRef, useState } from 'react';
import { api, get, ifMatch, keepEtag, queries, useGet, type Schema } from '../../lib/api';
import { asProblem } from '../../lib/problem';
import { useMayChange } from '../../lib/session';
import { useSay } from '../../lib/words';
import { SheetSkeleton } from '../../parts/page';
import { Panel } from '../../parts/panel';
import { Trouble, useTell } from '../../parts/trouble';
import { AppFields, Subscription } from './app';
import {
  appChanges, credentialsOf, draftOf, newDraft, problemsOf, sentCredentials, sentWorkflow, typeNames, type App, type Credentials, type Draft, type Workflow,
} from './draft';
import { Field, ShownProvider } from './field';
import { Findings, formNames, useDoctor } from './findings';
import { useForms } from './forms';
import { Invite, LevelFields, Levels, namesOf } from './levels';
import { Mapping } from './mapping';
import { WhoIsAsked } from './preview';
import { Versions } from './versions';

export type Tab = 'settings' | 'test' | 'preview' | 'versions';

export interface Place {
  id?: string; // absent: a new one
  tab?: Tab;
}

interface Props {
  place: Place;
  go: (place: Place) => void;
  close: () => void;
}

export function WorkflowPanel(props: Props) {
  const { id } = props.place;
  const say = useSay();
  const workflow = useGet('/api/v1/workflows/{id}', { params: { path: { id: id ?? '' } } }, { enabled: id !== undefined });
  const apps = useGet('/api/v1/dingtalk-apps', { params: { query: { limit: 200 } } });
  const problem = (id && !workflow.data && workflow.error) || (!apps.data && apps.error);
  const ready = apps.data && (!id || workflow.data?.id === id);
  const title = id ? workflow.data?.name ?? '' : say('Create Approval Workflow', '新建审批流程');
  if (ready) return <Open key={id ?? 'new'} {...props} read={workflow.data} apps={apps.data.items} title={title} />;
  return (
    <Panel open title={title} width={880} close={props.close}>
      {problem ? <Trouble problem={problem} again={() => { void workflow.refetch(); void apps.refetch(); }} /> : <SheetSkeleton rows={10} />}
    </Panel>
  );
}

/* A Request URL that nobody has taken yet is offered again when the panel is opened again: it may be pasted already. */
let offered: Schema<'RequestUrl'> | undefined;

function useRequestUrl(wanted: boolean) {
  const [url, setUrl] = useState(() => (offered && offered.expires_ms > Date.now() + 3_600_000 ? offered : undefined));
  const [problem, setProblem] = useState<unknown>();
  const asked = useRef(false);
  const ask = () => {
    asked.current = true;
    setProblem(undefined);
    api.POST('/api/v1/request-urls').then(({ data }) => { offered = data; setUrl(data); }, setProblem);
  };
  useEffect(() => { if (wanted && !url && !asked.current) ask(); }, [wanted]);
  return { url, problem, ask };
}

function Open({ place, go: goTo, close, read, apps, title }: Props & { read: Workflow | undefined; apps: App[]; title: string }) {
  const say = useSay();
  const tell = useTell();
  const may = useMayChange();
  // From tab to tab nothing is lost, so nothing is asked.
  const moving = useRef(false);
  const go = (to: Place) => { moving.current = true; goTo(to); };
  useEffect(() => { moving.current = false; });
  const tab: Tab = place.tab ?? (may ? 'settings' : 'test');

  // What is edited is the version that was read first; what comes later is offered, never put over what was typed.
  const [base, setBase] = useState(read);
  const begin = () => (read ? draftOf(read, apps.find((one) => one.id === read.app)) : newDraft());
  const [first, setFirst] = useState(begin);
  const [draft, setDraft] = useState(first);
  const set = (changes: Partial<Draft>) => setDraft((before) => ({ ...before, ...changes }));
  const setApp = (changes: Partial<Credentials>) => setDraft((before) => ({ ...before, app: { ...before.app, ...changes } }));
  const dirty = JSON.stringify(draft) !== JSON.stringify(first);
  const newer = read && base && read.updated_ms > base.updated_ms ? read : undefined;
  const load = () => {
    const fresh = begin();
    setBase(read);
    setFirst(fresh);
    setDraft(fresh);
    setProblem(undefined);
    setAttempted(false);
  };
  useEffect(() => { if (newer && !dirty && !busy) load(); }, [newer]);

  const dingtalk = draft.type === 'dingtalk';
  const known = dingtalk ? apps.find((one) => one.client_id === draft.app.client_id) : undefined;
  const own = known !== undefined && known.id === base?.app;
  const app = useGet('/api/v1/dingtalk-apps/{id}', { params: { path: { id: known?.id ?? '' } } }, { enabled: known !== undefined });
  // An app that is recognised brings what it shows of itself.
  useEffect(() => {
    if (!known || own) return;
    const { agent_id, notice_channel, ingress, corp_id } = credentialsOf(known);
    setDraft((before) => ({ ...before, app: { ...before.app, agent_id, notice_channel, ingress, corp_id: before.app.corp_id || corp_id } }));
  }, [known?.id]);
  const { url, problem: urlProblem, ask: askUrl } = useRequestUrl(may && dingtalk && !known);

  const accounts = useGet('/api/v1/accounts', { params: { query: { limit: 200 } } }, { enabled: may });
  const names = useMemo(() => namesOf(accounts.data?.items), [accounts.data]);
  const others = useGet('/api/v1/workflows', { params: { query: { limit: 200 } } });
  const { corp_id, client_id, client_secret } = draft.app;
  const forms = useForms(known ? { app: known.id } : corp_id && client_id && client_secret ? { corp_id, client_id, client_secret } : undefined);

  const doctor = useDoctor(base?.id ?? '', base !== undefined);

  const problems = problemsOf(draft, {
    known, own, accounts: accounts.data?.items, forms: forms.shown,
    taken: (name) => (others.data?.items ?? []).some((one) => one.name === name && one.id !== base?.id),
  });
  const wrong = Object.keys(problems).length;
  const [touched, setTouched] = useState<ReadonlySet<string>>(new Set());
  const [attempted, setAttempted] = useState(false);
  const shown = useMemo(() => ({
    problems,
    due: (at: string) => attempted || touched.has(at),
    touch: (at: string) => setTouched((before) => (before.has(at) ? before : new Set([...before, at]))),
  }), [JSON.stringify(problems), attempted, touched]);

  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<unknown>();
  const top = useRef<HTMLDivElement>(null);
  const sheet = useRef<HTMLDivElement>(null);
  const lookAtWrong = () => requestAnimationFrame(() => sheet.current?.querySelector<HTMLElement>('[aria-invalid=true]')?.focus());
  const body = () => {
    setAttempted(true);
    if (wrong > 0) { lookAtWrong(); return undefined; }
    return { ...sentWorkflow(draft), ...(!dingtalk ? {} : known ? { app: known.id } : { credentials: sentCredentials(draft) }) };
  };

  /* What the app has to become first: other secrets or settings of the one that is known, or one of its own. */
  const settleApp = async (): Promise<string | undefined> => {
    if (!dingtalk) return undefined;
    if (known) {
      const changes = appChanges(draft, known);
      if (Object.keys(changes).length > 0) {
        const at = { path: { id: known.id } };
        const present = await get('/api/v1/dingtalk-apps/{id}', { params: at });
        await api.PATCH('/api/v1/dingtalk-apps/{id}', { params: { ...at, header: ifMatch(present) }, body: changes });
        setApp({ client_secret: '', aes_key: '', token: '' });
      }
      return known.id;
    }
    if (!base) return undefined;
    const { data } = await api.POST('/api/v1/dingtalk-apps', { body: { ...sentCredentials(draft), ...(url ? { request_url: url.id } : {}) } });
    offered = undefined;
    return data!.id;
  };
  const send = async () => {
    const through = await settleApp();
    const common = { ...sentWorkflow(draft), ...(through ? { app: through } : {}) };
    if (base) {
      const { data, response } = await api.PUT('/api/v1/workflows/{id}', { params: { path: { id: base.id }, header: ifMatch(base) }, body: common });
      return keepEtag(data!, response);
    }
    const credentials = dingtalk && !through ? { credentials: { ...sentCredentials(draft), ...(url ? { request_url: url.id } : {}) } } : {};
    const { data, response } = await api.POST('/api/v1/workflows', { body: { ...common, ...credentials } });
    if (dingtalk && !through) offered = undefined;
    return keepEtag(data!, response);
  };
  const save = async () => {
    setAttempted(true);
    setProblem(undefined);
    if (wrong > 0) { go({ ...place, tab: 'settings' }); lookAtWrong(); return; }
    setBusy(true);
    try {
      const saved = await send();
      tell.done(saved.app_reused ? say('Saved. The application was there already and is used.', '已保存，并沿用已有的应用。') : say('Saved', '已保存'));
      await queries.invalidateQueries();
      const clean = { ...draft, app: { ...draft.app, client_secret: '', aes_key: '', token: '' } };
      setBase(saved);
      setFirst(clean);
      setDraft(clean);
      go({ id: saved.id, tab: 'test' });
    } catch (e) {
      setProblem(e);
      void queries.invalidateQueries();
      requestAnimationFrame(() => top.current?.focus());
    } finally {
      setBusy(false);
    }
  };

  // Whether it is used may change while the panel is open.
  const use = (read ?? base)?.used_by;
  const fixed = !base?.app || !use ? undefined
    : use.policy || use.second ? say('The Client ID stays while the anti-uninstallation policy uses this workflow.', '防卸载策略正在使用此流程，Client ID 不能更改。')
      : use.pending > 0 ? say(`The Client ID stays while requests filed under this workflow are pending: ${use.pending}.`, `有 ${use.pending} 条使用此流程的申请待审批，Client ID 不能更改。`) : undefined;
  const codes = [...new Set(draft.forms.map((row) => row.process_code).filter((code) => /^PROC-./.test(code)))];
  const subscription = (
    <div style={{ marginBottom: 16 }}>
      <Subscription
        url={known?.request_url ?? url?.request_url} app={app.data ?? known} codes={codes} stream={draft.app.ingress === 'stream'}
        problem={urlProblem ? <Trouble problem={urlProblem} again={askUrl} /> : undefined}
      />
    </div>
  );

  const settings = (
    <div ref={sheet}>
      <div ref={top} tabIndex={-1} style={{ outline: 'none' }}>
        {problem !== undefined && (
          <Trouble problem={problem} deeds={asProblem(problem).kind === 'stale' && newer ? <Button size="small" onClick={load}>{say('Load the new version', '载入新版本')}</Button> : undefined} />
        )}
        {newer && dirty && asProblem(problem).kind !== 'stale' && (
          <Alert type="info" showIcon style={{ marginBottom: 16 }} title={say('Somebody else changed this workflow meanwhile', '此流程已被他人修改')} description={say('What you typed stays here; it cannot be saved over the other change.', '您填写的内容仍保留在此，但不能覆盖他人的修改。')} action={<Button size="small" onClick={load}>{say('Load the new version', '载入新版本')}</Button>} />
        )}
      </div>
      {attempted && wrong > 0 && (
        <Alert type="error" showIcon role="alert" style={{ marginBottom: 16 }} title={say(wrong === 1 ? 'One thing is to be put right before this can be saved.' : `${wrong} things are to be put right before this can be saved.`, `保存前请修正 ${wrong} 处内容。`)} />
      )}
      <ShownProvider value={shown}>
        <Form layout="vertical" component={false}>
          <Field at="name" label={say('Workflow Name', '流程名称')} required><Input value={draft.name} onChange={(event) => set({ name: event.target.value })} maxLength={300} /></Field>
          <Field at="description" label={say('Description', '描述')}><Input.TextArea value={draft.description} onChange={(event) => set({ description: event.target.value })} autoSize={{ minRows: 1, maxRows: 5 }} maxLength={2000} /></Field>
          <Field at="type" label={say('Approval Process Type', '审批流程类型')} about={base ? say('The type stays.', '类型不能更改。') : undefined}>
            <Radio.Group value={draft.type} disabled={!!base} onChange={(event) => set({ type: event.target.value })} options={(['dingtalk', 'builtin'] as const).map((value) => ({ value, label: say(typeNames[value]) }))} />
          </Field>
          {dingtalk ? (
            <>
              <h2 className="part">{say('DingTalk application', '钉钉应用')}</h2>
              <AppFields draft={draft} set={setApp} known={known} own={own} fixed={fixed} otherOrganisation={forms.otherOrganisation} subscription={subscription} />
              <h2 className="part">{say('Approval process configuration', '审批流程配置')}</h2>
              <Mapping rows={draft.forms} set={(rows) => set({ forms: rows })} forms={forms} names={formNames(doctor.data?.findings)} />
              <h2 className="part">{say('Decisions and notices', '审批与通知')}</h2>
              <Decisions draft={draft} set={set} confirmed={base?.carry_through ?? null} names={names} />
            </>
          ) : (
            <>
              <h2 className="part">{say('Levels', '审批级别')}</h2>
              <Levels draft={draft} set={set} names={names} />
            </>
          )}
        </Form>
      </ShownProvider>
      {!base && (
        <>
          <h2 className="part">{dingtalk ? say('Which form does a person get?', '员工会使用哪个表单？') : say('Who would be asked?', '谁会被请求审批？')}</h2>
          <WhoIsAsked id={undefined} dirty dingtalk={dingtalk} body={body as never} />
        </>
      )}
    </div>
  );

  const foot = may && (!base || dirty) && (
    <div className="row" style={{ justifyContent: 'flex-end' }}>
      <Button type="primary" onClick={() => void save()} loading={busy}>{say('Save', '保存')}</Button>
    </div>
  );
  return (
    <Panel open title={title} width={880} dirty={() => dirty && !moving.current} close={close} footer={foot}>
      {base ? (
        <Tabs
          activeKey={tab} onChange={(key) => go({ ...place, tab: key as Tab })}
          items={[
            ...(may ? [{ key: 'settings', label: say('Settings', '设置'), children: settings, forceRender: true }] : []),
            { key: 'test', label: say('Connection test', '连接检测'), children: <>{dingtalk && subscription}<Findings id={base.id} dingtalk={dingtalk} /></> },
            ...(may ? [{ key: 'preview', label: say('Preview', '预览'), children: <WhoIsAsked id={base.id} dirty={dirty} dingtalk={dingtalk} body={body as never} /> }] : []),
            { key: 'versions', label: say('Versions', '版本'), children: <Versions id={base.id} /> },
          ]}
        />
      ) : settings}
    </Panel>
  );
}

/* What happens in DingTalk to a request that is decided here, and here to one that DingTalk does not have. */
function Decisions({ draft, set, confirmed, names }: { draft: Draft; set: (changes: Partial<Draft>) => void; confirmed: Workflow['carry_through']; names: Record<string, string> }) {
  const say = useSay();
  const through = draft.console_decision === 'carry-through';
  return (
    <>
      <Field at="console_decision" label={say('When a request is decided in Holdfast, its form in DingTalk is', '在 Holdfast 中审批后，钉钉中的审批单')} about={through
        ? say('DingTalk carries the decision through its steps: there each approver is shown as having acted, though it was decided in Holdfast.', '决定会逐级写入钉钉：钉钉中将显示每位审批人都已处理，尽管实际由 Holdfast 审批。')
        : say('DingTalk’s form is withdrawn with a word on who decided.', '撤销钉钉中的审批单，并注明由谁审批。')}>
        <Radio.Group value={draft.console_decision} onChange={(event) => set({ console_decision: event.target.value })} options={[
          { value: 'close', label: say('closed', '关闭') }, { value: 'carry-through', label: say('carried through', '代为走完流程') }]} />
      </Field>
      {through && (confirmed ? <p className="dim">{say(`Confirmed by ${confirmed.confirmed_by}.`, `已由 ${confirmed.confirmed_by} 确认。`)}</p> : (
        <Field at="carry_through_confirmed" label={say('Confirmation', '确认')} required>
          <Checkbox checked={draft.carry_through_confirmed} onChange={(event) => set({ carry_through_confirmed: event.target.checked })}>
            {say('I know that DingTalk will show each approver as having acted.', '我已了解钉钉将显示每位审批人都已处理。')}
          </Checkbox>
        </Field>
      ))}
      <Field at="accept_automatic" label={say('Accept automatic approval', '接受自动通过')} about={draft.accept_automatic
        ? <span style={{ color: 'var(--warn)' }}>{say('An approval in which no second person agreed then lets software be removed, by a rule alone.', '此后即使没有第二人同意，仅凭规则自动通过的审批也会允许卸载。')}</span>
        : say('Off: when DingTalk agrees without a second person, the request waits for an administrator.', '关闭时：若钉钉在没有第二人同意的情况下通过，申请将等待管理员处理。')}>
        <Switch checked={draft.accept_automatic} onChange={(accept_automatic) => set({ accept_automatic })} />
      </Field>
      <Field at="notices" label={say('Tell the applicant by DingTalk', '通过钉钉通知申请人')} about={say('The result as a notice of this application, besides the client. Needs the AgentId, or the robot.', '除客户端外，还以该应用的通知告知结果。需要填写 AgentId 或使用机器人。')}>
        <Switch checked={draft.notices} onChange={(notices) => set({ notices })} />
      </Field>
      <Field at="beside" label={say('Ask here when DingTalk is away', '钉钉不可用时在此审批')} about={say('A level of accounts that is asked beside DingTalk while a request does not get there. The first decision wins.', '申请未能送达钉钉时，由一级账号在此审批，以先作出的决定为准。')}>
        <Switch checked={draft.beside} onChange={(beside) => set({ beside })} />
      </Field>
      {draft.beside && (
        <section className="soft" aria-label={say('Beside DingTalk', '钉钉之外的后备')} style={{ marginBottom: 16 }}>
          <Invite />
          <Field at="after_minutes" label={say('After so many minutes without DingTalk having the request', '未送达钉钉多少分钟后')} required>
            <InputNumber value={draft.after_minutes} onChange={(after_minutes) => set({ after_minutes })} style={{ width: 160 }} />
          </Field>
          <LevelFields at="besideLevel" level={draft.besideLevel} set={(changes) => set({ besideLevel: { ...draft.besideLevel, ...changes } })} names={names} />
        </section>
      )}
    </>
  );
}

