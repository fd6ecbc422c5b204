// Owns the commands about accounts and their tokens.

import { Option } from "commander";
import { type Fault, isFault } from "../../src/base/faults.js";
import type { Cli, Context, LoadedSettings } from "./context.js";
import type { AdminUser, AskAdmin } from "./ops.js";
import { table } from "./print.js";

const ROLES = ["owner", "admin", "moderator", "user"] as const;
type Role = (typeof ROLES)[number];

const roleOption = () => new Option("--role <role>", "what the account may do").choices(ROLES);

type CreateOptions = {
  email: string;
  password?: string;
  role?: Role;
  confirmed?: boolean;
  dryRun?: boolean;
};

export function addUserCommands<Settings extends LoadedSettings>(cli: Cli<Settings>): void {
  const users = cli.program.command("user").description("accounts");
  users
    .command("create <name>")
    .description("make an account")
    .requiredOption("--email <address>", "the e-mail address")
    .option("--password <text>", "the password; one is made and printed if absent")
    .addOption(roleOption().default("user"))
    .option("--confirmed", "count the e-mail address as confirmed: ready for use at once")
    .option("--dry-run", "only say what would be done")
    .option("--json", "print a JSON document")
    .addHelpText("after", CREATE_EXAMPLE)
    .action(
      cli.action<CreateOptions>((context, options, [name = ""]) => addUser(context, name, options)),
    );
  users
    .command("list")
    .description("list all accounts")
    .option("--json", "print a JSON document")
    .action(cli.action((context) => list(context)));
  users
    .command("show <name>")
    .description("show one account")
    .option("--json", "print a JSON document")
    .action(cli.action((context, _options, [name = ""]) => show(context, name)));
  addModify(cli, users);
  users
    .command("delete <name>")
    .description("delete an account with all its posts; the name stays taken")
    .option("--dry-run", "only say what would be done")
    .option("--json", "print a JSON document")
    .action(
      cli.action<{ dryRun?: boolean }>((context, options, [name = ""]) =>
        remove(context, name, options.dryRun === true),
      ),
    );
  addToken(cli);
}

const CREATE_EXAMPLE = `
Example:
  rookery user create ann --email ann@example.org --role owner --confirmed`;

/** Makes an account and prints it, with its password if that was made. */
export function addUser(
  { print, withOps }: Context,
  username: string,
  options: CreateOptions,
): Promise<Fault | undefined> {
  return withOps(async (ask) => {
    const { email, password, role = "user", confirmed = false, dryRun = false } = options;
    const asked = { username, email, role, confirmed, dryRun };
    const answer = await ask("userCreate", password === undefined ? asked : { ...asked, password });
    if (isFault(answer)) return answer;
    const done = dryRun ? "would make" : "made";
    const lines = [`${done} the account ${answer.username} (${answer.role}) with ${answer.email}`];
    if (answer.password !== null) lines.push(`password: ${answer.password}`);
    if (!confirmed && !dryRun) {
      lines.push("If mail is configured, the address must be confirmed (user modify --confirm).");
    }
    print.result(answer, lines);
    return undefined;
  });
}

function list({ print, withOps }: Context): Promise<Fault | undefined> {
  return withOps(async (ask) => {
    const users = await allUsers(ask);
    if (isFault(users)) return users;
    const rows = users.map((it) => [
      it.username,
      it.role,
      it.state,
      it.email,
      String(it.statuses),
      it.createdAt.slice(0, 10),
    ]);
    const heads = ["NAME", "ROLE", "STATE", "E-MAIL", "POSTS", "SINCE"];
    print.result(users, rows.length > 0 ? table(heads, rows) : ["no accounts"]);
    return undefined;
  });
}

async function allUsers(ask: AskAdmin): Promise<AdminUser[] | Fault> {
  const users: AdminUser[] = [];
  let after: string | null = "";
  while (after !== null) {
    const page: Awaited<ReturnType<typeof ask<"userList">>> = await ask("userList", { after });
    if (isFault(page)) return page;
    users.push(...page.users);
    after = page.next;
  }
  return users.sort((a, b) => a.createdAt.localeCompare(b.createdAt));
}

function show({ print, withOps }: Context, username: string): Promise<Fault | undefined> {
  return withOps(async (ask) => {
    const user = await ask("userShow", { username });
    if (isFault(user)) return user;
    const lines = Object.entries(user).map(([name, value]) => `${name.padEnd(14)}${value ?? "-"}`);
    print.result(user, lines);
    return undefined;
  });
}

type ModifyOptions = {
  role?: Role;
  email?: string;
  confirm?: boolean;
  approve?: boolean;
  disable?: boolean;
  enable?: boolean;
  suspend?: boolean;
  unsuspend?: boolean;
  limit?: boolean;
  unlimit?: boolean;
  password?: string;
  resetPassword?: boolean;
  dryRun?: boolean;
};

function addModify<Settings extends LoadedSettings>(
  cli: Cli<Settings>,
  users: Cli<Settings>["program"],
): void {
  const either = (flags: string, says: string, other: string) =>
    new Option(flags, says).conflicts(other);
  users
    .command("modify <name>")
    .description("change an account")
    .addOption(roleOption())
    .option("--email <address>", "give it another e-mail address, counted as confirmed")
    .option("--confirm", "count its e-mail address as confirmed")
    .option("--approve", "let a waiting account in")
    .addOption(either("--disable", "stop it from being used", "enable"))
    .addOption(either("--enable", "let it be used again", "disable"))
    .addOption(either("--suspend", "hide it and all it posted", "unsuspend"))
    .addOption(either("--unsuspend", "show it again", "suspend"))
    .addOption(either("--limit", "keep it off public places", "unlimit"))
    .addOption(either("--unlimit", "let it appear in public places again", "limit"))
    .addOption(either("--password <text>", "set its password; ends its sessions", "resetPassword"))
    .addOption(either("--reset-password", "make and print a new password", "password"))
    .option("--dry-run", "only say what would be done")
    .option("--json", "print a JSON document")
    .action(
      cli.action<ModifyOptions>((context, options, [name = ""]) => modify(context, name, options)),
    );
}

/** True for one option, false for its opposite, absent for neither. */
const told = (yes: boolean | undefined, no: boolean | undefined): boolean | undefined =>
  yes === true ? true : no === true ? false : undefined;

function modify(
  { print, withOps }: Context,
  username: string,
  options: ModifyOptions,
): Promise<Fault | undefined> {
  const { role, email, password, confirm, approve, resetPassword, dryRun } = options;
  const args = {
    username,
    role,
    email,
    password,
    confirm,
    approve,
    resetPassword,
    dryRun,
    disabled: told(options.disable, options.enable),
    suspended: told(options.suspend, options.unsuspend),
    limited: told(options.limit, options.unlimit),
  };
  return withOps(async (ask) => {
    const answer = await ask("userModify", args);
    if (isFault(answer)) return answer;
    const done = answer.dryRun ? "would change" : "changed";
    const lines = answer.changes.map((it) => `${done}: ${it}`);
    if (answer.password !== null) lines.push(`password: ${answer.password}`);
    print.result(answer, lines.length > 0 ? lines : ["nothing to change"]);
    return undefined;
  });
}

function remove(
  { print, withOps }: Context,
  username: string,
  dryRun: boolean,
): Promise<Fault | undefined> {
  return withOps(async (ask) => {
    const answer = await ask("userDelete", { username, dryRun });
    if (isFault(answer)) return answer;
    const what = `the account ${answer.username} with ${answer.statuses} posts`;
    const line = `${dryRun ? "would delete" : "deleted"} ${what}`;
    print.result(answer, [line]);
    return undefined;
  });
}

type TokenOptions = { scopes: string; appName: string; dryRun?: boolean };

function addToken<Settings extends LoadedSettings>(cli: Cli<Settings>): void {
  const tokens = cli.program.command("token").description("access tokens");
  tokens
    .command("create <name>")
    .description("make an access token for an account and print it")
    .option("--scopes <scopes>", "what it may do, separated by spaces", "read")
    .option("--app-name <name>", "the app that its posts name", "rookery")
    .option("--dry-run", "only say what would be done")
    .option("--json", "print a JSON document")
    .addHelpText("after", TOKEN_EXAMPLE)
    .action(
      cli.action<TokenOptions>(({ print, withOps }, options, [username = ""]) =>
        withOps(async (ask) => {
          const scopes = options.scopes.split(/[\s,]+/).filter((it) => it !== "");
          const { appName, dryRun = false } = options;
          const answer = await ask("tokenCreate", { username, scopes, appName, dryRun });
          if (isFault(answer)) return answer;
          const line = answer.token ?? `would make a token with ${answer.scopes.join(" ")}`;
          print.result(answer, [line]);
          return undefined;
        }),
      ),
    );
}

const TOKEN_EXAMPLE = `
Example:
  curl -H "Authorization: Bearer $(rookery token create ann --scopes read)" \\
    http://localhost:3000/api/v1/accounts/verify_credentials`;
