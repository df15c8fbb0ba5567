/* How far the reading of an organisation is, what it changed, and what it waits for. */
import { Alert, Button, Progress as Bar } from 'antd';
import { useState } from 'react';
import { Link } from 'react-router';
import { api, useChange } from '../../lib/api';
import { useMayChange } from '../../lib/session';
import { Ago, When, duration } from '../../lib/time';
import { useSay, useWords, type Text } from '../../lib/words';
import { Facts } from '../../parts/facts';
import { Sheet } from '../../parts/page';
import { State } from '../../parts/states';
import { SureDialog } from '../../parts/sure';
import { Trouble, useTell } from '../../parts/trouble';
import { FindingList } from './findings';
import { changeKinds, syncStates, type Source } from './words';

const phases: Record<NonNullable<Source['sync']['progress']>['phase'], Text> = {
  reading: ['Reading departments and their members', '正在读取部门及成员'],
  checking: ['Asking for whoever was not met', '正在核实未见到的人员'],
  applying: ['Applying the changes', '正在应用变更'],
};
const order = ['reading', 'checking', 'applying'] as const;

export function Progress({ source, brief }: { source: Source; brief?: boolean }) {
  const { say, language } = useWords();
  const at = source.sync.progress;
  if (!at) return null;
  const percent = at.total > 0 && at.phase !== 'applying' ? Math.min(100, Math.floor((100 * at.done) / at.total)) : 0;
  const n = (value: number) => value.toLocaleString(language);
  const numbers = at.phase === 'applying'
    ? say(`${n(at.total)} changes to come`, `剩余 ${n(at.total)} 项变更`)
    : at.phase === 'reading'
      ? say(`${n(at.done)} of ${n(at.total)} departments, ${n(at.people)} people listed`, `${n(at.done)} / ${n(at.total)} 个部门，已列出 ${n(at.people)} 人`)
      : say(`${n(at.done)} of ${n(at.total)} people asked for`, `已核实 ${n(at.done)} / ${n(at.total)} 人`);
  if (brief) return <div className="small dim numeric">{numbers}</div>;
  return (
    <div role="status" aria-live="polite">
      <div><b>{say(phases[at.phase])}</b> <span className="dim">{say(`step ${order.indexOf(at.phase) + 1} of 3`, `第 ${order.indexOf(at.phase) + 1} / 3 步`)}</span></div>
      <Bar percent={percent} status="active" aria-label={say('Progress', '进度')} showInfo={at.phase !== 'applying'} />
      <div className="numeric">
        {numbers}
        {at.per_minute > 0 && at.phase === 'reading' && <span className="dim"> · {say(`${n(at.per_minute)} a minute`, `每分钟 ${n(at.per_minute)} 个`)}</span>}
        {at.remaining_s !== null && <span className="dim"> · {say('about', '约剩')} {duration(at.remaining_s * 1000, language)}{say(' left', '')}</span>}
      </div>
    </div>
  );
}

/* A run that would take much away does nothing before somebody has looked. */
export function Waiting({ source }: { source: Source }) {
  const say = useSay();
  const tell = useTell();
  const may = useMayChange();
  const [asked, ask] = useState<'approve' | 'refuse'>();
  const { waits, run } = source.sync;
  const answer = useChange((deed: 'approve' | 'refuse') => {
    const input = { params: { path: { id: source.id, run: run! } } };
    return deed === 'approve' ? api.POST('/api/v1/identity-sources/{id}/syncs/{run}/approve', input) : api.POST('/api/v1/identity-sources/{id}/syncs/{run}/refuse', input);
  });
  if (!waits || !run) return null;
  const narrowed = waits.asked > 0 && waits.outside * 2 > waits.asked;
  return (
    <>
      <Alert
        type="warning" showIcon style={{ marginBottom: 16 }}
        title={waits.leaving > 0
          ? say(`${waits.leaving} of ${waits.leaving_of} people would be marked as left`, `将有 ${waits.leaving} 人被标记为离职（共 ${waits.leaving_of} 人）`)
          : say(`${waits.uncovered} of ${waits.uncovered_of} covered devices would be out of the policy’s scope`, `将有 ${waits.uncovered} 台受保护设备不再受策略覆盖（共 ${waits.uncovered_of} 台）`)}
        description={
          <>
            <p>{say('That is so much that nothing is taken away before somebody has looked. Who joined is there already.', '变动较大，在有人确认之前不会移除任何内容。新加入的人员已生效。')}</p>
            {waits.leaving > 0 && waits.uncovered > 0 && <p>{say(`Besides, ${waits.uncovered} of ${waits.uncovered_of} covered devices would be out of scope.`, `此外，将有 ${waits.uncovered} 台受保护设备（共 ${waits.uncovered_of} 台）不再受覆盖。`)}</p>}
            {waits.asked > 0 && (
              <p>{say(`${waits.asked} of them were asked for one by one; DingTalk still has ${waits.outside}.`, `已逐一核实其中 ${waits.asked} 人，${waits.outside} 人仍在钉钉中。`)}{' '}
                {narrowed && <b>{say('So most of them did not leave: the app’s contact scope, or the chosen departments, was narrowed. Widen it again in DingTalk and read anew; or approve, when it was meant so.', '可见多数人并未离职，而是应用的通讯录范围或所选部门缩小了。请在钉钉中恢复范围后重新读取；如确属有意，请通过。')}</b>}
              </p>
            )}
            <div className="row">
              {may && <Button type="primary" danger onClick={() => ask('approve')}>{say('Let it do so…', '允许执行…')}</Button>}
              {may && <Button onClick={() => ask('refuse')}>{say('Refuse…', '拒绝…')}</Button>}
              <Link to={`?tab=changes&run=${run}&state=pending`}>{say('Who it is about', '查看涉及的人员')}</Link>
            </div>
          </>
        }
      />
      <SureDialog
        open={!!asked} close={() => ask(undefined)} danger={asked === 'approve'}
        title={asked === 'approve' ? say('Let the run take them away?', '允许执行此次变更？') : say('Refuse this run?', '拒绝此次变更？')}
        deed={asked === 'approve' ? say('Let it do so', '允许执行') : say('Refuse', '拒绝')}
        run={async () => {
          await answer.mutateAsync(asked!);
          tell.done(asked === 'approve' ? say('It is being applied', '正在执行') : say('Refused', '已拒绝'));
        }}
      >
        <p>{asked === 'approve'
          ? say('Whoever was not asked for in the last ten minutes is asked for in DingTalk once more; then it is applied. Who left is signed out, and can file nothing; their devices stay protected.', '将再次向钉钉核实最近十分钟内未核实的人员，然后执行。离职人员会退出登录且无法报备，其设备仍受保护。')
          : say('What it was going to do is forgotten. The next run reads everything anew, and asks again.', '此次变更将被放弃。下次同步会重新读取并再次询问。')}</p>
      </SureDialog>
    </>
  );
}

export function Sync({ source }: { source: Source }) {
  const say = useSay();
  const { sync } = source;
  const counts = (Object.keys(changeKinds) as (keyof typeof changeKinds)[]).filter((kind) => sync.changes[kind] > 0);
  return (
    <Sheet title={say('Sync', '同步')}>
      {sync.progress && <div style={{ marginBottom: 14 }}><Progress source={source} /></div>}
      {sync.problem
        ? <Alert type="error" showIcon style={{ marginBottom: 14 }} title={say('It could not be read', '读取失败')} description={<><FindingList findings={[sync.problem]} /><div className="dim small">{sync.failures > 1 && say(`${sync.failures} times in a row. `, `连续 ${sync.failures} 次。`)}{say('It is tried again by itself.', '将自动重试。')}</div></>} />
        : sync.error && <Trouble title={say('It could not be read', '读取失败')} problem={new Error(sync.error)} />}
      <Facts facts={[
        [say('State', '状态'), <State of={sync.state} in={syncStates} />],
        [say('There are', '现有'), <span className="numeric">{say(`${sync.people.toLocaleString()} people in ${sync.departments.toLocaleString()} departments`, `${sync.people.toLocaleString()} 人，${sync.departments.toLocaleString()} 个部门`)}</span>],
        [say('Last synced', '上次完成'), sync.done_ms ? <Ago ms={sync.done_ms} /> : say('never', '从未')],
        [say('Next sync', '下次同步'), sync.state === 'running' ? null : <Ago ms={sync.next_ms} />],
        [say('The newest run', '最近一次'), sync.started_ms ? <><When ms={sync.started_ms} />{sync.ended_ms ? <> – <When ms={sync.ended_ms} /></> : null}</> : null],
        [say('It changed', '变更'), sync.run ? (
          <Link to={`?tab=changes&run=${sync.run}`}>
            {counts.length + (sync.changes.departments ? 1 : 0) === 0 ? say('nothing so far', '暂无') : [
              ...counts.map((kind) => say(`${sync.changes[kind]} ${changeKinds[kind][0].toLowerCase()}`, `${changeKinds[kind][1]} ${sync.changes[kind]} 人`)),
              ...(sync.changes.departments ? [say(`${sync.changes.departments} departments`, `部门 ${sync.changes.departments} 个`)] : []),
            ].join(say(', ', '，'))}
          </Link>
        ) : null],
      ]} />
    </Sheet>
  );
}
