// What holds for the whole API: requests that are repeated, versions, addresses of what was made, refusals that never reach
// an operation, ids of requests. On SQLite, and on PostgreSQL when HOLDFAST_TEST_POSTGRESQL names one.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import net from 'node:net';
import { after, before, describe, test } from 'node:test';
import { Stage, call } from './stage.mjs';
import { account } from './accounts.mjs';

const rules = [{ subject: 'email', relation: 'equal', value: 'a@example.com' }];
const databases = [['SQLite', undefined]];
if (process.env.HOLDFAST_TEST_POSTGRESQL) databases.push(['PostgreSQL', process.env.HOLDFAST_TEST_POSTGRESQL]);

test('whatever is written into the record is a kind that its readers are told of', () => {
  const source = (path) => readFileSync(new URL(`../../src/${path}`, import.meta.url), 'utf8');
  const known = new Set([...source('model/event.c').matchAll(/"([a-z-]+)"/g)].map(([, kind]) => kind));
  const written = ['flow', 'jobs', 'api', 'server'].flatMap((folder) => readdirSync(new URL(`../../src/${folder}`, import.meta.url))
    .filter((file) => file.endsWith('.c')).flatMap((file) => {
      // A receipt has kinds of its own, and names the event that it becomes.
      const told = file === 'receipt.c' ? /\.event = "([a-z-]+)"/g : /(?:\.kind = |\brecord(?:_change|_event)?\([^;]*?)"([a-z]+(?:-[a-z]+)+)"/g;
      return [...source(`${folder}/${file}`).matchAll(told)].map(([, kind]) => kind);
    }));
  assert.ok(written.length > 80, `the sources are read: ${written.length}`);
  assert.deepEqual(written.filter((kind) => !known.has(kind)), []);
});

for (const [database, postgresql] of databases) describe(`the API's conventions on ${database}`, () => {
  let stage;
  let other;
  let device;
  before(async () => {
    stage = await Stage.open({ postgresql });
    other = await account(stage, 'other', 'owner');
    device = await stage.device('laptop');
    await device.sync();
  });
  after(async () => { await stage?.close(); });

  const group = (name, key, headers = {}) => stage.admin('POST', 'user-groups', { name, rules }, { 'idempotency-key': key, ...headers });
  const groups = async () => (await stage.ask('GET', 'user-groups?limit=200')).items.map((g) => g.name);
  const problem = (answer, status, word) => {
    assert.equal(answer.status, status, answer.text);
    assert.equal(answer.headers.get('content-type'), 'application/problem+json');
    assert.deepEqual(Object.keys(answer.json), ['type', 'title', 'status', 'detail', 'request_id']);
    assert.equal(answer.json.type, `urn:holdfast:problem:${word}`);
    assert.equal(answer.json.status, status);
    assert.equal(answer.json.request_id, answer.headers.get('x-request-id'));
  };

  describe('a request that is repeated with its key', () => {
    test('gets the first answer with its headers, and nothing happens twice', async () => {
      const first = await group('once', 'key-once');
      assert.equal(first.status, 201);
      const again = await group('once', 'key-once');
      assert.equal(again.status, 201);
      assert.equal(again.text, first.text);
      for (const name of ['location', 'etag', 'content-type']) assert.equal(again.headers.get(name), first.headers.get(name));
      assert.notEqual(again.headers.get('x-request-id'), first.headers.get('x-request-id'));
      assert.equal((await groups()).filter((n) => n === 'once').length, 1);
    });

    test('and is another: refused', async () => {
      problem(await group('twice', 'key-once'), 422, 'unprocessable');
      problem(await stage.admin('POST', 'user-groups?', { name: 'once', rules: [] }, { 'idempotency-key': 'key-once' }), 422, 'unprocessable');
      assert.ok(!(await groups()).includes('twice'));
    });

    test('of another caller is another request', async () => {
      const answer = await other.admin('POST', 'user-groups', { name: 'theirs', rules }, { 'idempotency-key': 'key-once' });
      assert.equal(answer.status, 201, answer.text);
      assert.equal(answer.json.name, 'theirs');
    });

    test('after it was refused is tried again', async () => {
      problem(await stage.admin('POST', 'user-groups', { name: '', rules }, { 'idempotency-key': 'key-later' }), 400, 'invalid');
      assert.equal((await group('later', 'key-later')).status, 201);
    });

    test('many times at once: it happens once', async () => {
      const all = await Promise.all(Array.from({ length: 12 }, () => group('crowd', 'key-crowd')));
      assert.deepEqual(new Set(all.map((a) => a.status)), new Set([201]));
      assert.equal(new Set(all.map((a) => a.json.id)).size, 1);
      assert.equal((await groups()).filter((n) => n === 'crowd').length, 1);
    });

    test('a key that is none is said to be', async () => {
      for (const key of ['', 'x'.repeat(65), 'a b', 'a/b', 'a,b', '\xfc']) problem(await group('never', key), 400, 'invalid');
      assert.ok(!(await groups()).includes('never'));
    });

    test('deciding many requests at once, too', async () => {
      const filed = await device.file();
      const bulk = (key) => stage.admin('POST', 'instances/bulk', { action: 'reject', ids: [filed.id], comment: 'no' }, { 'idempotency-key': key });
      const [first, meanwhile] = await Promise.all([bulk('key-bulk'), bulk('key-bulk')]);
      const done = [first, meanwhile].find((a) => a.status === 200);
      assert.ok(done, `${first.text} ${meanwhile.text}`);
      for (const answer of [first, meanwhile, await bulk('key-bulk')]) {
        if (answer.status === 409) problem(answer, 409, 'conflict');
        else assert.equal(answer.text, done.text);
      }
      assert.equal((await stage.instance(filed.id)).status, 'rejected');
      // With another key the same is asked anew, and finds it decided.
      assert.notEqual((await bulk('key-bulk-2')).text, done.text);
    });
  });

  test('what was made is at its Location, and a change names the version that it is made from', async () => {
    const made = await group('versions', 'key-versions');
    const where = made.headers.get('location');
    assert.match(where, /^\/api\/v1\/user-groups\/[0-9a-f-]{36}$/);
    const at = where.slice('/api/v1/'.length);
    const read = await stage.admin('GET', at);
    assert.equal(read.status, 200);
    const etag = read.headers.get('etag');
    assert.match(etag, /^"[^"]+"$/);
    const change = (name, match) => stage.admin('PUT', at, { name, rules }, match ? { 'if-match': match } : {});
    assert.equal((await change('versions 2', etag)).status, 200);
    problem(await change('versions 3', etag), 412, 'stale');
    problem(await stage.admin('DELETE', at, undefined, { 'if-match': etag }), 412, 'stale');
    assert.equal((await change('versions 4', '*')).status, 200);
    assert.equal((await change('versions 5')).status, 200);
    const gone = await stage.admin('DELETE', at);
    assert.equal(gone.status, 204);
    assert.equal(gone.headers.get('content-type'), null);
    assert.equal(gone.text, '');
    problem(await stage.admin('GET', at), 404, 'not-found');
  });

  test('what DingTalk\'s month allows is changed as it was read', async () => {
    const [{ corp_id: corp }] = (await stage.ask('GET', 'dingtalk-organisations')).items;
    const etag = (await stage.admin('GET', `dingtalk-organisations/${corp}`)).headers.get('etag');
    const change = (calls, match) => stage.admin('PUT', `dingtalk-organisations/${corp}`, { monthly_calls: calls }, { 'if-match': match });
    assert.equal((await change(7000, etag)).json.monthly_calls, 7000);
    problem(await change(8000, etag), 412, 'stale');
  });

  test('what a reader has is not sent again', async () => {
    const read = await stage.admin('GET', 'policy');
    const same = await stage.admin('GET', 'policy', undefined, { 'if-none-match': read.headers.get('etag') });
    assert.equal(same.status, 304);
    assert.equal(same.text, '');
    assert.equal(same.headers.get('etag'), read.headers.get('etag'));
    assert.equal((await stage.admin('GET', 'policy', undefined, { 'if-none-match': '"other"' })).status, 200);
  });

  test('a query parameter that is not there is refused, not passed over', async () => {
    problem(await stage.admin('GET', 'devices?statee=online'), 400, 'invalid');
    problem(await stage.admin('GET', 'instances?status=pending&status=approved'), 400, 'invalid');
    for (const limit of ['0', '201', '-1', 'x', '1.5']) problem(await stage.admin('GET', `devices?limit=${limit}`), 400, 'invalid');
    problem(await stage.admin('GET', 'devices?cursor=x'), 400, 'invalid');
  });

  test('what never reaches an operation is a problem of the same form', async () => {
    const at = (where) => `${stage.server.url}${where}`;
    problem(await call('GET', at('/api/v1/nothing')), 404, 'not-found');
    const other_method = await call('DELETE', at('/api/v1/devices'));
    problem(other_method, 405, 'unsupported');
    assert.equal(other_method.headers.get('allow'), 'GET, HEAD');
    problem(await stage.admin('POST', 'departments', 'x'.repeat(2 * 1024 * 1024)), 413, 'too-large');
    problem(await stage.admin('POST', 'user-groups', '{}', { 'content-type': 'text/plain' }), 415, 'unsupported');
    problem(await call('GET', at(`/api/v1/devices?x=${'a'.repeat(5000)}`)), 414, 'too-large');
    const { hostname, port } = new URL(stage.server.url);
    const raw = await new Promise((resolve) => {
      const socket = net.connect(port, hostname, () => socket.write(`GET /api/v1/devices HTTP/1.1\r\nHost: x\r\nX: ${'a'.repeat(20000)}\r\n\r\n`));
      let said = '';
      socket.on('data', (data) => { said += data; }).on('close', () => resolve(said)).on('error', () => resolve(said));
    });
    assert.match(raw, /^HTTP\/1\.1 431 /);
    assert.match(raw, /Content-Type: application\/problem\+json/);
  });

  test('HEAD answers what GET would, without the body', async () => {
    const get = await stage.admin('GET', 'policy');
    const head = await stage.admin('HEAD', 'policy');
    assert.equal(head.status, 200);
    assert.equal(head.text, '');
    for (const name of ['etag', 'content-type', 'content-length']) assert.equal(head.headers.get(name), get.headers.get(name));
  });

  test('a request is found by its id: a refusal in the log, a change in the record', async () => {
    const refused = await stage.admin('GET', 'devices/01980c5e-7b1a-7c3d-9a4e-5f60718293a4');
    problem(refused, 404, 'not-found');
    assert.ok(stage.server.said().includes(`${refused.json.request_id} GET /api/v1/devices/`));
    const made = await group('recorded', 'key-recorded');
    const { items } = await stage.ask('GET', 'audit?limit=5');
    assert.ok(items.some((e) => JSON.stringify(e).includes(made.headers.get('x-request-id'))), JSON.stringify(items[0]));
  });
});
