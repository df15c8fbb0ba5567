// An organisation in which every page of the console has something to show: people, terminals, requests in each state, workflows,
// groups, a policy, a release, an alarm, a webhook, a token. All of it through the public interfaces.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { Stage, build, client, company, corp, forms, keys, until } from '../stage.mjs';
import { uuid } from '../fake-server.mjs';
import { Console } from './console.mjs';

// What people and programs may call things: friendly, or what an attacker would try. Each is told apart by n.
export const friendly = {
  person: (n) => ['李华', '王芳', '周敏', '顾青', '赵雪梅', '欧阳建国', 'Maria Schneider', '孙悦'][n],
  department: (n) => ['研发部', '客户端组', '财务部', '市场与品牌传播部'][n],
  device: (n) => ['hua-laptop', 'wang-desktop', 'zhou-thinkpad', 'finance-07', '设计部-工作站', 'kiosk-lobby'][n],
  reason: (n) => ['旧电脑报废，换新机', 'Replaced by a new laptop, this one goes back to the vendor on Friday.', '需要重装系统，IT 已同意', '与显卡驱动冲突，渲染时蓝屏', '临时测试，完成后会重新安装', '离职交接'][n],
  name: (n) => ['客户端团队', '财务与法务', '两级审批', '工单系统', '巡检脚本', '离职员工的电脑', '直属主管', '安全组', '外包人员'][n],
  text: (n) => ['桌面与客户端的同事', '电话确认过，同意。', '设备仍在使用，请补充说明。', '联系安全组：分机 8042', '员工卸载客户端时由直属主管审批', '先由直属主管审批，再由安全组审批', 'holdfast-keeper.service 被屏蔽',
    '新的申请和告警自动建单', '出差两天，由陈安代为审批', '不再需要卸载'][n],
};

const corpus = [
  '<script>window.pwned=1</script>', '<img src=x onerror=window.pwned=1>', '"><svg onload=window.pwned=1>', "'-window.pwned=1-'", 'javascript:window.pwned=1',
  '</textarea><iframe srcdoc="<script>parent.pwned=1</script>">', '<a href="javascript:window.pwned=1">x</a>', '{{constructor.constructor("window.pwned=1")()}}', '<style>*{display:none}</style>', '‮txt.exe<b>x</b>',
];
export const hostile = Object.fromEntries(Object.keys(friendly).map((kind, k) => [kind, (n) => `${corpus[(n + k * 3) % corpus.length]} ${kind[0]}${n}`]));

export async function furnished(texts = friendly) {
  const person = (n, userid, ...departments) => ({ userid, unionid: `u${userid}`, name: texts.person(n), mobile: `1380000000${n}`, email: `${userid}@example.com`, title: '工程师', departments });
  const seed = {
    ...company,
    departments: [{ id: 2, name: texts.department(0), parent: 1 }, { id: 3, name: texts.department(1), parent: 2 }, { id: 4, name: texts.department(2), parent: 1 }, { id: 5, name: texts.department(3), parent: 1 }],
    people: [person(0, 'lihua', 3), person(1, 'wangfang', 2), person(2, 'zhoumin', 3), person(3, 'guqing', 4), person(4, 'zhaoxue', 5), person(5, 'ouyang', 4), person(6, 'maria', 3), person(7, 'sunyue', 5)],
  };
  const stage = await Stage.open({ fresh: true, seed });
  stage.token = execFileSync(path.join(build, 'holdfast-server'), ['token', 'create', '--role', 'owner', '--name', texts.name(4), '--days', '0', ...stage.options]).toString().trim();
  const console = await Console.open({ stage });
  console.own = true;
  try {
    return await furnish(console, texts);
  } catch (e) {
    // What stands on no stage would keep the tests from ending.
    await console.close().catch(() => {});
    throw e;
  }
}

async function furnish(console, texts) {
  const { stage } = console;
  const ask = (...what) => stage.ask(...what);
  stage.app = await ask('POST', 'dingtalk-apps', { corp_id: corp, client_id: client.id, client_secret: client.secret, aes_key: keys.aes, token: keys.token, agent_id: 100001 });
  await stage.simulate('PUT', `apps/${client.id}`, { redirectUrls: [stage.app.redirect_url] });
  await stage.subscribe();
  stage.source = await ask('POST', 'identity-sources', { name: '示例科技', type: 'dingtalk', app: stage.app.id });
  await stage.walked();
  const users = Object.fromEntries((await ask('GET', 'users?limit=200')).items.map((user) => [user.external_id, user.id]));
  const departments = (await ask('GET', 'departments?limit=200')).items;
  const group = await ask('POST', 'user-groups', { name: texts.name(0), description: texts.text(0), rules: [
    { subject: 'department', relation: 'equal', value: departments.find((one) => one.external_id === '3').id }, { subject: 'email', relation: 'equal', value: 'maria@example.com' }] });
  await ask('POST', 'user-groups', { name: texts.name(1), rules: [{ subject: 'department', relation: 'equal', value: departments.find((one) => one.external_id === '4').id }] });
  const approver = await console.account('approver');
  const accounts = (await ask('GET', 'accounts?limit=200')).items;
  const approverId = accounts.find((one) => one.email === approver).id;
  const ownerId = accounts.find((one) => one.email === 'owner@example.com').id;
  stage.workflow = await ask('POST', 'workflows', { name: '终端卸载审批', description: texts.text(4), type: 'dingtalk', app: stage.app.id,
    forms: [{ template: 'app_uninstall', process_code: forms.main, groups: [], fields: [{ system: 'reason', component: '卸载原因' }] }] });
  await stage.tested();
  const builtin = await ask('POST', 'workflows', { name: texts.name(2), description: texts.text(5), type: 'builtin', approval: { levels: [
    { name: texts.name(6), mode: 'any', approvers: [approverId] }, { name: texts.name(7), mode: 'all', approvers: [ownerId, approverId] }] } });
  const { version: _, ...policy } = await ask('GET', 'policy');
  const save = (workflow, more = {}) => ask('PUT', 'policy', { ...policy, mode: 'block', scope: { everyone: true, groups: [] }, whitelist: [users.ouyang],
    filing: { allowed: true, workflow, builtin_workflow: builtin.id }, contact: texts.text(3), ...more });
  await save(stage.workflow.id);
  const owners = ['lihua', 'wangfang', 'zhoumin', 'guqing', 'zhaoxue', 'maria'];
  const devices = [];
  for (const [n, userid] of owners.entries()) devices.push(await stage.device(texts.device(n), userid));
  const requests = [];
  const file = async (n) => { const made = await devices[n].file(texts.reason(n)); requests.push(made); return made; };
  for (const n of [0, 1, 2]) await file(n);
  await until('the forms are in DingTalk', async () => (await ask('GET', 'instances?delivery=submitted')).items.length === 3);
  await stage.decide(requests[0].number, 'agree', texts.text(1));
  // Her own: there is no second person.
  await stage.decide(requests[1].number, 'agree', texts.text(1));
  await ask('POST', `instances/${requests[2].id}/reject`, { comment: texts.text(2) });
  await stage.until(requests[0].id, 'a decision from DingTalk', (one) => one.status === 'approved', 90);
  await stage.until(requests[1].id, 'that it has no second person', (one) => one.note, 90);
  await save(builtin.id, { filing: { allowed: true, workflow: builtin.id } });
  await file(3);
  await file(4);
  await ask('POST', `instances/${requests[4].id}/withdraw`, { reason: texts.text(9) });
  const tell = async (device, kind, text) => {
    const answer = await device.agent('POST', 'receipts', { receipts: [{ id: uuid(), kind, package: 'holdfast-client', at_ms: stage.now(), boot: 'b1', ...(text ? { text } : {}) }] });
    assert.equal(answer.status, 200, answer.text);
  };
  await tell(devices[1], 'attempt');
  await tell(devices[5], 'removed-without-grant');
  await tell(devices[3], 'weakened', `unit-masked: ${texts.text(6)}`);
  const release = await ask('POST', 'releases', { device: devices[4].id, reason: texts.name(5), days: 7 });
  const webhook = await ask('POST', 'webhooks', { name: texts.name(3), description: texts.text(7), url: 'https://hooks.example.com/holdfast', events: ['request.filed', 'device.alarm'], enabled: false });
  await ask('POST', 'enrolment-tokens', { name: texts.device(5), owner: users.sunyue, days: 7, max_uses: 5 });
  await ask('POST', 'delegations', { account: approverId, delegate: ownerId, until_ms: stage.now() + 2 * 86400000, reason: texts.text(8) });
  const local = await ask('POST', 'identity-sources', { name: texts.name(8), type: 'local' });
  const ids = {
    'approval/instances/:id': requests[0].id, 'approval/releases/:id': release.id, 'terminals/:id': devices[0].id, 'identity/sources/:id': stage.source.id,
    'identity/users/:id': users.lihua, 'identity/groups/:id': group.id, 'settings/webhooks/:id': webhook.id,
  };
  return Object.assign(console, { ids, users, devices, requests, builtin, group, local });
}
