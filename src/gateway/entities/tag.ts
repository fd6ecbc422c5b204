// Owns the entities Tag (with a week of history) and FeaturedTag.

import type { AccountDoc } from "../../domain/account.js";
import { accountUrl, tagUrl } from "../../domain/addresses.js";
import type { Site } from "./site.js";
import { isoDateOrNull, unixDay } from "./time.js";

const DAY_MS = 86_400_000;
export const HISTORY_DAYS = 7;

export type TagHistory = { day: string; accounts: string; uses: string };

export type Tag = {
  id: string;
  name: string;
  url: string;
  history: TagHistory[];
  /** Both only for a signed-in viewer. */
  following?: boolean;
  featuring?: boolean;
};

/** Uses of a tag on one day. `day`: whole days since 1970. */
export type TagDay = { day: number; accounts: number; uses: number };

export type TagView = {
  id: string;
  /** Normalised. */
  name: string;
  /** As it was first spelt; the name if absent. */
  shown?: string;
  days: readonly TagDay[];
  nowMs: number;
  site: Pick<Site, "publicUrl">;
  viewer?: { following: boolean; featuring: boolean };
};

export function tag(view: TagView): Tag {
  const entity: Tag = {
    id: view.id,
    name: view.shown ?? view.name,
    url: tagUrl(view.name, view.site.publicUrl),
    history: history(view.days, view.nowMs),
  };
  if (view.viewer !== undefined) {
    entity.following = view.viewer.following;
    entity.featuring = view.viewer.featuring;
  }
  return entity;
}

/** Today and the six days before, newest first; days without use are zero. */
export function history(days: readonly TagDay[], nowMs: number): TagHistory[] {
  const known = new Map(days.map((it) => [it.day, it]));
  const today = Math.floor(nowMs / DAY_MS);
  return Array.from({ length: HISTORY_DAYS }, (_, back) => {
    const uses = known.get(today - back);
    return {
      day: unixDay((today - back) * DAY_MS),
      accounts: String(uses?.accounts ?? 0),
      uses: String(uses?.uses ?? 0),
    };
  });
}

export type FeaturedTag = {
  id: string;
  name: string;
  url: string;
  statuses_count: string;
  last_status_at: string | null;
};

export const featuredTag = (view: {
  id: string;
  name: string;
  shown?: string;
  account: Pick<AccountDoc, "id" | "username" | "domain" | "url" | "uri">;
  statuses: number;
  lastStatusAtMs: number | null;
  site: Pick<Site, "publicUrl">;
}): FeaturedTag => ({
  id: view.id,
  name: view.shown ?? view.name,
  url: `${accountUrl(view.account, view.site.publicUrl)}/tagged/${encodeURIComponent(view.name)}`,
  statuses_count: String(view.statuses),
  last_status_at: isoDateOrNull(view.lastStatusAtMs),
});
