// What the client costs a computer: an enrolled keeper and agent that have nothing to do, over TLS, with all of the system's
// CA certificates loaded. Memory of both (smaps_rollup), how often they wake in three minutes, what system calls they make in one
// (strace), how long the guard takes and how large it is (bench/guard.mjs has its time as dpkg runs it). ./dev bench client.
import { execFileSync, spawn } from 'node:child_process';
import { appendFileSync, chmodSync, copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { FakeServer } from '../tests/e2e/fake-server.mjs';
import { Machine } from '../tests/e2e/machine.mjs';

const MINUTES = Number(process.env.MINUTES ?? 3);
const build = resolve(process.env.HOLDFAST_RELEASE ?? process.env.HOLDFAST_BUILD ?? 'build');
const bundle = ['/etc/ssl/certs/ca-certificates.crt', '/etc/pki/tls/certs/ca-bundle.crt'].find((file) => existsSync(file));

const sleep = (ms) => new Promise((done) => setTimeout(done, ms));
const number = (text, name) => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(text)[1]);
const memory = (pid) => {
  const text = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
  return { pss: number(text, 'Pss'), rss: number(text, 'Rss'), own: number(text, 'Private_Dirty') + number(text, 'Private_Clean') };
};
// All threads: each time one of them slept and something woke it.
const wakes = (pid) => execFileSync('sh', ['-c', `cat /proc/${pid}/task/*/status`]).toString()
  .match(/^voluntary_ctxt_switches:\s+\d+/gm).reduce((sum, line) => sum + Number(line.split(/\s+/)[1]), 0);

const folder = mkdtempSync(join(tmpdir(), 'hf-bench-'));
chmodSync(folder, 0o755);
const at = (name) => join(folder, name);
execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2', '-subj', '/CN=127.0.0.1',
  '-addext', 'subjectAltName=IP:127.0.0.1', '-keyout', at('key'), '-out', at('cert')], { stdio: 'ignore' });
if (bundle) copyFileSync(bundle, at('ca'));
appendFileSync(at('ca'), readFileSync(at('cert')));
chmodSync(at('ca'), 0o644);

const server = new FakeServer();
await server.start(0, { key: readFileSync(at('key')), cert: readFileSync(at('cert')) });
const machine = new Machine(server.url);
machine.configure(server.url, at('ca'));
machine.packageManager('exit 1');
machine.program = join(build, 'holdfast-keeper');
try {
  await machine.start();
  await machine.enrol(server);
  const both = { keeper: machine.keeper.pid, agent: machine.agent() };
  await sleep(Number(process.env.SETTLE ?? 60) * 1000); // what an enrolment leaves behind is not what a day looks like
  console.log(`certificates loaded: ${readFileSync(at('ca'), 'utf8').split('BEGIN CERTIFICATE').length - 1}`);
  const sum = { pss: 0, rss: 0, own: 0 };
  for (const [name, pid] of Object.entries(both)) {
    const m = memory(pid);
    console.log(`${name.padEnd(8)} PSS ${m.pss} kB   RSS ${m.rss} kB   its own ${m.own} kB`);
    for (const key of Object.keys(sum)) sum[key] += m[key];
  }
  console.log(`together PSS ${(sum.pss / 1024).toFixed(1)} MB (limit 10)   RSS ${(sum.rss / 1024).toFixed(1)} MB, shared pages counted in both`);

  const before = Object.values(both).map(wakes);
  const polls = server.requests.length;
  await sleep(MINUTES * 60000);
  const after = Object.values(both).map(wakes);
  Object.keys(both).forEach((name, i) => console.log(`${name.padEnd(8)} ${((after[i] - before[i]) / MINUTES).toFixed(2)} wake-ups a minute`));
  console.log(`together ${((after[0] + after[1] - before[0] - before[1]) / MINUTES).toFixed(2)} (limit 2), with ${server.requests.length - polls} requests in ${MINUTES} minutes`);

  for (const [name, pid] of Object.entries(both)) {
    const trace = spawn('strace', ['-c', '-f', '-p', String(pid)], { stdio: ['ignore', 'ignore', 'pipe'] });
    let said = '';
    trace.stderr.on('data', (text) => { said += text; });
    const ended = new Promise((done) => trace.on('close', done));
    trace.on('error', () => { said = 'strace is not installed\n'; });
    both[name] = { end: async () => { trace.kill('SIGINT'); await ended; return said; } };
  }
  await sleep(60000);
  for (const [name, trace] of Object.entries(both)) console.log(`\n${name}: strace -c over 60 s\n${(await trace.end()).replace(/^strace: .*\n/gm, '')}`);

  const guard = join(build, 'holdfast-guard');
  const stripped = at('guard');
  execFileSync('strip', ['--strip-unneeded', '-o', stripped, guard]);
  console.log(`guard    ${(statSync(stripped).size / 1e6).toFixed(2)} MB (limit 1.5), static: ${!execFileSync('readelf', ['-lW', guard]).includes('INTERP')}`);
} finally {
  await machine.remove();
  await server.stop();
  rmSync(folder, { recursive: true });
}
