/* Words of what only the pages of devices show. */
import type { Schema } from '../../lib/api';
import type { Text } from '../../lib/words';

export const howOwned: Record<Schema<'DeviceDetail'>['owners'][number]['how'], Text> = {
  enrolled: ['enrolled it', '注册'],
  'enrolled-again': ['enrolled it again', '重新注册'],
  switched: ['took it over', '切换用户接管'],
};

export const sessionEnds: Record<string, Text> = {
  'signed-out': ['signed out', '已退出登录'],
  expired: ['the sign-in has expired', '登录已过期'],
  departed: ['the owner has left the organisation', '使用者已离职'],
  cloned: ['it was split from another device', '由另一台设备拆分而来'],
};

/* States of the history beyond those of the list. */
export const pastStates: Record<string, Text> = {
  active: ['In use', '使用中'],
  deleted: ['Deleted', '已删除'],
};
