// Backups: whole or not there, checked before they replace anything.

import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import t from "tap";
import {
  type BackupFiles,
  createBackup,
  type RestoreTarget,
  restoreBackup,
  verifyBackup,
} from "../../cluster/admin/backup.js";
import { putRecord } from "../../src/base/changes.js";
import { type Fault, fault, isFault } from "../../src/base/faults.js";
import { backupDatabase } from "../../src/storage/sqlite/backup.js";
import { openSqliteStore } from "../../src/storage/sqlite/store.js";
import { verifyBackup as verifyDatabase } from "../../src/storage/sqlite/verify-backup.js";

const CLOCK = { nowMs: () => Date.UTC(2026, 10, 24, 12) };

async function checkDatabase(path: string): Promise<null | Fault> {
  const { problems } = await verifyDatabase(path);
  return problems.length === 0 ? null : fault("invalid", problems.join("; "));
}

/** A site with a database in use, a blob, secrets and settings. */
async function site(t: Pick<T, "testdir">) {
  const dir = t.testdir({
    data: {
      "secrets.json": '{"secret":1}',
      "rookery.yaml": "title: Old\n",
      media: { a: { "b.png": "picture" }, ".incoming": { "5-1": "half a picture" } },
    },
  });
  const data = join(dir, "data");
  const database = join(data, "rookery.db");
  const store = await openSqliteStore({ path: database, writer: "inline" });
  await store.write([putRecord("note", "1", { text: "before" })]);
  const files: BackupFiles = {
    version: "1.2.3",
    clock: CLOCK,
    blobsDir: join(data, "media"),
    secretsFile: join(data, "secrets.json"),
    settingsFile: join(data, "rookery.yaml"),
    async copyDatabase(to) {
      const copied = await backupDatabase(database, to);
      return isFault(copied) ? copied : null;
    },
  };
  const target: RestoreTarget = {
    databaseFile: database,
    blobsDir: join(data, "media"),
    secretsFile: join(data, "secrets.json"),
    settingsFile: join(data, "rookery.yaml"),
    force: true,
    clock: CLOCK,
  };
  return { dir, data, store, files, target, close: () => store[Symbol.asyncDispose]() };
}

type T = typeof t;

const readNote = async (path: string): Promise<string | null> => {
  const store = await openSqliteStore({ path, writer: "inline" });
  const doc = await store.records.get("note", "1");
  await store[Symbol.asyncDispose]();
  return doc;
};

t.test("a backup taken in use holds what was there, and can be put back", async (t) => {
  const it = await site(t);
  const path = join(it.dir, "backup");
  t.match(await createBackup(path, it.files), { path, files: 4 });
  t.equal(statSync(path).mode & 0o077, 0, "its owner's only");
  t.notOk(existsSync(join(path, "blobs", ".incoming")), "what is being written stays out");
  const sound = await verifyBackup(path, checkDatabase);
  t.match(sound, { files: 4, version: "1.2.3", createdAt: "2026-11-24T12:00:00.000Z" });

  await it.store.write([putRecord("note", "1", { text: "after" })]);
  await it.close();
  writeFileSync(join(it.data, "media", "a", "b.png"), "another");
  writeFileSync(join(it.data, "secrets.json"), "other");
  writeFileSync(join(it.data, "rookery.yaml"), "title: New\n");
  const restored = await restoreBackup(path, it.target, checkDatabase);
  t.match(restored, {
    files: 4,
    movedTo: join(it.data, "before-restore-2026-11-24T12-00-00-000Z"),
  });
  t.equal(await readNote(it.target.databaseFile), '{"text":"before"}');
  t.equal(readFileSync(join(it.data, "media", "a", "b.png"), "utf8"), "picture");
  t.equal(readFileSync(join(it.data, "secrets.json"), "utf8"), '{"secret":1}');
  t.equal(readFileSync(join(it.data, "rookery.yaml"), "utf8"), "title: New\n", "settings stay");
  const aside = isFault(restored) ? "" : (restored.movedTo ?? "");
  t.equal(await readNote(join(aside, "rookery.db")), '{"text":"after"}', "nothing was lost");
});

t.test("restores to an empty place, settings too", async (t) => {
  const it = await site(t);
  const path = join(it.dir, "backup");
  await createBackup(path, it.files);
  await it.close();
  rmSync(it.data, { recursive: true });
  mkdirSync(it.data);
  const restored = await restoreBackup(path, { ...it.target, force: false }, checkDatabase);
  t.match(restored, { movedTo: null });
  t.equal(await readNote(it.target.databaseFile), '{"text":"before"}');
  t.equal(readFileSync(join(it.data, "rookery.yaml"), "utf8"), "title: Old\n");
});

t.test("does not replace what is there without being told to", async (t) => {
  const it = await site(t);
  const path = join(it.dir, "backup");
  await createBackup(path, it.files);
  t.match(await createBackup(path, it.files), { fault: "duplicate" });
  await it.close();
  const refused = await restoreBackup(path, { ...it.target, force: false }, checkDatabase);
  t.match(refused, { fault: "duplicate", says: /--force/ });
});

t.test("a backup that is damaged in any way is found out, and nothing is touched", async (t) => {
  const it = await site(t);
  await it.close();
  const harms: [string, (path: string) => void, RegExp][] = [
    ["a byte more", (path) => appendFileSync(join(path, "rookery.db"), "x"), /rookery\.db has/],
    ["a blob gone", (path) => rmSync(join(path, "blobs/a/b.png")), /blobs\/a\/b\.png is missing/],
    [
      "a blob changed",
      (path) => writeFileSync(join(path, "blobs/a/b.png"), "pictuRe"),
      /b\.png is not what was written/,
    ],
    ["no manifest", (path) => rmSync(join(path, "manifest.json")), /is no backup/],
    ["half a manifest", (path) => writeFileSync(join(path, "manifest.json"), "{"), /damaged/],
    ["a list of nothing", (path) => manifest(path, []), /holds no database/],
    [
      "a way out",
      (path) => manifest(path, [{ path: "../data/secrets.json", bytes: 12, sha256: "" }]),
      /damaged/,
    ],
  ];
  for (const [name, harm, says] of harms) {
    const path = join(it.dir, name.replaceAll(" ", "-"));
    await createBackup(path, it.files);
    harm(path);
    t.match(await verifyBackup(path, checkDatabase), { says }, name);
    t.match(await restoreBackup(path, it.target, checkDatabase), { says }, `${name}: restore`);
  }
  t.equal(await readNote(it.target.databaseFile), '{"text":"before"}', "still there");
});

function manifest(path: string, files: unknown[]): void {
  const text = JSON.stringify({ format: 1, version: "1", createdAt: "", files });
  writeFileSync(join(path, "manifest.json"), text);
}

t.test("a backup that fails half way leaves nothing that looks like one", async (t) => {
  const it = await site(t);
  const path = join(it.dir, "backup");
  const copyDatabase = async () => fault("store-full", "The disk is full");
  t.match(await createBackup(path, { ...it.files, copyDatabase }), { fault: "store-full" });
  t.notOk(existsSync(path));
  t.notOk(existsSync(`${path}.partial`));
  const nowhere = join(it.dir, "data", "rookery.yaml", "backup");
  t.match(await createBackup(nowhere, it.files), { fault: "store-unavailable" });
  await it.close();
});
