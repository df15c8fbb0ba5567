// What has to be true of everything that was recorded, whatever happened in between. history() reads what the server,
// dingsim and the harness really wrote down; check() is a function of that alone and has tests of its own.

const ENDS = new Set(['approved', 'rejected', 'revoked', 'expired']);
const KEPT = 30 * 86400000;
const PARKED = 86400000 - 60000;
const MARKS = { agreed: /^EXECUTE_TASK_(NORMAL|AGENT)$/ };

// {now, log, instances, events, grants, receipts, inbox, outbox, forms, records}. log: what was acknowledged (world.mjs).
export function history(world) {
  return {
    now: world.clock.now(),
    log: world.log,
    instances: world.rows(`SELECT id, number, status, delivery, note, app, external_id, originator, process_code, sent, person, channel, decided_by,
      check_ms, submitted_ms FROM instances`),
    events: world.rows(`SELECT instance, kind FROM events WHERE instance IS NOT NULL AND kind IN ('approved', 'rejected', 'revoked', 'expired',
      'grant-issued', 'grant-used', 'filed')`),
    grants: world.rows('SELECT id, instance, device, package, state FROM grants'),
    receipts: world.rows('SELECT id, kind, grant_id FROM receipts'),
    inbox: world.rows('SELECT dedupe, external_id, done_ms, outcome FROM inbox'),
    outbox: world.rows('SELECT id, instance, kind, done_ms, error, slow FROM outbox'),
    forms: world.rows(`SELECT id, status, result, originator, process_code, biz_action, main, form_values FROM instance`, 'sim'),
    records: world.rows(`SELECT instance, userid, type, result FROM record WHERE result = 'AGREE'`, 'sim'),
  };
}

const groups = (rows, key) => {
  const found = new Map();
  for (const row of rows) {
    const name = key(row);
    if (!found.has(name)) found.set(name, []);
    found.get(name).push(row);
  }
  return found;
};

const number = (n) => `HF-${String(n).padStart(6, '0')}`;
const plain = (text) => text.replaceAll('\r\n', '\n');

// [{name, value}] in any of the ways in which the two databases keep a form's values.
function values(text) {
  const parsed = JSON.parse(text);
  const list = Array.isArray(parsed) ? parsed : parsed.values ?? Object.entries(parsed).map(([name, value]) => ({ name, value }));
  return list.map((v) => ({ name: v.name ?? v.label ?? v.component, value: plain(String(v.value)) }));
}

// I3: the form says what was sent, was agreed to, and by somebody else than who asks.
function agreement(i, form, records) {
  if (!form) return 'there is no form in DingTalk';
  if (form.status !== 'COMPLETED' || form.result !== 'agree') return `the form is ${form.status} ${form.result}`;
  if (form.biz_action && form.biz_action !== 'NONE') return `the form is a ${form.biz_action}`;
  if (form.originator !== i.originator) return 'the form is somebody else\'s';
  if (form.process_code !== i.process_code) return 'the form is another one';
  const there = values(form.form_values);
  for (const sent of values(i.sent))
    if (!there.some((v) => v.name === sent.name && v.value === sent.value)) return `${sent.name} is not what was sent`;
  if (!records.some((r) => r.result === 'AGREE' && r.userid !== i.originator && MARKS.agreed.test(r.type))) return 'nobody else agreed';
  return undefined;
}

// Each violation: {invariant, what}. settled: the faults are over and everything had its time (I8).
export function check(h, { settled = true } = {}) {
  const found = [];
  const violation = (invariant, what) => { found.push({ invariant, what }); };
  const events = groups(h.events, (e) => e.instance);
  const grants = groups(h.grants, (g) => g.instance);
  const instances = new Map(h.instances.map((i) => [i.id, i]));
  const forms = new Map(h.forms.map((f) => [f.id, f]));
  const records = groups(h.records, (r) => r.instance);
  const decisions = groups(h.log.decisions, (d) => d.instance);

  for (const i of h.instances) {
    const ends = (events.get(i.id) ?? []).filter((e) => ENDS.has(e.kind));
    const mine = decisions.get(i.id) ?? [];
    const taken = mine.filter((d) => d.status === 200);
    if (ends.length > 1) violation('I1', `${i.id} was decided ${ends.length} times: ${ends.map((e) => e.kind)}`);
    if (taken.length > 1) violation('I1', `${i.id}: ${taken.length} decisions were acknowledged`);
    if (ENDS.has(i.status) !== (ends.length > 0) || (ends.length === 1 && ends[0].kind !== i.status))
      violation('I1', `${i.id} is ${i.status}, its record says ${ends.map((e) => e.kind)}`);
    if (taken.length === 1 && i.status !== (taken[0].approve ? 'approved' : 'rejected'))
      violation('I4', `${i.id}: an acknowledged decision is not the one that counts (${i.status})`);

    const its = grants.get(i.id) ?? [];
    if (its.length > 1) violation('I2', `${i.id} has ${its.length} grants`);
    if (i.status === 'approved' && its.length === 0) violation('I2', `${i.id} is approved and has no grant`);
    for (const g of its) {
      if (i.status !== 'approved') violation('I3', `${i.id} is ${i.status} and has grant ${g.id}`);
      const why = i.channel === 'dingtalk' ? agreement(i, forms.get(i.external_id), records.get(i.external_id) ?? [])
        : mine.some((d) => d.approve && (d.status === 200 || d.status === 0)) ? undefined : 'nobody asked for it';
      if (why) violation('I3', `${i.id}: grant ${g.id} has no ground: ${why}`);
    }
  }

  const used = groups(h.events.filter((e) => e.kind === 'grant-used'), (e) => e.instance);
  for (const [instance, all] of used) if (all.length > 1) violation('I2', `${instance}: its grant was used ${all.length} times`);
  for (const [grant, all] of groups(h.receipts.filter((r) => r.kind === 'consumed'), (r) => r.grant_id))
    if (all.length > 1) violation('I2', `grant ${grant} was consumed ${all.length} times`);
  const delivered = groups(h.log.grants, (g) => g.instance);
  for (const [instance, all] of delivered) {
    if (new Set(all.map((g) => g.id)).size > 1) violation('I2', `${instance}: devices were given ${all.length} grants`);
    if (!(grants.get(instance) ?? []).some((g) => g.id === all[0].id)) violation('I3', `${instance}: a device has a grant that is nowhere`);
  }

  const ours = new Map(h.instances.map((i) => [i.external_id, i]));
  const known = new Map(h.inbox.map((row) => [row.dedupe, row]));
  for (const f of h.log.filings) if (!instances.has(f.id)) violation('I4', `filing ${f.number} was acknowledged and is not there`);
  for (const c of h.log.callbacks) {
    // An event of a form that has been nobody's for a day is dropped, every other is forgotten after 30 days.
    const known_ms = c.external ? ours.get(c.external)?.submitted_ms ?? Infinity : 0;
    const forgotten = h.now - c.at > KEPT || known_ms - c.at > PARKED;
    if (c.acknowledged && !known.has(`id:${c.id}`) && !forgotten) violation('I4', `callback ${c.id} (${c.what}) was acknowledged ${Math.round((h.now - c.at) / 1000)} s ago and is not there; its form is known since ${Math.round((known_ms - c.at) / 1000)} s after`);
  }
  const receipts = new Set(h.receipts.map((r) => r.id));
  for (const r of h.log.receipts) if (!receipts.has(r.id)) violation('I4', `receipt ${r.id} was acknowledged and is not there`);
  for (const w of h.log.withdrawals)
    if (w.status === 200 && instances.get(w.instance)?.status !== 'revoked') violation('I4', `${w.instance}: a withdrawal was acknowledged`);

  // A request's number is in the last line of its reason; REVOKE and MODIFY forms repeat the values of the first.
  const numbered = groups(h.forms.filter((f) => !f.biz_action || f.biz_action === 'NONE'), (f) => /\[(HF-\d+)/.exec(f.form_values)?.[1]);
  for (const i of h.instances) {
    const live = (numbered.get(number(i.number)) ?? []).filter((f) => f.status !== 'TERMINATED');
    if (live.length > 1) violation('I5', `${i.id} has ${live.length} forms in DingTalk`);
    if (live.length === 1 && i.external_id && live[0].id !== i.external_id) violation('I5', `${i.id} has a form that it does not know`);
  }
  for (const external of groups(h.instances.filter((i) => i.external_id), (i) => i.external_id).values())
    if (external.length > 1) violation('I5', `form ${external[0].external_id} belongs to ${external.length} requests`);

  if (settled) {
    for (const row of h.inbox)
      if ((row.done_ms === null || row.done_ms === undefined) && ours.has(row.external_id)) violation('I8', `event ${row.dedupe} never had its effect`);
    for (const row of h.outbox)
      if ((row.done_ms === null || row.done_ms === undefined) && !row.slow && !row.dead_ms) violation('I8', `${row.kind} of ${row.instance} never left: ${row.error}`);
    for (const i of h.instances) {
      const form = forms.get(i.external_id);
      if (i.status === 'pending' && i.note === '' && i.delivery !== 'failed' && form?.status !== 'RUNNING')
        violation('I8', `${i.id} is pending (${i.delivery}), its form is ${form?.status} ${form?.result}`);
      if (ENDS.has(i.status) && !['closed', 'none', 'failed'].includes(i.delivery)) violation('I8', `${i.id} is ${i.status} and ${i.delivery}`);
      if (ENDS.has(i.status) && i.delivery === 'closed' && form?.status === 'RUNNING') violation('I8', `${i.id} is ${i.status}, its form is open`);
    }
  }
  return found;
}

// Throws with the first violations in words.
export function hold(world, options) {
  const h = history(world);
  const found = check(h, options);
  if (found.length)
    throw new Error(`${found.length} violations:\n${found.slice(0, 12).map((v) => `  ${v.invariant} ${v.what}`).join('\n')}`);
  return h;
}
