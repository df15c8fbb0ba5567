// kill -9 at every named point of the server (tests/faults/points.txt), each within its transaction and after the next
// commit, while devices, approvers and administrators go on: the server is ready again within 5 s, what was not sent goes on
// within 10 s, and nothing is lost, doubled or made up.
import { sleep } from '../../../e2e/stage.mjs';
import { hold } from '../checker.mjs';
import { points as all } from '../points.mjs';
import { World, until } from '../world.mjs';

export const row = 'R5';
export const counts = { short: 1, long: 100 }; // seeds a point; the short form takes one of before and after
const READY_MS = 5000;
const RESUME_MS = 10000;
const LANES = 8;
// The mail room stands for HTTP push; what Stream mode passes is not tried here, nor policies that wait, devices that are lost,
// releases, offline codes, levels of our own, webhooks, checkpoints, syslog, reading an organisation and single statements, which
// are killed in tests/e2e: policy, devices, release, offline-codes, builtin-kill, webhooks, syslog and sources.
const elsewhere = /^(stream|policy|device|release|offline|level|webhook|checkpoint|syslog|statement|sync-(children|members|read|checked|applied|hint))/;
const points = all.filter((name) => !elsewhere.test(name));

// --- what goes on meanwhile: each story takes one request through a part of its life, over any number of deaths --------

const open = async (world, filed) => {
  let known;
  await until(`${filed.number} is in DingTalk or has ended`, async () => {
    const { status, json } = await world.admin('GET', `instances/${filed.id}`);
    known = status === 200 ? json : undefined;
    if (!known) await sleep(20);
    return known && (known.external?.id || known.status !== 'pending');
  }, 300);
  return known.status === 'pending' ? known.external.id : undefined;
};

// The administrator asks again until he hears something.
async function here(world, id, approve) {
  for (;;) {
    const status = await world.decideHere(id, approve);
    if (status === 200 || status === 409) return;
    await sleep(20);
  }
}

// The device of an approved request holds its grant, and has said so.
async function fetched(world, client, filed) {
  const end = await until(`${filed.number} is decided`, async () => {
    await sleep(20);
    const { status, json } = await world.admin('GET', `instances/${filed.id}`);
    return status === 200 && json.status !== 'pending' ? json.status : undefined;
  }, 300);
  if (end !== 'approved') return false;
  await until('the grant', async () => { await client.sync(); return client.held.length; }, 300);
  await client.sync();
  return true;
}

const stories = {
  async agreed(world, client, filed) {
    const external = await open(world, filed);
    if (!external || !(await world.decideThere(external, true, '好'))) return;
    await fetched(world, client, filed);
    for (const grant of client.held.splice(0)) await client.consume(grant, 1000);
  },
  async takenBack(world, client, filed) {
    await open(world, filed);
    await here(world, filed.id, true);
    if (!(await fetched(world, client, filed))) return;
    client.held.length = 0;
    while ([0, 503].includes((await world.admin('POST', `instances/${filed.id}/revoke-grant`, { reason: '误批' })).status)) await sleep(20);
    await until(`${filed.number}: its device has confirmed`, async () => {
      await client.sync();
      const { status, json } = await world.admin('GET', `instances/${filed.id}`);
      return status === 200 && json.grant.state === 'revoked';
    }, 300);
  },
  async refused(world, client, filed) {
    const external = await open(world, filed);
    if (external) await world.decideThere(external, false, '不行');
  },
  async here(world, client, filed, chance) {
    await open(world, filed);
    await here(world, filed.id, chance.below(2) === 0);
  },
  async both(world, client, filed, chance) {
    const external = await open(world, filed);
    await here(world, filed.id, chance.below(2) === 0);
    if (external) await world.decideThere(external, true, '晚了');
  },
  async withdrawn(world, client, filed) {
    await open(world, filed);
    while ([0, 503].includes(await client.withdraw(filed.id))) await sleep(20);
  },
  async unsent(world, client) {
    if (world.recovering) return;
    world.between.down = true;
    try {
      const filed = await client.file('不要了', 5000);
      await sleep(60);
      while ([0, 503].includes(await client.withdraw(filed.id))) await sleep(20);
    } finally {
      world.between.down = false;
    }
  },
  // Nobody decides: it expires when the next day comes.
  async left(world, client, filed) { await open(world, filed); },
};

async function lane(world, chance, mine, names) {
  for (let i = 0; world.living; i += 1) {
    if (world.paused) {
      world.resting += 1;
      while (world.paused && world.living) await sleep(20);
      world.resting -= 1;
      continue;
    }
    const client = mine[i % mine.length];
    const name = world.wanted ?? chance.pick(names);
    try {
      if (client.day === world.day && client.filings >= 5) await tomorrow(world);
      if (client.day !== world.day) Object.assign(client, { day: world.day, filings: 0 });
      client.filings += 1;
      const filed = name === 'unsent' ? undefined : await client.file('旧电脑报废', 5000);
      await stories[name](world, client, filed, chance);
      await client.sync();
      client.held.length = 0;
    } catch (error) {
      if (/filing: 429/.test(error.message)) await tomorrow(world);
      else if (world.living) world.failure ??= error;
    }
  }
}

// One of the lanes moves the clock, and what waited too long expires.
async function tomorrow(world) {
  if (world.recovering || Date.now() - (world.moved ?? 0) < 300) return sleep(50);
  world.moved = Date.now();
  world.day += 1;
  return world.nextDay();
}

// --- the killer ---------------------------------------------------------------------------------------------------

// Which story passes a point soonest; the others go on as they come.
const shortest = [[/^time-out/, 'left'], [/^close-create/, 'unsent'], [/^(withdraw)/, 'withdrawn'], [/^grant-confirmed/, 'takenBack'], [/^(late)/, 'both'],
  [/^(comment|terminate|close|carry|execute|notice)/, 'here'], [/^(receipt|grant-moved|sync-grants)/, 'agreed']];

// Now and then the answer to a create is lost, and a reading fails.
async function disturb(world, chance) {
  const where = '/v1.0/workflow/processInstances';
  const add = (kind, method, path, percent) => world.simulate('POST', 'faults', { kind, method, path, percent, seed: chance.below(2 ** 31) });
  await add('lost', 'POST', where, 25);
  await add('serverError', 'GET', where, 15);
}

async function die(world, chance, spec, point) {
  if (/^(carry|execute|notice|close-refused)/.test(point)) await world.way('carry-through');
  else await world.way(/^(comment|terminate|close)/.test(point) ? 'close' : chance.pick(['close', 'carry-through']));
  await world.server.kill();
  // What cannot be carried through is closed.
  world.between.refuse = (request) => (point === 'close-refused' && request.url.endsWith('/execute') ? 'userNotExist' : undefined);
  world.wanted = shortest.find(([pattern]) => pattern.test(point))?.[1];
  const moving = setInterval(() => { if (point.startsWith('time-out')) tomorrow(world); }, 700);
  try {
    let ended;
    try {
      await world.serve({ HOLDFAST_FAILPOINT: spec }, false);
      ended = await Promise.race([world.server.ended, sleep(45000)]);
    } catch (error) {
      if (!/ended with/.test(error.message)) throw error;
      ended = { signal: 'SIGKILL' }; // before it listened: what it took up passed the point
    }
    if (!ended) throw new Error(`${spec} is never passed`);
    if (ended.signal !== 'SIGKILL') throw new Error(`${spec}: the server ended with ${ended.code} ${ended.signal}: ${ended.said}`);
  } finally {
    clearInterval(moving);
    world.between.refuse = undefined;
    world.wanted = undefined;
  }
}

// Up again: how long until it is ready, and until all that was due has been tried.
async function recover(world) {
  // A request's rows go one after another: those that wait behind a create are not due.
  const due = world.rows(`SELECT id, kind, attempts, uncertain, lease, due_ms, error FROM outbox o WHERE done_ms IS NULL AND slow = 0
    AND (lease <> '' OR due_ms <= ${Math.floor(world.clock.now())}) AND NOT EXISTS (SELECT 1 FROM outbox b WHERE b.instance = o.instance
    AND b.done_ms IS NULL AND b.id <> o.id AND (b.kind = 'create' OR b.id < o.id))`);
  // DingTalk answers, and the clock goes slowly enough that what the machine needs does not look like waiting.
  world.recovering = true;
  world.between.down = false;
  world.clock.speed(4);
  await world.serve();
  const ready = world.clock.now();
  if (due.length) {
    const ids = due.map((r) => `'${r.id}'`).join(',');
    const before = new Map(due.map((r) => [r.id, r.attempts]));
    await until('what was not sent goes on', () => world.rows(`SELECT id, attempts, done_ms FROM outbox WHERE id IN (${ids})`)
      .some((r) => r.done_ms || r.attempts > before.get(r.id)), 120);
  }
  const resume_ms = due.length ? world.clock.now() - ready : 0;
  world.recovering = false;
  world.clock.speed(20);
  return { ready_ms: world.ready_ms, resume_ms, due };
}

async function rest(world, say) {
  world.paused = true;
  await until('the stories rest', () => world.resting === LANES || world.failure, 300);
  if (world.failure) throw world.failure;
  world.clock.speed(200);
  await world.drained(300);
  // What DingTalk decided and nobody told is found by reading, within the hour of this clock.
  world.clock.forward(3700000);
  await until('all that DingTalk decided is entered', async () => {
    const open = new Set(world.rows(`SELECT external_id FROM instances WHERE status = 'pending' AND note = '' AND external_id IS NOT NULL`).map((r) => r.external_id));
    return !world.rows(`SELECT id FROM instance WHERE status <> 'RUNNING'`, 'sim').some((f) => open.has(f.id));
  }, 120);
  await world.drained(300);
  const h = hold(world);
  say?.(`${h.instances.length} requests, ${h.forms.length} forms, ${h.grants.length} grants, 0 violations`);
  world.clock.speed(20);
  world.paused = false;
}

export async function run({ seed, count, chance, long, say }) {
  const world = await World.open({ seed, people: 48, rate: 20, between: true });
  Object.assign(world, { living: true, paused: false, resting: 0, day: 0 });
  const worst = { ready_ms: 0, resume_ms: 0 };
  let deaths = 0;
  let lanes = [];
  try {
    const { version: _, ...policy } = await world.ask('GET', 'policy');
    await world.ask('PUT', 'policy', { ...policy, pending_days: 1, grant_hours: 0 });
    await disturb(world, chance);
    const names = Object.keys(stories);
    lanes = Array.from({ length: LANES }, (_, i) => lane(world, chance, world.clients.filter((_c, k) => k % LANES === i), names));
    for (let round = 0; round < count; round += 1) {
      for (const point of chance.shuffle(points)) {
        const modes = ['', '+committer-after-commit'];
        for (const then of long ? modes : [chance.pick(modes)]) {
          await die(world, chance, `${point}:${1 + chance.below(3)}${then}`, point);
          deaths += 1;
          if (process.env.HOLDFAST_FAULTS_TRACE) say(`${deaths} ${point}${then}`);
          const { ready_ms, resume_ms, due } = await recover(world);
          worst.ready_ms = Math.max(worst.ready_ms, ready_ms);
          worst.resume_ms = Math.max(worst.resume_ms, resume_ms);
          if (ready_ms > READY_MS) throw new Error(`${point}: ready after ${ready_ms} ms`);
          if (resume_ms > RESUME_MS) throw new Error(`${point}${then}: what was not sent went on after ${resume_ms} ms: ${JSON.stringify(due)}`);
          if (world.failure) throw world.failure;
          if (deaths % 40 === 0) await rest(world, long ? (text) => say(`${deaths} deaths: ${text}`) : undefined);
        }
      }
    }
    await world.simulate('DELETE', 'faults');
    await rest(world);
    world.living = false;
    await Promise.all(lanes);
    await world.close();
    return `${deaths} deaths at ${points.length} points; ready again after at most ${worst.ready_ms} ms, unsent work `
      + `went on after at most ${Math.round(worst.resume_ms)} ms, 0 violations`;
  } catch (error) {
    world.living = false;
    await world.close(true);
    throw error;
  }
}
