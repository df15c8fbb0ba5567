// Lists of approval instances, end to end: every filter and every pair of them against a plain reading of the same rows,
// searching, paging while things change, departments as a limit, decisions in bulk.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import crypto from 'node:crypto';
import { once } from 'node:events';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { account } from './accounts.mjs';
import { Stage, call, sleep } from './stage.mjs';

const postgresql = process.env.HOLDFAST_TEST_POSTGRESQL;
const databases = [['SQLite', {}], ['PostgreSQL', { postgresql }]].filter(([name]) => name === 'SQLite' || postgresql);
const nobody = '01900000-0000-7000-8000-000000000000'; // an id that nothing has
const packages = ['holdfast-client', 'edr-sensor', 'vpn-connect'];
const reasons = ['旧电脑报废，需要卸载', '更换新电脑 Laptop 归还', 'Conflicts with the VPN, 100% of the time', 'kernel_upgrade breaks it',
  '=HYPERLINK("http://x","y")', '客户端占用 CPU 过高 😀', '离职办理 𠮷田', 'Ｆｕｌｌ　ｗｉｄｔｈ', 'ÄRGER mit dem Treiber', "O'Brien \\ says %_ no",
  '第一行\n第二行', '报废'];

for (const [name, options] of databases) describe(`instances on ${name}`, { concurrency: 1 }, () => {
  let stage, all, departments, users;
  const devices = [], spare = [];
  const list = async (query = '') => (await stage.ask('GET', `instances?limit=200&${query}`));
  const every = async (query = '', limit = 200, token = stage.token, what = 'instances') => {
    const items = [];
    for (let next = ''; next !== null;) {
      const answer = await get(`${what}?limit=${limit}&cursor=${next}&${query}`, token);
      assert.equal(answer.status, 200, answer.text);
      items.push(...answer.json.items);
      ({ next } = answer.json);
    }
    return items;
  };
  const get = (where, token = stage.token) =>
    call('GET', `${stage.server.url}/api/v1/${where}`, { headers: { authorization: `Bearer ${token}` } });
  const post = (where, body, token = stage.token) =>
    call('POST', `${stage.server.url}/api/v1/${where}`, { body, headers: { authorization: `Bearer ${token}` } });
  const ids = (items) => items.map((i) => i.id);

  // A token that is limited to departments, as an account's or of nobody, behind the server's back.
  const limited = (role, ...within) => {
    const token = `hft_${crypto.randomBytes(32).toString('base64url')}`;
    const hash = crypto.createHash('sha256').update(token).digest('hex');
    const [account, id] = [crypto.randomUUID(), crypto.randomUUID()];
    const blob = postgresql && options.postgresql ? `'\\x${hash}'` : `x'${hash}'`;
    stage.sql(`INSERT INTO accounts (id, name, email, role, state, language, created_ms, updated_ms) VALUES ('${account}', '审批 ${role}', '${account}', '${role}', 'active', 'zh', 1, 1)`);
    for (const d of within) stage.sql(`INSERT INTO account_departments (account, department) VALUES ('${account}', '${departments[d].id}')`);
    stage.sql(`INSERT INTO tokens (id, name, role, account, hash, created_ms) VALUES ('${id}', 't', '${role}', '${account}', ${blob}, 1)`);
    return token;
  };

  const departmentsOf = (i) => {
    const found = new Set();
    for (let d = departments[i.applicant.department]; d; d = Object.values(departments).find((x) => x.id === d.parent)) found.add(d.id);
    return found;
  };

  before(async () => {
    stage = await Stage.open({ ...options, virtual: true });
    const { version, ...policy } = await stage.ask('GET', 'policy');
    await stage.ask('PUT', 'policy', { ...policy, packages: packages.slice(1) });
    departments = Object.fromEntries((await stage.ask('GET', 'departments?limit=200')).items.map((d) => [d.name, d]));
    users = Object.fromEntries((await stage.ask('GET', 'users?limit=200')).items.map((u) => [u.external_id, u]));
    const owners = ['lihua', 'lihua', 'guqing', 'zhoumin', 'wangfang', 'guqing'];
    for (let k = 0; k < 24; k += 1) devices.push(await stage.device(`${['PC', 'laptop', '研发'][k % 3]}-${k}`, owners[k % owners.length]));
    for (let k = 0; k < 2; k += 1) spare.push(await stage.device(`turn-${k}`));
    // Some reach DingTalk; then it cannot be reached, and nothing of the rest changes by itself.
    for (const device of devices.slice(0, 2)) await stage.submitted((await device.file('已在钉钉')).id);
    stage.proxy.down();
    for (let n = 0; n < 118; n += 1) {
      const device = devices[n % devices.length];
      if (n % 10 === 9) stage.clock.forward(60000);
      const filed = await device.agent('POST', 'requests', { reason: reasons[n % reasons.length], package: packages[n % 7 % 3] });
      if (filed.status !== 201) continue;
      const { id } = filed.json.instance;
      if (n % 5 === 0) await post(`instances/${id}/approve`, { comment: n % 2 ? '同意' : '' });
      else if (n % 5 === 1) await post(`instances/${id}/reject`, { comment: '不行, "no"' });
      else if (n % 5 === 2) await device.agent('POST', `requests/${id}/withdraw`, {});
      else if (n % 5 === 3) await post(`instances/${id}/withdraw`, { reason: '不再需要' });
    }
    all = await every();
    assert.ok(all.length > 80, `only ${all.length}`);
  });
  after(async () => { await stage?.close(); });

  // What a filter means, said once more. Numbers are the order.
  const meaning = {
    status: (i, v) => v.split(',').includes(i.status),
    effect: (i, v) => i.effect === v,
    template: (i, v) => i.template === v,
    workflow: (i, v) => i.workflow.id === v,
    applicant: (i, v) => i.applicant.id === v,
    department: (i, v) => departmentsOf(i).has(v),
    device: (i, v) => i.device.id === v,
    package: (i, v) => i.package === v,
    channel: (i, v) => (i.decision?.channel ?? '') === v,
    delivery: (i, v) => i.delivery.state === v,
    from: (i, v) => i.created_ms >= v,
    to: (i, v) => i.created_ms < v,
    decided_from: (i, v) => i.decision !== null && i.decision.at_ms >= v,
    decided_to: (i, v) => i.decision !== null && i.decision.at_ms < v,
    search: (i, v) => [i.number, i.reason, i.applicant.name, i.device.name, i.package].some((t) => fold(t).includes(fold(v))),
  };
  const fold = (text) => text.normalize('NFKC').toLowerCase().replace(/\s+/g, ' ');
  const values = () => ({
    status: ['pending', 'approved', 'rejected,revoked', 'expired'],
    effect: ['none', 'unused', 'used'],
    template: ['app_uninstall', 'other'],
    workflow: [stage.workflow.id, nobody],
    applicant: [users.lihua.id, users.guqing.id],
    department: ['研发部', '客户端组', '财务部', '示例科技'].filter((d) => departments[d]).map((d) => departments[d].id),
    device: [devices[0].id, devices[5].id],
    package: [...packages, 'no-such'],
    channel: ['api', 'client', 'release'],
    delivery: ['none', 'queued', 'submitted', 'closed'],
    from: [all[20].created_ms, all[60].created_ms],
    to: [all[20].created_ms, all[60].created_ms],
    decided_from: [all[40].created_ms],
    decided_to: [all[40].created_ms],
    search: ['报废', 'LAPTOP', 'pc-0', 'hf-00', '卸载', 'vpn'],
  });
  const agree = async (pairs, more = '') => {
    const query = pairs.map(([key, value]) => `${key}=${encodeURIComponent(value)}`).join('&');
    const want = all.filter((i) => pairs.every(([key, value]) => meaning[key](i, value)));
    assert.deepEqual(ids(await every(`${query}${more}`)), ids(more ? want.reverse() : want), query);
    return want;
  };

  test('newest first, or oldest', async () => {
    assert.deepEqual(all.map((i) => i.number), [...all].map((i) => i.number).sort().reverse());
    assert.deepEqual(ids(await every('order=oldest')), ids(all).reverse());
    assert.equal((await get('instances?order=sideways')).status, 400);
  });

  test('every filter, and every two of them, give what a plain reading gives', async () => {
    const choice = values();
    const keys = Object.keys(choice);
    let hits = 0;
    for (const a of keys) for (const value of choice[a]) hits += (await agree([[a, value]])).length > 0;
    assert.ok(hits > 30, `${hits} filters found something`);
    hits = 0;
    for (let a = 0; a < keys.length; a += 1) for (let b = a + 1; b < keys.length; b += 1) {
      const of = (key) => choice[key][(a + b) % choice[key].length];
      hits += (await agree([[keys[a], of(keys[a])], [keys[b], of(keys[b])]], (a + b) % 3 ? '' : '&order=oldest')).length > 0;
    }
    assert.ok(hits > 50, `${hits} pairs found something`);
  });

  test('three and more filters, and small pages', async () => {
    const choice = values();
    const three = ['status', 'package', 'department', 'search'].map((key, k) => [key, choice[key][k ? 0 : 2]]);
    await agree(three);
    await agree(three.slice(0, 3), '&order=oldest');
    assert.deepEqual(ids(await every('package=holdfast-client', 7)), ids(all.filter((i) => i.package === 'holdfast-client')));
  });

  test('counts per status follow the same filters', async () => {
    for (const [key, value] of [['template', 'app_uninstall'], ['package', 'edr-sensor'], ['search', '报废'], ['status', 'approved,rejected'], ['applicant', users.lihua.id]]) {
      const counts = await stage.ask('GET', `instances/counts?${key}=${encodeURIComponent(value)}`);
      const want = { pending: 0, approved: 0, rejected: 0, revoked: 0, expired: 0, exact: true };
      for (const i of all.filter((x) => meaning[key](x, value))) want[i.status] += 1;
      assert.deepEqual(counts, want, key);
    }
  });

  test('searching finds parts of words, of two Chinese characters too, and nothing is a wildcard', async () => {
    for (const text of ['卸载', '需要卸载', '过高 😀', '😀', '𠮷田', 'laptop', 'LaPTop 归', '100%', '%_', '_upgrade', 'l_u', 'a%b', '\\', "O'Brien", 'full width',
      'ｆｕｌｌ', 'ärger', '第一行 第二行', '=hyper', '李华', '周敏', 'hf-0000', '没有的', '废报', 'sensor', '"http'])
      if ([...text].length > 1) await agree([['search', text]]);
    const begins = (c) => all.filter((i) => [i.number, i.reason, i.applicant.name, i.device.name, i.package].some((t) => fold(t).startsWith(c)));
    for (const c of ['李', '顾', 'p', 'H', '=', '报']) assert.deepEqual(ids(await every(`search=${encodeURIComponent(c)}`)), ids(begins(fold(c))), c);
    assert.equal((await get('instances?search=%20')).status, 400);
    assert.equal((await get(`instances?search=${'x'.repeat(101)}`)).status, 400);
    assert.deepEqual(await every(`search=${encodeURIComponent('x'.repeat(100))}`), []);
  });

  test('what does not fit is refused in words', async () => {
    for (const query of ['status=waiting', 'effect=maybe', 'device=1', 'from=yesterday', 'from=-1', 'nothing=1', 'cursor=x', `cursor=${nobody}`,
      'waiting_for=me', 'waiting_for=you', 'channel=fax'])
      assert.equal((await get(`instances?${query}`)).status, 400, query);
  });

  test('an approver of departments sees, counts and decides what lies in them', async () => {
    const token = limited('approver', '研发部');
    const mine = all.filter((i) => departmentsOf(i).has(departments['研发部'].id));
    assert.ok(mine.length > 0 && mine.length < all.length);
    assert.deepEqual(ids(await every('', 50, token)), ids(mine));
    assert.deepEqual(ids(await every('status=pending', 50, token)), ids(mine.filter((i) => i.status === 'pending')));
    assert.deepEqual(await every(`department=${departments['财务部'].id}`, 50, token), []);
    const counts = (await get('instances/counts', token)).json;
    assert.equal(counts.pending, mine.filter((i) => i.status === 'pending').length);
    const hidden = all.find((i) => !mine.includes(i) && i.status === 'pending');
    for (const answer of [await get(`instances/${hidden.id}`, token), await post(`instances/${hidden.id}/approve`, {}, token)])
      assert.equal(answer.status, 404, answer.text);
    const bulk = await post('instances/bulk', { action: 'reject', ids: [hidden.id] }, token);
    assert.equal(bulk.json.items[0].problem.status, 404);
    assert.equal((await stage.ask('GET', `instances/${hidden.id}`)).status, 'pending');
    const inMine = (await every('', 200, undefined, 'devices')).filter((d) => mine.some((i) => i.applicant.id === d.owner.id));
    assert.deepEqual(ids(await every('', 5, token, 'devices')).sort(), ids(inMine).sort());
    assert.equal((await get(`devices/${inMine[0].id}`, token)).status, 200);
    assert.equal((await get(`devices/${hidden.device.id}`, token)).status, 404);
    const calls = await every('', 200, undefined, 'deliveries');
    const owed = calls.filter((c) => mine.some((i) => i.id === c.instance));
    assert.ok(owed.length > 0 && owed.length < calls.length);
    assert.deepEqual(ids(await every('', 20, token, 'deliveries')), ids(owed));
    assert.deepEqual(await every(`instance=${hidden.id}`, 20, token, 'deliveries'), []);
    assert.equal((await get(`deliveries/${owed[0].id}`, token)).status, 200);
    assert.equal((await get(`deliveries/${calls.find((c) => !owed.includes(c)).id}`, token)).status, 404);
    const two = limited('approver', '研发部', '客户端组', '财务部');
    const theirs = all.filter((i) => ['研发部', '财务部'].some((d) => departmentsOf(i).has(departments[d].id)));
    assert.deepEqual(ids(await every('', 20, two)), ids(theirs));
    assert.equal((await get('instances/counts', two)).json.pending, theirs.filter((i) => i.status === 'pending').length);
  });

  test('paging neither loses nor doubles what is there, whatever is filed and decided meanwhile', async () => {
    const before = ids(await every('order=newest'));
    const seen = [];
    for (let next = '', n = 0; next !== null; n += 1) {
      const page = (await get(`instances?limit=10&cursor=${next}`)).json;
      seen.push(...ids(page.items));
      ({ next } = page);
      if (n < 4) await devices[n].agent('POST', 'requests', { reason: `中途 ${n}`, package: packages[n % 3] });
      if (n === 2) stage.sql(`UPDATE instances SET note = 'x' WHERE id = '${before.at(-1)}'`);
    }
    assert.deepEqual(seen, before);
    const waiting = ids(await every('status=pending'));
    const met = [];
    for (let next = '', n = 0; next !== null; n += 1) {
      const page = (await get(`instances?status=pending&limit=5&cursor=${next}`)).json;
      met.push(...ids(page.items));
      ({ next } = page);
      if (n === 1) await post(`instances/${met[7]}/reject`, {}); // the cursor points behind one that has left
    }
    assert.deepEqual(met, waiting);
    all = await every();
  });

  test('the rows of a list are lean, the read has what happened and what the caller may do', async () => {
    const [first] = (await list('status=pending')).items;
    assert.ok(!('events' in first) && !('may' in first));
    const whole = await stage.ask('GET', `instances/${first.id}`);
    assert.equal(whole.events[0].kind, 'filed');
    assert.deepEqual(whole.may, { approve: true, reject: true, withdraw: true, revoke: false, as: 'administrator' });
    const auditor = (await get(`instances/${first.id}`, limited('auditor'))).json;
    assert.deepEqual(auditor.may, { approve: false, reject: false, withdraw: false, revoke: false, as: null });
    const used = (await list('status=approved&effect=unused')).items[0];
    assert.equal((await stage.ask('GET', `instances/${used.id}`)).may.revoke, true);
  });

  test('an administrator withdraws in the applicant\'s place, with a reason', async () => {
    const [first] = (await list('status=pending')).items;
    assert.equal((await post(`instances/${first.id}/withdraw`, {})).status, 400);
    assert.equal((await post(`instances/${first.id}/withdraw`, { reason: ' ' })).status, 422);
    assert.equal((await post(`instances/${first.id}/withdraw`, { reason: 'x' }, limited('approver'))).status, 403);
    const after_ = await post(`instances/${first.id}/withdraw`, { reason: '不再需要' });
    assert.equal(after_.json.status, 'revoked');
    assert.deepEqual({ ...after_.json.decision, at_ms: 0 }, { who: 'console', at_ms: 0, comment: '不再需要', channel: 'api' });
    assert.equal((await post(`instances/${first.id}/withdraw`, { reason: 'again' })).status, 409);
  });

  test('a bulk decision: each for itself, with its own result', async () => {
    const waiting = (await every('status=pending')).slice(0, 3);
    const final = (await list('status=rejected')).items[0];
    const wanted = [waiting[0].id, final.id, nobody, waiting[1].id, waiting[1].id];
    const { status, json } = await post('instances/bulk', { action: 'approve', ids: wanted, comment: '批量' });
    assert.equal(status, 200);
    assert.deepEqual(json.items.map((i) => [i.id, i.status, i.problem?.status ?? null]),
      [[wanted[0], 'approved', null], [wanted[1], null, 409], [nobody, null, 404], [wanted[3], 'approved', null], [wanted[4], null, 409]]);
    assert.equal(json.items[1].problem.type, 'urn:holdfast:problem:conflict');
    assert.deepEqual([json.decided, json.failed], [2, 3]);
    const one = await stage.ask('GET', `instances/${wanted[0]}`);
    assert.equal(one.decision.comment, '批量');
    assert.equal(one.grant.state, 'unused');
    for (const body of [{ action: 'approve', ids: [] }, { action: 'approve', ids: Array(201).fill(nobody) }, { action: 'forget', ids: [nobody] }, { action: 'approve', ids: ['1'] }])
      assert.equal((await post('instances/bulk', body)).status, 400);
    assert.equal((await post('instances/bulk', { action: 'approve', ids: [nobody] }, limited('auditor'))).status, 403);
  });

  // RFC 4180, said once more.
  const parseCsv = (text) => {
    const rows = [[]];
    for (const [whole, quoted, plain, end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n|$)/g)) {
      if (whole === '') break;
      rows.at(-1).push(quoted === undefined ? plain : quoted.replaceAll('""', '"'));
      if (end === '\r\n') rows.push([]);
    }
    return rows.filter((row) => row.length > 0);
  };

  test('a bulk decision of somebody who is shut out while it waits decides nothing', async () => {
    const [{ id }] = await every('status=pending');
    const token = limited('owner');
    const hash = crypto.createHash('sha256').update(token).digest('hex');
    const [program, ...more] = options.postgresql ? ['psql', '-qAt', stage.postgresql] : ['sqlite3', path.join(stage.folder, 'data', 'holdfast.db')];
    const other = spawn(program, more, { stdio: ['pipe', 'pipe', 'inherit'] });
    const ended = once(other, 'exit');
    other.stdin.write(`BEGIN${options.postgresql ? '' : ' IMMEDIATE'};
UPDATE tokens SET revoked_ms = 1 WHERE hash = ${options.postgresql ? `'\\x${hash}'` : `x'${hash}'`};\nSELECT 'held';\n`);
    await once(other.stdout, 'data');
    const answer = post('instances/bulk', { action: 'approve', ids: [id] }, token);
    await Promise.race([answer, sleep(500)]); // it is under way; if it should not be yet, it is refused as a whole
    other.stdin.end('COMMIT;\n');
    await ended;
    const { status, json } = await answer;
    assert.ok(status === 401 || json.items[0].problem?.status === 401, JSON.stringify(json));
    assert.equal((await stage.ask('GET', `instances/${id}`)).status, 'pending');
  });

  test('the list is exported with the same filters, as CSV without formulas and as JSON lines', async () => {
    all = await every();
    const csv = await get('instances/export');
    assert.equal(csv.status, 200);
    assert.match(csv.headers.get('content-type'), /^text\/csv/);
    assert.match(csv.headers.get('content-disposition'), /attachment; filename="instances.csv"/);
    const bytes = Buffer.from(await (await fetch(`${stage.server.url}/api/v1/instances/export`, { headers: { authorization: `Bearer ${stage.token}` } })).arrayBuffer());
    assert.deepEqual([...bytes.subarray(0, 3)], [0xef, 0xbb, 0xbf]);
    const [head, ...rows] = parseCsv(bytes.subarray(3).toString());
    assert.equal(rows.length, all.length);
    const [number, reason, id, applicant] = ['number', 'reason', 'id', 'applicant'].map((column) => head.indexOf(column));
    assert.deepEqual(rows.map((row) => row[id]), ids(all));
    for (const [k, row] of rows.entries()) {
      assert.equal(row.length, head.length);
      assert.equal(row[number], all[k].number);
      assert.equal(row[applicant], all[k].applicant.name);
      assert.equal(row[reason], (/^[=+@-]/.test(all[k].reason) ? "'" : '') + all[k].reason);
      for (const field of row) assert.doesNotMatch(field, /^[=+\-@\t\r]/);
    }
    assert.ok(rows.some((row) => row[reason].startsWith("'=HYPERLINK")));
    const lines = await get('instances/export?format=jsonl&order=oldest&package=edr-sensor&status=approved,rejected');
    assert.equal(lines.headers.get('content-type'), 'application/jsonl');
    const want = all.filter((i) => i.package === 'edr-sensor' && ['approved', 'rejected'].includes(i.status)).reverse();
    assert.deepEqual(lines.text.trim().split('\n').map((line) => JSON.parse(line)), want);
    assert.equal((await get('instances/export?format=xls')).status, 400);
    const none = await get('instances/export?search=nothing-like-this&format=jsonl');
    assert.deepEqual([none.status, none.text], [200, '']);
    const mine = (await get('instances/export?format=jsonl', limited('approver', '财务部'))).text.trim().split('\n').map((line) => JSON.parse(line));
    assert.deepEqual(ids(mine), ids(all.filter((i) => departmentsOf(i).has(departments['财务部'].id))));
  });

  test('the evidence of one decision is a page to print, escaped, in both languages', async () => {
    const approved = (await list('status=approved')).items.find((i) => /[=<"']/.test(i.reason)) ?? (await list('status=approved')).items[0];
    const page = async (lang, id = approved.id) => get(`instances/${id}/evidence?lang=${lang}`);
    const [en, zh] = [await page('en'), await page('zh')];
    for (const answer of [en, zh]) {
      assert.equal(answer.status, 200);
      assert.equal(answer.headers.get('content-type'), 'text/html; charset=utf-8');
      assert.match(answer.headers.get('content-security-policy'), /default-src 'none'.*form-action 'none'/);
      assert.doesNotMatch(answer.text, /<script|<img|<link|javascript:|http-equiv/i);
      for (const text of [approved.number, approved.applicant.name, approved.device.name, approved.id, approved.grant.id]) assert.ok(answer.text.includes(text), text);
      const hashes = answer.text.match(/#\d+ · SHA-256 [0-9a-f]{64}/g);
      assert.ok(hashes.length >= 3, `${hashes.length} records`);
    }
    assert.match(en.text, /Reason for filing/);
    assert.match(zh.text, /报备原因/);
    assert.match(en.text, /<br>good until /);
    assert.match(zh.text, /<br>有效期至 /);
    assert.doesNotMatch(zh.text, /<br>(good until|level \d|DingTalk has|the device has)/, 'what Holdfast wrote is in the language of the page');
    const exported = stage.sql(`SELECT COUNT(*) FROM events WHERE instance = '${approved.id}'`);
    assert.equal(en.text.match(/SHA-256/g).length, Number(exported));
    await devices[20].agent('POST', `requests/${(await list(`status=pending&device=${devices[20].id}`)).items[0]?.id ?? nobody}/withdraw`, {});
    const bad = await devices[20].agent('POST', 'requests', { reason: '<script>alert("x")</script> & \'y\'', package: 'vpn-connect' });
    const sheet = await page('en', bad.json.instance.id);
    assert.ok(sheet.text.includes('&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt; &amp; &#39;y&#39;'), sheet.text.slice(sheet.text.indexOf('reason')));
    assert.equal((await page('fr')).status, 400);
    assert.equal((await page('en', nobody)).status, 404);
    const hidden = all.find((i) => !departmentsOf(i).has(departments['财务部'].id));
    assert.equal((await get(`instances/${hidden.id}/evidence`, limited('approver', '财务部'))).status, 404);
  });

  test('what waits for the caller, and for whom he stands in', async () => {
    const wang = await account(stage, '王芳', 'approver', 'wangfang');
    const zhou = await account(stage, '周敏', 'approver', 'zhoumin');
    const gu = await account(stage, '顾青', 'approver', 'guqing');
    const workflow = await stage.ask('POST', 'workflows', { name: '内置', type: 'builtin', approval: { levels: [{ mode: 'any', approvers: [wang.id] }, { mode: 'all', approvers: [wang.id, gu.id] }] } });
    const { version, ...policy } = await stage.ask('GET', 'policy');
    await stage.ask('PUT', 'policy', { ...policy, filing: { allowed: true, workflow: workflow.id } });
    const filed = [];
    for (const k of [0, 1]) filed.unshift((await spare[k].file('轮到谁', { package: packages[k] })).id);
    const waits = async (who, more = '') => ids((await who.ask('GET', `instances?waiting_for=me${more}`)).items);
    assert.deepEqual([await waits(wang), await waits(zhou), await waits(gu)], [filed, [], []]);
    await wang.ask('POST', 'delegations', { delegate: zhou.id, until_ms: stage.now() + 3600000 });
    assert.deepEqual([await waits(wang), await waits(zhou)], [filed, filed]);
    assert.deepEqual(await waits(zhou, `&package=${packages[0]}&order=oldest`), [filed[1]]);
    assert.deepEqual((await zhou.ask('GET', 'instances/counts?waiting_for=me')).pending, 2);
    assert.equal((await zhou.ask('GET', `instances/${filed[0]}`)).may.as, 'approver');
    const bulk = await zhou.ask('POST', 'instances/bulk', { action: 'approve', ids: filed });
    assert.deepEqual(bulk.items.map((i) => i.status), ['pending', 'pending']);
    assert.deepEqual([await waits(wang), await waits(zhou), await waits(gu)], [filed, filed, filed]);
    await gu.ask('POST', 'instances/bulk', { action: 'reject', ids: [filed[1]], comment: '不行' });
    assert.deepEqual([await waits(wang), await waits(gu)], [[filed[0]], [filed[0]]]);
    const sheet = await get(`instances/${filed[1]}/evidence?lang=en`);
    assert.match(sheet.text, /Approval in Holdfast.*周敏 for 王芳/s);
  });
});
