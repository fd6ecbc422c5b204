// Owns the timelines: home, public, tag, list, and the statuses of an account. Each is a list of
// ids (skeleton) from which pages are filled until they are full, so that what a viewer does not
// want to see leaves no holes and no page is empty while there is more.

import { z } from "zod";
import { type Fault, fault, isFault } from "../../base/faults.js";
import {
  PUBLIC_ALL,
  PUBLIC_LOCAL,
  pinnedOf,
  statusesOf,
  taggedWith,
} from "../../domain/collections.js";
import { PAGE_STATUSES, PINS_MAX } from "../../domain/limits.js";
import type { ListDoc } from "../../domain/list.js";
import type { StatusFlags } from "../../domain/status.js";
import { tagName } from "../../domain/text/tag-name.js";
import type { Store } from "../../ports/storage.js";
import { type PageParams, paged, pageParams } from "../http/paging.js";
import { bool, idParam, optionalText, text, textList } from "../http/params.js";
import { jsonBytes, type Route, route, type Viewer } from "../http/route.js";
import type { HttpReply, HttpRequest } from "../http/server.js";
import { jsonArray } from "../read/json.js";
import type { Presented, Reads, ShownIn } from "../read/reads.js";
import { listSkeleton } from "./list-feed.js";
import { fromCollection, merged, type Skeleton, type Step } from "./skeleton.js";

export type FeedAccess = "public" | "authenticated" | "disabled";

export type TimelinesParts = {
  reads: Reads;
  store: Pick<Store, "collections">;
  publicUrl: string;
  /** Ids of a home timeline, in walking order. */
  homePage: (
    accountId: string,
    page: { below?: string; above?: string; from?: "high" | "low"; limit: number },
  ) => Promise<readonly string[]>;
  feedAccess: { local: FeedAccess; remote: FeedAccess };
};

/** Rounds of reading that one page may take: bounds the work for who filters nearly everything. */
const ROUNDS_MAX = 8;

/** The first step of filling a page. */
function firstStep(params: PageParams): Step {
  const above = params.min_id ?? params.since_id;
  return {
    limit: params.limit,
    from: params.min_id === undefined ? "high" : "low",
    ...(params.max_id === undefined ? {} : { below: params.max_id }),
    ...(above === undefined ? {} : { above }),
  };
}

/** Fills a page from a skeleton. Newest first in every case. */
export async function fillPage(
  reads: Reads,
  viewer: Viewer | null,
  params: PageParams,
  skeleton: Skeleton,
  context: ShownIn,
): Promise<Presented[]> {
  const up = params.min_id !== undefined;
  let below = params.max_id;
  let above = params.min_id ?? params.since_id;
  const page: Presented[] = [];
  const shown = new Set<string>();
  for (let round = 0; round < ROUNDS_MAX && page.length < params.limit; round++) {
    const limit = round === 0 ? params.limit : Math.max(20, params.limit * 2);
    const rows = await skeleton({
      limit,
      from: up ? "low" : "high",
      ...(below === undefined ? {} : { below }),
      ...(above === undefined ? {} : { above }),
    });
    const ids = rows.filter((row) => !row.skip).map((row) => row.id);
    const found = await reads.statuses(viewer, ids, { context, dropUnwanted: true });
    for (const it of found) {
      if (page.length === params.limit) break;
      // Once is enough: a boost of what is on the page already is left out.
      if (context === "home" && it.boostOf !== null && shown.has(it.boostOf)) continue;
      shown.add(it.boostOf ?? it.id);
      page.push(it);
    }
    const last = rows[rows.length - 1];
    if (rows.length < limit || last === undefined) break;
    if (up) above = last.id;
    else below = last.id;
  }
  return up ? page.reverse() : page;
}

export function timelinesRoutes(parts: TimelinesParts): Route[] {
  return [home(parts), publicTimeline(parts), tagTimeline(parts), list(parts), ofAccount(parts)];
}

const sizes = { def: PAGE_STATUSES.default, max: PAGE_STATUSES.max };

async function timeline(
  parts: TimelinesParts,
  call: { viewer: Viewer | null; params: PageParams; request: HttpRequest },
  skeleton: Skeleton,
  context: ShownIn,
): Promise<HttpReply> {
  const { viewer, params, request } = call;
  const page = await fillPage(parts.reads, viewer, params, skeleton, context);
  return paged({
    publicUrl: parts.publicUrl,
    request,
    params,
    ids: page.map((it) => it.id),
    body: parts.reads.joined(viewer, context, page),
    links: { always: true },
  });
}

/** The reply to a page of the home timeline, and what was asked. */
type KeptPage = { query: string; reply: HttpReply };

function home(parts: TimelinesParts): Route {
  return route({
    method: "GET",
    path: "/api/v1/timelines/home",
    access: { kind: "user", scopes: ["read:statuses"] },
    params: z.object(pageParams(sizes)),
    run: async (call) => {
      const { viewer, request } = call;
      if (viewer === null) return fault("user-required");
      const { accountId } = viewer;
      const first = await parts.homePage(accountId, firstStep(call.params));
      // People look at the same page again and again: then nothing of it is made anew.
      const kept = parts.reads.kept<KeptPage>(viewer, "home", first);
      if (kept !== null && kept.query === request.query) return kept.reply;
      const since = parts.reads.moment(viewer);
      let rounds = 0;
      const skeleton: Skeleton = async (step) => {
        const ids = rounds++ === 0 ? first : await parts.homePage(accountId, step);
        return ids.map((id) => ({ id, skip: false }));
      };
      const reply = await timeline(parts, call, skeleton, "home");
      const note: KeptPage = { query: request.query, reply };
      if (rounds === 1) parts.reads.keep(viewer, "home", { ids: first, since, note });
      return reply;
    },
  });
}

const publicParams = {
  ...pageParams(sizes),
  local: bool(),
  remote: bool(),
  only_media: bool(),
};

/** Whether the viewer may read a feed at all; what is disabled is empty rather than an error. */
function mayRead(access: FeedAccess, viewer: Viewer | null): "yes" | "sign-in" | "never" {
  if (access === "disabled") return "never";
  return access === "authenticated" && viewer === null ? "sign-in" : "yes";
}

function publicTimeline(parts: TimelinesParts): Route {
  return route({
    method: "GET",
    path: "/api/v1/timelines/public",
    access: { kind: "optional", scopes: ["read:statuses"] },
    cache: "short",
    params: z.object(publicParams),
    run: async (call) => {
      const { params, viewer } = call;
      const side = params.remote === true ? "remote" : "local";
      const may = mayRead(parts.feedAccess[side], viewer);
      if (may === "sign-in") return fault("user-required");
      if (may === "never") return jsonBytes(jsonArray([]));
      const collection = params.local === true ? PUBLIC_LOCAL : PUBLIC_ALL;
      const skeleton = fromCollection(parts.store.collections, collection, (flags) => {
        if (params.only_media === true && flags.m !== 1) return false;
        return params.remote !== true || flags.d === 1;
      });
      return timeline(parts, call, skeleton, "public");
    },
  });
}

const TAG_UNITS_MAX = 255;
const TAGS_OF_EACH_KIND_MAX = 4;

function tagTimeline(parts: TimelinesParts): Route {
  const more = () => textList({ max: 20, lengthMax: TAG_UNITS_MAX });
  return route({
    method: "GET",
    path: "/api/v1/timelines/tag/:hashtag",
    access: { kind: "optional", scopes: ["read:statuses"] },
    cache: "short",
    params: z.object({
      ...publicParams,
      hashtag: text(TAG_UNITS_MAX),
      any: more(),
      all: more(),
      none: more(),
    }),
    run: async (call) => {
      const { params, viewer } = call;
      const may = mayRead(parts.feedAccess.local, viewer);
      if (may === "sign-in") return fault("user-required");
      if (may === "never") return jsonBytes(jsonArray([]));
      const names = (list: readonly string[]) => list.slice(0, TAGS_OF_EACH_KIND_MAX).map(tagName);
      const any = [tagName(params.hashtag), ...names(params.any)];
      const all = names(params.all);
      const none = names(params.none);
      const wanted = (flags: StatusFlags) => {
        const tags = flags.t ?? [];
        if (params.only_media === true && flags.m !== 1) return false;
        if (params.local === true && flags.d === 1) return false;
        if (params.remote === true && flags.d !== 1) return false;
        return all.every((tag) => tags.includes(tag)) && !none.some((tag) => tags.includes(tag));
      };
      const sources = any.map((tag) =>
        fromCollection(parts.store.collections, taggedWith(tag), wanted),
      );
      return timeline(parts, call, merged(sources), "public");
    },
  });
}

function list(parts: TimelinesParts): Route {
  return route({
    method: "GET",
    path: "/api/v1/timelines/list/:list_id",
    access: { kind: "user", scopes: ["read:lists"] },
    params: z.object({ ...pageParams(sizes), list_id: idParam() }),
    run: async (call) => {
      const { viewer, params } = call;
      if (viewer === null) return fault("user-required");
      const lists = (await parts.reads.doc<ListDoc[]>("lists", viewer.accountId)) ?? [];
      const found = lists.find((it) => it.id === params.list_id);
      if (found === undefined) return fault("not-found");
      const skeleton = await listSkeleton(parts, viewer, found);
      return timeline(parts, call, skeleton, "list");
    },
  });
}

function ofAccount(parts: TimelinesParts): Route {
  return route({
    method: "GET",
    path: "/api/v1/accounts/:id/statuses",
    access: { kind: "optional", scopes: ["read:statuses"] },
    cache: "short",
    params: z.object({
      ...pageParams(sizes),
      id: idParam(),
      only_media: bool(),
      exclude_replies: bool(),
      exclude_reblogs: bool(),
      pinned: bool(),
      tagged: optionalText(TAG_UNITS_MAX),
    }),
    run: async (call) => {
      const { params, viewer } = call;
      const account = await accountSeen(parts.reads, viewer, params.id);
      if (isFault(account)) return account;
      if (params.pinned === true) return pinned(parts, viewer, params.id);
      const tag = params.tagged === undefined ? null : tagName(params.tagged);
      const wanted = (flags: StatusFlags) => {
        if (params.only_media === true && flags.m !== 1) return false;
        if (params.exclude_replies === true && flags.r === 1) return false;
        if (params.exclude_reblogs === true && flags.b === 1) return false;
        return tag === null || flags.t?.includes(tag) === true;
      };
      const { collections } = parts.store;
      const skeleton = fromCollection(collections, statusesOf(params.id), wanted);
      return timeline(parts, call, skeleton, "account");
    },
  });
}

/** Null if the account is there and does not block the viewer; else not-found, or gone. */
async function accountSeen(reads: Reads, viewer: Viewer | null, id: string): Promise<null | Fault> {
  const doc = await reads.accountDoc(id);
  if (doc === null || doc.suspended) return fault("not-found");
  if (viewer === null || viewer.accountId === id) return null;
  const theirs = (await reads.relationsFrom([id], viewer.accountId)).get(id);
  return theirs?.blocking === undefined ? null : fault("not-found");
}

async function pinned(
  parts: TimelinesParts,
  viewer: Viewer | null,
  accountId: string,
): Promise<HttpReply> {
  const rows = await parts.store.collections.page(pinnedOf(accountId), { limit: PINS_MAX });
  const ids = rows.map((row) => row.member);
  const found = await parts.reads.statuses(viewer, ids, { context: "account" });
  return jsonBytes(jsonArray(found.map((it) => it.json)));
}
