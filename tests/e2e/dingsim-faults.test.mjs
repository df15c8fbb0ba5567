// dingsim's faults on demand, its clock, notices and large organisations, from the outside.
import assert from 'node:assert/strict';
import { execFile, execFileSync, spawnSync } from 'node:child_process';
import crypto from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import http from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { Clock, unclocked } from './clock.mjs';
import { dingsim } from './sdk/sim.mjs';
import { build } from './stage.mjs';

const app = { clientId: 'dingfaultapp0001', clientSecret: 'secret', agentId: 4100, name: '故障' };
const form = 'PROC-REASON';
const people = ['lihua', 'wangfang', 'zhaolei'];
const seed = {
  corp: { corpId: 'dingfaultcorp001', name: '测试公司' },
  apps: [{ ...app, redirectUrls: [] }],
  departments: [{ id: 2, name: '研发部', parent: 1 }, { id: 3, name: '测试组', parent: 2 }],
  people: [
    ...people.map((id) => ({ userid: id, unionid: `u-${id}`, name: id, departments: [2] })),
    { userid: 'guqing', unionid: 'u-guqing', name: '顾青', departments: [3] },
  ],
  forms: [{
    processCode: form, name: '审批', allowWithdraw: true, approvers: [{ actionType: 'NONE', userIds: ['wangfang'] }],
    components: [{ componentType: 'TextareaField', id: 'TextareaField_reason', label: '原因', required: true }],
  }],
};

let sim;
let token;

// One call over a connection of its own, so that what happens to the connection is seen.
function raw(method, where, { body, headers = {}, type = 'application/json' } = {}) {
  return new Promise((resolve, reject) => {
    const started = Date.now();
    const request = http.request(sim.url + where, { method, agent: false, headers: { ...(body === undefined ? {} : { 'content-type': type }), ...headers } });
    request.on('error', reject);
    request.on('response', (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (data) => { text += data; });
      response.on('error', reject);
      response.on('end', () => {
        let json;
        try { json = JSON.parse(text); } catch { json = undefined; }
        resolve({ status: response.statusCode, headers: response.headers, text, json, ms: Date.now() - started });
      });
    });
    request.end(body === undefined || typeof body === 'string' ? body : JSON.stringify(body));
  });
}

const api = (method, where, body) => raw(method, where, { body, headers: { 'x-acs-dingtalk-access-token': token } });
const old = (where, body, more) => raw('POST', `${where}?access_token=${token}`, { body, ...more });
const read = '/v1.0/workflow/processInstances?processInstanceId=nothing';
const user = () => old('/topapi/v2/user/get', { userid: 'lihua' });

async function sign() {
  const { json } = await raw('POST', '/v1.0/oauth2/accessToken', { body: { appKey: app.clientId, appSecret: app.clientSecret } });
  token = json.accessToken;
}

async function open(...options) {
  sim = await dingsim(seed, ...options);
  await sign();
}

async function must(method, where, body) {
  const answer = await sim.call(method, where, body);
  assert.equal(answer.status, 200, answer.text);
  return answer.json;
}

const fault = (body) => must('POST', '/sim/api/faults', body);
const faults = async () => (await must('GET', '/sim/api/faults')).items;
const clear = () => must('DELETE', '/sim/api/faults');
const forward = (forwardMs) => must('POST', '/sim/api/clock', { forwardMs });
const hour = 3600 * 1000;

async function until(what, condition) {
  const end = Date.now() + 10000;
  for (;;) {
    const value = await condition();
    if (value) return value;
    assert.ok(Date.now() < end, `gave up waiting: ${what}`);
    await new Promise((resolve) => { setTimeout(resolve, 20); });
  }
}

function refused(answer, status, code) {
  assert.equal(answer.status, status, answer.text);
  assert.equal(answer.json.code, code);
  assert.match(answer.json.requestid, /^[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}$/);
  assert.equal(answer.headers['x-acs-request-id'], answer.json.requestid);
}

function wrapped(answer, code) {
  assert.equal(answer.status, 200);
  assert.equal(answer.json.errcode, 88, answer.text);
  assert.equal(answer.json.sub_code, code);
  assert.equal(answer.json.errmsg, `ding talk error[subcode=${code},submsg=${answer.json.sub_msg}]`);
}

function errcode(answer, code) {
  assert.equal(answer.status, 200, answer.text);
  assert.equal(answer.json.errcode, code, answer.text);
}

async function file() {
  const { status, text, json } = await api('POST', '/v1.0/workflow/processInstances', {
    originatorUserId: 'lihua', processCode: form, deptId: 2, formComponentValues: [{ name: '原因', value: '归还' }],
  });
  assert.equal(status, 200, text);
  return json.instanceId;
}

describe('conformance 4: errors as documented, and faults on demand', () => {
  before(() => open());
  after(() => sim.stop());

  test('throttling and the used up quota come in the words of each gateway', async () => {
    const kinds = [
      ['throttle', 'Forbidden.AccessDenied.QpsLimitForAppkeyAndApi', '90018'],
      ['throttleAll', 'Forbidden.AccessDenied.QpsLimitForApi', '90002'],
      ['quota', 'Forbidden.AccessDenied.ApiCountLimitForOrg', '90020'],
    ];
    for (const [kind, code, number] of kinds) {
      await fault({ kind });
      refused(await api('GET', read), 403, code);
      wrapped(await user(), number);
      errcode(await raw('GET', `/auth/scopes?access_token=${token}`), Number(number));
      await clear();
    }
    await fault({ kind: 'throttle' });
    assert.match((await old('/topapi/v2/department/listsub', {})).json.sub_msg,
      /apiPath\(dingtalk\.oapi\.v2\.department\.listsub\), 从 \d{4}-.* 请求总次数超过/);
    await clear();
    errcode(await user(), 0);
  });

  test('a missing permission names the scope', async () => {
    await fault({ kind: 'permission', scope: 'Workflow.Instance.Read' });
    const answer = await api('GET', read);
    refused(answer, 403, 'Forbidden.AccessDenied.AccessTokenPermissionDenied');
    assert.deepEqual(answer.json.accessdenieddetail, { requiredScopes: ['Workflow.Instance.Read'] });
    await clear();
    await fault({ kind: 'permission' });
    const own = await user();
    wrapped(own, '60011');
    assert.match(own.json.sub_msg, /requiredScopes=\[qyapi_get_member\]/);
    // Asking for a token needs none.
    await sign();
    assert.ok(token);
    await clear();
  });

  test('500, 502 and 504', async () => {
    await fault({ kind: 'serverError' });
    refused(await api('GET', read), 500, 'systemError');
    errcode(await user(), -1);
    await clear();
    await fault({ kind: 'badGateway' });
    for (const answer of [await api('GET', read), await user()]) {
      assert.equal(answer.status, 502);
      assert.match(answer.headers['content-type'], /^text\/html/);
    }
    await clear();
    await fault({ kind: 'gatewayTimeout' });
    const answer = await api('GET', read);
    assert.equal(answer.status, 504);
    assert.equal(answer.json, undefined);
    wrapped(await user(), '');
    errcode(await raw('GET', `/auth/scopes?access_token=${token}`), 15);
    await clear();
  });

  test('a page or the x5 object with status 200', async () => {
    await fault({ kind: 'html', path: '/v1.0/**' });
    const page = await api('GET', read);
    assert.equal(page.status, 200);
    assert.match(page.text, /^<!DOCTYPE html>/);
    errcode(await user(), 0);
    await clear();
    await fault({ kind: 'x5', path: '/topapi/**' });
    const { json } = await user();
    assert.match(json.uuid, /^[0-9a-f]{32}$/);
    delete json.uuid;
    assert.deepEqual(json, { status: 1111, wait: 5, source: 'x5', punish: 'deny' });
    await clear();
  });

  test('a slow answer comes late, and the work was done at once', async () => {
    await fault({ kind: 'slow', waitMs: 700, method: 'POST', path: '/v1.0/workflow/processInstances' });
    let done = false;
    const slow = file().then((id) => { done = true; return id; });
    const items = await until('the instance', async () => {
      const { items: all } = await must('GET', '/sim/api/instances');
      return all.length > 0 && all;
    });
    assert.equal(done, false);
    assert.equal(await slow, items[0].processInstanceId);
    await clear();
  });

  test('a slow answer follows the clock of dingsim', async () => {
    await fault({ kind: 'slow', waitMs: 600000 });
    let answered = false;
    const answer = user().then((got) => { answered = true; return got; });
    await until('it is being held', async () => (await faults())[0].hits === 1);
    await forward(599000);
    assert.equal(answered, false);
    await forward(1000);
    assert.equal((await answer).json.result.name, 'lihua');
    await clear();
  });

  test('every documented error can be had by its code', async () => {
    const code = async (of) => { await clear(); await fault({ kind: 'error', code: of }); };
    const fresh = {
      'Forbidden.AccessDenied.IpNotInWhiteList': 403, 'Forbidden.AccessDenied.QpmLimitForAppkeyAndApi': 403, 'unauthorized.client': 401,
      'server.error': 500, 'system.error': 500, needAuth: 400, processGroupGetFailed: 400, processInstanceStartFailed: 400, sysErrror: 400,
      autoflowLikeTriggerRateLimited: 400, processFormDataIsNull: 400, aflowProcessFormDataIsNull: 400, noPermission: 400,
      aflowProcessCodeIsError: 400, 'permission.error': 400, 'send.too.fast': 400, 'todo.taskCreate.lockError': 400, 'contain.unsafe.url': 400,
    };
    for (const [of, status] of Object.entries(fresh)) {
      await code(of);
      refused(await api('GET', read), status, of);
      assert.equal((await user()).json.errcode, 0, 'the other gateway has no such code');
    }
    const plain = ['33001', '40078', '60111', '810007', '820001'];
    const inside = ['40001', '43007', '60020', '90001', '90006', '90014', '90017'];
    for (const of of plain) { await code(of); errcode(await user(), Number(of)); }
    for (const of of inside) { await code(of); wrapped(await user(), of); }
    for (const of of ['71013', '400040', '400050', '400051', '40001']) {
      await code(of);
      errcode(await old('/call_back/register_call_back', { call_back_tag: ['user_add_org'], token: 'token1', aes_key: 'a'.repeat(43), url: 'http://127.0.0.1:9/' }), Number(of));
    }
    await code('71013');
    assert.equal((await faults())[0].code, '71013');
    refused(await api('GET', read), 400, 'processInstanceNotExist');
    await clear();
    for (const wrong of [{ kind: 'error' }, { kind: 'error', code: 'no.such' }, { kind: 'throttle', code: 'needAuth' }]) {
      assert.equal((await sim.call('POST', '/sim/api/faults', wrong)).status, 400, JSON.stringify(wrong));
    }
  });

  test('an answer is lost after the work was done', async () => {
    const before_ = (await must('GET', '/sim/api/instances')).items.length;
    await fault({ kind: 'lost', method: 'POST', path: '/v1.0/workflow/processInstances', count: 1 });
    await assert.rejects(file(), /socket hang up|ECONNRESET/);
    assert.equal((await must('GET', '/sim/api/instances')).items.length, before_ + 1);
    await file();
    await clear();
  });

  test('a connection is reset before anything was done', async () => {
    const before_ = (await must('GET', '/sim/api/instances')).items.length;
    await fault({ kind: 'reset', count: 1 });
    await assert.rejects(file(), /read ECONNRESET/);
    assert.equal((await must('GET', '/sim/api/instances')).items.length, before_);
    await clear();
  });

  test('a token expires between two calls and a new one works', async () => {
    await fault({ kind: 'tokenExpired', count: 1 });
    const first = token;
    // Neither this call nor the fetching of a token is what the fault waits for.
    await sign();
    assert.equal(token, first);
    refused(await api('GET', read), 400, 'InvalidAuthentication');
    wrapped(await user(), '42001');
    await sign();
    assert.notEqual(token, first);
    errcode(await user(), 0);
    await clear();
    await fault({ kind: 'tokenExpired', count: 1, path: '/topapi/**' });
    wrapped(await user(), '42001');
    await sign();
    await clear();
  });

  test('a fault is counted, ends with its count and is listed until it is cleared', async () => {
    await fault({ kind: 'serverError', path: '/topapi/v2/user/*', count: 2, seed: 7 });
    errcode(await user(), -1);
    errcode(await old('/topapi/v2/department/listsub', {}), 0);
    errcode(await user(), -1);
    errcode(await user(), 0);
    const [one] = await faults();
    assert.ok(one.id > 0);
    delete one.id;
    assert.deepEqual(one, { kind: 'serverError', path: '/topapi/v2/user/*', count: 2, percent: 100, seed: 7, seen: 2, hits: 2 });
    await clear();
    assert.deepEqual(await faults(), []);
  });

  test('what happens by chance happens again with the same seed', async () => {
    const run = async (more) => {
      const given = await fault({ kind: 'serverError', path: '/topapi/**', percent: 30, ...more });
      const luck = [];
      for (let i = 0; i < 60; i++) luck.push((await user()).json.errcode);
      await clear();
      return { seed: given.seed, luck };
    };
    const first = await run();
    const hits = first.luck.filter((code) => code === -1).length;
    assert.ok(hits > 3 && hits < 40, `${hits} of 60`);
    assert.deepEqual(await run({ seed: first.seed }), first);
    assert.notDeepEqual((await run({ seed: first.seed + 1 })).luck, first.luck);
  });

  test('a fault that makes no sense is refused', async () => {
    const wrong = [
      [{}, /kind/], [{ kind: 'nothing' }, /kind/], [{ kind: 'slow', waitMs: -1 }, /waitMs/], [{ kind: 'slow', waitMs: 1e9 }, /waitMs/],
      [{ kind: 'html', path: '/{a' }, /path/], [{ kind: 'html', percent: 0 }, /percent/], [{ kind: 'html', percent: 101 }, /percent/],
      [{ kind: 'html', method: 'PATCH' }, /method/], [{ kind: 'html', seed: 2 ** 32 }, /seed/], [{ kind: 'html', more: 1 }, /more/],
    ];
    for (const [body, text] of wrong) {
      const { status, json } = await sim.call('POST', '/sim/api/faults', body);
      assert.equal(status, 400);
      assert.match(json.error, text);
    }
    for (let i = 0; i < 100; i++) await fault({ kind: 'html', path: '/nowhere' });
    assert.equal((await sim.call('POST', '/sim/api/faults', { kind: 'html' })).status, 429);
    await clear();
  });
});

// --- a receiver of pushes: answers as it must and keeps what came --------------------------------------------------

const aesKey = 'Yue0EfdN5900c1ce5cf6A152c63DDe1808a60c5ecd7';
const secret = 'testtoken1';
const key = Buffer.from(`${aesKey}=`, 'base64');

const signature = (...texts) => crypto.createHash('sha1').update([secret, ...texts].sort().join('')).digest('hex');

function unseal(encrypt) {
  const decipher = crypto.createDecipheriv('aes-256-cbc', key, key.subarray(0, 16)).setAutoPadding(false);
  const plain = Buffer.concat([decipher.update(encrypt, 'base64'), decipher.final()]);
  return JSON.parse(plain.subarray(20, 20 + plain.readUInt32BE(16)).toString());
}

function success() {
  const head = Buffer.concat([crypto.randomBytes(16), Buffer.from([0, 0, 0, 7]), Buffer.from(`success${app.clientId}`)]);
  const pad = 32 - (head.length % 32);
  const cipher = crypto.createCipheriv('aes-256-cbc', key, key.subarray(0, 16)).setAutoPadding(false);
  const encrypt = Buffer.concat([cipher.update(Buffer.concat([head, Buffer.alloc(pad, pad)])), cipher.final()]).toString('base64');
  const timeStamp = String(Date.now());
  return { msg_signature: signature(timeStamp, 'abcd', encrypt), timeStamp, nonce: 'abcd', encrypt };
}

class Receiver {
  events = [];
  badly = 0; // signed pushes that were refused
  status = 200;

  async open() {
    this.server = http.createServer((request, response) => {
      let body = '';
      request.on('data', (data) => { body += data; });
      request.on('end', () => {
        const query = new URL(request.url, 'http://x').searchParams;
        const { encrypt } = JSON.parse(body);
        const good = query.get('msg_signature') === signature(query.get('timestamp'), query.get('nonce'), encrypt);
        const event = unseal(encrypt);
        if (!good) this.badly++;
        else if (event.EventType !== 'check_url' && this.status === 200) this.events.push(event);
        response.statusCode = good ? this.status : 403;
        response.setHeader('content-type', 'application/json').end(JSON.stringify(success()));
      });
    });
    await new Promise((resolve) => { this.server.listen(0, '127.0.0.1', resolve); });
    await must('PUT', `/sim/api/apps/${app.clientId}/subscription`, {
      url: `http://127.0.0.1:${this.server.address().port}/push`, aesKey, token: secret,
      rules: ['/v1.0/event/bpms_instance_change/**'],
    });
    return this;
  }

  // The first n events, as "instance number type".
  async first(n, ids) {
    await until(`${n} events`, () => this.events.length >= n);
    return this.events.map((event) => `${ids.indexOf(event.processInstanceId)} ${event.type}`);
  }

  async close() {
    this.server.closeAllConnections();
    await new Promise((resolve) => { this.server.close(resolve); });
  }
}

const pushes = async () => (await must('GET', '/sim/api/pushes')).items;

describe('conformance 6: events duplicated, reordered, delayed, dropped, wrongly signed', () => {
  let receiver;
  before(() => open('--retry-delays', '1,1'));
  after(() => sim.stop());
  const fresh = async () => { receiver = await new Receiver().open(); };
  const done = async () => { await clear(); await receiver.close(); };

  test('an event comes twice, with the same eventId', async () => {
    await fresh();
    await fault({ kind: 'eventDuplicate', count: 1 });
    const ids = [await file(), await file()];
    assert.deepEqual(await receiver.first(3, ids), ['0 start', '0 start', '1 start']);
    assert.equal(receiver.events[0].eventId, receiver.events[1].eventId);
    await done();
  });

  test('an event comes after the next one', async () => {
    await fresh();
    await fault({ kind: 'eventReorder', count: 1 });
    const ids = [await file()];
    assert.equal((await pushes())[0].state, 'held');
    ids.push(await file(), await file());
    assert.deepEqual(await receiver.first(3, ids), ['1 start', '0 start', '2 start']);
    await done();
  });

  test('clearing the faults lets go of what was held back', async () => {
    await fresh();
    await fault({ kind: 'eventReorder' });
    const ids = [await file()];
    await clear();
    assert.deepEqual(await receiver.first(1, ids), ['0 start']);
    await done();
  });

  test('an event is delayed by the clock of dingsim', async () => {
    await fresh();
    await fault({ kind: 'eventDelay', waitMs: 600000, count: 1 });
    const ids = [await file(), await file()];
    assert.deepEqual(await receiver.first(1, ids), ['1 start']);
    await forward(600000);
    assert.deepEqual(await receiver.first(2, ids), ['1 start', '0 start']);
    await done();
  });

  test('an event is dropped, and only that of the resource asked for', async () => {
    await fresh();
    await fault({ kind: 'eventDrop', path: '/v1.0/event/bpms_instance_change/**/type/start' });
    const ids = [await file()];
    assert.equal((await pushes())[0].state, 'dropped');
    const [task] = (await must('GET', '/sim/api/inbox?user=wangfang')).items.filter((t) => t.processInstanceId === ids[0]);
    await must('POST', `/sim/api/tasks/${task.taskId}`, { user: 'wangfang', result: 'agree' });
    assert.deepEqual(await receiver.first(1, ids), ['0 finish']);
    await done();
  });

  test('a wrongly signed push is refused, and the next attempt is right', async () => {
    await fresh();
    await fault({ kind: 'eventMissign', count: 1 });
    const ids = [await file()];
    assert.deepEqual(await receiver.first(1, ids), ['0 start']);
    assert.equal(receiver.badly, 1);
    assert.equal((await pushes())[0].attempts.length, 2);
    await done();
  });
});

describe('the clock', () => {
  before(() => open());
  after(() => sim.stop());

  test('conformance 3: a token is over when its time is, and another is given', async () => {
    const first = token;
    await forward(2 * hour - 60000);
    errcode(await user(), 0);
    // Asking again renews it.
    await sign();
    assert.equal(token, first);
    await forward(2 * hour - 60000);
    errcode(await user(), 0);
    await forward(60000);
    refused(await api('GET', read), 400, 'InvalidAuthentication');
    wrapped(await user(), '42001');
    await sign();
    assert.notEqual(token, first);
    errcode(await user(), 0);
    // An app's token is no person's.
    refused(await api('GET', '/v1.0/contact/users/me'), 400, 'InvalidAuthentication');
    wrapped(await raw('POST', '/topapi/v2/user/get?access_token=unknown', { body: {} }), '40014');
  });

  test('a form can be withdrawn after 15 seconds', async () => {
    const id = await file();
    const withdraw = () => api('POST', '/v1.0/workflow/processInstances/terminate', { processInstanceId: id, operatingUserId: 'lihua', isSystem: false });
    refused(await withdraw(), 400, 'aflowProcessInstStatusException');
    await forward(15000);
    assert.equal((await withdraw()).status, 200);
  });

  test('failed pushes are tried again after 10 and 30 seconds, then listed', async () => {
    const receiver = await new Receiver().open();
    receiver.status = 500;
    await file();
    const attempts = (n) => until(`${n} attempts`, async () => (await pushes())[0].attempts.length === n);
    await attempts(1);
    await forward(10000);
    await attempts(2);
    await forward(30000);
    await attempts(3);
    await until('the failure', async () => (await pushes())[0].state === 'failed');
    const list = () => raw('GET', `/call_back/get_call_back_failed_result?access_token=${token}`);
    assert.equal((await list()).json.failed_list.length, 1);
    assert.equal((await list()).json.failed_list.length, 0);
    await receiver.close();
  });

  test('it goes forward only', async () => {
    const was = await must('GET', '/sim/api/clock');
    assert.ok(was.now >= Date.now() + was.aheadMs - 1000);
    for (const body of [{ forwardMs: -1 }, { forwardMs: 1e13 }, { forwardMs: 320e9 }, {}, { forwardMs: '1' }]) {
      assert.equal((await sim.call('POST', '/sim/api/clock', body)).status, 400);
    }
    const is = await forward(0);
    assert.equal(is.aheadMs, was.aheadMs);
    assert.ok(is.now >= was.now);
  });
});

test('dingsim follows the clock of a test build: held answers, delayed events and their retries', { skip: unclocked(path.join(build, 'dingsim')) }, async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'dingsim-clock-'));
  const clock = new Clock(path.join(folder, 'clock'));
  clock.speed(0);
  Object.assign(process.env, clock.environment);
  try { await open(); } finally { delete process.env.HOLDFAST_CLOCK; }
  const hits = [];
  const aes = 'a'.repeat(43);
  // The check_url is answered rightly, nothing else.
  const server = http.createServer((request, response) => {
    hits.push(request.url);
    if (hits.length > 1) { response.writeHead(500).end(); return; }
    const key = Buffer.from(`${aes}=`, 'base64');
    const text = Buffer.concat([Buffer.alloc(16, 'r'), Buffer.from([0, 0, 0, 7]), Buffer.from(`success${app.clientId}`)]);
    const pad = 32 - (text.length % 32);
    const cipher = crypto.createCipheriv('aes-256-cbc', key, key.subarray(0, 16)).setAutoPadding(false);
    const encrypt = Buffer.concat([cipher.update(Buffer.concat([text, Buffer.alloc(pad, pad)])), cipher.final()]).toString('base64');
    const sign = crypto.createHash('sha1').update(['token1', '1', 'n', encrypt].sort().join('')).digest('hex');
    response.end(JSON.stringify({ msg_signature: sign, timeStamp: '1', nonce: 'n', encrypt }));
  });
  await new Promise((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  await must('PUT', `/sim/api/apps/${app.clientId}/subscription`, { url: `http://127.0.0.1:${server.address().port}/`, aesKey: aes, token: 'token1',
    rules: ['/v1.0/event/bpms_instance_change/**'] });
  await fault({ kind: 'eventDelay', waitMs: 60000, count: 1 });
  await file();
  const { now } = await must('GET', '/sim/api/clock');
  assert.equal((await must('GET', '/sim/api/clock')).now, now, 'it stands still');
  for (const [attempt, ms] of [[1, 60000], [2, 10000], [3, 30000]]) {
    assert.equal(hits.length, attempt, 'not before its time');
    clock.forward(ms);
    await until(`attempt ${attempt}`, async () => (await must('GET', '/sim/api/pushes')).items[0].attempts.length === attempt);
  }
  assert.equal((await must('GET', '/sim/api/pushes')).items[0].state, 'failed');
  await fault({ kind: 'slow', waitMs: 600000, count: 1 });
  const answer = user();
  await until('it is being held', async () => (await faults()).at(-1).hits === 1);
  clock.forward(600000);
  assert.equal((await answer).json.errcode, 0);
  await sim.stop();
  server.closeAllConnections();
  await new Promise((resolve) => { server.close(resolve); });
  clock.close();
  rmSync(folder, { recursive: true });
});

describe('large organisations', () => {
  const generate = (...options) => execFileSync(path.join(build, 'dingsim'), ['seed', ...options], { maxBuffer: 1 << 26, encoding: 'utf8' });

  test('the same numbers give the same organisation', () => {
    const first = generate('--people', '500', '--departments', '40');
    assert.equal(generate('--people', '500', '--departments', '40', '--seed', '1'), first);
    assert.notEqual(generate('--people', '500', '--departments', '40', '--seed', '2'), first);
    const org = JSON.parse(first);
    assert.equal(org.people.length, 500);
    assert.equal(org.departments.length, 40);
  });

  test('numbers that are not possible are refused', () => {
    for (const options of [['--people', '0'], ['--people', '100001'], ['--departments', '20001'], ['--seed', 'x'], ['more']]) {
      const { status, stderr } = spawnSync(path.join(build, 'dingsim'), ['seed', ...options], { encoding: 'utf8' });
      assert.equal(status, 2);
      assert.match(stderr, /^dingsim: /);
    }
  });

  test('conformance 10: a walk finds every department and everybody of 30,000', async () => {
    const org = JSON.parse(generate('--people', '30000', '--departments', '300'));
    sim = await dingsim(org);
    const { json } = await raw('POST', '/v1.0/oauth2/accessToken', { body: { appKey: org.apps[0].clientId, appSecret: org.apps[0].clientSecret } });
    token = json.accessToken;
    const members = new Set();
    const departments = [1];
    for (const id of departments) {
      departments.push(...(await old('/topapi/v2/department/listsub', { dept_id: id })).json.result.map((d) => d.dept_id));
      for (let cursor = 0; cursor !== undefined;) {
        const { result } = (await old('/topapi/v2/user/list', { dept_id: id, cursor, size: 100 })).json;
        for (const { userid } of result.list) members.add(userid);
        cursor = result.has_more ? result.next_cursor : undefined;
      }
    }
    assert.equal(new Set(departments).size, 301);
    assert.equal(members.size, 30000);
    await sim.stop();
  });

  test('a seed may bring faults', async () => {
    sim = await dingsim({ ...seed, faults: [{ kind: 'serverError', path: '/topapi/**', count: 1 }] });
    await sign();
    errcode(await user(), -1);
    errcode(await user(), 0);
    await sim.stop();
  });
});

describe('a data folder', () => {
  test('keeps the clock and the faults with what they have done', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'dingsim-faults-'));
    await open('--data-dir', folder);
    await forward(10 * 24 * hour);
    await fault({ kind: 'serverError', path: '/topapi/**', percent: 50, seed: 3 });
    await fault({ kind: 'error', code: '71013', path: '/call_back/**' });
    for (let i = 0; i < 5; i++) await user();
    const was = await faults();
    await sim.stop();
    await open('--data-dir', folder);
    assert.equal((await must('GET', '/sim/api/clock')).aheadMs, 10 * 24 * hour);
    assert.deepEqual(await faults(), was);
    await sim.stop();
    rmSync(folder, { recursive: true });
  });
});

describe('conformance 11: work notices, robot messages, todos', () => {
  before(() => open());
  after(() => sim.stop());

  const path_ = '/topapi/message/corpconversation';
  const note = (content) => ({ msgtype: 'text', text: { content } });
  const notice = (more) => old(`${path_}/asyncsend_v2`, { agent_id: app.agentId, userid_list: 'lihua', msg: note('你好'), ...more });
  const sent = async (more) => {
    const answer = await notice(more);
    errcode(answer, 0);
    assert.ok(Number.isInteger(answer.json.task_id));
    return answer.json.task_id;
  };
  const result = async (id) => {
    const answer = await old(`${path_}/getsendresult`, { agent_id: app.agentId, task_id: id });
    errcode(answer, 0);
    return answer.json.send_result;
  };
  const messages = async (who) => (await must('GET', `/sim/api/messages${who ? `?user=${who}` : ''}`)).items;

  test('a notice reaches people and whole departments, once each', async () => {
    const id = await sent({ userid_list: 'lihua,nobody,lihua', dept_id_list: '3,99', msg: note('第一') });
    const got = await result(id);
    assert.deepEqual(got, {
      invalid_user_id_list: ['nobody'], invalid_dept_id_list: [99], failed_user_id_list: [], read_user_id_list: [],
      unread_user_id_list: got.unread_user_id_list, forbidden_user_id_list: [], forbidden_list: [],
    });
    assert.deepEqual([...got.unread_user_id_list].sort(), ['guqing', 'lihua']);
    const [one] = await messages('lihua');
    assert.ok(one.time > 0);
    delete one.time;
    assert.deepEqual(one, { kind: 'notice', clientId: app.clientId, taskId: id, user: 'lihua', content: note('第一'), outcome: 'delivered', recalled: false });
    // Everybody below, and everybody.
    assert.equal((await result(await sent({ userid_list: undefined, dept_id_list: [2], msg: note('第二') }))).unread_user_id_list.length, 4);
    assert.equal((await result(await sent({ userid_list: undefined, to_all_user: true, msg: note('第三') }))).unread_user_id_list.length, 4);
  });

  test('it comes as a form too, as texts and with the message as text', async () => {
    const form_ = new URLSearchParams({
      access_token: token, agent_id: String(app.agentId), userid_list: 'lihua', msg: JSON.stringify({ msgtype: 'markdown', markdown: { title: '标题', text: '表单' } }),
    });
    const answer = await raw('POST', `${path_}/asyncsend_v2`, { body: String(form_), type: 'application/x-www-form-urlencoded' });
    errcode(answer, 0);
    assert.equal((await messages('lihua'))[0].content.markdown.text, '表单');
    errcode(await old(`${path_}/asyncsend_v2`, { agent_id: String(app.agentId), userid_list: ['wangfang'], msg: JSON.stringify(note('文本')) }), 0);
    assert.equal((await messages('wangfang'))[0].content.text.content, '文本');
  });

  test('the same content arrives once a day, which ends at midnight in Beijing', async () => {
    const msg = note('同样的内容');
    const { now } = await must('GET', '/sim/api/clock');
    const beijing = 8 * hour;
    const day = 24 * hour;
    await forward(day - ((now + beijing) % day) + hour); // one in the morning
    await sign();
    await sent({ msg });
    const second = await sent({ msg, userid_list: 'lihua,zhaolei' });
    const got = await result(second);
    assert.deepEqual(got.unread_user_id_list, ['zhaolei']);
    assert.deepEqual(got.forbidden_user_id_list, ['lihua']);
    assert.deepEqual(got.forbidden_list, [{ code: '143106', count: 1, userid: 'lihua' }]);
    assert.equal((await messages('lihua'))[0].outcome, 'duplicate');
    await forward(22 * hour);
    await sign();
    assert.equal((await result(await sent({ msg }))).forbidden_list.length, 1);
    await forward(hour + 60000);
    await sign();
    assert.deepEqual((await result(await sent({ msg }))).unread_user_id_list, ['lihua']);
  });

  test('500 a day reach a person', async () => {
    await forward(24 * hour);
    await sign();
    for (let i = 0; i < 500; i++) errcode(await notice({ msg: note(`第${i}条`) }), 0);
    const got = await result(await sent({ msg: note('多了') }));
    assert.deepEqual(got.forbidden_list, [{ code: '143105', count: 500, userid: 'lihua' }]);
    assert.equal((await messages('lihua'))[0].outcome, 'over-day');
  });

  test('results and recalls are there for a day', async () => {
    const id = await sent({ userid_list: 'guqing', msg: note('撤回') });
    const recall = () => old(`${path_}/recall`, { agent_id: app.agentId, msg_task_id: id });
    errcode(await recall(), 0);
    assert.equal((await messages('guqing'))[0].recalled, true);
    await forward(24 * hour + 60000);
    await sign();
    errcode(await recall(), 400002);
    errcode(await old(`${path_}/getsendresult`, { agent_id: app.agentId, task_id: id }), 400002);
  });

  test('a wrong notice is refused', async () => {
    const wrong = [
      { agent_id: undefined }, { agent_id: 'x' }, { userid_list: undefined }, { userid_list: '' }, { msg: undefined }, { msg: '{' }, { msg: 'text' },
      { msg: { msgtype: 'nothing' } }, { msg: { msgtype: 'text' } }, { msg: note('') }, { msg: note('长'.repeat(700)) },
      { userid_list: Array(101).fill('lihua').join() }, { dept_id_list: Array(21).fill('2').join() }, { dept_id_list: 'x' }, { userid_list: [{}] },
    ];
    const count = (await messages()).length;
    for (const more of wrong) errcode(await notice(more), 40035);
    errcode(await notice({ agent_id: 1 }), 400002);
    errcode(await old(`${path_}/getsendresult`, { agent_id: app.agentId, task_id: 1 }), 400002);
    assert.equal((await messages()).length, count);
  });

  const robot = (more) => api('POST', '/v1.0/robot/oToMessages/batchSend', {
    robotCode: app.clientId, userIds: ['lihua', 'nobody'], msgKey: 'sampleMarkdown', msgParam: JSON.stringify({ title: '标题', text: '正文' }), ...more,
  });

  test('a robot writes to people, tells who cannot be reached, and takes it back', async () => {
    const { status, json } = await robot();
    assert.equal(status, 200);
    assert.deepEqual(Object.keys(json), ['processQueryKey', 'invalidStaffIdList', 'flowControlledStaffIdList']);
    assert.deepEqual(json.invalidStaffIdList, ['nobody']);
    const key_ = json.processQueryKey;
    const [one] = await messages('lihua');
    assert.equal(one.processQueryKey, key_);
    assert.deepEqual(one.content, { msgKey: 'sampleMarkdown', msgParam: { title: '标题', text: '正文' } });
    const state = () => api('GET', `/v1.0/robot/oToMessages/readStatus?robotCode=${app.clientId}&processQueryKey=${key_}`);
    assert.deepEqual((await state()).json, {
      sendStatus: 'SUCCESS', messageReadInfoList: [{ name: 'lihua', userId: 'lihua', readStatus: 'UNREAD', readTimestamp: 0 }],
    });
    const back = await api('POST', '/v1.0/robot/otoMessages/batchRecall', { robotCode: app.clientId, processQueryKeys: [key_, 'none'] });
    assert.deepEqual(back.json.successResult, [key_]);
    assert.deepEqual(Object.keys(back.json.failedResult), ['none']);
    assert.equal((await state()).json.sendStatus, 'RECALLED');
    assert.equal((await messages('lihua'))[0].recalled, true);
  });

  test('a wrong robot message is refused', async () => {
    refused(await robot({ robotCode: 'other' }), 400, 'invalidParameter.robotCode.notExsit');
    refused(await robot({ userIds: Array(21).fill('lihua') }), 400, 'invalidParameter.userIds.overMax');
    refused(await robot({ userIds: [] }), 400, 'invalidParameter');
    refused(await robot({ msgKey: 'nothing' }), 400, 'invalidParameter.msgKey.invalid');
    for (const msgParam of ['{', '[]', '{"title":"x"}', { title: 'x', text: 'y' }]) {
      refused(await robot({ msgParam }), 400, 'invalidParameter.msgParam.invalid');
    }
  });

  const tasks = '/v1.0/todo/users/u-lihua/tasks';
  const detailUrl = { appUrl: 'https://example.com/a', pcUrl: 'https://example.com/p' };
  const todo = (more, where = `${tasks}?operatorId=u-lihua`) => api('POST', where, { subject: '处理申请', detailUrl, ...more });
  const todos = async (who) => (await must('GET', `/sim/api/todos?user=${who}`)).items;

  test('a todo is made once for a sourceId, changed, done by its executors and removed', async () => {
    const made = await todo({ sourceId: 's-1', executorIds: ['u-wangfang', 'u-zhaolei'], dueTime: 1800000000000, priority: 20 });
    assert.equal(made.status, 200, made.text);
    const { id } = made.json;
    assert.equal(made.json.done, false);
    assert.deepEqual(made.json.executorIds, ['u-wangfang', 'u-zhaolei']);
    assert.deepEqual(made.json.detailUrl, detailUrl);
    const again = await todo({ sourceId: 's-1' });
    refused(again, 400, 'todo.taskCreate.paramError');
    assert.equal(again.json.message, 'task exist');

    assert.deepEqual((await api('PUT', `${tasks}/${id}?operatorId=u-lihua`, { subject: '新的标题' })).json, { result: true });
    const tick = (...list) => api('PUT', `${tasks}/${id}/executorStatus?operatorId=u-lihua`,
      { executorStatusList: list.map((who) => ({ id: who, isDone: true })) });
    assert.deepEqual((await tick('u-wangfang')).json, { result: true });
    let [item] = await todos('zhaolei');
    assert.equal(item.subject, '新的标题');
    assert.equal(item.done, false);
    assert.deepEqual(item.executors, [{ id: 'u-wangfang', isDone: true }, { id: 'u-zhaolei', isDone: false }]);
    await tick('u-zhaolei');
    [item] = await todos('lihua');
    assert.equal(item.done, true);
    assert.ok(item.finishTime >= item.createdTime);
    refused(await tick('u-guqing'), 400, 'todo.taskUpdate.paramError');
    assert.equal((await api('DELETE', `${tasks}/${id}?operatorId=u-lihua`)).json.result, true);
    assert.deepEqual(await todos('lihua'), []);
    refused(await api('DELETE', `${tasks}/${id}?operatorId=u-lihua`), 400, 'todo.taskDelete.paramError');
    refused(await api('PUT', `${tasks}/${id}`, {}), 400, 'todo.taskUpdate.paramError');
  });

  test('a wrong todo is refused', async () => {
    const wrong = [
      { subject: undefined }, { subject: '' }, { subject: 'x'.repeat(1025) }, { subject: 1 }, { detailUrl: undefined }, { detailUrl: { appUrl: 'x' } },
      { executorIds: ['u-nobody'] }, { executorIds: 'u-lihua' }, { executorIds: [1] }, { priority: 15 }, { dueTime: 'soon' }, { creatorId: 'u-nobody' },
    ];
    for (const more of wrong) refused(await todo(more), 400, 'todo.taskCreate.paramError');
    refused(await todo({}, `${tasks}?operatorId=u-nobody`), 400, 'todo.taskCreate.paramError');
    refused(await todo({}, '/v1.0/todo/users/u-nobody/tasks'), 400, 'todo.taskCreate.paramError');
    assert.deepEqual(await todos('lihua'), []);
  });
});

describe('the documentation', () => {
  // Every command of "Five minutes" but those that build and start, as they stand.
  test('the start in five minutes works as it is written', async () => {
    const doc = readFileSync(new URL('../../docs/dingsim.md', import.meta.url), 'utf8');
    const section = doc.slice(doc.indexOf('## Five minutes'), doc.indexOf('## What it answers'));
    const blocks = [...section.matchAll(/^```\n(.*?)^```$/gms)].map((match) => match[1]).filter((text) => !text.includes('build/dingsim'));
    sim = await dingsim(JSON.parse(readFileSync(new URL('../../share/dingsim/company.json', import.meta.url), 'utf8')));
    const script = blocks.map((text) => `${text}\necho\necho ----\n`).join('').replace('http://127.0.0.1:8086', sim.url);
    const out = await new Promise((resolve, reject) => {
      execFile('sh', ['-eu', '-c', script], (error, stdout) => (error ? reject(error) : resolve(stdout.split('----\n'))));
    });
    assert.match(out[0], /"name":"李华"/);
    assert.equal(out[2].trim(), '"RUNNING"');
    assert.match(out[3], /"seed":\d+.*\n?.*"aheadMs":7200000/);
    const [task] = (await must('GET', '/sim/api/inbox?user=wangfang')).items;
    assert.deepEqual(task.form, [{ name: '卸载原因', value: '电脑归还' }]);
    await sim.stop();
  });
});

describe('malformed input', () => {
  before(() => open());
  after(() => sim.stop());
  const bodies = ['{', '[]', '"text"', '1', 'null', '{"a":1,"a":2}', '{"a":"\\u0000"}', '{"a":01}', '{} {}', '\ufeff{}', '['.repeat(100), '{"a":', '\x00'];

  test('of the new gateway is a 400 with code and requestid', async () => {
    for (const where of ['/v1.0/workflow/processInstances', '/v1.0/robot/oToMessages/batchSend', '/v1.0/todo/users/u-lihua/tasks', '/v1.0/oauth2/accessToken']) {
      for (const body of bodies) {
        const answer = await api('POST', where, body);
        assert.equal(answer.status, 400, `${body}: ${answer.text}`);
        assert.deepEqual(Object.keys(answer.json).slice(0, 3), ['code', 'requestid', 'message']);
      }
    }
  });

  test('of the old one is a 200 with errcode', async () => {
    for (const where of ['/topapi/v2/user/get', '/topapi/v2/user/list', '/topapi/v2/department/listsub', '/topapi/message/corpconversation/asyncsend_v2']) {
      for (const body of bodies) {
        const answer = await old(where, body);
        assert.equal(answer.status, 200);
        assert.equal(answer.json.errcode, 40035, `${body}: ${answer.text}`);
        assert.match(answer.json.request_id, /^[0-9a-z]{13}$/);
      }
    }
  });

  test('fields of forms with bad escapes count as absent, a query with one is refused', async () => {
    const type = 'application/x-www-form-urlencoded';
    errcode(await old('/topapi/v2/user/get', 'userid=%zz', { type }), 33012);
    errcode(await old('/topapi/v2/user/get', 'userid=%00', { type }), 33012);
    errcode(await old('/topapi/v2/user/get', 'userid=%ff', { type }), 33012);
    errcode(await old('/topapi/v2/user/get', 'user%69d=lihua&&=&x', { type }), 0);
    for (const [method, where] of [['POST', '/topapi/v2/user/get?access_token=%zz'], ['GET', '/gettoken?appkey=%ff'], ['GET', '/call_back/get_call_back?x=%00']])
      errcode(await raw(method, where, method === 'POST' ? { body: {} } : {}), 40035);
    const query = await raw('GET', '/v1.0/workflow/processInstances?processInstanceId=%ff');
    assert.deepEqual([query.status, query.json.code, Object.keys(query.json)], [400, 'invalidParameter', ['code', 'requestid', 'message']]);
  });

  test('a wrong method is named by the one that would be right', async () => {
    for (const [method, where, code] of [['PUT', '/call_back/register_call_back', 43002], ['GET', '/call_back/update_call_back', 43002],
      ['DELETE', '/topapi/v2/user/get', 43002], ['POST', '/call_back/get_call_back', 43001], ['PUT', '/gettoken', 43001], ['POST', '/auth/scopes', 43001]])
      errcode(await raw(method, where, {}), code);
    const answer = await raw('PUT', '/v1.0/workflow/processInstances', {});
    assert.deepEqual([answer.status, answer.json.code], [404, 'InvalidAction.NotFound']);
  });

  test('of its own calls is a 400 with error and code', async () => {
    for (const where of ['/sim/api/faults', '/sim/api/clock']) {
      for (const body of bodies) {
        const answer = await raw('POST', where, { body });
        assert.equal(answer.status, 400, answer.text);
        assert.deepEqual(Object.keys(answer.json), ['error', 'code']);
      }
    }
  });

  test('a body over the limit is refused', async () => {
    for (const [where, status, code] of [['/v1.0/workflow/processInstances', 413, 'invalidParameter'], ['/topapi/v2/user/get', 200, 40035]]) {
      const answer = await api('POST', where, { x: 'x'.repeat(1 << 20) }).catch((error) => error);
      // The connection may be closed while the rest is being sent.
      if (answer.code !== 'ECONNRESET' && answer.code !== 'EPIPE') assert.deepEqual([answer.status, answer.json.code ?? answer.json.errcode], [status, code]);
    }
    errcode(await user(), 0);
  });
});
