// Owns the routes of lists and their members. Somebody else's list is not found.

import { z } from "zod";
import { LIST_MEMBERS_A_CALL_MAX } from "../../actors/account/lists.js";
import { type Fault, fault, isFault } from "../../base/faults.js";
import { listMembers } from "../../domain/collections.js";
import type { ListDoc } from "../../domain/list.js";
import type { Actors } from "../../ports/actors.js";
import type { Collections } from "../../ports/storage.js";
import { list as listEntity } from "../entities/list.js";
import { bool, enumOf, idList, idParam, optionalText } from "../http/params.js";
import { json, jsonBytes, type Route, route } from "../http/route.js";
import { jsonArray } from "../read/json.js";
import type { Reads } from "../read/reads.js";
import { accountPage, accountPageParams, allMembers } from "./account-pages.js";
import { askAccount } from "./ask-account.js";
import { callerOf } from "./relationships.js";

export type ListRouteParts = {
  actors: Actors;
  reads: Reads;
  collections: Collections;
  publicUrl: string;
};

/** Members that `limit=0` shows. */
const ALL_MEMBERS_MAX = 10_000;
/** The title's own bound is the cell's; this only keeps its text short. */
const TITLE_UNITS_MAX = 10_000;

const read = { kind: "user", scopes: ["read:lists"] } as const;
const write = { kind: "user", scopes: ["write:lists"] } as const;

const fields = {
  title: optionalText(TITLE_UNITS_MAX),
  replies_policy: enumOf(["followed", "list", "none"]),
  exclusive: bool(),
};
const wanted = (params: z.output<z.ZodObject<typeof fields>>) => ({
  title: params.title,
  repliesPolicy: params.replies_policy,
  exclusive: params.exclusive,
});

async function ownLists(reads: Reads, ownerId: string): Promise<readonly ListDoc[]> {
  return (await reads.doc<ListDoc[]>("lists", ownerId)) ?? [];
}

async function ownList(reads: Reads, ownerId: string, id: string): Promise<ListDoc | Fault> {
  return (await ownLists(reads, ownerId)).find((it) => it.id === id) ?? fault("not-found");
}

/** Every route below `/api/v1/lists`. */
export function listsRoutes(parts: ListRouteParts): Route[] {
  return [...readRoutes(parts), ...writeRoutes(parts), ...memberRoutes(parts)];
}

function readRoutes({ reads }: ListRouteParts): Route[] {
  return [
    route({
      method: "GET",
      path: "/api/v1/lists",
      access: read,
      params: z.object({}),
      run: async (call) => json((await ownLists(reads, callerOf(call))).map(listEntity)),
    }),
    route({
      method: "GET",
      path: "/api/v1/lists/:id",
      access: read,
      params: z.object({ id: idParam() }),
      run: async (call) => {
        const found = await ownList(reads, callerOf(call), call.params.id);
        return isFault(found) ? found : json(listEntity(found));
      },
    }),
  ];
}

function writeRoutes({ actors, collections, reads }: ListRouteParts): Route[] {
  return [
    route({
      method: "POST",
      path: "/api/v1/lists",
      access: write,
      params: z.object(fields),
      run: async (call) => {
        const made = await askAccount<ListDoc>(actors, callerOf(call), {
          type: "create-list",
          ...wanted(call.params),
          title: call.params.title ?? "",
        });
        return isFault(made) ? made : json(listEntity(made));
      },
    }),
    route({
      method: "PUT",
      path: "/api/v1/lists/:id",
      access: write,
      params: z.object({ id: idParam(), ...fields }),
      run: async (call) => {
        const saved = await askAccount<ListDoc>(actors, callerOf(call), {
          type: "update-list",
          listId: call.params.id,
          ...wanted(call.params),
        });
        return isFault(saved) ? saved : json(listEntity(saved));
      },
    }),
    route({
      method: "DELETE",
      path: "/api/v1/lists/:id",
      access: write,
      params: z.object({ id: idParam() }),
      run: async (call) => {
        const ownerId = callerOf(call);
        const listId = call.params.id;
        const found = await ownList(reads, ownerId, listId);
        if (isFault(found)) return found;
        // The members go first, so that no row of `listedBy` outlives the list.
        for (;;) {
          const limit = LIST_MEMBERS_A_CALL_MAX;
          const members = await collections.page(listMembers(listId), { limit });
          if (members.length === 0) break;
          const accountIds = members.map((it) => it.member);
          const left = await askAccount(actors, ownerId, {
            type: "list-remove",
            listId,
            accountIds,
          });
          if (isFault(left)) return left;
        }
        const done = await askAccount(actors, ownerId, { type: "delete-list", listId });
        return isFault(done) ? done : json({});
      },
    }),
  ];
}

function memberRoutes(parts: ListRouteParts): Route[] {
  const path = "/api/v1/lists/:id/accounts";
  const change = (method: "POST" | "DELETE", type: "list-add" | "list-remove") =>
    route({
      method,
      path,
      access: write,
      params: z.object({ id: idParam(), account_ids: idList(LIST_MEMBERS_A_CALL_MAX) }),
      run: async (call) => {
        const { id, account_ids: accountIds } = call.params;
        const done = await askAccount(parts.actors, callerOf(call), {
          type,
          listId: id,
          accountIds,
        });
        return isFault(done) ? done : json({});
      },
    });
  return [
    route({
      method: "GET",
      path,
      access: read,
      params: z.object({ id: idParam(), ...accountPageParams }),
      run: async (call) => {
        const { id, limit } = call.params;
        const found = await ownList(parts.reads, callerOf(call), id);
        if (isFault(found)) return found;
        const collection = listMembers(id);
        if (limit === 0) {
          const members = await allMembers(parts.collections, collection, ALL_MEMBERS_MAX);
          const all = await parts.reads.accounts(members.map((it) => it.member));
          return jsonBytes(jsonArray(all.map((it) => it.json)));
        }
        return accountPage(parts, call, { collection });
      },
    }),
    change("POST", "list-add"),
    change("DELETE", "list-remove"),
  ];
}
