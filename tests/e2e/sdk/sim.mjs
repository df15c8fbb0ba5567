// dingsim alone, for the tests that drive it with DingTalk's own packages.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { build } from '../stage.mjs';

// In memory, with this seed. url and host are where it listens; stop ends it and says what leaked.
export async function dingsim(seed, ...options) {
  const folder = mkdtempSync(path.join(tmpdir(), 'dingsim-sdk-'));
  const file = path.join(folder, 'seed.json');
  writeFileSync(file, JSON.stringify(seed));
  const child = spawn(path.join(build, 'dingsim'), ['--seed', file, ...options], { stdio: ['ignore', 'pipe', 'pipe'] });
  let errors = '';
  child.stderr.on('data', (data) => { errors += data; });
  const ended = new Promise((resolve) => { child.on('exit', resolve); });
  const url = await new Promise((resolve, reject) => {
    let out = '';
    child.stdout.on('data', (data) => {
      out += data;
      const found = /listening on (https?:\S+)/.exec(out);
      if (found) resolve(found[1]);
    });
    child.on('exit', (code) => reject(new Error(`dingsim ended with ${code}: ${errors}`)));
  });
  return {
    url,
    host: new URL(url).host,
    // dingsim's own calls.
    call: async (method, where, body) => {
      const response = await fetch(url + where, {
        method, body: body && JSON.stringify(body), headers: body ? { 'content-type': 'application/json' } : {},
      });
      const text = await response.text();
      return { status: response.status, text, json: text.startsWith('{') ? JSON.parse(text) : undefined };
    },
    stop: async () => {
      child.kill('SIGTERM');
      const code = await ended;
      rmSync(folder, { recursive: true });
      assert.equal(code, 0, errors);
      assert.doesNotMatch(errors, /ERROR|runtime error/);
    },
  };
}
