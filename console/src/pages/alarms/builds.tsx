/* Builds of the client that terminals had, or that somebody accepted. Any other raises an alarm. */
import { Alert, App, Button, Form, Input, Tag } from 'antd';
import { useMemo, useState } from 'react';
import { Link } from 'react-router';
import { api, useChange, useGet, type Schema } from '../../lib/api';
import { asProblem } from '../../lib/problem';
import { useMayChange } from '../../lib/session';
import { When } from '../../lib/time';
import { useSay } from '../../lib/words';
import { CopyButton } from '../../parts/copy';
import { Dialog } from '../../parts/dialog';
import { List, type Column } from '../../parts/list';
import { Trouble, useTell } from '../../parts/trouble';

type Build = Schema<'Build'>;
type Accepting = { id: string; version: string; note?: string };

function AcceptDialog({ start, close }: { start?: Partial<Accepting>; close: () => void }) {
  const say = useSay();
  const tell = useTell();
  const [form] = Form.useForm<Accepting>();
  const accept = useChange((body: Accepting) => api.POST('/api/v1/builds', { body }));
  const go = async (fields: Accepting) => {
    try {
      await accept.mutateAsync({ ...fields, note: fields.note ?? '' });
    } catch { return; }
    tell.done(say('The build is accepted', '版本已认可'));
    close();
  };
  return (
    <Dialog open={start !== undefined} title={say('Accept a build', '认可客户端版本')} okText={say('Accept', '认可')} onOk={() => form.submit()} confirmLoading={accept.isPending} onCancel={close} destroyOnHidden afterClose={() => accept.reset()}>
      <p className="dim">{say('Devices that have it raise no alarm any more. The id is the SHA-256 of /usr/lib/holdfast/manifest in the package; holdfastctl reads it out of the file:', '使用该版本的设备不再告警。编号是软件包中 /usr/lib/holdfast/manifest 的 SHA-256，可用以下命令从文件中读取并认可：')} <code className="code">holdfastctl builds accept FILE</code></p>
      <Trouble problem={accept.error} />
      <Form form={form} layout="vertical" initialValues={start} onFinish={(fields) => void go(fields)} preserve={false}>
        <Form.Item name="id" label={say('Build id', '版本编号')} rules={[{ required: true, pattern: /^[0-9a-f]{64}$/, message: say('64 characters, 0-9 and a-f.', '64 个字符，仅限 0-9 和 a-f。') }]}><Input className="code" maxLength={64} disabled={Boolean(start?.id)} /></Form.Item>
        <Form.Item name="version" label={say('Version', '版本号')} rules={[{ required: true, whitespace: true, message: say('Please enter the version.', '请输入版本号。') }]}><Input maxLength={64} /></Form.Item>
        <Form.Item name="note" label={say('Note', '备注')}><Input.TextArea maxLength={500} autoSize={{ minRows: 2 }} /></Form.Item>
      </Form>
    </Dialog>
  );
}

export function Builds() {
  const say = useSay();
  const tell = useTell();
  const may = useMayChange();
  const { modal } = App.useApp();
  const [accepting, setAccepting] = useState<Partial<Accepting>>();
  const builds = useGet('/api/v1/builds');
  const withdraw = useChange((build: string) => api.DELETE('/api/v1/builds/{build}', { params: { path: { build } } }));
  const columns = useMemo<Column<Build>[]>(() => [
    { title: say('Version', '版本号'), narrow: 'head', width: 120, render: (_, build) => build.version || <span className="dim">{say('not said', '未知')}</span> },
    { title: say('Build', '编号'), width: 190, render: (_, build) => <span className="row" style={{ gap: 2, flexWrap: 'nowrap' }}><span className="code" title={build.id}>{build.id.slice(0, 12)}…</span><CopyButton size="small" text={build.id} name={say('build id', '版本编号')} /></span> },
    { title: say('State', '状态'), narrow: 'head', width: 120, render: (_, build) => build.accepted ? <Tag color="success">{say('Accepted', '已认可')}</Tag> : <Tag color="warning">{say('Not accepted', '未认可')}</Tag> },
    { title: say('Devices', '设备数'), width: 100, className: 'numeric', render: (_, build) => build.devices },
    { title: say('First seen', '首次出现'), width: 200, render: (_, build) => <><When ms={build.first_ms} none={say('on no device', '尚无设备使用')} />{build.first_device && <> · <Link to={`/console/terminals/${build.first_device.id}`}>{build.first_device.name}</Link></>}</> },
    { title: say('Accepted by', '认可人'), width: 220, render: (_, build) => build.accepted ? <><div>{build.accepted_by || say('by itself: the first that a device had', '自动认可：首个设备使用的版本')}</div><div className="dim break">{build.note}</div></> : '–' },
    { title: say('Actions', '操作'), width: 130, render: (_, build) => !may ? null : build.accepted
      ? <Button size="small" onClick={() => modal.confirm({
        title: say('Accept this build no longer?', '不再认可此版本？'),
        content: say(`${build.devices} devices that have it will raise an alarm.`, `使用该版本的 ${build.devices} 台设备将产生告警。`),
        okText: say('Withdraw', '取消认可'), okButtonProps: { danger: true },
        onOk: () => withdraw.mutateAsync(build.id).then(() => tell.done(say('Withdrawn', '已取消认可')), tell.problem),
      })}>{say('Withdraw', '取消认可')}</Button>
      : <Button size="small" type="primary" onClick={() => setAccepting({ id: build.id, version: build.version })}>{say('Accept', '认可')}</Button> },
  ], [say, may, modal, withdraw, tell]);
  return (
    <>
      <Alert type="info" showIcon style={{ marginBottom: 14 }} title={say('Accept a new version before it is rolled out: a build that nobody accepted raises an alarm on each device.', '推出新版本前请先认可：未认可的版本会在每台设备上产生告警。')}
        action={may && <Button size="small" onClick={() => setAccepting({})}>{say('Accept a build', '认可版本')}</Button>} />
      <List name={say('Client builds', '客户端版本')} columns={columns} empty={say('No device has told its build yet.', '尚无设备上报版本。')}
        found={{ items: builds.data?.items ?? [], waiting: builds.isPending, old: false, problem: builds.error && asProblem(builds.error), hasMore: false, loadingMore: false, more: () => {}, again: () => void builds.refetch() }} />
      <AcceptDialog start={accepting} close={() => setAccepting(undefined)} />
    </>
  );
}
