// Owns whom to follow: friends of friends first, then those with the most followers. Only accounts
// that want to be found, and that the signed-in account has no view of yet.

import { z } from "zod";
import { isFault } from "../../base/faults.js";
import type { AccountDoc } from "../../domain/account.js";
import { DIRECTORY_ACTIVE, dismissedSuggestionsOf, followingOf } from "../../domain/collections.js";
import { PAGE_ACCOUNTS } from "../../domain/limits.js";
import type { Actors } from "../../ports/actors.js";
import { type SuggestionReason, suggestionFields } from "../entities/suggestion.js";
import { idParam, int } from "../http/params.js";
import { json, jsonBytes, type Route, route } from "../http/route.js";
import { jsonArray, jsonObject } from "../read/json.js";
import { type AccountPageParts, allMembers } from "./account-pages.js";
import { askAccount } from "./ask-account.js";
import { callerOf } from "./relationships.js";

export type SuggestionRouteParts = AccountPageParts & { actors: Actors };

/** Newest follows that are asked whom they follow, and how many of theirs are looked at. */
const FRIENDS_MAX = 100;
const OF_FRIEND_MAX = 100;
/** Most active accounts among which those with the most followers are looked for. */
const ACTIVE_MAX = 500;
const CANDIDATES_MAX = 900;
/** 26 November 2021, when version 2 replaced it. */
const deprecated = 1_637_884_800;

type Suggestion = { id: string; reasons: [SuggestionReason, ...SuggestionReason[]] };

/** Whom the owner may like to follow, best first. */
export async function suggestionsFor(
  parts: AccountPageParts,
  ownerId: string,
): Promise<Suggestion[]> {
  const friendly = await friendsOfFriends(parts, ownerId);
  const active = await allMembers(parts.collections, DIRECTORY_ACTIVE, ACTIVE_MAX);
  const names = [...friendly.keys()].sort(
    (a, b) => (friendly.get(b) ?? 0) - (friendly.get(a) ?? 0),
  );
  const candidates = [...new Set([...names, ...active.map((it) => it.member)])];
  const docs = await suitable(parts, ownerId, candidates.slice(0, CANDIDATES_MAX));
  const popular = active
    .flatMap((it) => docs.get(it.member) ?? [])
    .sort((a, b) => b.followersCount - a.followersCount)
    .map((it) => it.id);
  const found = new Map<string, Suggestion>();
  for (const id of names) {
    if (docs.has(id)) found.set(id, { id, reasons: ["friends_of_friends"] });
  }
  for (const id of popular) {
    const held = found.get(id);
    if (held === undefined) found.set(id, { id, reasons: ["most_followed"] });
    else held.reasons.push("most_followed");
  }
  return [...found.values()];
}

/** How many of those that the owner follows follow each account. */
async function friendsOfFriends(parts: AccountPageParts, ownerId: string) {
  const { collections, reads } = parts;
  const friends = await collections.page(followingOf(ownerId), { limit: FRIENDS_MAX });
  const docs = await reads.accountDocs(friends.map((it) => it.member));
  const open = [...docs.values()].filter((it) => !it.suspended && it.hideCollections !== true);
  const counts = new Map<string, number>();
  for (const friend of open) {
    const theirs = await collections.page(followingOf(friend.id), { limit: OF_FRIEND_MAX });
    for (const { member } of theirs) counts.set(member, (counts.get(member) ?? 0) + 1);
  }
  return counts;
}

/** Those of the candidates that may be suggested to the owner. */
async function suitable(
  parts: AccountPageParts,
  ownerId: string,
  ids: readonly string[],
): Promise<Map<string, AccountDoc>> {
  const { reads, collections } = parts;
  const [docs, own, theirs, dismissed] = await Promise.all([
    reads.accountDocs(ids),
    reads.relations(ownerId, ids),
    reads.relationsFrom(ids, ownerId),
    collections.pick(dismissedSuggestionsOf(ownerId), ids),
  ]);
  const found = new Map<string, AccountDoc>();
  for (const id of ids) {
    const doc = docs.get(id);
    if (doc === undefined || id === ownerId || dismissed.has(id)) continue;
    const { following, requested, blocking, muting } = own.get(id) ?? {};
    if (following || requested || blocking || muting || theirs.get(id)?.blocking) continue;
    if (doc.discoverable !== true || doc.suspended || doc.limited || doc.movedTo !== null) continue;
    found.set(id, doc);
  }
  return found;
}

/** `GET /api/v1/suggestions`, `GET /api/v2/suggestions`, `DELETE /api/v1/suggestions/:account_id`. */
export function suggestionsRoutes(parts: SuggestionRouteParts): Route[] {
  const access = { kind: "user", scopes: ["read:accounts"] } as const;
  const params = z.object({
    limit: int({ max: PAGE_ACCOUNTS.max }),
    offset: int({ max: CANDIDATES_MAX }),
  });
  const page = async (ownerId: string, { limit = 40, offset = 0 }: z.output<typeof params>) => {
    const wanted = (await suggestionsFor(parts, ownerId)).slice(offset, offset + limit);
    const accounts = await parts.reads.accounts(wanted.map((it) => it.id));
    const byId = new Map(accounts.map((it) => [it.id, it.json]));
    return wanted.flatMap(({ id, reasons }) => {
      const account = byId.get(id);
      return account === undefined ? [] : [{ account, reasons }];
    });
  };
  return [
    route({
      method: "GET",
      path: "/api/v2/suggestions",
      access,
      params,
      run: async (call) => {
        const found = await page(callerOf(call), call.params);
        const documents = found.map(({ account, reasons }) =>
          jsonObject(suggestionFields(reasons), { account }),
        );
        return jsonBytes(jsonArray(documents));
      },
    }),
    route({
      method: "GET",
      path: "/api/v1/suggestions",
      access,
      deprecated,
      params,
      run: async (call) => {
        const found = await page(callerOf(call), call.params);
        return jsonBytes(jsonArray(found.map((it) => it.account)));
      },
    }),
    route({
      method: "DELETE",
      path: "/api/v1/suggestions/:account_id",
      access: { kind: "user", scopes: ["write:accounts"] },
      params: z.object({ account_id: idParam() }),
      run: async (call) => {
        const targetId = call.params.account_id;
        const command = { type: "dismiss-suggestion", targetId } as const;
        const done = await askAccount(parts.actors, callerOf(call), command);
        return isFault(done) ? done : json({});
      },
    }),
  ];
}
