// Owns which accounts a viewer is shown: those that are ready for use, and in public lists those
// that neither side wants to be rid of.

import { type Fault, fault } from "../../base/faults.js";
import { type AccountDoc, isMuting } from "../../domain/account.js";
import type { Reads } from "../read/reads.js";

/**
 * The account, if it is there for others to see: local ones need a confirmed address and approval.
 * Otherwise the fault not-found. Suspended accounts are there, as empty shells.
 */
export async function shownAccount(reads: Reads, id: string): Promise<AccountDoc | Fault> {
  const doc = await reads.accountDoc(id);
  if (doc === null) return fault("not-found");
  if (doc.domain !== null || doc.suspended) return doc;
  const user = await reads.userDoc(id);
  const isReady = user?.approved === true && user.emailConfirmedAtMs !== null;
  return isReady ? doc : fault("not-found");
}

/** Those of the accounts that the viewer does not block or mute, and that do not block the viewer. */
export async function unexcluded(
  reads: Reads,
  viewerId: string | null,
  ids: readonly string[],
  nowMs: number,
): Promise<string[]> {
  if (viewerId === null) return [...ids];
  const [own, theirs] = await Promise.all([
    reads.relations(viewerId, ids),
    reads.relationsFrom(ids, viewerId),
  ]);
  return ids.filter((id) => {
    const mine = own.get(id) ?? {};
    return !mine.blocking && !isMuting(mine, nowMs) && !theirs.get(id)?.blocking;
  });
}

/** True if the account blocks the viewer. */
export async function blocksViewer(
  reads: Reads,
  accountId: string,
  viewerId: string | null,
): Promise<boolean> {
  if (viewerId === null) return false;
  const theirs = await reads.relationsFrom([accountId], viewerId);
  return theirs.get(accountId)?.blocking !== undefined;
}
