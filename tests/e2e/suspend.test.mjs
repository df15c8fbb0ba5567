// A computer that goes to sleep: with systemd's own logind in a container whose sleep is a program that waits, and with a
// logind and a bus that tests make come and go.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, readdirSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { after, before, test } from 'node:test';
import { FakeServer } from './fake-server.mjs';
import { Machine, isRoot, until } from './machine.mjs';
import { Booted, buildPackage, cannotBoot, scene } from './throw-away.mjs';

const skip = isRoot ? cannotBoot() : 'needs root';
let made;

before(() => {
  if (!skip) made = buildPackage();
});
after(() => made && rmSync(made.folder, { recursive: true }));

// What can be slept into is said by files of the test's own: this machine's are out of reach. logind waits for longer than it
// does by itself, and says when it was too long.
const LAPTOP = `set -eu
mount -t tmpfs none /sys/power
echo freeze mem >/sys/power/state
mkdir -p /run/systemd/system/systemd-suspend.service.d /run/systemd/logind.conf.d
cat >/run/systemd/system/systemd-suspend.service.d/test.conf <<'END'
[Service]
ExecStart=
ExecStart=/bin/sh -c 'rm -f /run/awake; touch /run/asleep; until [ -e /run/awake ]; do sleep 0.1; done; rm /run/asleep'
END
printf '[Login]\\nInhibitDelayMaxSec=120\\n' >/run/systemd/logind.conf.d/test.conf
systemctl daemon-reload
systemctl restart systemd-logind
`;

async function laptop(t) {
  const { server, machine } = await scene(t, made.deb, true, [], Booted);
  assert.equal((await machine.run('sh', '-c', LAPTOP)).status, 0);
  const is = async (path) => (await machine.run('test', '-e', path)).status === 0;
  return Object.assign(machine, {
    server,
    // Who holds up a sleep: a line of "systemd-inhibit --list" each.
    inhibitors: async () => (await machine.ok('systemd-inhibit', '--list', '--no-legend', '--no-pager')).split('\n').filter((line) => /holdfast-/.test(line)),
    going: () => server.receipts.filter((r) => r.kind === 'going').map((r) => r.text),
    runs: () => [...new Set(server.requests.filter((r) => r.path === '/agent/v1/sync').map((r) => r.body.run))],
    sleep: async () => {
      await machine.ok('busctl', 'call', 'org.freedesktop.login1', '/org/freedesktop/login1', 'org.freedesktop.login1.Manager', 'Suspend', 'b', 'false');
      await until('the sleep', () => is('/run/asleep'), 180);
    },
    wake: async () => {
      await machine.ok('touch', '/run/awake');
      await until('the end of the sleep', async () => !(await is('/run/asleep')));
    },
  });
}

test('a computer that goes to sleep says so before it sleeps, and is heard at once when it wakes', { skip }, async (t) => {
  const machine = await laptop(t);
  const { server } = machine;
  await until('the inhibitor', async () => (await machine.inhibitors()).length === 1);
  assert.match((await machine.inhibitors())[0], /^Holdfast +0 +root +\d+ +holdfast-keeper +sleep +The server is told .* delay$/);

  for (const times of [1, 2]) {
    await machine.sleep();
    assert.deepEqual(machine.going(), Array(times).fill('suspend'));
    assert.deepEqual(await machine.inhibitors(), []);
    const before = machine.runs().length;
    await machine.wake();
    await until('a poll of its own', () => machine.runs().length > before);
    await until('the inhibitor', async () => (await machine.inhibitors()).length === 1);
  }

  // One that was started anew, be it logind or the client, still has one.
  await machine.ok('systemctl', 'restart', 'systemd-logind');
  await machine.ok('systemctl', 'reload', 'holdfast-keeper');
  await until('the new program', async () => /going on as the program/.test(await machine.journal('holdfast-keeper')));
  await until('the session', async () => (await machine.status()).online);
  await until('the inhibitor', async () => (await machine.inhibitors()).length === 1);
  await machine.sleep();
  assert.equal(machine.going().length, 3);
  await machine.wake();

  // A server that takes nothing, or is not there, keeps no computer awake.
  await until('the session', async () => (await machine.status()).online && (await machine.inhibitors()).length === 1);
  server.override['/agent/v1/receipts'] = () => new Promise(() => {});
  await machine.sleep();
  await machine.wake();
  delete server.override['/agent/v1/receipts'];
  await until('the fourth', () => machine.going().length === 4, 60);
  await until('the inhibitor', async () => (await machine.inhibitors()).length === 1);
  await server.stop();
  await until('that it is gone', async () => !(await machine.status()).online);
  await machine.sleep();
  await machine.wake();
  await server.start(server.port);
  await until('the fifth', () => machine.going().length === 5, 60);
  assert.doesNotMatch(await machine.journal('systemd-logind'), /inhibitor timeout is reached/);
});

// A bus below the machine's root, and on it a logind, when there are to be some.
class Bus {
  constructor(machine) {
    this.folder = machine.path('run/dbus');
    this.address = `unix:path=${this.folder}/system_bus_socket`;
    this.said = [];
    this.running = [];
    mkdirSync(this.folder, { recursive: true });
    writeFileSync(join(this.folder, 'conf'), `<busconfig><type>session</type><listen>${this.address}</listen><policy context="default">
      <allow send_destination="*"/><allow receive_sender="*"/><allow own="*"/></policy></busconfig>\n`);
  }

  run(program, args, told) {
    const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'], env: { ...process.env, DBUS_SYSTEM_BUS_ADDRESS: this.address } });
    let rest = '';
    child.stdout.on('data', (text) => {
      const lines = (rest + text).split('\n');
      rest = lines.pop();
      lines.forEach(told);
    });
    child.end = new Promise((done) => child.on('exit', done));
    this.running.push(child);
    return child;
  }

  async start() {
    let up = false;
    this.daemon = this.run('dbus-daemon', ['--nofork', '--print-address=1', `--config-file=${this.folder}/conf`], () => { up = true; });
    await until('the bus', () => up);
  }

  // heard: what the server had when a line was said.
  async startLogind(heard = () => []) {
    this.logind = this.run(join(resolve(process.env.HOLDFAST_BUILD ?? 'build'), 'tests/e2e/logind'), [],
      (line) => this.said.push({ line, heard: heard() }));
    await until('logind', () => this.said.some((s) => s.line === 'ready'));
  }

  say(word) {
    this.logind.stdin.write(`${word}\n`);
  }

  count(what) {
    return this.said.filter((s) => s.line.startsWith(what)).length;
  }

  async stop() {
    for (const child of this.running.reverse()) {
      if (child.exitCode === null && child.signalCode === null) child.kill();
      await child.end;
    }
    this.running = [];
    rmSync(join(this.folder, 'system_bus_socket'), { force: true });
  }
}

// How many the keeper has open; an inhibitor is one.
const pipes = ({ keeper }) => readdirSync(`/proc/${keeper.pid}/fd`).filter((fd) => {
  try {
    return readlinkSync(`/proc/${keeper.pid}/fd/${fd}`).startsWith('pipe:');
  } catch {
    return false; // closed meanwhile
  }
}).length;

async function computer(t) {
  const server = new FakeServer();
  await server.start();
  const machine = new Machine(server.url);
  const bus = new Bus(machine);
  t.after(async () => {
    await machine.stop();
    await bus.stop();
    await machine.remove();
    await server.stop();
    const at = machine.log.search(/Sanitizer|runtime error/);
    assert.equal(at < 0 ? '' : machine.log.slice(at, at + 1500), '');
  });
  const going = () => server.receipts.filter((r) => r.kind === 'going').map((r) => r.text);
  return { server, machine, bus, going };
}

test('where there is no bus or no logind the client says nothing of it, and finds them when they come', async (t) => {
  const { server, machine, bus, going } = await computer(t);
  // It looks for a bus every three seconds instead of every ninety.
  await machine.start({ WATCHDOG_USEC: '4000000' });
  await machine.enrol(server);
  await bus.start();
  await bus.startLogind(going);
  await until('the inhibitor', () => bus.count('taken') === 1);
  assert.match(bus.said.at(-1).line, /^taken :1\.\d+ sleep Holdfast delay$/);

  // Without its bus it would not hear of a sleep, and must hold up none.
  const held = pipes(machine);
  bus.daemon.kill();
  await until('that it lets go', () => pipes(machine) === held - 1);
  await bus.stop();
  bus.said.length = 0;
  await bus.start();
  await bus.startLogind(going);
  await until('the inhibitor', () => bus.count('taken') === 1);
  bus.say('sleep');
  await until('that it lets go', () => bus.count('let go') === 1);
  assert.deepEqual(bus.said.at(-1).heard, ['suspend']);
  assert.doesNotMatch(machine.log, /bus|logind|inhibit/i);
});

test('only logind says that a computer sleeps; an upgrade neither loses nor keeps what holds it up', async (t) => {
  const { server, machine, bus, going } = await computer(t);
  await bus.start();
  await bus.startLogind(going);
  await machine.start();
  await machine.enrol(server);
  await until('the inhibitor', () => bus.count('taken') === 1);
  const keeper = () => bus.said.filter((s) => s.line.startsWith('taken')).at(-1).line.split(' ')[1];
  const anybody = (on) => execFileSync('busctl', [`--address=${bus.address}`, `--destination=${keeper()}`, 'emit', '/org/freedesktop/login1',
    'org.freedesktop.login1.Manager', 'PrepareForSleep', 'b', on]);
  anybody('true');
  anybody('false');
  const held = pipes(machine);
  for (const times of [1, 2, 3]) {
    process.kill(machine.keeper.pid, 'SIGHUP');
    await until('one more, and one less', () => bus.count('taken') === times + 1 && bus.count('let go') === times);
    await until('the session', async () => (await machine.status()).online);
  }
  assert.equal(pipes(machine), held);
  assert.deepEqual(going(), []);
  assert.doesNotMatch(machine.log, /sleep|awake/);

  bus.say('sleep');
  await until('that it lets go', () => bus.count('let go') === 4);
  assert.deepEqual(bus.said.at(-1).heard, ['suspend']);
  const agent = machine.agent();
  bus.say('wake');
  await until('the inhibitor', () => bus.count('taken') === 5);
  await until('a new agent', async () => machine.agent() !== agent && (await machine.status()).online);
  // A server that takes nothing does not keep it from sleeping.
  server.override['/agent/v1/receipts'] = () => new Promise(() => {});
  bus.say('sleep');
  await until('that it lets go', () => bus.count('let go') === 5);
  assert.deepEqual(going(), ['suspend']);
});
