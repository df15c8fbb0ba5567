// Decisions, end to end: what counts as one, how DingTalk is brought to one that was taken in Holdfast, who is told.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Stage, company, until } from './stage.mjs';

const postgresql = process.env.HOLDFAST_TEST_POSTGRESQL;
const databases = [['SQLite', {}], ['PostgreSQL', { postgresql }]].filter(([name]) => name === 'SQLite' || postgresql);
const revoked = (i) => i.status === 'revoked';

for (const [name, options] of databases) describe(`decisions on ${name}`, { concurrency: 1 }, () => {
  let stage;
  before(async () => { stage = await Stage.open({ ...options, virtual: true }); });
  after(async () => { await stage?.close(); });

  const policy = async (change) => {
    const { version, ...now } = await stage.ask('GET', 'policy');
    assert.equal(typeof version, 'number');
    await stage.ask('PUT', 'policy', { ...now, ...change });
    return now;
  };
  const user = async (dingtalk) => (await stage.ask('GET', 'users?limit=200')).items.find((u) => u.external_id === dingtalk);

  // The workflow, with something of it changed.
  const workflow = async (change) => {
    const { name: called, type, app, forms } = stage.workflow;
    return stage.admin('PUT', `workflows/${stage.workflow.id}`, { name: called, type, app, forms, ...change });
  };
  const submitted = async (device) => {
    const filed = await (await stage.device(device)).file();
    await stage.submitted(filed.id);
    return filed;
  };
  const closed = (id) => stage.until(id, 'closed on both sides', (i) => i.delivery.state === 'closed', 40);
  const form = async (number) => (await stage.inDingTalk(number)).find((i) => i.bizAction !== 'REVOKE');
  const messages = async (who, number) => (await stage.simulate('GET', `messages?user=${who}`)).items
    .filter((m) => JSON.stringify(m.content).includes(number));
  const decide = (id, how, comment) => stage.ask('POST', `instances/${id}/${how}`, { comment });
  const acts = (i) => i.operationRecords.filter((r) => r.type.startsWith('EXECUTE_TASK'));

  test('close: a comment names the administrator, then the form is withdrawn', async () => {
    const { id, number } = await submitted('laptop-close');
    await decide(id, 'approve', '设备已归还');
    stage.clock.forward(20000);
    const known = await closed(id);
    assert.equal(known.status, 'approved');
    const there = await form(number);
    assert.equal(there.status, 'TERMINATED');
    const [remark] = there.operationRecords.filter((r) => r.type === 'ADD_REMARK');
    assert.match(remark.remark, /已通过（.*console.*）：设备已归还/);
    assert.deepEqual(await messages('wangfang', number), []);
  });

  test('carry through: confirmed first, then the task is executed and its owner told', async () => {
    const refused = await workflow({ console_decision: 'carry-through' });
    assert.equal(refused.status, 422, refused.text);
    const saved = await workflow({ console_decision: 'carry-through', carry_through_confirmed: true });
    assert.equal(saved.status, 200, saved.text);
    assert.match(saved.json.carry_through.confirmed_by, /console/);
    for (const [how, result] of [['approve', 'agree'], ['reject', 'refuse']]) {
      const { id, number } = await submitted(`laptop-carry-${how}`);
      await decide(id, how, '');
      const known = await closed(id);
      const there = await form(number);
      assert.deepEqual([there.status, there.result], ['COMPLETED', result]);
      assert.deepEqual(acts(there).map((r) => r.userId), ['wangfang']);
      assert.match(acts(there)[0].remark, /已在 Holdfast 中由 .*console.* 决定，并非任务处理人本人操作/);
      const [told] = await until('her message', async () => {
        const all = await messages('wangfang', number);
        return all.length > 0 && all;
      });
      assert.match(JSON.stringify(told.content), /并非您本人操作/);
      assert.equal(told.outcome, 'delivered');
      assert.equal(known.note, undefined);
      assert.deepEqual(known.events.map((x) => x.kind).filter((k) => ['executed', 'closed', 'late'].includes(k)), ['executed', 'closed']);
      assert.equal(known.grant === null, how === 'reject');
    }
  });

  test('what DingTalk refuses goes the other way, and the request says so', async () => {
    const execute = await submitted('laptop-no-execute');
    await stage.simulate('POST', 'faults', { kind: 'error', code: 'invalidInstanceExecuteActionerUserId', path: '/v1.0/workflow/processInstances/execute' });
    await decide(execute.id, 'approve', '');
    stage.clock.forward(20000);
    assert.match((await closed(execute.id)).note, /the form is withdrawn instead/);
    assert.equal((await form(execute.number)).status, 'TERMINATED');
    await stage.simulate('DELETE', 'faults');
    assert.equal((await workflow({})).json.console_decision, 'close');
    const withdraw = await submitted('laptop-no-withdraw');
    await stage.simulate('POST', 'faults', { kind: 'error', code: 'internalError', path: '/v1.0/workflow/processInstances/terminate' });
    await decide(withdraw.id, 'reject', '');
    stage.clock.forward(20000);
    assert.match((await closed(withdraw.id)).note, /carried through instead/);
    assert.equal((await form(withdraw.number)).result, 'refuse');
    await stage.simulate('DELETE', 'faults');
  });

  test('an approval that is withdrawn in DingTalk calls the grant back, by its event or without one', async () => {
    for (const quiet of [false, true]) {
      const device = await stage.device(`laptop-revoke-${quiet}`);
      const { id, number } = await device.file();
      await stage.submitted(id);
      await stage.decide(number, 'agree');
      await device.hears('the grant', (d) => d.held[0]);
      if (quiet) await stage.simulate('POST', 'faults', { kind: 'eventDrop' });
      const main = (await form(number)).processInstanceId;
      await stage.simulate('POST', `instances/${main}/attached`, { user: 'lihua', action: 'REVOKE' });
      await stage.decide(number, 'agree');
      if (quiet) stage.clock.forward(12 * 3600000 + 60000);
      const known = await stage.until(id, 'the grant is called back', (i) => i.effect === 'cancelled', 40);
      assert.equal(known.status, 'approved');
      assert.match(known.events.find((x) => x.kind === 'grant-cancelled').text, /李华 withdrew/);
      if (quiet) await stage.simulate('DELETE', 'faults');
    }
  });

  test('an agreement after the time was over changes nothing, and people hear so', async () => {
    assert.equal((await workflow({ notices: true })).status, 200);
    const before = await policy({ pending_days: 1 });
    const device = await stage.device('laptop-late');
    const { id, number } = await device.file();
    await stage.submitted(id);
    await stage.simulate('POST', 'faults', { kind: 'serverError', path: '/v1.0/workflow/processInstances/terminate' });
    stage.clock.forward(24 * 3600000 + 1000);
    await stage.until(id, 'it expires', (i) => i.status === 'expired');
    await stage.decide(number, 'agree', '好');
    stage.clock.forward(60000);
    const known = await closed(id);
    assert.equal(known.status, 'expired');
    assert.equal(known.grant, null);
    assert.match(known.note, /another end.*好/);
    assert.equal(known.events.filter((x) => x.kind === 'late').length, 1);
    for (const who of ['wangfang', 'lihua'])
      await until(`${who} is told`, async () => (await messages(who, number)).some((m) => /不再生效/.test(JSON.stringify(m.content))));
    await stage.simulate('DELETE', 'faults');
    await policy(before);
    await workflow({});
  });

  test('automatic approval counts where the workflow accepts it', async () => {
    assert.equal((await workflow({ accept_automatic: true })).status, 200);
    const device = await stage.device('laptop-automatic', 'guqing');
    const { id } = await device.file();
    const known = await stage.until(id, 'the approval', (i) => i.status === 'approved');
    assert.equal(known.decision.channel, 'dingtalk');
    await workflow({});
  });

  test('people are told where the workflow says so: the result, and a reminder a day later', async () => {
    assert.equal((await workflow({ notices: true })).status, 200);
    await stage.ask('PUT', 'settings', { language: 'en' });
    const { id, number } = await submitted('laptop-told');
    stage.clock.forward(24 * 3600000);
    const [reminder] = await until('the reminder', async () => {
      const all = await messages('wangfang', number);
      return all.length > 0 && all;
    });
    assert.match(JSON.stringify(reminder.content), /李华 waits for your decision/);
    await stage.ask('PATCH', `dingtalk-apps/${stage.app.id}`, { notice_channel: 'robot' });
    await stage.decide(number, 'refuse', '还需要');
    await stage.until(id, 'the end', (i) => i.status === 'rejected');
    const [result] = await until('the result', async () => {
      const all = await messages('lihua', number);
      return all.length > 0 && all;
    });
    assert.equal(result.kind, 'robot');
    assert.match(JSON.stringify(result.content), /was rejected by 王芳: 还需要/);
    await workflow({});
    await stage.ask('PUT', 'settings', { language: 'zh' });
  });

  test('a request that nobody has to answer any more is revoked, and its form withdrawn', async () => {
    const [needed, whitelisted] = [await stage.device('laptop-zhou', 'zhoumin'), await stage.device('laptop-white')];
    const [kept, gone] = [await needed.file(), await whitelisted.file()];
    await stage.submitted(kept.id);
    await stage.submitted(gone.id);
    const before = await policy({ whitelist: [(await user('lihua')).id] });
    const known = await stage.until(gone.id, 'the system revokes it', revoked);
    assert.match(known.decision.comment, /whitelist/);
    assert.equal(known.decision.channel, 'system');
    assert.equal((await stage.instance(kept.id)).status, 'pending');
    await whitelisted.hears('that it is revoked', (d) => d.view.instance.status === 'revoked');
    await policy({ ...before, mode: 'off' });
    assert.match((await stage.until(kept.id, 'the system revokes it', revoked)).decision.comment, /switched off/);
    await policy(before);
    stage.clock.forward(20000);
    for (const id of [gone.id, kept.id]) await closed(id);
    for (const { number } of [gone, kept]) assert.equal((await stage.inDingTalk(number))[0].status, 'TERMINATED');
  });

  test('who has left the organisation waits for nothing', async () => {
    const device = await stage.device('laptop-leaver', 'zhoumin');
    const filed = await device.file();
    await stage.submitted(filed.id);
    await stage.simulate('DELETE', 'people/zhoumin');
    await stage.ask('POST', `identity-sources/${stage.source.id}/sync`, {});
    assert.match((await stage.until(filed.id, 'the system revokes it', revoked)).decision.comment, /has left/);
  });
});

describe('a form of several steps is carried through', () => {
  const steps = [{ actionType: 'NONE', userIds: ['wangfang'] }, { actionType: 'AND', userIds: ['zhoumin', 'guqing'] }];
  const [main, ...others] = company.forms;
  let stage;
  before(async () => {
    stage = await Stage.open({ virtual: true, seed: { ...company, forms: [{ ...main, approvers: steps }, ...others] } });
  });
  after(async () => { await stage?.close(); });

  test('in order, each owner told once, also when an answer is lost on the way', async () => {
    const { name, type, app, forms } = stage.workflow;
    await stage.ask('PUT', `workflows/${stage.workflow.id}`,
      { name, type, app, forms, console_decision: 'carry-through', carry_through_confirmed: true });
    const filed = await (await stage.device('laptop-steps')).file();
    await stage.submitted(filed.id);
    await stage.simulate('POST', 'faults', { kind: 'lost', path: '/v1.0/workflow/processInstances/execute', count: 1 });
    await stage.ask('POST', `instances/${filed.id}/approve`, {});
    const end = Date.now() + 40000;
    let known = await stage.instance(filed.id);
    while (known.delivery.state !== 'closed') {
      assert.ok(Date.now() < end, JSON.stringify(known));
      stage.clock.forward(1000);
      known = await stage.instance(filed.id);
    }
    assert.equal(known.note, undefined);
    const [there] = await stage.inDingTalk(filed.number);
    assert.deepEqual([there.status, there.result], ['COMPLETED', 'agree']);
    const acted = there.operationRecords.filter((r) => r.type === 'EXECUTE_TASK_NORMAL').map((r) => r.userId);
    assert.equal(acted[0], 'wangfang');
    assert.deepEqual(acted.toSorted(), ['guqing', 'wangfang', 'zhoumin']);
    for (const owner of acted)
      await until(`${owner} is told`, async () => (await stage.simulate('GET', `messages?user=${owner}`)).items.length === 1);
    const [fault] = (await stage.simulate('GET', 'faults')).items;
    assert.equal(fault.hits, 1);
  });
});
