/* What ids of people and departments stand for, where the API tells ids only. */
import { useQuery } from '@tanstack/react-query';
import { api, type Schema } from '../lib/api';

type Names = Schema<'Names'>;

const most = 200; // that the server takes at once

export function useNames(users: (string | null | undefined)[], departments: string[] = []) {
  const one = (ids: (string | null | undefined)[]) => [...new Set(ids.filter((id): id is string => Boolean(id)))].sort().slice(0, most);
  const body = { users: one(users), departments: one(departments) };
  const { data } = useQuery<Names, Error>({
    queryKey: ['/api/v1/names', body],
    queryFn: async ({ signal }) => (await api.POST('/api/v1/names', { body, signal })).data!,
    enabled: body.users.length + body.departments.length > 0,
    placeholderData: (before) => before,
  });
  const by = <T extends { id: string }>(items: T[] | undefined, id: string | null) => items?.find((item) => item.id === id);
  return {
    user: (id: string | null) => by(data?.users, id),
    department: (id: string | null) => by(data?.departments, id),
    /* For pickers. */
    known: Object.fromEntries([...(data?.users ?? []), ...(data?.departments ?? [])].map(({ id, name }) => [id, name])),
  };
}
