/* What each kind of record is called. */
import type { Text } from '../../lib/words';

export const auditKinds: Record<string, Text> = {
};
