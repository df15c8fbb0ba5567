/* What each role may do, as the server has it in its routes. */
import { CheckOutlined } from '@ant-design/icons';
import { Grid } from 'antd';
import { roleNames, type Role } from '../../lib/session';
import { useSay, type Text } from '../../lib/words';
import { Sheet } from '../../parts/page';

const roles = Object.keys(roleNames) as Role[];

export const roleMeanings: Record<Role, Text> = {
  owner: ['Everything, and alone: accounts, keys, the rules for two people.', '全部权限，并独有账号、密钥和双人规则的管理权。'],
  'security-admin': ['Policy, workflows, identity, releases, settings, and decisions.', '管理策略、流程、身份、放行和设置，并可审批。'],
  approver: ['Decides requests; can be limited to departments.', '审批申请，可限定部门。'],
  auditor: ['Reads and exports everything, changes nothing; can be limited to departments.', '只读与导出，不能更改，可限定部门。'],
};

const deeds: [what: Text, who: Role[]][] = [
  [['See requests, devices, people and the policy', '查看申请、设备、人员和策略'], roles],
  [['Decide requests, name a delegate', '审批申请、委托他人'], ['owner', 'security-admin', 'approver']],
  [['Policy, user groups, workflows, identity sources, DingTalk, webhooks, enrolment tokens', '策略、用户组、审批流程、身份源、钉钉、Webhook、注册令牌'], ['owner', 'security-admin']],
  [['Release devices, reveal offline codes, take grants back', '放行设备、查看离线码、收回批准'], ['owner', 'security-admin']],
  [['Audit record, removals, alarms, keys: read and export', '审计记录、卸载记录、告警、密钥：查看和导出'], ['owner', 'security-admin', 'auditor']],
  [['Accounts, sign-ins and tokens of others', '账号及他人的登录与令牌'], ['owner']],
  [['Who needs a second factor, what two people do, new signing keys', '二次验证要求、双人规则、更换签名密钥'], ['owner']],
];

export function Roles() {
  const say = useSay();
  const narrow = !(Grid.useBreakpoint().md ?? true);
  return (
    <Sheet title={say('What each role may do', '各角色权限')}>
      {narrow ? (
        <ul className="lines">
          {deeds.map(([what, who]) => <li key={what[0]}>{say(what)}<div className="dim small">{who.map((role) => say(roleNames[role])).join(say(', ', '、'))}</div></li>)}
        </ul>
      ) : (
        <table className="list" aria-label={say('What each role may do', '各角色权限')} style={{ border: '1px solid var(--line)', borderRadius: 10 }}>
          <colgroup><col style={{ width: '40%' }} />{roles.map((role) => <col key={role} />)}</colgroup>
          <thead><tr><th scope="col">{say('May', '权限')}</th>{roles.map((role) => <th key={role} scope="col">{say(roleNames[role])}</th>)}</tr></thead>
          <tbody>
            {deeds.map(([what, who]) => (
              <tr key={what[0]}>
                <th scope="row" style={{ position: 'static', background: 'none', fontWeight: 400, borderBottom: '1px solid var(--line)' }}>{say(what)}</th>
                {roles.map((role) => <td key={role}>{who.includes(role) ? <><CheckOutlined style={{ color: 'var(--good)' }} aria-hidden /> <span className="small">{say('yes', '是')}</span></> : <span className="dim small">{say('no', '否')}</span>}</td>)}
              </tr>
            ))}
          </tbody>
        </table>
      )}
      <p className="dim" style={{ marginBottom: 0 }}>{say('An approver or auditor who is limited to departments sees the requests and devices of these and everything below them, and not the audit record. Nobody decides on a request of their own.', '限定部门的审批人或审计员只能查看所选部门及其下级的申请和设备，不能查看审计记录。任何人都不能审批自己的申请。')}</p>
    </Sheet>
  );
}
