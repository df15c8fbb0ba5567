// The connection test of a workflow, with each problem really made in dingsim: in its developer console, its OA admin
// console, or by DingTalk's own calls.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { chmodSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, afterEach, before, describe, test } from 'node:test';

import { Stage, build, call, client, corp, forms, until } from './stage.mjs';

let stage;

const run = async () => {
  const asked = await stage.ask('POST', `workflows/${stage.workflow.id}/doctor`, {});
  assert.equal(asked.running, true);
  return stage.tested();
};
const ids = (doctor, form) => doctor.findings.filter((f) => form === undefined || f.form === form).map((f) => f.id);
// Found, worded in both languages, and with a remedy when there is something to do.
const finding = (doctor, id, form) => {
  const found = doctor.findings.find((f) => f.id === id && (form === undefined || f.form === form));
  assert.ok(found, `${id} is among ${JSON.stringify(doctor.findings.map((f) => `${f.id} ${f.subject} ${f.detail}`))}`);
  for (const language of ['en', 'zh']) {
    assert.ok(found.what[language].length > 0);
    assert.equal(found.remedy[language] === '', found.severity === 'ok');
    assert.doesNotMatch(found.what[language] + found.remedy[language], /\{(subject|detail)\}/);
  }
  return found;
};
const page = async (where, form) => {
  const answer = await call('POST', `${stage.sim.url}${where}`, { form });
  assert.equal(answer.status, 303, answer.text.slice(0, 300));
};
// As on the page Permission Management: everything is on but these.
const permissions = async (...off) => {
  const { text } = await call('GET', `${stage.sim.url}/apps/${client.id}/permissions`);
  const scopes = [...text.matchAll(/type="checkbox" name="([^"]+)"/g)].map((m) => m[1]).filter((s) => !off.includes(s));
  await page(`/apps/${client.id}/permissions`,
    { do: 'request', departments: '1', ...Object.fromEntries(scopes.map((s) => [s, 'on'])) });
};
// As an app changes a form in DingTalk.
const change = async (label, more = {}) => {
  const token = (await call('POST', `${stage.sim.url}/v1.0/oauth2/accessToken`, { body: { appKey: client.id, appSecret: client.secret } })).json.accessToken;
  const answer = await call('POST', `${stage.sim.url}/v1.0/workflow/forms`, {
    headers: { 'x-acs-dingtalk-access-token': token },
    body: { processCode: forms.main, name: '终端卸载审批', formComponents: [
      { componentType: more.type ?? 'TextareaField', props: { componentId: 'TextareaField_reason', label, required: true } },
      ...(more.components ?? [])], templateConfig: { disableStopProcessButton: more.stay ?? false } } });
  assert.equal(answer.status, 200, answer.text);
};

describe('a workflow is tested', () => {
  before(async () => { stage = await Stage.open(); });
  after(async () => { await stage?.close(); });
  afterEach(async () => { await permissions(); });

  test('when it is saved, by itself, and a change of the app tests it again', async () => {
    const saved = await stage.ask('GET', `workflows/${stage.workflow.id}`);
    assert.equal(saved.state, 'attention');
    assert.ok(saved.checked_ms > 0);
    await stage.ask('PATCH', `dingtalk-apps/${stage.app.id}`, { agent_id: 100001 });
    const again = await stage.tested();
    assert.ok(again.checked_ms > saved.checked_ms);
  });

  test('everything that is well is said to be', async () => {
    const doctor = await run();
    for (const id of ['credentials-ok', 'clock-ok', 'callback-ok', 'permission-ok', 'form-ok', 'mapping-ok', 'initiate-ok'])
      assert.equal(finding(doctor, id).severity, 'ok');
    assert.equal(finding(doctor, 'permission-unchecked').severity, 'unknown');
    for (const name of ['Workflow Instance Write 工作流实例写权限', 'Workflow Instance Read 工作流实例读权限', 'Workflow Template Read 工作流模板读权限',
      'Workflow Template Write 工作流模板写权限', 'Approval Flow Data Management 审批流数据管理权限'])
      assert.ok(doctor.findings.some((f) => f.severity === 'ok' && f.subject.startsWith(name)), name);
    assert.ok(!ids(doctor).includes('permission-missing'));
  });

  test('a form that agrees by itself, and one whose only approver is the applicant', async () => {
    const doctor = await run();
    assert.equal(finding(doctor, 'approver-none', forms.automatic).subject, '顾青');
    assert.equal(finding(doctor, 'approver-none', forms.main).subject, '王芳');
    assert.equal(doctor.state, 'attention');
  });

  test('an address that DingTalk cannot reach is called so, and the secret of the address stays one', async () => {
    const doctor = await run();
    assert.match(finding(doctor, 'callback-private').subject, /^http:\/\/127\.0\.0\.1:\d+\/callback\/dingtalk\/[0-9a-f-]+\/…$/);
    assert.ok(!JSON.stringify(doctor).includes(stage.app.request_url.split('/').pop()));
  });

  test('a form of which no event came, until one comes', async () => {
    assert.match(finding(await run(), 'events-none', forms.main).subject, new RegExp(`processCode/${forms.main}/type/\\*$`));
    // Filed by hand in DingTalk: none of our requests.
    const token = (await call('POST', `${stage.sim.url}/v1.0/oauth2/accessToken`, { body: { appKey: client.id, appSecret: client.secret } })).json.accessToken;
    const made = await call('POST', `${stage.sim.url}/v1.0/workflow/processInstances`, { headers: { 'x-acs-dingtalk-access-token': token },
      body: { originatorUserId: 'lihua', deptId: 3, processCode: forms.main, formComponentValues: [{ name: '卸载原因', value: '手动' }] } });
    assert.equal(made.status, 200, made.text);
    await stage.simulate('GET', `instances/${made.json.instanceId}`);
    for (let i = 0; i < 100 && (await stage.simulate('GET', 'pushes')).items.some((p) => p.state === 'pending'); i += 1)
      await new Promise((resolve) => { setTimeout(resolve, 50); });
    finding(await run(), 'events-seen', forms.main);
  });

  for (const [scope, name] of [['Workflow.Instance.Write', 'Workflow Instance Write 工作流实例写权限'], ['Workflow.Instance.Read', 'Workflow Instance Read 工作流实例读权限'],
    ['qyapi_get_department_list', 'Read departments 通讯录部门信息读权限'], ['qyapi_get_department_member', "Read a department's members 通讯录部门成员读权限"],
    ['qyapi_get_member', 'Read a member 成员信息读权限']]) {
    test(`without ${scope}`, async () => {
      await permissions(scope);
      const doctor = await run();
      const missing = doctor.findings.filter((f) => f.id === 'permission-missing');
      assert.deepEqual(missing.map((f) => f.subject), [`${name} (${scope})`]);
      assert.match(missing[0].detail, new RegExp(scope.replaceAll('.', '\\.')));
      assert.equal(doctor.state, 'broken');
    });
  }

  test('without the right to read forms, which requests do without', async () => {
    await permissions('Workflow.Form.Read');
    const doctor = await run();
    assert.match(finding(doctor, 'permission-wanted').subject, /^Workflow Template Read 工作流模板读权限/);
    finding(doctor, 'form-unread');
    assert.equal(doctor.state, 'attention');
  });

  test('an app that sees a part of the organisation', async () => {
    await page(`/apps/${client.id}/permissions`, { do: 'request', departments: '2' });
    await permissions();
    const { text } = await call('GET', `${stage.sim.url}/apps/${client.id}/permissions`);
    const scopes = [...text.matchAll(/type="checkbox" name="([^"]+)"/g)].map((m) => [m[1], 'on']);
    await page(`/apps/${client.id}/permissions`, { do: 'request', departments: '2', ...Object.fromEntries(scopes) });
    const doctor = await run();
    finding(doctor, 'contacts-limited');
    assert.ok(!ids(doctor).includes('permission-missing'));
  });

  test('an address that is not on the list, said once', async () => {
    await page(`/apps/${client.id}/security`, { redirects: stage.app.redirect_url, ips: '203.0.113.7' });
    const doctor = await run();
    assert.match(finding(doctor, 'address-refused').detail, /request ip=127\.0\.0\.1/);
    assert.equal(ids(doctor).filter((id) => id === 'address-refused').length, 1);
    assert.equal(doctor.state, 'broken');
    await page(`/apps/${client.id}/security`, { redirects: stage.app.redirect_url, ips: '203.0.113.7\n127.0.0.1' });
    assert.ok(!ids(await run()).includes('address-refused'));
  });

  test('a wrong secret, and the right one again', async () => {
    await stage.ask('PATCH', `dingtalk-apps/${stage.app.id}`, { client_secret: 'wrong'.repeat(8) });
    const doctor = await stage.tested();
    finding(doctor, 'credentials-refused');
    assert.equal(doctor.state, 'broken');
    assert.ok(!JSON.stringify(doctor).includes('wrongwrong'));
    await stage.ask('PATCH', `dingtalk-apps/${stage.app.id}`, { client_secret: client.secret });
    finding(await stage.tested(), 'credentials-ok');
  });

  test('the CorpId of another organisation, and the right one again', async () => {
    await stage.ask('PATCH', `dingtalk-apps/${stage.app.id}`, { corp_id: 'dingsomebodyelse' });
    const doctor = await stage.tested();
    finding(doctor, 'credentials-ok');
    const other = finding(doctor, 'organisation-other');
    assert.equal(other.subject, 'dingsomebodyelse');
    assert.match(other.remedy.en, /Settings > DingTalk Link/);
    assert.equal(doctor.state, 'attention');
    const tried = await stage.ask('POST', 'dingtalk-forms', { corp_id: 'dingsomebodyelse', client_id: client.id, client_secret: client.secret });
    assert.equal(tried.other_organisation, true);
    assert.ok(tried.forms.length > 0);
    const malformed = await stage.admin('PATCH', `dingtalk-apps/${stage.app.id}`, { corp_id: 'nobody' });
    assert.equal(malformed.status, 400, malformed.text);
    await stage.ask('PATCH', `dingtalk-apps/${stage.app.id}`, { corp_id: corp });
    assert.equal(finding(await stage.tested(), 'organisation-ok').subject, corp);
    assert.equal((await stage.ask('POST', 'dingtalk-forms', { corp_id: corp, client_id: client.id, client_secret: client.secret })).other_organisation, false);
  });

  test('a form that is disabled', async () => {
    await page('/forms', { do: 'disable', code: forms.main });
    const doctor = await run();
    assert.equal(finding(doctor, 'form-unpublished', forms.main).detail, 'INVALID');
    assert.equal(doctor.state, 'broken');
    await page('/forms', { do: 'enable', code: forms.main });
    finding(await run(), 'form-ok', forms.main);
  });

  test('a control that was renamed is known by its id', async () => {
    await change('申请理由');
    const doctor = await run();
    const renamed = finding(doctor, 'control-renamed', forms.main);
    assert.deepEqual([renamed.subject, renamed.detail], ['卸载原因', '申请理由']);
    assert.equal(doctor.state, 'broken');
    await change('卸载原因');
    finding(await run(), 'mapping-ok', forms.main);
  });

  test('a control of the wrong type, one with a single line, and one that is demanded and not mapped', async () => {
    await change('卸载原因', { type: 'NumberField' });
    assert.match(finding(await run(), 'control-type', forms.main).detail, /NumberField/);
    await change('卸载原因', { type: 'TextField' });
    assert.equal(finding(await run(), 'control-short', forms.main).severity, 'attention');
    await change('卸载原因', { components: [{ componentType: 'TextField', props: { componentId: 'c2', label: '部门', required: true } }] });
    assert.equal(finding(await run(), 'control-required', forms.main).subject, '部门');
    await change('卸载原因');
  });

  test('a form whose approvers the initiator chooses', async () => {
    const made = await call('POST', `${stage.sim.url}/v1.0/workflow/forms`, {
      headers: { 'x-acs-dingtalk-access-token': (await call('POST', `${stage.sim.url}/v1.0/oauth2/accessToken`, { body: { appKey: client.id, appSecret: client.secret } })).json.accessToken },
      body: { name: '自选', formComponents: [{ componentType: 'TextareaField', props: { label: '卸载原因', required: true } }] } });
    const code = made.json.result.processCode;
    const chosen = await stage.ask('POST', 'workflows', { name: '自选', type: 'dingtalk', app: stage.app.id,
      forms: [{ template: 'app_uninstall', process_code: code, groups: [], fields: [{ system: 'reason', component: '卸载原因' }] }] });
    const doctor = await stage.tested(chosen.id);
    assert.equal(doctor.state, 'broken');
    finding(doctor, 'approver-chosen', code);
    const { version: _, ...policy } = await stage.ask('GET', 'policy');
    const refused = await stage.admin('PUT', 'policy', { ...policy, filing: { allowed: true, workflow: chosen.id } });
    assert.equal(refused.status, 422, refused.text);
    assert.match(refused.json.detail, /自选 is broken/);
    await stage.admin('DELETE', `workflows/${chosen.id}`);
    assert.equal((await stage.admin('GET', `workflows/${chosen.id}/doctor`)).status, 404);
  });

  test('a process code that is nobody\'s: saved all the same', async () => {
    const typo = await stage.ask('POST', 'workflows', { name: '笔误', type: 'dingtalk', app: stage.app.id,
      forms: [{ template: 'app_uninstall', process_code: 'PROC-TYPO', groups: [], fields: [{ system: 'reason', component: '卸载原因' }] }] });
    assert.equal(typo.state, 'attention');
    const doctor = await stage.tested(typo.id);
    finding(doctor, 'form-missing', 'PROC-TYPO');
    assert.equal(doctor.state, 'broken');
    await stage.admin('DELETE', `workflows/${typo.id}`);
  });

  test('DingTalk that cannot be reached is no fault of what was entered', async () => {
    await stage.proxy.down();
    const doctor = await run();
    finding(doctor, 'unreachable');
    assert.equal(doctor.state, 'attention');
    await stage.proxy.up();
    assert.ok(!ids(await run()).includes('unreachable'));
  });

  test('the month\'s calls used up', async () => {
    await stage.simulate('POST', 'faults', { kind: 'quota', path: '/v1.0/workflow/**' });
    const doctor = await run();
    finding(doctor, 'quota-used-up');
    assert.equal(doctor.state, 'attention');
    await call('DELETE', `${stage.sim.url}/sim/api/faults`);
    // Bought more: the figure is entered anew.
    await stage.ask('PUT', `dingtalk-organisations/${corp}`, { monthly_calls: 5000 });
    assert.match(finding(await run(), 'quota-ok').detail, /^\d+ \/ 5000$/);
  });

  test('forms and their controls can be picked', async () => {
    const { items } = await stage.ask('GET', `dingtalk-apps/${stage.app.id}/forms`);
    assert.ok(items.some((f) => f.process_code === forms.main && f.name === '终端卸载审批'));
    const form = await stage.ask('GET', `dingtalk-apps/${stage.app.id}/forms/${forms.main}`);
    assert.deepEqual(form, { process_code: forms.main, name: '终端卸载审批', status: 'PUBLISHED',
      controls: [{ id: 'TextareaField_reason', label: '卸载原因', type: 'TextareaField', required: true }] });
    const missing = await stage.admin('GET', `dingtalk-apps/${stage.app.id}/forms/PROC-TYPO`);
    assert.equal(missing.status, 422, missing.text);
    assert.match(missing.json.detail, /formNotExist/);
    await permissions('Workflow.Form.Read');
    const denied = await stage.admin('GET', `dingtalk-apps/${stage.app.id}/forms`);
    assert.equal(denied.status, 422, denied.text);
    assert.match(denied.json.detail, /Workflow\.Form\.Read/);
  });

  test('nobody but those who may change things asks for a test', async () => {
    assert.equal((await call('POST', `${stage.server.url}/api/v1/workflows/${stage.workflow.id}/doctor`, { body: {} })).status, 401);
    assert.equal((await stage.admin('POST', 'workflows/01900000-0000-7000-8000-000000000000/doctor', {})).status, 404);
  });

  test('a refusal at filing tests it, which goes on record; the policy keeps it', async () => {
    // Renamed long after the last test.
    await stage.simulate('POST', 'clock', { forwardMs: 0 });
    await run();
    const before = (await stage.ask('GET', `workflows/${stage.workflow.id}`)).checked_ms;
    await change('理由');
    const laptop = await stage.device('laptop-doctor');
    const filed = await laptop.file();
    await stage.until(filed.id, 'DingTalk refuses it', (i) => i.delivery.state === 'failed');
    // Asked for at once only when the last test is older than minutes; this one is asked by hand.
    const doctor = await run();
    assert.ok(doctor.checked_ms > before);
    finding(doctor, 'control-renamed', forms.main);
    const events = (await stage.ask('GET', 'audit?limit=50')).items;
    const broken = events.find((e) => e.kind === 'workflow-broken');
    assert.match(broken.text, /终端卸载 \(the policy uses it\): The control 卸载原因 is now titled 理由/);
    const { version: _, ...policy } = await stage.ask('GET', 'policy');
    assert.equal((await stage.admin('PUT', 'policy', { ...policy, contact: 'IT' })).status, 200);
    await change('卸载原因');
    assert.notEqual((await run()).state, 'broken');
    assert.ok((await stage.ask('GET', 'audit?limit=50')).items.some((e) => e.kind === 'workflow-mended'));
    await stage.ask('POST', `instances/${filed.id}/reject`, {});
  });

  test('DingTalk that would not let a form be withdrawn', async () => {
    const laptop = await stage.device('laptop-stays');
    const filed = await laptop.file();
    await stage.submitted(filed.id);
    await change('卸载原因', { stay: true });
    await stage.simulate('POST', 'clock', { forwardMs: 20000 });
    assert.equal((await laptop.agent('POST', `requests/${filed.id}/withdraw`, {})).status, 200);
    let doctor;
    for (let i = 0; i < 60 && !ids(doctor ?? { findings: [] }).includes('withdraw-refused'); i += 1) {
      await new Promise((resolve) => { setTimeout(resolve, 500); });
      doctor = await run();
    }
    assert.equal(finding(doctor, 'withdraw-refused', forms.main).severity, 'attention');
    await change('卸载原因');
  });

  test('events by Stream need no address, but a connection', async () => {
    await stage.ask('PATCH', `dingtalk-apps/${stage.app.id}`, { ingress: 'stream' });
    await until('the Stream connection is seen', async () => {
      const found = ids(await run());
      assert.ok(!found.includes('callback-private'));
      return found.includes('stream-ok');
    });
    await stage.ask('PATCH', `dingtalk-apps/${stage.app.id}`, { ingress: 'push' });
    finding(await stage.tested(), 'callback-ok');
  });

  describe('on the command line', () => {
    const ctl = (environment, ...words) => new Promise((resolve) => {
      const child = execFile(path.join(build, 'holdfastctl'), words, { timeout: 60000,
        env: { PATH: process.env.PATH, ASAN_OPTIONS: process.env.ASAN_OPTIONS ?? '', HOME: stage.folder, ...environment } },
      (_, stdout, stderr) => resolve({ status: child.exitCode, stdout, stderr }));
    });
    const named = () => ({ HOLDFAST_SERVER: stage.server.url, HOLDFAST_TOKEN: stage.token });

    test('holdfastctl lists, tests, and ends as the test did', async () => {
      const list = await ctl(named(), 'workflow', 'list');
      assert.equal(list.status, 0, list.stderr);
      assert.match(list.stdout, new RegExp(`${stage.workflow.id}  attention  .*  终端卸载`));
      const doctor = await ctl(named(), 'workflow', 'doctor', stage.workflow.id);
      assert.equal(doctor.status, 1, doctor.stderr);
      assert.match(doctor.stdout, /✓ DingTalk accepts the Client ID/);
      assert.match(doctor.stdout, /! PROC-MAIN: DingTalk would approve a request of 王芳 without a second person\.\n {4}→ /);
      assert.match(doctor.stdout, /终端卸载: attention/);
      await page('/forms', { do: 'disable', code: forms.main });
      const broken = await ctl({ ...named(), LANG: 'zh_CN.UTF-8' }, 'workflow', 'doctor', stage.workflow.id);
      assert.equal(broken.status, 2, broken.stderr);
      assert.match(broken.stdout, /✗ PROC-MAIN：表单“终端卸载审批”未发布（状态为 INVALID）/);
      await page('/forms', { do: 'enable', code: forms.main });
      const json = await ctl(named(), '--json', 'workflow', 'doctor', stage.workflow.id);
      assert.equal(JSON.parse(json.stdout).state, 'attention');
    });

    test('its other commands', async () => {
      const apps = await ctl(named(), 'app', 'list');
      assert.match(apps.stdout, new RegExp(`${stage.app.id}  ${client.id}  \\S+  push`));
      assert.equal((await ctl(named(), 'app', 'sweep', stage.app.id)).status, 0);
      const deliveries = await ctl(named(), 'delivery', 'list', '--json');
      assert.ok(JSON.parse(deliveries.stdout.split('\n')[0]).items.length > 0);
      const replay = await ctl(named(), 'delivery', 'replay', '01900000-0000-7000-8000-000000000000');
      assert.equal(replay.status, 3);
      assert.match(replay.stderr, /^holdfastctl: There is no/);
    });

    test('its words when something is missing', async () => {
      const said = async (environment, ...words) => {
        const { status, stdout, stderr } = await ctl(environment, ...words);
        assert.equal(status, 3);
        assert.equal(stdout.includes('→'), false);
        return stderr;
      };
      assert.match(await said({}, 'workflow', 'list'), /no server is named/);
      assert.match(await said({ HOLDFAST_SERVER: stage.server.url }, 'workflow', 'list'), /no token/);
      assert.match(await said({ ...named(), HOLDFAST_TOKEN: 'hft_x' }, 'workflow', 'list'), /does not accept the token/);
      assert.match(await said({ ...named(), HOLDFAST_SERVER: 'http://127.0.0.1:9' }, 'workflow', 'list'), /127\.0\.0\.1:9 cannot be reached/);
      assert.match(await said(named(), 'workflow', 'heal'), /"heal" is not understood/);
      assert.match(await said(named(), 'workflow', 'doctor'), /ID is missing/);
      assert.match(await said(named()), /usage: holdfastctl/);
    });

    test('it reads a file that only its owner reads', async () => {
      const file = path.join(stage.folder, 'ctl.ini');
      writeFileSync(file, `[server]\nurl = ${stage.server.url}\ntoken = ${stage.token}\n`, { mode: 0o644 });
      const open = await ctl({ HOLDFASTCTL_CONFIG: file }, 'workflow', 'list');
      assert.equal(open.status, 3);
      assert.match(open.stderr, /chmod 600/);
      chmodSync(file, 0o600);
      assert.equal((await ctl({ HOLDFASTCTL_CONFIG: file }, 'workflow', 'list')).status, 0);
    });
  });

  test('a clock that differs', async () => {
    await stage.simulate('POST', 'clock', { forwardMs: 20 * 60 * 1000 });
    assert.match(finding(await run(), 'clock-off').detail, /^12\d\d s$/);
  });
});
