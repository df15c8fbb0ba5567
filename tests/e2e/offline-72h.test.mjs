// Three days without the server, in seconds: what happened meanwhile is told once and in order when it is back, whoever died
// in between. The real server, the real keeper and agent, one clock that the test moves; what the guard would write is written here.
import assert from 'node:assert/strict';
import { appendFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { unclocked } from './clock.mjs';
import { Machine, isRoot } from './machine.mjs';
import { Device, Stage, build, until } from './stage.mjs';

const HOUR = 3600000;
const skip = !isRoot ? 'needs root' : unclocked(join(build, 'holdfast-keeper'));

test('72 hours offline with refusals, a filing, a used and restored grant, restarts and kills: all is told once, in order', { skip }, async (t) => {
  const stage = await Stage.open({ virtual: true });
  const machine = new Machine(stage.server.url);
  t.after(async () => {
    await machine.remove();
    await stage.close();
    assert.doesNotMatch(machine.log, /Sanitizer|runtime error/);
  });
  const start = () => machine.start(stage.clock.environment);
  await start();
  const login = await machine.holdfast(['login', '--no-wait']);
  await new Device(stage, 'browser').consent(/http:\S+user_code=\S+/.exec(login.out)[0], 'lihua');
  await until('the session', async () => (await machine.status()).online);
  const { device } = await machine.status();
  await stage.ask('POST', 'releases', { device, reason: '旧机回收', days: 7 });
  const grant = await until('the grant', async () => (await machine.status()).grant?.id);

  await stage.server.stop();
  await until('offline', async () => !(await machine.status()).online);
  const began = stage.now();
  const happened = [];
  let hour = 0;
  const at = (h) => {
    stage.clock.set(Math.floor(began + h * HOUR), 1);
    hour = h;
  };
  const attempt = async (name) => {
    assert.equal((await machine.ask({ cmd: 'attempt', package: 'holdfast-client', tampered: false, action: name })).ok, true);
    happened.push({ kind: 'removal-refused', name, hour });
  };
  const guard = (word, kind) => {
    appendFileSync(machine.state('ledger'), `${word} ${grant} ${Math.floor(stage.now())} ${machine.bootId()} 0.1.0\n`);
    happened.push({ kind, hour });
  };
  const reported = (n) => until(`${n} reports`, () => machine.reports().length >= n);

  at(1);
  for (let i = 0; i < 20; i += 1) await attempt(`hour 1, ${i}`);
  at(5);
  guard('consumed', 'grant-consumed');
  await reported(21);
  guard('restored', 'removal-rolled-back');
  await reported(22);
  at(10);
  await machine.stop();
  await start();
  await attempt('hour 10');
  at(24);
  process.kill(machine.agent(), 'SIGKILL');
  await attempt('hour 24');
  // Its last words are in the ledger and nowhere else.
  machine.keeper.kill('SIGKILL');
  await machine.exit;
  at(25);
  guard('consumed', 'grant-consumed');
  guard('restored', 'removal-rolled-back');
  await start();
  await attempt('hour 25');
  at(48);
  const filed = await machine.holdfast(['uninstall', '--no-wait', '--reason', '出差在外，电脑要换']);
  assert.equal((await machine.status()).kept.reason, '出差在外，电脑要换', filed.out + filed.err);
  await machine.stop('SIGKILL');
  await start();
  at(71);
  for (let i = 0; i < 5; i += 1) await attempt(`hour 71, ${i}`);
  await machine.stop();
  writeFileSync(machine.state('reports/half.json.new'), '{"id"'); // a crash in the middle of writing
  await start();
  at(72);

  await stage.serve(stage.clock.environment);
  await until('the session', async () => (await machine.status()).online, 60);
  await until('all is told', () => machine.reports().filter((name) => name.endsWith('.json')).length === 0, 60);
  const kinds = new Set(happened.map((h) => h.kind));
  const events = (await stage.ask('GET', `audit?device=${device}&limit=200`)).items
    .filter((e) => kinds.has(e.kind)).sort((a, b) => a.sequence - b.sequence);
  assert.deepEqual(events.map((e) => [e.kind, e.text]), happened.map((h) => [h.kind, `holdfast-client${h.name ? `: ${h.name}` : ''}`]));
  // A report's id begins with when it happened.
  const hours = events.map((e) => (parseInt(e.object_id.replace('-', '').slice(0, 12), 16) - began) / HOUR);
  hours.forEach((h, i) => assert.ok(h >= happened[i].hour && h < happened[i].hour + 1, `${events[i].text} in hour ${h}`));
  assert.equal(machine.reports().filter((name) => name.endsWith('.refused')).length, 0);
  // The request is there once, and the approval is what it was used for.
  await until('the request', async () => (await machine.status()).instance?.status === 'pending');
  assert.equal((await stage.ask('GET', `instances?device=${device}&status=pending`)).items.length, 1);
  assert.equal((await machine.status()).kept, null);
});
