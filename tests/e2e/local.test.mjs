// Local identity sources: people and departments that are kept here, lists of them, passwords, and what such people can do.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { account } from './accounts.mjs';
import { Browser, Device, Stage, build, call, unescape, until } from './stage.mjs';

const chance = () => '01900000-0000-7000-8000-000000000000';

const postgresql = process.env.HOLDFAST_TEST_POSTGRESQL;
const databases = [['SQLite', {}], ['PostgreSQL', { postgresql }]].filter(([name]) => name === 'SQLite' || postgresql);

for (const [name, options] of databases) describe(`local identity sources on ${name}`, { concurrency: 1 }, () => {
  let stage, source;
  before(async () => {
    stage = await Stage.open({ ...options, virtual: true });
    source = await stage.ask('POST', 'identity-sources', { name: '外包人员', type: 'local' });
  });
  after(async () => { await stage?.close(); });

  const refused = async (status, about, ...what) => {
    const answer = await stage.admin(...what);
    assert.equal(answer.status, status, `${what[0]} ${what[1]}: ${answer.text}`);
    assert.match(answer.json.detail, about);
  };
  const department = (called, parent) => stage.ask('POST', 'departments', { source: source.id, name: called, parent });
  const user = (called, more = {}) => stage.ask('POST', 'users', { source: source.id, name: called, ...more });
  const events = async (kind, object) => (await stage.ask('GET', `audit?kind=${kind}&object=${object}`)).items;

  test('departments are a tree: made, renamed, moved without loops, removed when empty', async () => {
    const top = await department('总部');
    const lab = await department('研发', top.id);
    const group = await department('客户端组', lab.id);
    assert.equal((await stage.ask('GET', `departments/${group.id}`)).path, '总部/研发/客户端组');
    assert.deepEqual((await stage.ask('GET', `departments?parent=${top.id}`)).items.map((d) => d.name), ['研发']);
    assert.deepEqual((await stage.ask('GET', `departments?source=${source.id}&top=true`)).items.map((d) => [d.name, d.has_below]), [['总部', true]]);
    assert.equal((await stage.ask('GET', `departments/${group.id}`)).has_below, false);
    assert.deepEqual((await stage.ask('GET', `departments?source=${source.id}&search=${encodeURIComponent('客户')}`)).items.map((d) => d.id), [group.id]);
    await refused(409, /there is a 研发 in this place/, 'POST', 'departments', { source: source.id, name: ' 研发 ', parent: top.id });
    await refused(400, /name/, 'POST', 'departments', { source: source.id, name: 'a/b' });
    await refused(422, /below itself/, 'PUT', `departments/${top.id}`, { name: '总部', parent: group.id });
    await refused(422, /below itself/, 'PUT', `departments/${top.id}`, { name: '总部', parent: top.id });
    const foreign = (await stage.ask('GET', `departments?source=${stage.source.id}`)).items[0];
    await refused(422, /no such department/, 'PUT', `departments/${lab.id}`, { name: '研发', parent: foreign.id });
    await refused(409, /read from DingTalk/, 'PUT', `departments/${foreign.id}`, { name: 'x' });
    await refused(409, /read from DingTalk/, 'POST', 'departments', { source: stage.source.id, name: 'x' });
    await stage.ask('PUT', `departments/${group.id}`, { name: '桌面组', parent: top.id });
    assert.equal((await stage.ask('GET', `departments/${group.id}`)).path, '总部/桌面组');
    await stage.ask('PUT', `departments/${group.id}`, { name: '桌面组', parent: '' });
    assert.equal((await stage.ask('GET', `departments/${group.id}`)).path, '桌面组');
    const [renamed] = (await events('department-changed', group.id)).slice(-1);
    assert.match(JSON.stringify(renamed), /客户端组|总部|parent/);

    await refused(409, /not empty: 1 departments/, 'DELETE', `departments/${top.id}`);
    const wang = await user('王', { departments: [lab.id] });
    await refused(409, /1 people/, 'DELETE', `departments/${lab.id}`);
    await stage.ask('POST', `users/${wang.id}/depart`, {});
    await stage.ask('DELETE', `departments/${lab.id}`);
    assert.equal((await stage.admin('GET', `departments/${lab.id}`)).status, 404);
    assert.deepEqual((await stage.ask('GET', `users/${wang.id}`)).departments.map((d) => d.name), ['研发'], 'who left keeps the last department');
    await refused(404, /gone/, 'PUT', `departments/${lab.id}`, { name: 'x' });
    const again = await department('研发', top.id);
    assert.notEqual(again.id, lab.id);
    assert.equal((await events('department-removed', lab.id)).length, 1);
  });

  test('there is a limit to how deep departments are', async () => {
    let parent = (await department('level 1')).id;
    for (let i = 2; i <= 20; i += 1) parent = (await department(`level ${i}`, parent)).id;
    await refused(422, /20 levels/, 'POST', 'departments', { source: source.id, name: 'level 21', parent });
    const two = await department('two');
    await department('below', two.id);
    const nineteen = (await stage.ask('GET', `departments/${parent}`)).parent;
    await refused(422, /20 levels/, 'PUT', `departments/${two.id}`, { name: 'two', parent: nineteen });
  });

  test('people are added, changed, moved, marked departed and brought back, all on record', async () => {
    const [a, b] = [await department('甲'), await department('乙')];
    const li = await user(' 李华 ', { external_id: 'E-1', email: 'Li.Hua@Example.com', telephone: '1380', title: '工程师', departments: [b.id, a.id] });
    assert.deepEqual([li.name, li.email, li.external_id, li.source_name, li.state, li.has_password], ['李华', 'li.hua@example.com', 'E-1', '外包人员', 'active', false]);
    assert.deepEqual(li.departments.map((d) => d.name), ['乙', '甲'], 'the main one first');
    const nobody = await user('无号');
    assert.equal(nobody.external_id, nobody.id);
    await refused(409, /email/, 'POST', 'users', { source: source.id, name: 'x', email: 'LI.hua@example.com' });
    await refused(409, /external_id/, 'POST', 'users', { source: source.id, name: 'x', external_id: 'E-1' });
    await refused(400, /external_id/, 'POST', 'users', { source: source.id, name: 'x', external_id: 'a@b' });
    await refused(400, /email/, 'POST', 'users', { source: source.id, name: 'x', email: 'nonsense' });
    await refused(422, /departments\[1\]: is there twice/, 'PUT', `users/${li.id}`, { name: 'x', departments: [a.id, a.id] });
    const foreign = (await stage.ask('GET', `departments?source=${stage.source.id}`)).items[0];
    await refused(422, /departments\[0\]/, 'PUT', `users/${li.id}`, { name: 'x', departments: [foreign.id] });

    const changed = await stage.ask('PUT', `users/${li.id}`, { name: '李华', title: '经理', departments: [a.id] });
    assert.deepEqual([changed.title, changed.email, changed.departments.map((d) => d.name)], ['经理', 'li.hua@example.com', ['甲']], 'what is absent stays');
    await stage.ask('PUT', `users/${li.id}`, { name: '李华' });
    const record = await events('person-changed', li.id);
    assert.equal(record.length, 1, 'what changes nothing is not on record');
    assert.deepEqual(record[0].record.detail.title, { before: '工程师', after: '经理' });
    assert.deepEqual(record[0].record.detail.departments, { removed: [b.id], added: [] });

    await stage.ask('POST', `users/${li.id}/depart`, {});
    assert.equal((await stage.ask('POST', `users/${li.id}/depart`, {})).state, 'departed', 'twice is once');
    assert.equal((await events('person-departed', li.id)).length, 1);
    const heir = await user('李花', { email: 'li.hua@example.com' });
    await refused(409, /email/, 'POST', `users/${li.id}/restore`, {});
    await stage.ask('PUT', `users/${heir.id}`, { name: '李花', email: 'hua.li@example.com' });
    assert.equal((await stage.ask('POST', `users/${li.id}/restore`, {})).state, 'active');
    assert.equal((await events('person-returned', li.id)).length, 1);
  });

  test('who has seen an older state changes nothing', async () => {
    const zhao = await user('赵');
    const { headers } = await stage.admin('GET', `users/${zhao.id}`);
    await stage.ask('PUT', `users/${zhao.id}`, { name: '赵一' });
    const stale = await stage.admin('PUT', `users/${zhao.id}`, { name: '赵二' }, { 'if-match': headers.get('etag') });
    assert.equal(stale.status, 412, stale.text);
    const d = await department('旧');
    const seen = (await stage.admin('GET', `departments/${d.id}`)).headers.get('etag');
    await stage.ask('PUT', `departments/${d.id}`, { name: '新' });
    assert.equal((await stage.admin('DELETE', `departments/${d.id}`, undefined, { 'if-match': seen })).status, 412);
  });

  test('people of DingTalk are shown beside them and changed only there', async () => {
    const all = (await stage.ask('GET', 'users?limit=200')).items;
    const lihua = all.find((u) => u.external_id === 'lihua');
    assert.equal(lihua.source_name, '示例科技');
    await refused(409, /read from DingTalk/, 'PUT', `users/${lihua.id}`, { name: 'x' });
    await refused(409, /read from DingTalk/, 'POST', `users/${lihua.id}/depart`, {});
    await refused(409, /read from DingTalk/, 'POST', `users/${lihua.id}/password-link`, {});
    await refused(409, /read from DingTalk/, 'POST', 'users', { source: stage.source.id, name: 'x' });
    const list = async (query) => (await stage.ask('GET', `users?limit=200&${query}`)).items;
    assert.ok((await list(`source=${source.id}`)).every((u) => u.source === source.id));
    assert.equal((await list(`source=${stage.source.id}`)).length, 4);
    const gone = await list('state=departed');
    assert.ok(gone.length > 0 && gone.every((u) => u.state === 'departed'));
    assert.ok((await list('state=active')).every((u) => u.state === 'active'));
    assert.deepEqual((await list(`search=${encodeURIComponent('李华')}`)).map((u) => u.source_name).sort(), ['外包人员', '示例科技'].sort());
  });

  describe('a list of people', () => {
    let other;
    before(async () => { other = await stage.ask('POST', 'identity-sources', { name: '子公司', type: 'local' }); });
    const imports = (csv, more = {}) => stage.admin('POST', `identity-sources/${other.id}/import`, { csv, ...more });
    const imported = async (...what) => {
      const answer = await imports(...what);
      assert.equal(answer.status, 200, answer.text);
      return answer.json;
    };
    const people = async (state = 'active') => (await stage.ask('GET', `users?limit=200&source=${other.id}&state=${state}`)).items;
    const figures = (a) => [a.added, a.changed, a.same, a.refused, a.departing];
    const list = '\ufeff姓名;工号;邮箱;部门;工资\r\n'
      + '陈安;1;CHEN@example.com;总部 / 研发|总部;9\r\n李华;2;li@example.com;总部/财务;9\r\n"O""Neil; Pat";3;;总部;9\r\n';

    test('is tried before it is imported, and imported twice it changes nothing', async () => {
      const tried = await imported(list, { dry_run: true });
      assert.deepEqual(figures(tried), [0, 0, 0, 3, 0]);
      assert.match(tried.lines[0].text, /there is no 总部\/研发 here/);
      assert.deepEqual(tried.ignored_columns, ['工资']);
      await refused(422, /3 lines are refused, the first is line 2/, 'POST', `identity-sources/${other.id}/import`, { csv: list });
      const dry = await imported(list, { dry_run: true, add_departments: true });
      assert.deepEqual([figures(dry), dry.dry_run], [[3, 0, 0, 0, 0], true]);
      assert.deepEqual(dry.new_departments, ['总部', '总部/研发', '总部/财务']);
      assert.deepEqual(dry.lines.map((l) => [l.line, l.name, l.result]), [[2, '陈安', 'added'], [3, '李华', 'added'], [4, 'O"Neil; Pat', 'added']]);
      assert.deepEqual(await people(), [], 'a dry run does nothing');

      const done = await imported(list, { add_departments: true });
      assert.deepEqual([figures(done), done.dry_run], [[3, 0, 0, 0, 0], false]);
      const [chen] = (await people()).filter((u) => u.external_id === '1');
      assert.deepEqual([chen.name, chen.email, chen.departments.map((d) => d.name)], ['陈安', 'chen@example.com', ['研发', '总部']]);
      assert.equal((await events('person-added', chen.id)).length, 1);
      const before = (await stage.ask('GET', 'audit?kind=person-changed&limit=200')).items.length;
      assert.deepEqual(figures(await imported(list, { add_departments: true })), [0, 0, 3, 0, 0]);
      assert.equal((await stage.ask('GET', 'audit?kind=person-changed&limit=200')).items.length, before);
      const [latest] = await events('people-imported', other.id);
      assert.match(latest.text, /子公司: 3 added|子公司: 0 added/);
    });

    test('changes, moves and brings back whom it names, and says what changes', async () => {
      const [chen] = (await people()).filter((u) => u.external_id === '1');
      await stage.ask('POST', `users/${chen.id}/depart`, {});
      const done = await imported(`name,external_id,title,departments\n陈安,1,经理,总部/财务\n李华,2,,总部/财务\n`);
      assert.deepEqual(done.lines.map((l) => [l.result, l.text]), [['changed', 'returns, title, departments'], ['same', '']]);
      const now = await stage.ask('GET', `users/${chen.id}`);
      assert.deepEqual([now.state, now.email, now.title, now.departments.map((d) => d.name)], ['active', 'chen@example.com', '经理', ['财务']]);
    });

    test('is refused as a whole when a line is, unless that is to be left out', async () => {
      const csv = 'name,external_id,email\nNew,9,new@example.com\nBad,10,nonsense\n';
      await refused(422, /1 lines are refused, the first is line 3: email/, 'POST', `identity-sources/${other.id}/import`, { csv });
      assert.equal((await people()).length, 3);
      await refused(422, /depart_missing/, 'POST', `identity-sources/${other.id}/import`, { csv, without_refused: true, depart_missing: true });
      assert.deepEqual(figures(await imported(csv, { without_refused: true })), [1, 0, 0, 1, 0]);
      assert.equal((await people()).length, 4);
      await refused(422, /one of them "name"/, 'POST', `identity-sources/${other.id}/import`, { csv: 'a,b\n1,2\n' });
      await refused(409, /read from DingTalk/, 'POST', `identity-sources/${stage.source.id}/import`, { csv });
      await refused(404, /./, 'POST', `identity-sources/${chance()}/import`, { csv });
    });

    test('marks others departed when asked, and many only when their number is confirmed', async () => {
      const csv = 'name,external_id\n陈安,1\n李华,2\n';
      assert.deepEqual(figures(await imported(csv)), [0, 0, 2, 0, 0]);
      const tried = await imported(csv, { dry_run: true, depart_missing: true });
      assert.deepEqual([tried.departing, tried.needs_confirmation, tried.departing_people.map((p) => p.external_id).sort()], [2, true, ['3', '9']]);
      await refused(422, /2 of 4 people/, 'POST', `identity-sources/${other.id}/import`, { csv, depart_missing: true });
      await refused(422, /2 of 4 people/, 'POST', `identity-sources/${other.id}/import`, { csv, depart_missing: true, confirm_departing: 1 });
      await imported(csv, { depart_missing: true, confirm_departing: 2 });
      assert.deepEqual((await people()).map((u) => u.external_id).sort(), ['1', '2']);
      assert.deepEqual((await people('departed')).map((u) => u.external_id).sort(), ['3', '9']);
    });

    test('of many is whole after the server was killed while it was written', async () => {
      const many = ['name,external_id,email,departments'];
      for (let i = 0; i < 1500; i += 1) many.push(`人${i},N-${i},p${i}@example.com,厂区/车间${i % 7}`);
      const csv = `${many.join('\n')}\n`;
      await stage.server.kill();
      await stage.serve({ HOLDFAST_FAILPOINT: 'committer-before-commit:12' });
      await assert.rejects(imports(csv, { add_departments: true }));
      await stage.server.kill();
      await stage.serve();
      const half = (await stage.ask('GET', `departments?source=${other.id}&limit=200`)).items.length;
      const done = await imported(csv, { add_departments: true });
      assert.equal(done.added + done.same, 1500);
      assert.ok(done.same > 0, `what was committed stays: ${figures(done)}`);
      assert.ok(half > 0);
      assert.deepEqual(figures(await imported(csv, { dry_run: true, add_departments: true })), [0, 0, 1500, 0, 0]);
    });
  });

  describe('somebody with a password', () => {
    const password = 'correct horse battery';
    let here, li;
    before(async () => {
      here = await stage.ask('POST', 'identity-sources', { name: '工厂', type: 'local' });
      li = await stage.ask('POST', 'users', { source: here.id, name: '李工', external_id: 'F-7', email: 'li.gong@example.com' });
    });
    const at = (where) => `${stage.server.url}${where}`;
    const sign = () => at(`/auth/local/${here.id}?next=${encodeURIComponent('/enrol?user_code=AAAA')}`);
    // A place for hashing may be taken at the moment.
    const patient = async (what) => {
      let answer;
      await until('a place', async () => { answer = await what(); return answer.status !== 503; });
      return answer;
    };
    const signIn = (who, word, browser = new Browser()) => patient(async () => {
      const page = await browser.go('GET', sign());
      assert.equal(page.status, 200, page.text);
      return browser.once('POST', at(`/auth/local/${here.id}`), { ...Browser.hidden(page.text), name: who, password: word });
    });
    const sets = (link, word, again = word) => patient(async () => {
      const browser = new Browser();
      const page = await browser.go('GET', link);
      return page.status !== 200 ? page : browser.once('POST', at('/auth/password'), { ...Browser.hidden(page.text), password: word, again });
    });
    const link = async (id = li.id) => (await stage.ask('POST', `users/${id}/password-link`, {})).link;

    test('sets it with a one-time link, and only one that will do', async () => {
      const before = await link();
      const fresh = await link();
      assert.equal((await sets(before, password)).status, 410, 'a newer one takes its place');
      assert.match((await new Browser().go('GET', fresh)).text, /李工[^]*li\.gong@example\.com/);
      assert.equal((await sets(fresh, 'short')).status, 422);
      assert.equal((await sets(fresh, password, 'correct horse batterz')).status, 422);
      assert.equal((await stage.ask('GET', `users/${li.id}`)).has_password, false);
      assert.equal((await sets(fresh, password)).status, 200);
      assert.equal((await sets(fresh, password)).status, 410, 'it counts once');
      assert.equal((await stage.ask('GET', `users/${li.id}`)).has_password, true);
      assert.equal((await sets(at('/auth/password?secret=nonsense'), password)).status, 410);
      assert.equal((await events('person-password-set', li.id)).length, 1);
      const invitation = await stage.ask('POST', 'accounts', { name: 'x', email: 'x@example.com', role: 'auditor' });
      assert.equal((await sets(at(`/auth/password?secret=${new URL(invitation.invitation.link).hash.slice(1)}`), password)).status, 410,
        'an account\'s link is none of these');
      const crossed = new URL(await link()).searchParams.get('secret');
      assert.equal((await stage.admin('POST', 'setup', { secret: crossed, password })).status, 410, 'and the other way round');
    });

    test('signs in by address or number, in both languages, and is led on', async () => {
      for (const who of ['LI.gong@example.com ', 'F-7']) {
        const answer = await signIn(who, password);
        assert.equal(answer.status, 303, answer.text);
        assert.equal(answer.headers.get('location'), '/enrol?user_code=AAAA');
        assert.match(answer.headers.getSetCookie().join('\n'), /holdfast_session=[^;]+; Path=\/; .*HttpOnly; SameSite=Lax/);
      }
      const wrong = await signIn('F-7', 'wrong horse battery');
      const nobody = await signIn('F-8', 'wrong horse battery');
      assert.deepEqual([wrong.status, nobody.status], [401, 401]);
      assert.equal(wrong.text.replaceAll('F-7', 'F-8'), nobody.text, 'nothing tells who exists');
      assert.match((await new Browser().go('GET', `${sign()}&lang=zh`)).text, /邮箱或工号/);
      assert.match((await new Browser().go('GET', `${sign()}&lang=en`)).text, /Email address or employee number/);
      for (const next of ['//evil.example', 'https://evil.example', '/\\evil.example', '/a b'])
        assert.match((await new Browser().go('GET', at(`/auth/local/${here.id}?next=${encodeURIComponent(next)}`))).text, /name="next" value="\/enrol"/);
      const browser = new Browser();
      assert.equal((await browser.once('POST', at(`/auth/local/${here.id}`), { name: 'F-7' })).status, 400);
      const foreign = await call('POST', at(`/auth/local/${here.id}`), { form: { name: 'F-7', password }, headers: { origin: 'http://evil.example' } });
      assert.equal(foreign.status, 403, 'another site signs nobody in');
      assert.deepEqual(foreign.headers.getSetCookie(), []);
    });

    test('passwords cannot be tried out, and who signed in here before is not shut out by that', async () => {
      const wang = await stage.ask('POST', 'users', { source: here.id, name: '王工', external_id: 'F-9' });
      assert.equal((await sets(await link(wang.id), password)).status, 200);
      const known = new Browser();
      assert.equal((await signIn('F-9', password, known)).status, 303);
      let tried = 0, answer;
      do { answer = await signIn('F-9', `wrong horse ${tried}`); tried += 1; } while (answer.status === 401 && tried < 50);
      assert.equal(answer.status, 429);
      assert.ok(Number(answer.headers.get('retry-after')) > 0);
      assert.ok(tried <= 31, `${tried}`);
      assert.equal((await signIn('F-9', password)).status, 429);
      assert.equal((await signIn('F-9', password, known)).status, 303);
      stage.clock.forward(3600 * 1000);
    });

    test('who has left, and whose source is switched off, does not sign in', async () => {
      const browser = new Browser();
      assert.equal((await signIn('F-7', password, browser)).status, 303);
      assert.match((await browser.go('GET', at('/enrol'))).text, /李工/);
      await stage.ask('POST', `users/${li.id}/depart`, {});
      assert.doesNotMatch((await browser.go('GET', at('/enrol'))).text, /李工/, 'the browser is signed out');
      assert.equal((await signIn('F-7', password)).status, 403);
      await stage.ask('POST', `users/${li.id}/restore`, {});
      await stage.ask('PUT', `identity-sources/${here.id}`, { name: '工厂', enabled: false });
      assert.equal((await browser.go('GET', sign())).status, 404);
      assert.equal((await browser.once('POST', at(`/auth/local/${here.id}`), { name: 'F-7', password })).status, 404);
      await stage.ask('PUT', `identity-sources/${here.id}`, { name: '工厂', enabled: true });
      assert.equal((await signIn('F-7', password)).status, 303);
      assert.equal((await browser.go('GET', at(`/auth/local/${stage.source.id}`))).status, 404, 'DingTalk has its own way');
    });

    test('enrols a device, files, is served by a built-in workflow, and gets the grant', async () => {
      class LocalDevice extends Device {
        async consent(uri, who) {
          const browser = new Browser();
          const offered = await browser.go('GET', `${uri}&lang=en`);
          const [, way] = /href="(\/auth\/local\/[^"]*)"[^>]*>Sign in with a local account<br><span[^>]*>工厂</.exec(offered.text);
          const page = await browser.go('GET', at(unescape(way)));
          assert.match(page.text, /Email address or employee number/, 'the language that was chosen stays');
          const asked = await patient(() => browser.go('POST', at(`/auth/local/${here.id}`), { ...Browser.hidden(page.text), name: who, password }));
          const done = await browser.go('POST', at('/enrol'), { ...Browser.hidden(asked.text), choice: 'allow' });
          assert.equal(done.status, 200, done.text);
        }
      }
      const answer = await stage.admin('POST', `identity-sources/${here.id}/import`, { add_departments: true,
        csv: 'name,external_id,email,departments\n孙工,F-20,sun@example.com,工厂/装配\n' });
      assert.equal(answer.status, 200, answer.text);
      const [sun] = (await stage.ask('GET', `users?source=${here.id}&search=F-20`)).items;
      assert.equal((await sets(await link(sun.id), password)).status, 200);
      const boss = await account(stage, '主管', 'approver');
      const builtin = await stage.ask('POST', 'workflows', { name: '内置审批', type: 'builtin',
        approval: { levels: [{ mode: 'any', approvers: [boss.id] }] } });
      const group = await stage.ask('POST', 'user-groups', { name: '工厂全体',
        rules: [{ subject: 'department', relation: 'equal', value: (await stage.ask('GET', `departments?source=${here.id}`)).items.find((d) => d.path === '工厂').id }] });
      const { version, ...policy } = await stage.ask('GET', 'policy');
      assert.equal(typeof version, 'number');
      const use = (filing) => stage.ask('PUT', 'policy', { ...policy, mode: 'block', scope: { everyone: false, groups: [group.id] }, filing: { allowed: true, ...filing } });

      // The first workflow is DingTalk's, where local people cannot file; the second is for them.
      await use({ workflow: stage.workflow.id, builtin_workflow: builtin.id });
      const device = await new LocalDevice(stage, 'assembly-1').enrol('sun@example.com');
      await device.hears('its policy', (d) => d.view?.statement !== undefined || d.view);
      const first = await device.file('换机');
      assert.equal((await stage.instance(first.id)).delivery.state, 'none');
      await boss.ask('POST', `instances/${first.id}/approve`, { comment: '同意' });
      const grant = await device.hears('the grant', (d) => d.held[0]);
      assert.equal(grant.instance, first.id);
      assert.equal((await stage.instance(first.id)).applicant.name, '孙工');

      await use({ workflow: builtin.id });
      const other = await new LocalDevice(stage, 'assembly-2').enrol('F-20');
      const second = await other.file('换机');
      await boss.ask('POST', `instances/${second.id}/reject`, { comment: '不同意' });
      assert.equal((await stage.instance(second.id)).status, 'rejected');

      const covered = async () => (await stage.ask('GET', `devices/${other.id}`)).coverage.covered;
      assert.equal(await covered(), true);
      await stage.ask('POST', `users/${sun.id}/depart`, {});
      const late = await other.agent('POST', 'requests', { reason: '换机', package: 'holdfast-client' });
      assert.ok(late.status >= 400 && late.status < 500, late.text);
      assert.equal(await covered(), true, 'who has left files nothing, and the device stays protected');
    });
  });

  test('holdfastctl keeps people and departments, by name, and imports a list with a dry run', async () => {
    const own = await stage.ask('POST', 'identity-sources', { name: '门店', type: 'local' });
    const ctl = (args, { language = 'en_US.UTF-8', status = 0 } = {}) => {
      const answer = spawnSync(path.join(build, 'holdfastctl'), ['--server', stage.server.url, ...args], { encoding: 'utf8', timeout: 30000,
        env: { ...process.env, HOLDFAST_TOKEN: stage.token, LANG: language, LC_ALL: language } });
      assert.equal(answer.status, status, answer.stdout + answer.stderr);
      return answer.stdout + answer.stderr;
    };
    ctl(['department', 'create', '--source', '门店', '--name', '华东']);
    assert.match(ctl(['department', 'create', '--source', '门店', '--name', '上海', '--parent', '华东']), /华东\/上海/);
    assert.match(ctl(['department', 'edit', '上海', '--parent', '']), /PATH +上海/);
    ctl(['department', 'edit', '上海', '--parent', '华东']);
    assert.match(ctl(['department', 'edit', '上海', '--name', '沪']), /华东\/沪/);
    ctl(['user', 'create', '--source', '门店', '--name', '店长', '--email', 'd@example.com', '--departments', '沪']);
    assert.match(ctl(['user', 'edit', '店长', '--title', '经理']), /TITLE +经理[^]*DEPARTMENTS +沪/);
    const list = path.join(stage.folder, 'people.csv');
    writeFileSync(list, 'name,email,title,departments\n店长,d@example.com,店长,华东/沪\n店员,e@example.com,,华东/杭\n坏,nonsense,,\n');
    const dry = ctl(['user', 'import', '门店', '--csv', list, '--add-departments', '--dry-run']);
    assert.match(dry, /2 +changed +店长 +title/);
    assert.match(dry, /4 +refused +坏 +email: must be an address/);
    assert.match(dry, /NEW DEPARTMENTS +华东\/杭/);
    assert.match(dry, /Nothing was changed/);
    assert.match(ctl(['user', 'import', '门店', '--csv', list, '--add-departments'], { status: 3 }), /line 4/);
    assert.match(ctl(['user', 'import', '门店', '--csv', list, '--add-departments', '--without-refused'], { language: 'zh_CN.UTF-8' }), /新增 +1/);
    assert.match(ctl(['user', 'list', '--source', '门店']), /店员/);
    assert.match(ctl(['user', 'password-link', '店员']), /LINK +http[^]*auth\/password\?secret=/);
    assert.match(ctl(['user', 'depart', '店员', '--yes']), /STATE +departed/);
    assert.match(ctl(['user', 'list', '--source', '门店', '--state', 'departed']), /店员/);
    assert.match(ctl(['user', 'restore', '店员']), /STATE +active/);
    assert.match(ctl(['department', 'delete', '沪', '--yes'], { status: 3 }), /not empty/);
    ctl(['user', 'edit', '店长', '--departments', '华东']);
    ctl(['department', 'delete', '沪', '--yes']);
    assert.deepEqual((await stage.ask('GET', `departments?source=${own.id}`)).items.map((d) => d.path), ['华东', '华东/杭']);
    if (process.env.HOLDFAST_SHOW) console.log(dry, ctl(['user', 'show', '店长']), ctl(['user', 'list', '--source', '门店']), ctl(['department', 'list', '--source', '门店']));
  });
});
