/* The head of a page, and what stands there until its data has come. */
import { Skeleton } from 'antd';
import { useEffect, useState, type ReactNode } from 'react';
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

/* Shown only when the wait is long enough to be noticed: what comes at once does not flicker. */
export function Soon({ children }: { children: ReactNode }) {
  const [shown, show] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => show(true), 200);
    return () => clearTimeout(timer);
  }, []);
  return shown ? children : null;
}

export function PageSkeleton({ title }: { title?: Text }) {
  const say = useSay();
  return (
    <Soon>
      <div aria-busy="true" aria-label={say('Loading', '加载中')}>
        {title && <header className="head"><h1>{say(title)}</h1></header>}
        <section className="sheet"><Skeleton active paragraph={{ rows: 8 }} /></section>
      </div>
    </Soon>
  );
}

export const SheetSkeleton = ({ rows = 4 }: { rows?: number }) => <Soon><Skeleton active title={false} paragraph={{ rows }} /></Soon>;
