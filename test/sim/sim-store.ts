// Owns a store in memory for simulations: one disk that outlives its nodes, and a connection for
// each of them. A connection can be slow, fail, or lose an acknowledgement; when its node dies, what
// was under way is applied or not, and nobody hears of it. Acknowledged writes always survive.

import { type Fault, fault } from "../../src/base/faults.js";
import type {
  Append,
  Change,
  Collections,
  FactRow,
  Journal,
  Member,
  PageOf,
  Records,
  Registers,
  Snapshot,
  Store,
  TextQuery,
  Texts,
} from "../../src/ports/storage.js";

type CellRows = { epoch: number; rows: { fact: string; epoch: number }[]; snapshots: Snapshot[] };

/** Everything that survives. Synchronous: connections add time and trouble. */
export class Disk {
  readonly cells = new Map<string, CellRows>();
  readonly records = new Map<string, Map<string, string>>();
  readonly collections = new Map<string, Map<string, Member>>();
  readonly registers = new Map<string, { value: string | null; version: number }>();
  readonly texts = new Map<string, string>();
  readonly watchers = new Set<(changes: readonly Change[]) => void>();
  appends = 0;

  cell(key: string): CellRows {
    let cell = this.cells.get(key);
    if (cell === undefined) {
      cell = { epoch: 0, rows: [], snapshots: [] };
      this.cells.set(key, cell);
    }
    return cell;
  }

  open(key: string, epoch: number): { lastSeq: number; snapshot: Snapshot | null } | Fault {
    const cell = this.cell(key);
    if (epoch < cell.epoch) return fault("fence-lost");
    cell.epoch = epoch;
    return { lastSeq: cell.rows.length, snapshot: cell.snapshots.at(-1) ?? null };
  }

  append(it: Append): null | Fault {
    const cell = this.cell(it.cell);
    if (it.epoch !== cell.epoch || it.afterSeq !== cell.rows.length) return fault("fence-lost");
    for (const fact of it.facts) cell.rows.push({ fact, epoch: it.epoch });
    this.appends++;
    this.apply(it.changes);
    return null;
  }

  saveSnapshot(key: string, epoch: number, snapshot: Snapshot): null | Fault {
    const cell = this.cell(key);
    if (epoch !== cell.epoch) return fault("fence-lost");
    cell.snapshots = [...cell.snapshots, snapshot].slice(-2);
    return null;
  }

  apply(changes: readonly Change[]): void {
    for (const change of changes) this.#applyOne(change);
    for (const seen of this.watchers) seen(changes);
  }

  facts(key: string, afterSeq: number, limit: number): FactRow[] {
    const rows = this.cells.get(key)?.rows ?? [];
    return rows
      .slice(afterSeq, afterSeq + limit)
      .map((row, at) => ({ seq: afterSeq + at + 1, fact: row.fact }));
  }

  #applyOne(change: Change): void {
    switch (change.do) {
      case "put-record":
        inner(this.records, change.kind).set(change.id, change.doc);
        return;
      case "drop-record":
        this.records.get(change.kind)?.delete(change.id);
        return;
      case "put-member": {
        const { member, rank, value } = change;
        inner(this.collections, change.collection).set(member, {
          member,
          rank,
          value: value ?? "",
        });
        return;
      }
      case "drop-member":
        this.collections.get(change.collection)?.delete(change.member);
        return;
      case "drop-collection":
        this.collections.delete(change.collection);
        return;
      case "put-text":
        this.texts.set(`${change.index}/${change.id}`, change.text.toLowerCase());
        return;
      case "drop-text":
        this.texts.delete(`${change.index}/${change.id}`);
        return;
    }
  }
}

function inner<V>(outer: Map<string, Map<string, V>>, key: string): Map<string, V> {
  let found = outer.get(key);
  if (found === undefined) {
    found = new Map();
    outer.set(key, found);
  }
  return found;
}

/** How a connection does an operation: now, later, not at all, or without an answer. */
export type Link = {
  /** Runs the write and resolves with its answer, or with a fault, or never. */
  write<T>(run: () => T | Fault): Promise<T | Fault>;
  /** Runs the read and resolves with its answer, rejects, or never ends. */
  read<T>(run: () => T): Promise<T>;
};

/** A link without delays and trouble. */
export const calm: Link = {
  write: async (run) => run(),
  read: async (run) => run(),
};

/** A store over the disk, as one node sees it. */
export function connect(disk: Disk, link: Link = calm): Store {
  return {
    journal: journalOf(disk, link),
    records: recordsOf(disk, link),
    collections: collectionsOf(disk, link),
    registers: registersOf(disk, link),
    texts: textsOf(disk, link),
    write: (changes) =>
      link.write<null>(() => {
        disk.apply(changes);
        return null;
      }),
    onCommit(seen) {
      disk.watchers.add(seen);
      return () => disk.watchers.delete(seen);
    },
    [Symbol.asyncDispose]: async () => {},
  };
}

const journalOf = (disk: Disk, link: Link): Journal => ({
  open: (cell, epoch) => link.write(() => disk.open(cell, epoch)),
  append: (append) => link.write<null>(() => disk.append(append)),
  read: (cell, afterSeq, limit) => link.read(() => disk.facts(cell, afterSeq, limit)),
  saveSnapshot: (cell, epoch, snapshot) =>
    link.write<null>(() => disk.saveSnapshot(cell, epoch, snapshot)),
});

const recordsOf = (disk: Disk, link: Link): Records => ({
  get: (kind, id) => link.read(() => disk.records.get(kind)?.get(id) ?? null),
  getMany: (kind, ids) =>
    link.read(() => {
      const docs = disk.records.get(kind);
      const found = new Map<string, string>();
      for (const id of ids) {
        const doc = docs?.get(id);
        if (doc !== undefined) found.set(id, doc);
      }
      return found;
    }),
  scan: (kind, after, limit) =>
    link.read(() =>
      [...(disk.records.get(kind) ?? [])]
        .map(([id, doc]) => ({ id, doc }))
        .filter((it) => it.id > after)
        .sort((a, b) => (a.id < b.id ? -1 : 1))
        .slice(0, limit),
    ),
});

function pageOf(members: Iterable<Member>, page: PageOf): Member[] {
  const { below, above } = page;
  const inside = [...members].filter(
    ({ rank }) => (below === undefined || rank < below) && (above === undefined || rank > above),
  );
  const sign = page.from === "low" ? 1 : -1;
  inside.sort((a, b) => (a.rank === b.rank ? 0 : a.rank < b.rank ? -sign : sign));
  return inside.slice(0, page.limit);
}

const collectionsOf = (disk: Disk, link: Link): Collections => ({
  page: (collection, page) =>
    link.read(() => pageOf(disk.collections.get(collection)?.values() ?? [], page)),
  pick: (collection, members) =>
    link.read(() => {
      const found = new Map<string, Member>();
      for (const member of members) {
        const it = disk.collections.get(collection)?.get(member);
        if (it !== undefined) found.set(member, it);
      }
      return found;
    }),
  lookup: (wanted) =>
    link.read(() =>
      wanted.map((it) => disk.collections.get(it.collection)?.get(it.member) ?? null),
    ),
  count: (collection) => link.read(() => disk.collections.get(collection)?.size ?? 0),
});

const registersOf = (disk: Disk, link: Link): Registers => ({
  read: (key) =>
    link.read(() => {
      const held = disk.registers.get(key);
      return held === undefined || held.value === null
        ? null
        : { value: held.value, version: held.version };
    }),
  compareAndSet: (key, expected, value) =>
    link.write<number | null>(() => {
      const held = disk.registers.get(key) ?? { value: null, version: 0 };
      const version = held.value === null ? 0 : held.version;
      if (version !== expected) return null;
      disk.registers.set(key, { value, version: held.version + 1 });
      return held.version + 1;
    }),
});

const textsOf = (disk: Disk, link: Link): Texts => ({
  find: (query: TextQuery) =>
    link.read(() =>
      [...disk.texts]
        .filter(([key, text]) => {
          const words = text.split(/\s+/);
          const hasAll = query.words.every((word) => words.includes(word.toLowerCase()));
          return key.startsWith(`${query.index}/`) && hasAll;
        })
        .map(([key]) => key.slice(query.index.length + 1))
        .sort((a, b) => (a < b ? 1 : -1))
        .slice(0, query.limit),
    ),
});
