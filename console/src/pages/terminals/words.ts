/* Words of what only the pages of devices show. */
import type { Schema } from '../../lib/api';
import type { Text } from '../../lib/words';

export const howOwned: Record<Schema<'DeviceDetail'>['owners'][number]['how'], Text> = {
  enrolled: ['enrolled it', '注册'],
  'enrolled-again': ['enrolled it again', '重新注册'],
  switched: ['took it over', '切换用户接管'],
};

export const sessionEnds: Record<string, Text> = {
  'signed-out': ['signed out', '已退出登录'],
  expired: ['the sign-in has expired', '登录已过期'],
  departed: ['the owner has left the organisation', '使用者已离职'],
  cloned: ['it was split from another device', '由另一台设备拆分而来'],
};

/* States of the history beyond those of the list. */
export const pastStates: Record<string, Text> = {
  active: ['In use', '使用中'],
  deleted: ['Deleted', '已删除'],
};

/* Of the record, what concerns a device. */
export const happenings: Record<string, Text> = {
  'device-enrolled': ['Enrolled', '已注册'],
  'device-enrolled-again': ['Enrolled again', '重新注册'],
  'device-reinstalled': ['Enrolled again after a reinstallation', '重装后重新注册'],
  'device-signed-in': ['Signed in', '已登录'],
  'device-session-ended': ['Signed out', '登录已结束'],
  'device-unbound': ['Unbound', '已解绑'],
  'device-lost': ['Reported lost', '已挂失'],
  'device-found': ['Found again', '已取消挂失'],
  'device-deleted': ['Deleted', '已删除'],
  'device-long-offline': ['Silent for 30 days', '30 天未在线'],
  'device-back': ['Heard of again', '恢复在线'],
  'device-silent': ['Fell silent', '失去联系'],
  'device-heard': ['Heard again', '恢复联系'],
  'device-presumed-uninstalled': ['Presumed uninstalled', '推断已卸载'],
  'owner-changed': ['Another owner', '使用者已变更'],
  'owner-change-held': ['A change of owner waits', '使用者变更待确认'],
  'owner-change-confirmed': ['The new owner was confirmed', '使用者变更已确认'],
  'owner-change-refused': ['The protection stays as before', '使用者变更不影响保护'],
  'identity-cloned': ['Its identity is on two machines', '身份出现在两台机器上'],
  'clone-settled': ['The cloned identity was looked into', '身份重复已处理'],
  'enrolment-allowed': ['Somebody agreed at the page', '已在网页确认'],
  'enrolment-denied': ['Somebody refused at the page', '已在网页拒绝'],
  attempt: ['An uninstallation was refused', '已拦截卸载'],
  tampered: ['Tampering was found', '发现篡改'],
  consumed: ['An approval was used', '批准已使用'],
  restored: ['The removal was rolled back', '卸载已回滚'],
  removed: ['Uninstalled', '已卸载'],
  'removed-without-grant': ['Removed without a grant', '未经批准被卸载'],
  'let-through': ['An uninstallation was let through', '已放行卸载'],
  going: ['Said goodbye', '正常离线'],
  weakened: ['Protection is weakened', '保护被削弱'],
  recovered: ['Protection is well again', '保护已恢复'],
  'unknown-build': ['Unknown build of the client', '未知的客户端版本'],
  'alarm-acknowledged': ['An alarm was acknowledged', '告警已确认'],
  'unknown-grant': ['A grant that is not known was used', '使用了未知的批准'],
  filed: ['A request was filed', '提交报备'],
  released: ['Released without a filing', '免报备放行'],
  submitted: ['Brought to DingTalk', '已发送至钉钉'],
  approved: ['Request approved', '申请已通过'],
  rejected: ['Request rejected', '申请已拒绝'],
  revoked: ['Request withdrawn', '申请已撤回'],
  expired: ['Request expired', '申请已过期'],
  closed: ['Closed in DingTalk', '已在钉钉结束'],
  'grant-issued': ['An approval was signed', '已签发批准'],
  'grant-delivered': ['The device has the approval', '设备已领取批准'],
  'grant-used': ['The approval was used', '批准已使用'],
  'grant-lapsed': ['The approval lapsed', '批准已失效'],
  'grant-exported': ['The approval was exported as a file', '批准已导出为文件'],
  'grant-revoked': ['The approval was taken back', '批准已收回'],
  'grant-cancelled': ['The approval was cancelled', '批准已取消'],
  'revocation-confirmed': ['The device confirmed that it is taken back', '设备已确认收回'],
  'offline-code-revealed': ['An offline code was revealed', '已提供离线码'],
  'offline-code-unused': ['The offline code was not used', '离线码未被使用'],
};
