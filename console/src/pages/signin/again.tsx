/*
 * The session has ended while somebody was at work: asked to sign in over the page, which stays as it is, with what is
 * typed in it. The browser's own dialogue makes everything else inert, panels and menus of the page too.
 */
import { Button, ConfigProvider } from 'antd';
import { useEffect, useRef } from 'react';
import { useSay } from '../../lib/words';
import type { Me } from '../../lib/session';
import { SignInForm } from './signin';

export default function Again({ me, entered, leave }: { me: Me; entered: () => Promise<unknown>; leave: () => void }) {
  const say = useSay();
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    dialog.current!.showModal();
    dialog.current!.querySelector<HTMLElement>('input[type=password]')?.focus();
  }, []);
  return (
    <dialog ref={dialog} className="again gate" aria-labelledby="again-title" onCancel={(event) => event.preventDefault()}>
      <ConfigProvider getPopupContainer={() => dialog.current ?? document.body}>
        <h2 id="again-title">{say('Please sign in again', '请重新登录')}</h2>
        <p className="dim">{say('Your session has ended. The page behind this is as you left it, and what you typed is still there.', '您的会话已结束。后面的页面保持原样，已填写的内容仍在。')}</p>
        <SignInForm again={me} entered={entered} />
        <p className="gate-foot"><Button type="link" onClick={leave}>{say('Sign in as somebody else', '使用其他账号登录')}</Button></p>
      </ConfigProvider>
    </dialog>
  );
}
