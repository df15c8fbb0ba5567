// A server with something of everything, and callers of every kind: tokens of nobody, accounts with a session and a token.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { Stage, build, call, corp, forms, until } from '../stage.mjs';

export const roles = ['owner', 'security-admin', 'approver', 'auditor'];

const command = (stage, ...words) => execFileSync(path.join(build, 'holdfast-server'), [...words, ...stage.options]).toString().trim();

export const token = (stage, role) => ({ authorization: `Bearer ${command(stage, 'token', 'create', '--role', role, '--name', `fuzz ${role}`)}` });

const good = (answer) => {
  assert.ok(answer.status < 300, `${answer.status} ${answer.text}`);
  return answer.json;
};

// Follows a one-time link; hashing a password may have to wait for its turn.
async function enter(stage, link, more = {}) {
  const body = { secret: link.slice(link.indexOf('#') + 1), password: 'correct horse battery', ...more };
  let answer;
  await until('a place', async () => {
    answer = await call('POST', `${stage.server.url}/api/v1/setup`, { body });
    return answer.status !== 503;
  });
  const { csrf_token: csrf, account } = good(answer);
  const cookie = answer.headers.getSetCookie().map((line) => line.split(';')[0]).join('; ');
  return { id: account.id, session: { cookie, 'x-csrf-token': csrf } };
}

// What only its own session can give it.
async function equip(stage, person) {
  const ask = async (method, where, body) => good(await call(method, `${stage.server.url}/api/v1/${where}`, { body, headers: person.session }));
  const me = await ask('GET', 'me');
  const made = await ask('POST', 'tokens', { name: 'fuzz own', role: me.role });
  return { ...person, tokenId: made.id, token: { authorization: `Bearer ${made.token}` }, sessionId: me.session.id };
}

export async function account(stage, owner, name, role, more = {}) {
  const made = good(await call('POST', `${stage.server.url}/api/v1/accounts`,
    { headers: owner.session, body: { name: `fuzz ${name}`, email: `fuzz-${name}@example.com`, role, ...more } }));
  return equip(stage, await enter(stage, made.invitation.link));
}

export async function company(options) {
  const stage = await Stage.open(options);
  const devices = [];
  for (let i = 0; i < 8; i += 1) {
    devices.push(await stage.device(`fuzz-${i}`, ['lihua', 'wangfang', 'guqing'][i % 3]));
    await devices[i].sync();
    if (i > 0) await devices[i].file();
  }
  const link = command(stage, 'setup-link', '--listen', new URL(stage.server.url).host).split('\n').find((line) => line.includes('#'));
  const owner = await equip(stage, await enter(stage, link, { name: 'fuzz owner', email: 'fuzz-owner@example.com' }));
  const accounts = { owner };
  for (const role of roles.slice(1)) accounts[role] = await account(stage, owner, role, role);

  const departments = (await stage.ask('GET', 'departments?limit=200')).items;
  const people = (await stage.ask('GET', 'users?limit=200')).items;
  const now = Date.now();
  const outside = { name: 'a', type: 'dingtalk', app: stage.app.id, forms: [{ template: 'app_uninstall', process_code: forms.main, groups: [],
    fields: [{ system: 'reason', component: '卸载原因' }] }] };
  const inside = { name: 'b', type: 'builtin', approval: { levels: [{ mode: 'any', approvers: [accounts.approver.id] }], fallback: owner.id } };
  const group = { name: 'g', rules: [{ subject: 'department', relation: 'equal', value: departments[0].id }] };
  const device = devices[0].id;
  const release = { device, reason: '迁移', days: 1, package: 'holdfast-client' };
  const { version: _, ...policy } = await stage.ask('GET', 'policy');
  const known = {
    // What a generator cannot guess.
    values: { corp_id: corp, process_code: forms.main, version: '1', package: 'holdfast-client', app: stage.app.id },
    // Whoever has no second factor would be shut out.
    never: ['totp_roles'],
    recipes: {
      createWorkflow: [outside, inside],
      changeWorkflow: [outside, inside],
      previewWorkflow: [{ user: people[0].id, device }],
      previewDraft: [{ workflow: outside, user: people[0].id, device }, { workflow: inside, user: people[0].id, device }],
      createDingTalkApp: [{ corp_id: corp, client_id: 'dingother', client_secret: 'other', ingress: 'stream' }],
      previewUserGroup: [{ rules: [{ subject: 'user', relation: 'unequal', value: people[0].id }] }],
      previewPolicy: [{ ...policy, whitelist: [people[0].id] }],
      createRelease: [release],
      previewRelease: [release],
      createDelegation: [{ account: accounts.approver.id, delegate: owner.id, from_ms: now, until_ms: now + 86400000, reason: 'leave' }],
      changeDelegation: [{ from_ms: now, until_ms: now + 86400000, reason: 'leave' }, { until_ms: now + 7200000 }],
      createAccount: [{ name: 'c', email: `c-${now}@example.com`, role: 'auditor', language: 'zh', departments: [] }],
      createUserGroup: [group],
      changeUserGroup: [group],
    },
  };
  return { stage, devices, accounts, departments, people, known };
}
