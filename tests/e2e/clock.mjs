// A clock that a test moves and speeds up: the file that HOLDFAST_CLOCK names (src/base/clock.h). The server and dingsim of
// builds with -Dfailpoints=true follow it while they run.
import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';

// Whether that program was built so that it follows a clock; a test that cannot do without says so and is skipped.
export const unclocked = (program) => !readFileSync(program).includes('HOLDFAST_CLOCK') && 'this build follows no clock: -Dfailpoints=true';

export class Clock {
  constructor(file, start = Date.now()) {
    Object.assign(this, { file, fd: openSync(file, 'w'), generation: 0n, real: Date.now(), virtual: start, rate: 1 });
    this.write();
  }

  // What to start programs with.
  get environment() { return { HOLDFAST_CLOCK: this.file }; }

  now() { return this.virtual + (Date.now() - this.real) * this.rate; }

  // From now on so many times faster than the machine's; a whole number, 0 stands still.
  speed(rate) { this.set(this.now(), rate); }

  forward(ms) { this.set(this.now() + ms, this.rate); }

  // How long ms of this clock are on the machine's, for sleeping.
  real_ms(ms) { return Math.ceil(ms / Math.max(1, this.rate)); }

  set(virtual, rate) {
    Object.assign(this, { virtual, rate, real: Date.now() });
    this.write();
  }

  write() {
    const word = (value) => { const b = Buffer.alloc(8); b.writeBigInt64LE(BigInt(value)); return b; };
    // Odd while it is being written, each in a write of its own: readers try again until they see one state.
    writeSync(this.fd, word(this.generation + 1n), 0, 8, 0);
    writeSync(this.fd, Buffer.concat([word(this.real), word(this.virtual), word(this.rate)]), 0, 24, 8);
    this.generation += 2n;
    writeSync(this.fd, word(this.generation), 0, 8, 0);
  }

  close() { closeSync(this.fd); }
}
