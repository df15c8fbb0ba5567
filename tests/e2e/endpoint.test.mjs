// The client against a server that the test plays: what is enrolled, kept, refused, told and wiped.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { appendFileSync, chmodSync, cpSync, existsSync, mkdirSync, readFileSync, readlinkSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { FakeServer, Key, uuid } from './fake-server.mjs';
import { Machine, isRoot, stand, until } from './machine.mjs';

async function scene(t, enrolled = true) {
  const { server, machine } = await stand(t);
  await machine.start();
  if (enrolled) await machine.enrol(server);
  return { server, machine };
}

test('a server is asked only for what it knows', async (t) => {
  const { server, machine } = await scene(t);
  const polls = () => server.requests.filter((r) => r.path === '/agent/v1/sync');
  await until('a poll', () => polls().length > 0);
  assert.ok(polls().every((r) => !('offline' in r.body)));
  assert.deepEqual((await machine.status()).offline, { left: 0 });
  const none = await machine.ask({ cmd: 'offline' });
  assert.deepEqual([none.ok, none.code], [false, 'not-found']);
  assert.equal((await machine.ask({ cmd: 'code', code: '0123-4567-89AB-CDEF-Y7P7' })).code, 'not-found');
  server.takes = ['offline'];
  await machine.stop();
  await machine.start();
  await until('a poll with it', () => polls().at(-1).body.offline === '');
});

test('login enrols the computer and leaves the files as documented', async (t) => {
  const { server, machine } = await scene(t, false);
  let run = await machine.holdfast(['status']);
  assert.equal(run.status, 0);
  assert.match(run.out, /not enrolled yet.*holdfast login/);
  const login = machine.holdfastBegin(['login']);
  await until('the address', () => login.out.includes(`${server.url}/enrol?user_code=WDJB-MJHT`));
  assert.match(login.out, /WDJB-MJHT/);
  // Nothing of a login that is not finished is on the disk.
  assert.ok(!existsSync(machine.state('device.key')));
  server.consent = true;
  assert.equal(await login.end, 0);
  assert.match(login.out, /enrolled for 李华/);
  assert.equal(server.facts.client_id, 'holdfast-client');
  assert.ok(server.facts.hostname && server.facts.os && server.facts.client_version);

  for (const [name, mode] of [['device.key', 0o600], ['anchor', 0o600], ['keys.jws', 0o600], ['statement.jws', 0o600], ['ledger', 0o600]])
    assert.equal(statSync(machine.state(name)).mode & 0o777, mode, name);
  assert.match(machine.read('device.key'), /^[0-9a-f]{64}\n$/);
  assert.equal(readFileSync(machine.path('etc/holdfast/enrolled'), 'utf8'), `${server.device.id}\n`);
  const anchor = JSON.parse(machine.read('anchor'));
  assert.deepEqual([anchor.org, anchor.device, anchor.root], [server.org, server.device.id, server.root.x]);
  assert.equal(machine.read('ledger'), `holdfast-ledger 1 ${anchor.ledger}\n`);
  assert.ok(!existsSync(machine.state('enrolling')));

  run = await machine.holdfast(['status']);
  assert.match(run.out, /protected/);
  assert.match(run.out, /李华/);
  run = await machine.holdfast(['status'], { env: { LC_ALL: 'zh_CN.UTF-8' } });
  assert.match(run.out, /本机受保护/);
  run = await machine.holdfast(['login']);
  assert.equal(run.status, 1);
  assert.match(run.out, /enrolled already/);
});

test('who signs out files nothing and stays protected; signing in again goes on where it was', async (t) => {
  const { server, machine } = await scene(t);
  const before = ['ledger', 'anchor', 'device.key'].map((name) => machine.read(name));
  let run = await machine.holdfast(['logout']);
  assert.equal(run.status, 0, run.err);
  assert.match(run.out, /signed out\. The computer stays as protected/);
  run = await machine.holdfast(['status']);
  assert.match(run.out, /protected: the client cannot be removed/);
  assert.match(run.out, /Signed in last: .*Nobody is signed in.*holdfast login/s);
  assert.doesNotMatch(run.out, /Signed in as/);
  run = await machine.holdfast(['status'], { env: { LC_ALL: 'zh_CN.UTF-8' } });
  assert.match(run.out, /本机已退出登录/);
  run = await machine.holdfast(['uninstall', '--reason', 'x']);
  assert.equal(run.status, 1);
  assert.match(run.out, /Nobody is signed in/);
  assert.equal(server.filings.length, 0);
  const login = machine.holdfastBegin(['login']);
  await until('the address', () => login.out.includes('WDJB-MJHT'));
  assert.equal(server.facts.device_key, server.device.x);
  assert.equal(server.facts.switch, undefined);
  server.session_end = null;
  server.consent = true;
  assert.equal(await login.end, 0, login.err);
  assert.deepEqual(['ledger', 'anchor', 'device.key'].map((name) => machine.read(name)), before);
  run = await machine.holdfast(['uninstall', '--reason', '电脑报废', '--no-wait']);
  assert.equal(run.status, 0, run.err);
});

test('only a page of the web is given out as the one to sign in on', async (t) => {
  const { server, machine } = await scene(t, false);
  server.override['/agent/v1/device_authorization'] = (body, fake) => {
    const answer = fake.authorize(body);
    for (const name of ['verification_uri', 'verification_uri_complete']) answer[1][name] = `file:///tmp/any.desktop?${answer[1][name]}`;
    return answer;
  };
  const run = await machine.holdfast(['login', '--no-wait']);
  assert.notEqual(run.status, 0);
  assert.doesNotMatch(run.out + run.err, /file:/);
  delete server.override['/agent/v1/device_authorization'];
  await machine.enrol(server);
});

test('where the policy keeps people signed in, that is said', async (t) => {
  const { server, machine } = await scene(t);
  server.override['/agent/v1/sign-out'] = () => [403, { detail: 'Your organisation does not let people sign out of protected devices.' }];
  const run = await machine.holdfast(['logout']);
  assert.equal(run.status, 1);
  assert.match(run.err, /cannot sign out here: your organisation/);
  assert.doesNotMatch((await machine.holdfast(['status'])).out, /Nobody is signed in/);
});

test('somebody else takes the computer over, and nothing of the person before is left', async (t) => {
  const { server, machine } = await scene(t);
  await machine.holdfast(['uninstall', '--reason', '电脑报废', '--no-wait']);
  server.decide('approved');
  await until('the grant', () => machine.grants().length === 1);
  const [grant] = machine.grants();
  let run = await machine.holdfast(['login']);
  assert.match(run.out, /enrolled already.*holdfast login --switch/s);
  const login = machine.holdfastBegin(['login', '--switch']);
  await until('the address', () => login.out.includes('WDJB-MJHT'));
  assert.match(login.out, /take this computer over/);
  assert.equal(server.facts.switch, '1');
  server.owner = { id: uuid(), name: '王芳' };
  server.instance = null;
  server.grants.clear();
  server.counter = Date.now();
  server.consent = true;
  assert.equal(await login.end, 0, login.err);
  assert.match(login.out, /enrolled for 王芳/);
  assert.deepEqual(machine.grants(), []);
  assert.match(machine.read('ledger'), new RegExp(`revoked ${grant} `));
  assert.equal(JSON.parse(machine.read('owner')).id, server.owner.id);
  run = await machine.holdfast(['status']);
  assert.match(run.out, /protected.*王芳/s);
  // What is signed for the person before is not taken any more.
  server.setRules({});
  await until('the new statement', () => JSON.parse(Buffer.from(machine.read('statement.jws').split('.')[1], 'base64url')).counter === server.counter);
});

test('a login of another server is not taken on an enrolled computer', async (t) => {
  const { server, machine } = await scene(t);
  const before = machine.read('anchor');
  await machine.holdfast(['logout']);
  const other = new Key();
  server.tokenChanges = () => ({ root: other.x, keys: server.keys({}, other) });
  const login = machine.holdfastBegin(['login']);
  await until('the address', () => login.out.includes('WDJB-MJHT'));
  server.consent = true;
  assert.equal(await login.end, 1);
  assert.match(login.err, /another organisation/);
  assert.equal(machine.read('anchor'), before);
  assert.equal((await machine.status()).protected, true);
});

test('an administrator\'s token enrols without a page, and is never on a command line', { skip: !isRoot }, async (t) => {
  const { server, machine } = await scene(t, false);
  const file = machine.path('token');
  writeFileSync(file, 'hfe_example\n', { mode: 0o644 });
  let run = await machine.holdfast(['login', '--token-file', file]);
  assert.equal(run.status, 1);
  assert.match(run.err, /readable by nobody else/);
  run = await machine.holdfast(['login', '--token-file', machine.path('none')]);
  assert.match(run.err, /no file/);
  run = await machine.holdfast(['login', '--token-file']);
  assert.equal(run.status, 2);
  assert.match(run.err, /Which file\?/);
  chmodSync(file, 0o600);
  server.tokenRefused = 'This enrolment token has expired.';
  run = await machine.holdfast(['login', '--token-file', file]);
  assert.equal(run.status, 1);
  assert.match(run.err, /not accepted: This enrolment token has expired/);
  server.tokenRefused = null;
  // A page that somebody was shown and that waits keeps no token out.
  run = await machine.holdfast(['login', '--no-wait']);
  assert.match(run.out, /WDJB-MJHT/);
  run = await machine.holdfast(['login', '--token-file', '-'], { input: 'hfe_example\n' });
  assert.equal(run.status, 0, run.err);
  assert.equal(server.facts.enrolment_token, 'hfe_example');
  assert.match(run.out, /enrolled for 李华/);
  assert.equal((await machine.status()).enrolled, true);
});

test('a refused and an unreachable enrolment are said in words and leave nothing', async (t) => {
  const { server, machine } = await scene(t, false);
  const login = machine.holdfastBegin(['login']);
  await until('the address', () => login.out.includes('WDJB-MJHT'));
  server.consent = false;
  assert.equal(await login.end, 1);
  assert.match(login.err, /refused on the page/);
  assert.equal((await machine.status()).enrolled, false);
  await server.stop();
  const run = await machine.holdfast(['login', '--no-wait']);
  assert.equal(run.status, 3);
  assert.match(run.err, /cannot be reached/);
  await server.start(server.port);
  assert.ok(!existsSync(machine.path('etc/holdfast/enrolled')));
});

test('an enrolment with anything unsigned in it is not written', async (t) => {
  const { server, machine } = await scene(t, false);
  const other = new Key();
  const cases = [
    () => ({ keys: server.keys({}, other) }),
    () => ({ statement: server.statement({}, other) }),
    () => ({ statement: server.statement({ device: uuid() }) }),
    () => ({ org: uuid() }),
    () => ({ root: other.x }),
    () => ({ device: '../../etc' }),
  ];
  for (const changes of cases) {
    server.tokenChanges = changes;
    assert.equal((await machine.holdfast(['login', '--no-wait'])).status, 0);
    server.consent = true;
    const login = await until('the end', async () => {
      const { login } = await machine.status();
      return login?.state === 'failed' && login;
    });
    assert.ok(login.text);
    assert.ok(!existsSync(machine.state('device.key')), changes.toString());
  }
  server.tokenChanges = null;
  await machine.enrol(server);
});

test('a request is filed, waited for, approved, and the grant is there', async (t) => {
  const { server, machine } = await scene(t);
  const filing = machine.holdfastBegin(['uninstall', '--reason', '  电脑报废  ']);
  await until('the filing', () => server.instance);
  assert.equal(server.filings[0].reason, '电脑报废');
  assert.equal(server.filings[0].package, 'holdfast-client');
  assert.equal(server.filings[0].by_root, undefined);
  await until('its number', () => filing.out.includes('HF-000123'));
  assert.equal((await machine.ask({ cmd: 'attempt', package: 'holdfast-client', tampered: false, action: 'remove' })).number,
    isRoot ? 'HF-000123' : undefined);
  let run = await machine.holdfast(['status']);
  assert.match(run.out, /HF-000123 has been waiting/);
  assert.match(run.out, /王芳/);
  run = await machine.holdfast(['uninstall', '--no-wait', '--reason', 'another']);
  assert.equal(run.status, 0, run.out + run.err + machine.log);
  assert.match(run.out, /waiting already: HF-000123/);
  server.decide('approved', '同意');
  assert.equal(await filing.end, 0);
  assert.match(filing.out, /HF-000123 is approved.*until \d{4}-/);
  assert.match(filing.out, /sudo apt remove holdfast-client/);
  assert.deepEqual(machine.grants(), [...server.grants.keys()]);
  const status = JSON.parse((await machine.holdfast(['status', '--json'])).out);
  assert.equal(status.grant.number, 'HF-000123');
  assert.equal(status.instance.status, 'approved');
});

test('a rejection comes by itself, with the comment; filing again is offered', async (t) => {
  const { server, machine } = await scene(t);
  const filing = machine.holdfastBegin(['uninstall', '--reason', 'x']);
  await until('the filing', () => server.instance);
  server.decide('rejected', '请周五再卸载');
  assert.equal(await filing.end, 1);
  assert.match(filing.out, /HF-000123 was rejected by 王芳/);
  assert.match(filing.out, /请周五再卸载/);
  assert.match(filing.out, /To file again/);
  assert.deepEqual(machine.grants(), []);
});

test('a request is withdrawn; a decided one is not', async (t) => {
  const { server, machine } = await scene(t);
  assert.match((await machine.holdfast(['withdraw'])).err, /No request is waiting/);
  assert.equal((await machine.holdfast(['uninstall', '--no-wait', '--reason', 'x'])).status, 0);
  const run = await machine.holdfast(['withdraw']);
  assert.equal(run.status, 0);
  assert.match(run.out, /HF-000123 is withdrawn/);
  assert.equal(server.instance.status, 'revoked');
  assert.match((await machine.holdfast(['status'])).out, /HF-000123 was withdrawn/);
});

test('refusals of filing are said in the employee\'s words', async (t) => {
  const { server, machine } = await scene(t);
  for (const reason of ['', ' 　 ', 'x'.repeat(501)]) {
    const run = await machine.holdfast(['uninstall', '--reason', reason]);
    assert.equal(run.status, 2);
    assert.match(run.err, /1 to 500 characters/);
  }
  assert.equal((await machine.holdfast(['uninstall'])).status, 2);
  assert.equal(server.filings.length, 0);
  server.override['/agent/v1/requests'] = () => [429, { detail: 'More than 5 a day.' }];
  let run = await machine.holdfast(['uninstall', '--reason', 'x'], { env: { LC_ALL: 'zh_CN.UTF-8' } });
  assert.equal(run.status, 1);
  assert.match(run.err, /过多/);
  assert.doesNotMatch(run.err, /429/);
  server.override['/agent/v1/requests'] = () => [403, { detail: 'Nobody can decide it.' }];
  run = await machine.holdfast(['uninstall', '--reason', 'x']);
  assert.equal(run.status, 1);
  assert.match(run.err + run.out, /it@example.com/);
  server.setRules({ filing: false });
  await until('the rules', async () => !(await machine.status()).filing);
  run = await machine.holdfast(['uninstall', '--reason', 'x']);
  assert.match(run.err, /cannot be filed/);
  server.setRules({ mode: 'off' });
  await until('the rules', async () => !(await machine.status()).protected);
  run = await machine.holdfast(['uninstall', '--reason', 'x']);
  assert.equal(run.status, 0);
  assert.match(run.out, /No request is needed/);
});

test('the link to DingTalk being down is said without a code', async (t) => {
  const { server, machine } = await scene(t);
  assert.equal((await machine.holdfast(['uninstall', '--no-wait', '--reason', 'x'])).status, 0);
  server.instance.delivery = 'failed';
  server.changed();
  await until('the view', async () => (await machine.status()).instance?.delivery === 'failed');
  assert.match((await machine.holdfast(['status'])).out,
    /Your request is recorded \(HF-000123\); the link to DingTalk is down and your administrator has been told/);
});

test('whoever has filed five times today is not asked to file again', async (t) => {
  const { server, machine } = await scene(t);
  assert.match((await machine.holdfast(['status'])).out, /To ask for removal/);
  server.filingsLeft = 0;
  server.changed();
  await until('the view', async () => (await machine.status()).filings_left === 0);
  const { out } = await machine.holdfast(['status']);
  assert.match(out, /Too many requests/);
  assert.doesNotMatch(out, /To ask for removal/);
});

test('a request filed while the server is away is kept and sent once it is back', async (t) => {
  const { server, machine } = await scene(t);
  await server.stop();
  const run = await machine.holdfast(['uninstall', '--no-wait', '--reason', 'offline']);
  assert.equal(run.status, 3);
  assert.match(run.out, /kept on this computer/);
  await machine.stop('SIGKILL');
  await machine.start();
  assert.equal((await machine.status()).kept.reason, 'offline');
  assert.match((await machine.holdfast(['status'])).out, /has not been sent yet.*\nTo take it back: holdfast withdraw\nWithout a connection/);
  await server.start(server.port);
  await until('the filing', () => server.instance);
  assert.equal(server.instance.reason, 'offline');
  await until('the view', async () => (await machine.status()).instance?.status === 'pending');
  assert.equal((await machine.status()).kept, null);
  assert.equal(new Set(server.filings.map((f) => f.key)).size, 1);
});

test('rules that are not for this device, not newer, or not signed are not written', async (t) => {
  const { server, machine } = await scene(t);
  const before = machine.read('statement.jws');
  const other = new Key();
  const bad = [
    { statement: server.statement({ counter: server.counter - 1 }) },
    { statement: server.statement({ counter: Date.now() + 1000 }, other) },
    { statement: server.statement({ counter: Date.now() + 1000, device: uuid() }) },
    { statement: server.statement({ counter: Date.now() + 1000, org: uuid() }) },
    { statement: server.statement({ counter: Date.now() + 1000, key: other.kid }) },
    { statement: server.statement({ counter: Date.now() + 1000, owner: { id: uuid(), name: 'x' } }) },
    { statement: `${server.statement({ counter: Date.now() + 1000 }).replace(/.(?=.{20}$)/, (c) => (c === 'A' ? 'B' : 'A'))}` },
    { keys: server.keys({ epoch: 5 }, other) },
    { keys: server.keys({ epoch: 0 }) },
    { keys: server.keys({ org: uuid() }) },
    { grants: [server.grant({}, other)] },
    { grants: [server.grant({ device: uuid() })] },
    { grants: [server.grant({ key: other.kid })] },
    { grants: [server.grant({ org: uuid() })] },
    { grants: [server.grant({ exp: Date.now() - 1000, nbf: Date.now() - 5000, iat: Date.now() - 5000 })] },
    { grants: [server.grant({ id: '../../../etc/passwd' })] },
    { grants: ['x'.repeat(70000)] },
  ];
  for (const [i, answer] of bad.entries()) {
    let served = 0;
    server.override['/agent/v1/sync'] = () => {
      if (served++) return undefined;
      return [200, { time_ms: Date.now(), view: { owner: server.owner, instance: null }, view_tag: `bad${i}`, grants: [], revoke: [], ...answer }];
    };
    server.changed();
    await until(`answer ${i} and the poll after it`, () => served > 1);
    assert.equal(machine.read('statement.jws'), before, JSON.stringify(answer));
    assert.deepEqual(machine.grants(), [], JSON.stringify(answer));
  }
  delete server.override['/agent/v1/sync'];
  server.changed();
  assert.equal((await machine.status()).protected, true);
  assert.match(machine.log, /refused/);
});

test('keys rotate under the root, and what the old key signed still holds', async (t) => {
  const { server, machine } = await scene(t);
  const old = server.epochKey;
  const before = server.deliver(server.grant());
  await until('the grant', () => machine.grants().includes(before));
  server.epochKey = new Key();
  server.epoch++;
  const time = Date.now();
  server.keys = () => server.root.jws('holdfast-keys', {
    v: 1, org: server.org, epoch: 2, time,
    keys: [old, server.epochKey].map((key) => ({ kid: key.kid, x: key.x, nbf: time - 86400000, exp: time + 86400000 })),
  });
  server.setRules({ covered: true });
  await until('the statement', () => machine.read('statement.jws').startsWith(server.statement().split('.')[0]));
  assert.ok(machine.grants().includes(before));
  const after = server.deliver(server.grant());
  await until('the new grant', () => machine.grants().includes(after));
});

test('of many grants that were called back or are held as many are told as the server takes', async (t) => {
  const { server, machine } = await scene(t);
  for (let round = 1; round <= 3; round++) {
    for (let i = 0; i < 20; i++) server.revoke.add(uuid());
    server.changed();
    await until('the confirmation', () => server.confirmedRevoked.size === 20 * round);
  }
  for (let i = 0; i < 40; i++) await machine.holdfast(['grant', 'import', '-'], { input: server.grant() });
  await until('the grants', () => machine.grants().length === 40);
  server.setRules({ filing: false });
  await until('the rules', async () => !(await machine.status()).filing);
  const newest = machine.grants().map((name) => name.slice(0, 36)).sort().slice(-32);
  await until('the newest', () => JSON.stringify([...server.question.held].sort()) === JSON.stringify(newest));
});

test('a revoked grant is entered in the ledger, confirmed, and cannot be imported again', async (t) => {
  const { server, machine } = await scene(t);
  const jws = server.grant();
  const id = server.deliver(jws);
  await until('the grant', () => machine.grants().includes(id));
  server.revoke.add(id);
  server.changed();
  await until('the confirmation', () => server.confirmedRevoked.has(id));
  assert.deepEqual(machine.grants(), []);
  assert.match(machine.read('ledger'), new RegExp(`\nrevoked ${id} \\d+\n$`));
  const run = await machine.holdfast(['grant', 'import', '-'], { input: jws });
  assert.equal(run.status, 1);
  assert.match(run.err, /expired, or was used or revoked/);
});

test('a grant comes by file or paste; another computer\'s does not', async (t) => {
  const { server, machine } = await scene(t);
  writeFileSync(machine.path('grant.txt'), `${server.grant({ number: 'HF-000777', exp: 0 })}\n`);
  let run = await machine.holdfast(['grant', 'import', machine.path('grant.txt')]);
  assert.equal(run.status, 0, run.err);
  assert.match(run.out, /HF-000777 is on this computer/);
  assert.equal((await machine.status()).grant.number, 'HF-000777');
  run = await machine.holdfast(['grant', 'import', '-'], { input: server.grant({ device: uuid() }) });
  assert.equal(run.status, 1);
  assert.match(run.err, /another computer/);
  run = await machine.holdfast(['grant', 'import', '-'], { input: 'not a grant' });
  assert.equal(run.status, 1);
  assert.match(run.err, /not a valid approval/);
  run = await machine.holdfast(['grant', 'import', machine.path('missing')]);
  assert.equal(run.status, 1);
  assert.equal(machine.grants().length, 1);
});

test('reports outlive the server\'s absence and the keeper\'s death, and arrive once, in order', { skip: !isRoot }, async (t) => {
  const { server, machine } = await scene(t);
  await server.stop();
  for (const action of ['one', 'two', 'three'])
    await machine.ask({ cmd: 'attempt', package: 'holdfast-client', tampered: action === 'two', action });
  assert.equal(machine.reports().length, 3);
  await machine.stop('SIGKILL');
  assert.equal(machine.reports().length, 3);
  await machine.start();
  await server.start(server.port);
  await until('the reports', () => machine.reports().length === 0);
  assert.deepEqual(server.receipts.map((r) => [r.kind, r.text]), [['attempt', 'one'], ['tampered', 'two'], ['attempt', 'three']]);
  assert.ok(server.receipts.every((r) => r.boot === machine.bootId() && r.package === 'holdfast-client'));
});

test('a report that the server refuses for good holds up no other', { skip: !isRoot }, async (t) => {
  const { server, machine } = await scene(t);
  server.override['/agent/v1/receipts'] = (body) =>
    body.receipts.some((r) => r.text === 'poison') ? [422, { detail: 'No.' }] : undefined;
  for (const action of ['poison', 'good'])
    await machine.ask({ cmd: 'attempt', package: 'holdfast-client', tampered: false, action });
  await until('the good one', () => server.receipts.some((r) => r.text === 'good'));
  await until('the spool', () => machine.reports().filter((name) => name.endsWith('.json')).length === 0);
  assert.equal(machine.reports().filter((name) => name.endsWith('.refused')).length, 1);
});

test('what the guard wrote into the ledger is reported once, whoever dies meanwhile', async (t) => {
  const { server, machine } = await scene(t);
  const id = server.deliver(server.grant());
  await until('the grant', () => machine.grants().includes(id));
  const at = Date.now();
  appendFileSync(machine.state('ledger'), `consumed ${id} ${at} ${machine.bootId()} 0.1.0\n`);
  const receipt = await until('the receipt', () => server.receipt('consumed'));
  assert.deepEqual([receipt.grant, receipt.at_ms, receipt.package], [id, at, 'holdfast-client']);
  assert.equal((await machine.status()).grant, null);
  await until('the spool', () => machine.reports().length === 0);
  // Without the note that it was reported, it is made again under the same id.
  await machine.stop('SIGKILL');
  rmSync(machine.state('reported'));
  appendFileSync(machine.state('ledger'), `restored ${id} ${at + 1} ${machine.bootId()} 0.1.0\n`);
  await machine.start();
  await until('the second', () => server.receipt('restored'));
  await until('the spool', () => machine.reports().length === 0);
  assert.equal(server.receipts.filter((r) => r.kind === 'consumed').length, 1);
  assert.equal((await machine.status()).grant.id, id);
});

test('after a removal with a grant the goodbye is sent and nothing of the enrolment stays', async (t) => {
  const { server, machine } = await scene(t);
  const id = server.deliver(server.grant());
  await until('the grant', () => machine.grants().includes(id));
  appendFileSync(machine.state('ledger'), `consumed ${id} ${Date.now() - 1000} ${machine.bootId()} 0.1.0\n`);
  writeFileSync(machine.path('run/holdfast/removed'), '');
  assert.deepEqual(await machine.exit, { code: 0, signal: null });
  assert.deepEqual(server.receipts.map((r) => r.kind), ['consumed', 'removed']);
  for (const name of ['device.key', 'anchor', 'ledger', 'statement.jws', 'keys.jws', 'owner', 'leaving'])
    assert.ok(!existsSync(machine.state(name)), name);
  assert.deepEqual([...machine.grants(), ...machine.reports()], []);
  assert.ok(!existsSync(machine.path('etc/holdfast/enrolled')));
  assert.ok(!existsSync(machine.path('run/holdfast/removed')));
  assert.ok(!existsSync(machine.path('run/holdfast/keeper.sock')));
  await machine.start();
  assert.equal((await machine.status()).enrolled, false);
});

test('a goodbye that nobody takes ends in at most ten seconds', async (t) => {
  const { server, machine } = await scene(t);
  server.setRules({ mode: 'off' });
  await until('the rules', async () => !(await machine.status()).protected);
  await server.stop();
  const before = Date.now();
  writeFileSync(machine.path('run/holdfast/removed'), '');
  assert.equal((await machine.exit).code, 0);
  assert.ok(Date.now() - before < 10000);
  assert.ok(!existsSync(machine.state('device.key')));
  await server.start(server.port);
});

test('a removal without a grant is alarmed at once and the keeper stays', async (t) => {
  const { server, machine } = await scene(t);
  // A grant used long ago, or given back since, is no ground.
  const id = server.deliver(server.grant());
  await until('the grant', () => machine.grants().includes(id));
  const line = (word, ago) => `${word} ${id} ${Date.now() - ago} ${machine.bootId()} 0.1.0\n`;
  appendFileSync(machine.state('ledger'), line('consumed', 3700000));
  writeFileSync(machine.path('run/holdfast/removed'), '');
  await until('the alarm', () => server.receipt('removed-without-grant'));
  appendFileSync(machine.state('ledger'), line('consumed', 1000) + line('restored', 900));
  writeFileSync(machine.path('run/holdfast/removed'), '');
  await until('the second', () => server.receipts.filter((r) => r.kind === 'removed-without-grant').length === 2);
  assert.equal(server.receipt('removed'), undefined);
  assert.equal((await machine.status()).enrolled, true);
  assert.ok(existsSync(machine.state('device.key')));
  assert.equal(machine.ended, false);
});

test('an enrolment that was cut short is finished at the next start', async (t) => {
  const { server, machine } = await scene(t);
  const parts = { key: 'device.key', anchor: 'anchor', keys: 'keys.jws', statement: 'statement.jws', owner: 'owner', ledger: 'ledger' };
  const all = Object.fromEntries(Object.entries(parts).map(([name, file]) => [name, machine.read(file)]));
  all.mark = `${server.device.id}\n`;
  await machine.stop('SIGKILL');
  for (const name of ['device.key', 'anchor', 'owner']) rmSync(machine.state(name));
  rmSync(machine.path('etc/holdfast/enrolled'));
  writeFileSync(machine.state('enrolling'), JSON.stringify(all), { mode: 0o600 });
  await machine.start();
  await until('the session', async () => (await machine.status()).online);
  assert.equal((await machine.status()).protected, true);
  assert.ok(!existsSync(machine.state('enrolling')));
});

test('missing parts of an enrolment do not make the computer look never enrolled', async (t) => {
  const { server, machine } = await scene(t);
  await machine.stop();
  rmSync(machine.path('etc/holdfast/enrolled'));
  rmSync(machine.state('statement.jws'));
  await machine.start();
  // What the server signs is fetched again, the mark is put back, and it is reported.
  await until('the statement', async () => (await machine.status()).protected);
  assert.ok(existsSync(machine.path('etc/holdfast/enrolled')));
  await until('the report', () => server.receipt('tampered'));
  await machine.stop();
  rmSync(machine.state('ledger'));
  await machine.start();
  const status = await machine.status();
  assert.equal(status.enrolled, true);
  assert.equal(status.protected, true);
  assert.ok(!existsSync(machine.state('ledger')));
  if (isRoot) assert.match((await machine.holdfast(['status'])).out, /missing or were changed/);
  // It still speaks with its server, which hears of it.
  await until('the second report', () => server.receipts.some((r) => r.kind === 'tampered' && r.text.includes('ledger')));
});

test('a statement taken away from under a running keeper is asked for again', async (t) => {
  const { server, machine } = await scene(t);
  rmSync(machine.state('statement.jws'));
  await until('the loss', async () => (await machine.status()).tampered);
  assert.equal((await machine.status()).protected, true);
  await until('the statement', () => existsSync(machine.state('statement.jws')));
  await until('the end of it', async () => !(await machine.status()).tampered);
});

test('an enrolment taken away from under a running keeper is said, and nothing is filed in vain', async (t) => {
  const { machine } = await scene(t);
  rmSync(machine.state('ledger'));
  const status = await machine.status();
  assert.equal(status.tampered, true);
  assert.equal(status.protected, true);
  if (!isRoot) return;
  const filed = await machine.holdfast(['uninstall', '--no-wait', '--reason', 'x']);
  assert.equal(filed.status, 1);
  assert.match(filed.err, /missing or were changed/);
});

test('others on the computer see little and may do little', { skip: !isRoot }, async (t) => {
  const { machine } = await scene(t);
  const other = { uid: 65534, gid: 65534 };
  let run = await machine.holdfast(['status', '--json'], other);
  assert.deepEqual(Object.keys(JSON.parse(run.out)).sort(), ['enrolled', 'pending', 'protected']);
  run = await machine.holdfast(['uninstall', '--reason', 'x'], other);
  assert.equal(run.status, 1);
  assert.match(run.err, /another account/);
  run = await machine.holdfast(['withdraw'], other);
  assert.equal(run.status, 1);
  // Nor by beginning to take the computer over, which anybody may.
  assert.equal((await machine.holdfast(['login', '--switch', '--no-wait'], other)).status, 0);
  run = await machine.holdfast(['status', '--json'], other);
  assert.deepEqual(Object.keys(JSON.parse(run.out)).sort(), ['enrolled', 'login', 'pending', 'protected']);
  assert.equal(JSON.parse(run.out).login.state, 'waiting');
});

test('an ordinary user enrols and files; root in their place is recorded as such', { skip: !isRoot }, async (t) => {
  const { server, machine } = await scene(t, false);
  const user = { uid: 12345, gid: 12345 };
  assert.equal((await machine.holdfast(['login', '--no-wait'], user)).status, 0);
  server.consent = true;
  await until('the enrolment', async () => (await machine.status()).online);
  assert.equal((await machine.holdfast(['uninstall', '--no-wait', '--reason', 'mine'], user)).status, 0);
  assert.equal(server.filings[0].by_root, undefined);
  assert.equal((await machine.holdfast(['withdraw'], user)).status, 0);
  assert.equal((await machine.holdfast(['uninstall', '--no-wait', '--reason', 'for them'])).status, 0);
  assert.equal(server.filings[1].by_root, true);
});

test('the agent runs as its own user and is back at once, however often it is killed', { skip: !isRoot }, async (t) => {
  const { machine } = await scene(t);
  const nobody = readFileSync('/etc/passwd', 'utf8').match(/^nobody:[^:]*:(\d+)/m)[1];
  // Delays that double would be 32 seconds at the seventh.
  for (let i = 0; i < 7; i += 1) {
    const first = await until('an agent', () => machine.agent());
    const status = () => readFileSync(`/proc/${first}/status`, 'utf8');
    await until('its user', () => new RegExp(`^Uid:\t${nobody}\t${nobody}\t${nobody}\t`, 'm').test(status()));
    assert.match(status(), /^Groups:\t? ?$/m);
    process.kill(first, 'SIGKILL');
    await until('another', () => machine.agent() && machine.agent() !== first);
  }
  await until('the session', async () => (await machine.status()).online);
});

test('an agent that was stopped or hangs is replaced', async (t) => {
  const { machine } = await scene(t);
  await machine.stop();
  await machine.start({ WATCHDOG_USEC: '400000' });
  await until('the session', async () => (await machine.status()).online);
  const first = machine.agent();
  process.kill(first, 'SIGSTOP');
  await until('another', () => machine.agent() && machine.agent() !== first);
  await until('the session', async () => (await machine.status()).online);
  // One that is up but has nothing to say and reads nothing.
  const program = machine.path('usr/lib/holdfast/holdfast-agent');
  rmSync(program);
  writeFileSync(program, '#!/bin/sh\nexec sleep 1000\n', { mode: 0o755 });
  const second = machine.agent();
  process.kill(second, 'SIGKILL');
  const third = await until('the one that hangs', () => machine.agent() !== second && machine.agent());
  await until('its end', () => machine.agent() && machine.agent() !== third);
  assert.match(machine.log, /was stopped and is replaced/);
  assert.match(machine.log, /does not answer and is replaced/);
});

test('the service manager hears that the keeper is ready, and then that it lives', async (t) => {
  const { machine } = await scene(t, false);
  await machine.stop();
  const path = machine.path('notify');
  const listen = spawn('python3', ['-uc', `import socket
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM); s.bind(${JSON.stringify(path)})
while True: print(s.recv(1000).decode())`], { stdio: ['ignore', 'pipe', 'inherit'] });
  t.after(() => listen.kill());
  let said = '';
  listen.stdout.on('data', (text) => { said += text; });
  await until('the listener', () => existsSync(path));
  await machine.start({ NOTIFY_SOCKET: path, WATCHDOG_USEC: '400000' });
  await until('three signs', () => said.split('WATCHDOG=1').length > 3);
  assert.match(said, /^READY=1\n(WATCHDOG=1\n)+$/);
});

// A systemd that notes what it is asked for and says what the file "state" says.
function systemd(machine) {
  mkdirSync(machine.path('run/systemd/system'), { recursive: true });
  mkdirSync(machine.path('usr/bin'), { recursive: true });
  writeFileSync(machine.path('state'), 'running\n');
  writeFileSync(machine.path('usr/bin/systemctl'), `#!/bin/sh
echo "$*" >>${machine.path('asked')}
[ "$1" != is-system-running ] || cat ${machine.path('state')}
`, { mode: 0o755 });
}

test('while the policy protects the client systemd is told not to stop it by hand, and no longer', async (t) => {
  const { server, machine } = await scene(t);
  const dropIn = machine.path('run/systemd/system/holdfast-keeper.service.d/holdfast-protected.conf');
  const reloads = () => (existsSync(machine.path('asked')) ? readFileSync(machine.path('asked'), 'utf8').split('daemon-reload').length - 1 : 0);
  await machine.stop();
  systemd(machine);
  await machine.start();
  await until('the drop-in', () => existsSync(dropIn) && reloads() === 1);
  assert.match(readFileSync(dropIn, 'utf8'), /^\[Unit\]\nRefuseManualStop=yes$/m);
  await machine.stop();
  await machine.start();
  await until('the session', async () => (await machine.status()).online);
  assert.equal(reloads(), 1);
  for (const mode of ['audit', 'block', 'off']) {
    const before = reloads();
    server.setRules({ mode });
    await until(mode, () => existsSync(dropIn) === (mode === 'block') && reloads() === before + 1);
  }
  assert.ok(!existsSync(dirname(dropIn)));
  server.setRules({ mode: 'block' });
  await until('the drop-in', () => existsSync(dropIn));
  const grant = server.deliver(server.grant());
  await until('the grant', () => machine.grants().includes(grant));
  appendFileSync(machine.state('ledger'), `consumed ${grant} ${Date.now() - 1000} ${machine.bootId()} 0.1.0\n`);
  writeFileSync(machine.path('run/holdfast/removed'), '');
  await machine.exit;
  assert.ok(!existsSync(dropIn));
});

test('that it will be silent is announced, at once or when the server is back', async (t) => {
  const { server, machine } = await scene(t);
  systemd(machine);
  const going = () => server.receipts.filter((r) => r.kind === 'going').map((r) => r.text);
  await machine.stop();
  assert.deepEqual(going(), ['stop']);
  await machine.start();
  await until('the session', async () => (await machine.status()).online);
  writeFileSync(machine.path('state'), 'stopping\n');
  await machine.stop();
  assert.deepEqual(going(), ['stop', 'shutdown']);
  writeFileSync(machine.path('state'), 'running\n');
  await server.stop();
  await machine.start();
  await machine.stop();
  assert.deepEqual(going(), ['stop', 'shutdown']);
  await server.start(server.port);
  await machine.start();
  await until('the third', () => going().length === 3);
  // A server that takes nothing keeps nobody waiting.
  server.override['/agent/v1/receipts'] = () => new Promise(() => {});
  assert.deepEqual(await machine.stop(), { code: 0, signal: null });
});

test('an upgrade makes the same process the new program, and nobody finds the door shut', async (t) => {
  const { server, machine } = await scene(t);
  await machine.stop();
  machine.program = machine.path('usr/lib/holdfast/holdfast-keeper');
  cpSync(join(process.env.HOLDFAST_BUILD ?? 'build', 'holdfast-keeper'), machine.program);
  await machine.start();
  await until('the session', async () => (await machine.status()).online);
  await machine.holdfast(['uninstall', '--reason', '电脑报废', '--no-wait']);
  const { pid } = machine.keeper;
  const old = machine.agent();
  const watcher = machine.watch();
  renameSync(machine.program, machine.path('usr/lib/holdfast/old'));
  cpSync(machine.path('usr/lib/holdfast/old'), machine.program);
  const isNew = () => readlinkSync(`/proc/${pid}/exe`) === machine.program;
  assert.ok(!isNew());
  let refused = 0;
  let asks = true;
  const asking = (async () => {
    while (asks) await machine.ask({ cmd: 'status' }).catch((e) => { refused += e.code === 'ECONNREFUSED' || e.code === 'ENOENT' ? 1 : 0; });
  })();
  process.kill(pid, 'SIGHUP');
  process.kill(pid, 'SIGHUP');
  await until('the new program', isNew);
  await watcher.end;
  await until('the session', async () => machine.agent() !== old && (await machine.status()).online);
  asks = false;
  await asking;
  assert.equal(refused, 0);
  assert.equal(machine.ended, false);
  assert.equal((await machine.status()).instance.status, 'pending');
  server.decide('approved');
  await until('the grant', () => machine.grants().length === 1);
  // Without a program to go on as it stays what it is.
  rmSync(machine.program);
  process.kill(pid, 'SIGHUP');
  await until('the complaint', () => machine.log.includes('there is no program'));
  assert.equal((await machine.status()).enrolled, true);
});

test('a sign-in under way is not cut off by an upgrade', async (t) => {
  const { server, machine } = await scene(t, false);
  const login = machine.holdfastBegin(['login']);
  await until('the address', () => login.out.includes('WDJB-MJHT'));
  process.kill(machine.keeper.pid, 'SIGHUP');
  server.consent = true;
  assert.equal(await login.end, 0, login.err);
  await until('the upgrade', () => machine.log.includes('going on as the program'));
  assert.equal((await machine.status()).enrolled, true);
});

test('an expired session is renewed; a server that is restarted is found again', async (t) => {
  const { server, machine } = await scene(t);
  server.bearer = 'gone';
  server.changed();
  await until('a new session', () => server.bearer !== 'gone');
  await server.stop();
  await until('offline', async () => !(await machine.status()).online);
  assert.match((await machine.holdfast(['status'])).out, /cannot be reached at the moment/);
  await server.start(server.port);
  await until('online', async () => (await machine.status()).online);
});

test('who watches hears of what changes, and of nothing else', async (t) => {
  const { server, machine } = await scene(t);
  const watcher = machine.watch();
  const heard = (event) => watcher.events.filter((e) => e.event === event).length;
  await until('the answer', () => watcher.events.length);
  assert.deepEqual(watcher.events.shift(), { ok: true });
  await machine.ask({ cmd: 'status' });
  await machine.ask({ cmd: 'withdraw' });
  assert.deepEqual(watcher.events, []);
  await machine.holdfast(['uninstall', '--reason', '电脑报废', '--no-wait']);
  await until('the request', () => heard('status') > 0);
  const before = heard('status');
  server.decide('approved');
  await until('the grant', async () => (await machine.status()).grant);
  await until('the decision', () => heard('status') > before);
  assert.ok(watcher.events.every((e) => Object.keys(e).join() === 'event'), 'what changed is asked for, not sent');
  if (isRoot) {
    await machine.ask({ cmd: 'attempt', package: 'holdfast-client' });
    await until('the attempt', () => heard('attempt') === 1);
    assert.deepEqual(watcher.events.find((e) => e.event === 'attempt'), { event: 'attempt', package: 'holdfast-client' });
  }
  const count = heard('status');
  await server.stop();
  await until('offline', () => heard('status') > count);
  await machine.stop();
  await watcher.end;
});

// What is run says what it was called with, so that the one who asks is seen to have no part in it.
test('"uninstall now" runs the package manager for whoever holds a grant, apart from the keeper', async (t) => {
  const { server, machine } = await scene(t);
  machine.packageManager(`echo "$*" >$root/called; ps -o sid= $$ >$root/own; echo "Reading package lists..."
    echo "Waiting for cache lock: Could not get lock /var/lib/dpkg/lock-frontend. It is held by process 1 (apt)"
    while [ -e $root/hold ]; do sleep 0.05; done
    echo "Removing holdfast-client ..."; printf 'E: nothing\\n dpkg: error processing package\\n'
    exit $(cat $root/exit)`);
  writeFileSync(machine.path('hold'), '');
  writeFileSync(machine.path('exit'), '100');
  const refused = async (request, code) => assert.equal((await machine.ask({ cmd: 'uninstall-now', ...request })).code, code);
  await refused({}, 'not-found');
  await refused({ grant: uuid() }, 'not-found');
  const first = server.deliver(server.grant());
  server.deliver(server.grant({ package: 'osquery' }));
  await until('the grants', () => machine.grants().length === 2);
  const watcher = machine.watch();
  const removal = async () => (await machine.status()).removal;
  assert.deepEqual(await machine.ask({ cmd: 'uninstall-now', grant: first, package: 'bash', program: '/bin/true' }), { ok: true });
  await until('the lock', async () => (await removal()).step === 'waiting');
  await refused({ grant: first }, 'conflict');
  assert.equal(readFileSync(machine.path('called'), 'utf8'),
    '-y -q -o DPkg::Lock::Timeout=300 --allow-change-held-packages remove -- holdfast-client\n');
  const session = readFileSync(machine.path('own'), 'utf8').trim();
  assert.notEqual(session, execFileSync('ps', ['-o', 'sid=', String(machine.keeper.pid)]).toString().trim());

  // The keeper dies in between, and the next one goes on telling.
  await machine.stop('SIGKILL');
  await machine.start();
  assert.equal((await removal()).state, 'running');
  const after = machine.watch();
  if (isRoot) {
    await machine.ask({ cmd: 'consumed', grant: first, package: 'holdfast-client', version: '0.1.0' });
    await until('the guard', async () => (await removal()).step === 'allowed');
  }
  rmSync(machine.path('hold'));
  await until('the failure', () => after.events.some((e) => e.state === 'failed'));
  const failed = { package: 'holdfast-client', state: 'failed', step: null, text: 'E: nothing dpkg: error processing package' };
  assert.deepEqual(after.events.find((e) => e.state === 'failed'), { event: 'removal', ...failed });
  assert.deepEqual(await removal(), failed);
  assert.ok(watcher.events.some((e) => e.event === 'removal' && e.state === 'running' && e.step === 'waiting'));
  await machine.stop();
  await machine.start();
  assert.deepEqual(await removal(), failed);
  assert.equal((await machine.status()).grant.id, first);

  // And the next try goes through.
  writeFileSync(machine.path('exit'), '0');
  const last = machine.watch();
  assert.equal((await machine.ask({ cmd: 'uninstall-now', grant: first })).ok, true);
  await until('the end', () => last.events.some((e) => e.state === 'done'));
  assert.equal(await removal(), undefined);
  for (const watch of [watcher, after, last]) watch.close();
});

test('"uninstall now" without a package manager, or one that does not run, says so and uses nothing up', async (t) => {
  const { server, machine } = await scene(t);
  const grant = server.deliver(server.grant());
  const other = server.deliver(server.grant({ package: 'curl' }));
  await until('the grants', () => machine.grants().length === 2);
  assert.equal((await machine.ask({ cmd: 'uninstall-now', grant })).code, 'not-found');
  machine.packageManager('');
  assert.match((await machine.ask({ cmd: 'uninstall-now', grant: other })).text, /curl is not installed/);
  writeFileSync(machine.path('usr/bin/apt-get'), 'no program');
  assert.equal((await machine.ask({ cmd: 'uninstall-now', grant })).ok, true);
  const removal = await until('the failure', async () => {
    const { removal } = await machine.status();
    return removal?.state === 'failed' && removal;
  });
  assert.ok(removal.text);
  assert.equal((await machine.status()).grant.id, grant);
});

test('no keeper, wrong words: each is told apart by its exit status', async (t) => {
  const { machine } = await scene(t, false);
  assert.equal((await machine.holdfast(['frobnicate'])).status, 2);
  assert.equal((await machine.holdfast([])).status, 2);
  assert.equal((await machine.holdfast(['status', '--yaml'])).status, 2);
  assert.equal((await machine.holdfast(['grant', 'import'])).status, 2);
  assert.equal((await machine.holdfast(['grant'])).status, 2);
  assert.equal((await machine.holdfast(['--help'])).status, 0);
  assert.match((await machine.holdfast(['--version'])).out, /^holdfast \d/);
  await machine.stop();
  const run = await machine.holdfast(['status']);
  assert.equal(run.status, 3);
  assert.match(run.err, /not running/);
});

test('plain http to another machine is refused before anything is sent', async (t) => {
  const machine = new Machine('http://holdfast.example');
  t.after(() => machine.remove());
  await machine.start();
  const run = await machine.holdfast(['login']);
  assert.equal(run.status, 1);
  assert.match(run.err, /must begin with https/);
});

test('a changed agent.conf counts at once, a broken one changes nothing', async (t) => {
  const server = new FakeServer();
  await server.start();
  const machine = new Machine('');
  t.after(async () => {
    await machine.remove();
    await server.stop();
  });
  await machine.start();
  assert.match((await machine.holdfast(['login'])).err, /No usable server is set/);
  machine.configure(server.url);
  await until('the settings', async () => (await machine.holdfast(['login', '--no-wait'])).status === 0);
  writeFileSync(machine.path('etc/holdfast/agent.conf'), '[server]\nurll = x\n');
  await until('the complaint', () => machine.log.includes('no key "urll"'));
  assert.equal((await machine.status()).server, server.url);
  await machine.stop();
  await machine.start();
  assert.equal((await machine.status()).enrolled, false);
  machine.configure(server.url);
  await until('the settings', async () => (await machine.holdfast(['login', '--no-wait'])).status === 0);
});

// dpkg's database as files: what is noted, without a dpkg.
async function database(t) {
  const { server, machine } = await scene(t);
  const folder = machine.path('var/lib/dpkg');
  mkdirSync(join(folder, 'updates'), { recursive: true });
  const entry = (name, state = 'install ok installed') => `Package: ${name}\nStatus: ${state}\nArchitecture: amd64\nVersion: 1\n\n`;
  const write = (...entries) => {
    writeFileSync(join(folder, 'status-new'), ['holdfast-client', ...entries].map((e) => (e.includes('\n') ? e : entry(e))).join(''));
    renameSync(join(folder, 'status-new'), join(folder, 'status'));
  };
  return { server, machine, folder, entry, write };
}

const noted = (machine) => (existsSync(machine.state('packages')) ? machine.read('packages') : '');
const missed = (server) => server.receipts.filter((r) => r.kind === 'removed-without-grant').map((r) => r.package);

test('a protected package that is gone is missed once, also by a keeper that was killed over it', async (t) => {
  const { server, machine, folder, entry, write } = await database(t);
  write('vpn', 'edr');
  server.setRules({ packages: ['holdfast-client', 'vpn', 'edr', 'absent'] });
  await machine.stop();
  await machine.start();
  await until('the note', () => noted(machine) === 'holdfast-packages 1 dpkg\nholdfast-client installed -\nvpn installed -\nedr installed -\nabsent gone -\n');
  write('vpn');
  await until('the report', () => missed(server).length);
  // What a dpkg that is at work has noted so far counts.
  writeFileSync(join(folder, 'updates', '0007'), entry('vpn', 'deinstall ok config-files'));
  await until('the next', () => missed(server).length === 2);
  assert.deepEqual(missed(server), ['edr', 'vpn']);
  await machine.stop('SIGKILL');
  const first = server.receipts.find((r) => r.package === 'edr');
  // As if killed between the note and the report, or between the report and the next note.
  const half = noted(machine).replace('edr gone -', `edr gone - ${first.id} forced ${first.at_ms} replaced by x`);
  for (const round of [1, 2]) {
    writeFileSync(machine.state('packages'), half.replace('absent gone -', `absent gone - ${uuid()} allowed 1763830479123 audit mode`));
    await machine.start();
    await until('the reports', () => server.receipts.filter((r) => r.package === 'absent').length === round);
    await until('the note', () => !noted(machine).includes('forced'));
    await machine.stop('SIGKILL');
  }
  assert.deepEqual(missed(server), ['edr', 'vpn']);
  const told = server.receipts.find((r) => r.package === 'absent');
  assert.deepEqual([told.kind, told.at_ms, told.text], ['removed', 1763830479123, 'audit mode']);
  // Nonsense in the notes does no harm.
  for (const text of ['', 'x', 'holdfast-packages 1 dpkg\n\nvpn\nvpn installed\n- - - - - - -\n', `holdfast-packages 1 x\n${'x '.repeat(9999)}`]) {
    writeFileSync(machine.state('packages'), text);
    await machine.start();
    await until('new notes', () => /^holdfast-packages 1 dpkg\nholdfast-client installed -\n/.test(noted(machine)));
    await machine.stop('SIGKILL');
  }
  assert.deepEqual(missed(server), ['edr', 'vpn']);
  await machine.start();
});

test('the client that is not in the package database any more has gone', async (t) => {
  const { server, machine, write } = await database(t);
  write();
  await machine.stop();
  await machine.start();
  await until('the note', () => noted(machine).includes('holdfast-client installed -'));
  writeFileSync(machine.path('var/lib/dpkg/status'), 'Package: other\nStatus: install ok installed\n\n');
  await until('the report', () => missed(server).includes('holdfast-client'));
  await machine.stop();
  await machine.start();
  assert.deepEqual(missed(server), ['holdfast-client']);
  // With a ground it is the end.
  write();
  await until('the note', () => noted(machine).includes('holdfast-client installed -'));
  server.setRules({ mode: 'off' });
  await until('off', async () => (await machine.status()).mode === 'off');
  writeFileSync(machine.path('var/lib/dpkg/status'), 'Package: other\nStatus: install ok installed\n\n');
  assert.deepEqual(await machine.exit, { code: 0, signal: null });
  assert.equal(server.receipt('removed').package, 'holdfast-client');
  assert.equal(existsSync(machine.state('device.key')), false);
});
