/* Settings > Organisation: what holds for everybody. */
import { Alert, Button, Checkbox, Form, Input, InputNumber, Radio, Select, Switch } from 'antd';
import { useEffect, useRef, useState, type ReactNode } from 'react';
import { api, ifMatch, useChange, useGet, useList, type Schema } from '../../lib/api';
import { isStale } from '../../lib/problem';
import { readers, roleNames, useMay, useMayChange, type Role } from '../../lib/session';
import { Ago } from '../../lib/time';
import { useSay } from '../../lib/words';
import { LinkButton } from '../../parts/link';
import { Page, Sheet, SheetSkeleton } from '../../parts/page';
import { Unsaved } from '../../parts/panel';
import { SaveTrouble, Trouble, useTell } from '../../parts/trouble';

type Stored = Schema<'Settings'>;
type Settings = Omit<Stored, 'proposal'>;

/* What lets one person do more; a second administrator may have to confirm it, so it is saved by itself. */
const guards: (keyof Settings)[] = ['release_threshold', 'policy_second_person', 'policy_threshold'];

const same = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);
const only = (changes: Partial<Settings>, wanted: (name: keyof Settings) => boolean): Partial<Settings> =>
  Object.fromEntries(Object.entries(changes).filter(([name]) => wanted(name as keyof Settings)));

function Waiting() {
  const say = useSay();
  const found = useList('/api/v1/policy/proposals', { params: { query: { state: 'open' } } });
  return found.items.filter((one) => one.subject === 'settings').map((one) => (
    <Alert
      key={one.id} type="warning" showIcon style={{ marginBottom: 16 }}
      title={say('A change of the rules for two people waits for a second administrator', '双人规则的变更等待另一位管理员确认')}
      description={<>{say(`Proposed by ${one.created_by}. Nothing is changed before it is confirmed; it ends `, `由 ${one.created_by} 提出，确认前不会生效；失效时间：`)}<Ago ms={one.expires_ms} />{say('.', '。')}</>}
      action={<LinkButton size="small" type={one.may_decide ? 'primary' : 'default'} to={`/console/terminals/registration?proposal=${one.id}`}>{say('Look at it', '查看')}</LinkButton>}
    />
  ));
}

/* A setting with what it does. */
function One({ label, about, children, at }: { label: string; about: ReactNode; children: ReactNode; at: string }) {
  return <Form.Item label={label} htmlFor={at} extra={about} style={{ maxWidth: 720 }}>{children}</Form.Item>;
}

export default function SettingsPage() {
  const say = useSay();
  const tell = useTell();
  const may = useMayChange();
  const owner = useMay('owner');
  const sees = useMay(...readers);
  const settings = useGet('/api/v1/settings');
  // What an edit began from: what somebody else saves meanwhile is not written over unseen.
  const [from, setFrom] = useState<Stored>();
  const [changes, setChanges] = useState<Partial<Settings>>({});
  const [late, setLate] = useState(false);
  const unsaved = useRef(false);
  const top = useRef<HTMLDivElement>(null);
  const base = from ?? settings.data;
  const names = Object.keys(changes) as (keyof Settings)[];
  unsaved.current = names.length > 0;
  const save = useChange(async () => {
    const put = async (body: Partial<Settings>, read: Stored) => (await api.PUT('/api/v1/settings', { body, headers: ifMatch(read) }));
    const others = only(changes, (name) => !guards.includes(name));
    const rules = only(changes, (name) => guards.includes(name));
    let answer = Object.keys(others).length ? await put(others, base!) : undefined;
    if (answer) setChanges(rules);
    if (Object.keys(rules).length) answer = await put(rules, answer ? await fresh() : base!);
    return answer!;
  });
  async function fresh() { return (await settings.refetch()).data!; }
  useEffect(() => { if (save.error) top.current?.focus(); }, [save.error]);
  const set = (change: Partial<Settings>) => {
    const next = { ...changes, ...change };
    for (const name of Object.keys(change) as (keyof Settings)[]) if (same(next[name], base?.[name])) delete next[name];
    if (!from) setFrom(base);
    setChanges(next);
    if (Object.keys(next).length === 0) setFrom(undefined);
  };
  const discard = () => { save.reset(); setChanges({}); setFrom(undefined); setLate(false); };
  const keep = async () => {
    let done: Stored;
    try {
      done = await save.mutateAsync(undefined as never) as Stored;
    } catch { return; }
    discard();
    if (done.proposal) tell.done(say('Proposed. It holds when a second administrator confirms it.', '已提交，另一位管理员确认后生效。'));
    else tell.done(say('Saved', '已保存'));
  };
  /* What was typed stays; what it is held against is what is stored now. */
  const loadAgain = async () => { const now = await fresh(); save.reset(); setFrom(now); setLate(true); };
  const shown: Settings | undefined = base && { ...base, ...changes };
  const another = say('Only an owner may change this.', '仅所有者可以更改。');
  const number = (name: 'release_threshold' | 'policy_threshold' | 'silent_hours', max: number, suffix: string, able: boolean) => (
    <InputNumber id={name} min={0} max={max} precision={0} suffix={suffix} style={{ width: 180 }} disabled={!able} value={shown![name]} onChange={(value) => value !== null && set({ [name]: value })} />
  );
  return (
    <Page
      title={say('Organisation', '组织设置')} about={say('What holds for the whole organisation.', '对整个组织生效的设置。')}
      deeds={may && names.length > 0 && (
        <>
          <Button onClick={discard}>{say('Discard', '放弃更改')}</Button>
          <Button type="primary" disabled={isStale(save.error)} loading={save.isPending} onClick={() => void keep()}>{say('Save', '保存')}</Button>
        </>
      )}
    >
      <Unsaved dirty={() => unsaved.current} />
      {sees && <Waiting />}
      <Trouble problem={settings.error} again={() => void settings.refetch()} />
      <div ref={top} tabIndex={-1} style={{ outline: 'none' }}>
        <SaveTrouble problem={save.error} load={() => void loadAgain()} />
        {late && !save.error && <Alert type="info" showIcon style={{ marginBottom: 16 }} title={say('The present settings are loaded, and your changes are kept. Look at them and save.', '已加载最新设置并保留您的更改，请核对后保存。')} />}
      </div>
      {!shown ? <SheetSkeleton rows={10} /> : (
        <Form layout="vertical" component="div">
          <Sheet title={say('Organisation', '组织')}>
            <One at="organisation_name" label={say('Name', '名称')} about={say('As people read it where they sign in and in prompts on their devices. Empty: none is shown.', '显示在登录页面和设备提示中。留空则不显示。')}>
              <Input id="organisation_name" maxLength={60} disabled={!may} style={{ maxWidth: 420 }} value={shown.organisation_name} onChange={(event) => set({ organisation_name: event.target.value })} />
            </One>
            <One at="language" label={say('Language in DingTalk', '钉钉中使用的语言')} about={say('In which Holdfast writes forms, remarks and messages there. The console and devices follow whoever reads them.', '写入钉钉审批单、备注和消息时使用的语言。控制台和设备以使用者的语言为准。')}>
              <Radio.Group id="language" disabled={!may} value={shown.language} onChange={(event) => set({ language: event.target.value })} options={[{ value: 'zh', label: <span lang="zh-CN">中文</span> }, { value: 'en', label: <span lang="en">English</span> }]} />
            </One>
          </Sheet>
          <Sheet title={say('Confirmed by a second person', '双人确认')}>
            {may && !owner && <p className="dim">{another}</p>}
            <One at="policy_second_person" label={say('A second administrator confirms what weakens protection', '削弱防护的变更须另一位管理员确认')}
              about={say('Switching the mode down, exempting many people, or leaving many devices uncovered then waits until somebody else agrees. Easing this rule has to be confirmed too.', '降低防护模式、豁免较多人员或使较多设备失去覆盖时，须由他人同意后才生效。放宽本规则同样需要确认。')}>
              <Switch id="policy_second_person" disabled={!owner} checked={shown.policy_second_person === 'weakening'} onChange={(on) => set({ policy_second_person: on ? 'weakening' : 'off' })} />
            </One>
            {shown.policy_second_person === 'weakening' && (
              <One at="policy_threshold" label={say('Exempted without a second one, in 24 hours', '24 小时内无需确认的数量')} about={say('So many people put on the whitelist, or devices no longer covered, are one administrator’s to decide. Above that somebody else confirms.', '加入白名单的人员或失去覆盖的设备在此数量以内由一人决定，超出则须另一人确认。')}>
                {number('policy_threshold', 10000, say('people or devices', '人或台'), owner)}
              </One>
            )}
            <One at="release_threshold" label={say('Devices released without confirmation', '放行无需确认的数量')} about={say('A release of more devices than that waits until another administrator confirms it.', '一次放行的设备超过此数量时，须另一位管理员确认。')}>
              {number('release_threshold', 10000, say('devices', '台'), owner)}
            </One>
          </Sheet>
          <Sheet title={say('Silent devices', '失联设备')}>
            <One at="silent_hours" label={say('Alarm after', '告警时限')} about={say('A covered device that did not say goodbye and is not heard for so long raises an alarm. 0: never.', '在策略生效范围内、未正常告别的设备失联超过该时长即产生告警。0 表示不告警。')}>
              {number('silent_hours', 720, say('hours', '小时'), may)}
            </One>
          </Sheet>
          <Sheet title={say('Second factor', '二次验证')}>
            {may && !owner && <p className="dim">{another}</p>}
            <One at="totp_roles" label={say('Roles that must have one', '必须启用的角色')} about={say('Who has such a role and no second factor can do nothing but set one up, also in sessions that run. API tokens that were made before go on.', '这些角色的账号在启用二次验证之前无法进行其他操作，已登录的会话同样如此。此前创建的 API 令牌不受影响。')}>
              <Checkbox.Group disabled={!owner} value={shown.totp_roles} onChange={(roles) => set({ totp_roles: (Object.keys(roleNames) as Role[]).filter((role) => roles.includes(role)) })}
                options={(Object.keys(roleNames) as Role[]).map((role) => ({ value: role, label: say(roleNames[role]) }))} />
            </One>
          </Sheet>
          <Sheet title="Webhooks">
            <One at="webhook_networks" label={say('Networks inside that they may reach', '允许访问的内部网络')} about={say('Webhooks go to the public internet only. Name networks of yours here, as 10.20.0.0/16 or one address, to let them in there, by http too.', 'Webhook 默认只能访问公网。在此填写内部网络（如 10.20.0.0/16 或单个地址）后可访问该网络，也可使用 http。')}>
              <Select id="webhook_networks" mode="tags" open={false} suffixIcon={null} disabled={!may} style={{ maxWidth: 520 }} tokenSeparators={[' ', ',', '，', '\n']} maxCount={32} value={shown.webhook_networks}
                onChange={(networks: string[]) => set({ webhook_networks: networks.map((one) => one.trim()).filter(Boolean) })} placeholder="10.20.0.0/16" />
            </One>
          </Sheet>
        </Form>
      )}
    </Page>
  );
}
