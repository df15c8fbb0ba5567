/* Audit > Removals: what was removed, on what ground, by whose decision. */
import { DownloadOutlined } from '@ant-design/icons';
import { Button, DatePicker, Dropdown, Select, Tag } from 'antd';
import dayjs from 'dayjs';
import { useMemo } from 'react';
import { Link } from 'react-router';
import { useAddress } from '../../lib/address';
import { fileAddress, useList, type Schema } from '../../lib/api';
import { When } from '../../lib/time';
import { useSay } from '../../lib/words';
import { List, type Column } from '../../parts/list';
import { Page } from '../../parts/page';
import { grounds, removalStates } from './words';

type Removal = Schema<'Removal'>;

export default function RemovalsPage() {
  const say = useSay();
  const [filters, set] = useAddress(['from', 'to', 'ground', 'device'] as const);
  const query = {
    from: filters.from ? dayjs(filters.from).startOf('day').valueOf() : undefined,
    to: filters.to ? dayjs(filters.to).endOf('day').valueOf() + 1 : undefined,
    ground: filters.ground as Removal['ground'] | undefined,
    device: filters.device,
  };
  const found = useList('/api/v1/removals', { params: { query } }, { keep: true });
  const columns = useMemo<Column<Removal>[]>(() => [
    { title: say('Device', '设备'), narrow: 'head', width: 150, render: (_, one) => <Link to={`/console/terminals/${one.device}`}>{one.device_name}</Link> },
    { title: say('Package', '软件包'), width: 165, render: (_, one) => <span className="break">{one.package}</span> },
    { title: say('Ground', '依据'), narrow: 'head', width: 160, render: (_, one) => <Tag color={one.ground === 'without grant' ? 'error' : one.ground === 'grant' || one.ground === 'release' || one.ground === 'offline code' ? 'success' : 'default'}>{say(grounds[one.ground])}</Tag> },
    { title: say('By whose decision', '决定人'), width: 155, render: (_, one) => <>{one.decided_by || '–'}{one.instance && <> · <Link to={`/console/approval/instances/${one.instance}`}>{say('the request', '查看申请')}</Link></>}</> },
    { title: say('Owner', '使用者'), width: 150, render: (_, one) => one.owner ? <Link to={`/console/identity/users/${one.owner}`}>{one.owner_name}</Link> : '–' },
    { title: say('Removed', '卸载时间'), width: 130, render: (_, one) => <When ms={one.at_ms} /> },
    { title: say('State', '状态'), width: 130, render: (_, one) => say(removalStates[one.state]) },
    { title: say('Policy', '策略版本'), width: 182, render: (_, one) => <span className="dim">{one.policy_version ? say(`version ${one.policy_version}`, `第 ${one.policy_version} 版`) : say('none', '无')}{one.coverage ? ` · ${one.coverage}` : ''}</span> },
  ], [say]);
  const file = (format: 'csv' | 'jsonl') => fileAddress('/api/v1/removals/export', { ...query, format });
  return (
    <Page
      title={say('Removals', '卸载记录')}
      about={say('Every removal that was let through or noticed, on what ground, and by whose decision.', '每一次被放行或被发现的卸载：依据与决定人。')}
      deeds={<Dropdown trigger={['click']} menu={{ items: [
        { key: 'csv', label: <a href={file('csv')} download>{say('CSV, for spreadsheets', 'CSV（电子表格）')}</a> },
        { key: 'jsonl', label: <a href={file('jsonl')} download>{say('JSON lines', 'JSON Lines')}</a> },
      ] }}><Button icon={<DownloadOutlined aria-hidden />}>{say('Export', '导出')}</Button></Dropdown>}
    >
      <section className="sheet">
        <div className="filters">
          <DatePicker.RangePicker
            aria-label={say('Removed between', '卸载时间范围')} allowEmpty={[true, true]}
            value={[filters.from ? dayjs(filters.from) : null, filters.to ? dayjs(filters.to) : null]}
            onChange={(days) => set({ from: days?.[0]?.format('YYYY-MM-DD'), to: days?.[1]?.format('YYYY-MM-DD') })}
          />
          <Select allowClear style={{ minWidth: 200 }} placeholder={say('Any ground', '全部依据')} aria-label={say('Ground', '依据')} value={filters.ground} onChange={(ground) => set({ ground })}
            options={Object.entries(grounds).map(([value, name]) => ({ value, label: say(name) }))} />
          {filters.device && <Tag closable onClose={() => set({ device: undefined })}>{say('One device only', '仅一台设备')}</Tag>}
        </div>
        <List name={say('Removals', '卸载记录')} found={found} columns={columns} empty={filters.from || filters.to || filters.ground || filters.device ? say('Nothing was removed that fits these filters.', '没有符合筛选条件的卸载记录。') : say('Nothing has been removed yet. Each removal appears here by itself, with its ground.', '尚无卸载记录。每次卸载都会连同依据自动显示在这里。')} />
      </section>
    </Page>
  );
}
