// Owns how the edges reach cells. A command goes to the cell's shard, wherever that is hosted, and
// is answered after its facts are durable.

import type { Fault } from "../base/faults.js";

/** A cell's address. `kind` chooses the behaviour; the shard is a pure function of `id`. */
export type CellRef = { kind: "account" | "inbox" | "site"; id: string };

/** The one `site` cell. */
export const SITE: CellRef = { kind: "site", id: "site" };

export const accountCell = (id: string): CellRef => ({ kind: "account", id });

export interface Actors {
  /**
   * Sends a command and waits for the reply, which comes after the command's facts are durable.
   * Faults: whatever the behaviour refuses with, and mailbox-full, timeout (the outcome is
   * unknown), poisoned, stopping, fence-lost, store-busy, store-full, store-unavailable.
   */
  ask<Reply>(
    to: CellRef,
    command: { type: string },
    options?: {
      timeoutMs?: number;
      /**
       * Also wait, at most `settleMaxMs`, until the cells that the command's facts tell have
       * answered: then counters of others are right when the caller reads them.
       */
      settle?: boolean;
    },
  ): Promise<Reply | Fault>;
}
