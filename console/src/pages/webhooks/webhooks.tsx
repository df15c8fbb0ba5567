/* Settings > Webhooks: other programs that are told what happens. */
import { PlusOutlined } from '@ant-design/icons';
import { Button, Switch, Tag } from 'antd';
import { useMemo } from 'react';
import { Link } from 'react-router';
import { useAddress } from '../../lib/address';
import { api, useChange, useList } from '../../lib/api';
import { When } from '../../lib/time';
import { useSay } from '../../lib/words';
import { List, type Column } from '../../parts/list';
import { Page } from '../../parts/page';
import { useTell } from '../../parts/trouble';
import { CreatePanel } from './panel';
import { type Webhook } from './words';

/* Whether deliveries arrive. */
export function Standing({ of }: { of: Webhook }) {
  const say = useSay();
  if (!of.enabled) return <div><Tag>{say('Disabled', '已停用')}</Tag>{of.disabled_because && <div className="dim small break">{of.disabled_because}</div>}</div>;
  if (of.failures > 0) return <div><Tag color="error">{say('Failing', '推送失败')}</Tag><div className="dim small">{say(`${of.failures} in a row, since `, `连续 ${of.failures} 次，自 `)}<When ms={of.failing_since_ms} /></div></div>;
  return <Tag color="success">{say('On', '启用')}</Tag>;
}

/* On or off. */
export function useEnable() {
  const say = useSay();
  const tell = useTell();
  const change = useChange(({ id, enabled }: { id: string; enabled: boolean }) => api.PATCH('/api/v1/webhooks/{id}', { params: { path: { id } }, body: { enabled } }));
  return { busy: change.isPending, set: (one: Webhook, enabled: boolean) => void change.mutateAsync({ id: one.id, enabled }).then(() => tell.done(enabled ? say('Enabled', '已启用') : say('Disabled', '已停用')), tell.problem) };
}

export default function WebhooksPage() {
  const say = useSay();
  const enable = useEnable();
  const [address, set] = useAddress(['panel'] as const);
  const found = useList('/api/v1/webhooks');
  const columns = useMemo<Column<Webhook>[]>(() => [
    { title: say('Name', '名称'), narrow: 'head', width: 190, render: (_, one) => <div><Link to={`/console/settings/webhooks/${one.id}`}><b>{one.name}</b></Link>{one.description && <div className="dim two">{one.description}</div>}</div> },
    { title: say('Address', '接收地址'), width: 250, render: (_, one) => <span className="code break">{one.url}</span> },
    { title: say('Events', '推送内容'), width: 230, render: (_, one) => one.events.includes('*') ? say('everything', '全部事件') : <span className="code small break">{one.events.join(', ')}</span> },
    { title: say('State', '状态'), narrow: 'head', width: 170, render: (_, one) => <Standing of={one} /> },
    { title: say('On', '启用'), width: 75, render: (_, one) => <Switch checked={one.enabled} loading={enable.busy} onChange={(on) => enable.set(one, on)} aria-label={`${say('On', '启用')}: ${one.name}`} /> },
  ], [say, enable.busy]);
  const create = <Button type="primary" icon={<PlusOutlined aria-hidden />} onClick={() => set({ panel: 'create' })}>{say('Create a webhook', '创建 Webhook')}</Button>;
  return (
    <Page title="Webhooks" about={say('Other programs are told what happens: a ticket system, a chat room, a SIEM.', '将发生的事件推送给其他系统：工单、聊天群、SIEM。')} deeds={create}>
      <section className="sheet">
        <List name="Webhooks" found={found} columns={columns} empty={<>{say('No webhook yet. One sends what you choose to an address of yours, signed, and again until it arrives.', '尚无 Webhook。创建后会将所选事件签名推送至您的地址，失败时自动重试。')}<div style={{ marginTop: 12 }}>{create}</div></>} />
      </section>
      <CreatePanel open={address.panel === 'create'} close={() => set({ panel: undefined })} />
    </Page>
  );
}
