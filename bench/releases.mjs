// How long a release of 5,000 devices takes until every grant is made, while others read and write; and what they feel
// of it: ./dev bench releases. On PostgreSQL too when HOLDFAST_TEST_POSTGRESQL names one.
import crypto from 'node:crypto';
import { fileURLToPath } from 'node:url';

process.env.HOLDFAST_BUILD ??= fileURLToPath(new URL('../build', import.meta.url));
const { Stage, sleep, until } = await import('../tests/e2e/stage.mjs');
const { account } = await import('../tests/e2e/accounts.mjs');
const DEVICES = 5000;

const id = () => `01900000-0000-7000-8000-${crypto.randomBytes(6).toString('hex')}`;

function fill(stage) {
  const owner = stage.sql("SELECT id FROM people WHERE name = '李华'");
  const key = () => { const hex = crypto.randomBytes(32).toString('hex'); return stage.postgresql ? `'\\x${hex}'` : `x'${hex}'`; };
  for (let n = 0; n < DEVICES; n += 250)
    stage.sql(`INSERT INTO devices (id, name, os, macs, client_version, owner, state, key, enrolled_ms, last_seen_ms) VALUES ${
      Array.from({ length: 250 }, (_, i) => `('${id()}', 'fleet-${n + i}', 'Debian 12', '', '0.1.0', '${owner}', 'active', ${key()}, 0, 0)`).join(',')}`);
}

const quantile = (all, q) => all.toSorted((a, b) => a - b)[Math.min(all.length - 1, Math.floor(all.length * q))];
const shown = (all) => `p50 ${quantile(all, 0.5).toFixed(1)} ms, p99 ${quantile(all, 0.99).toFixed(1)} ms, most ${Math.max(...all).toFixed(1)} ms (${all.length})`;

async function others(stage, running) {
  const reads = [];
  const writes = [];
  const timed = async (list, work) => { const begun = performance.now(); await work(); list.push(performance.now() - begun); };
  await Promise.all([
    ...Array.from({ length: 2 }, async () => {
      while (running()) {
        await timed(reads, () => stage.ask('GET', 'instances?limit=20'));
        await sleep(10);
      }
    }),
    (async () => {
      for (let i = 0; running(); i += 1) {
        await timed(writes, () => stage.ask('PUT', 'settings', { language: i % 2 ? 'zh' : 'en' }));
        await sleep(10);
      }
    })(),
  ]);
  return { reads, writes };
}

async function measure(name, postgresql) {
  const stage = await Stage.open({ postgresql });
  try {
    fill(stage);
    const second = await account(stage, 'second', 'owner');
    let end = Date.now() + 3000;
    const quiet = await others(stage, () => Date.now() < end);
    const begun = performance.now();
    const release = await stage.ask('POST', 'releases', { filter: { name: 'fleet-' }, reason: '整批旧电脑回收，共五千台', days: 30 });
    const created = performance.now();
    let over = false;
    const busy = others(stage, () => !over);
    await second.ask('POST', `releases/${release.id}/confirm`);
    const from = performance.now();
    const done = await until('all grants', async () => {
      const now = await stage.ask('GET', `releases/${release.id}`);
      return now.state === 'issued' ? now : undefined;
    }, 600);
    const to = performance.now();
    over = true;
    const felt = await busy;
    if (done.progress.waiting !== DEVICES) throw new Error(JSON.stringify(done.progress));
    const stopping = performance.now();
    await stage.ask('POST', `releases/${release.id}/stop`, { reason: 'measured' });
    await until('all called back', async () => (await stage.ask('GET', `releases/${release.id}`)).state === 'stopped', 600);
    console.log(`${name}: ${DEVICES} devices chosen and frozen in ${(created - begun).toFixed(0)} ms, all grants after ${((to - from) / 1000).toFixed(1)} s `
      + `(${Math.round(DEVICES / ((to - from) / 1000))}/s), all called back after ${((performance.now() - stopping) / 1000).toFixed(1)} s`);
    for (const [what, { reads, writes }] of [['before', quiet], ['during', felt]])
      console.log(`  ${what}: lists ${shown(reads)}; changes ${shown(writes)}`);
  } finally {
    await stage.close();
  }
}

await measure('SQLite');
if (process.env.HOLDFAST_TEST_POSTGRESQL) await measure('PostgreSQL', process.env.HOLDFAST_TEST_POSTGRESQL);
