// Owns reading notifications: which rows of an account its owner gets to see, in order, and the
// bytes of each. Left out are notifications of statuses that the owner may no longer see, of
// senders that are gone or blocked, and of held senders until they are accepted. Rows whose status
// is deleted or whose sender is blocked are dropped for good on the way. Needs: the cell that keeps
// rows (actors/account/notifications.ts).

import { rankOf } from "../../base/ids.js";
import type { RelationDoc } from "../../domain/account.js";
import { notificationsOf } from "../../domain/collections.js";
import type { NotificationDoc } from "../../domain/notification.js";
import {
  NOTIFICATIONS_MAX,
  NOTIFICATIONS_SLACK,
  notificationOfRow,
} from "../../domain/notification-rows.js";
import type { ReportDoc } from "../../domain/site.js";
import type { Actors } from "../../ports/actors.js";
import { accountCell } from "../../ports/actors.js";
import type { Collections, PageOf } from "../../ports/storage.js";
import { notificationFields } from "../entities/notification.js";
import { reportFields } from "../entities/report.js";
import { jsonObject } from "../read/json.js";
import type { Reads } from "../read/reads.js";

export type NotificationParts = { reads: Reads; collections: Collections; actors: Actors };

/** Which notifications are wanted. No types: all. */
export type Wanted = {
  types?: readonly string[];
  excludeTypes?: readonly string[];
  accountId?: string | undefined;
  /** With those held back by the policy. Naming an account includes its held ones. */
  includeFiltered?: boolean;
};

export type Window = {
  maxId?: string | undefined;
  sinceId?: string | undefined;
  minId?: string | undefined;
  /** How many the caller means to take: so many are read at first. */
  expected?: number;
};

/** Rows read at once, at least and at most. */
const BATCH_MIN = 20;
const BATCH_MAX = 100;
/** Rows read beside those expected, for those that drop out. */
const SPARE = 10;
/** Rows looked at for one answer: all that an account keeps. */
const ROWS_MAX = NOTIFICATIONS_MAX + NOTIFICATIONS_SLACK;
/** Rows of one sweep. */
const DROPPED_MAX = 200;

/**
 * Calls `take` with each notification that the owner may see, newest first (with `minId`: oldest
 * first), until it answers false or there are no more.
 */
export async function walk(
  parts: NotificationParts,
  me: string,
  window: Window,
  wanted: Wanted,
  take: (doc: NotificationDoc) => boolean,
): Promise<void> {
  const up = window.minId !== undefined;
  const low = window.minId ?? window.sinceId;
  const expected = (window.expected ?? BATCH_MAX) + SPARE;
  const batch = Math.min(BATCH_MAX, Math.max(BATCH_MIN, expected));
  const page: PageOf = { limit: batch, from: up ? "low" : "high" };
  if (window.maxId !== undefined) page.below = rankOf(window.maxId);
  if (low !== undefined) page.above = rankOf(low);
  const dead: string[] = [];
  for (let looked = 0; looked < ROWS_MAX; looked += batch) {
    const rows = await parts.collections.page(notificationsOf(me), page);
    const docs = rows
      .map((row) => notificationOfRow(row.member, row.value))
      .filter((doc): doc is NotificationDoc => doc !== null && asked(doc, wanted));
    const seen = await visible(parts, me, docs, dead);
    const more = seen.every((doc) => !passes(doc, wanted) || take(doc));
    const last = rows.at(-1);
    if (!more || rows.length < batch || last === undefined) break;
    if (up) page.above = last.rank;
    else page.below = last.rank;
  }
  await sweep(parts, me, dead);
}

function asked(doc: NotificationDoc, { types, excludeTypes, accountId }: Wanted): boolean {
  if (types !== undefined && types.length > 0 && !types.includes(doc.type)) return false;
  if (excludeTypes?.includes(doc.type)) return false;
  return accountId === undefined || doc.fromId === accountId;
}

const passes = (doc: NotificationDoc, wanted: Wanted): boolean =>
  !doc.filtered || wanted.includeFiltered === true || wanted.accountId !== undefined;

/**
 * Those of the notifications that the owner may see, `filtered` being what holds today. Ids of rows
 * that nobody will ever see again are added to `dead`.
 */
export async function visible(
  { reads }: Pick<NotificationParts, "reads">,
  me: string,
  docs: readonly NotificationDoc[],
  dead: string[] = [],
): Promise<NotificationDoc[]> {
  if (docs.length === 0) return [];
  const fromIds = [...new Set(docs.map((doc) => doc.fromId))];
  const statusIds = [...new Set(docs.flatMap((doc) => doc.statusId ?? []))];
  const [accounts, relations, statuses] = await Promise.all([
    reads.accountDocs(fromIds),
    reads.relations(me, fromIds),
    reads.visibleStatuses({ accountId: me }, statusIds),
  ]);
  const seen = new Set(statuses.map((status) => status.id));
  const hidden = statusIds.filter((id) => !seen.has(id));
  const left = hidden.length === 0 ? null : await reads.docs<unknown>("status", hidden);
  const blocked = (doc: NotificationDoc) => relations.get(doc.fromId)?.blocking !== undefined;
  return docs.flatMap((doc) => {
    const gone = doc.statusId !== null && !seen.has(doc.statusId);
    if (blocked(doc) || (gone && left?.has(doc.statusId ?? "") !== true)) {
      dead.push(doc.id);
      return [];
    }
    const account = accounts.get(doc.fromId);
    if (gone || account === undefined || account.suspended) return [];
    return [heldToday(doc, relations.get(doc.fromId))];
  });
}

function heldToday(doc: NotificationDoc, relation: RelationDoc | undefined): NotificationDoc {
  const allowed = doc.filtered && relation?.notificationsAllowed === true;
  return allowed ? { ...doc, filtered: false } : doc;
}

/** Drops dead rows. It is only tidying: if the cell is busy, the next reader does it. */
async function sweep(parts: NotificationParts, me: string, dead: readonly string[]): Promise<void> {
  if (dead.length === 0) return;
  const ids = dead.slice(0, DROPPED_MAX);
  await parts.actors.ask(accountCell(me), { type: "dismiss-notifications", ids } as {
    type: string;
  });
}

/** The notification of the owner with this id if it may be seen, else null. */
export async function oneNotification(
  parts: Pick<NotificationParts, "reads" | "collections">,
  me: string,
  id: string,
): Promise<NotificationDoc | null> {
  const row = (await parts.collections.pick(notificationsOf(me), [id])).get(id);
  const doc = row === undefined ? null : notificationOfRow(id, row.value);
  return doc === null ? null : ((await visible(parts, me, [doc]))[0] ?? null);
}

/** Bytes of the notifications, in order. Whatever lost its account or status since is left out. */
export async function notificationBytes(
  parts: Pick<NotificationParts, "reads">,
  me: string,
  docs: readonly NotificationDoc[],
): Promise<Uint8Array[]> {
  const [accounts, statuses, reports] = await Promise.all([
    accountBytes(
      parts.reads,
      docs.map((doc) => doc.fromId),
    ),
    statusBytes(
      parts.reads,
      me,
      docs.flatMap((doc) => doc.statusId ?? []),
    ),
    reportBytes(
      parts.reads,
      docs.flatMap((doc) => doc.reportId ?? []),
    ),
  ]);
  return docs.flatMap((doc) => {
    const account = accounts.get(doc.fromId);
    const status = doc.statusId === null ? undefined : statuses.get(doc.statusId);
    if (account === undefined || (doc.statusId !== null && status === undefined)) return [];
    const report = doc.reportId === null ? undefined : reports.get(doc.reportId);
    return [
      jsonObject(notificationFields(doc), {
        account,
        ...(status && { status }),
        ...(report && { report }),
      }),
    ];
  });
}

export async function accountBytes(
  reads: Reads,
  ids: readonly string[],
): Promise<Map<string, Uint8Array>> {
  const found = ids.length === 0 ? [] : await reads.accounts([...new Set(ids)]);
  return new Map(found.map((it) => [it.id, it.json]));
}

/** Statuses as they are shown among notifications: marked by filters, never left out by them. */
export async function statusBytes(
  reads: Reads,
  me: string,
  ids: readonly string[],
): Promise<Map<string, Uint8Array>> {
  if (ids.length === 0) return new Map();
  const options = { context: "notifications" } as const;
  const found = await reads.statuses({ accountId: me }, [...new Set(ids)], options);
  return new Map(found.map((it) => [it.id, it.json]));
}

/** Reports with the account that each is about. */
export async function reportBytes(
  reads: Reads,
  ids: readonly string[],
): Promise<Map<string, Uint8Array>> {
  if (ids.length === 0) return new Map();
  const docs = await reads.docs<ReportDoc>("report", [...new Set(ids)]);
  const targets = await accountBytes(
    reads,
    [...docs.values()].map((doc) => doc.targetId),
  );
  const found = new Map<string, Uint8Array>();
  for (const [id, doc] of docs) {
    const target = targets.get(doc.targetId);
    if (target !== undefined) {
      found.set(id, jsonObject(reportFields(doc), { target_account: target }));
    }
  }
  return found;
}

/** For streams: the bytes of one notification as its owner gets it, or null if it is not to be seen. */
export function notificationJson(
  parts: Pick<NotificationParts, "reads" | "collections">,
): (accountId: string, id: string) => Promise<Uint8Array | null> {
  return async (accountId, id) => {
    const doc = await oneNotification(parts, accountId, id);
    if (doc === null) return null;
    return (await notificationBytes(parts, accountId, [doc]))[0] ?? null;
  };
}
