/* What went wrong, in words, with the number under which the server's log has it. */
import { Alert, App, Button, Typography } from 'antd';
import { useCallback, type ReactNode } from 'react';
import { asProblem, isStale, problemTitles } from '../lib/problem';
import { useSay } from '../lib/words';

function Number({ id }: { id: string }) {
  const say = useSay();
  return id ? (
    <Typography.Text type="secondary" copyable={{ text: id, tooltips: [say('Copy', '复制'), say('Copied', '已复制')] }} style={{ fontSize: 12 }}>
      {say('Number', '编号')} <span className="code">{id}</span>
    </Typography.Text>
  ) : null;
}

/* In a page, a panel or a form, in the place of what could not be read, or above what could not be saved. */
export function Trouble({ problem, again, deeds, title }: { problem: unknown; again?: () => void; deeds?: ReactNode; title?: string }) {
  const say = useSay();
  if (!problem) return null;
  const p = asProblem(problem);
  return (
    <Alert
      type="error" showIcon role="alert" style={{ marginBottom: 16 }}
      title={title ?? say(problemTitles[p.kind] ?? problemTitles.internal!)}
      description={<><div className="break">{p.detail}{p.retryAfter ? ` ${say(`Try again in ${p.retryAfter} s.`, `请在 ${p.retryAfter} 秒后重试。`)}` : ''}</div><Number id={p.requestId} /></>}
      action={(again || deeds) && <div className="row">{again && <Button size="small" onClick={again}>{say('Try again', '重试')}</Button>}{deeds}</div>}
    />
  );
}

/* Why what was typed could not be saved. Where somebody else was faster, load brings what is stored now and keeps what was typed;
   until then saving it again would be refused again. */
export function SaveTrouble({ problem, load }: { problem: unknown; load: () => void }) {
  const say = useSay();
  return <Trouble problem={problem} deeds={isStale(problem) && <Button size="small" onClick={load}>{say('Load what is stored, keep what I typed', '加载最新内容并保留我的输入')}</Button>} />;
}

/* For deeds that have no place of their own for it: a notice at the page's edge, which stays until it is read. */
export function useTell() {
  const { notification, message } = App.useApp();
  const say = useSay();
  return {
    done: useCallback((text: string) => void message.success(text), [message]),
    problem: useCallback((e: unknown) => {
      const p = asProblem(e);
      notification.error({
        title: say(problemTitles[p.kind] ?? problemTitles.internal!), duration: 0, role: 'alert',
        description: <><div className="break">{p.detail}</div><Number id={p.requestId} /></>,
      });
    }, [notification, say]),
  };
}
