// From a server that was just started to a computer that is connected, in a browser: nothing is set up behind the
// console's back. What an administrator does in DingTalk is done in dingsim, with what the console offers for copying.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { code } from '../accounts.mjs';
import { Device, Stage, client, corp, forms, keys, until } from '../stage.mjs';
import { accessible, shot } from './console.mjs';
import { launch } from './chromium.mjs';

const password = 'correct horse battery';
const words = {
  en: {
    lang: 'English', setup: 'Set up Holdfast', name: 'Your name', email: 'Email address', fresh: 'New password', again: 'The same once more', make: 'Create the account',
    needName: 'Please enter your name.', noEmail: 'This is not an email address.', factor: 'Set up a second factor', typed: 'Code of the authenticator app', on: 'Switch it on', kept: 'I have kept them', go: 'Go on to the console',
    start: 'Getting started', of: (n, all = 6) => `${n} of ${all} done`, pill: (n, all = 6) => `Getting started ${n}/${all}`, dingtalk: /^DingTalk *Departments/, local: /^Local accounts/, saveApp: 'Save the app and read the organisation',
    badKey: 'An aes_key has 43 letters and digits.', read: /people in 4 departments were read/, notRead: 'The organisation could not be read.', change: 'Change the credentials', save: 'Save', readAgain: 'Read it again', redirect: 'Sign-in redirect address',
    accepted: /DingTalk accepts the app/, source: /^Identity source/, app: /^DingTalk app/, workflow: /^Workflow/, events: /^Event subscription/, policy: /^Policy/, device: /^First device/,
    form: 'Approval form', control: 'The control that takes the Reason for Filing', saveWorkflow: 'Save the workflow', waiting: /^Waiting for DingTalk's check/, checked: /^DingTalk has checked the Request URL/,
    url: 'Request URL', few: 'Only the end (saves pushes)', protect: 'Switch protection on', covers: 'It would cover 4 people', none: /^Waiting for the first computer/, all: 'Everything works', enter: 'Sign in', password: 'Password',
    signinCode: /^Code of your authenticator app/, keep: 'Keep people here', person: 'Name', add: 'Add', link: /sets a password/, refused: /^Removals are refused\./, next: (what) => `Next: ${what}`, titles: ['Workflow', 'Event subscription', 'Policy', 'First device', 'People'], later: 'Not now', form1: '终端卸载审批',
  },
  zh: {
    lang: '简体中文', setup: '初始化 Holdfast', name: '姓名', email: '邮箱', fresh: '新密码', again: '再次输入新密码', make: '创建账号',
    needName: '请输入姓名。', noEmail: '邮箱格式不正确。', factor: '设置二次验证', typed: '验证器应用中的验证码', on: '启用', kept: '我已妥善保存', go: '进入控制台',
    start: '快速开始', of: (n, all = 6) => `已完成 ${n}/${all}`, pill: (n, all = 6) => `快速开始 ${n}/${all}`, dingtalk: /^钉钉 *从您的/, local: /^本地账号/, saveApp: '保存应用并读取组织架构',
    badKey: 'aes_key 为 43 位字母和数字。', read: /已从钉钉读取 4 个部门/, notRead: '未能读取组织架构。', change: '修改凭证', save: '保存', readAgain: '重新读取', redirect: '登录重定向地址',
    accepted: /钉钉已接受此应用/, source: /^身份源/, app: /^钉钉应用/, workflow: /^审批流程/, events: /^事件订阅/, policy: /^防卸载策略/, device: /^首台设备/,
    form: '审批表单', control: '“报备原因”对应的控件', saveWorkflow: '保存流程', waiting: /^正在等待钉钉验证请求网址/, checked: /^钉钉已成功验证请求网址/,
    url: '请求网址', few: '仅结束类事件（节省推送额度）', protect: '启用防护', covers: '将覆盖目前的 4 人', none: /^正在等待首台设备接入/, all: '全部就绪', enter: '登录', password: '密码',
    signinCode: /^验证器应用中的验证码，或/, keep: '使用本地账号', person: '姓名', add: '添加', link: /可在 7 天内通过此链接设置密码/, refused: /^卸载会被阻止。/, next: (what) => `下一步：${what}`, titles: ['审批流程', '事件订阅', '防卸载策略', '首台设备', '人员'], later: '暂不设置', form1: '终端卸载审批',
  },
};

let browser;
before(async () => { browser = await launch(); });
after(async () => { await browser?.close(); });

for (const lang of ['en', 'zh']) describe(`in ${lang}`, () => {
  const w = words[lang];
  const problems = [];
  let stage;
  let page;
  let key;
  let link;

  async function open(where, how = {}) {
    const context = await browser.newContext({ locale: lang === 'zh' ? 'zh-CN' : 'en-US', viewport: { width: 1280, height: 900 }, reducedMotion: 'reduce', ...how });
    page = await context.newPage();
    page.setDefaultTimeout(10000);
    page.on('pageerror', (error) => problems.push(error.stack));
    page.on('console', (message) => { if (message.type() === 'error' && !/status of 4\d\d|ERR_INCOMPLETE_CHUNKED/.test(message.text())) problems.push(message.text()); });
    await page.goto(where);
  }
  const at = (where) => `${stage.server.url}${where}`;
  const field = (name) => page.getByLabel(name, { exact: typeof name === 'string' });
  const button = (name) => page.getByRole('button', { name, exact: typeof name === 'string' });
  const tap = (name) => button(name).click();
  const h1 = (name) => page.getByRole('heading', { level: 1, name, exact: true }).waitFor();
  const done = (n, all) => page.getByText(w.of(n, all), { exact: true }).waitFor();
  const copied = (name) => page.locator('.copy', { has: page.getByRole('button', { name }) }).locator('code').textContent();

  before(async () => {
    stage = await Stage.open({ fresh: true });
    link = /http\S+\/setup#\S+/.exec(stage.server.out())[0];
  });
  after(async () => {
    await page?.context().close();
    await stage?.close();
    assert.deepEqual(problems, []);
  });

  test('the link that the server printed makes the owner, with a second factor', async () => {
    await open(at('/console'));
    await page.getByText('setup-link').first().waitFor();
    await shot(page, `start-not-set-up-${lang}`);
    await page.context().close();
    await open(link);
    await h1(w.setup);
    assert.equal(page.url(), at('/setup'), 'the secret is out of the address bar');
    await tap(w.make);
    await page.getByText(w.needName).waitFor();
    await field(w.name).fill('陈安');
    await field(w.email).fill('chen.an');
    await field(w.fresh).fill(password);
    await field(w.again).fill(password);
    await tap(w.make);
    await page.getByText(w.noEmail).waitFor();
    await field(w.email).fill('chen.an@example.com');
    await shot(page, `start-setup-${lang}`);
    await accessible(page);
    await tap(w.make);
    await h1(w.factor);
    await page.locator('summary').click();
    key = (await page.locator('.copy code').textContent()).replaceAll(' ', '');
    await field(w.typed).fill(code(key, Date.now()));
    await tap(w.on);
    await field(w.kept).check();
    await shot(page, `start-recovery-codes-${lang}`);
    await accessible(page);
    await tap(w.go);
    await h1(w.start);
    await done(0);
    await shot(page, `start-begin-${lang}`);
    await accessible(page);
  });

  test('identity source and app: a wrong secret is said with what mends it', async () => {
    await tap(w.dingtalk);
    await field('CorpId').fill(corp);
    await field('Client ID').fill(client.id);
    await field('Client Secret').fill('not-this-one');
    await field('aes_key').fill('short');
    await field('token').fill(keys.token);
    await tap(w.saveApp);
    await page.getByText(w.badKey).waitFor();
    await field('aes_key').fill(keys.aes);
    await shot(page, `start-app-${lang}`);
    await tap(w.saveApp);
    await page.getByRole('button', { name: w.redirect }).waitFor();
    await tap(w.source);
    await page.getByText(w.notRead).waitFor();
    await shot(page, `start-wrong-secret-${lang}`);
    await accessible(page);
    await tap(w.change);
    await tap(w.change);
    await field('Client Secret').fill(client.secret);
    await tap(w.save);
    await button(w.change).waitFor();
    await tap(w.source);
    // The server tries again by itself once the secret is right; whoever is impatient presses the button.
    const read = page.getByText(w.read);
    await read.or(button(w.readAgain)).first().waitFor();
    if (await button(w.readAgain).isVisible()) await tap(w.readAgain).catch(() => {});
    await read.waitFor();
    await tap(w.app);
    await page.getByText(w.accepted).waitFor();
    const redirect = await copied(w.redirect);
    await stage.simulate('PUT', `apps/${client.id}`, { redirectUrls: [redirect] });
    await done(2);
    await shot(page, `start-app-done-${lang}`);
    await accessible(page);
  });

  test('it is left, and gone on with in another browser', async () => {
    await page.context().close();
    await open(at('/console'), lang === 'zh' ? { colorScheme: 'dark' } : {});
    await field(w.email).fill('chen.an@example.com');
    await field(w.password).fill(password);
    await tap(w.enter);
    await field(w.signinCode).fill(code(key, Date.now() + 30000));
    await tap(w.enter);
    await page.getByRole('link', { name: w.pill(2) }).click();
    await h1(w.start);
    // What comes next is open.
    await page.getByRole('button', { name: w.workflow, expanded: true }).waitFor();
  });

  test('a workflow from one of DingTalk\'s forms, picked', async () => {
    await field(w.form).click();
    await page.getByTitle(w.form1, { exact: true }).click();
    await page.getByTitle('卸载原因', { exact: true }).waitFor();
    await shot(page, `start-workflow-${lang}`);
    await accessible(page);
    // DingTalk's forms cost calls of the month: what changes of the app does not ask for them again.
    const forms_ = [];
    page.on('request', (request) => { if (/\/forms(\/|$)/.test(new URL(request.url()).pathname)) forms_.push(request.url()); });
    const [{ id }] = await page.evaluate(async () => (await (await fetch('/api/v1/dingtalk-apps')).json()).items);
    const again = page.waitForResponse((answer) => /\/dingtalk-apps(\?|$)/.test(answer.url()));
    assert.equal(await page.evaluate(async (address) => {
      const { session } = await (await fetch('/api/v1/me')).json();
      const headers = { 'Content-Type': 'application/json', 'X-CSRF-Token': session.csrf_token };
      return (await fetch(address, { method: 'PATCH', headers, body: JSON.stringify({ agent_id: 100002 }) })).status;
    }, `/api/v1/dingtalk-apps/${id}`), 200);
    await again;
    assert.deepEqual(forms_, []);
    await tap(w.saveWorkflow);
    await done(3);
    await shot(page, `start-workflow-done-${lang}`);
    await tap(w.next(w.titles[1]));
  });

  test('the event subscription: the light turns green when DingTalk has checked', async () => {
    await page.getByText(w.waiting).waitFor();
    const url = await copied(w.url);
    const rule = `/v1.0/event/bpms_instance_change/processCode/${forms.main}/type/`;
    await page.getByText(`${rule}*`, { exact: true }).waitFor();
    await page.getByText(w.few, { exact: true }).click();
    await page.getByText(`${rule}{finish,terminate,delete}`, { exact: true }).waitFor();
    await shot(page, `start-events-${lang}`);
    await accessible(page);
    await stage.simulate('PUT', `apps/${client.id}/subscription`, { url, aesKey: keys.aes, token: keys.token, shape: 'A', rules: [`${rule}{finish,terminate,delete}`] });
    await page.getByText(w.checked).waitFor();
    await done(4);
    await shot(page, `start-events-done-${lang}`);
    await tap(w.next(w.titles[2]));
  });

  test('the policy, and the first device, which shows by itself', async () => {
    await page.getByText(w.covers).waitFor();
    await shot(page, `start-policy-${lang}`);
    await accessible(page);
    await tap(w.protect);
    await done(5);
    await page.getByText(w.refused).waitFor();
    await tap(w.next(w.titles[3]));
    await page.getByText(w.none).waitFor();
    assert.ok(await page.getByText(`url = ${stage.server.url}`).isVisible());
    await shot(page, `start-device-${lang}`);
    await accessible(page);
    await new Device(stage, '李华的笔记本').enrol('lihua');
    await done(6);
    await page.getByText(w.all, { exact: true }).waitFor();
    assert.equal(await page.getByRole('link', { name: w.pill(6) }).count(), 0, 'nothing is left to do');
    await shot(page, `start-done-${lang}`);
    await accessible(page);
    await page.setViewportSize({ width: 390, height: 800 });
    await shot(page, `start-done-${lang}-phone`);
  });

  test('without DingTalk: people of its own, approvals in the console', async () => {
    await page.context().close();
    await stage.close();
    stage = await Stage.open({ fresh: true });
    await open(/http\S+\/setup#\S+/.exec(stage.server.out())[0], { viewport: { width: 390, height: 844 } });
    await field(w.name).fill('陈安');
    await field(w.email).fill('chen.an@example.com');
    await field(w.fresh).fill(password);
    await field(w.again).fill(password);
    await tap(w.make);
    await tap(w.later);
    await tap(w.local);
    await shot(page, `start-local-${lang}-phone`);
    await tap(w.keep);
    await done(1, 5);
    await tap(w.next(w.titles[4]));
    await field(w.person).fill('李四');
    await field(w.email).fill('li.si@example.com');
    await tap(w.add);
    await page.getByText(w.link).waitFor();
    const person = await page.locator('.copy code').textContent();
    await shot(page, `start-people-${lang}-phone`);
    await accessible(page);
    await tap(w.next(w.titles[0]));
    await tap(w.saveWorkflow);
    await done(3, 5);
    await tap(w.next(w.titles[2]));
    await shot(page, `start-policy-${lang}-phone`);
    await tap(w.protect);
    await done(4, 5);
    await tap(w.next(w.titles[3]));
    await shot(page, `start-device-${lang}-phone`);
    await accessible(page);
    // The person, elsewhere: sets the password, and connects the computer.
    const other = await (await browser.newContext()).newPage();
    await other.goto(person);
    for (const one of await other.locator('input[type=password]').all()) await one.fill(password);
    await other.locator('main form button').first().click();
    const computer = await new Device(stage, '收银台').asks();
    await other.waitForLoadState();
    await other.goto(computer.asked.verification_uri_complete);
    if (await other.locator('input[type=password]').count()) {
      await other.locator('input[type=text]').fill('li.si@example.com');
      await other.locator('input[type=password]').fill(password);
      await other.locator('main form button').first().click();
    }
    await other.locator('button[value=allow]').click();
    await until('it is connected', async () => (await computer.polls()).status === 200);
    await done(5, 5);
    await page.getByText(w.all, { exact: true }).waitFor();
    await other.context().close();
  });
});
