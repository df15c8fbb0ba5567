/* The rules of a user group: up to 3,000, of which only those on screen are drawn; added one by one, or pasted. */
import { CloseOutlined, PlusOutlined } from '@ant-design/icons';
import { Alert, Button, Form, Grid, Input, Select, Tag, Tooltip } from 'antd';
import { useDeferredValue, useImperativeHandle, useMemo, useRef, useState, type Ref } from 'react';
import { Link } from 'react-router';
import type { Schema } from '../../lib/api';
import { useSay, type Text } from '../../lib/words';
import { Dialog } from '../../parts/dialog';
import { DepartmentPicker, PersonPicker } from '../../parts/pickers';
import { userAt } from '../registration/words';

export type Rule = Pick<Schema<'UserGroup'>['rules'][number], 'subject' | 'relation' | 'value'> & Partial<Schema<'UserGroup'>['rules'][number]>;

export const rulesMax = 3000;

export const subjects: Record<Rule['subject'], Text> = { user: ['Person', '人员'], department: ['Department', '部门'], email: ['Email', '邮箱'], telephone: ['Telephone', '手机号'] };
export const relations: Record<Rule['relation'], Text> = { equal: ['equal', '等于'], unequal: ['unequal', '不等于'] };

const same = (a: Rule, b: Rule) => a.subject === b.subject && a.relation === b.relation && a.value.toLowerCase() === b.value.toLowerCase();

/* As the server reads numbers: spaces, hyphens and +86 do not count. */
const digits = (text: string) => text.replace(/[\s()-]/g, '').replace(/^\+86/, '');

/* What one line, or a word of it, names. */
function meant(word: string): Rule | undefined {
  if (/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(word) && word.length <= 200) return { subject: 'email', relation: 'equal', value: word };
  if (/^\+?\d{5,20}$/.test(digits(word))) return { subject: 'telephone', relation: 'equal', value: word.trim() };
  return undefined;
}

/* Addresses and numbers apart by lines, commas, semicolons or tabs; spaces belong to numbers, unless an address is beside them. */
export function understand(text: string) {
  const words = text.split(/[\n\r,;，；、\t]+/).flatMap((piece) => (piece.includes('@') ? piece.split(/\s+/) : [piece])).map((word) => word.trim().replace(/^[<"']+|[>"']+$/g, '')).filter(Boolean);
  const rules: Rule[] = [];
  const odd: string[] = [];
  for (const word of words) {
    const rule = meant(word);
    if (rule) rules.push(rule); else odd.push(word);
  }
  return { rules, odd };
}

/* Those that are not there yet, each once. */
export function without(rules: Rule[], there: Rule[]) {
  const key = (rule: Rule) => `${rule.subject} ${rule.relation} ${rule.value.toLowerCase()}`;
  const seen = new Set(there.map(key));
  return rules.filter((rule) => !seen.has(key(rule)) && seen.add(key(rule)));
}

export function ruleName(rule: Rule) {
  return rule.name ?? rule.value;
}

function Paste({ open, close, add, there }: { open: boolean; close: () => void; add: (rules: Rule[]) => void; there: Rule[] }) {
  const say = useSay();
  const [text, setText] = useState('');
  const { rules, odd } = useMemo(() => understand(text), [text]);
  const fresh = useMemo(() => without(rules, there), [rules, there]);
  const room = rulesMax - there.length;
  return (
    <Dialog open={open} title={say('Paste email addresses and telephone numbers', '批量粘贴邮箱和手机号')} onCancel={close} destroyOnHidden afterClose={() => setText('')} width={640}
      okText={say(`Add ${fresh.length} ${fresh.length === 1 ? 'rule' : 'rules'}`, `添加 ${fresh.length} 条规则`)} okButtonProps={{ disabled: fresh.length === 0 || fresh.length > room }} onOk={() => { add(fresh); close(); }}>
      <Form layout="vertical" component={false}>
        <Form.Item label={say('One a line, or apart by commas', '每行一个，或用逗号分隔')} htmlFor="paste-many"><Input.TextArea id="paste-many" rows={10} value={text} onChange={(event) => setText(event.target.value)} className="code" /></Form.Item>
      </Form>
      <div className="stack" role="status">
        {text.trim() !== '' && <span>{say(`${rules.filter((one) => one.subject === 'email').length} email addresses, ${rules.filter((one) => one.subject === 'telephone').length} telephone numbers`, `${rules.filter((one) => one.subject === 'email').length} 个邮箱，${rules.filter((one) => one.subject === 'telephone').length} 个手机号`)}{rules.length > fresh.length && say(`; ${rules.length - fresh.length} are there already`, `；其中 ${rules.length - fresh.length} 个已存在`)}</span>}
        {odd.length > 0 && <Alert type="warning" showIcon title={say(`${odd.length} are neither, and are left out`, `${odd.length} 项无法识别，将被忽略`)} description={<span className="break">{odd.slice(0, 10).join(' · ')}{odd.length > 10 && ' …'}</span>} />}
        {fresh.length > room && <Alert type="error" showIcon title={say(`A group has at most ${rulesMax.toLocaleString('en')} rules; there is room for ${room.toLocaleString('en')}.`, `用户组最多 ${rulesMax.toLocaleString('en')} 条规则，还可添加 ${room.toLocaleString('en')} 条。`)} />}
      </div>
    </Dialog>
  );
}

export function AddRule({ there, add }: { there: Rule[]; add: (rules: Rule[]) => void }) {
  const say = useSay();
  const [subject, setSubject] = useState<Rule['subject']>('department');
  const [relation, setRelation] = useState<Rule['relation']>('equal');
  const [text, setText] = useState('');
  const [fault, setFault] = useState('');
  const [pasting, paste] = useState(false);
  const full = there.length >= rulesMax;
  const put = (value: string, name?: string, source?: string) => {
    const rule: Rule = { subject, relation, value, name, source };
    if (there.some((one) => same(one, rule))) { setFault(say('There is such a rule already.', '已有相同的规则。')); return; }
    setFault('');
    setText('');
    add([rule]);
  };
  const typed = () => {
    const value = text.trim();
    const found = meant(value);
    if (!value) return;
    if (found?.subject !== subject) { setFault(subject === 'email' ? say('This is not an email address.', '邮箱格式不正确。') : say('This is not a telephone number.', '手机号格式不正确。')); return; }
    put(value);
  };
  const chosen = (id: unknown, option: unknown) => {
    if (!id) return;
    const { label, more } = option as { label: string; more?: string };
    put(id as string, label, more?.split(' · ').pop());
  };
  const words = <T extends string>(table: Record<T, Text>) => (Object.keys(table) as T[]).map((value) => ({ value, label: say(table[value]) }));
  const picker = { value: null, disabled: full, 'aria-label': say('Value', '值'), onChange: chosen };
  return (
    <div>
      <div className="rule-add">
        <Select aria-label={say('Subject', '条件')} value={subject} options={words(subjects)} onChange={(next) => { setSubject(next); setFault(''); }} style={{ width: 130 }} />
        <Select aria-label={say('Relation', '关系')} value={relation} options={words(relations)} onChange={setRelation} style={{ width: 110 }} />
        <div style={{ flex: '1 1 220px', minWidth: 0 }}>
          {subject === 'user' ? <PersonPicker {...picker} placeholder={say('Find a person', '查找人员')} />
            : subject === 'department' ? <DepartmentPicker {...picker} placeholder={say('Find a department', '查找部门')} />
              : <Input value={text} disabled={full} status={fault ? 'error' : undefined} aria-label={say('Value', '值')} aria-invalid={fault ? true : undefined} aria-describedby={fault ? 'rule-fault' : undefined}
                  placeholder={subject === 'email' ? 'li.hua@example.com' : '138 0000 0000'} maxLength={200} onChange={(event) => { setText(event.target.value); setFault(''); }} onPressEnter={typed} />}
        </div>
        {(subject === 'email' || subject === 'telephone') && <Button icon={<PlusOutlined aria-hidden />} disabled={full || !text.trim()} onClick={typed}>{say('Add', '添加')}</Button>}
        <Button disabled={full} onClick={() => paste(true)}>{say('Paste many…', '批量粘贴…')}</Button>
      </div>
      {fault && <div id="rule-fault" role="alert" className="lost" style={{ marginTop: 4 }}>{fault}</div>}
      {full && <div className="dim" style={{ marginTop: 4 }}>{say(`A group has at most ${rulesMax.toLocaleString('en')} rules.`, `用户组最多 ${rulesMax.toLocaleString('en')} 条规则。`)}</div>}
      <Paste open={pasting} close={() => paste(false)} add={add} there={there} />
    </div>
  );
}

export interface Shower { show: (position: number) => void }

/* Where the rules are: only those in sight are in the page. */
export function Rules({ rules, change, height = 380, marked, shower }: { rules: Rule[]; change?: (rules: Rule[]) => void; height?: number; marked?: Map<number, string>; shower?: Ref<Shower> }) {
  const say = useSay();
  const narrow = !(Grid.useBreakpoint().md ?? true);
  const tall = narrow && change ? 76 : 46;
  const box = useRef<HTMLDivElement>(null);
  const [top, setTop] = useState(0);
  const [search, setSearch] = useState('');
  const [pointed, point] = useState<number>();
  const wanted = useDeferredValue(search.trim().toLowerCase());
  const shown = useMemo(() => rules.map((rule, position) => ({ rule, position })).filter(({ rule }) => !wanted || `${rule.name ?? ''} ${rule.value} ${rule.source ?? ''}`.toLowerCase().includes(wanted)), [rules, wanted]);
  useImperativeHandle(shower, () => ({
    show: (position) => {
      setSearch('');
      point(position);
      requestAnimationFrame(() => { box.current?.scrollTo({ top: Math.max(0, position * tall - tall) }); box.current?.focus(); });
    },
  }));
  const from = Math.max(0, Math.floor(top / tall) - 6);
  const seen = shown.slice(from, from + Math.ceil(height / tall) + 12);
  const remove = (position: number) => {
    change?.(rules.filter((_, i) => i !== position));
    requestAnimationFrame(() => box.current?.focus());
  };
  if (rules.length === 0) return <div className="dim" style={{ padding: '12px 0' }}>{say('No rules: nobody is in it.', '没有规则：组内没有任何人。')}</div>;
  return (
    <div>
      {rules.length > 10 && <Input.Search value={search} onChange={(event) => setSearch(event.target.value)} allowClear placeholder={say(`Find among ${rules.length.toLocaleString('en')} rules`, `在 ${rules.length.toLocaleString('en')} 条规则中查找`)} aria-label={say('Find among the rules', '查找规则')} style={{ marginBottom: 8 }} />}
      <div ref={box} className="rules" tabIndex={0} role="list" aria-label={say('Rules', '规则')} style={{ maxHeight: height }} onScroll={(event) => setTop(event.currentTarget.scrollTop)}>
        <div style={{ height: shown.length * tall, position: 'relative' }}>
          {seen.map(({ rule, position }, i) => (
            <div key={position} role="listitem" aria-posinset={from + i + 1} aria-setsize={shown.length} className={`rule${change ? ' edited' : ''}${pointed === position ? ' pointed' : ''}`} style={{ top: (from + i) * tall, height: tall }}>
              <span className="rule-number numeric dim">{position + 1}</span>
              <span className="rule-subject">{say(subjects[rule.subject])}</span>
              {change ? <Select size="small" aria-label={say('Relation', '关系')} value={rule.relation} style={{ width: 96 }} options={(['equal', 'unequal'] as const).map((value) => ({ value, label: say(relations[value]) }))}
                onChange={(relation) => change(rules.map((one, at) => (at === position ? { ...one, relation } : one)))} /> : <span className="dim">{say(relations[rule.relation])}</span>}
              <span className="rule-value" title={`${ruleName(rule)}${rule.source ? ` · ${rule.source}` : ''}`}>
                {rule.subject === 'user' && !change ? <Link to={userAt(rule.value)}>{ruleName(rule)}</Link> : ruleName(rule)}
                {rule.source && <span className="dim"> · {rule.source}</span>}
                {rule.subject === 'department' && <span className="dim">{say(' and below', ' 及下级部门')}</span>}
              </span>
              {rule.broken && <Tooltip trigger={['hover', 'focus']} title={rule.subject === 'user' ? say('This person has left. The rule counts as before until the group is saved without it.', '此人已离职。在保存去除此规则的用户组之前，规则仍按原样生效。') : say('This department is gone. The rule counts as before until the group is saved without it.', '此部门已不存在。在保存去除此规则的用户组之前，规则仍按原样生效。')}><Tag color="error" tabIndex={0}>{say('Broken', '失效')}</Tag></Tooltip>}
              {marked?.has(position) && !rule.broken && <Tooltip trigger={['hover', 'focus']} title={marked.get(position)}><Tag color="warning" tabIndex={0}>{say('Look', '注意')}</Tag></Tooltip>}
              {change && <Button type="text" size="small" icon={<CloseOutlined aria-hidden />} aria-label={`${say('Remove the rule', '移除规则')}: ${say(subjects[rule.subject])} ${ruleName(rule)}`} onClick={() => remove(position)} />}
            </div>
          ))}
        </div>
      </div>
      {wanted && shown.length === 0 && <div className="dim" role="status">{say('No rule has that.', '没有匹配的规则。')}</div>}
    </div>
  );
}
