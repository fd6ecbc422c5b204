// Owns the push subscription of a token: one at most, replaced by the next. Answers what is kept and
// nothing more. Needs: whoever revokes a token drops record "push" and the member with it.

import { z } from "zod";
import { dropMember, dropRecord, putMember, putRecord } from "../../base/changes.js";
import { type Fault, fault, isFault } from "../../base/faults.js";
import { type Ids, rankOf } from "../../base/ids.js";
import { pushesOf } from "../../domain/collections.js";
import { NOTIFICATION_TYPES } from "../../domain/notification.js";
import { PUSH_POLICIES, type PushDoc } from "../../domain/push.js";
import type { Clock } from "../../ports/clock.js";
import type { Store } from "../../ports/storage.js";
import { bool, enumOf } from "../http/params.js";
import { type Auth, json, type Route, route } from "../http/route.js";
import type { HttpReply } from "../http/server.js";

export type PushParts = {
  store: Pick<Store, "records" | "write">;
  ids: Ids;
  clock: Clock;
  /** Public key of web push; "" where there is none. */
  vapidKey: string;
};

const PATH = "/api/v1/push/subscription";
const ACCESS = { kind: "user", scopes: ["push"] } as const;
const ENDPOINT_UNITS_MAX = 2048;
const P256_BYTES = 65;
const AUTH_BYTES = 16;

const alert = bool();
const data = z
  .object({
    alerts: z
      .object(Object.fromEntries(NOTIFICATION_TYPES.map((type) => [type, alert])))
      .optional(),
    policy: enumOf(PUSH_POLICIES),
  })
  .optional();

const bytesOf = (text: string) => Buffer.from(text, "base64url");
const key = (bytes: number, says: string) =>
  z
    .string()
    .max(512)
    .refine((text) => bytesOf(text).length === bytes, { message: says });

const subscription = z.object({
  endpoint: z
    .string()
    .max(ENDPOINT_UNITS_MAX)
    .refine(isEndpoint, { message: "must be a https URL" }),
  keys: z.object({
    p256dh: key(P256_BYTES, "must be a P-256 public key"),
    auth: key(AUTH_BYTES, "must be 16 bytes"),
  }),
  standard: bool(),
});

/** Push services are reached over TLS only, by name, without credentials in the address. */
function isEndpoint(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const url = new URL(text);
  return url.protocol === "https:" && url.username === "" && url.password === "";
}

/** `GET`, `POST`, `PUT` and `DELETE /api/v1/push/subscription`. */
export function pushRoutes(parts: PushParts): Route[] {
  return [readRoute(parts), ...writeRoutes(parts), removeRoute(parts)];
}

async function find({ store }: PushParts, auth: Auth | null): Promise<PushDoc | null> {
  const found = auth === null ? null : await store.records.get("push", auth.tokenHash);
  return found === null ? null : (JSON.parse(found) as PushDoc);
}

async function keep(parts: PushParts, doc: PushDoc): Promise<HttpReply | Fault> {
  const failed = await parts.store.write([
    putRecord("push", doc.tokenHash, doc),
    putMember(pushesOf(doc.accountId), doc.tokenHash, rankOf(doc.id)),
  ]);
  return failed ?? json(entity(doc, parts.vapidKey));
}

const readRoute = (parts: PushParts): Route =>
  route({
    method: "GET",
    path: PATH,
    access: ACCESS,
    params: z.object({}),
    run: async ({ auth }) => {
      const doc = await find(parts, auth);
      return doc === null ? fault("not-found") : json(entity(doc, parts.vapidKey));
    },
  });

function writeRoutes(parts: PushParts): Route[] {
  return [
    route({
      method: "POST",
      path: PATH,
      access: ACCESS,
      params: z.object({ subscription, data }),
      run: async ({ auth, params }) => {
        if (auth === null || auth.accountId === null) return fault("user-required");
        const sent = params.subscription;
        return await keep(parts, {
          id: parts.ids.next(),
          tokenHash: auth.tokenHash,
          accountId: auth.accountId,
          endpoint: sent.endpoint,
          p256dh: sent.keys.p256dh,
          auth: sent.keys.auth,
          standard: sent.standard ?? false,
          ...chosen(params.data),
          createdAtMs: parts.clock.nowMs(),
        });
      },
    }),
    route({
      method: "PUT",
      path: PATH,
      access: ACCESS,
      params: z.object({ data, policy: enumOf(PUSH_POLICIES) }),
      run: async ({ auth, params }) => {
        const doc = await find(parts, auth);
        if (doc === null) return fault("not-found");
        const policy = params.data?.policy ?? params.policy;
        return await keep(parts, { ...doc, ...chosen({ ...params.data, policy }) });
      },
    }),
  ];
}

const removeRoute = (parts: PushParts): Route =>
  route({
    method: "DELETE",
    path: PATH,
    access: ACCESS,
    params: z.object({}),
    run: async ({ auth }) => {
      const doc = await find(parts, auth);
      if (doc === null) return json({});
      const failed = await parts.store.write([
        dropRecord("push", doc.tokenHash),
        dropMember(pushesOf(doc.accountId), doc.tokenHash),
      ]);
      return isFault(failed) ? failed : json({});
    },
  });

function chosen(sent: z.output<typeof data>): Pick<PushDoc, "alerts" | "policy"> {
  const named = Object.entries(sent?.alerts ?? {}).filter(([, wanted]) => wanted !== undefined);
  return { alerts: Object.fromEntries(named), policy: sent?.policy ?? "all" };
}

/** The entity WebPushSubscription. */
const entity = (doc: PushDoc, vapidKey: string) => ({
  id: doc.id,
  endpoint: doc.endpoint,
  standard: doc.standard,
  alerts: doc.alerts,
  policy: doc.policy,
  server_key: vapidKey,
});
