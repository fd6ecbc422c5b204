// Owns telling whether a copy of the database is whole: the file's own structure, the version, each
// cell's facts (dense, epochs never falling), the snapshots' checksums, the collections' counts.

import { existsSync, statSync } from "node:fs";
import { checksumOf } from "./checksum.js";
import { type Database, faultOf, withDatabase } from "./database.js";
import { newestVersion, versionOf } from "./schema.js";

export type BackupReport = {
  /** Sentences; none if the copy is whole. */
  problems: string[];
  bytes: number;
  version: number;
  cells: number;
  facts: number;
  records: number;
};

/** Problems of one kind that are named; of more, the first. */
const NAMED_MAX = 20;

/** Reads all of `file`. Takes as long as that; for commands, not for a serving process. */
export async function verifyBackup(file: string): Promise<BackupReport> {
  const report = { problems: [], bytes: 0, version: 0, cells: 0, facts: 0, records: 0 };
  if (!existsSync(file)) return { ...report, problems: [`${file} does not exist`] };
  const bytes = statSync(file).size;
  try {
    return withDatabase(file, { mode: "read" }, (db) => ({ ...inspect(db), bytes }));
  } catch (error) {
    return { ...report, bytes, problems: [`the file cannot be read: ${faultOf(error).cause}`] };
  }
}

function inspect(db: Database): Omit<BackupReport, "bytes"> {
  const version = versionOf(db);
  const none = { version, cells: 0, facts: 0, records: 0 };
  if (version === 0) return { ...none, problems: ["the file is no rookery database"] };
  if (version > newestVersion()) {
    const says = `the data has version ${version}, newer than this rookery (${newestVersion()})`;
    return { ...none, problems: [says] };
  }
  const damage = damages(db);
  if (damage.length > 0) return { ...none, problems: damage };
  return {
    version,
    cells: count(db, "cells"),
    facts: count(db, "journal"),
    records: count(db, "records"),
    problems: [...brokenJournals(db), ...brokenSnapshots(db), ...brokenCounts(db)],
  };
}

function count(db: Database, table: string): number {
  const row: { n: number } = db.prepare(`SELECT count(*) AS n FROM ${table}`).get();
  return row.n;
}

function damages(db: Database): string[] {
  const rows: { integrity_check: string }[] = db
    .prepare(`PRAGMA store.integrity_check(${NAMED_MAX})`)
    .all();
  return rows
    .filter((row) => row.integrity_check !== "ok")
    .map((row) => `the file is damaged: ${row.integrity_check}`);
}

/** Facts may be missing at the beginning only, and only as far as a snapshot covers them. */
const GAPS = `
  SELECT cell FROM (
    SELECT cells.cell, cells.last_seq, count(seq) AS facts, min(seq) AS first, max(seq) AS last,
      (SELECT coalesce(max(seq), 0) FROM snapshots WHERE snapshots.cell = cells.number) AS covered
    FROM cells LEFT JOIN journal ON journal.cell = cells.number
    GROUP BY cells.number
  ) WHERE CASE WHEN facts = 0 THEN last_seq > covered
    ELSE last <> last_seq OR facts <> last - first + 1 OR first > covered + 1 END
  LIMIT ${NAMED_MAX}`;

const FALLING_EPOCHS = `
  SELECT DISTINCT cells.cell FROM (
    SELECT cell, epoch, lag(epoch) OVER (PARTITION BY cell ORDER BY seq) AS before FROM journal
  ) AS facts JOIN cells ON cells.number = facts.cell
  WHERE facts.epoch < facts.before OR facts.epoch > cells.epoch
  LIMIT ${NAMED_MAX}`;

const STRAYS = "SELECT DISTINCT cell FROM journal WHERE cell NOT IN (SELECT number FROM cells)";

function brokenJournals(db: Database): string[] {
  const cellsOf = (sql: string): { cell: string }[] => db.prepare(sql).all();
  return [
    ...cellsOf(GAPS).map(({ cell }) => `the journal of ${cell} has a gap`),
    ...cellsOf(FALLING_EPOCHS).map(({ cell }) => `the journal of ${cell} has a falling epoch`),
    ...cellsOf(STRAYS).map(({ cell }) => `there are facts of a cell that is not there: ${cell}`),
  ];
}

type SnapshotRow = { cell: string; seq: number; version: number; checksum: string; state: string };

function brokenSnapshots(db: Database): string[] {
  const problems: string[] = [];
  const rows: Iterable<SnapshotRow> = db
    .prepare(
      "SELECT cells.cell, seq, version, checksum, state FROM snapshots " +
        "JOIN cells ON cells.number = snapshots.cell",
    )
    .iterate();
  for (const { checksum, ...row } of rows) {
    if (checksumOf(row.cell, row) === checksum || problems.length >= NAMED_MAX) continue;
    problems.push(`the snapshot of ${row.cell} at fact ${row.seq} is damaged`);
  }
  return problems;
}

function brokenCounts(db: Database): string[] {
  const rows: { name: string }[] = db
    .prepare(
      "SELECT name FROM collections WHERE count <> " +
        "(SELECT count(*) FROM members WHERE members.collection = collections.number) " +
        `LIMIT ${NAMED_MAX}`,
    )
    .all();
  return rows.map((row) => `the collection ${row.name} is counted wrongly`);
}
