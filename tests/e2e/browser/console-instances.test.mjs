// Workflow Instance by clicking, in both languages: finding, filtering, deciding one or many, with DingTalk deciding beside;
// withdrawing, taking back, carrying an approval to a device that is offline; what each role is offered.
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import { readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { client, company, until } from '../stage.mjs';
import { Console, accessible, shot } from './console.mjs';

const words = {
  en: {
    allow: 'Allow', reject: 'Reject', cancel: 'Cancel', close: 'Close', more: 'More', all: 'All', pending: 'Pending', mine: 'Waiting for me', approved: 'Approved', rejected: 'Rejected', withdrawn: 'Withdrawn', search: 'Search',
    filters: 'Filters', device: 'Device', effect: 'Uninstalled', used: 'Uninstalled', clear: 'Clear', views: 'Views', saveView: 'Save this view…', manage: 'Manage views…', name: 'Name', save: 'Save', del: 'Delete',
    exported: 'Export', csv: 'CSV, for spreadsheets', selectAll: 'Select all that are loaded', select: 'Select', selected: (n) => `${n} requests selected`, toolbar: 'Selected requests',
    allowed: (n) => `${n} allowed`, failed: (n) => `${n} could not be decided:`, conflict: 'This cannot be done now', withdraw: 'Withdraw for the applicant…', doWithdraw: 'Withdraw', needed: 'Please write something here.',
    revoke: 'Take the approval back…', doRevoke: 'Take back', revoking: 'Being taken back', revoked: 'Taken back', exportGrant: 'Export the approval as a file', code: 'Offline code…', deviceCode: 'Device code', index: 'Code number', reveal: 'Reveal the code', done: 'Done',
    evidence: 'Evidence page', evidenceTitle: /Evidence|HF-/, fits: 'No request fits these filters.', nothing: 'Nothing waits for you.', has: '王芳 has it in DingTalk.', onDevice: 'The device has the approval', again: 'Send again', notSent: 'Not sent to DingTalk',
    level: 'Level 1 of 2 is being asked. It waits for any one of:', second: 'It waits for', others: 'Other requests', note: 'For an administrator', alone: 'agreed by nobody other',
  },
  zh: {
    allow: '允许', reject: '拒绝', cancel: '取消', close: '关闭', more: '更多', all: '全部', pending: '待审批', mine: '待我审批', approved: '已通过', rejected: '已拒绝', withdrawn: '已撤回', search: '搜索',
    filters: '筛选', device: '设备', effect: '是否已卸载', used: '已卸载', clear: '清除', views: '视图', saveView: '保存当前视图…', manage: '管理视图…', name: '名称', save: '保存', del: '删除',
    exported: '导出', csv: 'CSV（电子表格）', selectAll: '选择已加载的全部', select: '选择', selected: (n) => `已选择 ${n} 条申请`, toolbar: '所选申请',
    allowed: (n) => `已允许 ${n} 条`, failed: (n) => `${n} 条未能处理：`, conflict: '当前无法执行此操作', withdraw: '代申请人撤回…', doWithdraw: '撤回', needed: '请填写此项。',
    revoke: '收回批准…', doRevoke: '收回', revoking: '收回中', revoked: '已收回', exportGrant: '导出批准文件', code: '离线码…', deviceCode: '设备码', index: '序号', reveal: '提供离线码', done: '完成',
    evidence: '审批凭证', evidenceTitle: /HF-/, fits: '没有符合筛选条件的申请。', nothing: '没有待您审批的申请。', has: '钉钉中正由 王芳 处理。', onDevice: '设备已领取批准', again: '重新发送', notSent: '发送至钉钉失败',
    level: '正在进行第 1 级审批（共 2 级）。等待以下任一人员处理：', second: '等待', others: '其他申请', note: '请管理员注意',
  },
};

let console_, stage;
const address = (id = '', query = '') => `/console/approval/instances${id && `/${id}`}${query && `?${query}`}`;
const button = (at, name) => at.getByRole('button', { name, exact: true });
const dialog = (page) => page.getByRole('dialog');
const line = (page, number) => page.getByRole('row').filter({ hasText: number });
const tab = (page, name) => page.getByRole('radiogroup').first().locator('label').filter({ hasText: name });
const state = (page, word) => page.getByRole('heading', { level: 1 }).getByText(word, { exact: true });
let made = 0;
const filed = async (userid = 'lihua', text = '旧电脑报废') => {
  made += 1;
  const device = await stage.device(`laptop-${made}`, userid);
  return { device, ...await device.file(text) };
};

before(async () => {
  const seed = structuredClone(company);
  console_ = await Console.open({ seed });
  stage = console_.stage;
});
after(async () => { await console_?.close(); });

for (const lang of ['en', 'zh']) describe(`in ${lang}`, { concurrency: 1 }, () => {
  const w = words[lang];
  const dark = lang === 'zh';

  test('a request appears by itself, is allowed in its row, and everybody who looks sees it', async () => {
    const page = await console_.as('owner', address(), { lang, dark });
    const beside = await console_.as('security-admin', address(), { lang });
    await tab(page, w.pending).waitFor();
    const { device, number, id } = await filed();
    await line(page, number).waitFor();
    await line(beside, number).waitFor();
    await shot(page, `instances-list-${lang}${dark ? '-dark' : ''}`);
    await accessible(page);
    await accessible(beside);
    await line(page, number).getByRole('button', { name: `${w.allow} ${number}` }).click();
    await dialog(page).getByRole('textbox').fill('同意，<img src=x onerror=alert(1)>');
    await shot(page, `instances-allow-${lang}${dark ? '-dark' : ''}`);
    await accessible(page);
    await button(dialog(page), w.allow).click();
    await dialog(page).waitFor({ state: 'hidden' });
    // It waits no more: it leaves the tab, here and beside, without reloading.
    await line(page, number).waitFor({ state: 'detached' });
    await line(beside, number).waitFor({ state: 'detached' });
    await tab(beside, w.approved).click();
    await line(beside, number).getByText('Chen An').waitFor();
    await device.hears('the grant', (d) => d.held[0]);
    await device.sync(); // says that it has it
    await console_.go(beside, address(id));
    await beside.getByText(w.onDevice).first().waitFor();
    await beside.getByText('同意，<img src=x onerror=alert(1)>').first().waitFor();
    await accessible(beside);
    await shot(beside, `instances-one-approved-${lang}`);
    await page.close();
    await beside.close();
  });

  test('DingTalk decides beside: the page follows, and who is late reads why', async () => {
    const { number, id } = await filed();
    const page = await console_.as('owner', address(id), { lang, dark });
    await stage.submitted(id);
    await page.getByText(w.has).waitFor();
    await shot(page, `instances-one-pending-${lang}${dark ? '-dark' : ''}`);
    await accessible(page);
    await button(page, w.allow).click();
    await dialog(page).getByRole('textbox').fill('稍等');
    await stage.decide(number, 'agree', '可以');
    await stage.until(id, 'agreed', (i) => i.status === 'approved');
    await state(page, w.approved).waitFor();
    await button(dialog(page), w.allow).click();
    await dialog(page).getByText(w.conflict).waitFor();
    assert.equal(await dialog(page).getByRole('textbox').inputValue(), '稍等', 'what was typed is kept');
    await button(dialog(page), w.cancel).click();
    await page.close();

    const second = await filed();
    await stage.submitted(second.id);
    const other = await console_.as('owner', address(second.id), { lang });
    await button(other, w.reject).click();
    await dialog(other).getByRole('textbox').fill('请先联系 IT');
    await button(dialog(other), w.reject).click();
    await state(other, w.rejected).waitFor();
    await until('its form is closed', async () => (await stage.inDingTalk(second.number))[0].status === 'TERMINATED', 60);
    await other.close();
  });

  test('many at once, each with its own result', async () => {
    const all = [];
    for (let i = 0; i < 3; i += 1) all.push(await filed('zhoumin', `批量 ${lang}`));
    const page = await console_.as('owner', address('', `status=pending&search=${encodeURIComponent(`批量 ${lang}`)}`), { lang, dark });
    for (const { number } of all) await line(page, number).waitFor();
    await page.getByLabel(w.selectAll).check();
    await page.getByRole('toolbar', { name: w.toolbar }).getByText(w.selected(3)).waitFor();
    await shot(page, `instances-selected-${lang}${dark ? '-dark' : ''}`);
    await accessible(page);
    await button(page.getByRole('toolbar', { name: w.toolbar }), w.allow).click();
    await dialog(page).getByRole('textbox').fill('统一处理');
    await stage.ask('POST', `instances/${all[1].id}/reject`, { comment: '先到' });
    await button(dialog(page), w.allow).click();
    await dialog(page).getByText(w.allowed(2)).waitFor();
    await dialog(page).getByText(w.failed(1)).waitFor();
    await dialog(page).getByRole('listitem').filter({ hasText: all[1].number }).waitFor();
    await shot(page, `instances-bulk-${lang}${dark ? '-dark' : ''}`);
    await accessible(page);
    await button(dialog(page), w.close).last().click();
    await page.getByText(w.fits).waitFor();
    assert.deepEqual((await Promise.all(all.map((one) => stage.instance(one.id)))).map((i) => i.status), ['approved', 'rejected', 'approved']);
    await page.close();
  });

  test('filters stand in the address: going back, a saved view, a file of just these', async () => {
    const one = await filed('zhoumin', `找我 ${lang}`);
    const page = await console_.as('owner', address(), { lang, dark });
    await page.getByRole('textbox', { name: w.search }).fill(`找我 ${lang}`);
    await line(page, one.number).waitFor();
    await until('only that one', async () => await page.locator('tr[data-row]').count() === 1);
    await until('the address', () => new URL(page.url()).searchParams.get('search') === `找我 ${lang}`);
    await tab(page, w.rejected).click();
    await page.getByText(w.fits).waitFor();
    await page.goBack();
    await line(page, one.number).waitFor();
    await button(page, w.filters).click();
    const picker = page.getByRole('combobox', { name: w.device, exact: true });
    await picker.click();
    await picker.fill(one.device.name);
    await page.getByRole('option', { name: one.device.name }).waitFor({ state: 'attached' });
    await page.locator('.ant-select-item-option').filter({ hasText: one.device.name }).first().click();
    await until('the address has it', () => new URL(page.url()).searchParams.get('device') === one.device.id);
    await shot(page, `instances-filters-${lang}${dark ? '-dark' : ''}`);
    await accessible(page);
    await button(page, w.views).click();
    await page.getByRole('menuitem', { name: w.saveView }).click();
    await dialog(page).getByLabel(w.name).fill('我的视图');
    await button(dialog(page), w.save).click();
    await dialog(page).waitFor({ state: 'hidden' });
    await console_.go(page, address('', 'status=all'));
    await button(page, w.views).click();
    await page.getByRole('menuitem', { name: '我的视图' }).click();
    await until('only that one', async () => await page.locator('tr[data-row]').count() === 1);
    assert.deepEqual(['status', 'search', 'device'].map((name) => new URL(page.url()).searchParams.get(name)), ['pending', `找我 ${lang}`, one.device.id]);
    // The device by its name, not its id.
    await page.getByText(one.device.name, { exact: true }).first().waitFor();
    await button(page, w.exported).click();
    const download = page.waitForEvent('download');
    await page.getByRole('menuitem', { name: w.csv }).click();
    const text = readFileSync(await (await download).path(), 'utf8');
    assert.equal(text.trim().split('\n').length, 2, text);
    assert.ok(text.includes(one.number));
    await button(page, '我的视图').click();
    await page.getByRole('menuitem', { name: w.manage }).click();
    await dialog(page).getByRole('button', { name: new RegExp(`^${w.del}`) }).click();
    await button(dialog(page), w.save).click();
    await dialog(page).waitFor({ state: 'hidden' });
    await page.close();
  });

  test('withdrawn with a reason; an approval is taken back, and the device has the last word', async () => {
    const one = await filed('zhoumin');
    const page = await console_.as('owner', address(one.id), { lang, dark });
    await button(page, w.more).click();
    await page.getByRole('menuitem', { name: w.withdraw }).click();
    await button(dialog(page), w.doWithdraw).click();
    await dialog(page).getByText(w.needed).waitFor();
    await dialog(page).getByRole('textbox').fill('不再需要');
    await button(dialog(page), w.doWithdraw).click();
    await dialog(page).waitFor({ state: 'hidden' });
    await until('withdrawn', async () => (await stage.instance(one.id)).status === 'revoked');

    const two = await filed('zhoumin');
    await stage.ask('POST', `instances/${two.id}/approve`, {});
    const grant = await two.device.hears('the grant', (d) => d.held[0]);
    await console_.go(page, address(two.id));
    await button(page, w.more).click();
    await page.getByRole('menuitem', { name: w.revoke }).click();
    await dialog(page).getByRole('textbox').fill('误操作');
    await button(dialog(page), w.doRevoke).click();
    await page.getByText(w.revoking, { exact: true }).first().waitFor();
    await shot(page, `instances-one-revoking-${lang}${dark ? '-dark' : ''}`);
    await accessible(page);
    // What the device enters in its ledger shows without reloading.
    await two.device.agent('POST', 'sync', { counter: 0, view: '', held: [], revoked: [grant.id], client_version: '0.1.0', wait_ms: 0 });
    await page.getByText(w.revoked, { exact: true }).first().waitFor();
    await page.close();
  });

  test('for a device that is offline: a file, a code, and a page to print', async () => {
    const one = await filed('zhoumin');
    const offline = (id) => one.device.agent('POST', 'sync', { counter: 0, view: '', held: [], revoked: [], client_version: '0.1.0', wait_ms: 0, offline: id });
    const set = await until('a set of codes', async () => (await offline('')).json.offline);
    await offline(set.id);
    await stage.ask('POST', `instances/${one.id}/approve`, {});
    const page = await console_.as('owner', address(one.id), { lang, dark });
    await button(page, w.more).click();
    const download = page.waitForEvent('download');
    await page.getByRole('menuitem', { name: w.exportGrant }).click();
    const file = await download;
    assert.equal(file.suggestedFilename(), `${one.number}.grant`);
    const [, payload] = readFileSync(await file.path(), 'utf8').split('.');
    const grant = JSON.parse(Buffer.from(payload, 'base64url').toString());
    assert.deepEqual([grant.device, grant.instance], [one.device.id, one.id]);

    await button(page, w.more).click();
    await page.getByRole('menuitem', { name: w.code }).click();
    await until('the address', () => new URL(page.url()).searchParams.get('panel') === 'code');
    await dialog(page).getByLabel(w.deviceCode).fill('0000-0000');
    await dialog(page).getByLabel(w.index).fill(String(set.codes[0].index));
    await button(dialog(page), w.reveal).click();
    await dialog(page).getByRole('alert').first().waitFor();
    await shot(page, `instances-code-${lang}${dark ? '-dark' : ''}`);
    await accessible(page);
    const { device_code } = await stage.ask('GET', `devices/${one.device.id}/offline-codes`);
    await dialog(page).getByLabel(w.deviceCode).fill(device_code);
    await button(dialog(page), w.reveal).click();
    await dialog(page).getByText(/^[0-9A-Z]{4}(-[0-9A-Z]{4}){4}$/).waitFor();
    await accessible(page);
    await button(dialog(page), w.done).click();
    await dialog(page).waitFor({ state: 'hidden' });

    const opened = page.context().waitForEvent('page');
    await page.getByRole('link', { name: w.evidence }).click();
    const sheet = await opened;
    await sheet.waitForLoadState();
    assert.ok((await sheet.locator('body').textContent()).includes(one.number));
    assert.equal(await sheet.locator('html').getAttribute('lang').then((l) => l.slice(0, 2)), lang);
    await page.close();
  });

  test('on a phone', async () => {
    const one = await filed('zhoumin', '这台笔记本电脑已经使用了六年，主板故障无法维修，资产部要求在周五之前归还，归还之前需要卸载全部安全软件');
    const page = await console_.as('owner', address(), { lang, width: 390 });
    const card = page.getByRole('listitem').filter({ hasText: one.number });
    await card.waitFor();
    await shot(page, `instances-list-${lang}-phone`);
    await accessible(page);
    await card.getByRole('link', { name: one.number }).click();
    await button(page, w.allow).waitFor();
    await shot(page, `instances-one-${lang}-phone`);
    await accessible(page);
    await button(page, w.allow).click();
    await button(dialog(page), w.allow).click();
    await state(page, w.approved).waitFor();
    await page.close();
  });
});

describe('who may what', { concurrency: 1 }, () => {
  const w = words.en;

  test('what DingTalk refuses is said, and is sent again', async () => {
    await stage.ask('PATCH', `dingtalk-apps/${stage.app.id}`, { client_secret: client.secret });
    const device = await stage.device('laptop-credentials');
    await stage.ask('PATCH', `dingtalk-apps/${stage.app.id}`, { client_secret: 'w'.repeat(64) });
    const { id, number } = await device.file('凭证失效');
    await stage.until(id, 'the failure', (i) => i.delivery.state === 'failed');
    const list = await console_.as('owner', address('', 'delivery=failed&status=all'));
    await line(list, number).getByText('DingTalk', { exact: true }).waitFor();
    const page = await console_.as('owner', address(id));
    await page.getByText(w.notSent).first().waitFor();
    await shot(page, 'instances-one-failed-en');
    await accessible(page);
    await button(page, w.again).click();
    await until('it was tried again', async () => (await stage.instance(id)).events.some((event) => event.kind === 'delivery-replayed'));
    await stage.ask('PATCH', `dingtalk-apps/${stage.app.id}`, { client_secret: client.secret });
    await page.getByText(w.has).waitFor({ timeout: 30000 });
    await list.close();
    await page.close();
  });

  test('nobody but the applicant agreed in DingTalk: an administrator is told', async () => {
    const { id } = await filed('guqing');
    await stage.until(id, 'the note', (i) => i.note);
    const page = await console_.as('owner', address(id));
    await page.getByText(w.note).waitFor();
    await accessible(page);
    await page.close();
  });

  test('an approver finds what waits for him with the keyboard alone, and allows it; a second level is asked then', async () => {
    const email = await console_.account('approver');
    const accounts = (await stage.ask('GET', 'accounts?limit=200')).items;
    const approver = accounts.find((one) => one.email === email);
    const second = accounts.find((one) => one.email === 'owner@example.com');
    const admin = accounts.find((one) => one.email === console_.accounts['security-admin']) ?? second;
    const workflow = await stage.ask('POST', 'workflows', { name: '内置审批', type: 'builtin', approval: { levels: [
      { name: '组长', mode: 'any', approvers: [approver.id, admin.id] }, { name: '安全部', mode: 'any', approvers: [second.id] }] } });
    const { version, ...policy } = await stage.ask('GET', 'policy');
    await stage.ask('PUT', 'policy', { ...policy, filing: { allowed: true, workflow: workflow.id } });
    const page = await console_.as('approver', address());
    await page.getByText(w.nothing).waitFor();
    const { id, number } = await filed('zhoumin', '键盘');
    await line(page, number).waitFor();
    await shot(page, 'instances-approver-en');
    // To the number by Tab, into the request by Enter, to Allow by Tab.
    const tabTo = async (what) => {
      for (let i = 0; i < 80; i += 1) {
        await page.keyboard.press('Tab');
        const at = await page.evaluate(() => document.activeElement.getAttribute('aria-label') ?? document.activeElement.textContent);
        if (at === what) return;
      }
      assert.fail(`the keyboard does not reach ${what}`);
    };
    await tabTo(number);
    await page.keyboard.press('Enter');
    await page.getByText(w.level).waitFor();
    await shot(page, 'instances-one-levels-en');
    await accessible(page);
    await tabTo(w.allow);
    await page.keyboard.press('Enter');
    await until('the field has the focus', () => dialog(page).getByRole('textbox').evaluate((at) => at === document.activeElement));
    await page.keyboard.type('好的');
    await page.keyboard.press('Control+Enter');
    await page.getByText(`${w.second} Chen An.`).waitFor();
    assert.equal(await button(page, w.allow).count(), 0, 'it is not his turn any more');
    // The other one may answer his level, or end it all.
    const owner = await console_.as('owner', address(id));
    await button(owner, w.allow).click();
    await dialog(owner).getByLabel('End the whole request, as an administrator').check();
    await accessible(owner);
    await button(dialog(owner), w.allow).click();
    await state(owner, w.approved).waitFor();
    assert.equal((await stage.instance(id)).levels[1].tasks[0].state, 'closed');
    await owner.close();
    await page.close();
  });

  test('an approver is not offered what is not his turn; an auditor is offered nothing', async () => {
    const admin = (await stage.ask('GET', 'accounts?limit=200')).items.find((one) => one.email === 'owner@example.com');
    const workflow = await stage.ask('POST', 'workflows', { name: '仅所有者', type: 'builtin', approval: { levels: [{ mode: 'any', approvers: [admin.id] }] } });
    const { version, ...policy } = await stage.ask('GET', 'policy');
    await stage.ask('PUT', 'policy', { ...policy, filing: { allowed: true, workflow: workflow.id } });
    const { id, number } = await filed('zhoumin', '权限');
    const approver = await console_.as('approver', address('', 'status=pending'));
    await line(approver, number).waitFor();
    assert.equal(await line(approver, number).getByRole('button').count(), 0);
    assert.ok(await line(approver, number).getByRole('checkbox').isDisabled());
    const auditor = await console_.as('auditor', address());
    await line(auditor, number).waitFor();
    assert.equal(await auditor.getByRole('checkbox').count(), 0);
    assert.equal(await line(auditor, number).getByRole('button').count(), 0);
    await console_.go(auditor, address(id));
    await auditor.getByRole('link', { name: w.evidence }).waitFor();
    assert.equal(await button(auditor, w.allow).count() + await button(auditor, w.more).count(), 0);
    await console_.go(auditor, address(crypto.randomUUID()));
    await auditor.getByRole('alert').waitFor();
    await accessible(auditor);
    await approver.close();
    await auditor.close();
  });
});
