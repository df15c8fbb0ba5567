/* The DingTalk app: entered once, used for the organisation and for approvals. */
import { Alert, Button, Form, Input, Segmented } from 'antd';
import { useEffect, useState } from 'react';
import { api, ifMatch, useChange, useGet, type Schema } from '../../lib/api';
import { useSay } from '../../lib/words';
import { Copy } from '../../parts/copy';
import { Facts } from '../../parts/facts';
import { Trouble } from '../../parts/trouble';
import { inTurn, useAttempt } from '../signin/enter';
import { Findings } from './findings';
import type { Found } from './steps';

type App = Schema<'DingTalkApp'>;
interface Fields { corp_id: string; client_id: string; client_secret: string; agent_id?: string; ingress: 'push' | 'stream'; aes_key?: string; token?: string }

const trimmed = (text: string | undefined) => text?.trim() || undefined;

/* aes_key and token, of push. */
function Seals({ required }: { required: boolean }) {
  const say = useSay();
  const at = say('DingTalk: Event Subscription, HTTP push. Press Generate, and keep that page open without saving.', '钉钉开发者后台 > 事件订阅 > HTTP 推送：点击“生成”，先不要保存，保持页面打开。');
  return (
    <>
      <Form.Item name="aes_key" label="aes_key" extra={at} normalize={(text: string) => text.trim()}
        rules={[{ required, message: say('Please enter the aes_key.', '请输入 aes_key。') }, { pattern: /^[0-9A-Za-z]{43}$/, message: say('An aes_key has 43 letters and digits.', 'aes_key 为 43 位字母和数字。') }]} validateTrigger="onBlur">
        <Input.Password autoComplete="off" maxLength={512} />
      </Form.Item>
      <Form.Item name="token" label="token" normalize={(text: string) => text.trim()} rules={[{ required, message: say('Please enter the token.', '请输入 token。') }]}
        extra={say('On the same page. Do not generate aes_key and token again later: events that DingTalk seals with others would be refused.', '位于同一页面。之后请勿重新生成 aes_key 和 token，否则钉钉推送的事件会被拒绝。')}>
        <Input.Password autoComplete="off" maxLength={512} />
      </Form.Item>
    </>
  );
}

function Secret({ required }: { required: boolean }) {
  const say = useSay();
  return (
    <Form.Item name="client_secret" label="Client Secret" rules={[{ required, whitespace: true, message: say('Please enter the Client Secret.', '请输入 Client Secret。') }]}
      extra={say('Beside the Client ID. It is kept sealed and never shown again.', '位于 Client ID 旁。加密保存，不会再次显示。')}>
      <Input.Password autoComplete="off" maxLength={512} />
    </Form.Item>
  );
}

function Enter() {
  const say = useSay();
  const [form] = Form.useForm<Fields>();
  const ingress = Form.useWatch('ingress', form) ?? 'push';
  const make = useChange(async ({ agent_id, ...fields }: Fields) => {
    const { data: app } = await api.POST('/api/v1/dingtalk-apps', { body: {
      corp_id: fields.corp_id.trim(), client_id: fields.client_id.trim(), client_secret: fields.client_secret.trim(), ingress: fields.ingress,
      ...(fields.ingress === 'push' ? { aes_key: trimmed(fields.aes_key), token: trimmed(fields.token) } : {}),
      ...(trimmed(agent_id) ? { agent_id: Number(agent_id) } : {}),
    } });
    // Should this fail, the app is there, and the first step offers it again.
    return (await api.POST('/api/v1/identity-sources', { body: { type: 'dingtalk', app: app!.id, name: say('DingTalk', '钉钉') } })).data!;
  });
  const needed = (what: string) => [{ required: true, whitespace: true, message: say(`Please enter the ${what}.`, `请输入 ${what}。`) }];
  return (
    <>
      <Trouble problem={make.error} />
      <ol className="how">
        <li>{say('In DingTalk\'s developer console: Application development, DingTalk application, Create Application. It has to be one of your own organisation.', '打开钉钉开发者后台 > 应用开发 > 钉钉应用 > 创建应用，须为企业内部应用。')}{' '}
          <a href="https://open-dev.dingtalk.com" target="_blank" rel="noreferrer">{say('Open it', '打开开发者后台')}</a></li>
        <li>{say('On Permission Management, tick these and press Batch request:', '在“权限管理”中勾选以下权限并批量申请：')}
          <ul className="permissions code">{permissions.map((one) => <li key={one}>{one}</li>)}</ul></li>
        <li>{say('Copy from there into this form:', '将以下信息填入下方表单：')}</li>
      </ol>
      <Form form={form} layout="vertical" requiredMark={false} initialValues={{ ingress: 'push' }} onFinish={(fields) => make.mutate(fields)} className="narrow-form" scrollToFirstError>
        <Form.Item name="corp_id" label="CorpId" extra={say('On the first page of the developer console.', '位于开发者后台首页。')} rules={needed('CorpId')}><Input autoComplete="off" maxLength={128} /></Form.Item>
        <Form.Item name="client_id" label="Client ID" extra={say('On Credentials and Basic Information; once called AppKey.', '位于“凭证与基础信息”，旧称 AppKey。')} rules={needed('Client ID')}><Input autoComplete="off" maxLength={128} /></Form.Item>
        <Secret required />
        <Form.Item name="agent_id" label={say('AgentId (only for notices in DingTalk)', 'AgentId（仅用于钉钉工作通知）')} rules={[{ pattern: /^\s*\d{1,18}\s*$/, message: say('An AgentId is a number.', 'AgentId 为数字。') }]}><Input autoComplete="off" inputMode="numeric" maxLength={20} /></Form.Item>
        <Form.Item name="ingress" label={say('How DingTalk\'s events come', '事件接收方式')}
          extra={ingress === 'push' ? say('DingTalk calls this server: it has to be reachable from the internet by https.', '由钉钉调用本服务器，须可通过公网 https 访问。') : say('This server calls DingTalk and keeps the line open: for servers that nobody reaches from outside.', '由本服务器主动连接钉钉，适用于无公网地址的服务器。')}>
          <Segmented options={[{ value: 'push', label: say('HTTP push', 'HTTP 推送') }, { value: 'stream', label: 'Stream' }]} />
        </Form.Item>
        {ingress === 'push' && <Seals required />}
        <Button type="primary" htmlType="submit" loading={make.isPending}>{say('Save the app and read the organisation', '保存应用并读取组织架构')}</Button>
      </Form>
    </>
  );
}

const permissions = ['Workflow.Instance.Write', 'Workflow.Instance.Read', 'Workflow.Form.Read', 'qyapi_get_department_list', 'qyapi_get_department_member', 'qyapi_get_member', 'Contact.User.Read'];

function Change({ app, done }: { app: App; done: () => void }) {
  const say = useSay();
  const own = useGet('/api/v1/dingtalk-apps/{id}', { params: { path: { id: app.id } } });
  const change = useChange((fields: Partial<Fields>) => api.PATCH('/api/v1/dingtalk-apps/{id}', { params: { path: { id: app.id } }, headers: ifMatch(own.data),
    body: { client_secret: trimmed(fields.client_secret), aes_key: trimmed(fields.aes_key), token: trimmed(fields.token) } }));
  return (
    <Form<Partial<Fields>> layout="vertical" requiredMark={false} className="narrow-form" onFinish={(fields) => change.mutateAsync(fields).then(done, () => {})}>
      <Trouble problem={change.error} />
      <p className="dim">{say('What is left empty stays as it is.', '留空的项保持不变。')}</p>
      <Secret required={false} />
      {app.ingress === 'push' && <Seals required={false} />}
      <div className="row"><Button type="primary" htmlType="submit" loading={change.isPending}>{say('Save', '保存')}</Button><Button onClick={done}>{say('Cancel', '取消')}</Button></div>
    </Form>
  );
}

/* What the app may read in DingTalk, asked for as soon as it is shown: it costs no call of the month. */
function Test({ source }: { source: string }) {
  const say = useSay();
  const [result, setResult] = useState<Schema<'IdentitySourceTest'>>();
  const { busy, problem, attempt } = useAttempt();
  const test = () => attempt(async () => setResult(await inTurn(async () => (await api.POST('/api/v1/identity-sources/{id}/test', { params: { path: { id: source } } })).data)));
  useEffect(() => { void test(); }, [source]);
  return (
    <>
      <Trouble problem={problem} />
      {result && !busy && <Findings findings={result.findings} fine={say('DingTalk accepts the app: it may read departments and people.', '钉钉已接受此应用，可读取部门和人员。')} />}
      <Button loading={busy} onClick={() => void test()}>{say('Test again', '重新测试')}</Button>
    </>
  );
}

export function AppStep({ found }: { found: Found }) {
  const say = useSay();
  const [changing, setChanging] = useState(false);
  const app = found.apps[0];
  if (!app) return <Enter />;
  const source = found.sources.find((one) => one.app === app.id);
  return (
    <>
      {app.alert && <Alert type="error" showIcon style={{ marginBottom: 12 }} title={app.alert.text} description={<ul>{app.alert.steps.map((one) => <li key={one}>{one}</li>)}</ul>} />}
      <Facts facts={[
        ['Client ID', <span className="code break">{app.client_id}</span>],
        [say('Sign-in redirect address', '登录重定向地址'), <><Copy text={app.redirect_url} name={say('Sign-in redirect address', '登录重定向地址')} /><span className="dim">{say('Enter it in DingTalk under Security Settings, Redirect URL: people sign in through it.', '请在钉钉的“安全设置 > 重定向 URL”中填写，员工通过它登录。')}</span></>],
      ]} />
      <div style={{ marginTop: 16 }}>
        {source && <Test source={source.id} key={app.version} />}
      </div>
      <div style={{ marginTop: 12 }}>
        {changing ? <Change app={app} done={() => setChanging(false)} /> : <Button type="link" style={{ padding: 0 }} onClick={() => setChanging(true)}>{say('Change the credentials', '修改凭证')}</Button>}
      </div>
    </>
  );
}
