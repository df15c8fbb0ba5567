// The package as rpm and dnf see it, in a throw-away root: installed, refused, approved, removed, upgraded.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { after, before, test } from 'node:test';
import { isRoot, until } from './machine.mjs';
import { buildRpms, makeRpm, needs } from './rpms.mjs';
import { build, Device, Stage } from './stage.mjs';
import { Booted, cannotBoot, furnish, scene } from './throw-away.mjs';

const skip = isRoot ? false : 'needs root';
const client = 'holdfast-client';
let one, two, rpm, host;

before(() => {
  if (skip) return;
  one = buildRpms();
  two = buildRpms([client], 2);
  rpm = one.rpms[client];
  // The rest of such a machine: the libraries, a shell.
  host = makeRpm(one.folder, 'host', ['Provides: system-release = 1', ...needs(...Object.values(one.rpms)).map((line) => `Provides: ${line}`)]);
});
after(() => [one, two].forEach((made) => made && rmSync(made.folder, { recursive: true })));

const open = (t, enrolled) => scene(t, rpm, enrolled, [host]);
const installed = async (machine, name = client) => (await machine.run('rpm', '-q', name)).status === 0;
const attempts = (server) => server.receipts.filter((r) => r.kind === 'attempt').length;

// But for the settings, of which rpm keeps a copy when they were changed.
async function nothingIsLeft(machine) {
  await machine.ok('rm', '-f', '/etc/holdfast/agent.conf.rpmsave');
  await machine.run('rmdir', '/etc/holdfast');
  for (const path of ['/etc/holdfast', '/var/lib/holdfast', '/run/holdfast', '/usr/lib/holdfast', '/usr/bin/holdfast'])
    assert.notEqual((await machine.run('test', '-e', path)).status, 0, path);
  assert.notEqual((await machine.run('test', '-e', '/var/log/dpkg-was-run')).status, 0);
}

test('the same build gives the same packages, clean to rpmlint', { skip }, () => {
  const again = buildRpms();
  try {
    for (const [name, file] of Object.entries(one.rpms)) assert.ok(readFileSync(file).equals(readFileSync(again.rpms[name])), name);
  } finally {
    rmSync(again.folder, { recursive: true });
  }
  for (const name of ['dingsim', 'holdfast-client', 'holdfast-server', 'holdfastctl']) assert.ok(one.rpms[name], name);
  const packaging = join(one.folder, 'packaging');
  const said = execFileSync('rpmlint', ['-c', join(packaging, 'rpmlint.toml'), ...Object.values(one.rpms), join(packaging, 'holdfast.spec')], { encoding: 'utf8' });
  assert.match(said, / 0 errors, 0 warnings,/, said);
});

test('the client needs no library that dnf would take along with it', { skip }, () => {
  // systemd needs libsystemd itself, and dnf protects systemd.
  const libraries = needs(rpm).map((line) => line.split(/[(.]/)[0]);
  assert.deepEqual([...new Set(libraries)].sort(), ['/bin/sh', 'libc', 'libcrypto', 'libcurl', 'libsystemd', 'rtld']);
});

test('a computer that was never enrolled removes the package freely, with rpm and with dnf', { skip }, async (t) => {
  for (const remove of [['rpm', '-e', client], ['dnf', '-y', 'remove', client]]) {
    const { machine } = await open(t, false);
    assert.match(await machine.ok('getent', 'passwd', 'holdfast'), /nologin/);
    await machine.ok(...remove);
    assert.equal(await machine.ended, 0);
    await nothingIsLeft(machine);
  }
});

test('every ordinary way of removing it is refused and explained, whatever the environment', { skip }, async (t) => {
  const { server, machine } = await open(t);
  await machine.ok('sh', '-c', 'echo "exit 0" >/tmp/exit0');
  const forms = [
    ['rpm', '-e', client],
    ['rpm', '-e', '--nodeps', client],
    ['rpm', '-e', '--allmatches', client],
    ['rpm', '-e', '--notriggers', '--nopostun', client],
    ['dnf', '-y', 'remove', client],
    ['dnf', '-y', 'remove', '--noautoremove', client],
    ['dnf', '-y', 'autoremove', client],
    ['dnf', '-y', '--setopt=protected_packages=', 'remove', client],
    ['env', 'BASH_ENV=/tmp/exit0', 'ENV=/tmp/exit0', 'BASH_FUNC_test%%=() { exit 0; }', 'rpm', '-e', client],
    ['env', 'LD_PRELOAD=/tmp/nothing.so', 'LD_LIBRARY_PATH=/tmp', 'PATH=/tmp:/usr/bin', 'rpm', '-e', client],
  ];
  for (const [i, form] of forms.entries()) {
    const run = await machine.run(...form);
    assert.equal(run.status, 1, form.join(' '));
    assert.match(run.out, /holdfast-client is protected by your organisation[^]*holdfast uninstall --reason/, form.join(' '));
    assert.match(run.out, /卸载/);
    assert.ok(await installed(machine), form.join(' '));
    await until('the report', () => attempts(server) === i + 1);
  }
  assert.equal((await machine.run('rpm', '-e', '--test', client)).status, 0); // rpm's own check alone
  await machine.ok('rpm', '-V', '--nodeps', '--noconfig', client);
  assert.equal((await machine.status()).protected, true);
  assert.equal(attempts(server), forms.length);
  assert.notEqual((await machine.run('test', '-e', '/var/log/dpkg-was-run')).status, 0);
});

test('what another package does to it does not remove it', { skip }, async (t) => {
  const { server, machine } = await open(t);
  const rival = makeRpm(one.folder, 'rival', [`Obsoletes: ${client}`]);
  machine.put(rival, '/tmp/rival.rpm');
  const replaced = await machine.run('rpm', '-U', '/tmp/rival.rpm');
  assert.equal(replaced.status, 1, replaced.out);
  assert.match(replaced.out, /is protected by your organisation/);
  assert.ok(await installed(machine));
  await machine.run('rpm', '-e', 'rival');

  // What it needs: rpm refuses by itself; dnf would remove both, and leaves the client.
  const needed = await machine.run('rpm', '-e', 'host');
  assert.equal(needed.status, 1);
  assert.match(needed.out, /is needed by \(installed\) holdfast-client/);
  const both = await machine.run('dnf', '-y', 'remove', 'host');
  assert.equal(both.status, 1, both.out);
  assert.match(both.out, /is protected by your organisation/);
  assert.ok(await installed(machine));
  await until('the reports', () => attempts(server) === 2);
  assert.equal((await machine.run('rpm', '-e', client)).status, 1);
});

for (const remove of [['rpm', '-e', client], ['dnf', '-y', 'remove', client]]) {
  test(`approved: ${remove[0]} removes it, once, and it says goodbye`, { skip }, async (t) => {
    const { server, machine } = await open(t);
    assert.equal((await machine.run(...remove)).status, 1);
    const filed = await machine.employee('holdfast', 'uninstall', '--no-wait', '--reason', '电脑归还');
    assert.equal(filed.status, 0, filed.out);
    const again = await machine.run(...remove);
    assert.equal(again.status, 1);
    assert.match(again.out, /HF-000123/);
    server.decide('approved');
    await until('the grant', async () => (await machine.status()).grant);
    const removed = await machine.run(...remove);
    assert.equal(removed.status, 0, removed.out);
    assert.equal(await machine.ended, 0);
    assert.deepEqual(server.receipts.map((r) => r.kind).filter((kind) => kind !== 'attempt'), ['consumed', 'removed']);
    assert.equal(server.receipt('consumed').grant, [...server.grants.keys()][0]);
    assert.ok(!await installed(machine));
    await nothingIsLeft(machine);
  });
}

test('"uninstall now" lets an employee without root remove it, and a failed one leaves everything as it was', { skip }, async (t) => {
  const { server, machine } = await open(t);
  machine.put(makeRpm(one.folder, 'dependent', [`Requires: ${client}`]), '/tmp/dependent.rpm');
  await machine.ok('rpm', '-i', '/tmp/dependent.rpm');
  server.deliver(server.grant());
  const { grant } = await until('the grant', async () => (await machine.status()).grant && machine.status());
  assert.deepEqual(await machine.ask({ cmd: 'uninstall-now', grant: grant.id }), { ok: true });
  const failed = await until('the failure', async () => (await machine.status()).removal?.state === 'failed' && (await machine.status()).removal);
  assert.match(failed.text, /Failed dependencies: .*holdfast-client is needed by \(installed\) dependent/);
  assert.equal((await machine.status()).grant.id, grant.id);
  await machine.ok('rpm', '-e', 'dependent');

  assert.deepEqual(await machine.ask({ cmd: 'uninstall-now', grant: grant.id }), { ok: true });
  assert.equal(await machine.ended, 0);
  await until('the goodbye', () => server.receipt('removed'));
  assert.deepEqual(server.receipts.map((r) => r.kind), ['consumed', 'removed']);
  await until('the end', async () => !await installed(machine));
  await until('the last file', async () => (await machine.run('test', '-e', '/run/holdfast')).status !== 0);
  await nothingIsLeft(machine);
});

// The first two: by what the package runs afterwards. The others run nothing at all: by the watch on the database.
const past = {
  'a guard that says yes': [['cp', '/usr/bin/true', '/usr/lib/holdfast/holdfast-guard'], ['rpm', '-e', client]],
  '--nopreun': [['rpm', '-e', '--nopreun', client]],
  '--noscripts': [['rpm', '-e', '--noscripts', client]],
  '--justdb': [['rpm', '-e', '--justdb', client]],
  'dnf without scripts': [['dnf', '-y', '--setopt=tsflags=noscripts', 'remove', client]],
  'an empty package as the next version': [['rpm', '-U', '/tmp/empty.rpm'], ['rpm', '-e', client]],
};
for (const [way, commands] of Object.entries(past)) {
  test(`a removal past the guard is alarmed: ${way}`, { skip }, async (t) => {
    const { server, machine } = await open(t);
    machine.put(makeRpm(join(one.folder, 'empty'), client, []), '/tmp/empty.rpm');
    await until('the keeper has seen it', async () => (await machine.run('test', '-e', '/var/lib/holdfast/packages')).status === 0);
    for (const command of commands) await machine.ok(...command);
    await until('the alarm', () => server.receipt('removed-without-grant'), 60);
    assert.equal(server.receipt('removed'), undefined);
    assert.equal((await machine.run('test', '-e', '/var/lib/holdfast/device.key')).status, 0);
  });
}

test('upgrade, downgrade and reinstallation are never stopped, and the computer stays enrolled', { skip }, async (t) => {
  const { server, machine } = await open(t);
  const newer = two.rpms[client];
  machine.put(newer, '/tmp/newer.rpm');
  const version = async () => (await machine.ok('rpm', '-q', '--qf', '%{RELEASE}', client)).slice(0, 1);
  const steps = [
    [['rpm', '-U', '/tmp/newer.rpm'], '2'],
    [['rpm', '-U', '--oldpackage', '/tmp/client.rpm'], '1'],
    [['rpm', '-U', '--replacepkgs', '/tmp/client.rpm'], '1'],
    [['rpm', '-F', '/tmp/newer.rpm'], '2'],
  ];
  for (const [step, after] of steps) {
    await machine.ok(...step);
    assert.equal(await version(), after, step.join(' '));
  }
  await machine.ok('mkdir', '/repo');
  for (const file of [rpm, newer]) machine.put(file, `/repo/${basename(file)}`);
  await machine.ok('createrepo_c', '-q', '/repo');
  await machine.ok('sh', '-c', 'printf "[local]\\nname=x\\nbaseurl=file:///repo\\n" >/etc/yum.repos.d/local.repo');
  for (const [step, after] of [['downgrade', '1'], ['upgrade', '2'], ['reinstall', '2']]) {
    await machine.ok('dnf', '-y', step, client);
    assert.equal(await version(), after, step);
  }
  assert.equal((await machine.status()).protected, true);
  assert.match(await machine.ok('cat', '/etc/holdfast/agent.conf'), /127\.0\.0\.1/);
  assert.equal(attempts(server), 0);
  assert.equal((await machine.run('rpm', '-e', client)).status, 1);

  // Without the guard rpm has nobody to ask, and stops; the next version brings a guard along.
  await machine.ok('rm', '/usr/lib/holdfast/holdfast-guard');
  const unguarded = await machine.run('rpm', '-e', client);
  assert.equal(unguarded.status, 1);
  assert.match(unguarded.out, /%preun\(holdfast-client.* scriptlet failed, exit status 127/);
  await machine.ok('rpm', '-U', '--replacepkgs', '/tmp/newer.rpm');
  assert.match((await machine.run('rpm', '-e', client)).out, /is protected by your organisation/);
});

test('with systemd: it starts, becomes the new version as the same process, and is gone with its unit', { skip: skip || cannotBoot() }, async (t) => {
  const { server, machine } = await scene(t, rpm, true, [host], Booted);
  const show = async (what) => (await machine.ok('systemctl', 'show', '-P', what, 'holdfast-keeper')).trim();
  assert.equal((await machine.ok('systemctl', 'is-enabled', 'holdfast-keeper')).trim(), 'enabled');
  const pid = await show('MainPID');
  machine.put(two.rpms[client], '/root/newer.rpm');
  await machine.ok('rpm', '-U', '/root/newer.rpm');
  await until('the new version', async () => /going on as the program/.test(await machine.journal('holdfast-keeper')));
  assert.equal(await show('MainPID'), pid);
  await until('the link', async () => (await machine.status()).online);
  assert.equal((await machine.run('rpm', '-e', client)).status, 1);

  server.deliver(server.grant());
  const { grant } = await until('the grant', async () => (await machine.status()).grant && machine.status());
  assert.deepEqual(await machine.ask({ cmd: 'uninstall-now', grant: grant.id }), { ok: true });
  await until('the goodbye', () => server.receipt('removed'));
  await until('the end', async () => !await installed(machine));
  await until('the service gone', async () => (await machine.run('systemctl', 'cat', 'holdfast-keeper')).status !== 0);
  await until('the removal\'s own service gone', async () => (await machine.run('systemctl', 'is-active', 'holdfast-removal')).status !== 0);
  assert.equal((await machine.ok('ls', '/etc/systemd/system/multi-user.target.wants')).trim(), '');
  await nothingIsLeft(machine);
});

test('the server\'s package: a user, a file with the service\'s group, and the data stays', { skip }, async (t) => {
  const { machine } = await open(t, false);
  const others = ['holdfast-server', 'holdfastctl', 'dingsim'];
  for (const name of others) machine.put(one.rpms[name], `/tmp/${name}.rpm`);
  await machine.ok('rpm', '-i', ...others.map((name) => `/tmp/${name}.rpm`));
  for (const name of others) assert.match(await machine.ok(name, '--version'), new RegExp(`^${name} `));
  assert.match(await machine.ok('getent', 'passwd', 'holdfast-server'), /nologin/);
  assert.equal((await machine.ok('stat', '-c', '%U %G %a', '/etc/holdfast/server.conf')).trim(), 'root holdfast-server 640');
  await machine.ok('rpm', '-V', '--nodeps', ...others);
  await machine.ok('install', '-d', '-o', 'holdfast-server', '/var/lib/holdfast-server');
  await machine.ok('setpriv', '--reuid', 'holdfast-server', '--regid', 'holdfast-server', '--clear-groups',
    'holdfast-server', 'check', '--config', '/etc/holdfast/server.conf');
  await machine.ok('dnf', '-y', 'remove', ...others);
  assert.match(await machine.ok('ls', '/var/lib/holdfast-server'), /holdfast\.db/);
});

// With the real server in the place of the one that a test plays.
for (const remove of [['rpm', '-e', client], ['dnf', '-y', 'remove', client]]) {
  test(`signed in, refused, filed, approved in DingTalk, removed with ${remove[0]}`, { skip }, async (t) => {
    const stage = await Stage.open();
    t.after(() => stage.close());
    const machine = await furnish(t, rpm, stage.server.url, [host]);
    const login = await machine.employee('holdfast', 'login', '--no-wait');
    assert.equal(login.status, 0, login.out);
    await new Device(stage, 'browser').consent(/http:\S+user_code=\S+/.exec(login.out)[0], 'lihua');
    await until('the enrolment', async () => (await machine.status()).online);
    const [device] = (await stage.ask('GET', 'devices')).items;
    const id = (await machine.ok('sha256sum', '/usr/lib/holdfast/manifest')).slice(0, 64);
    const accepted = execFileSync(join(build, 'holdfastctl'), ['builds', 'accept', rpm, '--note', 'x'], { encoding: 'utf8',
      env: { ...process.env, HOME: stage.folder, LANG: 'C.UTF-8', HOLDFAST_SERVER: stage.server.url, HOLDFAST_TOKEN: stage.token } });
    assert.ok(accepted.includes(id), accepted);
    assert.equal((await machine.run(...remove)).status, 1);

    const filed = await machine.employee('holdfast', 'uninstall', '--no-wait', '--reason', '旧机回收');
    assert.equal(filed.status, 0, filed.out);
    const { number } = (await machine.status()).instance;
    await stage.decide(number, 'agree');
    await until('the grant', async () => (await machine.status()).grant);
    await machine.ok(...remove);
    assert.equal(await machine.ended, 0);
    await until('the goodbye', async () => (await stage.ask('GET', `devices/${device.id}`)).state === 'uninstalled');
    assert.deepEqual((await stage.ask('GET', 'removals')).items.map((r) => [r.ground, r.state]), [['grant', 'removed']]);
  });
}
