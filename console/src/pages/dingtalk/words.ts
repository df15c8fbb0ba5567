/* Words of what stands between Holdfast and DingTalk. */
import type { Schema } from '../../lib/api';
import { duration } from '../../lib/time';
import type { Language, Say, Text } from '../../lib/words';

export type App = Schema<'DingTalkApp'>;
export type Organisation = Schema<'Organisation'>;
export type Delivery = Schema<'Delivery'>;

export const ingressNames: Record<App['ingress'], Text> = { push: ['HTTP push', 'HTTP 推送'], stream: ['Stream', 'Stream 模式'] };
export const noticeNames: Record<App['notice_channel'], Text> = { 'work-notice': ['work notice', '工作通知'], robot: ['robot', '机器人'] };

export const deliveryKinds: Record<Delivery['kind'], Text> = {
  create: ['Create the form', '创建审批单'],
  settle: ['Look whether the form was created', '核实审批单是否已创建'],
  duplicate: ['Withdraw a second form', '撤销重复的审批单'],
  comment: ['Remark in the form', '在审批单中备注'],
  terminate: ['Close the form', '结束审批单'],
  carry: ['Look whose turn it is', '查询当前审批任务'],
  execute: ['Carry the decision through', '代为审批'],
  remind: ['Look who has it', '查询待办人'],
  notice: ['Message to a person', '发送消息'],
};

export const deliveryLooks: Record<Delivery['state'], readonly [Text, 'processing' | 'error' | 'success']> = {
  waiting: [['Waiting', '待发送'], 'processing'],
  dead: [['Needs you', '待处理'], 'error'],
  done: [['Done', '已完成'], 'success'],
};

/* "320 ms", "4 seconds": how late DingTalk's events come. */
export const lag = (ms: number, language: Language) => (ms < 1000 ? `${Math.max(0, ms)} ms` : duration(ms, language));

/* How decisions made in DingTalk are heard of now, and why so often. */
export function readingWords({ over, month_ends_ms: ends, readings }: Organisation, say: Say, language: Language, clock: (ms: number) => string): string {
  if (over) return say(`DingTalk says that the month’s calls are used up. Nothing is sent to it before ${clock(ends)}, or before you enter a higher figure.`, `钉钉提示本月调用次数已用完。${clock(ends)} 之前或提高下方数额之前，不再向钉钉发送任何内容。`);
  const every = duration(readings.interval_ms, language);
  const look = readings.open === 0 ? say('No request is open in DingTalk.', '钉钉中没有待审批的申请。')
    : say(`Requests open in DingTalk: ${readings.open}. Each is looked at every ${every} at the latest.`, `钉钉中待审批的申请：${readings.open} 条，最长每 ${every} 查询一次。`);
  const events: Record<Organisation['readings']['events'], string> = {
    proven: say('DingTalk’s events arrive: decisions are known at once, and looking is only a safeguard.', '钉钉事件推送正常：审批结果即时获知，查询仅作保障。'),
    unknown: say('Whether DingTalk’s events arrive is not known yet: no decision has shown it.', '尚无审批结果可证明钉钉事件推送是否正常。'),
    silent: say(`DingTalk’s events do not arrive${readings.silent_since_ms ? ` since ${clock(readings.silent_since_ms)}` : ''}: decisions are found by looking. Check the event subscription.`, `钉钉事件推送${readings.silent_since_ms ? `自 ${clock(readings.silent_since_ms)} 起` : ''}未送达：改为通过查询获知结果。请检查事件订阅。`),
  };
  return `${events[readings.events]} ${look}`;
}
