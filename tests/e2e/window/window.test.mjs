// The employee's window, with the real keeper below it: each page, in both languages, as one sees, hears and types it.
import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { until } from '../machine.mjs';
import { literal, scene } from './scene.mjs';

function inBothLanguages(name, run) {
  for (const language of ['en', 'zh']) test(`${name} (${language})`, (t) => run(t, language));
}

// A program that the desktop opens pages with, and that writes down what it was given.
function putBrowser(desk) {
  const browser = join(desk.home, 'browser');
  writeFileSync(browser, `#!/bin/sh\nprintf '%s %s' "$1" "$GSK_RENDERER" >${browser}.opened\n`);
  chmodSync(browser, 0o755);
  mkdirSync(join(desk.home, 'data/applications'), { recursive: true });
  writeFileSync(join(desk.home, 'data/applications/browser.desktop'),
    `[Desktop Entry]\nType=Application\nName=Browser\nExec=${browser} %u\nMimeType=x-scheme-handler/http;\n`);
  writeFileSync(join(desk.home, 'config/mimeapps.list'), '[Default Applications]\nx-scheme-handler/http=browser.desktop\n');
  return browser;
}

inBothLanguages('who has not signed in yet does so on the page that the window opens', async (t, language) => {
  const { server, machine, desk, open, say, shows, picture } = await scene(t, { language, enrolled: false });
  const browser = putBrowser(desk);

  const window = await open('--show', 'login');
  await shows(window, say.notEnrolled);
  await picture('not-enrolled');
  await window.press(say.signIn);
  const words = await shows(window, say.code);
  const address = `${server.url}/enrol?user_code=WDJB-MJHT`;
  assert.match(words, /WDJB-MJHT/);
  assert.ok(words.includes(address));
  await until('the browser', () => existsSync(`${browser}.opened`));
  assert.equal(readFileSync(`${browser}.opened`, 'utf8'), `${address} `);
  const seen = execFileSync('zbarimg', ['-q', '--raw', await picture('code')], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  assert.equal(seen.trim(), address);

  server.consent = true;
  await shows(window, say.isProtected);
  await shows(window, say.enrolledFor);
  assert.equal((await machine.status()).enrolled, true);
  await picture('protected');
  await window.close();
});

test('a name is shown as it is, whatever it would mean as markup', async (t) => {
  const { server, desk, open, say, shows } = await scene(t, { enrolled: false });
  putBrowser(desk);
  server.owner = { id: server.owner.id, name: '<b>R&D</b> <u>x' };
  const window = await open('--show', 'login');
  await window.press(say.signIn);
  await shows(window, say.code);
  server.consent = true;
  await shows(window, say.enrolledFor.replace('李华', server.owner.name));
  await window.close();
});

inBothLanguages('a request is filed with a reason, waits, and changes to approved by itself', async (t, language) => {
  const { server, open, say, prompt, shows, picture } = await scene(t, { language });
  const window = await open('--show', 'prompt');
  await shows(window, prompt.content);
  await shows(window, prompt.secondary);
  await picture('prompt');
  await window.press(prompt.primary);
  await shows(window, say.prohibited);
  const button = async () => (await window.see()).find((node) => node.role === 'push button' && node.name === say.file);
  assert.equal((await button()).sensitive, false);
  await window.fill(say.reason, ' '.repeat(20));
  assert.equal((await button()).sensitive, false);
  await window.fill(say.reason, '原'.repeat(501));
  await shows(window, say.count(501));
  assert.equal((await button()).sensitive, false);
  await window.fill(say.reason, ' 电脑报废 old laptop ');
  await shows(window, say.count(15));
  await picture('filing');
  await window.press(say.file);
  let words = await shows(window, say.waits);
  assert.match(words, /HF-000123/);
  assert.match(words, /王芳/);
  assert.match(words, /电脑报废 old laptop/);
  assert.equal(server.filings.at(-1).reason, '电脑报废 old laptop');
  await picture('pending');

  server.decide('approved', '同意，请归还电脑 OK');
  words = await shows(window, say.approved);
  await shows(window, say.uninstall);
  assert.match(words, /HF-000123/);
  assert.match(await window.words(), /王芳[^]*同意，请归还电脑 OK/);
  // What has changed is where the focus is, so that it is read out.
  await until('the focus', async () => (await window.focus()).some((name) => literal(say.approved).test(name)));
  await picture('approved');
  await window.close();
});

inBothLanguages('a rejection is shown with its comment, and can be filed again', async (t, language) => {
  const { server, machine, open, say, shows, picture } = await scene(t, { language });
  await machine.ask({ cmd: 'file', reason: 'old laptop' });
  const window = await open();
  await shows(window, say.waits);
  server.decide('rejected', '这台电脑还在使用。\nStill in use.');
  const words = await shows(window, say.rejected);
  assert.match(words, /Still in use/);
  assert.match(words, /王芳/);
  await picture('rejected');
  await window.press(say.again);
  await shows(window, say.prohibited);
  await window.fill(say.reason, 'it really is old');
  await window.press(say.file);
  await shows(window, say.waits);
  assert.equal(server.filings.at(-1).reason, 'it really is old');
  server.instance.status = 'expired';
  server.changed();
  await shows(window, say.expired);
  await picture('expired');
  await window.close();
});

inBothLanguages('a request is taken back after a question', async (t, language) => {
  const { server, machine, open, say, shows, picture } = await scene(t, { language });
  await machine.ask({ cmd: 'file', reason: 'old laptop' });
  const window = await open();
  await window.press(say.withdraw);
  await shows(window, say.ask);
  await picture('withdraw');
  await window.press(say.sure);
  await shows(window, say.withdrawn);
  assert.equal(server.instance.status, 'revoked');
  await picture('withdrawn');
  await window.close();
});

inBothLanguages('without a connection the request is kept and sent on return, and an approval can be pasted', async (t, language) => {
  const { server, machine, open, say, prompt, shows, picture } = await scene(t, { language });
  const grant = server.grant();
  const foreign = server.grant({ device: server.org });
  const window = await open();
  await shows(window, say.isProtected);
  await server.stop();
  await shows(window, say.unreachable);
  await shows(window, say.offline);
  await picture('offline');
  assert.doesNotMatch(await window.words(), literal(say.kept));
  await window.press(say.offline);
  await shows(window, say.offlinePage);
  await picture('offline-ways');
  const paste = async (text) => {
    await window.fill(say.pasted, text);
    await window.press(say.import);
  };
  await paste('not an approval');
  await shows(window, say.invalid);
  await paste(foreign);
  await shows(window, say.foreign);
  await window.press(say.back);
  await shows(window, say.isProtected);

  await window.again('--show', 'prompt');
  await window.press(prompt.primary);
  await window.fill(say.reason, 'no network here');
  await window.press(say.file);
  await shows(window, say.kept);
  await picture('kept');
  await window.press(say.offline);
  await paste(grant.replace(/.{60}/g, '$&\n'));
  await shows(window, say.approved);
  assert.equal(machine.grants().length, 1);
  await server.start(server.port);
  await until('the request', () => server.filings.length === 1);
  assert.equal(server.filings[0].reason, 'no network here');
  await window.close();
});

// What the keyboard alone can do: Enter takes the first button, Control+Enter sends the reason, Escape goes back or closes.
test('everything can be done with the keyboard', async (t) => {
  const { server, desk, open, say, prompt, shows } = await scene(t);
  const window = await open('--show', 'prompt');
  await shows(window, prompt.content);
  await until('the window in front', async () => (await window.focus()).length > 0);
  await desk.keys('Return');
  await shows(window, say.prohibited);
  await until('the field', async () => (await window.focus()).includes(say.reason));
  await desk.keys('Escape');
  await shows(window, say.isProtected);
  // The mnemonic of Uninstall, then Tab to the second button and back.
  await desk.keys('alt+u');
  await shows(window, prompt.content);
  const focused = (name) => until(`the focus on ${name}`, async () => (await window.focus()).includes(name));
  await desk.keys('Tab');
  await focused(prompt.primary);
  await desk.keys('Tab');
  await focused(prompt.secondary);
  await desk.keys('shift+Tab', 'Return');
  await shows(window, say.prohibited);
  await until('the field', async () => (await window.focus()).includes(say.reason));
  await desk.type('typed by hand');
  await shows(window, say.count(13));
  await desk.keys('ctrl+Return');
  await shows(window, say.waits);
  assert.equal(server.filings[0].reason, 'typed by hand');
  await desk.keys('alt+w');
  await shows(window, 'Withdraw the request?');
  await desk.keys('Escape');
  await until('the dialog to go', async () => !/Withdraw the request\?/.test(await window.words()));
  assert.equal(server.instance.status, 'pending');
  await desk.keys('Escape');
  assert.equal(await window.end, 0);
});

test('one window: another start shows the page that is wanted in it, and closing it leaves no process', async (t) => {
  const { machine, desk, open, say, prompt, shows } = await scene(t);
  const window = await open();
  await shows(window, say.isProtected);
  await window.again('--show', 'prompt');
  await shows(window, prompt.content);
  assert.equal((await window.see()).filter((node) => node.role === 'frame').length, 1);
  await window.close();
  assert.ok(!existsSync(`/proc/${window.child.pid}`));
  // The keeper has nobody who watches any more, and goes on.
  assert.equal((await machine.status()).ok, true);
  assert.deepEqual(await desk.ask({ pid: window.child.pid, do: 'see' }), []);
});

test('a refused removal brings the prompt into the window that is open', async (t) => {
  const { machine, open, say, prompt, shows } = await scene(t);
  const window = await open();
  await shows(window, say.isProtected);
  await machine.ask({ cmd: 'attempt', package: 'holdfast-client' });
  await shows(window, prompt.content);
  await window.close();
});

inBothLanguages('a link to DingTalk that is down is said in words, with the number', async (t, language) => {
  const { server, machine, open, say, shows, picture } = await scene(t, { language });
  await machine.ask({ cmd: 'file', reason: 'old laptop' });
  Object.assign(server.instance, { delivery: 'failed', pending_with: [] });
  server.changed();
  const window = await open();
  await shows(window, say.down('HF-000123'));
  await picture('link-down');
  await window.close();
});

inBothLanguages('where filing is not allowed there is only the second button, and whom to ask', async (t, language) => {
  const { server, machine, open, say, prompt, shows, picture } = await scene(t, { language });
  server.setRules({ filing: false });
  await until('the rule', async () => (await machine.status()).filing === false);
  const window = await open('--show', 'prompt');
  const words = await shows(window, say.noFiling);
  assert.ok(!words.includes(prompt.primary));
  assert.match(words, /it@example\.com/);
  await picture('no-filing');
  await window.press(prompt.secondary);
  assert.equal(await window.end, 0);
});

inBothLanguages('nobody can sign out where the policy keeps people signed in', async (t, language) => {
  const { server, machine, open, say, shows, picture } = await scene(t, { language });
  const window = await open();
  await shows(window, say.isProtected);
  const menu = async () => {
    await window.desk.keys('F10');
    await shows(window, say.switchUser);
    const words = await window.words();
    await window.desk.keys('Escape');
    await until('the menu to close', async () => !(await window.words()).includes(say.switchUser));
    return words;
  };
  assert.ok((await menu()).includes(say.signOut));
  server.viewMore = { anti_logoff: true };
  server.changed();
  await until('the rule', async () => (await machine.status()).anti_logoff === true);
  await until('the menu without it', async () => !(await menu()).includes(say.signOut));
  server.viewMore = {};
  server.changed();
  await machine.ask({ cmd: 'logout' });
  await shows(window, say.signedOut);
  await picture('signed-out');
  await window.close();
});

inBothLanguages('a computer that is lost or was tampered with says so', async (t, language) => {
  const { server, machine, open, say, shows, picture } = await scene(t, { language });
  const window = await open();
  await shows(window, say.isProtected);
  server.viewMore = { device_state: 'lost' };
  server.changed();
  await shows(window, say.lost);
  await picture('lost');
  rmSync(machine.state('ledger'));
  await shows(window, say.tampered, 60);
  await picture('tampered');
  await window.close();
});

inBothLanguages('a client that does not run is said, and the window goes on when it is back', async (t, language) => {
  const { machine, open, say, shows, picture } = await scene(t, { language });
  const window = await open();
  await shows(window, say.isProtected);
  await machine.stop();
  await shows(window, say.notRunning);
  await picture('not-running');
  await machine.start();
  await shows(window, say.isProtected);
  await window.close();
});

inBothLanguages('dark style, large text and long words of the organisation are shown whole', async (t, language) => {
  const { server, machine, open, prompt, shows, picture } = await scene(t, {
    language, dpi: 144, environment: { ADW_DEBUG_COLOR_SCHEME: 'prefer-dark' },
  });
  const long = { ...prompt, title: prompt.title.repeat(3), content: `${prompt.content.repeat(6)}\n${prompt.content}`, primary: prompt.primary.repeat(4) };
  server.setRules({ prompt: { en: long, zh: long } });
  await until('the texts', async () => (await machine.status()).prompt.en.title === long.title);
  const window = await open('--show', 'prompt');
  await shows(window, long.primary);
  await picture('large-prompt');
  // Tab brings what is below the edge into sight.
  await window.press(long.primary);
  await until('the filing page', async () => (await window.see()).some((node) => node.role === 'text'));
  await window.desk.keys('Tab', 'Tab');
  await picture('large-filing');
  await machine.ask({ cmd: 'file', reason: '这台电脑的屏幕已经损坏，无法继续使用，需要送修。'.repeat(18) });
  await shows(window, 'HF-000123');
  await picture('large-pending');
  await window.close();
});

inBothLanguages('of several protected packages one chooses which to uninstall', async (t, language) => {
  const { server, machine, open, say, shows, picture } = await scene(t, { language, packages: ['edr-sensor'] });
  const { prompt } = server.rules;
  prompt[language].title += ' {package}';
  server.setRules({ packages: ['holdfast-client', 'edr-sensor', 'not-here'], prompt });
  await until('the packages', async () => (await machine.status()).packages?.some((one) => one.package === 'edr-sensor' && one.installed));
  const window = await open();
  await shows(window, say.uninstallSome('edr-sensor'));
  assert.ok(!(await window.words()).includes('not-here'));
  await picture('packages');
  await window.press(say.uninstallSome('edr-sensor'));
  await shows(window, `${prompt[language].title.replace('{package}', 'edr-sensor')}`);
  await window.press(prompt[language].primary);
  await window.fill(say.reason, 'it slows the machine down');
  await window.press(say.file);
  await shows(window, say.waits);
  assert.equal(server.filings[0].package, 'edr-sensor');
  server.deliver(server.grant({ package: 'edr-sensor' }));
  Object.assign(server.instance, { status: 'approved', decision: { who: '王芳', comment: '', at_ms: Date.now() } });
  server.changed();
  const words = await shows(window, say.uninstall);
  assert.match(words, /edr-sensor/);
  await window.close();
});
