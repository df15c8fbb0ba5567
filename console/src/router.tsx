import { lazy, Suspense } from 'react';
import { createBrowserRouter, Outlet } from 'react-router';
import { Broken, NotThere } from './parts/broken';
import { Entrance } from './frame/entrance';
import { Shell } from './frame/shell';
import { PageSkeleton } from './parts/page';
import { areas, places, type Place } from './routes';
import { Guard } from './frame/guard';

const Setup = lazy(() => import('./pages/signin/setup'));
const Password = lazy(() => import('./pages/signin/password'));

function route(place: Place) {
  const Page = lazy(place.page);
  return {
    path: `console/${place.path}`,
    element: (
      <Guard place={place} key={place.path}>
        <Suspense fallback={<PageSkeleton title={place.title} />}><Page /></Suspense>
      </Guard>
    ),
  };
}

export const router = createBrowserRouter([
  {
    element: <Suspense fallback={null}><Outlet /></Suspense>,
    errorElement: <Broken />,
    children: [
      { path: 'setup', element: <Setup /> },
      { path: 'password', element: <Password /> },
      {
        // Signed out, the same address asks for a sign-in and then goes on.
        element: <Entrance><Shell areas={areas} /></Entrance>,
        children: [
          { errorElement: <Broken inside />, children: [...places.map(route), { path: '*', element: <NotThere /> }] },
        ],
      },
    ],
  },
]);
