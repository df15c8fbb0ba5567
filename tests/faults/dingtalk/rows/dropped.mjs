// No callback arrives for 24 hours: decisions are found by looking, as soon as the month's calls allow and never for more.
import { sleep, until } from '../../../e2e/stage.mjs';
import { hold } from '../checker.mjs';
import { World, each } from '../world.mjs';

export const row = 'R3';
export const counts = { short: 0.3, long: 24 }; // hours
const HOUR = 3600000;
// The first of a month in Beijing: what a day may cost is what a day of a whole month may cost.
const START = Date.UTC(2026, 10, 30, 16, 0, 0);

const scenarios = [{ calls: 200000, open: 1000, decided: 480, rate: 100, bound: 120000 }];
const brief = [{ calls: 200000, open: 20, decided: 12, rate: 100, bound: 120000, known: true }];
// What a busy machine may be late, in its own time: at a fast clock that is minutes of the clock's.
const LATE_MS = 1000;

const quantile = (sorted, q) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))];
const words = (ms) => (ms < 600000 ? `${Math.round(ms / 1000)} s` : `${(ms / 60000).toFixed(0)} min`);

// calls: a month's. open: requests at any time. decided: in the whole time. rate: of the clock, as fast as the reading goes.
// bound: p99 in ms; without one it is what the budget allows, and is told. poor: there are fewer calls than it takes. known: the
// time begins when the server has noticed that events are missing. Until then it looks ever more rarely, for some minutes of the
// first outage: too few decisions of a day to show in its p99, too many of a quarter of an hour.
async function one(seed, hours, chance, scenario, say) {
  const { calls, open, decided, rate, bound, poor, known } = scenario;
  const world = await World.open({ seed, people: open + 20, rate: 20, between: true, calls, start: START });
  try {
    world.mail.rule = () => [];
    const file = async (client) => ({ client, ...(await world.submitted((await client.file()).id, 120)) });
    const pool = await each(world.clients.slice(0, open), 16, file);
    const spare = world.clients.slice(open);
    world.clock.speed(rate);
    if (known) {
      const { client, external } = pool.pop();
      await world.decideThere(external.id, true);
      spare.push(client);
      pool.push(await file(spare.shift()));
      await until('the missing event is noticed', () => world.rows("SELECT COUNT(*) AS n FROM events WHERE kind = 'unannounced'")[0].n > 0, 60);
    }
    const began = world.clock.now();
    const end = began + hours * HOUR;
    const moments = Array.from({ length: decided }, () => began + chance.next() * (end - began)).sort((a, b) => a - b);
    const there = new Map();
    for (const moment of moments) {
      while (world.clock.now() < moment) await sleep(Math.min(200, world.clock.real_ms(moment - world.clock.now()) + 1));
      if (!pool.length) break;
      const [instance] = pool.splice(chance.below(pool.length), 1);
      there.set(instance.id, world.clock.now());
      await world.decideThere(instance.external.id, chance.below(3) > 0);
      // As many are open as before; without calls left, what is filed waits too.
      spare.push(instance.client);
      if (!poor) pool.push(await file(spare.shift()).catch(() => undefined) ?? instance);
    }
    while (world.clock.now() < end) await sleep(200);
    const used = (await world.ask('GET', 'dingtalk-organisations')).items[0].used;
    const counted = world.between.counted;
    // An honest figure for those that are not found yet: as old as they are.
    const now = world.clock.now();
    const rows = new Map(world.rows('SELECT id, decided_ms FROM instances').map((r) => [r.id, r.decided_ms]));
    const late = [...there].map(([id, at]) => (rows.get(id) ?? now) - at).sort((a, b) => a - b);
    const p99 = quantile(late, 0.99);
    if (counted > calls) throw new Error(`${counted} calls, a month has ${calls}`);
    if (used < counted) throw new Error(`${counted} calls were made, ${used} are counted`);
    if (bound !== undefined && p99 > bound + (hours < 1 ? LATE_MS * rate : 0)) throw new Error(`${open} open, ${calls} calls a month: p99 ${words(p99)}, p50 ${words(quantile(late, 0.5))}`);
    // Whatever was not found for want of calls is found once there are some.
    await world.ask('PUT', 'dingtalk-organisations/ding0000000000000000holdfast', { monthly_calls: 1000000000 });
    for (let i = 0; i < 200 && world.rows(`SELECT COUNT(*) AS n FROM instances WHERE status = 'pending' AND id IN (${[...there.keys()].map((id) => `'${id}'`)})`)[0].n > 0; i += 1)
      await sleep(100);
    await world.drained(120);
    hold(world);
    await world.close();
    const text = `${open} open, ${calls} calls a month: p50 ${words(quantile(late, 0.5))}, p99 ${words(p99)}, ${counted} calls in ${hours} h`;
    say(text);
    return text;
  } catch (error) {
    await world.close(true);
    throw error;
  }
}

export async function scene({ seed, count, chance, say }, list) {
  const told = [];
  for (const scenario of list) told.push(await one(seed, count, chance, scenario, say));
  return `${told.join('; ')}; the month's calls never exceeded`;
}

export const run = (context) => scene(context, context.long ? scenarios : brief);
