/* Identity > Users: the directory, by departments. */
import { UserAddOutlined } from '@ant-design/icons';
import { Button, Segmented, Select, Tag } from 'antd';
import { useMemo } from 'react';
import { Link, useNavigate } from 'react-router';
import { useAddress } from '../../lib/address';
import { useGet, useList, type Schema } from '../../lib/api';
import { readers, useMay, useMayChange } from '../../lib/session';
import { useSay } from '../../lib/words';
import { List, type Column } from '../../parts/list';
import { Page } from '../../parts/page';
import { SearchBox } from '../../parts/search';
import { PersonPanel } from './edit';
import { DepartmentTree } from './tree';

type User = Schema<'User'>;
const names = ['search', 'source', 'department', 'state', 'panel'] as const;

export default function UsersPage() {
  const say = useSay();
  const navigate = useNavigate();
  const mayChange = useMayChange();
  const reads = useMay(...readers);
  const [at, set] = useAddress(names);
  const state: 'active' | 'departed' | 'all' = at.state === 'departed' || at.state === 'all' ? at.state : 'active';
  const query = {
    ...(at.search ? { search: at.search } : {}), ...(at.department ? { department: at.department } : at.source ? { source: at.source } : {}),
    ...(state === 'all' ? {} : { state }),
  };
  const found = useList('/api/v1/users', { params: { query } }, { keep: true });
  const sources = useGet('/api/v1/identity-sources');
  const department = useGet('/api/v1/departments/{id}', { params: { path: { id: at.department ?? '' } } }, { enabled: !!at.department });
  const local = (sources.data?.items ?? []).filter((one) => one.type === 'local');
  const many = (sources.data?.items.length ?? 0) > 1;
  const columns = useMemo<Column<User>[]>(() => [
    {
      title: say('Name', '姓名'), width: 150, narrow: 'head',
      render: (_, one) => <><Link to={`/console/identity/users/${one.id}`}>{one.name}</Link>{one.state === 'departed' && <> <Tag color="warning">{say('Departed', '已离职')}</Tag></>}<div className="dim small">{one.title}</div></>,
    },
    { title: say('Departments', '部门'), width: 180, render: (_, one) => <>{one.departments.map((each) => each.name).join(say(', ', '、')) || '–'}{many && <div className="dim small">{one.source_name}</div>}</> },
    ...(reads ? [{ title: say('Contact', '联系方式'), width: 190, render: (_: unknown, one: User) => <>{one.email || '–'}<div className="dim small numeric">{one.telephone}</div></> }] : []),
    { title: say('Number', '编号'), width: 110, render: (_, one) => <span className="code">{one.external_id === one.id ? '–' : one.external_id}</span> },
  ], [say, reads, many]);
  const here = department.data && at.department ? department.data.path : at.source ? sources.data?.items.find((one) => one.id === at.source)?.name : undefined;
  const add = mayChange && local.length > 0 && <Button type="primary" icon={<UserAddOutlined aria-hidden />} onClick={() => set({ panel: 'create' })}>{say('Add a person', '添加用户')}</Button>;
  const filtered = !!(at.search || at.source || at.department || at.state);
  return (
    <Page title={say('Users', '用户')} about={say('People as the identity sources have them. Nobody is deleted: who leaves is marked so.', '来自各身份源的人员。人员不会被删除，离职者会被标记。')} deeds={add}>
      <div className="beside">
        <section className="sheet"><DepartmentTree at={at} go={({ source, department: to }) => set({ source, department: to })} /></section>
        <section className="sheet">
          {here && <h2 className="part-title break">{here}</h2>}
          <div className="filters">
            <SearchBox value={at.search ?? ''} change={(search) => set({ search }, { replace: true })} placeholder={say('Name, email address, number', '姓名、邮箱、编号')} />
            {many && (
              <Select
                allowClear style={{ minWidth: 150 }} aria-label={say('Identity source', '身份源')} placeholder={say('Any source', '全部身份源')} value={at.source}
                options={sources.data?.items.map((one) => ({ value: one.id, label: one.name }))} onChange={(source?: string) => set({ source, department: undefined })}
              />
            )}
            <Segmented
              value={state} aria-label={say('State', '状态')} onChange={(value) => set({ state: value === 'active' ? undefined : String(value) })}
              options={[{ value: 'active', label: say('Active', '在职') }, { value: 'departed', label: say('Departed', '已离职') }, { value: 'all', label: say('All', '全部') }]}
            />
          </div>
          <List
            found={found} columns={columns} name={say('Users', '用户')} open={(one) => void navigate(`/console/identity/users/${one.id}`)}
            empty={filtered ? say('Nobody fits.', '没有符合条件的用户。') : (
              <><p>{say('Nobody is here yet. People come from an identity source: DingTalk, or a list that you keep here.', '还没有用户。用户来自身份源：钉钉，或在此维护的本地名单。')}</p><Link to="/console/identity/sources">{say('Identity Sources', '身份源')}</Link></>
            )}
          />
        </section>
      </div>
      {mayChange && <PersonPanel open={at.panel === 'create'} source={local.some((one) => one.id === at.source) ? at.source : undefined} department={department.data && local.some((one) => one.id === department.data.source) ? department.data : undefined} close={() => set({ panel: undefined })} />}
    </Page>
  );
}
