// Identity sources of type dingtalk: reading a whole organisation, by cycle and on demand, what events say to read again,
// kills in the middle, the brake, and what changed.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { build, client, company, keys, Stage, until } from './stage.mjs';

const postgresql = process.env.HOLDFAST_TEST_POSTGRESQL;
const databases = [['SQLite', {}], ['PostgreSQL', { postgresql }]].filter(([name]) => name === 'SQLite' || postgresql);
const HOUR = 3600 * 1000;

// The company of the other tests and forty people more, in a tree of twelve departments.
const larger = {
  ...company,
  departments: [...company.departments, ...Array.from({ length: 12 }, (_, i) => ({ id: 10 + i, name: `部门${i}`, parent: i < 4 ? 1 : 10 + (i % 4) }))],
  people: [...company.people, ...Array.from({ length: 40 }, (_, i) => ({ userid: `p${i}`, unionid: `up${i}`, name: `用户${i}`,
    mobile: `139${String(i).padStart(8, '0')}`, email: `p${i}@example.com`, title: '', departments: i % 5 ? [10 + (i % 12)] : [10 + (i % 12), 4] }))],
};

// What the directory holds of a source and what the organisation is, in the same words.
function directory(stage, source = stage.source.id) {
  const rows = (sql) => stage.sql(sql).split('\n').filter(Boolean).map((line) => line.split('|'));
  const departments = rows(`SELECT d.external_id, d.name, COALESCE(p.external_id, '0') FROM departments d LEFT JOIN departments p
    ON p.id = d.parent WHERE d.gone = 0 AND d.source = '${source}'`);
  const people = rows(`SELECT external_id, name, email, telephone, title, departed FROM people WHERE source = '${source}'`);
  const members = rows(`SELECT p.external_id, d.external_id FROM memberships m JOIN people p ON p.id = m.person JOIN departments d
    ON d.id = m.department WHERE d.gone = 0 AND p.departed = 0 AND p.source = '${source}' ORDER BY m.position`);
  const lists = {};
  for (const [person, department] of members) (lists[person] ??= []).push(department);
  return {
    departments: departments.map((d) => d.join(' ')).sort(),
    people: people.filter((p) => p[5] === '0').map(([id, ...rest]) => [id, ...rest.slice(0, 4), (lists[id] ?? []).join()].join(' ')).sort(),
    departed: people.filter((p) => p[5] === '1').map((p) => p[0]).sort(),
  };
}

async function organisation(stage) {
  const departments = (await stage.simulate('GET', 'departments')).items;
  const people = (await stage.simulate('GET', 'people')).items.filter((p) => !p.external);
  return {
    departments: departments.map((d) => `${d.id} ${d.name} ${d.parent}`).sort(),
    people: people.map((p) => [p.userid, p.name, p.email, p.mobile, p.title, p.departments.join()].join(' ')).sort(),
  };
}

async function agrees(stage) {
  const { departments, people } = directory(stage);
  assert.deepEqual({ departments, people }, await organisation(stage));
}

const sync = async (stage) => (await stage.ask('GET', `identity-sources/${stage.source.id}`)).sync;
const state = (stage, wanted) => until(`a source that is ${wanted}`, async () => { const s = await sync(stage); return s.state === wanted && s; }, 60);
const changes = async (stage, query = '') => (await stage.ask('GET', `identity-sources/${stage.source.id}/changes?limit=200${query}`)).items;
const word = (stage, run, said) => stage.ask('POST', `identity-sources/${stage.source.id}/syncs/${run}/${said}`);
const events = async (stage, kind) => (await stage.ask('GET', `audit?kind=${kind}&limit=200`)).items;
// All events of the organisation are pushed, or none.
const pushed = (stage, all) => stage.simulate('PUT', `apps/${client.id}/subscription`, { url: stage.app.request_url, aesKey: keys.aes,
  token: keys.token, shape: 'A', rules: all ? [] : ['/v1.0/event/nothing'] });

for (const [name, options] of databases) describe(`DingTalk's organisation on ${name}`, { concurrency: 1 }, () => {
  let stage;
  before(async () => {
    stage = await Stage.open({ ...options, virtual: true, seed: larger });
    await pushed(stage, false);
  });
  after(async () => { await stage?.close(); });

  test('the first run reads everybody, and a second one writes nothing', async () => {
    await agrees(stage);
    const first = await sync(stage);
    assert.deepEqual([first.changes.joined, first.people, first.departments, first.progress], [44, 44, 16, null]);
    const seen = () => stage.sql('SELECT MAX(seen_ms) FROM people');
    const before = [seen(), stage.sql('SELECT COUNT(*) FROM sync_changes')];
    await stage.synced();
    assert.deepEqual([seen(), stage.sql('SELECT COUNT(*) FROM sync_changes')], before);
    const second = await sync(stage);
    assert.notEqual(second.run, first.run);
    assert.deepEqual(Object.values(second.changes), [0, 0, 0, 0, 0, 0, 0]);
    assert.equal(stage.sql('SELECT COUNT(*) FROM sync_seen') + stage.sql('SELECT COUNT(*) FROM sync_departments'), '00');
  });

  test('who joined, left, moved and was renamed is told, and nobody else is written', async () => {
    await stage.simulate('POST', 'people', { userid: 'fresh', unionid: 'ufresh', name: '新人', departments: [10] });
    await stage.simulate('DELETE', 'people/p1');
    await stage.simulate('PUT', 'people/p2', { departments: [11] });
    await stage.simulate('PUT', 'people/p3', { name: '改名' });
    await stage.simulate('PUT', 'people/p4', { title: '经理' });
    await stage.simulate('PUT', 'departments/12', { name: '新名字' });
    const begun = stage.now();
    await stage.synced();
    await agrees(stage);
    const { run, changes: counts } = await sync(stage);
    assert.deepEqual(counts, { joined: 1, returned: 0, left: 1, moved: 1, renamed: 1, changed: 1, departments: 1 });
    const told = await changes(stage, `&run=${run}`);
    assert.deepEqual(told.map((c) => `${c.subject} ${c.external_id} ${c.kind} ${c.state}`).sort(), ['department 12 renamed applied',
      'person fresh joined applied', 'person p1 left applied', 'person p2 moved applied', 'person p3 renamed applied', 'person p4 changed applied']);
    const moved = told.find((c) => c.external_id === 'p2');
    assert.deepEqual([moved.before, moved.after], [{ departments: ['新名字'] }, { departments: ['部门1'] }]);
    assert.equal(stage.sql(`SELECT COUNT(*) FROM people WHERE seen_ms >= ${Math.floor(begun)}`), '5');
    const done = (await events(stage, 'sync-done')).at(0).record;
    assert.equal(done.detail.left, 1);
    await stage.simulate('POST', 'people', { userid: 'p1', unionid: 'up1', name: '用户1', departments: [11] });
    await stage.synced();
    await agrees(stage);
    assert.deepEqual((await changes(stage, '&kind=returned')).map((c) => c.external_id), ['p1']);
  });

  test('a connection test says what the app may read, and which chosen department it does not see', async () => {
    const well = await stage.ask('POST', `identity-sources/${stage.source.id}/test`);
    assert.equal(well.state, 'ready', JSON.stringify(well));
    assert.ok(well.findings.some((f) => f.id === 'permission-ok'));
    assert.ok(!well.findings.some((f) => /Workflow/.test(f.subject)));
    const other = await stage.ask('POST', 'dingtalk-apps', { corp_id: stage.app.corp_id, client_id: 'dingwrong0000', client_secret: 'wrong', ingress: 'stream' });
    const bad = await stage.ask('POST', 'identity-sources', { name: '写错的', type: 'dingtalk', app: other.id, departments: ['777'] });
    const { state: how, findings } = await stage.ask('POST', `identity-sources/${bad.id}/test`);
    assert.deepEqual([how, findings.find((f) => f.severity === 'broken').id], ['broken', 'credentials-refused']);
    await until('the run to fail', async () => (await stage.ask('GET', `identity-sources/${bad.id}`)).sync.state === 'failed');
    assert.equal((await stage.admin('DELETE', `identity-sources/${bad.id}`, undefined, { 'if-match': '"1"' })).status, 204);
  });

  test('it is read again when its cycle has gone round, and a cycle has 1 to 24 hours', async () => {
    for (const cycle_hours of [0, 25]) {
      const answer = await stage.admin('PUT', `identity-sources/${stage.source.id}`, { name: '示例科技', cycle_hours });
      assert.equal(answer.status, 400, answer.text);
    }
    await stage.ask('PUT', `identity-sources/${stage.source.id}`, { name: '示例科技', cycle_hours: 2 });
    const { run, started_ms, next_ms } = await sync(stage);
    assert.equal(next_ms, started_ms + 2 * HOUR);
    await stage.simulate('PUT', 'people/p5', { name: '一小时后' });
    stage.clock.forward(2 * HOUR);
    await until('the next run', async () => { const now = await sync(stage); return now.run !== run && now.state === 'done'; }, 90);
    await agrees(stage);
  });

  test('an event leads to a re-read of whom it names, and a lost one is made good by the next run', async () => {
    await pushed(stage, true);
    const { run } = await sync(stage);
    await stage.simulate('POST', 'departments', { id: 30, name: '新部门', parent: 13 });
    await stage.simulate('POST', 'people', { userid: 'hinted', unionid: 'uh', name: '事件', departments: [30, 10] });
    await stage.simulate('PUT', 'people/p6', { name: '事件改名', departments: [30] });
    await stage.simulate('DELETE', 'people/p7');
    await stage.simulate('PUT', 'departments/14', { name: '事件部门' });
    const same = async () => { const { departments, people } = directory(stage); return JSON.stringify({ departments, people }) === JSON.stringify(await organisation(stage)); };
    await until('the directory to follow', same);
    assert.equal((await sync(stage)).run, run, 'without a run of all');
    const told = (await changes(stage)).filter((c) => c.run === null);
    assert.ok(told.some((c) => c.external_id === 'p7' && c.kind === 'left'));
    assert.ok(told.some((c) => c.external_id === '30' && c.kind === 'joined'));
    await stage.simulate('PUT', 'people/p6', { departments: [10] });
    await stage.simulate('PUT', 'people/hinted', { departments: [10] });
    await stage.simulate('DELETE', 'departments/30');
    await until('the department to go', same);
    await pushed(stage, false);
    await stage.simulate('PUT', 'people/p8', { name: '无事件' });
    await stage.synced();
    await agrees(stage);
  });

  test('a run that fails takes nobody away, and goes on where it was', async () => {
    await stage.simulate('PUT', 'people/p9', { name: '失败之后' });
    const { id } = await stage.simulate('POST', 'faults', { kind: 'permission', path: '/topapi/v2/user/list', scope: 'qyapi_get_department_member', count: 1000 });
    await stage.ask('POST', `identity-sources/${stage.source.id}/sync`, {});
    const failed = await state(stage, 'failed');
    assert.match(failed.error, /DingTalk/);
    assert.ok(failed.next_ms > stage.now());
    assert.equal(directory(stage).departed.length, 1);
    await stage.simulate('DELETE', `faults/${id}`);
    await stage.ask('POST', `identity-sources/${stage.source.id}/sync`, {});
    assert.equal((await state(stage, 'done')).run, failed.run);
    await agrees(stage);
  });

  test('more than a tenth of the people leaving waits for a word: refused, nobody leaves; approved, they do', async () => {
    const away = Array.from({ length: 6 }, (_, i) => `p${20 + i}`);
    for (const userid of away) await stage.simulate('DELETE', `people/${userid}`);
    await stage.simulate('POST', 'people', { userid: 'later', unionid: 'ul', name: '同时来的', departments: [10] });
    await stage.simulate('PUT', 'people/p30', { departments: [10] });
    const departed = directory(stage).departed;
    await stage.ask('POST', `identity-sources/${stage.source.id}/sync`, {});
    let waiting = await state(stage, 'waiting');
    assert.deepEqual([waiting.waits.leaving, waiting.waits.leaving_of], [6, 45]);
    const pending = await changes(stage, `&run=${waiting.run}&state=pending`);
    assert.deepEqual(pending.filter((c) => c.kind === 'left').map((c) => c.external_id).sort(), away);
    assert.ok(pending.some((c) => c.external_id === 'p30' && c.kind === 'moved'));
    assert.deepEqual(directory(stage).departed, departed);
    assert.ok(directory(stage).people.some((p) => p.startsWith('later ')), 'who joined is there');
    assert.match((await events(stage, 'sync-waiting')).at(0).text, /6 of 45 people would leave/);
    assert.equal((await stage.admin('POST', `identity-sources/${stage.source.id}/syncs/${stage.source.id}/approve`)).status, 409);

    await word(stage, waiting.run, 'refuse');
    assert.equal((await sync(stage)).state, 'refused');
    assert.deepEqual(directory(stage).departed, departed);
    assert.equal((await changes(stage, `&run=${waiting.run}&state=refused`)).length, pending.length);
    await stage.ask('POST', `identity-sources/${stage.source.id}/sync`, {});
    waiting = await state(stage, 'waiting');
    // One comes back, and a quarter of an hour later somebody says a word: he is asked for once more, and stays.
    await stage.simulate('POST', 'people', { userid: 'p20', unionid: 'up20', name: '用户20', departments: [18] });
    stage.clock.forward(HOUR / 4);
    await word(stage, waiting.run, 'approve');
    const done = await state(stage, 'done');
    assert.equal(done.run, waiting.run);
    assert.equal(done.changes.left, 5);
    await agrees(stage);
    assert.equal((await events(stage, 'sync-approved')).length, 1);
    assert.equal((await events(stage, 'sync-refused')).length, 1);
  });

  test('a flood of events about leavers takes nobody away: a whole run is made, which asks', async () => {
    await pushed(stage, true);
    const { run } = await sync(stage);
    const departed = directory(stage).departed;
    await stage.proxy.down();
    const away = Array.from({ length: 7 }, (_, i) => `p${33 + i}`);
    for (const userid of away) await stage.simulate('DELETE', `people/${userid}`);
    await until('the events', () => Number(stage.sql(`SELECT COUNT(*) FROM sync_hints WHERE subject = 'person'`)) === away.length);
    await stage.proxy.up();
    stage.clock.forward(HOUR / 6);
    const waiting = await state(stage, 'waiting');
    assert.notEqual(waiting.run, run);
    assert.equal(waiting.waits.leaving, away.length);
    assert.ok(directory(stage).departed.length - departed.length <= 4, 'those that came first, a tenth at most');
    await word(stage, waiting.run, 'refuse');
    await pushed(stage, false);
    for (const [i, userid] of away.entries()) await stage.simulate('POST', 'people', { userid, unionid: `u${userid}`, name: `用户${33 + i}`, departments: [10 + i] });
    await stage.synced();
    await agrees(stage);
  });

  const ctl = async (language, ...words) => (await promisify(execFile)(path.join(build, 'holdfastctl'), words, { env: { PATH: process.env.PATH, HOME: stage.folder,
    ASAN_OPTIONS: process.env.ASAN_OPTIONS ?? '', LANG: language, HOLDFAST_SERVER: stage.server.url, HOLDFAST_TOKEN: stage.token } })).stdout;

  test('holdfastctl shows a source and what changed, in both languages', async () => {
    const shown = await ctl('C.UTF-8', 'source', 'show', '示例科技');
    assert.match(shown, /SYNC +done/);
    assert.match(shown, /RUN +[0-9a-f]{8}-/);
    assert.doesNotMatch(shown, /WOULD LEAVE|SECONDS LEFT/, 'what there is nothing of has no line');
    assert.match(await ctl('zh_CN.UTF-8', 'source', 'show', '示例科技'), /同步 +完成/);
    assert.match(await ctl('C.UTF-8', 'source', 'changes', '示例科技', '--kind', 'moved', '--subject', 'person'), /person +moved +applied +p2 /);
    assert.match(await ctl('zh_CN.UTF-8', 'source', 'changes', '示例科技', '--kind', 'renamed'), /用户 +改名 +已生效 +p3 /);
    assert.match(await ctl('C.UTF-8', 'source', 'test', '示例科技'), /✓ Permission granted: [^]*示例科技: ready/);
    assert.match(await ctl('zh_CN.UTF-8', 'source', 'test', '示例科技'), /✓ 已开通权限：[^]*示例科技: 正常/);
  });

  test('more than a tenth of the covered devices out of scope waits too', async () => {
    const finance = (await stage.ask('GET', 'departments?limit=200')).items.find((d) => d.name === '财务部');
    const group = await stage.ask('POST', 'user-groups', { name: '财务部全员', rules: [{ subject: 'department', relation: 'equal', value: finance.id }] });
    const { version, proposal, ...policy } = await stage.ask('GET', 'policy');
    await stage.ask('PUT', 'policy', { ...policy, scope: { everyone: false, groups: [group.id] } });
    for (const userid of ['p0', 'p10', 'p15', 'guqing']) await stage.device(`laptop-${userid}`, userid);
    await stage.simulate('PUT', 'people/p0', { departments: [10] });
    await stage.simulate('PUT', 'people/p10', { departments: [10] });
    await stage.ask('POST', `identity-sources/${stage.source.id}/sync`, {});
    const waiting = await state(stage, 'waiting');
    assert.deepEqual([waiting.waits.uncovered, waiting.waits.uncovered_of], [2, 4]);
    assert.match((await events(stage, 'sync-waiting')).at(0).text, /2 of 4 covered devices would be out of scope/);
    assert.ok(directory(stage).people.some((p) => /^p0 .* \d+,4$/.test(p)), 'nothing was taken away');
    assert.match(await ctl('C.UTF-8', 'source', 'show', '示例科技'), /WOULD BE UNCOVERED +2\n/);
    assert.match(await ctl('zh_CN.UTF-8', 'source', 'changes', '示例科技', '--state', 'pending'), /p10 /);
    await ctl('C.UTF-8', 'source', 'approve', '示例科技', waiting.run, '--yes');
    await state(stage, 'done');
    await agrees(stage);
    await stage.ask('PUT', 'policy', { ...policy, scope: { everyone: true, groups: [] } });
  });

  test('of chosen departments alone that part is read, and whoever is beside it leaves when that is approved', async () => {
    await stage.ask('PUT', `identity-sources/${stage.source.id}`, { name: '示例科技', departments: ['10', '2'] });
    const waiting = await state(stage, 'waiting');
    await stage.ask('PUT', `identity-sources/${stage.source.id}`, { name: '示例科技', departments: ['10', '777', '2'] });
    const tested = await stage.ask('POST', `identity-sources/${stage.source.id}/test`);
    assert.deepEqual(tested.findings.filter((f) => f.severity === 'broken').map((f) => `${f.id} ${f.subject}`), ['department-unseen 777']);
    const again = await until('the other choice', async () => { const s = await sync(stage); return s.state === 'waiting' && s.run !== waiting.run && s; });
    await word(stage, again.run, 'approve');
    await state(stage, 'done');
    const inside = (await organisation(stage)).departments.map((d) => d.split(' ')).filter(([id, , parent]) => ['10', '2'].includes(id) || ['10', '2'].includes(parent)).map(([id]) => id);
    assert.deepEqual(directory(stage).departments.map((d) => d.split(' ')[0]).sort(), inside.sort());
    const here = (await stage.simulate('GET', 'people')).items.filter((p) => p.departments.some((d) => inside.includes(String(d))));
    assert.deepEqual(directory(stage).people.map((p) => p.split(' ')[0]), here.map((p) => p.userid).sort());
    await pushed(stage, true);
    await stage.simulate('PUT', 'people/zhoumin', { departments: [10] });
    await until('who moved in', () => directory(stage).people.some((p) => p.startsWith('zhoumin ')));
    await stage.simulate('PUT', 'people/zhoumin', { departments: [1] });
    await until('who moved out', () => !directory(stage).people.some((p) => p.startsWith('zhoumin ')));
    await pushed(stage, false);
    await stage.ask('PUT', `identity-sources/${stage.source.id}`, { name: '示例科技', departments: [] });
    await state(stage, 'done');
    await agrees(stage);
  });

  test('kill -9 in the middle: the run goes on and reads nothing twice', async () => {
    for (const point of ['sync-children:9', 'sync-members:7', 'sync-read', 'sync-checked', 'sync-applied']) {
      await stage.simulate('PUT', 'people/p31', { departments: [point.length % 2 ? 12 : 13], name: `${point}` });
      await stage.simulate('POST', 'people', { userid: `at-${point.replace(':', '-')}`, unionid: `u${point}`, name: '新', departments: [10, 2] });
      await stage.simulate('DELETE', `people/p${32 + point.length % 7}`).catch(() => {});
      await stage.server.stop();
      await stage.serve({ HOLDFAST_FAILPOINT: point });
      const from = stage.proxy.calls.length;
      await stage.ask('POST', `identity-sources/${stage.source.id}/sync`, {});
      assert.equal((await stage.server.ended).signal, 'SIGKILL', point);
      const run = stage.sql('SELECT id FROM sync_runs ORDER BY id DESC LIMIT 1');
      await stage.serve();
      assert.equal((await state(stage, 'done')).run, run, point);
      await agrees(stage);
      const listed = stage.proxy.calls.slice(from).filter((c) => c.includes('/department/listsub')).length;
      const count = directory(stage).departments.length;
      assert.ok(listed <= count + 12, `${point}: ${listed} calls for ${count} departments and 12 that were under way`);
    }
  });
});

// Whatever happens to organisation and server, in the end the directory is the organisation.
for (const [name, options] of databases) test(`changes, events and kills in any order on ${name}`, async () => {
  const stage = await Stage.open({ ...options, seed: larger });
  let seed = Number(process.env.HOLDFAST_SEED ?? 20261);
  const chance = (n) => { seed = (seed * 1103515245 + 12345) % 2147483648; return Math.floor((seed / 2147483648) * n); };
  const pick = (list) => list[chance(list.length)];
  let made = 100;
  const people = async () => (await stage.simulate('GET', 'people')).items.filter((p) => !p.external && /^[pn]\d/.test(p.userid));
  const departments = async () => (await stage.simulate('GET', 'departments')).items;
  const acts = [
    async () => stage.simulate('POST', 'people', { userid: `n${made += 1}`, unionid: `un${made}`, name: '新', departments: [pick(await departments()).id] }),
    async () => stage.simulate('DELETE', `people/${pick(await people()).userid}`),
    async () => stage.simulate('PUT', `people/${pick(await people()).userid}`, { departments: [...new Set([pick(await departments()).id, pick(await departments()).id])] }),
    async () => stage.simulate('PUT', `people/${pick(await people()).userid}`, { name: `名${made += 1}`, email: `e${made}@example.com` }),
    async () => stage.simulate('POST', 'departments', { id: made += 1, name: `部${made}`, parent: pick(await departments()).id }),
    async () => stage.simulate('PUT', `departments/${pick((await departments()).filter((d) => d.id > 4)).id}`, { parent: pick([1, 2, 4]) }),
    async () => stage.simulate('DELETE', `departments/${pick((await departments()).filter((d) => d.id > 4)).id}`),
    async () => stage.simulate('PUT', `departments/${pick((await departments()).filter((d) => d.id > 1)).id}`, { name: `改${made += 1}` }),
  ];
  const settled = () => until('the run to end', async () => {
    const s = await sync(stage);
    if (s.state === 'waiting') await word(stage, s.run, 'approve');
    return s.state === 'done' || (s.state === 'failed' && await stage.ask('POST', `identity-sources/${stage.source.id}/sync`, {}) && false);
  }, 90);
  try {
    for (let round = 0; round < 6; round += 1) {
      await pushed(stage, chance(2) === 0);
      const point = pick(['', 'sync-members:3', 'sync-children:5', 'sync-applied', 'sync-hint-written', 'committer-after-commit:9']);
      await stage.server.stop();
      await stage.serve(point ? { HOLDFAST_FAILPOINT: point } : {});
      const act = async () => { for (let i = 0; i < 6; i += 1) await pick(acts)().catch(() => {}); };
      await act();
      await stage.admin('POST', `identity-sources/${stage.source.id}/sync`, {}).catch(() => {});
      await act();
      await stage.server.kill();
      await stage.serve();
      if (chance(2)) await act();
      await stage.ask('POST', `identity-sources/${stage.source.id}/sync`, {});
      await settled();
    }
    await pushed(stage, false);
    await until('no hint left', () => stage.sql('SELECT COUNT(*) FROM sync_hints') === '0', 60);
    await stage.ask('POST', `identity-sources/${stage.source.id}/sync`, {});
    await settled();
    await agrees(stage);
  } finally {
    await stage.close();
  }
});
