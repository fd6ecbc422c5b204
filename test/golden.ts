// Owns comparing whole documents with the files in test/golden. Run a test with `--write-golden` to
// write the files anew; then read the difference before keeping it.

import { existsSync, readFileSync, writeFileSync } from "node:fs";
import type { Test } from "tap";
import { repoFile } from "./repo-file.js";

/** Fails unless `value`, as JSON, is what test/golden/NAME.json holds. */
export function matchesGolden(t: Pick<Test, "equal" | "fail">, name: string, value: unknown): void {
  const path = repoFile(`test/golden/${name}.json`);
  const found = `${JSON.stringify(value, null, 2)}\n`;
  if (process.argv.includes("--write-golden")) writeFileSync(path, found);
  if (!existsSync(path)) {
    t.fail(`test/golden/${name}.json is missing: run this test with --write-golden`);
    return;
  }
  t.equal(found, readFileSync(path, "utf8"), `is test/golden/${name}.json`);
}
