// The checker itself: a good history passes, and a planted violation of each kind is caught, by its name.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { check } from './checker.mjs';

const sent = JSON.stringify([{ name: '卸载原因', value: '旧\n[HF-000001 · pc]' }]);

function good() {
  return {
    now: 1000,
    log: { filings: [{ id: 'a', number: 'HF-000001' }], callbacks: [{ id: 'e1', at: 0, status: 200, acknowledged: true }], decisions: [],
      withdrawals: [], receipts: [{ id: 'r', grant: 'g' }], grants: [{ id: 'g', instance: 'a', device: 'd' }] },
    instances: [{ id: 'a', number: 1, status: 'approved', delivery: 'closed', note: '', external_id: 'x', originator: 'lihua', submitted_ms: 0,
      process_code: 'P', sent, channel: 'dingtalk', decided_by: '王芳' }],
    events: ['filed', 'approved', 'grant-issued', 'grant-used'].map((kind) => ({ instance: 'a', kind })),
    grants: [{ id: 'g', instance: 'a', device: 'd', package: 'holdfast-client', state: 'used' }],
    receipts: [{ id: 'r', kind: 'consumed', grant_id: 'g' }],
    inbox: [{ dedupe: 'id:e1', external_id: 'x', done_ms: 5, outcome: 'read' }],
    outbox: [{ id: 'o', instance: 'a', kind: 'create', done_ms: 4, error: '', slow: 0 }],
    forms: [{ id: 'x', status: 'COMPLETED', result: 'agree', originator: 'lihua', process_code: 'P', biz_action: 'NONE', form_values: sent }],
    records: [{ instance: 'x', userid: 'wangfang', type: 'EXECUTE_TASK_NORMAL', result: 'AGREE' }],
  };
}

const byConsole = (h, status = 200) => {
  h.instances[0].channel = 'api';
  h.forms[0].status = 'TERMINATED';
  h.log.decisions.push({ instance: 'a', approve: true, status });
};

const planted = [
  ['I1', 'two decisions in the record', (h) => { h.events.push({ instance: 'a', kind: 'rejected' }); }],
  ['I1', 'a final state without a record', (h) => { h.events = h.events.filter((e) => e.kind !== 'approved'); }],
  ['I1', 'a record that says something else', (h) => { h.events.find((e) => e.kind === 'approved').kind = 'rejected'; }],
  ['I1', 'two acknowledged decisions', (h) => { byConsole(h); byConsole(h); }],
  ['I2', 'two grants', (h) => { h.grants.push({ ...h.grants[0], id: 'g2' }); }],
  ['I2', 'approved without a grant', (h) => { h.grants = []; }],
  ['I2', 'used twice in the record', (h) => { h.events.push({ instance: 'a', kind: 'grant-used' }); }],
  ['I2', 'consumed twice', (h) => { h.receipts.push({ id: 'r2', kind: 'consumed', grant_id: 'g' }); }],
  ['I2', 'a device was given two grants', (h) => { h.log.grants.push({ id: 'g9', instance: 'a', device: 'd' }); }],
  ['I3', 'a grant of a refused request', (h) => { h.instances[0].status = 'rejected'; h.events[1].kind = 'rejected'; }],
  ['I3', 'refused in DingTalk', (h) => { h.forms[0].result = 'refuse'; }],
  ['I3', 'still running in DingTalk', (h) => { h.forms[0].status = 'RUNNING'; }],
  ['I3', 'a revocation', (h) => { h.forms[0].biz_action = 'REVOKE'; }],
  ['I3', 'another reason', (h) => { h.forms[0].form_values = sent.replace('旧', '新'); }],
  ['I3', 'another originator', (h) => { h.forms[0].originator = 'zhoumin'; }],
  ['I3', 'another form', (h) => { h.forms[0].process_code = 'Q'; }],
  ['I3', 'agreed by the applicant alone', (h) => { h.records[0].userid = 'lihua'; }],
  ['I3', 'agreed by a rule', (h) => { h.records = []; }],
  ['I3', 'no form at all', (h) => { h.forms = []; }],
  ['I3', 'a console decision that nobody made', (h) => { byConsole(h, 409); }],
  ['I3', 'a grant from nowhere', (h) => { h.log.grants = [{ id: 'zz', instance: 'a', device: 'd' }]; }],
  ['I4', 'a lost filing', (h) => { h.log.filings.push({ id: 'b', number: 'HF-000002' }); }],
  ['I4', 'a lost callback', (h) => { h.inbox = []; }],
  ['I4', 'a lost callback of a form of ours', (h) => { h.log.callbacks[0].external = 'x'; h.inbox = []; }],
  ['I4', 'a lost receipt', (h) => { h.receipts = []; }],
  ['I4', 'an acknowledged decision that does not count', (h) => { h.log.decisions.push({ instance: 'a', approve: false, status: 200 }); }],
  ['I4', 'an acknowledged withdrawal that does not count', (h) => { h.log.withdrawals.push({ instance: 'a', status: 200 }); }],
  ['I5', 'two forms', (h) => { h.forms.push({ ...h.forms[0], id: 'y', status: 'RUNNING', result: '' }); }],
  ['I5', 'a form that nobody knows', (h) => { h.forms.push({ ...h.forms[0], id: 'y', status: 'RUNNING' }); h.forms[0].status = 'TERMINATED'; }],
  ['I5', 'a form of two requests', (h) => { h.instances.push({ ...h.instances[0], id: 'b', number: 2 }); }],
  ['I8', 'an event without effect', (h) => { h.inbox[0].done_ms = null; }],
  ['I8', 'a call that never left', (h) => { h.outbox[0].done_ms = null; }],
  ['I8', 'a decision that was never noticed', (h) => {
    Object.assign(h.instances[0], { status: 'pending', delivery: 'submitted' });
    h.events = [{ instance: 'a', kind: 'filed' }];
    h.grants = []; h.receipts = []; h.log.receipts = []; h.log.grants = [];
  }],
  ['I8', 'a form left open', (h) => { byConsole(h); h.forms[0].status = 'RUNNING'; }],
  ['I8', 'closing for ever', (h) => { h.instances[0].delivery = 'closing'; }],
];

test('a good history has no violation', () => {
  assert.deepEqual(check(good()), []);
  const here = good();
  byConsole(here);
  assert.deepEqual(check(here), []);
  const strange = good();
  strange.log.callbacks.push({ id: 'e2', at: 0, external: 'not-ours', status: 200, acknowledged: true });
  assert.deepEqual(check(strange), [], 'events of a form that is nobody\'s go after a day');
  assert.deepEqual(check({ ...good(), now: 31 * 86400000, inbox: [] }), [], 'and all after a month');
});

for (const [invariant, what, plant] of planted) {
  test(`${invariant} catches: ${what}`, () => {
    const h = good();
    plant(h);
    const found = check(h).filter((v) => v.invariant === invariant);
    assert.ok(found.length > 0, JSON.stringify(check(h)));
  });
}
