// The world in which faults happen: the real server, the real dingsim, both on one virtual clock, many devices, and a
// mail room between DingTalk's pushes and the server that decides which arrive, when, and how often. Everything that
// was acknowledged is written down, because the checker (checker.mjs) holds the databases against it.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import crypto from 'node:crypto';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Clock } from '../../e2e/clock.mjs';
import { build, client, company, corp, forms, keys, opened, push, sleep, start } from '../../e2e/stage.mjs';

export const DAY = 86400000;
export const approver = 'wangfang';

// --- chance ---------------------------------------------------------------------------------------------------------

// The same seed gives the same numbers (mulberry32).
export class Chance {
  constructor(seed) { this.state = seed >>> 0; }

  next() {
    this.state = (this.state + 0x6d2b79f5) >>> 0;
    let t = this.state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  }

  below(n) { return Math.floor(this.next() * n); }

  pick(list) { return list[this.below(list.length)]; }

  shuffle(list) {
    const out = [...list];
    for (let i = out.length - 1; i > 0; i -= 1) {
      const k = this.below(i + 1);
      [out[i], out[k]] = [out[k], out[i]];
    }
    return out;
  }
}

// --- calls ----------------------------------------------------------------------------------------------------------

const agent = new http.Agent({ keepAlive: true, maxSockets: 64 });

// {status, json, text}; status 0 when the connection ended without an answer.
export function call(method, url, body, headers = {}) {
  return new Promise((resolve) => {
    const text = body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
    const request = http.request(url, { method, agent,
      headers: { ...(text === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }), ...headers },
    }, (response) => {
      let answer = '';
      response.setEncoding('utf8');
      response.on('data', (data) => { answer += data; });
      response.on('end', () => {
        let json;
        try { json = JSON.parse(answer); } catch { json = undefined; }
        resolve({ status: response.statusCode, json, text: answer });
      });
      response.on('error', () => resolve({ status: 0, text: '' }));
    });
    request.on('error', () => resolve({ status: 0, text: '' }));
    request.end(text);
  });
}

// n of them at a time; results in the order of the items.
export async function each(items, n, work) {
  const results = new Array(items.length);
  let next = 0;
  const one = async () => {
    while (next < items.length) {
      const i = next;
      next += 1;
      results[i] = await work(items[i], i);
    }
  };
  await Promise.all(Array.from({ length: Math.min(n, items.length) }, one));
  return results;
}

export async function until(what, condition, seconds = 60) {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    const value = await condition();
    if (value) return value;
    if (Date.now() > end) throw new Error(`gave up waiting: ${what}`);
    await sleep(10);
  }
}

// --- the mail room --------------------------------------------------------------------------------------------------

// Takes DingTalk's pushes and acknowledges them in the server's place; rule(event) then says what becomes of each:
// a list of delays in ms (one delivery each), or nothing.
class MailRoom {
  constructor(world) { Object.assign(this, { world, rule: () => [0], waiting: 0, kept: [] }); }

  async open() {
    this.server = http.createServer(async (request, response) => {
      let body = '';
      for await (const data of request.setEncoding('utf8')) body += data;
      const event = JSON.parse(opened(JSON.parse(body)));
      const reply = push('success');
      response.end(JSON.stringify({ msg_signature: reply.signed, timeStamp: reply.timestamp, nonce: reply.nonce, ...reply.body }));
      if (event.EventType === 'check_url') return;
      this.kept.push(event);
      for (const delay of this.rule(event) ?? []) this.later(event, delay);
    });
    await new Promise((resolve) => { this.server.listen(0, '127.0.0.1', resolve); });
    this.url = `http://127.0.0.1:${this.server.address().port}/`;
    return this;
  }

  async later(event, delay) {
    this.waiting += 1;
    if (delay) await sleep(this.world.clock.real_ms(delay));
    await this.world.deliver(event);
    this.waiting -= 1;
  }

  async settle() { await until('all events are delivered', () => this.waiting === 0); }

  close() { this.server.closeAllConnections(); this.server.close(); }
}

// --- between the server and DingTalk --------------------------------------------------------------------------------

// Passes every call on. While hold is set, the answers to creates are kept until release(id of the form). down refuses
// every call; refuse(request) may give DingTalk's code for refusing it; alter(request, answer) may change what is answered, or
// give 'cut' to break off without an answer.
class Between {
  constructor(world, target) {
    Object.assign(this, { world, target: new URL(target), hold: false, down: false, held: new Map(), refuse: undefined, alter: undefined, calls: 0, counted: 0,
    renewals: 0, most_renewals: 0, times: new Map() });
  }

  async open() {
    this.server = http.createServer(async (request, response) => {
      const path_ = request.url.split('?')[0];
      this.calls += 1;
      if (this.down) return request.socket.destroy();
      // What DingTalk counts against the month: not tokens, not contacts.
      if (/^\/v1\.0\/workflow\//.test(path_)) this.counted += 1;
      this.note(`${request.method} ${path_}`);
      const renewal = path_ === '/v1.0/oauth2/accessToken';
      if (renewal) this.most_renewals = Math.max(this.most_renewals, this.renewals += 1);
      let body = '';
      for await (const data of request.setEncoding('utf8')) body += data;
      const code = this.refuse?.(request);
      if (code) return response.writeHead(400, { 'content-type': 'application/json' }).end(JSON.stringify({ code, message: code, requestid: 'none' }));
      let answer = await call(request.method, this.target.origin + request.url, body === '' ? undefined : body,
        Object.fromEntries(Object.entries(request.headers).filter(([name]) => !['host', 'connection', 'content-length', 'transfer-encoding', 'expect'].includes(name))));
      if (renewal) this.renewals -= 1;
      if (answer.status === 0) return request.socket.destroy();
      if (this.hold && request.method === 'POST' && request.url === '/v1.0/workflow/processInstances' && answer.json?.instanceId)
        await new Promise((resolve) => { this.held.set(answer.json.instanceId, resolve); });
      answer = (await this.alter?.(request, answer)) ?? answer;
      if (answer === 'cut') return request.socket.destroy();
      return response.writeHead(answer.status, { 'content-type': 'application/json' }).end(answer.text);
    });
    await new Promise((resolve) => { this.server.listen(0, '127.0.0.1', resolve); });
    this.url = `http://127.0.0.1:${this.server.address().port}`;
    return this;
  }

  note(what) {
    const second = Math.floor(this.world.clock.now() / 1000);
    const times = this.times.get(what) ?? new Map();
    this.times.set(what, times.set(second, (times.get(second) ?? 0) + 1));
  }

  // The most calls of a kind in a second of the clock.
  rate(what) { return Math.max(0, ...(this.times.get(what)?.values() ?? [])); }

  release(id) {
    this.held.get(id)?.();
    this.held.delete(id);
  }

  close() { this.server.closeAllConnections(); this.server.close(); }
}

// --- devices --------------------------------------------------------------------------------------------------------

const der = Buffer.from('302e020100300506032b657004220420', 'hex');

export class Client {
  constructor(world, person, number) {
    const secret = crypto.createHash('sha256').update(`${world.seed} ${number}`).digest();
    this.key = crypto.createPrivateKey({ format: 'der', type: 'pkcs8', key: Buffer.concat([der, secret]) });
    this.public = crypto.createPublicKey(this.key).export({ type: 'spki', format: 'der' }).subarray(-32);
    const hex = crypto.createHash('sha256').update(`device ${world.seed} ${number}`).digest('hex');
    this.id = `${hex.slice(0, 8)}-${hex.slice(8, 12)}-7${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
    Object.assign(this, { world, person, name: `machine-${number}`, filed: [], held: [], revoked: [] });
  }

  // Signed in again when the hour of its token is over, or when the server does not know it.
  async agent(method, where, body) {
    const { world } = this;
    const url = `${world.server.url}/agent/v1/`;
    if (!this.token || world.clock.now() > this.until) {
      const { status, json } = await call('POST', `${url}challenge`, { device: this.id });
      if (status !== 200) return { status: 0, text: `challenge: ${status}` };
      const signature = crypto.sign(null, Buffer.from(`holdfast-session\n${this.id}\n${json.challenge}`), this.key).toString('base64url');
      const answer = await call('POST', `${url}session`, { device: this.id, challenge: json.challenge, signature });
      // The challenge may have died of a jump of the clock.
      if (answer.status !== 200) return { status: 0, text: `session: ${answer.status} ${answer.text}` };
      Object.assign(this, { token: answer.json.token, until: world.clock.now() + 3000000 });
    }
    const answer = await call(method, url + where, body, { authorization: `Bearer ${this.token}` });
    if (answer.status === 401) this.token = undefined;
    return answer;
  }

  // Until the server has answered; what was acknowledged is written down.
  async file(reason = '旧电脑报废', tries = 200) {
    for (let i = 0; i < tries; i += 1) {
      const answer = await this.agent('POST', 'requests', { reason, package: 'holdfast-client' });
      if (answer.status === 201 || answer.status === 200) {
        this.world.log.filings.push({ id: answer.json.instance.id, number: answer.json.instance.number, device: this.id });
        return answer.json.instance;
      }
      if (answer.status !== 0 && answer.status !== 401 && answer.status !== 503)
        throw new Error(`filing: ${answer.status} ${answer.text}`);
      await sleep(20);
    }
    throw new Error('filing was never answered');
  }

  async withdraw(id) {
    const answer = await this.agent('POST', `requests/${id}/withdraw`, {});
    this.world.log.withdrawals.push({ instance: id, status: answer.status });
    return answer.status;
  }

  async sync() {
    const answer = await this.agent('POST', 'sync', { counter: 0, view: '', held: this.held, revoked: this.revoked,
      client_version: '0.1.0', wait_ms: 0 });
    if (answer.status !== 200) return undefined;
    for (const jws of answer.json.grants ?? []) {
      const grant = JSON.parse(Buffer.from(jws.split('.')[1], 'base64url'));
      if (!this.held.includes(grant.id)) this.held.push(grant.id);
      this.world.log.grants.push({ id: grant.id, instance: grant.instance, device: this.id });
    }
    for (const id of answer.json.revoke ?? []) if (!this.revoked.includes(id)) this.revoked.push(id);
    return answer.json;
  }

  // Reports that the guard let a removal through with this grant; the same receipt until it is accepted.
  async consume(grant, tries = 200) {
    const hex = crypto.createHash('sha256').update(`receipt ${grant}`).digest('hex');
    const id = `${hex.slice(0, 8)}-${hex.slice(8, 12)}-7${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
    for (let i = 0; i < tries; i += 1) {
      const answer = await this.agent('POST', 'receipts', { receipts: [{ id, kind: 'consumed', grant, package: 'holdfast-client',
        at_ms: Math.floor(this.world.clock.now()), boot: 'boot' }] });
      if (answer.status === 200) {
        this.world.log.receipts.push({ id, grant });
        return;
      }
      await sleep(20);
    }
    throw new Error('a receipt was never accepted');
  }
}

// --- the world ------------------------------------------------------------------------------------------------------

const person = (userid, name, department) => ({ userid, unionid: `u${userid}`, name, mobile: '13800000001', email: '', title: '工程师', departments: [department] });

export class World {
  // start: of the clock, now by default.
  // people: how many applicants, one device each. rate: of the clock. calls: in a month, as an administrator enters it. postgresql: URL; without it SQLite, in memory where
  // the machine has a file system for that, since a killed program loses nothing there either.
  static async open({ seed = 1, people = 20, rate = 20, postgresql = process.env.HOLDFAST_FAULTS_POSTGRESQL, options = [], sim = [], between = false, calls = 1000000000, start: first } = {}) {
    const world = new World();
    const parent = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();
    Object.assign(world, { seed, people, calls, folder: mkdtempSync(path.join(parent, 'holdfast-faults-')), postgresql,
      log: { filings: [], callbacks: [], decisions: [], withdrawals: [], receipts: [], grants: [] }, starts: 0 });
    try {
      await world.build(first, rate, options, sim, between);
    } catch (error) {
      await world.close(true);
      throw error;
    }
    return world;
  }

  async build(first, rate, options, sim, between) {
    this.clock = new Clock(path.join(this.folder, 'clock'), first);
    this.clock.speed(rate);
    this.options = ['--data-dir', path.join(this.folder, 'data'), ...options];
    if (this.postgresql) {
      this.schema = `faults_${crypto.randomBytes(6).toString('hex')}`;
      execFileSync('psql', ['-q', this.postgresql, '-c', `CREATE SCHEMA ${this.schema}`]);
      this.options.push('--db', `${this.postgresql}${this.postgresql.includes('?') ? '&' : '?'}options=-csearch_path%3D${this.schema}`);
    }
    const applicants = Array.from({ length: this.people }, (_, i) => person(`p${i}`, `员工${i}`, 3));
    writeFileSync(path.join(this.folder, 'seed.json'), JSON.stringify({ ...company, people: [...company.people, ...applicants] }));
    this.sim = await start('dingsim', ['--seed', path.join(this.folder, 'seed.json'), '--data-dir', path.join(this.folder, 'sim'),
      ...sim], this.clock.environment);
    if (between) this.between = await new Between(this, this.sim.url).open();
    this.token = execFileSync(path.join(build, 'holdfast-server'), ['token', 'create', '--role', 'owner', '--name', 'console', ...this.options],
      { env: { ...process.env, ...this.clock.environment } }).toString().trim();
    await this.serve();
    this.mail = await new MailRoom(this).open();
    await this.setUp();
  }

  async serve(environment = {}, wait = true) {
    const listen = this.server ? new URL(this.server.url).host : '127.0.0.1:0';
    const began = Date.now();
    this.starts += 1;
    this.server = await start('holdfast-server', ['serve', ...this.options, '--listen', listen, '--dingtalk-url', this.between?.url ?? this.sim.url],
      { ...this.clock.environment, ...environment });
    if (!wait) return;
    await until('the server is ready', async () => (await call('GET', `${this.server.url}/readyz`)).status === 200);
    this.ready_ms = Date.now() - began;
  }

  admin(method, where, body) {
    return call(method, `${this.server.url}/api/v1/${where}`, body, { authorization: `Bearer ${this.token}` });
  }

  async ask(method, where, body) {
    const answer = await this.admin(method, where, body);
    assert.ok(answer.status >= 200 && answer.status < 300, `${method} ${where}: ${answer.status} ${answer.text}`);
    return answer.json;
  }

  async simulate(method, where, body) {
    const answer = await call(method, `${this.sim.url}/sim/api/${where}`, body);
    assert.ok(answer.status >= 200 && answer.status < 300, `${method} ${where}: ${answer.status} ${answer.text}`);
    return answer.json;
  }

  async setUp() {
    this.app = await this.ask('POST', 'dingtalk-apps', { corp_id: corp, client_id: client.id, client_secret: client.secret,
      aes_key: keys.aes, token: keys.token, agent_id: 100001 });
    await this.ask('PUT', `dingtalk-organisations/${corp}`, { monthly_calls: this.calls });
    await this.subscribe();
    this.source = await this.ask('POST', 'identity-sources', { name: '示例科技', type: 'dingtalk', app: this.app.id });
    await until('the walk of the organisation',
      async () => (await this.ask('GET', `identity-sources/${this.source.id}`)).sync.state === 'done');
    this.form = { name: '终端卸载', type: 'dingtalk', app: this.app.id,
      forms: [{ template: 'app_uninstall', process_code: forms.main, groups: [], fields: [{ system: 'reason', component: '卸载原因' }] }] };
    this.workflow = await this.ask('POST', 'workflows', this.form);
    const { version, ...policy } = await this.ask('GET', 'policy');
    assert.equal(typeof version, 'number');
    await this.ask('PUT', 'policy', { ...policy, mode: 'block', scope: { everyone: true, groups: [] },
      filing: { allowed: true, workflow: this.workflow.id } });
    await this.server.stop();
    this.plant();
    await this.serve();
  }

  // How DingTalk is brought to a decision that is taken in Holdfast from now on; messages are on with carry-through.
  way(name) {
    return this.ask('PUT', `workflows/${this.workflow.id}`, { ...this.form, console_decision: name,
      ...(name === 'carry-through' ? { carry_through_confirmed: true, notices: true } : {}) });
  }

  // What DingTalk pushes goes to the mail room.
  subscribe(rules = [`/v1.0/event/*/processCode/${forms.main}/type/*`]) {
    return this.simulate('PUT', `apps/${client.id}/subscription`, { url: this.mail.url, aesKey: keys.aes, token: keys.token, shape: 'A', rules });
  }

  // The devices are written into the database while no server runs: enrolment is not what is tried here.
  plant() {
    const owners = new Map(this.rows('SELECT id, external_id FROM people').map((p) => [p.external_id, p.id]));
    this.clients = Array.from({ length: this.people }, (_, i) => new Client(this, `p${i}`, i));
    const quote = this.postgresql ? (b) => `'\\x${b.toString('hex')}'` : (b) => `X'${b.toString('hex')}'`;
    const now = Math.floor(this.clock.now());
    this.sql(this.clients.map((c) => `INSERT INTO devices (id, name, os, macs, client_version, owner, state, key, enrolled_ms, last_seen_ms) `
      + `VALUES ('${c.id}', '${c.name}', 'Debian GNU/Linux 12', '', '0.1.0', '${owners.get(c.person)}', 'active', ${quote(c.public)}, ${now}, ${now});`).join('\n'));
  }

  get file() { return path.join(this.folder, 'data', 'holdfast.db'); }

  sql(text) {
    const [program, ...rest] = this.postgresql ? ['psql', '-qX', '-v', 'ON_ERROR_STOP=1', this.postgresql] : ['sqlite3', '-bail', this.file];
    const input = this.postgresql ? `SET search_path = ${this.schema}; BEGIN; ${text} COMMIT;` : `BEGIN; ${text} COMMIT;`;
    const done = spawnSync(program, rest, { input, maxBuffer: 1 << 28 });
    assert.equal(done.status, 0, done.stderr.toString());
  }

  // Rows of the server's database, or of dingsim's.
  rows(query, which = 'server') {
    if (which === 'server' && this.postgresql) {
      const text = execFileSync('psql', ['-qXAt', this.postgresql, '-c', `SET search_path = ${this.schema}`,
        '-c', `SELECT COALESCE(json_agg(q), '[]') FROM (${query}) q`], { maxBuffer: 1 << 30 }).toString();
      return JSON.parse(text);
    }
    const file = which === 'server' ? this.file : path.join(this.folder, 'sim', 'dingsim.db');
    const text = execFileSync('sqlite3', ['-readonly', '-json', '-cmd', '.timeout 20000', file, query], { maxBuffer: 1 << 30 }).toString();
    return text.trim() === '' ? [] : JSON.parse(text);
  }

  // A push as DingTalk makes it, and what came back, which is written down.
  async deliver(event) {
    // From when it was sent: a day may go by before it is answered.
    const at = this.clock.now();
    const { query, body } = push(event, { timestamp: Math.floor(at) });
    const answer = await call('POST', this.request_url + query, body);
    const acknowledged = answer.status === 200 && opened(answer.json) === 'success';
    this.log.callbacks.push({ id: event.eventId, what: `${event.EventType} ${event.type}`, at, external: event.processInstanceId, status: answer.status, acknowledged });
    return acknowledged;
  }

  // As the server was started last: the port stays, but the address it tells may not be this one.
  get request_url() { return this.server.url + new URL(this.app.request_url).pathname; }

  async decideHere(id, approve, comment = '') {
    const entry = { instance: id, approve, status: 0 };
    this.log.decisions.push(entry);
    entry.status = (await this.admin('POST', `instances/${id}/${approve ? 'approve' : 'reject'}`, { comment })).status;
    return entry.status;
  }

  // The approver decides in DingTalk. False when it is not open there any more.
  async decideThere(external, agree, remark = '') {
    const { json } = await call('GET', `${this.sim.url}/sim/api/instances/${external}`);
    const task = json?.result?.tasks?.find((t) => t.status === 'RUNNING');
    if (!task) return false;
    const answer = await call('POST', `${this.sim.url}/sim/api/tasks/${task.taskId}`,
      { user: task.userId ?? task.userid ?? approver, result: agree ? 'agree' : 'refuse', remark });
    return answer.status < 300;
  }

  instance(id) { return this.ask('GET', `instances/${id}`); }

  until(id, what, condition, seconds) {
    return until(`${id}: ${what}`, async () => {
      const { status, json } = await this.admin('GET', `instances/${id}`);
      return status === 200 && condition(json) ? json : undefined;
    }, seconds);
  }

  submitted(id, seconds) { return this.until(id, 'reaches DingTalk', (i) => i.external?.id, seconds); }

  // Until nothing is left to send and no event of a form that is known is left to take: what should end has ended.
  async drained(seconds = 60) {
    await this.mail.settle();
    const open = () => this.rows(`SELECT (SELECT COUNT(*) FROM outbox WHERE done_ms IS NULL AND slow = 0) AS sends,
      (SELECT COUNT(*) FROM inbox e WHERE done_ms IS NULL AND EXISTS (SELECT 1 FROM instances i WHERE i.external_id = e.external_id)) AS events,
      (SELECT COUNT(*) FROM instances WHERE delivery IN ('queued', 'closing')) AS closing`)[0];
    await until('everything is sent and taken', async () => {
      const { sends, events, closing } = open();
      if (sends + events + closing > 0) await sleep(200);
      return sends + events + closing === 0;
    }, seconds);
  }

  // A day later every device may file its five again.
  nextDay() { this.clock.forward(DAY + 60000); }

  async close(dirty = false) {
    try {
      if (dirty) await this.server?.kill();
      else await this.server?.stop();
      if (dirty) await this.sim?.kill();
      else await this.sim?.stop();
    } finally {
      this.mail?.close();
      this.between?.close();
      this.clock?.close();
      if (this.schema) execFileSync('psql', ['-q', this.postgresql, '-c', `DROP SCHEMA ${this.schema} CASCADE`], { stdio: 'ignore' });
      if (!process.env.HOLDFAST_FAULTS_KEEP) rmSync(this.folder, { recursive: true, force: true });
    }
  }
}
