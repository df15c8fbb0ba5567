// The console in a real browser: an owner made through the server's own set-up link, accounts of every role, and pages
// that fail the test when anything complains (the content policy, a script, an answer of the server that says 5xx).
// With HOLDFAST_SCREENSHOTS=FOLDER pictures are kept. With HOLDFAST_SLOW=MS every answer of the API comes so much later: what fails
// then does not wait for what it looks at.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Stage, build, call, until } from '../stage.mjs';
import { launch } from './chromium.mjs';

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const slow = Number(process.env.HOLDFAST_SLOW ?? 0);
const password = 'correct horse battery';
const names = { owner: 'Chen An', 'security-admin': '林悦', approver: '许明远', auditor: '何静' };

export class Console {
  // options are Stage.open's; stage: one that is there already, and stays when this is closed.
  static async open({ stage, ...options } = {}) {
    const console = new Console();
    console.own = !stage;
    console.stage = stage ?? await Stage.open(options);
    console.url = console.stage.server.url;
    console.browser = await launch();
    console.problems = [];
    console.accounts = {};
    console.contexts = {};
    const link = execFileSync(path.join(build, 'holdfast-server'), ['setup-link', ...console.stage.options,
      '--listen', new URL(console.url).host]).toString().trim().split('\n').find((line) => line.includes('#'));
    await console.join(link, { name: names.owner, email: 'owner@example.com', language: 'en' });
    console.accounts.owner = 'owner@example.com';
    return console;
  }

  // Uses a one-time link; hashing takes turns.
  async join(link, more = {}) {
    const body = { secret: link.slice(link.indexOf('#') + 1), password, ...more };
    await until('a place for hashing', async () => {
      const answer = await call('POST', `${this.url}/api/v1/setup`, { body });
      if (answer.status === 503) return false;
      assert.equal(answer.status, 200, answer.text);
      return true;
    });
  }

  // The email of an account with that role, made when it is first wanted.
  async account(role) {
    if (!this.accounts[role]) {
      const email = `${role}@example.com`;
      const { invitation } = await this.stage.ask('POST', 'accounts', { name: names[role], email, role });
      await this.join(invitation.link);
      this.accounts[role] = email;
    }
    return this.accounts[role];
  }

  // A browser of its own, not signed in. lang: en or zh; dark; width: of a phone, say; how: more of newContext's options.
  async blank({ where = '/console', ...how } = {}) {
    const page = await this.page(await this.context(how));
    await page.goto(`${this.url}${where}`);
    return page;
  }

  context({ lang = 'en', dark = false, width = 1280, height = 800, ...how } = {}) {
    return this.browser.newContext({ locale: lang === 'zh' ? 'zh-CN' : 'en-US', colorScheme: dark ? 'dark' : 'light',
      viewport: { width, height }, reducedMotion: 'reduce', timezoneId: 'Asia/Shanghai', ...how });
  }

  async page(context) {
    const page = await context.newPage();
    page.setDefaultTimeout(slow ? 30000 : 10000);
    if (slow) await page.route('**/api/v1/**', async (route) => { await sleep(slow); await route.fallback(); });
    page.on('pageerror', (error) => this.problems.push(`${page.url()}: ${error.stack}`));
    page.on('console', (message) => {
      if (message.type() === 'error' && !/status of 4\d\d|ERR_INCOMPLETE_CHUNKED|ERR_CONNECTION/.test(message.text())) this.problems.push(`${page.url()}: ${message.text()}`);
    });
    page.on('response', (response) => { if (response.status() >= 500 && response.status() !== 503) this.problems.push(`${response.status()} ${response.url()}`); });
    return page;
  }

  // A page of somebody with a role, at an address of the console. Who is signed in stays so, in a browser that has the console's
  // files already: a page that was left is closed.
  async as(role = 'owner', where = '/console', how = {}) {
    const email = await this.account(role);
    const key = JSON.stringify([role, how]);
    this.contexts[key] ??= await this.context(how);
    const context = this.contexts[key];
    if ((await context.request.get(`${this.url}/api/v1/me`)).status() !== 200) {
      await until('a place for hashing', async () => {
        const answer = await context.request.post(`${this.url}/auth/login`, { data: { email, password } });
        if (answer.status() === 503) return false;
        assert.equal(answer.status(), 200, await answer.text());
        return true;
      });
    }
    const page = await this.page(context);
    await page.goto(`${this.url}${where}`);
    await page.locator('main#main').waitFor();
    return page;
  }

  // To another address of the console as a link of it leads there: without loading anything again.
  async go(page, where) {
    await page.evaluate((to) => {
      const route = (url) => url.pathname.replace(/[0-9a-f-]{36}/, ':id').replace(/\/$/, '');
      if (route(new URL(to, location)) !== route(location)) document.title = '';
      history.pushState(null, '', to);
      dispatchEvent(new PopStateEvent('popstate', { state: null }));
    }, where);
    // The page of another route gives it a title.
    await page.waitForFunction(() => document.title !== '');
  }

  // Nothing may have complained so far.
  quiet() { assert.deepEqual(this.problems, []); }

  async close() {
    await this.browser.close();
    if (this.own) await this.stage.close();
    this.quiet();
  }
}

// What does not fit: the page in the window, a list in its frame, something in its cell of a list.
const tight = (page) => page.evaluate(() => {
  const over = (box) => box.scrollWidth - box.clientWidth;
  const page = document.documentElement.scrollWidth - innerWidth;
  return [
    ...(page > 0 ? [`the page: ${page}px`] : []),
    ...[...document.querySelectorAll('.list-box')].filter((box) => over(box) > 0).map((box) => `${box.querySelector('table')?.getAttribute('aria-label')}: ${over(box)}px`),
    ...[...document.querySelectorAll('.list th, .list td')].filter((box) => over(box) > 1).map((box) => `“${box.innerText}” in its cell: ${over(box)}px`),
  ];
});

// Everything fits, once it has taken its place, and a picture is kept when pictures are wanted.
export async function shot(page, name) {
  await page.evaluate(() => document.fonts.ready);
  for (let tries = 0; tries < 40 && (await tight(page)).length > 0; tries += 1) await page.waitForTimeout(50);
  const found = await tight(page);
  assert.ok(found.length === 0, `${name}: too wide: ${found.join('; ')}, at ${page.url()}`);
  const folder = process.env.HOLDFAST_SCREENSHOTS;
  if (!folder) return;
  mkdirSync(folder, { recursive: true });
  // Hiding the caret would take a style of the test's own, which the page's policy refuses.
  await page.screenshot({ path: path.join(folder, `${name}.png`), caret: 'initial' });
}

// What axe-core finds wrong with the page as it is now: must be nothing. What is being read again is paler for a moment, which
// may begin while it looks: what is wrong stays so. The pointer is where the last click was, over something that says more then.
export async function accessible(page, name = page.url()) {
  await page.mouse.move(1, 1);
  await page.waitForFunction(() => !document.querySelector('.ant-tooltip:not(.ant-tooltip-hidden)'));
  await page.evaluate(axeSource);
  let said;
  for (let tries = 0; tries < 3; tries += 1) {
    // Behind a dialogue that asks to sign in again, it waits for that.
    await page.waitForFunction(() => !(document.querySelector('dialog[open]') ?? document).querySelector('[aria-busy="true"]'));
    const found = await page.evaluate(() => window.axe.run(document, { resultTypes: ['violations'] }));
    said = found.violations.map((one) => `${one.id} (${one.impact}): ${one.help}\n  ${one.nodes.slice(0, 4).map((node) => `${node.html}\n  ${node.failureSummary}`).join('\n  ')}`);
    if (said.length === 0) return;
    await page.waitForTimeout(300);
  }
  assert.fail(`${name}:\n${said.join('\n')}`);
}
