/* People whom the anti-uninstallation does not concern: found by typing, shown with their departments. */
import { Alert, Button, Tag } from 'antd';
import { useState } from 'react';
import { useGet } from '../../lib/api';
import { useSay } from '../../lib/words';
import { PersonPicker } from '../../parts/pickers';
import { people } from './words';

const first = 40;
export const whitelistMax = 3000;

/* Of a long list only the first are looked up one by one: the others have their names. */
function Chip({ id, name, ask, remove }: { id: string; name?: string; ask: boolean; remove?: () => void }) {
  const say = useSay();
  const found = useGet('/api/v1/users/{id}', { params: { path: { id } } }, { enabled: ask || !name });
  const user = found.data;
  const called = user?.name ?? name ?? '…';
  return (
    <Tag className="chip" closable={remove && { 'aria-label': `${say('Remove', '移除')}: ${called}` }} onClose={(event) => { event.preventDefault(); remove?.(); }} color={user?.state === 'departed' ? 'warning' : undefined}>
      {called}
      {user && user.departments.length > 0 && <span className="dim"> · {user.departments.map((one) => one.name).join(say(', ', '、'))}</span>}
      {user?.state === 'departed' && <> · {say('has left', '已离职')}</>}
    </Tag>
  );
}

export function Whitelist({ id, value, change, known, disabled }: { id: string; value: string[]; change: (ids: string[]) => void; known: Record<string, string>; disabled: boolean }) {
  const say = useSay();
  const [all, showAll] = useState(false);
  const shown = all ? value : value.slice(0, first);
  return (
    <div className="stack" style={{ gap: 8 }}>
      {!disabled && value.length < whitelistMax && (
        <PersonPicker
          id={id} value={null} placeholder={say('Find a person by name, email address or number', '按姓名、邮箱或工号查找人员')}
          onChange={(one) => { if (one && !value.includes(one as string)) change([...value, one as string]); }}
        />
      )}
      {value.length >= whitelistMax && <Alert type="info" title={say(`A whitelist has at most ${whitelistMax} people.`, `白名单最多 ${whitelistMax} 人。`)} />}
      {value.length === 0 ? <span className="dim">{say('Nobody is on the whitelist.', '白名单为空。')}</span> : (
        <ul className="people-chips" aria-label={say('On the whitelist', '白名单人员')}>
          {shown.map((one, i) => <li key={one}><Chip id={one} ask={i < 2 * first} name={known[one]} remove={disabled ? undefined : () => change(value.filter((x) => x !== one))} /></li>)}
        </ul>
      )}
      {value.length > shown.length && <div><Button type="link" size="small" onClick={() => showAll(true)}>{say(`Show all ${people(value.length, say)}`, `显示全部 ${people(value.length, say)}`)}</Button></div>}
    </div>
  );
}
