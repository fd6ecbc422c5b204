// Owns the fields of the entities Notification, NotificationGroup and NotificationsCount. Accounts,
// statuses and reports inside them are bytes that the reader puts in under their keys.

import { assert } from "../../base/assert.js";
import { isId } from "../../base/ids.js";
import type { NotificationDoc, NotificationType } from "../../domain/notification.js";
import { isoTime } from "./time.js";

/** Without `account`, `status` and `report`. */
export type NotificationFields = {
  id: string;
  type: NotificationType;
  created_at: string;
  group_key: string;
  filtered?: true;
};

export function notificationFields(doc: NotificationDoc): NotificationFields {
  const fields: NotificationFields = {
    id: doc.id,
    type: doc.type,
    created_at: isoTime(doc.createdAtMs),
    group_key: groupKeyOf(doc),
  };
  if (doc.filtered) fields.filtered = true;
  return fields;
}

/** The key of the group, or the one that says that it stands alone. */
export const groupKeyOf = (doc: Pick<NotificationDoc, "id" | "groupKey">): string =>
  doc.groupKey === "" ? `ungrouped-${doc.id}` : doc.groupKey;

export type NotificationGroupView = {
  groupKey: string;
  type: NotificationType;
  count: number;
  mostRecentId: string;
  /** Of the newest first; see GROUP_SAMPLE_ACCOUNTS_MAX. */
  sampleAccountIds: readonly string[];
  /** Undefined for types that have none; null when the status is gone. */
  statusId?: string | null;
  /** The part of the group that is on the page; absent outside lists. */
  page?: { minId: string; maxId: string; latestAtMs: number };
};

export type NotificationGroupFields = {
  group_key: string;
  notifications_count: number;
  type: NotificationType;
  sample_account_ids: string[];
  page_min_id?: string;
  page_max_id?: string;
  latest_page_notification_at?: string;
  status_id?: string | null;
};

/**
 * JSON text of a NotificationGroup, without the closing brace so that a report can be added. The id
 * of the newest is a JSON number with more digits than a JavaScript number holds: so it is text.
 */
export function notificationGroupJson(view: NotificationGroupView): string {
  assert(isId(view.mostRecentId), "a notification id is a number");
  const fields: NotificationGroupFields = {
    group_key: view.groupKey,
    notifications_count: view.count,
    type: view.type,
    sample_account_ids: [...view.sampleAccountIds],
  };
  if (view.page !== undefined) {
    fields.page_min_id = view.page.minId;
    fields.page_max_id = view.page.maxId;
    fields.latest_page_notification_at = isoTime(view.page.latestAtMs);
  }
  if (view.statusId !== undefined) fields.status_id = view.statusId;
  const head = JSON.stringify(fields);
  return `${head.slice(0, -1)},"most_recent_notification_id":${view.mostRecentId}`;
}

export type NotificationsCount = { count: number };
