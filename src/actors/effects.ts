// Owns the closed list of things a cell may ask for. The edges supply the meaning (src/node.ts).
// `durable` effects are repeated after a crash until they are done; the others happen at most once.

import type { Notify } from "../domain/notification.js";
import type { CellRef } from "../ports/actors.js";
import type { DomainEvent } from "../ports/events.js";

export type FanOut = {
  statusId: string;
  authorId: string;
  /** For a boost: the author of the boosted status. */
  ofAuthorId: string | null;
  /** A reply to someone else goes only to followers of both. */
  replyToAccountId: string | null;
  isBoost: boolean;
  visibility: "public" | "unlisted" | "private" | "direct";
  language: string | null;
  mentionIds: readonly string[];
  /** Local hashtags, lower case: for people who follow a tag. */
  tags: readonly string[];
};

export type Effect =
  /** A command for another cell; done when that cell has answered (a refusal is an answer). */
  | { ask: "tell"; durable: true; to: CellRef; command: { type: string } }
  /** Put the status on the home timelines of the author's followers, and notify those who asked. */
  | { ask: "fan-out"; durable: true; post: FanOut }
  /** Send the notification to every member of a collection of accounts, page by page. */
  | { ask: "notify-each"; durable: true; collection: string; notify: Notify }
  /** Let in everybody who waits to follow the account, for it is no longer locked. */
  | { ask: "authorize-all"; durable: true; accountId: string }
  /** Take away what a deleted account wrote, marked and was part of. */
  | { ask: "erase-account"; durable: true; accountId: string }
  /** Bring a home timeline up to date after its owner's follows, lists or tags changed. */
  | { ask: "refresh-home"; durable: false; accountId: string }
  /** Tell listeners: streams, caches, mail. */
  | { ask: "publish"; durable: false; event: DomainEvent }
  /** Send a mail (confirmation, approval); dropped when no mail server is configured. */
  | { ask: "mail"; durable: true; template: MailTemplate; accountId: string; token?: string };

export type MailTemplate = "confirm-email" | "approved" | "rejected" | "reset-password";
