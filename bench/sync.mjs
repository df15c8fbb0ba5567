// How long reading a whole organisation takes against what the pace of DingTalk's calls alone allows, what it costs, what a
// second run writes, and what is left to do after a kill in the middle.
//   HOLDFAST_BUILD=build node bench/sync.mjs [PEOPLE DEPARTMENTS [SPEED]]
// SPEED: how many times faster than the machine's the clock of server and dingsim goes, in builds with -Dfailpoints=true;
// times and shares of a core are told in their time.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

process.env.HOLDFAST_BUILD ??= fileURLToPath(new URL('../build', import.meta.url));
const { build, call, keys, sleep, start } = await import('../tests/e2e/stage.mjs');
const { Clock } = await import('../tests/e2e/clock.mjs');
const [people = '100000', departments = '5000', speed = '1'] = process.argv.slice(2);
const PER_SECOND = 20; // of each of DingTalk's calls

const folder = mkdtempSync(path.join(tmpdir(), 'bench-sync-'));
const clock = new Clock(path.join(folder, 'clock'));
const text = execFileSync(path.join(build, 'dingsim'), ['seed', '--people', people, '--departments', departments], { maxBuffer: 1 << 28 });
writeFileSync(path.join(folder, 'org.json'), text);
const org = JSON.parse(text);
clock.speed(Number(speed));

const inside = {};
for (const person of org.people) for (const d of person.departments ?? []) inside[d] = (inside[d] ?? 0) + 1;
const all = [1, ...org.departments.map((d) => d.id)];
const pages = all.reduce((sum, id) => sum + Math.max(1, Math.ceil((inside[id] ?? 0) / 100)), 0);
const bound = Math.max(all.length, pages) / PER_SECOND;

const database = process.env.HOLDFAST_TEST_POSTGRESQL;
const options = ['--data-dir', path.join(folder, 'data'), ...(database ? ['--db', database] : [])];
const sim = await start('dingsim', ['--seed', path.join(folder, 'org.json'), '--memory'], clock.environment);
const token = execFileSync(path.join(build, 'holdfast-server'), ['token', 'create', '--role', 'owner', '--name', 'bench', '--days', '0', ...options]).toString().trim();
let server;
const serve = async () => {
  const listen = server ? new URL(server.url).host : '127.0.0.1:0';
  server = await start('holdfast-server', ['serve', ...options, '--listen', listen, '--dingtalk-url', sim.url], clock.environment);
};
await serve();
const ask = async (method, where, body) => {
  const answer = await call(method, `${server.url}/api/v1/${where}`, { body, headers: { authorization: `Bearer ${token}` } });
  if (answer.status >= 300) throw new Error(`${method} ${where}: ${answer.status} ${answer.text}`);
  return answer.json;
};

const stat = (what) => Number(new RegExp(`${what}:\\s+(\\d+)`).exec(readFileSync(`/proc/${server.pid}/status`, 'utf8'))[1]) / 1024;
let spent = 0; // by servers that were killed
const cpu = () => { const f = readFileSync(`/proc/${server.pid}/stat`, 'utf8').split(') ')[1].split(' '); return spent + (Number(f[11]) + Number(f[12])) / 100; };

// Until the state is another than running, or the share of departments is read. Gives the source's sync.
async function follow(source, share = 2) {
  for (;;) {
    const { sync } = await ask('GET', `identity-sources/${source.id}`);
    if (sync.state !== 'running') return sync;
    if (sync.progress?.phase === 'reading' && sync.progress.total > 0 && sync.progress.done >= share * all.length) return sync;
    await sleep(200);
  }
}

async function measured(what, source, work) {
  const [began, used] = [clock.now(), cpu()];
  const sync = await work();
  const seconds = (clock.now() - began) / 1000;
  console.log(`${what}: ${sync.state} in ${seconds.toFixed(1)} s, ${(seconds / bound).toFixed(2)} of what the pace allows; `
    + `${(100 * (cpu() - used) / seconds).toFixed(1)} % of a core, at most ${stat('VmHWM').toFixed(0)} MB; ${JSON.stringify(sync.changes)}`);
  return sync;
}

console.log(`${people} people, ${all.length} departments: ${all.length} and ${pages} calls, ${bound.toFixed(1)} s at ${PER_SECOND} a second each`);
const app = await ask('POST', 'dingtalk-apps', { corp_id: org.corp.corpId, client_id: org.apps[0].clientId, client_secret: org.apps[0].clientSecret,
  aes_key: keys.aes, token: keys.token, agent_id: org.apps[0].agentId });
let source;
await measured('first run', source, async () => {
  source = await ask('POST', 'identity-sources', { name: 'bench', type: 'dingtalk', app: app.id });
  return follow(source);
});

// One in a hundred: half of them renamed, a quarter moved, the rest gone or new.
const some = org.people.filter((p) => !p.external).filter((_, i) => i % 100 === 0);
const change = (method, where, body) => call(method, `${sim.url}/sim/api/${where}`, { body });
for (const [i, p] of some.entries()) {
  if (i % 4 < 2) await change('PUT', `people/${p.userid}`, { name: `${p.name}新` });
  else if (i % 4 === 2) await change('PUT', `people/${p.userid}`, { departments: [all[i % all.length]] });
  else if (i % 8 === 3) await change('DELETE', `people/${p.userid}`);
  else await change('POST', 'people', { userid: `bench${i}`, unionid: `ubench${i}`, name: '新人', departments: [all[i % all.length]] });
}
await measured(`second run, ${some.length} people changed`, source, async () => { await ask('POST', `identity-sources/${source.id}/sync`, {}); return follow(source); });

await measured('third run, killed in the middle', source, async () => {
  await ask('POST', `identity-sources/${source.id}/sync`, {});
  const { progress, run } = await follow(source, 0.5);
  spent = cpu();
  await server.kill();
  const killed = clock.now();
  await serve();
  const done = await follow(source);
  console.log(`killed at ${progress.done} of ${all.length} departments; the ${done.run === run ? 'same' : 'NOT THE SAME'} run ended ${((clock.now() - killed) / 1000).toFixed(1)} s later`);
  return done;
});

await server.kill();
await sim.kill();
clock.close();
rmSync(folder, { recursive: true });
