// holdfast-server from the outside: who may ask what, what it refuses, enrolment, policy and groups, the long poll.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import crypto from 'node:crypto';
import http from 'node:http';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';

import { Browser, Device, Stage, build, call, sleep, unescape, until, verifyJws } from './stage.mjs';

let stage;
const problem = (answer, status, word) => {
  assert.equal(answer.status, status, answer.text);
  assert.equal(answer.headers.get('content-type'), 'application/problem+json');
  assert.equal(answer.json.type, `urn:holdfast:problem:${word}`);
  assert.equal(answer.json.status, status);
  assert.ok(answer.json.detail.length > 0);
  assert.equal(answer.json.request_id, answer.headers.get('x-request-id'));
};
const at = (where) => `${stage.server.url}${where}`;
const bearer = (token) => ({ authorization: `Bearer ${token}` });
const command = (...options) => spawnSync(path.join(build, 'holdfast-server'), options, { encoding: 'utf8', timeout: 30000 });
const tokenOf = (role) => execFileSync(path.join(build, 'holdfast-server'),
  ['token', 'create', '--role', role, ...stage.options]).toString().trim();
const users = async () => Object.fromEntries((await stage.ask('GET', 'users?limit=200')).items.map((u) => [u.external_id, u]));
const departments = async () => Object.fromEntries((await stage.ask('GET', 'departments?limit=200')).items.map((d) => [d.name, d]));

async function changePolicy(change) {
  const { version, ...policy } = await stage.ask('GET', 'policy');
  return stage.ask('PUT', 'policy', { ...policy, ...change });
}

// As far as DingTalk's answer: a browser, and the address that DingTalk sends it back to.
async function toTheDoor(uri, userid, choice = 'agree') {
  const browser = new Browser();
  const asked = await browser.go('GET', uri);
  const { origin } = new URL(asked.url);
  const answered = await browser.once('POST', `${origin}/oauth2/auth`, { ...Browser.hidden(asked.text), user: userid, choice });
  return { browser, back: answered.headers.get('location') };
}

async function signIn(uri, userid) {
  const { browser, back } = await toTheDoor(uri, userid);
  await browser.go('GET', back);
  return browser;
}

function uuid7() {
  const bytes = crypto.randomBytes(16);
  bytes.writeUIntBE(Date.now(), 0, 6);
  bytes[6] = 0x70 | (bytes[6] & 15);
  bytes[8] = 0x80 | (bytes[8] & 63);
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

// What the device's newest statement says, once it says so.
async function enforced(device, what, condition) {
  let statement;
  await until(what, async () => {
    const { statement: jws, keys } = (await device.agent('POST', 'sync',
      { counter: 0, view: '', held: [], revoked: [], client_version: '0.1.0', wait_ms: 0 })).json;
    const list = verifyJws(keys, 'holdfast-keys', device.enrolled.root);
    statement = verifyJws(jws, 'holdfast-statement', (kid) => list.keys.find((k) => k.kid === kid).x);
    return condition(statement);
  });
  return statement;
}

const databases = [['SQLite', undefined]];
if (process.env.HOLDFAST_TEST_POSTGRESQL) databases.push(['PostgreSQL', process.env.HOLDFAST_TEST_POSTGRESQL]);
for (const [database, postgresql] of databases) describe(`on ${database}`, () => {
  before(async () => { stage = await Stage.open({ subscribed: false, postgresql }); });
  after(async () => { await stage?.close(); });

  describe('who may ask', () => {
    test('nobody without a token, or with something else', async () => {
      problem(await call('GET', at('/api/v1/devices')), 401, 'unauthenticated');
      for (const token of ['', 'x', 'hft_x', `hft_${'A'.repeat(43)}`, stage.token.slice(0, -1), `${stage.token}A`])
        problem(await call('GET', at('/api/v1/devices'), { headers: bearer(token) }), 401, 'unauthenticated');
      const basic = await call('GET', at('/api/v1/devices'), { headers: { authorization: `Basic ${stage.token}` } });
      problem(basic, 401, 'unauthenticated');
      assert.equal(basic.headers.get('www-authenticate'), 'Bearer');
    });

    test('every role reads, two change, three decide', async () => {
      const status = async (token, method, where, body) =>
        (await call(method, at(`/api/v1/${where}`), { headers: bearer(token), body })).status;
      for (const [role, changes, decides] of [['owner', true, true], ['security-admin', true, true], ['approver', false, true],
        ['auditor', false, false]]) {
        const token = tokenOf(role);
        for (const where of ['policy', 'devices', 'users', 'departments', 'user-groups', 'dingtalk-apps', 'workflows', 'instances'])
          assert.equal(await status(token, 'GET', where), 200, `${role} reads ${where}`);
        assert.equal(await status(token, 'GET', 'audit'), role === 'approver' ? 403 : 200, `${role} reads audit`);
        // Malformed bodies: a refusal of the body says that the role was good.
        for (const [method, where] of [['PUT', 'policy'], ['POST', 'user-groups'], ['POST', 'workflows'], ['POST', 'dingtalk-apps']])
          assert.equal(await status(token, method, where, '{'), changes ? 400 : 403, `${role}: ${method} ${where}`);
        const unknown = 'instances/01900000-0000-7000-8000-000000000000/approve';
        assert.equal(await status(token, 'POST', unknown, {}), decides ? 404 : 403, `${role} decides`);
      }
    });

    test("an administrator's token is no device's, a device's no administrator's", async () => {
      const device = await stage.device('laptop-roles');
      problem(await call('POST', at('/agent/v1/sync'), { headers: bearer(stage.token), body: {} }), 401, 'unauthenticated');
      problem(await call('GET', at('/api/v1/devices'), { headers: bearer(device.token) }), 401, 'unauthenticated');
    });

    test('an unknown role is no role', () => {
      const { status, stdout, stderr } = command('token', 'create', '--role', 'root', ...stage.options);
      assert.equal(status, 2);
      assert.equal(stdout, '');
      assert.match(stderr, /owner, security-admin, approver or auditor/);
    });
  });

  describe('what is refused', () => {
    const post = (body, headers = {}) => stage.admin('POST', 'user-groups', body, headers);

    test('malformed JSON, duplicate, unknown and missing members, wrong types: 400, and nothing is kept', async () => {
      const count = (await stage.ask('GET', 'user-groups')).items.length;
      for (const body of ['', '{', '[]', '"x"', '{"name":"a","rules":[]}x', '{"name":"a","name":"b","rules":[]}',
        '{"name":"a","rules":[],"extra":1}', '{"name":"a"}', '{"rules":[]}', '{"name":7,"rules":[]}', '{"name":"a","rules":{}}',
        '{"name":"a","rules":[1]}', '{"name":"a\\u0000","rules":[]}', '{"name":"   ","rules":[]}', `{"name":"${'n'.repeat(129)}","rules":[]}`,
        '{"name":"a","rules":[{"subject":"user","relation":"equal","value":"me"}]}',
        '{"name":"a","rules":[{"subject":"city","relation":"equal","value":"x"}]}',
        '{"name":"a","rules":[{"subject":"email","relation":"like","value":"x"}]}',
        '{"name":"a","rules":[{"subject":"email","relation":"equal","value":""}]}',
        '{"name":"a\\nb","rules":[]}', Buffer.from([0x7b, 0xff, 0x7d]).toString('latin1')])
        problem(await post(body), 400, 'invalid');
      assert.equal((await stage.ask('GET', 'user-groups')).items.length, count);
    });

    test('a body over the limit: 413', async () => {
      problem(await stage.admin('POST', 'accounts', `{"name":"${'n'.repeat(40000)}"}`), 413, 'too-large');
    });

    test('addresses and methods that are not there', async () => {
      problem(await call('GET', at('/api/v1/nothing'), { headers: bearer(stage.token) }), 404, 'not-found');
      const wrong = await call('DELETE', at('/api/v1/policy'), { headers: bearer(stage.token) });
      problem(wrong, 405, 'unsupported');
      assert.match(wrong.headers.get('allow'), /PUT/);
      problem(await stage.admin('GET', 'devices/01900000-0000-7000-8000-000000000000'), 404, 'not-found');
      problem(await stage.admin('GET', 'devices/no-id'), 404, 'not-found');
    });

    test('bad paging', async () => {
      for (const query of ['limit=0', 'limit=201', 'limit=x', 'limit=01', 'cursor=abc'])
        problem(await stage.admin('GET', `users?${query}`), 400, 'invalid');
    });
  });

  describe('Idempotency-Key', () => {
    test('the same key gives the first answer again; with another body, 422; another caller has keys of his own', async () => {
      const key = { 'idempotency-key': crypto.randomUUID() };
      const body = { name: 'once', rules: [] };
      const first = await stage.admin('POST', 'user-groups', body, key);
      assert.equal(first.status, 201, first.text);
      const again = await stage.admin('POST', 'user-groups', body, key);
      assert.equal(again.status, 201);
      assert.equal(again.text, first.text);
      assert.equal((await stage.ask('GET', 'user-groups')).items.filter((g) => g.name === 'once').length, 1);
      problem(await stage.admin('POST', 'user-groups', { ...body, name: 'twice' }, key), 422, 'unprocessable');
      problem(await call('POST', at('/api/v1/user-groups'), { headers: { ...bearer(tokenOf('owner')), ...key }, body }), 409, 'conflict');
      problem(await stage.admin('POST', 'user-groups', body, { 'idempotency-key': 'not allowed!' }), 400, 'invalid');
      await stage.ask('DELETE', `user-groups/${first.json.id}`);
    });

    test('a refusal is not kept: the same key works once the reason is gone', async () => {
      const key = { 'idempotency-key': crypto.randomUUID() };
      const first = await stage.ask('POST', 'user-groups', { name: 'taken', rules: [] });
      problem(await stage.admin('POST', 'user-groups', { name: 'taken', rules: [] }, key), 409, 'conflict');
      await stage.ask('DELETE', `user-groups/${first.id}`);
      const then = await stage.admin('POST', 'user-groups', { name: 'taken', rules: [] }, key);
      assert.equal(then.status, 201, then.text);
      await stage.ask('DELETE', `user-groups/${then.json.id}`);
    });
  });

  describe('people and groups', () => {
    test('departments form a tree, people are in them and can be found', async () => {
      const tree = await departments();
      assert.equal(tree['客户端组'].parent, tree['研发部'].id);
      const all = await users();
      assert.deepEqual(all.lihua.departments.map((d) => d.name), ['客户端组']);
      assert.equal(all.lihua.state, 'active');
      const found = async (query) => (await stage.ask('GET', `users?${query}`)).items.map((u) => u.external_id).sort();
      assert.deepEqual(await found(`search=${encodeURIComponent('李')}`), ['lihua']);
      assert.deepEqual(await found('search=WANGFANG'), ['wangfang']);
      assert.deepEqual(await found('search=%25'), []);
      assert.deepEqual(await found(`department=${tree['研发部'].id}`), ['lihua', 'wangfang']);
      assert.deepEqual(await found(`department=${tree['客户端组'].id}`), ['lihua']);
    });

    test('pages follow one another', async () => {
      const seen = [];
      let cursor = '';
      do {
        const page = await stage.ask('GET', `users?limit=2&cursor=${cursor}`);
        assert.ok(page.items.length <= 2);
        seen.push(...page.items.map((u) => u.id));
        cursor = page.next;
      } while (cursor);
      assert.equal(new Set(seen).size, 4);
    });

    test('rules are joined by OR; unequal means everybody else', async () => {
      const tree = await departments();
      const all = await users();
      const members = async (...rules) => {
        const answer = await stage.admin('POST', 'user-groups', { name: `g${crypto.randomUUID()}`, rules });
        assert.equal(answer.status, 201, answer.text);
        const group = await stage.ask('GET', `user-groups/${answer.json.id}`);
        await stage.ask('DELETE', `user-groups/${answer.json.id}`);
        return group.members;
      };
      const rule = (subject, relation, value) => ({ subject, relation, value });
      assert.equal(await members(), 0);
      assert.equal(await members(rule('department', 'equal', tree['研发部'].id)), 2);
      assert.equal(await members(rule('department', 'unequal', tree['研发部'].id)), 2);
      assert.equal(await members(rule('user', 'equal', all.lihua.id), rule('email', 'equal', 'GUQING@example.com')), 2);
      assert.equal(await members(rule('user', 'unequal', all.lihua.id)), 3);
      assert.equal(await members(rule('user', 'unequal', all.lihua.id), rule('user', 'unequal', all.guqing.id)), 4);
      assert.equal(await members(rule('telephone', 'equal', '+86 138-0000-0001')), 4);
    });

    test('a name is taken once; what a group names must exist; PUT replaces', async () => {
      const group = await stage.ask('POST', 'user-groups', { name: '安全部', description: 'x', rules: [] });
      problem(await stage.admin('POST', 'user-groups', { name: '安全部', rules: [] }), 409, 'conflict');
      problem(await stage.admin('POST', 'user-groups', { name: 'ghosts', rules: [
        { subject: 'user', relation: 'equal', value: '01900000-0000-7000-8000-000000000000' }] }), 422, 'unprocessable');
      const changed = await stage.ask('PUT', `user-groups/${group.id}`, { name: '安全部二', rules: [
        { subject: 'email', relation: 'equal', value: 'lihua@example.com' }] });
      assert.deepEqual([changed.name, changed.description, changed.members], ['安全部二', '', 1]);
      problem(await stage.admin('PUT', 'user-groups/01900000-0000-7000-8000-000000000000', { name: 'q', rules: [] }), 404, 'not-found');
      await stage.ask('DELETE', `user-groups/${group.id}`);
      problem(await stage.admin('GET', `user-groups/${group.id}`), 404, 'not-found');
    });

    test('a group in use stays', async () => {
      const used = (await stage.ask('GET', 'user-groups')).items.find((g) => g.name === '财务');
      problem(await stage.admin('DELETE', `user-groups/${used.id}`), 409, 'conflict');
    });
  });

  describe('policy', () => {
    test('If-Match: an edit of an old version is refused and changes nothing', async () => {
      const present = await stage.admin('GET', 'policy');
      const { version, ...policy } = present.json;
      assert.equal(present.headers.get('etag'), `"${version}"`);
      const put = (body, match) => stage.admin('PUT', 'policy', body, match === undefined ? {} : { 'if-match': match });
      const saved = await put({ ...policy, contact: 'it@example.com' }, `"${version}"`);
      assert.equal(saved.json.version, version + 1);
      problem(await put({ ...policy, contact: 'other' }, `"${version}"`), 412, 'stale');
      problem(await put(policy, 'W/"1"'), 400, 'invalid');
      assert.equal((await stage.ask('GET', 'policy')).contact, 'it@example.com');
    });

    test('what it names must exist, and values have bounds', async () => {
      const { version, ...policy } = await stage.ask('GET', 'policy');
      const ghost = '01900000-0000-7000-8000-000000000000';
      for (const change of [{ scope: { everyone: false, groups: [ghost] } }, { whitelist: [ghost] }, { filing: { allowed: true, workflow: ghost } }])
        problem(await stage.admin('PUT', 'policy', { ...policy, ...change }), 422, 'unprocessable');
      for (const change of [{ mode: 'on' }, { pending_days: 0 }, { grant_hours: -1 }, { grant_hours: 1.5 }, { packages: ['../x'] },
        { whitelist: ['me'] }, { version: 3 }, { prompt: { zh: policy.prompt.zh } }, { anti_logoff: 'yes' }, { contact: null }])
        problem(await stage.admin('PUT', 'policy', { ...policy, ...change }), 400, 'invalid');
      assert.equal((await stage.ask('GET', 'policy')).version, version);
    });

    test('whitelist before scope, an empty scope covers nobody, groups say why', async () => {
      const device = await stage.device('laptop-policy');
      const all = await users();
      const tree = await departments();
      let s = await enforced(device, 'everyone', (x) => x.covered);
      assert.deepEqual([s.mode, s.why, s.device, s.key, s.owner.id], ['block', 'everyone', device.id, device.thumbprint, all.lihua.id]);
      assert.deepEqual(s.packages, ['holdfast-client']);
      const first = s.counter;
      await changePolicy({ whitelist: [all.lihua.id] });
      s = await enforced(device, 'whitelist', (x) => x.why === 'whitelist');
      assert.equal(s.covered, false);
      assert.ok(s.counter > first);
      await changePolicy({ whitelist: [], scope: { everyone: false, groups: [] } });
      s = await enforced(device, 'an empty scope', (x) => x.why === 'out of scope');
      assert.equal(s.covered, false);
      const group = await stage.ask('POST', 'user-groups', { name: '研发', rules: [
        { subject: 'department', relation: 'equal', value: tree['研发部'].id }] });
      await changePolicy({ scope: { everyone: false, groups: [group.id] }, packages: ['nginx', 'holdfast-client'], mode: 'audit' });
      s = await enforced(device, 'a group', (x) => x.covered);
      assert.deepEqual([s.why, s.mode, s.packages], ['group 研发', 'audit', ['holdfast-client', 'nginx']]);
      problem(await stage.admin('DELETE', `user-groups/${group.id}`), 409, 'conflict');
      // The group's rules change: so does who is covered.
      await stage.ask('PUT', `user-groups/${group.id}`, { name: '研发', rules: [{ subject: 'user', relation: 'unequal', value: all.lihua.id }] });
      await enforced(device, 'the changed group', (x) => !x.covered);
      await changePolicy({ scope: { everyone: true, groups: [] }, packages: [], mode: 'block' });
      await stage.ask('DELETE', `user-groups/${group.id}`);
    });

    test('every change is in the record, with who made it', async () => {
      const events = (await stage.ask('GET', 'audit?limit=200')).items;
      assert.ok(events.some((e) => e.kind === 'policy-changed' && e.actor === 'console' && e.actor_kind === 'token'));
      assert.ok(events.every((e, i) => i === 0 || events[i - 1].id > e.id), 'newest first');
    });
  });

  describe('device authorization', () => {
    const form = (device, more = {}) => ({ client_id: 'holdfast-client', device_key: device.x, hostname: device.name,
      os: 'Debian GNU/Linux 12', macs: '02:42:AC:11:00:02', client_version: '0.1.0', ...more });
    const ask = (device, more) => call('POST', at('/agent/v1/device_authorization'), { form: form(device, more) });
    const grantType = 'urn:ietf:params:oauth:grant-type:device_code';
    const poll = (device, code, more = {}) => call('POST', at('/agent/v1/token'), { form: { grant_type: grantType,
      client_id: 'holdfast-client', device_code: code, signature: device.sign(`holdfast-token\n${code}`), ...more } });
    const oauth = (answer, error, status = 400) => {
      assert.equal(answer.status, status, answer.text);
      assert.equal(answer.json.error, error, answer.text);
      assert.equal(answer.headers.get('content-type'), 'application/json');
      assert.equal(answer.headers.get('cache-control'), 'no-store');
    };

    test('says where to go, with a code of 8 consonants', async () => {
      const { status, json } = await ask(new Device(stage, 'laptop-1'));
      assert.equal(status, 200);
      assert.match(json.user_code, /^[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}$/);
      assert.equal(json.verification_uri, at('/enrol'));
      assert.equal(json.verification_uri_complete, at(`/enrol?user_code=${json.user_code}`));
      assert.deepEqual([json.expires_in, json.interval], [600, 2]);
    });

    test('a request that is not whole', async () => {
      const device = new Device(stage, 'laptop-2');
      oauth(await ask(device, { client_id: 'another' }), 'invalid_client', 401);
      for (const more of [{ device_key: 'AA' }, { device_key: '' }, { hostname: '' }, { hostname: 'a\nb' }, { hostname: 'h'.repeat(254) },
        { os: '' }, { client_version: '' }, { macs: '02:42' }, { macs: '02:42:ac:11:00:02,' }])
        oauth(await ask(device, more), 'invalid_request');
      const json = await call('POST', at('/agent/v1/device_authorization'), { body: form(device) });
      assert.equal(json.json.error, 'invalid_client');
    });

    test('pending, slow down, unknown code, foreign key, wrong grant type', async () => {
      const device = new Device(stage, 'laptop-3');
      const { json: { device_code: code } } = await ask(device);
      oauth(await poll(device, code), 'authorization_pending');
      oauth(await poll(device, code), 'slow_down');
      oauth(await poll(device, 'A'.repeat(43)), 'invalid_grant');
      oauth(await poll(new Device(stage, 'thief'), code), 'invalid_grant');
      oauth(await poll(device, code, { signature: device.sign('something else') }), 'invalid_grant');
      oauth(await poll(device, code, { signature: 'x' }), 'invalid_request');
      oauth(await poll(device, code, { grant_type: 'password' }), 'unsupported_grant_type');
      oauth(await poll(device, code, { client_id: 'x' }), 'invalid_client', 401);
      oauth(await call('POST', at('/agent/v1/token'), { form: {} }), 'invalid_request');
    });

    test('polling at the interval is not too fast', async () => {
      const device = new Device(stage, 'laptop-4');
      const { json } = await ask(device);
      oauth(await poll(device, json.device_code), 'authorization_pending');
      await sleep(json.interval * 1000);
      oauth(await poll(device, json.device_code), 'authorization_pending');
    });

    test('denied by the person', async () => {
      const device = new Device(stage, 'laptop-5');
      const { json } = await ask(device);
      const browser = await signIn(json.verification_uri_complete, 'lihua');
      const asked = await browser.go('GET', json.verification_uri_complete);
      const page = await browser.go('POST', at('/enrol'), { ...Browser.hidden(asked.text), choice: 'deny' });
      assert.match(page.text, /not connected/);
      oauth(await poll(device, json.device_code), 'access_denied');
    });

    test('allowed: token, org, root, keys, statement and owner; asked again, the same device', async () => {
      const device = new Device(stage, 'laptop-6');
      const { json: { device_code: code, verification_uri_complete: uri } } = await ask(device);
      await device.consent(uri, 'lihua');
      const first = await poll(device, code);
      assert.equal(first.status, 200, first.text);
      assert.equal(first.json.token_type, 'Bearer');
      assert.equal(first.json.expires_in, 3600);
      assert.equal(first.json.owner.name, '李华');
      const keys = verifyJws(first.json.keys, 'holdfast-keys', first.json.root);
      assert.equal(keys.org, first.json.org);
      const statement = verifyJws(first.json.statement, 'holdfast-statement', (kid) => keys.keys.find((k) => k.kid === kid).x);
      assert.deepEqual([statement.org, statement.device, statement.key], [first.json.org, first.json.device, device.thumbprint]);
      const again = await poll(device, code);
      assert.equal(again.json.device, first.json.device);
      oauth(await poll(new Device(stage, 'thief'), code), 'invalid_grant');
      const shown = await stage.ask('GET', `devices/${first.json.device}`);
      assert.deepEqual([shown.name, shown.os, shown.macs, shown.owner.name, shown.key],
        ['laptop-6', 'Debian GNU/Linux 12', ['02:42:ac:11:00:02'], '李华', device.thumbprint]);
    });

    test('signing in again on the same device: the same entry; somebody else: a new owner', async () => {
      const device = await stage.device('laptop-7');
      const id = device.id;
      await device.enrol('lihua');
      assert.equal(device.id, id);
      await device.enrol('wangfang', { switch: '1' });
      assert.equal(device.id, id);
      assert.equal((await stage.ask('GET', `devices/${id}`)).owner.name, '王芳');
    });

    test('a person who is not covered takes over a covered device, which stays as protected as before', async () => {
      const all = await users();
      const device = await stage.device('laptop-8');
      await changePolicy({ whitelist: [all.guqing.id] });
      const other = await stage.device('laptop-9', 'guqing');
      await enforced(other, 'the whitelist', (s) => !s.covered);
      await device.enrol('guqing', { switch: '1' });
      assert.equal((await stage.ask('GET', `devices/${device.id}`)).owner.name, '顾青');
      await enforced(device, 'what held before', (s) => s.covered);
      await changePolicy({ whitelist: [] });
    });
  });

  describe('the consent page', () => {
    const begin = async (name) => {
      const device = new Device(stage, name);
      const { json } = await call('POST', at('/agent/v1/device_authorization'), { form: { client_id: 'holdfast-client', device_key: device.x,
        hostname: name, os: 'Debian <b>12</b>', macs: '', client_version: '0.1.0' } });
      return { json };
    };

    test('asks to sign in first: with one source there, with several by a choice in the reader\'s language', async () => {
      const { json } = await begin('laptop-page');
      const only = await call('GET', json.verification_uri_complete);
      assert.equal(only.status, 303);
      assert.equal(only.headers.get('location'), `/auth/dingtalk/${stage.source.id}?next=${encodeURIComponent(`/enrol?user_code=${json.user_code}`)}`);
      const other = await stage.ask('POST', 'identity-sources', { name: '外包 <人员>', type: 'local' });
      const english = await call('GET', json.verification_uri_complete);
      assert.equal(english.status, 200);
      assert.match(english.text, /Sign in with DingTalk.*示例科技.*Sign in with a local account.*外包 &lt;人员&gt;/s);
      assert.match(english.headers.get('content-security-policy'), /default-src 'none'/);
      assert.match((await call('GET', json.verification_uri_complete, { headers: { 'accept-language': 'zh-CN,zh;q=0.9' } })).text, /使用钉钉登录/);
      assert.match((await call('GET', `${json.verification_uri}?lang=zh`)).text, /使用钉钉登录/);
      await stage.ask('DELETE', `identity-sources/${other.id}`);
    });

    test('shows what asks, escaped, and the question', async () => {
      const { json } = await begin('laptop-shown');
      const browser = await signIn(json.verification_uri_complete, 'lihua');
      const page = await browser.go('GET', json.verification_uri_complete);
      for (const part of ['Are you sitting at this device?', 'laptop-shown', 'Debian &lt;b&gt;12&lt;/b&gt;', '127.0.0.1', json.user_code, '李华'])
        assert.ok(page.text.includes(part), part);
      assert.match((await browser.go('GET', `${json.verification_uri_complete}&lang=zh`)).text, /您正在使用这台设备吗？/);
      const typed = await browser.go('GET', `${json.verification_uri}?user_code=${json.user_code.toLowerCase().replace('-', ' ')}`);
      assert.ok(typed.text.includes('laptop-shown'));
    });

    test('takes an answer only with its own csrf token, and only once', async () => {
      const { json } = await begin('laptop-csrf');
      const browser = await signIn(json.verification_uri_complete, 'lihua');
      const csrf = /name="csrf" value="([^"]*)"/.exec((await browser.go('GET', json.verification_uri_complete)).text)[1];
      const answer = (form, from = browser) => from.once('POST', json.verification_uri, { user_code: json.user_code, choice: 'allow', ...form });
      assert.equal((await answer({ csrf: 'x' })).status, 403);
      assert.equal((await answer({})).status, 400);
      assert.equal((await answer({ csrf, choice: 'maybe' })).status, 400);
      const stranger = await signIn(json.verification_uri_complete, 'guqing');
      assert.equal((await answer({ csrf }, stranger)).status, 403);
      assert.equal((await answer({ csrf })).status, 200);
      assert.equal((await answer({ csrf })).status, 404);
    });

    test('five wrong codes end the session', async () => {
      const { json } = await begin('laptop-codes');
      const browser = await signIn(json.verification_uri_complete, 'lihua');
      for (const code of ['BBBB-BBBB', 'AEIO-UAEI', 'x', 'BBBBBBBBB'])
        assert.equal((await browser.go('GET', `${json.verification_uri}?user_code=${code}`)).status, 404);
      assert.equal((await browser.go('GET', `${json.verification_uri}?user_code=CCCC-CCCC`)).status, 429);
      assert.match((await browser.once('GET', json.verification_uri_complete)).headers.get('location'), /^\/auth\/dingtalk\//);
    });

    test('sign-in: a state works once and in the browser that began it; people from outside do not get in', async () => {
      const { json } = await begin('laptop-state');
      const { back, browser } = await toTheDoor(json.verification_uri_complete, 'lihua');
      assert.equal((await call('GET', back)).status, 400, 'another browser');
      assert.equal((await browser.once('GET', back.replace(/state=[^&]*/, 'state=forged'))).status, 400);
      assert.equal((await browser.once('GET', back)).status, 303);
      assert.equal((await browser.once('GET', back)).status, 400, 'a second time');
      const denied = await toTheDoor(json.verification_uri_complete, 'lihua', 'deny');
      const refused = await denied.browser.once('GET', denied.back);
      assert.equal(refused.status, 400);
      const again = /class="button" href="([^"]*)"/.exec(refused.text)[1];
      assert.match(unescape(again), /^\/enrol\?user_code=/, 'another try keeps the code');
      const elsewhere = await call('GET', at(`/auth/dingtalk/${stage.source.id}?next=//evil.example/`));
      assert.equal(elsewhere.status, 303);
      assert.equal((await call('GET', at('/auth/dingtalk/01900000-0000-7000-8000-000000000000'))).status, 404);
    });

    test('sign-ins that nobody ends are bounded, for each address', async () => {
      const begin = (from) => new Promise((resolve, reject) => {
        http.get(at(`/auth/dingtalk/${stage.source.id}`), { localAddress: from }, (answer) => resolve(answer.resume().statusCode))
          .on('error', reject);
      });
      for (let i = 0; i < 200; i += 1) assert.equal(await begin('127.0.0.2'), 303);
      assert.equal(await begin('127.0.0.2'), 429);
      assert.equal(await begin('127.0.0.3'), 303);
    });
  });

  describe("devices' sessions", () => {
    const session = async (device, more = {}) => {
      const { json: { challenge } } = await call('POST', at('/agent/v1/challenge'), { body: { device: device.id } });
      return call('POST', at('/agent/v1/session'), { body: { device: device.id, challenge,
        signature: device.sign(`holdfast-session\n${device.id}\n${challenge}`), ...more } });
    };

    test('a signed challenge gives a token that works', async () => {
      const device = await stage.device('laptop-session');
      const answer = await session(device);
      assert.equal(answer.status, 200, answer.text);
      assert.equal(answer.json.expires_in, 3600);
      device.token = answer.json.token;
      await device.sync();
    });

    test('a foreign signature, challenge or device, and garbage', async () => {
      const device = await stage.device('laptop-session-2');
      const other = await stage.device('laptop-session-3');
      const foreign = (await call('POST', at('/agent/v1/challenge'), { body: { device: other.id } })).json.challenge;
      problem(await session(device, { signature: other.sign('x') }), 401, 'unauthenticated');
      problem(await session(device, { challenge: foreign, signature: device.sign(`holdfast-session\n${device.id}\n${foreign}`) }), 401, 'unauthenticated');
      problem(await session(device, { challenge: 'AAAA' }), 401, 'unauthenticated');
      const unknown = new Device(stage, 'unknown');
      unknown.id = '01900000-0000-7000-8000-000000000000';
      problem(await session(unknown), 401, 'unauthenticated');
      problem(await call('POST', at('/agent/v1/challenge'), { body: { device: 'x' } }), 400, 'invalid');
      // A token is no challenge and a challenge no token.
      problem(await session(device, { challenge: device.token, signature: device.sign(`holdfast-session\n${device.id}\n${device.token}`) }),
        401, 'unauthenticated');
      device.token = foreign;
      problem(await device.agent('POST', 'sync', {}), 401, 'unauthenticated');
    });

    test('a changed or made-up bearer token', async () => {
      const device = await stage.device('laptop-session-4');
      const good = device.token;
      const other = (letter) => (letter === 'A' ? 'B' : 'A');
      for (const token of ['x', good.slice(0, -2), `${good.slice(0, -2)}${other(good.at(-2))}${good.at(-1)}`, `${other(good[0])}${good.slice(1)}`]) {
        device.token = token;
        for (const where of ['sync', 'receipts', 'requests'])
          problem(await device.agent('POST', where, {}), 401, 'unauthenticated');
      }
    });
  });

  describe('the prompt', () => {
    const said = (json, language) => Object.values(json[language]).map(({ text, from, problem }) => [text, from, problem]);

    test('is previewed in both languages, filled in, with what each text falls back to and why it would be refused', async () => {
      const version = (await stage.ask('GET', 'policy')).version;
      const prompt = { zh: { title: '{package} 受保护', content: '', primary: ' ', secondary: '好' },
        en: { title: '', content: 'Dear {user} of {organisation}: {{ {owner}', primary: '', secondary: 'x'.repeat(31) } };
      const json = await stage.ask('POST', 'policy/prompt-preview', { prompt, user: '{device}', device: 'd', package: 'vpn', organisation: 'Acme' });
      const unknown = '{owner} is not a variable; there are {user}, {device}, {package}, {organisation}, and {{ is a brace';
      assert.deepEqual(said(json, 'zh'), [['vpn 受保护', 'own', null], ['Dear {device} of Acme: { {owner}', 'other-language', null],
        ['去报备', 'default', null], ['好', 'own', null]]);
      assert.deepEqual(said(json, 'en'), [['vpn 受保护', 'other-language', null], ['Dear {device} of Acme: { {owner}', 'own', unknown],
        ['File for Approval', 'default', null], ['x'.repeat(31), 'own', 'must be at most 30 characters, and is 31']]);
      assert.deepEqual([json.zh.title.length, json.zh.title.max, json.en.content.max, json.en.secondary.length], [13, 60, 2000, 31]);
      assert.equal((await stage.ask('GET', 'policy')).version, version);
    });

    test('is refused with the name of a variable that there is not, and reaches devices with the organisation\'s name', async () => {
      const { version, proposal, ...policy } = await stage.ask('GET', 'policy');
      const { prompt } = policy;
      const wrong = await stage.admin('PUT', 'policy', { ...policy, prompt: { ...prompt, en: { ...prompt.en, content: 'Hi {name}' } } });
      problem(wrong, 400, 'invalid');
      assert.match(wrong.json.detail, /^prompt\.en\.content: \{name\} is not a variable/);
      const device = await stage.device('laptop-prompt');
      await changePolicy({ prompt: { ...prompt, zh: { ...prompt.zh, title: '{organisation}的{device}' } } });
      assert.equal((await stage.admin('PUT', 'settings', { organisation_name: 'a\u202eb' })).status, 422);
      await stage.ask('PUT', 'settings', { organisation_name: ' 示例科技 ' });
      const s = await enforced(device, 'the texts', ({ prompt: { zh }, organisation }) => zh.title.includes('{') && organisation);
      assert.match((await call('POST', at('/enrol'), { form: { choice: 'allow' }, headers: { origin: stage.server.url } })).text, /<p class="brand">示例科技 · Holdfast<\/p>/);
      assert.deepEqual([s.prompt.zh.title, s.organisation, s.device_name], ['{organisation}的{device}', '示例科技', 'laptop-prompt']);
      await changePolicy({ prompt });
      await stage.ask('PUT', 'settings', { organisation_name: '' });
    });
  });

  describe('the long poll', () => {
    const body = (device, more = {}) => ({ counter: 0, view: '', held: [], revoked: [], client_version: '0.1.0', wait_ms: 0, ...more });
    // A device that knows everything.
    const current = async (name, userid) => {
      const device = await stage.device(name, userid);
      const { json } = await device.agent('POST', 'sync', body(device));
      const { counter, basis } = JSON.parse(Buffer.from(json.statement.split('.')[1], 'base64url'));
      return { device, known: { counter, basis, view: json.view_tag } };
    };

    test('answers at once with what is new, and then waits', async () => {
      const { device, known } = await current('laptop-poll');
      const began = Date.now();
      const { json } = await device.agent('POST', 'sync', body(device, { ...known, wait_ms: 400 }));
      assert.ok(Date.now() - began >= 390);
      assert.deepEqual([json.keys, json.statement, json.grants, json.revoke], [undefined, undefined, [], []]);
      assert.equal(json.view.owner.name, '李华');
      assert.equal(json.view_tag, known.view);
      assert.ok(Math.abs(json.time_ms - Date.now()) < 60000);
    });

    test('wakes when the policy changes, for those it concerns', async () => {
      const all = await users();
      const concerned = await current('laptop-wakes');
      const other = await current('laptop-sleeps', 'guqing');
      const waits = concerned.device.agent('POST', 'sync', body(concerned.device, { ...concerned.known, wait_ms: 20000 }));
      let woken = false;
      const sleeps = other.device.agent('POST', 'sync', body(other.device, { ...other.known, wait_ms: 3000 })).then((a) => { woken = Date.now(); return a; });
      await sleep(200);
      const began = Date.now();
      await changePolicy({ whitelist: [all.lihua.id] });
      const { json } = await waits;
      assert.ok(Date.now() - began < 3000);
      assert.ok(json.statement && json.keys);
      assert.equal(woken, false, 'the other device sleeps on');
      assert.equal((await sleeps).json.statement, undefined);
      await changePolicy({ whitelist: [] });
    });

    test('wakes when a request of the device changes', async () => {
      const { device, known } = await current('laptop-request');
      const waits = device.agent('POST', 'sync', body(device, { ...known, wait_ms: 20000 }));
      await sleep(200);
      await device.file();
      const { json } = await waits;
      assert.equal(json.view.instance.status, 'pending');
      assert.notEqual(json.view_tag, known.view);
    });

    test('a second poll ends the first', async () => {
      const { device, known } = await current('laptop-twice');
      const first = device.agent('POST', 'sync', body(device, { ...known, wait_ms: 20000 }));
      await sleep(200);
      const second = device.agent('POST', 'sync', body(device, { ...known, wait_ms: 300 }));
      problem(await first, 409, 'conflict');
      assert.equal((await second).status, 200);
    });

    test('a client that leaves costs nothing and can come back', async () => {
      const { device, known } = await current('laptop-leaves');
      for (let i = 0; i < 5; i += 1) {
        const gone = new AbortController();
        const left = fetch(at('/agent/v1/sync'), { method: 'POST', signal: gone.signal,
          headers: { ...bearer(device.token), 'content-type': 'application/json' },
          body: JSON.stringify(body(device, { ...known, wait_ms: 20000 })) }).catch(() => {});
        await sleep(50);
        gone.abort();
        await left;
      }
      assert.equal((await device.agent('POST', 'sync', body(device, known))).status, 200);
    });

    test('what it may not say', async () => {
      const { device } = await current('laptop-wrong');
      for (const more of [{ wait_ms: 50001 }, { wait_ms: -1 }, { counter: -1 }, { counter: Date.now() + 7 * 86400000 }, { held: ['x'] },
        { held: Array(33).fill(device.id) }, { client_version: '' }, { view: 'v'.repeat(65) }, { more: 1 }])
        problem(await device.agent('POST', 'sync', body(device, more)), 400, 'invalid');
    });

    test('a device that is ahead of the server (restored from a backup) gets a newer statement', async () => {
      const { device, known } = await current('laptop-ahead');
      const ahead = known.counter + 3600000;
      const { json } = await device.agent('POST', 'sync', body(device, { counter: ahead }));
      assert.ok(JSON.parse(Buffer.from(json.statement.split('.')[1], 'base64url')).counter > ahead);
    });

    test('presence: online from the first poll on, and the version it runs', async () => {
      const { device } = await current('laptop-presence');
      await device.agent('POST', 'sync', body(device, { client_version: '0.2.0' }));
      const shown = await stage.ask('GET', `devices/${device.id}`);
      assert.equal(shown.state, 'online');
      assert.equal(shown.client_version, '0.2.0');
      assert.ok(Date.now() - shown.last_seen_ms < 60000);
    });
  });

  describe('receipts', () => {
    const receipt = (kind, more = {}) => ({ id: uuid7(), kind, package: 'holdfast-client', at_ms: Date.now(), boot: 'b', ...more });

    test('are accepted once by id and stand in the record', async () => {
      const device = await stage.device('laptop-receipts');
      const attempt = receipt('attempt');
      const send = (...receipts) => device.agent('POST', 'receipts', { receipts });
      assert.deepEqual((await send(attempt, receipt('let-through', { text: 'audit mode' }))).json.accepted[0], attempt.id);
      assert.equal((await send(attempt)).status, 200);
      const events = (await stage.ask('GET', `audit?device=${device.id}`)).items;
      assert.equal(events.filter((e) => e.kind === 'removal-refused').length, 1);
      assert.match(events.find((e) => e.kind === 'removal-let-through').text, /audit mode/);
    });

    test('removals change the device\'s state', async () => {
      const device = await stage.device('laptop-removed');
      const state = async (kind, more) => {
        const answer = await device.agent('POST', 'receipts', { receipts: [receipt(kind, more)] });
        assert.equal(answer.status, 200, answer.text);
        return (await stage.ask('GET', `devices/${device.id}`)).state;
      };
      assert.notEqual(await state('removed', { package: 'nginx' }), 'uninstalled');
      assert.equal(await state('removed'), 'uninstalled');
      assert.equal(await state('removed-without-grant'), 'removed-without-grant');
      await device.enrol('lihua');
      assert.notEqual((await stage.ask('GET', `devices/${device.id}`)).state, 'removed-without-grant');
    });

    test('a bad one refuses them all', async () => {
      const device = await stage.device('laptop-bad-receipts');
      const good = receipt('attempt');
      for (const bad of [receipt('unknown'), receipt('consumed'), receipt('attempt', { id: 'x' }), receipt('attempt', { grant: 'x' }),
        receipt('attempt', { at_ms: -1 }), receipt('attempt', { extra: 1 })])
        problem(await device.agent('POST', 'receipts', { receipts: [good, bad] }), 400, 'invalid');
      assert.equal((await stage.ask('GET', `audit?device=${device.id}`)).items.filter((e) => e.kind === 'removal-refused').length, 0);
    });
  });

  describe('the program', () => {
    test('--help and --version', () => {
      assert.match(command('--help').stdout, /--data-dir DIR/);
      assert.match(command('--version').stdout, /^holdfast-server \d/);
      for (const wrong of [['--nonsense'], ['frobnicate'], ['serve', '--listen'], ['token', 'create', ...stage.options]])
        assert.equal(command(...wrong).status, 2, wrong.join(' '));
      assert.match(command('serve', '--listen').stderr, /--listen needs a value/);
    });

    test('check says what is wrong, beside a running server too', () => {
      const check = (...more) => command('check', ...stage.options, ...more);
      const { status, stdout, stderr } = check();
      assert.equal(status, 0, stderr);
      assert.match(stdout, /in order/);
      for (const [options, words] of [
        [['--listen', 'nonsense'], /nonsense: not an address/],
        [['--listen', '0.0.0.0:8440'], /--public-url is needed/],
        [['--public-url', 'http://two words'], /--public-url must be/],
        [['--trusted-proxies', '127.0.0.1, 10.0.0.1/8'], /--trusted-proxies: "10.0.0.1\/8" is no address or network/],
        [['--data-dir', ''], /--data-dir must not be empty/],
        [['--tls-cert', '/nowhere/cert.pem', '--tls-key', '/nowhere/key.pem'], /\/nowhere\/cert.pem: No such file/],
      ]) {
        const refused = check(...options);
        assert.notEqual(refused.status, 0, options.join(' '));
        assert.match(refused.stderr, words);
      }
    });

    test('a second server on the same folder, or the same address, does not start', () => {
      const same = command('serve', ...stage.options, '--listen', '127.0.0.1:0');
      assert.equal(same.status, 1);
      assert.match(same.stderr, /another holdfast-server runs on/);
      const folder = path.join(stage.folder, 'other');
      const taken = command('serve', '--data-dir', folder, '--listen', new URL(stage.server.url).host);
      assert.equal(taken.status, 1);
      assert.match(taken.stderr, /the address is taken/);
    });

    test('a lost or wrong master key is said, and no new one takes its place', async () => {
      const key = path.join(stage.folder, 'data', 'master.key');
      const good = readFileSync(key);
      await stage.server.stop();
      try {
        rmSync(key);
        for (const of of ['check', 'serve'])
          assert.match(command(of, ...stage.options, '--listen', '127.0.0.1:0').stderr, /master.key is missing, and the secrets/);
        writeFileSync(key, `${'ab'.repeat(32)}\n`, { mode: 0o600 });
        assert.match(command('serve', ...stage.options, '--listen', '127.0.0.1:0').stderr, /master key does not open/);
      } finally {
        writeFileSync(key, good, { mode: 0o600 });
        await stage.serve();
      }
    });

    test('the root secret is shown once; a new epoch needs it and reaches devices', async () => {
      const device = await stage.device('laptop-epoch');
      const before = await enforced(device, 'a statement', () => true);
      const shown = command('keys', 'root', ...stage.options);
      assert.equal(shown.status, 0, shown.stderr);
      assert.match(shown.stdout, /^hfr_[A-Za-z0-9_-]{43}\n$/);
      assert.notEqual(command('keys', 'root', ...stage.options).status, 0);
      const renew = (input) => spawnSync(path.join(build, 'holdfast-server'), ['keys', 'renew', ...stage.options], { input, encoding: 'utf8' });
      assert.equal(renew(`hfr_${'A'.repeat(43)}\n`).status, 2);
      assert.equal(renew('').status, 2);
      const renewed = renew(shown.stdout);
      assert.equal(renewed.status, 0, renewed.stderr);
      await stage.server.stop();
      await stage.serve();
      const { statement, keys } = (await device.agent('POST', 'sync',
        { counter: before.counter, view: '', held: [], revoked: [], client_version: '0.1.0', wait_ms: 0 })).json;
      const list = verifyJws(keys, 'holdfast-keys', device.enrolled.root);
      assert.deepEqual([list.epoch, list.keys.length], [2, 2]);
      assert.equal(JSON.parse(Buffer.from(statement.split('.')[0], 'base64url')).kid, list.keys[0].kid);
    });

    test('SIGTERM while DingTalk is slow about a sign-in: what is at work ends first', async () => {
      const { browser, back } = await toTheDoor(at('/enrol'), 'lihua');
      stage.proxy.late(4500);
      const left = browser.once('GET', back).catch(() => {});
      await until('DingTalk is asked', () => stage.proxy.wait === 0);
      await stage.server.stop();
      await left;
      await stage.serve();
    });

    test('SIGTERM ends it cleanly with polls parked; tokens, devices and policy are there afterwards', async () => {
      const device = await stage.device('laptop-restart');
      const { json } = await device.agent('POST', 'sync', { counter: 0, view: '', held: [], revoked: [], client_version: '0.1.0', wait_ms: 0 });
      const { counter, basis } = JSON.parse(Buffer.from(json.statement.split('.')[1], 'base64url'));
      const parked = device.agent('POST', 'sync', { counter, basis, view: json.view_tag, held: [], revoked: [], client_version: '0.1.0', wait_ms: 50000 });
      await sleep(200);
      const began = Date.now();
      await stage.server.stop();
      assert.ok(Date.now() - began < 5000);
      problem(await parked, 503, 'unavailable');
      await stage.serve();
      assert.equal((await call('GET', at('/healthz'))).status, 200);
      assert.equal((await call('GET', at('/readyz'))).status, 200);
      await device.sync();
      assert.ok((await stage.ask('GET', 'policy')).version > 0);
    });
  });
});
