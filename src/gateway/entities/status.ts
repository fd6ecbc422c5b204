// Owns the entity Status in pieces. A status is serialised once per revision: the text before and
// after the value of `account`, without the closing brace. Whoever reads it puts the account's bytes
// between them, and after them what depends on the viewer or changes by itself (see ViewerFlags and
// AppendedKey), then closes the brace.

import type { AccountDoc } from "../../domain/account.js";
import { statusUri, statusUrl, tagUrl } from "../../domain/addresses.js";
import type { Emojis } from "../../domain/emoji.js";
import type { StatsDoc, StatusDoc } from "../../domain/status.js";
import type { Visibility } from "../../domain/visibility.js";
import { type CustomEmoji, customEmojis } from "./custom-emoji.js";
import type { FilterResult } from "./filter.js";
import { type MediaAttachment, mediaAttachment } from "./media-attachment.js";
import type { PreviewCard } from "./preview-card.js";
import type { Site } from "./site.js";
import { isoTime, isoTimeOrNull } from "./time.js";

export type StatusMentionEntity = { id: string; username: string; url: string; acct: string };
export type StatusTag = { name: string; url: string };

type BeforeAccount = { id: string; uri: string; created_at: string };

type AfterAccount = {
  /** One of both: `text` in the answer to a delete. */
  content?: string;
  text?: string;
  visibility: Visibility;
  sensitive: boolean;
  spoiler_text: string;
  media_attachments: MediaAttachment[];
  application?: { name: string; website: string | null };
  mentions: StatusMentionEntity[];
  tags: StatusTag[];
  emojis: CustomEmoji[];
  reblogs_count: number;
  favourites_count: number;
  quotes_count: number;
  replies_count: number;
  url: string | null;
  in_reply_to_id: string | null;
  in_reply_to_account_id: string | null;
  card: PreviewCard | null;
  language: string | null;
  edited_at: string | null;
  tagged_collections: [];
};

/** The part of the entity that is the same for all viewers. */
export type StatusBase = BeforeAccount & AfterAccount;

/** Keys that the reader appends: always the first four, the others for a signed-in viewer. */
export type AppendedKey = "reblog" | "poll" | "quote" | "quote_approval" | keyof ViewerFlags;

export type ViewerFlags = {
  favourited: boolean;
  reblogged: boolean;
  muted: boolean;
  bookmarked: boolean;
  /** Only on own statuses that can be pinned. */
  pinned?: boolean;
  filtered: FilterResult[];
};

export type StatusView = {
  status: StatusDoc;
  stats: StatsDoc;
  author: AccountDoc;
  site: Site;
  emojis: Emojis;
  /** Whether readers may see with which app it was written. */
  showApplication: boolean;
  card?: PreviewCard | null;
  /** Answers `text` instead of `content`: for a delete, so that it can be written anew. */
  asTyped?: boolean;
};

export type StatusParts = { beforeAccount: string; afterAccount: string };

/** JSON text around the value of `account`; see the head of this file. */
export function statusParts(view: StatusView): StatusParts {
  const before = JSON.stringify(beforeAccount(view));
  const after = JSON.stringify(afterAccount(view));
  return {
    beforeAccount: `${before.slice(0, -1)},"account":`,
    afterAccount: `,${after.slice(1, -1)}`,
  };
}

/** The same part as a value, for whoever does not splice. */
export function statusBase(view: StatusView): StatusBase {
  return { ...beforeAccount(view), ...afterAccount(view) };
}

function beforeAccount({ status, author, site }: StatusView): BeforeAccount {
  return {
    id: status.id,
    uri: statusUri(status, author, site.publicUrl),
    created_at: isoTime(status.createdAtMs),
  };
}

function afterAccount(view: StatusView): AfterAccount {
  const { status, stats, site } = view;
  const { application } = status;
  return {
    ...(view.asTyped === true ? { text: status.text } : { content: status.html }),
    visibility: status.visibility,
    sensitive: status.sensitive || (view.author.sensitized && status.media.length > 0),
    spoiler_text: status.spoiler,
    media_attachments: status.media.map((it) => mediaAttachment(it, site)),
    ...(application !== null && view.showApplication
      ? { application: { name: application.name, website: application.website } }
      : {}),
    mentions: status.mentions.map((it) => ({
      id: it.accountId,
      username: it.username,
      url: it.url ?? `${site.publicUrl}/@${it.username}`,
      acct: it.acct,
    })),
    tags: status.tags.map((it) => ({ name: it.name, url: tagUrl(it.name, site.publicUrl) })),
    emojis: customEmojis(status.emojis, view.emojis, site),
    reblogs_count: stats.reblogs,
    favourites_count: stats.favourites,
    quotes_count: stats.quotes,
    replies_count: stats.replies,
    url: statusUrl(status, view.author, site.publicUrl),
    in_reply_to_id: status.inReplyToId,
    in_reply_to_account_id: status.inReplyToAccountId,
    card: view.card ?? null,
    language: status.language,
    edited_at: isoTimeOrNull(status.editedAtMs),
    tagged_collections: [],
  };
}

/** What is said to one viewer, as JSON text to append: begins with a comma, has no brace. */
export function viewerFlags(flags: ViewerFlags): string {
  const { pinned } = flags;
  return (
    `,"favourited":${flags.favourited},"reblogged":${flags.reblogged}` +
    `,"muted":${flags.muted},"bookmarked":${flags.bookmarked}` +
    (pinned === undefined ? "" : `,"pinned":${pinned}`) +
    `,"filtered":${flags.filtered.length === 0 ? "[]" : JSON.stringify(flags.filtered)}`
  );
}
