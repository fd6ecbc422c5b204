// Owns the writing SQL: runs a batch of requests in one transaction, so that one sync to the disk
// pays for all of them (group commit). Each request checks its fence before its first write, so one
// that loses leaves nothing to undo. If a statement fails, the whole batch is undone and each
// request is run again alone: a request too big for the disk takes no other down with it. Runs on
// the writer thread, or in process for a store in memory; the same statements for both.

import { type Fault, fault, isFault } from "../../base/faults.js";
import type { Append, Change, Snapshot } from "../../ports/storage.js";
import { checksumOf } from "./checksum.js";
import { type Database, faultOf, rollBack, statementCache } from "./database.js";
import { facetsColumn, spacedOut } from "./words.js";

export type WriteRequest =
  | { ask: "open"; cell: string; epoch: number }
  | { ask: "append"; append: Append }
  | { ask: "snapshot"; cell: string; epoch: number; snapshot: Snapshot }
  | { ask: "set-register"; key: string; expected: number; value: string | null }
  | { ask: "write"; changes: readonly Change[] }
  /** Bounds the file, as a full disk would; null takes the bound away. */
  | { ask: "limit-pages"; pages: number | null };

export type Opened = { lastSeq: number; snapshot: Snapshot | null };

/** By request: open answers Opened, set-register the version or null, the others null. */
export type WriteAnswer = null | number | Opened | Fault;

export type WriteEngine = {
  /** Answers in the requests' order. Whatever is not answered with a fault is durable by then. */
  run(requests: readonly WriteRequest[]): WriteAnswer[];
};

const SNAPSHOTS_KEPT = 2;
/** SQLite's own bound on pages. */
const PAGES_MAX = 4_294_967_294;

type Sql = ReturnType<typeof statementCache>;

/** An engine on a connection that nobody else writes with. */
export function createWriteEngine(db: Database): WriteEngine {
  const sql = statementCache(db);

  function attempt(requests: readonly WriteRequest[]): WriteAnswer[] | Fault {
    try {
      sql("BEGIN IMMEDIATE").run();
      const answers = requests.map((request) => perform(sql, request));
      sql("COMMIT").run();
      return answers;
    } catch (error) {
      rollBack(db);
      return faultOf(error);
    }
  }

  return {
    run(requests) {
      const together = attempt(requests);
      if (!isFault(together)) return together;
      const each = requests.length > 1 && concernsOneRequest(together);
      if (!each) return requests.map(() => together);
      return requests.flatMap((request) => {
        const alone = attempt([request]);
        return isFault(alone) ? [alone] : alone;
      });
    },
  };
}

/** True if a smaller batch may succeed where this one failed. */
function concernsOneRequest(it: Fault): boolean {
  return it.fault === "store-full" || it.fault === "internal";
}

function perform(sql: Sql, request: WriteRequest): WriteAnswer {
  switch (request.ask) {
    case "append":
      return append(sql, request.append);
    case "write":
      return applyAll(sql, request.changes);
    case "open":
      return openCell(sql, request.cell, request.epoch);
    case "snapshot":
      return saveSnapshot(sql, request.cell, request.epoch, request.snapshot);
    case "set-register":
      return setRegister(sql, request.key, request.expected, request.value);
    case "limit-pages":
      sql(`PRAGMA store.max_page_count = ${Number(request.pages ?? PAGES_MAX)}`).get();
      return null;
  }
}

type CellRow = { number: number; epoch: number; last_seq: number };

function cellRow(sql: Sql, cell: string): CellRow | undefined {
  return sql("SELECT number, epoch, last_seq FROM cells WHERE cell = ?").get(cell);
}

function fenceLost(cause: string): Fault {
  return fault("fence-lost", undefined, { cause });
}

function openCell(sql: Sql, cell: string, epoch: number): Opened | Fault {
  const row = cellRow(sql, cell);
  if (row === undefined) {
    sql("INSERT INTO cells (cell, epoch, last_seq) VALUES (?, ?, 0)").run(cell, epoch);
    return { lastSeq: 0, snapshot: null };
  }
  if (epoch < row.epoch) return fenceLost(`${cell} is held by epoch ${row.epoch}, not ${epoch}`);
  if (epoch > row.epoch) {
    sql("UPDATE cells SET epoch = ? WHERE number = ?").run(epoch, row.number);
  }
  return { lastSeq: row.last_seq, snapshot: newestSnapshot(sql, cell, row) };
}

type SnapshotRow = Snapshot & { checksum: string };

function newestSnapshot(sql: Sql, cell: string, row: CellRow): Snapshot | null {
  const rows: SnapshotRow[] = sql(
    "SELECT seq, version, checksum, state FROM snapshots " +
      "WHERE cell = ? AND seq <= ? ORDER BY seq DESC",
  ).all(row.number, row.last_seq);
  for (const { seq, version, checksum, state } of rows) {
    if (checksumOf(cell, { seq, version, state }) === checksum) return { seq, version, state };
  }
  return null;
}

function append(sql: Sql, it: Append): null | Fault {
  const row = cellRow(sql, it.cell);
  if (row === undefined) return fenceLost(`${it.cell} was never opened`);
  if (row.epoch !== it.epoch) {
    return fenceLost(`${it.cell} is held by epoch ${row.epoch}, not ${it.epoch}`);
  }
  if (row.last_seq !== it.afterSeq) {
    return fenceLost(`${it.cell} is at fact ${row.last_seq}, not ${it.afterSeq}`);
  }
  if (it.facts.length > 0) {
    const insert = sql("INSERT INTO journal (cell, seq, epoch, fact) VALUES (?, ?, ?, ?)");
    let seq = it.afterSeq;
    for (const fact of it.facts) insert.run(row.number, ++seq, it.epoch, fact);
    sql("UPDATE cells SET last_seq = ? WHERE number = ?").run(seq, row.number);
  }
  return applyAll(sql, it.changes);
}

function saveSnapshot(sql: Sql, cell: string, epoch: number, snapshot: Snapshot): null | Fault {
  const row = cellRow(sql, cell);
  if (row?.epoch !== epoch) return fenceLost(`${cell} is not held by epoch ${epoch}`);
  if (snapshot.seq > row.last_seq) return fenceLost(`${cell} has no fact ${snapshot.seq}`);
  sql(
    "INSERT OR REPLACE INTO snapshots (cell, seq, version, checksum, state) VALUES (?, ?, ?, ?, ?)",
  ).run(row.number, snapshot.seq, snapshot.version, checksumOf(cell, snapshot), snapshot.state);
  sql(
    "DELETE FROM snapshots WHERE cell = ?1 AND seq < (SELECT min(seq) FROM " +
      "(SELECT seq FROM snapshots WHERE cell = ?1 ORDER BY seq DESC LIMIT ?2))",
  ).run(row.number, SNAPSHOTS_KEPT);
  return null;
}

/** A removed register keeps its row and goes on counting, so that no version ever comes back. */
function setRegister(sql: Sql, key: string, expected: number, value: string | null): number | null {
  const row: { value: string | null; version: number } | undefined = sql(
    "SELECT value, version FROM registers WHERE key = ?",
  ).get(key);
  const exists = row !== undefined && row.value !== null;
  if ((exists ? row.version : 0) !== expected) return null;
  if (!exists && value === null) return 0;
  const version = (row?.version ?? 0) + 1;
  sql(
    "INSERT INTO registers (key, value, version) VALUES (?, ?, ?) " +
      "ON CONFLICT DO UPDATE SET value = excluded.value, version = excluded.version",
  ).run(key, value, version);
  return version;
}

function applyAll(sql: Sql, changes: readonly Change[]): null {
  for (const change of changes) apply(sql, change);
  return null;
}

function apply(sql: Sql, change: Change): void {
  switch (change.do) {
    case "put-record":
      sql(
        "INSERT INTO records (kind, id, doc) VALUES (?, ?, ?) " +
          "ON CONFLICT DO UPDATE SET doc = excluded.doc",
      ).run(change.kind, change.id, change.doc);
      return;
    case "drop-record":
      sql("DELETE FROM records WHERE kind = ? AND id = ?").run(change.kind, change.id);
      return;
    case "put-member":
      putMember(sql, change.collection, change.rank, change.member, change.value ?? "");
      return;
    case "drop-member":
      sql(
        "DELETE FROM members WHERE collection = (SELECT number FROM collections WHERE name = ?) " +
          "AND member = ?",
      ).run(change.collection, change.member);
      return;
    case "drop-collection":
      dropCollection(sql, change.collection);
      return;
    case "put-text":
      putText(sql, change);
      return;
    case "drop-text":
      dropText(sql, change);
      return;
  }
}

const PUT_MEMBER =
  "INSERT INTO members (collection, rank, member, value) " +
  "SELECT number, ?, ?, ? FROM collections WHERE name = ? " +
  "ON CONFLICT DO UPDATE SET rank = excluded.rank, value = excluded.value";

function putMember(
  sql: Sql,
  collection: string,
  rank: string,
  member: string,
  value: string,
): void {
  const put = sql(PUT_MEMBER);
  if (put.run(rank, member, value, collection).changes > 0) return;
  sql("INSERT INTO collections (name) VALUES (?)").run(collection);
  put.run(rank, member, value, collection);
}

function dropCollection(sql: Sql, collection: string): void {
  const row: { number: number } | undefined = sql(
    "SELECT number FROM collections WHERE name = ?",
  ).get(collection);
  if (row === undefined) return;
  // The name first: then the trigger has no count to keep for each member that goes.
  sql("DELETE FROM collections WHERE number = ?").run(row.number);
  sql("DELETE FROM members WHERE collection = ?").run(row.number);
}

function putText(sql: Sql, change: Extract<Change, { do: "put-text" }>): void {
  const number = textNumber(sql, change.index, change.id) ?? newTextNumber(sql, change);
  const table = `texts_${change.index}`;
  sql(`DELETE FROM ${table} WHERE rowid = ?`).run(number);
  sql(`INSERT INTO ${table} (rowid, body, facets) VALUES (?, ?, ?)`).run(
    number,
    spacedOut(change.text),
    facetsColumn(change.facets),
  );
}

function dropText(sql: Sql, change: Extract<Change, { do: "drop-text" }>): void {
  const number = textNumber(sql, change.index, change.id);
  if (number === undefined) return;
  sql(`DELETE FROM texts_${change.index} WHERE rowid = ?`).run(number);
  sql("DELETE FROM text_ids WHERE place = ? AND id = ?").run(change.index, change.id);
}

/** Status ids are numbers that grow with time, so their index needs no other order. */
function textNumber(sql: Sql, index: string, id: string): number | bigint | undefined {
  if (index === "statuses") return BigInt(id);
  const row: { number: number } | undefined = sql(
    "SELECT number FROM text_ids WHERE place = ? AND id = ?",
  ).get(index, id);
  return row?.number;
}

function newTextNumber(sql: Sql, change: { index: string; id: string }): number | bigint {
  return sql("INSERT INTO text_ids (place, id) VALUES (?, ?)").run(change.index, change.id)
    .lastInsertRowid;
}
