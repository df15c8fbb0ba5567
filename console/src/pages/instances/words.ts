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

/* What happened, by the record's kind. */
export const happenings: Partial<Record<Schema<'Instance'>['events'][number]['kind'], Text>> = {
  filed: ['Filed', '提交报备'],
  released: ['Let go without a filing', '免报备放行'],
  submitted: ['Brought to DingTalk', '已发送至钉钉'],
  approved: ['Approved', '已通过'],
  rejected: ['Rejected', '已拒绝'],
  revoked: ['Withdrawn', '已撤回'],
  expired: ['Expired', '已过期'],
  'level-approved': ['A level was allowed', '一级审批已允许'],
  'level-rejected': ['A level was rejected', '一级审批已拒绝'],
  asked: ['Approvers were asked', '已通知审批人'],
  'approver-skipped': ['An approver was skipped', '已跳过一名审批人'],
  'nobody-left': ['Nobody is left to ask', '没有可用的审批人'],
  fallback: ['Asked here, as DingTalk does not have it', '钉钉未送达，改由此处审批'],
  escalated: ['Escalated', '已升级'],
  moved: ['Moved to the second workflow', '转入备用审批流程'],
  'no-second-person': ['Agreed in DingTalk by no second person', '钉钉中无第二人审批'],
  mismatch: ['DingTalk holds something else', '钉钉表单内容不一致'],
  late: ['Decided in DingTalk too late', '钉钉审批结果已过时'],
  lost: ['Its form is gone in DingTalk', '钉钉表单已不存在'],
  unannounced: ['Found decided in DingTalk without an event', '未收到钉钉事件，主动查询到结果'],
  duplicate: ['A second form was found in DingTalk', '钉钉中发现重复表单'],
  'duplicate-closed': ['The second form was withdrawn', '重复表单已撤销'],
  executed: ['Carried out in DingTalk', '已在钉钉执行'],
  closed: ['Closed in DingTalk', '已在钉钉结束'],
  'close-refused': ['DingTalk refused to close it', '钉钉拒绝结束'],
  'delivery-failed': ['Could not be brought to DingTalk', '发送至钉钉失败'],
  'delivery-replayed': ['Sent to DingTalk again', '重新发送至钉钉'],
  'grant-issued': ['The approval was signed for the device', '已为设备签发批准'],
  'grant-delivered': ['The device has the approval', '设备已领取批准'],
  'grant-used': ['The approval was used', '批准已使用'],
  'grant-consumed': ['The approval was used', '批准已使用'],
  'grant-lapsed': ['The approval lapsed', '批准已失效'],
  'grant-exported': ['The approval was exported as a file', '批准已导出为文件'],
  'grant-revoked': ['The device confirmed that the approval is taken back', '设备已确认收回批准'],
  'grant-cancelled': ['The approval was taken back', '批准已收回'],
  'withdrawn-after-use': ['Withdrawn in DingTalk after it was used', '使用后在钉钉撤销'],
  'offline-code-revealed': ['An offline code was revealed', '已提供离线码'],
  'offline-code-unused': ['The revealed offline code was not used', '离线码未被使用'],
  'removal-let-through': ['The removal was let through', '已放行卸载'],
  'removal-refused': ['A removal was refused', '已阻止卸载'],
  'removal-rolled-back': ['The removal was rolled back', '卸载已回退'],
  removed: ['Uninstalled', '已卸载'],
  'removed-without-grant': ['Removed without a grant', '未经批准被卸载'],
};
