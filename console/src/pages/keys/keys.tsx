/* Settings > Keys: what statements and grants are signed with, and until when. */
import { Alert, App, Button, Tag } from 'antd';
import { useMemo } from 'react';
import { api, useChange, useGet, type Schema } from '../../lib/api';
import { useMay } from '../../lib/session';
import { Ago, When } from '../../lib/time';
import { useSay, type Text } from '../../lib/words';
import { Copy } from '../../parts/copy';
import { Facts } from '../../parts/facts';
import { List, whole, type Column } from '../../parts/list';
import { Page, Sheet, SheetSkeleton } from '../../parts/page';
import { Trouble, useTell } from '../../parts/trouble';

type Epoch = Schema<'Keys'>['epochs'][number];

const states: Record<Epoch['state'], [Text, string]> = {
  next: [['Next', '即将启用'], 'processing'],
  current: [['In use', '使用中'], 'success'],
  earlier: [['Earlier', '历史'], 'default'],
  expired: [['Expired', '已过期'], 'default'],
};

export default function KeysPage() {
  const say = useSay();
  const tell = useTell();
  const owner = useMay('owner');
  const { modal } = App.useApp();
  const keys = useGet('/api/v1/keys');
  const renew = useChange(() => api.POST('/api/v1/keys/renew'));
  const k = keys.data;
  const columns = useMemo<Column<Epoch & { id: string }>[]>(() => [
    { title: say('Epoch', '序号'), narrow: 'head', width: 70, className: 'numeric', render: (_, epoch) => epoch.epoch },
    { title: say('State', '状态'), narrow: 'head', width: 110, render: (_, epoch) => <Tag color={states[epoch.state][1]}>{say(states[epoch.state][0])}</Tag> },
    { title: say('Key', '指纹'), width: 380, render: (_, epoch) => <span className="code break">{epoch.key_id}</span> },
    { title: say('From', '生效'), width: 140, render: (_, epoch) => <When ms={epoch.not_before_ms} /> },
    { title: say('Until', '到期'), width: 140, render: (_, epoch) => <When ms={epoch.expires_ms} /> },
  ], [say]);
  const ask = () => modal.confirm({
    title: say('Make a new signing key now?', '立即生成新的签名密钥？'),
    content: say('It is used within a minute. Devices take it with their next poll; what the earlier keys signed stays good.', '一分钟内启用。设备在下次连接时获取；此前密钥签发的内容继续有效。'),
    okText: say('Make a new key', '生成新密钥'),
    onOk: () => renew.mutateAsync(undefined as never).then(() => tell.done(say('A new key is made', '已生成新密钥')), tell.problem),
  });
  return (
    <Page title={say('Keys', '密钥')} about={say('Devices believe only what these keys signed. The root certifies the signing keys, which take turns every 90 days.', '设备只信任由这些密钥签名的内容。根密钥认证每 90 天轮换一次的签名密钥。')}>
      <Trouble problem={keys.error} again={() => void keys.refetch()} />
      {!k ? <SheetSkeleton /> : (
        <>
          {k.root.on_server && (
            <Alert type="warning" showIcon style={{ marginBottom: 16 }} title={say('The root’s secret is still on the server', '根密钥的私钥仍保存在服务器上')}
              description={<>{say('Whoever takes over the server could then make keys of their own. Write the secret down, lock it away, and take it off the server with:', '若服务器被攻破，攻击者可自行签发密钥。请抄录私钥妥善保管，并用以下命令将其从服务器移除：')}<div style={{ marginTop: 8 }}><Copy text="holdfast-server keys root --config /etc/holdfast/server.conf" name={say('command', '命令')} /></div></>} />
          )}
          {!k.renewal.by_itself && k.renewal.command && (
            <Alert type="info" showIcon style={{ marginBottom: 16 }} title={<>{say('The next signing key needs the root', '更换签名密钥需要根密钥')}{say(': ', '：')}<Ago ms={k.renewal.due_ms} /></>}
              description={<>{say('The root is not on the server, so keys do not renew by themselves. In time, run on the server, with the root’s secret on standard input:', '根密钥不在服务器上，签名密钥不会自动更换。请按时在服务器上运行以下命令，并从标准输入提供根密钥：')}<div style={{ marginTop: 8 }}><Copy text={k.renewal.command} name={say('command', '命令')} /></div></>} />
          )}
          <Sheet title={say('Root', '根密钥')}>
            <Facts facts={[
              [say('Thumbprint', '指纹'), <Copy key="t" text={k.root.key_id} name={say('thumbprint', '指纹')} />],
              [say('Public key', '公钥'), <Copy key="p" text={k.root.public_key} name={say('public key', '公钥')} />],
              [say('Made', '生成时间'), <When key="m" ms={k.root.made_ms} />],
              [say('Its secret', '私钥'), k.root.on_server ? say('on the server', '在服务器上') : say('kept elsewhere', '已离线保存')],
            ]} />
            <p className="dim" style={{ marginBottom: 0 }}>{say('Write the public key down where the server is not: an exported audit record is verified against it.', '请将公钥另行记录：校验导出的审计记录时需要它。')}</p>
          </Sheet>
          <Sheet title={say('Signing keys', '签名密钥')} deeds={owner && k.root.on_server && <Button onClick={ask} loading={renew.isPending}>{say('New key now', '立即更换')}</Button>}>
            <p className="dim">{k.renewal.by_itself ? <>{say('The next one is made by itself', '下一个密钥将自动生成')}{say(': ', '：')}<When ms={k.renewal.due_ms} /></> : null}</p>
            <List name={say('Signing keys', '签名密钥')} found={whole(k.epochs.map((epoch) => ({ ...epoch, id: epoch.key_id })))} columns={columns} empty={say('None yet.', '尚无。')} />
          </Sheet>
        </>
      )}
    </Page>
  );
}
