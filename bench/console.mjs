// How smoothly the console's list of approval instances goes among 100,000 of them, in Chromium: scrolling down through
// thousands with the wheel, jumping, going back, searching, filtering, choosing, and a change that comes in meanwhile.
//   HOLDFAST_BUILD=build node bench/console.mjs [--count 100000] [--rows 5000]
// Prints the longest task of each: by the clock of the page's thread, which says what the page itself costs however busy
// the machine is, and as somebody there would have felt it, with input until the next frame. Exits 1 when the page's own
// was over 100 ms. TRACE=1 shows what the longest were made of.
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { call } from '../tests/e2e/stage.mjs';
import { Console } from '../tests/e2e/browser/console.mjs';

const build = process.env.HOLDFAST_BUILD ?? fileURLToPath(new URL('../build', import.meta.url));
const { values: given } = parseArgs({ options: { count: { type: 'string', default: '100000' }, rows: { type: 'string', default: '5000' } } });
const [count, rows] = [given.count, given.rows].map(Number);
const limitMs = 100;
const folder = mkdtempSync(path.join(process.env.BENCH_DIR ?? tmpdir(), 'bench-console-'));
const data = path.join(folder, 'data');
const options = ['--data-dir', data];
const server = path.join(build, 'holdfast-server');
const token = execFileSync(server, ['token', 'create', '--role', 'owner', '--name', 'bench', ...options]).toString().trim();

async function serve() {
  const child = spawn(server, ['serve', ...options, '--listen', '127.0.0.1:0', '--dingtalk-url', 'http://127.0.0.1:9'], { stdio: ['ignore', 'pipe', 'ignore'] });
  const url = await new Promise((resolve, reject) => {
    child.stdout.on('data', (text) => { const found = /listening on (http\S+)/.exec(text); if (found) resolve(found[1]); });
    child.on('exit', (code) => reject(new Error(`the server ended with ${code}`)));
  });
  return { url, stop: () => new Promise((resolve) => { child.removeAllListeners('exit'); child.on('exit', resolve); child.kill('SIGTERM'); }) };
}

async function ask(url, method, where, body) {
  const answer = await call(method, `${url}/api/v1/${where}`, { headers: { authorization: `Bearer ${token}` }, body });
  if (answer.status >= 300) throw new Error(`${method} ${where}: ${answer.status} ${answer.text}`);
  return answer.json;
}

// The schema, and a policy that covers everybody: else nothing would wait.
const first = await serve();
const { version, ...policy } = await ask(first.url, 'GET', 'policy');
await ask(first.url, 'PUT', 'policy', { ...policy, mode: 'block', scope: { everyone: true, groups: [] } });
await first.stop();
execFileSync(path.join(build, 'bench', 'instances-fill'), [`sqlite:${path.join(data, 'holdfast.db')}`, String(count), String(Date.now())], { maxBuffer: 1 << 26 });

const running = await serve();
const console_ = await Console.open({ stage: { server: running, options, ask: (...all) => ask(running.url, ...all) } });
const page = await console_.as('owner', '/console/approval/instances?status=all');
await page.locator('tr[data-row]').first().waitFor();
await page.evaluate(() => {
  window.stalls = [];
  const keep = (list) => { for (const one of list.getEntries()) window.stalls.push({ kind: one.entryType === 'event' ? one.name : 'task', ms: one.duration, at: one.startTime }); };
  new PerformanceObserver(keep).observe({ type: 'longtask', buffered: false });
  new PerformanceObserver(keep).observe({ type: 'event', durationThreshold: 16, buffered: false });
});

// What the page's thread itself did, whatever else the machine had to do meanwhile: the longest task by its own clock.
const cdp = await page.context().newCDPSession(page);
async function traced(deed) {
  const events = [];
  const keep = ({ value }) => events.push(...value);
  cdp.on('Tracing.dataCollected', keep);
  await cdp.send('Tracing.start', { transferMode: 'ReportEvents', traceConfig: { includedCategories: ['toplevel', 'devtools.timeline', 'v8'] } });
  await deed();
  const done = new Promise((resolve) => { cdp.once('Tracing.tracingComplete', resolve); });
  await cdp.send('Tracing.end');
  await done;
  cdp.off('Tracing.dataCollected', keep);
  return events;
}

const results = [];
async function measured(name, deed) {
  await page.evaluate(() => new Promise((resolve) => { requestIdleCallback(() => { window.stalls.length = 0; resolve(); }); }));
  const begun = performance.now();
  const events = await traced(async () => {
    await deed();
    await page.evaluate(() => new Promise((resolve) => { requestAnimationFrame(() => setTimeout(resolve, 100)); }));
  });
  // The page's main thread is the one that runs its scripts.
  const threads = new Set(events.filter((one) => one.name === 'FunctionCall').map((one) => `${one.pid} ${one.tid}`));
  const tasks = events.filter((one) => one.ph === 'X' && /RunTask$/.test(one.name) && threads.has(`${one.pid} ${one.tid}`) && one.tdur > 5000).sort((a, b) => b.tdur - a.tdur);
  if (process.env.TRACE) for (const t of tasks.slice(0, 3)) {
    const inner = events.filter((one) => one.ph === 'X' && one.tid === t.tid && one.pid === t.pid && one !== t && one.ts >= t.ts && one.ts + (one.dur ?? 0) <= t.ts + t.dur && one.tdur > 4000);
    console.log('   ', t.name, `${Math.round(t.tdur / 1000)} of ${Math.round(t.dur / 1000)} ms`, inner.map((one) => `${one.name}${one.args?.data?.functionName ? `(${one.args.data.functionName})` : ''} ${Math.round(one.tdur / 1000)}/${Math.round(one.dur / 1000)}`).slice(0, 14).join(', '));
  }
  const stalls = await page.evaluate(() => window.stalls);
  const own = Math.round((tasks[0]?.tdur ?? 0) / 1000);
  const longest = (kind) => Math.round(Math.max(0, ...stalls.filter((one) => (one.kind === 'task') === kind).map((one) => one.ms)));
  const one = { name, own, task: longest(true), input: longest(false), seconds: (performance.now() - begun) / 1000 };
  results.push(one);
  console.log(`${name.padEnd(46)} longest task ${String(own).padStart(3)} ms of its own, ${String(one.task).padStart(4)} ms felt; input to frame ${String(one.input).padStart(4)} ms  (${one.seconds.toFixed(1)} s)`);
}

const box = page.locator('.list-box');
const loaded = () => page.evaluate(() => Number(document.querySelector('.list-box').dataset.rows));
const top = () => box.evaluate((at) => at.scrollTop);
await box.hover();
await measured(`scrolling with the wheel through ${rows} rows`, async () => {
  const end = Date.now() + 180000;
  while (await loaded() < rows && Date.now() < end) await page.mouse.wheel(0, 1200);
});
console.log(`${await loaded()} rows are loaded`);
await measured('the wheel up and down among them', async () => {
  for (let i = 0; i < 60; i += 1) await page.mouse.wheel(0, -2400);
  for (let i = 0; i < 60; i += 1) await page.mouse.wheel(0, 2400);
});
await measured('dragging the bar: the top, the middle, the end', async () => {
  for (const share of [0, 0.5, 1, 0.25, 0.75, 0.1, 0.9]) {
    await box.evaluate((at, where) => { at.scrollTop = at.scrollHeight * where; }, share);
    await page.evaluate(() => new Promise((resolve) => { requestAnimationFrame(() => requestAnimationFrame(resolve)); }));
  }
});
await measured('choosing a row, and all that are loaded', async () => {
  await box.evaluate((at) => { at.scrollTop = 0; });
  await page.locator('tr[data-row] input:enabled').first().click();
  await page.locator('thead input').click();
  await page.locator('thead input').click();
});
await measured('a change that comes in', async () => {
  const { items: [one] } = await ask(running.url, 'GET', 'instances?status=pending&limit=1');
  const read = page.waitForResponse((response) => response.url().includes('/api/v1/instances?'));
  await ask(running.url, 'POST', `instances/${one.id}/reject`, { comment: 'bench' });
  await read;
});
await measured('typing a search', async () => {
  await page.getByRole('textbox', { name: 'Search' }).pressSequentially('laptop kernel', { delay: 40 });
  await page.locator('.list-box[aria-busy=false], .ant-empty').first().waitFor();
});
await measured('clearing it: back to all that were loaded', async () => {
  await page.getByRole('textbox', { name: 'Search' }).fill('');
  await page.locator('tr[data-row]').first().waitFor();
});
for (const tab of ['Approved', 'Rejected', 'Pending', 'All']) await measured(`the tab ${tab}`, async () => {
  const read = page.waitForResponse((response) => response.url().includes('/api/v1/instances/counts'), { timeout: 3000 }).catch(() => {});
  await page.getByRole('radiogroup', { name: 'Status' }).getByText(new RegExp(`^${tab}`)).click();
  await read;
  await page.locator('.list-box[aria-busy=false]').first().waitFor();
});
await measured('unfolding the filters', () => page.getByRole('button', { name: 'Filters' }).click());

const worst = Math.max(...results.map(({ own }) => own));
console.log(`the longest task: ${worst} ms`);
await console_.close();
await running.stop();
rmSync(folder, { recursive: true, force: true });
process.exit(worst > limitMs ? 1 : 0);
