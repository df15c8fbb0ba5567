/* One request: who wants to remove what and why, how it stands, and everything that can be done with it. */
import { CheckOutlined, CloseOutlined, DownOutlined, ExclamationCircleOutlined, FileTextOutlined, RedoOutlined } from '@ant-design/icons';
import { Alert, Button, Dropdown, Tag, Timeline, type MenuProps } from 'antd';
import { useState } from 'react';
import { Link, useParams } from 'react-router';
import { api, fileAddress, useChange, useGet, useList, type Schema } from '../../lib/api';
import { useAddress } from '../../lib/address';
import { useMayChange } from '../../lib/session';
import { Ago, When, withTimes } from '../../lib/time';
import { useWords, type Text } from '../../lib/words';
import { Copy } from '../../parts/copy';
import { Facts } from '../../parts/facts';
import { kindColour, kindText } from '../../parts/kinds';
import { Page, PageSkeleton, Sheet, SheetSkeleton } from '../../parts/page';
import { ReasonDialog } from '../../parts/reason';
import { State, channels, deliveryStates, effects, grantStates, requestStates } from '../../parts/states';
import { Trouble, useTell } from '../../parts/trouble';
import { DecideDialog, type Deed } from './decide';
import { OfflineCode } from './offline';
import { Standing } from './standing';
import { levelStates, taskKinds, taskStates } from './words';

type Instance = Schema<'Instance'>;

export default function InstancePage() {
  const { say } = useWords();
  const { id = '' } = useParams();
  const found = useGet('/api/v1/instances/{id}', { params: { path: { id } } });
  if (found.data) return <Request key={id} instance={found.data} />;
  return found.error ? <Page title={say('Request', '申请详情')}><Trouble problem={found.error} again={() => void found.refetch()} /></Page> : <PageSkeleton />;
}

function Request({ instance: i }: { instance: Instance }) {
  const { say, language } = useWords();
  const [deed, setDeed] = useState<Deed>();
  const channel = (name: string) => { const word = (channels as Record<string, Text>)[name]; return word ? say(word) : name; };
  return (
    <Page
      title={<><span className="numeric">{i.number}</span> <State of={i.status} in={requestStates} />{i.effect !== 'none' && <State of={i.effect} in={effects} />}</>}
      about={<Standing instance={i} />}
      deeds={<Deeds instance={i} decide={setDeed} />}
    >
      {i.note && <Alert type="warning" showIcon icon={<ExclamationCircleOutlined aria-hidden />} title={say('For an administrator', '请管理员注意')} description={<span className="break">{i.note}</span>} style={{ marginBottom: 16 }} />}
      <div className="columns">
        <div>
          <Sheet title={say('Request', '申请')}>
            <Facts facts={[
              [say('Reason for filing', '报备原因'), <span className="said" style={{ fontSize: 15 }}>{i.reason}</span>],
              [say('Applicant', '申请人'), <><Link to={`/console/identity/users/${i.applicant.id}`}>{i.applicant.name}</Link>{i.applicant.department && <span className="dim"> · {i.applicant.department}</span>}</>],
              [say('Device', '设备'), <><Link to={`/console/terminals/${i.device.id}`}>{i.device.name}</Link><span className="dim"> · {i.device.os}</span></>],
              [say('MAC addresses', 'MAC 地址'), i.device.macs.length ? <span className="code">{i.device.macs.join(' ')}</span> : null],
              [say('Package', '软件包'), <span className="code">{i.package}</span>],
              [say('Workflow', '审批流程'), i.workflow ? <>{i.workflow.name} <span className="dim">{say(`version ${i.workflow.version}`, `版本 ${i.workflow.version}`)}</span></>
                : i.release ? <Link to={`/console/approval/releases/${i.release}`}>{say('Release, without a filing', '放行（免报备）')}</Link> : say('None', '无')],
              [say('Filed', '提交时间'), <><When ms={i.created_ms} /> <span className="dim">(<Ago ms={i.created_ms} />)</span></>],
              [say('Decision', '审批结果'), i.decision && <><div>{i.decision.who || say('The system', '系统')} · <When ms={i.decision.at_ms} /> · {channel(i.decision.channel)}</div>{i.decision.comment && <div className="said">{i.decision.comment}</div>}</>],
            ]} />
          </Sheet>
          {i.levels.length > 0 && <Levels levels={i.levels} />}
          {i.delivery.state !== 'none' && <DingTalk instance={i} />}
          <Before instance={i} />
        </div>
        <div>
          {i.grant && <Grant instance={i} grant={i.grant} />}
          <Sheet title={say('What happened', '经过')}>
            <Timeline items={i.events.map((event) => ({
              color: kindColour(event.kind),
              content: (
                <div>
                  <strong>{say(kindText(event.kind))}</strong> <span className="dim small"><When ms={event.at_ms} />{event.actor && <> · {event.actor_kind === 'system' ? say('System', '系统') : event.actor_kind === 'dingtalk' && event.actor === 'DingTalk' ? say('DingTalk', '钉钉') : event.actor}</>}</span>
                  {event.text && event.text !== i.reason && <div className="said dim">{event.actor_kind === 'system' ? withTimes(event.text, language) : event.text}</div>}
                </div>
              ),
            }))} />
          </Sheet>
        </div>
      </div>
      <DecideDialog deed={deed} rows={[i]} choice={i.may.as === 'approver' && i.may.withdraw} close={() => setDeed(undefined)} />
    </Page>
  );
}

/* Allow and reject first; what is seldom wanted in a menu. */
function Deeds({ instance: i, decide }: { instance: Instance; decide: (deed: Deed) => void }) {
  const { say, language } = useWords();
  const changer = useMayChange();
  const tell = useTell();
  const [{ panel }, set] = useAddress(['panel']);
  const [asked, ask] = useState<'withdraw' | 'revoke' | ''>('');
  const withdraw = useChange((reason: string) => api.POST('/api/v1/instances/{id}/withdraw', { params: { path: { id: i.id } }, body: { reason } }));
  const revoke = useChange((reason: string) => api.POST('/api/v1/instances/{id}/revoke-grant', { params: { path: { id: i.id } }, body: { reason } }));
  const take = useChange(() => api.POST('/api/v1/instances/{id}/export-grant', { params: { path: { id: i.id } } }));
  const live = i.grant?.state === 'unused' || i.grant?.state === 'delivered';
  const exported = async () => {
    try {
      const { grant } = await take.mutateAsync(undefined);
      const link = document.createElement('a');
      link.href = URL.createObjectURL(new Blob([grant], { type: 'application/octet-stream' }));
      link.download = `${i.number}.grant`;
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
      tell.done(say(`Saved as ${i.number}.grant. On the device: holdfast grant import ${i.number}.grant`, `已保存为 ${i.number}.grant，在设备上执行：holdfast grant import ${i.number}.grant`));
    } catch (e) {
      tell.problem(e);
    }
  };
  const more: MenuProps['items'] = [
    i.may.withdraw && { key: 'withdraw', label: say('Withdraw for the applicant…', '代申请人撤回…'), onClick: () => ask('withdraw') },
    i.may.revoke && { key: 'revoke', danger: true, label: say('Take the approval back…', '收回批准…'), onClick: () => ask('revoke') },
    changer && live && { key: 'export', label: say('Export the approval as a file', '导出批准文件'), onClick: () => void exported() },
    changer && i.grant?.state === 'unused' && i.package === 'holdfast-client' && { key: 'code', label: say('Offline code…', '离线码…'), onClick: () => set({ panel: 'code' }) },
  ].filter((one) => one !== false) as MenuProps['items'];
  return (
    <>
      {i.may.approve && <Button type="primary" icon={<CheckOutlined aria-hidden />} onClick={() => decide('approve')}>{say('Allow', '允许')}</Button>}
      {i.may.reject && <Button danger icon={<CloseOutlined aria-hidden />} onClick={() => decide('reject')}>{say('Reject', '拒绝')}</Button>}
      <Button icon={<FileTextOutlined aria-hidden />} href={fileAddress('/api/v1/instances/{id}/evidence', { lang: language }).replace('{id}', i.id)} target="_blank" rel="noreferrer">{say('Evidence page', '审批凭证')}</Button>
      {more!.length > 0 && <Dropdown trigger={['click']} menu={{ items: more }}><Button>{say('More', '更多')} <DownOutlined aria-hidden /></Button></Dropdown>}
      <ReasonDialog open={asked === 'withdraw'} title={say(`Withdraw ${i.number}?`, `撤回 ${i.number}？`)} required danger
        about={say('Nothing is decided then; its form in DingTalk is closed. The employee may file again.', '撤回后不作审批，钉钉中的表单将被关闭；员工可重新报备。')}
        label={say('Why is it not needed any more?', '为何不再需要？')} deed={say('Withdraw', '撤回')} run={(reason) => withdraw.mutateAsync(reason)} close={() => ask('')} />
      <ReasonDialog open={asked === 'revoke'} title={say(`Take the approval of ${i.number} back?`, `收回 ${i.number} 的批准？`)} required danger
        about={say('The device is asked not to use it. Until it has confirmed that, it may still use it, which is shown here.', '将通知设备不再使用该批准。在设备确认之前仍可能被使用，页面会如实显示。')}
        label={say('Why? The employee reads it', '原因，员工可见')} deed={say('Take back', '收回')} run={(reason) => revoke.mutateAsync(reason)} close={() => ask('')} />
      {changer && <OfflineCode open={panel === 'code'} device={i.device} instance={i} close={() => set({ panel: undefined })} />}
    </>
  );
}

function Levels({ levels }: { levels: Instance['levels'] }) {
  const { say } = useWords();
  return (
    <Sheet title={say('Approval, level by level', '逐级审批')}>
      <ol className="levels">
        {levels.map((level) => (
          <li key={level.level}>
            <div className="row"><strong>{level.name || say(`Level ${level.level}`, `第 ${level.level} 级`)}</strong><State of={level.state} in={levelStates} /><span className="dim small">{level.mode === 'all' ? say('all of them', '需全部同意') : say('any of them', '任一人同意')}</span></div>
            <ul>
              {level.tasks.map((task) => (
                <li key={task.id}>
                  <div className="row"><span>{task.name}</span><State of={task.state} in={taskStates} />{taskKinds[task.kind] && <Tag>{say(taskKinds[task.kind]!)}</Tag>}
                    <span className="dim small">{task.at_ms ? <When ms={task.at_ms} /> : <>{say('since ', '自 ')}<When ms={task.opened_ms} />{say('', ' 起')}</>}</span></div>
                  {task.acted_by && task.acted_by !== task.name && <div className="dim small">{say(`answered by ${task.acted_by} in this place`, `由 ${task.acted_by} 代为处理`)}</div>}
                  {task.comment && <div className="said">{task.comment}</div>}
                </li>
              ))}
              {level.tasks.length === 0 && <li className="dim">{say('Nobody has been asked yet.', '尚未通知审批人。')}</li>}
            </ul>
          </li>
        ))}
      </ol>
    </Sheet>
  );
}

const deliveryKinds: Record<Schema<'Delivery'>['kind'], Text> = {
  create: ['Create the form', '创建表单'],
  settle: ['Look for a form that may be there', '查找可能已创建的表单'],
  duplicate: ['Withdraw the second form', '撤销重复表单'],
  comment: ['Write the decision as a comment', '写入审批意见'],
  terminate: ['Close the form', '结束表单'],
  carry: ['Look which task is open', '查询待办任务'],
  execute: ['Carry the decision out', '执行审批任务'],
  remind: ['Look who has it', '查询当前处理人'],
  notice: ['Message to a person', '发送通知'],
};

/* The form in DingTalk, and what DingTalk is owed of it. */
function DingTalk({ instance: i }: { instance: Instance }) {
  const { say } = useWords();
  const changer = useMayChange();
  const tell = useTell();
  const owed = useGet('/api/v1/deliveries', { params: { query: { instance: i.id, limit: 50 } } });
  const again = useChange((id: string) => api.POST('/api/v1/deliveries/{id}/replay', { params: { path: { id } } }));
  const open = owed.data?.items.filter((one) => one.state !== 'done') ?? [];
  return (
    <Sheet title={say('In DingTalk', '钉钉审批单')}>
      <Facts facts={[
        [say('State', '状态'), <State of={i.delivery.state} in={deliveryStates} />],
        [say('Who has it', '当前处理人'), i.status === 'pending' && i.pending_with.length > 0 && i.pending_with.join(say(', ', '、'))],
        [say('Number in DingTalk', '钉钉审批编号'), i.external.business_id && <Copy text={i.external.business_id} name={say('Number in DingTalk', '钉钉审批编号')} />],
        [say('Instance in DingTalk', '钉钉审批实例 ID'), i.external.id && <Copy text={i.external.id} name={say('Instance in DingTalk', '钉钉审批实例 ID')} />],
        [say('Next check', '下次核对'), i.next_check_ms ? i.next_check_ms < Date.now() + 60_000 ? say('within a minute', '一分钟内') : <Ago ms={i.next_check_ms} /> : null],
      ]} />
      {i.external.business_id && <p className="dim small" style={{ marginBottom: 0 }}>{say('In DingTalk, search the approvals for this number.', '可在钉钉审批中搜索此编号。')}</p>}
      {open.map((one) => (
        <Alert
          key={one.id} style={{ marginTop: 12 }} showIcon type={one.state === 'dead' ? 'error' : 'info'}
          title={say(deliveryKinds[one.kind])}
          description={<>
            {one.error && <div className="break">{one.error}</div>}
            <div className="dim small">{one.attempts > 0 && say(one.attempts === 1 ? 'Failed once. ' : `Failed ${one.attempts} times. `, `已失败 ${one.attempts} 次。`)}{one.next_ms ? <>{say('Next try ', '下次尝试：')}<Ago ms={one.next_ms} /></> : null}</div>
          </>}
          action={changer && one.state === 'dead' && <Button size="small" icon={<RedoOutlined aria-hidden />} loading={again.isPending}
            onClick={() => again.mutateAsync(one.id).then(() => tell.done(say('It is sent again', '正在重新发送')), tell.problem)}>{say('Send again', '重新发送')}</Button>}
        />
      ))}
    </Sheet>
  );
}

function Grant({ instance: i, grant }: { instance: Instance; grant: NonNullable<Instance['grant']> }) {
  const { say } = useWords();
  return (
    <Sheet title={say('Approval for the device', '设备批准')}>
      <Facts facts={[
        [say('State', '状态'), <State of={grant.state} in={grantStates} />],
        [say('May be used until', '有效期至'), grant.exp_ms ? <When ms={grant.exp_ms} /> : say('it is used', '使用前一直有效')],
        [say('Good for', '适用'), <>{i.device.name} · <span className="code">{i.package}</span> · {say('once', '一次')}</>],
        [say('Taken back', '收回时间'), grant.revoked_ms && <When ms={grant.revoked_ms} />],
        [say('By whom and why', '收回人与原因'), grant.revoked_why && <span className="said">{grant.revoked_why}</span>],
        [say('Confirmed by the device', '设备确认时间'), grant.revoked_ms && (grant.confirmed_ms ? <When ms={grant.confirmed_ms} /> : say('not yet', '尚未确认'))],
      ]} />
    </Sheet>
  );
}

/* What else this device and this person asked for. */
function Before({ instance: i }: { instance: Instance }) {
  const { say } = useWords();
  const ofDevice = useList('/api/v1/instances', { params: { query: { device: i.device.id, limit: 6 } } });
  const ofPerson = useList('/api/v1/instances', { params: { query: { applicant: i.applicant.id, limit: 6 } } });
  const part = (title: string, found: typeof ofDevice, more: string) => {
    const items = found.items.filter((one) => one.id !== i.id).slice(0, 5);
    if (found.waiting) return <SheetSkeleton rows={2} />;
    return (
      <>
        <h3 className="dim small" style={{ margin: '0 0 6px', fontWeight: 600 }}>{title}</h3>
        {items.length === 0 ? <p className="dim" style={{ marginTop: 0 }}>{say('None', '无')}</p> : (
          <ul className="plain">
            {items.map((one) => (
              <li key={one.id} className="row"><Link to={`/console/approval/instances/${one.id}`} className="numeric">{one.number}</Link><State of={one.status} in={requestStates} /><span className="dim small"><When ms={one.created_ms} /></span><span className="clip">{one.reason}</span></li>
            ))}
          </ul>
        )}
        {(found.hasMore || items.length === 5) && <Link to={more}>{say('All of them', '查看全部')}</Link>}
      </>
    );
  };
  return (
    <Sheet title={say('Other requests', '其他申请')}>
      <div className="stack">
        <div>{part(say('Of this device', '该设备'), ofDevice, `/console/approval/instances?status=all&device=${i.device.id}`)}</div>
        <div>{part(say('Of this person', '该申请人'), ofPerson, `/console/approval/instances?status=all&applicant=${i.applicant.id}`)}</div>
      </div>
    </Sheet>
  );
}
