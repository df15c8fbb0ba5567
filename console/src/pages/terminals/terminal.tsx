/* One device: whose it is, whether it is protected and why, what happened on it, and what can be done with it. */
import { DownOutlined, UnlockOutlined } from '@ant-design/icons';
import { App, Button, Dropdown, Tag } from 'antd';
import { useEffect, useState } from 'react';
import { Link, useLocation, useNavigate, useParams } from 'react-router';
import { api, useChange, useGet, type Schema } from '../../lib/api';
import { readers, useMay, useMayChange } from '../../lib/session';
import { Ago, When } from '../../lib/time';
import { useSay } from '../../lib/words';
import { CopyButton } from '../../parts/copy';
import { Facts } from '../../parts/facts';
import { LinkButton } from '../../parts/link';
import { Page, PageSkeleton, Sheet } from '../../parts/page';
import { pick } from '../../parts/pick';
import { Protection, coverageWords, protectionOf } from '../../parts/protection';
import { ReasonDialog } from '../../parts/reason';
import { State, deviceStates } from '../../parts/states';
import { Trouble, useTell } from '../../parts/trouble';
import { AlarmsOf } from './alarms';
import { DeedDialog, deeds, type Deed } from './deeds';
import { HistoryOf } from './history';
import { OfflineCodes } from './offline';
import { RemovalsOf, RequestsOf } from './uses';
import { Waits } from './waits';
import { howOwned, sessionEnds } from './words';

type Device = Schema<'DeviceDetail'>;

function Deeds({ device }: { device: Device }) {
  const say = useSay();
  const { modal } = App.useApp();
  const tell = useTell();
  const navigate = useNavigate();
  const [deed, ask] = useState<Deed>();
  const signOut = useChange(() => api.POST('/api/v1/devices/{id}/sign-out', { params: { path: { id: device.id } } }));
  const may: Deed[] = (['lost', 'found', 'unbind', 'delete'] as const).filter((one) => device.may[one]);
  const items = [
    ...(device.session.signed_in ? [{
      key: 'sign-out', label: say('Sign out…', '退出登录…'),
      onClick: pick(() => modal.confirm({
        title: say(`Sign ${device.owner.name} out on ${device.name}?`, `将 ${device.owner.name} 从 ${device.name} 上退出登录？`),
        content: say('Nothing can be filed there until somebody signs in again. The device stays as protected as it is.', '在重新登录之前，无法在该设备上报备。设备的保护保持不变。'),
        okText: say('Sign out', '退出登录'), cancelText: say('Cancel', '取消'),
        onOk: () => signOut.mutateAsync(undefined as never).then(() => tell.done(say('Signed out', '已退出登录')), tell.problem),
      })),
    }] : []),
    ...may.map((one) => ({ key: one, danger: deeds[one].danger, label: `${say(deeds[one].text)}…`, onClick: pick(() => ask(one)) })),
  ];
  const releasable = !['uninstalled', 'unbound', 'lost', 'removed-without-grant'].includes(device.state);
  return (
    <>
      {releasable && <LinkButton icon={<UnlockOutlined aria-hidden />} to={`/console/approval/releases?panel=create&devices=${device.id}`}>{say('Release…', '放行…')}</LinkButton>}
      {items.length > 0 && <Dropdown autoFocus trigger={['click']} menu={{ items }}><Button>{say('More', '更多')} <DownOutlined aria-hidden /></Button></Dropdown>}
      <DeedDialog deed={deed} device={device} close={() => ask(undefined)} after={(done) => { if (done === 'delete') void navigate('/console/terminals', { replace: true }); }} />
    </>
  );
}

function Build({ device }: { device: Device }) {
  const say = useSay();
  const reads = useMay(...readers);
  const may = useMayChange();
  const tell = useTell();
  const builds = useGet('/api/v1/builds', {}, { enabled: reads && !!device.build });
  const [asked, ask] = useState(false);
  const accept = useChange((note: string) => api.POST('/api/v1/builds', { body: { id: device.build, version: device.client_version, ...(note ? { note } : {}) } }));
  const build = builds.data?.items.find((one) => one.id === device.build);
  return (
    <>
      <span className="numeric">{device.client_version}</span>{' '}
      {!device.build ? <span className="dim">{say('a development build', '开发构建，无标识')}</span>
        : builds.data && (build?.accepted
          ? <Tag color="success">{say('Known build', '已认可的版本')}</Tag>
          : <><Tag color="error">{say('Unknown build', '未知版本')}</Tag>{may && <Button size="small" onClick={() => ask(true)}>{say('Accept this build…', '认可此版本…')}</Button>}</>)}
      {device.build && <div className="dim small code break">{device.build.slice(0, 16)}…<CopyButton size="small" text={device.build} name={say('Build', '版本标识')} /></div>}
      <ReasonDialog
        open={asked} close={() => ask(false)} title={say('Accept this build?', '认可此版本？')} deed={say('Accept', '认可')} label={say('Note', '备注')}
        about={<><p>{say('Only if it is a package that you rolled out: devices that have it raise no alarm any more.', '仅当它是您发布的软件包时才应认可：使用它的设备将不再告警。')}</p><p className="dim">{say('“holdfastctl builds accept FILE” reads it out of the package itself, which is safer.', '使用“holdfastctl builds accept 文件”可直接从软件包读取，更为稳妥。')}</p></>}
        run={async (note) => { await accept.mutateAsync(note); tell.done(say('Accepted', '已认可')); }}
      />
    </>
  );
}

function Hardware({ device }: { device: Device }) {
  const say = useSay();
  return (
    <Sheet title={say('Computer', '设备信息')}>
      <Facts facts={[
        [say('Name', '名称'), <span className="break">{device.name}</span>],
        [say('Operating system', '操作系统'), device.os || '–'],
        [say('MAC addresses', 'MAC 地址'), device.macs.length ? <div>{device.macs.map((mac) => <div key={mac} className="code">{mac}</div>)}</div> : '–'],
        [say('Client', '客户端'), <Build device={device} />],
        [say('Enrolled', '注册时间'), <When ms={device.enrolled_ms} />],
        [say('Last seen', '最后在线'), <Ago ms={device.last_seen_ms} />],
        [say('Device code', '设备码'), <><span className="code">{device.device_code}</span><div className="dim small">{say('The device shows it too: on the phone it tells that both mean the same.', '设备上也会显示，可在电话中核对是否为同一设备。')}</div></>],
        [say('Key', '密钥指纹'), <span className="dim small code break">{device.key}<CopyButton size="small" text={device.key} name={say('Key', '密钥指纹')} /></span>],
      ]} />
    </Sheet>
  );
}

function Whose({ device }: { device: Device }) {
  const say = useSay();
  return (
    <Sheet title={say('Owner', '使用者')}>
      <Facts facts={[
        [device.state === 'unbound' ? say('Last owner', '上一使用者') : say('Owner', '使用者'), (
          <>
            <Link to={`/console/identity/users/${device.owner.id}`}>{device.owner.name}</Link>{device.owner.departed && <> <Tag color="warning">{say('Departed', '已离职')}</Tag></>}
            <div className="dim small">{[device.owner.department, device.owner.source_name].filter(Boolean).join(' · ')}</div>
          </>
        )],
        [say('Signed in', '登录状态'), device.session.signed_in ? say('yes', '已登录')
          : <>{say('no', '未登录')}<span className="dim">: {say(sessionEnds[device.session.end ?? ''] ?? ['signed out', '已退出登录'])}{device.session.ended_ms ? <>, <When ms={device.session.ended_ms} /></> : null}</span></>],
        [say('Protected as for', '保护以谁为准'), device.held_for ? <><Link to={`/console/identity/users/${device.held_for.id}`}>{device.held_for.name}</Link> <span className="dim">{say('not the owner', '非当前使用者')}</span></> : device.owner.name],
      ]} />
      {device.owners.length > 0 && (
        <>
          <h3 className="mini">{say('Earlier and present owners', '历任使用者')}</h3>
          <ul className="lines">
            {device.owners.map((one) => (
              <li key={one.from_ms}>
                <Link to={`/console/identity/users/${one.id}`}>{one.name}</Link> {say(howOwned[one.how])} <span className="dim"><When ms={one.from_ms} />{one.to_ms ? <> – <When ms={one.to_ms} /></> : say(', until now', '至今')}</span>
              </li>
            ))}
          </ul>
        </>
      )}
    </Sheet>
  );
}

function Enforced({ device }: { device: Device }) {
  const say = useSay();
  const { data: policy } = useGet('/api/v1/policy');
  const groups = useGet('/api/v1/user-groups', { params: { query: { limit: 200 } } }, { enabled: /^(group|用户组) /.test(device.coverage.why) });
  // The server says it in the reader's language.
  const group = groups.data?.items.find((one) => [`group ${one.name}`, `用户组 ${one.name}`].includes(device.coverage.why));
  const { statement } = device;
  const shown = policy ? protectionOf(device, policy.mode) : undefined;
  return (
    <Sheet title={say('Protection', '保护')}>
      <Facts facts={[
        [say('At present', '当前'), shown && <Tag color={shown[1]}>{say(shown[0])}</Tag>],
        [say('Covered by the policy', '策略是否覆盖'), (
          <>
            {device.coverage.covered ? say('yes', '是') : say('no', '否')}{say(': ', '：')}{coverageWords(device.coverage.why, say)}
            {group && <> <Link to={`/console/identity/groups/${group.id}`}>{say('show the group', '查看用户组')}</Link></>}
          </>
        )],
        [say('Policy', '策略'), policy && (
          <>
            {policy.mode === 'block' ? say('uninstalling is blocked', '阻止卸载') : policy.mode === 'audit' ? say('uninstalling is let through and reported', '允许卸载并上报') : say('off', '未启用')}
            {' · '}<Link to="/console/terminals/registration?panel=policy" className="numeric">{say(`version ${policy.version}`, `版本 ${policy.version}`)}</Link>
          </>
        )],
        [say('Policy on the device', '设备上的策略'), statement.newest
          ? say('what holds for it now', '当前有效的策略声明')
          : statement.held ? say('an older version; it gets the newest when it next connects', '较早的策略声明；下次连接时更新') : say('none received yet', '尚未收到策略')],
        [say('Statement', '策略声明'), statement.held ? <span className="numeric dim">{statement.held}</span> : null],
        [say('Unused approvals', '未使用的批准'), device.uses.live_grants ? <Tag color="warning">{device.uses.live_grants}</Tag> : say('none', '无')],
      ]} />
    </Sheet>
  );
}

/* The address may name a part of the page. */
function useAnchor(ready: boolean) {
  const { hash } = useLocation();
  useEffect(() => {
    if (ready && hash) document.getElementById(hash.slice(1))?.scrollIntoView({ block: 'start' });
  }, [ready, hash]);
}

export default function TerminalPage() {
  const say = useSay();
  const { id = '' } = useParams();
  const mayChange = useMayChange();
  const reads = useMay(...readers);
  const { data: device, error, refetch } = useGet('/api/v1/devices/{id}', { params: { path: { id } } });
  useAnchor(!!device);
  if (!device) return error ? <Page title={say('Terminal', '终端详情')}><Trouble problem={error} again={() => void refetch()} deeds={<Link to="/console/terminals">{say('All terminals', '终端列表')}</Link>} /></Page> : <PageSkeleton title={['Terminal', '终端详情']} />;
  return (
    <Page
      title={<>{device.name} <State of={device.state} in={deviceStates} /> <Protection device={device} brief /></>}
      about={<>{device.state === 'unbound' ? say('nobody’s', '无使用者') : device.owner.name} · {device.os} · {say('last seen', '最后在线')} <Ago ms={device.last_seen_ms} /></>}
      deeds={mayChange && <Deeds device={device} />}
    >
      <Trouble problem={error} again={() => void refetch()} />
      <Waits device={device} />
      <div className="duo">
        <Enforced device={device} />
        <Whose device={device} />
        <Hardware device={device} />
        {reads && <OfflineCodes device={device} />}
      </div>
      {reads && <AlarmsOf device={device} />}
      <RequestsOf device={device} />
      {reads && <RemovalsOf device={device} />}
      <HistoryOf device={device} />
    </Page>
  );
}
