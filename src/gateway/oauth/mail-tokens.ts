// Owns the links in our mails: record "mail-token" by the hash of the link's secret. Each is for
// one purpose, one account and one address, for a time, and once (SEC-89).

import { putRecord } from "../../base/changes.js";
import { type Fault, isFault } from "../../base/faults.js";
import type { Clock, Random } from "../../ports/clock.js";
import type { Store } from "../../ports/storage.js";
import { claimOnce } from "./once.js";
import { hashSecret, newSecret } from "./secrets.js";

export type MailPurpose = "confirm" | "reset";

/** Record "mail-token". */
export type MailTokenDoc = {
  purpose: MailPurpose;
  accountId: string;
  email: string;
  createdAtMs: number;
  expiresAtMs: number;
};

const TTL_MS: Record<MailPurpose, number> = { confirm: 2 * 24 * 3_600_000, reset: 2 * 3_600_000 };

export type MailTokenParts = { store: Store; clock: Clock; random: Random };

/** Makes a link's secret. */
export async function makeMailToken(
  parts: MailTokenParts,
  it: { purpose: MailPurpose; accountId: string; email: string },
): Promise<string | Fault> {
  const token = newSecret(parts.random);
  const createdAtMs = parts.clock.nowMs();
  const doc: MailTokenDoc = { ...it, createdAtMs, expiresAtMs: createdAtMs + TTL_MS[it.purpose] };
  const failed = await parts.store.write([putRecord("mail-token", hashSecret(token), doc)]);
  return failed ?? token;
}

/** What the link is for; null if there is none, it is for something else, or its time is over. */
export async function findMailToken(
  parts: Pick<MailTokenParts, "store" | "clock">,
  token: string,
  purpose: MailPurpose,
): Promise<MailTokenDoc | null> {
  const text = await parts.store.records.get("mail-token", hashSecret(token));
  if (text === null) return null;
  const doc = JSON.parse(text) as MailTokenDoc;
  return doc.purpose === purpose && doc.expiresAtMs > parts.clock.nowMs() ? doc : null;
}

/** The name of the link's claim (once.ts). */
export const mailClaim = (hash: string): string => `mail/${hash}`;

/** As `findMailToken`, and for the first caller only. */
export async function takeMailToken(
  parts: Pick<MailTokenParts, "store" | "clock">,
  token: string,
  purpose: MailPurpose,
): Promise<MailTokenDoc | null | Fault> {
  const doc = await findMailToken(parts, token, purpose);
  if (doc === null) return null;
  const mine = await claimOnce(parts.store, mailClaim(hashSecret(token)));
  if (isFault(mine)) return mine;
  return mine ? doc : null;
}
