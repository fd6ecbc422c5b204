// Owns the routes of direct threads, and the bytes of one as streams send it.

import { z } from "zod";
import { fault, isFault } from "../../base/faults.js";
import { conversationsOf } from "../../domain/collections.js";
import { type ConversationDoc, conversationOf } from "../../domain/conversation.js";
import { PAGE_CONVERSATIONS } from "../../domain/limits.js";
import { type Actors, accountCell } from "../../ports/actors.js";
import type { Collections, Member } from "../../ports/storage.js";
import { conversationFields } from "../entities/conversation.js";
import { paged, pageIdsOf, pageParams, readPage } from "../http/paging.js";
import { idParam } from "../http/params.js";
import { json, jsonBytes, type Route, route } from "../http/route.js";
import { jsonObject } from "../read/json.js";
import type { Reads } from "../read/reads.js";
import { callerOf } from "./relationships.js";

export type ConversationParts = {
  reads: Reads;
  collections: Collections;
  actors: Actors;
  publicUrl: string;
};

type ReadParts = Pick<ConversationParts, "reads" | "collections">;

const PATH = "/api/v1/conversations";
const WRITE = { kind: "user", scopes: ["write:conversations"] } as const;
const one = z.object({ id: idParam() });

/** Rows below `/api/v1/conversations`. */
export function conversationRoutes(parts: ConversationParts): Route[] {
  return [
    route({
      method: "GET",
      path: PATH,
      access: { kind: "user", scopes: ["read:statuses"] },
      params: z.object(
        pageParams({ def: PAGE_CONVERSATIONS.default, max: PAGE_CONVERSATIONS.max }),
      ),
      run: async (call) => {
        const me = callerOf(call);
        const { params, request } = call;
        const rows = await readPage(parts.collections, conversationsOf(me), params);
        return paged({
          publicUrl: parts.publicUrl,
          request,
          params,
          ids: pageIdsOf(rows),
          documents: await conversationBytes(parts, me, rows),
        });
      },
    }),
    route({
      method: "DELETE",
      path: `${PATH}/:id`,
      access: WRITE,
      params: one,
      run: async (call) => {
        const command = { type: "delete-conversation", id: call.params.id };
        const reply = await parts.actors.ask<unknown>(accountCell(callerOf(call)), command);
        return isFault(reply) ? reply : json({});
      },
    }),
    markRoute(parts, "read", true),
    markRoute(parts, "unread", false),
  ];
}

const markRoute = (parts: ConversationParts, name: string, read: boolean): Route =>
  route({
    method: "POST",
    path: `${PATH}/:id/${name}`,
    access: WRITE,
    params: one,
    run: async (call) => {
      const me = callerOf(call);
      const { id } = call.params;
      const command = { type: "mark-conversation", id, read };
      const reply = await parts.actors.ask<unknown>(accountCell(me), command);
      if (isFault(reply)) return reply;
      const bytes = await conversationJson(parts)(me, id);
      return bytes === null ? fault("not-found") : jsonBytes(bytes);
    },
  });

/** Bytes of the conversations, in order. */
async function conversationBytes(
  { reads }: ReadParts,
  me: string,
  rows: readonly Member[],
): Promise<Uint8Array[]> {
  const held = rows.flatMap((row): { id: string; doc: ConversationDoc }[] => {
    const doc = conversationOf(row.value);
    return doc === null ? [] : [{ id: row.member, doc }];
  });
  // Alone in it: a note to oneself shows oneself.
  const people = (doc: ConversationDoc) =>
    doc.participantIds.length === 0 ? [me] : doc.participantIds;
  const last = (doc: ConversationDoc) => doc.statusIds.at(-1) ?? "";
  const [accounts, statuses] = await Promise.all([
    reads.accounts([...new Set(held.flatMap(({ doc }) => people(doc)))]),
    reads.statuses(
      { accountId: me },
      held.map(({ doc }) => last(doc)),
      { context: "thread" },
    ),
  ]);
  const accountOf = new Map(accounts.map((it) => [it.id, it.json]));
  const statusOf = new Map(statuses.map((it) => [it.id, it.json]));
  return held.map(({ id, doc }) =>
    jsonObject(conversationFields(id, doc.unread), {
      accounts: people(doc).flatMap((it) => accountOf.get(it) ?? []),
      last_status: statusOf.get(last(doc)) ?? null,
    }),
  );
}

/** For streams: the bytes of one conversation as its owner gets it, or null. */
export function conversationJson(
  parts: ReadParts,
): (accountId: string, id: string) => Promise<Uint8Array | null> {
  return async (accountId, id) => {
    const row = (await parts.collections.pick(conversationsOf(accountId), [id])).get(id);
    if (row === undefined) return null;
    return (await conversationBytes(parts, accountId, [row]))[0] ?? null;
  };
}
