// Owns the inside of a node for tests of faults: the real cells over a folder, with nothing that
// listens.

import { isFault } from "../../src/base/faults.js";
import { type Core, openCore } from "../../src/node/core.js";
import { createLog } from "../../src/observe/log.js";
import { databasePath } from "../../src/storage/sqlite/data-folder.js";

/** Opens what a node would on this folder. Throws if it cannot. */
export async function openInside(folder: string): Promise<Core> {
  const core = await openCore({
    databaseFile: databasePath(folder),
    publicUrl: "http://localhost:1",
    log: createLog({ level: "silent", format: "text" }),
    mailboxMax: 1000,
    residentMaxBytes: 64 * 1024 * 1024,
    fanOutMax: 200,
    homeLength: 400,
  });
  if (isFault(core)) throw new Error(core.fault);
  return core;
}
