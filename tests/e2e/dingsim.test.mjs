// dingsim from the outside: each of its calls, its success and its documented errors; pushes to a receiver that
// checks DingTalk's cryptography with node's own.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Receiver, aesKey, clientId, goodReply, seal, signature, token } from './receiver.mjs';

const build = process.env.HOLDFAST_BUILD ?? fileURLToPath(new URL('../../build', import.meta.url));

// --- the company --------------------------------------------------------------------------------------------------

const app = { clientId, clientSecret: 'secret-one', agentId: 4100, name: '测试应用' };
const other = { clientId: 'dingtestapp00002', clientSecret: 'secret-two', agentId: 4200, name: '受限应用' };
const callback = 'http://127.0.0.1:9/auth/callback';
const corpId = 'dingtestcorp0001';
const reasonForm = 'PROC-REASON';
const fixedForm = 'PROC-FIXED';
const autoForm = 'PROC-AUTO';
const reason = { componentType: 'TextareaField', id: 'TextareaField_reason', label: '卸载原因', required: true };
const kind = { componentType: 'DDSelectField', id: 'DDSelectField_kind', label: '类型', options: ['临时', '永久'] };
const person = (userid, name, ...departments) =>
  ({ userid, unionid: `u-${userid}`, name, mobile: '13800000001', email: `${userid}@example.com`, title: '工程师', departments });
const seed = {
  corp: { corpId, name: '测试公司' },
  apps: [{ ...app, redirectUrls: [callback, `${callback}?from=test`] }, { ...other, redirectUrls: [], contactScope: [2] }],
  departments: [
    { id: 4, name: '客户端组', parent: 2 }, { id: 2, name: '研发部', parent: 1 }, { id: 3, name: '财务部', parent: 1 },
  ],
  people: [
    person('lihua', '李华', 4), person('wangfang', '王芳', 2, 3), person('zhaolei', '赵磊', 2), person('boss', '陈光', 1),
    person('guqing', '顾青', 3), { userid: 'guest', unionid: 'u-guest', name: '外部人员', external: true },
    ...Array.from({ length: 130 }, (_, i) => person(`staff${i}`, `员工${i}`, 3)),
  ],
  forms: [
    { processCode: reasonForm, name: '终端卸载审批', allowWithdraw: true, components: [reason, kind],
      approvers: [{ actionType: 'NONE', userIds: ['wangfang'] }, { actionType: 'NONE', userIds: ['zhaolei'] }] },
    { processCode: fixedForm, name: '不可撤销审批', allowWithdraw: false, components: [reason],
      approvers: [{ actionType: 'NONE', userIds: ['wangfang'] }] },
    { processCode: autoForm, name: '自动通过', allowWithdraw: true, components: [reason], approvers: [] },
  ],
};

// --- dingsim and talking to it ------------------------------------------------------------------------------------

async function start(folder, ...options) {
  const file = path.join(folder, 'seed.json');
  writeFileSync(file, JSON.stringify(seed));
  const child = spawn(path.join(build, 'dingsim'), ['--seed', file, ...options], { stdio: ['ignore', 'pipe', 'pipe'] });
  let errors = '';
  child.stderr.on('data', (data) => { errors += data; });
  const url = await new Promise((resolve, reject) => {
    let out = '';
    child.stdout.on('data', (data) => {
      out += data;
      const found = /^dingsim: listening on (http:\S+)$/m.exec(out);
      if (found) resolve(found[1]);
    });
    child.on('exit', (code) => reject(new Error(`dingsim ended with ${code}: ${errors}`)));
  });
  const ended = new Promise((resolve) => { child.on('exit', (code, signal) => resolve({ code, signal, errors })); });
  return {
    url,
    kill: () => { child.kill('SIGKILL'); return ended; },
    // A clean end under the sanitizers says that nothing leaked either.
    stop: async () => {
      child.kill('SIGTERM');
      const { code, errors: said } = await ended;
      assert.equal(code, 0, said);
      assert.doesNotMatch(said, /ERROR|runtime error/);
    },
  };
}

async function until(what, condition, seconds = 10) {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    const value = await condition();
    if (value) return value;
    assert.ok(Date.now() < end, `gave up waiting: ${what}`);
    await new Promise((resolve) => { setTimeout(resolve, 20); });
  }
}

const sleep = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); });

class Client {
  constructor(url) { this.url = url; }

  async call(method, where, { body, headers = {}, type } = {}) {
    const text = body === undefined || typeof body === 'string' || body instanceof URLSearchParams ? body : JSON.stringify(body);
    const response = await fetch(this.url + where, {
      method, body: text, redirect: 'manual',
      headers: { ...(text !== undefined && typeof text === 'string' ? { 'content-type': type ?? 'application/json' } : {}), ...headers },
    });
    const answer = await response.text();
    let json;
    try { json = JSON.parse(answer); } catch { json = undefined; }
    return { status: response.status, headers: response.headers, text: answer, json };
  }

  async sign(who = app) {
    const { json } = await this.call('POST', '/v1.0/oauth2/accessToken', { body: { appKey: who.clientId, appSecret: who.clientSecret } });
    this.token = json.accessToken;
    return this;
  }

  api(method, where, body) {
    return this.call(method, where, { body, headers: { 'x-acs-dingtalk-access-token': this.token } });
  }

  old(where, body, options = {}) {
    return this.call('POST', `${where}?access_token=${this.token}`, { body, ...options });
  }

  // A create that succeeds; gives the instance's id.
  async file(more = {}) {
    const { status, json } = await this.api('POST', '/v1.0/workflow/processInstances', {
      originatorUserId: 'lihua', processCode: reasonForm, deptId: 4,
      formComponentValues: [{ name: '卸载原因', value: '电脑归还' }], ...more,
    });
    assert.equal(status, 200, JSON.stringify(json));
    return json.instanceId;
  }

  async read(id) {
    const { status, json } = await this.api('GET', `/v1.0/workflow/processInstances?processInstanceId=${encodeURIComponent(id)}`);
    assert.equal(status, 200, JSON.stringify(json));
    return json.result;
  }

  execute(id, taskId, actionerUserId, result, more = {}) {
    return this.api('POST', '/v1.0/workflow/processInstances/execute',
      { processInstanceId: id, taskId, actionerUserId, result, ...more });
  }

  // The running task of a person decides.
  async decide(id, who, result, remark) {
    const task = (await this.read(id)).tasks.find((t) => t.userId === who && t.status === 'RUNNING');
    assert.ok(task, `${who} has no task`);
    const { status, json } = await this.execute(id, task.taskId, who, result, { remark });
    assert.equal(status, 200, JSON.stringify(json));
  }
}

// An error of the new gateway.
function refused(answer, status, code, text) {
  assert.equal(answer.status, status, answer.text);
  assert.deepEqual(Object.keys(answer.json).sort(), ['code', 'message', 'requestid']);
  assert.equal(answer.json.code, code);
  assert.match(answer.json.requestid, /^[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}$/);
  assert.equal(answer.headers.get('x-acs-request-id'), answer.json.requestid);
  if (text) assert.match(answer.json.message, text);
}

// An error of the old one.
function errcode(answer, code, text) {
  assert.equal(answer.status, 200);
  assert.equal(answer.json.errcode, code, answer.text);
  if (text) assert.match(answer.json.errmsg, text);
}

function wrapped(answer, code) {
  assert.equal(answer.status, 200);
  assert.equal(answer.json.errcode, 88, answer.text);
  assert.equal(answer.json.sub_code, code);
  assert.equal(answer.json.errmsg, `ding talk error[subcode=${code},submsg=${answer.json.sub_msg}]`);
  assert.match(answer.json.request_id, /^[0-9a-z]{13}$/);
}

const subscription = `/sim/api/apps/${app.clientId}/subscription`;

async function subscribe(client, receiver, more = {}) {
  const answer = await client.call('PUT', subscription, { body: { url: receiver.url, aesKey, token, ...more } });
  assert.equal(answer.status, 200, answer.text);
}

// --- tests --------------------------------------------------------------------------------------------------------

const folder = mkdtempSync(path.join(tmpdir(), 'dingsim-test-'));
after(() => rmSync(folder, { recursive: true }));

let sim;
let client;

describe('calls', () => {
  before(async () => {
    sim = await start(folder, '--withdraw-delay', '0');
    client = await new Client(sim.url).sign();
  });
  after(() => sim.stop());

  const create = (more, base = {}) => client.api('POST', '/v1.0/workflow/processInstances', {
    originatorUserId: 'lihua', processCode: reasonForm, deptId: 4,
    formComponentValues: [{ name: '卸载原因', value: '电脑归还' }], ...base, ...more,
  });

  test('an app token is the same while it is valid, in all three ways to ask for it', async () => {
    const body = { appKey: app.clientId, appSecret: app.clientSecret };
    const first = await client.call('POST', '/v1.0/oauth2/accessToken', { body });
    assert.equal(first.status, 200);
    assert.deepEqual(Object.keys(first.json), ['accessToken', 'expireIn']);
    assert.equal(first.json.expireIn, 7200);
    const old = await client.call('GET', `/gettoken?appkey=${app.clientId}&appsecret=${app.clientSecret}`);
    assert.deepEqual(old.json, { errcode: 0, errmsg: 'ok', access_token: first.json.accessToken, expires_in: 7200 });
    const corp = await client.call('POST', `/v1.0/oauth2/${corpId}/token`,
      { body: { client_id: app.clientId, client_secret: app.clientSecret, grant_type: 'client_credentials' } });
    assert.deepEqual(corp.json, { access_token: first.json.accessToken, expires_in: 7200 });
  });

  test('the pair of a corp is none any more', async () => {
    errcode(await client.call('GET', `/gettoken?corpid=${corpId}&corpsecret=x`), 40089);
    errcode(await client.call('GET', '/gettoken?corpid=dingother&corpsecret=x'), 33001);
  });

  test('an app token needs the right credentials', async () => {
    const ask = (body) => client.call('POST', '/v1.0/oauth2/accessToken', { body });
    for (const body of [{ appKey: app.clientId, appSecret: 'wrong' }, { appKey: 'nobody', appSecret: 'x' }, { appKey: app.clientId }, {}]) {
      refused(await ask(body), 400, 'invalidClientIdOrSecret');
    }
    errcode(await client.call('GET', '/gettoken'), 40035, /corpid or appkey/);
    errcode(await client.call('GET', `/gettoken?appkey=${app.clientId}&appsecret=wrong`), 40096);
    errcode(await client.call('POST', '/gettoken'), 43001);
    const corp = (id, more) => client.call('POST', `/v1.0/oauth2/${id}/token`,
      { body: { client_id: app.clientId, client_secret: app.clientSecret, grant_type: 'client_credentials', ...more } });
    refused(await corp(corpId, { client_secret: 'wrong' }), 400, 'invalid.client');
    refused(await corp(corpId, { grant_type: 'password' }), 400, 'unsupported.grant.type');
    refused(await corp('dingnobody', {}), 500, 'unknownError');
  });

  test('calls without a token, or with a bad one, are refused in the words of each gateway', async () => {
    const read = '/v1.0/workflow/processInstances?processInstanceId=x';
    refused(await client.call('GET', read), 400, 'AuthenticationFailed.MissingParameter', /x-acs-dingtalk-access-token/);
    const bad = { 'x-acs-dingtalk-access-token': 'bad' };
    refused(await client.call('GET', read, { headers: bad }), 400, 'InvalidAuthentication', /不合法的access_token/);
    // Neither of the other usual places counts.
    refused(await client.call('GET', `${read}&access_token=${client.token}`, { headers: { authorization: `Bearer ${client.token}` } }),
      400, 'AuthenticationFailed.MissingParameter');
    wrapped(await client.call('POST', '/topapi/v2/user/get', { body: { userid: 'lihua' } }), '40000');
    wrapped(await client.call('POST', '/topapi/v2/user/get?access_token=bad', { body: { userid: 'lihua' } }), '40014');
    errcode(await client.call('GET', '/auth/scopes?access_token=bad'), 40014);
    errcode(await client.call('GET', '/auth/scopes'), 41001);
  });

  test('unknown paths and methods have the words of each gateway', async () => {
    refused(await client.call('GET', '/v1.0/nothing'), 404, 'InvalidAction.NotFound');
    refused(await client.call('DELETE', '/v1.0/workflow/processInstances'), 404, 'InvalidAction.NotFound');
    errcode(await client.call('POST', '/topapi/nothing', { body: {} }), 22);
    errcode(await client.call('GET', '/nothing'), 404);
    assert.equal((await client.call('GET', '/sim/api/nothing')).status, 404);
  });

  test('bodies that are no JSON object are refused', async () => {
    for (const body of ['{', '[]', '"x"', '{"a":1,"a":2}', '\u0000']) {
      refused(await client.api('POST', '/v1.0/workflow/processInstances', body), 400, 'invalidParameter');
      errcode(await client.old('/topapi/v2/user/get', body), 40035);
      assert.equal((await client.call('PUT', `/sim/api/apps/${app.clientId}`, { body })).status, 400);
    }
  });

  test('a chunked body without a length is read', async () => {
    const answer = await new Promise((resolve, reject) => {
      const request = http.request(`${sim.url}/v1.0/oauth2/accessToken`, { method: 'POST', headers: { 'transfer-encoding': 'chunked' } },
        (response) => {
          let text = '';
          response.on('data', (data) => { text += data; });
          response.on('end', () => resolve(JSON.parse(text)));
        });
      request.on('error', reject);
      request.write('{"appKey":"dingtest');
      request.end('app00001","appSecret":"secret-one"}');
    });
    assert.equal(answer.accessToken, client.token);
  });

  test('departments are listed one level at a time', async () => {
    const list = async (body) => (await client.old('/topapi/v2/department/listsub', body)).json;
    const top = await list({});
    assert.equal(top.errcode, 0);
    assert.deepEqual(top.result.map((d) => [d.dept_id, d.name, d.parent_id]), [[2, '研发部', 1], [3, '财务部', 1]]);
    assert.deepEqual((await list({ dept_id: 2 })).result.map((d) => d.dept_id), [4]);
    assert.deepEqual((await list({ dept_id: 4 })).result, []);
    const ids = (await client.old('/topapi/v2/department/listsubid', { dept_id: 1 })).json;
    assert.deepEqual(ids.result, { dept_id_list: [2, 3] });
    const one = (await client.old('/topapi/v2/department/get', { dept_id: 2 })).json.result;
    assert.equal(one.name, '研发部');
    assert.equal(one.parent_id, 1);
    assert.equal(one.member_count, 2);
    assert.equal((await client.old('/topapi/v2/department/get', { dept_id: 1 })).json.result.name, '测试公司');
  });

  test('the old dialect takes numbers, numeric texts and forms, with the token in query or form', async () => {
    const where = '/topapi/v2/department/listsub';
    const expected = [4];
    const ids = (answer) => answer.json.result.map((d) => d.dept_id);
    assert.deepEqual(ids(await client.old(where, { dept_id: 2 })), expected);
    assert.deepEqual(ids(await client.old(where, { dept_id: '2' })), expected);
    assert.deepEqual(ids(await client.old(where, new URLSearchParams({ dept_id: '2' }))), expected);
    assert.deepEqual(ids(await client.call('POST', where, { body: new URLSearchParams({ dept_id: '2', access_token: client.token }) })), expected);
    assert.deepEqual(ids(await client.call('POST', where, { body: { dept_id: 2, access_token: client.token } })), expected);
  });

  test('departments that are not there or not readable', async () => {
    const list = (body) => client.old('/topapi/v2/department/listsub', body);
    errcode(await list({ dept_id: 99 }), 60003);
    errcode(await list({ dept_id: -1 }), 60003);
    for (const id of ['x', 1.5, true, [], '1x']) errcode(await list({ dept_id: id }), 40035);
    errcode(await client.old('/topapi/v2/department/get', {}), 40035);
    errcode(await client.call('GET', `/topapi/v2/department/listsub?access_token=${client.token}`), 43002);
  });

  test('the people of a department come in pages', async () => {
    const page = async (body) => (await client.old('/topapi/v2/user/list', body)).json.result;
    const seen = [];
    let cursor = 0;
    for (let pages = 0; ; pages += 1) {
      const result = await page({ dept_id: 3, cursor, size: 50 });
      seen.push(...result.list.map((p) => p.userid));
      if (!result.has_more) {
        assert.equal(pages, 2);
        assert.ok(!('next_cursor' in result));
        break;
      }
      cursor = result.next_cursor;
    }
    assert.equal(seen.length, 132);
    assert.equal(new Set(seen).size, 132);
    const root = await page({ dept_id: 1, cursor: 0, size: 100 });
    assert.deepEqual(root.list.map((p) => p.userid), ['boss']);
    const [lihua] = (await page({ dept_id: '4', cursor: '0', size: '10' })).list;
    assert.equal(lihua.name, '李华');
    assert.equal(lihua.unionid, 'u-lihua');
    assert.deepEqual(lihua.dept_id_list, [4]);
  });

  test('pages out of range', async () => {
    const list = (body) => client.old('/topapi/v2/user/list', { dept_id: 3, cursor: 0, size: 10, ...body });
    errcode(await list({ size: 101 }), 40069);
    errcode(await list({ size: 0 }), 40069);
    errcode(await list({ cursor: -1 }), 40068);
    errcode(await list({ dept_id: 99 }), 60003);
    errcode(await list({ dept_id: undefined }), 40035);
    errcode(await list({ size: 'many' }), 40035);
  });

  test('one person', async () => {
    const { json } = await client.old('/topapi/v2/user/get', { userid: 'wangfang' });
    assert.equal(json.result.userid, 'wangfang');
    assert.deepEqual(json.result.dept_id_list, [2, 3]);
    assert.deepEqual(json.result.leader_in_dept, [{ dept_id: 2, leader: false }, { dept_id: 3, leader: false }]);
    errcode(await client.old('/topapi/v2/user/get', { userid: 'nobody' }), 60121);
    errcode(await client.old('/topapi/v2/user/get', { userid: 'guest' }), 60121);
    errcode(await client.old('/topapi/v2/user/get', {}), 33012);
    errcode(await client.old('/topapi/v2/user/get', { userid: 'x'.repeat(65) }), 33012);
  });

  test('an app sees its contact scope only', async () => {
    const narrow = await new Client(sim.url).sign(other);
    const scopes = await narrow.call('GET', `/auth/scopes?access_token=${narrow.token}`);
    assert.deepEqual(scopes.json.auth_org_scopes, { authed_user: [], authed_dept: [2] });
    const all = await client.call('GET', `/auth/scopes?access_token=${client.token}`);
    assert.deepEqual(all.json.auth_org_scopes.authed_dept, [1]);
    errcode(await narrow.old('/topapi/v2/department/listsub', { dept_id: 1 }), 50004);
    errcode(await narrow.old('/topapi/v2/user/list', { dept_id: 3, cursor: 0, size: 10 }), 50004);
    assert.equal((await narrow.old('/topapi/v2/department/listsub', { dept_id: 2 })).json.errcode, 0);
    assert.equal((await narrow.old('/topapi/v2/user/get', { userid: 'lihua' })).json.errcode, 0);
    errcode(await narrow.old('/topapi/v2/user/get', { userid: 'guqing' }), 50002);
    errcode(await narrow.old('/topapi/user/getbyunionid', { unionid: 'u-guqing' }), 50002);
  });

  test('a union id leads to a person, inside or outside', async () => {
    const ask = (body) => client.old('/topapi/user/getbyunionid', body);
    assert.deepEqual((await ask({ unionid: 'u-lihua' })).json.result, { contact_type: 0, userid: 'lihua' });
    assert.deepEqual((await ask({ unionid: 'u-guest' })).json.result, { contact_type: 1, userid: 'guest' });
    errcode(await ask({ unionid: 'nobody' }), 60121);
    errcode(await ask({}), 400002);
  });

  const authorize = (more = {}) => `/oauth2/auth?${new URLSearchParams(Object.entries({
    redirect_uri: callback, response_type: 'code', client_id: app.clientId, scope: 'openid corpid', state: 'a b&c', prompt: 'consent', ...more,
  }).filter(([, value]) => value !== undefined))}`;

  async function code(more = {}, user = 'lihua') {
    const answer = await client.call('POST', authorize(more), { body: new URLSearchParams({ user, choice: 'agree' }) });
    assert.equal(answer.status, 302, answer.text);
    return new URL(answer.headers.get('location'));
  }

  const exchange = (body) => client.call('POST', '/v1.0/oauth2/userAccessToken',
    { body: { clientId: app.clientId, clientSecret: app.clientSecret, grantType: 'authorization_code', ...body } });

  test('signing in: consent, code, user token, who it is', async () => {
    const page = await client.call('GET', authorize());
    assert.equal(page.status, 200);
    assert.match(page.headers.get('content-security-policy'), /form-action 'self' http:\/\/127\.0\.0\.1:9;/);
    assert.match(page.text, /李华/);
    const back = await code();
    assert.equal(back.origin + back.pathname, callback);
    assert.equal(back.searchParams.get('state'), 'a b&c');
    assert.equal(back.searchParams.get('code'), back.searchParams.get('authCode'));
    const { status, json } = await exchange({ code: back.searchParams.get('authCode') });
    assert.equal(status, 200);
    assert.equal(json.expireIn, 7200);
    assert.equal(json.corpId, corpId);
    const me = await client.call('GET', '/v1.0/contact/users/me', { headers: { 'x-acs-dingtalk-access-token': json.accessToken } });
    assert.equal(me.status, 200);
    assert.equal(me.json.nick, '李华');
    assert.equal(me.json.unionId, 'u-lihua');
    assert.equal(me.json.stateCode, '86');
    assert.ok(me.json.openId);
    assert.ok(!('userid' in me.json));
  });

  test('an address with a query of its own is kept', async () => {
    const back = await code({ redirect_uri: `${callback}?from=test`, state: undefined });
    assert.equal(back.searchParams.get('from'), 'test');
    assert.ok(back.searchParams.get('authCode'));
    assert.equal(back.searchParams.get('state'), null);
  });

  test('refusing consent leads back with an error', async () => {
    const answer = await client.call('POST', authorize(), { body: new URLSearchParams({ choice: 'deny' }) });
    assert.equal(answer.status, 302);
    const back = new URL(answer.headers.get('location'));
    assert.equal(back.searchParams.get('error'), 'access_denied');
    assert.equal(back.searchParams.get('state'), 'a b&c');
    assert.equal(back.searchParams.get('authCode'), null);
  });

  test('a sign-in that is not as registered is refused and leads nowhere', async () => {
    const wrong = [
      { client_id: 'nobody' }, { client_id: undefined }, { redirect_uri: `${callback}/` }, { redirect_uri: 'http://127.0.0.1:9/auth' },
      { redirect_uri: undefined }, { response_type: 'token' }, { scope: 'corpid' }, { scope: 'openid profile' }, { prompt: undefined },
      { state: 'x'.repeat(2049) },
    ];
    for (const more of wrong) {
      for (const method of ['GET', 'POST']) {
        const answer = await client.call(method, authorize(more),
          method === 'POST' ? { body: new URLSearchParams({ user: 'lihua', choice: 'agree' }) } : {});
        assert.equal(answer.status, 400, JSON.stringify(more));
        assert.equal(answer.headers.get('location'), null);
      }
    }
    for (const body of [{ user: 'nobody', choice: 'agree' }, { user: 'lihua' }, { choice: 'agree' }]) {
      assert.equal((await client.call('POST', authorize(), { body: new URLSearchParams(body) })).status, 400);
    }
  });

  test('a code works once, for its own client, with the right secret', async () => {
    const used = (await code()).searchParams.get('authCode');
    refused(await exchange({ code: used, clientSecret: 'wrong' }), 400, 'invalidClientIdOrSecret');
    refused(await exchange({ code: used, clientId: other.clientId, clientSecret: other.clientSecret }), 400, 'invalidParameter.authCode.notFound');
    assert.equal((await exchange({ code: used })).status, 200);
    refused(await exchange({ code: used }), 400, 'invalidParameter.authCode.notFound', /不存在的临时授权码/);
    refused(await exchange({ code: 'invented' }), 400, 'invalidParameter.authCode.notFound');
    refused(await exchange({}), 400, 'invalidParameter');
    refused(await exchange({ code: 'x', grantType: 'password' }), 400, 'invalidParameter');
  });

  test('the organisation is told only to those who asked for it', async () => {
    const { json } = await exchange({ code: (await code({ scope: 'openid' })).searchParams.get('authCode') });
    assert.ok(json.accessToken);
    assert.ok(!('corpId' in json));
  });

  test('a user token is refreshed, and is the same while it is valid', async () => {
    const first = (await exchange({ code: (await code()).searchParams.get('authCode') })).json;
    const again = (await exchange({ grantType: 'refresh_token', refreshToken: first.refreshToken })).json;
    assert.deepEqual(again, first);
    refused(await exchange({ grantType: 'refresh_token', refreshToken: 'invented' }), 400, 'invalidParameter.refreshToken.notFound');
    refused(await exchange({ grantType: 'refresh_token' }), 400, 'invalidParameter');
  });

  test('user tokens and app tokens do not stand in for each other', async () => {
    const user = (await exchange({ code: (await code()).searchParams.get('authCode') })).json.accessToken;
    refused(await client.api('GET', '/v1.0/contact/users/me'), 400, 'InvalidAuthentication');
    refused(await client.call('GET', '/v1.0/workflow/processInstances?processInstanceId=x', { headers: { 'x-acs-dingtalk-access-token': user } }),
      400, 'InvalidAuthentication');
    const me = (who) => client.call('GET', `/v1.0/contact/users/${who}`, { headers: { 'x-acs-dingtalk-access-token': user } });
    assert.equal((await me('u-lihua')).json.nick, '李华');
    refused(await me('u-wangfang'), 404, 'invalidParameter.user.notFound');
  });

  test('a form is filed and read as DingTalk reads it', async () => {
    const sent = Date.now();
    const id = await client.file({ formComponentValues: [{ name: '类型', value: '永久' }, { name: '卸载原因', value: '第一行\r\n"第二行"' }] });
    assert.match(id, /^[A-Za-z0-9_-]{22}\d{14}$/);
    const seconds = Number(id.slice(-10));
    assert.ok(Math.abs(seconds * 1000 - sent) < 5000);
    const beijing = new Date(seconds * 1000 + 8 * 3600 * 1000).toISOString();
    const { json } = await client.api('GET', `/v1.0/workflow/processInstances?processInstanceId=${id}`);
    assert.equal(json.success, true);
    const { result } = json;
    assert.equal(result.title, '李华提交的终端卸载审批');
    assert.equal(result.createTime, `${beijing.slice(0, 16)}Z`);
    assert.ok(!('finishTime' in result));
    assert.equal(result.businessId.slice(0, 12), beijing.slice(0, 16).replace(/[-T:]/g, ''));
    assert.match(result.businessId, /^\d{21}$/);
    assert.equal(result.originatorUserId, 'lihua');
    assert.equal(result.originatorDeptId, '4');
    assert.equal(result.originatorDeptName, '客户端组');
    assert.equal(result.status, 'RUNNING');
    assert.equal(result.result, '');
    assert.equal(result.bizAction, 'NONE');
    assert.deepEqual(result.attachedProcessInstanceIds, []);
    assert.deepEqual(result.operationRecords, [{ userId: 'lihua', date: result.createTime, type: 'START_PROCESS_INSTANCE', result: 'NONE' }]);
    assert.equal(result.tasks.length, 1);
    const [task] = result.tasks;
    assert.ok(Number.isSafeInteger(task.taskId) && task.taskId > 1e10);
    assert.equal(task.userId, 'wangfang');
    assert.equal(task.status, 'RUNNING');
    assert.equal(task.result, 'NONE');
    assert.equal(task.processInstanceId, id);
    assert.match(task.activityId, /^[0-9a-f]{4}_[0-9a-f]{4}$/);
    assert.deepEqual(result.formComponentValues, [
      { id: 'TextareaField_reason', name: '卸载原因', value: '第一行\r\n"第二行"', componentType: 'TextareaField', bizAlias: '', extValue: '' },
      { id: 'DDSelectField_kind', name: '类型', value: '永久', componentType: 'DDSelectField', bizAlias: '', extValue: '{"label":"永久","key":"option_1"}' },
    ]);
  });

  test('the root department is -1 here, and departments must be the applicant\'s', async () => {
    const read = async (more) => client.read(await client.file(more));
    assert.equal((await read({ deptId: -1 })).originatorDeptId, '-1');
    assert.equal((await read({ deptId: -1, originatorUserId: 'boss' })).originatorDeptName, '测试公司');
    for (const deptId of [1, 2, 3, 99, 0, -2, '4', undefined, null]) {
      refused(await create({ deptId }), 400, 'processInstanceInvalidParameter');
    }
    const approvers = [{ actionType: 'NONE', userIds: ['boss'] }];
    assert.equal((await read({ deptId: undefined, approvers })).originatorDeptId, '4');
    assert.equal((await read({ deptId: undefined, approvers, originatorUserId: 'boss' })).originatorDeptId, '-1');
    refused(await create({ deptId: 2, approvers }), 400, 'processInstanceInvalidParameter');
  });

  test('a create names what is wrong with it', async () => {
    const approvers = (...list) => ({ approvers: list });
    const cases = [
      [{ originatorUserId: undefined }, 'invalidParameter'],
      [{ originatorUserId: 7 }, 'invalidParameter'],
      [{ originatorUserId: 'nobody' }, 'processInstanceInvalidParameter'],
      [{ processCode: undefined }, 'invalidParameter'],
      [{ processCode: 'PROC-NONE' }, 'processCodeError'],
      [{ formComponentValues: undefined }, 'invalidParameter'],
      [{ formComponentValues: {} }, 'invalidParameter'],
      [{ microappAgentId: 1 }, 'invalidAgentId'],
      [{ microappAgentId: String(app.agentId) }, 'invalidAgentId'],
      [{ bizDetailPageUrl: 'https://example.com' }, 'benefitStatusInvalid'],
      [approvers({ actionType: 'ANY', userIds: ['boss'] }), 'processInstanceInvalidParameter'],
      [approvers({ actionType: 'NONE', userIds: ['boss', 'zhaolei'] }), 'processInstanceInvalidParameter'],
      [approvers({ actionType: 'AND', userIds: [] }), 'processInstanceInvalidParameter'],
      [approvers({ actionType: 'AND', userIds: ['boss', 'boss'] }), 'processInstanceInvalidParameter'],
      [approvers({ actionType: 'OR', userIds: ['nobody'] }), 'processInstanceInvalidParameter'],
      [approvers(...Array(21).fill({ actionType: 'NONE', userIds: ['boss'] })), 'processInstanceInvalidParameter'],
      [{ approvers: 'boss' }, 'processInstanceInvalidParameter'],
      [{ ...approvers({ actionType: 'NONE', userIds: ['boss'] }), ccList: ['nobody'] }, 'processInstanceInvalidParameter'],
      [{ ccPosition: 'MIDDLE' }, 'processInstanceInvalidParameter'],
    ];
    const before = (await client.call('GET', '/sim/api/instances')).json.items.length;
    for (const [more, expected] of cases) refused(await create(more), 400, expected);
    assert.equal((await client.call('GET', '/sim/api/instances')).json.items.length, before, 'nothing was filed');
    assert.equal((await create({ microappAgentId: app.agentId })).status, 200);
  });

  test('values that do not fit the form name the control', async () => {
    const cases = [
      [[], '卸载原因'],
      [[{ name: '卸载原因', value: '' }], '卸载原因'],
      [[{ name: '卸载原因', value: 7 }], '卸载原因'],
      [[{ name: '卸载原因', value: ['x'] }], '卸载原因'],
      [[{ name: '卸载原因', value: 'x' }, { name: '类型', value: '其他' }], '类型'],
      [[{ name: '原因', value: 'x' }], '原因'],
    ];
    for (const [formComponentValues, label] of cases) {
      const answer = await create({ formComponentValues });
      refused(answer, 400, 'formConverterError');
      assert.equal(answer.json.message, `表单数据校验失败，失败控件：${label}`);
    }
    refused(await create({ formComponentValues: [{ value: 'x' }] }), 400, 'illegalComponent');
    refused(await create({ formComponentValues: Array(151).fill({ name: '卸载原因', value: 'x' }) }), 400, 'illegalComponent');
  });

  test('two steps in order, agreed', async () => {
    const id = await client.file();
    await client.decide(id, 'wangfang', 'agree', '同意');
    let now = await client.read(id);
    assert.equal(now.status, 'RUNNING');
    assert.deepEqual(now.tasks.map((t) => [t.userId, t.status, t.result]), [['wangfang', 'COMPLETED', 'AGREE'], ['zhaolei', 'RUNNING', 'NONE']]);
    assert.notEqual(now.tasks[0].activityId, now.tasks[1].activityId);
    await client.decide(id, 'zhaolei', 'agree');
    now = await client.read(id);
    assert.equal(now.status, 'COMPLETED');
    assert.equal(now.result, 'agree');
    assert.match(now.finishTime, /^\d{4}-\d\d-\d\dT\d\d:\d\dZ$/);
    const [, first, second] = now.operationRecords;
    assert.equal(first.type, 'EXECUTE_TASK_NORMAL');
    assert.equal(first.result, 'AGREE');
    assert.equal(first.remark, '同意');
    assert.equal(first.showName, '审批人');
    assert.equal(first.activityId, now.tasks[0].activityId);
    assert.ok(!('remark' in second));
  });

  test('a refusal ends it', async () => {
    const id = await client.file();
    await client.decide(id, 'wangfang', 'refuse', '不同意');
    const now = await client.read(id);
    assert.equal(now.status, 'COMPLETED');
    assert.equal(now.result, 'refuse');
    assert.equal(now.tasks.length, 1);
    assert.equal(now.tasks[0].result, 'REFUSE');
  });

  test('approvers of the create: all of AND, one of OR, and those who got a copy', async () => {
    const id = await client.file({
      approvers: [{ actionType: 'AND', userIds: ['wangfang', 'boss'] }, { actionType: 'OR', userIds: ['zhaolei', 'guqing'] }],
      ccList: ['staff1'], ccPosition: 'START_FINISH',
    });
    await client.decide(id, 'boss', 'agree');
    let now = await client.read(id);
    assert.deepEqual(now.tasks.map((t) => t.userId), ['wangfang', 'boss']);
    await client.decide(id, 'wangfang', 'agree');
    now = await client.read(id);
    assert.deepEqual(now.tasks.map((t) => [t.userId, t.status]),
      [['wangfang', 'COMPLETED'], ['boss', 'COMPLETED'], ['zhaolei', 'RUNNING'], ['guqing', 'RUNNING']]);
    await client.decide(id, 'guqing', 'agree');
    now = await client.read(id);
    assert.equal(now.result, 'agree');
    assert.deepEqual(now.tasks.map((t) => t.status), ['COMPLETED', 'COMPLETED', 'CANCELED', 'COMPLETED']);
    assert.deepEqual(now.ccUserIds, ['staff1']);
    assert.equal(now.operationRecords.filter((r) => r.type === 'PROCESS_CC').length, 2);
  });

  test('one refusal of an AND cancels the others', async () => {
    const id = await client.file({ approvers: [{ actionType: 'AND', userIds: ['wangfang', 'boss'] }] });
    await client.decide(id, 'boss', 'refuse');
    const now = await client.read(id);
    assert.equal(now.result, 'refuse');
    assert.deepEqual(now.tasks.map((t) => t.status), ['CANCELED', 'COMPLETED']);
  });

  test('a form without approvers is agreed at once', async () => {
    const now = await client.read(await client.file({ processCode: autoForm }));
    assert.equal(now.status, 'COMPLETED');
    assert.equal(now.result, 'agree');
    assert.deepEqual(now.tasks, []);
  });

  test('reading what is not there', async () => {
    const read = (query) => client.api('GET', `/v1.0/workflow/processInstances${query}`);
    refused(await read(''), 400, 'invalidParameter');
    refused(await read('?processInstanceId='), 400, 'invalidParameter');
    refused(await read('?processInstanceId=nothing'), 400, 'processInstanceNotExist');
    refused(await read(`?processInstanceId=${'x'.repeat(65)}`), 400, 'processInstanceIdError');
  });

  test('executing a task: every refusal', async () => {
    const id = await client.file();
    const another = await client.file();
    const [task] = (await client.read(id)).tasks;
    const run = (more) => client.api('POST', '/v1.0/workflow/processInstances/execute',
      { processInstanceId: id, taskId: task.taskId, actionerUserId: 'wangfang', result: 'agree', ...more });
    refused(await run({ processInstanceId: undefined }), 400, 'invalidInstanceId');
    refused(await run({ processInstanceId: 'nothing' }), 400, 'aflowProcessNotExist');
    refused(await run({ processInstanceId: another }), 400, 'invalidInstanceExecuteTaskId');
    refused(await run({ taskId: 1 }), 400, 'invalidInstanceExecuteTaskId');
    refused(await run({ taskId: undefined }), 400, 'invalidInstanceExecuteTaskId');
    refused(await run({ actionerUserId: 'zhaolei' }), 400, 'invalidInstanceExecuteActionerUserId');
    refused(await run({ actionerUserId: undefined }), 400, 'invalidInstanceExecuteActionerUserId');
    refused(await run({ actionerUserId: 'nobody' }), 400, 'userNotExist');
    refused(await run({ result: 'AGREE' }), 400, 'invalidInstanceExecuteResult');
    refused(await run({ remark: 'x'.repeat(1025) }), 400, 'invalidParameter');
    refused(await run({ remark: 7 }), 400, 'invalidParameter');
    assert.equal((await client.read(id)).tasks[0].status, 'RUNNING');
    assert.deepEqual((await run({ remark: '好'.repeat(1024) })).json, { result: true, success: true });
    refused(await run({}), 400, 'aflowProcessInstCanNotBeExecuted');
    await client.decide(id, 'zhaolei', 'refuse');
    refused(await run({}), 400, 'aflowProcessInstStatusException');
  });

  const terminate = (body) => client.api('POST', '/v1.0/workflow/processInstances/terminate', body);

  test('the originator withdraws', async () => {
    const id = await client.file();
    const answer = await terminate({ processInstanceId: id, isSystem: false, operatingUserId: 'lihua', remark: '不需要了' });
    assert.deepEqual(answer.json, { result: true, success: true });
    const now = await client.read(id);
    assert.equal(now.status, 'TERMINATED');
    assert.equal(now.result, '');
    assert.equal(now.tasks[0].status, 'CANCELED');
    assert.equal(now.operationRecords.at(-1).type, 'TERMINATE_PROCESS_INSTANCE');
    assert.equal(now.operationRecords.at(-1).remark, '不需要了');
    refused(await terminate({ processInstanceId: id, isSystem: true }), 400, 'aflowProcessInstStatusException');
  });

  test('withdrawing: every refusal', async () => {
    const id = await client.file();
    refused(await terminate({ isSystem: true }), 400, 'invalidInstanceId');
    refused(await terminate({ processInstanceId: 'nothing', isSystem: true }), 400, 'aflowProcessInstNotExist');
    refused(await terminate({ processInstanceId: id }), 400, 'invalidInstanceTerminateIsSystem');
    refused(await terminate({ processInstanceId: id, isSystem: 'true' }), 400, 'invalidInstanceTerminateIsSystem');
    refused(await terminate({ processInstanceId: id, isSystem: false }), 400, 'invalidInstanceTerminateOperatingUserId');
    refused(await terminate({ processInstanceId: id, isSystem: false, operatingUserId: 'boss' }), 400, 'invalidInstanceTerminateOperatingUserId');
    refused(await terminate({ processInstanceId: id, isSystem: false, operatingUserId: 'nobody' }), 400, 'userNotExist');
    const fixed = await client.file({ processCode: fixedForm });
    refused(await terminate({ processInstanceId: fixed, isSystem: false, operatingUserId: 'lihua' }), 400, 'internalError', /不允许/);
    assert.equal((await client.read(fixed)).status, 'RUNNING');
    assert.equal((await terminate({ processInstanceId: fixed, isSystem: true })).status, 200);
  });

  test('comments', async () => {
    const id = await client.file();
    const say = (body) => client.api('POST', '/v1.0/workflow/processInstances/comments',
      { processInstanceId: id, text: '请尽快', commentUserId: 'lihua', ...body });
    assert.deepEqual((await say({})).json, { result: true, success: true });
    const record = (await client.read(id)).operationRecords.at(-1);
    assert.deepEqual([record.userId, record.type, record.remark], ['lihua', 'ADD_REMARK', '请尽快']);
    refused(await say({ processInstanceId: undefined }), 400, 'invalidInstanceId');
    refused(await say({ processInstanceId: 'nothing' }), 400, 'aflowProcessInstNotExist');
    refused(await say({ text: '' }), 400, 'invalidInstanceCommentText');
    refused(await say({ text: 'x'.repeat(1025) }), 400, 'invalidInstanceCommentText');
    refused(await say({ commentUserId: undefined }), 400, 'invalidInstanceCommentUserId');
    refused(await say({ commentUserId: 'nobody' }), 400, 'userNotExist');
  });

  test('instance ids are listed by form, time, person and state', async () => {
    const from = Date.now() - 60000;
    const mine = [];
    for (let i = 0; i < 5; i += 1) mine.push(await client.file({ processCode: fixedForm, originatorUserId: 'staff7', deptId: 3 }));
    await client.decide(mine[0], 'wangfang', 'agree');
    const list = (body) => client.api('POST', '/v1.0/workflow/processes/instanceIds/query',
      { processCode: fixedForm, startTime: from, nextToken: 0, maxResults: 20, userIds: ['staff7'], ...body });
    const all = await list({});
    assert.deepEqual(all.json, { result: { list: mine }, success: true });
    const first = (await list({ maxResults: 2 })).json.result;
    assert.deepEqual(first, { list: mine.slice(0, 2), nextToken: '2' });
    const rest = (await list({ maxResults: 3, nextToken: Number(first.nextToken) })).json.result;
    assert.deepEqual(rest, { list: mine.slice(2) });
    assert.deepEqual((await list({ statuses: ['COMPLETED'] })).json.result.list, [mine[0]]);
    assert.deepEqual((await list({ userIds: ['staff8'] })).json.result.list, []);
    assert.deepEqual((await list({ endTime: from + 1 })).json.result.list, []);
  });

  test('listing instance ids: every refusal', async () => {
    const day = 86400000;
    const list = (body) => client.api('POST', '/v1.0/workflow/processes/instanceIds/query',
      { processCode: reasonForm, startTime: Date.now() - day, nextToken: 0, maxResults: 20, ...body });
    refused(await list({ processCode: 'PROC-NONE' }), 400, 'invalidProcessCode');
    refused(await list({ processCode: undefined }), 400, 'invalidProcessCode');
    refused(await list({ startTime: undefined }), 400, 'invalidInstanceListIdsStartTime');
    refused(await list({ startTime: Date.now() - 366 * day, endTime: Date.now() - 360 * day }), 400, 'invalidInstanceListIdsStartTime');
    refused(await list({ startTime: Date.now() - 121 * day }), 400, 'invalidInstanceListIdsStartTime');
    refused(await list({ startTime: Date.now() - 200 * day, endTime: Date.now() - 70 * day }), 400, 'invalidEndTime');
    assert.equal((await list({ startTime: Date.now() - 200 * day, endTime: Date.now() - 90 * day })).status, 200);
    refused(await list({ nextToken: '0' }), 400, 'invalidNextToken');
    refused(await list({ nextToken: -1 }), 400, 'invalidNextToken');
    refused(await list({ maxResults: 21 }), 400, 'invalidMaxResults');
    refused(await list({ maxResults: 0 }), 400, 'invalidMaxResults');
    refused(await list({ userIds: Array(11).fill('x') }), 400, 'invalidUserIds');
    refused(await list({ statuses: ['NEW'] }), 400, 'invalidParameter');
  });

  test('a form\'s schema', async () => {
    const ask = (query) => client.api('GET', `/v1.0/workflow/forms/schemas/processCodes${query}`);
    const { result } = (await ask(`?processCode=${reasonForm}`)).json;
    assert.equal(result.name, '终端卸载审批');
    assert.equal(result.status, 'PUBLISHED');
    assert.deepEqual(result.schemaContent.items, [
      { componentName: 'TextareaField', props: { id: 'TextareaField_reason', label: '卸载原因', required: true }, children: [] },
      { componentName: 'DDSelectField', props: { id: 'DDSelectField_kind', label: '类型', required: false,
        options: ['临时', '永久'], objOptions: [{ value: '临时' }, { value: '永久' }] }, children: [] },
    ]);
    refused(await ask('?processCode=PROC-NONE'), 400, 'formNotExist');
    refused(await ask(''), 400, 'invalidParameter');
  });

  test('scripts see the inbox and decide', async () => {
    const id = await client.file();
    const inbox = async (user) => (await client.call('GET', `/sim/api/inbox?user=${user}`)).json.items.filter((i) => i.processInstanceId === id);
    const [item] = await inbox('wangfang');
    assert.equal(item.title, '李华提交的终端卸载审批');
    assert.deepEqual(item.form, [{ name: '卸载原因', value: '电脑归还' }]);
    const decide = (taskId, body) => client.call('POST', `/sim/api/tasks/${taskId}`, { body });
    assert.equal((await decide(item.taskId, { user: 'zhaolei', result: 'agree' })).status, 400);
    assert.equal((await decide(item.taskId, { user: 'wangfang', result: 'maybe' })).status, 400);
    assert.equal((await decide(item.taskId, { user: 'wangfang', result: 'agree', more: 1 })).status, 400);
    assert.equal((await decide('1', { user: 'wangfang', result: 'agree' })).status, 404);
    assert.equal((await decide('x', { user: 'wangfang', result: 'agree' })).status, 404);
    assert.equal((await decide(item.taskId, { user: 'wangfang', result: 'agree', remark: '同意' })).status, 200);
    assert.deepEqual(await inbox('wangfang'), []);
    assert.equal((await inbox('zhaolei')).length, 1);
    const [{ taskId }] = await inbox('zhaolei');
    for (const [to, status] of [[undefined, 400], ['nobody', 404], ['guest', 400], ['zhaolei', 400], ['guqing', 200]]) {
      assert.equal((await decide(taskId, { user: 'zhaolei', result: 'redirect', to })).status, status, to);
    }
    assert.equal((await inbox('guqing')).length, 1);
    assert.equal((await client.call('GET', '/sim/api/inbox?user=nobody')).status, 404);
    assert.equal((await client.call('GET', '/sim/api/inbox')).status, 400);
    const shown = (await client.call('GET', `/sim/api/instances/${id}`)).json;
    assert.equal(shown.result.status, 'RUNNING');
    assert.ok(Array.isArray(shown.pushes));
    assert.equal((await client.call('GET', '/sim/api/instances/nothing')).status, 404);
    const people = (await client.call('GET', '/sim/api/people')).json.items;
    assert.equal(people.length, seed.people.length);
  });

  test('scripts register redirect addresses', async () => {
    const put = (clientId, body) => client.call('PUT', `/sim/api/apps/${clientId}`, { body });
    assert.equal((await put('nobody', { redirectUrls: [] })).status, 404);
    assert.equal((await put(other.clientId, { redirectUrls: ['ftp://x'] })).status, 400);
    assert.equal((await put(other.clientId, {})).status, 400);
    assert.equal((await put(other.clientId, { outboundIps: ['localhost'] })).status, 400);
    assert.equal((await client.call('GET', authorize({ client_id: other.clientId }))).status, 400);
    assert.equal((await put(other.clientId, { redirectUrls: [callback] })).status, 200);
    assert.equal((await client.call('GET', authorize({ client_id: other.clientId }))).status, 200);
  });

  test('a person decides in the browser, in either language', async () => {
    const id = await client.file({ formComponentValues: [{ name: '卸载原因', value: '<script>alert(1)</script>"&' }] });
    const get = (where, language) => client.call('GET', where, { headers: { 'accept-language': language } });
    const english = await get('/inbox?user=wangfang', 'en-US,en;q=0.9,zh;q=0.8');
    assert.match(english.text, /Waiting for you/);
    assert.match((await get('/inbox?user=wangfang', 'zh-CN,zh;q=0.9,en;q=0.8')).text, /待处理/);
    assert.match((await get('/inbox?lang=zh&user=wangfang', 'en')).text, /待处理/);
    const page = await get(`/instances/${id}?user=wangfang`, 'en');
    assert.match(page.headers.get('content-security-policy'), /default-src 'none'/);
    assert.ok(!page.text.includes('<script>'));
    assert.ok(page.text.includes('&lt;script&gt;'));
    const action = /<form method="post"[^>]* action="([^"]*)"/.exec(page.text)[1].replaceAll('&amp;', '&');
    const taskId = /name="taskId" value="(\d+)"/.exec(page.text)[1];
    const send = (fields) => client.call('POST', action, { body: new URLSearchParams({ taskId, remark: '在页面同意', ...fields }) });
    assert.equal((await send({ result: 'maybe' })).status, 400);
    assert.equal((await send({ result: 'agree', remark: 'x'.repeat(1025) })).status, 400);
    const sent = await send({ result: 'agree' });
    assert.equal(sent.status, 303);
    assert.equal(sent.headers.get('location'), `/instances/${id}?user=wangfang`);
    assert.match((await get(`/instances/${id}?user=wangfang`, 'en')).text, /在页面同意/);
    assert.equal((await send({ result: 'agree' })).status, 400, 'not twice');
    assert.match((await get('/', 'en')).text, /Latest forms/);
    assert.match((await get(`/?find=${encodeURIComponent('员工77')}`, 'zh')).text, /staff77/);
    assert.equal((await get('/instances/nothing', 'en')).status, 404);
    assert.equal((await get('/inbox?user=nobody', 'en')).status, 404);
    assert.match((await get('/style.css', 'en')).headers.get('content-type'), /^text\/css/);
  });
});

describe('time', () => {
  test('a form younger than the delay cannot be withdrawn', async () => {
    sim = await start(folder, '--withdraw-delay', '2');
    client = await new Client(sim.url).sign();
    const id = await client.file();
    const withdraw = () => client.api('POST', '/v1.0/workflow/processInstances/terminate',
      { processInstanceId: id, isSystem: false, operatingUserId: 'lihua' });
    refused(await withdraw(), 400, 'aflowProcessInstStatusException', /2秒/);
    await until('the delay to pass', async () => (await withdraw()).status === 200);
    await sim.stop();
  });

  test('tokens end, and a new one is another', async () => {
    sim = await start(folder, '--token-ttl', '1');
    client = await new Client(sim.url).sign();
    const old = client.token;
    await sleep(1100);
    refused(await client.api('GET', '/v1.0/workflow/processInstances?processInstanceId=x'), 400, 'InvalidAuthentication');
    wrapped(await client.old('/topapi/v2/user/get', { userid: 'lihua' }), '42001');
    await client.sign();
    assert.notEqual(client.token, old);
    assert.equal((await client.old('/topapi/v2/user/get', { userid: 'lihua' })).json.errcode, 0);
    await sim.stop();
  });
});

describe('pushes', () => {
  let receiver;

  before(async () => {
    sim = await start(folder, '--withdraw-delay', '0', '--retry-delays', '0.2,0.4');
    client = await new Client(sim.url).sign();
    receiver = await new Receiver().open();
  });
  after(async () => {
    await sim.stop();
    await receiver.close();
  });

  const put = (more) => client.call('PUT', subscription, { body: { url: receiver.url, aesKey, token, ...more } });
  const events = (id) => receiver.events.filter((event) => event.processInstanceId === id);
  const pushes = async (id) => (await client.call('GET', `/sim/api/instances/${id}`)).json.pushes;

  test('saving the subscription asks the address first', async () => {
    assert.equal((await client.call('GET', subscription)).status, 404);
    await subscribe(client, receiver, { rules: ['/v1.0/event/**'] });
    assert.equal(receiver.hits.length, 1);
    assert.equal(receiver.hits[0].raw, '{"EventType":"check_url"}');
    const saved = (await client.call('GET', subscription)).json;
    assert.equal(saved.url, receiver.url);
    assert.equal(saved.shape, 'A');
    assert.deepEqual(saved.rules, ['/v1.0/event/**']);
    assert.ok(Math.abs(saved.verifiedAt - Date.now()) < 5000);
  });

  test('a subscription that is malformed is refused before anything is sent', async () => {
    const hits = receiver.hits.length;
    for (const more of [{ url: 'ftp://x' }, { aesKey: 'short' }, { aesKey: `${aesKey.slice(1)}+` }, { token: 'ab' }, { token: 'a b c' },
      { shape: 'C' }, { rules: ['{'] }, { rules: 'x' }, { more: 1 }]) {
      assert.equal((await put(more)).status, 400, JSON.stringify(more));
    }
    assert.equal((await client.call('PUT', '/sim/api/apps/nobody/subscription', { body: { url: receiver.url, aesKey, token } })).status, 404);
    assert.equal(receiver.hits.length, hits);
  });

  test('a wrong reply is told and nothing is saved', async () => {
    const good = receiver.answer;
    const json = (make) => (request, response) => { response.end(JSON.stringify(make())); };
    const resigned = (encrypt) => ({ msg_signature: signature('1', 'n', encrypt), timeStamp: '1', nonce: 'n', encrypt });
    const cases = [
      [/status 500/, (request, response) => { response.statusCode = 500; response.end('no'); }],
      [/status 302/, (request, response) => { response.writeHead(302, { location: '/else' }).end(); }],
      [/not a JSON object/, (request, response) => { response.end('success'); }],
      [/not a JSON object/, json(() => JSON.stringify(goodReply()))],
      [/does not have/, json(() => { const { timeStamp, ...rest } = goodReply(); return { ...rest, timestamp: timeStamp }; })],
      [/does not have/, json(() => ({ ...goodReply(), nonce: undefined }))],
      [/msg_signature/, json(() => goodReply({ msg_signature: '0'.repeat(40) }))],
      [/msg_signature/, json(() => goodReply({ timeStamp: '1' }))],
      [/decrypted/, json(() => resigned('AAAA'))],
      [/owner key/, json(() => resigned(seal('success', corpId)))],
      [/"success"/, json(() => resigned(seal('failure')))],
      [/no answer/, (request, response) => { response.destroy(); }],
      [/2500 ms/, () => {}],
    ];
    for (const [reasonGiven, answer] of cases) {
      receiver.answer = answer;
      const refusedBy = await put({ shape: 'B' });
      assert.equal(refusedBy.status, 400);
      assert.match(refusedBy.json.error, reasonGiven);
    }
    receiver.answer = good;
    assert.equal((await client.call('GET', subscription)).json.shape, 'A');
    const closed = net.createServer();
    await new Promise((resolve) => { closed.listen(0, '127.0.0.1', resolve); });
    const { port } = closed.address();
    await new Promise((resolve) => { closed.close(resolve); });
    assert.match((await put({ url: `http://127.0.0.1:${port}/` })).json.error, /no answer/);
  });

  test('a number as timeStamp is as good as a text', async () => {
    const good = receiver.answer;
    receiver.answer = (request, response) => {
      const reply = goodReply();
      response.end(JSON.stringify({ ...reply, timeStamp: Number(reply.timeStamp) }));
    };
    assert.equal((await put({})).status, 200);
    receiver.answer = good;
  });

  test('the events of a form come in the order of real traffic', async () => {
    const id = await client.file();
    await client.decide(id, 'wangfang', 'agree', '同意');
    await client.decide(id, 'zhaolei', 'refuse', '不行');
    const seen = await until('six events', () => events(id).length >= 6 && events(id));
    assert.deepEqual(seen.map((e) => [e.EventType.split('_')[1], e.type, e.result, e.staffId]), [
      ['instance', 'start', undefined, 'lihua'],
      ['task', 'start', undefined, 'wangfang'],
      ['task', 'start', undefined, 'zhaolei'],
      ['task', 'finish', 'agree', 'wangfang'],
      ['instance', 'finish', 'refuse', 'lihua'],
      ['task', 'finish', 'refuse', 'zhaolei'],
    ]);
    const [started, , , taskDone, done] = seen;
    const now = await client.read(id);
    for (const event of seen) {
      assert.equal(event.CorpId, corpId);
      assert.equal(event.processCode, reasonForm);
      assert.equal(event.businessId, now.businessId);
      assert.equal(event.title, '李华提交的终端卸载审批');
      assert.match(event.eventId, /^[0-9a-f]{32}$/);
      assert.equal(typeof event.EventTime, 'number');
      assert.equal(typeof event.BizId, 'string');
    }
    assert.equal(new Set(seen.map((e) => e.eventId)).size, 6);
    assert.equal(started.createTime % 1000, 0);
    assert.equal(String(started.createTime / 1000), id.slice(-10));
    assert.ok(!('finishTime' in started));
    assert.ok(done.finishTime >= done.createTime);
    assert.match(done.url, new RegExp(`procInstId=${id}`));
    assert.equal(taskDone.remark, '同意');
    assert.equal(taskDone.taskId, now.tasks[0].taskId);
    assert.equal(taskDone.activityId, now.tasks[0].activityId);
    assert.equal(taskDone.actualActionerId, 'wangfang');
    assert.ok((await until('all delivered', async () => { const p = await pushes(id); return p.every((x) => x.state === 'delivered') && p; })).length === 6);
  });

  test('withdrawing, comments and cancelled tasks are events too', async () => {
    const id = await client.file({ approvers: [{ actionType: 'OR', userIds: ['wangfang', 'boss'] }] });
    await client.api('POST', '/v1.0/workflow/processInstances/comments', { processInstanceId: id, text: '在吗', commentUserId: 'lihua' });
    await client.api('POST', '/v1.0/workflow/processInstances/terminate', { processInstanceId: id, isSystem: true });
    const seen = await until('the events', () => events(id).length >= 7 && events(id));
    assert.deepEqual(seen.map((e) => `${e.EventType.split('_')[1]} ${e.type}`),
      ['instance start', 'task start', 'task start', 'task comment', 'instance terminate', 'task cancel', 'task cancel']);
    assert.equal(seen[3].content, '在吗');
    assert.ok(!('result' in seen[4]));
    assert.ok(seen[4].finishTime);
  });

  test('shape B has no envelope', async () => {
    await subscribe(client, receiver, { shape: 'B' });
    const id = await client.file({ processCode: autoForm });
    const [first, second] = await until('two events', () => events(id).length >= 2 && events(id));
    assert.equal(first.corpId, corpId);
    assert.equal(first.EventType, 'bpms_instance_change');
    assert.equal(second.result, 'agree');
    for (const key of ['CorpId', 'eventId', 'EventTime', 'BizId']) assert.ok(!(key in first), key);
  });

  test('rules pick what is pushed', async () => {
    await subscribe(client, receiver, { rules: [`/v1.0/event/bpms_instance_change/processCode/${reasonForm}/type/{finish,terminate}`] });
    const id = await client.file();
    const unwanted = await client.file({ processCode: fixedForm });
    await client.decide(unwanted, 'wangfang', 'agree');
    await client.decide(id, 'wangfang', 'refuse');
    await until('the finish', () => events(id).length);
    assert.deepEqual(events(id).map((e) => e.type), ['finish']);
    assert.deepEqual(events(unwanted), []);
    assert.equal((await pushes(id)).length, 1);
    assert.deepEqual(await pushes(unwanted), []);
  });

  test('an address with a query of its own keeps it', async () => {
    await subscribe(client, receiver, { url: `${receiver.url}?tenant=1` });
    assert.match(receiver.hits.at(-1).request.url, /^\/push\?tenant=1&signature=/);
  });

  test('what is not answered well is tried three times, then listed once', async () => {
    await subscribe(client, receiver, { rules: ['/v1.0/event/bpms_instance_change/**/start'] });
    const good = receiver.answer;
    receiver.answer = (request, response) => { response.statusCode = 503; response.end(); };
    const id = await client.file();
    await until('three attempts', async () => (await pushes(id))[0]?.state === 'failed');
    const hits = receiver.hits.filter((hit) => hit.plain.processInstanceId === id);
    assert.equal(hits.length, 3);
    assert.ok(hits[1].time - hits[0].time >= 190 && hits[2].time - hits[1].time >= 390);
    assert.equal(new Set(hits.map((hit) => hit.plain.eventId)).size, 1, 'the same event');
    assert.equal(new Set(hits.map((hit) => hit.body)).size, 3, 'sealed anew');
    const [push] = await pushes(id);
    assert.deepEqual(push.attempts.map((a) => [a.status, a.verdict]), Array(3).fill([503, 'HTTP status 503 instead of 200']));
    receiver.answer = good;
    const failed = () => client.call('GET', `/call_back/get_call_back_failed_result?access_token=${client.token}`);
    const list = (await failed()).json;
    assert.equal(list.errcode, 0);
    assert.equal(list.has_more, false);
    assert.equal(list.failed_list.length, 1);
    const [item] = list.failed_list;
    assert.equal(item.call_back_tag, 'bpms_instance_change');
    assert.equal(typeof item.event_time, 'number');
    assert.equal(item.bpms_instance_change.corpid, corpId);
    assert.equal(item.bpms_instance_change.bpmsCallBackData.processInstanceId, id);
    assert.deepEqual((await failed()).json.failed_list, [], 'reading clears');
    assert.equal((await pushes(id))[0].state, 'collected');
  });

  test('a second attempt that is answered well is the last', async () => {
    const good = receiver.answer;
    let refusals = 1;
    receiver.answer = (request, response, hit) => {
      if (refusals === 0) return good(request, response, hit);
      refusals -= 1;
      return response.end('{}');
    };
    const id = await client.file();
    await until('the delivery', async () => (await pushes(id))[0]?.state === 'delivered');
    assert.equal((await pushes(id))[0].attempts.length, 2);
    await sleep(500);
    assert.equal(receiver.hits.filter((hit) => hit.plain.processInstanceId === id).length, 2);
  });
});

describe('a restart', () => {
  test('state and pending pushes survive kill -9, and the seed is not read again', async () => {
    const data = path.join(folder, 'data');
    const options = ['--data-dir', data, '--retry-delays', '0.3,0.3,0.3,0.3,0.3,0.3'];
    const receiver = await new Receiver().open();
    sim = await start(folder, ...options);
    client = await new Client(sim.url).sign();
    await subscribe(client, receiver, { rules: ['/v1.0/event/bpms_instance_change/**'] });
    const good = receiver.answer;
    receiver.answer = (request, response) => { response.destroy(); };
    const id = await client.file({ processCode: autoForm });
    await until('a first attempt', () => receiver.events.length);
    await sim.kill();
    const before = receiver.events.length;
    receiver.answer = good;
    sim = await start(folder, ...options);
    client.url = sim.url;
    await until('both events', () => ['start', 'finish'].every((type) =>
      receiver.events.slice(before).some((event) => event.processInstanceId === id && event.type === type)));
    assert.equal((await client.read(id)).result, 'agree', 'and the token is still good');
    assert.equal((await client.call('GET', '/sim/api/people')).json.items.length, seed.people.length);
    await until('both delivered', async () =>
      (await client.call('GET', `/sim/api/instances/${id}`)).json.pushes.every((push) => push.state === 'delivered'));
    await sim.stop();
    await receiver.close();
  });

  test('SIGTERM ends it cleanly while a push waits for its answer', async () => {
    const receiver = await new Receiver().open();
    sim = await start(folder);
    client = await new Client(sim.url).sign();
    await subscribe(client, receiver);
    receiver.answer = () => {};
    await client.file();
    await until('a push on its way', () => receiver.events.length);
    await sim.stop();
    await receiver.close();
  });
});

describe('the command line', () => {
  const run = (...options) => new Promise((resolve) => {
    const child = spawn(path.join(build, 'dingsim'), options, { stdio: ['ignore', 'pipe', 'pipe'] });
    let text = '';
    child.stdout.on('data', (data) => { text += data; });
    child.stderr.on('data', (data) => { text += data; });
    child.on('exit', (code) => resolve({ code, text }));
  });

  test('says what is wrong', async () => {
    const broken = path.join(folder, 'broken.json');
    writeFileSync(broken, JSON.stringify({ ...seed, people: [...seed.people, person('late', '迟', 99)] }));
    assert.match((await run('--help')).text, /usage: dingsim/);
    assert.equal((await run('--nothing')).code, 2);
    assert.equal((await run('--memory', '--data-dir', folder)).code, 2);
    assert.equal((await run('--token-ttl', 'x')).code, 2);
    assert.equal((await run('--retry-delays', '1,,2')).code, 2);
    assert.match((await run('--tls-cert', broken)).text, /go together/);
    const none = await run();
    assert.notEqual(none.code, 0);
    assert.match(none.text, /--seed/);
    const wrong = await run('--seed', broken);
    assert.notEqual(wrong.code, 0);
    assert.match(wrong.text, /people\[136\]/);
    assert.match((await run('--seed', path.join(folder, 'missing.json'))).text, /missing\.json/);
  });
});
