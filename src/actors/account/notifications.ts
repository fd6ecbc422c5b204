// Owns what an account is told of, and the policy on whose notifications come through. A
// notification is made once: `notifiedOf` holds a key for each, and a repeated command finds it
// there. The key outlives dismissal (a repeat stays silent) and ends when the cause is taken back,
// so that a second favourite tells again. Accepting a held sender rewrites nothing: whoever reads
// asks the relation whether the sender is allowed (domain/notification-rows.ts keeps the rows).
// Bounds: NOTIFICATIONS_MAX, kept by `trim-notifications` from the read side; HELD_PER_SENDER_MAX,
// above which nothing more of that sender is kept until the owner decides.

import { dropCollection, dropMember, putMember, putRecord } from "../../base/changes.js";
import { fault } from "../../base/faults.js";
import { compareIds, idTimeMs, rankOf } from "../../base/ids.js";
import { type AccountDoc, type RelationDoc, relationId } from "../../domain/account.js";
import {
  conversationsOf,
  domainBlocksOf,
  notificationRequestsOf,
  notificationsOf,
  notifiedOf,
  threadMutesOf,
} from "../../domain/collections.js";
import { conversationOf } from "../../domain/conversation.js";
import type {
  NotificationDoc,
  NotificationPolicyDoc,
  NotificationType,
  Notify,
  Unnotify,
} from "../../domain/notification.js";
import {
  type HeldRequest,
  heldRequestOf,
  type NotifiedKey,
  notificationRow,
  notifiedKeyOf,
  ungroupedKey,
} from "../../domain/notification-rows.js";
import type { Change } from "../../ports/storage.js";
import { type DecideContext, type Decision, type Need, record, refuse } from "../behaviour.js";
import type { Effect } from "../effects.js";
import { fate } from "./notification-policy.js";
import type { Slice } from "./slice.js";
import type { Account } from "./state.js";

/** Ids or accounts named by one command. */
export const NOTIFICATION_COMMAND_IDS_MAX = 60;
/** Held notifications of one sender. More tell the owner nothing. */
export const HELD_PER_SENDER_MAX = 100;
/** A group takes in what comes within this many hours of its first. */
export const GROUP_HOURS_MAX = 12;
const HOUR_MS = 3_600_000;

export type Command =
  | Notify
  | Unnotify
  | { type: "dismiss-notification"; id: string }
  /** The notifications of a group, found by the caller. Unknown ids are passed over. */
  | { type: "dismiss-notifications"; ids: readonly string[] }
  | { type: "clear-notifications" }
  /** The oldest notifications and keys, found by the caller. */
  | { type: "trim-notifications"; ids: readonly string[]; keys: readonly string[] }
  | { type: "set-notification-policy"; patch: Partial<NotificationPolicyDoc> }
  | { type: "accept-notification-requests"; accountIds: readonly string[] }
  /** Puts the senders away; their held notifications were named by `dismiss-notifications`. */
  | { type: "dismiss-notification-requests"; accountIds: readonly string[] };

type HeldChange = { accountId: string; now: HeldRequest | null };

export type Fact =
  | {
      type: "notified";
      doc: NotificationDoc;
      key: string;
      /** Of an edit: when it happened. */
      at?: number;
      /** A group begins: where its bucket is kept. */
      bucket?: { key: string; hour: number };
      /** The notification of an older edit, which this one replaces. */
      replaces?: string;
      held?: HeldChange;
    }
  | {
      type: "notifications-removed";
      ids: readonly string[];
      /** Keys of `notifiedOf` that are forgotten too. */
      keys: readonly string[];
      held: readonly HeldChange[];
    }
  | { type: "notifications-cleared"; atMs: number }
  | { type: "notification-policy-set"; policy: NotificationPolicyDoc }
  | {
      type: "notification-requests-accepted";
      accepted: readonly { accountId: string; relation: RelationDoc }[];
    };

/** The once-key of a notification. Of edits: one for all, which remembers the newest. */
export function onceKey(type: NotificationType, it: KeyParts): string {
  switch (type) {
    case "favourite":
    case "reblog":
      return `${type}:${it.fromId}:${it.statusId}`;
    case "follow":
    case "follow_request":
    case "admin.sign_up":
      return `${type}:${it.fromId}`;
    case "admin.report":
      return `${type}:${it.reportId}`;
    default:
      return `${type}:${it.statusId}`;
  }
}

type KeyParts = { fromId: string; statusId: string | null; reportId?: string | null };

const EDITS: readonly NotificationType[] = ["update", "quoted_update"];
const OF_STATUS: readonly NotificationType[] = [
  "mention",
  "status",
  "poll",
  "quote",
  "update",
  "quoted_update",
];

/** What a groupable notification is grouped by, before its bucket; null for the others. */
function groupPrefix(type: NotificationType, statusId: string | null): string | null {
  if (type === "favourite" || type === "reblog") return `${type}-${statusId}`;
  return type === "follow" || type === "admin.sign_up" ? type : null;
}

const bucketKey = (prefix: string): string => `group:${prefix}`;

function needs(account: Account, command: Command): readonly Need[] {
  const me = account.id;
  const notified = (member: string): Need => ({ collection: notifiedOf(me), member });
  const held = (member: string): Need => ({ collection: notificationRequestsOf(me), member });
  const row = (member: string): Need => ({ collection: notificationsOf(me), member });
  switch (command.type) {
    case "notify":
      return notifyNeeds(me, command);
    case "unnotify": {
      const keys = unnotifyKeys(command).map(notified);
      return command.fromId === null ? keys : [...keys, held(command.fromId)];
    }
    case "dismiss-notification":
      return [row(command.id)];
    case "dismiss-notifications":
      return command.ids.map(row);
    case "accept-notification-requests":
      return command.accountIds.flatMap((id) => [
        held(id),
        { record: "relation", id: relationId(me, id) },
      ]);
    case "dismiss-notification-requests":
      return command.accountIds.map(held);
    default:
      return [];
  }
}

function notifyNeeds(me: string, command: Notify): Need[] {
  const { fromId, conversationId, fromDomain } = command;
  const prefix = groupPrefix(command.notification, command.statusId);
  const needs: Need[] = [
    { record: "account", id: fromId },
    { record: "relation", id: relationId(me, fromId) },
    { collection: notifiedOf(me), member: onceKey(command.notification, command) },
    { collection: notificationRequestsOf(me), member: fromId },
  ];
  if (prefix !== null) needs.push({ collection: notifiedOf(me), member: bucketKey(prefix) });
  if (fromDomain) needs.push({ collection: domainBlocksOf(me), member: fromDomain });
  if (conversationId !== null) {
    needs.push({ collection: threadMutesOf(me), member: conversationId });
    needs.push({ collection: conversationsOf(me), member: conversationId });
  }
  return needs;
}

function decide(account: Account, command: Command, context: DecideContext): Decision<Fact> {
  switch (command.type) {
    case "notify":
      return decideNotify(account, command, context);
    case "unnotify":
      return decideUnnotify(account, command, context);
    case "dismiss-notification":
      return context.reads.member(notificationsOf(account.id), command.id) === null
        ? refuse(fault("not-found"))
        : record<Fact>([removed([command.id])]);
    case "dismiss-notifications": {
      const rows = notificationsOf(account.id);
      const ids = command.ids.filter((id) => context.reads.member(rows, id) !== null);
      return record<Fact>(ids.length === 0 ? [] : [removed(ids)], { removed: ids.length });
    }
    case "clear-notifications":
      return record<Fact>([{ type: "notifications-cleared", atMs: context.nowMs }]);
    case "trim-notifications":
      return record<Fact>([removed(command.ids, command.keys)]);
    case "set-notification-policy": {
      const policy = { ...account.notificationPolicy, ...command.patch };
      const same = JSON.stringify(policy) === JSON.stringify(account.notificationPolicy);
      return record<Fact>(same ? [] : [{ type: "notification-policy-set", policy }], policy);
    }
    case "accept-notification-requests":
      return decideAccept(account, command.accountIds, context);
    case "dismiss-notification-requests":
      return decideDismissRequests(account, command.accountIds, context);
  }
}

const removed = (
  ids: readonly string[],
  keys: readonly string[] = [],
  held: readonly HeldChange[] = [],
): Fact => ({ type: "notifications-removed", ids, keys, held });

function decideNotify(account: Account, command: Notify, context: DecideContext): Decision<Fact> {
  const me = account.id;
  const { reads, nowMs } = context;
  const type = command.notification;
  const key = onceKey(type, command);
  const known = notifiedKeyOf(reads.member(notifiedOf(me), key));
  const isEdit = EDITS.includes(type);
  if (known !== null && !(isEdit && (known.at ?? 0) < command.atMs)) return record<Fact>([]);
  const choice = fate(
    me,
    command,
    senderOf(me, command, context),
    account.notificationPolicy,
    nowMs,
  );
  if (choice === "drop") return record<Fact>([]);
  const filtered = choice === "filter";
  const held = filtered ? holdMore(me, command, context) : undefined;
  if (held?.now !== undefined && held.now.count > HELD_PER_SENDER_MAX) return record<Fact>([]);
  const id = context.nextId();
  const group = filtered ? null : groupOf(me, command, id, context);
  const doc: NotificationDoc = {
    id,
    type,
    createdAtMs: command.atMs,
    fromId: command.fromId,
    statusId: command.statusId,
    reportId: command.reportId ?? null,
    groupKey: group?.groupKey ?? ungroupedKey(id),
    filtered,
  };
  const fact: Fact = { type: "notified", doc, key };
  if (isEdit) fact.at = command.atMs;
  if (group?.bucket) fact.bucket = group.bucket;
  if (known !== null) fact.replaces = known.id;
  if (held !== undefined) fact.held = held;
  return record<Fact>([fact], { id });
}

function senderOf(me: string, command: Notify, { reads }: DecideContext) {
  const { fromId, conversationId: thread, fromDomain } = command;
  const conversation = thread === null ? null : reads.member(conversationsOf(me), thread);
  return {
    account: reads.record<AccountDoc>("account", fromId),
    relation: reads.record<RelationDoc>("relation", relationId(me, fromId)) ?? {},
    domainBlocked: !!fromDomain && reads.member(domainBlocksOf(me), fromDomain) !== null,
    threadMuted: thread !== null && reads.member(threadMutesOf(me), thread) !== null,
    inConversation: conversationOf(conversation)?.spoke === true,
  };
}

function holdMore(
  me: string,
  command: Notify,
  context: DecideContext,
): { accountId: string; now: HeldRequest } {
  const was = heldRequestOf(context.reads.member(notificationRequestsOf(me), command.fromId));
  const now: HeldRequest = {
    id: was?.id ?? context.nextId(),
    count: (was?.count ?? 0) + 1,
    lastStatusId: command.statusId ?? was?.lastStatusId ?? null,
    createdAtMs: was?.createdAtMs ?? context.nowMs,
    updatedAtMs: context.nowMs,
  };
  return { accountId: command.fromId, now };
}

/** The group of a groupable notification: the running one, or a new one that starts this hour. */
function groupOf(me: string, command: Notify, id: string, { reads }: DecideContext) {
  const prefix = groupPrefix(command.notification, command.statusId);
  if (prefix === null) return null;
  const hour = Math.floor(idTimeMs(id) / HOUR_MS);
  const running = Number(reads.member(notifiedOf(me), bucketKey(prefix)) ?? Number.NaN);
  if (hour >= running && hour < running + GROUP_HOURS_MAX) {
    return { groupKey: `${prefix}-${running}`, bucket: undefined };
  }
  return { groupKey: `${prefix}-${hour}`, bucket: { key: bucketKey(prefix), hour } };
}

/** Where the keys of what is taken back may be. Favourites and boosts need to know from whom. */
function unnotifyKeys(command: Unnotify): string[] {
  const { notification, fromId, statusId } = command;
  const parts = { fromId: fromId ?? "", statusId };
  if (notification !== null) return [onceKey(notification, parts)];
  const keys = statusId === null ? [] : OF_STATUS.map((type) => onceKey(type, parts));
  if (fromId === null) return keys;
  const bySender: NotificationType[] =
    statusId === null ? ["follow", "follow_request"] : ["favourite", "reblog"];
  return [...keys, ...bySender.map((type) => onceKey(type, parts))];
}

function decideUnnotify(
  account: Account,
  command: Unnotify,
  { reads }: DecideContext,
): Decision<Fact> {
  const me = account.id;
  const keys: string[] = [];
  const found: NotifiedKey[] = [];
  for (const key of unnotifyKeys(command)) {
    const it = notifiedKeyOf(reads.member(notifiedOf(me), key));
    if (it === null) continue;
    keys.push(key);
    found.push(it);
  }
  if (keys.length === 0) return record<Fact>([]);
  const ids = found.map((it) => it.id);
  const { fromId } = command;
  const was =
    fromId === null ? null : heldRequestOf(reads.member(notificationRequestsOf(me), fromId));
  if (fromId === null || was === null) return record<Fact>([removed(ids, keys)]);
  const fewer = found.filter((it) => it.held === 1 && compareIds(it.id, was.id) > 0).length;
  if (fewer === 0) return record<Fact>([removed(ids, keys)]);
  const count = was.count - fewer;
  const now = count > 0 ? { ...was, count } : null;
  return record<Fact>([removed(ids, keys, [{ accountId: fromId, now }])]);
}

function decideAccept(
  account: Account,
  accountIds: readonly string[],
  { reads }: DecideContext,
): Decision<Fact> {
  const me = account.id;
  const accepted = [...new Set(accountIds)]
    .filter((id) => reads.member(notificationRequestsOf(me), id) !== null)
    .map((accountId) => {
      const was = reads.record<RelationDoc>("relation", relationId(me, accountId)) ?? {};
      return { accountId, relation: { ...was, notificationsAllowed: true as const } };
    });
  if (accepted.length === 0) return record<Fact>([]);
  return record<Fact>([{ type: "notification-requests-accepted", accepted }]);
}

function decideDismissRequests(
  account: Account,
  accountIds: readonly string[],
  { reads }: DecideContext,
): Decision<Fact> {
  const held = [...new Set(accountIds)]
    .filter((id) => reads.member(notificationRequestsOf(account.id), id) !== null)
    .map((accountId) => ({ accountId, now: null }));
  return record<Fact>(held.length === 0 ? [] : [removed([], [], held)]);
}

function evolve(account: Account, fact: Fact): void {
  if (fact.type === "notification-policy-set") account.notificationPolicy = fact.policy;
}

function index(account: Account, fact: Fact): readonly Change[] {
  const me = account.id;
  switch (fact.type) {
    case "notified":
      return notifiedChanges(me, fact);
    case "notifications-removed":
      return [
        ...fact.ids.map((id) => dropMember(notificationsOf(me), id)),
        ...fact.keys.map((key) => dropMember(notifiedOf(me), key)),
        ...fact.held.map((it) => heldChange(me, it)),
      ];
    case "notifications-cleared":
      return [dropCollection(notificationsOf(me)), dropCollection(notificationRequestsOf(me))];
    case "notification-policy-set":
      return [putRecord("notification-policy", me, fact.policy)];
    case "notification-requests-accepted":
      return fact.accepted.flatMap(({ accountId, relation }) => [
        putRecord("relation", relationId(me, accountId), relation),
        dropMember(notificationRequestsOf(me), accountId),
      ]);
  }
}

function notifiedChanges(me: string, fact: Fact & { type: "notified" }): Change[] {
  const { doc } = fact;
  const rank = rankOf(doc.id);
  const key: NotifiedKey = { id: doc.id };
  if (fact.at !== undefined) key.at = fact.at;
  if (doc.filtered) key.held = 1;
  const changes: Change[] = [
    putMember(notificationsOf(me), doc.id, rank, notificationRow(doc)),
    putMember(notifiedOf(me), fact.key, rank, key),
  ];
  if (fact.bucket) {
    changes.push(putMember(notifiedOf(me), fact.bucket.key, rank, String(fact.bucket.hour)));
  }
  if (fact.replaces !== undefined) changes.push(dropMember(notificationsOf(me), fact.replaces));
  if (fact.held) changes.push(heldChange(me, fact.held));
  return changes;
}

const heldChange = (me: string, { accountId, now }: HeldChange): Change =>
  now === null
    ? dropMember(notificationRequestsOf(me), accountId)
    : putMember(notificationRequestsOf(me), accountId, rankOf(now.id), now);

function react(account: Account, fact: Fact): readonly Effect[] {
  const accountId = account.id;
  if (fact.type === "notified" && !fact.doc.filtered) {
    const notificationId = fact.doc.id;
    const event = { type: "notification-created", accountId, notificationId } as const;
    return [{ ask: "publish", durable: false, event }];
  }
  if (fact.type !== "notification-requests-accepted") return [];
  return [
    { ask: "publish", durable: false, event: { type: "notifications-merged", accountId } },
    { ask: "publish", durable: false, event: { type: "account-changed", accountId } },
  ];
}

export const notificationsSlice: Slice<Command, Fact> = {
  commands: [
    "notify",
    "unnotify",
    "dismiss-notification",
    "dismiss-notifications",
    "clear-notifications",
    "trim-notifications",
    "set-notification-policy",
    "accept-notification-requests",
    "dismiss-notification-requests",
  ],
  facts: [
    "notified",
    "notifications-removed",
    "notifications-cleared",
    "notification-policy-set",
    "notification-requests-accepted",
  ],
  always: ["unnotify"],
  needs,
  decide,
  evolve,
  index,
  react,
};
