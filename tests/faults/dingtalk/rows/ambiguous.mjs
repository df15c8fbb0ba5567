// A create whose answer is lost after the work was done, or that was cut off before it: exactly one form each.
import { hold } from '../checker.mjs';
import { World, each } from '../world.mjs';

export const row = 'R10';
export const counts = { short: 60, long: 10000 };
const create = { method: 'POST', path: '/v1.0/workflow/processInstances' };

export async function run({ seed, count, chance, say }) {
  const world = await World.open({ seed, people: Math.min(500, Math.ceil(count / 5)), rate: 50 });
  try {
    let done = 0, lost = 0, waves = 0;
    while (lost < count) {
      const wave = world.clients.slice(0, Math.min(world.people, Math.ceil((count - lost) * 1.5)));
      await world.simulate('DELETE', 'faults');
      // Most creates lose their answer, of the others every fourth is cut off before anything happened.
      await world.simulate('POST', 'faults', { kind: 'lost', ...create, percent: 70, seed: chance.below(2 ** 31) });
      await world.simulate('POST', 'faults', { kind: 'reset', ...create, percent: 25, seed: chance.below(2 ** 31) });
      const filed = await each(wave, 32, (c) => c.file());
      await each(filed, 32, (i) => world.submitted(i.id, 120));
      await each(filed, 16, (i, k) => world.decideHere(i.id, k % 2 === 0));
      for (const fault of (await world.simulate('GET', 'faults')).items) if (fault.kind === 'lost') lost += fault.hits;
      done += wave.length;
      if (++waves % 5 === 0) world.nextDay();
      say(`${lost} of ${done} creates were ambiguous`);
    }
    await world.simulate('DELETE', 'faults');
    world.clock.speed(200);
    await world.drained(240);
    const { forms } = hold(world);
    if (forms.length !== done) throw new Error(`${done} requests have ${forms.length} forms`);
    await world.close();
    return `${lost} of ${done} creates had their answer lost after the work was done, exactly one form each`;
  } catch (error) {
    await world.close(true);
    throw error;
  }
}
