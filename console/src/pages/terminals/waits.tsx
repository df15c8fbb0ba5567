/* What somebody should know of a device at once, or decide: in words, with the deed beside it. */
import { Alert, Button } from 'antd';
import { useState } from 'react';
import { Link } from 'react-router';
import { api, ifMatch, useChange, useGet, type Schema } from '../../lib/api';
import { When } from '../../lib/time';
import { useMayChange } from '../../lib/session';
import { useSay } from '../../lib/words';
import { ReasonDialog } from '../../parts/reason';
import { useTell } from '../../parts/trouble';

type Device = Schema<'DeviceDetail'>;

function HeldOwner({ device }: { device: Device }) {
  const say = useSay();
  const tell = useTell();
  const may = useMayChange();
  const [asked, ask] = useState<boolean>();
  const answer = useChange((body: { confirm: boolean; comment?: string }) =>
    api.POST('/api/v1/devices/{id}/confirm-owner', { params: { path: { id: device.id } }, body, headers: ifMatch(device) }));
  const held = device.held_for!;
  const now = device.owner.name;
  if (!held.waiting) {
    return (
      <Alert
        type="info" showIcon title={say(`It is protected as for ${held.name}`, `按 ${held.name} 的策略保护`)}
        description={say(`${now} uses it and is not covered by the policy. Somebody decided that the protection stays; it ends when a person who is covered signs in.`,
          `当前使用者 ${now} 不受策略覆盖。管理员已决定保持原有保护；当受策略覆盖的人登录后，将以其为准。`)}
      />
    );
  }
  return (
    <>
      <Alert
        type="warning" showIcon title={say(`${now} took it over from ${held.name}: does the protection follow?`, `${now} 已从 ${held.name} 处接管此设备：保护是否随之变更？`)}
        description={
          <>
            <p>{say(`The policy covers ${held.name} but not ${now}. The device is ${now}’s, and stays protected as before until somebody decides. If it followed ${now}, the client could be uninstalled without an approval.`,
              `策略覆盖 ${held.name}，但不覆盖 ${now}。设备现属于 ${now}，在有人决定之前仍按原样受保护。如随 ${now} 变更，则无需批准即可卸载客户端。`)} <span className="dim">{say('Since', '自')} <When ms={held.since_ms} /></span></p>
            {may && (
              <div className="row">
                <Button type="primary" onClick={() => ask(false)}>{say('Keep it protected…', '保持保护…')}</Button>
                <Button danger onClick={() => ask(true)}>{say(`Follow ${now}, end the protection…`, `随 ${now} 变更，结束保护…`)}</Button>
              </div>
            )}
          </>
        }
      />
      <ReasonDialog
        open={asked !== undefined} close={() => ask(undefined)} danger={asked} label={say('Comment, for the record', '备注（将写入审计记录）')}
        title={asked ? say(`End the protection of ${device.name}?`, `结束 ${device.name} 的保护？`) : say(`Keep ${device.name} protected?`, `保持 ${device.name} 的保护？`)}
        deed={asked ? say('Follow the new owner', '随新使用者变更') : say('Keep it protected', '保持保护')}
        about={asked ? say(`What holds follows ${now} from then on: the client can be uninstalled without an approval.`, `此后以 ${now} 为准：无需批准即可卸载客户端。`)
          : say(`It stays protected as for ${held.name}, whoever of those who are not covered signs in.`, `保护将继续以 ${held.name} 为准。`)}
        run={async (comment) => {
          await answer.mutateAsync({ confirm: asked!, ...(comment ? { comment } : {}) });
          tell.done(asked ? say('It follows the new owner', '已随新使用者变更') : say('It stays protected', '已保持保护'));
        }}
      />
    </>
  );
}

function Cloned({ device }: { device: Device }) {
  const say = useSay();
  const tell = useTell();
  const may = useMayChange();
  const settle = useChange(() => api.POST('/api/v1/devices/{id}/settle-clone', { params: { path: { id: device.id } } }));
  const marked = useGet('/api/v1/devices', { params: { query: { search: device.name, limit: 50 } } });
  const copies = (marked.data?.items ?? []).filter((one) => one.clone_of === device.id);
  return (
    <Alert
      type="error" showIcon title={say('Its identity was alive on two machines at once', '其身份曾同时出现在两台机器上')}
      description={
        <>
          <p>{say('Somebody copied this computer’s disk, or restored an image of it. Unused approvals were called back. The machine that was enrolled goes on under this entry; the copy has an entry of its own, as protected as this one, where nobody is signed in until somebody says whose it is. Find out where the copy came from; then settle it here.',
            '有人复制了此电脑的磁盘，或恢复了其镜像。未使用的批准已被收回。原机器沿用此条目；副本有自己的条目，受同样的保护，在确认使用者之前无人登录。请查明副本的来源，然后在此标记为已处理。')} <span className="dim"><When ms={device.cloned_ms} /></span></p>
          {copies.length > 0 && <p>{say('The copy: ', '副本：')}{copies.map((one, i) => <span key={one.id}>{i > 0 && ', '}<Link to={`/console/terminals/${one.id}`}>{one.name}</Link></span>)}</p>}
          {may && <Button loading={settle.isPending} onClick={() => settle.mutateAsync(undefined as never).then(() => tell.done(say('Settled', '已处理')), tell.problem)}>{say('I looked into it', '已查明并处理')}</Button>}
        </>
      }
    />
  );
}

function CopyOf({ id }: { id: string }) {
  const say = useSay();
  const { data } = useGet('/api/v1/devices/{id}', { params: { path: { id } } });
  return <Alert type="info" showIcon title={<>{say('It was split from ', '由此设备拆分而来：')}<Link to={`/console/terminals/${id}`}>{data?.name ?? say('another device', '另一台设备')}</Link></>} description={say('It came up with that device’s identity, and has an entry of its own since.', '此设备曾使用那台设备的身份，之后有了自己的条目。')} />;
}

export function Waits({ device }: { device: Device }) {
  const say = useSay();
  return (
    <div className="stack waits">
      {device.held_for && <HeldOwner device={device} />}
      {device.cloned_ms && <Cloned device={device} />}
      {device.clone_of && <CopyOf id={device.clone_of} />}
      {device.state === 'lost' && <Alert type="warning" showIcon title={say('It is reported lost', '此设备已挂失')} description={device.online
        ? say('And it is online at this moment: whoever has it is connected. It is as protected as before, and nothing can be filed on it.', '设备此刻在线：持有者已联网。保护保持不变，无法在其上报备。')
        : say('It is as protected as before, and nothing can be filed on it.', '保护保持不变，无法在其上报备。')} />}
      {device.state === 'unbound' && <Alert type="info" showIcon title={say('It is nobody’s', '此设备不属于任何人')} description={say('It is not protected. Whoever signs in on it makes it a device of theirs.', '不受保护。在其上登录的人将成为使用者。')} />}
      {device.state === 'removed-without-grant' && <Alert type="error" showIcon title={say('The client was removed by force', '客户端被强制卸载')} description={say('Nothing allowed it. When the client is there again, or somebody enrols the computer again, the alarm closes by itself.', '没有任何批准。客户端恢复或设备重新注册后，告警将自动解除。')} />}
      {device.owner.departed && device.state !== 'unbound' && <Alert type="warning" showIcon title={say(`${device.owner.name} has left the organisation`, `${device.owner.name} 已离职`)} description={say('The device is as protected as before, and nobody can file on it. Whoever uses it now signs in with “holdfast login --switch”; or release it, or unbind it.', '设备仍受保护，无人可在其上报备。现使用者可通过“holdfast login --switch”登录；也可放行或解绑。')} />}
    </div>
  );
}
