// Owns streaming: upgrades, server-sent events, and the road from domain events to both. Promises
// that a dead token's streams are closed before the event that says so has been handled, that what
// happens to one status is sent in order, and that nobody gets what `Reads` would not show. Events
// may be lost (then clients fetch over REST); nothing is replayed. Stops before the HTTP server, so
// that clients hear a reason.

import { assert } from "../../base/assert.js";
import { isFault } from "../../base/faults.js";
import type { ListDoc } from "../../domain/list.js";
import type { Log } from "../../observe/log.js";
import type { Random, Scheduler } from "../../ports/clock.js";
import type { DomainEvent, Events } from "../../ports/events.js";
import { sentToken } from "../http/access.js";
import { STATUS_OF } from "../http/fault-to-status.js";
import { queryParams } from "../http/params.js";
import type { Route } from "../http/route.js";
import type { Authenticate } from "../http/router.js";
import type { HttpReply, HttpRequest, UpgradeAnswer } from "../http/server.js";
import {
  type EventSourceContext,
  type EventSourceListener,
  eventSourceRoutes,
} from "./event-source.js";
import { FanOut, type FanOutParts } from "./fan-out.js";
import { Hub } from "./hub.js";
import { Lanes } from "./lanes.js";
import { Listeners } from "./listeners.js";
import { Push } from "./push.js";
import { type SocketContext, SocketListener, SUBSCRIPTIONS_MAX } from "./socket-listener.js";
import { Wheel } from "./wheel.js";

export type StreamingLimits = {
  /** Streams of this node, sockets and server-sent events together. */
  streamsMax: number;
  streamsPerAccountMax: number;
  subscriptionsMax: number;
  /** Events that wait for reads; beyond it they are dropped. */
  pendingMax: number;
  pingMs: number;
  thumpMs: number;
};

export const STREAMING_LIMITS: StreamingLimits = {
  streamsMax: 200_000,
  streamsPerAccountMax: 256,
  subscriptionsMax: SUBSCRIPTIONS_MAX,
  pendingMax: 10_000,
  pingMs: 30_000,
  thumpMs: 15_000,
};

export type StreamingParts = FanOutParts & {
  events: Events;
  authenticate: Authenticate;
  scheduler: Scheduler;
  random: Random;
  log: Log;
  limits?: Partial<StreamingLimits>;
};

export interface Streaming {
  /** Answers an upgrade, on any path. */
  upgrade(request: HttpRequest): Promise<UpgradeAnswer>;
  /** Server-sent events, health check. */
  readonly routes: readonly Route[];
  /** Whether the account has a stream open on this node. */
  isLive(accountId: string): boolean;
  /** Open streams, channels with listeners, and events that wait. */
  numbers(): { streams: number; channels: number; pending: number };
  /** Resolves when the events seen so far have been sent. */
  settled(): Promise<void>;
  /** Stops listening to events and closes every stream. */
  close(): void;
}

export function createStreaming(parts: StreamingParts): Streaming {
  const limits = { ...STREAMING_LIMITS, ...parts.limits };
  assert(limits.subscriptionsMax > 0, "a socket must be allowed at least one stream");
  const hub = new Hub();
  const listeners = new Listeners({
    all: limits.streamsMax,
    perAccount: limits.streamsPerAccountMax,
  });
  const fanOut = new FanOut(hub, parts);
  const failed = (error: unknown) => parts.log.error("a stream event failed", { error });
  const lanes = new Lanes(limits.pendingMax, failed);
  const shared = {
    hub,
    listeners,
    failed,
    ownsList: async (accountId: string, listId: string) => {
      const lists = await parts.reads.doc<ListDoc[]>("lists", accountId);
      return lists?.some((it) => it.id === listId) ?? false;
    },
  };
  const sockets: SocketContext = {
    ...shared,
    subscriptionsMax: limits.subscriptionsMax,
    pings: new Wheel(parts.scheduler, limits.pingMs, (it: SocketListener) => it.visit()),
  };
  const sources: EventSourceContext = {
    ...shared,
    authenticate: parts.authenticate,
    thumps: new Wheel(parts.scheduler, limits.thumpMs, (it: EventSourceListener) => it.visit()),
  };
  const unsubscribe = parts.events.subscribe(
    handlerOf({ hub, listeners, fanOut, lanes, log: parts.log }),
  );
  const newRequestId = createRequestIds(parts.random);
  return {
    upgrade: (request) => upgrade(request, { parts, sockets, requestId: newRequestId() }),
    routes: eventSourceRoutes(sources),
    isLive: (accountId) => listeners.has(accountId),
    numbers: () => ({ streams: listeners.size, channels: hub.size, pending: lanes.pending }),
    settled: () => lanes.idle(),
    close() {
      unsubscribe();
      for (const listener of listeners) listener.goAway();
      sockets.pings.close();
      sources.thumps.close();
    },
  };
}

type HandlerParts = { hub: Hub; listeners: Listeners; fanOut: FanOut; lanes: Lanes; log: Log };

/** Dead tokens are acted on at once; the rest waits for its reads, in order by what it is about. */
function handlerOf({ hub, listeners, fanOut, lanes, log }: HandlerParts) {
  let isFull = false;
  const later = (key: string, work: () => Promise<void>) => {
    const wasFull = isFull;
    isFull = !lanes.run(key, work);
    if (isFull && !wasFull) log.warn("stream events are dropped: too many are waiting");
  };
  return (event: DomainEvent): void => {
    switch (event.type) {
      case "token-revoked":
        listeners.revoke({ tokenHash: event.tokenHash });
        return;
      case "account-locked-out":
        listeners.revoke({ accountId: event.accountId });
        return;
      case "account-changed":
        fanOut.viewerChanged(event.accountId);
        return;
      case "filters-changed":
        fanOut.filtersChanged(event.accountId);
        return;
      default:
        if (hub.size > 0) render(event, fanOut, later);
    }
  };
}

type Rendered = Exclude<
  DomainEvent,
  { type: "token-revoked" | "account-locked-out" | "account-changed" | "filters-changed" }
>;

function render(
  event: Rendered,
  fanOut: FanOut,
  later: (key: string, work: () => Promise<void>) => void,
): void {
  switch (event.type) {
    case "status-created":
      later(event.statusId, () => fanOut.statusCreated(event));
      break;
    case "status-edited":
      later(event.statusId, () => fanOut.statusEdited(event));
      break;
    case "status-deleted":
      later(event.statusId, () => fanOut.statusDeleted(event));
      break;
    case "home-added":
      later(event.statusId, () => fanOut.homeAdded(event.statusId, event.accountIds));
      break;
    case "notification-created":
      later(event.accountId, () =>
        fanOut.notificationCreated(event.accountId, event.notificationId),
      );
      break;
    case "notifications-merged":
      later(event.accountId, async () => fanOut.notificationsMerged(event.accountId));
      break;
    case "conversation-changed":
      later(event.conversationId, () =>
        fanOut.conversationChanged(event.accountId, event.conversationId),
      );
      break;
    case "announcement":
      later(event.announcementId, () => fanOut.announced(event.announcementId));
      break;
    case "announcement-deleted":
      later(event.announcementId, async () =>
        fanOut.toEveryUser(new Push("announcement.delete", event.announcementId)),
      );
      break;
    case "announcement-reaction":
      later(event.announcementId, async () => {
        const { name, count, announcementId } = event;
        const payload = JSON.stringify({ name, count, announcement_id: announcementId });
        fanOut.toEveryUser(new Push("announcement.reaction", payload));
      });
      break;
  }
}

function createRequestIds(random: Random): () => string {
  const start = Buffer.from(random.bytes(9)).toString("hex");
  let count = 0;
  return () => `${start}-s${(++count).toString(36)}`;
}

type UpgradeParts = { parts: StreamingParts; sockets: SocketContext; requestId: string };

async function upgrade(
  request: HttpRequest,
  { parts, sockets, requestId }: UpgradeParts,
): Promise<UpgradeAnswer> {
  const refuse = (status: number, says: string): { refuse: HttpReply } => ({
    refuse: { status, headers: { "x-error-message": says, "x-request-id": requestId } },
  });
  // Before the token is looked at: one that dies meanwhile must not be let in.
  const mark = sockets.listeners.mark();
  const offered = request.header("sec-websocket-protocol")?.split(",", 1)[0]?.trim();
  const token = sentToken(request) ?? offered;
  if (token === undefined || token === "") return refuse(401, "Missing access token");
  const auth = await parts.authenticate(token);
  if (isFault(auth)) {
    const status = STATUS_OF[auth.fault];
    return status >= 500 ? refuse(status, "Try again later") : refuse(401, "Invalid access token");
  }
  if (auth.accountId === null) return refuse(401, "Invalid access token");
  const full = sockets.listeners.refusal(auth.accountId);
  if (full !== null) return refuse(STATUS_OF[full.fault], full.says ?? "Too many streams");
  const query = queryParams(request.query);
  const asked = isFault(query) ? null : askedOf(query);
  const answer = { accept: new SocketListener(sockets, auth, { asked, mark }) };
  const headers = { "x-request-id": requestId };
  return offered ? { ...answer, headers, protocol: offered } : { ...answer, headers };
}

/** The stream that the address asks for, if it does. */
function askedOf(query: Record<string, unknown>) {
  const { stream, tag, list } = query;
  if (typeof stream !== "string" || stream === "") return null;
  return {
    stream,
    tag: typeof tag === "string" ? tag : undefined,
    list: typeof list === "string" ? list : undefined,
  };
}
