// Terminal Registration in a real browser: the anti-uninstallation policy read, changed, proposed, compared and restored by
// clicking, in both languages, and what connected devices are told by it.
import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import { until, verifyJws } from '../stage.mjs';
import { Console, accessible, shot } from './console.mjs';

const where = '/console/terminals/registration';
const evil = '<img src=x onerror="window.hacked=1"><b>{user}</b>';

describe('the policy in the console', { concurrency: 1 }, () => {
  let console;
  let stage;
  let people;
  let groups;
  let device;
  const open = [];
  before(async () => {
    console = await Console.open();
    stage = console.stage;
    people = Object.fromEntries((await stage.ask('GET', 'users?limit=200')).items.map((u) => [u.external_id, u.id]));
    const departments = Object.fromEntries((await stage.ask('GET', 'departments?limit=200')).items.map((d) => [d.name, d.id]));
    const group = async (name, ...rules) => (await stage.ask('POST', 'user-groups', { name, rules })).id;
    groups = {
      rd: await group('研发中心', { subject: 'department', relation: 'equal', value: departments.研发部 }),
      nobody: await group('空组', { subject: 'email', relation: 'equal', value: 'nobody@example.com' }),
    };
    device = await stage.device('laptop-li', 'lihua');
    await stage.device('laptop-gu', 'guqing');
  });
  afterEach(async () => {
    for (const page of open.splice(0)) await page.close();
  });
  after(async () => { await console?.close(); });

  const as = async (role, at = where, how = {}) => {
    const page = await console.as(role, at, how);
    open.push(page);
    return page;
  };
  const put = async (change) => {
    const { version: _, ...policy } = await stage.ask('GET', 'policy');
    return stage.ask('PUT', 'policy', { ...policy, ...change });
  };
  const everybody = { mode: 'block', scope: { everyone: true, groups: [] }, whitelist: [], contact: '' };
  const statement = async (of) => {
    const answer = (await of.agent('POST', 'sync', { counter: 0, view: '', held: [], revoked: [], client_version: '0.1.0', wait_ms: 0 })).json;
    of.keys ??= answer.keys && verifyJws(answer.keys, 'holdfast-keys', of.enrolled.root);
    return verifyJws(answer.statement, 'holdfast-statement', (kid) => of.keys.keys.find((k) => k.kid === kid).x);
  };
  const told = (of, fits) => until(`${of.name} is told`, async () => {
    const s = await statement(of);
    return fits(s) ? s : undefined;
  });
  const dialog = (page) => page.getByRole('dialog').filter({ visible: true }).last();
  // Picks from a list that opens when something is typed.
  const pick = async (page, label, text, option = text) => {
    const box = page.getByLabel(label, { exact: true });
    await box.click();
    await box.fill(text);
    await page.locator('.ant-select-dropdown:visible').getByText(option, { exact: true }).first().click();
  };
  const saved = (page, text) => page.getByRole('status').filter({ hasText: text }).first().waitFor();

  test('a scope is chosen, counted before it is saved, told to the devices, and taken back', async () => {
    await put(everybody);
    const page = await as('owner', where, { lang: 'zh' });
    await page.getByText('对 4 人、2 台设备：卸载会被阻止。').waitFor();
    await shot(page, 'policy-page-zh');
    await page.getByRole('button', { name: '防卸载策略' }).click();
    await dialog(page).getByRole('heading', { name: '客户端配置' }).waitFor();
    assert.match(page.url(), /panel=policy/);
    await dialog(page).getByLabel('用户组', { exact: true }).check();
    await dialog(page).getByText('生效范围为空时任何人都不受保护，而不是所有人受保护。').waitFor();
    await dialog(page).getByText('生效范围为空：任何人都不受保护。').waitFor();
    await pick(page, '生效的用户组', '研发中心');
    await page.keyboard.press('Escape');
    await dialog(page).getByRole('list', { name: '生效的用户组' }).getByText('2 人').waitFor();
    const ahead = dialog(page).locator('#policy-ahead');
    await ahead.getByText('4 → 2').waitFor();
    await ahead.getByText('2 → 1').waitFor();
    for (const name of ['周敏', '顾青', 'laptop-gu']) await ahead.getByRole('link', { name }).waitFor();
    assert.equal(await ahead.getByRole('link', { name: 'laptop-li' }).count(), 0);
    await shot(page, 'policy-panel-zh');
    await dialog(page).getByRole('button', { name: '保存', exact: true }).click();
    await saved(page, /策略已保存/);
    assert.doesNotMatch(page.url(), /panel/);
    assert.deepEqual((await stage.ask('GET', 'policy')).scope, { everyone: false, groups: [groups.rd] });
    await told(device, (s) => s.covered && s.why === 'group 研发中心');
    await page.getByText('对 2 人、1 台设备：卸载会被阻止。').waitFor();
    await page.getByRole('button', { name: '撤销' }).click();
    await page.getByText('策略已恢复为修改前的内容。').waitFor();
    assert.equal((await stage.ask('GET', 'policy')).scope.everyone, true);
    await told(device, (s) => s.covered && s.why === 'everyone');
  });

  test('whitelist, filing, packages and times: what is wrong is said beside it, what is right is saved', async () => {
    await put(everybody);
    const page = await as('owner', `${where}?panel=policy`);
    const panel = dialog(page);
    await pick(page, 'Add somebody', 'lihua', '李华');
    const chips = panel.getByRole('list', { name: 'On the whitelist' });
    await chips.getByText(/李华 · 客户端组/).waitFor();
    await pick(page, 'Add somebody', 'guqing', '顾青');
    await panel.getByRole('button', { name: 'Remove: 顾青' }).click();
    assert.equal(await chips.getByText('顾青').count(), 0);
    await panel.getByLabel('Contact text').fill('x'.repeat(301));
    await panel.getByText('At most 300 characters.').waitFor();
    await panel.getByText('Something in the form is not right yet.').waitFor();
    assert.ok(await panel.getByRole('button', { name: 'Save', exact: true }).isDisabled());
    await panel.getByLabel('Contact text').fill('IT desk, 8888');
    await panel.getByLabel('Further protected packages').fill('not/a/package');
    await page.keyboard.press('Enter');
    await panel.getByText(/Not a package name/).waitFor();
    await panel.locator('.ant-select:has(#policy-packages) .ant-select-selection-item-remove').click();
    await panel.getByLabel('Further protected packages').fill('example-vpn,falcon-sensor,');
    await panel.getByLabel('A request waits at most (days)').fill('30');
    await panel.getByLabel('An approval can be used for (hours)').fill('0');
    await panel.getByText('until it is used. 0: until it is used.').waitFor();
    await panel.getByRole('switch', { name: 'Auto-start and anti-logoff' }).click();
    await panel.getByLabel(/Audit only/).check();
    await panel.getByText('Attempts are let through and reported.').waitFor();
    const ahead = panel.locator('#policy-ahead');
    await ahead.getByText('4 → 3').waitFor();
    await ahead.getByText('falcon-sensor').waitFor();
    await panel.getByRole('button', { name: 'Save', exact: true }).click();
    await saved(page, /The policy is saved/);
    const policy = await stage.ask('GET', 'policy');
    assert.deepEqual([policy.mode, policy.anti_logoff, policy.whitelist, policy.contact, policy.packages, policy.pending_days, policy.grant_hours],
      ['audit', true, [people.lihua], 'IT desk, 8888', ['example-vpn', 'falcon-sensor'], 30, 0]);
    await told(device, (s) => s.mode === 'audit' && s.why === 'whitelist');
    // Asked again, it is there by name, and the list says what it says now.
    await page.getByText('Uninstalling is reported, and not refused, for 3 people and 1 device.').waitFor();
    await page.getByRole('button', { name: 'Anti-uninstallation Policy' }).click();
    await dialog(page).getByText('李华 · 客户端组').waitFor();
    await dialog(page).getByText('Nothing is changed.').waitFor();
    await put({ ...everybody, anti_logoff: false, packages: [], pending_days: 15, grant_hours: 72 });
  });

  test('a broken workflow cannot be chosen, and who could not file is counted', async () => {
    const fields = [{ system: 'reason', component: '卸载原因' }];
    const broken = await stage.ask('POST', 'workflows', { name: '坏的流程', type: 'dingtalk', app: stage.app.id, forms: [{ template: 'app_uninstall', process_code: 'PROC-NOT-THERE', groups: [], fields }] });
    await until('it is broken', async () => (await stage.ask('GET', `workflows/${broken.id}`)).state === 'broken', 60);
    const page = await as('owner', `${where}?panel=policy`);
    const panel = dialog(page);
    await panel.getByText('Of 4 people: 4 file under the workflow, 0 under the second one, 0 under neither.').waitFor();
    await panel.getByLabel('Filing workflow').click();
    const list = page.locator('.ant-select-dropdown:visible');
    await list.getByText('broken: mend it before it can be chosen', { exact: false }).waitFor();
    const { findings } = await stage.ask('GET', `workflows/${broken.id}/doctor`);
    await list.getByText(findings.find((one) => one.severity === 'broken').what.en).waitFor();
    await list.getByText('坏的流程').click();
    await page.keyboard.press('Escape');
    assert.equal(await panel.getByText('Nothing is changed.').count(), 1, 'a broken one is not chosen');
    await panel.getByLabel('Filing workflow').hover();
    await panel.locator('.ant-select:has(#policy-workflow) .ant-select-clear').click();
    await panel.getByText('Of 4 people: 0 file under the workflow, 0 under the second one, 4 under neither.').waitFor();
    const ahead = panel.locator('#policy-ahead');
    await ahead.getByText('4 people would be blocked, and no workflow serves them.').waitFor();
    await ahead.getByText(/there is no contact text/).waitFor();
    await panel.getByRole('switch', { name: 'Allow filing' }).click();
    await ahead.getByText('Uninstalling is blocked, and nobody may file a request.').waitFor();
    const figure = panel.getByRole('figure', { name: 'The window in English' });
    await figure.getByText('Requests cannot be filed from this computer.').waitFor();
    assert.equal(await figure.getByText('File for Approval').count(), 0);
    await shot(page, 'policy-warnings-en');
    await stage.ask('DELETE', `workflows/${broken.id}`);
  });

  test('the prompt is seen as it will be read, wrong texts are refused in words, and nothing in it runs', async () => {
    await put(everybody);
    const page = await as('owner', `${where}?panel=policy`, { height: 1000 });
    const panel = dialog(page);
    const title = panel.locator('#prompt-en-title');
    const english = panel.getByRole('figure', { name: 'The window in English' });
    const chinese = panel.getByRole('figure', { name: 'The window in Chinese' });
    await title.fill('');
    await chinese.getByText('您的安全客户端即将被卸载').waitFor();
    // An empty one is the other language's, and that is its placeholder.
    await english.getByText('您的安全客户端即将被卸载').waitFor();
    await panel.getByRole('button', { name: 'Reset to default: Chinese' }).click();
    await english.getByText('Your security client is about to be uninstalled').waitFor();
    assert.equal(await title.getAttribute('placeholder'), 'Your security client is about to be uninstalled');
    await title.fill('{person} asks');
    await panel.getByText('{person} is not a variable. A brace by itself is written {{.').waitFor();
    assert.ok(await panel.getByRole('button', { name: 'Save', exact: true }).isDisabled());
    await title.fill('a { b');
    await panel.getByText('A { is never closed. A brace by itself is written {{.').waitFor();
    await title.fill('x'.repeat(61));
    await panel.getByText('At most 60 characters; these are 61.').waitFor();
    await title.fill('Hello ');
    await panel.getByRole('button', { name: /\{user\}/ }).click();
    assert.equal(await title.inputValue(), 'Hello {user}');
    await panel.locator('#prompt-en-content').fill(`${evil}\nsecond line`);
    await pick(page, 'Shown for the person', 'wangfang', '王芳');
    await english.getByText('Hello 王芳').waitFor();
    await english.getByText('<b>王芳</b>', { exact: false }).waitFor();
    assert.equal(await page.evaluate(() => window.hacked), undefined);
    assert.equal(await english.locator('img, b b').count(), 0);
    await shot(page, 'policy-prompt-en');
    await panel.getByRole('button', { name: 'Save', exact: true }).click();
    await saved(page, /The policy is saved/);
    const s = await told(device, (one) => one.prompt.en.title.startsWith('Hello'));
    assert.ok(JSON.stringify(s.prompt.en).includes('<img src=x'));
    // Also where versions are compared.
    await page.getByRole('tab', { name: 'Policy versions' }).click();
    await page.getByRole('button', { name: 'Compare' }).first().click();
    await dialog(page).getByText('<img src=x onerror', { exact: false }).waitFor();
    assert.equal(await page.evaluate(() => window.hacked), undefined);
    await put({ ...everybody, prompt: { zh: { title: '', content: '', primary: '', secondary: '' }, en: { title: '', content: '', primary: '', secondary: '' } } });
  });

  test('any two versions are compared, and an old one is restored, without what is gone only when asked so', async () => {
    const gone = (await stage.ask('POST', 'user-groups', { name: '临时组', rules: [{ subject: 'user', relation: 'equal', value: people.lihua }] })).id;
    const old = (await put({ ...everybody, scope: { everyone: false, groups: [groups.rd, gone] }, contact: '分机 1' })).version;
    await put({ ...everybody, contact: '分机 2' });
    assert.equal((await stage.admin('DELETE', `user-groups/${gone}`)).status, 204);
    const page = await as('owner', `${where}?tab=versions`, { lang: 'zh' });
    const row = (n) => page.getByRole('row', { name: new RegExp(`^${n}\\b`) });
    await row(old + 1).getByText('当前').waitFor();
    await row(old + 1).getByText(/生效范围：全部用户、生效范围：用户组、联系方式/).waitFor();
    await row(old + 1).getByRole('button', { name: '对比' }).click();
    await dialog(page).getByText('分机 1').waitFor();
    await dialog(page).getByText('临时组').waitFor();
    await dialog(page).getByText('（已删除）').waitFor();
    await shot(page, 'policy-diff-zh');
    await dialog(page).getByRole('button', { name: '交换' }).click();
    await until('they are swapped', () => page.url().includes(`old=${old + 1}`));
    await dialog(page).getByLabel('Close').click();
    await row(old).getByRole('button', { name: '恢复' }).click();
    const modal = page.getByRole('dialog', { name: `恢复版本 ${old}？` });
    await modal.getByText('临时组').waitFor();
    assert.ok(await modal.getByRole('button', { name: '恢复', exact: true }).isDisabled());
    await modal.getByLabel('去除这些内容后恢复').check();
    await modal.getByText('4 → 2').waitFor();
    await modal.getByRole('button', { name: '恢复', exact: true }).click();
    await page.getByText(`已恢复版本 ${old}，保存为版本 ${old + 2}。`).waitFor();
    const now = await stage.ask('GET', 'policy');
    assert.deepEqual([now.version, now.scope.groups, now.contact], [old + 2, [groups.rd], '分机 1']);
    await row(old + 2).getByText(`恢复自版本 ${old}`).waitFor();
  });

  test('of two who edit, the second keeps what was typed, sees what the first changed, and can have both', async () => {
    await put(everybody);
    const page = await as('owner', `${where}?panel=policy`);
    const panel = dialog(page);
    // While nothing is typed the panel shows what holds now.
    await panel.getByText('Nothing is changed.').waitFor();
    await put({ contact: 'somebody was here' });
    await until('the panel has it', async () => await panel.getByLabel('Contact text').inputValue() === 'somebody was here');
    await panel.getByText('Nothing is changed.').waitFor();
    await panel.getByLabel('Contact text').fill('mine');
    await panel.getByText('1 field differs').waitFor();
    await put({ contact: 'theirs', pending_days: 20 });
    await panel.getByRole('button', { name: 'Save', exact: true }).click({ timeout: 2000 }).catch(() => {}); // when the news was faster it is off
    await panel.getByRole('alert').getByText('changed the policy meanwhile').waitFor();
    await panel.getByRole('alert').getByText('15 days').waitFor();
    await panel.getByText('You both changed: Contact text. Keeping yours leaves theirs out.').waitFor();
    assert.equal(await panel.getByLabel('Contact text').inputValue(), 'mine');
    await shot(page, 'policy-meanwhile-en');
    await panel.getByRole('button', { name: 'Take theirs over, keep mine' }).click();
    assert.equal(await panel.getByLabel('A request waits at most (days)').inputValue(), '20');
    await panel.getByRole('button', { name: 'Save', exact: true }).click();
    await saved(page, /The policy is saved/);
    const policy = await stage.ask('GET', 'policy');
    assert.deepEqual([policy.contact, policy.pending_days], ['mine', 20]);
    await put({ ...everybody, pending_days: 15 });
  });

  test('what the server refuses is said in words, and nothing typed is lost', async () => {
    await put(everybody);
    const gone = await stage.ask('POST', 'user-groups', { name: '会消失', rules: [] });
    const page = await as('owner', `${where}?panel=policy`, { lang: 'zh' });
    const panel = dialog(page);
    await panel.getByLabel('用户组', { exact: true }).check();
    await pick(page, '生效的用户组', '会消失');
    await page.keyboard.press('Escape');
    await panel.locator('#policy-ahead').getByText('没有任何人', { exact: false }).first().waitFor();
    assert.equal((await stage.admin('DELETE', `user-groups/${gone.id}`)).status, 204);
    await panel.getByRole('button', { name: '保存', exact: true }).click();
    const said = panel.locator('#policy-top').getByRole('alert');
    await said.waitFor();
    await until('it is on screen', async () => said.evaluate((at) => at.getBoundingClientRect().top >= 0 && document.activeElement?.id === 'policy-top'));
    await panel.getByText('目前无法保存，请查看原因').waitFor();
    assert.match(await said.innerText(), /[\u4e00-\u9fff]{4}.*\n.*[\u4e00-\u9fff]{4}/);
    assert.ok(await panel.getByLabel('用户组', { exact: true }).isChecked());
    assert.equal((await stage.ask('GET', 'policy')).scope.everyone, true);
    await shot(page, 'policy-refused-zh');
  });

  test('requests that would be withdrawn are asked about before', async () => {
    await put({ ...everybody, filing: { allowed: true, workflow: stage.workflow.id } });
    await told(device, (s) => s.covered);
    const filed = await device.file('等待中');
    const page = await as('owner', `${where}?panel=policy`);
    const panel = dialog(page);
    await pick(page, 'Add somebody', 'lihua', '李华');
    await panel.locator('#policy-ahead').getByText('1 waiting request would be withdrawn', { exact: false }).waitFor();
    await panel.getByRole('button', { name: 'Save', exact: true }).click();
    await page.getByRole('dialog', { name: 'Withdraw 1 waiting request?' }).getByRole('button', { name: 'Cancel' }).click();
    assert.deepEqual((await stage.ask('GET', 'policy')).whitelist, []);
    await panel.getByRole('button', { name: 'Save', exact: true }).click();
    await page.getByRole('dialog', { name: 'Withdraw 1 waiting request?' }).getByRole('button', { name: 'Save' }).click();
    await saved(page, /The policy is saved/);
    await stage.until(filed.id, 'withdrawn', (i) => i.status === 'revoked');
    await put(everybody);
  });

  test('requests are let through and refused under Uninstallation Approval', async () => {
    await put({ ...everybody, filing: { allowed: true, workflow: stage.workflow.id } });
    await told(device, (s) => s.covered);
    const filed = await device.file('换新电脑');
    await stage.submitted(filed.id);
    const page = await as('security-admin', where, { lang: 'zh' });
    await page.getByText('换新电脑').waitFor();
    await shot(page, 'policy-approval-zh');
    await page.getByRole('button', { name: `允许 ${filed.number}` }).click();
    await page.getByRole('dialog', { name: `允许 ${filed.number}？` }).getByRole('button', { name: '允许' }).click();
    await stage.until(filed.id, 'approved', (i) => i.status === 'approved');
    await device.hears('its approval', (d) => d.held.some((grant) => grant.instance === filed.id));
  });

  test('what weakens it waits for another administrator, in another browser', async () => {
    await put(everybody);
    await stage.ask('PUT', 'settings', { policy_second_person: 'weakening' });
    const mine = await as('security-admin', `${where}?panel=policy`);
    const theirs = await as('owner', where, { lang: 'zh' });
    const propose = async () => {
      await dialog(mine).getByRole('switch', { name: 'Enable Client Anti-uninstallation' }).click();
      await dialog(mine).getByText('A second administrator has to confirm this').waitFor();
      await dialog(mine).getByText(/it turns the protection down/).waitFor();
      await dialog(mine).getByRole('button', { name: 'Propose' }).click();
      await saved(mine, /Proposed, not saved yet/);
      assert.equal((await stage.ask('GET', 'policy')).mode, 'block');
    };
    const again = async () => console.go(mine, `${where}?panel=policy`);
    const waiting = async () => {
      await console.go(theirs, where);
      await theirs.getByText('有一项变更等待您确认').waitFor();
      await theirs.getByRole('button', { name: '查看' }).click();
      await dialog(theirs).getByText('降低了保护强度').waitFor();
    };
    await propose();
    await mine.getByText('A change waits for a second administrator').waitFor();
    await mine.getByRole('button', { name: 'Look at it' }).click();
    await dialog(mine).getByText('Somebody else has to confirm it.').waitFor();
    assert.equal(await dialog(mine).getByRole('button', { name: 'Confirm' }).count(), 0);
    await waiting();
    await shot(theirs, 'policy-proposal-zh');
    await dialog(theirs).getByRole('button', { name: '拒绝', exact: true }).click();
    await theirs.getByLabel('给提交人的备注').fill('周一再说');
    await theirs.getByRole('dialog', { name: '拒绝此变更' }).getByRole('button', { name: '拒绝' }).click();
    await theirs.getByText('已拒绝。').waitFor();
    await console.go(mine, `${where}?tab=proposals`);
    await mine.getByText('Refused', { exact: true }).waitFor();
    await mine.getByRole('row').getByRole('button', { name: 'Anti-uninstallation' }).first().click();
    await dialog(mine).getByText('周一再说').waitFor();
    // Withdrawn by who made it.
    await again();
    await propose();
    await mine.getByRole('button', { name: 'Look at it' }).click();
    await dialog(mine).getByRole('button', { name: 'Withdraw' }).click();
    await mine.getByText('It is withdrawn.').waitFor();
    // And confirmed.
    await again();
    await propose();
    await waiting();
    await dialog(theirs).getByRole('button', { name: '确认', exact: true }).click();
    await theirs.getByRole('dialog', { name: '确认此变更？' }).getByRole('button', { name: '确认' }).click();
    await theirs.getByText('变更已生效。').waitFor();
    await told(device, (s) => s.mode === 'off');
    await theirs.getByText('客户端防卸载已关闭：任何人都可以卸载客户端。').waitFor();
    await theirs.getByRole('tab', { name: '策略版本' }).click();
    await theirs.getByText('由 Chen An 确认').first().waitFor();
    // What strengthens needs nobody, and cannot be taken back by one person alone: no undo.
    await mine.getByText('Anti-uninstallation is off: anybody can uninstall the client.').waitFor();
    await again();
    await dialog(mine).getByRole('switch', { name: 'Enable Client Anti-uninstallation' }).click();
    await dialog(mine).getByRole('button', { name: 'Save', exact: true }).click();
    await saved(mine, /The policy is saved/);
    assert.equal(await mine.getByRole('button', { name: 'Undo' }).count(), 0);
    // Back to one person, by two.
    const { proposal } = await stage.ask('PUT', 'settings', { policy_second_person: 'off' });
    await console.go(mine, `${where}?proposal=${proposal.id}`);
    await dialog(mine).getByRole('button', { name: 'Confirm' }).click();
    await mine.getByRole('dialog', { name: 'Confirm this change?' }).getByRole('button', { name: 'Confirm' }).click();
    await mine.getByText('The change holds now.').waitFor();
    assert.equal((await stage.ask('GET', 'settings')).policy_second_person, 'off');
  });

  test('who may not change it reads it; who may not see versions does not', async () => {
    const auditor = await as('auditor', `${where}?panel=policy`);
    await dialog(auditor).getByRole('heading', { name: 'Client configuration' }).waitFor();
    assert.ok(await dialog(auditor).getByRole('switch', { name: 'Enable Client Anti-uninstallation' }).isDisabled());
    assert.equal(await dialog(auditor).getByRole('button', { name: 'Save', exact: true }).count(), 0);
    await console.go(auditor, `${where}?tab=versions`);
    await auditor.getByRole('button', { name: 'Compare' }).first().waitFor();
    assert.equal(await auditor.getByRole('button', { name: /^Restore/ }).count(), 0);
    const approver = await as('approver', where);
    await approver.getByText('Uninstalling is blocked for everybody.').waitFor();
    assert.equal(await approver.getByRole('tab', { name: 'Policy versions' }).count(), 0);
  });

  test('by keyboard alone; and nobody loses what was typed without being asked', async () => {
    await put(everybody);
    const page = await as('owner', where);
    await page.getByRole('button', { name: 'Anti-uninstallation Policy' }).focus();
    await page.keyboard.press('Enter');
    await dialog(page).getByRole('heading', { name: 'Client configuration' }).waitFor();
    for (let i = 0; i < 10 && !(await page.evaluate(() => document.activeElement?.id === 'policy-on')); i += 1) await page.keyboard.press('Tab');
    assert.equal(await page.evaluate(() => document.activeElement?.id), 'policy-on');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Space');
    assert.ok(await dialog(page).getByLabel(/Audit only/).isChecked());
    await page.keyboard.press('Escape');
    await page.getByRole('dialog', { name: 'Leave without saving?' }).getByRole('button', { name: 'Stay' }).click();
    await page.goBack();
    await page.getByRole('dialog', { name: 'Leave without saving?' }).getByRole('button', { name: 'Stay' }).click();
    assert.ok(await dialog(page).getByLabel(/Audit only/).isChecked());
    await dialog(page).getByText('1 field differs').waitFor();
    await dialog(page).getByRole('button', { name: 'Save', exact: true }).focus();
    await page.keyboard.press('Enter');
    await saved(page, /The policy is saved/);
    assert.equal((await stage.ask('GET', 'policy')).mode, 'audit');
    await put(everybody);
  });

  test('in both themes and on a phone nothing is wrong with it', async () => {
    for (const [lang, dark, width] of [['en', false, 1280], ['zh', true, 1280], ['zh', false, 390], ['en', true, 390]]) {
      const tag = `${lang}${dark ? '-dark' : ''}${width < 500 ? '-phone' : ''}`;
      const page = await as('owner', where, { lang, dark, width, height: 900 });
      await page.getByText(lang === 'en' ? 'Requests are filed under' : '报备使用审批流程', { exact: false }).waitFor();
      await shot(page, `policy-page-${tag}`);
      await accessible(page, `the page, ${tag}`);
      await page.getByText(lang === 'en' ? 'Policy versions' : '策略版本', { exact: true }).click();
      await page.getByRole('button', { name: lang === 'en' ? 'Compare' : '对比' }).first().waitFor();
      await shot(page, `policy-versions-${tag}`);
      await accessible(page, `the versions, ${tag}`);
      await console.go(page, `${where}?panel=policy`);
      await dialog(page).getByRole('figure').first().waitFor();
      await dialog(page).locator('#policy-contact').fill('分机 8888');
      await dialog(page).locator('#policy-ahead').getByText('分机 8888').waitFor();
      await shot(page, `policy-panel-${tag}`);
      await accessible(page, `the panel, ${tag}`);
      await dialog(page).locator('#prompt-zh-title').scrollIntoViewIfNeeded();
      await shot(page, `policy-prompts-${tag}`);
    }
    console.quiet();
  });
});
