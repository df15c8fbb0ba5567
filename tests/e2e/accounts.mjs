// Accounts of a stage, each with an API token of its own.
import crypto from 'node:crypto';
import { call } from './stage.mjs';

const uuid = () => {
  const id = crypto.randomUUID();
  return `${id.slice(0, 14)}7${id.slice(15)}`;
};

// Somebody who signs in; userid links the account to a person of the directory. ask and admin as in Stage.
export async function account(stage, name, role, userid) {
  const id = uuid();
  const token = `hft_${crypto.randomBytes(32).toString('base64url')}`;
  const person = userid ? (await stage.ask('GET', 'users?limit=200')).items.find((u) => u.dingtalk_id === userid).id : undefined;
  const now = Math.round(stage.now());
  stage.sql(`INSERT INTO accounts (id, name, email, role, state, language, person, created_ms, updated_ms) VALUES
    ('${id}', '${name}', '${id}@example.com', '${role}', 'active', 'zh', ${person ? `'${person}'` : 'NULL'}, ${now}, ${now})`);
  const hash = crypto.createHash('sha256').update(token).digest('hex');
  const blob = stage.postgresql ? `decode('${hash}', 'hex')` : `x'${hash}'`;
  stage.sql(`INSERT INTO tokens (id, name, role, account, hash, created_ms) VALUES
    ('${uuid()}', '${name}', '${role}', '${id}', ${blob}, ${now})`);
  const admin = (method, where, body, headers = {}) => call(method, `${stage.server.url}/api/v1/${where}`,
    { body, headers: { authorization: `Bearer ${token}`, ...headers } });
  return { id, name, admin, ask: async (...what) => {
    const answer = await admin(...what);
    if (answer.status >= 300) throw new Error(`${what.slice(0, 2).join(' ')}: ${answer.status} ${answer.text}`);
    return answer.json;
  } };
}
