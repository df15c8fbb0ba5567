/*
 * Before the console: who is it? Signed out, the sign-in page at the address that was asked for. When a session ends
 * under one's hands, the page stays and the sign-in stands over it; the same account goes on where it was, another one begins anew.
 */
import { lazy, Suspense, useEffect, useState, type ReactNode } from 'react';
import { useQuery } from '@tanstack/react-query';
import { api, keepEtag, onSignedOut, queries, setCsrf } from '../lib/api';
import { MeProvider, type Me } from '../lib/session';
import { useWords } from '../lib/words';
import { Problem, asProblem } from '../lib/problem';
import { entering } from '../pages/signin/enter';
import { Trouble } from '../parts/trouble';

const SignIn = lazy(() => import('../pages/signin/signin'));
const Again = lazy(() => import('../pages/signin/again'));
const SecondFactor = lazy(() => import('../pages/signin/factor'));

/* ended: `me` was signed in, and is not any more. */
interface Present { me: Me | null; ended: boolean }

const key = ['/api/v1/me', 'present'];
const before = () => queries.getQueryData<Present>(key);
const nobody: Present = { me: null, ended: false };
const sameAccount = (a: Me | null | undefined, b: Me) => a?.account?.id === b.account?.id;

/* Everything that was read belongs to who read it. */
const forgetReadings = () => queries.removeQueries({ predicate: ({ queryKey }) => queryKey[1] !== key[1] });

/* Somebody leaves of his own accord. */
export function forgetSession() {
  setCsrf('');
  queries.setQueryData<Present>(key, nobody);
  forgetReadings();
}

async function present(signal: AbortSignal): Promise<Present> {
  try {
    const { data, response } = await api.GET('/api/v1/me', { signal });
    if (before()?.me && !sameAccount(before()!.me, data!)) forgetReadings();
    setCsrf(data!.session?.csrf_token ?? '');
    return { me: keepEtag(data!, response), ended: false };
  } catch (e) {
    if (!(e instanceof Problem) || e.status !== 401) throw e;
    return before()?.me ? { me: before()!.me, ended: true } : nobody;
  }
}

export function Entrance({ children }: { children: ReactNode }) {
  const { setLanguage } = useWords();
  const now = useQuery<Present, Error>({
    queryKey: key,
    queryFn: ({ signal }) => present(signal),
    // Whoever signed in in another tab is signed in here when he comes back.
    staleTime: ({ state }) => (state.data?.me && !state.data.ended ? 60_000 : 0),
  });
  const { me, ended } = now.data ?? nobody;
  // Recovery codes are shown once: that page stays until it says so itself.
  const [factor, setFactor] = useState(false);
  useEffect(() => { if (me?.needs_totp) setFactor(true); }, [me]);
  useEffect(() => onSignedOut(() => {
    setCsrf('');
    queries.setQueryData<Present>(key, (was) => (was?.me ? { ...was, ended: true } : nobody));
  }), []);
  useEffect(() => {
    if (me?.account && entering.ended()) setLanguage(me.account.language);
  }, [me?.account?.id]);
  const entered = () => queries.invalidateQueries();
  if (now.isPending) return null;
  if (now.error && !now.data) return <div className="centre"><Trouble problem={asProblem(now.error)} again={() => void now.refetch()} /></div>;
  if (!me) return <Suspense fallback={null}><SignIn entered={entered} /></Suspense>;
  return (
    <>
      <MeProvider value={me} key={me.account?.id ?? ''}>
        {factor || me.needs_totp ? <Suspense fallback={null}><SecondFactor done={() => setFactor(false)} /></Suspense> : children}
      </MeProvider>
      {ended && <Suspense fallback={null}><Again me={me} entered={entered} leave={forgetSession} /></Suspense>}
    </>
  );
}
