/* The policy's words: its fields, modes and warnings, one table each. */
import { Link } from 'react-router';
import type { ReactNode } from 'react';
import type { Schema } from '../../lib/api';
import type { Say, Text } from '../../lib/words';

export type Draft = Schema<'ChangePolicyBody'>;
export type Preview = Schema<'PolicyPreview'>;
export type Change = Preview['changes'][number];
export type Why = Preview['second_person'][number];
export type Warning = Preview['warnings'][number];

export const modes: Record<Draft['mode'], Text> = { off: ['Off', '关闭'], audit: ['Audit only', '仅审计'], block: ['Block', '阻止'] };

export const fields: Record<Change['field'], Text> = {
  mode: ['Anti-uninstallation', '客户端防卸载'],
  anti_logoff: ['Auto-start and anti-logoff', '开机自启与防退出'],
  'scope.everyone': ['Effective scope: all users', '生效范围：全部用户'],
  'scope.groups': ['Effective scope: user groups', '生效范围：用户组'],
  whitelist: ['Whitelist', '白名单'],
  'filing.allowed': ['Filing allowed', '允许报备'],
  'filing.workflow': ['Filing workflow', '报备审批流程'],
  'filing.builtin_workflow': ['Second workflow', '备用审批流程'],
  contact: ['Contact text', '联系方式'],
  packages: ['Further protected packages', '其他受保护的软件包'],
  pending_days: ['A request waits at most', '申请最长等待时间'],
  grant_hours: ['An approval can be used for', '批准有效时间'],
  'prompt.zh.title': ['Prompt title (Chinese)', '提示标题（中文）'],
  'prompt.zh.content': ['Prompt content (Chinese)', '提示内容（中文）'],
  'prompt.zh.primary': ['Primary button (Chinese)', '主按钮（中文）'],
  'prompt.zh.secondary': ['Secondary button (Chinese)', '次按钮（中文）'],
  'prompt.en.title': ['Prompt title (English)', '提示标题（英文）'],
  'prompt.en.content': ['Prompt content (English)', '提示内容（英文）'],
  'prompt.en.primary': ['Primary button (English)', '主按钮（英文）'],
  'prompt.en.secondary': ['Secondary button (English)', '次按钮（英文）'],
};

/* Why two people make a change. */
export const whys: Record<Why, Text> = {
  mode: ['it turns the protection down', '降低了保护强度'],
  whitelist: ['it puts many people on the whitelist', '向白名单加入较多人员'],
  devices: ['many devices would not be covered any more', '较多设备将不再受保护'],
  settings: ['one person could do more alone', '放宽了单人可执行的操作'],
};

export const hours = (n: number, say: Say) =>
  n === 0 ? say('until it is used', '直到使用为止')
    : n % 24 === 0 && n >= 48 ? say(`${n} hours (${n / 24} days)`, `${n} 小时（${n / 24} 天）`) : say(`${n} ${n === 1 ? 'hour' : 'hours'}`, `${n} 小时`);
export const days = (n: number, say: Say) => say(`${n} ${n === 1 ? 'day' : 'days'}`, `${n} 天`);
export const people = (n: number, say: Say) => say(`${n.toLocaleString('en')} ${n === 1 ? 'person' : 'people'}`, `${n.toLocaleString('en')} 人`);
export const devices = (n: number, say: Say) => say(`${n.toLocaleString('en')} ${n === 1 ? 'device' : 'devices'}`, `${n.toLocaleString('en')} 台设备`);

export const groupAt = (id: string) => `/console/identity/groups/${id}`;
export const userAt = (id: string) => `/console/identity/users/${id}`;
export const deviceAt = (id: string) => `/console/terminals/${id}`;
export const workflowsAt = '/console/approval/workflows';

/* A warning in words, with a link to what it is about; grave ones leave somebody without protection or without a way. */
export const warnings: Record<Warning['code'], { grave?: boolean; words: (w: Warning, say: Say) => ReactNode }> = {
  'empty-scope': { grave: true, words: (_, say) => say('The effective scope is empty: nobody is covered.', '生效范围为空：任何人都不受保护。') },
  'nobody-covered': { grave: true, words: (_, say) => say('There is a scope, but nobody is covered all the same.', '虽然设置了生效范围，但没有任何人受保护。') },
  'everybody-covered': { words: (w, say) => say(`Everybody of the directory is covered: ${people(w.count ?? 0, say)}.`, `通讯录中的所有人都受保护：${people(w.count ?? 0, say)}。`) },
  'empty-group': { words: (w, say) => <>{say('Nobody is in the user group ', '用户组“')}<Group w={w} />{say('.', '”中没有任何人。')}</> },
  'broken-group': { words: (w, say) => <>{say('The user group ', '用户组“')}<Group w={w} />{say(` has ${w.count} broken ${w.count === 1 ? 'rule' : 'rules'}. ${w.count === 1 ? 'It counts' : 'They count'} as before until the group is saved without.`, `”中有 ${w.count} 条失效规则；在保存去除这些规则的用户组之前，它们仍按原样生效。`)}</> },
  'whitelisted-owner': { words: (w, say) => <>{w.id ? <Link to={userAt(w.id)}>{w.name}</Link> : w.name}{say(` is on the whitelist and owns ${devices(w.count ?? 0, say)}: all of them are exempt.`, ` 在白名单中，且名下有 ${devices(w.count ?? 0, say)}：这些设备均不受保护。`)}</> },
  'whitelisted-departed': { words: (w, say) => <>{w.id ? <Link to={userAt(w.id)}>{w.name}</Link> : w.name}{say(' is on the whitelist and has left.', ' 在白名单中，但已离职。')}</> },
  'workflow-broken': { grave: true, words: (w, say) => <>{say('The workflow ', '审批流程“')}<Link to={workflowsAt}>{w.name}</Link>{say(' is broken: requests wait for administrators until it is mended.', '”异常：修复之前，申请只能由管理员处理。')}</> },
  'no-workflow': { grave: true, words: (w, say) => say(`${people(w.count ?? 0, say)} would be blocked, and no workflow serves them.`, `${people(w.count ?? 0, say)}会被阻止卸载，但没有适用的审批流程。`) },
  'no-contact': { grave: true, words: (_, say) => say('Some people can file under no workflow, and there is no contact text that tells them whom to ask.', '部分人员没有适用的审批流程，也没有填写可供求助的联系方式。') },
  'filing-not-allowed': { words: (_, say) => say('Uninstalling is blocked, and nobody may file a request.', '卸载会被阻止，且任何人都不能提交报备。') },
};

const Group = ({ w }: { w: Warning }) => (w.id ? <Link to={groupAt(w.id)}>{w.name}</Link> : <>{w.name}</>);
