// How late a decision is heard of when no event tells of it, and what that costs: a simulation of the schedule alone, in
// a second; ./dev bench reading. Fails when a promised figure is missed.
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

execFileSync(fileURLToPath(new URL('../build/bench/reading', import.meta.url)), { stdio: 'inherit' });
