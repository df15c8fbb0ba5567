// No callback arrives, and the organisation has the 5,000 calls a month that DingTalk gives for nothing: how late decisions are
// found depends on how many are open; the calls are never exceeded, not even when there are far too few.
import { scene } from './dropped.mjs';

export const row = 'R3';
export const counts = { short: 1, long: 24 }; // hours
const scenarios = [
  { calls: 5000, open: 1, decided: 48, rate: 600 },
  { calls: 5000, open: 10, decided: 96, rate: 600 },
  { calls: 5000, open: 100, decided: 96, rate: 600 },
  { calls: 300, open: 50, decided: 96, rate: 1000, poor: true },
];
const brief = [{ calls: 120, open: 20, decided: 12, rate: 600, poor: true }];

export const run = (context) => scene(context, context.long ? scenarios : brief);
