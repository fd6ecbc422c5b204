// Owns what a notification is. Record "notification" (by notification id), listed in the collection
// `notificationsOf(account)`. Written only by the cell of the account that is notified.

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
