// Owns the routes of the flat list of notifications (Mastodon API: notifications, v1).

import { z } from "zod";
import type { Account } from "../../actors/account/state.js";
import { type Fault, fault, isFault } from "../../base/faults.js";
import { PAGE_NOTIFICATIONS, PAGE_UNREAD } from "../../domain/limits.js";
import { NOTIFICATION_TYPES, type NotificationDoc } from "../../domain/notification.js";
import { accountCell } from "../../ports/actors.js";
import { paged, pageParams } from "../http/paging.js";
import { bool, idParam, int, optionalId, textList } from "../http/params.js";
import { json, jsonBytes, type Route, route } from "../http/route.js";
import type { HttpReply } from "../http/server.js";
import type { Reads } from "../read/reads.js";
import {
  type NotificationParts,
  notificationBytes,
  oneNotification,
  type Wanted,
  walk,
} from "./notification-reads.js";
import { trim } from "./notification-trim.js";
import { callerOf } from "./relationships.js";

export type NotificationRouteParts = NotificationParts & { publicUrl: string };

export const READ = { kind: "user", scopes: ["read:notifications"] } as const;
export const WRITE = { kind: "user", scopes: ["write:notifications"] } as const;

/** More names than there are types are no use to anybody. */
const TYPES_MAX = 100;

/** Which notifications a list is asked for, to be spread into `z.object`. */
export const wantedParams = {
  types: textList({ max: TYPES_MAX }),
  exclude_types: textList({ max: TYPES_MAX }),
  account_id: optionalId(),
  include_filtered: bool(),
};

type WantedParams = {
  types: string[];
  exclude_types: string[];
  account_id?: string | undefined;
  include_filtered?: boolean | undefined;
};

/** Types that are not known here are passed over; a list of nothing else wants nothing. */
export function wantedOf(params: WantedParams): Wanted | null {
  const types = params.types.filter((it) => (NOTIFICATION_TYPES as readonly string[]).includes(it));
  if (params.types.length > 0 && types.length === 0) return null;
  return {
    types,
    excludeTypes: params.exclude_types,
    accountId: params.account_id,
    includeFiltered: params.include_filtered === true,
  };
}

/** The `limit` of a count of unread ones. */
export const unreadLimit = int({ max: PAGE_UNREAD.max });

/** Id of the newest notification that the owner marked as read, or undefined. */
export async function lastRead(reads: Reads, me: string): Promise<string | undefined> {
  const markers = await reads.doc<Account["markers"]>("markers", me);
  return markers?.["notifications"]?.lastReadId;
}

const id = idParam();

/** Rows below `/api/v1/notifications`, but for policy and requests. */
export function notificationRoutes(parts: NotificationRouteParts): Route[] {
  return [listRoute(parts), unreadRoute(parts), oneRoute(parts), ...dropRoutes(parts)];
}

const listRoute = (parts: NotificationRouteParts): Route =>
  route({
    method: "GET",
    path: "/api/v1/notifications",
    access: READ,
    params: z.object({
      ...pageParams({ def: PAGE_NOTIFICATIONS.default, max: PAGE_NOTIFICATIONS.max }),
      ...wantedParams,
    }),
    run: async (call) => {
      const me = callerOf(call);
      const { params, request } = call;
      const { max_id: maxId, since_id: sinceId, min_id: minId, limit } = params;
      const wanted = wantedOf(params);
      const docs: NotificationDoc[] = [];
      if (maxId === undefined && minId === undefined) await trim(parts, me);
      if (wanted !== null && limit > 0) {
        await walk(parts, me, { maxId, sinceId, minId, expected: limit }, wanted, (doc) => {
          docs.push(doc);
          return docs.length < limit;
        });
      }
      if (minId !== undefined) docs.reverse();
      return paged({
        publicUrl: parts.publicUrl,
        request,
        params,
        ids: docs.map((doc) => doc.id),
        documents: await notificationBytes(parts, me, docs),
        links: { always: true },
      });
    },
  });

const unreadRoute = (parts: NotificationRouteParts): Route =>
  route({
    method: "GET",
    path: "/api/v1/notifications/unread_count",
    access: READ,
    params: z.object({ limit: unreadLimit, ...wantedParams }),
    run: async (call) => {
      const me = callerOf(call);
      const wanted = wantedOf(call.params);
      const limit = call.params.limit ?? PAGE_UNREAD.default;
      if (wanted === null || limit === 0) return json({ count: 0 });
      let count = 0;
      const sinceId = await lastRead(parts.reads, me);
      await walk(parts, me, { sinceId }, wanted, () => {
        count++;
        return count < limit;
      });
      return json({ count });
    },
  });

const oneRoute = (parts: NotificationRouteParts): Route =>
  route({
    method: "GET",
    path: "/api/v1/notifications/:id",
    access: READ,
    params: z.object({ id }),
    run: async (call) => {
      const me = callerOf(call);
      const doc = await oneNotification(parts, me, call.params.id);
      const bytes = doc === null ? undefined : (await notificationBytes(parts, me, [doc]))[0];
      return bytes === undefined ? fault("not-found") : jsonBytes(bytes);
    },
  });

function dropRoutes(parts: NotificationRouteParts): Route[] {
  return [
    route({
      method: "POST",
      path: "/api/v1/notifications/clear",
      access: WRITE,
      params: z.object({}),
      run: async (call) => await clear(parts, callerOf(call)),
    }),
    route({
      method: "POST",
      path: "/api/v1/notifications/:id/dismiss",
      access: WRITE,
      params: z.object({ id }),
      run: async (call) =>
        await done(parts, callerOf(call), { type: "dismiss-notification", id: call.params.id }),
    }),
    // Until 3.0 the id came as a parameter; old clients still send it so.
    route({
      method: "POST",
      path: "/api/v1/notifications/dismiss",
      access: WRITE,
      params: z.object({ id }),
      run: async (call) =>
        await done(parts, callerOf(call), { type: "dismiss-notification", id: call.params.id }),
    }),
  ];
}

/** Sends a command to the owner's cell; `{}` when it is done. */
export async function done(
  { actors }: Pick<NotificationParts, "actors">,
  me: string,
  command: { type: string; [name: string]: unknown },
): Promise<HttpReply | Fault> {
  const reply = await actors.ask<unknown>(accountCell(me), command);
  return isFault(reply) ? reply : json({});
}

export const clear = (
  parts: Pick<NotificationParts, "actors">,
  me: string,
): Promise<HttpReply | Fault> => done(parts, me, { type: "clear-notifications" });
