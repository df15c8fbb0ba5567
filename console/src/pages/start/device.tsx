/* The first computer: what to type there, and a light for when it is connected. */
import { Segmented } from 'antd';
import { useState } from 'react';
import { Link } from 'react-router';
import { Ago } from '../../lib/time';
import { useSay } from '../../lib/words';
import { Copy } from '../../parts/copy';
import { Light } from './light';
import type { Found } from './steps';

const installs = {
  apt: 'apt install ./holdfast-client_*.deb ./holdfast-desktop_*.deb',
  dnf: 'dnf install ./holdfast-client-*.rpm ./holdfast-desktop-*.rpm',
};

export function DeviceStep({ found }: { found: Found }) {
  const say = useSay();
  const [by, setBy] = useState<keyof typeof installs>('apt');
  // What the server calls itself is in the addresses that it gives out.
  const server = found.apps[0] ? new URL(found.apps[0].redirect_url).origin : location.origin;
  const { device } = found;
  return (
    <>
      <Light on={device !== undefined}>
        {device ? <><Link to={`/console/terminals/${device.id}`}>{device.name}</Link>{say(' is connected, since ', '已接入：')}<Ago ms={device.enrolled_ms} /></>
          : say('Waiting for the first computer. This light turns green by itself.', '正在等待首台设备接入，接入后此灯会自动变绿。')}
      </Light>
      <p><Segmented value={by} onChange={setBy} aria-label={say('System', '系统')} options={[{ value: 'apt', label: 'Debian, Ubuntu' }, { value: 'dnf', label: 'Fedora, RHEL' }]} /></p>
      <ol className="how">
        <li>{say('On the computer, as root, in the folder with the packages:', '在电脑上以 root 身份，于安装包所在目录执行：')}<div style={{ marginTop: 8 }}><Copy text={installs[by]} name={say('Install', '安装')} /></div></li>
        <li>{say('Say where this server is:', '设置服务器地址：')}<div style={{ marginTop: 8 }}><Copy text={`sed -i 's|^url =.*|url = ${server}|' /etc/holdfast/agent.conf`} name={say('Server address', '服务器地址')} /></div></li>
        <li>{say('As the person who uses it, connect it: it prints a page on which they sign in, and say yes.', '由使用者本人执行以下命令，并在其显示的页面上登录、确认：')}<div style={{ marginTop: 8 }}><Copy text="holdfast login" name={say('Connect', '接入')} /></div></li>
      </ol>
      <p className="dim">{say('The first client is for Linux; Windows and macOS computers are not protected by it. ', '首个客户端支持 Linux；暂不保护 Windows 和 macOS 设备。')}
        {say('Many computers at once: ', '批量接入：')}<Link to="/console/terminals/enrolment">{say('Enrolment Tokens', '注册令牌')}</Link></p>
    </>
  );
}
