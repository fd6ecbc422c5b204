// Owns the writer thread's own side: one connection, one engine, batches in, answers out. Opens the
// database with the first batch, and again with the next if that failed, so that a disk that comes
// back is used again without a restart.

import { parentPort, workerData } from "node:worker_threads";
import { assert } from "../../base/assert.js";
import { closeDatabase, type Database, faultOf, openDatabase } from "./database.js";
import {
  createWriteEngine,
  type WriteAnswer,
  type WriteEngine,
  type WriteRequest,
} from "./write-engine.js";
import type { WriterMessage, WriterSettings } from "./writer-thread.js";

const port = parentPort;
assert(port !== null, "the writer runs on a thread of its own");
const settings: WriterSettings = workerData;

let db: Database | null = null;
let engine: WriteEngine | null = null;
let doomed = false;

function open(): WriteEngine {
  db = openDatabase(settings.path, { busyTimeoutMs: settings.busyTimeoutMs });
  return createWriteEngine(db);
}

function run(requests: readonly WriteRequest[]): WriteAnswer[] {
  try {
    engine ??= open();
  } catch (error) {
    const cannotOpen = faultOf(error);
    return requests.map(() => cannotOpen);
  }
  return engine.run(requests);
}

function close(): void {
  if (db === null) return;
  try {
    db.exec("PRAGMA store.wal_checkpoint(PASSIVE)");
  } catch {
    // The disk is full: everything is in the log, and the next to open the file reads it there.
  }
  closeDatabase(db);
}

try {
  engine = open();
} catch {
  // The first batch tries again, and answers with the fault.
  engine = null;
}
port.on("message", (message: WriterMessage) => {
  if (message === "die") {
    doomed = true;
  } else if (message === "close") {
    port.close();
    close();
  } else {
    const answers = run(message);
    if (doomed) throw new Error("it was told to");
    port.postMessage(answers);
  }
});
