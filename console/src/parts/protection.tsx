/* Whether a device is protected, and why: what the policy says of its owner, and what the policy does. */
import { Tag } from 'antd';
import { useGet, type Schema } from '../lib/api';
import { useSay, type Say, type Text } from '../lib/words';

type Device = Pick<Schema<'Device'>, 'state' | 'coverage' | 'statement'>;
type Mode = Schema<'Policy'>['mode'];
type Look = readonly [text: Text, colour: string];

const known: Record<string, Text> = {
  everyone: ['everybody is in the scope', '生效范围为全体用户'],
  whitelist: ['the owner is on the whitelist', '使用者在白名单中'],
  'out of scope': ['the owner is outside the scope', '使用者不在生效范围内'],
  'unknown person': ['the owner is not known', '使用者未知'],
  unbound: ['the device is nobody’s', '设备不属于任何人'],
};

/* Why somebody is covered or not, of the server's few words for it. */
export function coverageWords(why: string, say: Say) {
  const words = known[why];
  if (words) return say(words);
  return why.startsWith('group ') ? say(`the owner is in the group ${why.slice(6)}`, `使用者属于用户组“${why.slice(6)}”`) : why;
}

const gone: Device['state'][] = ['unbound', 'uninstalled', 'removed-without-grant'];

export function protectionOf(device: Device, mode: Mode | undefined): Look {
  if (gone.includes(device.state)) return [['Not protected', '未受保护'], device.state === 'removed-without-grant' ? 'error' : 'default'];
  if (device.state === 'presumed-uninstalled') return [['Unknown', '未知'], 'default'];
  if (!device.coverage.covered) return [['Exempt', '已豁免'], 'default'];
  if (mode === 'off') return [['Policy is off', '策略未启用'], 'default'];
  if (mode === 'audit') return [['Only watched', '仅审计'], 'warning'];
  return [['Protected', '受保护'], 'success'];
}

const becauseOfState: Partial<Record<Device['state'], Text>> = {
  uninstalled: ['the client was uninstalled', '客户端已卸载'],
  'removed-without-grant': ['the client was removed by force', '客户端被强制卸载'],
  'presumed-uninstalled': ['silent since it fetched an approval', '领取批准后再无消息'],
};

export function protectionWhy(device: Device, say: Say) {
  const because = becauseOfState[device.state];
  return because ? say(because) : coverageWords(device.coverage.why, say);
}

export function Protection({ device, brief }: { device: Device; brief?: boolean }) {
  const say = useSay();
  const { data: policy } = useGet('/api/v1/policy');
  if (!policy) return null;
  const [text, colour] = protectionOf(device, policy.mode);
  if (brief) return <Tag color={colour}>{say(text)}</Tag>;
  const changing = !device.statement.newest && !gone.includes(device.state) && (device.coverage.covered || device.statement.held !== null);
  return (
    <span>
      <Tag color={colour}>{say(text)}</Tag>
      <div className="dim small">{protectionWhy(device, say)}</div>
      {changing && <div className="dim small">{say('newest policy not received yet', '尚未收到最新策略')}</div>}
    </span>
  );
}
