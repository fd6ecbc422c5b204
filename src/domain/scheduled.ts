// Owns what a scheduled status is: what to post, and when. Record "scheduled" (by id), listed in the
// collection `scheduledOf(account)`. Written only by the account's own cell.

import type { QuotePolicy } from "./account.js";
import type { MediaDoc } from "./status.js";
import type { Visibility } from "./visibility.js";

export type ScheduledPoll = {
  options: string[];
  expiresInS: number;
  multiple: boolean;
  hideTotals: boolean;
};

/** As the client sent it, validated. */
export type ScheduledParams = {
  text: string;
  poll: ScheduledPoll | null;
  mediaIds: string[] | null;
  sensitive: boolean | null;
  spoiler: string | null;
  visibility: Visibility;
  inReplyToId: string | null;
  language: string | null;
  applicationId: string;
  idempotencyKey: string | null;
  quotedStatusId: string | null;
  quotePolicy: QuotePolicy;
};

export type ScheduledDoc = {
  id: string;
  accountId: string;
  atMs: number;
  params: ScheduledParams;
  media: MediaDoc[];
};
