// What becomes of tasks in dingsim: added approvers, agents, people who leave, conditions, deleted forms; and the events
// that tell of it. Events are read from the log of pushes to a receiver that checks them.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Receiver, aesKey, clientId, token as pushToken } from './receiver.mjs';
import { dingsim } from './sdk/sim.mjs';
import { until } from './stage.mjs';

const app = { clientId, clientSecret: 'secret', agentId: 4100, name: '测试应用', redirectUrls: ['http://127.0.0.1:9/back'] };
const control = (componentType, label, more) => ({ componentType, id: `${componentType}_${label}`, label, ...more });
const reason = control('TextareaField', '原因', { required: true });
const kind = control('DDSelectField', '类型', { options: ['临时', '永久'] });
const step = (actionType, ...userIds) => ({ actionType, userIds });
const person = (userid, ...departments) => ({ userid, unionid: `u-${userid}`, name: userid, departments });
const everybody = ['lihua', 'wangfang', 'zhaolei', 'guqing', 'boss', 'admin'];
const form = (processCode, more) => ({ processCode, name: processCode, allowWithdraw: true, components: [reason], approvers: [step('NONE', 'wangfang')], ...more });
const seed = {
  corp: { corpId: 'dingtaskcorp0001', name: '测试公司' },
  apps: [app],
  departments: [{ id: 2, name: '研发部', parent: 1 }],
  people: everybody.map((id) => person(id, 2)),
  forms: [
    form('PROC-PLAIN'),
    form('PROC-KEPT', { managers: ['admin'] }),
    form('PROC-TWO', { managers: ['admin'], approvers: [step('NONE', 'boss'), step('AND', 'wangfang', 'zhaolei')] }),
    form('PROC-ALONE', { approvers: [step('NONE', 'wangfang'), step('OR', 'zhaolei', 'guqing')] }),
    form('PROC-BRANCH', { components: [reason, kind], approvers: [
      step('NONE', 'wangfang'), { ...step('NONE', 'boss'), when: { label: '类型', values: ['永久'] } }, step('NONE', 'zhaolei')] }),
    form('PROC-COPY', { ccList: ['guqing', 'boss'], ccPosition: 'START_FINISH' }),
  ],
};

let sim;
let token;
let receiver;

async function api(method, where, body) {
  const response = await fetch(sim.url + where, {
    method, body: body && JSON.stringify(body), headers: { 'x-acs-dingtalk-access-token': token, 'content-type': 'application/json' },
  });
  return { status: response.status, json: await response.json() };
}

async function must(answer) {
  const { status, json } = await answer;
  assert.equal(status, 200, JSON.stringify(json));
  return json;
}

async function fails(answer, status, code) {
  const got = await answer;
  assert.deepEqual([got.status, got.json.code], [status, code], JSON.stringify(got.json));
  return got.json;
}

const instances = '/v1.0/workflow/processInstances';
const create = (more) => api('POST', instances, {
  originatorUserId: 'lihua', processCode: 'PROC-PLAIN', deptId: 2, formComponentValues: [{ name: '原因', value: '测试' }], ...more,
});
const file = async (more) => (await must(create(more))).instanceId;
const read = async (id) => (await must(api('GET', `${instances}?processInstanceId=${encodeURIComponent(id)}`))).result;
const tasks = async (id) => (await read(id)).tasks.map((t) => [t.userId, t.status, t.result].join(' '));
const records = async (id) => (await read(id)).operationRecords.map((r) => [r.type, r.result, r.userId].join(' '));
const state = async (id) => { const i = await read(id); return [i.status, i.result].join(' ').trim(); };
const taskOf = async (id, who) => (await read(id)).tasks.find((t) => t.userId === who && t.status === 'RUNNING').taskId;
const execute = async (id, taskId, actionerUserId, result = 'agree') => api('POST', `${instances}/execute`, { processInstanceId: id, taskId, actionerUserId, result });
const decide = async (id, who, result) => must(execute(id, await taskOf(id, who), who, result));
const act = async (id, user, body) => sim.call('POST', `/sim/api/tasks/${await taskOf(id, user)}`, { user, ...body });
const change = (method, where, body) => must(sim.call(method, `/sim/api/${where}`, body));
const told = async (id, count) => (await until(`${count} events`, () => {
  const of = receiver.events.filter((e) => e.processInstanceId === id);
  return of.length >= count && of;
})).map((e) => [e.EventType.split('_')[1], e.type, ...(e.result ? [e.result] : []), e.staffId].join(' '));
const last = (type) => until(type, () => receiver.events.findLast((e) => e.EventType === type));

before(async () => {
  sim = await dingsim(seed, '--withdraw-delay', '0');
  token = (await must(api('POST', '/v1.0/oauth2/accessToken', { appKey: clientId, appSecret: app.clientSecret }))).accessToken;
  receiver = await new Receiver().open();
  await must(sim.call('PUT', `/sim/api/apps/${clientId}/subscription`, { url: receiver.url, aesKey, token: pushToken }));
});
after(async () => {
  await sim.stop();
  await receiver.close();
});

describe('an added approver', () => {
  test('before: the task is paused until the added one agrees', async () => {
    const id = await file();
    assert.equal((await act(id, 'wangfang', { result: 'addBefore', to: 'guqing', remark: '请先看' })).status, 200);
    assert.deepEqual(await tasks(id), ['wangfang PAUSED NONE', 'guqing RUNNING NONE']);
    const paused = (await read(id)).tasks[0].taskId;
    await fails(execute(id, paused, 'wangfang'), 400, 'aflowProcessInstCanNotBeExecuted');
    await decide(id, 'guqing');
    assert.deepEqual(await tasks(id), ['wangfang RUNNING NONE', 'guqing COMPLETED AGREE']);
    await decide(id, 'wangfang');
    assert.equal(await state(id), 'COMPLETED agree');
    assert.deepEqual(await records(id), ['START_PROCESS_INSTANCE NONE lihua', 'APPEND_TASK_BEFORE NONE wangfang',
      'EXECUTE_TASK_NORMAL AGREE guqing', 'EXECUTE_TASK_NORMAL AGREE wangfang']);
    assert.equal((await read(id)).operationRecords[1].remark, '请先看');
    assert.deepEqual(await told(id, 6), ['instance start lihua', 'task start wangfang', 'task start guqing', 'task finish agree guqing',
      'instance finish agree lihua', 'task finish agree wangfang']);
  });

  test('before: a refusal ends the form, and the paused task is cancelled', async () => {
    const id = await file();
    await act(id, 'wangfang', { result: 'addBefore', to: 'guqing' });
    await decide(id, 'guqing', 'refuse');
    assert.equal(await state(id), 'COMPLETED refuse');
    assert.deepEqual(await tasks(id), ['wangfang CANCELED NONE', 'guqing COMPLETED REFUSE']);
    assert.deepEqual((await told(id, 6)).slice(3), ['instance finish refuse lihua', 'task finish refuse guqing', 'task cancel wangfang']);
  });

  test('after: the first agrees, the added one decides', async () => {
    const id = await file();
    assert.equal((await act(id, 'wangfang', { result: 'addAfter', to: 'guqing', remark: '同意，请复核' })).status, 200);
    assert.deepEqual(await tasks(id), ['wangfang COMPLETED AGREE', 'guqing RUNNING NONE']);
    assert.equal(await state(id), 'RUNNING');
    await decide(id, 'guqing');
    assert.equal(await state(id), 'COMPLETED agree');
    assert.deepEqual((await records(id)).slice(1), ['APPEND_TASK_AFTER AGREE wangfang', 'EXECUTE_TASK_NORMAL AGREE guqing']);
    assert.deepEqual(await told(id, 6), ['instance start lihua', 'task start wangfang', 'task start guqing', 'task finish agree wangfang',
      'instance finish agree lihua', 'task finish agree guqing']);
  });

  test('in an AND and in an OR the others are as they would be', async () => {
    const all = await file({ approvers: [step('AND', 'wangfang', 'zhaolei')] });
    await act(all, 'wangfang', { result: 'addBefore', to: 'boss' });
    await decide(all, 'zhaolei');
    assert.equal(await state(all), 'RUNNING', 'the paused one has not agreed');
    await decide(all, 'boss');
    await act(all, 'wangfang', { result: 'addAfter', to: 'guqing' });
    assert.equal(await state(all), 'RUNNING');
    await decide(all, 'guqing');
    assert.equal(await state(all), 'COMPLETED agree');
    const any = await file({ approvers: [step('OR', 'wangfang', 'zhaolei')] });
    await act(any, 'wangfang', { result: 'addAfter', to: 'guqing' });
    assert.deepEqual(await tasks(any), ['wangfang COMPLETED AGREE', 'zhaolei CANCELED NONE', 'guqing RUNNING NONE']);
    await decide(any, 'guqing');
    assert.equal(await state(any), 'COMPLETED agree');
    const first = await file({ approvers: [step('OR', 'wangfang', 'zhaolei')] });
    await act(first, 'wangfang', { result: 'addBefore', to: 'guqing' });
    await decide(first, 'zhaolei');
    assert.deepEqual(await tasks(first), ['wangfang CANCELED NONE', 'zhaolei COMPLETED AGREE', 'guqing CANCELED NONE']);
  });

  test('a task that was transferred keeps who waits for it', async () => {
    const id = await file();
    await act(id, 'wangfang', { result: 'addBefore', to: 'guqing' });
    await act(id, 'guqing', { result: 'redirect', to: 'boss' });
    await decide(id, 'boss');
    assert.deepEqual(await tasks(id), ['wangfang RUNNING NONE', 'guqing COMPLETED REDIRECTED', 'boss COMPLETED AGREE']);
  });

  test('only the one who has the task adds, and nobody who has one already', async () => {
    const id = await file({ approvers: [step('AND', 'wangfang', 'zhaolei')] });
    const taskId = await taskOf(id, 'wangfang');
    const add = (body) => sim.call('POST', `/sim/api/tasks/${taskId}`, { user: 'wangfang', result: 'addBefore', to: 'guqing', ...body });
    for (const [wrong, status] of [[{ user: 'zhaolei' }, 400], [{ to: 'zhaolei' }, 400], [{ to: 'nobody' }, 404], [{ to: undefined }, 400]]) {
      assert.equal((await add(wrong)).status, status, JSON.stringify(wrong));
    }
    assert.equal((await add({})).status, 200);
    assert.equal((await add({})).status, 400, 'paused');
  });
});

describe('an agent', () => {
  after(() => change('PUT', 'people/wangfang', { agent: '' }));

  test('decides in the place of somebody, and both are told', async () => {
    await change('PUT', 'people/wangfang', { agent: 'guqing' });
    const id = await file();
    const { items } = (await sim.call('GET', '/sim/api/inbox?user=guqing')).json;
    assert.ok(items.some((item) => item.processInstanceId === id));
    const taskId = await taskOf(id, 'wangfang');
    await fails(execute(id, taskId, 'zhaolei'), 400, 'invalidInstanceExecuteActionerUserId');
    await must(execute(id, taskId, 'guqing'));
    assert.deepEqual((await records(id)).slice(1), ['EXECUTE_TASK_AGENT AGREE guqing']);
    assert.deepEqual(await tasks(id), ['wangfang COMPLETED AGREE']);
    await told(id, 4);
    const [, started, , finished] = receiver.events.filter((e) => e.processInstanceId === id);
    assert.deepEqual([started.staffId, started.agentActionerIds], ['wangfang', ['guqing']]);
    assert.deepEqual([finished.staffId, finished.actualActionerId, finished.agentActionerIds], ['wangfang', 'guqing', ['guqing']]);
    const own = await file();
    await decide(own, 'wangfang');
    assert.deepEqual((await records(own)).slice(1), ['EXECUTE_TASK_NORMAL AGREE wangfang'], 'the agent does not take it away');
  });

  test('is somebody else of the organisation', async () => {
    for (const agent of ['nobody', 'wangfang', 5]) {
      assert.equal((await sim.call('PUT', '/sim/api/people/wangfang', { agent })).status, 400);
    }
  });
});

describe('somebody leaves', () => {
  const back = (id) => change('POST', 'people', { userid: id, unionid: `u-${id}`, name: id, departments: [2] });

  test('their tasks go to the form\'s administrator', async () => {
    const id = await file({ processCode: 'PROC-KEPT' });
    await change('DELETE', 'people/wangfang');
    assert.deepEqual(await tasks(id), ['wangfang COMPLETED REDIRECTED', 'admin RUNNING NONE']);
    assert.equal((await records(id)).at(-1), 'REDIRECT_TASK NONE wangfang');
    await decide(id, 'admin');
    assert.deepEqual(await told(id, 6), ['instance start lihua', 'task start wangfang', 'task start admin', 'task finish redirect wangfang',
      'instance finish agree lihua', 'task finish agree admin']);
    await back('wangfang');
  });

  test('without an administrator the step is skipped, and a form never waits for them', async () => {
    const id = await file({ processCode: 'PROC-ALONE' });
    await change('DELETE', 'people/zhaolei');
    await change('DELETE', 'people/wangfang');
    assert.deepEqual(await tasks(id), ['wangfang CANCELED NONE', 'guqing RUNNING NONE'], 'the next step has who is left');
    await change('DELETE', 'people/guqing');
    assert.equal(await state(id), 'COMPLETED agree');
    assert.deepEqual(await told(id, 6), ['instance start lihua', 'task start wangfang', 'task start guqing', 'task cancel wangfang',
      'instance finish agree lihua', 'task cancel guqing']);
    const later = await file({ processCode: 'PROC-ALONE' });
    assert.equal(await state(later), 'COMPLETED agree', 'nobody of the flow is there');
    for (const who of ['wangfang', 'zhaolei', 'guqing']) await back(who);
  });

  test('a later step asks the administrator, once', async () => {
    const id = await file({ processCode: 'PROC-TWO' });
    await change('DELETE', 'people/wangfang');
    await change('DELETE', 'people/zhaolei');
    await decide(id, 'boss');
    assert.deepEqual(await tasks(id), ['boss COMPLETED AGREE', 'admin RUNNING NONE']);
    const { result } = await must(api('POST', '/v1.0/workflow/processes/forecast',
      { processCode: 'PROC-TWO', userId: 'lihua', deptId: 2, formComponentValues: [{ name: '原因', value: 'x' }] }));
    assert.deepEqual(result.workflowActivityRules.map((r) => r.activityActioners.map((a) => a.userId)), [['boss'], ['admin']]);
    await back('wangfang');
    await back('zhaolei');
  });

  test('who waits for one that was added goes on', async () => {
    const id = await file();
    await act(id, 'wangfang', { result: 'addBefore', to: 'guqing' });
    await change('DELETE', 'people/guqing');
    assert.deepEqual(await tasks(id), ['wangfang RUNNING NONE', 'guqing CANCELED NONE']);
    await back('guqing');
    const other = await file({ processCode: 'PROC-KEPT' });
    await act(other, 'wangfang', { result: 'addBefore', to: 'guqing' });
    await change('DELETE', 'people/wangfang');
    assert.deepEqual(await tasks(other), ['wangfang COMPLETED REDIRECTED', 'guqing RUNNING NONE', 'admin PAUSED NONE']);
    await decide(other, 'guqing');
    assert.deepEqual((await tasks(other)).at(-1), 'admin RUNNING NONE');
    await back('wangfang');
  });

  test('who becomes an outsider has left too', async () => {
    const id = await file({ processCode: 'PROC-KEPT' });
    await change('PUT', 'people/wangfang', { external: true });
    assert.deepEqual(await tasks(id), ['wangfang COMPLETED REDIRECTED', 'admin RUNNING NONE']);
    await change('PUT', 'people/wangfang', { external: false });
  });

  test('a department that goes leaves its forms as they are', async () => {
    const { id: department } = await change('POST', 'departments', { name: '临时组', parent: 2 });
    await change('PUT', 'people/guqing', { departments: [department] });
    const id = await file({ originatorUserId: 'guqing', deptId: department });
    assert.equal((await sim.call('DELETE', `/sim/api/departments/${department}`)).status, 409, 'somebody is in it');
    await change('PUT', 'people/guqing', { departments: [2] });
    await change('DELETE', `departments/${department}`);
    assert.deepEqual([(await read(id)).originatorDeptName, (await read(id)).originatorDeptId], ['临时组', String(department)]);
    await fails(create({ originatorUserId: 'guqing', deptId: department }), 400, 'processInstanceInvalidParameter');
    await decide(id, 'wangfang');
    assert.equal(await state(id), 'COMPLETED agree');
  });

  test('an initiator who left files nothing and withdraws nothing; the form runs on', async () => {
    const id = await file({ originatorUserId: 'guqing' });
    await change('DELETE', 'people/guqing');
    await fails(create({ originatorUserId: 'guqing' }), 400, 'invalidParameter');
    await fails(create({ originatorUserId: 'nobody' }), 400, 'processInstanceInvalidParameter');
    await fails(api('POST', `${instances}/terminate`, { processInstanceId: id, isSystem: false, operatingUserId: 'guqing' }), 400, 'userNotExist');
    await decide(id, 'wangfang');
    assert.equal(await state(id), 'COMPLETED agree');
    await back('guqing');
    assert.ok(await file({ originatorUserId: 'guqing' }));
  });
});

describe('a form\'s flow', () => {
  const values = (value) => [{ name: '原因', value: 'x' }, ...(value ? [{ name: '类型', value }] : [])];
  const walk = async (id) => {
    for (;;) {
      const { status, tasks: all } = await read(id);
      if (status !== 'RUNNING') return all.map((t) => t.userId);
      await decide(id, all.at(-1).userId);
    }
  };

  test('goes through a step with a condition when the form says so, in forecast and create alike', async () => {
    for (const [value, way] of [['永久', ['wangfang', 'boss', 'zhaolei']], ['临时', ['wangfang', 'zhaolei']], [undefined, ['wangfang', 'zhaolei']]]) {
      const { result } = await must(api('POST', '/v1.0/workflow/processes/forecast',
        { processCode: 'PROC-BRANCH', userId: 'lihua', deptId: 2, formComponentValues: values(value) }));
      assert.equal(result.isStaticWorkflow, false);
      assert.deepEqual(result.workflowActivityRules.map((r) => r.activityActioners[0].userId), way);
      assert.equal(result.workflowForecastNodes.length, way.length);
      assert.deepEqual(await walk(await file({ processCode: 'PROC-BRANCH', formComponentValues: values(value) })), way);
    }
  });

  test('keeps the control that a condition looks at', async () => {
    const text = { componentType: 'TextareaField', props: { componentId: 'TextareaField_原因', label: '原因', required: true } };
    const select = (...options) => ({ componentType: 'DDSelectField',
      props: { componentId: 'DDSelectField_类型', label: '类型', options: options.map((value, i) => ({ key: `option_${i}`, value })) } });
    const save = (...formComponents) => api('POST', '/v1.0/workflow/forms', { processCode: 'PROC-BRANCH', name: 'PROC-BRANCH', formComponents });
    await fails(save(text), 400, 'formschema.error');
    await fails(save(text, select('临时')), 400, 'formschema.error');
    await must(save(text, select('临时', '永久', '其他')));
  });

  test('has its conditions shown, kept and changed by the console', async () => {
    const where = `${sim.url}/forms/edit?code=PROC-BRANCH`;
    const page = await (await fetch(where)).text();
    assert.match(page, /name="s1_when"[^>]*value="类型"/);
    assert.match(page, /name="s1_values"[^>]*>\s*永久</);
    assert.match(page, /name="s0_when"[^>]*value=""/);
    const publish = (when, values) => fetch(where, { method: 'POST', redirect: 'manual', body: new URLSearchParams({
      do: 'publish', name: 'PROC-BRANCH', approval: 'manual', withdraw: '1', controls: '2', c0_type: 'TextareaField', c0_id: 'TextareaField_原因', c0_label: '原因', c0_required: '1',
      c1_type: 'DDSelectField', c1_id: 'DDSelectField_类型', c1_label: '类型', c1_options: '临时\n永久\n其他', steps: '3', s0_p0: 'wangfang', s1_p0: 'boss', s2_p0: 'zhaolei',
      s1_when: when, s1_values: values }) });
    for (const [when, values] of [['原因', '永久'], ['没有', '永久'], ['类型', '没有'], ['类型', '\n']]) {
      assert.match(await (await publish(when, values)).text(), /A condition names a single choice/);
    }
    const way = async (value) => (await must(api('POST', '/v1.0/workflow/processes/forecast', { processCode: 'PROC-BRANCH', userId: 'lihua', deptId: 2,
      formComponentValues: [{ name: '原因', value: '归还' }, { name: '类型', value }] }))).result.workflowActivityRules.map((r) => r.activityActioners[0].userId);
    assert.equal((await publish('类型', '永久')).status, 303);
    assert.deepEqual([await way('永久'), await way('其他')], [['wangfang', 'boss', 'zhaolei'], ['wangfang', 'zhaolei']]);
    assert.equal((await publish(' 类型 ', '其他\r\n临时\r\n')).status, 303);
    assert.deepEqual([await way('永久'), await way('其他')], [['wangfang', 'zhaolei'], ['wangfang', 'boss', 'zhaolei']]);
  });

  test('tells everybody who gets a copy, at the start and at the end', async () => {
    const id = await file({ processCode: 'PROC-COPY' });
    await decide(id, 'wangfang');
    const { operationRecords, ccUserIds } = await read(id);
    assert.deepEqual(ccUserIds, ['guqing', 'boss']);
    assert.deepEqual(operationRecords.filter((r) => r.type === 'PROCESS_CC').map((r) => r.ccUserIds), [['guqing'], ['boss'], ['guqing'], ['boss']]);
    assert.deepEqual(operationRecords.map((r) => r.type), ['START_PROCESS_INSTANCE', 'PROCESS_CC', 'PROCESS_CC', 'EXECUTE_TASK_NORMAL', 'PROCESS_CC', 'PROCESS_CC']);
  });
});

describe('deleting', () => {
  test('an instance is told, its tasks are cancelled and it cannot be read any more', async () => {
    const [running, done] = [await file(), await file()];
    await decide(done, 'wangfang');
    for (const id of [running, done]) {
      await change('DELETE', `instances/${encodeURIComponent(id)}`);
      await fails(api('GET', `${instances}?processInstanceId=${id}`), 400, 'processInstanceNotExist');
    }
    assert.deepEqual(await told(running, 4), ['instance start lihua', 'task start wangfang', 'instance delete lihua', 'task cancel wangfang']);
    assert.deepEqual((await told(done, 5)).at(-1), 'instance delete lihua');
    const event = receiver.events.find((e) => e.processInstanceId === done && e.type === 'delete');
    assert.ok(!('result' in event));
    const next = await read(await file());
    assert.ok(next.tasks[0].taskId > receiver.events.findLast((e) => e.processInstanceId === done && e.taskId).taskId, 'no id comes again');
    assert.equal((await sim.call('DELETE', '/sim/api/instances/none')).status, 404);
  });

  test('a form is gone for creates, reads and lists; an app can forbid it and the editor', async () => {
    const make = async (name, templateConfig) => (await must(api('POST', '/v1.0/workflow/forms', { name, templateConfig,
      formComponents: [{ componentType: 'TextField', props: { componentId: 'a', label: 'a', placeholder: '填写' } }] }))).result.processCode;
    const flags = { disableFormEdit: true, disableDeleteProcess: true, disableResubmit: true, disableHomepage: true };
    const kept = await make('保留', flags);
    assert.equal((await sim.call('DELETE', `/sim/api/forms/${kept}`)).status, 409);
    const schema = (code) => api('GET', `/v1.0/workflow/forms/schemas/processCodes?processCode=${code}`);
    const { result } = await must(schema(kept));
    assert.deepEqual(JSON.parse(result.customSetting), { disableStopProcessButton: false, hidden: false, ...flags });
    assert.deepEqual(JSON.parse(result.visibleRange), { userIds: [], deptIds: [] });
    assert.equal(result.schemaContent.items[0].props.placeholder, '填写');
    const edit = async (code, name) => fetch(`${sim.url}/forms/edit?code=${code}`, { method: 'POST', redirect: 'manual', body: new URLSearchParams({
      do: 'publish', name, approval: 'automatic', controls: '1', c0_type: 'TextField', c0_id: 'a', c0_label: 'a', steps: '0' }) });
    assert.match(await (await edit(kept, '改名')).text(), /does not let it be edited/);
    assert.equal((await must(schema(kept))).result.name, '保留');

    const gone = await make('可删');
    assert.equal((await edit(gone, '可删')).status, 303);
    await change('DELETE', `forms/${gone}`);
    await fails(create({ processCode: gone }), 400, 'processCodeError');
    await fails(schema(gone), 400, 'formNotExist');
    await fails(api('POST', '/v1.0/workflow/forms', { processCode: gone, name: 'x', formComponents: [] }), 400, 'processcode.error');
    await fails(api('GET', `/v1.0/workflow/processCentres/schemaNames/processCodes?name=${encodeURIComponent('可删')}`), 400, 'process.error');
    assert.equal((await sim.call('DELETE', `/sim/api/forms/${gone}`)).status, 404);
    assert.ok(await make('可删'), 'the name is free again');
    for (const templateConfig of ['x', [], { hidden: 'yes' }, { dirId: 5 }, { disableHomepage: 1 }]) {
      await fails(api('POST', '/v1.0/workflow/forms', { name: '错误', templateConfig,
        formComponents: [{ componentType: 'TextField', props: { label: 'a' } }] }), 400, 'schema.sysAttrs.error');
    }
  });
});

describe('events of the organisation', () => {
  test('user_active_org: somebody who was added signs in for the first time', async () => {
    const { userid } = await change('POST', 'people', { name: '新人', departments: [2], active: false });
    const get = async () => (await fetch(`${sim.url}/topapi/v2/user/get?access_token=${token}`, { method: 'POST', body: JSON.stringify({ userid }) })).json();
    assert.equal((await get()).result.active, false);
    const query = new URLSearchParams({ client_id: clientId, redirect_uri: app.redirectUrls[0], response_type: 'code', scope: 'openid', prompt: 'consent' });
    for (let times = 0; times < 2; times += 1) {
      const answer = await fetch(`${sim.url}/oauth2/auth?${query}`, { method: 'POST', redirect: 'manual', body: new URLSearchParams({ user: userid, choice: 'agree' }) });
      assert.equal(answer.status, 302);
    }
    assert.deepEqual((await last('user_active_org')).userId, [userid]);
    assert.equal((await get()).result.active, true);
    await change('PUT', `people/${userid}`, { labels: [] });
    assert.equal(receiver.events.filter((e) => e.EventType === 'user_active_org').length, 1);
  });

  test('label_user_change: labels that somebody gets and loses', async () => {
    await change('PUT', 'people/boss', { labels: [{ id: 7, name: '主管' }, { id: 8, name: '财务' }] });
    const added = await last('label_user_change');
    assert.deepEqual([added.userIdList, added.labelIdList, added.action], [['boss'], [7, 8], 'add']);
    const user = await (await fetch(`${sim.url}/topapi/v2/user/get?access_token=${token}`, { method: 'POST', body: '{"userid":"boss"}' })).json();
    assert.deepEqual(user.result.role_list, [{ id: 7, name: '主管', group_name: '默认' }, { id: 8, name: '财务', group_name: '默认' }]);
    await change('PUT', 'people/boss', { labels: [{ id: 8, name: '财务' }] });
    const removed = await until('removed', () => receiver.events.find((e) => e.action === 'remove'));
    assert.deepEqual([removed.userIdList, removed.labelIdList], [['boss'], [7]]);
    for (const labels of ['x', [1], [{ id: 0, name: 'x' }], [{ id: 1 }], [{ id: 1, name: 'a' }, { id: 1, name: 'b' }]]) {
      assert.equal((await sim.call('PUT', '/sim/api/people/boss', { labels })).status, 400);
    }
  });
});
