// Client and server as systemd runs them, from their packages, in a container on a throw-away root.
import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { isRoot, until } from './machine.mjs';
import { buildRpms, makeRpm, needs } from './rpms.mjs';
import { Booted, buildPackages, cannotBoot, scene } from './throw-away.mjs';

const skip = isRoot ? cannotBoot() : 'needs root';
const folders = [];
const CLIENT = 'holdfast-client';
let now;
let later;

// What is done to the client's package by each package manager; others: what else is installed with it.
const KINDS = {
  dpkg: {
    others: [], upgrade: (file) => ['dpkg', '--force-confold', '-i', file], remove: ['dpkg', '-P', CLIENT],
    force: ['sh', '-c', `rm /var/lib/dpkg/info/${CLIENT}.prerm && dpkg -r ${CLIENT}`],
  },
  rpm: { upgrade: (file) => ['rpm', '-U', file], remove: ['rpm', '-e', CLIENT], force: ['rpm', '-e', '--nopreun', CLIENT] },
};

before(() => {
  if (skip) return;
  const made = [buildPackages([CLIENT, 'holdfast-server']), buildPackages([CLIENT, 'holdfast-server'], '99.1.0')];
  const rpms = [buildRpms([CLIENT]), buildRpms([CLIENT], 2)];
  folders.push(...[...made, ...rpms].map((one) => one.folder));
  [now, later] = made.map((one) => one.debs);
  Object.assign(KINDS.dpkg, { now: now[CLIENT], later: later[CLIENT] });
  Object.assign(KINDS.rpm, { now: rpms[0].rpms[CLIENT], later: rpms[1].rpms[CLIENT] });
  KINDS.rpm.others = [makeRpm(rpms[0].folder, 'host', ['Provides: system-release = 1', ...needs(KINDS.rpm.now).map((line) => `Provides: ${line}`)])];
});
after(() => folders.forEach((folder) => rmSync(folder, { recursive: true })));

const show = async (machine, unit, property) => (await machine.ok('systemctl', 'show', '-P', property, unit)).trim();
const nothingFailed = async (machine) => assert.equal(await machine.ok('systemctl', '--failed', '--quiet', '--plain', '--no-legend'), '');
const gone = async (machine, path) => assert.notEqual((await machine.run('test', '-e', path)).status, 0, `${path} is still there`);

const open = (t, kind) => scene(t, kind.now, true, kind.others, Booted);

// What /proc says of a process of the unit.
async function confined(machine, pid) {
  const text = await machine.ok('cat', `/proc/${pid}/status`);
  return Object.fromEntries(['Uid', 'CapEff', 'CapBnd', 'NoNewPrivs', 'Seccomp'].map((key) => [key, new RegExp(`^${key}:\\s*(\\S+)`, 'm').exec(text)[1]]));
}

test('the client runs confined, does its work so, and comes back when it is killed', { skip }, async (t) => {
  const { server, machine } = await open(t, KINDS.dpkg);
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

for (const [name, kind] of Object.entries(KINDS)) {
  test(`${name}: removed from a computer that was never enrolled, the service is not waited for or failed`, { skip }, async (t) => {
    const { machine } = await scene(t, kind.now, false, kind.others, Booted);
    assert.equal(await show(machine, 'holdfast-keeper', 'ActiveState'), 'active');
    await machine.ok(...kind.remove);
    await until('the restart that there must not be', async () => (await show(machine, 'holdfast-keeper', 'SubState')) !== 'auto-restart');
    assert.equal(await show(machine, 'holdfast-keeper', 'ActiveState'), 'inactive');
    await nothingFailed(machine);
  });

  test(`${name}: an approved removal ends the service, and nothing of it is left, failed or waiting`, { skip }, async (t) => {
    const { server, machine } = await open(t, kind);
    assert.equal((await machine.employee('holdfast', 'uninstall', '--no-wait', '--reason', '电脑归还')).status, 0);
    server.decide('approved');
    await until('the grant', async () => (await machine.status()).grant);
    machine.put(kind.later, '/tmp/later');
    await machine.ok(...kind.upgrade('/tmp/later'));
    await until('the grant, after the upgrade', async () => (await machine.status()).grant);
    await machine.ok(...kind.remove);
    assert.deepEqual(server.receipts.map((r) => r.kind).filter((k) => ['consumed', 'removed', 'removed-without-grant'].includes(k)), ['consumed', 'removed']);
    assert.equal(await show(machine, 'holdfast-keeper', 'LoadState'), 'not-found');
    assert.equal(await show(machine, 'holdfast-keeper', 'ActiveState'), 'inactive');
    await nothingFailed(machine);
    await machine.ok('rm', '-f', '/etc/holdfast/agent.conf.rpmsave');
    for (const path of ['/var/lib/holdfast', '/run/holdfast', '/etc/systemd/system/multi-user.target.wants/holdfast-keeper.service',
      '/run/systemd/system/holdfast-keeper.service.d']) await gone(machine, path);
  });

  test(`${name}: while it is protected it is not stopped by hand, is upgraded as the same process, and says when the machine goes down`, { skip }, async (t) => {
    const { server, machine } = await open(t, kind);
    const refuses = (said) => until(`RefuseManualStop=${said}`, async () => (await show(machine, 'holdfast-keeper', 'RefuseManualStop')) === said);
    await refuses('yes');
    const keeper = await show(machine, 'holdfast-keeper', 'MainPID');
    for (const word of ['stop', 'restart']) assert.equal((await machine.run('systemctl', word, 'holdfast-keeper')).status, 4, word);
    machine.put(kind.later, '/tmp/later');
    await machine.ok(...kind.upgrade('/tmp/later'));
    await until('the new program', async () => /going on as the program/.test(await machine.journal('holdfast-keeper')) && (await machine.status()).online);
    assert.equal(await show(machine, 'holdfast-keeper', 'MainPID'), keeper);
    assert.equal(await show(machine, 'holdfast-keeper', 'NRestarts'), '0');
    assert.equal((await machine.ok('readlink', `/proc/${keeper}/exe`)).trim(), '/usr/lib/holdfast/holdfast-keeper');

    server.setRules({ mode: 'off' });
    await refuses('no');
    await machine.ok('systemctl', 'restart', 'holdfast-keeper');
    await until('the session', async () => (await machine.status()).online);
    const going = () => server.receipts.filter((r) => r.kind === 'going').map((r) => r.text);
    assert.deepEqual(going(), ['stop']);
    server.setRules({ mode: 'block' });
    await refuses('yes');
    await machine.run('systemctl', 'poweroff');
    await until('the announcement', () => going().length === 2);
    assert.deepEqual(going(), ['stop', 'shutdown']);
  });

  test(`${name}: "uninstall now" removes it in a unit of its own, whatever confines the keeper`, { skip }, async (t) => {
    const { server, machine } = await open(t, kind);
    const grant = server.deliver(server.grant());
    await until('the grant', async () => (await machine.status()).grant);
    assert.deepEqual(await machine.ask({ cmd: 'uninstall-now', grant }), { ok: true });
    await until('the goodbye', () => server.receipt('removed'));
    await until('the end', async () => (await show(machine, 'holdfast-removal', 'LoadState')) === 'not-found');
    await until('its record in the journal', async () => /Removal of a package that Holdfast allowed/.test(await machine.journal('holdfast-removal')));
    await gone(machine, '/run/holdfast');
    await gone(machine, '/usr/bin/holdfast');
    await nothingFailed(machine);
  });

  test(`${name}: after a removal by force the service stays and goes on when the package is back`, { skip }, async (t) => {
    const { server, machine } = await open(t, kind);
    const keeper = await show(machine, 'holdfast-keeper', 'MainPID');
    await machine.ok(...kind.force);
    await until('the alarm', () => server.receipt('removed-without-grant'));
    assert.equal(await show(machine, 'holdfast-keeper', 'MainPID'), keeper);

    machine.put(kind.now, '/tmp/again');
    await machine.ok(...kind.upgrade('/tmp/again'));
    await machine.ok('sh', '-c', `printf '[server]\\nurl = ${server.url}\\n' >/etc/holdfast/agent.conf`);
    await until('the link', async () => (await machine.status()).online);
    assert.equal(await show(machine, 'holdfast-keeper', 'MainPID'), keeper);
    assert.equal((await machine.status()).protected, true);
    assert.equal((await machine.run(...kind.remove)).status, 1);
  });
}

test('a purge by force ends the service when the alarm is out, and leaves nothing', { skip }, async (t) => {
  const { server, machine } = await open(t, KINDS.dpkg);
  await machine.ok('rm', '/var/lib/dpkg/info/holdfast-client.prerm');
  await machine.ok('dpkg', '-P', CLIENT);
  assert.ok(server.receipt('removed-without-grant'));
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
  await until('the link in the journal', async () => /This link makes the first owner/.test(await machine.journal('holdfast-server')));

  await machine.ok('dpkg', '-i', '/tmp/later.deb');
  assert.notEqual(await show(machine, 'holdfast-server', 'MainPID'), first);
  assert.equal((await ask('/readyz')).status, 0);

  await machine.ok('sed', '-i', 's/^listen/listne/', '/etc/holdfast/server.conf');
  assert.notEqual((await machine.run('systemctl', 'restart', 'holdfast-server')).status, 0);
  await until('why, in the journal', async () => /server\.conf:\d+: there is no key "listne" in \[server\]/.test(await machine.journal('holdfast-server')));
  await machine.ok('sed', '-i', 's/^listne/listen/', '/etc/holdfast/server.conf');
  await machine.ok('systemctl', 'restart', 'holdfast-server');
  assert.equal((await ask('/healthz')).status, 0);

  await machine.ok('dpkg', '-P', 'holdfast-server');
  assert.notEqual((await ask('/healthz')).status, 0);
  await nothingFailed(machine);
  await gone(machine, '/var/lib/holdfast-server');
});
