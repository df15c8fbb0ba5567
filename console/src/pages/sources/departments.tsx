/* The departments of a local source, made, renamed, moved and removed. */
import { EllipsisOutlined, PlusOutlined } from '@ant-design/icons';
import { Button, Dropdown, Form, Input, Select } from 'antd';
import { useState } from 'react';
import { useNavigate } from 'react-router';
import { api, ifMatch, useChange, useGet, type Schema } from '../../lib/api';
import { useMayChange } from '../../lib/session';
import { useSay } from '../../lib/words';
import { Dialog } from '../../parts/dialog';
import { pick } from '../../parts/pick';
import { DepartmentPicker } from '../../parts/pickers';
import { SureDialog } from '../../parts/sure';
import { Trouble, useTell } from '../../parts/trouble';
import { Branches } from '../users/tree';
import type { Source } from './words';

type Department = Schema<'Department'>;
type Asked = { deed: 'add'; below?: Department } | { deed: 'edit' | 'remove'; it: Department };

function Edit({ source, asked, close }: { source: Source; asked: Asked | undefined; close: () => void }) {
  const say = useSay();
  const tell = useTell();
  const [form] = Form.useForm<{ name: string; parent?: string; top: 'top' | 'below' }>();
  const where = Form.useWatch('top', form);
  const it = asked?.deed === 'edit' ? asked.it : undefined;
  const read = useGet('/api/v1/departments/{id}', { params: { path: { id: it?.id ?? '' } } }, { enabled: !!it });
  const above = useGet('/api/v1/departments/{id}', { params: { path: { id: it?.parent ?? '' } } }, { enabled: !!it?.parent });
  const below = asked?.deed === 'add' ? asked.below : undefined;
  const save = useChange(({ name, parent }: { name: string; parent: string }) => (it
    ? api.PUT('/api/v1/departments/{id}', { params: { path: { id: it.id } }, headers: ifMatch(read.data), body: { name, parent } })
    : api.POST('/api/v1/departments', { body: { source: source.id, name, parent } })));
  const known = Object.fromEntries([below, above.data].filter((one) => !!one).map((one) => [one.id, one.path]));
  const go = async ({ name, parent, top }: { name: string; parent?: string; top: string }) => {
    await save.mutateAsync({ name: name.trim(), parent: top === 'below' ? parent ?? '' : '' });
    tell.done(it ? say('Saved', '已保存') : say('Added', '已添加'));
    close();
  };
  return (
    <Dialog
      open={asked?.deed === 'add' || asked?.deed === 'edit'} title={it ? say(`Rename or move ${it.name}`, `重命名或移动 ${it.name}`) : say('Add a department', '添加部门')} destroyOnHidden
      okText={it ? say('Save', '保存') : say('Add', '添加')} cancelText={say('Cancel', '取消')} confirmLoading={save.isPending} onOk={() => form.submit()} onCancel={close} afterClose={() => save.reset()}
    >
      <Trouble problem={save.error} />
      <Form
        form={form} layout="vertical" requiredMark={false} preserve={false} onFinish={(fields) => void go(fields).catch(() => {})}
        initialValues={{ name: it?.name ?? '', parent: it ? it.parent ?? undefined : below?.id, top: (it ? it.parent : below) ? 'below' : 'top' }}
      >
        <Form.Item name="name" label={say('Name', '名称')} rules={[{ required: true, whitespace: true, message: say('Please enter a name.', '请输入名称。') }, { pattern: /^[^/|]*$/, message: say('A name has no / and no |.', '名称不能包含 / 和 |。') }]}><Input maxLength={128} /></Form.Item>
        <Form.Item name="top" label={say('Place', '位置')}><Select options={[{ value: 'top', label: say('At the top', '顶层') }, { value: 'below', label: say('Below another department', '在其他部门之下') }]} /></Form.Item>
        {where === 'below' && <Form.Item name="parent" label={say('Below', '上级部门')} rules={[{ required: true, message: say('Please choose a department.', '请选择部门。') }]}><DepartmentPicker source={source.id} known={known} /></Form.Item>}
        {it && <p className="dim">{say('What is below it moves along.', '其下级部门会一同移动。')}</p>}
      </Form>
    </Dialog>
  );
}

export function Departments({ source }: { source: Source }) {
  const say = useSay();
  const tell = useTell();
  const may = useMayChange();
  const navigate = useNavigate();
  const [asked, ask] = useState<Asked>();
  const remove = useChange((id: string) => api.DELETE('/api/v1/departments/{id}', { params: { path: { id } } }).then(() => undefined));
  const deeds = (one: Department) => may && (
    <Dropdown autoFocus trigger={['click']} menu={{ items: [
      { key: 'add', label: say('Add a department below…', '添加下级部门…'), onClick: pick(() => ask({ deed: 'add', below: one })) },
      { key: 'edit', label: say('Rename or move…', '重命名或移动…'), onClick: pick(() => ask({ deed: 'edit', it: one })) },
      { key: 'remove', danger: true, label: say('Remove…', '移除…'), onClick: pick(() => ask({ deed: 'remove', it: one })) },
    ] }}><Button type="text" size="small" icon={<EllipsisOutlined aria-hidden />} aria-label={say(`What to do with ${one.name}`, `${one.name} 的操作`)} /></Dropdown>
  );
  return (
    <>
      <Branches source={source.id} at={{}} go={({ department }) => void navigate(`/console/identity/users?source=${source.id}&department=${department}`)} deeds={deeds} empty={<p className="dim">{say('No departments yet. People may also be in none.', '还没有部门。人员也可以不属于任何部门。')}</p>} />
      {may && <Button icon={<PlusOutlined aria-hidden />} style={{ marginTop: 10 }} onClick={() => ask({ deed: 'add' })}>{say('Add a department', '添加部门')}</Button>}
      <Edit key={asked ? `${asked.deed}${asked.deed === 'add' ? asked.below?.id : asked.it.id}` : ''} source={source} asked={asked} close={() => ask(undefined)} />
      <SureDialog
        open={asked?.deed === 'remove'} close={() => ask(undefined)} danger deed={say('Remove', '移除')} title={asked?.deed === 'remove' ? say(`Remove ${asked.it.name}?`, `移除 ${asked.it.name}？`) : ''}
        run={async () => { if (asked?.deed === 'remove') await remove.mutateAsync(asked.it.id); tell.done(say('Removed', '已移除')); }}
      >
        <p>{say('Only a department without people and without departments below it can be removed. A user group’s rule that names it stays, and says that it is gone.', '只能移除没有人员和下级部门的部门。引用它的用户组规则会保留，并提示部门已撤销。')}</p>
      </SureDialog>
    </>
  );
}
