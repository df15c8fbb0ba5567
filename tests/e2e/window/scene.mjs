// An enrolled computer with a desktop and the server that a test plays, and what the window says in each language.
import { mkdirSync, writeFileSync } from 'node:fs';
import { FakeServer } from '../fake-server.mjs';
import { Machine } from '../machine.mjs';
import { Desk, Window, furnish } from './desk.mjs';

export const prompts = {
  en: {
    title: 'Your security client is about to be uninstalled', primary: 'File for Approval', secondary: 'Got It',
    content: 'After uninstallation, this device cannot be used for work and will lose access to the internal network.',
  },
  zh: {
    title: '您的安全客户端即将被卸载', primary: '去报备', secondary: '我知道了',
    content: '卸载后，该设备无法再用于公司办公，并将失去访问公司内网的权限。',
  },
};

export const texts = {
  en: {
    prohibited: 'Security Software Uninstall Prohibited', file: 'Initiate Filing', reason: 'Reason for filing', waits: 'Your request waits for approval',
    withdraw: 'Withdraw…', ask: 'Withdraw the request?', sure: 'Withdraw', withdrawn: 'Your request was withdrawn', approved: 'Your request is approved', uninstall: 'Uninstall Now',
    rejected: 'Your request was rejected', again: 'File Again', expired: 'Your request has expired', kept: 'Your request has not been sent yet', offline: 'Offline Approval…',
    offlinePage: 'As a file or a message', pasted: 'Pasted approval', import: 'Import', isProtected: 'This computer is protected', notEnrolled: 'This computer is not enrolled yet',
    signIn: 'Sign In', code: 'Sign in on the web page', enrolledFor: 'This computer is enrolled for 李华.', back: 'Back', menu: 'Menu', signOut: 'Sign Out…', switchUser: 'Switch User…',
    lost: 'This computer was reported lost', tampered: 'Files of the Holdfast client are missing or were changed', signedOut: 'Nobody is signed in on this computer',
    notRunning: 'The Holdfast client is not running', noFiling: 'Requests cannot be filed from this computer.', count: (n) => `${n} of 500 characters`,
    down: (number) => `Your request is recorded (${number}); the link to DingTalk is down and your administrator has been told.`,
    unreachable: 'cannot be reached at the moment', over: 'The approval cannot be used any more', uninstallSome: (name) => `Uninstall ${name}…`,
    removing: (name) => `${name} is being uninstalled`, removed: (name) => `${name} was uninstalled`, failed: (name) => `${name} could not be uninstalled`, close: 'Close',
    invalid: 'This is not a valid approval for this computer\'s organisation.', foreign: 'This approval is for another computer or another enrolment.',
    useCode: 'Use the Code', codeField: 'Code', wrongCode: 'The code is wrong.', tooMany: 'Too many wrong codes',
  },
  zh: {
    prohibited: '禁止卸载安全软件', file: '发起报备', reason: '报备原因(R)', waits: '您的申请正在等待审批',
    withdraw: '撤回(W)…', ask: '要撤回申请吗？', sure: '撤回', withdrawn: '您的申请已撤回', approved: '您的申请已通过', uninstall: '立即卸载(U)',
    rejected: '您的申请已被拒绝', again: '再次报备(F)', expired: '您的申请已过期', kept: '您的申请尚未提交', offline: '离线审批(O)…',
    offlinePage: '通过文件或消息', pasted: '粘贴的审批结果(P)', import: '导入(I)', isProtected: '本机受保护', notEnrolled: '本机尚未注册',
    signIn: '登录(S)', code: '请在网页上登录', enrolledFor: '本机已为 李华 注册。', back: '返回(B)', menu: '菜单', signOut: '退出登录(S)…', switchUser: '切换用户(W)…',
    lost: '本机已挂失', tampered: 'Holdfast 客户端的文件缺失或被修改', signedOut: '本机已退出登录',
    notRunning: 'Holdfast 客户端没有运行', noFiling: '本机不能提交报备申请。', count: (n) => `${n} / 500 字`,
    down: (number) => `您的申请已记录（${number}）；与钉钉的连接中断，已通知管理员。`,
    unreachable: '暂时无法连接', over: '审批结果已不能使用', uninstallSome: (name) => `卸载 ${name}…`,
    removing: (name) => `正在卸载 ${name}`, removed: (name) => `${name} 已卸载`, failed: (name) => `${name} 未能卸载`, close: '关闭(C)',
    invalid: '这不是本机所属组织的有效审批结果。', foreign: '这份审批结果属于其他计算机或其他注册。',
    useCode: '使用卸载码(U)', codeField: '卸载码(D)', wrongCode: '卸载码错误。', tooMany: '输错次数过多',
  },
};

// What each text is as a pattern that matches it as it stands.
export function literal(text) {
  return new RegExp(text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
}

export async function scene(t, { language = 'en', enrolled = true, environment, dpi, packages = [] } = {}) {
  const server = new FakeServer();
  const desk = new Desk();
  const machine = new Machine(null);
  const windows = [];
  t.after(async () => {
    for (const window of windows) window.kill();
    await desk.stop();
    await machine.remove();
    await server.stop().catch(() => {});
  });
  await server.start();
  server.rules.prompt = structuredClone(prompts);
  machine.configure(server.url);
  furnish(machine);
  mkdirSync(machine.path('var/lib/dpkg/info'), { recursive: true });
  writeFileSync(machine.path('var/lib/dpkg/status'), packages.map((name) => `Package: ${name}\nStatus: install ok installed\nArchitecture: all\nVersion: 1\n\n`).join(''));
  await machine.start();
  if (enrolled) await machine.enrol(server);
  await desk.start({ environment, dpi });
  const open = async (...options) => {
    const window = new Window(desk, machine.root);
    windows.push(window);
    await window.start({ options, language });
    return window;
  };
  const say = texts[language];
  const picture = (name) => desk.picture(`${name}-${language}`);
  return { server, machine, desk, open, say, prompt: prompts[language], picture, shows: (window, text, seconds) => window.shows(literal(text), seconds) };
}
