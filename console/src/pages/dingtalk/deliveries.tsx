/* What DingTalk is owed: calls that wait, that were given up, that went well. */
import { Button, Segmented, Tag } from 'antd';
import { useMemo } from 'react';
import { Link } from 'react-router';
import { useAddress } from '../../lib/address';
import { api, useChange, useList } from '../../lib/api';
import { useMayChange } from '../../lib/session';
import { Ago, When } from '../../lib/time';
import { useSay, type Text } from '../../lib/words';
import { List, type Column } from '../../parts/list';
import { State } from '../../parts/states';
import { useTell } from '../../parts/trouble';
import { deliveryKinds, deliveryLooks, type Delivery } from './words';

const empties: Record<Delivery['state'] | 'all', Text> = {
  dead: ['Nothing was given up, and nothing waits for you.', '没有已放弃或待处理的内容。'],
  waiting: ['Nothing waits to be sent to DingTalk.', '没有待发送至钉钉的内容。'],
  done: ['Nothing was sent yet. Each request that goes to DingTalk appears here by itself.', '尚无发送记录。发往钉钉的申请会自动显示在这里。'],
  all: ['Nothing was sent yet. Each request that goes to DingTalk appears here by itself.', '尚无发送记录。发往钉钉的申请会自动显示在这里。'],
};

export function Deliveries() {
  const say = useSay();
  const tell = useTell();
  const may = useMayChange();
  const [filters, set] = useAddress(['state', 'instance'] as const);
  const state = filters.state as Delivery['state'] | undefined;
  const found = useList('/api/v1/deliveries', { params: { query: { state, instance: filters.instance } } }, { keep: true });
  const replay = useChange((id: string) => api.POST('/api/v1/deliveries/{id}/replay', { params: { path: { id } } }));
  const columns = useMemo<Column<Delivery>[]>(() => [
    { title: say('Request', '申请'), narrow: 'head', width: 115, render: (_, one) => <Link to={`/console/approval/instances/${one.instance}`}>{one.number}</Link> },
    { title: say('What', '内容'), width: 150, render: (_, one) => say(deliveryKinds[one.kind]) },
    { title: say('State', '状态'), narrow: 'head', width: 105, render: (_, one) => <State of={one.state} in={deliveryLooks} /> },
    { title: say('What went wrong', '错误'), width: 250, render: (_, one) => one.error ? <div className="break">{one.error}{one.attempts > 1 && <span className="dim"> · {say(`${one.attempts} attempts`, `已尝试 ${one.attempts} 次`)}</span>}</div> : '–' },
    { title: say('Owed since', '产生时间'), width: 105, render: (_, one) => <When ms={one.created_ms} /> },
    { title: say('Next, or done', '下次或完成'), width: 120, render: (_, one) => one.done_ms ? <When ms={one.done_ms} /> : one.next_ms ? <Ago ms={one.next_ms} /> : <span className="dim">{say('not by itself', '不再自动尝试')}</span> },
    ...(may ? [{ title: say('Actions', '操作'), width: 110, render: (_: unknown, one: Delivery) => one.state !== 'dead' ? null : (
      <Button size="small" onClick={() => replay.mutateAsync(one.id).then(() => tell.done(say('Tried again', '已重新尝试')), tell.problem)} aria-label={`${say('Try again', '重试')}: ${one.number}`}>{say('Try again', '重试')}</Button>
    ) }] : []),
  ], [say, may, tell]);
  return (
    <>
      <p className="dim" style={{ marginTop: 0 }}>{say('Requests are kept here and brought to DingTalk each exactly once; what DingTalk cannot take now is tried again by itself.', '申请保存在本系统中，逐条且仅一次送达钉钉；暂时无法送达的会自动重试。')}</p>
      <div className="filters">
        <Segmented aria-label={say('Which', '范围')} value={state ?? 'all'} onChange={(value) => set({ state: value === 'all' ? undefined : value })} options={[
          { value: 'all', label: say('All', '全部') },
          ...(['waiting', 'dead', 'done'] as const).map((value) => ({ value, label: say(deliveryLooks[value][0]) })),
        ]} />
        {filters.instance && <Tag closable onClose={() => set({ instance: undefined })}>{say('One request only', '仅一条申请')}</Tag>}
      </div>
      <List name={say('Deliveries to DingTalk', '钉钉发送记录')} found={found} columns={columns} empty={say(empties[state ?? 'all'])} />
    </>
  );
}
