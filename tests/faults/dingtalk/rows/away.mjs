// DingTalk is away for 8 hours in all the ways there are, while people go on filing: nothing is lost, and once it is back
// all is there within 15 minutes, under its rate limit, with one renewal of the token at a time.
import { sleep } from '../../../e2e/stage.mjs';
import { hold } from '../checker.mjs';
import { World, each, until } from '../world.mjs';

export const row = 'R9';
export const counts = { short: 80, long: 5000 }; // requests
const HOUR = 3600000;
const SLOW = 8; // requests whose creates are answered too late
const DRAIN_MS = 15 * 60000;
const all = { path: '/v1.0/**' };

// What an hour is like. Throttling and expired tokens strike now and then, the others always.
const hours = [
  ['refuses connections', { down: true }],
  ['answers 500', { kind: 'serverError', ...all }],
  ['throttles', { kind: 'throttle', ...all, percent: 80 }],
  ['shows a page', { kind: 'html', ...all }],
  ['breaks off', { kind: 'reset', ...all }],
  ['says 502', { kind: 'badGateway', ...all }],
  ['times out in its gateway', { kind: 'gatewayTimeout', ...all }],
  ['is blocked', { kind: 'x5', ...all }],
];

export async function run({ seed, count, chance, long, say }) {
  const world = await World.open({ seed, people: count + (long ? SLOW : 0), rate: 20, between: true });
  try {
    if (long) {
      // Before all that, answers that come after anybody has stopped waiting: half a minute of the machine's own time.
      await world.simulate('POST', 'faults', { kind: 'slow', method: 'POST', path: '/v1.0/workflow/processInstances', waitMs: 31000, count: 8 });
      await each(world.clients.slice(count), 8, (c) => c.file());
      await sleep(35000);
      say('answers half a minute late');
    }
    for (let h = 0; h < hours.length; h += 1) {
      const [what, { down, ...fault }] = hours[h];
      world.between.down = down === true;
      await world.simulate('DELETE', 'faults');
      if (!down) await world.simulate('POST', 'faults', { ...fault, seed: chance.below(2 ** 31) });
      const end = world.clock.now() + HOUR;
      const from = Math.floor((count * h) / hours.length);
      await each(world.clients.slice(from, Math.floor((count * (h + 1)) / hours.length)), 8, (c) => c.file());
      await sleep(300);
      if (world.clock.now() < end) world.clock.forward(end - world.clock.now());
      await sleep(100);
      if (long) say(`an hour of DingTalk that ${what}`);
    }
    const missing = () => world.rows(`SELECT COUNT(*) AS n FROM instances WHERE external_id IS NULL`)[0].n;
    const waiting = missing();
    await world.simulate('DELETE', 'faults');
    world.between.down = false;
    await world.simulate('POST', 'faults', { kind: 'tokenExpired', ...all, percent: 2, count: 20, seed: chance.below(2 ** 31) });
    world.clock.speed(long ? 4 : 20);
    const back = world.clock.now();
    const calls = world.between.calls;
    await until('everything has reached DingTalk', async () => {
      await sleep(100);
      return missing() === 0;
    }, long ? 900 : 120);
    const took = world.clock.now() - back;
    if (took > DRAIN_MS) throw new Error(`${waiting} requests took ${Math.round(took / 1000)} s`);
    if (world.between.most_renewals > 1) throw new Error(`${world.between.most_renewals} renewals of the token at once`);
    const rate = world.between.rate('POST /v1.0/workflow/processInstances');
    if (rate > 20) throw new Error(`${rate} creates in a second`);
    world.clock.speed(100);
    await world.drained(240);
    const { forms } = hold(world);
    await world.close();
    return `${count} requests in 8 hours without DingTalk, ${waiting} of them waiting at the end; all there ${Math.round(took / 1000)} s later with `
      + `${world.between.calls - calls} calls, at most ${rate} creates in a second, one token renewal at a time; ${forms.length} forms`;
  } catch (error) {
    await world.close(true);
    throw error;
  }
}
