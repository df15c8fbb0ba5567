// What the console's panels ask before anything is saved, and the texts that the organisation gives its messages.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { account } from './accounts.mjs';
import { Stage, call, client, company, corp, forms, until } from './stage.mjs';

const other = { clientId: 'dingpanelapp0000', clientSecret: 'not-a-secret-example-only-panel-not-a-secret-example-only', agentId: 100002, name: 'Panel', redirectUrls: [] };
const seed = { ...company, apps: [...company.apps, other] };
const databases = [['SQLite', undefined]];
if (process.env.HOLDFAST_TEST_POSTGRESQL) databases.push(['PostgreSQL', process.env.HOLDFAST_TEST_POSTGRESQL]);

for (const [database, postgresql] of databases) describe(`on ${database}`, () => {
  let stage;
  before(async () => { stage = await Stage.open({ postgresql, seed }); });
  after(async () => { await stage?.close(); });

  const known = { corp_id: corp, client_id: client.id, client_secret: client.secret };
  const fresh = { corp_id: corp, client_id: other.clientId, client_secret: other.clientSecret };
  const attempt = (body) => stage.admin('POST', 'dingtalk-forms', body);
  const refused = (answer, status, what) => {
    assert.equal(answer.status, status, answer.text);
    assert.match(answer.json.detail, what);
    assert.ok(!answer.text.includes('not-a-secret'));
  };
  const permissions = async (id, ...off) => {
    const { text } = await call('GET', `${stage.sim.url}/apps/${id}/permissions`);
    const scopes = [...text.matchAll(/type="checkbox" name="([^"]+)"/g)].map((m) => m[1]).filter((s) => !off.includes(s));
    const answer = await call('POST', `${stage.sim.url}/apps/${id}/permissions`,
      { form: { do: 'request', departments: '1', ...Object.fromEntries(scopes.map((s) => [s, 'on'])) } });
    assert.equal(answer.status, 303, answer.text.slice(0, 300));
  };

  describe('forms with credentials that are not saved', () => {
    test('are listed and read, and nothing is kept', async () => {
      const calls = async () => (await stage.ask('GET', `dingtalk-organisations/${corp}`)).used;
      const before = await calls();
      const list = await attempt(fresh);
      assert.equal(list.status, 200, list.text);
      assert.deepEqual([list.json.app, list.json.form], [null, null]);
      assert.ok(list.json.forms.some((f) => f.process_code === forms.main && f.name === '终端卸载审批'));
      const one = await attempt({ ...fresh, process_code: forms.main });
      assert.deepEqual(one.json, { app: null, other_organisation: false, forms: [], form: { process_code: forms.main, name: '终端卸载审批', status: 'PUBLISHED',
        controls: [{ id: 'TextareaField_reason', label: '卸载原因', type: 'TextareaField', required: true }] } });
      assert.deepEqual(one.json.form, await stage.ask('GET', `dingtalk-apps/${stage.app.id}/forms/${forms.main}`));
      assert.equal((await attempt(known)).json.app, stage.app.id);
      assert.equal((await stage.ask('GET', 'dingtalk-apps')).items.length, 1);
      // The three that were tried, and the one of the saved app.
      await until('the count', async () => (await calls()) - before >= 4);
      assert.ok(!stage.sql('SELECT record FROM events').includes(other.clientId));
      assert.ok(!stage.server.said().includes(other.clientSecret));
    });

    test('what is wrong is said in words', async () => {
      refused(await attempt({ ...fresh, client_secret: `${other.clientSecret}x` }), 422, /does not accept the app's credentials/);
      refused(await attempt({ ...fresh, client_id: 'dingnobody000000' }), 422, /does not accept the app's credentials/);
      refused(await attempt({ ...fresh, process_code: 'PROC-TYPO' }), 422, /formNotExist/);
      refused(await attempt({ ...fresh, client_id: 'a b' }), 400, /Client ID/);
      refused(await attempt({ ...fresh, corp_id: '' }), 400, /corpId/i);
      await permissions(other.clientId, 'Workflow.Form.Read');
      refused(await attempt(fresh), 422, /lacks the permission .*Workflow\.Form\.Read/);
      await permissions(other.clientId);
      await stage.proxy.down();
      refused(await attempt(fresh), 503, /DingTalk/);
      await stage.proxy.up();
      assert.equal((await attempt(fresh)).status, 200);
    });

    test('are for who may change things, and not without end', async () => {
      const auditor = await account(stage, 'auditor', 'auditor');
      assert.equal((await auditor.admin('POST', 'dingtalk-forms', fresh)).status, 403);
      const impatient = await account(stage, 'impatient', 'security-admin');
      const ends = new Map();
      for (let i = 0; i < 31; i++) {
        const answer = await impatient.admin('POST', 'dingtalk-forms', { ...fresh, process_code: 'PROC-TYPO' });
        ends.set(answer.status, (ends.get(answer.status) ?? 0) + 1);
        if (answer.status === 429) assert.ok(Number(answer.headers.get('retry-after')) > 0);
      }
      assert.deepEqual([...ends], [[422, 30], [429, 1]]);
      assert.equal((await attempt(fresh)).status, 200);
    });
  });

  describe('notification texts', () => {
    const read = () => stage.admin('GET', 'notification-texts');
    const item = (answer, id) => answer.json.items.find((i) => i.id === id);
    const messages = async (who, number) => (await stage.simulate('GET', `messages?user=${who}`)).items
      .filter((m) => JSON.stringify(m.content).includes(number));
    const rejected = async (name) => {
      const { id, number } = await (await stage.device(name)).file('旧电脑');
      await stage.submitted(id);
      await stage.decide(number, 'refuse', '还需要');
      await stage.until(id, 'the end', (i) => i.status === 'rejected');
      return until('the message', async () => (await messages('lihua', number))[0]).then((m) => [number, m.content.content ?? JSON.stringify(m.content)]);
    };

    before(async () => {
      const { name, type, app, forms: rows } = stage.workflow;
      await stage.ask('PUT', `workflows/${stage.workflow.id}`, { name, type, app, forms: rows, notices: true });
      await stage.tested();
    });

    test('are the built-in ones, with a sample of each', async () => {
      const answer = await read();
      assert.equal(answer.status, 200, answer.text);
      assert.equal(answer.json.items.length, 12);
      assert.deepEqual([answer.json.language, answer.json.max], ['zh', 500]);
      const { zh, en, to } = item(answer, 'rejected');
      assert.equal(to, 'applicant');
      assert.equal(zh.text, null);
      assert.match(en.preview, /^Your request HF-000123 \(holdfast-client on laptop-42\) was rejected by 王芳: It was returned\. \d{4}-/);
      assert.match(zh.builtin, /\{number\}/);
      for (const i of answer.json.items) for (const words of [i.zh, i.en]) assert.doesNotMatch(words.preview, /[{}]/);
    });

    test('of one\'s own are previewed, saved, on record, and what DingTalk shows', async () => {
      const items = [{ id: 'rejected', zh: '{applicant}：{number} 未通过{comment}。原因：{reason}。请联系 IT。' }];
      const preview = await stage.ask('POST', 'notification-texts/preview', { items: [...items, { id: 'expired', en: '{nobody}' }] });
      assert.match(preview.items.find((i) => i.id === 'rejected').zh.preview, /^李华：HF-000123 未通过：设备已归还。原因：旧电脑报废。请联系 IT。 \d{4}-/);
      assert.match(preview.items.find((i) => i.id === 'expired').en.problem, /\{nobody\} is not a variable/);
      const first = await read();
      assert.equal(item(first, 'rejected').zh.text, null);
      const saved = await stage.admin('PUT', 'notification-texts', { items }, { 'if-match': first.headers.get('etag') });
      assert.equal(saved.status, 200, saved.text);
      assert.equal(item(saved, 'rejected').zh.text, items[0].zh);
      assert.equal((await stage.admin('PUT', 'notification-texts', { items: [] }, { 'if-match': first.headers.get('etag') })).status, 412);
      const [event] = (await stage.ask('GET', 'audit?kind=notification-texts-changed')).items;
      assert.equal(event.text, 'rejected.zh');
      const { AuditRecord } = (await stage.ask('GET', 'openapi.json')).components.schemas;
      assert.ok(AuditRecord.properties.kind.enum.includes(event.kind), 'one of the kinds that the API names');
      assert.deepEqual(event.record.detail, { 'rejected.zh': { before: null, after: items[0].zh } });
      const [number, text] = await rejected('laptop-own');
      assert.match(text, new RegExp(`李华：${number} 未通过：还需要。原因：旧电脑。请联系 IT。 \\d{4}-`));
      // In the other language the built-in one holds.
      await stage.ask('PUT', 'settings', { language: 'en' });
      assert.match((await rejected('laptop-en'))[1], /was rejected by 王芳: 还需要/);
      await stage.ask('PUT', 'settings', { language: 'zh' });
      await stage.ask('PUT', 'notification-texts', { items: [{ id: 'rejected', zh: ' ' }] });
      assert.match((await rejected('laptop-builtin'))[1], /已拒绝（王芳）：还需要/);
      assert.equal((await stage.ask('GET', 'audit?kind=notification-texts-changed')).items.length, 2);
    });

    test('the remark in DingTalk\'s form too', async () => {
      await stage.ask('PUT', 'notification-texts', { items: [{ id: 'form-closed', zh: '由 IT 服务台处理：{status}{comment}' }] });
      const { id, number } = await (await stage.device('laptop-remark')).file();
      await stage.submitted(id);
      await stage.ask('POST', `instances/${id}/reject`, { comment: '请先归还' });
      await until('the remark', async () => {
        const [form] = await stage.inDingTalk(number);
        return form.operationRecords.some((r) => r.type === 'ADD_REMARK' && r.remark === '由 IT 服务台处理：已拒绝：请先归还');
      });
      await stage.ask('PUT', 'notification-texts', { items: [] });
    });

    test('that cannot be sent are refused', async () => {
      const put = (items) => stage.admin('PUT', 'notification-texts', { items });
      refused(await put([{ id: 'rejected', zh: '{user}' }]), 400, /rejected\.zh: \{user\} is not a variable; there are \{number\}/);
      refused(await put([{ id: 'rejected', zh: '长'.repeat(501) }]), 400, /at most 500/);
      refused(await put([{ id: 'executed', en: 'Somebody decided.' }]), 400, /\{who\} or \{by\}/);
      refused(await put([{ id: 'rejected' }, { id: 'rejected' }]), 400, /twice/);
      assert.equal((await put([{ id: 'never', zh: 'x' }])).status, 400);
      const approver = await account(stage, 'approver', 'approver');
      assert.equal((await approver.admin('GET', 'notification-texts')).status, 403);
    });
  });
});
