/* People of a local source: the first one by hand, many from a list. */
import { Button, Form, Input } from 'antd';
import { useState } from 'react';
import { Link } from 'react-router';
import { api, useChange } from '../../lib/api';
import { useSay } from '../../lib/words';
import { Copy } from '../../parts/copy';
import { Trouble } from '../../parts/trouble';
import { Light } from './light';
import type { Found } from './steps';

export function PeopleStep({ found }: { found: Found }) {
  const say = useSay();
  const [form] = Form.useForm<{ name: string; email: string }>();
  const [made, setMade] = useState<{ name: string; link: string }>();
  const source = found.sources.find(({ type }) => type === 'local');
  const add = useChange(async ({ name, email }: { name: string; email: string }) => {
    const { data: user } = await api.POST('/api/v1/users', { body: { source: source!.id, name: name.trim(), email: email.trim() } });
    const { data } = await api.POST('/api/v1/users/{id}/password-link', { params: { path: { id: user!.id } } });
    setMade({ name: user!.name, link: data!.link });
    form.resetFields();
    return data!;
  });
  if (!source) return <p className="dim">{say('First say where people come from.', '请先选择人员来源。')}</p>;
  return (
    <>
      {found.anybody && <Light on>{say('There are people.', '已有人员。')} <Link to="/console/identity/users">{say('Users', '用户')}</Link></Light>}
      <Trouble problem={add.error} />
      <Form form={form} layout="vertical" requiredMark={false} className="narrow-form" onFinish={(fields) => add.mutate(fields)}>
        <Form.Item name="name" label={say('Name', '姓名')} rules={[{ required: true, whitespace: true, message: say('Please enter a name.', '请输入姓名。') }]}><Input maxLength={128} autoComplete="off" /></Form.Item>
        <Form.Item name="email" label={say('Email address', '邮箱')} extra={say('The person signs in with it on the computer.', '此人在电脑上用它登录。')}
          rules={[{ required: true, whitespace: true, message: say('Please enter an email address.', '请输入邮箱。') }, { pattern: /^\s*[^\s@]+@[^\s@]+\s*$/, message: say('This is not an email address.', '邮箱格式不正确。') }]} validateTrigger="onBlur">
          <Input maxLength={254} autoComplete="off" />
        </Form.Item>
        <div className="row"><Button type={found.anybody ? 'default' : 'primary'} htmlType="submit" loading={add.isPending}>{say('Add', '添加')}</Button>
          <Link to="/console/identity/users">{say('Bring a list (CSV)', '从列表导入（CSV）')}</Link></div>
      </Form>
      {made && (
        <div style={{ marginTop: 16 }} role="status">
          <p>{say(`With this link ${made.name} sets a password, once, within 7 days:`, `${made.name} 可在 7 天内通过此链接设置密码（仅可使用一次）：`)}</p>
          <Copy text={made.link} name={say('Link', '链接')} />
        </div>
      )}
    </>
  );
}
