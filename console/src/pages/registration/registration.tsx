import { Page } from '../../parts/page';

export default function RegistrationPage() {
  return <Page title="registration">{null}</Page>;
}
