// The real client and the real server over TLS: the certificate is verified against the CA of agent.conf.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, before, test } from 'node:test';
import https from 'node:https';
import { Machine } from './machine.mjs';

const build = resolve(process.env.HOLDFAST_BUILD ?? 'build');
let folder;
let server;
let url;
let said = '';

function certificate(name, san) {
  execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2',
    '-subj', `/CN=${name}`, '-addext', `subjectAltName=${san}`, '-keyout', join(folder, `${name}.key`),
    '-out', join(folder, `${name}.pem`)], { stdio: 'ignore' });
}

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'hf-tls-'));
  chmodSync(folder, 0o755);
  certificate('server', 'IP:127.0.0.1');
  certificate('other', 'IP:127.0.0.1');
  server = spawn(join(build, 'holdfast-server'), ['--data-dir', join(folder, 'data'), '--listen', '127.0.0.1:0',
    '--tls-cert', join(folder, 'server.pem'), '--tls-key', join(folder, 'server.key'),
    '--dingtalk-url', 'http://127.0.0.1:9'], { stdio: ['ignore', 'pipe', 'inherit'] });
  url = await new Promise((done, fail) => {
    server.stdout.on('data', (text) => {
      said += text;
      const found = /listening on (\S+)/.exec(said);
      if (found) done(found[1]);
    });
    server.on('exit', (code) => fail(new Error(`the server ended with ${code}`)));
  });
});

after(async () => {
  const ended = new Promise((done) => server.on('exit', done));
  server.kill('SIGTERM');
  assert.equal(await ended, 0);
  rmSync(folder, { recursive: true });
});

async function login(t, address, ca) {
  const machine = new Machine(address);
  t.after(() => machine.remove());
  if (ca) copyFileSync(join(folder, ca), machine.path('etc/holdfast/ca.pem'));
  writeFileSync(machine.path('etc/holdfast/agent.conf'),
    `[server]\nurl = ${address}\n${ca ? `ca = ${machine.path('etc/holdfast/ca.pem')}\n` : ''}[agent]\nuser = nobody\n`);
  await machine.start();
  return machine.holdfast(['login', '--no-wait']);
}

test('a server whose certificate the CA of agent.conf holds for good is asked', async (t) => {
  const run = await login(t, url, 'server.pem');
  assert.match(url, /^https:/);
  assert.equal(run.status, 0, run.out + run.err);
  assert.match(run.out, new RegExp(`${url}/enrol\\?user_code=`));
});

test('another CA, none, or another name: nothing is asked, and the person is told', async (t) => {
  for (const [address, ca] of [[url, 'other.pem'], [url, null], [url.replace('127.0.0.1', 'localhost'), 'server.pem']]) {
    const run = await login(t, address, ca);
    assert.notEqual(run.status, 0, `${address} ${ca}`);
    assert.doesNotMatch(run.out, /user_code/);
    assert.match(run.err, /certificate|secure|trust/i, run.err);
  }
});

test("an account's cookies are the host's alone, and sent over TLS only", async () => {
  const body = JSON.stringify({ secret: /setup#(\S+)/.exec(said)[1], name: '李华', email: 'li@example.com', password: 'correct horse battery' });
  const cookies = await new Promise((done, fail) => {
    https.request(`${url}/api/v1/setup`, { method: 'POST', ca: readFileSync(join(folder, 'server.pem')), agent: false,
      headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) } },
    (answer) => { answer.resume(); done(answer.headers['set-cookie']); }).on('error', fail).end(body);
  });
  assert.equal(cookies.length, 2);
  for (const cookie of cookies) assert.match(cookie, /^__Host-holdfast[a-z_]*=[A-Za-z0-9_-]{43}; Path=\/; Max-Age=\d+; HttpOnly; SameSite=Lax; Secure$/);
});
