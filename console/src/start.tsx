/* Where the console begins. */
import { QueryClientProvider } from '@tanstack/react-query';
import { App as AntApp, ConfigProvider } from 'antd';
import en from 'antd/locale/en_US';
import zh from 'antd/locale/zh_CN';
import dayjs from 'dayjs';
import 'dayjs/locale/zh-cn';
import { createRoot } from 'react-dom/client';
import { RouterProvider } from 'react-router';
import { router } from './router';
import { queries } from './lib/api';
import { ThemeProvider, themeOf, useTheme } from './lib/theme';
import { WordsProvider, useWords } from './lib/words';
import './style.css';

const nonce = document.querySelector<HTMLScriptElement>('script[nonce]')?.nonce;

/* Some of Ant Design's parts add a style sheet without asking for the nonce (the locked scrolling behind a panel, the
   measuring of scroll bars), or write a style attribute where the content policy allows the style object only (text
   areas that grow). */
const create = document.createElement;
document.createElement = function (this: Document, name: string, options?: ElementCreationOptions) {
  const element = create.call(this, name, options);
  if (nonce && element instanceof HTMLStyleElement) element.nonce = nonce;
  return element;
} as typeof document.createElement;
const setAttribute = HTMLElement.prototype.setAttribute;
HTMLElement.prototype.setAttribute = function (this: HTMLElement, name: string, value: string) {
  if (name === 'style') this.style.cssText = value;
  else setAttribute.call(this, name, value);
};

function Frame() {
  const { language } = useWords();
  const { dark } = useTheme();
  dayjs.locale(language === 'zh' ? 'zh-cn' : 'en');
  return (
    <ConfigProvider locale={language === 'zh' ? zh : en} theme={themeOf(dark)} csp={{ nonce }} button={{ autoInsertSpace: false }}>
      <AntApp message={{ maxCount: 3 }}>
        <RouterProvider router={router} />
      </AntApp>
    </ConfigProvider>
  );
}

createRoot(document.getElementById('root')!).render(
  <WordsProvider>
    <ThemeProvider>
      <QueryClientProvider client={queries}>
        <Frame />
      </QueryClientProvider>
    </ThemeProvider>
  </WordsProvider>,
);
