// A computer with the client on it, below a folder of its own: keeper and agent run, people use the command.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { FakeServer } from './fake-server.mjs';

const build = resolve(process.env.HOLDFAST_BUILD ?? 'build');
export const isRoot = process.getuid() === 0;

export async function until(what, condition, seconds = 20) {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    const value = await condition();
    if (value) return value;
    if (Date.now() > end) throw new Error(`gave up waiting: ${what}`);
    await new Promise((resume) => setTimeout(resume, 50));
  }
}

export class Machine {
  constructor(url) {
    this.root = mkdtempSync(join(tmpdir(), 'hf-'));
    chmodSync(this.root, 0o755);
    for (const folder of ['etc/holdfast', 'run', 'usr/lib/holdfast', 'var/lib'])
      mkdirSync(join(this.root, folder), { recursive: true });
    symlinkSync(join(build, 'holdfast-agent'), this.path('usr/lib/holdfast/holdfast-agent'));
    this.configure(url);
    this.log = '';
  }

  path(name) {
    return join(this.root, name);
  }

  state(name) {
    return this.path(`var/lib/holdfast/${name}`);
  }

  // A package database with the client in it, and a package manager that is this script.
  packageManager(script) {
    mkdirSync(this.path('var/lib/dpkg'), { recursive: true });
    mkdirSync(this.path('usr/bin'), { recursive: true });
    writeFileSync(this.path('var/lib/dpkg/status'),
      'Package: holdfast-client\nStatus: install ok installed\nVersion: 0.1.0\n\nPackage: osquery\nStatus: install ok installed\nVersion: 5\n');
    writeFileSync(this.path('usr/bin/apt-get'), `#!/bin/sh\nroot=${this.root}\n${script}\n`, { mode: 0o755 });
  }

  configure(url, ca = '') {
    writeFileSync(this.path('etc/holdfast/agent.conf'), `[server]\nurl = ${url}\nca = ${ca}\n[agent]\nuser = nobody\n`);
  }

  async start(env = {}) {
    this.keeper = spawn(this.program ?? join(build, 'holdfast-keeper'), ['--root', this.root],
      { stdio: ['ignore', 'ignore', 'pipe'], env: { ...process.env, ...env } });
    this.keeper.stderr.on('data', (text) => { this.log += text; });
    this.exit = new Promise((done) => this.keeper.on('exit', (code, signal) => {
      this.ended = true;
      done({ code, signal });
    }));
    this.ended = false;
    await until('the keeper', async () => this.ended || (await this.ask({ cmd: 'status' }).catch(() => null)));
  }

  async stop(signal = 'SIGTERM') {
    if (!this.ended) this.keeper.kill(signal);
    return this.exit;
  }

  async remove() {
    if (this.keeper) await this.stop();
    rmSync(this.root, { recursive: true, force: true });
  }

  // One request over the keeper's socket, as docs/device.md has it.
  ask(request) {
    return new Promise((done, fail) => {
      const socket = connect(this.path('run/holdfast/keeper.sock'));
      const body = Buffer.from(JSON.stringify(request));
      const head = Buffer.alloc(4);
      let got = Buffer.alloc(0);
      head.writeUInt32BE(body.length);
      socket.on('error', fail);
      socket.on('close', () => fail(new Error('closed without an answer')));
      socket.on('data', (part) => {
        got = Buffer.concat([got, part]);
        if (got.length < 4 || got.length < 4 + got.readUInt32BE()) return;
        done(JSON.parse(got.subarray(4, 4 + got.readUInt32BE())));
        socket.destroy();
      });
      socket.write(Buffer.concat([head, body]));
    });
  }

  // A connection that stays: events is what came over it, end its end.
  watch() {
    const socket = connect(this.path('run/holdfast/keeper.sock'));
    const body = Buffer.from('{"cmd":"watch"}');
    const watcher = { events: [], close: () => socket.destroy() };
    let got = Buffer.alloc(0);
    watcher.end = new Promise((done) => socket.on('close', done));
    socket.on('error', () => {});
    socket.on('data', (part) => {
      got = Buffer.concat([got, part]);
      while (got.length >= 4 && got.length >= 4 + got.readUInt32BE()) {
        watcher.events.push(JSON.parse(got.subarray(4, 4 + got.readUInt32BE())));
        got = got.subarray(4 + got.readUInt32BE());
      }
    });
    socket.write(Buffer.concat([Buffer.from([0, 0, 0, body.length]), body]));
    return watcher;
  }

  // Begins the command; end is its exit status, once it has one.
  holdfastBegin(args, options) {
    return this.begin(join(build, 'holdfast'), ['--root', this.root, ...args], options);
  }

  begin(program, args, { env, input, ...options } = {}) {
    const run = spawn(program, args,
      { ...options, stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'], env: { ...process.env, LC_ALL: 'C.UTF-8', TZ: 'UTC', ...env } });
    const result = { out: '', err: '', run };
    run.stdout.on('data', (text) => { result.out += text; });
    run.stderr.on('data', (text) => { result.err += text; });
    run.stdin?.end(input);
    result.end = new Promise((done) => run.on('close', (status) => done(status)));
    return result;
  }

  async holdfast(args, options) {
    return this.holdfastAt(join(build, 'holdfast'), ['--root', this.root, ...args], options);
  }

  // The command, as another program runs it.
  async holdfastAt(program, args, options) {
    const run = this.begin(program, args, options);
    const timer = setTimeout(() => run.run.kill('SIGKILL'), 60000);
    const status = await run.end;
    clearTimeout(timer);
    return { status, out: run.out, err: run.err };
  }

  async status() {
    return this.ask({ cmd: 'status' });
  }

  async enrol(server) {
    const run = await this.holdfast(['login', '--no-wait']);
    if (run.status !== 0) throw new Error(`login: ${run.out}${run.err}\n${this.log}`);
    server.consent = true;
    await until('the enrolment', async () => (await this.status()).enrolled);
    await until('the session', async () => (await this.status()).online);
  }

  reports() {
    return existsSync(this.state('reports')) ? readdirSync(this.state('reports')) : [];
  }

  agent() {
    const text = readFileSync(`/proc/${this.keeper.pid}/task/${this.keeper.pid}/children`, 'utf8').trim();
    return Number(text.split(' ')[0]) || null;
  }

  grants() {
    return readdirSync(this.state('grants')).map((name) => name.replace(/\.jws$/, ''));
  }

  read(name) {
    return readFileSync(this.state(name), 'utf8');
  }

  bootId() {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  }
}

// A machine and the server that a test plays, until t ends; nothing runs on it yet. What a sanitizer says is a failure.
export async function stand(t) {
  const server = new FakeServer();
  await server.start();
  const machine = new Machine(server.url);
  t.after(async () => {
    await machine.remove();
    await server.stop();
    const at = machine.log.search(/Sanitizer|runtime error/);
    assert.equal(at < 0 ? '' : machine.log.slice(at, at + 1500), '');
  });
  return { server, machine };
}
