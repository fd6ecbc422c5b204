// Owns the list of live cells and how much memory they take. Above `residentMaxBytes` idle cells are
// let go, those first that nobody used since the last look. Busy cells, and cells with effects to do,
// stay: the bound is soft for them, and at twice the bound no further cell comes alive (mailbox-full).

import type { Cell } from "./cell.js";

/** Below this part of the bound there is nothing to do. */
const ENOUGH = 0.9;
/** Cells looked at, and cells let go, before the outside is looked at again. */
const LOOKED_AT_MAX = 2_000;
const LEAVING_MAX = 64;

export class Residents {
  readonly #cells = new Map<string, Cell>();
  readonly #maxBytes: number;
  readonly #defer: (run: () => void) => void;
  #bytes = 0;
  #sweeping = false;

  constructor(options: { maxBytes: number; defer: (run: () => void) => void }) {
    this.#maxBytes = options.maxBytes;
    this.#defer = options.defer;
  }

  get size(): number {
    return this.#cells.size;
  }

  /** Estimated memory of all live cells. */
  get bytes(): number {
    return this.#bytes;
  }

  /** True if no further cell may come alive now. */
  get isFull(): boolean {
    return this.#bytes > 2 * this.#maxBytes;
  }

  get(key: string): Cell | undefined {
    return this.#cells.get(key);
  }

  all(): Cell[] {
    return [...this.#cells.values()];
  }

  add(cell: Cell): void {
    this.#cells.set(cell.key, cell);
    this.grew(cell.bytes);
  }

  remove(cell: Cell): void {
    if (this.#cells.get(cell.key) === cell) this.#cells.delete(cell.key);
  }

  grew(bytes: number): void {
    this.#bytes += bytes;
    if (this.#bytes <= this.#maxBytes || this.#sweeping) return;
    this.#sweeping = true;
    this.#defer(() => void this.#sweep());
  }

  async #sweep(): Promise<void> {
    let looks = 2 * this.#cells.size;
    while (looks > 0 && this.#bytes > ENOUGH * this.#maxBytes) {
      const limit = Math.min(looks, LOOKED_AT_MAX);
      const leaving = this.#choose(limit);
      looks -= limit;
      await Promise.all(leaving.map((cell) => this.#letGo(cell)));
      await new Promise<void>((resume) => this.#defer(resume));
    }
    this.#sweeping = false;
  }

  /** Idle cells that nobody used since the last look; the others go to the end of the line. */
  #choose(looksMax: number): Cell[] {
    const leaving: Cell[] = [];
    let surplus = this.#bytes - ENOUGH * this.#maxBytes;
    let looks = 0;
    for (const cell of this.#cells.values()) {
      if (++looks > looksMax || surplus <= 0 || leaving.length >= LEAVING_MAX) break;
      if (!cell.touched && cell.isIdle) {
        leaving.push(cell);
        surplus -= cell.bytes;
        continue;
      }
      cell.touched = false;
      this.#cells.delete(cell.key);
      this.#cells.set(cell.key, cell);
    }
    return leaving;
  }

  async #letGo(cell: Cell): Promise<void> {
    if (await cell.leave()) this.remove(cell);
  }
}
