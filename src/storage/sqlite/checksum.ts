// Owns the checksum that tells a readable snapshot from a damaged one.

import { createHash } from "node:crypto";
import type { Snapshot } from "../../ports/storage.js";

/** Covers the place and the version too, so that no snapshot can stand in for another. */
export function checksumOf(cell: string, snapshot: Snapshot): string {
  const head = `${cell}\n${snapshot.seq}\n${snapshot.version}\n`;
  return createHash("sha256").update(head).update(snapshot.state).digest("hex").slice(0, 32);
}
