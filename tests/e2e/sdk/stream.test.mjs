// dingtalk-stream, DingTalk's own Stream client, receives from dingsim. The package has no option for the gateway's
// address; its requests go through axios, where the address is exchanged.
import assert from 'node:assert/strict';
import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, afterEach, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import axios from 'axios';
import { DWClient, EventAck } from 'dingtalk-stream';
import WebSocket from 'ws';
import { dingsim } from './sim.mjs';

const app = { clientId: 'dingstreamapp001', clientSecret: 'secret-one', agentId: 4100, name: '测试应用', redirectUrls: [] };
const corpId = 'dingstreamcorp01';
const form = 'PROC-REASON';
const seed = {
  corp: { corpId, name: '测试公司' },
  apps: [app, { ...app, clientId: 'dingstreamapp002' }],
  departments: [{ id: 2, name: '研发部', parent: 1 }],
  people: [
    { userid: 'lihua', unionid: 'u-lihua', name: '李华', departments: [2] },
    { userid: 'wangfang', unionid: 'u-wangfang', name: '王芳', departments: [2] },
  ],
  forms: [{
    processCode: form, name: '终端卸载审批', allowWithdraw: true,
    components: [{ componentType: 'TextareaField', id: 'TextareaField_reason', label: '卸载原因', required: true }],
    approvers: [{ actionType: 'NONE', userIds: ['wangfang'] }],
  }],
};

let sim;
let token;
const clients = [];
const noise = ['info', 'warn', 'error'].map((name) => [name, console[name]]);

axios.interceptors.request.use((config) => {
  config.url = config.url.replace('https://api.dingtalk.com', sim.url);
  return config;
});

async function until(what, condition, seconds = 10) {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    const value = await condition();
    if (value) return value;
    assert.ok(Date.now() < end, `gave up waiting: ${what}`);
    await new Promise((resolve) => { setTimeout(resolve, 20); });
  }
}

// A connected client. ack is what it answers an event with.
async function connect({ ack = () => ({ status: EventAck.SUCCESS }), topics = [], clientId = app.clientId } = {}) {
  const client = new DWClient({
    clientId, clientSecret: app.clientSecret, ua: 'sdk-test',
    // The package shares one array between all its clients otherwise.
    subscriptions: [{ type: 'EVENT', topic: '*' }],
  });
  client.frames = [];
  client.registerAllEventListener((frame) => { client.frames.push(frame); return ack(frame); });
  client.callbacks = [];
  for (const topic of topics) client.registerCallbackListener(topic, (frame) => { client.callbacks.push(frame); });
  clients.push(client);
  await client.connect();
  await until('the client is registered', () => client.registered);
  return client;
}

const streams = async () => (await sim.call('GET', '/sim/api/streams')).json.items;
const pushes = async () => (await sim.call('GET', '/sim/api/pushes')).json.items;
const forward = async (forwardMs) => assert.equal((await sim.call('POST', '/sim/api/clock', { forwardMs })).status, 200);
const subscribe = async (more = {}) => {
  const answer = await sim.call('PUT', `/sim/api/apps/${app.clientId}/subscription`, { mode: 'stream', ...more });
  assert.equal(answer.status, 200, answer.text);
};

async function file() {
  const response = await fetch(`${sim.url}/v1.0/workflow/processInstances`, {
    method: 'POST', headers: { 'x-acs-dingtalk-access-token': token, 'content-type': 'application/json' },
    body: JSON.stringify({
      originatorUserId: 'lihua', processCode: form, deptId: 2, formComponentValues: [{ name: '卸载原因', value: '电脑归还' }],
    }),
  });
  assert.equal(response.status, 200);
  return (await response.json()).instanceId;
}

const starts = `/v1.0/event/bpms_instance_change/processCode/${form}/type/start`;

const open = async (body) => {
  const response = await fetch(`${sim.url}/v1.0/gateway/connections/open`, {
    method: 'POST', headers: { 'content-type': 'application/json', accept: 'application/json' }, body: JSON.stringify(body),
  });
  return { status: response.status, json: await response.json() };
};
const good = { clientId: app.clientId, clientSecret: app.clientSecret, subscriptions: [{ type: 'EVENT', topic: '*' }] };

// The status that a WebSocket's handshake is answered with.
const shake = (url) => new Promise((resolve) => {
  const socket = new WebSocket(url);
  socket.on('open', () => { socket.close(); resolve(101); });
  socket.on('unexpected-response', (request, response) => { response.resume(); resolve(response.statusCode); });
  socket.on('error', () => {});
});

before(async () => {
  for (const [name] of noise) console[name] = () => {};
  sim = await dingsim(seed);
  const response = await fetch(`${sim.url}/v1.0/oauth2/accessToken`, {
    method: 'POST', headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ appKey: app.clientId, appSecret: app.clientSecret }),
  });
  token = (await response.json()).accessToken;
});

afterEach(async () => {
  for (const client of clients.splice(0)) {
    client.config.autoReconnect = false;
    client.disconnect();
  }
  if (sim) await until('the connections are gone', async () => (await streams()).length === 0);
});

after(async () => {
  await sim.stop();
  for (const [name, original] of noise) console[name] = original;
});

describe('checklist 8, Stream', () => {
  test('open gives an endpoint and a ticket, and refuses what is wrong', async () => {
    const { status, json } = await open(good);
    assert.equal(status, 200);
    assert.deepEqual(Object.keys(json), ['endpoint', 'ticket']);
    assert.equal(json.endpoint, `ws://${sim.host}/connect`);
    assert.match(json.ticket, /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    for (const wrong of [{ clientSecret: 'wrong' }, { clientId: 'nobody' }, { clientId: undefined }]) {
      const refused = await open({ ...good, ...wrong });
      assert.equal(refused.status, 401);
      assert.equal(refused.json.code, 'authFailed');
      assert.equal(refused.json.message, '鉴权失败');
      assert.match(refused.json.requestid, /^[0-9A-F-]{36}$/);
    }
    for (const subscriptions of [undefined, [], [{ type: 'EVENT', topic: 'x' }], [{ type: 'X', topic: '*' }], [{ type: 'CALLBACK' }], 'x']) {
      const refused = await open({ ...good, subscriptions });
      assert.equal(refused.status, 400, JSON.stringify(subscriptions));
      assert.equal(refused.json.code, 'invalidParameter');
    }
    // As the SDKs for Go and Java have it.
    const more = { localIp: '10.0.0.1', subscriptions: [...good.subscriptions, { type: 'SYSTEM', topic: 'ping' }] };
    assert.equal((await open({ ...good, ...more })).status, 200);
  });

  test('a ticket is good for one connection', async () => {
    const { json } = await open(good);
    assert.equal(await shake(`${json.endpoint}?ticket=${json.ticket}`), 101);
    assert.equal(await shake(`${json.endpoint}?ticket=${json.ticket}`), 401);
    assert.equal(await shake(`${json.endpoint}?ticket=7724109a-ea43-4aa2-b803-87d82c5aaee6`), 401);
    assert.equal(await shake(json.endpoint), 401);
  });

  test('a ticket is good for 90 seconds', async () => {
    const [late, fresh] = [await open(good), await open(good)];
    await forward(89000);
    assert.equal(await shake(`${fresh.json.endpoint}?ticket=${fresh.json.ticket}`), 101);
    await forward(1001);
    assert.equal(await shake(`${late.json.endpoint}?ticket=${late.json.ticket}`), 401);
  });

  test('an app chooses Stream only while it is connected, as in the console', async () => {
    const answer = await sim.call('PUT', `/sim/api/apps/${app.clientId}/subscription`, { mode: 'stream' });
    assert.equal(answer.status, 409);
    await connect({ clientId: 'dingstreamapp002' });
    assert.equal((await sim.call('PUT', `/sim/api/apps/${app.clientId}/subscription`, { mode: 'stream' })).status, 409);
    await connect();
    await subscribe({ rules: [starts] });
    const saved = (await sim.call('GET', `/sim/api/apps/${app.clientId}/subscription`)).json;
    assert.equal(saved.mode, 'stream');
    assert.deepEqual(saved.rules, [starts]);
  });

  test('a client receives an event as a frame and acknowledges it', async () => {
    const client = await connect();
    await subscribe({ rules: [starts] });
    const id = await file();
    const frame = await until('the event', () => client.frames[0]);
    assert.equal(frame.specVersion, '1.0');
    assert.equal(frame.type, 'EVENT');
    const { headers } = frame;
    assert.deepEqual(Object.keys(headers), ['appId', 'connectionId', 'contentType', 'messageId', 'time', 'topic', 'eventType',
      'eventId', 'eventCorpId', 'eventBornTime', 'eventUnifiedAppId']);
    for (const value of Object.values(headers)) assert.equal(typeof value, 'string');
    assert.equal(headers.topic, '*');
    assert.equal(headers.contentType, 'application/json');
    assert.equal(headers.eventType, 'bpms_instance_change');
    assert.equal(headers.eventCorpId, corpId);
    assert.match(headers.eventBornTime, /^\d{13}$/);
    assert.match(headers.eventUnifiedAppId, /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    // Body shape C.
    const data = JSON.parse(frame.data);
    assert.equal(data.processInstanceId, id);
    assert.equal(data.type, 'start');
    assert.equal(data.title, '李华提交的终端卸载审批');
    assert.equal(data.resource, starts);
    assert.equal(data.eventId, headers.eventId);
    assert.equal(data.EventType, undefined);
    assert.equal(data.corpId, undefined);
    const push = await until('the acknowledgement', async () => (await pushes()).find((p) => p.eventId === data.eventId && p.state === 'delivered'));
    assert.deepEqual(push.attempts.map((attempt) => attempt.verdict), [`sent to connection ${headers.connectionId}`, 'ok']);
    // Acknowledged means once.
    await forward(10000);
    await new Promise((resolve) => { setTimeout(resolve, 200); });
    assert.equal(client.frames.length, 1);
  });

  test('LATER brings the event again, until it is taken', async () => {
    let count = 0;
    const client = await connect({ ack: () => { count += 1; return { status: count < 3 ? EventAck.LATER : EventAck.SUCCESS, message: 'busy' }; } });
    await subscribe({ rules: [starts] });
    await file();
    for (const times of [1, 2]) {
      await until(`sent ${times} times`, () => client.frames.length === times);
      await until('noted', async () => (await pushes())[0].attempts.filter((a) => a.verdict === 'not taken: LATER').length === times);
      await forward(3000);
    }
    await until('taken', async () => (await pushes())[0].state === 'delivered');
    assert.equal(client.frames.length, 3);
    assert.equal(new Set(client.frames.map((frame) => frame.headers.eventId)).size, 1);
    assert.equal(new Set(client.frames.map((frame) => frame.headers.messageId)).size, 1);
  });

  test('500, and no acknowledgement for 3 seconds, bring it again too', async () => {
    const { json } = await open(good);
    const socket = new WebSocket(`${json.endpoint}?ticket=${json.ticket}`);
    const events = [];
    socket.on('message', (text) => { const frame = JSON.parse(text); if (frame.type === 'EVENT') events.push(frame); });
    await new Promise((resolve) => { socket.on('open', resolve); });
    const answer = (frame, code, data) => socket.send(JSON.stringify({
      code, headers: { contentType: 'application/json', messageId: frame.headers.messageId }, message: '', data,
    }));
    await subscribe({ rules: [starts] });
    await file();
    await until('sent', () => events.length === 1);
    await forward(2000);
    await new Promise((resolve) => { setTimeout(resolve, 100); });
    assert.equal(events.length, 1, 'not before 3 seconds');
    await forward(1000);
    await until('sent again', () => events.length === 2);
    answer(events[1], 500, '{"status":"LATER"}');
    await until('noted', async () => (await pushes())[0].attempts.some((a) => a.verdict === 'not taken: code 500'));
    await forward(3000);
    await until('sent a third time', () => events.length === 3);
    // What is no acknowledgement changes nothing.
    for (const text of ['x', '[]', '{"code":200}', '{"code":200,"headers":{"messageId":"a_1_b"},"data":"{}"}', '{"headers":{"messageId":5}}']) socket.send(text);
    // Python's SDK sends the event back.
    answer(events[2], 200, events[2].data);
    await until('taken', async () => (await pushes())[0].state === 'delivered');
    socket.close();
  });

  test('what nobody takes within a minute is lost', async () => {
    const client = await connect({ ack: () => ({ status: EventAck.LATER }) });
    await subscribe({ rules: [starts] });
    await file();
    await until('sent', () => client.frames.length === 1);
    await forward(60000);
    await until('lost', async () => (await pushes())[0].state === 'lost');
    assert.equal(client.frames.length, 1);
  });

  test('of two clients one receives, each in turn, and another app nothing', async () => {
    const [one, two] = [await connect(), await connect()];
    const stranger = await connect({ clientId: 'dingstreamapp002' });
    await subscribe({ rules: [starts] });
    for (let i = 1; i <= 4; i += 1) {
      await file();
      await until('received', () => one.frames.length + two.frames.length === i);
    }
    assert.deepEqual([one.frames.length, two.frames.length], [2, 2]);
    assert.equal(stranger.frames.length, 0);
    // What one does not take goes to the other.
    one.onEventReceived = (frame) => { one.frames.push(frame); return { status: EventAck.LATER }; };
    two.onEventReceived = one.onEventReceived.bind(null);
    await file();
    await until('received', () => one.frames.length === 3);
    await forward(3000);
    await until('received again', () => one.frames.length === 4);
    assert.notEqual(one.frames[2].headers.connectionId, one.frames[3].headers.connectionId);
    one.onEventReceived = () => ({ status: EventAck.SUCCESS });
    two.onEventReceived = one.onEventReceived;
    await forward(3000);
    await until('taken', async () => (await pushes())[0].state === 'delivered');
  });

  test('a system ping is answered with its own data', async () => {
    await connect();
    const [stream] = await streams();
    assert.equal(stream.ua, 'sdk-test');
    assert.equal((await sim.call('POST', `/sim/api/streams/${stream.connectionId}`, { action: 'ping' })).status, 200);
    await until('the answer', async () => (await streams())[0].pingsAnswered === 1);
    assert.equal((await sim.call('POST', '/sim/api/streams/nobody', { action: 'ping' })).status, 404);
    assert.equal((await sim.call('POST', `/sim/api/streams/${stream.connectionId}`, { action: 'x' })).status, 400);
  });

  test('a ping comes each minute of dingsim\'s clock', async () => {
    await connect();
    const answered = async (count) => until(`${count} pings`, async () => (await streams())[0].pingsAnswered === count);
    await forward(59000);
    assert.equal((await streams())[0].pings, 0);
    await forward(1000);
    await answered(1);
    await forward(3600 * 1000);
    await answered(2);
  });

  test('disconnect: nothing more is sent, the end comes after 10 seconds, the client connects anew', async () => {
    const client = await connect();
    await subscribe({ rules: [starts] });
    const [{ connectionId }] = await streams();
    await sim.call('POST', `/sim/api/streams/${connectionId}`, { action: 'disconnect' });
    await until('the frame', () => !client.registered);
    await file();
    await forward(9000);
    await new Promise((resolve) => { setTimeout(resolve, 100); });
    assert.equal(client.socket.readyState, WebSocket.OPEN, 'not yet');
    const left = client.socket;
    await forward(1000);
    await until('the end', () => left.readyState === WebSocket.CLOSED);
    assert.equal(client.frames.length, 0);
    await until('the new connection', () => client.registered);
    assert.notEqual((await streams())[0].connectionId, connectionId);
    // The event has waited for it.
    await until('the event', () => client.frames.length === 1);
  });

  test('a fault on demand disconnects just before an event, which goes to the other client', async () => {
    const [one, two] = [await connect(), await connect()];
    await subscribe({ rules: [starts] });
    assert.equal((await sim.call('POST', '/sim/api/faults', { kind: 'streamDisconnect', path: `/${app.clientId}`, count: 1 })).status, 200);
    await file();
    await until('the event', () => one.frames.length + two.frames.length === 1);
    await until('one is told to leave', async () => (await streams()).filter((stream) => stream.leaving).length === 1);
    assert.deepEqual([one.registered, two.registered].sort(), [false, true]);
    assert.equal((one.frames.length ? one : two).registered, true);
    await sim.call('DELETE', '/sim/api/faults');
  });

  test('a client whose connection breaks connects anew', async () => {
    const client = await connect();
    const [{ connectionId }] = await streams();
    await sim.call('POST', `/sim/api/streams/${connectionId}`, { action: 'close' });
    await until('the new connection', async () => client.registered && (await streams())[0]?.connectionId !== connectionId);
  });

  test('callbacks reach a client that asked for their topic', async () => {
    const topic = '/v1.0/im/bot/messages/get';
    const client = await connect({ topics: [topic] });
    const send = (body) => sim.call('POST', `/sim/api/apps/${app.clientId}/callbacks`, body);
    const data = '{"msgtype":"text","text":{"content":"你好"}}';
    assert.equal((await send({ topic, data })).status, 200);
    const frame = await until('the callback', () => client.callbacks[0]);
    assert.equal(frame.type, 'CALLBACK');
    assert.equal(frame.headers.topic, topic);
    assert.equal(frame.data, data);
    const logged = async (state) => until(state, async () => (await pushes()).find((p) => p.eventType === 'CALLBACK' && p.state === state));
    assert.deepEqual((await logged('sent')).attempts.map((a) => a.verdict), [`sent to connection ${frame.headers.connectionId}`]);
    client.socketCallBackResponse(frame.headers.messageId, { ok: 1 });
    const taken = await logged('delivered');
    assert.deepEqual([taken.resource, taken.event, taken.attempts.at(-1).status], [topic, { data }, 200]);
    assert.deepEqual(JSON.parse(JSON.parse(taken.attempts.at(-1).reply).data), { response: { ok: 1 } });
    assert.equal((await send({ topic: '/v1.0/unknown', data })).status, 409);
    // A client without a handler says 404, and is not asked again.
    assert.equal((await send({ topic, data })).status, 200);
    const { headers } = await until('the second', () => client.callbacks[1]);
    client.socket.send(JSON.stringify({ code: 404, headers: { messageId: headers.messageId, contentType: 'application/json' }, message: '', data: '{}' }));
    assert.equal((await logged('lost')).attempts.at(-1).verdict, 'not taken: code 404');
    await forward(60000);
    await new Promise((resolve) => { setTimeout(resolve, 100); });
    assert.equal(client.callbacks.length, 2);
  });
});

test('checklist 10, events of the organisation come by Stream', async () => {
  const client = await connect();
  await subscribe();
  const next = async () => {
    const frame = await until('the event', () => client.frames.shift());
    const { eventId, resource, timeStamp, ...rest } = JSON.parse(frame.data);
    assert.equal(eventId, frame.headers.eventId);
    assert.equal(resource, `/v1.0/event/${frame.headers.eventType}`);
    assert.match(timeStamp, /^\d{13}$/);
    return [frame.headers.eventType, rest];
  };
  const change = async (method, where, body) => {
    const answer = await sim.call(method, `/sim/api/${where}`, body);
    assert.equal(answer.status, 200, answer.text);
    return answer.json;
  };
  const { id } = await change('POST', 'departments', { name: '测试组', parent: 2 });
  assert.deepEqual(await next(), ['org_dept_create', { deptId: [id] }]);
  await change('PUT', `departments/${id}`, { name: '质量组' });
  assert.deepEqual(await next(), ['org_dept_modify', { deptId: [id] }]);
  const { userid } = await change('POST', 'people', { name: '新人', departments: [id] });
  assert.deepEqual(await next(), ['user_add_org', { userId: [userid] }]);
  await change('PUT', `people/${userid}`, { title: '工程师', departments: [2] });
  assert.deepEqual(await next(), ['user_modify_org', {
    userId: [userid],
    diffInfo: { prev: { position: '', department: `[${id}]` }, curr: { position: '工程师', department: '[2]' }, userid },
  }]);
  await change('DELETE', `people/${userid}`);
  assert.deepEqual(await next(), ['user_leave_org', { userId: [userid] }]);
  await change('DELETE', `departments/${id}`);
  assert.deepEqual(await next(), ['org_dept_remove', { deptId: [id] }]);
});

test('over TLS the endpoint is wss, and the package receives through it', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'dingsim-tls-'));
  const [cert, key] = ['cert.pem', 'key.pem'].map((name) => path.join(folder, name));
  execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2',
    '-subj', '/CN=dingsim', '-addext', 'subjectAltName=IP:127.0.0.1', '-keyout', key, '-out', cert], { stdio: 'ignore' });
  const secure = await dingsim(seed, '--tls-cert', cert, '--tls-key', key);
  assert.match(secure.url, /^https:/);
  // Node reads the authorities it trusts when it starts.
  const script = `
    import axios from 'axios';
    import { DWClient, EventAck } from 'dingtalk-stream';
    const url = ${JSON.stringify(secure.url)}, clientId = ${JSON.stringify(app.clientId)}, clientSecret = ${JSON.stringify(app.clientSecret)};
    const said = console.log;
    console.info = console.log = console.warn = () => {};
    axios.interceptors.request.use((config) => { config.url = config.url.replace('https://api.dingtalk.com', url); return config; });
    const call = async (method, where, body, token) => {
      const answer = await fetch(url + where, { method, body: JSON.stringify(body),
        headers: { 'content-type': 'application/json', ...(token ? { 'x-acs-dingtalk-access-token': token } : {}) } });
      if (answer.status !== 200) throw new Error(where + ': ' + answer.status);
      return answer.json();
    };
    const client = new DWClient({ clientId, clientSecret, subscriptions: [{ type: 'EVENT', topic: '*' }] });
    client.registerAllEventListener((frame) => {
      said(JSON.stringify({ endpoint: client.dw_url.split('?')[0], type: JSON.parse(frame.data).type }));
      setTimeout(() => process.exit(0), 50);
      return { status: EventAck.SUCCESS };
    });
    await client.connect();
    while (!client.registered) await new Promise((resolve) => { setTimeout(resolve, 10); });
    await call('PUT', '/sim/api/apps/' + clientId + '/subscription', { mode: 'stream', rules: [${JSON.stringify(starts)}] });
    const { accessToken } = await call('POST', '/v1.0/oauth2/accessToken', { appKey: clientId, appSecret: clientSecret });
    await call('POST', '/v1.0/workflow/processInstances', { originatorUserId: 'lihua', processCode: ${JSON.stringify(form)}, deptId: 2,
      formComponentValues: [{ name: '卸载原因', value: '电脑归还' }] }, accessToken);
  `;
  const out = await new Promise((resolve, reject) => {
    execFile(process.execPath, ['--input-type=module', '-e', script], {
      cwd: path.dirname(fileURLToPath(import.meta.url)), timeout: 20000, env: { ...process.env, NODE_EXTRA_CA_CERTS: cert },
    }, (error, stdout, stderr) => (error ? reject(new Error(`${error.message} ${stdout} ${stderr}`)) : resolve(stdout)));
  });
  assert.deepEqual(JSON.parse(out), { endpoint: `wss://${secure.host}/connect`, type: 'start' });
  await assert.rejects(fetch(secure.url.replace('https:', 'http:')), 'no plain HTTP there');
  await secure.stop();
  rmSync(folder, { recursive: true });
});
