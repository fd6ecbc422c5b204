// Owns what a draft is, and what the statuses slice records of it. Facts are never changed in
// meaning: journals hold them.

import type { QuotePolicy } from "../../domain/account.js";
import type {
  MediaDoc,
  PollDoc,
  StatusDoc,
  StatusEditDoc,
  StatusMention,
} from "../../domain/status.js";
import type { Visibility } from "../../domain/visibility.js";

export type PollDraft = {
  options: string[];
  multiple: boolean;
  hideTotals: boolean;
  expiresInS: number;
};

/** A status ready to be recorded. */
export type Draft = {
  text: string;
  html: string;
  spoiler: string;
  sensitive: boolean;
  language: string | null;
  visibility: Visibility;
  inReplyToId: string | null;
  inReplyToAccountId: string | null;
  /** The parent's author, if the parent mentions whoever answers now. */
  answersId: string | null;
  /** Of the parent; null starts a conversation. */
  conversationId: string | null;
  quoteOfId: string | null;
  quoteOfAccountId: string | null;
  quotePolicy: QuotePolicy;
  mentions: StatusMention[];
  tags: { name: string; shown: string }[];
  emojis: string[];
  media: MediaDoc[];
  poll: PollDraft | null;
  application: StatusDoc["application"];
};

/** What an edit replaces. */
export type Edit = Pick<
  Draft,
  "text" | "html" | "spoiler" | "sensitive" | "language" | "mentions" | "tags" | "emojis" | "media"
> & { poll: PollDraft | null; quotePolicy?: QuotePolicy };

/** What remains of a deleted status in its fact: enough to take it off every list. */
export type DeletedStatus = Pick<
  StatusDoc,
  | "id"
  | "visibility"
  | "inReplyToId"
  | "inReplyToAccountId"
  | "reblogOfId"
  | "reblogOfAccountId"
  | "quoteOfId"
  | "pollId"
  | "conversationId"
> & { mentionIds: string[]; tags: string[]; hasMedia: boolean };

export type StatusFact =
  | {
      type: "posted";
      status: StatusDoc;
      poll: PollDoc | null;
      quoteOfAccountId: string | null;
      answersId: string | null;
      key: string | null;
    }
  | {
      type: "edited";
      status: StatusDoc;
      before: StatusEditDoc;
      poll: PollDoc | null;
      pollChanged: boolean;
      droppedTags: string[];
    }
  | { type: "status-deleted"; status: DeletedStatus; counted: boolean }
  | { type: "pinned" | "unpinned"; statusId: string; atMs: number }
  | { type: "status-changed"; status: StatusDoc };
