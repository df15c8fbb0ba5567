/* A new identity source: DingTalk's organisation, or a list that is kept here. */
import { Alert, Button, Form, Input, InputNumber, Radio, Select } from 'antd';
import { useState } from 'react';
import { Link, useNavigate } from 'react-router';
import { api, useChange, useGet, type Schema } from '../../lib/api';
import { useSay } from '../../lib/words';
import { Copy } from '../../parts/copy';
import { Panel } from '../../parts/panel';
import { Trouble } from '../../parts/trouble';
import type { Source } from './words';

interface Fields {
  type: Source['type']; name: string; app?: string; cycle_hours?: number; departments?: string[];
  corp_id?: string; client_id?: string; client_secret?: string; ingress?: 'push' | 'stream'; aes_key?: string; token?: string;
}

const fresh = 'new';

export function CreateSource({ open, close }: { open: boolean; close: () => void }) {
  const say = useSay();
  const navigate = useNavigate();
  const [form] = Form.useForm<Fields>();
  const type = Form.useWatch('type', form);
  const app = Form.useWatch('app', form);
  const ingress = Form.useWatch('ingress', form);
  const apps = useGet('/api/v1/dingtalk-apps', {}, { enabled: open });
  const items = (apps.data?.items ?? []) as Schema<'DingTalkApp'>[];
  const free = items.filter((one) => !one.used_by.source);
  const [made, setMade] = useState<{ source: Source; redirect?: string }>();
  const create = useChange(async (fields: Fields) => {
    let { app: id } = fields;
    let redirect = items.find((one) => one.id === id)?.redirect_url;
    if (fields.type === 'dingtalk' && id === fresh) {
      const body = {
        corp_id: fields.corp_id!.trim(), client_id: fields.client_id!.trim(), client_secret: fields.client_secret!.trim(), ingress: fields.ingress!,
        ...(fields.ingress === 'push' ? { aes_key: fields.aes_key!.trim(), token: fields.token!.trim() } : {}),
      };
      const { data } = await api.POST('/api/v1/dingtalk-apps', { body });
      id = data!.id;
      redirect = data!.redirect_url;
      // Should the source be refused, the app is there and is not entered twice.
      form.setFieldsValue({ app: id });
      await apps.refetch();
    }
    const { data: source } = await api.POST('/api/v1/identity-sources', {
      body: fields.type === 'local' ? { type: 'local', name: fields.name.trim() }
        : { type: 'dingtalk', name: fields.name.trim(), app: id, ...(fields.cycle_hours ? { cycle_hours: fields.cycle_hours } : {}), ...(fields.departments?.length ? { departments: fields.departments } : {}) },
    });
    return { source: source as Source, redirect };
  });
  const leave = () => { form.resetFields(); setMade(undefined); create.reset(); close(); };
  const go = async (fields: Fields) => {
    const done = await create.mutateAsync(fields);
    if (done.source.type === 'local') { leave(); void navigate(`/console/identity/sources/${done.source.id}`); } else setMade(done);
  };
  const needed = (what: string) => [{ required: true, whitespace: true, message: what }];
  const must = say('Please fill this in.', '请填写此项。');
  return (
    <Panel
      open={open} width={640} title={made ? say('It is being read', '正在读取') : say('Add an identity source', '添加身份源')} close={leave} dirty={() => !made && form.isFieldsTouched()}
      footer={made ? <Button type="primary" onClick={() => { leave(); void navigate(`/console/identity/sources/${made.source.id}`); }}>{say('Watch it being read', '查看读取进度')}</Button>
        : <div className="row"><Button onClick={leave}>{say('Cancel', '取消')}</Button><Button type="primary" loading={create.isPending} onClick={() => form.submit()}>{say('Add', '添加')}</Button></div>}
    >
      {made ? (
        <div role="status">
          <p style={{ marginTop: 0 }}>{say('Departments and people are being read now. So that people can sign in, enter this address in DingTalk:', '正在读取部门与人员。为使员工能够登录，请在钉钉中填写此地址：')}</p>
          {made.redirect && <Copy text={made.redirect} name={say('Redirect address', '重定向地址')} />}
          <p className="dim">{say('Developer console > your application > Security Settings > Redirect URL.', '开发者后台 > 您的应用 > 安全设置 > 重定向 URL。')}</p>
        </div>
      ) : (
        <>
          <Trouble problem={create.error} />
          <Form<Fields> form={form} layout="vertical" requiredMark={false} initialValues={{ type: 'dingtalk', cycle_hours: 24, ingress: 'push' }} onFinish={(fields) => void go(fields).catch(() => {})}>
            <Form.Item name="type" label={say('Where people come from', '人员来源')}>
              <Radio.Group options={[{ value: 'dingtalk', label: say('DingTalk', '钉钉') }, { value: 'local', label: say('A list kept here', '本地名单') }]} />
            </Form.Item>
            <p className="dim">{type === 'local'
              ? say('For people and organisations outside DingTalk. You add people here, one by one or from a CSV file; they sign in with a password.', '用于钉钉以外的人员和组织。可逐个添加或用 CSV 导入，使用密码登录。')
              : say('Departments and people are read from DingTalk, and kept up to date. Nothing is written there.', '从钉钉读取部门与人员并保持同步，不会写入钉钉。')}</p>
            <Form.Item name="name" label={say('Name', '名称')} rules={needed(say('Please give it a name.', '请输入名称。'))} extra={say('People see it when they sign in.', '登录时会显示。')}><Input maxLength={128} /></Form.Item>
            {type === 'dingtalk' && (
              <>
                <Form.Item name="app" label={say('DingTalk app', '钉钉应用')} rules={[{ required: true, message: say('Please choose an app, or enter one.', '请选择应用或新增应用。') }]}>
                  <Select
                    loading={apps.isPending} placeholder={say('Choose, or enter a new one', '选择已有应用或新增')}
                    options={[...items.map((one) => ({ value: one.id, label: `${one.client_id} · ${one.corp_id}`, disabled: !!one.used_by.source, title: one.used_by.source ?? undefined })), { value: fresh, label: say('Enter another app…', '新增应用…'), disabled: false }]}
                    optionRender={(option) => <>{option.label}{option.data.disabled && <span className="dim"> {say('(is read already)', '（已被使用）')}</span>}</>}
                  />
                </Form.Item>
                {apps.data && free.length === 0 && app !== fresh && <p className="dim">{say('Every app that is known has its identity source already.', '已有应用均已用于身份源。')}</p>}
                {app === fresh && (
                  <section className="soft-part" aria-label={say('The new app', '新应用')}>
                    <p className="dim" style={{ marginTop: 0 }}>{say('open.dingtalk.com > Developer console > your application > Credentials and Basic Information.', 'open.dingtalk.com > 开发者后台 > 您的应用 > 凭证与基础信息。')}</p>
                    <Form.Item name="corp_id" label="CorpId" rules={needed(must)}><Input maxLength={200} autoComplete="off" /></Form.Item>
                    <Form.Item name="client_id" label="Client ID" rules={needed(must)}><Input maxLength={200} autoComplete="off" /></Form.Item>
                    <Form.Item name="client_secret" label="Client Secret" rules={needed(must)}><Input.Password maxLength={512} autoComplete="new-password" /></Form.Item>
                    <Form.Item name="ingress" label={say('How events come', '事件接收方式')}><Radio.Group options={[{ value: 'push', label: say('HTTP push', 'HTTP 推送') }, { value: 'stream', label: say('Stream', 'Stream 模式') }]} /></Form.Item>
                    {ingress === 'push' && (
                      <>
                        <Form.Item name="aes_key" label="aes_key" rules={needed(must)}><Input.Password maxLength={512} autoComplete="new-password" /></Form.Item>
                        <Form.Item name="token" label="token" rules={needed(must)} extra={say('Both stand under Event Subscription. Do not generate them again in DingTalk later.', '均在“事件订阅”中，此后请勿在钉钉中重新生成。')}><Input.Password maxLength={512} autoComplete="new-password" /></Form.Item>
                      </>
                    )}
                  </section>
                )}
                <Form.Item name="cycle_hours" label={say('Read every, hours', '同步周期（小时）')} extra={say('What DingTalk’s events name is read within seconds besides.', '此外，钉钉事件涉及的变更会在数秒内读取。')}><InputNumber min={1} max={24} precision={0} style={{ width: 140 }} /></Form.Item>
                <Form.Item name="departments" label={say('Only these departments (dept_id), with everything below', '仅这些部门（dept_id，含下级）')} rules={[{ validator: (_, value?: string[]) => (value?.every((one) => /^\d+$/.test(one)) ?? true ? Promise.resolve() : Promise.reject(new Error(say('A dept_id is a number.', 'dept_id 为数字。')))) }]} extra={say('Empty: everything that the app may see.', '留空：应用可见的全部。')}>
                  <Select mode="tags" open={false} suffixIcon={null} tokenSeparators={[',', ' ', '，']} maxCount={1000} />
                </Form.Item>
              </>
            )}
            {type === 'dingtalk' && app && app !== fresh && items.find((one) => one.id === app) && (
              <Alert type="info" title={say('So that people can sign in, this is among the app’s redirect addresses in DingTalk:', '为使员工能够登录，请将此地址加入钉钉应用的重定向 URL：')} description={<Copy text={items.find((one) => one.id === app)!.redirect_url} name={say('Redirect address', '重定向地址')} />} />
            )}
          </Form>
          {type === 'dingtalk' && <p className="dim small"><Link to="/console/settings/dingtalk">{say('DingTalk Link', '钉钉连接')}</Link> {say('shows the apps that are known.', '中可查看已有应用。')}</p>}
        </>
      )}
    </Panel>
  );
}
