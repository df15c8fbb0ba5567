import { Button, Result } from 'antd';
import { Link, useRouteError } from 'react-router';
import { useSay } from '../lib/words';

export function NotThere() {
  const say = useSay();
  return <Result status="404" title={say('There is no such page', '页面不存在')} extra={<Link to="/console"><Button type="primary">{say('Overview', '概览')}</Button></Link>} />;
}

/* A fault of the console's own, or a new version of it on the server, whose old parts are gone. */
export function Broken({ inside }: { inside?: boolean }) {
  const say = useSay();
  const error = useRouteError();
  const stale = error instanceof TypeError && /import|module/i.test(error.message);
  return (
    <div className={inside ? undefined : 'centre'}>
      <Result
        status="warning"
        title={stale ? say('There is a newer version of the console', '控制台已有新版本') : say('This page has stopped working', '页面出现错误')}
        subTitle={stale ? say('Load it to go on.', '请重新加载以继续。') : <code className="break">{String((error as Error)?.message ?? error)}</code>}
        extra={<Button type="primary" onClick={() => location.reload()}>{say('Load again', '重新加载')}</Button>}
      />
    </div>
  );
}
