// Owns finding files of the repository from compiled tests, wherever the build put them.

import { existsSync } from "node:fs";
import { dirname, join } from "node:path";

const MARK = "test/reference/entities.tsv";

const ROOT = rootAbove(process.cwd()) ?? rootAbove(import.meta.dirname);

function rootAbove(from: string): string | null {
  for (let at = from; ; at = dirname(at)) {
    if (existsSync(join(at, MARK))) return at;
    if (dirname(at) === at) return null;
  }
}

/** Absolute path of a file of the repository. Throws if there is no repository around. */
export function repoFile(path: string): string {
  if (ROOT === null) throw new Error(`Run tests inside the repository: ${MARK} was not found`);
  return join(ROOT, path);
}
