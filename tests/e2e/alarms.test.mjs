// What somebody should look at, end to end: what devices report, silence by the server's clock, builds, who may see to it.
import assert from 'node:assert/strict';
import { execFile, execFileSync } from 'node:child_process';
import crypto from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { account } from './accounts.mjs';
import { unclocked } from './clock.mjs';
import { uuid } from './fake-server.mjs';
import { Stage, build, until } from './stage.mjs';

const postgresql = process.env.HOLDFAST_TEST_POSTGRESQL;
const databases = [['SQLite', {}], ['PostgreSQL', { postgresql }]].filter(([name]) => name === 'SQLite' || postgresql);
const nobody = '01900000-0000-7000-8000-000000000000';
const sha256 = (text) => crypto.createHash('sha256').update(text).digest('hex');

for (const [name, options] of databases) describe(`alarms on ${name}`, { concurrency: 1 }, () => {
  let stage, laptop;
  const report = async (device, kind, text, more = {}) => {
    const answer = await device.agent('POST', 'receipts', { receipts: [
      { id: uuid(), kind, package: 'holdfast-client', at_ms: Math.round(stage.now()), boot: 'b', text, ...more }] });
    assert.equal(answer.status, 200, answer.text);
  };
  const alarms = async (query = 'state=open') => (await stage.ask('GET', `alarms?${query}`)).items;
  const sync = async (device, id, more = {}) => {
    const answer = await device.agent('POST', 'sync', { counter: 0, view: device.tag, held: [], revoked: [], client_version: '0.1.0',
      build: { version: '0.1.0', ...(id ? { id } : {}) }, boot: 'boot-1', wait_ms: 0, ...more });
    assert.equal(answer.status, 200, answer.text);
  };
  const ctl = (words, { status = 0, language = 'C.UTF-8' } = {}) => new Promise((done, fail) => {
    execFile(path.join(build, 'holdfastctl'), words, { env: { ...process.env, HOME: stage.folder, LANG: language, HOLDFAST_SERVER: stage.server.url,
      HOLDFAST_TOKEN: stage.token } }, (error, stdout, stderr) => {
      if ((error?.code ?? 0) === status) done(stdout + stderr);
      else fail(new Error(`${words.join(' ')}: ${stderr}${stdout}`));
    });
  });

  before(async () => {
    stage = await Stage.open({ ...options, virtual: true });
    laptop = await stage.device('laptop');
    await laptop.sync();
  }, { timeout: 120000 });
  after(() => stage?.close());

  test('what a device finds amiss is an alarm with its evidence, until it has recovered', async () => {
    await report(laptop, 'weakened', 'unit-masked: /etc/systemd/system/holdfast-keeper.service is a link to /dev/null');
    await report(laptop, 'weakened', 'unit-masked: still');
    const [alarm] = await alarms();
    assert.deepEqual([alarm.kind, alarm.subject, alarm.evidence, alarm.count], ['weakened', 'unit-masked', 'still', 2]);
    assert.deepEqual(alarm.device, { id: laptop.id, name: 'laptop' });
    assert.deepEqual([alarm.acknowledged, alarm.closed_ms], [null, null]);
    assert.deepEqual(await stage.ask('GET', `alarms/${alarm.id}`), alarm);
    const counts = await stage.ask('GET', 'alarms/counts');
    assert.deepEqual([counts.open, counts.unacknowledged, counts.weakened], [1, 1, 1]);
    const metrics = (await stage.admin('GET', '../../metrics')).text;
    assert.match(metrics, /holdfast_alarms_open\{kind="weakened"\} 1/);
    assert.match(metrics, /holdfast_alarms_open\{kind="silent"\} 0/);
    await report(laptop, 'recovered', 'unit-masked');
    assert.deepEqual(await alarms(), []);
    const [closed] = await alarms('state=closed');
    assert.equal(closed.closed_why, 'protection-restored');
    assert.ok(closed.closed_ms >= closed.first_ms);
    const answer = await laptop.agent('POST', 'receipts', { receipts: [
      { id: uuid(), kind: 'weakened', package: 'holdfast-client', at_ms: 1, boot: 'b', text: 'Nothing of the sort' }] });
    assert.equal(answer.status, 400, answer.text);
  });

  test('auditors read, administrators acknowledge with a note, approvers see nothing', async () => {
    await report(laptop, 'weakened', 'clock-back: 3 days');
    const [alarm] = await alarms();
    const auditor = await account(stage, 'auditor', 'auditor');
    const approver = await account(stage, 'approver', 'approver');
    assert.equal((await auditor.admin('GET', 'alarms')).status, 200);
    assert.equal((await auditor.admin('GET', 'builds')).status, 200);
    assert.equal((await auditor.admin('POST', `alarms/${alarm.id}/acknowledge`, { note: 'x' })).status, 403);
    assert.equal((await auditor.admin('POST', 'builds', { id: sha256('x'), version: '1' })).status, 403);
    assert.equal((await approver.admin('GET', 'alarms')).status, 403);
    assert.match(await ctl(['alarm', 'acknowledge', alarm.id, '--note', '一台测试机']), /一台测试机/);
    const seen = await stage.ask('GET', `alarms/${alarm.id}`);
    assert.deepEqual([seen.acknowledged.note, seen.acknowledged.by, seen.closed_ms], ['一台测试机', 'console', null]);
    assert.deepEqual((await alarms('state=open&acknowledged=false')), []);
    assert.match(await ctl(['alarm', 'list', '--acknowledged', 'true'], { language: 'zh_CN.UTF-8' }), /保护被削弱 .*clock-back/);
    assert.match(await ctl(['alarm', 'counts']), /OPEN +1/);
    assert.equal((await stage.admin('POST', `alarms/${nobody}/acknowledge`, {})).status, 404);
    const events = await stage.ask('GET', 'audit?kind=alarm-acknowledged');
    assert.equal(events.items.length, 1);
    await report(laptop, 'recovered', 'clock-back');
  });

  test('filters and pages are those of other lists', async () => {
    for (const finding of ['unit-missing', 'unit-disabled', 'files-changed']) await report(laptop, 'weakened', `${finding}: x`);
    await report(laptop, 'removed-without-grant', '', { package: 'falcon-sensor' });
    const subjects = async (query) => (await alarms(query)).map((a) => a.subject);
    assert.deepEqual(await subjects('state=open'), ['falcon-sensor', 'files-changed', 'unit-disabled', 'unit-missing']);
    assert.deepEqual(await subjects('state=open&kind=removed-without-grant,silent'), ['falcon-sensor']);
    assert.deepEqual(await subjects('subject=unit-disabled'), ['unit-disabled']);
    assert.deepEqual(await subjects(`device=${nobody}`), []);
    assert.equal((await subjects(`device=${laptop.id}&state=open`)).length, 4);
    assert.deepEqual(await subjects(`from=${Math.round(stage.now() + 60000)}`), []);
    const first = await stage.ask('GET', 'alarms?state=open&limit=3');
    const rest = await stage.ask('GET', `alarms?state=open&limit=3&cursor=${first.next}`);
    assert.deepEqual([first.items.length, rest.items.map((a) => a.subject), rest.next], [3, ['unit-missing'], null]);
    const refused = await stage.admin('GET', 'alarms?kind=red');
    assert.equal(refused.status, 400);
    assert.match(refused.json.detail, /kind: there is no kind red/);
    for (const finding of ['unit-missing', 'unit-disabled', 'files-changed']) await report(laptop, 'recovered', finding);
    assert.deepEqual(await subjects('state=open'), ['falcon-sensor']);
  });

  test('the first build is accepted; another is an alarm until its package is', async () => {
    const pack = (version) => {
      const tree = path.join(stage.folder, `tree-${version}`);
      const manifest = `holdfast-manifest 1 ${version} amd64\n${'0'.repeat(64)} 755 /usr/bin/holdfast\n`;
      for (const folder of ['DEBIAN', 'usr/lib/holdfast']) mkdirSync(path.join(tree, folder), { recursive: true });
      writeFileSync(path.join(tree, 'usr/lib/holdfast/manifest'), manifest);
      writeFileSync(path.join(tree, 'DEBIAN/control'),
        `Package: holdfast-client\nVersion: ${version}\nArchitecture: all\nMaintainer: x <x@example.com>\nDescription: x\n`);
      const debs = ['xz', 'gzip', 'zstd'].map((how) => {
        const deb = path.join(stage.folder, `client-${version}-${how}.deb`);
        execFileSync('dpkg-deb', ['--root-owner-group', `-Z${how}`, '--build', tree, deb]);
        return deb;
      });
      return { debs, id: sha256(manifest), tree };
    };
    const [ours, fake] = [pack('0.1.0'), pack('99.0')];
    await sync(laptop, ours.id);
    let [b] = (await stage.ask('GET', 'builds')).items;
    assert.deepEqual([b.id, b.version, b.accepted, b.accepted_by, b.devices, b.first_device.name], [ours.id, '0.1.0', true, '', 1, 'laptop']);
    assert.equal((await stage.ask('GET', `devices/${laptop.id}`)).build, ours.id);
    await sync(laptop, fake.id);
    const [alarm] = await alarms('state=open&kind=unknown-build');
    assert.deepEqual([alarm.subject, alarm.device.name], [fake.id, 'laptop']);
    await sync(laptop, ours.id);
    assert.deepEqual(await alarms('state=open&kind=unknown-build'), []);
    await sync(laptop, fake.id);
    for (const deb of fake.debs) assert.match(await ctl(['builds', 'accept', deb, '--note', 'nightly']), new RegExp(fake.id));
    assert.deepEqual(await alarms('state=open&kind=unknown-build'), []);
    assert.match(await ctl(['builds', 'list']), new RegExp(`^99\\.0 +yes .*${fake.id}$`, 'm'));
    await ctl(['builds', 'withdraw', fake.id, '--yes']);
    assert.equal((await alarms('state=open&kind=unknown-build')).length, 1);
    assert.match(await ctl(['builds', 'withdraw', fake.id, '--yes'], { status: 3 }), /no accepted build/);
    await sync(laptop, ours.id);
    // What is no package of ours is said to be none.
    writeFileSync(path.join(stage.folder, 'text.deb'), 'hello');
    assert.match(await ctl(['builds', 'accept', path.join(stage.folder, 'text.deb')], { status: 3 }), /text\.deb/);
    assert.match(await ctl(['builds', 'accept', path.join(stage.folder, 'none.rpm')], { status: 3 }), /none\.rpm/);
    execFileSync('rm', [path.join(ours.tree, 'usr/lib/holdfast/manifest')]);
    execFileSync('dpkg-deb', ['--root-owner-group', '--build', ours.tree, path.join(stage.folder, 'bare.deb')]);
    assert.match(await ctl(['builds', 'accept', path.join(stage.folder, 'bare.deb')], { status: 3 }), /has no \/usr\/lib\/holdfast\/manifest/);
    const answer = await laptop.agent('POST', 'sync', { counter: 0, view: '', held: [], revoked: [], client_version: '0.1.0',
      build: { version: '1', id: 'xyz' }, boot: 'b', wait_ms: 0 });
    assert.equal(answer.status, 400, answer.text);
  });

  test('silence is an alarm by the server\'s clock; who said goodbye may be silent', { skip: unclocked(path.join(build, 'holdfast-server')) }, async () => {
    const [silent, polite] = [await stage.device('silent'), await stage.device('polite')];
    const settings = await ctl(['settings', 'edit', '--silent-hours', '1']);
    assert.match(settings, /SILENT AFTER HOURS +1/);
    await Promise.all([silent.sync(), polite.sync()]);
    await report(polite, 'going', 'shutdown');
    stage.clock.speed(300);
    const [alarm] = await until('the alarm', async () => {
      const all = await alarms('state=open&kind=silent');
      return all.some((a) => a.device.name === 'silent') && all.filter((a) => a.device.name === 'silent');
    }, 120);
    stage.clock.speed(1);
    assert.match(alarm.evidence, /last heard of at \d{4}-/);
    const alarmed = (await stage.ask('GET', 'devices?flag=alarmed')).items.find((d) => d.name === 'silent');
    assert.equal(alarmed.alarms, (await alarms('state=open')).filter((a) => a.device?.name === 'silent').length);
    assert.ok(!(await alarms('kind=silent')).some((a) => a.device.name === 'polite'));
    await silent.renew();
    await silent.sync();
    stage.clock.speed(30);
    await until('that it is heard', async () => !(await alarms('state=open&kind=silent')).some((a) => a.device.name === 'silent'), 60);
    stage.clock.speed(1);
    assert.equal((await stage.ask('GET', `alarms/${alarm.id}`)).closed_why, 'heard again');
    assert.ok(!(await stage.ask('GET', 'devices?flag=alarmed')).items.some((d) => d.name === 'silent'));
  });

  test('a client that was removed by force is an alarm until its files are there again', async () => {
    await laptop.renew();
    await report(laptop, 'removed-without-grant', '');
    assert.equal((await stage.ask('GET', `devices/${laptop.id}`)).state, 'removed-without-grant');
    const forced = () => alarms('state=open&kind=removed-without-grant&subject=holdfast-client');
    assert.equal((await forced()).length, 1);
    await report(laptop, 'recovered', 'files-missing');
    assert.deepEqual(await forced(), []);
    assert.notEqual((await stage.ask('GET', `devices/${laptop.id}`)).state, 'removed-without-grant');
  });
});
