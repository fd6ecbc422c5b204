// Owns the routes of one status: writing, editing, deleting, reading, its thread, history, source,
// and the pages of who boosted, favourited or quoted it.

import { z } from "zod";
import type { Draft } from "../../actors/account/status-facts.js";
import { type Fault, fault, isFault } from "../../base/faults.js";
import { editsOf, favouritedBy, quotesOf, rebloggedBy } from "../../domain/collections.js";
import {
  PAGE_ACCOUNTS,
  PAGE_STATUSES,
  SCHEDULED_AHEAD_MS_MIN,
  STATUSES_BY_ID_MAX,
} from "../../domain/limits.js";
import type { ScheduledDoc, ScheduledParams } from "../../domain/scheduled.js";
import type { PollDoc, StatusDoc, StatusEditDoc } from "../../domain/status.js";
import { VISIBILITIES } from "../../domain/visibility.js";
import { type Actors, accountCell } from "../../ports/actors.js";
import type { Clock } from "../../ports/clock.js";
import type { Member, Store } from "../../ports/storage.js";
import { scheduledStatusJson } from "../entities/scheduled-status.js";
import type { Site } from "../entities/site.js";
import { statusEdit } from "../entities/status-edit.js";
import { statusSource } from "../entities/status-source.js";
import { paged, pageIdsOf, pageParams, readPage } from "../http/paging.js";
import {
  bool,
  enumOf,
  idList,
  idParam,
  int,
  optionalId,
  optionalText,
  textList,
} from "../http/params.js";
import { type Call, json, jsonBytes, type Route, route, type Viewer } from "../http/route.js";
import type { HttpReply } from "../http/server.js";
import { jsonArray, jsonObject } from "../read/json.js";
import type { Reads } from "../read/reads.js";
import { type ComposeParts, composeDraft, composeEdit, type StatusSent } from "./compose.js";
import { threadOf } from "./thread.js";

export type StatusesParts = ComposeParts & {
  actors: Actors;
  store: Pick<Store, "collections" | "records">;
  clock: Clock;
  site: Site;
};

const TEXT_UNITS_MAX = 65_536;
const QUOTE_POLICIES = ["public", "followers", "nobody"] as const;

const pollSent = z
  .object({
    options: textList({ max: 100, lengthMax: 1_000 }),
    expires_in: int(),
    multiple: bool(),
    hide_totals: bool(),
  })
  .optional();

const contentSent = {
  status: optionalText(TEXT_UNITS_MAX),
  spoiler_text: optionalText(TEXT_UNITS_MAX),
  sensitive: bool(),
  language: optionalText(20),
  media_ids: idList(),
  poll: pollSent,
  quote_approval_policy: enumOf(QUOTE_POLICIES),
};

const newStatus = z.object({
  ...contentSent,
  in_reply_to_id: optionalId(),
  visibility: enumOf(VISIBILITIES),
  scheduled_at: optionalText(64),
  quoted_status_id: optionalId(),
  allowed_mentions: z
    .unknown()
    .optional()
    .transform((it) => (Array.isArray(it) ? it.map(String) : undefined)),
});

export function statusesRoutes(parts: StatusesParts): Route[] {
  return [...writeRoutes(parts), ...readRoutes(parts), ...listRoutes(parts)];
}

/** The JSON of one status as the viewer sees it, or not-found. */
export async function statusReply(
  reads: Reads,
  viewer: Viewer | null,
  id: string,
): Promise<HttpReply | Fault> {
  const [found] = await reads.statuses(viewer, [id], { context: "thread" });
  return found === undefined ? fault("not-found") : jsonBytes(found.json);
}

function writeRoutes(parts: StatusesParts): Route[] {
  const write = { kind: "user", scopes: ["write:statuses"] } as const;
  return [
    route({
      method: "POST",
      path: "/api/v1/statuses",
      access: write,
      limits: ["posting"],
      params: newStatus,
      run: (call) => create(parts, call),
    }),
    route({
      method: "PUT",
      path: "/api/v1/statuses/:id",
      access: write,
      limits: ["posting"],
      params: z.object({ id: idParam(), ...contentSent }),
      run: (call) => edit(parts, call),
    }),
    route({
      method: "DELETE",
      path: "/api/v1/statuses/:id",
      access: write,
      limits: ["delete"],
      params: z.object({ id: idParam(), delete_media: bool() }),
      run: (call) => remove(parts, call),
    }),
    route({
      method: "PUT",
      path: "/api/v1/statuses/:id/interaction_policy",
      access: write,
      params: z.object({ id: idParam(), quote_approval_policy: enumOf(QUOTE_POLICIES) }),
      run: async ({ params, viewer }) => {
        const policy = params.quote_approval_policy;
        if (policy === undefined) return fault("bad-request", "Missing quote_approval_policy");
        const own = accountCell(viewer?.accountId ?? "");
        const command = { type: "set-quote-policy", statusId: params.id, policy };
        const done = await parts.actors.ask(own, command);
        return isFault(done) ? done : statusReply(parts.reads, viewer, params.id);
      },
    }),
    route({
      method: "POST",
      path: "/api/v1/statuses/:id/quotes/:quoting_status_id/revoke",
      access: write,
      params: z.object({ id: idParam(), quoting_status_id: idParam() }),
      run: async ({ params, viewer }) => {
        const own = accountCell(viewer?.accountId ?? "");
        const { id: statusId, quoting_status_id: quotingId } = params;
        const command = { type: "revoke-quote", statusId, quotingId };
        const done = await parts.actors.ask(own, command);
        if (isFault(done)) return done;
        const quoting = await parts.reads.doc<StatusDoc>("status", quotingId);
        if (quoting === null || quoting.quoteOfId !== statusId) return fault("not-found");
        const told = { type: "quote-revoked", statusId: quotingId, quotedId: statusId };
        await parts.actors.ask(accountCell(quoting.accountId), told);
        return statusReply(parts.reads, viewer, quotingId);
      },
    }),
  ];
}

/** Parents and quoted posts have counted before the answer. */
const SETTLED = { settle: true } as const;

type Answer = { statusId: string } | { scheduledId: string };

async function create(
  parts: StatusesParts,
  call: Call<z.output<typeof newStatus>>,
): Promise<HttpReply | Fault> {
  const { viewer, auth, params, request } = call;
  if (viewer === null || auth === null) return fault("user-required");
  const draft = await composeDraft(parts, { viewer, auth }, params);
  if (isFault(draft)) return draft;
  const idempotencyKey = request.header("idempotency-key")?.slice(0, 256) || null;
  const atMs = scheduledTime(params.scheduled_at, parts.clock.nowMs());
  if (isFault(atMs)) return atMs;
  // The app's own number, which clients see, not what it signs in with.
  const app = atMs === null ? null : await parts.reads.doc<{ id: string }>("app", auth.appId);
  if (atMs !== null && app === null) return fault("not-found", "The app is not there any more");
  const command =
    atMs === null || app === null
      ? { type: "post", draft, idempotencyKey }
      : {
          type: "schedule-status",
          atMs,
          draft,
          params: scheduledParams(params, draft, { applicationId: app.id, idempotencyKey }),
          idempotencyKey,
        };
  const own = accountCell(viewer.accountId);
  const done = await parts.actors.ask<Answer>(own, command, SETTLED);
  if (isFault(done)) return done;
  if ("statusId" in done) return statusReply(parts.reads, viewer, done.statusId);
  const kept = await parts.reads.doc<ScheduledDoc>("scheduled", done.scheduledId);
  if (kept === null) return fault("not-found");
  return jsonBytes(Buffer.from(scheduledStatusJson(kept, parts.site)));
}

/** Null: post at once (no time, or one in the past). */
function scheduledTime(text: string | undefined, nowMs: number): number | null | Fault {
  if (text === undefined || text === "") return null;
  const atMs = Date.parse(text);
  if (Number.isNaN(atMs)) return fault("invalid", "Invalid date supplied");
  if (atMs <= nowMs) return null;
  if (atMs < nowMs + SCHEDULED_AHEAD_MS_MIN) {
    return fault("invalid", "Validation failed: Scheduled at must be at least 5 minutes ahead");
  }
  return atMs;
}

function scheduledParams(
  sent: StatusSent,
  draft: Draft,
  from: Pick<ScheduledParams, "applicationId" | "idempotencyKey">,
): ScheduledParams {
  return {
    text: draft.text,
    poll: draft.poll,
    mediaIds: sent.media_ids.length === 0 ? null : sent.media_ids,
    sensitive: sent.sensitive ?? null,
    spoiler: sent.spoiler_text ?? null,
    visibility: draft.visibility,
    inReplyToId: draft.inReplyToId,
    language: draft.language,
    ...from,
    quotedStatusId: draft.quoteOfId,
    quotePolicy: draft.quotePolicy,
  };
}

async function edit(
  parts: StatusesParts,
  { viewer, params }: Call<{ id: string } & StatusSent>,
): Promise<HttpReply | Fault> {
  if (viewer === null) return fault("user-required");
  const before = await parts.reads.visibleStatus(viewer, params.id);
  if (isFault(before)) return before;
  if (before.accountId !== viewer.accountId) return fault("not-found");
  const edited = await composeEdit(parts, { viewer }, before, params);
  if (isFault(edited)) return edited;
  const command = { type: "edit-status", statusId: params.id, edit: edited };
  const done = await parts.actors.ask(accountCell(viewer.accountId), command);
  return isFault(done) ? done : statusReply(parts.reads, viewer, params.id);
}

/** The answer holds what was typed, so that a client can offer to write it anew. */
async function remove(
  parts: StatusesParts,
  { viewer, params }: Call<{ id: string }>,
): Promise<HttpReply | Fault> {
  if (viewer === null) return fault("user-required");
  const [shown] = await parts.reads.statuses(viewer, [params.id]);
  const doc = await parts.reads.doc<StatusDoc>("status", params.id);
  if (shown === undefined || doc?.accountId !== viewer.accountId) return fault("not-found");
  const command = { type: "delete-status", statusId: params.id };
  const done = await parts.actors.ask(accountCell(viewer.accountId), command, SETTLED);
  if (isFault(done)) return done;
  const { content: _content, ...entity } = JSON.parse(Buffer.from(shown.json).toString()) as Record<
    string,
    unknown
  >;
  return json({ ...entity, text: doc.text });
}

const one = z.object({ id: idParam() });

function readRoutes(parts: StatusesParts): Route[] {
  const open = { kind: "optional", scopes: ["read:statuses"] } as const;
  const { reads } = parts;
  return [
    route({
      method: "GET",
      path: "/api/v1/statuses/:id",
      access: open,
      cache: "short",
      params: one,
      run: ({ viewer, params }) => statusReply(reads, viewer, params.id),
    }),
    route({
      method: "GET",
      path: "/api/v1/statuses",
      access: open,
      params: z.object({ id: idList(STATUSES_BY_ID_MAX) }),
      run: async ({ viewer, params }) => {
        const found = await reads.statuses(viewer, params.id, { context: "thread" });
        return jsonBytes(jsonArray(found.map((it) => it.json)));
      },
    }),
    route({
      method: "GET",
      path: "/api/v1/statuses/:id/context",
      access: open,
      cache: "short",
      params: one,
      run: async ({ viewer, params }) => {
        const thread = await threadOf(parts, viewer, params.id);
        if (isFault(thread)) return thread;
        const [ancestors, descendants] = await Promise.all(
          [thread.ancestors, thread.descendants].map((ids) =>
            reads.statuses(viewer, ids, { context: "thread", dropUnwanted: true }),
          ),
        );
        const bytes = (list: { json: Uint8Array }[] = []) => list.map((it) => it.json);
        return jsonBytes(
          jsonObject({}, { ancestors: bytes(ancestors), descendants: bytes(descendants) }),
        );
      },
    }),
    route({
      method: "GET",
      path: "/api/v1/statuses/:id/history",
      access: open,
      params: one,
      run: ({ viewer, params }) => history(parts, viewer, params.id),
    }),
    route({
      method: "GET",
      path: "/api/v1/statuses/:id/source",
      access: { kind: "user", scopes: ["read:statuses"] },
      params: one,
      run: async ({ viewer, params }) => {
        const status = await reads.visibleStatus(viewer, params.id);
        if (isFault(status)) return status;
        return json(statusSource(status));
      },
    }),
  ];
}

const EDITS_MAX = 200;

async function history(
  parts: StatusesParts,
  viewer: Viewer | null,
  id: string,
): Promise<HttpReply | Fault> {
  const status = await parts.reads.visibleStatus(viewer, id);
  if (isFault(status)) return status;
  const author = await parts.reads.account(status.accountId);
  if (author === null) return fault("not-found");
  const rows = await parts.store.collections.page(editsOf(id), { limit: EDITS_MAX, from: "low" });
  const poll = status.pollId === null ? null : await parts.reads.doc<PollDoc>("poll", id);
  const now: StatusEditDoc = {
    html: status.html,
    text: status.text,
    spoiler: status.spoiler,
    sensitive: status.sensitive,
    createdAtMs: status.editedAtMs ?? status.createdAtMs,
    media: status.media,
    emojis: status.emojis,
    pollOptions: poll?.options.map((option) => option.title) ?? null,
  };
  const versions = [...rows.map((row) => JSON.parse(row.value) as StatusEditDoc), now];
  return jsonBytes(
    jsonArray(
      versions.map((version) =>
        jsonObject(statusEdit(version, parts.site, parts.emojis()), {
          account: author,
        }),
      ),
    ),
  );
}

function listRoutes(parts: StatusesParts): Route[] {
  const { reads, store, publicUrl } = parts;
  const people = { kind: "optional", scopes: ["read:accounts"] } as const;
  const { default: def, max } = PAGE_ACCOUNTS;
  const listing = (path: string, collection: (statusId: string) => string): Route =>
    route({
      method: "GET",
      path,
      access: people,
      params: z.object({ id: idParam(), ...pageParams({ def, max, minId: false }) }),
      run: async ({ viewer, params, request }) => {
        const status = await reads.visibleStatus(viewer, params.id);
        if (isFault(status)) return status;
        const rows = await readPage(store.collections, collection(params.id), params);
        const documents = await presentPeople(reads, viewer, membersOf(rows));
        const ids = pageIdsOf(rows);
        return paged({ publicUrl, request, params, ids, documents, links: RELATION });
      },
    });
  return [
    listing("/api/v1/statuses/:id/reblogged_by", rebloggedBy),
    listing("/api/v1/statuses/:id/favourited_by", favouritedBy),
    route({
      method: "GET",
      path: "/api/v1/statuses/:id/quotes",
      access: { kind: "user", scopes: ["read:statuses"] },
      params: z.object({
        id: idParam(),
        ...pageParams({ def: PAGE_STATUSES.default, max: PAGE_STATUSES.max, minId: false }),
      }),
      run: async ({ viewer, params, request }) => {
        const status = await reads.visibleStatus(viewer, params.id);
        if (isFault(status)) return status;
        const rows = await readPage(store.collections, quotesOf(params.id), params);
        const found = await reads.statuses(viewer, membersOf(rows), {
          context: "thread",
          dropUnwanted: true,
        });
        const documents = found.map((it) => it.json);
        const ids = pageIdsOf(rows);
        return paged({ publicUrl, request, params, ids, documents, links: RELATION });
      },
    }),
  ];
}

const RELATION = { prevBy: "since_id" } as const;
const membersOf = (rows: readonly Member[]): string[] => rows.map((row) => row.member);

/** Accounts of a page, without those that the viewer blocks or that block the viewer. */
async function presentPeople(
  reads: Reads,
  viewer: Viewer | null,
  ids: readonly string[],
): Promise<Uint8Array[]> {
  if (viewer === null) return (await reads.accounts(ids)).map((it) => it.json);
  const [mine, theirs] = await Promise.all([
    reads.relations(viewer.accountId, ids),
    reads.relationsFrom(ids, viewer.accountId),
  ]);
  const wanted = ids.filter(
    (id) => mine.get(id)?.blocking === undefined && theirs.get(id)?.blocking === undefined,
  );
  return (await reads.accounts(wanted)).map((it) => it.json);
}
