/* Who saved which version of a workflow, and what differed from the one before. */
import { Collapse, Table } from 'antd';
import { useGet } from '../../lib/api';
import { When } from '../../lib/time';
import { useSay, type Say } from '../../lib/words';
import { SheetSkeleton } from '../../parts/page';
import { Trouble } from '../../parts/trouble';
import { modeNames, systemNames, type Content } from './draft';
import { namesOf, type Names } from './levels';

type Fact = { id: string; what: string; value: string };

/* What a version says, one fact a line: two versions differ in the lines that they do not share. */
function factsOf(content: Content, accounts: Names, groups: Names, say: Say): Fact[] {
  const named = (ids: string[], names: Names) => ids.map((id) => names[id] ?? say('(no longer there)', '（已不存在）')).join(', ');
  const facts: Fact[] = [];
  const put = (id: string, what: string, value: string) => facts.push({ id, what, value });
  content.forms.forEach((form, i) => {
    const final = i === content.forms.length - 1;
    const title = `${say('Form', '表单')} ${form.process_code}`;
    put(form.process_code, `${title}: ${say('place', '顺序')}`, String(i + 1));
    put(`${form.process_code} groups`, `${title}: ${say('for', '适用于')}`, final ? say('everybody else', '其余所有人') : named(form.groups, groups));
    for (const field of form.fields) put(`${form.process_code} ${field.system}`, `${title}: ${say(systemNames[field.system])}`, field.component);
  });
  const level = (id: string, title: string, one: NonNullable<Content['approval']>['levels'][number]) => {
    put(id, `${title}: ${say('approvers', '审批人')}`, named(one.approvers, accounts));
    put(`${id} mode`, `${title}: ${say('passes when', '通过条件')}`, say(modeNames[one.mode]));
    if (one.name) put(`${id} name`, `${title}: ${say('name', '名称')}`, one.name);
  };
  const { fallback, approval } = content;
  if (fallback) {
    put('beside', say('Beside DingTalk: after minutes', '钉钉之外的后备：等待分钟数'), String(fallback.after_minutes));
    level('beside level', say('Beside DingTalk', '钉钉之外的后备'), fallback.level);
  }
  if (approval) {
    approval.levels.forEach((one, i) => level(`level ${i}`, say(`Level ${i + 1}`, `第 ${i + 1} 级`), one));
    put('fallback', say('Fallback approver', '后备审批人'), approval.fallback ? named([approval.fallback], accounts) : say('the administrators', '管理员'));
    put('remind', say('Remind after (hours)', '多少小时后提醒'), String(approval.remind_hours));
    put('reminders', say('Reminders in a level, at most', '每级最多提醒次数'), String(approval.reminders));
    put('escalate', say('Escalate after (hours)', '多少小时后升级'), String(approval.escalate_hours));
    put('escalate to', say('Escalate to', '升级给'), approval.escalate_to.length > 0 ? named(approval.escalate_to, accounts) : say('the administrators', '管理员'));
  }
  return facts;
}

const useVersion = (id: string, version: number) =>
  useGet('/api/v1/workflows/{id}/versions/{version}', { params: { path: { id, version: String(version) } } } as never, { enabled: version > 0 });

function Version({ id, version }: { id: string; version: number }) {
  const say = useSay();
  const now = useVersion(id, version);
  const before = useVersion(id, version - 1);
  const accounts = useGet('/api/v1/accounts', { params: { query: { limit: 200 } } });
  const groups = useGet('/api/v1/user-groups', { params: { query: { limit: 200 } } });
  if (now.error || (version > 1 && before.error)) return <Trouble problem={now.error ?? before.error} />;
  if (!now.data || (version > 1 && !before.data) || accounts.isPending || groups.isPending) return <SheetSkeleton rows={3} />;
  const names = namesOf(accounts.data?.items);
  const groupNames = Object.fromEntries((groups.data?.items ?? []).map((one) => [one.id, one.name]));
  const after = factsOf(now.data as Content, names, groupNames, say);
  const was = version > 1 ? factsOf(before.data as Content, names, groupNames, say) : [];
  const value = (facts: Fact[], key: string) => facts.find((one) => one.id === key)?.value ?? '–';
  const rows = [...after, ...was.filter((one) => !after.some((other) => other.id === one.id))]
    .map((one) => ({ key: one.id, what: one.what, was: value(was, one.id), now: value(after, one.id) }))
    .filter((one) => one.was !== one.now);
  return (
    <Table
      size="small" pagination={false} dataSource={rows} locale={{ emptyText: say('Nothing that is named here.', '没有可列出的差异。') }}
      columns={[
        { title: say('What', '项目'), dataIndex: 'what', key: 'what' },
        ...(version > 1 ? [{ title: say('Before', '之前'), dataIndex: 'was', key: 'was' }] : []),
        { title: version > 1 ? say('Since', '之后') : say('Content', '内容'), dataIndex: 'now', key: 'now' },
      ]}
    />
  );
}

export function Versions({ id }: { id: string }) {
  const say = useSay();
  const found = useGet('/api/v1/workflows/{id}/versions', { params: { path: { id } } });
  if (found.error) return <Trouble problem={found.error} again={() => void found.refetch()} />;
  if (!found.data) return <SheetSkeleton rows={4} />;
  const { items } = found.data;
  return (
    <section aria-label={say('Versions', '版本')}>
      <p className="dim" style={{ marginTop: 0 }}>{say('Other forms, levels or times make a new version; a request keeps the one it was filed under. Names, credentials and what happens in DingTalk are not part of it.', '修改表单、级别或时间会产生新版本，申请始终沿用提交时的版本。名称、凭证和钉钉中的处理方式不计入版本。')}</p>
      <Collapse
        key={items[0]?.version} defaultActiveKey={items[0] ? [items[0].version] : []}
        items={items.map((one) => ({
          key: one.version,
          label: <span>{say(`Version ${one.version}`, `版本 ${one.version}`)} <span className="dim">· {one.saved_by} · <When ms={one.created_ms} /></span></span>,
          children: <Version id={id} version={one.version} />,
        }))}
      />
    </section>
  );
}
