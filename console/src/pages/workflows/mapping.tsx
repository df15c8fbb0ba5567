/* Approval process configuration: which form of DingTalk a person's request becomes, and what goes into which of its controls. */
import { ArrowDownOutlined, ArrowUpOutlined, DeleteOutlined, PlusOutlined } from '@ant-design/icons';
import { Alert, AutoComplete, Button, Select, Tooltip } from 'antd';
import { useState } from 'react';
import { useSay } from '../../lib/words';
import { GroupPicker } from '../../parts/pickers';
import { limits, newField, newRow, systemNames, systems, templateName, unfit, type Field as FieldDraft, type Row } from './draft';
import { Field } from './field';
import type { Forms } from './forms';

/* The same list with one of its items moved by one place. */
export function moved<T>(items: T[], from: number, by: -1 | 1): T[] {
  const next = [...items];
  const [one] = next.splice(from, 1);
  next.splice(from + by, 0, one!);
  return next;
}

/* Buttons that move and remove a row; Alt with an arrow key does the same anywhere in it. */
export function RowDeeds({ name, at, count, least = 1, move, remove }: { name: string; at: number; count: number; least?: number; move: (by: -1 | 1) => void; remove: () => void }) {
  const say = useSay();
  const button = (word: string, icon: React.ReactNode, able: boolean, run: () => void) => (
    <Tooltip title={word}><Button type="text" size="small" icon={icon} aria-label={`${word}: ${name}`} disabled={!able} onClick={run} /></Tooltip>
  );
  return (
    <span className="nowrap">
      {count > 1 && button(say('Move up', '上移'), <ArrowUpOutlined aria-hidden />, at > 0, () => move(-1))}
      {count > 1 && button(say('Move down', '下移'), <ArrowDownOutlined aria-hidden />, at < count - 1, () => move(1))}
      {count > least && button(say('Remove', '移除'), <DeleteOutlined aria-hidden />, true, remove)}
    </span>
  );
}

export const moveByKey = (move: (by: -1 | 1) => void, at: number, count: number) => (event: React.KeyboardEvent) => {
  const by = event.key === 'ArrowUp' ? -1 : event.key === 'ArrowDown' ? 1 : 0;
  if (!event.altKey || by === 0 || at + by < 0 || at + by >= count) return;
  event.preventDefault();
  event.stopPropagation();
  move(by);
};

const contains = (text: string, option?: { value?: unknown; search?: string }) => `${String(option?.value)} ${option?.search ?? ''}`.toLowerCase().includes(text.toLowerCase());

/* names: of forms, by process ID, where the connection test has seen them. */
export function Mapping({ rows, set, forms, names }: { rows: Row[]; set: (rows: Row[]) => void; forms: Forms; names: Record<string, string> }) {
  const say = useSay();
  const [added, setAdded] = useState<number>();
  const add = () => {
    const row = newRow();
    setAdded(row.key);
    set([row, ...rows]);
  };
  const change = (key: number, changes: Partial<Row>) => set(rows.map((row) => (row.key === key ? { ...row, ...changes } : row)));
  const failed = forms.list?.state === 'failed' ? forms.list.problem : undefined;
  return (
    <>
      <p className="dim" style={{ marginTop: 0 }}>
        {rows.length > 1
          ? say('Forms are tried from the top: a person gets the first one whose user groups they are in, everybody else the last. Alt with ↑ or ↓ moves a form too.', '从上到下依次匹配：员工使用第一个包含其所在用户组的表单，其余人员使用最后一个。也可按 Alt 加 ↑ 或 ↓ 移动表单。')
          : say('Everybody’s request becomes this form. Add further forms of the same application for single user groups.', '所有人的申请都使用此表单。可为个别用户组添加同一应用的其他表单。')}
      </p>
      {failed && (
        <p role="status" className="dim row" style={{ marginTop: 0 }}>
          <span className="break">{say('DingTalk’s forms cannot be shown, so type the process ID by hand. ', '无法显示钉钉中的表单，请手动填写流程 ID。')}{failed.detail}</span>
          <Button size="small" onClick={() => forms.askList(true)}>{say('Ask again', '重新获取')}</Button>
        </p>
      )}
      {forms.otherOrganisation && (
        <Alert type="warning" showIcon role="status" style={{ marginBottom: 12 }} title={say('DingTalk knows this application, but not in an organisation with the CorpId above. Please compare the CorpId.', '钉钉认识此应用，但它不属于上方 CorpId 对应的组织，请核对 CorpId。')} />
      )}
      <div className="stack">
        {rows.map((row, i) => (
          <FormRow
            key={row.key} row={row} at={i} count={rows.length} forms={forms} known={names} fresh={row.key === added} change={(changes) => change(row.key, changes)}
            move={(by) => set(moved(rows, i, by))} remove={() => set(rows.filter((one) => one !== row))}
          />
        ))}
      </div>
      {rows.length < limits.forms && (
        <Button type="dashed" block icon={<PlusOutlined aria-hidden />} style={{ marginTop: 12 }} onClick={add}>{say('Add a form', '添加表单')}</Button>
      )}
    </>
  );
}

function FormRow({ row, at, count, forms, known, fresh, change, move, remove }: {
  row: Row; at: number; count: number; forms: Forms; known: Record<string, string>; fresh: boolean; change: (changes: Partial<Row>) => void; move: (by: -1 | 1) => void; remove: () => void;
}) {
  const say = useSay();
  const listed = forms.list?.state === 'there' ? forms.list.data : [];
  const name = forms.shown[row.process_code]?.name ?? listed.find((one) => one.process_code === row.process_code)?.name ?? known[row.process_code];
  const title = `${say(`Form ${at + 1}`, `表单 ${at + 1}`)}${name ? ` · ${name}` : ''}`;
  const asked = forms.one[row.process_code];
  const setField = (key: number, changes: Partial<FieldDraft>) => change({ fields: row.fields.map((field) => (field.key === key ? { ...field, ...changes } : field)) });
  const free = systems.filter((system) => !row.fields.some((field) => field.system === system));
  const demanded = (forms.shown[row.process_code]?.controls ?? []).filter((control) => control.required && !row.fields.some((field) => field.component === control.label));
  return (
    <section className="soft" aria-label={title} onKeyDown={moveByKey(move, at, count)}>
      <div className="row" style={{ justifyContent: 'space-between', marginBottom: 8 }}>
        <h3 className="soft-title" style={{ margin: 0 }}>{title}</h3>
        <RowDeeds name={title} at={at} count={count} move={move} remove={remove} />
      </div>
      <div className="pair">
        <Field at={`forms.${row.key}.template`} label={say('Workflow Template', '流程模板')}>
          <Select value="app_uninstall" options={[{ value: 'app_uninstall', label: say(templateName) }]} />
        </Field>
        <Field
          at={`forms.${row.key}.process_code`} label={say('Associate DingTalk Process ID', '关联钉钉流程 ID')} required
          warning={listed.length > 0 && row.process_code && !listed.some((one) => one.process_code === row.process_code)
            ? say('DingTalk does not show this form to the application.', '钉钉未向该应用显示此表单。') : undefined}
        >
          <AutoComplete
            value={row.process_code} placeholder="PROC-…" autoFocus={fresh}
            defaultActiveFirstOption={false}
            options={listed.map((one) => ({ value: one.process_code, search: one.name }))}
            optionRender={(option) => <div><div>{(option.data as { search: string }).search}</div><div className="dim code" style={{ fontSize: 12 }}>{option.value}</div></div>}
            showSearch={{ filterOption: (text, option) => listed.some((one) => one.process_code === text) || contains(text, option as never) }}
            notFoundContent={forms.list?.state === 'asking' ? say('Asking DingTalk…', '正在查询钉钉…') : forms.list?.state === 'there' && listed.length === 0 ? say('The application sees no form.', '应用看不到任何表单。') : null}
            onFocus={() => forms.askList()}
            onChange={(value: string) => change({ process_code: String(value ?? '').trim() })}
            onSelect={(value: string) => forms.askOne(value)}
            style={{ width: '100%' }}
          />
        </Field>
      </div>
      {(count > 1 || row.groups.length > 0) && (
        <Field at={`forms.${row.key}.groups`} label={say('For user groups', '适用用户组')} required={at < count - 1}>
          <GroupPicker many value={row.groups} onChange={(groups: string[]) => change({ groups })} placeholder={at < count - 1 ? undefined : say('Everybody else', '其余所有人')} />
        </Field>
      )}
      <div role="group" aria-label={say('Fields', '字段')}>
        {row.fields.map((field, k) => (
          <MapRow
            key={field.key} row={row} field={field} first={k === 0} free={free} forms={forms} set={(changes) => setField(field.key, changes)}
            remove={() => change({ fields: row.fields.filter((one) => one !== field) })}
          />
        ))}
      </div>
      {asked?.state === 'failed' && (
        <p role="status" className="dim row" style={{ margin: '0 0 8px' }}>
          <span className="break">{say('The form’s controls cannot be shown, so type their titles by hand. ', '无法显示该表单的控件，请手动填写控件标题。')}{asked.problem.detail}</span>
          <Button size="small" onClick={() => forms.askOne(row.process_code, true)}>{say('Ask again', '重新获取')}</Button>
        </p>
      )}
      {demanded.length > 0 && (
        <p role="status" style={{ margin: '0 0 8px', color: 'var(--warn)' }}>
          {say('The form demands these too; map them, or make them optional in DingTalk: ', '表单还要求填写以下控件，请映射或在钉钉中取消必填：')}{demanded.map((one) => one.label).join(', ')}
        </p>
      )}
      {free.length > 0 && <Button size="small" icon={<PlusOutlined aria-hidden />} onClick={() => change({ fields: [...row.fields, newField()] })}>{say('Add a field', '添加字段')}</Button>}
    </section>
  );
}

function MapRow({ row, field, first, free, forms, set, remove }: {
  row: Row; field: FieldDraft; first: boolean; free: (keyof typeof systemNames)[]; forms: Forms; set: (changes: Partial<FieldDraft>) => void; remove: () => void;
}) {
  const say = useSay();
  const here = `forms.${row.key}.fields.${field.key}`;
  const asked = forms.one[row.process_code];
  const schema = forms.shown[row.process_code];
  const control = schema?.controls.find((one) => one.label === field.component);
  const short = field.system === 'reason' && control?.type === 'TextField';
  const elsewhere = (label: string) => row.fields.some((one) => one.key !== field.key && one.component === label);
  const options = (schema?.controls ?? []).map((one) => {
    const why = unfit(one, field.system) ?? (elsewhere(one.label) ? (['Used by another field', '已用于其他字段'] as const) : undefined);
    const word = why ? say(why) : one.type === 'TextareaField' ? say('Multi-line text', '多行输入框') : one.type === 'TextField' ? say('Single-line text', '单行输入框') : one.type;
    return { value: one.label, disabled: why !== undefined, word: one.required ? `${word} · ${say('required in the form', '表单必填')}` : word };
  });
  const choices = systems.filter((system) => system === field.system || free.includes(system));
  return (
    <div className="maps">
      <Field at={`${here}.system`} label={say('System Field', '系统字段')} required={first}>
        <Select value={field.system} disabled={first} onChange={(system) => set({ system })} options={choices.map((value) => ({ value, label: say(systemNames[value]) }))} placeholder={say('Choose', '请选择')} />
      </Field>
      <Field
        at={`${here}.component`} label={say('Template Field', '模板字段')} required={first}
        warning={short ? say('One line only: long reasons and the line with the request number are cut there. A multi-line control is better.', '仅单行：较长的原因和申请编号行会被截断，建议使用多行输入框。')
          : schema && field.component && !control ? say('The form has no control of this title.', '表单中没有此标题的控件。') : undefined}
      >
        <AutoComplete
          value={field.component} options={options} defaultActiveFirstOption={false} placeholder={say('Title of the control', '控件标题')} style={{ width: '100%' }}
          showSearch={{ filterOption: (text, option) => schema?.controls.some((one) => one.label === text) || contains(text, option as never) }}
          optionRender={(option) => <div><div>{option.value}</div><div className="dim" style={{ fontSize: 12 }}>{(option.data as { word: string }).word}</div></div>}
          notFoundContent={asked?.state === 'asking' ? say('Asking DingTalk…', '正在查询钉钉…') : !row.process_code && forms.able ? say('Choose the process ID first.', '请先选择流程 ID。') : null}
          onFocus={() => forms.askOne(row.process_code)}
          onChange={(component: string) => set({ component: component ?? '' })}
        />
      </Field>
      {first ? <span /> : <Tooltip title={say('Remove', '移除')}><Button type="text" icon={<DeleteOutlined aria-hidden />} aria-label={`${say('Remove', '移除')}: ${field.system ? say(systemNames[field.system]) : say('field', '字段')}`} onClick={remove} /></Tooltip>}
    </div>
  );
}
