// Signing in with DingTalk in a real browser, in both languages: an employee who connects a device, an administrator's
// console, and everybody who is turned away. With HOLDFAST_SCREENSHOTS=FOLDER each page is kept as a picture.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { code } from '../accounts.mjs';
import { Device, Stage, call, company, corp, keys, until } from '../stage.mjs';
import { launch } from './chromium.mjs';

const words = {
  en: {
    agree: 'Agree and sign in', deny: 'Deny', question: 'Are you sitting at this device?', yes: 'Yes, connect it', connected: 'The device is connected',
    no: 'No', notConnected: 'The device was not connected', out: 'Sign out', isOut: 'You are signed out', refused: 'You are not signed in', again: 'Try again',
    denied: /You did not agree in DingTalk/, state: /not begun in this browser/, used: /took too long or was used already/, foreign: /signed in for another organisation/,
    external: /you are an external contact/, notHere: /not in the directory here/, unknown: /not in the organisation's address book/, departed: /no longer in the directory/,
    off: /switched off/, offHere: /switched off the way in which you signed in/, owned: /somebody else's.*holdfast login --switch/, lost: /reported lost/, takeOver: /So far somebody else has used it.*until an administrator agrees/, cannot: 'This device cannot be connected', belongs: /Belongs to\s*李华/, none: /has not set up a way to sign in/, connect: 'Connect a device', local: 'Sign in with a local account',
    dingtalk: 'Sign in with DingTalk', code: 'One more step', enter: 'Sign in', wrong: /wrong, too old, or was used already/, noAccount: /have no account here/,
    disabled: /account is disabled/, console: 'Sign in to Holdfast', setup: 'Set up an authenticator app', on: 'Switch it on', authenticator: 'Code of the authenticator app', password: 'Your present password',
    isOn: 'The second factor is on', kept: 'I have kept them', goOn: 'Go on', mismatch: /does not match/, badPassword: /password is not right/, must: /asks it of everybody with the role Security administrator/, typed: 'Continue', many: /Too many wrong codes/,
  },
  zh: {
    agree: '同意并登录', deny: '拒绝', question: '您正在使用这台设备吗？', yes: '是，连接此设备', connected: '设备已连接',
    no: '否', notConnected: '设备未连接', out: '退出登录', isOut: '您已退出登录', refused: '未能登录', again: '重试',
    denied: /未在钉钉中同意授权/, state: /不是在此浏览器中发起/, used: /已超时或已被使用/, foreign: /登录的是其他组织/,
    external: /外部联系人/, notHere: /通讯录中没有您的信息/, unknown: /不在该组织的钉钉通讯录中/, departed: /您已不在通讯录中/,
    off: /登录方式已停用/, offHere: /已停用您使用的登录方式/, owned: /属于其他人.*holdfast login --switch/, lost: /已挂失/, takeOver: /此前由他人使用.*在管理员同意之前/, cannot: '无法连接此设备', belongs: /当前使用者\s*李华/, none: /尚未配置登录方式/, connect: '连接设备', local: '使用本地账号登录',
    dingtalk: '使用钉钉登录', code: '还差一步', enter: '登录', wrong: /验证码错误、已过期或已使用/, noAccount: /在此没有账号/,
    disabled: /账号已停用/, console: '登录 Holdfast', setup: '设置验证器应用', on: '启用', authenticator: '验证器应用中的验证码', password: '当前密码',
    isOn: '二次验证已启用', kept: '我已妥善保存', goOn: '继续', mismatch: /验证码不正确/, badPassword: /密码不正确/, must: /要求“安全管理员”角色启用二次验证/, typed: '继续', many: /验证码错误次数过多/,
  },
};

let stage;
let part; // of the organisation, through an app of its own; nearly always switched off
let browser;
let page;
const problems = [];

// A browser of its own: cookies are not shared. What it complains of (the CSP, a missing file) fails the test.
async function open(lang) {
  const context = await browser.newContext({ locale: lang === 'zh' ? 'zh-CN' : 'en-US', viewport: { width: lang === 'zh' ? 390 : 1000, height: 760 }, reducedMotion: 'reduce' });
  const one = await context.newPage();
  one.setDefaultTimeout(15000);
  one.on('pageerror', (error) => problems.push(String(error)));
  one.on('console', (message) => { if (message.type() === 'error' && !/status of 4/.test(message.text())) problems.push(message.text()); });
  return one;
}

const at = (where) => `${stage.server.url}${where}`;
const heading = (of = page) => of.locator('h1').textContent();
const main = (of = page) => of.locator('main').textContent();
async function press(what) {
  const loaded = what.page().waitForEvent('load');
  await what.click();
  await loaded;
}
const click = (name, of = page) => press(of.getByRole('button', { name, exact: true }));
let shots = 0;
let speaks = '';
async function shot(name, of = page) {
  assert.ok(await of.evaluate(() => document.documentElement.scrollWidth <= innerWidth), `too wide: ${of.url()}`);
  assert.equal(await of.locator('html').getAttribute('lang'), speaks === 'zh' ? 'zh-CN' : 'en');
  if (process.env.HOLDFAST_SCREENSHOTS) await of.screenshot({ path: `${process.env.HOLDFAST_SCREENSHOTS}/${speaks}-${String(shots += 1).padStart(2, '0')}-${name}.png` });
}

const device = async (name) => new Device(stage, name).asks();

// On DingTalk's page, as that person.
async function choose(w, userid, of = page) {
  await of.locator(`input[value="${userid}"]`).check();
  await click(w.agree, of);
}

// Keeps the address that DingTalk sends the browser back to, in the place of following it.
async function caught(of, what) {
  let back;
  await of.route('**/oauth2/auth', async (route) => {
    const answer = await route.fetch({ maxRedirects: 0 });
    back = answer.headers().location;
    await route.fulfill({ body: 'caught' });
  });
  await what();
  await of.unroute('**/oauth2/auth');
  assert.ok(back, 'the browser was sent back');
  return back;
}

async function refused(w, why, name) {
  assert.equal(await heading(), w.refused);
  assert.match(await main(), why);
  await shot(name);
}

async function signedInAs(w, userid, uri) {
  await page.goto(uri);
  await choose(w, userid);
}

const events = async (kind) => (await stage.ask('GET', `audit?kind=${kind}&limit=200`)).items;
const failed = async (what) => { assert.ok((await events('signin-failed')).some((e) => what.test(e.text)), `a record of ${what}`); };
const personOf = async (userid, of = stage.source) => (await stage.ask('GET', 'users?limit=200')).items.find((u) => u.external_id === userid && u.source === of.id);
const account = async (userid, role, more = {}) => stage.ask('POST', 'accounts', { name: userid, email: `${userid}.${Math.random()}@example.com`, role, language: speaks || 'en', person: (await personOf(userid)).id, ...more });
const source = ({ enabled }, of = stage.source) => stage.ask('PUT', `identity-sources/${of.id}`, { name: of.name, enabled });

before(async () => {
  // So many that nobody is asked about a single one who leaves.
  const extra = ['chenjie', 'dengli', 'fengyu', 'gaoxin', 'huming', 'jinhua', ...Array.from({ length: 30 }, (_, i) => `many${i}`)].map((id) => ({ ...company.people[0], userid: id, unionid: `u${id}`, name: id, departments: [2] }));
  const second = { ...company.apps[0], clientId: 'dingsecondapp00000', agentId: 100002, name: 'Second' };
  stage = await Stage.open({ subscribed: false, seed: { ...company, apps: [...company.apps, second], people: [...company.people, ...extra,
    { userid: 'partner', unionid: 'upartner', name: '合作方', external: true },
    { userid: 'stranger', unionid: 'ustranger', name: '外人', external: true, corpId: 'dingotherorganisation0000' }] } });
  const app = await stage.ask('POST', 'dingtalk-apps', { corp_id: corp, client_id: second.clientId, client_secret: second.clientSecret, aes_key: keys.aes, token: keys.token, agent_id: 100002 });
  await stage.simulate('PUT', `apps/${second.clientId}`, { redirectUrls: [app.redirect_url] });
  part = await stage.ask('POST', 'identity-sources', { name: '研发', type: 'dingtalk', app: app.id, departments: ['2'] });
  await stage.synced(part.id);
  await source({ enabled: false }, part);
  await account('zhoumin', 'owner'); // a server without any account speaks of its set-up link
  browser = await launch();
});

after(async () => {
  await browser?.close();
  await stage?.close();
});

for (const lang of ['en', 'zh']) describe(`in ${lang}`, () => {
  const w = words[lang];

  before(async () => { page = await open(lang); speaks = lang; shots = 0; problems.length = 0; });
  after(async () => { await page.context().close(); assert.deepEqual(problems, []); });

  describe('an employee', () => {
    test('connects a device: the code in the link does not say yes by itself', async () => {
      const laptop = await device(`laptop-${lang}`);
      await page.goto(laptop.asked.verification_uri_complete);
      assert.ok(page.url().startsWith(stage.proxy.url), 'with one source there is nothing to choose');
      await choose(w, 'lihua');
      assert.equal(await heading(), w.question);
      assert.match(await main(), new RegExp(`laptop-${lang}.*${laptop.asked.user_code}.*李华`, 's'));
      await shot('question');
      assert.equal((await laptop.polls()).json.error, 'authorization_pending');
      await click(w.yes);
      assert.equal(await heading(), w.connected);
      await shot('connected');
      assert.equal((await laptop.polls()).json.owner.name, '李华');
      assert.ok((await events('signed-in')).some((e) => e.object === 'person' && e.actor === '李华' && e.text === 'with DingTalk'));
    });

    test('takes a device over only when that was asked for on it, and is told whose it is', async () => {
      const laptop = await device(`passed-on-${lang}`);
      await page.goto(laptop.asked.verification_uri_complete);
      await click(w.yes);
      await laptop.polls();
      await page.context().clearCookies();
      await laptop.asks();
      await page.goto(laptop.asked.verification_uri_complete);
      await choose(w, 'wangfang');
      assert.equal(await heading(), w.cannot);
      assert.match(await main(), w.owned);
      assert.match(await main(), w.belongs);
      assert.equal(await page.getByRole('button', { name: w.yes }).count(), 0);
      await shot('somebody-elses');
      await laptop.asks({ switch: '1' });
      await page.goto(laptop.asked.verification_uri_complete);
      assert.match(await main(), w.takeOver);
      assert.match(await main(), w.belongs);
      await shot('take-over');
      await click(w.yes);
      assert.equal((await laptop.polls()).json.owner.name, '王芳');
      // Reported lost while the question was on the screen; then before it was.
      await laptop.asks();
      await page.goto(laptop.asked.verification_uri_complete);
      assert.equal(await heading(), w.question);
      await stage.ask('POST', `devices/${laptop.id}/lost`, { reason: '遗失' });
      await click(w.yes);
      assert.equal(await heading(), w.notConnected);
      assert.match(await main(), w.lost);
      await shot('lost');
      await page.goto(laptop.asked.verification_uri_complete);
      assert.match(await main(), w.lost);
      await page.context().clearCookies();
      await page.goto(laptop.asked.verification_uri_complete);
      await choose(w, 'lihua');
    });

    test('who signed in before the source was switched off connects nothing', async () => {
      const laptop = await device(`late-${lang}`);
      await page.goto(laptop.asked.verification_uri_complete);
      assert.equal(await heading(), w.question);
      await source({ enabled: false });
      await click(w.yes);
      assert.equal(await heading(), w.notConnected);
      assert.match(await main(), w.offHere);
      await shot('source-off-answer');
      await page.goto(laptop.asked.verification_uri_complete);
      assert.match(await main(), w.offHere);
      assert.equal(await page.getByRole('button', { name: w.yes }).count(), 0);
      await shot('source-off');
      assert.equal((await laptop.polls()).json.error, 'authorization_pending');
      await source({ enabled: true });
    });

    test('types the code of another device, and says no', async () => {
      const other = await device(`other-${lang}`);
      await page.goto(other.asked.verification_uri);
      assert.equal(await heading(), w.connect);
      await shot('type-the-code');
      await page.locator('#user_code').fill('BBBB-BBBB');
      await click(w.typed);
      await shot('wrong-code');
      await page.locator('#user_code').fill(other.asked.user_code.toLowerCase());
      await click(w.typed);
      assert.equal(await heading(), w.question);
      await click(w.no);
      assert.equal(await heading(), w.notConnected);
      assert.equal((await other.polls()).json.error, 'access_denied');
    });

    test('signs out, and nobody is signed in there any more', async () => {
      await page.goto(at('/enrol'));
      await click(w.out);
      assert.equal(await heading(), w.isOut);
      await shot('signed-out');
      await page.goto(at('/enrol'));
      assert.ok(page.url().startsWith(stage.proxy.url));
      assert.ok((await events('signed-out')).some((e) => e.object === 'person' && e.actor === '李华'));
    });

    test('chooses among several sources, and both tabs of one browser work', async () => {
      const local = await stage.ask('POST', 'identity-sources', { name: '驻场人员', type: 'local' });
      const laptop = await device(`tabs-${lang}`);
      await page.goto(laptop.asked.verification_uri_complete);
      assert.equal(await heading(), w.connect);
      assert.deepEqual(await page.locator('a.button').evaluateAll((all) => all.map((a) => a.innerText.replace(/\n/, ' '))),
        [`${w.dingtalk} 示例科技`, `${w.local} 驻场人员`]);
      await shot('choice');
      const tab = await page.context().newPage();
      await tab.goto(laptop.asked.verification_uri_complete);
      await press(tab.getByRole('link', { name: w.dingtalk }));
      await press(page.getByRole('link', { name: w.dingtalk }));
      await choose(w, 'lihua', tab);
      assert.equal(await heading(tab), w.question);
      await choose(w, 'wangfang');
      assert.match(await main(), /王芳/);
      await tab.close();
      await stage.ask('DELETE', `identity-sources/${local.id}`);
      await page.context().clearCookies();
    });

    test('of a local source chooses it, sets a password with a link, and connects a device', async () => {
      const local = await stage.ask('POST', 'identity-sources', { name: `门店 ${lang}`, type: 'local' });
      const clerk = await stage.ask('POST', 'users', { source: local.id, name: '店员', external_id: `E-${lang}` });
      await page.goto((await stage.ask('POST', `users/${clerk.id}/password-link`, {})).link);
      await shot('local-set-password');
      for (const field of await page.locator('input[type=password]').all()) await field.fill('correct horse battery');
      await press(page.locator('main form button').first());
      await shot('local-password-set');
      const laptop = await device(`local-${lang}`);
      await page.context().clearCookies();
      await page.goto(laptop.asked.verification_uri_complete);
      await press(page.getByRole('link', { name: w.local }));
      await shot('local-sign-in');
      await page.locator('input[type=text]').fill(`E-${lang}`);
      await page.locator('input[type=password]').fill('correct horse battery');
      await press(page.locator('main form button').first());
      assert.equal(await heading(), w.question);
      await click(w.yes);
      assert.equal((await laptop.polls()).json.owner.name, '店员');
      await stage.ask('PUT', `identity-sources/${local.id}`, { name: local.name, enabled: false });
      await page.context().clearCookies();
    });
  });

  describe('who is turned away', () => {
    let laptop;
    before(async () => { laptop = await device(`refused-${lang}`); });
    const begin = () => page.goto(laptop.asked.verification_uri_complete);

    test('somebody who does not agree, and may try again with the same code', async () => {
      await begin();
      await click(w.deny);
      await refused(w, w.denied, 'denied');
      await press(page.getByRole('link', { name: w.again }));
      await choose(w, 'lihua');
      assert.match(await main(), new RegExp(laptop.asked.user_code));
      await page.context().clearCookies();
    });

    test('a state that was used', async () => {
      await begin();
      const back = await caught(page, () => choose(w, 'lihua'));
      await page.goto(back);
      assert.equal(await heading(), w.question);
      await page.goto(back);
      await refused(w, w.state, 'replayed-state');
      await page.context().clearCookies();
    });

    test('a stolen state, in another browser', async () => {
      await begin();
      const back = await caught(page, () => choose(w, 'lihua'));
      const thief = await open(lang);
      await thief.goto(back);
      assert.equal(await heading(thief), w.refused);
      assert.match(await main(thief), w.state);
      await thief.goto(laptop.asked.verification_uri_complete);
      await thief.goto(back);
      assert.match(await main(thief), w.state, 'nor in one that is on its way itself');
      await thief.context().close();
      await page.goto(back);
      assert.equal(await heading(), w.question, 'it is still good where it belongs');
      await page.context().clearCookies();
    });

    test('a code of DingTalk that was used', async () => {
      await begin();
      const first = new URL(await caught(page, () => choose(w, 'lihua')));
      await page.goto(first.href);
      await page.context().clearCookies();
      await begin();
      const second = new URL(await caught(page, () => choose(w, 'lihua')));
      for (const name of ['authCode', 'code']) second.searchParams.set(name, first.searchParams.get(name));
      await page.goto(second.href);
      await refused(w, w.used, 'used-code');
    });

    test("another organisation's person", async () => {
      await begin();
      await choose(w, 'stranger');
      await refused(w, w.foreign, 'another-organisation');
      await failed(/^with DingTalk \(示例科技\): an account of another organisation/);
    });

    test('a contact outside the organisation', async () => {
      await begin();
      await choose(w, 'partner');
      await refused(w, w.external, 'external');
    });

    test('nobody whom the directory does not have, unless DingTalk has him where the source reads', async () => {
      const who = `newcomer-${lang}`;
      const where = at(`/auth/dingtalk/${part.id}?next=${encodeURIComponent('/enrol')}`);
      await source({ enabled: true }, part);
      await stage.simulate('POST', 'people', { userid: who, unionid: `u${who}`, name: who, departments: [4] });
      await page.goto(where);
      await choose(w, who);
      await refused(w, w.notHere, 'out-of-the-chosen-departments');
      await failed(/somebody who is not in the directory/);
      await stage.simulate('PUT', `people/${who}`, { departments: [3] });
      await page.goto(where);
      await choose(w, who);
      assert.equal(await heading(), w.connect);
      assert.match(await main(), new RegExp(who));
      assert.equal((await personOf(who, part)).state, 'active');
      await source({ enabled: false }, part);
      await page.context().clearCookies();
    });

    test('who leaves while the sign-in is under way', async () => {
      const who = lang === 'en' ? 'chenjie' : 'dengli';
      await begin();
      const back = await caught(page, () => choose(w, who));
      await stage.simulate('DELETE', `people/${who}`);
      await page.goto(back);
      await refused(w, w.used, 'left');
    });

    test('a way to sign in that is switched off, before and while somebody is on it', async () => {
      await begin();
      const back = await caught(page, () => choose(w, 'lihua'));
      const link = at(`/auth/dingtalk/${stage.source.id}`);
      await source({ enabled: false });
      await page.goto(back);
      await refused(w, w.off, 'disabled-source');
      await page.goto(link);
      await refused(w, w.off, 'disabled-source-link');
      await page.goto(laptop.asked.verification_uri_complete);
      assert.match(await main(), w.none);
      await shot('no-source');
      await source({ enabled: true });
    });
  });

  describe('an administrator', () => {
    const console_ = async (userid) => {
      await page.goto(at('/'));
      await press(page.getByRole('link', { name: w.dingtalk }));
      await choose(w, userid);
    };
    const inside = () => page.locator('main#main').waitFor();
    // Of the console itself: nothing is loaded anew.
    const tap = (name) => page.getByRole('button', { name, exact: true }).click();
    const out = async () => {
      await page.getByRole('banner').getByRole('button').last().click();
      await page.getByRole('menuitem', { name: w.out }).click();
      await page.getByRole('heading', { name: w.console }).waitFor();
    };
    const who = lang === 'en' ? 'fengyu' : 'gaoxin';
    let made;
    let secret;

    test('has no account: DingTalk alone makes nobody one', async () => {
      await page.goto(at('/console'));
      await page.getByRole('link', { name: w.dingtalk }).waitFor();
      assert.equal(await heading(), w.console);
      await shot('console');
      await console_(who);
      await refused(w, w.noAccount, 'no-account');
      await failed(new RegExp(`^with DingTalk \\(示例科技\\): ${who} has no account here`));
    });

    test('signs in with DingTalk alone, as what the account is, and out', async () => {
      made = await account(who, 'security-admin');
      await console_(who);
      await inside();
      assert.equal(page.url(), at('/console'));
      await shot('console-signed-in');
      const me = await (await page.request.get(at('/api/v1/me'))).json();
      assert.deepEqual([me.account.id, me.role, me.account.sign_in.password], [made.id, 'security-admin', false]);
      assert.ok((await events('signed-in')).some((e) => e.object_id === made.id && e.text === 'with DingTalk'));
      await out();
      await page.getByRole('link', { name: w.dingtalk }).waitFor();
      assert.equal((await page.request.get(at('/api/v1/me'))).status(), 401);
    });

    test('comes back to the address that was asked for', async () => {
      await page.goto(at('/console/approval/instances?status=pending'));
      await press(page.getByRole('link', { name: w.dingtalk }));
      await choose(w, who);
      await inside();
      assert.equal(page.url(), at('/console/approval/instances?status=pending'));
      await out();
    });

    test('must set up a second factor where the role needs one, on the spot', async () => {
      const settings = await stage.ask('GET', 'settings');
      await stage.ask('PUT', 'settings', { ...settings, totp_roles: ['security-admin'] });
      await console_(who);
      await page.getByText(w.must).waitFor();
      await shot('must-set-up');
      assert.equal((await page.request.get(at('/api/v1/devices'))).status(), 403);
      await tap(w.setup);
      secret = new URL(await page.locator('a[href^="otpauth:"]').getAttribute('href')).searchParams.get('secret');
      assert.match(secret, /^[A-Z2-7]{32}$/);
      assert.equal((await page.locator('.copy code').textContent()).replaceAll(' ', ''), secret);
      await shot('secret');
      await page.getByLabel(w.authenticator).fill('000000');
      await tap(w.on);
      await page.getByRole('alert').getByText(w.mismatch).waitFor();
      await page.getByLabel(w.authenticator).fill(code(secret, Date.now()));
      await tap(w.on);
      await page.getByText(w.isOn).waitFor();
      assert.equal(await page.locator('.codes li').count(), 10);
      await shot('recovery-codes');
      await page.getByLabel(w.kept).check();
      await tap(w.goOn);
      await inside();
      assert.equal((await page.request.get(at('/api/v1/devices'))).status(), 200);
      await out();
    });

    test('proves with the password, where the account has one, that it is not a screen that was left behind', async () => {
      const userid = lang === 'en' ? 'many1' : 'many2';
      const password = 'correct horse battery';
      const { id, invitation } = await account(userid, 'security-admin');
      await until('a place for hashing', async () => (await call('POST', at('/api/v1/setup'), { body: { secret: new URL(invitation.link).hash.slice(1), password } })).status === 200);
      await console_(userid);
      await page.getByLabel(w.password).fill('not this one');
      await tap(w.setup);
      await page.getByText(w.badPassword).first().waitFor();
      await shot('password-wrong');
      await page.getByLabel(w.password).fill(password);
      await tap(w.setup);
      await page.locator('a[href^="otpauth:"]').waitFor({ state: 'attached' });
      assert.equal((await (await page.request.get(at('/api/v1/me'))).json()).account.id, id);
      await page.context().clearCookies();
    });

    test('is asked for the code after DingTalk, in the browser that began', async () => {
      await console_(who);
      assert.equal(await heading(), w.code);
      await shot('code');
      assert.equal((await page.request.get(at('/api/v1/me'))).status(), 401);
      const state = await page.locator('input[name=state]').inputValue();
      const stolen = await call('POST', at('/auth/code'), { form: { state, code: code(secret, Date.now() + 30000) } });
      assert.equal(stolen.status, 400);
      await page.locator('#code').fill('000000');
      await click(w.enter);
      assert.match(await main(), w.wrong);
      await shot('code-wrong');
      await failed(/wrong code/);
      await page.locator('#code').fill(code(secret, Date.now() + 30000));
      await click(w.enter);
      await inside();
      assert.equal(page.url(), at('/console'));
      assert.ok((await events('signed-in')).some((e) => e.object_id === made.id && e.text === 'with DingTalk and code'));
      await out();
    });

    test('cannot guess codes', async () => {
      await console_(who);
      for (let i = 0; i < 4; i += 1) {
        await page.locator('#code').fill('000000');
        await click(w.enter);
      }
      for (let i = 0; i < 3 && await heading() === w.code; i += 1) {
        await page.locator('#code').fill('000000');
        await click(w.enter);
      }
      await refused(w, w.many, 'too-many');
    });

    test('is not let in while the account is disabled', async () => {
      const settings = await stage.ask('GET', 'settings');
      await stage.ask('PUT', 'settings', { ...settings, totp_roles: [] });
      const { name, role, language, departments, person } = await stage.ask('GET', `accounts/${made.id}`);
      await stage.ask('PUT', `accounts/${made.id}`, { name, role, language, departments, person, state: 'disabled' });
      await console_(who);
      await refused(w, w.disabled, 'account-disabled');
    });
  });

  test('who leaves is signed out everywhere, devices and account are flagged, and nothing lets them in', async () => {
    const who = lang === 'en' ? 'huming' : 'jinhua';
    const laptop = await new Device(stage, `leaver-${lang}`).enrol(who);
    const made = await account(who, 'auditor');
    await signedInAs(w, who, at('/enrol'));
    await page.goto(at('/console'));
    await press(page.getByRole('link', { name: w.dingtalk }));
    await choose(w, who);
    await page.locator('main#main').waitFor();
    assert.equal((await (await page.request.get(at('/api/v1/me'))).json()).account.id, made.id);
    await stage.simulate('PUT', `people/${who}`, { external: true, departments: [], corpId: 'dingotherorganisation0000' });
    await stage.synced();
    await page.goto(at('/console'));
    await page.getByRole('link', { name: w.dingtalk }).waitFor();
    await page.goto(at('/enrol'));
    assert.ok(page.url().startsWith(stage.proxy.url), 'the page of devices');
    await choose(w, who);
    await refused(w, w.foreign, 'departed');
    const seen = await stage.ask('GET', `accounts/${made.id}`);
    assert.equal(seen.person_departed, true);
    assert.ok((await events('account-person-departed')).some((e) => e.object_id === made.id));
    assert.ok((await events('device-session-ended')).some((e) => e.device === laptop.id));
    const flagged = await stage.ask('GET', `devices/${laptop.id}`);
    assert.deepEqual([flagged.owner.departed, flagged.session.signed_in, flagged.session.end], [true, false, 'departed']);
    const filed = await laptop.agent('POST', 'requests', { reason: '离职', package: 'holdfast-client' });
    assert.equal(filed.status, 403, filed.text);
  });
});
