// Releases and delegations by clicking: devices let go one by one, by what they have in common, by a list; a second
// administrator; progress that moves by itself; stopping. Who decides in whose place.
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { until } from '../stage.mjs';
import { Console, accessible, shot } from './console.mjs';

const words = {
  en: {
    release: 'Release devices', one: 'One device', fit: 'All that fit', list: 'A list', device: 'Device', contains: 'Name contains', csv: 'List', reason: 'Reason', do: (n) => `Release ${n} device${n === 1 ? '' : 's'}`, ask: (n) => `Ask for ${n} devices`,
    say: 'Please say why.', leave: 'Leave 2 lines out', unmatched: 'names no device', second: 'A second administrator has to confirm it', yours: 'You made it, so somebody else has to confirm it.', waits: '1 release waits for a second administrator',
    confirm: 'Confirm', stop: 'Stop', stopped: 'Stopped', issued: 'Issued', onDevice: 'On the device', used: '1 of 1 uninstalled', needed: 'Please write something here.', unconfirmed: 'To be confirmed', dirty: 'Leave without saving?', leaveIt: 'Leave', stay: 'Stay', cancel: 'Cancel',
    delegate: 'Delegate', who: 'Who decides', why: 'Reason (optional)', save: 'Save', force: 'In force', edit: 'Edit', end: 'End', undo: 'Undo', choose: 'Please choose who decides.', load: 'Load what is stored, keep what I typed', none: 'Nobody decides in somebody’s place.',
  },
  zh: {
    release: '放行设备', one: '单台设备', fit: '按条件', list: '按列表', device: '设备', contains: '设备名包含', csv: '列表', reason: '原因', do: (n) => `放行 ${n} 台设备`, ask: (n) => `申请放行 ${n} 台设备`,
    say: '请填写原因。', leave: '忽略这 2 行', unmatched: '未匹配到设备', second: '需由第二位管理员确认', yours: '此放行由您创建，需由其他管理员确认。', waits: '1 个放行等待第二位管理员确认',
    confirm: '确认放行', stop: '停止', stopped: '已停止', issued: '已签发', onDevice: '已领取', used: '已卸载 1 / 1', needed: '请填写此项。', unconfirmed: '待确认', dirty: '不保存就离开？', leaveIt: '离开', stay: '留下', cancel: '取消',
    delegate: '新建委托', who: '受托人', why: '原因（选填）', save: '保存', force: '生效中', edit: '编辑', end: '结束', undo: '撤销', choose: '请选择受托人。', load: '加载最新内容并保留我的输入', none: '没有审批委托。',
  },
};

let console_, stage;
const button = (at, name) => at.getByRole('button', { name, exact: true });
const dialog = (page) => page.getByRole('dialog');
const state = (page, word) => page.getByRole('heading', { level: 1 }).getByText(word, { exact: true });
async function pick(at, label, text, page) {
  await at.getByRole('combobox', { name: label, exact: true }).click();
  await at.getByRole('combobox', { name: label, exact: true }).fill(text);
  await page.locator('.ant-select-item-option').filter({ hasText: text }).first().click();
}

before(async () => {
  console_ = await Console.open();
  stage = console_.stage;
});
after(async () => { await console_?.close(); });

for (const lang of ['en', 'zh']) describe(`in ${lang}`, { concurrency: 1 }, () => {
  const w = words[lang];
  const dark = lang === 'zh';

  test('one device: what it would be is shown first, and it moves by itself until it is used', async () => {
    const device = await stage.device(`leaver-${lang}`);
    const page = await console_.as('owner', '/console/approval/releases', { lang, dark });
    await button(page, w.release).first().click();
    await pick(dialog(page), w.device, device.name, page);
    await dialog(page).getByRole('status').getByText(device.name).waitFor();
    await button(dialog(page), w.do(1)).click();
    await dialog(page).getByText(w.say).waitFor();
    await dialog(page).getByLabel(w.reason, { exact: true }).fill('李华离职 <b>x</b>');
    await shot(page, `releases-create-${lang}${dark ? '-dark' : ''}`);
    await accessible(page);
    await button(dialog(page), w.do(1)).click();
    await state(page, w.issued).waitFor();
    const grant = await device.hears('the grant', (d) => d.held[0]);
    await device.sync();
    await page.getByRole('row').filter({ hasText: device.name }).getByText(w.onDevice).waitFor();
    await shot(page, `releases-one-${lang}${dark ? '-dark' : ''}`);
    await accessible(page);
    for (const kind of ['consumed', 'removed']) {
      const answer = await device.agent('POST', 'receipts', { receipts: [{ id: crypto.randomUUID().replace(/^.{8}-.{4}-4/, '01900000-0000-7'), kind, grant: grant.id, package: 'holdfast-client', at_ms: Date.now(), boot: 'b', text: '' }] });
      assert.equal(answer.status, 200, answer.text);
    }
    await page.getByText(w.used).waitFor();
    await page.close();
  });

  test('a list: lines that name nothing are said and have to be left out knowingly; a panel asks before it forgets', async () => {
    const devices = [await stage.device(`listed-${lang}-1`), await stage.device(`listed-${lang}-2`, 'zhoumin')];
    const page = await console_.as('owner', `/console/approval/releases?panel=create&devices=${devices.map((one) => one.id).join(',')}`, { lang, width: lang === 'zh' ? 390 : 1280 });
    await button(dialog(page), w.do(2)).waitFor();
    await dialog(page).getByText(w.list, { exact: true }).click();
    await dialog(page).getByLabel(w.csv, { exact: true }).fill(`${devices.map((one) => one.name).join('\n')}\nnobody\n没有这台\n`);
    await dialog(page).getByText(w.unmatched).first().waitFor();
    await dialog(page).getByLabel(w.reason, { exact: true }).fill('旧机回收');
    assert.ok(await button(dialog(page), w.do(2)).isDisabled());
    await dialog(page).getByLabel(w.leave).check();
    await shot(page, `releases-list-${lang}${lang === 'zh' ? '-phone' : ''}`);
    await accessible(page);
    await button(dialog(page), w.cancel).click();
    await button(page.getByRole('dialog', { name: w.dirty }), w.stay).click();
    await button(dialog(page).first(), w.do(2)).click();
    await state(page, w.issued).waitFor();
    await page.getByText(w.unmatched).first().waitFor();
    await accessible(page);
    // Stopped, with a reason: what nobody used is called back.
    await button(page, w.stop).click();
    await button(dialog(page), w.stop).click();
    await dialog(page).getByText(w.needed).waitFor();
    await dialog(page).getByRole('textbox').fill('列表有误');
    await button(dialog(page), w.stop).click();
    await state(page, w.stopped).waitFor();
    await page.getByRole('main').getByText('列表有误').waitFor();
    await page.close();
  });

  test('many need a second administrator, who sees that it waits', async () => {
    await stage.ask('PUT', 'settings', { release_threshold: 0 });
    const devices = [await stage.device(`fleet-${lang}-1`), await stage.device(`fleet-${lang}-2`)];
    const page = await console_.as('owner', '/console/approval/releases?panel=create', { lang, dark });
    await dialog(page).getByText(w.fit, { exact: true }).click();
    await dialog(page).getByLabel(w.contains).fill(`FLEET-${lang}`);
    await dialog(page).getByText(w.second).waitFor();
    await dialog(page).getByLabel(w.reason, { exact: true }).fill('机房搬迁');
    await shot(page, `releases-filter-${lang}${dark ? '-dark' : ''}`);
    await accessible(page);
    await button(dialog(page), w.ask(2)).click();
    await page.getByText(w.yours).waitFor();
    assert.equal(await button(page, w.confirm).count(), 0);
    const other = await console_.as('security-admin', '/console/approval/releases', { lang, dark });
    await other.getByText(w.waits).waitFor();
    await shot(other, `releases-${lang}${dark ? '-dark' : ''}`);
    await accessible(other);
    await other.getByRole('alert').getByRole('link', { name: '机房搬迁' }).click();
    await state(other, w.unconfirmed).waitFor();
    await button(other, w.confirm).click();
    await button(dialog(other), w.confirm).click();
    await state(other, w.issued).waitFor();
    await state(page, w.issued).waitFor();
    for (const device of devices) await device.hears('the grant', (d) => d.held[0]);
    await stage.ask('PUT', 'settings', { release_threshold: 20 });
    await page.close();
    await other.close();
  });

  test('an auditor reads, and is offered nothing; an approver is told that he may not', async () => {
    const auditor = await console_.as('auditor', '/console/approval/releases', { lang });
    await auditor.getByRole('link', { name: '机房搬迁' }).first().waitFor();
    assert.equal(await button(auditor, w.release).count(), 0);
    await auditor.getByRole('link', { name: '机房搬迁' }).first().click();
    await state(auditor, w.issued).waitFor();
    assert.equal(await button(auditor, w.stop).count(), 0);
    await auditor.close();
  });

  test('a delegation is made, changed, ended, and brought back', async () => {
    await console_.account('security-admin');
    const page = await console_.as('approver', '/console/approval/delegations', { lang, dark });
    await page.getByText(w.none).waitFor();
    await button(page, w.delegate).first().click();
    await button(dialog(page), w.save).click();
    await dialog(page).getByText(w.choose).waitFor();
    await pick(dialog(page), w.who, '林悦', page);
    await dialog(page).getByLabel(w.why).fill('年假');
    await shot(page, `delegations-create-${lang}${dark ? '-dark' : ''}`);
    await accessible(page);
    await button(dialog(page), w.save).click();
    const row = page.getByRole('row').filter({ hasText: '年假' });
    await row.getByText(w.force).waitFor();
    // Until when is its own, not what a new one would begin with.
    const [made] = (await stage.ask('GET', 'delegations')).items;
    await stage.ask('PUT', `delegations/${made.id}`, { delegate: made.delegate, from_ms: made.from_ms, until_ms: made.until_ms + 86400000, reason: '年假' });
    await shot(page, `delegations-${lang}${dark ? '-dark' : ''}`);
    await accessible(page);
    // The other one sees it; the owner sees everybody's.
    const owner = await console_.as('owner', '/console/approval/delegations', { lang });
    await owner.getByRole('row').filter({ hasText: '年假' }).waitFor();
    await row.getByRole('button', { name: new RegExp(`^${w.edit}`) }).click();
    await dialog(page).getByLabel(w.why).fill('病假');
    // Somebody was faster: what was typed stays, and it is said.
    const [one] = (await stage.ask('GET', 'delegations')).items;
    await stage.ask('PUT', `delegations/${one.id}`, { delegate: one.delegate, from_ms: one.from_ms, until_ms: one.until_ms - 60000, reason: '年假' });
    await button(dialog(page), w.save).click();
    await dialog(page).getByRole('alert').waitFor();
    assert.equal(await dialog(page).getByLabel(w.why).inputValue(), '病假');
    await dialog(page).getByRole('alert').getByRole('button', { name: w.load }).click();
    await button(dialog(page), w.save).click();
    const changed = owner.getByRole('row').filter({ hasText: '病假' });
    await changed.waitFor();
    assert.equal((await stage.ask('GET', `delegations/${one.id}`)).until_ms, one.until_ms - 60000, 'the other change stays');
    await changed.getByRole('button', { name: new RegExp(`^${w.end}`) }).click();
    await page.getByText(w.none).waitFor();
    await button(owner, w.undo).click();
    await page.getByRole('row').filter({ hasText: '病假' }).waitFor();
    for (const { id } of (await stage.ask('GET', 'delegations')).items) await stage.ask('DELETE', `delegations/${id}`);
    await page.close();
    await owner.close();
  });
});
