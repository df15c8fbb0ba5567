/* A light beside words: off while something is awaited, green when it has come, red when it is broken. */
import type { ReactNode } from 'react';

export const Light = ({ on, bad, children }: { on: boolean; bad?: boolean; children: ReactNode }) => (
  <p className="row" role="status" style={{ flexWrap: 'nowrap', alignItems: 'flex-start' }}>
    <span className={`light ${on ? 'on' : bad ? 'bad' : ''}`} aria-hidden="true" style={{ marginTop: 6 }} /><span>{children}</span>
  </p>
);
