// A stage for end-to-end tests: dingsim, a proxy in front of it that can fail, holdfast-server, an administrator, and
// devices that speak the agents' protocol with node's own cryptography. Public interfaces only.
import assert from 'node:assert/strict';
import { spawn, execFileSync } from 'node:child_process';
import crypto from 'node:crypto';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Clock } from './clock.mjs';

export const build = process.env.HOLDFAST_BUILD ?? fileURLToPath(new URL('../../build', import.meta.url));

export const sleep = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); });

export async function until(what, condition, seconds = 20) {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    const value = await condition();
    if (value) return value;
    assert.ok(Date.now() < end, `gave up waiting: ${what}`);
    await sleep(50);
  }
}

// --- programs -------------------------------------------------------------------------------------------------------

export async function start(name, options, environment = {}) {
  const child = spawn(path.join(build, name), options, {
    stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...environment },
  });
  let said = '';
  child.stderr.on('data', (data) => { said += data; });
  const ended = new Promise((resolve) => { child.on('exit', (code, signal) => resolve({ code, signal, said })); });
  let out = '';
  const url = await new Promise((resolve, reject) => {
    child.stdout.on('data', (data) => {
      out += data;
      const found = /listening on (https?:\S+)/.exec(out);
      if (found) resolve(found[1]);
    });
    child.on('exit', (code) => reject(new Error(`${name} ended with ${code}: ${said}`)));
  });
  return {
    url,
    pid: child.pid,
    ended,
    said: () => said,
    out: () => out,
    kill: () => { child.kill('SIGKILL'); return ended; },
    // A clean end under the sanitizers says that nothing leaked either.
    stop: async () => {
      child.kill('SIGTERM');
      const { code, said: all } = await ended;
      assert.equal(code, 0, all);
      assert.doesNotMatch(all, /ERROR: |runtime error/);
    },
  };
}

// In front of dingsim, on a port that stays. down() refuses connections; lose passes the next create on and breaks off
// before its answer, hold passes it on and never answers, keep breaks off at once and passes it on whenever its result is
// called, which gives the form's id; created counts all creates; forge(text) changes what is read of instances; late(ms) keeps
// the next call for a while; mute() silences the gateway. calls: method and URL of all that came.
export class Proxy {
  constructor(target) { Object.assign(this, { target: new URL(target), calls: [], port: 0, next: undefined, wait: 0, change: (text) => text, created: 0 }); }

  up() {
    this.server = http.createServer(async (request, response) => {
      this.calls.push(`${request.method} ${request.url}`);
      const wait = this.wait;
      this.wait = 0;
      if (wait) await sleep(wait);
      const instances = request.url.startsWith('/v1.0/workflow/processInstances');
      const creates = request.method === 'POST' && request.url === '/v1.0/workflow/processInstances';
      const fate = creates ? this.next : undefined;
      if (creates) {
        this.next = undefined;
        this.created += 1;
      }
      if (typeof fate === 'function') {
        fate(request);
        return;
      }
      const onward = http.request({
        host: this.target.hostname, port: this.target.port, method: request.method, path: request.url,
        headers: request.headers,
      }, async (answer) => {
        let text = '';
        for await (const data of answer.setEncoding('utf8')) text += data;
        if (fate === 'hold') return;
        if (fate === 'lose') {
          request.socket.destroy();
          return;
        }
        const body = Buffer.from(instances && request.method === 'GET' ? this.change(text) : text);
        const { 'transfer-encoding': _, ...headers } = answer.headers;
        response.writeHead(answer.statusCode, { ...headers, 'content-length': body.length }).end(body);
      });
      onward.on('error', () => request.socket.destroy());
      request.pipe(onward);
    });
    this.sockets = new Set();
    this.server.on('upgrade', (request, socket, head) => {
      const onward = net.connect(this.target.port, this.target.hostname);
      onward.back = socket;
      for (const s of [socket, onward]) {
        this.sockets.add(s);
        s.on('error', () => {}).on('close', () => { this.sockets.delete(s); socket.destroy(); onward.destroy(); });
      }
      const headers = request.rawHeaders.reduce((all, word, i) => all + word + (i % 2 ? '\r\n' : ': '), '');
      onward.write(`${request.method} ${request.url} HTTP/1.1\r\n${headers}\r\n`);
      onward.write(head);
      socket.pipe(onward).pipe(socket);
    });
    return new Promise((resolve) => {
      this.server.listen(this.port, '127.0.0.1', () => { this.port = this.server.address().port; resolve(this); });
    });
  }

  down() {
    return new Promise((resolve) => { this.server.close(resolve); this.server.closeAllConnections(); for (const s of this.sockets) s.destroy(); });
  }

  // WebSockets that stand stay up, and nothing comes over them any more.
  mute() { for (const s of this.sockets) if (s.back) s.unpipe(s.back).resume(); }

  lose() { this.next = 'lose'; }

  hold() { this.next = 'hold'; }

  keep() {
    let late;
    this.next = async (request) => {
      let body = '';
      for await (const data of request.setEncoding('utf8')) body += data;
      late = { headers: request.headers, body };
      request.socket.destroy();
    };
    return async () => {
      await until('a create', () => late);
      const answer = await call('POST', new URL('/v1.0/workflow/processInstances', this.target).href, { body: late.body,
        headers: { 'x-acs-dingtalk-access-token': late.headers['x-acs-dingtalk-access-token'] } });
      assert.equal(answer.status, 200, answer.text);
      return answer.json.instanceId;
    };
  }

  forge(change) { this.change = change; }

  late(ms) { this.wait = ms; }

  get url() { return `http://127.0.0.1:${this.port}`; }
}

// --- the company ----------------------------------------------------------------------------------------------------

export const corp = 'ding0000000000000000holdfast';
export const client = { id: 'dingexampleapp0000', secret: 'not-a-secret-example-only-not-a-secret-example-only-not-a-secret' };
export const keys = { aes: 'abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG', token: 'holdfasttoken' };
export const forms = { main: 'PROC-MAIN', automatic: 'PROC-AUTOMATIC' };
const reason = { componentType: 'TextareaField', id: 'TextareaField_reason', label: '卸载原因', required: true };
const person = (userid, name, ...departments) =>
  ({ userid, unionid: `u${userid}`, name, mobile: '13800000001', email: `${userid}@example.com`, title: '工程师', departments });
export const company = {
  corp: { corpId: corp, name: '示例科技' },
  apps: [{ clientId: client.id, clientSecret: client.secret, agentId: 100001, name: 'Holdfast', redirectUrls: [] }],
  departments: [{ id: 2, name: '研发部', parent: 1 }, { id: 3, name: '客户端组', parent: 2 }, { id: 4, name: '财务部', parent: 1 }],
  people: [person('lihua', '李华', 3), person('wangfang', '王芳', 2), person('zhoumin', '周敏', 1), person('guqing', '顾青', 4)],
  forms: [
    { processCode: forms.main, name: '终端卸载审批', allowWithdraw: true, allowRevoke: true, components: [reason],
      approvers: [{ actionType: 'NONE', userIds: ['wangfang'] }] },
    { processCode: forms.automatic, name: '自动通过', allowWithdraw: true, components: [reason], approvers: [] },
  ],
};

// --- HTTP -----------------------------------------------------------------------------------------------------------

// Every answer of the API in every test is held against the server's own document, where what that takes is installed
// (tests/e2e/openapi).
const { Api } = await import('./openapi/api.mjs').catch(() => ({}));
const documents = new Map();
async function asDescribed(method, url, answer) {
  const { origin, pathname } = new URL(url);
  if (!Api || !/^\/(api\/v1|auth)\//.test(pathname) || pathname === '/api/v1/openapi.json') return;
  if (!documents.has(origin)) {
    documents.set(origin, fetch(`${origin}/api/v1/openapi.json`).then((r) => (r.ok ? r.json() : undefined)).then((d) => d && new Api(d), () => undefined));
  }
  const api = await documents.get(origin);
  const operation = api?.meant(method, pathname);
  const differs = operation && api.differs(operation, answer);
  assert.ok(!differs, `${operation?.operationId} is not as described: ${differs}\n${method} ${pathname}: ${answer.status} ${answer.text}`);
}

// A stream has no end: its first event, then it is left.
async function firstEvent(response) {
  let text = '';
  const decoder = new TextDecoder();
  for await (const bytes of response.body ?? []) {
    text += decoder.decode(bytes, { stream: true });
    if (text.includes('\n\n')) break;
  }
  return text;
}

export async function call(method, url, { body, headers = {}, form } = {}) {
  const text = form !== undefined ? new URLSearchParams(form).toString()
    : body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
  const type = form !== undefined ? 'application/x-www-form-urlencoded' : 'application/json';
  const response = await fetch(url, {
    method, body: text, redirect: 'manual', headers: { ...(text === undefined ? {} : { 'content-type': type }), ...headers },
  });
  const answer = response.headers.get('content-type') === 'text/event-stream' ? await firstEvent(response) : await response.text();
  let json;
  try { json = JSON.parse(answer); } catch { json = undefined; }
  const all = { status: response.status, headers: response.headers, text: answer, json };
  await asDescribed(method, url, all);
  return all;
}

export const unescape = (html) => html.replace(/&(amp|quot|lt|gt|#39);/g, (_, name) => ({ amp: '&', quot: '"', lt: '<', gt: '>', '#39': "'" })[name]);

// A person's browser: cookies, redirects, the forms on a page.
export class Browser {
  constructor() { this.cookies = new Map(); }

  async go(method, url, form) {
    let answer = await this.once(method, url, form);
    for (let i = 0; i < 10 && answer.status >= 300 && answer.status < 400; i += 1)
      answer = await this.once('GET', new URL(answer.headers.get('location'), answer.url).href);
    return answer;
  }

  async once(method, url, form) {
    const origin = new URL(url).origin;
    const kept = [...(this.cookies.get(origin) ?? new Map())].map(([name, value]) => `${name}=${value}`).join('; ');
    const answer = await call(method, url, { form, headers: { ...(kept ? { cookie: kept } : {}), ...(form ? { origin } : {}) } });
    for (const line of answer.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line);
      if (!this.cookies.has(origin)) this.cookies.set(origin, new Map());
      this.cookies.get(origin).set(name, value);
    }
    return { ...answer, url };
  }

  static hidden(html) {
    const found = {};
    for (const [input] of html.matchAll(/<input[^>]*type="hidden"[^>]*>/g)) {
      const name = /name="([^"]*)"/.exec(input);
      const value = /value="([^"]*)"/.exec(input);
      if (name) found[unescape(name[1])] = unescape(value?.[1] ?? '');
    }
    return found;
  }
}

// --- a device -------------------------------------------------------------------------------------------------------

const part = (text) => JSON.parse(Buffer.from(text, 'base64url'));
const publicKey = (x) => crypto.createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });

export function verifyJws(jws, typ, x) {
  const [header, payload, signature] = jws.split('.');
  assert.deepEqual(Object.keys(part(header)).sort(), ['alg', 'kid', 'typ']);
  assert.equal(part(header).alg, 'EdDSA');
  assert.equal(part(header).typ, typ);
  const keyOf = typeof x === 'function' ? x(part(header).kid) : x;
  assert.ok(crypto.verify(null, Buffer.from(`${header}.${payload}`), publicKey(keyOf), Buffer.from(signature, 'base64url')), `${typ} verifies`);
  return part(payload);
}

// From a seed: Node 20 now and then hangs for good between generateKeyPairSync and export.
const newKey = () => crypto.createPrivateKey({ format: 'der', type: 'pkcs8',
  key: Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), crypto.randomBytes(32)]) });
const publicPart = (key) =>
  crypto.createPublicKey(key).export({ type: 'spki', format: 'der' }).subarray(-32).toString('base64url');

export class Device {
  constructor(stage, name) {
    const key = newKey();
    Object.assign(this, { stage, name, key, x: publicPart(key), tag: '', held: [] });
  }

  sign(text) { return crypto.sign(null, Buffer.from(text), this.key).toString('base64url'); }

  get thumbprint() { return crypto.createHash('sha256').update(Buffer.from(this.x, 'base64url')).digest('base64url'); }

  // As RFC 8628 has it: asked is what the device shows, polls once for the answer.
  async asks(more = {}) {
    const asked = await call('POST', `${this.stage.server.url}/agent/v1/device_authorization`, { form: {
      client_id: 'holdfast-client', device_key: this.x, hostname: this.name, os: 'Debian GNU/Linux 12',
      macs: '00:11:22:33:44:55', client_version: '0.1.0', ...more } });
    assert.equal(asked.status, 200, asked.text);
    this.asked = asked.json;
    return this;
  }

  async polls() {
    const { device_code: code } = this.asked;
    const answer = await call('POST', `${this.stage.server.url}/agent/v1/token`, { form: {
      grant_type: 'urn:ietf:params:oauth:grant-type:device_code', client_id: 'holdfast-client',
      device_code: code, signature: this.sign(`holdfast-token\n${code}`) } });
    if (answer.status === 200) Object.assign(this, { token: answer.json.access_token, id: answer.json.device, enrolled: answer.json });
    return answer;
  }

  // more: {switch: '1'} takes it over from somebody.
  async enrol(userid, more) {
    await this.asks(more);
    await this.consent(this.asked.verification_uri_complete, userid);
    const answer = await this.polls();
    assert.equal(answer.status, 200, answer.text);
    return this;
  }

  // The employee in the browser: signs in at DingTalk, then says that this is the device before him.
  async consent(uri, userid) {
    const browser = new Browser();
    let page = await browser.go('GET', uri);
    if (!page.url.includes('/oauth2/auth')) {
      const link = /href="([^"]*\/auth\/dingtalk\/[^"]*)"/.exec(page.text);
      assert.ok(link, `a way to sign in: ${page.text}`);
      page = await browser.go('GET', new URL(unescape(link[1]), page.url).href);
    }
    const { origin } = new URL(page.url);
    page = await browser.go('POST', `${origin}/oauth2/auth`, { ...Browser.hidden(page.text), user: userid, choice: 'agree' });
    assert.equal(page.status, 200, page.text);
    page = await browser.go('POST', `${this.stage.server.url}/enrol`, { ...Browser.hidden(page.text), choice: 'allow' });
    assert.equal(page.status, 200, page.text);
  }

  // A fresh bearer token, once the old one has expired.
  async renew() {
    const at = (where) => `${this.stage.server.url}/agent/v1/${where}`;
    const { json: { challenge } } = await call('POST', at('challenge'), { body: { device: this.id } });
    const answer = await call('POST', at('session'), { body: { device: this.id, challenge,
      signature: this.sign(`holdfast-session\n${this.id}\n${challenge}`) } });
    assert.equal(answer.status, 200, answer.text);
    this.token = answer.json.token;
    return this;
  }

  agent(method, where, body) {
    return call(method, `${this.stage.server.url}/agent/v1/${where}`, { body, headers: { authorization: `Bearer ${this.token}` } });
  }

  async sync(wait = 0) {
    const answer = await this.agent('POST', 'sync', {
      counter: 0, view: this.tag, held: this.held.map((g) => g.id), revoked: [], client_version: '0.1.0', wait_ms: wait });
    assert.equal(answer.status, 200, answer.text);
    if (answer.json.view) this.view = answer.json.view;
    if (answer.json.view_tag) this.tag = answer.json.view_tag;
    if (answer.json.keys) this.keys = verifyJws(answer.json.keys, 'holdfast-keys', this.enrolled.root);
    for (const jws of answer.json.grants ?? []) this.held.push(this.grant(jws));
    return answer.json;
  }

  // As the guard judges it.
  grant(jws) {
    const grant = verifyJws(jws, 'holdfast-grant', (kid) => this.keys.keys.find((k) => k.kid === kid).x);
    assert.equal(grant.v, 1);
    assert.equal(grant.org, this.enrolled.org);
    assert.equal(grant.device, this.id);
    assert.equal(grant.key, this.thumbprint);
    assert.equal(grant.action, 'uninstall');
    assert.ok(grant.nbf <= this.stage.now() && this.stage.now() < grant.exp);
    return grant;
  }

  // Over the long poll, as the agent does it.
  // Longer than until the second look at an instance in DingTalk (30 s), should the first one fail.
  async hears(what, condition, seconds = 90) {
    const end = Date.now() + seconds * 1000;
    for (;;) {
      await this.sync(2000);
      const value = condition(this);
      if (value) return value;
      assert.ok(Date.now() < end, `the device never heard: ${what}; it knows ${JSON.stringify(this.view)}`);
    }
  }

  async file(text = '旧电脑报废', more = {}) {
    const answer = await this.agent('POST', 'requests', { reason: text, package: 'holdfast-client', ...more });
    assert.equal(answer.status, 201, answer.text);
    return answer.json.instance;
  }
}

// --- the stage ------------------------------------------------------------------------------------------------------

export class Stage {
  // postgresql: URL of a server on which the stage makes a schema of its own. Without: SQLite. virtual: server and dingsim
  // follow stage.clock. seed: another company. more: options of the server. fresh: as the server is after its very first start,
  // with nothing set up and no token.
  static async open({ subscribed = true, postgresql, virtual = false, seed = company, more = [], fresh = false } = {}) {
    const stage = new Stage();
    stage.subscribed = subscribed;
    stage.folder = mkdtempSync(path.join(tmpdir(), 'holdfast-e2e-'));
    stage.clock = virtual ? new Clock(path.join(stage.folder, 'clock')) : undefined;
    stage.options = ['--data-dir', path.join(stage.folder, 'data'), ...more];
    if (postgresql) {
      const schema = `e2e_${crypto.randomBytes(6).toString('hex')}`;
      execFileSync('psql', ['-q', postgresql, '-c', `CREATE SCHEMA ${schema}`]);
      stage.postgresql = `${postgresql}${postgresql.includes('?') ? '&' : '?'}options=-csearch_path%3D${schema}`;
      stage.options.push('--db', stage.postgresql);
    }
    writeFileSync(path.join(stage.folder, 'seed.json'), JSON.stringify(seed));
    stage.sim = await start('dingsim', ['--seed', path.join(stage.folder, 'seed.json'), '--memory'], stage.clock?.environment);
    stage.proxy = await new Proxy(stage.sim.url).up();
    if (fresh) {
      await stage.serve();
      return stage;
    }
    stage.token = execFileSync(path.join(build, 'holdfast-server'),
      ['token', 'create', '--role', 'owner', '--name', 'console', '--days', '0', ...stage.options]).toString().trim();
    await stage.serve();
    await stage.setUp();
    return stage;
  }

  // In DingTalk's developer console, which checks the address.
  subscribe() {
    return this.simulate('PUT', `apps/${client.id}/subscription`, { url: this.app.request_url, aesKey: keys.aes, token: keys.token,
      shape: 'A', rules: Object.values(forms).map((code) => `/v1.0/event/bpms_instance_change/processCode/${code}/type/*`) });
  }

  async serve(environment) {
    const listen = this.server ? new URL(this.server.url).host : '127.0.0.1:0';
    this.server = await start('holdfast-server', ['serve', ...this.options, '--listen', listen,
      '--dingtalk-url', this.proxy.url], { ...this.clock?.environment, ...environment });
  }

  // Another server on the same database (PostgreSQL), with a data folder of its own and the same master key.
  second(environment) {
    const folder = path.join(this.folder, 'second');
    mkdirSync(folder, { mode: 0o700, recursive: true });
    copyFileSync(path.join(this.folder, 'data', 'master.key'), path.join(folder, 'master.key'));
    return start('holdfast-server', ['serve', ...this.options, '--data-dir', folder, '--listen', '127.0.0.1:0',
      '--dingtalk-url', this.proxy.url], { ...this.clock?.environment, ...environment });
  }

  now() { return this.clock?.now() ?? Date.now(); }

  // Behind the server's back: what nothing shows outside, and what makes a commit fail.
  sql(text) {
    const [program, ...options] = this.postgresql
      ? ['psql', '-qAt', '-v', 'ON_ERROR_STOP=1', this.postgresql, '-c', text]
      : ['sqlite3', '-cmd', '.timeout 10000', path.join(this.folder, 'data', 'holdfast.db'), text];
    return execFileSync(program, options).toString().trim();
  }

  admin(method, where, body, headers = {}) {
    return call(method, `${this.server.url}/api/v1/${where}`, { body, headers: { authorization: `Bearer ${this.token}`, ...headers } });
  }

  async ask(method, where, body) {
    const answer = await this.admin(method, where, body);
    assert.ok(answer.status < 300, `${method} ${where}: ${answer.status} ${answer.text}`);
    return answer.json;
  }

  async setUp() {
    this.app = await this.ask('POST', 'dingtalk-apps', { corp_id: corp, client_id: client.id, client_secret: client.secret,
      aes_key: keys.aes, token: keys.token, agent_id: 100001 });
    await this.simulate('PUT', `apps/${client.id}`, { redirectUrls: [this.app.redirect_url] });
    if (this.subscribed) await this.subscribe();
    this.source = await this.ask('POST', 'identity-sources', { name: '示例科技', type: 'dingtalk', app: this.app.id });
    await this.walked();
    const finance = (await this.ask('GET', 'departments?limit=200')).items.find((d) => d.name === '财务部');
    const group = await this.ask('POST', 'user-groups',
      { name: '财务', rules: [{ subject: 'department', relation: 'equal', value: finance.id }] });
    const fields = [{ system: 'reason', component: '卸载原因' }];
    this.workflow = await this.ask('POST', 'workflows', { name: '终端卸载', type: 'dingtalk', app: this.app.id, forms: [
      { template: 'app_uninstall', process_code: forms.automatic, groups: [group.id], fields },
      { template: 'app_uninstall', process_code: forms.main, groups: [], fields }] });
    await this.tested();
    const { version, ...policy } = await this.ask('GET', 'policy');
    assert.equal(typeof version, 'number');
    await this.ask('PUT', 'policy', { ...policy, mode: 'block', scope: { everyone: true, groups: [] },
      filing: { allowed: true, workflow: this.workflow.id } });
  }

  // Reads the organisation of the source anew.
  async synced(id = this.source.id) {
    await this.ask('POST', `identity-sources/${id}/sync`, {});
    return this.walked(id);
  }

  async walked(id = this.source.id) {
    return until('the walk of the organisation', async () => {
      const source = await this.ask('GET', `identity-sources/${id}`);
      return source.sync.state === 'done' && source;
    });
  }

  // The workflow's connection test, once none is due or under way.
  async tested(id = this.workflow.id) {
    return until('the end of the connection test', async () => {
      const doctor = await this.ask('GET', `workflows/${id}/doctor`);
      return doctor.running ? undefined : doctor;
    }, 60);
  }

  async simulate(method, where, body) {
    const answer = await call(method, `${this.sim.url}/sim/api/${where}`, { body });
    assert.ok(answer.status < 300, `${method} ${where}: ${answer.status} ${answer.text}`);
    return answer.json;
  }

  device(name, userid = 'lihua') { return new Device(this, name).enrol(userid); }

  instance(id) { return this.ask('GET', `instances/${id}`); }

  until(id, what, condition, seconds) {
    return until(what, async () => {
      const i = await this.instance(id);
      return condition(i) ? i : undefined;
    }, seconds);
  }

  submitted(id) { return this.until(id, `${id} reaches DingTalk`, (i) => i.delivery.state === 'submitted'); }

  // Every form in DingTalk that carries this request's number.
  async inDingTalk(number) {
    const all = (await this.simulate('GET', 'instances')).items;
    return all.filter((i) => JSON.stringify(i.formComponentValues ?? i.form).includes(number));
  }

  async decide(number, result, remark = '', user = 'wangfang') {
    const task = await until(`${number} is in the inbox of ${user}`, async () =>
      (await this.simulate('GET', `inbox?user=${user}`)).items.find((t) => JSON.stringify(t.form).includes(number)));
    await this.simulate('POST', `tasks/${task.taskId}`, { user, result, remark });
    return task;
  }

  async close() {
    // A server that ends badly leaves nothing behind that keeps the tests from ending.
    try {
      await this.server?.stop();
    } finally {
      await this.proxy?.down();
      await this.sim?.stop();
      this.clock?.close();
      rmSync(this.folder, { recursive: true, force: true });
    }
  }
}

// --- DingTalk's pushes ----------------------------------------------------------------------------------------------

// As DingTalk encrypts and signs an event, or a text (protocol of the HTTP push). What a forger gets wrong is in more.
export function push(event, more = {}) {
  const { aes = keys.aes, token = keys.token, owner = client.id, signature } = more;
  const key = Buffer.from(`${aes}=`, 'base64');
  const message = Buffer.from(typeof event === 'string' ? event : JSON.stringify(event));
  const length = Buffer.alloc(4);
  length.writeUInt32BE(more.length ?? message.length);
  const plain = Buffer.concat([crypto.randomBytes(16), length, message, Buffer.from(owner)]);
  const pad = 32 - (plain.length % 32);
  const cipher = crypto.createCipheriv('aes-256-cbc', key, key.subarray(0, 16)).setAutoPadding(false);
  const encrypt = Buffer.concat([cipher.update(Buffer.concat([plain, Buffer.alloc(pad, more.pad ?? pad)])), cipher.final()]).toString('base64');
  const timestamp = String(more.timestamp ?? Date.now());
  const nonce = more.nonce ?? crypto.randomBytes(4).toString('hex');
  const signed = signature ?? crypto.createHash('sha1').update([token, timestamp, nonce, encrypt].sort().join('')).digest('hex');
  return { query: `?msg_signature=${signed}&timestamp=${timestamp}&nonce=${nonce}`, body: { encrypt }, signed, timestamp, nonce };
}

// The text inside an acknowledgement.
export function opened({ encrypt }, { aes } = keys) {
  const key = Buffer.from(`${aes}=`, 'base64');
  const decipher = crypto.createDecipheriv('aes-256-cbc', key, key.subarray(0, 16)).setAutoPadding(false);
  const plain = Buffer.concat([decipher.update(Buffer.from(encrypt, 'base64')), decipher.final()]);
  return plain.subarray(20, 20 + plain.readUInt32BE(16)).toString();
}
