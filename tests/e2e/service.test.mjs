// Client and server as systemd runs them, from their packages, in a container on a throw-away root.
import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { isRoot, until } from './machine.mjs';
import { Booted, buildPackages, cannotBoot, scene } from './throw-away.mjs';

const skip = isRoot ? cannotBoot() : 'needs root';
const folders = [];
let now;
let later;

before(() => {
  if (skip) return;
  const made = [buildPackages(['holdfast-client', 'holdfast-server']), buildPackages(['holdfast-client', 'holdfast-server'], '99.1.0')];
  folders.push(...made.map((one) => one.folder));
  [now, later] = made.map((one) => one.debs);
});
after(() => folders.forEach((folder) => rmSync(folder, { recursive: true })));

const show = async (machine, unit, property) => (await machine.ok('systemctl', 'show', '-P', property, unit)).trim();
const nothingFailed = async (machine) => assert.equal(await machine.ok('systemctl', '--failed', '--quiet', '--plain', '--no-legend'), '');
const gone = async (machine, path) => assert.notEqual((await machine.run('test', '-e', path)).status, 0, `${path} is still there`);

// What /proc says of a process of the unit.
async function confined(machine, pid) {
  const text = await machine.ok('cat', `/proc/${pid}/status`);
  return Object.fromEntries(['Uid', 'CapEff', 'CapBnd', 'NoNewPrivs', 'Seccomp'].map((key) => [key, new RegExp(`^${key}:\\s*(\\S+)`, 'm').exec(text)[1]]));
}

test('the client runs confined, does its work so, and comes back when it is killed', { skip }, async (t) => {
  const { server, machine } = await scene(t, now['holdfast-client'], true, [], Booted);
  const keeper = () => show(machine, 'holdfast-keeper', 'MainPID');
  const first = await keeper();
  assert.deepEqual(await confined(machine, first),
    { Uid: '0', CapEff: '00000000000000e0', CapBnd: '00000000000000e0', NoNewPrivs: '1', Seccomp: '2' });
  const [agent] = (await machine.ok('cat', `/proc/${first}/task/${first}/children`)).trim().split(' ');
  assert.equal((await confined(machine, agent)).CapEff, '0000000000000000');
  assert.notEqual((await confined(machine, agent)).Uid, '0');

  // A refusal is reported, and what it leaves in dpkg's database is put back out of the unit's confinement.
  assert.equal((await machine.run('dpkg', '-r', 'holdfast-client')).status, 1);
  await until('the selection', async () => (await machine.selection()) === 'ii');
  await until('the report', () => server.receipts.some((r) => r.kind === 'attempt'));

  await machine.ok('kill', '-KILL', first);
  await until('the next keeper', async () => !['0', first].includes(await keeper()) && (await machine.status()).online);
  assert.equal((await machine.status()).protected, true);
});

test('an approved removal ends the service, and nothing of it is left, failed or waiting', { skip }, async (t) => {
  const { server, machine } = await scene(t, now['holdfast-client'], true, [], Booted);
  assert.equal((await machine.employee('holdfast', 'uninstall', '--no-wait', '--reason', '电脑归还')).status, 0);
  server.decide('approved');
  await until('the grant', async () => (await machine.status()).grant);
  machine.put(later['holdfast-client'], '/tmp/later.deb');
  await machine.ok('dpkg', '--force-confold', '-i', '/tmp/later.deb');
  await until('the grant, after the upgrade', async () => (await machine.status()).grant);
  await machine.ok('dpkg', '-P', 'holdfast-client');
  assert.deepEqual(server.receipts.map((r) => r.kind).filter((kind) => ['consumed', 'removed', 'removed-without-grant'].includes(kind)), ['consumed', 'removed']);
  assert.equal(await show(machine, 'holdfast-keeper', 'LoadState'), 'not-found');
  assert.equal(await show(machine, 'holdfast-keeper', 'ActiveState'), 'inactive');
  await nothingFailed(machine);
  for (const path of ['/var/lib/holdfast', '/etc/holdfast', '/run/holdfast', '/run/systemd/system/holdfast-keeper.service.d']) await gone(machine, path);
});

test('after a removal by force the service stays and goes on when the package is back; a purge ends it', { skip }, async (t) => {
  const { server, machine } = await scene(t, now['holdfast-client'], true, [], Booted);
  const keeper = await show(machine, 'holdfast-keeper', 'MainPID');
  await machine.ok('rm', '/var/lib/dpkg/info/holdfast-client.prerm');
  await machine.ok('dpkg', '-r', 'holdfast-client');
  await until('the alarm', () => server.receipt('removed-without-grant'));
  assert.equal(await show(machine, 'holdfast-keeper', 'MainPID'), keeper);

  await machine.ok('dpkg', '--force-confold', '-i', '/tmp/client.deb');
  await until('the link', async () => (await machine.status()).online);
  assert.equal((await machine.status()).protected, true);
  assert.equal((await machine.run('dpkg', '-r', 'holdfast-client')).status, 1);

  await machine.ok('rm', '/var/lib/dpkg/info/holdfast-client.prerm');
  await machine.ok('dpkg', '-P', 'holdfast-client');
  await until('the second alarm', () => server.receipts.filter((r) => r.kind === 'removed-without-grant').length === 2);
  assert.equal(await show(machine, 'holdfast-keeper', 'ActiveState'), 'inactive');
  await nothingFailed(machine);
  for (const path of ['/var/lib/holdfast', '/etc/holdfast', '/run/holdfast']) await gone(machine, path);
});

test('the server starts with its installation, says when it serves, and is restarted by an upgrade', { skip }, async (t) => {
  const machine = new Booted(undefined, [], 'private');
  await machine.start(t);
  const ask = (path) => machine.run('curl', '-sS', '-f', `http://127.0.0.1:8440${path}`);
  machine.put(now['holdfast-server'], '/tmp/server.deb');
  machine.put(later['holdfast-server'], '/tmp/later.deb');
  await machine.ok('dpkg', '-i', '/tmp/server.deb'); // it is there when dpkg ends: Type=notify
  assert.equal((await ask('/healthz')).status, 0);
  assert.equal((await ask('/readyz')).status, 0);
  const first = await show(machine, 'holdfast-server', 'MainPID');
  const user = (await machine.ok('id', '-u', 'holdfast-server')).trim();
  assert.deepEqual(await confined(machine, first),
    { Uid: user, CapEff: '0000000000000000', CapBnd: '0000000000000000', NoNewPrivs: '1', Seccomp: '2' });
  assert.equal(await machine.ok('stat', '-c', '%a %U', '/var/lib/holdfast-server'), '700 holdfast-server\n');
  assert.match(await machine.journal('holdfast-server'), /This link makes the first owner/);

  await machine.ok('dpkg', '-i', '/tmp/later.deb');
  assert.notEqual(await show(machine, 'holdfast-server', 'MainPID'), first);
  assert.equal((await ask('/readyz')).status, 0);

  await machine.ok('sed', '-i', 's/^listen/listne/', '/etc/holdfast/server.conf');
  assert.notEqual((await machine.run('systemctl', 'restart', 'holdfast-server')).status, 0);
  assert.match(await machine.journal('holdfast-server'), /server\.conf:\d+: there is no key "listne" in \[server\]/);
  await machine.ok('sed', '-i', 's/^listne/listen/', '/etc/holdfast/server.conf');
  await machine.ok('systemctl', 'restart', 'holdfast-server');
  assert.equal((await ask('/healthz')).status, 0);

  await machine.ok('dpkg', '-P', 'holdfast-server');
  assert.notEqual((await ask('/healthz')).status, 0);
  await nothingFailed(machine);
  await gone(machine, '/var/lib/holdfast-server');
});
