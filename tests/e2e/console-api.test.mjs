// What the console asks for beside the nouns of the product: ways to sign in, the own name and saved views, keys, how the
// audit record stands.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { account } from './accounts.mjs';
import { unclocked } from './clock.mjs';
import { Stage, build, call, until } from './stage.mjs';

const databases = [['SQLite', undefined]];
if (process.env.HOLDFAST_TEST_POSTGRESQL) databases.push(['PostgreSQL', process.env.HOLDFAST_TEST_POSTGRESQL]);

function good(answer, status = 200) {
  assert.equal(answer.status, status, answer.text);
  return answer.json;
}

function refused(answer, status, what) {
  assert.equal(answer.status, status, answer.text);
  assert.match(answer.json.detail, what);
}

// An account in a browser: its cookie, and what changes something carries its csrf.
async function browser(stage, email, password) {
  const at = (where) => `${stage.server.url}${where}`;
  let answer;
  await until('a place for hashing', async () => {
    answer = await call('POST', at('/auth/login'), { body: { email, password } });
    return answer.status !== 503;
  });
  good(answer);
  const cookie = answer.headers.getSetCookie().map((line) => line.split(';')[0]).join('; ');
  return (method, where, body, headers = {}) => call(method, at(`/api/v1/${where}`), { body,
    headers: { cookie, ...(method === 'GET' ? {} : { 'x-csrf-token': answer.json.csrf_token }), ...headers } });
}

for (const [database, postgresql] of databases) describe(`on ${database}`, { skip: unclocked(path.join(build, 'holdfast-server')) }, () => {
  let stage;
  let me;
  const ways = async (query = '') => good(await call('GET', `${stage.server.url}/auth/ways${query}`));

  before(async () => { stage = await Stage.open({ subscribed: false, postgresql, virtual: true }); });
  after(async () => { await stage?.close(); });

  test('the ways to sign in are told to anybody, before there is an account too', async () => {
    const first = await ways();
    assert.deepEqual({ ...first, sources: [] }, { organisation_name: '', set_up: false, password: true, sources: [] });
    const { invitation } = await stage.ask('POST', 'accounts', { name: '王芳', email: 'wang@example.com', role: 'approver', language: 'zh' });
    const secret = new URL(invitation.link).hash.slice(1);
    await until('a place for hashing', async () => {
      const answer = await call('POST', `${stage.server.url}/api/v1/setup`, { body: { secret, password: 'correct horse battery' } });
      return answer.status !== 503 && good(answer);
    });
    me = await browser(stage, 'wang@example.com', 'correct horse battery');
    await stage.ask('PUT', 'settings', { organisation_name: '示例科技' });
    const local = await stage.ask('POST', 'identity-sources', { name: '外部人员', type: 'local' });
    await until('the name', async () => (await ways()).organisation_name === '示例科技');
    const now = await ways('?next=%2Fconsole%2Finstances');
    assert.equal(now.set_up, true);
    assert.deepEqual(now.sources, [{ id: stage.source.id, name: '示例科技', type: 'dingtalk',
      address: `/auth/dingtalk/${stage.source.id}?for=console&next=%2Fconsole%2Finstances` }]);
    const there = await call('GET', stage.server.url + now.sources[0].address);
    assert.equal(there.status, 303);
    assert.ok(there.headers.get('location').startsWith(stage.proxy.url));
    // Another site's address is none of ours.
    assert.match((await ways('?next=%2F%2Fevil.example')).sources[0].address, /next=%2Fconsole$/);
    assert.ok(local.id);
    await stage.ask('PUT', `identity-sources/${stage.source.id}`, { name: '示例科技', enabled: false });
    assert.deepEqual((await ways()).sources, []);
    await stage.ask('PUT', `identity-sources/${stage.source.id}`, { name: '示例科技', enabled: true });
  });

  test('an account chooses its own language and name, and nothing else', async () => {
    const before = await me('GET', 'me');
    assert.equal(before.json.account.language, 'zh');
    const changed = await me('PUT', 'me', { language: 'en' }, { 'if-match': before.headers.get('etag') });
    assert.equal(good(changed).account.language, 'en');
    assert.equal(changed.json.name, '王芳');
    assert.equal((await me('PUT', 'me', { language: 'zh' }, { 'if-match': before.headers.get('etag') })).status, 412);
    assert.equal(good(await me('PUT', 'me', { name: ' 王小芳 ' })).name, '王小芳');
    assert.equal(good(await me('GET', 'me')).account.name, '王小芳');
    assert.equal((await me('PUT', 'me', { role: 'owner' })).status, 400);
    assert.equal((await me('PUT', 'me', { name: ' ' })).status, 400);
    assert.equal((await stage.admin('PUT', 'me', { name: 'x' })).status, 403);
    const [event] = (await stage.ask('GET', 'audit?kind=account-changed&limit=1')).items;
    assert.equal(event.actor_kind, 'account');
    assert.deepEqual([event.record.detail.before.name, event.record.detail.after.name], ['王芳', '王小芳']);
    // What is the same already changes nothing.
    good(await me('PUT', 'me', { name: '王小芳' }));
    assert.equal((await stage.ask('GET', 'audit?kind=account-changed&limit=1')).items[0].id, event.id);
  });

  test('saved views are an account\'s own and replaced as a whole', async () => {
    const none = await me('GET', 'me/views');
    assert.deepEqual(good(none), { items: [] });
    const items = [{ name: '研发部待审批', page: 'instances', query: 'status=pending&department=x' }, { name: 'all', page: 'devices', query: '' }];
    const saved = await me('PUT', 'me/views', { items }, { 'if-match': none.headers.get('etag') });
    assert.deepEqual(good(saved), { items });
    assert.equal((await me('PUT', 'me/views', { items: [] }, { 'if-match': none.headers.get('etag') })).status, 412);
    const read = await me('GET', 'me/views');
    assert.deepEqual(good(read), { items });
    assert.equal(read.headers.get('etag'), saved.headers.get('etag'));
    assert.equal((await me('GET', 'me/views', undefined, { 'if-none-match': read.headers.get('etag') })).status, 304);
    const other = await account(stage, 'other', 'auditor');
    assert.deepEqual(good(await other.admin('GET', 'me/views')), { items: [] });
    assert.equal((await stage.admin('GET', 'me/views')).status, 409);
    const longest = { name: '长'.repeat(60), page: 'x'.repeat(40), query: '文'.repeat(1000) };
    good(await me('PUT', 'me/views', { items: Array(50).fill(longest) }));
    assert.equal(good(await me('GET', 'me/views')).items.length, 50);
    for (const bad of [Array(51).fill(items[0]), [{ ...longest, name: '长'.repeat(61) }], [{ ...longest, query: 'x'.repeat(1001) }],
      [{ ...longest, name: ' ' }], [{ ...longest, query: 'a\nb' }]])
      assert.equal((await me('PUT', 'me/views', { items: bad })).status, 400);
    // Whoever is deleted leaves none behind.
    good(await other.admin('PUT', 'me/views', { items }));
    good(await stage.admin('DELETE', `accounts/${other.id}`), 204);
    assert.equal(stage.sql('SELECT COUNT(*) FROM account_views'), '1');
  });

  test('names of many ids at once, and groups to pick from', async () => {
    const users = (await stage.ask('GET', 'users?limit=200')).items;
    const departments = (await stage.ask('GET', 'departments?limit=200')).items;
    const unknown = '01900000-0000-7000-8000-000000000000';
    const names = await stage.ask('POST', 'names', { users: [unknown, ...users.map((u) => u.id)], departments: departments.slice(0, 2).map((d) => d.id) });
    assert.deepEqual(names.users, users.map((u) => ({ id: u.id, name: u.name, source: '示例科技', gone: false })));
    assert.deepEqual(names.departments.map((d) => d.name), departments.slice(0, 2).map((d) => d.name));
    assert.deepEqual(await stage.ask('POST', 'names', {}), { users: [], departments: [] });
    assert.equal((await stage.admin('POST', 'names', { users: Array(201).fill(unknown) })).status, 400);
    for (let i = 0; i < 60; i++)
      await stage.ask('POST', 'user-groups', { name: `group ${i}`, rules: [{ subject: 'user', relation: 'equal', value: users[i % users.length].id }] });
    const whole = [];
    for (let next = ''; next !== null;) {
      const page = await stage.ask('GET', `user-groups?limit=50${next && `&cursor=${next}`}`);
      whole.push(...page.items);
      next = page.next;
    }
    const { items } = await stage.ask('GET', 'user-groups/summaries');
    assert.equal(items.length, 61);
    assert.deepEqual(items, whole.map(({ id, name, description, members, departed, in_scope: inScope }) => ({ id, name, description, members, departed, in_scope: inScope })));
  });

  test('keys: which there are, a new one, and what is said when the root is elsewhere', async () => {
    const keys = await stage.ask('GET', 'keys');
    assert.equal(keys.root.on_server, true);
    assert.deepEqual(keys.epochs.map((k) => [k.epoch, k.state, k.listed]), [[1, 'current', true]]);
    assert.deepEqual([keys.renewal.by_itself, keys.renewal.command], [true, null]);
    assert.equal(keys.epochs[0].expires_ms - keys.renewal.due_ms, 30 * 24 * 3600 * 1000);
    refused(await stage.admin('POST', 'keys/renew', {}), 409, /less than a day ago/);
    stage.clock.forward(25 * 3600 * 1000);
    const renewed = await stage.ask('POST', 'keys/renew', {});
    assert.deepEqual(renewed.epochs.map((k) => [k.epoch, k.state]), [[2, 'next'], [1, 'current']]);
    await until('its use', async () => {
      stage.clock.forward(61000);
      return (await stage.ask('GET', 'keys')).epochs[0].state === 'current';
    });
    assert.equal((await stage.ask('GET', 'keys')).epochs[1].state, 'earlier');
    assert.equal((await stage.ask('GET', 'audit?kind=key-renewed')).items.length, 1);
    const auditor = await account(stage, 'auditor', 'auditor');
    good(await auditor.admin('GET', 'keys'));
    assert.equal((await auditor.admin('POST', 'keys/renew', {})).status, 403);
    const approver = await account(stage, 'approver', 'approver');
    for (const where of ['keys', 'audit/chain', 'audit/verify']) assert.equal((await approver.admin('GET', where)).status, 403, where);
    const taken = spawnSync(path.join(build, 'holdfast-server'), ['keys', 'root', ...stage.options], { encoding: 'utf8', env: { ...process.env, ...stage.clock.environment } });
    assert.equal(taken.status, 0, taken.stderr);
    const without = await stage.ask('GET', 'keys');
    assert.equal(without.root.on_server, false);
    assert.equal(without.root.key_id, keys.root.key_id);
    assert.deepEqual([without.renewal.by_itself, without.renewal.command], [false, 'holdfast-server keys renew --config FILE']);
    refused(await stage.admin('POST', 'keys/renew', {}), 409, /holdfast-server keys renew/);
  });

  test('how the audit record stands, and whether it is what was written', async () => {
    for (let i = 0; i < 30; i++) await stage.ask('PUT', 'settings', { language: i % 2 ? 'zh' : 'en' });
    const count = () => Number(stage.sql('SELECT COUNT(*) FROM events'));
    // The server may write something of its own at any moment: what was read has to belong together.
    const [proof, bound, newest] = await until('a quiet moment', async () => {
      const verified = await stage.ask('GET', 'audit/verify');
      const chain = await stage.ask('GET', 'audit/chain');
      const [last] = (await stage.ask('GET', 'audit?limit=1')).items;
      return verified.records === count() && chain.chains[0].sequence === count() && [verified, chain, last];
    });
    assert.deepEqual([proof.verified, proof.whole, proof.next, proof.findings, proof.first_bad], [true, true, null, 0, null]);
    assert.equal(proof.root, (await stage.ask('GET', 'keys')).root.public_key);
    assert.equal(bound.checkpoint.number, proof.last);
    assert.equal(bound.checkpoint.key_id, (await stage.ask('GET', 'keys')).epochs[0].key_id);
    assert.deepEqual([bound.chains.length, bound.chains[0].here, bound.chains[0].unbound], [1, true, 0]);
    assert.deepEqual([bound.chains[0].at_ms, bound.chains[0].node], [newest.at_ms, newest.node]);
    await until('a record that no checkpoint binds yet', async () => {
      await stage.ask('PUT', 'settings', { language: 'en' });
      return (await stage.ask('GET', 'audit/chain')).chains[0].unbound > 0;
    });

    // Piece by piece, from the first on.
    const before = count();
    let seen = 0;
    let part = { next: undefined, whole: false };
    while (!part.whole) {
      part = await stage.ask('GET', `audit/verify?records=20&${part.next ? `after=${part.next}` : 'from=1'}`);
      assert.equal(part.verified, true);
      assert.equal(part.whole, part.next === null);
      seen += part.records;
    }
    assert.ok(seen >= before && seen <= count(), `${seen} of ${before}`);
    const last = await stage.ask('GET', 'audit/verify?records=1');
    assert.deepEqual([last.verified, last.whole, last.checkpoints], [true, false, 2]);
    assert.equal((await stage.admin('GET', `audit/verify?after=${part.last + 100}`)).status, 422);

    const [id, sequence, node] = stage.sql("SELECT id, sequence, node FROM events WHERE kind = 'settings-changed' ORDER BY id LIMIT 1").split('|');
    stage.sql(`UPDATE events SET record = REPLACE(record, 'language', 'Language') WHERE id = '${id}'`);
    const found = await stage.ask('GET', 'audit/verify?from=1');
    assert.equal(found.verified, false);
    assert.deepEqual([found.first_bad.node, found.first_bad.sequence], [node, Number(sequence)]);
    assert.match(found.first_bad.what, /was changed/);
  });
});
