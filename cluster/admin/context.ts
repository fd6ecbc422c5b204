// Owns what the commands of the program share: the parts that they are handed, and what an action
// gets to work with.

import type { Command } from "commander";
import type { Fault } from "../../src/base/faults.js";
import type { Finding } from "./doctor.js";
import type { AskAdmin } from "./ops.js";
import type { Printer } from "./print.js";

/** The settings, as far as commands need to know them. */
export type LoadedSettings = {
  dataDir: string;
  /** The settings file that was read. */
  file: string | null;
  /** Everything about each setting in use. */
  explainAll(): { key: string; value: unknown; source: string }[];
  /** Everything about one, as document and as text; or the nearest key. */
  explain(
    key: string,
  ): { document: unknown; text: string } | { unknown: string; nearest: string | null };
};

export type BackupSummary = { path: string; files: number; bytes: number };

/** What main.ts hands over. `Settings` stays closed to the commands: they pass it on. */
export type CliParts<Settings extends LoadedSettings> = {
  version: string;
  out(text: string): void;
  err(text: string): void;
  /** The flags that are settings. `alone`: it may stand without a value. */
  settingFlags: readonly { flag: string; alone: boolean }[];
  load(flags: ReadonlyMap<string, string>): Settings | { problems: string };
  /** Runs the server until it is told to stop; answers the exit code. */
  start(settings: Settings): Promise<number>;
  /** Makes the data folder, secrets and database where they are missing; says what was made. */
  init(settings: Settings): Promise<{ made: string[]; kept: string[] } | Fault>;
  /** Opens the data without serving. Faults: conflict if somebody uses them. */
  openOffline(settings: Settings): Promise<{ ask: AskAdmin; close(): Promise<void> } | Fault>;
  doctor(settings: Settings, isRunning: boolean): Promise<Finding[]>;
  verifyBackup(path: string): Promise<(BackupSummary & { createdAt: string }) | Fault>;
  restoreBackup(
    settings: Settings,
    options: { path: string; force: boolean },
  ): Promise<(BackupSummary & { movedTo: string | null }) | Fault>;
};

/** What a command works with. */
export type Context = {
  print: Printer;
  settings: LoadedSettings;
  /** Runs with the operations of the live server, or of the data opened for this command. */
  withOps(run: (ask: AskAdmin) => Promise<Fault | undefined>): Promise<Fault | undefined>;
};

/** How commands are added: the action gets options and arguments, and answers a fault or an exit code. */
export type Cli<Settings extends LoadedSettings> = {
  program: Command;
  parts: CliParts<Settings>;
  /** Wraps an action: settings are loaded first, faults are printed. */
  action<Options extends object>(
    run: (
      context: Context & { settings: Settings },
      options: Options,
      args: string[],
    ) => Promise<Fault | number | undefined>,
  ): (...given: unknown[]) => Promise<void>;
};
