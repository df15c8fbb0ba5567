// A code that an administrator reads out, typed into the window of a computer without a connection.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { account } from '../accounts.mjs';
import { Machine, until } from '../machine.mjs';
import { Device, Proxy, Stage } from '../stage.mjs';
import { Desk, Window, furnish } from './desk.mjs';
import { literal, texts } from './scene.mjs';

async function scene(t) {
  const stage = await Stage.open({});
  const way = await new Proxy(stage.server.url).up();
  const machine = new Machine(way.url);
  const desk = new Desk();
  t.after(async () => {
    await desk.stop();
    await machine.remove();
    await way.down();
    await stage.close();
  });
  furnish(machine);
  await machine.start();
  const login = machine.holdfastBegin(['login']);
  const address = await until('the address', () => /http\S+user_code=\S+/.exec(login.out)?.[0]);
  await new Device(stage, 'browser').consent(address, 'lihua');
  assert.equal(await login.end, 0, login.err);
  await until('the codes', async () => (await machine.ask({ cmd: 'offline' })).ok, 60);
  await desk.start();
  return { stage, way, machine, desk, chen: await account(stage, '陈安', 'security-admin') };
}

test('the window reads out what the administrator needs, counts tries, pauses, and takes the right code', async (t) => {
  const { way, machine, desk, chen } = await scene(t);
  const { device } = await machine.status();
  const known = await until('the server knows', async () => {
    const { codes } = await chen.ask('GET', `devices/${device}/offline-codes`);
    return codes.length === 5 && codes.every((code) => code.held_ms && code.state === 'ready') && codes;
  }, 60);
  assert.equal(known.length, 5);
  await way.down();
  await until('it notices', async () => !(await machine.status()).online, 90);
  const shown = await machine.ask({ cmd: 'offline' });

  for (const language of ['zh', 'en']) {
    const say = texts[language];
    const window = new Window(desk, machine.root);
    t.after(() => window.kill());
    await window.start({ language });
    await window.press(say.offline);
    const words = await window.shows(literal(say.offlinePage));
    await window.shows(literal(shown.device_code));
    assert.match(words, new RegExp(`^${shown.index}$`, 'm'));
    await window.fill(say.codeField, 'nonsense');
    await window.press(say.useCode);
    await window.shows(language === 'en' ? /That is not a code/ : /这不是卸载码/);
    await desk.picture(`offline-code-${language}`);
    await window.close();
  }

  const say = texts.en;
  const window = new Window(desk, machine.root);
  t.after(() => window.kill());
  await window.start();
  await window.press(say.offline);
  const revealed = await chen.admin('POST', `devices/${device}/offline-codes/reveal`,
    { device_code: shown.device_code, index: shown.index, reason: '出差在外，无网络' });
  assert.equal(revealed.status, 200, revealed.text);
  await window.fill(say.codeField, revealed.json.code.toLowerCase().replaceAll('-', ' '));
  await window.press(say.useCode);
  await window.shows(literal(say.approved), 60);
  await window.shows(literal(say.uninstall));
  assert.equal(machine.grants().length, 1);
  await window.close();
});
