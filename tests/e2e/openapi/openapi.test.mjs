// The API is what its document says: the document is valid, its examples are, and whatever is sent to any operation by
// anybody, the answer is one that it promises. HOLDFAST_FUZZ_SECONDS: how long, with new numbers each time; HOLDFAST_FUZZ_SEED: with these.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Validator } from '@seriousme/openapi-schema-validator';
import { Stage, call } from '../stage.mjs';
import { Api, Dice, Input } from './api.mjs';
import { company, roles, token } from './company.mjs';

const seconds = Number(process.env.HOLDFAST_FUZZ_SECONDS ?? 0);
const rounds = 4;
const seed = Number(process.env.HOLDFAST_FUZZ_SEED ?? (seconds ? Date.now() % 2 ** 31 : 140869413));

let stage;
let api;
let served;

const show = (value) => JSON.stringify(value)?.slice(0, 600);

describe('the document', () => {
  before(async () => {
    stage = await Stage.open();
    served = await call('GET', `${stage.server.url}/api/v1/openapi.json`);
    api = new Api(served.json);
  });
  after(async () => { await stage?.close(); });

  test('is served to anybody, and not twice to who has it', async () => {
    assert.equal(served.status, 200);
    assert.equal(served.headers.get('content-type'), 'application/json');
    const again = await call('GET', `${stage.server.url}/api/v1/openapi.json`, { headers: { 'if-none-match': served.headers.get('etag') } });
    assert.equal(again.status, 304);
    assert.equal(again.text, '');
  });

  test('is OpenAPI 3.1 for a public validator', async () => {
    const validator = new Validator();
    assert.deepEqual(await validator.validate(served.json), { valid: true });
    assert.equal(validator.version, '3.1');
  });

  test('has every operation once, with a summary, a tag and roles that exist', () => {
    const ids = api.operations.map((o) => o.operationId);
    assert.equal(new Set(ids).size, ids.length);
    for (const o of api.operations) {
      assert.match(o.operationId, /^[a-z][A-Za-z]+$/);
      assert.match(o.summary, /^[A-Z'].*[^.]$/, o.operationId);
      assert.equal(o.tags.length, 1);
      assert.ok(o.public || o['x-holdfast-roles'].length > 0, o.operationId);
      for (const role of o['x-holdfast-roles']) assert.ok(roles.includes(role));
    }
  });

  test('has examples that its own schemas allow', () => {
    let count = 0;
    for (const o of api.operations) {
      const media = [[['requestBody'], o.requestBody],
        ...Object.keys(o.responses).map((status) => [['responses', status], api.deref(o.responses[status])])];
      for (const [at, of] of media) {
        for (const [type, content] of Object.entries(of?.content ?? {})) {
          if (content.example === undefined) continue;
          const valid = api.validatorAt([...o.at, ...at, 'content', type, 'schema']);
          assert.ok(valid(content.example), `${o.operationId} ${at}: ${api.ajv.errorsText(valid.errors)}`);
          count += 1;
        }
      }
    }
    assert.ok(count > 2 * api.operations.length, `${count} examples`);
  });
});

// On PostgreSQL too where there is one (tests/postgresql).
for (const postgresql of [undefined, process.env.HOLDFAST_TEST_POSTGRESQL].filter((url, i) => i === 0 || url)) describe(`the server on ${postgresql ? 'PostgreSQL' : 'SQLite'}`, () => {
  let callers;
  let devices;
  let known;
  let own;
  before(async () => {
    let accounts;
    ({ stage, accounts, devices, known } = await company({ postgresql }));
    api = new Api((await call('GET', `${stage.server.url}/api/v1/openapi.json`)).json);
    // Of each role a token of nobody, an account's token and its session.
    own = Object.values(accounts).map((account) => account.id);
    callers = Object.fromEntries(roles.map((role) => [role, [token(stage, role), accounts[role].token, accounts[role].session]]));
  });
  after(async () => { await stage?.close(); });

  // What exists, so that input can name it.
  const found = async () => {
    const ids = [];
    for (const o of api.operations) {
      if (o.method !== 'GET' || o.tags[0] === 'sessions' || /\{/.test(o.path) || !api.parameters(o, 'query').some((p) => p.name === 'limit')) continue;
      const { json } = await call('GET', `${stage.server.url}${o.path}`, { headers: callers.owner[0] });
      for (const item of json?.items ?? []) {
        // Not who asks, who may call himself anything.
        if (item.id && !/^fuzz /.test(item.name ?? '') && !own.includes(item.id)) ids.push({ noun: o.path.split('/').pop().replace(/-/g, ''), id: item.id });
      }
    }
    return ids;
  };

  test(`answers as promised whatever it is asked, by anybody; seed ${seed}`, { timeout: 1000 * seconds + 300000 }, async (t) => {
    const dice = new Dice(seed);
    const input = new Input(api, dice, await found(), known);
    const wrong = [];
    const succeeded = new Set();
    const end = Date.now() + seconds * 1000;
    let asked = 0;

    // What the server's log says about it.
    const cause = (answer) => stage.server.said().split('\n').filter((line) => answer.json?.request_id && line.includes(answer.json.request_id)).map((line) => `\n  ${line}`).join('');

    const once = async (o, role, sound) => {
      const schema = api.body(o);
      const body = schema && (sound ? input.body(o) : input.invalid(o));
      const broken = !sound && body === undefined;
      const path = input.path(o) + input.query(o, broken);
      // Nobody ends the sessions that the rest is asked with.
      const headers = { .../[Ss]ession|signOut/.test(o.operationId) && o.changes ? callers[role][0] : dice.of(callers[role]) };
      if (dice.chance(0.1)) headers['idempotency-key'] = dice.of(['a', 'key-1', 'ü', 'x'.repeat(65), '']);
      if (dice.chance(0.1)) headers['if-match'] = dice.of(['*', '"1"', '1', '"', 'W/"1"', '""']);
      if (dice.chance(0.1)) headers['if-none-match'] = dice.of(['*', '"1"', 'x']);
      const answer = await call(o.method, stage.server.url + path, { body, headers });
      asked += 1;
      const allowed = o.public || o['x-holdfast-roles'].includes(role);
      const why = answer.status >= 500 ? 'a failure'
        : api.differs(o, answer) ?? (!allowed && ![403, 413].includes(answer.status) ? `${role} may not do this` : undefined)
          ?? (!sound && body !== undefined && answer.status < 400 ? 'what the schema refuses was taken' : undefined);
      if (why) wrong.push(`${o.operationId} as ${role}: ${why}\n  ${o.method} ${path} ${show(body)}\n  ${answer.status} ${answer.text.slice(0, 500)}${answer.status >= 500 ? cause(answer) : ''}`);
      if (answer.status < 400) succeeded.add(o.operationId);
      if (answer.status === 201 && answer.json?.id) input.ids.push({ noun: o.path.split('/').pop().replace(/-/g, ''), id: answer.json.id });
    };

    for (let round = 0; (seconds ? Date.now() < end : round < rounds) && wrong.length < 10; round += 1) {
      // Something to decide; some are refused by what was changed meanwhile.
      for (const device of devices) await device.agent('POST', 'requests', { reason: '旧电脑报废', package: 'holdfast-client' });
      for (const o of api.operations) {
        // A password takes a while to be hashed.
        if (/signIn|Totp|Recovery|Password/.test(o.operationId) && !dice.chance(0.2)) continue;
        for (const role of [...roles, 'owner', 'owner']) await once(o, role, dice.chance(0.7));
      }
      input.ids = await found();
    }
    t.diagnostic(`${asked} requests, seed ${seed}; succeeded: ${succeeded.size} of ${api.operations.length} operations`);
    const never = api.operations.map((o) => o.operationId).filter((id) => !succeeded.has(id));
    t.diagnostic(`never: ${never.join(' ')}`);
    assert.ok(succeeded.size > api.operations.length / 2, 'most of what is asked makes sense');
    // Nobody was shut out on the way, or the rest would have shown little.
    for (const role of roles) assert.equal((await call('GET', `${stage.server.url}/api/v1/me`, { headers: callers[role][0] })).status, 200, role);
    assert.equal(wrong.length, 0, `seed ${seed}:\n${wrong.join('\n')}`);
    assert.match((await call('GET', `${stage.server.url}/readyz`)).text, /./);
  });
});
