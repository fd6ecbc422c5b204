// Owns the routes of read positions (markers).

import { z } from "zod";
import { MARKED_TIMELINES } from "../../actors/account/markers.js";
import type { Account } from "../../actors/account/state.js";
import { isFault } from "../../base/faults.js";
import type { Actors } from "../../ports/actors.js";
import { type Marker, marker } from "../entities/marker.js";
import { optionalId, textList } from "../http/params.js";
import { json, type Route, route } from "../http/route.js";
import type { Reads } from "../read/reads.js";
import { askAccount } from "./ask-account.js";
import { callerOf } from "./relationships.js";

type Markers = Account["markers"];

function markersReply(held: Markers, timelines: readonly string[]) {
  const entities: Record<string, Marker> = {};
  for (const timeline of MARKED_TIMELINES) {
    const it = held[timeline];
    if (it !== undefined && timelines.includes(timeline)) entities[timeline] = marker(it);
  }
  return json(entities);
}

const position = z.object({ last_read_id: optionalId() }).optional();

/** `GET` and `POST /api/v1/markers`. */
export function markersRoutes(parts: { actors: Actors; reads: Reads }): Route[] {
  const path = "/api/v1/markers";
  return [
    route({
      method: "GET",
      path,
      access: { kind: "user", scopes: ["read:statuses"] },
      params: z.object({ timeline: textList({ max: 10 }) }),
      run: async (call) => {
        const held = await parts.reads.doc<Markers>("markers", callerOf(call));
        return markersReply(held ?? {}, call.params.timeline);
      },
    }),
    route({
      method: "POST",
      path,
      access: { kind: "user", scopes: ["write:statuses"] },
      params: z.object({ home: position, notifications: position }),
      run: async (call) => {
        const markers = MARKED_TIMELINES.flatMap((timeline) => {
          const lastReadId = call.params[timeline]?.last_read_id;
          return lastReadId === undefined ? [] : [{ timeline, lastReadId }];
        });
        if (markers.length === 0) return json({});
        const held = await askAccount<Markers>(parts.actors, callerOf(call), {
          type: "save-markers",
          markers,
        });
        if (isFault(held)) return held;
        return markersReply(
          held,
          markers.map((it) => it.timeline),
        );
      },
    }),
  ];
}
