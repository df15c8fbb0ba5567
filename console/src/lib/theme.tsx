/* Light or dark: as the system has it, unless somebody chose. */
import { createContext, useContext, useEffect, useMemo, useState, type ReactNode } from 'react';
import { theme, type ThemeConfig } from 'antd';

export type Choice = 'system' | 'light' | 'dark';

const kept = 'holdfast.theme';
const Context = createContext<{ choice: Choice; dark: boolean; setChoice: (choice: Choice) => void }>(null as never);
export const useTheme = () => useContext(Context);

const systemDark = matchMedia('(prefers-color-scheme: dark)');
const still = matchMedia('(prefers-reduced-motion: reduce)');

export function ThemeProvider({ children }: { children: ReactNode }) {
  const [choice, choose] = useState<Choice>(() => (localStorage.getItem(kept) as Choice | null) ?? 'system');
  const [system, setSystem] = useState(systemDark.matches);
  useEffect(() => {
    const changed = () => setSystem(systemDark.matches);
    systemDark.addEventListener('change', changed);
    return () => systemDark.removeEventListener('change', changed);
  }, []);
  const dark = choice === 'dark' || (choice === 'system' && system);
  useEffect(() => { document.documentElement.dataset.theme = dark ? 'dark' : 'light'; }, [dark]);
  const value = useMemo(() => ({
    choice,
    dark,
    setChoice: (next: Choice) => { localStorage.setItem(kept, next); choose(next); },
  }), [choice, dark]);
  return <Context value={value}>{children}</Context>;
}

/* Ant Design's, with a quieter ground and texts that have the contrast that WCAG AA asks for. */
export function themeOf(dark: boolean): ThemeConfig {
  return {
    algorithm: dark ? theme.darkAlgorithm : theme.defaultAlgorithm,
    cssVar: { key: 'hf' },
    hashed: false,
    token: {
      colorPrimary: dark ? '#5b94f5' : '#1456c8',
      ...(dark ? {} : { colorPrimaryHover: '#2a66cf' }),
      colorInfo: dark ? '#79abff' : '#1456c8',
      colorSuccess: dark ? '#4fb477' : '#17753c',
      colorWarning: dark ? '#e0a13c' : '#8a5300',
      colorError: dark ? '#ff8a7f' : '#c4281c',
      // Derived from the dark words above, the grounds below them would be mud.
      ...(dark ? {} : {
        colorWarningBg: '#fff7e6', colorWarningBgHover: '#ffedcc', colorWarningBorder: '#f0cd8a', colorErrorBg: '#fdefed', colorErrorBgHover: '#fbdeda', colorErrorBorder: '#f3b5ae',
        colorSuccessBg: '#eaf7ee', colorSuccessBgHover: '#d6efdd', colorSuccessBorder: '#a5d8b5', colorInfoBg: '#ebf2fe', colorInfoBgHover: '#d9e6fd', colorInfoBorder: '#b3cdf9', colorPrimaryBg: '#ebf2fe', colorPrimaryBgHover: '#d9e6fd',
      }),
      colorLink: dark ? '#7fadf9' : '#1456c8',
      colorBgLayout: dark ? '#12161c' : '#f3f5f8',
      ...(dark ? { colorBgContainer: '#161b22', colorBgElevated: '#1d232c', colorBorderSecondary: '#2b323c' } : {}),
      colorTextDescription: dark ? '#a3adba' : '#5b6472',
      colorTextTertiary: dark ? '#a3adba' : '#5b6472',
      colorTextPlaceholder: dark ? '#98a2af' : '#656e7b',
      colorTextDisabled: dark ? '#8b95a2' : '#6b7480',
      borderRadius: 8,
      fontFamily: 'system-ui, -apple-system, "Segoe UI", "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", "Noto Sans", sans-serif',
      fontFamilyCode: 'ui-monospace, SFMono-Regular, Menlo, Consolas, "Noto Sans Mono CJK SC", monospace',
      motion: !still.matches,
    },
    components: {
      ...(dark ? { Button: { dangerColor: '#240c09', colorPrimary: '#2f66c8', colorPrimaryHover: '#3a71d2', colorPrimaryActive: '#2757ad' }, Tabs: { itemSelectedColor: '#7fadf9', itemHoverColor: '#a9c7ff', itemActiveColor: '#7fadf9', inkBarColor: '#7fadf9' } } : {}),
      Radio: { colorBorder: dark ? '#6b7685' : '#8c95a3' },
      Checkbox: { colorBorder: dark ? '#6b7685' : '#8c95a3' },
      Layout: { siderBg: dark ? '#161b22' : '#ffffff', headerBg: dark ? '#161b22' : '#ffffff', bodyBg: dark ? '#12161c' : '#f3f5f8' },
      Menu: { itemBg: 'transparent', subMenuItemBg: 'transparent', itemSelectedBg: dark ? '#20304d' : '#e8f0fd', itemSelectedColor: dark ? '#a9c7ff' : '#1456c8', groupTitleColor: dark ? '#a3adba' : '#5b6472' },
      Table: { headerBg: dark ? '#1b2129' : '#f7f9fb' },
    },
  };
}
