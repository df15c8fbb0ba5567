/* A new password, with its rules before it is typed, and typed twice. */
import { Form, Input } from 'antd';
import { useSay } from '../../lib/words';

export const shortest = 12;

export function NewPassword({ email, focus }: { email?: () => string | undefined; focus?: boolean }) {
  const say = useSay();
  return (
    <>
      <Form.Item
        name="password" label={say('New password', '新密码')} validateFirst
        extra={say(`At least ${shortest} characters, and not the email address. Several words in a row are easy to remember.`, `至少 ${shortest} 个字符，且不能与邮箱相同。几个词连在一起便于记忆。`)}
        rules={[
          { required: true, message: say('Please choose a password.', '请设置密码。') },
          { min: shortest, message: say(`At least ${shortest} characters, please.`, `密码至少需要 ${shortest} 个字符。`) },
          { validator: (_, value: string) => (value.toLowerCase() === email?.()?.trim().toLowerCase() ? Promise.reject(new Error(say('The email address is no password.', '密码不能与邮箱相同。'))) : Promise.resolve()) },
        ]}
      >
        <Input.Password autoComplete="new-password" maxLength={256} autoFocus={focus} />
      </Form.Item>
      <Form.Item
        name="again" label={say('The same once more', '再次输入新密码')} dependencies={['password']} validateFirst
        rules={[
          { required: true, message: say('Please type it once more.', '请再次输入密码。') },
          ({ getFieldValue }) => ({ validator: (_, value) => (value === getFieldValue('password') ? Promise.resolve() : Promise.reject(new Error(say('These two are not the same.', '两次输入的密码不一致。')))) }),
        ]}
      >
        <Input.Password autoComplete="new-password" maxLength={256} />
      </Form.Item>
    </>
  );
}
