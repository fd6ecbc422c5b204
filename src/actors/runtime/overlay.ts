// Owns what a batch of commands reads. The store knows only what is durable, so a cell lays its own
// changes over it: those of the append in flight, then those of the batch being decided. A base
// value was read after every change that is in neither layer had been acknowledged, and the store
// promises that reads see those; so no own change is ever missed.

import { assert } from "../../base/assert.js";
import type { Change, Store } from "../../ports/storage.js";
import type { Need, Reads } from "../behaviour.js";

const READ_MAX = 1_000;

const recordKey = (kind: string, id: string): string => `r${kind}\n${id}`;
const memberKey = (collection: string, member: string): string => `m${collection}\n${member}`;
const needKey = (need: Need): string =>
  "record" in need ? recordKey(need.record, need.id) : memberKey(need.collection, need.member);

/** Changes not yet known to be durable: the newest value of each record and member they touch. */
export class Overlay {
  readonly #values = new Map<string, string | null>();
  #dropped: Set<string> | null = null;

  apply(changes: readonly Change[]): void {
    for (const change of changes) this.#applyOne(change);
  }

  /** The value, null if it is dropped, undefined if nothing here touches it. */
  record(kind: string, id: string): string | null | undefined {
    return this.#values.get(recordKey(kind, id));
  }

  member(collection: string, member: string): string | null | undefined {
    const value = this.#values.get(memberKey(collection, member));
    if (value === undefined && this.#dropped?.has(collection) === true) return null;
    return value;
  }

  #applyOne(change: Change): void {
    switch (change.do) {
      case "put-record":
        this.#values.set(recordKey(change.kind, change.id), change.doc);
        return;
      case "drop-record":
        this.#values.set(recordKey(change.kind, change.id), null);
        return;
      case "put-member":
        this.#values.set(memberKey(change.collection, change.member), change.value ?? "");
        return;
      case "drop-member":
        this.#values.set(memberKey(change.collection, change.member), null);
        return;
      case "drop-collection":
        this.#dropCollection(change.collection);
        return;
      default: // The full-text index cannot be read by a behaviour.
    }
  }

  #dropCollection(collection: string): void {
    const prefix = memberKey(collection, "");
    for (const key of this.#values.keys()) if (key.startsWith(prefix)) this.#values.delete(key);
    this.#dropped ??= new Set();
    this.#dropped.add(collection);
  }
}

/** The reads of a behaviour that needs none. */
export const NO_READS: Reads = {
  record: (kind, id) => never(kind, id),
  member: (collection, member) => never(collection, member),
};

function never(of: string, name: string): null {
  assert(false, `decide read what needs did not name: ${of} ${name.slice(0, 100)}`);
}

/** The reads of one batch: what the store said, under the cell's own undurable changes. */
export class BatchReads implements Reads {
  readonly #store: Pick<Store, "records" | "collections">;
  /** Changes of the append in flight when the batch began. */
  readonly #older: Overlay | null;
  readonly #newer: Overlay;
  readonly #base = new Map<string, string | null>();

  constructor(
    store: Pick<Store, "records" | "collections">,
    layers: { older: Overlay | null; newer: Overlay },
  ) {
    this.#store = store;
    this.#older = layers.older;
    this.#newer = layers.newer;
  }

  /** Reads what has not been read yet: one batched read a kind, and one for all members. */
  async fetch(needs: readonly Need[]): Promise<void> {
    const records = new Map<string, string[]>();
    const members: { collection: string; member: string }[] = [];
    const asked = new Set<string>();
    for (const need of needs) {
      const key = needKey(need);
      if (this.#base.has(key) || asked.has(key)) continue;
      asked.add(key);
      if ("record" in need) {
        const ids = records.get(need.record);
        if (ids === undefined) records.set(need.record, [need.id]);
        else ids.push(need.id);
      } else members.push({ collection: need.collection, member: need.member });
    }
    const reads: Promise<void>[] = [];
    for (const [kind, ids] of records) {
      for (const part of parts(ids)) reads.push(this.#fetchRecords(kind, part));
    }
    for (const part of parts(members)) reads.push(this.#fetchMembers(part));
    await Promise.all(reads);
  }

  /** True if some of the needs have not been read. */
  lacks(needs: readonly Need[]): boolean {
    return needs.some((need) => !this.#base.has(needKey(need)));
  }

  record<T>(kind: string, id: string): T | null {
    const text = this.#recordText(kind, id);
    return text === null ? null : (JSON.parse(text) as T);
  }

  member(collection: string, member: string): string | null {
    const newer = this.#newer.member(collection, member);
    if (newer !== undefined) return newer;
    const older = this.#older?.member(collection, member);
    if (older !== undefined) return older;
    return this.#baseOf(memberKey(collection, member));
  }

  #recordText(kind: string, id: string): string | null {
    const newer = this.#newer.record(kind, id);
    if (newer !== undefined) return newer;
    const older = this.#older?.record(kind, id);
    if (older !== undefined) return older;
    return this.#baseOf(recordKey(kind, id));
  }

  #baseOf(key: string): string | null {
    const value = this.#base.get(key);
    assert(value !== undefined, `decide read what needs did not name: ${key.slice(0, 100)}`);
    return value;
  }

  async #fetchRecords(kind: string, ids: readonly string[]): Promise<void> {
    const docs = await this.#store.records.getMany(kind, ids);
    for (const id of ids) this.#base.set(recordKey(kind, id), docs.get(id) ?? null);
  }

  async #fetchMembers(wanted: readonly { collection: string; member: string }[]): Promise<void> {
    const found = await this.#store.collections.lookup(wanted);
    for (const [at, want] of wanted.entries()) {
      this.#base.set(memberKey(want.collection, want.member), found[at]?.value ?? null);
    }
  }
}

function* parts<T>(items: readonly T[]): Generator<readonly T[]> {
  for (let at = 0; at < items.length; at += READ_MAX) yield items.slice(at, at + READ_MAX);
}
