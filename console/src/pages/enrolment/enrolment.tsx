/* Terminal Management > Enrolment Tokens: computers that become protected without anybody at a page. */
import { PlusOutlined } from '@ant-design/icons';
import { Alert, App, Button, Form, Input, InputNumber, Switch } from 'antd';
import { useMemo, useState } from 'react';
import { Link } from 'react-router';
import { useAddress } from '../../lib/address';
import { api, useChange, useGet, useList, type Schema } from '../../lib/api';
import { useMayChange } from '../../lib/session';
import { Ago, When } from '../../lib/time';
import { useSay, type Text } from '../../lib/words';
import { Copy } from '../../parts/copy';
import { Facts } from '../../parts/facts';
import { List, type Column } from '../../parts/list';
import { Page, SheetSkeleton } from '../../parts/page';
import { Panel } from '../../parts/panel';
import { PersonPicker } from '../../parts/pickers';
import { State } from '../../parts/states';
import { Trouble, useTell } from '../../parts/trouble';

type Token = Schema<'EnrolmentToken'>;

const states: Record<Token['state'], readonly [Text, 'default' | 'success' | 'warning' | 'error' | 'processing']> = {
  live: [['Live', '有效'], 'success'],
  expired: [['Expired', '已过期'], 'default'],
  'used-up': [['Used up', '已用完'], 'default'],
  revoked: [['Revoked', '已吊销'], 'default'],
};

/* What is done on the computer, in the order in which it is done. */
function Commands({ token }: { token?: string }) {
  const say = useSay();
  const url = `sudo sed -i 's|^url =.*|url = ${location.origin}|' /etc/holdfast/agent.conf`;
  return (
    <ol className="typed">
      <li>{say('Install holdfast-client, and tell it where the server is:', '安装 holdfast-client，并指定服务器地址：')}<Copy text={url} name={say('Command', '命令')} /></li>
      <li>{token ? say('Enrol the computer: run this, paste the token, then press Enter and Ctrl+D.', '注册设备：运行以下命令，粘贴令牌，然后按回车和 Ctrl+D。') : say('Enrol the computer: run this, type the token, then press Enter and Ctrl+D.', '注册设备：运行以下命令，输入令牌，然后按回车和 Ctrl+D。')}<Copy text="sudo holdfast login --token-file -" name={say('Command', '命令')} /></li>
      <li className="dim">{say('For a fleet: bring the token there in a file that only root can read, and name the file in the place of “-”. Never put it on a command line, where others on the computer could read it.', '批量部署：将令牌放入仅 root 可读的文件，并用文件名替换“-”。切勿写在命令行参数中，以免被同机其他用户看到。')}</li>
    </ol>
  );
}

interface Fields { name: string; owner: string; days: number; limited: boolean; max_uses?: number }

function Create({ open, close }: { open: boolean; close: () => void }) {
  const say = useSay();
  const [form] = Form.useForm<Fields>();
  const limited = Form.useWatch('limited', form);
  const [made, setMade] = useState<Token>();
  const create = useChange((body: Schema<'CreateEnrolmentTokenBody'>) => api.POST('/api/v1/enrolment-tokens', { body }));
  const leave = () => { form.resetFields(); setMade(undefined); create.reset(); close(); };
  const go = async ({ name, owner, days, limited: few, max_uses }: Fields) =>
    setMade((await create.mutateAsync({ name: name.trim(), owner, days, ...(few ? { max_uses } : {}) })) as Token);
  return (
    <Panel
      open={open} title={made ? say('The token is made', '令牌已创建') : say('Create an enrolment token', '新建注册令牌')} close={leave} width={620}
      dirty={() => !made && form.isFieldsTouched()}
      footer={made ? <Button type="primary" onClick={leave}>{say('I have kept it', '我已妥善保存')}</Button>
        : <div className="row"><Button type="primary" loading={create.isPending} onClick={() => form.submit()}>{say('Create the token', '创建令牌')}</Button><Button onClick={leave}>{say('Cancel', '取消')}</Button></div>}
    >
      {made ? (
        <div role="status">
          <Alert type="warning" showIcon style={{ marginBottom: 12 }} title={say('This is the only time that it is shown. Whoever has it can enrol computers.', '令牌仅显示这一次。持有者可用它注册设备。')} />
          <Copy text={made.token!} name={say('Token', '令牌')} />
          <h2 className="mini">{say('On each computer', '在每台电脑上')}</h2>
          <Commands token={made.token} />
          <p className="dim">{say('Good until', '有效期至')} <When ms={made.expires_ms} />{made.max_uses ? say(`, for ${made.max_uses} computers`, `，最多 ${made.max_uses} 台`) : say(', for as many computers as come', '，不限台数')}</p>
        </div>
      ) : (
        <>
          <p className="dim" style={{ marginTop: 0 }}>{say('For fleets, servers and kiosks. Where a person sits, “holdfast login” is better: that person becomes the owner.', '用于批量设备、服务器和自助终端。如有人使用，请运行“holdfast login”，由本人成为使用者。')}</p>
          <Trouble problem={create.error} />
          <Form<Fields> form={form} layout="vertical" requiredMark={false} initialValues={{ days: 7, limited: true, max_uses: 10 }} onFinish={(fields) => void go(fields).catch(() => {})}>
            <Form.Item name="name" label={say('Name', '名称')} rules={[{ required: true, whitespace: true, message: say('Please give it a name.', '请输入名称。') }]} extra={say('What it is for, say “Servers in Hangzhou”.', '说明用途，例如“杭州机房服务器”。')}><Input maxLength={100} /></Form.Item>
            <Form.Item name="owner" label={say('Responsible owner', '责任人')} rules={[{ required: true, message: say('Please choose who answers for the computers.', '请选择对设备负责的人。') }]} extra={say('Answers for the computers: they follow this person’s policy and whitelist.', '对这些设备负责：设备将遵循此人的策略与白名单。')}><PersonPicker /></Form.Item>
            <Form.Item name="days" label={say('Expires after, days', '有效天数')} rules={[{ required: true, message: say('1 to 365 days.', '1 至 365 天。') }]}><InputNumber min={1} max={365} precision={0} style={{ width: 140 }} /></Form.Item>
            <Form.Item name="limited" valuePropName="checked" label={say('Only for a number of computers', '限制台数')}><Switch /></Form.Item>
            {limited && <Form.Item name="max_uses" label={say('How many', '台数')} rules={[{ required: true, message: say('1 to 100,000 computers.', '1 至 100000 台。') }]}><InputNumber min={1} max={100000} precision={0} style={{ width: 140 }} /></Form.Item>}
          </Form>
        </>
      )}
    </Panel>
  );
}

function DevicesOf({ token }: { token: Token }) {
  const say = useSay();
  const found = useList('/api/v1/enrolment-tokens/{id}/devices', { params: { path: { id: token.id } } });
  const columns = useMemo<Column<Schema<'EnrolledDevice'>>[]>(() => [
    { title: say('Device', '设备'), narrow: 'head', render: (_, one) => <Link to={`/console/terminals/${one.id}`}>{one.name}</Link> },
    { title: say('Owner now', '当前使用者'), render: (_, one) => <Link to={`/console/identity/users/${one.owner.id}`}>{one.owner.name}</Link> },
    { title: say('Enrolled', '注册时间'), render: (_, one) => <When ms={one.enrolled_ms} /> },
  ], [say]);
  return <List found={found} columns={columns} name={say('Devices that came with it', '通过此令牌注册的设备')} empty={say('No computer has come with it yet.', '还没有设备使用此令牌注册。')} height={420} />;
}

function Detail({ id, close }: { id: string | undefined; close: () => void }) {
  const say = useSay();
  const { modal } = App.useApp();
  const tell = useTell();
  const may = useMayChange();
  const { data: token, error, refetch } = useGet('/api/v1/enrolment-tokens/{id}', { params: { path: { id: id ?? '' } } }, { enabled: !!id });
  const revoke = useChange((one: string) => api.DELETE('/api/v1/enrolment-tokens/{id}', { params: { path: { id: one } } }).then(() => undefined));
  const ask = () => modal.confirm({
    title: say(`Revoke ${token!.name}?`, `吊销 ${token!.name}？`), okText: say('Revoke', '吊销'), cancelText: say('Cancel', '取消'), okButtonProps: { danger: true },
    content: say('No computer can enrol with it any more. Devices that came with it stay, as protected as they are.', '将无法再用它注册设备。已注册的设备保留，保护不变。'),
    onOk: () => revoke.mutateAsync(token!.id).then(() => tell.done(say('Revoked', '已吊销')), tell.problem),
  });
  return (
    <Panel open={!!id} close={close} title={token?.name ?? say('Enrolment token', '注册令牌')} width={720} deeds={may && token?.state === 'live' && <Button danger onClick={ask}>{say('Revoke…', '吊销…')}</Button>}>
      {error ? <Trouble problem={error} again={() => void refetch()} /> : !token ? <SheetSkeleton /> : (
        <>
          <Facts facts={[
            [say('State', '状态'), <State of={token.state} in={states} />],
            [say('Responsible owner', '责任人'), <Link to={`/console/identity/users/${token.owner.id}`}>{token.owner.name}</Link>],
            [say('Used', '使用次数'), <span className="numeric">{token.max_uses ? say(`${token.uses} of ${token.max_uses}`, `${token.uses} / ${token.max_uses}`) : token.uses}{token.used_ms && <span className="dim"> · {say('last', '最近')} <Ago ms={token.used_ms} /></span>}</span>],
            [say('Expires', '过期时间'), <When ms={token.expires_ms} />],
            [say('Revoked', '吊销时间'), token.revoked_ms ? <When ms={token.revoked_ms} /> : null],
            [say('Made by', '创建人'), <>{token.created_by}, <When ms={token.created_ms} /></>],
          ]} />
          {token.state === 'live' && <details className="fold" style={{ marginTop: 14 }}><summary>{say('What to type on a computer', '在电脑上如何使用')}</summary><Commands /></details>}
          <h2 className="mini">{say('Devices that came with it', '通过此令牌注册的设备')}</h2>
          <DevicesOf token={token} />
        </>
      )}
    </Panel>
  );
}

export default function EnrolmentPage() {
  const say = useSay();
  const may = useMayChange();
  const [at, set] = useAddress(['panel', 'token', 'live', 'owner'] as const);
  const live = at.live === 'true';
  const found = useList('/api/v1/enrolment-tokens', { params: { query: { ...(live ? { live: true } : {}), ...(at.owner ? { owner: at.owner } : {}) } } }, { keep: true });
  const owner = useGet('/api/v1/users/{id}', { params: { path: { id: at.owner ?? '' } } }, { enabled: !!at.owner });
  const columns = useMemo<Column<Token>[]>(() => [
    { title: say('Name', '名称'), width: 200, narrow: 'head', render: (_, one) => <Link to={`?token=${one.id}`}>{one.name}</Link> },
    { title: say('State', '状态'), width: 110, narrow: 'head', render: (_, one) => <State of={one.state} in={states} /> },
    { title: say('Responsible owner', '责任人'), width: 150, render: (_, one) => <Link to={`/console/identity/users/${one.owner.id}`}>{one.owner.name}</Link> },
    { title: say('Used', '使用次数'), width: 120, className: 'numeric', render: (_, one) => (one.max_uses ? say(`${one.uses} of ${one.max_uses}`, `${one.uses} / ${one.max_uses}`) : `${one.uses}`) },
    { title: say('Devices', '设备'), width: 100, className: 'numeric', render: (_, one) => one.devices },
    { title: say('Expires', '过期时间'), width: 140, render: (_, one) => (one.state === 'live' ? <Ago ms={one.expires_ms} /> : <When ms={one.revoked_ms ?? one.expires_ms} />) },
    { title: say('Made by', '创建人'), width: 160, render: (_, one) => <>{one.created_by}<div className="dim small"><When ms={one.created_ms} /></div></> },
  ], [say]);
  const create = may && <Button type="primary" icon={<PlusOutlined aria-hidden />} onClick={() => set({ panel: 'create' })}>{say('Create a token', '新建令牌')}</Button>;
  return (
    <Page
      title={say('Enrolment Tokens', '注册令牌')} deeds={create}
      about={say('For computers at which nobody signs in: fleets, servers, kiosks. Each token names a person who answers for them.', '用于无人登录的设备：批量设备、服务器、自助终端。每个令牌都有一位责任人。')}
    >
      <section className="sheet">
        <div className="filters">
          <label className="row"><Switch size="small" checked={live} onChange={(on) => set({ live: on ? 'true' : undefined })} aria-label={say('Only live ones', '仅有效令牌')} /> {say('Only live ones', '仅有效令牌')}</label>
          <PersonPicker style={{ width: 240 }} placeholder={say('Responsible owner', '责任人')} aria-label={say('Responsible owner', '责任人')} value={at.owner} known={owner.data ? { [owner.data.id]: owner.data.name } : {}} onChange={(value?: string) => set({ owner: value })} />
        </div>
        <List
          found={found} columns={columns} name={say('Enrolment tokens', '注册令牌')} open={(one) => set({ token: one.id })}
          empty={live || at.owner ? say('No token fits.', '没有符合条件的令牌。') : (
            <>
              <p>{say('There is none. Where a person sits at the computer, “holdfast login” there is all it takes.', '还没有令牌。如有人使用电脑，在其上运行“holdfast login”即可。')}</p>
              {create}
            </>
          )}
        />
      </section>
      <Create open={at.panel === 'create' && may} close={() => set({ panel: undefined })} />
      <Detail id={at.token} close={() => set({ token: undefined })} />
    </Page>
  );
}
