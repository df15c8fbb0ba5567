// The client through its packages' versions, in a throw-away root: upgrade, downgrade, reinstall, removal and purge, with dpkg and
// with apt from a repository, on computers that are enrolled and on ones that never were.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { appendFileSync, copyFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { after, before, test } from 'node:test';
import { isRoot, until } from './machine.mjs';
import { buildPackage, furnish, scene } from './throw-away.mjs';

const skip = isRoot ? false : 'needs root';
const OLD = '0.1.0';
const NEW = '99.1.0';
const folders = [];
let old;     // the package as it is
let renewed; // the same programs as a later version, with another agent.conf

// A version that ships a changed conffile.
function withOtherConf(deb, folder) {
  const tree = join(folder, 'tree');
  execFileSync('dpkg-deb', ['-R', deb, tree]);
  appendFileSync(join(tree, 'etc/holdfast/agent.conf'), '\n; of the later version\n');
  execFileSync('dpkg-deb', ['--root-owner-group', '-b', tree, deb]);
  rmSync(tree, { recursive: true });
}

before(() => {
  if (skip) return;
  const first = buildPackage();
  const second = buildPackage(NEW);
  withOtherConf(second.deb, second.folder);
  folders.push(first.folder, second.folder);
  ({ deb: old } = first);
  ({ deb: renewed } = second);
});
after(() => folders.forEach((folder) => rmSync(folder, { recursive: true })));

const quiet = ['env', 'DEBIAN_FRONTEND=noninteractive'];
const dpkg = (...words) => [...quiet, 'dpkg', '--force-confdef', '--force-confold', ...words];
const apt = (...words) => [...quiet, 'apt-get', '-q', '-y', '-o', 'Dpkg::Options::=--force-confdef', '-o', 'Dpkg::Options::=--force-confold',
  '-o', 'APT::Sandbox::User=root', ...words];

const gone = async (machine, path) => assert.notEqual((await machine.run('test', '-e', path)).status, 0, `${path} is still there`);
const version = (machine) => machine.ok('dpkg-query', '-W', '-f', '${db:Status-Abbrev}${Version}', 'holdfast-client');

// A repository of its own on the machine, with these packages and no other.
async function offer(machine, ...debs) {
  const repository = join(folders[0], 'repository');
  rmSync(repository, { recursive: true, force: true });
  mkdirSync(repository);
  for (const deb of debs) copyFileSync(deb, join(repository, basename(deb)));
  const list = execFileSync('dpkg-scanpackages', ['--multiversion', '.'], { cwd: repository, stdio: ['ignore', 'pipe', 'ignore'] });
  writeFileSync(join(repository, 'Packages'), list);
  await machine.ok('sh', '-c', 'mkdir -p /repository /etc/apt /var/lib/apt/lists/partial /var/cache/apt/archives/partial && rm -rf /repository/* && ' +
    'echo "deb [trusted=yes] file:/repository ./" >/etc/apt/sources.list');
  for (const name of ['Packages', ...debs.map((deb) => basename(deb))]) machine.put(join(repository, name), `/repository/${name}`);
  await machine.ok(...apt('update'));
}

// What the server was told, but for the goodbyes of a keeper that is restarted.
const told = (server) => server.receipts.map((r) => r.kind).filter((kind) => kind !== 'going');

// The service manager's part, which there is none of here: the version that is installed now takes over.
async function restarted(machine) {
  machine.stopKeeper?.();
  await machine.ended;
  machine.startKeeper();
  await until('the keeper', async () => (await machine.status()).enrolled !== undefined);
}

// What an enrolled computer keeps, whatever is done with versions of its package.
async function remembered(machine) {
  const { device, owner } = await machine.status();
  assert.ok(device);
  return { device, owner, state: await machine.ok('sh', '-c',
    'cd /var/lib/holdfast && sha256sum anchor device.key owner /etc/holdfast/enrolled /etc/holdfast/agent.conf') };
}

async function refuses(machine, message) {
  const run = await machine.run('dpkg', '-r', 'holdfast-client');
  assert.equal(run.status, 1, `${message}: ${run.out}`);
  assert.match(run.out, /holdfast uninstall --reason/, message);
  await until('the selection is put back', async () => (await machine.selection()) === 'ii');
}

test('an enrolled computer stays what it is through upgrade, downgrade and reinstall with dpkg', { skip }, async (t) => {
  const { server, machine } = await scene(t, old);
  machine.put(renewed, '/tmp/new.deb');
  const before = await remembered(machine);
  for (const [what, file, expected] of [['upgrade', 'new', NEW], ['reinstall', 'new', NEW], ['downgrade', 'client', OLD], ['upgrade again', 'new', NEW]]) {
    await machine.ok(...dpkg('-i', `/tmp/${file}.deb`));
    assert.equal(await version(machine), `ii ${expected}`, what);
    await refuses(machine, `${what}, with the keeper of before`);
    await restarted(machine);
    await until('the link', async () => (await machine.status()).online);
    assert.deepEqual(await remembered(machine), before, what);
    await refuses(machine, what);
  }
  assert.deepEqual([...new Set(told(server))], ['attempt']);
});

test('an enrolled computer is upgraded, brought back and reinstalled by apt, and is refused to apt', { skip }, async (t) => {
  const { machine } = await scene(t, old);
  const before = await remembered(machine);
  await offer(machine, old, renewed);
  await machine.ok(...apt('dist-upgrade'));
  assert.equal(await version(machine), `ii ${NEW}`);
  await machine.ok(...apt('install', '--reinstall', 'holdfast-client'));
  await machine.ok(...apt('install', '--allow-downgrades', `holdfast-client=${OLD}`));
  assert.equal(await version(machine), `ii ${OLD}`);
  await machine.ok(...apt('upgrade'));
  assert.equal(await version(machine), `ii ${NEW}`);
  await restarted(machine);
  assert.deepEqual(await remembered(machine), before);
  await machine.ok('apt-mark', 'auto', 'holdfast-client');
  for (const words of [['remove', 'holdfast-client'], ['purge', 'holdfast-client'], ['autoremove', 'holdfast-client']]) {
    const run = await machine.run(...apt(...words));
    assert.equal(run.status, 100, run.out);
    assert.match(run.out, /holdfast uninstall --reason/);
    await until('the selection is put back', async () => (await machine.selection()) === 'ii');
  }
});

test('what was approved before an upgrade holds after it, once; a purge leaves nothing', { skip }, async (t) => {
  const { server, machine } = await scene(t, old);
  machine.put(renewed, '/tmp/new.deb');
  assert.equal((await machine.employee('holdfast', 'uninstall', '--no-wait', '--reason', '电脑归还')).status, 0);
  server.decide('approved');
  await until('the grant', async () => (await machine.status()).grant);
  await machine.ok(...dpkg('-i', '/tmp/new.deb'));
  await restarted(machine);
  await machine.ok('dpkg', '-P', 'holdfast-client');
  assert.equal(await machine.ended, 0);
  assert.deepEqual(told(server), ['consumed', 'removed']);
  const left = await machine.ok('find', '/etc', '/usr', '/var', '/run', '-xdev', '-name', '*holdfast*', '-not', '-path', '*/apt/*');
  assert.equal(left, '');
  // Who comes back begins anew.
  await machine.ok(...dpkg('-i', '/tmp/new.deb'));
  await restarted(machine);
  assert.equal((await machine.status()).enrolled, false);
  await machine.ok('dpkg', '-P', 'holdfast-client');
});

test('a prerm that was replaced by one that fails does not stop an upgrade, which puts the guard back', { skip }, async (t) => {
  const { machine } = await scene(t, old);
  machine.put(renewed, '/tmp/new.deb');
  await machine.ok('sh', '-c', 'printf "#!/bin/sh\\nexit 1\\n" >/var/lib/dpkg/info/holdfast-client.prerm');
  await machine.ok(...dpkg('-i', '/tmp/new.deb'));
  assert.equal(await version(machine), `ii ${NEW}`);
  await machine.ok('cmp', '/var/lib/dpkg/info/holdfast-client.prerm', '/usr/lib/holdfast/holdfast-guard');
  await refuses(machine, 'after it');
});

test('a computer that was never enrolled is upgraded, brought back, reinstalled, removed and purged by apt', { skip }, async (t) => {
  const machine = await furnish(t, old, 'https://holdfast.invalid');
  await offer(machine, old, renewed);
  await machine.ok(...apt('dist-upgrade'));
  assert.equal(await version(machine), `ii ${NEW}`);
  await machine.ok(...apt('install', '--allow-downgrades', `holdfast-client=${OLD}`));
  await machine.ok(...apt('install', '--reinstall', 'holdfast-client'));
  await restarted(machine);
  assert.equal((await machine.status()).enrolled, false);
  await machine.ok(...apt('remove', 'holdfast-client'));
  assert.equal(await machine.ended, 0);
  assert.match(await machine.ok('cat', '/etc/holdfast/agent.conf'), /holdfast\.invalid/);
  await machine.ok(...apt('install', `holdfast-client=${OLD}`));
  assert.match(await machine.ok('cat', '/etc/holdfast/agent.conf'), /holdfast\.invalid/);
  await machine.ok(...apt('purge', 'holdfast-client'));
  for (const path of ['/etc/holdfast', '/var/lib/holdfast', '/usr/lib/holdfast', '/run/holdfast']) await gone(machine, path);
});

test('agent.conf: an edit survives an upgrade, an untouched file follows it, a removed one stays away', { skip }, async (t) => {
  const machine = await furnish(t, old, 'https://holdfast.invalid');
  machine.put(renewed, '/tmp/new.deb');
  await machine.ok(...dpkg('-i', '/tmp/new.deb'));
  assert.equal(await machine.ok('cat', '/etc/holdfast/agent.conf'), '[server]\nurl = https://holdfast.invalid\n');
  assert.match(await machine.ok('cat', '/etc/holdfast/agent.conf.dpkg-dist'), /of the later version/);

  await machine.ok('dpkg', '-P', 'holdfast-client');
  await gone(machine, '/etc/holdfast');
  await machine.ok(...dpkg('-i', '/tmp/client.deb'));
  await machine.ok(...dpkg('-i', '/tmp/new.deb'));
  assert.match(await machine.ok('cat', '/etc/holdfast/agent.conf'), /of the later version/);

  await machine.ok('rm', '/etc/holdfast/agent.conf');
  await machine.ok(...dpkg('-i', '/tmp/client.deb'));
  await gone(machine, '/etc/holdfast/agent.conf');
});
