// Owns the state of an account cell: only what decisions need. What pages need is in collections
// and records. Each slice owns its own part and nothing else writes it.

import type { AccountDoc, UserDoc } from "../../domain/account.js";
import type { FilterDoc } from "../../domain/filter.js";
import type { ListDoc } from "../../domain/list.js";
import type { NotificationPolicyDoc } from "../../domain/notification.js";

export type Account = {
  id: string;
  /** Null until `account-created`. Slice: profile. */
  profile: AccountDoc | null;
  user: UserDoc | null;
  deleted: boolean;
  statuses: {
    /** Idempotency keys of the last hour, oldest first (bounded by `IDEMPOTENCY_KEYS_MAX`). */
    recentKeys: { key: string; statusId: string; atMs: number; scheduled: boolean }[];
    /** Month of the newest post, and whether that post was the first of its month. */
    activeMonth: string;
    firstOfMonth: boolean;
    pinned: string[];
    /** Scheduled statuses, by id, with their time. */
    scheduled: { id: string; atMs: number }[];
  };
  lists: ListDoc[];
  filters: FilterDoc[];
  followedTags: string[];
  featuredTags: string[];
  markers: Record<string, { lastReadId: string; version: number; updatedAtMs: number }>;
  notificationPolicy: NotificationPolicyDoc;
  /** Counts that limits need. */
  counts: { domainBlocks: number; endorsements: number };
};
