/* One user group: who is in it and by which rules, what is broken, and what hangs on it. */
import { Alert, App, Button, Tag } from 'antd';
import { useState } from 'react';
import { Link, useNavigate, useParams } from 'react-router';
import { api, ifMatch, useChange, useGet, useList, type Schema } from '../../lib/api';
import { useAddress } from '../../lib/address';
import { asProblem } from '../../lib/problem';
import { useMayChange, useMe } from '../../lib/session';
import { When } from '../../lib/time';
import { useSay } from '../../lib/words';
import { Facts } from '../../parts/facts';
import { List, type Column } from '../../parts/list';
import { Page, PageSkeleton, Sheet } from '../../parts/page';
import { SearchBox } from '../../parts/search';
import { Trouble, useTell } from '../../parts/trouble';
import { useSees } from '../registration/sees';
import { people, userAt } from '../registration/words';
import { GroupPanel } from './panel';
import { Rules, relations, subjects } from './rules';

type Member = Schema<'UserGroupMember'>;

function Members({ id }: { id: string }) {
  const say = useSay();
  const [address, setAddress] = useAddress(['search'] as const);
  const search = address.search ?? '';
  const found = useList('/api/v1/user-groups/{id}/members', { params: { path: { id }, query: search ? { search } : {} } }, { keep: true });
  const columns: Column<Member>[] = [
    { title: say('Name', '姓名'), narrow: 'head', width: 200, render: (_, one) => <><Link to={userAt(one.id)}>{one.name}</Link>{one.state === 'departed' && <Tag style={{ marginInlineStart: 8 }}>{say('has left', '已离职')}</Tag>}</> },
    { title: say('Departments', '部门'), width: 220, render: (_, one) => one.departments.map((d) => d.name).join(say(', ', '、')) || '–' },
    { title: say('By the rule', '匹配的规则'), render: (_, one) => one.rules.map((rule) => <div key={rule.position}><span className="dim">{say(subjects[rule.subject])} {say(relations[rule.relation])}</span> {rule.name}</div>) },
    { title: say('Identity source', '身份源'), width: 160, dataIndex: 'source' },
  ];
  return (
    <>
      <div className="filters"><SearchBox value={address.search ?? ''} change={(search) => setAddress({ search }, { replace: true })} placeholder={say('Name, email address or number', '姓名、邮箱或工号')} /></div>
      <List found={found} columns={columns} name={say('Members', '成员')} empty={search ? say('No member is called so.', '没有匹配的成员。') : say('Nobody is in this group. Edit its rules to change that.', '组内没有任何人，请修改规则。')} />
    </>
  );
}

/* A change of this group that waits for a second administrator. */
function Waiting({ id }: { id: string }) {
  const say = useSay();
  const found = useList('/api/v1/policy/proposals', { params: { query: { state: 'open' } } });
  return <>{found.items.filter((one) => one.user_group === id).map((one) => (
    <Alert key={one.id} type="warning" showIcon style={{ marginBottom: 16 }} title={say('A change of this group waits for a second administrator', '此用户组有一项变更等待第二位管理员确认')} description={say(`Proposed by ${one.created_by}. The group is as it was until somebody else confirms it.`, `由 ${one.created_by} 提交，其他管理员确认之前用户组保持不变。`)}
      action={<Link to={`/console/terminals/registration?proposal=${one.id}`}><Button size="small">{say('Look at it', '查看')}</Button></Link>} />
  ))}</>;
}

export default function GroupPage() {
  const say = useSay();
  const tell = useTell();
  const go = useNavigate();
  const { modal } = App.useApp();
  const may = useMayChange();
  const me = useMe();
  const sees = useSees();
  const { id = '' } = useParams();
  const [address, setAddress] = useAddress(['panel'] as const);
  const [problem, setProblem] = useState<unknown>();
  const found = useGet('/api/v1/user-groups/{id}', { params: { path: { id } } });
  const remove = useChange(() => api.DELETE('/api/v1/user-groups/{id}', { params: { path: { id }, header: ifMatch(found.data) } }));
  const group = found.data;
  if (found.error && !group) return <Page title={say('User Group', '用户组详情')}><Trouble problem={found.error} again={() => void found.refetch()} /></Page>;
  if (!group) return <PageSkeleton title={['User Group', '用户组详情']} />;
  const ask = () => {
    setProblem(undefined);
    void modal.confirm({
      title: say(`Delete the user group ${group.name}?`, `删除用户组“${group.name}”？`), content: say('People stay as they are; only the group goes. This cannot be undone.', '只删除用户组，不影响人员。此操作无法撤销。'),
      okText: say('Delete', '删除'), okButtonProps: { danger: true }, cancelText: say('Cancel', '取消'),
      onOk: async () => {
        try {
          await remove.mutateAsync(undefined);
          tell.done(say(`The user group ${group.name} is deleted.`, `用户组“${group.name}”已删除。`));
          void go('/console/identity/groups');
        } catch (e) {
          setProblem(e);
        }
      },
    });
  };
  const refused = problem !== undefined && asProblem(problem).kind === 'conflict';
  return (
    <Page title={<>{group.name}{group.in_scope && <Tag color="processing">{say('In the scope of the policy', '在策略生效范围内')}</Tag>}</>} about={group.description || undefined}
      deeds={may && <><Button type="primary" onClick={() => setAddress({ panel: 'edit' })}>{say('Edit', '编辑')}</Button><Button danger onClick={ask}>{say('Delete', '删除')}</Button></>}>
      <Trouble problem={problem} title={refused ? say('This group is in use and cannot be deleted', '此用户组正在使用中，无法删除') : undefined}
        deeds={refused && <><Link to="/console/terminals/registration?panel=policy">{say('Anti-uninstallation Policy', '防卸载策略')}</Link><Link to="/console/approval/workflows">{say('Workflow Management', '审批流程')}</Link></>} />
      {sees && <Waiting id={id} />}
      {group.broken_rules > 0 && (
        <Alert type="error" showIcon style={{ marginBottom: 16 }} title={say(`${group.broken_rules} ${group.broken_rules === 1 ? 'rule is' : 'rules are'} broken`, `有 ${group.broken_rules} 条规则已失效`)}
          description={say(`${group.broken_rules === 1 ? 'It names' : 'They name'} somebody who has left, or a department that is gone, and ${group.broken_rules === 1 ? 'counts' : 'count'} as before, so that nobody loses protection by it: who was covered stays covered until an administrator saves the group without ${group.broken_rules === 1 ? 'it' : 'them'}.`, '这些规则指向已离职的人员或已不存在的部门。规则仍按原样生效，不会有人因此失去保护：在管理员保存去除这些规则的用户组之前，原有保护不变。')}
          action={may && <Button size="small" onClick={() => setAddress({ panel: 'edit' })}>{say('Look', '查看规则')}</Button>} />
      )}
      <Sheet>
        <Facts facts={[
          [say('Members', '成员'), <span className="numeric">{people(group.members, say)}</span>],
          [say('Departed', '已离职'), group.departed > 0 && <span className="numeric">{say(`${people(group.departed, say)} of them; their devices stay as protected as before`, `${people(group.departed, say)}；其设备的保护保持不变`)}</span>],
          [say('Changed', '修改时间'), <When ms={group.updated_ms} />],
        ]} />
      </Sheet>
      <Sheet title={say(`Rules (${group.rules.length.toLocaleString('en')})`, `规则（${group.rules.length.toLocaleString('en')}）`)}><Rules rules={group.rules} height={300} /></Sheet>
      <Sheet title={say('Members', '成员')}>{me.departments.length > 0 ? <span className="dim">{say('Your account is limited to departments and does not see members.', '您的账号限定了部门范围，无法查看成员。')}</span> : <Members id={id} />}</Sheet>
      <GroupPanel open={address.panel === 'edit'} id={id} close={() => setAddress({ panel: undefined })} />
    </Page>
  );
}
