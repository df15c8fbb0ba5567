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
      assert.equal((await call('GET', at(`devices/${nobody}`), { headers: { cookie, 'accept-language': 'fr-FR,fr' } })).json.detail, detail);
      assert.equal((await call('GET', at(`devices/${nobody}`), { headers: { cookie, ...zh } })).json.detail, '没有该设备。');
    }
  });

  // What was said in words of ours would have two of them side by side.
  const english = /[a-z]{2,} [a-z]{2,}/;
  const get = (where, headers) => call('GET', at(where), { headers: token(headers) });

  test('what happened to a request is told in Chinese, and what people wrote as they wrote it', async () => {
    const device = await stage.device('laptop-7');
    const { id, number } = await device.file('no longer needed here');
    await stage.submitted(id);
    await stage.decide(number, 'agree', 'fine with me');
    await device.hears('a grant', (d) => d.held.length > 0);
    await device.sync();
    const told = async (headers) => (await get(`instances/${id}`, headers)).json;
    const plain = await stage.until(id, 'the device has it', (i) => i.events.some((e) => e.kind === 'grant-delivered'));
    const said = await told(zh);
    assert.deepEqual(said.events.map((e) => e.kind), plain.events.map((e) => e.kind));
    const by = (answer, kind) => answer.events.find((e) => e.kind === kind);
    assert.deepEqual([by(said, 'filed').text, by(said, 'filed').actor, by(said, 'filed').actor_kind], ['no longer needed here', '李华', 'person']);
    assert.deepEqual([by(said, 'approved').text, by(said, 'approved').actor, by(said, 'approved').actor_kind], ['钉钉审批：fine with me', '王芳', 'dingtalk']);
    assert.deepEqual([by(plain, 'approved').text, by(plain, 'submitted').text], ['in DingTalk: fine with me', 'DingTalk has the request']);
    assert.deepEqual([by(said, 'submitted').text, by(said, 'submitted').actor, by(said, 'submitted').actor_kind], ['钉钉已收到申请', '系统', 'system']);
    assert.match(by(said, 'grant-issued').text, /^有效期至 \d/);
    assert.equal(by(said, 'grant-delivered').text, '设备已收到');
    for (const { kind, text } of said.events) if (!['filed', 'approved'].includes(kind)) assert.doesNotMatch(text, english, kind);
    assert.deepEqual([said.decision.who, said.decision.comment], ['王芳', 'fine with me']);
    assert.equal((await get(`instances/${id}`, zh)).headers.get('content-language'), 'zh-CN');
    assert.equal((await get(`instances/${id}`)).headers.get('content-language'), null);
  });

  test('a note has a code and what it is about, and reads in both languages', async () => {
    const device = await stage.device('laptop-8', 'guqing');
    const { id, number } = await device.file('财务电脑');
    const alone = await stage.until(id, 'it is set aside', (i) => i.note);
    assert.deepEqual([alone.note, alone.note_code, alone.note_value], ['no second person', 'no-second-person', undefined]);
    const listed = (await get(`instances?search=${number}`, zh)).json.items[0];
    assert.deepEqual([listed.note, listed.note_code], ['无第二人审批', 'no-second-person']);
    // As an earlier server stored it, and as the next one may.
    for (const [stored, code, value, chinese] of [
      ['what DingTalk holds is not what was sent: the value of "卸载原因" is not the one sent', 'other-value', '卸载原因', '钉钉中的内容与提交的不一致：“卸载原因”的内容与提交的不一致'],
      ['DingTalk shows another end: in DingTalk: no', 'other-end', 'in DingTalk: no', '钉钉显示不同的结果：no'],
      ['The form stays open in DingTalk: DingTalk refuses: nope (x)', 'left-open', 'DingTalk refuses: nope (x)', '钉钉中的表单仍未关闭：钉钉拒绝：nope（x）'],
      ['words of another time', 'other', undefined, 'words of another time']]) {
      stage.sql(`UPDATE instances SET note = '${stored}' WHERE id = '${id}'`);
      const { note, note_code: its, note_value: about } = (await get(`instances/${id}`)).json;
      assert.deepEqual([note, its, about], [stored, code, value]);
      assert.equal((await get(`instances/${id}`, zh)).json.note, chinese);
    }
    stage.sql(`UPDATE instances SET note = 'no second person' WHERE id = '${id}'`);
  });

  test('why nothing could be filed, and what holds a delivery up, are said in Chinese', async () => {
    const { version, ...policy } = await stage.ask('GET', 'policy');
    await stage.ask('PUT', 'policy', { ...policy, filing: { allowed: false, workflow: stage.workflow.id } });
    const lihua = (await stage.ask('GET', 'users?limit=200')).items.find((u) => u.external_id === 'lihua');
    const preview = async (headers) => (await call('POST', at(`workflows/${stage.workflow.id}/preview`), { body: { user: lihua.id }, headers: token(headers) })).json;
    const [plain, said] = [await preview(), await preview(zh)];
    assert.equal(plain.filing.why_not, 'Filing is not allowed by your organisation.');
    assert.equal(said.filing.why_not, '您的组织未开放报备。');
    await stage.ask('PUT', 'policy', policy);
  });

  test('lists for spreadsheets have their titles and words in the language of the link', async () => {
    for (const [where, title, chinese, word] of [['instances/export', '"number","status"', '"申请编号","状态"', '"已通过"'],
      ['devices/export', '"name","owner"', '"名称","使用者"', '"是"'], ['removals/export', '"id","removed"', '"ID","卸载时间"', '']]) {
      const [plain, said, asked] = [await get(where), await get(`${where}?lang=zh`), await get(where, zh)];
      assert.ok(plain.text.slice(0, 100).includes(title), plain.text.slice(0, 100));
      assert.ok(said.text.slice(0, 200).includes(chinese), said.text.slice(0, 200));
      assert.ok(said.text.includes(word));
      assert.equal(said.headers.get('content-language'), 'zh-CN');
      assert.equal(asked.text, said.text);
      assert.equal((await get(`${where}?lang=en`, zh)).text, plain.text);
      assert.equal((await get(`${where}?lang=fr`)).status, 400);
    }
  });

  test('the evidence page follows the same rule', async () => {
    const { items: [one] } = await stage.ask('GET', 'instances?status=approved');
    assert.match((await get(`instances/${one.id}/evidence`, zh)).text, /报备原因/);
    assert.match((await get(`instances/${one.id}/evidence?lang=en`, zh)).text, /Reason for filing/);
    assert.match((await get(`instances/${one.id}/evidence`)).text, /Reason for filing/);
  });

  test('the audit record is told in Chinese, and what was hashed stays as it is', async () => {
    await stage.ask('POST', 'tokens', { name: 'ci', role: 'auditor', days: 3 });
    const all = (await get('audit?limit=200')).json.items;
    const said = (await get('audit?limit=200', zh)).json.items.filter((v) => all.some((w) => w.id === v.id));
    for (const [i, one] of said.entries()) {
      assert.equal(one.record.text, all[i].text, 'as it was written');
      assert.equal(one.actor, { system: '系统', DingTalk: '钉钉', 'somebody who is not signed in': '未登录的用户' }[all[i].actor] ?? all[i].actor.replace(/ \(token (.*)\)$/, '（令牌 $1）'));
      if (!['filed', 'approved'].includes(one.kind)) assert.doesNotMatch(one.text, english, one.kind);
    }
    const words = JSON.stringify((await call('GET', at('openapi.json'))).json).match(/"enum":\["account-added"[^\]]*\]/)[0];
    for (const { kind } of all) assert.ok(words.includes(`"${kind}"`), `${kind} is not a word of the record`);
    assert.ok(new Set(said.map((v) => v.kind)).size > 15);
    assert.equal(said.find((v) => v.kind === 'token-created').text, 'ci，角色：审计员');
    assert.equal(said.find((v) => v.record.text === 'with a link').text, '通过链接');
    assert.equal(said.find((v) => v.kind === 'signin-failed').actor, '未登录的用户');
  });
});
