// The kill points, as tests/faults/points.txt lists them.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export const points = readFileSync(fileURLToPath(new URL('../points.txt', import.meta.url)), 'utf8').split('\n')
  .filter((line) => line && !line.startsWith('#')).map((line) => line.split(/\s+/, 1)[0]);
