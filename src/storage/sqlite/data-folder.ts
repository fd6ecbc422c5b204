// Owns the data folder: the names in it, and that one process at a time serves from it. The lock is
// an open transaction on a small database file, for SQLite's locks vanish with their process
// however it ends, and still let others read who holds them.

import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { type Fault, fault } from "../../base/faults.js";
import { closeDatabase, type Database, faultOf, openDatabase } from "./database.js";

export const DATABASE_FILE = "rookery.db";
export const LOCK_FILE = "rookery.lock";
const LOCK_WAIT_MS = 250;

/** The database file of a data folder. */
export function databasePath(folder: string): string {
  return join(folder, DATABASE_FILE);
}

export type FolderLock = {
  /** Lets go of the folder. Calling it twice is harmless. */
  release(): void;
};

/**
 * Takes the folder for this process, making it if need be. Faults: store-busy, naming the holder's
 * process id, if another serves from it; store-full, or store-unavailable if it cannot be written.
 */
export function lockDataFolder(folder: string, pid: number = process.pid): FolderLock | Fault {
  let db: Database | null = null;
  try {
    mkdirSync(folder, { recursive: true });
    db = openDatabase(join(folder, LOCK_FILE), { log: false, busyTimeoutMs: LOCK_WAIT_MS });
    const taken = take(db, pid);
    if (taken !== null) {
      closeDatabase(db);
      return taken;
    }
  } catch (error) {
    if (db !== null) closeDatabase(db);
    const it = faultOf(error);
    const tag = it.fault === "internal" ? "store-unavailable" : it.fault;
    return fault(tag, `The data folder ${folder} cannot be used: ${it.cause}`);
  }
  const held = db;
  return { release: () => closeDatabase(held) };
}

/** Writes down who we are, then holds the right to write without ever using it. */
function take(db: Database, pid: number): null | Fault {
  try {
    db.exec("BEGIN IMMEDIATE");
    db.exec("CREATE TABLE IF NOT EXISTS store.holder (pid INTEGER NOT NULL)");
    db.exec("DELETE FROM holder");
    db.exec(`INSERT INTO holder (pid) VALUES (${Math.floor(pid)})`);
    db.exec("COMMIT");
    db.exec("BEGIN IMMEDIATE");
    return null;
  } catch (error) {
    if (faultOf(error).fault !== "store-busy") throw error;
    const holder = holderOf(db);
    const who = holder === null ? "another rookery" : `another rookery (pid ${holder})`;
    return fault("store-busy", `${who} uses this folder`);
  }
}

function holderOf(db: Database): number | null {
  try {
    if (db.isTransaction) db.exec("ROLLBACK");
    const row: { pid: number } | undefined = db.prepare("SELECT pid FROM holder").get();
    return row?.pid ?? null;
  } catch {
    // It has only just been taken, and the name is not written yet.
    return null;
  }
}
