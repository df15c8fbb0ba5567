// The snapshot of policy, groups and people at its largest: 100,000 people in 5,000 departments, 500 groups with 3,000 rules
// each, all of them in the policy's scope, 3,000 people on its whitelist: ./dev bench snapshot.
//   HOLDFAST_BUILD=build node bench/snapshot.mjs [--people 100000] [--groups 500] [--rules 3000] [--seconds 20]
// On PostgreSQL too when HOLDFAST_TEST_POSTGRESQL names one (tests/postgresql node bench/snapshot.mjs). How long reading and
// compiling take, a lookup, what it costs in memory; then, in a server: how long a change takes from its answer to the
// device that waits, and how late polls are while one snapshot is made after the other. Exits 1 when making one takes longer
// than 2 s, a lookup longer than 1 µs, or a poll is later than 100 ms.
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

process.env.HOLDFAST_BUILD ??= fileURLToPath(new URL('../build', import.meta.url));
const build = process.env.HOLDFAST_BUILD;
const { call, Device, sleep } = await import('../tests/e2e/stage.mjs');
const { values: given } = parseArgs({ options: { people: { type: 'string', default: '100000' }, groups: { type: 'string', default: '500' },
  rules: { type: 'string', default: '3000' }, seconds: { type: 'string', default: '20' } } });
const server = path.join(build, 'holdfast-server');
const tool = (...what) => execFileSync(path.join(build, 'bench/snapshot'), what).toString().trim();
const folder = mkdtempSync(path.join(process.env.BENCH_DIR ?? tmpdir(), 'bench-snapshot-'));
const memory = (pid, what) => Math.round(Number(new RegExp(`${what}:\\s+(\\d+)`).exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) / 1024);
const at = (list, share) => { const sorted = [...list].sort((x, y) => x - y); return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]; };
const ms = (list) => `p50 ${at(list, 0.5).toFixed(1)}, p99 ${at(list, 0.99).toFixed(1)}, worst ${at(list, 1).toFixed(1)} ms (${list.length})`;
let failed = false;
const promise = (what, ok) => { console.log(`  ${what}${ok ? '' : '  NOT AS PROMISED'}`); failed ||= !ok; };

// A device in its long poll: how late what it waits for is.
class Waiting extends Device {
  async poll(wait) {
    const answer = await this.agent('POST', 'sync', { counter: this.counter ?? 0, basis: this.basis ?? '', view: this.tag, held: [], revoked: [],
      client_version: '0.1.0', wait_ms: wait });
    if (answer.status !== 200) throw new Error(answer.text);
    this.tag = answer.json.view_tag;
    if (answer.json.statement)
      ({ counter: this.counter, basis: this.basis } = JSON.parse(Buffer.from(answer.json.statement.split('.')[1], 'base64url')));
    return answer.json.statement !== undefined;
  }
}

async function measure(name, db, options) {
  const headers = { authorization: `Bearer ${execFileSync(server, ['token', 'create', '--role', 'owner', '--name', 'bench', ...options]).toString().trim()}` };
  tool('fill', db, given.people, given.groups, given.rules);
  if (db.startsWith('postgresql:')) execFileSync('psql', ['-q', db, '-c', 'ANALYZE']);
  const figures = JSON.parse(tool('measure', db));
  console.log(`${name}: ${given.people} people, ${given.groups} groups of ${given.rules} rules`);
  promise(`made in ${figures.total_ms} ms: reading ${figures.reading_ms}, compiling ${figures.total_ms - figures.reading_ms}`, figures.total_ms < 2000);
  console.log(`  made again while people are the same, as after a change of one group: ${figures.again_ms} ms`);
  promise(`a lookup takes ${figures.lookup_ns} ns`, figures.lookup_ns < 1000);
  console.log(`  a snapshot is ${figures.snapshot_mb} MB; while one is made, the process grows to ${figures.peak_mb} MB; freeing one takes ${figures.free_ms} ms`);

  const device = new Waiting(null, 'bench');
  Object.assign(device, { x: device.x }, (({ device: id, group }) => ({ id, group }))(JSON.parse(tool('device', db, device.x))));
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
  device.stage = { server: { url } };
  await device.renew();
  while (await device.poll(0));

  // Each time the group by which the device is covered gets another name, its statement says another one.
  const { name: was, description, rules } = await ask('GET', `user-groups/${device.group}`);
  const body = (n) => ({ name: n, description, rules: rules.map(({ subject, relation, value }) => ({ subject, relation, value })) });
  const reached = [];
  for (let i = 0; i < 8; i += 1) {
    const waits = (async () => { while (!await device.poll(20000)); return performance.now(); })();
    await sleep(100);
    await ask('PUT', `user-groups/${device.group}`, body(`${was} ${i}`));
    const answered = performance.now();
    reached.push(await waits - answered);
  }
  console.log(`  a change is with the device after its answer: ${ms(reached)}`);

  // People change all the time, so that everything has to be read and compiled each time; a group that changes tells of it.
  const churn = spawn(path.join(build, 'bench/snapshot'), ['churn', db], { stdio: 'inherit' });
  const stop = performance.now() + Number(given.seconds) * 1000;
  const [quick, parked] = [[], []];
  let changes = 0;
  await Promise.all([
    (async () => { for (; performance.now() < stop; changes += 1) {
      await ask('PUT', `user-groups/${device.group}`, body(`${was} ${changes % 2}`)); await sleep(100); } })(),
    (async () => { while (performance.now() < stop) { const begun = performance.now();
      await ask('GET', 'me'); quick.push(performance.now() - begun); await sleep(5); } })(),
    (async () => { while (performance.now() < stop) { const begun = performance.now();
      if (!await device.poll(100)) parked.push(performance.now() - begun - 100); } })(),
  ]);
  console.log(`  while snapshots are made one after the other (people change all the time, a group ${changes} times in ${given.seconds} s):`);
  promise(`  a request is answered in ${ms(quick)}`, at(quick, 1) < 100);
  promise(`  a poll that waits 100 ms is late by ${ms(parked)}`, at(parked, 1) < 100);
  console.log(`  the server has ${memory(child.pid, 'VmRSS')} MB, had at most ${memory(child.pid, 'VmHWM')} MB`);
  churn.kill();
  child.removeAllListeners('exit');
  child.kill('SIGTERM');
  await new Promise((resolve) => { child.on('exit', resolve); });
}

const data = (n) => ['--data-dir', path.join(folder, n)];
await measure('SQLite', `sqlite:${path.join(folder, 's', 'holdfast.db')}`, data('s'));
if (process.env.HOLDFAST_TEST_POSTGRESQL)
  await measure('PostgreSQL', process.env.HOLDFAST_TEST_POSTGRESQL, [...data('p'), '--db', process.env.HOLDFAST_TEST_POSTGRESQL]);
rmSync(folder, { recursive: true, force: true });
process.exit(failed ? 1 : 0);
