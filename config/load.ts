// Owns reading the settings: flags before environment before file before defaults. Promises that
// what it answers is complete and checked, or else that every problem is named at once: which key,
// where it came from, why, and what to do. The only reader of the environment.

import { readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { isMap, isScalar, LineCounter, type Pair, parseDocument, type YAMLMap } from "yaml";
import { nearest } from "../src/base/suggest.js";
import { ENTRIES, type Entry, type Settings } from "./schema.js";

/** The settings file, in the data folder unless `--config` or ROOKERY_CONFIG names another. */
export const FILE_NAME = "rookery.yaml";
const CONFIG_ENV = "ROOKERY_CONFIG";
const CONFIG_FLAG = "--config";
const FILE_MAX_BYTES = 1024 * 1024;

/** Where a value came from; `name` is the flag, the variable or the file and line. */
export type Source = { from: "flag" | "environment" | "file" | "default"; name: string };

export type Problem = {
  /** The setting's key, or what was given in place of one. */
  key: string;
  source: string;
  reason: string;
  fix: string;
};

export type Loaded = {
  settings: Settings;
  /** By key. */
  sources: ReadonlyMap<string, Source>;
  /** The settings file that was read, or null. */
  file: string | null;
};

export type LoadInput = {
  /** By flag, such as `--listen`; a flag without a value has "". */
  flags: ReadonlyMap<string, string>;
  /** The process's own if absent. */
  env?: Readonly<Record<string, string | undefined>>;
  /** Where relative paths of flags and environment start; the process's own folder if absent. */
  folder?: string;
};

/** A value as it was given, before its kind has seen it. */
type Given = { value: unknown; source: Source };

const byKey = new Map(ENTRIES.map((it) => [it.key, it]));
const byEnv = new Map(ENTRIES.map((it) => [it.env, it]));
const byFlag = new Map(ENTRIES.map((it) => [it.flag, it]));

/** The settings, or every problem that stands in their way. */
export function loadSettings(input: LoadInput): Loaded | { problems: Problem[] } {
  const problems: Problem[] = [];
  const given = new Map<string, Given>();
  const env = input.env ?? process.env;
  const folder = input.folder ?? process.cwd();
  const file = findFile(input.flags, env, folder);
  const text = readFile(file, problems);
  if (text !== null) takeFile(text, file.path, given, problems);
  takeEnvironment(env, given, problems);
  takeFlags(input.flags, given, problems);
  const values = new Map<string, unknown>();
  const sources = new Map<string, Source>();
  for (const entry of ENTRIES) {
    const it = given.get(entry.key);
    sources.set(entry.key, it?.source ?? { from: "default", name: "default" });
    values.set(entry.key, check(entry, it, problems));
  }
  if (problems.length > 0) return { problems };
  const settings = resolvePaths(nest(values), sources, { folder, file: dirname(file.path) });
  const found = { path: file.path, named: file.source !== null };
  const crossed = crossCheck(settings, sources, found);
  if (crossed.length > 0) return { problems: crossed };
  return { settings, sources, file: text === null ? null : file.path };
}

function findFile(
  flags: LoadInput["flags"],
  env: Readonly<Record<string, string | undefined>>,
  folder: string,
): { path: string; source: string | null } {
  const asked = flags.get(CONFIG_FLAG) || env[CONFIG_ENV];
  if (asked !== undefined && asked !== "") {
    const source = flags.get(CONFIG_FLAG) ? CONFIG_FLAG : CONFIG_ENV;
    return { path: resolve(folder, asked), source };
  }
  const entry = byKey.get("data_dir");
  const usual = String(entry?.setting.default);
  const dataDir = flags.get(entry?.flag ?? "") || env[entry?.env ?? ""] || usual;
  return { path: resolve(folder, dataDir, FILE_NAME), source: null };
}

/** The file's text; null if there is none, which is a problem only if somebody named it. */
function readFile(
  file: { path: string; source: string | null },
  problems: Problem[],
): string | null {
  try {
    const text = readFileSync(file.path, "utf8");
    if (text.length <= FILE_MAX_BYTES) return text;
    const reason = `the file is larger than ${FILE_MAX_BYTES} bytes`;
    problems.push({ key: FILE_NAME, source: file.path, reason, fix: "make it smaller" });
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "unreadable";
    if (file.source === null && (code === "ENOENT" || code === "ENOTDIR")) return null;
    const reason = `the file cannot be read (${code})`;
    const fix = "name a YAML file that this user may read";
    problems.push({ key: file.source ?? FILE_NAME, source: file.path, reason, fix });
  }
  return null;
}

function takeFile(
  text: string,
  path: string,
  given: Map<string, Given>,
  problems: Problem[],
): void {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  for (const error of document.errors) {
    const source = `${path}:${lines.linePos(error.pos[0]).line}`;
    const fix = "mend the YAML; `config/example.yaml` shows the form";
    problems.push({ key: "(file)", source, reason: error.message, fix });
  }
  if (document.errors.length > 0 || document.contents === null) return;
  if (!isMap(document.contents)) {
    if (isScalar(document.contents) && document.contents.value === null) return;
    const reason = "the file does not hold `key: value` lines";
    problems.push({ key: "(file)", source: path, reason, fix: "write one setting a line" });
    return;
  }
  takeMap(document.contents, "", { path, lines, given, problems });
}

type FileWalk = {
  path: string;
  lines: LineCounter;
  given: Map<string, Given>;
  problems: Problem[];
};

function takeMap(map: YAMLMap, prefix: string, walk: FileWalk): void {
  for (const pair of map.items) {
    const name = isScalar(pair.key) ? String(pair.key.value) : "?";
    const key = `${prefix}${name}`;
    const source = `${walk.path}:${lineOf(pair, walk.lines)}`;
    if (byKey.has(key)) {
      const value = isScalar(pair.value) ? pair.value.value : plain(pair.value);
      walk.given.set(key, { value, source: { from: "file", name: source } });
    } else if (isGroup(key)) {
      if (isMap(pair.value)) takeMap(pair.value, `${key}.`, walk);
      else if (plain(pair.value) !== null) walk.problems.push(notAGroup(key, source));
    } else walk.problems.push(unknown({ given: key, source, known: byKey.keys() }));
  }
}

const isGroup = (key: string): boolean => ENTRIES.some((it) => it.key.startsWith(`${key}.`));

const notAGroup = (key: string, source: string): Problem => ({
  key,
  source,
  reason: "this is a group of settings, not one setting",
  fix: `write its settings below it, indented, such as ${
    ENTRIES.find((it) => it.key.startsWith(`${key}.`))?.key ?? ""
  }`,
});

function lineOf(pair: Pair, lines: LineCounter): number {
  const start = isScalar(pair.key) ? (pair.key.range?.[0] ?? 0) : 0;
  return lines.linePos(start).line;
}

/** The plain value of a YAML node. */
function plain(node: unknown): unknown {
  if (typeof node !== "object" || node === null || !("toJSON" in node)) return node ?? null;
  return typeof node.toJSON === "function" ? (node.toJSON() as unknown) : null;
}

function takeEnvironment(
  env: Readonly<Record<string, string | undefined>>,
  given: Map<string, Given>,
  problems: Problem[],
): void {
  for (const [name, value] of Object.entries(env)) {
    if (!name.startsWith("ROOKERY_") || value === undefined || name === CONFIG_ENV) continue;
    const entry = byEnv.get(name);
    if (entry === undefined) {
      problems.push(unknown({ given: name, source: "environment", known: byEnv.keys() }));
    } else {
      const source: Source = { from: "environment", name };
      given.set(entry.key, { value: entry.setting.fromText(value), source });
    }
  }
}

function takeFlags(
  flags: LoadInput["flags"],
  given: Map<string, Given>,
  problems: Problem[],
): void {
  for (const [name, value] of flags) {
    if (name === CONFIG_FLAG) continue;
    const entry = byFlag.get(name);
    if (entry === undefined) {
      problems.push(unknown({ given: name, source: "command line", known: byFlag.keys() }));
    } else {
      const raw = entry.setting.isFlag && value === "" ? true : entry.setting.fromText(value);
      given.set(entry.key, { value: raw, source: { from: "flag", name } });
    }
  }
}

function unknown(it: { given: string; source: string; known: Iterable<string> }): Problem {
  const near = nearest(it.given, it.known);
  const fix =
    near === null ? "take it out; `rookery config print` lists all" : `did you mean ${near}?`;
  return { key: it.given, source: it.source, reason: "there is no such setting", fix };
}

/** The value in its declared type; undefined, with a problem noted, if it may not be used. */
function check(entry: Entry, given: Given | undefined, problems: Problem[]): unknown {
  const { setting } = entry;
  const result = setting.schema.safeParse(given === undefined ? setting.default : given.value);
  if (result.success) return result.data;
  const shown = setting.secret ? "the value" : shorten(JSON.stringify(given?.value ?? null));
  const fix = `it must be ${setting.allowed}`;
  const source = given?.source.name ?? "default";
  problems.push({ key: entry.key, source, reason: `${shown} is not allowed`, fix });
  return undefined;
}

const shorten = (it: string): string => (it.length > 80 ? `${it.slice(0, 77)}...` : it);

/** Builds the nested object of settings from values by key. */
function nest(values: ReadonlyMap<string, unknown>): Settings {
  const root: Record<string, unknown> = {};
  for (const entry of ENTRIES) {
    let at = root;
    for (const name of entry.path.slice(0, -1)) {
      at[name] ??= {};
      at = at[name] as Record<string, unknown>;
    }
    at[entry.path.at(-1) ?? ""] = values.get(entry.key);
  }
  return root as Settings;
}

/** Paths of the file start at the file, the others where the command was given. */
function resolvePaths(
  settings: Settings,
  sources: ReadonlyMap<string, Source>,
  from: { folder: string; file: string },
): Settings {
  const startOf = (key: string) => (sources.get(key)?.from === "file" ? from.file : from.folder);
  const dataDir = resolve(startOf("data_dir"), settings.dataDir);
  const secretsFile =
    settings.secretsFile === null
      ? join(dataDir, "secrets.json")
      : resolve(startOf("secrets_file"), settings.secretsFile);
  return { ...settings, dataDir, secretsFile };
}

/** What no setting can see alone. */
function crossCheck(
  settings: Settings,
  sources: ReadonlyMap<string, Source>,
  file: { path: string; named: boolean },
): Problem[] {
  const problems: Problem[] = [];
  const source = (key: string) => sources.get(key)?.name ?? "default";
  if (settings.mail.host !== "" && settings.mail.from === "") {
    problems.push({
      key: "mail.from",
      source: source("mail.from"),
      reason: "mail.host is set, but mail has no sender",
      fix: "set mail.from to an address of yours, or take mail.host out",
    });
  }
  if (sources.get("data_dir")?.from === "file" && !file.named) {
    const found = dirname(file.path);
    if (found !== settings.dataDir) {
      problems.push({
        key: "data_dir",
        source: source("data_dir"),
        reason: `this file was found in the data folder ${found}, so it cannot name another`,
        fix: "give it with --data-dir or ROOKERY_DATA_DIR, or name the file with --config",
      });
    }
  }
  return problems;
}

/** All problems as text, one a line. */
export function describeProblems(problems: readonly Problem[]): string {
  const lines = problems.map((it) => `  ${it.key} (${it.source}): ${it.reason}; ${it.fix}`);
  const count = problems.length === 1 ? "1 setting" : `${problems.length} settings`;
  return [`${count} cannot be used:`, ...lines].join("\n");
}
