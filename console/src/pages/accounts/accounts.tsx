/* Settings > Accounts: who signs in to the console, and what they may do. */
import { MoreOutlined, PlusOutlined } from '@ant-design/icons';
import { Button, Dropdown, Tag } from 'antd';
import { useEffect, useMemo, useState } from 'react';
import { Link } from 'react-router';
import { useAddress } from '../../lib/address';
import { useList } from '../../lib/api';
import { roleNames, useMay, useMe } from '../../lib/session';
import { Ago } from '../../lib/time';
import { useSay } from '../../lib/words';
import { List, type Column } from '../../parts/list';
import { useNames } from '../../parts/names';
import { Page } from '../../parts/page';
import { SearchBox } from '../../parts/search';
import { AccountDeed, EditPanel, InvitePanel, type Account, type Deed } from './panel';
import { Roles } from './roles';

function Standing({ account }: { account: Account }) {
  const say = useSay();
  return (
    <div className="row" style={{ gap: 4 }}>
      {account.state === 'disabled' ? <Tag>{say('Disabled', '已停用')}</Tag>
        : account.sign_in?.password === false && !account.sign_in.last_ms ? <Tag color="processing">{say('Invited', '已邀请')}</Tag> : <Tag color="success">{say('Active', '启用')}</Tag>}
      {account.person_departed && <Tag color="warning">{say('Left the directory', '已离职')}</Tag>}
    </div>
  );
}

export default function AccountsPage() {
  const say = useSay();
  const me = useMe();
  const owner = useMay('owner');
  const [address, setAddress] = useAddress(['panel', 'edit', 'search'] as const);
  const [asked, ask] = useState<{ account: Account; deed: Deed }>();
  const found = useList('/api/v1/accounts', undefined, { limit: 200 });
  const names = useNames(found.items.map((one) => one.person), found.items.flatMap((one) => one.departments));
  const wanted = (address.search ?? '').toLowerCase();
  // A text is looked for in all of them.
  useEffect(() => { if (wanted && found.hasMore && !found.loadingMore) found.more(); });
  const items = useMemo(() => (wanted ? found.items.filter((one) => `${one.name} ${one.email}`.toLowerCase().includes(wanted)) : found.items), [found.items, wanted]);
  const edit = (one: Account) => setAddress({ edit: one.id, panel: undefined });
  const columns = useMemo<Column<Account>[]>(() => [
    { title: say('Name', '姓名'), narrow: 'head', width: 215, render: (_, one) => (
      <div>
        {owner ? <Button type="link" style={{ padding: 0, height: 'auto', whiteSpace: 'normal', textAlign: 'start', fontWeight: 600 }} onClick={() => edit(one)}>{one.name}</Button> : <b>{one.name}</b>}
        {one.id === me.account?.id && <> <Tag>{say('you', '您')}</Tag></>}
        <div className="dim break">{one.email}</div>
      </div>
    ) },
    { title: say('Role', '角色'), width: 165, render: (_, one) => (
      <div>{say(roleNames[one.role])}{one.departments.length > 0 && <div className="dim small break">{say('only ', '仅限')}{one.departments.map((id) => names.department(id)?.name ?? '…').join(say(', ', '、'))}</div>}</div>
    ) },
    { title: say('State', '状态'), narrow: 'head', width: 110, render: (_, one) => <Standing account={one} /> },
    ...(owner ? [
      { title: say('Second factor', '二次验证'), width: 95, render: (_: unknown, one: Account) => one.sign_in?.totp ? <Tag color="success">{say('On', '已启用')}</Tag> : <span className="dim">{say('off', '未启用')}</span> },
      { title: say('Last sign-in', '最近登录'), width: 110, render: (_: unknown, one: Account) => <Ago ms={one.sign_in?.last_ms} none={say('never', '从未')} /> },
    ] : []),
    { title: say('In the directory', '目录用户'), width: 140, render: (_, one) => {
      const person = names.user(one.person);
      return one.person ? <div><Link to={`/console/identity/users/${one.person}`}>{person?.name ?? '…'}</Link>{person && <div className="dim small">{person.source}</div>}</div> : <span className="dim">–</span>;
    } },
    ...(owner ? [{ title: say('Actions', '操作'), width: 115, render: (_: unknown, one: Account) => (
      <div className="row deeds" style={{ gap: 0, flexWrap: 'nowrap' }}>
        <Button type="link" size="small" onClick={() => edit(one)} aria-label={`${say('Edit', '编辑')}: ${one.name}`}>{say('Edit', '编辑')}</Button>
        <Dropdown trigger={['click']} menu={{ items: [
          { key: 'link', disabled: one.state === 'disabled', label: one.sign_in?.password ? say('New password link', '生成密码链接') : say('New invitation', '重新邀请'), onClick: () => ask({ account: one, deed: 'link' }) },
          ...(one.sign_in?.totp ? [{ key: 'totp', label: say('Reset the second factor', '重置二次验证'), onClick: () => ask({ account: one, deed: 'totp' }) }] : []),
          { type: 'divider' as const },
          { key: 'delete', danger: true, label: say('Delete', '删除'), onClick: () => ask({ account: one, deed: 'delete' }) },
        ] }}><Button type="text" size="small" icon={<MoreOutlined aria-hidden />} aria-label={`${say('More', '更多')}: ${one.name}`} /></Dropdown>
      </div>
    ) }] : []),
  ], [say, owner, me, names.known]);
  const invite = <Button type="primary" icon={<PlusOutlined aria-hidden />} onClick={() => setAddress({ panel: 'invite', edit: undefined })}>{say('Invite', '邀请成员')}</Button>;
  return (
    <Page title={say('Accounts', '账号与角色')} about={say('Who signs in to this console. Employees need no account: they sign in on their devices.', '可登录控制台的人员。员工无需账号，在自己的设备上登录即可。')} deeds={owner && invite}>
      <section className="sheet">
        <div className="filters"><SearchBox value={address.search ?? ''} change={(search) => setAddress({ search: search || undefined }, { replace: true })} placeholder={say('Name or email address', '姓名或邮箱')} /></div>
        <List name={say('Accounts', '账号')} found={{ ...found, items }} columns={columns} empty={say('Nobody is called so.', '没有匹配的账号。')} />
      </section>
      <Roles />
      {owner && <InvitePanel open={address.panel === 'invite'} close={() => setAddress({ panel: undefined })} />}
      {owner && <EditPanel id={address.edit} close={() => setAddress({ edit: undefined })} />}
      <AccountDeed account={asked?.account} deed={asked?.deed} close={() => ask(undefined)} />
    </Page>
  );
}
