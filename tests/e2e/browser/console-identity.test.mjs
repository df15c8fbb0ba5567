// Identity > Identity Sources and Users, by clicking: an organisation read while somebody watches, a run that waits for a
// word, people and departments that are kept here, one by one and from a list.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { company, until } from '../stage.mjs';
import { Console, accessible, shot } from './console.mjs';

const nasty = '<img src=x onerror=alert(1)>"\'{{7*7}}';
const person = (i) => ({ userid: `p${i}`, unionid: `up${i}`, name: `员工${i}`, mobile: '13800000003', email: `p${i}@example.com`, title: '工程师', departments: [2 + (i % 3)] });
const seed = { ...company, people: [...company.people, ...Array.from({ length: 20 }, (_, i) => person(i)), { ...person(99), name: nasty }] };

describe('identity in the console', { concurrency: 1 }, () => {
  let console; let stage; let page;
  const go = (where) => console.go(page, `/console/identity/${where}`);
  const dialog = () => page.getByRole('dialog').last();
  const row = (text) => page.getByRole('row').filter({ hasText: text });

  before(async () => {
    console = await Console.open({ seed });
    stage = console.stage;
    page = await console.as('owner', '/console/identity/sources');
  });
  after(() => console?.close());

  test('a source is tested, disabled and enabled again; one that people came from is not deleted', async () => {
    await row('示例科技').getByText('Up to date').waitFor();
    await row('示例科技').getByRole('switch').click();
    await row('示例科技').getByText('Disabled').waitFor();
    await page.getByText('Nobody signs in through it any more.').waitFor();
    assert.equal((await stage.ask('GET', `identity-sources/${stage.source.id}`)).enabled, false);
    await row('示例科技').getByRole('switch').click();
    await row('示例科技').getByText('Enabled').waitFor();
    await page.getByRole('link', { name: '示例科技' }).click();
    await page.getByText(/auth\/dingtalk\/.*\/return/).waitFor();
    await page.getByRole('button', { name: 'Test now' }).click();
    await page.getByRole('button', { name: 'Test again' }).waitFor();
    await page.getByRole('img', { name: 'Fine' }).first().waitFor();
    await page.getByRole('button', { name: 'More' }).click();
    await page.getByRole('menuitem', { name: 'Delete…' }).click();
    await dialog().getByRole('button', { name: 'Delete' }).click();
    await dialog().getByRole('alert').filter({ hasText: 'This cannot be done now' }).waitFor();
    await dialog().getByRole('button', { name: 'Cancel' }).click();
    await page.getByRole('button', { name: 'Edit' }).click();
    await dialog().getByRole('spinbutton').fill('6');
    await dialog().getByRole('button', { name: 'Save' }).click();
    await page.getByText('6 h, and what events name within seconds').waitFor();
    // Somebody else is faster, and the page behind shows it already: that is not saved over, and what was typed stays.
    const { id, name, departments } = (await stage.ask('GET', 'identity-sources')).items.find((one) => one.type === 'dingtalk');
    await page.getByRole('button', { name: 'Edit' }).click();
    await dialog().getByRole('textbox', { name: 'Name' }).fill('总部');
    await stage.ask('PUT', `identity-sources/${id}`, { name, departments, cycle_hours: 8 });
    await page.getByText('8 h, and what events name within seconds').waitFor();
    await dialog().getByRole('button', { name: 'Save' }).click();
    await dialog().getByRole('alert').getByText('Somebody else changed this meanwhile').waitFor();
    await dialog().getByRole('button', { name: 'Load what is stored, keep what I typed' }).click();
    await until('what was stored is loaded', async () => await dialog().getByRole('spinbutton').inputValue() === '8');
    await dialog().getByRole('button', { name: 'Save' }).click();
    await page.getByRole('heading', { level: 1, name: '总部' }).waitFor();
    const now = await stage.ask('GET', `identity-sources/${id}`);
    assert.deepEqual([now.name, now.cycle_hours], ['总部', 8]);
  });

  test('a run that would mark many as left waits: who it is about, refused, approved', async () => {
    for (let i = 0; i < 6; i += 1) await stage.simulate('DELETE', `people/p${i}`);
    await page.getByRole('button', { name: 'Sync now' }).click();
    await page.getByText('6 of 25 people would be marked as left').waitFor();
    await page.getByRole('link', { name: 'Who it is about' }).click();
    await row('员工0').getByText('Left').waitFor();
    await page.getByRole('button', { name: 'Refuse…' }).click();
    await dialog().getByRole('button', { name: 'Refuse' }).click();
    await page.getByText('6 of 25 people would be marked as left').waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'Sync now' }).click();
    await page.getByText('6 of 25 people would be marked as left').waitFor();
    await accessible(page, 'a run that waits');
    await shot(page, 'identity-waiting-en');
    await page.getByRole('button', { name: 'Let it do so…' }).click();
    await dialog().getByRole('button', { name: 'Let it do so' }).click();
    await page.getByText('6 of 25 people would be marked as left').waitFor({ state: 'detached' });
    await stage.walked();
    await go('users?state=departed');
    await row('员工0').getByText('Departed').waitFor();
  });

  test('a local source: made, filled from a list whose errors are shown line by line, its departments edited', async () => {
    await go('sources?panel=create');
    await dialog().getByRole('radio', { name: 'A list kept here' }).check();
    await dialog().getByRole('button', { name: 'Add', exact: true }).click();
    await dialog().getByText('Please give it a name.').waitFor();
    await dialog().getByRole('textbox', { name: 'Name' }).fill('外包人员');
    await dialog().getByRole('button', { name: 'Add', exact: true }).click();
    await page.getByRole('heading', { level: 1, name: '外包人员' }).waitFor();
    await page.getByRole('button', { name: 'Import people…' }).click();
    await dialog().getByRole('textbox', { name: 'Or paste the list here' }).fill(`name,external_id,email,departments,colour\n张三,E-1,zhang@example.com,总部/研发,red\n王五,E-2,nothing,总部,blue\n${nasty.replaceAll('"', '')},E-3,,总部,`);
    await dialog().getByRole('button', { name: 'Show what it would do' }).click();
    await dialog().getByText('1 lines are refused').waitFor();
    await dialog().getByText('Columns that are not known, and ignored: colour').waitFor();
    await dialog().getByRole('row').filter({ hasText: '王五' }).getByText('Refused').waitFor();
    assert.ok(await dialog().getByRole('button', { name: 'Import', exact: true }).isDisabled());
    await accessible(page, 'an import');
    await shot(page, 'identity-import-en');
    await dialog().getByRole('checkbox', { name: 'Leave the refused lines out' }).check();
    await dialog().getByRole('button', { name: 'Import', exact: true }).click();
    await page.getByRole('link', { name: 'People (2)' }).waitFor();
    await page.getByRole('button', { name: 'Add a department' }).click();
    await dialog().getByRole('textbox', { name: 'Name' }).fill('a/b');
    await dialog().getByRole('button', { name: 'Add' }).click();
    await dialog().getByText('A name has no / and no |.').waitFor();
    await dialog().getByRole('textbox', { name: 'Name' }).fill('上海');
    await dialog().getByRole('button', { name: 'Add' }).click();
    await page.getByRole('button', { name: '上海', exact: true }).waitFor();
    for (const [name, refused] of [['总部', true], ['上海', false]]) {
      await page.getByRole('button', { name: `What to do with ${name}` }).click();
      await page.getByRole('menuitem', { name: 'Remove…' }).filter({ visible: true }).click();
      await dialog().getByRole('button', { name: 'Remove' }).click();
      if (refused) {
        await dialog().getByRole('alert').filter({ hasText: 'This cannot be done now' }).waitFor();
        await dialog().getByRole('button', { name: 'Cancel' }).click();
      }
    }
    await page.getByRole('button', { name: '上海', exact: true }).waitFor({ state: 'detached' });
  });

  test('people: found, added, changed, given a link, gone and back', async () => {
    await go('users');
    await page.getByRole('textbox', { name: 'Search' }).fill('张三');
    await page.waitForURL(/search=/);
    await page.getByRole('link', { name: '张三' }).click();
    await page.getByRole('heading', { level: 1, name: '张三' }).waitFor();
    await page.getByText('everybody is in the scope').waitFor();
    await page.getByRole('button', { name: 'Edit' }).click();
    await dialog().getByRole('textbox', { name: 'Email address' }).fill('wrong');
    await dialog().getByRole('button', { name: 'Save' }).click();
    await dialog().getByText('This is no email address.').waitFor();
    await dialog().getByRole('textbox', { name: 'Email address' }).fill('san@example.com');
    await dialog().getByRole('button', { name: 'Save' }).click();
    await page.getByText('san@example.com').waitFor();
    const san = (await stage.ask('GET', `users?search=${encodeURIComponent('张三')}`)).items[0];
    await page.getByRole('button', { name: 'Edit' }).click();
    await dialog().getByRole('textbox', { name: 'Telephone' }).fill('021-5550');
    await stage.ask('PUT', `users/${san.id}`, { name: '张三', external_id: 'E-1', email: 'san@example.com', telephone: '', title: '组长', departments: san.departments.map((one) => one.id) });
    await page.getByText('组长').first().waitFor();
    await dialog().getByRole('button', { name: 'Save' }).click();
    await dialog().getByRole('button', { name: 'Load what is stored, keep what I typed' }).click();
    await until('what was stored is loaded', async () => await dialog().getByRole('textbox', { name: 'Title' }).inputValue() === '组长');
    await dialog().getByRole('button', { name: 'Save' }).click();
    await page.getByText('021-5550').waitFor();
    const changed = await stage.ask('GET', `users/${san.id}`);
    assert.deepEqual([changed.title, changed.telephone], ['组长', '021-5550']);
    await page.getByRole('button', { name: 'More' }).click();
    await page.getByRole('menuitem', { name: 'Password link…' }).click();
    await dialog().getByRole('button', { name: 'Make the link' }).click();
    await dialog().getByText(/\/auth\/password/).waitFor();
    await dialog().getByRole('button', { name: 'Done' }).click();
    await page.getByRole('button', { name: 'More' }).click();
    await page.getByRole('menuitem', { name: 'Has left…' }).click();
    await page.getByRole('button', { name: 'Mark as left' }).click();
    await page.getByRole('button', { name: 'Bring back' }).click();
    await page.getByRole('button', { name: 'Edit' }).waitFor();
    await go('users?panel=create');
    await dialog().getByRole('textbox', { name: 'Name' }).fill('赵六');
    await dialog().getByRole('textbox', { name: 'Employee number' }).fill('E-1');
    await dialog().getByRole('button', { name: 'Add' }).click();
    await dialog().getByRole('alert').filter({ hasText: 'This cannot be done now' }).waitFor();
    await dialog().getByRole('textbox', { name: 'Employee number' }).fill('E-9');
    await dialog().getByRole('button', { name: 'Add' }).click();
    await page.getByRole('link', { name: '赵六' }).waitFor();
    await page.getByRole('navigation', { name: 'Departments' }).getByRole('button', { name: '外包人员', exact: true }).click();
    await page.waitForURL(/source=/);
    assert.equal(await page.locator('img[src="x"]').count(), 0);
  });

  test('both languages, both themes, and on a phone', async () => {
    const lihua = (await stage.ask('GET', 'users?search=lihua')).items[0];
    for (const [lang, dark, width, suffix] of [['en', false, 1280, ''], ['zh', true, 1280, '-dark'], ['zh', false, 390, '-phone']]) {
      const other = await console.as('owner', '/console/identity/sources', { lang, dark, width, height: 1000 });
      const look = async (where, wait, name) => {
        await console.go(other, `/console/identity/${where}`);
        await wait.waitFor();
        await shot(other, `identity-${name}-${lang}${suffix}`);
        await accessible(other, `${name} ${lang}${suffix}`);
      };
      await look('sources', other.getByRole('link', { name: '外包人员' }), 'sources');
      await look(`sources/${stage.source.id}`, other.getByText(/\/return$/), 'source');
      await look('users', other.getByRole('link', { name: '周敏' }), 'users');
      await look(`users/${lihua.id}`, other.getByRole('heading', { level: 1, name: '李华' }), 'user');
      await other.close();
    }
    console.quiet();
  });
});
