// Device authorization on the wire as RFC 8628 has it, section by section.
import assert from 'node:assert/strict';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';

import { unclocked } from './clock.mjs';
import { Browser, Device, Stage, build, call } from './stage.mjs';

let stage;
const at = (where) => `${stage.server.url}${where}`;
const ask = (name) => new Device(stage, name).asks();
const form = (device, more) => ({ grant_type: 'urn:ietf:params:oauth:grant-type:device_code', client_id: 'holdfast-client',
  device_code: device.asked.device_code, signature: device.sign(`holdfast-token\n${device.asked.device_code}`), ...more });
const token = (body) => call('POST', at('/agent/v1/token'), { form: body });

// RFC 6749 §5.2: 400, JSON, error and error_description, kept by no cache.
async function says(error, answering, status = 400) {
  const answer = await answering;
  assert.deepEqual([answer.status, answer.json?.error], [status, error], answer.text);
  assert.ok(answer.json.error_description.length > 0);
  assert.equal(answer.headers.get('content-type'), 'application/json');
  assert.equal(answer.headers.get('cache-control'), 'no-store');
  assert.equal(answer.json.access_token, undefined);
}

// A person's browser, signed in and before the page of that device.
async function before_(device, userid = 'lihua') {
  const browser = new Browser();
  const asked = await browser.go('GET', device.asked.verification_uri_complete);
  const { origin } = new URL(asked.url);
  const page = await browser.go('POST', `${origin}/oauth2/auth`, { ...Browser.hidden(asked.text), user: userid, choice: 'agree' });
  assert.equal(page.status, 200, page.text);
  return { browser, page };
}
const answers = ({ browser, page }, choice) => browser.go('POST', at('/enrol'), { ...Browser.hidden(/<form method="post" action="\/enrol.*?<\/form>/s.exec(page.text)[0]), choice });

describe('RFC 8628', { skip: unclocked(path.join(build, 'holdfast-server')) }, () => {
  before(async () => {
    stage = await Stage.open({ subscribed: false, virtual: true });
  });
  after(async () => { await stage?.close(); });

  test('§3.2: the answer has all that a device needs, and nothing may keep it', async () => {
    const answer = await call('POST', at('/agent/v1/device_authorization'), { form: { client_id: 'holdfast-client', device_key: new Device(stage, 'x').x,
      hostname: 'x', os: 'Debian', macs: '', client_version: '0.1.0' } });
    assert.equal(answer.status, 200, answer.text);
    assert.equal(answer.headers.get('cache-control'), 'no-store');
    assert.deepEqual(Object.keys(answer.json).sort(), ['device_code', 'expires_in', 'interval', 'user_code', 'verification_uri', 'verification_uri_complete']);
    assert.deepEqual([answer.json.expires_in, answer.json.interval], [600, 2]);
    assert.match(answer.json.device_code, /^[A-Za-z0-9_-]{43}$/, '§5.2: not to be guessed');
    assert.match(answer.json.user_code, /^[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}$/, '§6.1: nothing to mix up, no words');
    assert.equal(answer.json.verification_uri_complete, `${answer.json.verification_uri}?user_code=${answer.json.user_code}`);
  });

  test('§3.3.1: the link with the code in it still shows the code and asks', async () => {
    const device = await ask('complete');
    const seen = await before_(device);
    assert.match(seen.page.text, /Are you sitting at this device\?/);
    assert.ok(seen.page.text.includes(device.asked.user_code), 'to be compared with what the device shows');
    await seen.browser.go('GET', device.asked.verification_uri_complete);
    await says('authorization_pending', device.polls());
    assert.match((await answers(seen, 'allow')).text, /The device is connected/);
    assert.equal((await device.polls()).status, 200);
  });

  test('§3.3: the code is taken as people type it', async () => {
    const device = await ask('typed');
    const { browser } = await before_(device);
    for (const typed of [device.asked.user_code, device.asked.user_code.toLowerCase(), device.asked.user_code.replace('-', ''), device.asked.user_code.replace('-', ' ')])
      assert.match((await browser.go('GET', `${device.asked.verification_uri}?user_code=${encodeURIComponent(typed)}`)).text, /Are you sitting at this device\?/, typed);
  });

  test('§3.4: what a token request lacks, or says wrongly', async () => {
    const device = await ask('lacking');
    await says('invalid_request', token({}));
    await says('invalid_request', token({ ...form(device), device_code: '' , signature: '' }));
    await says('unsupported_grant_type', token(form(device, { grant_type: 'authorization_code' })));
    await says('invalid_client', token(form(device, { client_id: 'somebody' })), 401);
    await says('invalid_grant', token(form(device, { device_code: 'A'.repeat(43) })));
    await says('invalid_grant', token(form(device, { signature: new Device(stage, 'thief').sign(`holdfast-token\n${device.asked.device_code}`) })));
  });

  test('§3.5: authorization_pending at the interval, as often as it likes', async () => {
    const device = await ask('patient');
    for (let i = 0; i < 5; i += 1) {
      await says('authorization_pending', device.polls());
      stage.clock.forward(device.asked.interval * 1000);
    }
  });

  test('§3.5: slow_down adds five seconds, for this and all that follow', async () => {
    const device = await ask('hasty');
    stage.clock.speed(0);
    await says('authorization_pending', device.polls());
    await says('slow_down', device.polls());
    stage.clock.forward(6000);
    await says('slow_down', device.polls());
    stage.clock.forward(12000);
    await says('authorization_pending', device.polls());
    stage.clock.forward(11000);
    await says('slow_down', device.polls());
    stage.clock.speed(1);
  });

  test('§3.5: access_denied once the person said no, and for good', async () => {
    const device = await ask('unwanted');
    const seen = await before_(device);
    assert.match((await answers(seen, 'deny')).text, /The device was not connected/);
    await says('access_denied', device.polls());
    await says('access_denied', device.polls());
    assert.equal((await answers(seen, 'allow')).status, 404, 'nobody takes it back');
    await says('access_denied', device.polls());
  });

  test('§3.5: expired_token after ten minutes, answered or not, and the page knows the code no more', async () => {
    const forgotten = await ask('forgotten');
    const unfetched = await ask('unfetched');
    await answers(await before_(unfetched), 'allow');
    const open = await before_(forgotten);
    stage.clock.forward(570000);
    await says('authorization_pending', forgotten.polls());
    stage.clock.forward(30000);
    await says('expired_token', forgotten.polls());
    await says('expired_token', unfetched.polls());
    assert.equal((await answers(open, 'allow')).status, 404);
    assert.equal((await stage.ask('GET', 'devices?limit=200')).items.filter((d) => ['forgotten', 'unfetched'].includes(d.name)).length, 0);
  });

  test('§5.1: whoever guesses codes is signed out at the fifth', async () => {
    const { browser } = await before_(await ask('guessed'));
    const guess = async (code) => (await browser.go('GET', `${at('/enrol')}?user_code=${code}`)).status;
    assert.deepEqual([await guess('BBBB-BBBB'), await guess('BBBB-BBBC'), await guess('BBBB-BBBD'), await guess('BBBB-BBBF'), await guess('BBBB-BBBG')],
      [404, 404, 404, 404, 429]);
  });
});
