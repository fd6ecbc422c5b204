// Owns which cells come back when: at most `atOnceMax` at a time, the others in the order in which
// they were asked for; and the list of cells that must come back without a message, because they
// may have effects to do. Those are tried again, longer apart each time, until they are back.

import type { Random, Scheduler } from "../../ports/clock.js";
import { backoffMs } from "./outbox.js";

export type RecoveriesDeps = {
  atOnceMax: number;
  scheduler: Scheduler;
  random: Random;
  /** Begins to bring the cell back, unless it is there. False if there is no room now. */
  bringBack: (key: string) => boolean;
};

export class Recoveries {
  readonly #deps: RecoveriesDeps;
  readonly #queue: (() => Promise<void>)[] = [];
  #running = 0;
  /** Cells that must come back, with how often it failed. */
  readonly #attempts = new Map<string, number>();
  readonly #timers = new Map<string, () => void>();
  #stopped = false;

  constructor(deps: RecoveriesDeps) {
    this.#deps = deps;
  }

  /** Recoveries that wait for their turn. */
  get waiting(): number {
    return this.#queue.length;
  }

  /** Runs the recovery now or when others have ended. It never rejects. */
  run(recovery: () => Promise<void>): void {
    this.#queue.push(recovery);
    this.#pump();
  }

  /** True if the cell must come back and is not back yet. */
  awaits(key: string): boolean {
    return this.#attempts.has(key);
  }

  /** The cell must come back: now, or as soon as there is room. */
  soon(key: string): void {
    if (!this.#attempts.has(key)) this.#attempts.set(key, 0);
    if (!this.#deps.bringBack(key)) this.later(key);
  }

  /** The cell must come back, not at once. */
  later(key: string): void {
    if (this.#stopped) return;
    const attempt = (this.#attempts.get(key) ?? 0) + 1;
    this.#attempts.set(key, attempt);
    if (this.#timers.has(key)) return;
    const cancel = this.#deps.scheduler.after(backoffMs(attempt, this.#deps.random), () => {
      this.#timers.delete(key);
      this.soon(key);
    });
    this.#timers.set(key, cancel);
  }

  /** The cell is back, or is somebody else's. */
  done(key: string): void {
    this.#attempts.delete(key);
    this.#timers.get(key)?.();
    this.#timers.delete(key);
  }

  stop(): void {
    this.#stopped = true;
    for (const cancel of this.#timers.values()) cancel();
    this.#timers.clear();
  }

  #pump(): void {
    while (this.#running < this.#deps.atOnceMax) {
      const next = this.#queue.shift();
      if (next === undefined) return;
      this.#running++;
      void next().finally(() => {
        this.#running--;
        this.#pump();
      });
    }
  }
}
