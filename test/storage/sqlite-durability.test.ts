// The promise that matters most: what was acknowledged is there after `kill -9`.

import t from "tap";
import { openSqliteStore } from "../../src/storage/sqlite/store.js";
import { verifyBackup } from "../../src/storage/sqlite/verify-backup.js";
import { startChild } from "./children.js";
import { scratchPaths } from "./scratch.js";

const nextPath = scratchPaths(t);

t.test("keeps every acknowledged write when killed, three times over", async (t) => {
  const path = nextPath();
  const acknowledged = new Map<string, number>();
  for (const lines of [400, 900, 300]) {
    const child = startChild("write", path);
    await child.until(lines);
    await child.kill();
    for (const line of child.lines) {
      const [cell = "", seq] = line.split(" ");
      acknowledged.set(cell, Math.max(Number(seq), acknowledged.get(cell) ?? 0));
    }
  }
  t.equal(acknowledged.size, 20, "every writer was at work");
  const store = await openSqliteStore({ path });
  for (const [cell, seq] of acknowledged) {
    const rows = await store.journal.read(cell, 0, 1_000_000);
    t.ok(rows.length >= seq, `${cell}: ${rows.length} facts, ${seq} acknowledged`);
    t.ok(rows.every((row) => row.fact === `"${row.seq}"`));
    t.equal(await store.collections.count(cell), rows.length, "with exactly their changes");
    t.equal((await store.records.scan(cell, "", 1_000_000)).length, rows.length);
    t.same(await store.journal.open(cell, 1), { lastSeq: rows.length, snapshot: null });
  }
  await store[Symbol.asyncDispose]();
  t.same((await verifyBackup(path)).problems, []);
});
