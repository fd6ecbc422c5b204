// Owns the profile directory: discoverable accounts, by activity or newness.

import { z } from "zod";
import { DIRECTORY_ACTIVE, DIRECTORY_NEW } from "../../domain/collections.js";
import { PAGE_ACCOUNTS } from "../../domain/limits.js";
import type { Clock } from "../../ports/clock.js";
import { bool, enumOf, int } from "../http/params.js";
import { jsonBytes, type Route, route } from "../http/route.js";
import { jsonArray } from "../read/json.js";
import { type AccountPageParts, allMembers, present } from "./account-pages.js";
import { unexcluded } from "./account-standing.js";

/** How deep the directory can be paged. */
export const DIRECTORY_MAX = 2_000;

/** `GET /api/v1/directory`. */
export function directoryRoutes(parts: AccountPageParts & { clock: Clock }): Route[] {
  const { reads, collections, clock } = parts;
  return [
    route({
      method: "GET",
      path: "/api/v1/directory",
      access: { kind: "public" },
      cache: "short",
      params: z.object({
        order: enumOf(["active", "new"]),
        local: bool(),
        offset: int({ max: DIRECTORY_MAX }),
        limit: int({ max: PAGE_ACCOUNTS.max }),
      }),
      run: async ({ params, viewer }) => {
        const { offset = 0, limit = PAGE_ACCOUNTS.default } = params;
        const collection = params.order === "new" ? DIRECTORY_NEW : DIRECTORY_ACTIVE;
        const members = await allMembers(collections, collection, DIRECTORY_MAX);
        const ids = members.map((it) => it.member);
        const here = await present(reads, ids);
        const shown = await unexcluded(reads, viewer?.accountId ?? null, here, clock.nowMs());
        const found = await reads.accounts(shown.slice(offset, offset + limit));
        return jsonBytes(jsonArray(found.map((it) => it.json)));
      },
    }),
  ];
}
