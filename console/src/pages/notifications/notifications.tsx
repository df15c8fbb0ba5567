/* Settings > Notification Texts: what Holdfast writes into DingTalk, in the organisation's own words where it has some. */
import { Button, Form, Input, Tabs, Tag } from 'antd';
import { useEffect, useMemo, useRef, useState } from 'react';
import { useQuery } from '@tanstack/react-query';
import { api, ifMatch, useChange, useGet, type Schema } from '../../lib/api';
import { isStale } from '../../lib/problem';
import { useMayChange } from '../../lib/session';
import { useWords, type Text } from '../../lib/words';
import { Page, Sheet, SheetSkeleton } from '../../parts/page';
import { Unsaved } from '../../parts/panel';
import { Trouble, useTell } from '../../parts/trouble';

type Texts = Schema<'NotificationTexts'>;
type Item = Texts['items'][number];
type Draft = Record<string, { zh: string; en: string }>;

const names: Record<Item['id'], Text> = {
  approved: ['Approved', '已通过'],
  rejected: ['Rejected', '已拒绝'],
  revoked: ['Withdrawn or no longer needed', '已撤回或不再需要'],
  expired: ['Expired', '已过期'],
  late: ['Decided too late', '审批已晚于最终结果'],
  reminder: ['Reminder', '催办提醒'],
  task: ['Somebody’s turn', '待您审批'],
  escalated: ['Escalated', '审批升级'],
  'nobody-left': ['Nobody left to ask', '无可用审批人'],
  executed: ['Used: the software was removed', '已使用：软件已卸载'],
  'form-closed': ['Remark: closed in Holdfast', '备注：已在 Holdfast 处理'],
  'form-executed': ['Remark: the software was removed', '备注：软件已卸载'],
};

const receivers: Record<Item['to'], Text> = {
  applicant: ['to the applicant', '发送给申请人'],
  approver: ['to the approver', '发送给审批人'],
  administrator: ['to administrators', '发送给管理员'],
  decider: ['to whoever decided too late, and the applicant', '发送给逾期审批人和申请人'],
  form: ['into DingTalk’s form', '写入钉钉审批单'],
};

const draftOf = (texts: Texts): Draft => Object.fromEntries(texts.items.map((item) => [item.id, { zh: item.zh.text ?? '', en: item.en.text ?? '' }]));
const bodyOf = (draft: Draft) => ({ items: Object.entries(draft).filter(([, own]) => own.zh || own.en).map(([id, own]) => ({ id: id as Item['id'], ...own })) });

function useLater<T>(value: T) {
  const [later, setLater] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setLater(value), 300);
    return () => clearTimeout(timer);
  }, [value]);
  return later;
}

export default function NotificationsPage() {
  const { say, language: mine } = useWords();
  const tell = useTell();
  const may = useMayChange();
  const texts = useGet('/api/v1/notification-texts');
  const [draft, setDraft] = useState<Draft>();
  const [read, setRead] = useState<Texts>();
  const [tab, setTab] = useState<'zh' | 'en'>();
  // What is being typed is not replaced when the page is read again.
  useEffect(() => {
    if (texts.data && !draft) { setDraft(draftOf(texts.data)); setRead(texts.data); }
  }, [texts.data, draft]);
  const changed = draft && read && JSON.stringify(bodyOf(draft)) !== JSON.stringify(bodyOf(draftOf(read)));
  const unsaved = useRef(false);
  unsaved.current = Boolean(changed);
  const later = useLater(draft);
  const preview = useQuery({
    queryKey: ['notification-texts-preview', later],
    queryFn: async ({ signal }) => (await api.POST('/api/v1/notification-texts/preview', { body: bodyOf(later!), signal })).data!,
    enabled: Boolean(changed && later), placeholderData: (before) => before, gcTime: 0,
  });
  const save = useChange(() => api.PUT('/api/v1/notification-texts', { body: bodyOf(draft!), headers: ifMatch(read) }));
  const shown = changed ? preview.data ?? read : read;
  const language = tab ?? read?.language ?? 'zh';
  const problems = useMemo(() => shown?.items.some((item) => item.zh.problem || item.en.problem) ?? false, [shown]);
  const keep = async () => {
    try {
      const done = await save.mutateAsync(undefined as never);
      setRead(done as Texts);
      setDraft(draftOf(done as Texts));
    } catch { return; }
    tell.done(say('Saved. It holds for what is written from now on.', '已保存，此后发送的内容生效。'));
  };
  const loadAgain = () => { save.reset(); setDraft(undefined); void texts.refetch(); };
  return (
    <Page
      title={say('Notification Texts', '通知文案')}
      about={<>{say('What Holdfast writes into DingTalk: messages to applicants and approvers, and remarks in forms. Empty: the built-in text.', 'Holdfast 在钉钉中发送的消息及写入审批单的备注。留空则使用内置文案。')}{say(' ', '')}{read && say(`They are sent in ${read.language === 'zh' ? 'Chinese' : 'English'} (Settings, Organisation).`, `当前以${read.language === 'zh' ? '中文' : '英文'}发送（设置 > 组织设置）。`)}</>}
      deeds={may && changed && (
        <>
          <Button onClick={() => read && setDraft(draftOf(read))}>{say('Discard', '放弃更改')}</Button>
          <Button type="primary" loading={save.isPending} disabled={problems || isStale(save.error)} onClick={() => void keep()}>{say('Save', '保存')}</Button>
        </>
      )}
    >
      <Unsaved dirty={() => unsaved.current} />
      <Trouble problem={texts.error} again={() => void texts.refetch()} />
      <Trouble problem={save.error} deeds={isStale(save.error) && <Button size="small" onClick={loadAgain}>{say('Load the present texts', '加载最新内容')}</Button>} />
      {!draft || !shown ? <SheetSkeleton rows={8} /> : (
        <>
          <Sheet title={say('Variables', '变量')}>
            <div className="row">{shown.variables.map((one) => <span key={one.name}><Tag className="code">{`{${one.name}}`}</Tag><span className="dim">{mine === 'zh' ? one.zh : one.en}</span></span>)}</div>
          </Sheet>
          <section className="sheet">
            <Tabs activeKey={language} onChange={(key) => setTab(key as 'zh' | 'en')} items={[{ key: 'zh', label: '中文' }, { key: 'en', label: 'English' }]} />
            <Form layout="vertical">
              {shown.items.map((item) => {
                const own = draft[item.id] ?? { zh: '', en: '' };
                const side = item[language];
                return (
                  <Form.Item
                    key={item.id} htmlFor={`text-${item.id}`} validateStatus={side.problem ? 'error' : undefined} help={side.problem ?? undefined}
                    label={<span>{say(names[item.id])} <span className="dim">{say(receivers[item.to])}</span></span>}
                  >
                    <Input.TextArea
                      id={`text-${item.id}`} lang={language === 'zh' ? 'zh-CN' : 'en'} disabled={!may} autoSize={{ minRows: 1, maxRows: 6 }} placeholder={side.builtin}
                      value={own[language]} onChange={(event) => setDraft({ ...draft, [item.id]: { ...own, [language]: event.target.value } })}
                      count={{ show: own[language] ? true : false, max: shown.max }}
                    />
                    <div className="dim" style={{ fontSize: 13, marginTop: 4 }} lang={language === 'zh' ? 'zh-CN' : 'en'}>
                      {own[language] ? say('Reads', '效果') : say('Built in', '内置')}{say(': ', '：')}<span className="break">{side.preview}</span>
                    </div>
                  </Form.Item>
                );
              })}
            </Form>
          </section>
        </>
      )}
    </Page>
  );
}
