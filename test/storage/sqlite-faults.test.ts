// What the store answers when the disk is full, the file locked or damaged, or its thread dies.

import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import t from "tap";
import { isFault } from "../../src/base/faults.js";
import type { Append, Change } from "../../src/ports/storage.js";
import { closeDatabase, openDatabase, StoreFailure } from "../../src/storage/sqlite/database.js";
import { openSqliteStore, type StoreLog } from "../../src/storage/sqlite/store.js";
import { scratchPaths } from "./scratch.js";

const nextPath = scratchPaths(t);
const put = (id: string, doc: string): Change => ({ do: "put-record", kind: "k", id, doc });
const facts = (afterSeq: number, ...facts: string[]): Append => ({
  cell: "account:1",
  epoch: 1,
  afterSeq,
  facts,
  changes: [put(`fact ${afterSeq + facts.length}`, "{}")],
});

for (const path of [":memory:", "file"]) {
  t.test(`answers store-full when the disk is full, and goes on after (${path})`, async (t) => {
    const store = await openSqliteStore({ path: path === "file" ? nextPath() : path });
    await store.journal.open("account:1", 1);
    t.equal(await store.journal.append(facts(0, "1")), null);
    await store.limitPages(1);
    const answers = await Promise.all([
      store.journal.append(facts(1, JSON.stringify("x".repeat(100_000)))),
      store.write([put("small", "before"), put("big", "y".repeat(100_000))]),
    ]);
    for (const answer of answers) {
      t.match(answer, { fault: "store-full", cause: /full/ });
    }
    t.equal(await store.records.get("k", "small"), null, "nothing of it is written");
    t.same(await store.journal.open("account:1", 1), { lastSeq: 1, snapshot: null });
    await store.limitPages(null);
    t.equal(await store.journal.append(facts(1, JSON.stringify("x".repeat(100_000)))), null);
    t.equal((await store.journal.read("account:1", 0, 9)).length, 2);
    await store[Symbol.asyncDispose]();
  });
}

t.test("a write that is too big takes none of its batch down", async (t) => {
  const store = await openSqliteStore({ path: nextPath() });
  await store.write([put("roomy", "z".repeat(50_000))]);
  await store.write([{ do: "drop-record", kind: "k", id: "roomy" }]);
  await store.limitPages(1);
  const told: string[] = [];
  store.onCommit((changes) => told.push(...changes.map((it) => ("id" in it ? it.id : ""))));
  const answers = await Promise.all([
    store.write([put("a", "1")]),
    store.write([put("huge", "x".repeat(1_000_000))]),
    store.write([put("b", "2")]),
  ]);
  t.same(
    answers.map((it) => it?.fault ?? null),
    [null, "store-full", null],
  );
  t.same(told, ["a", "b"]);
  t.equal(await store.records.get("k", "b"), "2");
  await store[Symbol.asyncDispose]();
});

t.test("answers store-busy while another connection holds the file", async (t) => {
  const path = nextPath();
  const store = await openSqliteStore({ path, busyTimeoutMs: 30 });
  await store.write([put("a", "1")]);
  const other = openDatabase(path);
  other.exec("BEGIN IMMEDIATE");
  t.match(await store.write([put("a", "2")]), { fault: "store-busy", cause: /locked/ });
  t.match(await store.journal.open("account:1", 1), { fault: "store-busy" });
  t.match(await store.registers.compareAndSet("r", 0, "x"), { fault: "store-busy" });
  t.equal(await store.records.get("k", "a"), "1", "reading goes on meanwhile");
  other.exec("ROLLBACK");
  t.equal(await store.write([put("a", "2")]), null);
  closeDatabase(other);
  await store[Symbol.asyncDispose]();
});

t.test("two stores on one file see each other's writes, and fence each other", async (t) => {
  const path = nextPath();
  const server = await openSqliteStore({ path });
  const command = await openSqliteStore({ path, writer: "inline" });
  await server.journal.open("account:1", 1);
  await Promise.all(
    Array.from({ length: 50 }, async (_, at) => {
      t.equal(await server.write([put(`server ${at}`, "1")]), null);
      t.equal(await command.write([put(`command ${at}`, "1")]), null);
    }),
  );
  t.equal((await server.records.scan("k", "command", 100)).length, 100);
  t.equal((await command.records.scan("k", "command", 100)).length, 100);
  await command.journal.open("account:1", 2);
  t.match(await server.journal.append(facts(0, "1")), { fault: "fence-lost" });
  await command[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
  t.same(readdirSync(dirname(path)), ["rookery.db"], "the log is folded into the file");
});

t.test("refuses what is no database, with a sentence", async (t) => {
  const path = nextPath();
  const store = await openSqliteStore({ path });
  await store[Symbol.asyncDispose]();
  writeFileSync(path, "this is a letter to my aunt, and no database\n".repeat(200));
  const refused = await openSqliteStore({ path }).catch((error: unknown) => error);
  t.ok(refused instanceof StoreFailure && isFault(refused));
  t.match(refused, { fault: "store-unavailable", message: /cannot be opened.*not a database/ });
  const nowhere = await openSqliteStore({ path: "/dev/null/rookery.db" }).catch((e: unknown) => e);
  t.match(nowhere, { fault: "store-unavailable", message: /cannot be opened/ });
});

t.test("says store-unavailable of a damaged file, and never makes data up", async (t) => {
  const path = nextPath();
  const first = await openSqliteStore({ path });
  for (let at = 0; at < 40; at++) await first.write([put(`${at}`, `"${"x".repeat(3_000)}"`)]);
  await first[Symbol.asyncDispose]();
  const bytes = readFileSync(path);
  // All but the first pages, which hold the list of tables.
  bytes.fill(0xa5, 4_096 * 40);
  writeFileSync(path, bytes);
  const store = await openSqliteStore({ path });
  let failures = 0;
  for (let at = 0; at < 40; at++) {
    const read = await store.records.get("k", `${at}`).catch((error: unknown) => error);
    if (isFault(read)) {
      failures++;
      t.match(read, { fault: "store-unavailable", cause: /sqlite/ });
    } else if (read !== null) t.equal(read, `"${"x".repeat(3_000)}"`);
  }
  t.ok(failures > 0, `${failures} reads failed`);
  await store[Symbol.asyncDispose]();
});

t.test("a snapshot that was damaged is passed over for the one before", async (t) => {
  const path = nextPath();
  const store = await openSqliteStore({ path });
  await store.journal.open("account:1", 1);
  await store.journal.append(facts(0, "1", "2", "3", "4"));
  for (const seq of [1, 2, 3]) {
    await store.journal.saveSnapshot("account:1", 1, { seq, version: 1, state: `state ${seq}` });
  }
  const other = openDatabase(path);
  t.same(
    other
      .prepare("SELECT seq FROM snapshots ORDER BY seq")
      .all()
      .map((row) => row.seq),
    [2, 3],
    "two are kept",
  );
  other.exec("UPDATE snapshots SET state = 'state 4' WHERE seq = 3");
  t.match(await store.journal.open("account:1", 1), { snapshot: { seq: 2, state: "state 2" } });
  other.exec("UPDATE snapshots SET version = 9 WHERE seq = 2");
  t.match(await store.journal.open("account:1", 1), { lastSeq: 4, snapshot: null });
  other.exec("DELETE FROM journal WHERE seq = 2");
  const gap = await store.journal.read("account:1", 0, 9).catch((error: unknown) => error);
  t.match(gap, { fault: "store-unavailable", cause: /no fact 2/ }, "a gap is never replayed");
  closeDatabase(other);
  await store[Symbol.asyncDispose]();
});

t.test("a writer thread that dies leaves the outcome unknown; another takes over", async (t) => {
  const log: StoreLog[] = [];
  const store = await openSqliteStore({ path: nextPath(), onLog: (entry) => log.push(entry) });
  await store.write([put("a", "1")]);
  const told: string[] = [];
  store.onCommit((changes) => told.push(...changes.map((it) => ("id" in it ? it.id : ""))));
  store.killWriter();
  const answers = await Promise.all([store.write([put("b", "2")]), store.write([put("c", "3")])]);
  for (const answer of answers) {
    t.match(answer, { fault: "store-unavailable", cause: /unknown.*died/ });
  }
  t.same(told, [], "what is not known to be committed is not told as such");
  t.equal(log.length, 1);
  t.match(log[0], { level: "error", says: /writer thread died/ });
  t.equal(await store.write([put("d", "4")]), null);
  const kept = await store.records.getMany("k", ["a", "b", "c", "d"]);
  t.same([...kept.keys()].toSorted(), ["a", "b", "c", "d"], "it had been committed, as it happens");
  await store[Symbol.asyncDispose]();
});

t.test("answers store-busy when too many writes wait", async (t) => {
  const store = await openSqliteStore({ path: nextPath(), queueMax: 10 });
  const writes = Array.from({ length: 30 }, (_, at) => store.write([put(`${at}`, "1")]));
  const answers = await Promise.all(writes);
  t.equal(answers.filter((answer) => answer === null).length, 10);
  t.match(answers[10], { fault: "store-busy", cause: /10 writes wait/ });
  t.equal((await store.records.scan("k", "", 99)).length, 10);
  await store[Symbol.asyncDispose]();
});

t.test("our own mistakes are assertions, made where they are made", async (t) => {
  const store = await openSqliteStore({ path: ":memory:" });
  const rank = "r".repeat(65);
  await t.rejects(store.write([{ do: "put-member", collection: "c", member: "m", rank }]));
  await t.rejects(store.write([{ do: "put-text", index: "statuses", id: "no id", text: "x" }]));
  t.equal(await store.write([put("a", "1")]), null, "and the store goes on");
  await store[Symbol.asyncDispose]();
});
