// Owns the entity Poll. Totals can be hidden until the end.

import type { Emojis } from "../../domain/emoji.js";
import type { PollDoc } from "../../domain/status.js";
import { type CustomEmoji, customEmojis } from "./custom-emoji.js";
import type { Site } from "./site.js";
import { isoTimeOrNull } from "./time.js";

export type Poll = {
  id: string;
  expires_at: string | null;
  expired: boolean;
  multiple: boolean;
  votes_count: number;
  voters_count: number | null;
  options: { title: string; votes_count: number | null }[];
  emojis: CustomEmoji[];
  voted?: boolean;
  own_votes?: number[];
};

export type PollView = {
  poll: PollDoc;
  site: Site;
  emojis: Emojis;
  /** Shortcodes in the options. */
  emojiCodes: readonly string[];
  nowMs: number;
  /** Absent when nobody is signed in. The author of a poll counts as having voted, for nothing. */
  viewer?: { isAuthor: boolean; votes: readonly number[] };
};

export function poll(view: PollView): Poll {
  const { poll: doc, viewer } = view;
  const expired = doc.expiresAtMs !== null && doc.expiresAtMs <= view.nowMs;
  const hidden = doc.hideTotals && !expired;
  const entity: Poll = {
    id: doc.id,
    expires_at: isoTimeOrNull(doc.expiresAtMs),
    expired,
    multiple: doc.multiple,
    votes_count: doc.options.reduce((sum, option) => sum + option.votes, 0),
    voters_count: doc.multiple ? doc.votersCount : null,
    options: doc.options.map((option) => ({
      title: option.title,
      votes_count: hidden ? null : option.votes,
    })),
    emojis: customEmojis(view.emojiCodes, view.emojis, view.site),
  };
  if (viewer !== undefined) {
    entity.voted = viewer.isAuthor || viewer.votes.length > 0;
    entity.own_votes = [...viewer.votes];
  }
  return entity;
}
