// Upgrading a file, and refusing one from the future.

import t from "tap";
import { closeDatabase, openDatabase, withDatabase } from "../../src/storage/sqlite/database.js";
import {
  newestVersion,
  UPGRADE_STEPS,
  type UpgradeStep,
  versionOf,
} from "../../src/storage/sqlite/schema.js";
import { openSqliteStore } from "../../src/storage/sqlite/store.js";
import { scratchPaths } from "./scratch.js";

const nextPath = scratchPaths(t);
const last = newestVersion();
const NEXT: UpgradeStep = {
  from: last,
  to: last + 1,
  run: (db) => {
    db.exec("CREATE TABLE store.extra (word TEXT)");
    db.exec("UPDATE records SET doc = doc || '!'");
  },
};

t.test("the steps lead from an empty file to the newest version without a gap", async (t) => {
  UPGRADE_STEPS.forEach((step, at) => {
    t.equal(step.from, at);
    t.equal(step.to, at + 1);
  });
});

t.test("upgrades an older file once, keeping its data", async (t) => {
  const path = nextPath();
  const old = await openSqliteStore({ path });
  await old.write([{ do: "put-record", kind: "k", id: "a", doc: "doc" }]);
  await old[Symbol.asyncDispose]();
  for (const _ of ["upgrades", "finds nothing to do"]) {
    const store = await openSqliteStore({ path, steps: [...UPGRADE_STEPS, NEXT] });
    t.equal(await store.records.get("k", "a"), "doc!");
    await store[Symbol.asyncDispose]();
  }
  t.equal(withDatabase(path, {}, versionOf), last + 1);
});

t.test("a step that fails changes nothing, and is taken again", async (t) => {
  const path = nextPath();
  await (await openSqliteStore({ path }))[Symbol.asyncDispose]();
  const failing: UpgradeStep = {
    ...NEXT,
    run: (db) => {
      NEXT.run(db);
      db.exec("SELECT nonsense");
    },
  };
  await t.rejects(openSqliteStore({ path, steps: [...UPGRADE_STEPS, failing] }), /nonsense/);
  t.equal(withDatabase(path, {}, versionOf), last);
  const store = await openSqliteStore({ path, steps: [...UPGRADE_STEPS, NEXT] });
  await store[Symbol.asyncDispose]();
  t.equal(withDatabase(path, {}, versionOf), last + 1);
});

t.test("refuses a newer file with a sentence, and leaves it as it is", async (t) => {
  const path = nextPath();
  await (await openSqliteStore({ path, steps: [...UPGRADE_STEPS, NEXT] }))[Symbol.asyncDispose]();
  const says = new RegExp(`version ${last + 1}, but this rookery only knows ${last}`);
  await t.rejects(openSqliteStore({ path }), { fault: "store-unavailable", message: says });
  t.equal(withDatabase(path, {}, versionOf), last + 1);
});

t.test("says when no step leads on", async (t) => {
  const path = nextPath();
  await (await openSqliteStore({ path }))[Symbol.asyncDispose]();
  const gap: UpgradeStep[] = [{ from: last + 1, to: last + 2, run: () => {} }];
  await t.rejects(openSqliteStore({ path, steps: gap }), /no upgrade from data version/);
});

t.test("commits sync the log, whatever the library was built with", async (t) => {
  const path = nextPath();
  await (await openSqliteStore({ path }))[Symbol.asyncDispose]();
  const db = openDatabase(path);
  t.equal(db.prepare("PRAGMA store.journal_mode").get().journal_mode, "wal");
  t.equal(db.prepare("PRAGMA store.synchronous").get().synchronous, 2);
  closeDatabase(db);
});
