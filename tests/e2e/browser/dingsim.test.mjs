// dingsim's pages in a browser: a person approves, refuses, transfers and withdraws, in English and in Chinese; an app and
// a form are made and used; messages, faults, the clock.
import assert from 'node:assert/strict';
import http from 'node:http';
import { readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { Receiver, aesKey, clientId, goodReply, token } from '../receiver.mjs';
import { dingsim } from '../sdk/sim.mjs';
import { launch } from './chromium.mjs';

const seed = JSON.parse(readFileSync(new URL('../../../share/dingsim/company.json', import.meta.url)));
seed.forms[0].allowRevoke = true;
const code = seed.forms[0].processCode;
seed.forms.push({
  processCode: 'PROC-BOTH', name: 'Both decide', approvers: [{ actionType: 'AND', userIds: ['liuyang', 'zhaolei'] }],
  components: [{ componentType: 'TextField', id: 'TextField_why', label: 'Why', required: true }],
});
seed.apps.push({ ...seed.apps[0], clientId, name: 'Receiver', agentId: 100077 });

const words = {
  en: {
    submit: 'Submit', agree: 'Agree', refuse: 'Refuse', remark: 'Remark (optional)', transfer: 'Transfer', to: 'To',
    confirmTransfer: 'Transfer the task', withdraw: 'Withdraw', confirmWithdraw: 'Withdraw the form', comment: 'Comment', text: 'Text',
    send: 'Send', files: 'Names of attachments (optional)', revoke: 'Revoke', confirmRevoke: 'Revoke the form', approved: 'approved',
    rejected: 'rejected', withdrawn: 'withdrawn', modify: 'Modify', waiting: 'waiting', waitingForYou: 'Waiting for you', agreed: 'agreed', young: /too young to be withdrawn/,
    who: 'Who', before: 'Ask somebody first', confirmBefore: 'Ask this person first', paused: 'waits for who was asked first',
    after: 'Agree and ask somebody after', confirmAfter: 'Agree and ask this person', place: 'In the place of 王芳:', agentAgreed: 'agreed as an agent',
  },
  zh: {
    submit: '提交', agree: '同意', refuse: '拒绝', remark: '审批意见（选填）', transfer: '转交', to: '转交给',
    confirmTransfer: '确认转交', withdraw: '撤销', confirmWithdraw: '撤销审批单', comment: '评论', text: '评论内容',
    send: '发送', files: '附件名称（选填）', revoke: '撤销已通过的审批', confirmRevoke: '发起撤销', approved: '审批通过',
    rejected: '审批拒绝', withdrawn: '已撤销', modify: '修改已通过的审批', waiting: '审批中', waitingForYou: '待处理', agreed: '已同意', young: /15秒内不能撤销/,
    who: '加签人', before: '前加签', confirmBefore: '确认前加签', paused: '等待前加签人审批',
    after: '同意并后加签', confirmAfter: '确认后加签', place: '代王芳审批：', agentAgreed: '代理同意',
  },
};

let sim;
let browser;
let page;
const problems = [];

before(async () => {
  sim = await dingsim(seed);
  browser = await launch();
});

after(async () => {
  await browser?.close();
  await sim?.stop();
});

// A phone for Chinese, a desk for English; what the browser complains of (the CSP, a missing file) fails the test.
async function open(lang) {
  page = await browser.newPage({ locale: lang === 'zh' ? 'zh-CN' : 'en-US', viewport: { width: lang === 'zh' ? 390 : 1200, height: 800 } });
  page.setDefaultTimeout(10000);
  problems.length = 0;
  page.on('pageerror', (error) => problems.push(String(error)));
  page.on('console', (message) => { if (message.type() === 'error' && !/status of 4/.test(message.text())) problems.push(message.text()); });
}

async function close() {
  await page.close();
  assert.deepEqual(problems, []);
}

const go = async (where) => { assert.equal((await page.goto(sim.url + where)).status(), 200, where); };
// Whatever is pressed here sends a form or follows a link: the next page is waited for.
async function press(what) {
  const loaded = page.waitForEvent('load');
  await what.click();
  await loaded;
}
const click = (name) => press(page.getByRole('button', { name, exact: true }));
const unfold = (name) => page.locator('summary', { hasText: new RegExp(`^${name}$`) }).click();
const note = () => page.locator('main .note').first().textContent();
const state = () => page.locator('main p .tag').first().textContent();
const fits = async () => { assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), `too wide: ${page.url()}`); };

// Files the form by hand as that person; gives its path.
async function file(w, user, reason) {
  await go(`/new?user=${user}`);
  await press(page.getByText('终端卸载审批'));
  await page.getByLabel('卸载原因').fill(reason);
  await fits();
  await click(w.submit);
  return new URL(page.url()).pathname;
}

// Opens the newest waiting form from the person's inbox, as a person would.
async function pick(w, user) {
  await go(`/inbox?user=${user}`);
  await page.getByRole('heading', { name: w.waitingForYou }).waitFor();
  await fits();
  await press(page.locator('ul.list').first().locator('a').first());
}

const read = async (where) => (await sim.call('GET', `/sim/api${where}`)).json.result;

for (const lang of ['en', 'zh']) {
  const w = words[lang];

  describe(`an approver and an applicant, ${lang}`, () => {
    before(() => open(lang));
    after(close);

    test('agree, with a remark and an attachment', async () => {
      const where = await file(w, 'lihua', '电脑 <b>归还</b>');
      await pick(w, 'wangfang');
      assert.equal(new URL(page.url()).pathname, where);
      assert.match(await page.locator('main').textContent(), /电脑 <b>归还<\/b>/);
      await page.getByLabel(w.remark).fill('准了');
      await page.getByLabel(w.files).first().fill('说明.pdf, b.png');
      await fits();
      await click(w.agree);
      assert.equal(await state(), w.approved);
      const { status, result, operationRecords } = await read(where);
      assert.deepEqual([status, result], ['COMPLETED', 'agree']);
      const decided = operationRecords.find((r) => r.type === 'EXECUTE_TASK_NORMAL');
      assert.deepEqual([decided.remark, decided.attachments.map((f) => f.fileName)], ['准了', ['说明.pdf', 'b.png']]);
      await go('/inbox?user=wangfang');
      assert.match(await page.locator('main').textContent(), new RegExp(w.approved));
    });

    test('refuse', async () => {
      const where = await file(w, 'zhangwei', '不想用');
      await pick(w, 'wangfang');
      await click(w.refuse);
      assert.equal(await state(), w.rejected);
      assert.equal((await read(where)).result, 'refuse');
    });

    test('transfer to a person found by a part of the name, who agrees', async () => {
      const where = await file(w, 'lihua', '换新机');
      await pick(w, 'wangfang');
      await unfold(w.transfer);
      await page.getByLabel(w.to, { exact: false }).fill('王');
      await click(w.confirmTransfer);
      assert.match(await note(), /\S/);
      await page.getByLabel(w.to, { exact: false }).fill('刘洋');
      await click(w.confirmTransfer);
      assert.equal(await state(), w.waiting);
      await pick(w, 'liuyang');
      await click(w.agree);
      assert.equal(await state(), w.approved);
      const { tasks } = await read(where);
      assert.deepEqual(tasks.map((t) => [t.userId, t.result]), [['wangfang', 'REDIRECTED'], ['liuyang', 'AGREE']]);
    });

    test('somebody else is asked first, then the approver agrees and asks one more', async () => {
      const where = await file(w, 'lihua', '再问问');
      const ask = async (what, confirm, name) => {
        await unfold(what);
        await page.locator('details[open]').getByLabel(w.who).fill(name);
        await fits();
        await click(confirm);
      };
      await pick(w, 'wangfang');
      await ask(w.before, w.confirmBefore, '王芳');
      assert.match(await note(), /\S/);
      assert.equal(await page.locator('details[open]').getByLabel(w.who).inputValue(), '王芳');
      await page.locator('details[open]').getByLabel(w.who).fill('刘洋');
      await click(w.confirmBefore);
      assert.match(await page.locator('ol.time li').last().textContent(), /刘洋/);
      assert.match(await page.locator('ol.time').textContent(), new RegExp(`王芳\\s*${w.paused}`));
      assert.equal(await page.getByRole('button', { name: w.agree, exact: true }).count(), 0);
      await pick(w, 'liuyang');
      await click(w.agree);
      await pick(w, 'wangfang');
      await ask(w.after, w.confirmAfter, '刘洋');
      assert.equal(await state(), w.waiting);
      await pick(w, 'liuyang');
      await click(w.agree);
      assert.equal(await state(), w.approved);
      const { tasks, operationRecords } = await read(where);
      assert.deepEqual(tasks.map((t) => [t.userId, t.result]), [['wangfang', 'AGREE'], ['liuyang', 'AGREE'], ['liuyang', 'AGREE']]);
      assert.deepEqual(operationRecords.filter((r) => r.type.startsWith('APPEND')).map((r) => r.type), ['APPEND_TASK_BEFORE', 'APPEND_TASK_AFTER']);
    });

    test('an agent decides in the place of somebody, and gives nothing away', async () => {
      const where = await file(w, 'lihua', '代为处理');
      assert.equal((await sim.call('PUT', '/sim/api/people/wangfang', { agent: 'liuyang' })).status, 200);
      await pick(w, 'liuyang');
      assert.match(await page.locator('main').textContent(), new RegExp(w.place));
      assert.equal(await page.locator('summary', { hasText: new RegExp(`^${w.transfer}$`) }).count(), 0);
      await click(w.agree);
      assert.equal(await state(), w.approved);
      assert.match(await page.locator('ol.time').textContent(), new RegExp(`刘洋\\s*${w.agentAgreed}`));
      assert.equal((await sim.call('PUT', '/sim/api/people/wangfang', { agent: '' })).status, 200);
      assert.equal((await read(where)).result, 'agree');
    });

    test('somebody with an own task and one as an agent decides the two apart', async () => {
      await sim.call('PUT', '/sim/api/people/liuyang', { agent: 'zhaolei' });
      await go('/new?user=lihua');
      await press(page.getByText('Both decide'));
      await page.getByLabel('Why').fill('two');
      await click(w.submit);
      const where = new URL(page.url()).pathname;
      await pick(w, 'zhaolei');
      await fits();
      const ids = await page.locator('[id]').evaluateAll((all) => all.map((one) => one.id));
      assert.deepEqual(ids, [...new Set(ids)]);
      assert.equal(await page.getByLabel(w.remark).count(), 2);
      await page.getByLabel(w.remark).nth(0).fill('x'.repeat(1025));
      await press(page.getByRole('button', { name: w.agree, exact: true }).nth(0));
      assert.match(await note(), /1024/);
      assert.deepEqual(await page.getByLabel(w.remark).evaluateAll((all) => all.map((one) => one.value.length)), [1025, 0]);
      await page.getByLabel(w.remark).nth(0).fill('first');
      await press(page.getByRole('button', { name: w.agree, exact: true }).nth(0));
      await press(page.getByRole('button', { name: w.agree, exact: true }).nth(0));
      assert.equal(await state(), w.approved);
      assert.deepEqual((await read(where)).tasks.map((t) => t.result), ['AGREE', 'AGREE']);
      await sim.call('PUT', '/sim/api/people/liuyang', { agent: '' });
    });

    test('withdraw: not in the first 15 seconds, then it works', async () => {
      const where = await file(w, 'lihua', '点错了');
      await unfold(w.withdraw);
      await click(w.confirmWithdraw);
      assert.match(await note(), w.young);
      await sim.call('POST', '/sim/api/clock', { forwardMs: 16000 });
      await click(w.confirmWithdraw);
      assert.equal(await state(), w.withdrawn);
      assert.equal((await read(where)).status, 'TERMINATED');
      await go('/submitted?user=lihua');
      assert.match(await page.locator('main').textContent(), new RegExp(w.withdrawn));
    });

    test('comment', async () => {
      const where = await file(w, 'lihua', '有问题');
      await unfold(w.comment);
      await page.getByLabel(w.text).fill('请尽快');
      await click(w.send);
      assert.match(await page.locator('ol.time').textContent(), /请尽快/);
      await pick(w, 'wangfang');
      await click(w.refuse);
      assert.equal((await read(where)).result, 'refuse');
    });

    test('revoke an approved form', async () => {
      const where = await file(w, 'lihua', '先批后撤');
      await pick(w, 'wangfang');
      await click(w.agree);
      await go(`${where}?user=lihua`);
      await unfold(w.revoke);
      await click(w.confirmRevoke);
      const made = new URL(page.url()).pathname;
      assert.notEqual(made, where);
      assert.deepEqual([(await read(made)).bizAction, (await read(where)).result], ['REVOKE', 'agree']);
      await pick(w, 'wangfang');
      await click(w.refuse);
    });

    test('modify an approved form: what it said is filled in, and the changed one goes the same way', async () => {
      const where = await file(w, 'lihua', '第一稿');
      await pick(w, 'wangfang');
      await click(w.agree);
      await go(`${where}?user=lihua`);
      await press(page.getByRole('link', { name: w.modify }));
      assert.equal(await page.getByLabel('卸载原因').inputValue(), '第一稿');
      await page.getByLabel('卸载原因').fill('第二稿');
      await fits();
      await click(w.submit);
      const made = await read(new URL(page.url()).pathname);
      assert.deepEqual([made.bizAction, made.formComponentValues[0].value, made.status], ['MODIFY', '第二稿', 'RUNNING']);
      await go(`${where}/modify?user=lihua`);
      await click(w.submit);
      assert.match(await note(), lang === 'zh' ? /^已有进行中的撤销或修改$/ : /in approval/);
      await pick(w, 'wangfang');
      await click(w.agree);
    });
  });
}

describe('the consoles', () => {
  before(() => open('en'));
  after(close);
  let app;

  test('an app is made; its permissions hold and are given', async () => {
    await go('/apps');
    await page.getByLabel('Application name').fill('Desk');
    await page.getByLabel('Icon').fill('D');
    await click('Create Application');
    await page.getByText('Show', { exact: true }).click();
    const [clientId, secret, agentId] = await page.locator('dl code').allTextContents();
    assert.match(clientId, /^ding[a-z0-9]{16}$/);
    app = { clientId, where: `/apps/${clientId}` };
    const token = (await sim.call('POST', '/v1.0/oauth2/accessToken', { appKey: clientId, appSecret: secret })).json.accessToken;
    const departments = () => sim.call('POST', `/topapi/v2/department/listsub?access_token=${token}`, {});
    assert.equal((await departments()).json.sub_code, '60011');
    await press(page.getByText('Permission Management'));
    await page.getByText('Read departments').click();
    await click('Batch request');
    assert.equal(await note(), 'Saved.');
    assert.equal((await departments()).json.errcode, 0);
    assert.ok(Number(agentId) > 0);
  });

  test('its redirect addresses are checked and kept', async () => {
    await go(`${app.where}/security`);
    const box = page.getByLabel('Where a sign-in may lead to');
    await box.fill('ftp://nowhere');
    await press(page.getByRole('button', { name: 'Save' }).first());
    assert.match(await note(), /http/);
    assert.equal(await box.inputValue(), 'ftp://nowhere');
    await box.fill('http://127.0.0.1:9/callback');
    await press(page.getByRole('button', { name: 'Save' }).first());
    assert.equal(await note(), 'Saved.');
    assert.equal((await page.goto(`${sim.url}/oauth2/auth?client_id=${app.clientId}&redirect_uri=${encodeURIComponent('http://127.0.0.1:9/callback')}&response_type=code&scope=openid&prompt=consent`)).status(), 200);
  });

  test('saving a subscription really asks the address, and shows its verdict', async () => {
    let asked = 0;
    const server = http.createServer((request, response) => { asked++; response.end('no'); }).listen(0, '127.0.0.1');
    await new Promise((resolve) => { server.on('listening', resolve); });
    await go(`${app.where}/events`);
    await press(page.getByRole('button', { name: 'Generate' }).first());
    await press(page.getByRole('button', { name: 'Generate' }).last());
    assert.match(await page.getByLabel('Encryption key').inputValue(), /^[A-Za-z0-9]{43}$/);
    await page.getByLabel('Request URL').fill(`http://127.0.0.1:${server.address().port}/events`);
    await click('Save');
    assert.match(await note(), /not a JSON object/);
    assert.equal(asked, 1);
    assert.match(await page.getByLabel('Encryption key').inputValue(), /^[A-Za-z0-9]{43}$/);
    server.close();
    server.closeAllConnections();
    await page.getByLabel('How events are delivered').selectOption('stream');
    await click('Save');
    assert.match(await note(), /no Stream connection yet/);
  });

  test('a subscription is saved once the address answers rightly; the log has every request, reply and verdict', async () => {
    const receiver = await new Receiver().open();
    const where = `/apps/${clientId}/events`;
    const last = () => page.locator('ul.list > li > details').first();
    await go(where);
    await page.getByLabel('Encryption key').fill(aesKey);
    await page.getByLabel('Signature token').fill('another');
    await page.getByLabel('Request URL').fill(receiver.url);
    receiver.check = () => {};
    await click('Save');
    assert.match(await note(), /msg_signature does not match/);
    delete receiver.check;
    await page.getByLabel('Signature token').fill(token);
    await page.getByLabel('Subscription rules').fill('/v1.0/event/user_*_org');
    await click('Save');
    assert.equal(await note(), 'Saved.');
    assert.match(await last().textContent(), /check_url.*delivered/s);
    receiver.answer = (request, response) => { response.end(JSON.stringify(goodReply({ msg_signature: 'wrong' }))); };
    await sim.call('POST', '/sim/api/people', { userid: 'told', name: 'Told', departments: [2] });
    await sim.call('DELETE', '/sim/api/people/told');
    while (!(await sim.call('GET', '/sim/api/pushes')).json.items.some((p) => p.eventType === 'user_add_org' && p.attempts.length)) await page.waitForTimeout(20);
    await go(`${where}?lang=zh`);
    const pushed = page.locator('ul.list > li', { hasText: 'user_add_org' });
    await pushed.locator('summary').first().click();
    const shown = await pushed.textContent();
    assert.match(shown, /返回内容的msg_signature不匹配（900005）/);
    assert.match(shown, /POST http:\S+\/push\?signature=[0-9a-f]{40}&msg_signature=[0-9a-f]{40}&timestamp=\d+&nonce=\w+\s/);
    assert.match(shown, /\{"encrypt":"[A-Za-z0-9+/=]+"\}/);
    assert.match(shown, /"EventType":"user_add_org"/);
    assert.match(shown, /将于.*重试/);
    await pushed.locator('summary', { hasText: '请求' }).click();
    await fits();
    await receiver.close();
  });

  test('an app that is connected by Stream can choose it', async () => {
    const { clientSecret } = seed.apps.at(-1);
    const { endpoint, ticket } = (await sim.call('POST', '/v1.0/gateway/connections/open', {
      clientId, clientSecret, subscriptions: [{ type: 'EVENT', topic: '*' }], ua: 'test', localIp: '127.0.0.1',
    })).json;
    await page.goto('about:blank');
    const other = await browser.newPage();
    await other.evaluate((url) => new Promise((resolve, reject) => {
      window.socket = new WebSocket(url);
      window.socket.onopen = resolve;
      window.socket.onerror = () => reject(new Error('no connection'));
    }), `${endpoint}?ticket=${ticket}`);
    await go(`/apps/${clientId}/events`);
    await page.getByLabel('How events are delivered').selectOption('stream');
    await click('Save');
    assert.equal(await note(), 'Saved.');
    assert.equal((await sim.call('GET', `/sim/api/apps/${clientId}/subscription`)).json.mode, 'stream');
    await other.close();
  });

  test('work notices, robot messages and to-dos are shown to the person and to the app', async () => {
    const app = seed.apps[0];
    const access = (await sim.call('GET', `/gettoken?appkey=${app.clientId}&appsecret=${app.clientSecret}`)).json.access_token;
    const notice = (content) => sim.call('POST', `/topapi/message/corpconversation/asyncsend_v2?access_token=${access}`, {
      agent_id: app.agentId, userid_list: 'wangfang,nobody', msg: { msgtype: 'text', text: { content } },
    });
    const call = (where, body) => fetch(sim.url + where, {
      method: 'POST', body: JSON.stringify(body), headers: { 'content-type': 'application/json', 'x-acs-dingtalk-access-token': access },
    });
    assert.equal((await notice('Please decide <b>today</b>')).json.errcode, 0);
    await notice('Please decide <b>today</b>');
    await call('/v1.0/robot/oToMessages/batchSend', {
      robotCode: app.clientId, userIds: ['wangfang'], msgKey: 'sampleMarkdown', msgParam: JSON.stringify({ title: 'Reminder', text: 'Two wait' }),
    });
    await call('/v1.0/todo/users/uwangfang/tasks', { sourceId: 'page', subject: 'Look at it', executorIds: ['ulihua'], dueTime: 1800000000000,
      detailUrl: { appUrl: 'https://example.com/a', pcUrl: 'https://example.com/a' } });
    await call('/v1.0/todo/users/uwangfang/tasks', { subject: 'My own', detailUrl: { appUrl: 'https://example.com/a', pcUrl: 'https://example.com/a' } });
    await go('/messages?user=wangfang');
    const main = () => page.locator('main').textContent();
    assert.match(await main(), /Robot.*Reminder.*Two wait.*the same again on one day.*Please decide <b>today<\/b>/s);
    await page.locator('.tabs').getByText('To-dos').click();
    assert.match(await main(), /Look at it.*open.*李华.*due 2027-01-15/s);
    const card = (subject) => page.locator('.card', { hasText: subject });
    assert.equal(await card('Look at it').getByRole('button').count(), 0, "it is another's to do");
    await press(card('My own').getByRole('button', { name: 'Done', exact: true }));
    assert.match(await card('My own').textContent(), /done/);
    await go('/todos?user=lihua');
    await press(card('Look at it').getByRole('button', { name: 'Done', exact: true }));
    assert.match(await card('Look at it').textContent(), /李华: done/);
    const todo = async () => (await sim.call('GET', '/sim/api/todos?user=lihua')).json.items[0];
    assert.equal((await todo()).done, true);
    await press(card('Look at it').getByRole('button', { name: 'Not done yet' }));
    assert.equal((await todo()).done, false);
    await go(`/apps/${app.clientId}/messages`);
    assert.match(await main(), /Reminder.*1 delivered.*1 not delivered.*nobody.*1 delivered.*nobody.*Look at it/s);
  });

  test('somebody who left is still called by name', async () => {
    await sim.call('POST', '/sim/api/people', { userid: 'gone', name: 'Gone', departments: [2] });
    const where = await file(words.en, 'gone', 'soon');
    await sim.call('DELETE', '/sim/api/people/gone');
    await go(`${where}?lang=zh`);
    assert.match(await page.locator('ol.time').textContent(), /Gone（已离职）/);
    await go(`${where}?lang=en&user=wangfang`);
    assert.match(await page.locator('ol.time').textContent(), /Gone \(left\)/);
    await click('Refuse');
  });

  test('a form is designed, published, used, disabled', async () => {
    await go('/forms');
    await press(page.getByText('Create Approval Form'));
    await page.getByLabel('Form name').fill('Travel');
    await page.getByLabel('Title').fill('Why');
    await click('Add a control');
    await page.getByLabel('Title').nth(1).fill('How');
    await page.getByLabel('Control').nth(1).selectOption('DDSelectField');
    await page.locator('[name=s0_p0]').fill('zhaolei');
    await click('Publish');
    assert.match(await note(), /needs options/);
    await page.locator('summary').nth(1).click();
    await page.locator('[name=c1_options]').fill('Train\nPlane');
    await click('Publish');
    assert.equal(await note(), 'Saved.');
    await go('/new?user=lihua');
    await press(page.getByText('Travel'));
    await page.getByLabel('Why').fill('A fair');
    await page.getByLabel('How').selectOption('Plane');
    await click('Submit');
    await pick(words.en, 'zhaolei');
    await click('Agree');
    assert.equal(await state(), 'approved');
    await go('/forms');
    await press(page.locator('li', { hasText: 'Travel' }).getByRole('button', { name: 'Disable' }));
    await go('/new?user=lihua');
    assert.equal(await page.getByText('Travel').count(), 0);
  });

  test('a published form is changed and keeps its code', async () => {
    await go(`/forms/edit?code=${code}`);
    await page.locator('[name=c0_placeholder]').fill('Because');
    await page.locator('[name=m0]').fill('孙昊');
    await click('Publish');
    assert.equal(await note(), 'Saved.');
    assert.match(await page.locator('main').textContent(), new RegExp(code));
    await go(`/new?user=lihua&code=${code}`);
    assert.equal(await page.getByLabel('卸载原因').getAttribute('placeholder'), 'Because');
  });

  test('a department and a person come, move and go', async () => {
    await go('/org');
    await unfold('Add a department');
    await page.getByLabel('Department name').first().fill('Night shift');
    await click('Add the department');
    await press(page.getByText('Night shift'));
    await unfold('Add a person');
    await page.locator('[name=name]').fill('Ann');
    await page.getByLabel('User ID').fill('ann');
    await click('Add the person');
    await press(page.locator('ul.list').getByText('Ann', { exact: true }));
    await page.locator('[name=d0]').fill('研发部 (2)');
    await click('Save');
    assert.equal(await note(), 'Saved.');
    const ann = async () => (await sim.call('GET', '/sim/api/people')).json.items.find((p) => p.userid === 'ann');
    assert.deepEqual((await ann()).departments, [2]);
    await unfold('Leaves the organisation');
    await click('Confirm the leave');
    assert.equal(await ann(), undefined);
    await go('/org');
    await press(page.getByText('Night shift'));
    await unfold('Edit, move or remove');
    await click('Remove');
    assert.equal(await page.getByText('Night shift').count(), 0);
  });

  test('a fault is added, takes the calls, is removed; a wrong one is refused in both languages', async () => {
    const app = seed.apps[0];
    const token = () => sim.call('GET', `/gettoken?appkey=${app.clientId}&appsecret=${app.clientSecret}`);
    await go('/faults');
    assert.equal(await page.locator('input[type=radio]').count(), 19);
    await page.getByText('Bad gateway').click();
    await page.locator('[name=path]').fill('/get{token');
    await click('Add the fault');
    assert.match(await note(), /'\{' in the rule has no '\}'/);
    assert.ok(await page.locator('[value=badGateway]').isChecked());
    await page.goto(`${page.url().split('?')[0]}?lang=zh`);
    await page.getByText('网关错误').click();
    await page.locator('[name=path]').fill('/get{token');
    await click('添加故障');
    assert.match(await note(), /^路径：规则中的“\{”缺少对应的“\}”$/);
    await go('/faults');
    await page.getByText('Bad gateway').click();
    await page.locator('[name=path]').fill('/gettoken');
    await page.getByLabel('How many times').fill('2');
    await click('Add the fault');
    assert.equal((await token()).status, 502);
    await page.getByText('Dropped').click();
    await click('Add the fault');
    assert.match(await page.locator('ul.plain').textContent(), /Bad gateway.*1 of 2 times.*Dropped/s);
    await press(page.locator('ul.plain li').first().getByRole('button'));
    assert.equal((await token()).status, 200);
    assert.deepEqual((await sim.call('GET', '/sim/api/faults')).json.items.map((f) => f.kind), ['eventDrop']);
    await click('Remove all');
    assert.match(await page.locator('main').textContent(), /everything goes as it should/);
  });

  test('the clock goes forward as it is told', async () => {
    const ahead = async () => (await sim.call('GET', '/sim/api/clock')).json.aheadMs;
    const before = await ahead();
    await go('/clock');
    await click('+ 1 hour');
    assert.equal(await note(), 'Moved forward by 1 h.');
    await page.getByLabel('Or by').fill('90');
    await page.getByLabel('Unit').selectOption('min');
    await click('Move forward');
    assert.equal(await note(), 'Moved forward by 1 h 30 min.');
    assert.equal(await ahead() - before, 150 * 60000);
    await page.getByLabel('Or by').fill('4000');
    await page.getByLabel('Unit').selectOption('d');
    await click('Move forward');
    assert.match(await note(), /ten years/);
  });

  test("another site's page cannot decide, and no page fits a phone badly", async () => {
    const response = await fetch(`${sim.url}/apps`, {
      method: 'POST', headers: { origin: 'http://example.com', 'content-type': 'application/x-www-form-urlencoded' }, body: 'name=x', redirect: 'manual',
    });
    assert.equal(response.status, 403);
    await page.setViewportSize({ width: 360, height: 700 });
    for (const lang of ['en', 'zh'])
      for (const where of ['/', '/forms', `/forms/edit?code=${code}`, '/forms/edit', '/apps', app.where, `${app.where}/permissions`, `${app.where}/events`, '/org',
        '/org?dept=2', '/org/people/lihua', '/inbox?user=wangfang', '/submitted?user=lihua', '/new?user=lihua', '/messages?user=wangfang', '/todos?user=wangfang',
        `/apps/${seed.apps[0].clientId}/messages`, '/faults', '/clock']) {
        await go(`${where}${where.includes('?') ? '&' : '?'}lang=${lang}`);
        await fits();
      }
  });
});
