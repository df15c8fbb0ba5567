/*
 * What is made or changed beside a page: a drawer that is as wide as the screen on a phone, and asks before it forgets
 * what was typed, whichever way somebody leaves.
 */
import { App, Drawer, Grid } from 'antd';
import { useEffect, useRef, type ReactNode } from 'react';
import { useBlocker } from 'react-router';
import { useSay } from '../lib/words';
import { focusFirst } from './dialog';

interface Props {
  open: boolean;
  title: ReactNode;
  /* Whether something is typed that nobody has; asked when somebody leaves, so it may look into a ref. */
  dirty?: () => boolean;
  close: () => void;
  width?: number;
  deeds?: ReactNode;
  footer?: ReactNode;
  children: ReactNode;
}

function useAsk() {
  const { modal } = App.useApp();
  const say = useSay();
  return (leave: () => void, stay: () => void) => void modal.confirm({
    title: say('Leave without saving?', '不保存就离开？'),
    content: say('What you typed is not saved.', '您填写的内容尚未保存。'),
    okText: say('Leave', '离开'), okButtonProps: { danger: true }, cancelText: say('Stay', '留下'), autoFocusButton: 'cancel',
    onOk: leave, onCancel: stay,
  });
}

/* Asks at links, the browser's own buttons, and when the window is closed. Also for a page on which something is typed. */
export function Unsaved({ dirty, leaving }: { dirty: () => boolean; leaving?: { current: boolean } }) {
  const ask = useAsk();
  const blocker = useBlocker(({ currentLocation: from, nextLocation: to }) =>
    !leaving?.current && (from.pathname !== to.pathname || from.search !== to.search) && dirty());
  useEffect(() => {
    if (blocker.state === 'blocked') ask(() => blocker.proceed(), () => blocker.reset());
  }, [blocker.state]);
  useEffect(() => {
    const leave = (event: BeforeUnloadEvent) => { if (dirty()) event.preventDefault(); };
    window.addEventListener('beforeunload', leave);
    return () => window.removeEventListener('beforeunload', leave);
  });
  return null;
}

export function Panel({ open, title, dirty = () => false, close, width = 760, deeds, footer, children }: Props) {
  const narrow = !(Grid.useBreakpoint().md ?? true);
  const leaving = useRef(false);
  const box = useRef<HTMLDivElement>(null);
  const ask = useAsk();
  const leave = () => { leaving.current = true; close(); };
  useEffect(() => { if (open) leaving.current = false; }, [open]);
  return (
    <Drawer
      open={open} title={title} size={narrow ? '100%' : `min(${width}px, 100vw)`} extra={deeds} footer={footer} destroyOnHidden afterOpenChange={(there) => { if (there) focusFirst(box.current); }}
      mask={{ closable: false }} onClose={() => (dirty() ? ask(leave, () => {}) : leave())} styles={{ body: { padding: narrow ? 16 : 24 } }}
    >
      {open && <Unsaved dirty={dirty} leaving={leaving} />}
      <div ref={box}>{children}</div>
    </Drawer>
  );
}
