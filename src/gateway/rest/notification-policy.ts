// Owns the routes of the notification policy: the six choices (v2), and the older form that knows
// only yes and no (v1).

import { z } from "zod";
import { type Fault, isFault } from "../../base/faults.js";
import { notificationRequestsOf } from "../../domain/collections.js";
import {
  DEFAULT_POLICY,
  type NotificationPolicyDoc,
  type PolicyChoice,
} from "../../domain/notification.js";
import { heldRequestOf } from "../../domain/notification-rows.js";
import { accountCell } from "../../ports/actors.js";
import { notificationPolicy, v1NotificationPolicy } from "../entities/notification-policy.js";
import { bool, enumOf } from "../http/params.js";
import { json, type Route, route } from "../http/route.js";
import type { NotificationParts } from "./notification-reads.js";
import { READ, WRITE } from "./notifications.js";
import { callerOf } from "./relationships.js";

const CHOICES: readonly PolicyChoice[] = ["accept", "filter", "drop"];
/** Counts beyond this tell a person nothing. */
const PENDING_COUNTED_MAX = 100;

const choice = enumOf(CHOICES);
const choices = z.object({
  for_not_following: choice,
  for_not_followers: choice,
  for_new_accounts: choice,
  for_private_mentions: choice,
  for_limited_accounts: choice,
  for_bots: choice,
});

const flag = bool();
const flags = z.object({
  filter_not_following: flag,
  filter_not_followers: flag,
  filter_new_accounts: flag,
  filter_private_mentions: flag,
  filter_bots: flag,
});

/** Rows at `/api/v1/notifications/policy` and `/api/v2/notifications/policy`. */
export function notificationPolicyRoutes(parts: NotificationParts): Route[] {
  const v1 = "/api/v1/notifications/policy";
  const v2 = "/api/v2/notifications/policy";
  const show = { [v1]: v1NotificationPolicy, [v2]: notificationPolicy };
  const answer = async (me: string, version: typeof v1 | typeof v2) =>
    json(show[version](await viewOf(parts, me)));
  const read = (path: typeof v1 | typeof v2): Route =>
    route({
      method: "GET",
      path,
      access: READ,
      params: z.object({}),
      run: async (call) => await answer(callerOf(call), path),
    });
  return [
    read(v1),
    read(v2),
    route({
      method: "PATCH",
      path: v2,
      access: WRITE,
      params: choices,
      run: async (call) => {
        const me = callerOf(call);
        const { params } = call;
        const failed = await change(parts, me, {
          forNotFollowing: params.for_not_following,
          forNotFollowers: params.for_not_followers,
          forNewAccounts: params.for_new_accounts,
          forPrivateMentions: params.for_private_mentions,
          forLimitedAccounts: params.for_limited_accounts,
          forBots: params.for_bots,
        });
        return failed ?? (await answer(me, v2));
      },
    }),
    route({
      method: "PATCH",
      path: v1,
      access: WRITE,
      params: flags,
      run: async (call) => {
        const me = callerOf(call);
        const { params } = call;
        const failed = await change(parts, me, {
          forNotFollowing: choiceOf(params.filter_not_following),
          forNotFollowers: choiceOf(params.filter_not_followers),
          forNewAccounts: choiceOf(params.filter_new_accounts),
          forPrivateMentions: choiceOf(params.filter_private_mentions),
          forBots: choiceOf(params.filter_bots),
        });
        return failed ?? (await answer(me, v1));
      },
    }),
  ];
}

const choiceOf = (filtered: boolean | undefined): PolicyChoice | undefined =>
  filtered === undefined ? undefined : filtered ? "filter" : "accept";

type Sent = { [Key in keyof NotificationPolicyDoc]?: PolicyChoice | undefined };

async function change(
  { actors }: NotificationParts,
  me: string,
  sent: Sent,
): Promise<Fault | null> {
  const named = Object.entries(sent).filter(([, value]) => value !== undefined);
  if (named.length === 0) return null;
  const command = { type: "set-notification-policy", patch: Object.fromEntries(named) };
  const reply = await actors.ask<unknown>(accountCell(me), command);
  return isFault(reply) ? reply : null;
}

async function viewOf({ reads, collections }: NotificationParts, me: string) {
  const [policy, held] = await Promise.all([
    reads.doc<NotificationPolicyDoc>("notification-policy", me),
    collections.page(notificationRequestsOf(me), { limit: PENDING_COUNTED_MAX }),
  ]);
  const counts = held.map((row) => heldRequestOf(row.value)?.count ?? 0);
  const sum = counts.reduce((total, count) => total + count, 0);
  return {
    policy: policy ?? DEFAULT_POLICY,
    pendingRequests: held.length,
    pendingNotifications: Math.min(sum, PENDING_COUNTED_MAX),
  };
}
