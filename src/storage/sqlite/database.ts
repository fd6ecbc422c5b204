// Owns the door to the SQLite library: opening a connection with the settings that every one of
// ours has, and telling what went wrong. Nothing outside this file imports the library. Its
// interface is that of the built-in `node:sqlite`, so leaving it is a change to one line here.

import { pathToFileURL } from "node:url";
import { DatabaseSync, type DatabaseSyncInstance } from "@photostructure/sqlite";
import { type Fault, type FaultTag, fault } from "../../base/faults.js";

export type Database = DatabaseSyncInstance;
export type Statement = ReturnType<Database["prepare"]>;

/** How long a connection waits for another process's lock before it gives up. */
export const BUSY_TIMEOUT_MS = 5_000;
/** The same for reads, which run on the main thread: waiting there stops everything else. */
export const READ_BUSY_TIMEOUT_MS = 250;
/** Pages of log after which a commit copies them into the database file. */
const CHECKPOINT_PAGES = 2_000;
/** Bytes above which an emptied log file is cut back, after a backup has let it grow. */
const LOG_FILE_BYTES_MAX = 67_108_864;
const PAGE_CACHE_KIB = 32_768;

/**
 * A failure to open or to read, thrown because the port's reads answer data and no faults. It is a
 * fault at the same time: `isFault(error)` holds, and `cause` has the text for the log.
 */
export class StoreFailure extends Error implements Fault {
  override readonly name = "StoreFailure";
  readonly fault: FaultTag;
  readonly says?: string;
  override readonly cause: string;

  constructor(it: Fault) {
    super(it.says ?? it.cause ?? it.fault);
    this.fault = it.fault;
    this.cause = it.cause ?? it.says ?? it.fault;
    if (it.says !== undefined) this.says = it.says;
  }
}

export type DatabaseOptions = {
  /** "create" is the default; "read" refuses a missing file, and every write. */
  mode?: "create" | "read";
  /** A write-ahead log, every commit synced; else SQLite's rollback journal. Default: true. */
  log?: boolean;
  busyTimeoutMs?: number;
};

/**
 * Opens a connection with our settings. Throws the library's error.
 *
 * The file is attached, as `store`, to an empty database in memory. The library cannot finish its
 * prepared statements, and SQLite closes no connection before its statements are gone; such a
 * leftover would close the file at some later collection of garbage, and delete the log of
 * whichever store has that name by then. A file that is attached can be let go of at once.
 */
export function openDatabase(path: string, options: DatabaseOptions = {}): Database {
  const db = new DatabaseSync(":memory:", {
    timeout: options.busyTimeoutMs ?? BUSY_TIMEOUT_MS,
    enableForeignKeyConstraints: false,
  });
  try {
    db.exec(`ATTACH ${quoted(locationOf(path, options.mode ?? "create"))} AS store`);
    db.exec(`PRAGMA store.cache_size = -${PAGE_CACHE_KIB}`);
    if (path === ":memory:") db.exec("PRAGMA store.synchronous = OFF");
    else if (options.mode !== "read" && (options.log ?? true)) setDurable(db);
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

function locationOf(path: string, mode: "create" | "read"): string {
  if (path === ":memory:") return path;
  return `${pathToFileURL(path).href}?mode=${mode === "read" ? "ro" : "rwc"}`;
}

/** Text as a literal in SQL, for the few statements that take no parameters. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

function setDurable(db: Database): void {
  // The library is built to sync the log only at checkpoints; an acknowledged write must outlive a
  // power cut, so every commit syncs.
  db.exec("PRAGMA store.journal_mode = WAL");
  db.exec("PRAGMA store.synchronous = FULL");
  db.exec(`PRAGMA wal_autocheckpoint = ${CHECKPOINT_PAGES}`);
  db.exec(`PRAGMA store.journal_size_limit = ${LOG_FILE_BYTES_MAX}`);
}

/** Undoes what is under way and lets go of the file. The last to do so folds the log into it. */
export function closeDatabase(db: Database): void {
  if (!db.isOpen) return;
  try {
    rollBack(db);
    db.exec("DETACH store");
  } finally {
    db.close();
  }
}

/** Opens, runs, and closes again whatever happened. */
export function withDatabase<T>(
  path: string,
  options: DatabaseOptions,
  run: (db: Database) => T,
): T {
  const db = openDatabase(path, options);
  try {
    return run(db);
  } finally {
    closeDatabase(db);
  }
}

/** Runs `run` in a transaction. Throws what it or the commit threw, with nothing written. */
export function inTransaction<T>(db: Database, run: () => T): T {
  db.exec("BEGIN IMMEDIATE");
  try {
    const result = run();
    db.exec("COMMIT");
    return result;
  } catch (error) {
    rollBack(db);
    throw error;
  }
}

/** Undoes the transaction, if there is one: SQLite ends it by itself when the disk is full. */
export function rollBack(db: Database): void {
  if (db.isTransaction) db.exec("ROLLBACK");
}

/** Prepares each statement once. */
export function statementCache(db: Database): (sql: string) => Statement {
  const known = new Map<string, Statement>();
  return (sql) => {
    const found = known.get(sql);
    if (found !== undefined) return found;
    const made = db.prepare(sql);
    known.set(sql, made);
    return made;
  };
}

const BUSY = 5;
const LOCKED = 6;
const FULL = 13;
/** No room to grow the file that the processes share beside the database. */
const NO_ROOM_FOR_SHARED_MEMORY = 4_874;
/** Not this request alone, but the file or the machine: disk error, damaged, cannot open. */
const BROKEN = new Set([7, 8, 10, 11, 14, 15, 23, 26]);

/** What the caller can do about an error of the library. The text goes into `cause`. */
export function faultOf(error: unknown): Fault {
  const cause = error instanceof Error ? error.message : String(error);
  const code = codeOf(error);
  if (code === undefined) return fault("internal", undefined, { cause });
  const says = `${cause} (sqlite ${code})`;
  const kind = code & 0xff;
  if (kind === BUSY || kind === LOCKED) return fault("store-busy", undefined, { cause: says });
  if (kind === FULL || code === NO_ROOM_FOR_SHARED_MEMORY) {
    return fault("store-full", undefined, { cause: says });
  }
  if (BROKEN.has(kind)) return fault("store-unavailable", undefined, { cause: says });
  return fault("internal", undefined, { cause: says });
}

function codeOf(error: unknown): number | undefined {
  if (typeof error !== "object" || error === null) return undefined;
  if ("sqliteExtendedCode" in error && typeof error.sqliteExtendedCode === "number") {
    return error.sqliteExtendedCode;
  }
  return "errcode" in error && typeof error.errcode === "number" ? error.errcode : undefined;
}
