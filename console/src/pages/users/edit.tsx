/* People of local sources: adding and changing one, and the link with which they set a password. */
import { Alert, Button, Form, Input, Select } from 'antd';
import { useState } from 'react';
import { api, ifMatch, useChange, useGet, type Schema } from '../../lib/api';
import { isStale } from '../../lib/problem';
import { When } from '../../lib/time';
import { useSay } from '../../lib/words';
import { Copy } from '../../parts/copy';
import { Dialog } from '../../parts/dialog';
import { useEdited } from '../../parts/edited';
import { DepartmentPicker } from '../../parts/pickers';
import { Panel } from '../../parts/panel';
import { SaveTrouble, Trouble, useTell } from '../../parts/trouble';

type User = Schema<'User'>;
interface Fields { source?: string; name: string; external_id?: string; email?: string; telephone?: string; title?: string; departments?: string[] }

const fieldsOf = (person: User): Fields => ({
  source: person.source, name: person.name, external_id: person.external_id === person.id ? '' : person.external_id, email: person.email ?? '',
  telephone: person.telephone ?? '', title: person.title, departments: person.departments.map((one) => one.id),
});

/* person: who is changed; none: somebody is added. again: reads the person anew, after somebody else was faster. */
export function PersonPanel({ open, person, source, department, close, again }: { open: boolean; person?: User; source?: string; department?: { id: string; name: string }; close: () => void; again?: () => Promise<User | undefined> }) {
  const say = useSay();
  const tell = useTell();
  const [form] = Form.useForm<Fields>();
  const sources = useGet('/api/v1/identity-sources', {}, { enabled: open && !person });
  const local = (sources.data?.items ?? []).filter((one) => one.type === 'local');
  const chosen = Form.useWatch('source', form);
  const known = Object.fromEntries([...(person?.departments ?? []), ...(department ? [department] : [])].map((one) => [one.id, one.name]));
  const { from, typed, forget, load } = useEdited<User | undefined, Fields>(form, open, person, (one) => (one ? fieldsOf(one) : {
    source: source ?? (local.length === 1 ? local[0]!.id : undefined), name: '', external_id: '', email: '', telephone: '', title: '',
    departments: department ? [department.id] : [],
  }));
  const save = useChange(({ source: of, ...body }: Fields) => (person
    ? api.PUT('/api/v1/users/{id}', { params: { path: { id: person.id } }, headers: ifMatch(from), body })
    : api.POST('/api/v1/users', { body: { source: of!, ...body } })));
  // What is saved or given up is not asked about: the form first.
  const leave = () => { forget(); save.reset(); close(); };
  const go = async (fields: Fields) => {
    const trimmed = Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, typeof value === 'string' ? value.trim() : value ?? (name === 'departments' ? [] : '')])) as unknown as Fields;
    // What was left empty of somebody new is not there.
    const body = person ? trimmed : Object.fromEntries(Object.entries(trimmed).filter(([, value]) => value !== '')) as unknown as Fields;
    await save.mutateAsync(body);
    tell.done(person ? say('Saved', '已保存') : say(`${trimmed.name} was added`, `已添加 ${trimmed.name}`));
    leave();
  };
  const loadAgain = async () => {
    const now = await again?.();
    if (!now) return;
    load(now);
    save.reset();
  };
  return (
    <Panel
      open={open} width={560} title={person ? say(`Edit ${person.name}`, `编辑 ${person.name}`) : say('Add a person', '添加用户')} close={leave} dirty={typed}
      footer={<div className="row"><Button onClick={leave}>{say('Cancel', '取消')}</Button><Button type="primary" disabled={isStale(save.error)} loading={save.isPending} onClick={() => form.submit()}>{person ? say('Save', '保存') : say('Add', '添加')}</Button></div>}
    >
      <SaveTrouble problem={save.error} load={() => void loadAgain()} />
      <Form<Fields> form={form} layout="vertical" requiredMark={false} onFinish={(fields) => void go(fields).catch(() => {})}>
        {!person && (
          <Form.Item name="source" label={say('Identity source', '身份源')} rules={[{ required: true, message: say('Please choose a local source.', '请选择本地身份源。') }]} extra={say('People of DingTalk come from DingTalk.', '钉钉用户来自钉钉。')}>
            <Select options={local.map((one) => ({ value: one.id, label: one.name }))} notFoundContent={say('There is no local source yet.', '还没有本地身份源。')} onChange={() => form.setFieldValue('departments', [])} />
          </Form.Item>
        )}
        {person && <Form.Item name="source" hidden><Input /></Form.Item>}
        <Form.Item name="name" label={say('Name', '姓名')} rules={[{ required: true, whitespace: true, message: say('Please enter a name.', '请输入姓名。') }]}><Input maxLength={128} /></Form.Item>
        <Form.Item name="external_id" label={say('Employee number', '工号')} extra={say('They can sign in with it.', '可用于登录。')} rules={[{ pattern: /^[^@]*$/, message: say('It has no @.', '不能包含 @。') }]}><Input maxLength={64} /></Form.Item>
        <Form.Item name="email" label={say('Email address', '邮箱')} rules={[{ type: 'email', message: say('This is no email address.', '邮箱格式不正确。') }]} extra={say('They can sign in with it, and nobody else of the source may have it.', '可用于登录，同一身份源内不得重复。')}><Input maxLength={254} /></Form.Item>
        <Form.Item name="telephone" label={say('Telephone', '电话')}><Input maxLength={32} /></Form.Item>
        <Form.Item name="title" label={say('Title', '职位')}><Input maxLength={128} /></Form.Item>
        <Form.Item name="departments" label={say('Departments, the main one first', '部门（首个为主部门）')}><DepartmentPicker many source={chosen ?? source} known={known} disabled={!(chosen ?? person)} maxCount={20} /></Form.Item>
      </Form>
    </Panel>
  );
}

export function PasswordLink({ person, open, close }: { person: User; open: boolean; close: () => void }) {
  const say = useSay();
  const [made, setMade] = useState<Schema<'UserPasswordLink'>>();
  const make = useChange(() => api.POST('/api/v1/users/{id}/password-link', { params: { path: { id: person.id } } }));
  return (
    <Dialog
      open={open} title={say(`Password link for ${person.name}`, `${person.name} 的密码设置链接`)} onCancel={close} destroyOnHidden afterClose={() => { setMade(undefined); make.reset(); }}
      footer={made ? <Button type="primary" onClick={close}>{say('Done', '完成')}</Button> : undefined}
      okText={say('Make the link', '生成链接')} cancelText={say('Cancel', '取消')} confirmLoading={make.isPending} onOk={() => void make.mutateAsync(undefined as never).then((link) => setMade(link as Schema<'UserPasswordLink'>), () => {})}
    >
      <Trouble problem={make.error} />
      {made ? (
        <div role="status">
          <Copy text={made.link} name={say('Password link', '密码设置链接')} />
          <p>{say('It is shown only now, and good once, until ', '链接仅显示这一次，只能使用一次，有效期至 ')}<When ms={made.expires_ms} />{say('.', '。')}</p>
          <Alert type="warning" showIcon title={say(`Send it to ${person.name} and nobody else: whoever has it can sign in as that person.`, `请仅发送给 ${person.name}：持有者可以其身份登录。`)} />
        </div>
      ) : <p>{person.has_password ? say('A new password takes the place of the present one. An earlier link ends.', '新密码将取代现有密码，之前的链接失效。') : say('With it the person sets a first password. An earlier link ends.', '用于首次设置密码，之前的链接失效。')}</p>}
    </Dialog>
  );
}
