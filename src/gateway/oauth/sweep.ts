// Owns throwing away what has run out: codes, links in mails, sessions, tokens with an end. Nothing
// depends on it but room: whoever reads these looks at their time first.

import { dropRecord } from "../../base/changes.js";
import { type Fault, isFault } from "../../base/faults.js";
import type { Clock } from "../../ports/clock.js";
import type { Events } from "../../ports/events.js";
import type { Store } from "../../ports/storage.js";
import { codeClaim } from "./codes.js";
import { mailClaim } from "./mail-tokens.js";
import { forgetOnce } from "./once.js";
import { revokeTokens, type TokenDoc } from "./tokens.js";

const PAGE = 500;
/** A replay of a code must still be known when the code itself has run out. */
const GRACE_MS = 24 * 3_600_000;

const CLAIMS: Record<string, (hash: string) => string> = {
  code: codeClaim,
  "mail-token": mailClaim,
};

/**
 * Drops what has run out. Answers how many things it dropped. Run it now and then; it may be cut
 * off.
 */
export async function sweepSecrets(parts: {
  store: Store;
  clock: Clock;
  events: Events;
}): Promise<number | Fault> {
  let dropped = 0;
  for (const kind of ["code", "mail-token", "session", "token"]) {
    let after = "";
    for (;;) {
      const rows = await parts.store.records.scan(kind, after, PAGE);
      const over = rows.filter((row) => isOver(row.doc, parts.clock.nowMs())).map((row) => row.id);
      const failed = await drop(parts, kind, over);
      if (failed !== null) return failed;
      dropped += over.length;
      const last = rows.at(-1);
      if (rows.length < PAGE || last === undefined) break;
      after = last.id;
    }
  }
  return dropped;
}

function isOver(doc: string, nowMs: number): boolean {
  const { expiresAtMs } = JSON.parse(doc) as Pick<TokenDoc, "expiresAtMs">;
  return expiresAtMs !== null && expiresAtMs + GRACE_MS < nowMs;
}

async function drop(
  parts: { store: Store; events: Events },
  kind: string,
  hashes: readonly string[],
): Promise<null | Fault> {
  if (hashes.length === 0) return null;
  if (kind === "token") return revokeTokens(parts, hashes, { keepRefresh: true });
  const failed = await parts.store.write(hashes.map((hash) => dropRecord(kind, hash)));
  if (failed !== null) return failed;
  const claimOf = CLAIMS[kind];
  for (const hash of claimOf === undefined ? [] : hashes) {
    const left = claimOf === undefined ? null : await forgetOnce(parts.store, claimOf(hash));
    if (isFault(left)) return left;
  }
  return null;
}
