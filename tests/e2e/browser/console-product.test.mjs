// The main flow of the product, whole, through the console: from the printed link of a server that was just started over the
// workflow, DingTalk's event subscription, the directory and the policy to requests that end by a click in DingTalk, by one in
// the console, and by both sides' word on the device. Nothing is set up behind the console's back. In both languages with the
// pointer, and once with the keyboard alone.
import assert from 'node:assert/strict';
import { after, before, describe, test as step } from 'node:test';
import { Device, Stage, client, corp, forms, keys, until } from '../stage.mjs';
import { uuid } from '../fake-server.mjs';
import { launch } from './chromium.mjs';

const password = 'correct horse battery';
const words = {
  en: {
    name: 'Your name', email: 'Email address', fresh: 'New password', again: 'The same once more', make: 'Create the account', later: 'Not now', start: 'Getting started',
    workflows: 'Workflow Management', create: 'Create Workflow', panel: 'Create Approval Workflow', workflowName: 'Workflow Name', process: 'Associate DingTalk Process ID', template: 'Template Field', save: 'Save',
    test: 'Connection test', ran: /^(Ready|Attention) Tested/, checked: /DingTalk has checked it/, sources: 'Identity Sources', newSource: 'Add an identity source', sourceName: 'Name', app: 'DingTalk app', create2: 'Add', watch: 'Watch it being read', people: /^People \(4\)$/,
    registration: 'Terminal Registration', policy: 'Anti-uninstallation Policy', policyPanel: 'Client Anti-uninstallation Policy', enable: 'Enable Client Anti-uninstallation', everyone: 'All users', filing: 'Allow filing', workflow: 'Filing workflow', saved: /policy is saved/,
    covers: /blocked for 4 people/, instances: 'Workflow Instance', allow: 'Allow', reject: 'Reject', approved: 'Approved', rejected: 'Rejected', used: 'Uninstalled',
  },
  zh: {
    name: '姓名', email: '邮箱', fresh: '新密码', again: '再次输入新密码', make: '创建账号', later: '暂不设置', start: '快速开始',
    workflows: '审批流程', create: '新建流程', panel: '新建审批流程', workflowName: '流程名称', process: '关联钉钉流程 ID', template: '模板字段', save: '保存',
    test: '连接检测', ran: /^(正常|需关注) 检测于/, checked: /钉钉已验证/, sources: '身份源', newSource: '添加身份源', sourceName: '名称', app: '钉钉应用', create2: '添加', watch: '查看读取进度', people: /^人员（4）$/,
    registration: '终端注册', policy: '防卸载策略', policyPanel: '客户端防卸载策略', enable: '启用客户端防卸载', everyone: '全部用户', filing: '允许报备', workflow: '报备审批流程', saved: /策略已保存/,
    covers: /对 4 人.*会被阻止/, instances: '审批实例', allow: '允许', reject: '拒绝', approved: '已通过', rejected: '已拒绝', used: '已卸载',
  },
};

const options = (page) => page.locator('.ant-select-dropdown:not(.ant-select-dropdown-hidden) .ant-select-item-option');

// How somebody acts: with the pointer.
class Pointer {
  constructor(page) { this.page = page; }

  press(what) { return what.click(); }

  type(what, text) { return what.fill(text); }

  async choose(what, name) {
    await what.click();
    await options(this.page).filter({ hasText: name }).first().click();
  }
}

// With the keyboard alone: things are reached by Tab, and nothing else moves.
class Keyboard {
  constructor(page) { this.page = page; this.keys = page.keyboard; }

  async reach(what) {
    await what.first().waitFor();
    for (let i = 0; i < 150; i += 1) {
      if (await what.first().evaluate((element) => element === document.activeElement)) return;
      await this.keys.press('Tab');
    }
    assert.fail(`the keyboard does not reach ${what}`);
  }

  async press(what) {
    await this.reach(what);
    await this.keys.press(await what.first().evaluate((element) => (/^(radio|checkbox)$/.test(element.type) ? ' ' : 'Enter')));
  }

  async type(what, text) {
    await this.reach(what);
    await this.keys.press('Control+A');
    await this.keys.type(text);
  }

  async choose(what, name) {
    await this.reach(what);
    await this.keys.press('ArrowDown');
    const fits = options(this.page).filter({ hasText: name }).first();
    await fits.waitFor();
    for (let i = 0; i < 20; i += 1) {
      if (await fits.evaluate((element) => element.classList.contains('ant-select-item-option-active'))) break;
      await this.keys.press('ArrowDown');
    }
    await this.keys.press('Enter');
  }
}

for (const [lang, Hands] of [['en', Pointer], ['zh', Pointer], ['en', Keyboard]]) describe(`in ${lang}, with the ${Hands.name.toLowerCase()}`, () => {
  const w = words[lang];
  const problems = [];
  let stage, browser, page, hands, workflow;
  const button = (name, at = page) => at.getByRole('button', { name, exact: true });
  const field = (name, at = page) => at.getByLabel(name, { exact: true });
  const panel = (name) => page.getByRole('dialog', { name });
  // What stood there when it failed is said.
  const test = (name, run) => step(name, async (t) => {
    await Promise.resolve(run(t)).catch(async (e) => {
      t.diagnostic(`${page.url()}: ${await page.locator('body').innerText().catch(() => 'nothing')}`);
      throw e;
    });
  });
  const h1 = (name) => page.getByRole('heading', { level: 1, name, exact: true }).waitFor();
  const menu = async (name) => {
    await hands.press(page.getByRole('navigation').getByRole('link', { name, exact: true }));
    await h1(name);
  };
  const line = (number) => page.getByRole('row').filter({ hasText: number });

  before(async () => {
    stage = await Stage.open({ fresh: true });
    browser = await launch();
    const context = await browser.newContext({ locale: lang === 'zh' ? 'zh-CN' : 'en-US', viewport: { width: 1440, height: 900 }, reducedMotion: 'reduce' });
    page = await context.newPage();
    page.setDefaultTimeout(15000);
    hands = new Hands(page);
    page.on('pageerror', (error) => problems.push(error.stack));
    page.on('console', (message) => { if (message.type() === 'error' && !/status of 4\d\d|ERR_INCOMPLETE_CHUNKED/.test(message.text())) problems.push(message.text()); });
  });
  after(async () => {
    await browser?.close();
    await stage?.close();
    assert.deepEqual(problems, []);
  });

  test('the printed link makes the owner', async () => {
    await page.goto(/http\S+\/setup#\S+/.exec(stage.server.out())[0]);
    await hands.type(field(w.name), '陈安');
    await hands.type(field(w.email), 'chen.an@example.com');
    await hands.type(field(w.fresh), password);
    await hands.type(field(w.again), password);
    await hands.press(button(w.make));
    await hands.press(button(w.later));
    await h1(w.start);
  });

  test('Create Workflow: the credentials, the Request URL, the form and its field picked', async () => {
    await menu(w.workflows);
    await hands.press(page.getByRole('button', { name: w.create }).first());
    const at = panel(w.panel);
    const url = await at.getByText(/\/callback\/dingtalk\//).textContent();
    await hands.type(field(w.workflowName, at), '终端卸载审批');
    for (const [label, value] of Object.entries({ CorpId: corp, 'Client ID': client.id, 'Client Secret': client.secret, aes_key: keys.aes, token: keys.token }))
      await hands.type(field(label, at), value);
    await hands.choose(field(w.process, at), '终端卸载审批');
    await hands.choose(field(w.template, at), '卸载原因');
    await hands.press(button(w.save, at));
    const tested = panel('终端卸载审批').getByRole('tabpanel', { name: w.test });
    await tested.getByText(w.ran).waitFor({ timeout: 30000 });
    // In DingTalk: the Request URL is pasted, and checked at once.
    await stage.simulate('PUT', `apps/${client.id}/subscription`, { url, aesKey: keys.aes, token: keys.token, shape: 'A', rules: [`/v1.0/event/bpms_instance_change/processCode/${forms.main}/type/*`] });
    await tested.getByText(w.checked).waitFor();
    await page.keyboard.press('Escape');
    await tested.waitFor({ state: 'hidden' });
  });

  test('the identity source: DingTalk\'s people', async () => {
    await menu(w.sources);
    await hands.press(page.getByRole('button', { name: w.newSource }).first());
    const at = panel(w.newSource);
    await hands.type(field(w.sourceName, at), '示例科技');
    await hands.choose(field(w.app, at), client.id);
    await hands.press(button(w.create2, at));
    const redirect = await page.getByText(/\/auth\/dingtalk\/.*\/return/).first().textContent();
    await stage.simulate('PUT', `apps/${client.id}`, { redirectUrls: [redirect] });
    await hands.press(button(w.watch));
    await page.getByText(w.people).first().waitFor({ timeout: 30000 });
  });

  test('the policy: on, for all, filed under the workflow', async () => {
    await menu(w.registration);
    await hands.press(button(w.policy));
    const at = panel(w.policyPanel);
    await hands.press(at.getByRole('switch', { name: w.enable }));
    const everyone = at.getByRole('radio', { name: w.everyone });
    if (!await everyone.isChecked()) {
      if (hands instanceof Keyboard) {
        await hands.reach(at.getByRole('radiogroup', { name: /Effective Scope|生效范围/ }).getByRole('radio', { checked: true }));
        await page.keyboard.press('ArrowUp');
      } else await everyone.check();
      assert.ok(await everyone.isChecked());
    }
    const filing = at.getByRole('switch', { name: w.filing });
    if (await filing.getAttribute('aria-checked') !== 'true') await hands.press(filing);
    await hands.choose(field(w.workflow, at), '终端卸载审批');
    await hands.press(button(w.save, at));
    await page.getByText(w.saved).first().waitFor();
    await page.getByText(w.covers).waitFor();
  });

  test('agreed in DingTalk: it shows here by itself, the device has its grant, and says that it is gone', async () => {
    const device = await new Device(stage, '李华的笔记本').enrol('lihua');
    const { number } = await device.file('旧电脑报废');
    // On the tab Uninstallation Approval, where the page still is.
    await hands.press(line(number).getByRole('link', { name: number, exact: true }));
    await stage.decide(number, 'agree', '同意');
    await page.getByRole('heading', { level: 1 }).getByText(w.approved, { exact: true }).waitFor();
    const grant = await device.hears('its grant', (d) => d.held[0]);
    const receipt = { id: uuid(), kind: 'consumed', grant: grant.id, package: 'holdfast-client', at_ms: Date.now(), boot: 'b1' };
    const answer = await device.agent('POST', 'receipts', { receipts: [receipt] });
    assert.equal(answer.status, 200, answer.text);
    await page.getByText(w.used, { exact: true }).first().waitFor();
  });

  for (const deed of ['allow', 'reject']) test(`${deed} in the console: the device hears of it, and DingTalk's form is closed`, async () => {
    const device = await new Device(stage, `王芳的台式机-${deed}`).enrol('wangfang');
    await menu(w.instances);
    const { number, id } = await device.file('渲染时蓝屏');
    await line(number).waitFor();
    await until('the form is in DingTalk', async () => (await stage.inDingTalk(number)).length === 1, 30);
    await hands.press(line(number).getByRole('button', { name: `${w[deed]} ${number}` }));
    const dialog = page.getByRole('dialog');
    await hands.type(dialog.getByRole('textbox'), deed === 'allow' ? '已电话确认' : '仍在使用');
    await hands.press(button(w[deed], dialog));
    await dialog.waitFor({ state: 'hidden' });
    const heard = await device.hears('the decision', (d) => d.view?.instance?.id === id && d.view.instance.status !== 'pending' && d.view.instance);
    assert.equal(heard.status, deed === 'allow' ? 'approved' : 'rejected');
    assert.equal(heard.decision.comment, deed === 'allow' ? '已电话确认' : '仍在使用');
    if (deed === 'allow') await device.hears('its grant', (d) => d.held[0]);
    await until('DingTalk\'s form is closed', async () => JSON.stringify(await stage.inDingTalk(number)).includes('TERMINATED'), 60);
    workflow = id;
  });

  test('everything is on record', async () => {
    await page.goto(`${stage.server.url}/console/approval/instances/${workflow}`);
    await page.getByRole('heading', { level: 1 }).getByText(w.rejected, { exact: true }).waitFor();
    await page.getByText('仍在使用').first().waitFor();
  });
});
