/* Setting up a second factor: proof that it is not a screen that was left behind, the authenticator app, recovery codes. */
import { DownloadOutlined, PrinterOutlined } from '@ant-design/icons';
import { Alert, Button, Checkbox, Form, Input, QRCode } from 'antd';
import { useEffect, useRef, useState, type ReactNode } from 'react';
import { api, queries, type Schema } from '../../lib/api';
import { Problem } from '../../lib/problem';
import { useSay } from '../../lib/words';
import { CopyButton } from '../../parts/copy';
import { Trouble } from '../../parts/trouble';
import { useAttempt } from './enter';

/* Shown once. `done` only after somebody said that they are kept. */
export function RecoveryCodes({ codes, done, deed }: { codes: string[]; done: () => void; deed: string }) {
  const say = useSay();
  const [kept, keep] = useState(false);
  const file = useRef<HTMLAnchorElement>(null);
  const title = say('Recovery codes', '恢复码');
  const download = () => {
    const address = URL.createObjectURL(new Blob([`Holdfast · ${location.host}\n${title}\n\n${codes.join('\n')}\n`], { type: 'text/plain' }));
    file.current!.href = address;
    file.current!.click();
    setTimeout(() => URL.revokeObjectURL(address), 10_000);
  };
  return (
    <>
      <p>{say('Each of these signs you in once when the authenticator app is not at hand. They are shown only now: keep them where your phone is not.',
        '无法使用验证器应用时，每个恢复码可用于登录一次。恢复码仅显示这一次，请妥善保存，不要与手机放在一起。')}</p>
      <div className="print-alone">
        <h2 className="print-only">Holdfast · {location.host} · {title}</h2>
        <ul className="codes code" aria-label={title}>{codes.map((one) => <li key={one}>{one}</li>)}</ul>
      </div>
      <div className="row" style={{ marginBottom: 16 }}>
        <CopyButton text={codes.join('\n')} name={title} />
        <Button type="text" icon={<DownloadOutlined aria-hidden />} onClick={download}>{say('Download', '下载')}</Button>
        <Button type="text" icon={<PrinterOutlined aria-hidden />} onClick={() => window.print()}>{say('Print', '打印')}</Button>
        <a ref={file} hidden download="holdfast-recovery-codes.txt" aria-hidden="true" tabIndex={-1} />
      </div>
      <p><Checkbox checked={kept} onChange={(event) => keep(event.target.checked)}>{say('I have kept them', '我已妥善保存')}</Checkbox></p>
      <Button type="primary" size="large" block disabled={!kept} onClick={done}>{deed}</Button>
    </>
  );
}

/* What a proof needs: the password, or nothing but a fresh sign-in where the account has none. */
export function Proof({ has, deed, run, extra }: { has: boolean; deed: string; run: (password: string | undefined) => Promise<unknown>; extra?: ReactNode }) {
  const say = useSay();
  const { busy, problem, attempt } = useAttempt();
  return (
    <>
      <Trouble problem={problem} title={problem instanceof Problem && problem.status === 403 && has ? say('The password is not right', '密码不正确') : undefined} />
      <Form<{ password?: string }> name="proof" layout="vertical" requiredMark={false} onFinish={({ password }) => void attempt(() => run(password))}>
        {has ? (
          <Form.Item name="password" label={say('Your present password', '当前密码')} rules={[{ required: true, message: say('Please enter your password.', '请输入密码。') }]}>
            <Input.Password autoComplete="current-password" size="large" autoFocus />
          </Form.Item>
        ) : <p className="dim">{say('Your account has no password: this works for ten minutes after you signed in.', '您的账号没有密码：登录后十分钟内可进行此操作。')}</p>}
        <div className="row">{extra}<Button type="primary" htmlType="submit" size="large" block={!extra} loading={busy}>{deed}</Button></div>
      </Form>
    </>
  );
}

function Authenticator({ enrolment, done }: { enrolment: Schema<'TotpEnrolment'>; done: (codes: string[]) => void }) {
  const say = useSay();
  const { busy, problem, attempt, forget } = useAttempt();
  const [form] = Form.useForm<{ code: string }>();
  // It comes a moment after its page: who has gone on to something else stays there.
  const [free] = useState(() => document.activeElement === document.body);
  const key = enrolment.secret.match(/.{1,4}/g)!.join(' ');
  const confirm = ({ code }: { code: string }) => attempt(async () => {
    const { data } = await api.POST('/api/v1/me/totp/confirm', { body: { code: code.replaceAll(' ', '') } });
    done(data!.recovery_codes);
  });
  return (
    <>
      <ol className="how">
        <li>{say('Open an authenticator app on your phone, and scan this picture with it.', '在手机上打开验证器应用，扫描此二维码。')}
          <div className="qr"><QRCode aria-label={say('QR code for the authenticator app', '验证器应用的二维码')} value={enrolment.uri} type="svg" size={184} color="#000000" bgColor="#ffffff" bordered={false} /></div>
          <details><summary>{say('The picture cannot be scanned', '无法扫描二维码')}</summary>
            <p className="dim">{say('Type this key into the app: based on time, 6 digits.', '请在应用中手动输入此密钥（基于时间，6 位数字）。')}</p>
            <div className="copy"><code>{key}</code><CopyButton text={enrolment.secret} name={say('Key', '密钥')} /></div>
            <p><a href={enrolment.uri}>{say('Open an app on this device', '在本设备的应用中打开')}</a></p>
          </details>
        </li>
        <li>{say('Type the code that it shows.', '输入应用显示的验证码。')}</li>
      </ol>
      <Trouble problem={problem} />
      <Form form={form} name="totp" layout="vertical" requiredMark={false} onFinish={(fields) => void confirm(fields)} onValuesChange={forget}>
        <Form.Item name="code" label={say('Code of the authenticator app', '验证器应用中的验证码')} rules={[{ required: true, message: say('Please enter the code.', '请输入验证码。') }, { pattern: /^\s*\d{3}\s?\d{3}\s*$/, message: say('The code has six digits.', '验证码为 6 位数字。') }]} validateTrigger="onSubmit">
          <Input autoComplete="one-time-code" inputMode="numeric" size="large" maxLength={9} autoFocus={free} />
        </Form.Item>
        <Button type="primary" htmlType="submit" size="large" block loading={busy}>{say('Switch it on', '启用')}</Button>
      </Form>
    </>
  );
}

interface Props {
  /* The account has one to prove itself with; it is asked for unless it was typed a moment ago. */
  hasPassword: boolean;
  password?: string;
  done: () => void;
  deed: string;
  about?: ReactNode;
}

export function SecondFactorSetup({ hasPassword, password, done, deed, about }: Props) {
  const say = useSay();
  const [enrolment, setEnrolment] = useState<Schema<'TotpEnrolment'>>();
  const [codes, setCodes] = useState<string[]>();
  const { problem, attempt } = useAttempt();
  const begin = async (proof: string | undefined) => setEnrolment((await api.POST('/api/v1/me/totp', { body: proof === undefined ? {} : { password: proof } })).data);
  const begun = useRef(false);
  useEffect(() => {
    if (password === undefined || begun.current) return;
    begun.current = true;
    void attempt(() => begin(password));
  }, [password]);
  const end = async () => {
    await queries.invalidateQueries();
    done();
  };
  if (codes) return (
    <>
      <Alert type="success" showIcon title={say('The second factor is on', '二次验证已启用')} style={{ marginBottom: 16 }} />
      <RecoveryCodes codes={codes} deed={deed} done={() => void end()} />
    </>
  );
  if (enrolment) return <Authenticator enrolment={enrolment} done={setCodes} />;
  if (password !== undefined) return <Trouble problem={problem} again={() => void attempt(() => begin(password))} />;
  return <>{about}<Proof has={hasPassword} deed={say('Set up an authenticator app', '设置验证器应用')} run={begin} /></>;
}
