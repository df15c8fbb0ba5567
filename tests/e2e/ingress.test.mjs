// How events come in from DingTalk: each once, whichever way, and none is lost while keys are exchanged or a
// connection breaks. On SQLite, and on PostgreSQL when HOLDFAST_TEST_POSTGRESQL names one.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { Clock } from './clock.mjs';
import { Stage, call, keys, opened, push, until } from './stage.mjs';

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
  for (let i = 0; i < 2; i += 1) assert.equal((await send(stage, event, { token: 'reset' })).status, 403);
  assert.equal((await app(stage)).alert, null);
  assert.equal((await send(stage, event, { aes: 'Z'.repeat(43) })).status, 403);
  const { alert } = await app(stage);
  assert.equal(alert.code, 'keys-reset');
  assert.equal(alert.text, 'aes_key or token was probably reset in DingTalk');
  assert.equal(alert.steps.length, 3);
  const kinds = async () => (await stage.ask('GET', 'events?limit=50')).items.map((x) => x.kind);
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

const metrics = async (stage) => {
  const answer = await call('GET', `${stage.server.url}/metrics`, { headers: { authorization: `Bearer ${stage.token}` } });
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
