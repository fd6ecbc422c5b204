// The operators' socket: answers, bounds, bad lines, and sockets left behind.

import { linkSync, lstatSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createConnection, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import t from "tap";
import type { AdminOps } from "../../cluster/admin/ops.js";
import { adminSocketPath, connectAdmin, runOp, serveAdmin } from "../../cluster/admin/socket.js";
import { fault, isFault } from "../../src/base/faults.js";

const unused = async () => fault("internal", "not of this test");

const OPS: AdminOps = {
  ping: async () => ({ version: "1", pid: 1, url: "", startedAtMs: 5 }),
  userCreate: unused,
  userList: async (args) => ({ users: [], next: args.after }),
  userShow: async ({ username }) => fault("not-found", `There is no account named ${username}`),
  userModify: unused,
  userDelete: async () => {
    throw new Error("a mistake of ours");
  },
  tokenCreate: unused,
  timelineRebuild: unused,
  countersRecount: unused,
  backupCreate: unused,
  rulesList: async () => ({ rules: [] }),
  rulesAdd: unused,
  rulesRemove: unused,
  signUps: unused,
};

type T = typeof t;

/** Short, as paths of sockets must be. */
function shortFolder(t: Pick<T, "teardown">): string {
  const path = mkdtempSync(join(tmpdir(), "rk-"));
  t.teardown(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

async function serve(t: Pick<T, "teardown">) {
  const path = join(shortFolder(t), "admin.sock");
  const errors: string[] = [];
  const server = await serveAdmin(path, OPS, (_says, error) => errors.push(String(error)));
  if (isFault(server)) throw new Error(server.says);
  t.teardown(() => server.close());
  return { path, server, errors };
}

/** What comes back for raw bytes, until the other end closes or has answered `lines` lines. */
function raw(path: string, bytes: string, lines: number): Promise<string[]> {
  return new Promise((resolve) => {
    const socket = createConnection(path);
    let got = "";
    const done = () => resolve(got.split("\n").filter((it) => it !== ""));
    socket.on("data", (chunk) => {
      got += chunk;
      if (got.split("\n").length > lines) socket.destroy();
    });
    socket.on("error", done);
    socket.on("close", done);
    socket.write(bytes);
  });
}

t.test("answers results and faults, to several at once", async (t) => {
  const { path } = await serve(t);
  t.equal(statSync(path).mode & 0o777, 0o600, "only its owner may open it");
  const [one, two] = [await connectAdmin(path), await connectAdmin(path)];
  const answers = await Promise.all([
    one?.ask("ping", {}),
    one?.ask("userList", { after: "7" }),
    two?.ask("userShow", { username: "ann" }),
    two?.ask("rulesList", {}),
  ]);
  t.match(answers, [
    { startedAtMs: 5 },
    { next: "7" },
    { fault: "not-found", says: "There is no account named ann" },
    { rules: [] },
  ]);
  one?.close();
  two?.close();
});

t.test("a mistake of ours is told to the log, and not to the command", async (t) => {
  const { path, errors } = await serve(t);
  const client = await connectAdmin(path);
  const answer = await client?.ask("userDelete", { username: "ann" });
  t.match(answer, { fault: "internal" });
  t.notMatch(JSON.stringify(answer), /mistake of ours/);
  t.match(errors, [/a mistake of ours/]);
  client?.close();
});

t.test("bad lines are answered and not obeyed", async (t) => {
  const { path } = await serve(t);
  const bad = [
    "nonsense",
    "5",
    "null",
    '{"id":1}',
    '{"id":2,"op":"toString"}',
    '{"id":3,"op":"__proto__","args":{}}',
    '{"id":4,"op":"userShow","args":{}}',
    '{"id":5,"op":"userShow","args":{"username":7}}',
    '{"id":6,"op":"ping","args":{"extra":1}}',
    '{"id":7,"op":"ping","args":{}}',
  ];
  const answers = await raw(path, `${bad.join("\n")}\n`, bad.length);
  t.equal(answers.length, bad.length);
  const all = answers.map((it) => JSON.parse(it) as { id: unknown; ok?: unknown });
  for (const it of all) t.equal(it.ok !== undefined, it.id === 7, JSON.stringify(it));
});

t.test("a line without an end is cut off", async (t) => {
  const { path } = await serve(t);
  t.same(await raw(path, "x".repeat(6 * 1024 * 1024), 1), []);
  const client = await connectAdmin(path);
  t.match(await client?.ask("ping", {}), { pid: 1 }, "others are served on");
  client?.close();
});

t.test("a command hears when the server goes away before it answers", async (t) => {
  const path = join(shortFolder(t), "admin.sock");
  const ops = { ...OPS, ping: () => new Promise<never>(() => {}) };
  const server = await serveAdmin(path, ops, () => {});
  if (isFault(server)) throw new Error(server.says);
  const client = await connectAdmin(path);
  const answer = client?.ask("ping", {});
  await client?.ask("rulesList", {});
  await server.close();
  t.match(await answer, { fault: "stopping" });
  t.match(await client?.ask("ping", {}), { fault: "stopping" }, "and so does one that comes after");
});

t.test("a socket that a crash left behind is taken over, a living one is not", async (t) => {
  const { path, server } = await serve(t);
  t.match(await serveAdmin(path, OPS, () => {}), { fault: "conflict" });
  await server.close();
  const dead = createServer();
  const left = join(shortFolder(t), "admin.sock");
  await new Promise<void>((resolve) => dead.listen(left, resolve));
  // Closing it in Node would take the file away: a crash does not.
  const copy = `${left}.copy`;
  linkSync(left, copy);
  await new Promise((resolve) => dead.close(resolve));
  t.ok(lstatSync(copy).isSocket());
  t.equal(await connectAdmin(copy), null, "nobody answers");
  const again = await serveAdmin(copy, OPS, () => {});
  if (isFault(again)) throw new Error(again.says);
  const client = await connectAdmin(copy);
  t.match(await client?.ask("ping", {}), { pid: 1 });
  client?.close();
  await again.close();
});

t.test("where there is no socket, there is no server", async (t) => {
  const folder = shortFolder(t);
  t.equal(await connectAdmin(join(folder, "none.sock")), null);
  const file = join(folder, "file.sock");
  writeFileSync(file, "");
  t.equal(await connectAdmin(file), null);
});

t.test("a data folder with a long name has its socket elsewhere, the same for all", async (t) => {
  const long = `/srv/${"x".repeat(120)}`;
  t.equal(adminSocketPath("/srv/data"), "/srv/data/admin.sock");
  t.ok(adminSocketPath(long).startsWith(tmpdir()));
  t.ok(Buffer.byteLength(adminSocketPath(long)) < 108);
  t.equal(adminSocketPath(long), adminSocketPath(long));
  t.not(adminSocketPath(long), adminSocketPath(`${long}y`));
});

t.test("arguments are checked before an operation sees them", async (t) => {
  for (const [name, args] of [
    ["userCreate", { username: "a" }],
    ["userCreate", { username: "a", email: "b", role: "king" }],
    ["userModify", { username: "a", disabled: "yes" }],
    ["tokenCreate", { username: "a", scopes: [], appName: "b" }],
    ["signUps", { mode: "wide-open" }],
    ["userList", { limit: 1_000_000 }],
    ["valueOf", {}],
    [undefined, {}],
  ] as const) {
    t.match(await runOp(OPS, name, args), { fault: "bad-request" }, `${name}`);
  }
});
