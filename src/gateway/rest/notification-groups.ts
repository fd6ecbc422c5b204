// Owns gathering notifications into groups: a page is so many groups, each standing where its
// newest notification on the page stands. A group lies within the hours that its key names
// (actors/account/notifications.ts), so its other members are found by id and nothing is indexed
// twice.

import { GROUP_HOURS_MAX } from "../../actors/account/notifications.js";
import { compareIds, idAt, isId, rankOf } from "../../base/ids.js";
import { notificationsOf } from "../../domain/collections.js";
import { GROUP_SAMPLE_ACCOUNTS_MAX } from "../../domain/limits.js";
import type { NotificationDoc } from "../../domain/notification.js";
import {
  NOTIFICATIONS_MAX,
  NOTIFICATIONS_SLACK,
  notificationOfRow,
  ungroupedKey,
} from "../../domain/notification-rows.js";
import type { NotificationGroupView } from "../entities/notification.js";
import {
  type NotificationParts,
  visible,
  type Wanted,
  type Window,
  walk,
} from "./notification-reads.js";

const HOUR_MS = 3_600_000;
const BATCH = 500;
const ROWS_MAX = NOTIFICATIONS_MAX + NOTIFICATIONS_SLACK;

/** Types that may be grouped; a client may ask for fewer. */
export const GROUPABLE: readonly string[] = ["favourite", "reblog", "follow", "admin.sign_up"];

export type Group = {
  key: string;
  /** Newest first; never empty. */
  docs: NotificationDoc[];
  /** Members on the page and older ones. */
  count: number;
  sampleAccountIds: string[];
};

export type GroupedPage = {
  groups: Group[];
  /** Ids of the newest and the oldest notification of the page, for links. */
  first: string | null;
  last: string | null;
};

/** A page of at most `limit` groups. `groupedTypes`: which of GROUPABLE to group. */
export async function groupedPage(
  parts: NotificationParts,
  me: string,
  it: { window: Window; wanted: Wanted; groupedTypes: readonly string[]; limit: number },
): Promise<GroupedPage> {
  const groups = new Map<string, Group>();
  const docs: NotificationDoc[] = [];
  if (it.limit > 0) {
    await walk(parts, me, it.window, it.wanted, (doc) => {
      const key = keyFor(doc, it.groupedTypes);
      const group = groups.get(key);
      if (group !== undefined) group.docs.push(doc);
      else groups.set(key, { key, docs: [doc], count: 0, sampleAccountIds: [] });
      docs.push(doc);
      // The page ends where its last group begins, so that the next one goes on from there.
      return groups.size < it.limit;
    });
  }
  const newestFirst = (a: NotificationDoc, b: NotificationDoc) => compareIds(b.id, a.id);
  docs.sort(newestFirst);
  for (const group of groups.values()) group.docs.sort(newestFirst);
  const sorted = [...groups.values()].sort((a, b) => compareIds(newest(b).id, newest(a).id));
  const last = docs.at(-1)?.id ?? null;
  await complete(parts, me, sorted, last);
  return { groups: sorted, first: docs[0]?.id ?? null, last };
}

export function keyFor(doc: NotificationDoc, groupedTypes: readonly string[]): string {
  return groupedTypes.includes(doc.type) ? doc.groupKey : ungroupedKey(doc.id);
}

export function newest(group: Group): NotificationDoc {
  const [doc] = group.docs;
  if (doc === undefined) throw new Error("a group is never empty");
  return doc;
}

/** Counts the members of each group that are older than the page, and fills its sample accounts. */
async function complete(
  parts: NotificationParts,
  me: string,
  groups: readonly Group[],
  last: string | null,
): Promise<void> {
  const open = new Map<string, Group>();
  let fromMs = Number.POSITIVE_INFINITY;
  for (const group of groups) {
    group.count = group.docs.length;
    sample(group, group.docs);
    const hours = hoursOf(group.key);
    if (hours === null) continue;
    open.set(group.key, group);
    fromMs = Math.min(fromMs, hours.fromMs);
  }
  if (last === null || open.size === 0) return;
  const older = await rowsBetween(parts, me, { fromMs, below: last });
  for (const doc of older) {
    const group = doc.filtered ? undefined : open.get(doc.groupKey);
    if (group === undefined) continue;
    group.count++;
    sample(group, [doc]);
  }
}

function sample(group: Group, docs: readonly NotificationDoc[]): void {
  for (const { fromId } of docs) {
    if (group.sampleAccountIds.length >= GROUP_SAMPLE_ACCOUNTS_MAX) return;
    if (!group.sampleAccountIds.includes(fromId)) group.sampleAccountIds.push(fromId);
  }
}

/** The rows made from `fromMs` on and older than `below`, newest first, unfiltered. */
async function rowsBetween(
  { collections }: NotificationParts,
  me: string,
  span: { fromMs: number; below: string },
): Promise<NotificationDoc[]> {
  const above = rankOf(idAt(span.fromMs - 1, 65_535));
  const found: NotificationDoc[] = [];
  let below = rankOf(span.below);
  for (let looked = 0; looked < ROWS_MAX; looked += BATCH) {
    const rows = await collections.page(notificationsOf(me), { limit: BATCH, below, above });
    for (const row of rows) {
      const doc = notificationOfRow(row.member, row.value);
      if (doc !== null) found.push(doc);
    }
    const last = rows.at(-1);
    if (last === undefined || rows.length < BATCH) break;
    below = last.rank;
  }
  return found;
}

/** When the members of a group were made, from its key; null for what stands alone. */
function hoursOf(key: string): { fromMs: number; toMs: number } | null {
  const parts = /^(?:(?:favourite|reblog)-\d{1,20}|follow|admin\.sign_up)-(\d{1,10})$/.exec(key);
  if (parts === null) return null;
  const hour = Number(parts[1]);
  return { fromMs: hour * HOUR_MS, toMs: (hour + GROUP_HOURS_MAX) * HOUR_MS };
}

/** Every notification of the group that its owner may see, newest first; empty if there is none. */
export async function groupMembers(
  parts: NotificationParts,
  me: string,
  key: string,
): Promise<NotificationDoc[]> {
  const hours = hoursOf(key);
  if (hours !== null) {
    const span = { fromMs: hours.fromMs, below: idAt(hours.toMs) };
    const rows = await rowsBetween(parts, me, span);
    const members = rows.filter((doc) => doc.groupKey === key);
    return await visible(parts, me, members);
  }
  const id = /^ungrouped-(\d{1,20})$/.exec(key)?.[1];
  if (!isId(id)) return [];
  const row = (await parts.collections.pick(notificationsOf(me), [id])).get(id);
  const doc = row === undefined ? null : notificationOfRow(id, row.value);
  return doc === null ? [] : await visible(parts, me, [doc]);
}

/** What is shown of a group. `onPage`: it is part of a list. */
export function groupView(group: Group, onPage: boolean): NotificationGroupView {
  const top = newest(group);
  const bottom = group.docs.at(-1) ?? top;
  return {
    groupKey: group.key,
    type: top.type,
    count: group.count,
    mostRecentId: top.id,
    sampleAccountIds: group.sampleAccountIds,
    ...(top.statusId !== null && { statusId: top.statusId }),
    ...(onPage && { page: { minId: bottom.id, maxId: top.id, latestAtMs: top.createdAtMs } }),
  };
}

/** A group of these members. */
export function groupOf(key: string, docs: NotificationDoc[]): Group {
  const group: Group = { key, docs, count: docs.length, sampleAccountIds: [] };
  sample(group, docs);
  return group;
}
