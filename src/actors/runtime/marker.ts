// Owns the mark that a cell leaves while it has durable effects to do: a member of its shard's
// outbox collection, whose value is the cursor (effects of facts up to it are done). It is put by
// the append that records the facts, and dropped by a later append, so it costs no commit of its
// own under load. Both are fenced: a node that lost the cell cannot drop its successor's mark. No
// mark means that nothing is undone. Shards have a collection each, so that whoever takes a shard
// over reads what it took over, and no partition grows with the whole site.

import { dropMember, putMember } from "../../base/changes.js";
import type { Change } from "../../ports/storage.js";
import { hashOf, shardOf } from "./shard.js";

const RANK_MAX = 64;
const RANK_HASH_DIGITS = 8;

/** Facts that the cursor may run ahead of what is written before it is written again. */
const CURSOR_STEP = 16;

export const outboxOf = (shard: number): string => `outbox-open/${shard}`;

export class Marker {
  readonly #key: string;
  readonly #collection: string;
  /** The written cursor, or null if there is no mark. */
  #written: number | null;

  constructor(cell: { key: string; id: string }, written: number | null) {
    this.#key = cell.key;
    this.#collection = outboxOf(shardOf(cell.id));
    this.#written = written;
  }

  get isOpen(): boolean {
    return this.#written !== null;
  }

  /**
   * What the next append has to do to the mark. The answer counts as written: if that append
   * fails, its cell ends, and this mark with it.
   */
  change(next: { hasEffects: boolean; undone: number; doneUpTo: number }): Change | null {
    if (!next.hasEffects && next.undone === 0) {
      if (this.#written === null) return null;
      this.#written = null;
      return dropMember(this.#collection, this.#key);
    }
    if (this.#written !== null && next.doneUpTo - this.#written < CURSOR_STEP) return null;
    this.#written = next.doneUpTo;
    return putMember(this.#collection, this.#key, rankOf(this.#key), String(next.doneUpTo));
  }
}

/** The key as a rank. Pages go by rank, so long keys that begin alike must not share one. */
function rankOf(key: string): string {
  if (key.length <= RANK_MAX) return key;
  const hash = hashOf(key).toString(16).padStart(RANK_HASH_DIGITS, "0");
  return key.slice(0, RANK_MAX - RANK_HASH_DIGITS) + hash;
}

/** The cursor of a mark's value. */
export const cursorOf = (value: string): number => Number.parseInt(value, 10);
