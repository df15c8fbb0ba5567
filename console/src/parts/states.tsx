/* The words and colours of states, one table each. Colour never says anything alone. */
import { Tag } from 'antd';
import type { Schema } from '../lib/api';
import { useSay, type Text } from '../lib/words';

type Look = readonly [text: Text, colour: 'default' | 'processing' | 'success' | 'warning' | 'error'];

export const requestStates: Record<Schema<'Instance'>['status'], Look> = {
  pending: [['Pending', '待审批'], 'processing'],
  approved: [['Approved', '已通过'], 'success'],
  rejected: [['Rejected', '已拒绝'], 'error'],
  revoked: [['Revoked', '已撤回'], 'default'],
  expired: [['Expired', '已过期'], 'default'],
};

export const effects: Record<Schema<'Instance'>['effect'], Look> = {
  none: [['–', '–'], 'default'],
  unused: [['Not used yet', '未使用'], 'warning'],
  used: [['Uninstalled', '已卸载'], 'success'],
  lapsed: [['Lapsed', '已失效'], 'default'],
  cancelled: [['Cancelled', '已取消'], 'default'],
};

export const deviceStates: Record<Schema<'Device'>['state'], Look> = {
  online: [['Online', '在线'], 'success'],
  offline: [['Offline', '离线'], 'default'],
  'long-offline': [['Long offline', '长期离线'], 'warning'],
  lost: [['Lost', '已挂失'], 'error'],
  unbound: [['Unbound', '已解绑'], 'default'],
  uninstalled: [['Uninstalled', '已卸载'], 'default'],
  'presumed-uninstalled': [['Presumably uninstalled', '可能已卸载'], 'default'],
  'removed-without-grant': [['Removed without grant', '未经批准被卸载'], 'error'],
};

export const workflowStates: Record<'ready' | 'attention' | 'broken', Look> = {
  ready: [['Ready', '正常'], 'success'],
  attention: [['Attention', '需关注'], 'warning'],
  broken: [['Broken', '异常'], 'error'],
};

export const grantStates: Record<NonNullable<Schema<'Instance'>['grant']>['state'], Look> = {
  unused: [['Not fetched yet', '待设备领取'], 'processing'],
  delivered: [['On the device', '设备已领取'], 'warning'],
  used: [['Used', '已使用'], 'success'],
  lapsed: [['Lapsed', '已失效'], 'default'],
  revoking: [['Being taken back', '收回中'], 'warning'],
  revoked: [['Taken back', '已收回'], 'default'],
};

/* How far the bringing of a request to DingTalk is. */
export const deliveryStates: Record<Schema<'Instance'>['delivery']['state'], Look> = {
  none: [['Not in DingTalk', '不经钉钉'], 'default'],
  queued: [['Being sent to DingTalk', '待发送至钉钉'], 'processing'],
  submitted: [['In DingTalk', '已在钉钉'], 'success'],
  failed: [['Not sent to DingTalk', '发送至钉钉失败'], 'error'],
  closing: [['Being closed in DingTalk', '钉钉中关闭中'], 'processing'],
  closed: [['Closed in DingTalk', '已在钉钉结束'], 'default'],
};

/* By which way somebody decided. */
export const channels: Record<'console' | 'dingtalk' | 'api' | 'client' | 'system' | 'release', Text> = {
  console: ['Console', '控制台'],
  dingtalk: ['DingTalk', '钉钉'],
  api: ['API', 'API'],
  client: ['Client', '客户端'],
  system: ['System', '系统'],
  release: ['Release', '放行'],
};

export function State<Name extends string>({ of, in: table }: { of: Name; in: Record<Name, Look> }) {
  const say = useSay();
  const look = table[of];
  return look ? <Tag color={look[1]} style={{ marginInlineEnd: 0 }}>{say(look[0])}</Tag> : <Tag>{of}</Tag>;
}
