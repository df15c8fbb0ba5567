// dingtalk-encrypt, DingTalk's own callback library, receives dingsim's HTTP pushes and answers them. It garbles what is
// not ASCII and what has a '%', so the company here is spelt in ASCII.
import assert from 'node:assert/strict';
import http from 'node:http';
import { after, afterEach, before, describe, test } from 'node:test';
import DingTalkEncryptor from 'dingtalk-encrypt';
import { dingsim } from './sim.mjs';

const app = { clientId: 'dingencryptapp01', clientSecret: 'secret-one', agentId: 4100, name: 'Test', redirectUrls: [] };
const corpId = 'dingencryptcorp1';
const form = 'PROC-REASON';
const aesKey = 'Yue0EfdN5900c1ce5cf6A152c63DDe1808a60c5ecd7';
const token = 'testtoken1';
const component = { componentType: 'TextareaField', id: 'TextareaField_reason', label: 'Reason', required: true };
const template = (processCode) => ({
  processCode, name: 'Removal', allowWithdraw: true, components: [component],
  approvers: [{ actionType: 'NONE', userIds: ['wangfang'] }, { actionType: 'NONE', userIds: ['zhaolei'] }],
});
const person = (userid) => ({ userid, unionid: `u-${userid}`, name: userid, departments: [1] });
const seed = {
  corp: { corpId, name: 'Test' }, apps: [app], departments: [],
  people: [person('lihua'), person('wangfang'), person('zhaolei')], forms: [template(form), template('PROC-OTHER')],
};

let sim;
let access;
const receivers = [];

async function until(what, condition, seconds = 10) {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    const value = await condition();
    if (value) return value;
    assert.ok(Date.now() < end, `gave up waiting: ${what}`);
    await new Promise((resolve) => { setTimeout(resolve, 20); });
  }
}

// Answers by the package; reply may change what it answers. signed says which of the two signatures is checked.
async function receiver({ owner = app.clientId, signed = 'msg_signature', reply = (map) => map, status = 200, wait = 0 } = {}) {
  const box = new DingTalkEncryptor(token, aesKey, owner);
  const events = [];
  const server = http.createServer((request, response) => {
    let body = '';
    request.on('data', (data) => { body += data; });
    request.on('end', () => {
      const query = new URL(request.url, 'http://x').searchParams;
      const timestamp = query.get('timestamp');
      const nonce = query.get('nonce');
      const text = box.getDecryptMsg(query.get(signed), timestamp, nonce, JSON.parse(body).encrypt);
      events.push(JSON.parse(text));
      const answer = reply(box.getEncryptedMap('success', Number(timestamp), nonce), events.at(-1));
      setTimeout(() => {
        response.writeHead(status, { 'content-type': 'application/json' }).end(typeof answer === 'string' ? answer : JSON.stringify(answer));
      }, events.at(-1).EventType === 'check_url' ? 0 : wait);
    });
  });
  await new Promise((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  receivers.push(server);
  return { events, url: `http://127.0.0.1:${server.address().port}/push`, pushed: () => events.filter((event) => event.EventType !== 'check_url') };
}

const save = (url, more = {}) => sim.call('PUT', `/sim/api/apps/${app.clientId}/subscription`, { url, aesKey, token, ...more });
const subscribe = async (to, more) => {
  const answer = await save(to.url, more);
  assert.equal(answer.status, 200, answer.text);
};
const forward = async (forwardMs) => assert.equal((await sim.call('POST', '/sim/api/clock', { forwardMs })).status, 200);
const pushes = async () => (await sim.call('GET', '/sim/api/pushes')).json.items;

async function api(method, where, body) {
  const response = await fetch(sim.url + where, {
    method, body: body && JSON.stringify(body),
    headers: { 'x-acs-dingtalk-access-token': access, ...(body ? { 'content-type': 'application/json' } : {}) },
  });
  const json = await response.json();
  assert.equal(response.status, 200, JSON.stringify(json));
  return json;
}

async function old(where, body) {
  const response = await fetch(`${sim.url}${where}?access_token=${access}`, body
    ? { method: 'POST', body: JSON.stringify(body), headers: { 'content-type': 'application/json' } } : {});
  assert.equal(response.status, 200);
  return response.json();
}

const file = async (processCode = form) => (await api('POST', '/v1.0/workflow/processInstances', {
  originatorUserId: 'lihua', processCode, deptId: -1, formComponentValues: [{ name: 'Reason', value: 'returned' }],
})).instanceId;

async function decide(id, who, result) {
  const { tasks } = (await api('GET', `/v1.0/workflow/processInstances?processInstanceId=${id}`)).result;
  const { taskId } = tasks.find((task) => task.userId === who && task.status === 'RUNNING');
  await api('POST', '/v1.0/workflow/processInstances/execute', { processInstanceId: id, taskId, actionerUserId: who, result });
}

before(async () => {
  sim = await dingsim(seed);
  const response = await fetch(`${sim.url}/v1.0/oauth2/accessToken`, {
    method: 'POST', headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ appKey: app.clientId, appSecret: app.clientSecret }),
  });
  access = (await response.json()).accessToken;
});
afterEach(async () => {
  // What a test left is given up, so that the next one sees its own.
  await until('nothing is pending', async () => {
    await forward(60000);
    return !(await pushes()).some((push) => push.state === 'pending');
  }, 30);
  await old('/call_back/get_call_back_failed_result');
  for (const server of receivers.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => { server.close(resolve); });
  }
});
after(() => sim.stop());

describe('checklist 6, events by HTTP', () => {
  test('saving runs check_url and saves only what answers rightly', async () => {
    const good = await receiver();
    await subscribe(good);
    assert.deepEqual(good.events, [{ EventType: 'check_url' }]);
    const other = new DingTalkEncryptor(token, aesKey, corpId);
    const wrong = [
      [{ reply: ({ timeStamp, nonce }) => other.getEncryptedMap('success', Number(timeStamp), nonce) }, /900010/],
      [{ reply: ({ timeStamp, nonce }) => new DingTalkEncryptor(token, aesKey, app.clientId).getEncryptedMap('fine', Number(timeStamp), nonce) }, /71009/],
      [{ reply: ({ msg_signature, timeStamp, nonce, encrypt }) => ({ msg_signature, timestamp: timeStamp, nonce, encrypt }) }, /timeStamp/],
      [{ reply: (map) => ({ ...map, msg_signature: '0'.repeat(40) }) }, /900005/],
      [{ reply: (map) => JSON.stringify(JSON.stringify(map)) }, /not a JSON object/],
      [{ reply: () => 'success' }, /not a JSON object/],
      [{ status: 201 }, /status 201/],
    ];
    for (const [how, text] of wrong) {
      const bad = await receiver(how);
      const answer = await save(bad.url);
      assert.equal(answer.status, 400);
      assert.match(answer.json.error, text);
    }
    assert.equal((await sim.call('GET', `/sim/api/apps/${app.clientId}/subscription`)).json.url, good.url);
  });

  for (const signed of ['signature', 'msg_signature']) {
    test(`a push verifies by its ${signed}`, async () => {
      const to = await receiver({ signed });
      await subscribe(to);
      const id = await file();
      await until('the events', () => to.pushed().length === 2);
      assert.equal(to.pushed()[0].processInstanceId, id);
    });
  }

  test('body shape A has an envelope with eventId, shape B has none', async () => {
    const to = await receiver();
    const rules = [`/v1.0/event/bpms_instance_change/processCode/${form}/type/start`];
    await subscribe(to, { rules });
    const id = await file();
    const a = await until('A', () => to.pushed()[0]);
    assert.deepEqual(Object.keys(a).slice(0, 5), ['EventType', 'EventTime', 'CorpId', 'BizId', 'eventId']);
    assert.equal(a.CorpId, corpId);
    assert.equal(a.processInstanceId, id);
    await subscribe(to, { rules, shape: 'B' });
    await file();
    const b = await until('B', () => to.pushed()[1]);
    assert.equal(b.corpId, corpId);
    for (const key of ['EventTime', 'CorpId', 'BizId', 'eventId']) assert.equal(b[key], undefined);
  });

  test('events come in the order that real traffic has', async () => {
    const to = await receiver();
    await subscribe(to);
    const id = await file();
    await decide(id, 'wangfang', 'agree');
    await decide(id, 'zhaolei', 'refuse');
    await until('six events', () => to.pushed().length === 6);
    assert.deepEqual(to.pushed().map((event) => [event.EventType.split('_')[1], event.type, event.result ?? '', event.staffId].join(' ')), [
      'instance start  lihua', 'task start  wangfang', 'task start  zhaolei', 'task finish agree wangfang',
      'instance finish refuse lihua', 'task finish refuse zhaolei',
    ]);
  });

  test('an answer after 2.5 seconds is none; retries after 10 and 30 seconds, then the failed list, which reading clears', async () => {
    const to = await receiver({ wait: 3000 });
    await subscribe(to, { rules: [`/v1.0/event/bpms_instance_change/processCode/${form}/type/start`] });
    const id = await file();
    for (const [attempts, ms] of [[1, 10000], [2, 30000], [3, 0]]) {
      const push = await until(`attempt ${attempts}`, async () => (await pushes()).find((p) => p.attempts.length === attempts && p.event.processInstanceId === id));
      assert.match(push.attempts.at(-1).verdict, /no answer within 2500 ms/);
      assert.equal(push.state, attempts < 3 ? 'pending' : 'failed');
      await forward(ms);
    }
    // The same event each time.
    await until('three', () => to.pushed().length === 3);
    assert.equal(new Set(to.pushed().map((event) => event.eventId)).size, 1);
    const { errcode, failed_list: list, has_more: more } = await old('/call_back/get_call_back_failed_result');
    assert.equal(errcode, 0);
    assert.equal(more, false);
    assert.equal(list.length, 1);
    assert.equal(list[0].call_back_tag, 'bpms_instance_change');
    assert.equal(list[0].bpms_instance_change.corpid, corpId);
    assert.equal(list[0].bpms_instance_change.bpmsCallBackData.processInstanceId, id);
    assert.deepEqual((await old('/call_back/get_call_back_failed_result')).failed_list, []);
  });

  test('the new way to read the failed list', async () => {
    const to = await receiver();
    await subscribe(to, { rules: [`/v1.0/event/bpms_instance_change/processCode/${form}/type/start`] });
    receivers.pop().close();
    const id = await file();
    await until('failed', async () => {
      await forward(30000);
      return (await pushes())[0].state === 'failed';
    });
    const { eventTime } = (await pushes())[0];
    const read = (begin, end) => api('GET', `/v1.0/event/callbacks/failedResults?beginTime=${begin}&endTime=${end}`);
    assert.deepEqual(await read(eventTime + 1, eventTime + 2), { failedList: [], hasMore: false });
    const { failedList, hasMore } = await read(eventTime, eventTime);
    assert.equal(hasMore, false);
    assert.equal(failedList.length, 1);
    assert.deepEqual(Object.keys(failedList[0]), ['callBackTag', 'corpId', 'eventTime', 'callBackData']);
    assert.equal(JSON.parse(failedList[0].callBackData).processInstanceId, id);
    assert.deepEqual((await read(eventTime, eventTime)).failedList, []);
  });

  test('what the console has is none of the old calls', async () => {
    const to = await receiver();
    await subscribe(to);
    const body = { call_back_tag: ['bpms_instance_change'], token, aes_key: aesKey, url: to.url };
    assert.equal((await old('/call_back/register_call_back', body)).errcode, 71006);
    assert.equal((await old('/call_back/update_call_back', body)).errcode, 71007);
    assert.equal((await old('/call_back/get_call_back')).errcode, 71007);
    assert.equal((await old('/call_back/delete_call_back')).errcode, 71007);
    assert.equal(to.events.length, 1);
  });
});

describe('checklist 6, registration by the old calls', () => {
  let own;
  let mine;
  const body = (url, more = {}) => ({ call_back_tag: ['bpms_instance_change'], token, aes_key: aesKey, url, ...more });
  const call = async (where, members) => {
    const response = await fetch(`${own.url}/call_back/${where}?access_token=${mine}`, members
      ? { method: 'POST', body: JSON.stringify(members), headers: { 'content-type': 'application/json' } } : {});
    return response.json();
  };
  before(async () => {
    own = await dingsim(seed);
    mine = (await (await fetch(`${own.url}/gettoken?appkey=${app.clientId}&appsecret=${app.clientSecret}`)).json()).access_token;
  });
  after(() => own.stop());

  test('register, read, update and delete; the owner key is the corpId and only the tags are pushed', async () => {
    const to = await receiver({ owner: corpId });
    assert.equal((await call('get_call_back')).errcode, 71007);
    assert.deepEqual(await call('register_call_back', body(to.url)), { errcode: 0, errmsg: 'ok' });
    assert.deepEqual(to.events, [{ EventType: 'check_url' }]);
    assert.deepEqual(await call('get_call_back'), { errcode: 0, errmsg: 'ok', ...body(to.url) });
    assert.equal((await call('register_call_back', body(to.url))).errcode, 71006);
    const create = await fetch(`${own.url}/v1.0/workflow/processInstances`, {
      method: 'POST', headers: { 'content-type': 'application/json', 'x-acs-dingtalk-access-token': mine },
      body: JSON.stringify({ originatorUserId: 'lihua', processCode: form, deptId: -1, formComponentValues: [{ name: 'Reason', value: 'returned' }] }),
    });
    assert.equal(create.status, 200);
    await until('the event', () => to.pushed().length === 1);
    assert.equal((await own.call('POST', '/sim/api/people', { name: 'New', departments: [1] })).status, 200);
    const members = body(to.url, { call_back_tag: ['user_add_org', 'user_leave_org'] });
    assert.equal((await call('update_call_back', members)).errcode, 0);
    assert.deepEqual((await call('get_call_back')).call_back_tag, members.call_back_tag);
    const { json: { userid } } = await own.call('POST', '/sim/api/people', { name: 'Newer', departments: [1] });
    const event = await until('the new tag', () => to.pushed()[1]);
    assert.deepEqual([event.EventType, event.userId], ['user_add_org', [userid]]);
    assert.equal((await call('delete_call_back')).errcode, 0);
    assert.equal((await call('get_call_back')).errcode, 71007);
    assert.equal((await call('delete_call_back')).errcode, 71007);
  });

  test('what is wrong is refused with its code, and nothing is registered', async () => {
    const to = await receiver({ owner: corpId });
    const silent = await receiver({ owner: corpId, reply: (map) => ({ ...map, encrypt: '' }) });
    for (const [members, code] of [
      [{}, 71010], [body(to.url, { call_back_tag: [] }), 71010], [body(to.url, { token: 'x' }), 71010],
      [body(to.url, { aes_key: 'short' }), 71010], [body(to.url, { call_back_tag: ['nothing'] }), 71008],
      [body('ftp://x'), 71011], [body('http://127.0.0.1:9/'), 71012], [body(silent.url), 71009],
    ]) assert.equal((await call('register_call_back', members)).errcode, code, JSON.stringify(members));
    assert.equal((await call('update_call_back', body(to.url))).errcode, 71007);
    assert.equal((await call('get_call_back')).errcode, 71007);
    assert.equal((await fetch(`${own.url}/call_back/get_call_back`).then((r) => r.json())).errcode, 41001);
  });
});

describe('checklist 7, rules', () => {
  const rule = (rest) => `/v1.0/event/${rest}`;
  const cases = [
    ['none: everything', [], ['instance PROC-REASON', 'task PROC-REASON', 'instance PROC-OTHER', 'task PROC-OTHER']],
    ['* stays within a segment', [rule('*/processCode/PROC-REASON/type/*')], ['instance PROC-REASON', 'task PROC-REASON']],
    ['** does not', [rule('bpms_instance_change/**')], ['instance PROC-REASON', 'instance PROC-OTHER']],
    ['{a,b} is one of them', [rule('bpms_{task,user}_change/processCode/{PROC-OTHER,PROC-X}/type/{start,finish}')], ['task PROC-OTHER']],
    ['several: any of them', [rule('bpms_task_change/processCode/PROC-OTHER/type/start'), rule('bpms_instance_change/processCode/PROC-REASON/type/start')],
      ['instance PROC-REASON', 'task PROC-OTHER']],
  ];
  for (const [name, rules, expected] of cases) {
    test(name, async () => {
      const to = await receiver();
      await subscribe(to, { rules });
      await file();
      await file('PROC-OTHER');
      await until('the events', () => to.pushed().length >= expected.length);
      await until('nothing is pending', async () => !(await pushes()).some((push) => push.state === 'pending'));
      assert.deepEqual(to.pushed().map((event) => `${event.EventType.split('_')[1]} ${event.processCode}`), expected);
    });
  }
});

describe('checklist 10, events of the organisation', () => {
  for (const shape of ['A', 'B']) {
    test(`every change is told, in shape ${shape}`, async () => {
      const to = await receiver();
      await subscribe(to, { shape });
      const key = (name) => (shape === 'B' ? name[0].toUpperCase() + name.slice(1) : name);
      const change = async (method, where, body) => {
        const answer = await sim.call(method, `/sim/api/${where}`, body);
        assert.equal(answer.status, 200, answer.text);
        return answer.json;
      };
      const { id } = await change('POST', 'departments', { name: 'Quality' });
      await change('PUT', `departments/${id}`, { name: 'Tests' });
      await change('POST', 'people', { userid: 'newcomer', name: 'Newcomer', departments: [id] });
      await change('PUT', 'people/newcomer', { departments: [1] });
      await change('DELETE', 'people/newcomer');
      await change('DELETE', `departments/${id}`);
      await until('six events', () => to.pushed().length === 6);
      assert.deepEqual(to.pushed().map((event) => [event.EventType, event[key('deptId')] ?? event[key('userId')]]), [
        ['org_dept_create', [id]], ['org_dept_modify', [id]], ['user_add_org', ['newcomer']], ['user_modify_org', ['newcomer']],
        ['user_leave_org', ['newcomer']], ['org_dept_remove', [id]],
      ]);
      for (const event of to.pushed()) {
        assert.match(event[key('timeStamp')], /^\d{13}$/);
        assert.equal(event.CorpId, corpId);
        assert.equal(typeof event.eventId, shape === 'A' ? 'string' : 'undefined');
      }
    });
  }

  test('what cannot be is refused, and makes no event', async () => {
    const to = await receiver();
    await subscribe(to);
    const refused = async (status, method, where, body) => {
      const answer = await sim.call(method, `/sim/api/${where}`, body);
      assert.equal(answer.status, status, answer.text);
    };
    const { json: { id } } = await sim.call('POST', '/sim/api/departments', { name: 'Upper' });
    const { json: { id: below } } = await sim.call('POST', '/sim/api/departments', { name: 'Lower', parent: id });
    await refused(400, 'PUT', `departments/${id}`, { parent: below });
    await refused(400, 'POST', 'departments', { name: 'X', parent: 9999 });
    await refused(400, 'POST', 'departments', {});
    await refused(409, 'POST', 'departments', { id, name: 'X' });
    await refused(409, 'DELETE', `departments/${id}`);
    await refused(409, 'DELETE', 'departments/1');
    await refused(404, 'DELETE', 'departments/9999');
    await refused(409, 'POST', 'people', { userid: 'lihua', name: 'X', departments: [1] });
    await refused(409, 'POST', 'people', { userid: 'other', unionid: 'u-lihua', name: 'X', departments: [1] });
    await refused(400, 'POST', 'people', { userid: 'other', name: 'X' });
    await refused(400, 'POST', 'people', { userid: 'other', name: 'X', departments: [9999] });
    await refused(400, 'PUT', 'people/lihua', { unionid: 'x' });
    await refused(404, 'PUT', 'people/nobody', { name: 'X' });
    await refused(404, 'DELETE', 'people/nobody');
    await until('the two that could be', () => to.pushed().length === 2);
    assert.deepEqual(to.pushed().map((event) => event.EventType), ['org_dept_create', 'org_dept_create']);
    const { json: { items } } = await sim.call('GET', '/sim/api/departments');
    assert.deepEqual(items.find((item) => item.id === below), { id: below, parent: id, name: 'Lower', members: 0 });
  });
});
