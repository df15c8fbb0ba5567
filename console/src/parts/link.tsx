/* A link that looks like a button: opens in another tab as any link does. */
import { Button, type ButtonProps } from 'antd';
import { useHref, useLinkClickHandler } from 'react-router';

export function LinkButton({ to, ...rest }: Omit<ButtonProps, 'href' | 'onClick'> & { to: string }) {
  const href = useHref(to);
  const click = useLinkClickHandler<HTMLElement>(to);
  return <Button {...rest} href={href} onClick={click as never} />;
}
