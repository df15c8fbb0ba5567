// How events come in from DingTalk: each once, whichever way, and none is lost while keys are exchanged or a
// connection breaks. On SQLite, and on PostgreSQL when HOLDFAST_TEST_POSTGRESQL names one.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { Clock } from './clock.mjs';
import { Stage, call, client, company, corp, keys, opened, push, until } from './stage.mjs';

const databases = [['SQLite', undefined]];
if (process.env.HOLDFAST_TEST_POSTGRESQL) databases.push(['PostgreSQL', process.env.HOLDFAST_TEST_POSTGRESQL]);

const other = { aes: 'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789abcdefg', token: 'anothertoken' };
const send = (stage, event, more) => {
  const p = push(event, more);
  return call('POST', stage.app.request_url + p.query, { body: p.body });
};
const app = (stage) => stage.ask('GET', `dingtalk-apps/${stage.app.id}`);
const change = (stage, body) => stage.ask('PATCH', `dingtalk-apps/${stage.app.id}`, body);

async function rotates(stage, clock) {
  const check = { EventType: 'check_url' };
  assert.equal((await send(stage, check)).status, 200);
  await change(stage, { aes_key: other.aes, token: other.token });
  // DingTalk still has the old pair, and must be answered with it.
  const old = await send(stage, { EventType: 'user_add_org', eventId: 'old pair', userId: ['lihua'] });
  assert.equal(old.status, 200);
  assert.equal(opened(old.json, keys), 'success');
  const fresh = await send(stage, check, other);
  assert.equal(opened(fresh.json, other), 'success');
  assert.equal((await send(stage, check, { ...other, token: keys.token })).status, 403);
  assert.ok((await app(stage)).old_keys_until_ms > 0);
  clock.forward(3600 * 1000 + 1000);
  assert.equal((await send(stage, check)).status, 403);
  assert.equal((await send(stage, check, other)).status, 200);
  await change(stage, { aes_key: keys.aes, token: keys.token });
  assert.equal((await send(stage, check)).status, 200);
}

// A slip while entering, then its correction: the pair that DingTalk uses stays good all the while.
async function slips(stage) {
  const check = { EventType: 'check_url' };
  assert.equal((await send(stage, check)).status, 200);
  await change(stage, { token: 'notwhatitis' });
  await change(stage, { token: 'norisitthis' });
  assert.equal((await send(stage, check)).status, 200);
  await change(stage, { token: keys.token });
  assert.equal((await send(stage, check)).status, 200);
}

async function alarms(stage) {
  const event = { EventType: 'user_add_org', eventId: 'x', userId: [] };
  const first = await metrics(stage);
  for (let i = 0; i < 2; i += 1) assert.equal((await send(stage, event, { token: 'reset' })).status, 403);
  assert.equal((await app(stage)).alert, null);
  assert.equal((await send(stage, event, { aes: 'Z'.repeat(43) })).status, 403);
  const { alert } = await app(stage);
  assert.equal(alert.code, 'keys-reset');
  assert.equal(alert.text, 'aes_key or token was probably reset in DingTalk');
  assert.equal(alert.steps.length, 3);
  const then = await metrics(stage);
  for (const [result, more] of [['bad-signature', 3], ['refused', 0], ['stored', 0]]) {
    const name = `holdfast_callbacks_total{result="${result}"}`;
    assert.equal(then(name) - first(name), more, name);
  }
  const kinds = async () => (await stage.ask('GET', 'audit?limit=50')).items.map((x) => x.kind);
  assert.ok((await kinds()).includes('app-alert'));
  assert.equal((await send(stage, { EventType: 'check_url' })).status, 200);
  assert.equal((await app(stage)).alert, null);
  assert.ok((await kinds()).includes('app-alert-over'));
}

// Whoever tries addresses, keys or sizes learns nothing from the answers.
async function tellsNothing(stage) {
  const event = { EventType: 'user_add_org', eventId: 'y', userId: [] };
  const url = stage.app.request_url;
  const answers = await Promise.all([
    send(stage, event, { token: 'wrong' }), send(stage, event, { aes: 'Z'.repeat(43) }), send(stage, event, { owner: 'dingelse' }),
    send(stage, event, { pad: 0 }), send(stage, 'no event'),
    call('POST', url, { body: {} }), call('POST', `${url}x`, { body: push(event).body }),
    call('POST', url.replace(stage.app.id, '01900000-0000-7000-8000-000000000000') + push(event).query, { body: push(event).body }),
  ]);
  for (const answer of answers) {
    assert.equal(answer.status, 403);
    assert.equal(answer.text, answers[0].text);
  }
  assert.equal((await send(stage, { EventType: 'check_url' })).status, 200);
}

const metrics = async (stage, server = stage.server) => {
  const answer = await call('GET', `${server.url}/metrics`, { headers: { authorization: `Bearer ${stage.token}` } });
  assert.equal(answer.status, 200);
  return (name) => {
    const line = answer.text.split('\n').find((l) => l.startsWith(`${name} `));
    assert.ok(line, `${name} in ${answer.text}`);
    return Number(line.split(' ')[1]);
  };
};

// Shapes A, B and C of one kind of event; B has no eventId.
async function countsOnce(stage) {
  const flat = { processInstanceId: 'oa-foreign', type: 'finish', result: 'agree', createTime: 1689326476000,
    finishTime: 1689326506000, processCode: 'PROC-X', title: 'x', staffId: 'lihua' };
  const shapes = [
    { EventType: 'bpms_instance_change', EventTime: 1, CorpId: 'x', BizId: '1', eventId: 'shape a', ...flat },
    { EventType: 'bpms_instance_change', corpId: 'x', ...flat },
    { eventId: 'shape c', resource: '/v1.0/event/bpms_instance_change/processCode/PROC-X/type/finish', ...flat },
  ];
  const first = await metrics(stage);
  for (const event of shapes)
    for (let i = 0; i < 3; i += 1) assert.equal(opened((await send(stage, event)).json), 'success');
  const then = await metrics(stage);
  const more = (name) => then(name) - first(name);
  assert.equal(more('holdfast_callbacks_total{result="stored"}'), 3);
  assert.equal(more('holdfast_callbacks_total{result="repeated"}'), 6);
  assert.equal(more('holdfast_inbox_waiting'), 3);
}

async function dropsForeign(stage, clock) {
  const dropped = 'holdfast_inbox_total{outcome="dropped"}';
  const first = (await metrics(stage))(dropped);
  await send(stage, { EventType: 'bpms_instance_change', eventId: 'foreign', processInstanceId: 'oa-x', type: 'start', staffId: 'x' });
  clock.forward(25 * 3600 * 1000);
  await until('it is dropped', async () => (await metrics(stage))(dropped) > first);
  assert.equal((await metrics(stage))('holdfast_inbox_waiting'), 0);
}

// --- Stream ---------------------------------------------------------------------------------------------------------

const connected = (stage, what = 'the stream is connected') =>
  until(what, async () => { const { stream } = await app(stage); return stream?.state === 'connected' ? stream : undefined; });
const links = async (stage) => (await stage.simulate('GET', 'streams')).items.filter((l) => !l.leaving);

async function streams(stage) {
  await change(stage, { ingress: 'stream' });
  const { connected_ms: since } = await connected(stage);
  assert.ok(since > 0);
  await stage.simulate('PUT', `apps/${client.id}/subscription`,
    { mode: 'stream', rules: ['/v1.0/event/bpms_instance_change/**', '/v1.0/event/user_*'] });
}

const delivered = (stage) => until('all is delivered', async () => {
  const states = (await stage.simulate('GET', 'pushes')).items.map((p) => p.state);
  assert.ok(!states.includes('lost'), 'an event was lost');
  return !states.includes('pending');
});

// Everything that dingsim has sent is taken, and stored once.
async function allTaken(stage, first, events) {
  await delivered(stage);
  const then = await metrics(stage);
  assert.equal(then('holdfast_callbacks_total{result="stored"}') - first('holdfast_callbacks_total{result="stored"}'), events);
}

const person = (stage, i) => stage.simulate('POST', 'people', { name: `新人${i}`, departments: [2], userid: `new${i}` });

async function decidesByStream(stage) {
  const first = await metrics(stage);
  const device = await stage.device('laptop-stream');
  const filed = await device.file();
  await stage.submitted(filed.id);
  await stage.decide(filed.number, 'agree', '好');
  await device.hears('the grant', (d) => d.held[0]);
  await allTaken(stage, first, 2);
  assert.ok((await app(stage)).last_event_ms > 0);
}

async function survivesDisconnects(stage) {
  const first = await metrics(stage);
  await stage.simulate('POST', 'faults', { kind: 'streamDisconnect', count: 2 });
  await stage.simulate('POST', 'faults', { kind: 'eventDuplicate', count: 5 });
  for (let i = 0; i < 10; i += 1) await person(stage, `d${i}`);
  await allTaken(stage, first, 10);
  const [link] = await links(stage);
  await stage.simulate('POST', `streams/${link.connectionId}`, { action: 'close' });
  for (let i = 0; i < 5; i += 1) await person(stage, `c${i}`);
  await allTaken(stage, first, 15);
  await stage.simulate('DELETE', 'faults');
}

async function answersPings(stage) {
  const frames = async () => (await metrics(stage))('holdfast_stream_frames_total');
  const first = await frames();
  const [link] = await links(stage);
  await stage.simulate('POST', `streams/${link.connectionId}`, { action: 'ping' });
  await until('the ping is answered', async () => (await links(stage)).some((l) => l.connectionId === link.connectionId && l.pingsAnswered > 0));
  assert.ok(await frames() > first);
}

// The new connection stands before the old one is given up.
async function opensBeforeItLeaves(stage) {
  const reconnects = async () => (await metrics(stage))('holdfast_stream_reconnects_total');
  const first = await reconnects();
  const [old] = await links(stage);
  await stage.simulate('POST', `streams/${old.connectionId}`, { action: 'disconnect' });
  const [next] = await until('there is another one', async () => {
    const all = await links(stage);
    return all.length === 1 && all[0].connectionId !== old.connectionId ? all : undefined;
  });
  assert.notEqual(next.connectionId, old.connectionId);
  const all = (await stage.simulate('GET', 'streams')).items;
  assert.ok(all.some((l) => l.connectionId === old.connectionId), 'the old one is still being drained');
  await until('it is counted', async () => await reconnects() > first);
  assert.equal(await reconnects(), first + 1);
  assert.equal((await app(stage)).stream.state, 'connected');
}

async function keepsTheOldWithWrongSecret(stage) {
  const first = await metrics(stage);
  const [old] = await links(stage);
  await change(stage, { client_secret: 'x'.repeat(64) });
  const { stream } = await until('DingTalk has refused it', async () => {
    const a = await app(stage);
    return /refuses the Client ID or Client Secret/.test(a.stream.error ?? '') ? a : undefined;
  });
  assert.equal(stream.state, 'connected');
  assert.deepEqual((await links(stage)).map((l) => l.connectionId), [old.connectionId]);
  await person(stage, 'wrong');
  await allTaken(stage, first, 1);
  await change(stage, { client_secret: client.secret });
  await until('a new connection', async () => (await links(stage)).some((l) => l.connectionId !== old.connectionId));
}

async function saysWhatIsWrong(stage) {
  await change(stage, { client_secret: 'x'.repeat(64), ingress: 'push' });
  await until('it is given up', async () => (await stage.simulate('GET', 'streams')).items.length === 0);
  assert.equal((await app(stage)).stream, null);
  await change(stage, { ingress: 'stream' });
  const { stream } = await until('the error', async () => {
    const a = await app(stage);
    return a.stream.error ? a : undefined;
  });
  assert.equal(stream.state, 'connecting');
  assert.match(stream.error, /refuses the Client ID or Client Secret, or no version of the app is published/);
  await change(stage, { client_secret: client.secret });
  assert.equal((await connected(stage)).error, null);
}

// An acknowledgement says that the event is stored: a server that dies before is sent it again.
async function diesBeforeTheCommit(stage) {
  await stage.server.kill();
  await stage.serve({ HOLDFAST_FAILPOINT: 'stream-stored' });
  await connected(stage);
  await person(stage, 'died');
  assert.equal((await stage.server.ended).signal, 'SIGKILL');
  await stage.serve();
  const first = await metrics(stage);
  assert.equal(first('holdfast_callbacks_total{result="stored"}'), 0);
  await allTaken(stage, first, 1);
}

// The commit fails, not what is before it, until mended.
const breaks = {
  SQLite: `CREATE TABLE no_commit (event TEXT REFERENCES inbox (id) DEFERRABLE INITIALLY DEFERRED);
    CREATE TRIGGER no_commit AFTER INSERT ON inbox BEGIN INSERT INTO no_commit VALUES ('none'); END;`,
  PostgreSQL: `CREATE FUNCTION no_commit() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''the disk is full''; END';
    CREATE CONSTRAINT TRIGGER no_commit AFTER INSERT ON inbox DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION no_commit()`,
};
const mends = {
  SQLite: 'DROP TRIGGER no_commit; DROP TABLE no_commit',
  PostgreSQL: 'DROP TRIGGER no_commit ON inbox; DROP FUNCTION no_commit',
};

async function putsOff(stage, name) {
  const first = await metrics(stage);
  const before = await stage.ask('GET', `dingtalk-apps/${stage.app.id}`);
  stage.sql(breaks[name]);
  await person(stage, 'later');
  const [{ id }] = (await stage.simulate('GET', 'pushes')).items;
  const tries = async () => (await stage.simulate('GET', 'pushes')).items.find((p) => p.id === id).attempts;
  await until('it is put off', async () => (await tries()).some((a) => /LATER/.test(a.reply)));
  assert.ok(!(await tries()).some((a) => /SUCCESS/.test(a.reply)));
  assert.equal((await app(stage)).last_event_ms, before.last_event_ms);
  stage.sql(mends[name]);
  await allTaken(stage, first, 1);
  assert.ok((await tries()).some((a) => /SUCCESS/.test(a.reply)));
}

// A gateway that says nothing any more, over a connection that stays up. The clock stands but for the steps.
async function leavesTheSilent(stage) {
  stage.clock.speed(0);
  await streams(stage);
  const { stream: { connected_ms: since } } = await app(stage);
  const first = await metrics(stage);
  const [old] = await links(stage);
  stage.proxy.mute();
  stage.clock.forward((10 * 60 - 5) * 1000);
  await person(stage, 'unheard');
  await until('it is sent', async () => (await stage.simulate('GET', 'pushes')).items.some((p) => p.attempts.length > 0));
  assert.deepEqual((await links(stage)).map((l) => l.connectionId), [old.connectionId]);
  stage.clock.forward(10 * 1000);
  const next = await until('there is another connection',
    async () => (await links(stage)).find((l) => l.connectionId !== old.connectionId));
  assert.ok(next.since >= since + 10 * 60 * 1000, `${next.since - since} ms after the old one`);
  stage.clock.speed(1);
  await allTaken(stage, first, 1);
  assert.equal((await app(stage)).stream.state, 'connected');
  stage.clock.forward(15 * 1000);
  await until('the silent one is closed', async () => (await links(stage)).every((l) => l.connectionId !== old.connectionId));
}

// Over a stream nothing is signed with aes_key and token: who never had them need not make some up.
async function needsNoKeys(stage) {
  const secret = { corp_id: 'ding1111111111111111holdfast', client_id: 'dingexampleapp1111', client_secret: 'x'.repeat(64) };
  const create = (more) => stage.admin('POST', 'dingtalk-apps', { ...secret, ...more });
  const refused = (answer, words) => { assert.equal(answer.status, 422, answer.text); assert.match(answer.json.detail, words); };
  refused(await create({}), /enter aes_key and token too/);
  refused(await create({ ingress: 'push' }), /enter aes_key and token too/);
  refused(await create({ ingress: 'stream', token: keys.token }), /belong together/);
  const made = await create({ ingress: 'stream' });
  assert.equal(made.status, 201, made.text);
  const { id, request_url: url } = made.json;
  const check = push({ EventType: 'check_url' });
  const uniform = await call('POST', `${stage.app.request_url}x${check.query}`, { body: check.body });
  const pushed = () => { const p = push({ EventType: 'check_url' }, { owner: secret.client_id }); return call('POST', url + p.query, { body: p.body }); };
  const answer = await pushed();
  assert.deepEqual([answer.status, answer.text], [403, uniform.text]);
  const patch = (body) => stage.admin('PATCH', `dingtalk-apps/${id}`, body);
  refused(await patch({ ingress: 'push' }), /enter aes_key and token too/);
  refused(await patch({ aes_key: keys.aes }), /belong together/);
  assert.equal((await stage.ask('GET', `dingtalk-apps/${id}`)).ingress, 'stream');
  const numbered = await patch({ agent_id: 100009 });
  assert.equal(numbered.status, 200, numbered.text);
  const both = await patch({ ingress: 'push', aes_key: keys.aes, token: keys.token });
  assert.deepEqual([both.status, both.json.ingress, both.json.old_keys_until_ms], [200, 'push', null]);
  assert.equal((await pushed()).status, 200);
}

// The app's Client ID is of another organisation than somebody entered.
const foreign = { clientId: 'dingexampleapp2222', clientSecret: 'y'.repeat(64), agentId: 100002, name: 'Other', redirectUrls: [] };

async function refusesOthers(stage) {
  const made = await stage.ask('POST', 'dingtalk-apps', { corp_id: 'ding2222222222222222holdfast', client_id: foreign.clientId,
    client_secret: foreign.clientSecret, ingress: 'stream' });
  await until('it is connected', async () => (await stage.ask('GET', `dingtalk-apps/${made.id}`)).stream.state === 'connected');
  await stage.simulate('PUT', `apps/${foreign.clientId}/subscription`, { mode: 'stream', rules: ['/v1.0/event/user_*'] });
  const first = await metrics(stage);
  assert.equal(first('holdfast_stream_refused_total'), 0);
  await person(stage, 'foreign');
  await until('it is refused', async () => (await metrics(stage))('holdfast_stream_refused_total') > 0);
  assert.equal((await stage.ask('GET', `dingtalk-apps/${made.id}`)).last_event_ms, null);
  await stage.ask('PATCH', `dingtalk-apps/${made.id}`, { corp_id: corp });
  let n = 0;
  await until('with the right CorpId they are taken', async () => {
    await person(stage, `of-us-${n += 1}`);
    return (await stage.ask('GET', `dingtalk-apps/${made.id}`)).last_event_ms;
  });
}

// --- several servers ------------------------------------------------------------------------------------------------

async function shares(stage) {
  const count = async (name) => {
    const all = await Promise.all([metrics(stage), metrics(stage, stage.other)]);
    return all.map((of) => of(name));
  };
  const sum = (figures) => figures.reduce((all, n) => all + n, 0);
  await stage.simulate('POST', 'faults', { kind: 'eventDuplicate', count: 20 });
  const device = await stage.device('laptop-shared');
  const filed = await device.file();
  await stage.submitted(filed.id);
  for (let i = 0; i < 30; i += 1) await person(stage, `s${i}`);
  await stage.decide(filed.number, 'agree', '好');
  await device.hears('the grant', (d) => d.held[0]);
  await delivered(stage);
  await stage.simulate('DELETE', 'faults');
  const stored = await count('holdfast_callbacks_total{result="stored"}');
  assert.equal(sum(stored), 32);
  assert.ok(stored.every((n) => n > 0), `both servers took some: ${stored}`);
  assert.equal(sum(await count('holdfast_callbacks_total{result="repeated"}')), 20);
  await until('each has had its effect', async () => (await metrics(stage))('holdfast_inbox_waiting') === 0);
  // An event that comes before its instance is known waits, and is late.
  const handled = async () => sum(await count('holdfast_inbox_total{outcome="read"}')) + sum(await count('holdfast_inbox_total{outcome="late"}'));
  await until('and is counted', async () => await handled() >= 32);
  assert.equal(await handled(), 32);
  assert.equal(device.held.length, 1);
}

// The fifth event that the other server gets kills it: stored, not committed.
async function takesOver(stage) {
  await stage.other.stop();
  stage.other = await stage.second({ HOLDFAST_FAILPOINT: 'stream-stored:5' });
  await until('both are connected', async () => (await links(stage)).length === 2);
  const before = Number(stage.sql('SELECT COUNT(*) FROM inbox'));
  const first = await metrics(stage);
  for (let i = 0; i < 20; i += 1) await person(stage, `k${i}`);
  assert.equal((await stage.other.ended).signal, 'SIGKILL');
  await delivered(stage);
  const taken = (await metrics(stage))('holdfast_callbacks_total{result="stored"}') - first('holdfast_callbacks_total{result="stored"}');
  assert.ok(taken >= 16, `${taken} came through the server that lived`);
  assert.equal(Number(stage.sql('SELECT COUNT(*) FROM inbox')) - before, 20);
  await until('each has had its effect', async () => (await metrics(stage))('holdfast_inbox_waiting') === 0);
}

for (const [name, postgresql] of databases) {
  describe(`ingress on ${name}`, () => {
    let stage, clock;
    const folder = mkdtempSync(path.join(tmpdir(), 'holdfast-ingress-'));
    before(async () => {
      clock = new Clock(path.join(folder, 'clock'));
      Object.assign(process.env, clock.environment);
      stage = await Stage.open({ postgresql });
    });
    after(async () => {
      await stage?.close();
      clock?.close();
      delete process.env.HOLDFAST_CLOCK;
      rmSync(folder, { recursive: true, force: true });
    });

    test('keys are exchanged without losing an event: old and new ones hold for an hour', () => rotates(stage, clock));
    test('a slip while entering keys does not push out those that work', () => slips(stage));
    test('three pushes in a row that do not verify: the app says what happened and what to do', () => alarms(stage));
    test('an event is stored once, in whatever shape and however often it comes', () => countsOnce(stage));
    test('events of forms that are not ours are kept for a day, then dropped and counted', () => dropsForeign(stage, clock));
    test('whatever is wrong with a push, the answer is the same', () => tellsNothing(stage));
  });
}

for (const [name, postgresql] of databases) {
  describe(`Stream mode on ${name}`, () => {
    let stage;
    before(async () => { stage = await Stage.open({ postgresql, subscribed: false }); await streams(stage); });
    after(async () => { await stage?.close(); });

    test('an approval comes through a stream instead of the Request URL', () => decidesByStream(stage));
    test('connections that break and duplicates: every event is stored once', () => survivesDisconnects(stage));
    test('an app in Stream mode needs no aes_key and token, one that is pushed to does', () => needsNoKeys(stage));
    test('a ping is answered', () => answersPings(stage));
    test('told to leave, it opens the new connection before the old one is drained', () => opensBeforeItLeaves(stage));
    test('a wrong secret entered while connected: the old connection goes on', () => keepsTheOldWithWrongSecret(stage));
    test('what is wrong is said in words', () => saysWhatIsWrong(stage));
    test('an event whose commit fails is put off, comes again and is stored once', () => putsOff(stage, name));
    test('a server that dies before an event is committed gets it again', () => diesBeforeTheCommit(stage));
  });
}

describe('Stream mode as time goes by', () => {
  let stage;
  before(async () => { stage = await Stage.open({ subscribed: false, virtual: true, seed: { ...company, apps: [...company.apps, foreign] } }); });
  after(async () => { await stage?.close(); });

  test('a gateway that was silent for ten minutes is left for a new connection', () => leavesTheSilent(stage));
  test('an event of another organisation is refused and counted', () => refusesOthers(stage));
});

if (databases[1]) {
  describe('Stream mode with two servers on one PostgreSQL', () => {
    let stage;
    before(async () => {
      stage = await Stage.open({ postgresql: databases[1][1], subscribed: false });
      stage.other = await stage.second();
      await streams(stage);
      await until('both are connected', async () => (await app(stage)).stream.connections === 2);
    });
    after(async () => { await stage?.other?.kill(); await stage?.close(); });

    test('each event is stored and handled once, whichever server it came to', () => shares(stage));
    test('one is killed in the middle: its events come through the other', () => takesOver(stage));
  });
}
