// Owns remembering which post an idempotency key made, for an hour: a repeat gets the first answer.

import { IDEMPOTENCY_MS } from "../../domain/limits.js";
import type { Account } from "./state.js";

/** Above what the posting limit lets through in an hour. */
export const IDEMPOTENCY_KEYS_MAX = 512;

type Kept = Account["statuses"]["recentKeys"][number];

/** What the key made before, or undefined. */
export function keyed(account: Account, key: string | null, nowMs: number): Kept | undefined {
  if (key === null) return undefined;
  return account.statuses.recentKeys.find(
    (it) => it.key === key && nowMs - it.atMs < IDEMPOTENCY_MS,
  );
}

/** The answer to whoever repeats a key. */
export const replyOf = (it: Kept) =>
  it.scheduled ? { scheduledId: it.statusId } : { statusId: it.statusId };

/** Remembers what a key made. */
export function keepKey(
  account: Account,
  key: string | null,
  statusId: string,
  atMs: number,
  scheduled: boolean,
): void {
  if (key === null) return;
  const keys = account.statuses.recentKeys;
  keys.push({ key, statusId, atMs, scheduled });
  while (keys.length > IDEMPOTENCY_KEYS_MAX || isOld(keys[0], atMs)) keys.shift();
}

const isOld = (key: { atMs: number } | undefined, nowMs: number): boolean =>
  key !== undefined && nowMs - key.atMs >= IDEMPOTENCY_MS;
