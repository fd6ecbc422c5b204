// Owns copies of the database: taking one while the server serves, telling whether one is whole,
// and putting one in place. A copy is taken by a thread of its own, from one moment of the file,
// and has its name only when all of it is on the disk.

import { existsSync, statSync } from "node:fs";
import { copyFile, link, open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { Worker } from "node:worker_threads";
import { type Fault, fault, isFault } from "../../base/faults.js";
import type { Scheduler } from "../../ports/clock.js";
import { databasePath, lockDataFolder } from "./data-folder.js";
import { closeDatabase, faultOf, openDatabase } from "./database.js";
import { verifyBackup } from "./verify-backup.js";

export type BackupProgress = { bytes: number; bytesExpected: number };

export type BackupOptions = {
  progress?: (it: BackupProgress) => void;
  /** With it, progress is told every half second, and else only at the end. */
  scheduler?: Scheduler;
};

/** To the thread that copies. */
export type BackupOrder = { from: string; to: string };

const PROGRESS_MS = 500;

/**
 * Copies the database file `from` (in use or not) to the new file `to`. Answers its size. Faults:
 * duplicate if `to` exists; store-full, store-busy, store-unavailable, with a sentence each.
 */
export async function backupDatabase(
  from: string,
  to: string,
  options: BackupOptions = {},
): Promise<{ bytes: number } | Fault> {
  if (!existsSync(from)) return fault("not-found", `There is no database at ${from}`);
  if (existsSync(to)) return fault("duplicate", `${to} exists already: choose another name`);
  const partial = `${to}.partial`;
  const bytesExpected = statSync(from).size;
  const tell = () => options.progress?.({ bytes: sizeOf(partial), bytesExpected });
  const stopTelling = repeat(options.scheduler, tell);
  try {
    await rm(partial, { force: true });
    const failed = await copyOnThread({ from, to: partial });
    if (failed !== null) return fault(failed.fault, `The backup failed: ${failed.cause}`);
    const bytes = sizeOf(partial);
    await syncAndRename(partial, to);
    options.progress?.({ bytes, bytesExpected: bytes });
    return { bytes };
  } catch (error) {
    return diskFault("The backup failed", error);
  } finally {
    stopTelling();
    await rm(partial, { force: true });
  }
}

function repeat(scheduler: Scheduler | undefined, run: () => void): () => void {
  if (scheduler === undefined) return () => {};
  let cancel = scheduler.after(PROGRESS_MS, again);
  function again(): void {
    run();
    cancel = scheduler?.after(PROGRESS_MS, again) ?? cancel;
  }
  return () => cancel();
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

function copyOnThread(order: BackupOrder): Promise<Fault | null> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL("./backup-worker.js", import.meta.url), {
      workerData: order,
      name: "backup",
    });
    worker.once("message", resolve);
    worker.once("error", reject);
    worker.once("exit", (code) => reject(new Error(`the copying thread ended with code ${code}`)));
  });
}

/** Puts all of the file on the disk, and then its name. */
async function syncAndRename(from: string, to: string): Promise<void> {
  await syncPath(from);
  await rename(from, to);
  await syncPath(dirname(to));
}

async function syncPath(path: string): Promise<void> {
  const handle = await open(path, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function diskFault(what: string, error: unknown): Fault {
  const cause = error instanceof Error ? error.message : String(error);
  const isFull = error instanceof Error && "code" in error && error.code === "ENOSPC";
  return fault(isFull ? "store-full" : "store-unavailable", `${what}: ${cause}`);
}

export type Restored = {
  /** The database file that is now in place. */
  path: string;
  /** Where the one that was there before is kept; null if there was none. */
  kept: string | null;
};

/**
 * Puts the backup `file` in place in the data folder, keeping what was there beside it. Either all
 * of the backup is in place afterwards, or what was there before. Faults: store-busy if a server
 * uses the folder; invalid if the backup is not whole; store-full, store-unavailable.
 */
export async function restoreFrom(file: string, folder: string): Promise<Restored | Fault> {
  const report = await verifyBackup(file);
  if (report.problems.length > 0) {
    const first = report.problems[0] ?? "";
    return fault("invalid", `${file} cannot be restored: ${first}`);
  }
  const lock = lockDataFolder(folder);
  if (isFault(lock)) return lock;
  const path = databasePath(folder);
  const incoming = `${path}.restoring`;
  try {
    await copyFile(file, incoming);
    await syncPath(incoming);
    const kept = existsSync(path) ? await keepOld(path) : null;
    await rename(incoming, path);
    await syncPath(folder);
    return { path, kept };
  } catch (error) {
    return diskFault("The restore failed", error);
  } finally {
    await rm(incoming, { force: true });
    lock.release();
  }
}

/** The old file gets a second name; its own goes only with the rename that replaces it. */
async function keepOld(path: string): Promise<string> {
  foldLog(path);
  const kept = `${path}.replaced`;
  await rm(kept, { force: true });
  await link(path, kept);
  // A log that could not be folded is of a file that cannot be read; beside the new one it would be
  // taken for the new one's.
  await rm(`${path}-wal`, { force: true });
  await rm(`${path}-shm`, { force: true });
  return kept;
}

function foldLog(path: string): void {
  try {
    const db = openDatabase(path);
    db.exec("PRAGMA store.wal_checkpoint(TRUNCATE)");
    closeDatabase(db);
  } catch (error) {
    // A damaged file is a reason to restore, not a reason not to.
    if (faultOf(error).fault === "store-busy") throw error;
  }
}
