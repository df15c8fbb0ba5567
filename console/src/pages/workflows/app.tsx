/* The DingTalk application of a workflow: its credentials, each with where DingTalk shows it, and its Request URL. */
import { Alert, Input, InputNumber, Radio, Segmented } from 'antd';
import { useState, type ReactNode } from 'react';
import { Ago } from '../../lib/time';
import { useSay, type Text } from '../../lib/words';
import { Copy } from '../../parts/copy';
import { appChanges, type App, type Credentials, type Draft } from './draft';
import { Field, Fold } from './field';

const places: Record<'corp_id' | 'client' | 'keys' | 'agent', Text> = {
  corp_id: [
    'Sign in at open.dingtalk.com and open the Developer console: the CorpId of the organisation stands on its first page, at the top right beside the organisation’s name.',
    '登录 open.dingtalk.com 并进入开发者后台：首页右上角组织名称旁即为该组织的 CorpId。',
  ],
  client: [
    'Developer console > Application development > DingTalk application > your application > Credentials and Basic Information. Client ID was once called AppKey, Client Secret AppSecret.',
    '开发者后台 > 应用开发 > 钉钉应用 > 您的应用 > 凭证与基础信息。Client ID 原名 AppKey，Client Secret 原名 AppSecret。',
  ],
  keys: [
    'Developer console > your application > Event Subscription > HTTP push. Press Generate at aes_key and at token, copy both, and keep that page open: the Request URL goes there, and it is saved there after this panel is saved here.',
    '开发者后台 > 您的应用 > 事件订阅 > HTTP 推送。分别在 aes_key 和 token 处点击“生成”并复制，保持该页面打开：请求网址填入该页面，待在此处保存后再在该页面保存。',
  ],
  agent: [
    'Developer console > your application > Credentials and Basic Information > AgentId.',
    '开发者后台 > 您的应用 > 凭证与基础信息 > AgentId。',
  ],
};

interface Props {
  draft: Draft;
  set: (changes: Partial<Credentials>) => void;
  /* The app that has this Client ID already. */
  known: App | undefined;
  /* Whether it was chosen before, not found by what was typed. */
  own: boolean;
  /* Why the Client ID stays. */
  fixed?: ReactNode;
  /* DingTalk has said that the CorpId is probably another organisation's. */
  otherOrganisation?: boolean;
  subscription: ReactNode;
}

export function AppFields({ draft, set, known, own, fixed, otherOrganisation, subscription }: Props) {
  const say = useSay();
  const { app } = draft;
  const text = (name: 'corp_id' | 'client_id') => ({
    value: app[name], onChange: (event: React.ChangeEvent<HTMLInputElement>) => set({ [name]: event.target.value.trim() }), autoComplete: 'off', spellCheck: false, maxLength: 200,
  });
  const secret = (name: 'client_secret' | 'aes_key' | 'token') => ({
    value: app[name], onChange: (event: React.ChangeEvent<HTMLInputElement>) => set({ [name]: event.target.value.trim() }), autoComplete: 'new-password', spellCheck: false, maxLength: 512,
    placeholder: known ? say('•••••••• stored; type to replace', '•••••••• 已保存，输入即替换') : undefined,
  });
  const where = say('Where is it in DingTalk?', '在钉钉的哪里？');
  const replaces = known && Object.keys(appChanges(draft, known)).length > 0;
  const users = known ? [...known.used_by.workflows.map((one) => one.name), ...(known.used_by.source ? [known.used_by.source] : [])] : [];
  return (
    <>
      {known && !own && (
        <Alert
          type="info" showIcon style={{ marginBottom: 16 }}
          title={say('Holdfast knows this application already', 'Holdfast 中已有此应用')}
          description={say(
            'There is one application for a Client ID, and it is used here too. Its secrets are stored and kept: leave them empty. Its Request URL is the one below.',
            '一个 Client ID 对应一个应用，此处将沿用它。其密钥已保存且保持不变，请留空。请求网址以下方为准。',
          )}
        />
      )}
      <div className="pair">
        <Field at="app.corp_id" label="CorpId" required about={<Fold name={where}>{say(places.corp_id)}</Fold>} warning={otherOrganisation && say('Probably another organisation’s: DingTalk does not know the application there.', '可能是其他组织的 CorpId：钉钉表示该组织中没有此应用。')}><Input {...text('corp_id')} placeholder="ding…" /></Field>
        <Field at="app.client_id" label="Client ID" required about={fixed ?? <Fold name={where}>{say(places.client)}</Fold>}><Input {...text('client_id')} disabled={!!fixed} placeholder="ding…" /></Field>
      </div>
      <Field at="app.client_secret" label="Client Secret" required={!known} about={<Fold name={where}>{say(places.client)}</Fold>}><Input.Password {...secret('client_secret')} /></Field>
      <Field at="app.ingress" label={say('How events come', '事件接收方式')} about={app.ingress === 'push'
        ? say('DingTalk calls the Request URL of this server, which must be reachable from the internet by https.', '钉钉调用本服务器的请求网址，该网址须可从互联网以 https 访问。')
        : say('This server opens a connection to DingTalk and needs no public address. Choose Stream in DingTalk’s event subscription too.', '由本服务器主动连接钉钉，无需公网地址。请在钉钉的事件订阅中同样选择 Stream 模式。')}>
        <Radio.Group value={app.ingress} onChange={(event) => set({ ingress: event.target.value })} options={[{ value: 'push', label: say('HTTP push', 'HTTP 推送') }, { value: 'stream', label: say('Stream', 'Stream 模式') }]} />
      </Field>
      {app.ingress === 'push' && (
        <>
          <div className="pair">
            <Field at="app.aes_key" label="aes_key" required={!known} about={<Fold name={where}>{say(places.keys)}</Fold>}><Input.Password {...secret('aes_key')} /></Field>
            <Field at="app.token" label="token" required={!known}><Input.Password {...secret('token')} /></Field>
          </div>
          <Alert
            type="warning" showIcon style={{ marginBottom: 16 }}
            title={say('Do not generate aes_key and token again in DingTalk later.', '此后请勿在钉钉中重新生成 aes_key 和 token。')}
            description={say('Events that are sealed with the new ones would be refused until you enter them here.', '否则在此处填入新值之前，钉钉推送的事件都会被拒绝。')}
          />
        </>
      )}
      {replaces && users.length > 0 && (
        <Alert type="warning" showIcon style={{ marginBottom: 16 }} title={say('This changes the application for all that use it', '此更改影响所有使用该应用的对象')} description={users.join(', ')} />
      )}
      {subscription}
      <div className="pair">
        <Field at="app.agent_id" label="AgentId" about={<>{say('Work notices need it.', '发送工作通知时需要。')}<Fold name={where}>{say(places.agent)}</Fold></>}>
          <InputNumber value={app.agent_id} onChange={(value) => set({ agent_id: value })} min={1} precision={0} controls={false} style={{ width: '100%' }} />
        </Field>
        <Field at="app.notice_channel" label={say('Notices to people go by', '通知发送方式')} about={say('The result for the applicant, and turns of approvers.', '发给申请人的结果，以及发给审批人的提醒。')}>
          <Radio.Group value={app.notice_channel} onChange={(event) => set({ notice_channel: event.target.value })} options={[{ value: 'work-notice', label: say('Work notice', '工作通知') }, { value: 'robot', label: say('Robot', '机器人') }]} />
        </Field>
      </div>
    </>
  );
}

const rules: [value: 'all' | 'few', name: Text, types: string][] = [
  ['all', ['Every event', '全部事件'], '*'],
  ['few', ['Saves the push quota', '节省推送额度'], '{finish,terminate,delete}'],
];

/* What is entered in DingTalk's event subscription, and whether DingTalk has asked. */
export function Subscription({ url, problem, app, codes, stream }: {
  url: string | undefined; problem?: ReactNode; app: App | undefined; codes: string[]; stream: boolean;
}) {
  const say = useSay();
  const [rule, setRule] = useState<'all' | 'few'>('all');
  const types = rules.find(([value]) => value === rule)![2];
  const light = (on: boolean, words: ReactNode) => (
    <p className="dim row" style={{ gap: 10, margin: '8px 0 0' }}><span className={`light${on ? ' on' : ''}`} aria-hidden /><span role="status">{words}</span></p>
  );
  return (
    <section className="soft" aria-label={say('In DingTalk’s event subscription', '钉钉事件订阅')}>
      <div className="soft-title">{say('In DingTalk: Event Subscription', '在钉钉中：事件订阅')}</div>
      {stream ? (
        <>
          <p className="dim" style={{ margin: 0 }}>{say('With Stream there is no Request URL: choose Stream there and press “Verify the connection” 已完成接入，验证连接通道 once this is saved.', 'Stream 模式无需请求网址：保存后请在钉钉中选择 Stream 模式并点击“已完成接入，验证连接通道”。')}</p>
          {app?.stream && light(app.stream.state === 'connected', app.stream.state === 'connected' ? say('The Stream connection is open.', 'Stream 连接正常。') : <>{say('Connecting…', '正在连接…')} {app.stream.error}</>)}
        </>
      ) : (
        <>
          <div className="label">{say('Request URL', '请求网址')}</div>
          {url ? <Copy text={url} name={say('Request URL', '请求网址')} /> : problem ?? <div className="copy"><code>…</code></div>}
          {light(!!app?.checked_ms, app?.checked_ms
            ? <>{say('DingTalk has checked it: ', '钉钉已验证：')}<Ago ms={app.checked_ms} /></>
            : app ? say('DingTalk has not checked it yet: save the event subscription there now.', '钉钉尚未验证：请现在在钉钉中保存事件订阅。')
              : say('It answers DingTalk’s check as soon as this panel is saved.', '在此保存后，该网址即可通过钉钉的验证。'))}
        </>
      )}
      <div className="row" style={{ justifyContent: 'space-between', marginTop: 12 }}>
        <div className="label" style={{ margin: 0 }}>{say('Subscription addresses, one per form', '订阅地址（每个表单一条）')}</div>
        <Segmented size="small" value={rule} onChange={setRule} aria-label={say('Which events', '哪些事件')} options={rules.map(([value, name]) => ({ value, label: say(name) }))} />
      </div>
      <p className="dim" style={{ margin: '4px 0 8px' }}>{say('Switch on “Approval Instance Started, Ended” 审批实例开始，结束 and add:', '开启“审批实例开始，结束”并添加：')}</p>
      <div className="stack" style={{ gap: 8 }}>
        {codes.length === 0 && <p className="dim" style={{ margin: 0 }}>{say('They appear with the process IDs below.', '填写下方的流程 ID 后显示。')}</p>}
        {codes.map((code) => {
          const address = `/v1.0/event/bpms_instance_change/processCode/${code}/type/${types}`;
          return <Copy key={code} text={address} name={`${say('Subscription address', '订阅地址')} ${code}`} />;
        })}
      </div>
    </section>
  );
}
