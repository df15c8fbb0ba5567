// Everything that a person can do wrong on the panel Create Approval Workflow, in both languages: said where it is, in
// words, with nothing lost that was typed.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { corp, keys, until } from '../stage.mjs';
import { accessible, shot } from './console.mjs';
import { credentials, field, find, option, panelOf, said, secretOf, where, words, workflows } from './workflows.mjs';

const errors = {
  en: {
    ...words.en, needed: 'Please fill this in.', many: /things are to be put right before this can be saved/, corp: /CorpId is “ding”/, client: /Client ID is “ding”/, secret: /no spaces/, aes: /exactly 43/, token: /3 to 32/, proc: /“PROC-” followed/,
    reason: /must be mapped to a text control/, long: /At most 128 characters/, taken: /of this name already/, twice: /in a row above already/, groups: 'For user groups', lastGroups: /must not name user groups/, noGroups: /Only the last form is for everybody/,
    fieldTwice: /mapped above already/, controlTwice: /used above already/, kind: /MoneyField: only text controls/, short: /One line only/, unknown: /no control of this title/, demanded: /The form demands these too.*详细原因/, confirm: /confirm that you know/, carried: 'carried through', know: /I know that DingTalk/,
    beside: 'Ask here when DingTalk is away', minutes: 'After so many minutes without DingTalk having the request', whole: (a, b) => `A whole number from ${a} to ${b}.`, approver: 'Name at least one approver.', remind: 'Remind after (hours)', remove: 'Remove', down: 'Move down',
    byHand: /type the process ID by hand/, again: 'Ask again', refusedSecret: /does not accept the Client ID or the Client Secret/, other: /Probably another organisation’s/, compare: /not in an organisation with the CorpId above/, attention: /^Attention Tested/, otherFound: /not in an organisation with the CorpId dingsomebodyelse/, settings: 'Settings', broken: /^Broken Tested/, leave: 'Leave', stay: 'Stay', automatic: 'Accept automatic approval', rule: /by a rule alone/,
  },
  zh: {
    ...words.zh, needed: '请填写此项。', many: /保存前请修正 \d+ 处内容/, corp: /CorpId 以“ding”开头/, client: /Client ID 以“ding”开头/, secret: /不含空格/, aes: /43 位/, token: /3 至 32 位/, proc: /以“PROC-”开头/,
    reason: /必须将报备原因映射到/, long: /最多 128 个字符/, taken: /已有同名的审批流程/, twice: /上方已使用此流程 ID/, groups: '适用用户组', lastGroups: /不能指定用户组/, noGroups: /只有最后一个表单面向所有人/,
    fieldTwice: /上方已映射此字段/, controlTwice: /上方已使用此控件/, kind: /MoneyField：此字段只能填入文本控件/, short: /仅单行/, unknown: /没有此标题的控件/, demanded: /表单还要求填写.*详细原因/, confirm: /请确认您已了解/, carried: '代为走完流程', know: /我已了解钉钉将显示/,
    beside: '钉钉不可用时在此审批', minutes: '未送达钉钉多少分钟后', whole: (a, b) => `请输入 ${a} 至 ${b} 的整数。`, approver: '请至少选择一位审批人。', remind: '多少小时后提醒', remove: '移除', down: '下移',
    byHand: /请手动填写流程 ID/, again: '重新获取', refusedSecret: /钉钉不接受 Client ID 或 Client Secret/, other: /可能是其他组织的 CorpId/, compare: /不属于上方 CorpId 对应的组织/, attention: /^需关注 检测于/, otherFound: /不属于 CorpId 为 dingsomebodyelse 的组织/, settings: '设置', broken: /^异常 检测于/, leave: '离开', stay: '留下', automatic: '接受自动通过', rule: /仅凭规则/,
  },
};

let on;
let c;
let stage;
before(async () => {
  on = await workflows();
  ({ c, stage } = on);
});
after(() => on?.close());

for (const [lang, w] of Object.entries(errors)) describe(`what can go wrong, in ${lang}`, () => {
  let page;
  let panel;
  before(async () => {
    page = await on.visit({ lang }, `${where}?panel=create`);
    panel = panelOf(page, w.panel);
    await panel.getByText(/\/callback\/dingtalk\//).waitFor();
  });
  after(() => page?.close());
  const save = () => panel.getByRole('button', { name: w.save }).click();

  test('nothing filled in: said at each field, and the first one has the focus', async () => {
    await save();
    await panel.getByRole('alert').getByText(w.many).waitFor();
    for (const label of [w.name, 'CorpId', 'Client ID', 'Client Secret', 'aes_key', 'token', w.process]) assert.equal(await said(panel, label), w.needed, label);
    assert.match(await said(panel, w.template), w.reason);
    await until('the focus', () => page.evaluate((label) => document.activeElement?.labels?.[0]?.textContent.includes(label), w.name));
    await accessible(page);
  });

  test('what is not well formed', async () => {
    await field(panel, w.name).fill('名'.repeat(129));
    await credentials(panel, 'ding app', { CorpId: 'corp', 'Client Secret': 'with a space', aes_key: keys.aes.slice(1), token: 'a!' });
    await field(panel, w.process).fill('PRC-1');
    for (const [label, pattern] of [[w.name, w.long], ['CorpId', w.corp], ['Client ID', w.client], ['Client Secret', w.secret], ['aes_key', w.aes], ['token', w.token], [w.process, w.proc]])
      assert.match(await said(panel, label), pattern, label);
    await field(panel, w.name).fill('终端卸载');
    await until('the name is known to be taken', async () => w.taken.test(await said(panel, w.name).catch(() => '')));
  });

  test('rows: a process ID twice, groups in the last one, none in another, moved by the keyboard', async () => {
    await credentials(panel, `dingwrong${lang}`);
    await field(panel, w.process).fill('PROC-MAIN');
    await panel.getByRole('button', { name: w.addForm }).click();
    await field(panel, w.process).fill('PROC-MAIN');
    await page.keyboard.press('Tab');
    assert.match(await said(panel, w.process, 1), w.twice);
    assert.match(await said(panel, w.groups), w.noGroups);
    await find(page, field(panel, w.groups), '财务');
    assert.equal(await field(panel, w.groups).getAttribute('aria-invalid'), null);
    await panel.getByRole('button', { name: new RegExp(`^${w.down}: ${w.form} 1`) }).click();
    assert.match(await said(panel, w.groups, 1), w.lastGroups);
    await field(panel, w.process, 1).press('Alt+ArrowUp');
    await until('the row is back', async () => await field(panel, w.groups).getAttribute('aria-invalid') === null);
    await panel.getByRole('button', { name: new RegExp(`^${w.remove}: ${w.form} 1`) }).click();
  });

  test('controls: the wrong kind, too short, none of that title, one that the form demands; a field and a control twice', async () => {
    const control = field(panel, w.template);
    await field(panel, w.process).fill('PROC-CONTROLS');
    await control.fill('金额');
    await until('the control is refused', async () => w.kind.test(await said(panel, w.template).catch(() => '')));
    await control.fill('一句话原因');
    await panel.getByText(w.short).waitFor();
    await panel.getByText(w.demanded).waitFor();
    await control.fill('没有的控件');
    await panel.getByText(w.unknown).waitFor();
    await control.fill('详细原因');
    await panel.getByRole('button', { name: w.addField }).click();
    await field(panel, w.template, 1).fill('详细原因');
    await page.keyboard.press('Tab');
    assert.match(await said(panel, w.template, 1), w.controlTwice);
    assert.equal(await said(panel, w.system, 1), w.needed);
    await panel.getByRole('button', { name: new RegExp(`^${w.remove}: `) }).last().click();
  });

  test('carrying through is confirmed, automatic approval warned of, the level beside DingTalk complete', async () => {
    await panel.getByText(w.carried).click();
    await save();
    await panel.getByText(w.confirm).waitFor();
    await panel.getByRole('checkbox', { name: w.know }).check();
    await panel.getByText(w.confirm).waitFor({ state: 'hidden' });
    await panel.getByRole('switch', { name: w.automatic }).click();
    await panel.getByText(w.rule).waitFor();
    await panel.getByRole('switch', { name: w.automatic }).click();
    await panel.getByRole('switch', { name: w.beside }).click();
    assert.equal(await said(panel, w.approvers), w.approver);
    await field(panel, w.minutes).fill('0');
    assert.equal(await said(panel, w.minutes), w.whole(1, 10080));
    await panel.getByRole('switch', { name: w.beside }).click();
  });

  test('DingTalk away, another organisation, a permission that is missing: the reason is said, and it can be typed by hand', async () => {
    await stage.proxy.down();
    await field(panel, w.process).fill('');
    await field(panel, 'Client Secret').fill(secretOf('another'));
    await field(panel, w.process).click();
    await panel.getByText(w.byHand).waitFor();
    const words = await panel.getByText(w.byHand).textContent();
    assert.ok(words.length > 40, words);
    await stage.proxy.up();
    await field(panel, 'Client Secret').fill(secretOf(`dingwrong${lang}`));
    await field(panel, 'CorpId').fill('dingsomebodyelse');
    await field(panel, w.process).focus();
    await panel.getByText(w.compare).waitFor();
    assert.equal(await panel.getByText(w.other).count(), 1, 'said at the field too');
    await shot(page, `workflows-other-organisation-${lang}`);
    await field(panel, 'CorpId').fill(corp);
    await panel.getByText(w.compare).waitFor({ state: 'hidden' });
    assert.equal(await panel.getByText(w.other).count(), 0);
    const fault = await stage.simulate('POST', 'faults', { kind: 'permission', path: '/v1.0/workflow/**', scope: 'Workflow.Form.Read' });
    await field(panel, w.process).focus();
    await panel.getByText(/Workflow\.Form\.Read/).waitFor();
    await stage.simulate('DELETE', `faults/${fault.id}`);
    await panel.getByRole('button', { name: w.again }).click();
    await field(panel, w.process).click();
    await option(page, '带附加控件的审批').click();
    await panel.getByText(w.byHand).waitFor({ state: 'hidden' });
  });

  test('a wrong secret: the forms are not shown and the reason is; it can be saved, and the test says what mends it', async () => {
    await field(panel, 'Client Secret').fill('not-the-secret');
    await field(panel, w.process).click();
    await panel.getByText(w.byHand).waitFor();
    await field(panel, w.name).fill(`错误的密钥 ${lang}`);
    await shot(page, `workflows-errors-${lang}`);
    await save();
    const edit = panelOf(page, `错误的密钥 ${lang}`);
    const tab = edit.getByRole('tabpanel', { name: w.tests });
    await tab.getByText(w.broken).waitFor({ timeout: 30000 });
    await tab.getByText(w.refusedSecret).waitFor();
    await shot(page, `workflows-broken-${lang}`);
  });

  test('the CorpId of another organisation, saved: the test finds it, and it is corrected', async () => {
    const edit = panelOf(page, `错误的密钥 ${lang}`);
    const tab = edit.getByRole('tabpanel', { name: w.tests });
    const change = async (values) => {
      await edit.getByRole('tab', { name: w.settings }).click();
      for (const [label, value] of Object.entries(values)) await field(edit, label).fill(value);
      await edit.getByRole('button', { name: w.save }).click();
    };
    await change({ CorpId: 'dingsomebodyelse', 'Client Secret': secretOf(`dingwrong${lang}`) });
    await tab.getByText(w.attention).waitFor({ timeout: 30000 });
    await tab.getByText(w.otherFound).waitFor();
    await change({ CorpId: corp });
    await tab.getByText(w.otherFound).waitFor({ state: 'hidden', timeout: 30000 });
  });

  test('what was typed is not forgotten without a word', async () => {
    await page.goto(`${c.url}${where}?panel=create`);
    await field(panel, w.name).fill('半途');
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: w.stay, exact: true }).click();
    assert.equal(await field(panel, w.name).inputValue(), '半途');
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: w.leave, exact: true }).click();
    await panel.waitFor({ state: 'hidden' });
    assert.ok(!page.url().includes('panel='));
  });

  test('levels: nobody in one, hours that are none, a disabled account', async () => {
    await page.goto(`${c.url}${where}?panel=create`);
    await panel.getByText(w.builtin, { exact: true }).click();
    await field(panel, w.remind).fill('1000');
    await save();
    assert.equal(await said(panel, w.remind), w.whole(0, 720));
    assert.equal(await said(panel, w.approvers), w.approver);
    await field(panel, w.approvers).click();
    await option(page, '王芳').waitFor();
    for (const name of ['审计员小赵', '已停用的人']) assert.equal(await option(page, name).count(), 0, name);
    await page.keyboard.press('Tab');
  });
});

test('no secret ever came back', () => {
  assert.ok(on.heard().includes('dingwrongzh'), 'answers were listened to');
  for (const word of ['not-a-secret-example-only', keys.aes, 'not-the-secret']) assert.ok(!on.heard().includes(word), word);
});
