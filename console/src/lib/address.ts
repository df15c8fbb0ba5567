/* State that lives in the address, so that a view can be kept, sent and gone back to. */
import { useCallback, useMemo } from 'react';
import { useSearchParams } from 'react-router';

/* The named parameters, and a way to change some of them: undefined or '' takes one out. */
export function useAddress<Name extends string>(names: readonly Name[]) {
  const [search, setSearch] = useSearchParams();
  const text = search.toString();
  const values = useMemo(() => Object.fromEntries(names.flatMap((name) => {
    const value = search.get(name);
    return value === null ? [] : [[name, value]];
  })) as Partial<Record<Name, string>>, [text]);
  const set = useCallback((changes: Partial<Record<Name, string | undefined>>, how: { replace?: boolean } = {}) => {
    setSearch((before) => {
      const next = new URLSearchParams(before);
      for (const [name, value] of Object.entries(changes) as [string, string | undefined][]) {
        if (value) next.set(name, value); else next.delete(name);
      }
      return next;
    }, { replace: how.replace ?? false });
  }, [setSearch]);
  return [values, set] as const;
}
