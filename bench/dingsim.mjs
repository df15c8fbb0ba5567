// How long dingsim takes to read an organisation, and how many calls of a walk through it one core answers.
//   HOLDFAST_BUILD=build node bench/dingsim.mjs [PEOPLE DEPARTMENTS]
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const build = process.env.HOLDFAST_BUILD ?? fileURLToPath(new URL('../build', import.meta.url));
const [people = '100000', departments = '5000'] = process.argv.slice(2);
const program = path.join(build, 'dingsim');
const folder = mkdtempSync(path.join(tmpdir(), 'bench-dingsim-'));
const file = path.join(folder, 'org.json');
const since = (start) => (performance.now() - start) / 1000;

const org = execFileSync(program, ['seed', '--people', people, '--departments', departments], { maxBuffer: 1 << 28 });
writeFileSync(file, org);
const app = JSON.parse(org).apps[0];

const started = performance.now();
const sim = spawn(program, ['--seed', file], { stdio: ['ignore', 'pipe', 'inherit'] });
const url = await new Promise((resolve) => {
  sim.stdout.on('data', (data) => { const found = /http:\S+/.exec(data); if (found) resolve(found[0]); });
});
console.log(`${(org.length / 1e6).toFixed(1)} MB read in ${since(started).toFixed(2)} s`);

const agent = new http.Agent({ keepAlive: true });
let calls = 0;
function call(where, body) {
  calls++;
  return new Promise((resolve, reject) => {
    const request = http.request(url + where, { method: 'POST', agent, headers: { 'content-type': 'application/json' } }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (data) => { text += data; });
      response.on('end', () => resolve(JSON.parse(text)));
    });
    request.on('error', reject);
    request.end(JSON.stringify(body));
  });
}

const { accessToken } = await call('/v1.0/oauth2/accessToken', { appKey: app.clientId, appSecret: app.clientSecret });
const old = async (where, body) => (await call(`/topapi/v2/${where}?access_token=${accessToken}`, body)).result;

// Seconds of processor time that dingsim has used, in user and kernel.
function used() {
  const fields = readFileSync(`/proc/${sim.pid}/stat`, 'utf8').split(') ')[1].split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

const seen = new Set();
const found = [1];
let next = 0;
async function walk() {
  while (next < found.length) {
    const id = found[next++];
    for (const { dept_id } of await old('department/listsub', { dept_id: id })) found.push(dept_id);
    for (let cursor = 0; cursor !== undefined;) {
      const page = await old('user/list', { dept_id: id, cursor, size: 100 });
      for (const person of page.list) seen.add(person.userid);
      cursor = page.has_more ? page.next_cursor : undefined;
    }
  }
}

const before = used();
calls = 0;
const begun = performance.now();
// Workers that find nothing to do end early; what the others find is walked by them.
while (next < found.length) await Promise.all(Array.from({ length: 8 }, walk));
const seconds = since(begun);
const core = used() - before;
console.log(`${found.length} departments and ${seen.size} people in ${calls} calls and ${seconds.toFixed(2)} s: ${Math.round(calls / seconds)} calls/s`);
console.log(`dingsim used ${core.toFixed(2)} s of one core: ${Math.round(calls / core)} calls/s on a whole one`);
sim.kill();
rmSync(folder, { recursive: true });
