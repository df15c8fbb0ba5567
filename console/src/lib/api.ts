/*
 * The API, typed by its own document (console/types). Reads go through useGet and useList, which keep what they got
 * until a live event, a change of ours or time makes it old; changes go through useChange.
 *
 *   const one = useGet('/api/v1/instances/{id}', { params: { path: { id } } });
 *   const approve = useChange((comment: string) => api.POST('/api/v1/instances/{id}/approve', {...}));
 */
import { QueryClient, keepPreviousData, useMutation, useQuery } from '@tanstack/react-query';
import { useEffect, useMemo, useRef, useState } from 'react';
import createClient, { type FetchOptions, type FetchResponse } from 'openapi-fetch';
import type { PathsWithMethod } from 'openapi-typescript-helpers';
import type { components, paths } from './schema';
import { Problem } from './problem';
import { languageNow } from './words';

/* Schema<'Instance'>: a thing of the API by its name. */
export type Schema<Name extends keyof components['schemas']> = components['schemas'][Name];

export const api = createClient<paths>({ baseUrl: location.origin });

let csrf = '';
let signedOut = () => {};
let waiting: (() => void)[] = [];
/* Of the session: what every change carries, and what to do when the session has ended. */
export const setCsrf = (token: string) => {
  csrf = token;
  if (!token) return;
  const all = waiting;
  waiting = [];
  for (const go of all) go();
};
export const onSignedOut = (then: () => void) => { signedOut = then; };

/* Over plain http browsers have no crypto.randomUUID. */
const freshKey = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');

api.use({
  onRequest({ request, schemaPath }) {
    request.headers.set('Accept-Language', languageNow() === 'zh' ? 'zh-CN' : 'en');
    if (request.method === 'GET') return;
    if (csrf) request.headers.set('X-CSRF-Token', csrf);
    // The server keeps answers under these keys for a day: what only looks changes nothing, and there is much of it.
    if (request.method === 'POST' && schemaPath.startsWith('/api/') && !/(previews?|names|dingtalk-forms)$/.test(schemaPath)) request.headers.set('Idempotency-Key', freshKey());
  },
  async onResponse({ response }) {
    if (response.ok) return;
    const text = await response.clone().text();
    let body: { type?: string; detail?: string; request_id?: string } = {};
    try { body = JSON.parse(text); } catch { /* not ours: a proxy's page */ }
    const kind = body.type?.split(':').pop() ?? (response.status >= 500 ? 'unavailable' : 'internal');
    if (response.status === 401 && csrf) signedOut();
    throw new Problem(kind, response.status, body.detail ?? '', body.request_id ?? response.headers.get('X-Request-Id') ?? '',
      Number(response.headers.get('Retry-After')) || undefined);
  },
  onError({ error }) {
    if (error instanceof DOMException && error.name === 'AbortError') return error;
    if (error instanceof Problem) return error;
    return new Problem('offline', 0, '', '');
  },
});

/* The version of what was read, for If-Match: an edit is refused when somebody was faster. */
const etags = new WeakMap<object, string>();
export const ifMatch = (read: object | undefined) => {
  const etag = read && etags.get(read);
  return etag ? { 'If-Match': etag } : {};
};
export function keepEtag<T>(data: T, response: Response): T {
  const etag = response.headers.get('ETag');
  if (etag && typeof data === 'object' && data !== null) etags.set(data, etag);
  return data;
}

export const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 5_000,
      retry: (count, error) => error instanceof Problem && ['offline', 'unavailable'].includes(error.kind) && count < 3,
      // Whoever looks at an old version must not lose what is being typed: data is replaced, forms are not.
      refetchOnWindowFocus: true,
      structuralSharing: false,
    },
  },
});

type Gets = PathsWithMethod<paths, 'get'>;
type Get<P extends Gets> = Extract<paths[P], { get: unknown }>['get'] & Record<string | number, any>;
export type Answer<P extends Gets> = NonNullable<FetchResponse<Get<P>, {}, 'application/json'>['data']>;
type Init<P extends Gets> = Pick<FetchOptions<Get<P>>, Extract<'params', keyof FetchOptions<Get<P>>>>;

interface Options<Data = never> {
  /* false: not yet, something it needs is missing */
  enabled?: boolean;
  /* ask again after so many milliseconds, where no live event tells; of a function: while what was read says so */
  every?: number | ((data: Data | undefined) => number | false);
  /* while another query is read, show what the one before brought */
  keep?: boolean;
  /* each answer costs something elsewhere: read when it is first wanted and by refetch, never by itself */
  once?: boolean;
}

/* What is on screen stays there while somebody signs in again, and is read after that. */
const signedInAgain = (signal: AbortSignal) => new Promise<void>((resolve, reject) => {
  waiting.push(resolve);
  signal.addEventListener('abort', () => reject(signal.reason), { once: true });
});

async function read<P extends Gets>(path: P, init: Init<P> | undefined, signal: AbortSignal): Promise<Answer<P>> {
  try {
    const { data, response } = await (api.GET as any)(path, { ...init, signal });
    return keepEtag(data, response);
  } catch (e) {
    if (!(e instanceof Problem) || e.status !== 401) throw e;
    await signedInAgain(signal);
    return read(path, init, signal);
  }
}

export function useGet<P extends Gets>(path: P, init?: Init<P>, options: Options<Answer<P>> = {}) {
  const { every } = options;
  return useQuery<Answer<P>, Error>({
    queryKey: [path, (init as { params?: unknown })?.params ?? null],
    queryFn: ({ signal }) => read(path, init, signal),
    enabled: options.enabled ?? true,
    refetchInterval: typeof every === 'function' ? (query) => every(query.state.data) : every,
    ...(options.once ? { staleTime: 'static' } : {}),
    placeholderData: options.keep ? (keepPreviousData as never) : undefined,
  });
}

/* Reads once, outside of a component. */
export const get = <P extends Gets>(path: P, init?: Init<P>) =>
  queries.fetchQuery<Answer<P>>({ queryKey: [path, (init as { params?: unknown })?.params ?? null], queryFn: ({ signal }) => read(path, init, signal), staleTime: 0 });

type Item<P extends Gets> = Answer<P> extends { items: (infer T)[] } ? T : never;

/* A piece of a list: what lies between two cursors, which are places in its order. */
interface Part<T> {
  cursor: string;
  items: T[];
  next: string | null;
  /* something changed since it was read, and it was out of sight then */
  old: boolean;
}

const idOf = (item: unknown) => (item as { id?: string }).id;
const least = 20; // rows to look for before an answer is shown: an answer may have few of them, or none, and not be the last
const rounds = 10;

/* The part again, as it is now: the rows up to where the next part begins. Undefined: too much came in between. */
async function renewed<T>(parts: Part<T>[], at: number, ask: (cursor: string, limit: number) => Promise<Part<T>>) {
  const part = parts[at]!;
  const last = at === parts.length - 1;
  const end = part.items.length ? idOf(part.items[part.items.length - 1]) : undefined;
  const items: T[] = [];
  let { cursor } = part;
  for (let round = 0; round < rounds; round += 1) {
    const got = await ask(cursor, 200);
    const found = end === undefined ? -1 : got.items.findIndex((item) => idOf(item) === end);
    if (found >= 0 && !last) return { ...part, items: [...items, ...got.items.slice(0, found + 1)], old: false };
    items.push(...got.items);
    if (got.next === null || (last && items.length >= part.items.length)) return { ...part, items, next: got.next, old: false };
    const after = parts[at + 1]?.items[0];
    const beyond = after === undefined ? -1 : items.findIndex((item) => idOf(item) === idOf(after));
    if (beyond >= 0) return { ...part, items: items.slice(0, beyond), old: false };
    cursor = got.next;
  }
  return undefined;
}

/*
 * A list by its cursors, as far as it has been asked for: items, and more() for the next part. When something changes,
 * its beginning and what is on screen (see) are read again, the rest when it comes into sight: however much was
 * scrolled through, a change costs one or two requests.
 */
export function useList<P extends Gets>(path: P, init?: Init<P>, options: Options & { limit?: number } = {}) {
  type T = Item<P>;
  const params = ((init as { params?: { query?: object } })?.params ?? {}) as { query?: { limit?: number } };
  const key = [path, params, 'list'];
  const shown = useRef<[number, number]>(undefined);
  const asking = useRef(false);
  const [more, setMore] = useState<{ busy: boolean; problem: Error | null }>({ busy: false, problem: null });
  const { limit = options.limit ?? 100 } = params.query ?? {};

  const ask = async (cursor: string, count: number, signal?: AbortSignal): Promise<Part<T>> => {
    const part: Part<T> = { cursor, items: [], next: cursor, old: false };
    for (let round = 0; round < rounds && part.next !== null && part.items.length < Math.min(least, count); round += 1) {
      const got = await read(path, { params: { ...params, query: { ...params.query, limit: count, ...(part.next ? { cursor: part.next } : {}) } } } as never,
        signal ?? new AbortController().signal) as unknown as { items: T[]; next: string | null };
      part.items.push(...got.items);
      part.next = got.next;
    }
    return part;
  };

  const found = useQuery<Part<T>[], Error>({
    queryKey: key,
    queryFn: async ({ signal }) => {
      const before = queries.getQueryData<Part<T>[]>(key);
      if (!before?.length) return [await ask('', limit, signal)];
      const [from, to] = shown.current ?? [0, 3 * limit];
      let parts = before.map((part) => ({ ...part, old: true }));
      for (let at = 0, row = 0; at < parts.length; at += 1) {
        const until = row + parts[at]!.items.length;
        if (at === 0 || (row <= to && until >= from)) {
          const part = await renewed(parts, at, (cursor, count) => ask(cursor, Math.max(count, limit), signal));
          if (!part) return parts.slice(0, at).concat(await ask(parts[at]!.cursor, 200, signal));
          parts[at] = part;
          if (part.next === null) parts = parts.slice(0, at + 1);
        }
        row = until;
      }
      // What more() brought meanwhile.
      const now = queries.getQueryData<Part<T>[]>(key) ?? [];
      return parts[parts.length - 1]!.next === null ? parts : [...parts, ...now.slice(before.length)];
    },
    enabled: options.enabled ?? true,
    placeholderData: options.keep ? (keepPreviousData as never) : undefined,
  });

  const parts = found.data;
  const items = useMemo(() => {
    const seen = new Set<unknown>();
    return (parts ?? []).flatMap((part) => part.items).filter((item) => {
      const id = idOf(item);
      if (id === undefined) return true;
      return seen.has(id) ? false : seen.add(id);
    });
  }, [parts]);
  const next = parts?.[parts.length - 1]?.next ?? null;
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);

  return {
    items,
    waiting: found.isPending && (options.enabled ?? true),
    old: found.isPlaceholderData,
    problem: found.error ?? more.problem,
    hasMore: next !== null,
    loadingMore: more.busy,
    more: () => {
      if (next === null || asking.current || found.isPlaceholderData) return;
      asking.current = true;
      setMore({ busy: true, problem: null });
      ask(next, limit).then((part) => {
        queries.setQueryData<Part<T>[]>(key, (now) => (now && now[now.length - 1]?.next === part.cursor ? [...now, part] : now));
        asking.current = false;
        setMore({ busy: false, problem: null });
      }, (problem: Error) => { asking.current = false; setMore({ busy: false, problem }); });
    },
    again: () => { setMore({ busy: false, problem: null }); void found.refetch(); },
    /* Which rows are on screen. */
    see: (from: number, to: number) => {
      shown.current = [from, to];
      let row = 0;
      const old = parts?.some((part) => {
        const here = part.old && row <= to && row + part.items.length >= from;
        row += part.items.length;
        return here;
      });
      clearTimeout(timer.current);
      if (old) timer.current = setTimeout(() => void found.refetch(), 150);
    },
  };
}

/* A change: runs it, then everything on screen is read again. `mutateAsync` throws a Problem. */
export function useChange<In, Out>(run: (input: In) => Promise<{ data?: Out; response: Response } | Out>) {
  return useMutation<Out, Error, In>({
    mutationFn: async (input) => {
      const done = await run(input);
      if (done && typeof done === 'object' && 'response' in done) return keepEtag(done.data as Out, done.response);
      return done as Out;
    },
    onSettled: () => queries.invalidateQueries(),
  });
}

/* The address of a file that the API makes, for a link: filters that are not set are left out. */
export function fileAddress(path: Gets, query: Record<string, string | number | boolean | undefined | null> = {}) {
  const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== null && value !== '');
  const text = new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString();
  return text ? `${path}?${text}` : path;
}
