// Every way into the console and every refusal: one-time links, passwords, codes, DingTalk; and a session that ends under
// one's hands.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { code } from '../accounts.mjs';
import { call, until } from '../stage.mjs';
import { Console, accessible, shot } from './console.mjs';

const password = 'correct horse battery';
const words = {
  en: {
    title: 'Sign in to Holdfast', email: 'Email address', password: 'Password', enter: 'Sign in', code: /^Code of your authenticator app/, overview: 'Overview',
    wrong: 'This is not right', codeWrong: 'The code does not fit', locked: 'Too many attempts', cannot: 'You cannot sign in', dingtalk: 'Sign in with DingTalk',
    choose: 'Choose a password', fresh: 'New password', again: 'The same once more', set: 'Set the password', short: 'At least 12 characters, please.', differ: 'These two are not the same.',
    isEmail: 'The email address is no password.', factor: 'Set up a second factor', later: 'Not now', gone: 'This link does not work any more', lacks: 'This address lacks its link',
    setup: 'Set up an authenticator app', present: 'Your present password', notRight: 'The password is not right', typed: 'Code of the authenticator app', on: 'Switch it on', kept: 'I have kept them',
    go: 'Go on', goConsole: 'Go on to the console', isSet: 'Your password is set', ended: 'Please sign in again', another: 'Sign in as somebody else', out: 'Sign out', six: 'The code has six digits.', name: 'Name', save: 'Save',
  },
  zh: {
    title: '登录 Holdfast', email: '邮箱', password: '密码', enter: '登录', code: /^验证器应用中的验证码，或/, overview: '概览',
    wrong: '邮箱或密码不正确', codeWrong: '验证码不正确', locked: '尝试次数过多', cannot: '无法登录', dingtalk: '使用钉钉登录',
    choose: '设置密码', fresh: '新密码', again: '再次输入新密码', set: '设置密码', short: '密码至少需要 12 个字符。', differ: '两次输入的密码不一致。',
    isEmail: '密码不能与邮箱相同。', factor: '设置二次验证', later: '暂不设置', gone: '此链接已失效', lacks: '链接不完整',
    setup: '设置验证器应用', present: '当前密码', notRight: '密码不正确', typed: '验证器应用中的验证码', on: '启用', kept: '我已妥善保存',
    go: '继续', goConsole: '进入控制台', isSet: '密码已设置', ended: '请重新登录', another: '使用其他账号登录', out: '退出登录', six: '验证码为 6 位数字。', name: '姓名', save: '保存',
  },
};

let console_;
let stage;
before(async () => {
  console_ = await Console.open();
  stage = console_.stage;
});
after(async () => { await console_?.close(); });

const invited = async (more = {}) => {
  const email = `who-${Math.random().toString(36).slice(2, 8)}@example.com`;
  return { email, ...await stage.ask('POST', 'accounts', { name: '王芳', email, role: 'auditor', language: 'en', ...more }) };
};
const h1 = (page, name) => page.getByRole('heading', { level: 1, name, exact: true }).waitFor();
const inside = (page) => page.locator('main#main').waitFor();
const button = (page, name) => page.getByRole('button', { name, exact: true });
const field = (page, name) => page.getByLabel(name, { exact: typeof name === 'string' });
const events = async (kind) => (await stage.ask('GET', `audit?kind=${kind}&limit=200`)).items;

async function choose(page, w, first, second = first) {
  await field(page, w.fresh).fill(first);
  await field(page, w.again).fill(second);
  await button(page, w.set).click();
}

async function enter(page, w, email, secret = password) {
  await field(page, w.email).fill(email);
  await field(page, w.password).fill(secret);
  await button(page, w.enter).click();
}

// Reads the key, as somebody does whose phone cannot scan.
async function authenticator(page, w, deed) {
  await page.locator('summary').click();
  const key = (await page.locator('.copy code').textContent()).replaceAll(' ', '');
  assert.match(key, /^[A-Z2-7]{32}$/);
  await field(page, w.typed).fill('12');
  await button(page, w.on).click();
  await page.getByText(w.six).waitFor();
  await field(page, w.typed).fill(code(key, Date.now()));
  await button(page, w.on).click();
  await page.locator('.codes li').first().waitFor();
  const codes = await page.locator('.codes li').allTextContents();
  assert.equal(codes.length, 10);
  assert.ok(await button(page, deed).isDisabled(), 'not before they are kept');
  await page.getByLabel(w.kept).check();
  await button(page, deed).click();
  return { key, codes };
}

for (const lang of ['en', 'zh']) describe(`in ${lang}`, () => {
  const w = words[lang];
  const open = (where, how) => console_.blank({ lang, where, ...how });

  test('an invitation: the rules, a password, a second factor, and in; the link is used then', async () => {
    const { email, invitation, id } = await invited({ language: lang });
    const page = await open(new URL(invitation.link).pathname + new URL(invitation.link).hash);
    await h1(page, w.choose);
    assert.equal(new URL(page.url()).hash, '', 'the secret is out of the address bar');
    await page.getByText(email).waitFor();
    await choose(page, w, 'short');
    await page.getByText(w.short).waitFor();
    await choose(page, w, password, 'correct horse batters');
    await page.getByText(w.differ).waitFor();
    await choose(page, w, email);
    await page.getByText(email.length < 12 ? w.short : w.isEmail).waitFor();
    await shot(page, `signin-invitation-${lang}`);
    await accessible(page);
    await choose(page, w, password);
    await h1(page, w.factor);
    await page.getByText(/otpauth/).count();
    await page.locator('.qr svg').waitFor();
    await shot(page, `signin-factor-${lang}`);
    await accessible(page);
    const { codes } = await authenticator(page, w, w.goConsole);
    await inside(page);
    assert.equal((await stage.ask('GET', `accounts/${id}`)).sign_in.totp, true);
    // The same link once more, elsewhere.
    const other = await open(new URL(invitation.link).pathname + new URL(invitation.link).hash);
    await h1(other, w.gone);
    await shot(other, `signin-link-used-${lang}`);
    await accessible(other);
    await other.goto(`${console_.url}/password`);
    await h1(other, w.lacks);
    await shot(other, `signin-link-lacks-${lang}`);
    // With a recovery code, which is good once.
    await other.goto(`${console_.url}/console`);
    await enter(other, w, email);
    await field(other, w.code).fill('000000');
    await button(other, w.enter).click();
    await other.getByText(w.codeWrong).waitFor();
    await shot(other, `signin-code-${lang}`);
    await field(other, w.code).fill(codes[0]);
    await button(other, w.enter).click();
    await inside(other);
    await other.context().clearCookies();
    await other.goto(`${console_.url}/console`);
    await enter(other, w, email);
    await field(other, w.code).fill(codes[0]);
    await button(other, w.enter).click();
    await other.getByText(w.codeWrong).waitFor();
    // A new password with a link leaves the second factor: the code is asked for at the sign-in.
    const { link } = await stage.ask('POST', `accounts/${id}/link`, {});
    await other.goto(link);
    await choose(other, w, 'another long password');
    await h1(other, w.isSet);
  });

  test('the address that was asked for comes after the sign-in, and the account says the language', async () => {
    const { email, invitation } = await invited({ language: lang });
    await console_.join(invitation.link);
    const page = await open('/console/terminals?search=abc', { lang: lang === 'en' ? 'zh' : 'en', dark: true, width: 390 });
    const other = words[lang === 'en' ? 'zh' : 'en'];
    await h1(page, other.title);
    await shot(page, `signin-${lang === 'en' ? 'zh' : 'en'}-dark-phone`);
    await accessible(page);
    await enter(page, other, email);
    await inside(page);
    assert.equal(page.url(), `${console_.url}/console/terminals?search=abc`);
    await page.locator(`html[lang=${lang === 'zh' ? 'zh-CN' : 'en'}]`).waitFor();
    // With the keyboard alone.
    await page.context().clearCookies();
    await page.reload();
    await h1(page, w.title);
    await page.keyboard.type(email);
    await page.keyboard.press('Tab');
    await page.keyboard.type(password);
    await page.keyboard.press('Enter');
    await inside(page);
  });

  test('wrong, too often, disabled: each is said', async () => {
    const { email, id, invitation } = await invited();
    await console_.join(invitation.link);
    const page = await open('/console');
    await enter(page, w, email, 'not this password');
    await page.getByRole('alert').getByText(w.wrong).waitFor();
    await shot(page, `signin-wrong-${lang}`);
    await accessible(page);
    const { name, role, language, departments } = await stage.ask('GET', `accounts/${id}`);
    await stage.ask('PUT', `accounts/${id}`, { name, role, language, departments, state: 'disabled' });
    await enter(page, w, email);
    await page.getByRole('alert').getByText(w.cannot).waitFor();
    await shot(page, `signin-disabled-${lang}`);
    const victim = `nobody-${lang}@example.com`;
    await until('the allowance of one account from one address is used up', async () =>
      (await call('POST', `${console_.url}/auth/login`, { body: { email: victim, password: 'not this password' } })).status === 429, 60);
    await enter(page, w, victim, 'not this password');
    await page.getByText(w.locked, { exact: true }).waitFor();
    assert.ok(await button(page, w.enter).isDisabled(), 'not before the time is over');
    await shot(page, `signin-locked-${lang}`);
    await accessible(page);
  });

  test('a role that must have a second factor sets it up first, with the password', async () => {
    const { email, invitation } = await invited({ role: 'approver', language: lang });
    await console_.join(invitation.link);
    const settings = await stage.ask('GET', 'settings');
    await stage.ask('PUT', 'settings', { ...settings, totp_roles: ['approver'] });
    try {
      const page = await open('/console');
      await enter(page, w, email);
      await h1(page, w.factor);
      await field(page, w.present).fill('not this password');
      await button(page, w.setup).click();
      await page.getByText(w.notRight, { exact: true }).waitFor();
      await field(page, w.present).fill(password);
      await button(page, w.setup).click();
      await authenticator(page, w, w.go);
      await inside(page);
    } finally {
      await stage.ask('PUT', 'settings', { ...settings, totp_roles: [] });
    }
  });

  test('a session that ends under one\'s hands takes nothing that was typed', async () => {
    const { email, id, invitation } = await invited({ language: lang });
    await console_.join(invitation.link);
    const page = await open('/console/me');
    await enter(page, w, email);
    await inside(page);
    await field(page, w.name).fill('王芳芳');
    await stage.ask('DELETE', `sessions?account=${id}`);
    await page.getByRole('dialog', { name: w.ended }).waitFor();
    await shot(page, `signin-again-${lang}`);
    await accessible(page);
    await page.keyboard.press('Escape');
    assert.equal(await field(page, w.email).inputValue(), email);
    await field(page, w.password).fill(password);
    await button(page, w.enter).click();
    await page.getByRole('dialog', { name: w.ended }).waitFor({ state: 'detached' });
    assert.equal(await field(page, w.name).inputValue(), '王芳芳', 'what was typed is still there');
    await button(page, w.save).click();
    await until('the name is saved', async () => (await stage.ask('GET', `accounts/${id}`)).name === '王芳芳');
    // Somebody else begins anew.
    await field(page, w.name).fill('没有保存');
    await stage.ask('DELETE', `sessions?account=${id}`);
    await button(page, w.another).click();
    await h1(page, w.title);
    await enter(page, w, console_.accounts.owner);
    await inside(page);
    // In the language of this one's account.
    await page.locator('html[lang=en]').waitFor();
    await until('the other one\'s page', async () => await field(page, words.en.name).inputValue() === 'Chen An');
  });

  test('again with DingTalk, in a tab of its own', async () => {
    const person = (await stage.ask('GET', 'users?limit=200')).items.find((one) => one.external_id === (lang === 'en' ? 'lihua' : 'zhoumin'));
    const { id } = await invited({ person: person.id, language: lang });
    const page = await open('/console/me');
    await page.getByRole('link', { name: w.dingtalk }).click();
    await page.locator(`input[value="${person.external_id}"]`).check();
    await page.locator('button[value=agree]').click();
    await inside(page);
    assert.equal(page.url(), `${console_.url}/console/me`);
    await field(page, w.name).fill('还没有保存');
    await stage.ask('DELETE', `sessions?account=${id}`);
    const [tab] = await Promise.all([page.context().waitForEvent('page'), page.getByRole('dialog').getByRole('link', { name: w.dingtalk }).click()]);
    await tab.locator(`input[value="${person.external_id}"]`).check();
    await tab.locator('button[value=agree]').click();
    await inside(tab);
    await page.evaluate(() => document.dispatchEvent(new Event('visibilitychange')));
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    assert.equal(await field(page, w.name).inputValue(), '还没有保存');
  });
});
