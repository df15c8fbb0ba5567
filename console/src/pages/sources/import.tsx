/* A list of people brought into a local source: what it would do is shown, line by line, before anything is done. */
import { UploadOutlined } from '@ant-design/icons';
import { Alert, Button, Checkbox, Input, Segmented, Tag, Upload } from 'antd';
import { useRef, useState } from 'react';
import { api, useChange, type Schema } from '../../lib/api';
import { useSay, type Text } from '../../lib/words';
import { Copy } from '../../parts/copy';
import { Panel } from '../../parts/panel';
import { Trouble, useTell } from '../../parts/trouble';
import type { Source } from './words';

type Result = Schema<'PeopleImport'>;
type Line = Result['lines'][number];

const results: Record<Line['result'], readonly [Text, string]> = {
  added: [['Added', '新增'], 'success'],
  changed: [['Changed', '变更'], 'processing'],
  same: [['As it is', '无变化'], 'default'],
  refused: [['Refused', '拒绝'], 'error'],
};
const example = 'name,external_id,email,telephone,title,departments\n李华,E-1042,li.hua@example.com,13800000001,工程师,总部/研发|总部';
const most = 4 * 1024 * 1024;

export function ImportPeople({ source, open, close }: { source: Source; open: boolean; close: () => void }) {
  const say = useSay();
  const tell = useTell();
  const [csv, setCsv] = useState('');
  const typed = useRef(false);
  const [file, setFile] = useState('');
  const [wrong, setWrong] = useState('');
  const [addDepartments, setAdd] = useState(true);
  const [departMissing, setDepart] = useState(false);
  const [withoutRefused, setWithout] = useState(false);
  const [confirmed, setConfirmed] = useState(false);
  const [preview, setPreview] = useState<Result>();
  const [kind, setKind] = useState<Line['result'] | 'all'>('all');
  const run = useChange((dry: boolean) => api.POST('/api/v1/identity-sources/{id}/import', {
    params: { path: { id: source.id } },
    body: {
      csv, dry_run: dry, add_departments: addDepartments, depart_missing: departMissing, ...(withoutRefused ? { without_refused: true } : {}),
      ...(!dry && confirmed && preview?.needs_confirmation ? { confirm_departing: preview.departing } : {}),
    },
  }));
  const leave = () => { typed.current = false; close(); setCsv(''); setFile(''); setPreview(undefined); setWrong(''); setConfirmed(false); setWithout(false); setDepart(false); setKind('all'); run.reset(); };
  const anew = <T,>(set: (value: T) => void) => (value: T) => { typed.current = true; set(value); setPreview(undefined); setConfirmed(false); run.reset(); };
  const look = async () => {
    const found = (await run.mutateAsync(true)) as Result;
    setPreview(found);
    setKind(found.refused ? 'refused' : 'all');
  };
  const go = async () => {
    const done = (await run.mutateAsync(false)) as Result;
    tell.done(say(`Imported: ${done.added} added, ${done.changed} changed, ${done.departing} left`, `导入完成：新增 ${done.added} 人，变更 ${done.changed} 人，离职 ${done.departing} 人`));
    leave();
  };
  const take = (chosen: File) => {
    if (chosen.size > most) setWrong(say('The file is larger than 4 MiB: import it in parts.', '文件超过 4 MiB，请分批导入。'));
    else void chosen.text().then((text) => { anew(setCsv)(text); setFile(chosen.name); setWrong(''); }, () => setWrong(say('The file could not be read.', '无法读取文件。')));
    return false;
  };
  const blocked = !preview || (preview.refused > 0 && !withoutRefused) || (preview.needs_confirmation && !confirmed) || preview.added + preview.changed + preview.departing === 0;
  const lines = preview?.lines.filter((one) => kind === 'all' || one.result === kind) ?? [];
  return (
    <Panel
      open={open} width={860} title={say(`Import people into ${source.name}`, `导入人员到 ${source.name}`)} close={leave} dirty={() => typed.current}
      footer={(
        <div className="row">
          {preview
            ? <Button type="primary" disabled={blocked} loading={run.isPending} onClick={() => void go().catch(() => {})}>{say('Import', '导入')}</Button>
            : <Button type="primary" disabled={!csv.trim()} loading={run.isPending} onClick={() => void look().catch(() => {})}>{say('Show what it would do', '预览')}</Button>}
          {preview && <Button onClick={() => { setPreview(undefined); run.reset(); }}>{say('Back to the list', '返回修改')}</Button>}
          <Button type="text" onClick={leave}>{say('Cancel', '取消')}</Button>
        </div>
      )}
    >
      <Trouble problem={run.error} />
      {!preview ? (
        <div className="stack">
          <p style={{ margin: 0 }}>{say('A CSV file in UTF-8, at most 4 MiB and 20,000 lines. Its first line names the columns; name must be among them. Departments are paths from the top, with | between several.', 'UTF-8 编码的 CSV 文件，最大 4 MiB、20000 行。首行为列名，必须包含姓名（name）。部门为从顶层起的路径，多个以 | 分隔。')}</p>
          <details className="fold"><summary>{say('An example', '示例')}</summary><div style={{ marginTop: 8 }}><Copy text={example} name={say('Example', '示例')} /></div><p className="dim">{say('Columns may also be named in Chinese: 姓名, 工号, 邮箱, 手机, 职位, 部门.', '列名也可为中文：姓名、工号、邮箱、手机、职位、部门。')}</p></details>
          <div className="row">
            <Upload accept=".csv,.txt,text/csv" showUploadList={false} beforeUpload={take}><Button icon={<UploadOutlined aria-hidden />}>{say('Choose a file…', '选择文件…')}</Button></Upload>
            {file && <span className="break">{file}</span>}
          </div>
          {wrong && <Alert type="error" showIcon title={wrong} />}
          <label htmlFor="people-csv">{say('Or paste the list here', '或在此粘贴名单')}</label>
          <Input.TextArea id="people-csv" className="code" value={csv} onChange={(event) => { anew(setCsv)(event.target.value); setFile(''); }} autoSize={{ minRows: 8, maxRows: 18 }} spellCheck={false} />
          <Checkbox checked={addDepartments} onChange={(event) => setAdd(event.target.checked)}>{say('Make departments that are not there yet', '自动创建尚不存在的部门')}</Checkbox>
          <Checkbox checked={departMissing} onChange={(event) => setDepart(event.target.checked)}>{say('Whoever is not in the list has left', '不在名单中的人员标记为离职')}</Checkbox>
        </div>
      ) : (
        <div className="stack">
          {preview.refused > 0 && (
            <Alert
              type={withoutRefused ? 'warning' : 'error'} showIcon title={say(`${preview.refused} lines are refused`, `${preview.refused} 行被拒绝`)}
              description={(
                <>
                  <p style={{ marginTop: 0 }}>{departMissing ? say('Mend them in the list: they may be about the very people who seem to be missing.', '请修改名单：这些行可能正是看似缺失的人员。') : say('Nothing is imported while a line is refused. Mend them in the list, or leave them out.', '存在被拒绝的行时不会导入。请修改名单，或跳过这些行。')}</p>
                  {!departMissing && <Checkbox checked={withoutRefused} onChange={(event) => setWithout(event.target.checked)}>{say('Leave the refused lines out', '跳过被拒绝的行')}</Checkbox>}
                </>
              )}
            />
          )}
          {preview.departing > 0 && (
            <Alert
              type="warning" showIcon title={say(`${preview.departing} people are not in the list, and would have left`, `${preview.departing} 人不在名单中，将标记为离职`)}
              description={(
                <>
                  <p style={{ marginTop: 0 }} className="break">{preview.departing_people.slice(0, 20).map((one) => one.name).join(say(', ', '、'))}{preview.departing > 20 && ' …'}</p>
                  {preview.needs_confirmation && <Checkbox checked={confirmed} onChange={(event) => setConfirmed(event.target.checked)}>{say(`That is more than a tenth. I mean it: ${preview.departing} people have left.`, `超过总人数的十分之一。我确认：${preview.departing} 人已离职。`)}</Checkbox>}
                </>
              )}
            />
          )}
          {preview.ignored_columns.length > 0 && <Alert type="info" showIcon title={say(`Columns that are not known, and ignored: ${preview.ignored_columns.join(', ')}`, `未识别而忽略的列：${preview.ignored_columns.join('、')}`)} />}
          {preview.new_departments.length > 0 && <Alert type="info" showIcon title={say(`New departments: ${preview.new_departments.join(', ')}`, `新部门：${preview.new_departments.join('、')}`)} />}
          {preview.added + preview.changed + preview.departing === 0 && preview.refused === 0 && <Alert type="success" showIcon title={say('Everything is as the list says already.', '现有数据与名单一致。')} />}
          <Segmented
            value={kind} onChange={setKind} aria-label={say('Lines', '行')}
            options={[{ value: 'all' as const, label: say(`All ${preview.lines.length}`, `全部 ${preview.lines.length}`) }, ...(['added', 'changed', 'same', 'refused'] as const).filter((one) => preview[one] > 0).map((one) => ({ value: one, label: `${say(results[one][0])} ${preview[one]}` }))]}
          />
          <div className="list-box" style={{ maxHeight: 420 }} tabIndex={0} role="region" aria-label={say('Lines of the list', '名单各行')}>
            <table className="list">
              <thead><tr><th scope="col" style={{ width: 70 }}>{say('Line', '行')}</th><th scope="col" style={{ width: '28%' }}>{say('Name', '姓名')}</th><th scope="col" style={{ width: 110 }}>{say('Result', '结果')}</th><th scope="col">{say('What', '说明')}</th></tr></thead>
              <tbody>
                {lines.slice(0, 500).map((one) => (
                  <tr key={one.line}><td className="numeric">{one.line}</td><td>{one.name}</td><td><Tag color={results[one.result][1]}>{say(results[one.result][0])}</Tag></td><td>{one.text}</td></tr>
                ))}
              </tbody>
            </table>
          </div>
          {lines.length > 500 && <p className="dim">{say(`The first 500 of ${lines.length}.`, `仅显示前 500 行，共 ${lines.length} 行。`)}</p>}
        </div>
      )}
    </Panel>
  );
}
