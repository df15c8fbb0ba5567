// Decisions are found without events, within the calls that a month has. Days pass in seconds: server and dingsim follow
// one clock of the test's.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { Clock } from './clock.mjs';
import { Device, Stage, corp, sleep, until } from './stage.mjs';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const LIST = 'POST /v1.0/workflow/processes/instanceIds/query';
const CREATE = 'POST /v1.0/workflow/processInstances';
// What DingTalk does not count (docs/operations.md).
const FREE = /oauth2|contact|gettoken|topapi\/(v2\/)?(user|department)|^GET \/auth|\/topapi\/user/;

describe('reading again', () => {
  let folder, clock, stage;
  before(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'holdfast-clock-'));
    // A month that has just begun, so that its rest is known.
    clock = new Clock(path.join(folder, 'clock'), Date.UTC(2027, 2, 2, 1));
    Object.assign(process.env, clock.environment);
    stage = await Stage.open();
  });
  after(async () => {
    await stage?.close();
    delete process.env.HOLDFAST_CLOCK;
    clock?.close();
    rmSync(folder, { recursive: true });
  });

  const organisation = () => stage.ask('GET', `dingtalk-organisations/${corp}`);
  const entered = (calls) => stage.ask('PUT', `dingtalk-organisations/${corp}`, { monthly_calls: calls });
  const file = async (name) => {
    const filed = await (await stage.device(name)).file();
    await stage.submitted(filed.id);
    return filed;
  };
  const count = (what) => stage.proxy.calls.filter((c) => c.split('?')[0] === what).length;
  // How much later than in DingTalk it is decided here, in ms of the test's clock.
  const delay = async (filed, result = 'agree') => {
    await stage.decide(filed.number, result);
    const decided = clock.now();
    clock.speed(60);
    const i = await stage.until(filed.id, `${filed.number} is decided`, (x) => x.status !== 'pending', 90);
    clock.speed(1);
    return i.decision.at_ms - decided;
  };

  test('an open request shows when it is looked at next', async () => {
    const filed = await file('laptop-next');
    const i = await stage.until(filed.id, 'the first look', (x) => x.next_check_ms > clock.now() + 5 * SECOND);
    assert.ok(i.next_check_ms <= clock.now() + MINUTE + SECOND, `${i.next_check_ms - clock.now()}`);
    await delay(filed);
    assert.equal((await organisation()).readings.events, 'unknown');
  });

  test('events are dropped: the first decision is found by the schedule, the next ones fast', async () => {
    await entered(200000);
    await stage.simulate('POST', 'faults', { kind: 'eventDrop' });
    const late = await file('laptop-calm');
    const filed = await file('laptop-dropped');
    // Nobody knows yet: looked at 30 s and 1 minute after it was filed, and so on.
    assert.ok(await delay(filed) < 3 * MINUTE);
    clock.speed(60);
    const { readings } = await until('events are missed', async () => {
      const o = await organisation();
      return o.readings.events === 'silent' ? o : undefined;
    });
    clock.speed(1);
    assert.match(readings.text, /^Events have been missing since 2027-/);
    assert.equal(readings.interval_ms, 30 * SECOND);
    assert.ok((await stage.instance(filed.id)).events.some((x) => x.kind === 'unannounced'));
    // However long it has been open.
    clock.forward(20 * MINUTE);
    assert.ok(await delay(late, 'refuse') < 2 * MINUTE);
    await stage.simulate('DELETE', 'faults');
  });

  test('many open requests are looked at with one call', async () => {
    const all = [];
    for (let i = 0; i < 7; i += 1) all.push(await file(`laptop-many-${i}`));
    await stage.decide(all[3].number, 'agree');
    await stage.until(all[3].id, 'an event told', (x) => x.status === 'approved');
    clock.forward(5 * MINUTE);
    await until('one look at all', async () => {
      const due = await Promise.all(all.map((f) => stage.instance(f.id)));
      // Not before it has come to its end: while it is under way it is looked at again only after more than a minute.
      const left = (i) => i.next_check_ms - clock.now();
      return due.every((i) => i.status !== 'pending' || (left(i) > 5 * SECOND && left(i) < 31 * SECOND));
    });
    const open = new Map(await Promise.all(all.map(async (f) => [f.id, (await stage.instance(f.id)).external.id])));
    const first = stage.proxy.calls.length;
    assert.deepEqual(await stage.ask('POST', `dingtalk-apps/${stage.app.id}/sweep`, {}), { instances: 6 });
    await until('a sweep', () => stage.proxy.calls.slice(first).includes(LIST));
    await until('its end', async () => {
      const due = await Promise.all(all.map((f) => stage.instance(f.id)));
      const left = (i) => i.next_check_ms - clock.now();
      return due.every((i) => i.status !== 'pending' || (left(i) > 5 * SECOND && left(i) < 31 * SECOND));
    });
    const calls = stage.proxy.calls.slice(first);
    assert.equal(calls.filter((c) => c === LIST).length, 1);
    for (const f of all) if (f !== all[3])
      assert.ok(!calls.some((c) => c.endsWith(encodeURIComponent(open.get(f.id)))), 'none is read alone');
    assert.equal((await organisation()).readings.open, 6);
    for (const f of all) if (f !== all[3]) await stage.decide(f.number, 'refuse');
    for (const f of all) await stage.until(f.id, 'the end', (x) => x.status !== 'pending', 60);
  });

  test('pushes that DingTalk gave up on are fetched when the server is back', async () => {
    const filed = await file('laptop-down');
    await stage.server.stop();
    await stage.decide(filed.number, 'agree');
    clock.speed(60);
    await until('DingTalk gives up', async () =>
      (await stage.simulate('GET', 'pushes')).items.some((p) => p.state === 'failed'));
    clock.speed(1);
    await stage.serve();
    await stage.until(filed.id, 'the decision', (i) => i.status === 'approved');
    await until('the list is fetched', async () =>
      (await stage.simulate('GET', 'pushes')).items.every((p) => p.state !== 'failed'));
    const { items } = await stage.simulate('GET', 'pushes');
    assert.ok(items.some((p) => p.state === 'collected'));
    const answer = await stage.admin('GET', '../../metrics');
    assert.match(answer.text, /holdfast_dingtalk_month_limit\{corp="ding[a-z0-9]+"\} 200000/);
  });

  test('the figure of a month is never exceeded, and filings have the last of it', async () => {
    const made = () => stage.proxy.calls.filter((c) => !FREE.test(c)).length;
    // A call that is counted and on its way is not one of the thirty.
    const used = await until('no call is on its way', async () => {
      const [before, { used: now }] = [made(), await organisation()];
      await sleep(300);
      return made() === before && (await organisation()).used === now && now;
    });
    const figure = used + 30;
    await stage.simulate('POST', 'faults', { kind: 'eventDrop' });
    await entered(figure);
    const counted = made();
    const filed = [];
    for (let i = 0; i < 3; i += 1) filed.push(await file(`laptop-budget-${i}`));
    // A day: everything that may be spent on looking is.
    clock.speed(1800);
    await until('looking is over', async () => /used up/.test((await organisation()).readings.text), 60);
    clock.speed(1);
    const spent = () => made() - counted;
    const { left } = await organisation();
    assert.ok(left > 0, `${left} are left`);
    const before = count(CREATE);
    await file('laptop-last');
    assert.equal(count(CREATE), before + 1);
    // Until nothing is left at all.
    const devices = [];
    for (let i = 0; (await organisation()).left > 0; i += 1) {
      assert.ok(i < 40);
      const device = await new Device(stage, `laptop-end-${i}`).enrol('lihua');
      const last = await device.file();
      devices.push(last);
      await until('it is sent or refused', async () => {
        const { delivery } = await stage.instance(last.id);
        return delivery.state === 'submitted' || delivery.error;
      });
    }
    const over = await (await stage.device('laptop-too-late')).file();
    const refused = await stage.until(over.id, 'the refusal', (i) => i.delivery.error);
    assert.match(refused.delivery.error, /used up/);
    assert.ok(spent() <= 30, `${spent()} calls of 30`);
    assert.equal((await organisation()).used, figure);
    // A higher figure sends what waited.
    await entered(figure + 100);
    await stage.simulate('DELETE', 'faults');
    await stage.submitted(over.id);
  });

  test('what was entered is checked', async () => {
    assert.equal((await stage.admin('GET', 'dingtalk-organisations/dingnobody')).status, 404);
    assert.equal((await stage.admin('PUT', 'dingtalk-organisations/dingnobody', { monthly_calls: 1 })).status, 404);
    assert.equal((await stage.admin('PUT', `dingtalk-organisations/${corp}`, { monthly_calls: -1 })).status, 400);
    const o = await stage.ask('PUT', `dingtalk-organisations/${corp}`, { monthly_calls: null });
    assert.deepEqual([o.monthly_calls, o.entered, o.month], [5000, false, '2027-03']);
    assert.deepEqual((await stage.ask('GET', 'dingtalk-organisations')).items.map((x) => x.corp_id), [corp]);
  });
});
