/* Where administrators, approvers and auditors sign in. */
import { Button, Form, Input } from 'antd';
import { useState } from 'react';
import { api, queries } from '../../lib/api';
import { useSay } from '../../lib/words';
import { Looks } from '../../frame/shell';
import { Mark } from '../../frame/mark';
import { Trouble } from '../../parts/trouble';

interface Fields { email: string; password: string; code?: string }

export default function SignIn() {
  const say = useSay();
  const [form] = Form.useForm<Fields>();
  const [codeNeeded, setCodeNeeded] = useState(false);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<unknown>();
  const go = async (fields: Fields) => {
    setBusy(true);
    setProblem(undefined);
    try {
      const { data } = await api.POST('/auth/login', { body: { email: fields.email, password: fields.password, ...(codeNeeded ? { code: fields.code } : {}) } });
      if (data?.state === 'code-needed') setCodeNeeded(true);
      else await queries.invalidateQueries();
    } catch (e) {
      setProblem(e);
    } finally {
      setBusy(false);
    }
  };
  return (
    <div className="centre">
      <div className="gate-corner"><Looks /></div>
      <main className="gate">
        <Mark size={36} />
        <h1>{say('Sign in to Holdfast', '登录 Holdfast')}</h1>
        <p className="dim">{say('For administrators, approvers and auditors.', '供管理员、审批人和审计员使用。')}</p>
        <Trouble problem={problem} />
        <Form form={form} layout="vertical" requiredMark={false} onFinish={(fields) => void go(fields)}>
          <Form.Item name="email" label={say('Email address', '邮箱')} rules={[{ required: true, message: say('Please enter your email address.', '请输入邮箱。') }]}>
            <Input autoComplete="username" autoFocus size="large" disabled={codeNeeded} />
          </Form.Item>
          <Form.Item name="password" label={say('Password', '密码')} rules={[{ required: true, message: say('Please enter your password.', '请输入密码。') }]}>
            <Input.Password autoComplete="current-password" size="large" disabled={codeNeeded} />
          </Form.Item>
          {codeNeeded && (
            <Form.Item name="code" label={say('Code of your authenticator app, or a recovery code', '验证器应用中的验证码或恢复码')} rules={[{ required: true, message: say('Please enter the code.', '请输入验证码。') }]}>
              <Input autoComplete="one-time-code" inputMode="numeric" autoFocus size="large" maxLength={64} />
            </Form.Item>
          )}
          <Button type="primary" htmlType="submit" size="large" block loading={busy}>{say('Sign in', '登录')}</Button>
        </Form>
      </main>
    </div>
  );
}
