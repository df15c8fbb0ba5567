// What the server says to people is in their language: refusals, notes, what happened to a request. Without a word about the
// language an API token reads English, as it always did.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Stage, call } from './stage.mjs';
import { account } from './accounts.mjs';

const nobody = '01900000-0000-7000-8000-000000000000';
const zh = { 'accept-language': 'zh-CN,zh;q=0.9,en;q=0.8' };

describe('the language of answers', () => {
  let stage;
  let auditor;
  before(async () => {
    stage = await Stage.open();
    auditor = await account(stage, '审计', 'auditor');
  });
  after(async () => { await stage?.close(); });

  const token = (more) => ({ authorization: `Bearer ${stage.token}`, ...more });
  const at = (where) => `${stage.server.url}/api/v1/${where}`;

  // Operation, its body, what it is refused with in both languages.
  const refusals = () => [
    ['GET', `devices/${nobody}`, undefined, 'There is no device with this id.', '没有该设备。', 'Not found', '未找到'],
    ['GET', 'devices?limit=1000', undefined, 'limit: must be a number from 1 to 200', '每页条数：必须是 1 到 200 之间的数字', 'Invalid request', '请求无效'],
    ['GET', 'devices?sparrow=1', undefined, 'sparrow: is not known in this query', 'sparrow：不是此查询的参数'],
    ['GET', 'instances?status=sparrow', undefined, 'status: there is no status sparrow', '状态：没有状态 sparrow'],
    ['POST', 'user-groups', '{"name":"x",}', "JSON, byte 11: a comma or '}' must stand here", 'JSON 第 11 字节：此处应为逗号或 }'],
    ['POST', 'user-groups', { rules: [] }, 'name: is missing', '名称：缺失'],
    ['POST', 'user-groups', { name: '', rules: [] }, 'name: must not be empty', '名称：不能为空'],
    ['POST', 'user-groups', { name: 'x', rules: [{ subject: 'user', relation: 'equal', value: nobody }] }, 'rules[0]: there is no such user', 'rules[0]：没有该用户'],
    ['POST', 'user-groups', { name: 'x', rules: [{ subject: 'sparrow', relation: 'equal', value: 'x' }] }, 'rules[0].subject: must be one of: user, department, email, telephone', 'rules[0].subject：必须是以下之一：user, department, email, telephone'],
    ['POST', 'releases', { device: nobody, reason: '离职', days: 3 }, 'device: there is no device with this id.', '设备：没有该设备。'],
    ['POST', 'releases', { device: nobody, reason: ' ', days: 3 }, 'A reason is needed.', '请填写原因。', 'Refused by a rule', '不符合规则'],
    ['POST', `instances/${nobody}/approve`, {}, 'There is no request with this id.', '没有该申请。'],
    ['POST', 'webhooks', { name: 'x', url: 'http://10.0.0.1/', events: ['*'] }, 'url: must begin with https://; http:// is for networks inside that the setting webhook_networks names', '地址：必须以 https:// 开头；http:// 只能用于设置中列出的内部网络'],
    ['DELETE', `dingtalk-apps/${stage.app.id}`, undefined, `The workflow "${stage.workflow.name}" uses this app.`, `审批流程“${stage.workflow.name}”正在使用该应用。`, 'Conflict', '存在冲突'],
    ['DELETE', `workflows/${stage.workflow.id}`, undefined, 'The anti-uninstallation policy uses this workflow.', '防卸载策略正在使用该审批流程。'],
    ['GET', 'nothing/here', undefined, 'there is nothing at this address', '此地址没有内容'],
  ];

  test('a refusal is in the language that the reader asks for, and in English when he does not', async () => {
    for (const [method, where, body, english, chinese, title, titleZh] of refusals()) {
      const plain = await call(method, at(where), { body, headers: token() });
      const said = await call(method, at(where), { body, headers: token(zh) });
      assert.ok(plain.status >= 400 && plain.status < 500 && said.status === plain.status, `${method} ${where}: ${plain.status} ${plain.text}`);
      assert.equal(plain.headers.get('content-language'), 'en');
      assert.equal(said.headers.get('content-language'), 'zh-CN');
      assert.ok(plain.json.detail.startsWith(english), `${method} ${where}: ${plain.json.detail}`);
      assert.ok(said.json.detail.startsWith(chinese), `${method} ${where}: ${said.json.detail}`);
      assert.equal(said.json.type, plain.json.type);
      if (title) assert.deepEqual([plain.json.title, said.json.title], [title, titleZh]);
    }
  });

  test('whichever of the two comes first counts; what names neither is no choice', async () => {
    for (const [header, english] of [['en-US,zh;q=0.5', true], ['fr, zh', false], ['ZH-hans', false], ['fr-FR', true], ['*', true], ['zho', true], ['', true]]) {
      const { json } = await call('GET', at(`devices/${nobody}`), { headers: token({ 'accept-language': header }) });
      assert.equal(json.detail, english ? 'There is no device with this id.' : '没有该设备。', header);
    }
  });

  test('who may not is told so, and who is not known', async () => {
    const may = await auditor.admin('POST', 'user-groups', { name: 'x', rules: [] }, zh);
    assert.deepEqual([may.status, may.json.detail], [403, '审计员无权执行此操作。']);
    const who = await call('GET', at('devices'), { headers: { authorization: 'Bearer hft_x', ...zh } });
    assert.deepEqual([who.status, who.json.detail], [401, '这不是 API 令牌。']);
    const wrong = await call('POST', `${stage.server.url}/auth/login`, { body: { email: 'nobody@example.com', password: 'not the password' }, headers: zh });
    assert.deepEqual([wrong.status, wrong.json.detail], [401, '邮箱或密码错误。']);
  });

  test('each of many has its refusal in the same language', async () => {
    const bulk = async (headers) => (await stage.admin('POST', 'instances/bulk', { action: 'approve', ids: [nobody] }, headers)).json.items[0].problem;
    assert.equal((await bulk({})).detail, 'There is no request with this id.');
    assert.deepEqual([(await bulk(zh)).detail, (await bulk(zh)).title], ['没有该申请。', '未找到']);
  });

  test('a browser that asks for neither has its account\'s language', async () => {
    for (const [language, detail] of [['zh', '没有该设备。'], ['en', 'There is no device with this id.']]) {
      const { invitation } = await stage.ask('POST', 'accounts', { name: `阅读 ${language}`, email: `${language}@example.com`, role: 'auditor', language });
      const made = await call('POST', at('setup'), { body: { secret: new URL(invitation.link).hash.slice(1), password: 'a password for this test' } });
      const cookie = made.headers.getSetCookie().map((line) => line.split(';')[0]).join('; ');
      assert.equal((await call('GET', at(`devices/${nobody}`), { headers: { cookie } })).json.detail, detail);
      assert.equal((await call('GET', at(`devices/${nobody}`), { headers: { cookie, ...zh } })).json.detail, '没有该设备。');
    }
  });
});
