/* Settings > DingTalk Link: applications, what DingTalk is owed, and what its month allows. */
import { Grid, Segmented, Tabs } from 'antd';
import { useState } from 'react';
import { useAddress } from '../../lib/address';
import { useList } from '../../lib/api';
import { useMayChange } from '../../lib/session';
import { useSay } from '../../lib/words';
import { LinkButton } from '../../parts/link';
import { Nothing } from '../../parts/list';
import { Page, SheetSkeleton } from '../../parts/page';
import { Trouble } from '../../parts/trouble';
import { AppDelete, AppPanel, AppSheet } from './app';
import { Deliveries } from './deliveries';
import { Organisations } from './organisations';
import type { App } from './words';

function Apps() {
  const say = useSay();
  const may = useMayChange();
  const [, set] = useAddress(['edit'] as const);
  const [removed, setRemoved] = useState<App>();
  const found = useList('/api/v1/dingtalk-apps');
  if (found.problem) return <Trouble problem={found.problem} again={found.again} />;
  if (found.waiting) return <SheetSkeleton rows={8} />;
  if (found.items.length === 0) {
    return (
      <section className="sheet"><Nothing>
        {say('No application yet. It is entered with the first workflow or identity source that uses DingTalk.', '尚无应用。创建首个使用钉钉的审批流程或身份源时填写。')}
        {may && <div style={{ marginTop: 12 }}><LinkButton type="primary" to="/console/approval/workflows?panel=create">{say('Create a workflow', '新建流程')}</LinkButton></div>}
      </Nothing></section>
    );
  }
  return (
    <>
      {found.items.map((app) => <AppSheet key={app.id} app={app} edit={() => set({ edit: app.id })} remove={() => setRemoved(app)} />)}
      <AppDelete app={removed} close={() => setRemoved(undefined)} />
    </>
  );
}

export default function DingTalkPage() {
  const say = useSay();
  const may = useMayChange();
  const [address, set] = useAddress(['tab', 'edit', 'state', 'instance'] as const);
  const tabs = [
    { key: 'apps', label: say('Applications', '应用') },
    { key: 'deliveries', label: say('Deliveries', '发送记录') },
    { key: 'calls', label: say('Calls of the month', '本月调用') },
  ];
  const narrow = !(Grid.useBreakpoint().md ?? true);
  const shown = tabs.find((one) => one.key === address.tab)?.key ?? 'apps';
  const show = (tab: string) => set({ tab: tab === 'apps' ? undefined : tab, state: undefined, instance: undefined });
  const inside = shown === 'apps' ? <Apps /> : <section className="sheet">{shown === 'deliveries' ? <Deliveries /> : <Organisations />}</section>;
  return (
    <Page title={say('DingTalk Link', '钉钉连接')} about={say('Whether DingTalk and Holdfast hear each other, and what stands between them.', '钉钉与 Holdfast 之间的连接状态、发送情况与用量。')}>
      {narrow
        ? <><Segmented block aria-label={say('What to show', '显示内容')} value={shown} onChange={show} options={tabs.map(({ key, label }) => ({ value: key, label }))} style={{ marginBottom: 16 }} />{inside}</>
        : <Tabs activeKey={shown} onChange={show} items={tabs.map((tab) => ({ ...tab, children: tab.key === shown ? inside : null }))} />}
      {may && <AppPanel id={address.edit} close={() => set({ edit: undefined })} />}
    </Page>
  );
}
