// Owns the process that the durability and lock tests kill. Writes a line to its output for each
// write that the store acknowledged, until it is killed; or holds the lock of a folder.

import { dirname } from "node:path";
import { isFault } from "../../src/base/faults.js";
import { lockDataFolder } from "../../src/storage/sqlite/data-folder.js";
import { openSqliteStore } from "../../src/storage/sqlite/store.js";

const [task, path] = process.argv.slice(2);
if (path === undefined) throw new Error("usage: writer-child TASK PATH");

const WRITERS = 20;

async function writeForever(path: string): Promise<void> {
  const store = await openSqliteStore({ path });
  const writers = Array.from({ length: WRITERS }, async (_, writer) => {
    const cell = `account:${writer}`;
    const opened = await store.journal.open(cell, 1);
    if (isFault(opened)) throw new Error(opened.fault);
    for (let seq = opened.lastSeq; ; ) {
      const answer = await store.journal.append({
        cell,
        epoch: 1,
        afterSeq: seq,
        facts: [`"${seq + 1}"`],
        changes: [
          { do: "put-record", kind: cell, id: `${seq + 1}`, doc: "{}" },
          { do: "put-member", collection: cell, member: `${seq + 1}`, rank: `${seq + 1}` },
        ],
      });
      if (answer !== null) throw new Error(`${answer.fault}: ${answer.cause}`);
      seq++;
      process.stdout.write(`${cell} ${seq}\n`);
    }
  });
  await Promise.all(writers);
}

function holdForever(path: string): void {
  const lock = lockDataFolder(dirname(path));
  process.stdout.write(isFault(lock) ? `${lock.says}\n` : "held\n");
  if (!isFault(lock)) process.stdin.resume();
}

if (task === "write") await writeForever(path);
else holdForever(path);
