/* One's own account: name and language, password, second factor, where one is signed in. */
import { Button, Form, Input, Popconfirm, Segmented, Tag, Tooltip } from 'antd';
import { useState } from 'react';
import { Link } from 'react-router';
import { api, ifMatch, useChange, useList, type Schema } from '../../lib/api';
import { Problem } from '../../lib/problem';
import { roleNames, useMe } from '../../lib/session';
import { Ago, When } from '../../lib/time';
import { useSay, useWords, type Language } from '../../lib/words';
import { Facts } from '../../parts/facts';
import { List, type Column } from '../../parts/list';
import { Page, Sheet } from '../../parts/page';
import { Trouble, useTell } from '../../parts/trouble';
import { inTurn } from '../signin/enter';
import { NewPassword } from '../signin/newpassword';
import { Proof, RecoveryCodes, SecondFactorSetup } from '../signin/totp';

function Who() {
  const me = useMe();
  const { say, setLanguage } = useWords();
  const tell = useTell();
  const [form] = Form.useForm<{ name: string; language: Language }>();
  const change = useChange((fields: { name: string; language: Language }) => api.PUT('/api/v1/me', { headers: ifMatch(me), body: { name: fields.name.trim(), language: fields.language } }));
  const account = me.account!;
  const save = async (fields: { name: string; language: Language }) => {
    await change.mutateAsync(fields);
    if (fields.language !== account.language) setLanguage(fields.language);
    tell.done(say('Saved', '已保存'));
  };
  return (
    <Sheet title={say('Account', '账号')}>
      <Facts facts={[[say('Email address', '邮箱'), account.email], [say('Role', '角色'), say(roleNames[me.role])],
        [say('Last sign-in', '上次登录'), account.sign_in?.last_ms ? <When ms={account.sign_in.last_ms} /> : null]]} />
      <Trouble problem={change.error} />
      <Form form={form} name="who" layout="vertical" requiredMark={false} className="narrow-form" style={{ marginTop: 16 }} initialValues={{ name: account.name, language: account.language }}
        onFinish={(fields) => void save(fields).catch(() => {})}>
        <Form.Item name="name" label={say('Name', '姓名')} rules={[{ required: true, whitespace: true, message: say('Please enter your name.', '请输入姓名。') }]}><Input maxLength={128} autoComplete="name" /></Form.Item>
        <Form.Item name="language" label={say('Language', '语言')} extra={say('The console speaks it when you sign in, in any browser.', '在任何浏览器登录后，控制台均使用此语言。')}>
          <Segmented options={[{ value: 'zh', label: '简体中文' }, { value: 'en', label: 'English' }]} />
        </Form.Item>
        <Button type="primary" htmlType="submit" loading={change.isPending}>{say('Save', '保存')}</Button>
      </Form>
    </Sheet>
  );
}

function Password() {
  const me = useMe();
  const say = useSay();
  const tell = useTell();
  const [form] = Form.useForm<{ present: string; password: string }>();
  const change = useChange(({ present, password }: { present: string; password: string }) => inTurn(() => api.POST('/api/v1/me/password', { body: { password: present, new_password: password } })));
  const has = me.account!.sign_in?.password;
  const save = async (fields: { present: string; password: string }) => {
    await change.mutateAsync(fields);
    form.resetFields();
    tell.done(say('The password is changed. All other sessions have ended.', '密码已修改，其他会话均已结束。'));
  };
  const wrong = change.error instanceof Problem && change.error.status === 403;
  return (
    <Sheet title={say('Password', '密码')}>
      {!has ? <p className="dim" style={{ margin: 0 }}>{say('You sign in with DingTalk, and have no password. A link from an owner sets one.', '您使用钉钉登录，没有密码。如需设置，请向所有者索取链接。')}</p> : (
        <>
          <Trouble problem={change.error} title={wrong ? say('The present password is not right', '当前密码不正确') : undefined} />
          <Form form={form} name="change-password" layout="vertical" requiredMark={false} className="narrow-form" onFinish={(fields) => void save(fields).catch(() => {})}>
            <input type="email" autoComplete="username" value={me.account!.email} readOnly hidden />
            <Form.Item name="present" label={say('Present password', '当前密码')} rules={[{ required: true, message: say('Please enter your present password.', '请输入当前密码。') }]}><Input.Password autoComplete="current-password" maxLength={256} /></Form.Item>
            <NewPassword email={() => me.account!.email} />
            <Button type="primary" htmlType="submit" loading={change.isPending}>{say('Change the password', '修改密码')}</Button>
          </Form>
        </>
      )}
    </Sheet>
  );
}

type Doing = 'none' | 'setup' | 'renew' | 'off';

function SecondFactor() {
  const me = useMe();
  const say = useSay();
  const tell = useTell();
  // It stays until somebody says that the codes are kept, whatever is read of the account meanwhile.
  const [doing, setDoing] = useState<Doing>('none');
  const [codes, setCodes] = useState<string[]>();
  const renew = useChange((password: string | undefined) => api.POST('/api/v1/me/recovery-codes', { body: password === undefined ? {} : { password } }));
  const off = useChange((password: string | undefined) => api.POST('/api/v1/me/totp/disable', { body: password === undefined ? {} : { password } }));
  const { password: hasPassword = false, totp: on = false } = me.account!.sign_in ?? {};
  const end = () => { setDoing('none'); setCodes(undefined); };
  const cancel = <Button size="large" onClick={end}>{say('Cancel', '取消')}</Button>;
  return (
    <Sheet title={say('Second factor', '二次验证')} deeds={doing === 'none' && (on
      ? <><Button onClick={() => setDoing('renew')}>{say('New recovery codes', '重新生成恢复码')}</Button><Button danger onClick={() => setDoing('off')}>{say('Switch it off', '停用')}</Button></>
      : <Button type="primary" onClick={() => setDoing('setup')}>{say('Set up an authenticator app', '设置验证器应用')}</Button>)}>
      {doing === 'none' && (
        <p className="row" style={{ margin: 0, flexWrap: 'nowrap' }}><span className={`light ${on ? 'on' : ''}`} aria-hidden="true" />
          {on ? say('On: a code of your authenticator app is asked for when you sign in.', '已启用：登录时需输入验证器应用中的验证码。') : say('Off: whoever knows your password can sign in.', '未启用：知道密码的人即可登录。')}</p>
      )}
      <div className="narrow-form">
        {doing === 'setup' && <><SecondFactorSetup hasPassword={hasPassword} done={end} deed={say('Done', '完成')} /><p style={{ marginBottom: 0 }}>{!on && <Button type="link" style={{ padding: 0 }} onClick={end}>{say('Cancel', '取消')}</Button>}</p></>}
        {doing === 'renew' && (codes ? <RecoveryCodes codes={codes} done={end} deed={say('Done', '完成')} /> : (
          <>
            <p>{say('The old recovery codes are void from then on.', '重新生成后，原恢复码立即失效。')}</p>
            <Proof has={hasPassword} extra={cancel} deed={say('Make new codes', '生成新恢复码')} run={async (password) => setCodes((await renew.mutateAsync(password)).recovery_codes)} />
          </>
        ))}
        {doing === 'off' && (
          <>
            <p>{say('From then on your password alone is enough to sign in.', '停用后，仅凭密码即可登录。')}</p>
            <Proof has={hasPassword} extra={cancel} deed={say('Switch it off', '停用')} run={async (password) => { await off.mutateAsync(password); end(); tell.done(say('The second factor is off.', '二次验证已停用。')); }} />
          </>
        )}
      </div>
    </Sheet>
  );
}

const browsers: [RegExp, string][] = [[/Edg\//, 'Edge'], [/OPR\//, 'Opera'], [/Firefox\//, 'Firefox'], [/Chrom(e|ium)\//, 'Chrome'], [/Safari\//, 'Safari'], [/^curl\//, 'curl'], [/^holdfastctl/, 'holdfastctl']];
const systems: [RegExp, string][] = [[/Android/, 'Android'], [/iPhone|iPad/, 'iOS'], [/Windows/, 'Windows'], [/Mac OS X/, 'macOS'], [/Linux/, 'Linux']];
const first = (table: [RegExp, string][], text: string) => table.find(([pattern]) => pattern.test(text))?.[1];

/* "Firefox, Linux"; what none of these fits is shown as it is. */
export const browserName = (agent: string) => [first(browsers, agent), first(systems, agent)].filter(Boolean).join(', ') || agent.slice(0, 60);

function Sessions() {
  const say = useSay();
  const tell = useTell();
  const found = useList('/api/v1/sessions');
  const end = useChange((id: string) => api.DELETE('/api/v1/sessions/{id}', { params: { path: { id } } }));
  const others = found.items.filter((one) => !one.present);
  const endOthers = useChange(async () => {
    // As they are now: the list may be older than somebody's sign-in.
    let cursor: string | undefined;
    do {
      const { data } = await api.GET('/api/v1/sessions', { params: { query: { limit: 200, cursor } } });
      for (const one of data!.items) if (!one.present) await api.DELETE('/api/v1/sessions/{id}', { params: { path: { id: one.id } } });
      cursor = data!.next ?? undefined;
    } while (cursor);
  });
  const columns: Column<Schema<'Session'>>[] = [
    { title: say('Browser', '浏览器'), narrow: 'head', width: 260, render: (_, one) => (
      <><Tooltip trigger={['hover', 'focus']} title={one.user_agent}><span tabIndex={0}>{browserName(one.user_agent) || say('Unknown', '未知')}</span></Tooltip>{one.present && <> <Tag color="success">{say('This one', '当前')}</Tag></>}</>
    ) },
    { title: say('Address', '地址'), width: 180, render: (_, one) => <span className="code">{one.address}</span> },
    { title: say('Since', '登录时间'), width: 150, render: (_, one) => <When ms={one.created_ms} /> },
    { title: say('Last used', '最近使用'), width: 150, render: (_, one) => <Ago ms={one.seen_ms} /> },
    { title: say('Actions', '操作'), width: 120, render: (_, one) => (one.present ? null : (
      <Button size="small" loading={end.isPending && end.variables === one.id} aria-label={say(`End: ${browserName(one.user_agent)}, ${one.address}`, `结束：${browserName(one.user_agent)}，${one.address}`)}
        onClick={() => end.mutateAsync(one.id).then(() => tell.done(say('The session has ended.', '会话已结束。')), tell.problem)}>{say('End', '结束')}</Button>
    )) },
  ];
  return (
    <Sheet title={say('Where you are signed in', '登录会话')} deeds={others.length > 0 && (
      <Popconfirm title={say('End all other sessions?', '结束其他所有会话？')} okText={say('End', '结束')} cancelText={say('Cancel', '取消')}
        onConfirm={() => endOthers.mutateAsync(undefined).then(() => tell.done(say('All other sessions have ended.', '其他会话均已结束。')), tell.problem)}>
        <Button danger loading={endOthers.isPending}>{say('End all others', '结束其他所有会话')}</Button>
      </Popconfirm>
    )}>
      <p className="dim">{say('A session ends by itself after 30 minutes without use, and 12 hours in any case. If one of these is not yours, end it and change your password.', '会话闲置 30 分钟或登录满 12 小时后自动结束。如有非本人会话，请结束该会话并修改密码。')}</p>
      <List found={found} columns={columns} name={say('Where you are signed in', '登录会话')} empty={say('Nowhere.', '暂无。')} height={400} />
    </Sheet>
  );
}

export default function MePage() {
  const say = useSay();
  const me = useMe();
  return (
    <Page title={say('My account', '我的账号')}>
      {me.account ? <><Who /><Password /><SecondFactor /><Sessions /></> : null}
      <Sheet title={say('Also yours', '相关')}>
        <div className="row" style={{ gap: 20 }}>
          <Link to="/console/settings/tokens">{say('API tokens', 'API 令牌')}</Link>
          <Link to="/console/approval/delegations">{say('Delegations', '审批委托')}</Link>
        </div>
      </Sheet>
    </Page>
  );
}
