// Accounts of a stage, each with an API token of its own.
import crypto from 'node:crypto';
import { call, until } from './stage.mjs';

async function good(what) {
  const answer = await what;
  if (answer.status >= 300) throw new Error(`${answer.status} ${answer.text}`);
  return answer;
}

// Somebody who signs in; userid links the account to a person of the directory. ask and admin as in Stage.
export async function account(stage, name, role, userid) {
  const at = (where) => `${stage.server.url}/api/v1/${where}`;
  const person = userid ? { person: (await stage.ask('GET', 'users?limit=200')).items.find((u) => u.external_id === userid).id } : {};
  const { id, invitation } = await stage.ask('POST', 'accounts', { name, email: `${crypto.randomUUID()}@example.com`, role, ...person });
  const body = { secret: new URL(invitation.link).hash.slice(1), password: crypto.randomUUID() };
  let signedIn;
  await until('a place for hashing', async () => { signedIn = await call('POST', at('setup'), { body }); return signedIn.status !== 503; });
  await good(signedIn);
  const cookie = signedIn.headers.getSetCookie().map((line) => line.split(';')[0]).join('; ');
  const { json: { token } } = await good(call('POST', at('tokens'), { body: { name, role, days: 365 },
    headers: { cookie, 'x-csrf-token': signedIn.json.csrf_token } }));
  const admin = (method, where, what, headers = {}) => call(method, at(where), { body: what, headers: { authorization: `Bearer ${token}`, ...headers } });
  return { id, name, token, admin, ask: async (...what) => (await good(admin(...what))).json };
}

// As authenticator apps compute it (RFC 6238), from the base32 secret.
export function code(secret, time) {
  const bits = [...secret].map((c) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(c).toString(2).padStart(5, '0')).join('');
  const key = Buffer.from(bits.match(/.{8}/g).map((b) => parseInt(b, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(time / 30000)));
  const mac = crypto.createHmac('sha1', key).update(counter).digest();
  return String((mac.readUInt32BE(mac.at(-1) & 15) & 0x7fffffff) % 1000000).padStart(6, '0');
}
