// The package as dpkg sees it, in a throw-away root: installed, refused, approved, removed, upgraded, purged.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { FakeServer } from './fake-server.mjs';
import { isRoot, until } from './machine.mjs';

const repository = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
const release = resolve(process.env.HOLDFAST_RELEASE ?? 'build');
const skip = isRoot ? false : 'needs root';
let folder;
let deb;

before(() => {
  if (skip) return;
  folder = mkdtempSync(join(tmpdir(), 'hf-package-'));
  execFileSync(join(repository, 'packaging/deb'), [release, folder]);
  deb = join(folder, readdirSync(folder).find((name) => name.endsWith('.deb')));
});
after(() => folder && rmSync(folder, { recursive: true }));

// A throw-away root that stays until the test ends; commands act inside.
class ThrowAway {
  async start(t) {
    this.dir = mkdtempSync(join(tmpdir(), 'hf-root-'));
    this.shell = spawn(join(repository, 'tests/throwaway-root'), [this.dir, 'sh', '-c', 'echo up; exec cat'],
      { stdio: ['pipe', 'pipe', 'inherit'] });
    let said = '';
    this.shell.stdout.on('data', (text) => { said += text; });
    const ended = new Promise((done) => this.shell.on('exit', done));
    t.after(async () => {
      this.stopKeeper?.();
      this.shell.stdin.end();
      await ended;
      rmSync(this.dir, { recursive: true });
    });
    await until('the root', () => said.includes('up'), 60);
    this.enter = [`--mount=/proc/${this.shell.pid}/ns/mnt`, 'chroot', this.dir, 'env', '-i', 'LANG=C.UTF-8', 'TZ=UTC',
      'PATH=/usr/sbin:/usr/bin:/sbin:/bin'];
  }

  run(...command) {
    return this.runAs([], command);
  }

  employee(...command) {
    return this.runAs(['setpriv', '--reuid', '1000', '--regid', '1000', '--clear-groups'], command);
  }

  // Not waiting with the event loop stopped: the server in this process must be able to answer.
  runAs(as, command, input) {
    const run = spawn('nsenter', [...this.enter, ...as, ...command], { stdio: [input ? 'pipe' : 'ignore', 'pipe', 'pipe'] });
    let out = '';
    run.stdout.on('data', (text) => { out += text; });
    run.stderr.on('data', (text) => { out += text; });
    run.stdin?.end(input);
    return new Promise((done) => run.on('close', (status) => done({ status, out })));
  }

  async ok(...command) {
    const run = await this.run(...command);
    assert.equal(run.status, 0, `${command.join(' ')}: ${run.out}`);
    return run.out;
  }

  put(file, name) {
    execFileSync('nsenter', [this.enter[0], 'cp', file, join(this.dir, name)]);
  }

  async install(url) {
    this.put(deb, '/tmp/client.deb');
    await this.ok('dpkg', '-i', '/tmp/client.deb');
    await this.ok('sh', '-c', `printf '[server]\\nurl = ${url}\\n' >/etc/holdfast/agent.conf`);
    this.startKeeper();
    await until('the keeper', async () => (await this.run('test', '-S', '/run/holdfast/keeper.sock')).status === 0);
  }

  startKeeper() {
    this.log = '';
    this.keeper = spawn('nsenter', [...this.enter, '/usr/lib/holdfast/holdfast-keeper'], { stdio: ['ignore', 'ignore', 'pipe'] });
    this.keeper.stderr.on('data', (text) => { this.log += text; });
    this.ended = new Promise((done) => this.keeper.on('exit', (code) => {
      this.stopKeeper = null;
      done(code);
    }));
    this.stopKeeper = () => this.keeper.kill('SIGTERM');
  }

  async status() {
    const run = await this.employee('holdfast', 'status', '--json');
    return run.status === 0 ? JSON.parse(run.out) : {};
  }

  async enrol(server) {
    const run = await this.employee('holdfast', 'login', '--no-wait');
    assert.equal(run.status, 0, run.out + this.log);
    server.consent = true;
    await until('the enrolment', async () => (await this.status()).online);
  }

  async selection() {
    return (await this.ok('dpkg-query', '-W', '-f', '${db:Status-Abbrev}', 'holdfast-client')).trim();
  }
}

async function scene(t, enrolled = true) {
  const server = new FakeServer();
  await server.start();
  t.after(() => server.stop());
  const machine = new ThrowAway();
  await machine.start(t);
  await machine.install(server.url);
  if (enrolled) await machine.enrol(server);
  return { server, machine };
}

test('a computer that was never enrolled removes the package freely', { skip }, async (t) => {
  const { machine } = await scene(t, false);
  assert.match(await machine.ok('getent', 'passwd', 'holdfast'), /nologin/);
  assert.match(await machine.ok('holdfast', '--version'), /^holdfast /);
  await machine.ok('dpkg', '-r', 'holdfast-client');
  assert.equal(await machine.ended, 0);
  await machine.ok('dpkg', '-P', 'holdfast-client');
  for (const path of ['/etc/holdfast', '/var/lib/holdfast', '/run/holdfast', '/usr/lib/holdfast'])
    assert.notEqual((await machine.run('test', '-e', path)).status, 0, path);
});

test('removal is refused and explained, and the selection is put back', { skip }, async (t) => {
  const { server, machine } = await scene(t);
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
  const { server, machine } = await scene(t);
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

test('an upgrade is never stopped, and the computer stays enrolled', { skip }, async (t) => {
  const { machine } = await scene(t);
  const tree = join(folder, 'tree');
  execFileSync('dpkg-deb', ['-R', deb, tree]);
  execFileSync('sed', ['-i', 's/^Version: .*/Version: 99.0/', join(tree, 'DEBIAN/control')]);
  execFileSync('dpkg-deb', ['--root-owner-group', '-b', tree, join(folder, 'newer.package')]);
  rmSync(tree, { recursive: true });
  machine.put(join(folder, 'newer.package'), '/tmp/newer.deb');
  await machine.ok('dpkg', '-i', '/tmp/newer.deb');
  await machine.ok('dpkg', '-i', '/tmp/client.deb'); // downgrade
  await machine.ok('dpkg', '-i', '/tmp/client.deb'); // reinstall
  assert.equal((await machine.status()).protected, true);
  assert.match(await machine.ok('cat', '/etc/holdfast/agent.conf'), /127\.0\.0\.1/);
  assert.equal((await machine.run('dpkg', '-r', 'holdfast-client')).status, 1);
});

test('a removal that went past the guard is alarmed by postrm', { skip }, async (t) => {
  const { server, machine } = await scene(t);
  await machine.ok('rm', '/var/lib/dpkg/info/holdfast-client.prerm');
  await machine.ok('dpkg', '-r', 'holdfast-client');
  await until('the alarm', () => server.receipt('removed-without-grant'));
  assert.equal(server.receipt('removed'), undefined);
  assert.equal((await machine.run('test', '-e', '/var/lib/holdfast/device.key')).status, 0);
});

test('deleting the mark, the ledger or the whole state does not open the way', { skip }, async (t) => {
  const { server, machine } = await scene(t);
  for (const path of ['/etc/holdfast/enrolled', '/var/lib/holdfast/ledger', '/var/lib/holdfast']) {
    await machine.ok('rm', '-rf', path);
    const run = await machine.run('dpkg', '-r', 'holdfast-client');
    assert.equal(run.status, 1, path);
  }
  await until('the report', () => server.receipt('tampered'));
});
