/* Words of what only the pages of identity sources show. */
import type { Schema } from '../../lib/api';
import type { Text } from '../../lib/words';

export type Source = Schema<'IdentitySource'>;
type Look = readonly [text: Text, colour: 'default' | 'processing' | 'success' | 'warning' | 'error'];

export const sourceTypes: Record<Source['type'], Text> = {
  dingtalk: ['DingTalk', '钉钉'],
  local: ['Local', '本地'],
};

export const syncStates: Record<Source['sync']['state'], Look> = {
  never: [['Not read yet', '尚未读取'], 'default'],
  running: [['Being read', '正在读取'], 'processing'],
  waiting: [['Waits for your word', '等待确认'], 'warning'],
  done: [['Up to date', '已同步'], 'success'],
  failed: [['Could not be read', '读取失败'], 'error'],
  refused: [['Refused', '已拒绝'], 'default'],
};

type Change = Schema<'IdentitySourceChange'>;
export const changeKinds: Record<Change['kind'], Text> = {
  joined: ['Joined', '加入'],
  returned: ['Returned', '返回'],
  left: ['Left', '离开'],
  moved: ['Moved', '调动'],
  renamed: ['Renamed', '更名'],
  changed: ['Changed', '变更'],
};
export const changeStates: Record<Change['state'], Look> = {
  pending: [['Not yet', '待执行'], 'warning'],
  applied: [['Done', '已执行'], 'success'],
  refused: [['Refused', '已拒绝'], 'default'],
};
export const changeSubjects: Record<Change['subject'], Text> = { person: ['Person', '人员'], department: ['Department', '部门'] };

/* Members that a change names. */
export const members: Record<string, Text> = {
  name: ['name', '名称'], title: ['title', '职位'], email: ['email address', '邮箱'], telephone: ['telephone', '电话'], mobile: ['telephone', '电话'],
  departments: ['departments', '部门'], department: ['department', '部门'], parent: ['above it', '上级部门'], departed: ['left', '离职'], gone: ['gone', '已撤销'], main: ['main department', '主部门'],
};
