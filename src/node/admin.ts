// Owns wiring the operators' operations to the parts of a node: accounts and tokens are made by the
// gateway's own functions, so that a command and the API follow the same rules.

import { join } from "node:path";
import { createOps } from "../../cluster/admin/create-ops.js";
import type { AdminOps } from "../../cluster/admin/ops.js";
import { FILE_NAME } from "../../config/load.js";
import type { Settings } from "../../config/schema.js";
import { type Fault, isFault } from "../base/faults.js";
import { type AppDoc, findApp, OUT_OF_BAND, registerApp } from "../gateway/oauth/apps.js";
import { changeEmail, createUser } from "../gateway/oauth/create-user.js";
import type { Passwords } from "../gateway/oauth/passwords.js";
import { ALL_SCOPES, parseScopes } from "../gateway/oauth/scopes.js";
import { issueToken } from "../gateway/oauth/tokens.js";
import { passwordErrors } from "../gateway/oauth/user-rules.js";
import { backupDatabase } from "../storage/sqlite/backup.js";
import { databasePath } from "../storage/sqlite/data-folder.js";
import { VERSION } from "../version.js";
import type { Core } from "./core.js";

export type AdminOptions = {
  core: Core;
  settings: Settings;
  passwords: Passwords;
  /** Where this node serves; empty if it does not. */
  url: string;
  blobsDir: string;
  secretsFile: string;
};

/** Posts of a home that are counted after a rebuild. */
const HOME_READ_MAX = 4000;

/** The whole table of operations for this node. */
export function adminOps(options: AdminOptions): AdminOps {
  const { core, settings } = options;
  const { store, actors, clock, ids, random, homes } = core;
  const maker = { store, actors, clock, ids, passwords: options.passwords };
  return createOps({
    ...{ store, actors, random },
    ...{ locale: settings.languages[0] ?? "en", signUps: settings.signUps },
    ...{ version: VERSION, url: options.url, startedAtMs: clock.nowMs() },
    createUser: (user) => createUser(maker, user),
    changeEmail: (change) => changeEmail(maker, change),
    hashPassword: (password) => options.passwords.hash(password),
    passwordProblem: (password) => passwordErrors(password)[0]?.description ?? null,
    async rebuildHome(accountId) {
      homes.refresh(accountId);
      return (await homes.page(accountId, { limit: HOME_READ_MAX })).length;
    },
    checkScopes: (scopes) => parseScopes(scopes.join(" ")),
    makeToken: (request) => makeToken(core, request),
    backup: {
      ...{ version: VERSION, clock, blobsDir: options.blobsDir, secretsFile: options.secretsFile },
      settingsFile: join(settings.dataDir, FILE_NAME),
      async copyDatabase(to) {
        const copied = await backupDatabase(databasePath(settings.dataDir), to);
        return isFault(copied) ? copied : null;
      },
    },
  });
}

async function makeToken(
  core: Core,
  request: { accountId: string; scopes: readonly string[]; appName: string },
): Promise<{ token: string; scopes: readonly string[] } | Fault> {
  const app = await appNamed(core, request.appName);
  if (isFault(app)) return app;
  const { accountId, scopes } = request;
  const issued = await issueToken(core, { accountId, scopes, appId: app.clientId });
  return isFault(issued) ? issued : { token: issued.token, scopes: issued.doc.scopes };
}

/** The app of a name that commands made before, or a new one. Nobody knows its secret. */
async function appNamed(core: Core, name: string): Promise<AppDoc | Fault> {
  const { registers } = core.store;
  const key = `command-app/${name}`;
  const held = await registers.read(key);
  const known = held === null ? null : await findApp(core.store, held.value);
  if (known !== null) return known;
  const made = await registerApp(core, {
    name,
    redirectUris: OUT_OF_BAND,
    scopes: ALL_SCOPES.join(" "),
    website: "",
  });
  if (isFault(made)) return made;
  const kept = await registers.compareAndSet(key, held?.version ?? 0, made.app.clientId);
  return isFault(kept) ? kept : made.app;
}
