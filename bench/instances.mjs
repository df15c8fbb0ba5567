// How long a page of approval instances takes among 100,000 of them: every pair of filters, newest and oldest first, from
// the top and from deep inside, while 200 writes a second go on (DingTalk's events, and decisions on waiting requests).
//   HOLDFAST_BUILD=build node bench/instances.mjs [--count 100000] [--samples 16] [--db postgresql://…]
// Prints p50 and p99 over all pages and the worst pairs; exits 1 when the p99 is over 30 ms on SQLite.
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import http from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { call, client, corp, keys, push } from '../tests/e2e/stage.mjs';

const build = process.env.HOLDFAST_BUILD ?? fileURLToPath(new URL('../build', import.meta.url));
const { values: given } = parseArgs({ options: { count: { type: 'string', default: '100000' },
  samples: { type: 'string', default: '16' }, db: { type: 'string' }, writes: { type: 'string', default: '200' } } });
const [count, samples, writes] = [given.count, given.samples, given.writes].map(Number);
const limitMs = 30;
const folder = mkdtempSync(path.join(process.env.BENCH_DIR ?? tmpdir(), 'bench-instances-'));
const data = path.join(folder, 'data');
const options = ['--data-dir', data, ...(given.db ? ['--db', given.db] : [])];
const server = path.join(build, 'holdfast-server');
const token = execFileSync(server, ['token', 'create', '--role', 'owner', '--name', 'bench', ...options]).toString().trim();
const headers = { authorization: `Bearer ${token}` };

async function serve() {
  const child = spawn(server, ['serve', ...options, '--listen', '127.0.0.1:0', '--dingtalk-url', 'http://127.0.0.1:9'],
    { stdio: ['ignore', 'pipe', 'ignore'] });
  const url = await new Promise((resolve, reject) => {
    child.stdout.on('data', (text) => { const found = /listening on (http\S+)/.exec(text); if (found) resolve(found[1]); });
    child.on('exit', (code) => reject(new Error(`the server ended with ${code}`)));
  });
  const stop = () => new Promise((resolve) => { child.removeAllListeners('exit'); child.on('exit', resolve); child.kill('SIGTERM'); });
  return { url, stop, pid: child.pid };
}

async function ask(url, method, where, body) {
  const answer = await call(method, `${url}/api/v1/${where}`, { headers, body });
  if (answer.status >= 300) throw new Error(`${method} ${where}: ${answer.status} ${answer.text}`);
  return answer.json;
}

// The schema, a policy that covers everybody (else nothing would wait), an app that events come for.
const first = await serve();
const app = await ask(first.url, 'POST', 'dingtalk-apps', { corp_id: corp, client_id: client.id, client_secret: client.secret,
  aes_key: keys.aes, token: keys.token });
const { version, ...policy } = await ask(first.url, 'GET', 'policy');
await ask(first.url, 'PUT', 'policy', { ...policy, mode: 'block', scope: { everyone: true, groups: [] },
  packages: ['edr-sensor', 'vpn-connect', 'dlp-agent', 'disk-crypt', 'print-guard'] });
await first.stop();

let begun = performance.now();
const made = JSON.parse(execFileSync(path.join(build, 'bench', 'instances-fill'),
  [given.db ?? `sqlite:${path.join(data, 'holdfast.db')}`, String(count), String(Date.now())], { maxBuffer: 1 << 26 }));
console.log(`${count} instances stored in ${((performance.now() - begun) / 1000).toFixed(1)} s`);
if (given.db) execFileSync('psql', ['-q', given.db, '-c', 'ANALYZE']);

const { url, stop, pid } = await serve();
const agent = new http.Agent({ keepAlive: true });
const get = (where) => new Promise((resolve, reject) => {
  http.get(`${url}/api/v1/${where}`, { agent, headers }, (answer) => {
    const parts = [];
    answer.on('data', (part) => parts.push(part)).on('end', () => {
      const text = Buffer.concat(parts).toString();
      if (answer.statusCode === 200) resolve(JSON.parse(text));
      else reject(new Error(`${where}: ${answer.statusCode} ${text}`));
    });
  }).on('error', reject);
});

// 200 writes a second: nine of ten are events from DingTalk, one is a decision.
const waiting = (await Promise.all(Array.from({ length: 4 }, async (_, i) => {
  const pages = [];
  for (let next = ''; next !== null && pages.length < 1000;) {
    const page = await get(`instances?status=pending&delivery=submitted&limit=200&order=${i % 2 ? 'oldest' : 'newest'}&cursor=${next}`);
    pages.push(...page.items);
    next = page.next;
  }
  return pages;
}))).flat();
const ids = [...new Set(waiting.map((i) => i.id))];
const pushes = new URL(app.request_url);
const writer = { agent: new http.Agent({ keepAlive: true, maxSockets: 64 }), done: 0, failed: [], on: true };
const send = (target, text, more = {}) => new Promise((resolve) => {
  const request = http.request(target, { method: 'POST', agent: writer.agent, headers: { 'content-type': 'application/json', ...more } },
    (answer) => { answer.resume().on('end', () => resolve(answer.statusCode)); });
  request.on('error', () => resolve(0));
  request.end(text);
});
function writeOne(n) {
  if (n % 10 === 0 && ids.length > 0)
    return send(`${url}/api/v1/instances/${ids.pop()}/${n % 20 ? 'approve' : 'reject'}`, '{"comment":"同意"}', headers);
  const event = push({ EventType: 'bpms_instance_change', eventId: `bench-${n}`, processInstanceId: `oa-${n}`, type: 'start',
    staffId: 'x', processCode: 'PROC-X' });
  return send(`${url}${pushes.pathname}${event.query}`, JSON.stringify(event.body));
}
const load = (async () => {
  const start = performance.now();
  const out = [];
  for (let n = 0; writer.on; n++) {
    const due = start + n * 1000 / writes;
    if (performance.now() < due) await new Promise((resolve) => { setTimeout(resolve, due - performance.now()); });
    out.push(writeOne(n).then((status) => { if (status === 200) writer.done++; else writer.failed.push(status); }));
  }
  await Promise.all(out);
  writer.rate = writer.done / ((performance.now() - start) / 1000);
})();

// Values as they are, the common ones as often as they are met, and now and then a rare one or none at all.
let seed = 7;
const chance = (below) => { seed = (Math.imul(seed, 1103515245) + 12345) & 0x7fffffff; return Math.floor(seed / 0x80000000 * below); };
const one = (list) => list[chance(list.length)];
const now = Date.now();
const day = 86400000;
const span = () => { const from = now - chance(365) * day; return [from, from + one([1, 7, 30, 90]) * day]; };
const workflow = (n) => `01900000-0000-7000-8000-00000000000${n}`;
const filters = {
  status: () => `status=${one(['pending', 'approved', 'rejected', 'revoked', 'expired', 'pending,approved', 'rejected,revoked,expired'])}`,
  effect: () => `effect=${one(['none', 'unused', 'used', 'lapsed', 'cancelled'])}`,
  template: () => 'template=app_uninstall',
  workflow: () => `workflow=${workflow(one([1, 1, 1, 2, 3, 4, 9]))}`,
  applicant: () => `applicant=${one(made.people)}`,
  department: () => `department=${chance(3) ? one(made.departments.slice(0, 9)) : one(made.departments)}`,
  device: () => `device=${one(made.devices)}`,
  package: () => `package=${one(['holdfast-client', 'holdfast-client', 'edr-sensor', 'vpn-connect', 'dlp-agent', 'disk-crypt', 'print-guard', 'no-such'])}`,
  channel: () => `channel=${one(['console', 'dingtalk', 'api', 'client', 'system', 'release'])}`,
  delivery: () => `delivery=${one(['none', 'queued', 'submitted', 'failed', 'closed', 'closing'])}`,
  filed: () => { const [from, to] = span(); return one([`from=${from}&to=${to}`, `from=${from}`, `to=${to}`]); },
  decided: () => { const [from, to] = span(); return one([`decided_from=${from}&decided_to=${to}`, `decided_from=${from}`]); },
  search: () => `search=${encodeURIComponent(one(['报废', '客户端', '工单', 'laptop', 'kernel', '李华', '欧阳', '王', '研发-0', '工单 12', 'HF-0123',
    String(chance(1000000)), '设备', '1', 'ticket 77', '没有这样的', 'CPU 过高', 'holdfast', 'zoë']))}`,
};
const names = Object.keys(filters);
const cursors = [];
for (let next = '', hops = 0; next !== null && hops < 12; hops++) {
  const to = now - Math.floor(365 * (hops + 1) / 13) * day;
  cursors.push((await get(`instances?to=${to}&limit=1`)).items[0]?.id ?? '');
  next = '';
}

const took = new Map();
const all = [];
async function page(key, query) {
  const start = performance.now();
  await get(query);
  const ms = performance.now() - start;
  all.push(ms);
  if (!took.has(key)) took.set(key, []);
  took.get(key).push({ ms, query });
}
for (let k = 0; k < 200; k++) await get(`instances?${filters[names[k % names.length]]()}`);
begun = performance.now();
for (let s = 0; s < samples; s++) {
  for (let a = 0; a < names.length; a++) {
    for (let b = a; b < names.length; b++) {
      const both = a === b ? filters[names[a]]() : `${filters[names[a]]()}&${filters[names[b]]()}`;
      const cursor = s % 2 ? `&cursor=${one(cursors)}` : '';
      await page(a === b ? names[a] : `${names[a]} + ${names[b]}`, `instances?${both}&order=${s % 4 < 2 ? 'newest' : 'oldest'}${cursor}`);
    }
  }
  await page('none', `instances?cursor=${one(cursors)}`);
}
const pagesMs = performance.now() - begun;
const counts = [];
for (let s = 0; s < 100; s++) {
  const start = performance.now();
  await get(`instances/counts?${filters[one(names)]()}${s % 2 ? `&${filters[one(names)]()}` : ''}`.replace(/&(\w+=)[^&]*&\1/, '&$1'))
    .catch(() => {});
  counts.push(performance.now() - start);
}
// The whole list as a file, beside the same writes.
begun = performance.now();
const exported = await new Promise((resolve, reject) => {
  http.get(`${url}/api/v1/instances/export`, { agent, headers }, (answer) => {
    let lines = 0, bytes = 0;
    answer.on('data', (part) => { bytes += part.length; for (const byte of part) if (byte === 10) lines++; })
      .on('end', () => resolve({ lines, bytes })).on('error', reject);
  }).on('error', reject);
});
const peak = Math.round(Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) / 1024);
const exportMs = performance.now() - begun;
writer.on = false;
await load;
await stop();
const at = (list, share) => { const sorted = [...list].sort((x, y) => x - y); return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]; };
console.log(`${all.length} pages in ${(pagesMs / 1000).toFixed(0)} s beside ${writer.rate.toFixed(0)} writes a second (${writer.failed.length ? `refused: ${writer.failed}` : 'none refused'}):`
  + ` p50 ${at(all, 0.5).toFixed(1)} ms, p99 ${at(all, 0.99).toFixed(1)} ms, worst ${at(all, 1).toFixed(1)} ms`);
console.log(`counts: p50 ${at(counts, 0.5).toFixed(1)} ms, worst ${at(counts, 1).toFixed(1)} ms`);
const worst = [...took].map(([key, list]) => ({ key, ...list.reduce((x, y) => (x.ms > y.ms ? x : y)), p50: at(list.map((x) => x.ms), 0.5) }))
  .sort((x, y) => y.ms - x.ms);
console.log(`export: ${exported.lines - 1} lines, ${(exported.bytes / 1e6).toFixed(1)} MB in ${(exportMs / 1000).toFixed(1)} s; the server took at most ${peak} MB`);
console.log('the worst pairs:');
for (const { key, ms, p50, query } of worst.slice(0, 12)) console.log(`  ${key.padEnd(24)} p50 ${p50.toFixed(1)} ms, worst ${ms.toFixed(1)} ms  ${decodeURIComponent(query)}`);
rmSync(folder, { recursive: true, force: true });
process.exit(!given.db && at(all, 0.99) > limitMs ? 1 : 0);
