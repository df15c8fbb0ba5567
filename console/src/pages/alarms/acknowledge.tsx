/* Saying that somebody has seen to an alarm. It stays open until its cause ends. */
import { Button } from 'antd';
import { useState } from 'react';
import { api, useChange } from '../../lib/api';
import { useMayChange } from '../../lib/session';
import { useSay } from '../../lib/words';
import { ReasonDialog } from '../../parts/reason';
import { useTell } from '../../parts/trouble';
import type { Alarm } from './words';

export function Acknowledge({ alarm }: { alarm: Alarm }) {
  const say = useSay();
  const tell = useTell();
  const [open, setOpen] = useState(false);
  const acknowledge = useChange((note: string) => api.POST('/api/v1/alarms/{id}/acknowledge', { params: { path: { id: alarm.id } }, body: { note } }));
  if (!useMayChange() || alarm.closed_ms) return null;
  return (
    <>
      <Button size="small" onClick={() => setOpen(true)}>{alarm.acknowledged ? say('Change the note', '修改备注') : say('Acknowledge', '确认')}</Button>
      <ReasonDialog
        open={open} close={() => setOpen(false)} title={say('Acknowledge the alarm', '确认告警')} deed={say('Acknowledge', '确认')}
        about={say('Says that somebody has seen to it. The alarm stays open until its cause ends; the note is kept in the record.', '表示已有人处理。告警在原因消除前保持打开，备注会写入审计记录。')}
        label={say('What was found or done', '处理情况')}
        run={async (note) => { await acknowledge.mutateAsync(note); tell.done(say('Acknowledged', '已确认')); }}
      />
    </>
  );
}
