// Callbacks that come 1 to 20 times, over 8 connections at once, while the requests they are about are decided.
import { opened, push } from '../../../e2e/stage.mjs';
import { hold } from '../checker.mjs';
import { Pipe } from '../pipe.mjs';
import { World, each } from '../world.mjs';

export const row = 'R1';
export const counts = { short: 20000, long: 1000000 };
const CONNECTIONS = 8;
const WAVES = 5;

// What DingTalk told about a form, again and again under ids of its own: comments, transfers, reminders look like that.
const another = (event, serial) => ({ ...event, eventId: `again-${serial}` });

async function flood(world, chance, deliveries, serial) {
  const answers = new Map();
  const answered = (status, body, request) => {
    // Opening each of a million answers would cost more than all the rest.
    const good = status === 200 && (request.serial % 50 !== 0 || opened(JSON.parse(body)) === 'success');
    answers.set(request.id, (answers.get(request.id) ?? true) && good); // every copy has to be
  };
  const pipes = await Promise.all(Array.from({ length: CONNECTIONS }, () => Pipe.open(world.server.url, answered)));
  const where = new URL(world.request_url).pathname;
  const real = [...world.mail.kept];
  let sent = 0;
  const lane = async () => {
    while (sent < deliveries) {
      const event = real.length ? real.pop() : another(chance.pick(world.mail.kept), serial.next++);
      const copies = Math.min(1 + chance.below(20), deliveries - sent);
      sent += copies;
      const work = [];
      for (let i = 0; i < copies; i += 1) {
        const { query, body } = push(event, { timestamp: Math.floor(world.clock.now()) });
        work.push(chance.pick(pipes).post({ target: where + query, body: JSON.stringify(body), id: event.eventId, serial: sent + i }));
      }
      await Promise.all(work);
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, lane));
  await Promise.all(pipes.map((p) => p.end()));
  for (const [id, acknowledged] of answers) world.log.callbacks.push({ id, at: world.clock.now(), status: acknowledged ? 200 : 0, acknowledged });
  return sent;
}

export async function run({ seed, count, chance, say }) {
  const world = await World.open({ seed, people: 24, rate: 20 });
  const serial = { next: 0 };
  try {
    world.mail.rule = () => [];
    let sent = 0;
    for (let wave = 0; wave < WAVES; wave += 1) {
      const filed = await each(world.clients, 8, (c) => c.file());
      const open = await each(filed, 8, (i) => world.submitted(i.id));
      // Half is decided before the flood, the other half in the middle of it.
      const [before, during] = [open.filter((_, i) => i % 2), open.filter((_, i) => !(i % 2))];
      await each(before, 4, (i, k) => world.decideThere(i.external.id, k % 3 !== 0));
      const goal = Math.ceil((count - sent) / (WAVES - wave));
      const [n] = await Promise.all([flood(world, chance, goal, serial),
        each(during, 2, (i, k) => world.decideThere(i.external.id, k % 3 !== 0))]);
      sent += n;
      const rest = world.mail.kept.splice(0);
      await each(rest, 8, (event) => world.deliver(event));
      await each(open, 8, (i) => world.until(i.id, 'decided', (x) => x.status !== 'pending', 120));
      await each(world.clients, 8, (c) => c.sync());
      await each(world.clients, 8, async (c) => { for (const g of c.held.splice(0)) await c.consume(g); });
      say(`${sent} deliveries`);
    }
    await world.drained(240);
    const h = hold(world);
    const refused = h.log.callbacks.filter((c) => !c.acknowledged).length;
    if (refused) throw new Error(`${refused} events were not acknowledged each time`);
    const distinct = new Set(h.log.callbacks.map((c) => c.id)).size;
    if (h.inbox.length !== distinct) throw new Error(`${h.inbox.length} events are in the inbox, ${distinct} were sent`);
    await world.close();
    return `${sent} deliveries of ${distinct} events over ${CONNECTIONS} connections, ${h.grants.length} grants for ${h.instances.length} requests, 0 violations`;
  } catch (error) {
    await world.close(true);
    throw error;
  }
}
