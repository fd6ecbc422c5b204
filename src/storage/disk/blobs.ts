// Owns blobs in a folder of this machine: one file a key. A blob is written under a name of its own
// in `.incoming` and gets its key only when all of it is on the disk, so nobody reads half of one.
// Keys are lower-case paths; what could lead out of the folder is no key.

import { createReadStream } from "node:fs";
import { type FileHandle, mkdir, open, readdir, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { type Fault, fault, isFault } from "../../base/faults.js";
import type { Blobs } from "../../ports/storage.js";

const KEY = /^[a-z0-9_-][a-z0-9_.-]*(\/[a-z0-9_-][a-z0-9_.-]*)*$/;
const KEY_LENGTH_MAX = 200;
const INCOMING = ".incoming";
const READ_BYTES = 65_536;

export type DiskBlobs = Blobs & {
  /** Removes what puts left behind that never ended. Only while nobody else uses the folder. */
  sweep(): Promise<void>;
};

/** True for what can be a key: segments of `a-z 0-9 _ . -`, none beginning with a dot. */
export function isBlobKey(key: string): boolean {
  return key.length <= KEY_LENGTH_MAX && KEY.test(key);
}

/** Opens (and makes) the folder `root`. Rejects with the system's error if it cannot be made. */
export async function openDiskBlobs(root: string): Promise<DiskBlobs> {
  const incoming = join(root, INCOMING);
  await mkdir(incoming, { recursive: true });
  let puts = 0;

  async function create(): Promise<{ path: string; handle: FileHandle }> {
    for (;;) {
      const path = join(incoming, `${process.pid}-${++puts}`);
      try {
        return { path, handle: await open(path, "wx") };
      } catch (error) {
        // Left behind by an earlier process that had our number.
        if (codeOf(error) !== "EEXIST") throw error;
      }
    }
  }

  async function put(key: string, chunks: AsyncIterable<Uint8Array>) {
    if (!isBlobKey(key)) return fault("bad-request", undefined, { cause: `no blob key: ${key}` });
    const part = await onDisk(create);
    if (isFault(part)) return part;
    try {
      const bytes = await writeAll(part.handle, chunks);
      if (isFault(bytes)) return bytes;
      return await onDisk(async () => {
        await part.handle.sync();
        await moveInto(part.path, join(root, key));
        return { bytes };
      });
    } finally {
      await part.handle.close();
      await rm(part.path, { force: true });
    }
  }

  return {
    put,
    async get(key, range) {
      const found = await statOf(root, key);
      if (found === null) return null;
      const from = Math.max(0, range?.from ?? 0);
      const to = Math.min(found.bytes, range?.to ?? found.bytes);
      return readRange(join(root, key), from, to);
    },
    stat: (key) => statOf(root, key),
    async remove(key) {
      if (isBlobKey(key)) await rm(join(root, key), { force: true });
    },
    async sweep() {
      for (const name of await readdir(incoming)) await rm(join(incoming, name), { force: true });
    },
  };
}

/** Runs something that only the disk can fail. */
async function onDisk<T>(run: () => Promise<T>): Promise<T | Fault> {
  try {
    return await run();
  } catch (error) {
    return diskFault(error);
  }
}

/** What the giver of the chunks throws is the caller's own, and passes through. */
async function writeAll(
  handle: FileHandle,
  chunks: AsyncIterable<Uint8Array>,
): Promise<number | Fault> {
  let bytes = 0;
  for await (const chunk of chunks) {
    const failed = await onDisk(() => handle.appendFile(chunk));
    if (isFault(failed)) return failed;
    bytes += chunk.byteLength;
  }
  return bytes;
}

async function moveInto(from: string, to: string): Promise<void> {
  const folder = dirname(to);
  const made = await mkdir(folder, { recursive: true });
  await rename(from, to);
  await syncFolder(folder);
  if (made === undefined) return;
  // New folders are in their parents' lists only once those are on the disk too.
  for (let at = folder; at.length >= made.length; at = dirname(at)) await syncFolder(dirname(at));
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function statOf(root: string, key: string): Promise<{ bytes: number } | null> {
  if (!isBlobKey(key)) return null;
  try {
    const found = await stat(join(root, key));
    return found.isFile() ? { bytes: found.size } : null;
  } catch (error) {
    const code = codeOf(error);
    if (code === "ENOENT" || code === "ENOTDIR") return null;
    throw error;
  }
}

async function* readRange(path: string, from: number, to: number): AsyncIterable<Uint8Array> {
  if (from >= to) return;
  yield* createReadStream(path, { start: from, end: to - 1, highWaterMark: READ_BYTES });
}

function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !("code" in error)) return undefined;
  return typeof error.code === "string" ? error.code : undefined;
}

const NO_ROOM = new Set(["ENOSPC", "EDQUOT", "EFBIG"]);

function diskFault(error: unknown): Fault {
  const cause = error instanceof Error ? error.message : String(error);
  const tag = NO_ROOM.has(codeOf(error) ?? "") ? "store-full" : "store-unavailable";
  return fault(tag, undefined, { cause });
}
