/* Changes that two people make: what waits for a second administrator, what it would do, and what became of the others. */
import { Alert, App, Button, Tag } from 'antd';
import { useState } from 'react';
import { Link } from 'react-router';
import { api, ifMatch, useChange, useGet, useList, type Schema } from '../../lib/api';
import { useAddress } from '../../lib/address';
import { useMayChange, useMe } from '../../lib/session';
import { Ago, When } from '../../lib/time';
import { useSay, type Say, type Text } from '../../lib/words';
import { Facts } from '../../parts/facts';
import { List, type Column } from '../../parts/list';
import { SheetSkeleton } from '../../parts/page';
import { Panel } from '../../parts/panel';
import { ReasonDialog } from '../../parts/reason';
import { State } from '../../parts/states';
import { Trouble, useTell } from '../../parts/trouble';
import { Ahead, CoveredBy } from './ahead';
import { Changes } from './changes';
import { fields, groupAt, people, whys } from './words';

type Summary = Schema<'PolicyProposalSummary'>;
type Proposal = Schema<'PolicyProposal'>;

export const proposalStates: Record<Summary['state'], readonly [Text, 'default' | 'processing' | 'success' | 'warning' | 'error']> = {
  open: [['Waits for a second administrator', '等待第二位管理员'], 'processing'],
  confirmed: [['Confirmed', '已确认'], 'success'],
  refused: [['Refused', '已拒绝'], 'error'],
  withdrawn: [['Withdrawn', '已撤回'], 'default'],
  expired: [['Expired', '已过期'], 'default'],
  stale: [['Overtaken by another change', '已被其他变更取代'], 'default'],
};

const subjects: Record<Summary['subject'], Text> = { policy: ['The policy', '防卸载策略'], 'user-group': ['A user group', '用户组'], settings: ['Settings', '组织设置'] };
const settings: Record<keyof NonNullable<Proposal['settings']>, Text> = {
  policy_second_person: ['A second administrator confirms what weakens the policy', '削弱策略的变更需第二位管理员确认'],
  policy_threshold: ['People or devices that one person may exempt in 24 hours', '单人 24 小时内可豁免的人员或设备数'],
  release_threshold: ['Devices that one person may release in 24 hours', '单人 24 小时内可放行的设备数'],
};

const about = (one: Summary, say: Say) => (one.subject === 'policy' && one.changed.length > 0 ? one.changed.map((field) => say(fields[field])).join(say(', ', '、')) : say(subjects[one.subject]));

function Body({ one }: { one: Proposal }) {
  const say = useSay();
  const g = one.group_preview;
  return (
    <div className="stack">
      <Facts facts={[
        [say('State', '状态'), <State of={one.state} in={proposalStates} />],
        [say('What', '内容'), one.user_group && one.group ? <Link to={groupAt(one.user_group)}>{one.group.name}</Link> : say(subjects[one.subject])],
        [say('Proposed by', '提交人'), <>{one.created_by}{say(', ', '，')}<Ago ms={one.created_ms} /></>],
        [say('Why two people', '需双人确认的原因'), one.second_person.map((why) => say(whys[why])).join(say('; ', '；'))],
        one.state === 'open' && [say('Until', '截止时间'), <When ms={one.expires_ms} />],
        one.restored_from !== null && [say('Restores', '恢复自'), say(`version ${one.restored_from}`, `版本 ${one.restored_from}`)],
        one.ended && [say('Ended by', '处理人'), <>{one.ended.by}, <When ms={one.ended.at_ms} /></>],
        one.ended?.comment && [say('Comment', '备注'), <span style={{ whiteSpace: 'pre-wrap' }}>{one.ended.comment}</span>],
        one.version && [say('Saved as', '保存为'), say(`version ${one.version}`, `版本 ${one.version}`)],
      ].filter(Boolean) as [string, React.ReactNode][]} />
      {one.obstacle && <Alert type="error" showIcon title={say('It could not be saved now, whoever confirms it', '目前无法保存，无论由谁确认')} description={one.obstacle} />}
      {one.subject === 'policy' && <><h2 className="part-title">{say('What differs', '修改内容')}</h2><Changes changes={one.changes} /></>}
      {one.preview && <><h2 className="part-title">{say('What it would change now', '目前的影响')}</h2><Ahead preview={{ ...one.preview, second_person: [] }} without="changes" /></>}
      {g && (
        <>
          <h2 className="part-title">{say('What it would change now', '目前的影响')}</h2>
          <div className="dim">{say(`The group would have ${people(g.people, say)}: ${g.joined.count} join, ${g.left.count} leave it.`, `用户组将有 ${people(g.people, say)}：加入 ${g.joined.count} 人，移出 ${g.left.count} 人。`)}</div>
          <CoveredBy covered={g.covered} />
        </>
      )}
      {one.settings && (
        <Facts facts={(Object.keys(settings) as (keyof typeof settings)[]).map((name) => [say(settings[name]), one.settings_now && one.settings_now[name] !== one.settings![name]
          ? <><del>{word(one.settings_now[name], say)}</del> → <ins>{word(one.settings![name], say)}</ins></> : word(one.settings![name], say)])} />
      )}
    </div>
  );
}

const word = (value: string | number, say: Say) => (value === 'off' ? say('No', '否') : value === 'weakening' ? say('Yes', '是') : String(value));

function Deeds({ one, done }: { one: Proposal; done: () => void }) {
  const say = useSay();
  const tell = useTell();
  const { modal } = App.useApp();
  const me = useMe();
  const [refusing, refuse] = useState(false);
  const [problem, setProblem] = useState<unknown>();
  const at = { params: { path: { id: one.id }, header: ifMatch(one) } };
  const confirm = useChange(() => api.POST('/api/v1/policy/proposals/{id}/confirm', at));
  const withdraw = useChange(() => api.POST('/api/v1/policy/proposals/{id}/withdraw', at));
  const no = useChange((comment: string) => api.POST('/api/v1/policy/proposals/{id}/refuse', { ...at, body: { comment } }));
  const run = async (deed: () => Promise<unknown>, text: string) => {
    setProblem(undefined);
    try { await deed(); tell.done(text); done(); } catch (e) { setProblem(e); }
  };
  if (one.state !== 'open') return null;
  const mine = !one.may_decide && me.account?.name === one.created_by;
  return (
    <div className="stack">
      <Trouble problem={problem} />
      <div className="row" style={{ justifyContent: 'flex-end' }}>
        {!one.may_decide && <span className="dim" style={{ flex: 1 }}>{mine ? say('Somebody else has to confirm it.', '需要由其他管理员确认。') : say('You cannot decide about this.', '您不能处理此变更。')}</span>}
        {mine && <Button loading={withdraw.isPending} onClick={() => void run(() => withdraw.mutateAsync(undefined), say('It is withdrawn.', '已撤回。'))}>{say('Withdraw', '撤回')}</Button>}
        {one.may_decide && <Button onClick={() => refuse(true)}>{say('Refuse', '拒绝')}</Button>}
        {one.may_decide && <Button type="primary" disabled={one.obstacle !== null} loading={confirm.isPending} onClick={() => void modal.confirm({
          title: say('Confirm this change?', '确认此变更？'), content: say('It holds at once. The record names you beside who proposed it.', '确认后立即生效；审计记录中会同时记录您和提交人。'),
          okText: say('Confirm', '确认'), cancelText: say('Cancel', '取消'), onOk: () => run(() => confirm.mutateAsync(undefined), say('The change holds now.', '变更已生效。')),
        })}>{say('Confirm', '确认')}</Button>}
      </div>
      <ReasonDialog open={refusing} title={say('Refuse this change', '拒绝此变更')} label={say('Comment for who made it', '给提交人的备注')} deed={say('Refuse', '拒绝')} danger close={() => refuse(false)}
        run={async (comment) => { await no.mutateAsync(comment); tell.done(say('It is refused.', '已拒绝。')); done(); }} />
    </div>
  );
}

/* ?proposal=ID */
export function ProposalPanel() {
  const say = useSay();
  const may = useMayChange();
  const [address, setAddress] = useAddress(['proposal'] as const);
  const id = address.proposal;
  const found = useGet('/api/v1/policy/proposals/{id}', { params: { path: { id: id ?? '' } } }, { enabled: Boolean(id) });
  const close = () => setAddress({ proposal: undefined });
  return (
    <Panel open={Boolean(id)} title={say('A change that two people make', '双人确认的变更')} close={close} footer={may && found.data?.state === 'open' ? <Deeds one={found.data} done={close} /> : undefined}>
      {found.error ? <Trouble problem={found.error} again={() => void found.refetch()} /> : found.data ? <Body one={found.data} /> : <SheetSkeleton rows={8} />}
    </Panel>
  );
}

/* What waits, at the top of the page. */
export function Waiting() {
  const say = useSay();
  const [, setAddress] = useAddress(['proposal'] as const);
  const found = useList('/api/v1/policy/proposals', { params: { query: { state: 'open' } } });
  return (
    <>
      {found.items.map((one) => (
        <Alert key={one.id} type="warning" showIcon style={{ marginBottom: 16 }}
          title={one.may_decide ? say('A change waits for you to confirm it', '有一项变更等待您确认') : say('A change waits for a second administrator', '有一项变更等待第二位管理员确认')}
          description={<>{about(one, say)} · {say(`proposed by ${one.created_by}`, `由 ${one.created_by} 提交`)}{say(', ', '，')}<Ago ms={one.created_ms} /></>}
          action={<Button size="small" type={one.may_decide ? 'primary' : 'default'} onClick={() => setAddress({ proposal: one.id })}>{say('Look at it', '查看')}</Button>} />
      ))}
    </>
  );
}

export function Proposals() {
  const say = useSay();
  const [, setAddress] = useAddress(['proposal'] as const);
  const found = useList('/api/v1/policy/proposals');
  const columns: Column<Summary>[] = [
    { title: say('What', '内容'), narrow: 'head', render: (_, one) => <Button type="link" style={{ padding: 0, height: 'auto', whiteSpace: 'normal', textAlign: 'start' }} onClick={() => setAddress({ proposal: one.id })}>{about(one, say)}</Button> },
    { title: say('State', '状态'), narrow: 'head', width: 220, render: (_, one) => <State of={one.state} in={proposalStates} /> },
    { title: say('Proposed by', '提交人'), width: 160, dataIndex: 'created_by' },
    { title: say('Proposed', '提交时间'), width: 140, render: (_, one) => <When ms={one.created_ms} /> },
    { title: say('Ended by', '处理人'), width: 160, render: (_, one) => one.ended?.by || '–' },
    { title: say('Version', '版本'), width: 90, className: 'numeric', render: (_, one) => (one.version ? <Tag>{one.version}</Tag> : '–') },
  ];
  return <List found={found} columns={columns} name={say('Changes that two people make', '双人确认的变更')} open={(one) => setAddress({ proposal: one.id })}
    empty={<>{say('No change had to be confirmed by a second administrator. Whether weakening changes need one is in ', '尚无需要第二位管理员确认的变更。是否启用双人确认可在')}<Link to="/console/settings">{say('the settings', '组织设置')}</Link>{say('.', '中设置。')}</>} />;
}
