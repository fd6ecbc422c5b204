// timeout: 300 s
// The program as a process: starting, refusing, stopping, and commands with and without a server.

import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import t from "tap";

type T = typeof t;

const MAIN = fileURLToPath(new URL("../../src/main.js", import.meta.url));

type Result = { code: number | null; out: string; err: string };

/** Only what the program needs: nothing of whoever runs the tests. */
const environment = (dataDir: string, more: Record<string, string> = {}) => ({
  PATH: process.env["PATH"],
  ROOKERY_DATA_DIR: dataDir,
  ...more,
});

function rookery(
  dataDir: string,
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<Result> {
  const child = spawn(process.execPath, [MAIN, ...args], { env: environment(dataDir, env) });
  return ended(child);
}

function ended(child: ChildProcess): Promise<Result> {
  return new Promise((resolve) => {
    let out = "";
    let err = "";
    child.stdout?.on("data", (chunk) => {
      out += chunk;
    });
    child.stderr?.on("data", (chunk) => {
      err += chunk;
    });
    child.on("close", (code) => resolve({ code, out, err }));
  });
}

/** Short, for sockets; and removed. */
function dataFolder(t: Pick<T, "teardown">): string {
  const path = mkdtempSync(join(tmpdir(), "rk-"));
  t.teardown(() => rmSync(path, { recursive: true, force: true }));
  return join(path, "data");
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer();
    server.listen(0, "127.0.0.1", () => {
      const at = server.address();
      server.close(() => resolve(typeof at === "object" && at !== null ? at.port : 0));
    });
  });
}

type Running = { child: ChildProcess; url: string; port: number; done: Promise<Result> };

/** Starts a server, and waits until it has said that it serves. */
async function start(t: Pick<T, "teardown">, dataDir: string): Promise<Running> {
  const port = await freePort();
  const child = spawn(process.execPath, [MAIN, "start", "--listen", `127.0.0.1:${port}`], {
    env: environment(dataDir),
  });
  t.teardown(() => child.kill("SIGKILL"));
  const done = ended(child);
  await new Promise<void>((resolve, reject) => {
    child.stdout?.on("data", (chunk) => {
      if (String(chunk).includes("Stop with Ctrl-C")) resolve();
    });
    void done.then((it) => reject(new Error(`it did not start: ${it.err}`)));
  });
  return { child, port, url: `http://127.0.0.1:${port}`, done };
}

t.test("start makes what is missing, says what to do next, and ends cleanly", async (t) => {
  const data = dataFolder(t);
  const it = await start(t, data);
  const answer = await fetch(`${it.url}/api/v2/instance`);
  t.equal(answer.status, 200);
  for (const name of ["rookery.db", "secrets.json", "admin.sock"]) {
    t.ok(existsSync(join(data, name)), name);
    t.equal(statSync(join(data, name)).mode & 0o077, 0, `${name} is its owner's only`);
  }
  it.child.kill("SIGTERM");
  const { code, out } = await it.done;
  t.equal(code, 0);
  t.match(out, new RegExp(`serves http://localhost:${it.port}`));
  t.match(out, /npx rookery user create NAME --email you@example\.org --role owner --confirmed/);
  t.match(out, new RegExp(data));
  t.notOk(existsSync(join(data, "admin.sock")), "no socket is left");
});

t.test("a second server on the same data is refused in one sentence", async (t) => {
  const data = dataFolder(t);
  const first = await start(t, data);
  const second = await rookery(data, ["start", "--listen", `127.0.0.1:${await freePort()}`]);
  t.equal(second.code, 1);
  t.match(second.err, /^Rookery cannot start: .*another rookery.*\n$/);
  t.equal((await fetch(`${first.url}/api/v2/instance`)).status, 200, "the first serves on");
});

t.test("a port in use is refused with what to do, and the data are let go", async (t) => {
  const data = dataFolder(t);
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
  const at = other.address();
  const port = typeof at === "object" && at !== null ? at.port : 0;
  const refused = await rookery(data, ["start", "--listen", `127.0.0.1:${port}`]);
  await new Promise((resolve) => other.close(resolve));
  t.equal(refused.code, 1);
  t.match(refused.err, new RegExp(`port ${port} is in use; .*--listen`));
  t.notMatch(refused.err, /\n {4}at /, "no stack");
  const after = await start(t, data);
  t.equal((await fetch(`${after.url}/api/v2/instance`)).status, 200);
});

t.test("after a kill -9 it starts again, taking over the socket", async (t) => {
  const data = dataFolder(t);
  const first = await start(t, data);
  t.equal((await rookery(data, ["user", "create", "ann", "--email", "a@example.org"])).code, 0);
  first.child.kill("SIGKILL");
  await first.done;
  t.ok(existsSync(join(data, "admin.sock")), "the crash left the socket");
  t.match(await rookery(data, ["user", "show", "ann"]), { code: 0 }, "commands work meanwhile");
  await start(t, data);
  const listed = await rookery(data, ["user", "list", "--json"]);
  t.match(JSON.parse(listed.out), [{ username: "ann", state: "unconfirmed" }]);
});

t.test("accounts are made, shown, changed and deleted beside a running server", async (t) => {
  const data = dataFolder(t);
  const it = await start(t, data);
  await userCommands(t, data);
  const made = await rookery(data, ["token", "create", "ann", "--scopes", "read write"]);
  const asked = await fetch(`${it.url}/api/v1/accounts/verify_credentials`, {
    headers: { authorization: `Bearer ${made.out.trim()}` },
  });
  t.equal(asked.status, 200);
  t.match(await asked.json(), { username: "ann", source: {} });
  await rookery(data, ["user", "modify", "ann", "--reset-password"]);
  const after = await fetch(`${it.url}/api/v1/accounts/verify_credentials`, {
    headers: { authorization: `Bearer ${made.out.trim()}` },
  });
  t.equal(after.status, 401, "a new password ends the tokens");
});

t.test("without a server, commands open the data themselves, one at a time", async (t) => {
  const data = dataFolder(t);
  const user = (...args: string[]) => rookery(data, ["user", ...args]);
  t.match(await user("create", "ann", "--email", "ann@example.org", "--confirmed"), { code: 0 });
  t.match(await user("modify", "ann", "--role", "owner"), { out: /role: user -> owner/ });
  const both = await Promise.all([user("show", "ann", "--json"), user("show", "ann", "--json")]);
  for (const it of both) {
    if (it.code === 0) t.match(JSON.parse(it.out), { role: "owner", state: "active" });
    else t.match(it.err, /another rookery.*uses this folder/, "said, not garbled");
  }
  t.match(await user("delete", "ann"), { code: 0 });
  t.match(JSON.parse((await user("list", "--json")).out), []);
});

async function userCommands(t: Pick<T, "match" | "notMatch">, data: string): Promise<void> {
  const user = (...args: string[]) => rookery(data, ["user", ...args]);
  const create = ["create", "ann", "--email", "ann@example.org", "--role", "owner", "--confirmed"];
  t.match(await user(...create, "--dry-run"), { code: 0, out: /would make/ });
  t.match(await user("show", "ann"), { code: 1, err: /no account named ann/ });
  t.match(await user(...create), { code: 0, out: /\npassword: [A-Za-z0-9-]{23}\n$/ });
  t.match(await user(...create), { code: 1, err: /already been taken/ }, "a name is taken once");
  const given = ["create", "bob", "--email", "bob@example.org", "--password", "correct horse"];
  const bob = await user(...given);
  t.match(bob, { code: 0 });
  t.notMatch(bob.out, /correct horse/, "a given password is not repeated");
  t.match(await user("create", "x", "--email", "no"), { code: 1, err: /email is invalid/ });
  t.match(await user("create", "x!", "--email", "a@b.c"), { code: 1, err: /only letters/ });
  t.match(JSON.parse((await user("list", "--json")).out), [
    { username: "ann", role: "owner", state: "active", email: "ann@example.org" },
    { username: "bob", role: "user", state: "unconfirmed" },
  ]);
  const modify = ["modify", "bob", "--role", "moderator", "--confirm", "--disable", "--limit"];
  t.match(await user(...modify, "--dry-run"), { out: /would change: role: user -> moderator/ });
  t.match(JSON.parse((await user("show", "bob", "--json")).out), { role: "user" });
  t.match(await user(...modify), { code: 0, out: /changed: disabled/ });
  const changed = { role: "moderator", confirmed: true, disabled: true, limited: true };
  t.match(JSON.parse((await user("show", "bob", "--json")).out), changed);
  t.match(await user("modify", "bob", "--email", "ann@example.org"), { code: 1, err: /taken/ });
  t.match(await user("modify", "bob", "--email", "bob2@example.org", "--enable"), { code: 0 });
  t.match(await user("modify", "bob"), { out: "nothing to change\n" });
  t.match(await user("delete", "bob", "--dry-run"), { code: 0, out: /would delete/ });
  t.match(await user("delete", "bob"), { code: 0, out: /^deleted/ });
  t.match(await user("show", "bob"), { code: 1 });
  t.match(
    await user("create", "bob", "--email", "n@example.org"),
    { code: 1 },
    "a name is for ever",
  );
}

t.test("tokens are made only for accounts and scopes that there are", async (t) => {
  const data = dataFolder(t);
  t.match(await rookery(data, ["token", "create", "ann"]), { code: 1, err: /no account/ });
  await rookery(data, ["user", "create", "ann", "--email", "a@example.org", "--confirmed"]);
  const wrong = await rookery(data, ["token", "create", "ann", "--scopes", "read fly"]);
  t.match(wrong, { code: 1, out: "" });
  const dry = await rookery(data, ["token", "create", "ann", "--scopes", "read", "--dry-run"]);
  t.match(dry, { code: 0, out: /would make/ });
  t.match(await rookery(data, ["token", "create", "ann"]), { code: 0, out: /^[\w-]{40,}\n$/ });
});

t.test("init can be run again, and makes an owner", async (t) => {
  const data = dataFolder(t);
  t.match(await rookery(data, ["init", "--owner", "ann"]), { code: 2, err: /--email/ });
  const owner = ["init", "--owner", "ann", "--email", "ann@example.org"];
  t.match(await rookery(data, owner), { code: 0, out: /made {2}secrets[\s\S]*password: / });
  const again = await rookery(data, ["init"]);
  t.match(again, { code: 0, out: /kept {2}secrets[\s\S]*Next:/ });
  t.notMatch(again.out, /made/);
});

t.test("rules and sign-ups are set, and what is derived is mended", async (t) => {
  const data = dataFolder(t);
  await start(t, data);
  const run = (...args: string[]) => rookery(data, args);
  t.match(await run("rules", "add", "Be kind", "--hint", "to all"), { code: 0 });
  const [rule] = JSON.parse((await run("rules", "list", "--json")).out) as { id: string }[];
  t.match(rule, { text: "Be kind", hint: "to all" });
  t.match(await run("rules", "remove", rule?.id ?? ""), { code: 0 });
  t.match(await run("rules", "remove", rule?.id ?? ""), { code: 1, err: /no rule/ });
  t.match(await run("sign-ups"), { out: "closed (from the settings)\n" });
  t.match(await run("sign-ups", "open"), { out: "open (set here)\n" });
  t.match(await run("sign-ups", "settings"), { out: "closed (from the settings)\n" });
  t.match(await run("sign-ups", "ajar"), { code: 2, err: /ajar/ });
  await run("user", "create", "ann", "--email", "a@example.org", "--confirmed");
  t.match(await run("counters", "recount"), { out: "1 accounts checked, 0 wrong\n" });
  t.match(await run("timeline", "rebuild", "ann"), { code: 0, out: /rebuilt 1/ });
  t.match(await run("timeline", "rebuild", "--all", "--dry-run"), { out: /would rebuild 1/ });
  t.match(await run("timeline", "rebuild"), { code: 2, err: /NAME, or --all/ });
});

t.test("a backup is made, checked, and put back", async (t) => {
  const data = dataFolder(t);
  const run = (...args: string[]) => rookery(data, args);
  const backup = join(data, "backup-1");
  await run("user", "create", "ann", "--email", "a@example.org", "--confirmed");
  t.match(await run("backup", "create", backup), { code: 0 });
  t.match(await run("backup", "verify", backup), { code: 0, out: /^sound/ });
  await run("user", "delete", "ann");
  t.match(await run("backup", "restore", backup), { code: 1, err: /--force/ });
  t.match(await run("backup", "restore", backup, "--force"), { code: 0, out: /before-restore/ });
  t.match(await run("user", "show", "ann"), { code: 0 });
});

t.test("a restore is refused while a server runs", async (t) => {
  const data = dataFolder(t);
  await start(t, data);
  const backup = join(data, "backup-1");
  t.match(await rookery(data, ["backup", "create", backup]), { code: 0 });
  const refused = await rookery(data, ["backup", "restore", backup, "--force"]);
  t.match(refused, { code: 1, err: /stop it first/ });
});

t.test("what is not understood is said all at once, with the fix", async (t) => {
  const data = dataFolder(t);
  const run = (args: string[], env: Record<string, string> = {}) => rookery(data, args, env);
  t.match(await run(["start", "--listn", "x"], { ROOKERY_TITEL: "x" }), {
    code: 2,
    err: /--listen[\s\S]*ROOKERY_TITLE/,
  });
  t.match(await run(["start"], { ROOKERY_LISTEN: "3000", ROOKERY_TITEL: "x" }), {
    code: 1,
    err: /2 settings cannot be used[\s\S]*ROOKERY_TITLE[\s\S]*host:port/,
  });
  t.match(await run(["user", "creat"]), { code: 2, err: /create/ });
  t.match(await run(["user", "create", "ann"]), { code: 2, err: /--email/ });
  t.match(await run(["user", "create", "a", "--email", "a@b.c", "--role", "king"]), { code: 2 });
  t.match(await run(["config", "explain", "lisen"]), { code: 1, err: /did you mean listen/ });
  t.match(await run(["start", "--listen"]), { code: 2, err: /needs a value/ });
  t.notOk(existsSync(data), "nothing was made");
});

t.test("settings are printed, checked and explained", async (t) => {
  const data = dataFolder(t);
  const run = (...args: string[]) => rookery(data, args, { ROOKERY_MAIL_PASSWORD: "hunter2" });
  const printed = await run("config", "print", "--json", "--title", "Mine");
  const all = JSON.parse(printed.out) as { key: string }[];
  t.match(
    all.find((it) => it.key === "title"),
    { value: "Mine", source: "--title" },
  );
  t.match(
    all.find((it) => it.key === "data_dir"),
    { value: data, source: "ROOKERY_DATA_DIR" },
  );
  t.notMatch(printed.out, /hunter2/);
  t.match(await run("config", "check"), { code: 0, out: /can be used/ });
  t.match(await run("config", "explain", "listen"), { code: 0, out: /ROOKERY_LISTEN/ });
});

t.test("doctor says what is wrong, and answers 1 for it", async (t) => {
  const data = dataFolder(t);
  const port = String(await freePort());
  const well = await rookery(data, ["doctor", "--json", "--listen", `127.0.0.1:${port}`]);
  t.equal(well.code, 0);
  await rookery(data, ["init"]);
  writeFileSync(join(data, "secrets.json"), "{}");
  const ill = await rookery(data, ["doctor", "--json", "--listen", `127.0.0.1:${port}`]);
  t.equal(ill.code, 1);
  const found = (JSON.parse(ill.out) as { check: string }[]).find((it) => it.check === "secrets");
  t.match(found, { state: "fail" });
});

t.test("help has examples, and there is a version", async (t) => {
  const data = dataFolder(t);
  t.match(await rookery(data, ["--help"]), { code: 0, out: /Examples:\n {2}rookery start/ });
  t.match(await rookery(data, ["user", "create", "--help"]), { code: 0, out: /Example/ });
  t.match(await rookery(data, ["--version"]), { code: 0, out: /^\d+\.\d+\.\d+/ });
  t.notOk(existsSync(data), "neither makes anything");
});
