// Accounts: the first owner, signing in, sessions, codes, tokens, and what somebody else's wrong passwords cannot do.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import crypto from 'node:crypto';
import http from 'node:http';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';

import { code } from './accounts.mjs';
import { unclocked } from './clock.mjs';
import { Stage, build, call, until } from './stage.mjs';

const minute = 60000;
const hour = 60 * minute;
const day = 24 * hour;
let stage;

const at = (where) => `${stage.server.url}${where}`;
const bearer = (token) => ({ authorization: `Bearer ${token}` });
const command = (...options) => spawnSync(path.join(build, 'holdfast-server'), [...options, ...stage.options],
  { encoding: 'utf8', timeout: 30000, env: { ...process.env, ...stage.clock.environment } });
const secretOf = (text) => /#([A-Za-z0-9_-]{43})/.exec(text)[1];

function refused(answer, status, word) {
  assert.equal(answer.status, status, answer.text);
  assert.equal(answer.json.type, `urn:holdfast:problem:${word}`, answer.text);
  return answer.json.detail;
}

function good(answer, status = 200) {
  assert.equal(answer.status, status, answer.text);
  return answer.json;
}

// Somebody's browser at some address, behind a proxy that the server trusts.
class Person {
  constructor(address) { Object.assign(this, { address, cookies: new Map(), csrf: undefined }); }

  async call(method, where, body, headers = {}) {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const answer = await call(method, at(where), { body, headers: { 'x-forwarded-for': this.address, 'accept-language': 'en', ...(cookie ? { cookie } : {}), ...headers } });
    for (const line of answer.headers.getSetCookie()) {
      const [, name, value, rest] = /^([^=]+)=([^;]*)(.*)/.exec(line);
      assert.match(rest, /; Path=\/; .*HttpOnly; SameSite=Lax$/);
      if (value === '') this.cookies.delete(name); else this.cookies.set(name, value);
    }
    return answer;
  }

  api(method, where, body, headers = {}) { return this.call(method, `/api/v1/${where}`, body, { 'x-csrf-token': this.csrf, ...headers }); }

  async enters(what) {
    const answer = await what;
    if (answer.json?.csrf_token) this.csrf = answer.json.csrf_token;
    return answer;
  }

  // A place for hashing may be taken at the moment: the server says when to come again.
  async login(email, password, more = {}) {
    let answer;
    await until('a place', async () => {
      answer = await this.enters(this.call('POST', '/auth/login', { email, password, ...more }));
      return answer.status !== 503;
    });
    return answer;
  }

  setup(secret, password, more = {}) { return this.enters(this.call('POST', '/api/v1/setup', { secret, password, ...more })); }
}

const li = { email: 'li@example.com', password: 'correct horse battery' };
let owner;

// Makes an account and lets its person set a password.
async function invite(name, role, more = {}, address = '198.51.100.20') {
  const email = `${name}@example.com`;
  const made = good(await owner.api('POST', 'accounts', { name, email, role, ...more }), 201);
  const person = new Person(address);
  good(await person.setup(secretOf(made.invitation.link), `${name} has a password`));
  return Object.assign(person, { id: made.id, email, password: `${name} has a password` });
}

const put = ({ name, role, state, language, person, departments }, change) =>
  ({ name, role, state, language, departments, ...(person ? { person } : {}), ...change });
async function change(id, what) {
  const now = good(await owner.api('GET', `accounts/${id}`));
  return owner.api('PUT', `accounts/${id}`, put(now, what));
}
async function events(kind) {
  return (await stage.ask('GET', `audit?kind=${kind}&limit=200`)).items;
}
// The owner's session has ended with the time that passed.
const ownerAgain = async () => { good(await owner.login(li.email, li.password)); };

const databases = [['SQLite', undefined]];
if (process.env.HOLDFAST_TEST_POSTGRESQL) databases.push(['PostgreSQL', process.env.HOLDFAST_TEST_POSTGRESQL]);
for (const [database, postgresql] of databases) describe(`on ${database}`, { skip: unclocked(path.join(build, 'holdfast-server')) }, () => {
  before(async () => {
    stage = await Stage.open({ subscribed: false, postgresql, virtual: true, more: ['--trusted-proxies', '127.0.0.1'] });
    owner = new Person('198.51.100.1');
  });
  after(async () => { await stage?.close(); });

  describe('the first owner', () => {
    test('is made with the link that the first start prints, and with its newest only', async () => {
      const first = secretOf(stage.server.out());
      const printed = command('setup-link', '--listen', new URL(stage.server.url).host);
      assert.equal(printed.status, 0, printed.stderr);
      assert.ok(printed.stdout.startsWith(`${stage.server.url}/setup#`));
      const me = { name: '李华', email: 'Li@Example.com', language: 'zh' };
      const newest = secretOf(printed.stdout);
      assert.deepEqual(good(await owner.call('POST', '/api/v1/setup/link', { secret: newest })), { first_owner: true, name: null, email: null, language: null });
      refused(await owner.setup(first, li.password, me), 410, 'gone');
      refused(await owner.setup(newest, 'too short', me), 422, 'unprocessable');
      refused(await owner.setup(newest, li.email, { ...me, email: li.email }), 422, 'unprocessable');
      refused(await owner.setup(newest, li.password), 400, 'invalid');
      const answer = good(await owner.setup(newest, li.password, me));
      assert.equal(answer.state, 'signed-in');
      assert.equal(answer.account.email, li.email);
      assert.equal(answer.account.role, 'owner');
      assert.equal(answer.account.sign_in.password, true);
      refused(await owner.setup(newest, li.password, me), 410, 'gone');
      const who = good(await owner.api('GET', 'me'));
      assert.deepEqual([who.name, who.role, who.account.id, who.token], ['李华', 'owner', answer.account.id, null]);
      owner.id = answer.account.id;
    });

    test('finds the console at the address of a link, and whom a link is for before it is used', async () => {
      assert.match(stage.server.out(), new RegExp(`open it in a browser, or run "holdfastctl setup --server ${stage.server.url}" and paste it`));
      for (const name of ['setup', 'password']) assert.match((await owner.call('GET', `/${name}`)).headers.get('content-type'), /^text\/html/);
      const look = (secret) => owner.call('POST', '/api/v1/setup/link', { secret });
      const { invitation } = await stage.ask('POST', 'accounts', { name: '孙七', email: 'sun@example.com', role: 'approver', language: 'en' });
      const link = secretOf(invitation.link);
      const found = { first_owner: false, name: '孙七', email: 'sun@example.com', language: 'en' };
      assert.deepEqual([good(await look(link)), good(await look(link))], [found, found]);
      refused(await look('nonsense'), 410, 'gone');
      good(await new Person('198.51.100.22').setup(link, li.password));
      refused(await look(link), 410, 'gone');
    });

    test('is not offered again', () => {
      const printed = command('setup-link');
      assert.equal(printed.status, 1);
      assert.match(printed.stderr, /There is an owner already/);
    });

    test('who lost everything gets a link from the command line', async () => {
      const lost = await invite('forgetful', 'auditor');
      const printed = command('setup-link', '--for', 'Forgetful@example.com', '--listen', new URL(stage.server.url).host);
      assert.match(printed.stdout, /\/password#/);
      const found = new Person('198.51.100.21');
      good(await found.setup(secretOf(printed.stdout), 'a brand new password'));
      refused(await lost.api('GET', 'me'), 401, 'unauthenticated');
      refused(await lost.login(lost.email, lost.password), 401, 'unauthenticated');
      good(await lost.login(lost.email, 'a brand new password'));
      assert.equal(command('setup-link', '--for', 'nobody@example.com').status, 1);
    });
  });

  describe('signing in', () => {
    test('a wrong password and an unknown address are told the same', async () => {
      const stranger = new Person('192.0.2.10');
      const wrong = refused(await stranger.login(li.email, 'not the password'), 401, 'unauthenticated');
      const unknown = refused(await stranger.login('nobody@example.com', 'not the password'), 401, 'unauthenticated');
      assert.equal(wrong, unknown);
      assert.equal(stranger.cookies.size, 0);
      const failed = await events('signin-failed');
      assert.match(failed[1].text, /^li@example.com: wrong password/);
      assert.equal(failed[0].text, 'unknown address');
    });

    test('a cookie alone changes nothing', async () => {
      const body = { name: 'x', role: 'auditor' };
      refused(await owner.call('POST', '/api/v1/tokens', body), 403, 'forbidden');
      refused(await owner.api('POST', 'tokens', body, { 'x-csrf-token': 'x' }), 403, 'forbidden');
      refused(await owner.api('POST', 'tokens', body, { origin: 'https://evil.example' }), 403, 'forbidden');
      refused(await owner.api('POST', 'tokens', body, { 'sec-fetch-site': 'cross-site' }), 403, 'forbidden');
      refused(await owner.call('POST', '/auth/login', { email: li.email, password: li.password }, { origin: 'https://evil.example' }), 403, 'forbidden');
      good(await owner.api('POST', 'tokens', body, { origin: stage.server.url, 'sec-fetch-site': 'same-origin' }), 201);
      refused(await owner.call('DELETE', '/api/v1/sessions'), 403, 'forbidden');
      good(await owner.call('GET', '/api/v1/me'));
    });

    test('signing out ends the session, and only that one', async () => {
      const other = new Person('198.51.100.1');
      good(await other.login(li.email, li.password));
      const cookies = new Map(other.cookies);
      good(await other.call('POST', '/auth/logout', undefined, { 'x-csrf-token': other.csrf }), 204);
      assert.ok(!other.cookies.has('holdfast'));
      other.cookies = cookies;
      refused(await other.api('GET', 'me'), 401, 'unauthenticated');
      good(await owner.api('GET', 'me'));
    });

    test('a session ends when it is left alone, and after half a day in any case', async () => {
      const busy = new Person('198.51.100.1');
      await ownerAgain();
      good(await busy.login(li.email, li.password));
      for (let i = 0; i < 24; i += 1) {
        stage.clock.forward(29 * minute);
        const answer = await busy.api('GET', 'me');
        if (i === 0) good(await owner.api('GET', 'me'));
        assert.equal(answer.status, 200, `after ${i + 1} times 29 minutes`);
        await until('its use is noted', async () => {
          const own = good(await busy.api('GET', 'sessions')).items.find((s) => s.present);
          return stage.clock.now() - own.seen_ms < minute;
        });
      }
      refused(await owner.api('GET', 'me'), 401, 'unauthenticated');
      stage.clock.forward(25 * minute);
      refused(await busy.api('GET', 'me'), 401, 'unauthenticated');
      await ownerAgain();
    });

    test('one can be ended from another, and by an owner', async () => {
      const wang = await invite('wang', 'approver');
      const phone = new Person('198.51.100.30');
      good(await phone.login(wang.email, wang.password));
      const { items } = good(await wang.api('GET', 'sessions'));
      assert.equal(items.length, 2);
      const other = items.find((s) => !s.present);
      assert.equal(other.address, '198.51.100.30');
      good(await wang.api('DELETE', `sessions/${other.id}`), 204);
      refused(await phone.api('GET', 'me'), 401, 'unauthenticated');
      refused(await wang.api('GET', `sessions?account=${owner.id}`), 403, 'forbidden');
      const { items: [mine] } = good(await owner.api('GET', 'sessions'));
      refused(await wang.api('DELETE', `sessions/${mine.id}`), 404, 'not-found');
      good(await owner.api('DELETE', `sessions?account=${wang.id}`), 204);
      refused(await wang.api('GET', 'me'), 401, 'unauthenticated');
    });

    test('a changed password ends the other sessions', async () => {
      const zhou = await invite('zhou', 'auditor');
      const other = new Person('198.51.100.20');
      good(await other.login(zhou.email, zhou.password));
      refused(await zhou.api('POST', 'me/password', { password: 'not the password', new_password: 'quite another one' }), 403, 'forbidden');
      refused(await zhou.api('POST', 'me/password', { password: zhou.password, new_password: 'short' }), 422, 'unprocessable');
      good(await zhou.api('POST', 'me/password', { password: zhou.password, new_password: 'quite another one' }), 204);
      good(await zhou.api('GET', 'me'));
      refused(await other.api('GET', 'me'), 401, 'unauthenticated');
      refused(await other.login(zhou.email, zhou.password), 401, 'unauthenticated');
      good(await other.login(zhou.email, 'quite another one'));
    });
  });

  describe('who tries passwords', () => {
    test('is stopped after some, and the owner is not, at home or elsewhere', async () => {
      const home = new Person('198.51.100.40');
      const gu = Object.assign(home, await (async () => {
        const { id, email, password, cookies, csrf } = await invite('gu', 'approver', {}, '198.51.100.40');
        return { id, email, password, cookies, csrf };
      })());
      const attacker = new Person('203.0.113.66');
      let stopped;
      for (let i = 0; i < 12 && !stopped; i += 1) {
        const answer = await attacker.login(gu.email, `guess number ${i} of many`);
        if (answer.status === 429) stopped = answer;
        else refused(answer, 401, 'unauthenticated');
      }
      refused(stopped, 429, 'too-many');
      const wait = Number(stopped.headers.get('retry-after'));
      assert.ok(wait > 0 && wait <= 90, `${wait} s`);
      // Even the right password does not help the attacker, but it does the owner: in the known browser, and in a new one.
      refused(await attacker.login(gu.email, gu.password), 429, 'too-many');
      good(await home.login(gu.email, gu.password));
      const elsewhere = new Person('198.51.100.41');
      good(await elsewhere.login(gu.email, gu.password));
      stage.clock.forward(wait * 1000 + 1000);
      refused(await attacker.login(gu.email, 'another guess at it'), 401, 'unauthenticated');
    });

    test('does not choose the address by a header of their own', async () => {
      const liar = new Person('203.0.113.68');
      let answer;
      for (let i = 0; i < 12; i += 1) {
        answer = await liar.call('POST', '/auth/login', { email: 'wang@example.com', password: 'Spring2026!!' },
          { 'x-forwarded-for': `10.9.8.${i}, 203.0.113.68` });
        if (answer.status === 429) break;
      }
      refused(answer, 429, 'too-many');
    });
  });

  test('a proxy may add a field of its own to what the client wrote', async () => {
    const body = JSON.stringify({ email: li.email, password: li.password });
    const headers = { 'content-type': 'application/json', 'x-forwarded-for': ['10.9.8.7', '198.51.100.99'] };
    const answer = await new Promise((done, fail) => {
      http.request(at('/auth/login'), { method: 'POST', headers }, (got) => { got.resume(); done(got); }).on('error', fail).end(body);
    });
    assert.equal(answer.statusCode, 200);
    await ownerAgain();
    const { items } = good(await owner.api('GET', 'sessions'));
    assert.ok(items.some((s) => s.address === '198.51.100.99') && items.every((s) => s.address !== '10.9.8.7'));
  });

  describe('codes', () => {
    let he;
    let secret;
    let recovery;

    test('are asked for once one was confirmed', async () => {
      he = await invite('he', 'security-admin', {}, '198.51.100.60');
      refused(await he.api('POST', 'me/totp', { password: 'not the password' }), 403, 'forbidden');
      const enrolled = good(await he.api('POST', 'me/totp', { password: he.password }));
      secret = enrolled.secret;
      assert.equal(enrolled.uri, `otpauth://totp/Holdfast:he%40example.com?secret=${secret}&issuer=Holdfast`);
      const late = new Person('198.51.100.60');
      assert.equal(good(await late.login(he.email, he.password)).state, 'signed-in');
      const wrong = String((Number(code(secret, stage.clock.now())) + 1) % 1000000).padStart(6, '0');
      refused(await he.api('POST', 'me/totp/confirm', { code: wrong }), 422, 'unprocessable');
      recovery = good(await he.api('POST', 'me/totp/confirm', { code: code(secret, stage.clock.now()) })).recovery_codes;
      assert.equal(new Set(recovery).size, 10);
      stage.clock.forward(30000);
    });

    test('with the password first, once each, and one step around the clock', async () => {
      const now = () => stage.clock.now();
      assert.deepEqual(good(await he.login(he.email, he.password)), { state: 'code-needed', csrf_token: null, account: null });
      assert.equal(refused(await he.login(he.email, 'not the password', { code: code(secret, now()) }), 401, 'unauthenticated'),
        'The email address or the password is wrong.');
      const used = code(secret, now());
      assert.equal(good(await he.login(he.email, he.password, { code: used })).state, 'signed-in');
      refused(await he.login(he.email, he.password, { code: used }), 401, 'unauthenticated');
      refused(await he.login(he.email, he.password, { code: code(secret, now() - 30000) }), 401, 'unauthenticated');
      good(await he.login(he.email, he.password, { code: code(secret, now() + 30000) }));
      stage.clock.forward(2 * minute);
      refused(await he.login(he.email, he.password, { code: code(secret, now() - minute) }), 401, 'unauthenticated');
      good(await he.login(he.email, he.password, { code: code(secret, now() - 30000) }));
    });

    test('a recovery code stands in once', async () => {
      const typed = recovery[3].toLowerCase().replaceAll('-', ' ');
      assert.equal(good(await he.login(he.email, he.password, { code: typed })).state, 'signed-in');
      refused(await he.login(he.email, he.password, { code: recovery[3] }), 401, 'unauthenticated');
      assert.ok((await events('signed-in')).some((event) => /recovery code; 9 are left/.test(event.text)));
      const renewed = good(await he.api('POST', 'me/recovery-codes', { password: he.password })).recovery_codes;
      refused(await he.login(he.email, he.password, { code: recovery[4] }), 401, 'unauthenticated');
      good(await he.login(he.email, he.password, { code: renewed[4] }));
    });

    test('cannot be guessed, even with the password', async () => {
      const guesser = new Person('203.0.113.70');
      let answer;
      for (let i = 0; i < 8; i += 1) {
        answer = await guesser.login(he.email, he.password, { code: `00000${i}` });
        if (answer.status === 429) break;
      }
      refused(answer, 429, 'too-many');
      stage.clock.forward(minute);
      good(await he.login(he.email, he.password, { code: code(secret, stage.clock.now()) }));
    });

    test('an owner takes them away from who lost the phone; the password takes away the own', async () => {
      await ownerAgain();
      refused(await he.api('DELETE', `accounts/${he.id}/totp`), 403, 'forbidden');
      good(await owner.api('DELETE', `accounts/${he.id}/totp`), 204);
      good(await he.login(he.email, he.password));
      const again = good(await he.api('POST', 'me/totp', { password: he.password }));
      good(await he.api('POST', 'me/totp/confirm', { code: code(again.secret, stage.clock.now()) }));
      // A new password alone does not get past them, unless the link says so.
      const linkOf = async (body) => secretOf(good(await owner.api('POST', `accounts/${he.id}/link`, body), 201).link);
      const fresh = new Person('198.51.100.61');
      const replaced = await linkOf({});
      assert.equal(good(await fresh.setup(await linkOf({}), he.password)).state, 'code-needed');
      refused(await fresh.setup(replaced, he.password), 410, 'gone');
      refused(await fresh.api('GET', 'me'), 401, 'unauthenticated');
      stage.clock.forward(16 * minute); // a link forgets the known browsers, and strangers have used up the codes
      good(await he.login(he.email, he.password, { code: code(again.secret, stage.clock.now()) }));
      refused(await he.api('POST', 'me/totp/disable', { password: 'not the password' }), 403, 'forbidden');
      good(await he.api('POST', 'me/totp/disable', { password: he.password }), 204);
      assert.equal(good(await he.login(he.email, he.password)).state, 'signed-in');
      const third = good(await he.api('POST', 'me/totp', { password: he.password }));
      good(await he.api('POST', 'me/totp/confirm', { code: code(third.secret, stage.clock.now()) }));
      assert.equal(good(await fresh.setup(await linkOf({ resets_totp: true }), he.password)).state, 'signed-in');
      assert.equal(good(await fresh.api('GET', 'me')).account.sign_in.totp, false);
    });
  });

  test('an organisation may ask some roles for codes: before there is an app, a session does nothing else', async () => {
    const admin = await invite('careless', 'security-admin');
    const auditor = await invite('reader', 'auditor');
    refused(await admin.api('PUT', 'settings', { totp_roles: [] , release_threshold: 21 }), 403, 'forbidden');
    good(await owner.api('PUT', 'settings', { totp_roles: ['security-admin'] }));
    refused(await admin.api('PUT', 'settings', { totp_roles: [] }), 403, 'forbidden');
    assert.match(refused(await admin.api('GET', 'devices'), 403, 'forbidden'), /second factor/);
    assert.equal(good(await admin.api('GET', 'me')).needs_totp, true);
    good(await auditor.api('GET', 'devices'));
    const { secret } = good(await admin.api('POST', 'me/totp', { password: admin.password }));
    refused(await admin.api('GET', 'devices'), 403, 'forbidden');
    good(await admin.api('POST', 'me/totp/confirm', { code: code(secret, stage.clock.now()) }));
    good(await admin.api('GET', 'devices'));
    assert.equal(good(await admin.api('GET', 'me')).needs_totp, false);
    refused(await admin.api('PUT', 'settings', { totp_roles: [] }), 403, 'forbidden');
    good(await owner.api('PUT', 'settings', { totp_roles: [] }));
  });

  describe('roles', () => {
    test('only an owner manages accounts; everybody sees who there is, not how they sign in', async () => {
      await ownerAgain();
      const admin = await invite('admin', 'security-admin');
      const approver = await invite('approver', 'approver');
      for (const person of [admin, approver]) {
        refused(await person.api('POST', 'accounts', { name: 'x', email: 'x@example.com', role: 'auditor' }), 403, 'forbidden');
        refused(await person.api('DELETE', `accounts/${owner.id}`), 403, 'forbidden');
        const { items } = good(await person.api('GET', 'accounts'));
        assert.ok(items.every((a) => (a.sign_in === null) === (a.id !== person.id)));
      }
      assert.ok(good(await owner.api('GET', 'accounts')).items.every((a) => a.sign_in !== null));
      refused(await approver.api('PUT', 'settings', {}), 403, 'forbidden');
      refused(await owner.api('POST', 'accounts', { name: 'twin', email: 'ADMIN@example.com', role: 'auditor' }), 409, 'conflict');
    });

    test('a change holds at once in a session that runs; a disabled account is out', async () => {
      const ma = await invite('ma', 'security-admin');
      const status = async () => (await ma.api('POST', 'user-groups', {})).status;
      assert.equal(await status(), 400);
      good(await change(ma.id, { role: 'auditor' }));
      assert.equal(await status(), 403);
      good(await change(ma.id, { state: 'disabled' }));
      refused(await ma.api('GET', 'me'), 401, 'unauthenticated');
      refused(await ma.login(ma.email, ma.password), 403, 'forbidden');
      good(await change(ma.id, { state: 'active' }));
      refused(await ma.api('GET', 'me'), 401, 'unauthenticated');
      good(await ma.login(ma.email, ma.password));
      const before = await owner.api('GET', `accounts/${ma.id}`);
      good(await change(ma.id, { name: '马云' }));
      refused(await owner.api('PUT', `accounts/${ma.id}`, put(before.json, {}), { 'if-match': before.headers.get('etag') }), 412, 'stale');
      const [changed] = await events('account-changed');
      assert.equal(changed.actor, '李华');
      good(await owner.api('DELETE', `accounts/${ma.id}`), 204);
      refused(await ma.api('GET', 'me'), 401, 'unauthenticated');
      refused(await ma.login(ma.email, ma.password), 401, 'unauthenticated');
    });

    test('the last owner who can sign in stays', async () => {
      const invited = good(await owner.api('POST', 'accounts', { name: 'Second', email: 'second@example.com', role: 'owner' }), 201);
      for (const what of [{ role: 'auditor' }, { state: 'disabled' }]) refused(await change(owner.id, what), 409, 'conflict');
      refused(await owner.api('DELETE', `accounts/${owner.id}`), 409, 'conflict');
      good(await new Person('198.51.100.80').setup(secretOf(invited.invitation.link), 'the second owner is here'));
      good(await change(owner.id, { role: 'security-admin' }));
      refused(await owner.api('GET', `sessions?account=${invited.id}`), 403, 'forbidden');
      const second = new Person('198.51.100.80');
      good(await second.login('second@example.com', 'the second owner is here'));
      const now = good(await second.api('GET', `accounts/${owner.id}`));
      good(await second.api('PUT', `accounts/${owner.id}`, put(now, { role: 'owner' })));
      good(await owner.api('DELETE', `accounts/${invited.id}`), 204);
    });

    test('departments limit an approver or an auditor, and must be there', async () => {
      const [dev] = (await stage.ask('GET', 'departments')).items;
      const body = { name: 'x', email: 'limited@example.com', role: 'approver', departments: [dev.id] };
      refused(await owner.api('POST', 'accounts', { ...body, role: 'owner' }), 422, 'unprocessable');
      refused(await owner.api('POST', 'accounts', { ...body, departments: [owner.id] }), 422, 'unprocessable');
      refused(await owner.api('POST', 'accounts', { ...body, person: owner.id }), 422, 'unprocessable');
      const [person] = (await stage.ask('GET', 'users')).items;
      const limited = good(await owner.api('POST', 'accounts', { ...body, person: person.id }), 201);
      assert.deepEqual([limited.departments, limited.person], [[dev.id], person.id]);
      refused(await owner.api('POST', 'accounts', { ...body, email: 'y@example.com', person: person.id }), 409, 'conflict');
    });
  });

  describe('API tokens', () => {
    const with_ = (token, where = 'me') => call('GET', at(`/api/v1/${where}`), { headers: bearer(token) });
    let wu;
    const make = async (body, person = wu) => good(await person.api('POST', 'tokens', { name: 'script', ...body }), 201);

    test('are shown once and have at most the role of who makes them', async () => {
      wu = await invite('wu', 'security-admin');
      const made = await make({ role: 'approver' });
      assert.match(made.token, /^hft_[A-Za-z0-9_-]{43}$/);
      const who = good(await with_(made.token));
      assert.deepEqual([who.name, who.role, who.account.id, who.token.id], ['wu (token script)', 'approver', wu.id, made.id]);
      assert.equal(good(await wu.api('GET', `tokens/${made.id}`)).token, undefined);
      await until('its use is noted', async () => good(await wu.api('GET', `tokens/${made.id}`)).used_ms !== null);
      refused(await wu.api('POST', 'tokens', { name: 'more', role: 'owner' }), 403, 'forbidden');
      refused(await wu.api('POST', 'tokens', { name: 'long', role: 'auditor', days: 366 }), 400, 'invalid');
      assert.ok((await events('token-created')).some((event) => event.object_id === made.id));
    });

    test('answer an Idempotency-Key with the same token, which is kept sealed', async () => {
      const key = { 'idempotency-key': crypto.randomUUID() };
      const body = { name: 'again', role: 'auditor' };
      const first = good(await wu.api('POST', 'tokens', body, key), 201);
      assert.deepEqual(good(await wu.api('POST', 'tokens', body, key), 201), first);
      const stored = stage.sql(stage.postgresql ? "SELECT encode(body::bytea, 'escape') FROM idempotency" : 'SELECT CAST(body AS TEXT) FROM idempotency');
      assert.ok(!stored.includes(first.token.slice(4)));
    });

    test('sink with the role of their account, and die with it', async () => {
      const fang = await invite('fang', 'security-admin');
      const strong = await make({ role: 'security-admin' }, fang);
      const auditor = await make({ role: 'auditor' }, fang);
      good(await change(fang.id, { role: 'approver' }));
      assert.equal(good(await with_(strong.token)).role, 'approver');
      refused(await with_(auditor.token), 403, 'forbidden');
      good(await change(fang.id, { state: 'disabled' }));
      refused(await with_(strong.token), 401, 'unauthenticated');
      good(await change(fang.id, { state: 'active' }));
      refused(await with_(strong.token), 401, 'unauthenticated');
    });

    test('are limited to departments of their account', async () => {
      const all = Object.fromEntries((await stage.ask('GET', 'departments')).items.map((d) => [d.name, d.id]));
      const scoped = await invite('scoped', 'approver', { departments: [all['研发部']] });
      assert.deepEqual(good(await with_((await make({ role: 'approver' }, scoped)).token)).departments, [all['研发部']]);
      const below = await make({ role: 'approver', departments: [all['客户端组']] }, scoped);
      assert.deepEqual(good(await with_(below.token)).departments, [all['客户端组']]);
      refused(await scoped.api('POST', 'tokens', { name: 'x', role: 'approver', departments: [all['财务部']] }), 422, 'unprocessable');
      good(await change(scoped.id, { departments: [all['财务部']] }));
      refused(await with_(below.token), 403, 'forbidden');
    });

    test('one that is made with a token ends with it', async () => {
      const parent = await make({ role: 'approver', days: 2 });
      const child = good(await call('POST', at('/api/v1/tokens'), { headers: bearer(parent.token), body: { name: 'child', role: 'approver' } }), 201);
      assert.equal(child.expires_ms, parent.expires_ms);
      refused(await call('POST', at('/api/v1/tokens'), { headers: bearer(parent.token), body: { name: 'x', role: 'auditor' } }), 403, 'forbidden');
      refused(await call('POST', at('/api/v1/me/password'), { headers: bearer(parent.token), body: { password: wu.password, new_password: 'another password' } }), 403, 'forbidden');
      good(await wu.api('DELETE', `tokens/${parent.id}`), 204);
      refused(await with_(child.token), 401, 'unauthenticated');
      refused(await wu.api('DELETE', `tokens/${parent.id}`), 409, 'conflict');
    });

    test('others do not see them, an owner sees and revokes all', async () => {
      const made = await make({ role: 'auditor' });
      const other = await invite('other', 'security-admin');
      refused(await other.api('GET', `tokens/${made.id}`), 404, 'not-found');
      refused(await other.api('DELETE', `tokens/${made.id}`), 404, 'not-found');
      refused(await other.api('GET', `tokens?account=${wu.id}`), 403, 'forbidden');
      assert.deepEqual(good(await other.api('GET', 'tokens')).items, []);
      const seen = good(await owner.api('GET', 'tokens?limit=200')).items;
      assert.ok(seen.some((t) => t.id === made.id) && seen.some((t) => t.account === null && t.name === 'console'));
      good(await owner.api('DELETE', `tokens/${made.id}`), 204);
      refused(await with_(made.token), 401, 'unauthenticated');
    });

    test('expire: 90 days, what was asked for, or never when the command line said so', async () => {
      const usual = await make({ role: 'auditor' });
      const short = await make({ role: 'auditor', days: 1 });
      const cli = command('token', 'create', '--role', 'auditor').stdout.trim();
      assert.match(command('token', 'create', '--role', 'auditor', '--days', '400').stderr, /--days/);
      stage.clock.forward(day - minute);
      good(await with_(short.token));
      stage.clock.forward(minute);
      assert.match(refused(await with_(short.token), 401, 'unauthenticated'), /expired/);
      stage.clock.forward(89 * day - minute);
      good(await with_(usual.token));
      good(await with_(cli));
      stage.clock.forward(2 * minute);
      refused(await with_(usual.token), 401, 'unauthenticated');
      refused(await with_(cli), 401, 'unauthenticated');
      good(await with_(stage.token));
    });
  });

  test('sign-ins are counted for who watches', async () => {
    const { text } = await stage.admin('GET', '../../metrics');
    for (const result of ['done', 'failed'])
      assert.ok(Number(new RegExp(`^holdfast_signins_total\\{result="${result}"\\} (\\d+)$`, 'm').exec(text)[1]) > 10, text);
  });

  test('no secret is in the log or in the record', async () => {
    const said = stage.server.said();
    const record = JSON.stringify(await stage.ask('GET', 'audit?limit=200'));
    for (const text of [said, record]) {
      assert.doesNotMatch(text, /hft_[A-Za-z0-9_-]{20}|correct horse|has a password|Spring2026|#[A-Za-z0-9_-]{43}/);
    }
  });
});
