/* DingTalk tells Holdfast what happened: the addresses to enter there, and a light for when it did. */
import { Alert, Button, Segmented } from 'antd';
import { useState } from 'react';
import { api, ifMatch, useChange, useGet, type Schema } from '../../lib/api';
import { Ago } from '../../lib/time';
import { useSay } from '../../lib/words';
import { Copy } from '../../parts/copy';
import { Trouble } from '../../parts/trouble';
import { Light } from './light';
import type { Found } from './steps';

/* Of an address of ours: whether DingTalk, out there, could call it. */
const inside = (address: string) => {
  const { hostname, protocol } = new URL(address);
  return protocol !== 'https:' || /^(localhost|127\.|10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.|\[::1\])/.test(hostname);
};

function Rules({ found, app }: { found: Found; app: Schema<'DingTalkApp'> }) {
  const say = useSay();
  const [which, setWhich] = useState<'all' | 'few'>('all');
  const forms = found.workflows.filter((one) => one.app === app.id).flatMap((one) => one.forms.map((form) => ({ code: form.process_code, name: one.name })));
  const codes = [...new Map(forms.map((one) => [one.code, one])).values()];
  if (codes.length === 0) return <p className="dim">{say('The subscription address of a form follows when a workflow uses it.', '流程使用表单后，此处会显示该表单的订阅地址。')}</p>;
  return (
    <>
      <p><Segmented value={which} onChange={setWhich} aria-label={say('Which events', '事件范围')} options={[{ value: 'all', label: say('Every event', '全部事件') }, { value: 'few', label: say('Only the end (saves pushes)', '仅结束类事件（节省推送额度）') }]} /></p>
      <div className="stack">
        {codes.map((one) => <Copy key={one.code} name={`${say('Subscription address', '订阅地址')} ${one.name}`}
          text={`/v1.0/event/bpms_instance_change/processCode/${one.code}/type/${which === 'all' ? '*' : '{finish,terminate,delete}'}`} />)}
      </div>
    </>
  );
}

export function EventsStep({ found }: { found: Found }) {
  const say = useSay();
  const app = found.apps[0];
  const own = useGet('/api/v1/dingtalk-apps/{id}', { params: { path: { id: app?.id ?? '' } } }, { enabled: Boolean(app) });
  const stream = useChange(() => api.PATCH('/api/v1/dingtalk-apps/{id}', { params: { path: { id: app!.id } }, headers: ifMatch(own.data), body: { ingress: 'stream' } }));
  if (!app) return <p className="dim">{say('This follows once the app is entered.', '录入应用后进行此步骤。')}</p>;
  if (app.ingress === 'stream') {
    const up = app.stream?.state === 'connected';
    return (
      <>
        <Light on={up}>{up ? say('The line to DingTalk is open.', '与钉钉的连接已建立。') : say('The line to DingTalk is not open yet.', '与钉钉的连接尚未建立。')}</Light>
        {!up && app.stream?.error && <Alert type="warning" showIcon style={{ marginBottom: 12 }} title={app.stream.error} />}
        <ol className="how">
          <li>{say('In DingTalk, Event Subscription: choose Stream, press “Verify the connection”, and save.', '在钉钉“事件订阅”中选择 Stream 模式，点击“已完成接入，验证连接通道”并保存。')}</li>
          <li>{say('Switch on Approval Instance Started, Ended, with this subscription address:', '开启“审批实例开始、结束”事件，并填写订阅地址：')}<div style={{ marginTop: 10 }}><Rules found={found} app={app} /></div></li>
        </ol>
      </>
    );
  }
  const on = app.checked_ms ?? app.last_event_ms;
  return (
    <>
      <Light on={on !== null}>
        {app.checked_ms !== null ? <>{say('DingTalk has checked the Request URL, and it answered right: ', '钉钉已成功验证请求网址：')}<Ago ms={app.checked_ms} /></>
          : on !== null ? <>{say('DingTalk\'s events arrive, the last one ', '已收到钉钉事件，最近一次：')}<Ago ms={on} /></>
            : say('Waiting for DingTalk\'s check of the Request URL. This light turns green by itself.', '正在等待钉钉验证请求网址，验证通过后此灯会自动变绿。')}
      </Light>
      {on === null && inside(app.request_url) && (
        <Alert type="warning" showIcon style={{ marginBottom: 14 }} title={say('DingTalk may not be able to reach this address', '钉钉可能无法访问此地址')}
          description={say('It is not a public https address. Either set public_url in the server\'s configuration, or use Stream, for which nobody has to reach this server.', '该地址不是公网 https 地址。请在服务器配置中设置 public_url，或改用无需公网地址的 Stream 模式。')}
          action={<Button size="small" loading={stream.isPending} onClick={() => stream.mutate(undefined)}>{say('Use Stream', '改用 Stream')}</Button>} />
      )}
      <Trouble problem={stream.error} />
      <ol className="how">
        <li>{say('In DingTalk, Event Subscription, HTTP push: enter this Request URL and press Save. DingTalk checks it at once.', '在钉钉“事件订阅 > HTTP 推送”中填写此请求网址并保存，钉钉会立即验证。')}
          <div style={{ marginTop: 10 }}><Copy text={app.request_url} name={say('Request URL', '请求网址')} /></div></li>
        <li>{say('Switch on Approval Instance Started, Ended, with this subscription address for the form:', '开启“审批实例开始、结束”事件，并为表单填写订阅地址：')}<div style={{ marginTop: 10 }}><Rules found={found} app={app} /></div></li>
        <li>{say('Publish the app.', '发布应用。')}</li>
      </ol>
      {on === null && <p className="dim">{say('Saving fails in DingTalk? Then aes_key or token differ from those here (change them in the step DingTalk app), or a firewall stands between.', '钉钉保存失败？可能是 aes_key 或 token 与此处不一致（可在“钉钉应用”步骤修改），或被防火墙拦截。')}</p>}
    </>
  );
}
