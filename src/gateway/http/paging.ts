// Owns paging of lists: what clients may ask for, which page of a collection that is, and the Link
// header that leads to the pages before and after. Answers are newest first in every case.
// Source: Mastodon API 4.6, paging and list sizes.

import { z } from "zod";
import { idOfRank, isId, rankOf } from "../../base/ids.js";
import type { Collections, Member, PageOf } from "../../ports/storage.js";
import { jsonArrayParts } from "../read/json.js";
import { jsonBytes } from "./route.js";
import type { HttpReply, HttpRequest } from "./server.js";

export type PageParams = {
  max_id?: string | undefined;
  since_id?: string | undefined;
  min_id?: string | undefined;
  limit: number;
};

const NUMBER = /^[+-]?[0-9]{1,9}(?:\.[0-9]*)?$/;

/** What cannot be an id is passed over, as if it were not sent. */
const pageId = () =>
  z
    .unknown()
    .transform((value) => {
      const text = typeof value === "number" ? String(value) : value;
      return isId(text) ? text : undefined;
    })
    .optional();

/**
 * The parameters of a paged list, to be spread into `z.object`. `def` is the size of a page when
 * none is asked for, `max` the largest. `minId: false`: the list does not know min_id.
 */
export const pageParams = (sizes: { def: number; max: number; minId?: boolean }) => ({
  max_id: pageId(),
  since_id: pageId(),
  min_id:
    sizes.minId === false
      ? z
          .unknown()
          .transform(() => undefined)
          .optional()
      : pageId(),
  limit: z
    .unknown()
    .optional()
    .transform((value) => {
      if (typeof value !== "string" && typeof value !== "number") return sizes.def;
      if (!NUMBER.test(String(value))) return sizes.def;
      return Math.min(Math.abs(Math.trunc(Number(value))), sizes.max);
    }),
});

/** The page of a collection, whose ranks are ids, that the parameters ask for. */
export function toPageOf(params: PageParams): PageOf {
  const page: PageOf = { limit: params.limit };
  const above = params.min_id ?? params.since_id;
  if (params.max_id !== undefined) page.below = rankOf(params.max_id);
  if (above !== undefined) page.above = rankOf(above);
  if (params.min_id !== undefined) page.from = "low";
  return page;
}

/** Rows as they were walked (min_id walks upwards), brought to newest first. */
export function newestFirst<Row>(params: PageParams, rows: readonly Row[]): readonly Row[] {
  return params.min_id === undefined ? rows : [...rows].reverse();
}

/** The page of a collection that the parameters ask for, newest first. */
export async function readPage(
  collections: Collections,
  collection: string,
  params: PageParams,
): Promise<readonly Member[]> {
  if (params.limit === 0) return [];
  return newestFirst(params, await collections.page(collection, toPageOf(params)));
}

/** The ids that members are paged by. */
export const pageIdsOf = (members: readonly Member[]): string[] =>
  members.map(({ rank }) => idOfRank(rank));

export type PageLinks = {
  /** Links to both sides whenever there is something on the page (timelines, notifications). */
  always?: boolean;
  /** What leads to newer items; relation lists know only since_id. */
  prevBy?: "min_id" | "since_id";
};

/** Parameters that are not carried over: a link names its own page, and never a token. */
const DROPPED: ReadonlySet<string> = new Set([
  "max_id",
  "since_id",
  "min_id",
  "access_token",
  "bearer_token",
]);

/**
 * The value of the Link header, or null if there is nothing to link to. `publicUrl` has no slash at
 * its end. `next` and `prev` are the parameter that leads there, such as `max_id=12`.
 */
export function linkHeader(
  publicUrl: string,
  request: Pick<HttpRequest, "path" | "query">,
  links: { next?: string; prev?: string },
): string | null {
  let base = `${publicUrl}${request.path}?`;
  if (request.query !== "") {
    for (const part of request.query.split("&")) {
      if (part !== "" && !DROPPED.has(part.split("=", 1)[0] as string)) base += `${part}&`;
    }
  }
  base = safeInLink(base);
  const parts: string[] = [];
  if (links.next !== undefined) parts.push(`<${base}${links.next}>; rel="next"`);
  if (links.prev !== undefined) parts.push(`<${base}${links.prev}>; rel="prev"`);
  return parts.length === 0 ? null : parts.join(", ");
}

/** What would end the address in the header early. */
const safeInLink = (url: string): string =>
  UNSAFE_IN_LINK.test(url) ? url.replace(UNSAFE_ALL, (it) => encodeURIComponent(it)) : url;

const UNSAFE_IN_LINK = /[<>"\s\\^`{|}]/;
const UNSAFE_ALL = /[<>"\s\\^`{|}]/g;

/**
 * A page as a reply with its Link header. `ids` are those the list is paged by, newest first; they
 * are not always those of the documents.
 */
export function paged(page: {
  publicUrl: string;
  request: HttpRequest;
  params: PageParams;
  ids: readonly string[];
  documents?: readonly Uint8Array[];
  /** Instead of `documents`: the JSON array, joined already. */
  body?: Uint8Array;
  links?: PageLinks;
}): HttpReply {
  const { publicUrl, request, params, ids, links } = page;
  // Pieces, not one buffer: the server has a place to join them in, and need not be given another.
  const body = page.body ?? jsonArrayParts(page.documents ?? []);
  const first = ids[0];
  const last = ids[ids.length - 1];
  if (first === undefined || last === undefined) return jsonBytes(body);
  const isFull = ids.length >= params.limit;
  const prev = `${links?.prevBy ?? "min_id"}=${first}`;
  const link = linkHeader(
    publicUrl,
    request,
    links?.always === true || isFull ? { next: `max_id=${last}`, prev } : { prev },
  );
  return jsonBytes(body, link === null ? {} : { link });
}
