/* Signed in, with a role that must have a second factor, and without one: nothing else goes before that. */
import { Button } from 'antd';
import { api } from '../../lib/api';
import { roleNames, useMe } from '../../lib/session';
import { useSay } from '../../lib/words';
import { forgetSession } from '../../frame/entrance';
import { Gate } from './gate';
import { SecondFactorSetup } from './totp';

export default function SecondFactor({ done }: { done: () => void }) {
  const say = useSay();
  const me = useMe();
  const leave = async () => {
    await api.POST('/auth/logout').catch(() => {});
    done();
    forgetSession();
  };
  return (
    <Gate
      title={say('Set up a second factor', '设置二次验证')}
      about={say(`Your organisation asks it of everybody with the role ${roleNames[me.role][0]}: when you sign in, a code of your phone is asked for, too.`,
        `您的组织要求“${roleNames[me.role][1]}”角色启用二次验证：登录时还需输入手机上的验证码。`)}
    >
      <SecondFactorSetup hasPassword={me.account?.sign_in?.password ?? false} done={done} deed={say('Go on', '继续')} />
      <p className="gate-foot"><Button type="link" onClick={() => void leave()}>{say('Sign out', '退出登录')}</Button></p>
    </Gate>
  );
}
