/* Finding a person, a device, a group, a department or an account by typing a part of its name. Values are ids. */
import { Select, type SelectProps } from 'antd';
import { useDeferredValue, useRef, useState } from 'react';
import { useGet, type Answer } from '../lib/api';
import { useSay } from '../lib/words';

interface Props extends Omit<SelectProps, 'options' | 'onSearch' | 'loading' | 'filterOption' | 'mode'> {
  many?: boolean;
  /* Names of what is chosen already, where the list has not come to it: by id. */
  known?: Record<string, string>;
}

function Picker({ many, known = {}, found, search, options, ...rest }: Props & { found: boolean; search?: (text: string) => void; options: { value: string; label: string; more?: string }[] }) {
  const say = useSay();
  const chosen = ([] as string[]).concat((rest.value as string | string[] | undefined) ?? []);
  // What was chosen keeps its name when the list has gone on to something else.
  const seen = useRef<Record<string, string>>({});
  for (const one of options) seen.current[one.value] = one.label;
  const missing = chosen.filter((id) => !options.some((one) => one.value === id)).map((id) => ({ value: id, label: known[id] ?? seen.current[id] ?? id, more: undefined }));
  const select = (
    <Select
      {...rest}
      mode={many ? 'multiple' : undefined}
      showSearch={{ filterOption: search ? false : (text, option) => `${option?.label} ${option?.more ?? ''}`.toLowerCase().includes(text.toLowerCase()), onSearch: search }}
      loading={!found}
      options={[...options, ...missing]}
      optionRender={(option) => <div><div>{option.label}</div>{option.data.more && <div className="dim" style={{ fontSize: 12 }}>{option.data.more}</div>}</div>}
      notFoundContent={found ? say('Nothing is called so', '没有匹配项') : say('Searching…', '搜索中…')}
      allowClear={rest.allowClear ?? !many}
      style={{ width: '100%', ...rest.style }}
    />
  );
  // The tab key would choose one more, whichever the list points at; it is to go on to the next field.
  return many ? <div style={{ display: 'contents' }} onKeyDownCapture={(event) => { if (event.key === 'Tab') event.stopPropagation(); }}>{select}</div> : select;
}

/* What is typed, once typing pauses. */
function useSearch() {
  const [text, setText] = useState('');
  return [useDeferredValue(text.trim()), setText] as const;
}

type Item<A> = A extends { items: (infer T)[] } ? T : never;
const items = <A extends { items: unknown[] }>(data: A | undefined) => (data?.items ?? []) as Item<A>[];

export function PersonPicker({ source, ...rest }: Props & { source?: string }) {
  const [search, setSearch] = useSearch();
  const found = useGet('/api/v1/users', { params: { query: { limit: 30, ...(search ? { search } : {}), ...(source ? { source } : {}) } } }, { keep: true });
  return <Picker {...rest} found={!found.isPending} search={setSearch} options={items<Answer<'/api/v1/users'>>(found.data).map((user) => ({
    value: user.id, label: user.name, more: [user.departments?.map((one) => one.name).join(', '), user.email, user.source_name].filter(Boolean).join(' · '),
  }))} />;
}

export function DevicePicker(props: Props) {
  const [search, setSearch] = useSearch();
  const found = useGet('/api/v1/devices', { params: { query: { limit: 30, ...(search ? { search } : {}) } } }, { keep: true });
  return <Picker {...props} found={!found.isPending} search={setSearch} options={items<Answer<'/api/v1/devices'>>(found.data).map((device) => ({
    value: device.id, label: device.name, more: [device.owner?.name, device.os].filter(Boolean).join(' · '),
  }))} />;
}

export function DepartmentPicker({ source, ...rest }: Props & { source?: string }) {
  const [search, setSearch] = useSearch();
  const found = useGet('/api/v1/departments', { params: { query: { limit: 30, ...(search ? { search } : {}), ...(source ? { source } : {}) } } }, { keep: true });
  return <Picker {...rest} found={!found.isPending} search={setSearch} options={items<Answer<'/api/v1/departments'>>(found.data).map((one) => ({ value: one.id, label: one.name, more: `${one.path} · ${one.source_name}` }))} />;
}

export function GroupPicker(props: Props) {
  const say = useSay();
  const found = useGet('/api/v1/user-groups/summaries');
  return <Picker {...props} found={!found.isPending} options={items<Answer<'/api/v1/user-groups/summaries'>>(found.data).map((group) => ({ value: group.id, label: group.name, more: say(`${group.members} people`, `${group.members} 人`) }))} />;
}

export function AccountPicker({ only, ...rest }: Props & { only?: (account: Item<Answer<'/api/v1/accounts'>>) => boolean }) {
  const found = useGet('/api/v1/accounts', { params: { query: { limit: 200 } } });
  return <Picker {...rest} found={!found.isPending} options={items<Answer<'/api/v1/accounts'>>(found.data).filter((one) => one.state === 'active' && (!only || only(one))).map((one) => ({ value: one.id, label: one.name, more: one.email }))} />;
}
