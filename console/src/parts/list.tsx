/*
 * A list of any length: rows come part by part as one scrolls, only those on screen are drawn, and on a narrow screen
 * they become cards. Columns say what the head of a card is.
 */
import { Button, Empty, Grid, Spin } from 'antd';
import { memo, useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState, type Key, type MouseEvent, type ReactNode } from 'react';
import { useSay } from '../lib/words';
import { SheetSkeleton } from './page';
import { Trouble } from './trouble';

export interface Column<T> {
  title: ReactNode;
  key?: string;
  /* The member that is shown, where nothing renders. */
  dataIndex?: string;
  render?: (value: any, row: T, index: number) => ReactNode;
  /* Columns share what is left over by these. */
  width?: number;
  align?: 'start' | 'end' | 'center';
  className?: string;
  /* On a narrow screen: 'head' of the card, or not shown there. */
  narrow?: 'head' | 'none';
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
  /* told which rows are on screen */
  see?: (from: number, to: number) => void;
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

/* What is there at once and as a whole. */
export const whole = <T,>(items: T[]): Found<T> => ({ items, waiting: false, old: false, problem: null, hasMore: false, loadingMore: false, more: () => {}, again: () => {} });

const drawAll = 60; // so many rows are drawn without further ado
const margin = 480; // pixels above and below the screen that are drawn too

/* From the table's top to the window's end. */
function useRoom(given?: number) {
  const box = useRef<HTMLDivElement>(null);
  const [room, setRoom] = useState(given ?? 480);
  useLayoutEffect(() => {
    if (given !== undefined) return undefined;
    const measure = () => {
      const top = (box.current?.getBoundingClientRect().top ?? 200) + window.scrollY;
      setRoom(Math.max(420, window.innerHeight - top - 110));
    };
    measure();
    // What stands above may unfold.
    const watch = new ResizeObserver(measure);
    watch.observe(document.documentElement);
    if (box.current?.parentElement) watch.observe(box.current.parentElement);
    return () => watch.disconnect();
  }, [given]);
  return [box, room] as const;
}

function cell<T>(column: Column<T>, row: T, i: number): ReactNode {
  const value = column.dataIndex ? (row as Record<string, unknown>)[column.dataIndex] : undefined;
  return column.render ? column.render(value, row, i) : (value as ReactNode);
}

interface LineProps<T> {
  row: T;
  index: number;
  columns: Column<T>[];
  open: boolean;
  /* undefined: nothing is selected here; null: this row cannot be */
  chosen?: boolean | null;
}

/* A row is drawn anew only when it is another one, or its columns are. */
const Line = memo(function Line<T extends { id: string }>({ row, index, columns, open, chosen }: LineProps<T>) {
  const say = useSay();
  return (
    <tr data-row={index} aria-rowindex={index + 2} aria-selected={chosen === undefined ? undefined : chosen === true} className={open ? 'opens' : undefined}>
      {chosen !== undefined && <td className="pick"><label><input type="checkbox" checked={chosen === true} disabled={chosen === null} readOnly aria-label={say('Select', '选择')} /></label></td>}
      {columns.map((column, c) => <td key={column.key ?? c} className={column.className} style={column.align && { textAlign: column.align }}>{cell(column, row, index)}</td>)}
    </tr>
  );
}) as <T extends { id: string }>(props: LineProps<T>) => ReactNode;

/* Where each row begins, by the heights that were seen; others are taken to be as high as these are on average. */
function useTops(items: { id: string }[], virtual: boolean) {
  const heights = useRef(new Map<string, number>());
  const [round, measured] = useState(0);
  const tops = useMemo(() => {
    const out = new Float64Array(virtual ? items.length + 1 : 1);
    if (!virtual) return out;
    let sum = 0;
    for (const height of heights.current.values()) sum += height;
    const usual = heights.current.size ? sum / heights.current.size : 64;
    for (let i = 0; i < items.length; i += 1) out[i + 1] = out[i]! + (heights.current.get(items[i]!.id) ?? usual);
    return out;
  }, [items, virtual, round]);
  const measure = useCallback((body: HTMLElement) => {
    let other = false;
    for (const line of body.children) {
      const at = (line as HTMLElement).dataset.row;
      const id = at === undefined ? undefined : items[Number(at)]?.id;
      if (id === undefined) continue;
      const height = (line as HTMLElement).offsetHeight;
      if (height > 0 && heights.current.get(id) !== height) {
        heights.current.set(id, height);
        other = true;
      }
    }
    if (other) measured((n) => n + 1);
  }, [items]);
  return [tops, measure] as const;
}

/* The last row that begins at or above a place. */
function rowAt(tops: Float64Array, y: number) {
  let low = 0;
  let high = Math.max(0, tops.length - 2);
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (tops[middle]! <= y) low = middle; else high = middle - 1;
  }
  return low;
}

function Wide<T extends { id: string }>({ found, columns, name, open, selected, select, selectable, height, rest }: Props<T> & { rest: ReactNode }) {
  const say = useSay();
  const { items } = found;
  const virtual = items.length > drawAll;
  const [box, room] = useRoom(height);
  const body = useRef<HTMLTableSectionElement>(null);
  const [tops, measure] = useTops(items, virtual);
  const [view, setView] = useState<[from: number, to: number]>([0, drawAll - 1]);
  const look = useCallback(() => {
    const at = box.current;
    if (!at || !virtual) return;
    const from = rowAt(tops, at.scrollTop - margin);
    const to = rowAt(tops, at.scrollTop + at.clientHeight + margin);
    setView((before) => (before[0] === from && before[1] === to ? before : [from, to]));
    found.see?.(from, to);
    if (!found.problem && at.scrollHeight - at.scrollTop - at.clientHeight < 1600) found.more();
  }, [virtual, tops, found]);
  // What more brought may not fit to what was read again meanwhile: then it is asked for once more.
  useLayoutEffect(look, [virtual, tops, room, found.loadingMore]);
  const [from, to] = virtual ? [Math.min(view[0], items.length - 1), Math.min(view[1], items.length - 1)] : [0, items.length - 1];
  useLayoutEffect(() => { if (virtual && body.current) measure(body.current); }, [virtual, measure, from, to]);

  const chosen = useMemo(() => new Set(selected), [selected]);
  const able = select ? items.filter((row) => !selectable || selectable(row)) : [];
  const count = able.reduce((n, row) => n + (chosen.has(row.id) ? 1 : 0), 0);
  const tell = (next: Set<Key>) => select?.([...next], items.filter((row) => next.has(row.id)));
  const rowOf = (event: MouseEvent) => items[Number((event.target as HTMLElement).closest<HTMLElement>('tr[data-row]')?.dataset.row ?? -1)];
  const click = (event: MouseEvent) => {
    const row = rowOf(event);
    const target = event.target as HTMLElement;
    if (!row) return;
    if (target.matches('input[type=checkbox]')) {
      const next = new Set(chosen);
      if (!next.delete(row.id)) next.add(row.id);
      tell(next);
    } else if (open && !target.closest('a,button,input,label,.pick') && window.getSelection()?.isCollapsed) open(row);
  };
  // Where there is less room than the columns would like, lines break before the table scrolls sideways.
  const all = columns.reduce((sum, column) => sum + (column.width ?? 160), select ? 44 : 0);
  const least = Math.min(all, 100 * columns.length);
  const share = (width = 160) => ({ width: `${(width / all) * 100}%` });
  const gap = (pixels: number) => (pixels > 0 ? <tr aria-hidden="true"><td colSpan={columns.length + 1} className="gap" style={{ height: pixels }} /></tr> : null);
  return (
    <>
      <div ref={box} className="list-box" data-rows={items.length} tabIndex={virtual ? 0 : undefined} style={{ maxHeight: virtual ? room : undefined, opacity: found.old ? 0.6 : 1 }} aria-busy={found.old} onScroll={virtual ? look : undefined}>
        <table className="list" aria-label={name} aria-rowcount={found.hasMore ? -1 : items.length + 1} style={{ minWidth: least }}>
          <colgroup>{select && <col style={share(44)} />}{columns.map((column, c) => <col key={column.key ?? c} style={share(column.width)} />)}</colgroup>
          <thead>
            <tr aria-rowindex={1}>
              {select && (
                <th className="pick" scope="col"><label><input
                  type="checkbox" aria-label={say('Select all that are loaded', '选择已加载的全部')} disabled={able.length === 0} checked={able.length > 0 && count === able.length}
                  ref={(input) => { if (input) input.indeterminate = count > 0 && count < able.length; }}
                  onChange={() => tell(count === able.length ? new Set() : new Set(able.map((row) => row.id)))}
                /></label></th>
              )}
              {columns.map((column, c) => <th key={column.key ?? c} scope="col" style={column.align && { textAlign: column.align }}>{column.title}</th>)}
            </tr>
          </thead>
          <tbody ref={body} onClick={click}>
            {virtual && gap(tops[from]!)}
            {items.slice(from, to + 1).map((row, i) => (
              <Line<T> key={row.id} row={row} index={from + i} columns={columns} open={!!open}
                chosen={select ? (selectable && !selectable(row) ? null : chosen.has(row.id)) : undefined} />
            ))}
            {virtual && gap(tops[items.length]! - tops[to + 1]!)}
          </tbody>
        </table>
      </div>
      {rest && <div className="list-rest">{rest}</div>}
    </>
  );
}

const Card = memo(function Card<T extends { id: string }>({ row, index, columns, chosen, choose }: { row: T; index: number; columns: Column<T>[]; chosen?: boolean | null; choose: (row: T) => void }) {
  const say = useSay();
  const head = columns.filter((column) => column.narrow === 'head');
  const others = columns.filter((column) => column.narrow === undefined);
  return (
    <div role="listitem" className="sheet card">
      <div className="row" style={{ marginBottom: 8, justifyContent: 'space-between' }}>
        {chosen !== undefined && chosen !== null && <label className="pick"><input type="checkbox" checked={chosen} onChange={() => choose(row)} aria-label={say('Select', '选择')} /></label>}
        {head.map((column, c) => <div key={c} style={{ fontWeight: c === 0 ? 600 : 400, flex: c === 0 ? 1 : undefined }}>{cell(column, row, index)}</div>)}
      </div>
      <dl className="card-facts">
        {others.map((column, c) => <div key={c}><dt>{column.title}</dt><dd>{cell(column, row, index)}</dd></div>)}
      </dl>
    </div>
  );
}) as <T extends { id: string }>(props: { row: T; index: number; columns: Column<T>[]; chosen?: boolean | null; choose: (row: T) => void }) => ReactNode;

function Narrow<T extends { id: string }>({ found, columns, name, selected, select, selectable, rest }: Props<T> & { rest: ReactNode }) {
  const end = useRef<HTMLDivElement>(null);
  const { more } = found;
  const newest = useRef(more);
  useEffect(() => { newest.current = more; });
  useEffect(() => {
    const watch = new IntersectionObserver(([seen]) => { if (seen?.isIntersecting && !found.problem) newest.current(); }, { rootMargin: '600px' });
    watch.observe(end.current!);
    return () => watch.disconnect();
  }, [found.items.length, found.loadingMore]);
  const chosen = useMemo(() => new Set(selected), [selected]);
  const latest = useRef({ chosen, select, items: found.items });
  useEffect(() => { latest.current = { chosen, select, items: found.items }; });
  const choose = useCallback((row: T) => {
    const { chosen: before, select: tell, items } = latest.current;
    const next = new Set(before);
    if (!next.delete(row.id)) next.add(row.id);
    tell?.([...next], items.filter((one) => next.has(one.id)));
  }, []);
  return (
    <div role="list" aria-label={name} className="stack" aria-busy={found.old} style={{ opacity: found.old ? 0.6 : 1 }}>
      {found.items.map((row, i) => (
        <Card<T> key={row.id} row={row} index={i} columns={columns} choose={choose} chosen={select ? (selectable && !selectable(row) ? null : chosen.has(row.id)) : undefined} />
      ))}
      <div ref={end} style={{ textAlign: 'center', marginTop: rest ? 0 : -12 }}>{rest}</div>
    </div>
  );
}

export function List<T extends { id: string }>(props: Props<T>) {
  const { found, empty } = props;
  const say = useSay();
  const narrow = !(Grid.useBreakpoint().md ?? true);
  if (found.problem && found.items.length === 0) return <Trouble problem={found.problem} again={found.again} />;
  if (found.waiting) return <SheetSkeleton rows={8} />;
  if (found.items.length === 0 && !found.hasMore) return <Nothing>{empty}</Nothing>;
  const rest = found.problem ? <Trouble problem={found.problem} again={found.again} />
    : found.loadingMore ? <Spin size="small" /> : found.hasMore ? <Button size="small" type="link" onClick={found.more}>{say('More', '加载更多')}</Button> : null;
  return narrow ? <Narrow {...props} rest={rest} /> : <Wide {...props} rest={rest} />;
}
