/* What a test found that is not as it should be, and what mends it; all in order is one line. */
import { CheckCircleFilled } from '@ant-design/icons';
import { Alert } from 'antd';
import type { Schema } from '../../lib/api';
import { useSay, useWords } from '../../lib/words';

type Finding = Schema<'Doctor'>['findings'][number];

export function Findings({ findings, fine }: { findings: Finding[]; fine: string }) {
  const { language } = useWords();
  const say = useSay();
  const wrong = findings.filter((one) => one.severity === 'broken' || one.severity === 'attention');
  if (wrong.length === 0) return <p><CheckCircleFilled style={{ color: '#1f9d55' }} /> {fine}</p>;
  return (
    <ul className="findings" aria-label={say('Findings of the test', '测试结果')}>
      {wrong.map((one, i) => (
        <li key={`${one.id}${i}`}>
          <Alert type={one.severity === 'broken' ? 'error' : 'warning'} showIcon title={one.what[language]} description={one.remedy[language] || undefined} />
        </li>
      ))}
    </ul>
  );
}
