/* Where an account is signed in, and how: for owners. */
import { Button, Skeleton, Tag } from 'antd';
import { useState } from 'react';
import { api, useChange, useList, type Schema } from '../../lib/api';
import { Ago, When } from '../../lib/time';
import { useSay } from '../../lib/words';
import { SureDialog } from '../../parts/sure';
import { Trouble, useTell } from '../../parts/trouble';

/* The browser and the system, of what the browser says of itself. */
export function browserOf(agent: string) {
  const found = (names: [RegExp, string][]) => names.find(([fits]) => fits.test(agent))?.[1];
  const browser = found([[/DingTalk/i, 'DingTalk'], [/Edg\//, 'Edge'], [/Firefox\//, 'Firefox'], [/Chrome\/|Chromium/, 'Chrome'], [/Safari\//, 'Safari'], [/holdfastctl/, 'holdfastctl'], [/curl/, 'curl']]);
  const system = found([[/Windows/, 'Windows'], [/Android/, 'Android'], [/iPhone|iPad/, 'iOS'], [/Mac OS/, 'macOS'], [/Linux/, 'Linux']]);
  return [browser, system].filter(Boolean).join(', ') || agent;
}

export function Sessions({ account }: { account: Schema<'Account'> }) {
  const say = useSay();
  const tell = useTell();
  const [sure, setSure] = useState(false);
  const found = useList('/api/v1/sessions', { params: { query: { account: account.id } } });
  const end = useChange((id: string) => api.DELETE('/api/v1/sessions/{id}', { params: { path: { id } } }));
  const endAll = useChange(() => api.DELETE('/api/v1/sessions', { params: { query: { account: account.id } } }));
  if (found.waiting) return <Skeleton active title={false} paragraph={{ rows: 2 }} />;
  return (
    <section aria-label={say('Sessions', '会话')}>
      <div className="row" style={{ justifyContent: 'space-between', marginBottom: 4 }}>
        <h3 className="mini" style={{ margin: 0 }}>{say('Signed in at', '登录位置')}</h3>
        {found.items.length > 0 && <Button size="small" danger onClick={() => setSure(true)}>{say('End all', '全部结束')}</Button>}
      </div>
      <Trouble problem={found.problem} again={found.again} />
      <ul className="lines">
        {found.items.map((one) => (
          <li key={one.id} className="row" style={{ justifyContent: 'space-between', flexWrap: 'nowrap' }}>
            <div style={{ minWidth: 0 }}>
              <div className="break">{browserOf(one.user_agent)} · <span className="code">{one.address}</span> {one.present && <Tag color="success">{say('this one', '当前会话')}</Tag>}</div>
              <div className="dim small">{say('since', '登录于')} <When ms={one.created_ms} /> · {say('last seen', '最近活动')} <Ago ms={one.seen_ms} /></div>
            </div>
            <Button size="small" aria-label={`${say('End the session', '结束会话')}: ${one.address}`} onClick={() => end.mutateAsync(one.id).then(() => tell.done(say('Ended', '已结束')), tell.problem)}>{say('End', '结束')}</Button>
          </li>
        ))}
      </ul>
      {found.items.length === 0 && !found.problem && <p className="dim" style={{ margin: 0 }}>{say('Nowhere at the moment.', '当前未登录。')}</p>}
      <SureDialog open={sure} close={() => setSure(false)} danger title={say(`End all sessions of ${account.name}?`, `结束 ${account.name} 的全部会话？`)} deed={say('End all', '全部结束')}
        run={() => endAll.mutateAsync(undefined as never).then(() => tell.done(say('All sessions are ended', '已结束全部会话')))}>
        <p>{say('Whoever is signed in with this account has to sign in again. API tokens go on.', '使用该账号登录的人需要重新登录，API 令牌不受影响。')}</p>
      </SureDialog>
    </section>
  );
}
