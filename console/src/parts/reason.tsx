/* A deed that wants a word: asks for it in a dialogue, runs it there, and shows there what went wrong. */
import { Form, Input } from 'antd';
import { useState, type ReactNode } from 'react';
import { useSay } from '../lib/words';
import { Dialog } from './dialog';
import { Trouble } from './trouble';

interface Props {
  open: boolean;
  title: string;
  about?: ReactNode;
  label: string;
  deed: string;
  danger?: boolean;
  required?: boolean;
  max?: number;
  /* Rejects with what went wrong, which is shown; the dialogue stays then. */
  run: (text: string) => Promise<unknown>;
  close: () => void;
}

export function ReasonDialog({ open, title, about, label, deed, danger, required, max = 500, run, close }: Props) {
  const say = useSay();
  const [form] = Form.useForm<{ text: string }>();
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<unknown>();
  const go = async () => {
    const { text } = await form.validateFields();
    setBusy(true);
    setProblem(undefined);
    try {
      await run((text ?? '').trim());
      close();
    } catch (e) {
      setProblem(e);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Dialog
      open={open} title={title} okText={deed} okButtonProps={{ danger }} confirmLoading={busy} destroyOnHidden
      onOk={() => void go().catch(() => {})} onCancel={close} afterClose={() => { setProblem(undefined); form.resetFields(); }}
    >
      {about && <div style={{ marginBottom: 14 }}>{about}</div>}
      <Trouble problem={problem} />
      <Form form={form} layout="vertical" requiredMark={required ? undefined : 'optional'}>
        <Form.Item name="text" label={label} rules={required ? [{ required: true, whitespace: true, message: say('Please write something here.', '请填写此项。') }] : []}>
          <Input.TextArea maxLength={max} showCount autoSize={{ minRows: 3, maxRows: 8 }} onKeyDown={(event) => { if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) void go().catch(() => {}); }} />
        </Form.Item>
      </Form>
    </Dialog>
  );
}
