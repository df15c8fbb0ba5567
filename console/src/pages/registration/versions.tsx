/* Who saved which version of the policy, what differs between any two, and an old one restored. */
import { Button, Checkbox, Select, Tag } from 'antd';
import { useState } from 'react';
import { useInfiniteQuery } from '@tanstack/react-query';
import { api, ifMatch, useChange, useGet, type Schema } from '../../lib/api';
import { useAddress } from '../../lib/address';
import { useMayChange } from '../../lib/session';
import { When } from '../../lib/time';
import { useSay } from '../../lib/words';
import { Dialog } from '../../parts/dialog';
import { List } from '../../parts/list';
import { SheetSkeleton } from '../../parts/page';
import { Panel } from '../../parts/panel';
import { Trouble, useTell } from '../../parts/trouble';
import { Ahead } from './ahead';
import { Changes } from './changes';
import { usePreview } from './draft';
import { fields, type Draft } from './words';

type Version = Schema<'PolicyVersions'>['items'][number];
type Old = Schema<'PolicyVersion'>;

function useVersions() {
  const found = useInfiniteQuery({
    queryKey: ['/api/v1/policy/versions', 'pages'],
    queryFn: async ({ signal, pageParam }) => (await api.GET('/api/v1/policy/versions', { params: { query: pageParam ? { before: pageParam } : {} }, signal })).data!,
    initialPageParam: 0,
    getNextPageParam: (last) => last.next ?? undefined,
  });
  return { ...found, items: found.data?.pages.flatMap((page) => page.items).map((one) => ({ ...one, id: String(one.version) })) ?? [] };
}

const missingWhy = { gone: ['is not there any more', '已不存在'], departed: ['has left', '已离职'], broken: ['is broken', '异常'] } as const;

/* Saves it again as a new version: what would change, and what of it is missing, is said before. */
function Restore({ old, close }: { old: Old; close: () => void }) {
  const say = useSay();
  const tell = useTell();
  const policy = useGet('/api/v1/policy');
  const [without, setWithout] = useState(false);
  const [problem, setProblem] = useState<unknown>();
  // Exactly what would be saved: without what is missing.
  const gone = new Set(old.missing.map((one) => one.id));
  const body: Draft = { ...old.policy, scope: { ...old.policy.scope, groups: old.policy.scope.groups.filter((id) => !gone.has(id)) }, whitelist: old.policy.whitelist.filter((id) => !gone.has(id)),
    filing: { ...old.policy.filing, workflow: gone.has(old.policy.filing.workflow ?? '') ? null : old.policy.filing.workflow, builtin_workflow: gone.has(old.policy.filing.builtin_workflow ?? '') ? null : old.policy.filing.builtin_workflow } };
  const ahead = usePreview(body, true);
  const run = useChange(() => api.POST('/api/v1/policy/versions/{version}/restore', { params: { path: { version: String(old.version) }, header: ifMatch(policy.data) }, body: without ? { without_missing: true } : {} }));
  const go = async () => {
    setProblem(undefined);
    try {
      const now = await run.mutateAsync(undefined);
      tell.done(now.proposal ? say('Proposed: another administrator has to confirm it.', '已提交，等待其他管理员确认。') : say(`Version ${old.version} is restored, as version ${now.version}.`, `已恢复版本 ${old.version}，保存为版本 ${now.version}。`));
      close();
    } catch (e) {
      setProblem(e);
    }
  };
  const same = ahead.data?.changes.length === 0;
  return (
    <Dialog open width={720} title={say(`Restore version ${old.version}?`, `恢复版本 ${old.version}？`)} onCancel={close} onOk={() => void go()} confirmLoading={run.isPending}
      okText={(ahead.data?.second_person.length ?? 0) > 0 ? say('Propose', '提交确认') : say('Restore', '恢复')} okButtonProps={{ disabled: same || (old.missing.length > 0 && !without) }}>
      <div className="stack">
        <Trouble problem={problem} />
        <span className="dim">{say('It is saved as a new version; the versions between stay in the list.', '恢复后将保存为新版本，中间的版本仍保留在列表中。')}</span>
        {old.missing.length > 0 && (
          <>
            <div>{say('Some of what it names could not be chosen now:', '其中部分内容目前无法选用：')}
              <ul>{old.missing.map((one) => <li key={`${one.field} ${one.id}`}>{say(fields[one.field])}: <b>{one.name ?? say('unknown', '未知')}</b> {say(missingWhy[one.why])}</li>)}</ul></div>
            <Checkbox checked={without} onChange={(event) => setWithout(event.target.checked)}>{say('Restore it without these', '去除这些内容后恢复')}</Checkbox>
          </>
        )}
        {same ? <span>{say('It says what the policy says now: there is nothing to restore.', '内容与当前策略一致，无需恢复。')}</span>
          : ahead.error ? <Trouble problem={ahead.error} /> : ahead.data ? <Ahead preview={ahead.data} /> : <SheetSkeleton rows={4} />}
      </div>
    </Dialog>
  );
}

/* Any two versions beside each other. */
function Compare({ items, from, to, present, choose }: { items: Version[]; from: number; to: number; present: number; choose: (from: number, to: number) => void }) {
  const say = useSay();
  const diff = useGet('/api/v1/policy/diff', { params: { query: { from, to } } }, { keep: true });
  const options = [...items.map((one) => ({ value: one.version, label: say(`Version ${one.version}`, `版本 ${one.version}`) + (one.version === present ? say(' (present)', '（当前）') : '') })), { value: 0, label: say('Before the first', '首次保存之前') }];
  const known = (n: number) => (options.some((one) => one.value === n) ? options : [...options, { value: n, label: say(`Version ${n}`, `版本 ${n}`) }]);
  return (
    <div className="stack">
      <div className="row">
        <Select aria-label={say('From version', '起始版本')} value={from} options={known(from)} onChange={(n) => choose(n, to)} style={{ minWidth: 170 }} showSearch={{ optionFilterProp: 'label' }} />
        <span aria-hidden="true">→</span>
        <Select aria-label={say('To version', '目标版本')} value={to} options={known(to)} onChange={(n) => choose(from, n)} style={{ minWidth: 170 }} showSearch={{ optionFilterProp: 'label' }} />
        <Button onClick={() => choose(to, from)}>{say('Swap', '交换')}</Button>
      </div>
      {diff.error ? <Trouble problem={diff.error} /> : diff.data ? <Changes changes={diff.data.changes} /> : <SheetSkeleton />}
    </div>
  );
}

export function Versions() {
  const say = useSay();
  const may = useMayChange();
  const found = useVersions();
  const [address, setAddress] = useAddress(['old', 'new', 'restore'] as const);
  const restored = useGet('/api/v1/policy/versions/{version}', { params: { path: { version: address.restore ?? '' } } }, { enabled: Boolean(address.restore) });
  const items = found.items;
  const present = items[0]?.version ?? 0;
  const comparing = address.new !== undefined;
  return (
    <>
      <List<Version & { id: string }>
        name={say('Versions of the policy', '策略版本')} empty={say('Nobody has saved a policy yet.', '尚未保存过策略。')}
        found={{ items, waiting: found.isPending, old: false, problem: found.error, hasMore: found.hasNextPage, loadingMore: found.isFetchingNextPage, more: () => { if (found.hasNextPage && !found.isFetchingNextPage) void found.fetchNextPage(); }, again: () => void found.refetch() }}
        columns={[
          { title: say('Version', '版本'), narrow: 'head', width: 120, className: 'numeric', render: (_, one) => <>{one.version} {one.version === present && <Tag color="success">{say('present', '当前')}</Tag>}</> },
          { title: say('Saved', '保存时间'), narrow: 'head', width: 120, render: (_, one) => <When ms={one.created_ms} /> },
          { title: say('By', '保存人'), width: 200, render: (_, one) => <>{one.saved_by}{one.confirmed_by && <div className="dim">{say(`confirmed by ${one.confirmed_by}`, `由 ${one.confirmed_by} 确认`)}</div>}</> },
          { title: say('What changed', '修改内容'), width: 340, render: (_, one) => <>{one.restored_from !== null && <Tag>{say(`restores version ${one.restored_from}`, `恢复自版本 ${one.restored_from}`)}</Tag>}{one.changed.map((field) => say(fields[field])).join(say(', ', '、'))}</> },
          { title: say('Actions', '操作'), width: 190, render: (_, one) => (
            <span className="nowrap">
              <Button type="link" size="small" aria-label={`${say('Compare', '对比')} ${one.version}`} style={{ paddingInlineStart: 0 }} onClick={() => setAddress({ old: String(one.version - 1), new: String(one.version) })}>{say('Compare', '对比')}</Button>
              {may && one.version !== present && <Button type="link" size="small" aria-label={`${say('Restore', '恢复')} ${one.version}`} onClick={() => setAddress({ restore: String(one.version) })}>{say('Restore', '恢复')}</Button>}
            </span>
          ) },
        ]}
      />
      <Panel open={comparing} title={say('What differs between two versions', '版本对比')} close={() => setAddress({ old: undefined, new: undefined })}>
        {comparing && <Compare items={items} present={present} from={Number(address.old ?? 0)} to={Number(address.new)} choose={(from, to) => setAddress({ old: String(from), new: String(to) }, { replace: true })} />}
      </Panel>
      {address.restore && restored.data && <Restore old={restored.data} close={() => setAddress({ restore: undefined })} />}
      {address.restore && restored.error && <Dialog open title={say('Restore', '恢复')} footer={null} onCancel={() => setAddress({ restore: undefined })}><Trouble problem={restored.error} /></Dialog>}
    </>
  );
}
