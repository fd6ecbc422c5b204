// Owns checking JSON against the table of Mastodon's entities (test/reference/entities.tsv): missing
// and unknown fields, wrong types, unexpected nulls, in the value and in all entities inside it.

import { readFileSync } from "node:fs";
import { repoFile } from "./repo-file.js";

type Nullness = "no" | "null" | "opt" | "opt,null";

type Field = { type: string; nulls: Nullness; fields: Fields };

type Fields = Map<string, Field>;

const TABLE = readTable();
const NOTIFICATION_TYPES = TABLE.get("Notification")?.get("type")?.type ?? "";

/** Names of the entities in the table. */
export const ENTITIES: readonly string[] = [...TABLE.keys()];

/**
 * Problems of `value` as the entity (`Status`, `Account[]`), each with its place; none if it is right.
 * Throws if the table knows no such entity: that is a mistake in the test.
 */
export function checkEntity(entity: string, value: unknown): string[] {
  const name = entity.replace(/\[\]$/, "");
  if (!TABLE.has(name)) throw new Error(`The table of entities has no ${name}`);
  return checkType(entity, value, name, new Map());
}

function readTable(): Map<string, Fields> {
  const rows = readFileSync(repoFile("test/reference/entities.tsv"), "utf8")
    .split("\n")
    .slice(1)
    .filter((line) => line !== "")
    .map((line) => line.split("\t") as [string, string, string, Nullness]);
  const table = new Map<string, Fields>();
  for (const [entity] of rows) table.set(entity, new Map());
  for (const row of rows) if (!row[1].startsWith("(")) addField(table, row);
  for (const [entity, field] of rows) {
    const base = /^\(all of (.+)\)$/.exec(field)?.[1];
    for (const [name, it] of table.get(base ?? "") ?? []) {
      const fields = table.get(entity);
      if (fields?.has(name) === false) fields.set(name, it);
    }
  }
  return table;
}

function addField(table: Map<string, Fields>, row: [string, string, string, Nullness]): void {
  const [entity, path, type, nulls] = row;
  const steps = stepsOf(path);
  let fields = table.get(entity) ?? new Map();
  for (const [at, step] of steps.entries()) {
    const known: Field = fields.get(step) ?? { type: "object", nulls: "no", fields: new Map() };
    if (at === steps.length - 1) Object.assign(known, { type, nulls });
    fields.set(step, known);
    fields = known.fields;
  }
}

/** `a.b[].c["d.e"]` as its steps; the brackets of lists are in the types. */
function stepsOf(path: string): string[] {
  return [...path.matchAll(/\["([^"]+)"\]|([^.[\]]+)(?:\[\])?/g)].map((it) => it[1] ?? it[2] ?? "");
}

function checkType(type: string, value: unknown, path: string, inner: Fields): string[] {
  if (type.includes("|")) return checkEither(type.split("|"), value, path);
  if (type === "Notification.type") return checkType(NOTIFICATION_TYPES, value, path, inner);
  if (type.endsWith("[]")) {
    if (!Array.isArray(value)) return [`${path} is no list`];
    const of = type.slice(0, -2);
    return value.flatMap((it, at) => checkType(of, it, `${path}[${at}]`, inner));
  }
  const choices = /^enum\((.*)\)$/.exec(type)?.[1]?.split(",");
  if (choices !== undefined) {
    return choices.includes(String(value)) ? [] : [`${path} is ${show(value)}, not of ${type}`];
  }
  const entity = TABLE.get(type);
  if (entity !== undefined) return checkFields(entity, value, path);
  if (type === "object") return checkObject(inner, value, path);
  const check = SCALARS[type];
  if (check === undefined) throw new Error(`The table of entities has an unknown type: ${type}`);
  return check(value) ? [] : [`${path} is ${show(value)}, not ${type}`];
}

function checkEither(types: readonly string[], value: unknown, path: string): string[] {
  const tries = types.map((type) => checkType(type, value, path, new Map()));
  return tries.reduce((best, it) => (it.length < best.length ? it : best));
}

function checkObject(fields: Fields, value: unknown, path: string): string[] {
  if (fields.size > 0) return checkFields(fields, value, path);
  return isObject(value) ? [] : [`${path} is ${show(value)}, not an object`];
}

function checkFields(fields: Fields, value: unknown, path: string): string[] {
  if (!isObject(value)) return [`${path} is ${show(value)}, not an object`];
  const problems: string[] = [];
  for (const [name, field] of fields) {
    const at = `${path}.${name}`;
    const it = value[name];
    if (it === undefined) {
      if (!field.nulls.startsWith("opt")) problems.push(`${at} is missing`);
    } else if (it === null) {
      if (!field.nulls.includes("null")) problems.push(`${at} is null`);
    } else if (field.type !== "null") problems.push(...checkType(field.type, it, at, field.fields));
  }
  for (const name of Object.keys(value)) {
    if (!fields.has(name)) problems.push(`${path}.${name} is not in the table`);
  }
  return problems;
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const show = (value: unknown): string => (JSON.stringify(value) ?? "undefined").slice(0, 80);

const text =
  (pattern: RegExp) =>
  (value: unknown): boolean =>
    typeof value === "string" && pattern.test(value);

const isAddress = (value: unknown): boolean =>
  typeof value === "string" && (value === "" || URL.canParse(value));

const SCALARS: Readonly<Record<string, (value: unknown) => boolean>> = {
  id: text(/^\d{1,20}$/),
  string: (value) => typeof value === "string",
  "string(url)": isAddress,
  "string(html)": (value) => typeof value === "string",
  "string(int)": text(/^\d+$/),
  "string(language)": text(/^[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*$/),
  "string(sha256 hex)": text(/^[0-9a-f]{64}$/),
  "string(blurhash)": text(/^\S{6,}$/),
  "string(unix seconds)": text(/^\d{1,11}$/),
  datetime: text(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
  "datetime(midnight)": text(/^\d{4}-\d\d-\d\dT00:00:00\.000Z$/),
  date: text(/^\d{4}-\d\d-\d\d$/),
  boolean: (value) => typeof value === "boolean",
  integer: (value) => Number.isInteger(value),
  number: (value) => typeof value === "number" && Number.isFinite(value),
  "number(unix seconds)": (value) => Number.isInteger(value) && Number(value) < 1e11,
  null: (value) => value === null,
};

/** Types that the table uses and this file cannot check. */
export function unknownTypes(): string[] {
  const names = new Set<string>();
  const walk = (fields: Fields): void => {
    for (const field of fields.values()) {
      for (const it of field.type.split("|")) names.add(it.replace(/(\[\])+$/, ""));
      walk(field.fields);
    }
  };
  for (const fields of TABLE.values()) walk(fields);
  const known = (it: string) =>
    it === "object" || it === "Notification.type" || it.startsWith("enum(") || TABLE.has(it);
  return [...names].filter((it) => !known(it) && SCALARS[it] === undefined);
}
