// Devices as administrators see and change them, end to end: lists with every filter against a plain reading of the same
// rows, what follows when one is lost, unbound, found again or deleted, who may do what.
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import http from 'node:http';
import { after, before, describe, test } from 'node:test';
import { Machine, isRoot } from './machine.mjs';
import { Device, Stage, call, until } from './stage.mjs';

const postgresql = process.env.HOLDFAST_TEST_POSTGRESQL;
const databases = [['SQLite', {}], ['PostgreSQL', { postgresql }]].filter(([name]) => name === 'SQLite' || postgresql);
const nobody = '01900000-0000-7000-8000-000000000000'; // an id that nothing has
const day = 24 * 3600 * 1000;

for (const [name, options] of databases) describe(`devices on ${name}`, { concurrency: 1 }, () => {
  let stage, users, departments, group;
  const device = {}; // the living ones, by name
  const get = (where, token = stage.token) =>
    call('GET', `${stage.server.url}/api/v1/${where}`, { headers: { authorization: `Bearer ${token}` } });
  const post = (where, body, { token = stage.token, ...headers } = {}) =>
    call('POST', `${stage.server.url}/api/v1/${where}`, { body, headers: { authorization: `Bearer ${token}`, ...headers } });
  const every = async (query = '', limit = 200, token = stage.token) => {
    const items = [];
    for (let next = ''; next !== null;) {
      const answer = await get(`devices?${[`limit=${limit}`, `cursor=${encodeURIComponent(next)}`, query].join('&').replace(/&+$/, '')}`, token);
      assert.equal(answer.status, 200, answer.text);
      items.push(...answer.json.items);
      ({ next } = answer.json);
    }
    return items;
  };
  const names = async (query, limit, token) => (await every(query, limit, token)).map((d) => d.name);
  const of = (d) => stage.ask('GET', `devices/${d.id}`);
  const act = (d, what, reason = '在火车上丢了', headers = {}) => post(`devices/${d.id}/${what}`, { reason }, headers);
  const done = async (...args) => {
    const answer = await act(...args);
    assert.ok(answer.status < 300, answer.text);
    return answer.json;
  };
  const limited = (role, ...within) => {
    const token = `hft_${crypto.randomBytes(32).toString('base64url')}`;
    const hash = crypto.createHash('sha256').update(token).digest('hex');
    const [owner, id] = [crypto.randomUUID(), crypto.randomUUID()];
    const blob = options.postgresql ? `'\\x${hash}'` : `x'${hash}'`;
    stage.sql(`INSERT INTO accounts (id, name, email, role, state, language, created_ms, updated_ms) VALUES ('${owner}', '审批 ${role}', '${owner}', '${role}', 'active', 'zh', 1, 1)`);
    for (const d of within) stage.sql(`INSERT INTO account_departments (account, department) VALUES ('${owner}', '${departments[d].id}')`);
    stage.sql(`INSERT INTO tokens (id, name, role, account, hash, created_ms) VALUES ('${id}', 't', '${role}', '${owner}', ${blob}, 1)`);
    return token;
  };

  before(async () => {
    stage = await Stage.open({ ...options, virtual: true });
    users = Object.fromEntries((await stage.ask('GET', 'users?limit=200')).items.map((u) => [u.external_id, u]));
    departments = Object.fromEntries((await stage.ask('GET', 'departments?limit=200')).items.map((d) => [d.name, d]));
    group = await stage.ask('POST', 'user-groups', { name: '客户端', rules: [{ subject: 'department', relation: 'equal', value: departments['客户端组'].id }] });
    const { version, ...policy } = await stage.ask('GET', 'policy');
    await stage.ask('PUT', 'policy', { ...policy, whitelist: [users.guqing.id] });
    for (const [n, [title, owner]] of [['laptop-2', 'lihua'], ['Laptop-1', 'lihua'], ['财务-台式机', 'guqing'], ['kiosk', 'zhoumin'], ['test', 'wangfang'],
      ['100%_pc', 'wangfang']].entries()) {
      device[title] = await stage.device(title, owner);
      stage.sql(`UPDATE devices SET macs = '52:54:00:12:34:0${n},aa:bb:cc:00:00:0${n}', client_version = '0.${n % 2}' WHERE id = '${device[title].id}'`);
    }
    // Long ago, days ago, and since then: stored as another server would have.
    const now = stage.now();
    stage.sql(`UPDATE devices SET last_seen_ms = ${Math.round(now - 31 * day)} WHERE id = '${device.kiosk.id}'`);
    stage.sql(`UPDATE devices SET last_seen_ms = ${Math.round(now - 3 * day)} WHERE id = '${device.test.id}'`);
    stage.sql(`UPDATE people SET departed = 1 WHERE id = '${users.zhoumin.id}'`);
  }, { timeout: 120000 });
  after(() => stage?.close());

  test('a list says of each who has it, whether it is there and covered, and why', async () => {
    const all = Object.fromEntries((await every()).map((d) => [d.name, d]));
    assert.equal(Object.keys(all).length, 6);
    const one = all['财务-台式机'];
    assert.deepEqual(one.owner, { id: users.guqing.id, name: '顾青', department: '财务部', source: stage.source.id, source_name: '示例科技', departed: false });
    assert.deepEqual([one.coverage, one.state, one.online], [{ covered: false, why: 'whitelist' }, 'online', true]);
    assert.deepEqual(all.kiosk.coverage, { covered: true, why: 'everyone' });
    assert.deepEqual([all.kiosk.state, all.test.state], ['long-offline', 'offline']);
    assert.equal(all.kiosk.owner.departed, true);
    assert.deepEqual(all.test.macs, ['52:54:00:12:34:04', 'aa:bb:cc:00:00:04']);
  });

  test('every filter finds what a reader finds', async () => {
    const order = 'sort=name&';
    const expected = {
      'state=online': ['100%_pc', 'laptop-1', 'laptop-2', '财务-台式机'],
      'state=offline': ['test'],
      'state=long-offline': ['kiosk'],
      'state=offline,long-offline': ['kiosk', 'test'],
      'state=online,offline,long-offline': ['100%_pc', 'kiosk', 'laptop-1', 'laptop-2', 'test', '财务-台式机'],
      'state=lost,online&covered=false': ['财务-台式机'],
      'state=lost': [],
      [`owner=${users.lihua.id}`]: ['laptop-1', 'laptop-2'],
      [`owner=${nobody}`]: [],
      [`department=${departments['研发部'].id}`]: ['100%_pc', 'laptop-1', 'laptop-2', 'test'],
      [`department=${departments['客户端组'].id}`]: ['laptop-1', 'laptop-2'],
      [`department=${departments['财务部'].id}&state=offline`]: [],
      [`group=${group.id}`]: ['laptop-1', 'laptop-2'],
      [`group=${nobody}`]: [],
      [`source=${stage.source.id}&os=debian`]: ['100%_pc', 'kiosk', 'laptop-1', 'laptop-2', 'test', '财务-台式机'],
      [`source=${nobody}`]: [],
      'covered=false': ['财务-台式机'],
      'covered=true&client_version=0.0': ['laptop-2', 'test'],
      'os=windows': [],
      'client_version=0.1': ['100%_pc', 'kiosk', 'laptop-1'],
      'flag=owner-departed': ['kiosk'],
      'flag=cloned': [], 'flag=waiting': [], 'flag=signed-out,owner-departed': [],
      [`seen_to=${Math.round(stage.now() - 2 * day)}`]: ['kiosk', 'test'],
      [`seen_from=${Math.round(stage.now() - 4 * day)}&seen_to=${Math.round(stage.now() - 2 * day)}`]: ['test'],
      'search=LAPTOP': ['laptop-1', 'laptop-2'],
      [`search=${encodeURIComponent('财务')}`]: ['财务-台式机'],
      [`search=${encodeURIComponent('顾青')}`]: ['财务-台式机'],
      [`search=${encodeURIComponent('李')}`]: ['laptop-1', 'laptop-2'],
      [`search=${encodeURIComponent('0%_')}`]: ['100%_pc'],
      'search=aa-bb-cc-00-00-03': ['kiosk'],
      'search=AABBCC000003': ['kiosk'],
      'search=52:54:00:12:34:04': ['test'],
      [`search=${device.kiosk.id.slice(0, 36)}`]: ['kiosk'],
      [`search=${device.kiosk.id}&covered=false`]: [],
    };
    for (const [query, want] of Object.entries(expected))
      assert.deepEqual((await names(order + query)).map((n) => n.toLowerCase()).sort(), want, query);
  });

  test('counts are those of the list, with its filters', async () => {
    for (const query of ['', 'covered=true', 'state=offline,long-offline', `department=${departments['研发部'].id}`, 'search=nothing']) {
      const [all, counts] = [await every(query), (await get(`devices/counts?${query}`.replace(/\?$/, ''))).json];
      const of = (state) => all.filter((d) => d.state === state).length;
      assert.deepEqual(counts, { total: all.length, online: of('online'), offline: of('offline'), long_offline: of('long-offline'), lost: 0, unbound: 0,
        uninstalled: 0, removed_without_grant: 0, presumed_uninstalled: 0, covered: all.filter((d) => d.coverage.covered).length,
        not_covered: all.filter((d) => !d.coverage.covered).length }, query);
    }
    assert.equal((await get('devices/counts?sort=name')).status, 400);
  });

  test('what is no filter is refused in words', async () => {
    for (const [query, word] of [['state=broken', 'state: there is no state broken'], ['flag=red', 'flag: there is no flag red'], ['owner=x', 'owner'],
      ['covered=maybe', 'covered'], ['sort=colour', 'sort'], ['limit=0', 'limit'], ['cursor=x', 'cursor'], ['sort=last-seen&cursor=1', 'cursor'],
      [`sort=last-seen&cursor=${nobody}`, 'cursor'], ['search=%20', 'search: needs a character'], ['colour=red', 'colour']]) {
      const answer = await get(`devices?${query}`);
      assert.equal(answer.status, 400, query);
      assert.match(answer.json.detail, new RegExp(word), query);
    }
  });

  test('each order holds over pages of any size, forwards and backwards', async () => {
    const all = await every();
    const by = {
      enrolled: (d) => d.id,
      name: (d) => d.name.toLowerCase(),
      'last-seen': (d) => String(d.last_seen_ms).padStart(20, '0'),
    };
    for (const [sort, key] of Object.entries(by)) {
      for (const filter of ['', 'covered=true', 'state=online,offline']) {
        const fit = new Set((await every(filter)).map((d) => d.id));
        const keys = all.filter((d) => fit.has(d.id)).map(key);
        for (const limit of [1, 2, 4, 200]) {
          const up = await every(`sort=${sort}&order=ascending&${filter}`, limit);
          const down = await every(`sort=${sort}&order=descending&${filter}`, limit);
          assert.equal(new Set(up.map((d) => d.id)).size, keys.length, `${sort} by ${limit}, ${filter}`);
          assert.deepEqual(down.map((d) => d.id), up.map((d) => d.id).reverse(), `${sort} by ${limit}, ${filter}`);
          if (sort !== 'name') assert.deepEqual(up.map(key), keys.toSorted(), sort);
        }
      }
    }
    assert.deepEqual(all.map((d) => d.id), all.map((d) => d.id).sort().reverse());
  });

  test('who stops waiting for news is offline at once, and online again with the next question', async () => {
    const d = device['laptop-2'];
    const { hostname, port } = new URL(stage.server.url);
    const ask = (wait_ms) => new Promise((resolve) => {
      const request = http.request({ hostname, port, method: 'POST', path: '/agent/v1/sync', headers: { 'content-type': 'application/json',
        authorization: `Bearer ${d.token}` } }, (answer) => { answer.resume(); resolve(request); });
      request.on('error', () => {});
      request.end(JSON.stringify({ ...has, view: d.tag, held: [], revoked: [], client_version: '0.1', wait_ms }));
      if (wait_ms) resolve(request);
    });
    const { counter, basis } = JSON.parse(Buffer.from((await d.sync()).statement.split('.')[1], 'base64url'));
    const has = { counter, basis };
    await ask(0);
    assert.deepEqual([(await of(d)).state, (await of(d)).statement.newest, (await of(d)).statement.held], ['online', true, counter]);
    const parked = await ask(50000);
    await until('the poll is parked', async () => (await of(d)).online);
    parked.destroy();
    await until('it is offline', async () => (await of(d)).state === 'offline');
    assert.deepEqual(await names(`state=offline&owner=${users.lihua.id}`), ['laptop-2']);
    await ask(0);
    assert.equal((await of(d)).state, 'online');
  });

  test('a lost device stays protected and can file nothing, until it is found', async () => {
    const d = device['laptop-2'];
    const filed = await d.file('先报备');
    const released = await d.file('再来一次', { package: 'holdfast-client' }).catch(() => undefined);
    assert.equal(released, undefined); // it is the same one
    const lost = await done(d, 'lost');
    assert.equal(lost.state, 'lost');
    assert.equal(lost.online, true);
    assert.deepEqual(lost.coverage, { covered: true, why: 'everyone' });
    assert.equal((await stage.instance(filed.id)).status, 'revoked');
    const told = await d.sync();
    assert.equal(told.view.device_state, 'lost');
    const refused = await d.agent('POST', 'requests', { reason: '报废', package: 'holdfast-client' });
    assert.equal(refused.status, 403);
    assert.match(refused.json.detail, /reported lost/);
    assert.equal((await act(d, 'lost')).status, 409);
    assert.deepEqual((await of(d)).may, { unbind: true, lost: false, found: true, delete: false });
    assert.equal((await done(d, 'found', '找到了')).state, 'online');
    assert.equal((await d.sync()).view.device_state, undefined);
    assert.equal((await d.file('报废')).status, 'pending');
    const { states, uses } = await of(d);
    assert.deepEqual(states.map((s) => [s.state, s.by, s.why]), [['active', 'console', '找到了'], ['lost', 'console', '在火车上丢了'], ['active', '李华', 'enrolled']]);
    assert.deepEqual(uses, { requests: 2, pending: 1, live_grants: 0, removals: 0 });
  });

  test('a grant is called back when its device is lost', async () => {
    const d = device['laptop-2'];
    const { id } = (await stage.ask('GET', `instances?device=${d.id}&status=pending`)).items[0];
    await stage.ask('POST', `instances/${id}/approve`, {});
    await d.hears('the grant', () => d.held.length === 1);
    await done(d, 'lost');
    assert.deepEqual((await d.sync()).revoke, [d.held[0].id]);
    const { grant } = await stage.instance(id);
    assert.deepEqual([grant.state, grant.revoked_why], ['revoking', 'the device was reported lost']);
    await done(d, 'found');
  });

  test('an unbound device is told that nothing holds it, and is nobody’s', async () => {
    const d = device.test;
    await d.sync();
    await done(d, 'unbind', '离职交回');
    const { statement, view } = await d.sync();
    const said = JSON.parse(Buffer.from(statement.split('.')[1], 'base64url'));
    assert.deepEqual([said.covered, said.why], [false, 'unbound']);
    assert.equal(view.device_state, 'unbound');
    assert.equal((await d.agent('POST', 'requests', { reason: '报废', package: 'holdfast-client' })).status, 403);
    const seen = await of(d);
    assert.deepEqual([seen.state, seen.session.signed_in], ['unbound', false]);
    assert.ok(seen.owners[0].to_ms >= seen.owners[0].from_ms);
    assert.equal((await act(d, 'found')).status, 409);
  });

  test('a device is deleted when it is away, and what it did stays', async () => {
    const d = device['100%_pc'];
    const filed = await d.file();
    assert.equal((await act(d, 'delete')).status, 409);
    stage.clock.forward(151000);
    const answer = await act(d, 'delete', '已报废');
    assert.equal(answer.status, 204, answer.text);
    assert.equal((await get(`devices/${d.id}`)).status, 404);
    assert.ok(!(await names('')).includes('100%_pc'));
    assert.equal((await d.agent('POST', 'sync', { counter: 0, view: '', held: [], revoked: [], client_version: '0', wait_ms: 0 })).status, 401);
    assert.deepEqual([(await stage.instance(filed.id)).device.name, (await stage.instance(filed.id)).status], ['100%_pc', 'revoked']);
    const [event] = (await stage.ask('GET', `audit?device=${d.id}&kind=device-deleted`)).items;
    assert.match(event.text, /100%_pc: 已报废/);
  });

  test('a change of what somebody else changed meanwhile is refused', async () => {
    const d = device['laptop-2'];
    const etag = (await get(`devices/${d.id}`)).headers.get('etag');
    await done(d, 'lost');
    assert.equal((await act(d, 'unbind', 'x', { 'if-match': etag })).status, 412);
    const newer = (await get(`devices/${d.id}`)).headers.get('etag');
    assert.equal((await act(d, 'found', 'x', { 'if-match': newer })).status, 200);
    for (const body of [{}, { reason: ' \n' }, { reason: '长'.repeat(501) }]) {
      const answer = await post(`devices/${d.id}/lost`, body);
      assert.ok([400, 422].includes(answer.status), answer.text);
    }
    assert.equal((await act({ id: nobody }, 'lost')).status, 404);
  });

  test('many are changed at once, each for itself', async () => {
    const ids = [device['laptop-2'].id, nobody, device['Laptop-1'].id, device.test.id];
    const answer = await post('devices/bulk', { action: 'lost', ids, reason: '失窃' });
    assert.deepEqual([answer.json.done, answer.json.failed], [2, 2]);
    assert.deepEqual(answer.json.items.map((i) => [i.state, i.problem?.status ?? null]), [['lost', null], [null, 404], ['lost', null], [null, 409]]);
    assert.deepEqual((await names('state=lost&sort=name')).map((n) => n.toLowerCase()), ['laptop-1', 'laptop-2']);
    assert.equal((await post('devices/bulk', { action: 'found', ids, reason: '找到了' })).json.done, 2);
    assert.equal((await post('devices/bulk', { action: 'burn', ids, reason: 'x' })).status, 400);
    assert.equal((await post('devices/bulk', { action: 'lost', ids, reason: ' ' })).status, 422);
  });

  test('who is limited to departments sees theirs, and only administrators change anything', async () => {
    const inside = limited('approver', '客户端组');
    assert.deepEqual((await names('sort=name', 200, inside)).map((n) => n.toLowerCase()), ['laptop-1', 'laptop-2']);
    assert.deepEqual(await names(`department=${departments['财务部'].id}`, 200, inside), []);
    assert.equal((await get(`devices/${device.kiosk.id}`, inside)).status, 404);
    assert.equal((await get(`devices/${device['laptop-2'].id}`, inside)).status, 200);
    assert.deepEqual((await get(`devices/${device['laptop-2'].id}`, inside)).json.may, { unbind: false, lost: false, found: false, delete: false });
    assert.equal((await get('devices/counts', inside)).json.total, 2);
    const file = await get('devices/export?format=jsonl', inside);
    assert.equal(file.text.trim().split('\n').length, 2);
    for (const role of ['approver', 'auditor']) {
      const token = limited(role);
      for (const what of ['unbind', 'lost', 'found', 'delete'])
        assert.equal((await act(device['laptop-2'], what, 'x', { token })).status, 403, `${role} ${what}`);
      assert.equal((await post('devices/bulk', { action: 'lost', ids: [device['laptop-2'].id], reason: 'x' }, { token })).status, 403);
    }
    const admin = limited('security-admin');
    assert.equal((await act(device['laptop-2'], 'lost', 'x', { token: admin })).status, 200);
    assert.equal((await act(device['laptop-2'], 'found', 'x', { token: admin })).status, 200);
  });

  test('the list is exported as it is filtered', async () => {
    const file = await get('devices/export?sort=name&covered=false&state=online,offline');
    assert.equal(file.headers.get('content-type'), 'text/csv; charset=utf-8');
    const [title, ...rows] = file.text.trim().split('\r\n');
    assert.match(title, /^\ufeff?"name","owner","source","owner departed","state","online","covered","why",/);
    assert.equal(rows.length, 1);
    assert.match(rows[0], /^"财务-台式机","顾青","示例科技","no","offline","no","no","whitelist",/);
    const lines = (await get('devices/export?format=jsonl&sort=name')).text.trim().split('\n').map((l) => JSON.parse(l));
    assert.deepEqual(lines.map((l) => l.id), (await every('sort=name')).map((l) => l.id));
  });

  for (const point of ['device-moved', 'device-reset']) {
    test(`a server that dies at ${point} leaves nothing half done`, async () => {
      const d = await stage.device(`dies-${point}`);
      const { id } = await d.file();
      await stage.server.stop();
      await stage.serve({ HOLDFAST_FAILPOINT: point });
      await assert.rejects(act(d, 'lost'));
      assert.equal((await stage.server.ended).signal, 'SIGKILL');
      await stage.serve();
      assert.deepEqual([(await of(d)).may.lost, (await stage.instance(id)).status], [true, 'pending']);
      assert.equal((await of(d)).states.length, 1);
      await done(d, 'lost');
      assert.equal((await stage.instance(id)).status, 'revoked');
      await done(d, 'found');
    });
  }

  test('who sits at a lost or unbound computer is told so, in both languages', { skip: !isRoot }, async (t) => {
    const machine = new Machine(stage.server.url);
    t.after(() => machine.remove());
    await machine.start(stage.clock.environment);
    const { out } = await machine.holdfast(['login', '--no-wait']);
    const [url] = /http\S+user_code=\S+/.exec(out) ?? [];
    assert.ok(url, out);
    await new Device(stage, 'here').consent(url, 'lihua');
    await until('it is enrolled', async () => { const s = await machine.status(); return s.enrolled && s.online; });
    const here = { id: (await machine.status()).device };
    const says = (what) => until(what, async () => (await machine.status()).device_state === what || (what === 'nothing' && !(await machine.status()).device_state));
    const status = async (LC_ALL) => (await machine.holdfast(['status'], { env: { LC_ALL } })).out;
    await until('the server sees it wait', async () => (await of(here)).online);
    await done(here, 'lost');
    await says('lost');
    assert.match(await status('C.UTF-8'), /reported lost[^]*cannot be removed without approval/);
    assert.match(await status('zh_CN.UTF-8'), /本机已挂失/);
    const filing = await machine.holdfast(['uninstall', '--reason', 'x', '--no-wait']);
    assert.notEqual(filing.status, 0);
    assert.match(filing.err, /reported lost/);
    // With its old key, after whatever happened to it meanwhile, it is protected as before.
    await machine.stop();
    await until('it is away', async () => !(await of(here)).online);
    await machine.start(stage.clock.environment);
    await until('it is back', async () => (await of(here)).online);
    assert.deepEqual([(await of(here)).state, (await machine.status()).protected], ['lost', true]);
    await done(here, 'found');
    await says('nothing');
    await done(here, 'unbind');
    await says('unbound');
    await until('nothing protects it', async () => !(await machine.status()).protected);
    assert.match(await status('C.UTF-8'), /unbound by your administrator[^]*without approval/);
    assert.match(await status('zh_CN.UTF-8'), /管理员已将本机解绑/);
    const again = /http\S+user_code=\S+/.exec((await machine.holdfast(['login', '--no-wait'])).out);
    assert.ok(again);
    await new Device(stage, 'here').consent(again[0], 'lihua');
    await says('nothing');
    await until('it is protected again', async () => (await machine.status()).protected);
    const { id, state, owners } = await of(here);
    assert.deepEqual([id, state, owners.map((o) => o.how)], [here.id, 'online', ['enrolled-again', 'enrolled']]);
    // Deleted while it is away: it keeps its protection, says so, and enrols as a new entry.
    await machine.stop();
    // Its last word may have come after its poll was over: it is online for 90 s then.
    stage.clock.forward(91000);
    await until('it is away again', async () => !(await of(here)).online);
    await done(here, 'delete', '已报废');
    await machine.start(stage.clock.environment);
    await says('unknown');
    assert.match(await status('C.UTF-8'), /does not know this computer any more[^]*cannot be removed without approval/);
    assert.match(await status('zh_CN.UTF-8'), /服务器上已没有本机的记录/);
    const anew = /http\S+user_code=\S+/.exec((await machine.holdfast(['login', '--no-wait'])).out);
    await new Device(stage, 'here').consent(anew[0], 'lihua');
    await says('nothing');
    const { device: other, protected: covered } = await machine.status();
    assert.notEqual(other, here.id);
    assert.equal(covered, true);
  });

  test('webhooks hear of it, with the state that it is in by then', async () => {
    const hook = await stage.ask('POST', 'webhooks', { name: 'devices', url: 'https://example.com/', events: ['device.state'] });
    const d = await stage.device('told');
    await done(d, 'lost');
    await done(d, 'found');
    const removed = await d.agent('POST', 'receipts', { receipts: [{ id: nobody, kind: 'removed', package: 'holdfast-client',
      at_ms: Math.round(stage.now()), boot: 'b', text: '' }] });
    assert.equal(removed.status, 200, removed.text);
    const told = stage.sql(`SELECT payload FROM webhook_deliveries WHERE webhook = '${hook.id}' ORDER BY id`).split('\n').map((l) => JSON.parse(l));
    assert.deepEqual(told.map(({ type, data }) => [type, data.event, data.device.state]), [['device.state', 'device-enrolled', 'active'],
      ['device.state', 'device-lost', 'lost'], ['device.state', 'device-found', 'active'], ['device.state', 'removed', 'uninstalled']]);
  });

  test('a device that is silent for 30 days is long-offline in the record, and back when it is heard', async () => {
    const silent = await stage.device('silent', 'lihua');
    const heard = async (kind) => (await stage.ask('GET', `audit?kind=${kind}&device=${silent.id}`)).items.length;
    stage.clock.forward(29 * day);
    assert.equal((await of(silent)).state, 'offline');
    stage.clock.forward(2 * day);
    await until('the record of the silence', async () => await heard('device-long-offline') === 1);
    assert.equal((await of(silent)).state, 'long-offline');
    await silent.renew();
    await silent.sync();
    await until('the record of the return', async () => { stage.clock.forward(60000); return await heard('device-back') === 1; });
    assert.equal(await heard('device-long-offline'), 1);
  });
});
