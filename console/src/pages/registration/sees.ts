/* Versions and changes of the policy name people: they are for those who change it and for auditors, unless limited to departments. */
import { useMay, useMe } from '../../lib/session';

export function useSees() {
  const me = useMe();
  return useMay('owner', 'security-admin', 'auditor') && me.departments.length === 0;
}
