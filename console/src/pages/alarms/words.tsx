/* What alarms are called, and what to do about each. */
import type { Schema } from '../../lib/api';
import type { Text } from '../../lib/words';

export type Alarm = Schema<'Alarm'>;

export const alarmKinds: Record<Alarm['kind'], { name: Text; remedy: Text }> = {
  'removed-without-grant': {
    name: ['Removed without grant', '未经批准被卸载'],
    remedy: ['A package was removed and nothing allowed it. Speak with the owner; the alarm closes when the client is there again, or when the device is unbound.',
      '软件被卸载但未获批准。请联系使用者；重新安装客户端或解绑该设备后告警关闭。'],
  },
  silent: {
    name: ['Silent', '失去联系'],
    remedy: ['The device is covered by the policy, did not say goodbye, and has not been heard for longer than the settings allow. It closes when the device is heard again.',
      '该设备在策略生效范围内，未正常告别且失联时间超过设置的时限。设备恢复联系后告警关闭。'],
  },
  'many-silent': {
    name: ['Many devices silent at once', '大量设备同时失联'],
    remedy: ['So many fell silent within an hour that a network, or the way to this server, is the likely cause.', '一小时内大量设备失联，可能是网络或到服务器的链路故障。'],
  },
  weakened: {
    name: ['Protection weakened', '防护被削弱'],
    remedy: ['The device found something amiss with its own protection. It closes when that is well again.', '设备发现自身防护异常。恢复正常后告警关闭。'],
  },
  'unknown-build': {
    name: ['Unknown client build', '未知客户端版本'],
    remedy: ['The device runs a build of the client that nobody has accepted. Accept it if it is yours (Client builds).', '设备运行的客户端版本未被认可。若为贵组织的版本，请在“客户端版本”中认可。'],
  },
};

/* What a terminal can find amiss with itself. */
export const findings: Record<string, Text> = {
  'files-changed': ['Files of the client were changed', '客户端文件被更改'],
  'files-missing': ['Files of the client are missing', '客户端文件缺失'],
  'script-changed': ['The package’s scripts were changed', '软件包脚本被更改'],
  'package-selection': ['The package is marked for removal', '软件包被标记为待卸载'],
  'unit-masked': ['The service is masked', '服务被屏蔽'],
  'unit-overridden': ['The service is overridden', '服务配置被覆盖'],
  'unit-disabled': ['The service is disabled', '服务被禁用'],
  'unit-missing': ['The service is missing', '服务文件缺失'],
  'clock-back': ['The clock was set back', '系统时间被回拨'],
  'guard-missing': ['The guard of a protected package is missing', '受保护软件包的防护缺失'],
  'restarted-by-force': ['The client was ended by force again and again', '客户端多次被强制结束'],
};

/* What an alarm is about, behind its kind. */
export function aboutAlarm(alarm: Alarm): Text {
  if (alarm.kind === 'weakened') return findings[alarm.subject] ?? [alarm.subject, alarm.subject];
  if (alarm.kind === 'unknown-build') return [alarm.subject.slice(0, 12), alarm.subject.slice(0, 12)];
  return [alarm.subject, alarm.subject];
}
