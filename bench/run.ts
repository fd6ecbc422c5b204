// Owns what all rows share: how long they may take, where they may write, and the profile of a
// measured process when one is asked for.

import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Figure } from "./figures.js";
import type { Helper } from "./helper.js";

/** dist/bench at run time; its parent is on the disk of the repository. */
const here = dirname(fileURLToPath(import.meta.url));
export const DIST = dirname(here);

export type Run = {
  /** Milliseconds of one measurement. */
  spanMs: number;
  /** Milliseconds of load before it, so that code is compiled and caches are warm. */
  warmMs: number;
  /** A folder on the same disk as the repository. */
  folder: string;
  quick: boolean;
  /** Folder for CPU profiles, or null. */
  profileTo: string | null;
  progress: (says: string) => void;
};

export type Row = { name: string; says: string; measure: (run: Run) => Promise<Figure[]> };

/** A fresh folder below dist/; `drop` takes it away. */
export function scratch(): { folder: string; drop: () => void } {
  const base = join(DIST, ".bench");
  mkdirSync(base, { recursive: true });
  const folder = mkdtempSync(join(base, "run-"));
  return { folder, drop: () => rmSync(folder, { recursive: true, force: true }) };
}

/** Runs `work`, with a profile of the helper if one is asked for. */
export async function profiled<T>(run: Run, name: string, helper: Helper, work: () => Promise<T>) {
  if (run.profileTo === null) return work();
  mkdirSync(run.profileTo, { recursive: true });
  const path = join(run.profileTo, `${name}.cpuprofile`);
  await helper.ask("profile-start");
  try {
    return await work();
  } finally {
    await helper.ask("profile-stop", path);
    run.progress(`${name}: own time by function (${path})\n${topOf(path)}`);
  }
}

type Profile = {
  nodes: { id: number; callFrame: { functionName: string; url: string; lineNumber: number } }[];
  samples: number[];
  timeDeltas: number[];
};

const TOP = 25;

/** The functions with the most own time. */
function topOf(path: string): string {
  const profile = JSON.parse(readFileSync(path, "utf8")) as Profile;
  const names = new Map<number, string>();
  for (const { id, callFrame } of profile.nodes) {
    const file = callFrame.url.split("/").slice(-3).join("/");
    const at = file === "" ? "" : ` ${file}:${callFrame.lineNumber + 1}`;
    names.set(id, `${callFrame.functionName || "(anonymous)"}${at}`);
  }
  const own = new Map<string, number>();
  let all = 0;
  profile.samples.forEach((id, at) => {
    const name = names.get(id) ?? "?";
    const us = profile.timeDeltas[at] ?? 0;
    if (name === "(idle)") return;
    all += us;
    own.set(name, (own.get(name) ?? 0) + us);
  });
  const sorted = [...own].sort((a, b) => b[1] - a[1]).slice(0, TOP);
  return sorted
    .map(([name, us]) => `  ${((us / all) * 100).toFixed(1).padStart(5)} %  ${name}`)
    .join("\n");
}
