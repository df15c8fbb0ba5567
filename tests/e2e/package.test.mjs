// The package as dpkg sees it, in a throw-away root: installed, refused, approved, removed, purged; upgrades are
// in upgrade.test.mjs.
import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { isRoot, until } from './machine.mjs';
import { Device, Stage } from './stage.mjs';
import { ThrowAway, buildPackage, furnish, scene } from './throw-away.mjs';

const skip = isRoot ? false : 'needs root';
let folder;
let deb;

before(() => {
  if (!skip) ({ folder, deb } = buildPackage());
});
after(() => folder && rmSync(folder, { recursive: true }));

test('a computer that was never enrolled removes the package freely', { skip }, async (t) => {
  const { machine } = await scene(t, deb, false);
  assert.match(await machine.ok('getent', 'passwd', 'holdfast'), /nologin/);
  assert.match(await machine.ok('holdfast', '--version'), /^holdfast /);
  await machine.ok('dpkg', '-r', 'holdfast-client');
  assert.equal(await machine.ended, 0);
  await machine.ok('dpkg', '-P', 'holdfast-client');
  for (const path of ['/etc/holdfast', '/var/lib/holdfast', '/run/holdfast', '/usr/lib/holdfast'])
    assert.notEqual((await machine.run('test', '-e', path)).status, 0, path);
});

test('removal is refused and explained, and the selection is put back', { skip }, async (t) => {
  const { server, machine } = await scene(t, deb);
  for (const [form, left] of [['-r', 'ri'], ['-P', 'pi']]) {
    const run = await machine.run('dpkg', form, 'holdfast-client');
    assert.equal(run.status, 1);
    assert.match(run.out, /holdfast uninstall --reason/);
    assert.match(run.out, /卸载/);
    await until(`${left} to become ii`, async () => (await machine.selection()) === 'ii');
  }
  const forced = await machine.run('dpkg', '--force-all', '-r', 'holdfast-client');
  assert.equal(forced.status, 1);
  await until('the reports', () => server.receipts.filter((r) => r.kind === 'attempt').length === 3);
  assert.equal((await machine.run('test', '-x', '/usr/bin/holdfast')).status, 0);
});

test('refused, filed, approved: the same removal goes through once and says goodbye', { skip }, async (t) => {
  const { server, machine } = await scene(t, deb);
  assert.equal((await machine.run('dpkg', '-r', 'holdfast-client')).status, 1);
  const filed = await machine.employee('holdfast', 'uninstall', '--no-wait', '--reason', '电脑归还');
  assert.equal(filed.status, 0, filed.out);
  const again = await machine.run('dpkg', '-r', 'holdfast-client');
  assert.equal(again.status, 1);
  assert.match(again.out, /HF-000123/);
  server.decide('approved');
  await until('the grant', async () => (await machine.status()).grant);
  await machine.ok('dpkg', '-r', 'holdfast-client');
  assert.equal(await machine.ended, 0);
  assert.deepEqual(server.receipts.map((r) => r.kind).filter((kind) => kind !== 'attempt'), ['consumed', 'removed']);
  assert.equal(server.receipt('consumed').grant, [...server.grants.keys()][0]);
  for (const path of ['/etc/holdfast/enrolled', '/var/lib/holdfast/device.key', '/var/lib/holdfast/ledger', '/usr/bin/holdfast'])
    assert.notEqual((await machine.run('test', '-e', path)).status, 0, path);
});

test('"uninstall now" lets an employee without root remove it, and a failed one leaves everything as it was', { skip }, async (t) => {
  const { server, machine } = await scene(t, deb);
  server.deliver(server.grant());
  const { grant } = await until('the grant', async () => (await machine.status()).grant && machine.status());
  const removal = async (state) => until(state, async () => ((await machine.status()).removal?.state === state ? (await machine.status()).removal : null));

  await machine.ok('sh', '-c', 'mkdir -p /etc/dpkg/dpkg.cfg.d; echo pre-invoke=/bin/false >/etc/dpkg/dpkg.cfg.d/fails');
  assert.deepEqual(await machine.ask({ cmd: 'uninstall-now', grant: grant.id }), { ok: true });
  const failed = await removal('failed');
  assert.match(failed.text, /^dpkg: error.*hook/);
  assert.equal(await machine.selection(), 'ii');
  assert.equal((await machine.status()).grant.id, grant.id);
  await machine.ok('rm', '/etc/dpkg/dpkg.cfg.d/fails');

  assert.deepEqual(await machine.ask({ cmd: 'uninstall-now', grant: grant.id }), { ok: true });
  assert.equal(await machine.ended, 0);
  await until('the goodbye', () => server.receipt('removed'));
  assert.deepEqual(server.receipts.map((r) => r.kind), ['consumed', 'removed']);
  await until('the end', async () => (await machine.run('test', '-e', '/run/holdfast')).status !== 0);
  for (const path of ['/etc/holdfast/enrolled', '/var/lib/holdfast/device.key', '/usr/bin/holdfast'])
    assert.notEqual((await machine.run('test', '-e', path)).status, 0, path);
});

// The package's own prerm, as dpkg runs it, says by its status whether the removal goes on.
test('off and audit let removals through and report why, block refuses the covered alone', { skip }, async (t) => {
  const { server, machine } = await scene(t, deb);
  const who = [[true, 'everyone'], [false, 'whitelist'], [false, 'out of scope']];
  for (const mode of ['off', 'audit', 'block']) for (const [covered, why] of who) {
    server.setRules({ mode, covered, why });
    await until(`${mode}, ${why}`, async () => machine.ok('sh', '-c', 'cut -d. -f2 /var/lib/holdfast/statement.jws').then((text) => {
      const said = JSON.parse(Buffer.from(text.trim(), 'base64url'));
      return said.mode === mode && said.why === why;
    }));
    const before = server.receipts.length;
    const refused = mode === 'block' && covered;
    assert.equal((await machine.run('/var/lib/dpkg/info/holdfast-client.prerm', 'remove')).status, refused ? 1 : 0, `${mode}, ${why}`);
    const ground = mode === 'off' ? 'off' : covered ? 'audit mode' : why;
    await until('the report', () => server.receipts.length > before);
    assert.deepEqual(server.receipts.slice(before).map((r) => [r.kind, r.text]),
      [refused ? ['attempt', 'uninstall'] : ['let-through', ground]]);
  }
  server.setRules({ mode: 'audit', covered: true, why: 'everyone' });
  await until('audit', async () => (await machine.status()).mode === 'audit');
  assert.match((await machine.employee('holdfast', 'status')).out, /may be removed from this computer; removal is reported/);
  await machine.ok('dpkg', '-r', 'holdfast-client');
  assert.equal(await machine.ended, 0);
  assert.deepEqual(server.receipts.slice(-2).map((r) => [r.kind, r.text ?? null]), [['let-through', 'audit mode'], ['removed', server.receipts.at(-1).text ?? null]]);
});

test('the organisation\'s own words are shown where somebody is stopped, filled in and as plain text', { skip }, async (t) => {
  const { server, machine } = await scene(t, deb);
  const text = (language) => ({ title: `${language}: {package}`, content: `{user} / {device} / {organisation}\n{{literal} {nobody}`,
    primary: `${language} file`, secondary: 'no' });
  server.setRules({ organisation: '示例科技', device_name: 'lap\u001b[2Jtop', prompt: { zh: text('zh'), en: text('en') } });
  await until('the texts', async () => (await machine.status()).prompt.en.title === 'en: holdfast-client');
  const run = await machine.run('dpkg', '-r', 'holdfast-client');
  assert.equal(run.status, 1);
  assert.ok(run.out.includes('en: holdfast-client\n李华 / lap\ufffd[2Jtop / 示例科技\n{literal} {nobody}\nholdfast-client is protected'), run.out);
  assert.ok(run.out.includes('en file: holdfast uninstall --reason "why"\nzh: holdfast-client\n'), run.out);
  assert.ok(!run.out.includes('\u001b'));
  await server.stop(); // what is shown needs no network
  const asked = await machine.employee('env', 'LC_ALL=zh_CN.UTF-8', 'holdfast', 'uninstall');
  assert.equal(asked.status, 2);
  assert.match(asked.out, /^zh: holdfast-client\n李华 \/ lap\ufffd\[2Jtop \/ 示例科技\n\{literal\} \{nobody\}\n/);
});

test('a removal that went past the guard is alarmed by postrm', { skip }, async (t) => {
  const { server, machine } = await scene(t, deb);
  await machine.ok('rm', '/var/lib/dpkg/info/holdfast-client.prerm');
  await machine.ok('dpkg', '-r', 'holdfast-client');
  await until('the alarm', () => server.receipt('removed-without-grant'));
  assert.equal(server.receipt('removed'), undefined);
  assert.equal((await machine.run('test', '-e', '/var/lib/holdfast/device.key')).status, 0);
});

test('deleting the mark, the ledger or the whole state does not open the way', { skip }, async (t) => {
  const { server, machine } = await scene(t, deb);
  for (const path of ['/etc/holdfast/enrolled', '/var/lib/holdfast/ledger', '/var/lib/holdfast']) {
    // Once more when the keeper wrote something there meanwhile.
    await machine.ok('sh', '-c', `rm -rf ${path} || rm -rf ${path}`);
    const run = await machine.run('dpkg', '-r', 'holdfast-client');
    assert.equal(run.status, 1, path);
  }
  await until('the report', () => server.receipt('tampered'));
});

// With the real server in the place of the one that a test plays.
async function signIn(machine, stage) {
  const login = await machine.employee('holdfast', 'login', '--no-wait');
  assert.equal(login.status, 0, login.out);
  await new Device(stage, 'browser').consent(/http:\S+user_code=\S+/.exec(login.out)[0], 'lihua');
  await until('the enrolment', async () => (await machine.status()).online);
}

async function enrolled(t, stage) {
  const machine = await furnish(t, deb, stage.server.url);
  await signIn(machine, stage);
  const [device] = (await stage.ask('GET', 'devices')).items;
  return { machine, device };
}

test('the whole way with apt and DingTalk: installed, signed in, refused, filed, approved, removed', { skip }, async (t) => {
  const stage = await Stage.open();
  t.after(() => stage.close());
  const machine = new ThrowAway(deb);
  await machine.start(t);
  machine.put(deb, '/tmp/client.deb');
  await machine.ok('apt-get', 'install', '-y', '/tmp/client.deb');
  await machine.ok('sh', '-c', `printf '[server]\\nurl = ${stage.server.url}\\n' >/etc/holdfast/agent.conf`);
  machine.startKeeper();
  await until('the keeper', async () => (await machine.run('test', '-S', '/run/holdfast/keeper.sock')).status === 0);
  await signIn(machine, stage);

  const refused = await machine.run('apt-get', 'remove', '-y', 'holdfast-client');
  assert.equal(refused.status, 100);
  assert.match(refused.out, /holdfast uninstall --reason/);
  const filed = await machine.employee('holdfast', 'uninstall', '--no-wait', '--reason', '电脑归还');
  const [number] = /HF-\d{6}/.exec(filed.out);
  await stage.submitted((await stage.ask('GET', 'instances')).items[0].id);
  assert.equal((await machine.run('apt-get', 'remove', '-y', 'holdfast-client')).status, 100);
  await stage.decide(number, 'agree', '同意');
  await until('the grant', async () => (await machine.status()).grant);
  await machine.ok('apt-get', 'remove', '-y', 'holdfast-client');
  assert.equal(await machine.ended, 0);
  assert.deepEqual((await stage.ask('GET', 'removals')).items.map((r) => [r.ground, r.state]), [['grant', 'removed']]);
});

test('released: dpkg -r goes through without a filing, once; taken back before that: it does not', { skip }, async (t) => {
  const stage = await Stage.open();
  t.after(() => stage.close());
  const { machine, device } = await enrolled(t, stage);
  assert.equal((await machine.run('dpkg', '-r', 'holdfast-client')).status, 1);

  const first = await stage.ask('POST', 'releases', { device: device.id, reason: '旧机回收', days: 1 });
  await until('the grant', async () => (await machine.status()).grant);
  assert.match((await machine.employee('holdfast', 'status')).out, /is approved/);
  const instance = (await stage.ask('GET', `releases/${first.id}/devices`)).items[0].instance.id;
  assert.equal((await stage.ask('POST', `instances/${instance}/revoke-grant`, { reason: '拿错了电脑' })).state, 'revoking');
  await until('the device confirms', async () => (await stage.instance(instance)).grant.state === 'revoked');
  await until('the grant is gone', async () => !(await machine.status()).grant);
  const told = (await machine.employee('holdfast', 'status')).out;
  assert.match(told, /was approved, but the approval was revoked: .*拿错了电脑/);
  const refused = await machine.run('dpkg', '-r', 'holdfast-client');
  assert.equal(refused.status, 1, refused.out);

  const second = await stage.ask('POST', 'releases', { device: device.id, reason: '这次没错', days: 1 });
  await until('the next grant', async () => (await machine.status()).grant);
  await machine.ok('dpkg', '-r', 'holdfast-client');
  assert.equal(await machine.ended, 0);
  await until('the goodbye', async () => (await stage.ask('GET', `devices/${device.id}`)).state === 'uninstalled');
  assert.equal((await stage.ask('GET', `releases/${second.id}`)).progress.used, 1);
  assert.deepEqual((await stage.ask('GET', 'removals')).items.map((r) => [r.ground, r.state]), [['release', 'removed']]);
  assert.equal((await stage.ask('GET', `releases/${first.id}`)).progress.cancelled, 1);
  // What is not there any more cannot be let go.
  const third = await stage.ask('POST', 'releases', { device: device.id, reason: 'x', days: 1 });
  await until('the end', async () => (await stage.ask('GET', `releases/${third.id}`)).state === 'issued');
  assert.equal((await stage.ask('GET', `releases/${third.id}/devices`)).items[0].why, 'the device is uninstalled');
});
