// Owns the routes of applications: registering one, and telling which one a token belongs to.

import { z } from "zod";
import { fault, isFault } from "../../base/faults.js";
import type { Ids } from "../../base/ids.js";
import type { Clock, Random } from "../../ports/clock.js";
import type { Store } from "../../ports/storage.js";
import { application, credentialApplication } from "../entities/application.js";
import { json, type Route, route } from "../http/route.js";
import { appView, findApp, registerApp } from "../oauth/apps.js";

export type AppRoutesParts = {
  store: Store;
  ids: Ids;
  clock: Clock;
  random: Random;
  /** Public key of web push; "" where there is none. */
  vapidKey: string;
};

const registration = z.object({
  client_name: z.string().optional(),
  redirect_uris: z.union([z.string(), z.array(z.string()).max(100)]).optional(),
  scopes: z.string().optional(),
  website: z.string().nullish(),
});

/** `POST /api/v1/apps` and `GET /api/v1/apps/verify_credentials`. */
export function appRoutes(parts: AppRoutesParts): Route[] {
  return [
    route({
      method: "POST",
      path: "/api/v1/apps",
      access: { kind: "public" },
      limits: ["app"],
      params: registration,
      run: async ({ params }) => {
        const made = await registerApp(parts, {
          name: params.client_name ?? "",
          redirectUris: params.redirect_uris ?? "",
          scopes: params.scopes ?? "",
          website: params.website ?? "",
        });
        if (isFault(made)) return made;
        return json(
          credentialApplication({
            ...appView(made.app, parts.vapidKey),
            clientId: made.app.clientId,
            clientSecret: made.secret,
          }),
        );
      },
    }),
    route({
      method: "GET",
      path: "/api/v1/apps/verify_credentials",
      access: { kind: "app" },
      unreadyToo: true,
      params: z.object({}),
      run: async ({ auth }) => {
        const app = auth === null ? null : await findApp(parts.store, auth.appId);
        return app === null ? fault("no-token") : json(application(appView(app, parts.vapidKey)));
      },
    }),
  ];
}
