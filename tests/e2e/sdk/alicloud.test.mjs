// @alicloud/dingtalk, DingTalk's own client library, drives dingsim: oauth2_1_0, contact_1_0 and workflow_1_0.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import dingtalk from '@alicloud/dingtalk';
import OpenApi from '@alicloud/openapi-client';
import Util from '@alicloud/tea-util';
import { dingsim } from './sim.mjs';

const { oauth2_1_0: oauth2, contact_1_0: contact, workflow_1_0: workflow, robot_1_0: robot, todo_1_0: todo, event_1_0: event } = dingtalk;

// --- the company --------------------------------------------------------------------------------------------------

const app = { clientId: 'dingsdkapp000001', clientSecret: 'secret-one', agentId: 4100, name: '测试应用' };
const callback = 'http://127.0.0.1:9/callback';
const corpId = 'dingsdkcorp00001';
const reasonForm = 'PROC-REASON';
const reason = { componentType: 'TextareaField', id: 'TextareaField_reason', label: '卸载原因', required: true };
const kind = { componentType: 'DDSelectField', id: 'DDSelectField_kind', label: '类型', options: ['临时', '永久'] };
const selectForm = 'PROC-SELECT';
const person = (userid, name, ...departments) => ({
  userid, unionid: `u-${userid}`, name, mobile: '13800000001', email: `${userid}@example.com`, title: '工程师', departments,
});
const one = (userid) => ({ actionType: 'NONE', userIds: [userid] });
const seed = {
  corp: { corpId, name: '测试公司' },
  apps: [{ ...app, redirectUrls: [callback] }],
  departments: [{ id: 2, name: '研发部', parent: 1 }, { id: 3, name: '财务部', parent: 1 }],
  people: [person('lihua', '李华', 2), person('wangfang', '王芳', 3), person('zhaolei', '赵磊', 2), person('guqing', '顾青', 3)],
  forms: [
    { processCode: reasonForm, name: '终端卸载审批', allowWithdraw: true, components: [reason, kind],
      approvers: [one('wangfang'), one('zhaolei')], managers: ['guqing'], category: '终端', allowRevoke: true },
    { processCode: selectForm, name: '自选审批', components: [reason], initiatorDepartments: [2],
      approvers: [one('wangfang'), { actionType: 'NONE', actorKey: 'manual_1', range: ['zhaolei', 'guqing'] }] },
    { processCode: 'PROC-DISABLED', name: '停用', disabled: true, components: [reason], approvers: [one('wangfang')] },
  ],
};

// --- the library --------------------------------------------------------------------------------------------------

let sim;
let token;
const options = new Util.RuntimeOptions({});
const client = (module) => new module.default(new OpenApi.Config({ endpoint: sim.host, protocol: 'http', regionId: 'central' }));
const title = (name) => name[0].toUpperCase() + name.slice(1);

// One operation of a module: its request's members, a token when it is not an anonymous one, what stands in the path.
async function run(module, name, members, { headers = token, segment, segments = segment ? [segment] : [] } = {}) {
  const Request = module[`${title(name)}Request`];
  const given = [...segments, ...(Request ? [new Request(members)] : [])];
  const Headers = module[`${title(name)}Headers`];
  const answer = await client(module)[`${name}WithOptions`](
    ...given, Headers ? new Headers({ xAcsDingtalkAccessToken: headers }) : {}, options);
  assert.equal(answer.statusCode, 200);
  return answer.body;
}

const oa = (name, members) => run(workflow, name, members);

// The library's error says the code, the status and DingTalk's words.
async function refused(promise, status, code, text) {
  await assert.rejects(promise, (error) => {
    assert.equal(error.code, code, error.message);
    assert.equal(error.statusCode, status);
    assert.match(error.message, /request id: [0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}/);
    if (text) assert.match(error.message, text);
    return true;
  });
}

const members = () => ({
  originatorUserId: 'lihua', processCode: reasonForm, deptId: 2,
  formComponentValues: [{ name: '卸载原因', value: '电脑归还' }],
});
const file = async (more = {}) => (await oa('startProcessInstance', { ...members(), ...more })).instanceId;
const read = async (id) => (await oa('getProcessInstance', { processInstanceId: id })).result;
const taskOf = async (id, userId) => (await read(id)).tasks.find((task) => task.userId === userId && task.status === 'RUNNING');

before(async () => {
  sim = await dingsim(seed, '--withdraw-delay', '0');
  token = (await run(oauth2, 'getAccessToken', { appKey: app.clientId, appSecret: app.clientSecret })).accessToken;
});
after(() => sim.stop());

describe('oauth2_1_0', () => {
  const credentials = { clientId: app.clientId, clientSecret: app.clientSecret };

  test('getAccessToken', async () => {
    const ask = (more) => run(oauth2, 'getAccessToken', { appKey: app.clientId, appSecret: app.clientSecret, ...more });
    const first = await ask();
    assert.equal(first.accessToken, token);
    assert.equal(first.expireIn, 7200);
    await refused(ask({ appKey: 'nobody' }), 400, 'invalidClientIdOrSecret');
    await refused(ask({ appSecret: 'wrong' }), 400, 'invalidClientIdOrSecret', /无效的clientId或者clientSecret/);
  });

  test('getToken', async () => {
    const ask = (more) => run(oauth2, 'getToken', { ...credentials, grantType: 'client_credentials', ...more }, { segment: corpId });
    const first = await ask();
    assert.equal(first.accessToken, token);
    assert.equal(first.expiresIn, 7200);
    await refused(ask({ clientSecret: 'wrong' }), 400, 'invalid.client');
    await refused(ask({ grantType: 'password' }), 400, 'unsupported.grant.type');
  });

  // Somebody signs in at the consent page, as a browser would, and comes back with a code.
  async function consent() {
    const query = new URLSearchParams({
      client_id: app.clientId, redirect_uri: callback, response_type: 'code', scope: 'openid corpid', prompt: 'consent', state: 's1',
    });
    const answer = await fetch(`${sim.url}/oauth2/auth?${query}`, {
      method: 'POST', redirect: 'manual', body: new URLSearchParams({ user: 'lihua', choice: 'agree' }),
    });
    return new URL(answer.headers.get('location')).searchParams.get('authCode');
  }

  test('getUserToken', async () => {
    const code = await consent();
    const ask = (more) => run(oauth2, 'getUserToken', { ...credentials, code, grantType: 'authorization_code', ...more });
    await refused(ask({ clientSecret: 'wrong' }), 400, 'invalidClientIdOrSecret');
    const first = await ask();
    assert.equal(first.corpId, corpId);
    assert.equal(first.expireIn, 7200);
    await refused(ask(), 400, 'invalidParameter.authCode.notFound', /不存在的临时授权码/);
    const again = await ask({ code: undefined, grantType: 'refresh_token', refreshToken: first.refreshToken });
    assert.ok(again.accessToken && again.refreshToken);
  });

  test('contact_1_0 getUser', async () => {
    const { accessToken } = await run(oauth2, 'getUserToken', { ...credentials, code: await consent(), grantType: 'authorization_code' });
    const ask = (segment, headers) => run(contact, 'getUser', undefined, { segment, headers });
    const me = await ask('me', accessToken);
    assert.equal(me.nick, '李华');
    assert.equal(me.unionId, 'u-lihua');
    assert.equal(me.stateCode, '86');
    await refused(ask('u-nobody', accessToken), 404, 'invalidParameter.user.notFound');
    // The token of the app is not one of a person.
    await refused(ask('me', token), 400, 'InvalidAuthentication');
  });
});

describe('workflow_1_0: instances', () => {
  test('startProcessInstance', async () => {
    const id = await file();
    assert.match(id, /^[\w-]{22}\d{14}$/);
    await refused(file({ processCode: 'PROC-NONE' }), 400, 'processCodeError');
    await refused(file({ originatorUserId: 'nobody' }), 400, 'processInstanceInvalidParameter');
    await refused(file({ formComponentValues: [{ name: '类型', value: '临时' }] }), 400, 'formConverterError', /失败控件：卸载原因/);
    await refused(file({ processCode: 'PROC-DISABLED' }), 400, 'processGetFailed');
    await refused(file({ processCode: selectForm, originatorUserId: 'guqing', deptId: 3 }), 400, 'processSetupNoPermission');
    await refused(file({ microappAgentId: 1 }), 400, 'invalidAgentId');
    await refused(file({ bizDetailPageUrl: 'https://example.com' }), 400, 'benefitStatusInvalid');
  });

  test('startProcessInstance with approvers that the originator selects', async () => {
    const select = (userIds) => file({
      processCode: selectForm, targetSelectActioners: userIds && [{ actionerKey: 'manual_1', actionerUserIds: userIds }],
    });
    await refused(select(), 400, 'targetSelectApproverMissing');
    await refused(select(['lihua']), 400, 'targetSelectApproverScopeError');
    await refused(select(['zhaolei', 'guqing']), 400, 'targetSelectApproverScopeError');
    const id = await select(['guqing']);
    const { taskId } = await taskOf(id, 'wangfang');
    await oa('executeProcessInstance', { processInstanceId: id, taskId, actionerUserId: 'wangfang', result: 'agree' });
    assert.ok(await taskOf(id, 'guqing'));
    // With approvers of its own a create does not ask.
    assert.ok(await file({ processCode: selectForm, approvers: [one('zhaolei')] }));
  });

  test('startProcessInstance with a flow of its own and copies', async () => {
    const id = await file({ approvers: [{ actionType: 'OR', userIds: ['wangfang', 'guqing'] }], ccList: ['zhaolei'], ccPosition: 'START' });
    const instance = await read(id);
    assert.deepEqual(instance.tasks.map((task) => task.userId), ['wangfang', 'guqing']);
    assert.deepEqual(instance.ccUserIds, ['zhaolei']);
    assert.deepEqual(instance.operationRecords.map((r) => r.type), ['START_PROCESS_INSTANCE', 'PROCESS_CC']);
    await refused(file({ approvers: [{ actionType: 'NONE', userIds: ['wangfang', 'guqing'] }] }), 400, 'processInstanceInvalidParameter');
    await refused(file({ approvers: [one('nobody')] }), 400, 'processInstanceInvalidParameter', /nobody/);
  });

  test('getProcessInstance', async () => {
    const instance = await read(await file());
    assert.equal(instance.title, '李华提交的终端卸载审批');
    assert.equal(instance.status, 'RUNNING');
    assert.equal(instance.originatorDeptId, '2');
    assert.equal(instance.tasks[0].userId, 'wangfang');
    assert.equal(typeof instance.tasks[0].taskId, 'number');
    assert.equal(instance.formComponentValues[0].value, '电脑归还');
    await refused(read('none'), 400, 'processInstanceNotExist');
    await refused(read('x'.repeat(65)), 400, 'processInstanceIdError');
  });

  test('executeProcessInstance', async () => {
    const id = await file();
    const { taskId } = await taskOf(id, 'wangfang');
    const decide = (more) => oa('executeProcessInstance',
      { processInstanceId: id, taskId, actionerUserId: 'wangfang', result: 'agree', remark: '同意', ...more });
    await refused(decide({ result: 'maybe' }), 400, 'invalidInstanceExecuteResult');
    await refused(decide({ actionerUserId: 'zhaolei' }), 400, 'invalidInstanceExecuteActionerUserId');
    await refused(decide({ taskId: 1 }), 400, 'invalidInstanceExecuteTaskId');
    const files = { photos: ['https://example.com/1.png'],
      attachments: [{ spaceId: '1', fileName: '说明.pdf', fileSize: '1024', fileType: 'pdf', fileId: '9' }] };
    await refused(decide({ file: new workflow.ExecuteProcessInstanceRequestFile({ attachments: [{ fileId: '9' }] }) }), 400, 'invalidParameter');
    assert.deepEqual({ ...await decide({ file: new workflow.ExecuteProcessInstanceRequestFile(files) }) }, { result: true, success: true });
    const { images, attachments, remark } = (await read(id)).operationRecords.at(-1);
    assert.deepEqual([remark, images, attachments.map((a) => ({ ...a }))], ['同意', files.photos, files.attachments]);
    const second = await taskOf(id, 'zhaolei');
    await decide({ taskId: second.taskId, actionerUserId: 'zhaolei', result: 'refuse', remark: '不同意' });
    const end = await read(id);
    assert.deepEqual([end.status, end.result], ['COMPLETED', 'refuse']);
    await refused(decide({ taskId: second.taskId, actionerUserId: 'zhaolei' }), 400, 'aflowProcessInstStatusException');
  });

  test('redirectWorkflowTask', async () => {
    const id = await file();
    const { taskId, activityId } = await taskOf(id, 'wangfang');
    const redirect = (more) => oa('redirectWorkflowTask',
      { taskId, operateUserId: 'wangfang', toUserId: 'guqing', remark: '请代为处理', ...more });
    await refused(redirect({ toUserId: undefined }), 400, 'param.blank');
    await refused(redirect({ toUserId: 'nobody' }), 400, 'param.illegal');
    await refused(redirect({ toUserId: 'wangfang' }), 400, 'param.illegal');
    await refused(redirect({ remark: '长'.repeat(257) }), 400, 'param.illegal');
    await refused(redirect({ operateUserId: 'zhaolei' }), 400, 'param.illegal.operator');
    assert.deepEqual({ ...await redirect() }, { result: true });
    const { tasks, operationRecords } = await read(id);
    assert.deepEqual(tasks.map((t) => [t.userId, t.status, t.result, t.activityId]),
      [['wangfang', 'COMPLETED', 'REDIRECTED', activityId], ['guqing', 'RUNNING', 'NONE', activityId]]);
    assert.notEqual(tasks[1].taskId, taskId);
    assert.deepEqual([operationRecords.at(-1).type, operationRecords.at(-1).remark], ['REDIRECT_TASK', '请代为处理']);
    await refused(redirect(), 400, 'task.status.error');
    await refused(oa('executeProcessInstance', { processInstanceId: id, taskId, actionerUserId: 'wangfang', result: 'agree' }),
      400, 'aflowProcessInstCanNotBeExecuted');
    await oa('executeProcessInstance', { processInstanceId: id, taskId: tasks[1].taskId, actionerUserId: 'guqing', result: 'refuse' });
    await refused(redirect({ taskId: tasks[1].taskId, operateUserId: 'guqing', toUserId: 'wangfang' }), 400, 'instance.status.error');
  });

  test('getUserTodoTaskSum', async () => {
    const sum = async (userId) => (await oa('getUserTodoTaskSum', { userId })).result;
    const waiting = await sum('wangfang');
    await file();
    assert.equal(await sum('wangfang'), waiting + 1);
    assert.equal(await sum('lihua'), 0);
    await refused(sum('nobody'), 400, 'userNotExist');
    await refused(sum(), 400, 'invalidParameter');
  });

  test('processForecast', async () => {
    const ask = (more) => oa('processForecast', { processCode: selectForm, userId: 'lihua', deptId: 2,
      formComponentValues: members().formComponentValues, ...more });
    const { result } = await ask();
    assert.equal(result.isForecastSuccess, true);
    assert.equal(result.isStaticWorkflow, false);
    const [first, second] = result.workflowActivityRules;
    assert.deepEqual(first.activityActioners.map((a) => [a.userId, a.name]), [['wangfang', '王芳']]);
    assert.deepEqual([first.isTargetSelect, second.isTargetSelect, second.workflowActor.actorKey], [false, true, 'manual_1']);
    assert.deepEqual(second.workflowActor.actorSelectionRange.approvals.map((a) => a.workNo), ['zhaolei', 'guqing']);
    assert.equal(second.prevActivityId, first.activityId);
    assert.deepEqual(result.workflowForecastNodes.map((n) => n.activityId), [first.activityId, second.activityId]);
    assert.equal((await ask({ processCode: reasonForm })).result.isStaticWorkflow, true);
    await refused(ask({ processCode: 'PROC-NONE' }), 400, 'processCodeError');
    await refused(ask({ formComponentValues: [] }), 400, 'formConverterError', /卸载原因/);
    await refused(ask({ deptId: 3 }), 400, 'processInstanceInvalidParameter');
  });

  test('terminateProcessInstance', async () => {
    const id = await file();
    const end = (more) => oa('terminateProcessInstance',
      { processInstanceId: id, isSystem: false, operatingUserId: 'lihua', remark: '不需要了', ...more });
    await refused(end({ processInstanceId: 'none' }), 400, 'aflowProcessInstNotExist');
    await refused(end({ operatingUserId: 'wangfang' }), 400, 'invalidInstanceTerminateOperatingUserId');
    assert.deepEqual({ ...await end() }, { result: true, success: true });
    assert.equal((await read(id)).status, 'TERMINATED');
    await refused(end(), 400, 'aflowProcessInstStatusException');
  });

  test('addProcessInstanceComment', async () => {
    const id = await file();
    const say = (more) => oa('addProcessInstanceComment',
      { processInstanceId: id, text: '请尽快处理', commentUserId: 'guqing', ...more });
    assert.deepEqual({ ...await say() }, { result: true, success: true });
    assert.equal((await read(id)).operationRecords.at(-1).type, 'ADD_REMARK');
    await refused(say({ commentUserId: 'nobody' }), 400, 'userNotExist');
    await refused(say({ text: '长'.repeat(1025) }), 400, 'invalidInstanceCommentText');
  });

  test('listProcessInstanceIds', async () => {
    const filed = [await file(), await file()];
    const list = (more) => oa('listProcessInstanceIds', {
      processCode: reasonForm, startTime: Date.now() - 60000, nextToken: 0, maxResults: 1, statuses: ['RUNNING'], userIds: ['lihua'], ...more,
    });
    const found = [];
    let next = '0';
    while (next) {
      const { result } = await list({ nextToken: Number(next) });
      found.push(...result.list);
      next = result.nextToken;
    }
    for (const id of filed) assert.ok(found.includes(id));
    await refused(list({ processCode: 'PROC-NONE' }), 400, 'invalidProcessCode');
    await refused(list({ maxResults: 21 }), 400, 'invalidMaxResults');
  });
});

describe('workflow_1_0: forms', () => {
  test('querySchemaByProcessCode', async () => {
    const { result } = await oa('querySchemaByProcessCode', { processCode: reasonForm });
    assert.equal(result.name, '终端卸载审批');
    assert.equal(result.status, 'PUBLISHED');
    assert.deepEqual(result.schemaContent.items.map((item) => item.props.label), ['卸载原因', '类型']);
    await refused(oa('querySchemaByProcessCode', { processCode: 'PROC-NONE' }), 400, 'formNotExist');
    await refused(oa('querySchemaByProcessCode', {}), 400, 'invalidParameter');
    await refused(oa('querySchemaByProcessCode', { processCode: 'P'.repeat(65) }), 400, 'aflowProcessCodeIsError');
  });

  const component = (componentType, props, children) => new workflow.FormComponent({
    componentType, props: new workflow.FormComponentProps(props), children,
  });
  const text = component('TextareaField', { componentId: 'TextareaField-1', label: '原因', required: true, placeholder: '请填写', bizAlias: 'why' });
  const select = component('DDSelectField', { componentId: 'DDSelectField-1', label: '类型',
    options: [{ key: 'option_a', value: '临时' }, { key: 'option_b', value: '永久' }].map((o) => new workflow.SelectOption(o)) });
  const make = (more) => oa('formCreate', { name: '新建审批', description: '说明', formComponents: [text, select], ...more });

  test('formCreate', async () => {
    const { processCode } = (await make()).result;
    assert.match(processCode, /^PROC-[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}$/);
    const { result } = await oa('querySchemaByProcessCode', { processCode });
    assert.deepEqual([result.name, result.memo, result.status], ['新建审批', '说明', 'PUBLISHED']);
    const [first, second] = result.schemaContent.items;
    assert.deepEqual([first.componentName, first.props.id, first.props.placeholder, first.props.bizAlias, first.props.required],
      ['TextareaField', 'TextareaField-1', '请填写', 'why', true]);
    assert.deepEqual(second.props.options.map((o) => JSON.parse(o).key), ['option_a', 'option_b']);
    assert.deepEqual(second.props.objOptions.map((o) => o.value), ['临时', '永久']);

    // Its generated flow asks the originator for approvers.
    const values = [{ name: '原因', value: '测试' }, { name: '类型', value: '永久' }];
    await refused(file({ processCode, formComponentValues: values }), 400, 'targetSelectApproverMissing');
    const { workflowActivityRules } = (await oa('processForecast', { processCode, userId: 'lihua', deptId: 2, formComponentValues: values })).result;
    const id = await file({ processCode, formComponentValues: values,
      targetSelectActioners: [{ actionerKey: workflowActivityRules[0].workflowActor.actorKey, actionerUserIds: ['zhaolei'] }] });
    assert.deepEqual(JSON.parse((await read(id)).formComponentValues[1].extValue), { label: '永久', key: 'option_b' });

    await refused(make(), 400, 'formName.error');
    await refused(make({ name: '长'.repeat(201) }), 400, 'formName.error');
    const wrong = (...formComponents) => refused(make({ name: '错误', formComponents }), 400, 'formschema.error');
    await wrong();
    await wrong(component('TextField', { componentId: 'a', label: '长'.repeat(21) }));
    await wrong(component('TextField', { componentId: 'a'.repeat(65), label: 'a' }));
    await wrong(component('TextField', { componentId: 'a', label: 'a', placeholder: '长'.repeat(129) }));
    await wrong(component('NoSuchField', { componentId: 'a', label: 'a' }));
    await wrong(component('DDSelectField', { componentId: 'a', label: 'a' }));
    await wrong(component('TextField', { componentId: 'a', label: 'a' }), component('TextField', { componentId: 'b', label: 'a' }));
    await wrong(...Array.from({ length: 201 }, (_, i) => component('TextField', { componentId: `i${i}`, label: `l${i}` })));
    await refused(make({ name: '错误', description: '长'.repeat(301) }), 400, 'formschema.error');
  });

  test('formCreate changes a form', async () => {
    const { processCode } = (await make({ name: '将修改' })).result;
    const table = component('TableField', { componentId: 'TableField-1', label: '明细' }, [component('NumberField', { componentId: 'n', label: '数量' })]);
    const config = new workflow.FormCreateRequestTemplateConfig({ disableStopProcessButton: true, hidden: true });
    const changed = await make({ processCode, name: '已修改', formComponents: [text, table], templateConfig: config });
    assert.equal(changed.result.processCode, processCode);
    const { result } = await oa('querySchemaByProcessCode', { processCode });
    assert.equal(result.name, '已修改');
    assert.equal(result.schemaContent.items[1].children[0].props.label, '数量');
    const id = await file({ processCode, approvers: [one('zhaolei')],
      formComponentValues: [{ name: '原因', value: '测试' }, { name: '明细', value: '[[{"name":"数量","value":"2"}]]' }] });
    await refused(oa('terminateProcessInstance', { processInstanceId: id, isSystem: false, operatingUserId: 'lihua' }), 400, 'internalError');
    await refused(make({ processCode: 'PROC-NONE', name: '无' }), 400, 'processcode.error');
    await refused(make({ name: '错误', templateConfig: { hidden: 'x' } }), 400, 'schema.sysAttrs.error');
    await refused(make({ processCode, name: '终端卸载审批' }), 400, 'formName.error');
  });

  test('listUserVisibleBpmsProcesses', async () => {
    const list = (more) => oa('listUserVisibleBpmsProcesses', { maxResults: 100, nextToken: 0, ...more });
    const names = async (userId) => (await list({ userId })).result.processList.map((p) => p.name);
    assert.ok((await names('lihua')).includes('自选审批'));
    assert.ok(!(await names('guqing')).includes('自选审批'), 'only department 2 can initiate it');
    for (const hidden of ['停用', '已修改']) assert.ok(!(await names()).includes(hidden));
    const { processList } = (await list()).result;
    assert.deepEqual([processList[0].processCode, processList[0].dirName], [reasonForm, '终端']);
    const paged = [];
    for (let nextToken = 0; nextToken !== undefined;) {
      const { result } = await list({ maxResults: 1, nextToken });
      assert.ok(result.processList.length === 1);
      paged.push(result.processList[0].name);
      nextToken = result.nextToken;
    }
    assert.deepEqual(paged, processList.map((p) => p.name));
    await refused(list({ maxResults: 101 }), 400, 'invalidMaxResults');
    await refused(list({ nextToken: -1 }), 400, 'invalidNextToken');
    await refused(list({ userId: 'nobody' }), 400, 'aflowProcessGetFailed');
  });

  test('getManageProcessByStaffId', async () => {
    const list = (userId) => oa('getManageProcessByStaffId', { userId });
    const { result, success } = await list('guqing');
    assert.equal(success, true);
    assert.deepEqual(result.map((p) => [p.processCode, p.flowTitle, p.newProcess]), [[reasonForm, '终端卸载审批', true]]);
    assert.deepEqual((await list('lihua')).result, []);
    await refused(list('nobody'), 400, 'userNotExist');
    await refused(list(), 400, 'invalidParameter');
  });

  test('getProcessCodeByName', async () => {
    const { result } = await oa('getProcessCodeByName', { name: '终端卸载审批' });
    assert.equal(result.processCode, reasonForm);
    assert.match(result.gmtModified, /^\d{4}-\d\d-\d\dT\d\d:\d\dZ$/);
    await refused(oa('getProcessCodeByName', { name: '没有' }), 400, 'process.error');
    await refused(oa('getProcessCodeByName', {}), 400, 'process.error');
  });
});

test('formCreate: at most 200 forms', async () => {
  const item = new workflow.FormComponent({ componentType: 'TextField', props: new workflow.FormComponentProps({ label: 'a' }) });
  const make = (more) => oa('formCreate', { formComponents: [item], ...more });
  const count = async () => {
    let forms = 0;
    for (let nextToken = 0; nextToken !== undefined;) {
      const { result } = await oa('listUserVisibleBpmsProcesses', { maxResults: 100, nextToken });
      forms += result.processList.length;
      nextToken = result.nextToken;
    }
    return forms;
  };
  const hidden = 2; // one is disabled, one was changed to be hidden
  let last;
  for (let forms = await count() + hidden; forms < 200; forms++) last = await make({ name: `表单${forms}` });
  assert.equal(await count() + hidden, 200);
  await refused(make({ name: '多余' }), 400, 'internalError', /200/);
  await make({ name: '改名', processCode: last.result.processCode });
});

describe('robot_1_0', () => {
  const send = (more) => run(robot, 'batchSendOTO', { robotCode: app.clientId, userIds: ['lihua'], msgKey: 'sampleText', msgParam: '{"content":"已批准"}', ...more });

  test('batchSendOTO', async () => {
    const sent = await send({ userIds: ['lihua', 'nobody'] });
    assert.ok(sent.processQueryKey);
    assert.deepEqual([sent.invalidStaffIdList, sent.flowControlledStaffIdList], [['nobody'], []]);
    await refused(send({ robotCode: 'nobody' }), 400, 'invalidParameter.robotCode.notExsit');
    await refused(send({ msgKey: 'sampleNothing' }), 400, 'invalidParameter.msgKey.invalid');
    await refused(send({ msgParam: '{}' }), 400, 'invalidParameter.msgParam.invalid');
  });

  test('batchOTOQuery and batchRecallOTO', async () => {
    const { processQueryKey } = await send();
    const query = (more) => run(robot, 'batchOTOQuery', { robotCode: app.clientId, processQueryKey, ...more });
    assert.deepEqual((await query()).messageReadInfoList.map((m) => [m.userId, m.readStatus]), [['lihua', 'UNREAD']]);
    await refused(query({ robotCode: 'nobody' }), 400, 'invalidParameter.robotCode.notExsit');
    await refused(query({ processQueryKey: undefined }), 400, 'invalidParameter');
    const recall = (more) => run(robot, 'batchRecallOTO', { robotCode: app.clientId, processQueryKeys: [processQueryKey], ...more });
    assert.deepEqual((await recall()).successResult, [processQueryKey]);
    await refused(recall({ robotCode: 'nobody' }), 400, 'invalidParameter.robotCode.notExsit');
    await refused(recall({ processQueryKeys: undefined }), 400, 'invalidParameter');
  });
});

test('todo_1_0: a todo is made, changed, done and removed', async () => {
  const who = 'u-lihua';
  const detailUrl = new todo.CreateTodoTaskRequestDetailUrl({ appUrl: 'https://example.com/a', pcUrl: 'https://example.com/p' });
  const make = (more) => run(todo, 'createTodoTask', { operatorId: who, sourceId: 'sdk-1', subject: '归还电脑', executorIds: [who], detailUrl, ...more }, { segments: [who] });
  const made = await make();
  assert.deepEqual([made.subject, made.done], ['归还电脑', false]);
  await refused(make(), 400, 'todo.taskCreate.paramError', /task exist/);
  await refused(make({ sourceId: 'sdk-2', detailUrl: undefined }), 400, 'todo.taskCreate.paramError');
  const segments = [who, made.id];
  const change = (more, to = segments) => run(todo, 'updateTodoTask', { operatorId: who, subject: '改', ...more }, { segments: to });
  assert.equal((await change()).result, true);
  await refused(change({}, [who, 'nothing']), 400, 'todo.taskUpdate.paramError');
  await refused(change({ subject: '长'.repeat(1025) }), 400, 'todo.taskUpdate.paramError');
  const done = (to = segments) => run(todo, 'updateTodoTaskExecutorStatus', { operatorId: who,
    executorStatusList: [new todo.UpdateTodoTaskExecutorStatusRequestExecutorStatusList({ id: who, isDone: true })] }, { segments: to });
  assert.equal((await done()).result, true);
  await refused(done([who, 'nothing']), 400, 'todo.taskUpdate.paramError');
  const remove = (to = segments) => run(todo, 'deleteTodoTask', { operatorId: who }, { segments: to });
  assert.equal((await remove()).result, true);
  await refused(remove(), 400, 'todo.taskDelete.paramError');
});

test('event_1_0: getCallBackFaileResult, as the library spells it', async () => {
  const answer = await run(event, 'getCallBackFaileResult', { beginTime: 0, endTime: Date.now() });
  assert.deepEqual([answer.failedList, answer.hasMore], [[], false]);
});

describe('errors that can come before any operation', () => {
  const operations = [
    [oauth2, 'getAccessToken'], [oauth2, 'getToken', { segment: corpId }], [oauth2, 'getUserToken'], [contact, 'getUser', { segment: 'me' }],
    ...['startProcessInstance', 'getProcessInstance', 'executeProcessInstance', 'redirectWorkflowTask', 'terminateProcessInstance',
      'addProcessInstanceComment', 'listProcessInstanceIds', 'getUserTodoTaskSum', 'processForecast', 'querySchemaByProcessCode', 'formCreate',
      'listUserVisibleBpmsProcesses', 'getManageProcessByStaffId', 'getProcessCodeByName'].map((name) => [workflow, name]),
    [robot, 'batchSendOTO'], [todo, 'createTodoTask', { segments: ['u-lihua'] }],
  ];
  const broken = async (body) => {
    await sim.call('DELETE', '/sim/api/faults');
    assert.equal((await sim.call('POST', '/sim/api/faults', body)).status, 200);
  };
  after(() => sim.call('DELETE', '/sim/api/faults'));

  for (const [module, name, more] of operations) {
    test(name, async () => {
      const ask = () => run(module, name, {}, more);
      await broken({ kind: 'throttle' });
      await refused(ask(), 403, 'Forbidden.AccessDenied.QpsLimitForAppkeyAndApi');
      await broken({ kind: 'error', code: 'systemError' });
      await refused(ask(), 500, 'systemError');
      if (module === oauth2) return;
      await broken({ kind: 'permission', scope: 'Test.Scope' });
      await assert.rejects(ask(), (error) => {
        assert.equal(error.code, 'Forbidden.AccessDenied.AccessTokenPermissionDenied');
        assert.deepEqual(error.accessDeniedDetail.requiredScopes, ['Test.Scope']);
        return true;
      });
    });
  }
});

describe('what the library makes of it', () => {
  test('values that are no texts are sent as they are and refused', async () => {
    await refused(file({ formComponentValues: [{ name: '卸载原因', value: 123 }] }), 400, 'formConverterError', /卸载原因/);
    await refused(file({ formComponentValues: [{ name: '卸载原因', value: ['a'] }] }), 400, 'formConverterError', /卸载原因/);
    await refused(file({ formComponentValues: [{ name: '卸载原因' }] }), 400, 'formConverterError', /卸载原因/);
  });

  test('an instance that is attached to another', async () => {
    const id = await file({ approvers: [one('wangfang')] });
    const agree = async (which) => oa('executeProcessInstance',
      { processInstanceId: which, taskId: (await taskOf(which, 'wangfang')).taskId, actionerUserId: 'wangfang', result: 'agree' });
    const attach = (body) => sim.call('POST', `/sim/api/instances/${id}/attached`, body);
    assert.equal((await attach({ user: 'lihua', action: 'REVOKE' })).status, 409, 'not agreed yet');
    await agree(id);
    assert.equal((await attach({ user: 'wangfang', action: 'REVOKE' })).status, 403);
    const modified = await attach({ user: 'lihua', action: 'MODIFY', formComponentValues: [{ name: '卸载原因', value: '改' }] });
    assert.equal(modified.status, 200, modified.text);
    assert.equal((await attach({ user: 'lihua', action: 'REVOKE' })).status, 409, 'another one runs');
    await agree(modified.json.processInstanceId);
    const revoked = await attach({ user: 'lihua', action: 'REVOKE' });
    await agree(revoked.json.processInstanceId);
    const [main, modify, revoke] = await Promise.all([id, modified.json.processInstanceId, revoked.json.processInstanceId].map(read));
    assert.deepEqual([main.bizAction, main.mainProcessInstanceId, main.status, main.result], ['NONE', '', 'COMPLETED', 'agree']);
    assert.deepEqual(main.attachedProcessInstanceIds, [modified.json.processInstanceId, revoked.json.processInstanceId]);
    assert.deepEqual([modify.bizAction, modify.mainProcessInstanceId, modify.formComponentValues[0].value], ['MODIFY', id, '改']);
    assert.deepEqual([revoke.bizAction, revoke.mainProcessInstanceId, revoke.result], ['REVOKE', id, 'agree']);
    assert.equal(main.formComponentValues[0].value, '电脑归还');
    assert.equal((await attach({ user: 'lihua', action: 'REVOKE' })).status, 409, 'taken back already');
    const nested = await sim.call('POST', `/sim/api/instances/${revoked.json.processInstanceId}/attached`, { user: 'lihua', action: 'REVOKE' });
    assert.equal(nested.status, 409);
  });
});
