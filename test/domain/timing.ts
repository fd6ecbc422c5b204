// Owns measuring that hostile text costs little. The best of a few runs counts: another program on
// the machine must not fail a test, a slow pattern does in every run.

const RUNS = 3;

/** Milliseconds of the fastest of a few runs. */
export function fastestMs(run: () => void): number {
  let best = Number.POSITIVE_INFINITY;
  for (let at = 0; at < RUNS; at++) {
    const from = performance.now();
    run();
    best = Math.min(best, performance.now() - from);
  }
  return best;
}

/** What a hostile text may cost (security checklist SEC-49, SEC-50). */
export const HOSTILE_MS_MAX = 50;
