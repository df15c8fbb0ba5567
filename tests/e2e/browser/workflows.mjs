// What the tests of Workflow Management share: the company, words in both languages, and how the panel is filled in.
import assert from 'node:assert/strict';
import { company, corp, keys } from '../stage.mjs';
import { Console } from './console.mjs';

export const secretOf = (id) => `not-a-secret-example-only-${id}-not-a-secret-example-only-${id}`;
const app = (id) => ({ clientId: id, clientSecret: secretOf(id), agentId: 100002, name: id, redirectUrls: [] });
const text = (componentType, id, label, more = {}) => ({ componentType, id: `${componentType}_${id}`, label, ...more });
const seed = {
  ...company,
  apps: [...company.apps, ...['dingpanelen', 'dingpanelzh', 'dingwrongen', 'dingwrongzh', 'dingstreamen', 'dingstreamzh', 'dingother'].map(app)],
  forms: [...company.forms, {
    processCode: 'PROC-CONTROLS', name: '带附加控件的审批', allowWithdraw: true, approvers: [{ actionType: 'NONE', userIds: ['wangfang'] }],
    components: [text('TextareaField', 'why', '详细原因', { required: true }), text('TextField', 'line', '一句话原因'), text('MoneyField', 'cost', '金额'), text('TextField', 'who', '申请人')],
  }],
};

export const words = {
  en: {
    create: 'Create Workflow', panel: 'Create Approval Workflow', name: 'Workflow Name', save: 'Save', process: 'Associate DingTalk Process ID', template: 'Template Field', system: 'System Field',
    builtin: 'Built-in', approvers: 'Approvers', saved: 'Saved', tests: 'Connection test', ran: /^(Ready|Attention|Broken) Tested/, addForm: 'Add a form', addField: 'Add a field', addLevel: 'Add a level', up: 'Move up', levelName: 'Name',
    person: 'Person who files', preview: 'Preview', form: 'Form', checked: /DingTalk has checked it/, notChecked: /has not checked it yet/, only: /only text controls take this field/, level: (n) => `Level ${n}`,
    decides: (n, name, who) => `Level ${n} (${name}) is decided by ${who}.`, credentials: 'DingTalk accepts the Client ID and the Client Secret.', fine: /as they should be/, list: 'Workflows', test: 'Test', edit: 'Edit', more: 'More', url: 'Copy: Request URL',
    quota: 'Saves the push quota', asked: 'DingTalk would ask', ask: /Ask DingTalk whom/, all: 'All approve', reset: /Do not generate aes_key and token again/, stream: 'Stream', noUrl: /With Stream there is no Request URL/, open: 'The Stream connection is open.',
  },
  zh: {
    create: '新建流程', panel: '新建审批流程', name: '流程名称', save: '保存', process: '关联钉钉流程 ID', template: '模板字段', system: '系统字段',
    builtin: '内置审批流程', approvers: '审批人', saved: '已保存', tests: '连接检测', ran: /^(正常|需关注|异常) 检测于/, addForm: '添加表单', addField: '添加字段', addLevel: '添加级别', up: '上移', levelName: '名称',
    person: '报备人', preview: '预览', form: '表单', checked: /钉钉已验证/, notChecked: /钉钉尚未验证/, only: /此字段只能填入文本控件/, level: (n) => `第 ${n} 级`,
    decides: (n, name, who) => `第 ${n} (${name}) 级由 ${who} 审批。`, credentials: '钉钉接受 Client ID 和 Client Secret。', fine: /项正常/, list: '审批流程', test: '检测', edit: '编辑', more: '更多', url: '复制: 请求网址',
    quota: '节省推送额度', asked: '钉钉会请以下人员审批', ask: /查询钉钉会请谁审批/, all: '所有人均须通过', reset: /请勿在钉钉中重新生成 aes_key 和 token/, stream: 'Stream 模式', noUrl: /Stream 模式无需请求网址/, open: 'Stream 连接正常。',
  },
};

export const where = '/console/approval/workflows';

export const panelOf = (page, name) => page.getByRole('dialog', { name });
// Of a control's list: the choice with that text.
export const option = (page, name) => page.locator('.ant-select-dropdown:not(.ant-select-dropdown-hidden) .ant-select-item-option').filter({ hasText: name });
export async function pick(page, box, name) {
  await box.click();
  await option(page, name).first().click();
}
// A person or an account is found by typing.
export async function find(page, box, name) {
  await box.click();
  await box.pressSequentially(name);
  await option(page, name).first().click();
  await page.keyboard.press('Tab');
}
// What is said at the field with that label.
export const said = async (panel, label, n = 0) => {
  const [invalid, text] = await panel.getByLabel(label, { exact: true }).nth(n).evaluate((box) => {
    const id = (box.getAttribute('aria-describedby') ?? '').split(' ').find((one) => one.endsWith('-said'));
    return [box.getAttribute('aria-invalid'), document.getElementById(id)?.textContent];
  });
  assert.equal(invalid, 'true', `${label} is not marked`);
  return text;
};
export const field = (panel, label, n = 0) => panel.getByLabel(label, { exact: true }).nth(n);
export async function credentials(panel, id, more = {}) {
  for (const [label, value] of Object.entries({ CorpId: corp, 'Client ID': id, 'Client Secret': secretOf(id), aes_key: keys.aes, token: keys.token, ...more }))
    if (value !== undefined) await field(panel, label).fill(value);
}

// The console with accounts that may and may not decide. visit opens a page of it; heard() is everything that the server
// has answered to these pages.
export async function workflows() {
  const c = await Console.open({ seed });
  const accounts = {};
  for (const [name, role] of [['王芳', 'approver'], ['周敏', 'security-admin'], ['审计员小赵', 'auditor'], ['已停用的人', 'approver']])
    accounts[name] = await c.stage.ask('POST', 'accounts', { name, email: `${Object.keys(accounts).length}@people.example.com`, role });
  const gone = accounts['已停用的人'];
  await c.stage.ask('PUT', `accounts/${gone.id}`, { name: gone.name, role: gone.role, language: gone.language, departments: [], state: 'disabled' });
  let heard = '';
  return {
    c, stage: c.stage, accounts, heard: () => heard,
    visit: async (how, at = where, role = 'owner') => {
      const page = await c.as(role, '/console/me', how);
      await page.route((url) => url.pathname.startsWith('/api/') && url.pathname !== '/api/v1/events', async (route) => {
        const response = await route.fetch().catch(() => undefined); // the page has gone on meanwhile
        if (!response) return;
        heard += await response.text();
        await route.fulfill({ response }).catch(() => {});
      });
      await page.goto(`${c.url}${at}`);
      return page;
    },
    close: async () => {
      // How the server says that DingTalk is away, and what the tests broke off themselves.
      c.problems = c.problems.filter((one) => !/status of 503|ERR_FAILED/.test(one));
      await c.close();
    },
  };
}
