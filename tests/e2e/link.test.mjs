// The way to DingTalk when something on it breaks: whatever is lost, a request has one open form there in the end, nothing
// is lost and nothing is rushed. Server and dingsim follow one clock that the tests move.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Stage, call, client, company, corp, forms, sleep, until } from './stage.mjs';

const creates = { method: 'POST', path: '/v1.0/workflow/processInstances' };
const minute = 60000;

const open = (all) => all.filter((i) => i.status === 'RUNNING');
const fault = (stage, kind, more = {}) => stage.simulate('POST', 'faults', { kind, ...creates, count: 1, ...more });
const hits = async (stage, id) => (await stage.simulate('GET', 'faults')).items.find((f) => f.id === id).hits;

// Connections that have idled for so long are closed, and node has to notice.
async function forward(stage, ms) {
  stage.clock.forward(ms);
  await sleep(100);
}

// Lets time pass in steps until the condition holds: what waits for a moment gets its moment.
async function pass(stage, what, condition, step, most) {
  for (let gone = 0; ; gone += step) {
    for (let i = 0; i < 20; i += 1) {
      const value = await condition();
      if (value) return value;
      await sleep(50);
    }
    assert.ok(gone < most, `gave up waiting: ${what}`);
    await forward(stage, step);
  }
}

const reaches = (stage, filed, step = 10000) => pass(stage, `${filed.number} reaches DingTalk`,
  async () => (await stage.instance(filed.id)).delivery.state === 'submitted', step, 15 * minute);

const metric = async (stage, name) => {
  const text = (await call('GET', `${stage.server.url}/metrics`, { headers: { authorization: `Bearer ${stage.token}` } })).text;
  return Number(text.split('\n').find((line) => line.startsWith(name) && !line.startsWith('#'))?.split(' ').at(-1));
};

async function oneForm(stage, filed) {
  const all = await stage.inDingTalk(filed.number);
  assert.equal(open(all).length, 1, JSON.stringify(all.map((i) => [i.processInstanceId, i.status])));
  assert.equal((await stage.instance(filed.id)).external.id, open(all)[0].processInstanceId);
}

// What goes wrong with a create, and whether DingTalk has done it all the same.
const breaks = ['lost', 'reset', 'gatewayTimeout', 'badGateway', 'serverError', 'html', 'x5', 'tokenExpired', 'throttle', 'throttleAll'];

async function diesInACreate(stage) {
  const device = await stage.device('laptop-killed');
  stage.proxy.hold();
  const filed = await device.file();
  await until('the form is in DingTalk', async () => (await stage.inDingTalk(filed.number)).length === 1);
  await stage.server.kill();
  await stage.serve();
  await stage.submitted(filed.id);
  await oneForm(stage, filed);
}

describe('link', { concurrency: true }, () => {
  describe('a create that goes wrong', { concurrency: 1 }, () => {
    let stage;
    before(async () => { stage = await Stage.open({ subscribed: false, virtual: true }); });
    after(async () => { await stage?.close(); });

    for (const kind of breaks) {
      test(`${kind}: one form`, async () => {
        const device = await stage.device(`laptop-${kind}`);
        const { id } = await fault(stage, kind);
        const filed = await device.file();
        await reaches(stage, filed, kind === 'html' || kind === 'x5' ? minute : undefined);
        assert.equal(await hits(stage, id), 1);
        await oneForm(stage, filed);
        await stage.simulate('DELETE', 'faults');
      });
    }

    test('it comes to light after the last moment: it is made again, and the late one is withdrawn', async () => {
      const device = await stage.device('laptop-late');
      const arrive = stage.proxy.keep();
      const filed = await device.file();
      await reaches(stage, filed);
      await oneForm(stage, filed);
      const kept = (await stage.instance(filed.id)).external.id;
      await arrive();
      assert.equal(open(await stage.inDingTalk(filed.number)).length, 2);
      await pass(stage, 'the second form is withdrawn',
        async () => (await stage.instance(filed.id)).events.some((x) => x.kind === 'duplicate-closed'), minute, 30 * minute);
      await oneForm(stage, filed);
      const known = await stage.instance(filed.id);
      assert.equal(known.external.id, kept);
      assert.equal(known.delivery.state, 'submitted');
      assert.equal(known.events.filter((x) => x.kind === 'duplicate').length, 1);
    });

    test('it was made twice: the younger form is withdrawn', async () => {
      const device = await stage.device('laptop-twice');
      const arrive = stage.proxy.keep();
      const filed = await device.file();
      const older = await arrive();
      await forward(stage, 2000);
      const younger = await arrive();
      await reaches(stage, filed);
      assert.equal((await stage.instance(filed.id)).external.id, older);
      await pass(stage, 'the younger is withdrawn', async () =>
        (await stage.inDingTalk(filed.number)).find((i) => i.processInstanceId === younger).status === 'TERMINATED', 5000, minute);
      await oneForm(stage, filed);
      assert.equal((await stage.instance(filed.id)).delivery.state, 'submitted');
    });

    test('the applicant has many forms of that kind: it is found behind them', async () => {
      const device = await stage.device('laptop-many', 'zhoumin');
      const { json } = await call('POST', `${stage.sim.url}/v1.0/oauth2/accessToken`,
        { body: { appKey: client.id, appSecret: client.secret } });
      const other = () => call('POST', `${stage.sim.url}/v1.0/workflow/processInstances`, {
        headers: { 'x-acs-dingtalk-access-token': json.accessToken },
        body: { originatorUserId: 'zhoumin', deptId: -1, processCode: forms.main,
          formComponentValues: [{ name: '卸载原因', value: 'not of Holdfast' }] } });
      for (let i = 0; i < 25; i += 1) assert.equal((await other()).status, 200);
      const { id } = await fault(stage, 'lost');
      const filed = await device.file();
      await until('the answer is lost', async () => (await hits(stage, id)) === 1);
      for (let i = 0; i < 25; i += 1) assert.equal((await other()).status, 200);
      await reaches(stage, filed);
      await oneForm(stage, filed);
      assert.equal((await stage.inDingTalk(filed.number)).length, 1);
      await stage.simulate('DELETE', 'faults');
    });

    test('the month is over: nothing is tried before the next one, until an administrator enters a higher figure', async () => {
      const device = await stage.device('laptop-quota');
      const { id } = await fault(stage, 'quota', { count: 0 });
      const filed = await device.file();
      const failed = await stage.until(filed.id, 'the failure', (i) => i.delivery.state === 'failed');
      assert.match(failed.delivery.error, /used up for this month/);
      const [dead] = (await stage.ask('GET', `deliveries?state=dead&instance=${filed.id}`)).items;
      const beijing = new Date(stage.clock.now() + 8 * 60 * minute);
      const next = Date.UTC(beijing.getUTCFullYear(), beijing.getUTCMonth() + 1, 1) - 8 * 60 * minute;
      assert.ok(dead.next_ms >= next - 5000 && dead.next_ms <= next + 11 * minute, `${dead.next_ms} and ${next}`);
      await forward(stage, 60 * minute);
      await sleep(1000);
      assert.equal(await hits(stage, id), 1);
      await stage.simulate('DELETE', 'faults');
      await stage.ask('PUT', `dingtalk-organisations/${corp}`, { monthly_calls: 20000 });
      await stage.submitted(filed.id);
      await oneForm(stage, filed);
      assert.equal((await stage.ask('GET', `deliveries/${dead.id}`)).state, 'done');
      assert.equal((await stage.admin('POST', `deliveries/${dead.id}/replay`)).status, 409);
      assert.equal((await stage.admin('GET', `deliveries?state=lost`)).status, 400);
    });
  });

  describe('DingTalk is down for eight hours', { concurrency: 1 }, () => {
    let stage;
    before(async () => { stage = await Stage.open({ subscribed: false, virtual: true }); });
    after(async () => { await stage?.close(); });

    test('nothing is lost, and every request goes out once', async () => {
      const devices = [];
      for (let i = 0; i < 30; i += 1) devices.push(await stage.device(`laptop-${i}`));
      await stage.proxy.down();
      const filed = [];
      for (const device of devices) filed.push(await device.file());
      await until('the breaker opens', async () => (await metric(stage, 'holdfast_dingtalk_breaker')) === 2);
      for (let i = 0; i < 96; i += 1) {
        await forward(stage, 5 * minute);
      }
      assert.equal(await metric(stage, 'holdfast_outbox_waiting'), 30);
      assert.ok((await metric(stage, 'holdfast_outbox_lag_seconds')) > 0);
      assert.ok((await metric(stage, 'holdfast_outbox_oldest_seconds')) > 7 * 3600);
      for (const { id } of filed) assert.equal((await stage.instance(id)).delivery.state, 'queued');
      await stage.proxy.up();
      await pass(stage, 'everything goes out', async () => (await metric(stage, 'holdfast_outbox_waiting')) === 0, minute, 10 * minute);
      for (const request of filed) await oneForm(stage, request);
      assert.equal(stage.proxy.created, 30);
      assert.equal(await metric(stage, 'holdfast_dingtalk_breaker'), 0);
      assert.equal(await metric(stage, 'holdfast_outbox_lag_seconds'), 0);
    });
  });

  describe('a form that may not be withdrawn', () => {
    let stage;
    before(async () => {
      const seed = structuredClone(company);
      for (const form of seed.forms) form.allowWithdraw = false;
      stage = await Stage.open({ subscribed: false, virtual: true, seed });
    });
    after(async () => { await stage?.close(); });

    test('the instance says so in words; once it has ended there, a replay closes it', async () => {
      const device = await stage.device('laptop-stuck');
      const filed = await device.file();
      await stage.submitted(filed.id);
      assert.equal((await device.agent('POST', `requests/${filed.id}/withdraw`, {})).status, 200);
      const failed = await pass(stage, 'the failure', async () => {
        const i = await stage.instance(filed.id);
        return i.delivery.state === 'failed' && i;
      }, 5000, 5 * minute);
      assert.ok(failed.delivery.error.length > 10, failed.delivery.error);
      assert.equal(failed.status, 'revoked');
      assert.equal(failed.events.filter((x) => x.kind === 'delivery-failed').length, 1);
      const [dead] = (await stage.ask('GET', 'deliveries?state=dead')).items;
      assert.deepEqual([dead.kind, dead.state, dead.number, dead.next_ms], ['terminate', 'dead', filed.number, null]);
      assert.equal(await metric(stage, 'holdfast_outbox_dead'), 1);
      await stage.decide(filed.number, 'refuse');
      await stage.ask('POST', `deliveries/${dead.id}/replay`);
      await stage.until(filed.id, 'closed', (i) => i.delivery.state === 'closed');
      assert.deepEqual((await stage.ask('GET', 'deliveries?state=dead')).items, []);
      assert.equal((await stage.instance(filed.id)).status, 'revoked');
    });
  });

  describe('on PostgreSQL', { skip: !process.env.HOLDFAST_TEST_POSTGRESQL, concurrency: 1 }, () => {
    let stage;
    before(async () => { stage = await Stage.open({ subscribed: false, virtual: true, postgresql: process.env.HOLDFAST_TEST_POSTGRESQL }); });
    after(async () => { await stage?.close(); });

    test('a server that dies in a create finds its form as soon as it is back', () => diesInACreate(stage));

    for (const kind of ['lost', 'reset']) {
      test(`${kind}: one form`, async () => {
        const device = await stage.device(`laptop-${kind}`);
        await fault(stage, kind);
        const filed = await device.file();
        await reaches(stage, filed);
        await oneForm(stage, filed);
        await stage.simulate('DELETE', 'faults');
      });
    }

    test('two servers on one database: each request has one form, also when one of them dies in the middle', async () => {
      const second = await stage.second();
      const devices = [];
      for (let i = 0; i < 20; i += 1) devices.push(await stage.device(`laptop-both-${i}`));
      const filed = await Promise.all(devices.map((device) => device.file()));
      for (const request of filed) await reaches(stage, request);
      for (const request of filed) assert.equal((await stage.inDingTalk(request.number)).length, 1);
      const device = await stage.device('laptop-dies');
      stage.proxy.hold();
      const last = await device.file();
      await until('the form is in DingTalk', async () => (await stage.inDingTalk(last.number)).length === 1);
      // Whichever of them made it: the one that stays finds it.
      await second.kill();
      await reaches(stage, last);
      assert.equal((await stage.inDingTalk(last.number)).length, 1);
    });
  });

  describe('when the server dies', () => {
    let stage;
    before(async () => { stage = await Stage.open({ subscribed: false, virtual: true }); });
    after(async () => { await stage?.close(); });

    test('in a create: its form is found as soon as it is back', () => diesInACreate(stage));
  });
});
