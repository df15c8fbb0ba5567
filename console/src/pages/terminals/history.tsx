/* What became of a device: from the record for those who may read it, else its states. */
import { Button, Timeline } from 'antd';
import { Link } from 'react-router';
import { useList, type Schema } from '../../lib/api';
import { readers, useMay, useMe } from '../../lib/session';
import { When } from '../../lib/time';
import { useSay, type Text } from '../../lib/words';
import { kindColour, kindText } from '../../parts/kinds';
import { Sheet, SheetSkeleton } from '../../parts/page';
import { deviceStates } from '../../parts/states';
import { Trouble } from '../../parts/trouble';
import { pastStates } from './words';

type Device = Schema<'DeviceDetail'>;

function Recorded({ device }: { device: Device }) {
  const say = useSay();
  const found = useList('/api/v1/audit', { params: { query: { device: device.id } } }, { limit: 30 });
  if (found.problem) return <Trouble problem={found.problem} again={found.again} />;
  if (found.waiting) return <SheetSkeleton rows={6} />;
  return (
    <>
      <Timeline items={found.items.map((one) => ({
        key: one.id,
        color: kindColour(one.kind),
        content: (
          <>
            <b>{say(kindText(one.kind))}</b> <span className="dim"><When ms={one.at_ms} /></span>
            <div className="break">{one.actor_kind !== 'device' && <span className="dim">{one.actor} · </span>}{one.text}{one.instance && <> <Link to={`/console/approval/instances/${one.instance}`}>{say('the request', '查看申请')}</Link></>}</div>
          </>
        ),
      }))} />
      {found.hasMore && <Button onClick={found.more} loading={found.loadingMore}>{say('Earlier', '更早')}</Button>}
    </>
  );
}

function States({ device }: { device: Device }) {
  const say = useSay();
  const words = (state: string): Text => pastStates[state] ?? (deviceStates as Record<string, readonly [Text, string]>)[state]?.[0] ?? [state, state];
  return <Timeline items={device.states.map((one) => ({ key: one.at_ms, content: <><b>{say(words(one.state))}</b> <span className="dim"><When ms={one.at_ms} /></span><div className="dim break">{one.by}{one.why && <>: {one.why}</>}</div></> }))} />;
}

export function HistoryOf({ device }: { device: Device }) {
  const say = useSay();
  const me = useMe();
  // Who is limited to departments does not read the record.
  const reads = useMay(...readers) && !me.departments.length;
  return <Sheet title={say('History', '历史')} id="history">{reads ? <Recorded device={device} /> : <States device={device} />}</Sheet>;
}
