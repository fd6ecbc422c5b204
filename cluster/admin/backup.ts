// Owns backups: a folder with the database (copied while it is in use), the blobs, the secrets and
// the settings file, and a manifest with the size and hash of each. Promises that a folder without
// ".partial" in its name is whole, that restoring checks everything before it touches anything, and
// that what is replaced is moved aside, not deleted. A backup holds secrets: only its owner reads it.

import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import {
  chmod,
  copyFile,
  mkdir,
  open,
  readdir,
  readFile,
  rename,
  rm,
  stat,
} from "node:fs/promises";
import { basename, dirname, join, relative, sep } from "node:path";
import { type Fault, fault, isFault } from "../../src/base/faults.js";
import type { Clock } from "../../src/ports/clock.js";

const MANIFEST = "manifest.json";
const FORMAT = 1;

/** The names inside of a backup; those in use may lie elsewhere (settings). */
const DATABASE = "rookery.db";
const SECRETS = "secrets.json";
const SETTINGS = "rookery.yaml";
const BLOBS = "blobs";

/** What to back up, and how to copy a database that is in use. */
export type BackupFiles = {
  version: string;
  clock: Clock;
  /** Copies the database as it is at one moment. */
  copyDatabase(to: string): Promise<null | Fault>;
  /** Null or absent on disk: there are none. */
  blobsDir: string | null;
  secretsFile: string;
  settingsFile: string | null;
};

type FileRow = { path: string; bytes: number; sha256: string };

type Manifest = {
  format: number;
  version: string;
  createdAt: string;
  files: FileRow[];
};

export type BackupReport = { path: string; files: number; bytes: number };

/** Makes a backup at `path`, which must not exist yet. Faults: duplicate, store-full, internal. */
export async function createBackup(path: string, from: BackupFiles): Promise<BackupReport | Fault> {
  if (await exists(path)) return fault("duplicate", `There is something at ${path} already`);
  const partial = `${path}.partial`;
  try {
    await rm(partial, { recursive: true, force: true });
    await mkdir(partial, { recursive: true, mode: 0o700 });
    const copied = await from.copyDatabase(join(partial, DATABASE));
    if (copied !== null) return await giveUp(partial, copied);
    await copyIfThere(from.secretsFile, join(partial, SECRETS));
    if (from.settingsFile !== null) await copyIfThere(from.settingsFile, join(partial, SETTINGS));
    if (from.blobsDir !== null) await copyTree(from.blobsDir, join(partial, BLOBS));
    const files = await describeTree(partial);
    const createdAt = new Date(from.clock.nowMs()).toISOString();
    const manifest: Manifest = { format: FORMAT, version: from.version, createdAt, files };
    await writeDurably(join(partial, MANIFEST), JSON.stringify(manifest, null, 2));
    await rename(partial, path);
    await syncPath(dirname(path));
    return { path, files: files.length, bytes: files.reduce((sum, it) => sum + it.bytes, 0) };
  } catch (error) {
    return await giveUp(partial, faultOf(error, path));
  }
}

async function giveUp(partial: string, why: Fault): Promise<Fault> {
  await rm(partial, { recursive: true, force: true }).catch(() => {});
  return why;
}

/** Answers whether a database file is sound; a fault says what is wrong with it. */
export type CheckDatabase = (path: string) => Promise<null | Fault>;

/** Reads everything in the backup and compares. Faults: not-found, invalid (with what is wrong). */
export async function verifyBackup(
  path: string,
  checkDatabase: CheckDatabase,
): Promise<(BackupReport & { createdAt: string; version: string }) | Fault> {
  const manifest = await readManifest(path);
  if (isFault(manifest)) return manifest;
  const wrong: string[] = [];
  for (const row of manifest.files) {
    const problem = await compare(path, row);
    if (problem !== null) wrong.push(problem);
  }
  if (!manifest.files.some((it) => it.path === DATABASE)) wrong.push("it holds no database");
  if (wrong.length > 0) return fault("invalid", `${path}: ${wrong.slice(0, 20).join("; ")}`);
  const broken = await checkDatabase(join(path, DATABASE));
  if (broken !== null) return broken;
  const { createdAt, version, files } = manifest;
  const bytes = files.reduce((sum, it) => sum + it.bytes, 0);
  return { path, createdAt, version, files: files.length, bytes };
}

async function readManifest(path: string): Promise<Manifest | Fault> {
  let text: string;
  try {
    text = await readFile(join(path, MANIFEST), "utf8");
  } catch {
    return fault("not-found", `${path} is no backup: it has no ${MANIFEST}`);
  }
  try {
    const manifest = JSON.parse(text) as Manifest;
    const rows = manifest.files.every((it) => isInside(it.path) && Number.isSafeInteger(it.bytes));
    if (manifest.format === FORMAT && rows) return manifest;
  } catch {
    // Said below.
  }
  return fault("invalid", `${join(path, MANIFEST)} is damaged or of another version`);
}

/** A path of a manifest may not lead out of the backup. */
function isInside(path: unknown): path is string {
  if (typeof path !== "string" || path === "" || path.startsWith("/")) return false;
  return !path.split(/[/\\]/).some((part) => part === ".." || part === "" || part === ".");
}

async function compare(root: string, row: FileRow): Promise<string | null> {
  try {
    const found = await stat(join(root, row.path));
    if (found.size !== row.bytes) return `${row.path} has ${found.size} bytes, not ${row.bytes}`;
    const hash = await hashOf(join(root, row.path));
    return hash === row.sha256 ? null : `${row.path} is not what was written`;
  } catch {
    return `${row.path} is missing`;
  }
}

export type RestoreTarget = {
  databaseFile: string;
  blobsDir: string;
  secretsFile: string;
  settingsFile: string;
  /** Replace what is there (it is moved aside). */
  force: boolean;
  clock: Clock;
};

/**
 * Puts a backup in place of what is there. Nobody may use the data meanwhile: the caller holds the
 * folder's lock. Faults: those of verifyBackup, duplicate (there are data and no `force`).
 */
export async function restoreBackup(
  path: string,
  to: RestoreTarget,
  checkDatabase: CheckDatabase,
): Promise<(BackupReport & { movedTo: string | null }) | Fault> {
  const sound = await verifyBackup(path, checkDatabase);
  if (isFault(sound)) return sound;
  if ((await exists(to.databaseFile)) && !to.force) {
    const says = `${to.databaseFile} is there already; --force moves what is there aside`;
    return fault("duplicate", says);
  }
  const stamp = new Date(to.clock.nowMs()).toISOString().replace(/[:.]/g, "-");
  const aside = join(dirname(to.databaseFile), `before-restore-${stamp}`);
  try {
    const places = await placesOf(path, to);
    for (const it of places) await copyAny(it.from, `${it.to}.restoring`);
    const moved = await moveAside(to, aside);
    for (const it of places) await rename(`${it.to}.restoring`, it.to);
    await syncPath(dirname(to.databaseFile));
    const { files, bytes } = sound;
    return { path, files, bytes, movedTo: moved ? aside : null };
  } catch (error) {
    return faultOf(error, path);
  }
}

/** Which parts of the backup go where; the settings file only if there is none yet. */
async function placesOf(path: string, to: RestoreTarget): Promise<{ from: string; to: string }[]> {
  const places = [
    { from: join(path, DATABASE), to: to.databaseFile },
    { from: join(path, SECRETS), to: to.secretsFile },
    { from: join(path, BLOBS), to: to.blobsDir },
  ];
  if (!(await exists(to.settingsFile))) {
    places.push({ from: join(path, SETTINGS), to: to.settingsFile });
  }
  const there = await Promise.all(places.map((it) => exists(it.from)));
  return places.filter((_, index) => there[index]);
}

async function moveAside(to: RestoreTarget, aside: string): Promise<boolean> {
  const { databaseFile, blobsDir, secretsFile } = to;
  // The log beside the database belongs to it: left behind, it would be played into the new one.
  const all = [databaseFile, `${databaseFile}-wal`, `${databaseFile}-shm`, blobsDir, secretsFile];
  let moved = false;
  for (const path of all) {
    if (!(await exists(path))) continue;
    await mkdir(aside, { recursive: true, mode: 0o700 });
    await rename(path, join(aside, basename(path)));
    moved = true;
  }
  return moved;
}

async function copyAny(from: string, to: string): Promise<void> {
  await rm(to, { recursive: true, force: true });
  if ((await stat(from)).isDirectory()) await copyTree(from, to);
  else {
    await mkdir(dirname(to), { recursive: true, mode: 0o700 });
    await copyIfThere(from, to);
  }
}

async function copyIfThere(from: string, to: string): Promise<void> {
  if (!(await exists(from))) return;
  await copyFile(from, to);
  await chmod(to, 0o600);
  await syncPath(to);
}

async function copyTree(from: string, to: string): Promise<void> {
  if (!(await exists(from))) return;
  await mkdir(to, { recursive: true, mode: 0o700 });
  for (const entry of await readdir(from, { withFileTypes: true })) {
    // What begins with a dot is being written and belongs to nobody yet.
    if (entry.name.startsWith(".")) continue;
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory()) await copyTree(source, target);
    else if (entry.isFile()) await copyIfThere(source, target);
  }
}

async function describeTree(root: string): Promise<FileRow[]> {
  const rows: FileRow[] = [];
  const walk = async (folder: string): Promise<void> => {
    for (const entry of await readdir(folder, { withFileTypes: true })) {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) await walk(path);
      else {
        const { size } = await stat(path);
        const name = relative(root, path).split(sep).join("/");
        rows.push({ path: name, bytes: size, sha256: await hashOf(path) });
      }
    }
  };
  await walk(root);
  return rows.sort((a, b) => (a.path < b.path ? -1 : 1));
}

async function hashOf(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(path)) hash.update(chunk as Uint8Array);
  return hash.digest("hex");
}

async function writeDurably(path: string, text: string): Promise<void> {
  const file = await open(path, "w", 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function syncPath(path: string): Promise<void> {
  const file = await open(path, "r");
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => null)) !== null;
}

function faultOf(error: unknown, path: string): Fault {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  const cause = error instanceof Error ? error.message : String(error);
  if (code === "ENOSPC") return fault("store-full", `There is no room for ${path}`, { cause });
  return fault("store-unavailable", `${path} cannot be read or written: ${cause}`, { cause });
}
