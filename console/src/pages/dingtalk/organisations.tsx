/* What a month of DingTalk allows, counted by Holdfast: DingTalk tells nobody what is left. */
import { Alert, Button, Form, InputNumber, Progress, Tag } from 'antd';
import { useEffect, useState } from 'react';
import { api, get, ifMatch, useChange, useGet } from '../../lib/api';
import { useMayChange } from '../../lib/session';
import { shortTime } from '../../lib/time';
import { useSay, useWords } from '../../lib/words';
import { Dialog } from '../../parts/dialog';
import { Facts } from '../../parts/facts';
import { Nothing } from '../../parts/list';
import { SheetSkeleton } from '../../parts/page';
import { Trouble, useTell } from '../../parts/trouble';
import { readingWords, type Organisation } from './words';

const usual = 5000;

function FigureDialog({ of, close }: { of?: Organisation; close: () => void }) {
  const say = useSay();
  const tell = useTell();
  const [figure, setFigure] = useState<number | null>(null);
  const save = useChange(async (monthly_calls: number | null) => {
    const corp_id = of!.corp_id;
    const present = await get('/api/v1/dingtalk-organisations/{corp_id}', { params: { path: { corp_id } } });
    return api.PUT('/api/v1/dingtalk-organisations/{corp_id}', { params: { path: { corp_id } }, body: { monthly_calls: monthly_calls as number }, headers: ifMatch(present) });
  });
  useEffect(() => { if (of) { setFigure(of.monthly_calls); save.reset(); } }, [of]);
  const go = (value: number | null) => save.mutateAsync(value).then(() => { tell.done(say('Saved', '已保存')); close(); }, () => {});
  return (
    <Dialog open={of !== undefined} onCancel={close} destroyOnHidden title={say('Calls a month', '每月调用次数')} footer={(
      <div className="row" style={{ justifyContent: 'flex-end' }}>
        {of?.entered && <Button onClick={() => void go(null)}>{say(`Back to the default, ${usual.toLocaleString('en')}`, `恢复默认值 ${usual.toLocaleString('zh')}`)}</Button>}
        <Button type="primary" loading={save.isPending} disabled={figure === null} onClick={() => void go(figure)}>{say('Save', '保存')}</Button>
      </div>
    )}>
      <Trouble problem={save.error} />
      <Form layout="vertical" component="div">
        <Form.Item label={say('Calls that are meant for Holdfast', '供 Holdfast 使用的调用次数')} htmlFor="monthly-calls"
          extra={say('In DingTalk’s developer console, under API call volume, see what your edition has, and take off what other programs use. Too low costs minutes, too high costs requests that are not sent.', '请在钉钉开发者后台“API 调用量”中查看版本额度，并扣除其他程序的用量。过低只会延迟数分钟，过高则可能导致申请无法发送。')}>
          <InputNumber id="monthly-calls" min={0} max={1_000_000_000} precision={0} style={{ width: 200 }} value={figure} onChange={setFigure} onPressEnter={() => figure !== null && void go(figure)} />
        </Form.Item>
      </Form>
    </Dialog>
  );
}

export function Organisations() {
  const { say, language } = useWords();
  const may = useMayChange();
  const [edited, edit] = useState<Organisation>();
  const found = useGet('/api/v1/dingtalk-organisations');
  const clock = (ms: number) => shortTime(ms, language);
  const count = (n: number) => n.toLocaleString(language);
  if (found.error) return <Trouble problem={found.error} again={() => void found.refetch()} />;
  if (!found.data) return <SheetSkeleton />;
  const { items } = found.data;
  if (items.length === 0) return <Nothing>{say('No organisation yet: it comes with the first application.', '尚无组织，添加首个应用后显示。')}</Nothing>;
  return (
    <>
      {items.map((one) => {
        const used = one.monthly_calls > 0 ? Math.min(100, Math.round((one.used / one.monthly_calls) * 100)) : 100;
        return (
          <section key={one.corp_id} className="soft" style={{ marginBottom: 12 }} aria-label={one.corp_id}>
            <div className="row" style={{ justifyContent: 'space-between' }}>
              <h2 className="soft-title" style={{ margin: 0 }}>{say('Organisation', '组织')} <span className="code">{one.corp_id}</span></h2>
              {may && <Button size="small" onClick={() => edit(one)}>{say('Enter the figure', '填写数额')}</Button>}
            </div>
            {one.over && <Alert type="error" showIcon style={{ margin: '10px 0' }} title={say('DingTalk says that the month’s calls are used up', '钉钉提示本月调用次数已用完')} />}
            <Progress percent={used} status={one.over || used >= 95 ? 'exception' : 'normal'} aria-label={say('Calls of the month that are used', '本月已用调用次数')} />
            <Facts facts={[
              [say(`Calls in ${one.month}`, `${one.month} 调用次数`), <span key="u" className="numeric">{say(`${count(one.used)} of ${count(one.monthly_calls)}, ${count(one.left)} left`, `已用 ${count(one.used)}，共 ${count(one.monthly_calls)}，剩余 ${count(one.left)}`)} {!one.entered && <Tag>{say('default figure', '默认数额')}</Tag>}</span>],
              [say('Counted by', '计数方'), say('Holdfast: its own calls only. DingTalk has no call that tells what is left.', 'Holdfast，仅统计自身的调用。钉钉不提供剩余次数查询。')],
              [say('Events received', '收到的事件'), <span key="p" className="numeric">{count(one.pushes)}</span>],
              [say('Month ends', '月度结束'), clock(one.month_ends_ms)],
              [say('How decisions are heard of', '审批结果获知方式'), readingWords(one, say, language, clock)],
            ]} />
          </section>
        );
      })}
      <FigureDialog of={edited} close={() => edit(undefined)} />
    </>
  );
}
