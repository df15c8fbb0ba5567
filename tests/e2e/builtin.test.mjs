// Built-in approval, end to end: levels, delegates, deadlines, people who leave, and a level beside a DingTalk that is away.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { account } from './accounts.mjs';
import { Stage, company, until } from './stage.mjs';

const HOUR = 3600 * 1000;
const postgresql = process.env.HOLDFAST_TEST_POSTGRESQL;
const databases = [['SQLite', {}], ['PostgreSQL', { postgresql }]].filter(([name]) => name === 'SQLite' || postgresql);

for (const [name, options] of databases) describe(`built-in approval on ${name}`, { concurrency: 1 }, () => {
  let stage, wang, zhou, gu, li;
  before(async () => {
    const [main] = company.forms;
    const few = { ...main, processCode: 'PROC-FEW', name: '少数人可发起', initiators: ['guqing'] };
    stage = await Stage.open({ ...options, virtual: true, seed: { ...company, forms: [...company.forms, few] } });
    wang = await account(stage, '王芳', 'approver', 'wangfang');
    zhou = await account(stage, '周敏', 'approver', 'zhoumin');
    gu = await account(stage, '顾青', 'security-admin', 'guqing');
    li = await account(stage, '李华', 'approver', 'lihua');
  });
  after(async () => { await stage?.close(); });

  let made = 0;
  const builtin = (approval) => {
    made += 1;
    return stage.ask('POST', 'workflows', { name: `内置审批 ${made}`, type: 'builtin', approval });
  };
  const use = async (filing) => {
    const { version, ...policy } = await stage.ask('GET', 'policy');
    assert.equal(typeof version, 'number');
    await stage.ask('PUT', 'policy', { ...policy, filing: { allowed: true, ...filing } });
  };
  const asked = async (approval) => use({ workflow: (await builtin(approval)).id });
  const level = (mode, ...who) => ({ mode, approvers: who.map((a) => a.id) });
  let devices = 0;
  const enrolled = () => {
    devices += 1;
    return stage.device(`laptop-${devices}`);
  };
  const filed = async (device) => {
    const by = device ?? await enrolled();
    return { device: by, ...await by.file() };
  };
  const says = (who, how, id, body = { comment: '设备已归还' }) => who.admin('POST', `instances/${id}/${how}`, body);
  const answers = async (who, how, id, body) => {
    const answer = await says(who, how, id, body);
    assert.equal(answer.status, 200, answer.text);
    return answer.json;
  };
  const forbidden = async (who, id, body = {}) => {
    for (const how of ['approve', 'reject']) {
      const answer = await says(who, how, id, body);
      assert.equal(answer.status, 403, answer.text);
    }
  };
  const waiting = async (who) => (await who.ask('GET', 'tasks?mine=true&state=open')).items;
  const states = (i) => i.levels.map((l) => [l.state, ...l.tasks.map((t) => `${t.name} ${t.state}`)]);
  const messages = async (who, number) => (await stage.simulate('GET', `messages?user=${who}`)).items
    .filter((m) => JSON.stringify(m.content).includes(number));
  const kinds = (i) => i.events.map((e) => e.kind);

  test('a request goes through two levels, and the device gets its grant', async () => {
    await asked({ levels: [{ name: '组长', ...level('any', wang, zhou) }, level('all', zhou, gu)] });
    const { device, id, number } = await filed();
    let now = await stage.instance(id);
    assert.deepEqual([now.status, now.delivery.state, now.pending_with], ['pending', 'none', ['王芳', '周敏']]);
    assert.deepEqual(states(now), [['open', '王芳 open', '周敏 open'], ['waiting']]);
    await device.hears('who has it', (d) => /王芳/.test(JSON.stringify(d.view?.instance?.pending_with)));
    await until('王芳 is told', async () => (await messages('wangfang', number)).length === 1);
    assert.deepEqual((await waiting(wang)).map((t) => [t.instance.number, t.level_name]), [[number, '组长']]);
    assert.deepEqual(await waiting(gu), []);
    await answers(wang, 'approve', id);
    now = await stage.instance(id);
    assert.deepEqual(states(now), [['passed', '王芳 approved', '周敏 closed'], ['open', '周敏 open', '顾青 open']]);
    await forbidden(wang, id);
    await answers(zhou, 'approve', id);
    assert.equal((await stage.instance(id)).status, 'pending');
    assert.deepEqual(device.held, []);
    now = await answers(gu, 'approve', id);
    assert.equal(now.status, 'approved');
    assert.match(now.decision.who, /^顾青/);
    await device.hears('its grant', (d) => d.held.length === 1);
    await until('李华 is told', async () => (await messages('lihua', number)).length === 1);
    assert.equal((await says(wang, 'approve', id)).status, 409);
    assert.deepEqual(await stage.inDingTalk(number), []);
  });

  test('an administrator sees whom neither workflow serves', async () => {
    const { id } = await builtin({ levels: [level('any', wang)] });
    const reach = async (filing) => {
      await use(filing);
      return stage.ask('GET', 'policy/reach');
    };
    const { people } = await reach({ workflow: id });
    assert.ok(people >= 4);
    assert.deepEqual(await reach({ workflow: id }), { people, first: people, second: 0, neither: 0 });
    assert.deepEqual(await reach({ workflow: stage.workflow.id }), { people, first: people, second: 0, neither: 0 });
    assert.deepEqual(await reach({ workflow: null, builtin_workflow: id }), { people, first: 0, second: people, neither: 0 });
    assert.deepEqual(await reach({ workflow: null }), { people, first: 0, second: 0, neither: people });
    const refused = await stage.admin('PUT', 'policy', { ...await stage.ask('GET', 'policy').then(({ version: _, ...p }) => p),
      filing: { allowed: true, workflow: id, builtin_workflow: stage.workflow.id } });
    assert.equal(refused.status, 422, refused.text);
  });

  test('an approver whose account is disabled is skipped at once', async () => {
    const chen = await account(stage, '陈安', 'approver');
    await asked({ levels: [level('all', chen, wang)] });
    const { id } = await filed();
    await answers(wang, 'approve', id);
    assert.equal((await stage.instance(id)).status, 'pending');
    await stage.ask('PUT', `accounts/${chen.id}`, { name: '陈安', role: 'approver', state: 'disabled' });
    const now = await stage.until(id, 'nobody else is missing', (i) => i.status === 'approved');
    assert.deepEqual(states(now), [['passed', '陈安 skipped', '王芳 approved']]);
    assert.match(now.decision.who, /王芳/);
    assert.equal(now.decision.channel, 'system');
  });

  test('a rejection in any level ends it, and the device hears why', async () => {
    await asked({ levels: [level('any', wang), level('all', zhou, gu)] });
    const { device, id } = await filed();
    await answers(wang, 'approve', id);
    const now = await answers(zhou, 'reject', id, { comment: '还在用' });
    assert.equal(now.status, 'rejected');
    assert.deepEqual(states(now), [['passed', '王芳 approved'], ['rejected', '周敏 rejected', '顾青 closed']]);
    await device.hears('the rejection', (d) => d.view?.instance?.status === 'rejected');
    assert.match(JSON.stringify(device.view), /还在用/);
    assert.deepEqual(device.held, []);
  });

  test('an administrator ends the whole request, an approver out of turn nothing', async () => {
    await asked({ levels: [level('any', wang), level('any', zhou)] });
    const { id } = await filed();
    await forbidden(zhou, id);
    await forbidden(gu, id, { as: 'approver' });
    await forbidden(wang, id, { as: 'administrator' });
    const now = await answers(gu, 'approve', id);
    assert.equal(now.status, 'approved');
    assert.deepEqual(states(now), [['closed', '王芳 closed'], ['closed']]);
  });

  test('nobody approves his own request, as approver, delegate or through one', async () => {
    await asked({ levels: [level('any', li, wang)] });
    const { id } = await filed();
    const now = await stage.instance(id);
    assert.deepEqual(states(now), [['open', '李华 skipped', '王芳 open']]);
    const until_ms = Math.round(stage.now()) + 8 * HOUR;
    const of = await li.ask('POST', 'delegations', { delegate: zhou.id, until_ms });
    const to = await wang.ask('POST', 'delegations', { delegate: li.id, until_ms });
    await forbidden(li, id);
    await forbidden(zhou, id);
    assert.deepEqual(await waiting(li), []);
    assert.deepEqual(await waiting(zhou), []);
    const seen = await li.ask('GET', `instances/${id}`);
    assert.deepEqual([seen.mine, seen.may.approve], [false, false]);
    await answers(wang, 'approve', id);
    for (const [who, { id: delegation }] of [[li, of], [wang, to]])
      assert.equal((await who.admin('DELETE', `delegations/${delegation}`)).status, 204);
  });

  test('a delegate answers for the owner within the time, and it shows', async () => {
    await asked({ levels: [level('any', wang)] });
    const from_ms = Math.round(stage.now()) + HOUR;
    const delegation = await wang.ask('POST', 'delegations', { delegate: zhou.id, from_ms, until_ms: from_ms + HOUR, reason: '休假' });
    const again = await wang.admin('POST', 'delegations', { delegate: gu.id, from_ms, until_ms: from_ms + 1 });
    assert.equal(again.status, 409, again.text);
    assert.equal((await zhou.admin('PUT', `delegations/${delegation.id}`, { delegate: gu.id, until_ms: from_ms + 1 })).status, 403);
    assert.equal((await li.admin('GET', `delegations/${delegation.id}`)).status, 404);
    const { id } = await filed();
    await forbidden(zhou, id);
    stage.clock.forward(HOUR + 1000);
    assert.deepEqual((await waiting(zhou)).map((t) => t.for), ['王芳']);
    await answers(zhou, 'approve', id);
    const now = await stage.instance(id);
    assert.equal(now.status, 'approved');
    assert.equal(now.levels[0].tasks[0].name, '王芳');
    assert.equal(now.levels[0].tasks[0].acted_by, '周敏');
    assert.match(now.events.find((e) => e.kind === 'level-approved').text, /for 王芳/);
    const late = await filed();
    stage.clock.forward(HOUR);
    await forbidden(zhou, late.id);
    await answers(wang, 'reject', late.id);
  });

  test('who does not answer is reminded, then others are asked, then it expires', async () => {
    await asked({ levels: [level('all', wang, zhou)], remind_hours: 2, reminders: 2, escalate_hours: 30, escalate_to: [gu.id] });
    const { device, id, number } = await filed();
    await answers(zhou, 'approve', id);
    await until('the first message', async () => (await messages('wangfang', number)).length === 1);
    for (const [hours, count] of [[2, 2], [24, 3]]) {
      stage.clock.forward(hours * HOUR + 1000);
      await until('the reminder', async () => (await messages('wangfang', number)).length === count);
    }
    await stage.server.stop();
    stage.clock.forward(4 * HOUR);
    await stage.serve();
    const now = await stage.until(id, 'escalated', (i) => kinds(i).includes('escalated'));
    assert.deepEqual(states(now), [['open', '王芳 open', '周敏 approved', '顾青 open']]);
    assert.equal(now.levels[0].tasks[2].kind, 'escalation');
    await until('顾青 is told', async () => (await messages('guqing', number)).length === 1);
    stage.clock.forward(15 * 24 * HOUR);
    const end = await stage.until(id, 'expired', (i) => i.status === 'expired');
    assert.deepEqual(states(end), [['closed', '王芳 closed', '周敏 approved', '顾青 closed']]);
    assert.equal((await messages('wangfang', number)).length, 3, 'reminders have an end');
    assert.deepEqual((await waiting(gu)).filter((t) => t.instance.id === id), []);
    await (await device.renew()).hears('the end', (d) => d.view?.instance?.status === 'expired');
  });

  test('two servers remind, escalate and let it expire once', { skip: !options.postgresql && 'needs PostgreSQL' }, async () => {
    const second = await stage.second();
    try {
      await asked({ levels: [level('any', wang)], remind_hours: 1, reminders: 3, escalate_hours: 2, escalate_to: [gu.id] });
      const all = await Promise.all([1, 2, 3].map(() => filed()));
      // A message that is on its way when the clock jumps is one whose lease is over: the other server sends it too.
      const sent = () => until('all messages are out', () => stage.sql('SELECT COUNT(*) FROM outbox WHERE done_ms IS NULL') === '0');
      for (const hours of [1, 1]) {
        await sent();
        stage.clock.forward(hours * HOUR + 1000);
        await Promise.all(all.map(({ number }) => until(`the reminder of ${number}`, async () =>
          (await messages('wangfang', number)).length === 2)));
      }
      for (const { id, number } of all) {
        const now = await stage.until(id, 'escalated', (i) => kinds(i).includes('escalated'));
        assert.equal(kinds(now).filter((k) => k === 'escalated').length, 1);
        await until('顾青 is told', async () => (await messages('guqing', number)).length === 1);
        assert.equal((await messages('wangfang', number)).length, 2);
      }
      stage.clock.forward(15 * 24 * HOUR);
      for (const { id } of all) {
        const now = await stage.until(id, 'expired', (i) => i.status === 'expired');
        assert.equal(kinds(now).filter((k) => k === 'expired').length, 1);
      }
    } finally {
      await second.stop();
    }
  });

  test('who it was escalated to answers for the level', async () => {
    await asked({ levels: [level('all', wang, zhou)], escalate_hours: 1, escalate_to: [gu.id] });
    const { device, id } = await filed();
    stage.clock.forward(HOUR + 1000);
    await stage.until(id, 'escalated', (i) => kinds(i).includes('escalated'));
    const now = await answers(gu, 'approve', id, { as: 'approver' });
    assert.equal(now.status, 'approved');
    await (await device.renew()).hears('its grant', (d) => d.held.length === 1);
  });

  test('while DingTalk is away a level is asked here, and DingTalk is closed later', async () => {
    const { id: workflow, name: called, type, app, forms } = stage.workflow;
    await stage.ask('PUT', `workflows/${workflow}`, { name: called, type, app, forms,
      fallback: { after_minutes: 30, level: level('any', wang) } });
    await stage.tested();
    await use({ workflow });
    const device = await enrolled();
    await stage.proxy.down();
    const { id, number } = await filed(device);
    assert.deepEqual((await stage.instance(id)).levels, []);
    stage.clock.forward(31 * 60 * 1000);
    await stage.until(id, 'asked here', (i) => i.levels.length === 1);
    await answers(wang, 'approve', id);
    await (await device.renew()).hears('its grant', (d) => d.held.length === 1);
    await stage.proxy.up();
    const now = await stage.until(id, 'settled with DingTalk', (i) => ['none', 'closed'].includes(i.delivery.state), 40);
    assert.equal(now.status, 'approved');
    assert.ok((await stage.inDingTalk(number)).every((i) => i.status !== 'RUNNING'));
  });

  test('what DingTalk has in time is not asked here', async () => {
    const { id, number } = await filed();
    await stage.submitted(id);
    stage.clock.forward(31 * 60 * 1000);
    await stage.decide(number, 'agree');
    const now = await stage.until(id, 'decided in DingTalk', (i) => i.status === 'approved', 40);
    assert.deepEqual(now.levels, []);
    assert.equal(now.decision.channel, 'dingtalk');
  });

  test('whom DingTalk does not let start the form is served by the second workflow', async () => {
    const { id: second } = await builtin({ levels: [level('any', wang)] });
    const { id: workflow, name: called, type, app } = stage.workflow;
    const fields = [{ system: 'reason', component: '卸载原因' }];
    await stage.ask('PUT', `workflows/${workflow}`, { name: called, type, app,
      forms: [{ template: 'app_uninstall', process_code: 'PROC-FEW', groups: [], fields }] });
    await stage.tested();
    await use({ workflow, builtin_workflow: second });
    const { device, id, number } = await filed();
    const now = await stage.until(id, 'taken over', (i) => i.levels.length === 1, 40);
    assert.deepEqual([now.workflow.id, now.delivery.state, now.pending_with], [second, 'none', ['王芳']]);
    assert.match(now.events.find((e) => e.kind === 'moved').text, /does not let the applicant start the form/);
    await answers(wang, 'approve', id);
    await device.hears('its grant', (d) => d.held.length === 1);
    assert.deepEqual(await stage.inDingTalk(number), []);
  });

  test('an approver who leaves the organisation is skipped, and there is always somebody', async () => {
    await asked({ levels: [level('all', wang, zhou), level('any', zhou)] });
    const { device, id } = await filed();
    await answers(wang, 'approve', id);
    await stage.simulate('DELETE', 'people/zhoumin');
    await stage.ask('POST', `identity-sources/${stage.source.id}/sync`, {});
    const now = await stage.until(id, 'the next level', (i) => i.levels[1].state === 'open' && i.note, 40);
    assert.deepEqual(states(now).map((l) => l[0]), ['passed', 'open']);
    assert.deepEqual(now.levels[1].tasks.map((t) => [t.name, t.kind, t.state]),
      [['周敏', 'approver', 'skipped'], ['顾青', 'administrator', 'open']]);
    assert.match(now.note, /administrators/);
    await forbidden(zhou, id);
    await answers(gu, 'approve', id, { as: 'approver' });
    await device.hears('its grant', (d) => d.held.length === 1);
  });
});
