/* What differs, field by field: before and after, of lists what was taken out and put in. */
import { useSay, type Say } from '../../lib/words';
import { days, fields, groupAt, hours, modes, userAt, type Change, type Draft } from './words';
import { Link } from 'react-router';

type Value = Change['removed'][number];

function Named({ value, kind }: { value: Value; kind: Change['kind'] }) {
  const say = useSay();
  const at = kind === 'groups' ? groupAt : kind === 'people' ? userAt : undefined;
  const name = value.name ?? (kind === 'packages' ? value.value : say('unknown', '未知'));
  return (
    <>
      {at && !value.gone ? <Link to={at(value.value)}>{name}</Link> : name}
      {value.source && <span className="dim"> · {value.source}</span>}
      {value.gone && <span className="dim"> {kind === 'people' ? say('(has left)', '（已离职）') : say('(gone)', '（已删除）')}</span>}
    </>
  );
}

function words(change: Change, value: Value | null, say: Say) {
  if (!value) return say('none', '无');
  if (change.field === 'mode') return say(modes[value.value as Draft['mode']]);
  if (change.kind === 'truth') return value.value === 'true' ? say('Yes', '是') : say('No', '否');
  if (change.field === 'pending_days') return days(Number(value.value), say);
  if (change.field === 'grant_hours') return hours(Number(value.value), say);
  if (change.kind === 'workflow') return <Named value={value} kind={change.kind} />;
  return value.value === '' ? <span className="dim">{change.field.startsWith('prompt.') ? say('the default', '默认') : say('empty', '空')}</span> : <span style={{ whiteSpace: 'pre-wrap' }}>{value.value}</span>;
}

const shown = 20;
function Some({ values, kind, sign, name }: { values: Value[]; kind: Change['kind']; sign: string; name: string }) {
  const say = useSay();
  if (values.length === 0) return null;
  return (
    <ul className="deltas" aria-label={name}>
      {values.slice(0, shown).map((value) => <li key={value.value}><span aria-hidden="true" className="code">{sign} </span><Named value={value} kind={kind} /></li>)}
      {values.length > shown && <li className="dim">{say(`and ${values.length - shown} more`, `另有 ${values.length - shown} 项`)}</li>}
    </ul>
  );
}

export function Changes({ changes }: { changes: Change[] }) {
  const say = useSay();
  if (changes.length === 0) return <p className="dim" style={{ margin: 0 }}>{say('Nothing differs.', '没有差异。')}</p>;
  const list = (kind: Change['kind']) => kind === 'groups' || kind === 'people' || kind === 'packages';
  return (
    <dl className="facts">
      {changes.map((change) => (
        <div key={change.field} style={{ display: 'contents' }}>
          <dt>{say(fields[change.field])}</dt>
          <dd>
            {list(change.kind) ? (
              <>
                <Some values={change.added} kind={change.kind} sign="+" name={say('Added', '新增')} />
                <Some values={change.removed} kind={change.kind} sign="−" name={say('Removed', '移除')} />
                {change.moved && <span className="dim">{say('in another order', '仅顺序不同')}</span>}
              </>
            ) : <><del>{words(change, change.before, say)}</del> → <ins>{words(change, change.after, say)}</ins></>}
          </dd>
        </div>
      ))}
    </dl>
  );
}
