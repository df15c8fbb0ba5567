// How long DingTalk waits for the answer to an event: 200 events a second, each counted from the moment at which it was
// due, on a disk of which every flush takes so many ms longer, and beside a crowd of other writes. DingTalk gives up after
// 2,500 ms.
//   HOLDFAST_BUILD=build node bench/callbacks.mjs [SECONDS]
// BENCH_DIR=/dev/shm leaves only the flushes that are made slow, where a machine's own disk is busy with other things.
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import http from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { call, client, corp, keys, push } from '../tests/e2e/stage.mjs';

const build = process.env.HOLDFAST_BUILD ?? fileURLToPath(new URL('../build', import.meta.url));
const seconds = Number(process.argv[2] ?? 15);
const folder = mkdtempSync(path.join(process.env.BENCH_DIR ?? tmpdir(), 'bench-callbacks-'));
const slow = path.join(folder, 'slow-disk.so');
execFileSync('cc', ['-shared', '-fPIC', '-O2', '-o', slow, fileURLToPath(new URL('slow-disk.c', import.meta.url)), '-ldl']);

let runs = 0;
async function serve(flushMs) {
  const options = ['--data-dir', path.join(folder, `data${runs++}`)];
  const token = execFileSync(path.join(build, 'holdfast-server'), ['token', 'create', '--role', 'owner', '--name', 'bench', ...options])
    .toString().trim();
  const child = spawn(path.join(build, 'holdfast-server'), ['serve', ...options, '--listen', '127.0.0.1:0', '--dingtalk-url', 'http://127.0.0.1:9'],
    { stdio: ['ignore', 'pipe', 'ignore'], env: { ...process.env, LD_PRELOAD: slow, SLOW_DISK_MS: String(flushMs) } });
  const url = await new Promise((resolve) => {
    child.stdout.on('data', (data) => { const found = /http:\S+/.exec(data); if (found) resolve(found[0]); });
  });
  const app = await call('POST', `${url}/api/v1/dingtalk-apps`, { headers: { authorization: `Bearer ${token}` },
    body: { corp_id: corp, client_id: client.id, client_secret: client.secret, aes_key: keys.aes, token: keys.token } });
  return { url, child, target: new URL(app.json.request_url) };
}

const agent = new http.Agent({ keepAlive: true, maxSockets: 256 });
const send = (url, method, body) => new Promise((resolve) => {
  const request = http.request(url, { method, agent, headers: body ? { 'content-type': 'application/json' } : {} }, (answer) => {
    answer.resume().on('end', () => resolve(answer.statusCode));
  });
  request.on('error', () => resolve(0));
  request.end(body);
});

// So many calls a second, whether or not earlier ones were answered.
async function load(rate, ms, one) {
  const start = performance.now();
  const pending = [];
  for (let sent = 0; sent < rate * ms / 1000;) {
    const due = start + sent * 1000 / rate;
    if (performance.now() < due) await new Promise((resolve) => { setTimeout(resolve, due - performance.now()); });
    else pending.push(one(sent++, due));
  }
  return Promise.all(pending);
}

async function measure(what, flushMs, others) {
  const { url, child, target } = await serve(flushMs);
  const events = Array.from({ length: 200 * seconds }, (_, i) => push({ EventType: 'bpms_instance_change', eventId: `e${i}`,
    processInstanceId: `oa-${i}`, type: 'finish', result: 'agree', staffId: 'x', processCode: 'PROC-X' }));
  let crowd = Promise.resolve([]);
  if (others) crowd = load(others, seconds * 1000, () => send(`${url}/readyz`, 'GET'));
  const took = await load(200, seconds * 1000, async (i, due) => {
    const status = await send(target.href + events[i].query, 'POST', JSON.stringify(events[i].body));
    return status === 200 ? performance.now() - due : Infinity;
  });
  const answered = (await crowd).filter((status) => status === 200).length;
  took.sort((a, b) => a - b);
  const at = (share) => took[Math.min(took.length - 1, Math.floor(took.length * share))].toFixed(1);
  console.log(`${what}: ${took.length} events, median ${at(0.5)} ms, p99 ${at(0.99)} ms, worst ${at(1)} ms`
    + (others ? `; ${answered} of the others written` : ''));
  child.kill('SIGTERM');
  await new Promise((resolve) => { child.on('exit', resolve); });
}

await measure('a disk as it is', 0);
await measure('flushes 20 ms slower', 20);
await measure('flushes 50 ms slower', 50);
await measure('flushes 80 ms slower', 80);
await measure('2,000 other writes a second', 0, 2000);
await measure('2,000 other writes a second, flushes 20 ms slower', 20, 2000);
rmSync(folder, { recursive: true, force: true });
process.exit(0);
