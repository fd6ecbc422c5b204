// Owns the bytes of statuses as viewers get them, and of whole pages. The newest page of a viewer is
// kept as one piece: people look at the same page again and again, and joining 50 KB costs more than
// deciding about it. A kept page is given only if each status on it is the very same object, which
// it is only while nothing that the viewer would notice has changed (viewer-states.ts).

import { LRUCache } from "lru-cache";
import type { Presented, ShownIn } from "./reads.js";
import type { Shown } from "./viewer-states.js";

/** Bytes of all kept pages. */
const PAGES_BYTES_MAX = 64 * 1024 * 1024;
const REBLOG = Buffer.from(',"reblog":');
const OPEN = Buffer.from("[");
const COMMA = Buffer.from(",");
const CLOSE = Buffer.from("]");

export class ShownStatus implements Presented {
  readonly id: string;
  readonly shown: Shown;

  constructor(id: string, shown: Shown) {
    this.id = id;
    this.shown = shown;
  }

  get boostOf(): string | null {
    return this.shown.status.doc.reblogOfId;
  }

  get json(): Uint8Array {
    const pieces: Uint8Array[] = [];
    piecesOf(this.shown, pieces);
    return Buffer.concat(pieces);
  }
}

function piecesOf({ status, boosted, tail, innerTail }: Shown, pieces: Uint8Array[]): void {
  if (boosted === null || innerTail === null) pieces.push(status.base, tail);
  else pieces.push(status.base, REBLOG, boosted.base, innerTail, tail);
}

type Page = { shown: readonly Shown[]; bytes: Buffer };

export class Pages {
  #kept = new LRUCache<string, Page>({
    maxSize: PAGES_BYTES_MAX,
    sizeCalculation: (page) => page.bytes.length + 1,
  });

  /** The bytes of a JSON array of the page. */
  joined(viewerId: string | null, context: ShownIn, page: readonly Presented[]): Uint8Array {
    const shown: Shown[] = [];
    for (const it of page) if (it instanceof ShownStatus) shown.push(it.shown);
    const key = `${context}/${viewerId}`;
    const kept = this.#kept.get(key);
    if (kept !== undefined && isSame(kept.shown, shown)) return kept.bytes;
    const pieces: Uint8Array[] = [];
    for (const it of shown) {
      pieces.push(pieces.length === 0 ? OPEN : COMMA);
      piecesOf(it, pieces);
    }
    if (pieces.length === 0) pieces.push(OPEN);
    pieces.push(CLOSE);
    const bytes = Buffer.concat(pieces);
    this.#kept.set(key, { shown, bytes });
    return bytes;
  }
}

function isSame(a: readonly Shown[], b: readonly Shown[]): boolean {
  if (a.length !== b.length) return false;
  for (let at = 0; at < a.length; at++) if (a[at] !== b[at]) return false;
  return true;
}
