import { Page } from '../../parts/page';

export default function EnrolmentPage() {
  return <Page title="enrolment">{null}</Page>;
}
