/* A webhook is made, with its secret shown once, or changed. */
import { Alert, Button, Checkbox, Form, Input, Radio } from 'antd';
import { useEffect, useRef, useState } from 'react';
import { useNavigate } from 'react-router';
import { api, ifMatch, useChange } from '../../lib/api';
import { isStale } from '../../lib/problem';
import { useSay } from '../../lib/words';
import { Copy } from '../../parts/copy';
import { fillUntyped } from '../../parts/edited';
import { Panel } from '../../parts/panel';
import { SaveTrouble, Trouble, useTell } from '../../parts/trouble';
import { eventGroups, events, type Event, type Webhook, type WithSecret } from './words';

interface Fields { name: string; description: string; url: string; all: boolean; events: Event[] }

const blank: Fields = { name: '', description: '', url: '', all: false, events: ['request.filed', 'request.decided', 'device.alarm', 'system.alarm'] };
const fieldsOf = (one: Webhook): Fields => ({ name: one.name, description: one.description, url: one.url, all: one.events.includes('*'), events: one.events.filter((event): event is Event => event !== '*') });
const sent = ({ name, description, url, all, events: chosen }: Fields) => ({ name: name.trim(), description: description.trim(), url: url.trim(), events: all ? ['*' as const] : chosen });

/* Shown once: nobody can be told it again. */
export function Secret({ of, old }: { of: WithSecret; old?: boolean }) {
  const say = useSay();
  return (
    <>
      <Alert type="warning" showIcon style={{ marginBottom: 14 }} title={say('The secret is shown only now. Give it to the receiver.', '密钥仅在此显示一次，请交给接收方。')}
        description={old ? say('For a day deliveries carry a signature of each, so that the receiver can be changed meanwhile.', '一天之内两个密钥同时签名，以便接收方完成更换。') : say('With it the receiver verifies that a delivery is from here (Standard Webhooks 1.0.0).', '接收方用它验证推送来源（Standard Webhooks 1.0.0）。')} />
      <Copy text={of.secret} name={say('secret', '密钥')} />
    </>
  );
}

function EventPicker({ value = [], onChange, id }: { value?: Event[]; onChange?: (events: Event[]) => void; id?: string }) {
  const say = useSay();
  return (
    <div id={id} className="stack" tabIndex={-1} style={{ outline: 'none' }}>
      {eventGroups.map(([name, group]) => {
        const chosen = group.filter((event) => value.includes(event));
        const others = value.filter((event) => !group.includes(event));
        return (
          <fieldset key={name[0]} style={{ border: 0, margin: 0, padding: 0, minWidth: 0 }}>
            <legend style={{ padding: 0, marginBottom: 4 }}><Checkbox checked={chosen.length === group.length} indeterminate={chosen.length > 0 && chosen.length < group.length} onChange={(event) => onChange?.(event.target.checked ? [...others, ...group] : others)}><b>{say(name)}</b></Checkbox></legend>
            <div className="stack" style={{ gap: 4, paddingInlineStart: 24 }}>
              {group.map((event) => (
                <Checkbox key={event} checked={value.includes(event)} onChange={({ target }) => onChange?.(target.checked ? [...value, event] : value.filter((one) => one !== event))}>
                  <span className="code">{event}</span> <span className="dim">{say(events[event])}</span>
                </Checkbox>
              ))}
            </div>
          </fieldset>
        );
      })}
    </div>
  );
}

function WebhookForm({ form, from, typed }: { form: ReturnType<typeof Form.useForm<Fields>>[0]; from?: Webhook; typed: () => void }) {
  const say = useSay();
  const all = Form.useWatch('all', form);
  return (
    <Form<Fields> form={form} layout="vertical" initialValues={from ? fieldsOf(from) : blank} onValuesChange={typed} requiredMark={false} scrollToFirstError>
      <Form.Item name="name" label={say('Name', '名称')} rules={[{ required: true, whitespace: true, message: say('Please give it a name.', '请输入名称。') }]}><Input maxLength={128} placeholder={say('Ticket system', '工单系统')} /></Form.Item>
      <Form.Item name="description" label={say('What it is for', '用途')}><Input.TextArea maxLength={1000} autoSize={{ minRows: 1, maxRows: 4 }} /></Form.Item>
      <Form.Item name="url" label={say('Address of the receiver', '接收地址')} validateFirst
        extra={say('https to the public internet; networks inside, and http there, as the settings allow.', '公网 https 地址；内部网络及其中的 http 须在组织设置中允许。')}
        rules={[{ required: true, whitespace: true, message: say('Please enter an address.', '请输入接收地址。') }, { pattern: /^\s*https?:\/\/[^\s/]+\S*\s*$/, message: say('An address begins with https://.', '地址应以 https:// 开头。') }]}>
        <Input maxLength={2000} placeholder="https://hooks.example.com/holdfast" spellCheck={false} autoComplete="off" inputMode="url" />
      </Form.Item>
      <Form.Item name="all" label={say('Events', '推送内容')}>
        <Radio.Group options={[{ value: false, label: say('What is chosen here', '仅所选事件') }, { value: true, label: say('Everything, also what later versions add', '全部事件，含今后新增') }]} />
      </Form.Item>
      {!all && <Form.Item name="events" rules={[{ validator: async (_, value: Event[]) => { if (!value?.length) throw new Error(say('Choose at least one event.', '请至少选择一个事件。')); } }]}><EventPicker /></Form.Item>}
      <p className="dim">{say('Deliveries have ids and names, never reasons, comments or approvals: a receiver asks for these with a token.', '推送仅包含编号和名称，不含原因、意见和批准内容，接收方可凭令牌另行查询。')}</p>
    </Form>
  );
}

export function CreatePanel({ open, close }: { open: boolean; close: () => void }) {
  const say = useSay();
  const navigate = useNavigate();
  const [form] = Form.useForm<Fields>();
  const typed = useRef(false);
  const create = useChange((fields: Fields) => api.POST('/api/v1/webhooks', { body: sent(fields) }));
  const made = create.data as WithSecret | undefined;
  // What was typed and given up the last time is not there again.
  useEffect(() => { if (open) { typed.current = false; create.reset(); form.setFieldsValue(blank); } }, [open]);
  const go = async () => {
    await create.mutateAsync({ ...blank, ...(await form.validateFields()) });
    typed.current = false;
  };
  return (
    <Panel
      open={open} close={close} dirty={() => typed.current} title={made ? say(`The secret of ${made.name}`, `${made.name} 的密钥`) : say('Create a webhook', '创建 Webhook')}
      footer={<div className="row" style={{ justifyContent: 'flex-end' }}>{made
        ? <Button type="primary" onClick={() => navigate(`/console/settings/webhooks/${made.id}`)}>{say('I have kept it', '我已保存')}</Button>
        : <Button type="primary" loading={create.isPending} onClick={() => void go().catch(() => {})}>{say('Create', '创建')}</Button>}</div>}
    >
      <Trouble problem={create.error} />
      {made ? <Secret of={made} /> : <WebhookForm form={form} typed={() => { typed.current = true; }} />}
    </Panel>
  );
}

export function EditPanel({ webhook, open, close, again }: { webhook: Webhook; open: boolean; close: () => void; again: () => Promise<Webhook | undefined> }) {
  const say = useSay();
  const tell = useTell();
  const [form] = Form.useForm<Fields>();
  const typed = useRef(false);
  // What was typed is held against what it began from.
  const [from, setFrom] = useState(webhook);
  useEffect(() => { if (open) { setFrom(webhook); typed.current = false; save.reset(); form.setFieldsValue(fieldsOf(webhook)); } }, [open]);
  const save = useChange((fields: Fields) => api.PATCH('/api/v1/webhooks/{id}', { params: { path: { id: from.id } }, body: sent(fields), headers: ifMatch(from) }));
  const go = async () => {
    await save.mutateAsync({ ...fieldsOf(from), ...(await form.validateFields()) });
    typed.current = false;
    tell.done(say('Saved', '已保存'));
    close();
  };
  const loadAgain = async () => {
    const now = await again();
    if (!now) return;
    fillUntyped(form, fieldsOf(from), fieldsOf(now));
    setFrom(now);
    save.reset();
  };
  return (
    <Panel
      open={open} close={close} dirty={() => typed.current} title={say(`Change ${webhook.name}`, `更改 ${webhook.name}`)}
      footer={<div className="row" style={{ justifyContent: 'flex-end' }}><Button type="primary" disabled={isStale(save.error)} loading={save.isPending} onClick={() => void go().catch(() => {})}>{say('Save', '保存')}</Button></div>}
    >
      <SaveTrouble problem={save.error} load={() => void loadAgain()} />
      <WebhookForm form={form} from={from} typed={() => { typed.current = true; }} />
    </Panel>
  );
}
