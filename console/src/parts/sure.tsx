/* A deed to be sure of: says what follows, runs it there, and shows there why it was refused. */
import { useState, type ReactNode } from 'react';
import { Dialog } from './dialog';
import { Trouble } from './trouble';

interface Props {
  open: boolean;
  title: ReactNode;
  deed: string;
  danger?: boolean;
  children: ReactNode;
  /* Rejects with what went wrong, which is shown; the dialogue stays then. */
  run: () => Promise<unknown>;
  close: () => void;
}

export function SureDialog({ open, title, deed, danger, children, run, close }: Props) {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<unknown>();
  const go = async () => {
    setBusy(true);
    setProblem(undefined);
    try {
      await run();
      close();
    } catch (e) {
      setProblem(e);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Dialog open={open} title={title} okText={deed} okButtonProps={{ danger }} confirmLoading={busy} destroyOnHidden onOk={() => void go()} onCancel={close} afterClose={() => setProblem(undefined)}>
      <Trouble problem={problem} />
      {children}
    </Dialog>
  );
}
