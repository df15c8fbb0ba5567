// The employee's command: removing what was approved, waiting without asking, the ways without a network, help.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { Machine, isRoot, stand, until } from './machine.mjs';
import { buildPackage, scene as throwAwayScene } from './throw-away.mjs';

const holdfast = resolve(process.env.HOLDFAST_BUILD ?? 'build', 'holdfast');

async function scene(t) {
  const { server, machine } = await stand(t);
  await machine.start();
  await machine.enrol(server);
  return { server, machine };
}

// What stands in for a keeper where the real one would have to be older, or in a state that takes long to reach. answers:
// a command's answer, or a function that gives it.
async function fakeKeeper(t, answers) {
  const root = mkdtempSync(join(tmpdir(), 'hf-'));
  const asked = [];
  const sockets = new Set();
  const watchers = new Set();
  mkdirSync(join(root, 'run/holdfast'), { recursive: true });
  const send = (socket, object) => {
    const body = Buffer.from(JSON.stringify(object));
    const head = Buffer.alloc(4);
    head.writeUInt32BE(body.length);
    socket.write(Buffer.concat([head, body]));
  };
  const listener = createServer((socket) => {
    let got = Buffer.alloc(0);
    socket.on('error', () => {});
    sockets.add(socket);
    socket.on('close', () => {
      sockets.delete(socket);
      watchers.delete(socket);
    });
    socket.on('data', (part) => {
      got = Buffer.concat([got, part]);
      while (got.length >= 4 && got.length >= 4 + got.readUInt32BE()) {
        const request = JSON.parse(got.subarray(4, 4 + got.readUInt32BE()));
        got = got.subarray(4 + got.readUInt32BE());
        asked.push(request);
        const answer = answers[request.cmd] ?? { ok: false, code: 'invalid', text: 'there is no such command' };
        if (request.cmd === 'watch' && answer.ok) watchers.add(socket);
        send(socket, typeof answer === 'function' ? answer(request) : answer);
      }
    });
  });
  await new Promise((done) => listener.listen(join(root, 'run/holdfast/keeper.sock'), done));
  const end = () => new Promise((done) => {
    for (const socket of sockets) socket.destroy();
    listener.close(done);
  });
  t.after(async () => {
    await end();
    rmSync(root, { recursive: true });
  });
  const machine = Object.assign(Object.create(Machine.prototype), { root });
  return { machine, asked, watchers, end, tell: (event) => watchers.forEach((socket) => send(socket, event)) };
}

const full = {
  ok: true, enrolled: true, protected: true, pending: false, online: true, server: 'https://holdfast.example', tampered: false,
  mode: 'block', covered: true, filing: true, owner: { id: 'x', name: '李华' }, contact: '', login: null, instance: null, grant: null,
};
const grant = { id: '0190a5b0-0000-7000-8000-000000000001', number: 'HF-000123', package: 'holdfast-client', exp: Date.now() + 3600000 };

test('an approved removal is done with --now: what the package manager says is shown, its failure is the command\'s', async (t) => {
  const { server, machine } = await scene(t);
  machine.packageManager('echo "Reading package lists..."; sleep 1.5; echo "dpkg: error processing package" >&2; echo "E: nothing" >&2; exit $(cat $root/exit)');
  writeFileSync(machine.path('exit'), '100');
  server.deliver(server.grant());
  await until('the grant', async () => (await machine.status()).grant);
  let run = await machine.holdfast(['uninstall', '--now']);
  assert.equal(run.status, 1, run.out + run.err);
  assert.match(run.out, /approved.*\nholdfast-client is being removed\.\n {4}Reading package lists/);
  assert.match(run.err, /holdfast-client could not be removed: dpkg: error processing package/);
  assert.match((await machine.holdfast(['status'])).out, /holdfast-client could not be removed: dpkg: error processing package/);
  assert.equal((await machine.status()).removal.state, 'failed');

  writeFileSync(machine.path('exit'), '0');
  run = await machine.holdfast(['uninstall', '--now'], { env: { LC_ALL: 'zh_CN.UTF-8' } });
  assert.equal(run.status, 0, run.out + run.err);
  assert.match(run.out, /正在卸载 holdfast-client。[^]*holdfast-client 已卸载。/);
});

test('a request with --now goes from the reason to the removal', async (t) => {
  const { server, machine } = await scene(t);
  machine.packageManager('echo "$*" >>$root/called');
  server.setRules({ packages: ['holdfast-client', 'osquery'] });
  await until('the rules', async () => (await machine.ask({ cmd: 'status', package: 'osquery' })).protected);
  const run = machine.holdfastBegin(['uninstall', 'osquery', '--reason', '换电脑', '--now']);
  await until('the filing', () => server.instance);
  assert.equal(server.instance.package, 'osquery');
  assert.ok(!existsSync(machine.path('called')));
  server.instance.status = 'approved';
  server.instance.decision = { who: '王芳', comment: '', at_ms: Date.now() };
  server.deliver(server.grant({ package: 'osquery' }));
  assert.equal(await run.end, 0, run.out + run.err);
  assert.match(run.out, /filed: HF-000123[^]*HF-000123 is approved[^]*osquery is removed\./);
  assert.match(readFileSync(machine.path('called'), 'utf8'), /remove -- .*osquery/);
});

test('without --now nothing is removed by itself; the commands are shown', async (t) => {
  const { server, machine } = await scene(t);
  server.deliver(server.grant({ package: 'osquery' }));
  server.deliver(server.grant());
  server.setRules({ packages: ['holdfast-client', 'osquery'] });
  await until('the grants', async () => (await machine.status()).grant && (await machine.ask({ cmd: 'status', package: 'osquery' })).grant);
  let run = await machine.holdfast(['uninstall']);
  assert.equal(run.status, 0);
  assert.match(run.out, /holdfast uninstall --now\n {4}sudo apt remove holdfast-client\n$/);
  run = await machine.holdfast(['uninstall', 'osquery']);
  assert.match(run.out, /holdfast uninstall osquery --now\n {4}sudo apt remove osquery\n$/);
});

// script(1) gives a command a terminal of its own.
async function atTerminal(machine, args, input, env = {}) {
  const command = [holdfast, '--root', machine.root, ...args].map((word) => `'${word}'`).join(' ');
  const log = join(machine.root, 'typescript');
  const run = await machine.holdfastAt('script', ['-qefc', command, log], { input, env: { TERM: 'xterm', ...env } });
  return { ...run, out: run.out.replaceAll('\r', '') };
}

test('at a terminal the person is asked first, and no is no', async (t) => {
  const { machine, asked, tell } = await fakeKeeper(t, {
    watch: { ok: true },
    status: () => ({ ...full, grant }),
    'uninstall-now': () => {
      setTimeout(() => tell({ event: 'removal', package: 'holdfast-client', state: 'done', step: null, text: '' }), 100);
      return { ok: true };
    },
  });
  let run = await atTerminal(machine, ['uninstall'], 'n\n');
  assert.equal(run.status, 0, run.out);
  assert.match(run.out, /Remove holdfast-client now\? \[y\/N\]/);
  assert.match(run.out, /sudo apt remove/);
  assert.ok(!asked.some((request) => request.cmd === 'uninstall-now'));
  run = await atTerminal(machine, ['uninstall'], 'y\n');
  assert.equal(run.status, 0, run.out);
  assert.match(run.out, /holdfast-client is removed\./);
  assert.deepEqual(asked.find((request) => request.cmd === 'uninstall-now'), { cmd: 'uninstall-now', grant: grant.id });
});

test('at a terminal the reason is asked for after what an uninstallation means', async (t) => {
  const prompt = { title: 'About to be uninstalled', content: 'No network then.', primary: 'p', secondary: 's' };
  const { machine, asked } = await fakeKeeper(t, {
    status: { ...full, prompt: { en: prompt, zh: prompt } },
    file: ({ reason }) => ({ ok: true, instance: { id: 'i', number: 'HF-000123', status: 'pending', reason } }),
  });
  let run = await atTerminal(machine, ['uninstall', '--no-wait'], ' 换电脑 \n');
  assert.equal(run.status, 0, run.out);
  assert.match(run.out, /About to be uninstalled\nNo network then\.\n[^]*Reason[^]*filed: HF-000123/);
  assert.deepEqual(asked.find((request) => request.cmd === 'file'), { cmd: 'file', reason: '换电脑' });
  run = await atTerminal(machine, ['uninstall', '--no-wait'], '\n');
  assert.equal(run.status, 2);
});

test('a keeper that tells is not asked in between; an older one is asked each second', async (t) => {
  for (const tells of [true, false]) {
    const pending = { id: 'i', number: 'HF-000123', status: 'pending', package: 'holdfast-client', reason: 'x', created_ms: Date.now(), delivery: 'submitted', pending_with: [] };
    let status = { ...full, instance: pending };
    const { machine, asked, tell, watchers } = await fakeKeeper(t, { ...(tells ? { watch: { ok: true } } : {}), status: () => status });
    const run = machine.holdfastBegin(['uninstall']);
    if (tells) await until('somebody to listen', () => watchers.size === 1);
    await until('the first question after it', () => asked.filter((request) => request.cmd === 'status').length === 2);
    await new Promise((done) => setTimeout(done, 3500));
    const between = asked.filter((request) => request.cmd === 'status').length - 2;
    if (tells) assert.equal(between, 0);
    else assert.ok(between >= 2, `asked ${between} times`);
    status = { ...full, instance: { ...pending, status: 'rejected', decision: { who: '王芳', comment: 'no', at_ms: Date.now() } } };
    tell({ event: 'status' });
    assert.equal(await run.end, 1, run.out + run.err);
    assert.match(run.out, /HF-000123 has been waiting[^]*Waiting for the answer[^]*rejected by 王芳/);
  }
});

test('a removal that ends the keeper before it is told of is over when the client is gone', async (t) => {
  const { machine, asked, end } = await fakeKeeper(t, { watch: { ok: true }, status: () => ({ ...full, grant, removal: { package: 'holdfast-client', state: 'running', step: 'allowed', text: '' } }), 'uninstall-now': { ok: true } });
  const run = machine.holdfastBegin(['uninstall', '--now']);
  await until('the order', () => asked.some((request) => request.cmd === 'uninstall-now'));
  await end();
  assert.equal(await run.end, 0, run.err);
  assert.match(run.out, /holdfast-client is removed\./);
});

test('an approval is taken from standard input, also when a mail program has broken its lines', async (t) => {
  const { server, machine } = await scene(t);
  await server.stop();
  const jws = server.grant();
  let run = await machine.holdfast(['grant', 'import'], { input: `  ${jws.match(/.{1,60}/g).join('\r\n ')}\n\n` });
  assert.equal(run.status, 0, run.err);
  assert.match(run.out, /is on this computer\. It can be used until/);
  run = await machine.holdfast(['grant', 'import'], { input: '' });
  assert.equal(run.status, 2);
  run = await atTerminal(machine, ['grant', 'import'], `${server.grant()}\n\nn\n`);
  assert.equal(run.status, 0, run.out);
  assert.match(run.out, /Paste the approval[^]*is on this computer/);
  await server.start(server.port);
});

test('what is read out is shown as text, and at a terminal as a QR code too', async (t) => {
  let answer = { ok: true, device_code: '7H2K-9QDM', index: 3, left: 4, retry_ms: 0 };
  const { machine } = await fakeKeeper(t, { offline: () => answer });
  let run = await machine.holdfast(['offline']);
  assert.equal(run.status, 0);
  assert.match(run.out, /device {2}7H2K-9QDM\n {4}number {2}3\n/);
  assert.match(run.out, /holdfast code/);
  assert.doesNotMatch(run.out, /[▀▄█]/);
  run = await atTerminal(machine, ['offline'], '');
  assert.equal(run.out.split('\n').filter((line) => line.includes('\u001b[30;107m')).length, 15, run.out);
  assert.doesNotMatch((await atTerminal(machine, ['offline'], '', { TERM: 'dumb' })).out, /[▀▄█]/);
  answer = { ok: true, device_code: '7H2K-9QDM', index: 3, left: 4, retry_ms: 120000 };
  run = await machine.holdfast(['offline']);
  assert.equal(run.status, 3);
  assert.match(run.err, /next can be tried at \d{4}-/);
  answer = { ok: true, device_code: '7H2K-9QDM', index: null, left: 0, retry_ms: 0 };
  run = await machine.holdfast(['offline'], { env: { LC_ALL: 'zh_CN' } });
  assert.equal(run.status, 1);
  assert.match(run.err, /没有可用的离线卸载码/);
});

test('a code is typed in, never an argument; each way in which it fails is said', async (t) => {
  let answer = { ok: true, grant };
  const { machine, asked } = await fakeKeeper(t, { code: () => answer });
  let run = await machine.holdfast(['code', '7H2K-9QDM-0V3X-E5RB-T1ZC']);
  assert.equal(run.status, 2);
  assert.match(run.err, /does not belong on the command line/);
  assert.doesNotMatch(run.err, /7H2K/);
  assert.equal(asked.length, 0);
  run = await machine.holdfast(['code'], { input: ' 7h2k 9qdm 0v3x e5rb t1zc \n' });
  assert.equal(run.status, 0, run.err);
  assert.deepEqual(asked, [{ cmd: 'code', code: '7h2k 9qdm 0v3x e5rb t1zc' }]);
  assert.match(run.out, /The code is right\. It can be used until[^]*holdfast uninstall --now/);
  assert.match((await atTerminal(machine, ['code'], '7H2K-9QDM-0V3X-E5RB-T1ZC\nn\n')).out, /Code: [^]*The code is right[^]*Remove holdfast-client now\?/);
  for (const [refusal, status, text] of [
    [{ code: 'invalid', text: 'x', left: 2 }, 1, /wrong\. Tries left before a pause: 2/],
    [{ code: 'invalid', text: 'x', left: 0, retry_ms: 60000 }, 1, /wrong\.\n.*next can be tried at/],
    [{ code: 'conflict', text: 'x' }, 3, /See: holdfast offline/],
    [{ code: 'unprocessable', text: 'x' }, 1, /not a code/],
    [{ code: 'too-many', text: 'x', retry_ms: 60000 }, 3, /next can be tried at/],
    [{ code: 'forbidden', text: 'x' }, 1, /another account/],
  ]) {
    answer = { ok: false, ...refusal };
    run = await machine.holdfast(['code'], { input: 'ABCD\n' });
    assert.equal(run.status, status, refusal.code);
    assert.match(run.err, text);
  }
  run = await machine.holdfast(['code'], { input: '' });
  assert.equal(run.status, 2);
});

test('status says what else is protected, what was found, and how many offline codes are left', async (t) => {
  const { machine } = await fakeKeeper(t, {
    status: { ...full, why: 'group 研发部', online: false, offline: { left: 4 }, findings: ['unit-masked', 'something-new'],
      packages: [{ package: 'osquery', guarded: true, installed: true }, { package: 'vpn', guarded: false, installed: true }, { package: 'edr', guarded: false, installed: false }] },
  });
  const { out } = await machine.holdfast(['status']);
  assert.match(out, /policy applies to the group 研发部\.\n/);
  assert.match(out, /Protected too: osquery\n/);
  assert.match(out, /guard is not in place yet: vpn\n/);
  assert.match(out, /not installed: edr\n/);
  assert.match(out, /service is masked/);
  assert.match(out, /Found: something-new/);
  assert.match(out, /Offline codes: 4/);
  assert.match(out, /holdfast offline/);
  const chinese = await machine.holdfast(['status'], { env: { LC_ALL: 'zh_CN.UTF-8' } });
  assert.doesNotMatch(chinese.out.replace(/https?:\S+|holdfast \S+.*|something-new|osquery|vpn|edr|mask/g, ''), /[a-z]{4}/i);
});

test('every command has help in both languages, a place in the man page, and is completed', async (t) => {
  const page = readFileSync(new URL('../../packaging/man/holdfast.1', import.meta.url), 'utf8').replaceAll('\\-', '-');
  const { machine } = await fakeKeeper(t, {});
  const say = async (args, env) => {
    const run = await machine.holdfast(args, { env });
    assert.equal(run.status, 0, run.err);
    return run.out;
  };
  const names = [...(await say(['--help'])).matchAll(/^ {2}([a-z]+(?: [a-z]+)?) {2,}\S/gm)].map(([, name]) => name);
  assert.ok(names.includes('grant import') && names.length >= 9);
  const script = machine.path('completion.bash');
  writeFileSync(script, await say(['completion', 'bash']));
  const offers = (...words) => execFileSync('bash', ['-c', 'source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _holdfast; echo "${COMPREPLY[@]}"', 'bash', script, 'holdfast', ...words])
    .toString().trim().split(/\s+/);
  for (const name of names) {
    const english = await say([...name.split(' '), '--help']);
    assert.match(english, new RegExp(`^usage: holdfast ${name}`));
    assert.equal(await say(['help', ...name.split(' ')]), english);
    assert.match(await say([...name.split(' '), '--help'], { LC_ALL: 'zh_CN.UTF-8' }), new RegExp(`^用法：holdfast ${name}[^]*[一-龥]{4}`));
    assert.ok(page.includes(`holdfast ${name}`), `man page: ${name}`);
    assert.deepEqual(offers(name.split(' ')[0]), [name.split(' ')[0]]);
    for (const [, option] of english.matchAll(/^ {2}(--[a-z-]+)/gm)) {
      assert.ok(page.includes(option), `man page: ${name} ${option}`);
      assert.ok(offers(name.split(' ')[0], '--').includes(option), `completion: ${name} ${option}`);
    }
  }
  assert.equal(await say(['grant', '--help']), await say(['grant', 'import', '--help']));
  assert.equal((await machine.holdfast(['grant'])).status, 2);
  assert.match(await say(['completion', 'zsh']), /^#compdef holdfast/);
  assert.equal((await machine.holdfast(['completion', 'fish'])).status, 2);
});

test('on a machine the owner removes the client without root, and is told when it is gone', { skip: isRoot ? false : 'needs root' }, async (t) => {
  const { folder, deb } = buildPackage();
  t.after(() => rmSync(folder, { recursive: true }));
  const { server, machine } = await throwAwayScene(t, deb);
  server.deliver(server.grant());
  await until('the grant', async () => (await machine.status()).grant);
  const run = await machine.employee('holdfast', 'uninstall', '--now');
  assert.equal(run.status, 0, run.out);
  assert.match(run.out, /holdfast-client is removed\.\n$/);
  // What dpkg draws over itself is no line.
  assert.doesNotMatch(run.out, /^ *\([^)]*$/m);
  assert.equal(await machine.ended, 0);
  await until('the end of the package', async () => (await machine.run('test', '-e', '/usr/bin/holdfast')).status !== 0);
  assert.deepEqual(server.receipts.map((r) => r.kind), ['consumed', 'removed']);
});

test('whom a token enrolled the computer for signs in on it, and it is theirs', { skip: isRoot ? false : 'needs root' }, async (t) => {
  const { folder, deb } = buildPackage();
  t.after(() => rmSync(folder, { recursive: true }));
  const { server, machine } = await throwAwayScene(t, deb, false);
  await machine.ok('sh', '-c', 'umask 077; echo hfe_example >/root/token');
  await machine.ok('holdfast', 'login', '--token-file', '/root/token');
  let run = await machine.employee('holdfast', 'uninstall', '--reason', 'old laptop', '--no-wait');
  assert.equal(run.status, 1, run.out);
  assert.match(run.out, /another account.*holdfast login --switch\n/);
  run = await machine.employee('holdfast', 'login', '--switch', '--no-wait');
  assert.equal(run.status, 0, run.out);
  server.consent = true;
  await until('the computer to be theirs', async () => (await machine.status()).owner);
  run = await machine.employee('holdfast', 'uninstall', '--reason', 'old laptop', '--no-wait');
  assert.equal(run.status, 0, run.out);
  assert.equal(server.filings.length, 1);
});
