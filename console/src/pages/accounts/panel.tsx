/* An account is made, with the link of its invitation, or changed. */
import { Alert, Button, Form, Input, Radio, Segmented, Skeleton } from 'antd';
import { useEffect, useRef, useState } from 'react';
import { api, get, ifMatch, useChange, useGet, type Schema } from '../../lib/api';
import { isStale } from '../../lib/problem';
import { roleNames, useMe, type Role } from '../../lib/session';
import { Ago, When } from '../../lib/time';
import { useSay } from '../../lib/words';
import { Copy } from '../../parts/copy';
import { fillUntyped } from '../../parts/edited';
import { Facts } from '../../parts/facts';
import { useNames } from '../../parts/names';
import { Panel } from '../../parts/panel';
import { DepartmentPicker, PersonPicker } from '../../parts/pickers';
import { SureDialog } from '../../parts/sure';
import { SaveTrouble, Trouble, useTell } from '../../parts/trouble';
import { roleMeanings } from './roles';
import { Sessions } from './sessions';

export type Account = Schema<'Account'>;
type Link = Schema<'AccountLink'>;

interface Fields {
  person?: string;
  name: string;
  email: string;
  role: Role;
  state: Account['state'];
  language: Account['language'];
  departments: string[];
}

const limited = (role: Role | undefined) => role === 'approver' || role === 'auditor';
const blank: Fields = { name: '', email: '', role: 'approver', state: 'active', language: 'zh', departments: [] };
const fieldsOf = (account: Account): Fields => ({
  person: account.person ?? undefined, name: account.name, email: account.email, role: account.role, state: account.state, language: account.language, departments: account.departments,
});
const sent = (fields: Fields) => ({
  name: fields.name.trim(), role: fields.role, language: fields.language,
  ...(fields.person ? { person: fields.person } : {}), departments: limited(fields.role) ? fields.departments ?? [] : [],
});

/* Shown once: nobody can be told it again. */
export function OneTimeLink({ link, about }: { link: Link; about: string }) {
  const say = useSay();
  return (
    <>
      <Alert type="warning" showIcon style={{ marginBottom: 14 }} title={say('This link is shown only now. Holdfast sends no mail: pass it on yourself.', '此链接仅在此显示一次。Holdfast 不发送邮件，请自行转交。')}
        description={<>{about} {say('It is good once, until ', '仅可使用一次，有效期至 ')}<When ms={link.expires_ms} />{say('.', '。')}</>} />
      <Copy text={link.link} name={say('link', '链接')} />
    </>
  );
}

function RolePicker({ value, onChange, id }: { value?: Role; onChange?: (role: Role) => void; id?: string }) {
  const say = useSay();
  return (
    <Radio.Group id={id} value={value} onChange={(event) => onChange?.(event.target.value)} className="stack" style={{ gap: 6 }}>
      {(Object.keys(roleNames) as Role[]).map((role) => <Radio key={role} value={role} aria-label={say(roleNames[role])}><span>{say(roleNames[role])}</span><div className="dim small">{say(roleMeanings[role])}</div></Radio>)}
    </Radio.Group>
  );
}

function AccountForm({ form, account, typed }: { form: ReturnType<typeof Form.useForm<Fields>>[0]; account?: Account; typed: () => void }) {
  const say = useSay();
  const role = Form.useWatch('role', form);
  const { known } = useNames([account?.person], account?.departments);
  // Whoever is in the directory need not be typed again.
  const take = async (id: string | undefined) => {
    if (!id) return;
    const person = await get('/api/v1/users/{id}', { params: { path: { id } } });
    const { name, email } = form.getFieldsValue();
    form.setFieldsValue({ ...(name?.trim() ? {} : { name: person.name }), ...(!account && !email?.trim() && person.email ? { email: person.email } : {}) });
  };
  return (
    <Form<Fields> form={form} layout="vertical" initialValues={account ? fieldsOf(account) : blank} onValuesChange={typed} requiredMark={false} scrollToFirstError>
      <Form.Item name="person" label={say('Who this is in the directory', '对应的目录用户')}
        extra={say('So that nobody decides on a request of their own; somebody of a DingTalk source also signs in with DingTalk. May be left empty.', '用于防止审批自己的申请；来自钉钉身份源的用户还可使用钉钉登录。可留空。')}>
        <PersonPicker known={known} allowClear onChange={(id) => void take(id as string | undefined).catch(() => {})} placeholder={say('Type a part of the name', '输入姓名搜索')} />
      </Form.Item>
      <div className="pair">
        <Form.Item name="name" label={say('Name', '姓名')} rules={[{ required: true, whitespace: true, message: say('Please enter a name.', '请输入姓名。') }]}><Input maxLength={128} autoComplete="off" /></Form.Item>
        <Form.Item name="email" label={say('Email address', '邮箱')} extra={account ? say('It stays: it is what the person signs in with.', '邮箱用于登录，不能更改。') : say('The person signs in with it.', '用于登录。')}
          rules={account ? [] : [{ required: true, message: say('Please enter an email address.', '请输入邮箱。') }, { type: 'email', message: say('This is no email address.', '邮箱格式不正确。') }]}><Input disabled={Boolean(account)} maxLength={254} autoComplete="off" spellCheck={false} /></Form.Item>
      </div>
      <Form.Item name="role" label={say('Role', '角色')}><RolePicker /></Form.Item>
      {limited(role) && (
        <Form.Item name="departments" label={say('Only these departments', '仅限以下部门')} extra={say('With everything below them. None: no limit.', '含下级部门。不选则不限制。')}><DepartmentPicker many known={known} placeholder={say('No limit', '不限制')} /></Form.Item>
      )}
      <Form.Item name="language" label={say('Language', '语言')} extra={say('That the console speaks with this account at first.', '该账号首次打开控制台时的语言。')}>
        <Segmented options={[{ value: 'zh', label: '中文' }, { value: 'en', label: 'English' }]} aria-label={say('Language', '语言')} />
      </Form.Item>
      {account && (
        <Form.Item name="state" label={say('State', '状态')} extra={say('Disabling ends the sessions, revokes the API tokens and voids links at once. Nothing of the record is lost.', '停用后立即结束会话、吊销 API 令牌并使链接失效，记录不受影响。')}>
          <Segmented options={[{ value: 'active', label: say('Active', '启用') }, { value: 'disabled', label: say('Disabled', '停用') }]} aria-label={say('State', '状态')} />
        </Form.Item>
      )}
    </Form>
  );
}

export function InvitePanel({ open, close }: { open: boolean; close: () => void }) {
  const say = useSay();
  const [form] = Form.useForm<Fields>();
  const typed = useRef(false);
  const create = useChange((fields: Fields) => api.POST('/api/v1/accounts', { body: { ...sent(fields), email: fields.email.trim() } }));
  const made = create.data as Account | undefined;
  // What was typed and given up the last time is not there again.
  useEffect(() => { if (open) { typed.current = false; create.reset(); form.setFieldsValue(blank); } }, [open]);
  const go = async () => {
    const fields = await form.validateFields();
    await create.mutateAsync(fields);
    typed.current = false;
  };
  return (
    <Panel
      open={open} close={close} dirty={() => typed.current} width={640} title={made ? say(`Invitation of ${made.name}`, `${made.name} 的邀请`) : say('Invite somebody', '邀请成员')}
      footer={<div className="row" style={{ justifyContent: 'flex-end' }}>{made
        ? <><Button onClick={() => { create.reset(); form.resetFields(); }}>{say('Invite another', '继续邀请')}</Button><Button type="primary" onClick={close}>{say('Done', '完成')}</Button></>
        : <Button type="primary" loading={create.isPending} onClick={() => void go().catch(() => {})}>{say('Create the account', '创建账号')}</Button>}</div>}
    >
      <Trouble problem={create.error} />
      {made?.invitation
        ? <OneTimeLink link={made.invitation} about={say('The person opens it and chooses a password.', '对方打开链接后设置密码。')} />
        : <AccountForm form={form} typed={() => { typed.current = true; }} />}
    </Panel>
  );
}

export type Deed = 'link' | 'totp' | 'delete';

/* What is done to an account, each with what follows. gone: it was deleted. */
export function AccountDeed({ account, deed, close, gone }: { account?: Account; deed?: Deed; close: () => void; gone?: () => void }) {
  const say = useSay();
  const tell = useTell();
  const [made, setMade] = useState<{ name: string; link: Link }>();
  const id = account?.id ?? '';
  const path = { path: { id } };
  const makeLink = useChange((resets_totp: boolean) => api.POST('/api/v1/accounts/{id}/link', { params: path, body: { resets_totp } }));
  const resetTotp = useChange(() => api.DELETE('/api/v1/accounts/{id}/totp', { params: path }));
  const remove = useChange(async () => {
    const present = await get('/api/v1/accounts/{id}', { params: path });
    return api.DELETE('/api/v1/accounts/{id}', { params: path, headers: ifMatch(present) });
  });
  const [also, setAlso] = useState(false);
  const name = account?.name ?? '';
  const invited = account?.sign_in?.password === false;
  const forget = () => setMade(undefined);
  return (
    <>
      <Panel open={made !== undefined} close={forget} width={560} title={made && say(`Link for ${made.name}`, `${made.name} 的链接`)} footer={<div className="row" style={{ justifyContent: 'flex-end' }}><Button type="primary" onClick={forget}>{say('Done', '完成')}</Button></div>}>
        {made && <OneTimeLink link={made.link} about={say('The person opens it and chooses a password; a present one holds until then.', '对方打开链接后设置密码，在此之前原密码仍有效。')} />}
      </Panel>
      <SureDialog open={deed === 'link'} close={close} title={invited ? say(`A new invitation for ${name}`, `重新邀请 ${name}`) : say(`A new password link for ${name}`, `为 ${name} 生成密码链接`)} deed={say('Make the link', '生成链接')}
        run={async () => setMade({ name, link: await makeLink.mutateAsync(also) as Link })}>
        <p>{say('An earlier link is no longer good then. Whoever has the new one can sign in as this person: hand it to nobody else. That it was made is on record.', '此前的链接随即失效。持有新链接的人即可以此身份登录，请勿交给他人。生成操作会被记录。')}</p>
        {account?.sign_in?.totp && <Form.Item layout="vertical" label={say('Second factor', '二次验证')} htmlFor="also-totp"><Radio.Group id="also-totp" value={also} onChange={(event) => setAlso(event.target.value)} options={[{ value: false, label: say('stays as it is', '保持不变') }, { value: true, label: say('is taken away with the link too', '使用链接时一并移除') }]} /></Form.Item>}
      </SureDialog>
      <SureDialog open={deed === 'totp'} close={close} danger title={say(`Take away the second factor of ${name}?`, `移除 ${name} 的二次验证？`)} deed={say('Take it away', '移除')}
        run={() => resetTotp.mutateAsync(undefined as never).then(() => tell.done(say('The second factor is taken away', '已移除二次验证')))}>
        <p>{say('For somebody who lost the phone and the recovery codes. The password alone is enough then, until a new one is set up. Make sure who asks you.', '适用于手机和恢复码均已丢失的情况。在重新设置之前仅凭密码即可登录，请先核实对方身份。')}</p>
      </SureDialog>
      <SureDialog open={deed === 'delete'} close={close} danger title={say(`Delete the account of ${name}?`, `删除 ${name} 的账号？`)} deed={say('Delete', '删除')}
        run={() => remove.mutateAsync(undefined as never).then(() => { tell.done(say('Deleted', '已删除')); gone?.(); })}>
        <p>{say('Its sessions and API tokens end at once. What it did stays in the record. This cannot be undone; disabling it can.', '其会话和 API 令牌立即失效，操作记录保留。删除后无法恢复，而停用可以恢复。')}</p>
      </SureDialog>
    </>
  );
}

function Edit({ account, close, form, typed }: { account: Account; close: () => void; form: ReturnType<typeof Form.useForm<Fields>>[0]; typed: React.RefObject<boolean> }) {
  const say = useSay();
  const me = useMe();
  const [deed, setDeed] = useState<Deed>();
  const sign = account.sign_in;
  return (
    <>
      <AccountForm form={form} account={account} typed={() => { typed.current = true; }} />
      {sign && (
        <>
          <h2 className="part">{say('Signing in', '登录')}</h2>
          <Facts facts={[
            [say('Password', '密码'), sign.password ? say('set', '已设置') : say('none yet: the invitation was not used', '尚未设置：邀请未使用')],
            [say('Second factor', '二次验证'), sign.totp ? say('on', '已启用') : say('off', '未启用')],
            [say('Last sign-in', '最近登录'), <Ago key="l" ms={sign.last_ms} none={say('never', '从未')} />],
          ]} />
          <div className="row" style={{ margin: '14px 0 18px' }}>
            <Button disabled={account.state === 'disabled'} onClick={() => setDeed('link')}>{sign.password ? say('New password link', '生成密码链接') : say('New invitation', '重新邀请')}</Button>
            {sign.totp && <Button onClick={() => setDeed('totp')}>{say('Reset the second factor', '重置二次验证')}</Button>}
          </div>
          <Sessions account={account} />
        </>
      )}
      {account.id !== me.account?.id && (
        <>
          <h2 className="part">{say('Delete', '删除')}</h2>
          <Button danger onClick={() => setDeed('delete')}>{say('Delete the account', '删除账号')}</Button>
        </>
      )}
      <AccountDeed account={account} deed={deed} close={() => setDeed(undefined)} gone={() => { typed.current = false; close(); }} />
    </>
  );
}

export function EditPanel({ id, close }: { id?: string; close: () => void }) {
  const say = useSay();
  const tell = useTell();
  const [form] = Form.useForm<Fields>();
  const typed = useRef(false);
  const [from, setFrom] = useState<Account>();
  const read = useGet('/api/v1/accounts/{id}', { params: { path: { id: id ?? '' } } }, { enabled: Boolean(id) });
  useEffect(() => { setFrom(undefined); typed.current = false; save.reset(); }, [id]);
  // While something is typed, what it was typed over stays.
  useEffect(() => {
    if (!read.data || read.data.id !== id || typed.current) return;
    setFrom(read.data);
    form.setFieldsValue(fieldsOf(read.data));
  }, [read.data, id]);
  const save = useChange((fields: Fields) => api.PUT('/api/v1/accounts/{id}', { params: { path: { id: id! } }, body: { ...sent(fields), state: fields.state }, headers: ifMatch(from) }));
  const go = async () => {
    await save.mutateAsync(await form.validateFields());
    typed.current = false;
    tell.done(say('Saved', '已保存'));
    close();
  };
  const loadAgain = async () => {
    const { data } = await read.refetch();
    if (!data || !from) return;
    fillUntyped(form, fieldsOf(from), fieldsOf(data));
    setFrom(data);
    save.reset();
  };
  return (
    <Panel
      open={Boolean(id)} close={close} dirty={() => typed.current} width={680} title={from ? from.name : say('Account', '账号')}
      footer={<div className="row" style={{ justifyContent: 'flex-end' }}><Button type="primary" disabled={!from || isStale(save.error)} loading={save.isPending} onClick={() => void go().catch(() => {})}>{say('Save', '保存')}</Button></div>}
    >
      <Trouble problem={read.error} again={() => void read.refetch()} />
      <SaveTrouble problem={save.error} load={() => void loadAgain()} />
      {from ? <Edit key={from.id} account={from} close={close} form={form} typed={typed} /> : !read.error && <Skeleton active />}
    </Panel>
  );
}
