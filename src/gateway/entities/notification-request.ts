// Owns the fields of the entity NotificationRequest: a sender whose notifications were held back.

import { isoTime } from "./time.js";

/** Without `account` and `last_status`, whose bytes the reader puts in. */
export type NotificationRequestFields = {
  id: string;
  created_at: string;
  updated_at: string;
  notifications_count: string;
};

export const notificationRequestFields = (view: {
  id: string;
  createdAtMs: number;
  updatedAtMs: number;
  notifications: number;
}): NotificationRequestFields => ({
  id: view.id,
  created_at: isoTime(view.createdAtMs),
  updated_at: isoTime(view.updatedAtMs),
  notifications_count: String(view.notifications),
});
