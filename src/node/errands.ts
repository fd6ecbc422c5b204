// Owns the long errands that cells ask for: erasing what a deleted account left, letting in who
// waited when an account unlocks, notifying everybody on a list. Each walks a collection page by
// page and asks cells, which take away what they did; so after a crash an errand goes on where it
// was, and doing it twice is doing it once.

import { type Fault, isFault } from "../base/faults.js";
import {
  favouritesOf,
  followersOf,
  followingOf,
  followRequestsOf,
  requestedOf,
  statusesOf,
} from "../domain/collections.js";
import type { Notify } from "../domain/notification.js";
import type { StatusDoc } from "../domain/status.js";
import { type Actors, accountCell } from "../ports/actors.js";
import type { Store } from "../ports/storage.js";

export type ErrandParts = {
  store: Pick<Store, "collections" | "records">;
  actors: Actors;
  /** Lets other work run between pages. */
  pause: () => Promise<void>;
};

const PAGE = 200;
const AT_ONCE = 32;

/** Faults after which an errand is to be run again. */
const RETRIED = new Set([
  "mailbox-full",
  "timeout",
  "stopping",
  "store-busy",
  "store-full",
  "store-unavailable",
  "fence-lost",
]);

/** The fault to try again for, or null. A refusal is an answer. */
export const retried = (done: unknown): null | Fault =>
  isFault(done) && RETRIED.has(done.fault) ? done : null;

/** Does `one` for every member, oldest first. The first fault to try again for ends it. */
async function forEach(
  { store, pause }: ErrandParts,
  collection: string,
  one: (member: string) => Promise<null | Fault>,
): Promise<null | Fault> {
  let above = "";
  for (;;) {
    const page = await store.collections.page(collection, { limit: PAGE, from: "low", above });
    for (let at = 0; at < page.length; at += AT_ONCE) {
      const some = page.slice(at, at + AT_ONCE);
      const done = await Promise.all(some.map((row) => one(row.member)));
      const failed = done.find((it) => it !== null);
      if (failed !== undefined) return failed;
    }
    const last = page[page.length - 1];
    if (page.length < PAGE || last === undefined) return null;
    above = last.rank;
    await pause();
  }
}

/** Sends the notification to every account of the collection. */
export function notifyEach(
  parts: ErrandParts,
  collection: string,
  notify: Notify,
): Promise<null | Fault> {
  return forEach(parts, collection, async (member) =>
    retried(await parts.actors.ask(accountCell(member), notify)),
  );
}

/** Lets in everybody who asked to follow the account. */
export function authorizeAll(parts: ErrandParts, accountId: string): Promise<null | Fault> {
  return forEach(parts, followRequestsOf(accountId), (targetId) =>
    ask(parts, accountId, as({ type: "authorize-request", targetId })),
  );
}

/** Takes away what a deleted account wrote, marked and was part of. */
export async function eraseAccount(parts: ErrandParts, accountId: string): Promise<null | Fault> {
  const steps: readonly [string, (member: string) => Promise<{ type: string } | null>][] = [
    [statusesOf(accountId), async (statusId) => as({ type: "delete-status", statusId })],
    [favouritesOf(accountId), (statusId) => unfavourite(parts, statusId)],
    [followingOf(accountId), async (targetId) => as({ type: "unfollow", targetId })],
    [requestedOf(accountId), async (targetId) => as({ type: "unfollow", targetId })],
    [followersOf(accountId), async (targetId) => as({ type: "remove-follower", targetId })],
    [followRequestsOf(accountId), async (targetId) => as({ type: "reject-request", targetId })],
  ];
  for (const [collection, commandFor] of steps) {
    const failed = await forEach(parts, collection, async (member) => {
      const command = await commandFor(member);
      return command === null ? null : ask(parts, accountId, command);
    });
    if (failed !== null) return failed;
  }
  return null;
}

const as = (command: { type: string; [field: string]: string }): { type: string } => command;

async function unfavourite(
  { store }: ErrandParts,
  statusId: string,
): Promise<{ type: string } | null> {
  const text = await store.records.get("status", statusId);
  if (text === null) return null;
  const { accountId: authorId } = JSON.parse(text) as StatusDoc;
  return as({ type: "unfavourite", statusId, authorId });
}

async function ask(
  { actors }: ErrandParts,
  accountId: string,
  command: { type: string },
): Promise<null | Fault> {
  return retried(await actors.ask(accountCell(accountId), command));
}
