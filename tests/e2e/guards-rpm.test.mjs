// Packages that the policy protects beside the client, as rpm and dnf see them in a throw-away root.
import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { isRoot, until } from './machine.mjs';
import { buildRpms, makeRpm, needs } from './rpms.mjs';
import { scene } from './throw-away.mjs';

const skip = isRoot ? false : 'needs root';
const vpn = 'toy_VPN'; // a name that only rpm allows
const guard = `holdfast-guards-${vpn}`;
const client = 'holdfast-client';
let folder, rpm, host, toy, needed;

before(() => {
  if (skip) return;
  const made = buildRpms([client]);
  ({ folder } = made);
  rpm = made.rpms[client];
  host = makeRpm(folder, 'host', needs(rpm).map((line) => `Provides: ${line}`));
  toy = makeRpm(folder, vpn, ['Requires: toy-needed']);
  needed = makeRpm(folder, 'toy-needed', []);
});
after(() => folder && rmSync(folder, { recursive: true }));

const installed = async (machine, name) => (await machine.run('rpm', '-q', name)).status === 0;
const guarded = (machine) => until(`${guard} on the machine`, () => installed(machine, guard), 60);
const bare = (machine, name = guard) => until(`${name} gone`, async () => !(await installed(machine, name)), 60);
const about = (server, name) => server.receipts.filter((r) => r.package === name).map((r) => r.kind).filter((kind) => !['attempt', 'going'].includes(kind));
const told = (server, name, ...kinds) => until(`${kinds} of ${name}`, () => about(server, name).length >= kinds.length, 60)
  .then(() => assert.deepEqual(about(server, name), kinds));

async function withToy(t) {
  const { server, machine } = await scene(t, rpm, true, [host]);
  machine.put(toy, '/tmp/toy.rpm');
  machine.put(needed, '/tmp/needed.rpm');
  await machine.ok('mkdir', '-p', '/etc/dnf/protected.d');
  await machine.ok('rpm', '-U', '/tmp/needed.rpm', '/tmp/toy.rpm');
  server.setRules({ packages: [client, vpn] });
  await guarded(machine);
  await until('the status', async () => (await machine.status()).packages[0].guarded);
  return { server, machine };
}

async function granted(server, machine) {
  server.deliver(server.grant({ package: vpn }));
  await until('the grant', async () => (await machine.ask({ cmd: 'status', package: vpn })).grant);
  await until('dnf to be told', async () => (await machine.run('test', '-e', '/etc/dnf/protected.d/holdfast-guards.conf')).status !== 0);
}

test('rpm and dnf refuse every ordinary removal, and both stay', { skip }, async (t) => {
  const { server, machine } = await withToy(t);
  assert.match(await machine.ok('rpm', '-qi', guard), /holdfast uninstall toy_VPN --reason "why"/);
  assert.match(await machine.ok('rpm', '-V', guard), /^$/);
  const refused = /toy_VPN is protected by your organisation[^]*受您的组织保护/;
  const forms = [
    [['rpm', '-e', vpn], /toy_VPN is needed by \(installed\) holdfast-guards-toy_VPN/],
    [['rpm', '-e', vpn, guard], refused],
    [['rpm', '-e', '--nodeps', vpn], refused],
    [['rpm', '-e', guard], refused],
    [['dnf', '-y', 'remove', vpn], /protected packages: holdfast-guards-toy_VPN/],
    [['dnf', '-y', 'remove', 'toy-needed'], /protected packages: holdfast-guards-toy_VPN/],
    [['dnf', '-y', '--setopt=protected_packages=', 'remove', vpn], refused],
    [['dnf', '-y', '--setopt=protected_packages=', 'remove', guard], refused],
  ];
  await until('dnf to be told', async () => (await machine.run('test', '-e', '/etc/dnf/protected.d/holdfast-guards.conf')).status === 0);
  for (const [command, said] of forms) {
    const run = await machine.run(...command);
    assert.notEqual(run.status, 0, `${command}: ${run.out}`);
    assert.match(run.out, said);
    for (const name of [vpn, guard, 'toy-needed']) assert.ok(await installed(machine, name), `${command}: ${run.out}`);
  }
  await until('the attempts', () => server.receipts.some((r) => r.kind === 'attempt' && r.package === vpn));
  assert.deepEqual(about(server, vpn), []);
  // Neither an upgrade nor a reinstallation is a removal.
  await machine.ok('rpm', '-U', '--replacepkgs', '/tmp/toy.rpm');
  assert.ok(await installed(machine, vpn));
});

for (const remove of [['dnf', '-y', 'remove', vpn], ['rpm', '-e', guard, vpn], ['rpm', '-e', '--nodeps', vpn]]) {
  test(`approved: ${remove.join(' ')} takes both with one approval`, { skip }, async (t) => {
    const { server, machine } = await withToy(t);
    await granted(server, machine);
    await machine.ok(...remove);
    assert.equal(await installed(machine, vpn), false);
    await told(server, vpn, 'consumed', 'removed');
    await bare(machine);
    assert.deepEqual(server.receipts.filter((r) => r.package === client), []);
  });
}

test('"uninstall now" waits while another rpm is at work', { skip }, async (t) => {
  const { server, machine } = await withToy(t);
  await granted(server, machine);
  const lock = 'import fcntl, os, time; f = open("/var/lib/rpm/.rpm.lock", "r+"); fcntl.lockf(f, fcntl.LOCK_EX); open("/tmp/held", "w"); '
    + '\nwhile not os.path.exists("/tmp/free"): time.sleep(0.1)';
  const holder = machine.run('/usr/bin/python3', '-c', lock);
  await until('the lock', async () => (await machine.run('test', '-e', '/tmp/held')).status === 0);
  assert.ok((await machine.ask({ cmd: 'uninstall-now', grant: [...server.grants.keys()].at(-1) })).ok);
  await until('the wait', async () => (await machine.status()).removal?.step === 'waiting');
  assert.ok(await installed(machine, vpn));
  await machine.ok('touch', '/tmp/free');
  await holder;
  await bare(machine, vpn);
  await bare(machine);
  await told(server, vpn, 'consumed', 'removed');
});

test('the guard goes with its reason, and with the client', { skip }, async (t) => {
  const { server, machine } = await withToy(t);
  server.setRules({ packages: [client] });
  await bare(machine);
  server.setRules({ packages: [client, vpn] });
  await guarded(machine);
  server.setRules({ mode: 'audit' });
  await bare(machine);
  server.setRules({ mode: 'block' });
  await guarded(machine);
  server.deliver(server.grant());
  await until('the grant', async () => (await machine.status()).grant);
  await machine.ok('rpm', '-e', client);
  assert.equal(await machine.ended, 0);
  await bare(machine);
  assert.ok(await installed(machine, vpn));
  assert.notEqual((await machine.run('test', '-e', '/usr/lib/holdfast')).status, 0);
});

for (const force of [['--nodeps', '--noscripts'], ['--nodeps', '--justdb']])
  test(`what rpm -e ${force.join(' ')} takes away is told of, once`, { skip }, async (t) => {
    const { server, machine } = await withToy(t);
    await machine.ok('rpm', '-e', ...force, vpn);
    await told(server, vpn, 'removed-without-grant');
    await bare(machine);
    await machine.restartKeeper();
    await machine.ok('rpm', '-e', ...force, client);
    await told(server, client, 'removed-without-grant');
    assert.deepEqual(about(server, vpn), ['removed-without-grant']);
  });
