/*
 * Live updates: the server says which kinds of things changed (GET /api/v1/events), and what is on screen of these is
 * read again. What was read, or asked for, before the server began to tell is read again too: at first, and after a break.
 */
import { useEffect, useState } from 'react';
import { queries } from './api';

/* Of each topic, how the addresses begin that show it. */
const addresses: Record<string, string[]> = {
  instances: ['/api/v1/instances', '/api/v1/workflows', '/api/v1/tasks', '/api/v1/statistics', '/api/v1/removals'],
  devices: ['/api/v1/devices', '/api/v1/statistics', '/api/v1/enrolment-tokens', '/api/v1/builds'],
  alarms: ['/api/v1/alarms', '/api/v1/devices'],
  workflows: ['/api/v1/workflows'],
  apps: ['/api/v1/dingtalk-apps', '/api/v1/dingtalk-organisations', '/api/v1/workflows'],
  deliveries: ['/api/v1/deliveries', '/api/v1/instances'],
  policy: ['/api/v1/policy', '/api/v1/user-groups', '/api/v1/workflows'],
  groups: ['/api/v1/user-groups', '/api/v1/policy'],
  users: ['/api/v1/users', '/api/v1/departments'],
  sources: ['/api/v1/identity-sources', '/auth/ways'],
  releases: ['/api/v1/releases', '/api/v1/instances'],
  accounts: ['/api/v1/accounts', '/api/v1/me', '/api/v1/delegations', '/api/v1/sessions'],
  tokens: ['/api/v1/tokens'],
  webhooks: ['/api/v1/webhooks'],
  settings: ['/api/v1/settings', '/api/v1/notification-texts', '/api/v1/keys'],
  audit: ['/api/v1/audit'],
};

const concerns = (starts: string[]) => queries.invalidateQueries({
  predicate: ({ queryKey: [path] }) => starts.some((start) => String(path).startsWith(start)),
});

/* A fleet that comes back says so several times a second. What has just been read waits a little before it is read again,
 * and figures over all of it longer. */
const pace = (start: string) => (start === '/api/v1/statistics' ? 10_000 : 1_000);

function pacer() {
  const last = new Map<string, number>();
  const later = new Map<string, ReturnType<typeof setTimeout>>();
  const now = (start: string) => {
    later.delete(start);
    last.set(start, Date.now());
    void concerns([start]);
  };
  return {
    changed: (starts: string[]) => {
      for (const start of new Set(starts)) {
        const wait = (last.get(start) ?? 0) + pace(start) - Date.now();
        if (wait <= 0) now(start);
        else if (!later.has(start)) later.set(start, setTimeout(() => now(start), wait));
      }
    },
    stop: () => { for (const timer of later.values()) clearTimeout(timer); },
  };
}

function readAgain() {
  for (const { promise, queryKey } of queries.getQueryCache().getAll())
    void Promise.resolve(promise).catch(() => {}).then(() => queries.invalidateQueries({ queryKey, exact: true }));
}

const again = 5_000; // ms until another try where the browser itself makes none

/* Whether the page is kept up to date. session: whose; another one needs a connection of its own. */
export function useLive(session: string | undefined) {
  const [live, setLive] = useState(true);
  useEffect(() => {
    if (!session) return undefined;
    let source: EventSource | undefined;
    let timer: ReturnType<typeof setTimeout>;
    const paced = pacer();
    const open = () => {
      source = new EventSource('/api/v1/events');
      source.addEventListener('hello', () => {
        setLive(true);
        readAgain();
      });
      source.addEventListener('changed', (event) => {
        const { what } = JSON.parse((event as MessageEvent<string>).data) as { what: string[] };
        paced.changed(what.flatMap((topic) => addresses[topic] ?? []));
      });
      source.addEventListener('error', () => {
        setLive(false);
        // After a break the browser tries again; after an answer that is no stream (a proxy's, while the server is
        // started anew) it does not.
        if (source?.readyState === EventSource.CLOSED) timer = setTimeout(open, again);
      });
    };
    const close = () => {
      clearTimeout(timer);
      source?.close();
      source = undefined;
    };
    // A browser has six connections to a server, for all of its tabs together: one that nobody looks at needs none.
    const look = () => {
      if (document.hidden) close();
      else if (!source) open();
    };
    look();
    document.addEventListener('visibilitychange', look);
    return () => {
      document.removeEventListener('visibilitychange', look);
      paced.stop();
      close();
    };
  }, [session]);
  return live;
}
