// Owns the follower rows that fan-out walks: for each author that posts, one number and one byte of
// filter bits a follower, so that a fan-out asks nothing of the store and looks nothing up by text.
// Rows are a cache of the collection `followersOf(author)`: loaded by pages when an author posts,
// kept right by the store's commits, and dropped, least recently used first, above `rowsMax`.

import type { FollowOptions } from "../../domain/account.js";
import { followersOf } from "../../domain/collections.js";
import type { Change, Collections } from "../../ports/storage.js";

export const BIT_REBLOGS = 1;
export const BIT_NOTIFY = 2;
/** The follower wants only some languages: look them up in `languages`. */
export const BIT_LANGUAGES = 4;

export type Rows = {
  count: number;
  numbers: Uint32Array;
  bits: Uint8Array;
  /** Languages by account number, only for rows with BIT_LANGUAGES. */
  languages: Map<number, readonly string[]>;
};

const PAGE = 1000;
const PREFIX = followersOf("");

/** Gives each account a small number, so that rows are typed arrays. */
export class Numbers {
  #byId = new Map<string, number>();
  #ids: string[] = [];

  of(id: string): number {
    let number = this.#byId.get(id);
    if (number === undefined) {
      number = this.#ids.length;
      this.#ids.push(id);
      this.#byId.set(id, number);
    }
    return number;
  }

  known(id: string): number | undefined {
    return this.#byId.get(id);
  }

  idOf(number: number): string {
    return this.#ids[number] as string;
  }

  get count(): number {
    return this.#ids.length;
  }
}

type Entry = { rows: Rows | null; loading: Promise<Rows> | null; missed: Change[] };

export class FollowerRows {
  #authors = new Map<string, Entry>();
  #total = 0;

  readonly numbers: Numbers;
  readonly #collections: Collections;
  readonly #rowsMax: number;
  readonly #pause: () => Promise<void>;

  constructor(options: {
    numbers: Numbers;
    collections: Collections;
    /** Rows kept over all authors; the largest part of a node's fan-out memory (5 bytes each). */
    rowsMax: number;
    /** Lets other work run between pages. */
    pause: () => Promise<void>;
  }) {
    this.numbers = options.numbers;
    this.#collections = options.collections;
    this.#rowsMax = options.rowsMax;
    this.#pause = options.pause;
  }

  /** The author's rows. They may grow or shrink while a fan-out walks them. */
  async of(authorId: string): Promise<Rows> {
    let entry = this.#authors.get(authorId);
    if (entry?.rows != null) {
      this.#authors.delete(authorId);
      this.#authors.set(authorId, entry);
      return entry.rows;
    }
    if (entry?.loading != null) return entry.loading;
    entry = { rows: null, loading: null, missed: [] };
    this.#authors.set(authorId, entry);
    const loading = this.#load(authorId, entry);
    entry.loading = loading;
    return loading;
  }

  /** Follows the store's commits; give it to `store.onCommit`. */
  seen(changes: readonly Change[]): void {
    for (const change of changes) {
      if (change.do !== "put-member" && change.do !== "drop-member") continue;
      if (!change.collection.startsWith(PREFIX)) continue;
      const entry = this.#authors.get(change.collection.slice(PREFIX.length));
      if (entry === undefined) continue;
      if (entry.rows === null) entry.missed.push(change);
      else this.#apply(entry.rows, change);
    }
  }

  /** Drops every author's rows: what was committed is not known for sure (a writer died). */
  forget(): void {
    this.#authors.clear();
    this.#total = 0;
  }

  get total(): number {
    return this.#total;
  }

  async #load(authorId: string, entry: Entry): Promise<Rows> {
    const rows: Rows = {
      count: 0,
      numbers: new Uint32Array(16),
      bits: new Uint8Array(16),
      languages: new Map(),
    };
    let above = "";
    for (;;) {
      const page = await this.#collections.page(followersOf(authorId), {
        limit: PAGE,
        from: "low",
        above,
      });
      for (const member of page) add(rows, this.numbers.of(member.member), member.value);
      this.#total += page.length;
      const last = page[page.length - 1];
      if (page.length < PAGE || last === undefined) break;
      above = last.rank;
      await this.#pause();
    }
    for (const change of entry.missed) this.#apply(rows, change);
    entry.rows = rows;
    entry.loading = null;
    entry.missed = [];
    this.#evict(authorId);
    return rows;
  }

  #apply(rows: Rows, change: Change): void {
    if (change.do !== "put-member" && change.do !== "drop-member") return;
    const number = this.numbers.of(change.member);
    const at = rows.numbers.subarray(0, rows.count).indexOf(number);
    if (change.do === "put-member") {
      if (at >= 0) setRow(rows, at, number, change.value ?? "");
      else {
        add(rows, number, change.value ?? "");
        this.#total++;
      }
    } else if (at >= 0) {
      removeRow(rows, at, number);
      this.#total--;
    }
  }

  #evict(keep: string): void {
    for (const [authorId, entry] of this.#authors) {
      if (this.#total <= this.#rowsMax) return;
      if (authorId === keep || entry.rows === null) continue;
      this.#total -= entry.rows.count;
      this.#authors.delete(authorId);
    }
  }
}

function add(rows: Rows, number: number, value: string): void {
  if (rows.count === rows.numbers.length) {
    const numbers = new Uint32Array(rows.count * 2);
    numbers.set(rows.numbers);
    const bits = new Uint8Array(rows.count * 2);
    bits.set(rows.bits);
    rows.numbers = numbers;
    rows.bits = bits;
  }
  setRow(rows, rows.count, number, value);
  rows.count++;
}

function setRow(rows: Rows, at: number, number: number, value: string): void {
  rows.numbers[at] = number;
  const options = readOptions(value);
  let bits = 0;
  if (options.reblogs) bits |= BIT_REBLOGS;
  if (options.notify) bits |= BIT_NOTIFY;
  if (options.languages !== null && options.languages.length > 0) {
    bits |= BIT_LANGUAGES;
    rows.languages.set(number, options.languages);
  } else {
    rows.languages.delete(number);
  }
  rows.bits[at] = bits;
}

/** The last row takes the place of the removed one: order does not matter. */
function removeRow(rows: Rows, at: number, number: number): void {
  const last = rows.count - 1;
  rows.numbers[at] = rows.numbers[last] as number;
  rows.bits[at] = rows.bits[last] as number;
  rows.languages.delete(number);
  rows.count = last;
}

const PLAIN: FollowOptions = { reblogs: true, notify: false, languages: null };
const PLAIN_TEXT = JSON.stringify(PLAIN);

function readOptions(value: string): FollowOptions {
  // Nearly every follow is plain: then nothing is parsed.
  if (value === "" || value === PLAIN_TEXT) return PLAIN;
  return { ...PLAIN, ...(JSON.parse(value) as Partial<FollowOptions>) };
}
