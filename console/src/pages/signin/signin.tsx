/* Where administrators, approvers and auditors sign in; also over a page whose session has ended. */
import { DingdingOutlined } from '@ant-design/icons';
import { Alert, Button, Divider, Form, Input } from 'antd';
import { useEffect, useRef, useState } from 'react';
import { api, setCsrf, useGet, type Schema } from '../../lib/api';
import { Problem } from '../../lib/problem';
import type { Me } from '../../lib/session';
import { useSay, useWords } from '../../lib/words';
import { Copy } from '../../parts/copy';
import { Trouble } from '../../parts/trouble';
import { entering, useAttempt } from './enter';
import { Gate } from './gate';

interface Fields { email: string; password: string; code?: string }

const longest = 500; // of an address that the server leads back to

/* The address that was asked for. */
function wanted() {
  const here = location.pathname + location.search;
  return here.length <= longest ? here : '/console';
}

/* Counts down to zero. */
function useSeconds(from: number | undefined, of: unknown) {
  const [left, setLeft] = useState(0);
  useEffect(() => {
    if (!from) { setLeft(0); return undefined; }
    const end = Date.now() + from * 1000;
    setLeft(from);
    const timer = setInterval(() => setLeft(Math.max(0, Math.ceil((end - Date.now()) / 1000))), 500);
    return () => clearInterval(timer);
  }, [from, of]);
  return left;
}

function NotSetUp() {
  const say = useSay();
  return (
    <>
      <p>{say('Nobody has an account here yet. When the server starts for the first time, it prints a link; opened in a browser, it makes the first owner. It is also in the server\'s journal.',
        '此服务器尚无任何账号。服务器首次启动时会输出一个链接，在浏览器中打开即可创建首个所有者账号。该链接也记录在服务器的日志中。')}</p>
      <p>{say('This prints a new one, on the server:', '也可在服务器上运行以下命令生成新链接：')}</p>
      <Copy text="runuser -u holdfast-server -- holdfast-server setup-link --config /etc/holdfast/server.conf" name={say('Command', '命令')} />
    </>
  );
}

function WithSource({ sources, apart }: { sources: Schema<'SignInWays'>['sources']; apart: boolean }) {
  const say = useSay();
  if (sources.length === 0) return null;
  return (
    <>
      <Divider plain>{say('or', '或')}</Divider>
      <div className="stack">
        {sources.map((one) => (
          <Button key={one.id} size="large" block icon={<DingdingOutlined aria-hidden />} href={one.address} onClick={entering.begin}
            target={apart ? '_blank' : undefined}>
            {say('Sign in with DingTalk', '使用钉钉登录')}{sources.length > 1 && ` · ${one.name}`}
          </Button>
        ))}
      </div>
      {apart && <p className="dim">{say('DingTalk opens in a tab of its own. When you are signed in there, come back here.', '钉钉将在新标签页中打开，登录完成后请返回此页。')}</p>}
    </>
  );
}

/* What refuses somebody who signs in, by its status: the words of the problems elsewhere are about something else. */
function useRefusal(problem: unknown, code: boolean) {
  const say = useSay();
  if (!(problem instanceof Problem)) return undefined;
  if (problem.status === 401) return code ? say('The code does not fit', '验证码不正确') : say('This is not right', '邮箱或密码不正确');
  if (problem.status === 403) return say('You cannot sign in', '无法登录');
  return undefined;
}

/* again: who was signed in, when the session ended under one's hands. entered runs when somebody is. */
export function SignInForm({ again, entered }: { again?: Me; entered: () => Promise<unknown> }) {
  const { say, language, setLanguage } = useWords();
  const [form] = Form.useForm<Fields>();
  const [codeNeeded, setCodeNeeded] = useState(false);
  const { busy, problem, attempt, forget } = useAttempt();
  const ways = useGet('/auth/ways', { params: { query: { next: again ? '/console' : wanted() } } });
  const refusal = useRefusal(problem, codeNeeded);
  const wait = useSeconds(problem instanceof Problem && problem.status === 429 ? problem.retryAfter : undefined, problem);
  const spoken = useRef(language);
  const go = (fields: Fields) => attempt(async () => {
    const { data } = await api.POST('/auth/login', { body: { email: fields.email.trim(), password: fields.password, ...(codeNeeded ? { code: fields.code!.replaceAll(' ', '') } : {}) } });
    if (data!.state === 'code-needed') {
      setCodeNeeded(true);
      return;
    }
    // Whoever chose another language on this page meant it.
    if (!again && spoken.current === language) setLanguage(data!.account!.language);
    setCsrf(data!.csrf_token!);
    await entered();
  });
  if (ways.data && !ways.data.set_up) return <NotSetUp />;
  return (
    <>
      <Trouble problem={problem} title={refusal} />
      {wait > 0 && <Alert type="warning" showIcon style={{ marginBottom: 16 }} title={say(`You can try again in ${wait} s.`, `请在 ${wait} 秒后重试。`)} />}
      {/* The password stays when the code comes: what is sent is both. */}
      <Form form={form} name="signin" layout="vertical" requiredMark={false} initialValues={{ email: again?.account?.email }} onFinish={(fields) => void go(fields)}>
        <Form.Item name="email" label={say('Email address', '邮箱')} hidden={codeNeeded} rules={[{ required: true, whitespace: true, message: say('Please enter your email address.', '请输入邮箱。') }]}>
          <Input inputMode="email" autoComplete="username" autoFocus={!again} size="large" />
        </Form.Item>
        <Form.Item name="password" label={say('Password', '密码')} hidden={codeNeeded} rules={[{ required: true, message: say('Please enter your password.', '请输入密码。') }]}>
          <Input.Password autoComplete="current-password" autoFocus={Boolean(again)} size="large" />
        </Form.Item>
        {codeNeeded && (
          <Form.Item name="code" label={say('Code of your authenticator app, or a recovery code', '验证器应用中的验证码，或一个恢复码')}
            extra={say('No phone at hand? A recovery code, or an owner who takes the second factor away.', '手机不在身边？请使用恢复码，或由所有者取消您的二次验证。')}
            rules={[{ required: true, whitespace: true, message: say('Please enter the code.', '请输入验证码。') }]}>
            <Input autoComplete="one-time-code" autoFocus size="large" maxLength={64} />
          </Form.Item>
        )}
        <Button type="primary" htmlType="submit" size="large" block loading={busy} disabled={wait > 0}>{say('Sign in', '登录')}</Button>
        {codeNeeded && <Button type="link" block style={{ marginTop: 8 }} onClick={() => { setCodeNeeded(false); form.resetFields(['code', 'password']); forget(); }}>{say('Back', '返回')}</Button>}
      </Form>
      {!codeNeeded && <WithSource sources={ways.data?.sources ?? []} apart={Boolean(again)} />}
      {!codeNeeded && !again && (
        <details className="gate-foot">
          <summary>{say('I cannot get in', '无法登录？')}</summary>
          <p className="dim">{say('Forgotten password: an owner sends you a link under Settings, Accounts. If you are the last owner, this prints one on the server:',
            '忘记密码：请所有者在“设置 > 账号与角色”中为您生成链接。若您是唯一的所有者，请在服务器上运行：')}</p>
          <Copy text="holdfast-server setup-link --for EMAIL --config /etc/holdfast/server.conf" name={say('Command', '命令')} />
        </details>
      )}
    </>
  );
}

export default function SignIn({ entered }: { entered: () => Promise<unknown> }) {
  const say = useSay();
  const ways = useGet('/auth/ways', { params: { query: { next: wanted() } } });
  const fresh = ways.data && !ways.data.set_up;
  return (
    <Gate
      title={fresh ? say('Holdfast is not set up yet', 'Holdfast 尚未初始化') : say('Sign in to Holdfast', '登录 Holdfast')}
      about={fresh ? undefined : ways.data?.organisation_name || say('For administrators, approvers and auditors.', '供管理员、审批人和审计员使用。')}
    >
      <SignInForm entered={entered} />
    </Gate>
  );
}
