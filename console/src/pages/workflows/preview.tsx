/* What a filing would do: which form it becomes, who would be asked. */
import { Alert, Button, Checkbox, Form, Input, Tag } from 'antd';
import { useState } from 'react';
import { api, useChange, type Schema } from '../../lib/api';
import { When } from '../../lib/time';
import { useSay, type Text } from '../../lib/words';
import { Facts } from '../../parts/facts';
import { DevicePicker, PersonPicker } from '../../parts/pickers';
import { Trouble } from '../../parts/trouble';
import { modeNames } from './draft';

type Preview = Schema<'Preview'>;
type Asked = Omit<Schema<'PreviewWorkflowBody'>, never>;
type Body = Schema<'PreviewDraftBody'>['workflow'];

const kinds: Record<string, Text> = {
  approver: ['approver', '审批人'],
  fallback: ['fallback', '后备审批人'],
  escalation: ['escalation', '升级'],
  administrator: ['administrator', '管理员'],
};
const skips: Record<string, Text> = {
  applicant: ['skipped: is the applicant', '跳过：申请人本人'],
  gone: ['skipped: cannot be asked', '跳过：无法审批'],
};

/* Of the workflow as saved, or as it stands in the panel: body gives that, or nothing while it is not well formed. */
export function WhoIsAsked({ id, dirty, dingtalk, body }: { id: string | undefined; dirty: boolean; dingtalk: boolean; body: () => Body | undefined }) {
  const say = useSay();
  const [user, setUser] = useState<string>();
  const [device, setDevice] = useState<string>();
  const [reason, setReason] = useState('');
  const [ask, setAsk] = useState(false);
  const [missing, setMissing] = useState(false);
  const look = useChange(async (asked: Asked) => {
    if (id && !dirty) return api.POST('/api/v1/workflows/{id}/preview', { params: { path: { id } }, body: asked });
    return api.POST('/api/v1/workflow-previews', { body: { ...asked, workflow: body()! } });
  });
  const [unwell, setUnwell] = useState(false);
  const go = () => {
    const wrong = (!id || dirty) && !body();
    setMissing(!user);
    setUnwell(wrong);
    if (!user || wrong) return;
    look.mutate({ user, ...(device ? { device } : {}), ...(reason.trim() ? { reason: reason.trim() } : {}), ...(ask ? { ask_dingtalk: true } : {}) });
  };
  return (
    <section aria-label={say('Who would be asked', '谁会被请求审批')}><Form layout="vertical" component={false}>
      <p className="dim" style={{ marginTop: 0 }}>
        {say('For a person, by the functions that a filing itself uses. Nothing is filed or sent.', '选择一位员工，按实际报备的逻辑推算，不会真正提交或发送。')}
        {id && dirty ? say(' It looks at what stands here now, saved or not.', '推算以当前面板内容为准，无论是否已保存。') : ''}
      </p>
      <div className="pair">
        <Form.Item label={say('Person who files', '报备人')} htmlFor="ahead-user" required validateStatus={missing && !user ? 'error' : undefined} help={missing && !user ? say('Choose a person.', '请选择人员。') : undefined}>
          <PersonPicker id="ahead-user" value={user} onChange={(value: string) => setUser(value)} />
        </Form.Item>
        <Form.Item label={say('Device (optional)', '设备（可选）')} htmlFor="ahead-device"><DevicePicker id="ahead-device" value={device} onChange={(value: string) => setDevice(value)} /></Form.Item>
      </div>
      <Form.Item label={say('Reason (optional)', '原因（可选）')} htmlFor="ahead-reason"><Input id="ahead-reason" value={reason} onChange={(event) => setReason(event.target.value)} maxLength={500} /></Form.Item>
      <div className="row" style={{ marginBottom: 16, justifyContent: 'space-between' }}>
        {dingtalk ? <Checkbox checked={ask} onChange={(event) => setAsk(event.target.checked)}>{say('Ask DingTalk whom it would ask (costs a call of the month)', '查询钉钉会请谁审批（消耗一次本月调用）')}</Checkbox> : <span />}
        <Button onClick={go} loading={look.isPending}>{say('Preview', '预览')}</Button>
      </div>
      </Form>
      <Trouble problem={look.error} />
      {unwell && <Alert type="error" showIcon role="alert" style={{ marginBottom: 16 }} title={say('Not everything in the settings is right yet', '设置中尚有内容需要修正')} description={say('It is marked there; then this can be looked at.', '请先修正其中标出的内容，然后再预览。')} />}
      <div aria-live="polite">{look.data && !look.isPending && <Ahead preview={look.data as Preview} dingtalk={dingtalk} />}</div>
    </section>
  );
}

function Ahead({ preview, dingtalk }: { preview: Preview; dingtalk: boolean }) {
  const say = useSay();
  const { dingtalk: form, asked, levels, filing } = preview;
  return (
    <>
      {!preview.serves && <Alert type="warning" showIcon style={{ marginBottom: 12 }} title={say('This workflow cannot serve this person', '此流程无法用于该人员')} description={preview.why_not} />}
      {form && (
        <Facts facts={[
          [say('Form', '表单'), <>{form.form ?? form.process_code} {form.form && <span className="dim code">{form.process_code}</span>}</>],
          ...form.values.map((one): [React.ReactNode, React.ReactNode] => [one.name, <span style={{ whiteSpace: 'pre-wrap' }}>{one.value}</span>]),
          [say('Expires', '失效时间'), preview.expires_ms ? <When ms={preview.expires_ms} /> : null],
        ]} />
      )}
      {asked && (
        <div style={{ marginTop: 12 }}>
          <div className="soft-title">{say('DingTalk would ask', '钉钉会请以下人员审批')}</div>
          {asked.error ? <p className="dim">{asked.error}</p> : asked.steps.length === 0 ? <p>{say('Nobody: it would approve by itself.', '无人：将自动通过。')}</p> : (
            <ol style={{ margin: 0, paddingInlineStart: 20 }}>
              {asked.steps.map((step, i) => <li key={i}>{step.chosen ? say('Chosen by the initiator, which a program cannot', '由发起人自选，程序无法选择') : step.people.map((one) => one.name ?? one.userid).join(', ')}</li>)}
            </ol>
          )}
        </div>
      )}
      {levels.length > 0 && (
        <div style={{ marginTop: 12 }}>
          {dingtalk && <div className="soft-title">{say('If DingTalk does not have it in time', '如果未能及时送达钉钉')}</div>}
          <ol style={{ margin: 0, paddingInlineStart: 20 }}>
            {levels.map((level) => (
              <li key={level.level} style={{ marginBottom: 8 }}>
                <div>{level.name ?? say(`Level ${level.level}`, `第 ${level.level} 级`)} <span className="dim">· {say(modeNames[level.mode])}</span></div>
                <div className="row">
                  {level.tasks.map((task, i) => (
                    <span key={i}>
                      {task.account.name}{task.delegate && <> → {task.delegate.name}</>}{' '}
                      {task.skipped ? <Tag>{say(skips[task.skipped]!)}</Tag> : task.kind !== 'approver' ? <Tag color="processing">{say(kinds[task.kind] ?? kinds.approver!)}</Tag> : null}
                    </span>
                  ))}
                </div>
              </li>
            ))}
          </ol>
          {preview.levels_ms && dingtalk && <p className="dim">{say('Asked from', '开始请求审批的时间：')} <When ms={preview.levels_ms} /></p>}
        </div>
      )}
      {preview.nobody_at !== null && <Alert type="error" showIcon title={say(`Nobody at all could be asked in level ${preview.nobody_at}.`, `第 ${preview.nobody_at} 级没有任何人可以审批。`)} />}
      <p className="dim" style={{ margin: '12px 0 0' }}>
        {filing.workflow ? say(`By the policy, this person’s filings go to “${filing.name}” at present.`, `按当前策略，此人的报备使用“${filing.name}”。`)
          : `${say('By the policy, this person cannot file at present: ', '按当前策略，此人目前无法报备：')}${filing.why_not ?? ''}`}
      </p>
    </>
  );
}
