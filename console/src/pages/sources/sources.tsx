/* Identity > Identity Sources: where departments and people come from. */
import { PlusOutlined } from '@ant-design/icons';
import { Button, Switch } from 'antd';
import { useMemo } from 'react';
import { Link, useNavigate } from 'react-router';
import { useAddress } from '../../lib/address';
import { api, queries, useChange, useList } from '../../lib/api';
import { useMayChange } from '../../lib/session';
import { Ago } from '../../lib/time';
import { useWords } from '../../lib/words';
import { List, type Column } from '../../parts/list';
import { Page } from '../../parts/page';
import { State } from '../../parts/states';
import { useTell } from '../../parts/trouble';
import { CreateSource } from './create';
import { Progress } from './sync';
import { sourceTypes, syncStates, type Source } from './words';

/* Shown as switched at once; what was said is taken back when the server refuses. */
export function Enabled({ source }: { source: Source }) {
  const { say } = useWords();
  const tell = useTell();
  const may = useMayChange();
  const change = useChange((enabled: boolean) => api.PUT('/api/v1/identity-sources/{id}', { params: { path: { id: source.id } }, body: { enabled } }));
  const on = change.isPending ? change.variables : source.enabled;
  if (!may) return <>{source.enabled ? say('Enabled', '已启用') : say('Disabled', '已停用')}</>;
  return (
    <span className="row" style={{ flexWrap: 'nowrap' }}>
      <Switch
        size="small" checked={on} aria-label={say(`Sign-in through ${source.name}`, `通过 ${source.name} 登录`)}
        onChange={(enabled) => change.mutateAsync(enabled).then(() => tell.done(enabled
          ? say('People sign in through it again', '已可通过它登录') : say('Nobody signs in through it any more. Everybody stays as protected as before.', '已无法通过它登录，所有人的保护保持不变。')), tell.problem)}
      />
      {on ? say('Enabled', '已启用') : say('Disabled', '已停用')}
    </span>
  );
}

export default function SourcesPage() {
  const { say, language } = useWords();
  const navigate = useNavigate();
  const may = useMayChange();
  const [at, set] = useAddress(['panel'] as const);
  const found = useList('/api/v1/identity-sources');
  const columns = useMemo<Column<Source>[]>(() => [
    { title: say('Name', '名称'), width: 220, narrow: 'head', render: (_, one) => <><Link to={`/console/identity/sources/${one.id}`}>{one.name}</Link><div className="dim small">{say(sourceTypes[one.type])}</div></> },
    { title: say('Sign-in', '登录'), width: 120, render: (_, one) => <Enabled source={one} /> },
    {
      title: say('Sync', '同步'), width: 260, narrow: 'head',
      render: (_, one) => (one.type === 'local' ? <span className="dim">{say('kept here', '在此维护')}</span> : <><State of={one.sync.state} in={syncStates} />{one.sync.progress ? <Progress source={one} brief /> : <div className="dim small">{one.sync.problem ? one.sync.problem.what[language] : one.sync.error ? one.sync.error : <Ago ms={one.sync.done_ms} none="" />}</div>}</>),
    },
    { title: say('People', '人员'), width: 100, className: 'numeric', render: (_, one) => <Link to={`/console/identity/users?source=${one.id}`}>{one.sync.people.toLocaleString()}</Link> },
    { title: say('Departments', '部门'), width: 110, className: 'numeric', render: (_, one) => one.sync.departments.toLocaleString() },
    { title: say('Next sync', '下次同步'), width: 120, render: (_, one) => <Ago ms={one.sync.next_ms} /> },
  ], [say, language]);
  const create = may && <Button type="primary" icon={<PlusOutlined aria-hidden />} onClick={() => set({ panel: 'create' })}>{say('Add an identity source', '添加身份源')}</Button>;
  return (
    <Page title={say('Identity Sources', '身份源')} about={say('Where departments and people come from, and how people sign in.', '部门与人员的来源，以及员工的登录方式。')} deeds={create}>
      <section className="sheet">
        <List
          found={found} columns={columns} name={say('Identity sources', '身份源')} open={(one) => void navigate(`/console/identity/sources/${one.id}`)}
          empty={<><p>{say('There is none yet: without one nobody can sign in on a computer. Read your DingTalk organisation, or keep a list of people here.', '还没有身份源，员工无法在电脑上登录。可读取钉钉组织，或在此维护名单。')}</p>{create}</>}
        />
      </section>
      {may && <CreateSource open={at.panel === 'create'} close={() => { set({ panel: undefined }); void queries.invalidateQueries(); }} />}
    </Page>
  );
}
