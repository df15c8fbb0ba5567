/* A user group is made or changed: its rules, and beside them, as they are typed, who is in it and what that would change. */
import { Alert, App, Button, Form, Input } from 'antd';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useEffect, useMemo, useRef, useState } from 'react';
import { Link } from 'react-router';
import { api, ifMatch, queries, useChange, useGet, type Schema } from '../../lib/api';
import { asProblem } from '../../lib/problem';
import { useWords } from '../../lib/words';
import { SheetSkeleton } from '../../parts/page';
import { Panel } from '../../parts/panel';
import { Trouble, useTell } from '../../parts/trouble';
import { CoveredBy, SecondPerson } from '../registration/ahead';
import { useSettled } from '../registration/prompts';
import { people, userAt } from '../registration/words';
import { AddRule, Rules, ruleName, subjects, without, type Rule, type Shower } from './rules';

type Group = Schema<'UserGroup'>;
type Preview = Schema<'UserGroupPreview'>;
type Body = Schema<'CreateUserGroupBody'>;

const bodyRules = (rules: Rule[]): Body['rules'] => rules.map(({ subject, relation, value }) => ({ subject, relation, value }));
const previewOf = async (rules: Rule[], group?: string, signal?: AbortSignal) => (await api.POST('/api/v1/user-groups/preview', { body: { rules: bodyRules(rules), ...(group ? { group } : {}) }, signal })).data!;

/* Of 3,000 rules the text would be long: each array has a number instead. */
const numbers = new WeakMap<object, number>();
let next = 0;
const numberOf = (rules: Rule[]) => {
  if (!numbers.has(rules)) numbers.set(rules, next += 1);
  return numbers.get(rules);
};

export function GroupPanel({ open, id, close, made }: { open: boolean; id?: string; close: () => void; made?: (group: Group) => void }) {
  const { say } = useWords();
  const found = useGet('/api/v1/user-groups/{id}', { params: { path: { id: id ?? '' } } }, { enabled: open && id !== undefined });
  const title = id ? say('Edit user group', '编辑用户组') : say('Create a user group', '新建用户组');
  if (open && (!id || found.data)) return <Editor key={id ?? ''} latest={id ? found.data : undefined} title={title} close={close} made={made} />;
  return <Panel open={open} title={title} close={close} width={1120}>{found.error ? <Trouble problem={found.error} again={() => void found.refetch()} /> : <SheetSkeleton rows={10} />}</Panel>;
}

function Who({ preview, fresh, rules, show }: { preview: Preview; fresh: boolean; rules: Rule[]; show: (position: number) => void }) {
  const { say, language } = useWords();
  return (
    <div className="stack">
      <SecondPerson needed={preview.second_person} />
      <div><strong className="numeric" style={{ fontSize: 22 }}>{preview.people.toLocaleString('en')}</strong> {say(`of ${people(preview.all, say)} would be in it`, `人属于此用户组，共 ${people(preview.all, say)}`)}{preview.departed > 0 && <span className="dim">{say(`, and ${preview.departed} who left`, `，另有 ${preview.departed} 人已离职`)}</span>}</div>
      {!fresh && (preview.joined.count > 0 || preview.left.count > 0) && (
        <div className="ahead-row">
          {preview.joined.count > 0 && <div><span className="gained">{say(`+${preview.joined.count} join: `, `新加入 ${preview.joined.count} 人：`)}</span>{preview.joined.sample.map((one) => one.name).join(say(', ', '、'))}{preview.joined.count > preview.joined.sample.length && ' …'}</div>}
          {preview.left.count > 0 && <div><span className="lost">{say(`−${preview.left.count} drop out: `, `移出 ${preview.left.count} 人：`)}</span>{preview.left.sample.map((one) => one.name).join(say(', ', '、'))}{preview.left.count > preview.left.sample.length && ' …'}</div>}
        </div>
      )}
      {preview.warnings.map((one, i) => (
        <Alert key={i} type={one.code === 'broken' ? 'error' : 'warning'} showIcon title={one.text[language]}
          description={one.first.length > 0 && <span>{one.first.map((rule) => <Button key={rule.position} type="link" size="small" style={{ padding: '0 4px' }} onClick={() => show(rule.position)}>{say(`Rule ${rule.position + 1}`, `规则 ${rule.position + 1}`)}</Button>)}{one.rules > one.first.length && <span className="dim">{say(` and ${one.rules - one.first.length} more`, ` 等，另有 ${one.rules - one.first.length} 条`)}</span>}</span>} />
      ))}
      {preview.sample.length > 0 && (
        <div>
          <h3 className="mini">{say('Who is in it, and by which rule', '组内人员及匹配的规则')}</h3>
          <ul className="bare-list" aria-label={say('Who is in it', '组内人员')}>
            {preview.sample.map((one) => (
              <li key={one.id}>
                <Link to={userAt(one.id)}>{one.name}</Link><span className="dim"> · {one.source}</span>{' '}
                {one.rules.map((rule) => rules[rule.position] && <Button key={rule.position} type="link" size="small" style={{ padding: '0 4px', height: 'auto' }} onClick={() => show(rule.position)}>{say(subjects[rules[rule.position]!.subject])} {ruleName(rules[rule.position]!)}</Button>)}
              </li>
            ))}
          </ul>
          {preview.people + preview.departed > preview.sample.length && <span className="dim">{say(`and ${(preview.people + preview.departed - preview.sample.length).toLocaleString('en')} more`, `另有 ${(preview.people + preview.departed - preview.sample.length).toLocaleString('en')} 人`)}</span>}
        </div>
      )}
      {preview.in_scope && <div><h3 className="mini">{say('Protection', '保护范围')}</h3><p className="dim" style={{ margin: '0 0 6px' }}>{say('The anti-uninstallation policy covers the members of this group.', '防卸载策略的生效范围包含此用户组。')}</p><CoveredBy covered={preview.covered} /></div>}
    </div>
  );
}

function Editor({ latest, title, close, made }: { latest?: Group; title: string; close: () => void; made?: (group: Group) => void }) {
  const { say, language } = useWords();
  const tell = useTell();
  const { notification } = App.useApp();
  const [base, setBase] = useState(latest);
  const [name, setName] = useState(latest?.name ?? '');
  const [description, setDescription] = useState(latest?.description ?? '');
  const [rules, setRules] = useState<Rule[]>(latest?.rules ?? []);
  const [tried, setTried] = useState(false);
  const [problem, setProblem] = useState<unknown>();
  const gone = useRef(false);
  const top = useRef<HTMLDivElement>(null);
  const shower = useRef<Shower>(null);
  const changed = name !== (base?.name ?? '') || description !== (base?.description ?? '') || rules !== (base?.rules ?? rules) || (!base && rules.length > 0);
  const dirty = useRef(changed);
  dirty.current = changed;
  const settled = useSettled(rules, 450);
  const preview = useQuery<Preview, Error>({
    queryKey: ['/api/v1/user-groups/preview', base?.id ?? '', numberOf(settled)],
    queryFn: ({ signal }) => previewOf(settled, base?.id, signal), placeholderData: keepPreviousData, retry: false,
  });
  const marked = useMemo(() => new Map((preview.data?.warnings ?? []).flatMap((one) => one.first.map((rule) => [rule.position, one.text[language]] as const))), [preview.data, language]);
  const save = useChange((body: Body) => (base
    ? api.PUT('/api/v1/user-groups/{id}', { params: { path: { id: base.id }, header: ifMatch(base) }, body })
    : api.POST('/api/v1/user-groups', { body })));
  const moved = base !== undefined && latest !== undefined && latest.updated_ms !== base.updated_ms && !gone.current && changed;
  useEffect(() => {
    if (problem === undefined) return;
    top.current?.scrollIntoView({ block: 'nearest' });
    top.current?.focus();
  }, [problem]);
  // Nothing is typed: what is shown is what holds now.
  useEffect(() => { if (base && latest && latest.updated_ms !== base.updated_ms && !changed && !gone.current) load(); }, [latest?.updated_ms]);
  const load = () => {
    setBase(latest); setName(latest!.name); setDescription(latest!.description); setRules(latest!.rules); setProblem(undefined);
  };
  // Theirs, with what was put in here and without what was taken out.
  const merge = () => {
    const out = without(base!.rules, rules);
    setRules([...without(latest!.rules, out), ...without(without(rules, base!.rules), latest!.rules)]);
    if (name === base!.name) setName(latest!.name);
    if (description === base!.description) setDescription(latest!.description);
    setBase(latest); setProblem(undefined);
  };
  const undo = async (was: Group, now: Group) => {
    try {
      await api.PUT('/api/v1/user-groups/{id}', { params: { path: { id: was.id }, header: ifMatch(now) }, body: { name: was.name, description: was.description, rules: bodyRules(was.rules) } });
      tell.done(say('The group is as it was before.', '用户组已恢复为修改前的内容。'));
    } catch (e) {
      tell.problem(e);
    }
    await queries.invalidateQueries();
  };
  const go = async () => {
    setTried(true);
    if (!name.trim()) { document.getElementById('group-name')?.focus(); return; }
    setProblem(undefined);
    try {
      const now = await save.mutateAsync({ name: name.trim(), description, rules: bodyRules(rules) });
      const back = base && !now.proposal ? await previewOf(base.rules, base.id).catch(() => undefined) : undefined;
      gone.current = true;
      close();
      if (now.proposal) {
        notification.info({ key: 'group', placement: 'bottomRight', duration: 0, role: 'status', title: say('Proposed, not saved yet', '已提交，尚未生效'),
          description: say('Another administrator has to confirm this change. The group stays as it is until then.', '需要其他管理员确认此变更，在此之前用户组保持不变。') });
      } else {
        notification.success({ key: 'group', placement: 'bottomRight', duration: 20, role: 'status', title: say(`The user group ${now.name} is saved`, `用户组“${now.name}”已保存`),
          actions: base && back?.second_person.length === 0 ? <Button size="small" onClick={() => { notification.destroy('group'); void undo(base, now); }}>{say('Undo', '撤销')}</Button> : undefined });
      }
      made?.(now);
    } catch (e) {
      setProblem(e);
      if (asProblem(e).kind === 'stale') await queries.invalidateQueries({ queryKey: ['/api/v1/user-groups/{id}'] });
    }
  };
  const nameFault = tried && !name.trim() ? say('Please give it a name.', '请填写名称。') : [...name.trim()].length > 128 ? say('At most 128 characters.', '最多 128 个字符。') : undefined;
  const aboutFault = [...description].length > 500 ? say('At most 500 characters.', '最多 500 个字符。') : undefined;
  const second = (preview.data?.second_person.length ?? 0) > 0;
  return (
    <Panel open title={title} close={close} width={1120} dirty={() => !gone.current && dirty.current} footer={(
      <div className="panel-foot">
        <span className="dim" role="status">{say(`${rules.length.toLocaleString('en')} ${rules.length === 1 ? 'rule' : 'rules'}`, `${rules.length.toLocaleString('en')} 条规则`)}{preview.data && ` · ${people(preview.data.people, say)}`}</span>
        <span className="row">
          <Button onClick={close}>{say('Cancel', '取消')}</Button>
          <Button type="primary" loading={save.isPending} disabled={(base !== undefined && !changed) || moved || [...name.trim()].length > 128 || aboutFault !== undefined} onClick={() => void go()}>{second ? say('Propose', '提交确认') : say('Save', '保存')}</Button>
        </span>
      </div>
    )}>
      <div ref={top} tabIndex={-1} style={{ outline: 'none' }}>
        {moved && (
          <Alert type="warning" showIcon role="alert" style={{ marginBottom: 16 }} title={say('Somebody else changed this group meanwhile', '此用户组已在此期间被他人修改')}
            description={<div className="stack"><span>{say(`What you typed is still here. It has ${latest!.rules.length} rules now; it had ${base!.rules.length} when you opened it.`, `您填写的内容仍然保留。打开时有 ${base!.rules.length} 条规则，目前有 ${latest!.rules.length} 条。`)}</span>
              <div className="row"><Button type="primary" onClick={merge}>{say('Take theirs over, keep mine', '合并对方的改动并保留我的')}</Button><Button onClick={load}>{say('Drop mine, load theirs', '放弃我的改动')}</Button></div></div>} />
        )}
        {!(moved && asProblem(problem).kind === 'stale') && <Trouble problem={problem} />}
      </div>
      <div className="group-sides">
        <Form layout="vertical" component="div">
          <Form.Item label={say('Name', '名称')} htmlFor="group-name" required validateStatus={nameFault ? 'error' : undefined} help={nameFault && <span id="group-name-fault">{nameFault}</span>}>
            <Input id="group-name" value={name} onChange={(event) => setName(event.target.value)} aria-required aria-invalid={nameFault ? true : undefined} aria-describedby={nameFault ? 'group-name-fault' : undefined} />
          </Form.Item>
          <Form.Item label={say('Description', '描述')} htmlFor="group-about" validateStatus={aboutFault ? 'error' : undefined} help={aboutFault}>
            <Input.TextArea id="group-about" rows={2} value={description} onChange={(event) => setDescription(event.target.value)} />
          </Form.Item>
          <h2 className="part-title" style={{ marginBottom: 4 }}>{say('Rules', '规则')}</h2>
          <p className="dim" style={{ margin: '0 0 10px' }}>{say('Joined by OR: who fits any of them is in the group. “Unequal” has everybody else.', '规则之间为“或”的关系：符合任一规则即属于该组。“不等于”包含除此之外的所有人。')}</p>
          <AddRule there={rules} add={(more) => setRules((before) => [...before, ...more])} />
          <div style={{ marginTop: 12 }}><Rules rules={rules} change={setRules} marked={marked} shower={shower} /></div>
        </Form>
        <section aria-label={say('Preview', '预览')} aria-busy={preview.isPlaceholderData} style={{ opacity: preview.isPlaceholderData ? 0.6 : 1, minWidth: 0 }}>
          <h2 className="part-title">{say('Preview', '预览')}</h2>
          {preview.error ? <Trouble problem={preview.error} again={() => void preview.refetch()} /> : preview.data ? <Who preview={preview.data} fresh={!base} rules={settled} show={(position) => shower.current?.show(position)} /> : <SheetSkeleton rows={5} />}
        </section>
      </div>
    </Panel>
  );
}
