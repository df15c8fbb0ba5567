/* Terminal Registration: the present policy, what waits for a second administrator, requests to uninstall, versions. */
import { Button, Grid, Segmented, Tabs } from 'antd';
import { useAddress } from '../../lib/address';
import { useSay } from '../../lib/words';
import { Page, Sheet } from '../../parts/page';
import { InstanceTable } from '../instances/table';
import { PolicyPanel } from './panel';
import { ProposalPanel, Proposals, Waiting } from './proposals';
import { useSees } from './sees';
import { Summary } from './summary';
import { Versions } from './versions';

export default function RegistrationPage() {
  const say = useSay();
  const sees = useSees();
  const [address, setAddress] = useAddress(['tab', 'panel'] as const);
  const open = () => setAddress({ panel: 'policy' });
  const tabs = [
    { key: 'approval', label: say('Uninstallation Approval', '卸载审批'), children: <InstanceTable fixed={{ template: 'app_uninstall' }} page="registration" /> },
    ...(sees ? [
      { key: 'versions', label: say('Policy versions', '策略版本'), children: <Versions /> },
      { key: 'proposals', label: say('Changes to confirm', '双人确认'), children: <Proposals /> },
    ] : []),
  ];
  const narrow = !(Grid.useBreakpoint().md ?? true);
  const shown = tabs.find((one) => one.key === address.tab)?.key ?? 'approval';
  const show = (tab: string) => setAddress({ tab: tab === 'approval' ? undefined : tab });
  return (
    <Page
      title={say('Terminal Registration', '终端注册')}
      about={say('Who may uninstall the client, who has to ask, and who asked.', '谁可以卸载客户端、谁需要申请，以及已提交的申请。')}
      deeds={<Button type="primary" onClick={open}>{say('Anti-uninstallation Policy', '防卸载策略')}</Button>}
    >
      {sees && <Waiting />}
      <Sheet><Summary open={open} /></Sheet>
      <Sheet>
        {narrow && tabs.length > 1
          ? <><Segmented block orientation="vertical" aria-label={say('What to show', '显示内容')} value={shown} onChange={show} options={tabs.map(({ key, label }) => ({ value: key, label }))} style={{ marginBottom: 16 }} />{tabs.find((one) => one.key === shown)?.children}</>
          : <Tabs activeKey={shown} onChange={show} items={tabs} destroyOnHidden />}
      </Sheet>
      <PolicyPanel open={address.panel === 'policy'} close={() => setAddress({ panel: undefined })} />
      {sees && <ProposalPanel />}
    </Page>
  );
}
