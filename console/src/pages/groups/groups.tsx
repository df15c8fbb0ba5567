/* User groups: how many people each has, what is wrong with it, and whether the policy covers by it. */
import { PlusOutlined } from '@ant-design/icons';
import { Button, Tag } from 'antd';
import { useEffect } from 'react';
import { Link, useNavigate } from 'react-router';
import { useList, type Schema } from '../../lib/api';
import { useAddress } from '../../lib/address';
import { useMayChange } from '../../lib/session';
import { When } from '../../lib/time';
import { useSay } from '../../lib/words';
import { Chips } from '../../parts/chips';
import { List, type Column } from '../../parts/list';
import { Page, Sheet } from '../../parts/page';
import { SearchBox } from '../../parts/search';
import { groupAt } from '../registration/words';
import { GroupPanel } from './panel';

type Group = Schema<'UserGroup'>;

export default function GroupsPage() {
  const say = useSay();
  const may = useMayChange();
  const go = useNavigate();
  const [address, setAddress] = useAddress(['panel', 'search', 'only'] as const);
  const found = useList('/api/v1/user-groups', undefined, { limit: 200 });
  // There are 500 at most: all of them are read, and searched here.
  useEffect(() => { found.more(); }, [found.items.length]);
  const wanted = (address.search ?? '').toLowerCase();
  const shown = found.items.filter((group) => (!wanted || `${group.name} ${group.description}`.toLowerCase().includes(wanted))
    && (address.only !== 'scope' || group.in_scope) && (address.only !== 'broken' || group.broken_rules > 0));
  const create = () => setAddress({ panel: 'create' });
  const columns: Column<Group>[] = [
    { title: say('Name', '名称'), narrow: 'head', width: 320, render: (_, group) => <div><Link to={groupAt(group.id)} className="break">{group.name}</Link>{group.description && <div className="dim break">{group.description}</div>}</div> },
    { title: say('Members', '成员'), width: 110, className: 'numeric', render: (_, group) => group.members.toLocaleString('en') },
    { title: say('Departed', '已离职'), width: 110, className: 'numeric', render: (_, group) => group.departed.toLocaleString('en') },
    { title: say('Rules', '规则'), width: 170, className: 'numeric', render: (_, group) => <>{group.rules.length.toLocaleString('en')}{group.broken_rules > 0 && <Tag color="error" style={{ marginInlineStart: 8 }}>{say(`${group.broken_rules} broken`, `${group.broken_rules} 条失效`)}</Tag>}</> },
    { title: say('Policy', '防卸载策略'), width: 150, render: (_, group) => (group.in_scope ? <Tag color="processing">{say('In scope', '生效范围内')}</Tag> : <span className="dim">–</span>) },
    { title: say('Changed', '修改时间'), width: 150, render: (_, group) => <When ms={group.updated_ms} /> },
  ];
  const broken = found.items.filter((group) => group.broken_rules > 0).length;
  return (
    <Page title={say('User Groups', '用户组')} about={say('People by rules. Membership follows the directory by itself; the policy, workflows and releases name groups.', '按规则划分人员，成员随通讯录自动更新；策略、审批流程和放行都可以引用用户组。')}
      deeds={may && <Button type="primary" icon={<PlusOutlined aria-hidden />} onClick={create}>{say('Create a user group', '新建用户组')}</Button>}>
      <Sheet>
        <div className="filters">
          <SearchBox value={address.search ?? ''} change={(search) => setAddress({ search }, { replace: true })} placeholder={say('Name or description', '名称或描述')} />
        </div>
        <Chips name={say('Only these', '筛选')} chosen={address.only ? [address.only] : []} choose={(values) => setAddress({ only: values.at(-1) }, { replace: true })} chips={[
          { value: 'scope', label: say('In scope', '生效范围内'), count: found.items.filter((group) => group.in_scope).length },
          ...(broken > 0 || address.only === 'broken' ? [{ value: 'broken', label: say('Broken rules', '有失效规则'), count: broken, bad: true }] : []),
        ]} />
        <List found={{ ...found, items: shown }} columns={columns} name={say('User groups', '用户组')} open={(group) => void go(groupAt(group.id))}
          empty={found.items.length > 0 ? say('No user group fits.', '没有匹配的用户组。')
            : <div className="stack" style={{ alignItems: 'center' }}><span>{say('There is no user group yet. Make one to protect a part of the organisation, or to send people to different forms.', '还没有用户组。您可以新建用户组，用于只保护部分人员，或让不同人员使用不同的表单。')}</span>{may && <Button type="primary" onClick={create}>{say('Create a user group', '新建用户组')}</Button>}</div>} />
      </Sheet>
      <GroupPanel open={address.panel === 'create'} close={() => setAddress({ panel: undefined })} made={(group) => void go(groupAt(group.id))} />
    </Page>
  );
}
