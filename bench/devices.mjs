// How long pages of 100,000 devices take, by every kind of filter and order: ./dev bench devices. On PostgreSQL too when
// HOLDFAST_TEST_POSTGRESQL names one.
import { fileURLToPath } from 'node:url';

process.env.HOLDFAST_BUILD ??= fileURLToPath(new URL('../build', import.meta.url));
const { Stage } = await import('../tests/e2e/stage.mjs');
const [DEVICES, DEPARTMENTS, ROUNDS] = [100000, 500, 15];
const DAY = 24 * 3600 * 1000;

// A person a device, departments of three storeys.
function fill(stage) {
  const pg = !!stage.postgresql;
  const id = (kind, n) => (pg ? `'${kind}0000000-0000-7000-8000-' || lpad(to_hex(${n}), 12, '0')` : `printf('${kind}0000000-0000-7000-8000-%012x', ${n})`);
  const bytes = (n) => (pg ? `decode(md5(${n}::text) || md5('x' || ${n}), 'hex')` : 'randomblob(32)');
  const series = (most) => `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${most})`;
  const text = (x) => (pg ? `(${x})::text` : `(${x})`);
  const now = Date.now();
  stage.sql(`${series(DEPARTMENTS)} INSERT INTO departments (id, source, external_id, parent, name, gone, seen_ms) SELECT ${id(2, 'i')}, '${stage.source.id}', `
    + `'b' || ${text('i')}, CASE WHEN i = 1 THEN NULL ELSE ${id(2, 'i / 20 + 1')} END, '部门' || ${text('i')}, 0, 1 FROM n`);
  stage.sql(`${series(DEVICES)} INSERT INTO people (id, source, external_id, name, title, email, telephone, departed, seen_ms) SELECT ${id(3, 'i')}, '${stage.source.id}', `
    + `'p' || ${text('i')}, '员工' || ${text('i')}, '', '', '', CASE WHEN i % 1000 = 0 THEN 1 ELSE 0 END, 1 FROM n`);
  stage.sql(`${series(DEVICES)} INSERT INTO memberships (person, department, position) SELECT ${id(3, 'i')}, ${id(2, `i % (${DEPARTMENTS} - 1) + 2`)}, 0 FROM n`);
  stage.sql(`${series(DEVICES)} INSERT INTO devices (id, name, os, macs, client_version, owner, state, key, enrolled_ms, last_seen_ms) `
    + `SELECT ${id(4, 'i')}, 'laptop-' || ${text('i * 7919 % 100000')}, CASE WHEN i % 3 = 0 THEN 'Ubuntu 24.04' ELSE 'Debian GNU/Linux 12' END, `
    + `'52:54:00:' || substr(${pg ? 'lpad(to_hex(i), 6, \'0\')' : "printf('%06x', i)"}, 1, 2) || ':' || substr(${pg ? 'lpad(to_hex(i), 6, \'0\')' : "printf('%06x', i)"}, 3, 2) || ':' || `
    + `substr(${pg ? 'lpad(to_hex(i), 6, \'0\')' : "printf('%06x', i)"}, 5, 2), CASE WHEN i % 10 = 0 THEN '0.2.0' ELSE '0.1.0' END, ${id(3, 'i')}, `
    + `CASE WHEN i % 10000 = 0 THEN 'lost' ELSE 'active' END, ${bytes('i')}, 1, CASE WHEN i % 20 = 0 THEN ${now - 40 * DAY} + i WHEN i % 5 = 0 THEN ${now - 2 * DAY} + i ELSE `
    + `${now + 3600000} END FROM n`);
  if (pg) stage.sql('ANALYZE');
  return { owner: '30000000-0000-7000-8000-0000000004d2', small: '20000000-0000-7000-8000-000000000190', large: '20000000-0000-7000-8000-000000000001' };
}

const quantile = (all, q) => all.toSorted((a, b) => a - b)[Math.min(all.length - 1, Math.floor(all.length * q))];

async function timed(stage, what, query, deep = false) {
  const all = [];
  let cursor = '';
  let items = 0;
  for (let n = 0; n < ROUNDS; n += 1) {
    const begun = performance.now();
    const page = await stage.ask('GET', `devices?limit=50&${query}&cursor=${encodeURIComponent(cursor)}`);
    all.push(performance.now() - begun);
    items = page.items.length;
    if (deep) cursor = page.next ?? '';
  }
  console.log(`  ${what.padEnd(44)} p50 ${quantile(all, 0.5).toFixed(0).padStart(4)} ms, most ${Math.max(...all).toFixed(0).padStart(4)} ms   (${items} on the page)`);
}

async function measure(name, postgresql) {
  const stage = await Stage.open({ postgresql });
  try {
    await stage.server.stop();
    const { owner, small, large } = fill(stage);
    await stage.serve();
    const group = await stage.ask('POST', 'user-groups', { name: 'bench', rules: [{ subject: 'department', relation: 'equal', value: small }] });
    const { version, ...policy } = await stage.ask('GET', 'policy');
    await stage.ask('PUT', 'policy', { ...policy, mode: 'block', scope: { everyone: false, groups: [group.id] } });
    console.log(`${name}, ${DEVICES} devices:`);
    await timed(stage, 'newest first', 'order=descending');
    await timed(stage, 'page after page', 'order=descending', true);
    await timed(stage, 'by name', 'sort=name', true);
    await timed(stage, 'silent for longest', 'sort=last-seen', true);
    await timed(stage, 'of one owner', `owner=${owner}`);
    await timed(stage, 'of a small department', `department=${small}`);
    await timed(stage, 'of the whole organisation by department', `department=${large}`);
    await timed(stage, 'of a small group', `group=${group.id}`);
    await timed(stage, 'lost', 'state=lost');
    await timed(stage, 'long-offline', 'state=long-offline');
    await timed(stage, 'offline', 'state=offline');
    await timed(stage, 'online and covered, which few are', 'state=online&covered=true');
    await timed(stage, 'not covered', 'covered=false');
    await timed(stage, 'owner departed', 'flag=owner-departed');
    await timed(stage, 'cloned, which none is', 'flag=cloned');
    await timed(stage, 'search, a name', 'search=laptop-4711');
    await timed(stage, 'search, two Chinese characters', `search=${encodeURIComponent('员工')}`);
    await timed(stage, 'search, an owner', `search=${encodeURIComponent('员工99999')}`);
    await timed(stage, 'search, a MAC address', 'search=52:54:00:01:11:70');
    await timed(stage, 'search, nothing', 'search=nosuchthing');
    const begun = performance.now();
    const file = await stage.admin('GET', 'devices/export');
    console.log(`  all as CSV: ${((performance.now() - begun) / 1000).toFixed(1)} s, ${(file.text.length / 1e6).toFixed(0)} MB`);
  } finally {
    await stage.close();
  }
}

await measure('SQLite');
if (process.env.HOLDFAST_TEST_POSTGRESQL) await measure('PostgreSQL', process.env.HOLDFAST_TEST_POSTGRESQL);
