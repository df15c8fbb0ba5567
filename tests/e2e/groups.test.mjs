// User groups: what a preview says is what then happens, a change of people is with their devices, and a rule that names what
// is not there any more is told of and counts on. The real server on SQLite, and on PostgreSQL when
// HOLDFAST_TEST_POSTGRESQL names one.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { Stage, build, until, verifyJws } from './stage.mjs';

const postgresql = process.env.HOLDFAST_TEST_POSTGRESQL;
const databases = [['SQLite', undefined], ...(postgresql ? [['PostgreSQL', postgresql]] : [])];
const is = (subject, value, relation = 'equal') => ({ subject, relation, value });
const names = (some) => some.map((one) => one.name).sort();

for (const [name, url] of databases) {
  describe(`user groups on ${name}`, { concurrency: 1 }, () => {
    let stage;
    let departments;
    let people;
    let local;
    before(async () => {
      stage = await Stage.open({ postgresql: url });
      people = Object.fromEntries((await stage.ask('GET', 'users?limit=200')).items.map((u) => [u.external_id, u.id]));
      departments = Object.fromEntries((await stage.ask('GET', 'departments?limit=200')).items.map((d) => [d.name, d.id]));
      local = await stage.ask('POST', 'identity-sources', { name: '外包', type: 'local' });
    });
    after(async () => { await stage?.close(); });

    const preview = (body) => stage.ask('POST', 'user-groups/preview', body);
    const codes = (p) => p.warnings.map((w) => w.code).sort();
    const members = async (id) => (await stage.ask('GET', `user-groups/${id}/members?limit=200`)).items;
    const has = (id, ...who) => until(`the group has ${who}`, async () => JSON.stringify(names(await members(id))) === JSON.stringify(who.sort()));
    const scope = async (...groups) => {
      const { version: _, ...policy } = await stage.ask('GET', 'policy');
      await stage.ask('PUT', 'policy', { ...policy, mode: 'block', scope: { everyone: groups.length === 0, groups }, whitelist: [] });
    };
    const told = (device, covered, why) => until(`${device.name} is told ${covered}, ${why}`, async () => {
      const { keys, statement } = (await device.agent('POST', 'sync', { counter: 0, view: '', held: [], revoked: [], client_version: '0.1.0', wait_ms: 0 })).json;
      if (!statement) return false;
      const { keys: all } = verifyJws(keys, 'holdfast-keys', device.enrolled.root);
      const s = verifyJws(statement, 'holdfast-statement', (kid) => all.find((k) => k.kid === kid).x);
      return s.covered === covered && s.why === why;
    });

    test('a preview says whom a group would have, and what is odd about its rules', async () => {
      const rd = await preview({ rules: [is('department', departments.研发部)] });
      assert.deepEqual([rd.people, rd.all, names(rd.sample), rd.joined.count, rd.left.count, rd.in_scope], [2, 4, ['李华', '王芳'], 2, 0, false]);
      assert.deepEqual(codes(rd), []);
      assert.ok(rd.sample.every((p) => p.source === '示例科技'));
      const why = await preview({ rules: [is('user', people.lihua), is('department', departments.研发部), is('email', 'lihua@example.com'), is('user', people.lihua)] });
      assert.deepEqual(Object.fromEntries(why.sample.map((p) => [p.name, p.rules.map((rule) => rule.position)])), { 李华: [0, 1, 2], 王芳: [1] });
      const both = await preview({ rules: [is('user', people.lihua, 'unequal'), is('user', people.wangfang, 'unequal')] });
      assert.deepEqual([both.people, codes(both)], [4, ['everybody', 'unequal-nearly-everybody']]);
      const [warning] = both.warnings;
      assert.deepEqual([warning.code, warning.rules, warning.first.map((r) => r.position)], ['unequal-nearly-everybody', 2, [0, 1]]);
      assert.match(warning.text.en, /cover 4 of 4 people/);
      assert.match(warning.text.zh, /覆盖了 4 人中的 4 人/);
      const odd = await preview({ rules: [is('email', 'nobody@example.com'), is('email', 'nobody@example.com'), is('telephone', '+86 138 0000 0001')] });
      assert.deepEqual([odd.people, codes(odd)], [4, ['everybody', 'names-nobody', 'repeated', 'several-people']]);
      const empty = await stage.ask('POST', 'departments', { source: local.id, name: '空部门' });
      await until('the department is there', async () => codes(await preview({ rules: [is('department', empty.id)] })).includes('department-empty'));
      assert.deepEqual(codes(await preview({ rules: [] })), ['nobody']);
      const ghost = await stage.admin('POST', 'user-groups/preview', { rules: [is('user', '01900000-0000-7000-8000-000000000000')] });
      assert.equal(ghost.status, 422, ghost.text);
      assert.match(ghost.json.detail, /rules\[0\]: there is no such user/);
    });

    test('a group of 3,000 rules is saved, shown and changed; one more is refused', async () => {
      const rules = Array.from({ length: 2999 }, (_, i) => is('email', `${'x'.repeat(150)}${i}@example.com`)).concat(is('user', people.guqing));
      const made = await stage.ask('POST', 'user-groups', { name: '满', rules });
      assert.equal(made.rules.length, 3000);
      assert.deepEqual([made.rules[2999].name, made.rules[2999].source, made.rules[2999].broken, made.rules[0].name], ['顾青', '示例科技', false, null]);
      await has(made.id, '顾青');
      assert.equal((await stage.ask('GET', `user-groups/${made.id}`)).members, 1);
      const more = await stage.admin('POST', 'user-groups', { name: '超', rules: [...rules, rules[0]] });
      assert.equal(more.status, 400, more.text);
      await stage.ask('PUT', `user-groups/${made.id}`, { name: '满', rules: rules.slice(0, 2) });
      await has(made.id);
      await stage.ask('DELETE', `user-groups/${made.id}`);
    });

    test('members come in pages, each with the rules that have them; and so do the groups of a person', async () => {
      const group = await stage.ask('POST', 'user-groups', { name: '两条', rules: [is('department', departments.研发部), is('email', 'LiHua@example.com')] });
      await has(group.id, '李华', '王芳');
      const first = await stage.ask('GET', `user-groups/${group.id}/members?limit=1`);
      const second = await stage.ask('GET', `user-groups/${group.id}/members?limit=1&cursor=${first.next}`);
      assert.deepEqual(names([...first.items, ...second.items]), ['李华', '王芳']);
      const lihua = [...first.items, ...second.items].find((m) => m.name === '李华');
      assert.deepEqual([lihua.source, lihua.state, names(lihua.departments)], ['示例科技', 'active', ['客户端组']]);
      assert.deepEqual(lihua.rules.map((r) => [r.position, r.subject, r.name]), [[0, 'department', '研发部'], [1, 'email', 'LiHua@example.com']]);
      const found = async (search, more = '') => stage.ask('GET', `user-groups/${group.id}/members?search=${encodeURIComponent(search)}${more}`);
      assert.deepEqual([names((await found('王')).items), names((await found('LIHUA@')).items), names((await found('顾')).items), (await found('%')).items], [['王芳'], ['李华'], [], []]);
      const one = await found('@example', '&limit=1');
      assert.deepEqual(names([...one.items, ...(await found('@example', `&limit=1&cursor=${one.next}`)).items]), ['李华', '王芳']);
      const of = await until('the group is compiled', async () =>
        (await stage.ask('GET', `users/${people.lihua}/groups`)).items.find((g) => g.id === group.id));
      assert.deepEqual([of.name, of.in_scope, of.rules.map((r) => r.position)], ['两条', false, [0, 1]]);
      assert.equal((await stage.admin('GET', 'users/01900000-0000-7000-8000-000000000000/groups')).status, 404);
      assert.equal((await stage.admin('GET', 'user-groups/01900000-0000-7000-8000-000000000000/members')).status, 404);
    });

    test('what a preview of a change says is what the devices are told', async () => {
      const device = await stage.device('laptop-groups');
      const group = await stage.ask('POST', 'user-groups', { name: '范围', rules: [is('department', departments.客户端组)] });
      await scope(group.id);
      await told(device, true, 'group 范围');
      const change = { name: '范围', rules: [is('department', departments.财务部)] };
      const p = await preview({ group: group.id, ...change });
      assert.deepEqual([p.in_scope, names(p.joined.sample), names(p.left.sample)], [true, ['顾青'], ['李华']]);
      assert.deepEqual([names(p.covered.people.gained.sample), names(p.covered.people.lost.sample), names(p.covered.devices.lost.sample)],
        [['顾青'], ['李华'], ['laptop-groups']]);
      assert.deepEqual(names(await members(group.id)), ['李华'], 'nothing was saved');
      await stage.ask('PUT', `user-groups/${group.id}`, change);
      await told(device, false, 'out of scope');
      const inUse = await stage.admin('DELETE', `user-groups/${group.id}`);
      assert.deepEqual([inUse.status, inUse.json.type], [409, 'urn:holdfast:problem:conflict']);
      assert.match(inUse.json.detail, /scope names this user group/);
      await scope();
      await stage.ask('DELETE', `user-groups/${group.id}`);
    });

    test('who moves at DingTalk, or is moved here, is with the policy as soon as that is stored', async () => {
      const device = await stage.device('laptop-moves');
      const lab = await stage.ask('POST', 'departments', { source: local.id, name: '实验室' });
      const other = await stage.ask('POST', 'departments', { source: local.id, name: '门店' });
      const zhang = await stage.ask('POST', 'users', { source: local.id, name: '张', departments: [lab.id] });
      const group = await stage.ask('POST', 'user-groups', { name: '移动', rules: [is('department', departments.客户端组), is('department', lab.id)] });
      await scope(group.id);
      await told(device, true, 'group 移动');
      await has(group.id, '张', '李华');
      await stage.simulate('PUT', 'people/lihua', { departments: [4] });
      // The only covered device would be out of scope, which somebody has to say is right.
      await stage.ask('POST', `identity-sources/${stage.source.id}/sync`, {});
      const { run } = await until('the walk waits', async () => {
        const { sync } = await stage.ask('GET', `identity-sources/${stage.source.id}`);
        return sync.state === 'waiting' && sync;
      });
      await stage.ask('POST', `identity-sources/${stage.source.id}/syncs/${run}/approve`);
      await told(device, false, 'out of scope');
      await has(group.id, '张');
      await stage.simulate('PUT', 'people/lihua', { departments: [3] });
      await stage.synced();
      await told(device, true, 'group 移动');
      await stage.ask('PUT', `users/${zhang.id}`, { name: '张', departments: [other.id] });
      await has(group.id, '李华');
      await scope();
    });

    test('a rule that names who left is told of once, counts on, and goes when somebody saves the group without it', async () => {
      const gone = await stage.ask('POST', 'users', { source: local.id, name: '临时工' });
      const stays = await stage.ask('POST', 'users', { source: local.id, name: '长期工' });
      const group = await stage.ask('POST', 'user-groups', { name: '外包人员', rules: [is('user', gone.id), is('user', stays.id)] });
      await has(group.id, '临时工', '长期工');
      await stage.ask('POST', `users/${gone.id}/depart`, {});
      const alarms = async () => (await stage.ask('GET', `audit?kind=rule-broken&object=${group.id}`)).items;
      await until('somebody is told', async () => (await alarms()).length === 1);
      assert.equal((await alarms())[0].text, '外包人员: 1 broken: 临时工');
      const metric = async () => Number(/^holdfast_group_rules_broken (\d+)$/m.exec((await stage.admin('GET', '../../metrics')).text)[1]);
      assert.equal(await metric(), 1);
      const seen = await stage.ask('GET', `user-groups/${group.id}`);
      assert.deepEqual([seen.broken_rules, seen.rules.map((r) => r.broken), seen.departed], [1, [true, false], 1]);
      await has(group.id, '临时工', '长期工');
      const anew = await stage.admin('POST', 'user-groups', { name: '另一组', rules: [is('user', gone.id)] });
      assert.deepEqual([anew.status, anew.json.detail], [422, 'rules[0]: the user 临时工 has left']);
      // Another change keeps it, and nobody is told again.
      await stage.ask('PUT', `user-groups/${group.id}`, { name: '外包', rules: [is('user', stays.id), is('user', gone.id)] });
      const p = await preview({ group: group.id, rules: [is('user', stays.id)] });
      assert.deepEqual(names(p.left.sample), ['临时工']);
      assert.deepEqual(codes(await preview({ group: group.id, rules: [is('user', stays.id), is('user', gone.id)] })), ['broken']);
      await stage.ask('PUT', `user-groups/${group.id}`, { name: '外包', rules: [is('user', stays.id)] });
      await until('nothing is broken any more', async () => await metric() === 0);
      await has(group.id, '长期工');
      assert.equal((await alarms()).length, 1);
    });

    test('holdfastctl shows a group before it is saved, its members, and the groups of a person', async () => {
      const ctl = (words, LANG = 'C.UTF-8') => spawnSync(path.join(build, 'holdfastctl'), words, { encoding: 'utf8',
        env: { PATH: process.env.PATH, HOME: stage.folder, LANG, HOLDFAST_SERVER: stage.server.url, HOLDFAST_TOKEN: stage.token } });
      const good = (words, lang) => { const done = ctl(words, lang); assert.equal(done.status, 0, done.stderr); return done.stdout; };
      const file = path.join(stage.folder, 'group.yaml');
      writeFileSync(file, `name: 研发全员\nrules:\n- {subject: department, relation: equal, value: ${departments.研发部}}\n- {subject: email, relation: equal, value: nobody@example.com}\n`);
      assert.match(good(['group', 'preview', '--file', file]), /people, of all: 2 \/ \d+\n[^]*李华 \(示例科技\)[^]*all of them would join\n[^]*Please note:\n {2}- Rules that name nobody: 1\./);
      assert.match(good(['group', 'preview', '--file', file], 'zh_CN.UTF-8'), /人数 \/ 总人数: 2[^]*以上全部为新加入[^]*请注意：\n {2}- 未匹配到任何人的规则：1 条/);
      good(['group', 'create', '--file', file]);
      await until('it is compiled', async () => / 王芳 /.test(good(['group', 'members', '研发全员'])));
      assert.match(good(['group', 'members', '研发全员'], 'zh_CN.UTF-8'), /依据[^]*李华 .*示例科技 .*客户端组 .*研发部/);
      assert.match(good(['group', 'show', '研发全员'], 'zh_CN.UTF-8'), /成员数 +2[^]*部门 +等于 +研发部 +示例科技 +否/);
      good(['group', 'edit', '研发全员', '--name', '研发']);
      assert.match(good(['group', 'list']), /研发/);
      assert.match(good(['user', 'groups', people.lihua]), /研发 +no +研发部/);
      good(['group', 'delete', '研发', '--yes']);
    });
  });
}
