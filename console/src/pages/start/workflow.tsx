/* Who is asked: a form of DingTalk's, picked from those that the app sees, or accounts of this console. */
import { Button, Form, Input, Segmented, Select } from 'antd';
import { useEffect } from 'react';
import { Link } from 'react-router';
import { api, useChange, useGet, type Schema } from '../../lib/api';
import { useMe } from '../../lib/session';
import { useSay } from '../../lib/words';
import { AccountPicker } from '../../parts/pickers';
import { State, workflowStates } from '../../parts/states';
import { Trouble } from '../../parts/trouble';
import { SheetSkeleton } from '../../parts/page';
import { Findings } from './findings';
import { Light } from './light';
import type { Found } from './steps';

type Workflow = Schema<'Workflow'>;

/* What takes the reason: a text of any length. */
const texts = ['TextareaField', 'TextField'];

function WithDingTalk({ app }: { app: Schema<'DingTalkApp'> }) {
  const say = useSay();
  const [form] = Form.useForm<{ form: string; component: string; name: string }>();
  const code = Form.useWatch('form', form);
  // Calls of DingTalk's month.
  const forms = useGet('/api/v1/dingtalk-apps/{id}/forms', { params: { path: { id: app.id } } }, { once: true });
  const chosen = useGet('/api/v1/dingtalk-apps/{id}/forms/{process_code}', { params: { path: { id: app.id, process_code: code ?? '' } } }, { enabled: Boolean(code), once: true });
  const controls = (chosen.data?.controls ?? []).filter((one) => texts.includes(one.type));
  // One that must be filled is what the form is about; a long text rather than a line.
  const likely = [...controls].sort((a, b) => Number(b.required) - Number(a.required) || texts.indexOf(a.type) - texts.indexOf(b.type))[0];
  useEffect(() => {
    if (chosen.data) form.setFieldsValue({ component: likely?.label, name: chosen.data.name });
  }, [chosen.data]);
  const make = useChange((fields: { form: string; component: string; name: string }) => api.POST('/api/v1/workflows', { body: {
    name: fields.name.trim(), type: 'dingtalk', app: app.id,
    forms: [{ template: 'app_uninstall', process_code: fields.form, groups: [], fields: [{ system: 'reason', component: fields.component }] }],
  } }));
  const all = (forms.data?.items ?? []).map((one) => ({ value: one.process_code, label: one.name }));
  return (
    <>
      <p>{say('In DingTalk: OA Approval, Create Approval Form. It needs one text control for the reason, “Who can initiate” everybody, an approver, and it has to be published.',
        '在钉钉“OA 审批 > 创建审批表单”中创建：包含一个填写原因的文本控件，“谁可以发起”选择全员，设置审批人，然后发布。')}</p>
      <Trouble problem={forms.error} again={() => void forms.refetch()} />
      <Trouble problem={chosen.error} again={() => void chosen.refetch()} />
      <Trouble problem={make.error} />
      <Form form={form} layout="vertical" requiredMark={false} className="narrow-form" onFinish={(fields) => make.mutate(fields)}>
        <Form.Item name="form" label={say('Approval form', '审批表单')} rules={[{ required: true, message: say('Please pick a form.', '请选择表单。') }]}
          extra={<Button type="link" size="small" style={{ padding: 0 }} onClick={() => void forms.refetch()}>{say('Not there yet? Read the list again', '未找到？重新读取列表')}</Button>}>
          <Select options={all} loading={forms.isFetching} showSearch={{ optionFilterProp: 'label' }} placeholder={say('Pick a form', '选择表单')} notFoundContent={forms.isPending ? say('Reading…', '读取中…') : say('The app sees no form yet.', '应用尚无可见的表单。')} />
        </Form.Item>
        {code && chosen.isPending && <SheetSkeleton rows={2} />}
        {chosen.data && (
          <>
            <Form.Item name="component" label={say('The control that takes the Reason for Filing', '“报备原因”对应的控件')} rules={[{ required: true, message: say('Please pick a control. The form needs one for text.', '请选择控件，表单中须有文本控件。') }]}>
              <Select options={controls.map((one) => ({ value: one.label, label: one.label }))} notFoundContent={say('The form has no control for text.', '表单中没有文本控件。')} />
            </Form.Item>
            <Form.Item name="name" label={say('Workflow name', '流程名称')} rules={[{ required: true, whitespace: true, message: say('Please enter a name.', '请输入名称。') }]}><Input maxLength={128} /></Form.Item>
          </>
        )}
        <Button type="primary" htmlType="submit" disabled={!chosen.data} loading={make.isPending}>{say('Save the workflow', '保存流程')}</Button>
      </Form>
    </>
  );
}

function BuiltIn() {
  const say = useSay();
  const me = useMe();
  const make = useChange((fields: { name: string; approvers: string[] }) => api.POST('/api/v1/workflows', { body: {
    name: fields.name.trim(), type: 'builtin', approval: { levels: [{ mode: 'any', approvers: fields.approvers }] },
  } }));
  return (
    <>
      <p>{say('Any one of these people approves or rejects, in this console. Nobody decides about a request of their own.', '以下任意一人均可在本控制台审批，但不能审批自己的申请。')}</p>
      <Trouble problem={make.error} />
      <Form layout="vertical" requiredMark={false} className="narrow-form" onFinish={(fields: { name: string; approvers: string[] }) => make.mutate(fields)}
        initialValues={{ name: say('App uninstall approval', '应用卸载审批'), approvers: me.account ? [me.account.id] : [] }}>
        <Form.Item name="approvers" label={say('Approvers', '审批人')} extra={<>{say('Up to five. ', '最多 5 人。')}<Link to="/console/settings/accounts">{say('Invite a colleague', '邀请同事')}</Link></>}
          rules={[{ required: true, message: say('Please choose somebody.', '请选择审批人。') }, { type: 'array', max: 5, message: say('Five at most.', '最多 5 人。') }]}>
          <AccountPicker many only={(one) => one.role !== 'auditor'} known={me.account ? { [me.account.id]: me.name } : {}} />
        </Form.Item>
        <Form.Item name="name" label={say('Workflow name', '流程名称')} rules={[{ required: true, whitespace: true, message: say('Please enter a name.', '请输入名称。') }]}><Input maxLength={128} /></Form.Item>
        <Button type="primary" htmlType="submit" loading={make.isPending}>{say('Save the workflow', '保存流程')}</Button>
      </Form>
    </>
  );
}

/* How events come is the next step's. */
const ofEvents = /^(callback|stream|events)-/;

function Made({ workflow }: { workflow: Workflow }) {
  const say = useSay();
  const at = { params: { path: { id: workflow.id } } };
  const doctor = useGet('/api/v1/workflows/{id}/doctor', at);
  // The end of a test is not told by an event of its own.
  useGet('/api/v1/workflows/{id}/doctor', at, { every: doctor.data?.running ? 700 : undefined, enabled: Boolean(doctor.data?.running) });
  const again = useChange(() => api.POST('/api/v1/workflows/{id}/doctor', at));
  return (
    <>
      <p className="row"><Link to={`/console/approval/workflows?edit=${workflow.id}`}>{workflow.name}</Link> <State of={workflow.state} in={workflowStates} /></p>
      <Trouble problem={doctor.error ?? again.error} />
      {doctor.data?.running ? <Light on={false}>{say('It is being tested against DingTalk.', '正在通过钉钉测试此流程。')}</Light>
        : doctor.data && <Findings findings={doctor.data.findings.filter(({ id }) => !ofEvents.test(id))} fine={say('The connection test found nothing wrong.', '连接测试未发现问题。')} />}
      {workflow.type === 'dingtalk' && <Button loading={again.isPending || doctor.data?.running} onClick={() => again.mutate(undefined)}>{say('Test again', '重新测试')}</Button>}
    </>
  );
}

export function WorkflowStep({ found, how, choose }: { found: Found; how: string | undefined; choose: (how: string) => void }) {
  const say = useSay();
  const app = found.apps[0];
  if (found.workflows.length > 0) return (
    <>
      {found.workflows.slice(0, 3).map((one) => <Made key={one.id} workflow={one} />)}
      <p style={{ marginBottom: 0 }}><Link to="/console/approval/workflows">{say('Workflow Management', '审批流程')}</Link></p>
    </>
  );
  return (
    <>
      {app && (
        <p><Segmented value={how ?? 'dingtalk'} onChange={(value) => choose(String(value))} aria-label={say('Where it is decided', '审批方式')}
          options={[{ value: 'dingtalk', label: say('Approve in DingTalk', '在钉钉中审批') }, { value: 'builtin', label: say('Approve in this console', '在本控制台审批') }]} /></p>
      )}
      {app && how !== 'builtin' ? <WithDingTalk app={app} /> : <BuiltIn />}
      <p className="dim" style={{ margin: '12px 0 0' }}>{say('Further forms, levels, notices and escalation: ', '更多表单、多级审批、通知与升级：')}<Link to="/console/approval/workflows?panel=create">{say('Create Approval Workflow', '创建审批流程')}</Link></p>
    </>
  );
}
