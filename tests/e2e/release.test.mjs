// Devices that are let go without a filing, and grants that are taken back: the real server on SQLite, and on PostgreSQL
// when HOLDFAST_TEST_POSTGRESQL names one.
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { account } from './accounts.mjs';
import { unclocked } from './clock.mjs';
import { Stage, build, call, until } from './stage.mjs';

const postgresql = process.env.HOLDFAST_TEST_POSTGRESQL;
const databases = [['SQLite', undefined], ...(postgresql ? [['PostgreSQL', postgresql]] : [])];
const DAY = 24 * 3600000;
const skip = unclocked(path.join(build, 'holdfast-server'));

const id = () => {
  const hex = crypto.randomBytes(16).toString('hex');
  return `01900000-${hex.slice(0, 4)}-7${hex.slice(4, 7)}-8${hex.slice(7, 10)}-${hex.slice(10, 22)}`;
};

// How the record names him.
const called = (who) => `${who.name} (token ${who.name})`;

// Computers that never ask: rows alone, of 李华. Their names are name-0, name-1, …
function computers(stage, name, count) {
  const owner = stage.sql("SELECT id FROM people WHERE name = '李华'");
  const key = () => { const hex = crypto.randomBytes(32).toString('hex'); return stage.postgresql ? `'\\x${hex}'` : `x'${hex}'`; };
  for (let from = 0; from < count; from += 400) {
    const rows = Array.from({ length: Math.min(400, count - from) }, (_, i) => `('${id()}', '${name}-${from + i}', 'Debian 12', '', '0.1.0',
      '${owner}', 'active', ${key()}, 0, ${Math.floor(stage.now() - 40 * DAY)})`);
    stage.sql(`INSERT INTO devices (id, name, os, macs, client_version, owner, state, key, enrolled_ms, last_seen_ms) VALUES ${rows.join(',')}`);
  }
}

const progress = (release) => Object.fromEntries(Object.entries(release.progress).filter(([, n]) => n > 0));
const reached = (who, release, state, seconds = 30) => until(`the release is ${state}`, async () => {
  const now = await who.ask('GET', `releases/${release.id}`);
  return now.state === state ? now : undefined;
}, seconds);
const receipt = (device, kind, grant) => device.agent('POST', 'receipts', { receipts: [{
  id: id(), kind, grant, package: 'holdfast-client', at_ms: Date.now(), boot: 'b', text: '' }] });
// What the device says it has entered in its ledger.
const entered = (device, revoked) => device.agent('POST', 'sync', {
  counter: 0, view: '', held: [], revoked, client_version: '0.1.0', wait_ms: 0 });

for (const [name, url] of databases) {
  describe(`releases on ${name}`, { skip, concurrency: 1 }, () => {
    let stage;
    let chen;
    let sun;
    before(async () => {
      stage = await Stage.open({ virtual: true, postgresql: url });
      chen = await account(stage, '陈安', 'security-admin');
      sun = await account(stage, '孙立', 'security-admin');
    });
    after(async () => { await stage?.close(); });

    test('one device is let go: it hears so, uses its grant, and the list shows it beside the requests', async () => {
      const device = await stage.device('laptop-leaver');
      const order = { device: device.id, reason: ' 李华离职 ', days: 3 };
      const preview = await chen.ask('POST', 'releases/preview', order);
      assert.deepEqual([preview.total, preview.second_person, preview.threshold, preview.devices[0].name, preview.devices[0].why],
        [1, false, 20, 'laptop-leaver', null]);
      const made = await chen.admin('POST', 'releases', order, { 'Idempotency-Key': 'once' });
      assert.equal(made.status, 201, made.text);
      assert.equal(made.headers.get('location'), `/api/v1/releases/${made.json.id}`);
      assert.equal((await chen.admin('POST', 'releases', order, { 'Idempotency-Key': 'once' })).json.id, made.json.id);
      assert.deepEqual([made.json.reason, made.json.created_by, made.json.confirm_until_ms, made.json.selection], ['李华离职', called(chen), null, { by: 'device' }]);
      const grant = await device.hears('the grant', (d) => d.held[0]);
      assert.equal(grant.exp - grant.iat, 3 * DAY);
      assert.equal(device.view.instance.status, 'approved');
      assert.equal(device.view.instance.decision.who, called(chen));
      await reached(chen, made.json, 'issued');
      await until('the device has told', async () => (await device.sync(), progress(await chen.ask('GET', `releases/${made.json.id}`)).fetched === 1));
      assert.equal((await receipt(device, 'consumed', grant.id)).status, 200);
      assert.equal((await receipt(device, 'removed', grant.id)).status, 200);
      const done = await chen.ask('GET', `releases/${made.json.id}`);
      assert.deepEqual(progress(done), { used: 1 });
      const [removal] = (await stage.ask('GET', `removals?device=${device.id}`)).items;
      assert.deepEqual([removal.ground, removal.decided_by, removal.grant], ['release', called(chen), grant.id]);
      const [one] = (await chen.ask('GET', `releases/${made.json.id}/devices`)).items;
      assert.deepEqual([one.id, one.progress, one.owner.name, one.instance.number], [device.id, 'used', '李华', grant.number]);
      const instance = await stage.instance(one.instance.id);
      assert.deepEqual([instance.status, instance.effect, instance.release, instance.workflow, instance.decision.channel, instance.delivery.state],
        ['approved', 'used', made.json.id, null, 'release', 'none']);
      assert.ok((await stage.ask('GET', 'instances?channel=release')).items.some((i) => i.id === instance.id));
      assert.deepEqual(instance.events.map((e) => e.kind).filter((k) => !/delivered|consumed/.test(k)), ['released', 'approved', 'grant-issued', 'grant-used']);
      assert.equal(instance.events[0].actor, called(chen));
    });

    test('a request that waits is approved by the release, and DingTalk is closed', async () => {
      const device = await stage.device('laptop-waiting');
      const filed = await device.file('急着归还');
      await stage.submitted(filed.id);
      const release = await chen.ask('POST', 'releases', { device: device.id, reason: '钉钉无人审批', days: 1 });
      await reached(chen, release, 'issued');
      const grant = await device.hears('the grant', (d) => d.held[0]);
      assert.equal(grant.instance, filed.id);
      stage.clock.forward(20000);
      const known = await stage.until(filed.id, 'closed in DingTalk', (i) => i.delivery.state === 'closed');
      assert.deepEqual([known.decision.channel, known.decision.comment, known.reason], ['release', '钉钉无人审批', '急着归还']);
      assert.equal((await stage.inDingTalk(filed.number))[0].status, 'TERMINATED');
    });

    test('many devices wait for a second account: not the same one, not a token of nobody, not too late', async () => {
      computers(stage, 'kiosk', 25);
      const order = { filter: { name: 'KIOSK', state: 'long-offline' }, reason: '旧机回收', days: 30 };
      const preview = await chen.ask('POST', 'releases/preview', order);
      assert.deepEqual([preview.total, preview.second_person], [25, true]);
      const release = await chen.ask('POST', 'releases', order);
      assert.equal(release.state, 'unconfirmed');
      assert.deepEqual(release.selection, { by: 'filter', filter: { name: 'KIOSK', state: 'long-offline' } });
      // Enrolled later: not among the devices that are confirmed.
      computers(stage, 'kiosk-later', 2);
      for (const [who, status] of [[chen, 403], [stage, 403]])
        assert.equal((await who.admin('POST', `releases/${release.id}/confirm`)).status, status);
      const confirmed = await sun.ask('POST', `releases/${release.id}/confirm`);
      assert.equal(confirmed.confirmed.by, called(sun));
      assert.equal((await sun.admin('POST', `releases/${release.id}/confirm`)).status, 409);
      const issued = await reached(chen, release, 'issued');
      assert.deepEqual([issued.total, progress(issued)], [25, { waiting: 25 }]);
      assert.equal((await chen.ask('GET', `releases/${release.id}/devices?progress=waiting&limit=10`)).items.length, 10);
      assert.deepEqual((await chen.ask('GET', `releases/${release.id}/devices?progress=failed`)).items, []);
      const [one] = (await chen.ask('GET', `releases/${release.id}/devices?limit=1`)).items;
      const sheet = (await chen.admin('GET', `instances/${one.instance.id}/evidence?lang=en`)).text;
      assert.ok(sheet.includes(`<dt>Confirmed by</dt><dd class="">${called(sun)}</dd>`), 'the evidence names both');

      const late = await chen.ask('POST', 'releases', order);
      stage.clock.forward(3 * DAY + 1000);
      const expired = await reached(chen, late, 'expired', 90);
      assert.deepEqual(progress(expired), { cancelled: 27 });
      assert.equal((await sun.admin('POST', `releases/${late.id}/confirm`)).status, 409);
      assert.equal((await chen.admin('POST', `releases/${late.id}/stop`, { reason: 'x' })).status, 409);
      assert.deepEqual((await chen.ask('GET', 'releases?state=expired')).items.map((r) => r.id), [late.id]);
      assert.deepEqual((await chen.ask('GET', `releases?creator=${sun.id}`)).items, []);
    });

    test('only an owner changes from how many on', async () => {
      assert.equal((await chen.admin('PUT', 'settings', { release_threshold: 100 })).status, 403);
      assert.equal((await chen.admin('PUT', 'settings', { language: 'zh' })).status, 200);
      assert.equal((await stage.admin('PUT', 'settings', { release_threshold: 0 })).json.release_threshold, 0);
      const device = await stage.device('laptop-two-eyes');
      assert.equal((await chen.ask('POST', 'releases/preview', { device: device.id, reason: 'x', days: 1 })).second_person, true);
      assert.equal((await stage.admin('PUT', 'settings', { release_threshold: 20 })).json.language, 'zh');
    });

    test('a list says of every line what became of it', async () => {
      computers(stage, 'printer', 3);
      const csv = '\ufeffname,note\r\nPRINTER-0,"a, b"\r\n\r\nprinter-1,\r\nprinter-0,again\r\nnobody,\r\n';
      const order = { csv, reason: '清退', days: 1 };
      const preview = await chen.ask('POST', 'releases/preview', order);
      assert.deepEqual(preview.devices.map((d) => d.name), ['printer-0', 'printer-1']);
      assert.deepEqual(preview.list.left_out, [{ line: 5, text: 'printer-0', why: 'repeated' }, { line: 6, text: 'nobody', why: 'unmatched' }]);
      const refused = await chen.admin('POST', 'releases', order);
      assert.equal(refused.status, 422);
      assert.match(refused.json.detail, /1 lines/);
      const release = await chen.ask('POST', 'releases', { ...order, without_left_out: true });
      assert.equal(release.total, 2);
      assert.equal(release.list.left_out.length, 2);
      for (const bad of [{}, { csv, device: id() }, { filter: {} }, { device: id() }, { csv: '"' }, { csv, days: 31 }, { csv, reason: ' ' }])
        assert.ok([400, 422].includes((await chen.admin('POST', 'releases', { reason: 'x', days: 1, ...bad })).status), JSON.stringify(bad));
      const auditor = await account(stage, '审计', 'auditor');
      assert.equal((await auditor.admin('GET', `releases/${release.id}`)).status, 200);
      assert.equal((await auditor.admin('POST', 'releases', order)).status, 403);
      assert.equal((await auditor.admin('POST', `releases/${release.id}/stop`, { reason: 'x' })).status, 403);
    });

    test('who is limited to departments lets go of their devices alone, sees his own releases and confirms none', async () => {
      await stage.device('laptop-finance', 'guqing');
      await stage.device('laptop-client-group', 'lihua');
      const limited = await account(stage, '分部', 'security-admin');
      stage.sql(`INSERT INTO account_departments (account, department) SELECT '${limited.id}', id FROM departments WHERE name = '研发部'`);
      const order = { filter: { name: 'laptop-' }, reason: '部门', days: 1 };
      const mine = await limited.ask('POST', 'releases/preview', order);
      const all = await chen.ask('POST', 'releases/preview', order);
      assert.ok(mine.devices.some((d) => d.name === 'laptop-client-group') && !mine.devices.some((d) => d.name === 'laptop-finance'));
      assert.ok(all.devices.some((d) => d.name === 'laptop-finance'));
      const { id: finance } = all.devices.find((d) => d.name === 'laptop-finance');
      assert.equal((await limited.admin('POST', 'releases', { device: finance, reason: 'x', days: 1 })).status, 422);
      const own = await limited.ask('POST', 'releases', { filter: { name: 'laptop-client-group' }, reason: '部门', days: 1 });
      const other = await chen.ask('POST', 'releases', { device: finance, reason: '财务', days: 1 });
      assert.deepEqual((await limited.ask('GET', 'releases')).items.map((r) => r.id), [own.id]);
      for (const [method, where, body] of [['GET', '', undefined], ['GET', '/devices', undefined], ['POST', '/stop', { reason: 'x' }]])
        assert.equal((await limited.admin(method, `releases/${other.id}${where}`, body)).status, 404, where);
      assert.equal((await limited.admin('POST', `releases/${other.id}/confirm`)).status, 403);
    });

    test('a stop calls the unused grants back; used ones stay used', async () => {
      const devices = [await stage.device('till-a'), await stage.device('till-b')];
      const release = await chen.ask('POST', 'releases', { filter: { name: 'till-' }, reason: '换机', days: 5 });
      for (const d of devices) await d.hears('the grant', (x) => x.held[0]);
      assert.equal((await receipt(devices[0], 'consumed', devices[0].held[0].id)).status, 200);
      const stopped = await sun.ask('POST', `releases/${release.id}/stop`, { reason: '换错了' });
      assert.deepEqual([stopped.stopped.by, stopped.stopped.reason], [called(sun), '换错了']);
      assert.deepEqual(progress(await reached(chen, release, 'stopped')), { used: 1, cancelled: 1 });
      const { revoke } = await devices[1].sync();
      assert.deepEqual(revoke, [devices[1].held[0].id]);
      assert.equal(devices[1].view.instance.revoked.why, `${called(sun)} stopped the release: 换错了`);
      const at = async () => (await chen.ask('GET', `releases/${release.id}/devices?progress=cancelled`)).items[0].confirmed;
      assert.equal(await at(), false);
      await entered(devices[1], revoke);
      assert.equal(await at(), true);
      assert.equal((await sun.ask('POST', `releases/${release.id}/stop`, { reason: 'again' })).stopped.reason, '换错了');
    });

    test('nobody lets his own computer go, and a new owner ends a release', async () => {
      const device = await stage.device('laptop-own');
      const lihua = await account(stage, '李华', 'security-admin', 'lihua');
      const own = await lihua.ask('POST', 'releases', { device: device.id, reason: '自己', days: 1 });
      assert.deepEqual(progress(await reached(chen, own, 'issued')), { failed: 1 });
      assert.match((await chen.ask('GET', `releases/${own.id}/devices`)).items[0].why, /belongs to the person who made/);
      const release = await chen.ask('POST', 'releases', { device: device.id, reason: '离职', days: 1 });
      await device.hears('the grant', (d) => d.held[0]);
      await device.enrol('wangfang', { switch: '1' });
      assert.deepEqual(progress(await chen.ask('GET', `releases/${release.id}`)), { cancelled: 1 });
    });

    test('a grant is taken back: revoking until its device has confirmed it, then revoked', async () => {
      const device = await stage.device('laptop-taken-back');
      const { id: request } = await device.file();
      assert.equal((await chen.admin('POST', `instances/${request}/revoke-grant`, { reason: 'x' })).status, 409);
      await chen.ask('POST', `instances/${request}/approve`, { comment: '好' });
      const grant = await device.hears('the grant', (d) => d.held[0]);
      assert.equal((await chen.admin('POST', `instances/${request}/revoke-grant`, { reason: ' ' })).status, 422);
      const taken = await chen.ask('POST', `instances/${request}/revoke-grant`, { reason: '批错了' });
      assert.deepEqual([taken.id, taken.state, taken.confirmed_ms, taken.revoked_why], [grant.id, 'revoking', null, `${called(chen)}: 批错了`]);
      // Nothing changes by asking again.
      assert.equal((await chen.ask('POST', `instances/${request}/revoke-grant`, { reason: 'other' })).revoked_ms, taken.revoked_ms);
      const heard = await device.sync();
      assert.deepEqual(heard.revoke, [grant.id]);
      assert.deepEqual([device.view.instance.status, device.view.instance.revoked.why], ['approved', `${called(chen)}: 批错了`]);
      assert.equal((await stage.instance(request)).grant.state, 'revoking');
      await entered(device, [grant.id]);
      const known = await stage.instance(request);
      assert.deepEqual([known.grant.state, known.effect], ['revoked', 'cancelled']);
      assert.ok(known.grant.confirmed_ms >= known.grant.revoked_ms);
      assert.deepEqual(known.events.filter((e) => e.kind !== 'submitted').slice(-2).map((e) => [e.kind, e.actor]), [['grant-cancelled', called(chen)], ['grant-revoked', 'device laptop-taken-back']]);
      // Another may be filed.
      assert.notEqual((await device.file()).id, request);
    });

    test('a device that was quicker has used its grant, and it is too late then', async () => {
      const device = await stage.device('laptop-quicker');
      const { id: request } = await device.file();
      await chen.ask('POST', `instances/${request}/approve`, {});
      const grant = await device.hears('the grant', (d) => d.held[0]);
      await chen.ask('POST', `instances/${request}/revoke-grant`, { reason: '晚了' });
      await receipt(device, 'consumed', grant.id);
      const known = await stage.instance(request);
      assert.deepEqual([known.grant.state, known.effect], ['used', 'used']);
      const late = await chen.admin('POST', `instances/${request}/revoke-grant`, { reason: 'x' });
      assert.equal(late.status, 409);
      assert.match(late.json.detail, /was used/);
      const auditor = await account(stage, '审计二', 'auditor');
      assert.equal((await auditor.admin('POST', `instances/${request}/revoke-grant`, { reason: 'x' })).status, 403);
    });

    test('a device that cannot be done holds up no other', async () => {
      computers(stage, 'broken', 60);
      const bad = stage.sql("SELECT id FROM devices WHERE name = 'broken-30'");
      stage.sql(`UPDATE devices SET key = ${stage.postgresql ? "'\\x00'" : "x'00'"} WHERE id = '${bad}'`);
      const release = await chen.ask('POST', 'releases', { filter: { name: 'broken-' }, reason: '坏了一台', days: 1 });
      if (release.state === 'unconfirmed') await sun.ask('POST', `releases/${release.id}/confirm`);
      assert.deepEqual(progress(await reached(chen, release, 'issued')), { failed: 1, waiting: 59 });
      const [one] = (await chen.ask('GET', `releases/${release.id}/devices?progress=failed`)).items;
      assert.deepEqual([one.id, one.instance], [bad, null]);
      assert.match(one.why, /key .* is damaged/);
    });

    test('kill -9 anywhere: every device gets its grant, once', async () => {
      computers(stage, 'dies', 120);
      const points = ['release-added', 'release-moved', 'release-claimed', 'release-device-begun:60', 'release-batch-ended', 'release-batch-ended:2',
        'release-claimed:1+committer-after-commit', 'grant-added:70',
        ...[2, 60, 175].map((n) => `release-claimed:1+statement:${n}`)];
      const order = { filter: { name: 'dies-' }, reason: '断电', days: 1 };
      const made = [];
      for (const point of points) {
        await stage.server.stop();
        await stage.serve({ HOLDFAST_FAILPOINT: point });
        // Whoever asks and hears nothing asks again with the same key; what was not committed is made then.
        const key = { 'Idempotency-Key': point.replace(/[^a-z0-9]/g, '-') };
        const asked = async () => {
          const release = await chen.admin('POST', 'releases', order, key).catch(() => undefined);
          if (release?.status !== 201) return undefined;
          await sun.admin('POST', `releases/${release.json.id}/confirm`).catch(() => undefined);
          return release.json;
        };
        let release = await asked();
        assert.equal((await stage.server.ended).signal, 'SIGKILL', point);
        await stage.serve();
        release = await asked();
        const issued = await reached(chen, release, 'issued');
        assert.deepEqual(progress(issued), { waiting: 120 }, point);
        made.push(release.id);
      }
      assert.equal(new Set(made).size, points.length);
      const counts = stage.sql(`SELECT COUNT(*), COUNT(DISTINCT i.device), COUNT(DISTINCT g.id) FROM instances i JOIN grants g ON g.instance = i.id
        JOIN devices d ON d.id = i.device WHERE d.name LIKE 'dies-%'`);
      assert.deepEqual(counts.split('|').map(Number), [120 * points.length, 120, 120 * points.length]);
      assert.equal(stage.sql("SELECT COUNT(*) FROM instances WHERE status = 'pending' AND release IS NOT NULL"), '0');
    });
  });
}

describe('a release whose server dies again and again', { skip, concurrency: 1 }, () => {
  // What a device shows of a grant: it is told about it, fetches it, uses it; each by what it holds.
  test('whatever is asked and whenever it dies, grants are given once and nothing comes back after a stop', async () => {
    const stage = await Stage.open({ virtual: true });
    try {
      const chen = await account(stage, '陈安', 'security-admin');
      const sun = await account(stage, '孙立', 'security-admin');
      const seed = Number(process.env.HOLDFAST_SEED ?? crypto.randomInt(2 ** 31));
      let random = seed;
      const below = (n) => { random = (Math.imul(random, 1103515245) + 12345) & 0x7fffffff; return (random >> 8) % n; };
      const what = `HOLDFAST_SEED=${seed}`;
      computers(stage, 'pool', 40);
      const releases = [];
      let deaths = 0;
      const grants = () => Number(stage.sql('SELECT COUNT(*) FROM grants'));
      const asks = {
        create: () => chen.admin('POST', 'releases', { filter: { name: `pool-${below(4)}` }, reason: '随机', days: 1 + below(30) })
          .then((answer) => { if (answer.status === 201) releases.push(answer.json.id); }),
        confirm: (id) => sun.admin('POST', `releases/${id}/confirm`),
        stop: (id) => sun.admin('POST', `releases/${id}/stop`, { reason: '停' }),
        revoke: async (id) => {
          const { items } = (await chen.admin('GET', `releases/${id}/devices?progress=waiting`)).json;
          if (items.length > 0) await chen.admin('POST', `instances/${items[below(items.length)].instance.id}/revoke-grant`, { reason: '撤' });
        },
      };
      const names = Object.keys(asks);
      // Chance may leave it without a death or without a grant for a while.
      for (let round = 0; round < 8 || (round < 64 && (deaths === 0 || grants() === 0)); round += 1) {
        await stage.server.stop();
        await stage.serve({ HOLDFAST_FAILPOINT: `release-${['claimed', 'device-begun', 'moved', 'batch-ended'][below(4)]}:${1 + below(3)}+statement:${1 + below(300)}` });
        let dead = false;
        stage.server.ended.then(() => { dead = true; });
        for (let step = 0; step < 6 && !dead; step += 1) {
          const name = step === 0 ? 'create' : names[below(names.length)];
          if (name === 'create' || releases.length > 0)
            await asks[name](releases[below(releases.length)]).catch(() => undefined);
        }
        deaths += dead;
        if (!dead) await stage.server.kill();
        stage.clock.forward(25 * 3600000);
        await stage.serve();
        // Whatever was under way comes to its end.
        await until('rest', () => stage.sql("SELECT COUNT(*) FROM releases WHERE state IN ('issuing', 'stopping')") === '0');
        const none = (text, query) => assert.equal(stage.sql(query), '0', `${text}: ${what}`);
        none('a device without an end', "SELECT COUNT(*) FROM release_devices d JOIN releases r ON r.id = d.release WHERE (d.state = 'queued') <> (r.state = 'unconfirmed')");
        none('an issued device without its grant', `SELECT COUNT(*) FROM release_devices d LEFT JOIN instances i ON i.id = d.instance LEFT JOIN grants g ON
          g.instance = i.id WHERE d.state = 'issued' AND (g.id IS NULL OR g.device <> d.device OR i.release <> d.release OR i.status <> 'approved')`);
        none('an instance of a release that no device has', "SELECT COUNT(*) FROM instances i WHERE i.release IS NOT NULL AND NOT EXISTS (SELECT 1 FROM release_devices d WHERE d.instance = i.id)");
        none('a live grant after a stop', "SELECT COUNT(*) FROM grants g JOIN release_devices d ON d.instance = g.instance JOIN releases r ON r.id = d.release WHERE r.state = 'stopped' AND g.state IN ('unused', 'delivered')");
        none('a total that is not its devices', 'SELECT COUNT(*) FROM releases r WHERE total <> (SELECT COUNT(*) FROM release_devices d WHERE d.release = r.id)');
        none('a state without its record', `SELECT COUNT(*) FROM releases r WHERE (SELECT COUNT(*) FROM events e WHERE e.object_id = r.id AND e.kind = 'release-created') <> 1
          OR (r.confirmed_ms IS NOT NULL) <> EXISTS (SELECT 1 FROM events e WHERE e.object_id = r.id AND e.kind = 'release-confirmed')
          OR (r.stopped_ms IS NOT NULL) <> EXISTS (SELECT 1 FROM events e WHERE e.object_id = r.id AND e.kind = 'release-stopped')`);
        none('a grant without its record', "SELECT COUNT(*) FROM grants g WHERE (SELECT COUNT(*) FROM events e WHERE e.instance = g.instance AND e.kind = 'grant-issued') <> 1");
      }
      assert.ok(deaths > 0 && grants() > 0, what);
    } finally {
      await stage.close();
    }
  });
});

describe('two servers', { skip: skip || !postgresql, concurrency: 1 }, () => {
  test('a release runs once, and goes on when the server that had it dies', async () => {
    const stage = await Stage.open({ virtual: true, postgresql });
    let other;
    try {
      const chen = await account(stage, '陈安', 'security-admin');
      const sun = await account(stage, '孙立', 'security-admin');
      computers(stage, 'both', 300);
      other = await stage.second();
      const once = await chen.ask('POST', 'releases', { filter: { name: 'both-' }, reason: '两台服务器', days: 1 });
      await sun.ask('POST', `releases/${once.id}/confirm`);
      assert.deepEqual(progress(await reached(chen, once, 'issued')), { waiting: 300 });
      await stage.server.stop();
      await stage.serve({ HOLDFAST_FAILPOINT: 'release-batch-ended:3' });
      const twice = await chen.ask('POST', 'releases', { filter: { name: 'both-' }, reason: '死了一台', days: 1 });
      await sun.admin('POST', `releases/${twice.id}/confirm`).catch(() => undefined);
      const at = (where) => call('GET', `${other.url}/api/v1/${where}`, { headers: { authorization: `Bearer ${stage.token}` } });
      // The other one hears of it at its next round, or when the lease is over.
      const end = await until('it is issued', async () => {
        stage.clock.forward(1000);
        const { json } = await at(`releases/${twice.id}`);
        return json.state === 'issued' ? json : undefined;
      }, 90);
      assert.deepEqual(progress(end), { waiting: 300 });
      assert.equal(stage.sql("SELECT COUNT(*) FROM instances WHERE release IS NOT NULL"), '600');
      await stage.server.kill();
      await stage.serve();
    } finally {
      await other?.stop();
      await stage.close();
    }
  });
});
