// Owns the epoch of a process that hosts all shards alone: a number that grows at each start, so
// that an older process which still lives (a zombie) is refused by every journal ours has opened.

import { type Fault, fault, isFault } from "../../base/faults.js";
import type { Registers } from "../../ports/storage.js";

const REGISTER = "node/epoch";
const TRIES_MAX = 20;

/**
 * Takes the next epoch; no other process ever gets the same. Faults: those of the store, and
 * conflict if others keep taking epochs at the same time.
 */
export async function nextEpoch(registers: Registers): Promise<number | Fault> {
  for (let attempt = 0; attempt < TRIES_MAX; attempt++) {
    const known = await registers.read(REGISTER);
    const epoch = known === null ? 1 : Number(known.value) + 1;
    const won = await registers.compareAndSet(REGISTER, known?.version ?? 0, String(epoch));
    if (isFault(won)) return won;
    if (won !== null) return epoch;
  }
  return fault("conflict", undefined, { cause: "the epoch register is contended" });
}
