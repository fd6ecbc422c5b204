// Owns the system's own time and chance: the one place that reads them for everybody else. They
// satisfy Clock, Scheduler and Random of ports/clock.ts, and are handed out by src/node.ts; tests
// and the simulator hand out others.

import { randomBytes } from "node:crypto";

/** Milliseconds since 1970, from the machine. */
export const systemClock = {
  nowMs: (): number => Date.now(),
};

/** Timers of the process. They keep it alive until they ran or are cancelled. */
export const systemScheduler = {
  after(delayMs: number, run: () => void): () => void {
    const timer = setTimeout(run, Math.max(0, delayMs));
    return () => clearTimeout(timer);
  },
};

/** Chance fit for secrets. */
export const systemRandom = {
  next: (): number => randomBytes(6).readUIntBE(0, 6) / 2 ** 48,
  bytes: (count: number): Uint8Array => new Uint8Array(randomBytes(count)),
};
