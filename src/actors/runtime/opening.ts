// Owns how a cell comes back: claim the journal for our epoch, take the newest snapshot, replay the
// facts after it page by page, and find the effects that may not be done. The claim comes first:
// whatever is read after it is final, for no lower epoch can write any more.

import { assert } from "../../base/assert.js";
import { type Fault, fault, isFault } from "../../base/faults.js";
import type { Snapshot, Store } from "../../ports/storage.js";
import { type AnyBehaviour, Core } from "./core.js";
import { decodeSnapshot, type OutEffect, type SnapshotEnvelope } from "./envelope.js";
import type { RuntimeLimits } from "./limits.js";
import { cursorOf, outboxOf } from "./marker.js";
import { shardOf } from "./shard.js";

export type Opened = {
  core: Core;
  /** The snapshot it began from; 0 if none. */
  snapshotSeq: number;
  /** For the estimate of its memory, in characters. */
  snapshotChars: number;
  factChars: number;
  /** The written cursor of the outbox; null if there is no mark. */
  cursor: number | null;
  /** Effects to do (again), in order. */
  undone: OutEffect[];
};

export type OpenOptions = {
  store: Store;
  behaviour: AnyBehaviour;
  key: string;
  id: string;
  epoch: number;
  limits: RuntimeLimits;
  /** Runs its argument after the outside was looked at. */
  defer: (run: () => void) => void;
};

/**
 * Brings a cell back. Faults: fence-lost (another epoch holds it), store-busy, store-full,
 * store-unavailable; internal if its behaviour cannot replay what it recorded.
 */
export async function openCell(options: OpenOptions): Promise<Opened | Fault> {
  try {
    return await tryToOpen(options);
  } catch (error) {
    return fault("store-unavailable", undefined, { cause: `open ${options.key}: ${error}` });
  }
}

async function tryToOpen(options: OpenOptions): Promise<Opened | Fault> {
  const { store, key, id, epoch } = options;
  const head = await store.journal.open(key, epoch);
  if (isFault(head)) return head;
  const outbox = outboxOf(shardOf(id));
  const [mark] = await store.collections.lookup([{ collection: outbox, member: key }]);
  const cursor = mark === undefined || mark === null ? null : cursorOf(mark.value);
  const { envelope, snapshot } = usable(options.behaviour, head.snapshot);
  const seq = snapshot?.seq ?? 0;
  let core: Core;
  try {
    const state = envelope === null ? options.behaviour.empty(id) : envelope.state;
    const origins = envelope?.origins ?? [];
    const { originsMax } = options.limits;
    core = new Core(options.behaviour, { state, seq, origins, originsMax });
  } catch (error) {
    return fault("internal", undefined, { cause: `begin ${key}: ${error}` });
  }
  const undone = undoneOf(envelope, cursor);
  const opened = { core, snapshotSeq: seq, snapshotChars: snapshot?.state.length ?? 0, cursor };
  const replayed = await replay(options, { core, lastSeq: head.lastSeq, cursor, undone });
  return isFault(replayed) ? replayed : { ...opened, factChars: replayed.chars, undone };
}

function undoneOf(envelope: SnapshotEnvelope | null, cursor: number | null): OutEffect[] {
  if (envelope === null || cursor === null) return [];
  return envelope.pending.filter((item) => item.seq > cursor);
}

function usable(
  behaviour: AnyBehaviour,
  snapshot: Snapshot | null,
): { envelope: SnapshotEnvelope | null; snapshot: Snapshot | null } {
  if (snapshot === null || snapshot.version !== behaviour.version) {
    return { envelope: null, snapshot: null };
  }
  const envelope = decodeSnapshot(snapshot.state);
  return { envelope, snapshot: envelope === null ? null : snapshot };
}

async function replay(
  options: OpenOptions,
  into: { core: Core; lastSeq: number; cursor: number | null; undone: OutEffect[] },
): Promise<{ chars: number } | Fault> {
  const { store, key, limits } = options;
  const { core, cursor } = into;
  let chars = 0;
  while (core.seq < into.lastSeq) {
    const rows = await store.journal.read(key, core.seq, limits.replayPage);
    try {
      assert(rows.length > 0, "a journal has all facts up to its newest");
      for (const row of rows) {
        chars += row.fact.length;
        for (const effect of core.replay(row, cursor !== null && row.seq > cursor)) {
          into.undone.push(effect);
        }
      }
    } catch (error) {
      const cause = `replay ${key} after ${core.seq}: ${error}`;
      return fault("internal", undefined, { cause });
    }
    if (core.seq < into.lastSeq) await new Promise<void>((resume) => options.defer(resume));
  }
  return { chars };
}
