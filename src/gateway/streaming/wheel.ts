// Owns doing something to each of many things once in a while: each is visited one full turn after
// it was added, and then every turn, with one timer for all and the work spread over the turn.

import type { Scheduler } from "../../ports/clock.js";

/** What a wheel may carry: it keeps the place that the wheel gave it. */
export interface OnWheel {
  wheelPlace: number;
}

const STEP_MS = 1_000;

export class Wheel<Item extends OnWheel> {
  readonly #scheduler: Scheduler;
  readonly #visit: (item: Item) => void;
  readonly #places: Set<Item>[];
  #now = 0;
  #count = 0;
  #cancel: (() => void) | null = null;

  /** `turnMs` is rounded to whole seconds. */
  constructor(scheduler: Scheduler, turnMs: number, visit: (item: Item) => void) {
    const places = Math.max(1, Math.round(turnMs / STEP_MS));
    this.#scheduler = scheduler;
    this.#visit = visit;
    this.#places = Array.from({ length: places }, () => new Set());
  }

  add(item: Item): void {
    item.wheelPlace = this.#now;
    this.#places[this.#now]?.add(item);
    this.#count++;
    if (this.#cancel === null) this.#step();
  }

  remove(item: Item): void {
    if (this.#places[item.wheelPlace]?.delete(item) !== true) return;
    this.#count--;
    if (this.#count === 0) this.close();
  }

  close(): void {
    this.#cancel?.();
    this.#cancel = null;
  }

  #step(): void {
    this.#cancel = this.#scheduler.after(STEP_MS, () => {
      this.#cancel = null;
      this.#now = (this.#now + 1) % this.#places.length;
      for (const item of [...(this.#places[this.#now] ?? [])]) this.#visit(item);
      if (this.#count > 0 && this.#cancel === null) this.#step();
    });
  }
}
