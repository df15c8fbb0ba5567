// What a local DingTalk has to do, line by line; a test bears the name of its line. Each line is tried for itself:
// the calls with all their errors are in dingsim.test.mjs and sdk/.
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import http from 'node:http';
import { createRequire } from 'node:module';
import { after, before, describe, test } from 'node:test';
import { Receiver, aesKey, clientId, goodReply, seal, signature, token as pushToken } from './receiver.mjs';
import { dingsim } from './sdk/sim.mjs';
import { sleep, until } from './stage.mjs';

const WebSocket = createRequire(new URL('./sdk/package.json', import.meta.url))('ws');
const app = { clientId, clientSecret: 'secret', agentId: 4100, name: '测试应用' };
const corpId = 'dingconformcorp1';
const callback = 'http://127.0.0.1:9/callback';
const control = (componentType, label, more) => ({ componentType, id: `${componentType}_${label}`, label, ...more });
const reason = control('TextareaField', '原因', { required: true });
const one = (userid) => ({ actionType: 'NONE', userIds: [userid] });
const person = (userid, name, ...departments) => ({ userid, unionid: `u-${userid}`, name, departments });
const seed = {
  corp: { corpId, name: '测试公司' },
  apps: [{ ...app, redirectUrls: [callback] }],
  departments: [{ id: 2, name: '研发部', parent: 1 }],
  people: [
    person('lihua', '李华', 2), person('wangfang', '王芳', 2), person('zhaolei', '赵磊', 2), person('guqing', '顾青', 1),
    { userid: 'guest', unionid: 'u-guest', name: '外部人员', external: true },
  ],
  forms: [
    { processCode: 'PROC-PLAIN', name: '审批', allowWithdraw: true, allowRevoke: true, components: [reason], approvers: [one('wangfang')] },
    { processCode: 'PROC-FIXED', name: '固定', components: [reason], approvers: [one('wangfang')] },
    { processCode: 'PROC-ALL', name: '全部控件', approvers: [one('wangfang')], components: [
      control('TextField', '单行'), control('TextareaField', '多行'), control('NumberField', '数字'), control('MoneyField', '金额'),
      control('DDSelectField', '单选', { options: ['选项1', '选项2'] }), control('DDMultiSelectField', '多选', { options: ['选项1', '选项2'] }),
      control('DDDateField', '日期'), control('DDDateField', '时间', { format: 'yyyy-MM-dd HH:mm' }),
      control('DDDateRangeField', '["开始时间","结束时间"]'), control('PhoneField', '电话'), control('InnerContactField', '联系人'),
      control('DepartmentField', '部门'), control('DDPhotoField', '图片'), control('DDAttachment', '附件'),
      control('TableField', '明细', { children: [control('TextField', '品名', { required: true }), control('NumberField', '件数')] }),
      control('RelateField', '关联'), control('AddressField', '地址'), control('StarRatingField', '评分'),
      control('TimeAndLocationField', '地点'), control('TextNote', '说明'), control('DDBizSuite', '请假'),
    ] },
  ],
};

let sim;
let token;

// One request as it is, over node's own client.
function send(method, where, { headers = {}, body = [], agent } = {}) {
  return new Promise((resolve, reject) => {
    const request = http.request(sim.url + where, { method, headers, agent });
    request.on('error', reject);
    request.on('response', (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (data) => { text += data; });
      response.on('end', () => resolve({ status: response.statusCode, headers: response.headers, json: JSON.parse(text), reused: request.reusedSocket }));
    });
    for (const part of body) request.write(part);
    request.end();
  });
}

async function api(method, where, body, { as = token } = {}) {
  const response = await fetch(sim.url + where, {
    method, body: body && JSON.stringify(body),
    headers: { ...(as ? { 'x-acs-dingtalk-access-token': as } : {}), ...(body ? { 'content-type': 'application/json' } : {}) },
  });
  return { status: response.status, json: await response.json() };
}

async function must(method, where, body, more) {
  const { status, json } = await api(method, where, body, more);
  assert.equal(status, 200, JSON.stringify(json));
  return json;
}

async function fails(promise, code, status = 400) {
  const answer = await promise;
  assert.deepEqual([answer.status, answer.json.code], [status, code], JSON.stringify(answer.json));
  return answer.json;
}

const instances = '/v1.0/workflow/processInstances';
const create = (more) => api('POST', instances, {
  originatorUserId: 'lihua', processCode: 'PROC-PLAIN', deptId: 2, formComponentValues: [{ name: '原因', value: '测试' }], ...more,
});
async function file(more) {
  const { status, json } = await create(more);
  assert.equal(status, 200, JSON.stringify(json));
  return json.instanceId;
}
const read = async (id) => (await must('GET', `${instances}?processInstanceId=${encodeURIComponent(id)}`)).result;
const state = async (id) => { const i = await read(id); return [i.status, i.result]; };
const tasks = async (id) => (await read(id)).tasks.map((t) => [t.userId, t.status, t.result]);
async function decide(id, who, result = 'agree') {
  const { taskId } = (await read(id)).tasks.find((t) => t.userId === who && t.status === 'RUNNING');
  await must('POST', `${instances}/execute`, { processInstanceId: id, taskId, actionerUserId: who, result });
  return taskId;
}
const withdraw = (id, more) => api('POST', `${instances}/terminate`, { processInstanceId: id, isSystem: false, operatingUserId: 'lihua', ...more });
const forward = (forwardMs) => sim.call('POST', '/sim/api/clock', { forwardMs });

async function sign() {
  token = (await must('POST', '/v1.0/oauth2/accessToken', { appKey: app.clientId, appSecret: app.clientSecret }, { as: null })).accessToken;
}

before(async () => {
  sim = await dingsim(seed);
  await sign();
});
after(() => sim.stop());

test('1: one listener, both dialects', async () => {
  const fresh = await api('GET', `${instances}?processInstanceId=none`);
  assert.deepEqual([fresh.status, Object.keys(fresh.json)], [400, ['code', 'requestid', 'message']]);
  const old = async (where) => (await fetch(`${sim.url}${where}`)).json();
  assert.equal((await old(`/gettoken?appkey=${app.clientId}&appsecret=${app.clientSecret}`)).errcode, 0);
  assert.equal((await old(`/auth/scopes?access_token=${token}`)).errcode, 0);
  assert.equal((await old(`/call_back/get_call_back_failed_result?access_token=${token}`)).errcode, 0);
  const user = await fetch(`${sim.url}/topapi/v2/user/get?access_token=${token}`, { method: 'POST', body: '{"userid":"lihua"}' });
  assert.equal((await user.json()).result.name, '李华');
  await fails(api('GET', '/v1.0/no/such/thing'), 'InvalidAction.NotFound', 404);
  await fails(api('DELETE', instances), 'InvalidAction.NotFound', 404);
  const odd = await fetch(`${sim.url}/v9/nothing`);
  assert.deepEqual([odd.status, (await odd.json()).errcode], [200, 404]);
});

test('2: chunked and content-length bodies, JSON and form, numeric strings, keep-alive, percent-encoded query', async () => {
  const body = JSON.stringify({ appKey: app.clientId, appSecret: app.clientSecret });
  const type = { 'content-type': 'application/json; charset=utf-8' };
  const chunked = await send('POST', '/v1.0/oauth2/accessToken', { headers: { ...type, 'transfer-encoding': 'chunked' }, body: [body.slice(0, 5), body.slice(5)] });
  const sized = await send('POST', '/v1.0/oauth2/accessToken', { headers: { ...type, 'content-length': Buffer.byteLength(body) }, body: [body] });
  assert.ok(chunked.json.accessToken);
  assert.equal(chunked.json.accessToken, sized.json.accessToken);

  const departments = async (text, kind) => (await (await fetch(`${sim.url}/topapi/v2/department/listsubid`, {
    method: 'POST', body: text, headers: { 'content-type': kind },
  })).json()).result.dept_id_list;
  for (const id of ['1', '"1"']) assert.deepEqual(await departments(`{"access_token":"${token}","dept_id":${id}}`, 'application/json'), [2]);
  assert.deepEqual(await departments(`access_token=${token}&dept_id=1`, 'application/x-www-form-urlencoded'), [2]);

  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  const headers = { 'x-acs-dingtalk-access-token': token };
  const id = await file();
  const escaped = [...id].map((c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`).join('');
  for (const reused of [false, true]) {
    const answer = await send('GET', `${instances}?processInstanceId=${escaped}`, { headers, agent });
    assert.deepEqual([answer.status, answer.reused], [200, reused]);
  }
  agent.destroy();
});

test('3: tokens: the same while valid, lifetime configurable, refused in the words of each dialect, users apart from apps', async () => {
  const first = token;
  await sign();
  assert.equal(token, first);
  await fails(api('GET', `${instances}?processInstanceId=x`, undefined, { as: 'wrong' }), 'InvalidAuthentication');
  const old = async (access) => (await fetch(`${sim.url}/topapi/v2/user/get?access_token=${access}`, { method: 'POST', body: '{"userid":"lihua"}' })).json();
  const { errcode, sub_code: code } = await old('wrong');
  assert.deepEqual([errcode, code], [88, '40014']);
  await fails(api('GET', '/v1.0/contact/users/me'), 'InvalidAuthentication');
  await forward(7300 * 1000);
  await fails(api('GET', `${instances}?processInstanceId=x`), 'InvalidAuthentication');
  await sign();
  assert.notEqual(token, first);

  const short = await dingsim(seed, '--token-ttl', '1');
  const ask = async () => (await short.call('POST', '/v1.0/oauth2/accessToken', { appKey: app.clientId, appSecret: app.clientSecret })).json;
  const brief = await ask();
  assert.equal(brief.expireIn, 1);
  await sleep(1100);
  assert.notEqual((await ask()).accessToken, brief.accessToken);
  await short.stop();
});

describe('5: the life of a form', () => {
  let receiver;
  const events = (id) => receiver.events.filter((e) => e.processInstanceId === id);
  const told = async (id, count) => (await until(`${count} events`, () => events(id).length >= count && events(id)))
    .map((e) => [e.EventType.split('_')[1], e.type, ...(e.result ? [e.result] : []), e.staffId].join(' '));

  before(async () => {
    receiver = await new Receiver().open();
    const saved = await sim.call('PUT', `/sim/api/apps/${clientId}/subscription`, { url: receiver.url, aesKey, token: pushToken });
    assert.equal(saved.status, 200, saved.text);
  });
  after(() => receiver.close());

  test('5: RUNNING, then COMPLETED with agree or refuse, or TERMINATED', async () => {
    const [agreed, refused, withdrawn] = [await file(), await file(), await file()];
    assert.deepEqual(await state(agreed), ['RUNNING', '']);
    await decide(agreed, 'wangfang');
    await decide(refused, 'wangfang', 'refuse');
    await must('POST', '/sim/api/clock', { forwardMs: 16000 });
    assert.equal((await withdraw(withdrawn)).status, 200);
    assert.deepEqual([await state(agreed), await state(refused), await state(withdrawn)],
      [['COMPLETED', 'agree'], ['COMPLETED', 'refuse'], ['TERMINATED', '']]);
    await fails(withdraw(agreed), 'aflowProcessInstStatusException');
  });

  test('5: AND, OR and NONE nodes in order; an or-sign cancels the other tasks, with its event', async () => {
    const id = await file({ approvers: [
      { actionType: 'AND', userIds: ['wangfang', 'zhaolei'] }, { actionType: 'OR', userIds: ['wangfang', 'guqing'] }, one('zhaolei'),
    ] });
    await decide(id, 'wangfang');
    assert.equal((await tasks(id)).length, 2, 'both of AND have to agree');
    await decide(id, 'zhaolei');
    await decide(id, 'guqing');
    assert.deepEqual(await tasks(id), [
      ['wangfang', 'COMPLETED', 'AGREE'], ['zhaolei', 'COMPLETED', 'AGREE'],
      ['wangfang', 'CANCELED', 'NONE'], ['guqing', 'COMPLETED', 'AGREE'], ['zhaolei', 'RUNNING', 'NONE'],
    ]);
    await decide(id, 'zhaolei');
    assert.deepEqual(await state(id), ['COMPLETED', 'agree']);
    assert.deepEqual(await told(id, 12), [
      'instance start lihua', 'task start wangfang', 'task start zhaolei', 'task finish agree wangfang',
      'task start wangfang', 'task start guqing', 'task finish agree zhaolei',
      'task start zhaolei', 'task finish agree guqing', 'task cancel wangfang',
      'instance finish agree lihua', 'task finish agree zhaolei',
    ]);
  });

  test('5: a redirect gives a new taskId', async () => {
    const id = await file();
    const [{ taskId }] = (await read(id)).tasks;
    await must('POST', '/v1.0/workflow/tasks/redirect', { taskId, operateUserId: 'wangfang', toUserId: 'guqing', remark: '请代办' });
    assert.deepEqual(await tasks(id), [['wangfang', 'COMPLETED', 'REDIRECTED'], ['guqing', 'RUNNING', 'NONE']]);
    const next = await decide(id, 'guqing');
    assert.ok(next > taskId);
    assert.deepEqual(await told(id, 6), [
      'instance start lihua', 'task start wangfang', 'task start guqing', 'task finish redirect wangfang',
      'instance finish agree lihua', 'task finish agree guqing',
    ]);
    const redirected = events(id)[3];
    assert.deepEqual([redirected.taskId, redirected.remark, redirected.actualActionerId], [taskId, '请代办', 'wangfang']);
  });

  test('5: no withdrawal in the first 15 seconds, nor where the form forbids it', async () => {
    const [id, fixed] = [await file(), await file({ processCode: 'PROC-FIXED' })];
    assert.match((await fails(withdraw(id), 'aflowProcessInstStatusException')).message, /15/);
    await forward(15000);
    assert.equal((await withdraw(id)).status, 200);
    await fails(withdraw(fixed), 'internalError');
    assert.equal((await withdraw(fixed, { isSystem: true })).status, 200);
    assert.deepEqual(await told(id, 4), ['instance start lihua', 'task start wangfang', 'instance terminate lihua', 'task cancel wangfang']);
  });

  test('5: a REVOKE instance is attached to the agreed one', async () => {
    const id = await file();
    await decide(id, 'wangfang');
    const { json } = await sim.call('POST', `/sim/api/instances/${id}/attached`, { user: 'lihua', action: 'REVOKE' });
    const revoke = json.processInstanceId;
    await decide(revoke, 'wangfang');
    const [main, attached] = [await read(id), await read(revoke)];
    assert.deepEqual([main.status, main.result, main.bizAction, main.attachedProcessInstanceIds], ['COMPLETED', 'agree', 'NONE', [revoke]]);
    assert.deepEqual([attached.result, attached.bizAction, attached.mainProcessInstanceId], ['agree', 'REVOKE', id]);
    assert.deepEqual(await told(revoke, 4), ['instance start lihua', 'task start wangfang', 'instance finish agree lihua', 'task finish agree wangfang']);
    assert.equal(events(revoke)[0].processCode, 'PROC-PLAIN', 'the same as of the agreed one');
  });
});

test('5: a form is checked against its schema, options too, and the control is named', async () => {
  const list = (...items) => JSON.stringify(items);
  const related = await file();
  const good = {
    单行: '一', 多行: '一\r\n二', 数字: '100', 金额: '-9.90', 单选: '选项2', 多选: list('选项1', '选项2'), 日期: '2028-02-29', 时间: '2026-01-02 15:04',
    '["开始时间","结束时间"]': list('2026-01-01', '2026-01-03'), 电话: '13800000000', 联系人: list('wangfang', 'zhaolei'), 部门: '1,2',
    图片: list('https://example.com/1.png'), 附件: list({ spaceId: '1', fileName: 'a.pdf', fileSize: '1', fileType: 'pdf', fileId: '9' }),
    明细: list([{ name: '品名', value: '电脑' }, { name: '件数', value: '2' }]), 关联: list(related), 地址: '北京,北京市,东城区', 评分: '5', 地点: '会议室',
  };
  const bad = {
    数字: ['一百', '1e5', ''.padEnd(3, '-')], 金额: ['1.'], 单选: ['选项3', 'option_0'], 多选: ['选项1', list('选项3'), '{}'],
    日期: ['2026-02-29', '2026-13-01', '2026-01-02 15:04', '2026/01/02'], 时间: ['2026-01-02', '2026-01-02 24:00'],
    '["开始时间","结束时间"]': [list('2026-01-03', '2026-01-01'), list('2026-01-01'), '2026-01-01'], 电话: ['没有'],
    联系人: [list('nobody'), list('guest'), 'wangfang'], 部门: ['9', '2,', '研发部'],
    图片: ['x', list(...Array(10).fill('https://example.com/1.png'))], 附件: [list('x'), list({ fileName: 'a' })],
    明细: [list([{ name: '件数', value: '2' }]), list([{ name: '品名', value: '电脑' }, { name: '件数', value: '二' }]), list([{ name: '别的', value: '1' }]),
      list(...Array(101).fill([{ name: '品名', value: '电脑' }])), '{}'],
    关联: [list('x'), list(related, 'x'), list(...Array(10).fill(related)), related], 评分: ['50'], 说明: ['x'], 请假: ['{}'], 单行: ['长'.repeat(65536)],
  };
  const values = (of) => Object.entries(of).map(([name, value]) => ({ name, value }));
  const id = await file({ processCode: 'PROC-ALL', formComponentValues: values(good) });
  const stored = (await read(id)).formComponentValues;
  assert.deepEqual(Object.fromEntries(stored.map((v) => [v.name, v.value])), good);
  assert.deepEqual(JSON.parse(stored.find((v) => v.name === '单选').extValue), { label: '选项2', key: 'option_1' });
  for (const [name, wrongs] of Object.entries(bad)) {
    for (const value of wrongs) {
      const { message } = await fails(create({ processCode: 'PROC-ALL', formComponentValues: [{ name, value }] }), 'formConverterError');
      assert.equal(message, `表单数据校验失败，失败控件：${name}`, value.slice(0, 80));
    }
  }
  await fails(create({ formComponentValues: [] }), 'formConverterError');
  await fails(create({ formComponentValues: [{ name: '改名', value: 'x' }] }), 'formConverterError');
  await fails(create({ formComponentValues: [{ value: 'x' }] }), 'illegalComponent');
  await fails(create({ formComponentValues: Array.from({ length: 151 }, (_, i) => ({ name: `n${i}`, value: 'x' })) }), 'illegalComponent');
});

test('5: ids, businessId and times as DingTalk writes them, with the bogus Z, in Beijing', async () => {
  const id = await file();
  await decide(id, 'wangfang');
  const instance = await read(id);
  assert.match(id, /^[A-Za-z0-9_-]{22}\d{14}$/);
  const minute = new Date(Number(id.slice(-10)) * 1000 + 8 * 3600 * 1000).toISOString().slice(0, 16);
  assert.equal(instance.createTime, `${minute}Z`);
  assert.match(instance.finishTime, /^\d{4}-\d\d-\d\dT\d\d:\d\dZ$/);
  assert.match(instance.businessId, new RegExp(`^${minute.replace(/\D/g, '')}\\d{9}$`));
  assert.match(String(instance.tasks[0].taskId), /^\d{11}$/);
  assert.match(instance.tasks[0].activityId, /^[0-9a-f]{4}_[0-9a-f]{4}$/);
  assert.equal(instance.operationRecords[0].date, instance.createTime);
});

test('5: what is absent, and which types the read has', async () => {
  const id = await file();
  const answer = await must('GET', `${instances}?processInstanceId=${encodeURIComponent(id)}`);
  assert.equal(answer.success, true, 'a boolean, though the library calls it a text');
  const { result: open } = answer;
  assert.ok(!('finishTime' in open));
  assert.deepEqual([open.result, open.bizData, open.bizAction, open.mainProcessInstanceId, open.attachedProcessInstanceIds, open.ccUserIds],
    ['', '', 'NONE', '', [], []]);
  assert.deepEqual([typeof open.tasks[0].taskId, typeof open.originatorDeptId], ['number', 'string']);
  assert.equal((await read(await file({ originatorUserId: 'guqing', deptId: -1 }))).originatorDeptId, '-1');
});

test('9: sign-in: a page, a code that works once for 5 minutes, user tokens, who it is', async () => {
  const query = new URLSearchParams({
    client_id: clientId, redirect_uri: callback, response_type: 'code', scope: 'openid corpid', prompt: 'consent', state: 's&1',
  });
  const page = await fetch(`${sim.url}/oauth2/auth?${query}`);
  assert.match(page.headers.get('content-type'), /^text\/html/);
  const consent = async (choice = 'agree') => {
    const answer = await fetch(`${sim.url}/oauth2/auth?${query}`, {
      method: 'POST', redirect: 'manual', body: new URLSearchParams({ user: 'lihua', choice }),
    });
    return new URL(answer.headers.get('location')).searchParams;
  };
  const back = await consent();
  assert.equal(back.get('authCode'), back.get('code'));
  assert.equal(back.get('state'), 's&1');
  assert.ok((await consent('deny')).get('error'));

  const exchange = (more) => api('POST', '/v1.0/oauth2/userAccessToken',
    { clientId, clientSecret: app.clientSecret, grantType: 'authorization_code', ...more }, { as: null });
  const { status, json } = await exchange({ code: back.get('authCode') });
  assert.equal(status, 200);
  assert.equal(json.corpId, corpId);
  await fails(exchange({ code: back.get('authCode') }), 'invalidParameter.authCode.notFound');
  const late = await consent();
  await forward(301 * 1000);
  await fails(exchange({ code: late.get('authCode') }), 'invalidParameter.authCode.notFound');

  const me = await must('GET', '/v1.0/contact/users/me', undefined, { as: json.accessToken });
  assert.deepEqual([me.nick, me.unionId, 'userid' in me], ['李华', 'u-lihua', false]);
  const again = await exchange({ grantType: 'refresh_token', refreshToken: json.refreshToken });
  assert.equal(again.status, 200);
  const byUnion = async (unionid) => (await fetch(`${sim.url}/topapi/user/getbyunionid?access_token=${token}`,
    { method: 'POST', body: JSON.stringify({ unionid }) })).json();
  assert.deepEqual((await byUnion(me.unionId)).result, { contact_type: 0, userid: 'lihua' });
  assert.equal((await byUnion('u-guest')).result.contact_type, 1);
  assert.equal((await byUnion('u-nobody')).errcode, 60121);
});

test('4: malformed input of every kind gets an error of the right shape', async () => {
  const id = await file();
  const { taskId } = (await read(id)).tasks[0];
  const values = [{ name: '原因', value: '测试' }];
  const component = { componentType: 'TextField', props: { componentId: 'a', label: 'a', options: [{ key: 'a', value: 'b' }] }, children: [{}] };
  const calls = {
    [instances]: { originatorUserId: 'lihua', processCode: 'PROC-PLAIN', deptId: 2, formComponentValues: values, approvers: [one('wangfang')],
      ccList: ['zhaolei'], ccPosition: 'START', targetSelectActioners: [{ actionerKey: 'a', actionerUserIds: ['b'] }], microappAgentId: 4100 },
    [`${instances}/execute`]: { processInstanceId: id, taskId, actionerUserId: 'wangfang', result: 'maybe', remark: 'x', file: { photos: ['x'] } },
    [`${instances}/terminate`]: { processInstanceId: id, isSystem: false, operatingUserId: 'nobody', remark: 'x' },
    [`${instances}/comments`]: { processInstanceId: id, text: 'x', commentUserId: 'nobody', file: { attachments: [{ fileName: 'x' }] } },
    '/v1.0/workflow/tasks/redirect': { taskId, operateUserId: 'wangfang', toUserId: 'nobody', remark: 'x', actionName: 'x', file: {} },
    '/v1.0/workflow/processes/forecast': { processCode: 'PROC-PLAIN', userId: 'lihua', deptId: 2, formComponentValues: values },
    '/v1.0/workflow/processes/instanceIds/query': { processCode: 'PROC-PLAIN', startTime: Date.now(), endTime: Date.now() + 1, nextToken: 0,
      maxResults: 20, userIds: ['lihua'], statuses: ['RUNNING'] },
    '/v1.0/workflow/forms': { name: 'x', description: 'x', processCode: 'PROC-NONE', formComponents: [component], templateConfig: { hidden: true } },
  };
  const junk = [null, true, 0, -1, 1.5, 1e300, '', 'x', '\ud800', '长'.repeat(1100), [], [null], [[]], [{}], {}, { a: { b: [] } }, [1, 'x', null]];
  // A member at every depth is replaced by every kind of value.
  function* broken(value) {
    yield* junk;
    if (typeof value !== 'object' || value === null) return;
    for (const [key, member] of Object.entries(value)) {
      for (const wrong of broken(member)) {
        const copy = structuredClone(value);
        copy[key] = wrong;
        yield copy;
      }
    }
  }
  let tried = 0;
  for (const [where, body] of Object.entries(calls)) {
    for (const wrong of broken(body)) {
      const response = await fetch(sim.url + where, { method: 'POST', body: JSON.stringify(wrong),
        headers: { 'x-acs-dingtalk-access-token': token, 'content-type': 'application/json' } });
      const answer = await response.json();
      tried++;
      if (response.status === 200) continue; // what may be left out, or is not looked at
      assert.equal(response.status, 400, `${where} ${JSON.stringify(wrong).slice(0, 300)} ${JSON.stringify(answer)}`);
      assert.deepEqual(Object.keys(answer), ['code', 'requestid', 'message']);
    }
  }
  assert.ok(tried > 1000, `${tried}`);
  assert.equal((await state(id))[0], 'RUNNING');
});

test('4: faults on demand: throttling, a missing scope, 500, 504, a page and x5 with 200, slow, reset', async () => {
  const ask = async () => {
    const started = Date.now();
    const response = await fetch(`${sim.url}${instances}?processInstanceId=none`, { headers: { 'x-acs-dingtalk-access-token': token } });
    const text = await response.text();
    return { status: response.status, text, json: text.startsWith('{') ? JSON.parse(text) : {}, headers: response.headers, ms: Date.now() - started };
  };
  const broken = async (kind, more) => {
    await must('DELETE', '/sim/api/faults');
    await must('POST', '/sim/api/faults', { kind, count: 1, ...more });
    return ask();
  };
  const plain = await ask();
  assert.equal(plain.headers.get('x-acs-request-id'), plain.json.requestid);
  assert.match(plain.json.requestid, /^[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}$/);
  const throttled = await broken('throttle');
  assert.deepEqual([throttled.status, throttled.json.code], [403, 'Forbidden.AccessDenied.QpsLimitForAppkeyAndApi']);
  const denied = await broken('permission');
  assert.deepEqual([denied.status, denied.json.accessdenieddetail], [403, { requiredScopes: ['Workflow.Instance.Read'] }]);
  assert.equal((await broken('serverError')).status, 500);
  assert.equal((await broken('gatewayTimeout')).status, 504);
  const page = await broken('html');
  assert.deepEqual([page.status, page.text.startsWith('<!DOCTYPE html>')], [200, true]);
  assert.deepEqual([(await broken('x5')).json.source], ['x5']);
  assert.ok((await broken('slow', { waitMs: 3100 })).ms >= 3100);
  await assert.rejects(broken('reset'));
  assert.equal((await ask()).json.code, 'processInstanceNotExist');
  await must('DELETE', '/sim/api/faults');
});

describe('6: events by HTTP', () => {
  let receiver;
  const where = `/sim/api/apps/${clientId}/subscription`;
  const save = (more) => sim.call('PUT', where, { url: receiver.url, aesKey, token: pushToken, ...more });
  const events = (id) => receiver.events.filter((e) => e.processInstanceId === id);
  const push = async (id, type) => (await sim.call('GET', `/sim/api/instances/${id}`)).json.pushes.find((p) => p.event.type === type);
  const good = (request, response) => { response.setHeader('content-type', 'application/json').end(JSON.stringify(goodReply())); };

  // Another dingsim, to which no events of the tests before cling.
  before(async () => {
    await sim.stop();
    sim = await dingsim(seed);
    await sign();
    receiver = await new Receiver().open();
    assert.equal((await save()).status, 200);
  });
  after(async () => {
    await must('PUT', where, { url: receiver.url, aesKey, token: pushToken });
    await receiver.close();
  });

  test('6: check_url on save: both signature and msg_signature, and nothing is saved when the reply is wrong', async () => {
    const hits = receiver.hits.length;
    assert.equal((await save({ shape: 'A' })).status, 200);
    const { raw, request } = receiver.hits[hits];
    assert.equal(raw, '{"EventType":"check_url"}');
    const query = new URL(request.url, 'http://x').searchParams;
    assert.equal(query.get('signature'), query.get('msg_signature'));
    receiver.answer = (_, response) => { response.end('success'); };
    assert.equal((await save({ shape: 'B' })).status, 400);
    receiver.answer = good;
    assert.equal((await sim.call('GET', where)).json.shape, 'A');
  });

  test('6: shape A has an envelope with eventId, shape B none; in the observed odd order', async () => {
    for (const shape of ['A', 'B']) {
      assert.equal((await save({ shape })).status, 200);
      const id = await file({ approvers: [one('wangfang'), one('zhaolei')] });
      await decide(id, 'wangfang');
      await decide(id, 'zhaolei', 'refuse');
      await until('six events', () => events(id).length === 6);
      assert.deepEqual(events(id).map((e) => [e.EventType.split('_')[1], e.type, e.result ?? '', e.staffId].join(' ').replace('  ', ' ')), [
        'instance start lihua', 'task start wangfang', 'task start zhaolei', 'task finish agree wangfang',
        'instance finish refuse lihua', 'task finish refuse zhaolei',
      ]);
      const [first] = events(id);
      if (shape === 'A') assert.deepEqual(Object.keys(first).slice(0, 5), ['EventType', 'EventTime', 'CorpId', 'BizId', 'eventId']);
      else assert.deepEqual([first.corpId, first.eventId, first.EventTime, first.BizId, first.CorpId], [corpId, undefined, undefined, undefined, undefined]);
    }
    assert.equal((await save({ shape: 'A' })).status, 200);
  });

  test('6: an event can come twice, with the same eventId', async () => {
    await must('POST', '/sim/api/faults', { kind: 'eventDuplicate', path: '/v1.0/event/bpms_instance_change/**', count: 1 });
    const id = await file();
    await until('three events', () => events(id).length === 3);
    const [first, second] = events(id).filter((e) => e.EventType === 'bpms_instance_change');
    assert.deepEqual(second, first);
    await must('DELETE', '/sim/api/faults');
  });

  test('6: an answer after 2.5 seconds is none; again after 10 and 30 seconds, then the failed list, which reading clears', async () => {
    const failed = async () => (await fetch(`${sim.url}/call_back/get_call_back_failed_result?access_token=${token}`)).json();
    const rules = ['/v1.0/event/bpms_instance_change/processCode/PROC-PLAIN/type/start'];
    assert.equal((await save({ rules })).status, 200);
    receiver.answer = (_, response) => { setTimeout(() => good(_, response), 2600); };
    const id = await file();
    await until('the first attempt is over', async () => (await push(id, 'start')).attempts.length === 1);
    assert.match((await push(id, 'start')).attempts[0].verdict, /2500/);
    receiver.answer = (_, response) => { response.writeHead(500).end(); };
    for (const [attempt, seconds] of [[2, 10], [3, 30]]) {
      await forward(seconds * 1000 - 5000);
      await sleep(100);
      assert.equal(events(id).length, attempt - 1, `before ${seconds} seconds are over`);
      await forward(5000);
      await until('the next attempt', async () => (await push(id, 'start')).attempts.length === attempt);
    }
    assert.equal((await push(id, 'start')).state, 'failed');
    assert.equal(new Set(events(id).map((e) => e.eventId)).size, 1, 'the same eventId each time');
    await forward(3600 * 1000);
    await sleep(100);
    assert.equal(events(id).length, 3);
    const [listed, ...rest] = (await failed()).failed_list;
    assert.deepEqual([listed.call_back_tag, listed.bpms_instance_change.bpmsCallBackData.processInstanceId, rest.length], ['bpms_instance_change', id, 0]);
    assert.deepEqual((await failed()).failed_list, []);
    receiver.answer = good;
    assert.equal((await save()).status, 200);
  });

  test('6: a reply has exactly its keys, signature, padding of 1 to 32, owner key and text', async () => {
    const sealed = (pad, { text = 'success', owner = clientId, last = pad } = {}) => {
      const key = Buffer.from(`${aesKey}=`, 'base64');
      const head = Buffer.concat([crypto.randomBytes(16), Buffer.from([0, 0, 0, text.length]), Buffer.from(text + owner)]);
      const padding = Buffer.alloc(pad, pad);
      padding[0] = last;
      const cipher = crypto.createCipheriv('aes-256-cbc', key, key.subarray(0, 16)).setAutoPadding(false);
      return Buffer.concat([cipher.update(Buffer.concat([head, padding])), cipher.final()]).toString('base64');
    };
    const reply = (encrypt, more) => {
      const [timeStamp, nonce] = ['1783610513000', 'abcd1234'];
      return { msg_signature: signature(timeStamp, nonce, encrypt), timeStamp, nonce, encrypt, ...more };
    };
    const body = 16 + 4 + 7 + clientId.length;
    const small = 16 - (body % 16);
    const verdict = async (answer) => {
      receiver.answer = (_, response) => { response.setHeader('content-type', 'application/json').end(typeof answer === 'string' ? answer : JSON.stringify(answer)); };
      return (await save()).status;
    };
    for (const right of [reply(sealed(small)), reply(sealed(small + 16)), reply(seal('success'), { timeStamp: 1783610513000 })]) {
      assert.equal(await verdict(right), 200);
    }
    const fine = reply(seal('success'));
    const { msg_signature: sign, timeStamp, nonce, encrypt } = fine;
    const wrong = [
      { msg_signature: sign, timestamp: timeStamp, nonce, encrypt }, { signature: sign, timeStamp, nonce, encrypt },
      { msg_signature: sign, timeStamp, nonce, Encrypt: encrypt }, { msg_signature: sign, timeStamp, encrypt },
      { ...fine, msg_signature: sign.toUpperCase() }, { ...fine, nonce: 'other' }, reply(sealed(small + 32)), reply(sealed(small, { last: small + 1 })),
      reply(seal('success', corpId)), reply(seal('SUCCESS')), reply(seal('success ')), JSON.stringify(JSON.stringify(fine)), 'success', '',
    ];
    for (const answer of wrong) assert.equal(await verdict(answer), 400, JSON.stringify(answer));
    receiver.answer = good;
  });

  test('7: rules: *, ** and {} over the resource; without one everything', async () => {
    const all = ['instance start', 'task start', 'instance finish', 'task finish'];
    for (const [rules, wanted] of [
      [[], all],
      [['/v1.0/event/bpms_instance_change/processCode/PROC-PLAIN/type/{finish,terminate}'], ['instance finish']],
      [['/v1.0/event/*/processCode/PROC-PLAIN/type/start'], ['instance start', 'task start']],
      [['/v1.0/event/bpms_task_change/**'], ['task start', 'task finish']],
      [['/v1.0/event/*'], []],
      [['/v1.0/event/bpms_{instance,task}_change/*/PROC-*/type/*'], all],
      [['/v1.0/event/bpms_instance_change/processCode/PROC-FIXED/**'], []],
      [['/v1.0/event/**/type/start', '/v1.0/event/**/type/finish'], all],
    ]) {
      assert.equal((await save({ rules })).status, 200);
      const id = await file();
      await decide(id, 'wangfang');
      await until('everything is pushed', async () => (await sim.call('GET', `/sim/api/instances/${id}`)).json.pushes.every((p) => p.state === 'delivered'));
      assert.deepEqual(events(id).map((e) => `${e.EventType.split('_')[1]} ${e.type}`), wanted, rules.join(' '));
    }
    assert.equal((await save()).status, 200);
  });

  test('10: every change of the organisation is an event', async () => {
    const seen = receiver.events.length;
    const change = async (method, of, body) => must(method, `/sim/api/${of}`, body);
    const { id } = await change('POST', 'departments', { name: '测试组', parent: 2 });
    await change('PUT', `departments/${id}`, { name: '质量组' });
    const { userid } = await change('POST', 'people', { name: '新人', departments: [id], active: false });
    await change('PUT', `people/${userid}`, { title: '工程师' });
    await change('PUT', `people/${userid}`, { active: true });
    await change('PUT', `people/${userid}`, { labels: [{ id: 1, name: '主管' }] });
    await change('DELETE', `people/${userid}`);
    await change('DELETE', `departments/${id}`);
    const told = () => receiver.events.slice(seen).map((e) => e.EventType);
    // Every change of a person is told, of labels alone too.
    const wanted = ['org_dept_create', 'org_dept_modify', 'user_add_org', 'user_modify_org', 'user_active_org', 'label_user_change', 'user_leave_org', 'org_dept_remove'];
    await until('all of them', () => wanted.every((type) => told().includes(type)));
    assert.deepEqual(told().filter((type, i, list) => list.indexOf(type) === i), wanted);
  });
});

test('8: Stream: a ticket for 90 seconds and one use, frames, ping with opaque, again without an answer, disconnect and the end after 10 seconds', async () => {
  const sockets = [];
  const open = async () => must('POST', '/v1.0/gateway/connections/open',
    { clientId, clientSecret: app.clientSecret, ua: 'conformance', subscriptions: [{ type: 'EVENT', topic: '*' }] }, { as: null });
  const shake = ({ endpoint, ticket }) => new Promise((resolve) => {
    const socket = new WebSocket(`${endpoint}?ticket=${ticket}`);
    const link = { socket, frames: [], events: [], answer: null, closed: false };
    socket.on('message', (text) => {
      const frame = JSON.parse(text);
      link.frames.push(frame);
      if (frame.type === 'EVENT') link.events.push(frame);
      if (frame.type === 'EVENT' && link.answer) link.say(frame, link.answer.code, link.answer.data);
    });
    link.say = (frame, code, data) => socket.send(JSON.stringify({ code, headers: { contentType: 'application/json', messageId: frame.headers.messageId }, message: 'OK', data }));
    socket.on('close', () => { link.closed = true; });
    socket.on('open', () => { sockets.push(socket); resolve(link); });
    socket.on('unexpected-response', (request, response) => { response.resume(); resolve(response.statusCode); });
    socket.on('error', () => {});
  });
  const late = await open();
  await forward(90001);
  assert.equal(await shake(late), 401);
  const once = await open();
  const first = await shake(once);
  assert.equal(await shake(once), 401);
  await until('connected', () => first.frames.length === 2);
  assert.deepEqual(first.frames.map((f) => [f.type, f.headers.topic]), [['SYSTEM', 'CONNECTED'], ['SYSTEM', 'REGISTERED']]);

  const { connectionId } = first.frames[0].headers;
  const stream = async (id) => (await sim.call('GET', '/sim/api/streams')).json.items.find((s) => s.connectionId === id);
  await must('POST', `/sim/api/streams/${connectionId}`, { action: 'ping' });
  const ping = await until('the ping', () => first.frames.find((f) => f.headers.topic === 'ping'));
  assert.ok(JSON.parse(ping.data).opaque);
  first.say(ping, 200, '{"opaque":"wrong"}');
  first.say(ping, 200, ping.data);
  await until('it is taken', async () => (await stream(connectionId)).pingsAnswered === 1);

  await must('PUT', `/sim/api/apps/${clientId}/subscription`, { mode: 'stream', rules: ['/v1.0/event/bpms_instance_change/**'] });
  const second = await shake(await open());
  await until('connected', () => second.frames.length === 2);
  const both = () => [...first.events, ...second.events];
  const id = await file();
  await until('one has it', () => both().length === 1);
  const [frame] = both();
  assert.deepEqual([frame.specVersion, frame.headers.topic, frame.headers.eventType, frame.headers.eventCorpId], ['1.0', '*', 'bpms_instance_change', corpId]);
  const data = JSON.parse(frame.data);
  assert.deepEqual([data.processInstanceId, data.eventId, data.resource, data.EventType, data.corpId],
    [id, frame.headers.eventId, '/v1.0/event/bpms_instance_change/processCode/PROC-PLAIN/type/start', undefined, undefined], 'shape C');
  const log = async () => (await sim.call('GET', `/sim/api/instances/${id}`)).json.pushes[0];
  const again = async (count) => {
    await forward(3000);
    await until(`sent ${count} times`, () => both().length === count);
    return [first, second].find((link) => link.events.at(-1)?.headers.time === both().map((f) => f.headers.time).sort().at(-1));
  };
  // No answer, LATER, 500: each brings it again, to the other one.
  let holder = await again(2);
  assert.deepEqual([first.events.length, second.events.length], [1, 1]);
  holder.say(holder.events.at(-1), 200, '{"status":"LATER","message":""}');
  await until('noted', async () => (await log()).attempts.some((a) => a.verdict === 'not taken: LATER'));
  holder = await again(3);
  holder.say(holder.events.at(-1), 500, '{}');
  await until('noted', async () => (await log()).attempts.some((a) => a.verdict === 'not taken: code 500'));
  holder = await again(4);
  holder.say(holder.events.at(-1), 200, '{"status":"SUCCESS","message":""}');
  await until('taken', async () => (await log()).state === 'delivered');

  await must('POST', `/sim/api/streams/${connectionId}`, { action: 'disconnect' });
  const farewell = await until('the frame', () => first.frames.find((f) => f.headers.topic === 'disconnect'));
  assert.ok(JSON.parse(farewell.data).reason);
  second.answer = { code: 200, data: '{"status":"SUCCESS"}' };
  const [before1, before2] = [first.events.length, second.events.length];
  await file();
  await until('the other one has it', () => second.events.length === before2 + 1);
  assert.equal(first.events.length, before1, 'nothing more for the one that leaves');
  await forward(5000);
  await sleep(100);
  assert.equal(first.closed, false);
  await forward(5000);
  await until('the end', () => first.closed);
  second.socket.close();
});

test('10: departments and people in pages, the contact scope, and the errors', async () => {
  const narrow = { clientId: 'dingnarrowapp001', clientSecret: 'secret', agentId: 4200, name: '受限', contactScope: [2] };
  const small = await dingsim({ ...seed, apps: [...seed.apps, narrow], departments: [...seed.departments, { id: 3, name: '财务部', parent: 1 }] });
  const tokenOf = async (of) => (await small.call('POST', '/v1.0/oauth2/accessToken', { appKey: of.clientId, appSecret: of.clientSecret })).json.accessToken;
  const [wide, limited] = [await tokenOf(app), await tokenOf(narrow)];
  const old = async (where, body, as = wide) => (await small.call('POST', `/topapi/v2/${where}?access_token=${as}`, body)).json;
  assert.deepEqual((await old('department/listsub', { dept_id: 1 })).result.map((d) => [d.dept_id, d.parent_id]), [[2, 1], [3, 1]]);
  const found = [];
  for (let cursor = 0, more = true; more;) {
    const { result } = await old('user/list', { dept_id: 2, cursor, size: 2 });
    found.push(...result.list.map((p) => p.userid));
    more = result.has_more;
    cursor = result.next_cursor;
  }
  assert.deepEqual(found, ['lihua', 'wangfang', 'zhaolei']);
  const code = async (...call) => (await old(...call)).errcode;
  assert.equal(await code('department/listsub', { dept_id: 99 }), 60003);
  assert.equal(await code('department/listsub', { dept_id: -1 }), 60003);
  assert.equal(await code('department/listsub', { dept_id: 3 }, limited), 50004);
  assert.equal(await code('user/list', { dept_id: 3, cursor: 0, size: 1 }, limited), 50004);
  assert.equal(await code('user/get', { userid: 'guqing' }, limited), 50002);
  assert.equal(await code('user/get', { userid: 'x'.repeat(65) }), 33012);
  assert.equal(await code('user/get', { userid: 'nobody' }), 60121);
  assert.equal(await code('user/list', { dept_id: 2, cursor: -1, size: 1 }), 40068);
  assert.equal(await code('user/list', { dept_id: 2, cursor: 0, size: 101 }), 40069);
  assert.deepEqual((await small.call('GET', `/auth/scopes?access_token=${limited}`)).json.auth_org_scopes, { authed_user: [], authed_dept: [2] });
  await small.stop();
});

test('11: a robot\'s message, a work notice once a day with its result, a todo once for its sourceId', async () => {
  const sent = await must('POST', '/v1.0/robot/oToMessages/batchSend', { robotCode: clientId, userIds: ['lihua', 'nobody'],
    msgKey: 'sampleMarkdown', msgParam: JSON.stringify({ title: '标题', text: '内容' }) });
  assert.ok(sent.processQueryKey);
  assert.deepEqual([sent.invalidStaffIdList, sent.flowControlledStaffIdList], [['nobody'], []]);
  await fails(api('POST', '/v1.0/robot/oToMessages/batchSend', { robotCode: clientId, userIds: ['lihua'], msgKey: 'sampleText', msgParam: '{}' }),
    'invalidParameter.msgParam.invalid');
  const old = async (what, body) => (await sim.call('POST', `/topapi/message/corpconversation/${what}?access_token=${token}`, { agent_id: app.agentId, ...body })).json;
  const notice = () => old('asyncsend_v2', { userid_list: 'lihua', msg: { msgtype: 'text', text: { content: '卸载已批准' } } });
  const result = async ({ task_id: task }) => (await old('getsendresult', { task_id: task })).send_result;
  const [once, twice] = [await notice(), await notice()];
  assert.deepEqual([once.errcode, twice.errcode], [0, 0], 'the second is taken as well');
  assert.deepEqual((await result(once)).unread_user_id_list, ['lihua']);
  const second = await result(twice);
  assert.deepEqual([second.unread_user_id_list, second.forbidden_list.map((f) => [f.code, f.userid])], [[], [['143106', 'lihua']]]);
  await forward(24 * 3600 * 1000);
  await sign();
  assert.deepEqual((await result(await notice())).unread_user_id_list, ['lihua']);
  const todo = () => api('POST', '/v1.0/todo/users/u-lihua/tasks?operatorId=u-lihua',
    { sourceId: 'request-1', subject: '归还电脑', executorIds: ['u-lihua'], detailUrl: { appUrl: 'https://example.com/a', pcUrl: 'https://example.com/p' } });
  const { status, json } = await todo();
  assert.deepEqual([status, json.subject, json.done], [200, '归还电脑', false]);
  assert.match((await fails(todo(), 'todo.taskCreate.paramError')).message, /task exist/);
});
