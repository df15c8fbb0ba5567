// How long the guard takes, as dpkg would run it, on an enrolled machine in a throw-away root: without a grant (it
// refuses) and with a live one (it lets through; the grant is given back before each run). Beside it /bin/true,
// timed the same way, for what starting any program costs here. Needs root; ./dev bench guard.
import { rmSync } from 'node:fs';
import { buildPackage, scene } from '../tests/e2e/throw-away.mjs';
import { until } from '../tests/e2e/machine.mjs';

const RUNS = 100;
const GUARD = '/var/lib/dpkg/info/holdfast-client.prerm remove';
const GIVE_BACK = '/usr/lib/holdfast/holdfast-guard postinst abort-remove';

const ends = [];
const { folder, deb } = buildPackage();
try {
  const { server, machine } = await scene({ after: (end) => ends.unshift(end) }, deb);
  const time = async (command, status, before = ':') => {
    const out = await machine.ok('sh', '-c', `i=0; while [ $i -lt ${RUNS} ]; do i=$((i + 1)); ${before}
      a=$(date +%s%N); ${command} >/dev/null 2>&1; s=$?; b=$(date +%s%N)
      [ $s = ${status} ] || { echo "exit $s"; exit 1; }; echo $(((b - a) / 1000)); done`);
    const us = out.trim().split('\n').map(Number).sort((x, y) => x - y);
    return { median: us[RUNS / 2], least: us[0], most: us[RUNS - 1] };
  };
  const figures = { '/bin/true': await time('/bin/true', 0), 'without a grant': await time(GUARD, 1) };
  server.deliver(server.grant());
  await until('the grant', async () => (await machine.status()).grant);
  figures['with a live grant'] = await time(GUARD, 0, GIVE_BACK);
  console.log(`${RUNS} runs each, milliseconds, the start of the program included`);
  for (const [name, f] of Object.entries(figures)) {
    const ms = (us) => (us / 1000).toFixed(2).padStart(7);
    console.log(`${name.padEnd(18)} median ${ms(f.median)}   least ${ms(f.least)}   most ${ms(f.most)}   ` +
      `${(f.median / figures['/bin/true'].median).toFixed(1)} x /bin/true`);
  }
} finally {
  for (const end of ends) await end();
  rmSync(folder, { recursive: true });
}
