/* Audit > Audit Record: everything that changed something, and what proves it. */
import { DownloadOutlined, SafetyCertificateOutlined } from '@ant-design/icons';
import { Alert, Button, DatePicker, Drawer, Input, Select, Tag } from 'antd';
import dayjs from 'dayjs';
import { useMemo, useState } from 'react';
import { Link } from 'react-router';
import { useAddress } from '../../lib/address';
import { api, fileAddress, useChange, useGet, useList, type Schema } from '../../lib/api';
import { Ago, When, exactTime } from '../../lib/time';
import { useWords, type Text } from '../../lib/words';
import { Copy } from '../../parts/copy';
import { Facts } from '../../parts/facts';
import { kindText, kinds } from '../../parts/kinds';
import { List, whole, type Column } from '../../parts/list';
import { Page, Sheet, SheetSkeleton } from '../../parts/page';
import { Trouble } from '../../parts/trouble';

type Record_ = Schema<'AuditRecord'>;

const actors: Record<Record_['actor_kind'], Text> = {
  account: ['Account', '账号'],
  token: ['API token', 'API 令牌'],
  device: ['Device', '设备'],
  'enrolment-token': ['Enrolment token', '注册令牌'],
  person: ['Employee', '员工'],
  dingtalk: ['In DingTalk', '钉钉'],
  system: ['Holdfast', '系统'],
};

/* Who, and as what. */
function Who({ record }: { record: Record_ }) {
  const { say } = useWords();
  const kind = say(actors[record.actor_kind]);
  return record.actor_kind === 'system' || !record.actor ? <>{kind}</> : <><div className="break">{record.actor}</div><div className="dim small">{kind}</div></>;
}

function One({ record, close }: { record?: Record_; close: () => void }) {
  const { say, language } = useWords();
  return (
    <Drawer open={record !== undefined} onClose={close} size={640} title={record && say(kindText(record.kind))}>
      {record && (
        <>
          <Facts facts={[
            [say('When', '时间'), exactTime(record.at_ms, language)],
            [say('Who', '操作者'), <Who key="a" record={record} />],
            [say('What', '内容'), <span key="w" className="break">{record.text || '–'}</span>],
            record.object ? [say('Object', '对象'), `${record.object} ${record.object_id ?? ''}`] : ['', null],
            record.device ? [say('Device', '设备'), <Link key="d" to={`/console/terminals/${record.device}`}>{say('Open', '查看')}</Link>] : ['', null],
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
  const chains = useMemo<Column<Schema<'AuditChain'>['chains'][number] & { id: string }>[]>(() => [
    { title: say('Server', '服务器'), narrow: 'head', width: 420, render: (_, one) => <><span className="code">{one.node}</span> {one.here && <Tag>{say('this one', '当前')}</Tag>}</> },
    { title: say('Records', '记录数'), width: 100, className: 'numeric', render: (_, one) => one.sequence },
    { title: say('Newest', '最新'), width: 130, render: (_, one) => <Ago ms={one.at_ms} /> },
    { title: say('Not signed yet', '待签名'), width: 130, className: 'numeric', render: (_, one) => one.unbound },
  ], [say]);
  const receivers = useMemo<Column<Schema<'AuditSinks'>['items'][number] & { id: string }>[]>(() => [
    { title: say('Receiver', '接收方'), narrow: 'head', width: 260, render: (_, one) => <span className="break">{one.sink}</span> },
    { title: say('Behind', '待发送'), width: 90, className: 'numeric', render: (_, one) => one.behind },
    { title: say('Last success', '上次成功'), width: 130, render: (_, one) => <Ago ms={one.sent_ms} /> },
    { title: say('State', '状态'), width: 260, render: (_, one) => one.error ? <><span className="light bad" aria-hidden /> {one.error}</> : <><span className="light on" aria-hidden /> {say('goes on', '正常')}</> },
  ], [say]);
  const proof = verify.data;
  const checkpoint = chain.data?.checkpoint;
  return (
    <Sheet title={say('State of the chain', '记录链状态')} deeds={<Button icon={<SafetyCertificateOutlined aria-hidden />} loading={verify.isPending} onClick={() => verify.mutate(undefined as never)}>{say('Verify now', '立即校验')}</Button>}>
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
        <div className="stack">
          <Facts facts={[
            [say('Newest checkpoint', '最新检查点'), checkpoint ? <>{say(`number ${checkpoint.number}`, `第 ${checkpoint.number} 个`)}{say(', ', '，')}<Ago ms={checkpoint.time_ms} /></> : say('none yet', '尚无')],
            [say('Its hash', '其哈希'), checkpoint ? <Copy text={checkpoint.hash} name={say('hash', '哈希')} /> : null],
          ]} />
          {checkpoint && <p className="dim" style={{ margin: 0 }}>{say('Keep the hash elsewhere: “holdfast-server audit verify --seen HASH” on a later export proves that nothing which was there then has gone since.', '请将该哈希另行保存：日后对导出文件执行 “holdfast-server audit verify --seen 哈希”，即可证明此前的记录无一缺失。')}</p>}
          <List name={say('Chains', '记录链')} found={whole(chain.data.chains.map((one) => ({ ...one, id: one.node })))} columns={chains} empty={say('No record yet.', '尚无记录。')} />
          {sinks.data && sinks.data.items.length > 0 && (
            <>
              <h2 className="part-title" style={{ margin: '8px 0 0' }}>{say('Receivers of syslog', 'Syslog 接收方')}</h2>
              <List name={say('Receivers of syslog', 'Syslog 接收方')} found={whole(sinks.data.items.map((one) => ({ ...one, id: one.sink + one.node })))} columns={receivers} empty="" />
            </>
          )}
        </div>
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
    { title: say('When', '时间'), width: 120, render: (_, one) => <When ms={one.at_ms} /> },
    { title: say('What', '事件'), narrow: 'head', width: 200, render: (_, one) => <Button type="link" style={{ padding: 0, height: 'auto', whiteSpace: 'normal', textAlign: 'start' }} onClick={() => show(one)}>{say(kindText(one.kind))}</Button> },
    { title: say('Who', '操作者'), narrow: 'head', width: 180, render: (_, one) => <Who record={one} /> },
    { title: say('Details', '详情'), width: 330, render: (_, one) => <span className="break">{one.text || '–'}</span> },
    { title: say('Filter', '筛选'), narrow: 'none', width: 120, render: (_, one) => one.actor_id && <Button size="small" type="text" onClick={() => set({ actor: one.actor_id! })}>{say('Same actor', '同一操作者')}</Button> },
  ], [say, set]);
  const narrowed = (['actor', 'object', 'device', 'instance'] as const).filter((name) => filters[name]);
  const names = { actor: say('One actor', '同一操作者'), object: say('One object', '同一对象'), device: say('One device', '同一设备'), instance: say('One request', '同一申请') };
  return (
    <Page
      title={say('Audit Record', '审计记录')}
      about={say('Everything that changed something, in a chain that nobody can change unseen.', '所有变更均记录在链中，任何改动都会被发现。')}
      deeds={<a href={fileAddress('/api/v1/audit/export', { from: query.from, to: query.to })} download><Button icon={<DownloadOutlined aria-hidden />}>{say('Export with proofs', '导出（含证明）')}</Button></a>}
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
            options={Object.entries(kinds).map(([value, name]) => ({ value, label: say(name) }))} />
          <Input.Search allowClear style={{ maxWidth: 260 }} aria-label={say('An object’s id', '对象编号')} placeholder={say('An object’s id', '对象编号')} defaultValue={filters.object} onSearch={(object) => set({ object: object.trim() || undefined })} />
          {narrowed.map((name) => <Tag key={name} closable onClose={() => set({ [name]: undefined })}>{names[name]}</Tag>)}
        </div>
        <List name={say('Audit record', '审计记录')} found={found} columns={columns} open={show} empty={say('No record fits these filters.', '没有符合筛选条件的记录。')} />
      </section>
      <One record={shown} close={() => show(undefined)} />
    </Page>
  );
}
