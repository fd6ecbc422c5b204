// Owns the route of an account's own preferences, as its apps read them.

import { z } from "zod";
import { fault } from "../../base/faults.js";
import { preferences } from "../entities/preferences.js";
import { json, type Route, route } from "../http/route.js";
import type { Reads } from "../read/reads.js";

/** `GET /api/v1/preferences`. */
export function preferenceRoutes({ reads }: { reads: Reads }): Route[] {
  return [
    route({
      method: "GET",
      path: "/api/v1/preferences",
      access: { kind: "user", scopes: ["read:accounts"] },
      params: z.object({}),
      run: async ({ viewer }) => {
        const user = viewer === null ? null : await reads.userDoc(viewer.accountId);
        return user === null ? fault("user-required") : json(preferences(user));
      },
    }),
  ];
}
