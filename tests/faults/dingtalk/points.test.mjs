import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { points } from './points.mjs';

const source = fileURLToPath(new URL('../../../src', import.meta.url));

test('the list of kill points is what the source has', () => {
  const found = execFileSync('grep', ['-rhoE', '--include=*.c', 'failpoint\\("[a-z-]+"\\)', source]).toString()
    .match(/"[a-z-]+"/g).map((name) => name.slice(1, -1));
  assert.deepEqual([...found].sort(), [...new Set(found)].sort(), 'each name is in one place');
  assert.deepEqual([...points].sort(), found.sort());
  assert.ok(points.length >= 40);
});
