// Owns the routes of requests to follow the signed-in account.

import { z } from "zod";
import { isFault } from "../../base/faults.js";
import { followRequestsOf } from "../../domain/collections.js";
import type { Actors } from "../../ports/actors.js";
import { idParam } from "../http/params.js";
import { type Route, route } from "../http/route.js";
import { accountPage, accountPageParams } from "./account-pages.js";
import { askAccount } from "./ask-account.js";
import { callerOf, type RelationshipParts, relationshipReply } from "./relationships.js";

export type FollowRequestRouteParts = RelationshipParts & { actors: Actors; publicUrl: string };

/** Every route below `/api/v1/follow_requests`. */
export function followRequestsRoutes(parts: FollowRequestRouteParts): Route[] {
  const decide = (word: "authorize" | "reject") =>
    route({
      method: "POST",
      path: `/api/v1/follow_requests/:account_id/${word}`,
      access: { kind: "user", scopes: ["write:follows", "follow"] },
      params: z.object({ account_id: idParam() }),
      run: async (call) => {
        const me = callerOf(call);
        const targetId = call.params.account_id;
        const done = await askAccount(parts.actors, me, { type: `${word}-request`, targetId });
        return isFault(done) ? done : relationshipReply(parts, me, targetId);
      },
    });
  return [
    route({
      method: "GET",
      path: "/api/v1/follow_requests",
      access: { kind: "user", scopes: ["read:follows", "follow"] },
      params: z.object(accountPageParams),
      run: (call) => accountPage(parts, call, { collection: followRequestsOf(callerOf(call)) }),
    }),
    decide("authorize"),
    decide("reject"),
  ];
}
