/* Where the people come from: DingTalk's organisation, or accounts that are kept here. */
import { DingdingOutlined, TeamOutlined } from '@ant-design/icons';
import { Alert, Button, Form, Input, Progress } from 'antd';
import { Link } from 'react-router';
import { api, useChange, type Schema } from '../../lib/api';
import { Ago } from '../../lib/time';
import { plural, useSay, useWords } from '../../lib/words';
import { Trouble } from '../../parts/trouble';
import { Light } from './light';
import type { Found } from './steps';

type Source = Schema<'IdentitySource'>;

function Reading({ source, toApp }: { source: Source; toApp: () => void }) {
  const { language } = useWords();
  const say = useSay();
  const again = useChange(() => api.POST('/api/v1/identity-sources/{id}/sync', { params: { path: { id: source.id } } }));
  const { sync } = source;
  const done = sync.done_ms !== null;
  const at = `/console/identity/sources/${source.id}`;
  return (
    <>
      <Light on={done} bad={!done && sync.state === 'failed'}>
        {done ? <>{say(`${plural(sync.people, 'person', 'people')} in ${plural(sync.departments, 'department')} were read from DingTalk `, `已从钉钉读取 ${sync.departments} 个部门、${sync.people} 人，`)}<Ago ms={sync.done_ms} />。</>
          : sync.state === 'failed' ? say('The organisation could not be read.', '未能读取组织架构。')
            : say('The organisation is being read from DingTalk.', '正在从钉钉读取组织架构。')}
      </Light>
      {sync.progress && sync.progress.total > 0 && !done && <Progress percent={Math.round((100 * sync.progress.done) / sync.progress.total)} aria-label={say('Progress', '进度')} />}
      {!done && sync.state === 'failed' && (
        <Alert type="error" showIcon style={{ marginBottom: 12 }} title={sync.problem?.what[language] ?? sync.error ?? ''} description={sync.problem?.remedy[language]} />
      )}
      <Trouble problem={again.error} />
      <div className="row">
        {!done && sync.state === 'failed' && <Button type="primary" loading={again.isPending} onClick={() => again.mutate(undefined)}>{say('Read it again', '重新读取')}</Button>}
        {!done && sync.state === 'failed' && <Button onClick={toApp}>{say('Change the credentials', '修改凭证')}</Button>}
        <Link to={at}>{say('All about this identity source', '查看此身份源')}</Link>
      </div>
    </>
  );
}

/* The app is there and the source is not: something came between. */
function Make({ app }: { app: Schema<'DingTalkApp'> }) {
  const say = useSay();
  const make = useChange(() => api.POST('/api/v1/identity-sources', { body: { type: 'dingtalk', app: app.id, name: say('DingTalk', '钉钉') } }));
  return (
    <>
      <Trouble problem={make.error} />
      <p>{say('The app is entered. People and departments are not read with it yet.', '应用已录入，但尚未用它读取人员和部门。')}</p>
      <Button type="primary" loading={make.isPending} onClick={() => make.mutate(undefined)}>{say('Read the organisation', '读取组织架构')}</Button>
    </>
  );
}

function Local() {
  const say = useSay();
  const make = useChange((name: string) => api.POST('/api/v1/identity-sources', { body: { type: 'local', name } }));
  return (
    <>
      <Trouble problem={make.error} />
      <Form<{ name: string }> layout="inline" requiredMark={false} initialValues={{ name: say('Local accounts', '本地账号') }} onFinish={({ name }) => make.mutate(name.trim())}>
        <Form.Item name="name" label={say('Name', '名称')} rules={[{ required: true, whitespace: true, message: say('Please enter a name.', '请输入名称。') }]}><Input maxLength={128} /></Form.Item>
        <Button type="primary" htmlType="submit" loading={make.isPending}>{say('Keep people here', '使用本地账号')}</Button>
      </Form>
    </>
  );
}

export function SourceStep({ found, way, choose, toApp }: { found: Found; way: string | undefined; choose: (way: 'dingtalk' | 'local') => void; toApp: () => void }) {
  const say = useSay();
  const source = found.sources.find(({ type }) => type === 'dingtalk') ?? (found.apps.length === 0 ? found.sources[0] : undefined);
  if (source?.type === 'dingtalk') return <Reading source={source} toApp={toApp} />;
  if (found.apps[0]) return <Make app={found.apps[0]} />;
  if (source) return <p>{say('People are kept here, in ', '人员保存在本地身份源：')}<Link to={`/console/identity/sources/${source.id}`}>{source.name}</Link>{say('. DingTalk can be added whenever you like.', '。之后可随时接入钉钉。')}</p>;
  const ways = [
    { id: 'dingtalk', icon: <DingdingOutlined aria-hidden />, name: say('DingTalk', '钉钉'), about: say('Departments and people are read from your organisation in DingTalk, and kept up to date. Approvals can go there, too.', '从您的钉钉组织读取部门和人员并保持同步，审批也可在钉钉中进行。') },
    { id: 'local', icon: <TeamOutlined aria-hidden />, name: say('Local accounts', '本地账号'), about: say('Holdfast keeps the people itself: typed in, or brought from a list. Approvals are made in this console.', '由 Holdfast 保存人员：手动添加或从列表导入，审批在本控制台进行。') },
  ] as const;
  return (
    <>
      <div className="choices" role="group" aria-label={say('Where people come from', '人员来源')}>
        {ways.map((one) => (
          <button type="button" key={one.id} className="choice" aria-pressed={way === one.id} onClick={() => choose(one.id)}>
            <span className="choice-name">{one.icon} {one.name}</span><span className="dim">{one.about}</span>
          </button>
        ))}
      </div>
      {way === 'local' && <Local />}
    </>
  );
}
