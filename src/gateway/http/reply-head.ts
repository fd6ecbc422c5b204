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
  const { request, route } = parts;
  const isApi = request.path.startsWith("/api/");
  const headers: Record<string, string | readonly string[]> = {
    "x-request-id": parts.requestId,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cache-control": cacheRule(reply, parts),
    vary: isApi ? "Authorization, Origin" : "Accept, Cookie, Origin",
  };
  if (isApi) headers["content-security-policy"] = "default-src 'none'; frame-ancestors 'none'";
  if (corsMethods(request.path) !== null) {
    headers["access-control-allow-origin"] = "*";
    headers["access-control-expose-headers"] = EXPOSED;
  }
  if (parts.standing !== null) {
    headers["x-ratelimit-limit"] = String(parts.standing.limit);
    headers["x-ratelimit-remaining"] = String(parts.standing.remaining);
    headers["x-ratelimit-reset"] = parts.standing.resetsAt;
  }
  if (route?.deprecated !== undefined) headers["deprecation"] = `@${route.deprecated}`;
  for (const name in reply.headers) {
    headers[name] = reply.headers[name] as string | readonly string[];
  }
  return { ...reply, headers };
}

function cacheRule(reply: HttpReply, { request, route, hasToken }: HeadParts): string {
  const rule = route?.cache ?? "none";
  if (rule === "none" || reply.status !== 200 || hasToken) return CACHE.none;
  if (request.header("cookie") !== undefined || request.header("signature") !== undefined) {
    return CACHE.none;
  }
  return CACHE[rule];
}
