/* Something to take elsewhere: an address, a code, a command. */
import { CheckOutlined, CopyOutlined } from '@ant-design/icons';
import { Button, Tooltip } from 'antd';
import { useEffect, useRef, useState } from 'react';
import { useSay } from '../lib/words';

/* Over plain http browsers have no clipboard for pages: then the text is selected, and copied the old way. */
async function toClipboard(text: string) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  const area = document.createElement('textarea');
  area.value = text;
  area.style.position = 'fixed';
  document.body.append(area);
  area.select();
  const done = document.execCommand('copy');
  area.remove();
  if (!done) throw new Error('copy');
}

export function CopyButton({ text, name, size }: { text: string; name?: string; size?: 'small' }) {
  const say = useSay();
  const [state, setState] = useState<'' | 'done' | 'failed'>('');
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);
  const copy = () => {
    toClipboard(text).then(() => setState('done'), () => setState('failed'));
    clearTimeout(timer.current);
    timer.current = setTimeout(() => setState(''), 2000);
  };
  const word = state === 'done' ? say('Copied', '已复制') : state === 'failed' ? say('Select the text and copy it', '请选中文本手动复制') : say('Copy', '复制');
  return (
    <Tooltip title={word} open={state ? true : undefined}>
      <Button size={size} type="text" icon={state === 'done' ? <CheckOutlined aria-hidden /> : <CopyOutlined aria-hidden />} onClick={copy} aria-label={name ? `${say('Copy', '复制')}: ${name}` : say('Copy', '复制')} />
    </Tooltip>
  );
}

export function Copy({ text, name, shown }: { text: string; name?: string; shown?: string }) {
  return <div className="copy"><code>{shown ?? text}</code><CopyButton text={text} name={name} /></div>;
}
