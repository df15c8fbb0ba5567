/* DingTalk's forms, as the app sees them: asked for when somebody looks for one, since each answer costs a call. */
import { useCallback, useEffect, useRef, useState } from 'react';
import { api, type Schema } from '../../lib/api';
import { asProblem, type Problem } from '../../lib/problem';
import type { Form } from './draft';

type Asked<T> = { state: 'asking' } | { state: 'there'; data: T } | { state: 'failed'; problem: Problem };

export interface Forms {
  list: Asked<Schema<'FormSummary'>[]> | undefined;
  one: Record<string, Asked<Form>>;
  /* DingTalk knows the app, but probably not in an organisation with that CorpId. */
  otherOrganisation: boolean;
  /* What has been shown, by process ID. */
  shown: Record<string, Form>;
  /* No way to ask yet: neither an app nor credentials. */
  able: boolean;
  askList: (again?: boolean) => void;
  askOne: (code: string, again?: boolean) => void;
}

/* Of an app that is saved, or with what was typed. */
export type Through = { app: string } | { corp_id: string; client_id: string; client_secret: string } | undefined;

const nothing = { list: undefined, one: {}, otherOrganisation: false } as Pick<Forms, 'list' | 'one' | 'otherOrganisation'>;

export function useForms(through: Through): Forms {
  const name = JSON.stringify(through ?? null);
  const [has, setHas] = useState(nothing);
  const now = useRef({ name, has });
  now.current = { name, has };
  useEffect(() => setHas(nothing), [name]);

  const askList = useCallback((again = false) => {
    if (!through || (now.current.has.list && !again)) return;
    const put = (list: Forms['list'], otherOrganisation = false) => { if (now.current.name === name) setHas((before) => ({ ...before, list, otherOrganisation })); };
    put({ state: 'asking' });
    listOf(through).then(({ data, other }) => put({ state: 'there', data }, other), (e) => put({ state: 'failed', problem: asProblem(e) }));
  }, [name]);

  const askOne = useCallback((code: string, again = false) => {
    if (!through || !/^PROC-./.test(code) || (now.current.has.one[code] && !again)) return;
    const put = (one: Asked<Form>) => { if (now.current.name === name) setHas((before) => ({ ...before, one: { ...before.one, [code]: one } })); };
    put({ state: 'asking' });
    formOf(through, code).then((data) => put({ state: 'there', data }), (e) => put({ state: 'failed', problem: asProblem(e) }));
  }, [name]);

  const shown = Object.fromEntries(Object.entries(has.one).flatMap(([code, asked]) => (asked.state === 'there' ? [[code, asked.data]] : [])));
  return { ...has, shown, able: through !== undefined, askList, askOne };
}

const tryWith = async (body: Schema<'TryFormsBody'>) => (await api.POST('/api/v1/dingtalk-forms', { body })).data!;

async function listOf(through: NonNullable<Through>) {
  if ('app' in through) return { data: (await api.GET('/api/v1/dingtalk-apps/{id}/forms', { params: { path: { id: through.app } } })).data!.items, other: false };
  const { forms, other_organisation } = await tryWith(through);
  return { data: forms, other: other_organisation };
}

async function formOf(through: NonNullable<Through>, code: string) {
  if ('app' in through) return (await api.GET('/api/v1/dingtalk-apps/{id}/forms/{process_code}', { params: { path: { id: through.app, process_code: code } } })).data!;
  return (await tryWith({ ...through, process_code: code })).form!;
}
