/* The frame of what is shown to somebody who is not signed in, or not quite. */
import { useEffect, type ReactNode } from 'react';
import { Looks } from '../../frame/shell';
import { Mark } from '../../frame/mark';

export function Gate({ title, about, children }: { title: string; about?: ReactNode; children: ReactNode }) {
  useEffect(() => { document.title = `${title} · Holdfast`; }, [title]);
  return (
    <div className="centre">
      <div className="gate-corner"><Looks /></div>
      <main className="gate">
        <Mark size={36} />
        <h1>{title}</h1>
        {about && <p className="dim">{about}</p>}
        {children}
      </main>
    </div>
  );
}
