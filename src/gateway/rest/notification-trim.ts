// Owns keeping what an account is told of within its bounds: NOTIFICATIONS_MAX rows and twice as many
// once-keys, which outlive what was dismissed. Done when the owner looks, and after so many new
// ones for those who never look. A trim that fails is made good by the next.

import { notificationsOf, notifiedOf } from "../../domain/collections.js";
import { NOTIFICATIONS_MAX, NOTIFICATIONS_SLACK } from "../../domain/notification-rows.js";
import { accountCell } from "../../ports/actors.js";
import type { DomainEvent } from "../../ports/events.js";
import type { NotificationParts } from "./notification-reads.js";

type TrimParts = Pick<NotificationParts, "collections" | "actors">;

const ROWS_MAX = NOTIFICATIONS_MAX + NOTIFICATIONS_SLACK;
const KEYS_MAX = 2 * ROWS_MAX;
/** Accounts whose new notifications are counted; beyond it counting begins again. */
const COUNTED_MAX = 10_000;

/** Drops the oldest rows and keys if there are more than the bounds allow. */
export async function trim({ collections, actors }: TrimParts, me: string): Promise<void> {
  const [rows, keys] = await Promise.all([
    collections.count(notificationsOf(me)),
    collections.count(notifiedOf(me)),
  ]);
  if (rows <= ROWS_MAX && keys <= KEYS_MAX) return;
  const oldest = { limit: NOTIFICATIONS_SLACK, from: "low" } as const;
  const [oldRows, oldKeys] = await Promise.all([
    rows > ROWS_MAX ? collections.page(notificationsOf(me), oldest) : [],
    keys > KEYS_MAX ? collections.page(notifiedOf(me), oldest) : [],
  ]);
  const command = {
    type: "trim-notifications",
    ids: oldRows.map((row) => row.member),
    keys: oldKeys.map((row) => row.member),
  };
  await actors.ask<unknown>(accountCell(me), command);
}

/**
 * For those who never look: give it every event. It counts new notifications and trims an account
 * after each NOTIFICATIONS_SLACK of them.
 */
export function createNotificationTrimmer(parts: TrimParts): (event: DomainEvent) => Promise<void> {
  const fresh = new Map<string, number>();
  return async (event) => {
    if (event.type !== "notification-created") return;
    const { accountId } = event;
    const count = (fresh.get(accountId) ?? 0) + 1;
    if (fresh.size >= COUNTED_MAX) fresh.clear();
    fresh.set(accountId, count % NOTIFICATIONS_SLACK);
    if (count >= NOTIFICATIONS_SLACK) await trim(parts, accountId);
  };
}
