/*
 * English and Chinese. A text stands beside its translation where it is used: say('Approve', '通过'). Tables of words
 * hold pairs: say(status[row.status]).
 */
import { createContext, useContext, useEffect, useMemo, useState, type ReactNode } from 'react';

export type Language = 'en' | 'zh';
export type Text = readonly [en: string, zh: string];
export interface Say {
  (text: Text): string;
  (en: string, zh: string): string;
}

interface Words {
  language: Language;
  setLanguage: (language: Language) => void;
  say: Say;
}

const kept = 'holdfast.language';
const Context = createContext<Words>(null as never);

/* What was chosen in this browser, else what the browser prefers. */
export function languageAtFirst(): Language {
  const chosen = localStorage.getItem(kept);
  if (chosen === 'en' || chosen === 'zh') return chosen;
  return navigator.languages.find((one) => /^(en|zh)\b/.test(one))?.startsWith('zh') ? 'zh' : 'en';
}

let present = languageAtFirst();
/* For requests: what Accept-Language says. */
export const languageNow = () => present;

export function WordsProvider({ children }: { children: ReactNode }) {
  const [language, set] = useState(present);
  useEffect(() => {
    document.documentElement.lang = language === 'zh' ? 'zh-CN' : 'en';
  }, [language]);
  const words = useMemo<Words>(() => {
    const index = language === 'zh' ? 1 : 0;
    return {
      language,
      setLanguage: (next) => {
        present = next;
        localStorage.setItem(kept, next);
        set(next);
      },
      say: (a: Text | string, b?: string) => (typeof a === 'string' ? (index ? b! : a) : a[index]),
    };
  }, [language]);
  return <Context value={words}>{children}</Context>;
}

export const useWords = () => useContext(Context);
export const useSay = () => useContext(Context).say;

/* "1 device", "3 devices": for English only. */
export const plural = (n: number, one: string, many = `${one}s`) => `${n.toLocaleString('en')} ${n === 1 ? one : many}`;
