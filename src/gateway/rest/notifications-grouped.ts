// Owns the routes of grouped notifications (Mastodon API: notifications, v2): groups, and beside
// them each account and status once.

import { z } from "zod";
import { type Fault, fault, isFault } from "../../base/faults.js";
import { PAGE_ACCOUNTS, PAGE_NOTIFICATIONS, PAGE_UNREAD } from "../../domain/limits.js";
import { accountCell } from "../../ports/actors.js";
import { partialAccount } from "../entities/account.js";
import { notificationGroupJson } from "../entities/notification.js";
import type { Site } from "../entities/site.js";
import { linkHeader, paged, pageParams } from "../http/paging.js";
import { textList } from "../http/params.js";
import { json, jsonBytes, type Route, route } from "../http/route.js";
import type { HttpReply } from "../http/server.js";
import { jsonObject } from "../read/json.js";
import {
  GROUPABLE,
  type Group,
  groupedPage,
  groupMembers,
  groupOf,
  groupView,
  keyFor,
  newest,
} from "./notification-groups.js";
import { accountBytes, reportBytes, statusBytes, walk } from "./notification-reads.js";
import { trim } from "./notification-trim.js";
import {
  clear,
  lastRead,
  type NotificationRouteParts,
  READ,
  unreadLimit,
  WRITE,
  wantedOf,
  wantedParams,
} from "./notifications.js";
import { callerOf } from "./relationships.js";

export type GroupedParts = NotificationRouteParts & { site: Site };

const GROUP_KEY_UNITS_MAX = 100;
/** Ids in one command. */
const DISMISSED_MAX = 200;

const groupKey = z.string().min(1).max(GROUP_KEY_UNITS_MAX);
const EXPAND = ["full", "partial_avatars"];
const groupParams = {
  expand_accounts: z.unknown().optional(),
  grouped_types: textList({ max: 100 }),
};

/** No list of types: all that can be grouped are. */
const typesOf = (sent: readonly string[]): readonly string[] =>
  sent.length === 0 ? GROUPABLE : sent.filter((it) => GROUPABLE.includes(it));

/** "full" unless told otherwise; anything unknown is a mistake of the client. */
function expandOf(sent: unknown): string | Fault {
  if (sent === undefined || sent === null || sent === "") return "full";
  if (typeof sent === "string" && EXPAND.includes(sent)) return sent;
  return fault(
    "bad-request",
    `Invalid value for 'expand_accounts': '${String(sent).slice(0, 40)}'`,
  );
}

/** Rows below `/api/v2/notifications`, but for the policy. */
export function groupedRoutes(parts: GroupedParts): Route[] {
  return [listRoute(parts), unreadRoute(parts), ...groupRoutes(parts)];
}

const listRoute = (parts: GroupedParts): Route =>
  route({
    method: "GET",
    path: "/api/v2/notifications",
    access: READ,
    params: z.object({
      ...pageParams({ def: PAGE_NOTIFICATIONS.default, max: PAGE_NOTIFICATIONS.max }),
      ...wantedParams,
      ...groupParams,
    }),
    run: async (call) => {
      const me = callerOf(call);
      const { params, request } = call;
      const expand = expandOf(params.expand_accounts);
      if (isFault(expand)) return expand;
      const { max_id: maxId, since_id: sinceId, min_id: minId } = params;
      const wanted = wantedOf(params);
      if (maxId === undefined && minId === undefined) await trim(parts, me);
      const page = await groupedPage(parts, me, {
        window: { maxId, sinceId, minId },
        wanted: wanted ?? {},
        groupedTypes: typesOf(params.grouped_types),
        limit: wanted === null ? 0 : params.limit,
      });
      const body = await resultBytes(parts, me, page.groups, { expand, onPage: true });
      const link =
        page.first === null || page.last === null
          ? null
          : linkHeader(parts.publicUrl, request, {
              next: `max_id=${page.last}`,
              prev: `min_id=${page.first}`,
            });
      return jsonBytes(body, link === null ? {} : { link });
    },
  });

const unreadRoute = (parts: GroupedParts): Route =>
  route({
    method: "GET",
    path: "/api/v2/notifications/unread_count",
    access: READ,
    params: z.object({ limit: unreadLimit, ...wantedParams, ...groupParams }),
    run: async (call) => {
      const me = callerOf(call);
      const wanted = wantedOf(call.params);
      const limit = call.params.limit ?? PAGE_UNREAD.default;
      if (wanted === null || limit === 0) return json({ count: 0 });
      const types = typesOf(call.params.grouped_types);
      const keys = new Set<string>();
      const sinceId = await lastRead(parts.reads, me);
      await walk(parts, me, { sinceId }, wanted, (doc) => {
        keys.add(keyFor(doc, types));
        return keys.size < limit;
      });
      return json({ count: keys.size });
    },
  });

function groupRoutes(parts: GroupedParts): Route[] {
  return [
    route({
      method: "POST",
      path: "/api/v2/notifications/clear",
      access: WRITE,
      params: z.object({}),
      run: async (call) => await clear(parts, callerOf(call)),
    }),
    route({
      method: "GET",
      path: "/api/v2/notifications/:group_key",
      access: READ,
      params: z.object({ group_key: groupKey }),
      run: async (call) => {
        const me = callerOf(call);
        const key = call.params.group_key;
        const docs = await groupMembers(parts, me, key);
        if (docs.length === 0) return fault("not-found");
        const options = { expand: "full", onPage: false };
        return jsonBytes(await resultBytes(parts, me, [groupOf(key, docs)], options));
      },
    }),
    accountsRoute(parts),
    route({
      method: "POST",
      path: "/api/v2/notifications/:group_key/dismiss",
      access: WRITE,
      params: z.object({ group_key: groupKey }),
      run: async (call) => await dismiss(parts, callerOf(call), call.params.group_key),
    }),
  ];
}

const accountsRoute = (parts: GroupedParts): Route =>
  route({
    method: "GET",
    path: "/api/v2/notifications/:group_key/accounts",
    access: READ,
    params: z.object({
      ...pageParams({ def: PAGE_ACCOUNTS.default, max: PAGE_ACCOUNTS.max, minId: false }),
      group_key: groupKey,
    }),
    run: async (call) => {
      const { params, request } = call;
      const all = await groupMembers(parts, callerOf(call), params.group_key);
      if (all.length === 0) return fault("not-found");
      const above = params.since_id;
      const members = all.filter(
        (doc) =>
          (params.max_id === undefined || BigInt(doc.id) < BigInt(params.max_id)) &&
          (above === undefined || BigInt(doc.id) > BigInt(above)),
      );
      const page = members.slice(0, params.limit);
      const bytes = await accountBytes(
        parts.reads,
        page.map((doc) => doc.fromId),
      );
      return paged({
        publicUrl: parts.publicUrl,
        request,
        params,
        ids: page.map((doc) => doc.id),
        documents: page.flatMap((doc) => bytes.get(doc.fromId) ?? []),
        links: { prevBy: "since_id" },
      });
    },
  });

async function dismiss(parts: GroupedParts, me: string, key: string): Promise<HttpReply | Fault> {
  const ids = (await groupMembers(parts, me, key)).map((doc) => doc.id);
  for (let at = 0; at < ids.length; at += DISMISSED_MAX) {
    const some = ids.slice(at, at + DISMISSED_MAX);
    const command = { type: "dismiss-notifications", ids: some };
    const reply = await parts.actors.ask<unknown>(accountCell(me), command);
    if (isFault(reply)) return reply;
  }
  return json({});
}

/** The entity GroupedNotificationsResults. */
async function resultBytes(
  parts: GroupedParts,
  me: string,
  groups: readonly Group[],
  { expand, onPage }: { expand: string; onPage: boolean },
): Promise<Uint8Array> {
  const { reads } = parts;
  const tops = groups.map(newest);
  const sampled = [...new Set(groups.flatMap((group) => group.sampleAccountIds))];
  const isPartial = expand === "partial_avatars";
  const wholeIds = isPartial
    ? [...new Set(groups.flatMap((group) => group.sampleAccountIds.slice(0, 1)))]
    : sampled;
  const [accounts, statuses, reports] = await Promise.all([
    accountBytes(reads, wholeIds),
    statusBytes(
      reads,
      me,
      tops.flatMap((doc) => doc.statusId ?? []),
    ),
    reportBytes(
      reads,
      tops.flatMap((doc) => doc.reportId ?? []),
    ),
  ]);
  const shown = groups.map((group, at) => {
    const reportId = tops[at]?.reportId ?? null;
    const report = reportId === null ? undefined : reports.get(reportId);
    const tail = report === undefined ? "}" : `,"report":${Buffer.from(report).toString()}}`;
    return Buffer.from(notificationGroupJson(groupView(group, onPage)) + tail);
  });
  const rest = isPartial ? sampled.filter((id) => !accounts.has(id)) : [];
  return jsonObject(isPartial ? { partial_accounts: await partialAccounts(parts, rest) } : {}, {
    accounts: [...accounts.values()],
    statuses: [...statuses.values()],
    notification_groups: shown,
  });
}

async function partialAccounts({ reads, site }: GroupedParts, ids: readonly string[]) {
  const docs = await reads.accountDocs(ids);
  return ids.flatMap((id) => {
    const account = docs.get(id);
    return account === undefined ? [] : [partialAccount({ account, site, emojis: new Map() })];
  });
}
