/* Before the console: who is it? Signed out, the sign-in page; when a session ends, it asks again and goes on. */
import { lazy, Suspense, useEffect, type ReactNode } from 'react';
import { api, keepEtag, onSignedOut, queries, setCsrf } from '../lib/api';
import { useQuery } from '@tanstack/react-query';
import { MeProvider, type Me } from '../lib/session';
import { Problem, asProblem } from '../lib/problem';
import { Trouble } from '../parts/trouble';

const SignIn = lazy(() => import('../pages/signin/signin'));
const SecondFactor = lazy(() => import('../pages/signin/factor'));

/* Everything that was read belongs to who read it. */
export function forgetSession() {
  setCsrf('');
  queries.clear();
}

export function Entrance({ children }: { children: ReactNode }) {
  const me = useQuery<Me | null, Error>({
    queryKey: ['/api/v1/me', null],
    queryFn: async ({ signal }) => {
      try {
        const { data, response } = await api.GET('/api/v1/me', { signal });
        setCsrf(data?.session?.csrf_token ?? '');
        return keepEtag(data!, response);
      } catch (e) {
        if (e instanceof Problem && e.status === 401) return null;
        throw e;
      }
    },
    staleTime: 60_000,
  });
  useEffect(() => onSignedOut(() => {
    setCsrf('');
    queries.setQueryData(['/api/v1/me', null], null);
  }), []);
  if (me.isPending) return null;
  if (me.error && !me.data) return <div className="centre"><Trouble problem={asProblem(me.error)} again={() => void me.refetch()} /></div>;
  if (!me.data) return <Suspense fallback={null}><SignIn /></Suspense>;
  if (me.data.needs_totp) return <Suspense fallback={null}><MeProvider value={me.data}><SecondFactor /></MeProvider></Suspense>;
  return <MeProvider value={me.data}>{children}</MeProvider>;
}
