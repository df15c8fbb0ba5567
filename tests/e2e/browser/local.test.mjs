// Somebody of a local source in a real browser, in both languages: sets a password with the one-time link, is told what is
// wrong with one, signs in on a device's page and connects it. With HOLDFAST_SCREENSHOTS=FOLDER each page is kept.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Device, Stage, until } from '../stage.mjs';
import { launch } from './chromium.mjs';

const words = {
  en: { set: 'Set the password', password: 'New password, at least 12 characters', again: 'The same once more', short: /12 to 256 characters/, differs: /not the same/,
    isSet: 'Your password is set', gone: 'This link is not good any more', local: /^Sign in with a local account/, name: 'Email address or employee number', word: 'Password',
    enter: 'Sign in', wrong: /name or the password is wrong/, question: 'Are you sitting at this device?', yes: 'Yes, connect it', connected: 'The device is connected',
    who: 'Signed in as', off: 'Nobody can sign in here' },
  zh: { set: '设置密码', password: '新密码（至少 12 个字符）', again: '再次输入', short: /12 至 256 个字符/, differs: /两次输入的密码不一致/,
    isSet: '密码已设置', gone: '链接已失效', local: /^使用本地账号登录/, name: '邮箱或工号', word: '密码',
    enter: '登录', wrong: /账号或密码错误/, question: '您正在使用这台设备吗？', yes: '是，连接此设备', connected: '设备已连接',
    who: '已登录', off: '无法在此登录' },
};
const password = 'correct horse battery';

let stage, browser, source, page;
const problems = [];

before(async () => {
  stage = await Stage.open({ subscribed: false });
  source = await stage.ask('POST', 'identity-sources', { name: '驻场人员', type: 'local' });
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await stage?.close();
  assert.deepEqual(problems, []);
});

let shots = 0;
async function shot(lang, name) {
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), `too wide: ${page.url()}`);
  assert.equal(await page.locator('html').getAttribute('lang'), lang === 'zh' ? 'zh-CN' : 'en');
  if (process.env.HOLDFAST_SCREENSHOTS) await page.screenshot({ path: `${process.env.HOLDFAST_SCREENSHOTS}/local-${lang}-${String(shots += 1).padStart(2, '0')}-${name}.png` });
}
const heading = () => page.locator('h1').textContent();
const main = () => page.locator('main').textContent();
async function press(what) {
  const loaded = page.waitForEvent('load');
  await what.click();
  await loaded;
}
// A place for hashing may be taken at the moment: whoever is told so tries again.
const submit = (name, fill) => until('a place for hashing', async () => {
  await fill();
  const answered = page.waitForResponse((r) => r.request().method() === 'POST');
  await press(page.getByRole('button', { name, exact: true }));
  return (await answered).status() !== 503;
});

for (const lang of ['en', 'zh']) describe(lang, { concurrency: 1 }, () => {
  const w = words[lang];
  let person;
  before(async () => {
    person = await stage.ask('POST', 'users', { source: source.id, name: lang === 'zh' ? '李工' : 'Lee', external_id: `N-${lang}`, email: `${lang}@example.com` });
    const context = await browser.newContext({ locale: lang === 'zh' ? 'zh-CN' : 'en-US', viewport: { width: lang === 'zh' ? 390 : 1000, height: 760 } });
    page = await context.newPage();
    page.setDefaultTimeout(5000);
    page.on('pageerror', (error) => problems.push(String(error)));
    page.on('console', (message) => { if (message.type() === 'error' && !/status of 4|status of 503/.test(message.text())) problems.push(message.text()); });
  });

  test('the link sets a password that will do, once', async () => {
    const { link } = await stage.ask('POST', `users/${person.id}/password-link`, {});
    const sets = (one, other) => submit(w.set, async () => {
      await page.getByLabel(w.password).fill(one);
      await page.getByLabel(w.again).fill(other);
    });
    await page.goto(link);
    assert.equal(await page.locator('#name').inputValue(), `${lang}@example.com`);
    await shot(lang, 'password');
    await sets('short', 'short');
    assert.match(await main(), w.short);
    await sets(password, `${password}.`);
    assert.match(await main(), w.differs);
    await shot(lang, 'differs');
    await sets(password, password);
    assert.equal(await heading(), w.isSet);
    await shot(lang, 'set');
    await page.goto(link);
    assert.equal(await heading(), w.gone);
  });

  test('connects a device', async () => {
    const device = await new Device(stage, `local-${lang}`).asks();
    await page.goto(device.asked.verification_uri_complete);
    await press(page.getByRole('link', { name: w.local }));
    await shot(lang, 'sign-in');
    const signs = (name, word) => submit(w.enter, async () => {
      await page.getByLabel(w.name).fill(name);
      await page.getByLabel(w.word, { exact: true }).fill(word);
    });
    await signs(`N-${lang}`, 'wrong horse battery');
    assert.match(await main(), w.wrong);
    assert.equal(await page.getByLabel(w.name).inputValue(), `N-${lang}`, 'what was typed stays');
    await shot(lang, 'wrong');
    await signs(`N-${lang}`, password);
    assert.equal(await heading(), w.question);
    assert.match(await main(), new RegExp(`${w.who}.*${person.name}`));
    await press(page.getByRole('button', { name: w.yes, exact: true }));
    assert.equal(await heading(), w.connected);
    assert.equal((await device.polls()).status, 200);
    assert.equal((await stage.ask('GET', 'devices?limit=200')).items.find((d) => d.name === device.name).owner.id, person.id);
  });

  test('a source that is switched off says so', async () => {
    const signIn = `${stage.server.url}/auth/local/${source.id}`;
    await stage.ask('PUT', `identity-sources/${source.id}`, { name: '驻场人员', enabled: false });
    await page.goto(signIn);
    assert.equal(await heading(), w.off);
    await stage.ask('PUT', `identity-sources/${source.id}`, { name: '驻场人员', enabled: true });
  });
});
