/* A control with its name, a word on it, and what is wrong with it. */
import { Form } from 'antd';
import { cloneElement, createContext, useContext, useId, type ReactElement, type ReactNode } from 'react';
import { useSay } from '../../lib/words';
import type { Problems } from './draft';

interface Shown {
  problems: Problems;
  /* Whether what is wrong at this place is said already: who has not been there has done nothing wrong. */
  due: (at: string) => boolean;
  touch: (at: string) => void;
}

const Context = createContext<Shown>({ problems: {}, due: () => false, touch: () => {} });
export const ShownProvider = Context.Provider;

export function useProblem(at: string) {
  const say = useSay();
  const { problems, due } = useContext(Context);
  const problem = problems[at];
  return problem && due(at) ? say(problem) : undefined;
}

interface Props {
  at: string;
  label: ReactNode;
  about?: ReactNode;
  required?: boolean;
  children: ReactElement<Record<string, unknown>>;
  style?: React.CSSProperties;
  /* A word that does not stand in the way. */
  warning?: ReactNode;
}

export function Field({ at, label, about, required, children, style, warning }: Props) {
  const id = useId();
  const { touch } = useContext(Context);
  const problem = useProblem(at);
  const said = problem ?? warning;
  return (
    <Form.Item
      label={label} htmlFor={id} required={required} style={{ marginBottom: 16, ...style }}
      validateStatus={problem ? 'error' : warning ? 'warning' : undefined}
      help={said ? <span id={`${id}-said`}>{said}</span> : undefined}
      extra={about ? <div id={`${id}-about`} style={{ marginTop: 4 }}>{about}</div> : undefined}
    >
      {cloneElement(children, {
        id,
        onBlur: () => touch(at),
        'aria-invalid': problem ? true : undefined,
        'aria-required': required ? true : undefined,
        'aria-describedby': [said && `${id}-said`, about && `${id}-about`].filter(Boolean).join(' ') || undefined,
      })}
    </Form.Item>
  );
}

/* More words for who wants them. */
export function Fold({ name, children }: { name: string; children: ReactNode }) {
  return <details className="fold"><summary>{name}</summary><div>{children}</div></details>;
}
