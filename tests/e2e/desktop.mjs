// A person's desktop session as far as programs see it: a session bus and, when a test wants one, a notification
// daemon on it.
import { spawn } from 'node:child_process';
import { chmodSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { until } from './machine.mjs';

export const build = resolve(process.env.HOLDFAST_BUILD ?? 'build');

// Without folders of services: nothing of the machine that the tests run on is started.
const config = (address) => `<busconfig><type>session</type><listen>${address}</listen><policy context="default">
  <allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/></policy></busconfig>\n`;

export class Desktop {
  // where: the folder as the programs see it, outside: as the test does; begin(program, args, env) starts a program.
  constructor({ where, outside = where, begin, daemon = join(build, 'tests/e2e/notification-daemon') }) {
    Object.assign(this, { where, outside, begin, daemon, calls: [], running: [] });
    this.env = { XDG_RUNTIME_DIR: where, HOME: where, DBUS_SESSION_BUS_ADDRESS: `unix:path=${where}/bus` };
    writeFileSync(join(outside, 'bus.conf'), config(`unix:path=${where}/bus`));
    chmodSync(join(outside, 'bus.conf'), 0o644);
  }

  run(program, args, env = {}) {
    const child = this.begin(program, args, { ...this.env, ...env });
    child.log = '';
    child.stderr?.on('data', (text) => { child.log += text; });
    child.end = new Promise((done) => child.on('exit', (code, signal) => {
      child.ended = true;
      done({ code, signal });
    }));
    this.running.push(child);
    return child;
  }

  async startBus() {
    const bus = this.run('dbus-daemon', ['--nofork', '--print-address=1', `--config-file=${this.where}/bus.conf`]);
    let said = '';
    bus.stdout.on('data', (text) => { said += text; });
    await until('the bus', () => said.includes('unix:') || bus.ended);
    if (bus.ended) throw new Error(`dbus-daemon: ${bus.log}`);
    this.bus = bus;
  }

  async startDaemon() {
    const daemon = this.run(this.daemon, []);
    let rest = '';
    daemon.stdout.on('data', (text) => {
      const lines = (rest + text).split('\n');
      rest = lines.pop();
      this.calls.push(...lines.map((line) => JSON.parse(line)));
    });
    await until('the notification daemon', () => this.calls.some((c) => c.call === 'ready') || daemon.ended);
    if (daemon.ended) throw new Error(daemon.log);
    this.notifier = daemon;
  }

  say(line) {
    this.notifier.stdin.write(`${line}\n`);
  }

  get notices() {
    return this.calls.filter((c) => c.call === 'Notify');
  }

  // The next one after those that were there.
  async notice(count) {
    await until(`notification ${count}`, () => this.notices.length >= count, 30);
    return this.notices[count - 1];
  }

  async end() {
    for (const child of this.running.reverse()) {
      if (!child.ended) child.kill('SIGTERM');
      await child.end;
    }
  }
}

export const begin = (program, args, env) => spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'], env: { ...process.env, ...env } });
