/*
 * A list of any length: rows come page by page as one scrolls, only those on screen are drawn, and on a narrow screen
 * they become cards. Columns say what the head of a card is.
 */
import { Button, Empty, Grid, Spin, Table, type TableColumnType, type TableProps } from 'antd';
import { useEffect, useLayoutEffect, useRef, useState, type Key, type ReactNode } from 'react';
import { useSay } from '../lib/words';
import { SheetSkeleton } from './page';
import { Trouble } from './trouble';

export interface Column<T> extends TableColumnType<T> {
  /* On a narrow screen: 'head' of the card, or not shown there. */
  narrow?: 'head' | 'none';
  width?: number;
}

export interface Found<T> {
  items: T[];
  waiting: boolean;
  old: boolean;
  problem: Error | null;
  hasMore: boolean;
  loadingMore: boolean;
  more: () => void;
  again: () => void;
}

interface Props<T extends { id: string }> {
  found: Found<T>;
  columns: Column<T>[];
  /* What the list is, for a screen reader. */
  name: string;
  /* Shown when there is nothing: says what to do next. */
  empty: ReactNode;
  open?: (row: T) => void;
  selected?: Key[];
  select?: (keys: Key[], rows: T[]) => void;
  selectable?: (row: T) => boolean;
  /* The height that the table may take; as much as the window has, when absent. */
  height?: number;
}

export const Nothing = ({ children }: { children: ReactNode }) => <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={null}><div className="dim" style={{ maxWidth: '60ch', margin: '0 auto' }}>{children}</div></Empty>;

/* From the table's top to the window's end. */
function useRoom(given?: number) {
  const box = useRef<HTMLDivElement>(null);
  const [room, setRoom] = useState(given ?? 480);
  useLayoutEffect(() => {
    if (given !== undefined) return undefined;
    const measure = () => {
      const top = (box.current?.getBoundingClientRect().top ?? 200) + window.scrollY;
      setRoom(Math.max(260, window.innerHeight - top - 110));
    };
    measure();
    window.addEventListener('resize', measure);
    return () => window.removeEventListener('resize', measure);
  }, [given]);
  return [box, room] as const;
}

export function List<T extends { id: string }>({ found, columns, name, empty, open, selected, select, selectable, height }: Props<T>) {
  const say = useSay();
  const narrow = !(Grid.useBreakpoint().md ?? true);
  const [box, room] = useRoom(height);
  const end = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (!narrow || !end.current) return undefined;
    const watch = new IntersectionObserver(([seen]) => { if (seen?.isIntersecting) found.more(); });
    watch.observe(end.current);
    return () => watch.disconnect();
  });
  if (found.problem && found.items.length === 0) return <Trouble problem={found.problem} again={found.again} />;
  if (found.waiting) return <SheetSkeleton rows={8} />;
  const nothing = <Nothing>{empty}</Nothing>;
  const rest = found.loadingMore ? <Spin size="small" /> : found.hasMore ? <Button size="small" type="link" onClick={found.more}>{say('More', '加载更多')}</Button> : null;
  if (narrow) {
    if (found.items.length === 0) return nothing;
    const cell = (column: Column<T>, row: T, i: number): ReactNode => {
      const value = column.dataIndex ? (row as Record<string, unknown>)[String(column.dataIndex)] : undefined;
      return column.render ? (column.render(value as never, row, i) as ReactNode) : (value as ReactNode);
    };
    const head = columns.filter((column) => column.narrow === 'head');
    const others = columns.filter((column) => column.narrow === undefined);
    return (
      <div role="list" aria-label={name} className="stack" aria-busy={found.old}>
        {found.items.map((row, i) => (
          <div role="listitem" key={row.id} className="sheet" style={{ margin: 0 }}>
            <div className="row" style={{ marginBottom: 8, justifyContent: 'space-between' }}>
              {head.map((column, c) => <div key={c} style={{ fontWeight: c === 0 ? 600 : 400 }}>{cell(column, row, i)}</div>)}
            </div>
            <dl className="card-facts">
              {others.map((column, c) => <div key={c}><dt>{column.title as ReactNode}</dt><dd>{cell(column, row, i)}</dd></div>)}
            </dl>
          </div>
        ))}
        <div ref={end} style={{ textAlign: 'center', minHeight: 24 }}>{rest}</div>
      </div>
    );
  }
  const selection: TableProps<T>['rowSelection'] = select && {
    selectedRowKeys: selected, onChange: select, columnWidth: 44,
    getCheckboxProps: (row) => ({ disabled: selectable ? !selectable(row) : false, 'aria-label': say('Select', '选择') } as object),
    getTitleCheckboxProps: () => ({ 'aria-label': say('Select all that are loaded', '选择已加载的全部') } as object),
  };
  const width = columns.reduce((sum, column) => sum + (column.width ?? 160), select ? 44 : 0);
  return (
    <div ref={box} aria-busy={found.old} style={{ opacity: found.old ? 0.6 : 1 }}>
      <Table<T>
        virtual={found.items.length > 60}
        rowKey="id" size="middle" pagination={false} aria-label={name}
        columns={columns} dataSource={found.items} rowSelection={selection}
        scroll={{ x: width, y: found.items.length > 60 ? room : undefined }}
        locale={{ emptyText: nothing }}
        onRow={open && ((row) => ({
          onClick: (event) => {
            if ((event.target as HTMLElement).closest('a,button,input,label,.ant-table-selection-column')) return;
            if (!window.getSelection()?.isCollapsed) return;
            open(row);
          },
          style: { cursor: 'pointer' },
        }))}
        onScroll={(event) => {
          const at = event.currentTarget;
          if (at.scrollHeight - at.scrollTop - at.clientHeight < 800) found.more();
        }}
        footer={rest ? () => <div style={{ textAlign: 'center' }}>{rest}</div> : undefined}
      />
    </div>
  );
}
