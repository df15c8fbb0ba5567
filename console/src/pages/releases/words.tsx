/* Words and pictures of releases. */
import { Progress as Bar } from 'antd';
import { Link } from 'react-router';
import { type Schema } from '../../lib/api';
import { plural, useSay, type Say, type Text } from '../../lib/words';

export type Release = Schema<'Release'>;
type Colour = 'default' | 'processing' | 'success' | 'warning' | 'error';

export const releaseStates: Record<Release['state'], readonly [Text, Colour]> = {
  unconfirmed: [['To be confirmed', '待确认'], 'warning'],
  issuing: [['Being issued', '签发中'], 'processing'],
  issued: [['Issued', '已签发'], 'success'],
  stopping: [['Being stopped', '停止中'], 'processing'],
  stopped: [['Stopped', '已停止'], 'default'],
  expired: [['Not confirmed in time', '确认超时'], 'default'],
};

export type Step = Schema<'ReleaseDevice'>['progress'];
export const steps: Record<Step, readonly [Text, Colour]> = {
  queued: [['No approval yet', '待签发'], 'default'],
  waiting: [['Not fetched yet', '待领取'], 'processing'],
  fetched: [['On the device', '已领取'], 'warning'],
  used: [['Uninstalled', '已卸载'], 'success'],
  lapsed: [['Not used in time', '已过期'], 'default'],
  cancelled: [['Taken back', '已收回'], 'default'],
  failed: [['Not released', '未放行'], 'error'],
};

export const leftOut: Record<'empty' | 'unmatched' | 'ambiguous' | 'repeated', Text> = {
  empty: ['says nothing', '内容为空'],
  unmatched: ['names no device', '未匹配到设备'],
  ambiguous: ['names several devices', '匹配到多台设备'],
  repeated: ['named already above', '与上文重复'],
};

/* "3 of 25 uninstalled", with a bar. */
export function Progress({ release }: { release: Pick<Release, 'total' | 'progress'> }) {
  const say = useSay();
  const { total, progress: p } = release;
  const share = (n: number) => (total ? Math.round((n / total) * 100) : 0);
  return (
    <div>
      <Bar percent={share(p.used + p.fetched)} success={{ percent: share(p.used) }} size="small" showInfo={false} aria-label={say('Progress', '进度')} />
      <div className="small numeric">{say(`${p.used} of ${total} uninstalled`, `已卸载 ${p.used} / ${total}`)}</div>
      <div className="dim small numeric">{[
        p.queued && say(`${p.queued} to be issued`, `待签发 ${p.queued}`), p.waiting && say(`${p.waiting} not fetched`, `待领取 ${p.waiting}`), p.fetched && say(`${p.fetched} on the device`, `已领取 ${p.fetched}`),
        p.lapsed && say(`${p.lapsed} not in time`, `已过期 ${p.lapsed}`), p.cancelled && say(`${p.cancelled} taken back`, `已收回 ${p.cancelled}`), p.failed && say(`${p.failed} not released`, `未放行 ${p.failed}`),
      ].filter(Boolean).join(say(', ', '，'))}</div>
    </div>
  );
}

/* Which devices, in a few words. */
export function chosenBy({ by, filter }: Release['selection'], total: number, say: Say) {
  const devices = say(plural(total, 'device'), `${total} 台设备`);
  if (by === 'device') return devices;
  if (by === 'list') return say(`${devices} of a list`, `列表中的 ${devices}`);
  const parts = [filter?.name && `${say('name', '名称')} “${filter.name}”`, filter?.os && `${say('system', '系统')} “${filter.os}”`, filter?.client_version && `${say('client', '客户端')} ${filter.client_version}`,
    filter?.state && ({ online: say('online', '在线'), offline: say('offline', '离线'), 'long-offline': say('long offline', '长期离线') })[filter.state],
    filter?.departments?.length && say(plural(filter.departments.length, 'department'), `${filter.departments.length} 个部门`), filter?.groups?.length && say(plural(filter.groups.length, 'user group'), `${filter.groups.length} 个用户组`), filter?.owner && say('of one person', '指定人员')];
  return `${devices}: ${parts.filter(Boolean).join(say(', ', '，'))}`;
}

export const releaseLink = (id: string, text: string) => <Link to={`/console/approval/releases/${id}`} className="break">{text}</Link>;
