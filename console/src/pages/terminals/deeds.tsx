/* What is done to devices, one or many: the words for each, what follows from it, and the dialogue that asks for a reason. */
import { Alert } from 'antd';
import { useState, type ReactNode } from 'react';
import { api, ifMatch, useChange, type Schema } from '../../lib/api';
import { plural, useSay, type Say, type Text } from '../../lib/words';
import { Dialog } from '../../parts/dialog';
import { ReasonDialog } from '../../parts/reason';
import { useTell } from '../../parts/trouble';

export type Deed = 'lost' | 'found' | 'unbind' | 'delete';

export const deeds: Record<Deed, { text: Text; danger?: boolean; follows: Text[]; done: Text }> = {
  lost: {
    text: ['Report lost', '挂失'],
    danger: true,
    follows: [
      ['It stays as protected as it is.', '设备的保护保持不变。'],
      ['Waiting requests end, and unused approvals are called back.', '待审批的申请将结束，未使用的批准将被收回。'],
      ['Nothing can be filed on it until it is found.', '在找回之前，该设备上无法报备。'],
    ],
    done: ['Reported lost', '已挂失'],
  },
  found: {
    text: ['Found again', '取消挂失'],
    follows: [['Requests can be filed on it again. What ended when it was lost stays ended.', '该设备上可重新报备；挂失时已结束的申请不会恢复。']],
    done: ['Found again', '已取消挂失'],
  },
  unbind: {
    text: ['Unbind', '解绑'],
    danger: true,
    follows: [
      ['Its protection ends: the client can then be uninstalled without an approval.', '保护随之结束：此后无需批准即可卸载客户端。'],
      ['It is nobody’s from then on. Its person is signed out.', '设备不再属于任何人，当前使用者将退出登录。'],
      ['Waiting requests end, and unused approvals are called back.', '待审批的申请将结束，未使用的批准将被收回。'],
      ['Whoever signs in on it makes it a device of theirs again.', '此后在该设备上登录的人将成为新的使用者。'],
    ],
    done: ['Unbound', '已解绑'],
  },
  delete: {
    text: ['Delete', '删除'],
    danger: true,
    follows: [
      ['It leaves this list for good. Its requests, removals and the record stay.', '设备将从列表中永久移除；其申请、卸载记录和审计记录会保留。'],
      ['A client that is still on it keeps its protection, and can enrol again, as a new entry.', '仍在设备上的客户端继续受保护，可重新注册为新的设备。'],
      ['Only a device that is away can be deleted.', '只能删除不在线的设备。'],
    ],
    done: ['Deleted', '已删除'],
  },
};

export const Follows = ({ deed }: { deed: Deed }) => {
  const say = useSay();
  return <ul className="follows">{deeds[deed].follows.map((one) => <li key={one[0]}>{say(one)}</li>)}</ul>;
};

const reasonLabel: Text = ['Reason, for the record', '原因（将写入审计记录）'];

/* One device, as it was read: refused when somebody changed it meanwhile. */
export function DeedDialog({ deed, device, close, after }: { deed: Deed | undefined; device: Schema<'DeviceDetail'>; close: () => void; after?: (deed: Deed) => void }) {
  const say = useSay();
  const tell = useTell();
  const run = useChange(async ({ deed, reason }: { deed: Deed; reason: string }) => {
    const input = { params: { path: { id: device.id } }, body: { reason }, headers: ifMatch(device) };
    if (deed === 'delete') return api.POST('/api/v1/devices/{id}/delete', input).then(() => undefined);
    const { data } = await (deed === 'lost' ? api.POST('/api/v1/devices/{id}/lost', input) : deed === 'found' ? api.POST('/api/v1/devices/{id}/found', input) : api.POST('/api/v1/devices/{id}/unbind', input));
    return data;
  });
  const [shown, show] = useState<Deed>('lost');
  if (deed && deed !== shown) show(deed);
  const words = deeds[deed ?? shown];
  return (
    <ReasonDialog
      open={!!deed} title={`${say(words.text)}: ${device.name}`} deed={say(words.text)} danger={words.danger} required label={say(reasonLabel)} about={<Follows deed={deed ?? shown} />} close={close}
      run={async (reason) => {
        await run.mutateAsync({ deed: deed!, reason });
        tell.done(say(words.done));
        after?.(deed!);
      }}
    />
  );
}

export type Chosen = { id: string; name: string };
type Results = Schema<'BulkDevices'>;

const howMany = (say: Say, n: number) => say(plural(n, 'device'), `${n} 台设备`);

/* Many: each for itself; what was refused is listed with its reason. */
export function BulkDialog({ deed, chosen, close, after }: { deed: Deed | undefined; chosen: Chosen[]; close: () => void; after: (failed: string[]) => void }) {
  const say = useSay();
  const tell = useTell();
  const [results, setResults] = useState<{ deed: Deed; all: Results; names: Record<string, string> }>();
  const run = useChange((input: { action: Deed; ids: string[]; reason: string }) => api.POST('/api/v1/devices/bulk', { body: input }));
  const [shown, show] = useState<Deed>('lost');
  if (deed && deed !== shown) show(deed);
  const words = deeds[deed ?? shown];
  const list = (names: ReactNode[]) => <ul className="follows">{names.map((one, i) => <li key={i} className="break">{one}</li>)}</ul>;
  const failed = results?.all.items.filter((one) => one.problem) ?? [];
  return (
    <>
      <ReasonDialog
        open={!!deed} title={`${say(words.text)}: ${howMany(say, chosen.length)}`} deed={say(words.text)} danger={words.danger} required label={say(reasonLabel)} close={close}
        about={<><Follows deed={deed ?? shown} /><p className="dim break">{chosen.slice(0, 8).map((one) => one.name).join(say(', ', '、'))}{chosen.length > 8 && say(` and ${chosen.length - 8} more`, ` 等 ${chosen.length} 台`)}</p></>}
        run={async (reason) => {
          const all = (await run.mutateAsync({ action: deed!, ids: chosen.map((one) => one.id), reason })) as Results;
          after(all.items.filter((one) => one.problem).map((one) => one.id));
          if (all.failed === 0) tell.done(`${say(words.done)}: ${howMany(say, all.done)}`);
          else setResults({ deed: deed!, all, names: Object.fromEntries(chosen.map((one) => [one.id, one.name])) });
        }}
      />
      <Dialog open={!!results} title={say('Not all of it was done', '部分设备未完成')} footer={null} onCancel={() => setResults(undefined)}>
        {results && (
          <>
            {results.all.done > 0 && <Alert type="success" showIcon style={{ marginBottom: 12 }} title={`${say(deeds[results.deed].done)}: ${howMany(say, results.all.done)}`} />}
            <Alert type="error" showIcon title={say(`Refused: ${plural(failed.length, 'device')}`, `未能执行：${failed.length} 台设备`)} description={list(failed.map((one) => <><b>{results.names[one.id]}</b>: {one.problem!.detail || one.problem!.title}</>))} />
            <p className="dim">{say('Those are still selected.', '这些设备仍保持选中状态。')}</p>
          </>
        )}
      </Dialog>
    </>
  );
}
