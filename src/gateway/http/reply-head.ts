// Owns the headers that every answer gets, whatever route made it: request id, security, CORS,
// caching, rate limits. A header that the route set stays as the route set it.
// Source: Mastodon API 4.6, caching and CORS.

import type { Standing } from "./limits.js";
import type { Route } from "./route.js";
import type { HttpReply, HttpRequest } from "./server.js";

const EXPOSED =
  "Link, Mastodon-Async-Refresh, X-RateLimit-Reset, X-RateLimit-Limit, X-RateLimit-Remaining, " +
  "X-Request-Id";

const CACHE = {
  none: "private, no-store",
  short: "public, max-age=15, stale-while-revalidate=30, stale-if-error=86400",
  long: "public, max-age=300, stale-while-revalidate=30, stale-if-error=86400",
} as const;

const API_METHODS = "POST, PUT, DELETE, GET, PATCH, OPTIONS";
const PREFLIGHT_AGE_S = "7200";

/** Methods that pages of other origins may call on the path; null: none. */
export function corsMethods(path: string): string | null {
  if (path.startsWith("/api/")) return API_METHODS;
  if (path.startsWith("/oauth/")) {
    const open = path === "/oauth/token" || path === "/oauth/revoke" || path === "/oauth/userinfo";
    return open ? "POST, GET, OPTIONS" : null;
  }
  const isPublic =
    path.startsWith("/.well-known/") ||
    path.startsWith("/nodeinfo/") ||
    path.startsWith("/@") ||
    path.startsWith("/users/");
  return isPublic ? "GET, HEAD, OPTIONS" : null;
}

/** The answer to what a browser asks before it calls another origin; null: not for them. */
export function preflight(request: HttpRequest): HttpReply | null {
  const methods = corsMethods(request.path);
  if (methods === null) return null;
  const asked = request.header("access-control-request-headers");
  const headers: Record<string, string> = {
    "access-control-allow-origin": "*",
    "access-control-allow-methods": methods,
    "access-control-max-age": PREFLIGHT_AGE_S,
    vary: "Origin, Access-Control-Request-Headers",
  };
  if (asked !== undefined) headers["access-control-allow-headers"] = asked;
  return { status: 204, headers };
}

export type HeadParts = {
  request: HttpRequest;
  /** Null for paths that no route serves. */
  route: Route | null;
  requestId: string;
  standing: Standing | null;
  /** A token was sent, wherever. */
  hasToken: boolean;
};

/** The reply with all its headers. */
export function withHead(reply: HttpReply, parts: HeadParts): HttpReply {
  const headers: Record<string, string | readonly string[]> = {};
  headers["x-request-id"] = parts.requestId;
  const { standing } = parts;
  if (standing !== null) {
    headers["x-ratelimit-limit"] = String(standing.limit);
    headers["x-ratelimit-remaining"] = String(standing.remaining);
    headers["x-ratelimit-reset"] = standing.resetsAt;
  }
  const fixed = fixedFor(reply, parts);
  let fixedHead = fixed.text;
  for (const name in reply.headers) {
    // What the route says itself replaces what would be said for it.
    if (fixed.headers[name] !== undefined) fixedHead = "";
    headers[name] = reply.headers[name] as string | readonly string[];
  }
  const { status, body, stream } = reply;
  const whole: HttpReply = { status, headers };
  if (fixedHead !== "") whole.fixedHead = fixedHead;
  else whole.headers = { ...fixed.headers, ...headers };
  if (body !== undefined) whole.body = body;
  if (stream !== undefined) whole.stream = stream;
  return whole;
}

/** Headers that are the same for many answers, also as text. */
type Fixed = { headers: Record<string, string>; text: string };

/** Few kinds of answers exist; the texts of each are made once. */
const fixedKinds = new Map<string, Fixed>();
const FIXED_KINDS_MAX = 1_000;

function fixedFor(reply: HttpReply, parts: HeadParts): Fixed {
  const { path } = parts.request;
  const side = path.startsWith("/api/") ? "api" : corsMethods(path) === null ? "page" : "open";
  const rule = cacheRule(reply, parts);
  const deprecated = parts.route?.deprecated ?? 0;
  const kind = `${side} ${deprecated} ${rule}`;
  let fixed = fixedKinds.get(kind);
  if (fixed === undefined) {
    fixed = makeFixed(side, rule, deprecated);
    if (fixedKinds.size < FIXED_KINDS_MAX) fixedKinds.set(kind, fixed);
  }
  return fixed;
}

function makeFixed(side: "api" | "page" | "open", rule: string, deprecated: number): Fixed {
  const isApi = side === "api";
  const headers: Record<string, string> = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cache-control": rule,
    vary: isApi ? "Authorization, Origin" : "Accept, Cookie, Origin",
  };
  if (isApi) headers["content-security-policy"] = "default-src 'none'; frame-ancestors 'none'";
  if (side !== "page") {
    headers["access-control-allow-origin"] = "*";
    headers["access-control-expose-headers"] = EXPOSED;
  }
  if (deprecated > 0) headers["deprecation"] = `@${deprecated}`;
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  return { headers, text: lines.join("\r\n") };
}

function cacheRule(reply: HttpReply, { request, route, hasToken }: HeadParts): string {
  const rule = route?.cache ?? "none";
  if (rule === "none" || reply.status !== 200 || hasToken) return CACHE.none;
  if (request.header("cookie") !== undefined || request.header("signature") !== undefined) {
    return CACHE.none;
  }
  return CACHE[rule];
}
