// Owns the one table of expected failures. A fault is plain data, for it crosses nodes; it is
// returned, never thrown. It exists only if a caller can act on it: `move` says how.

/** What the caller can do: try the same again later, look elsewhere, or give up and tell the user. */
export type Move = "retry" | "redirect" | "reject";

export const FAULTS = {
  "bad-request": { move: "reject", says: "The request could not be understood" },
  "no-token": { move: "reject", says: "The access token is invalid" },
  "token-expired": { move: "reject", says: "The access token expired" },
  "token-revoked": { move: "reject", says: "The access token was revoked" },
  "user-required": { move: "reject", says: "This method requires an authenticated user" },
  "outside-scopes": { move: "reject", says: "This action is outside the authorized scopes" },
  forbidden: { move: "reject", says: "This action is not allowed" },
  "unconfirmed-email": {
    move: "reject",
    says: "Your login is missing a confirmed e-mail address",
  },
  "pending-approval": { move: "reject", says: "Your login is currently pending approval" },
  "login-disabled": { move: "reject", says: "Your login is currently disabled" },
  "not-found": { move: "reject", says: "Record not found" },
  gone: { move: "reject", says: "Gone" },
  "not-acceptable": { move: "reject", says: "Not Acceptable" },
  conflict: { move: "retry", says: "Conflict during update, please try again" },
  invalid: { move: "reject", says: "Validation failed" },
  duplicate: { move: "reject", says: "Duplicate record" },
  "too-large": { move: "reject", says: "The request body is too large" },
  "too-many-requests": { move: "retry", says: "Too many requests" },
  "mailbox-full": {
    move: "retry",
    says: "There was a temporary problem serving your request, please try again",
  },
  timeout: {
    move: "retry",
    says: "There was a temporary problem serving your request, please try again",
  },
  poisoned: { move: "reject", says: "This request failed repeatedly and was set aside" },
  "fence-lost": {
    move: "redirect",
    says: "There was a temporary problem serving your request, please try again",
  },
  stopping: {
    move: "retry",
    says: "The server is restarting, please try again",
  },
  "store-full": {
    move: "retry",
    says: "The server has run out of storage, please try again later",
  },
  "store-busy": {
    move: "retry",
    says: "There was a temporary problem serving your request, please try again",
  },
  "store-unavailable": {
    move: "retry",
    says: "There was a temporary problem serving your request, please try again",
  },
  internal: { move: "reject", says: "An unexpected error occurred" },
} as const satisfies Record<string, { move: Move; says: string }>;

export type FaultTag = keyof typeof FAULTS;

/** Field errors of sign-up and profile edits: `{ username: [{ error: "ERR_TAKEN", description }] }`. */
export type FaultDetails = Record<string, { error: string; description: string }[]>;

export type Fault = {
  readonly fault: FaultTag;
  /** A safe sentence for the client; the table's own when absent. */
  readonly says?: string;
  readonly details?: FaultDetails;
  /** For the log only, never for a client. */
  readonly cause?: string;
};

/** Builds a fault. `says` replaces the table's sentence; `more` adds field details or a log-only cause. */
export function fault(
  tag: FaultTag,
  says?: string,
  more?: { details?: FaultDetails; cause?: string },
): Fault {
  return says === undefined ? { fault: tag, ...more } : { fault: tag, says, ...more };
}

/** True if `value` is a fault and not a result. */
export function isFault(value: unknown): value is Fault {
  return typeof value === "object" && value !== null && "fault" in value && isTag(value.fault);
}

function isTag(tag: unknown): tag is FaultTag {
  return typeof tag === "string" && Object.hasOwn(FAULTS, tag);
}

/** The sentence that may be shown to a client. */
export function safeSentence(it: Fault): string {
  return it.says ?? FAULTS[it.fault].says;
}
