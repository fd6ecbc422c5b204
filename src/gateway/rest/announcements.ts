// Owns the announcements of the site as people read them: list, mark read, react. Reactions are
// counted by the site cell; whether somebody has read one is a member of their own collection,
// written here. Exports the bytes that streams send.

import { z } from "zod";
import { putMember } from "../../base/changes.js";
import { type Fault, fault, isFault } from "../../base/faults.js";
import { rankOf } from "../../base/ids.js";
import { acctOf } from "../../domain/account.js";
import { accountUrl, statusUrl } from "../../domain/addresses.js";
import { reactionsOf, readAnnouncementsOf } from "../../domain/collections.js";
import type { Emojis } from "../../domain/emoji.js";
import { type AnnouncementDoc, isCurrent, SITE_ID } from "../../domain/site.js";
import type { StatusMention } from "../../domain/status.js";
import { scanEmojiCodes } from "../../domain/text/emoji-codes.js";
import { type Actors, SITE } from "../../ports/actors.js";
import type { Clock } from "../../ports/clock.js";
import type { Store } from "../../ports/storage.js";
import { type Announcement, announcement } from "../entities/announcement.js";
import type { Site } from "../entities/site.js";
import { bool, idParam } from "../http/params.js";
import { json, type Route, route } from "../http/route.js";
import type { Reads } from "../read/reads.js";
import { callerOf } from "./relationships.js";

export type AnnouncementParts = {
  reads: Reads;
  store: Pick<Store, "collections" | "write">;
  actors: Actors;
  clock: Clock;
  site: Site;
  /** Custom emoji of this server. */
  emojis: () => Emojis;
};

type ReadParts = Omit<AnnouncementParts, "actors">;

/** One emoji, whole, whatever its number of code points. */
const PATTERN = "^\\p{RGI_Emoji}$";
const EMOJI = new RegExp(PATTERN, "v");
const NAME_UNITS_MAX = 128;

const id = idParam();
const reaction = z.object({ id, name: z.string().min(1).max(NAME_UNITS_MAX) });

/** Rows below `/api/v1/announcements`. */
export function announcementRoutes(parts: AnnouncementParts): Route[] {
  return [listRoute(parts), dismissRoute(parts), ...reactionRoutes(parts)];
}

const listRoute = (parts: AnnouncementParts): Route =>
  route({
    method: "GET",
    path: "/api/v1/announcements",
    access: { kind: "user", scopes: [] },
    params: z.object({ with_dismissed: bool() }),
    run: async (call) => {
      const entities = await announcementsFor(parts, callerOf(call));
      const all = call.params.with_dismissed === true;
      return json(all ? entities : entities.filter((it) => it.read !== true));
    },
  });

const dismissRoute = (parts: AnnouncementParts): Route =>
  route({
    method: "POST",
    path: "/api/v1/announcements/:id/dismiss",
    access: { kind: "user", scopes: ["write:accounts"] },
    params: z.object({ id }),
    run: async (call) => {
      const doc = await findCurrent(parts, call.params.id);
      if (doc === null) return fault("not-found");
      const failed = await parts.store.write([
        putMember(readAnnouncementsOf(callerOf(call)), doc.id, rankOf(doc.id)),
      ]);
      return failed ?? json({});
    },
  });

function reactionRoutes(parts: AnnouncementParts): Route[] {
  const path = "/api/v1/announcements/:id/reactions/:name";
  const access = { kind: "user", scopes: ["write:favourites"] } as const;
  const send = async (
    type: "react" | "unreact",
    accountId: string,
    to: { id: string; name: string },
  ) => {
    const command = { type, announcementId: to.id, accountId, name: to.name };
    const done = await parts.actors.ask<unknown>(SITE, command);
    return isFault(done) ? done : json({});
  };
  const isKnown = (name: string) => EMOJI.test(name) || parts.emojis().has(name);
  return [
    route({
      method: "PUT",
      path,
      access,
      params: reaction,
      run: async (call): Promise<Fault | ReturnType<typeof json>> => {
        if (!isKnown(call.params.name)) {
          return fault("invalid", "Validation failed: Name is not a recognized emoji");
        }
        return await send("react", callerOf(call), call.params);
      },
    }),
    route({
      method: "DELETE",
      path,
      access,
      params: reaction,
      run: async (call) => await send("unreact", callerOf(call), call.params),
    }),
  ];
}

async function current({ reads, clock }: Pick<ReadParts, "reads" | "clock">) {
  const docs = (await reads.doc<AnnouncementDoc[]>("announcements", SITE_ID)) ?? [];
  const nowMs = clock.nowMs();
  const at = (it: AnnouncementDoc) => it.startsAtMs ?? it.publishedAtMs ?? it.createdAtMs;
  return docs.filter((it) => isCurrent(it, nowMs)).sort((a, b) => at(a) - at(b));
}

async function findCurrent(parts: ReadParts, id: string): Promise<AnnouncementDoc | null> {
  return (await current(parts)).find((it) => it.id === id) ?? null;
}

/** The current announcements as one account sees them, oldest first. */
async function announcementsFor(parts: ReadParts, accountId: string): Promise<Announcement[]> {
  const docs = await current(parts);
  if (docs.length === 0) return [];
  const { collections } = parts.store;
  const asked = docs.flatMap((doc) =>
    doc.reactions.map(({ name }) => ({
      collection: reactionsOf(doc.id),
      member: `${accountId}:${name}`,
    })),
  );
  const [read, mine] = await Promise.all([
    collections.pick(
      readAnnouncementsOf(accountId),
      docs.map((doc) => doc.id),
    ),
    collections.lookup(asked),
  ]);
  const own = new Set(asked.filter((_, at) => mine[at] !== null).map(keyOf));
  return await Promise.all(
    docs.map(async (doc) => {
      const names = doc.reactions.map((it) => it.name);
      const member = (name: string) => `${accountId}:${name}`;
      const reactions = names.filter((name) =>
        own.has(keyOf({ collection: reactionsOf(doc.id), member: member(name) })),
      );
      return await entityOf(parts, doc, { read: read.has(doc.id), reactions });
    }),
  );
}

const keyOf = (it: { collection: string; member: string }) => `${it.collection} ${it.member}`;

async function entityOf(
  { reads, site, emojis }: ReadParts,
  doc: AnnouncementDoc,
  viewer: { read: boolean; reactions: readonly string[] } | null,
): Promise<Announcement> {
  const [people, statuses] = await Promise.all([
    reads.accountDocs(doc.mentionIds),
    reads.visibleStatuses(null, doc.statusIds),
  ]);
  const authors = await reads.accountDocs(statuses.map((it) => it.accountId));
  const mentions = doc.mentionIds.flatMap((accountId): StatusMention[] => {
    const it = people.get(accountId);
    if (it === undefined) return [];
    const url = accountUrl(it, site.publicUrl);
    return [{ accountId, username: it.username, acct: acctOf(it), url }];
  });
  const shown = statuses.flatMap((it) => {
    const author = authors.get(it.accountId);
    const url = author === undefined ? null : statusUrl(it, author, site.publicUrl);
    return url === null ? [] : [{ id: it.id, url }];
  });
  return announcement({
    announcement: doc,
    mentions,
    statuses: shown,
    emojiCodes: scanEmojiCodes(doc.text),
    viewer,
    site,
    emojis: emojis(),
  });
}

/** For streams: the bytes of a current announcement as everybody gets it, or null. */
export function announcementJson(parts: ReadParts): (id: string) => Promise<Uint8Array | null> {
  return async (announcementId) => {
    const doc = await findCurrent(parts, announcementId);
    return doc === null ? null : Buffer.from(JSON.stringify(await entityOf(parts, doc, null)));
  };
}
