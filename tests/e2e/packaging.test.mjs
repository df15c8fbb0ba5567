// All the .deb packages: what they hold, and server and administrator's command installed from theirs in a throw-away root.
import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, lstatSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { after, before, test } from 'node:test';
import { isRoot, until } from './machine.mjs';
import { buildPackages, release, repository, ThrowAway } from './throw-away.mjs';

const skip = isRoot ? false : 'needs root';
// The programs of each package; the desktop's is made where the build has it.
const PROGRAMS = {
  'holdfast-client': ['holdfast', 'holdfast-agent', 'holdfast-guard', 'holdfast-keeper'],
  'holdfast-desktop': ['holdfast-session', 'holdfast-window'],
  'holdfast-server': ['holdfast-server'],
  holdfastctl: ['holdfastctl'],
  dingsim: ['dingsim'],
};
const folders = [];
let debs;

before(() => {
  const made = buildPackages([]);
  folders.push(made.folder);
  ({ debs } = made);
});
after(() => folders.forEach((folder) => rmSync(folder, { recursive: true })));

function folder() {
  folders.push(mkdtempSync(join(tmpdir(), 'hf-packaging-')));
  return folders.at(-1);
}

const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');
const files = (dir) => readdirSync(dir, { recursive: true }).map((name) => join(dir, name)).filter((path) => lstatSync(path).isFile());

test('lintian finds no error and no warning, and every override has something to override', () => {
  const run = spawnSync('lintian', ['--allow-root', '--display-info', '--fail-on', 'error,warning', ...Object.values(debs)], { encoding: 'utf8' });
  assert.equal(run.status, 0, run.stdout + run.stderr);
  assert.doesNotMatch(run.stdout, /unused-override|mismatched-override/);
});

test('each package has its own programs, in their version, with their man pages', () => {
  for (const name of Object.keys(PROGRAMS)) if (name !== 'holdfast-desktop') assert.ok(debs[name], name);
  for (const [name, deb] of Object.entries(debs)) {
    const [version, architecture] = ['Version', 'Architecture'].map((field) =>
      execFileSync('dpkg-deb', ['-f', deb, field], { encoding: 'utf8' }).trim());
    assert.equal(execFileSync(join(release, 'holdfast'), ['--version'], { encoding: 'utf8' }).trim().split(' ')[1], version);
    assert.equal(architecture, execFileSync('dpkg', ['--print-architecture'], { encoding: 'utf8' }).trim());
    const paths = execFileSync('dpkg-deb', ['-c', deb], { encoding: 'utf8' }).split('\n').map((line) => line.split(/\s+/)[5]).filter(Boolean);
    const programs = paths.filter((path) => /\/bin\/.|lib\/holdfast\/holdfast/.test(path));
    assert.deepEqual(programs.map((path) => path.split('/').pop()).sort(), PROGRAMS[name]);
    const pages = paths.filter((path) => /\/man\/.*gz$/.test(path)).map((path) => path.split('/').pop().split('.')[0]);
    for (const one of [...programs.filter((path) => /\/bin\//.test(path)).map((path) => path.split('/').pop()),
      ...(name === 'holdfast-client' ? ['holdfast-keeper', 'holdfast-agent'] : [])])
      assert.ok(pages.includes(one), `${one} has no man page`);
  }
});

test('the man pages of the settings name every key that the programs read', () => {
  const key = /^\s*\{(?:"[a-z-]+", )?"(\w+)", "(\w+)"/gm;
  for (const [source, page] of [['src/server/options.c', 'holdfast-server.conf.5'], ['src/keeper/keeper.c', 'holdfast-agent.conf.5']]) {
    const keys = [...readFileSync(join(repository, source), 'utf8').matchAll(key)].map(([, section, name]) => `[${section}] ${name}`);
    assert.ok(keys.length >= 3, source);
    let section;
    const told = [];
    for (const line of readFileSync(join(repository, 'packaging/man', page), 'utf8').split('\n')) {
      section = /^\.SS (\[\w+\])/.exec(line)?.[1] ?? section;
      if (/^\.BR? \w/.test(line) && section) for (const word of line.slice(3).split(/[^\w]+/)) if (word) told.push(`${section} ${word}`);
    }
    for (const one of keys) assert.ok(told.includes(one), `${page} does not name ${one}`);
  }
});

test('the manifest says what the client\'s package installs, byte for byte, and its scripts', () => {
  const tree = join(folder(), 'tree');
  execFileSync('dpkg-deb', ['-R', debs['holdfast-client'], tree]);
  const text = readFileSync(join(tree, 'usr/lib/holdfast/manifest'), 'utf8');
  const [version, architecture] = ['Version', 'Architecture'].map((field) =>
    execFileSync('dpkg-deb', ['-f', debs['holdfast-client'], field], { encoding: 'utf8' }).trim());
  const left = /^\/(etc|DEBIAN|usr\/share\/(doc|man|lintian))\/|^\/usr\/lib\/holdfast\/manifest$/;
  const lines = files(tree).map((path) => [`/${relative(tree, path)}`, path]).filter(([name]) => !left.test(name))
    .sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
    .map(([name, path]) => `${sha256(readFileSync(path))} ${(statSync(path).mode & 0o7777).toString(8)} ${name}`);
  assert.ok(lines.length >= 6);
  const scripts = ['prerm', 'postinst', 'postrm'].map((name) => `${sha256(readFileSync(join(tree, 'DEBIAN', name)))} script ${name}`);
  assert.equal(text, [`holdfast-manifest 1 ${version} ${architecture}`, ...lines, ...scripts, ''].join('\n'));
  assert.ok(text.length <= 65536);
  assert.deepEqual(readFileSync(join(tree, 'DEBIAN/prerm')), readFileSync(join(tree, 'usr/lib/holdfast/holdfast-guard')));
});

test('the same build makes the same package, in another folder, time zone, language and with another umask', () => {
  const elsewhere = folder();
  cpSync(join(repository, 'packaging'), join(elsewhere, 'packaging'), { recursive: true });
  execFileSync('sh', ['-c', `umask 077 && "${elsewhere}/packaging/deb" "${release}" "${elsewhere}/out" holdfast-client`],
    { env: { ...process.env, TZ: 'Asia/Shanghai', LC_ALL: 'C' } });
  const [made] = readdirSync(join(elsewhere, 'out'));
  assert.equal(sha256(readFileSync(join(elsewhere, 'out', made))), sha256(readFileSync(debs['holdfast-client'])));
});

// The figures in the units' comments.
for (const [unit, most] of [['holdfast-server', 1.1], ['holdfast-keeper', 2.1]]) {
  test(`${unit}.service leaves no more open than it says: exposure ${most}`, () => {
    const said = execFileSync('systemd-analyze', ['security', '--offline=true', '--no-pager', join(repository, `packaging/systemd/${unit}.service`)],
      { encoding: 'utf8' });
    const exposure = Number(/Overall exposure level for \S+: ([0-9.]+)/.exec(said)[1]);
    assert.ok(exposure <= most, said);
  });
}

async function machine(t, ...names) {
  const root = new ThrowAway();
  await root.start(t);
  for (const name of names) root.put(debs[name], `/tmp/${name}.deb`);
  await root.ok('dpkg', '-i', ...names.map((name) => `/tmp/${name}.deb`));
  return root;
}

test('systemd accepts the units as they are installed', { skip }, async (t) => {
  const root = await machine(t, 'holdfast-client', 'holdfast-server');
  const run = await root.run('systemd-analyze', 'verify', '--man=no', '/usr/lib/systemd/system/holdfast-keeper.service',
    '/usr/lib/systemd/system/holdfast-server.service');
  assert.equal(run.status, 0, run.out);
  assert.doesNotMatch(run.out, /holdfast/);
  for (const unit of ['holdfast-keeper', 'holdfast-server'])
    await root.ok('test', '-L', `/etc/systemd/system/multi-user.target.wants/${unit}.service`);
});

// As the unit does it, but for the port.
async function serve(t, root) {
  const server = spawn('nsenter', [...root.enter, 'setpriv', '--reuid', 'holdfast-server', '--regid', 'holdfast-server', '--init-groups',
    'holdfast-server', 'serve', '--config', '/etc/holdfast/server.conf', '--listen', '127.0.0.1:0'], { stdio: ['ignore', 'pipe', 'pipe'] });
  let out = '';
  server.stdout.on('data', (text) => { out += text; });
  server.stderr.on('data', (text) => { out += text; });
  const ended = new Promise((done) => server.on('exit', done));
  const stop = async () => {
    server.kill('SIGTERM');
    assert.equal(await ended, 0, out);
  };
  t.after(() => server.kill('SIGKILL'));
  await until('the server', () => server.exitCode !== null || /listening on/.test(out));
  assert.equal(server.exitCode, null, out);
  return { url: /listening on (\S+)/.exec(out)[1], stop };
}

const asServer = ['setpriv', '--reuid', 'holdfast-server', '--regid', 'holdfast-server', '--init-groups'];

test('the server runs as its user with the shipped file, and keeps its data through upgrade and removal, not through purge', { skip }, async (t) => {
  const root = await machine(t, 'holdfast-server', 'holdfastctl');
  assert.match(await root.ok('getent', 'passwd', 'holdfast-server'), /:\/var\/lib\/holdfast-server:.*nologin/);
  assert.equal(await root.ok('stat', '-c', '%a %U %G', '/etc/holdfast/server.conf'), '640 root holdfast-server\n');
  assert.equal((await root.employee('cat', '/etc/holdfast/server.conf')).status, 1);
  // The service manager's part where there is none (StateDirectory=, or the tmpfiles of the package).
  await root.ok('install', '-d', '-o', 'holdfast-server', '-g', 'holdfast-server', '-m', '0700', '/var/lib/holdfast-server');

  assert.match(await root.ok(...asServer, 'holdfast-server', 'check', '--config', '/etc/holdfast/server.conf'), /in order/);
  const first = await serve(t, root);
  assert.equal((await fetch(`${first.url}/healthz`)).status, 200);
  assert.equal((await fetch(`${first.url}/readyz`)).status, 200);
  const link = (await root.ok(...asServer, 'holdfast-server', 'setup-link', '--config', '/etc/holdfast/server.conf')).trim();
  assert.match(link, /\/setup#/);
  const asked = await root.run('holdfastctl', '--server', first.url, 'whoami');
  assert.equal(asked.status, 3, asked.out);
  assert.match(asked.out, /holdfastctl login/);
  await first.stop();

  const data = () => root.ok('sh', '-c', 'cd /var/lib/holdfast-server && sha256sum master.key lock && stat -c "%a %U %n" master.key holdfast.db');
  const kept = await data();
  await root.ok('sh', '-c', 'echo "trusted_proxies = 127.0.0.1" >>/etc/holdfast/server.conf && chmod 600 /etc/holdfast/server.conf');
  const newer = buildPackages(['holdfast-server'], '99.1.0');
  folders.push(newer.folder);
  root.put(newer.debs['holdfast-server'], '/tmp/newer.deb');
  const upgrade = await root.ok('dpkg', '-i', '/tmp/newer.deb');
  assert.doesNotMatch(upgrade, /What to do first/);
  assert.equal(await root.ok('stat', '-c', '%a %U', '/etc/holdfast/server.conf'), '600 root\n');
  assert.equal(await data(), kept);
  await root.ok('chmod', '640', '/etc/holdfast/server.conf');
  const second = await serve(t, root);
  assert.equal((await fetch(`${second.url}/readyz`)).status, 200);
  await second.stop();

  await root.ok('dpkg', '-r', 'holdfast-server');
  assert.equal(await data(), kept);
  assert.match(await root.ok('cat', '/etc/holdfast/server.conf'), /trusted_proxies = 127/);
  const back = await root.ok('dpkg', '-i', '/tmp/holdfast-server.deb');
  assert.doesNotMatch(back, /What to do first/);
  await root.ok('dpkg', '-P', 'holdfast-server', 'holdfastctl');
  assert.equal(await root.ok('find', '/etc', '/usr', '/var', '/run', '-xdev', '-name', '*holdfast*'), '');
});

test('a first installation of the server says what to do', { skip }, async (t) => {
  const root = new ThrowAway();
  await root.start(t);
  root.put(debs['holdfast-server'], '/tmp/server.deb');
  assert.match(await root.ok('dpkg', '-i', '/tmp/server.deb'), /What to do first:[^]*public_url[^]*setup-link[^]*master\.key/);
});

test('client and server share /etc/holdfast: purging one leaves the other\'s files', { skip }, async (t) => {
  const root = await machine(t, 'holdfast-client', 'holdfast-server', 'dingsim');
  await root.ok('dpkg', '-P', 'holdfast-client');
  await root.ok('test', '-f', '/etc/holdfast/server.conf');
  assert.match(await root.ok('dingsim', '--version'), /^dingsim /);
  await root.ok('dpkg', '-P', 'holdfast-server', 'dingsim');
  assert.notEqual((await root.run('test', '-e', '/etc/holdfast')).status, 0);
});
