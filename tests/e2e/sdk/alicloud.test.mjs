// @alicloud/dingtalk, DingTalk's own client library, drives dingsim: oauth2_1_0, contact_1_0 and workflow_1_0.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import dingtalk from '@alicloud/dingtalk';
import OpenApi from '@alicloud/openapi-client';
import Util from '@alicloud/tea-util';
import { dingsim } from './sim.mjs';

const { oauth2_1_0: oauth2, contact_1_0: contact, workflow_1_0: workflow } = dingtalk;

// --- the company --------------------------------------------------------------------------------------------------

const app = { clientId: 'dingsdkapp000001', clientSecret: 'secret-one', agentId: 4100, name: '测试应用' };
const callback = 'http://127.0.0.1:9/callback';
const corpId = 'dingsdkcorp00001';
const reasonForm = 'PROC-REASON';
const reason = { componentType: 'TextareaField', id: 'TextareaField_reason', label: '卸载原因', required: true };
const kind = { componentType: 'DDSelectField', id: 'DDSelectField_kind', label: '类型', options: ['临时', '永久'] };
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
      approvers: [one('wangfang'), one('zhaolei')] },
  ],
};

// --- the library --------------------------------------------------------------------------------------------------

let sim;
let token;
const options = new Util.RuntimeOptions({});
const client = (module) => new module.default(new OpenApi.Config({ endpoint: sim.host, protocol: 'http', regionId: 'central' }));
const title = (name) => name[0].toUpperCase() + name.slice(1);

// One operation of a module: its request's members, a token when it is not an anonymous one, what stands in the path.
async function run(module, name, members, { headers = token, segment } = {}) {
  const Request = module[`${title(name)}Request`];
  const given = [...(segment ? [segment] : []), ...(Request ? [new Request(members)] : [])];
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
    await refused(file({ bizDetailPageUrl: 'https://example.com' }), 400, 'benefitStatusInvalid');
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
    assert.deepEqual({ ...await decide() }, { result: true, success: true });
    const second = await taskOf(id, 'zhaolei');
    await decide({ taskId: second.taskId, actionerUserId: 'zhaolei', result: 'refuse', remark: '不同意' });
    const end = await read(id);
    assert.deepEqual([end.status, end.result], ['COMPLETED', 'refuse']);
    await refused(decide({ taskId: second.taskId, actionerUserId: 'zhaolei' }), 400, 'aflowProcessInstStatusException');
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
  });
});
