// Owns "at most once": a register that one caller wins, whoever else tries at the same time, on
// whatever node. Used for codes, refresh tokens and links in mails (SEC-76, SEC-78, SEC-89).

import { type Fault, isFault } from "../../base/faults.js";
import type { Store } from "../../ports/storage.js";

type Progress = "claimed" | "done" | "replayed";

const keyOf = (what: string): string => `once/${what}`;

/** Claims `what` (a name with its hash). True for the first caller ever, false for all others. */
export async function claimOnce(store: Store, what: string): Promise<boolean | Fault> {
  const won = await store.registers.compareAndSet(keyOf(what), 0, "claimed" satisfies Progress);
  return isFault(won) ? won : won !== null;
}

/** Says that the claimer has finished. False if a replay was seen meanwhile: undo what was made. */
export function finishOnce(store: Store, what: string): Promise<boolean | Fault> {
  return step(store, what, "done");
}

/** Says that somebody tried again. False if the claimer has finished already: end what it made. */
export function replayOnce(store: Store, what: string): Promise<boolean | Fault> {
  return step(store, what, "replayed");
}

async function step(store: Store, what: string, to: Progress): Promise<boolean | Fault> {
  const now = await store.registers.read(keyOf(what));
  if (now === null || now.value !== "claimed") return now?.value === to;
  const won = await store.registers.compareAndSet(keyOf(what), now.version, to);
  if (isFault(won) || won !== null) return isFault(won) ? won : true;
  return (await store.registers.read(keyOf(what)))?.value === to;
}

/** Forgets the claim, once the thing itself is gone for good. */
export async function forgetOnce(store: Store, what: string): Promise<null | Fault> {
  const now = await store.registers.read(keyOf(what));
  if (now === null) return null;
  const gone = await store.registers.compareAndSet(keyOf(what), now.version, null);
  return isFault(gone) ? gone : null;
}
