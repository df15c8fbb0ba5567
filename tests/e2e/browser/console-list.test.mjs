// A long list in the console: few rows are drawn however many are loaded, more come as one scrolls, and a change is seen
// where one is, for a few requests.
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import { after, before, test } from 'node:test';
import { until } from '../stage.mjs';
import { Console } from './console.mjs';

const count = 450;
let console_, stage;

before(async () => {
  console_ = await Console.open();
  stage = console_.stage;
  // Computers that never ask: rows alone. What is listed of them comes from a release.
  const owner = stage.sql("SELECT id FROM people WHERE name = '李华'");
  const rows = Array.from({ length: count }, (_, i) => `('${crypto.randomUUID()}', 'kiosk-${String(i).padStart(3, '0')}', 'Debian 12', '', '0.1.0', '${owner}', 'active', x'${crypto.randomBytes(32).toString('hex')}', 0, ${Date.now() - 40 * 86400000})`);
  stage.sql(`INSERT INTO devices (id, name, os, macs, client_version, owner, state, key, enrolled_ms, last_seen_ms) VALUES ${rows.join(',')}`);
  await stage.ask('PUT', 'settings', { release_threshold: 1000 });
  const { id } = await stage.ask('POST', 'releases', { filter: { name: 'kiosk', state: 'long-offline' }, reason: '旧机回收', days: 3 });
  await until('all are released', async () => (await stage.ask('GET', `releases/${id}`)).state === 'issued', 60);
});
after(async () => { await console_?.close(); });

test('scrolled to its end it draws a screenful; what changes there is seen there, without reading everything again', async () => {
  const page = await console_.as('owner', '/console/approval/instances?status=all');
  const box = page.locator('.list-box');
  const drawn = () => page.locator('tr[data-row]').count();
  await page.locator('tr[data-row]').first().waitFor();
  const asked = [];
  page.on('request', (request) => { if (/\/api\/v1\/instances\?/.test(request.url())) asked.push(request.url()); });
  await until('the end', async () => {
    await box.evaluate((at) => { at.scrollTop = at.scrollHeight; });
    assert.ok(await drawn() < 60, `${await drawn()} rows are drawn`);
    return Number(await box.getAttribute('data-rows')) === count;
  }, 30);
  assert.ok(asked.length <= 5, `${asked.length} requests for the rest`);
  const last = page.locator(`tr[data-row="${count - 1}"]`);
  // What came last made the list longer once more.
  await until('the last row', async () => {
    await box.evaluate((at) => { at.scrollTop = at.scrollHeight; });
    return await last.count() === 1;
  });
  const [first] = (await stage.ask('GET', 'instances?order=oldest&limit=1')).items;
  await last.getByText(first.number).waitFor();
  const place = await box.evaluate((at) => at.scrollTop);
  asked.length = 0;
  await stage.ask('POST', `instances/${first.id}/revoke-grant`, { reason: '留用' });
  await last.getByText('Cancelled').waitFor();
  assert.ok(asked.length >= 1 && asked.length <= 4, `${asked.length} requests for one change`);
  assert.equal(await box.evaluate((at) => at.scrollTop), place, 'it stays where it was');
  // What changed out of sight meanwhile is there when one comes to it.
  const middle = (await stage.ask('GET', 'instances?limit=200')).items[150];
  await stage.ask('POST', `instances/${middle.id}/revoke-grant`, { reason: '留用' });
  await until('the row is in sight', async () => {
    await box.evaluate((at) => { at.scrollTop = at.scrollHeight * (150 / 450) - 200; });
    return await page.getByText(middle.number).count() === 1;
  });
  await page.getByRole('row').filter({ hasText: middle.number }).getByText('Cancelled').waitFor();
  await page.close();
});
