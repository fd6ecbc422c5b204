// Owns the routes of scheduled statuses: list, show, move, cancel. Another's id is not found.

import { z } from "zod";
import { type Fault, fault, isFault } from "../../base/faults.js";
import { scheduledOf } from "../../domain/collections.js";
import { PAGE_STATUSES, SCHEDULED_AHEAD_MS_MIN } from "../../domain/limits.js";
import type { ScheduledDoc } from "../../domain/scheduled.js";
import { type Actors, accountCell } from "../../ports/actors.js";
import type { Clock } from "../../ports/clock.js";
import type { Store } from "../../ports/storage.js";
import { scheduledStatusJson } from "../entities/scheduled-status.js";
import type { Site } from "../entities/site.js";
import { paged, pageIdsOf, pageParams, readPage } from "../http/paging.js";
import { idParam, optionalText } from "../http/params.js";
import { json, jsonBytes, type Route, route, type Viewer } from "../http/route.js";
import type { Reads } from "../read/reads.js";

export type ScheduledParts = {
  actors: Actors;
  reads: Reads;
  store: Pick<Store, "collections">;
  clock: Clock;
  site: Site;
};

const one = z.object({ id: idParam() });
const read = { kind: "user", scopes: ["read:statuses"] } as const;
const write = { kind: "user", scopes: ["write:statuses"] } as const;
const PATH = "/api/v1/scheduled_statuses";

export function scheduledStatusesRoutes(parts: ScheduledParts): Route[] {
  const bytes = (doc: ScheduledDoc) => Buffer.from(scheduledStatusJson(doc, parts.site));
  return [
    route({
      method: "GET",
      path: PATH,
      access: read,
      params: z.object(pageParams({ def: PAGE_STATUSES.default, max: PAGE_STATUSES.max })),
      run: async ({ viewer, params, request }) => {
        if (viewer === null) return fault("user-required");
        const { collections } = parts.store;
        const rows = await readPage(collections, scheduledOf(viewer.accountId), params);
        const ids = rows.map((row) => row.member);
        const docs = await parts.reads.docs<ScheduledDoc>("scheduled", ids);
        const documents = ids.flatMap((id) => {
          const doc = docs.get(id);
          return doc === undefined ? [] : [bytes(doc)];
        });
        const { publicUrl } = parts.site;
        return paged({ publicUrl, request, params, ids: pageIdsOf(rows), documents });
      },
    }),
    route({
      method: "GET",
      path: `${PATH}/:id`,
      access: read,
      params: one,
      run: async ({ viewer, params }) => {
        const doc = await own(parts, viewer, params.id);
        return isFault(doc) ? doc : jsonBytes(bytes(doc));
      },
    }),
    route({
      method: "PUT",
      path: `${PATH}/:id`,
      access: write,
      params: z.object({ id: idParam(), scheduled_at: optionalText(64) }),
      run: async ({ viewer, params }) => {
        const doc = await own(parts, viewer, params.id);
        if (isFault(doc)) return doc;
        const atMs = Date.parse(params.scheduled_at ?? "");
        if (Number.isNaN(atMs)) return fault("invalid", "Invalid date supplied");
        if (atMs < parts.clock.nowMs() + SCHEDULED_AHEAD_MS_MIN) {
          return fault(
            "invalid",
            "Validation failed: Scheduled at must be at least 5 minutes ahead",
          );
        }
        const command = { type: "reschedule", id: params.id, atMs };
        const done = await parts.actors.ask(accountCell(doc.accountId), command);
        return isFault(done) ? done : jsonBytes(bytes({ ...doc, atMs }));
      },
    }),
    route({
      method: "DELETE",
      path: `${PATH}/:id`,
      access: write,
      params: one,
      run: async ({ viewer, params }) => {
        const doc = await own(parts, viewer, params.id);
        if (isFault(doc)) return doc;
        const command = { type: "cancel-scheduled", id: params.id };
        const done = await parts.actors.ask(accountCell(doc.accountId), command);
        return isFault(done) ? done : json({});
      },
    }),
  ];
}

async function own(
  parts: ScheduledParts,
  viewer: Viewer | null,
  id: string,
): Promise<ScheduledDoc | Fault> {
  const doc = await parts.reads.doc<ScheduledDoc>("scheduled", id);
  if (doc === null || viewer === null || doc.accountId !== viewer.accountId) {
    return fault("not-found");
  }
  return doc;
}
