// Owns the lists of blocked and muted accounts.

import { z } from "zod";
import { blocksOf, mutesOf } from "../../domain/collections.js";
import type { Clock } from "../../ports/clock.js";
import type { Member } from "../../ports/storage.js";
import { isoTimeOrNull } from "../entities/time.js";
import { type Route, route } from "../http/route.js";
import {
  type AccountPageParts,
  accountPage,
  accountPageParams,
  withField,
} from "./account-pages.js";
import { callerOf } from "./relationships.js";

/** When the mute ends, as its member's value says. */
const endOf = (member: Member): number | null =>
  (JSON.parse(member.value) as { expiresAtMs: number | null }).expiresAtMs;

/** `GET /api/v1/blocks` and `GET /api/v1/mutes`. */
export function blocksRoutes(parts: AccountPageParts & { clock: Clock }): Route[] {
  return [
    route({
      method: "GET",
      path: "/api/v1/blocks",
      access: { kind: "user", scopes: ["read:blocks", "follow"] },
      params: z.object(accountPageParams),
      run: (call) => accountPage(parts, call, { collection: blocksOf(callerOf(call)) }),
    }),
    route({
      method: "GET",
      path: "/api/v1/mutes",
      access: { kind: "user", scopes: ["read:mutes", "follow"] },
      params: z.object(accountPageParams),
      run: async (call) => {
        const collection = mutesOf(callerOf(call));
        const nowMs = parts.clock.nowMs();
        // A mute that has run out may still wait for its cell to end it.
        const keep = async (ids: readonly string[]) => {
          const held = await parts.collections.pick(collection, ids);
          return ids.filter((id) => {
            const member = held.get(id);
            const until = member === undefined ? 0 : endOf(member);
            return until === null || until > nowMs;
          });
        };
        const dress = (json: Uint8Array, member: Member) =>
          withField(json, "mute_expires_at", isoTimeOrNull(endOf(member)));
        return accountPage(parts, call, { collection, keep, dress });
      },
    }),
  ];
}
