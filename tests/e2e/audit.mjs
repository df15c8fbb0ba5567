// What the tests of the audit record share: the server's commands, exports and their verification.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after } from 'node:test';
import { build } from './stage.mjs';

export const folder = mkdtempSync(path.join(tmpdir(), 'holdfast-audit-'));
after(() => rmSync(folder, { recursive: true }));

export const databases = [['SQLite', undefined]];
if (process.env.HOLDFAST_TEST_POSTGRESQL) databases.push(['PostgreSQL', process.env.HOLDFAST_TEST_POSTGRESQL]);

export const tool = (...words) => spawnSync(path.join(build, 'holdfast-server'), words, { encoding: 'utf8', maxBuffer: 1 << 28 });

export function verify(text, ...more) {
  const file = path.join(folder, 'export.jsonl');
  writeFileSync(file, text);
  return tool('audit', 'verify', file, ...more);
}

export async function exported(stage, query = '') {
  const answer = await stage.admin('GET', `audit/export?${query}`);
  assert.equal(answer.status, 200, answer.text);
  assert.equal(answer.headers.get('content-type'), 'application/jsonl');
  return answer.text;
}

export const language = (stage, word) => stage.ask('PUT', 'settings', { language: word });

export const good = (run) => {
  assert.equal(run.status, 0, run.stdout + run.stderr);
  assert.match(run.stdout, /Nothing was changed, removed, swapped, added or cut/);
  return run.stdout;
};
