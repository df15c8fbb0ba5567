// What an app may see of an organisation becomes less or more, reading it fails, two servers read, and a source is changed
// or removed while it is read.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import http from 'node:http';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { build, client, company, corp, Stage, until } from './stage.mjs';

const postgresql = process.env.HOLDFAST_TEST_POSTGRESQL;
const databases = [['SQLite', {}], ['PostgreSQL', { postgresql }]].filter(([name]) => name === 'SQLite' || postgresql);
const minute = 60 * 1000;
const other = { clientId: 'dingotherapp00001', clientSecret: 'another-secret' };
const seed = {
  ...company,
  apps: [...company.apps, { ...other, agentId: 100002, name: '只看研发', redirectUrls: [], contactScope: [2] }],
  departments: [...company.departments, { id: 10, name: '设计部', parent: 1 }, { id: 11, name: '终端部', parent: 1 }],
  people: [...company.people, ...Array.from({ length: 30 }, (_, i) => ({ userid: `p${i}`, unionid: `up${i}`, name: `用户${i}`, mobile: '', email: '',
    title: '', departments: [i < 12 ? 11 : 10] }))],
};

const of = async (stage, id = stage.source.id) => (await stage.ask('GET', `identity-sources/${id}`)).sync;
const want = (stage) => stage.ask('POST', `identity-sources/${stage.source.id}/sync`, {});
const state = (stage, wanted) => until(`a source that is ${wanted}`, async () => { const s = await of(stage); return s.state === wanted && s; }, 60);
const word = (stage, run, said) => stage.ask('POST', `identity-sources/${stage.source.id}/syncs/${run}/${said}`);
const changes = async (stage, query = '') => (await stage.ask('GET', `identity-sources/${stage.source.id}/changes?limit=200${query}`)).items;
const events = async (stage, kind) => (await stage.ask('GET', `audit?kind=${kind}&limit=200`)).items;
const sees = (stage, ...contactScope) => stage.simulate('PUT', `apps/${client.id}`, { contactScope });
const present = (stage, source = stage.source.id) => stage.sql(`SELECT external_id FROM people WHERE departed = 0 AND source = '${source}' ORDER BY external_id`).split('\n');
const metric = async (stage, name) => {
  const answer = await fetch(`${stage.server.url}/metrics`, { headers: { authorization: `Bearer ${stage.token}` } });
  const line = (await answer.text()).split('\n').find((l) => l.startsWith(`${name} `));
  return line && Number(line.slice(name.length + 1));
};
const ctl = async (stage, language, ...words) => (await promisify(execFile)(path.join(build, 'holdfastctl'), words, { env: { PATH: process.env.PATH,
  HOME: stage.folder, ASAN_OPTIONS: process.env.ASAN_OPTIONS ?? '', LANG: language, HOLDFAST_SERVER: stage.server.url, HOLDFAST_TOKEN: stage.token } })).stdout;

async function listener(stage, ...types) {
  const hits = [];
  const server = http.createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (data) => { body += data; }).on('end', () => { hits.push(JSON.parse(body)); response.writeHead(204).end(); });
  });
  await new Promise((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  await stage.ask('PUT', 'settings', { webhook_networks: ['127.0.0.1'] });
  await stage.ask('POST', 'webhooks', { name: types.join(), url: `http://127.0.0.1:${server.address().port}/`, events: types });
  return { hits, close: () => { server.closeAllConnections(); server.close(); } };
}

for (const [name, options] of databases) describe(`a source in trouble on ${name}`, { concurrency: 1 }, () => {
  let stage;
  let heard;
  before(async () => {
    stage = await Stage.open({ ...options, virtual: true, seed, subscribed: false });
    heard = await listener(stage, 'directory.waiting', 'system.alarm');
  });
  after(async () => { heard?.close(); await stage?.close(); });

  test('an app that may see less than before takes nobody away by itself, and it is told that they are still there', async () => {
    const everybody = present(stage);
    await sees(stage, 4, 'lihua');
    await want(stage);
    const waiting = await state(stage, 'waiting');
    assert.deepEqual([waiting.waits.leaving, waiting.waits.leaving_of, waiting.waits.asked, waiting.waits.outside], [32, 34, 20, 20]);
    assert.deepEqual(present(stage), everybody);
    assert.match((await events(stage, 'sync-waiting')).at(0).text, /32 of 34 people would leave; 20 of 20 asked for are in DingTalk, out of what is read$/);
    const hit = await until('the webhook', () => heard.hits.find((h) => h.type === 'directory.waiting'));
    assert.match(hit.data.text, /32 of 34 people would leave/);
    assert.equal(hit.data.source.id, stage.source.id);
    assert.equal(await metric(stage, `holdfast_source_waiting{source="${stage.source.id}"}`), 1);
    assert.match(await ctl(stage, 'C.UTF-8', 'source', 'show', '示例科技'), /STILL IN DINGTALK +20\n/);
    assert.match(await ctl(stage, 'zh_CN.UTF-8', 'source', 'show', '示例科技'), /仍在钉钉中 +20\n/);
    await sees(stage, 1);
    await stage.synced();
    assert.deepEqual(present(stage), everybody);
    assert.deepEqual(await changes(stage, '&kind=left'), []);
  });

  test('single people of a limited scope are read too; who falls out of it leaves, and comes back with it', async () => {
    const everybody = present(stage);
    await sees(stage, 2, 4, 10, 11, 'zhoumin');
    await stage.synced();
    assert.deepEqual(present(stage), everybody, 'all of them are in these departments, but one who is seen by himself');
    await sees(stage, 2, 4, 10, 11);
    await stage.synced();
    assert.deepEqual(present(stage), everybody.filter((p) => p !== 'zhoumin'));
    await sees(stage, 1);
    await stage.synced();
    assert.deepEqual(present(stage), everybody);
    assert.equal((await changes(stage, '&kind=returned&subject=person')).length, 1);
  });

  test('an app that sees nobody any more fails, with what to do', async () => {
    const everybody = present(stage);
    await sees(stage);
    await want(stage);
    const failed = await state(stage, 'failed');
    assert.equal(failed.problem.id, 'contacts-empty');
    assert.deepEqual(present(stage), everybody);
    await sees(stage, 1);
    await stage.synced();
    assert.equal((await of(stage)).problem, null);
  });

  test('names repeat across two apps of one organisation and a local source, and each is told apart', async () => {
    const app = await stage.ask('POST', 'dingtalk-apps', { corp_id: corp, client_id: other.clientId, client_secret: other.clientSecret, ingress: 'stream' });
    const second = await stage.ask('POST', 'identity-sources', { name: '研发', type: 'dingtalk', app: app.id });
    await stage.walked(second.id);
    const local = await stage.ask('POST', 'identity-sources', { name: '外包', type: 'local' });
    await stage.ask('POST', 'users', { source: local.id, name: '李华', external_id: 'lihua' });
    assert.deepEqual(present(stage, second.id), ['lihua', 'wangfang']);
    const found = (await stage.ask('GET', `users?limit=200&search=${encodeURIComponent('李华')}`)).items.filter((p) => p.name === '李华');
    assert.deepEqual(found.map((p) => p.source_name).sort(), ['外包', '示例科技', '研发'].sort());
    // One leaves both: each source marks its own, and the local one keeps its.
    await stage.simulate('DELETE', 'people/lihua');
    await stage.synced();
    assert.deepEqual([present(stage).includes('lihua'), present(stage, second.id).includes('lihua')], [false, true]);
    await stage.synced(second.id);
    assert.deepEqual([present(stage, second.id), present(stage, local.id)], [['wangfang'], ['lihua']]);
    await stage.simulate('POST', 'people', { userid: 'lihua', unionid: 'ulihua', name: '李华', departments: [3] });
    await stage.synced();
  });

  test('events by Stream lead to a re-read, without a run of all', async () => {
    await stage.ask('PATCH', `dingtalk-apps/${stage.app.id}`, { ingress: 'stream' });
    await until('the stream', async () => (await stage.ask('GET', `dingtalk-apps/${stage.app.id}`)).stream?.state === 'connected');
    await stage.simulate('PUT', `apps/${client.id}/subscription`, { mode: 'stream', rules: ['/v1.0/event/user_*', '/v1.0/event/org_dept_*'] });
    const { run } = await of(stage);
    await stage.simulate('POST', 'departments', { id: 20, name: '新部门', parent: 10 });
    await stage.simulate('POST', 'people', { userid: 'streamed', unionid: 'us', name: '流', departments: [20] });
    await until('who came', () => present(stage).includes('streamed'));
    await stage.simulate('DELETE', 'people/streamed');
    await until('who left', () => !present(stage).includes('streamed'));
    assert.equal((await of(stage)).run, run);
  });

  test('events that take devices out of scope one by one add up: the one that makes it more than a tenth asks', async () => {
    const department = (await stage.ask('GET', 'departments?limit=200')).items.find((d) => d.name === '终端部' && d.source === stage.source.id);
    const group = await stage.ask('POST', 'user-groups', { name: '终端部全员', rules: [{ subject: 'department', relation: 'equal', value: department.id }] });
    const { version, proposal, ...policy } = await stage.ask('GET', 'policy');
    await stage.ask('PUT', 'policy', { ...policy, scope: { everyone: false, groups: [group.id] } });
    for (let i = 0; i < 12; i += 1) await stage.device(`laptop-p${i}`, `p${i}`);
    await stage.synced();
    const { run } = await of(stage);
    const out = (i) => stage.sql(`SELECT COUNT(*) FROM memberships m JOIN people p ON p.id = m.person WHERE p.external_id = 'p${i}' AND m.department = '${department.id}'`) === '0';
    // Of somebody who stays covered: it counts for nothing.
    await stage.simulate('PUT', 'people/p5', { title: '组长' });
    await until('the title', () => stage.sql(`SELECT title FROM people WHERE external_id = 'p5'`) === '组长');
    stage.clock.forward(2 * minute);
    await stage.simulate('PUT', 'people/p0', { departments: [10] });
    await until('the first to be moved', () => out(0));
    assert.equal((await of(stage)).run, run, 'one of twelve needs no word');
    stage.clock.forward(2 * minute);
    await stage.simulate('PUT', 'people/p1', { departments: [10] });
    const waiting = await state(stage, 'waiting');
    assert.deepEqual([waiting.waits.uncovered, waiting.waits.uncovered_of], [2, 12]);
    assert.equal(out(1), false);
    await word(stage, waiting.run, 'approve');
    await state(stage, 'done');
    assert.equal(out(1), true);
    // That was decided: it begins anew.
    await stage.simulate('PUT', 'people/p2', { departments: [10] });
    await until('the next to be moved', () => out(2));
    await stage.ask('PUT', 'policy', { ...policy, scope: { everyone: true, groups: [] } });
  });

  test('an approved run asks once more for whom it asked long ago, and for nobody whom it has just asked for', async () => {
    const away = ['p12', 'p13', 'p14', 'p15', 'p16'];
    const asked = () => stage.proxy.calls.filter((c) => c.includes('/topapi/v2/user/get')).length;
    await stage.simulate('PUT', `apps/${client.id}/subscription`, { mode: 'stream', rules: ['/v1.0/event/nothing'] });
    for (const userid of away) await stage.simulate('DELETE', `people/${userid}`);
    await want(stage);
    const waiting = await state(stage, 'waiting');
    const before = asked();
    await word(stage, waiting.run, 'approve');
    assert.equal((await state(stage, 'done')).changes.left, 5);
    assert.equal(asked(), before);
    for (const userid of away) await stage.simulate('POST', 'people', { userid, unionid: `u${userid}`, name: userid, departments: [10] });
    await stage.synced();
    for (const userid of away) await stage.simulate('DELETE', `people/${userid}`);
    await want(stage);
    const again = await state(stage, 'waiting');
    await stage.simulate('POST', 'people', { userid: 'p12', unionid: 'up12', name: '用户12', departments: [10] });
    stage.clock.forward(11 * minute);
    await word(stage, again.run, 'approve');
    assert.equal((await state(stage, 'done')).changes.left, 4);
    assert.ok(present(stage).includes('p12'));
  });

  test('a source that cannot be read again and again is an alarm with its remedy, until it is read', async () => {
    await stage.ask('PATCH', `dingtalk-apps/${stage.app.id}`, { client_secret: 'not-the-secret-any-more' });
    await want(stage);
    let failures = 0;
    while (failures < 5) {
      const s = await until('the next failure', async () => { const now = await of(stage); return now.failures > failures && now.state === 'failed' && now; }, 60);
      failures = s.failures;
      assert.equal(s.problem.id, 'credentials-refused');
      assert.equal((await events(stage, 'source-broken')).length, failures < 5 ? 0 : 1);
      if (failures < 5) stage.clock.forward(Math.max(s.next_ms - stage.now(), 0) + 1000);
    }
    assert.equal(await metric(stage, 'holdfast_sources_failing'), 1);
    assert.equal(await metric(stage, `holdfast_source_failures{source="${stage.source.id}"}`), 5);
    assert.ok(await metric(stage, `holdfast_source_age_seconds{source="${stage.source.id}"}`) >= 15 * 60);
    await until('the alarm', () => heard.hits.find((h) => h.type === 'system.alarm' && /示例科技: reading it failed 5 times in a row/.test(JSON.stringify(h.data))));
    assert.match(await ctl(stage, 'C.UTF-8', 'source', 'show', '示例科技'), /WHAT TO DO +Copy both again from[^]*FAILURES IN A ROW +5\n/);
    assert.match(await ctl(stage, 'zh_CN.UTF-8', 'source', 'show', '示例科技'), /处理办法 +请从[^]*连续失败次数 +5\n/);
    // Mended: it is read at once, not when the next try would have been.
    await stage.ask('PATCH', `dingtalk-apps/${stage.app.id}`, { client_secret: client.secret });
    const done = await state(stage, 'done');
    assert.deepEqual([done.failures, done.problem, done.error], [0, null, null]);
    assert.equal((await events(stage, 'source-mended')).length, 1);
    assert.equal(await metric(stage, 'holdfast_sources_failing'), 0);
  });

  test('departments chosen while it is read: what was read of the others is put aside, and nobody leaves for it', async () => {
    const everybody = present(stage);
    stage.proxy.late(2000);
    await want(stage);
    const { run } = await until('a run under way', async () => { const s = await of(stage); return s.progress && s; });
    await stage.ask('PUT', `identity-sources/${stage.source.id}`, { name: '示例科技', departments: ['10'] });
    const waiting = await state(stage, 'waiting');
    assert.notEqual(waiting.run, run);
    assert.ok(waiting.waits.outside > 0);
    assert.equal(stage.sql(`SELECT state FROM sync_runs WHERE id = '${run}'`), 'replaced');
    // The same of one that was approved for another choice.
    stage.proxy.late(2000);
    await word(stage, waiting.run, 'approve');
    await stage.ask('PUT', `identity-sources/${stage.source.id}`, { name: '示例科技', departments: [] });
    await state(stage, 'done');
    assert.deepEqual(present(stage), everybody);
  });

  test('switched off while it is read, it is read to its end', async () => {
    stage.proxy.late(1500);
    await want(stage);
    await until('a run under way', async () => (await of(stage)).progress);
    await stage.ask('PUT', `identity-sources/${stage.source.id}`, { name: '示例科技', enabled: false });
    await state(stage, 'done');
    await stage.ask('PUT', `identity-sources/${stage.source.id}`, { name: '示例科技', enabled: true });
  });

  test('removed while it is read for the first time, it is gone without a word', async () => {
    // Before the app is there: its connection test and the run may share one question for a token.
    stage.proxy.late(10000);
    const app = await stage.ask('POST', 'dingtalk-apps', { corp_id: corp, client_id: 'dingnosuchapp0001', client_secret: 'x', ingress: 'stream' });
    const made = await stage.ask('POST', 'identity-sources', { name: '不要的', type: 'dingtalk', app: app.id });
    await until('a run', () => stage.sql(`SELECT COUNT(*) FROM sync_runs WHERE source = '${made.id}'`) === '1');
    assert.equal((await stage.admin('DELETE', `identity-sources/${made.id}`, undefined, { 'if-match': '"1"' })).status, 204);
    await stage.synced();
    assert.equal((await events(stage, 'sync-failed')).filter((e) => /不要的/.test(e.text)).length, 0);
  });

  if (options.postgresql) test('of two servers one reads at a time, and the other goes on with the run when that one is killed', async () => {
    const node = () => stage.sql(`SELECT sync_node FROM identity_sources WHERE id = '${stage.source.id}'`);
    const mine = node();
    const second = await stage.second();
    try {
      const count = Number(stage.sql(`SELECT COUNT(*) FROM departments WHERE gone = 0 AND source = '${stage.source.id}'`));
      const from = stage.proxy.calls.length;
      await stage.synced();
      assert.ok(stage.proxy.calls.slice(from).filter((c) => c.includes('/department/listsub')).length <= count, 'read once');
      stage.proxy.late(3000);
      await want(stage);
      const { run } = await until('a run under way', async () => { const s = await of(stage); return s.progress && s; });
      const first = node() === mine;
      await (first ? stage.server : second).kill();
      stage.clock.forward(2 * minute);
      await until('the other to end it', () => stage.sql(`SELECT state FROM sync_runs WHERE id = '${run}'`) === 'done', 60);
      assert.equal(node() === mine, !first);
      if (first) await stage.serve();
    } finally {
      await second.kill();
    }
  });
});
