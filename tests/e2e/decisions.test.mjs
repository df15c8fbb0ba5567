// Decisions, end to end: what counts as one, how DingTalk is brought to one that was taken in Holdfast, who is told.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Stage } from './stage.mjs';

const postgresql = process.env.HOLDFAST_TEST_POSTGRESQL;
const databases = [['SQLite', {}], ['PostgreSQL', { postgresql }]].filter(([name]) => name === 'SQLite' || postgresql);
const revoked = (i) => i.status === 'revoked';

for (const [name, options] of databases) describe(`decisions on ${name}`, { concurrency: 1 }, () => {
  let stage;
  before(async () => { stage = await Stage.open(options); });
  after(async () => { await stage?.close(); });

  const policy = async (change) => {
    const { version, ...now } = await stage.ask('GET', 'policy');
    assert.equal(typeof version, 'number');
    await stage.ask('PUT', 'policy', { ...now, ...change });
    return now;
  };
  const user = async (dingtalk) => (await stage.ask('GET', 'users?limit=200')).items.find((u) => u.dingtalk_id === dingtalk);

  test('a request that nobody has to answer any more is revoked, and its form withdrawn', async () => {
    const [needed, whitelisted] = [await stage.device('laptop-zhou', 'zhoumin'), await stage.device('laptop-white')];
    const [kept, gone] = [await needed.file(), await whitelisted.file()];
    await stage.submitted(kept.id);
    await stage.submitted(gone.id);
    const before = await policy({ whitelist: [(await user('lihua')).id] });
    const known = await stage.until(gone.id, 'the system revokes it', revoked);
    assert.match(known.decision.comment, /whitelist/);
    assert.equal(known.decision.channel, 'system');
    assert.equal((await stage.instance(kept.id)).status, 'pending');
    await whitelisted.hears('that it is revoked', (d) => d.view.instance.status === 'revoked');
    await policy({ ...before, mode: 'off' });
    assert.match((await stage.until(kept.id, 'the system revokes it', revoked)).decision.comment, /switched off/);
    await policy(before);
    for (const id of [gone.id, kept.id]) await stage.until(id, 'closed', (i) => i.delivery.state === 'closed', 40);
    for (const { number } of [gone, kept]) assert.equal((await stage.inDingTalk(number))[0].status, 'TERMINATED');
  });

  test('who has left the organisation waits for nothing', async () => {
    const device = await stage.device('laptop-leaver', 'zhoumin');
    const filed = await device.file();
    await stage.submitted(filed.id);
    await stage.simulate('DELETE', 'people/zhoumin');
    await stage.ask('POST', `dingtalk-apps/${stage.app.id}/sync`, {});
    assert.match((await stage.until(filed.id, 'the system revokes it', revoked)).decision.comment, /has left/);
  });
});
