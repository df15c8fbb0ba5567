import type { Schema } from '../../lib/api';
import type { Text } from '../../lib/words';

export const grounds: Record<Schema<'Removal'>['ground'], Text> = {
  grant: ['Approved request', '申请获批'],
  release: ['Release', '放行'],
  'offline code': ['Offline code', '离线码'],
  whitelist: ['Whitelist', '白名单'],
  'out of scope': ['Out of scope', '不在生效范围'],
  'audit mode': ['Audit only', '仅审计模式'],
  off: ['Policy off', '策略未启用'],
  'without grant': ['Without grant', '未经批准'],
};

export const removalStates: Record<Schema<'Removal'>['state'], Text> = {
  allowed: ['Let through, not confirmed yet', '已放行，尚未确认'],
  removed: ['Removed', '已卸载'],
  'rolled-back': ['Put back by the package manager', '已被包管理器恢复'],
};
