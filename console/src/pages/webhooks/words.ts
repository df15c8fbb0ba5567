/* What webhooks tell of, each event with what it means. */
import type { Schema } from '../../lib/api';
import type { Text } from '../../lib/words';

export type Webhook = Schema<'Webhook'>;
export type WithSecret = Schema<'WebhookWithSecret'>;
export type Delivery = Schema<'WebhookDelivery'>;
export type Event = Exclude<Webhook['events'][number], '*'>;

export const events: Record<Event, Text> = {
  'request.filed': ['A request was filed', '已提交申请'],
  'request.decided': ['It was approved or rejected', '申请已通过或被拒绝'],
  'request.revoked': ['It was withdrawn, or is no longer needed', '申请已撤回或不再需要'],
  'request.expired': ['Nobody decided in time', '申请逾期未审批'],
  'grant.issued': ['An approval that lets the removal through was issued', '已签发允许卸载的批准'],
  'grant.consumed': ['It was used', '批准已使用'],
  'grant.lapsed': ['It was not used in time', '批准逾期未使用'],
  'grant.cancelled': ['It was taken back', '批准已收回'],
  'device.alarm': ['Tampered with, removed by force, weakened, silent, or well again', '设备被篡改、强制卸载、防护削弱、失联，或恢复正常'],
  'device.owner': ['Another owner, or one that waits for an administrator', '设备更换使用者，或更换待管理员确认'],
  'device.session': ['Somebody is signed in on a device again, or not any more', '设备上重新登录或不再登录'],
  'device.state': ['Enrolled, unbound, lost, found, uninstalled, long silent, back', '终端注册、解绑、挂失、找回、卸载、长期离线、恢复'],
  'directory.waiting': ['A reading of the directory would take too much away, and waits', '目录同步影响过大，等待管理员处理'],
  'policy.changed': ['The policy has a new version', '策略产生新版本'],
  'policy.proposed': ['A change waits for a second administrator', '变更等待另一位管理员确认'],
  'policy.decided': ['It was confirmed or refused', '变更已确认或被拒绝'],
  'policy.withdrawn': ['It was withdrawn', '变更已撤回'],
  'policy.expired': ['It expired, or another change was faster', '变更已过期或因其他变更失效'],
  'system.alarm': ['An app, a workflow, a source, a webhook or a group needs an administrator', '应用、流程、身份源、Webhook 或用户组需要管理员处理'],
};

export const eventGroups: [name: Text, events: Event[]][] = ([
  [['Requests', '申请'], 'request.'], [['Approvals on devices', '设备上的批准'], 'grant.'], [['Devices', '设备'], 'device.'],
  [['Policy', '策略'], 'policy.'], [['Directory and system', '目录与系统'], 'directory.'],
] as [Text, string][]).map(([name, start]) => [name, (Object.keys(events) as Event[]).filter((event) => event.startsWith(start) || (start === 'directory.' && event.startsWith('system.')))]);

export const eventName = (type: string): Text => events[type as Event] ?? (type === 'webhook.test' ? ['A test', '测试'] : [type, type]);

export const deliveryLooks: Record<Delivery['state'], readonly [Text, 'processing' | 'error' | 'success']> = {
  waiting: [['Waiting', '待发送'], 'processing'],
  failed: [['Given up', '已放弃'], 'error'],
  delivered: [['Delivered', '已送达'], 'success'],
};
