// Codes that are read out to somebody whose computer is offline: the real server, and a computer that cannot reach it.
import assert from 'node:assert/strict';
import { execFile, execFileSync } from 'node:child_process';
import crypto from 'node:crypto';
import { copyFileSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { account } from './accounts.mjs';
import { Machine, isRoot, until } from './machine.mjs';
import { Device, Proxy, Stage, build } from './stage.mjs';

const databases = [['SQLite', undefined], ['PostgreSQL', process.env.HOLDFAST_TEST_POSTGRESQL]];
const release = process.env.HOLDFAST_RELEASE ?? build;
const symbols = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

// The text of ten bytes, as docs/offline.md has it.
function codeOf(bytes) {
  const check = crypto.createHash('sha256').update('holdfast offline code 1\n').update(bytes).digest();
  const bits = [...bytes, ...check.subarray(0, 3)].map((b) => b.toString(2).padStart(8, '0')).join('');
  return bits.slice(0, 100).match(/.{5}/g).map((five) => symbols[parseInt(five, 2)]).join('').match(/.{4}/g).join('-');
}
const anotherCode = () => codeOf(crypto.randomBytes(10));

function deviceCodeOf(id) {
  const hash = crypto.createHash('sha256').update(`holdfast device code 1\n${id}`).digest();
  const bits = [...hash.subarray(0, 5)].map((b) => b.toString(2).padStart(8, '0')).join('');
  return bits.match(/.{5}/g).map((five) => symbols[parseInt(five, 2)]).join('').match(/.{4}/g).join('-');
}

for (const [name, postgresql] of databases) {
  describe(`offline codes on ${name}`, { concurrency: 1, skip: name === 'PostgreSQL' && !postgresql }, () => {
    let stage;
    let chen;
    const machines = [];

    before(async () => {
      stage = await Stage.open({ postgresql });
      chen = await account(stage, '陈安', 'security-admin');
    });
    after(async () => {
      for (const m of machines) {
        await m.remove();
        await m.way.down();
        const at = m.log.search(/Sanitizer|runtime error/);
        assert.equal(at < 0 ? '' : m.log.slice(at, at + 1500), '');
      }
      await stage?.close();
    });

    async function login(m, userid, ...options) {
      const run = m.holdfastBegin(['login', ...options]);
      const uri = await until('the address', () => /http\S+user_code=\S+/.exec(run.out)?.[0] ?? (run.err && assert.fail(run.err)));
      await new Device(stage, 'browser').consent(uri, userid);
      assert.equal(await run.end, 0, run.err);
    }

    const codes = (m) => chen.ask('GET', `devices/${m.id}/offline-codes`);
    const reveal = (m, more) => chen.admin('POST', `devices/${m.id}/offline-codes/reveal`,
      { device_code: m.shown.device_code, index: m.shown.index, ...more });
    const type = (m, code) => m.ask({ cmd: 'code', code });
    const setOf = (m) => JSON.parse(m.read('offline'));

    // With a set of codes that both sides know of.
    async function ready(m, before) {
      await until('the codes', async () => (await m.ask({ cmd: 'offline' })).ok && setOf(m).id !== before, 60);
      await until('the server knows', async () => {
        const { codes: known } = await codes(m);
        return known.length === 5 && known[0].index === setOf(m).codes[0].index && known.every((c) => c.held_ms && c.state === 'ready');
      }, 60);
      return setOf(m).id;
    }

    // A computer of 李华's; its way to the server can be cut.
    async function enrolled() {
      const way = await new Proxy(stage.server.url).up();
      const m = new Machine(way.url);
      m.way = way;
      machines.push(m);
      await m.start();
      await login(m, 'lihua');
      m.id = (await m.status()).device;
      return m;
    }

    async function machine() {
      const m = await enrolled();
      await ready(m);
      return m;
    }

    async function offline(m) {
      await m.way.down();
      await until('it notices', async () => !(await m.status()).online, 90);
      m.shown = await m.ask({ cmd: 'offline' });
      assert.equal(m.shown.ok, true, m.shown.text);
      return m.shown;
    }

    async function online(m) {
      await m.way.up();
      await until('it is back', async () => (await m.status()).online, 90);
    }

    // The guard as dpkg calls it, with the machine's folder as its root.
    function removes(m) {
      const prerm = m.path('var/lib/dpkg/info/holdfast-client.prerm');
      for (const folder of ['proc', 'dev', 'var/lib/dpkg/info']) mkdirSync(m.path(folder), { recursive: true });
      copyFileSync(path.join(release, 'holdfast-guard'), prerm);
      writeFileSync(m.path('dev/null'), '');
      return new Promise((done) => execFile('unshare', ['--mount', 'sh', '-c',
        `mount --rbind /proc ${m.root}/proc && exec chroot ${m.root} /var/lib/dpkg/info/holdfast-client.prerm remove`],
      (error, out, err) => done({ status: error?.code ?? 0, err })));
    }

    test('a code that is read out lets one removal through, and the record says so afterwards', { skip: !isRoot && 'the guard needs root' }, async () => {
      const m = await machine();
      assert.equal(statSync(m.state('offline')).mode & 0o777, 0o600);
      assert.deepEqual((await m.status()).offline, { left: 5 });
      const known = await codes(m);
      assert.deepEqual([known.device_code, known.codes.length], [deviceCodeOf(m.id), 5]);
      assert.equal((await chen.ask('GET', `devices/${m.id}`)).device_code, known.device_code);
      await offline(m);
      assert.deepEqual([m.shown.device_code, m.shown.left, m.shown.retry_ms], [known.device_code, 5, 0]);
      assert.notEqual((await removes(m)).status, 0);

      const revealed = await reveal(m, { reason: ' 出差在外，无网络 ' });
      assert.equal(revealed.status, 200, revealed.text);
      const { code, instance } = revealed.json;
      assert.match(code, /^([0-9A-Z]{4}-){4}[0-9A-Z]{4}$/);
      // As somebody types what he hears.
      const opened = await type(m, code.toLowerCase().replaceAll('-', ' ').replaceAll('0', 'o').replaceAll('1', 'l'));
      assert.equal(opened.ok, true, opened.text);
      assert.equal(opened.grant.package, 'holdfast-client');
      assert.deepEqual(m.grants(), [opened.grant.id]);
      assert.deepEqual((await m.status()).offline, { left: 4 });

      assert.equal((await removes(m)).status, 0);
      assert.notEqual((await removes(m)).status, 0);
      assert.equal(m.read('ledger').match(/^consumed /gm).length, 1);
      const before = setOf(m).id;
      await online(m);
      const removal = await until('the removal', async () => (await chen.ask('GET', `removals?device=${m.id}`)).items[0], 60);
      assert.deepEqual([removal.ground, removal.grant, removal.instance], ['offline code', opened.grant.id, instance.id]);
      const record = await stage.instance(instance.id);
      assert.deepEqual([record.status, record.effect, record.reason, record.decision.channel], ['approved', 'used', '出差在外，无网络', 'release']);
      assert.equal(record.events.filter((e) => e.kind === 'offline-code-revealed').length, 1);
      assert.equal(stage.sql(`SELECT COUNT(*) FROM releases WHERE id = '${record.release}' AND total = 1 AND state = 'issued'`), '1');
      const audit = JSON.stringify(await chen.ask('GET', `audit?device=${m.id}&limit=200`));
      for (const part of [code, code.replaceAll('-', ''), code.slice(0, 9)]) assert.ok(!audit.includes(part), 'the code is in the record');
      await ready(m, before);
    });

    test('mistyped codes cost nothing, wrong ones cost time that a restart does not save', async () => {
      const m = await machine();
      await offline(m);
      const revealed = await reveal(m, { reason: 'x' });
      const right = revealed.json.code;
      const typo = right.replace(/.$/, (last) => symbols[(symbols.indexOf(last) + 1) % 32]);
      for (const wrong of [typo, right.slice(0, -1), 'U', '']) {
        const answer = await type(m, wrong);
        assert.deepEqual([answer.ok, answer.code, answer.left], [false, 'unprocessable', 5], answer.text);
      }
      for (let left = 4; left >= 0; left -= 1) {
        const answer = await type(m, anotherCode());
        assert.deepEqual([answer.code, answer.left], ['invalid', left], answer.text);
      }
      const blocked = await type(m, right);
      assert.equal(blocked.code, 'too-many');
      assert.ok(blocked.retry_ms > 0 && blocked.retry_ms <= 60000);
      await m.stop('SIGKILL');
      await m.start();
      const still = await type(m, right);
      assert.equal(still.code, 'too-many', 'a restart lets more codes be tried');
      assert.ok((await m.ask({ cmd: 'offline' })).retry_ms > 0);

      // As if the minute had passed: the machine ran for longer than that in an earlier boot.
      const passed = (failed) => writeFileSync(m.state('offline-tries'),
        JSON.stringify({ v: 1, set: setOf(m).id, failed, boot: m.bootId(), since_ms: 0 }), { mode: 0o600 });
      passed(5);
      await m.stop();
      await m.start();
      const sixth = await type(m, anotherCode());
      assert.equal(sixth.code, 'invalid');
      assert.ok(sixth.retry_ms > 60000 && sixth.retry_ms <= 120000);
      // Somebody who writes into the file gains nothing by it.
      writeFileSync(m.state('offline-tries'), '{}');
      await m.stop();
      await m.start();
      assert.ok((await type(m, right)).retry_ms > 3000000);
      passed(6);
      await m.stop();
      await m.start();
      assert.equal((await type(m, right)).ok, true);
      assert.equal((await m.ask({ cmd: 'offline' })).retry_ms, 0);
      const again = await type(m, right);
      assert.deepEqual([again.code, again.left], ['invalid', 4], 'a used code opens again');
    });

    test('each code is revealed once, for the device that shows it', async () => {
      const [m, other] = [await machine(), await machine()];
      await offline(m);
      await offline(other);
      const refused = async (status, words, which, more) => {
        const answer = await reveal(which, more);
        assert.equal(answer.status, status, answer.text);
        assert.match(answer.json.detail, words);
      };
      await refused(422, /not that of this device/, m, { device_code: other.shown.device_code, reason: 'x' });
      await refused(422, /other numbers/, m, { index: 98, reason: 'x' });
      await refused(422, /One of instance and reason/, m, {});
      await refused(404, /./, m, { instance: m.id });
      const mine = (await reveal(m, { reason: 'x' })).json;
      await refused(409, /revealed already/, m, { reason: 'x' });
      assert.equal((await type(other, mine.code)).code, 'invalid');
      // The phone call broke off: the next code of the computer does as well, for the same request.
      const next = await reveal(m, { index: m.shown.index + 1, instance: mine.instance.id });
      assert.equal(next.status, 200, next.text);
      assert.equal(next.json.instance.id, mine.instance.id);
      assert.equal((await type(m, next.json.code)).ok, true);
      const shown = await codes(m);
      // A poll that the server has not seen end may have had a newer set made.
      assert.deepEqual(shown.codes.filter((c) => c.held_ms).map((c) => c.state), ['revealed', 'revealed', 'ready', 'ready', 'ready']);
      assert.deepEqual([shown.codes[0].instance.number, shown.codes[0].revealed_by], [mine.instance.number, '陈安 (token 陈安)']);
      assert.ok(!JSON.stringify(shown).includes(mine.code));

      const sun = await account(stage, '孙立', 'auditor');
      assert.equal((await sun.admin('GET', `devices/${m.id}/offline-codes`)).status, 200);
      assert.equal((await sun.admin('POST', `devices/${m.id}/offline-codes/reveal`, { device_code: m.shown.device_code, index: 3, reason: 'x' })).status, 403);
      await stage.ask('POST', `devices/${other.id}/lost`, { reason: '丢失' });
      await refused(409, /reported lost/, other, { reason: 'x' });
    });

    test('a server that dies meanwhile has revealed nothing, and noted nothing of a set', async () => {
      const m = await machine();
      await offline(m);
      await stage.server.kill();
      await stage.serve({ HOLDFAST_FAILPOINT: 'offline-code-revealed' });
      await assert.rejects(reveal(m, { reason: '电脑在外地' }));
      assert.equal((await stage.server.ended).signal, 'SIGKILL');
      await stage.serve();
      assert.ok((await codes(m)).codes.every((c) => c.state === 'ready'));
      assert.deepEqual((await stage.ask('GET', 'releases')).items.filter((r) => r.reason === '电脑在外地'), []);
      assert.equal((await reveal(m, { reason: '电脑在外地' })).status, 200);

      await stage.server.kill();
      await stage.serve({ HOLDFAST_FAILPOINT: 'offline-codes-settled' });
      const other = await enrolled();
      assert.equal((await stage.server.ended).signal, 'SIGKILL');
      await stage.serve();
      await ready(other);
    });

    test('a release that two persons have to make gives one person no code', async () => {
      const m = await machine();
      await offline(m);
      const settings = await stage.ask('GET', 'settings');
      await stage.ask('PUT', 'settings', { ...settings, release_threshold: 0 });
      try {
        const answer = await reveal(m, { reason: 'x' });
        assert.equal(answer.status, 409, answer.text);
        assert.match(answer.json.detail, /second administrator/);
        assert.deepEqual((await codes(m)).codes.map((c) => c.state), Array(5).fill('ready'));
        assert.equal(stage.sql(`SELECT COUNT(*) FROM release_devices WHERE device = '${m.id}'`), '0');
      } finally {
        await stage.ask('PUT', 'settings', settings);
      }
    });

    test('a request that was approved meanwhile is used by code; unused, it comes by itself and the code is void', async () => {
      const m = await machine();
      assert.equal((await m.holdfast(['uninstall', '--reason', '旧电脑报废', '--no-wait'])).status, 0);
      const { instance } = await until('the request', async () => ((await m.status()).instance?.id ? m.status() : undefined));
      await offline(m);
      let answer = await reveal(m, { instance: instance.id });
      assert.equal(answer.status, 409, answer.text);
      assert.match(answer.json.detail, /not approved: it is pending/);
      await chen.ask('POST', `instances/${instance.id}/approve`, { comment: '可以' });
      const carried = await chen.ask('POST', `instances/${instance.id}/export-grant`);
      assert.equal(carried.grant.split('.').length, 3);
      answer = await reveal(m, { instance: instance.id });
      assert.equal(answer.status, 200, answer.text);
      assert.equal((await chen.admin('POST', `instances/${instance.id}/export-grant`)).status, 409);
      const before = setOf(m).id;
      await online(m);
      await ready(m, before);
      const fresh = await until('the approval', () => m.grants().find((id) => id.length === 36), 60);
      const record = await stage.instance(instance.id);
      assert.deepEqual(record.events.filter((e) => /^offline-code|^grant-exported/.test(e.kind)).map((e) => e.kind),
        ['grant-exported', 'offline-code-revealed', 'offline-code-unused']);
      assert.equal(record.grant.id, fresh);
      assert.equal((await type(m, answer.json.code)).code, 'invalid');
      // What was carried there by file meanwhile is taken back: one approval is one grant.
      await m.ask({ cmd: 'import', grant: carried.grant });
      await until('it is taken back', () => m.read('ledger').includes(`revoked ${carried.id} `) && m.grants().length === 1, 90);
      assert.deepEqual(m.grants(), [fresh]);
    });

    test('codes of the owner before are void for the next one', async () => {
      const m = await machine();
      const before = setOf(m).id;
      const [{ index }] = setOf(m).codes;
      const answer = await chen.admin('POST', `devices/${m.id}/offline-codes/reveal`,
        { device_code: deviceCodeOf(m.id), index, reason: 'x' });
      assert.equal(answer.status, 200, answer.text);
      await login(m, 'wangfang', '--switch');
      await ready(m, before);
      assert.equal((await type(m, answer.json.code)).code, 'invalid');
      assert.deepEqual(m.grants(), []);
    });

    test('holdfastctl reveals the code that holdfast asks for, and exports a grant', async () => {
      const m = await machine();
      await offline(m);
      const shown = await m.holdfast(['offline']);
      assert.equal(shown.status, 0, shown.err);
      assert.match(shown.out, new RegExp(`device  ${m.shown.device_code}\n    number  ${m.shown.index}\n`));
      assert.match((await m.holdfast(['status'])).out, /Offline codes: 5\n[^]*holdfast offline/);
      const ctl = (...args) => execFileSync(path.join(build, 'holdfastctl'), args,
        { env: { ...process.env, HOLDFAST_SERVER: stage.server.url, HOLDFAST_TOKEN: chen.token, LC_ALL: 'C.UTF-8', TZ: 'UTC' }, encoding: 'utf8' });
      assert.match(ctl('device', 'offline-codes', m.id), new RegExp(`${m.shown.device_code}[^]*ready`));
      const out = ctl('device', 'offline-code', m.id, '--index', `${m.shown.index}`, '--code', m.shown.device_code.toLowerCase(),
        '--reason', 'On a ship', '--yes');
      const code = /([0-9A-Z]{4}-){4}[0-9A-Z]{4}/.exec(out)[0];
      let typed = await m.holdfast(['code'], { input: `${anotherCode()}\n` });
      assert.equal(typed.status, 1);
      assert.match(typed.err, /The code is wrong\. Tries left before a pause: 4/);
      typed = await m.holdfast(['code'], { input: `${code.slice(0, -1)}\n` });
      assert.equal(typed.status, 1);
      assert.match(typed.err, /not a code/);
      typed = await m.holdfast(['code'], { input: `${code}\n` });
      assert.equal(typed.status, 0, typed.err);
      assert.match(typed.out, /The code is right\. It can be used until \d{4}-[^]*holdfast uninstall --now/);
      assert.equal(m.grants().length, 1);
      const released = await machine();
      await offline(released);
      const { id } = await chen.ask('POST', 'releases', { device: released.id, reason: 'x', days: 1 });
      const [{ instance }] = await until('the grant', async () => {
        const { items } = await chen.ask('GET', `releases/${id}/devices`);
        return items[0].instance && items;
      });
      const file = released.path('grant');
      ctl('grant', 'export', instance.number, '--output', file);
      assert.equal(statSync(file).mode & 0o777, 0o600);
      const run = await released.holdfast(['grant', 'import', file]);
      assert.equal(run.status, 0, run.out + run.err);
      assert.equal(readFileSync(file, 'utf8'), ctl('grant', 'export', instance.id));
      assert.equal(released.grants().length, 1);
    });
  });
}
