/*
 * How far the first run is, by what the server has: nothing of it is kept in the browser, so that it can be left, and
 * gone on with by somebody else. Which steps there are follows from where the people come from.
 */
import { useGet, type Schema } from '../../lib/api';

export type Step = 'source' | 'app' | 'people' | 'workflow' | 'events' | 'policy' | 'device';

export interface Found {
  apps: Schema<'DingTalkApp'>[];
  sources: Schema<'IdentitySource'>[];
  workflows: Schema<'Workflow'>[];
  policy: Schema<'Policy'>;
  anybody: boolean;
  device?: Schema<'Device'>;
}

export interface FirstRun {
  found?: Found;
  problem: Error | null;
  again: () => void;
  /* Local people alone, so far: nothing of DingTalk is there. */
  local: boolean;
  steps: { id: Step; done: boolean }[];
  done: number;
}

const heard = (app: Schema<'DingTalkApp'>) =>
  (app.ingress === 'stream' ? app.stream?.state === 'connected' : app.checked_ms !== null || app.last_event_ms !== null);

/* Whether DingTalk's organisation, or local accounts, can be worked with. */
export const read = (source: Schema<'IdentitySource'>) => source.enabled && (source.type === 'local' || source.sync.done_ms !== null);

const rules: Record<Step, (found: Found) => boolean> = {
  source: ({ sources, apps }) => sources.some((one) => read(one) && (apps.length === 0 || one.type === 'dingtalk')),
  // DingTalk has answered to its credentials.
  app: ({ apps, sources }) => apps.some((app) => app.alert === null && sources.some((one) => one.app === app.id && one.sync.done_ms !== null && one.sync.state !== 'failed')),
  people: ({ anybody }) => anybody,
  workflow: ({ workflows }) => workflows.some((one) => one.state !== 'broken'),
  events: ({ apps }) => apps.some(heard),
  policy: ({ policy }) => policy.mode !== 'off' && (policy.scope.everyone || policy.scope.groups.length > 0) && (!policy.filing.allowed || policy.filing.workflow !== null),
  device: ({ device }) => device !== undefined,
};

const withDingTalk: Step[] = ['source', 'app', 'workflow', 'events', 'policy', 'device'];
const withoutDingTalk: Step[] = ['source', 'people', 'workflow', 'policy', 'device'];

function stepsOf(found: Found): Step[] {
  if (found.apps.length === 0 && found.sources.some((one) => one.type === 'local')) return withoutDingTalk;
  // Approvals that are made here need nothing pushed; the organisation is read by its cycle.
  const builtin = found.workflows.length > 0 && found.workflows.every((one) => one.type === 'builtin');
  return builtin ? withDingTalk.filter((id) => id !== 'events') : withDingTalk;
}

const all = { params: { query: { limit: 200 } } } as const;
const one = { params: { query: { limit: 1 } } } as const;

/* watch: read on, also what is done: it may break again. */
export function useFirstRun(watch: boolean, wanted = true): FirstRun {
  const policy = useGet('/api/v1/policy', undefined, { enabled: wanted });
  const devices = useGet('/api/v1/devices', one, { enabled: wanted });
  // Where all is done, the head of every page asks for no more than these two.
  const settled = policy.data && devices.data && rules.policy({ policy: policy.data } as Found) && devices.data.items.length > 0;
  const rest = { enabled: wanted && Boolean(watch || (policy.data && devices.data && !settled)) };
  const apps = useGet('/api/v1/dingtalk-apps', all, rest);
  const sources = useGet('/api/v1/identity-sources', all, rest);
  const workflows = useGet('/api/v1/workflows', all, rest);
  const people = useGet('/api/v1/users', one, rest);
  const reads = [policy, devices, apps, sources, workflows, people];
  const found: Found | undefined = policy.data && devices.data && apps.data && sources.data && workflows.data && people.data && {
    apps: apps.data.items, sources: sources.data.items, workflows: workflows.data.items, policy: policy.data,
    anybody: people.data.items.length > 0, device: devices.data.items[0],
  };
  const steps = found ? stepsOf(found).map((id) => ({ id, done: rules[id](found) })) : [];
  return {
    found, steps, done: steps.filter((step) => step.done).length,
    local: Boolean(found && found.apps.length === 0 && found.sources.some(({ type }) => type === 'local')),
    problem: reads.find(({ error, data }) => error && !data)?.error ?? null,
    again: () => { for (const each of reads) if (each.error) void each.refetch(); },
  };
}
