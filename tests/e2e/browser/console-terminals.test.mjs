// Terminal Management > Terminals and Enrolment Tokens, by clicking: what an administrator sees of devices, does with
// them, and is refused.
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { Device, company, until } from '../stage.mjs';
import { Console, accessible, shot } from './console.mjs';

const nasty = '<img src=x onerror=alert(1)>"\'{{7*7}}';
const person = (userid, name, ...departments) =>
  ({ userid, unionid: `u${userid}`, name, mobile: '13800000002', email: `${userid}@example.com`, title: '工程师', departments });
const seed = { ...company, people: [...company.people, person('xss', nasty, 2), person('longname', '欧阳娜娜·阿卜杜热合曼·艾尔肯江', 3), person('exempt', '孙悦', 4)] };
const desk = '财务部-台式机-前台接待区-01';

// Receipts are known by ids that begin with a time.
const uuid = () => {
  const at = Date.now().toString(16).padStart(12, '0');
  const rest = crypto.randomBytes(10).toString('hex');
  return `${at.slice(0, 8)}-${at.slice(8)}-7${rest.slice(0, 3)}-8${rest.slice(3, 6)}-${rest.slice(6, 18)}`;
};

async function poll(device, more = {}) {
  const answer = await device.agent('POST', 'sync', { counter: 0, view: device.tag, held: [], revoked: [], client_version: '0.1.0', wait_ms: 0, ...more });
  assert.equal(answer.status, 200, answer.text);
  return answer.json;
}

// Polls twice, so that the server knows which statement it has.
async function settled(device) {
  const { counter, basis } = JSON.parse(Buffer.from((await device.sync()).statement.split('.')[1], 'base64url'));
  device.has = { counter, basis };
  await poll(device, device.has);
}

describe('terminals in the console', { concurrency: 1 }, () => {
  let console; let stage; let page; const devices = {};
  const at = (name) => `/console/terminals/${devices[name].id}`;
  const row = (name) => page.getByRole('row').filter({ has: page.getByRole('link', { name, exact: true }) });
  const title = () => page.getByRole('heading', { level: 1 });
  const dialog = () => page.getByRole('dialog').last();
  const more = async (deed) => {
    await page.getByRole('button', { name: 'More' }).click();
    await page.getByRole('menuitem', { name: deed }).click();
  };
  const report = async (device, kind, text) => {
    const answer = await device.agent('POST', 'receipts', { receipts: [{ id: uuid(), kind, package: 'holdfast-client', at_ms: Date.now(), boot: 'b', text }] });
    assert.equal(answer.status, 200, answer.text);
  };

  before(async () => {
    console = await Console.open({ seed });
    stage = console.stage;
    const { version, ...policy } = await stage.ask('GET', 'policy');
    const exempt = (await stage.ask('GET', `users?search=${encodeURIComponent('孙悦')}`)).items[0];
    await stage.ask('PUT', 'policy', { ...policy, whitelist: [exempt.id] });
    for (const [name, userid] of [['laptop-1', 'lihua'], [desk, 'guqing'], [nasty, 'xss'], ['设计部笔记本', 'longname'], ['laptop-2', 'wangfang'], ['shared', 'lihua']])
      devices[name] = await stage.device(name, userid);
    await Promise.all(Object.values(devices).map(settled));
    page = await console.as('owner', '/console/terminals');
  });
  after(() => console?.close());

  test('the list: what each is, without a reload, and narrowed by what stands in the address', async () => {
    await row('laptop-1').getByText('Protected').waitFor();
    await row('laptop-1').getByText('客户端组').waitFor();
    await row(desk).getByRole('link', { name: '顾青' }).waitFor();
    // Names are texts, whatever is in them.
    await page.getByRole('link', { name: nasty }).first().waitFor();
    assert.equal(await page.locator('img[src="x"]').count(), 0);
    devices.newcomer = await stage.device('newcomer', 'exempt');
    await row('newcomer').getByText('Exempt').waitFor();
    await row('newcomer').getByText('whitelist').waitFor();
    await page.getByRole('button', { name: /^Online/ }).click();
    await page.waitForURL(/state=online/);
    await page.getByRole('button', { name: 'Clear', exact: true }).click();
    await page.getByRole('textbox', { name: 'Search' }).fill('LAPTOP');
    await page.waitForURL(/search=LAPTOP/);
    await until('only the laptops', async () => await page.getByRole('row').count() === 3);
    await page.getByRole('textbox', { name: 'Search' }).fill('nothing is called so');
    await page.getByText('No device fits these filters.').waitFor();
    await page.getByRole('button', { name: 'Clear filters' }).click();
    await page.getByRole('button', { name: 'Filters', exact: true }).click();
    await page.getByRole('combobox', { name: 'Department, with those below' }).fill('财务');
    await page.getByTitle('财务部', { exact: true }).click();
    await page.waitForURL(/department=/);
    await until('those of the department', async () => await page.getByRole('row').count() === 3);
    await console.go(page, '/console/terminals?covered=false');
    // It is in the department too: what was there before stays until the answer is.
    await row(desk).waitFor({ state: 'detached' });
    await row('newcomer').waitFor();
    assert.equal(await page.getByRole('row').count(), 2);
    await page.getByRole('button', { name: 'Export' }).click();
    const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name: /CSV/ }).click()]);
    assert.match(file.url(), /devices\/export\?covered=false&format=csv/);
    await console.go(page, '/console/terminals');
  });

  test('many at once, each for itself: what is refused is said of each', async () => {
    await row('laptop-2').getByRole('checkbox').click();
    await page.getByText('1 device selected').waitFor();
    await page.getByRole('button', { name: 'Report lost…' }).click();
    await dialog().getByText('Nothing can be filed on it until it is found.').waitFor();
    await dialog().getByRole('button', { name: 'Report lost' }).click();
    await dialog().getByText('Please write something here.').waitFor();
    await dialog().getByRole('textbox').fill('Left in a train');
    await dialog().getByRole('button', { name: 'Report lost' }).click();
    await row('laptop-2').getByText('Lost').waitFor();
    await row('laptop-2').getByRole('checkbox').click();
    await row(desk).getByRole('checkbox').click();
    const release = await page.getByRole('link', { name: 'Release…' }).getAttribute('href');
    assert.equal(new URL(release, console.url).searchParams.get('devices'), [devices['laptop-2'].id, devices[desk].id].join(','));
    await page.getByRole('button', { name: 'Report lost…' }).click();
    await dialog().getByRole('textbox').fill('The whole bag');
    await dialog().getByRole('button', { name: 'Report lost' }).click();
    await page.getByText('Refused: 1 device').waitFor();
    await page.getByText('This device is reported lost already.').waitFor();
    await dialog().getByRole('button', { name: 'Close' }).click();
    await page.getByText('1 device selected').waitFor();
    await page.getByRole('button', { name: 'Delete…' }).click();
    await dialog().getByRole('textbox').fill('Too early');
    await dialog().getByRole('button', { name: 'Delete' }).click();
    await page.getByText('This device is online, or was a moment ago').waitFor();
    await dialog().getByRole('button', { name: 'Close' }).click();
    await page.getByRole('button', { name: 'Clear selection' }).click();
  });

  test('one device with the keyboard: reported lost, found, unbound', async () => {
    await row('laptop-1').getByRole('link', { name: 'laptop-1' }).focus();
    await page.keyboard.press('Enter');
    await title().getByText('laptop-1').waitFor();
    await page.getByRole('button', { name: 'More' }).focus();
    await page.keyboard.press('Enter');
    await page.getByRole('menuitem', { name: 'Report lost…' }).waitFor();
    await until('the deed has the focus', async () => {
      if (await page.evaluate(() => document.activeElement?.textContent) === 'Report lost…') return true;
      await page.keyboard.press('ArrowDown');
      return false;
    });
    await page.keyboard.press('Enter');
    await until('the dialogue has it', () => page.evaluate(() => document.activeElement?.tagName === 'TEXTAREA'));
    await page.keyboard.type('遗失于地铁');
    await page.keyboard.press('Control+Enter');
    await title().getByText('Lost').waitFor();
    await page.getByText('It is reported lost').waitFor();
    await more('Found again…');
    await dialog().getByRole('textbox').fill('In the other bag');
    await dialog().getByRole('button', { name: 'Found again' }).click();
    await title().getByText('Online').waitFor();
    await more('Sign out…');
    await dialog().getByRole('button', { name: 'Sign out' }).click();
    await page.getByText('no: signed out').waitFor();
    await page.locator('#history').getByText('Reported lost').waitFor();
    await page.locator('#history').getByText('遗失于地铁').waitFor();
    // Somebody else was faster: the dialogue says so and keeps what was typed.
    await more('Unbind…');
    await dialog().getByText('without an approval').waitFor();
    await dialog().getByRole('textbox').fill('Given back');
    await page.route('**/unbind', async (route) => {
      await stage.ask('POST', `devices/${devices['laptop-1'].id}/lost`, { reason: 'at the same moment' });
      await route.continue();
    }, { times: 1 });
    await dialog().getByRole('button', { name: 'Unbind' }).click();
    await page.getByText('Somebody else changed this meanwhile').waitFor();
    assert.equal(await dialog().getByRole('textbox').inputValue(), 'Given back');
    await title().getByText('Lost').waitFor();
    await dialog().getByRole('button', { name: 'Unbind' }).click();
    await title().getByText('Unbound').waitFor();
    await page.getByText('It is nobody’s', { exact: true }).waitFor();
  });

  test('a change of owner that would end the protection waits for a word', async () => {
    await console.go(page, at('shared'));
    await title().getByText('Protected').waitFor();
    await devices.shared.enrol('exempt', { switch: '1' });
    await page.getByText('孙悦 took it over from 李华: does the protection follow?').waitFor();
    await page.getByRole('button', { name: 'Follow 孙悦, end the protection…' }).click();
    await dialog().getByRole('button', { name: 'Cancel' }).click();
    await page.getByRole('button', { name: 'Keep it protected…' }).click();
    await dialog().getByRole('textbox').fill('A shared desk');
    await dialog().getByRole('button', { name: 'Keep it protected' }).click();
    await page.getByText('It is protected as for 李华').waitFor();
    await title().getByText('Protected').waitFor();
  });

  test('a copied disk: what is known of it, and that somebody looked into it', async () => {
    const hardware = (name) => crypto.createHash('sha256').update(name).digest('base64url');
    for (const run of ['own', 'copy', 'own', 'copy']) await poll(devices['设计部笔记本'], { run, hardware: hardware(run) });
    await console.go(page, at('设计部笔记本'));
    await page.getByText('Its identity was alive on two machines at once').waitFor();
    await page.getByRole('button', { name: 'I looked into it' }).click();
    await page.getByText('Its identity was alive on two machines at once').waitFor({ state: 'detached' });
    assert.equal((await stage.ask('GET', `devices/${devices['设计部笔记本'].id}`)).cloned_ms, null);
    await page.getByText('One identity on two machines: settled').first().waitFor();
  });

  test('an alarm comes without a reload, and is acknowledged', async () => {
    await console.go(page, at('设计部笔记本'));
    const alarms = page.locator('#alarms');
    await alarms.getByText('Nothing is open.').waitFor();
    await report(devices['设计部笔记本'], 'weakened', `clock-back: ${nasty}`);
    await alarms.getByText('The clock was set back').waitFor();
    await alarms.getByText(nasty).waitFor();
    await alarms.getByRole('button', { name: 'Acknowledge' }).click();
    await dialog().getByRole('textbox').fill('Spoke with them');
    await dialog().getByRole('button', { name: 'Acknowledge' }).click();
    await alarms.getByText('Chen An has seen to it').waitFor();
    await report(devices['设计部笔记本'], 'recovered', 'clock-back');
    await alarms.getByText('1 closed').waitFor();
    assert.equal(await page.locator('img[src="x"]').count(), 0);
  });

  test('requests, and an offline code that is revealed once', async () => {
    const d = devices[desk];
    await stage.ask('POST', `devices/${d.id}/found`, { reason: 'It was there all along' });
    const filed = await d.file(nasty);
    const set = await until('a set of codes', async () => (await poll(d, { ...d.has, offline: '' })).offline);
    await poll(d, { ...d.has, offline: (typeof set === 'string' ? JSON.parse(set) : set).id });
    await console.go(page, at(desk));
    await page.getByRole('row').filter({ hasText: filed.number }).getByText(nasty).waitFor();
    const codes = page.locator('#offline-codes');
    await codes.getByText('Ready').first().waitFor();
    await codes.getByRole('button', { name: 'Reveal a code…' }).click();
    await dialog().getByRole('button', { name: 'Reveal the code' }).click();
    await dialog().getByText('Ask for the device code').waitFor();
    await dialog().getByText('Ask for the number').waitFor();
    await dialog().getByText('Please write why.').waitFor();
    const { device_code: code, codes: all } = await stage.ask('GET', `devices/${d.id}/offline-codes`);
    const other = (await stage.ask('GET', `devices/${devices.shared.id}/offline-codes`)).device_code;
    await dialog().getByRole('textbox', { name: /Device code/ }).fill(other);
    await dialog().getByRole('spinbutton').fill(String(all.find((one) => one.state === 'ready' && one.held_ms).index));
    await dialog().getByRole('textbox', { name: /Reason/ }).fill('Out at a customer’s');
    await dialog().getByRole('button', { name: 'Reveal the code' }).click();
    await dialog().getByRole('alert').filter({ hasText: 'This is not possible' }).waitFor();
    assert.equal(await dialog().getByRole('textbox', { name: /Reason/ }).inputValue(), 'Out at a customer’s');
    await dialog().getByRole('textbox', { name: /Device code/ }).fill(code.toLowerCase());
    await dialog().getByRole('button', { name: 'Reveal the code' }).click();
    await dialog().getByText(/^[0-9A-HJKMNP-TV-Z]{4}(-[0-9A-HJKMNP-TV-Z]{4}){4}$/).waitFor();
    await dialog().getByRole('timer').waitFor();
    await shot(page, 'terminals-offline-code-en');
    await accessible(page, 'an offline code');
    await dialog().getByRole('button', { name: 'Done' }).click();
    await codes.getByText('Revealed').waitFor();
    assert.equal((await stage.ask('GET', `devices/${d.id}/offline-codes`)).codes.filter((one) => one.state === 'revealed').length, 1);
    assert.equal(await page.getByText(/^[0-9A-HJKMNP-TV-Z]{4}(-[0-9A-HJKMNP-TV-Z]{4}){4}$/).count(), 0);
  });

  test('an enrolment token: made, shown once, used by a computer, revoked', async () => {
    await console.go(page, '/console/terminals/enrolment');
    await page.getByText('There is none.').waitFor();
    await page.getByRole('button', { name: 'Create a token' }).first().click();
    await dialog().getByRole('button', { name: 'Create the token' }).click();
    await dialog().getByText('Please give it a name.').waitFor();
    await dialog().getByText('Please choose who answers for the computers.').waitFor();
    await dialog().getByRole('textbox', { name: 'Name' }).fill('Servers in Hangzhou');
    await dialog().getByRole('combobox', { name: 'Responsible owner' }).fill('周敏');
    await page.getByTitle('周敏', { exact: true }).click();
    await dialog().getByRole('button', { name: 'Create the token' }).click();
    await dialog().getByText('This is the only time that it is shown.', { exact: false }).waitFor();
    const token = await dialog().locator('code').first().textContent();
    await dialog().getByText('sudo holdfast login --token-file -').waitFor();
    await shot(page, 'terminals-token-en');
    await accessible(page, 'a token');
    await dialog().getByRole('button', { name: 'I have kept it' }).click();
    await page.getByRole('row').filter({ hasText: 'Servers in Hangzhou' }).getByText('0 of 10').waitFor();
    const server = new Device(stage, 'mail-gateway');
    await server.asks({ enrolment_token: token });
    assert.equal((await server.polls()).status, 200);
    await page.getByRole('row').filter({ hasText: 'Servers in Hangzhou' }).getByText('1 of 10').waitFor();
    await page.getByRole('link', { name: 'Servers in Hangzhou' }).click();
    await dialog().getByRole('link', { name: 'mail-gateway' }).waitFor();
    await dialog().getByRole('button', { name: 'Revoke…' }).click();
    await page.getByRole('dialog', { name: /^Revoke/ }).getByRole('button', { name: 'Revoke' }).click();
    await page.getByText('Revoked', { exact: true }).first().waitFor();
    const late = await new Device(stage, 'too-late').asks({ enrolment_token: token }).then((one) => one.polls(), () => ({ status: 400 }));
    assert.equal(late.status, 400);
  });

  test('who may only read is offered nothing, and an approver is not shown what is not for them', async () => {
    const auditor = await console.as('auditor', at('shared'));
    await auditor.getByRole('heading', { level: 1 }).getByText('shared').waitFor();
    assert.equal(await auditor.getByRole('button', { name: 'More' }).count(), 0);
    assert.equal(await auditor.getByRole('link', { name: 'Release…' }).count(), 0);
    await auditor.close();
    const approver = await console.as('approver', at('shared'));
    await approver.getByRole('heading', { level: 1 }).getByText('shared').waitFor();
    await approver.locator('#history').getByText('In use').waitFor();
    assert.equal(await approver.locator('#alarms').count(), 0);
    await console.go(approver, '/console/terminals/01a20000-0000-7000-8000-000000000000');
    await approver.getByText('There is no device with this id.').waitFor();
    await approver.close();
  });

  test('both languages, both themes, and on a phone', async () => {
    for (const [lang, dark, width, suffix] of [['en', false, 1280, ''], ['zh', true, 1280, '-dark'], ['zh', false, 390, '-phone']]) {
      const other = await console.as('owner', '/console/terminals', { lang, dark, width, height: 1000 });
      await other.getByRole('link', { name: 'laptop-2' }).waitFor();
      await shot(other, `terminals-list-${lang}${suffix}`);
      await accessible(other, `list ${lang}${suffix}`);
      await console.go(other, at('shared'));
      await other.locator('#history').getByText(lang === 'zh' ? '设备注册' : 'Device enrolled', { exact: true }).waitFor();
      await shot(other, `terminals-detail-${lang}${suffix}`);
      await accessible(other, `detail ${lang}${suffix}`);
      await console.go(other, '/console/terminals/enrolment');
      await other.getByRole('link', { name: 'Servers in Hangzhou' }).waitFor();
      await shot(other, `terminals-enrolment-${lang}${suffix}`);
      await accessible(other, `tokens ${lang}${suffix}`);
      await other.close();
    }
    console.quiet();
  });
});
