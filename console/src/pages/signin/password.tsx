import { Page } from '../../parts/page';

export default function PasswordPage() {
  return <Page title="password">{null}</Page>;
}
