// Owns building the inside of a node in a measured process, and making people for it without the
// cost of hashing their passwords.

import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Settings } from "../config/schema.js";
import { readOrMakeSecrets } from "../config/secrets.js";
import { isFault } from "../src/base/faults.js";
import { OUT_OF_BAND, registerApp } from "../src/gateway/oauth/apps.js";
import { createUser } from "../src/gateway/oauth/create-user.js";
import { createPasswords } from "../src/gateway/oauth/passwords.js";
import { ALL_SCOPES } from "../src/gateway/oauth/scopes.js";
import { issueToken } from "../src/gateway/oauth/tokens.js";
import { type Core, type CoreOptions, openCore } from "../src/node/core.js";
import { startGateway } from "../src/node/gateway.js";
import { createLog } from "../src/observe/log.js";
import { databasePath } from "../src/storage/sqlite/data-folder.js";

export const log = createLog({ level: "warn", format: "text" });

/** Throws what is a fault: in a bench nothing may fail. */
export function must<T>(it: T): Exclude<T, { fault: string }> {
  if (isFault(it)) throw new Error(JSON.stringify(it));
  return it as Exclude<T, { fault: string }>;
}

export async function benchCore(
  settings: Settings,
  more: Partial<CoreOptions> = {},
): Promise<Core> {
  mkdirSync(settings.dataDir, { recursive: true });
  const { limits, timelines } = settings;
  const core = await openCore({
    databaseFile: databasePath(settings.dataDir),
    publicUrl: settings.publicUrl ?? "https://social.example",
    log,
    mailboxMax: limits.mailboxMax,
    residentMaxBytes: limits.residentMaxBytes,
    fanOutMax: limits.fanOutMax,
    homeLength: timelines.homeLength,
    ...more,
  });
  return must(core);
}

export async function benchGateway(core: Core, settings: Settings) {
  const secrets = readOrMakeSecrets(join(settings.dataDir, "secrets.json"));
  if ("problem" in secrets) throw new Error(secrets.problem);
  const parts = { core, settings, passwords: createPasswords(), mailer: null, log };
  return startGateway({ ...parts, secrets: secrets.secrets });
}

export type Person = { id: string; username: string; token: string };

/** Makes accounts `NAME1` … with a token each. */
export async function makePeople(core: Core, name: string, count: number): Promise<Person[]> {
  const app = must(
    await registerApp(core, {
      name: "Bench",
      redirectUris: OUT_OF_BAND,
      scopes: ALL_SCOPES.join(" "),
      website: "",
    }),
  );
  const ids = await makeAccounts(core, name, count);
  return Promise.all(
    ids.map(async (id, at) => {
      const grant = { accountId: id, appId: app.app.clientId, scopes: ["read", "write", "follow"] };
      const { token } = must(await issueToken(core, grant));
      return { id, username: `${name}${at + 1}`, token };
    }),
  );
}

const AT_ONCE = 200;

/** Makes accounts only; answers their ids. */
export async function makeAccounts(core: Core, name: string, count: number): Promise<string[]> {
  const maker = { ...core, passwords: { hash: async () => "bench" } };
  const ids: string[] = [];
  for (let from = 0; from < count; from += AT_ONCE) {
    const some = Array.from({ length: Math.min(AT_ONCE, count - from) }, (_, at) => from + at + 1);
    const made = await Promise.all(
      some.map((place) =>
        createUser(maker, {
          username: `${name}${place}`,
          email: `${name}${place}@mail.example`,
          password: "correct horse battery staple",
          role: "user",
          confirmed: true,
          approved: true,
          locale: "en",
          reason: null,
          createdByAppId: null,
        }),
      ),
    );
    for (const it of made) ids.push(must(it).accountId);
  }
  return ids;
}
