// Owns the program `rookery`: its commands, their options and help. Everything that it does it is
// handed (src/main.ts), so that tests run it in process. Settings may be given to every command as
// flags. Promises exit codes: 0 done, 1 refused or failed, 2 not understood.

import { Command, CommanderError } from "commander";
import { type Fault, isFault } from "../../src/base/faults.js";
import { nearest } from "../../src/base/suggest.js";
import { addConfigCommands } from "./commands-config.js";
import { addDataCommands } from "./commands-data.js";
import { addServerCommands } from "./commands-server.js";
import { addUserCommands } from "./commands-users.js";
import type { Cli, CliParts, Context, LoadedSettings } from "./context.js";
import type { AskAdmin } from "./ops.js";
import { createPrinter, describeFault } from "./print.js";

import { adminSocketPath, connectAdmin } from "./socket.js";

const EXIT_FAILED = 1;
const EXIT_USAGE = 2;

/** Runs one command line (without node and script). Answers the exit code. */
export async function runCli<Settings extends LoadedSettings>(
  argv: readonly string[],
  parts: CliParts<Settings>,
): Promise<number> {
  const taken = takeSettingFlags(argv, parts.settingFlags);
  const state = { exitCode: 0 };
  const cli = createCli(parts, taken.flags, state);
  try {
    if (taken.missing.length > 0)
      throw new CommanderError(EXIT_USAGE, "value", taken.missing.join("\n"));
    await cli.program.parseAsync(taken.rest, { from: "user" });
    return state.exitCode;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return 0;
    parts.err(`${explainUsage(error, parts)}\n`);
    const loaded = parts.load(taken.flags);
    if ("problems" in loaded) parts.err(`${loaded.problems}\n`);
    return EXIT_USAGE;
  }
}

/** Takes the flags that are settings out of a command line; they may stand anywhere before `--`. */
function takeSettingFlags(
  argv: readonly string[],
  known: readonly { flag: string; alone: boolean }[],
): { flags: Map<string, string>; rest: string[]; missing: string[] } {
  const byFlag = new Map(known.map((it) => [it.flag, it]));
  const flags = new Map<string, string>();
  const rest: string[] = [];
  const missing: string[] = [];
  for (let i = 0; i < argv.length; i++) {
    const word = argv[i] ?? "";
    if (word === "--") {
      rest.push(...argv.slice(i));
      break;
    }
    const [name = "", ...value] = word.split("=");
    const it = byFlag.get(name);
    if (it === undefined) rest.push(word);
    else if (value.length > 0) flags.set(name, value.join("="));
    else if (it.alone) flags.set(name, "");
    else if (argv[i + 1] === undefined) missing.push(`error: ${name} needs a value`);
    else flags.set(name, argv[++i] ?? "");
  }
  return { flags, rest, missing };
}

function explainUsage<Settings extends LoadedSettings>(
  error: CommanderError,
  parts: CliParts<Settings>,
): string {
  const unknown = /unknown option '(--[^'=]+)/.exec(error.message)?.[1];
  if (unknown === undefined || error.message.includes("Did you mean")) return error.message;
  const near = nearest(
    unknown,
    parts.settingFlags.map((it) => it.flag),
  );
  const help = "run the command with --help, or `rookery config print`, to see what there is";
  return `${error.message}\n${near === null ? help : `(Did you mean ${near}?)`}`;
}

function createCli<Settings extends LoadedSettings>(
  parts: CliParts<Settings>,
  flags: ReadonlyMap<string, string>,
  state: { exitCode: number },
): Cli<Settings> {
  const program = new Command("rookery");
  program
    .description("A social server for your own address, as Mastodon's clients know it.")
    .version(parts.version, "-V, --version", "print the version")
    .helpOption("-h, --help", "explain a command")
    .exitOverride()
    .showSuggestionAfterError()
    .configureOutput({
      writeOut: parts.out,
      writeErr: parts.err,
      // Printed once, with what else is wrong (runCli).
      outputError: () => {},
    })
    .addHelpText("after", EXAMPLES);
  const action: Cli<Settings>["action"] =
    (run) =>
    async (...given) => {
      const { options, args } = givenTo(given);
      const print = createPrinter(parts, options.json === true);
      const settings = parts.load(flags);
      if ("problems" in settings) {
        print.problem(settings.problems);
        state.exitCode = EXIT_FAILED;
        return;
      }
      const withOps: Context["withOps"] = (use) => useOps(parts, settings, use);
      const done = await run({ print, settings, withOps }, options as never, args);
      if (isFault(done)) print.problem(describeFault(done));
      state.exitCode = typeof done === "number" ? done : isFault(done) ? EXIT_FAILED : 0;
    };
  const cli = { program, parts, action };
  addServerCommands(cli);
  addUserCommands(cli);
  addDataCommands(cli);
  addConfigCommands(cli);
  return cli;
}

/** Commander calls an action with the arguments, the options and the command. */
function givenTo(given: unknown[]): { options: { json?: boolean }; args: string[] } {
  const command = given.at(-1);
  if (!(command instanceof Command)) throw new Error("an action is called by a command");
  return { options: command.optsWithGlobals(), args: command.args };
}

async function useOps<Settings extends LoadedSettings>(
  parts: CliParts<Settings>,
  settings: Settings,
  run: (ask: AskAdmin) => Promise<Fault | undefined>,
): Promise<Fault | undefined> {
  const live = await connectAdmin(adminSocketPath(settings.dataDir));
  if (live !== null) {
    try {
      return await run(live.ask);
    } finally {
      live.close();
    }
  }
  const offline = await parts.openOffline(settings);
  if (isFault(offline)) return offline;
  try {
    return await run(offline.ask);
  } finally {
    await offline.close();
  }
}

const EXAMPLES = `
Examples:
  rookery start
  rookery user create ann --email ann@example.org --role owner --confirmed
  rookery user list --json
  rookery token create ann --scopes "read write follow push"
  rookery backup create
  rookery start --listen 0.0.0.0:3000 --public-url https://social.example.org

Every setting can be given as a flag to every command: see \`rookery config print\`.
Commands work beside a running server, and without one.`;
