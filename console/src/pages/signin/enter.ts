/* What all the ways in have in common. */
import { useState } from 'react';
import { api } from '../../lib/api';
import { Problem } from '../../lib/problem';

/* Passwords are compared a few at a time: whoever finds no place waits as long as the server says, and asks again. */
export async function inTurn<T>(run: () => Promise<T>): Promise<T> {
  for (let left = 10; ; left -= 1) {
    try {
      return await run();
    } catch (e) {
      if (!(e instanceof Problem) || e.kind !== 'unavailable' || !e.retryAfter || e.retryAfter > 3 || left === 0) throw e;
      await new Promise((resolve) => { setTimeout(resolve, e.retryAfter! * 1000); });
    }
  }
}

/* Something that is under way, and what went wrong with it. */
export function useAttempt() {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<unknown>();
  const attempt = async (run: () => Promise<unknown>) => {
    setBusy(true);
    setProblem(undefined);
    try {
      await inTurn(run);
    } catch (e) {
      setProblem(e);
    } finally {
      setBusy(false);
    }
  };
  return { busy, problem, attempt, forget: () => setProblem(undefined) };
}

/* The secret of a one-time link, out of the address bar before anybody sees it there or it is sent on. */
export function takeSecret() {
  const secret = location.hash.slice(1);
  if (secret) history.replaceState(history.state, '', location.pathname + location.search);
  return secret;
}

export const lookAtLink = async (secret: string) => (await api.POST('/api/v1/setup/link', { body: { secret } })).data!;

/* Signing in ends on another page where DingTalk does it: the mark says that it was begun here. */
const begun = 'holdfast.entering';
export const entering = {
  begin: () => sessionStorage.setItem(begun, '1'),
  ended: () => {
    const was = sessionStorage.getItem(begun) !== null;
    sessionStorage.removeItem(begun);
    return was;
  },
};
