// Owns what a notification is. It is kept whole in the value of its member in the collection
// `notificationsOf(account)` (see notification-rows.ts); there is no record of it, so an id means
// something only together with its owner. Written only by the cell of the account that is notified.

export type NotificationType =
  | "mention"
  | "status"
  | "reblog"
  | "follow"
  | "follow_request"
  | "favourite"
  | "poll"
  | "update"
  | "quote"
  | "quoted_update"
  | "admin.sign_up"
  | "admin.report";

export const NOTIFICATION_TYPES: readonly NotificationType[] = [
  "mention",
  "status",
  "reblog",
  "follow",
  "follow_request",
  "favourite",
  "poll",
  "update",
  "quote",
  "quoted_update",
  "admin.sign_up",
  "admin.report",
];

export type NotificationDoc = {
  id: string;
  type: NotificationType;
  createdAtMs: number;
  /** Who caused it. */
  fromId: string;
  statusId: string | null;
  reportId: string | null;
  groupKey: string;
  /** Held back by the policy. */
  filtered: boolean;
};

export type PolicyChoice = "accept" | "filter" | "drop";

/** Record "notification-policy" (by account id). */
export type NotificationPolicyDoc = {
  forNotFollowing: PolicyChoice;
  forNotFollowers: PolicyChoice;
  forNewAccounts: PolicyChoice;
  forPrivateMentions: PolicyChoice;
  forLimitedAccounts: PolicyChoice;
  forBots: PolicyChoice;
};

export const DEFAULT_POLICY: NotificationPolicyDoc = {
  forNotFollowing: "accept",
  forNotFollowers: "accept",
  forNewAccounts: "accept",
  forPrivateMentions: "filter",
  forLimitedAccounts: "filter",
  forBots: "accept",
};

/** The command that any cell sends to the account to be notified. Making it once is the receiver's work. */
export type Notify = {
  type: "notify";
  notification: NotificationType;
  fromId: string;
  /** Null for follow and the like. */
  statusId: string | null;
  reportId?: string | null;
  /** Of the status: for muted threads and for the policy on private mentions. */
  conversationId: string | null;
  visibility: "public" | "unlisted" | "private" | "direct" | null;
  /** Host of a remote sender: for domain blocks. Absent or null for a local one. */
  fromDomain?: string | null;
  /** The status answers a post of the notified account that mentions the sender: a private mention
   * is then no surprise to the policy. */
  inResponse?: boolean;
  atMs: number;
};

/** Takes back what was notified (unfavourite, unboost, deleted status, withdrawn request). */
export type Unnotify = {
  type: "unnotify";
  /** Null: every type that belongs to the status. */
  notification: NotificationType | null;
  /** Null: from anybody. */
  fromId: string | null;
  statusId: string | null;
};
