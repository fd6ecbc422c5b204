// Owns the store of one machine: one SQLite file (write-ahead log, every commit synced), written by
// one thread with group commit, read on the main thread.
//
//   openSqliteStore({ path, busyTimeoutMs?, queueMax?, writer?, onLog? }): Promise<SqliteStore>
//
// `path` is the database file (its folder is made), or ":memory:" for the double that tests and the
// simulator use: the same statements, in process. Several processes may have one file open (a
// command beside a running server); onCommit hears this process's writes only, and only one process
// may serve a folder (data-folder.ts). Before the store stops: everything that writes. Stopping
// drains the queue, then checkpoints, then ends the thread.

import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { assert } from "../../base/assert.js";
import { type Fault, fault, isFault } from "../../base/faults.js";
import { isId } from "../../base/ids.js";
import type { Change, Journal, Registers, Store } from "../../ports/storage.js";
import { type BackupOptions, backupDatabase } from "./backup.js";
import {
  BUSY_TIMEOUT_MS,
  closeDatabase,
  type Database,
  faultOf,
  openDatabase,
  READ_BUSY_TIMEOUT_MS,
  StoreFailure,
} from "./database.js";
import { createReads } from "./reads.js";
import { type UpgradeStep, upgrade } from "./schema.js";
import { createTexts } from "./texts.js";
import { createWriteEngine, type Opened, type WriteAnswer } from "./write-engine.js";
import { type BatchRunner, createWriteQueue, type WriteQueue } from "./write-queue.js";
import { startWriterThread } from "./writer-thread.js";

export type StoreLog = { level: "warn" | "error"; says: string; cause?: string };

export type SqliteStoreOptions = {
  path: string;
  /** How long a write waits for another process's lock before it answers store-busy. */
  busyTimeoutMs?: number;
  /** Writes that may wait; above it, store-busy. */
  queueMax?: number;
  /** "inline" writes on the calling thread: for short commands. Memory is always inline. */
  writer?: "thread" | "inline";
  onLog?: (entry: StoreLog) => void;
  /** For tests of the upgrade itself. */
  steps?: readonly UpgradeStep[];
};

export type SqliteStore = Store & {
  readonly path: string;
  /** Bounds the file to so many pages, as a full disk would; null takes the bound away. */
  limitPages(pages: number | null): Promise<void>;
  /** Copies the file while it is in use: see backupDatabase. A store in memory has none to copy. */
  backupTo(file: string, options?: BackupOptions): Promise<{ bytes: number } | Fault>;
  /**
   * For tests and drills: the writer thread, if there is one, dies with its next batch committed
   * and not yet answered. Its writers hear store-unavailable; the next batch starts another thread.
   */
  killWriter(): void;
};

/**
 * Opens the store, bringing an older file up to date. Rejects with StoreFailure (which is a fault,
 * with a sentence) if the file cannot be opened, is no database, or is newer than this program.
 */
export async function openSqliteStore(options: SqliteStoreOptions): Promise<SqliteStore> {
  try {
    return open(options);
  } catch (error) {
    if (error instanceof StoreFailure) throw error;
    const it = faultOf(error);
    const says = `The store at ${options.path} cannot be opened: ${it.cause}`;
    const tag = it.fault === "internal" ? "store-unavailable" : it.fault;
    throw new StoreFailure(fault(tag, says, { cause: says }));
  }
}

function open(options: SqliteStoreOptions): SqliteStore {
  const busyTimeoutMs = options.busyTimeoutMs ?? BUSY_TIMEOUT_MS;
  const db = openUpgraded(options, busyTimeoutMs);
  if (options.path === ":memory:" || options.writer === "inline") return inlineStore(options, db);
  try {
    return threadedStore(options, busyTimeoutMs);
  } finally {
    // After the others have theirs: were this the last, closing it would fold the log for nothing.
    closeDatabase(db);
  }
}

function openUpgraded(options: SqliteStoreOptions, busyTimeoutMs: number): Database {
  if (options.path !== ":memory:") mkdirSync(dirname(options.path), { recursive: true });
  const db = openDatabase(options.path, { busyTimeoutMs });
  try {
    const refused = upgrade(db, options.steps);
    if (refused !== null) throw new StoreFailure(refused);
    return db;
  } catch (error) {
    closeDatabase(db);
    throw error;
  }
}

/** What a store needs of whatever writes for it. */
type WritePart = {
  run: BatchRunner;
  kill(): void;
  close(): Promise<void>;
};

function inlineStore(options: SqliteStoreOptions, db: Database): SqliteStore {
  const engine = createWriteEngine(db);
  return assemble(options, db, {
    run: async (requests) => engine.run(requests),
    kill: () => {},
    close: async () => {},
  });
}

function threadedStore(options: SqliteStoreOptions, busyTimeoutMs: number): SqliteStore {
  const reader = openDatabase(options.path, {
    mode: "read",
    busyTimeoutMs: Math.min(busyTimeoutMs, READ_BUSY_TIMEOUT_MS),
  });
  const thread = startWriterThread({ path: options.path, busyTimeoutMs }, (says) =>
    options.onLog?.({ level: "error", says }),
  );
  return assemble(options, reader, thread);
}

function assemble(options: SqliteStoreOptions, readDb: Database, part: WritePart): SqliteStore {
  const listeners = createListeners(options);
  const queue = createWriteQueue({
    run: part.run,
    committed: listeners.tell,
    ...(options.queueMax === undefined ? {} : { queueMax: options.queueMax }),
  });
  const reads = createReads(readDb);
  let closed: Promise<void> | null = null;

  async function close(): Promise<void> {
    await queue.drain();
    // Readers first: the last connection to go folds the log into the file.
    closeDatabase(readDb);
    await part.close();
  }

  return {
    path: options.path,
    journal: { ...reads.journal, ...createJournalWrites(queue) },
    records: reads.records,
    collections: reads.collections,
    registers: { ...reads.registers, ...createRegisterWrites(queue) },
    texts: createTexts(reads.sql),
    async write(changes) {
      checkChanges(changes);
      if (changes.length === 0) return null;
      return plainAnswer(await queue.submit({ ask: "write", changes }));
    },
    onCommit: listeners.add,
    async limitPages(pages) {
      await queue.submit({ ask: "limit-pages", pages });
    },
    backupTo: (file, backup) => backupDatabase(options.path, file, backup),
    killWriter: part.kill,
    async [Symbol.asyncDispose]() {
      closed ??= close();
      await closed;
    },
  };
}

function createListeners(options: SqliteStoreOptions): {
  add: Store["onCommit"];
  tell: (changes: readonly Change[]) => void;
} {
  let listeners: readonly ((changes: readonly Change[]) => void)[] = [];
  return {
    add(seen) {
      const listener = (changes: readonly Change[]) => seen(changes);
      listeners = [...listeners, listener];
      return () => {
        listeners = listeners.filter((other) => other !== listener);
      };
    },
    tell(changes) {
      for (const listener of listeners) {
        try {
          listener(changes);
        } catch (error) {
          // The write is durable; a listener's mistake must not look like a failed write.
          const cause = error instanceof Error ? (error.stack ?? error.message) : String(error);
          options.onLog?.({ level: "error", says: "A listener to commits failed", cause });
        }
      }
    },
  };
}

function createJournalWrites(queue: WriteQueue): Omit<Journal, "read"> {
  return {
    async open(cell, epoch) {
      assert(Number.isSafeInteger(epoch) && epoch >= 0, "an epoch is a whole number");
      const answer = await queue.submit({ ask: "open", cell, epoch });
      assert(isOpened(answer) || isFault(answer), "opening answers what was opened");
      return answer;
    },
    async append(append) {
      assert(append.facts.every(isText), "facts are JSON texts");
      checkChanges(append.changes);
      return plainAnswer(await queue.submit({ ask: "append", append }));
    },
    async saveSnapshot(cell, epoch, snapshot) {
      return plainAnswer(await queue.submit({ ask: "snapshot", cell, epoch, snapshot }));
    },
  };
}

function createRegisterWrites(queue: WriteQueue): Pick<Registers, "compareAndSet"> {
  return {
    async compareAndSet(key, expected, value) {
      const answer = await queue.submit({ ask: "set-register", key, expected, value });
      assert(!isOpened(answer), "setting a register answers its version");
      return answer;
    },
  };
}

function isOpened(answer: WriteAnswer): answer is Opened {
  return typeof answer === "object" && answer !== null && "lastSeq" in answer;
}

function plainAnswer(answer: WriteAnswer) {
  assert(answer === null || isFault(answer), "a plain write answers null or a fault");
  return answer;
}

const RANK_LENGTH_MAX = 64;
const isText = (value: unknown) => typeof value === "string";

/** Our own mistakes, found where they are made and not on the writer thread. */
function checkChanges(changes: readonly Change[]): void {
  for (const change of changes) {
    if (change.do === "put-record") assert(isText(change.doc), "a document is JSON text");
    if (change.do === "put-member") {
      assert(isText(change.rank), "a rank is text");
      assert(change.rank.length <= RANK_LENGTH_MAX, "a rank has at most 64 characters");
    }
    if ((change.do === "put-text" || change.do === "drop-text") && change.index === "statuses") {
      assert(isId(change.id) && BigInt(change.id) < 1n << 63n, "a status is indexed by its id");
    }
  }
}
