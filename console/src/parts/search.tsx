/* A text to look for: told when typing pauses, or with Enter. */
import { SearchOutlined } from '@ant-design/icons';
import { Input } from 'antd';
import { useEffect, useRef, useState, type CSSProperties } from 'react';
import { useSay } from '../lib/words';

export function SearchBox({ value, change, placeholder, style }: { value: string; change: (text: string) => void; placeholder: string; style?: CSSProperties }) {
  const say = useSay();
  const [text, setText] = useState(value);
  const told = useRef(value);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => {
    if (value !== told.current) setText(value);
    told.current = value;
  }, [value]);
  useEffect(() => () => clearTimeout(timer.current), []);
  const tell = (next: string) => {
    clearTimeout(timer.current);
    told.current = next.trim();
    change(next.trim());
  };
  return (
    <Input
      value={text} allowClear maxLength={100} prefix={<SearchOutlined aria-hidden />} placeholder={placeholder} aria-label={say('Search', '搜索')}
      style={{ flex: '1 1 240px', maxWidth: 420, ...style }}
      onChange={(event) => {
        const next = event.target.value;
        setText(next);
        clearTimeout(timer.current);
        timer.current = setTimeout(() => tell(next), next ? 250 : 0);
      }}
      onPressEnter={() => tell(text)}
    />
  );
}
