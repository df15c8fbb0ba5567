// The policy: versions, what a change would do, what takes a second administrator, and what devices are told. The real
// server on SQLite, and on PostgreSQL when HOLDFAST_TEST_POSTGRESQL names one.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { account } from './accounts.mjs';
import { unclocked } from './clock.mjs';
import { Stage, build, call, until, verifyJws } from './stage.mjs';

const postgresql = process.env.HOLDFAST_TEST_POSTGRESQL;
const databases = [['SQLite', undefined], ...(postgresql ? [['PostgreSQL', postgresql]] : [])];
const DAY = 24 * 3600000;
const skip = unclocked(path.join(build, 'holdfast-server'));
const called = (who) => `${who.name} (token ${who.name})`;

for (const [name, url] of databases) {
  describe(`the policy on ${name}`, { skip, concurrency: 1 }, () => {
    let stage;
    let chen;
    let sun;
    let people;
    let groups;
    before(async () => {
      stage = await Stage.open({ virtual: true, postgresql: url });
      chen = await account(stage, '陈安', 'security-admin');
      sun = await account(stage, '孙立', 'security-admin');
      people = Object.fromEntries((await stage.ask('GET', 'users?limit=200')).items.map((u) => [u.external_id, u.id]));
      const departments = Object.fromEntries((await stage.ask('GET', 'departments?limit=200')).items.map((d) => [d.name, d.id]));
      const group = async (title, ...rules) => (await stage.ask('POST', 'user-groups', { name: title, rules })).id;
      groups = {
        rd: await group('研发', { subject: 'department', relation: 'equal', value: departments.研发部 }),
        nobody: await group('空组', { subject: 'email', relation: 'equal', value: 'nobody@example.com' }),
      };
    });
    after(async () => { await stage?.close(); });

    const present = async () => {
      const { version: _, ...policy } = await stage.ask('GET', 'policy');
      return policy;
    };
    const put = async (who, change, headers) => who.admin('PUT', 'policy', { ...await present(), ...change }, headers);
    const saved = async (who, change) => {
      const answer = await put(who, change);
      assert.equal(answer.status, 200, answer.text);
      assert.equal(answer.json.proposal, undefined);
      return answer.json;
    };
    const proposed = async (who, change) => {
      const answer = await put(who, change);
      assert.equal(answer.status, 202, answer.text);
      return who.ask('GET', `policy/proposals/${answer.json.proposal.id}`);
    };
    const statement = async (device) => {
      const keys = (await device.agent('POST', 'sync', { counter: 0, view: '', held: [], revoked: [], client_version: '0.1.0', wait_ms: 0 })).json;
      device.keys ??= keys.keys && verifyJws(keys.keys, 'holdfast-keys', device.enrolled.root);
      return verifyJws(keys.statement, 'holdfast-statement', (kid) => device.keys.keys.find((k) => k.kid === kid).x);
    };
    const told = (device, want) => until(`${device.name} is told ${JSON.stringify(want)}`, async () => {
      const s = await statement(device);
      return Object.entries(want).every(([k, v]) => s[k] === v) ? s : undefined;
    });

    test('mode, scope and whitelist come to what the table says, on the device', async () => {
      const device = await stage.device('laptop-table');
      const everyone = { everyone: true, groups: [] };
      const rows = [
        ['block', everyone, [], true, 'everyone'],
        ['audit', everyone, [], true, 'everyone'],
        ['off', everyone, [], true, 'everyone'],
        ['block', { everyone: false, groups: [] }, [], false, 'out of scope'],
        ['block', { everyone: false, groups: [groups.rd] }, [], true, 'group 研发'],
        ['block', { everyone: false, groups: [groups.nobody] }, [], false, 'out of scope'],
        ['block', { everyone: false, groups: [groups.nobody, groups.rd] }, [], true, 'group 研发'],
        ['block', { everyone: false, groups: [groups.rd] }, [people.lihua], false, 'whitelist'],
        ['block', everyone, [people.lihua], false, 'whitelist'],
        ['block', { everyone: false, groups: [] }, [people.lihua], false, 'whitelist'],
        ['block', everyone, [people.wangfang], true, 'everyone'],
      ];
      let counter = 0;
      let last;
      for (const [mode, scope, whitelist, covered, why] of rows) {
        await saved(stage, { mode, scope, whitelist });
        const s = await told(device, { mode, covered, why });
        // Never back; and up with all that says something else.
        const same = last === `${mode} ${covered} ${why}`;
        assert.ok(same ? s.counter >= counter : s.counter > counter, `${counter}, then ${s.counter}`);
        counter = s.counter;
        last = `${mode} ${covered} ${why}`;
      }
    });

    test('every version says who, when and what; any two can be compared', async () => {
      const first = (await saved(chen, { mode: 'block', scope: { everyone: false, groups: [groups.rd, groups.nobody] }, whitelist: [], contact: '' })).version;
      await saved(sun, { mode: 'audit', scope: { everyone: false, groups: [groups.rd] }, whitelist: [people.guqing], contact: '分机 8888' });
      const { items } = await stage.ask('GET', 'policy/versions');
      assert.deepEqual([items[0].version, items[0].saved_by, items[0].confirmed_by, items[0].restored_from], [first + 1, called(sun), null, null]);
      assert.deepEqual(items[0].changed, ['mode', 'scope.groups', 'whitelist', 'contact']);
      assert.equal(items[1].saved_by, called(chen));
      assert.deepEqual((await stage.ask('GET', `policy/versions?before=2`)).items.map((v) => v.version), [1]);
      const diff = await stage.ask('GET', `policy/diff?from=${first}&to=${first + 1}`);
      assert.deepEqual(diff.changes.map((c) => [c.field, c.kind, c.before?.value, c.after?.value, c.removed.map((v) => v.name), c.added.map((v) => [v.name, v.source])]), [
        ['mode', 'word', 'block', 'audit', [], []],
        ['scope.groups', 'groups', undefined, undefined, ['空组'], []],
        ['whitelist', 'people', undefined, undefined, [], [['顾青', diff.changes[2].added[0].source]]],
        ['contact', 'text', '', '分机 8888', [], []]]);
      assert.ok(diff.changes[2].added[0].source);
      assert.deepEqual((await stage.ask('GET', `policy/diff?from=${first + 1}`)).changes, []);
      const old = await stage.ask('GET', `policy/versions/${first}`);
      assert.deepEqual(old.policy.scope.groups, [groups.rd, groups.nobody]);
      assert.deepEqual(old.missing, []);
      for (const where of ['policy/versions/999', 'policy/versions/0', 'policy/versions/x', 'policy/diff?from=999'])
        assert.equal((await stage.admin('GET', where)).status, 404, where);
      assert.equal((await stage.admin('GET', 'policy/diff')).status, 400);
      // The same once more is no version.
      assert.equal((await saved(sun, {})).version, first + 1);
    });

    test('an old version is restored, without what is gone only when asked so', async () => {
      const gone = (await stage.ask('POST', 'user-groups', { name: '临时', rules: [{ subject: 'user', relation: 'equal', value: people.lihua }] })).id;
      const both = (await saved(chen, { scope: { everyone: false, groups: [groups.rd, gone] }, whitelist: [people.guqing] })).version;
      const alone = (await saved(chen, { scope: { everyone: false, groups: [gone] } })).version;
      await saved(chen, { scope: { everyone: true, groups: [] }, whitelist: [] });
      assert.equal((await stage.admin('DELETE', `user-groups/${gone}`)).status, 204);
      assert.deepEqual((await stage.ask('GET', `policy/versions/${both}`)).missing, [{ field: 'scope.groups', id: gone, name: '临时', why: 'gone' }]);
      const refused = await chen.admin('POST', `policy/versions/${both}/restore`);
      assert.equal(refused.status, 422);
      assert.match(refused.json.detail, /scope\.groups: 临时 \(gone\)/);
      assert.equal((await chen.admin('POST', `policy/versions/${both}/restore`, { without_missing: true }, { 'If-Match': '"1"' })).status, 412);
      const again = await chen.ask('POST', `policy/versions/${both}/restore`, { without_missing: true });
      assert.deepEqual([again.scope.groups, again.whitelist], [[groups.rd], [people.guqing]]);
      const { items } = await stage.ask('GET', 'policy/versions');
      assert.deepEqual([items[0].version, items[0].restored_from, items[0].saved_by], [again.version, both, called(chen)]);
      // Nothing of its scope is left: nobody covered is not what anybody meant.
      assert.equal((await chen.admin('POST', `policy/versions/${alone}/restore`, { without_missing: true })).status, 422);
      assert.ok((await stage.ask('GET', 'audit?kind=policy-changed&limit=1')).items[0].text.includes(`as version ${both} was`));
    });

    test('a preview counts, names, warns, and is what then happens', async () => {
      const devices = await Promise.all([0, 1, 2, 3, 4].map((i) => stage.device(`kiosk-${i}`, 'zhoumin')));
      const mine = await stage.device('laptop-preview');
      await saved(stage, { mode: 'block', scope: { everyone: true, groups: [] }, whitelist: [], filing: { allowed: true, workflow: stage.workflow.id } });
      await told(mine, { covered: true });
      const filed = await mine.file('预览');
      const policy = { ...await present(), scope: { everyone: false, groups: [groups.rd, groups.nobody] }, whitelist: [people.zhoumin, people.lihua], filing: { allowed: true, workflow: null }, mode: 'block' };
      const preview = await chen.ask('POST', 'policy/preview', policy);
      assert.deepEqual([preview.covered.people.before, preview.covered.people.after, preview.covered.people.gained.count], [4, 1, 0]);
      assert.deepEqual(preview.covered.people.lost.sample.map((p) => p.name).sort(), ['周敏', '李华', '顾青'].sort());
      assert.equal(preview.covered.devices.after, 0);
      assert.ok(preview.covered.devices.lost.count >= 6);
      assert.deepEqual(preview.covered.devices.lost.sample.filter((d) => d.name.startsWith('kiosk-')).map((d) => d.owner.name), Array(5).fill('周敏'));
      assert.deepEqual([preview.mode_before, preview.mode_after, preview.second_person], ['block', 'block', []]);
      assert.deepEqual([preview.stranded.count, preview.stranded.sample[0].name], [1, '王芳']);
      assert.deepEqual([preview.reach_before.first, preview.reach_after.neither], [4, 4]);
      assert.ok(preview.requests >= 1);
      const warnings = Object.fromEntries(preview.warnings.map((w) => [w.code, w]));
      assert.deepEqual(Object.keys(warnings).sort(), ['empty-group', 'no-workflow', 'whitelisted-owner']);
      assert.deepEqual([warnings['empty-group'].name, warnings['whitelisted-owner'].name, warnings['whitelisted-owner'].count, warnings['no-workflow'].count], ['空组', '周敏', 5, 1]);
      assert.equal((await chen.admin('POST', 'policy/preview', { ...policy, scope: { everyone: false, groups: [people.lihua] } })).status, 422);
      // So it is: those who are named are not covered any more, and what waited is withdrawn.
      await saved(chen, policy);
      await told(mine, { covered: false, why: 'whitelist' });
      await Promise.all(devices.map((d) => told(d, { covered: false })));
      const i = await stage.until(filed.id, 'withdrawn', (x) => x.status === 'revoked');
      assert.equal(i.decision.comment, 'the applicant was put on the whitelist');
      await saved(chen, { whitelist: [], scope: { everyone: true, groups: [] }, filing: { allowed: true, workflow: stage.workflow.id } });
    });

    test('what weakens it waits for another administrator', async () => {
      assert.equal((await chen.admin('PUT', 'settings', { policy_second_person: 'weakening' })).status, 403);
      await stage.ask('PUT', 'settings', { policy_second_person: 'weakening', policy_threshold: 100 });
      await saved(chen, { mode: 'block', scope: { everyone: true, groups: [] }, whitelist: [] });
      const device = await stage.device('laptop-second');
      await told(device, { mode: 'block' });
      assert.deepEqual((await chen.ask('POST', 'policy/preview', { ...await present(), mode: 'off' })).second_person, ['mode']);
      const { version } = await stage.ask('GET', 'policy');
      const off = await proposed(chen, { mode: 'off' });
      assert.deepEqual([off.state, off.base, off.changed, off.second_person, off.created_by, off.may_decide, off.version], ['open', version, ['mode'], ['mode'], called(chen), false, null]);
      assert.deepEqual([off.changes[0].after.value, off.preview.mode_after, off.expires_ms - off.created_ms], ['off', 'off', 7 * DAY]);
      assert.equal((await proposed(chen, { mode: 'off' })).id, off.id);
      for (let i = 0; i < 2; i += 1) {
        const repeated = await put(chen, { mode: 'off' }, { 'Idempotency-Key': 'off' });
        assert.deepEqual([repeated.status, repeated.json.proposal.id, repeated.headers.get('etag')], [202, off.id, `"${version}"`]);
      }
      assert.equal((await stage.ask('GET', 'policy')).mode, 'block');
      assert.equal((await statement(device)).mode, 'block');
      // Not by who made it, whatever his token, nor by a token that belongs to nobody.
      for (const who of [chen, stage]) assert.equal((await who.admin('POST', `policy/proposals/${off.id}/confirm`)).status, 403);
      const other = await chen.admin('POST', 'tokens', { name: 'another', role: 'security-admin', days: 1 });
      assert.equal(other.status, 201, other.text);
      const again = (what, body) => call('POST', `${stage.server.url}/api/v1/policy/proposals/${off.id}/${what}`, { body, headers: { authorization: `Bearer ${other.json.token}` } });
      assert.equal((await again('confirm')).status, 403);
      assert.equal((await again('refuse', {})).status, 403);
      assert.equal((await sun.admin('POST', `policy/proposals/${off.id}/withdraw`)).status, 403);
      const seen = await sun.admin('GET', `policy/proposals/${off.id}`);
      assert.equal(seen.json.may_decide, true);
      assert.equal((await sun.admin('POST', `policy/proposals/${off.id}/confirm`, undefined, { 'If-Match': '"2"' })).status, 412);
      const done = await sun.admin('POST', `policy/proposals/${off.id}/confirm`, undefined, { 'If-Match': seen.headers.get('etag') });
      assert.deepEqual([done.status, done.json.state, done.json.version, done.json.ended.by], [200, 'confirmed', version + 1, called(sun)]);
      await told(device, { mode: 'off' });
      const [newest] = (await stage.ask('GET', 'policy/versions')).items;
      assert.deepEqual([newest.version, newest.saved_by, newest.confirmed_by], [version + 1, called(chen), called(sun)]);
      assert.equal((await sun.admin('POST', `policy/proposals/${off.id}/confirm`)).status, 409);
      // Stronger again is nobody else's; and back is what it was.
      const on = await saved(chen, { mode: 'block' });
      const back = await chen.admin('POST', `policy/versions/${on.version - 1}/restore`);
      assert.equal(back.status, 202, back.text);
      assert.equal((await chen.ask('GET', `policy/proposals/${back.json.proposal.id}`)).restored_from, on.version - 1);
      const refused = await sun.ask('POST', `policy/proposals/${back.json.proposal.id}/refuse`, { comment: '周一再说' });
      assert.deepEqual([refused.state, refused.ended.comment], ['refused', '周一再说']);
      const kinds = async (proposal) => (await stage.ask('GET', `audit?object=${proposal}`)).items.map((x) => x.kind);
      assert.deepEqual(await kinds(off.id), ['policy-confirmed', 'policy-proposed']);
      assert.deepEqual(await kinds(back.json.proposal.id), ['policy-refused', 'policy-proposed']);
    });

    test('a proposal ends when the policy changes, when it is withdrawn, and after a week', async () => {
      const hook = await stage.ask('POST', 'webhooks', { name: '策略', url: 'https://hooks.example.invalid/', events: ['policy.changed', 'policy.proposed', 'policy.withdrawn', 'policy.expired'] });
      const stale = await proposed(chen, { mode: 'audit' });
      await saved(sun, { contact: '分机 9999' });
      assert.deepEqual([(await sun.ask('GET', `policy/proposals/${stale.id}`)).state, (await sun.admin('POST', `policy/proposals/${stale.id}/confirm`)).status], ['stale', 409]);
      const mine = await proposed(chen, { mode: 'audit' });
      assert.equal((await chen.ask('POST', `policy/proposals/${mine.id}/withdraw`)).state, 'withdrawn');
      const late = await proposed(chen, { mode: 'audit' });
      assert.deepEqual((await sun.ask('GET', 'policy/proposals?state=open')).items.map((p) => p.id), [late.id]);
      stage.clock.forward(7 * DAY + 1000);
      await until('it has expired', async () => (await sun.ask('GET', `policy/proposals/${late.id}`)).state === 'expired', 90);
      assert.deepEqual((await sun.ask('GET', 'policy/proposals?state=open')).items, []);
      const all = (await stage.ask('GET', `webhooks/${hook.id}/deliveries?limit=50`)).items;
      const of = (p) => all.filter((d) => d.payload.data.proposal?.id === p.id).map((d) => [d.type, d.payload.data.event]).reverse();
      assert.deepEqual(of(stale), [['policy.proposed', 'policy-proposed'], ['policy.expired', 'policy-stale']]);
      assert.deepEqual(of(mine), [['policy.proposed', 'policy-proposed'], ['policy.withdrawn', 'policy-withdrawn']]);
      // Nobody was at that address for a week, which disables a webhook: the record has it.
      assert.deepEqual(of(late)[0], ['policy.proposed', 'policy-proposed']);
      assert.deepEqual((await stage.ask('GET', `audit?object=${late.id}`)).items.map((x) => x.kind), ['policy-expired', 'policy-proposed']);
      assert.equal(typeof all.find((d) => d.type === 'policy.changed').payload.data.policy.version, 'number');
      assert.equal((await stage.ask('GET', 'policy')).mode, 'block');
    });

    test('holdfastctl says what would change, and who has to confirm it', async () => {
      const ctl = (who, words, LANG = 'C.UTF-8') => spawnSync(path.join(build, 'holdfastctl'), words, { encoding: 'utf8',
        env: { PATH: process.env.PATH, HOME: stage.folder, LANG, HOLDFAST_SERVER: stage.server.url, HOLDFAST_TOKEN: who.token } });
      const { version } = await saved(chen, { mode: 'block', whitelist: [people.guqing], scope: { everyone: true, groups: [] } });
      const preview = ctl(chen, ['policy', 'preview', '--everyone', 'false', '--groups', '空组,研发', '--mode', 'audit']);
      assert.equal(preview.status, 0, preview.stderr);
      for (const line of [/^ {2}mode: block → audit$/m, /^ {4}\+ 空组$/m, /people covered: 3 → 2/, /people lost: 1\n {4}周敏 \(示例科技\)/, /The user group 空组 has no members\./,
        /A second administrator has to confirm it:\n {2}- it turns the protection down/]) assert.match(preview.stdout, line);
      assert.match(ctl(chen, ['policy', 'preview', '--mode', 'off'], 'zh_CN.UTF-8').stdout, /模式: 阻止 → 关闭[^]*需要第二位管理员确认：\n {2}- 降低了保护强度/);
      const edit = ctl(chen, ['policy', 'edit', '--mode', 'audit']);
      assert.equal(edit.status, 1);
      const [, id] = /another administrator has to confirm it until .*: holdfastctl policy confirm (\S+)/.exec(edit.stderr);
      assert.match(ctl(chen, ['whoami']).stdout, /POLICY CHANGES TO CONFIRM +0/);
      assert.match(ctl(sun, ['whoami']).stdout, /POLICY CHANGES TO CONFIRM +1/);
      assert.equal(ctl(sun, ['policy', 'proposals', '--state', 'open', '--ids']).stdout, `${id}\n`);
      const own = ctl(chen, ['policy', 'confirm', id, '--yes']);
      assert.deepEqual([own.status, own.stderr], [3, 'holdfastctl: A second person confirms it: not the one who made it.\n']);
      const confirmed = ctl(sun, ['policy', 'confirm', id, '--yes']);
      assert.equal(confirmed.status, 0, confirmed.stderr);
      assert.match(confirmed.stdout, new RegExp(`mode: block → audit[^]*The policy is at version ${version + 1} now\\.`));
      assert.equal(ctl(sun, ['policy', 'diff', `${version}`, `${version + 1}`]).stdout, '  mode: block → audit\n');
      assert.match(ctl(sun, ['policy', 'versions']).stdout, new RegExp(`^${version + 1} +陈安.*孙立.*mode$`, 'm'));
      assert.equal(ctl(sun, ['policy', 'restore', `${version}`, '--yes']).status, 0);
      assert.equal((await stage.ask('GET', 'policy')).mode, 'block');
      // Versions and proposals name people: an auditor who sees one department alone sees none of them.
      const rd = (await stage.ask('GET', 'departments?limit=200')).items.find((d) => d.name === '研发部').id;
      const limited = await chen.ask('POST', 'tokens', { name: 'limited', role: 'auditor', days: 1, departments: [rd] });
      assert.equal(ctl(limited, ['whoami']).status, 0);
      for (const where of ['policy/versions', 'policy/versions/1', 'policy/diff?from=1', 'policy/proposals', `policy/proposals/${id}`])
        assert.equal((await call('GET', `${stage.server.url}/api/v1/${where}`, { headers: { authorization: `Bearer ${limited.token}` } })).status, 403, where);
      // As code: what it does is shown, and that it waits.
      const file = path.join(stage.folder, 'policy.yaml');
      writeFileSync(file, 'policy:\n  mode: "off"\n');
      assert.match(ctl(chen, ['apply', '--file', file, '--dry-run']).stdout, /mode: block → off[^]*A second administrator/);
      const applied = ctl(chen, ['apply', '--file', file, '--yes']);
      assert.equal(applied.status, 1);
      assert.match(applied.stdout, /policy: waits for a second administrator/);
      const [waiting] = (await sun.ask('GET', 'policy/proposals?state=open')).items;
      assert.equal(ctl(sun, ['policy', 'refuse', waiting.id, '--comment', '周一再说', '--yes']).status, 0);
      assert.equal((await sun.ask('GET', `policy/proposals/${waiting.id}`)).ended.comment, '周一再说');
    });

    test('one administrator alone takes no more devices out by other ways', async () => {
      await saved(chen, { mode: 'block', whitelist: [], scope: { everyone: false, groups: [groups.rd] } });
      const laptops = [await stage.device('laptop-way-1'), await stage.device('laptop-way-2')];
      for (const laptop of laptops) await told(laptop, { covered: true });
      await stage.ask('PUT', 'settings', { policy_threshold: 0, release_threshold: 1 });

      // A user group in the scope.
      const { name: title, rules } = await chen.ask('GET', `user-groups/${groups.rd}`);
      const full = { name: title, rules: rules.map(({ subject, relation, value }) => ({ subject, relation, value })) };
      const preview = await chen.ask('POST', 'user-groups/preview', { group: groups.rd, rules: [] });
      assert.deepEqual(preview.second_person, ['devices']);
      const empty = await chen.admin('PUT', `user-groups/${groups.rd}`, { name: title, rules: [] });
      assert.deepEqual([empty.status, empty.json.rules.length, empty.json.proposal.second_person], [202, rules.length, ['devices']], empty.text);
      const { id } = empty.json.proposal;
      assert.equal((await chen.admin('POST', `policy/proposals/${id}/confirm`)).status, 403);
      const seen = await sun.ask('GET', `policy/proposals/${id}`);
      assert.deepEqual([seen.subject, seen.user_group, seen.policy, seen.group.rules, seen.may_decide], ['user-group', groups.rd, null, [], true]);
      assert.ok(seen.group_preview.covered.devices.lost.count >= 2);
      await told(laptops[0], { covered: true });
      assert.equal((await sun.ask('POST', `policy/proposals/${id}/confirm`)).state, 'confirmed');
      for (const laptop of laptops) await told(laptop, { covered: false });
      assert.equal((await chen.admin('PUT', `user-groups/${groups.rd}`, full)).status, 200);
      for (const laptop of laptops) await told(laptop, { covered: true });

      // One by one, or many at once.
      const bulk = await chen.ask('POST', 'devices/bulk', { action: 'unbind', reason: '报废', ids: laptops.map((d) => d.id) });
      assert.deepEqual([bulk.done, bulk.failed], [1, 1]);
      assert.match(bulk.items.find((i) => i.problem).problem.detail, /would be device 2 .* within 24 hours; one person may do that with 1\. Make a release/);

      // What says so.
      const wide = { policy_second_person: 'weakening', policy_threshold: 100, release_threshold: 20 };
      assert.equal((await stage.admin('PUT', 'settings', { ...wide, organisation_name: '别的' })).status, 422);
      const settings = await stage.admin('PUT', 'settings', wide);
      assert.deepEqual([settings.status, settings.json.release_threshold, settings.json.proposal.second_person], [202, 1, ['settings']], settings.text);
      const ctl = (who, words, LANG = 'C.UTF-8') => spawnSync(path.join(build, 'holdfastctl'), words, { encoding: 'utf8',
        env: { PATH: process.env.PATH, HOME: stage.folder, LANG, HOLDFAST_SERVER: stage.server.url, HOLDFAST_TOKEN: who.token } });
      const edit = ctl(stage, ['settings', 'edit', '--policy-second-person', 'off']);
      assert.equal(edit.status, 1, edit.stderr);
      assert.match(edit.stderr, /Nothing is changed yet: another administrator has to confirm it/);
      const list = ctl(sun, ['policy', 'proposals', '--state', 'open'], 'zh_CN.UTF-8').stdout;
      assert.match(list, /设置/);
      const confirmed = ctl(sun, ['policy', 'confirm', settings.json.proposal.id, '--yes']);
      assert.equal(confirmed.status, 0, confirmed.stderr);
      assert.match(confirmed.stdout, /people or devices that one person may exempt: 0 → 100[^]*devices that one person may release: 1 → 20[^]*one person could do more alone[^]*The change holds now\./);
      assert.equal((await stage.ask('GET', 'settings')).policy_threshold, 100);
      assert.deepEqual((await sun.ask('GET', 'policy/proposals?state=open')).items, []);

      // As the shell has it.
      await stage.ask('PUT', 'settings', { policy_threshold: 0 });
      const file = path.join(stage.folder, 'rules.json');
      writeFileSync(file, JSON.stringify({ name: title, rules: [] }));
      const group = ctl(chen, ['group', 'edit', title, '--file', file]);
      assert.deepEqual([group.status, group.stdout], [1, ''], group.stderr);
      const [, waiting] = /holdfastctl policy confirm (\S+)/.exec(group.stderr);
      assert.match(ctl(sun, ['policy', 'proposal', waiting]).stdout, /devices lost: \d+[^]*A second administrator has to confirm it:\n {2}- many devices would not be covered any more/);
      assert.match(ctl(sun, ['policy', 'proposal', waiting], 'zh_CN.UTF-8').stdout, /用户组[^]*减少设备[^]*需要第二位管理员确认：\n {2}- 大量设备将不再受保护/);
      assert.equal((await chen.ask('POST', `policy/proposals/${waiting}/withdraw`)).state, 'withdrawn');
      const back = (await stage.admin('PUT', 'settings', wide)).json.proposal.id;
      assert.equal((await sun.ask('POST', `policy/proposals/${back}/confirm`)).state, 'confirmed');
    });

    test('a server that dies on the way leaves all of it or nothing', async () => {
      const dies = async (point, what) => {
        await stage.server.stop();
        await stage.serve({ HOLDFAST_FAILPOINT: point });
        await assert.rejects(what());
        assert.equal((await stage.server.ended).signal, 'SIGKILL');
        await stage.serve();
      };
      const { version } = await stage.ask('GET', 'policy');
      await dies('policy-proposed', async () => put(chen, { mode: 'audit' }));
      assert.deepEqual((await sun.ask('GET', 'policy/proposals?state=open')).items, []);
      const waiting = await proposed(chen, { mode: 'audit' });
      await dies('policy-proposal-ended', () => sun.admin('POST', `policy/proposals/${waiting.id}/confirm`));
      assert.equal((await sun.ask('GET', `policy/proposals/${waiting.id}`)).state, 'open');
      assert.equal((await stage.ask('GET', 'policy')).version, version);
      assert.equal((await sun.ask('POST', `policy/proposals/${waiting.id}/confirm`)).version, version + 1);
      await saved(chen, { mode: 'block' });
    });

    test('a change by one server reaches the devices of another', { skip: !url && 'needs PostgreSQL' }, async () => {
      const device = await stage.device('laptop-elsewhere');
      const other = await stage.second();
      try {
        // The device polls the one server, the administrator talks to the other.
        const elsewhere = (change) => call('PUT', `${other.url}/api/v1/policy`, { body: change, headers: { authorization: `Bearer ${stage.token}` } });
        await saved(chen, { mode: 'block', scope: { everyone: false, groups: [] }, whitelist: [] });
        await told(device, { covered: false });
        const policy = await present();
        assert.equal((await elsewhere({ ...policy, scope: { everyone: true, groups: [] } })).status, 200);
        await told(device, { covered: true });
        // And the other way round, of groups too.
        const made = await stage.ask('POST', 'user-groups', { name: '别处', rules: [{ subject: 'user', relation: 'equal', value: people.lihua }] });
        await until('the other server counts it', async () => (await call('GET', `${other.url}/api/v1/user-groups/${made.id}`,
          { headers: { authorization: `Bearer ${stage.token}` } })).json.members === 1);
      } finally {
        await other.stop();
      }
    });

    test('of many who save at once one wins, and the others are told', async () => {
      const { headers } = await stage.admin('GET', 'policy');
      const policy = await present();
      const other = url ? await stage.second() : undefined;
      try {
        const at = (i) => (other && i % 2 ? other.url : stage.server.url);
        const save = (i, more = {}) => call('PUT', `${at(i)}/api/v1/policy`, { body: { ...policy, contact: `分机 ${i}` },
          headers: { authorization: `Bearer ${stage.token}`, ...more } });
        const first = await Promise.all(Array.from({ length: 8 }, (_, i) => save(i, { 'If-Match': headers.get('etag') })));
        assert.deepEqual(first.map((a) => a.status).sort(), [200, ...Array(7).fill(412)]);
        // Without If-Match each is a version of its own.
        const second = await Promise.all(Array.from({ length: 8 }, (_, i) => save(10 + i)));
        assert.deepEqual(second.map((a) => a.status), Array(8).fill(200));
        const versions = second.map((a) => a.json.version).sort((x, y) => x - y);
        assert.deepEqual(versions, Array.from({ length: 8 }, (_, i) => versions[0] + i));
        // Of one proposal there is one end.
        const waiting = await proposed(chen, { mode: 'audit' });
        const ends = await Promise.all(Array.from({ length: 6 }, (_, i) => call('POST', `${at(i)}/api/v1/policy/proposals/${waiting.id}/${i % 3 ? 'confirm' : 'refuse'}`,
          { body: {}, headers: { authorization: `Bearer ${sun.token}` } })));
        assert.deepEqual(ends.map((a) => a.status).sort(), [200, ...Array(5).fill(409)], JSON.stringify(ends.map((a) => a.text)));
      } finally {
        await other?.stop();
      }
    });
  });
}
