// Owns the tables, and the steps from one version of them to the next. The version is in the file
// (`PRAGMA user_version`); a file newer than this program is refused. A step, once released, never
// changes: a change is a new step at the end.
//
// The five shapes, and the text index. Rows that can be long are kept apart from their keys, in
// order of arrival (no WITHOUT ROWID): see docs/decisions/0002-sqlite-store.md for what that saves.
//   cells, journal, snapshots   facts in order of arrival, found by cell and number; who may write
//   records                     documents by kind and id
//   collections, members        ordered by (rank, member); found by member; counted by trigger
//   registers                   a removed one keeps its row, so that its version never repeats
//   texts_*, text_ids           word indexes without the words' documents; text_ids numbers the
//                               documents whose ids are not numbers already

import { type Fault, fault } from "../../base/faults.js";
import { type Database, inTransaction } from "./database.js";

/** One step. Its tables belong to the schema `store` (database.ts says why). */
export type UpgradeStep = { from: number; to: number; run: (db: Database) => void };

export const UPGRADE_STEPS: readonly UpgradeStep[] = [
  { from: 0, to: 1, run: (db) => db.exec(SHAPES + TEXTS) },
];

const SHAPES = `
  CREATE TABLE store.cells (
    number INTEGER PRIMARY KEY, cell TEXT NOT NULL UNIQUE,
    epoch INTEGER NOT NULL, last_seq INTEGER NOT NULL
  );
  CREATE TABLE store.journal (
    cell INTEGER NOT NULL, seq INTEGER NOT NULL, epoch INTEGER NOT NULL, fact TEXT NOT NULL,
    PRIMARY KEY (cell, seq)
  );
  CREATE TABLE store.snapshots (
    cell INTEGER NOT NULL, seq INTEGER NOT NULL, version INTEGER NOT NULL,
    checksum TEXT NOT NULL, state TEXT NOT NULL,
    PRIMARY KEY (cell, seq)
  );

  CREATE TABLE store.records (
    kind TEXT NOT NULL, id TEXT NOT NULL, doc TEXT NOT NULL,
    PRIMARY KEY (kind, id)
  );

  CREATE TABLE store.collections (
    number INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, count INTEGER NOT NULL DEFAULT 0
  );
  CREATE TABLE store.members (
    collection INTEGER NOT NULL, rank TEXT NOT NULL, member TEXT NOT NULL, value TEXT NOT NULL,
    PRIMARY KEY (collection, rank, member)
  ) WITHOUT ROWID;
  CREATE UNIQUE INDEX store.members_by_name ON members (collection, member);
  CREATE TRIGGER store.members_added AFTER INSERT ON members BEGIN
    UPDATE collections SET count = count + 1 WHERE number = new.collection;
  END;
  CREATE TRIGGER store.members_dropped AFTER DELETE ON members BEGIN
    UPDATE collections SET count = count - 1 WHERE number = old.collection;
  END;

  CREATE TABLE store.registers (
    key TEXT PRIMARY KEY, value TEXT, version INTEGER NOT NULL
  ) WITHOUT ROWID;
`;

const WORDS = "content = '', contentless_delete = 1, tokenize = 'unicode61 remove_diacritics 2'";

const TEXTS = `
  CREATE TABLE store.text_ids (
    number INTEGER PRIMARY KEY, place TEXT NOT NULL, id TEXT NOT NULL, UNIQUE (place, id)
  );
  CREATE VIRTUAL TABLE store.texts_statuses USING fts5 (body, facets, ${WORDS});
  CREATE VIRTUAL TABLE store.texts_accounts USING fts5 (body, facets, prefix = '1 2 3', ${WORDS});
  CREATE VIRTUAL TABLE store.texts_tags USING fts5 (body, facets, prefix = '1 2 3', ${WORDS});
`;

/** The version that this program writes: the last step's. */
export function newestVersion(steps: readonly UpgradeStep[] = UPGRADE_STEPS): number {
  return steps.at(-1)?.to ?? 0;
}

/** The version of the file. */
export function versionOf(db: Database): number {
  const row: { user_version: number } = db.prepare("PRAGMA store.user_version").get();
  return row.user_version;
}

/**
 * Brings the file to the newest version, each step in a transaction of its own, so that an
 * interrupted upgrade goes on where it stopped. Faults: store-unavailable, if the file is newer
 * than this program, or no step leads on from it. Throws the library's error if a step fails.
 */
export function upgrade(db: Database, steps: readonly UpgradeStep[] = UPGRADE_STEPS): null | Fault {
  const newest = newestVersion(steps);
  for (;;) {
    const version = versionOf(db);
    if (version === newest) return null;
    if (version > newest) {
      const says = `The data has version ${version}, but this rookery only knows ${newest}`;
      return fault("store-unavailable", `${says}: use the newer rookery that wrote it`);
    }
    const step = steps.find((candidate) => candidate.from === version);
    if (step === undefined || step.to <= version) {
      return fault("store-unavailable", `There is no upgrade from data version ${version}`);
    }
    inTransaction(db, () => {
      // Another process may have taken this step while we waited for the lock.
      if (versionOf(db) !== version) return;
      step.run(db);
      db.exec(`PRAGMA store.user_version = ${step.to}`);
    });
  }
}
