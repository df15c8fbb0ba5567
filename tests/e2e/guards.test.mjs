// Packages that the policy protects beside the client, as dpkg and apt see them in a throw-away root.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { isRoot, until } from './machine.mjs';
import { Device, Stage } from './stage.mjs';
import { buildPackage, furnish, scene } from './throw-away.mjs';

const skip = isRoot ? false : 'needs root';
const vpn = 'toy-vpn';
const guard = `holdfast-guards-${vpn}`;
let folder;
let deb;

before(() => {
  if (!skip) ({ folder, deb } = buildPackage());
});
after(() => folder && rmSync(folder, { recursive: true }));

// A package with nothing but a file, and what else is in its control file.
function toy(name, fields = {}) {
  const tree = join(folder, `toy-${name}`);
  const control = { Package: name, Version: '1.0', Architecture: 'all', Maintainer: 'x <x@example.com>', Description: 'toy', ...fields };
  rmSync(tree, { recursive: true, force: true });
  mkdirSync(join(tree, 'DEBIAN'), { recursive: true });
  mkdirSync(join(tree, 'usr/share/doc', name), { recursive: true });
  writeFileSync(join(tree, 'DEBIAN/control'), Object.entries(control).map(([key, value]) => `${key}: ${value}\n`).join(''));
  writeFileSync(join(tree, 'usr/share/doc', name, 'readme'), 'toy\n');
  execFileSync('dpkg-deb', ['--root-owner-group', '-b', tree, `${tree}.deb`], { stdio: 'ignore' });
  return `${tree}.deb`;
}

async function install(machine, name, fields) {
  machine.put(toy(name, fields), `/tmp/${name}.deb`);
  await machine.ok('dpkg', '-i', `/tmp/${name}.deb`);
}

// "ii", "ri"...; "" when dpkg does not know it any more.
async function state(machine, name) {
  const run = await machine.run('dpkg-query', '-W', '-f', '${db:Status-Abbrev}', name);
  const said = run.status === 0 ? run.out.trim() : '';
  return said === 'rc' || said === 'un' ? '' : said;
}

const guarded = (machine, name = guard) => until(`${name} on the machine`, async () => (await state(machine, name)) === 'ii', 60);
const bare = (machine, name = guard) => until(`${name} gone`, async () => (await state(machine, name)) === '', 60);
const about = (server, name) => server.receipts.filter((r) => r.package === name).map((r) => r.kind).filter((kind) => !['attempt', 'going', 'weakened', 'recovered'].includes(kind));
const told = (server, name, ...kinds) => until(`${kinds} of ${name}`, () => about(server, name).length >= kinds.length, 60)
  .then(() => assert.deepEqual(about(server, name), kinds));

// An enrolled machine with the toy on it, guarded.
async function withToy(t, rules = {}) {
  const { server, machine } = await scene(t, deb);
  await machine.ok('mkdir', '-p', '/var/lib/apt/lists/partial', '/var/cache/apt/archives/partial', '/etc/apt/apt.conf.d', '/var/log/apt');
  await install(machine, vpn);
  server.setRules({ packages: ['holdfast-client', vpn], ...rules });
  if (!rules.mode || rules.mode === 'block') await guarded(machine);
  return { server, machine };
}

test('a protected package gets its guard, and every ordinary removal is refused with both staying', { skip }, async (t) => {
  const { server, machine } = await withToy(t);
  await until('the status', async () => (await machine.status()).packages[0].guarded);
  assert.deepEqual((await machine.status()).packages, [{ package: vpn, guarded: true, installed: true }]);
  const shown = await machine.ok('dpkg-query', '-s', guard);
  assert.match(shown, new RegExp(`Depends: ${vpn}\\n`));
  assert.match(shown, /holdfast uninstall toy-vpn --reason "why"/);
  assert.match(shown, /受您的组织保护/);
  const forms = [
    [['apt-get', '-y', 'remove', vpn], /toy-vpn is protected by your organisation/],
    [['apt-get', '-y', 'purge', vpn], /holdfast uninstall toy-vpn --reason/],
    [['dpkg', '-r', vpn], /holdfast-guards-toy-vpn depends on toy-vpn/],
    [['dpkg', '-r', vpn, guard], /toy-vpn is protected/],
    [['dpkg', '-P', guard, vpn], /受您的组织保护/],
    [['dpkg', '-r', guard], /toy-vpn is protected/],
    [['dpkg', '--force-remove-essential', '-r', guard], /toy-vpn is protected/],
  ];
  for (const [command, said] of forms) {
    const run = await machine.run(...command);
    assert.notEqual(run.status, 0, `${command}: ${run.out}`);
    assert.match(run.out, said);
    for (const name of [vpn, guard])
      await until(`${name} ii after ${command}`, async () => (await state(machine, name)) === 'ii', 60);
  }
  await until('the attempts', () => server.receipts.filter((r) => r.kind === 'attempt' && r.package === vpn).length === forms.length - 1);
  assert.deepEqual(about(server, vpn), []);
});

test('approved: both go with one approval, and nobody is alarmed', { skip }, async (t) => {
  const { server, machine } = await withToy(t);
  const filed = await machine.employee('holdfast', 'uninstall', vpn, '--no-wait', '--reason', '换新版本');
  assert.equal(filed.status, 0, filed.out);
  assert.equal(server.filings.at(-1).package, vpn);
  server.deliver(server.grant({ package: vpn }));
  await until('the grant', async () => (await machine.ask({ cmd: 'status', package: vpn })).grant);
  await machine.ok('apt-get', '-y', 'remove', vpn);
  assert.equal(await state(machine, vpn), '');
  assert.equal(await state(machine, guard), '');
  await told(server, vpn, 'consumed', 'removed');
  assert.deepEqual(server.receipts.filter((r) => r.package.startsWith('holdfast-')), []);
  // Back on the machine it is protected again, and the approval is used up.
  await machine.ok('dpkg', '-i', `/tmp/${vpn}.deb`);
  await guarded(machine);
  assert.equal((await machine.run('apt-get', '-y', 'remove', vpn)).status, 100);
  server.deliver(server.grant({ package: vpn }));
  await until('the next grant', async () => (await machine.ask({ cmd: 'status', package: vpn })).grant);
  const now = await machine.ask({ cmd: 'uninstall-now', grant: [...server.grants.keys()].at(-1) });
  assert.ok(now.ok, JSON.stringify(now));
  await bare(machine, vpn);
  await bare(machine);
  await told(server, vpn, 'consumed', 'removed', 'consumed', 'removed');
});

test('a guard comes with its package and goes with its reason', { skip }, async (t) => {
  const { server, machine } = await scene(t, deb);
  const other = 'toy-edr';
  server.setRules({ packages: ['holdfast-client', vpn, other, 'Not_a_deb', 'holdfast-guards-x', '../../etc'] });
  await install(machine, vpn);
  await guarded(machine);
  assert.equal(await state(machine, `holdfast-guards-${other}`), '');
  await install(machine, other, { Architecture: 'amd64' });
  await guarded(machine, `holdfast-guards-${other}`);
  await until('the status', async () => (await machine.status()).packages.filter((p) => p.guarded).length === 2);
  // An upgrade of the package touches nothing.
  await install(machine, vpn, { Version: '2.0' });
  assert.equal(await state(machine, guard), 'ii');
  // Dropped by the policy.
  server.setRules({ packages: ['holdfast-client', other] });
  await bare(machine);
  await machine.ok('dpkg', '-r', vpn);
  // A dependency refuses in every mode, so that only "block" has guards.
  for (const rules of [{ mode: 'audit' }, { mode: 'block', covered: false, why: 'whitelist' }, { covered: true, mode: 'off' }]) {
    server.setRules(rules);
    await bare(machine, `holdfast-guards-${other}`);
    server.setRules({ mode: 'block', covered: true, why: 'everyone' });
    await guarded(machine, `holdfast-guards-${other}`);
  }
  server.setRules({ mode: 'audit' });
  await bare(machine, `holdfast-guards-${other}`);
  await machine.ok('dpkg', '-r', other);
  await told(server, other, 'removed');
  assert.equal(server.receipts.find((r) => r.package === other).text, 'audit mode');
  assert.deepEqual(about(server, vpn), []);
});

test('what is removed past dpkg\'s dependencies is told of once, and apt goes on working', { skip }, async (t) => {
  const { server, machine } = await withToy(t);
  const begun = Date.now();
  await machine.ok('dpkg', '-r', '--force-depends', vpn);
  await told(server, vpn, 'removed-without-grant');
  assert.ok(Date.now() - begun < 60000);
  await bare(machine);
  await machine.ok('apt-get', 'check');
  // Neither a restart nor the next look says it again; the package that comes back is guarded again.
  await machine.restartKeeper();
  await machine.ok('dpkg', '-i', `/tmp/${vpn}.deb`);
  await guarded(machine);
  await told(server, vpn, 'removed-without-grant');
  // While nobody looked.
  machine.stopKeeper();
  await machine.ended;
  await machine.ok('dpkg', '-r', '--force-depends', vpn);
  machine.startKeeper();
  await told(server, vpn, 'removed-without-grant', 'removed-without-grant');
});

test('a package that takes the name over is guarded in its stead, and told of as one that only replaces it is', { skip }, async (t) => {
  const { server, machine } = await withToy(t);
  await install(machine, 'toy-tunnel', { Provides: `${vpn} (= 2)`, Conflicts: vpn, Replaces: vpn });
  assert.equal(await state(machine, vpn), '');
  await until('it counts as there', async () => {
    const [one] = (await machine.status()).packages;
    return one.installed && one.guarded;
  }, 60);
  // A package that does nothing but say so can be made by anybody: it is no way to take the real one away unseen.
  await told(server, vpn, 'removed-without-grant');
  assert.equal(server.receipts.find((r) => r.package === vpn).text, 'replaced by toy-tunnel');
  await machine.restartKeeper();
  assert.notEqual((await machine.run('dpkg', '-r', 'toy-tunnel')).status, 0);
  machine.put(toy('toy-other', { Conflicts: 'toy-tunnel', Replaces: `toy-tunnel, ${vpn}` }), '/tmp/other.deb');
  await machine.ok('dpkg', '-i', '--force-depends', '--force-conflicts', '--auto-deconfigure', '/tmp/other.deb');
  await told(server, vpn, 'removed-without-grant', 'removed-without-grant');
  assert.equal(server.receipts.findLast((r) => r.package === vpn).text, 'replaced by toy-other');
});

test('a guard that was taken away, emptied or exchanged is put back', { skip }, async (t) => {
  const { machine } = await withToy(t);
  await machine.ok('rm', `/var/lib/dpkg/info/${guard}.prerm`);
  await machine.ok('dpkg', '-r', guard);
  await guarded(machine);
  await machine.ok('sh', '-c', `echo '#!/bin/true' >/var/lib/dpkg/info/${guard}.prerm; touch /var/lib/dpkg/status`);
  await until('the guard is back', async () => (await machine.run('dpkg', '-r', guard)).status === 1 &&
    Number(await machine.ok('stat', '-c', '%s', `/var/lib/dpkg/info/${guard}.prerm`)) > 100000, 60);
  // Nor does one pass that is as long as ours.
  const ours = '/usr/lib/holdfast/holdfast-guard';
  const theirs = `/var/lib/dpkg/info/${guard}.prerm`;
  await machine.ok('sh', '-c', `echo '#!/bin/true' >${theirs}; truncate -s "$(stat -c %s ${ours})" ${theirs}; touch /var/lib/dpkg/status`);
  await until('our guard is there', async () => new Set((await machine.ok('sha256sum', ours, theirs)).match(/^[0-9a-f]{64}/gm)).size === 1, 60);
});

test('with the client go the packages it generated', { skip }, async (t) => {
  const { server, machine } = await withToy(t);
  server.deliver(server.grant());
  await until('the grant', async () => (await machine.status()).grant);
  await machine.ok('dpkg', '-r', 'holdfast-client');
  assert.equal(await machine.ended, 0);
  await bare(machine);
  assert.equal(await state(machine, vpn), 'ii');
  await until('the package is free to go', async () => (await machine.run('dpkg', '-r', vpn)).status === 0);
  assert.deepEqual(about(server, vpn), []);
});

test('the client that is taken away without its scripts is missed', { skip }, async (t) => {
  const { server, machine } = await scene(t, deb);
  await until('the first look', async () => (await machine.run('test', '-e', '/var/lib/holdfast/packages')).status === 0);
  await machine.ok('sh', '-c', 'rm /var/lib/dpkg/info/holdfast-client.prerm /var/lib/dpkg/info/holdfast-client.postrm');
  await machine.ok('dpkg', '-r', 'holdfast-client');
  await told(server, 'holdfast-client', 'removed-without-grant');
  assert.notEqual((await machine.run('test', '-e', '/usr/bin/holdfast')).status, 0);
  assert.equal((await machine.run('test', '-e', '/var/lib/holdfast/device.key')).status, 0);
});

// With the real server in the place of the one that a test plays.
test('filed for, approved and removed with the real server; removed by force: an alarm, and the device stays as it is', { skip }, async (t) => {
  const stage = await Stage.open();
  t.after(() => stage.close());
  const { version, ...policy } = await stage.ask('GET', 'policy');
  await stage.ask('PUT', 'policy', { ...policy, packages: [vpn] });
  const machine = await furnish(t, deb, stage.server.url);
  await install(machine, vpn);
  const login = await machine.employee('holdfast', 'login', '--no-wait');
  assert.equal(login.status, 0, login.out);
  await new Device(stage, 'browser').consent(/http:\S+user_code=\S+/.exec(login.out)[0], 'lihua');
  await until('the enrolment', async () => (await machine.status()).online);
  await guarded(machine);
  const [device] = (await stage.ask('GET', 'devices')).items;
  assert.match((await machine.employee('holdfast', 'status')).out, /toy-vpn/);

  const filed = await machine.employee('holdfast', 'uninstall', vpn, '--no-wait', '--reason', '换新版本');
  assert.equal(filed.status, 0, filed.out);
  const [request] = (await stage.ask('GET', 'instances')).items;
  assert.equal(request.package, vpn);
  await stage.ask('POST', `instances/${request.id}/approve`, { comment: '同意' });
  await until('the grant', async () => (await machine.ask({ cmd: 'status', package: vpn })).grant);
  assert.equal((await machine.status()).grant, null);
  await machine.ok('dpkg', '-r', guard, vpn);
  const removals = async () => (await stage.ask('GET', 'removals')).items.map((r) => [r.package, r.ground, r.state]);
  await until('the removal', async () => (await removals())[0]?.[2] === 'removed');
  assert.deepEqual(await removals(), [[vpn, 'grant', 'removed']]);
  assert.deepEqual((await stage.ask('GET', 'alarms')).items, []);

  await machine.ok('dpkg', '-i', `/tmp/${vpn}.deb`);
  await guarded(machine);
  await machine.ok('dpkg', '-r', '--force-depends', vpn);
  await until('the alarm', async () => (await stage.ask('GET', 'alarms')).items.length, 60);
  const [alarm] = (await stage.ask('GET', 'alarms')).items;
  assert.equal(alarm.kind, 'removed-without-grant');
  assert.equal(alarm.subject, vpn);
  assert.deepEqual((await removals())[0], [vpn, 'without grant', 'removed']);
  assert.equal((await stage.ask('GET', `devices/${device.id}`)).state, 'online');
});
