/* Who decides in Holdfast itself: levels of accounts. */
import { PlusOutlined } from '@ant-design/icons';
import { Button, Input, InputNumber, Radio } from 'antd';
import { useMay } from '../../lib/session';
import { useSay } from '../../lib/words';
import { AccountPicker } from '../../parts/pickers';
import { limits, mayDecide, modeNames, newLevel, type Account, type Draft, type Level } from './draft';
import { Field } from './field';
import { moveByKey, moved, RowDeeds } from './mapping';

export type Names = Record<string, string>;
export const namesOf = (accounts: Account[] | undefined): Names => Object.fromEntries((accounts ?? []).map((one) => [one.id, one.name]));

export function LevelFields({ at, level, set, names }: { at: string; level: Level; set: (changes: Partial<Level>) => void; names: Names }) {
  const say = useSay();
  return (
    <>
      <div className="pair">
        <Field at={`${at}.name`} label={say('Name', '名称')} about={say('What people call it; its number, when empty.', '便于识别的名称，留空则显示级别序号。')}>
          <Input value={level.name} onChange={(event) => set({ name: event.target.value })} maxLength={200} />
        </Field>
        <Field at={`${at}.mode`} label={say('Passes when', '通过条件')}>
          <Radio.Group value={level.mode} onChange={(event) => set({ mode: event.target.value })} options={(['any', 'all'] as const).map((value) => ({ value, label: say(modeNames[value]) }))} />
        </Field>
      </div>
      <Field at={`${at}.approvers`} label={say('Approvers', '审批人')} required about={say(`1 to ${limits.approvers} accounts. Nobody decides their own request.`, `1 至 ${limits.approvers} 个账号。任何人不得审批自己的申请。`)}>
        <AccountPicker many value={level.approvers} known={names} only={mayDecide as never} maxCount={limits.approvers} onChange={(approvers: string[]) => set({ approvers })} />
      </Field>
    </>
  );
}

export function Invite() {
  const say = useSay();
  const owner = useMay('owner');
  return (
    <p className="dim" style={{ marginTop: 0 }}>
      {say('Approvers are accounts of Holdfast; auditors and disabled accounts are not offered. ', '审批人是 Holdfast 的账号，审计员和已停用的账号不可选。')}
      {owner ? <a href="/console/settings/accounts?panel=create" target="_blank" rel="noreferrer" style={{ textDecoration: 'underline' }}>{say('Invite somebody who is missing', '邀请缺少的人员')}</a>
        : say('An owner can invite who is missing.', '缺少的人员可由所有者邀请。')}
    </p>
  );
}

export function Levels({ draft, set, names }: { draft: Draft; set: (changes: Partial<Draft>) => void; names: Names }) {
  const say = useSay();
  const { levels } = draft;
  const change = (key: number, changes: Partial<Level>) => set({ levels: levels.map((one) => (one.key === key ? { ...one, ...changes } : one)) });
  return (
    <>
      <Invite />
      <div className="stack">
        {levels.map((level, i) => {
          const title = say(`Level ${i + 1}`, `第 ${i + 1} 级`);
          const move = (by: -1 | 1) => set({ levels: moved(levels, i, by) });
          return (
            <section className="soft" key={level.key} aria-label={title} onKeyDown={moveByKey(move, i, levels.length)}>
              <div className="row" style={{ justifyContent: 'space-between', marginBottom: 8 }}>
                <h3 className="soft-title" style={{ margin: 0 }}>{title}</h3>
                <RowDeeds name={title} at={i} count={levels.length} move={move} remove={() => set({ levels: levels.filter((one) => one !== level) })} />
              </div>
              <LevelFields at={`levels.${level.key}`} level={level} set={(changes) => change(level.key, changes)} names={names} />
            </section>
          );
        })}
      </div>
      {levels.length < limits.levels && <Button type="dashed" block icon={<PlusOutlined aria-hidden />} style={{ margin: '12px 0 16px' }} onClick={() => set({ levels: [...levels, newLevel()] })}>{say('Add a level', '添加级别')}</Button>}
      <Field at="fallback" label={say('Fallback approver', '后备审批人')} about={say('Asked in a level that has nobody left who can decide. Without one the administrators are.', '某一级无人可以审批时由其审批；未设置则转给管理员。')}>
        <AccountPicker value={draft.fallback} known={names} only={mayDecide as never} onChange={(fallback: string | undefined) => set({ fallback })} />
      </Field>
      <div className="pair">
        <Field at="remind_hours" label={say('Remind after (hours)', '多少小时后提醒')} about={say('Then daily. 0: never.', '此后每天一次。0 表示不提醒。')}>
          <InputNumber value={draft.remind_hours} onChange={(remind_hours) => set({ remind_hours })} style={{ width: '100%' }} />
        </Field>
        <Field at="reminders" label={say('Reminders in a level, at most', '每级最多提醒次数')}>
          <InputNumber value={draft.reminders} onChange={(reminders) => set({ reminders })} style={{ width: '100%' }} />
        </Field>
      </div>
      <div className="pair">
        <Field at="escalate_hours" label={say('Escalate after (hours)', '多少小时后升级')} about={say('Somebody else may then answer for the level too. 0: never.', '此后其他人也可以代为审批该级。0 表示不升级。')}>
          <InputNumber value={draft.escalate_hours} onChange={(escalate_hours) => set({ escalate_hours })} style={{ width: '100%' }} />
        </Field>
        <Field at="escalate_to" label={say('Escalate to', '升级给')} about={say('Nobody named: the administrators.', '未选择则为管理员。')}>
          <AccountPicker many value={draft.escalate_to} known={names} only={mayDecide as never} maxCount={limits.approvers} onChange={(escalate_to: string[]) => set({ escalate_to })} />
        </Field>
      </div>
    </>
  );
}
