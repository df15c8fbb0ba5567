// What the client finds amiss with its own protection: files, scripts, unit, clock, selection, ends by force. Against a server
// that the test plays, and once against the real one.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { appendFileSync, chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { Clock, unclocked } from './clock.mjs';
import { Machine, isRoot, stand, until } from './machine.mjs';
import { Device, Stage, build } from './stage.mjs';
import { Booted, buildPackage, cannotBoot, scene as booted } from './throw-away.mjs';

const sha256 = (text) => createHash('sha256').update(text).digest('hex');
const unit = 'holdfast-keeper.service';
const files = { '/usr/bin/holdfast': ['the program', 0o755], '/usr/lib/holdfast/holdfast-guard': ['the guard', 0o755],
  [`/usr/lib/systemd/system/${unit}`]: ['[Unit]\n', 0o644] };
const scripts = { prerm: 'the guard', postinst: '#!/bin/sh\n' };

// As dpkg leaves a package of that version, with a systemd that runs.
function furnish(machine, version = '0.1.0') {
  const put = (name, text, mode = 0o644) => {
    mkdirSync(dirname(machine.path(name)), { recursive: true });
    writeFileSync(machine.path(name), text);
    chmodSync(machine.path(name), mode);
  };
  const manifest = [`holdfast-manifest 1 ${version} amd64`,
    ...Object.entries(files).map(([name, [text, mode]]) => `${sha256(text)} ${mode.toString(8)} ${name}`),
    ...Object.entries(scripts).map(([name, text]) => `${sha256(text)} script ${name}`), ''].join('\n');
  for (const [name, [text, mode]] of Object.entries(files)) put(name, text, mode);
  for (const [name, text] of Object.entries(scripts)) put(`/var/lib/dpkg/info/holdfast-client.${name}`, text, 0o755);
  put('/var/lib/dpkg/info/holdfast-client.list', '/usr/bin/holdfast\n');
  put('/var/lib/dpkg/status', 'Package: holdfast-client\nStatus: install ok installed\nArchitecture: amd64\nVersion: 0.1.0\n\n');
  for (const folder of ['/etc/systemd/system/multi-user.target.wants', '/run/systemd/system']) mkdirSync(machine.path(folder), { recursive: true });
  rmSync(machine.path(`/etc/systemd/system/multi-user.target.wants/${unit}`), { force: true });
  symlinkSync(`/usr/lib/systemd/system/${unit}`, machine.path(`/etc/systemd/system/multi-user.target.wants/${unit}`));
  put('/usr/lib/holdfast/manifest', manifest);
  return sha256(manifest);
}

async function scene(t, env = {}) {
  const { server, machine } = await stand(t);
  const id = furnish(machine);
  await machine.start(env);
  await machine.enrol(server);
  const told = (kind) => server.receipts.filter((r) => r.kind === kind).map((r) => r.text);
  const weakened = (finding) => until(`weakened: ${finding} ${machine.log}`, () => told('weakened').find((text) => text.startsWith(`${finding}: `)));
  const recovered = (finding) => until(`recovered: ${finding} ${machine.log}`, () => told('recovered').includes(finding));
  const findings = async () => (await machine.status()).findings;
  return { server, machine, id, told, weakened, recovered, findings };
}

test('a client that is as it was installed finds nothing', async (t) => {
  const { server, machine, id, told, findings } = await scene(t);
  const question = await until('a question with the build', () => server.question?.build && server.question);
  assert.deepEqual(question.build, { version: '0.1.0', id });
  assert.equal(question.boot, machine.bootId());
  // Somebody touched it, and it is the same.
  writeFileSync(machine.path('/usr/lib/holdfast/holdfast-guard'), 'the guard');
  writeFileSync(machine.path('/etc/systemd/system/other.service'), '[Unit]\n');
  await new Promise((done) => setTimeout(done, 3000));
  assert.deepEqual(await findings(), []);
  assert.deepEqual(told('weakened'), []);
});

test('files that are changed or missing are told with their names, once, until they are whole again', async (t) => {
  const { machine, told, weakened, recovered, findings } = await scene(t);
  const guard = machine.path('/usr/lib/holdfast/holdfast-guard');
  appendFileSync(guard, '!');
  assert.equal(await weakened('files-changed'), 'files-changed: /usr/lib/holdfast/holdfast-guard');
  assert.deepEqual(await findings(), ['files-changed']);
  assert.match((await machine.holdfast(['status', '--json'])).out, /files-changed/);
  // A keeper that starts again says nothing twice.
  await machine.stop();
  await machine.start();
  writeFileSync(guard, 'the guard');
  await recovered('files-changed');
  chmodSync(guard, 0o644);
  await until('the mode', () => told('weakened').some((text) => /holdfast-guard has another mode/.test(text)));
  chmodSync(guard, 0o755);
  await until('the mode again', () => told('recovered').length === 2);
  renameSync(guard, `${guard}.away`);
  assert.equal(await weakened('files-missing'), 'files-missing: /usr/lib/holdfast/holdfast-guard');
  renameSync(`${guard}.away`, guard);
  await recovered('files-missing');
  unlinkSync(machine.path('/usr/lib/holdfast/manifest'));
  await until('the manifest', () => told('weakened').some((text) => /files-missing: .*manifest/.test(text)));
  assert.equal(told('weakened').length, 4);
});

test('another guard in the package database, a mask, a drop-in and a missing link are told', async (t) => {
  const { machine, weakened, recovered, findings } = await scene(t);
  const prerm = machine.path('/var/lib/dpkg/info/holdfast-client.prerm');
  unlinkSync(prerm);
  assert.equal(await weakened('script-changed'), 'script-changed: prerm is missing');
  writeFileSync(prerm, 'the guard', { mode: 0o755 });
  chmodSync(prerm, 0o755);
  await recovered('script-changed');
  const mask = machine.path(`/etc/systemd/system/${unit}`);
  symlinkSync('/dev/null', mask);
  assert.equal(await weakened('unit-masked'), `unit-masked: /etc/systemd/system/${unit}`);
  unlinkSync(mask);
  await recovered('unit-masked');
  const folder = machine.path(`/run/systemd/system/${unit}.d`);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'zz\n.conf'), '[Unit]\nRefuseManualStop=no\n');
  writeFileSync(machine.path('/run/systemd/system/any.service'), '');
  assert.equal(await weakened('unit-overridden'), `unit-overridden: /run/systemd/system/${unit}.d/zz?.conf`);
  const link = machine.path(`/etc/systemd/system/multi-user.target.wants/${unit}`);
  unlinkSync(link);
  writeFileSync(machine.path('/etc/systemd/system/any.service'), '');
  await weakened('unit-disabled');
  assert.deepEqual((await findings()).sort(), ['unit-disabled', 'unit-overridden']);
});

test('while a package manager works nothing is judged', { skip: !isRoot }, async (t) => {
  const { machine, told, weakened } = await scene(t);
  const { spawn } = await import('node:child_process');
  writeFileSync(machine.path('/var/lib/dpkg/lock-frontend'), '');
  // dpkg's locks are of fcntl(2), which node has not.
  const holder = spawn('python3', ['-c', `import fcntl, sys, time
f = open(sys.argv[1], 'r+')
fcntl.lockf(f, fcntl.LOCK_EX)
print('held', flush=True)
sys.stdin.read()`, machine.path('/var/lib/dpkg/lock-frontend')], { stdio: ['pipe', 'pipe', 'inherit'] });
  await new Promise((done) => holder.stdout.once('data', done));
  unlinkSync(machine.path('/usr/lib/holdfast/holdfast-guard'));
  await new Promise((done) => setTimeout(done, 3000));
  assert.deepEqual(told('weakened'), []);
  holder.stdin.end();
  await weakened('files-missing');
});

test('a clock that is set back below what the server signed is told until it is right', { skip: unclocked(join(build, 'holdfast-keeper')) }, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'hf-clock-'));
  const clock = new Clock(join(folder, 'clock'));
  t.after(() => { clock.close(); rmSync(folder, { recursive: true }); });
  const { machine, told, weakened, recovered } = await scene(t, clock.environment);
  const look = () => writeFileSync(machine.path('/usr/lib/holdfast/note'), '');
  clock.forward(-3 * 86400000);
  look();
  assert.match(await weakened('clock-back'), /it says \d{4}-.*Z; the server signed something at \d{4}-.*Z/);
  clock.forward(3 * 86400000);
  look();
  await recovered('clock-back');
  // A correction while the server is there, of a few minutes or from the future, is none.
  clock.forward(86400000);
  look();
  await new Promise((done) => setTimeout(done, 2500));
  clock.forward(-86400000);
  look();
  await new Promise((done) => setTimeout(done, 2500));
  assert.equal(told('weakened').length, 1);
});

test('a package that stays selected for removal is told until it is not', { skip: !isRoot }, async (t) => {
  // The watchdog's timer looks, here every six seconds.
  const { machine, weakened, recovered } = await scene(t, { WATCHDOG_USEC: '8000000' });
  const status = machine.path('/var/lib/dpkg/status');
  const install = readFileSync(status, 'utf8');
  writeFileSync(status, install.replace('install ok installed', 'deinstall ok installed'));
  assert.match(await until('the selection', () => weakened('package-selection').catch(() => null), 60), /stays selected for removal/);
  writeFileSync(status, install);
  await until('the selection again', () => recovered('package-selection').then(() => true, () => false), 60);
});

test('a keeper that is killed again and again says so', async (t) => {
  const { machine, weakened, recovered } = await scene(t);
  for (let i = 0; i < 3; i += 1) {
    await machine.stop('SIGKILL');
    await machine.start();
  }
  assert.match(await weakened('restarted-by-force'), /the keeper was ended by force 3 times in an hour/);
  // An hour later, by the clock of the boot.
  await machine.stop();
  writeFileSync(machine.path('/run/holdfast/starts'), 'ended\n1\n2\n3\n');
  const uptime = Number(readFileSync('/proc/uptime', 'utf8').split(' ')[0]);
  if (uptime < 3700) return;
  await machine.start();
  await recovered('restarted-by-force');
});

test('what the second observer found is told with the next start', async (t) => {
  const { machine, weakened, recovered } = await scene(t);
  await machine.stop('SIGKILL');
  writeFileSync(machine.state('gone'), `/etc/systemd/system/${unit}`, { mode: 0o600 });
  await machine.start();
  assert.match(await weakened('unit-masked'), /taken away again, since the keeper was gone/);
  await recovered('unit-masked');
  assert.ok(!existsSync(machine.state('gone')));
});

test('the second observer takes a mask away and starts a keeper that is gone, while the policy protects', { skip: !isRoot }, async (t) => {
  const { server, machine, weakened } = await scene(t);
  const { spawnSync } = await import('node:child_process');
  const check = () => spawnSync(join(build, 'holdfast-keeper'), ['--root', machine.root, '--check'], { encoding: 'utf8' });
  // systemd's place is taken by a program that notes what it was asked.
  mkdirSync(machine.path('/usr/bin'), { recursive: true });
  writeFileSync(machine.path('/usr/bin/systemctl'), `#!/bin/sh\necho "$@" >>${machine.path('/asked')}\n`, { mode: 0o755 });
  chmodSync(machine.path('/usr/bin/systemctl'), 0o755);
  assert.equal(check().status, 0);
  assert.ok(!existsSync(machine.path('/asked')));
  await machine.stop('SIGKILL');
  const mask = machine.path(`/etc/systemd/system/${unit}`);
  symlinkSync('/dev/null', mask);
  const run = check();
  assert.match(run.stderr, /the keeper is gone and is started again/);
  assert.equal(run.status, 1); // nothing came of it here
  assert.equal(readFileSync(machine.path('/asked'), 'utf8'), `daemon-reload\nstart ${unit}\n`);
  assert.ok(!existsSync(mask));
  await machine.start();
  assert.match(await weakened('unit-masked'), /^unit-masked: \/etc\/systemd\/system\/holdfast-keeper\.service, taken away again/);
  // Who need not be protected may be stopped.
  server.setRules({ mode: 'off' });
  await until('the policy', async () => !(await machine.status()).protected);
  await machine.stop();
  unlinkSync(machine.path('/asked'));
  assert.equal(check().status, 0);
  assert.ok(!existsSync(machine.path('/asked')));
});

test('at the real server each is an alarm within seconds, and a client that nobody built is one until it is accepted', async (t) => {
  const stage = await Stage.open();
  const machine = new Machine(stage.server.url);
  t.after(async () => {
    await machine.remove();
    await stage.close();
  });
  const alarms = async (kind) => (await stage.ask('GET', `alarms?state=open&kind=${kind}`)).items;
  const ours = furnish(machine);
  await machine.start();
  const login = machine.holdfastBegin(['login']);
  const [, uri] = await until('the address', () => /(http\S+user_code=\S+)/.exec(login.out));
  await new Device(stage, 'browser').consent(uri, 'lihua');
  assert.equal(await login.end, 0, login.err);
  const known = await until('the first build', async () => (await stage.ask('GET', 'builds')).items[0]);
  assert.deepEqual([known.id, known.accepted, known.accepted_by], [ours, true, '']);
  let began = Date.now();
  appendFileSync(machine.path('/usr/bin/holdfast'), '!');
  writeFileSync(machine.path('/usr/lib/holdfast/note'), ''); // of what is beside a watched folder the next look knows
  const [alarm] = await until('the alarm', async () => (await alarms('weakened')).length > 0 && alarms('weakened'));
  assert.deepEqual([alarm.subject, alarm.evidence], ['files-changed', '/usr/bin/holdfast']);
  t.diagnostic(`a changed file was an alarm after ${Date.now() - began} ms`);
  began = Date.now();
  symlinkSync('/dev/null', machine.path(`/etc/systemd/system/${unit}`));
  await until('the mask', async () => (await alarms('weakened')).some((a) => a.subject === 'unit-masked'));
  t.diagnostic(`a mask was an alarm after ${Date.now() - began} ms`);
  began = Date.now();
  unlinkSync(machine.path(`/etc/systemd/system/${unit}`));
  const fake = furnish(machine, '99.0');
  const [unknown] = await until('the fake upgrade', async () => (await alarms('unknown-build')).length > 0 && alarms('unknown-build'));
  t.diagnostic(`an unknown build was an alarm after ${Date.now() - began} ms`);
  assert.deepEqual([unknown.subject, unknown.device.name.length > 0], [fake, true]);
  await until('that all is well', async () => (await alarms('weakened')).length === 0);
  await stage.ask('POST', 'builds', { id: fake, version: '99.0', note: 'ours after all' });
  assert.deepEqual(await alarms('unknown-build'), []);
});

test('the package under systemd: nothing is amiss; who masks and kills it is told of, and it is started again', { skip: cannotBoot(), timeout: 300000 }, async (t) => {
  const { folder, deb } = buildPackage();
  t.after(() => rmSync(folder, { recursive: true }));
  const { server, machine } = await booted(t, deb, true, [], Booted);
  const told = (kind) => server.receipts.filter((r) => r.kind === kind).map((r) => r.text);
  const active = async () => (await machine.run('systemctl', 'is-active', unit)).out.trim();
  for (const observer of ['holdfast-check.timer', 'holdfast-check.path']) assert.equal((await machine.run('systemctl', 'is-active', observer)).out.trim(), 'active');
  await machine.ok('systemctl', 'start', 'holdfast-check.service');
  await new Promise((done) => setTimeout(done, 3000));
  assert.deepEqual(told('weakened'), []);
  // The drop-in that refuses stopping is the keeper's own.
  assert.notEqual((await machine.run('systemctl', 'stop', unit)).status, 0);
  const began = Date.now();
  await machine.ok('systemctl', 'mask', unit);
  await machine.ok('systemctl', 'kill', '--signal=KILL', unit);
  await until('the second observer', async () => /the keeper is gone and is started again/.test(await machine.journal('holdfast-check.service')), 90).catch(async (e) => {
    throw new Error(`${e.message}\n${(await machine.run('systemctl', 'status', 'holdfast-check.path', 'holdfast-check.service', unit)).out}`);
  });
  await until('the keeper again', async () => (await active()) === 'active', 90);
  t.diagnostic(`masked and stopped, it was back after ${Date.now() - began} ms`);
  await until('the mask', () => told('weakened').some((text) => /^unit-masked: \/(etc|run)\/systemd\/system\/holdfast-keeper\.service/.test(text)), 60);
  await until('its end', () => told('recovered').includes('unit-masked'), 60);
  await until('what it did', async () => /masked the unit and is taken away/.test(await machine.journal('holdfast-check.service')));
  // A drop-in that allows stopping it, and a stop.
  await machine.ok('sh', '-c', `printf '[Unit]\\nRefuseManualStop=no\\n' >/run/systemd/system/${unit}.d/zz.conf`);
  await machine.ok('systemctl', 'daemon-reload');
  await machine.ok('systemctl', 'stop', unit);
  await machine.ok('systemctl', 'start', '--no-block', 'holdfast-check.service'); // as its timer does, or as the files' change did
  await until('the keeper after a stop', async () => (await active()) === 'active', 90);
  await until('the drop-in', () => told('weakened').some((text) => text === `unit-overridden: /run/systemd/system/${unit}.d/zz.conf`), 60);
  await machine.ok('systemctl', 'disable', unit);
  await machine.ok('touch', '/etc/systemd/system/any'); // the next look now, not with the timer
  await until('that nothing starts it', () => told('weakened').some((text) => text.startsWith('unit-disabled: ')), 150);
  await machine.ok('systemctl', 'enable', unit);
  await machine.ok('touch', '/etc/systemd/system/any');
  await until('that it is started again', () => told('recovered').includes('unit-disabled'), 150);
});
