/* One person: where they belong, whether the policy covers them and why, their devices and requests. */
import { DownOutlined, EditOutlined } from '@ant-design/icons';
import { App, Button, Dropdown, Tag } from 'antd';
import { useMemo, useState } from 'react';
import { Link, useParams } from 'react-router';
import { useAddress } from '../../lib/address';
import { api, ifMatch, useChange, useGet, useList, type Schema } from '../../lib/api';
import { readers, roleNames, useMay, useMayChange } from '../../lib/session';
import { Ago, When } from '../../lib/time';
import { useSay, type Say } from '../../lib/words';
import { Facts } from '../../parts/facts';
import { List, type Column } from '../../parts/list';
import { Page, PageSkeleton, Sheet, SheetSkeleton } from '../../parts/page';
import { pick } from '../../parts/pick';
import { Protection } from '../../parts/protection';
import { State, deviceStates, effects, requestStates } from '../../parts/states';
import { Trouble, useTell } from '../../parts/trouble';
import { PasswordLink, PersonPanel } from './edit';

type User = Schema<'User'>;
type Group = Schema<'GroupOfUser'>;

function Deeds({ person, edit }: { person: User; edit: () => void }) {
  const say = useSay();
  const tell = useTell();
  const { modal } = App.useApp();
  const [link, setLink] = useState(false);
  const move = useChange((to: 'depart' | 'restore') => {
    const input = { params: { path: { id: person.id } }, headers: ifMatch(person) };
    return to === 'depart' ? api.POST('/api/v1/users/{id}/depart', input) : api.POST('/api/v1/users/{id}/restore', input);
  });
  const depart = () => modal.confirm({
    title: say(`${person.name} has left?`, `${person.name} 已离职？`), okText: say('Mark as left', '标记离职'), cancelText: say('Cancel', '取消'), okButtonProps: { danger: true },
    content: say('They are signed out everywhere and can file nothing. Their departments stay, and their devices stay as protected as before. They can be brought back.', '将在所有位置退出登录且无法报备。部门保留，设备的保护不变。之后可以恢复。'),
    onOk: () => move.mutateAsync('depart').then(() => tell.done(say('Marked as left', '已标记离职')), tell.problem),
  });
  if (person.state === 'departed') return <Button loading={move.isPending} onClick={() => move.mutateAsync('restore').then(() => tell.done(say('Back again', '已恢复')), tell.problem)}>{say('Bring back', '恢复')}</Button>;
  return (
    <>
      <Button icon={<EditOutlined aria-hidden />} onClick={edit}>{say('Edit', '编辑')}</Button>
      <Dropdown autoFocus trigger={['click']} menu={{ items: [
        { key: 'link', label: say('Password link…', '密码设置链接…'), onClick: pick(() => setLink(true)) },
        { key: 'depart', danger: true, label: say('Has left…', '标记离职…'), onClick: pick(depart) },
      ] }}><Button>{say('More', '更多')} <DownOutlined aria-hidden /></Button></Dropdown>
      <PasswordLink person={person} open={link} close={() => setLink(false)} />
    </>
  );
}

const subjects: Record<Group['rules'][number]['subject'], readonly [string, string]> = {
  user: ['the person', '用户'], department: ['department', '部门'], email: ['email address', '邮箱'], telephone: ['telephone', '电话'],
};
const ruleWords = (rule: Group['rules'][number], say: Say) =>
  `${say(subjects[rule.subject])} ${rule.relation === 'equal' ? say('is', '等于') : say('is not', '不等于')} ${rule.name || rule.value}`;

function Covered({ person, groups }: { person: User; groups: Group[] }) {
  const say = useSay();
  const { data: policy } = useGet('/api/v1/policy');
  if (!policy) return <SheetSkeleton rows={2} />;
  const group = groups.find((one) => one.in_scope);
  const exempt = policy.whitelist.includes(person.id);
  const covered = !exempt && (policy.scope.everyone || !!group);
  return (
    <Facts facts={[
      [say('Covered by the policy', '策略是否覆盖'), covered
        ? <><Tag color="success">{say('Covered', '已覆盖')}</Tag> {policy.scope.everyone ? say('everybody is in the scope', '生效范围为全体用户') : <>{say('by the group', '通过用户组')} <Link to={`/console/identity/groups/${group!.id}`}>{group!.name}</Link></>}</>
        : <><Tag color="warning">{say('Not covered', '未覆盖')}</Tag>{exempt ? say('on the whitelist', '在白名单中') : say('in none of the groups of the scope', '不属于生效范围内的任何用户组')}</>],
      [say('What the policy does', '策略'), policy.mode === 'block' ? say('uninstalling is blocked', '阻止卸载') : policy.mode === 'audit' ? say('uninstalling is let through and reported', '允许卸载并上报') : say('off', '未启用')],
    ]} />
  );
}

function Groups({ person }: { person: User }) {
  const say = useSay();
  const groups = useGet('/api/v1/users/{id}/groups', { params: { path: { id: person.id } } });
  const items = (groups.data?.items ?? []) as Group[];
  return (
    <Sheet title={say('Policy and user groups', '策略与用户组')}>
      {groups.error ? <Trouble problem={groups.error} again={() => void groups.refetch()} /> : groups.isPending ? <SheetSkeleton /> : (
        <>
          <Covered person={person} groups={items} />
          <h3 className="mini">{say('User groups', '用户组')}</h3>
          {items.length === 0 ? <p className="dim">{say('In none.', '不属于任何用户组。')}</p> : (
            <ul className="lines">
              {items.map((one) => (
                <li key={one.id}>
                  <Link to={`/console/identity/groups/${one.id}`}>{one.name}</Link> {one.in_scope && <Tag color="processing">{say('in the scope', '在生效范围内')}</Tag>}
                  <div className="dim small">{say('because ', '因为：')}{one.rules.map((rule) => ruleWords(rule, say)).join(say('; or ', '；或 '))}</div>
                </li>
              ))}
            </ul>
          )}
        </>
      )}
    </Sheet>
  );
}

function Devices({ person }: { person: User }) {
  const say = useSay();
  const found = useList('/api/v1/devices', { params: { query: { owner: person.id } } }, { limit: 50 });
  const columns = useMemo<Column<Schema<'Device'>>[]>(() => [
    { title: say('Device', '设备'), width: 200, narrow: 'head', render: (_, one) => <Link to={`/console/terminals/${one.id}`}>{one.name}</Link> },
    { title: say('State', '状态'), width: 130, narrow: 'head', render: (_, one) => <State of={one.state} in={deviceStates} /> },
    { title: say('Protection', '保护'), width: 200, render: (_, one) => <Protection device={one} /> },
    { title: say('System', '系统'), width: 170, dataIndex: 'os' },
    { title: say('Last seen', '最后在线'), width: 120, render: (_, one) => <Ago ms={one.last_seen_ms} /> },
  ], [say]);
  return <Sheet title={say('Devices', '设备')}><List found={found} columns={columns} name={say('Devices', '设备')} empty={say('Owns no device here.', '没有设备。')} height={420} /></Sheet>;
}

function Requests({ person }: { person: User }) {
  const say = useSay();
  const found = useList('/api/v1/instances', { params: { query: { applicant: person.id } } }, { limit: 20 });
  const columns = useMemo<Column<Schema<'ListedInstance'>>[]>(() => [
    { title: say('Number', '编号'), width: 120, narrow: 'head', render: (_, one) => <Link className="numeric" to={`/console/approval/instances/${one.id}`}>{one.number}</Link> },
    { title: say('Status', '状态'), width: 120, narrow: 'head', render: (_, one) => <State of={one.status} in={requestStates} /> },
    { title: say('Device', '设备'), width: 170, render: (_, one) => <Link to={`/console/terminals/${one.device.id}`}>{one.device.name}</Link> },
    { title: say('Reason', '原因'), width: 280, render: (_, one) => <span className="clamp" title={one.reason}>{one.reason}</span> },
    { title: say('Uninstalled', '是否已卸载'), width: 140, render: (_, one) => <State of={one.effect} in={effects} /> },
    { title: say('Filed', '报备时间'), width: 120, render: (_, one) => <When ms={one.created_ms} /> },
  ], [say]);
  return (
    <Sheet title={say('Requests', '申请')} deeds={found.hasMore && <Link to={`/console/approval/instances?status=all&applicant=${person.id}`}>{say('All', '全部')}</Link>}>
      <List found={found} columns={columns} name={say('Requests', '申请')} empty={say('Has filed nothing.', '没有提交过申请。')} height={420} />
    </Sheet>
  );
}

export default function UserPage() {
  const say = useSay();
  const { id = '' } = useParams();
  const reads = useMay(...readers);
  const mayChange = useMayChange();
  const [at, set] = useAddress(['panel'] as const);
  const { data: person, error, refetch } = useGet('/api/v1/users/{id}', { params: { path: { id } } });
  const sources = useGet('/api/v1/identity-sources');
  const accounts = useGet('/api/v1/accounts', { params: { query: { limit: 200 } } }, { enabled: reads });
  if (!person) return error ? <Page title={say('User', '用户详情')}><Trouble problem={error} again={() => void refetch()} deeds={<Link to="/console/identity/users">{say('All users', '用户列表')}</Link>} /></Page> : <PageSkeleton title={['User', '用户详情']} />;
  const source = sources.data?.items.find((one) => one.id === person.source);
  const account = accounts.data?.items.filter((one) => one.person === person.id) ?? [];
  const local = source?.type === 'local';
  return (
    <Page
      title={<>{person.name}{person.state === 'departed' && <Tag color="warning">{say('Departed', '已离职')}</Tag>}</>}
      about={[person.title, person.departments.map((one) => one.name).join(say(', ', '、')), person.source_name].filter(Boolean).join(' · ')}
      deeds={mayChange && local && <Deeds person={person} edit={() => set({ panel: 'edit' })} />}
    >
      <Trouble problem={error} again={() => void refetch()} />
      <div className="duo">
        <Sheet title={say('Person', '个人信息')}>
          <Facts facts={[
            [say('Departments', '部门'), person.departments.length ? person.departments.map((one) => <div key={one.id}><Link to={`/console/identity/users?department=${one.id}`}>{one.name}</Link></div>) : '–'],
            [say('Title', '职位'), person.title || '–'],
            [say('Email address', '邮箱'), reads ? person.email || '–' : null],
            [say('Telephone', '电话'), reads ? <span className="numeric">{person.telephone || '–'}</span> : null],
            [say('Identity source', '身份源'), <Link to={`/console/identity/sources/${person.source}`}>{person.source_name}</Link>],
            [local ? say('Employee number', '工号') : say('Number in its source', '来源编号'), <span className="code">{person.external_id === person.id ? '–' : person.external_id}</span>],
            [say('Password', '密码'), local ? (person.has_password ? say('set', '已设置') : say('not set yet: make a password link', '尚未设置，请生成密码设置链接')) : null],
            [say('Account in this console', '控制台账号'), reads && account.length ? account.map((one) => <div key={one.id}><Link to="/console/settings/accounts">{one.name}</Link> <Tag>{say(roleNames[one.role])}</Tag></div>) : null],
          ]} />
          {!local && source && <p className="dim small">{say('This person is kept in DingTalk: names, departments and who left change there.', '此用户由钉钉维护：姓名、部门与离职状态请在钉钉中修改。')}</p>}
        </Sheet>
        <Groups person={person} />
      </div>
      <Devices person={person} />
      <Requests person={person} />
      {mayChange && local && <PersonPanel open={at.panel === 'edit'} person={person} close={() => set({ panel: undefined })} again={async () => (await refetch()).data} />}
    </Page>
  );
}
