// Runs the storage contract over the SQLite store: in memory, in a file written by its thread, and
// in a file written in process.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import t from "tap";
import { openSqliteStore } from "../../src/storage/sqlite/store.js";
import { storageContract } from "./storage.js";

const folder = mkdtempSync(join(tmpdir(), "rookery-contract-"));
t.teardown(() => rmSync(folder, { recursive: true, force: true }));
let files = 0;
const nextFile = () => join(folder, `${++files}`, "rookery.db");

storageContract("a store in memory", () => openSqliteStore({ path: ":memory:" }));
storageContract("a store in a file", () => openSqliteStore({ path: nextFile() }));
storageContract("a store in a file, written in process", () =>
  openSqliteStore({ path: nextFile(), writer: "inline" }),
);
