// Owns the routes that look at accounts: one, several, by name, by search, and what hangs on a
// profile (followers, followed, lists, featured tags and accounts). What changes how two accounts
// stand to each other is in account-actions.ts.

import { z } from "zod";
import { fault, isFault } from "../../base/faults.js";
import { endorsementsOf, followersOf, followingOf, listedBy } from "../../domain/collections.js";
import { ACCOUNTS_BY_ID_MAX, PAGE_ACCOUNTS } from "../../domain/limits.js";
import type { ListDoc } from "../../domain/list.js";
import type { Actors } from "../../ports/actors.js";
import type { Clock } from "../../ports/clock.js";
import type { Collections, Texts } from "../../ports/storage.js";
import { list as listEntity } from "../entities/list.js";
import { bool, idList, idParam, int, optionalText } from "../http/params.js";
import { json, jsonBytes, type Route, route } from "../http/route.js";
import { jsonArray } from "../read/json.js";
import type { Reads } from "../read/reads.js";
import { accountPage, accountPageParams } from "./account-pages.js";
import { findAccounts } from "./account-search.js";
import { blocksViewer, shownAccount, unexcluded } from "./account-standing.js";
import { familiarRoutes } from "./familiar-followers.js";
import { callerOf } from "./relationships.js";
import { featuredTags } from "./tag-views.js";

export type AccountRouteParts = {
  actors: Actors;
  reads: Reads;
  collections: Collections;
  texts: Texts;
  clock: Clock;
  publicUrl: string;
};

/** A token is not needed, but one that is sent must hold the scope. */
const open = { kind: "optional", scopes: ["read:accounts"] } as const;
const QUERY_MAX = 2_000;
const OFFSET_MAX = 10_000;
/** 30 March 2022. */
const IDENTITY_PROOFS_DEPRECATED = 1_648_598_400;

/** Routes that look at accounts. */
export function accountsRoutes(parts: AccountRouteParts): Route[] {
  return [
    ...lookRoutes(parts),
    ...searchRoutes(parts),
    ...followRoutes(parts),
    ...profileRoutes(parts),
    ...ownRoutes(parts),
    ...familiarRoutes(parts),
  ];
}

function lookRoutes({ reads }: AccountRouteParts): Route[] {
  return [
    route({
      method: "GET",
      path: "/api/v1/accounts/:id",
      access: open,
      cache: "short",
      params: z.object({ id: idParam() }),
      run: async ({ params }) => {
        const doc = await shownAccount(reads, params.id);
        if (isFault(doc)) return doc;
        const bytes = await reads.account(params.id);
        return bytes === null ? fault("not-found") : jsonBytes(bytes);
      },
    }),
    route({
      method: "GET",
      path: "/api/v1/accounts",
      access: open,
      params: z.object({ id: idList(ACCOUNTS_BY_ID_MAX) }),
      run: async ({ params }) => {
        const shown = await Promise.all(params.id.map((id) => shownAccount(reads, id)));
        const ids = shown.flatMap((it) => (isFault(it) ? [] : [it.id]));
        const found = await reads.accounts(ids);
        return jsonBytes(jsonArray(found.map((it) => it.json)));
      },
    }),
    route({
      method: "GET",
      path: "/api/v1/accounts/lookup",
      access: open,
      cache: "short",
      params: z.object({ acct: optionalText(QUERY_MAX) }),
      run: async ({ params }) => {
        const id = await reads.accountIdOf(params.acct?.trim() ?? "");
        if (id === null) return fault("not-found");
        const doc = await shownAccount(reads, id);
        if (isFault(doc)) return doc;
        const bytes = await reads.account(id);
        return bytes === null || doc.suspended ? fault("not-found") : jsonBytes(bytes);
      },
    }),
  ];
}

function searchRoutes(parts: AccountRouteParts): Route[] {
  return [
    route({
      method: "GET",
      path: "/api/v1/accounts/search",
      access: { kind: "user", scopes: ["read:accounts"] },
      params: z.object({
        q: optionalText(QUERY_MAX),
        limit: int({ max: PAGE_ACCOUNTS.max }),
        offset: int({ max: OFFSET_MAX }),
        following: bool(),
        resolve: bool(),
      }),
      run: async (call) => {
        const { q = "", limit = PAGE_ACCOUNTS.default, offset = 0, following } = call.params;
        const followedBy = following ? callerOf(call) : null;
        const ids = await findAccounts(parts, { q, limit, offset, followedBy });
        const found = await parts.reads.accounts(ids);
        return jsonBytes(jsonArray(found.map((it) => it.json)));
      },
    }),
  ];
}

function followRoutes(parts: AccountRouteParts): Route[] {
  const { reads, clock } = parts;
  const pageOf = (word: "followers" | "following", of: (accountId: string) => string) =>
    route({
      method: "GET",
      path: `/api/v1/accounts/:id/${word}`,
      access: open,
      params: z.object({ id: idParam(), ...accountPageParams }),
      run: async (call) => {
        const { id } = call.params;
        const viewerId = call.viewer?.accountId ?? null;
        const doc = await shownAccount(reads, id);
        if (isFault(doc)) return doc;
        const isOwn = viewerId === id;
        const isHidden = doc.suspended || (doc.hideCollections === true && !isOwn);
        if (isHidden || (await blocksViewer(reads, id, viewerId))) return json([]);
        const keep = (ids: readonly string[]) =>
          unexcluded(reads, isOwn ? null : viewerId, ids, clock.nowMs());
        return accountPage(parts, call, { collection: of(id), keep });
      },
    });
  return [pageOf("followers", followersOf), pageOf("following", followingOf)];
}

function profileRoutes(parts: AccountRouteParts): Route[] {
  const { reads, collections, clock } = parts;
  return [
    route({
      method: "GET",
      path: "/api/v1/accounts/:id/featured_tags",
      access: { kind: "public" },
      params: z.object({ id: idParam() }),
      run: async ({ params, viewer }) => {
        const doc = await shownAccount(reads, params.id);
        if (isFault(doc)) return doc;
        const hidden = await blocksViewer(reads, doc.id, viewer?.accountId ?? null);
        return json(doc.suspended || hidden ? [] : await featuredTags(parts, doc));
      },
    }),
    route({
      method: "GET",
      path: "/api/v1/accounts/:id/endorsements",
      access: open,
      params: z.object({ id: idParam(), ...accountPageParams }),
      run: async (call) => {
        const viewerId = call.viewer?.accountId ?? null;
        const doc = await shownAccount(reads, call.params.id);
        if (isFault(doc)) return doc;
        if (doc.suspended || (await blocksViewer(reads, doc.id, viewerId))) return json([]);
        const keep = (ids: readonly string[]) => unexcluded(reads, viewerId, ids, clock.nowMs());
        return accountPage(parts, call, { collection: endorsementsOf(doc.id), keep });
      },
    }),
    route({
      method: "GET",
      path: "/api/v1/accounts/:id/lists",
      access: { kind: "user", scopes: ["read:lists"] },
      params: z.object({ id: idParam() }),
      run: async (call) => {
        const me = callerOf(call);
        const doc = await shownAccount(reads, call.params.id);
        if (isFault(doc)) return doc;
        const lists = (await reads.doc<ListDoc[]>("lists", me)) ?? [];
        const keys = lists.map((it) => `${doc.id}:${it.id}`);
        const held = await collections.pick(listedBy(me), keys);
        return json(lists.filter((it) => held.has(`${doc.id}:${it.id}`)).map(listEntity));
      },
    }),
    route({
      method: "GET",
      path: "/api/v1/accounts/:id/identity_proofs",
      access: { kind: "user", scopes: [] },
      deprecated: IDENTITY_PROOFS_DEPRECATED,
      params: z.object({ id: idParam() }),
      run: async ({ params }) => {
        const doc = await shownAccount(reads, params.id);
        return isFault(doc) ? doc : json([]);
      },
    }),
  ];
}

function ownRoutes(parts: AccountRouteParts): Route[] {
  const access = { kind: "user", scopes: ["read:accounts"] } as const;
  return [
    route({
      method: "GET",
      path: "/api/v1/endorsements",
      access,
      params: z.object(accountPageParams),
      run: (call) => accountPage(parts, call, { collection: endorsementsOf(callerOf(call)) }),
    }),
  ];
}
