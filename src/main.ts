#!/usr/bin/env -S node --max-semi-space-size=64
// Owns the program: reads the settings, hands each part its piece, and runs a command. The only place
// that knows of settings, commands and node at once. Heavy parts are loaded when a command needs
// them, so that `rookery --help` is quick. Stopping: the first SIGTERM or SIGINT ends what runs and
// exits 0, a second one does not wait.

import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { runCli } from "../cluster/admin/cli.js";
import type { CliParts, LoadedSettings } from "../cluster/admin/context.js";
import type { Finding } from "../cluster/admin/doctor.js";
import { whyNotListen } from "../cluster/admin/listening.js";
import { adminSocketPath, askLocally, connectAdmin } from "../cluster/admin/socket.js";
import { describeSetting, explainAll, explainKey } from "../config/explain.js";
import { describeProblems, type Loaded, loadSettings } from "../config/load.js";
import { ENTRIES, type Settings } from "../config/schema.js";
import { readOrMakeSecrets, readSecrets } from "../config/secrets.js";
import { type Fault, fault, isFault, safeSentence } from "./base/faults.js";
import { systemClock } from "./base/system.js";
import { createLog, type Log } from "./observe/log.js";
import { VERSION } from "./version.js";

type MainSettings = LoadedSettings & { values: Settings };

const EXIT_FAILED = 1;

const out = (text: string) => void process.stdout.write(text);
const err = (text: string) => void process.stderr.write(text);

function load(flags: ReadonlyMap<string, string>): MainSettings | { problems: string } {
  const loaded = loadSettings({ flags });
  if ("problems" in loaded) return { problems: describeProblems(loaded.problems) };
  return {
    values: loaded.settings,
    dataDir: loaded.settings.dataDir,
    file: loaded.file,
    explainAll: () => explainAll(loaded),
    explain: (key) => explain(key, loaded),
  };
}

function explain(key: string, loaded: Loaded): ReturnType<LoadedSettings["explain"]> {
  const it = explainKey(key, loaded);
  if ("unknown" in it) return it;
  return { document: it.explained, text: describeSetting(it.explained) };
}

const logOf = (settings: Settings): Log =>
  createLog({ level: settings.logLevel, format: settings.logFormat });

/** Commands say what is wrong themselves: their log holds warnings at least. */
const quietLogOf = (settings: Settings): Log =>
  createLog({ level: settings.logLevel === "silent" ? "silent" : "warn", format: "text" });

async function start({ values: settings }: MainSettings): Promise<number> {
  const log = logOf(settings);
  const stop = stopSignal();
  try {
    const { startNode } = await import("./node.js");
    const node: Awaited<ReturnType<typeof startNode>> | Fault = await startNode(settings, { log });
    if (isFault(node)) return await refused(node, settings);
    out(`${greeting(node.url, settings)}\n`);
    const signal = await stop.asked;
    log.info("Stopping", { signal });
    await node.stop();
    log.info("Stopped");
    return 0;
  } catch (error) {
    return await refused(error, settings);
  } finally {
    stop.forget();
  }
}

/** Resolves with the first signal to stop. The second ends the process at once. */
function stopSignal(): { asked: Promise<string>; forget: () => void } {
  let forget = () => {};
  const asked = new Promise<string>((resolve) => {
    let count = 0;
    const onSignal = (signal: NodeJS.Signals) => {
      count++;
      if (count === 1) resolve(signal);
      else process.exit(EXIT_FAILED); // edge: whoever asks twice does not want to wait
    };
    process.on("SIGTERM", onSignal);
    process.on("SIGINT", onSignal);
    forget = () => {
      process.off("SIGTERM", onSignal);
      process.off("SIGINT", onSignal);
    };
  });
  return { asked, forget: () => forget() };
}

function greeting(url: string, settings: Settings): string {
  const { host, port } = settings.listen;
  const at = port === 0 ? url : `${host.includes(":") ? `[${host}]` : host}:${port}`;
  return [
    `Rookery ${VERSION} serves ${settings.publicUrl ?? url} (listening on ${at})`,
    `Data folder: ${settings.dataDir}`,
    "Make the owner account, in another terminal:",
    "  npx rookery user create NAME --email you@example.org --role owner --confirmed",
    "Stop with Ctrl-C.",
  ].join("\n");
}

/** Says why it did not start, in a sentence, and what to do. */
async function refused(why: unknown, settings: Settings): Promise<number> {
  err(`Rookery cannot start: ${await reasonOf(why, settings)}\n`);
  return EXIT_FAILED;
}

async function reasonOf(why: unknown, settings: Settings): Promise<string> {
  if (isFault(why)) return faultText(why);
  if (!(why instanceof Error)) return String(why);
  if (!/^could not listen/.test(why.message)) return why.stack ?? why.message;
  const { host, port } = settings.listen;
  switch (await whyNotListen(settings.listen)) {
    case "EADDRINUSE": {
      const other = `--listen ${host}:${port + 1}`;
      return `port ${port} is in use; stop what listens there, or choose another with ${other}`;
    }
    case "EACCES":
      return `this user may not listen on port ${port}; choose one above 1023 with --listen`;
    case "EADDRNOTAVAIL":
    case "ENOTFOUND":
      return `${host} is no address of this machine; choose another with --listen`;
    default:
      return why.message;
  }
}

function faultText(why: Fault): string {
  const says = safeSentence(why);
  return why.cause === undefined || says.includes(why.cause) ? says : `${says} (${why.cause})`;
}

async function init({ values: settings }: MainSettings) {
  const { databasePath } = await import("./storage/sqlite/data-folder.js");
  const made: string[] = [];
  const kept: string[] = [];
  const note = (what: string, isNew: boolean) => void (isNew ? made : kept).push(what);
  const isNewFolder = !existsSync(settings.dataDir);
  try {
    mkdirSync(settings.dataDir, { recursive: true, mode: 0o700 });
  } catch (error) {
    const cause = error instanceof Error ? error.message : String(error);
    const says = `The data folder cannot be made: ${cause}; choose another with --data-dir`;
    return fault("store-unavailable", says);
  }
  note(`data folder ${settings.dataDir}`, isNewFolder);
  const secrets = readOrMakeSecrets(secretsFileOf(settings));
  if ("problem" in secrets) return fault("invalid", `${secrets.problem}; ${secrets.fix}`);
  note(`secrets ${secretsFileOf(settings)}`, secrets.made);
  const database = databasePath(settings.dataDir);
  const isNewDatabase = !existsSync(database);
  const live = await connectAdmin(adminSocketPath(settings.dataDir));
  live?.close();
  if (live === null) {
    const opened = await openOffline({ values: settings });
    if (isFault(opened)) return opened;
    await opened.close();
  }
  note(`database ${database}`, isNewDatabase);
  return { made, kept };
}

const secretsFileOf = (settings: Settings): string =>
  settings.secretsFile ?? join(settings.dataDir, "secrets.json");

/** The parts of a node that commands need, for a folder that no node serves now. */
async function openOffline({ values: settings }: { values: Settings }) {
  try {
    const node = await import("./node.js");
    const log = quietLogOf(settings);
    const opened: Awaited<ReturnType<typeof node.openOffline>> | Fault = await node.openOffline(
      settings,
      { log },
    );
    if (isFault(opened)) return opened;
    return { ask: askLocally(opened.ops), close: () => opened.close() };
  } catch (error) {
    // The store's failures are faults and errors at once.
    if (isFault(error)) return error;
    throw error;
  }
}

async function checkDatabase(path: string): Promise<null | Fault> {
  const { verifyBackup } = await import("./storage/sqlite/verify-backup.js");
  const report = await verifyBackup(path);
  if (report.problems.length === 0) return null;
  return fault("invalid", report.problems.slice(0, 5).join("; "));
}

async function doctor({ values: settings }: MainSettings, isRunning: boolean): Promise<Finding[]> {
  const { examine } = await import("../cluster/admin/doctor.js");
  const { databasePath } = await import("./storage/sqlite/data-folder.js");
  const { withDatabase } = await import("./storage/sqlite/database.js");
  const { loadUws } = await import("./gateway/http/uws.js");
  return examine({
    dataDir: settings.dataDir,
    databaseFile: databasePath(settings.dataDir),
    listen: settings.listen,
    publicUrl: settings.publicUrl,
    mail: settings.mail,
    clock: systemClock,
    isRunning,
    nodeVersion: process.versions.node,
    checkSecrets() {
      const secrets = readSecrets(secretsFileOf(settings));
      return secrets !== null && "problem" in secrets ? secrets : null;
    },
    checkDatabase,
    sqliteVersion: () =>
      withDatabase(":memory:", {}, (db) => {
        const row: unknown = db.prepare("SELECT sqlite_version() AS version").get();
        return typeof row === "object" && row !== null && "version" in row
          ? String(row.version)
          : "?";
      }),
    async httpServer() {
      try {
        await loadUws();
        return { kind: "uws", why: "" };
      } catch (error) {
        const why = error instanceof Error ? error.message : String(error);
        return { kind: "node", why: why.split("\n")[0] ?? "" };
      }
    },
  });
}

async function verify(path: string) {
  const { verifyBackup } = await import("../cluster/admin/backup.js");
  return verifyBackup(path, checkDatabase);
}

async function restore(
  { values: settings }: MainSettings,
  options: { path: string; force: boolean },
) {
  const { restoreBackup } = await import("../cluster/admin/backup.js");
  const { databasePath, lockDataFolder } = await import("./storage/sqlite/data-folder.js");
  const { FILE_NAME } = await import("../config/load.js");
  const { BLOBS_FOLDER } = await import("./node.js");
  const lock = lockDataFolder(settings.dataDir);
  if (isFault(lock)) {
    const who = lock.says ?? "another rookery uses this folder";
    return fault("conflict", `${who}; stop it first`);
  }
  const target = {
    databaseFile: databasePath(settings.dataDir),
    blobsDir: join(settings.dataDir, BLOBS_FOLDER),
    secretsFile: secretsFileOf(settings),
    settingsFile: join(settings.dataDir, FILE_NAME),
    force: options.force,
    clock: systemClock,
  };
  try {
    return await restoreBackup(options.path, target, checkDatabase);
  } finally {
    lock.release();
  }
}

const parts: CliParts<MainSettings> = {
  version: VERSION,
  out,
  err,
  settingFlags: [
    { flag: "--config", alone: false },
    ...ENTRIES.map((it) => ({ flag: it.flag, alone: it.setting.isFlag })),
  ],
  load,
  start,
  init,
  openOffline,
  doctor,
  verifyBackup: verify,
  restoreBackup: restore,
};

// Whoever reads the output may stop: `rookery user list | head`.
for (const stream of [process.stdout, process.stderr]) {
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
  });
}
// What is made from here on (database, logs, backups) is its owner's only.
process.umask(0o077);
process.exitCode = await runCli(process.argv.slice(2), parts);
