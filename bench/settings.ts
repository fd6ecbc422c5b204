// Owns the settings of the servers that a bench starts: the usual ones, on loopback, with limits
// that count every call but are never reached.

import { join } from "node:path";
import { loadSettings } from "../config/load.js";
import { ENTRIES, type Settings } from "../config/schema.js";

const RATES = ENTRIES.filter(
  ({ key }) => key.startsWith("rate_limits.") && !key.endsWith(".enabled"),
);

/** As flags: `--rate-limits-posting off` and so on. An "off" rate is counted and never reached. */
const unlimited = RATES.map(({ flag }): [string, string] => [flag, "off"]);

export function flagsOf(folder: string, port: number): [string, string][] {
  return [
    ["--data-dir", join(folder, "data")],
    ["--listen", `127.0.0.1:${port}`],
    ["--public-url", "https://social.example"],
    ["--log-level", "warn"],
    ...unlimited,
  ];
}

export function benchSettings(folder: string): Settings {
  const loaded = loadSettings({ flags: new Map(flagsOf(folder, 0)), env: {}, folder });
  if ("problems" in loaded) throw new Error(JSON.stringify(loaded.problems));
  return loaded.settings;
}
