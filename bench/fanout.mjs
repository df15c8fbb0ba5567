// How quickly a change of the policy is with 10,000 connected devices, each in its long poll, among 100,000 people and
// 50 user groups; a change of a group that concerns ten of them; and what a poll that waits costs: ./dev bench fanout.
//   HOLDFAST_BUILD=build node bench/fanout.mjs [--devices 10000] [--people 100000] [--changes 5] [--db postgresql://…]
// On PostgreSQL too when HOLDFAST_TEST_POSTGRESQL names one. Every device has a key of its own, signs in with it, and
// verifies what it is sent. Exits 1 when one device waits longer than 2 s, or half of them longer than 300 ms.
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

process.env.HOLDFAST_BUILD ??= fileURLToPath(new URL('../build', import.meta.url));
const build = process.env.HOLDFAST_BUILD;
const { call, sleep } = await import('../tests/e2e/stage.mjs');
const { values: given } = parseArgs({ options: { devices: { type: 'string', default: '10000' }, people: { type: 'string', default: '100000' },
  changes: { type: 'string', default: '5' }, db: { type: 'string' } } });
const [devices, people, changes] = [given.devices, given.people, given.changes].map(Number);
const folder = mkdtempSync(path.join(process.env.BENCH_DIR ?? tmpdir(), 'bench-fanout-'));
const person = (n) => `01900000-0000-7000-8e00-${n.toString(16).padStart(12, '0')}`;
let failed = false;

const memory = (pid, what) => Number(new RegExp(`${what}:\\s+(\\d+)`).exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]);
const ticks = (pid) => readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ').slice(11, 13).reduce((sum, n) => sum + Number(n), 0);

class Hold {
  constructor(url, listen) {
    this.child = spawn(path.join(build, 'bench/fanout'), ['hold', url, listen, String(devices)], { stdio: ['pipe', 'pipe', 'inherit'] });
    this.lines = createInterface({ input: this.child.stdout })[Symbol.asyncIterator]();
  }

  async line() {
    const { value, done } = await this.lines.next();
    if (done) throw new Error('the devices have ended');
    return value;
  }

  // What devices get of one change: work makes it; word is in the statements that it leads to.
  async change(word, count, work) {
    this.child.stdin.write(`${word} ${count}\n`);
    await this.line();
    const begun = performance.now();
    await work();
    const saved = performance.now() - begun;
    return { saved, ...JSON.parse(await this.line()) };
  }
}

async function measure(name, db, options) {
  const server = path.join(build, 'holdfast-server');
  const headers = { authorization: `Bearer ${execFileSync(server, ['token', 'create', '--role', 'owner', '--name', 'bench', ...options]).toString().trim()}` };
  execFileSync(path.join(build, 'bench/fanout'), ['fill', db, String(devices), String(people), String(Date.now())]);
  if (db.startsWith('postgresql:')) execFileSync('psql', ['-q', db, '-c', 'ANALYZE']);
  const child = spawn(server, ['serve', ...options, '--listen', '127.0.0.1:0'], { stdio: ['ignore', 'pipe', 'inherit'] });
  const url = await new Promise((resolve, reject) => {
    child.stdout.on('data', (text) => { const found = /listening on (http\S+)/.exec(text); if (found) resolve(found[1]); });
    child.on('exit', (code) => reject(new Error(`the server ended with ${code}`)));
  });
  const ask = async (method, where, body) => {
    const answer = await call(method, `${url}/api/v1/${where}`, { headers, body });
    if (answer.status >= 300) throw new Error(`${method} ${where}: ${answer.status} ${answer.text}`);
    return answer.json;
  };
  const groups = [];
  for (let g = 0; g < 50; g += 1) {
    const rules = g === 0 ? [{ subject: 'user', relation: 'equal', value: person(0) }]
      : Array.from({ length: 20 }, (_, i) => ({ subject: 'email', relation: 'equal', value: `用户${g * 1000 + i}` }));
    groups.push(await ask('POST', 'user-groups', { name: `group ${g}`, rules }));
  }
  const policy = async (changed) => {
    const { version, ...now } = await ask('GET', 'policy');
    return ask('PUT', 'policy', { ...now, mode: 'block', scope: { everyone: true, groups: [] }, ...changed });
  };
  await policy({});
  await sleep(1000);
  const empty = memory(child.pid, 'VmRSS');
  const hold = new Hold(db, new URL(url).host);
  const begun = performance.now();
  if (await hold.line() !== 'parked') throw new Error('not parked');
  const parked = memory(child.pid, 'VmRSS');
  console.log(`${name}: ${devices} devices of ${people} people signed in and parked after ${((performance.now() - begun) / 1000).toFixed(1)} s;`
    + ` ${(parked / 1024).toFixed(0)} MB resident (${(empty / 1024).toFixed(0)} before, with what the first reading of the directory has left free)`);
  const idle = ticks(child.pid);
  await sleep(5000);
  console.log(`  idle: ${((ticks(child.pid) - idle) / 5).toFixed(1)} % of a core`);
  const shown = (r) => `saved in ${r.saved.toFixed(0)} ms; ${r.found} devices have it, median ${r.median} ms, p99 ${r.p99} ms, last ${r.last} ms`
    + (r.others ? `; ${r.others} other answers` : '');
  for (let n = 0; n < changes; n += 1) {
    const before = ticks(child.pid);
    const result = await hold.change(`change-${n}.`, devices, () => policy({ contact: `change-${n}.` }));
    console.log(`  policy: ${shown(result)}; ${(ticks(child.pid) - before) * 10} ms of the server's processor`);
    failed ||= result.found < devices || result.last > 2000 || result.median > 300;
  }
  await hold.change('"covered":false', devices, () => policy({ scope: { everyone: false, groups: [groups[0].id] } }));
  for (const [what, last] of [['ten join a group', 10], ['and leave it', 0]]) {
    const rules = Array.from({ length: last + 1 }, (_, i) => ({ subject: 'user', relation: 'equal', value: person(i) }));
    const { id, name: called, description } = groups[0];
    const result = await hold.change(last ? '"covered":true' : '"covered":false', 10, () => ask('PUT', `user-groups/${id}`, { name: called, description, rules }));
    console.log(`  ${what}: ${shown(result)}`);
    failed ||= result.found !== 10 || result.others > 0;
  }
  console.log(`  the server took at most ${(memory(child.pid, 'VmHWM') / 1024).toFixed(0)} MB`);
  hold.child.kill('SIGTERM');
  child.removeAllListeners('exit');
  const ended = new Promise((resolve) => { child.on('exit', resolve); });
  child.kill('SIGTERM');
  await ended;
}

const data = path.join(folder, 'data');
if (!given.db) await measure('SQLite', `sqlite:${path.join(data, 'holdfast.db')}`, ['--data-dir', data]);
const postgresql = given.db ?? process.env.HOLDFAST_TEST_POSTGRESQL;
if (postgresql) await measure('PostgreSQL', postgresql, ['--data-dir', path.join(folder, 'data-pg'), '--db', postgresql]);
rmSync(folder, { recursive: true, force: true });
process.exit(failed ? 1 : 0);
