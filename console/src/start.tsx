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
