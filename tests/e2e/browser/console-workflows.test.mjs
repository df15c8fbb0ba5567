// Approval Center > Workflow Management: both types made by clicking, in both languages, against dingsim; everything that a
// person can do wrong in the panel; what cannot be deleted; versions, copies, and secrets that never come back.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { company, corp, forms, keys, until } from '../stage.mjs';
import { Console, accessible, shot } from './console.mjs';

const secretOf = (id) => `not-a-secret-example-only-${id}-not-a-secret-example-only-${id}`;
const app = (id) => ({ clientId: id, clientSecret: secretOf(id), agentId: 100002, name: id, redirectUrls: [] });
const text = (componentType, id, label, more = {}) => ({ componentType, id: `${componentType}_${id}`, label, ...more });
const seed = {
  ...company,
  apps: [...company.apps, ...['dingpanelen', 'dingpanelzh', 'dingwrong', 'dingstream'].map(app)],
  forms: [...company.forms, {
    processCode: 'PROC-CONTROLS', name: '带附加控件的审批', allowWithdraw: true, approvers: [{ actionType: 'NONE', userIds: ['wangfang'] }],
    components: [text('TextareaField', 'why', '详细原因', { required: true }), text('TextField', 'line', '一句话原因'), text('MoneyField', 'cost', '金额'), text('TextField', 'who', '申请人')],
  }],
};

const words = {
  en: {
    create: 'Create Workflow', panel: 'Create Approval Workflow', name: 'Workflow Name', save: 'Save', process: 'Associate DingTalk Process ID', template: 'Template Field', system: 'System Field',
    builtin: 'Built-in', approvers: 'Approvers', saved: 'Saved', tests: 'Connection test', ran: /^(Ready|Attention|Broken) Tested/, addForm: 'Add a form', addField: 'Add a field', addLevel: 'Add a level', up: 'Move up', levelName: 'Name',
    person: 'Person who files', preview: 'Preview', form: 'Form', checked: /DingTalk has checked it/, notChecked: /has not checked it yet/, only: /only text controls take this field/, level: (n) => `Level ${n}`,
    decides: (n, name, who) => `Level ${n} (${name}) is decided by ${who}.`, credentials: 'DingTalk accepts the Client ID and the Client Secret.', fine: /as they should be/, list: 'Workflows', test: 'Test', edit: 'Edit', more: 'More', url: 'Copy: Request URL',
    quota: 'Saves the push quota', asked: 'DingTalk would ask', ask: /Ask DingTalk whom/, all: 'All approve', reset: /Do not generate aes_key and token again/,
  },
  zh: {
    create: '新建流程', panel: '新建审批流程', name: '流程名称', save: '保存', process: '关联钉钉流程 ID', template: '模板字段', system: '系统字段',
    builtin: '内置审批流程', approvers: '审批人', saved: '已保存', tests: '连接检测', ran: /^(正常|需关注|异常) 检测于/, addForm: '添加表单', addField: '添加字段', addLevel: '添加级别', up: '上移', levelName: '名称',
    person: '报备人', preview: '预览', form: '表单', checked: /钉钉已验证/, notChecked: /钉钉尚未验证/, only: /此字段只能填入文本控件/, level: (n) => `第 ${n} 级`,
    decides: (n, name, who) => `第 ${n} (${name}) 级由 ${who} 审批。`, credentials: '钉钉接受 Client ID 和 Client Secret。', fine: /项正常/, list: '审批流程', test: '检测', edit: '编辑', more: '更多', url: '复制: 请求网址',
    quota: '节省推送额度', asked: '钉钉会请以下人员审批', ask: /查询钉钉会请谁审批/, all: '所有人均须通过', reset: /请勿在钉钉中重新生成 aes_key 和 token/,
  },
};

let c;
let stage;
let accounts;
let heard = ''; // everything that the server answered to these pages
const where = '/console/approval/workflows';

async function open(how = {}, at = where, role = 'owner') {
  const page = await c.as(role, at, how);
  return page;
}
const listen = (page) => page.context().on('response', async (response) => {
  if (!response.url().includes('/api/')) return;
  heard += await response.text().catch(() => '');
});
const visit = async (how, at, role) => {
  const page = await open(how, '/console/me', role);
  listen(page);
  await page.goto(`${c.url}${at ?? where}`);
  return page;
};
const panelOf = (page, name) => page.getByRole('dialog', { name });
// Of a control's list: the choice with that text.
const option = (page, name) => page.locator('.ant-select-dropdown:not(.ant-select-dropdown-hidden) .ant-select-item-option').filter({ hasText: name });
async function pick(page, box, name) {
  await box.click();
  await option(page, name).first().click();
}
// A person or an account is found by typing.
async function find(page, box, name) {
  await box.click();
  await box.pressSequentially(name);
  await option(page, name).first().click();
  await page.keyboard.press('Tab');
}
// What is said at the field with that label.
const said = async (panel, label, n = 0) => {
  const box = panel.getByLabel(label, { exact: true }).nth(n);
  const ids = (await box.getAttribute('aria-describedby') ?? '').split(' ').filter((id) => id.endsWith('-said'));
  assert.equal(await box.getAttribute('aria-invalid'), 'true', `${label} is not marked`);
  return panel.page().locator(`[id="${ids[0]}"]`).textContent();
};
const field = (panel, label, n = 0) => panel.getByLabel(label, { exact: true }).nth(n);
async function credentials(panel, id, more = {}) {
  for (const [label, value] of Object.entries({ CorpId: corp, 'Client ID': id, 'Client Secret': secretOf(id), aes_key: keys.aes, token: keys.token, ...more }))
    if (value !== undefined) await field(panel, label).fill(value);
}

before(async () => {
  c = await Console.open({ seed });
  stage = c.stage;
  accounts = {};
  for (const [name, role] of [['王芳', 'approver'], ['周敏', 'security-admin'], ['审计员小赵', 'auditor'], ['已停用的人', 'approver']])
    accounts[name] = await stage.ask('POST', 'accounts', { name, email: `${Object.keys(accounts).length}@people.example.com`, role });
  const gone = accounts['已停用的人'];
  await stage.ask('PUT', `accounts/${gone.id}`, { name: gone.name, role: gone.role, language: gone.language, departments: [], state: 'disabled' });
});
after(async () => { await c?.close(); });

for (const [lang, w] of Object.entries(words)) describe(`in ${lang}`, () => {
  let page;
  before(async () => { page = await visit({ lang }); });
  after(() => page?.context().close());

  test('a DingTalk workflow: the Request URL at once, forms and fields picked, who is asked, tested by itself, a light that turns green', async () => {
    const id = `dingpanel${lang}`;
    await page.getByRole('button', { name: w.create }).first().click();
    const panel = panelOf(page, w.panel);
    const shown = panel.getByText(/\/callback\/dingtalk\//);
    const url = await shown.textContent();
    await panel.getByText(w.reset).waitFor();
    await field(panel, w.name).fill(`终端卸载 ${lang}`);
    await credentials(panel, id);

    const process = field(panel, w.process);
    await process.click();
    await option(page, '带附加控件的审批').click();
    assert.equal(await process.inputValue(), 'PROC-CONTROLS');
    await panel.getByText('/v1.0/event/bpms_instance_change/processCode/PROC-CONTROLS/type/*').waitFor();
    await panel.getByText(w.quota).click();
    await panel.getByText('/v1.0/event/bpms_instance_change/processCode/PROC-CONTROLS/type/{finish,terminate,delete}').waitFor();

    const control = field(panel, w.template);
    await control.click();
    const money = option(page, '金额');
    assert.match(await money.textContent(), w.only);
    await money.click({ force: true });
    assert.equal(await control.inputValue(), '');
    await option(page, '详细原因').click();
    assert.equal(await control.inputValue(), '详细原因');
    await panel.getByRole('button', { name: w.addField }).click();
    await pick(page, field(panel, w.system, 1), lang === 'en' ? 'Applicant' : '申请人');
    await pick(page, field(panel, w.template, 1), '申请人');
    await shot(page, `workflows-create-${lang}`);

    await find(page, field(panel, w.person), '李华');
    await panel.getByRole('checkbox', { name: w.ask }).check();
    await panel.getByRole('button', { name: w.preview }).click();
    await panel.getByText('PROC-CONTROLS', { exact: true }).waitFor();

    await panel.getByRole('button', { name: w.save }).click();
    const edit = panelOf(page, `终端卸载 ${lang}`).getByRole('tabpanel', { name: w.tests });
    await edit.getByText(w.ran).waitFor({ timeout: 30000 });
    assert.match(page.url(), /edit=[0-9a-f-]+&tab=test/);
    await edit.getByText(w.fine).click();
    await edit.getByText(w.credentials).waitFor();
    assert.equal(await edit.getByText(/\/callback\/dingtalk\//).first().textContent(), url);
    await edit.getByText(w.notChecked).waitFor();
    await stage.simulate('PUT', `apps/${id}/subscription`, { url, aesKey: keys.aes, token: keys.token, shape: 'A', rules: ['/v1.0/event/bpms_instance_change/processCode/PROC-CONTROLS/type/*'] });
    await edit.getByText(w.checked).waitFor();
    await shot(page, `workflows-test-${lang}`);
    for (const hidden of [secretOf(id), keys.aes]) assert.ok(!(await page.content()).includes(hidden));
    await page.keyboard.press('Escape');
    await edit.waitFor({ state: 'hidden' });
    await page.getByText(`终端卸载 ${lang}`).first().waitFor();
  });

  test('a built-in workflow: levels, their order, who is asked', async () => {
    await page.getByRole('button', { name: w.create }).first().click();
    const panel = panelOf(page, w.panel);
    await field(panel, w.name).fill(`内置 ${lang}`);
    await panel.getByText(w.builtin, { exact: true }).click();
    await field(panel, w.levelName).fill('安全');
    await find(page, field(panel, w.approvers), '周敏');
    await panel.getByRole('button', { name: w.addLevel }).click();
    await field(panel, w.levelName, 1).fill('组长');
    await find(page, field(panel, w.approvers, 1), '王芳');
    await find(page, field(panel, w.approvers, 1), '周敏');
    await panel.getByText(w.all).nth(1).click();
    await panel.getByRole('button', { name: `${w.up}: ${w.level(2)}` }).click();
    assert.equal(await field(panel, w.levelName).inputValue(), '组长');
    await shot(page, `workflows-builtin-${lang}`);
    await find(page, field(panel, w.person), '李华');
    await panel.getByRole('button', { name: w.preview }).click();
    await panel.getByText('组长').last().waitFor();
    await panel.getByRole('button', { name: w.save }).click();
    const edit = panelOf(page, `内置 ${lang}`).getByRole('tabpanel', { name: w.tests });
    await edit.getByText(w.fine).click();
    await edit.getByText(w.decides(2, '安全', '周敏')).waitFor();
    await page.keyboard.press('Escape');
    const { items } = await stage.ask('GET', 'workflows?limit=200');
    const made = items.find((one) => one.name === `内置 ${lang}`);
    assert.deepEqual(made.approval.levels.map((one) => [one.name, one.mode, one.approvers]), [
      ['组长', 'all', [accounts.王芳.id, accounts.周敏.id]], ['安全', 'any', [accounts.周敏.id]]]);
  });
});
