/* Audit > Audit Record: everything that changed something, and what proves it. */
import { DownloadOutlined, SafetyCertificateOutlined } from '@ant-design/icons';
import { Alert, Button, DatePicker, Drawer, Input, Select, Table, Tag } from 'antd';
import dayjs from 'dayjs';
import { useMemo, useState } from 'react';
import { Link } from 'react-router';
import { useAddress } from '../../lib/address';
import { api, fileAddress, useChange, useGet, useList, type Schema } from '../../lib/api';
import { Ago, When, exactTime } from '../../lib/time';
import { useWords, type Text } from '../../lib/words';
import { Copy } from '../../parts/copy';
import { Facts } from '../../parts/facts';
import { List, type Column } from '../../parts/list';
import { Page, Sheet, SheetSkeleton } from '../../parts/page';
import { Trouble } from '../../parts/trouble';
import { auditKinds } from './kinds';

type Record_ = Schema<'AuditRecord'>;

const actors: Record<string, Text> = {
  account: ['Account', '账号'],
  token: ['API token', 'API 令牌'],
  device: ['Terminal', '终端'],
  'enrolment-token': ['Enrolment token', '注册令牌'],
  person: ['Employee', '员工'],
  dingtalk: ['In DingTalk', '钉钉'],
  system: ['Holdfast', '系统'],
};

function Kind({ kind }: { kind: string }) {
  const { say } = useWords();
  const name = auditKinds[kind];
  return <>{name ? say(name) : kind}</>;
}

function One({ record, close }: { record?: Record_; close: () => void }) {
  const { say, language } = useWords();
  return (
    <Drawer open={record !== undefined} onClose={close} size={640} title={record && <Kind kind={record.kind} />}>
      {record && (
        <>
          <Facts facts={[
            [say('When', '时间'), exactTime(record.at_ms, language)],
            [say('Who', '操作者'), `${record.actor} (${say(actors[record.actor_kind] ?? [record.actor_kind, record.actor_kind])})`],
            [say('What', '内容'), <span key="w" className="break">{record.text || '–'}</span>],
            record.object ? [say('Object', '对象'), `${record.object} ${record.object_id ?? ''}`] : ['', null],
            record.device ? [say('Terminal', '终端'), <Link key="d" to={`/console/terminals/${record.device}`}>{say('Open', '查看')}</Link>] : ['', null],
            record.instance ? [say('Request', '申请'), <Link key="i" to={`/console/approval/instances/${record.instance}`}>{say('Open', '查看')}</Link>] : ['', null],
            [say('Place in the chain', '链中位置'), <span key="c"><span className="code">{record.node}</span> · {record.sequence}</span>],
          ]} />
          <h2 className="part-title" style={{ marginTop: 20 }}>{say('As it was hashed', '哈希原文')}</h2>
          <pre className="code break" style={{ whiteSpace: 'pre-wrap', background: 'var(--soft)', border: '1px solid var(--line)', borderRadius: 8, padding: 12, margin: 0 }} tabIndex={0}>{JSON.stringify(record.record, null, 2)}</pre>
        </>
      )}
    </Drawer>
  );
}

function Chain() {
  const { say } = useWords();
  const chain = useGet('/api/v1/audit/chain');
  const sinks = useGet('/api/v1/audit/sinks');
  const verify = useChange(() => api.GET('/api/v1/audit/verify'));
  const proof = verify.data;
  const checkpoint = chain.data?.checkpoint;
  return (
    <Sheet title={say('State of the chain', '记录链状态')} deeds={<Button icon={<SafetyCertificateOutlined />} loading={verify.isPending} onClick={() => verify.mutate(undefined as never)}>{say('Verify now', '立即校验')}</Button>}>
      <Trouble problem={chain.error ?? verify.error} />
      {proof && (
        <Alert
          style={{ marginBottom: 16 }} showIcon type={proof.verified ? 'success' : 'error'} role="status"
          title={proof.verified ? say('Nothing was changed, removed, swapped or added', '未发现更改、删除、调换或添加') : say('The record is not what was written', '审计记录与原始写入不一致')}
          description={proof.verified
            ? say(`The newest ${proof.records.toLocaleString('en')} records in ${proof.checkpoints} checkpoints${proof.whole ? ' (all there are)' : ''}. The full proof is an export that is verified elsewhere.`, `最新 ${proof.records.toLocaleString('zh')} 条记录、${proof.checkpoints} 个检查点${proof.whole ? '（全部）' : ''}。完整证明请导出后在别处校验。`)
            : <span className="break">{proof.first_bad?.what}{proof.first_bad?.node ? ` (${proof.first_bad.node} ${proof.first_bad.sequence ?? ''})` : ''}</span>}
        />
      )}
      {!chain.data ? <SheetSkeleton rows={3} /> : (
        <>
          <Facts facts={[
            [say('Newest checkpoint', '最新检查点'), checkpoint ? <>{say(`number ${checkpoint.number}`, `第 ${checkpoint.number} 个`)}, <Ago ms={checkpoint.time_ms} /></> : say('none yet', '尚无')],
            [say('Its hash', '其哈希'), checkpoint ? <Copy text={checkpoint.hash} name={say('hash', '哈希')} /> : null],
          ]} />
          <p className="dim">{say('Keep the hash elsewhere: “holdfast-server audit verify --seen HASH” on a later export proves that nothing which was there then has gone since.', '请将该哈希另行保存：日后对导出文件执行 “holdfast-server audit verify --seen 哈希”，即可证明此前的记录无一缺失。')}</p>
          <Table rowKey="node" size="small" pagination={false} scroll={{ x: 560 }} dataSource={chain.data.chains} columns={[
            { title: say('Server', '服务器'), render: (_, one) => <><span className="code">{one.node}</span> {one.here && <Tag>{say('this one', '当前')}</Tag>}</> },
            { title: say('Records', '记录数'), dataIndex: 'sequence', width: 110, className: 'numeric' },
            { title: say('Newest', '最新'), width: 150, render: (_, one) => <Ago ms={one.at_ms} /> },
            { title: say('Not bound yet', '待绑定'), dataIndex: 'unbound', width: 120, className: 'numeric' },
          ]} />
          {sinks.data && sinks.data.items.length > 0 && (
            <>
              <h2 className="part-title" style={{ marginTop: 20 }}>{say('Receivers of syslog', 'Syslog 接收方')}</h2>
              <Table rowKey={(one) => one.sink + one.node} size="small" pagination={false} scroll={{ x: 560 }} dataSource={sinks.data.items} columns={[
                { title: say('Receiver', '接收方'), dataIndex: 'sink' },
                { title: say('Behind', '待发送'), width: 100, dataIndex: 'behind', className: 'numeric' },
                { title: say('Last success', '上次成功'), width: 150, render: (_, one) => <Ago ms={one.sent_ms} /> },
                { title: say('State', '状态'), render: (_, one) => one.error ? <><span className="light bad" /> {one.error}</> : <><span className="light on" /> {say('goes on', '正常')}</> },
              ]} />
            </>
          )}
        </>
      )}
    </Sheet>
  );
}

export default function AuditPage() {
  const { say } = useWords();
  const [filters, set] = useAddress(['from', 'to', 'kind', 'actor', 'object', 'device', 'instance'] as const);
  const [shown, show] = useState<Record_>();
  const query = {
    from: filters.from ? dayjs(filters.from).startOf('day').valueOf() : undefined,
    to: filters.to ? dayjs(filters.to).endOf('day').valueOf() + 1 : undefined,
    kind: filters.kind, actor: filters.actor, object: filters.object, device: filters.device, instance: filters.instance,
  };
  const found = useList('/api/v1/audit', { params: { query: query as never } }, { keep: true });
  const columns = useMemo<Column<Record_>[]>(() => [
    { title: say('When', '时间'), width: 140, render: (_, one) => <When ms={one.at_ms} /> },
    { title: say('What', '事件'), narrow: 'head', width: 210, render: (_, one) => <Button type="link" style={{ padding: 0, height: 'auto', whiteSpace: 'normal', textAlign: 'start' }} onClick={() => show(one)}><Kind kind={one.kind} /></Button> },
    { title: say('Who', '操作者'), narrow: 'head', width: 190, render: (_, one) => <><div>{one.actor || say(actors[one.actor_kind] ?? [one.actor_kind, one.actor_kind])}</div><div className="dim" style={{ fontSize: 12 }}>{say(actors[one.actor_kind] ?? [one.actor_kind, one.actor_kind])}</div></> },
    { title: say('Details', '详情'), width: 420, render: (_, one) => <span className="break">{one.text || '–'}</span> },
    { title: say('Only', '筛选'), narrow: 'none', width: 120, render: (_, one) => one.actor_id && <Button size="small" type="text" onClick={() => set({ actor: one.actor_id! })}>{say('Same actor', '同一操作者')}</Button> },
  ], [say, set]);
  const narrowed = (['actor', 'object', 'device', 'instance'] as const).filter((name) => filters[name]);
  const names = { actor: say('One actor', '同一操作者'), object: say('One object', '同一对象'), device: say('One terminal', '同一终端'), instance: say('One request', '同一申请') };
  return (
    <Page
      title={say('Audit Record', '审计记录')}
      about={say('Everything that changed something, in a chain that nobody can change unseen.', '所有变更均记录在链中，任何改动都会被发现。')}
      deeds={<a href={fileAddress('/api/v1/audit/export', { from: query.from, to: query.to })} download><Button icon={<DownloadOutlined />}>{say('Export with proofs', '导出（含证明）')}</Button></a>}
    >
      <Chain />
      <section className="sheet">
        <div className="filters">
          <DatePicker.RangePicker
            aria-label={say('Between', '时间范围')} allowEmpty={[true, true]}
            value={[filters.from ? dayjs(filters.from) : null, filters.to ? dayjs(filters.to) : null]}
            onChange={(days) => set({ from: days?.[0]?.format('YYYY-MM-DD'), to: days?.[1]?.format('YYYY-MM-DD') })}
          />
          <Select showSearch={{ optionFilterProp: 'label' }} allowClear style={{ minWidth: 240 }} placeholder={say('Every kind of event', '全部事件')} aria-label={say('Kind of event', '事件类型')} value={filters.kind} onChange={(kind) => set({ kind })}
            options={Object.entries(auditKinds).map(([value, name]) => ({ value, label: say(name) }))} />
          <Input.Search allowClear style={{ maxWidth: 260 }} aria-label={say('An object’s id', '对象编号')} placeholder={say('An object’s id', '对象编号')} defaultValue={filters.object} onSearch={(object) => set({ object: object.trim() || undefined })} />
          {narrowed.map((name) => <Tag key={name} closable onClose={() => set({ [name]: undefined })}>{names[name]}</Tag>)}
        </div>
        <List name={say('Audit record', '审计记录')} found={found} columns={columns} open={show} empty={say('No record fits these filters.', '没有符合筛选条件的记录。')} />
      </section>
      <One record={shown} close={() => show(undefined)} />
    </Page>
  );
}
