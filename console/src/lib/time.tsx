/* Times in the reader's zone: short on the page, exact on hover. Durations in words. */
import { Tooltip } from 'antd';
import { useEffect, useState } from 'react';
import { useWords, type Language } from './words';

const locale = (language: Language) => (language === 'zh' ? 'zh-CN' : 'en-GB');

export const exactTime = (ms: number, language: Language) =>
  new Intl.DateTimeFormat(locale(language), { dateStyle: 'full', timeStyle: 'long' }).format(ms);

/* Today only the time, this year without the year. */
export function shortTime(ms: number, language: Language, now = Date.now()) {
  const at = new Date(ms);
  const today = new Date(now);
  const clock: Intl.DateTimeFormatOptions = { hour: '2-digit', minute: '2-digit', hour12: false };
  if (at.toDateString() === today.toDateString()) return new Intl.DateTimeFormat(locale(language), clock).format(ms);
  const day: Intl.DateTimeFormatOptions = { day: 'numeric', month: 'short', ...clock };
  if (at.getFullYear() !== today.getFullYear()) day.year = 'numeric';
  return new Intl.DateTimeFormat(locale(language), day).format(ms);
}

const units: [Intl.RelativeTimeFormatUnit, number][] = [['day', 86_400_000], ['hour', 3_600_000], ['minute', 60_000]];

/* "3 hours", "3 小时": of a length of time, in its largest unit. */
export function duration(ms: number, language: Language) {
  const [unit, size] = units.find(([, one]) => Math.abs(ms) >= one) ?? ['second', 1000];
  return new Intl.NumberFormat(locale(language), { style: 'unit', unit, unitDisplay: 'long' }).format(Math.round(Math.abs(ms) / size));
}

/* Everything that says "ago" moves on together, once a minute. */
function useNow() {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 30_000);
    return () => clearInterval(timer);
  }, []);
  return now;
}

export function When({ ms, none = '–' }: { ms: number | null | undefined; none?: string }) {
  const { language } = useWords();
  const now = useNow();
  if (ms === null || ms === undefined || ms === 0) return <>{none}</>;
  return (
    <Tooltip title={exactTime(ms, language)}>
      <time dateTime={new Date(ms).toISOString()}>{shortTime(ms, language, now)}</time>
    </Tooltip>
  );
}

/* "5 minutes ago", "in 2 days". */
export function Ago({ ms, none = '–' }: { ms: number | null | undefined; none?: string }) {
  const { language, say } = useWords();
  const now = useNow();
  if (ms === null || ms === undefined || ms === 0) return <>{none}</>;
  const [unit, size] = units.find(([, one]) => Math.abs(now - ms) >= one) ?? ['second', 1000];
  const text = unit === 'second' ? say('just now', '刚刚')
    : new Intl.RelativeTimeFormat(locale(language), { numeric: 'always' }).format(Math.round((ms - now) / size), unit);
  return (
    <Tooltip title={exactTime(ms, language)}>
      <time dateTime={new Date(ms).toISOString()}>{text}</time>
    </Tooltip>
  );
}
