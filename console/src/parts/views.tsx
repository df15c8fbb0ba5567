/* Saved views: the filters of a page under a name, kept with the account. */
import { DeleteOutlined, DownOutlined, StarOutlined } from '@ant-design/icons';
import { App, Button, Dropdown, Form, Input, type MenuProps } from 'antd';
import { useState } from 'react';
import { useSearchParams } from 'react-router';
import { api, ifMatch, useChange, useGet, type Schema } from '../lib/api';
import { useSay } from '../lib/words';
import { Dialog } from './dialog';
import { Trouble } from './trouble';

type View = Schema<'Views'>['items'][number];

/* page: by which the account's views of this list are known. names: the parameters of the address that a view keeps. */
export function SavedViews({ page, names }: { page: string; names: readonly string[] }) {
  const say = useSay();
  const { message } = App.useApp();
  const [search, setSearch] = useSearchParams();
  const views = useGet('/api/v1/me/views');
  const [asked, ask] = useState<'' | 'save' | 'manage'>('');
  const [left, setLeft] = useState<View[]>([]);
  const [form] = Form.useForm<{ name: string }>();
  const replace = useChange((items: View[]) => api.PUT('/api/v1/me/views', { body: { items }, headers: ifMatch(views.data) }));
  const mine = (views.data?.items ?? []).filter((view) => view.page === page);
  const present = new URLSearchParams(names.flatMap((name) => (search.get(name) ? [[name, search.get(name)!]] : []))).toString();
  const show = (view: View) => setSearch((before) => {
    const next = new URLSearchParams(before);
    const kept = new URLSearchParams(view.query);
    for (const name of names) {
      const value = kept.get(name);
      if (value) next.set(name, value); else next.delete(name);
    }
    return next;
  });
  const close = () => { ask(''); replace.reset(); };
  const save = async () => {
    const { name } = await form.validateFields();
    const view = { name: name.trim(), page, query: present };
    // Under the same name: in its place.
    const all = views.data?.items ?? [];
    const at = all.findIndex((one) => one.page === page && one.name === view.name);
    await replace.mutateAsync(at < 0 ? [...all, view] : all.map((one, i) => (i === at ? view : one)));
    close();
    void message.success(say(`Saved as “${view.name}”`, `已保存为“${view.name}”`));
  };
  const store = async () => {
    await replace.mutateAsync([...(views.data?.items ?? []).filter((view) => view.page !== page), ...left]);
    close();
  };
  const items: MenuProps['items'] = [
    ...mine.map((view, i) => ({ key: `view-${i}`, label: view.name, onClick: () => show(view) })),
    ...(mine.length ? [{ type: 'divider' as const }] : []),
    { key: 'save', label: say('Save this view…', '保存当前视图…'), onClick: () => ask('save') },
    ...(mine.length ? [{ key: 'manage', label: say('Manage views…', '管理视图…'), onClick: () => { setLeft(mine); ask('manage'); } }] : []),
  ];
  return (
    <>
      <Dropdown trigger={['click']} menu={{ items, selectable: true, selectedKeys: mine.flatMap((view, i) => (view.query === present ? [`view-${i}`] : [])) }}>
        <Button icon={<StarOutlined aria-hidden />}>{mine.find((view) => view.query === present)?.name ?? say('Views', '视图')} <DownOutlined aria-hidden /></Button>
      </Dropdown>
      <Dialog open={asked === 'save'} title={say('Save this view', '保存当前视图')} okText={say('Save', '保存')} confirmLoading={replace.isPending} destroyOnHidden
        onOk={() => void save().catch(() => {})} onCancel={close} afterClose={() => form.resetFields()}>
        <Trouble problem={replace.error} />
        <Form form={form} layout="vertical" requiredMark={false} onFinish={() => void save().catch(() => {})}>
          <Form.Item name="name" label={say('Name', '名称')} extra={say('The filters that are set now. Only you see it; an earlier view of this name is replaced.', '保存当前的筛选条件，仅您可见；同名视图将被替换。')}
            rules={[{ required: true, whitespace: true, message: say('Please give it a name.', '请输入名称。') }]}>
            <Input maxLength={60} />
          </Form.Item>
        </Form>
      </Dialog>
      <Dialog open={asked === 'manage'} title={say('Manage views', '管理视图')} okText={say('Save', '保存')} confirmLoading={replace.isPending} destroyOnHidden
        onOk={() => void store().catch(() => {})} onCancel={close} okButtonProps={{ disabled: left.some((view) => !view.name.trim()) }}>
        <Trouble problem={replace.error} />
        <div className="stack">
          {left.map((view, i) => (
            <div key={i} className="row" style={{ flexWrap: 'nowrap' }}>
              <Input value={view.name} maxLength={60} aria-label={say('Name', '名称')} status={view.name.trim() ? undefined : 'error'}
                onChange={(event) => setLeft(left.map((one, at) => (at === i ? { ...one, name: event.target.value } : one)))} />
              <Button type="text" danger icon={<DeleteOutlined aria-hidden />} aria-label={`${say('Delete', '删除')}: ${view.name}`} onClick={() => setLeft(left.filter((_, at) => at !== i))} />
            </div>
          ))}
          {left.length === 0 && <span className="dim">{say('Saving deletes all of them.', '保存后将全部删除。')}</span>}
        </div>
      </Dialog>
    </>
  );
}
