/* How a request stands, and what happens next, in sentences. */
import type { ReactNode } from 'react';
import type { Schema } from '../../lib/api';
import { When } from '../../lib/time';
import { useSay, type Say } from '../../lib/words';

type Instance = Schema<'Instance'>;

const list = (say: Say, names: string[]) => names.join(say(', ', '、'));

function waiting(i: Instance, say: Say): ReactNode {
  const level = i.levels.find((one) => one.state === 'open');
  const ends = <>{say(' If nobody decides, it expires ', '若无人处理，将于 ')}<When ms={i.expires_ms} />{say('.', ' 过期。')}</>;
  const asked = level?.tasks.filter((task) => task.state === 'open').map((task) => task.name) ?? [];
  if (level) {
    const all = level.mode === 'all' && asked.length > 1;
    return (
      <>
        {i.levels.length > 1
          ? say(`Level ${level.level} of ${i.levels.length} is being asked. `, `正在进行第 ${level.level} 级审批（共 ${i.levels.length} 级）。`) : null}
        {asked.length === 0 ? say('Nobody is left to ask: an administrator has to decide.', '没有可用的审批人，需由管理员处理。')
          : all ? say(`It waits for all of: ${list(say, asked)}.`, `等待以下全部人员处理：${list(say, asked)}。`)
            : asked.length > 1 ? say(`It waits for any one of: ${list(say, asked)}.`, `等待以下任一人员处理：${list(say, asked)}。`)
              : say(`It waits for ${asked[0]}.`, `等待 ${asked[0]} 处理。`)}
        {ends}
      </>
    );
  }
  switch (i.delivery.state) {
    case 'queued':
      return <>{say('It is on its way to DingTalk. It can be decided here already.', '正在发送至钉钉，也可以现在在此处理。')}{ends}</>;
    case 'failed':
      return <>{say('It could not be brought to DingTalk, so nobody is asked there. Decide it here, or mend the link and send it again.', '未能发送至钉钉，钉钉中无人收到。请在此处理，或修复连接后重新发送。')}{ends}</>;
    case 'submitted':
      return <>{i.pending_with.length ? say(`${list(say, i.pending_with)} has it in DingTalk.`, `钉钉中正由 ${list(say, i.pending_with)} 处理。`) : say('It is in DingTalk.', '已在钉钉中等待审批。')}{say(' The first decision counts, there or here.', '钉钉与此处以先作出的决定为准。')}{ends}</>;
    case 'closing': case 'closed':
      return <>{say('In DingTalk it is at its end; an administrator has to decide it here.', '钉钉流程已结束，需由管理员在此处理。')}{ends}</>;
    default:
      return <>{say('An administrator has to decide it.', '需由管理员处理。')}{ends}</>;
  }
}

function granted(i: Instance, say: Say): ReactNode {
  const { grant } = i;
  const until = grant?.exp_ms ? <>{say(' It may be used until ', '有效期至 ')}<When ms={grant.exp_ms} />{say('.', '。')}</> : say(' It may be used until it is.', '使用前一直有效。');
  switch (grant?.state) {
    case 'unused': return <>{say('The approval waits for the device, which fetches it as soon as it is online.', '批准已就绪，设备联网后自动领取。')}{until}</>;
    case 'delivered': return <>{say('The device has the approval: the employee can uninstall now.', '设备已领取批准，员工可以卸载。')}{until}</>;
    case 'used': return say('The approval was used: the package was let go.', '批准已使用，软件包已允许卸载。');
    case 'lapsed': return say('The approval was not used in time. Uninstalling is blocked again; the employee may file anew.', '批准未在有效期内使用，已恢复禁止卸载，员工可重新报备。');
    case 'revoking': return <>{say('The approval was taken back, but the device has not confirmed that yet: until it is online, it may still use it.', '批准已收回，但设备尚未确认：在其联网之前仍可能使用。')}</>;
    case 'revoked': return <>{say('The approval was taken back, and the device has confirmed it. Uninstalling is blocked.', '批准已收回，设备已确认，禁止卸载。')}</>;
    default: return say('It was approved.', '已通过。');
  }
}

export function Standing({ instance: i }: { instance: Instance }) {
  const say = useSay();
  switch (i.status) {
    case 'pending': return waiting(i, say);
    case 'approved': return granted(i, say);
    case 'rejected': return <>{say('Uninstalling stays blocked. The employee reads the comment and may file again.', '仍禁止卸载。员工会看到审批意见，可重新报备。')}</>;
    case 'revoked': return <>{i.decision?.channel === 'system'
      ? say('It is needed no more. Nothing was decided.', '申请已不再需要，未作审批。')
      : say('It was withdrawn before anybody decided. The employee may file again.', '申请在审批前已撤回，员工可重新报备。')}</>;
    case 'expired': return <>{say('Nobody decided in time. Uninstalling stays blocked; the employee may file again.', '无人在限期内处理。仍禁止卸载，员工可重新报备。')}</>;
  }
}
