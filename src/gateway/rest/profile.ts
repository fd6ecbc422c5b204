// Owns the routes of the own profile as an editor needs it (Mastodon API 4.6: Profile), and those
// that take its pictures away.

import { z } from "zod";
import { type Fault, fault, isFault } from "../../base/faults.js";
import { followRequestsOf } from "../../domain/collections.js";
import { type Actors, accountCell } from "../../ports/actors.js";
import type { Clock } from "../../ports/clock.js";
import type { Collections } from "../../ports/storage.js";
import { credentialAccount } from "../entities/account.js";
import { profile } from "../entities/profile.js";
import type { Site } from "../entities/site.js";
import { json, type Route, route } from "../http/route.js";
import type { HttpReply } from "../http/server.js";
import { type ProfileEditParts, profilePatch, profileSent } from "./profile-edit.js";
import { callerOf } from "./relationships.js";
import { featuredTags } from "./tag-views.js";

export type ProfileParts = ProfileEditParts & {
  actors: Actors;
  collections: Collections;
  clock: Clock;
  site: Site;
};

const PATH = "/api/v1/profile";
const WRITE = { kind: "user", scopes: ["write:accounts"] } as const;
const NO_PICTURE = {
  avatar: { avatar: null, avatarStatic: null, avatarDescription: "" },
  header: { header: null, headerStatic: null, headerDescription: "" },
};

/** Rows at `/api/v1/profile`. */
export function profileRoutes(parts: ProfileParts): Route[] {
  return [
    route({
      method: "GET",
      path: PATH,
      access: { kind: "user", scopes: ["profile", "read:accounts"] },
      params: z.object({}),
      run: async (call) => await profileReply(parts, callerOf(call)),
    }),
    route({
      method: "PATCH",
      path: PATH,
      access: WRITE,
      params: z.object(profileSent),
      run: async (call) => {
        const me = callerOf(call);
        const before = await parts.reads.accountDoc(me);
        if (before === null) return fault("not-found");
        const patch = await profilePatch(parts, before, call.params);
        if (isFault(patch)) return patch;
        const failed = await update(parts, me, patch);
        return failed ?? (await profileReply(parts, me));
      },
    }),
    removal(parts, "avatar"),
    removal(parts, "header"),
  ];
}

const removal = (parts: ProfileParts, picture: keyof typeof NO_PICTURE): Route =>
  route({
    method: "DELETE",
    path: `${PATH}/${picture}`,
    access: WRITE,
    params: z.object({}),
    run: async (call) => {
      const me = callerOf(call);
      const failed = await update(parts, me, NO_PICTURE[picture]);
      return failed ?? (await credentialReply(parts, me));
    },
  });

async function update({ actors }: ProfileParts, me: string, patch: object): Promise<Fault | null> {
  const reply = await actors.ask<unknown>(accountCell(me), { type: "update-profile", patch } as {
    type: string;
  });
  return isFault(reply) ? reply : null;
}

async function profileReply(parts: ProfileParts, me: string): Promise<HttpReply | Fault> {
  const account = await parts.reads.accountDoc(me);
  if (account === null) return fault("not-found");
  const { site } = parts;
  return json(profile({ account, featuredTags: await featuredTags(parts, account), site }));
}

async function credentialReply(parts: ProfileParts, me: string): Promise<HttpReply | Fault> {
  const { reads, collections, site } = parts;
  const [account, user, followRequestsCount] = await Promise.all([
    reads.accountDoc(me),
    reads.userDoc(me),
    collections.count(followRequestsOf(me)),
  ]);
  if (account === null || user === null) return fault("not-found");
  const emojis = parts.emojis();
  return json(credentialAccount({ account, user, followRequestsCount, site, emojis }));
}
