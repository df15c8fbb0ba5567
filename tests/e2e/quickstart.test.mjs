// docs/quickstart.md as somebody follows it, and what a person does with holdfastctl beside it: the second factor, the own
// password, the same as a file.
import assert from 'node:assert/strict';
import { execFile, execFileSync, spawn } from 'node:child_process';
import crypto from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { Device, build, call, client, company, start, until } from './stage.mjs';

describe('docs/quickstart.md', () => {
  // A fresh server, and nothing but what the page says: its commands as they stand, each person in a home of their own.
  const page = readFileSync(new URL('../../docs/quickstart.md', import.meta.url), 'utf8');
  const blocks = [...page.matchAll(/^```sh(?: as=(\S+))?( try)?\n([^]*?)^```$/gm)].map(([, who = 'owner', more, text]) =>
    ({ who, needed: !more, commands: text.trim().split('\n') }));
  const password = 'correct horse battery staple';
  let folder;
  let sim;
  let server;
  before(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'holdfast-quickstart-'));
    writeFileSync(path.join(folder, 'seed.json'), JSON.stringify(company));
    sim = await start('dingsim', ['--seed', path.join(folder, 'seed.json'), '--memory']);
    server = await start('holdfast-server', ['serve', '--data-dir', path.join(folder, 'data'), '--listen', '127.0.0.1:0', '--dingtalk-url', sim.url]);
  });
  after(async () => {
    await server?.stop();
    await sim?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  function shell(who, command, input = '') {
    const home = path.join(folder, who);
    mkdirSync(home, { recursive: true });
    writeFileSync(path.join(home, 'app.secret'), `${client.secret}\n`);
    return new Promise((resolve) => {
      const child = execFile('sh', ['-c', command], { cwd: home, timeout: 60000,
        env: { PATH: `${build}:${process.env.PATH}`, HOME: home, LANG: 'C.UTF-8', ASAN_OPTIONS: process.env.ASAN_OPTIONS ?? '' } },
      (_, stdout, stderr) => resolve({ status: child.exitCode, stdout, stderr }));
      child.stdin.on('error', () => {});
      child.stdin.end(input);
    });
  }

  // What the commands have made is what a file says, and changed there it changes here.
  async function configured() {
    const yaml = (await shell('owner', 'holdfastctl export')).stdout;
    assert.match(yaml, /approvers:\n +- wang\.fang@example\.com/);
    assert.equal((await shell('owner', 'holdfastctl apply --file -', yaml)).stdout.trim(), 'no changes');
    const changed = yaml.replace(/^( *)- zhou\.min@example\.com$/m, '$1- zhou.min@example.com\n$1- li.zong@example.com');
    writeFileSync(path.join(folder, 'owner', 'org.yaml'), changed);
    const out = await shell('owner', 'holdfastctl apply --file org.yaml --yes');
    assert.equal(out.status, 0, out.stderr);
    assert.match(out.stdout, /^~ workflows Two levels\n {4}approval\.levels: .* → .*li\.zong@example\.com/m);
    const shown = JSON.parse((await shell('owner', 'holdfastctl workflow show "Two levels" --json')).stdout);
    assert.equal(shown.version, 2);
    assert.equal(shown.approval.levels[1].approvers.length, 2);
    const pruned = await shell('owner', 'holdfastctl workflow copy "Two levels" --name spare && holdfastctl apply --file org.yaml --prune --yes');
    assert.match(pruned.stdout, /^- workflows spare$/m);
    assert.equal(pruned.status, 0, pruned.stderr);
    assert.equal((await shell('owner', 'holdfastctl workflow show spare')).status, 3);
  }

  const totp = (secret, step) => {
    const bits = [...secret].map((c) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(c).toString(2).padStart(5, '0')).join('');
    const key = Buffer.from(bits.match(/.{8}/g).map((b) => parseInt(b, 2)));
    const counter = Buffer.alloc(8);
    counter.writeBigUInt64BE(BigInt(step));
    const mac = crypto.createHmac('sha1', key).update(counter).digest();
    return String((mac.readUInt32BE(mac[19] & 15) & 0x7fffffff) % 1000000).padStart(6, '0');
  };

  // The code answers a question that has the secret: typed as a person would, after reading it.
  async function secondFactor() {
    const home = path.join(folder, 'zhou.min@example.com');
    const child = spawn(path.join(build, 'holdfastctl'), ['account', 'enable-totp'], { cwd: home, env: { HOME: home, LANG: 'C.UTF-8',
      ASAN_OPTIONS: process.env.ASAN_OPTIONS ?? '' } });
    let said = '';
    let out = '';
    child.stderr.on('data', (data) => { said += data; });
    child.stdout.on('data', (data) => { out += data; });
    const ended = new Promise((resolve) => { child.on('exit', resolve); });
    child.stdin.write(`zhou.min@example.com\n${password}\n`);
    await until('the question', () => /authenticator app\. Its code/.test(said));
    const step = Math.floor(Date.now() / 30000);
    const secret = await until('the secret', () => /^[A-Z2-7]{16,}$/m.exec(out)?.[0]);
    child.stdin.end(`${totp(secret, step)}\n`);
    assert.equal(await ended, 0, said);
    const codes = out.trim().split('\n').slice(2);
    assert.ok(codes.length >= 8);
    const without = await shell('zhou.min@example.com', 'holdfastctl login', `zhou.min@example.com\n${password}\n000000\n`);
    assert.equal(without.status, 3);
    assert.match(without.stderr, /code is wrong/);
    assert.equal((await shell('zhou.min@example.com', 'holdfastctl login', `zhou.min@example.com\n${password}\n${codes[0]}\n`)).status, 0);
    const disabled = await shell('zhou.min@example.com', 'holdfastctl account disable-totp', `zhou.min@example.com\n${password}\n${codes[1]}\n`);
    assert.equal(disabled.status, 0, disabled.stderr);
    const changed = await shell('zhou.min@example.com', 'holdfastctl account password', `zhou.min@example.com\n${password}\nanother ${password}\n`);
    assert.equal(changed.status, 0, changed.stderr);
    assert.equal((await shell('zhou.min@example.com', 'holdfastctl login', `zhou.min@example.com\nanother ${password}\n`)).status, 0);
  }

  test('under ten commands make a workflow of two levels that works', async () => {
    assert.ok(blocks.filter((b) => b.needed).flatMap((b) => b.commands).length < 10);
    const links = { owner: execFileSync(path.join(build, 'holdfast-server'),
      ['setup-link', '--data-dir', path.join(folder, 'data'), '--listen', new URL(server.url).host]).toString().trim().split('\n')[0] };
    const device = new Device({ server, sim, now: () => Date.now() }, 'laptop-quick');
    let filed;
    for (const { who, needed, commands } of blocks) {
      for (const command of commands) {
        if (command.includes('task list')) filed = await device.file();
        const named = who === 'owner' ? '李总\nli.zong@example.com\n' : '\n';
        const { status, stdout, stderr } = await shell(who, command, command === 'holdfastctl setup' ? `${links[who]}\n${named}${password}\n` : '');
        assert.equal(status, 0, `${command}: ${stderr}`);
        if (command.includes('account create')) links[/--email (\S+)/.exec(command)[1]] = /^INVITATION +(\S+)$/m.exec(stdout)[1];
        if (command.includes('app create')) {
          const redirect = /^REDIRECT URL +(\S+)$/m.exec(stdout)[1];
          await call('PUT', `${sim.url}/sim/api/apps/${client.id}`, { body: { redirectUrls: [redirect] } });
        }
        if (command.includes('source create'))
          await until('the walk', async () => /lihua/.test((await shell('owner', 'holdfastctl user list')).stdout));
        if (command.includes('policy edit')) await device.enrol('lihua');
        if (command.includes('workflow preview')) assert.match(stdout, /^SERVES +yes$/m);
        if (command.includes('task list')) assert.match(stdout, new RegExp(`${filed.number} .*laptop-quick`));
        if (command.includes('instance show')) assert.match(stdout, /^STATUS +approved$/m);
        assert.ok(needed || filed || command.includes('preview'));
      }
    }
    await device.hears('the grant', (d) => d.held.length === 1);
    assert.equal(device.held[0].number, filed.number);
    assert.equal(statSync(path.join(folder, 'owner', '.config', 'holdfast', 'ctl.ini')).mode & 0o777, 0o600);
    const out = await shell('owner', 'holdfastctl whoami');
    assert.match(out.stdout, /^ROLE +owner$/m);
    assert.equal((await shell('owner', 'holdfastctl logout')).status, 0);
    assert.equal((await shell('owner', 'holdfastctl whoami')).status, 3);
    assert.equal((await shell('owner', 'holdfastctl login', `li.zong@example.com\n${password}\n`)).status, 0);
    assert.match((await shell('owner', 'holdfastctl whoami')).stdout, /li\.zong@example\.com/);
    assert.equal((await shell('owner', 'holdfastctl account sessions')).status, 0);
    assert.match((await shell('owner', 'holdfastctl workflow show "Two levels"')).stdout, /^- +any +wang\.fang@example\.com$/m);
    await configured();
    await secondFactor();
    const wrong = await shell('owner', 'holdfastctl login', 'li.zong@example.com\nwrong password wrong\n');
    assert.equal(wrong.status, 3);
    assert.match(wrong.stderr, /email address or the password is wrong/);
  });
});
