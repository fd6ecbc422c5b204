// Owns the routes of the own account: verify and update credentials.

import { z } from "zod";
import { type Fault, fault, isFault } from "../../base/faults.js";
import { followRequestsOf } from "../../domain/collections.js";
import { type Actors, accountCell } from "../../ports/actors.js";
import type { Store } from "../../ports/storage.js";
import { credentialAccount } from "../entities/account.js";
import type { Site } from "../entities/site.js";
import { json, type Route, route, type Viewer } from "../http/route.js";
import type { HttpReply } from "../http/server.js";
import {
  type ProfileEditParts,
  profilePatch,
  profileSent,
  settingsPatch,
  sourceSent,
} from "./profile-edit.js";

export type CredentialsParts = ProfileEditParts & {
  actors: Actors;
  store: Pick<Store, "collections">;
  site: Site;
};

export function credentialsRoutes(parts: CredentialsParts): Route[] {
  return [
    route({
      method: "GET",
      path: "/api/v1/accounts/verify_credentials",
      access: { kind: "user", scopes: ["profile", "read:accounts"] },
      params: z.object({}),
      run: ({ viewer }) => credentialReply(parts, viewer),
    }),
    route({
      method: "PATCH",
      path: "/api/v1/accounts/update_credentials",
      access: { kind: "user", scopes: ["write:accounts"] },
      params: z.object({ ...profileSent, source: sourceSent }),
      run: async ({ viewer, params }) => {
        if (viewer === null) return fault("user-required");
        const before = await parts.reads.accountDoc(viewer.accountId);
        if (before === null) return fault("user-required");
        const patch = await profilePatch(parts, before, params);
        if (isFault(patch)) return patch;
        const settings = settingsPatch(params.source);
        if (isFault(settings)) return settings;
        const command = {
          type: "update-profile",
          patch,
          ...(Object.keys(settings).length === 0 ? {} : { settings }),
        };
        const done = await parts.actors.ask(accountCell(viewer.accountId), command);
        return isFault(done) ? done : credentialReply(parts, viewer);
      },
    }),
  ];
}

async function credentialReply(
  parts: CredentialsParts,
  viewer: Viewer | null,
): Promise<HttpReply | Fault> {
  if (viewer === null) return fault("user-required");
  const { accountId } = viewer;
  const [account, user, followRequestsCount] = await Promise.all([
    parts.reads.accountDoc(accountId),
    parts.reads.userDoc(accountId),
    parts.store.collections.count(followRequestsOf(accountId)),
  ]);
  if (account === null || user === null) return fault("user-required");
  const { site } = parts;
  const emojis = parts.emojis();
  return json(credentialAccount({ account, user, followRequestsCount, site, emojis }));
}
