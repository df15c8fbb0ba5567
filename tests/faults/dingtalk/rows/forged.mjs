// Callbacks that DingTalk did not make: nothing changes, and the answer is the same line whatever is wrong.
import { client, corp, push, sleep } from '../../../e2e/stage.mjs';
import { hold } from '../checker.mjs';
import { Pipe } from '../pipe.mjs';
import { DAY, World, call } from '../world.mjs';

export const row = 'R4';
export const counts = { short: 20000, long: 1000000 };
const TABLES = ['instances', 'grants', 'outbox', 'inbox', 'receipts', 'devices', 'policies', 'workflows'];

const state = (world) => JSON.stringify(TABLES.map((table) => world.rows(`SELECT * FROM ${table} ORDER BY 1`)));
const flip = (text, at, mask) => text.slice(0, at) + String.fromCharCode(text.charCodeAt(at) ^ mask) + text.slice(at + 1);
const letters = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';
const query = (p, more) => `?${new URLSearchParams({ msg_signature: p.signed, timestamp: p.timestamp, nonce: p.nonce, ...more })}`;

// Each makes {query, body} from a push that is good but for one thing. The first five need no secret, the others a part
// of them: who made these knows the token, or the key, but not both, or seals for somebody else.
const forgeries = {
  'a parameter changed': (event, chance, now) => {
    const p = push(event, { timestamp: now });
    const name = chance.pick(['msg_signature', 'timestamp', 'nonce']);
    const value = { msg_signature: p.signed, timestamp: p.timestamp, nonce: p.nonce }[name];
    // Within ASCII and never NUL: HTTP itself refuses a query with anything else, which is another test's.
    const at = chance.below(value.length);
    const mask = 1 + chance.below(127);
    return { query: query(p, { [name]: flip(value, at, mask === value.charCodeAt(at) ? mask ^ 1 : mask) }), body: JSON.stringify(p.body) };
  },
  'a byte of the body changed': (event, chance, now, serial) => {
    const p = push(event, { timestamp: now });
    const body = JSON.stringify(p.body);
    return { query: query(p), body: flip(body, serial % body.length, 1 + chance.below(127)) };
  },
  'a part cut off': (event, chance, now) => {
    const p = push(event, { timestamp: now });
    return { query: query(p), body: JSON.stringify({ encrypt: p.body.encrypt.slice(0, chance.below(p.body.encrypt.length)) }) };
  },
  'a wrong signature': (event, chance, now) => {
    const p = push(event, { timestamp: now, signature: Array.from({ length: 40 }, () => '0123456789abcdef'[chance.below(16)]).join('') });
    return { query: query(p), body: JSON.stringify(p.body) };
  },
  'no signature': (event, chance, now) => {
    const p = push(event, { timestamp: now });
    return { query: `?timestamp=${p.timestamp}&nonce=${p.nonce}`, body: JSON.stringify(p.body) };
  },
  'another token': (event, chance, now) => {
    const p = push(event, { timestamp: now, token: Array.from({ length: 12 }, () => letters[chance.below(62)]).join('') });
    return { query: query(p), body: JSON.stringify(p.body) };
  },
  'another key': (event, chance, now) => {
    const p = push(event, { timestamp: now, aes: `${Array.from({ length: 42 }, () => letters[chance.below(62)]).join('')}G` });
    return { query: query(p), body: JSON.stringify(p.body) };
  },
  'for another app': (event, chance, now) => {
    const p = push(event, { timestamp: now, owner: flip(client.id, chance.below(client.id.length), 1) });
    return { query: query(p), body: JSON.stringify(p.body) };
  },
  'for another organisation': (event, chance, now) => {
    const p = push(event, { timestamp: now, owner: flip(corp, chance.below(corp.length), 1) });
    return { query: query(p), body: JSON.stringify(p.body) };
  },
  'for nobody': (event, chance, now) => {
    const p = push(event, { timestamp: now, owner: '' });
    return { query: query(p), body: JSON.stringify(p.body) };
  },
  'wrong padding': (event, chance, now) => {
    const p = push(event, { timestamp: now, pad: chance.pick([0, 33, 64, 200, 255]) });
    return { query: query(p), body: JSON.stringify(p.body) };
  },
  'a length that is not': (event, chance, now) => {
    const p = push(event, { timestamp: now, length: chance.pick([0x7fffffff, 0xffffffff, 100000, 0]) });
    return { query: query(p), body: JSON.stringify(p.body) };
  },
  'not an event': (event, chance, now) => {
    const p = push(chance.pick(['', '[]', '{', 'null', '{}', '{"EventType":""}', '{"EventType":"bpms_instance_change"}', '"x"', '\u0000']), { timestamp: now });
    return { query: query(p), body: JSON.stringify(p.body) };
  },
};

// Every reply: status, headers' names, and what it says.
const reply = (status, head, body) => `${status} ${head.split('\r\n').slice(1).map((l) => l.split(':')[0].toLowerCase()).sort().join(' ')} ${body}`;

async function send(world, count, make) {
  const replies = new Map();
  const answered = (status, body, request, head) => {
    const kind = reply(status, head, body);
    if (!replies.has(kind)) replies.set(kind, new Map());
    replies.get(kind).set(request.what, (replies.get(kind).get(request.what) ?? 0) + 1);
  };
  const pipes = await Promise.all(Array.from({ length: 4 }, () => Pipe.open(world.server.url, answered)));
  const where = new URL(world.request_url).pathname;
  for (let i = 0; i < count; i += 1) {
    const { what, query: q, body } = make(i);
    await pipes[i % pipes.length].post({ what, target: where + q, body });
  }
  await Promise.all(pipes.map((p) => p.end()));
  return replies;
}

// Welch's t of the times of two kinds of refusal, taken in turns so that the machine's moods meet both (dudect). Only
// the faster nine tenths count: what the scheduler did is in the rest.
async function timing(world, pairs, one, other) {
  const times = [[], []];
  let began = 0n;
  const pipe = await Pipe.open(world.server.url, (status, body, request) => { times[request.kind].push(Number(process.hrtime.bigint() - began)); }, 1);
  const where = new URL(world.request_url).pathname;
  for (let i = 0; i < 2 * pairs; i += 1) {
    const { query: q, body } = [one, other][i % 2](i);
    while (pipe.sent.length) await pipe.change();
    began = process.hrtime.bigint();
    await pipe.post({ kind: i % 2, target: where + q, body });
  }
  await pipe.end();
  const bound = times.flat().sort((a, b) => a - b)[Math.floor(times.flat().length * 0.9)];
  const [a, b] = times.map((list) => {
    const kept = list.filter((t) => t <= bound);
    const mean = kept.reduce((x, y) => x + y, 0) / kept.length;
    return { mean, n: kept.length, variance: kept.reduce((x, y) => x + (y - mean) ** 2, 0) / (kept.length - 1) };
  });
  return { t: (a.mean - b.mean) / Math.sqrt(a.variance / a.n + b.variance / b.n), difference: a.mean - b.mean };
}

async function timings(world, event, chance, pairs) {
  const now = Math.floor(world.clock.now());
  const p = push(event, { timestamp: now });
  const signature = (at) => ({ query: query(p, { msg_signature: flip(p.signed, at, 1) }), body: JSON.stringify(p.body) });
  const sealed = (more) => { const s = push(event, { timestamp: now, ...more }); return { query: query(s), body: JSON.stringify(s.body) }; };
  const [first, last, padding, owner] = [signature(0), signature(39), sealed({ pad: 200 }), sealed({ owner: `${client.id.slice(0, -1)}x` })];
  const byte = await timing(world, pairs, () => first, () => last);
  const inside = await timing(world, pairs, () => padding, () => owner);
  return `first against last byte of the signature: t = ${byte.t.toFixed(2)} (${byte.difference.toFixed(0)} ns), `
    + `padding against owner (whoever tries knows the token): t = ${inside.t.toFixed(2)} (${inside.difference.toFixed(0)} ns), ${pairs} samples each`;
}

export async function run({ seed, count, chance, long, say }) {
  const world = await World.open({ seed, people: 2, rate: 20 });
  try {
    world.mail.rule = () => [];
    const filed = await world.clients[0].file();
    const open = await world.submitted(filed.id);
    await world.clients[1].file().then((i) => world.submitted(i.id));
    // DingTalk has agreed and nobody has told: one callback that is believed would make a grant.
    await world.until(filed.id, 'it was read once', (i) => i.pending_with.length > 0);
    world.clock.speed(0);
    await world.decideThere(open.external.id, true);
    const events = world.mail.kept.filter((e) => e.processInstanceId === open.external.id);
    await world.deliver(events[0]);
    await world.mail.settle();
    await sleep(500);
    const captured = events.map((e) => push(e, { timestamp: Math.floor(world.clock.now()) }));

    const before = state(world);
    const names = Object.keys(forgeries);
    const now = Math.floor(world.clock.now());
    const replies = await send(world, count, (i) => {
      if (long && i % 100000 === 0) say(`${i} sent`);
      const what = names[i % names.length];
      return { what, ...forgeries[what](chance.pick(events), chance, now, Math.floor(i / names.length)) };
    });
    if (replies.size !== 1)
      throw new Error(`${replies.size} kinds of reply:\n${[...replies].map(([kind, by]) => `  ${kind}\n    ${[...by].map(([w, n]) => `${w} ${n}`).join(', ')}`).join('\n')}`);
    if (state(world) !== before) throw new Error('something changed');

    // Captured and sent again, the same bytes, once all is settled: nothing becomes of them, not even in a month.
    world.clock.speed(20);
    await world.until(filed.id, 'decided', (i) => i.status === 'approved');
    const ended = () => JSON.stringify([world.rows('SELECT id, status, decided_ms FROM instances ORDER BY 1'),
      world.rows('SELECT id, issued_ms FROM grants ORDER BY 1'), world.rows('SELECT instance, kind FROM events WHERE instance IS NOT NULL AND kind NOT IN (\'grant-lapsed\', \'unannounced\') ORDER BY 1, 2')]);
    const settled = ended();
    for (const wait of [0, 3600000, 5 * DAY]) {
      world.clock.forward(wait);
      for (const p of captured) await call('POST', world.request_url + query(p), p.body);
      await world.drained();
      const now_ended = ended();
      if (now_ended !== settled) throw new Error(`a push that was sent again ${wait} ms later changed something: ${settled} became ${now_ended}`);
    }
    const times = long ? await timings(world, events[0], chance, 100000) : '';
    hold(world, { settled: false });
    await world.close();
    return `${count} callbacks of ${names.length} kinds of forgery, 0 changes, one reply (${[...replies.keys()][0].slice(0, 3)})${times ? `; ${times}` : ''}`;
  } catch (error) {
    await world.close(true);
    throw error;
  }
}
