// Owns the routes of tags: looking at one, following, featuring on the own profile.

import { z } from "zod";
import { type Fault, fault, isFault } from "../../base/faults.js";
import { idOfRank } from "../../base/ids.js";
import { featuredTagsOf, followedTagsOf } from "../../domain/collections.js";
import { FEATURED_TAGS_MAX, PAGE_FOLLOWED_TAGS, TAG_UNITS_MAX } from "../../domain/limits.js";
import { tagName } from "../../domain/text/tag-name.js";
import type { Actors } from "../../ports/actors.js";
import { paged, pageIdsOf, pageParams, readPage } from "../http/paging.js";
import { idParam, text } from "../http/params.js";
import { json, type Route, route } from "../http/route.js";
import type { HttpReply } from "../http/server.js";
import type { Reads } from "../read/reads.js";
import { askAccount } from "./ask-account.js";
import { callerOf } from "./relationships.js";
import { featurable, featuredTags, type TagViewParts, tagViews } from "./tag-views.js";

export type TagRouteParts = TagViewParts & { actors: Actors; reads: Reads };

/** Tags that are proposed for the profile. */
const FEATURABLE_MAX = 10;

/** The tag's name from its spelling in a path or form, or null if it can be none. */
function nameOf(shown: string): string | null {
  const spelt = shown.trim().replace(/^#/, "");
  if (!/^[\p{L}\p{M}\p{Nd}_\u00b7\u30fb\u200c]+$/u.test(spelt)) return null;
  const name = tagName(spelt);
  return /[^\p{Nd}_]/u.test(name) ? name : null;
}

/** Every route of tags, followed tags and featured tags. */
export function tagsRoutes(parts: TagRouteParts): Route[] {
  return [...tagRoutes(parts), ...followedRoutes(parts), ...featuredRoutes(parts)];
}

function tagRoutes(parts: TagRouteParts): Route[] {
  const params = z.object({ name: text(TAG_UNITS_MAX) });
  const show = async (name: string, viewerId: string | null) => {
    const [found] = await tagViews(parts, [name], viewerId);
    return json(found);
  };
  const change = (
    verb: "follow" | "unfollow" | "feature" | "unfeature",
    scopes: readonly string[],
    limits?: readonly string[],
  ) =>
    route({
      method: "POST",
      path: `/api/v1/tags/:name/${verb}`,
      access: { kind: "user", scopes },
      ...(limits === undefined ? {} : { limits }),
      params,
      run: async (call) => {
        const name = nameOf(call.params.name);
        if (name === null) return fault("not-found");
        const done = await askAccount(parts.actors, callerOf(call), { type: `${verb}-tag`, name });
        return isFault(done) ? done : show(name, callerOf(call));
      },
    });
  return [
    route({
      method: "GET",
      path: "/api/v1/tags/:name",
      access: { kind: "public" },
      cache: "short",
      params,
      run: async (call) => {
        const name = nameOf(call.params.name);
        if (name === null) return fault("not-found");
        return show(name, call.viewer?.accountId ?? null);
      },
    }),
    change("follow", ["write:follows", "follow"], ["follow"]),
    change("unfollow", ["write:follows", "follow"]),
    change("feature", ["write:accounts"]),
    change("unfeature", ["write:accounts"]),
  ];
}

function followedRoutes(parts: TagRouteParts): Route[] {
  const sizes = { def: PAGE_FOLLOWED_TAGS.default, max: PAGE_FOLLOWED_TAGS.max };
  return [
    route({
      method: "GET",
      path: "/api/v1/followed_tags",
      access: { kind: "user", scopes: ["read:follows", "follow"] },
      params: z.object(pageParams(sizes)),
      run: async (call) => {
        const me = callerOf(call);
        const members = await readPage(parts.collections, followedTagsOf(me), call.params);
        const names = members.map((it) => it.member);
        const tags = await tagViews(parts, names, me);
        return paged({
          publicUrl: parts.publicUrl,
          request: call.request,
          params: call.params,
          ids: pageIdsOf(members),
          documents: tags.map((it) => Buffer.from(JSON.stringify(it))),
          links: { prevBy: "since_id" },
        });
      },
    }),
  ];
}

async function ownFeatured(parts: TagRouteParts, me: string) {
  const account = await parts.reads.accountDoc(me);
  return account === null ? [] : featuredTags(parts, account);
}

function featuredRoutes(parts: TagRouteParts): Route[] {
  const { actors, collections } = parts;
  const path = "/api/v1/featured_tags";
  const read = { kind: "user", scopes: ["read:accounts"] } as const;
  const write = { kind: "user", scopes: ["write:accounts"] } as const;
  return [
    route({
      method: "GET",
      path,
      access: read,
      params: z.object({}),
      run: async (call) => json(await ownFeatured(parts, callerOf(call))),
    }),
    route({
      method: "POST",
      path,
      access: write,
      params: z.object({ name: text(TAG_UNITS_MAX) }),
      run: async (call) => feature(parts, callerOf(call), call.params.name),
    }),
    route({
      method: "DELETE",
      path: `${path}/:id`,
      access: write,
      params: z.object({ id: idParam() }),
      run: async (call) => {
        const me = callerOf(call);
        const held = await collections.page(featuredTagsOf(me), { limit: FEATURED_TAGS_MAX });
        const found = held.find((it) => idOfRank(it.rank) === call.params.id);
        if (found === undefined) return fault("not-found");
        const done = await askAccount(actors, me, { type: "unfeature-tag", name: found.member });
        return isFault(done) ? done : json({});
      },
    }),
    route({
      method: "GET",
      path: `${path}/suggestions`,
      access: read,
      params: z.object({}),
      run: async (call) => {
        const me = callerOf(call);
        const names = await featurable(collections, me, FEATURABLE_MAX);
        return json(await tagViews(parts, names, me));
      },
    }),
  ];
}

async function feature(
  parts: TagRouteParts,
  me: string,
  shown: string,
): Promise<HttpReply | Fault> {
  const name = nameOf(shown);
  if (name === null) return fault("invalid", "Validation failed: Hashtag is invalid");
  const done = await askAccount(parts.actors, me, { type: "feature-tag", name });
  if (isFault(done)) return done;
  const made = (await ownFeatured(parts, me)).find((it) => it.name === name);
  return made === undefined ? fault("not-found") : json(made);
}
