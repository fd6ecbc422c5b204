// Owns the routes of held senders: people whose notifications the policy held back, to be let
// through or put away. What is let through is merged at once: the rows were never moved.

import { z } from "zod";
import { NOTIFICATION_COMMAND_IDS_MAX } from "../../actors/account/notifications.js";
import { type Fault, fault, isFault } from "../../base/faults.js";
import { rankOf } from "../../base/ids.js";
import { notificationRequestsOf, notificationsOf } from "../../domain/collections.js";
import { PAGE_ACCOUNTS } from "../../domain/limits.js";
import {
  type HeldRequest,
  heldRequestOf,
  NOTIFICATIONS_MAX,
  NOTIFICATIONS_SLACK,
  notificationOfRow,
} from "../../domain/notification-rows.js";
import { accountCell } from "../../ports/actors.js";
import type { Member } from "../../ports/storage.js";
import { notificationRequestFields } from "../entities/notification-request.js";
import { paged, pageIdsOf, pageParams, readPage } from "../http/paging.js";
import { idList, idParam } from "../http/params.js";
import { json, jsonBytes, type Route, route } from "../http/route.js";
import type { HttpReply } from "../http/server.js";
import { jsonObject } from "../read/json.js";
import { accountBytes, statusBytes } from "./notification-reads.js";
import { type NotificationRouteParts, READ, WRITE } from "./notifications.js";
import { callerOf } from "./relationships.js";

const PATH = "/api/v1/notifications/requests";
const BATCH = 500;
/** Ids in one `dismiss-notifications`. */
const DISMISSED_MAX = 200;
const id = idParam();
const ids = z.object({ id: idList(NOTIFICATION_COMMAND_IDS_MAX) });

type Held = { accountId: string; request: HeldRequest };
type Act = (parts: NotificationRouteParts, me: string, held: Held[]) => Promise<HttpReply | Fault>;

/** Rows below `/api/v1/notifications/requests`. */
export function notificationRequestRoutes(parts: NotificationRouteParts): Route[] {
  return [
    listRoute(parts),
    route({
      method: "GET",
      path: `${PATH}/merged`,
      access: READ,
      params: z.object({}),
      run: () => json({ merged: true }),
    }),
    route({
      method: "GET",
      path: `${PATH}/:id`,
      access: READ,
      params: z.object({ id }),
      run: async (call) => {
        const me = callerOf(call);
        const held = await find(parts, me, [call.params.id]);
        const [bytes] = await requestBytes(parts, me, held);
        return bytes === undefined ? fault("not-found") : jsonBytes(bytes);
      },
    }),
    ...actRoutes(parts, "accept", accept),
    ...actRoutes(parts, "dismiss", putAway),
  ];
}

const listRoute = (parts: NotificationRouteParts): Route =>
  route({
    method: "GET",
    path: PATH,
    access: READ,
    params: z.object(pageParams({ def: PAGE_ACCOUNTS.default, max: PAGE_ACCOUNTS.max })),
    run: async (call) => {
      const me = callerOf(call);
      const { params, request } = call;
      const rows = await readPage(parts.collections, notificationRequestsOf(me), params);
      return paged({
        publicUrl: parts.publicUrl,
        request,
        params,
        ids: pageIdsOf(rows),
        documents: await requestBytes(parts, me, rows.flatMap(heldOf)),
      });
    },
  });

/** One sender by its request's id, and many at once. */
function actRoutes(parts: NotificationRouteParts, name: string, act: Act): Route[] {
  return [
    route({
      method: "POST",
      path: `${PATH}/${name}`,
      access: WRITE,
      params: ids,
      run: async (call) => {
        const me = callerOf(call);
        return await act(parts, me, await find(parts, me, call.params.id));
      },
    }),
    route({
      method: "POST",
      path: `${PATH}/:id/${name}`,
      access: WRITE,
      params: z.object({ id }),
      run: async (call) => {
        const me = callerOf(call);
        const held = await find(parts, me, [call.params.id]);
        return held.length === 0 ? fault("not-found") : await act(parts, me, held);
      },
    }),
  ];
}

function heldOf(row: Member): Held[] {
  const request = heldRequestOf(row.value);
  return request === null ? [] : [{ accountId: row.member, request }];
}

/** The owner's requests with these ids; others are passed over. The rank of a request is its id. */
async function find(
  { collections }: NotificationRouteParts,
  me: string,
  wanted: readonly string[],
): Promise<Held[]> {
  const rows = await Promise.all(
    wanted.map(async (it) => {
      const below = rankOf((BigInt(it) + 1n).toString());
      const page = await collections.page(notificationRequestsOf(me), { limit: 1, below });
      return page.filter((row) => row.rank === rankOf(it));
    }),
  );
  return rows.flat().flatMap(heldOf);
}

async function requestBytes(
  { reads }: NotificationRouteParts,
  me: string,
  held: readonly Held[],
): Promise<Uint8Array[]> {
  const senders = held.map((it) => it.accountId);
  const docs = await reads.accountDocs(senders);
  const [accounts, statuses] = await Promise.all([
    accountBytes(reads, senders),
    statusBytes(
      reads,
      me,
      held.flatMap((it) => it.request.lastStatusId ?? []),
    ),
  ]);
  return held.flatMap(({ accountId, request }) => {
    const account = accounts.get(accountId);
    if (account === undefined || docs.get(accountId)?.suspended !== false) return [];
    const fields = notificationRequestFields({ ...request, notifications: request.count });
    const last_status = statuses.get(request.lastStatusId ?? "") ?? null;
    return [jsonObject(fields, { account, last_status })];
  });
}

const accept: Act = async ({ actors }, me, held) => {
  if (held.length === 0) return json({});
  const accountIds = held.map((it) => it.accountId);
  const command = { type: "accept-notification-requests", accountIds };
  const reply = await actors.ask<unknown>(accountCell(me), command);
  return isFault(reply) ? reply : json({});
};

/** Drops what was held of the senders, then the requests: stopped half-way, it can be done again. */
const putAway: Act = async (parts, me, held) => {
  if (held.length === 0) return json({});
  const accountIds = held.map((it) => it.accountId);
  const rows = await heldRows(parts, me, new Set(accountIds));
  for (let at = 0; at < rows.length; at += DISMISSED_MAX) {
    const some = rows.slice(at, at + DISMISSED_MAX);
    const command = { type: "dismiss-notifications", ids: some };
    const reply = await parts.actors.ask<unknown>(accountCell(me), command);
    if (isFault(reply)) return reply;
  }
  const command = { type: "dismiss-notification-requests", accountIds };
  const reply = await parts.actors.ask<unknown>(accountCell(me), command);
  return isFault(reply) ? reply : json({});
};

async function heldRows(
  { collections }: NotificationRouteParts,
  me: string,
  senders: ReadonlySet<string>,
): Promise<string[]> {
  const found: string[] = [];
  let below: string | undefined;
  for (let looked = 0; looked < NOTIFICATIONS_MAX + NOTIFICATIONS_SLACK; looked += BATCH) {
    const page = { limit: BATCH, ...(below !== undefined && { below }) };
    const rows = await collections.page(notificationsOf(me), page);
    for (const row of rows) {
      const doc = notificationOfRow(row.member, row.value);
      if (doc?.filtered === true && senders.has(doc.fromId)) found.push(doc.id);
    }
    below = rows.at(-1)?.rank;
    if (rows.length < BATCH) break;
  }
  return found;
}
