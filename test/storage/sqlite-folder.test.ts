// One process serves a data folder.

import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import t from "tap";
import { isFault } from "../../src/base/faults.js";
import { LOCK_FILE, lockDataFolder } from "../../src/storage/sqlite/data-folder.js";
import { openSqliteStore } from "../../src/storage/sqlite/store.js";
import { startChild } from "./children.js";
import { scratchPaths } from "./scratch.js";

const nextPath = scratchPaths(t);

t.test("a second server is refused, with the first one's process id", async (t) => {
  const path = nextPath();
  const first = startChild("hold", path);
  await first.until(1);
  t.same(first.lines, ["held"]);
  const refused = lockDataFolder(dirname(path));
  t.match(refused, {
    fault: "store-busy",
    says: `another rookery (pid ${first.pid}) uses this folder`,
  });

  const command = await openSqliteStore({ path, writer: "inline" });
  t.equal(await command.write([{ do: "put-record", kind: "k", id: "a", doc: "1" }]), null);
  t.equal(await command.records.get("k", "a"), "1", "commands need no lock");
  await command[Symbol.asyncDispose]();

  await first.kill();
  const lock = lockDataFolder(dirname(path));
  t.notOk(isFault(lock), "the lock is gone with its holder, however it ended");
  const second = startChild("hold", path);
  await second.until(1);
  t.same(second.lines, [`another rookery (pid ${process.pid}) uses this folder`]);
  await second.kill();
  if (!isFault(lock)) {
    lock.release();
    lock.release();
  }
});

t.test("one process cannot take a folder twice, but can take it again", async (t) => {
  const folder = dirname(nextPath());
  const lock = lockDataFolder(folder);
  t.match(lockDataFolder(folder), { fault: "store-busy" });
  if (isFault(lock)) throw new Error(lock.says);
  lock.release();
  const again = lockDataFolder(folder);
  t.notOk(isFault(again));
  if (!isFault(again)) again.release();
});

t.test("a folder that cannot be used is said so", async (t) => {
  const path = nextPath("file");
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, "");
  t.match(lockDataFolder(path), { fault: "store-unavailable", says: /cannot be used/ });
  const folder = dirname(nextPath());
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, LOCK_FILE), "no lock at all\n".repeat(100));
  t.match(lockDataFolder(folder), { fault: "store-unavailable", says: /not a database/ });
});
