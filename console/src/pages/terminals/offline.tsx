/* Codes with which an offline device lets its client go (docs/offline.md): which it has, and revealing one. */
import { Alert, Button, Form, Input, InputNumber, Radio, Select, Tag } from 'antd';
import { useEffect, useState } from 'react';
import { Link } from 'react-router';
import { api, useChange, useGet, useList, type Schema } from '../../lib/api';
import { useMayChange } from '../../lib/session';
import { When } from '../../lib/time';
import { useSay } from '../../lib/words';
import { CopyButton } from '../../parts/copy';
import { Dialog } from '../../parts/dialog';
import { Sheet, SheetSkeleton } from '../../parts/page';
import { Trouble } from '../../parts/trouble';

type Device = Schema<'DeviceDetail'>;
type Codes = Schema<'OfflineCodes'>;
interface Fields { device_code: string; index: number; ground: 'request' | 'reason'; instance?: string; reason?: string }

/* How long it is good yet, to the second in the last hour. */
function Countdown({ to }: { to: number }) {
  const say = useSay();
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, []);
  const left = Math.max(0, Math.floor((to - now) / 1000));
  const [days, hours, minutes, seconds] = [Math.floor(left / 86400), Math.floor(left / 3600) % 24, Math.floor(left / 60) % 60, left % 60];
  const clock = [hours, minutes, seconds].map((one) => String(one).padStart(2, '0')).join(':');
  return <span className="numeric" role="timer">{days ? say(`${days} d ${clock}`, `${days} 天 ${clock}`) : clock}</span>;
}

function Reveal({ device, codes, open, close }: { device: Device; codes: Codes; open: boolean; close: () => void }) {
  const say = useSay();
  const [form] = Form.useForm<Fields>();
  const ground = Form.useWatch('ground', form);
  const [shown, show] = useState<Schema<'RevealedCode'>>();
  const approved = useList('/api/v1/instances', { params: { query: { device: device.id, status: 'approved', effect: 'unused' } } }, { limit: 50, enabled: open });
  const reveal = useChange((body: Schema<'RevealOfflineCodeBody'>) => api.POST('/api/v1/devices/{id}/offline-codes/reveal', { params: { path: { id: device.id } }, body }));
  const ready = codes.codes.filter((one) => one.state === 'ready');
  const go = async ({ device_code, index, ground, instance, reason }: Fields) =>
    show((await reveal.mutateAsync({ device_code: device_code.trim(), index, ...(ground === 'request' ? { instance } : { reason: reason!.trim() }) }))!);
  const needed = (en: string, zh: string) => [{ required: true, whitespace: true, message: say(en, zh) }];
  return (
    <Dialog
      open={open} title={shown ? say('Read this code out', '请读出此离线码') : say(`Reveal an offline code of ${device.name}`, `查看 ${device.name} 的离线码`)} destroyOnHidden mask={{ closable: false }}
      onCancel={close} afterClose={() => { show(undefined); reveal.reset(); }}
      footer={shown ? <Button type="primary" onClick={close}>{say('Done', '完成')}</Button> : undefined}
      okText={say('Reveal the code', '查看离线码')} okButtonProps={{ danger: true }} cancelText={say('Cancel', '取消')} confirmLoading={reveal.isPending} onOk={() => form.submit()}
    >
      {shown ? (
        <div role="status">
          <div className="read-out"><code>{shown.code}</code><CopyButton text={shown.code} name={say('Offline code', '离线码')} /></div>
          <p>{say('It is shown only now. Whoever is at the computer types it, with “holdfast code” or in the window, and can then uninstall the client once.', '此码仅显示这一次。在电脑上通过“holdfast code”或客户端窗口输入后，可卸载一次客户端。')}</p>
          <p>{say('The device takes it for another ', '设备接受此码的剩余时间：')}<b><Countdown to={shown.expires_ms} /></b> <span className="dim">({say('until', '至')} <When ms={shown.expires_ms} />)</span></p>
          <p className="dim">{say('On record under ', '已记录于 ')}<Link to={`/console/approval/instances/${shown.instance.id}`}>{shown.instance.number}</Link></p>
        </div>
      ) : (
        <>
          <Alert type="warning" showIcon style={{ marginBottom: 16 }} title={say('A revealed code cannot be called back while the computer is offline.', '设备离线期间，已查看的离线码无法收回。')} />
          <Trouble problem={reveal.error} />
          <Form<Fields> form={form} clearOnDestroy layout="vertical" requiredMark={false} initialValues={{ ground: 'reason', index: ready.length === 1 ? ready[0]!.index : undefined }} onFinish={(fields) => void go(fields).catch(() => {})}>
            <Form.Item name="device_code" label={say('Device code, as the computer shows it', '电脑上显示的设备码')} rules={needed('Ask for the device code: it shows that you mean the same computer.', '请询问设备码，以确认为同一台设备。')} extra={say('In the window, or with “holdfast offline”.', '见客户端窗口，或运行“holdfast offline”。')}>
              <Input maxLength={40} autoComplete="off" className="code" placeholder="XXXX-XXXX" />
            </Form.Item>
            <Form.Item name="index" label={say('Number of the code, beside it', '旁边显示的序号')} rules={[{ required: true, message: say('Ask for the number that the computer shows.', '请询问电脑上显示的序号。') }]}>
              <InputNumber min={1} max={99} precision={0} style={{ width: 140 }} />
            </Form.Item>
            <Form.Item name="ground" label={say('On what ground', '依据')}>
              <Radio.Group options={[
                { value: 'reason', label: say('A reason of mine: the device is released', '填写原因，直接放行') },
                { value: 'request', label: say('An approved request', '已通过的申请'), disabled: approved.items.length === 0 },
              ]} />
            </Form.Item>
            {ground === 'request' ? (
              <Form.Item name="instance" label={say('Request', '申请')} rules={[{ required: true, message: say('Please choose the request.', '请选择申请。') }]}>
                <Select options={approved.items.map((one) => ({ value: one.id, label: `${one.number} · ${one.applicant.name} · ${one.reason}` }))} />
              </Form.Item>
            ) : (
              <Form.Item name="reason" label={say('Reason, for the record', '原因（将写入审计记录）')} rules={needed('Please write why.', '请填写原因。')}>
                <Input.TextArea maxLength={500} showCount autoSize={{ minRows: 2, maxRows: 6 }} />
              </Form.Item>
            )}
          </Form>
        </>
      )}
    </Dialog>
  );
}

export function OfflineCodes({ device }: { device: Device }) {
  const say = useSay();
  const may = useMayChange();
  const [asked, ask] = useState(false);
  const { data, error, refetch, isPending } = useGet('/api/v1/devices/{id}/offline-codes', { params: { path: { id: device.id } } });
  const gone = ['lost', 'unbound', 'uninstalled'].includes(device.state);
  const ready = data?.codes.filter((one) => one.state === 'ready') ?? [];
  return (
    <Sheet id="offline-codes" title={say('Offline codes', '离线码')} deeds={may && !gone && ready.length > 0 && <Button onClick={() => ask(true)}>{say('Reveal a code…', '查看离线码…')}</Button>}>
      <p className="dim" style={{ marginTop: 0 }}>{say('For a computer that cannot reach the server: a code, read out on the phone, lets the client be uninstalled once.', '用于无法连接服务器的电脑：通过电话读出离线码，可卸载一次客户端。')}</p>
      {error ? <Trouble problem={error} again={() => void refetch()} /> : isPending ? <SheetSkeleton rows={3} />
        : data.codes.length === 0 ? <p className="dim">{say('There are none yet. A client that supports them gets them when it next connects.', '暂无离线码，支持的客户端将在下次连接时获得。')}</p>
          : (
            <ul className="lines">
              {data.codes.map((one) => (
                <li key={`${one.index}-${one.made_ms}`}>
                  <b className="numeric">{say(`Code ${one.index}`, `序号 ${one.index}`)}</b>{' '}
                  {one.state === 'ready' ? <Tag color="success">{say('Ready', '可用')}</Tag> : <Tag>{say('Revealed', '已查看')}</Tag>}
                  <span className="dim small">
                    {one.state === 'ready'
                      ? <>{one.held_ms ? say('on the device', '已在设备上') : say('perhaps not on the device yet', '设备可能尚未收到')}, {say('until', '有效期至')} <When ms={one.expires_ms} /></>
                      : <>{one.revealed_by} · <When ms={one.revealed_ms} />{one.instance && <> · <Link to={`/console/approval/instances/${one.instance.id}`}>{one.instance.number}</Link></>}</>}
                  </span>
                </li>
              ))}
            </ul>
          )}
      {data && <Reveal device={device} codes={data} open={asked} close={() => ask(false)} />}
    </Sheet>
  );
}
