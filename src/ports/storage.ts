// Owns what the inside asks of a store: journal, records, collections, registers, blobs, and the
// full-text index over records. Storage knows these shapes and no features. Two adapters, one
// contract suite (test/contract/storage.ts). All text is UTF-8; documents are JSON text, made and
// read by the caller. Reads see every write that was acknowledged before they began.

import type { Fault } from "../base/faults.js";

/** A change to the read side. Idempotent: applying it twice is applying it once. */
export type Change =
  | { do: "put-record"; kind: string; id: string; doc: string }
  | { do: "drop-record"; kind: string; id: string }
  /** Adds or replaces a member. `rank` orders the collection (≤ 64 characters, compared as text). */
  | { do: "put-member"; collection: string; member: string; rank: string; value?: string }
  | { do: "drop-member"; collection: string; member: string }
  /** Drops every member of the collection. */
  | { do: "drop-collection"; collection: string }
  /** Adds or replaces a document of the full-text index. `at` orders hits, newest first. */
  | { do: "put-text"; index: TextIndex; id: string; text: string; facets?: string }
  | { do: "drop-text"; index: TextIndex; id: string };

export type TextIndex = "statuses" | "accounts" | "tags";

export type Member = { member: string; rank: string; value: string };

export type FactRow = { seq: number; fact: string };

export type Snapshot = { seq: number; version: number; state: string };

export type Append = {
  cell: string;
  epoch: number;
  /** The sequence number of the newest fact that the writer knows of; 0 for none. */
  afterSeq: number;
  /** JSON texts; the first becomes `afterSeq + 1`. May be empty if there are only changes. */
  facts: readonly string[];
  /** Applied with the facts, or (in a store without transactions) before the cell is next opened. */
  changes: readonly Change[];
};

export interface Journal {
  /**
   * Claims the cell for `epoch`: writes of every lower epoch are refused from now on. Answers the
   * newest sequence number and the newest readable snapshot. Faults: fence-lost (a higher epoch
   * holds the cell), store-busy, store-full, store-unavailable.
   */
  open(
    cell: string,
    epoch: number,
  ): Promise<{ lastSeq: number; snapshot: Snapshot | null } | Fault>;
  /**
   * Appends facts and applies changes, all or nothing. Resolves when durable. Faults: fence-lost
   * (another epoch holds the cell, or `afterSeq` is not the newest), store-busy, store-full,
   * store-unavailable; after any fault nothing was written.
   */
  append(append: Append): Promise<null | Fault>;
  /** Facts after `afterSeq`, oldest first, at most `limit`. Dense: no number is left out. */
  read(cell: string, afterSeq: number, limit: number): Promise<FactRow[]>;
  /** Keeps the newest snapshots (two, checksummed); an unreadable one is passed over by `open`. */
  saveSnapshot(cell: string, epoch: number, snapshot: Snapshot): Promise<null | Fault>;
}

export interface Records {
  get(kind: string, id: string): Promise<string | null>;
  /** One batched read. Missing ids are missing from the answer. At most 1,000 ids. */
  getMany(kind: string, ids: readonly string[]): Promise<Map<string, string>>;
  /** Ids of a kind, in text order, after `after` (exclusive). For sweeps, not for requests. */
  scan(kind: string, after: string, limit: number): Promise<{ id: string; doc: string }[]>;
}

export type PageOf = {
  limit: number;
  /** Only ranks below (exclusive). */
  below?: string;
  /** Only ranks above (exclusive). */
  above?: string;
  /** Which end to start from: "high" walks down from `below`, "low" walks up from `above`. */
  from?: "high" | "low";
};

export interface Collections {
  /** Members in walking order: descending ranks from "high" (the default), ascending from "low". */
  page(collection: string, page: PageOf): Promise<Member[]>;
  /** The members of `members` that are in the collection. One batched read; at most 1,000. */
  pick(collection: string, members: readonly string[]): Promise<Map<string, Member>>;
  /** One batched read over several collections: the answer's order is the question's. */
  lookup(wanted: readonly { collection: string; member: string }[]): Promise<(Member | null)[]>;
  /** How many members there are: exact, and O(1). */
  count(collection: string): Promise<number>;
}

export interface Registers {
  read(key: string): Promise<{ value: string; version: number } | null>;
  /**
   * Sets the value if the version is still `expected` (0: the register does not exist). Answers
   * the new version, or null if it lost. A `value` of null removes the register.
   */
  compareAndSet(
    key: string,
    expected: number,
    value: string | null,
  ): Promise<number | null | Fault>;
}

export interface Blobs {
  /** Writes from a stream of chunks; nothing is visible under `key` until all is durable. */
  put(key: string, chunks: AsyncIterable<Uint8Array>): Promise<{ bytes: number } | Fault>;
  /** Reads bytes [from, to) or all; null if there is no such blob. */
  get(key: string, range?: { from: number; to: number }): Promise<AsyncIterable<Uint8Array> | null>;
  stat(key: string): Promise<{ bytes: number } | null>;
  remove(key: string): Promise<void>;
}

export type TextQuery = {
  index: TextIndex;
  /** Words that must all occur; a last word ending in `*` matches as a prefix. Never raw FTS syntax. */
  words: readonly string[];
  phrases?: readonly string[];
  notWords?: readonly string[];
  /** Words that must occur among the facets, such as `from:123` or `has:media`; "-" before one denies it. */
  facets?: readonly string[];
  below?: string;
  above?: string;
  limit: number;
  offset?: number;
};

export interface Texts {
  /** Ids of hits, newest (highest id) first for statuses, best match first for the others. */
  find(query: TextQuery): Promise<string[]>;
}

export interface Store extends AsyncDisposable {
  readonly journal: Journal;
  readonly records: Records;
  readonly collections: Collections;
  readonly registers: Registers;
  readonly texts: Texts;
  /** Applies changes that belong to no cell (apps, tokens, codes), all or nothing. Durable when resolved. */
  write(changes: readonly Change[]): Promise<null | Fault>;
  /** Calls `seen` with the changes of each committed append and write, in commit order, before the writer's promise resolves. */
  onCommit(seen: (changes: readonly Change[]) => void): () => void;
}
