// Owns the operators' repairs of what is derived: home timelines and the counters of accounts and statuses.
// Nothing here touches a fact; what is repaired is computed again from what the facts left behind.

import { type Fault, isFault } from "../../src/base/faults.js";
import type { AccountDoc } from "../../src/domain/account.js";
import {
  countedReplies,
  favouritedBy,
  followersOf,
  followingOf,
  LOCAL_ACCOUNTS,
  quotesOf,
  rebloggedBy,
  statusesOf,
} from "../../src/domain/collections.js";
import { NO_STATS, type StatsDoc, type StatusFlags } from "../../src/domain/status.js";
import { type Actors, accountCell } from "../../src/ports/actors.js";
import type { Store } from "../../src/ports/storage.js";
import type { AdminOps, Counts, OpArgs } from "./ops.js";
import { findUser } from "./users.js";

export type RepairParts = {
  store: Store;
  actors: Actors;
  /** Makes the home timeline again from what the account follows. Answers the posts on it. */
  rebuildHome(accountId: string): Promise<number | Fault>;
};

const PAGE = 500;

/** The part of the table that is about repairs. */
export function repairOps(
  parts: RepairParts,
): Pick<AdminOps, "timelineRebuild" | "countersRecount"> {
  return {
    timelineRebuild: (args) => rebuild(parts, args),
    countersRecount: (args) => recount(parts, args),
  };
}

/** Ids of the accounts meant: one by name, or every local one. */
async function* accountsOf(
  store: Store,
  username: string | null,
): AsyncGenerator<string | Fault, void> {
  if (username !== null) {
    const known = await findUser(store, username);
    yield isFault(known) ? known : known.account.id;
    return;
  }
  let above: string | undefined;
  for (;;) {
    const walk = above === undefined ? {} : { above };
    const page = await store.collections.page(LOCAL_ACCOUNTS, {
      limit: PAGE,
      from: "low",
      ...walk,
    });
    for (const row of page) yield row.member;
    above = page.at(-1)?.rank;
    if (page.length < PAGE) return;
  }
}

async function rebuild(parts: RepairParts, args: OpArgs<"timelineRebuild">) {
  let accounts = 0;
  let posts = 0;
  for await (const id of accountsOf(parts.store, args.username)) {
    if (isFault(id)) return id;
    const made = args.dryRun ? 0 : await parts.rebuildHome(id);
    if (isFault(made)) return made;
    accounts++;
    posts += made;
  }
  return { accounts, posts, dryRun: args.dryRun };
}

async function recount(parts: RepairParts, args: OpArgs<"countersRecount">) {
  const { store } = parts;
  const changed: { username: string; before: Counts; after: Counts }[] = [];
  let checked = 0;
  let statuses = 0;
  let statusesChanged = 0;
  for await (const id of accountsOf(store, args.username)) {
    if (isFault(id)) return id;
    const text = await store.records.get("account", id);
    if (text === null) continue;
    const account = JSON.parse(text) as AccountDoc;
    const before = {
      statuses: account.statusesCount,
      followers: account.followersCount,
      following: account.followingCount,
    };
    const after = await countAgain(store, id);
    checked++;
    const again = await recountStatuses(parts, id, args.dryRun);
    if (isFault(again)) return again;
    statuses += again.checked;
    statusesChanged += again.changed;
    if (JSON.stringify(before) === JSON.stringify(after)) continue;
    changed.push({ username: account.username, before, after });
    if (args.dryRun) continue;
    const command = { type: "recount", ...after };
    const done = await parts.actors.ask<unknown>(accountCell(id), command);
    if (isFault(done)) return done;
  }
  return { checked, changed, statuses, statusesChanged, dryRun: args.dryRun };
}

/** Counts again what each status of the account was given; a status without counters has none. */
async function recountStatuses(
  { store, actors }: RepairParts,
  accountId: string,
  dryRun: boolean,
): Promise<{ checked: number; changed: number } | Fault> {
  let checked = 0;
  let changed = 0;
  let below: string | undefined;
  for (;;) {
    const walk = below === undefined ? {} : { below };
    const page = await store.collections.page(statusesOf(accountId), { limit: PAGE, ...walk });
    const ids = page.map((row) => row.member);
    const kept = await store.records.getMany("stats", ids);
    for (const statusId of ids) {
      const text = kept.get(statusId);
      const before = text === undefined ? NO_STATS : (JSON.parse(text) as StatsDoc);
      const stats = await countStatus(store, statusId);
      if (JSON.stringify(before) === JSON.stringify(stats)) continue;
      changed++;
      if (dryRun) continue;
      const command = { type: "recount-status", statusId, stats };
      const done = await actors.ask<unknown>(accountCell(accountId), command);
      if (isFault(done)) return done;
    }
    checked += ids.length;
    below = page.at(-1)?.rank;
    if (page.length < PAGE) return { checked, changed };
  }
}

async function countStatus({ collections }: Store, statusId: string): Promise<StatsDoc> {
  const [favourites, reblogs, replies, quotes] = await Promise.all(
    [favouritedBy, rebloggedBy, countedReplies, quotesOf].map((of) =>
      collections.count(of(statusId)),
    ),
  );
  return {
    favourites: favourites ?? 0,
    reblogs: reblogs ?? 0,
    replies: replies ?? 0,
    quotes: quotes ?? 0,
  };
}

async function countAgain(store: Store, id: string): Promise<Counts> {
  const [statuses, followers, following] = await Promise.all([
    countStatuses(store, id),
    store.collections.count(followersOf(id)),
    store.collections.count(followingOf(id)),
  ]);
  return { statuses, followers, following };
}

/** Direct posts do not count: their number is nobody's business. */
async function countStatuses(store: Store, id: string): Promise<number> {
  let count = 0;
  let below: string | undefined;
  for (;;) {
    const walk = below === undefined ? {} : { below };
    const page = await store.collections.page(statusesOf(id), { limit: PAGE, ...walk });
    count += page.filter((row) => visibilityOf(row.value) !== "direct").length;
    below = page.at(-1)?.rank;
    if (page.length < PAGE) return count;
  }
}

const visibilityOf = (value: string): string => (JSON.parse(value) as StatusFlags).v;
