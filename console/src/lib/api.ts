/*
 * The API, typed by its own document (console/types). Reads go through useGet and useList, which keep what they got
 * until a live event, a change of ours or time makes it old; changes go through useChange.
 *
 *   const one = useGet('/api/v1/instances/{id}', { params: { path: { id } } });
 *   const approve = useChange((comment: string) => api.POST('/api/v1/instances/{id}/approve', {...}));
 */
import { QueryClient, keepPreviousData, useInfiniteQuery, useMutation, useQuery } from '@tanstack/react-query';
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
/* Of the session: what every change carries, and what to do when the session has ended. */
export const setCsrf = (token: string) => { csrf = token; };
export const onSignedOut = (then: () => void) => { signedOut = then; };

api.use({
  onRequest({ request, schemaPath }) {
    request.headers.set('Accept-Language', languageNow() === 'zh' ? 'zh-CN' : 'en');
    if (request.method === 'GET') return;
    if (csrf) request.headers.set('X-CSRF-Token', csrf);
    // The server keeps answers under these keys for a day: a preview changes nothing, and there are many.
    if (request.method === 'POST' && schemaPath.startsWith('/api/') && !/previews?$/.test(schemaPath)) request.headers.set('Idempotency-Key', crypto.randomUUID());
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

interface Options {
  /* false: not yet, something it needs is missing */
  enabled?: boolean;
  /* ask again after so many milliseconds, where no live event tells */
  every?: number;
  /* while another query is read, show what the one before brought */
  keep?: boolean;
}

async function read<P extends Gets>(path: P, init: Init<P> | undefined, signal: AbortSignal): Promise<Answer<P>> {
  const { data, response } = await (api.GET as any)(path, { ...init, signal });
  return keepEtag(data, response);
}

export function useGet<P extends Gets>(path: P, init?: Init<P>, options: Options = {}) {
  return useQuery<Answer<P>, Error>({
    queryKey: [path, (init as { params?: unknown })?.params ?? null],
    queryFn: ({ signal }) => read(path, init, signal),
    enabled: options.enabled ?? true,
    refetchInterval: options.every,
    placeholderData: options.keep ? (keepPreviousData as never) : undefined,
  });
}

/* Reads once, outside of a component. */
export const get = <P extends Gets>(path: P, init?: Init<P>) =>
  queries.fetchQuery<Answer<P>>({ queryKey: [path, (init as { params?: unknown })?.params ?? null], queryFn: ({ signal }) => read(path, init, signal), staleTime: 0 });

type Item<P extends Gets> = Answer<P> extends { items: (infer T)[] } ? T : never;

/* A list by its cursors, as far as it has been asked for: items, and more() for the next page. */
export function useList<P extends Gets>(path: P, init?: Init<P>, options: Options & { limit?: number } = {}) {
  const params = ((init as { params?: { query?: object } })?.params ?? {}) as { query?: object };
  const found = useInfiniteQuery({
    queryKey: [path, params, 'list'],
    queryFn: ({ signal, pageParam }) => read(path, {
      params: { ...params, query: { limit: options.limit ?? 100, ...params.query, ...(pageParam ? { cursor: pageParam } : {}) } },
    } as never, signal) as Promise<unknown> as Promise<{ items: Item<P>[]; next: string | null }>,
    initialPageParam: '',
    getNextPageParam: (last) => last.next ?? undefined,
    enabled: options.enabled ?? true,
    placeholderData: options.keep ? keepPreviousData : undefined,
  });
  const items = found.data?.pages.flatMap((page) => page.items) ?? [];
  return {
    items,
    waiting: found.isPending && (options.enabled ?? true),
    old: found.isPlaceholderData,
    problem: found.error,
    hasMore: found.hasNextPage,
    loadingMore: found.isFetchingNextPage,
    more: () => { if (found.hasNextPage && !found.isFetchingNextPage) void found.fetchNextPage(); },
    again: () => void found.refetch(),
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
