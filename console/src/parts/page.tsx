/* The head of a page, and what stands there until its data has come. */
import { Skeleton } from 'antd';
import { useLayoutEffect, useState, type ReactNode } from 'react';
import { useSay, type Text } from '../lib/words';

export function Page({ title, about, deeds, children }: { title: ReactNode; about?: ReactNode; deeds?: ReactNode; children: ReactNode }) {
  return (
    <>
      <header className="head">
        <div className="head-words"><h1>{title}</h1>{about && <p>{about}</p>}</div>
        {deeds && <div className="head-deeds">{deeds}</div>}
      </header>
      {children}
    </>
  );
}

export function Sheet({ title, deeds, children, id }: { title?: ReactNode; deeds?: ReactNode; children: ReactNode; id?: string }) {
  return (
    <section className="sheet" id={id}>
      {(title || deeds) && <div className="head">{title && <h2 className="part-title head-words" style={{ margin: 0 }}>{title}</h2>}{deeds && <div className="head-deeds">{deeds}</div>}</div>}
      {children}
    </section>
  );
}

/* When the last one that was seen went: the next one that follows at once is the same wait. */
const last = { gone: -Infinity };

/* Shown only when the wait is long enough to be noticed: what comes at once does not flicker. */
function Soon({ children }: { children: ReactNode }) {
  const say = useSay();
  const [shown, show] = useState(false);
  // Before the browser paints: between a page's code and its data nothing blinks.
  useLayoutEffect(() => {
    if (performance.now() - last.gone < 50) {
      show(true);
      return;
    }
    const timer = setTimeout(() => show(true), 200);
    return () => clearTimeout(timer);
  }, []);
  useLayoutEffect(() => (shown ? () => { last.gone = performance.now(); } : undefined), [shown]);
  return shown ? <div aria-busy="true" role="status" aria-label={say('Loading', '加载中')}>{children}</div> : <div aria-busy="true" />;
}

export function PageSkeleton({ title }: { title?: Text }) {
  const say = useSay();
  return (
    <Soon>
      {title && <header className="head"><h1>{say(title)}</h1></header>}
      <section className="sheet"><Skeleton active paragraph={{ rows: 8 }} /></section>
    </Soon>
  );
}

export const SheetSkeleton = ({ rows = 4 }: { rows?: number }) => <Soon><Skeleton active title={false} paragraph={{ rows }} /></Soon>;
