/* One application in DingTalk: what it has, whether its events come, and where its settings are changed. */
import { Alert, Button, Form } from 'antd';
import { useEffect, useRef, useState, type ReactNode } from 'react';
import { Link } from 'react-router';
import { api, get, ifMatch, useChange, useGet } from '../../lib/api';
import { isStale } from '../../lib/problem';
import { useMayChange } from '../../lib/session';
import { Ago, When } from '../../lib/time';
import { useSay, useWords } from '../../lib/words';
import { Copy } from '../../parts/copy';
import { Facts } from '../../parts/facts';
import { Panel } from '../../parts/panel';
import { SureDialog } from '../../parts/sure';
import { SaveTrouble, Trouble, useTell } from '../../parts/trouble';
import { AppFields } from '../workflows/app';
import { appChanges, credentialProblems, credentialsOf, newDraft, type Draft, type Problems } from '../workflows/draft';
import { ShownProvider } from '../workflows/field';
import { ingressNames, lag, noticeNames, type App } from './words';

type Light = 'on' | 'warn' | 'bad' | '';

function Lit({ light, children }: { light: Light; children: ReactNode }) {
  return <span className="row" style={{ gap: 10, flexWrap: 'nowrap' }}><span className={`light ${light}`} aria-hidden /><span>{children}</span></span>;
}

/* Whether DingTalk has found its way here. */
function Link_({ app }: { app: App }) {
  const { say } = useWords();
  if (app.stream) {
    return app.stream.state === 'connected'
      ? <Lit light="on">{say('Connected', '已连接')}{app.stream.connections > 1 && ` (${app.stream.connections})`}{say(', ', '，')}<Ago ms={app.stream.connected_ms} /></Lit>
      : <Lit light="bad">{say('Connecting…', '连接中…')} {app.stream.error && <span className="break">{app.stream.error}</span>}</Lit>;
  }
  return app.checked_ms
    ? <Lit light="on">{say('DingTalk checked the Request URL with these keys, ', '钉钉已使用当前密钥验证请求网址，')}<Ago ms={app.checked_ms} /></Lit>
    : <Lit light="">{say('DingTalk has not checked the Request URL with these keys. Save the event subscription there.', '钉钉尚未使用当前密钥验证请求网址，请在钉钉中保存事件订阅。')}</Lit>;
}

const mask = <span className="code" aria-hidden>••••••••</span>;

export function AppSheet({ app, edit, remove }: { app: App; edit: () => void; remove: () => void }) {
  const { say, language } = useWords();
  const tell = useTell();
  const may = useMayChange();
  const sweep = useChange(() => api.POST('/api/v1/dingtalk-apps/{id}/sweep', { params: { path: { id: app.id } } }));
  const look = () => sweep.mutateAsync(undefined as never).then((done) => tell.done(say(
    `Every open request of this app is being looked at in DingTalk now (${(done as { instances: number }).instances}), and lost events are fetched.`,
    `正在查询该应用在钉钉中的待审批申请（${(done as { instances: number }).instances} 条）并补取丢失的事件。`)), tell.problem);
  const { used_by: use } = app;
  const stored = <>{mask} <span className="dim small">{say('stored, never shown', '已保存，不显示')}</span></>;
  return (
    <section className="sheet" aria-label={app.client_id}>
      <div className="head">
        <h2 className="part-title head-words" style={{ margin: 0 }}>{say('Application', '应用')} <span className="code">{app.client_id}</span></h2>
        {may && (
          <div className="head-deeds">
            <Button onClick={() => void look()} loading={sweep.isPending}>{say('Look in DingTalk now', '立即查询钉钉')}</Button>
            <Button onClick={edit} type="primary">{say('Edit', '编辑')}</Button>
            <Button danger onClick={remove}>{say('Delete', '删除')}</Button>
          </div>
        )}
      </div>
      {app.alert && (
        <Alert type="error" showIcon style={{ marginBottom: 16 }} title={app.alert.text}
          description={<><ol style={{ margin: '0 0 6px', paddingInlineStart: 20 }}>{app.alert.steps.map((step) => <li key={step}>{step}</li>)}</ol><span className="dim">{say('Since', '自')} <When ms={app.alert.since_ms} /></span></>} />
      )}
      {app.old_keys_until_ms && <Alert type="info" showIcon style={{ marginBottom: 16 }} title={<>{say('The aes_key and token before these are good too until ', '更改前的 aes_key 和 token 仍有效，至 ')}<When ms={app.old_keys_until_ms} />{say('. Save the new ones in DingTalk by then.', '，请在此之前将新值保存到钉钉。')}</>} />}
      <div className="duo">
        <Facts facts={[
          [say('Link', '连接'), <Link_ key="l" app={app} />],
          [say('Last event', '最近事件'), app.last_event_ms ? <><Ago ms={app.last_event_ms} />{app.event_lag_ms !== null && <span className="dim">{say(', ', '，')}{say(`took ${lag(app.event_lag_ms, language)} to come`, `延迟 ${lag(app.event_lag_ms, language)}`)}</span>}</> : say('none yet', '尚无')],
          [say('How events come', '事件接收方式'), say(ingressNames[app.ingress])],
          [say('Notices go by', '通知方式'), <>{say(noticeNames[app.notice_channel])}{app.notice_channel === 'work-notice' && !app.agent_id && <span className="dim"> · {say('needs an AgentId', '需要填写 AgentId')}</span>}</>],
          [say('Used by', '使用者'), use.workflows.length === 0 && !use.source ? <span className="dim">{use.requests ? say('nothing now; requests were filed through it', '当前未使用，曾有申请通过它提交') : say('nothing', '未使用')}</span> : (
            <ul className="plain">
              {use.workflows.map((one) => <li key={one.id} style={{ margin: 0 }}>{say('Workflow', '审批流程')} <Link to={`/console/approval/workflows?edit=${one.id}`}>{one.name}</Link></li>)}
              {use.source && <li style={{ margin: 0 }}>{say('Identity source', '身份源')} <Link to="/console/identity/sources">{use.source}</Link></li>}
            </ul>
          )],
        ]} />
        <Facts facts={[
          ['CorpId', <span key="c" className="code break">{app.corp_id}</span>],
          ['Client Secret', stored],
          ...(app.ingress === 'push' ? [['aes_key', stored], ['token', stored]] as [ReactNode, ReactNode][] : []),
          ['AgentId', app.agent_id ?? <span className="dim">{say('none', '无')}</span>],
        ]} />
      </div>
      <div className="stack" style={{ marginTop: 16 }}>
        {app.ingress === 'push' && <div><div className="label">{say('Request URL, for the event subscription', '请求网址（填入事件订阅）')}</div><Copy text={app.request_url} name={say('Request URL', '请求网址')} /></div>}
        <div><div className="label">{say('Redirect URL, for signing in', '重定向 URL（填入登录配置）')}</div><Copy text={app.redirect_url} name={say('redirect URL', '重定向 URL')} /></div>
      </div>
    </section>
  );
}

export function AppPanel({ id, close }: { id?: string; close: () => void }) {
  const say = useSay();
  const tell = useTell();
  const read = useGet('/api/v1/dingtalk-apps/{id}', { params: { path: { id: id ?? '' } } }, { enabled: Boolean(id) });
  const [from, setFrom] = useState<App>();
  const [draft, setDraft] = useState<Draft>(newDraft);
  const [tried, setTried] = useState(false);
  const [left, setLeft] = useState<Record<string, true>>({});
  const changes = from ? appChanges(draft, from) : {};
  const dirty = useRef(false);
  dirty.current = Object.keys(changes).length > 0;
  useEffect(() => { setFrom(undefined); setTried(false); setLeft({}); save.reset(); }, [id]);
  useEffect(() => {
    if (!read.data || read.data.id !== id || dirty.current) return;
    setFrom(read.data);
    setDraft({ ...newDraft(), app: credentialsOf(read.data) });
  }, [read.data, id]);
  const save = useChange(() => api.PATCH('/api/v1/dingtalk-apps/{id}', { params: { path: { id: id! } }, body: changes, headers: ifMatch(from) }));
  const problems: Problems = {};
  if (from) credentialProblems(draft, from, true, problems);
  const go = async () => {
    setTried(true);
    if (Object.keys(problems).length > 0) return;
    await save.mutateAsync(undefined as never);
    dirty.current = false;
    tell.done(say('Saved. What the old credentials held up is tried again now.', '已保存，此前受阻的发送正在重试。'));
    close();
  };
  const loadAgain = async () => {
    const { data } = await read.refetch();
    if (!data || !from) return;
    const before = credentialsOf(from);
    const now = credentialsOf(data);
    const typed = Object.fromEntries(Object.entries(draft.app).filter(([name, value]) => value !== before[name as keyof typeof before]));
    setFrom(data);
    setDraft({ ...draft, app: { ...now, ...typed } });
    save.reset();
  };
  return (
    <Panel
      open={Boolean(id)} close={close} dirty={() => dirty.current} title={say('Change the application', '更改应用')}
      footer={<div className="row" style={{ justifyContent: 'flex-end' }}><Button type="primary" disabled={!from || isStale(save.error)} loading={save.isPending} onClick={() => void go().catch(() => {})}>{say('Save', '保存')}</Button></div>}
    >
      <Trouble problem={read.error} again={() => void read.refetch()} />
      <SaveTrouble problem={save.error} load={() => void loadAgain()} />
      {from && (
        <ShownProvider value={{ problems, due: (at) => tried || Boolean(left[at]), touch: (at) => setLeft((before) => ({ ...before, [at]: true })) }}>
          <Form layout="vertical" component="div">
            <AppFields
              draft={draft} known={from} own set={(more) => setDraft((before) => ({ ...before, app: { ...before.app, ...more } }))}
              fixed={say('Stays: another Client ID is another application.', '不可更改：不同的 Client ID 即为另一个应用。')} subscription={null}
            />
          </Form>
        </ShownProvider>
      )}
    </Panel>
  );
}

/* Says why not, where it is so. */
export function AppDelete({ app, close }: { app?: App; close: () => void }) {
  const say = useSay();
  const tell = useTell();
  const remove = useChange(async (id: string) => {
    const present = await get('/api/v1/dingtalk-apps/{id}', { params: { path: { id } } });
    return api.DELETE('/api/v1/dingtalk-apps/{id}', { params: { path: { id } }, headers: ifMatch(present) });
  });
  return (
    <SureDialog open={app !== undefined} close={close} danger title={say(`Delete the application ${app?.client_id}?`, `删除应用 ${app?.client_id}？`)} deed={say('Delete', '删除')}
      run={() => remove.mutateAsync(app!.id).then(() => tell.done(say('Deleted', '已删除')))}>
      <p>{say('Its credentials are erased and its Request URL answers no longer. Possible only while no workflow and no identity source uses it and no request was ever filed through it.', '将清除其凭证，请求网址不再响应。仅当没有审批流程和身份源使用它且从未通过它提交申请时才能删除。')}</p>
    </SureDialog>
  );
}
