/* What a change would do, before it is made: who would be covered and who not any more, who could not file, what is odd. */
import { Alert } from 'antd';
import { Link } from 'react-router';
import { useSay } from '../../lib/words';
import { Changes } from './changes';
import { deviceAt, devices, people, userAt, warnings, whys, type Preview, type Why } from './words';

type Covered = Preview['covered'];

const Names = ({ some, at }: { some: { count: number; sample: { id: string; name: string; source?: string; owner?: { id: string; name: string } }[] }; at: (id: string) => string }) => {
  const say = useSay();
  return (
    <span>
      {some.sample.map((one, i) => (
        <span key={one.id}>{i > 0 && say(', ', '、')}<Link to={at(one.id)}>{one.name}</Link>{one.owner && <span className="dim">{say(` (${one.owner.name})`, `（${one.owner.name}）`)}</span>}</span>
      ))}
      {some.count > some.sample.length && <span className="dim">{say(` and ${(some.count - some.sample.length).toLocaleString('en')} more`, ` 等，另有 ${(some.count - some.sample.length).toLocaleString('en')} 个`)}</span>}
    </span>
  );
};

/* People and devices before and after, with the first of those that differ. */
export function CoveredBy({ covered }: { covered: Covered }) {
  const say = useSay();
  const row = (name: string, one: Covered['people'] | Covered['devices'], at: (id: string) => string) => (
    <div className="ahead-row">
      <div><span className="dim">{name}</span> <strong className="numeric">{one.before === one.after ? one.after.toLocaleString('en') : `${one.before.toLocaleString('en')} → ${one.after.toLocaleString('en')}`}</strong></div>
      {one.gained.count > 0 && <div><span className="gained">{say(`+${one.gained.count.toLocaleString('en')} gained: `, `新增 ${one.gained.count.toLocaleString('en')}：`)}</span><Names some={one.gained} at={at} /></div>}
      {one.lost.count > 0 && <div><span className="lost">{say(`−${one.lost.count.toLocaleString('en')} lost: `, `减少 ${one.lost.count.toLocaleString('en')}：`)}</span><Names some={one.lost} at={at} /></div>}
    </div>
  );
  return (
    <>
      {row(say('People covered', '受保护人员'), covered.people, userAt)}
      {row(say('Devices covered', '受保护设备'), covered.devices, deviceAt)}
    </>
  );
}

export function SecondPerson({ needed }: { needed: Why[] }) {
  const say = useSay();
  if (needed.length === 0) return null;
  return <Alert type="warning" showIcon title={say('A second administrator has to confirm this', '需要第二位管理员确认')}
    description={say(`Saving proposes it; nothing changes until somebody else confirms it. Why: ${needed.map((why) => say(whys[why])).join('; ')}.`, `保存后将成为待确认的变更，其他管理员确认之前不会生效。原因：${needed.map((why) => say(whys[why])).join('；')}。`)} />;
}

export function Ahead({ preview, without }: { preview: Preview; without?: 'changes' }) {
  const say = useSay();
  const grave = preview.warnings.filter((one) => warnings[one.code]?.grave);
  const all = (one: (typeof grave)[number]) => one.code === 'everybody-covered';
  const mild = preview.warnings.filter((one) => !warnings[one.code]?.grave && !all(one));
  const list = (some: typeof grave, type: 'error' | 'warning' | 'info') => some.length > 0 && (
    <Alert type={type} showIcon title={<ul className="warning-list">{some.map((one, i) => <li key={i}>{warnings[one.code]?.words(one, say) ?? one.code}</li>)}</ul>} />
  );
  return (
    <div className="stack">
      <SecondPerson needed={preview.second_person} />
      {list(grave, 'error')}
      {list(mild, 'warning')}
      {preview.mode_after !== 'off' && list(preview.warnings.filter(all), 'info')}
      {!without && <Changes changes={preview.changes} />}
      <CoveredBy covered={preview.covered} />
      {preview.stranded.count > 0 && <div className="ahead-row"><div className="lost">{say(`${people(preview.stranded.count, say)} would be blocked and could file under no workflow: `, `${people(preview.stranded.count, say)}会被阻止卸载且没有适用的审批流程：`)}</div><Names some={preview.stranded} at={userAt} /></div>}
      {preview.requests > 0 && <div className="ahead-row lost">{say(`${preview.requests} waiting ${preview.requests === 1 ? 'request' : 'requests'} would be withdrawn, as nobody has to answer ${preview.requests === 1 ? 'it' : 'them'} any more. The applicants are told why.`, `${preview.requests} 条待审批的申请将被撤回，因为不再需要审批；系统会告知申请人原因。`)}</div>}
    </div>
  );
}

/* The same in a line. */
export function aheadInShort(preview: Preview, say: ReturnType<typeof useSay>) {
  const { people: p, devices: d } = preview.covered;
  const parts = [
    say(`${preview.changes.length} ${preview.changes.length === 1 ? 'field differs' : 'fields differ'}`, `${preview.changes.length} 项不同`),
    p.gained.count > 0 && say(`${people(p.gained.count, say)} gained`, `新增保护 ${people(p.gained.count, say)}`),
    p.lost.count > 0 && say(`${people(p.lost.count, say)} lost`, `减少保护 ${people(p.lost.count, say)}`),
    (p.gained.count > 0 || d.gained.count > 0) && d.gained.count > 0 && say(`${devices(d.gained.count, say)} gained`, `新增 ${devices(d.gained.count, say)}`),
    d.lost.count > 0 && say(`${devices(d.lost.count, say)} lost`, `减少 ${devices(d.lost.count, say)}`),
    preview.stranded.count > 0 && say(`${people(preview.stranded.count, say)} without a way to file`, `${people(preview.stranded.count, say)}无法报备`),
    preview.requests > 0 && say(`${preview.requests} requests withdrawn`, `撤回 ${preview.requests} 条申请`),
  ].filter(Boolean);
  return parts.join(say(' · ', ' · '));
}
