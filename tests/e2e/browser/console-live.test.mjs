// How the console is kept up to date: also after an answer that is no stream, and with more tabs than a browser has connections.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Console } from './console.mjs';

let console_;
before(async () => { console_ = await Console.open(); });
after(async () => { await console_?.close(); });

const made = (name) => console_.stage.ask('POST', 'accounts', { name, email: `${name.replaceAll(' ', '.')}@example.com`, role: 'auditor' });

test('an answer that is no stream is not the end of it', async () => {
  const page = await console_.as('owner', '/console/settings/accounts');
  const stale = page.getByText('Not live', { exact: true });
  await page.route('**/api/v1/events', (route) => route.fulfill({ status: 429, contentType: 'application/problem+json', body: '{}' }));
  await page.reload();
  await stale.waitFor();
  await made('made meanwhile');
  await page.unroute('**/api/v1/events');
  await stale.waitFor({ state: 'detached' });
  await page.getByText('made meanwhile', { exact: true }).waitFor();
  await page.close();
});

test('tabs that nobody looks at hold no connection, and are up to date when somebody does', async () => {
  const first = await console_.as('owner', '/console/settings/accounts');
  const hide = (page, hidden) => page.evaluate((value) => {
    Object.defineProperty(document, 'hidden', { configurable: true, value });
    document.dispatchEvent(new Event('visibilitychange'));
  }, hidden);
  await hide(first, true);
  // A browser has six connections to a server.
  for (let i = 0; i < 6; i += 1) {
    const page = await first.context().newPage();
    await page.goto(`${console_.url}/console/settings/accounts`);
    await page.getByText('made meanwhile', { exact: true }).waitFor();
    await hide(page, true);
  }
  await made('made behind it');
  assert.equal(await first.getByText('made behind it', { exact: true }).count(), 0);
  await hide(first, false);
  await first.getByText('made behind it', { exact: true }).waitFor();
  await first.close();
});

test('what happens between the first read and the connection is not lost', async () => {
  const page = await console_.as('owner', '/console/me');
  let connect;
  const held = new Promise((resolve) => { connect = resolve; });
  await page.route('**/api/v1/events', async (route) => { await held; await route.continue(); });
  await page.goto(`${console_.url}/console/settings/accounts`);
  await page.getByText('made meanwhile', { exact: true }).waitFor();
  await made('made before it was connected');
  await page.waitForTimeout(1000); // whoever listens has been told by now
  assert.equal(await page.getByText('made before it was connected', { exact: true }).count(), 0);
  connect();
  await page.getByText('made before it was connected', { exact: true }).waitFor();
  await page.close();
});
