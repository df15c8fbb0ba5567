/* Who is protected, and through which workflow they may file: the rest of the policy stays as it is. */
import { Alert, Button, Form, Segmented, Select } from 'antd';
import { useEffect, useState } from 'react';
import { Link } from 'react-router';
import { api, ifMatch, useChange, type Schema } from '../../lib/api';
import { useSay } from '../../lib/words';
import { GroupPicker } from '../../parts/pickers';
import { Trouble } from '../../parts/trouble';
import { Light } from './light';
import type { Found } from './steps';

interface Fields { mode: 'block' | 'audit'; everyone: boolean; groups: string[]; workflow: string | null }

function changed({ version: _, proposal: __, ...policy }: Schema<'Policy'>, fields: Fields) {
  return {
    ...policy, mode: fields.mode, scope: { everyone: fields.everyone, groups: fields.everyone ? [] : fields.groups ?? [] },
    filing: { ...policy.filing, allowed: Boolean(fields.workflow), workflow: fields.workflow ?? undefined, builtin_workflow: policy.filing.builtin_workflow ?? undefined },
  };
}

/* Whom it would cover, counted by the server. */
function Covers({ policy, fields }: { policy: Schema<'Policy'>; fields: Fields }) {
  const say = useSay();
  const [covered, setCovered] = useState<{ people: number; devices: number }>();
  const body = JSON.stringify(changed(policy, fields));
  useEffect(() => {
    let here = true;
    api.POST('/api/v1/policy/preview', { body: JSON.parse(body) }).then(({ data }) => { if (here) setCovered({ people: data!.covered.people.after, devices: data!.covered.devices.after }); }, () => { if (here) setCovered(undefined); });
    return () => { here = false; };
  }, [body]);
  if (!covered) return null;
  return <p role="status">{covered.people === 0 ? say('It would cover nobody.', '将不覆盖任何人。') : say(`It would cover ${covered.people.toLocaleString('en')} people and ${covered.devices.toLocaleString('en')} devices that are there now.`, `将覆盖目前的 ${covered.people} 人、${covered.devices} 台设备。`)}</p>;
}

const panel = '/console/terminals/registration?panel=policy';

export function PolicyStep({ found, done }: { found: Found; done: boolean }) {
  const say = useSay();
  const [form] = Form.useForm<Fields>();
  const { policy } = found;
  const fields = Form.useWatch([], form) as Fields | undefined;
  const save = useChange((given: Fields) => api.PUT('/api/v1/policy', { headers: ifMatch(policy), body: changed(policy, given) }));
  const fit = found.workflows.filter((one) => one.state !== 'broken');
  if (done) {
    const workflow = found.workflows.find((one) => one.id === policy.filing.workflow);
    return (
      <>
        <Light on>{policy.mode === 'block' ? say('Removals are refused.', '卸载会被阻止。') : say('Removals are let through and reported.', '卸载会被放行并上报。')}{' '}
          {policy.scope.everyone ? say('Everybody is covered.', '覆盖全部用户。') : say('Members of user groups are covered.', '覆盖所选用户组的成员。')}{' '}
          {workflow ? say(`Requests go to ${workflow.name}.`, `申请提交至“${workflow.name}”。`) : say('Nobody may file.', '不允许报备。')}</Light>
        <Link to={panel}>{say('Anti-uninstallation Policy', '防卸载策略')}</Link>
      </>
    );
  }
  return (
    <>
      <Trouble problem={save.error} />
      {save.data?.proposal && <Alert type="info" showIcon style={{ marginBottom: 12 }} title={say('A second administrator has to confirm this change.', '此更改需由另一位管理员确认。')} />}
      <Form form={form} layout="vertical" requiredMark={false} className="narrow-form" onFinish={(given) => save.mutate(given)}
        initialValues={{ mode: 'block', everyone: true, groups: policy.scope.groups, workflow: policy.filing.workflow ?? fit[0]?.id ?? null }}>
        <Form.Item name="mode" label={say('When somebody tries to uninstall', '尝试卸载时')}
          extra={fields?.mode === 'audit' ? say('A quiet beginning: nothing is stopped, every removal is on record.', '适合初期试运行：不阻止卸载，但全部记录。') : say('It is refused until a request was approved.', '须经审批通过后方可卸载。')}>
          <Segmented options={[{ value: 'block', label: say('Block', '阻止') }, { value: 'audit', label: say('Only report', '仅上报') }]} />
        </Form.Item>
        <Form.Item name="everyone" label={say('Effective Scope', '生效范围')}>
          <Segmented options={[{ value: true, label: say('All users', '全部用户') }, { value: false, label: say('User groups', '指定用户组') }]} />
        </Form.Item>
        {fields?.everyone === false && (
          <Form.Item name="groups" label={say('User Groups', '用户组')} rules={[{ required: true, message: say('Please choose a group: without one nobody is covered.', '请选择用户组，否则不覆盖任何人。') }]}
            extra={<Link to="/console/identity/groups?panel=create">{say('Create a user group', '新建用户组')}</Link>}>
            <GroupPicker many />
          </Form.Item>
        )}
        <Form.Item name="workflow" label={say('Filing workflow', '报备流程')} rules={[{ required: true, message: say('Please choose a workflow; save one in the step before.', '请选择流程，可在前面的步骤中创建。') }]}>
          <Select options={fit.map((one) => ({ value: one.id, label: one.name }))} notFoundContent={say('There is no workflow that works yet.', '尚无可用的流程。')} />
        </Form.Item>
        {fields && <Covers policy={policy} fields={fields} />}
        <div className="row"><Button type="primary" htmlType="submit" loading={save.isPending}>{say('Switch protection on', '启用防护')}</Button>
          <Link to={panel}>{say('All settings of the policy', '策略的全部设置')}</Link></div>
      </Form>
    </>
  );
}
