// Workflows, their apps and Request URLs through the API, from the panel that opens to the request that is filed.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { account } from './accounts.mjs';
import { Stage, call, company, corp, forms, keys, opened, push } from './stage.mjs';

const secret = (n) => `not-a-secret-example-only-${n}-not-a-secret-example-only-${n}`;
const field = { system: 'reason', component: '卸载原因' };
const rows = [{ template: 'app_uninstall', process_code: forms.main, groups: [], fields: [field] }];
const app = (id) => ({ clientId: id, clientSecret: secret(id), agentId: 100002, name: id, redirectUrls: [] });
const seed = { ...company, apps: [...company.apps, app('dingconsole'), app('dingpanel'), app('dingrace')] };
const day = 24 * 3600 * 1000;

// What DingTalk's console asks on saving the subscription: whether the URL answers as it must.
async function answers(url, more = {}) {
  const { query, body } = push({ EventType: 'check_url' }, more);
  const answer = await call('POST', `${url}${query}`, { body });
  return answer.status === 200 && opened(answer.json) === 'success';
}

const databases = [['SQLite', undefined]];
if (process.env.HOLDFAST_TEST_POSTGRESQL) databases.push(['PostgreSQL', process.env.HOLDFAST_TEST_POSTGRESQL]);
for (const [database, postgresql] of databases) describe(`on ${database}`, () => {
  let stage;
  let sent = '';
  // Everything that any route answers, to look for secrets in.
  const ask = async (method, where, body, headers) => {
    const answer = await stage.admin(method, where, body, headers);
    sent += answer.text;
    return answer;
  };
  const good = async (method, where, body, headers) => {
    const answer = await ask(method, where, body, headers);
    assert.ok(answer.status < 300, `${method} ${where}: ${answer.status} ${answer.text}`);
    return answer.json;
  };
  const refused = async (status, pattern, method, where, body, headers) => {
    const answer = await ask(method, where, body, headers);
    assert.equal(answer.status, status, answer.text);
    assert.match(answer.json.detail, pattern);
    return answer.json;
  };
  const credentials = (id, more = {}) => ({ corp_id: corp, client_id: id, client_secret: secret(id), aes_key: keys.aes, token: keys.token, ...more });

  before(async () => { stage = await Stage.open({ subscribed: false, virtual: true, postgresql, seed }); });
  after(async () => { await stage?.close(); });

  describe('a Request URL before its app', () => {
    test('is answered by nobody until the app is saved, then it is the app\'s', async () => {
      const url = await good('POST', 'request-urls', {});
      assert.match(url.request_url, /\/callback\/dingtalk\/[0-9a-f-]{36}\/\S{20,}$/);
      assert.ok(Math.abs(url.expires_ms - stage.now() - day) < 60000);
      assert.equal(await answers(url.request_url, { owner: 'dingfresh' }), false);
      const app = await good('POST', 'dingtalk-apps', credentials('dingfresh', { request_url: url.id }));
      assert.equal(app.request_url, url.request_url);
      assert.equal(app.id, url.id);
      assert.equal(await answers(url.request_url, { owner: 'dingfresh' }), true);
      await refused(422, /request_url/, 'POST', 'dingtalk-apps', credentials('dingother', { request_url: url.id }));
      await good('DELETE', `dingtalk-apps/${app.id}`);
      assert.equal(await answers(url.request_url, { owner: 'dingfresh' }), false);
    });

    test('dingsim\'s console accepts it right after saving', async () => {
      const url = await good('POST', 'request-urls', {});
      await good('POST', 'dingtalk-apps', credentials('dingconsole', { request_url: url.id }));
      await stage.simulate('PUT', 'apps/dingconsole/subscription', { url: url.request_url, aesKey: keys.aes, token: keys.token, shape: 'A', rules: [] });
    });

    test('that nobody takes is gone after a day', async () => {
      const url = await good('POST', 'request-urls', {});
      stage.clock.forward(day + 1000);
      await refused(422, /expired/, 'POST', 'dingtalk-apps', credentials('dinglate', { request_url: url.id }));
      const fresh = await good('POST', 'request-urls', {});
      await good('POST', 'dingtalk-apps', credentials('dinglate', { request_url: fresh.id }));
    });

    test('nobody hoards them', async () => {
      let last;
      for (let i = 0; i < 101; i += 1) last = await ask('POST', 'request-urls', {});
      assert.equal(last.status, 429, last.text);
      stage.clock.forward(day + 1000);
      await good('POST', 'request-urls', {});
    });
  });

  describe('an app', () => {
    test('is changed by who saw its present version only', async () => {
      const made = await ask('POST', 'dingtalk-apps', credentials('dingmatch'));
      const tag = made.headers.get('etag');
      const where = `dingtalk-apps/${made.json.id}`;
      const changed = await ask('PATCH', where, { agent_id: 7 }, { 'if-match': tag });
      assert.equal(changed.status, 200, changed.text);
      assert.notEqual(changed.headers.get('etag'), tag);
      await refused(412, /changed meanwhile/, 'PATCH', where, { agent_id: 8 }, { 'if-match': tag });
      await refused(412, /changed meanwhile/, 'DELETE', where, undefined, { 'if-match': tag });
      assert.equal((await good('GET', where)).agent_id, 7);
      await good('DELETE', where, undefined, { 'if-match': changed.headers.get('etag') });
      await refused(404, /no DingTalk app/, 'GET', where);
    });

    test('that something uses stays, and says what does', async () => {
      await refused(409, /终端卸载/, 'DELETE', `dingtalk-apps/${stage.app.id}`);
      const { used_by: use } = await good('GET', `dingtalk-apps/${stage.app.id}`);
      assert.deepEqual(use.workflows, [{ id: stage.workflow.id, name: '终端卸载' }]);
      assert.equal(use.source, '示例科技');
    });
  });

  describe('the panel, in one step', () => {
    const panel = (id, name, more = {}) => ({ name, type: 'dingtalk', forms: rows, credentials: credentials(id, more) });

    test('makes the app, answers DingTalk at once, and is tested afterwards', async () => {
      const url = await good('POST', 'request-urls', {});
      const made = await good('POST', 'workflows', panel('dingpanel', '面板', { request_url: url.id }));
      assert.equal(made.app_reused, undefined);
      assert.equal(made.request_url, url.request_url);
      assert.equal(made.testing, true);
      await stage.simulate('PUT', 'apps/dingpanel/subscription', { url: url.request_url, aesKey: keys.aes, token: keys.token, shape: 'A', rules: [] });
      await stage.tested(made.id);
      await good('DELETE', `workflows/${made.id}`);
      const app = (await good('GET', 'dingtalk-apps?limit=200')).items.find((a) => a.client_id === 'dingpanel');
      assert.equal(app.request_url, url.request_url, 'its app stays');
      assert.deepEqual(app.used_by.workflows, []);
    });

    test('takes the app that is there, and both addresses lead to it', async () => {
      const url = await good('POST', 'request-urls', {});
      const made = await good('POST', 'workflows', panel('dingpanel', '第二个', { request_url: url.id }));
      assert.equal(made.app_reused, true);
      assert.notEqual(made.request_url, url.request_url);
      for (const at of [url.request_url, made.request_url]) assert.equal(await answers(at, { owner: 'dingpanel' }), true, at);
      assert.equal(await answers(url.request_url.replace(/.$/, (c) => (c === 'A' ? 'B' : 'A')), { owner: 'dingpanel' }), false);
      await stage.simulate('PUT', 'apps/dingpanel/subscription', { url: url.request_url, aesKey: keys.aes, token: keys.token, shape: 'A', rules: [] });
    });

    test('other secrets for a known Client ID are not taken over silently', async () => {
      const before = (await good('GET', 'dingtalk-apps?limit=200')).items.find((a) => a.client_id === 'dingpanel');
      for (const [member, value] of [['client_secret', secret('other')], ['aes_key', keys.aes.replace('a', 'b')], ['token', 'othertoken']])
        await refused(409, /already .* change the app first/, 'POST', 'workflows', panel('dingpanel', '第三个', { [member]: value }));
      await refused(409, /another organisation/, 'POST', 'workflows', panel('dingpanel', '第三个', { corp_id: 'ding1111111111111111holdfast' }));
      assert.equal((await good('GET', `dingtalk-apps/${before.id}`)).version, before.version);
    });

    test('two panels with one Client ID at the same moment: one app', async () => {
      const second = postgresql ? await stage.second() : undefined;
      try {
        const urls = await Promise.all([1, 2].map(() => good('POST', 'request-urls', {})));
        const save = (url, i) => call('POST', `${i === 1 && second ? second.url : stage.server.url}/api/v1/workflows`, {
          headers: { authorization: `Bearer ${stage.token}` }, body: panel('dingrace', `同时 ${i}`, { request_url: url.id }) });
        const saved = await Promise.all(urls.map(save));
        for (const s of saved) assert.equal(s.status, 201, s.text);
        assert.equal(saved[0].json.app, saved[1].json.app);
        // Two servers have two public addresses here.
        const [one, two] = saved.map((s) => new URL(s.json.request_url).pathname);
        assert.equal(one, two);
        assert.equal(saved.filter((s) => s.json.app_reused).length, 1);
        for (const url of urls) assert.equal(await answers(url.request_url, { owner: 'dingrace' }), true);
      } finally {
        await second?.stop();
      }
    });

    test('credentials that do not fit are refused by their name, never by their value', async () => {
      const bad = await refused(400, /credentials: /, 'POST', 'workflows', panel('dingbad', '坏', { aes_key: 'short' }));
      assert.ok(!bad.detail.includes('short'));
      await refused(400, /either this or credentials/, 'POST', 'workflows', { ...panel('dingbad', '坏'), app: stage.app.id });
      await refused(422, /approval: a dingtalk workflow has none/, 'POST', 'workflows',
        { ...panel('dingbad', '坏'), approval: { levels: [{ mode: 'any', approvers: [stage.app.id] }] } });
    });
  });

  describe('a workflow', () => {
    const body = (more = {}) => ({ name: '终端卸载', type: 'dingtalk', app: stage.app.id, forms: rows, ...more });

    test('is changed by who saw its present state only', async () => {
      const read = await ask('GET', `workflows/${stage.workflow.id}`);
      const tag = read.headers.get('etag');
      await good('PUT', `workflows/${stage.workflow.id}`, body({ description: '一' }), { 'if-match': tag });
      await refused(412, /changed meanwhile/, 'PUT', `workflows/${stage.workflow.id}`, body({ description: '二' }), { 'if-match': tag });
      await refused(412, /changed meanwhile/, 'DELETE', `workflows/${stage.workflow.id}`, undefined, { 'if-match': tag });
      assert.equal((await good('GET', `workflows/${stage.workflow.id}`)).description, '一');
    });

    test('what its ETag does not follow is always answered anew', async () => {
      const read = await ask('GET', `workflows/${stage.workflow.id}`);
      const again = await ask('GET', `workflows/${stage.workflow.id}`, undefined, { 'if-none-match': read.headers.get('etag') });
      assert.equal(again.status, 200);
      assert.equal(again.json.id, stage.workflow.id);
    });

    test('another version does not touch what waits, and every version can be read', async () => {
      const before = await good('GET', `workflows/${stage.workflow.id}`);
      const device = await stage.device('laptop-versions');
      const filed = await device.file();
      const changed = await good('PUT', `workflows/${before.id}`,
        body({ forms: [{ ...rows[0], process_code: forms.automatic }] }));
      assert.equal(changed.version, before.version + 1);
      assert.deepEqual(changed.used_by, { policy: true, second: false, pending: 1 });
      const i = await stage.instance(filed.id);
      assert.equal(i.workflow.version, before.version);
      await stage.submitted(filed.id);
      assert.match((await stage.inDingTalk(filed.number))[0].title, /终端卸载审批/);
      const old = await good('GET', `workflows/${before.id}/versions/${before.version}`);
      assert.deepEqual(old.forms, before.forms);
      const list = await good('GET', `workflows/${before.id}/versions`);
      assert.deepEqual(list.items.map((v) => [v.version, v.saved_by]).slice(0, 2), [[changed.version, 'console'], [before.version, 'console']]);
      const older = await good('GET', `workflows/${before.id}/versions?before=${changed.version}`);
      assert.equal(older.items[0].version, before.version);
      await refused(404, /no such version/, 'GET', `workflows/${before.id}/versions/99`);
      await refused(409, /policy uses this workflow/, 'DELETE', `workflows/${before.id}`);
      await good('PUT', `workflows/${before.id}`, body());
      assert.equal((await device.agent('POST', `requests/${filed.id}/withdraw`, {})).status, 200);
    });

    test('the record says who changed what', async () => {
      const { items } = await good('GET', `audit?object=${stage.workflow.id}&kind=workflow-changed`);
      const detail = items.map((e) => e.record.detail).find((d) => d['mapping.forms']);
      assert.deepEqual(detail['mapping.forms'].removed.map((f) => f.process_code), [forms.automatic]);
      assert.deepEqual(detail['mapping.forms'].added.map((f) => f.process_code), [forms.main]);
      assert.equal(items[0].actor, 'console');
    });

    test('of DingTalk is not copied', () => refused(422, /cannot be copied/, 'POST', `workflows/${stage.workflow.id}/copy`, { name: '副本' }));
  });

  describe('a preview', () => {
    const user = async (userid) => (await good('GET', 'users?limit=200')).items.find((u) => u.external_id === userid).id;

    test('is what filing then does', async () => {
      const device = await stage.device('laptop-preview');
      await stage.tested();
      const looked = await good('POST', `workflows/${stage.workflow.id}/preview`,
        { user: await user('lihua'), device: device.id, reason: '旧电脑报废' });
      assert.equal(looked.serves, true);
      assert.equal(looked.asked, null);
      const { asked } = await good('POST', `workflows/${stage.workflow.id}/preview`, { user: await user('lihua'), device: device.id, ask_dingtalk: true });
      assert.deepEqual(asked, { steps: [{ chosen: false, people: [{ userid: 'wangfang', name: '王芳' }] }], error: null });
      assert.deepEqual(looked.filing, { workflow: stage.workflow.id, name: '终端卸载', why_not: null });
      const filed = await device.file('旧电脑报废');
      await stage.submitted(filed.id);
      const [form] = await stage.inDingTalk(filed.number);
      assert.deepEqual([looked.dingtalk.process_code, looked.dingtalk.form], [forms.main, '终端卸载审批']);
      assert.match(form.title, /终端卸载审批/);
      for (const { name, value } of looked.dingtalk.values)
        assert.ok(JSON.stringify(form).includes(JSON.stringify(value)), `${name}: ${value} in ${JSON.stringify(form)}`);
      assert.ok(Math.abs((await stage.instance(filed.id)).expires_ms - looked.expires_ms) < 60000);
      assert.equal((await device.agent('POST', `requests/${filed.id}/withdraw`, {})).status, 200);
    });

    test('of a draft finds the form of a group, and refuses what saving would', async () => {
      const group = (await good('GET', 'user-groups')).items.find((g) => g.name === '财务');
      const draft = { name: '草稿', type: 'dingtalk', app: stage.app.id, forms: [{ ...rows[0], process_code: forms.automatic, groups: [group.id] }, rows[0]] };
      const before = (await good('GET', 'workflows?limit=200')).items.length;
      for (const [userid, code] of [['guqing', forms.automatic], ['lihua', forms.main]])
        assert.equal((await good('POST', 'workflow-previews', { workflow: draft, user: await user(userid) })).dingtalk.process_code, code);
      await refused(422, /last form/, 'POST', 'workflow-previews', { workflow: { ...draft, forms: draft.forms.slice(0, 1) }, user: group.id });
      const fresh = { name: '草稿', type: 'dingtalk', forms: rows, credentials: credentials('dingnobody') };
      const nobody = await good('POST', 'workflow-previews', { workflow: fresh, user: await user('lihua') });
      assert.equal(nobody.serves, false);
      assert.match(nobody.why_not, /another DingTalk organisation/);
      assert.equal((await good('GET', 'workflows?limit=200')).items.length, before);
    });
  });

  describe('a built-in workflow', () => {
    let root, wang, made;
    const builtin = (name, ...approvers) => ({ name, type: 'builtin',
      approval: { levels: [{ name: '组长', mode: 'any', approvers: approvers.map((a) => a.id) }] } });
    const state = async () => (await good('GET', `workflows/${made.id}`)).state;
    const enable = async (who, on) => {
      const { name, role, language, person, departments } = await good('GET', `accounts/${who.id}`);
      await good('PUT', `accounts/${who.id}`, { name, role, language, person, departments, state: on ? 'active' : 'disabled' });
    };
    before(async () => {
      root = await account(stage, '管理员', 'owner');
      wang = await account(stage, '王芳', 'approver', 'wangfang');
      made = await good('POST', 'workflows', builtin('内置', wang));
    });

    test('is ready as soon as it is saved, and copied with its levels', async () => {
      assert.deepEqual([made.type, made.app, made.request_url, made.forms], ['builtin', null, null, []]);
      assert.equal(made.state, 'attention', 'she alone decides, and nobody decides their own');
      assert.equal(made.testing, false);
      const doctor = await good('GET', `workflows/${made.id}/doctor`);
      assert.deepEqual(doctor.findings.map((f) => f.id), ['level-ok', 'level-sole']);
      assert.match(doctor.findings[1].what.zh, /王芳/);
      const copy = await good('POST', `workflows/${made.id}/copy`, { name: '内置的副本' });
      assert.deepEqual(copy.approval, made.approval);
      assert.notEqual(copy.id, made.id);
      await refused(409, /this name already/, 'POST', `workflows/${made.id}/copy`, { name: '内置的副本' });
      await refused(409, /built-in workflow/, 'PUT', `workflows/${made.id}`, { name: '内置', type: 'dingtalk', app: stage.app.id, forms: rows });
      await good('DELETE', `workflows/${copy.id}`);
    });

    test('breaks when its approver is disabled, mends when she is back, and cannot be chosen meanwhile', async () => {
      await enable(wang, false);
      assert.equal(await state(), 'broken');
      const doctor = await good('GET', `workflows/${made.id}/doctor`);
      assert.deepEqual(doctor.findings.map((f) => f.id), ['level-empty', 'level-gone']);
      const { version: _, ...policy } = await good('GET', 'policy');
      for (const filing of [{ allowed: true, workflow: made.id }, { allowed: true, workflow: stage.workflow.id, builtin_workflow: made.id }])
        await refused(422, /内置 is broken/, 'PUT', 'policy', { ...policy, filing });
      await refused(422, /falls to the administrators/, 'POST', 'workflows', builtin('新的', wang));
      await enable(wang, true);
      assert.equal(await state(), 'attention');
      const kinds = (await good('GET', `audit?object=${made.id}`)).items.map((e) => e.kind).reverse();
      assert.deepEqual(kinds, ['workflow-created', 'workflow-broken', 'workflow-mended']);
    });

    test('is looked at ahead: the applicant is skipped, and who stands behind is asked', async () => {
      const users = (await good('GET', 'users?limit=200')).items;
      const looked = await good('POST', `workflows/${made.id}/preview`, { user: users.find((u) => u.external_id === 'wangfang').id });
      assert.equal(looked.serves, true);
      assert.equal(looked.dingtalk, null);
      assert.deepEqual(looked.levels.map((l) => [l.level, l.name, l.tasks.map((t) => [t.account.name, t.kind, t.state, t.skipped])]),
        [[1, '组长', [['王芳', 'approver', 'skipped', 'applicant'], ['管理员', 'administrator', 'open', null]]]]);
    });

    test('chosen as the policy\'s second one it stays', async () => {
      const { version: _, ...policy } = await good('GET', 'policy');
      await refused(422, /no built-in workflow/, 'PUT', 'policy', { ...policy, filing: { allowed: true, workflow: null, builtin_workflow: stage.workflow.id } });
      await good('PUT', 'policy', { ...policy, filing: { allowed: true, workflow: stage.workflow.id, builtin_workflow: made.id } });
      assert.deepEqual((await good('GET', `workflows/${made.id}`)).used_by, { policy: false, second: true, pending: 0 });
      await refused(409, /whom its first one cannot serve/, 'DELETE', `workflows/${made.id}`);
      await enable(wang, false);
      assert.equal(await state(), 'broken', 'it breaks and stays chosen');
      await good('PUT', 'policy', { ...policy, filing: { allowed: true, workflow: stage.workflow.id, builtin_workflow: made.id } });
      await good('PUT', 'policy', { ...policy, filing: { allowed: true, workflow: stage.workflow.id, builtin_workflow: null } });
      await good('DELETE', `workflows/${made.id}`);
      await enable(wang, true);
      assert.ok(root.id);
    });
  });

  test('of those who change the same thing at the same moment one wins, whichever server they ask', async () => {
    const second = postgresql ? await stage.second() : undefined;
    try {
      const group = await good('POST', 'user-groups', { name: '同时', rules: [] });
      const { version: _, ...policy } = await good('GET', 'policy');
      const bodies = {
        [`workflows/${stage.workflow.id}`]: ['PUT', (i) => ({ name: '终端卸载', type: 'dingtalk', app: stage.app.id, forms: rows, description: `${i}` })],
        [`dingtalk-apps/${stage.app.id}`]: ['PATCH', (i) => ({ agent_id: 1000 + i })],
        [`user-groups/${group.id}`]: ['PUT', (i) => ({ name: '同时', description: `${i}`, rules: [] })],
        policy: ['PUT', (i) => ({ ...policy, contact: `${i}` })],
      };
      for (const [where, [method, body]] of Object.entries(bodies)) {
        const tag = (await ask('GET', where)).headers.get('etag');
        const all = await Promise.all([...Array(6).keys()].map((i) => call(method, `${i % 2 && second ? second.url : stage.server.url}/api/v1/${where}`,
          { body: body(i), headers: { authorization: `Bearer ${stage.token}`, 'if-match': tag } })));
        assert.deepEqual(all.map((a) => a.status).sort(), [200, 412, 412, 412, 412, 412], `${where}: ${all.map((a) => a.text)}`);
      }
      await good('DELETE', `user-groups/${group.id}`);
    } finally {
      await second?.stop();
    }
  });

  describe('a user group', () => {
    test('is changed by who saw its present state only, and the record says which rules', async () => {
      const [one, two] = ['a@example.com', 'b@example.com'].map((value) => ({ subject: 'email', relation: 'equal', value }));
      const made = await ask('POST', 'user-groups', { name: '试点', rules: [one] });
      const where = `user-groups/${made.json.id}`;
      const tag = made.headers.get('etag');
      await good('PUT', where, { name: '试点', rules: [two] }, { 'if-match': tag });
      await refused(412, /changed meanwhile/, 'PUT', where, { name: '试点', rules: [] }, { 'if-match': tag });
      await refused(412, /changed meanwhile/, 'DELETE', where, undefined, { 'if-match': tag });
      const { items } = await good('GET', `audit?object=${made.json.id}&kind=group-changed`);
      assert.deepEqual(items[0].record.detail, { rules: { removed: [one], added: [two] } });
      await good('DELETE', where);
    });
  });

  test('no secret is in any answer, in the log or on record', async () => {
    sent += JSON.stringify(await stage.ask('GET', 'audit?limit=200'));
    for (const word of ['not-a-secret-example-only', keys.aes]) {
      assert.ok(!sent.includes(word), word);
      assert.ok(!stage.server.said().includes(word), word);
    }
  });
});
