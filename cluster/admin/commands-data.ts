// Owns the commands about data: repairs of what is derived, and backups.

import { join, resolve } from "node:path";
import { type Fault, isFault } from "../../src/base/faults.js";
import type { Cli, Context, LoadedSettings } from "./context.js";
import type { Counts } from "./ops.js";
import { bytesText } from "./print.js";

type RepairOptions = { all?: boolean; dryRun?: boolean };

export function addDataCommands<Settings extends LoadedSettings>(cli: Cli<Settings>): void {
  const { program, action } = cli;
  program
    .command("timeline")
    .description("home timelines")
    .command("rebuild [name]")
    .description("make home timelines again from what the accounts follow")
    .option("--all", "of all accounts")
    .option("--dry-run", "only say what would be done")
    .option("--json", "print a JSON document")
    .action(
      action<RepairOptions>((context, options, [name]) =>
        rebuild(context, { name, all: options.all === true, dryRun: options.dryRun === true }),
      ),
    );
  program
    .command("counters")
    .description("counters of accounts")
    .command("recount [name]")
    .description("count posts, followers and followed again, and mend what is wrong")
    .option("--all", "of all accounts (the default)")
    .option("--dry-run", "only say what would be mended")
    .option("--json", "print a JSON document")
    .action(
      action<RepairOptions>((context, options, [name]) =>
        recount(context, { name, dryRun: options.dryRun === true }),
      ),
    );
  addBackup(cli);
}

async function rebuild(
  { print, withOps }: Context,
  it: { name: string | undefined; all: boolean; dryRun: boolean },
): Promise<Fault | number | undefined> {
  if ((it.name === undefined) === !it.all) {
    print.problem("say whose timeline: a NAME, or --all");
    return 2;
  }
  return withOps(async (ask) => {
    const answer = await ask("timelineRebuild", { username: it.name ?? null, dryRun: it.dryRun });
    if (isFault(answer)) return answer;
    const { accounts, posts, dryRun } = answer;
    const line = dryRun
      ? `would rebuild ${accounts} home timelines`
      : `rebuilt ${accounts} home timelines with ${posts} posts`;
    print.result(answer, [line]);
    return undefined;
  });
}

async function recount(
  { print, withOps }: Context,
  it: { name: string | undefined; dryRun: boolean },
): Promise<Fault | undefined> {
  return withOps(async (ask) => {
    const answer = await ask("countersRecount", { username: it.name ?? null, dryRun: it.dryRun });
    if (isFault(answer)) return answer;
    const done = answer.dryRun ? "would mend" : "mended";
    const lines = answer.changed.map(
      (row) => `${done} ${row.username}: ${countsText(row.before)} -> ${countsText(row.after)}`,
    );
    lines.push(`${answer.checked} accounts checked, ${answer.changed.length} wrong`);
    lines.push(`${answer.statuses} posts checked, ${answer.statusesChanged} wrong`);
    print.result(answer, lines);
    return undefined;
  });
}

const countsText = (it: Counts): string =>
  `${it.statuses} posts, ${it.followers} followers, ${it.following} followed`;

function addBackup<Settings extends LoadedSettings>(cli: Cli<Settings>): void {
  const { program, parts, action } = cli;
  const backup = program.command("backup").description("backups");
  backup
    .command("create [path]")
    .description("copy everything to a new folder; works while the server runs")
    .option("--json", "print a JSON document")
    .action(action((context, _options, [path]) => createBackup(context, path)));
  backup
    .command("verify <path>")
    .description("read a backup whole, and say whether it is sound")
    .option("--json", "print a JSON document")
    .action(
      action(async ({ print }, _options, [path = ""]) => {
        const answer = await parts.verifyBackup(resolve(path));
        if (isFault(answer)) return answer;
        print.result(answer, [`sound: ${summary(answer)}, made ${answer.createdAt}`]);
        return undefined;
      }),
    );
  backup
    .command("restore <path>")
    .description("put a backup in place; the server must not run")
    .option("--force", "replace the data that are there (they are moved aside)")
    .option("--json", "print a JSON document")
    .action(
      action<{ force?: boolean }>(async ({ print, settings }, options, [path = ""]) => {
        const force = options.force === true;
        const answer = await parts.restoreBackup(settings, { path: resolve(path), force });
        if (isFault(answer)) return answer;
        const lines = [`restored ${summary(answer)}`];
        if (answer.movedTo !== null) lines.push(`what was there is in ${answer.movedTo}`);
        print.result(answer, lines);
        return undefined;
      }),
    );
}

const summary = (it: { files: number; bytes: number }): string =>
  `${it.files} files, ${bytesText(it.bytes)}`;

function createBackup(
  { print, settings, withOps }: Context,
  path: string | undefined,
): Promise<Fault | undefined> {
  const stamp = new Date() // edge: names a folder
    .toISOString()
    .slice(0, 19)
    .replaceAll(":", "-");
  const to = path === undefined ? join(settings.dataDir, "backups", stamp) : resolve(path);
  return withOps(async (ask) => {
    const answer = await ask("backupCreate", { path: to });
    if (isFault(answer)) return answer;
    print.result(answer, [`made ${answer.path}: ${summary(answer)}`]);
    return undefined;
  });
}
