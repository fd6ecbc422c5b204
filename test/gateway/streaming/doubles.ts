// Doubles for tests of streaming: events that are published by hand, reads over a few statuses with
// plain rules, a clock that is moved, and a server with everything joined.

import type { Test } from "tap";
import { WebSocket } from "ws";
import { type Fault, fault } from "../../../src/base/faults.js";
import type { RelationDoc } from "../../../src/domain/account.js";
import type { StatusDoc } from "../../../src/domain/status.js";
import { createLimits } from "../../../src/gateway/http/limits.js";
import type { Auth, Viewer } from "../../../src/gateway/http/route.js";
import { createRouter } from "../../../src/gateway/http/router.js";
import type { HttpServer, ServerOptions } from "../../../src/gateway/http/server.js";
import type { Reads } from "../../../src/gateway/read/reads.js";
import { createStreaming, type StreamingParts } from "../../../src/gateway/streaming/streaming.js";
import type { Log } from "../../../src/observe/log.js";
import type { Random, Scheduler } from "../../../src/ports/clock.js";
import type { DomainEvent, Events } from "../../../src/ports/events.js";
import { realScheduler } from "../../contract/http-server-wire.js";

export const ALICE = "101";
export const BOB = "102";
export const CAROL = "103";
export const LIST = "501";

export class Clockwork implements Scheduler {
  #nowMs = 0;
  #due: { atMs: number; run: () => void }[] = [];

  after(delayMs: number, run: () => void): () => void {
    const entry = { atMs: this.#nowMs + delayMs, run };
    this.#due.push(entry);
    return () => {
      this.#due = this.#due.filter((it) => it !== entry);
    };
  }

  move(ms: number): void {
    const untilMs = this.#nowMs + ms;
    for (;;) {
      const next = this.#due.sort((a, b) => a.atMs - b.atMs)[0];
      if (next === undefined || next.atMs > untilMs) break;
      this.#due.shift();
      this.#nowMs = next.atMs;
      next.run();
    }
    this.#nowMs = untilMs;
  }
}

export class HandEvents implements Events {
  #seen = new Set<(event: DomainEvent) => void>();

  publish(event: DomainEvent): void {
    for (const seen of this.#seen) seen(event);
  }

  subscribe(seen: (event: DomainEvent) => void): () => void {
    this.#seen.add(seen);
    return () => this.#seen.delete(seen);
  }
}

export type Post = {
  id: string;
  by: string;
  visibility: "public" | "unlisted" | "private" | "direct";
  language?: string | null;
  mentions?: string[];
};

/** A world of posts, follows, blocks and mutes; who may see what follows from them. */
export class World {
  posts = new Map<string, Post>();
  follows = new Set<string>();
  blocks = new Set<string>();
  mutes = new Set<string>();
  limited = new Set<string>();
  languages = new Map<string, string[]>();
  renders: string[] = [];
  /** When set, renders wait for it. */
  gate: Promise<void> | null = null;

  post(post: Post): Post {
    this.posts.set(post.id, post);
    return post;
  }

  canSee(post: Post, viewer: Viewer | null): boolean {
    const id = viewer?.accountId ?? null;
    if (id === post.by) return true;
    if (id !== null && this.blocks.has(`${post.by}:${id}`)) return false;
    if (post.visibility === "public" || post.visibility === "unlisted") return true;
    if (id !== null && post.mentions?.includes(id)) return true;
    return post.visibility === "private" && this.follows.has(`${id}:${post.by}`);
  }

  isWanted(post: Post, viewer: Viewer | null): boolean {
    if (viewer === null) return true;
    const pair = `${viewer.accountId}:${post.by}`;
    return !this.mutes.has(pair) && !this.blocks.has(pair);
  }

  isPlain(accountId: string): boolean {
    const starts = (it: string) => it.startsWith(`${accountId}:`);
    const hasWishes = [...this.blocks, ...this.mutes].some(starts);
    return !hasWishes && !this.languages.has(accountId);
  }
}

const bytes = (value: unknown) => Buffer.from(JSON.stringify(value));

function docOf(post: Post): StatusDoc {
  const { id, by, visibility, language = null } = post;
  return { id, accountId: by, visibility, language, quoteOfId: null } as StatusDoc;
}

export function readsOf(world: World): Reads {
  const relation = (owner: string, other: string): RelationDoc => {
    const doc: RelationDoc = {};
    if (world.blocks.has(`${owner}:${other}`)) doc.blocking = "1";
    if (world.follows.has(`${owner}:${other}`)) {
      doc.following = { id: "1", reblogs: true, notify: false, languages: null };
    }
    return doc;
  };
  const reads: Partial<Reads> = {
    async statuses(viewer, ids, options) {
      if (world.gate !== null) await world.gate;
      const shown = ids
        .flatMap((id) => world.posts.get(id) ?? [])
        .filter((post) => {
          if (!world.canSee(post, viewer)) return false;
          return options?.dropUnwanted !== true || world.isWanted(post, viewer);
        });
      const as = viewer?.accountId ?? "anybody";
      world.renders.push(as);
      return shown.map((post) => ({
        id: post.id,
        boostOf: null,
        json: bytes({ id: post.id, as, context: options?.context, text: 'a "quoted" é\n' }),
      }));
    },
    async visibleStatus(viewer, id): Promise<StatusDoc | Fault> {
      const post = world.posts.get(id);
      return post !== undefined && world.canSee(post, viewer) ? docOf(post) : fault("not-found");
    },
    async accountDoc(id) {
      return { id, limited: world.limited.has(id), suspended: false } as never;
    },
    async userDoc(accountId) {
      return { settings: { chosenLanguages: world.languages.get(accountId) ?? [] } } as never;
    },
    async relations(owner, others) {
      return new Map(others.map((it) => [it, relation(owner, it)]));
    },
    async relationsFrom(others, owner) {
      return new Map(others.map((it) => [it, relation(it, owner)]));
    },
    async doc<T>(kind: string, id: string) {
      const lists = kind === "lists" && id === ALICE ? [{ id: LIST }] : null;
      return lists as T | null;
    },
  };
  return reads as Reads;
}

export const statusEvent = (
  type: "status-created" | "status-edited" | "status-deleted",
  post: Post,
  more: Partial<Extract<DomainEvent, { authorId: string }>> = {},
): DomainEvent => ({
  type,
  statusId: post.id,
  authorId: post.by,
  visibility: post.visibility,
  local: true,
  isBoost: false,
  isReplyToOther: false,
  hasMedia: false,
  tags: [],
  mentionIds: post.mentions ?? [],
  ...more,
});

const auth = (accountId: string | null, scopes: string[], name: string): Auth => ({
  tokenHash: `hash-${name}`,
  appId: "1",
  appName: "app",
  appWebsite: null,
  scopes,
  accountId,
});

export const TOKENS: Record<string, Auth> = {
  alice: auth(ALICE, ["read"], "alice"),
  "alice-too": auth(ALICE, ["read"], "alice-too"),
  "alice-statuses": auth(ALICE, ["read:statuses"], "alice-statuses"),
  "alice-notifications": auth(ALICE, ["read:notifications"], "alice-notifications"),
  bob: auth(BOB, ["read"], "bob"),
  carol: auth(CAROL, ["read"], "carol"),
  app: auth(null, ["read"], "app"),
};

export const counting: Random = {
  next: () => 0.5,
  bytes: (count) => new Uint8Array(count).fill(7),
};

export type Lines = { level: string; says: string; fields: unknown }[];

export function logInto(lines: Lines): Log {
  const say = (level: string) => (says: string, fields?: unknown) => {
    lines.push({ level, says, fields });
  };
  const log: Log = {
    debug: say("debug"),
    info: say("info"),
    warn: say("warn"),
    error: say("error"),
    with: () => log,
  };
  return log;
}

/** Resolves when `isSo` holds; the test's own time-out ends it if it never does. */
export async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 2));
}

export type Stage = Awaited<ReturnType<typeof createStage>>;

/** A listening server with streaming in front of the world. */
export async function createStage(
  t: Test,
  listen: (options: ServerOptions) => Promise<HttpServer>,
  more: Partial<StreamingParts> & { socketBacklogMaxBytes?: number } = {},
) {
  const world = new World();
  const events = new HandEvents();
  const clock = new Clockwork();
  const lines: Lines = [];
  const authenticate = (token: string) => TOKENS[token] ?? fault("no-token");
  const streaming = createStreaming({
    events,
    authenticate,
    reads: readsOf(world),
    notificationJson: async (accountId, id) => bytes({ notification: id, accountId }),
    conversationJson: async (accountId, id) => bytes({ conversation: id, accountId }),
    announcementJson: async (id) => bytes({ announcement: id }),
    listsHolding: async (accountId, status) =>
      accountId === ALICE && world.follows.has(`${ALICE}:${status.accountId}`) ? [LIST] : [],
    isPlainViewer: async (accountId) => world.isPlain(accountId),
    scheduler: clock,
    random: counting,
    log: logInto(lines),
    ...more,
  });
  const router = createRouter({
    routes: streaming.routes,
    authenticate,
    limits: createLimits({ clock: { nowMs: () => 0 }, off: true }),
    random: counting,
    log: logInto(lines),
  });
  const server = await listen({
    host: "127.0.0.1",
    port: 0,
    trustedProxies: [],
    handle: (request) => router.handle(request),
    upgrade: (request) => streaming.upgrade(request),
    socketBacklogMaxBytes: more.socketBacklogMaxBytes ?? 65_536,
    scheduler: realScheduler,
  });
  const clients: Client[] = [];
  t.teardown(async () => {
    streaming.close();
    for (const client of clients) client.ws.terminate();
    await server.close(20);
  });
  return {
    world,
    events,
    clock,
    lines,
    streaming,
    server,
    publish: (event: DomainEvent) => events.publish(event),
    http: (path: string, headers: Record<string, string> = {}) =>
      fetch(`http://127.0.0.1:${server.port}${path}`, { headers }),
    /** A client that is connected and, if it named a stream, subscribed. */
    async client(query: string, options: ClientOptions = {}): Promise<Client> {
      const before = streaming.numbers().streams;
      const client = connectTo(server, query, options);
      clients.push(client);
      await client.opened;
      await until(() => streaming.numbers().streams > before);
      return client;
    },
    connect: (query: string, options: ClientOptions = {}) => {
      const client = connectTo(server, query, options);
      clients.push(client);
      return client;
    },
  };
}

export type ClientOptions = {
  headers?: Record<string, string>;
  protocol?: string;
  autoPong?: boolean;
};

export type Frame = {
  stream?: string[];
  event?: string;
  payload?: string;
  error?: string;
  status?: number;
};

export type Client = ReturnType<typeof connectTo>;

function connectTo(server: HttpServer, query: string, options: ClientOptions) {
  const url = `ws://127.0.0.1:${server.port}/api/v1/streaming${query}`;
  const settings = { headers: options.headers ?? {}, autoPong: options.autoPong ?? true };
  const ws =
    options.protocol === undefined
      ? new WebSocket(url, settings)
      : new WebSocket(url, options.protocol, settings);
  const texts: string[] = [];
  const state: { closed: { code: number; reason: string } | null } = { closed: null };
  let answer: { status: number; headers: Record<string, unknown> } | null = null;
  ws.on("message", (data) => texts.push(data.toString()));
  ws.on("error", () => undefined);
  ws.on("close", (code, reason) => {
    state.closed = { code, reason: reason.toString() };
  });
  const opened = new Promise<void>((resolve) => {
    ws.once("upgrade", (reply) => {
      answer = { status: 101, headers: reply.headers };
    });
    ws.once("open", () => resolve());
    ws.once("unexpected-response", (_request, reply) => {
      answer = { status: reply.statusCode ?? 0, headers: reply.headers };
      reply.resume();
      resolve();
    });
  });
  return {
    ws,
    texts,
    opened,
    answer: () => answer,
    closed: () => state.closed,
    frames: () => texts.map((it) => JSON.parse(it) as Frame),
    send: (value: unknown) => ws.send(typeof value === "string" ? value : JSON.stringify(value)),
    /** Waits for this many frames. */
    async got(count: number): Promise<Frame[]> {
      await until(() => texts.length >= count);
      return texts.map((it) => JSON.parse(it) as Frame);
    },
    /** Resolves when the server has handled everything sent before. */
    async roundTrip(): Promise<void> {
      const isAnswer = (it: string) => it.includes("Unknown stream type");
      ws.send(JSON.stringify({ type: "subscribe", stream: "no such stream" }));
      await until(() => texts.some(isAnswer));
      texts.splice(texts.findIndex(isAnswer), 1);
    },
  };
}
