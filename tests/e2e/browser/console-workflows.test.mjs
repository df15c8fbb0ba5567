// Approval Center > Workflow Management: both types made by clicking, in both languages, against dingsim; what cannot be
// deleted; versions, copies, and secrets that never come back.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { corp, forms, keys, until } from '../stage.mjs';
import { accessible, shot } from './console.mjs';
import { credentials, field, find, option, panelOf, pick, said, secretOf, where, words, workflows } from './workflows.mjs';

let on;
let c;
let stage;
before(async () => {
  on = await workflows();
  ({ c, stage } = on);
});
after(() => on?.close());

for (const [lang, w] of Object.entries(words)) describe(`in ${lang}`, () => {
  let page;
  before(async () => { page = await on.visit({ lang }); });
  after(() => page?.close());

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

  test('events by Stream: no keys, no Request URL, and a connection that is seen', async () => {
    const id = `dingstream${lang}`;
    await page.getByRole('button', { name: w.create }).first().click();
    const panel = panelOf(page, w.panel);
    await field(panel, w.name).fill(`Stream ${lang}`);
    await panel.getByRole('radio', { name: w.stream }).check();
    await panel.getByText(w.noUrl).waitFor();
    assert.equal(await panel.getByText(/\/callback\/dingtalk\//).count(), 0);
    await credentials(panel, id, { aes_key: undefined, token: undefined });
    await field(panel, w.process).click();
    await option(page, '带附加控件的审批').click();
    await field(panel, w.template).click();
    await option(page, '详细原因').click();
    await panel.getByRole('button', { name: w.save }).click();
    const edit = panelOf(page, `Stream ${lang}`).getByRole('tabpanel', { name: w.tests });
    await edit.getByText(w.ran).waitFor({ timeout: 30000 });
    await edit.getByText(w.open).first().waitFor({ timeout: 20000 });
    await shot(page, `workflows-stream-${lang}`);
    await page.keyboard.press('Escape');
    await edit.waitFor({ state: 'hidden' });
    const made = (await stage.ask('GET', 'dingtalk-apps')).items.find((one) => one.client_id === id);
    assert.deepEqual([made.ingress, made.stream.state], ['stream', 'connected']);
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
      ['组长', 'all', [on.accounts.王芳.id, on.accounts.周敏.id]], ['安全', 'any', [on.accounts.周敏.id]]]);
  });
});

describe('a workflow that is there', () => {
  let page;
  const w = words.en;
  const edit = async (id, tab = '') => {
    await page.goto(`${c.url}${where}?edit=${id}${tab && `&tab=${tab}`}`);
    const panel = page.getByRole('dialog');
    await panel.waitFor();
    return panel;
  };
  const row = (name) => page.getByRole('row').filter({ hasText: name });
  before(async () => { page = await on.visit({ lang: 'en' }); });
  after(() => page?.close());

  test('shows its secrets masked, its Request URL, and why its Client ID stays', async () => {
    const panel = await edit(stage.workflow.id);
    await panel.getByText('The Client ID stays while the anti-uninstallation policy uses this workflow.').waitFor();
    assert.ok(await field(panel, 'Client ID').isDisabled());
    for (const label of ['Client Secret', 'aes_key', 'token']) {
      assert.equal(await field(panel, label).inputValue(), '');
      assert.match(await field(panel, label).getAttribute('placeholder'), /stored; type to replace/);
    }
    await panel.getByText(stage.app.request_url).waitFor();
  });

  test('is not saved over somebody else\'s change, and nothing typed is lost', async () => {
    const panel = await edit(stage.workflow.id);
    await field(panel, 'Description').fill('mine');
    const { name, type, app, forms: rows } = await stage.ask('GET', `workflows/${stage.workflow.id}`);
    let seen;
    await page.route('**/api/v1/workflows/*', (route) => { if (route.request().method() === 'PUT') seen = route.request().headers()['if-match']; return route.fallback(); });
    await stage.ask('PUT', `workflows/${stage.workflow.id}`, { name, type, app, forms: rows, description: 'theirs' });
    await panel.getByText('Somebody else changed this workflow meanwhile').waitFor();
    await panel.getByRole('button', { name: w.save }).click();
    await panel.getByRole('alert').getByText('Somebody else changed this meanwhile').waitFor();
    assert.ok(seen, 'the edit carries the version that was read');
    assert.equal(await field(panel, 'Description').inputValue(), 'mine');
    await panel.getByRole('button', { name: 'Load the new version' }).click();
    assert.equal(await field(panel, 'Description').inputValue(), 'theirs');
    await page.unroute('**/api/v1/workflows/*');
  });

  test('keeps what was typed when the server does not answer', async () => {
    const panel = await edit(stage.workflow.id);
    await field(panel, 'Description').fill('kept');
    await page.route('**/api/v1/workflows/*', (route) => (route.request().method() === 'PUT' ? route.abort() : route.fallback()));
    await panel.getByRole('button', { name: w.save }).click();
    await panel.getByText('The server does not answer').waitFor();
    assert.equal(await field(panel, 'Description').inputValue(), 'kept');
    await page.unroute('**/api/v1/workflows/*');
    await panel.getByRole('button', { name: w.save }).click();
    await panel.getByRole('tabpanel', { name: w.tests }).waitFor();
    assert.equal((await stage.ask('GET', `workflows/${stage.workflow.id}`)).description, 'kept');
  });

  test('has versions, with what differed', async () => {
    let panel = await edit(stage.workflow.id);
    await panel.getByRole('button', { name: w.addField }).last().click();
    await pick(page, field(panel, w.system, 2), 'Device name');
    await field(panel, w.template, 2).fill('设备');
    await panel.getByRole('button', { name: w.save }).click();
    await panel.getByRole('tabpanel', { name: w.tests }).waitFor();
    await panel.getByRole('tab', { name: 'Versions' }).click();
    const versions = panel.getByRole('tabpanel', { name: 'Versions' });
    await versions.getByText('Version 2').waitFor();
    await versions.getByRole('row', { name: 'Form PROC-MAIN: Device name – 设备' }).waitFor();
    assert.equal(await versions.getByRole('row').count(), 2, 'the head and the one thing that differed');
    await shot(page, 'workflows-versions-en');
    panel = await edit(stage.workflow.id);
    await panel.getByRole('button', { name: /^Remove: Device name/ }).click();
    await panel.getByRole('button', { name: w.save }).click();
    await panel.getByRole('tabpanel', { name: w.tests }).waitFor();
  });

  test('an app that is known is recognised by its Client ID, and its secrets are kept', async () => {
    await page.goto(`${c.url}${where}?panel=create`);
    const panel = panelOf(page, w.panel);
    await field(panel, w.name).fill('第二个流程');
    await field(panel, 'Client ID').fill('dingexampleapp0000');
    await panel.getByText('Holdfast knows this application already').waitFor();
    assert.equal(await field(panel, 'CorpId').inputValue(), corp);
    await panel.getByText(stage.app.request_url).waitFor();
    await field(panel, 'CorpId').fill('dingsomebodyelse');
    await page.keyboard.press('Tab');
    assert.match(await said(panel, 'CorpId'), /belongs to the organisation ding0000000000000000holdfast/);
    await field(panel, 'CorpId').fill(corp);
    await field(panel, w.process).fill(forms.main);
    await field(panel, w.template).fill('卸载原因');
    await panel.getByRole('button', { name: w.save }).click();
    await panelOf(page, '第二个流程').getByRole('tabpanel', { name: w.tests }).waitFor();
    const made = (await stage.ask('GET', 'workflows?limit=200')).items.find((one) => one.name === '第二个流程');
    assert.equal(made.app, stage.app.id);
  });

  test('takes another application while nothing uses it', async () => {
    const before = (await stage.ask('GET', 'workflows?limit=200')).items.find((one) => one.name === '终端卸载 en');
    const panel = await edit(before.id);
    await credentials(panel, 'dingother');
    await until('a Request URL of its own', async () => !(await panel.getByRole('tabpanel', { name: 'Settings' }).getByText(/\/callback\/dingtalk\//).textContent()).includes(before.app));
    await panel.getByRole('button', { name: w.save }).click();
    await panel.getByRole('tabpanel', { name: w.tests }).getByText(w.ran).waitFor({ timeout: 30000 });
    const now = await stage.ask('GET', `workflows/${before.id}`);
    assert.notEqual(now.app, before.app);
    assert.equal((await stage.ask('GET', `dingtalk-apps/${now.app}`)).client_id, 'dingother');
    assert.equal(now.version, before.version, 'credentials make no version');
  });

  test('is deleted when nothing uses it, and says why it is not when something does', async () => {
    await c.go(page, where);
    const remove = async (name) => {
      await row(name).getByRole('button', { name: `${w.more}: ${name}`, exact: true }).click();
      await page.getByRole('menuitem', { name: /Delete$/ }).click();
      return page.getByRole('dialog');
    };
    let dialog = await remove('终端卸载');
    await dialog.getByText('The anti-uninstallation policy uses it.').waitFor();
    assert.equal(await dialog.getByRole('button', { name: 'Delete' }).count(), 0);
    await dialog.getByRole('button', { name: 'Close' }).last().click();
    dialog = await remove('第二个流程');
    // Somebody is faster: the policy names it between the question and the answer.
    const { version: _, ...policy } = await stage.ask('GET', 'policy');
    const made = (await stage.ask('GET', 'workflows?limit=200')).items.find((one) => one.name === '第二个流程');
    await stage.tested(made.id);
    const second = (await stage.ask('GET', 'workflows?limit=200')).items.find((one) => one.name === '内置 en');
    await stage.ask('PUT', 'policy', { ...policy, filing: { allowed: true, workflow: made.id, builtin_workflow: second.id } });
    await dialog.getByText('The anti-uninstallation policy uses it.').waitFor();
    await dialog.getByRole('button', { name: 'Close' }).last().click();
    dialog = await remove('内置 en');
    await dialog.getByText(/for people whom its first workflow cannot serve/).waitFor();
    await dialog.getByRole('button', { name: 'Close' }).last().click();
    await (await stage.device('laptop-pending')).file();
    await stage.ask('PUT', 'policy', { ...policy, filing: { allowed: true, workflow: stage.workflow.id } });
    await row('第二个流程').getByRole('link', { name: '1 pending' }).waitFor();
    dialog = await remove('第二个流程');
    await dialog.getByText('Requests filed under it are pending: 1.').waitFor();
    await shot(page, 'workflows-delete-en');
    await dialog.getByRole('button', { name: 'Close' }).last().click();
    const panel = await edit(made.id);
    await panel.getByText('The Client ID stays while requests filed under this workflow are pending: 1.').waitFor();
    await c.go(page, where);
    dialog = await remove('内置 en');
    await dialog.getByRole('button', { name: 'Delete' }).click();
    await row('内置 en').waitFor({ state: 'hidden' });
  });

  test('is copied when it is built-in; of DingTalk it is not, and why', async () => {
    await c.go(page, where);
    await row('终端卸载 en').getByRole('button', { name: `${w.more}: 终端卸载 en` }).click();
    const item = page.getByRole('menuitem', { name: /Copy.*create another one with the same application/s });
    assert.equal(await item.getAttribute('aria-disabled'), 'true');
    await page.keyboard.press('Escape');
    await row('内置 zh').getByRole('button', { name: `${w.more}: 内置 zh` }).click();
    await page.getByRole('menuitem', { name: /Copy$/ }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Name of the copy').fill('终端卸载');
    await dialog.getByRole('button', { name: 'Copy', exact: true }).last().click();
    await dialog.getByRole('alert').waitFor();
    await dialog.getByLabel('Name of the copy').fill('内置的副本');
    await dialog.getByRole('button', { name: 'Copy', exact: true }).last().click();
    await row('内置的副本').waitFor();
  });

  test('an account that is disabled while it is chosen is said to be', async () => {
    const late = await stage.ask('POST', 'accounts', { name: '后来停用的人', email: 'late@people.example.com', role: 'approver' });
    await page.goto(`${c.url}${where}?panel=create`);
    const panel = panelOf(page, w.panel);
    await panel.getByText(w.builtin, { exact: true }).click();
    await find(page, field(panel, w.approvers), '后来停用的人');
    await stage.ask('PUT', `accounts/${late.id}`, { name: late.name, role: late.role, language: late.language, departments: [], state: 'disabled' });
    await until('it is said', async () => /account is disabled/.test(await said(panel, w.approvers).catch(() => '')));
  });

  test('is made with the keyboard alone', async () => {
    await c.go(page, where);
    const create = page.getByRole('button', { name: w.create }).first();
    await create.focus();
    await page.keyboard.press('Enter');
    const panel = panelOf(page, w.panel);
    const focused = (name) => until(`the focus on ${name}`, () => page.evaluate((label) => [...(document.activeElement?.labels ?? [])].some((one) => one.textContent.includes(label)) || document.activeElement?.textContent?.includes(label), name));
    await focused(w.name);
    await page.keyboard.type('键盘流程');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Tab');
    await page.keyboard.press('ArrowRight');
    await panel.getByRole('heading', { name: 'Levels' }).waitFor();
    for (let i = 0; i < 8 && !(await field(panel, w.approvers).evaluate((box) => box === document.activeElement)); i += 1) await page.keyboard.press('Tab');
    await focused(w.approvers);
    await page.keyboard.type('王芳');
    await option(page, '王芳').waitFor();
    await page.keyboard.press('Enter');
    for (let i = 0; i < 20 && !(await panel.getByRole('button', { name: w.save }).evaluate((one) => one === document.activeElement)); i += 1) await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await panelOf(page, '键盘流程').getByRole('tabpanel', { name: w.tests }).getByText(w.fine).waitFor();
    const made = (await stage.ask('GET', 'workflows?limit=200')).items.find((one) => one.name === '键盘流程');
    assert.deepEqual(made.approval.levels[0].approvers, [on.accounts.王芳.id]);
    await page.keyboard.press('Escape');
    await panelOf(page, '键盘流程').waitFor({ state: 'hidden' });
  });

  test('approvers and auditors see it, its test and its versions, and are offered nothing more', async () => {
    const other = await on.visit({ lang: 'en' }, where, 'auditor');
    await other.getByText('内置的副本').waitFor();
    assert.equal(await other.getByRole('button', { name: w.create }).count(), 0);
    assert.equal(await other.getByRole('button', { name: /^Edit/ }).count(), 0);
    await other.getByRole('button', { name: '终端卸载', exact: true }).click();
    const panel = other.getByRole('dialog');
    await panel.getByRole('tab', { name: 'Versions' }).click();
    await panel.getByText('Version 1').waitFor();
    assert.deepEqual(await panel.getByRole('tab').allTextContents(), ['Connection test', 'Versions']);
    assert.equal(await panel.getByRole('button', { name: 'Test again' }).count(), 0);
    await other.close();
  });

  test('in both themes and on a phone, nothing for axe-core to find and nothing wider than the screen', async () => {
    for (const [how, name] of [[{ lang: 'en' }, 'en'], [{ lang: 'zh', dark: true }, 'zh-dark'], [{ lang: 'zh', width: 390 }, 'zh-phone']]) {
      const other = await on.visit(how);
      for (const [at, what] of [['', 'list'], ['?panel=create', 'create'], [`?edit=${stage.workflow.id}`, 'edit'], [`?edit=${stage.workflow.id}&tab=test`, 'test'], [`?edit=${stage.workflow.id}&tab=versions`, 'versions']]) {
        await c.go(other, `${where}${at}`);
        await other.getByText(at === '?panel=create' ? 'CorpId' : '终端卸载').first().waitFor();
        await other.locator('[aria-busy=true]').first().waitFor({ state: 'hidden' });
        await shot(other, `workflows-${what}-${name}`);
        await accessible(other, `${what} ${name}`);
      }
      await other.close();
    }
  });

  test('no secret ever came back', () => {
    assert.ok(on.heard().includes('dingpanelzh'), 'answers were listened to');
    for (const word of ['not-a-secret-example-only', keys.aes]) assert.ok(!on.heard().includes(word), word);
  });
});
