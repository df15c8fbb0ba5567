/* Names and values beside each other. A value that is null is left out. */
import type { ReactNode } from 'react';

export function Facts({ facts }: { facts: [name: ReactNode, value: ReactNode][] }) {
  return (
    <dl className="facts">
      {facts.filter(([, value]) => value !== null && value !== undefined && value !== false).map(([name, value], i) => (
        <div key={i} style={{ display: 'contents' }}><dt>{name}</dt><dd>{value}</dd></div>
      ))}
    </dl>
  );
}
