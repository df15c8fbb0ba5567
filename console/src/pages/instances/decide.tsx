/*
 * Allowing and rejecting, one or many, with one comment. A decision is final, so there is no undo and nothing is shown
 * before the server has said it; of many, each has its own result.
 */
import { CheckCircleOutlined, CloseCircleOutlined } from '@ant-design/icons';
import { App, Button, Form, Input, Progress, Radio } from 'antd';
import type { TextAreaRef } from 'antd/es/input/TextArea';
import { useEffect, useMemo, useRef, useState } from 'react';
import { Link } from 'react-router';
import { api, useChange, useGet, type Schema } from '../../lib/api';
import { useMe } from '../../lib/session';
import { plural, useSay } from '../../lib/words';
import { Dialog } from '../../parts/dialog';
import { Facts } from '../../parts/facts';
import { Trouble } from '../../parts/trouble';

export type Row = Schema<'ListedInstance'>;
export type Deed = 'approve' | 'reject';
type As = NonNullable<Schema<'Instance'>['may']['as']>;

/* Which of the rows the reader may decide, as far as a list can tell; the server has the last word. */
export function useDecidable() {
  const me = useMe();
  const approver = me.role === 'approver';
  const turns = useGet('/api/v1/tasks', { params: { query: { mine: true, state: 'open', limit: 200 } } }, { enabled: approver });
  return useMemo(() => {
    if (me.role === 'auditor') return () => false;
    const mine = new Set(turns.data?.items.map((task) => task.instance.id));
    // Of a form in DingTalk any approver may decide; of a built-in level, whose turn it is.
    return (row: Row) => row.status === 'pending' && row.applicant.id !== me.account?.person
      && (!approver || row.delivery.state !== 'none' || mine.has(row.id));
  }, [me, turns.data]);
}

const most = 200;

interface Props {
  deed: Deed | undefined;
  rows: Row[];
  /* Both ways are open to the reader: answering the level, and ending the request. */
  choice?: boolean;
  close: () => void;
  /* After every decision that was taken. */
  decided?: (ids: string[]) => void;
}

interface Outcome { row: Row; status: string | null; why: string | null }

export function DecideDialog({ deed, rows, choice, close, decided }: Props) {
  const say = useSay();
  const { message } = App.useApp();
  const [form] = Form.useForm<{ comment?: string; as?: As }>();
  // What the dialogue was opened for stays, however the list behind it changes.
  const [asked, setAsked] = useState<{ deed: Deed; rows: Row[] }>();
  const [outcomes, setOutcomes] = useState<Outcome[]>();
  const [done, setDone] = useState(0);
  const [problem, setProblem] = useState<unknown>();
  const [busy, setBusy] = useState(false);
  const stop = useRef(false);
  const field = useRef<TextAreaRef>(null);
  useEffect(() => { if (deed && rows.length) setAsked((before) => before ?? { deed, rows }); }, [deed, rows]);
  const one = useChange(({ id, deed: what, ...body }: { id: string; deed: Deed; comment: string; as?: As }) => what === 'approve'
    ? api.POST('/api/v1/instances/{id}/approve', { params: { path: { id } }, body })
    : api.POST('/api/v1/instances/{id}/reject', { params: { path: { id } }, body }));
  const many = useChange((body: Schema<'DecideInstancesBody'>) => api.POST('/api/v1/instances/bulk', { body }));
  if (!asked) return null;
  const approve = asked.deed === 'approve';
  const only = asked.rows.length === 1 ? asked.rows[0] : undefined;

  const decideOne = async (row: Row, body: { comment: string; as?: As }) => {
    const now = await one.mutateAsync({ id: row.id, deed: asked.deed, ...body });
    decided?.([row.id]);
    close();
    void message.success(now.status === 'pending'
      ? say(`${row.number}: your answer counts; the others are asked now`, `${row.number}：已记录您的意见，等待其他审批人`)
      : approve ? say(`${row.number}: allowed`, `${row.number}：已允许`) : say(`${row.number}: rejected`, `${row.number}：已拒绝`));
  };
  const decideMany = async (comment: string) => {
    const all: Outcome[] = [];
    stop.current = false;
    try {
      for (let from = 0; from < asked.rows.length && !stop.current; from += most) {
        const some = asked.rows.slice(from, from + most);
        const answer = await many.mutateAsync({ action: asked.deed, ids: some.map((row) => row.id), comment });
        all.push(...answer.items.map((item, i) => ({ row: some[i]!, status: item.status, why: item.problem?.detail ?? null })));
        decided?.(answer.items.filter((item) => !item.problem).map((item) => item.id));
        setDone(all.length);
      }
    } finally {
      if (all.length) setOutcomes(all);
    }
  };
  const go = async () => {
    const { comment = '', as } = await form.validateFields();
    setBusy(true);
    setProblem(undefined);
    try {
      if (only) await decideOne(only, { comment: comment.trim(), ...(as ? { as } : {}) });
      else await decideMany(comment.trim());
    } catch (e) {
      setProblem(e);
    } finally {
      setBusy(false);
    }
  };
  const submit = () => void go().catch(() => {});
  const count = asked.rows.length;
  const requests = say(plural(count, 'request'), `${count} 条申请`);
  const title = only
    ? (approve ? say(`Allow ${only.number}?`, `允许 ${only.number}？`) : say(`Reject ${only.number}?`, `拒绝 ${only.number}？`))
    : (approve ? say(`Allow ${requests}?`, `允许 ${requests}？`) : say(`Reject ${requests}?`, `拒绝 ${requests}？`));
  const word = approve ? say('Allow', '允许') : say('Reject', '拒绝');
  return (
    <Dialog
      open={!!deed} title={outcomes ? say('What became of them', '处理结果') : title} width={560} destroyOnHidden mask={{ closable: false }}
      afterOpenChange={(shown) => { if (shown) field.current?.focus(); }}
      onCancel={() => { stop.current = true; close(); }}
      afterClose={() => { setAsked(undefined); setOutcomes(undefined); setProblem(undefined); setDone(0); form.resetFields(); }}
      footer={outcomes ? <Button type="primary" autoFocus onClick={close}>{say('Close', '关闭')}</Button> : [
        <Button key="no" onClick={() => { stop.current = true; close(); }}>{say('Cancel', '取消')}</Button>,
        <Button key="yes" type="primary" danger={!approve} loading={busy} onClick={submit}>{word}</Button>,
      ]}
    >
      <Trouble problem={problem} />
      {outcomes ? <Outcomes outcomes={outcomes} approve={approve} left={count - outcomes.length} /> : (
        <>
          {only ? (
            <Facts facts={[
              [say('Applicant', '申请人'), [only.applicant.name, only.applicant.department].filter(Boolean).join(' · ')],
              [say('Device', '设备'), only.device.name],
              [say('Package', '软件包'), <span className="code">{only.package}</span>],
              [say('Reason', '报备原因'), <span className="said">{only.reason}</span>],
            ]} />
          ) : (
            <p className="dim break" style={{ marginTop: 0 }}>{asked.rows.slice(0, 12).map((row) => `${row.number} ${row.applicant.name}`).join(say(', ', '、'))}{count > 12 ? ' …' : ''}</p>
          )}
          <p>{approve
            ? say('The device may then uninstall once. This is final; an unused approval can be taken back later.', '允许后该设备可卸载一次。此操作不可撤销；尚未使用的批准之后可以收回。')
            : say('Uninstalling stays blocked, and the applicant reads your comment. This is final; they may file again.', '拒绝后仍禁止卸载，申请人会看到您的意见。此操作不可撤销；申请人可重新报备。')}</p>
          <Form form={form} layout="vertical" onFinish={submit}>
            {choice && (
              <Form.Item name="as" label={say('Decide', '审批方式')} initialValue="approver">
                <Radio.Group options={[
                  { value: 'approver', label: say('Answer my level', '处理本级审批') },
                  { value: 'administrator', label: say('End the whole request, as an administrator', '以管理员身份直接结束申请') },
                ]} />
              </Form.Item>
            )}
            <Form.Item name="comment" label={approve ? say('Comment (optional)', '审批意见（选填）') : say('Why? The applicant reads it (optional)', '拒绝原因，申请人可见（选填）')} style={{ marginBottom: 28 }}>
              <Input.TextArea ref={field} maxLength={500} showCount autoSize={{ minRows: 2, maxRows: 6 }}
                onKeyDown={(event) => { if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) submit(); }} />
            </Form.Item>
          </Form>
          {busy && !only && count > most && <Progress percent={Math.round((done / count) * 100)} size="small" aria-label={say('Progress', '进度')} />}
        </>
      )}
    </Dialog>
  );
}

function Outcomes({ outcomes, approve, left }: { outcomes: Outcome[]; approve: boolean; left: number }) {
  const say = useSay();
  const failed = outcomes.filter((one) => one.why !== null);
  const waiting = outcomes.filter((one) => one.status === 'pending').length;
  const n = outcomes.length - failed.length;
  return (
    <div role="status">
      {n > 0 && (
        <p style={{ marginTop: 0 }}>
          <CheckCircleOutlined style={{ color: 'var(--ant-color-success, #17753c)' }} aria-hidden /> {approve ? say(`${n} allowed`, `已允许 ${n} 条`) : say(`${n} rejected`, `已拒绝 ${n} 条`)}
          {waiting > 0 && say(`, of which ${waiting} wait for others now`, `，其中 ${waiting} 条等待其他审批人`)}
        </p>
      )}
      {left > 0 && <p>{say(`${left} were not tried`, `${left} 条未处理`)}</p>}
      {failed.length > 0 && (
        <>
          <p><CloseCircleOutlined style={{ color: 'var(--ant-color-error, #c4281c)' }} aria-hidden /> {say(`${failed.length} could not be decided:`, `${failed.length} 条未能处理：`)}</p>
          <ul className="outcomes">
            {failed.map(({ row, why }) => (
              <li key={row.id}><Link to={`/console/approval/instances/${row.id}`}>{row.number}</Link> · {row.applicant.name} · {row.device.name}<div className="dim">{why}</div></li>
            ))}
          </ul>
        </>
      )}
    </div>
  );
}
