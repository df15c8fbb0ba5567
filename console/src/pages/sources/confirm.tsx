/* A deed that cannot be taken back: said what follows, run there, and there is shown what went wrong. */
import { useState, type ReactNode } from 'react';
import { useSay } from '../../lib/words';
import { Dialog } from '../../parts/dialog';
import { Trouble } from '../../parts/trouble';

interface Props { open: boolean; title: string; about: ReactNode; deed: string; danger?: boolean; run: () => Promise<unknown>; close: () => void }

export function ConfirmDialog({ open, title, about, deed, danger, run, close }: Props) {
  const say = useSay();
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<unknown>();
  const go = () => {
    setBusy(true);
    setProblem(undefined);
    run().then(close, setProblem).finally(() => setBusy(false));
  };
  return (
    <Dialog open={open} title={title} okText={deed} cancelText={say('Cancel', '取消')} okButtonProps={{ danger }} confirmLoading={busy} onOk={go} onCancel={close} afterClose={() => setProblem(undefined)} destroyOnHidden>
      <Trouble problem={problem} />
      <div>{about}</div>
    </Dialog>
  );
}
