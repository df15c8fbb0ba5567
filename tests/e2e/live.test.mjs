// Live updates: what a console is told, when, and when no more. The real server on SQLite, and on PostgreSQL when
// HOLDFAST_TEST_POSTGRESQL names one, there with a second server.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import path from 'node:path';
import { after, afterEach, before, describe, test } from 'node:test';
import { account } from './accounts.mjs';
import { unclocked } from './clock.mjs';
import { databases } from './audit.mjs';
import { Stage, build, call, corp, forms, push, sleep, until } from './stage.mjs';

const skip = unclocked(path.join(build, 'holdfast-server'));

// One who follows: what it was told, each with the time.
class Follower {
  static async open(url, headers) {
    const f = new Follower();
    f.abort = new AbortController();
    f.events = [];
    f.beats = 0;
    f.response = await fetch(`${url}/api/v1/events`, { headers, signal: f.abort.signal });
    if (f.response.status !== 200) {
      f.problem = await f.response.json();
      return f;
    }
    f.ended = f.read();
    await until('the first event', () => f.events.length > 0);
    return f;
  }

  async read() {
    const decoder = new TextDecoder();
    let text = '';
    try {
      for await (const bytes of this.response.body) {
        text += decoder.decode(bytes, { stream: true });
        for (let end; (end = text.indexOf('\n\n')) >= 0; text = text.slice(end + 2)) this.take(text.slice(0, end));
      }
      return 'in order';
    } catch (e) {
      return this.abort.signal.aborted ? 'left' : `broken off: ${e.cause ?? e}`;
    }
  }

  take(block) {
    if (block.startsWith(':')) {
      this.beats += 1;
      return;
    }
    const lines = Object.fromEntries(block.split('\n').map((line) => /^(\w+): (.*)$/.exec(line).slice(1)));
    assert.deepEqual(Object.keys(lines), ['event', 'data']);
    this.events.push({ ...lines, ...JSON.parse(lines.data), at: performance.now() });
  }

  // Everything named since the last time.
  topics() { return [...new Set(this.events.slice(this.from ?? 0).flatMap((e) => e.what ?? []))]; }

  forget() { this.from = this.events.length; }

  // Until nothing more comes of what went before.
  async quiet() {
    for (let n = -1; n !== this.events.length;) {
      n = this.events.length;
      await sleep(1500);
    }
    this.forget();
  }

  hears(...topics) {
    return until(`${topics} are told; ${this.topics()} were`, () => topics.every((t) => this.topics().includes(t)));
  }

  async leave() {
    this.abort.abort();
    await this.ended;
  }
}

for (const [name, url] of databases) {
  describe(`live updates on ${name}`, { skip, concurrency: 1 }, () => {
    let stage;
    let other; // a server on the same database
    let token;
    const open = [];
    const follow = async (headers = token, at = stage.server.url) => {
      const f = await Follower.open(at, headers);
      open.push(f);
      return f;
    };
    before(async () => {
      stage = await Stage.open({ virtual: true, postgresql: url });
      token = { authorization: `Bearer ${stage.token}` };
      if (url) other = await stage.second();
    });
    afterEach(async () => { await Promise.all(open.splice(0).map((f) => f.leave?.())); });
    after(async () => {
      await other?.stop();
      await stage?.close();
    });

    test('it greets, and is not kept by anybody on the way', async () => {
      const f = await follow();
      assert.equal(f.events[0].event, 'hello');
      assert.match(f.events[0].server, /^\d+\.\d+\.\d+/);
      assert.deepEqual(Object.keys(JSON.parse(f.events[0].data)), ['server']);
      const { headers } = f.response;
      assert.deepEqual(['content-type', 'cache-control', 'x-accel-buffering'].map((h) => headers.get(h)), ['text/event-stream', 'no-store', 'no']);
      const head = await fetch(`${stage.server.url}/api/v1/events`, { method: 'HEAD', headers: token });
      assert.deepEqual([head.status, head.headers.get('content-type'), await head.text()], [200, 'text/event-stream', '']);
      const nobody = await fetch(`${stage.server.url}/api/v1/events`);
      assert.equal(nobody.status, 401);
      await nobody.text();
    });

    test('each kind of change is told, here and by the other server', async (t) => {
      const auditor = await account(stage, 'auditor', 'auditor');
      const all = [await follow({ authorization: `Bearer ${auditor.token}` }), ...(other ? [await follow(token, other.url)] : [])];
      await Promise.all(all.map((f) => f.quiet()));
      let slowest = 0;
      const told = async (topics, change) => {
        all.forEach((f) => f.forget());
        const answer = await change();
        const done = performance.now();
        await Promise.all(all.map((f) => f.hears(...topics)));
        slowest = Math.max(slowest, ...all.map((f) => Math.max(...topics.map((topic) => f.events.slice(f.from).find((e) => e.what?.includes(topic)).at - done))));
        return answer;
      };
      await told(['settings', 'audit'], () => stage.ask('PUT', 'settings', { language: 'en' }));
      const group = await told(['groups', 'audit'], () => stage.ask('POST', 'user-groups', { name: 'live', rules: [] }));
      await told(['groups'], () => stage.ask('DELETE', `user-groups/${group.id}`));
      const policy = await stage.ask('GET', 'policy');
      delete policy.version;
      await told(['policy'], () => stage.ask('PUT', 'policy', { ...policy, contact: 'live@example.com' }));
      const made = await told(['tokens'], () => stage.ask('POST', 'tokens', { name: 'live', role: 'auditor', days: 1 }));
      await told(['tokens'], () => stage.ask('DELETE', `tokens/${made.id}`));
      await told(['accounts'], () => stage.ask('POST', 'accounts', { name: 'live', email: 'live@example.com', role: 'auditor' }));
      await told(['workflows'], () => stage.ask('POST', `workflows/${stage.workflow.id}/doctor`, {}));
      await told(['webhooks'], () => stage.ask('POST', 'webhooks', { name: 'live', url: 'https://hooks.invalid/live', events: ['request.filed'] }));
      await told(['sources', 'users'], () => stage.ask('POST', `identity-sources/${stage.source.id}/sync`, {}));
      await stage.walked();
      const device = await told(['devices'], () => stage.device('laptop-live'));
      await told(['devices'], () => device.sync()); // it is there
      const { id, number } = await told(['instances', 'deliveries'], () => device.file());
      await stage.submitted(id);
      await told(['apps', 'instances'], () => stage.decide(number, 'agree'));
      await stage.until(id, `${id} is approved`, (i) => i.status === 'approved');
      await told(['releases'], () => stage.ask('POST', 'releases', { device: device.id, reason: 'live', days: 1 }));
      t.diagnostic(`the slowest was told ${Math.round(slowest)} ms after the answer`);
    });

    test('a push of DingTalk and its check of the Request URL are told as apps, at most once a second', async () => {
      const f = await follow();
      await f.quiet();
      for (let i = 0; i < 12; i += 1) {
        const { query, body } = push({ EventType: 'bpms_instance_change', processInstanceId: `live-${i}`, type: 'start', corpId: corp, createTime: Date.now() + i, processCode: forms.main });
        const answer = await call('POST', stage.app.request_url + query, { body });
        assert.equal(answer.status, 200, answer.text);
        await sleep(120);
      }
      await f.hears('apps');
      const at = f.events.slice(f.from).filter((e) => e.what.includes('apps')).map((e) => e.at);
      for (let i = 1; i < at.length; i += 1) assert.ok(at[i] - at[i - 1] > 900, `${at[i] - at[i - 1]} ms between two`);
      assert.ok(at.length < 6, `${at.length} for 12 pushes`);
      await f.quiet();
      const lag = (await stage.ask('GET', `dingtalk-apps/${stage.app.id}`)).event_lag_ms;
      assert.ok(lag >= 1 && lag < 60000, `${lag}`);
      await stage.subscribe();
      await f.hears('apps');
    });

    test('many changes are one event each 300 ms, and the last is not lost', async () => {
      const f = await follow();
      await f.quiet();
      for (let i = 0; i < 40; i += 1) await stage.ask('PUT', 'settings', { language: i % 2 ? 'en' : 'zh' });
      const end = performance.now();
      await until('the last change is told', () => f.events.at(-1).at > end - 350);
      const at = f.events.slice(f.from).map((e) => e.at);
      for (let i = 1; i < at.length; i += 1) assert.ok(at[i] - at[i - 1] > 230, `${at[i] - at[i - 1]} ms between two`);
    });

    test('what is told can be read at once, and what failed is not told', async () => {
      const f = await follow();
      await f.quiet();
      for (let i = 0; i < 5; i += 1) {
        f.forget();
        const changed = stage.ask('POST', 'user-groups', { name: `seen ${i}`, rules: [] });
        await f.hears('groups');
        assert.ok((await stage.ask('GET', 'user-groups?limit=200')).items.some((g) => g.name === `seen ${i}`));
        await changed;
      }
      await f.quiet();
      assert.equal((await stage.admin('POST', 'user-groups', { name: 'seen 0', rules: [] })).status, 409);
      await sleep(700);
      assert.ok(!f.topics().includes('groups'), f.topics().join());
    });

    test('a session that ends ends its stream, and so does a token', async () => {
      const chen = await account(stage, 'Chen', 'security-admin');
      const f = await follow({ authorization: `Bearer ${chen.token}` });
      const me = await account(stage, 'Sun', 'security-admin');
      const still = await follow({ authorization: `Bearer ${me.token}` });
      const { items } = await chen.ask('GET', 'tokens');
      await chen.ask('DELETE', `tokens/${items[0].id}`);
      assert.equal(await f.ended, 'in order');
      await stage.ask('PUT', `accounts/${me.id}`, { name: 'Sun', role: 'security-admin', state: 'disabled' });
      assert.equal(await still.ended, 'in order');
    });

    test('a session that is ended or expires ends its stream', async () => {
      const at = (where) => `${stage.server.url}/api/v1/${where}`;
      const { invitation } = await stage.ask('POST', 'accounts', { name: 'Wu', email: 'wu@example.com', role: 'auditor' });
      let signedIn;
      await until('a place for hashing', async () => {
        signedIn = await call('POST', at('setup'), { body: { secret: new URL(invitation.link).hash.slice(1), password: 'correct horse battery' } });
        return signedIn.status !== 503;
      });
      const enter = async () => {
        const answer = await call('POST', `${stage.server.url}/auth/login`, { body: { email: 'wu@example.com', password: 'correct horse battery' } });
        assert.ok(answer.status < 300, answer.text);
        return { cookie: answer.headers.getSetCookie().map((line) => line.split(';')[0]).join('; '), 'x-csrf-token': answer.json.csrf_token };
      };
      const first = await enter();
      const one = await follow(first);
      assert.equal((await call('POST', `${stage.server.url}/auth/logout`, { headers: first, body: {} })).status, 204);
      assert.equal(await one.ended, 'in order');
      const two = await follow(await enter());
      stage.clock.forward(13 * 3600000); // whatever keeps a session, this is longer
      assert.equal(await two.ended, 'in order');
    });

    test('a sign of life comes every 20 seconds', async () => {
      const f = await follow();
      const before = f.beats;
      stage.clock.forward(21000);
      await until('a sign of life', () => f.beats > before);
    });

    test('no account has more than 16, and who left makes room', async () => {
      const chen = await account(stage, 'Many', 'auditor');
      const headers = { authorization: `Bearer ${chen.token}` };
      const some = await Promise.all(Array.from({ length: 16 }, () => follow(headers)));
      assert.ok(some.every((f) => f.events[0].event === 'hello'));
      const refused = await follow(headers);
      assert.deepEqual([refused.response.status, refused.response.headers.get('content-type')], [429, 'application/problem+json']);
      await (await follow()).leave(); // others are not concerned
      await some[0].leave();
      await until('room', async () => (await follow(headers)).response.status === 200);
    });

    test('a server has no more than 512, all of which are told', async () => {
      const tokens = [];
      for (let i = 0; i < 33; i += 1) tokens.push({ authorization: `Bearer ${(await stage.ask('POST', 'tokens', { name: `many ${i}`, role: 'auditor', days: 1 })).token}` });
      const all = (await Promise.all(tokens.slice(0, 32).map((headers) => Promise.all(Array.from({ length: 16 }, () => follow(headers)))))).flat();
      assert.ok(all.every((f) => f.events[0]?.event === 'hello'));
      const refused = await follow(tokens[32]);
      assert.deepEqual([refused.response.status, refused.response.headers.get('content-type')], [503, 'application/problem+json']);
      await stage.ask('PUT', 'settings', { language: 'zh' });
      await until('all are told', () => all.every((f) => f.topics().includes('settings')));
      await all.pop().leave();
      await until('room', async () => (await follow(tokens[32])).response.status === 200);
    });

    test('who never reads holds nobody up', async () => {
      const { hostname, port } = new URL(stage.server.url);
      const sockets = await Promise.all(Array.from({ length: 12 }, async () => {
        const socket = net.connect({ host: hostname, port: Number(port) });
        await once(socket, 'connect');
        socket.on('error', () => {});
        socket.write(`GET /api/v1/events HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${stage.token}\r\n\r\n`);
        await once(socket, 'data');
        socket.pause();
        return socket;
      }));
      const f = await follow();
      for (let i = 0; i < 10; i += 1) {
        f.forget();
        stage.clock.forward(21000);
        await stage.ask('PUT', 'settings', { language: i % 2 ? 'en' : 'zh' });
        await f.hears('settings');
      }
      for (const socket of sockets) socket.destroy();
      await until('room', async () => (await Promise.all([1, 2, 3, 4].map(() => follow()))).every((x) => x.response.status === 200));
    });

    test('a server that stops ends its streams at once, and the next one greets', async () => {
      const f = await follow();
      const began = performance.now();
      await stage.server.stop();
      assert.equal(await f.ended, 'in order');
      assert.ok(performance.now() - began < 10000);
      await stage.serve();
      assert.equal((await follow()).events[0].event, 'hello');
    });
  });
}
