/* What the connection test of a workflow found, and what mends it. */
import { CheckCircleFilled, CloseCircleFilled, ExclamationCircleFilled, QuestionCircleFilled } from '@ant-design/icons';
import { Button, Spin } from 'antd';
import { api, useChange, useGet } from '../../lib/api';
import type { Schema } from '../../lib/api';
import { useMayChange } from '../../lib/session';
import { Ago } from '../../lib/time';
import { useWords, type Text } from '../../lib/words';
import { SheetSkeleton } from '../../parts/page';
import { State, workflowStates } from '../../parts/states';
import { Trouble } from '../../parts/trouble';

type Finding = Schema<'Doctor'>['findings'][number];

const severities: Record<Finding['severity'], { name: Text; icon: React.ReactNode; order: number }> = {
  broken: { name: ['Broken', '异常'], icon: <CloseCircleFilled style={{ color: 'var(--bad)' }} />, order: 0 },
  attention: { name: ['Attention', '需关注'], icon: <ExclamationCircleFilled style={{ color: 'var(--warn)' }} />, order: 1 },
  unknown: { name: ['Cannot be found out from here', '无法在此检测'], icon: <QuestionCircleFilled style={{ color: 'var(--dim)' }} />, order: 2 },
  ok: { name: ['Fine', '正常'], icon: <CheckCircleFilled style={{ color: 'var(--good)' }} />, order: 3 },
};

export const useDoctor = (id: string, enabled = true) =>
  useGet('/api/v1/workflows/{id}/doctor', { params: { path: { id } } }, { enabled, every: (doctor) => (doctor?.running ? 1000 : false) });

/* Names of forms, by process ID, as the test saw them. */
export const formNames = (findings: Finding[] | undefined): Record<string, string> =>
  Object.fromEntries((findings ?? []).flatMap((one) => (one.form && one.subject && /^form-(ok|unpublished)$/.test(one.id) ? [[one.form, one.subject]] : [])));

export const worstOf = (findings: Finding[]) => [...findings].sort((a, b) => severities[a.severity].order - severities[b.severity].order)[0];

function Found({ finding }: { finding: Finding }) {
  const { say, language } = useWords();
  const { name, icon } = severities[finding.severity];
  return (
    <li className="found">
      <span role="img" aria-label={say(name)}>{icon}</span>
      <div className="break">
        <div>{finding.what[language]}{finding.form && <span className="dim code"> {finding.form}</span>}</div>
        {finding.remedy[language] && <div className="dim">{finding.remedy[language]}</div>}
      </div>
    </li>
  );
}

export function Findings({ id, dingtalk }: { id: string; dingtalk: boolean }) {
  const { say } = useWords();
  const may = useMayChange();
  const doctor = useDoctor(id);
  const again = useChange(() => api.POST('/api/v1/workflows/{id}/doctor', { params: { path: { id } } }));
  if (doctor.error && !doctor.data) return <Trouble problem={doctor.error} again={() => void doctor.refetch()} />;
  if (!doctor.data) return <SheetSkeleton rows={6} />;
  const { findings, running, state, checked_ms } = doctor.data;
  const sorted = [...findings].sort((a, b) => severities[a.severity].order - severities[b.severity].order);
  const fine = sorted.filter((one) => one.severity === 'ok');
  return (
    <section aria-label={say('Connection test', '连接检测')}>
      <div className="row" style={{ justifyContent: 'space-between', marginBottom: 12 }}>
        <div className="row" role="status" aria-live="polite">
          {running ? <><Spin size="small" /> {say('The test is running…', '正在检测…')}</>
            : checked_ms ? <><State of={state} in={workflowStates} /> <span className="dim">{say('Tested', '检测于')} <Ago ms={checked_ms} /></span></>
              : <span className="dim">{say('Not tested yet.', '尚未检测。')}</span>}
        </div>
        {may && <Button onClick={() => again.mutate(undefined)} loading={again.isPending} disabled={running}>{say('Test again', '重新检测')}</Button>}
      </div>
      {dingtalk && may && <p className="dim" style={{ marginTop: 0 }}>{say('It runs by itself after saving, after a refusal and daily. A test with one form costs about 8 DingTalk calls of the month.', '保存后、被钉钉拒绝后以及每天会自动检测。单个表单的检测约消耗本月 8 次钉钉调用。')}</p>}
      <Trouble problem={again.error} />
      <ul className="founds">{sorted.filter((one) => one.severity !== 'ok').map((one, i) => <Found key={`${one.id}${i}`} finding={one} />)}</ul>
      {fine.length > 0 && (
        <details className="fold" open={fine.length === sorted.length}>
          <summary>{say(`${fine.length} ${fine.length === 1 ? 'thing is' : 'things are'} as they should be`, `${fine.length} 项正常`)}</summary>
          <ul className="founds">{fine.map((one, i) => <Found key={`${one.id}${i}`} finding={one} />)}</ul>
        </details>
      )}
    </section>
  );
}
