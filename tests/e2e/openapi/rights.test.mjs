// Who may do what, made of the document: every operation is asked by everybody who may not use it, with input that makes
// sense, and every change by a session without the proof that it was meant. Nothing of it is answered 2xx or leaves a trace.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { call } from '../stage.mjs';
import { Api, Dice, Input } from './api.mjs';
import { account, company, roles, token } from './company.mjs';

const seed = Number(process.env.HOLDFAST_FUZZ_SEED ?? 140869413);

for (const postgresql of [undefined, process.env.HOLDFAST_TEST_POSTGRESQL].filter((url, i) => i === 0 || url)) describe(`rights on ${postgresql ? 'PostgreSQL' : 'SQLite'}`, () => {
  let stage;
  let accounts;
  let devices;
  let api;
  let input;
  let made; // one of everything that has an owner

  const bearer = (text) => ({ authorization: `Bearer ${text}` });
  const ask = (o, headers, body = o.requestBody?.content['application/json'] ? input.body(o) : undefined, path = input.path(o)) =>
    call(o.method, stage.server.url + path, { body, headers });
  const good = (answer) => { assert.ok(answer.status < 300, `${answer.status} ${answer.text}`); return answer.json; };
  const as = async (who, method, where, body) => good(await call(method, `${stage.server.url}/api/v1/${where}`, { body, headers: who }));

  // Everything that could have changed: the record has a line for each change. What the server does by itself goes on.
  const recorded = async () => (await as(accounts.owner.token, 'GET', 'audit?limit=200')).items
    .find((e) => !['system', 'dingtalk'].includes(e.actor_kind ?? e.actor.kind)).id;

  before(async () => {
    let known;
    let people;
    let departments;
    ({ stage, accounts, devices, people, departments, known } = await company({ postgresql }));
    api = new Api(good(await call('GET', `${stage.server.url}/api/v1/openapi.json`)));
    // May see the finance department alone; the requests are of people elsewhere, but for one.
    const finance = departments.find((d) => d.name === '财务部');
    accounts.scoped = await account(stage, accounts.owner, 'scoped', 'approver', { departments: [finance.id] });
    accounts.disabled = await account(stage, accounts.owner, 'disabled', 'owner');
    const { etag, ...now } = await call('GET', `${stage.server.url}/api/v1/accounts/${accounts.disabled.id}`, { headers: accounts.owner.token })
      .then((a) => ({ etag: a.headers.get('etag'), ...a.json }));
    good(await call('PUT', `${stage.server.url}/api/v1/accounts/${accounts.disabled.id}`, { headers: { ...accounts.owner.token, 'if-match': etag },
      body: { name: now.name, role: now.role, language: now.language, departments: now.departments, state: 'disabled' } }));

    const instances = (await as(accounts.owner.token, 'GET', 'instances?limit=200')).items;
    const outside = people.filter((p) => p.departments.every((d) => d.id !== finance.id)).map((p) => p.id);
    const soon = Date.now() + 3600000;
    made = {
      tokens: accounts.owner.tokenId,
      sessions: accounts.owner.sessionId,
      instances: instances.find((i) => outside.includes(i.applicant.id)).id,
      inside: instances.find((i) => !outside.includes(i.applicant.id)).id,
      delegations: (await as(accounts.owner.token, 'POST', 'delegations', { account: accounts.owner.id, delegate: accounts['security-admin'].id,
        from_ms: soon, until_ms: soon + 86400000, reason: 'leave' })).id,
    };
    const ids = [{ noun: 'instances', id: made.instances }, { noun: 'tokens', id: made.tokens }, { noun: 'sessions', id: made.sessions },
      { noun: 'delegations', id: made.delegations }, { noun: 'devices', id: devices[0].id }, { noun: 'accounts', id: accounts.auditor.id },
      { noun: 'workflows', id: stage.workflow.id }, { noun: 'dingtalkapps', id: stage.app.id }, { noun: 'departments', id: finance.id },
      { noun: 'usergroups', id: (await as(accounts.owner.token, 'POST', 'user-groups', known.recipes.createUserGroup[0])).id }];
    input = new Input(api, new Dice(seed), ids, known);
  });
  after(async () => { await stage?.close(); });

  test(`nobody uses an operation that is not theirs; seed ${seed}`, async (t) => {
    const spent = token(stage, 'owner');
    stage.sql("UPDATE tokens SET expires_ms = 1 WHERE id = (SELECT MAX(id) FROM tokens)");
    const gone = await as(accounts.owner.session, 'POST', 'tokens', { name: 'gone', role: 'owner' });
    await as(accounts.owner.session, 'DELETE', `tokens/${gone.id}`);
    const nobody = {
      'without credentials': {},
      'with a wrong token': bearer(`hft_${'A'.repeat(43)}`),
      'with half a token': bearer(accounts.owner.token.authorization.slice(7, 30)),
      'with another scheme': { authorization: 'Basic b3duZXI6b3duZXI=' },
      'with an expired token': spent,
      'with a revoked token': bearer(gone.token),
      'with a disabled account\'s token': accounts.disabled.token,
      'with a disabled account\'s session': accounts.disabled.session,
      'with a device\'s token': bearer(devices[0].token),
      'with a cookie that is none': { cookie: `holdfast=${'A'.repeat(43)}`, 'x-csrf-token': 'A'.repeat(43) },
    };
    const wrong = [];
    let cells = 0;
    const cell = async (o, who, headers, expected) => {
      const answer = await ask(o, headers);
      cells += 1;
      // An address or a body that cannot be read is refused before anybody is looked at.
      if (![...expected, 400, 413].includes(answer.status) || (answer.status === 400 && !/path|query/.test(answer.json?.detail)))
        wrong.push(`${o.operationId} ${who}: ${answer.status} ${answer.text.slice(0, 200)}`);
      const differs = api.differs(o, answer);
      if (differs && answer.status >= 400) wrong.push(`${o.operationId} ${who}: ${differs}`);
    };
    const before = await recorded();
    for (const o of api.operations.filter((op) => !op.public)) {
      for (const [who, headers] of Object.entries(nobody)) await cell(o, who, headers, [401]);
      for (const role of roles.filter((r) => !o['x-holdfast-roles'].includes(r))) {
        for (const [what, headers] of Object.entries({ token: accounts[role].token, session: accounts[role].session }))
          await cell(o, `as ${role} by ${what}`, headers, [403]);
      }
      if (!o['x-holdfast-roles'].includes('approver')) await cell(o, 'as an approver of a department', accounts.scoped.token, [403]);
    }
    assert.deepEqual(wrong, []);
    assert.equal(await recorded(), before, 'what was refused is no change');
    t.diagnostic(`${cells} cells: ${api.operations.length} operations, 0 unexpected`);
    assert.ok(cells > 10 * api.operations.length);
  });

  test('nobody uses what is somebody else\'s', async (t) => {
    const wrong = [];
    let cells = 0;
    const before = await recorded();
    // Reading and deciding what lies outside of one's departments; the tokens, sessions and delegations of others.
    const foreign = api.operations.filter((o) => /^\/api\/v1\/(instances|tokens|sessions|delegations)\/\{id\}/.test(o.path));
    assert.ok(foreign.length >= 8, foreign.map((o) => o.operationId).join());
    for (const o of foreign) {
      const noun = o.path.split('/')[3];
      for (const [who, headers] of Object.entries({ scoped: accounts.scoped.token, 'scoped by session': accounts.scoped.session, auditor: accounts.auditor.token, approver: accounts.approver.token })) {
        if (noun === 'instances' && !/scoped/.test(who)) continue; // they see all departments
        if (noun === 'delegations' && o.method === 'GET') continue; // all may see who stands in for whom
        for (let i = 0; i < 3; i += 1) {
          const answer = await ask(o, headers, undefined, o.path.replace('{id}', made[noun]));
          const path = o.path.replace('{id}', made[noun]);
          const again = o.requestBody ? await ask(o, headers, input.body(o), path) : answer;
          cells += 2;
          for (const a of [answer, again]) {
            if (![400, 403, 404, 409, 422].includes(a.status)) wrong.push(`${o.operationId} as ${who}: ${a.status} ${a.text.slice(0, 200)}`);
          }
        }
      }
    }
    assert.deepEqual(wrong, []);
    assert.equal(await recorded(), before, 'what was refused is no change');
    // Lists hold none of it either, and what lies inside is there.
    const seen = (await as(accounts.scoped.token, 'GET', 'instances?limit=200')).items.map((i) => i.id);
    assert.ok(seen.includes(made.inside));
    assert.ok(!seen.includes(made.instances));
    for (const list of ['tokens', 'sessions'])
      assert.ok(!(await as(accounts.scoped.session, 'GET', `${list}?limit=200`)).items.some((i) => i.id === made[list]));
    t.diagnostic(`${cells} cells: ${foreign.length} operations, 0 unexpected`);
  });

  test('a session changes nothing unless its page meant it', async (t) => {
    const { cookie, 'x-csrf-token': csrf } = accounts.owner.session;
    const own = { cookie, 'x-csrf-token': csrf };
    const forms = { cookie, 'content-type': 'application/x-www-form-urlencoded' };
    const forged = {
      'without the header': { cookie },
      'with an empty one': { cookie, 'x-csrf-token': '' },
      'with a wrong one': { cookie, 'x-csrf-token': 'A'.repeat(csrf.length) },
      'with another session\'s': { cookie, 'x-csrf-token': accounts['security-admin'].session['x-csrf-token'] },
      'from another site': { ...own, origin: 'https://evil.example' },
      'from nowhere': { ...own, origin: 'null' },
      'from another site, by what the browser says': { ...own, 'sec-fetch-site': 'cross-site' },
      'from a sibling site': { ...own, 'sec-fetch-site': 'same-site' },
      'as a form': forms,
      'as plain text': { ...forms, 'content-type': 'text/plain' },
      'as a form with its parts': { ...forms, 'content-type': 'multipart/form-data; boundary=x' },
    };
    const wrong = [];
    let cells = 0;
    const before = await recorded();
    for (const o of api.operations.filter((op) => op.changes && !op.public)) {
      for (const [how, headers] of Object.entries(forged)) {
        const answer = await ask(o, headers);
        cells += 1;
        if (![403, 413].includes(answer.status)) wrong.push(`${o.operationId} ${how}: ${answer.status} ${answer.text.slice(0, 200)}`);
      }
    }
    // Whom nobody has let in yet can be made to sign in as somebody else.
    for (const o of api.operations.filter((op) => op.changes && op.public)) {
      for (const how of ['from another site', 'from nowhere', 'from another site, by what the browser says']) {
        const { origin, 'sec-fetch-site': site } = forged[how];
        const answer = await ask(o, { ...(origin ? { origin } : {}), ...(site ? { 'sec-fetch-site': site } : {}) });
        cells += 1;
        if (answer.status !== 403) wrong.push(`${o.operationId} ${how}: ${answer.status} ${answer.text.slice(0, 200)}`);
      }
    }
    assert.deepEqual(wrong, []);
    assert.equal(await recorded(), before, 'what was refused is no change');
    t.diagnostic(`${cells} cells, 0 unexpected`);
  });

  test('a body is JSON, and says so', async () => {
    const wrong = [];
    for (const o of api.operations.filter((op) => op.requestBody?.content['application/json'])) {
      for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'application/jsonp', '']) {
        const answer = await ask(o, { ...accounts.owner.session, 'content-type': type });
        if (answer.status !== 415) wrong.push(`${o.operationId} as "${type}": ${answer.status} ${answer.text.slice(0, 200)}`);
      }
      for (const body of ['{', '[]', '{"a":1,"a":2}', '{}{}', '"\\u0000"', '['.repeat(100), '{"\ud800":1}', 'null', '']) {
        const answer = await ask(o, accounts.owner.token, body);
        if (answer.status < 400 && body !== '') wrong.push(`${o.operationId} took ${body}: ${answer.status}`);
        const differs = api.differs(o, answer);
        if (differs) wrong.push(`${o.operationId} ${body}: ${differs}`);
      }
    }
    assert.deepEqual(wrong, []);
  });

  test('the keys of repeated requests are an account\'s, whatever session it asks with, and a token\'s own', async () => {
    const make = (headers, name) => call('POST', `${stage.server.url}/api/v1/user-groups`, { headers: { ...headers, 'idempotency-key': 'shared' },
      body: { name, rules: [{ subject: 'email', relation: 'equal', value: 'a@example.com' }] } });
    const first = good(await make(accounts.owner.session, 'keyed'));
    assert.equal(good(await make(accounts.owner.session, 'keyed')).id, first.id);
    assert.equal((await make(accounts.owner.session, 'keyed otherwise')).status, 422);
    assert.notEqual(good(await make(accounts.owner.token, 'keyed by a token')).id, first.id);
    assert.notEqual(good(await make(accounts['security-admin'].session, 'keyed by another')).id, first.id);
    // Whoever may not do it any more does not get the answer either.
    assert.equal((await make(accounts.auditor.session, 'keyed')).status, 403);
  });

  // Last: what is allowed works, or all that was refused above might have been refused to everybody.
  test('everybody uses what is theirs', async (t) => {
    const worked = new Set();
    const wrong = [];
    for (const o of api.operations.filter((op) => !op.public && !/[Ss]ession|signOut|[Pp]assword|Totp|Recovery|oken|ccount/.test(op.operationId))) {
      for (const role of o['x-holdfast-roles']) {
        for (const headers of [accounts[role].token, accounts[role].session]) {
          const answer = await ask(o, headers);
          if (answer.status === 401 || (answer.status === 403 && o.method === 'GET')) wrong.push(`${o.operationId} as ${role}: ${answer.status} ${answer.text.slice(0, 200)}`);
          if (answer.status < 300) worked.add(`${o.operationId} ${role}`);
        }
      }
    }
    assert.deepEqual(wrong, []);
    t.diagnostic(`${worked.size} operations and roles that went well`);
    assert.ok(worked.size > 60);
  });
});
