// The server is killed before statements of a decision. Whatever it was that the decision consists of, all of it is there
// or nothing; after the next start the same call with the same Idempotency-Key ends well.
import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { account } from './accounts.mjs';
import { Stage, build, corp, sleep } from './stage.mjs';

const postgresql = process.env.HOLDFAST_TEST_POSTGRESQL;
// Every statement takes minutes: HOLDFAST_EVERY_STATEMENT=1. Else every third, another third each time, and on PostgreSQL, where
// each death takes a moment until its connection is known to be gone, every seventh.
const every = process.env.HOLDFAST_EVERY_STATEMENT === '1';
const databases = [['SQLite', { step: every ? 1 : 3 }], ['PostgreSQL', { postgresql, step: every ? 1 : 7 }]]
  .filter(([name]) => name === 'SQLite' || postgresql);
const skip = !readFileSync(path.join(build, 'holdfast-server')).includes('HOLDFAST_FAILPOINT')
  && 'this build has no failpoints: -Dfailpoints=true';
const MOST = 200; // statements

for (const [name, { step, ...options }] of databases) describe(`killed at each statement on ${name}`, { concurrency: 1, skip }, () => {
  let stage, wang, device, filings = 0;
  before(async () => {
    stage = await Stage.open({ ...options, virtual: true });
    wang = await account(stage, '王芳', 'approver', 'wangfang');
    const workflow = await stage.ask('POST', 'workflows', { name: '内置审批', type: 'builtin',
      approval: { levels: [{ mode: 'any', approvers: [wang.id] }] } });
    stage.builtin = workflow.id;
    // Each death takes the block of calls along that its server had.
    await stage.ask('PUT', `dingtalk-organisations/${corp}`, { monthly_calls: 1000000 });
  });
  after(async () => { await stage?.close(); });

  const use = async (workflow) => {
    const { version, ...policy } = await stage.ask('GET', 'policy');
    assert.equal(typeof version, 'number');
    await stage.ask('PUT', 'policy', { ...policy, filing: { allowed: true, workflow } });
  };
  const filed = async () => {
    if (filings % 4 === 0) device = await stage.device(`laptop-${filings}`);
    else await device.renew();
    filings += 1;
    return { device, held: device.held.length, ...await device.file() };
  };
  const names = ['status', 'grants', 'recorded', 'open', 'rows'];
  const parts = (id) => {
    const count = (from, where = '1 = 1') => `(SELECT COUNT(*) FROM ${from} WHERE instance = i.id AND ${where})`;
    const found = stage.sql(`SELECT status, ${count('grants')}, ${count('events', "kind IN ('approved', 'level-approved')")},
      ${count('tasks', "state = 'open'")}, ${count('outbox', "kind <> 'create'")} FROM instances i WHERE i.id = '${id}'`).split('|');
    return Object.fromEntries(names.map((name, k) => [name, k === 0 ? found[k] : Number(found[k])]));
  };
  const dead = (server) => Promise.race([server.ended, sleep(20).then(() => undefined)]);

  // decide is one try to decide, which the server does not survive, or does: then it returns true. begun is the failpoint at
  // which the decision begins. whole says of the parts how they look when all of it is there, from how they were before.
  async function killEach({ begun, file, decide, again, whole }) {
    let killed = 0, done;
    const first = 1 + Number(process.env.HOLDFAST_SEED ?? randomInt(step)) % step;
    const about = (n) => `statement ${n} (HOLDFAST_SEED=${first - 1})`;
    for (let n = first; !done && n < MOST; n += step) {
      const request = await file();
      const was = parts(request.id);
      await stage.server.kill();
      // What is due at once may kill it before it listens.
      const lives = await stage.serve({ HOLDFAST_FAILPOINT: `${begun}+statement:${n}` })
        .then(() => true, (e) => { if (!/ended with null/.test(e.message)) throw e; return false; });
      done = lives && await decide(request, n);
      if (!done) {
        await stage.server.ended;
        killed += 1;
      } else {
        await stage.server.kill();
      }
      const now = parts(request.id);
      const all = whole(was);
      assert.deepEqual(now, now.status === 'pending' ? was : all, `killed at ${about(n)}`);
      await stage.serve();
      await again(request, n);
      const end = parts(request.id);
      assert.deepEqual([end.status, end.grants, end.recorded, end.open], ['approved', 1, all.recorded, 0], `after ${about(n)}`);
      await (await request.device.renew()).hears(`its grant after ${about(n)}`, (d) => d.held.length > request.held);
    }
    assert.ok(done, 'the decision has an end');
    assert.ok(killed >= Math.floor(10 / step), `only ${killed} statements`);
    return killed;
  }

  const approve = (who) => (request, n) => who.admin('POST', `instances/${request.id}/approve`, { comment: '可以' },
    { 'idempotency-key': `${request.id}-${n}` });
  const survives = (who) => async (request, n) => {
    try {
      const answer = await approve(who)(request, n);
      assert.equal(answer.status, 200, answer.text);
      return true;
    } catch (e) {
      if (e.name === 'AssertionError') throw e;
      return false;
    }
  };
  const repeats = (who) => async (request, n) => {
    const answer = await approve(who)(request, n);
    assert.equal(answer.status, 200, answer.text);
    assert.equal(answer.json.status, 'approved');
  };

  test('the last level of a built-in approval', async (t) => {
    await use(stage.builtin);
    const killed = await killEach({ begun: 'decision-begun', file: filed, decide: survives(wang), again: repeats(wang),
      whole: (was) => ({ status: 'approved', grants: 1, recorded: 2, open: 0, rows: was.rows + 1 }) });
    t.diagnostic(`${killed} statements`);
  });

  // The job that is at a deadline dies in it; the next server does it, once.
  async function killedAt(point, bring, ended) {
    const request = await filed();
    await stage.server.kill();
    await stage.serve({ HOLDFAST_FAILPOINT: point });
    await bring(request);
    await stage.server.ended;
    await stage.serve();
    const now = await stage.until(request.id, `${point}: goes on`, ended, 40);
    return { request, now };
  }
  const kinds = (i) => i.events.map((e) => e.kind);
  const times = (i, kind) => kinds(i).filter((k) => k === kind).length;

  test('the deadline of a level', async () => {
    const chief = await account(stage, '赵总', 'security-admin');
    const { id: workflow } = await stage.ask('POST', 'workflows', { name: '限时', type: 'builtin',
      approval: { levels: [{ mode: 'any', approvers: [wang.id] }], escalate_hours: 1, escalate_to: [chief.id] } });
    await use(workflow);
    for (const point of ['level-escalation-begun', 'level-escalation-begun+level-recorded', 'level-escalation-begun+committer-before-commit']) {
      const { request, now } = await killedAt(point, () => stage.clock.forward(3601 * 1000), (i) => times(i, 'escalated') > 0);
      assert.deepEqual([times(now, 'escalated'), now.levels[0].tasks.map((t) => t.state)], [1, ['open', 'open']], point);
      await repeats(chief)(request, 0);
    }
  });

  test('an approver leaves', async () => {
    for (const [n, point] of ['level-review-begun', 'level-review-begun+level-recorded'].entries()) {
      const leaver = await account(stage, `离职者 ${n}`, 'approver');
      const { id: workflow } = await stage.ask('POST', 'workflows', { name: `离职 ${n}`, type: 'builtin',
        approval: { levels: [{ mode: 'all', approvers: [wang.id, leaver.id] }] } });
      await use(workflow);
      const { now } = await killedAt(point, async (request) => {
        await wang.ask('POST', `instances/${request.id}/approve`, {});
        await stage.admin('PUT', `accounts/${leaver.id}`, { name: leaver.name, role: 'approver', state: 'disabled' }).catch(() => {});
      }, (i) => i.status === 'approved');
      assert.deepEqual([times(now, 'approver-skipped'), times(now, 'approved'), parts(now.id).grants], [1, 1, 1], point);
    }
  });

  test('DingTalk does not have a request in time', async () => {
    const { id: workflow, name: called, type, app, forms } = stage.workflow;
    await stage.ask('PUT', `workflows/${workflow}`, { name: called, type, app, forms,
      fallback: { after_minutes: 5, level: { mode: 'any', approvers: [wang.id] } } });
    await stage.tested();
    await use(workflow);
    device = await stage.device('laptop-fallback');
    filings = 1;
    await stage.proxy.down();
    const { request, now } = await killedAt('level-fallback-begun', () => stage.clock.forward(301 * 1000), (i) => i.levels.length > 0);
    assert.deepEqual([times(now, 'fallback'), now.levels[0].tasks.map((t) => t.state)], [1, ['open']]);
    await repeats(wang)(request, 0);
    await stage.proxy.up();
    await stage.ask('PUT', `workflows/${workflow}`, { name: called, type, app, forms });
    await stage.tested();
  });

  const submitted = async () => {
    const request = await filed();
    await stage.submitted(request.id);
    return request;
  };

  test('an administrator decides what DingTalk is asked about', async (t) => {
    await use(stage.workflow.id);
    const killed = await killEach({ begun: 'decision-begun', file: submitted, decide: survives(stage), again: repeats(stage),
      // A comment and the withdrawal are on their way to DingTalk.
      whole: (was) => ({ status: 'approved', grants: 1, recorded: 1, open: 0, rows: was.rows + 2 }) });
    t.diagnostic(`${killed} statements`);
  });

  test('what was decided in DingTalk is read back', async (t) => {
    await use(stage.workflow.id);
    const decided = (id) => stage.sql(`SELECT status FROM instances WHERE id = '${id}'`) === 'approved';
    const killed = await killEach({ begun: 'read-back-begun',
      file: async () => {
        const request = await submitted();
        await stage.server.kill();
        await stage.decide(request.number, 'agree');
        return request;
      },
      decide: async (request) => {
        for (let i = 0; i < 500; i += 1) {
          if (await dead(stage.server)) return false;
          if (decided(request.id)) return true;
          if (i % 10 === 0) stage.clock.forward(60000);
        }
        return assert.fail(`${request.number} was never read`);
      },
      again: async (request) => {
        stage.clock.forward(60000);
        await stage.until(request.id, 'read back', (i) => i.status === 'approved', 40);
      },
      whole: () => ({ status: 'approved', grants: 1, recorded: 1, open: 0, rows: 0 }) });
    t.diagnostic(`${killed} statements`);
  });
});
