// A machine in a throw-away root, with the real package and keeper, against the server that a test plays.
import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, extname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { FakeServer } from './fake-server.mjs';
import { until } from './machine.mjs';

export const repository = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
export const release = resolve(process.env.HOLDFAST_RELEASE ?? join(repository, 'build'));

// Packages of the release build, by name, in a folder that the caller removes; with a version, as that one. It differs from
// the programs' own, as a distributor's may.
export function buildPackages(packages, version) {
  const folder = mkdtempSync(join(tmpdir(), 'hf-package-'));
  let packaging = join(repository, 'packaging');
  if (version) {
    cpSync(packaging, join(folder, 'packaging'), { recursive: true });
    packaging = join(folder, 'packaging');
    const changelog = join(packaging, 'debian/changelog');
    writeFileSync(changelog, readFileSync(changelog, 'utf8').replace(/\(.*?\)/, `(${version})`));
  }
  const made = execFileSync(join(packaging, 'deb'), [release, folder, ...packages], { encoding: 'utf8' }).trim().split('\n');
  return { folder, debs: Object.fromEntries(made.map((file) => [basename(file).split('_')[0], file])) };
}

export function buildPackage(version) {
  const { folder, debs } = buildPackages(['holdfast-client'], version);
  return { folder, deb: debs['holdfast-client'] };
}

const PLAIN = ['env', '-i', 'LANG=C.UTF-8', 'TZ=UTC', 'PATH=/usr/sbin:/usr/bin:/sbin:/bin'];

// A throw-away root that stays until the test ends; commands act inside. The client's package makes it a machine of dpkg
// (.deb) or of rpm; others are installed with it.
export class ThrowAway {
  constructor(client, others = []) {
    this.client = client;
    this.others = others;
    this.kind = client?.endsWith('.rpm') ? 'rpm' : 'dpkg';
  }

  // beside(dir): what runs beside the root as long as it stays; it says "up" first.
  async start(t, beside = () => ['sh', '-c', 'echo up; exec cat']) {
    this.dir = mkdtempSync(join(tmpdir(), 'hf-root-'));
    this.shell = spawn(join(repository, 'tests/throwaway-root'), [this.dir, ...beside(this.dir)],
      { stdio: ['pipe', 'pipe', 'inherit'], env: { ...process.env, HOLDFAST_ROOT_KIND: this.kind } });
    let said = '';
    this.shell.stdout.on('data', (text) => { said += text; });
    const ended = new Promise((done) => this.shell.on('exit', done));
    t.after(async () => {
      this.stopKeeper?.();
      this.shell.stdin.end();
      await ended;
      rmSync(this.dir, { recursive: true });
    });
    await until('the root', () => /^up.*\n/.test(said), 90);
    this.enter = [`--mount=/proc/${this.shell.pid}/ns/mnt`, 'chroot', this.dir, ...PLAIN];
    return said;
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

  // dpkg does not wait for the keeper's own run of it, which is about to end.
  async ok(...command) {
    const end = Date.now() + 10000;
    let run;
    do run = await this.run(...command); while (/frontend lock was locked by another/.test(run.out) && Date.now() < end);
    assert.equal(run.status, 0, `${command.join(' ')}: ${run.out}`);
    return run.out;
  }

  put(file, name) {
    execFileSync('nsenter', [this.enter[0], 'cp', file, join(this.dir, name)]);
  }

  async install(url) {
    const file = `/tmp/client${extname(this.client)}`;
    this.put(this.client, file);
    for (const other of this.others) this.put(other, `/tmp/${basename(other)}`);
    await this.ok(this.kind, '-i', ...this.others.map((other) => `/tmp/${basename(other)}`), file);
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

  // A frame to the keeper's socket from inside, by uid 1000.
  async ask(request) {
    const ask = `import json, socket, struct, sys
s = socket.socket(socket.AF_UNIX); s.connect("/run/holdfast/keeper.sock"); b = sys.argv[1].encode()
s.sendall(struct.pack(">I", len(b)) + b); n = struct.unpack(">I", s.recv(4, socket.MSG_WAITALL))[0]
print(s.recv(n, socket.MSG_WAITALL).decode())`;
    const run = await this.employee('/usr/bin/python3', '-c', ask, JSON.stringify(request));
    assert.equal(run.status, 0, run.out);
    return JSON.parse(run.out);
  }

  async restartKeeper() {
    this.stopKeeper();
    await this.ended;
    this.startKeeper();
    await until('the keeper', async () => (await this.status()).online);
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

const BOOTED = join(repository, 'tests/booted-root');

// Why there is no Booted on this machine, or false.
export function cannotBoot() {
  const dir = mkdtempSync(join(tmpdir(), 'hf-root-'));
  const run = spawnSync(join(repository, 'tests/throwaway-root'), [dir, BOOTED, dir], { input: '', encoding: 'utf8' });
  rmSync(dir, { recursive: true });
  return run.status === 0 ? false : run.stderr.trim();
}

// One in which systemd runs, and starts what packages bring. network 'private': a loopback of its own.
export class Booted extends ThrowAway {
  constructor(client, others = [], network = '') {
    super(client, others);
    this.network = network;
  }

  async start(t) {
    const said = await super.start(t, (dir) => [BOOTED, dir, this.network]);
    this.first = /^up (\d+)/.exec(said)[1];
    this.enter = ['--target', this.first, '--mount', '--pid', '--uts', '--ipc', '--net', '--root', '--wd', ...PLAIN];
  }

  put(file, name) {
    execFileSync('cp', [file, `/proc/${this.first}/root${name}`]);
  }

  startKeeper() {} // its service does

  async install(url) {
    await super.install(url);
    await this.ok('systemctl', 'restart', 'holdfast-keeper'); // with the settings at once
  }

  async journal(unit) {
    return this.ok('journalctl', '--no-pager', '-u', unit);
  }
}

// A machine with the client, which asks a server somewhere, until t ends.
export async function furnish(t, client, url, others, Kind = ThrowAway) {
  const machine = new Kind(client, others);
  await machine.start(t);
  await machine.install(url);
  return machine;
}

// An enrolled machine (or one that is not yet) and its server, until t ends.
export async function scene(t, client, enrolled = true, others = [], Kind = ThrowAway) {
  const server = new FakeServer();
  await server.start();
  t.after(() => server.stop());
  const machine = await furnish(t, client, server.url, others, Kind);
  if (enrolled) await machine.enrol(server);
  return { server, machine };
}
