/* How each DingTalk app does: whether its events arrive, how late, and what is left of the month's calls. */
import { Alert, Progress } from 'antd';
import { Link } from 'react-router';
import { useGet, type Schema } from '../../lib/api';
import { Ago, duration } from '../../lib/time';
import { useWords } from '../../lib/words';
import { Sheet, SheetSkeleton } from '../../parts/page';
import { Nothing } from '../../parts/list';
import { Trouble } from '../../parts/trouble';

type App = Schema<'DingTalkApp'>;
type Organisation = Schema<'Organisation'>;

export function light(app: App) {
  if (app.alert || app.stream?.error) return 'bad';
  if (app.ingress === 'push' ? app.checked_ms === null && app.last_event_ms === null : app.stream?.state !== 'connected') return 'warn';
  return 'on';
}

function One({ app, organisation }: { app: App; organisation?: Organisation }) {
  const { say, language } = useWords();
  const colour = light(app);
  const word = colour === 'on' ? say('works', '正常') : colour === 'warn' ? say('no events yet', '尚未收到事件') : say('trouble', '异常');
  const names = app.used_by.workflows.map((one) => one.name);
  if (app.used_by.source) names.push(app.used_by.source);
  return (
    <li className="app-health">
      <div>
        <span className={`light ${colour}`} aria-hidden="true" /> <b>{names.join(say(', ', '、')) || say('not used yet', '尚未使用')}</b> <span className="dim">{word}</span>
        <div className="dim code break">{app.client_id}</div>
      </div>
      <div>
        <div className="dim">{say('Last event', '最近事件')}</div>
        <Ago ms={app.last_event_ms} none={say('none yet', '尚无')} />
        {app.event_lag_ms !== null && app.event_lag_ms !== undefined && <span className="dim"> · {app.event_lag_ms < 1000 ? say('without delay', '无延迟') : `${say('late by', '延迟')} ${duration(app.event_lag_ms, language)}`}</span>}
      </div>
      <div>
        <div className="dim">{say('Events come by', '事件接收方式')}</div>
        {app.ingress === 'push' ? <>HTTP · {app.checked_ms ? <>{say('checked', '已验证')} <Ago ms={app.checked_ms} /></> : say('never checked by DingTalk', '钉钉尚未验证')}</> : <>Stream · {app.stream?.state === 'connected' ? say('connected', '已连接') : say('connecting', '连接中')}</>}
      </div>
      {organisation && (
        <div>
          <div className="dim">{say('Calls this month, counted by Holdfast', '本月调用（Holdfast 统计）')}</div>
          <Progress size="small" percent={Math.min(100, Math.round((organisation.used / Math.max(1, organisation.monthly_calls)) * 100))} status={organisation.over ? 'exception' : 'normal'} format={() => `${organisation.used.toLocaleString()} / ${organisation.monthly_calls.toLocaleString()}`} aria-label={say('Calls this month', '本月调用')} />
          <div className="dim numeric" style={{ fontSize: 12 }}>{say(`${organisation.pushes.toLocaleString()} pushes received`, `收到推送 ${organisation.pushes.toLocaleString()} 次`)}</div>
        </div>
      )}
      {app.alert && (
        <Alert style={{ gridColumn: '1 / -1' }} type="error" showIcon title={app.alert.text} description={app.alert.steps.length > 0 && <ol style={{ margin: 0, paddingInlineStart: 20 }}>{app.alert.steps.map((step, i) => <li key={i}>{step}</li>)}</ol>} />
      )}
    </li>
  );
}

export function Links() {
  const { say } = useWords();
  const apps = useGet('/api/v1/dingtalk-apps', { params: { query: { limit: 50 } } });
  const organisations = useGet('/api/v1/dingtalk-organisations');
  return (
    <Sheet title={say('DingTalk links', '钉钉连接')} deeds={<Link to="/console/settings/dingtalk">{say('Details', '详情')}</Link>}>
      <Trouble problem={apps.error ?? organisations.error} />
      {!apps.data ? <SheetSkeleton rows={2} /> : apps.data.items.length === 0
        ? <Nothing>{say('No DingTalk app is connected. Requests are decided in Holdfast’s own levels of approvers until one is.', '尚未连接钉钉应用。在此之前，申请由 Holdfast 内置审批处理。')} <Link to="/console/start">{say('Getting started', '快速开始')}</Link></Nothing>
        : <ul className="apps-health">{apps.data.items.map((app) => <One key={app.id} app={app} organisation={organisations.data?.items.find((one) => one.corp_id === app.corp_id)} />)}</ul>}
    </Sheet>
  );
}
