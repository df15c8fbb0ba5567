/* What somebody may not see is said, not hidden behind an error. */
import { useEffect, type ReactNode } from 'react';
import { Result } from 'antd';
import { useMe } from '../lib/session';
import { useSay } from '../lib/words';
import type { Place } from '../routes';

export function Guard({ place, children }: { place: Place; children: ReactNode }) {
  const me = useMe();
  const say = useSay();
  const title = say(place.title);
  useEffect(() => { document.title = `${title} · Holdfast`; }, [title]);
  if (!place.roles || place.roles.includes(me.role)) return children;
  return <Result status="403" title={title} subTitle={say('Your role may not see this page.', '您的角色无权查看此页面。')} />;
}
