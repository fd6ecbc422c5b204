// Owns saying what the settings are: for `rookery config`, for docs/settings.md and for
// config/example.yaml. All of it comes from the schema. Promises never to show a secret.

import { stringify } from "yaml";
import { nearest } from "../src/base/suggest.js";
import type { Loaded } from "./load.js";
import { ENTRIES, type Entry } from "./schema.js";

export type Explained = {
  key: string;
  /** The value in use, as the file would hold it; "(hidden)" for a secret that is set. */
  value: unknown;
  source: string;
  default: unknown;
  unit: string | null;
  allowed: string;
  half: "cluster" | "node";
  says: string;
  env: string;
  flag: string;
};

/** Everything about each setting as it is in use, in declared order. */
export function explainAll(loaded: Loaded): Explained[] {
  return ENTRIES.map((entry) => explainEntry(entry, loaded));
}

/** Everything about one setting, or the nearest key there is (null if none is near). */
export function explainKey(
  key: string,
  loaded: Loaded,
): { explained: Explained } | { unknown: string; nearest: string | null } {
  const same = (it: Entry) => it.key === key || it.env === key || it.flag === key;
  const entry = ENTRIES.find(same);
  if (entry !== undefined) return { explained: explainEntry(entry, loaded) };
  const known = ENTRIES.map((it) => it.key);
  return { unknown: key, nearest: nearest(key, known) };
}

function explainEntry(entry: Entry, loaded: Loaded): Explained {
  const { setting } = entry;
  return {
    key: entry.key,
    value: shownValue(entry, loaded),
    source: loaded.sources.get(entry.key)?.name ?? "default",
    default: setting.default,
    unit: setting.unit,
    allowed: setting.allowed,
    half: setting.half,
    says: setting.says,
    env: entry.env,
    flag: entry.flag,
  };
}

function shownValue(entry: Entry, loaded: Loaded): unknown {
  let at: unknown = loaded.settings;
  for (const name of entry.path) {
    at = typeof at === "object" && at !== null ? Reflect.get(at, name) : undefined;
  }
  if (entry.setting.secret) return at === "" || at === null ? at : "(hidden)";
  return written(at);
}

/** A parsed value as the file would hold it. */
function written(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value ?? null;
  if ("windowS" in value && "max" in value) return `${value.max}/${windowText(value.windowS)}`;
  if ("host" in value && "port" in value) {
    const host = String(value.host);
    return `${host.includes(":") ? `[${host}]` : host}:${value.port}`;
  }
  return value;
}

const WINDOWS = [
  [86_400, "day"],
  [3600, "h"],
  [60, "min"],
  [1, "s"],
] as const;

function windowText(windowS: unknown): string {
  const seconds = Number(windowS);
  for (const [size, unit] of WINDOWS) {
    if (seconds % size === 0) return seconds === size ? unit : `${seconds / size}${unit}`;
  }
  return `${seconds}s`;
}

/** One setting for people. */
export function describeSetting(it: Explained): string {
  return [
    `${it.key} = ${valueText(it.value)}`,
    `  ${it.says}`,
    `  allowed      ${it.allowed}`,
    `  default      ${valueText(it.default)}`,
    `  comes from   ${it.source}`,
    `  environment  ${it.env}`,
    `  flag         ${it.flag}`,
    `  half         ${it.half} (${halfText(it.half)})`,
  ].join("\n");
}

const halfText = (half: string): string =>
  half === "cluster" ? "must be the same on every node" : "may differ from node to node";

const valueText = (value: unknown): string =>
  value === null ? "(not set)" : value === "" ? '""' : oneLine(value);

const oneLine = (value: unknown): string =>
  typeof value === "string" ? value : JSON.stringify(value);

/** The example file: every setting at its default, commented out. */
export function exampleFile(): string {
  const lines = [
    "# Settings of Rookery, all at their defaults. Made from config/schema.ts: `npm run settings`.",
    "# Copy the lines that you need to rookery.yaml in the data folder and take the # away.",
    "# The environment (ROOKERY_LISTEN) goes before this file, flags (--listen) before both.",
  ];
  let group = "";
  for (const entry of ENTRIES) {
    const [first = "", second] = entry.key.split(".");
    const indent = second === undefined ? "" : "  ";
    lines.push("");
    if (second !== undefined && first !== group) {
      group = first;
      lines.push(`#${group}:`);
    }
    lines.push(`# ${entry.setting.says}`);
    lines.push(`# Allowed: ${entry.setting.allowed}.${unsetText(entry)}`);
    const value = entry.setting.default;
    const yaml = stringify(value, { lineWidth: 0, collectionStyle: "flow" }).trim();
    lines.push(`#${indent}${second ?? first}: ${value === null ? "" : yaml}`.trimEnd());
  }
  return `${lines.join("\n")}\n`;
}

const unsetText = (entry: Entry): string =>
  entry.setting.unset === null ? "" : ` Not set: ${entry.setting.unset}.`;

/** The page of docs: a table of all settings. */
export function settingsPage(): string {
  const rows = ENTRIES.map((entry) => {
    const { setting } = entry;
    const usual = setting.default === null ? (setting.unset ?? "not set") : code(setting.default);
    const says = `${setting.says} Allowed: ${setting.allowed}.`;
    return `| \`${entry.key}\` | ${cell(usual)} | ${cell(says)} | ${setting.half} |`;
  });
  return [
    "# Settings",
    "",
    "Made from `config/schema.ts` by `npm run settings`; do not edit by hand.",
    "",
    "A setting has one name in three spellings: `mail.host` in `rookery.yaml` (in the data folder,",
    "or where `--config` or `ROOKERY_CONFIG` says), `ROOKERY_MAIL_HOST` in the environment, and",
    "`--mail-host` on the command line. Flags go before the environment, the environment before",
    "the file, the file before the defaults. Lists are comma-separated outside of the file.",
    "",
    "An unknown name or a value that is not allowed is refused at start, all of them at once.",
    "`rookery config check` says so beforehand, `rookery config print` shows what is in use and",
    "where it came from, and `rookery config explain KEY` tells about one.",
    "",
    "*cluster*: must be the same on every node. *node*: may differ.",
    "",
    "| setting | default | meaning | half |",
    "| --- | --- | --- | --- |",
    ...rows,
    "",
  ].join("\n");
}

const code = (value: unknown): string => `\`${value === "" ? '""' : oneLine(value)}\``;
const cell = (it: string): string => it.replaceAll("|", "\\|");
