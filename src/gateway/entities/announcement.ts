// Owns the entities Announcement and Reaction.

import { fileUrl, tagUrl } from "../../domain/addresses.js";
import type { Emojis } from "../../domain/emoji.js";
import type { AnnouncementDoc } from "../../domain/site.js";
import type { StatusMention } from "../../domain/status.js";
import { type CustomEmoji, customEmojis } from "./custom-emoji.js";
import type { Site } from "./site.js";
import type { StatusMentionEntity, StatusTag } from "./status.js";
import { isoTime, isoTimeOrNull } from "./time.js";

export type Reaction = {
  name: string;
  count: number;
  /** Only for a signed-in viewer. */
  me?: boolean;
  /** Both only for custom emoji. */
  url?: string;
  static_url?: string;
};

export type Announcement = {
  id: string;
  content: string;
  starts_at: string | null;
  ends_at: string | null;
  all_day: boolean;
  published_at: string;
  updated_at: string;
  mentions: StatusMentionEntity[];
  statuses: { id: string; url: string }[];
  tags: StatusTag[];
  emojis: CustomEmoji[];
  reactions: Reaction[];
  /** Only for a signed-in viewer. */
  read?: boolean;
};

export type ReactionView = { name: string; count: number; me?: boolean };

export type AnnouncementView = {
  announcement: AnnouncementDoc;
  /** Of `mentionIds`, those that are known here. */
  mentions: readonly StatusMention[];
  /** Statuses it speaks of, those that everybody may see. */
  statuses: readonly { id: string; url: string }[];
  /** Shortcodes in its text. */
  emojiCodes: readonly string[];
  /** Null when nobody is signed in. */
  viewer: { read: boolean; reactions: readonly string[] } | null;
  site: Site;
  emojis: Emojis;
};

export function reaction(view: ReactionView, emojis: Emojis, site: Site): Reaction {
  const entity: Reaction = { name: view.name, count: view.count };
  if (view.me !== undefined) entity.me = view.me;
  const custom = emojis.get(view.name);
  if (custom !== undefined) {
    entity.url = fileUrl(custom.url, site.filesUrl);
    entity.static_url = fileUrl(custom.staticUrl, site.filesUrl);
  }
  return entity;
}

export function announcement(view: AnnouncementView): Announcement {
  const { announcement: doc, site, emojis } = view;
  const entity: Announcement = {
    id: doc.id,
    content: doc.html,
    starts_at: isoTimeOrNull(doc.startsAtMs),
    ends_at: isoTimeOrNull(doc.endsAtMs),
    all_day: doc.allDay,
    published_at: isoTime(doc.publishedAtMs ?? doc.createdAtMs),
    updated_at: isoTime(doc.updatedAtMs),
    mentions: view.mentions.map((it) => ({
      id: it.accountId,
      username: it.username,
      url: it.url ?? `${site.publicUrl}/@${it.username}`,
      acct: it.acct,
    })),
    statuses: view.statuses.map((it) => ({ id: it.id, url: it.url })),
    tags: doc.tags.map((name) => ({ name, url: tagUrl(name, site.publicUrl) })),
    emojis: customEmojis(view.emojiCodes, emojis, site),
    reactions: doc.reactions.map((it) => {
      const me = view.viewer?.reactions.includes(it.name);
      return reaction(me === undefined ? it : { ...it, me }, emojis, site);
    }),
  };
  if (view.viewer !== null) entity.read = view.viewer.read;
  return entity;
}
