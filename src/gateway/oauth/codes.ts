// Owns authorisation codes: record "code" by the hash of the code, good for ten minutes and once.
// A second use ends every token that the first one made (RFC 9700 §4.5, SEC-76). Expired codes are
// swept by sweep.ts.

import { putRecord } from "../../base/changes.js";
import type { Fault } from "../../base/faults.js";
import type { Clock } from "../../ports/clock.js";
import type { Store } from "../../ports/storage.js";
import { hashSecret } from "./secrets.js";

/** Record "code". */
export type CodeDoc = {
  accountId: string;
  /** Client id of the app. */
  appId: string;
  redirectUri: string;
  scopes: string[];
  /** PKCE, S256; null where the client did not ask for it. */
  challenge: string | null;
  createdAtMs: number;
  expiresAtMs: number;
};

export const CODE_TTL_MS = 10 * 60_000;

export type CodeRequest = Pick<
  CodeDoc,
  "accountId" | "appId" | "redirectUri" | "scopes" | "challenge"
>;

/** Keeps a code that was made for the request. */
export function saveCode(
  parts: { store: Store; clock: Clock },
  code: string,
  request: CodeRequest,
): Promise<null | Fault> {
  const createdAtMs = parts.clock.nowMs();
  const doc: CodeDoc = { ...request, createdAtMs, expiresAtMs: createdAtMs + CODE_TTL_MS };
  return parts.store.write([putRecord("code", hashSecret(code), doc)]);
}

/** The code's record, or null if there is none, or its time is over. */
export async function findCode(
  parts: { store: Store; clock: Clock },
  hash: string,
): Promise<CodeDoc | null> {
  const text = await parts.store.records.get("code", hash);
  if (text === null) return null;
  const doc = JSON.parse(text) as CodeDoc;
  return doc.expiresAtMs > parts.clock.nowMs() ? doc : null;
}

/** The name of the code's claim (once.ts). */
export const codeClaim = (hash: string): string => `code/${hash}`;
export const refreshClaim = (hash: string): string => `refresh/${hash}`;
