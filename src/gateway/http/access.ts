// Owns who may call a route: where the token is looked for, and what its scopes open.
// Source: Mastodon API 4.6, errors and scopes.

import { type Fault, fault, isFault } from "../../base/faults.js";
import { scopeCovers } from "../oauth/scopes.js";
import type { Params } from "./form.js";
import { queryParams } from "./params.js";
import type { Access, Auth } from "./route.js";
import type { HttpRequest } from "./server.js";

/** Longer ones are not ours: they are not looked up. */
const TOKEN_CHARACTERS_MAX = 512;

/** The token in the header, or null. A header of another scheme is none. */
export function headerToken(request: HttpRequest): string | null {
  const sent = request.header("authorization");
  if (sent === undefined) return null;
  if (sent.length < 8 || sent.slice(0, 7).toLowerCase() !== "bearer ") return null;
  return bounded(sent.slice(7).trim());
}

/** The token among parameters, or null. */
export function paramsToken(params: Params): string | null {
  const sent = params["access_token"] ?? params["bearer_token"];
  return typeof sent === "string" && sent !== "" ? bounded(sent) : null;
}

/** The token in the header or the query, or null: for upgrades and streams, which have no body. */
export function sentToken(request: HttpRequest): string | null {
  const inHeader = headerToken(request);
  if (inHeader !== null) return inHeader;
  const query = queryParams(request.query);
  return isFault(query) ? null : paramsToken(query);
}

// An overlong token stays a token, and an invalid one: it must not count as none.
const bounded = (token: string): string =>
  token.length > TOKEN_CHARACTERS_MAX ? token.slice(0, TOKEN_CHARACTERS_MAX) : token;

/**
 * Who calls, or why not. `found` is what the token turned out to be; null if none was sent. Faults:
 * no-token, token-expired, token-revoked, outside-scopes, user-required, forbidden, and those that
 * keep a user out.
 */
export function checkAccess(access: Access, found: Auth | Fault | null): Auth | null | Fault {
  if (access.kind === "public") return isFault(found) ? null : found;
  if (found === null) return access.kind === "optional" ? null : fault("no-token");
  if (isFault(found)) return found;
  const scopes = access.scopes ?? [];
  if (scopes.length > 0 && !scopes.some((it) => scopeCovers(found.scopes, it))) {
    return fault("outside-scopes");
  }
  if (access.kind === "user" && found.accountId === null) return fault("user-required");
  if (access.kind === "app-only" && found.accountId !== null) return fault("forbidden");
  return found;
}
