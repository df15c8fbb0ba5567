// ./dev faults [--long] [NAME...] [--seed N] [--count N] [--postgresql]: every row of faults, or those named. A line a row: "ok" or "FAILED", what was
// reached, the time, the seed; the last line is "N passed, N failed". The same seed makes the same schedule again.
// --postgresql: on HOLDFAST_TEST_POSTGRESQL, which tests/postgresql sets.
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Chance } from './world.mjs';

const folder = new URL('./rows/', import.meta.url);
const names = readdirSync(fileURLToPath(folder)).filter((f) => f.endsWith('.mjs')).map((f) => f.slice(0, -4));

const given = { long: false, seed: Math.floor(Math.random() * 2 ** 31), count: undefined, names: [] };
const words = process.argv.slice(2);
while (words.length) {
  const word = words.shift();
  if (word === '--long') given.long = true;
  else if (word === '--seed') given.seed = Number(words.shift());
  else if (word === '--count') given.count = Number(words.shift());
  else if (word === '--postgresql') process.env.HOLDFAST_FAULTS_POSTGRESQL = process.env.HOLDFAST_TEST_POSTGRESQL;
  else if (names.includes(word)) given.names.push(word);
  else {
    console.error(`usage: ./dev faults [--long] [NAME...] [--seed N] [--count N] [--postgresql]; names: ${names.join(' ')}`);
    process.exit(2);
  }
}

const rows = await Promise.all((given.names.length ? given.names : names).map(async (name) => ({ name, ...(await import(new URL(`${name}.mjs`, folder))) })));
rows.sort((a, b) => a.row.localeCompare(b.row, undefined, { numeric: true }));

let failed = 0;
for (const row of rows) {
  const began = Date.now();
  const context = { seed: given.seed, chance: new Chance(given.seed), long: given.long, count: given.count ?? row.counts[given.long ? 'long' : 'short'],
    say: (text) => console.log(`   ${row.row} ${row.name}: ${text} (${Math.round((Date.now() - began) / 1000)} s)`) };
  const tail = () => `${((Date.now() - began) / 1000).toFixed(1)} s, --seed ${given.seed}`;
  try {
    console.log(`ok ${row.row} ${row.name}: ${await row.run(context)}; ${tail()}`);
  } catch (error) {
    failed += 1;
    console.log(`FAILED ${row.row} ${row.name}; ${tail()}\n${error.stack}`);
  }
}
console.log(`${rows.length - failed} passed, ${failed} failed`);
process.exit(failed ? 1 : 0);
