/* One webhook: what it tells whom, and the log of what was sent. */
import { Alert, Button, Drawer, Segmented, Switch } from 'antd';
import { useMemo, useState } from 'react';
import { useNavigate, useParams } from 'react-router';
import { useAddress } from '../../lib/address';
import { api, ifMatch, useChange, useGet, useList } from '../../lib/api';
import { Ago, When } from '../../lib/time';
import { useSay } from '../../lib/words';
import { Facts } from '../../parts/facts';
import { List, type Column } from '../../parts/list';
import { Page, PageSkeleton, Sheet } from '../../parts/page';
import { Panel } from '../../parts/panel';
import { State } from '../../parts/states';
import { SureDialog } from '../../parts/sure';
import { Trouble, useTell } from '../../parts/trouble';
import { EditPanel, Secret } from './panel';
import { deliveryLooks, eventName, type Delivery, type Webhook, type WithSecret } from './words';
import { Standing, useEnable } from './webhooks';

function Payload({ of, close }: { of?: Delivery; close: () => void }) {
  const say = useSay();
  return (
    <Drawer open={of !== undefined} onClose={close} size={640} title={of && say(eventName(of.type))}>
      {of && (
        <>
          <Facts facts={[
            [say('State', '状态'), <State key="s" of={of.state} in={deliveryLooks} />],
            [say('Id', '编号'), <span key="i" className="code break">{of.id}</span>],
            [say('Written', '产生时间'), <When key="w" ms={of.created_ms} />],
            [say('Last try', '最近尝试'), <When key="t" ms={of.tried_ms} none={say('none yet', '尚无')} />],
            [say('Attempts', '尝试次数'), of.attempts],
            [say('Answered', '应答'), of.status ?? say('nothing', '无')],
            [say('Error', '错误'), of.error || null],
          ]} />
          <h2 className="mini">{say('What is sent', '推送内容')}</h2>
          <pre className="code break soft" style={{ whiteSpace: 'pre-wrap', margin: 0 }} tabIndex={0}>{JSON.stringify(of.payload, null, 2)}</pre>
        </>
      )}
    </Drawer>
  );
}

function Log({ webhook }: { webhook: Webhook }) {
  const say = useSay();
  const tell = useTell();
  const [filters, set] = useAddress(['state'] as const);
  const [shown, show] = useState<Delivery>();
  const [all, setAll] = useState(false);
  const state = filters.state as Delivery['state'] | undefined;
  const found = useList('/api/v1/webhooks/{id}/deliveries', { params: { path: { id: webhook.id }, query: { state } } }, { keep: true });
  const replay = useChange((delivery: string | undefined) => api.POST('/api/v1/webhooks/{id}/replay', { params: { path: { id: webhook.id } }, body: delivery ? { delivery } : {} }));
  const columns = useMemo<Column<Delivery>[]>(() => [
    { title: say('Event', '事件'), narrow: 'head', width: 240, render: (_, one) => <div><Button type="link" style={{ padding: 0, height: 'auto', whiteSpace: 'normal', textAlign: 'start' }} onClick={() => show(one)}>{say(eventName(one.type))}</Button><div className="dim code small">{one.type}</div></div> },
    { title: say('State', '状态'), narrow: 'head', width: 120, render: (_, one) => <State of={one.state} in={deliveryLooks} /> },
    { title: say('Answered', '应答'), width: 240, render: (_, one) => <div>{one.status !== null && <span className="code">{one.status}</span>} {one.error && <span className="break">{one.error}</span>}{one.status === null && !one.error && '–'}{one.attempts > 1 && <div className="dim small">{say(`${one.attempts} attempts`, `已尝试 ${one.attempts} 次`)}</div>}</div> },
    { title: say('Written', '产生时间'), width: 130, render: (_, one) => <When ms={one.created_ms} /> },
    { title: say('Next, or done', '下次或完成'), width: 140, render: (_, one) => one.done_ms ? <When ms={one.done_ms} /> : <Ago ms={one.next_ms} /> },
    { title: say('Actions', '操作'), width: 130, render: (_, one) => <Button size="small" disabled={!webhook.enabled} onClick={() => replay.mutateAsync(one.id).then(() => tell.done(say('Sent again, under the same id', '已用相同编号重新推送')), tell.problem)}>{say('Send again', '重新推送')}</Button> },
  ], [say, tell, webhook.enabled]);
  return (
    <Sheet title={say('Sent in the last 30 days', '最近 30 天的推送')} deeds={<Button disabled={!webhook.enabled} onClick={() => setAll(true)}>{say('Send all that were given up again', '重新推送全部已放弃的')}</Button>}>
      <div className="filters">
        <Segmented aria-label={say('Which', '范围')} value={state ?? 'all'} onChange={(value) => set({ state: value === 'all' ? undefined : value })} options={[
          { value: 'all', label: say('All', '全部') }, ...(['waiting', 'failed', 'delivered'] as const).map((value) => ({ value, label: say(deliveryLooks[value][0]) })),
        ]} />
      </div>
      <List name={say('Deliveries', '推送记录')} found={found} columns={columns} open={show} empty={state ? say('Nothing in this state.', '没有此状态的推送。') : say('Nothing was sent yet. “Test” sends one at once.', '尚无推送。点击“测试”可立即发送一条。')} />
      <Payload of={found.items.find((one) => one.id === shown?.id) ?? shown} close={() => show(undefined)} />
      <SureDialog open={all} close={() => setAll(false)} title={say('Send all that were given up again?', '重新推送全部已放弃的？')} deed={say('Send again', '重新推送')}
        run={() => replay.mutateAsync(undefined).then((done) => tell.done(say(`Sent again: ${(done as { count: number }).count}`, `已重新推送 ${(done as { count: number }).count} 条`)))}>
        <p>{say('Each keeps its id, so that a receiver that had it already can drop it.', '各条保留原编号，接收方可据此去重。')}</p>
      </SureDialog>
    </Sheet>
  );
}

export default function WebhookPage() {
  const say = useSay();
  const tell = useTell();
  const navigate = useNavigate();
  const { id = '' } = useParams();
  const enable = useEnable();
  const [address, set] = useAddress(['panel'] as const);
  const [asked, ask] = useState<'rotate' | 'delete'>();
  const [rotated, setRotated] = useState<WithSecret>();
  const params = { path: { id } };
  const read = useGet('/api/v1/webhooks/{id}', { params });
  const test = useChange(() => api.POST('/api/v1/webhooks/{id}/test', { params }));
  const rotate = useChange(() => api.POST('/api/v1/webhooks/{id}/rotate', { params }));
  const remove = useChange(() => api.DELETE('/api/v1/webhooks/{id}', { params, headers: ifMatch(read.data) }));
  const one = read.data;
  if (read.error && !one) return <Page title="Webhook"><Trouble problem={read.error} again={() => void read.refetch()} /></Page>;
  if (!one) return <PageSkeleton title={['Webhook', 'Webhook']} />;
  const forget = () => setRotated(undefined);
  return (
    <Page
      title={one.name} about={one.description || undefined}
      deeds={(
        <>
          <Button type="primary" disabled={!one.enabled} loading={test.isPending} onClick={() => test.mutateAsync(undefined as never).then(() => tell.done(say('A test is being sent: see below', '正在发送测试，结果见下方')), tell.problem)}>{say('Test', '测试')}</Button>
          <Button onClick={() => set({ panel: 'edit' })}>{say('Edit', '编辑')}</Button>
          <Button onClick={() => ask('rotate')}>{say('New secret', '更换密钥')}</Button>
          <Button danger onClick={() => ask('delete')}>{say('Delete', '删除')}</Button>
        </>
      )}
    >
      {!one.enabled && one.disabled_because && (
        <Alert type="error" showIcon style={{ marginBottom: 16 }} title={say('The server has disabled it', '服务器已将其停用')} description={<><div className="break">{one.disabled_because}</div>{say('Nothing is written for it meanwhile. Mend the receiver, then enable it here.', '停用期间不产生推送。请修复接收方后在此启用。')}</>}
          action={<Button size="small" type="primary" onClick={() => enable.set(one, true)}>{say('Enable', '启用')}</Button>} />
      )}
      {one.old_secret_until_ms && <Alert type="info" showIcon style={{ marginBottom: 16 }} title={<>{say('The secret before this one signs too, until ', '原密钥同时有效，至 ')}<When ms={one.old_secret_until_ms} />{say('.', '。')}</>} />}
      <Sheet>
        <Facts facts={[
          [say('On', '启用'), <span key="e" className="row"><Switch checked={one.enabled} loading={enable.busy} onChange={(on) => enable.set(one, on)} aria-label={say('On', '启用')} /><Standing of={one} /></span>],
          [say('Address', '接收地址'), <span key="a" className="code break">{one.url}</span>],
          [say('Events', '推送内容'), one.events.includes('*') ? say('everything, also what later versions add', '全部事件，含今后新增') : <ul className="plain">{one.events.map((event) => <li key={event} style={{ margin: 0 }}><span className="code">{event}</span> <span className="dim">{say(eventName(event))}</span></li>)}</ul>],
          [say('Secret', '密钥'), <span key="s" className="dim">{say('stored, shown once when it was made', '已保存，仅在生成时显示一次')}</span>],
          [say('Made', '创建时间'), <When key="c" ms={one.created_ms} />],
        ]} />
      </Sheet>
      <Log webhook={one} />
      <EditPanel webhook={one} open={address.panel === 'edit'} close={() => set({ panel: undefined })} again={async () => (await read.refetch()).data} />
      <SureDialog open={asked === 'rotate'} close={() => ask(undefined)} title={say('Make a new secret?', '更换密钥？')} deed={say('Make it', '更换')} run={async () => setRotated(await rotate.mutateAsync(undefined as never) as WithSecret)}>
        <p>{say('For a day deliveries carry a signature of the old one and one of the new.', '一天之内推送同时带有新旧两个密钥的签名。')}</p>
      </SureDialog>
      <Panel open={rotated !== undefined} close={forget} width={560} title={say('The new secret', '新密钥')} footer={<div className="row" style={{ justifyContent: 'flex-end' }}><Button type="primary" onClick={forget}>{say('I have kept it', '我已保存')}</Button></div>}>
        {rotated && <Secret of={rotated} old />}
      </Panel>
      <SureDialog open={asked === 'delete'} close={() => ask(undefined)} danger title={say(`Delete ${one.name}?`, `删除 ${one.name}？`)} deed={say('Delete', '删除')}
        run={() => remove.mutateAsync(undefined as never).then(() => { tell.done(say('Deleted', '已删除')); navigate('/console/settings/webhooks'); })}>
        <p>{say('What waits to be sent and its log are deleted too. Disabling it keeps them.', '待发送内容及推送记录将一并删除。停用则会保留。')}</p>
      </SureDialog>
    </Page>
  );
}
