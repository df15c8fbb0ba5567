// What somebody may try, and what becomes of it. docs/attacks.md is written from this table (node attacks.mjs --write), and
// attacks.test.mjs does each row on a machine of its kind against the real server.
//
// who: docs/attacks.md says who these are. ends: refused (the client stays, and says why), harmless (nothing comes of it),
// mended (it is undone by itself), alarmed (it is done; the alarm named is open at the server within seconds of `within`).
// A row that leaves the machine as it was runs on one that others share; spoils: on one of its own.
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const client = 'holdfast-client';
const info = `/var/lib/dpkg/info/${client}`;
const state = '/var/lib/holdfast';

// Of a package with one file, whose content is "x".
const manifest = 'holdfast-manifest 1 99.0 amd64\n2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881 0644 /opt/client\n';

const run = (...command) => (m) => m.run(...command);
const sh = (text) => (m) => m.run('sh', '-c', text);
const dpkg = (...more) => run('dpkg', ...more, client);
const refused = (status, does, more = {}) => ({ ends: 'refused', status, does, ...more });
const alarmed = (kind, within, does, more = {}) => ({ ends: 'alarmed', kind, within, does, spoils: true, ...more });
const harmless = (does, more = {}) => ({ ends: 'harmless', does, ...more });
const mended = (within, does, more = {}) => ({ ends: 'mended', within, does, ...more });

const deb = [
  ['U0', '`apt-get remove`', refused(100, run('apt-get', 'remove', '-y', client))],
  ['U0', '`apt-get purge`', refused(100, run('apt-get', 'purge', '-y', client))],
  ['U0', '`apt-get autoremove` after `apt-mark auto`', refused(100, sh(`apt-mark auto ${client} >/dev/null; apt-get autoremove -y`),
    { after: run('apt-mark', 'manual', client) })],
  ['U2', '`dpkg -r`', refused(1, dpkg('-r'))],
  ['U2', '`dpkg -P`', refused(1, dpkg('-P'))],
  ['U2', '`dpkg --force-all -r`', refused(1, dpkg('--force-all', '-r'))],
  ['U2', '`dpkg --purge --force-all`', refused(1, dpkg('--force-all', '--purge'))],
  ['U2', '`dpkg --root=/ -r`', refused(1, dpkg('--root=/', '-r'))],
  ['U2', '`apt-get remove --allow-remove-essential -o Dpkg::Options::=--force-all`',
    refused(100, run('apt-get', 'remove', '-y', '--allow-remove-essential', '-o', 'Dpkg::Options::=--force-all', client))],
  ['U2', 'a package that conflicts with it and replaces it, by `dpkg -i`',
    refused(1, (m) => m.makeDeb('rival', { Conflicts: client, Replaces: client }).then((file) => m.run('dpkg', '-i', '--auto-deconfigure', file)))],
  ['U2', 'the same by `apt-get install`',
    refused(100, (m) => m.makeDeb('rival2', { Conflicts: client, Replaces: client }).then((file) => m.run('apt-get', 'install', '-y', file)))],
  ['U2', 'marked for removal with `dpkg --set-selections`, then `apt-get dselect-upgrade`',
    refused(100, sh(`echo '${client} deinstall' | dpkg --set-selections; apt-get dselect-upgrade -y`))],
  ['U2', '`dpkg -r` refused, then `apt-get dselect-upgrade` later: the selection was put back',
    harmless(async (m) => { await m.run('dpkg', '-r', client); await m.until('ii', async () => (await m.selection()) === 'ii'); return m.run('apt-get', 'dselect-upgrade', '-y'); })],
  ['U3', '`BASH_ENV`, `ENV` and exported functions around `apt-get remove`', refused(100, (m) => m.run('env', 'BASH_ENV=/tmp/exit0', 'ENV=/tmp/exit0',
    'BASH_FUNC_test%%=() { exit 0; }', 'apt-get', 'remove', '-y', client), { before: sh('echo exit 0 >/tmp/exit0') })],
  ['U3', '`LD_PRELOAD` with a library that makes every file unreadable', refused(1, (m) => m.run('env', 'LD_PRELOAD=/tmp/blind.so', 'dpkg', '-r', client),
    { before: (m) => m.blindfold('/tmp/blind.so') })],
  ['U3', 'its maintainer script run by hand with other words', harmless(sh(`${info}.prerm upgrade 99 && ${info}.prerm deconfigure && ${info}.prerm failed-upgrade 1`))],
  ['U2', 'reinstalling it', harmless(run('dpkg', '-i', '/tmp/client.deb'))],
  ['U2', '`apt-mark unhold`, `hold`, and removing it then', refused(100, sh(`apt-mark hold ${client}; apt-mark unhold ${client}; apt-get remove -y ${client}`))],
  ['U0', 'another protected package, `tree`: `apt-get remove tree`', refused(100, run('apt-get', 'remove', '-y', 'tree'), { before: (m) => m.protectTree(), says: /uninstall tree --reason/ })],
  ['U2', '… `dpkg -r tree`', refused(1, run('dpkg', '-r', 'tree'), { before: (m) => m.protectTree(), says: /holdfast-guards-tree depends on tree/,
    told: 'refused, since `holdfast-guards-tree` depends on it; its description says how to ask' })],
  ['U2', '… `dpkg -r tree holdfast-guards-tree`', refused(1, run('dpkg', '-r', 'tree', 'holdfast-guards-tree'), { before: (m) => m.protectTree(), says: /uninstall tree --reason/ })],
  ['U3', '… `dpkg --force-depends -r tree`', alarmed('removed-without-grant', 60, run('dpkg', '--force-depends', '-r', 'tree'), { before: (m) => m.protectTree(), subject: /^tree$/ })],

  ['U3', 'a policy that says "off", signed by a key of one\'s own', refused(1, (m) => m.forge('statement.jws').then(() => m.run('dpkg', '-r', client)), { spoils: true, tampered: true })],
  ['U3', 'a byte of the signed policy changed', refused(1, sh(`printf x >>${state}/statement.jws; dpkg -r ${client}`), { spoils: true, tampered: true })],
  ['U3', 'the signed policy deleted', refused(1, sh(`rm ${state}/statement.jws; dpkg -r ${client}`), { spoils: true, tampered: true })],
  ['U3', 'the ledger deleted', refused(1, sh(`rm ${state}/ledger; dpkg -r ${client}`), { spoils: true, tampered: true })],
  ['U3', 'the enrolment mark deleted', refused(1, sh(`rm /etc/holdfast/enrolled; dpkg -r ${client}`), { spoils: true, tampered: true })],
  ['U3', 'the whole state folder and the mark deleted', refused(1, sh(`rm -rf ${state} /etc/holdfast/enrolled; dpkg -r ${client}`), { spoils: true, tampered: true })],
  ['U3', 'a signed policy of the time when its owner was exempt, put back', alarmed('removed-without-grant', 60, async (m) => {
    await m.olderPolicy();
    await m.run('dpkg', '-r', client);
  })],
  ['U3', 'a grant that was made for another computer', refused(1, async (m) => { await m.foreignGrant(); return m.run('dpkg', '-r', client); })],
  ['U3', 'a grant with a changed byte', refused(1, async (m) => { await m.spoiltGrant(); return m.run('dpkg', '-r', client); }, { spoils: true })],
  ['U3', 'a grant for another package', refused(1, async (m) => { await m.grantFor('tree'); return m.run('dpkg', '-r', client); }, { spoils: true })],
  ['U3', 'a grant that was called back, put back by hand', refused(1, async (m) => { await m.calledBackGrant(); return m.run('dpkg', '-r', client); }, { spoils: true })],
  ['U3', 'an approval used a second time, in another boot or after the hour', { unit: ['guard/test_guard.c', 'a_removal_that_was_rolled_back_can_be_done_again'] }],
  ['U3', 'the clock set back to before an approval ended', { unit: ['guard/test_guard.c', 'a_clock_set_back_gains_nothing'] }],
  ['U2', 'no room on the disk when an approved removal is to be written down', refused(1, async (m) => { await m.approve(); await m.fullDisk(); return m.run('dpkg', '-r', client); }, { spoils: true, says: /could not be recorded/ })],
  ['U2', 'a disk that cannot be written when an approved removal is to be written down', refused(1, async (m) => { await m.approve(); await m.ok('mount', '--bind', state, state); await m.ok('mount', '-o', 'remount,bind,ro', state); return m.run('dpkg', '-r', client); },
    { spoils: true, says: /could not be recorded/ })],

  ['U3', 'the prerm moved away, then `dpkg -r`: the postrm tells', alarmed('removed-without-grant', 10, sh(`mv ${info}.prerm /root/; dpkg -r ${client}`))],
  ['U3', 'the prerm overwritten, then `apt-get remove`', alarmed('removed-without-grant', 10, sh(`printf '#!/bin/sh\\nexit 0\\n' >${info}.prerm; apt-get remove -y ${client}`))],
  ['U3', 'prerm and postrm deleted, then `dpkg -r`: no script of ours runs', alarmed('removed-without-grant', 60, sh(`rm ${info}.prerm ${info}.postrm; dpkg -r ${client}`))],
  ['U3', 'its paragraph cut out of dpkg\'s status file', alarmed('removed-without-grant', 60, sh(`sed -i '/^Package: ${client}$/,/^$/d' /var/lib/dpkg/status`))],
  ['U3', 'an "upgrade" to a package of the same name without scripts', alarmed('weakened', 60,
    (m) => m.makeDeb(client, { Version: '99.0' }).then((file) => m.run('dpkg', '-i', '--force-confold', file)), { subject: /^files-missing$/ })],
  ['U3', 'an "upgrade" that brings a manifest of its own', alarmed('unknown-build', 60,
    (m) => m.makeDeb(client, { Version: '99.0' }, { '/opt/client': 'x', '/usr/lib/holdfast/manifest': manifest }).then((file) => m.run('dpkg', '-i', '--force-confold', file)),
    { subject: new RegExp(`^${createHash('sha256').update(manifest).digest('hex')}$`) })],
  ['U3', '… and `dpkg -r` after it', alarmed('removed-without-grant', 60,
    (m) => m.makeDeb(client, { Version: '99.0' }).then((file) => m.run('sh', '-c', `dpkg -i --force-confold ${file} && dpkg -r ${client}`)))],
  ['U3', 'another package that replaces all its files', alarmed('weakened', 60, (m) => m.replaceFiles(), { subject: /^files-/ })],
  ['U3', 'a program of it overwritten', alarmed('weakened', 60, sh('cp /bin/true /usr/lib/holdfast/holdfast-guard'), { subject: /^files-changed$/ })],
  ['U3', '`rm -rf` of its programs', alarmed('weakened', 60, sh('rm -rf /usr/lib/holdfast/holdfast-guard /usr/lib/holdfast/holdfast-agent /usr/bin/holdfast'), { subject: /^files-missing$/ })],
  ['U3', 'its maintainer scripts changed, nothing removed yet', alarmed('weakened', 60, sh(`printf '#!/bin/sh\\nexit 0\\n' >${info}.prerm`), { subject: /^script-changed$/ })],
];

const rpm = [
  ['U0', '`dnf remove`', refused(1, run('dnf', '-y', 'remove', client))],
  ['U0', '`dnf autoremove`', harmless(run('dnf', '-y', 'autoremove'))],
  ['U2', '`rpm -e`', refused(1, run('rpm', '-e', client))],
  ['U2', '`rpm -e --nodeps`', refused(1, run('rpm', '-e', '--nodeps', client))],
  ['U2', '`rpm -e --allmatches`', refused(1, run('rpm', '-e', '--allmatches', client))],
  ['U2', '`dnf remove --setopt=protected_packages=`', refused(1, run('dnf', '-y', '--setopt=protected_packages=', 'remove', client))],
  ['U2', 'a package that obsoletes it, by `rpm -U`', refused(1, (m) => m.makeRpm('rival', [`Obsoletes: ${client}`]).then((file) => m.run('rpm', '-U', file)))],
  ['U2', '`rpm -e --test`', harmless(run('rpm', '-e', '--test', client))],
  ['U3', '`BASH_ENV`, `ENV` and exported functions around `rpm -e`', refused(1, run('env', 'BASH_ENV=/tmp/exit0', 'ENV=/tmp/exit0', 'BASH_FUNC_test%%=() { exit 0; }', 'rpm', '-e', client),
    { before: sh('echo exit 0 >/tmp/exit0') })],
  ['U3', '`LD_PRELOAD` around `rpm -e`', refused(1, run('env', 'LD_PRELOAD=/tmp/blind.so', 'rpm', '-e', client), { before: (m) => m.blindfold('/tmp/blind.so') })],
  ['U3', '`rpm -e --nopreun`: %postun tells', alarmed('removed-without-grant', 10, run('rpm', '-e', '--nopreun', client))],
  ['U3', '`rpm -e --noscripts`: nothing of ours runs', alarmed('removed-without-grant', 60, run('rpm', '-e', '--noscripts', client))],
  ['U3', '`rpm -e --justdb`: the files stay', alarmed('removed-without-grant', 60, run('rpm', '-e', '--justdb', '--noscripts', client))],
  ['U3', '`dnf remove --setopt=tsflags=noscripts`', alarmed('removed-without-grant', 60, run('dnf', '-y', '--setopt=tsflags=noscripts', '--setopt=protected_packages=', 'remove', client))],
];

const unit = 'holdfast-keeper.service';
const booted = [
  ['U2', '`systemctl stop`', refused(4, run('systemctl', 'stop', unit), { told: 'refused, in systemd\'s words' })],
  ['U2', '`systemctl restart`', refused(4, run('systemctl', 'restart', unit), { told: 'refused, in systemd\'s words' })],
  ['U2', '`kill -9` of the keeper, again and again', mended(20, async (m) => {
    for (let i = 0; i < 4; i += 1) {
      const pid = await m.until('a keeper', () => m.keeperPid());
      await m.run('kill', '-9', String(pid));
      await m.until('another keeper', async () => { const now = await m.keeperPid(); return now && now !== pid; });
    }
  })],
  ['U2', '`kill -9` of the agent', mended(20, sh('pkill -9 -x holdfast-agent; true'))],
  ['U2', '`systemctl kill -s KILL`', mended(20, run('systemctl', 'kill', '-s', 'KILL', unit))],
  ['U3', '`cgroup.kill`', mended(20, sh('f=$(find /sys/fs/cgroup -path "*holdfast-keeper.service/cgroup.kill" | head -n 1); [ -n "$f" ] && echo 1 >"$f" || systemctl kill -s KILL holdfast-keeper.service'))],
  ['U2', '`kill -STOP` of the keeper: systemd\'s watchdog replaces it', mended(150, async (m) => {
    const pid = await m.keeperPid();
    await m.run('kill', '-STOP', String(pid));
    await m.until('another keeper', async () => { const now = await m.keeperPid(); return now && now !== pid; }, 150);
  }, { spoils: true })],
  ['U2', '`systemctl disable`', alarmed('weakened', 60, run('systemctl', 'disable', unit), { subject: /^unit-disabled$/ })],
  ['U3', '`systemctl mask`', alarmed('weakened', 60, run('systemctl', 'mask', unit), { subject: /^unit-masked$/ })],
  ['U3', '`systemctl mask --now`', alarmed('weakened', 60, run('systemctl', 'mask', '--now', unit), { subject: /^unit-masked$/ })],
  ['U3', 'a unit that conflicts with it', mended(60, async (m) => {
    await m.run('systemd-run', '--wait', '-p', `Conflicts=${unit}`, 'true');
    await m.until('it is stopped', async () => /^(inactive|failed)/.test((await m.run('systemctl', 'is-active', unit)).out));
    // What holdfast-check.timer does every few minutes.
    await m.run('systemctl', 'start', 'holdfast-check.service');
  }, { spoils: true, told: 'stopped; started again by `holdfast-check.timer`' })],
  ['U3', 'the agent\'s program moved away, then `kill -9`', alarmed('weakened', 60, sh(`mv /usr/lib/holdfast/holdfast-agent /root/; pkill -9 -x holdfast-agent; sleep 3; mv /root/holdfast-agent /usr/lib/holdfast/`), { subject: /^files-missing$/ })],
  ['U3', 'a drop-in that lets it be stopped, then `systemctl stop`', alarmed('weakened', 60, sh(`mkdir -p /run/systemd/system/${unit}.d && printf '[Unit]\\nRefuseManualStop=no\\n' >/run/systemd/system/${unit}.d/zz.conf && systemctl daemon-reload && sleep 1 && systemctl stop ${unit}`), { subject: /^unit-overridden$/ })],
  ['U3', '`chmod -x` of the keeper\'s program', alarmed('weakened', 60, sh('chmod -x /usr/lib/holdfast/holdfast-keeper; sleep 2; chmod +x /usr/lib/holdfast/holdfast-keeper'), { subject: /^files-changed$/ })],
];

export const rows = Object.entries({ deb, rpm, booted }).flatMap(([on, list]) => list.map(([who, attack, what]) => ({ on, who, attack, ...what })));

const path = resolve(dirname(fileURLToPath(import.meta.url)), '../../../docs/attacks.md');

function said(row) {
  if (row.unit) return `refused; shown by \`tests/unit/${row.unit[0]}\``;
  if (row.told) return row.told;
  if (row.ends === 'refused') return row.tampered ? 'refused as tampering, and reported' : 'refused, with the reason and the way to ask';
  if (row.ends === 'harmless') return 'nothing comes of it';
  if (row.ends === 'mended') return `back by itself within ${row.within} s`;
  const finding = row.subject && row.kind === 'weakened' ? ` (\`${row.subject.source.replace(/[\^$]/g, '').replace(/-$/, '-…')}\`)` : '';
  return `**done, and alarmed** within ${row.within} s: \`${row.kind}\`${finding}`;
}

export function written(text) {
  const titles = { deb: 'dpkg and apt', rpm: 'rpm and dnf', booted: 'The running client, under systemd' };
  const tables = Object.entries(titles).map(([on, title]) =>
    `### ${title}\n\n| who | what is tried | what becomes of it |\n|---|---|---|\n${rows.filter((row) => row.on === on).map((row) =>
      `| ${row.who} | ${row.attack.replaceAll('|', '\\|')} | ${said(row)} |`).join('\n')}\n`);
  return text.replace(/(<!-- table -->\n)[^]*(<!-- end -->)/, (_, begin, end) => `${begin}\n${tables.join('\n')}\n${end}`);
}

export const page = () => readFileSync(path, 'utf8');

if (process.argv[2] === '--write') writeFileSync(path, written(page()));
