// holdfast-session: what the person at the computer is told, and when nobody is.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { Desktop, begin, build } from './desktop.mjs';
import { FakeServer } from './fake-server.mjs';
import { Machine, isRoot, until } from './machine.mjs';
import { Booted, buildPackage, buildPackages, cannotBoot, scene as throwAwayScene } from './throw-away.mjs';

const skip = existsSync(join(build, 'holdfast-session')) ? false : 'built without the desktop';
const skipRoot = skip || (isRoot ? false : 'needs root');
const english = { LC_ALL: 'C.UTF-8', LANGUAGE: '', TZ: 'UTC' };
// The first is a locale that every machine has; the language is chosen by the second.
const chinese = { LC_ALL: 'C.UTF-8', LANGUAGE: 'zh_CN', TZ: 'UTC' };
const prompt = {
  zh: { title: '您的安全客户端即将被卸载', content: '卸载后无法访问内网。', primary: '去报备', secondary: '我知道了' },
  en: { title: 'Your security client is about to be uninstalled', content: 'It <b>stays</b> & works.', primary: 'File for Approval', secondary: 'Got It' },
};

// The stand-in of the window says how it was started.
function standIn(file, log) {
  writeFileSync(file, `#!/bin/sh\necho "$* token=\${XDG_ACTIVATION_TOKEN-}" >>${log}\n`);
  chmodSync(file, 0o755);
}

async function scene(t, { daemon = true, bus = true, enrolled = true } = {}) {
  const server = new FakeServer();
  server.rules.prompt = prompt;
  await server.start();
  const machine = new Machine(server.url);
  const folder = mkdtempSync(join(tmpdir(), 'hf-desktop-'));
  const desktop = new Desktop({ where: folder, begin });
  t.after(async () => {
    await desktop.end();
    await machine.remove();
    await server.stop();
    for (const child of desktop.running) {
      const at = child.log.search(/Sanitizer|runtime error/);
      assert.equal(at < 0 ? '' : child.log.slice(at, at + 1500), '');
    }
    rmSync(folder, { recursive: true });
  });
  mkdirSync(machine.path('usr/bin'));
  standIn(machine.path('usr/bin/holdfast-window'), join(folder, 'window'));
  const catalogues = machine.path('usr/share/locale/zh_CN/LC_MESSAGES');
  mkdirSync(catalogues, { recursive: true });
  symlinkSync(join(build, 'po/holdfast.mo'), join(catalogues, 'holdfast.mo'));
  await machine.start();
  if (enrolled) await machine.enrol(server);
  if (bus) await desktop.startBus();
  if (bus && daemon) await desktop.startDaemon();
  const windows = () => (existsSync(join(folder, 'window')) ? readFileSync(join(folder, 'window'), 'utf8').split('\n').slice(0, -1) : []);
  const session = (env = english) => desktop.run(join(build, 'holdfast-session'), ['--root', machine.root], env);
  return { server, machine, desktop, windows, session, folder };
}

// The keeper tells whoever watches; how many do is in nobody's answer.
async function attemptUntilNotice(machine, desktop, count) {
  await until('the prompt', async () => {
    await machine.ask({ cmd: 'attempt', package: 'holdfast-client', tampered: false, action: 'uninstall' });
    return desktop.notices.length >= count;
  }, 30);
  return desktop.notices[count - 1];
}

test('a refused removal is shown with the organisation\'s words, and its button opens the window', { skip: skipRoot }, async (t) => {
  const { machine, desktop, windows, session } = await scene(t);
  session();
  const shown = await attemptUntilNotice(machine, desktop, 1);
  assert.equal(shown.title, prompt.en.title);
  // What a daemon with markup must not read as such.
  assert.equal(shown.body, 'It &lt;b&gt;stays&lt;/b&gt; &amp; works.');
  assert.deepEqual(shown.actions, ['default', 'Show', 'prompt', 'File for Approval', 'close', 'Got It']);
  assert.deepEqual([shown.urgency, shown.timeout, shown.app, shown['desktop-entry']], [2, 0, 'Holdfast', 'org.holdfast.Window']);
  desktop.say(`invoke ${shown.id} prompt token-1`);
  await until('the window', () => windows().length === 1);
  assert.equal(windows()[0], `--show prompt --root ${machine.root} token=token-1`);
  await until('the notification to go', () => desktop.calls.some((c) => c.call === 'CloseNotification' && c.id === shown.id));
});

test('attempts in a row are one notification, and its second button only closes it', { skip: skipRoot }, async (t) => {
  const { machine, desktop, windows, session, server } = await scene(t);
  session();
  const shown = await attemptUntilNotice(machine, desktop, 1);
  for (let i = 0; i < 20; i++) await machine.ask({ cmd: 'attempt', package: 'holdfast-client', tampered: false, action: 'uninstall' });
  desktop.say(`invoke ${shown.id} close`);
  await until('the notification to go', () => desktop.calls.some((c) => c.call === 'CloseNotification'));
  // What comes afterwards is shown after whatever the attempts led to.
  server.deliver(server.grant());
  assert.match((await desktop.notice(2)).title, /You may uninstall holdfast-client/);
  assert.equal(desktop.notices.length, 2);
  assert.deepEqual(windows(), []);
});

test('where filing is not allowed there is nothing to file with, but whom to ask', { skip: skipRoot }, async (t) => {
  const { machine, server, desktop, session } = await scene(t);
  server.setRules({ filing: false });
  await until('the rules', async () => !(await machine.status()).filing);
  session();
  const shown = await attemptUntilNotice(machine, desktop, 1);
  assert.deepEqual(shown.actions, ['default', 'Show', 'close', 'Got It']);
  assert.match(shown.body, /Please contact: it@example\.com/);
});

test('while a request waits the prompt says so', { skip: skipRoot }, async (t) => {
  const { machine, desktop, session } = await scene(t);
  assert.equal((await machine.holdfast(['uninstall', '--no-wait', '--reason', 'x'])).status, 0);
  session();
  const shown = await attemptUntilNotice(machine, desktop, 1);
  assert.match(shown.body, /Request HF-000123 has been waiting for approval since \d{4}-/);
  assert.deepEqual(shown.actions.slice(2), ['prompt', 'Show Request', 'close', 'Got It']);
});

test('without a notification daemon, or with one that has no buttons, the window itself tells of a refusal', { skip: skipRoot }, async (t) => {
  for (const how of [{ bus: false }, { daemon: false }, {}]) {
    const { machine, desktop, windows, session } = await scene(t, how);
    if (desktop.notifier) desktop.say('capabilities body');
    session();
    await until('the window', async () => {
      await machine.ask({ cmd: 'attempt', package: 'holdfast-client', tampered: false, action: 'uninstall' });
      return windows().length;
    }, 30);
    assert.equal(windows()[0], `--show prompt --root ${machine.root} token=`);
    if (desktop.notifier) await until('the notice', () => desktop.notices.length > 0);
    assert.equal(desktop.notices.length, desktop.notifier ? 1 : 0);
    // A body without markup is not escaped.
    if (desktop.notifier) assert.equal(desktop.notices[0].body, prompt.en.content);
  }
});

test('how a request ends is told once, with the comment, also when it ended while nobody listened', { skip }, async (t) => {
  const { server, machine, desktop, windows, session } = await scene(t);
  let program = session();
  assert.equal((await machine.holdfast(['uninstall', '--no-wait', '--reason', 'x'])).status, 0);
  server.decide('rejected', '请周五 <再> 卸载');
  let shown = await desktop.notice(1);
  assert.equal(shown.title, 'Your request HF-000123 was rejected');
  assert.equal(shown.body, '王芳: 请周五 &lt;再&gt; 卸载');
  assert.deepEqual([shown.urgency, shown.timeout], [1, -1]);
  desktop.say(`invoke ${shown.id} default`);
  await until('the window', () => windows().length === 1);
  assert.equal(windows()[0], `--show status --root ${machine.root} token=`);

  assert.equal((await machine.holdfast(['uninstall', '--no-wait', '--reason', 'y'])).status, 0);
  program.kill('SIGTERM');
  assert.equal((await program.end).code, 143);
  server.decide('approved', '同意');
  await until('the grant', async () => (await machine.status()).grant);
  program = session();
  shown = await desktop.notice(2);
  assert.equal(shown.title, 'Your request HF-000124 is approved');
  assert.match(shown.body, /^You can uninstall holdfast-client until \d{4}-\d\d-\d\d \d\d:\d\d\.\n王芳: 同意$/);
  assert.deepEqual(shown.actions.slice(2), ['status', 'Uninstall…']);

  // Told already: another start says nothing, and the next thing that happens is the next thing that is said.
  program.kill('SIGTERM');
  await program.end;
  session();
  for (const [id] of server.grants) server.revoke.add(id);
  server.instance.revoked = { why: 'Somebody else needs it', at_ms: Date.now() };
  server.changed();
  shown = await desktop.notice(3);
  assert.equal(shown.title, 'The approval of your request HF-000124 was revoked');
  assert.equal(shown.body, 'Somebody else needs it');
});

test('a withdrawn and an expired request are told too', { skip }, async (t) => {
  const { server, machine, desktop, session } = await scene(t);
  session();
  for (const [status, title, count] of [['revoked', 'Your request HF-000123 was withdrawn', 1], ['expired', 'Your request HF-000124 has expired', 2]]) {
    assert.equal((await machine.holdfast(['uninstall', '--no-wait', '--reason', 'x'])).status, 0);
    server.instance.decision = null;
    server.instance.status = status;
    server.changed();
    assert.equal((await desktop.notice(count)).title, title);
  }
});

test('a keeper that was away is found again', { skip }, async (t) => {
  const { server, machine, desktop, session } = await scene(t);
  session();
  assert.equal((await machine.holdfast(['uninstall', '--no-wait', '--reason', 'x'])).status, 0);
  await machine.stop('SIGKILL');
  server.decide('rejected', 'no');
  await machine.start();
  assert.equal((await desktop.notice(1)).title, 'Your request HF-000123 was rejected');
});

test('one runs in a session; the next may start when it is gone, however it went', { skip }, async (t) => {
  const { session, folder } = await scene(t, { bus: false, enrolled: false });
  const first = session();
  await until('its lock', () => existsSync(join(folder, 'holdfast-session.lock')));
  assert.equal((await session().end).code, 0);
  assert.ok(!first.ended);
  first.kill('SIGKILL');
  await first.end;
  const third = session();
  await new Promise((done) => setTimeout(done, 500));
  assert.ok(!third.ended);
});

test('whoever is not the owner of the computer is shown nothing', { skip: skipRoot }, async (t) => {
  const { machine, desktop, session, server } = await scene(t);
  const folder = mkdtempSync(join(tmpdir(), 'hf-desktop-'));
  chmodSync(folder, 0o777);
  const other = new Desktop({ where: folder, begin: (program, args, env) => spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'], uid: 65534, gid: 65534, env: { ...process.env, ...env } }) });
  t.after(async () => {
    await other.end();
    rmSync(folder, { recursive: true });
  });
  await other.startBus();
  await other.startDaemon();
  const program = other.run(join(build, 'holdfast-session'), ['--root', machine.root], english);
  session();
  await attemptUntilNotice(machine, desktop, 1);
  server.deliver(server.grant());
  await desktop.notice(2);
  // It has heard the same; whatever it would show it would have shown before it ends.
  await new Promise((done) => setTimeout(done, 1000));
  program.kill('SIGTERM');
  assert.equal((await program.end).code, 143);
  assert.deepEqual(other.notices, []);
});

test('Chinese: the organisation\'s and the session\'s own words', { skip: skipRoot }, async (t) => {
  const { machine, server, desktop, session } = await scene(t);
  session(chinese);
  let shown = await attemptUntilNotice(machine, desktop, 1);
  assert.equal(shown.title, prompt.zh.title);
  assert.equal(shown.body, prompt.zh.content);
  assert.deepEqual(shown.actions.slice(2), ['prompt', '去报备', 'close', '我知道了']);
  assert.equal((await machine.holdfast(['uninstall', '--no-wait', '--reason', 'x'])).status, 0);
  server.decide('rejected', '不行');
  shown = await desktop.notice(2);
  assert.equal(shown.title, '您的申请 HF-000123 已被拒绝');
  assert.equal(shown.body, '王芳：不行');
  assert.deepEqual(shown.actions.slice(2), ['status', '查看']);
});

test('how a removal ended is told, with what the package manager said', { skip }, async (t) => {
  const { machine, server, desktop, session } = await scene(t);
  machine.packageManager('echo "E: nothing" >&2; exit $(cat $root/exit)');
  writeFileSync(machine.path('exit'), '100');
  session();
  const grant = server.deliver(server.grant());
  await desktop.notice(1);
  assert.deepEqual(await machine.ask({ cmd: 'uninstall-now', grant }), { ok: true });
  let shown = await desktop.notice(2);
  assert.equal(shown.title, 'holdfast-client could not be uninstalled');
  assert.match(shown.body, /nothing/);
  writeFileSync(machine.path('exit'), '0');
  assert.deepEqual(await machine.ask({ cmd: 'uninstall-now', grant }), { ok: true });
  shown = await desktop.notice(3);
  assert.equal(shown.title, 'holdfast-client was uninstalled');
  assert.deepEqual(shown.actions, []);
});

test('while nothing happens it does not wake up, and takes little memory', { skip: skipRoot }, async (t) => {
  const { machine, desktop } = await scene(t);
  const release = join(process.env.HOLDFAST_RELEASE ?? build, 'holdfast-session');
  const { pid } = desktop.run(release, ['--root', machine.root], english);
  await attemptUntilNotice(machine, desktop, 1);
  const wakeUps = () => Number(/^voluntary_ctxt_switches:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]);
  const pauses = [];
  // The keeper has the agent's answers to tell of at first.
  await until('a quiet time', async () => {
    const before = wakeUps();
    await new Promise((done) => setTimeout(done, 3000));
    pauses.push(wakeUps() - before);
    return pauses.at(-1) === 0;
  }, 60);
  const pss = Number(/^Pss:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))[1]);
  t.diagnostic(`PSS ${pss} kB, wake-ups in 3 s: ${pauses.join(', ')}`);
  if (process.env.HOLDFAST_RELEASE) assert.ok(pss <= 6144, `PSS ${pss} kB`);
});

test('on a machine: dpkg is refused, the person\'s desktop says so, and the button opens the window', { skip: skipRoot }, async (t) => {
  const { folder, deb } = buildPackage();
  t.after(() => rmSync(folder, { recursive: true }));
  const { server, machine } = await throwAwayScene(t, deb);
  server.setRules({ prompt });
  await machine.ok('install', '-d', '-o', '1000', '/tmp/desktop');
  for (const [file, name] of [['holdfast-session', '/usr/lib/holdfast/holdfast-session'], ['tests/e2e/notification-daemon', '/tmp/notification-daemon']])
    machine.put(join(build, file), name);
  const outside = mkdtempSync(join(tmpdir(), 'hf-desktop-'));
  t.after(() => rmSync(outside, { recursive: true }));
  const employee = (program, args, env) => spawn('nsenter', [...machine.enter, 'setpriv', '--reuid', '1000', '--regid', '1000', '--clear-groups',
    'env', ...Object.entries(env).map(([k, v]) => `${k}=${v}`), program, ...args], { stdio: ['pipe', 'pipe', 'pipe'] });
  const desktop = new Desktop({ where: '/tmp/desktop', outside, begin: employee, daemon: '/tmp/notification-daemon' });
  t.after(() => desktop.end());
  machine.put(join(outside, 'bus.conf'), '/tmp/desktop/bus.conf');
  standIn(join(outside, 'window'), '/tmp/desktop/window');
  machine.put(join(outside, 'window'), '/usr/bin/holdfast-window');
  await desktop.startBus();
  await desktop.startDaemon();
  const program = desktop.run('/usr/lib/holdfast/holdfast-session', [], { ...english, ASAN_OPTIONS: process.env.ASAN_OPTIONS ?? '' });
  await until('the prompt', async () => {
    assert.equal((await machine.run('dpkg', '-r', 'holdfast-client')).status, 1);
    return desktop.notices.length;
  }, 60);
  const [shown] = desktop.notices;
  assert.equal(shown.title, prompt.en.title);
  desktop.say(`invoke ${shown.id} prompt`);
  await until('the window', async () => (await machine.run('test', '-s', '/tmp/desktop/window')).status === 0);
  assert.equal(await machine.ok('cat', '/tmp/desktop/window'), '--show prompt token=\n');
  const filed = await machine.employee('holdfast', 'uninstall', '--no-wait', '--reason', '电脑归还');
  assert.equal(filed.status, 0, filed.out);
  server.decide('approved');
  assert.equal((await desktop.notice(2)).title, 'Your request HF-000123 is approved');
  await machine.ok('dpkg', '-r', 'holdfast-client');
  assert.equal(await machine.ended, 0);
  assert.ok(!program.ended, program.log);
});

test('the desktop session starts it, nobody quits it, and it goes with the session', { skip: skipRoot || cannotBoot() }, async (t) => {
  const { folder, debs } = buildPackages(['holdfast-desktop']);
  t.after(() => rmSync(folder, { recursive: true }));
  const machine = new Booted(debs['holdfast-desktop']);
  await machine.start(t);
  machine.put(debs['holdfast-desktop'], '/tmp/desktop.deb');
  await machine.ok('dpkg', '-i', '/tmp/desktop.deb');
  // What a desktop has: a service manager of its user, and a target that brings graphical-session.target.
  await machine.ok('sh', '-c', `mkdir -p /etc/systemd/user && printf '[Unit]\\nBindsTo=graphical-session.target\\n' >/etc/systemd/user/desktop.target
    install -d -o 1000 -g 1000 -m 700 /run/user/1000 /home/lihua`);
  await machine.ok('systemd-run', '--quiet', '--unit=lihua', '--uid=1000', '--gid=1000', '-p', 'Delegate=yes', '-E', 'XDG_RUNTIME_DIR=/run/user/1000', '-E', 'HOME=/home/lihua',
    '/usr/lib/systemd/systemd', '--user');
  const lihua = (...command) => machine.runAs(['setpriv', '--reuid', '1000', '--regid', '1000', '--clear-groups', 'env', 'XDG_RUNTIME_DIR=/run/user/1000', 'HOME=/home/lihua'], command);
  const show = async (property) => (await lihua('systemctl', '--user', 'show', '-P', property, 'holdfast-session')).out.trim();
  await until('her service manager', async () => (await lihua('systemctl', '--user', 'start', 'desktop.target')).status === 0, 60);
  await until('the program', async () => (await show('SubState')) === 'running');
  let pid = await show('MainPID');
  for (const signal of ['KILL', 'TERM']) {
    assert.equal((await lihua('kill', `-${signal}`, pid)).status, 0);
    const before = pid;
    pid = await until(`it after SIG${signal}`, async () => {
      const now = await show('MainPID');
      return now !== '0' && now !== before && (await show('SubState')) === 'running' && now;
    }, 60);
  }
  const stop = await lihua('systemctl', '--user', 'stop', 'holdfast-session');
  assert.notEqual(stop.status, 0);
  assert.match(stop.out, /refused/);

  // Where the desktop starts what is in its autostart folder too, there is still one.
  const [, line] = /^Exec=sh -c "(.*)"$/m.exec(await machine.ok('cat', '/etc/xdg/autostart/holdfast-session.desktop'));
  assert.equal((await lihua('sh', '-c', line)).status, 0);
  assert.equal((await lihua('/usr/lib/holdfast/holdfast-session')).status, 0);
  assert.equal(await show('MainPID'), pid);

  assert.equal((await lihua('systemctl', '--user', 'stop', 'desktop.target')).status, 0);
  await until('its end', async () => (await show('ActiveState')) === 'inactive');
});
