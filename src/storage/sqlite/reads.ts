// Owns the reading SQL of journal, records, collections and registers. Every read is one statement
// on its own connection, so it sees a state between two commits, and all that was acknowledged.
// A damaged or unreadable file rejects with StoreFailure, for the port's reads answer data.

import { BrokenAssertion } from "../../base/assert.js";
import { fault } from "../../base/faults.js";
import type {
  Collections,
  FactRow,
  Journal,
  Member,
  PageOf,
  Records,
  Registers,
} from "../../ports/storage.js";
import { type Database, faultOf, StoreFailure, statementCache } from "./database.js";

export type Sql = ReturnType<typeof statementCache>;

/** Runs a read; turns the library's errors into StoreFailure. */
export function reading<T>(run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (error instanceof BrokenAssertion || error instanceof StoreFailure) throw error;
    throw new StoreFailure(faultOf(error));
  }
}

/** A `LIMIT` that SQLite takes as meant: it reads a negative one as none at all. */
export function limitOf(limit: number): number {
  return Math.max(0, Math.floor(limit) || 0);
}

function createJournalReads(sql: Sql): Pick<Journal, "read"> {
  return {
    async read(cell, afterSeq, limit) {
      const rows: FactRow[] = reading(() =>
        sql(
          "SELECT seq, fact FROM journal WHERE cell = (SELECT number FROM cells WHERE cell = ?) " +
            "AND seq > ? ORDER BY seq LIMIT ?",
        ).all(cell, afterSeq, limitOf(limit)),
      );
      rows.forEach((row, at) => {
        if (row.seq === afterSeq + 1 + at) return;
        const cause = `the journal of ${cell} has no fact ${afterSeq + 1 + at}`;
        throw new StoreFailure(fault("store-unavailable", undefined, { cause }));
      });
      return rows;
    },
  };
}

function createRecords(sql: Sql): Records {
  return {
    async get(kind, id) {
      const row: { doc: string } | undefined = reading(() =>
        sql("SELECT doc FROM records WHERE kind = ? AND id = ?").get(kind, id),
      );
      return row?.doc ?? null;
    },
    async getMany(kind, ids) {
      const rows: { id: string; doc: string }[] = reading(() =>
        sql(
          "SELECT id, doc FROM records WHERE kind = ? AND id IN (SELECT value FROM json_each(?))",
        ).all(kind, JSON.stringify(ids)),
      );
      return new Map(rows.map((row) => [row.id, row.doc]));
    },
    async scan(kind, after, limit) {
      return reading(() =>
        sql("SELECT id, doc FROM records WHERE kind = ? AND id > ? ORDER BY id LIMIT ?").all(
          kind,
          after,
          limitOf(limit),
        ),
      );
    },
  };
}

const OF_COLLECTION = "collection = (SELECT number FROM collections WHERE name = ?)";

type LookedUp = { at: number; member: string; rank: string; value: string };

function createCollections(sql: Sql): Collections {
  return {
    async page(collection, page) {
      return reading(() => {
        const { text, bounds } = pageSql(page);
        return sql(text).all(collection, ...bounds, limitOf(page.limit));
      });
    },
    async pick(collection, members) {
      const rows: Member[] = reading(() =>
        sql(
          `SELECT member, rank, value FROM members INDEXED BY members_by_name ` +
            `WHERE ${OF_COLLECTION} AND member IN (SELECT value FROM json_each(?))`,
        ).all(collection, JSON.stringify(members)),
      );
      return new Map(rows.map((row) => [row.member, row]));
    },
    async lookup(wanted) {
      const rows: LookedUp[] = reading(() => sql(LOOKUP).all(JSON.stringify(wanted)));
      const answer: (Member | null)[] = wanted.map(() => null);
      for (const { at, member, rank, value } of rows) answer[at] = { member, rank, value };
      return answer;
    },
    async count(collection) {
      const row: { count: number } | undefined = reading(() =>
        sql("SELECT count FROM collections WHERE name = ?").get(collection),
      );
      return row?.count ?? 0;
    },
  };
}

const LOOKUP =
  "SELECT asked.key AS at, members.member, members.rank, members.value " +
  "FROM json_each(?) AS asked " +
  "CROSS JOIN collections ON collections.name = asked.value ->> 'collection' " +
  "CROSS JOIN members ON members.collection = collections.number " +
  "AND members.member = asked.value ->> 'member'";

function pageSql(page: PageOf): { text: string; bounds: string[] } {
  const bounds: string[] = [];
  let where = OF_COLLECTION;
  if (page.below !== undefined) {
    where += " AND rank < ?";
    bounds.push(page.below);
  }
  if (page.above !== undefined) {
    where += " AND rank > ?";
    bounds.push(page.above);
  }
  const way = page.from === "low" ? "ASC" : "DESC";
  const text =
    `SELECT member, rank, value FROM members WHERE ${where} ` +
    `ORDER BY rank ${way}, member ${way} LIMIT ?`;
  return { text, bounds };
}

function createRegisterReads(sql: Sql): Pick<Registers, "read"> {
  return {
    async read(key) {
      const row: { value: string; version: number } | undefined = reading(() =>
        sql("SELECT value, version FROM registers WHERE key = ? AND value IS NOT NULL").get(key),
      );
      return row ?? null;
    },
  };
}

/** Everything that reads, on one connection. */
export function createReads(db: Database): {
  sql: Sql;
  journal: Pick<Journal, "read">;
  records: Records;
  collections: Collections;
  registers: Pick<Registers, "read">;
} {
  const sql = statementCache(db);
  return {
    sql,
    journal: createJournalReads(sql),
    records: createRecords(sql),
    collections: createCollections(sql),
    registers: createRegisterReads(sql),
  };
}
