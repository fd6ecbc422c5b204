// Owns the time limits of asks: thousands a second, nearly all met. They wait in buckets of
// `TICK_MS`, so that a met one costs two set operations and there is one timer for all. Time is
// counted in ticks of the scheduler and not read off the clock, which may jump.

import type { Scheduler } from "../../ports/clock.js";

const TICK_MS = 50;

export interface Late {
  /** Called once if the deadline passes. */
  late(): void;
}

export class Deadlines {
  readonly #scheduler: Scheduler;
  readonly #buckets = new Map<number, Set<Late>>();
  #now = 0;
  #cancel: (() => void) | null = null;

  constructor(scheduler: Scheduler) {
    this.#scheduler = scheduler;
  }

  /** Calls `late` after `delayMs` or up to two ticks later. The answer is for `met`. */
  add(late: Late, delayMs: number): number {
    const tick = this.#now + 1 + Math.ceil(delayMs / TICK_MS);
    let bucket = this.#buckets.get(tick);
    if (bucket === undefined) {
      bucket = new Set();
      this.#buckets.set(tick, bucket);
    }
    bucket.add(late);
    this.#cancel ??= this.#scheduler.after(TICK_MS, () => this.#tick());
    return tick;
  }

  met(late: Late, tick: number): void {
    const bucket = this.#buckets.get(tick);
    if (bucket === undefined) return;
    bucket.delete(late);
    if (bucket.size === 0) this.#buckets.delete(tick);
  }

  /** Lets everyone go as late: nobody will answer any more. */
  stop(): void {
    this.#cancel?.();
    this.#cancel = null;
    this.#release(Number.POSITIVE_INFINITY);
  }

  #tick(): void {
    this.#cancel = null;
    this.#now++;
    this.#release(this.#now);
    if (this.#buckets.size > 0) {
      this.#cancel ??= this.#scheduler.after(TICK_MS, () => this.#tick());
    }
  }

  #release(upToTick: number): void {
    for (const [tick, bucket] of this.#buckets) {
      if (tick > upToTick) continue;
      this.#buckets.delete(tick);
      for (const late of bucket) late.late();
    }
  }
}
