// Owns the one table from faults to HTTP: the status, and what a client is told.

import { type Fault, type FaultTag, safeSentence } from "../../base/faults.js";
import type { HttpReply } from "./server.js";

export const STATUS_OF: Record<FaultTag, number> = {
  "bad-request": 400,
  "no-token": 401,
  "token-expired": 401,
  "token-revoked": 401,
  "user-required": 422,
  "outside-scopes": 403,
  forbidden: 403,
  "unconfirmed-email": 403,
  "pending-approval": 403,
  "login-disabled": 403,
  "not-found": 404,
  gone: 410,
  "not-acceptable": 406,
  conflict: 409,
  invalid: 422,
  duplicate: 422,
  "too-large": 413,
  "too-many-requests": 429,
  "mailbox-full": 503,
  timeout: 503,
  poisoned: 500,
  "fence-lost": 503,
  stopping: 503,
  "store-full": 507,
  "store-busy": 503,
  "store-unavailable": 503,
  internal: 500,
};

/** Faults that are ours and not the client's: the log gets their cause. */
export const isOurs = (it: Fault): boolean => STATUS_OF[it.fault] >= 500;

const TOKEN_ERRORS: Partial<Record<FaultTag, string>> = {
  "no-token": "invalid_token",
  "token-expired": "invalid_token",
  "token-revoked": "invalid_token",
  "outside-scopes": "insufficient_scope",
};

/** `{"error": …}` with the fault's status; `details` of sign-up and profile edits go along. */
export function faultReply(it: Fault): HttpReply {
  const says = safeSentence(it);
  const headers: Record<string, string> = { "content-type": "application/json; charset=utf-8" };
  const error = TOKEN_ERRORS[it.fault];
  if (error !== undefined) {
    // The realm is part of what clients of this API have always been sent.
    const words = says.replace(/["\\]/g, "");
    headers["www-authenticate"] =
      `Bearer realm="Doorkeeper", error="${error}", error_description="${words}"`;
  }
  const body = it.details === undefined ? { error: says } : { error: says, details: it.details };
  return { status: STATUS_OF[it.fault], headers, body: JSON.stringify(body) };
}
