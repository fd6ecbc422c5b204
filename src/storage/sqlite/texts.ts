// Owns asking the text index. Statuses are walked from the newest, so a page of a common word costs
// as much as a page of a rare one; accounts and tags are ranked by how well they match, among a
// bounded number of candidates, since ranking reads every one of them.

import { BrokenAssertion } from "../../base/assert.js";
import type { TextQuery, Texts } from "../../ports/storage.js";
import { limitOf, reading, type Sql } from "./reads.js";
import { matchExpression } from "./words.js";

/** Hits that are ranked; of more, the newest. */
const CANDIDATES_MAX = 5_000;

export function createTexts(sql: Sql): Texts {
  return {
    async find(query) {
      const match = matchExpression(query);
      if (match === null) return [];
      const rows: { id: string }[] = reading(() =>
        query.index === "statuses" ? findByAge(sql, match, query) : findByMatch(sql, match, query),
      );
      return rows.map((row) => row.id);
    },
  };
}

function findByAge(sql: Sql, match: string, query: TextQuery): { id: string }[] {
  const bounds: bigint[] = [];
  let where = "texts_statuses MATCH ?";
  if (query.below !== undefined) {
    where += " AND rowid < ?";
    bounds.push(numberOf(query.below));
  }
  if (query.above !== undefined) {
    where += " AND rowid > ?";
    bounds.push(numberOf(query.above));
  }
  return sql(
    `SELECT CAST(rowid AS TEXT) AS id FROM texts_statuses WHERE ${where} ` +
      "ORDER BY rowid DESC LIMIT ? OFFSET ?",
  ).all(match, ...bounds, limitOf(query.limit), limitOf(query.offset ?? 0));
}

const NUMBER_MAX = 9_223_372_036_854_775_807n;

/** A bound as a number that SQLite can hold. */
function numberOf(id: string): bigint {
  if (!/^[0-9]{1,20}$/.test(id)) throw new BrokenAssertion(`a bound that is no id: ${id}`);
  const number = BigInt(id);
  return number > NUMBER_MAX ? NUMBER_MAX : number;
}

function findByMatch(sql: Sql, match: string, query: TextQuery): { id: string }[] {
  const bounds: string[] = [];
  let where = "";
  if (query.below !== undefined) {
    where += " AND (length(id), id) < (length(?), ?)";
    bounds.push(query.below, query.below);
  }
  if (query.above !== undefined) {
    where += " AND (length(id), id) > (length(?), ?)";
    bounds.push(query.above, query.above);
  }
  const table = `texts_${query.index}`;
  return sql(
    `SELECT id FROM (SELECT rowid AS number, bm25(${table}, 1.0, 0.0) AS score FROM ${table} ` +
      `WHERE ${table} MATCH ? ORDER BY rowid DESC LIMIT ${CANDIDATES_MAX}) ` +
      `JOIN text_ids USING (number) WHERE true${where} ORDER BY score, number LIMIT ? OFFSET ?`,
  ).all(match, ...bounds, limitOf(query.limit), limitOf(query.offset ?? 0));
}
