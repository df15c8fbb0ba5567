import { Page } from '../../parts/page';

export default function NotificationsPage() {
  return <Page title="notifications">{null}</Page>;
}
