// Blobs on disk: whole or not at all, and only inside their folder.

import { readdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import t from "tap";
import { isBlobKey, openDiskBlobs } from "../../src/storage/disk/blobs.js";
import { scratchPaths } from "./scratch.js";

const nextPath = scratchPaths(t);

async function* chunksOf(...chunks: (string | Uint8Array)[]): AsyncIterable<Uint8Array> {
  for (const chunk of chunks) yield typeof chunk === "string" ? Buffer.from(chunk) : chunk;
}

async function textOf(chunks: AsyncIterable<Uint8Array> | null): Promise<string | null> {
  if (chunks === null) return null;
  const parts: Uint8Array[] = [];
  for await (const chunk of chunks) parts.push(chunk);
  return Buffer.concat(parts).toString();
}

t.test("puts, reads, replaces and removes", async (t) => {
  const root = nextPath("blobs");
  const blobs = await openDiskBlobs(root);
  t.equal(await blobs.get("media/1/original.png"), null);
  t.same(await blobs.put("media/1/original.png", chunksOf("hello ", "", "world")), { bytes: 11 });
  t.equal(await textOf(await blobs.get("media/1/original.png")), "hello world");
  t.same(await blobs.stat("media/1/original.png"), { bytes: 11 });
  t.same(await blobs.put("media/1/original.png", chunksOf("again")), { bytes: 5 });
  t.equal(await textOf(await blobs.get("media/1/original.png")), "again");
  t.same(await blobs.put("empty", chunksOf()), { bytes: 0 });
  t.equal(await textOf(await blobs.get("empty")), "");
  t.equal(await blobs.stat("media/1"), null, "a folder is no blob");
  t.equal(await blobs.get("empty/x"), null);
  await blobs.remove("media/1/original.png");
  await blobs.remove("media/1/original.png");
  t.equal(await blobs.stat("media/1/original.png"), null);
  const reopened = await openDiskBlobs(root);
  t.same(await reopened.stat("empty"), { bytes: 0 });
});

t.test("reads any range", async (t) => {
  const blobs = await openDiskBlobs(nextPath("blobs"));
  const big = Buffer.alloc(300_000, "0123456789");
  await blobs.put("big", chunksOf(big.subarray(0, 7), big.subarray(7)));
  const range = async (from: number, to: number) => textOf(await blobs.get("big", { from, to }));
  t.equal(await range(0, 3), "012");
  t.equal(await range(299_998, 300_000), "89");
  t.equal(await range(299_998, 999_999), "89");
  t.equal(await range(5, 5), "");
  t.equal(await range(300_000, 300_001), "");
  t.equal(await range(65_530, 65_545), big.subarray(65_530, 65_545).toString());
  t.equal((await textOf(await blobs.get("big")))?.length, 300_000);
});

t.test("shows nothing of a put that its source broke off", async (t) => {
  const root = nextPath("blobs");
  const blobs = await openDiskBlobs(root);
  await blobs.put("a", chunksOf("before"));
  async function* broken(): AsyncIterable<Uint8Array> {
    yield Buffer.from("half");
    throw new Error("the client went away");
  }
  await t.rejects(blobs.put("a", broken()), /client went away/);
  t.equal(await textOf(await blobs.get("a")), "before");
  t.same(readdirSync(join(root, ".incoming")), []);
});

t.test("sweeps what a crash left behind, and steps over its names", async (t) => {
  const root = nextPath("blobs");
  const blobs = await openDiskBlobs(root);
  writeFileSync(join(root, ".incoming", `${process.pid}-1`), "left");
  t.same(await blobs.put("a", chunksOf("x")), { bytes: 1 });
  t.same(readdirSync(join(root, ".incoming")), [`${process.pid}-1`]);
  await blobs.sweep();
  t.same(readdirSync(join(root, ".incoming")), []);
});

t.test("refuses every key that could lead out of the folder", async (t) => {
  const root = nextPath("blobs");
  const blobs = await openDiskBlobs(root);
  writeFileSync(join(dirname(root), "secret"), "secret");
  const hostile = [
    ...["", ".", "..", "../secret", "a/../../secret", "/etc/passwd", "a//b", "a/", ".incoming/x"],
    ...["a/.hidden", "A", "é", "a b", "a\\b", "a\u0000b", "a%2e%2e", "x".repeat(201), "a\n"],
  ];
  for (const key of hostile) {
    t.equal(isBlobKey(key), false, JSON.stringify(key).slice(0, 30));
    t.match(await blobs.put(key, chunksOf("x")), { fault: "bad-request" });
    t.equal(await blobs.get(key), null);
    t.equal(await blobs.stat(key), null);
    await blobs.remove(key);
  }
  for (const key of ["a", "a/b.c", "0-_/x..y", "media/1/small.webp"]) t.ok(isBlobKey(key), key);
});

t.test("answers a fault when the disk will not take it", async (t) => {
  const root = nextPath("blobs");
  const blobs = await openDiskBlobs(root);
  await blobs.put("a", chunksOf("a file where a folder is wanted"));
  t.match(await blobs.put("a/b", chunksOf("x")), { fault: "store-unavailable", cause: /./ });
  t.same(readdirSync(join(root, ".incoming")), []);
});
