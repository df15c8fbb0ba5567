// The audit record on its way to a receiver of syslog: RFC 5424 over TLS, in order, none left out.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import crypto from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import tls from 'node:tls';
import { databases, exported, folder, good, language, tool, verify } from './audit.mjs';
import { build, call, Stage, until } from './stage.mjs';

function certificate(name) {
  execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2',
    '-subj', `/CN=${name}`, '-addext', 'subjectAltName=IP:127.0.0.1', '-keyout', path.join(folder, `${name}.key`),
    '-out', path.join(folder, `${name}.pem`)], { stdio: 'ignore' });
  return { key: readFileSync(path.join(folder, `${name}.key`)), cert: readFileSync(path.join(folder, `${name}.pem`)) };
}

// Takes messages as RFC 5425 frames them: a length, a blank, the message.
class Receiver {
  constructor(pair) { Object.assign(this, { pair, port: 0, messages: [], sockets: new Set(), deaf: false }); }

  up() {
    this.server = tls.createServer({ ...this.pair, requestCert: !!this.pair.ca, rejectUnauthorized: !!this.pair.ca }, (socket) => {
      let rest = Buffer.alloc(0);
      this.sockets.add(socket);
      socket.on('error', () => {}).on('close', () => this.sockets.delete(socket));
      if (this.deaf) socket.pause();
      socket.on('data', (data) => {
        rest = Buffer.concat([rest, data]);
        for (;;) {
          const blank = rest.indexOf(0x20);
          if (blank < 0) return;
          const length = Number(rest.subarray(0, blank));
          assert.ok(Number.isInteger(length) && length > 0, 'a length');
          if (rest.length < blank + 1 + length) return;
          this.messages.push(rest.subarray(blank + 1, blank + 1 + length).toString('utf8'));
          rest = rest.subarray(blank + 1 + length);
        }
      });
    });
    return new Promise((resolve) => {
      this.server.listen(this.port, '127.0.0.1', () => { this.port = this.server.address().port; resolve(this); });
    });
  }

  down() {
    for (const s of this.sockets) s.destroy();
    return new Promise((resolve) => { this.server.close(resolve); });
  }

  get records() { return this.messages.map((m) => JSON.parse(m.slice(m.indexOf('\uFEFF') + 1))); }

  // What each chain's records are without repetitions: no gap, no step back to what was not there before.
  check() {
    const next = new Map(), prev = new Map();
    this.messages.forEach((m) => {
      const text = m.slice(m.indexOf('\uFEFF') + 1);
      const r = JSON.parse(text);
      const at = next.get(r.node) ?? 1;
      assert.ok(r.sequence <= at, `record ${r.sequence} came before ${at}`);
      if (r.sequence < at) return;
      assert.equal(r.prev, prev.get(r.node) ?? Buffer.alloc(32).toString('base64url'));
      prev.set(r.node, crypto.createHash('sha256').update(text).digest('base64url'));
      next.set(r.node, at + 1);
    });
    return next;
  }
}

for (const [database, postgresql] of databases) describe(`syslog on ${database}`, () => {
  let stage, receiver, pair;

  const newest = () => Number(stage.sql('SELECT MAX(sequence) FROM events'));
  const arrived = () => until('all records', () => [...receiver.check().values()][0] === newest() + 1);

  before(async () => {
    pair = certificate('receiver');
    certificate('sender');
    receiver = await new Receiver({ ...pair, ca: readFileSync(path.join(folder, 'sender.pem')) }).up();
    stage = await Stage.open({ subscribed: false, postgresql });
    await stage.server.stop();
    stage.options.push('--syslog', `tls://127.0.0.1:${receiver.port}`, '--syslog-ca', path.join(folder, 'receiver.pem'),
      '--syslog-cert', path.join(folder, 'sender.pem'), '--syslog-key', path.join(folder, 'sender.key'));
    await stage.serve();
  });
  after(async () => { await stage?.close(); await receiver?.down(); });

  test('gets every record from the first on, as it was hashed', async () => {
    await language(stage, 'en');
    await arrived();
    const message = receiver.messages.at(-1);
    assert.match(message, /^<110>1 \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z \S+ holdfast [0-9a-f-]{36} settings-changed \[holdfast@32473 id="[0-9a-f-]{36}" node="[0-9a-f-]{36}" sequence="\d+" kind="settings-changed" actor="console" actorKind="token" object="settings"\] \uFEFF\{/);
  });

  test('what is typed ends no field and no line', async () => {
    await stage.ask('POST', 'user-groups', { name: 'a"] \\ [evil x="1', rules: [] });
    await arrived();
    assert.equal(receiver.records.at(-1).text, 'a"] \\ [evil x="1');
    assert.ok(receiver.messages.every((m) => !/[\u0000-\u001f]/.test(m)));
  });

  test('a receiver that is away keeps nobody waiting, and misses nothing', async () => {
    await receiver.down();
    for (let i = 0; i < 20; i++) await language(stage, i % 2 ? 'en' : 'zh');
    const { items: [sink] } = await until('the lag', async () => {
      const answer = await stage.ask('GET', 'audit/sinks');
      return answer.items[0].behind >= 20 && answer.items[0].error && answer;
    });
    assert.ok(sink.oldest_ms > 0);
    const metrics = (await call('GET', `${stage.server.url}/metrics`, { headers: { authorization: `Bearer ${stage.token}` } })).text;
    assert.match(metrics, /holdfast_audit_sink_behind\{node="[0-9a-f-]{36}"\} \d\d/);
    await receiver.up();
    await arrived();
    await until('no lag', async () => (await stage.ask('GET', 'audit/sinks')).items.every((s) => s.behind === 0 && s.error === ''));
  });

  test('a receiver that dies with what it had not read gets it again', async () => {
    for (const s of receiver.sockets) s.pause();
    for (let i = 0; i < 10; i++) await language(stage, i % 2 ? 'en' : 'zh');
    await new Promise((resolve) => { setTimeout(resolve, 300); });
    for (const s of receiver.sockets) s.destroy();
    await language(stage, 'zh');
    await arrived();
  });

  test('kill -9 of the server loses and reorders nothing', async () => {
    for (let round = 0; round < 3; round++) {
      const writes = [...Array(30)].map((_, i) => language(stage, i % 2 ? 'en' : 'zh').catch(() => {}));
      await Promise.race(writes);
      await stage.server.kill();
      await Promise.all(writes);
      await stage.serve();
    }
    await arrived();
  });

  test('dying at any step of the record, its checkpoints and its sending changes nothing of it', async () => {
    for (const point of ['audit-begun', 'audit-recorded', 'checkpoint-signed', 'syslog-sent', 'syslog-held']) {
      await stage.server.stop();
      // Written after the checkpoint of the end: there is something to bind and to send at the next start.
      execFileSync(path.join(build, 'holdfast-server'), ['token', 'create', '--role', 'auditor', '--name', point, ...stage.options]);
      const started = await stage.serve({ HOLDFAST_FAILPOINT: point }).then(() => true, () => false);
      if (started) {
        await language(stage, 'en').catch(() => {});
        assert.notEqual((await stage.server.ended).code, 0, point);
      }
      await stage.serve();
      await language(stage, 'zh');
      await arrived();
      good(verify(await exported(stage)));
    }
  });

  test('a receiver that nobody vouches for gets nothing', async () => {
    await arrived();
    await receiver.down();
    const had = receiver.messages.length;
    const right = receiver.pair;
    receiver.pair = { ...certificate('stranger'), ca: right.ca };
    await receiver.up();
    await language(stage, 'en');
    await until('the reason', async () => (await stage.ask('GET', 'audit/sinks')).items.some((s) => /certificate/i.test(s.error)));
    assert.equal(receiver.messages.length, had);
    await receiver.down();
    receiver.pair = right;
    await receiver.up();
    await arrived();
  });
});

test('plain TCP is for the machine itself, and what is wrong is said before anything starts', () => {
  const check = (...words) => tool('check', '--data-dir', path.join(folder, 'check'), ...words);
  assert.match(check('--syslog', 'tcp://10.0.0.1:514').stderr, /only for the machine itself/);
  assert.match(check('--syslog', 'udp://127.0.0.1').stderr, /tls:\/\//);
  assert.match(check('--syslog', 'tls://127.0.0.1', '--syslog-ca', '/nowhere/ca.pem').stderr, /\/nowhere\/ca\.pem/);
  assert.match(check('--syslog', 'tls://127.0.0.1', '--syslog-cert', path.join(folder, 'receiver.pem')).stderr, /go together/);
  assert.equal(check('--syslog', 'tcp://127.0.0.1:514').status, 0);
});
