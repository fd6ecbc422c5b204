// A request as tests make it by hand, and a router around a few routes.

import { type Fault, fault } from "../../../src/base/faults.js";
import { createLimits, type LimitsOptions } from "../../../src/gateway/http/limits.js";
import type { Auth, Route } from "../../../src/gateway/http/route.js";
import { createRouter, type RouterOptions } from "../../../src/gateway/http/router.js";
import type { HttpReply, HttpRequest } from "../../../src/gateway/http/server.js";
import type { Log } from "../../../src/observe/log.js";

export type Sent = {
  method?: string;
  headers?: Record<string, string>;
  body?: string | Uint8Array;
  address?: string;
};

export function requestFor(url: string, sent: Sent = {}): HttpRequest {
  const [path = "", query = ""] = url.split("?");
  const body = Buffer.from(sent.body ?? "");
  const headers: Record<string, string> = { ...sent.headers };
  if (body.length > 0) headers["content-length"] = String(body.length);
  return {
    method: sent.method ?? "GET",
    path,
    query,
    header: (name) => headers[name],
    remoteAddress: sent.address ?? "192.0.2.1",
    body: async (limit): Promise<Uint8Array | Fault> =>
      body.length > limit ? fault("too-large") : body,
    gone: new AbortController().signal,
  };
}

const auth = (name: string, accountId: string | null, scopes: string[]): Auth => ({
  tokenHash: `hash-${name}`,
  appId: "1",
  appName: "app",
  appWebsite: null,
  scopes,
  accountId,
});

export const KNOWN: Record<string, Auth | Fault> = {
  reader: auth("reader", "11", ["read"]),
  writer: auth("writer", "12", ["write:statuses"]),
  follower: auth("follower", "13", ["follow"]),
  app: auth("app", null, ["read", "write"]),
  old: fault("token-expired"),
  dead: fault("token-revoked"),
  unready: fault("unconfirmed-email"),
};

export type Lines = { level: string; says: string; fields: unknown }[];

export type RouterSetup = Partial<RouterOptions> & { limitsOptions?: Partial<LimitsOptions> };

/** A router whose clock stands where `clock.nowMs` is set, and whose log is `lines`. */
export function routerOf(routes: Route[], setup: RouterSetup = {}) {
  const lines: Lines = [];
  const clock = { at: 1_000_000_000_000, nowMs: () => clock.at };
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
  const router = createRouter({
    routes,
    authenticate: (token) => KNOWN[token] ?? fault("no-token"),
    limits: createLimits({ clock, ...setup.limitsOptions }),
    random: { next: () => 0.5, bytes: (count) => new Uint8Array(count).fill(7) },
    log,
    ...setup,
  });
  const ask = async (url: string, sent: Sent = {}) => {
    const reply = await router.handle(requestFor(url, sent));
    return { ...reply, headers: headersOf(reply), says: bodyOf(reply) };
  };
  const as = (token: string, url: string, sent: Sent = {}) =>
    ask(url, { ...sent, headers: { ...sent.headers, authorization: `Bearer ${token}` } });
  return { ask, as, lines, clock };
}

/** All headers, also those that are written as they are. */
function headersOf(reply: HttpReply): Record<string, string | readonly string[]> {
  const lines = reply.fixedHead === undefined ? [] : reply.fixedHead.split("\r\n");
  const fixed = lines.map((line) => {
    const colon = line.indexOf(": ");
    return [line.slice(0, colon), line.slice(colon + 2)] as const;
  });
  return { ...Object.fromEntries(fixed), ...reply.headers };
}

/** The body as JSON where it is JSON, else as text. */
export function bodyOf(reply: HttpReply): unknown {
  const { body } = reply;
  if (body === undefined) return null;
  const parts = typeof body === "string" || body instanceof Uint8Array ? [body] : body;
  const text = Buffer.concat(parts.map((it) => Buffer.from(it))).toString();
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
