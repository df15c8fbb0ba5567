// Figures for an overview, held against what was done: by day, by what waits, by how long decisions took, by client. The real
// server on SQLite, and on PostgreSQL when HOLDFAST_TEST_POSTGRESQL names one.
import assert from 'node:assert/strict';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { databases } from './audit.mjs';
import { account } from './accounts.mjs';
import { unclocked } from './clock.mjs';
import { uuid } from './fake-server.mjs';
import { Stage, build, call } from './stage.mjs';

const skip = unclocked(path.join(build, 'holdfast-server'));
const HOUR = 3600000;
const DAY = 24 * HOUR;

for (const [name, url] of databases) {
  describe(`statistics on ${name}`, { skip, concurrency: 1 }, () => {
    let stage;
    let workflow;
    const statistics = (query = '') => stage.ask('GET', `statistics?${query}`);
    const days = (s) => s.days.map(({ from_ms: _, ...figures }) => Object.fromEntries(Object.entries(figures).filter(([, n]) => n !== 0)));
    before(async () => {
      stage = await Stage.open({ virtual: true, postgresql: url, subscribed: false });
      const approver = await account(stage, '陈安', 'security-admin');
      workflow = await stage.ask('POST', 'workflows', { name: '内置', type: 'builtin',
        approval: { levels: [{ approvers: [approver.id], mode: 'any' }] } });
      const { version: _, ...policy } = await stage.ask('GET', 'policy');
      await stage.ask('PUT', 'policy', { ...policy, filing: { allowed: true, workflow: workflow.id } });
    });
    after(async () => { await stage?.close(); });
    // Of a later day in UTC.
    const noon = (n = 1) => stage.clock.forward((Math.floor(stage.now() / DAY) + n) * DAY + 12 * HOUR - stage.now());

    test('nothing has happened yet', async () => {
      const s = await statistics('days=3');
      assert.deepEqual(days(s), [{}, {}, {}]);
      assert.deepEqual(s.waiting, { count: 0, oldest_ms: null, hours_1: 0, hours_8: 0, hours_24: 0, hours_72: 0, older: 0 });
      assert.deepEqual(s.decided, { count: 0, median_ms: null, p90_ms: null });
      assert.deepEqual([s.versions, s.other], [[], 0]);
      assert.deepEqual([(await statistics()).days.length, (await statistics('days=90')).days.length], [30, 90]);
      for (const bad of ['days=0', 'days=91', 'days=x', 'utc_offset=841', 'utc_offset=-841', 'when=now'])
        assert.equal((await stage.admin('GET', `statistics?${bad}`)).status, 400, bad);
    });

    test('what happened is on its day, what waits in its place', async () => {
      noon();
      const first = Math.floor(stage.now() / DAY) * DAY;
      const devices = [];
      for (let i = 0; i < 6; i += 1) devices.push(await stage.device(`laptop-${i}`, i % 2 ? 'wangfang' : 'lihua'));
      const filed = [];
      for (const device of devices) filed.push(await (await device.renew()).file());
      // After one hour, two and three: approved, rejected, approved. The fourth is taken back.
      const end = async (i, what) => {
        stage.clock.forward(HOUR);
        await stage.ask('POST', `instances/${filed[i].id}/${what}`, { comment: 'x' });
      };
      await end(0, 'approve');
      await end(1, 'reject');
      await end(2, 'approve');
      await (await devices[3].renew()).agent('POST', `requests/${filed[3].id}/withdraw`, {});
      const s = await statistics('days=2');
      assert.deepEqual(s.decided, { count: 3, median_ms: s.decided.median_ms, p90_ms: s.decided.p90_ms });
      assert.equal(Math.round(s.decided.median_ms / HOUR), 2);
      assert.equal(Math.round(s.decided.p90_ms / HOUR), 3);
      assert.deepEqual(s.days.map((d) => d.from_ms), [first - DAY, first]);
      assert.equal(s.since_ms, first - DAY);
      const [before, today] = days(s);
      assert.deepEqual(before, {});
      assert.deepEqual(today, { filed: 6, approved: 2, rejected: 1, revoked: 1 });
      assert.deepEqual(s.versions, [{ version: '0.1.0', count: 6 }]);
      assert.deepEqual([s.waiting.count, s.waiting.hours_1, s.waiting.hours_8, s.waiting.older], [2, 0, 2, 0]);
      // Another reader's day: 15:00 UTC is tomorrow in a zone ten hours ahead, noon was not.
      const ahead = await statistics('days=2&utc_offset=600');
      assert.deepEqual(days(ahead), [{ filed: 6, approved: 1 }, { approved: 1, rejected: 1, revoked: 1 }]);
      assert.equal(ahead.days[1].from_ms, first + DAY - 10 * HOUR);
      // Two days later they have waited longer, and are on an earlier day.
      noon(2);
      const later = await statistics('days=3');
      assert.deepEqual(days(later), [{ filed: 6, approved: 2, rejected: 1, revoked: 1 }, {}, {}]);
      assert.deepEqual([later.waiting.count, later.waiting.hours_72, later.waiting.hours_8], [2, 2, 0]);
      assert.equal(later.decided.count, 3);
      assert.deepEqual([(await statistics('days=2')).decided.count, (await statistics('days=2')).waiting.count], [0, 2]);
    });

    test('what devices report is counted, and a release is not', async () => {
      noon();
      const device = await stage.device('laptop-reports', 'lihua');
      const tell = async (kind, more = {}) => {
        const answer = await device.agent('POST', 'receipts', { receipts: [{ id: uuid(), kind, package: 'holdfast-client',
          at_ms: Math.round(stage.now()), boot: 'b', text: '', ...more }] });
        assert.ok(answer.status < 300, answer.text);
      };
      await tell('attempt');
      await tell('attempt');
      const other = await stage.device('laptop-released', 'wangfang');
      await stage.ask('POST', 'releases', { device: other.id, reason: 'leaver', days: 1 });
      const [today] = days(await statistics('days=1'));
      assert.deepEqual(today, { attempts: 2 });
      stage.sql(`INSERT INTO removals (id, device, device_name, owner, owner_name, package, at_ms, learnt_ms, ground, state, policy_version, coverage, decided_by, channel)
        SELECT 'x' || g.ground, d.id, d.name, d.owner, '', 'p', ${Math.round(stage.now())}, 1, g.ground, g.state, 1, '', '', ''
        FROM devices d, (SELECT 'without grant' AS ground, 'removed' AS state UNION SELECT 'whitelist', 'removed' UNION SELECT 'off', 'rolled-back') g WHERE d.id = '${device.id}'`);
      assert.deepEqual(days(await statistics('days=1')), [{ attempts: 2, removed: 2, without_grant: 1 }]);
    });

    test('who is limited to departments has their figures', async () => {
      const departments = (await stage.ask('GET', 'departments?limit=200')).items;
      const within = async (department) => {
        const { token } = await stage.ask('POST', 'tokens', { name: department, role: 'auditor', days: 1,
          departments: [departments.find((d) => d.name === department).id] });
        const { status, json } = await call('GET', `${stage.server.url}/api/v1/statistics`, { headers: { authorization: `Bearer ${token}` } });
        assert.equal(status, 200);
        return { ...json, sum: Object.fromEntries(Object.keys(json.days[0]).slice(1).map((what) => [what, json.days.reduce((n, d) => n + d[what], 0)])) };
      };
      // 李华 is in one, 王芳 in the one above it, nobody who has a device in the third.
      const lihua = await within('客户端组');
      assert.deepEqual(lihua.sum, { filed: 3, approved: 2, rejected: 0, revoked: 0, expired: 0, attempts: 2, removed: 2, without_grant: 1 });
      assert.deepEqual([lihua.waiting.count, lihua.decided.count, lihua.versions], [1, 2, [{ version: '0.1.0', count: 4 }]]);
      const both = await within('研发部');
      assert.deepEqual(both.sum, { filed: 6, approved: 2, rejected: 1, revoked: 1, expired: 0, attempts: 2, removed: 2, without_grant: 1 });
      assert.deepEqual([both.waiting.count, both.versions[0].count], [2, 8]);
      const nobody = await within('财务部');
      assert.ok(Object.values(nobody.sum).every((n) => n === 0));
      assert.deepEqual([nobody.waiting.count, nobody.decided.count, nobody.versions, nobody.other], [0, 0, [], 0]);
    });

    test('twenty versions are named, the others counted together', async () => {
      const left = Number(stage.sql("SELECT COUNT(*) FROM devices WHERE state = 'active'"));
      for (let i = 0; i < 22; i += 1) await stage.device(`laptop-v${i}`).then((d) => stage.sql(`UPDATE devices SET client_version = '9.${String(i).padStart(2, '0')}' WHERE id = '${d.id}'`));
      const { versions, other } = await statistics();
      assert.deepEqual(versions[0], { version: '0.1.0', count: left });
      assert.deepEqual([versions.length, versions.at(-1), other], [20, { version: '9.18', count: 1 }, 3]);
    });

    test('DingTalk\'s check of the Request URL is seen on the app, once it has come', async () => {
      const app = () => stage.ask('GET', `dingtalk-apps/${stage.app.id}`);
      assert.deepEqual([(await app()).checked_ms, (await app()).event_lag_ms], [null, null]);
      const begun = stage.now();
      await stage.subscribe();
      assert.ok((await app()).checked_ms >= Math.floor(begun));
      assert.equal((await stage.ask('GET', 'dingtalk-apps')).items[0].checked_ms, (await app()).checked_ms);
    });
  });
}
