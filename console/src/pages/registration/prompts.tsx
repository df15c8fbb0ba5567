/* The texts of the prompt, and the client's window as it will show them, in both languages. */
import { CloseOutlined, MenuOutlined, UndoOutlined } from '@ant-design/icons';
import { Button, Form, Input } from 'antd';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { api, type Schema } from '../../lib/api';
import { useSay, type Text } from '../../lib/words';
import { DevicePicker, PersonPicker } from '../../parts/pickers';
import type { Draft } from './words';

type Side = 'zh' | 'en';
type Part = keyof Draft['prompt']['zh'];
type Shown = Schema<'PromptPreview'>;

const parts: [Part, Text, max: number][] = [
  ['title', ['Title', '标题'], 60], ['content', ['Content', '内容'], 2000],
  ['primary', ['Primary button', '主按钮'], 30], ['secondary', ['Secondary button', '次按钮'], 30],
];
const sides: [Side, Text, lang: string][] = [['zh', ['Chinese', '中文'], 'zh-CN'], ['en', ['English', '英文'], 'en']];
const variables: [string, Text][] = [['{user}', ['the owner', '设备使用者']], ['{device}', ['the device', '设备名称']], ['{package}', ['the package', '软件包']], ['{organisation}', ['the organisation', '组织名称']]];

/* What has been the same for a moment; key: by what it is told apart. */
export function useSettled<T>(value: T, ms = 350, key: unknown = value): T {
  const [settled, settle] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => settle(value), ms);
    return () => clearTimeout(timer);
  }, [key, ms]);
  return settled;
}

function usePromptPreview(body: Schema<'PreviewPromptBody'>) {
  return useQuery<Shown, Error>({
    queryKey: ['/api/v1/policy/prompt-preview', body],
    queryFn: async ({ signal }) => (await api.POST('/api/v1/policy/prompt-preview', { body, signal })).data!,
    placeholderData: keepPreviousData,
  });
}

const empty = { title: '', content: '', primary: '', secondary: '' };

/* As the window of the client has it (GTK 4, libadwaita), in words of its own language. */
function Window({ side, lang, shown, filing, contact }: { side: Side; lang: string; shown: Shown['zh']; filing: boolean; contact: string }) {
  const say = useSay();
  const own = (en: string, zh: string) => (side === 'zh' ? zh : en);
  return (
    <figure className="gtk" lang={lang} aria-label={side === 'zh' ? say('The window in Chinese', '中文窗口预览') : say('The window in English', '英文窗口预览')}>
      <div className="gtk-bar" aria-hidden="true"><MenuOutlined aria-hidden /><b>Holdfast</b><span className="gtk-x"><CloseOutlined aria-hidden /></span></div>
      <div className="gtk-body">
        <svg viewBox="0 0 16 16" width="56" height="56" aria-hidden="true" className="gtk-icon"><path fill="currentColor" d="M8 .5 2 3v4.6c0 3.5 2.5 6.6 6 7.9 3.5-1.3 6-4.4 6-7.9V3L8 .5Zm3.7 5L7.3 10.3 4.4 7.6l1-1.1 1.8 1.7 3.4-3.7 1.1 1Z" /></svg>
        <strong className="gtk-title">{shown.title.text}</strong>
        <p>{shown.content.text}</p>
        {!filing && <p>{own('Requests cannot be filed from this computer.', '本机不能提交报备申请。')}</p>}
        <div className="gtk-buttons">
          {filing && <span className="gtk-button first">{shown.primary.text}</span>}
          <span className={filing ? 'gtk-button' : 'gtk-button first'}>{shown.secondary.text}</span>
        </div>
        {!filing && contact.trim() && <div className="gtk-fact"><small>{own('Contact', '联系方式')}</small><div>{contact}</div></div>}
      </div>
    </figure>
  );
}

/* The server's refusals that a person types into, in the reader's words. */
function faultOf(text: string, max: number, problem: string | null | undefined, say: ReturnType<typeof useSay>) {
  const length = [...text].length;
  if (length > max) return say(`At most ${max} characters; these are ${length}.`, `最多 ${max} 个字符，当前 ${length} 个。`);
  if (!problem) return undefined;
  const rest = text.replaceAll('{{', '');
  const unknown = [...rest.matchAll(/\{([^{}]*)\}/g)].find(([whole]) => !variables.some(([name]) => name === whole));
  if (unknown) return say(`${unknown[0]} is not a variable. A brace by itself is written {{.`, `${unknown[0]} 不是可用变量；要显示花括号本身，请写成 {{。`);
  if (/\{[^}]*$/.test(rest)) return say('A { is never closed. A brace by itself is written {{.', '“{”没有闭合；要显示花括号本身，请写成 {{。');
  return say('There are control characters in it, or such that turn the direction of text.', '包含控制字符或改变文字方向的字符。');
}

export function Prompts({ value, change, filing, contact, packages, disabled, report }: {
  value: Draft['prompt'];
  change: (prompt: Draft['prompt']) => void;
  filing: boolean;
  contact: string;
  packages: string[];
  disabled: boolean;
  /* Told whether the texts can be saved. */
  report: (wrong: boolean) => void;
}) {
  const say = useSay();
  const [user, setUser] = useState<string>();
  const [device, setDevice] = useState<string>();
  const last = useRef<{ side: Side; part: Part; at: HTMLInputElement | HTMLTextAreaElement }>(undefined);
  const asked = { prompt: value, ...(user ? { user } : {}), ...(device ? { device } : {}), ...(packages[0] ? { package: packages[0] } : {}) };
  const settled = useSettled(asked, 350, JSON.stringify(asked));
  const found = usePromptPreview(settled);
  const builtin = usePromptPreview({ prompt: { zh: empty, en: empty } });
  const faults = (side: Side, part: Part, max: number) => faultOf(value[side][part], max, settled.prompt[side][part] === value[side][part] ? found.data?.[side][part].problem : undefined, say);
  const wrong = sides.some(([side]) => parts.some(([part, , max]) => faults(side, part, max)));
  useEffect(() => report(wrong), [wrong]);
  const set = (side: Side, part: Part, text: string) => change({ ...value, [side]: { ...value[side], [part]: text } });
  /* Where the caret was. */
  const insert = (variable: string) => {
    const to = last.current;
    if (!to) return;
    const text = value[to.side][to.part];
    const from = to.at.selectionStart ?? text.length;
    set(to.side, to.part, text.slice(0, from) + variable + text.slice(to.at.selectionEnd ?? from));
    requestAnimationFrame(() => { to.at.focus(); to.at.setSelectionRange(from + variable.length, from + variable.length); });
  };
  return (
    <div className="stack">
      <p className="dim" style={{ margin: 0 }}>{say('What somebody reads who is stopped. An empty text is shown in the other language; when that is empty too, the default is.', '员工卸载被阻止时看到的内容。某一语言留空时显示另一语言的文字；两者都为空时显示默认文字。')}</p>
      {!disabled && (
        <div className="row">
          <span className="dim">{say('Put in at the cursor:', '在光标处插入：')}</span>
          {variables.map(([name, what]) => <Button key={name} size="small" onMouseDown={(event) => event.preventDefault()} onClick={() => insert(name)} title={say(what)}><span className="code">{name}</span>&nbsp;{say(what)}</Button>)}
        </div>
      )}
      <div className="row prompt-sample">
        <div><label htmlFor="sample-user" className="dim">{say('Shown for the person', '预览所用人员')}</label><PersonPicker id="sample-user" placeholder={say('a sample', '示例')} allowClear onChange={(_, option) => setUser((option as { label?: string } | undefined)?.label)} /></div>
        <div><label htmlFor="sample-device" className="dim">{say('on the device', '预览所用设备')}</label><DevicePicker id="sample-device" placeholder={say('a sample', '示例')} allowClear onChange={(_, option) => setDevice((option as { label?: string } | undefined)?.label)} /></div>
      </div>
      <div className="prompt-sides">
        {sides.map(([side, name, lang]) => (
          <fieldset key={side} className="prompt-side">
            <legend>{say(name)}</legend>
            {parts.map(([part, label, max]) => {
              const id = `prompt-${side}-${part}`;
              const text = value[side][part];
              const fault = faults(side, part, max);
              const common = {
                id, lang, value: text, disabled, placeholder: found.data && text === '' ? found.data[side][part].text : builtin.data?.[side][part].text,
                count: { show: true, max, strategy: (all: string) => [...all].length }, status: fault ? 'error' as const : undefined,
                'aria-invalid': fault ? true : undefined, 'aria-describedby': fault ? `${id}-fault` : undefined,
                onFocus: (event: { currentTarget: HTMLInputElement | HTMLTextAreaElement }) => { last.current = { side, part, at: event.currentTarget }; },
                onChange: (event: { target: { value: string } }) => set(side, part, event.target.value),
              };
              return (
                <Form.Item key={part} label={say(label)} htmlFor={id} validateStatus={fault ? 'error' : undefined} help={fault ? <span id={`${id}-fault`}>{fault}</span> : undefined} style={{ marginBottom: 12 }}>
                  {part === 'content' ? <Input.TextArea {...common} rows={4} /> : <Input {...common} />}
                </Form.Item>
              );
            })}
            {!disabled && (
              <Button size="small" icon={<UndoOutlined aria-hidden />} disabled={parts.every(([part]) => value[side][part] === '')} onClick={() => change({ ...value, [side]: empty })} aria-label={`${say('Reset to default', '恢复默认')}: ${say(name)}`}>
                {say('Reset to default', '恢复默认')}
              </Button>
            )}
            {found.data && <Window side={side} lang={lang} shown={found.data[side]} filing={filing} contact={contact} />}
          </fieldset>
        ))}
      </div>
    </div>
  );
}
