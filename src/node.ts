// Owns assembling a node, and its order: the data folder's lock, secrets, core (store, cells,
// reads), gateway, work that is due, the operators' socket. Stopping is the exact reverse.

import { createServer } from "node:net";
import { join } from "node:path";
import type { AdminOps } from "../cluster/admin/ops.js";
import { adminSocketPath, serveAdmin } from "../cluster/admin/socket.js";
import type { Settings } from "../config/schema.js";
import { readOrMakeSecrets } from "../config/secrets.js";
import { type Fault, fault, isFault } from "./base/faults.js";
import { createPasswords } from "./gateway/oauth/passwords.js";
import { adminOps } from "./node/admin.js";
import { type Core, openCore } from "./node/core.js";
import { startDueWork } from "./node/due.js";
import { mailerOf, startGateway } from "./node/gateway.js";
import { mailEffects } from "./node/mail.js";
import { startSweeps } from "./node/sweeps.js";
import type { Log } from "./observe/log.js";
import { databasePath, lockDataFolder } from "./storage/sqlite/data-folder.js";

const DAY_MS = 86_400_000;

/** Where files of people live, in the data folder. */
export const BLOBS_FOLDER = "media";

export type RunningNode = { url: string; port: number; stop(): Promise<void> };

/** What has been started, to be undone in reverse. */
class Started {
  #undo: (() => Promise<void> | void)[] = [];

  add(undo: () => Promise<void> | void): void {
    this.#undo.push(undo);
  }

  async stop(): Promise<void> {
    for (;;) {
      const undo = this.#undo.pop();
      if (undo === undefined) return;
      await undo();
    }
  }
}

/**
 * Starts a node that serves. Faults: another node has the folder, unusable secrets, and those of
 * the store. Rejects if the address cannot be listened on; nothing stays started in either case.
 */
export async function startNode(
  settings: Settings,
  { log }: { log: Log },
): Promise<RunningNode | Fault> {
  const started = new Started();
  try {
    const node = await start(settings, log, started);
    if (isFault(node)) await started.stop();
    return node;
  } catch (error) {
    await started.stop();
    throw error;
  }
}

async function start(given: Settings, log: Log, started: Started): Promise<RunningNode | Fault> {
  const lock = lockDataFolder(given.dataDir);
  if (isFault(lock)) return lock;
  started.add(() => lock.release());
  const settings = await withPort(given);
  const secrets = readOrMakeSecrets(secretsFileOf(settings));
  if ("problem" in secrets) return fault("invalid", `${secrets.problem}; ${secrets.fix}`);
  const mailer = mailerOf(settings, log);
  if (mailer !== null) started.add(() => mailer.close());
  const core = await openCore(coreOptions(settings, log, mailer));
  if (isFault(core)) return core;
  const graceMs = settings.limits.stopGraceMs;
  started.add(() => core.stop(graceMs));
  const passwords = createPasswords();
  const gateway = await startGateway({
    ...{ core, settings, passwords, mailer, log },
    secrets: secrets.secrets,
  });
  started.add(() => gateway.stop(graceMs));
  await core.actors.recoverOutboxes();
  const { store, actors, clock, scheduler } = core;
  const due = startDueWork({ store, actors, clock, scheduler, log });
  started.add(() => due.stop());
  const homeIdleMs = settings.timelines.idleDays * DAY_MS;
  const sweeps = startSweeps({ core, homeIdleMs, log });
  started.add(() => sweeps.stop());
  const { port } = gateway.server;
  const url = core.site.publicUrl;
  const admin = await serveAdmin(
    adminSocketPath(settings.dataDir),
    opsOf(settings, core, url),
    (says, error) => log.warn(says, { error }),
  );
  if (isFault(admin)) return admin;
  started.add(() => admin.close());
  return { url, port, stop: () => started.stop() };
}

/**
 * With port 0 and no public address, a free port is chosen before anything else, because the public
 * address holds it.
 */
async function withPort(settings: Settings): Promise<Settings> {
  const { listen, publicUrl } = settings;
  if (listen.port !== 0 || publicUrl !== null) return settings;
  const probe = createServer();
  await new Promise<void>((resolve, reject) => {
    probe.once("error", reject);
    probe.listen({ host: listen.host, port: 0 }, resolve);
  });
  const address = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return { ...settings, listen: { ...listen, port } };
}

/** The parts of a node that commands need, where no node serves: nothing listens. */
export async function openOffline(
  settings: Settings,
  { log }: { log: Log },
): Promise<{ ops: AdminOps; close(): Promise<void> } | Fault> {
  const lock = lockDataFolder(settings.dataDir);
  if (isFault(lock)) return lock;
  const core = await openCore(coreOptions(settings, log, null));
  if (isFault(core)) {
    lock.release();
    return core;
  }
  return {
    ops: opsOf(settings, core, ""),
    async close() {
      await core.stop(settings.limits.stopGraceMs);
      lock.release();
    },
  };
}

const secretsFileOf = (settings: Settings): string =>
  settings.secretsFile ?? join(settings.dataDir, "secrets.json");

function opsOf(settings: Settings, core: Core, url: string): AdminOps {
  return adminOps({
    ...{ core, settings, url },
    passwords: createPasswords(),
    blobsDir: join(settings.dataDir, BLOBS_FOLDER),
    secretsFile: secretsFileOf(settings),
  });
}

function coreOptions(settings: Settings, log: Log, mailer: ReturnType<typeof mailerOf>) {
  const { limits, timelines } = settings;
  const publicUrl = settings.publicUrl ?? `http://localhost:${settings.listen.port}`;
  return {
    databaseFile: databasePath(settings.dataDir),
    publicUrl,
    log,
    mailboxMax: limits.mailboxMax,
    residentMaxBytes: limits.residentMaxBytes,
    fanOutMax: limits.fanOutMax,
    homeLength: timelines.homeLength,
    ...(mailer === null ? {} : { mail: mailEffects({ mailer, publicUrl, title: settings.title }) }),
  };
}
