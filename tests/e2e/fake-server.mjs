// The server's side of /agent/v1 (docs/api.md), as little of it as the client's own tests need: signs with
// node:crypto, checks what devices sign, and lets a test say what the next answers are.
import { createServer } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { createHash, createPublicKey, generateKeyPairSync, randomBytes, sign, verify } from 'node:crypto';

const b64 = (bytes) => Buffer.from(bytes).toString('base64url');

export function uuid() {
  const time = Date.now().toString(16).padStart(12, '0');
  const rest = randomBytes(10);
  rest[0] = 0x70 | (rest[0] & 0x0f);
  rest[2] = 0x80 | (rest[2] & 0x3f);
  const hex = time + rest.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

export class Key {
  constructor() {
    Object.assign(this, generateKeyPairSync('ed25519'));
    this.x = this.publicKey.export({ format: 'jwk' }).x;
    this.kid = thumbprint(this.x);
  }

  jws(typ, payload) {
    const signed = `${b64(JSON.stringify({ alg: 'EdDSA', typ, kid: this.kid }))}.${b64(JSON.stringify(payload))}`;
    return `${signed}.${b64(sign(null, Buffer.from(signed), this.privateKey))}`;
  }
}

export function thumbprint(x) {
  return createHash('sha256').update(Buffer.from(x, 'base64url')).digest('base64url');
}

function signatureHolds(x, text, signature) {
  const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
  return verify(null, Buffer.from(text), key, Buffer.from(signature, 'base64url'));
}

export class FakeServer {
  constructor() {
    this.org = uuid();
    this.root = new Key();
    this.epochKey = new Key();
    this.epoch = 1;
    this.owner = { id: uuid(), name: '李华' };
    this.rules = { mode: 'block', covered: true, filing: true, packages: ['holdfast-client'] };
    this.counter = Date.now();
    this.device = null;
    this.instance = null;
    this.grants = new Map();
    this.revoke = new Set();
    this.receipts = [];
    this.filings = [];
    this.confirmedRevoked = new Set();
    this.requests = [];
    this.parked = new Set();
    this.version = 0;
    this.consent = null; // null: nobody has answered, true, false
    this.override = {}; // path -> (body, server) => [status, object] or undefined
    this.number = 122;
    this.takes = ['build', 'boot']; // members of a poll beyond the first servers'
    this.viewMore = {}; // further members of the view
  }

  // tls: {key, cert}, for https.
  async start(port = 0, tls) {
    const serve = (request, response) => this.serve(request, response);
    this.http = tls ? createSecureServer(tls, serve) : createServer(serve);
    await new Promise((resolve) => this.http.listen(port, '127.0.0.1', resolve));
    this.port = this.http.address().port;
    this.url = `http${tls ? 's' : ''}://127.0.0.1:${this.port}`;
  }

  async stop() {
    for (const wake of [...this.parked]) wake();
    this.http.closeAllConnections();
    await new Promise((resolve) => this.http.close(resolve));
  }

  // --- what is signed ------------------------------------------------------------------------------------------

  keys(changes = {}, root = this.root) {
    const time = Date.now();
    const key = { kid: this.epochKey.kid, x: this.epochKey.x, nbf: time - 60000, exp: time + 90 * 86400000 };
    return root.jws('holdfast-keys', { v: 1, org: this.org, epoch: this.epoch, time, keys: [key], ...changes });
  }

  statement(changes = {}, key = this.epochKey) {
    const prompt = { title: 't', content: 'c', primary: 'p', secondary: 's' };
    return key.jws('holdfast-statement', {
      v: 1, org: this.org, device: this.device.id, key: thumbprint(this.device.x), counter: this.counter, basis: 'basis',
      time: Date.now(), owner: this.owner, device_name: 'laptop-42', organisation: '', why: 'group 研发部', contact: 'it@example.com',
      prompt: { zh: prompt, en: prompt }, ...this.rules, ...changes,
    });
  }

  grant(changes = {}, key = this.epochKey) {
    const iat = Date.now();
    return key.jws('holdfast-grant', {
      v: 1, id: uuid(), org: this.org, device: this.device.id, key: thumbprint(this.device.x), action: 'uninstall',
      package: 'holdfast-client', instance: this.instance?.id ?? uuid(), number: this.instance?.number ?? 'HF-000001',
      iat, nbf: iat, exp: iat + 72 * 3600000, ...changes,
    });
  }

  // --- what happens at the server ------------------------------------------------------------------------------

  changed() {
    this.version++;
    for (const wake of [...this.parked]) wake();
  }

  setRules(rules) {
    Object.assign(this.rules, rules);
    this.counter = Math.max(this.counter + 1, Date.now());
    this.changed();
  }

  decide(status, comment = '') {
    Object.assign(this.instance, { status, pending_with: [], decision: { who: '王芳', comment, at_ms: Date.now() } });
    if (status === 'approved') this.deliver(this.grant());
    this.changed();
  }

  deliver(jws) {
    const id = JSON.parse(Buffer.from(jws.split('.')[1], 'base64url')).id;
    this.grants.set(id, jws);
    this.changed();
    return id;
  }

  receipt(kind) {
    return this.receipts.find((r) => r.kind === kind);
  }

  // --- the wire ------------------------------------------------------------------------------------------------

  async serve(request, response) {
    const parts = [];
    for await (const part of request) parts.push(part);
    const text = Buffer.concat(parts).toString();
    const form = request.headers['content-type'] === 'application/x-www-form-urlencoded';
    const body = form ? Object.fromEntries(new URLSearchParams(text)) : JSON.parse(text);
    const path = request.url;
    this.requests.push({ path, body, headers: request.headers });
    const routes = {
      '/agent/v1/device_authorization': this.authorize, '/agent/v1/token': this.token,
      '/agent/v1/challenge': this.challenge, '/agent/v1/session': this.session, '/agent/v1/sync': this.sync,
      '/agent/v1/sign-out': this.signOut, '/agent/v1/requests': this.file, '/agent/v1/receipts': this.receive,
    };
    const open = ['/agent/v1/device_authorization', '/agent/v1/token', '/agent/v1/challenge', '/agent/v1/session'];
    let answer = await this.override[path]?.(body, this);
    if (!answer && !open.includes(path) && request.headers.authorization !== `Bearer ${this.bearer}`)
      answer = [401, { title: 'Unauthenticated', detail: 'No such token.' }];
    if (!answer && path.endsWith('/withdraw')) answer = this.withdraw(path.split('/')[4]);
    answer ??= await routes[path].call(this, body, request, response);
    if (response.destroyed) return;
    response.writeHead(answer[0], { 'Content-Type': 'application/json' });
    response.end(JSON.stringify(answer[1]));
  }

  authorize(body) {
    this.pendingKey = body.device_key;
    this.facts = body;
    this.deviceCode = b64(randomBytes(24));
    this.consent = null;
    if (body.enrolment_token && this.tokenRefused) return [400, { error: 'access_denied', error_description: this.tokenRefused }];
    if (body.enrolment_token) {
      this.consent = true;
      return [200, { device_code: this.deviceCode, expires_in: 600, interval: 1 }];
    }
    return [200, {
      device_code: this.deviceCode, user_code: 'WDJB-MJHT', verification_uri: `${this.url}/enrol`,
      verification_uri_complete: `${this.url}/enrol?user_code=WDJB-MJHT`, expires_in: 600, interval: 1,
    }];
  }

  token(body) {
    const signed = `holdfast-token\n${body.device_code}`;
    if (body.device_code !== this.deviceCode || !signatureHolds(this.pendingKey, signed, body.signature))
      return [400, { error: 'invalid_grant' }];
    if (this.consent === null) return [400, { error: 'authorization_pending' }];
    if (!this.consent) return [400, { error: 'access_denied' }];
    if (this.device?.x !== this.pendingKey) this.device = { id: uuid(), x: this.pendingKey };
    this.bearer = b64(randomBytes(24));
    return [200, {
      access_token: this.bearer, token_type: 'Bearer', expires_in: 3600, org: this.org, device: this.device.id,
      root: this.root.x, keys: this.keys(), statement: this.statement(), owner: this.owner, ...this.tokenChanges?.(),
    }];
  }

  signOut() {
    this.session_end = { ended: 'signed-out', at_ms: Date.now() };
    this.changed();
    return [200, { session: this.session_end }];
  }

  challenge(body) {
    if (body.device !== this.device?.id) return [401, { detail: 'Unknown device.' }];
    this.nonce = b64(randomBytes(24));
    return [200, { challenge: this.nonce }];
  }

  session(body) {
    const signed = `holdfast-session\n${this.device.id}\n${this.nonce}`;
    if (body.challenge !== this.nonce || !signatureHolds(this.device.x, signed, body.signature))
      return [401, { detail: 'The signature does not hold.' }];
    this.nonce = null;
    this.bearer = b64(randomBytes(24));
    return [200, { token: this.bearer, expires_in: 3600, takes: this.takes }];
  }

  difference(body) {
    const held = new Set(body.held);
    const revoked = new Set(body.revoked);
    for (const id of revoked) this.confirmedRevoked.add(id);
    return {
      statement: body.counter < this.counter,
      grants: [...this.grants].filter(([id]) => !held.has(id) && !this.revoke.has(id)).map(([, jws]) => jws),
      revoke: [...this.revoke].filter((id) => !this.confirmedRevoked.has(id)),
      view: body.view !== `v${this.version}`,
    };
  }

  async sync(body, request, response) {
    this.question = body;
    if (body.held.length > 32 || body.revoked.length > 32) return [400, { detail: 'Too many grants.' }];
    let d = this.difference(body);
    if (!d.statement && !d.view && !d.grants.length && !d.revoke.length) {
      await new Promise((resolve) => {
        const wake = () => {
          this.parked.delete(wake);
          clearTimeout(timer);
          resolve();
        };
        const timer = setTimeout(wake, body.wait_ms);
        this.parked.add(wake);
        response.on('close', wake);
      });
      d = this.difference(body);
    }
    const view = { owner: this.owner, instance: this.instance, filings_left: this.filingsLeft ?? 5, ...this.viewMore, ...(this.session_end ? { session: this.session_end } : {}) };
    return [200, {
      time_ms: Date.now(), ...(d.view ? { view } : {}), view_tag: `v${this.version}`,
      ...(d.statement ? { keys: this.keys(), statement: this.statement() } : {}), grants: d.grants, revoke: d.revoke,
    }];
  }

  file(body, request) {
    const key = request.headers['idempotency-key'];
    this.filings.push({ key, ...body });
    if (this.instance?.status === 'pending') return [200, { instance: this.instance }];
    this.instance = {
      id: uuid(), number: `HF-000${++this.number}`, status: 'pending', package: body.package, reason: body.reason,
      created_ms: Date.now(), expires_ms: Date.now() + 15 * 86400000, delivery: 'submitted', pending_with: ['王芳'],
      decision: null,
    };
    this.changed();
    return [201, { instance: this.instance }];
  }

  withdraw(id) {
    if (this.instance?.id !== id || this.instance.status !== 'pending') return [409, { detail: 'It is final already.' }];
    this.instance.status = 'revoked';
    this.changed();
    return [200, { instance: this.instance }];
  }

  receive(body) {
    for (const receipt of body.receipts)
      if (!this.receipts.some((r) => r.id === receipt.id)) this.receipts.push(receipt);
    return [200, { accepted: body.receipts.map((r) => r.id) }];
  }
}
