// The console and the approver in DingTalk decide within the same millisecond: one decision, the other side closed, both
// recorded.
import { sleep } from '../../../e2e/stage.mjs';
import { hold } from '../checker.mjs';
import { World, each } from '../world.mjs';

export const row = 'R11';
export const counts = { short: 120, long: 100000 };

// Who comes first is up to the machine; by how much one is held back is up to the seed. DingTalk's way is the longer
// one (the push, the reading), so the console is sometimes held back for as long as that takes.
async function race(world, filed, plan) {
  const { external } = filed;
  const there = async () => {
    if (plan.delay < 0) await sleep(-plan.delay);
    return world.decideThere(external.id, plan.agree, '同意');
  };
  const here = async () => {
    if (plan.delay > 0) await sleep(plan.delay);
    if (plan.withdraw) return world.clients[plan.client].withdraw(filed.id);
    return world.decideHere(filed.id, plan.approve, '设备已归还');
  };
  const [, status] = await Promise.all([there(), here()]);
  if (status !== 200 && status !== 409) throw new Error(`${filed.id}: the decision was answered ${status}`);
  return status === 200;
}

export async function run({ seed, count, chance, say }) {
  const world = await World.open({ seed, people: Math.min(200, Math.ceil(count / 3)), rate: 50 });
  const won = { here: 0, there: 0 };
  try {
    // Half of the events come at once, the rest after a while, some twice.
    world.mail.rule = () => [[0], [0, 400], [1500]][chance.below(3)];
    for (let done = 0, wave = 1; done < count; wave += 1) {
      await world.way(wave % 2 ? 'close' : 'carry-through');
      const clients = world.clients.slice(0, Math.min(world.people, count - done));
      await each(clients, 24, async (c, k) => {
        const filed = await c.file();
        const open = await world.submitted(filed.id, 120);
        const plan = { client: k, delay: chance.pick([chance.below(7) - 3, chance.below(7) - 3, chance.below(60), chance.below(300)]), agree: chance.below(3) > 0, approve: chance.below(2) === 0, withdraw: chance.below(8) === 0 };
        if (await race(world, open, plan)) won.here += 1;
        else won.there += 1;
        await world.until(filed.id, 'a decision', (i) => i.status !== 'pending', 120);
      });
      done += clients.length;
      world.mail.kept.length = 0;
      if (wave % 5 === 0) {
        await world.drained(240);
        world.nextDay();
      }
      if (wave % 25 === 0) {
        hold(world, { settled: false });
        say(`${done} races`);
      }
    }
    await world.drained(240);
    // What ended there after it was decided here is read once more and entered as late.
    const h = hold(world);
    await world.close();
    return `${h.instances.length} races, the console first in ${won.here}, DingTalk in ${won.there}, one decision each, both sides closed`;
  } catch (error) {
    await world.close(true);
    throw error;
  }
}
