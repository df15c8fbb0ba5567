/* The policy while it is edited: what differs from what was read, and what to do when somebody else was faster. */
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { api, type Schema } from '../../lib/api';
import { fields, type Change, type Draft, type Preview } from './words';

export type Policy = Schema<'Policy'>;

export function draftOf({ version: _, proposal: __, ...rest }: Policy): Draft {
  return rest;
}

type Field = Change['field'];
const names = Object.keys(fields) as Field[];

export const read = (draft: Draft, field: Field) => field.split('.').reduce<unknown>((at, name) => (at as Record<string, unknown>)[name], draft) ?? null;

function write(draft: Draft, field: Field, value: unknown): Draft {
  const [head, ...rest] = field.split('.') as [keyof Draft, ...string[]];
  const put = (at: unknown, path: string[]): unknown => (path.length === 0 ? value : { ...(at as object), [path[0]!]: put((at as Record<string, unknown>)[path[0]!], path.slice(1)) });
  return { ...draft, [head]: put(draft[head], rest) };
}

const same = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);
export const differing = (a: Draft, b: Draft) => names.filter((field) => !same(read(a, field), read(b, field)));

/* Mine on top of theirs: what I did not touch is as they have it now. */
export function rebased(mine: Draft, base: Draft, theirs: Draft) {
  const touched = differing(mine, base);
  return { draft: touched.reduce((draft, field) => write(draft, field, read(mine, field)), theirs), both: touched.filter((field) => !same(read(base, field), read(theirs, field)) && !same(read(mine, field), read(theirs, field))) };
}

/* Lengths, numbers and names that the server would refuse; the fields that are wrong, by what is wrong. */
export function faultsOf(draft: Draft) {
  const wrong = new Set<Field>();
  const whole = (n: unknown, from: number, to: number) => typeof n === 'number' && Number.isInteger(n) && n >= from && n <= to;
  if (!whole(draft.pending_days, 1, 365)) wrong.add('pending_days');
  if (!whole(draft.grant_hours, 0, 8760)) wrong.add('grant_hours');
  if ([...draft.contact].length > 300) wrong.add('contact');
  if (draft.packages.length > 64 || draft.packages.some((name) => !/^[A-Za-z0-9][A-Za-z0-9+._-]*$/.test(name) || name.length > 128)) wrong.add('packages');
  return wrong;
}

const preview = async (body: Draft, signal?: AbortSignal) => (await api.POST('/api/v1/policy/preview', { body, signal })).data!;
export { preview as previewOf };

export function usePreview(body: Draft, enabled: boolean) {
  return useQuery<Preview, Error>({ queryKey: ['/api/v1/policy/preview', body], queryFn: ({ signal }) => preview(body, signal), enabled, placeholderData: keepPreviousData, retry: false });
}
