/*
 * Every page of the console: its address below /console, its name, who may see it, and where its code is, which is
 * loaded when it is first opened. The menu is made of the same table.
 */
import {
  AlertOutlined, ApartmentOutlined, AppstoreOutlined, AuditOutlined, BellOutlined, CloudServerOutlined, DashboardOutlined,
  DeleteOutlined, DesktopOutlined, DingdingOutlined, FileProtectOutlined, FormOutlined, IdcardOutlined, KeyOutlined,
  NodeIndexOutlined, ApiOutlined, QrcodeOutlined, SafetyCertificateOutlined, SendOutlined, SettingOutlined, SwapOutlined, TeamOutlined, UnlockOutlined,
  UserOutlined,
} from '@ant-design/icons';
import type { ComponentType, ReactNode } from 'react';
import { changers, readers, type Role } from './lib/session';
import type { Text } from './lib/words';

export interface Place {
  path: string;
  title: Text;
  page: () => Promise<{ default: ComponentType }>;
  roles?: Role[]; // all, when absent
  icon?: ReactNode; // in the menu when there is one
}

export interface Area {
  title: Text;
  icon: ReactNode;
  places: Place[];
}

const all: Role[] = ['owner', 'security-admin', 'approver', 'auditor'];

export const overview: Place = { path: '', title: ['Overview', '概览'], icon: <DashboardOutlined aria-hidden />, page: () => import('./pages/overview/overview') };

/* Not in the menu: reached from elsewhere. */
export const aside: Place[] = [
  { path: 'start', title: ['Getting started', '快速开始'], roles: changers, page: () => import('./pages/start/start') },
  { path: 'me', title: ['My account', '我的账号'], page: () => import('./pages/me/me') },
];

export const areas: Area[] = [
  {
    title: ['Approval Center', '审批中心'],
    icon: <AuditOutlined aria-hidden />,
    places: [
      { path: 'approval/workflows', title: ['Workflow Management', '审批流程'], icon: <NodeIndexOutlined aria-hidden />, page: () => import('./pages/workflows/workflows') },
      { path: 'approval/instances', title: ['Workflow Instance', '审批实例'], icon: <FormOutlined aria-hidden />, page: () => import('./pages/instances/instances') },
      { path: 'approval/instances/:id', title: ['Request', '申请详情'], page: () => import('./pages/instances/instance') },
      { path: 'approval/releases', title: ['Releases', '放行'], icon: <UnlockOutlined aria-hidden />, roles: readers, page: () => import('./pages/releases/releases') },
      { path: 'approval/releases/:id', title: ['Release', '放行详情'], roles: readers, page: () => import('./pages/releases/release') },
      { path: 'approval/delegations', title: ['Delegations', '审批委托'], icon: <SwapOutlined aria-hidden />, roles: all, page: () => import('./pages/delegations/delegations') },
    ],
  },
  {
    title: ['Terminal Management', '终端管理'],
    icon: <DesktopOutlined aria-hidden />,
    places: [
      { path: 'terminals', title: ['Terminals', '终端列表'], icon: <CloudServerOutlined aria-hidden />, page: () => import('./pages/terminals/terminals') },
      { path: 'terminals/:id', title: ['Terminal', '终端详情'], page: () => import('./pages/terminals/terminal') },
      { path: 'terminals/registration', title: ['Terminal Registration', '终端注册'], icon: <SafetyCertificateOutlined aria-hidden />, page: () => import('./pages/registration/registration') },
      { path: 'terminals/enrolment', title: ['Enrolment Tokens', '注册令牌'], icon: <QrcodeOutlined aria-hidden />, roles: readers, page: () => import('./pages/enrolment/enrolment') },
      { path: 'terminals/alarms', title: ['Alarms', '告警'], icon: <AlertOutlined aria-hidden />, roles: readers, page: () => import('./pages/alarms/alarms') },
    ],
  },
  {
    title: ['Identity', '身份管理'],
    icon: <IdcardOutlined aria-hidden />,
    places: [
      { path: 'identity/sources', title: ['Identity Sources', '身份源'], icon: <ApartmentOutlined aria-hidden />, page: () => import('./pages/sources/sources') },
      { path: 'identity/sources/:id', title: ['Identity Source', '身份源详情'], page: () => import('./pages/sources/source') },
      { path: 'identity/users', title: ['Users', '用户'], icon: <UserOutlined aria-hidden />, page: () => import('./pages/users/users') },
      { path: 'identity/users/:id', title: ['User', '用户详情'], page: () => import('./pages/users/user') },
      { path: 'identity/groups', title: ['User Groups', '用户组'], icon: <TeamOutlined aria-hidden />, page: () => import('./pages/groups/groups') },
      { path: 'identity/groups/:id', title: ['User Group', '用户组详情'], page: () => import('./pages/groups/group') },
    ],
  },
  {
    title: ['Audit', '审计'],
    icon: <FileProtectOutlined aria-hidden />,
    places: [
      { path: 'audit', title: ['Audit Record', '审计记录'], icon: <FileProtectOutlined aria-hidden />, roles: readers, page: () => import('./pages/audit/audit') },
      { path: 'audit/removals', title: ['Removals', '卸载记录'], icon: <DeleteOutlined aria-hidden />, roles: readers, page: () => import('./pages/removals/removals') },
    ],
  },
  {
    title: ['Settings', '设置'],
    icon: <SettingOutlined aria-hidden />,
    places: [
      { path: 'settings', title: ['Organisation', '组织设置'], icon: <AppstoreOutlined aria-hidden />, page: () => import('./pages/settings/settings') },
      { path: 'settings/accounts', title: ['Accounts', '账号与角色'], icon: <UserOutlined aria-hidden />, page: () => import('./pages/accounts/accounts') },
      { path: 'settings/tokens', title: ['API Tokens', 'API 令牌'], icon: <ApiOutlined aria-hidden />, page: () => import('./pages/tokens/tokens') },
      { path: 'settings/dingtalk', title: ['DingTalk Link', '钉钉连接'], icon: <DingdingOutlined aria-hidden />, page: () => import('./pages/dingtalk/dingtalk') },
      { path: 'settings/notifications', title: ['Notification Texts', '通知文案'], icon: <BellOutlined aria-hidden />, roles: readers, page: () => import('./pages/notifications/notifications') },
      { path: 'settings/webhooks', title: ['Webhooks', 'Webhook'], icon: <SendOutlined aria-hidden />, roles: changers, page: () => import('./pages/webhooks/webhooks') },
      { path: 'settings/webhooks/:id', title: ['Webhook', 'Webhook 详情'], roles: changers, page: () => import('./pages/webhooks/webhook') },
      { path: 'settings/keys', title: ['Keys', '密钥'], icon: <KeyOutlined aria-hidden />, roles: readers, page: () => import('./pages/keys/keys') },
    ],
  },
];

export const places: Place[] = [overview, ...aside, ...areas.flatMap((area) => area.places)];
