/* A code to be read out for a device that is offline (docs/offline.md): which it has, and revealing one. */
import { Alert, Button, Drawer, Form, Input, InputNumber, Tag } from 'antd';
import { useState } from 'react';
import { Link } from 'react-router';
import { api, useChange, useGet, type Schema } from '../../lib/api';
import { When } from '../../lib/time';
import { useSay } from '../../lib/words';
import { Copy } from '../../parts/copy';
import { Facts } from '../../parts/facts';
import { SheetSkeleton } from '../../parts/page';
import { Trouble } from '../../parts/trouble';

interface Props {
  open: boolean;
  device: { id: string; name: string };
  /* The approved request that it is for; without one a reason is asked for, and it is a release of this device. */
  instance?: { id: string; number: string };
  close: () => void;
}

export function OfflineCode({ open, device, instance, close }: Props) {
  const say = useSay();
  const [form] = Form.useForm<{ device_code: string; index: number; reason?: string }>();
  const [revealed, setRevealed] = useState<Schema<'RevealedCode'>>();
  const codes = useGet('/api/v1/devices/{id}/offline-codes', { params: { path: { id: device.id } } }, { enabled: open });
  const reveal = useChange((body: Schema<'RevealOfflineCodeBody'>) => api.POST('/api/v1/devices/{id}/offline-codes/reveal', { params: { path: { id: device.id } }, body }));
  const go = async ({ device_code, index, reason }: { device_code: string; index: number; reason?: string }) => {
    setRevealed(await reveal.mutateAsync({ device_code: device_code.trim(), index, ...(instance ? { instance: instance.id } : { reason: reason!.trim() }) }));
  };
  const needed = { required: true, message: say('Please enter it.', '请填写此项。') };
  return (
    <Drawer open={open} onClose={close} size={480} title={say(`Offline code for ${device.name}`, `${device.name} 的离线码`)} destroyOnHidden
      afterOpenChange={(shown) => { if (!shown) { setRevealed(undefined); reveal.reset(); } }}>
      {revealed ? (
        <div className="stack" role="status">
          <p style={{ margin: 0 }}>{say('Read this out. It is shown only now.', '请读给对方。此码仅显示一次。')}</p>
          <div className="big-code"><Copy text={revealed.code} name={say('Offline code', '离线码')} /></div>
          <Facts facts={[
            [say('Code number', '序号'), revealed.index],
            [say('The device takes it until', '设备接受至'), <When ms={revealed.expires_ms} />],
            [say('On record as', '记录于'), <Link to={`/console/approval/instances/${revealed.instance.id}`}>{revealed.instance.number}</Link>],
          ]} />
          <p className="dim">{say('Whoever is at the computer types it (holdfast code, or the window), and can uninstall once. While the computer is offline it cannot be taken back.', '在设备上输入（holdfast code 或客户端窗口）后可卸载一次。设备离线期间无法收回。')}</p>
          <Button type="primary" onClick={close}>{say('Done', '完成')}</Button>
        </div>
      ) : (
        <>
          <p style={{ marginTop: 0 }}>{say('For a computer that cannot reach the server. Ask for the device code and the number that it shows (holdfast offline, or the window).', '用于无法连接服务器的设备。请对方读出设备上显示的设备码与序号（holdfast offline 或客户端窗口）。')}</p>
          <Trouble problem={reveal.error} />
          <Form form={form} clearOnDestroy layout="vertical" requiredMark={false} onFinish={(fields) => void go(fields).catch(() => {})}>
            <Form.Item name="device_code" label={say('Device code', '设备码')} rules={[needed]} extra={say('It shows that you both mean the same computer.', '用于确认双方所指为同一设备。')}>
              <Input maxLength={40} placeholder="1WQQ-JW99" autoComplete="off" className="code" />
            </Form.Item>
            <Form.Item name="index" label={say('Code number', '序号')} rules={[needed]}><InputNumber min={1} max={99} precision={0} style={{ width: 120 }} /></Form.Item>
            {instance
              ? <p className="dim">{say(`It is revealed for ${instance.number}.`, `为 ${instance.number} 提供。`)}</p>
              : <Form.Item name="reason" label={say('Reason', '原因')} rules={[{ ...needed, whitespace: true }]}><Input.TextArea maxLength={500} showCount autoSize={{ minRows: 2, maxRows: 6 }} /></Form.Item>}
            <Alert type="warning" showIcon style={{ marginBottom: 16 }} title={say('A revealed code is good for one removal, until its set ends (30 days at most), and cannot be called back while the computer is offline.', '离线码可用于一次卸载，有效至本组到期（最长 30 天），设备离线期间无法收回。')} />
            <Button type="primary" danger htmlType="submit" loading={reveal.isPending}>{say('Reveal the code', '提供离线码')}</Button>
          </Form>
          <h3 className="part-title" style={{ marginTop: 24 }}>{say('Codes of this device', '该设备的离线码')}</h3>
          <Trouble problem={codes.error} />
          {codes.isPending && !codes.error ? <SheetSkeleton rows={3} /> : codes.data?.codes.length === 0
            ? <p className="dim">{say('It has none: it gets them when it is online next.', '暂无离线码，设备下次联网后生成。')}</p>
            : (
              <ul className="plain">
                {codes.data?.codes.map((code) => (
                  <li key={code.index} className="row">
                    <strong className="numeric">{code.index}</strong>
                    {code.state === 'ready' ? <Tag color="success">{say('Ready', '可用')}</Tag> : <Tag>{say('Revealed', '已提供')}</Tag>}
                    <span className="dim small">{code.state === 'revealed' ? <>{code.revealed_by} · <When ms={code.revealed_ms} />{code.instance && <> · <Link to={`/console/approval/instances/${code.instance.id}`}>{code.instance.number}</Link></>}</>
                      : <>{code.held_ms ? null : <>{say('perhaps not on the device yet', '设备可能尚未收到')} · </>}{say('until ', '有效期至 ')}<When ms={code.expires_ms} /></>}</span>
                  </li>
                ))}
              </ul>
            )}
        </>
      )}
    </Drawer>
  );
}
