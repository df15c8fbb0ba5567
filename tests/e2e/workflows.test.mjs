// Workflows, their apps and Request URLs through the API, from the panel that opens to the request that is filed.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

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
      assert.equal(use.identity, true);
    });
  });

  test('no secret is in any answer or in the log', async () => {
    for (const word of ['not-a-secret-example-only', keys.aes]) {
      assert.ok(!sent.includes(word), word);
      assert.ok(!stage.server.said().includes(word), word);
    }
  });
});
