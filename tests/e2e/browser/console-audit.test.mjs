// The record, its chain and its proof, removals, alarms and builds by clicking: everybody who may sees the same, in words, and
// what was tampered with shows.
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { until } from '../stage.mjs';
import { Console, accessible, shot } from './console.mjs';

const bad = '<img src=x onerror=window.hit=1>';
const id = () => {
  const hex = Date.now().toString(16).padStart(12, '0') + crypto.randomBytes(10).toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-7${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
};
let console_;
let stage;
let device;
before(async () => {
  console_ = await Console.open();
  stage = console_.stage;
  device = await stage.device('laptop-forced');
  const answer = await device.agent('POST', 'receipts', { receipts: [
    { id: id(), kind: 'removed-without-grant', package: 'holdfast-client', at_ms: Date.now(), boot: 'b', text: bad }] });
  assert.equal(answer.status, 200, answer.text);
});
after(async () => { await console_?.close(); });

const button = (page, name) => page.getByRole('button', { name, exact: true });
const downloaded = async (page, link) => {
  const [file] = await Promise.all([page.waitForEvent('download'), link.click()]);
  return readFileSync(await file.path(), 'utf8');
};

test('the record is read in words, filtered by its address, opened with the keyboard, and exported with its proofs', async () => {
  const page = await console_.as('auditor', '/console/audit', { lang: 'zh' });
  const row = page.locator('tr', { hasText: '未经批准被卸载' }).first();
  await row.waitFor();
  await shot(page, 'audit-zh');
  await accessible(page);
  await row.getByRole('button', { name: '未经批准被卸载' }).focus();
  await page.keyboard.press('Enter');
  await page.getByText('哈希原文').waitFor();
  await page.getByText(/"kind": "removed-without-grant"/).waitFor();
  await shot(page, 'audit-record-zh');
  await accessible(page);
  await page.keyboard.press('Escape');
  await page.getByText('哈希原文').waitFor({ state: 'detached' });
  await page.getByLabel('事件类型').fill('创建审批流程');
  await page.keyboard.press('Enter');
  await page.waitForURL(/kind=workflow-created/);
  await page.getByRole('button', { name: '创建审批流程' }).waitFor();
  await page.locator('tr', { hasText: '未经批准被卸载' }).first().waitFor({ state: 'detached' });
  await console_.go(page, '/console/audit?kind=policy-refused');
  await page.getByText('没有符合筛选条件的记录。').waitFor();
  const lines = (await downloaded(page, page.getByRole('link', { name: '导出（含证明）' }))).trim().split('\n').map((line) => JSON.parse(line));
  assert.equal(lines[0].holdfast_audit, 1);
  assert.ok(lines.some((line) => line.record?.kind === 'removed-without-grant'));
  assert.equal(await page.evaluate(() => window.hit), undefined);
  await page.close();
});

test('removals: each with its ground, narrowed, and as a file', async () => {
  const page = await console_.as('auditor', '/console/audit/removals', { dark: true });
  await page.getByRole('link', { name: 'laptop-forced' }).waitFor();
  await page.getByText('Without grant', { exact: true }).first().waitFor();
  await shot(page, 'removals-en-dark');
  await accessible(page);
  await button(page, 'Export').click();
  assert.match(await downloaded(page, page.getByRole('link', { name: 'CSV, for spreadsheets' })), /laptop-forced/);
  await console_.go(page, '/console/audit/removals?ground=whitelist');
  await page.getByText('Nothing was removed that fits these filters.').waitFor();
  await page.close();
  const phone = await console_.as('owner', '/console/audit/removals', { lang: 'zh', width: 390 });
  await phone.getByRole('link', { name: 'laptop-forced' }).waitFor();
  await shot(phone, 'removals-zh-phone');
  await accessible(phone);
  await phone.close();
});

test('an alarm is acknowledged with a note that everybody sees; auditors and approvers change nothing', async () => {
  const page = await console_.as('security-admin', '/console/terminals/alarms', { lang: 'zh', dark: true });
  const watching = await console_.as('auditor', '/console/terminals/alarms', { width: 390 });
  await page.getByText('未经批准被卸载').first().waitFor();
  await watching.getByText('Removed without grant').first().waitFor();
  assert.equal(await watching.getByRole('button', { name: 'Acknowledge' }).count(), 0);
  await button(page, '确认').click();
  await page.getByRole('dialog').getByLabel('处理情况').fill(bad);
  await page.getByRole('dialog').getByRole('button', { name: '确认', exact: true }).click();
  await page.getByText(bad).first().waitFor();
  await watching.getByText(bad).first().waitFor();
  assert.equal(await watching.evaluate(() => window.hit), undefined);
  await shot(page, 'alarms-zh-dark');
  await accessible(page);
  await shot(watching, 'alarms-en-phone');
  await accessible(watching);
  await watching.close();
  await page.close();
  const approver = await console_.as('approver', '/console/terminals/alarms');
  await approver.getByText('Removed without grant').waitFor({ state: 'detached' });
  await approver.close();
});

test('a build is accepted, and no longer; what is no build id is said', async () => {
  const build = crypto.createHash('sha256').update('build').digest('hex');
  const page = await console_.as('owner', '/console/terminals/alarms?tab=builds');
  await button(page, 'Accept a build').click();
  await page.getByLabel('Build id').fill('nonsense');
  await button(page, 'Accept').click();
  await page.getByText('64 characters, 0-9 and a-f.').waitFor();
  await page.getByLabel('Build id').fill(build);
  await page.getByLabel('Version').fill('1.2.3');
  await page.getByLabel('Note').fill(bad);
  await button(page, 'Accept').click();
  await page.getByText('Accepted', { exact: true }).waitFor();
  await page.getByRole('row').getByText(bad).waitFor();
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await shot(page, 'builds-en');
  await accessible(page);
  await button(page, 'Withdraw').click();
  await page.getByRole('dialog').getByRole('button', { name: 'Withdraw' }).click();
  await until('nobody accepts it', async () => (await stage.ask('GET', 'builds')).items.every((one) => one.id !== build || !one.accepted));
  assert.equal(await page.evaluate(() => window.hit), undefined);
  await page.close();
});

test('the chain is verified, and a record that was changed behind its back is named', async () => {
  const page = await console_.as('owner', '/console/audit', { dark: true });
  await button(page, 'Verify now').click();
  await page.getByText('Nothing was changed, removed, swapped or added').waitFor();
  await shot(page, 'audit-verified-en-dark');
  await accessible(page);
  // The oldest, which the checkpoint of the start binds.
  stage.sql('UPDATE events SET record = replace(record, \'token-created\', \'token-revoked\') WHERE sequence = 1');
  await button(page, 'Verify now').click();
  await page.getByText('The record is not what was written').waitFor();
  await shot(page, 'audit-broken-en-dark');
  await accessible(page);
  await page.close();
});
