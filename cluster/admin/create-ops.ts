// Owns putting the operators' table together from what node.ts hands over.

import { type Fault, isFault } from "../../src/base/faults.js";
import { type BackupFiles, createBackup } from "./backup.js";
import type { AdminOps } from "./ops.js";
import { type RepairParts, repairOps } from "./repairs.js";
import { type SiteParts, siteOps } from "./site.js";
import { findUser, type UserParts, userOps } from "./users.js";

export type AdminParts = UserParts &
  RepairParts &
  SiteParts & {
    version: string;
    /** Where this node serves; empty if it does not. */
    url: string;
    startedAtMs: number;
    /** Makes a token for the account, of an app that is registered under `appName` if need be. */
    makeToken(request: {
      accountId: string;
      scopes: readonly string[];
      appName: string;
    }): Promise<{ token: string; scopes: readonly string[] } | Fault>;
    /** The scopes as they would be granted; invalid if one is not known. */
    checkScopes(scopes: readonly string[]): readonly string[] | Fault;
    backup: BackupFiles;
  };

/** The whole table of operations. */
export function createOps(parts: AdminParts): AdminOps {
  return {
    ...userOps(parts),
    ...repairOps(parts),
    ...siteOps(parts),
    ping: async () => ({
      version: parts.version,
      pid: process.pid,
      url: parts.url,
      startedAtMs: parts.startedAtMs,
    }),
    async tokenCreate({ username, scopes, appName, dryRun }) {
      const known = await findUser(parts.store, username);
      if (isFault(known)) return known;
      const wanted = parts.checkScopes(scopes);
      if (isFault(wanted)) return wanted;
      const name = known.account.username;
      if (dryRun) return { token: null, scopes: [...wanted], username: name, dryRun };
      const accountId = known.account.id;
      const made = await parts.makeToken({ accountId, scopes: wanted, appName });
      if (isFault(made)) return made;
      return { token: made.token, scopes: [...made.scopes], username: name, dryRun };
    },
    backupCreate: ({ path }) => createBackup(path, parts.backup),
  };
}
