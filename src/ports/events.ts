// Owns what happened, for listeners at the edges (streams, caches, mail). Events carry ids and what
// is needed to route them, never rendered entities. Volatile: a lost event loses speed, never data.

import type { Visibility } from "../domain/visibility.js";

export type DomainEvent =
  | {
      type: "status-created" | "status-edited" | "status-deleted";
      statusId: string;
      authorId: string;
      visibility: Visibility;
      local: boolean;
      isBoost: boolean;
      /** True for a reply to someone other than the author. */
      isReplyToOther: boolean;
      hasMedia: boolean;
      tags: readonly string[];
      mentionIds: readonly string[];
    }
  /** The status came onto these home timelines (only accounts with a live stream are named). */
  | { type: "home-added"; statusId: string; accountIds: readonly string[] }
  | { type: "notification-created"; accountId: string; notificationId: string }
  | { type: "notifications-merged"; accountId: string }
  | { type: "conversation-changed"; accountId: string; conversationId: string }
  | { type: "filters-changed"; accountId: string }
  /** Follows, blocks, mutes, lists, settings: whoever caches a view of this account drops it. */
  | { type: "account-changed"; accountId: string }
  | { type: "announcement"; announcementId: string }
  | { type: "announcement-deleted"; announcementId: string }
  | { type: "announcement-reaction"; announcementId: string; name: string; count: number }
  /** A token must be silent within a second: close its streams. */
  | { type: "token-revoked"; tokenHash: string }
  /** All tokens of the account are dead (disabled, suspended, deleted, password changed). */
  | { type: "account-locked-out"; accountId: string };

export interface Events {
  publish(event: DomainEvent): void;
  /** Calls `seen` for each event until the answer is called. */
  subscribe(seen: (event: DomainEvent) => void): () => void;
}
