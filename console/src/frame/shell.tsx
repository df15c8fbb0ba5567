/* The frame around every page: menu, who is signed in, language and theme, what is live. */
import { BulbOutlined, CopyrightOutlined, GlobalOutlined, LogoutOutlined, MenuOutlined, RocketOutlined, UserOutlined } from '@ant-design/icons';
import { App, Button, Drawer, Dropdown, Grid, Layout, Menu, Tooltip, type MenuProps } from 'antd';
import { useEffect, useRef, useState } from 'react';
import { Link, Outlet, useLocation, useNavigate } from 'react-router';
import { api } from '../lib/api';
import { useLive } from '../lib/live';
import { changers, roleNames, useMe, type Role } from '../lib/session';
import { useTheme, type Choice } from '../lib/theme';
import { useWords, type Language, type Text } from '../lib/words';
import { overview, places, type Area, type Place } from '../routes';
import { useFirstRun } from '../pages/start/steps';
import { forgetSession } from './entrance';
import { Mark } from './mark';

const visible = (role: Role) => (place: Place) => place.icon && (!place.roles || place.roles.includes(role));

const at = (place: Place) => `/console${place.path ? `/${place.path}` : ''}`;

/* The menu's entry that the address belongs to: the longest that it begins with. */
function selected(pathname: string) {
  const fits = places.filter((place) => place.icon && (pathname === at(place) || (place.path && pathname.startsWith(`${at(place)}/`))));
  return fits.sort((a, b) => b.path.length - a.path.length)[0];
}

function MainMenu({ areas, onPick }: { areas: Area[]; onPick?: () => void }) {
  const { say } = useWords();
  const me = useMe();
  const { pathname } = useLocation();
  const here = selected(pathname);
  const entry = (place: Place) => ({ key: at(place), icon: place.icon, label: <Link to={at(place)} onClick={onPick}>{say(place.title)}</Link> });
  const items: MenuProps['items'] = [entry(overview), ...areas.flatMap((area) => {
    const shown = area.places.filter(visible(me.role));
    return shown.length === 0 ? [] : [{ key: say(area.title), type: 'group' as const, label: say(area.title), children: shown.map(entry) }];
  })];
  return <Menu mode="inline" inlineIndent={14} items={items} selectedKeys={here ? [at(here)] : []} style={{ borderInlineEnd: 0 }} />;
}

const themes: [Choice, Text][] = [['system', ['As the system', '跟随系统']], ['light', ['Light', '浅色']], ['dark', ['Dark', '深色']]];

/* Language and theme, also where nobody is signed in. keep: where the language is remembered beside this browser. */
export function Looks({ keep }: { keep?: (language: Language) => void }) {
  const { language, setLanguage, say } = useWords();
  const { choice, setChoice } = useTheme();
  return (
    <>
      <Dropdown trigger={['click']} menu={{
        selectable: true, selectedKeys: [language], onClick: ({ key }) => { setLanguage(key as Language); keep?.(key as Language); },
        items: [{ key: 'zh', label: <span lang="zh-CN">简体中文</span> }, { key: 'en', label: <span lang="en">English</span> }],
      }}>
        <Button type="text" icon={<GlobalOutlined aria-hidden />} aria-label={say('Language', '语言')} />
      </Dropdown>
      <Dropdown trigger={['click']} menu={{
        selectable: true, selectedKeys: [choice], onClick: ({ key }) => setChoice(key as Choice),
        items: themes.map(([key, name]) => ({ key, label: say(name) })),
      }}>
        <Button type="text" icon={<BulbOutlined aria-hidden />} aria-label={say('Appearance', '外观')} />
      </Dropdown>
    </>
  );
}

function Account() {
  const { say } = useWords();
  const me = useMe();
  const navigate = useNavigate();
  const { message } = App.useApp();
  const leave = async () => {
    try {
      await api.POST('/auth/logout');
    } catch (e) {
      void message.error(String((e as Error).message));
      return;
    }
    forgetSession();
    navigate('/console');
  };
  return (
    <Dropdown trigger={['click']} menu={{
      items: [
        { key: 'who', type: 'group', label: `${me.name} · ${say(roleNames[me.role])}` },
        { key: 'me', icon: <UserOutlined aria-hidden />, label: <Link to="/console/me">{say('My account', '我的账号')}</Link> },
        ...(changers.includes(me.role) ? [{ key: 'start', icon: <RocketOutlined aria-hidden />, label: <Link to="/console/start">{say('Getting started', '快速开始')}</Link> }] : []),
        { key: 'licences', icon: <CopyrightOutlined aria-hidden />, label: <a href={document.querySelector<HTMLLinkElement>('link[rel=license]')?.href} target="_blank" rel="noreferrer">{say('Open-source licences', '开源许可')}</a> },
        { type: 'divider' as const },
        { key: 'leave', icon: <LogoutOutlined aria-hidden />, label: say('Sign out', '退出登录'), onClick: () => void leave() },
      ],
    }}>
      <Button type="text" icon={<UserOutlined aria-hidden />} aria-label={me.name}><span className="wide-only">{me.name}</span></Button>
    </Dropdown>
  );
}

/* What is left of the first run, until nothing is. */
function Starting() {
  const { say } = useWords();
  const may = changers.includes(useMe().role);
  const { found, done, steps } = useFirstRun(false, may);
  if (!found || done === steps.length) return null;
  return (
    <Link to="/console/start" className="starting">
      <RocketOutlined aria-hidden="true" /><span className="starting-name">{say('Getting started', '快速开始')}</span>{' '}<span className="numeric">{`${done}/${steps.length}`}</span>
    </Link>
  );
}

export function Shell({ areas }: { areas: Area[] }) {
  const { say } = useWords();
  const me = useMe();
  const wide = Grid.useBreakpoint().lg ?? true;
  const [open, setOpen] = useState(false);
  const live = useLive(me.session?.id);
  const { pathname } = useLocation();
  const main = useRef<HTMLElement>(null);
  const first = useRef(true);
  // Who works with the keyboard or a screen reader begins a new page at its beginning.
  useEffect(() => {
    if (first.current) first.current = false;
    else if (document.activeElement?.closest('main') === null) main.current?.focus({ preventScroll: true });
    window.scrollTo(0, 0);
  }, [pathname]);
  return (
    <Layout className="shell">
      <a className="skip" href="#main" onClick={(event) => { event.preventDefault(); main.current?.focus(); }}>{say('Skip to the page', '跳到正文')}</a>
      <Layout.Header className="bar">
        {!wide && <Button type="text" icon={<MenuOutlined aria-hidden />} aria-label={say('Menu', '菜单')} onClick={() => setOpen(true)} />}
        <Link to="/console" className="brand" aria-label={`Holdfast, ${say(overview.title)}`}><Mark /><span>Holdfast</span></Link>
        <span className="room" />
        <Starting />
        {!live && (
          <Tooltip title={say('No live connection: what you see may be old. It is being opened again.', '实时连接已断开，页面内容可能不是最新，正在重新连接。')}>
            <span className="not-live" role="status" tabIndex={0}>{say('Not live', '未实时更新')}</span>
          </Tooltip>
        )}
        <Looks keep={(language) => void api.PUT('/api/v1/me', { body: { language } }).catch(() => {})} />
        <Account />
      </Layout.Header>
      <Layout hasSider={wide}>
        {wide ? (
          <Layout.Sider width={232} className="side"><nav aria-label={say('Menu', '菜单')}><MainMenu areas={areas} /></nav></Layout.Sider>
        ) : (
          <Drawer open={open} onClose={() => setOpen(false)} placement="left" size={264} title="Holdfast" styles={{ body: { padding: 0 } }}>
            <nav aria-label={say('Menu', '菜单')}><MainMenu areas={areas} onPick={() => setOpen(false)} /></nav>
          </Drawer>
        )}
        <main id="main" ref={main} tabIndex={-1} className="page"><Outlet /></main>
      </Layout>
    </Layout>
  );
}
