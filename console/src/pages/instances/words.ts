/* Words of what only the page of one request shows. */
import type { Schema } from '../../lib/api';
import type { Text } from '../../lib/words';

type Level = Schema<'Instance'>['levels'][number];
type Task = Level['tasks'][number];
type Colour = 'default' | 'processing' | 'success' | 'warning' | 'error';

export const levelStates: Record<Level['state'], readonly [Text, Colour]> = {
  waiting: [['Not yet', '未开始'], 'default'],
  open: [['Being asked', '审批中'], 'processing'],
  passed: [['Passed', '已通过'], 'success'],
  rejected: [['Rejected', '已拒绝'], 'error'],
  closed: [['Closed', '已关闭'], 'default'],
};

export const taskStates: Record<Task['state'], readonly [Text, Colour]> = {
  open: [['Waiting', '待处理'], 'processing'],
  approved: [['Allowed', '已允许'], 'success'],
  rejected: [['Rejected', '已拒绝'], 'error'],
  skipped: [['Skipped', '已跳过'], 'default'],
  closed: [['Not needed', '无需处理'], 'default'],
};

/* Why somebody is asked who is no approver of the level. */
export const taskKinds: Record<Task['kind'], Text | null> = {
  approver: null,
  fallback: ['asked as the fallback', '作为备用审批人'],
  escalation: ['escalated to', '超时升级'],
  administrator: ['asked as an administrator, as nobody else is left', '无可用审批人，转由管理员处理'],
};
