/* The departments of all identity sources, opened level by level. */
import { CaretDownOutlined, CaretRightOutlined } from '@ant-design/icons';
import { Button } from 'antd';
import { useState, type ReactNode } from 'react';
import { useGet, useList, type Schema } from '../../lib/api';
import { useSay } from '../../lib/words';
import { DepartmentPicker } from '../../parts/pickers';
import { SheetSkeleton } from '../../parts/page';
import { Trouble } from '../../parts/trouble';

type Department = Schema<'Department'>;
export interface Place { source?: string; department?: string }

interface Common { at: Place; go: (place: Place) => void; deeds?: (department: Department) => ReactNode }

function Node({ name, chosen, choose, below, children, begin, deeds }: { name: string; chosen: boolean; choose: () => void; below: boolean; begin?: boolean; children: () => ReactNode; deeds?: ReactNode }) {
  const say = useSay();
  const [open, setOpen] = useState(begin ?? false);
  return (
    <li>
      <div className="branch">
        {below
          ? <button type="button" className="twist" aria-expanded={open} aria-label={say(`What is below ${name}`, `${name} 的下级部门`)} onClick={() => setOpen(!open)}>{open ? <CaretDownOutlined aria-hidden /> : <CaretRightOutlined aria-hidden />}</button>
          : <span className="twist" />}
        <button type="button" className="branch-name" aria-current={chosen ? 'true' : undefined} onClick={choose}>{name}</button>
        {deeds}
      </div>
      {open && children()}
    </li>
  );
}

/* Directly below a department, or at the top of a source. */
export function Branches({ source, parent, at, go, deeds, empty }: Common & { source: string; parent?: string; empty?: ReactNode }) {
  const say = useSay();
  const found = useList('/api/v1/departments', { params: { query: parent ? { parent } : { source, top: true } } }, { limit: 200 });
  if (found.problem) return <Trouble problem={found.problem} again={found.again} />;
  if (found.waiting) return <SheetSkeleton rows={1} />;
  if (found.items.length === 0) return <>{empty}</>;
  const items = [...found.items].sort((a, b) => a.name.localeCompare(b.name, 'zh-CN', { numeric: true }));
  return (
    <ul className="branches">
      {items.map((one) => (
        <Node key={one.id} name={one.name} below={one.has_below} begin={!parent && items.length === 1} chosen={at.department === one.id} choose={() => go({ source, department: one.id })} deeds={deeds?.(one)}>
          {() => <Branches source={source} parent={one.id} at={at} go={go} deeds={deeds} />}
        </Node>
      ))}
      {found.hasMore && <li><Button type="link" size="small" onClick={found.more} loading={found.loadingMore}>{say('More', '加载更多')}</Button></li>}
    </ul>
  );
}

export function DepartmentTree({ at, go }: Common) {
  const say = useSay();
  const sources = useGet('/api/v1/identity-sources');
  const chosen = useGet('/api/v1/departments/{id}', { params: { path: { id: at.department ?? '' } } }, { enabled: !!at.department });
  const items = sources.data?.items ?? [];
  return (
    <nav aria-label={say('Departments', '部门')} className="tree">
      <DepartmentPicker
        placeholder={say('Find a department', '查找部门')} aria-label={say('Find a department', '查找部门')} value={at.department}
        known={chosen.data ? { [chosen.data.id]: chosen.data.name } : {}} onChange={(department?: string) => go({ department })}
      />
      <ul className="branches wide-only" style={{ marginTop: 10 }}>
        <li><div className="branch"><span className="twist" /><button type="button" className="branch-name" aria-current={!at.source && !at.department ? 'true' : undefined} onClick={() => go({})}>{say('Everybody', '全部用户')}</button></div></li>
        {items.map((one) => (
          <Node key={one.id} name={one.name} below begin={items.length <= 3} chosen={at.source === one.id && !at.department} choose={() => go({ source: one.id })}>
            {() => <Branches source={one.id} at={at} go={go} empty={<p className="dim small branch-empty">{say('No departments', '没有部门')}</p>} />}
          </Node>
        ))}
      </ul>
      {sources.error && <Trouble problem={sources.error} again={() => void sources.refetch()} />}
    </nav>
  );
}
