// The organisation's settings, accounts, API tokens and keys by clicking: what each does, each refusal, what two people do,
// what is shown once, and what other roles may see.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { code } from '../accounts.mjs';
import { call, until } from '../stage.mjs';
import { Console, accessible, shot } from './console.mjs';

const bad = '<img src=x onerror=window.hit=1>"\'&lt;';
let console_;
let stage;
before(async () => {
  console_ = await Console.open();
  stage = console_.stage;
});
after(async () => { await console_?.close(); });

const button = (page, name) => page.getByRole('button', { name, exact: true });
const settings = () => stage.ask('GET', 'settings');
const accountOf = async (email) => (await stage.ask('GET', 'accounts?limit=200')).items.find((one) => one.email === email);
const here = (page, where) => console_.go(page, `/console/${where}`);

test('settings are saved, and what was typed stays when somebody was faster or when one leaves by mistake', async () => {
  const page = await console_.as('owner', '/console/settings');
  await page.getByLabel('Name', { exact: true }).fill(bad);
  await page.getByLabel('Alarm after').fill('48');
  await page.getByText('English', { exact: true }).click();
  await page.getByRole('link', { name: 'API Tokens' }).click();
  await button(page, 'Stay').click();
  assert.equal(await page.getByLabel('Name', { exact: true }).inputValue(), bad);
  await stage.ask('PUT', 'settings', { webhook_networks: ['10.9.0.0/16'] });
  await button(page, 'Save').click();
  await page.getByText('Somebody else changed this meanwhile').waitFor();
  await shot(page, 'settings-stale-en');
  await accessible(page);
  await button(page, 'Load what is stored, keep what I typed').click();
  await page.getByText('10.9.0.0/16').first().waitFor();
  await button(page, 'Save').click();
  await until('they are saved', async () => (await settings()).silent_hours === 48);
  const now = await settings();
  assert.deepEqual([now.organisation_name, now.language, now.webhook_networks], [bad, 'en', ['10.9.0.0/16']]);
  await page.reload();
  await page.getByLabel('Name', { exact: true }).waitFor();
  assert.equal(await page.evaluate(() => window.hit), undefined, 'a name is text');
  await page.getByLabel('Networks inside that they may reach').fill('nowhere/99');
  await page.keyboard.press('Enter');
  await button(page, 'Save').click();
  await page.getByText(/nowhere\/99 is not a network/).waitFor();
  await button(page, 'Discard').click();
  await page.getByText('nowhere/99').waitFor({ state: 'detached' });
  await stage.ask('PUT', 'settings', { organisation_name: '示例科技', language: 'zh', webhook_networks: [] });
  await page.close();
});

test('easing the rule of two people waits for a second one, and the page says so and leads there', async () => {
  const page = await console_.as('owner', '/console/settings', { lang: 'zh', dark: true });
  await page.getByRole('switch', { name: '削弱防护的变更须另一位管理员确认' }).click();
  await button(page, '保存').click();
  await until('it is on', async () => (await settings()).policy_second_person === 'weakening');
  await page.getByText('已保存').waitFor();
  // The name goes through at once, the weaker rule does not.
  await page.getByLabel('名称', { exact: true }).fill('示例科技有限公司');
  await page.getByLabel('放行无需确认的数量').fill('500');
  await button(page, '保存').click();
  await page.getByText('已提交，另一位管理员确认后生效。').waitFor();
  await page.getByText('双人规则的变更等待另一位管理员确认').waitFor();
  const now = await settings();
  assert.deepEqual([now.organisation_name, now.release_threshold], ['示例科技有限公司', 20]);
  await shot(page, 'settings-proposal-zh-dark');
  await accessible(page);
  await page.getByRole('link', { name: '查看' }).click();
  await page.waitForURL(/registration\?proposal=/);
  await page.close();
  const other = await console_.as('security-admin', '/console/settings');
  assert.ok(await other.getByRole('switch').isDisabled(), 'only an owner eases it');
  assert.equal(await other.getByText('Only an owner may change this.').count(), 2);
  assert.ok(await other.getByLabel('Alarm after').isEnabled());
  await other.close();
});

test('somebody is invited: what is missing is said, the link is shown once, and changes, sessions and refusals follow', async () => {
  const page = await console_.as('owner', '/console/settings/accounts');
  await button(page, 'Invite').click();
  await button(page, 'Create the account').click();
  await page.getByText('Please enter a name.').waitFor();
  await page.getByText('Please enter an email address.').waitFor();
  await page.getByLabel('Who this is in the directory').fill('王芳');
  await page.locator('.ant-select-item-option', { hasText: '王芳' }).click();
  await until('the name is taken over', async () => (await page.getByLabel('Name', { exact: true }).inputValue()) === '王芳');
  await page.getByLabel('Name', { exact: true }).fill(bad);
  await page.getByLabel('Email address').fill('owner@example.com');
  await page.getByRole('radio', { name: 'Auditor' }).check();
  await button(page, 'Create the account').click();
  await page.getByRole('dialog').getByText('This cannot be done now').waitFor();
  assert.equal(await page.getByLabel('Name', { exact: true }).inputValue(), bad, 'nothing is typed twice');
  await page.getByLabel('Email address').fill('new@example.com');
  await shot(page, 'accounts-invite-en');
  await accessible(page);
  await button(page, 'Create the account').click();
  const link = await page.locator('.copy code').textContent();
  assert.match(link, /\/password#/);
  await shot(page, 'accounts-invited-en');
  await button(page, 'Done').click();
  await page.getByText('new@example.com').waitFor();
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  assert.ok(!(await page.content()).includes(link.split('#')[1]), 'it is nowhere any more');
  await button(page, 'Invite').click();
  assert.equal(await page.getByLabel('Email address').inputValue(), '', 'the next one begins anew');
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await console_.join(link);
  const { id } = await accountOf('new@example.com');
  assert.equal((await accountOf('new@example.com')).role, 'auditor');

  // Signed in elsewhere, ended here.
  const jar = await call('POST', `${console_.url}/auth/login`, { body: { email: 'new@example.com', password: 'correct horse battery' } });
  assert.equal(jar.status, 200, jar.text);
  await here(page, `settings/accounts?edit=${id}`);
  await button(page, 'End all').click();
  await page.getByRole('dialog', { name: /End all sessions/ }).getByRole('button', { name: 'End all' }).click();
  await page.getByText('Nowhere at the moment.').waitFor();
  await page.getByRole('radio', { name: 'Approver' }).check();
  await page.getByLabel('Only these departments').fill('研发');
  await page.locator('.ant-select-item-option', { hasText: '研发' }).first().click();
  await page.keyboard.press('Escape');
  await button(page, 'Save').click();
  await until('it is an approver of a department', async () => {
    const now = await stage.ask('GET', `accounts/${id}`);
    return now.role === 'approver' && now.departments.length === 1;
  });
  await page.getByText(/^only .*研发/).waitFor();
  assert.equal(await page.evaluate(() => window.hit), undefined);
  await button(page, `More: ${bad}`).click();
  await page.getByRole('menuitem', { name: 'New password link' }).click();
  await button(page, 'Make the link').click();
  const second = await page.locator('.copy code').textContent();
  assert.notEqual(second, link);
  await button(page, 'Done').click();
  await shot(page, 'accounts-en');

  // Whoever was faster, and the last owner.
  await here(page, `settings/accounts?edit=${id}`);
  await page.getByLabel('Name', { exact: true }).fill('王芳');
  await stage.ask('PUT', `accounts/${id}`, { name: 'other', role: 'approver', state: 'active' });
  await button(page, 'Save').click();
  await button(page, 'Load what is stored, keep what I typed').click();
  await button(page, 'Save').click();
  await until('it has the name that was typed', async () => (await stage.ask('GET', `accounts/${id}`)).name === '王芳');
  await button(page, 'More: Chen An').click();
  await page.getByRole('menuitem', { name: 'Delete', exact: true }).click();
  await button(page, 'Delete').click();
  await page.getByText(/last active owner/).waitFor();
  await page.keyboard.press('Escape');
  await button(page, 'More: 王芳').click();
  await page.getByRole('menuitem', { name: 'Delete', exact: true }).click();
  await button(page, 'Delete').click();
  await until('it is gone', async () => !(await accountOf('new@example.com')));
  await page.close();
});

test('other roles see who has an account, and nothing to change; a phone and the dark have room for it', async () => {
  const page = await console_.as('auditor', '/console/settings/accounts', { lang: 'zh', dark: true, width: 390 });
  await page.getByText('owner@example.com').waitFor();
  await page.getByText('各角色权限').first().waitFor();
  assert.equal(await page.getByRole('button', { name: '邀请成员' }).count(), 0);
  assert.equal(await page.getByText('二次验证', { exact: true }).count(), 0);
  await shot(page, 'accounts-zh-dark-phone');
  await accessible(page);
  await here(page, 'settings');
  assert.ok(await page.getByLabel('名称', { exact: true }).isDisabled());
  await shot(page, 'settings-zh-dark-phone');
  await accessible(page);
  await here(page, 'settings/keys');
  await page.getByText('使用中').waitFor();
  assert.equal(await page.getByRole('button', { name: '立即更换' }).count(), 0, 'an owner’s');
  await shot(page, 'keys-zh-dark-phone');
  await accessible(page);
  await page.close();
  const approver = await console_.as('approver', '/console/settings/keys');
  await approver.getByText(/may not|Owner/).first().waitFor();
  await approver.close();
});

test('an API token is made with the keyboard alone, shown once, works, and is revoked', async () => {
  const page = await console_.as('owner', '/console/settings/tokens');
  // As over plain http, where pages have less of crypto.
  await page.addInitScript(() => { delete Crypto.prototype.randomUUID; });
  await page.reload();
  await button(page, 'Create a token').focus();
  await page.keyboard.press('Enter');
  await page.getByLabel('Name', { exact: true }).waitFor();
  await page.getByLabel('Name', { exact: true }).focus();
  await page.keyboard.press('Enter');
  await page.getByText('Please give it a name.').waitFor();
  await page.keyboard.type(bad);
  await page.keyboard.press('Enter');
  const token = await page.locator('.copy code').textContent();
  assert.equal((await call('GET', `${console_.url}/api/v1/me`, { headers: { authorization: `Bearer ${token}` } })).status, 200);
  await shot(page, 'tokens-made-en');
  await accessible(page);
  await button(page, 'I have kept it').click();
  await page.getByText(bad).waitFor();
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  assert.ok(!(await page.content()).includes(token));
  await page.locator('tr', { hasText: bad }).getByRole('button', { name: 'Revoke' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click();
  await page.getByText('Revoked', { exact: true }).first().waitFor();
  assert.equal((await call('GET', `${console_.url}/api/v1/me`, { headers: { authorization: `Bearer ${token}` } })).status, 401);
  await page.locator('tr', { hasText: bad }).getByText('Revoked', { exact: true }).waitFor();
  await accessible(page);
  await shot(page, 'tokens-en');
  assert.equal(await page.evaluate(() => window.hit), undefined);
  await page.close();
});

test('who lost the telephone: an owner takes the second factor away', async () => {
  const theirs = await console_.as('approver', '/console/me');
  const post = (where, body) => until('a place for hashing', async () => {
    const answer = await theirs.evaluate(async ([to, what]) => {
      const { session: { csrf_token } } = await (await fetch('/api/v1/me')).json();
      const got = await fetch(`/api/v1/${to}`, { method: 'POST', headers: { 'content-type': 'application/json', 'x-csrf-token': csrf_token }, body: JSON.stringify(what) });
      return { status: got.status, body: await got.json() };
    }, [where, body]);
    if (answer.status === 503) return false;
    assert.equal(answer.status, 200, JSON.stringify(answer.body));
    return answer.body;
  });
  const { secret } = await post('me/totp', { password: 'correct horse battery' });
  await post('me/totp/confirm', { code: code(secret, Date.now()) });
  const who = await accountOf('approver@example.com');
  assert.equal(who.sign_in.totp, true);
  const page = await console_.as('owner', '/console/settings/accounts');
  await button(page, `More: ${who.name}`).click();
  await page.getByRole('menuitem', { name: 'Reset the second factor' }).click();
  await button(page, 'Take it away').click();
  await page.getByText('The second factor is taken away').waitFor();
  assert.equal((await accountOf('approver@example.com')).sign_in.totp, false);
  assert.ok((await stage.ask('GET', 'audit?kind=totp-disabled')).items.length > 0, 'it is on record');
  await page.close();
  await theirs.close();
});

test('a new signing key so soon after the last one is refused, with the reason; after a day it is made', async () => {
  const page = await console_.as('owner', '/console/settings/keys');
  await button(page, 'New key now').click();
  await button(page, 'Make a new key').click();
  await page.getByText('This cannot be done now').waitFor();
  assert.equal((await stage.ask('GET', 'keys')).epochs.length, 1);
  await shot(page, 'keys-en');
  await accessible(page);
  stage.sql('UPDATE signing_keys SET nbf_ms = nbf_ms - 100000000 WHERE epoch = 1');
  await button(page, 'New key now').click();
  await button(page, 'Make a new key').click();
  await page.getByText('A new key is made').waitFor();
  await page.getByRole('table', { name: 'Signing keys' }).getByRole('row').nth(2).waitFor();
  assert.equal((await stage.ask('GET', 'keys')).epochs.length, 2);
  await page.close();
});
