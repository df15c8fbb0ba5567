// "Uninstall Now": the window, the real package and dpkg in a throw-away root.
import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { test } from 'node:test';
import { isRoot, until } from '../machine.mjs';
import { buildPackage, scene } from '../throw-away.mjs';
import { Desk, Window } from './desk.mjs';
import { literal, prompts, texts } from './scene.mjs';

async function enrolled(t, deb) {
  const { server, machine } = await scene(t, deb);
  server.setRules({ prompt: prompts });
  const desk = new Desk();
  await desk.start();
  const window = new Window(desk, machine.dir);
  t.after(async () => {
    window.kill();
    await desk.stop();
  });
  await machine.employee('holdfast', 'uninstall', '--reason', 'old laptop', '--no-wait');
  server.decide('approved', 'OK');
  // The window sees the machine's own files and nothing else of its name space.
  const start = () => window.start({ through: ['nsenter', machine.enter[0], '--'] });
  const shows = (text, seconds) => window.shows(literal(text), seconds);
  return { server, machine, desk, window, start, shows, say: texts.en };
}

test('an approved removal is done from the window', { skip: !isRoot && 'needs root' }, async (t) => {
  const { folder, deb } = buildPackage();
  t.after(() => rmSync(folder, { recursive: true }));

  await t.test('what fails is said in the package manager\'s words, and can be tried again', async (t) => {
    const { server, machine, desk, window, start, shows, say } = await enrolled(t, deb);
    // Another package needs the client: the package manager refuses by itself.
    await machine.ok('sh', '-c', `cp /var/lib/dpkg/status /tmp/status && printf '\\nPackage: needs-it\\nStatus: install ok installed\\nPriority: required\\nEssential: yes\\nSection: admin\\nInstalled-Size: 1\\nMaintainer: t <t@example.com>\\nArchitecture: all\\nVersion: 1\\nDepends: holdfast-client\\nDescription: needs it\\n' >>/var/lib/dpkg/status`);
    await start();
    await shows(say.uninstall);
    await window.press(say.uninstall);
    const words = await shows(say.failed('holdfast-client'), 120);
    assert.match(words, /Nothing was changed/);
    await desk.picture('removal-failed-en');
    await machine.ok('cp', '/tmp/status', '/var/lib/dpkg/status');
    await window.press('Try Again');
    await shows(say.removed('holdfast-client'), 120);
    await until('the receipt', () => server.receipt('removed'), 60);
    await desk.picture('removed-en');
    await window.press(say.close);
    assert.equal(await window.end, 0);
    assert.equal((await machine.run('test', '-e', '/usr/lib/holdfast/holdfast-keeper')).status, 1);
  });

  await t.test('while it runs there is a bar, and what the package manager says', async (t) => {
    const { machine, desk, window, start, shows, say } = await enrolled(t, deb);
    // Somebody else has the package manager for a while.
    const busy = machine.run('/usr/bin/python3', '-c', 'import fcntl, os, time\nf = open("/var/lib/dpkg/lock-frontend", "w")\nfcntl.lockf(f, fcntl.LOCK_EX)\nopen("/tmp/held", "w").close()\nwhile not os.path.exists("/tmp/let-go"): time.sleep(0.1)');
    await until('the lock', async () => (await machine.run('test', '-e', '/tmp/held')).status === 0);
    await start();
    await shows(say.uninstall);
    await window.press(say.uninstall);
    await shows(say.removing('holdfast-client'), 60);
    await shows('Another program is installing or uninstalling software.', 60);
    assert.ok((await window.see()).some((node) => node.role === 'progress bar'));
    await desk.picture('removing-en');
    await machine.ok('touch', '/tmp/let-go');
    await busy;
    await shows(say.removed('holdfast-client'), 120);
    await window.press(say.close);
    assert.equal(await window.end, 0);
  });
});
