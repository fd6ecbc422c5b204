// Owns what a route is: one row of a table. A handler is a function from a call to a reply or a
// fault; the router does the rest: token, scope, parameters, limits, errors, headers.

import type { z } from "zod";
import type { Fault } from "../../base/faults.js";
import type { HttpReply, HttpRequest } from "./server.js";

/** What a token may do and for whom. Made by gateway/oauth from the token's hash, cached. */
export type Auth = {
  /** SHA-256 of the token, hex: names it without holding it. */
  tokenHash: string;
  appId: string;
  appName: string;
  appWebsite: string | null;
  /** As granted: `read`, `write:statuses`, … */
  scopes: readonly string[];
  /** Null for an application token. */
  accountId: string | null;
};

/** Who looks: a signed-in account. Null stands for everybody. */
export type Viewer = { accountId: string };

/**
 * Who may call. `public`: no token looked at unless one is sent (then `auth` is filled if valid).
 * `optional`: no token needed, but one that is sent must be valid and hold the scope.
 * `user`: a user token with one of the scopes (none named: any user token). `app`: any token.
 * `app-only`: a client-credentials token with the scope. Scope `follow` is counted by the scope tree.
 */
export type Access =
  | { kind: "public" }
  | { kind: "optional"; scopes: readonly string[] }
  | { kind: "user"; scopes: readonly string[] }
  | { kind: "app"; scopes?: readonly string[] }
  | { kind: "app-only"; scopes: readonly string[] };

export type Call<Params> = {
  /** Path, query and body parameters in one, validated (see http/params.ts). */
  params: Params;
  auth: Auth | null;
  viewer: Viewer | null;
  request: HttpRequest;
};

export type CacheRule = "none" | "short" | "long";

export type Route = {
  method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Such as `/api/v1/statuses/:id/context`. A PUT row also serves PATCH, and the reverse. */
  path: string;
  access: Access;
  /** Also for users who still have to confirm their address or be approved. */
  unreadyToo?: true;
  /** Names of extra limits (limits.ts), such as "posting", beside those of every call. */
  limits?: readonly string[];
  /** For calls without a token: public 15 s ("short"), public 5 min ("long"); default none. */
  cache?: CacheRule;
  /** Unix seconds since when clients are told not to use it. */
  deprecated?: number;
  /** Body bound in bytes, where it is not the usual one. */
  bodyMaxBytes?: number;
  run: (call: Call<never>) => Promise<HttpReply | Fault> | HttpReply | Fault;
  /** Absent: the body is left to the handler (`request.body`), and only path and query are given. */
  params?: z.ZodType;
};

/** Builds a row with its parameters inferred from the schema. */
export function route<Schema extends z.ZodType>(
  row: Omit<Route, "run" | "params"> & {
    params: Schema;
    run: (call: Call<z.output<Schema>>) => Promise<HttpReply | Fault> | HttpReply | Fault;
  },
): Route {
  return row as unknown as Route;
}

/** 200 with a JSON document. */
export const json = (value: unknown, status = 200): HttpReply => ({
  status,
  headers: { "content-type": "application/json; charset=utf-8" },
  body: JSON.stringify(value),
});

/** 200 with JSON that is bytes already. */
export const jsonBytes = (
  body: Uint8Array | readonly Uint8Array[],
  headers?: Record<string, string>,
): HttpReply => ({
  status: 200,
  headers: { "content-type": "application/json; charset=utf-8", ...headers },
  body,
});
