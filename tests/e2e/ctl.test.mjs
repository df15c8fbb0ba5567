// holdfastctl: everything from a shell, tables for people and JSON for scripts, configuration as code.
import assert from 'node:assert/strict';
import { execFile, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { Stage, build, client, corp, until } from './stage.mjs';

describe('holdfastctl', { concurrency: 1 }, () => {
  let stage;
  before(async () => { stage = await Stage.open(); });
  after(async () => { await stage?.close(); });

  // input: what stands on its standard input. language: LANG.
  function run(words, { input = '', language = 'C.UTF-8', environment = {} } = {}) {
    return new Promise((resolve) => {
      const child = execFile(path.join(build, 'holdfastctl'), words, { timeout: 60000, maxBuffer: 1 << 26,
        env: { PATH: process.env.PATH, ASAN_OPTIONS: process.env.ASAN_OPTIONS ?? '', HOME: stage.folder, TZ: 'Asia/Shanghai', LANG: language,
          HOLDFAST_SERVER: stage.server.url, HOLDFAST_TOKEN: stage.token, ...environment } },
      (_, stdout, stderr) => resolve({ status: child.exitCode, stdout, stderr }));
      child.stdin.on('error', () => {});
      child.stdin.end(input);
    });
  }

  async function good(words, options) {
    const { status, stdout, stderr } = await run(words, options);
    assert.equal(status, 0, `${words.join(' ')}: ${stderr}${stdout}`);
    return stdout;
  }

  async function refused(words, pattern, options) {
    const { status, stderr } = await run(words, options);
    assert.equal(status, 3, stderr);
    assert.match(stderr, /^holdfastctl: /);
    assert.match(stderr, pattern);
  }

  const json = async (...words) => JSON.parse(await good([...words, '--json']));
  const file = (name, text) => {
    const where = path.join(stage.folder, name);
    writeFileSync(where, text);
    return where;
  };
  const wide = (text) => [...text].reduce((n, c) => n + (/[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]/.test(c) ? 2 : 1), 0);

  // On a terminal of its own (script(1)): answers are typed as their questions appear. Gives all that stood on the screen.
  function typed(command, answers) {
    const home = mkdtempSync(path.join(stage.folder, 'home-'));
    return new Promise((resolve) => {
      const child = spawn('script', ['-qefc', `${path.join(build, 'holdfastctl')} ${command}`, '/dev/null'],
        { env: { PATH: process.env.PATH, ASAN_OPTIONS: process.env.ASAN_OPTIONS ?? '', HOME: home, LANG: 'C.UTF-8' } });
      let screen = '';
      let seen = 0;
      child.stdout.on('data', (data) => {
        screen += data;
        const at = answers.length ? screen.indexOf(answers[0][0], seen) : -1;
        if (at < 0) return;
        seen = at + answers[0][0].length;
        child.stdin.write(`${answers.shift()[1]}\n`);
      });
      child.on('exit', (status) => resolve({ status, screen }));
    });
  }

  test('what is secret does not appear on the terminal while it is typed', async () => {
    const { invitation } = await json('account', 'create', '--name', '吴敏', '--email', 'wu.min@example.com', '--role', 'approver');
    const password = 'typed by hand, unseen';
    const { status, screen } = await typed('setup', [['Set-up link: ', invitation.link], ['invited): ', ''],
      ['characters: ', password], ['again: ', password]]);
    assert.equal(status, 0, screen);
    assert.match(screen, /Signed in as 吴敏/);
    assert.ok(!screen.includes(password) && !screen.includes(invitation.link), screen);
  });

  test('columns stand under each other, whatever the script, and times are local', async () => {
    const device = await stage.device('laptop-table');
    const filed = await device.file('旧电脑报废');
    const lines = (await good(['instance', 'list'], { language: 'zh_CN.UTF-8' })).trimEnd().split('\n');
    assert.match(lines[0], /^ID +编号 +状态 +效力 +申请人 +设备 +报备时间 +报备原因$/);
    const [titles, row] = lines;
    assert.match(row, new RegExp(`^${filed.id}  ${filed.number}  待审批  无 +李华 +laptop-table`));
    assert.equal(wide(titles.slice(0, titles.indexOf('报备原因'))), wide(row.slice(0, row.indexOf('旧电脑'))));
    const when = new Date((await stage.instance(filed.id)).created_ms + 8 * 3600000).toISOString().slice(0, 16).replace('T', ' ');
    assert.ok(row.includes(when), `${row} has ${when}`);
    await good(['instance', 'reject', filed.number, '--comment', 'no']);
    const show = await good(['instance', 'show', filed.number]);
    assert.match(show, /^STATUS +rejected$/m);
    assert.match(show, /\nTIMELINE\nAT +EVENT +BY +TEXT\n/);
  });

  test('what others wrote cannot move the cursor or turn the text around', async () => {
    const device = await stage.device('laptop-escape');
    await device.file('bye \u202e gnp.exe');
    const out = await good(['instance', 'list', '--search', 'gnp']);
    assert.ok(out.includes('bye   gnp.exe'));
  });

  test('a long list comes whole; --limit and --ids; several at once from standard input', async () => {
    const devices = [];
    for (let i = 0; i < 3; i += 1) devices.push(await stage.device(`laptop-many-${i}`));
    const filed = [];
    for (const device of devices) filed.push(await device.file('many'));
    const ids = (await good(['instance', 'list', '--status', 'pending', '--search', 'many', '--ids'])).trim().split('\n');
    assert.deepEqual(ids.sort(), filed.map((f) => f.id).sort());
    assert.equal((await good(['instance', 'list', '--limit', '1', '--ids'])).trim().split('\n').length, 1);
    const done = await run(['instance', 'approve', '-', '--comment', 'all of them'], { input: `${ids[0]}\n${ids[1]}\nHF-999999\n` });
    assert.equal(done.status, 1);
    assert.match(done.stderr, /HF-999999: there is none called HF-999999/);
    assert.equal((await stage.instance(ids[0])).status, 'approved');
    assert.equal((await stage.instance(ids[1])).decision.comment, 'all of them');
    assert.equal((await stage.instance(ids[2])).status, 'pending');
    await good(['instance', 'withdraw', ids[2], '--reason', 'not needed']);
    assert.equal((await stage.instance(ids[2])).status, 'revoked');
    assert.match(await good(['instance', 'revoke-grant', ids[0], '--reason', 'a mistake']), /^STATE +revok[^]*^WHY .*a mistake$/m);
    assert.equal((await json('instance', 'show', ids[0])).effect, 'cancelled');
    const counts = await json('instance', 'counts', '--search', 'many');
    assert.equal(counts.approved, 2);
  });

  test('filters are checked before anything is asked, and take names', async () => {
    await refused(['instance', 'list', '--status', 'gone'], /--status: one of pending approved/);
    await refused(['instance', 'list', '--from', 'yesterday'], /--from: a time is like/);
    await refused(['instance', 'list', '--nonsense'], /"--nonsense" is not understood/);
    await refused(['instanec', 'list'], /"instanec" is not understood\. See: holdfastctl --help/);
    await refused(['instance', 'lst'], /"lst" is not understood\. See: holdfastctl help instance/);
    await refused(['instance'], /a verb is missing\. See: holdfastctl help instance/);
    await refused(['--yes'], /--help/);
    await refused(['help', 'instanec'], /"instanec" is not understood/);
    await refused(['instance', 'list', '--workflow', 'none'], /--workflow: there is none called none/);
    await refused(['instance', 'show'], /ID is missing/);
    await refused(['webhook', 'create', '--name', 'x'], /--url is missing/);
    await refused(['workflow', 'delete', stage.workflow.name], /say --yes/);
    await refused(['workflow', 'delete', stage.workflow.name, '--yes'], /policy/);
    assert.ok((await json('instance', 'list', '--workflow', stage.workflow.name, '--from', '2020-01-01')).items.length > 0);
    assert.equal((await json('instance', 'list', '--to', '2020-01-01')).items.length, 0);
    assert.equal((await json('user', 'list', '--search', '李华')).items.length, 1);
  });

  test('an edit changes what it names, and the rest stays', async () => {
    const { version, ...before } = await json('policy', 'show');
    await good(['policy', 'edit', '--grant-hours', '24', '--packages', 'curl,wget']);
    const { version: next, ...changed } = await json('policy', 'show');
    assert.equal(next, version + 1);
    assert.equal(changed.grant_hours, 24);
    assert.deepEqual(changed.packages, ['curl', 'wget']);
    assert.deepEqual({ ...changed, grant_hours: before.grant_hours, packages: before.packages }, before);
    await good(['settings', 'edit', '--webhook-networks', '127.0.0.1', '--webhook-networks', '10.0.0.0/8']);
    assert.deepEqual((await json('settings', 'show')).webhook_networks, ['127.0.0.1', '10.0.0.0/8']);
    await good(['group', 'edit', '财务', '--description', 'who counts']);
    const group = (await json('group', 'list')).items.find((g) => g.name === '财务');
    assert.equal(group.description, 'who counts');
    assert.equal(group.rules.length, 1);
  });

  test('the rest answers, for people and for scripts', async () => {
    const people = await good(['audit', 'list', '--limit', '3']);
    assert.match(people, /^AT +EVENT +BY +OBJECT +TEXT\n.*-changed +[^- ]/m, 'who did it is there');
    assert.match(await good(['policy', 'show']), /^WORKFLOW +终端卸载$/m);
    for (const words of [['whoami'], ['account', 'list'], ['token', 'list'], ['app', 'list'], ['app', 'show', client.id],
      ['app', 'forms', client.id], ['app', 'form', client.id, 'PROC-MAIN'], ['app', 'request-url'], ['budget', 'list'], ['policy', 'reach'],
      ['workflow', 'list'], ['workflow', 'show', '终端卸载'], ['workflow', 'versions', '终端卸载'], ['workflow', 'version', '终端卸载', '1'],
      ['workflow', 'preview', '终端卸载', '--user', '李华'], ['group', 'list'], ['group', 'show', '财务'], ['department', 'list'], ['device', 'list'],
      ['device', 'show', 'laptop-table'], ['task', 'list'], ['delegation', 'list'], ['release', 'list'], ['audit', 'list', '--limit', '5'],
      ['audit', 'removals'], ['audit', 'sinks'], ['webhook', 'list'], ['delivery', 'list'], ['settings', 'show'], ['instance', 'counts']]) {
      assert.doesNotMatch(await good(words), /^[[{]/, words.join(' '));
      for (const line of (await good([...words, '--json'])).trim().split('\n')) JSON.parse(line);
    }
    await good(['budget', 'edit', corp, '--monthly-calls', '7000']);
    assert.match(await good(['budget', 'list']), /7000/);
  });

  test('exports of any length go to standard output or become a file when they are whole', async () => {
    const csv = await good(['instance', 'export', '--format', 'csv']);
    assert.ok(csv.includes('旧电脑报废'));
    const where = path.join(stage.folder, 'audit.jsonl');
    await good(['audit', 'export', '--output', where]);
    assert.equal(statSync(where).mode & 0o777, 0o600);
    const verified = execFileSync(path.join(build, 'holdfast-server'), ['audit', 'verify', where]).toString();
    assert.match(verified, /\S/);
    await good(['audit', 'export-removals', '--format', 'jsonl']);
    const [{ id }] = (await json('instance', 'list', '--limit', '1')).items;
    assert.match(await good(['instance', 'evidence', id, '--lang', 'zh']), /<html/);
    await refused(['instance', 'export', '--output', path.join(stage.folder, 'no', 'such', 'folder')], /No such file/);
  });

  test('a release, from looking at it to stopping it', async () => {
    const devices = [await stage.device('laptop-go-1'), await stage.device('laptop-go-2')];
    const list = file('list.csv', 'name\nlaptop-go-1\nlaptop-go-2\n');
    const preview = await good(['release', 'preview', '--csv', list, '--reason', 'leavers', '--days', '3']);
    assert.match(preview, /^DEVICES +2$/m);
    const id = (await good(['release', 'create', '--csv', list, '--reason', 'leavers', '--days', '3', '--yes', '--ids'])).trim();
    await until('its grants', async () => (await json('release', 'show', id)).state === 'issued');
    assert.match(await good(['release', 'devices', id]), /laptop-go-1 +李华 +waiting/);
    await devices[0].hears('its grant', (d) => d.held.length === 1);
    await good(['release', 'stop', id, '--reason', 'the wrong list', '--yes']);
    await until('it is stopped', async () => (await json('release', 'show', id)).state === 'stopped');
    await good(['release', 'create', '--device', 'laptop-go-2', '--reason', 'old', '--days', '1', '--yes']);
  });

  test('webhooks, from making one to removing it', async () => {
    const made = await good(['webhook', 'create', '--name', 'tickets', '--url', 'https://hooks.example.com/x',
      '--events', 'request.filed,request.decided', '--enabled', 'false']);
    assert.match(made, /^SECRET +whsec_\S+$/m);
    await good(['webhook', 'edit', 'tickets', '--events', '*']);
    assert.deepEqual((await json('webhook', 'show', 'tickets')).events, ['*']);
    await good(['webhook', 'deliveries', 'tickets']);
    await good(['webhook', 'delete', 'tickets', '--yes']);
    await refused(['webhook', 'show', 'tickets'], /there is none called tickets/);
  });

  describe('configuration as code', { concurrency: 1 }, () => {
    const org = () => `# the organisation
settings:
  language: en
groups:
  - name: 研发
    description: &text everybody who develops
    rules:
      - {subject: email, relation: equal, value: wangfang@example.com}
  - name: second
    description: *text
    rules:
      - {subject: email, relation: equal, value: zhoumin@example.com}
workflows:
  - name: as code
    type: dingtalk
    app: dingexampleapp0000
    forms:
      - template: app_uninstall
        process_code: PROC-MAIN
        groups: [研发]
        fields:
          - {system: reason, component: 卸载原因}
      - template: app_uninstall
        process_code: PROC-AUTOMATIC
        fields:
          - {system: reason, component: 卸载原因}
policy:
  grant_hours: 48
  scope:
    everyone: false
    groups: [研发, second]
  filing:
    workflow: as code
`;

    test('what would change is shown, and nothing is done', async () => {
      const where = file('org.yaml', org());
      const dry = await run(['apply', '--file', where, '--dry-run']);
      assert.equal(dry.status, 1, dry.stderr);
      assert.match(dry.stdout, /^~ settings\n {4}language: "zh" → "en"$/m);
      assert.match(dry.stdout, /^\+ groups 研发$/m);
      assert.match(dry.stdout, /^\+ workflows as code$/m);
      assert.match(dry.stdout, /^ {4}filing\.workflow: "终端卸载" → "as code"$/m);
      assert.doesNotMatch(dry.stdout, /pending_days/);
      assert.equal((await json('settings', 'show')).language, 'zh');
      assert.match((await run(['apply', '--file', where])).stderr, /say --yes/);
    });

    test('it is done in the order in which the parts need each other, and once', async () => {
      const where = file('org.yaml', org());
      const out = await good(['apply', '--file', where, '--yes']);
      assert.match(out, /groups 研发: done[^]*workflows as code: done[^]*policy: done/);
      const policy = await json('policy', 'show');
      assert.equal(policy.grant_hours, 48);
      assert.equal(policy.filing.allowed, true);
      assert.equal(policy.scope.groups.length, 2);
      assert.equal((await json('group', 'list')).items.find((g) => g.name === 'second').description, 'everybody who develops');
      assert.equal((await good(['apply', '--file', where])).trim(), 'no changes');
    });

    test('what a server exports changes nothing, there', async () => {
      const where = path.join(stage.folder, 'exported.yaml');
      await good(['export', '--output', where]);
      const text = readFileSync(where, 'utf8');
      assert.match(text, /name: as code/);
      assert.match(text, /app: dingexampleapp0000/);
      assert.doesNotMatch(text, /secret|aes_key|updated_ms|version/);
      assert.equal((await good(['apply', '--file', where])).trim(), 'no changes');
      assert.equal((await good(['apply', '--file', '-'], { input: text })).trim(), 'no changes');
    });

    test('what is not named stays, unless it is pruned', async () => {
      const where = file('less.yaml', 'groups:\n  - name: 研发\n    rules:\n      - {subject: email, relation: equal, value: wangfang@example.com}\n');
      assert.equal((await good(['apply', '--file', where])).trim(), 'no changes');
      const dry = await run(['apply', '--file', where, '--dry-run', '--prune']);
      assert.equal(dry.status, 1);
      assert.match(dry.stdout, /^- groups second$/m);
      await refused(['apply', '--file', where, '--prune', '--yes'], /groups [^:]*: .*(use|polic)/);
      assert.ok((await json('group', 'list')).items.some((g) => g.name === 'second'));
    });

    const wrong = [
      ['an unknown part', 'settings:\n  language: en\npolicies: {}\n', /line 3: policies is not known/],
      ['an unknown member', 'policy:\n  grant_hours: 1\n  filing:\n    alowed: true\n', /line 4: policy\.filing\.alowed: is not known/],
      ['another type', 'policy:\n  grant_hours: many\n', /line 2: policy\.grant_hours: must be integer/],
      ['a word that is none', 'policy:\n  mode: "on"\n', /line 2: policy\.mode: is none of the words/],
      ['a key twice', 'policy:\n  mode: off\n  mode: block\n', /line 3: mode stands here twice/],
      ['an item twice', 'groups:\n  - {name: a, rules: []}\n  - {name: a, rules: []}\n', /line 3: groups: a stands here twice/],
      ['a list that is none', 'groups: {name: a}\n', /line 1: groups: must be a list/],
      ['no YAML', 'groups: [\n', /line 2: /],
      ['a tag', 'policy: !!python/object {}\n', /line 1: tags like .* are not read/],
      ['a secret in the file', 'apps:\n  - client_id: dingx\n    corp_id: dingy\n    client_secret: plain\n', /line 4: client_secret: say where it is/],
      ['a name that nobody has', 'settings:\n  language: zh\npolicy:\n  scope:\n    groups: [nobody]\n', /line 5: there is no group nobody/],
      ['nothing', '', /there is nothing in it/],
      ['a billion laughs', `a: &a [x,x,x,x,x,x,x,x,x,x]\n${'bcdefghi'.split('').map((c, i) => `${c}: &${c} [${Array(10).fill(`*${'abcdefgh'[i]}`).join(',')}]`).join('\n')}\n`, /more than \d+ values/],
    ];
    for (const [what, text, pattern] of wrong) {
      test(`${what} is refused, and nothing is done`, async () => {
        const before = await good(['export']);
        await refused(['apply', '--file', file('wrong.yaml', text), '--yes'], pattern);
        assert.equal(await good(['export']), before);
      });
    }

    test('the preview of the prompt says whose each text is, and what saving would refuse', async () => {
      const texts = (zh) => file('prompt.yaml', JSON.stringify({ prompt: { zh: { title: zh }, en: { title: '' } } }));
      const fit = await good(['policy', 'prompts', '--file', texts('{package} 受保护'), '--package', 'holdfast-client']);
      assert.match(fit, /^CHINESE TITLE \(13 of 60 characters\)\n {4}holdfast-client 受保护$/m);
      assert.match(fit, /^ENGLISH TITLE \(from the other language\)$/m);
      const unfit = await run(['policy', 'prompts', '--file', texts('{organization}')]);
      assert.equal(unfit.status, 1);
      assert.match(unfit.stdout, /✗ saving would refuse it: \{organization\} is not a variable/);
    });

    test('secrets come from where the file says', async () => {
      const secret = file('secret', 'not-a-secret-example-only-not-a-secret-example-only-not-a-secret\n');
      const where = file('app.yaml', `apps:\n  - client_id: dingsecondapp00001\n    corp_id: ding0000000000000000holdfast\n    ingress: stream\n    client_secret: {file: ${secret}}\n`);
      const out = await good(['apply', '--file', where, '--yes']);
      assert.doesNotMatch(out, /not-a-secret/);
      assert.ok((await json('app', 'list')).items.some((a) => a.client_id === 'dingsecondapp00001'));
      const source = (hours) => file('source.yaml', `sources:\n  - name: 第二\n    type: dingtalk\n    app: dingsecondapp00001\n    cycle_hours: ${hours}\n`);
      await good(['apply', '--file', source(12), '--yes']);
      assert.match((await run(['apply', '--file', source(6), '--dry-run'])).stdout, /^~ sources 第二\n {4}cycle_hours: 12 → 6$/m);
      await good(['apply', '--file', source(6), '--yes']);
      assert.equal((await json('source', 'show', '第二')).cycle_hours, 6);
      assert.match(await good(['source', 'edit', '第二', '--enabled', 'false']), /SIGN-IN +no\nCYCLE HOURS +6$/m);
      await refused(['source', 'edit', '第二', '--departments', '2,sales'], /departments\[1\]: must be a dept_id of DingTalk, a number/);
      await good(['source', 'delete', '第二', '--yes']);
      assert.equal((await good(['apply', '--file', where])).trim(), 'no changes');
      await refused(['apply', '--file', file('env.yaml', 'apps:\n  - client_id: dingthirdapp000001\n    corp_id: ding0000000000000000holdfast\n    client_secret: {env: NO_SUCH}\n'), '--yes'],
        /client_secret: NO_SUCH is not set/);
      await good(['app', 'delete', 'dingsecondapp00001', '--yes']);
    });
  });

  test('completion offers nouns, verbs, options and their words', async () => {
    const script = file('completion.bash', await good(['completion', 'bash']));
    const offers = (...words) => execFileSync('bash', ['-c', `
      source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _holdfastctl; echo "\${COMPREPLY[@]}"`, 'bash', script, 'holdfastctl', ...words])
      .toString().trim().split(/\s+/);
    assert.ok(offers('inst').includes('instance'));
    assert.deepEqual(offers('instance', 'wi'), ['withdraw']);
    assert.deepEqual(offers('instance', 'list', '--stat'), ['--status']);
    assert.deepEqual(offers('instance', 'list', '--status', 'app'), ['approved']);
    assert.match(await good(['completion', 'zsh']), /^#compdef holdfastctl/);
    await refused(['completion', 'fish'], /bash or zsh/);
  });

  test('every command has help in both languages and a place in the man page', async () => {
    const page = readFileSync(new URL('../../packaging/man/holdfastctl.1', import.meta.url), 'utf8').replaceAll('\\-', '-');
    const nouns = (await good(['--help'])).matchAll(/^ {2}([a-z][a-z-]*) +\S/gm);
    for (const [, noun] of nouns) {
      const english = await good(['help', noun]);
      assert.notEqual(english, await good(['help', noun], { language: 'zh_CN.UTF-8' }));
      for (const [, line] of english.matchAll(/^ {2}(\S.*)$/gm)) {
        const command = line.split(' ').filter((word) => /^[a-z-]+$/.test(word)).join(' ');
        assert.ok(page.includes(command), `man page: ${command}`);
      }
      for (const [, option] of english.matchAll(/^ {6}--([a-z-]+)/gm)) assert.ok(page.includes(`--${option}`), `man page: ${noun} --${option}`);
    }
  });
});
