// One request from the client to DingTalk and back, on real programs: whatever happens in between, it has one form, one
// decision and at most one grant.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Device, Stage, call, client, keys, opened, push, sleep, until } from './stage.mjs';

const word = (problem) => problem.json?.type?.split(':').at(-1);

async function diesBeforeTheEffect(stage) {
  const device = await stage.device('laptop-crash');
  const filed = await device.file();
  await stage.submitted(filed.id);
  await stage.server.kill();
  await stage.serve({ HOLDFAST_FAILPOINT: 'inbox-committed' });
  await stage.decide(filed.number, 'agree', '好');
  assert.equal((await stage.server.ended).signal, 'SIGKILL');
  await stage.serve();
  const known = await stage.until(filed.id, 'the decision', (i) => i.status === 'approved');
  assert.equal(known.decision.who, '王芳');
  await device.hears('the grant', (d) => d.held[0]);
}

describe('flow', { concurrency: true }, () => {
  describe('a request', { concurrency: true }, () => {
    let stage;
    before(async () => { stage = await Stage.open(); });
    after(async () => { await stage?.close(); });

    test('agreed in DingTalk: the device gets one grant, which verifies', async () => {
      const device = await stage.device('laptop-42');
      const filed = await device.file('  旧电脑报废\n');
      assert.match(filed.number, /^HF-\d{6}$/);
      assert.equal(filed.status, 'pending');
      assert.equal(filed.reason, '旧电脑报废');
      await stage.submitted(filed.id);
      await device.hears('who has it', (d) => d.view.instance.pending_with.includes('王芳'));
      const task = await stage.decide(filed.number, 'agree', '可以卸载');
      assert.deepEqual(task.form, [{ name: '卸载原因', value: `旧电脑报废\n[${filed.number} · laptop-42 · holdfast-client]` }]);
      const grant = await device.hears('the grant', (d) => d.held[0]);
      assert.equal(grant.instance, filed.id);
      assert.equal(grant.number, filed.number);
      assert.equal(grant.package, 'holdfast-client');
      assert.equal(grant.exp - grant.iat, 72 * 3600 * 1000);
      assert.equal(device.view.instance.status, 'approved');
      assert.deepEqual([device.view.instance.decision.who, device.view.instance.decision.comment], ['王芳', '可以卸载']);
      const known = await stage.until(filed.id, 'delivered', (i) => i.grant.state === 'delivered' || (device.sync(), false));
      assert.equal(known.decision.channel, 'dingtalk');
      assert.equal(known.delivery.state, 'closed');
      assert.equal(known.effect, 'unused');
      assert.deepEqual(known.events.map((x) => x.kind).filter((k) => ['filed', 'submitted', 'approved', 'grant-issued'].includes(k)),
        ['filed', 'submitted', 'approved', 'grant-issued']);
      const again = await device.agent('POST', 'requests', { reason: '又一次', package: 'holdfast-client' });
      assert.equal(again.status, 201);
    });

    test('refused in DingTalk: the device hears why and gets nothing', async () => {
      const device = await stage.device('laptop-refused');
      const filed = await device.file();
      await stage.submitted(filed.id);
      await stage.decide(filed.number, 'refuse', '还在使用');
      const { decision } = await device.hears('the refusal', (d) => d.view.instance.status === 'rejected' && d.view.instance);
      assert.deepEqual([decision.who, decision.comment], ['王芳', '还在使用']);
      assert.equal(device.held.length, 0);
      const known = await stage.instance(filed.id);
      assert.equal(known.grant, null);
      assert.equal(known.effect, 'none');
    });

    test('approved by an administrator: the device is let go at once, and the form in DingTalk is closed', async () => {
      const device = await stage.device('laptop-console');
      const filed = await device.file();
      await stage.submitted(filed.id);
      const decided = await stage.ask('POST', `instances/${filed.id}/approve`, { comment: '设备已归还' });
      assert.equal(decided.status, 'approved');
      assert.equal(decided.delivery.state, 'closing');
      assert.deepEqual([decided.decision.who, decided.decision.comment, decided.decision.channel], ['console', '设备已归还', 'api']);
      await device.hears('the grant', (d) => d.held[0]);
      await stage.until(filed.id, 'closed', (i) => i.delivery.state === 'closed', 40);
      const [form] = await stage.inDingTalk(filed.number);
      assert.equal(form.status, 'TERMINATED');
      assert.match(JSON.stringify(form), /console/);
      assert.match(JSON.stringify(form), /设备已归还/);
      const late = await stage.admin('POST', `instances/${filed.id}/reject`, {});
      assert.equal(late.status, 409);
      assert.equal(word(late), 'conflict');
    });

    test('withdrawn in the client: the form in DingTalk is withdrawn too', async () => {
      const device = await stage.device('laptop-withdrawn');
      const filed = await device.file();
      await stage.submitted(filed.id);
      const answer = await device.agent('POST', `requests/${filed.id}/withdraw`, {});
      assert.equal(answer.status, 200, answer.text);
      assert.equal(answer.json.instance.status, 'revoked');
      assert.equal((await device.agent('POST', `requests/${filed.id}/withdraw`, {})).status, 409);
      await stage.until(filed.id, 'closed', (i) => i.delivery.state === 'closed', 40);
      const [form] = await stage.inDingTalk(filed.number);
      assert.equal(form.status, 'TERMINATED');
      const other = await stage.device('laptop-other');
      assert.equal((await other.agent('POST', `requests/${filed.id}/withdraw`, {})).status, 404);
    });

    test('agreed by nobody but a rule: no grant, an administrator decides', async () => {
      const device = await stage.device('laptop-automatic', 'guqing');
      const filed = await device.file();
      const noted = await stage.until(filed.id, 'the note', (i) => i.note);
      assert.equal(noted.note, 'no second person');
      assert.equal(noted.status, 'pending');
      assert.equal(noted.grant, null);
      const decided = await stage.ask('POST', `instances/${filed.id}/approve`, {});
      assert.equal(decided.status, 'approved');
      assert.equal(decided.note, undefined);
      await device.hears('the grant', (d) => d.held[0]);
    });

    test('many decisions at once: one wins', async () => {
      const device = await stage.device('laptop-race');
      const filed = await device.file();
      await stage.submitted(filed.id);
      const answers = await Promise.all([
        ...Array.from({ length: 8 }, (_, i) => stage.admin('POST', `instances/${filed.id}/${i % 2 ? 'approve' : 'reject'}`, {})),
        stage.decide(filed.number, 'agree'),
      ]);
      const won = answers.slice(0, 8).filter((a) => a.status === 200);
      assert.ok(won.length <= 1);
      assert.ok(answers.slice(0, 8).every((a) => a.status === 200 || a.status === 409));
      const known = await stage.until(filed.id, 'both sides final', (i) => i.delivery.state === 'closed', 40);
      assert.equal(known.events.filter((x) => ['approved', 'rejected'].includes(x.kind)).length, 1);
      assert.equal(known.grant === null, known.status === 'rejected');
      if (won.length === 1) assert.equal(known.status, won[0].json.status);
    });

    test('what filing refuses', async () => {
      const device = await stage.device('laptop-bad');
      const file = (body) => device.agent('POST', 'requests', body);
      const refused = [
        [{ reason: ' \n\t　', package: 'holdfast-client' }, 422, 'unprocessable'],
        [{ reason: '长'.repeat(501), package: 'holdfast-client' }, 422, 'unprocessable'],
        [{ reason: 'x', package: 'vim' }, 422, 'unprocessable'],
        [{ package: 'holdfast-client' }, 400, 'invalid'],
        [{ reason: 7 }, 400, 'invalid'],
        [{ reason: 'x', extra: 1 }, 400, 'invalid'],
        ['{"reason":"x","reason":"y"}', 400, 'invalid'],
        ['{"reason":', 400, 'invalid'],
        [JSON.stringify({ reason: 'x'.repeat(20000) }), 413, 'too-large'],
      ];
      for (const [body, status, type] of refused) {
        const answer = await file(body);
        assert.deepEqual([answer.status, word(answer)], [status, type], answer.text);
        assert.equal(answer.headers.get('content-type'), 'application/problem+json');
      }
      const stranger = await call('POST', `${stage.server.url}/agent/v1/requests`,
        { body: { reason: 'x' }, headers: { authorization: 'Bearer hfd_of-somebody-else' } });
      assert.equal(stranger.status, 401);
      assert.equal((await call('POST', `${stage.server.url}/agent/v1/requests`, { body: { reason: 'x' } })).status, 401);
      assert.deepEqual((await stage.ask('GET', `instances?device=${device.id}`)).items, []);
      const most = await device.file('长'.repeat(500));
      const again = await file({ reason: 'once more' });
      assert.equal(again.status, 200);
      assert.equal(again.json.instance.id, most.id);
      for (let i = 2; i <= 5; i += 1) {
        await stage.ask('POST', `instances/${(await stage.ask('GET', `instances?device=${device.id}&status=pending`)).items[0].id}/reject`, {});
        await device.file(`number ${i}`);
      }
      await stage.ask('POST', `instances/${(await stage.ask('GET', `instances?device=${device.id}&status=pending`)).items[0].id}/reject`, {});
      const sixth = await file({ reason: 'sixth' });
      assert.deepEqual([sixth.status, word(sixth)], [429, 'too-many']);
    });

    test('a push that is not from DingTalk is refused and nothing is stored', async () => {
      const url = stage.app.request_url;
      const event = { EventType: 'user_add_org', eventId: 'forged', CorpId: 'x', userId: ['lihua'] };
      const send = (where, p) => call('POST', where + p.query, { body: p.body });
      const bad = [
        send(url, push(event, { signature: '0'.repeat(40) })),
        send(url, push(event, { token: 'anothertoken' })),
        send(url, push(event, { owner: 'dingsomebodyelse00' })),
        send(url, push(event, { length: 0x7fffffff })),
        send(url, push(event, { pad: 0 })),
        call('POST', `${url}${push(event).query}`, { body: { encrypt: '' } }),
        call('POST', `${url}${push(event).query}`, { body: '{"encrypt":' }),
        call('POST', url, { body: push(event).body }),
        call('POST', `${url}${push(event).query}`, { body: JSON.stringify({ encrypt: 'A'.repeat(70000) }) }),
        send(`${url}x`, push(event)),
      ];
      const stored = async () => Number(/^holdfast_callbacks_total\{result="stored"\} (\d+)$/m.exec((await stage.admin('GET', '../../metrics')).text)[1]);
      const before = await stored();
      for (const answer of await Promise.all(bad)) {
        assert.ok(answer.status >= 400 && answer.status < 500, `${answer.status}`);
        assert.doesNotMatch(answer.text, /signature|padding|decrypt|owner/i);
      }
      const good = await send(url, push({ ...event, eventId: 'genuine' }));
      assert.equal(good.status, 200, good.text);
      assert.deepEqual(Object.keys(good.json).sort(), ['encrypt', 'msg_signature', 'nonce', 'timeStamp']);
      assert.equal(opened(good.json), 'success');
      assert.equal(await stored() - before, 1);
      const check = await send(url, push({ EventType: 'check_url' }));
      assert.equal(opened(check.json), 'success');
      await until('the refusals are in the log', () => /a push for DingTalk app \S+ was refused/.test(stage.server.said()));
      for (const secret of [client.secret, keys.aes, keys.token, stage.token, url.split('/').at(-1)])
        assert.ok(!stage.server.said().includes(secret), stage.server.said());
    });

    test('secrets do not come back, and bad ones are refused', async () => {
      const { text } = await stage.admin('GET', 'dingtalk-apps');
      for (const secret of [client.secret, keys.aes, keys.token]) assert.ok(!text.includes(secret));
      const body = { corp_id: 'dingother', client_id: 'dingother0000', client_secret: 'x'.repeat(64), aes_key: 'short', token: 'abc' };
      assert.equal((await stage.admin('POST', 'dingtalk-apps', body)).status, 400);
      assert.equal((await stage.admin('POST', 'dingtalk-apps', { ...body, corp_id: 'ding0000000000000000holdfast', client_id: client.id, aes_key: keys.aes })).status, 409);
      const used = await stage.admin('DELETE', `workflows/${stage.workflow.id}`);
      assert.deepEqual([used.status, word(used)], [409, 'conflict']);
    });
  });

  describe('when DingTalk fails', { concurrency: 1 }, () => {
    let stage;
    before(async () => { stage = await Stage.open({ subscribed: false }); });
    after(async () => { await stage?.close(); });

    test('down at filing: the request is kept, shown as queued, and goes out exactly once', async () => {
      const device = await stage.device('laptop-down');
      await stage.proxy.down();
      const filed = await device.file();
      assert.equal(filed.delivery, 'queued');
      const queued = await stage.until(filed.id, 'some tries', (i) => i.delivery.attempts >= 3);
      assert.equal(queued.delivery.state, 'queued');
      assert.ok(queued.delivery.error.length > 0);
      assert.ok(queued.delivery.next_ms > 0);
      await stage.proxy.up();
      await stage.submitted(filed.id);
      await sleep(1000);
      assert.equal((await stage.inDingTalk(filed.number)).length, 1);
    });

    test('the answer to a create is lost: it is looked up, not made twice', async () => {
      const device = await stage.device('laptop-lost');
      stage.proxy.lose();
      const filed = await device.file();
      await stage.submitted(filed.id);
      assert.equal((await stage.inDingTalk(filed.number)).length, 1);
      assert.equal((await stage.instance(filed.id)).external.id, (await stage.inDingTalk(filed.number))[0].processInstanceId);
    });

    test('the server dies in the middle of a create: one form after the restart', async () => {
      const device = await stage.device('laptop-killed');
      stage.proxy.hold();
      const filed = await device.file();
      await until('the form is in DingTalk', async () => (await stage.inDingTalk(filed.number)).length === 1);
      await stage.server.kill();
      await stage.serve();
      await stage.submitted(filed.id);
      assert.equal((await stage.inDingTalk(filed.number)).length, 1);
    });

    test('what is agreed to is not what was sent: no grant, a loud note', async () => {
      const device = await stage.device('laptop-forged');
      const filed = await device.file('归还公司');
      await stage.submitted(filed.id);
      stage.proxy.forge((text) => text.replace('归还公司', '换新电脑'));
      await stage.decide(filed.number, 'agree');
      const noted = await stage.until(filed.id, 'the note', (i) => i.note, 60);
      stage.proxy.forge((text) => text);
      assert.match(noted.note, /卸载原因/);
      assert.equal(noted.status, 'pending');
      assert.equal(noted.grant, null);
      assert.equal(noted.events.filter((x) => x.kind === 'mismatch').length, 1);
      await device.sync();
      assert.equal(device.held.length, 0);
    });

    test('wrong credentials are shown in words, and new ones send what waited', async () => {
      await stage.ask('PATCH', `dingtalk-apps/${stage.app.id}`, { client_secret: 'w'.repeat(64) });
      const device = new Device(stage, 'laptop-credentials');
      await assert.rejects(device.enrol('lihua'));
      await stage.ask('PATCH', `dingtalk-apps/${stage.app.id}`, { client_secret: client.secret });
      await device.enrol('lihua');
      await stage.ask('PATCH', `dingtalk-apps/${stage.app.id}`, { client_secret: 'w'.repeat(64) });
      const filed = await device.file();
      const failed = await stage.until(filed.id, 'the failure', (i) => i.delivery.state === 'failed');
      assert.ok(failed.delivery.error.length > 10);
      assert.equal(failed.status, 'pending');
      await stage.ask('PATCH', `dingtalk-apps/${stage.app.id}`, { client_secret: client.secret });
      await stage.submitted(filed.id);
      assert.equal((await stage.inDingTalk(filed.number)).length, 1);
    });
  });

  describe('when the server dies', () => {
    let stage;
    before(async () => { stage = await Stage.open(); });
    after(async () => { await stage?.close(); });

    test('between the commit of a callback and its effects: the decision takes effect after the restart',
      () => diesBeforeTheEffect(stage));
  });

  describe('when no callback comes', () => {
    let stage;
    before(async () => { stage = await Stage.open({ subscribed: false }); });
    after(async () => { await stage?.close(); });

    test('no callback ever comes: the decision is found by reading', async () => {
      const device = await stage.device('laptop-quiet');
      const filed = await device.file();
      await stage.submitted(filed.id);
      await stage.decide(filed.number, 'agree');
      await device.hears('the grant', (d) => d.held[0], 60);
    });
  });

  describe('on PostgreSQL', { skip: !process.env.HOLDFAST_TEST_POSTGRESQL }, () => {
    let stage;
    before(async () => { stage = await Stage.open({ postgresql: process.env.HOLDFAST_TEST_POSTGRESQL }); });
    after(async () => { await stage?.close(); });

    test('the same: a decision survives the death of the server', () => diesBeforeTheEffect(stage));
  });
});
