// Owns how a change between the owner and another account reaches the read side. Every fact about
// such a pair carries the relation before and after it; collections, counts and list membership
// follow from the difference, so no slice can forget one of them. Needs: facts made by the owner's
// cell from what it read (`relationNeeds`), which sees the cell's own undurable changes.

import { dropMember, dropRecord, putMember, putRecord } from "../../base/changes.js";
import { rankOf } from "../../base/ids.js";
import type { FollowOptions, RelationDoc } from "../../domain/account.js";
import { relationId } from "../../domain/account.js";
import {
  blocksOf,
  DUE,
  dueRank,
  endorsementsOf,
  followersOf,
  followingOf,
  followRequestsOf,
  listedBy,
  listMembers,
  mutesOf,
  requestedOf,
} from "../../domain/collections.js";
import type { Change } from "../../ports/storage.js";
import type { DecideContext, Need, Reads } from "../behaviour.js";
import type { Effect } from "../effects.js";
import { profileChanges, touch } from "./profile.js";
import type { Account } from "./state.js";

export type RelationChange = {
  otherId: string;
  was: RelationDoc;
  now: RelationDoc;
  /** Options of the other's follow or request, when `now` holds a new one. */
  options?: FollowOptions;
  /** Own lists that the other leaves with this. */
  offLists?: readonly string[];
  atMs: number;
};

/** What to read before deciding anything about another account: the owner's side of the pair. */
export const relationNeed = (account: Account, otherId: string): Need => ({
  record: "relation",
  id: relationId(account.id, otherId),
});

/** The other's side of the pair, as the other's cell wrote it. */
export const counterNeed = (account: Account, otherId: string): Need => ({
  record: "relation",
  id: relationId(otherId, account.id),
});

/** Which own lists the other is on: for decisions that may end a follow. */
export const listNeeds = (account: Account, otherId: string): Need[] =>
  account.lists.map((list) => ({
    collection: listedBy(account.id),
    member: `${otherId}:${list.id}`,
  }));

/** The owner's side of the pair; empty if there is nothing. */
export const relationOf = (account: Account, reads: Reads, otherId: string): RelationDoc =>
  reads.record<RelationDoc>("relation", relationId(account.id, otherId)) ?? {};

/** The other's side of the pair; empty if there is nothing. */
export const counterOf = (account: Account, reads: Reads, otherId: string): RelationDoc =>
  reads.record<RelationDoc>("relation", relationId(otherId, account.id)) ?? {};

/** Ids of the own lists that hold the other. */
export const listsHolding = (account: Account, reads: Reads, otherId: string): string[] =>
  account.lists
    .map((list) => list.id)
    .filter((id) => reads.member(listedBy(account.id), `${otherId}:${id}`) !== null);

/**
 * `was` without a follow or request of the owner, and without what only a follow may have (being
 * featured, list membership).
 */
export function withoutFollowing(was: RelationDoc): RelationDoc {
  const { following: _f, requested: _r, endorsed: _e, ...rest } = was;
  return rest;
}

/** `was` without a follow or request of the other. */
export function withoutFollower(was: RelationDoc): RelationDoc {
  const { followedBy: _f, requestedBy: _r, ...rest } = was;
  return rest;
}

/** A change that ends the owner's follow or request, and takes the other off the owner's lists. */
export function endFollowing(
  account: Account,
  context: DecideContext,
  otherId: string,
): RelationChange {
  const was = relationOf(account, context.reads, otherId);
  const offLists = listsHolding(account, context.reads, otherId);
  return { otherId, was, now: withoutFollowing(was), offLists, atMs: context.nowMs };
}

const step = (was: unknown, now: unknown): number =>
  (now === undefined ? 0 : 1) - (was === undefined ? 0 : 1);

/** Keeps the counts of the profile and the counts that limits need. */
export function evolveRelation(account: Account, change: RelationChange): void {
  const { was, now } = change;
  account.counts.endorsements += step(was.endorsed, now.endorsed);
  const profile = account.profile;
  if (profile === null || !movesCounts(change)) return;
  profile.followersCount = moveBy(profile.followersCount, step(was.followedBy, now.followedBy));
  profile.followingCount = moveBy(profile.followingCount, step(was.following, now.following));
  touch(account);
}

const moveBy = (count: number, by: number): number => Math.max(0, count + by);

function movesCounts({ was, now }: RelationChange): boolean {
  return step(was.followedBy, now.followedBy) !== 0 || step(was.following, now.following) !== 0;
}

/** The relation record, every collection that it stands in, and the profile if its counts moved. */
export function relationChanges(account: Account, change: RelationChange): Change[] {
  const { otherId, was, now } = change;
  const id = relationId(account.id, otherId);
  const empty = Object.keys(now).length === 0;
  const changes: Change[] = [empty ? dropRecord("relation", id) : putRecord("relation", id, now)];
  const following = { was: mark(was.following), now: mark(now.following) };
  const requested = { was: mark(was.requested), now: mark(now.requested) };
  const options = change.options;
  changes.push(
    ...moved(followingOf(account.id), otherId, following.was, following.now),
    ...moved(requestedOf(account.id), otherId, requested.was, requested.now),
    ...moved(followersOf(account.id), otherId, mark(was.followedBy), mark(now.followedBy, options)),
    ...moved(
      followRequestsOf(account.id),
      otherId,
      mark(was.requestedBy),
      mark(now.requestedBy, options),
    ),
    ...moved(blocksOf(account.id), otherId, mark(was.blocking), mark(now.blocking)),
    ...muteChanges(account.id, otherId, was.muting, now.muting),
  );
  if (was.endorsed && !now.endorsed) changes.push(dropMember(endorsementsOf(account.id), otherId));
  for (const list of change.offLists ?? []) {
    changes.push(dropMember(listMembers(list), otherId));
    changes.push(dropMember(listedBy(account.id), `${otherId}:${list}`));
  }
  if (movesCounts(change)) changes.push(...profileChanges(account));
  return changes;
}

type Mark = { id: string; value: unknown } | null;

function mark(held: string | (FollowOptions & { id: string }) | undefined, value?: unknown): Mark {
  if (held === undefined) return null;
  if (typeof held === "string") return { id: held, value };
  return { id: held.id, value: optionsOf(held) };
}

function moved(collection: string, other: string, was: Mark, now: Mark): Change[] {
  if (now === null) return was === null ? [] : [dropMember(collection, other)];
  if (was !== null && JSON.stringify(was) === JSON.stringify(now)) return [];
  // A member whose value is not at hand keeps its place: only a new id, or new options, put it.
  if (was !== null && was.id === now.id && now.value === undefined) return [];
  return [putMember(collection, other, rankOf(now.id), now.value)];
}

const sameMute = (a: RelationDoc["muting"], b: RelationDoc["muting"]): boolean =>
  JSON.stringify(a) === JSON.stringify(b);

function muteChanges(
  me: string,
  other: string,
  was: RelationDoc["muting"],
  now: RelationDoc["muting"],
): Change[] {
  if (sameMute(was, now)) return [];
  const due = `mute:${me}:${other}`;
  if (now === undefined) return [dropMember(mutesOf(me), other), dropMember(DUE, due)];
  const { id, notifications, expiresAtMs } = now;
  const until =
    expiresAtMs === null ? dropMember(DUE, due) : putMember(DUE, due, dueRank(expiresAtMs));
  return [putMember(mutesOf(me), other, rankOf(id), { notifications, expiresAtMs }), until];
}

/** Only the options, without the id of the relation. */
export const optionsOf = (it: FollowOptions): FollowOptions => ({
  reblogs: it.reblogs,
  notify: it.notify,
  languages: it.languages,
});

export const sameOptions = (a: FollowOptions, b: FollowOptions): boolean =>
  JSON.stringify(optionsOf(a)) === JSON.stringify(optionsOf(b));

/** Whoever caches a view of the account drops it. */
export const accountChanged = (accountId: string): Effect => ({
  ask: "publish",
  durable: false,
  event: { type: "account-changed", accountId },
});

/** The account's home timeline is looked at anew. */
export const refreshHome = (accountId: string): Effect => ({
  ask: "refresh-home",
  durable: false,
  accountId,
});

/** A command for an account's cell that is repeated until it has been answered. */
export const tellAccount = (id: string, command: { type: string }): Effect => ({
  ask: "tell",
  durable: true,
  to: { kind: "account", id },
  command,
});
