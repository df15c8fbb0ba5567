/* Alarms of one device: what is open, and what was. */
import { Button, Tag } from 'antd';
import { useState } from 'react';
import { api, useChange, useList, type Schema } from '../../lib/api';
import { useMayChange } from '../../lib/session';
import { When } from '../../lib/time';
import { useSay } from '../../lib/words';
import { Sheet, SheetSkeleton } from '../../parts/page';
import { ReasonDialog } from '../../parts/reason';
import { Trouble, useTell } from '../../parts/trouble';
import { alarmKinds, findings } from './words';

type Alarm = Schema<'Alarm'>;

function One({ alarm, acknowledge }: { alarm: Alarm; acknowledge?: () => void }) {
  const say = useSay();
  const finding = findings[alarm.subject];
  return (
    <li className="alarm">
      <div className="row">
        <Tag color={alarm.closed_ms ? 'default' : 'error'}>{alarm.closed_ms ? say('Closed', '已解除') : say('Open', '未解除')}</Tag>
        <b>{say(alarmKinds[alarm.kind])}</b>
        {alarm.subject && <span className="break">{finding ? say(finding) : <span className="code">{alarm.subject}</span>}</span>}
        <span className="room" />
        {acknowledge && !alarm.closed_ms && <Button size="small" onClick={acknowledge}>{alarm.acknowledged ? say('Change the note…', '修改备注…') : say('Acknowledge…', '确认…')}</Button>}
      </div>
      {alarm.evidence && <div className="dim break">{alarm.evidence}</div>}
      <div className="dim small">
        {say('raised ', '触发于 ')}<When ms={alarm.first_ms} />{alarm.count > 1 && say(`, ${alarm.count} times, last `, `，共 ${alarm.count} 次，最近 `)}{alarm.count > 1 && <When ms={alarm.last_ms} />}
        {alarm.closed_ms && <>{say('; closed ', '；解除于 ')}<When ms={alarm.closed_ms} />{alarm.closed_why && <>: {alarm.closed_why}</>}</>}
      </div>
      {alarm.acknowledged && <div className="small">{say(`${alarm.acknowledged.by} has seen to it`, `${alarm.acknowledged.by} 已确认`)} <span className="dim"><When ms={alarm.acknowledged.at_ms} /></span>{alarm.acknowledged.note && <span className="break">: {alarm.acknowledged.note}</span>}</div>}
    </li>
  );
}

export function AlarmsOf({ device }: { device: Schema<'DeviceDetail'> }) {
  const say = useSay();
  const tell = useTell();
  const may = useMayChange();
  const found = useList('/api/v1/alarms', { params: { query: { device: device.id } } }, { limit: 50 });
  const [asked, ask] = useState<Alarm>();
  const acknowledge = useChange(({ id, note }: { id: string; note: string }) => api.POST('/api/v1/alarms/{id}/acknowledge', { params: { path: { id } }, body: note ? { note } : {} }));
  const open = found.items.filter((one) => !one.closed_ms);
  const closed = found.items.filter((one) => one.closed_ms);
  return (
    <Sheet id="alarms" title={say('Alarms', '告警')}>
      <Trouble problem={found.problem} again={found.again} />
      {found.waiting && <SheetSkeleton rows={2} />}
      {!found.waiting && !found.problem && open.length === 0 && <p className="dim">{say('Nothing is open.', '没有未解除的告警。')}</p>}
      <ul className="lines">{open.map((one) => <One key={one.id} alarm={one} acknowledge={may ? () => ask(one) : undefined} />)}</ul>
      {closed.length > 0 && (
        <details className="fold"><summary>{say(`${closed.length} closed`, `${closed.length} 条已解除`)}</summary><ul className="lines">{closed.map((one) => <One key={one.id} alarm={one} />)}</ul></details>
      )}
      {found.hasMore && <Button type="link" onClick={found.more} loading={found.loadingMore}>{say('More', '加载更多')}</Button>}
      <ReasonDialog
        open={!!asked} close={() => ask(undefined)} title={asked ? `${say('Acknowledge', '确认')}: ${say(alarmKinds[asked.kind])}` : ''} deed={say('Acknowledge', '确认')} label={say('Note', '备注')}
        about={say('It says that somebody has seen to it. The alarm closes by itself, when its cause ends.', '表示已有人处理。告警在原因消除后自动解除。')}
        run={async (note) => { await acknowledge.mutateAsync({ id: asked!.id, note }); tell.done(say('Acknowledged', '已确认')); }}
      />
    </Sheet>
  );
}
