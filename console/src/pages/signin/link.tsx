/* A page that a one-time link opens: looks at the link before anything is typed, and says what is wrong with it. */
import { Alert, Button, Input } from 'antd';
import { useEffect, useState, type ReactNode } from 'react';
import type { Schema } from '../../lib/api';
import { Problem, asProblem } from '../../lib/problem';
import { useSay } from '../../lib/words';
import { Copy } from '../../parts/copy';
import { PageSkeleton } from '../../parts/page';
import { Trouble } from '../../parts/trouble';
import { inTurn, lookAtLink, takeSecret } from './enter';
import { Gate } from './gate';

export type Link = Schema<'OneTimeLink'>;

/* Where the next link comes from. */
function NextLink({ owner }: { owner: boolean }) {
  const say = useSay();
  return owner ? (
    <>
      <p>{say('While there is no account, this prints a new link on the server:', '尚无账号时，可在服务器上运行以下命令生成新链接：')}</p>
      <Copy text="runuser -u holdfast-server -- holdfast-server setup-link --config /etc/holdfast/server.conf" name={say('Command', '命令')} />
    </>
  ) : (
    <p>{say('Ask an owner for a new one: Settings, Accounts, then “New link” beside your name. If you are the last owner, run “holdfast-server setup-link --for” with your email address on the server.',
      '请向所有者索取新链接（设置 > 账号与角色 > 您的账号 > 生成新链接）。若您是唯一的所有者，请在服务器上运行 holdfast-server setup-link --for 加上您的邮箱。')}</p>
  );
}

/* Pasted, also as a whole address. */
function Paste({ use }: { use: (secret: string) => void }) {
  const say = useSay();
  const [text, setText] = useState('');
  const secret = text.trim().split('#').pop()!;
  return (
    <form onSubmit={(event) => { event.preventDefault(); if (secret) use(secret); }}>
      <label htmlFor="pasted" style={{ display: 'block', margin: '16px 0 6px' }}>{say('Or paste the whole link here', '或将完整链接粘贴到此处')}</label>
      <div className="row" style={{ flexWrap: 'nowrap' }}>
        <Input id="pasted" value={text} onChange={(event) => setText(event.target.value)} autoComplete="off" size="large" maxLength={500} />
        <Button size="large" htmlType="submit" disabled={!secret}>{say('Open', '打开')}</Button>
      </div>
    </form>
  );
}

export function WithLink({ owner, children }: { owner: boolean; children: (link: Link, secret: string, gone: (e: unknown) => void) => ReactNode }) {
  const say = useSay();
  // Read here and taken away below: React may begin a first rendering more than once.
  const [secret, setSecret] = useState(() => location.hash.slice(1));
  const [link, setLink] = useState<Link>();
  const [problem, setProblem] = useState<unknown>();
  // Another link, opened while this page stands.
  useEffect(() => {
    const other = () => { const next = takeSecret(); if (next) setSecret(next); };
    takeSecret();
    window.addEventListener('hashchange', other);
    return () => window.removeEventListener('hashchange', other);
  }, []);
  const look = () => {
    setLink(undefined);
    setProblem(undefined);
    if (secret) inTurn(() => lookAtLink(secret)).then(setLink, setProblem);
  };
  useEffect(look, [secret]);
  if (link) return children(link, secret, (e) => { setLink(undefined); setProblem(e); });
  if (!secret) return (
    <Gate title={say('This address lacks its link', '链接不完整')}>
      <p>{say('What proves who you are stands at the end of the link that you were sent, behind the #, and is not kept when a page is loaded again. Open the link once more.',
        '用于验证身份的部分位于链接末尾的 # 之后，刷新页面后不会保留。请重新打开收到的完整链接。')}</p>
      <Paste use={setSecret} />
      <NextLink owner={owner} />
      <p className="gate-foot"><a href="/console">{say('Sign in', '登录')}</a></p>
    </Gate>
  );
  if (!problem) return <PageSkeleton />;
  const gone = problem instanceof Problem && [404, 410, 400].includes(problem.status);
  if (!gone) return <div className="centre"><Trouble problem={asProblem(problem)} again={look} /></div>;
  return (
    <Gate title={say('This link does not work any more', '此链接已失效')}>
      <Alert type="warning" showIcon style={{ marginBottom: 16 }} title={(problem as Problem).status === 410 ? (problem as Problem).detail : say('It is not one of ours, or was not copied as a whole.', '链接无效，或未完整复制。')} />
      <p>{say('If you have used it yourself, sign in with the password that you chose.', '如果您已使用过该链接，请用设置的密码登录。')}</p>
      <Button type="primary" size="large" block href="/console">{say('Sign in', '登录')}</Button>
      <div className="gate-foot"><NextLink owner={owner} /></div>
      <Paste use={setSecret} />
    </Gate>
  );
}

