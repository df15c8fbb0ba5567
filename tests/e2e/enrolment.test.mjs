// Devices change hands, come by token, are installed anew and copied: the real client against the real server.
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import { cpSync, rmSync, writeFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { Machine, isRoot, until as wait } from './machine.mjs';
import { Device, Stage, call } from './stage.mjs';

const databases = [['SQLite', undefined], ['PostgreSQL', process.env.HOLDFAST_TEST_POSTGRESQL]];

for (const [name, postgresql] of databases) {
  describe(`enrolment on ${name}`, { concurrency: 1, skip: name === 'PostgreSQL' && !postgresql }, () => {
    let stage;
    const machines = [];

    before(async () => {
      stage = await Stage.open({ postgresql });
      const { people } = await whoIs();
      await change({ mode: 'block', scope: { everyone: true, groups: [] }, whitelist: [people.wangfang.id] });
    });
    after(async () => {
      for (const machine of machines) {
        await machine.remove();
        assert.doesNotMatch(machine.log, /Sanitizer|runtime error/);
      }
      await stage.close();
    });

    async function whoIs() {
      const { items } = await stage.ask('GET', 'users');
      return { people: Object.fromEntries(items.map((p) => [p.external_id ?? p.dingtalk_id, p])) };
    }

    async function change(of) {
      const { version, ...policy } = await stage.ask('GET', 'policy');
      const { status, text } = await stage.admin('PUT', 'policy', { ...policy, ...of }, { 'if-match': `"${version}"` });
      assert.equal(status, 200, text);
    }

    async function machine(id) {
      const m = new Machine(stage.server.url);
      machines.push(m);
      if (id) writeFileSync(m.path('etc/machine-id'), `${id}\n`);
      await m.start();
      return m;
    }

    // Somebody signs in on the machine's page.
    async function login(m, userid, ...options) {
      const run = m.holdfastBegin(['login', ...options]);
      const uri = await wait('the address', () => /http\S+user_code=\S+/.exec(run.out)?.[0] ?? (run.err && assert.fail(run.err)));
      await new Device(stage, 'browser').consent(uri, userid);
      assert.equal(await run.end, 0, run.err);
      return run.out;
    }

    const zh = { LC_ALL: 'zh_CN.UTF-8' };
    const entry = async (m) => stage.ask('GET', `devices/${(await m.status()).device}`);
    const covered = (m) => JSON.parse(Buffer.from(m.read('statement.jws').split('.')[1], 'base64url')).covered;

    test('a whitelisted person takes a device over, and it stays protected until an administrator confirms', async () => {
      const m = await machine('00112233445566778899aabbccddee01');
      await login(m, 'lihua');
      await login(m, 'wangfang', '--switch');
      const { device } = await m.status();
      assert.equal((await entry(m)).owner.name, '王芳');
      assert.equal((await entry(m)).held_for.name, '李华');
      assert.deepEqual((await stage.ask('GET', 'devices?flag=waiting')).items.map((one) => one.id), [device]);
      assert.equal(covered(m), true);
      assert.equal((await m.status()).protected, true);
      const refused = await stage.ask('POST', `devices/${device}/confirm-owner`, { confirm: false });
      assert.equal(refused.held.name, '李华');
      assert.ok(refused.held.refused_ms);
      const confirmed = await stage.ask('POST', `devices/${device}/confirm-owner`, { confirm: true, comment: 'loaned' });
      assert.equal(confirmed.held, null);
      await wait('the end of the protection', async () => !(await m.status()).protected);
      assert.equal((await stage.admin('POST', `devices/${device}/confirm-owner`, { confirm: true })).status, 409);
    });

    test('signed out, nothing is filed; signed in again, it is; and it was protected all the time', async () => {
      const m = await machine('00112233445566778899aabbccddee02');
      await login(m, 'lihua');
      assert.equal((await m.holdfast(['logout'])).status, 0);
      await wait('the end of the sign-in', async () => (await m.status()).session?.ended === 'signed-out');
      assert.equal((await m.status()).protected, true);
      assert.equal((await m.ask({ cmd: 'file', reason: 'x' })).code, 'forbidden');
      await login(m, 'lihua');
      await wait('the sign-in', async () => !(await m.status()).session);
      const filed = await m.ask({ cmd: 'file', reason: '旧电脑报废' });
      assert.equal(filed.ok, true, filed.text);
      await stage.ask('POST', `devices/${(await m.status()).device}/sign-out`, {});
      await wait('the end of the sign-in', async () => (await m.status()).session?.ended === 'signed-out');
    });

    test('a source that is switched off lets nobody in anew, and takes nothing away', async () => {
      const m = await machine('00112233445566778899aabbccddee0a');
      await login(m, 'lihua');
      assert.equal((await m.holdfast(['logout'])).status, 0);
      const { id, name } = stage.source;
      const { people } = await whoIs();
      for (const [env, words] of [[{}, /switched off the way in which you signed in/], [zh, /已停用您使用的登录方式/]]) {
        const run = m.holdfastBegin(['login'], { env });
        const code = await wait('the code', () => /user_code=([A-Z]{4})-([A-Z]{4})/.exec(run.out));
        await stage.ask('PUT', `identity-sources/${id}`, { name, enabled: false });
        // As if she had said yes in the moment before.
        stage.sql(`UPDATE enrolments SET state = 'allowed', person = '${people.lihua.id}' WHERE user_code = '${code[1]}${code[2]}'`);
        assert.equal(await run.end, 1);
        assert.match(run.err, words);
        assert.equal((await m.status()).login.reason, 'source-disabled');
        assert.equal((await m.status()).protected, true);
        await stage.ask('PUT', `identity-sources/${id}`, { name, enabled: true });
      }
      await login(m, 'lihua');
    });

    test('another protected package is asked for by its name, and its approval is for it alone', async () => {
      const m = await machine('00112233445566778899aabbccddee0d');
      await change({ packages: ['edr-sensor'] });
      await login(m, 'lihua');
      const free = await m.holdfast(['uninstall', 'nginx', '--reason', 'x']);
      assert.equal(free.out, 'No request is needed. You can remove it now:\n    sudo apt remove nginx\n');
      const run = m.holdfastBegin(['uninstall', 'edr-sensor', '--reason', '与虚拟机冲突'], { env: zh });
      const { device } = await m.status();
      const filed = await wait('the request', async () => (await stage.ask('GET', `instances?device=${device}`)).items[0]);
      assert.equal(filed.package, 'edr-sensor');
      await stage.ask('POST', `instances/${filed.id}/approve`, { comment: '' });
      assert.equal(await run.end, 0, run.err);
      assert.match(run.out, /已通过，请在 .* 之前卸载。\n.*\n    holdfast uninstall edr-sensor --now\n    sudo apt remove edr-sensor\n$/);
      assert.equal((await m.ask({ cmd: 'status', package: 'edr-sensor' })).grant.package, 'edr-sensor');
      assert.equal((await m.status()).grant, null);
      assert.equal((await m.holdfast(['uninstall', '-x', '--reason', 'x'])).status, 2);
      await change({ packages: [] });
    });

    test('where people may not sign out, they cannot', async () => {
      const m = await machine('00112233445566778899aabbccddee03');
      await login(m, 'lihua');
      await change({ anti_logoff: true });
      await wait('the policy on the device', async () => (await m.status()).anti_logoff);
      const run = await m.holdfast(['logout']);
      assert.equal(run.status, 1);
      assert.match(run.err, /cannot sign out here: your organisation does not let people/);
      assert.match((await m.holdfast(['logout'], { env: zh })).err, /不允许在受保护的设备上退出登录/);
      await change({ anti_logoff: false });
    });

    test('a token enrols so many servers, and no more', { skip: !isRoot }, async () => {
      const { people } = await whoIs();
      const token = await stage.ask('POST', 'enrolment-tokens', { name: 'rack 4', owner: people.lihua.id, max_uses: 1 });
      assert.match(token.token, /^hfe_/);
      const live = async () => (await stage.ask('GET', 'enrolment-tokens?live=true')).items.map((one) => one.id);
      assert.deepEqual(await live(), [token.id]);
      const first = await machine('00112233445566778899aabbccddee04');
      let run = await first.holdfast(['login', '--token-file', '-'], { input: `${token.token}\n` });
      assert.equal(run.status, 0, run.err + first.log);
      assert.match(run.out, /enrolled for 李华/);
      const second = await machine('00112233445566778899aabbccddee05');
      run = await second.holdfast(['login', '--token-file', '-'], { input: `${token.token}\n` });
      assert.equal(run.status, 1);
      assert.match(run.err, /as many computers as it may/);
      run = await second.holdfast(['login', '--token-file', '-'], { input: `${token.token}\n`, env: zh });
      assert.equal(run.err, '此注册令牌可注册的设备数已用完。\n');
      const used = await stage.ask('GET', `enrolment-tokens/${token.id}`);
      assert.deepEqual(await live(), []);
      assert.deepEqual([used.uses, used.devices, used.state, used.token], [1, 1, 'used-up', undefined]);
      const { items } = await stage.ask('GET', `enrolment-tokens/${token.id}/devices`);
      assert.equal(items[0].id, (await first.status()).device);
      assert.equal((await stage.admin('DELETE', `enrolment-tokens/${token.id}`)).status, 204);
      assert.ok(!JSON.stringify(await stage.ask('GET', 'audit')).includes(token.token));
    });

    test('installed anew on the same machine by the same person, it is the same entry', async () => {
      const m = await machine('00112233445566778899aabbccddee06');
      await login(m, 'lihua');
      const { device } = await m.status();
      const { key } = await entry(m);
      await m.stop();
      // The keeper has gone; to the server it was heard a moment ago, so it has to be silent for a while.
      stage.sql(`UPDATE devices SET last_seen_ms = last_seen_ms - 200000 WHERE id = '${device}'`);
      const kept = `${m.root}-kept`;
      cpSync(m.path('var/lib/holdfast'), kept, { recursive: true });
      after(() => rmSync(kept, { recursive: true }));
      for (const folder of ['var/lib/holdfast', 'etc/holdfast/enrolled']) rmSync(m.path(folder), { recursive: true });
      await m.start();
      await login(m, 'lihua');
      assert.equal((await m.status()).device, device);
      assert.notEqual((await entry(m)).key, key);
      assert.equal((await m.status()).protected, true);
      // What was wiped there is alive elsewhere: somebody took the entry away from a computer.
      const old = new Machine(stage.server.url);
      machines.push(old);
      cpSync(kept, old.path('var/lib/holdfast'), { recursive: true });
      await old.start();
      const alarm = await wait('the alarm', async () => (await stage.ask('GET', `audit?kind=identity-cloned&device=${device}`)).items[0]);
      assert.match(alarm.text, /a key that it had before is alive/);
      assert.equal((await old.status()).protected, true);
      await login(old, 'lihua');
      assert.notEqual((await old.status()).device, device);
    });

    test('a copied disk becomes an entry of its own, both stay protected, and it is flagged', async () => {
      const m = await machine('00112233445566778899aabbccddee07');
      await login(m, 'lihua');
      const { device } = await m.status();
      const copy = new Machine(stage.server.url);
      machines.push(copy);
      cpSync(m.path('var/lib/holdfast'), copy.path('var/lib/holdfast'), { recursive: true });
      cpSync(m.path('etc/holdfast/enrolled'), copy.path('etc/holdfast/enrolled'));
      writeFileSync(copy.path('etc/machine-id'), '00112233445566778899aabbccddee08\n');
      await copy.start();
      await wait('the copy\'s own identity', async () => (await copy.status()).device !== device, 90);
      assert.equal((await m.status()).device, device);
      await wait('both are there', async () => (await m.status()).online && (await copy.status()).online, 60);
      for (const one of [m, copy]) assert.equal((await one.status()).protected, true);
      await wait('it says that nobody is signed in', async () => (await copy.status()).session?.ended === 'cloned');
      assert.match((await copy.holdfast(['status'])).out, /copy of another one's identity/);
      const { items } = await stage.ask('GET', 'audit?kind=identity-cloned');
      assert.equal(items.filter((event) => event.device === device).length, 1);
      const flagged = (await stage.ask('GET', 'devices?flag=cloned')).items.map((one) => one.id);
      assert.ok(flagged.includes(device) && flagged.includes((await copy.status()).device));
      const settled = await stage.ask('POST', `devices/${device}/settle-clone`, {});
      assert.equal(settled.cloned_ms, null);
      await login(copy, 'lihua');
      const filed = await copy.ask({ cmd: 'file', reason: '旧电脑报废' });
      assert.equal(filed.ok, true, filed.text);
    });

    test('a key that was replaced has no say any more, not even with the token it still holds', async () => {
      const hardware = crypto.createHash('sha256').update('installed anew').digest('base64url');
      const before = await new Device(stage, 'installed-anew').enrol('lihua', { hardware });
      stage.sql(`UPDATE devices SET last_seen_ms = last_seen_ms - 600000 WHERE id = '${before.id}'`);
      const after = await new Device(stage, 'installed-anew').enrol('lihua', { hardware });
      assert.equal(after.id, before.id);
      await after.sync();
      const answer = await before.agent('POST', 'sync', { counter: 0, held: [], revoked: [], client_version: '0.1.0', wait_ms: 0 });
      assert.equal(answer.status, 401, answer.text);
      assert.match(answer.text, /another key by now/);
    });

    test('a copied disk is found out although each machine knows another server', { skip: !postgresql && 'one database with two servers is PostgreSQL' }, async () => {
      const other = await stage.second();
      const hardware = (name) => crypto.createHash('sha256').update(name).digest('base64url');
      const m = await new Device(stage, 'two-servers').enrol('lihua', { hardware: hardware('own') });
      const as = (server, where, how) => call('POST', `${server.url}/agent/v1/${where}`, { ...how, headers: { authorization: `Bearer ${m.token}` } });
      const poll = async (server, run) => (await as(server, 'sync', { body: { counter: 0, held: [], revoked: [], client_version: '0.1.0', run,
        hardware: hardware(run), wait_ms: 0 } })).json;
      for (let i = 0, found = false; i < 3 && !found; i += 1) {
        assert.equal((await poll(stage.server, 'own')).split ?? false, false);
        found = (await poll(other, 'copy')).split ?? false;
        assert.equal(found, i > 0, 'when both have come back');
      }
      const copy = new Device(stage, 'two-servers-copy');
      const split = await as(other, 'split', { form: { device_key: copy.x, hostname: copy.name, os: 'Debian GNU/Linux 12', macs: '', client_version: '0.1.0',
        run: 'copy', hardware: hardware('copy'), signature: copy.sign(`holdfast-split\n${m.id}\n${copy.x}`) } });
      assert.equal(split.status, 200, split.text);
      const { id, clone_of } = await stage.ask('GET', `devices/${split.json.device}`);
      assert.notEqual(id, m.id);
      assert.ok(JSON.stringify(clone_of).includes(m.id));
      assert.equal((await stage.ask('GET', `audit?kind=identity-cloned&device=${m.id}`)).items.length, 1);
      assert.equal((await poll(stage.server, 'own')).split ?? false, false);
      await other.stop();
    });
  });
}
