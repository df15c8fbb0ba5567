/* The present policy in a sentence. */
import { Alert, Button } from 'antd';
import { Link } from 'react-router';
import { useGet } from '../../lib/api';
import { useMayChange } from '../../lib/session';
import { useWords } from '../../lib/words';
import { Ago } from '../../lib/time';
import { SheetSkeleton } from '../../parts/page';
import { Trouble } from '../../parts/trouble';
import { useSees } from './sees';
import { draftOf, usePreview } from './draft';
import { devices, people, workflowsAt, type Draft } from './words';

const nothing: Draft = { mode: 'off', anti_logoff: false, scope: { everyone: false, groups: [] }, whitelist: [], filing: { allowed: false }, contact: '', packages: [], pending_days: 1, grant_hours: 0,
  prompt: { zh: { title: '', content: '', primary: '', secondary: '' }, en: { title: '', content: '', primary: '', secondary: '' } } };

export function Summary({ open }: { open: () => void }) {
  const { say } = useWords();
  const may = useMayChange();
  const sees = useSees();
  const policy = useGet('/api/v1/policy');
  // A preview of what is there already counts whom it covers.
  const counted = usePreview(policy.data ? draftOf(policy.data) : nothing, may && policy.data !== undefined);
  const versions = useGet('/api/v1/policy/versions', undefined, { enabled: sees });
  const p = policy.data;
  const workflow = useGet('/api/v1/workflows/{id}', { params: { path: { id: p?.filing.workflow ?? '' } } }, { enabled: Boolean(p?.filing.workflow) });
  const second = useGet('/api/v1/workflows/{id}', { params: { path: { id: p?.filing.builtin_workflow ?? '' } } }, { enabled: Boolean(p?.filing.builtin_workflow) });
  if (policy.error && !p) return <Trouble problem={policy.error} again={() => void policy.refetch()} />;
  if (!p) return <SheetSkeleton rows={2} />;
  const covered = counted.data?.covered;
  const newest = versions.data?.items[0];
  const whom = covered
    ? say(`${people(covered.people.after, say)} and ${devices(covered.devices.after, say)}`, `${people(covered.people.after, say)}、${devices(covered.devices.after, say)}`)
    : p.scope.everyone ? say('everybody', '全部用户') : say(`the members of ${p.scope.groups.length} user ${p.scope.groups.length === 1 ? 'group' : 'groups'}`, `${p.scope.groups.length} 个用户组的成员`);
  const rule = p.mode === 'off' ? say('Anti-uninstallation is off: anybody can uninstall the client.', '客户端防卸载已关闭：任何人都可以卸载客户端。')
    : p.mode === 'audit' ? say(`Uninstalling is reported, and not refused, for ${whom}.`, `对 ${whom}：卸载会上报，但不阻止。`)
      : say(`Uninstalling is blocked for ${whom}.`, `对 ${whom}：卸载会被阻止。`);
  const named = (name: string | undefined, id: string) => <Link to={`${workflowsAt}?edit=${id}`}>{name ?? '…'}</Link>;
  return (
    <div className="policy-line">
      <span className={`light ${p.mode === 'block' ? 'on' : p.mode === 'audit' ? 'warn' : 'bad'}`} aria-hidden="true" />
      <div className="stack" style={{ gap: 4, flex: 1 }}>
        <div className="policy-rule">
          <b>{rule}</b>{' '}
          {p.mode !== 'off' && (p.filing.allowed
            ? p.filing.workflow
              ? <>{say('Requests are filed under ', '报备使用审批流程“')}{named(workflow.data?.name, p.filing.workflow)}{p.filing.builtin_workflow ? <>{say(', and under ', '”，不适用的人员使用“')}{named(second.data?.name, p.filing.builtin_workflow)}{say(' for those whom it cannot serve.', '”。')}</> : say('.', '”。')}</>
              : p.filing.builtin_workflow ? <>{say('Requests are filed under ', '报备使用审批流程“')}{named(second.data?.name, p.filing.builtin_workflow)}{say('.', '”。')}</> : say('No workflow is chosen: nobody can file.', '未选择审批流程，无法报备。')
            : say('Nobody may file a request.', '不允许提交报备。'))}
        </div>
        <div className="dim">
          {p.version === 0 ? say('Nobody has saved a policy yet.', '尚未保存过策略。')
            : newest ? <>{say(`Version ${p.version}, saved by ${newest.saved_by}`, `版本 ${p.version}，由 ${newest.saved_by} 保存`)}{newest.confirmed_by && say(`, confirmed by ${newest.confirmed_by}`, `，由 ${newest.confirmed_by} 确认`)}{say(', ', '，')}<Ago ms={newest.created_ms} /></>
              : say(`Version ${p.version}`, `版本 ${p.version}`)}
          {p.whitelist.length > 0 && say(` · ${people(p.whitelist.length, say)} on the whitelist`, ` · 白名单 ${people(p.whitelist.length, say)}`)}
        </div>
        {counted.data && counted.data.warnings.length > 0 && p.mode !== 'off' && counted.data.warnings.some((one) => one.code !== 'everybody-covered') && (
          <Alert type="warning" showIcon title={say('Something about the policy needs a look.', '策略中有需要关注的内容。')} action={may && <Button size="small" onClick={open}>{say('Show', '查看')}</Button>} />
        )}
      </div>
    </div>
  );
}
