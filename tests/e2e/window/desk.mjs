// A desktop for tests: a display without a screen, a session bus, a window manager, and the window on it, driven through
// the keyboard (xdotool) and as a screen reader would (drive.py).
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { until } from '../machine.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const repository = resolve(here, '../../..');
const build = resolve(process.env.HOLDFAST_BUILD ?? join(repository, 'build'));
const run = promisify(execFile);

// The first line that a program says, which keeps running.
function firstLine(child, stream) {
  return new Promise((done, fail) => {
    const lines = createInterface({ input: stream });
    lines.once('line', done);
    child.once('error', fail);
    child.once('exit', (code) => fail(new Error(`${child.spawnfile} ended with ${code}`)));
  });
}

export class Desk {
  // environment: what a person's session would have set; dpi: how large text is (96: as usual).
  async start({ environment = {}, dpi = 96 } = {}) {
    this.children = [];
    this.home = mkdtempSync(join(tmpdir(), 'hf-desk-'));
    mkdirSync(join(this.home, 'config'));
    const display = this.spawn('Xvfb', ['-displayfd', '3', '-screen', '0', '900x1100x24', '-nolisten', 'tcp', '-noreset'],
      { stdio: ['ignore', 'ignore', 'ignore', 'pipe'] });
    const number = await firstLine(display, display.stdio[3]);
    this.env = {
      PATH: process.env.PATH, HOME: this.home, XDG_RUNTIME_DIR: this.home, XDG_CONFIG_HOME: join(this.home, 'config'),
      XDG_DATA_HOME: join(this.home, 'data'), DISPLAY: `:${number}`, LANG: 'C.UTF-8', TZ: 'UTC', GSETTINGS_BACKEND: 'memory', GIO_USE_VFS: 'local', ...environment,
    };
    await run('xprop', ['-root', '-f', 'RESOURCE_MANAGER', '8s', '-set', 'RESOURCE_MANAGER', `Xft.dpi:\t${dpi}\n`], { env: this.env });
    const bus = this.spawn('dbus-daemon', ['--session', '--nofork', '--print-address=1'], { stdio: ['ignore', 'pipe', 'ignore'] });
    this.env.DBUS_SESSION_BUS_ADDRESS = await firstLine(bus, bus.stdout);
    this.spawn('openbox', ['--sm-disable'], { stdio: 'ignore' });
    const reader = this.spawn('/usr/bin/python3', ['-W', 'ignore', join(here, 'drive.py')], { stdio: ['pipe', 'pipe', 'inherit'] });
    this.reader = reader;
    this.answers = createInterface({ input: reader.stdout })[Symbol.asyncIterator]();
    this.turn = Promise.resolve();
  }

  spawn(program, args, options) {
    const child = spawn(program, args, { env: this.env ?? process.env, ...options });
    child.ended = new Promise((done) => child.once('exit', done));
    this.children.push(child);
    return child;
  }

  async stop() {
    for (const child of this.children.reverse()) {
      child.kill();
      await child.ended;
    }
    rmSync(this.home, { recursive: true, force: true });
  }

  // One request of drive.py at a time.
  ask(request) {
    const mine = this.turn.then(async () => {
      this.reader.stdin.write(`${JSON.stringify(request)}\n`);
      const answer = JSON.parse((await this.answers.next()).value);
      if (answer.error) throw new Error(answer.error);
      return answer.ok;
    });
    this.turn = mine.catch(() => {});
    return mine;
  }

  async keys(...keys) {
    await run('xdotool', ['key', '--clearmodifiers', ...keys], { env: this.env });
  }

  async type(text) {
    await run('xdotool', ['type', '--clearmodifiers', '--delay', '20', text], { env: this.env });
  }

  // A picture of the whole display in var/window/.
  async picture(name) {
    const folder = join(repository, 'var/window');
    mkdirSync(folder, { recursive: true });
    await run('import', ['-window', 'root', join(folder, `${name}.png`)], { env: this.env });
    return join(folder, `${name}.png`);
  }
}

// The texts lie where an installed window would find them.
export function furnish(machine) {
  const folder = machine.path('usr/share/locale/zh_CN/LC_MESSAGES');
  mkdirSync(folder, { recursive: true });
  symlinkSync(join(build, 'po/holdfast.mo'), join(folder, 'holdfast.mo'));
}

export class Window {
  constructor(desk, root) {
    this.desk = desk;
    this.root = root;
  }

  // options: of the program; through: what it is started by; language: "en" or "zh".
  async start({ options = [], language = 'en', through = [], environment = {} } = {}) {
    this.command = [...through, join(build, 'holdfast-window'), '--root', this.root];
    this.env = {
      ...this.desk.env, LANGUAGE: language === 'zh' ? 'zh_CN' : 'en',
      LSAN_OPTIONS: `suppressions=${join(here, 'lsan.supp')}:print_suppressions=0`, ASAN_OPTIONS: process.env.ASAN_OPTIONS ?? '',
      UBSAN_OPTIONS: process.env.UBSAN_OPTIONS ?? '', ...environment,
    };
    this.said = '';
    const [program, ...args] = [...this.command, ...options];
    this.child = spawn(program, args, { stdio: ['ignore', 'ignore', 'pipe'], env: this.env });
    this.child.stderr.on('data', (text) => { this.said += text; });
    this.end = new Promise((done) => this.child.once('exit', (code, signal) => done(code ?? signal)));
    await until('the window', async () => (await this.see()).length > 0, 60);
  }

  // The program started once more, while this window is there; ends at once.
  async again(...options) {
    const [program, ...args] = [...this.command, ...options];
    await run(program, args, { env: this.env, timeout: 60000 });
  }

  ask(request) {
    return this.desk.ask({ pid: this.child.pid, ...request });
  }

  // What is to be seen, each with role, name and states.
  see() {
    return this.ask({ do: 'see' });
  }

  // All names and texts below each other.
  async words() {
    return (await this.see()).flatMap((node) => [node.name, node.text]).filter(Boolean).join('\n');
  }

  async shows(pattern, seconds = 40) {
    let words;
    await until(`the window shows ${pattern}`, async () => {
      words = await this.words();
      return pattern.test(words);
    }, seconds).catch((error) => { throw new Error(`${error.message}; it shows:\n${words}`); });
    return words;
  }

  async press(name, role) {
    await until(`the button ${name}`, async () => this.ask({ do: 'press', name, role }).then(() => true, () => false), 40)
      .catch(async (error) => { throw new Error(`${error.message}; there is:\n${await this.words()}`); });
  }

  async fill(name, text, role = 'text') {
    await until(`the field ${name}`, async () => this.ask({ do: 'fill', name, role, text }).then(() => true, () => false), 40)
      .catch(async (error) => { throw new Error(`${error.message}; there is:\n${await this.words()}`); });
  }

  async focus() {
    return (await this.see()).filter((node) => node.focused).map((node) => node.name);
  }

  // Closing ends the program, which has leaked nothing and complained of nothing.
  async close() {
    await this.desk.keys('ctrl+w');
    const code = await this.end;
    assert.equal(this.said, '');
    assert.equal(code, 0);
  }

  kill() {
    if (this.child.exitCode === null) this.child.kill('SIGKILL');
  }
}
