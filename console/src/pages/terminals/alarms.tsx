/* Alarms of one device: what is open, and what was. */
import { Button, Tag } from 'antd';
import { useList, type Schema } from '../../lib/api';
import { When } from '../../lib/time';
import { useSay } from '../../lib/words';
import { Sheet, SheetSkeleton } from '../../parts/page';
import { Trouble } from '../../parts/trouble';
import { Acknowledge } from '../alarms/acknowledge';
import { aboutAlarm, alarmKinds, type Alarm } from '../alarms/words';

function One({ alarm }: { alarm: Alarm }) {
  const say = useSay();
  const about = say(aboutAlarm(alarm));
  return (
    <li className="alarm">
      <div className="row">
        <Tag color={alarm.closed_ms ? 'default' : 'error'}>{alarm.closed_ms ? say('Closed', '已解除') : say('Open', '未解除')}</Tag>
        <b>{say(alarmKinds[alarm.kind].name)}</b>
        {about && <span className="break">{about}</span>}
        <span className="room" />
        <Acknowledge alarm={alarm} />
      </div>
      {alarm.evidence && <div className="dim break">{alarm.evidence}</div>}
      <div className="dim small">
        {say('raised ', '触发于 ')}<When ms={alarm.first_ms} />{alarm.count > 1 && <>{say(`, ${alarm.count} times, last `, `，共 ${alarm.count} 次，最近 `)}<When ms={alarm.last_ms} /></>}
        {alarm.closed_ms && <>{say('; closed ', '；解除于 ')}<When ms={alarm.closed_ms} />{alarm.closed_why && <>: {alarm.closed_why}</>}</>}
      </div>
      {!alarm.closed_ms && <div className="small">{say(alarmKinds[alarm.kind].remedy)}</div>}
      {alarm.acknowledged && <div className="small">{say(`${alarm.acknowledged.by} has seen to it`, `${alarm.acknowledged.by} 已确认`)} <span className="dim"><When ms={alarm.acknowledged.at_ms} /></span>{alarm.acknowledged.note && <span className="break">: {alarm.acknowledged.note}</span>}</div>}
    </li>
  );
}

export function AlarmsOf({ device }: { device: Schema<'DeviceDetail'> }) {
  const say = useSay();
  const found = useList('/api/v1/alarms', { params: { query: { device: device.id } } }, { limit: 50 });
  const open = found.items.filter((one) => !one.closed_ms);
  const closed = found.items.filter((one) => one.closed_ms);
  return (
    <Sheet id="alarms" title={say('Alarms', '告警')}>
      <Trouble problem={found.problem} again={found.again} />
      {found.waiting && <SheetSkeleton rows={2} />}
      {!found.waiting && !found.problem && open.length === 0 && <p className="dim">{say('Nothing is open.', '没有未解除的告警。')}</p>}
      <ul className="lines">{open.map((one) => <One key={one.id} alarm={one} />)}</ul>
      {closed.length > 0 && (
        <details className="fold"><summary>{say(`${closed.length} closed`, `${closed.length} 条已解除`)}</summary><ul className="lines">{closed.map((one) => <One key={one.id} alarm={one} />)}</ul></details>
      )}
      {found.hasMore && <Button type="link" onClick={found.more} loading={found.loadingMore}>{say('More', '加载更多')}</Button>}
    </Sheet>
  );
}
