// Owns which of the people one follows follow an account too.

import { z } from "zod";
import { followersOf, followingOf } from "../../domain/collections.js";
import type { Collections } from "../../ports/storage.js";
import { idList } from "../http/params.js";
import { jsonBytes, type Route, route } from "../http/route.js";
import { jsonArray, jsonObject } from "../read/json.js";
import type { Reads } from "../read/reads.js";
import { allMembers } from "./account-pages.js";
import { callerOf } from "./relationships.js";

/** Accounts that one call may name. */
const NAMED_MAX = 80;
/** Newest members of the smaller side that are looked through. */
const WALKED_MAX = 5_000;
/** Familiar followers that are shown of one account. */
const SHOWN_MAX = 80;
const PICK_MAX = 1_000;

type Parts = { reads: Reads; collections: Collections };

/** `GET /api/v1/accounts/familiar_followers`. */
export function familiarRoutes(parts: Parts): Route[] {
  return [
    route({
      method: "GET",
      path: "/api/v1/accounts/familiar_followers",
      access: { kind: "user", scopes: ["read:follows"] },
      params: z.object({ id: idList(NAMED_MAX) }),
      run: async (call) => {
        const me = callerOf(call);
        const docs = await parts.reads.accountDocs(call.params.id);
        const documents: Uint8Array[] = [];
        for (const id of call.params.id) {
          const doc = docs.get(id);
          if (doc === undefined) continue;
          const isOpen = !doc.suspended && doc.hideCollections !== true;
          const ids = isOpen ? await familiar(parts, me, id) : [];
          const accounts = (await parts.reads.accounts(ids)).map((it) => it.json);
          documents.push(jsonObject({ id }, { accounts }));
        }
        return jsonBytes(jsonArray(documents));
      },
    }),
  ];
}

/** Accounts that `me` follows and that follow `id`. Those that hide whom they follow are left out. */
async function familiar(parts: Parts, me: string, id: string): Promise<string[]> {
  const { collections, reads } = parts;
  const mine = followingOf(me);
  const theirs = followersOf(id);
  const [followed, followers] = await Promise.all([
    collections.count(mine),
    collections.count(theirs),
  ]);
  const [small, large] = followed < followers ? [mine, theirs] : [theirs, mine];
  const members = await allMembers(collections, small, WALKED_MAX);
  const both: string[] = [];
  for (let at = 0; at < members.length && both.length < SHOWN_MAX * 2; at += PICK_MAX) {
    const ids = members.slice(at, at + PICK_MAX).map((it) => it.member);
    const held = await collections.pick(large, ids);
    both.push(...ids.filter((it) => held.has(it)));
  }
  const docs = await reads.accountDocs(both);
  const isShown = (it: string) => {
    const doc = docs.get(it);
    return doc !== undefined && !doc.suspended && doc.hideCollections !== true;
  };
  return both.filter(isShown).slice(0, SHOWN_MAX);
}
