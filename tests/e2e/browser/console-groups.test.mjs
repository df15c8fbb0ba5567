// User groups in a real browser: made, changed, counted before they are saved, proposed, and refused to be deleted, by
// clicking, in both languages.
import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import { until, verifyJws } from '../stage.mjs';
import { Console, accessible, shot } from './console.mjs';

const list = '/console/identity/groups';
const evil = '<img src=x onerror="window.hacked=1">';

describe('user groups in the console', { concurrency: 1 }, () => {
  let console;
  let stage;
  let people;
  let departments;
  let local;
  const open = [];
  before(async () => {
    console = await Console.open();
    stage = console.stage;
    people = Object.fromEntries((await stage.ask('GET', 'users?limit=200')).items.map((u) => [u.external_id, u.id]));
    departments = Object.fromEntries((await stage.ask('GET', 'departments?limit=200')).items.map((d) => [d.name, d.id]));
    local = await stage.ask('POST', 'identity-sources', { name: '外包', type: 'local' });
  });
  afterEach(async () => {
    for (const page of open.splice(0)) await page.close();
  });
  after(async () => { await console?.close(); });

  const as = async (role, at = list, how = {}) => {
    const page = await console.as(role, at, how);
    open.push(page);
    return page;
  };
  const is = (subject, value, relation = 'equal') => ({ subject, relation, value });
  const make = (name, ...rules) => stage.ask('POST', 'user-groups', { name, rules });
  const at = (group) => `${list}/${group.id}`;
  const compiled = (group, members) => until(`${group.name} has ${members}`, async () => (await stage.ask('GET', `user-groups/${group.id}`)).members === members);
  const dialog = (page) => page.getByRole('dialog').filter({ visible: true }).last();
  const choose = async (page, label, option) => {
    await dialog(page).getByLabel(label, { exact: true }).first().click();
    await page.locator('.ant-select-dropdown:visible').getByText(option, { exact: true }).first().click();
  };
  const find = async (page, label, text, option = text) => {
    const box = dialog(page).getByLabel(label, { exact: true });
    await box.click();
    await box.fill(text);
    await page.locator('.ant-select-dropdown:visible').getByText(option, { exact: true }).first().click();
  };
  const saved = (page, text) => page.getByRole('status').filter({ hasText: text }).first().waitFor();
  const scope = async (...groups) => {
    const { version: _, ...policy } = await stage.ask('GET', 'policy');
    await stage.ask('PUT', 'policy', { ...policy, mode: 'block', scope: { everyone: groups.length === 0, groups }, whitelist: [] });
  };
  const told = (device, covered) => until(`${device.name} is told ${covered}`, async () => {
    const { keys, statement } = (await device.agent('POST', 'sync', { counter: 0, view: '', held: [], revoked: [], client_version: '0.1.0', wait_ms: 0 })).json;
    const { keys: all } = verifyJws(keys, 'holdfast-keys', device.enrolled.root);
    return verifyJws(statement, 'holdfast-statement', (kid) => all.find((k) => k.kid === kid).x).covered === covered;
  });

  test('a group is made by its rules, and who is in it, and why, is seen before it is saved', async () => {
    const page = await as('owner', list, { lang: 'zh' });
    await page.getByRole('link', { name: '财务', exact: true }).waitFor();
    await page.getByRole('button', { name: '新建用户组' }).click();
    const panel = dialog(page);
    await panel.getByText('没有规则：组内没有任何人。').waitFor();
    await panel.getByRole('button', { name: '保存', exact: true }).click();
    await panel.getByText('请填写名称。').waitFor();
    await panel.getByLabel('名称').fill('研发与财务');
    await find(page, '值', '研发部');
    const preview = panel.getByRole('region', { name: '预览' });
    await preview.getByText('人属于此用户组，共 4 人').waitFor();
    const who = preview.getByRole('list', { name: '组内人员' });
    await who.getByRole('link', { name: '王芳' }).waitFor();
    await who.getByRole('listitem').filter({ hasText: '李华' }).getByRole('button', { name: '部门 研发部' }).waitFor();
    await choose(page, '条件', '人员');
    await find(page, '值', 'guqing', '顾青');
    await who.getByRole('listitem').filter({ hasText: '顾青' }).getByRole('button', { name: '人员 顾青' }).waitFor();
    assert.equal(await preview.locator('strong').first().textContent(), '3');
    await shot(page, 'groups-panel-zh');
    await panel.getByRole('button', { name: '保存', exact: true }).click();
    await saved(page, '用户组“研发与财务”已保存');
    await page.getByRole('heading', { level: 1, name: '研发与财务' }).waitFor();
    // Each member with the rule that brings him, found by a part of the name.
    const members = page.getByRole('table', { name: '成员' });
    await members.getByRole('link', { name: '王芳' }).waitFor();
    await page.getByPlaceholder('姓名、邮箱或工号').fill('顾');
    await until('only he is left', async () => await members.getByRole('link').count() === 1);
    await members.getByText('人员 等于').waitFor();
    await page.getByPlaceholder('姓名、邮箱或工号').fill('没有这个人');
    await page.getByText('没有匹配的成员。').waitFor();
    await shot(page, 'groups-group-zh');
  });

  test('addresses and numbers are pasted, odd ones are said, and what is wrong with a rule is shown at it', async () => {
    const page = await as('owner', `${list}?panel=create`);
    const panel = dialog(page);
    await panel.getByLabel('Name').fill('Pasted');
    await panel.getByRole('button', { name: 'Paste many…' }).click();
    const paste = page.getByRole('dialog', { name: 'Paste email addresses and telephone numbers' });
    await paste.getByLabel('One a line, or apart by commas').fill('lihua@example.com, LIHUA@example.com\nnobody@example.com; 138 0000 0001\nwhat is this\n<guqing@example.com>');
    await paste.getByText('4 email addresses, 1 telephone numbers; 1 are there already').waitFor();
    await paste.getByText('1 are neither, and are left out').waitFor();
    await paste.getByText('what is this', { exact: true }).waitFor();
    await paste.getByRole('button', { name: 'Add 4 rules' }).click();
    const preview = panel.getByRole('region', { name: 'Preview' });
    await preview.getByText('of 4 people would be in it').waitFor();
    await preview.getByText(/^Rules that name nobody: 1/).first().waitFor();
    await preview.getByRole('button', { name: 'Rule 2' }).click();
    await panel.getByRole('list', { name: 'Rules' }).locator('.pointed').getByText('nobody@example.com').waitFor();
    // One that is there already, and one that is none.
    await choose(page, 'Subject', 'Email');
    await panel.getByLabel('Value').fill('lihua@example.com');
    await page.keyboard.press('Enter');
    await panel.getByRole('alert').getByText('There is such a rule already.').waitFor();
    await panel.getByLabel('Value').fill('not an address');
    await page.keyboard.press('Enter');
    await panel.getByText('This is not an email address.').waitFor();
    await panel.getByRole('button', { name: 'Remove the rule: Email nobody@example.com' }).click();
    await panel.getByText('3 rules · 4 people').waitFor();
    await panel.getByRole('button', { name: 'Save', exact: true }).click();
    await saved(page, 'The user group Pasted is saved');
    const group = (await stage.ask('GET', 'user-groups?limit=200')).items.find((one) => one.name === 'Pasted');
    assert.deepEqual(group.rules.map((rule) => [rule.subject, rule.value]), [['email', 'lihua@example.com'], ['telephone', '138 0000 0001'], ['email', 'guqing@example.com']]);
  });

  test('3,000 rules are shown, searched and changed without a wait; one more is not taken', async () => {
    const group = await stage.ask('POST', 'user-groups', { name: '满', rules: Array.from({ length: 2999 }, (_, i) => is('email', `person-${i}@example.com`)).concat(is('user', people.guqing)) });
    const page = await as('owner', `${at(group)}?panel=edit`);
    const panel = dialog(page);
    const rules = panel.getByRole('list', { name: 'Rules' });
    await rules.getByText('person-0@example.com').waitFor();
    assert.ok(await rules.getByRole('listitem').count() < 60);
    await panel.getByText('A group has at most 3,000 rules.').waitFor();
    assert.ok(await panel.getByRole('button', { name: 'Paste many…' }).isDisabled());
    await rules.evaluate((box) => box.scrollTo(0, box.scrollHeight));
    await rules.getByText('顾青').waitFor();
    await panel.getByPlaceholder('Find among 3,000 rules').fill('person-1234@');
    await rules.getByText('person-1234@example.com').waitFor();
    assert.equal(await rules.getByRole('listitem').count(), 1);
    // Between the click and the picture of it.
    const slow = await page.evaluate(() => new Promise((resolve) => {
      const long = [];
      new PerformanceObserver((found) => long.push(...found.getEntries().map((one) => one.duration))).observe({ type: 'longtask' });
      document.querySelector('[aria-label^="Remove the rule"]').click();
      setTimeout(() => resolve(Math.max(0, ...long)), 400);
    }));
    assert.ok(slow < 400, `${slow} ms`);
    await panel.getByText('2,999 rules', { exact: false }).first().waitFor();
    await panel.getByRole('button', { name: 'Save', exact: true }).click();
    await saved(page, 'The user group 满 is saved');
    assert.equal((await stage.ask('GET', `user-groups/${group.id}`)).rules.length, 2999);
    await page.getByRole('button', { name: 'Undo' }).click();
    await page.getByText('The group is as it was before.').waitFor();
    assert.equal((await stage.ask('GET', `user-groups/${group.id}`)).rules.length, 3000);
    await stage.ask('DELETE', `user-groups/${group.id}`);
  });

  test('what a change does to protection is said, and the devices are told', async () => {
    const group = await make('范围', is('department', departments.研发部));
    await compiled(group, 2);
    await scope(group.id);
    const device = await stage.device('laptop-scope', 'lihua');
    await told(device, true);
    const page = await as('owner', at(group), { lang: 'zh' });
    await page.getByText('在策略生效范围内').waitFor();
    await page.getByRole('button', { name: '编辑' }).click();
    const panel = dialog(page);
    await panel.getByRole('button', { name: '移除规则: 部门 研发部' }).click();
    await choose(page, '条件', '人员');
    await find(page, '值', 'wangfang', '王芳');
    const preview = panel.getByRole('region', { name: '预览' });
    await preview.getByText('移出 1 人：', { exact: false }).waitFor();
    await preview.getByRole('link', { name: 'laptop-scope' }).waitFor();
    await preview.getByText('1 → 0').waitFor();
    await panel.getByRole('button', { name: '保存', exact: true }).click();
    await saved(page, '已保存');
    await told(device, false);
    await page.getByRole('button', { name: '撤销' }).click();
    await page.getByText('用户组已恢复为修改前的内容。').waitFor();
    await told(device, true);
    await page.getByRole('main').getByText('部门 等于 研发部').first().waitFor();
    // In use: not deleted, with the reason and where it is used.
    await page.getByRole('button', { name: '删除' }).click();
    await page.getByRole('dialog', { name: '删除用户组“范围”？' }).getByRole('button', { name: '删除' }).click();
    await page.getByText('此用户组正在使用中，无法删除').waitFor();
    await shot(page, 'groups-refused-zh');
    await scope();
    await page.getByRole('button', { name: '删除' }).click();
    await page.getByRole('dialog', { name: '删除用户组“范围”？' }).getByRole('button', { name: '删除' }).click();
    await page.getByText('用户组“范围”已删除。').waitFor();
    await page.getByRole('heading', { level: 1, name: '用户组' }).waitFor();
    assert.equal((await stage.admin('GET', `user-groups/${group.id}`)).status, 404);
  });

  test('a rule that names who left is marked, explained, and goes when the group is saved without it', async () => {
    const gone = await stage.ask('POST', 'users', { source: local.id, name: '离职的人' });
    const group = await make('有人离职', is('user', gone.id), is('user', people.wangfang));
    await stage.ask('POST', `users/${gone.id}/depart`);
    await until('it is broken', async () => (await stage.ask('GET', `user-groups/${group.id}`)).broken_rules === 1);
    const page = await as('owner', list);
    await page.getByRole('button', { name: 'Broken rules 1' }).click();
    await page.getByRole('link', { name: '有人离职' }).waitFor();
    await page.getByRole('link', { name: '财务', exact: true }).waitFor({ state: 'detached' });
    await page.getByRole('link', { name: '有人离职' }).click();
    await page.getByText('1 rule is broken').waitFor();
    await shot(page, 'groups-broken-en');
    await page.getByRole('button', { name: 'Look', exact: true }).click();
    const panel = dialog(page);
    // By keyboard, too, and what is still coming moves nothing away from under the pointer.
    await panel.locator('.ant-tag', { hasText: 'Broken' }).focus();
    await page.getByText('This person has left. The rule counts as before until the group is saved without it.').waitFor();
    await panel.getByRole('button', { name: 'Remove the rule: Person 离职的人' }).click();
    await panel.getByRole('button', { name: 'Save', exact: true }).click();
    await saved(page, 'is saved');
    assert.equal((await stage.ask('GET', `user-groups/${group.id}`)).broken_rules, 0);
  });

  test('of two who edit, the second keeps what was typed and can have both', async () => {
    const group = await make('两人', is('user', people.lihua));
    const page = await as('owner', `${at(group)}?panel=edit`);
    const panel = dialog(page);
    await panel.getByLabel('Description').fill('mine');
    await choose(page, 'Subject', 'Person');
    await find(page, 'Value', 'guqing', '顾青');
    await stage.ask('PUT', `user-groups/${group.id}`, { name: '两人', rules: [is('user', people.lihua), is('user', people.wangfang)] });
    await panel.getByRole('button', { name: 'Save', exact: true }).click({ timeout: 2000 }).catch(() => {}); // when the news was faster it is off
    await panel.getByText('Somebody else changed this group meanwhile').waitFor();
    await panel.getByRole('button', { name: 'Take theirs over, keep mine' }).click();
    await panel.getByRole('button', { name: 'Save', exact: true }).click();
    await saved(page, 'is saved');
    const now = await stage.ask('GET', `user-groups/${group.id}`);
    assert.deepEqual([now.description, now.rules.map((rule) => rule.name)], ['mine', ['李华', '王芳', '顾青']]);
    // The name is taken: said, and nothing typed is lost.
    await console.go(page, `${list}?panel=create`);
    await dialog(page).getByLabel('Name').fill('两人');
    await dialog(page).getByRole('button', { name: 'Save', exact: true }).click();
    await dialog(page).getByRole('alert').first().waitFor();
    assert.equal(await dialog(page).getByLabel('Name').inputValue(), '两人');
  });

  test('a change that leaves too many devices without cover waits for another administrator', async () => {
    const group = await make('双人', is('department', departments.研发部));
    await compiled(group, 2);
    await scope(group.id);
    const device = await stage.device('laptop-two', 'lihua');
    await told(device, true);
    await stage.ask('PUT', 'settings', { policy_second_person: 'weakening', policy_threshold: 0 });
    const mine = await as('security-admin', `${at(group)}?panel=edit`);
    await dialog(mine).getByRole('button', { name: 'Remove the rule: Department 研发部' }).click();
    await dialog(mine).getByText('A second administrator has to confirm this').waitFor();
    await dialog(mine).getByRole('button', { name: 'Propose' }).click();
    await saved(mine, 'Proposed, not saved yet');
    await mine.getByText('A change of this group waits for a second administrator').waitFor();
    assert.equal((await stage.ask('GET', `user-groups/${group.id}`)).rules.length, 1);
    const theirs = await as('owner', at(group), { lang: 'zh' });
    await theirs.getByRole('link', { name: '查看' }).click();
    await dialog(theirs).getByText('用户组将有 0 人：加入 0 人，移出 2 人。').waitFor();
    await dialog(theirs).getByRole('link', { name: 'laptop-two' }).waitFor();
    await dialog(theirs).getByRole('button', { name: '确认', exact: true }).click();
    await theirs.getByRole('dialog', { name: '确认此变更？' }).getByRole('button', { name: '确认' }).click();
    await theirs.getByText('变更已生效。').waitFor();
    await told(device, false);
  });

  test('names are inert, who may not change sees no button, and the keyboard is enough', async () => {
    const group = await make(evil, is('user', people.lihua));
    await stage.ask('PUT', `user-groups/${group.id}`, { name: evil, description: evil, rules: [is('user', people.lihua), is('email', 'x"><script>hacked=1</script>@example.com')] });
    const page = await as('auditor', list);
    await page.getByRole('link', { name: evil }).waitFor();
    assert.equal(await page.getByRole('button', { name: 'Create a user group' }).count(), 0);
    await page.getByRole('link', { name: evil }).focus();
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1 }).filter({ hasText: evil }).waitFor();
    await page.getByText('<script>hacked=1', { exact: false }).waitFor();
    assert.equal(await page.getByRole('button', { name: 'Edit' }).count(), 0);
    assert.equal(await page.evaluate(() => window.hacked), undefined);
    const owner = await as('owner', list);
    await owner.getByRole('button', { name: 'Create a user group' }).focus();
    await owner.keyboard.press('Enter');
    await dialog(owner).getByLabel('Name').focus();
    await owner.keyboard.type('By keyboard');
    await dialog(owner).getByLabel('Value').focus();
    await owner.keyboard.type('客户端组');
    await owner.locator('.ant-select-dropdown:visible .ant-select-item-option-active').getByText('客户端组', { exact: true }).waitFor();
    await owner.keyboard.press('Enter');
    await dialog(owner).getByRole('list', { name: 'Rules' }).getByText('客户端组').waitFor();
    // The first Escape is the open list's.
    await dialog(owner).getByLabel('Name').focus();
    await owner.locator('.ant-select-dropdown').last().waitFor({ state: 'hidden' });
    await owner.keyboard.press('Escape');
    const leave = owner.getByRole('dialog', { name: 'Leave without saving?' });
    await leave.getByRole('button', { name: 'Stay' }).press('Enter');
    await dialog(owner).getByRole('button', { name: 'Save', exact: true }).press('Enter');
    await saved(owner, 'The user group By keyboard is saved');
  });

  test('in both themes and on a phone nothing is wrong with it', async () => {
    const group = (await stage.ask('GET', 'user-groups?limit=200')).items.find((one) => one.name === 'Pasted');
    for (const [lang, dark, width] of [['en', false, 1280], ['zh', true, 1280], ['zh', false, 390], ['en', true, 390]]) {
      const tag = `${lang}${dark ? '-dark' : ''}${width < 500 ? '-phone' : ''}`;
      const page = await as('owner', list, { lang, dark, width, height: 900 });
      await page.getByRole('link', { name: '财务', exact: true }).waitFor();
      await shot(page, `groups-list-${tag}`);
      await accessible(page, `the list, ${tag}`);
      await console.go(page, at(group));
      await page.getByRole('link', { name: '李华' }).first().waitFor();
      await shot(page, `groups-group-${tag}`);
      await accessible(page, `the group, ${tag}`);
      await console.go(page, `${at(group)}?panel=edit`);
      await dialog(page).getByRole('link', { name: '李华' }).waitFor();
      await shot(page, `groups-panel-${tag}`);
      await accessible(page, `the panel, ${tag}`);
    }
    console.quiet();
  });
});
