// The audit record: every change, chained and signed, exported and verified without the server; the report of removals.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import crypto from 'node:crypto';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { databases, exported, good, language, tool, verify } from './audit.mjs';
import { build, call, Stage, until } from './stage.mjs';

function uuid() {
  const b = crypto.randomBytes(16);
  b.writeUIntBE(Date.now(), 0, 6);
  b[6] = 0x70 | (b[6] & 0x0f);
  b[8] = 0x80 | (b[8] & 0x3f);
  return b.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

for (const [database, postgresql] of databases) describe(`on ${database}`, () => {
  let stage;
  before(async () => { stage = await Stage.open({ subscribed: false, postgresql }); });
  after(() => stage?.close());

  describe('the record', () => {
    test('says who, from where, about what, and before and after', async () => {
      const { version, ...before } = await stage.ask('GET', 'policy');
      const policy = await stage.ask('PUT', 'policy', { ...before, contact: 'call 4711' });
      assert.equal(policy.version, version + 1);
      const [event] = (await stage.ask('GET', 'audit?kind=policy-changed&limit=1')).items;
      assert.equal(event.actor, 'console');
      assert.equal(event.actor_kind, 'token');
      assert.equal(event.object, 'policy');
      assert.equal(event.object_id, String(policy.version));
      assert.equal(event.record.actor.address, '127.0.0.1');
      assert.match(event.record.actor.request, /^[0-9a-f-]{36}$/);
      assert.deepEqual(event.record.detail.contact, { before: before.contact, after: 'call 4711' });
    });

    test('is filtered by kind, actor, object and time, and pages', async () => {
      const all = (await stage.ask('GET', 'audit?limit=200')).items;
      const one = all.find((e) => e.kind === 'user-group-created' || e.kind === 'group-created');
      const ids = async (query) => (await stage.ask('GET', `audit?${query}&limit=200`)).items.map((e) => e.id);
      assert.deepEqual(await ids(`object=${one.object_id}`), all.filter((e) => e.object_id === one.object_id).map((e) => e.id));
      assert.deepEqual(await ids(`actor=${one.actor_id}`), all.filter((e) => e.actor_id === one.actor_id).map((e) => e.id));
      assert.deepEqual(await ids(`kind=${one.kind}`), [one.id]);
      const times = await ids(`from=${one.at_ms}&to=${one.at_ms + 1}`);
      assert.ok(times.includes(one.id));
      let cursor = '', seen = [];
      do {
        const page = await stage.ask('GET', `audit?limit=3${cursor ? `&cursor=${cursor}` : ''}`);
        seen = seen.concat(page.items.map((e) => e.id));
        cursor = page.next;
      } while (cursor);
      assert.deepEqual(seen.slice(-all.length), all.map((e) => e.id));
    });

    test('is an administrator\'s and an auditor\'s to read', async () => {
      const token = execFileSync(path.join(build, 'holdfast-server'), ['token', 'create', '--role', 'approver', ...stage.options]).toString().trim();
      for (const where of ['audit', 'audit/export', 'audit/sinks', 'removals', 'removals/export'])
        assert.equal((await call('GET', `${stage.server.url}/api/v1/${where}`, { headers: { authorization: `Bearer ${token}` } })).status, 403, where);
    });
  });

  describe('the proof', () => {
    test('an export verifies, over the API and out of the data folder, with the root key and without', async () => {
      for (let i = 0; i < 30; i++) await language(stage, i % 2 ? 'zh' : 'en');
      const text = await exported(stage);
      const { root } = JSON.parse(text.split('\n', 1)[0]);
      good(verify(text));
      assert.match(good(verify(text, '--root', root)), /records {7}\d+ of 1 servers/);
      const other = verify(text, '--root', crypto.randomBytes(32).toString('base64url'));
      assert.notEqual(other.status, 0);
      const run = tool('audit', 'export', ...stage.options);
      assert.equal(run.status, 0, run.stderr);
      good(verify(run.stdout));
      const day = new Date(Date.now() + 86400000).toISOString().slice(0, 10);
      const month = tool('audit', 'export', '--from', '2020-01-01', '--to', day, ...stage.options);
      assert.equal(month.stdout.match(/^\{"hash"/gm).length, run.stdout.match(/^\{"hash"/gm).length);
      assert.match(tool('audit', 'export', '--from', '2020-1-1', ...stage.options).stderr, /--from must be a day/);
    });

    test('a part of the time verifies by itself', async () => {
      await exported(stage);
      const from = Date.now() + 1;
      const text = await exported(stage, `from=${from + 120000}&to=${from + 240000}`);
      good(verify(text));
    });

    test('every record is in it once, in its chain\'s order', async () => {
      const records = (await exported(stage)).split('\n').filter((l) => l.startsWith('{"hash"')).map((l) => JSON.parse(l));
      assert.deepEqual(records.map((r) => r.record.sequence), records.map((_, i) => i + 1));
      assert.equal(records.length, Number(stage.sql('SELECT COUNT(*) FROM events')));
    });

    test('a record that somebody changed in the database is named', async () => {
      const [id, sequence] = stage.sql("SELECT id, sequence FROM events WHERE kind = 'settings-changed' ORDER BY id LIMIT 1").split('|');
      const before = stage.sql(`SELECT record FROM events WHERE id = '${id}'`);
      stage.sql(`UPDATE events SET record = REPLACE(record, 'language', 'Language') WHERE id = '${id}'`);
      const run = verify(await exported(stage));
      assert.notEqual(run.status, 0);
      assert.match(run.stdout, new RegExp(`record ${sequence} of `));
      stage.sql(`UPDATE events SET record = '${before.replaceAll("'", "''")}' WHERE id = '${id}'`);
      good(verify(await exported(stage)));
    });

    test('who saw the end of an export finds the record cut back behind it', async () => {
      await language(stage, 'en');
      const before = good(verify(await exported(stage)));
      const [, number, seen] = /up to number (\d+), (\S{43})/.exec(before);
      await language(stage, 'zh');
      good(verify(await exported(stage), '--seen', seen));
      // The newest checkpoints, the records since and the ends of the chains: what is left fits itself.
      const rows = stage.sql('SELECT node, sequence FROM audit_heads').split('\n').map((l) => l.split('|'));
      const tables = ['events', 'audit_heads', 'audit_bound', 'audit_checkpoints'];
      for (const t of tables) stage.sql(`CREATE TABLE kept_${t} AS SELECT * FROM ${t}`);
      stage.sql(`DELETE FROM audit_bound WHERE checkpoint >= ${number}`);
      stage.sql(`DELETE FROM audit_checkpoints WHERE number >= ${number}`);
      for (const [node] of rows) {
        stage.sql(`DELETE FROM events WHERE node = '${node}' AND sequence > (SELECT MAX(sequence) FROM audit_bound WHERE node = '${node}')`);
        stage.sql(`UPDATE audit_heads SET sequence = (SELECT MAX(sequence) FROM events WHERE node = '${node}'),
          hash = (SELECT hash FROM events WHERE node = '${node}' ORDER BY sequence DESC LIMIT 1) WHERE node = '${node}'`);
      }
      const cut = await exported(stage);
      good(verify(cut));
      const run = verify(cut, '--seen', seen);
      assert.notEqual(run.status, 0);
      assert.match(run.stdout, /was seen before is not in the export/);
      for (const t of ['audit_bound', 'audit_checkpoints', 'audit_heads', 'events']) stage.sql(`DELETE FROM ${t}`);
      for (const t of ['audit_checkpoints', 'audit_bound', 'audit_heads', 'events'])
        stage.sql(`INSERT INTO ${t} SELECT * FROM kept_${t}`);
      for (const t of tables) stage.sql(`DROP TABLE kept_${t}`);
      good(verify(await exported(stage), '--seen', seen));
    });

    test('a command on the data folder writes into the same chain while the server runs', async () => {
      await Promise.all([...Array(5)].map(async (_, i) => {
        await language(stage, i % 2 ? 'en' : 'zh');
        execFileSync(path.join(build, 'holdfast-server'), ['token', 'create', '--role', 'auditor', '--name', `t${i}`, ...stage.options]);
      }));
      const made = (await stage.ask('GET', 'audit?kind=token-created&limit=50')).items;
      assert.ok(made.some((e) => e.text === 't4, role auditor' && /^command line, uid/.test(e.actor)));
      good(verify(await exported(stage)));
    });

    test('kill -9 leaves chains that hold', async () => {
      for (let round = 0; round < 3; round++) {
        const writes = [...Array(40)].map((_, i) => language(stage, i % 2 ? 'en' : 'zh').catch(() => {}));
        await Promise.race(writes);
        await stage.server.kill();
        await Promise.all(writes);
        await stage.serve();
        good(verify(await exported(stage)));
      }
    });

    test('a decision without its record does not happen', async () => {
      const device = await stage.device('laptop-unrecorded');
      const filed = await device.file();
      stage.sql('ALTER TABLE audit_heads RENAME TO audit_heads_hidden');
      const answer = await stage.admin('POST', `instances/${filed.id}/approve`, {});
      stage.sql('ALTER TABLE audit_heads_hidden RENAME TO audit_heads');
      assert.ok(answer.status >= 500, answer.text);
      const i = await stage.instance(filed.id);
      assert.equal(i.status, 'pending');
      assert.equal(i.grant, null);
      await stage.ask('POST', `instances/${filed.id}/approve`, {});
    });

    if (postgresql) test('two servers on one database have a chain each, and checkpoints bind both', async () => {
      const second = await stage.second();
      const put = (url, word) => call('PUT', `${url}/api/v1/settings`, { body: { language: word }, headers: { authorization: `Bearer ${stage.token}` } });
      await Promise.all([...Array(40)].map(async (_, i) => {
        const answer = await put(i % 2 ? second.url : stage.server.url, i % 3 ? 'en' : 'zh');
        assert.equal(answer.status, 200, answer.text);
      }));
      const writes = [...Array(20)].map((_, i) => put(second.url, i % 2 ? 'en' : 'zh').catch(() => {}));
      await Promise.race(writes);
      await second.kill();
      await Promise.all(writes);
      assert.match(good(verify(await exported(stage))), /records {7}\d+ of 2 servers/);
    });
  });

  describe('the report of removals', () => {
    const receipt = (kind, more = {}) => ({ id: uuid(), kind, package: 'holdfast-client', at_ms: Date.now(), boot: 'b', ...more });
    const tell = async (device, ...receipts) => {
      const answer = await device.agent('POST', 'receipts', { receipts });
      assert.equal(answer.status, 200, answer.text);
    };

    test('says on what ground and by whose decision', async () => {
      const device = await stage.device('laptop-report');
      const filed = await device.file();
      await stage.ask('POST', `instances/${filed.id}/approve`, {});
      await device.hears('the grant', (d) => d.held.length === 1);
      await tell(device, receipt('consumed', { grant: device.held[0].id }), receipt('removed'));
      await tell(device, receipt('let-through', { package: '=HYPERLINK("http://x")', text: 'out of scope' }));
      const { items } = await stage.ask('GET', `removals?device=${device.id}`);
      const policy = await stage.ask('GET', 'policy');
      assert.equal(items.length, 2);
      const mine = items.find((i) => i.package === 'holdfast-client');
      assert.equal(mine.ground, 'grant');
      assert.equal(mine.state, 'removed');
      assert.equal(mine.decided_by, 'console');
      assert.equal(mine.owner_name, '李华');
      assert.equal(mine.policy_version, policy.version);
      assert.equal(mine.coverage, 'everyone');
      assert.equal(mine.instance, filed.id);
      const [event] = (await stage.ask('GET', `audit?kind=grant-consumed&device=${device.id}`)).items;
      assert.equal(event.record.detail.ground, 'grant');
      assert.equal(event.record.detail.decided_by, 'console');
      const csv = (await stage.admin('GET', `removals/export?device=${device.id}`)).text;
      assert.match(csv, /^\uFEFF?"id","removed","learnt","ground"/);
      assert.match(csv, /"'=HYPERLINK\(""http:\/\/x""\)"/);
      const lines = (await stage.admin('GET', `removals/export?format=jsonl&device=${device.id}&ground=grant`)).text.trim().split('\n');
      assert.deepEqual(lines.map((l) => JSON.parse(l)), [mine]);
    });

    test('a released device names who released it', async () => {
      const device = await stage.device('laptop-released');
      await stage.ask('POST', 'releases', { device: device.id, reason: 'leaver', days: 2 });
      await device.hears('the grant', (d) => d.held.length === 1);
      await tell(device, receipt('consumed', { grant: device.held[0].id }));
      const { items: [one] } = await stage.ask('GET', `removals?device=${device.id}`);
      assert.equal(one.ground, 'release');
      assert.equal(one.channel, 'release');
      assert.match(one.decided_by, /console/);
      await tell(device, receipt('restored', { grant: device.held[0].id }));
      assert.equal((await stage.ask('GET', `removals?device=${device.id}`)).items[0].state, 'rolled-back');
    });

    test('times and grounds choose, and pages go on', async () => {
      const device = await stage.device('laptop-pages');
      const grounds = ['audit mode', 'off', 'out of scope', 'whitelist', 'off'];
      for (const [i, text] of grounds.entries()) await tell(device, receipt('let-through', { package: `p${i}`, text, at_ms: 1000 + i }));
      const packages = async (query) => (await stage.ask('GET', `removals?device=${device.id}&${query}`)).items.map((i) => i.package);
      assert.deepEqual(await packages(''), ['p4', 'p3', 'p2', 'p1', 'p0']);
      assert.deepEqual(await packages('from=1001&to=1003'), ['p2', 'p1']);
      assert.deepEqual(await packages('ground=off'), ['p4', 'p1']);
      const first = await stage.ask('GET', `removals?device=${device.id}&limit=2`);
      assert.deepEqual(await packages(`limit=2&cursor=${first.next}`), ['p2', 'p1']);
    });

    test('knows what was removed by force', async () => {
      const device = await stage.device('laptop-forced');
      await tell(device, receipt('removed-without-grant'));
      const { items: [one] } = await stage.ask('GET', `removals?device=${device.id}&ground=without%20grant`);
      assert.equal(one.ground, 'without grant');
      assert.equal(one.decided_by, '');
    });
  });
});

test('a checkpoint is made within a minute of a change, and none while nothing changes', async () => {
  const stage = await Stage.open({ subscribed: false, virtual: true });
  const count = () => Number(stage.sql('SELECT COUNT(*) FROM audit_checkpoints'));
  const unbound = () => Number(stage.sql('SELECT (SELECT MAX(sequence) FROM events) - COALESCE((SELECT MAX(sequence) FROM audit_bound), 0)'));
  await language(stage, 'en');
  stage.clock.forward(61000);
  await until('a checkpoint', () => unbound() === 0);
  const before = count();
  stage.clock.forward(600000);
  await language(stage, 'zh');
  await until('the next', () => count() === before + 1);
  await language(stage, 'en');
  assert.equal(unbound(), 1, 'a minute is not over');
  await stage.server.stop();
  assert.equal(unbound(), 0, 'bound at the end');
  await stage.serve();
  await stage.close();
});
