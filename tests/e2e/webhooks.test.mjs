// Outgoing webhooks: what happens is told, signed as the public library wants it, at least once, under one id, and nowhere
// that it must not go.
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import { createRequire } from 'node:module';
import { after, before, describe, test } from 'node:test';
import { Endpoint } from './endpoint.mjs';
import { Stage, call, sleep, until } from './stage.mjs';

const { Webhook } = createRequire(new URL('./sdk/package.json', import.meta.url))('standardwebhooks');
const postgresql = process.env.HOLDFAST_TEST_POSTGRESQL;
const day = 86400000;

const allow = (stage, ...networks) => stage.ask('PUT', 'settings', { webhook_networks: networks });
const hook = (stage, endpoint, events = ['*'], more = {}) =>
  stage.ask('POST', 'webhooks', { name: `hook ${crypto.randomUUID()}`, url: endpoint.url, events, ...more });
const deliveries = async (stage, id, query = '') => (await stage.ask('GET', `webhooks/${id}/deliveries?limit=200${query}`)).items;
const approve = (stage, id) => stage.ask('POST', `instances/${id}/approve`, { comment: '' });
const receipt = (device, kind, more = {}) => device.agent('POST', 'receipts', { receipts: [
  { id: uuid(), kind, package: 'holdfast-client', at_ms: Date.now(), boot: 'b', text: '', ...more }] });

function uuid() {
  const hex = Date.now().toString(16).padStart(12, '0') + crypto.randomBytes(10).toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-7${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

// By the specification, for messages whose clock is not the machine's.
const signature = (secret, hit) => `v1,${crypto.createHmac('sha256', Buffer.from(secret.slice('whsec_'.length), 'base64'))
  .update(`${hit.headers['webhook-id']}.${hit.headers['webhook-timestamp']}.${hit.body}`).digest('base64')}`;

describe('webhooks', () => {
  let stage;
  let endpoint;
  before(async () => {
    stage = await Stage.open();
    endpoint = await Endpoint.open();
    await allow(stage, '127.0.0.1');
  });
  after(async () => {
    await stage?.close();
    await endpoint?.close();
  });

  test('a request is told of from its filing to its removal, and the public library verifies it', async () => {
    const { id: webhook, secret } = await hook(stage, endpoint);
    const device = await stage.device('laptop-told');
    const filed = await device.file();
    await approve(stage, filed.id);
    await device.hears('the grant', (d) => d.held.length === 1);
    assert.equal((await receipt(device, 'consumed', { grant: device.held[0].id })).status, 200);
    assert.equal((await receipt(device, 'tampered', { text: 'the ledger is gone' })).status, 200);
    const types = ['request.filed', 'request.decided', 'grant.issued', 'grant.consumed', 'device.alarm'];
    await until('all five', () => types.every((type) => endpoint.of(type).length === 1));
    for (const hit of endpoint.hits) {
      assert.equal(hit.method, 'POST');
      assert.equal(hit.headers['content-type'], 'application/json');
      assert.deepEqual(new Webhook(secret).verify(hit.body, hit.headers), hit.json);
      assert.throws(() => new Webhook(secret).verify(hit.body.replace('data', 'Data'), hit.headers));
      assert.deepEqual(Object.keys(hit.json), ['type', 'timestamp', 'data']);
      assert.match(hit.json.timestamp, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
      assert.doesNotMatch(hit.body, /旧电脑报废|eyJ|hft_/, 'neither the reason nor a proof');
    }
    const [decided] = endpoint.of('request.decided');
    assert.equal(decided.json.data.instance.id, filed.id);
    assert.equal(decided.json.data.instance.number, filed.number);
    assert.equal(decided.json.data.instance.status, 'approved');
    assert.equal(decided.json.data.applicant.name, '李华');
    assert.equal(decided.json.data.device.id, device.id);
    assert.equal(decided.json.data.decision.channel, 'api');
    assert.equal(endpoint.of('grant.consumed')[0].json.data.grant.state, 'used');
    assert.equal(endpoint.of('device.alarm')[0].json.data.event, 'tampered');
    const log = await until('the log', async () => {
      const all = await deliveries(stage, webhook, '&state=delivered');
      return all.length === endpoint.hits.length ? all : undefined;
    });
    assert.deepEqual(log.map((d) => d.id).sort(), endpoint.hits.map((h) => h.headers['webhook-id']).sort());
    assert.ok(log.every((d) => d.status === 204 && d.attempts === 1 && d.error === '' && d.next_ms === null));
    assert.deepEqual(log.find((d) => d.type === 'device.alarm').payload, endpoint.of('device.alarm')[0].json);
    await stage.ask('DELETE', `webhooks/${webhook}`);
    assert.equal((await stage.admin('GET', `webhooks/${webhook}`)).status, 404);
  });

  test('only what was chosen is told', async () => {
    const chosen = await Endpoint.open();
    const { id } = await hook(stage, chosen, ['request.decided', 'request.expired']);
    const device = await stage.device('laptop-chosen');
    const filed = await device.file();
    await approve(stage, filed.id);
    await until('the decision', () => chosen.hits.length > 0);
    await until('nothing is left', async () => (await deliveries(stage, id, '&state=waiting')).length === 0);
    assert.deepEqual(chosen.hits.map((h) => h.json.type), ['request.decided']);
    await stage.ask('DELETE', `webhooks/${id}`);
    await chosen.close();
  });

  test('the secret is shown once; after a rotation old and new both verify', async () => {
    const made = await hook(stage, endpoint, ['request.filed']);
    assert.match(made.secret, /^whsec_[A-Za-z0-9+/]{43}=$/);
    for (const where of ['webhooks', `webhooks/${made.id}`])
      assert.doesNotMatch(JSON.stringify(await stage.ask('GET', where)), /whsec_/);
    const { secret } = await stage.ask('POST', `webhooks/${made.id}/rotate`, {});
    assert.notEqual(secret, made.secret);
    const sent = await stage.ask('POST', `webhooks/${made.id}/test`, {});
    const hit = await until('the test', () => endpoint.hits.find((h) => h.headers['webhook-id'] === sent.id));
    assert.equal(hit.json.type, 'webhook.test');
    assert.equal(hit.headers['webhook-signature'].split(' ').length, 2);
    new Webhook(secret).verify(hit.body, hit.headers);
    new Webhook(made.secret).verify(hit.body, hit.headers);
    assert.throws(() => new Webhook('whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw').verify(hit.body, hit.headers));
    await stage.ask('DELETE', `webhooks/${made.id}`);
  });

  test('a change keeps what it does not name, and one made of an older state is refused', async () => {
    const made = await hook(stage, endpoint, ['request.filed'], { description: 'first' });
    const read = await stage.admin('GET', `webhooks/${made.id}`);
    const etag = read.headers.get('etag');
    const changed = await stage.admin('PATCH', `webhooks/${made.id}`, { enabled: false }, { 'if-match': etag });
    assert.equal(changed.status, 200, changed.text);
    assert.equal(changed.json.description, 'first');
    assert.deepEqual(changed.json.events, ['request.filed']);
    assert.equal((await stage.admin('PATCH', `webhooks/${made.id}`, { enabled: true }, { 'if-match': etag })).status, 412);
    assert.equal((await stage.admin('POST', `webhooks/${made.id}/test`, {})).status, 409);
    assert.equal((await stage.admin('PATCH', `webhooks/${made.id}`, { events: [] })).status, 400);
    assert.equal((await stage.admin('PATCH', `webhooks/${made.id}`, { events: ['webhook.test'] })).status, 400);
    await stage.ask('PATCH', `webhooks/${made.id}`, { url: `${endpoint.url}/path-secret?query-secret` });
    const record = (await stage.ask('GET', 'audit?kind=webhook-changed')).items;
    assert.ok(record.some((x) => x.text.includes(`127.0.0.1:${endpoint.port},`)), JSON.stringify(record));
    assert.doesNotMatch(JSON.stringify(record), /path-secret|query-secret|whsec_/);
    const other = await hook(stage, endpoint);
    assert.equal((await stage.admin('PATCH', `webhooks/${other.id}`, { name: made.name })).status, 409);
    for (const { id } of [made, other]) await stage.ask('DELETE', `webhooks/${id}`);
  });

  test('an endpoint that never answers holds up no other, and no decision', async () => {
    const slow = await Endpoint.open();
    slow.answer = () => undefined;
    const quick = await Endpoint.open();
    const devices = [];
    for (let i = 0; i < 3; i += 1) devices.push(await stage.device(`laptop-slow-${i}`));
    const hooks = [await hook(stage, slow), await hook(stage, quick)];
    const begun = Date.now();
    for (const other of devices.slice(1)) await other.file();
    const filed = await devices[0].file();
    await approve(stage, filed.id);
    await until('the quick one hears of it', () => quick.about('request.decided', filed.id).length === 1, 5);
    await until('and of all the rest', () => quick.hits.length === 5, 5);
    assert.ok(slow.hits.length <= 3, 'half of the workers, whatever waits for it');
    assert.ok(Date.now() - begun < 8000);
    for (const { id } of hooks) await stage.ask('DELETE', `webhooks/${id}`);
    await slow.close();
    await quick.close();
  });

  test('a redirect is not followed; 410 disables at once; a replay has the same id', async () => {
    const made = await hook(stage, endpoint, ['request.filed']);
    endpoint.answer = () => 302;
    const sent = await stage.ask('POST', `webhooks/${made.id}/test`, {});
    const failed = await until('it failed', async () => (await deliveries(stage, made.id, '&state=failed'))[0]);
    assert.equal(failed.error, 'answered 302');
    assert.equal(endpoint.hits.filter((h) => h.path === '/elsewhere').length, 0);
    endpoint.answer = () => 204;
    assert.equal((await stage.ask('POST', `webhooks/${made.id}/replay`, { delivery: sent.id })).count, 1);
    await until('it arrived', async () => (await deliveries(stage, made.id))[0].state === 'delivered');
    assert.equal(endpoint.hits.filter((h) => h.headers['webhook-id'] === sent.id).length, 2);
    endpoint.answer = () => 410;
    await stage.ask('POST', `webhooks/${made.id}/test`, {});
    const off = await until('it is disabled', async () => {
      const w = await stage.ask('GET', `webhooks/${made.id}`);
      return w.enabled ? undefined : w;
    });
    assert.match(off.disabled_because, /410/);
    endpoint.answer = () => 204;
    await stage.ask('PATCH', `webhooks/${made.id}`, { enabled: true });
    assert.equal((await stage.ask('POST', `webhooks/${made.id}/replay`, {})).count, 1);
    assert.equal((await stage.admin('POST', `webhooks/${made.id}/replay`, { delivery: uuid() })).status, 404);
    await stage.ask('DELETE', `webhooks/${made.id}`);
  });

  describe('addresses inside', { concurrency: 1 }, () => {
    const inside = ['https://127.0.0.1/', 'https://localhost/', 'https://LOCALHOST/', 'https://[::1]/', 'https://10.0.0.1/', 'https://172.16.0.1/',
      'https://192.168.1.1/', 'https://169.254.169.254/latest/meta-data', 'https://100.100.100.200/', 'https://168.63.129.16/', 'https://0.0.0.0/',
      'https://[::ffff:127.0.0.1]/', 'https://[::ffff:a9fe:a9fe]/', 'https://[64:ff9b::7f00:1]/', 'https://[fd00::1]/', 'https://[fe80::1]/',
      'https://2130706433/', 'https://0x7f.0.0.1/', 'https://0177.0.0.1/', 'https://127.1/', 'https://[::]/', 'https://224.0.0.1/'];
    const malformed = ['', 'example.com', 'ftp://example.com/', 'https://user:password@example.com/', 'https://example.com/#x', 'https://exa mple.com/',
      'file:///etc/passwd', 'https://[::1', 'https://example.com/\n'];

    before(() => allow(stage));
    after(() => allow(stage, '127.0.0.1'));

    for (const url of inside) {
      test(`${url} is refused`, async () => {
        const answer = await stage.admin('POST', 'webhooks', { name: `inside ${url}`, url, events: ['*'] });
        assert.equal(answer.status, 422, answer.text);
        assert.match(answer.json.detail, /webhook_networks/);
      });
    }

    for (const url of malformed) {
      test(`${JSON.stringify(url)} is malformed`, async () => {
        assert.equal((await stage.admin('POST', 'webhooks', { name: `malformed ${url}`, url, events: ['*'] })).status, 400);
      });
    }

    test('http is for networks that are allowed', async () => {
      for (const url of ['http://example.com/', 'http://1.1.1.1/', 'http://127.0.0.1/'])
        assert.equal((await stage.admin('POST', 'webhooks', { name: url, url, events: ['*'] })).status, 422);
    });

    test('what a name turns out to be is judged when it is connected to', async () => {
      const rebound = await Endpoint.open();
      const url = `http://hooks.localhost:${rebound.port}/hook`;
      await allow(stage, '10.99.0.0/16');
      const made = await hook(stage, { url }, ['request.filed']);
      const sent = await stage.ask('POST', `webhooks/${made.id}/test`, {});
      const failed = await until('it failed', async () => (await deliveries(stage, made.id, '&state=failed'))[0]);
      assert.match(failed.error, /the address (127\.0\.0\.1|::1) is not allowed/);
      assert.equal(failed.status, null);
      assert.equal(rebound.hits.length, 0);
      await allow(stage, '127.0.0.0/8');
      await stage.ask('POST', `webhooks/${made.id}/replay`, { delivery: sent.id });
      await until('it arrives', () => rebound.hits.length === 1);
      await stage.ask('DELETE', `webhooks/${made.id}`);
      await rebound.close();
    });

    test('a setting that is no network is refused', async () => {
      for (const wrong of ['10.0.0.1/8', 'localhost', '10.0.0.0/8 0.0.0.0/0', ''])
        assert.equal((await stage.admin('PUT', 'settings', { webhook_networks: [wrong] })).status, 422, wrong);
    });
  });

  test('nobody but owners and security administrators sees webhooks', async () => {
    assert.equal((await call('GET', `${stage.server.url}/api/v1/webhooks`)).status, 401);
  });
});

describe('webhooks when something breaks', () => {
  for (const [point, why] of [['webhook-take-committed', 'before it is sent'], ['webhook-after-call', 'after it was sent']]) {
    test(`the server dies ${why}: it is sent after the restart, under the same id`, async () => {
      const stage = await Stage.open({ virtual: true });
      const endpoint = await Endpoint.open();
      try {
        await allow(stage, '127.0.0.1');
        await stage.server.stop();
        await stage.serve({ HOLDFAST_FAILPOINT: point });
        await hook(stage, endpoint, ['request.filed']);
        const device = await stage.device('laptop-dies');
        // It may die before its answer to the filing is out.
        await device.file().catch(() => {});
        await stage.server.ended;
        const sent = endpoint.hits.length;
        assert.equal(sent, point === 'webhook-after-call' ? 1 : 0);
        await stage.serve();
        const [filed] = (await stage.ask('GET', 'instances')).items;
        await until('it arrives', () => endpoint.about('request.filed', filed.id).length === sent + 1);
        assert.equal(new Set(endpoint.hits.map((h) => h.headers['webhook-id'])).size, 1);
      } finally {
        await stage.close();
        await endpoint.close();
      }
    });
  }

  test('the server dies while it is written: neither what happened nor what tells of it is there', async () => {
    const stage = await Stage.open();
    const endpoint = await Endpoint.open();
    try {
      await allow(stage, '127.0.0.1');
      const { id } = await hook(stage, endpoint, ['request.filed']);
      const device = await stage.device('laptop-nothing');
      await stage.server.stop();
      await stage.serve({ HOLDFAST_FAILPOINT: 'webhook-row-added' });
      await device.agent('POST', 'requests', { reason: '旧电脑报废', package: 'holdfast-client' }).catch(() => {});
      await stage.server.ended;
      await stage.serve();
      assert.deepEqual((await stage.ask('GET', 'instances')).items, []);
      assert.deepEqual(await deliveries(stage, id), []);
      const filed = await device.file();
      await until('the one that holds is told', () => endpoint.about('request.filed', filed.id).length === 1);
    } finally {
      await stage.close();
      await endpoint.close();
    }
  });

  test('an endpoint that is down gets it later, freshly signed; after five days it is disabled, and others hear of that', async () => {
    const stage = await Stage.open({ virtual: true });
    const endpoint = await Endpoint.open();
    const watch = await Endpoint.open();
    try {
      await allow(stage, '127.0.0.1');
      endpoint.answer = () => 503;
      const { id, secret } = await hook(stage, endpoint, ['request.filed']);
      await hook(stage, watch, ['system.alarm']);
      const device = await stage.device('laptop-later');
      const filed = await device.file();
      await until('a first try', () => endpoint.hits.length === 1);
      endpoint.answer = () => 204;
      await until('the failure is in', async () => (await deliveries(stage, id))[0].error === 'answered 503');
      stage.clock.forward(20000);
      await until('a second', () => endpoint.hits.length === 2);
      const [first, second] = endpoint.hits;
      assert.equal(first.headers['webhook-id'], second.headers['webhook-id']);
      assert.ok(Number(second.headers['webhook-timestamp']) >= Number(first.headers['webhook-timestamp']) + 20);
      for (const hit of endpoint.hits) assert.equal(hit.headers['webhook-signature'], signature(secret, hit));
      await until('it is through', async () => (await stage.ask('GET', `webhooks/${id}`)).failures === 0);

      endpoint.answer = () => 500;
      await approve(stage, filed.id);
      await device.file('又一次');
      for (let i = 0; i < 40 && (await stage.ask('GET', `webhooks/${id}`)).enabled; i += 1) {
        const tried = endpoint.hits.length;
        if (i % 4 === 3) await stage.ask('POST', `webhooks/${id}/test`, {});
        stage.clock.forward(day / 4 + 3600000);
        await until('the next try', async () => endpoint.hits.length > tried || i % 4 !== 3, 5);
        await sleep(50);
      }
      const off = await stage.ask('GET', `webhooks/${id}`);
      assert.equal(off.enabled, false);
      assert.match(off.disabled_because, /five days/);
      await until('the alarm', () => watch.of('system.alarm').some((h) => h.json.data.event === 'webhook-disabled'));

      stage.clock.forward(31 * day);
      await until('old deliveries are forgotten', async () => (await deliveries(stage, id)).length === 0);
    } finally {
      await endpoint.close();
      await watch.close();
      await stage.close();
    }
  });

  test('two servers on one database: each delivery arrives, also when one of them dies', { skip: !postgresql }, async () => {
    const stage = await Stage.open({ postgresql });
    const endpoint = await Endpoint.open();
    let second;
    try {
      await allow(stage, '127.0.0.1');
      const { id } = await hook(stage, endpoint, ['request.filed', 'request.decided']);
      second = await stage.second();
      const devices = [];
      for (let i = 0; i < 6; i += 1) devices.push(await stage.device(`laptop-two-${i}`));
      const filed = [];
      for (const device of devices) filed.push(await device.file());
      await second.kill();
      second = undefined;
      for (const { id: instance } of filed) await approve(stage, instance);
      await until('all of them', () => filed.every((f) =>
        endpoint.about('request.filed', f.id).length > 0 && endpoint.about('request.decided', f.id).length > 0), 90);
      for (const type of ['request.filed', 'request.decided']) {
        for (const f of filed) assert.equal(new Set(endpoint.about(type, f.id).map((h) => h.headers['webhook-id'])).size, 1);
      }
      await until('the log says so', async () => (await deliveries(stage, id, '&state=delivered')).length === 2 * filed.length, 90);
    } finally {
      await second?.kill();
      await stage.close();
      await endpoint.close();
    }
  });
});
