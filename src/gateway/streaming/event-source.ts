// Owns streams by server-sent events: one stream a connection, a comment now and then to keep it
// open. Source: Mastodon API 4.6, streaming.

import { isFault } from "../../base/faults.js";
import { sentToken } from "../http/access.js";
import { faultReply } from "../http/fault-to-status.js";
import { type Auth, type Call, json, type Route } from "../http/route.js";
import type { Authenticate } from "../http/router.js";
import type { HttpReply, ReplyStream } from "../http/server.js";
import type { Hub, Listener, Subscription } from "./hub.js";
import type { Listeners } from "./listeners.js";
import type { Push } from "./push.js";
import {
  BROKEN_INSIDE,
  FOREIGN_LIST,
  isProblem,
  mayStream,
  readStream,
  SMALL_SCOPE,
  type Stream,
  type StreamProblem,
} from "./stream-names.js";
import type { OnWheel, Wheel } from "./wheel.js";

const GREETING = ":)\n\n";
const THUMP = ":thump\n\n";
const BASE = "/api/v1/streaming";

export type EventSourceContext = {
  hub: Hub;
  listeners: Listeners;
  thumps: Wheel<EventSourceListener>;
  ownsList: (accountId: string, listId: string) => Promise<boolean>;
  authenticate: Authenticate;
  failed: (error: unknown) => void;
};

export class EventSourceListener implements Listener, OnWheel {
  readonly auth: Auth;
  wheelPlace = 0;
  readonly #context: EventSourceContext;
  readonly #out: ReplyStream;
  readonly #subscription: Subscription;
  #open = true;

  constructor(context: EventSourceContext, auth: Auth, stream: Stream, out: ReplyStream) {
    this.#context = context;
    this.#out = out;
    this.auth = auth;
    this.#subscription = { listener: this, stream };
    context.listeners.add(this);
    context.thumps.add(this);
    context.hub.add(this.#subscription);
    out.onClose(() => this.#leave());
    this.#write(GREETING);
  }

  get accountId(): string {
    return this.auth.accountId ?? "";
  }

  /** Once a turn. */
  visit(): void {
    this.#write(THUMP);
  }

  deliver(push: Push): void {
    this.#write(push.sse());
  }

  revoke(): void {
    this.goAway();
  }

  goAway(): void {
    if (!this.#open) return;
    this.#leave();
    this.#out.end();
  }

  #write(chunk: string | Uint8Array): void {
    if (this.#open && !this.#out.write(chunk)) this.goAway();
  }

  #leave(): void {
    this.#open = false;
    this.#context.hub.remove(this.#subscription);
    this.#context.listeners.remove(this);
    this.#context.thumps.remove(this);
  }
}

type SentParams = { tag?: unknown; list?: unknown; only_media?: unknown };

const PATHS: readonly { path: string; name: string; hasMedia: boolean }[] = [
  { path: "/user", name: "user", hasMedia: false },
  { path: "/user/notification", name: "user:notification", hasMedia: false },
  { path: "/public", name: "public", hasMedia: true },
  { path: "/public/local", name: "public:local", hasMedia: true },
  { path: "/public/remote", name: "public:remote", hasMedia: true },
  { path: "/hashtag", name: "hashtag", hasMedia: false },
  { path: "/hashtag/local", name: "hashtag:local", hasMedia: false },
  { path: "/list", name: "list", hasMedia: false },
  { path: "/direct", name: "direct", hasMedia: false },
];

/** The routes of server-sent events, of the health check, and of paths that carry no stream. */
export function eventSourceRoutes(context: EventSourceContext): Route[] {
  const streams = PATHS.map(
    ({ path, name, hasMedia }): Route => ({
      method: "GET",
      path: `${BASE}${path}`,
      access: { kind: "user", scopes: [] },
      run: (call: Call<never>) => start(context, call, hasMedia ? [name, "media"] : [name]),
    }),
  );
  const unknown = (path: string): Route => ({
    method: "GET",
    path,
    access: { kind: "public" },
    run: () => json({ error: "Unknown channel requested" }, 400),
  });
  const health: Route = {
    method: "GET",
    path: `${BASE}/health`,
    access: { kind: "public" },
    run: () => ({
      status: 200,
      headers: { "content-type": "text/plain; charset=utf-8", "cache-control": "no-store" },
      body: "OK",
    }),
  };
  return [...streams, health, unknown(BASE), unknown(`${BASE}/*rest`)];
}

const FALSE: ReadonlySet<string> = new Set(["0", "f", "F", "false", "FALSE", "off", "OFF", ""]);

async function start(
  context: EventSourceContext,
  call: Call<never>,
  [name = "", media]: readonly string[],
): Promise<HttpReply> {
  const { auth } = call;
  if (auth === null || auth.accountId === null) return refuse(SMALL_SCOPE);
  // The router looked at the token a moment ago; from this mark on, its end would be noticed.
  const mark = context.listeners.mark();
  const again = await context.authenticate(sentToken(call.request) ?? "");
  if (isFault(again)) return faultReply(again);
  const sent: SentParams = call.params;
  const onlyMedia = media !== undefined && !FALSE.has(String(sent.only_media ?? ""));
  const asked = {
    stream: onlyMedia ? `${name}:${media}` : name,
    tag: typeof sent.tag === "string" ? sent.tag : undefined,
    list: typeof sent.list === "string" ? sent.list : undefined,
  };
  const stream = readStream(asked, auth.accountId);
  if (isProblem(stream)) return refuse(stream);
  if (!mayStream(auth.scopes, stream.kind)) return refuse(SMALL_SCOPE);
  if (stream.listId !== null) {
    try {
      if (!(await context.ownsList(auth.accountId, stream.listId))) return refuse(FOREIGN_LIST);
    } catch (error) {
      context.failed(error);
      return refuse(BROKEN_INSIDE);
    }
  }
  const full = context.listeners.refusal(auth.accountId);
  if (isFault(full)) return faultReply(full);
  return {
    status: 200,
    headers: {
      "content-type": "text/event-stream",
      "cache-control": "private, no-store",
      "x-accel-buffering": "no",
    },
    stream: (out) => {
      if (context.listeners.isRevokedSince(mark, auth)) out.end();
      else new EventSourceListener(context, auth, stream, out);
    },
  };
}

const refuse = (problem: StreamProblem): HttpReply =>
  json({ error: problem.error }, problem.status);
