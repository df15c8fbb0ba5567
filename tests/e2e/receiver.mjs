// A receiver of DingTalk's pushes that checks their cryptography with node's own, and answers as it should.
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import http from 'node:http';

export const aesKey = 'Yue0EfdN5900c1ce5cf6A152c63DDe1808a60c5ecd7';
export const token = 'testtoken1';
export const clientId = 'dingtestapp00001'; // of the app whose pushes it takes

export function signature(timestamp, nonce, encrypt, secret = token) {
  return crypto.createHash('sha1').update([secret, timestamp, nonce, encrypt].sort().join('')).digest('hex');
}

export function unseal(encrypt) {
  const key = Buffer.from(`${aesKey}=`, 'base64');
  const decipher = crypto.createDecipheriv('aes-256-cbc', key, key.subarray(0, 16)).setAutoPadding(false);
  const plain = Buffer.concat([decipher.update(encrypt, 'base64'), decipher.final()]);
  assert.equal(plain.length % 32, 0, 'padded to 32');
  const pad = plain.at(-1);
  assert.ok(pad >= 1 && pad <= 32);
  assert.ok(plain.subarray(-pad).every((byte) => byte === pad));
  const length = plain.readUInt32BE(16);
  return { text: plain.subarray(20, 20 + length).toString(), owner: plain.subarray(20 + length, -pad).toString() };
}

export function seal(text, owner = clientId) {
  const key = Buffer.from(`${aesKey}=`, 'base64');
  const message = Buffer.from(text);
  const head = Buffer.concat([crypto.randomBytes(16), Buffer.alloc(4), message, Buffer.from(owner)]);
  head.writeUInt32BE(message.length, 16);
  const pad = 32 - (head.length % 32);
  const cipher = crypto.createCipheriv('aes-256-cbc', key, key.subarray(0, 16)).setAutoPadding(false);
  return Buffer.concat([cipher.update(Buffer.concat([head, Buffer.alloc(pad, pad)])), cipher.final()]).toString('base64');
}

export function goodReply(more = {}) {
  const encrypt = seal('success');
  const timeStamp = String(Date.now());
  const nonce = 'abcd1234';
  return { msg_signature: signature(timeStamp, nonce, encrypt), timeStamp, nonce, encrypt, ...more };
}

export class Receiver {
  events = [];
  hits = [];
  // Answers one push; a test puts another function here.
  answer = (request, response) => { response.setHeader('content-type', 'application/json').end(JSON.stringify(goodReply())); };

  async open(port = 0) {
    this.server = http.createServer((request, response) => {
      let body = '';
      request.on('data', (data) => { body += data; });
      request.on('end', () => {
        const hit = { time: Date.now(), request, body };
        this.hits.push(hit);
        try { this.check(hit); } catch (error) { this.wrong = error; }
        this.answer(request, response, hit);
      });
    });
    await new Promise((resolve) => { this.server.listen(port, '127.0.0.1', resolve); });
    this.port = this.server.address().port;
    this.url = `http://127.0.0.1:${this.port}/push`;
    return this;
  }

  check(hit) {
    const { request } = hit;
    const query = new URL(request.url, 'http://x').searchParams;
    const { encrypt, ...rest } = JSON.parse(hit.body);
    assert.equal(request.method, 'POST');
    assert.equal(request.headers['content-type'], 'application/json; charset=utf-8');
    assert.deepEqual(rest, {});
    assert.match(query.get('timestamp'), /^\d{13}$/);
    assert.match(query.get('nonce'), /^[A-Za-z0-9]{8}$/);
    assert.equal(query.get('signature'), signature(query.get('timestamp'), query.get('nonce'), encrypt));
    assert.equal(query.get('msg_signature'), query.get('signature'));
    const { text, owner } = unseal(encrypt);
    assert.equal(owner, clientId);
    hit.plain = JSON.parse(text);
    hit.raw = text;
    if (hit.plain.EventType !== 'check_url') this.events.push(hit.plain);
  }

  async close() {
    this.server.closeAllConnections();
    await new Promise((resolve) => { this.server.close(resolve); });
    if (this.wrong) throw this.wrong;
  }
}
