// Owns the routes of what a viewer marks on a status: favourite, boost, bookmark, pin, muted thread;
// and the lists of own favourites and bookmarks. The author's cell has counted before the answer,
// so the counters in it are right.

import { z } from "zod";
import { type Fault, fault, isFault } from "../../base/faults.js";
import { bookmarksOf, favouritesOf } from "../../domain/collections.js";
import { PAGE_STATUSES } from "../../domain/limits.js";
import type { StatusDoc } from "../../domain/status.js";
import { VISIBILITIES, type Visibility } from "../../domain/visibility.js";
import { type Actors, accountCell } from "../../ports/actors.js";
import type { Store } from "../../ports/storage.js";
import { paged, pageIdsOf, pageParams, readPage } from "../http/paging.js";
import { enumOf, idParam } from "../http/params.js";
import { type Route, route, type Viewer } from "../http/route.js";
import type { HttpReply } from "../http/server.js";
import type { Reads } from "../read/reads.js";
import { statusReply } from "./statuses.js";

export type MarksParts = {
  actors: Actors;
  reads: Reads;
  store: Pick<Store, "collections">;
  publicUrl: string;
};

type Act = (
  parts: MarksParts,
  viewer: Viewer,
  status: StatusDoc,
  sent: { visibility?: Visibility | undefined },
) => Promise<null | string | Fault>;

const one = z.object({ id: idParam(), visibility: enumOf(VISIBILITIES) });

/** Verbs, their scope, and what they do. An answer of text is the id of the status to show. */
const ACTS: readonly { verb: string; scope: string; limit?: string; act: Act }[] = [
  { verb: "favourite", scope: "write:favourites", act: counted("favourite") },
  { verb: "unfavourite", scope: "write:favourites", act: counted("unfavourite") },
  { verb: "reblog", scope: "write:statuses", limit: "posting", act: reblog },
  { verb: "unreblog", scope: "write:statuses", limit: "delete", act: counted("unreblog") },
  { verb: "bookmark", scope: "write:bookmarks", act: own("bookmark") },
  { verb: "unbookmark", scope: "write:bookmarks", act: own("unbookmark") },
  { verb: "pin", scope: "write:accounts", act: own("pin") },
  { verb: "unpin", scope: "write:accounts", act: own("unpin") },
  { verb: "mute", scope: "write:mutes", act: thread("mute-thread") },
  { verb: "unmute", scope: "write:mutes", act: thread("unmute-thread") },
];

export function marksRoutes(parts: MarksParts): Route[] {
  const acts = ACTS.map(({ verb, scope, limit, act }) =>
    route({
      method: "POST",
      path: `/api/v1/statuses/:id/${verb}`,
      access: { kind: "user", scopes: [scope] },
      ...(limit === undefined ? {} : { limits: [limit] }),
      params: one,
      run: async ({ viewer, params }) => {
        if (viewer === null) return fault("user-required");
        const target = await targetOf(parts.reads, viewer, params.id, verb);
        if (isFault(target)) return target;
        const done = await act(parts, viewer, target, params);
        if (isFault(done)) return done;
        return statusReply(parts.reads, viewer, done ?? target.id);
      },
    }),
  );
  return [
    ...acts,
    listing(parts, "/api/v1/favourites", "read:favourites", favouritesOf),
    listing(parts, "/api/v1/bookmarks", "read:bookmarks", bookmarksOf),
  ];
}

/**
 * The status that a mark is set on: of a boost, the boosted one. Taking a mark back works on
 * statuses that the viewer can't see any more.
 */
async function targetOf(
  reads: Reads,
  viewer: Viewer,
  id: string,
  verb: string,
): Promise<StatusDoc | Fault> {
  const found = await reads.visibleStatus(viewer, id);
  if (isFault(found)) return found;
  if (found.reblogOfId === null || verb === "pin" || verb === "unpin") return found;
  return reads.visibleStatus(viewer, found.reblogOfId);
}

/** Marks that the author's cell counts: the answer waits until it has. */
function counted(type: string): Act {
  return async (parts, viewer, { id: statusId, accountId: authorId }) => {
    const command = { type, statusId, authorId };
    const done = await parts.actors.ask(accountCell(viewer.accountId), command, SETTLED);
    return isFault(done) ? done : null;
  };
}

const SETTLED = { settle: true } as const;

const OPEN: readonly Visibility[] = ["public", "unlisted"];

async function reblog(
  parts: MarksParts,
  viewer: Viewer,
  status: StatusDoc,
  sent: { visibility?: Visibility | undefined },
) {
  const { accountId: byId } = viewer;
  const isOwnPrivate = status.visibility === "private" && status.accountId === byId;
  if (!OPEN.includes(status.visibility) && !isOwnPrivate) return fault("forbidden");
  const visibility = isOwnPrivate ? "private" : (sent.visibility ?? "public");
  if (visibility === "direct") return fault("invalid", "Validation failed: Visibility is invalid");
  const { id: statusId, accountId: authorId, language } = status;
  const command = { type: "reblog", statusId, authorId, visibility, language };
  const done = await parts.actors.ask<{ reblogId: string }>(accountCell(byId), command, SETTLED);
  return isFault(done) ? done : done.reblogId;
}

function own(type: string): Act {
  return async (parts, viewer, status) => {
    const command = { type, statusId: status.id };
    const done = await parts.actors.ask(accountCell(viewer.accountId), command);
    if (!isFault(done)) return null;
    const notOwn = done.fault === "not-found" && (type === "pin" || type === "unpin");
    return notOwn
      ? fault("invalid", "Validation failed: Someone else's post cannot be pinned")
      : done;
  };
}

function thread(type: string): Act {
  return async (parts, viewer, status) => {
    const command = { type, conversationId: status.conversationId };
    const done = await parts.actors.ask(accountCell(viewer.accountId), command);
    return isFault(done) ? done : null;
  };
}

function listing(
  { reads, store, publicUrl }: MarksParts,
  path: string,
  scope: string,
  collection: (accountId: string) => string,
): Route {
  const { default: def, max } = PAGE_STATUSES;
  return route({
    method: "GET",
    path,
    access: { kind: "user", scopes: [scope] },
    params: z.object(pageParams({ def, max })),
    run: async ({ viewer, params, request }): Promise<HttpReply | Fault> => {
      if (viewer === null) return fault("user-required");
      const rows = await readPage(store.collections, collection(viewer.accountId), params);
      const marked = rows.map((row) => row.member);
      const documents = (await reads.statuses(viewer, marked)).map((it) => it.json);
      return paged({ publicUrl, request, params, ids: pageIdsOf(rows), documents });
    },
  });
}
