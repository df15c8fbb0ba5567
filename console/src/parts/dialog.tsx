/* A dialogue. It begins, as a panel does, at the first thing that can be filled in. */
import { Modal, type ModalProps } from 'antd';
import { useRef } from 'react';

/* Unless something in it has the focus already. */
export function focusFirst(box: HTMLElement | null) {
  if (!box || box.contains(document.activeElement)) return;
  box.querySelector<HTMLElement>('input:not(:disabled, [type=hidden]), textarea:not(:disabled), button[role=switch]:not(:disabled)')?.focus();
}

export function Dialog({ afterOpenChange, children, ...rest }: ModalProps) {
  const box = useRef<HTMLDivElement>(null);
  return (
    <Modal {...rest} afterOpenChange={(open) => { if (open) focusFirst(box.current); afterOpenChange?.(open); }}>
      <div ref={box}>{children}</div>
    </Modal>
  );
}
