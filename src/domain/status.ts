// Owns what a status is. Record kinds: "status" (content), "stats" (counters), and
// "poll" (by poll id); the first two by status id. Written only by the cell of the
// status's author.

import type { QuotePolicy } from "./account.js";
import type { Visibility } from "./visibility.js";

export type StatusMention = {
  accountId: string;
  username: string;
  acct: string;
  url: string | null;
};

export type MediaDoc = {
  id: string;
  accountId: string;
  type: "unknown" | "image" | "gifv" | "video" | "audio";
  url: string | null;
  previewUrl: string | null;
  remoteUrl: string | null;
  previewRemoteUrl: string | null;
  meta: Record<string, unknown> | null;
  description: string | null;
  blurhash: string | null;
};

export type QuoteState = "pending" | "accepted" | "rejected" | "revoked" | "deleted";

export type StatusDoc = {
  id: string;
  accountId: string;
  createdAtMs: number;
  editedAtMs: number | null;
  visibility: Visibility;
  /** As typed; "" for a boost. */
  text: string;
  /** Sanitised HTML. */
  html: string;
  spoiler: string;
  sensitive: boolean;
  language: string | null;
  inReplyToId: string | null;
  inReplyToAccountId: string | null;
  /** Id of the first status of the thread. */
  conversationId: string;
  reblogOfId: string | null;
  /** Author of the boosted status. */
  reblogOfAccountId: string | null;
  quoteOfId: string | null;
  quoteState: QuoteState | null;
  quotePolicy: QuotePolicy;
  mentions: StatusMention[];
  /** Lower case, without "#"; `shown` keeps the spelling of the post. */
  tags: { name: string; shown: string }[];
  emojis: string[];
  media: MediaDoc[];
  pollId: string | null;
  application: { id: string; name: string; website: string | null } | null;
  /** For remote statuses; null for local ones, whose addresses follow from the public URL. */
  uri: string | null;
  url: string | null;
  local: boolean;
  revision: number;
};

/** Counters of a status. Record "stats". Missing counts as all zero. */
export type StatsDoc = { favourites: number; reblogs: number; replies: number; quotes: number };

export const NO_STATS: StatsDoc = { favourites: 0, reblogs: 0, replies: 0, quotes: 0 };

export type PollDoc = {
  id: string;
  statusId: string;
  accountId: string;
  options: { title: string; votes: number }[];
  multiple: boolean;
  hideTotals: boolean;
  /** Null: never ends. */
  expiresAtMs: number | null;
  votersCount: number;
  /** Set once the end was announced. */
  closed: boolean;
};

export type StatusEditDoc = {
  html: string;
  text: string;
  spoiler: string;
  sensitive: boolean;
  createdAtMs: number;
  media: MediaDoc[];
  emojis: string[];
  pollOptions: string[] | null;
};

/** The small text kept with each member of a collection of statuses, to choose without reading them. */
export type StatusFlags = {
  v: Visibility;
  /** Author, where the collection mixes authors. */
  a?: string;
  /** A reply to someone else (1), or to the author's own post (2). */
  r?: 1 | 2;
  /** A boost. */
  b?: 1;
  /** Has media. */
  m?: 1;
  /** Tags, for `tagged=`. */
  t?: string[];
  /** Language. */
  l?: string;
  /** From another server. */
  d?: 1;
  /** Of a direct post: whom it mentions. */
  to?: string[];
};
