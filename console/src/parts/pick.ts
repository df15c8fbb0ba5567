/*
 * What an entry of a menu does. Chosen with Enter it may open a dialogue, whose first button would have the focus before
 * the browser has done with the key, and be pressed by it.
 */
import type { SyntheticEvent } from 'react';

export const pick = (run: () => unknown) => ({ domEvent }: { domEvent: SyntheticEvent }) => {
  domEvent.preventDefault();
  run();
};
