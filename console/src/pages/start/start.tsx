/* Getting started: what there is to do, in order, with what does it and what says that it worked. */
import { CheckCircleFilled, RightOutlined, SafetyOutlined } from '@ant-design/icons';
import { Alert, Button, Progress } from 'antd';
import { useEffect, type ReactNode } from 'react';
import { Link } from 'react-router';
import { useAddress } from '../../lib/address';
import { useMe } from '../../lib/session';
import { useSay, type Text } from '../../lib/words';
import { Page, SheetSkeleton } from '../../parts/page';
import { Trouble } from '../../parts/trouble';
import { AppStep } from './app';
import { DeviceStep } from './device';
import { EventsStep } from './events';
import { PeopleStep } from './people';
import { PolicyStep } from './policy';
import { SourceStep } from './source';
import { useFirstRun, type Step } from './steps';
import { WorkflowStep } from './workflow';

const titles: Record<Step, [title: Text, why: Text]> = {
  source: [['Identity source', '身份源'], ['Who is protected, and who may sign in on a computer.', '确定保护哪些人，以及谁能在电脑上登录。']],
  app: [['DingTalk app', '钉钉应用'], ['Holdfast\'s entrance to your DingTalk: for reading the organisation, signing in, and approvals.', 'Holdfast 接入钉钉的入口，用于读取组织架构、登录和审批。']],
  people: [['People', '人员'], ['Everybody who uses a protected computer signs in on it once.', '每位受保护电脑的使用者都需在电脑上登录一次。']],
  workflow: [['Workflow', '审批流程'], ['Whom somebody asks who wants to uninstall.', '员工申请卸载时由谁审批。']],
  events: [['Event subscription', '事件订阅'], ['DingTalk tells Holdfast at once when somebody has decided.', '审批完成后，钉钉会立即通知 Holdfast。']],
  policy: [['Policy', '防卸载策略'], ['Until it is switched on, nothing is protected.', '启用策略后才会生效。']],
  device: [['First device', '首台设备'], ['A computer of yours, to see it work.', '用一台电脑验证效果。']],
};

function StepSheet({ n, id, done, open, toggle, children }: { n: number; id: Step; done: boolean; open: boolean; toggle: () => void; children: ReactNode }) {
  const say = useSay();
  const [title, why] = titles[id];
  return (
    <li className={`sheet step${done ? ' step-done' : ''}`} aria-current={open && !done ? 'step' : undefined}>
      <h2 className="step-head">
        <button type="button" aria-expanded={open} aria-controls={`step-${id}`} onClick={toggle}>
          <span className="step-mark" aria-hidden="true">{done ? <CheckCircleFilled aria-hidden /> : n}</span>
          <span className="step-words"><span>{say(title)}</span><span className="dim">{say(why)}</span></span>
          <span className="step-state">{done ? say('Done', '已完成') : open ? '' : say('To do', '待完成')}</span>
          <RightOutlined rotate={open ? 90 : 0} aria-hidden="true" />
        </button>
      </h2>
      {open && <div className="step-body" id={`step-${id}`}>{children}</div>}
    </li>
  );
}

function AllDone() {
  const say = useSay();
  return (
    <Alert type="success" showIcon style={{ marginBottom: 16 }} title={say('Everything works', '全部就绪')}
      description={<><p style={{ marginTop: 0 }}>{say('Try it: uninstall the client on that computer, and see the request come in. Then invite the people who work with you here.', '试一试：在该电脑上卸载客户端，查看收到的申请，然后邀请同事加入。')}</p><div className="row"><Link to="/console/approval/instances"><Button type="primary" size="small">{say('Requests', '审批实例')}</Button></Link><Link to="/console/settings/accounts"><Button size="small">{say('Invite people', '邀请同事')}</Button></Link></div></>} />
  );
}

export default function StartPage() {
  const say = useSay();
  const me = useMe();
  const run = useFirstRun(true);
  const [at, go] = useAddress(['step', 'way', 'how']);
  const { found, steps } = run;
  const next = steps.find((step) => !step.done)?.id;
  const shown = at.step;
  // It opens at what comes next, and stays there until somebody goes on: the light that turned green is to be seen.
  useEffect(() => {
    if (found && !at.step && next) go({ step: next }, { replace: true });
  }, [Boolean(found), at.step]);
  const open = (step: Step) => go({ step }, { replace: true });
  const bodies: Record<Step, () => ReactNode> | undefined = found && {
    source: () => <SourceStep found={found} way={at.way} choose={(way) => go({ way, step: way === 'dingtalk' ? 'app' : 'source' }, { replace: true })} toApp={() => open('app')} />,
    app: () => <AppStep found={found} />,
    people: () => <PeopleStep found={found} />,
    workflow: () => <WorkflowStep found={found} how={at.how} choose={(how) => go({ how }, { replace: true })} />,
    events: () => <EventsStep found={found} />,
    policy: () => <PolicyStep found={found} done={steps.some(({ id, done }) => id === 'policy' && done)} />,
    device: () => <DeviceStep found={found} />,
  };
  return (
    <Page title={say('Getting started', '快速开始')} about={say('From here to the first protected computer. Leave whenever you like: this page shows how far things are, also to your colleagues.', '从这里到首台受保护的电脑。可随时离开：此页面会显示当前进度，同事也能看到。')}>
      <Trouble problem={run.problem} again={run.again} />
      {!found && !run.problem && <SheetSkeleton rows={8} />}
      {found && bodies && (
        <div className="steps-page">
          <div className="row" style={{ marginBottom: 16, flexWrap: 'nowrap' }}>
            <Progress percent={Math.round((100 * run.done) / steps.length)} showInfo={false} aria-label={say('Progress', '进度')} style={{ flex: 1 }} />
            <span className="nowrap numeric">{say(`${run.done} of ${steps.length} done`, `已完成 ${run.done}/${steps.length}`)}</span>
          </div>
          {run.done === steps.length && <AllDone />}
          {me.account?.sign_in && !me.account.sign_in.totp && (
            <Alert type="info" showIcon icon={<SafetyOutlined aria-hidden />} style={{ marginBottom: 16 }} title={say('Your own account has no second factor yet.', '您的账号尚未启用二次验证。')} action={<Link to="/console/me">{say('Set it up', '去设置')}</Link>} />
          )}
          <ol className="steps">
            {steps.map(({ id, done }, i) => (
              <StepSheet key={id} n={i + 1} id={id} done={done} open={shown === id} toggle={() => go({ step: shown === id ? 'none' : id }, { replace: true })}>
                {bodies[id]()}
                {done && next && <p style={{ margin: '16px 0 0' }}><Button type="primary" onClick={() => open(next)}>{say(`Next: ${titles[next][0][0]}`, `下一步：${titles[next][0][1]}`)}</Button></p>}
              </StepSheet>
            ))}
          </ol>
        </div>
      )}
    </Page>
  );
}
