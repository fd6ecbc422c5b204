// Owns the text that is kept with each member of `notificationsOf`, `notifiedOf` and
// `notificationRequestsOf`: short keys, for an account may have thousands. Total both ways: what
// cannot be read is null.

import { isId } from "../base/ids.js";
import { NOTIFICATION_TYPES, type NotificationDoc, type NotificationType } from "./notification.js";

/** Value of a key in `notifiedOf`: which notification it made. */
export type NotifiedKey = {
  id: string;
  /** Of an edit: when it happened, so that the next edit notifies again. */
  at?: number;
  /** It was held back by the policy. */
  held?: 1;
};

/** Value of a member of `notificationRequestsOf`: a sender held back by the policy. */
export type HeldRequest = {
  /** Older than the notifications that it counts. */
  id: string;
  count: number;
  lastStatusId: string | null;
  createdAtMs: number;
  updatedAtMs: number;
};

/** Notifications kept for one account; older ones are trimmed when its owner looks. */
export const NOTIFICATIONS_MAX = 4000;
/** How far above the bound an account may grow before it is trimmed. */
export const NOTIFICATIONS_SLACK = 200;

type Row = { t: string; f: string; at: number; s?: string; r?: string; g?: string; x?: 1 };

export const ungroupedKey = (notificationId: string): string => `ungrouped-${notificationId}`;

/** The text of a notification. Its id is the member. */
export function notificationRow(doc: NotificationDoc): string {
  const row: Row = { t: doc.type, f: doc.fromId, at: doc.createdAtMs };
  if (doc.statusId !== null) row.s = doc.statusId;
  if (doc.reportId !== null) row.r = doc.reportId;
  if (doc.groupKey !== ungroupedKey(doc.id)) row.g = doc.groupKey;
  if (doc.filtered) row.x = 1;
  return JSON.stringify(row);
}

/** The notification of a row, or null if the text is not one. */
export function notificationOfRow(id: string, value: string): NotificationDoc | null {
  const row = parsed<Row>(value);
  if (row === null || !isType(row.t) || !isId(row.f)) return null;
  return {
    id,
    type: row.t,
    createdAtMs: row.at,
    fromId: row.f,
    statusId: row.s ?? null,
    reportId: row.r ?? null,
    groupKey: row.g ?? ungroupedKey(id),
    filtered: row.x === 1,
  };
}

/** The value of a key in `notifiedOf`, or null. */
export function notifiedKeyOf(value: string | null): NotifiedKey | null {
  const key = value === null ? null : parsed<NotifiedKey>(value);
  return key !== null && isId(key.id) ? key : null;
}

/** The value of a member of `notificationRequestsOf`, or null. */
export function heldRequestOf(value: string | null): HeldRequest | null {
  const held = value === null ? null : parsed<HeldRequest>(value);
  return held !== null && isId(held.id) ? held : null;
}

const isType = (text: string): text is NotificationType =>
  (NOTIFICATION_TYPES as readonly string[]).includes(text);

function parsed<T>(value: string): T | null {
  try {
    const it: unknown = JSON.parse(value);
    return typeof it === "object" && it !== null ? (it as T) : null;
  } catch {
    return null;
  }
}
