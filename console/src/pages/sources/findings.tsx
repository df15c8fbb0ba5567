/* What a test of an identity source found, and what mends it. */
import { CheckCircleFilled, CloseCircleFilled, ExclamationCircleFilled, QuestionCircleFilled } from '@ant-design/icons';
import type { ReactNode } from 'react';
import type { Schema } from '../../lib/api';
import { useWords, type Text } from '../../lib/words';

export type Finding = Schema<'IdentitySourceTest'>['findings'][number];

const severities: Record<Finding['severity'], { name: Text; icon: ReactNode; order: number }> = {
  broken: { name: ['Broken', '异常'], icon: <CloseCircleFilled style={{ color: 'var(--hf-color-error)' }} />, order: 0 },
  attention: { name: ['Attention', '需关注'], icon: <ExclamationCircleFilled style={{ color: 'var(--hf-color-warning)' }} />, order: 1 },
  unknown: { name: ['Cannot be found out from here', '无法在此检测'], icon: <QuestionCircleFilled style={{ color: 'var(--dim)' }} />, order: 2 },
  ok: { name: ['Fine', '正常'], icon: <CheckCircleFilled style={{ color: 'var(--hf-color-success)' }} />, order: 3 },
};

export function FindingList({ findings }: { findings: Finding[] }) {
  const { say, language } = useWords();
  const sorted = [...findings].sort((a, b) => severities[a.severity].order - severities[b.severity].order);
  return (
    <ul className="lines found-list">
      {sorted.map((one, i) => (
        <li key={`${one.id}${i}`}>
          <span role="img" aria-label={say(severities[one.severity].name)}>{severities[one.severity].icon}</span>
          <div>
            <div>{one.what[language]}</div>
            {one.remedy[language] && <div className="dim">{one.remedy[language]}</div>}
          </div>
        </li>
      ))}
    </ul>
  );
}
