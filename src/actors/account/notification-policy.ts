// Owns whether a notification reaches its account: what is dropped, what is held back, what passes.
// Pure. The rules are those of Mastodon 4.6: blocks, mutes and muted threads drop; the policy
// looks only at what strangers can cause, and never at people whose notifications were allowed.

import { idTimeMs } from "../../base/ids.js";
import { type AccountDoc, isMuting, type RelationDoc } from "../../domain/account.js";
import type {
  NotificationPolicyDoc,
  NotificationType,
  Notify,
  PolicyChoice,
} from "../../domain/notification.js";

const DAY_MS = 86_400_000;
/** Younger accounts count as new. */
export const NEW_ACCOUNT_MS = 30 * DAY_MS;
/** Younger followers do not count as followers yet. */
export const NEW_FOLLOWER_MS = 3 * DAY_MS;

export type Sender = {
  /** Null: not known here, or gone. */
  account: AccountDoc | null;
  /** How the notified account stands to the sender. */
  relation: RelationDoc;
  domainBlocked: boolean;
  threadMuted: boolean;
  /** The notified account has written in the direct thread before. */
  inConversation: boolean;
};

/** What only followed, muted or one's own statuses cause: the policy does not look at it. */
const NOT_FILTERABLE: readonly NotificationType[] = [
  "status",
  "poll",
  "update",
  "quoted_update",
  "admin.sign_up",
  "admin.report",
];

/** What an account may notify itself of: the end of its own poll. */
const FROM_SELF: readonly NotificationType[] = ["poll"];

/** What becomes of the notification: "drop" leaves no trace, "filter" holds it back. */
export function fate(
  me: string,
  notify: Notify,
  sender: Sender,
  policy: NotificationPolicyDoc,
  nowMs: number,
): PolicyChoice {
  if (notify.fromId === me) {
    return FROM_SELF.includes(notify.notification) && !sender.threadMuted ? "accept" : "drop";
  }
  if (dropped(sender, nowMs)) return "drop";
  if (NOT_FILTERABLE.includes(notify.notification)) return "accept";
  if (sender.relation.notificationsAllowed) return "accept";
  const choices = policyChoices(notify, sender, policy, nowMs);
  if (choices.includes("drop")) return "drop";
  return choices.includes("filter") ? "filter" : "accept";
}

function dropped(sender: Sender, nowMs: number): boolean {
  const { account, relation } = sender;
  if (account === null || account.suspended) return true;
  if (relation.blocking !== undefined) return true;
  if (isMuting(relation, nowMs) && relation.muting?.notifications === true) return true;
  if (sender.domainBlocked && relation.following === undefined) return true;
  return sender.threadMuted;
}

/** The choices of every rule of the policy that the sender falls under. */
function policyChoices(
  notify: Notify,
  { account, relation, inConversation }: Sender,
  policy: NotificationPolicyDoc,
  nowMs: number,
): PolicyChoice[] {
  const stranger = relation.following === undefined;
  const followed = relation.followedBy;
  const choices: PolicyChoice[] = [];
  if (stranger) choices.push(policy.forNotFollowing);
  if (followed === undefined || idTimeMs(followed) > nowMs - NEW_FOLLOWER_MS) {
    choices.push(policy.forNotFollowers);
  }
  if (!stranger || account === null) return choices;
  if (account.createdAtMs > nowMs - NEW_ACCOUNT_MS) choices.push(policy.forNewAccounts);
  if (account.limited) choices.push(policy.forLimitedAccounts);
  if (account.bot) choices.push(policy.forBots);
  const unasked = notify.visibility === "direct" && !inConversation && notify.inResponse !== true;
  if (notify.notification === "mention" && unasked) choices.push(policy.forPrivateMentions);
  return choices;
}
