/*
 * Figures over days, as stacked bars. The same figures are a table behind it, for whoever reads with the keyboard or a screen reader.
 * Colours differ in lightness too, and each series has its name beside it.
 */
import { Tooltip } from 'antd';
import type { ReactNode } from 'react';
import { useWords } from '../lib/words';

export interface Series { name: string; colour: string; values: number[] }

const dayName = (ms: number, language: string, long: boolean) =>
  new Intl.DateTimeFormat(language === 'zh' ? 'zh-CN' : 'en-GB', long ? { dateStyle: 'full' } : { day: 'numeric', month: 'short' }).format(ms);

export function Bars({ name, days, series, height = 150 }: { name: string; days: number[]; series: Series[]; height?: number }) {
  const { say, language } = useWords();
  const sums = days.map((_, i) => series.reduce((sum, one) => sum + (one.values[i] ?? 0), 0));
  const most = Math.max(1, ...sums);
  const total = sums.reduce((a, b) => a + b, 0);
  const marks = days.length <= 1 ? [0] : [0, Math.floor((days.length - 1) / 2), days.length - 1];
  return (
    <figure className="bars">
      <figcaption>
        {series.map((one) => <span key={one.name}><i style={{ background: one.colour }} />{one.name} <b className="numeric">{one.values.reduce((a, b) => a + b, 0).toLocaleString()}</b></span>)}
      </figcaption>
      <div className="bars-plot" role="img" aria-label={`${name}: ${say(`${total} in ${days.length} days, at most ${total === 0 ? 0 : most} a day`, `${days.length} 天共 ${total}，单日最多 ${total === 0 ? 0 : most}`)}`} style={{ height }}>
        <span className="bars-most numeric">{total === 0 ? say('nothing in these days', '此期间无数据') : most}</span>
        {days.map((day, i) => (
          <Tooltip key={day} mouseEnterDelay={0} title={<>{dayName(day, language, true)}{series.map((one) => <div key={one.name}>{one.name}: {one.values[i] ?? 0}</div>)}</>}>
            <div className="bars-day">
              {series.map((one) => <div key={one.name} style={{ height: `${((one.values[i] ?? 0) / most) * 100}%`, background: one.colour }} />)}
            </div>
          </Tooltip>
        ))}
      </div>
      <div className="bars-days" aria-hidden="true">{marks.map((i) => <span key={i}>{dayName(days[i] ?? 0, language, false)}</span>)}</div>
      <details>
        <summary>{say('As a table', '以表格显示')}</summary>
        <div style={{ overflow: 'auto', maxHeight: 260 }} tabIndex={0} role="region" aria-label={name}>
          <table>
            <thead><tr><th scope="col">{say('Day', '日期')}</th>{series.map((one) => <th scope="col" key={one.name}>{one.name}</th>)}</tr></thead>
            <tbody>{days.map((day, i) => <tr key={day}><th scope="row">{dayName(day, language, false)}</th>{series.map((one) => <td key={one.name}>{one.values[i] ?? 0}</td>)}</tr>).reverse()}</tbody>
          </table>
        </div>
      </details>
    </figure>
  );
}

/* Parts of a whole, one line each: a name, a bar, how many. */
export function Shares({ of, name }: { name: string; of: { key: string; name: ReactNode; count: number; colour: string }[] }) {
  const most = Math.max(1, ...of.map((one) => one.count));
  return (
    <ul className="shares" aria-label={name}>
      {of.map((one) => (
        <li key={one.key}>
          <span className="shares-name">{one.name}</span>
          <span className="shares-bar" aria-hidden="true">{one.count > 0 && <i style={{ width: `${(one.count / most) * 100}%`, background: one.colour }} />}</span>
          <b className="numeric">{one.count.toLocaleString()}</b>
        </li>
      ))}
    </ul>
  );
}
