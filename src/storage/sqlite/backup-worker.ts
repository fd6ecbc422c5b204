// Owns the copying thread's own side: one statement, which reads one moment of the database for as
// long as it takes, while the server goes on writing to the log.

import { parentPort, workerData } from "node:worker_threads";
import type { Fault } from "../../base/faults.js";
import type { BackupOrder } from "./backup.js";
import { faultOf, quoted, withDatabase } from "./database.js";

function copy(order: BackupOrder): Fault | null {
  try {
    withDatabase(order.from, { mode: "read" }, (db) => {
      db.exec(`VACUUM store INTO ${quoted(order.to)}`);
    });
    return null;
  } catch (error) {
    return faultOf(error);
  }
}

parentPort?.postMessage(copy(workerData));
