// What holds for every page of the console: axe-core finds nothing in either theme, everything fits, on a phone too, nothing that
// people wrote is taken for markup, and a first visit loads little. The pages are those of console/src/routes.tsx: a new one
// is looked at by itself. With HOLDFAST_SCREENSHOTS=FOLDER their pictures are kept, by name, language and theme.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { accessible, shot } from './console.mjs';
import { friendly, furnished, hostile } from './furnished.mjs';

const routes = readFileSync(new URL('../../../console/src/routes.tsx', import.meta.url), 'utf8');
const paths = [...routes.matchAll(/path: '([^']*)'/g)].map((found) => found[1]);
assert.ok(paths.length > 25, 'the pages are read from the table');

// Panels that stand beside a page: the address that opens each.
const panels = (c) => [
  ['approval/workflows', '?panel=create', 'workflow-create'], ['approval/workflows', `?edit=${c.stage.workflow.id}`, 'workflow-edit'], ['approval/workflows', `?edit=${c.builtin.id}`, 'workflow-edit-builtin'],
  ['terminals/registration', '?panel=policy', 'policy'], ['approval/releases', '?panel=create', 'release-create'], ['identity/groups', '?panel=create', 'group-create'],
  ['identity/sources', '?panel=create', 'source-create'], ['settings/tokens', '?panel=create', 'token-create'],
];

const places = (c) => [
  ...paths.map((path) => ({ where: `/console/${path.replace(':id', c.ids[path])}`, name: path === '' ? 'overview' : path.replaceAll('/', '-').replace('-:id', '-one') })),
  ...panels(c).map(([path, search, name]) => ({ where: `/console/${path}${search}`, name, panel: true })),
];

// The page has come: its heading stands, and nothing says any more that it is loading.
async function come(page, { panel }) {
  await page.locator('main h1').first().waitFor();
  await page.getByRole('dialog').first().waitFor({ state: panel ? 'visible' : 'detached' });
  await page.waitForFunction(() => !document.querySelector('.ant-skeleton, [aria-busy="true"], .ant-spin-spinning'));
}

// Where a panel begins, the keyboard is: at the first thing to fill in.
const atWork = (page) => page.waitForFunction(() => document.activeElement.matches('input, textarea, [role=switch]') && document.activeElement.closest('[role=dialog]'), null, { timeout: 5000 })
  .then(() => [], () => page.evaluate(() => [`the focus is at ${document.activeElement.outerHTML.slice(0, 120)}`]));

// English sentences on a Chinese page: four words in a row without a Chinese character beside them, which are no command and no
// text of somebody's.
async function english(page, place) {
  const lines = (await page.locator('#root').innerText()).split('\n');
  return lines.filter((line) => !/[\u4e00-\u9fff]/.test(line) && /\b[A-Za-z]+ [a-z]+ [a-z]+ [a-z]+\b/.test(line) && !/^(Replaced by|holdfast|sudo|apt|dnf|url =)/.test(line))
    .map((line) => `${place.name}: ${line}`);
}

describe('every page', () => {
  let c;
  before(async () => { c = await furnished(friendly); });
  after(async () => { await c?.close(); });

  // The rules of axe-core do not depend on the language: each theme once. English in the dark is for pictures alone.
  for (const [lang, dark] of [['en', false], ['zh', true], ...(process.env.HOLDFAST_SCREENSHOTS ? [['zh', false], ['en', true]] : [])]) {
    test(`in ${lang}, ${dark ? 'dark' : 'light'}`, async () => {
      const page = await c.as('owner', '/console', { lang, dark });
      const wrong = [];
      for (const place of places(c)) {
        await c.go(page, place.where);
        await come(page, place);
        await shot(page, `${place.name}-${lang}${dark ? '-dark' : ''}`).catch((e) => wrong.push(e.message));
        if ((lang === 'zh') === dark) await accessible(page, `${place.name}, ${dark ? 'dark' : 'light'}`).catch((e) => wrong.push(e.message));
        if (lang === 'zh') wrong.push(...await english(page, place));
        if (place.panel) wrong.push(...(await atWork(page)).map((line) => `${place.name}: ${line}`));
      }
      assert.deepEqual(wrong, []);
      await page.close();
    });
  }

  test('on a phone', async () => {
    const page = await c.as('owner', '/console', { lang: 'zh', width: 390 });
    const wrong = [];
    for (const place of places(c)) {
      await c.go(page, place.where);
      await come(page, place);
      await shot(page, `${place.name}-zh-phone`).catch((e) => wrong.push(e.message));
      await accessible(page, `${place.name}, phone`).catch((e) => wrong.push(e.message));
    }
    assert.deepEqual(wrong, []);
    await page.close();
  });

  test('a first visit loads less than 420 kB, and what it loads is kept for good', async () => {
    // In a browser of its own, which has nothing yet.
    const fresh = await c.as('owner', '/console', { width: 1200 });
    await fresh.waitForFunction(() => !document.querySelector('.ant-skeleton'));
    const loaded = await fresh.evaluate(() => performance.getEntriesByType('resource').filter((one) => one.name.includes('/console/assets/')).map((one) => [one.name, one.encodedBodySize]));
    const size = loaded.reduce((sum, [, bytes]) => sum + bytes, 0);
    assert.ok(loaded.length > 3 && size > 100000, 'the browser said what it loaded');
    assert.ok(size < 420000, `${size} bytes: ${loaded.join(' ')}`);
    const answer = await fetch(loaded[0][0]);
    assert.match(answer.headers.get('cache-control'), /max-age=31536000, immutable/);
    await fresh.close();
  });
});

describe('what people write', () => {
  let c;
  before(async () => { c = await furnished(hostile); });
  after(async () => { await c?.close(); });

  test('is text on every page', async () => {
    const page = await c.as('owner', '/console', {});
    page.on('dialog', (dialog) => { c.problems.push(`a dialog: ${dialog.message()}`); void dialog.dismiss(); });
    const wrong = [];
    let seen = 0;
    for (const place of places(c)) {
      // Loaded at its address, where the others come from one to the next.
      await page.goto(`${c.url}${place.where}`);
      await come(page, place);
      const found = await page.evaluate(() => ({
        pwned: window.pwned !== undefined,
        elements: document.querySelectorAll('img[src="x"], svg[onload], iframe, #root script, [onerror], [onload]').length,
        links: [...document.querySelectorAll('a[href]')].filter((link) => /^\s*(javascript|data|vbscript):/i.test(link.getAttribute('href'))).length,
        shown: document.body.innerText.includes('pwned'),
      }));
      if (found.pwned || found.elements > 0 || found.links > 0) wrong.push(`${place.name}: ${JSON.stringify(found)}`);
      if (found.shown) seen += 1;
    }
    assert.deepEqual(wrong, []);
    assert.ok(seen > 15, `the corpus is on many pages: ${seen}`);
    await page.close();
  });

  test('is text in the evidence of a decision too', async () => {
    const page = await c.as('owner', '/console', {});
    await page.goto(`${c.url}/api/v1/instances/${c.requests[0].id}/evidence`);
    assert.deepEqual(await page.evaluate(() => [window.pwned, document.querySelectorAll('script, iframe, img[src="x"]').length]), [undefined, 0]);
    await page.close();
  });
});
