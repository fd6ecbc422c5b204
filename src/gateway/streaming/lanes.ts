// Owns the order of work that must wait for reads: what has the same key runs one after the other,
// what has not runs side by side. Bounded: beyond the bound work is refused, for events are volatile
// and a client fetches what it missed.

import { assert } from "../../base/assert.js";

export class Lanes {
  readonly #pendingMax: number;
  readonly #failed: (error: unknown) => void;
  readonly #tails = new Map<string, Promise<void>>();
  #pending = 0;

  /** `failed` is told of work that threw; it does not stop what follows. */
  constructor(pendingMax: number, failed: (error: unknown) => void) {
    assert(pendingMax > 0, "lanes must let something through");
    this.#pendingMax = pendingMax;
    this.#failed = failed;
  }

  get pending(): number {
    return this.#pending;
  }

  /** False if too much is waiting already: then the work is not done. */
  run(key: string, work: () => Promise<void>): boolean {
    if (this.#pending >= this.#pendingMax) return false;
    this.#pending++;
    const before = this.#tails.get(key);
    const mine: Promise<void> = (before === undefined ? work() : before.then(work))
      .catch(this.#failed)
      .then(() => {
        this.#pending--;
        if (this.#tails.get(key) === mine) this.#tails.delete(key);
      });
    this.#tails.set(key, mine);
    return true;
  }

  /** Resolves when everything that was begun is done. */
  async idle(): Promise<void> {
    while (this.#tails.size > 0) await Promise.all(this.#tails.values());
  }
}
