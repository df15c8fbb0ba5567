// Events in every order: all permutations of all sets of up to 6 events of one request, at three points of its life, and
// random sequences of up to 50 of them with decisions in between; the end is what the reference model says.
import { sleep } from '../../../e2e/stage.mjs';
import { hold } from '../checker.mjs';
import { end, start, step } from '../model.mjs';
import { World, each, until } from '../world.mjs';

export const row = 'R2';
export const counts = { short: 2, long: 6 }; // events in the largest set
const HOUR_MS = 3700000;
const POINTS = ['before the create is settled', 'while it is open', 'after it was decided here'];

// Every ordered choice of 1 to most of n things.
function orders(n, most) {
  const found = [];
  const grow = (chosen) => {
    if (chosen.length) found.push(chosen);
    if (chosen.length === most) return;
    for (let i = 0; i < n; i += 1) if (!chosen.includes(i)) grow([...chosen, i]);
  };
  grow([]);
  return found;
}

// DingTalk's four events of a form that one person decided, a comment, and the end told a second time under another id.
function six(events, external) {
  const its = events.filter((e) => e.processInstanceId === external);
  const find = (type, change) => its.find((e) => e.EventType === type && e.type === change);
  const finish = find('bpms_instance_change', 'finish');
  const task = find('bpms_task_change', 'finish');
  return [find('bpms_instance_change', 'start'), find('bpms_task_change', 'start'), task, finish,
    { ...task, type: 'comment', content: '请尽快', eventId: `${task.eventId}-comment` }, { ...finish, eventId: `${finish.eventId}-again` }];
}

async function told(world, external) {
  await until(`${external}: its events`, () => world.mail.kept.filter((e) => e.processInstanceId === external).length >= 4);
  return six(world.mail.kept, external);
}

// One request: what happens to it at this point, and what the model says will come of it.
async function live(world, point, filed, external, plan) {
  const s = start();
  if (point === 2) {
    await world.decideHere(filed.id, plan.approve);
    step(s, { kind: 'here', approve: plan.approve });
  }
  if (!(await world.decideThere(external, plan.agree))) throw new Error(`${filed.number} cannot be decided in DingTalk`);
  step(s, { kind: 'there', agree: plan.agree });
  const events = await told(world, external);
  for (const which of plan.order) {
    if (!(await world.deliver(events[which]))) throw new Error(`${filed.number}: an event was refused`);
    step(s, { kind: 'event' });
  }
  return end(s);
}

// DingTalk has made the form and its answer has not come: all events are told before the server knows which form it is.
async function unsettled(world, filed, plans) {
  const ended = new Array(filed.length);
  const work = [];
  const taken = new Set();
  const one = async (external) => {
    const text = world.rows(`SELECT form_values FROM instance WHERE id = '${external}'`, 'sim')[0].form_values;
    const k = filed.findIndex((i) => text.includes(`[${i.number} `));
    if ((await world.instance(filed[k].id)).external?.id) throw new Error(`${filed[k].number} is known already`);
    ended[k] = await live(world, 0, filed[k], external, plans[k]);
    world.between.release(external);
  };
  await until('all creates are answered', () => {
    for (const external of world.between.held.keys()) {
      if (taken.has(external)) continue;
      taken.add(external);
      work.push(one(external));
    }
    return taken.size === filed.length;
  }, 120);
  await Promise.all(work);
  return ended;
}

async function wave(world, chance, point, list) {
  const plans = list.map((order) => ({ order, agree: chance.below(3) > 0, approve: chance.below(2) === 0 }));
  // A create that is held keeps its lease for a minute of this clock.
  world.clock.speed(point === 0 ? 5 : 50);
  world.between.hold = point === 0;
  const filed = await each(world.clients.slice(0, list.length), 16, (c) => c.file());
  let expected;
  if (point === 0) expected = await unsettled(world, filed, plans);
  else {
    const open = await each(filed, 16, (i) => world.submitted(i.id, 120));
    world.clock.speed(1);
    // What was decided here must not be closed there before the approver has pressed his button too.
    world.between.down = point === 2;
    expected = await each(open, 8, (i, k) => live(world, point, i, i.external.id, plans[k]));
  }
  Object.assign(world.between, { hold: false, down: false });
  world.clock.speed(50);
  await each(filed, 16, (i) => world.until(i.id, `decided (${POINTS[point]})`, (x) => x.status !== 'pending', 120));
  await world.drained(120);
  world.mail.kept.length = 0;
  await each(filed, 16, async (i, k) => compare(i.id, expected[k], await world.instance(i.id), plans[k]));
}

function compare(id, wanted, known, plan) {
  const got = { status: known.status, channel: known.decision?.channel ?? '', grants: known.grant ? 1 : 0 };
  for (const key of Object.keys(wanted))
    if (wanted[key] !== got[key]) throw new Error(`${id}: expected ${JSON.stringify(wanted)}, got ${JSON.stringify(got)} after ${JSON.stringify(plan)}`);
}

// Up to 50 steps of one request, events among them again and again. Each step has its effect before the next, so that the
// model can follow.
async function sequence(world, chance, client) {
  const filed = await client.file();
  const { external } = await world.submitted(filed.id);
  const s = start();
  const steps = [];
  const length = 2 + chance.below(49);
  const at = chance.below(length);
  let events = [];
  for (let i = 0; i < length; i += 1) {
    const dice = chance.below(60);
    let op = { kind: 'event' };
    if (i === at) op = { kind: 'there', agree: chance.below(3) > 0 };
    else if (dice === 0) op = { kind: 'here', approve: chance.below(2) === 0 };
    else if (dice === 1) op = { kind: 'withdraw' };
    steps.push(op);
    if (op.kind === 'there') {
      const open = await world.decideThere(external.id, op.agree);
      if (!open) continue; // it was closed meanwhile, as the model's pending says it may be
      events = await told(world, external.id);
    } else if (op.kind === 'here') await world.decideHere(filed.id, op.approve);
    else if (op.kind === 'withdraw') await client.withdraw(filed.id);
    else {
      const known = events.length ? events : world.mail.kept.filter((e) => e.processInstanceId === external.id);
      if (!known.length) continue;
      const event = chance.pick(known);
      await world.deliver(chance.below(3) ? event : { ...event, eventId: `${event.eventId}-${i}` });
      if (s.status === 'pending' && s.form !== 'open') {
        // An event may have been here before and then does nothing: the next look comes within the hour.
        step(s, op);
        world.clock.forward(HOUR_MS);
        await world.until(filed.id, 'the effect of an event', (x) => x.status !== 'pending', 60);
      }
      continue;
    }
    step(s, op);
  }
  world.clock.forward(HOUR_MS);
  const wanted = end(s);
  await world.until(filed.id, `the end of ${JSON.stringify(steps)}`, (x) => x.status !== 'pending', 60);
  compare(filed.id, wanted, await world.instance(filed.id), steps);
}

export async function run({ seed, count, chance, long, say }) {
  const people = 200;
  const world = await World.open({ seed, people, rate: 50, between: true });
  let cases = 0, sequences = 0, waves = 0;
  try {
    world.mail.rule = () => [];
    const all = orders(6, count);
    for (const point of POINTS.keys()) {
      for (let i = 0; i < all.length; i += people) {
        const list = all.slice(i, i + people);
        await wave(world, chance, point, list);
        cases += list.length;
        waves += 1;
        if (waves % 5 === 0) world.nextDay();
        if (long) say(`${cases} orders`);
      }
    }
    world.nextDay();
    world.clock.speed(1);
    for (let round = 0; round < (long ? 25 : 1); round += 1) {
      for (const client of world.clients.slice(0, long ? people : 8)) {
        await sequence(world, chance, client);
        sequences += 1;
        world.mail.kept.length = 0;
      }
      if (round % 4 === 3) world.nextDay();
      if (long) say(`${sequences} random sequences`);
    }
    world.clock.speed(50);
    await world.drained(120);
    await sleep(200);
    hold(world);
    await world.close();
    return `${cases} orders of up to ${count} events at ${POINTS.length} points, ${sequences} random sequences of up to 50 steps, each ended as the model says`;
  } catch (error) {
    await world.close(true);
    throw error;
  }
}
