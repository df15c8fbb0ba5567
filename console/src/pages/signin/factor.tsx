import { Page } from '../../parts/page';

export default function FactorPage() {
  return <Page title="factor">{null}</Page>;
}
