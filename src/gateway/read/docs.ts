// Owns the parsed documents of the read side: each record is parsed once and shared until a commit
// changes it, and what the commit brings takes its place without being read back. Whoever gets a
// document must not change it.

import { LRUCache } from "lru-cache";
import type { Change, Records } from "../../ports/storage.js";

const ABSENT = Symbol("absent");
const BATCH_MAX = 1000;
/** Kinds whose new documents are asked for at once, by whoever made them and by streams. */
const SOON_READ = new Set(["status"]);

/** A document as a commit brought it; parsed when somebody asks. */
class Unparsed {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

export class Docs {
  #cache: LRUCache<string, object | typeof ABSENT>;
  /** Keys being read now, with whether a commit changed them meanwhile. */
  #reading = new Map<string, { changed: boolean; readers: number }>();
  readonly #records: Records;

  constructor(options: { records: Records; docsMax: number }) {
    this.#records = options.records;
    this.#cache = new LRUCache({ max: options.docsMax });
  }

  /** Takes over what the commit changed; give it to `store.onCommit`. */
  seen(changes: readonly Change[]): void {
    for (const change of changes) {
      if (change.do !== "put-record" && change.do !== "drop-record") continue;
      const key = keyOf(change.kind, change.id);
      if (change.do === "drop-record") this.#cache.delete(key);
      else if (SOON_READ.has(change.kind) || this.#cache.has(key)) {
        this.#cache.set(key, new Unparsed(change.doc));
      }
      const reading = this.#reading.get(key);
      if (reading !== undefined) reading.changed = true;
    }
  }

  /** Drops everything: what was committed is not known for sure (a writer died). */
  forget(): void {
    this.#cache.clear();
    for (const reading of this.#reading.values()) reading.changed = true;
  }

  /** The document if it is in memory: undefined if that is not known, null if there is none. */
  peek<T>(kind: string, id: string): T | null | undefined {
    const key = keyOf(kind, id);
    const found = this.#cache.get(key);
    if (found === undefined) return undefined;
    if (!(found instanceof Unparsed)) return found === ABSENT ? null : (found as T);
    const doc = JSON.parse(found.text) as object;
    this.#cache.set(key, doc);
    return doc as T;
  }

  async one<T>(kind: string, id: string): Promise<T | null> {
    const known = this.peek<T>(kind, id);
    if (known !== undefined) return known;
    return (await this.many<T>(kind, [id])).get(id) ?? null;
  }

  /** The documents there are, by id. One batched read for those not in memory. */
  async many<T>(kind: string, ids: readonly string[]): Promise<Map<string, T>> {
    const found = new Map<string, T>();
    let missing: string[] | null = null;
    for (const id of ids) {
      const known = this.peek<T>(kind, id);
      if (known === undefined) {
        missing ??= [];
        missing.push(id);
      } else if (known !== null) found.set(id, known);
    }
    if (missing === null) return found;
    const wanted = [...new Set(missing)];
    for (let at = 0; at < wanted.length; at += BATCH_MAX) {
      await this.#read(kind, wanted.slice(at, at + BATCH_MAX), found);
    }
    return found;
  }

  async #read<T>(kind: string, ids: readonly string[], found: Map<string, T>): Promise<void> {
    for (const id of ids) this.#enter(keyOf(kind, id));
    try {
      const texts = await this.#records.getMany(kind, ids);
      for (const id of ids) {
        const text = texts.get(id);
        const doc = text === undefined ? ABSENT : (JSON.parse(text) as object);
        if (this.#reading.get(keyOf(kind, id))?.changed !== true) {
          this.#cache.set(keyOf(kind, id), doc);
        }
        if (doc !== ABSENT) found.set(id, doc as T);
      }
    } finally {
      for (const id of ids) this.#leave(keyOf(kind, id));
    }
  }

  #enter(key: string): void {
    const reading = this.#reading.get(key);
    if (reading === undefined) this.#reading.set(key, { changed: false, readers: 1 });
    else reading.readers++;
  }

  #leave(key: string): void {
    const reading = this.#reading.get(key);
    if (reading === undefined) return;
    if (--reading.readers === 0) this.#reading.delete(key);
  }
}

const keyOf = (kind: string, id: string): string => `${kind}/${id}`;
