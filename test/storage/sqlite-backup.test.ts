// Copies: taken while the server writes, checked, and put in place.

import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import t from "tap";
import { isFault } from "../../src/base/faults.js";
import { backupDatabase, restoreFrom } from "../../src/storage/sqlite/backup.js";
import { databasePath, lockDataFolder } from "../../src/storage/sqlite/data-folder.js";
import { withDatabase } from "../../src/storage/sqlite/database.js";
import { openSqliteStore, type SqliteStore } from "../../src/storage/sqlite/store.js";
import { verifyBackup } from "../../src/storage/sqlite/verify-backup.js";
import { scratchPaths } from "./scratch.js";

const nextPath = scratchPaths(t);

async function filled(path: string): Promise<SqliteStore> {
  const store = await openSqliteStore({ path });
  await store.journal.open("account:1", 1);
  for (let seq = 0; seq < 200; seq++) await grow(store, seq);
  await store.journal.saveSnapshot("account:1", 1, { seq: 100, version: 1, state: "{}" });
  return store;
}

async function grow(store: SqliteStore, seq: number): Promise<void> {
  const doc = JSON.stringify({ seq, padding: "x".repeat(2_000) });
  const answer = await store.journal.append({
    cell: "account:1",
    epoch: 1,
    afterSeq: seq,
    facts: [`${seq + 1}`],
    changes: [
      { do: "put-record", kind: "status", id: `${seq + 1}`, doc },
      { do: "put-member", collection: "posts", member: `${seq + 1}`, rank: `${seq + 1}` },
      { do: "put-text", index: "statuses", id: `${seq + 1}`, text: "a common word" },
    ],
  });
  if (answer !== null) throw new Error(answer.cause);
}

t.test("a copy taken while the server writes is of one moment, and can be served", async (t) => {
  const store = await filled(nextPath());
  const file = nextPath("copy.db");
  mkdirSync(dirname(file), { recursive: true });
  const told: number[] = [];
  const copying = store.backupTo(file, {
    progress: (it) => told.push(it.bytes / it.bytesExpected),
  });
  let seq = 200;
  let done = false;
  const finished = copying.finally(() => {
    done = true;
  });
  while (!done) await grow(store, seq++);
  const answer = await finished;
  t.notOk(isFault(answer));
  t.ok(seq > 200, `${seq - 200} writes went on meanwhile`);
  t.equal(told.at(-1), 1);
  t.same(readdirSync(dirname(file)), ["copy.db"], "nothing is left beside it");
  await store[Symbol.asyncDispose]();

  const report = await verifyBackup(file);
  t.same(report.problems, []);
  t.equal(report.facts, report.records, "facts and their changes are from one moment");
  t.ok(report.facts >= 200 && report.facts <= seq);

  const folder = dirname(nextPath());
  t.match(await restoreFrom(file, folder), { path: databasePath(folder), kept: null });
  const restored = await openSqliteStore({ path: databasePath(folder) });
  t.match(await restored.journal.open("account:1", 2), {
    lastSeq: report.facts,
    snapshot: { seq: 100 },
  });
  t.equal(await restored.collections.count("posts"), report.facts);
  t.equal(
    (await restored.texts.find({ index: "statuses", words: ["common"], limit: 9 })).length,
    9,
  );
  await restored[Symbol.asyncDispose]();
});

t.test("never writes over a file, and leaves none behind when it fails", async (t) => {
  const store = await filled(nextPath());
  const file = nextPath("copy.db");
  t.match(await store.backupTo(file), { fault: "store-unavailable", says: /backup failed/ });
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, "precious");
  t.match(await store.backupTo(file), { fault: "duplicate", says: /exists already/ });
  t.equal(readFileSync(file, "utf8"), "precious");
  t.match(await backupDatabase(nextPath(), nextPath()), { fault: "not-found" });
  await store[Symbol.asyncDispose]();
});

t.test("tells what is wrong with a copy", async (t) => {
  const path = nextPath();
  await (await filled(path))[Symbol.asyncDispose]();
  const bytes = readFileSync(path);
  const damaged = async (sql: string) => {
    const copy = nextPath();
    mkdirSync(dirname(copy), { recursive: true });
    writeFileSync(copy, bytes);
    withDatabase(copy, { log: false }, (db) => db.exec(sql));
    return (await verifyBackup(copy)).problems.join("; ");
  };
  t.equal(await damaged("SELECT 1"), "");
  t.match(await damaged("DELETE FROM journal WHERE seq = 150"), /account:1 has a gap/);
  t.match(await damaged("DELETE FROM journal WHERE seq = 200"), /account:1 has a gap/);
  t.match(await damaged("DELETE FROM journal WHERE seq <= 150"), /account:1 has a gap/);
  t.equal(await damaged("DELETE FROM journal WHERE seq <= 100"), "", "a snapshot covers these");
  t.match(await damaged("DELETE FROM cells"), /cell that is not there/);
  t.match(await damaged("UPDATE journal SET epoch = 0 WHERE seq = 9"), /falling epoch/);
  t.match(await damaged("UPDATE snapshots SET state = '[]'"), /snapshot of account:1 at fact 100/);
  t.match(await damaged("UPDATE collections SET count = 7"), /posts is counted wrongly/);
  t.match(await damaged("PRAGMA store.user_version = 999"), /newer than this rookery/);
  t.match(await damaged("PRAGMA store.user_version = 0"), /no rookery database/);

  const torn = nextPath();
  mkdirSync(dirname(torn), { recursive: true });
  writeFileSync(torn, bytes.subarray(0, Math.floor(bytes.length / 2)));
  t.not((await verifyBackup(torn)).problems.length, 0, "half a copy is no copy");
  writeFileSync(torn, "no database".repeat(1_000));
  t.match((await verifyBackup(torn)).problems, [/cannot be read/]);
  t.match((await verifyBackup(nextPath())).problems, [/does not exist/]);
});

t.test("restores over older data, keeping it, and refuses a folder in use", async (t) => {
  const backup = nextPath();
  await (await filled(backup))[Symbol.asyncDispose]();
  const path = nextPath();
  const folder = dirname(path);
  const old = await openSqliteStore({ path });
  await old.write([{ do: "put-record", kind: "k", id: "old", doc: "1" }]);
  await old[Symbol.asyncDispose]();

  const lock = lockDataFolder(folder);
  t.match(await restoreFrom(backup, folder), { fault: "store-busy", says: /uses this folder/ });
  if (!isFault(lock)) lock.release();

  const answer = await restoreFrom(backup, folder);
  t.match(answer, { path, kept: join(folder, "rookery.db.replaced") });
  const store = await openSqliteStore({ path });
  t.equal(await store.records.get("k", "old"), null);
  t.equal(await store.collections.count("posts"), 200);
  await store.write([{ do: "put-record", kind: "k", id: "new", doc: "1" }]);
  await store[Symbol.asyncDispose]();
  const kept = await openSqliteStore({ path: join(folder, "rookery.db.replaced") });
  t.equal(await kept.records.get("k", "old"), "1");
  await kept[Symbol.asyncDispose]();
});

t.test("restores over damaged data, but never from a damaged copy", async (t) => {
  const backup = nextPath();
  await (await filled(backup))[Symbol.asyncDispose]();
  const path = nextPath();
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, "damaged".repeat(1_000));
  writeFileSync(`${path}-wal`, "a log of who knows what");
  t.match(await restoreFrom(path, dirname(nextPath())), { fault: "invalid" });
  t.notOk(isFault(await restoreFrom(backup, dirname(path))));
  t.notOk(existsSync(`${path}-wal`), "no other file's log is taken for this one's");
  const store = await openSqliteStore({ path });
  t.equal(await store.collections.count("posts"), 200);
  await store[Symbol.asyncDispose]();
});
