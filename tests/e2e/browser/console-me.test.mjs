// One's own account: name, language, password, second factor, and where one is signed in.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { code } from '../accounts.mjs';
import { call, until } from '../stage.mjs';
import { Console, accessible, shot } from './console.mjs';

const password = 'correct horse battery';
const words = {
  en: { name: 'Name', save: 'Save', needName: 'Please enter your name.', present: 'Present password', fresh: 'New password', again: 'The same once more', change: 'Change the password', wrong: 'The present password is not right', changed: 'The password is changed. All other sessions have ended.',
    setup: 'Set up an authenticator app', proof: 'Your present password', typed: 'Code of the authenticator app', on: 'Switch it on', kept: 'I have kept them', done: 'Done', isOn: /^On: a code/, renew: 'New recovery codes', make: 'Make new codes', off: 'Switch it off', isOff: /^Off: whoever/, others: 'End all others', end: 'End', other: 'English', title: 'My account', back: '简体中文', none: /^Off/, endOne: /^End: curl/ },
  zh: { name: '姓名', save: '保存', needName: '请输入姓名。', present: '当前密码', fresh: '新密码', again: '再次输入新密码', change: '修改密码', wrong: '当前密码不正确', changed: '密码已修改，其他会话均已结束。',
    setup: '设置验证器应用', proof: '当前密码', typed: '验证器应用中的验证码', on: '启用', kept: '我已妥善保存', done: '完成', isOn: /^已启用/, renew: '重新生成恢复码', make: '生成新恢复码', off: '停用', isOff: /^未启用/, others: '结束其他所有会话', end: '结束', title: '我的账号', none: /^未启用/, endOne: /^结束：curl/ },
};

let console_;
let stage;
before(async () => {
  console_ = await Console.open();
  stage = console_.stage;
});
after(async () => { await console_?.close(); });

for (const lang of ['en', 'zh']) test(`in ${lang}`, async (t) => {
  const w = words[lang];
  const email = `me-${lang}@example.com`;
  const { id, invitation } = await stage.ask('POST', 'accounts', { name: '王芳', email, role: 'security-admin', language: lang });
  await console_.join(invitation.link);
  console_.accounts[`me-${lang}`] = email;
  const page = await console_.as(`me-${lang}`, '/console/me', { lang, dark: lang === 'zh' });
  const button = (name) => page.getByRole('button', { name, exact: typeof name === 'string' });
  const account = () => stage.ask('GET', `accounts/${id}`);
  const signsIn = (how = {}) => call('POST', `${console_.url}/auth/login`, { body: { email, password, ...how }, headers: { 'user-agent': 'curl/8' } });
  const elsewhere = () => until('a place for hashing', async () => (await signsIn()).status === 200);

  await t.test('name', async () => {
    await page.getByLabel(w.name, { exact: true }).fill(' ');
    await button(w.save).click();
    await page.getByText(w.needName).waitFor();
    await page.getByLabel(w.name, { exact: true }).fill('王芳芳');
    await button(w.save).click();
    await until('the name is saved', async () => (await account()).name === '王芳芳');
    await page.getByRole('banner').getByText('王芳芳').waitFor();
  });

  await t.test('sessions: one is ended, then all others', async () => {
    await elsewhere();
    await elsewhere();
    await page.reload();
    await page.getByRole('heading', { level: 1, name: w.title }).waitFor();
    await button(w.endOne).first().waitFor();
    assert.equal(await button(w.endOne).count(), 2);
    await shot(page, `me-${lang}${lang === 'zh' ? '-dark' : ''}`);
    await accessible(page);
    await button(w.endOne).first().click();
    await until('one is left', async () => await button(w.endOne).count() === 1);
    await elsewhere();
    await button(w.others).click();
    await page.getByRole('tooltip').getByRole('button', { name: w.end }).or(page.locator('.ant-popconfirm').getByRole('button', { name: w.end, exact: true })).first().click();
    await until('none is left', async () => await button(w.endOne).count() === 0);
    assert.equal((await page.request.get(`${console_.url}/api/v1/me`)).status(), 200, 'not this one');
  });

  await t.test('password', async () => {
    const fill = async (present, fresh) => {
      await page.getByLabel(w.present, { exact: true }).fill(present);
      await page.getByLabel(w.fresh, { exact: true }).fill(fresh);
      await page.getByLabel(w.again, { exact: true }).fill(fresh);
      await button(w.change).click();
    };
    await fill('not this password', 'another long password');
    await page.getByText(w.wrong, { exact: true }).waitFor();
    await fill(password, 'another long password');
    await page.getByText(w.changed).waitFor();
    assert.equal((await signsIn()).status, 401);
    await fill('another long password', password);
    await until('it is the old one again', async () => (await signsIn()).status === 200);
  });

  await t.test('second factor: on, new codes, off', async () => {
    const factor = page.getByRole('region').or(page.locator('section')).filter({ has: page.getByRole('heading', { level: 2, name: lang === 'en' ? 'Second factor' : '二次验证' }) }).last();
    const press = (name) => factor.getByRole('button', { name, exact: true }).click();
    const prove = () => factor.getByLabel(w.proof, { exact: true }).fill(password);
    await press(w.setup);
    await prove();
    await press(w.setup);
    await factor.locator('summary').click();
    const key = (await factor.locator('.copy code').textContent()).replaceAll(' ', '');
    await factor.getByLabel(w.typed).fill(code(key, Date.now()));
    await press(w.on);
    await factor.locator('.codes li').first().waitFor();
    const [one] = await factor.locator('.codes li').allTextContents();
    await factor.getByLabel(w.kept).check();
    await press(w.done);
    await factor.getByText(w.isOn).waitFor();
    assert.equal((await account()).sign_in.totp, true);
    await press(w.renew);
    await prove();
    await press(w.make);
    await factor.locator('.codes li').first().waitFor();
    assert.ok(!(await factor.locator('.codes li').allTextContents()).includes(one), 'they are new');
    await accessible(page);
    await factor.getByLabel(w.kept).check();
    await press(w.done);
    assert.equal((await signsIn({ code: one })).status, 401, 'the old ones are void');
    await press(w.off);
    await prove();
    await press(w.off);
    await factor.getByText(w.isOff).waitFor();
    assert.equal((await account()).sign_in.totp, false);
  });

  await t.test('on a phone', async () => {
    await page.setViewportSize({ width: 390, height: 800 });
    await shot(page, `me-${lang}-phone`);
    await accessible(page);
  });
});
