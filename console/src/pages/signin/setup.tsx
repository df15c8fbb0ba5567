/*
 * What a one-time link begins: the first owner's account, or the password of somebody who was invited or has lost
 * his. Then, unless the account has one, the second factor, and into the console.
 */
import { Alert, Button, Form, Input, Segmented } from 'antd';
import { useState } from 'react';
import { api, setCsrf, type Schema } from '../../lib/api';
import { Problem } from '../../lib/problem';
import { useSay, useWords, type Language } from '../../lib/words';
import { Trouble } from '../../parts/trouble';
import { useAttempt } from './enter';
import { Gate } from './gate';
import { WithLink, type Link } from './link';
import { NewPassword } from './newpassword';
import { SecondFactorSetup } from './totp';

interface Fields { name: string; email: string; language: Language; password: string }

interface Entered { account: Schema<'Account'>; password: string; must: boolean }

function Form_({ link, secret, gone, entered, elsewhere }: {
  link: Link; secret: string; gone: (e: unknown) => void; entered: (who: Entered) => void; elsewhere: () => void;
}) {
  const { say, language, setLanguage } = useWords();
  const { busy, problem, attempt } = useAttempt();
  const [form] = Form.useForm<Fields>();
  const first = link.first_owner;
  const go = (fields: Fields) => attempt(async () => {
    try {
      const { data } = await api.POST('/api/v1/setup', { body: { secret, password: fields.password,
        ...(first ? { name: fields.name.trim(), email: fields.email.trim(), language: fields.language } : {}) } });
      if (data!.state === 'code-needed') {
        elsewhere();
        return;
      }
      setCsrf(data!.csrf_token!);
      const { data: me } = await api.GET('/api/v1/me');
      if (!first) setLanguage(data!.account!.language);
      entered({ account: data!.account!, password: fields.password, must: me!.needs_totp });
    } catch (e) {
      if (e instanceof Problem && e.status === 410) gone(e);
      else throw e;
    }
  });
  return (
    <Gate
      title={first ? say('Set up Holdfast', '初始化 Holdfast') : say('Choose a password', '设置密码')}
      about={first ? say('Step 1 of 2: the account of the first owner, who may do everything. Others are invited later.', '第 1 步（共 2 步）：创建首个所有者账号，拥有全部权限。其他人可稍后邀请。')
        : say(`${link.name}, this is the password with which you sign in as ${link.email}.`, `${link.name}，请为登录账号 ${link.email} 设置密码。`)}
    >
      <Trouble problem={problem} />
      <Form form={form} size="large" layout="vertical" requiredMark={false} initialValues={{ language }} onFinish={(fields) => void go(fields)}>
        {first ? (
          <>
            <Form.Item name="name" label={say('Your name', '姓名')} rules={[{ required: true, whitespace: true, message: say('Please enter your name.', '请输入姓名。') }]}>
              <Input autoComplete="name" maxLength={128} autoFocus />
            </Form.Item>
            <Form.Item name="email" label={say('Email address', '邮箱')} extra={say('You sign in with it.', '用于登录。')}
              rules={[{ required: true, whitespace: true, message: say('Please enter your email address.', '请输入邮箱。') }, { pattern: /^\s*[^\s@]+@[^\s@]+\s*$/, message: say('This is not an email address.', '邮箱格式不正确。') }]}
              validateTrigger="onBlur">
              <Input inputMode="email" autoComplete="username" maxLength={254} />
            </Form.Item>
            <Form.Item name="language" label={say('Language', '语言')}>
              <Segmented<Language> options={[{ value: 'zh', label: '简体中文' }, { value: 'en', label: 'English' }]} onChange={setLanguage} />
            </Form.Item>
          </>
        ) : <input type="email" autoComplete="username" value={link.email ?? ''} readOnly hidden />}
        <NewPassword email={() => (first ? form.getFieldValue('email') : link.email ?? undefined)} focus={!first} />
        <Button type="primary" htmlType="submit" block loading={busy}>{first ? say('Create the account', '创建账号') : say('Set the password', '设置密码')}</Button>
      </Form>
    </Gate>
  );
}

function Second({ who, next, first }: { who: Entered; next: () => void; first: boolean }) {
  const say = useSay();
  return (
    <Gate
      title={say('Set up a second factor', '设置二次验证')}
      about={<>{first && `${say('Step 2 of 2.', '第 2 步（共 2 步）。')} `}{say('With it a stolen password is worth nothing: when you sign in, a code of your phone is asked for, too.', '启用后即使密码泄露，他人也无法登录：登录时还需输入手机上的验证码。')}</>}
    >
      <SecondFactorSetup hasPassword password={who.password} done={next} deed={say('Go on to the console', '进入控制台')} />
      {!who.must && <p className="gate-foot"><Button type="link" onClick={next}>{say('Not now', '暂不设置')}</Button></p>}
      {who.must && <p className="dim gate-foot">{say('Your organisation asks it of your role.', '您的组织要求您的角色启用二次验证。')}</p>}
    </Gate>
  );
}

export function OneTimeLink({ owner }: { owner: boolean }) {
  const say = useSay();
  const [who, setWho] = useState<Entered>();
  const [elsewhere, setElsewhere] = useState(false);
  // A page of its own begins: what was read before somebody was signed in is forgotten with this one.
  const next = () => location.assign(owner ? '/console/start' : '/console');
  if (elsewhere) return (
    <Gate title={say('Your password is set', '密码已设置')}>
      <Alert type="success" showIcon style={{ marginBottom: 16 }} title={say('Now sign in with it, and with the code of your authenticator app.', '请使用新密码和验证器应用中的验证码登录。')} />
      <Button type="primary" size="large" block href="/console">{say('Sign in', '登录')}</Button>
    </Gate>
  );
  if (who) return <Second who={who} next={next} first={owner} />;
  return <WithLink owner={owner}>{(link, secret, gone) => <Form_ link={link} secret={secret} gone={gone} entered={setWho} elsewhere={() => setElsewhere(true)} />}</WithLink>;
}

const Setup = () => <OneTimeLink owner />;
export default Setup;
