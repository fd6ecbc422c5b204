// Owns fairness between cells and the outside. The main loop runs every callback that is due before
// it looks at sockets again, so a thousand cells woken at once would hold it for all their turns.
// Turns are therefore dealt in slices: when `sliceMaxMs` of turns have run since the outside was
// last looked at, the others are held, oldest first, and go on after it.

const RELEASE_MAX = 64;

export class Slices {
  readonly #nowMs: () => number;
  readonly #defer: (run: () => void) => void;
  readonly #sliceMaxMs: number;
  #held: (() => void)[] = [];
  #again: (() => void)[] = [];
  #open = false;
  #startMs = 0;

  /** `defer` runs its argument after the outside was looked at (setImmediate). */
  constructor(options: {
    nowMs: () => number;
    defer: (run: () => void) => void;
    sliceMaxMs: number;
  }) {
    this.#nowMs = options.nowMs;
    this.#defer = options.defer;
    this.#sliceMaxMs = options.sliceMaxMs;
  }

  /** Runs `run` now, or in a later slice if others are waiting already. */
  enter(run: () => void): void {
    if (this.#held.length > 0 || this.#again.length > 0) this.#held.push(run);
    else run();
  }

  /** May a turn run now? If not, `again` is to be called. */
  admits(): boolean {
    if (!this.#open) {
      this.#begin();
      return true;
    }
    const elapsedMs = this.#nowMs() - this.#startMs;
    return elapsedMs >= 0 && elapsedMs < this.#sliceMaxMs;
  }

  /** Runs `run` in a later slice, before all that were held after it. */
  again(run: () => void): void {
    this.#again.push(run);
    this.#begin();
  }

  #begin(): void {
    if (this.#open) return;
    this.#open = true;
    this.#startMs = this.#nowMs();
    this.#defer(() => this.#next());
  }

  #next(): void {
    this.#open = false;
    if (this.#again.length > 0) {
      this.#held = this.#again.concat(this.#held);
      this.#again = [];
    }
    if (this.#held.length === 0) return;
    const released = this.#held.splice(0, RELEASE_MAX);
    // The held ones left over come at the next look, even if none of the released takes a turn.
    if (this.#held.length > 0) this.#begin();
    for (const run of released) run();
  }
}
