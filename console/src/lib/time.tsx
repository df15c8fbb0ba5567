/* Times in the reader's zone: short on the page, exact on hover. Durations in words. */
import { Tooltip } from 'antd';
import { useState, useSyncExternalStore } from 'react';
import { useWords, type Language } from './words';

const locale = (language: Language) => (language === 'zh' ? 'zh-CN' : 'en-GB');

/* Making one takes longer than using it a hundred times. */
const formats = new Map<string, Intl.DateTimeFormat>();
function format(language: Language, options: Intl.DateTimeFormatOptions) {
  const key = language + JSON.stringify(options);
  const known = formats.get(key) ?? new Intl.DateTimeFormat(locale(language), options);
  formats.set(key, known);
  return known;
}

export const exactTime = (ms: number, language: Language) => format(language, { dateStyle: 'full', timeStyle: 'long' }).format(ms);

/* Today only the time, this year without the year. */
export function shortTime(ms: number, language: Language, now = Date.now()) {
  const at = new Date(ms);
  const today = new Date(now);
  const clock: Intl.DateTimeFormatOptions = { hour: '2-digit', minute: '2-digit', hour12: false };
  if (at.toDateString() === today.toDateString()) return format(language, clock).format(ms);
  const day: Intl.DateTimeFormatOptions = { day: 'numeric', month: 'short', ...clock };
  if (at.getFullYear() !== today.getFullYear()) day.year = 'numeric';
  return format(language, day).format(ms);
}

/* Chinese keeps numbers and words apart, as everywhere on the page. */
const apart = (text: string) => text.replace(/(\d)(?=\p{Script=Han})/gu, '$1 ');

/* Times that the server wrote into a sentence, as the reader's own. */
export const withTimes = (text: string, language: Language) =>
  text.replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z/g, (at) => shortTime(Date.parse(at), language));

const units: [Intl.RelativeTimeFormatUnit, number][] = [['day', 86_400_000], ['hour', 3_600_000], ['minute', 60_000]];

/* "3 hours", "3 小时": of a length of time, in its largest unit. */
export function duration(ms: number, language: Language) {
  const [unit, size] = units.find(([, one]) => Math.abs(ms) >= one) ?? ['second', 1000];
  return apart(new Intl.NumberFormat(locale(language), { style: 'unit', unit, unitDisplay: language === 'zh' ? 'short' : 'long' }).format(Math.round(Math.abs(ms) / size)));
}

/* Everything that says "ago" moves on together, twice a minute, by one clock. */
let now = Date.now();
let timer: ReturnType<typeof setInterval> | undefined;
const readers = new Set<() => void>();
function listen(reader: () => void) {
  readers.add(reader);
  if (readers.size === 1) now = Date.now();
  timer ??= setInterval(() => { now = Date.now(); for (const tell of readers) tell(); }, 30_000);
  return () => {
    readers.delete(reader);
    if (readers.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };
}
const useNow = () => useSyncExternalStore(listen, () => now);

/* The hint is made when somebody points at the time: a list has hundreds of them. */
function Time({ ms, text }: { ms: number; text: string }) {
  const { language } = useWords();
  const [near, come] = useState(false);
  const iso = new Date(ms).toISOString();
  return near ? <Tooltip title={exactTime(ms, language)} defaultOpen><time dateTime={iso}>{text}</time></Tooltip>
    : <time dateTime={iso} onPointerEnter={() => come(true)}>{text}</time>;
}

export function When({ ms, none = '–' }: { ms: number | null | undefined; none?: string }) {
  const { language } = useWords();
  const now = useNow();
  return ms === null || ms === undefined || ms === 0 ? <>{none}</> : <Time ms={ms} text={shortTime(ms, language, now)} />;
}

/* "5 minutes ago", "in 2 days". */
export function Ago({ ms, none = '–' }: { ms: number | null | undefined; none?: string }) {
  const { language, say } = useWords();
  const now = useNow();
  if (ms === null || ms === undefined || ms === 0) return <>{none}</>;
  const [unit, size] = units.find(([, one]) => Math.abs(now - ms) >= one) ?? ['second', 1000];
  const text = unit === 'second' ? say('just now', '刚刚')
    : apart(new Intl.RelativeTimeFormat(locale(language), { numeric: 'always' }).format(Math.round((ms - now) / size), unit));
  return <Time ms={ms} text={text} />;
}
