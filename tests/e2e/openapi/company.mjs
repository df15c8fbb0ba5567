// A server with something of everything, and a caller of every role.
import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { Stage, build, corp, forms } from '../stage.mjs';

export const roles = ['owner', 'security-admin', 'approver', 'auditor'];

export const token = (stage, role, ...more) => execFileSync(path.join(build, 'holdfast-server'),
  ['token', 'create', '--role', role, '--name', `fuzz ${role}`, ...more, ...stage.options]).toString().trim();

export async function company(options) {
  const stage = await Stage.open(options);
  const device = await stage.device('fuzz-laptop');
  await device.sync();
  const devices = [device];
  for (let i = 0; i < 8; i += 1) {
    devices.push(await stage.device(`fuzz-${i}`, ['lihua', 'wangfang', 'guqing'][i % 3]));
    await devices.at(-1).sync();
    await devices.at(-1).file();
  }
  const people = Object.fromEntries(roles.map((role) => [role, { authorization: `Bearer ${token(stage, role)}` }]));
  const known = {
    // What a generator cannot guess.
    values: { corp_id: corp, process_code: forms.main, version: '1' },
    recipes: {
      createWorkflow: [
        { name: 'a', type: 'dingtalk', app: stage.app.id, forms: [{ template: 'app_uninstall', process_code: forms.main, groups: [],
          fields: [{ system: 'reason', component: '卸载原因' }] }] },
      ],
      createDingTalkApp: [{ corp_id: corp, client_id: 'dingother', client_secret: 'other', ingress: 'stream' }],
      createRelease: [{ device: device.id, reason: '迁移', hours: 24 }],
    },
  };
  return { stage, device, people, known };
}
