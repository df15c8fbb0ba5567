/* A workflow as it stands in the panel: what was typed, what is wrong with it, and what is sent. */
import type { Schema } from '../../lib/api';
import type { Text } from '../../lib/words';

export type Workflow = Schema<'Workflow'>;
export type App = Schema<'DingTalkApp'>;
export type Account = Schema<'Account'>;
export type System = Workflow['forms'][number]['fields'][number]['system'];
export type Content = Pick<Workflow, 'forms' | 'fallback' | 'approval'>;

export const limits = {
  name: 128, description: 1000, forms: 20, groups: 50, label: 64, process: 64, levels: 5, approvers: 5, levelName: 64, hours: 720, reminders: 30, minutes: 10080,
};

export const typeNames: Record<Workflow['type'], Text> = {
  dingtalk: ['DingTalk Approval Workflow', '钉钉审批流程'],
  builtin: ['Built-in', '内置审批流程'],
};

export const templateName: Text = ['App Uninstall Policy', '应用卸载策略'];

export const systemNames: Record<System, Text> = {
  reason: ['Reason for Filing', '报备原因'],
  applicant_name: ['Applicant', '申请人'],
  applicant_department: ['Applicant’s department', '申请人部门'],
  device_name: ['Device name', '设备名称'],
  device_id: ['Device ID', '设备 ID'],
  os: ['Operating system', '操作系统'],
  mac: ['MAC addresses', 'MAC 地址'],
  package: ['Package', '软件包'],
  client_version: ['Client version', '客户端版本'],
  submitted_at: ['Submitted at', '提交时间'],
  number: ['Request number', '申请编号'],
};
export const systems = Object.keys(systemNames) as System[];

export const modeNames: Record<'any' | 'all', Text> = {
  any: ['Any one approves', '任一人通过即可'],
  all: ['All approve', '所有人均须通过'],
};

/* --- what was typed --- */

export interface Field { key: number; system?: System; component: string }
export interface Row { key: number; process_code: string; groups: string[]; fields: Field[] }
export interface Level { key: number; name: string; mode: 'any' | 'all'; approvers: string[] }
export interface Credentials {
  corp_id: string; client_id: string; client_secret: string; aes_key: string; token: string;
  agent_id: number | null; notice_channel: App['notice_channel']; ingress: App['ingress'];
}

export interface Draft {
  name: string;
  description: string;
  type: Workflow['type'];
  app: Credentials;
  forms: Row[];
  console_decision: 'close' | 'carry-through';
  carry_through_confirmed: boolean;
  accept_automatic: boolean;
  notices: boolean;
  beside: boolean; // whether a level stands beside DingTalk
  after_minutes: number | null;
  besideLevel: Level;
  levels: Level[];
  fallback: string | undefined;
  remind_hours: number | null;
  reminders: number | null;
  escalate_hours: number | null;
  escalate_to: string[];
}

/* What tells rows apart on screen, whatever is in them. */
let last = 0;
const key = () => (last += 1);

export const newField = (system?: System): Field => ({ key: key(), system, component: '' });
export const newRow = (): Row => ({ key: key(), process_code: '', groups: [], fields: [newField('reason')] });
export const newLevel = (): Level => ({ key: key(), name: '', mode: 'any', approvers: [] });

export const noCredentials: Credentials = {
  corp_id: '', client_id: '', client_secret: '', aes_key: '', token: '', agent_id: null, notice_channel: 'work-notice', ingress: 'push',
};

export const newDraft = (): Draft => ({
  name: '', description: '', type: 'dingtalk', app: noCredentials, forms: [newRow()],
  console_decision: 'close', carry_through_confirmed: false, accept_automatic: false, notices: false,
  beside: false, after_minutes: 30, besideLevel: newLevel(),
  levels: [newLevel()], fallback: undefined, remind_hours: 24, reminders: 5, escalate_hours: 0, escalate_to: [],
});

/* What an app shows of itself; its secrets stay empty, which is: kept. */
export const credentialsOf = (app: App): Credentials => ({
  corp_id: app.corp_id, client_id: app.client_id, client_secret: '', aes_key: '', token: '',
  agent_id: app.agent_id, notice_channel: app.notice_channel, ingress: app.ingress,
});

const levelOf = (level: { name: string | null; mode: 'any' | 'all'; approvers: string[] }): Level =>
  ({ key: key(), name: level.name ?? '', mode: level.mode, approvers: level.approvers });

export function draftOf(workflow: Workflow, app: App | undefined): Draft {
  const draft = newDraft();
  const { approval, fallback } = workflow;
  return {
    ...draft,
    name: workflow.name, description: workflow.description, type: workflow.type,
    app: app ? credentialsOf(app) : draft.app,
    forms: workflow.forms.map((form) => ({
      key: key(), process_code: form.process_code, groups: form.groups,
      // The reason stands first: every form has it.
      fields: [...form.fields].sort((a, b) => Number(b.system === 'reason') - Number(a.system === 'reason')).map((field) => ({ key: key(), ...field })),
    })),
    console_decision: workflow.console_decision ?? 'close', carry_through_confirmed: workflow.carry_through !== null,
    accept_automatic: workflow.accept_automatic, notices: workflow.notices,
    ...(fallback ? { beside: true, after_minutes: fallback.after_minutes, besideLevel: levelOf(fallback.level) } : {}),
    ...(approval ? {
      levels: approval.levels.map(levelOf), fallback: approval.fallback ?? undefined, remind_hours: approval.remind_hours,
      reminders: approval.reminders, escalate_hours: approval.escalate_hours, escalate_to: approval.escalate_to,
    } : {}),
  };
}

/* --- what is wrong with it --- */

export type Problems = Record<string, Text>;
export type Form = Schema<'Form'>;
export type Control = Form['controls'][number];

const needed: Text = ['Please fill this in.', '请填写此项。'];
const oneLine = (text: string) => !/[\u0000-\u001f\u007f\u2028\u2029]/.test(text);
const length = (text: string) => [...text].length;
/* Each character is one, however many units it takes. */
const tooLong = (max: number): Text => [`At most ${max} characters.`, `最多 ${max} 个字符。`];

/* Why a control cannot take a field; undefined: it can. What the connection test would say later. */
export function unfit(control: Control, system: System | undefined): Text | undefined {
  if (control.type === 'TextField' || control.type === 'TextareaField') return undefined;
  if (system === 'submitted_at' && control.type === 'DDDateField') return undefined;
  if (system === 'submitted_at') return [`${control.type}: only text controls and dates take this field`, `${control.type}：此字段只能填入文本或日期控件`];
  return [`${control.type}: only text controls take this field`, `${control.type}：此字段只能填入文本控件`];
}

function formProblems(draft: Draft, forms: Record<string, Form>, found: Problems) {
  draft.forms.forEach((row, i) => {
    const at = `forms.${row.key}`;
    const final = i === draft.forms.length - 1;
    const schema = forms[row.process_code];
    if (!row.process_code) found[`${at}.process_code`] = needed;
    else if (!/^PROC-[A-Za-z0-9_-]{1,59}$/.test(row.process_code)) {
      found[`${at}.process_code`] = ['A process ID is “PROC-” followed by letters, digits and hyphens, 64 characters at most.', '流程 ID 以“PROC-”开头，后接字母、数字和连字符，最多 64 个字符。'];
    } else if (draft.forms.findIndex((other) => other.process_code === row.process_code) < i) {
      found[`${at}.process_code`] = ['This process ID is in a row above already; a workflow has each once.', '上方已使用此流程 ID，同一流程中每个 ID 只能出现一次。'];
    }
    if (final && row.groups.length > 0) {
      found[`${at}.groups`] = ['The last form is for everybody else: it must not name user groups.', '最后一个表单面向其余所有人，不能指定用户组。'];
    } else if (!final && row.groups.length === 0) {
      found[`${at}.groups`] = ['Only the last form is for everybody: name the user groups that get this one.', '只有最后一个表单面向所有人，请选择使用此表单的用户组。'];
    } else if (row.groups.length > limits.groups) found[`${at}.groups`] = [`At most ${limits.groups} user groups.`, `最多 ${limits.groups} 个用户组。`];
    row.fields.forEach((field, k) => {
      const here = `${at}.fields.${field.key}`;
      const control = schema?.controls.find((one) => one.label === field.component);
      if (!field.system) found[`${here}.system`] = needed;
      else if (row.fields.findIndex((other) => other.system === field.system) < k) found[`${here}.system`] = ['This field is mapped above already.', '上方已映射此字段。'];
      if (!field.component.trim()) {
        found[`${here}.component`] = field.system === 'reason'
          ? ['The reason for filing must be mapped to a text control of the form.', '必须将报备原因映射到表单中的文本控件。'] : needed;
      } else if (length(field.component) > limits.label) found[`${here}.component`] = tooLong(limits.label);
      else if (!oneLine(field.component)) found[`${here}.component`] = ['Text on one line.', '须为单行文本。'];
      else if (row.fields.findIndex((other) => other.component === field.component) < k) found[`${here}.component`] = ['This control is used above already.', '上方已使用此控件。'];
      else if (control && unfit(control, field.system)) found[`${here}.component`] = unfit(control, field.system)!;
    });
  });
}

/* own: known is the app that is changed, not one found by its Client ID. */
export function credentialProblems({ app }: Draft, known: App | undefined, own: boolean, found: Problems) {
  const id = /^ding[A-Za-z0-9]{4,60}$/;
  if (!app.corp_id) found['app.corp_id'] = needed;
  else if (!id.test(app.corp_id)) found['app.corp_id'] = ['A CorpId is “ding” followed by letters and digits, 8 to 64 characters in all.', 'CorpId 以“ding”开头，后接字母和数字，共 8 至 64 个字符。'];
  else if (known && !own && known.corp_id !== app.corp_id) {
    found['app.corp_id'] = [`The app with this Client ID belongs to the organisation ${known.corp_id} here.`, `此 Client ID 对应的应用在本系统中属于组织 ${known.corp_id}。`];
  }
  if (!app.client_id) found['app.client_id'] = needed;
  else if (!id.test(app.client_id)) found['app.client_id'] = ['A Client ID is “ding” followed by letters and digits, 8 to 64 characters in all.', 'Client ID 以“ding”开头，后接字母和数字，共 8 至 64 个字符。'];
  if (!app.client_secret && !known) found['app.client_secret'] = needed;
  else if (app.client_secret && !/^[!-~]{1,256}$/.test(app.client_secret)) found['app.client_secret'] = ['A Client Secret has no spaces and is at most 256 characters long.', 'Client Secret 不含空格，最多 256 个字符。'];
  const paired = app.ingress === 'push' && !known;
  if (!app.aes_key && (paired || app.token)) found['app.aes_key'] = known ? ['Aes_key and token belong together: enter both.', 'aes_key 与 token 须一并填写。'] : needed;
  else if (app.aes_key && !/^[A-Za-z0-9]{43}$/.test(app.aes_key)) found['app.aes_key'] = ['An aes_key is exactly 43 letters and digits.', 'aes_key 须为 43 位字母和数字。'];
  if (!app.token && (paired || app.aes_key)) found['app.token'] = known ? ['Aes_key and token belong together: enter both.', 'aes_key 与 token 须一并填写。'] : needed;
  else if (app.token && !/^[A-Za-z0-9]{3,32}$/.test(app.token)) found['app.token'] = ['A token is 3 to 32 letters and digits.', 'token 须为 3 至 32 位字母和数字。'];
}

function levelProblems(level: Level, at: string, accounts: Account[] | undefined, found: Problems) {
  if (length(level.name) > limits.levelName) found[`${at}.name`] = tooLong(limits.levelName);
  if (level.approvers.length === 0) found[`${at}.approvers`] = ['Name at least one approver.', '请至少选择一位审批人。'];
  else if (level.approvers.length > limits.approvers) found[`${at}.approvers`] = [`At most ${limits.approvers} approvers.`, `最多 ${limits.approvers} 位审批人。`];
  else accountProblems(level.approvers, `${at}.approvers`, accounts, found);
}

/* Who is named and cannot decide: they would be skipped, and that is better said before. */
function accountProblems(ids: string[], at: string, accounts: Account[] | undefined, found: Problems) {
  for (const id of ids) {
    const account = accounts?.find((one) => one.id === id);
    if (!accounts || (account && mayDecide(account))) continue;
    if (!account) found[at] = ['One of these accounts is no longer there: take it out.', '其中有账号已不存在，请移除。'];
    else if (account.role === 'auditor') found[at] = [`${account.name} is an auditor and may not decide requests: name somebody else.`, `${account.name} 是审计员，不能审批申请，请另选他人。`];
    else if (account.state === 'disabled') found[at] = [`${account.name}’s account is disabled: name somebody else, or enable it.`, `${account.name} 的账号已停用，请另选他人或启用该账号。`];
    else found[at] = [`${account.name} has left the organisation: name somebody else.`, `${account.name} 已离职，请另选他人。`];
  }
}

export const mayDecide = (account: Account) => account.state === 'active' && account.role !== 'auditor' && !account.person_departed;

function numberProblem(value: number | null, from: number, to: number): Text | undefined {
  return value !== null && Number.isInteger(value) && value >= from && value <= to ? undefined
    : [`A whole number from ${from} to ${to}.`, `请输入 ${from} 至 ${to} 的整数。`];
}

interface Around {
  known: App | undefined; // the app that has the Client ID
  own: boolean; // and it is the workflow's already
  accounts: Account[] | undefined;
  forms: Record<string, Form>; // that DingTalk has shown, by process ID
  taken: (name: string) => boolean;
}

/* By where it is: keys of rows, not their places, so that moving a row moves its words. */
export function problemsOf(draft: Draft, around: Around): Problems {
  const found: Problems = {};
  const name = draft.name.trim();
  const number = (at: keyof Draft, from: number, to: number) => {
    const problem = numberProblem(draft[at] as number | null, from, to);
    if (problem) found[at] = problem;
  };
  if (!name) found.name = needed;
  else if (length(name) > limits.name) found.name = tooLong(limits.name);
  else if (!oneLine(name)) found.name = ['Text on one line.', '须为单行文本。'];
  else if (around.taken(name)) found.name = ['There is a workflow of this name already.', '已有同名的审批流程。'];
  if (length(draft.description) > limits.description) found.description = tooLong(limits.description);
  if (draft.type === 'builtin') {
    draft.levels.forEach((level) => levelProblems(level, `levels.${level.key}`, around.accounts, found));
    accountProblems(draft.fallback ? [draft.fallback] : [], 'fallback', around.accounts, found);
    accountProblems(draft.escalate_to, 'escalate_to', around.accounts, found);
    number('remind_hours', 0, limits.hours);
    number('reminders', 0, limits.reminders);
    number('escalate_hours', 0, limits.hours);
    return found;
  }
  credentialProblems(draft, around.known, around.own, found);
  formProblems(draft, around.forms, found);
  if (draft.console_decision === 'carry-through' && !draft.carry_through_confirmed) {
    found.carry_through_confirmed = ['Please confirm that you know what DingTalk will show.', '请确认您已了解钉钉中将如何显示。'];
  }
  if (draft.beside) {
    number('after_minutes', 1, limits.minutes);
    levelProblems(draft.besideLevel, 'besideLevel', around.accounts, found);
  }
  return found;
}

/* --- what is sent --- */

const sentLevel = (level: Level) => ({ name: level.name.trim() || null, mode: level.mode, approvers: level.approvers });

type Body = Schema<'ChangeWorkflowBody'>;

export function sentWorkflow(draft: Draft): Omit<Body, 'app'> {
  const common = { name: draft.name.trim(), description: draft.description.trim(), type: draft.type };
  if (draft.type === 'builtin') {
    return {
      ...common,
      approval: {
        levels: draft.levels.map(sentLevel), fallback: draft.fallback ?? null, remind_hours: draft.remind_hours!, reminders: draft.reminders!,
        escalate_hours: draft.escalate_hours!, escalate_to: draft.escalate_to,
      },
    } as Omit<Body, 'app'>;
  }
  return {
    ...common,
    forms: draft.forms.map((row) => ({
      template: 'app_uninstall', process_code: row.process_code, groups: row.groups,
      fields: row.fields.map((field) => ({ system: field.system!, component: field.component.trim() })),
    })),
    console_decision: draft.console_decision, carry_through_confirmed: draft.console_decision === 'carry-through' && draft.carry_through_confirmed,
    accept_automatic: draft.accept_automatic, notices: draft.notices,
    ...(draft.beside ? { fallback: { after_minutes: draft.after_minutes!, level: sentLevel(draft.besideLevel) } } : {}),
  } as Omit<Body, 'app'>;
}

/* Without what is empty. */
export function sentCredentials({ app }: Draft) {
  const { aes_key, token, agent_id, ...rest } = app;
  return { ...rest, ...(aes_key ? { aes_key } : {}), ...(token ? { token } : {}), ...(agent_id ? { agent_id } : {}) };
}

/* What differs from the app that is there: secrets that were typed, settings that were changed. */
export function appChanges({ app }: Draft, known: App) {
  const { corp_id, client_secret, aes_key, token, agent_id, notice_channel, ingress } = app;
  return {
    ...(corp_id !== known.corp_id ? { corp_id } : {}),
    ...(client_secret ? { client_secret } : {}), ...(aes_key ? { aes_key } : {}), ...(token ? { token } : {}),
    ...(agent_id && agent_id !== known.agent_id ? { agent_id } : {}),
    ...(notice_channel !== known.notice_channel ? { notice_channel } : {}), ...(ingress !== known.ingress ? { ingress } : {}),
  };
}
