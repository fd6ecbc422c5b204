// Owns the commands about the server as a whole: start, init, doctor, rules, sign-ups.

import { type Fault, isFault } from "../../src/base/faults.js";
import { addUser } from "./commands-users.js";
import type { Cli, Context, LoadedSettings } from "./context.js";
import { describeFindings } from "./doctor.js";
import { table } from "./print.js";
import { adminSocketPath, connectAdmin } from "./socket.js";

const EXIT_FAILED = 1;

export function addServerCommands<Settings extends LoadedSettings>(cli: Cli<Settings>): void {
  const { program, parts, action } = cli;
  program
    .command("start")
    .description("serve until told to stop (SIGTERM or Ctrl-C)")
    .action(action(async ({ settings }) => parts.start(settings)));
  program
    .command("init")
    .description("make the data folder, secrets and database; can be run again")
    .option("--owner <name>", "also make an owner account of this name")
    .option("--email <address>", "the owner's e-mail address")
    .option("--password <text>", "the owner's password; one is made and printed if absent")
    .option("--json", "print a JSON document")
    .action(action<InitOptions>((context, options) => init(cli, context, options)));
  program
    .command("doctor")
    .description("look at everything that the server needs, and say what mends it")
    .option("--json", "print a JSON document")
    .action(
      action(async ({ print, settings }) => {
        const live = await connectAdmin(adminSocketPath(settings.dataDir));
        live?.close();
        const findings = await parts.doctor(settings, live !== null);
        print.result(findings, describeFindings(findings));
        return findings.some((it) => it.state === "fail") ? EXIT_FAILED : 0;
      }),
    );
  addRules(cli);
  addSignUps(cli);
}

type InitOptions = { owner?: string; email?: string; password?: string; json?: boolean };

async function init<Settings extends LoadedSettings>(
  { parts }: Cli<Settings>,
  context: Context & { settings: Settings },
  options: InitOptions,
): Promise<Fault | number | undefined> {
  const { print, settings } = context;
  if (options.owner !== undefined && options.email === undefined) {
    print.problem("--owner needs --email, the address of the owner");
    return 2;
  }
  const done = await parts.init(settings);
  if (isFault(done)) return done;
  const lines = [...done.made.map((it) => `made  ${it}`), ...done.kept.map((it) => `kept  ${it}`)];
  if (options.owner === undefined) {
    lines.push("", "Next:", `  npx rookery user create NAME --email YOU@example.org ${OWNER}`);
    lines.push("  npx rookery start");
    print.result({ dataDir: settings.dataDir, ...done }, lines);
    return undefined;
  }
  for (const line of lines) print.say(line);
  const { owner, email = "", password } = options;
  const user = { email, role: "owner", confirmed: true } as const;
  const wanted = password === undefined ? user : { ...user, password };
  return addUser(context, owner, wanted);
}

const OWNER = "--role owner --confirmed";

function addRules<Settings extends LoadedSettings>({ program, action }: Cli<Settings>): void {
  const rules = program.command("rules").description("the rules of the site");
  rules
    .command("list")
    .description("list the rules")
    .option("--json", "print a JSON document")
    .action(
      action(({ print, withOps }) =>
        withOps(async (ask) => {
          const answer = await ask("rulesList", {});
          if (isFault(answer)) return answer;
          const rows = answer.rules.map((it) => [it.id, it.text]);
          print.result(answer.rules, rows.length > 0 ? table(["ID", "TEXT"], rows) : ["no rules"]);
          return undefined;
        }),
      ),
    );
  rules
    .command("add <text>")
    .description("add a rule at the end")
    .option("--hint <text>", "what it means, at more length", "")
    .option("--dry-run", "only say what would be done")
    .option("--json", "print a JSON document")
    .action(
      action<{ hint: string; dryRun?: boolean }>(({ print, withOps }, options, [text = ""]) =>
        withOps(async (ask) => {
          const dryRun = options.dryRun === true;
          const answer = await ask("rulesAdd", { text, hint: options.hint, dryRun });
          if (isFault(answer)) return answer;
          print.result(answer, [dryRun ? "would add the rule" : `added rule ${answer.rule?.id}`]);
          return undefined;
        }),
      ),
    );
  rules
    .command("remove <id>")
    .description("take a rule away")
    .option("--dry-run", "only say what would be done")
    .option("--json", "print a JSON document")
    .action(
      action<{ dryRun?: boolean }>(({ print, withOps }, options, [id = ""]) =>
        withOps(async (ask) => {
          const answer = await ask("rulesRemove", { id, dryRun: options.dryRun === true });
          if (isFault(answer)) return answer;
          print.result(answer, [`${options.dryRun ? "would remove" : "removed"}: ${answer.text}`]);
          return undefined;
        }),
      ),
    );
}

const MODES = ["open", "approval", "closed", "settings"] as const;

function addSignUps<Settings extends LoadedSettings>({ program, action }: Cli<Settings>): void {
  program
    .command("sign-ups [mode]")
    .description("say or set who may join: open, approval, closed, or settings (as the file says)")
    .option("--dry-run", "only say what would be done")
    .option("--json", "print a JSON document")
    .action(
      action<{ dryRun?: boolean }>(({ print, withOps }, options, [word]) => {
        const mode = MODES.find((it) => it === word) ?? null;
        if (word !== undefined && mode === null) {
          print.problem(`${word} is not one of ${MODES.join(", ")}`);
          return Promise.resolve(2);
        }
        return withOps(async (ask) => {
          const answer = await ask("signUps", { mode, dryRun: options.dryRun === true });
          if (isFault(answer)) return answer;
          const from = answer.from === "site" ? "set here" : "from the settings";
          print.result(answer, [`${answer.dryRun ? "would be " : ""}${answer.mode} (${from})`]);
          return undefined;
        });
      }),
    );
}
