// Makes entities.tsv and api.tsv from longer tables that carry remarks as well: names, types and
// places only. Run: node test/reference/distil.mjs ENTITIES_TABLE API_TABLE

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const [entitiesTable, apiTable] = process.argv.slice(2);

const rowsOf = (path) =>
  readFileSync(path, "utf8")
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map((line) => line.split("\t"));

const write = (name, rows) =>
  writeFileSync(
    join(import.meta.dirname, name),
    `${rows.map((row) => row.join("\t")).join("\n")}\n`,
  );

/** The type without the remark behind it. */
function typeOf(text) {
  if (text.startsWith("enum(as Notification.type")) return "Notification.type";
  if (text.startsWith("datetime (always midnight)")) return "datetime(midnight)";
  const type =
    /^(?:enum\([^)]*\)|\w+(?:::\w+)*(?:\([\w ]+\))?)(?:\[\])?(?: or \w+(?:::\w+)*)*/.exec(text);
  return type === null ? text : type[0].replaceAll(" or ", "|");
}

write(
  "entities.tsv",
  rowsOf(entitiesTable).map(([entity, field, type, nulls], at) =>
    at === 0 ? [entity, field, type, nulls] : [entity, field, typeOf(type), nulls],
  ),
);
write(
  "api.tsv",
  rowsOf(apiTable).map(([method, path, , scope, area, , priority, also]) => [
    method,
    path,
    scope,
    area,
    priority,
    also,
  ]),
);
