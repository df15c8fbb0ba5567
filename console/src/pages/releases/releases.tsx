/* Approval Center > Releases: devices that may be uninstalled without a filing. */
import { UnlockOutlined } from '@ant-design/icons';
import { Alert, Button, Segmented, Switch } from 'antd';
import { useMemo } from 'react';
import { useNavigate } from 'react-router';
import { useGet, useList, type Schema } from '../../lib/api';
import { useAddress } from '../../lib/address';
import { useMayChange, useMe } from '../../lib/session';
import { When } from '../../lib/time';
import { plural, useSay } from '../../lib/words';
import { List, type Column } from '../../parts/list';
import { Page, Sheet } from '../../parts/page';
import { State } from '../../parts/states';
import { CreateRelease } from './create';
import { chosenBy, Progress, releaseLink, releaseStates, type Release } from './words';

type Row = Schema<'ReleaseSummary'>;
const tabs: Release['state'][] = ['unconfirmed', 'issuing', 'issued', 'stopped', 'expired'];

/* How far one is: counted when it is on screen. */
function Far({ row }: { row: Row }) {
  const say = useSay();
  const found = useGet('/api/v1/releases/{id}', { params: { path: { id: row.id } } }, { enabled: row.state !== 'unconfirmed' && row.state !== 'expired' });
  if (row.state === 'unconfirmed') return <span className="dim">{say('confirm until ', '确认期限 ')}<When ms={row.confirm_until_ms} /></span>;
  return found.data ? <Progress release={found.data} /> : <span className="dim">–</span>;
}

export default function ReleasesPage() {
  const say = useSay();
  const me = useMe();
  const changer = useMayChange();
  const navigate = useNavigate();
  const [{ state = '', mine, panel, devices }, set] = useAddress(['state', 'mine', 'panel', 'devices']);
  const found = useList('/api/v1/releases', { params: { query: {
    ...(tabs.includes(state as Release['state']) ? { state: state as Release['state'] } : {}), ...(mine && me.account ? { creator: me.account.id } : {}),
  } } }, { keep: true, limit: 20 });
  const waiting = useGet('/api/v1/releases', { params: { query: { state: 'unconfirmed', limit: 100 } } });
  const others = useGet('/api/v1/releases', { params: { query: { state: 'unconfirmed', creator: me.account?.id ?? '', limit: 100 } } }, { enabled: !!me.account });
  const own = new Set(others.data?.items.map((one) => one.id));
  const toConfirm = (waiting.data?.items ?? []).filter((one) => !own.has(one.id));
  const columns = useMemo<Column<Row>[]>(() => [
    { title: say('Reason', '原因'), key: 'reason', width: 260, narrow: 'head', render: (_v, row) => <>{releaseLink(row.id, row.reason)}<div className="dim small code">{row.package}</div></> },
    { title: say('State', '状态'), key: 'state', width: 130, narrow: 'head', render: (_v, row) => <State of={row.state} in={releaseStates} /> },
    { title: say('Devices', '设备'), key: 'devices', width: 180, render: (_v, row) => chosenBy(row.selection, row.total, say) },
    { title: say('Progress', '进度'), key: 'progress', width: 220, render: (_v, row) => <Far row={row} /> },
    { title: say('Made by', '创建人'), key: 'by', width: 150, render: (_v, row) => <>{row.created_by}<div className="dim small"><When ms={row.created_ms} />{say(`, good for ${plural(row.days, 'day')}`, `，有效 ${row.days} 天`)}</div></> },
  ], [say]);
  return (
    <Page
      title={say('Releases', '放行')}
      about={say('Lets devices be uninstalled without a filing: leavers, old laptops, DingTalk out of order.', '无需报备即可卸载：离职、旧设备回收、钉钉故障等情形。')}
      deeds={changer && <Button type="primary" icon={<UnlockOutlined aria-hidden />} onClick={() => set({ panel: 'create' })}>{say('Release devices', '放行设备')}</Button>}
    >
      {changer && toConfirm.length > 0 && (
        <Alert type="warning" showIcon style={{ marginBottom: 16 }}
          title={say(`${plural(toConfirm.length, 'release waits', 'releases wait')} for a second administrator`, `${toConfirm.length} 个放行等待第二位管理员确认`)}
          description={<div className="stack" style={{ gap: 4 }}>{toConfirm.slice(0, 5).map((one) => <div key={one.id}>{releaseLink(one.id, one.reason)} · {one.created_by}</div>)}</div>} />
      )}
      <Sheet>
        <div className="filters">
          <div className="tabs-row" style={{ margin: -4, minWidth: 0 }}>
            <Segmented aria-label={say('State', '状态')} value={state} onChange={(value) => set({ state: value })}
              options={[{ value: '', label: say('All', '全部') }, ...tabs.map((one) => ({ value: one as string, label: say(releaseStates[one][0]) }))]} />
          </div>
          {me.account && changer && <label className="row"><Switch size="small" checked={!!mine} onChange={(on) => set({ mine: on ? '1' : undefined })} aria-label={say('Only mine', '仅我创建的')} />{say('Only mine', '仅我创建的')}</label>}
        </div>
        <List<Row> found={found} columns={columns} name={say('Releases', '放行')} open={(row) => navigate(`/console/approval/releases/${row.id}`)}
          empty={state || mine ? say('There is none of these.', '没有符合条件的放行。') : <>{say('Nothing was released yet.', '尚无放行记录。')}{changer && <> <Button type="link" style={{ padding: 0 }} onClick={() => set({ panel: 'create' })}>{say('Release devices', '放行设备')}</Button></>}</>} />
      </Sheet>
      {changer && <CreateRelease open={panel === 'create'} devices={devices} close={() => set({ panel: undefined, devices: undefined })} />}
    </Page>
  );
}
