// Owns the routes of trends: tags and posts. Links have no trends yet: an empty list.

import { z } from "zod";
import { PAGE_STATUSES, PAGE_TRENDS } from "../../domain/limits.js";
import { linkHeader } from "../http/paging.js";
import { int } from "../http/params.js";
import { json, jsonBytes, type Route, route } from "../http/route.js";
import type { HttpReply, HttpRequest } from "../http/server.js";
import { jsonArray } from "../read/json.js";
import { tagViews } from "./tag-views.js";
import { createTrends, TRENDS_KEPT_MAX, type TrendParts } from "./trend-board.js";

export type TrendRouteParts = TrendParts & { publicUrl: string };

/** Unix seconds of the release that gave the old name a new one. */
const ALIAS_DEPRECATED_S = 1_648_598_400;

const BASE = { method: "GET", access: { kind: "public" }, cache: "short" } as const;
const pageOf = (max: number) => z.object({ limit: int({ max }), offset: int() });

/** Rows below `/api/v1/trends`. */
export function trendRoutes(parts: TrendRouteParts): Route[] {
  const trends = createTrends(parts);
  const tags = (path: string, deprecated?: number): Route =>
    route({
      ...BASE,
      path,
      ...(deprecated !== undefined && { deprecated }),
      params: pageOf(PAGE_TRENDS.max),
      run: async ({ params, viewer, request }) => {
        const { limit = PAGE_TRENDS.default, offset = 0 } = params;
        const names = (await trends()).tags.slice(offset, offset + limit);
        const entities = await tagViews(parts, names, viewer?.accountId ?? null);
        return withLinks(json(entities), parts.publicUrl, request, {
          limit,
          offset,
          count: names.length,
        });
      },
    });
  return [
    tags("/api/v1/trends/tags"),
    tags("/api/v1/trends", ALIAS_DEPRECATED_S),
    route({
      ...BASE,
      path: "/api/v1/trends/links",
      params: z.object({}),
      run: () => json([]),
    }),
    route({
      ...BASE,
      path: "/api/v1/trends/statuses",
      params: pageOf(PAGE_STATUSES.max),
      run: async ({ params, viewer, request }) => {
        const { limit = PAGE_STATUSES.default, offset = 0 } = params;
        const ids = (await trends()).statusIds.slice(offset, offset + limit);
        const options = { context: "public", dropUnwanted: true } as const;
        const shown = await parts.reads.statuses(viewer, ids, options);
        const reply = jsonBytes(jsonArray(shown.map((it) => it.json)));
        const page = { limit, offset, count: ids.length };
        return withLinks(reply, parts.publicUrl, request, page);
      },
    }),
  ];
}

/** Links by offset: to the next page if this one is full, to the one before if there is one. */
function withLinks(
  reply: HttpReply,
  publicUrl: string,
  request: HttpRequest,
  { limit, offset, count }: { limit: number; offset: number; count: number },
): HttpReply {
  const query = request.query
    .split("&")
    .filter((part) => !part.startsWith("offset="))
    .join("&");
  const next = offset + limit;
  const link = linkHeader(
    publicUrl,
    { path: request.path, query },
    {
      ...(count === limit && count > 0 && next < TRENDS_KEPT_MAX && { next: `offset=${next}` }),
      ...(offset > 0 && { prev: `offset=${Math.max(0, offset - limit)}` }),
    },
  );
  return link === null ? reply : { ...reply, headers: { ...reply.headers, link } };
}
