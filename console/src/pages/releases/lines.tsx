/* Lines of a list that named no device of their own. */
import { useSay } from '../../lib/words';
import { leftOut, type Release } from './words';

export function LeftOut({ lines }: { lines: Release['list']['left_out'] }) {
  const say = useSay();
  if (lines.length === 0) return null;
  return (
    <details open={lines.length <= 10} style={{ marginTop: 8 }}>
      <summary>{say(`${lines.length} lines without a device of their own`, `${lines.length} 行没有对应的设备`)}</summary>
      <ul className="plain" style={{ maxHeight: 220, overflow: 'auto', marginTop: 6 }} tabIndex={0}>
        {lines.map((line) => <li key={line.line} style={{ marginBottom: 4 }}><span className="dim numeric">{say(`line ${line.line}`, `第 ${line.line} 行`)}</span> <span className="code break">{line.text}</span> <span className="dim">{say(leftOut[line.why])}</span></li>)}
      </ul>
    </details>
  );
}
