// Owns the entities NotificationPolicy (v2) and V1::NotificationPolicy.

import type { NotificationPolicyDoc, PolicyChoice } from "../../domain/notification.js";

type Summary = { pending_requests_count: number; pending_notifications_count: number };

export type NotificationPolicy = {
  for_not_following: PolicyChoice;
  for_not_followers: PolicyChoice;
  for_new_accounts: PolicyChoice;
  for_private_mentions: PolicyChoice;
  for_limited_accounts: PolicyChoice;
  for_bots: PolicyChoice;
  summary: Summary;
};

export type V1NotificationPolicy = {
  filter_not_following: boolean;
  filter_not_followers: boolean;
  filter_new_accounts: boolean;
  filter_private_mentions: boolean;
  filter_bots: boolean;
  summary: Summary;
};

export type NotificationPolicyView = {
  policy: NotificationPolicyDoc;
  pendingRequests: number;
  pendingNotifications: number;
};

const summaryOf = (view: NotificationPolicyView): Summary => ({
  pending_requests_count: view.pendingRequests,
  pending_notifications_count: view.pendingNotifications,
});

export function notificationPolicy(view: NotificationPolicyView): NotificationPolicy {
  const { policy } = view;
  return {
    for_not_following: policy.forNotFollowing,
    for_not_followers: policy.forNotFollowers,
    for_new_accounts: policy.forNewAccounts,
    for_private_mentions: policy.forPrivateMentions,
    for_limited_accounts: policy.forLimitedAccounts,
    for_bots: policy.forBots,
    summary: summaryOf(view),
  };
}

/** The old form knows only yes and no: whatever is not accepted is filtered. */
export function v1NotificationPolicy(view: NotificationPolicyView): V1NotificationPolicy {
  const { policy } = view;
  return {
    filter_not_following: policy.forNotFollowing !== "accept",
    filter_not_followers: policy.forNotFollowers !== "accept",
    filter_new_accounts: policy.forNewAccounts !== "accept",
    filter_private_mentions: policy.forPrivateMentions !== "accept",
    filter_bots: policy.forBots !== "accept",
    summary: summaryOf(view),
  };
}
