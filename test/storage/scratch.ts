// Owns folders for tests that need a disk: one a test file, gone when it ends.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TAP, Test } from "tap";

/** Gives a fresh path in a folder that is removed when `t` ends. */
export function scratchPaths(t: TAP | Test): (name?: string) => string {
  const folder = mkdtempSync(join(tmpdir(), "rookery-test-"));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  let made = 0;
  return (name = "rookery.db") => join(folder, `${++made}`, name);
}
