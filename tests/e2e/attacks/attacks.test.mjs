// Every row of docs/attacks.md, on a machine with the real package, against the real server.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { isRoot, until } from '../machine.mjs';
import { buildRpms, makeRpm, needs } from '../rpms.mjs';
import { Stage, build } from '../stage.mjs';
import { Booted, ThrowAway, buildPackage, cannotBoot, repository } from '../throw-away.mjs';
import { page, rows, written } from './attacks.mjs';

const skip = isRoot ? false : 'needs root';
const client = 'holdfast-client';
const state = '/var/lib/holdfast';
const reason = /holdfast uninstall --reason/;

let stage, folder, deb, rpm, host, people, tokens;

before(async () => {
  if (skip) return;
  folder = mkdtempSync(join(tmpdir(), 'hf-attacks-'));
  deb = buildPackage();
  rpm = buildRpms([client]);
  host = makeRpm(folder, 'host', ['Provides: system-release = 1', ...needs(rpm.rpms[client]).map((line) => `Provides: ${line}`)]);
  stage = await Stage.open();
  people = Object.fromEntries((await stage.ask('GET', 'users?limit=50')).items.map((one) => [one.name, one.id]));
  const policy = await stage.ask('GET', 'policy');
  delete policy.version;
  await stage.ask('PUT', 'policy', { ...policy, packages: ['tree'] });
  tokens = {};
  for (const [name, owner] of Object.entries(people)) tokens[name] = (await stage.ask('POST', 'enrolment-tokens', { name, owner, max_uses: 200 })).token;
  // The first that is met is accepted by itself.
  for (const file of [deb.deb, rpm.rpms[client]])
    execFileSync(join(build, 'holdfastctl'), ['builds', 'accept', file], { stdio: 'ignore', env: { ...process.env, HOLDFAST_SERVER: stage.server.url, HOLDFAST_TOKEN: stage.token } });
}, { timeout: 180000 });

after(async () => {
  await stage?.close();
  for (const made of [folder, deb?.folder, rpm?.folder]) if (made) rmSync(made, { recursive: true });
});

// What the rows do, beyond commands.
const acts = {
  async enrolAs(name) {
    const run = await this.runAs([], ['holdfast', 'login', '--token-file', '-'], `${tokens[name]}\n`);
    assert.equal(run.status, 0, run.out + this.log);
    this.device = (await this.ok('cat', '/etc/holdfast/enrolled')).trim();
    await until('the session', async () => (await this.rootStatus()).online);
    if (this instanceof Booted)
      await until('systemd knows that it is protected', async () => /yes/.test((await this.run('systemctl', 'show', '-P', 'RefuseManualStop', 'holdfast-keeper.service')).out));
  },

  async rootStatus() {
    const run = await this.run('holdfast', 'status', '--json');
    return run.status === 0 ? JSON.parse(run.out) : {};
  },

  until,

  async keeperPid() {
    return Number(await this.ok('systemctl', 'show', '-P', 'MainPID', 'holdfast-keeper.service'));
  },

  async alarm(row) {
    return until(`the alarm ${row.kind}`, async () => (await stage.ask('GET', `alarms?device=${this.device}`)).items
      .find((one) => one.kind === row.kind && (!row.subject || row.subject.test(one.subject))), row.within);
  },

  // A package for dpkg; files: what is in each.
  async makeDeb(name, fields, files = { [`/opt/${name}/file`]: '' }) {
    const tree = mkdtempSync(join(folder, 'deb-'));
    const all = { Package: name, Version: '1', Architecture: 'all', Maintainer: 'x <x@example.org>', Description: 'x', ...fields };
    mkdirSync(join(tree, 'DEBIAN'));
    writeFileSync(join(tree, 'DEBIAN/control'), `${Object.entries(all).map(([key, value]) => `${key}: ${value}`).join('\n')}\n`);
    for (const [file, content] of Object.entries(files)) {
      mkdirSync(join(tree, file, '..'), { recursive: true });
      writeFileSync(join(tree, file), content);
    }
    const made = `/tmp/${name}-${Math.random().toString(36).slice(2)}.deb`;
    execFileSync('dpkg-deb', ['--root-owner-group', '-b', tree, join(folder, 'made.deb')], { stdio: 'ignore' });
    this.put(join(folder, 'made.deb'), made);
    return made;
  },

  async makeRpm(name, lines) {
    this.put(makeRpm(folder, name, lines), `/tmp/${name}.rpm`);
    return `/tmp/${name}.rpm`;
  },

  // A package that the policy protects too, once it is there.
  async protectTree() {
    if ((await this.run('dpkg-query', '-W', 'holdfast-guards-tree')).status === 0) return;
    await this.ok('dpkg', '-i', await this.makeDeb('tree', {}));
    await until('its guard', async () => /^ii/.test((await this.run('dpkg-query', '-W', '-f', '${db:Status-Abbrev}', 'holdfast-guards-tree')).out), 60);
  },

  // A library that lets no program read a file.
  async blindfold(path) {
    const source = join(folder, 'blind.c');
    writeFileSync(source, '#include <errno.h>\nint openat(int d, const char *p, int f) { (void)d; (void)p; (void)f; errno = ENOENT; return -1; }\n'
      + 'int lstat(const char *p, void *s) { (void)p; (void)s; errno = ENOENT; return -1; }\nint connect(int s, const void *a, unsigned n) { (void)s; (void)a; (void)n; return -1; }\n');
    execFileSync('cc', ['-shared', '-fPIC', '-w', '-fno-builtin', '-o', join(folder, 'blind.so'), source]);
    this.put(join(folder, 'blind.so'), path);
  },

  // As the server would say it, under another key.
  async forge(file) {
    const [header, payload] = (await this.ok('cat', `${state}/${file}`)).split('.');
    const said = { ...JSON.parse(Buffer.from(payload, 'base64url')), mode: 'off', covered: false, counter: Date.now() + 1000 };
    const { generateKeyPairSync, sign } = await import('node:crypto');
    const body = `${header}.${Buffer.from(JSON.stringify(said)).toString('base64url')}`;
    const signature = sign(null, Buffer.from(body), generateKeyPairSync('ed25519').privateKey).toString('base64url');
    await this.ok('sh', '-c', `printf %s '${body}.${signature}' >${state}/${file}`);
  },

  async release(packageName) {
    return stage.ask('POST', 'releases', { device: this.device, reason: '测试', days: 1, ...(packageName ? { package: packageName } : {}) });
  },

  // Its own approval, unused: the file that it lies in.
  async approve() {
    const release = await this.release();
    const name = await until('the grant', async () => (await this.run('sh', '-c', `ls ${state}/grants`)).out.trim());
    return { release, file: `${state}/grants/${name}` };
  },

  async grantFor(packageName) {
    await this.release(packageName);
    await until('the grant', async () => (await this.run('sh', '-c', `ls ${state}/grants`)).out.trim());
  },

  async foreignGrant() {
    const other = await stage.device('elsewhere');
    await stage.ask('POST', 'releases', { device: other.id, reason: '测试', days: 1 });
    const jws = await until('the grant elsewhere', async () => (await other.sync(1000)).grants?.[0]);
    const { id } = JSON.parse(Buffer.from(jws.split('.')[1], 'base64url'));
    await this.ok('sh', '-c', `printf %s '${jws}' >${state}/grants/${id}.jws`);
  },

  async spoiltGrant() {
    const { file } = await this.approve();
    const jws = await this.ok('cat', file);
    const at = jws.indexOf('.') + 20;
    await this.ok('sh', '-c', `printf %s '${jws.slice(0, at)}${jws[at] === 'A' ? 'B' : 'A'}${jws.slice(at + 1)}' >${file}`);
  },

  async calledBackGrant() {
    const { release, file } = await this.approve();
    await this.ok('cp', file, '/root/kept');
    const { instance } = (await stage.ask('GET', `releases/${release.id}/devices`)).items[0];
    await stage.ask('POST', `instances/${instance.id}/revoke-grant`, { reason: '测试' });
    await until('it is called back', async () => (await stage.instance(instance.id)).grant.state === 'revoked');
    await this.ok('cp', '/root/kept', file);
  },

  // The state folder on a disk of its own, without a free block, and the ledger's last block as good as full.
  async fullDisk() {
    await this.ok('sh', '-c', `mkdir -p /mnt && mount -t tmpfs -o size=256k,mode=0700 small /mnt && cp -a ${state}/. /mnt/ && mount --bind /mnt ${state}
      cd ${state}; n=0
      while [ $((4096 - $(stat -c %s ledger) % 4096)) -gt 59 ]; do n=$((n + 1)); printf 'revoked 01980000-0000-7000-8000-%012d 1763830479123\\n' $n >>ledger; done
      head -c 1M /dev/zero >ballast; true`);
  },

  async olderPolicy() {
    const { version, ...policy } = await stage.ask('GET', 'policy');
    const held = async (covered) => until(`covered: ${covered}`, async () => (await this.rootStatus()).covered === covered);
    assert.ok(version);
    await stage.ask('PUT', 'policy', { ...policy, whitelist: [people.王芳] });
    await this.enrolAs('王芳');
    await held(false);
    await this.ok('cp', `${state}/statement.jws`, '/root/older');
    const { version: other, ...again } = await stage.ask('GET', 'policy');
    assert.ok(other);
    await stage.ask('PUT', 'policy', { ...again, whitelist: [] });
    await held(true);
    await this.ok('cp', '/root/older', `${state}/statement.jws`);
  },

  async replaceFiles() {
    const files = (await this.ok('dpkg', '-L', client)).trim().split('\n').filter((path) => /^\/usr\/(bin|lib\/holdfast)\/./.test(path));
    return this.run('dpkg', '-i', '--force-overwrite', await this.makeDeb('mimic', { Replaces: client }, Object.fromEntries(files.map((file) => [file, '#!/bin/sh\n']))));
  },
};

async function machineOf(t, on, row) {
  const machine = Object.assign(on === 'booted' ? new Booted(deb.deb) : on === 'rpm' ? new ThrowAway(rpm.rpms[client], [host]) : new ThrowAway(deb.deb), acts);
  await machine.start(t);
  await machine.install(stage.server.url);
  // That row is of somebody else's machine.
  if (!row?.does?.toString().includes('olderPolicy')) await machine.enrolAs('李华');
  return machine;
}

const isThere = async (machine, on) => (on === 'rpm' ? (await machine.run('rpm', '-q', client)).status === 0
  : (await until('the selection', async () => (await machine.selection()) === 'ii')));

async function done(machine, row) {
  await row.before?.(machine);
  // The keeper's own dpkg, which puts the selection back after the row before, may hold the lock for a moment.
  const answer = await until('dpkg to be free', async () => {
    const said = await row.does(machine);
    return /lock was locked by another process|Could not get lock/.test(said?.out ?? '') ? null : said ?? {};
  });
  const told = answer?.out ?? '';
  if (row.ends === 'refused') {
    assert.equal(answer.status, row.status, told);
    if (row.on !== 'booted') assert.match(told, row.says ?? (row.tampered ? /was not removed/ : reason), told);
  }
  if (row.ends !== 'alarmed') assert.ok(await isThere(machine, row.on), told);
  if (row.ends === 'harmless') assert.ok(!/^Removing holdfast-client/m.test(told), told);
  if (row.ends === 'mended') await until('a keeper that is online', async () => (await machine.rootStatus()).online, row.within);
  if (row.ends === 'alarmed') await machine.alarm(row).catch(async (e) => assert.fail(`${e.message}; open are ${JSON.stringify(
    (await stage.ask('GET', `alarms?device=${machine.device}`)).items.map((one) => [one.kind, one.subject]))}\n${told}\n${machine.log ?? ''}`));
  await row.after?.(machine);
}

test('docs/attacks.md says what the table says', () => {
  assert.equal(page(), written(page()), 'write it anew: ./dev docs');
  assert.ok(rows.length >= 40);
  for (const row of rows.filter((one) => one.unit)) assert.ok(readFileSync(join(repository, 'tests/unit', row.unit[0]), 'utf8').includes(row.unit[1]), row.attack);
});

describe('attacks', { skip, concurrency: 3 }, () => ['deb', 'rpm', 'booted'].forEach((on) => describe(on, { concurrency: 2, skip: skip || (on === 'booted' && cannotBoot()) }, () => {
  const mine = rows.filter((row) => row.on === on && row.does);

  test('what leaves the machine as it was', async (t) => {
    const machine = await machineOf(t, on);
    for (const row of mine.filter((one) => !one.spoils)) await t.test(row.attack, () => done(machine, row));
  });

  for (const row of mine.filter((one) => one.spoils)) test(row.attack, async (t) => done(await machineOf(t, on, row), row));
})));
