// Owns the road between an operator's command and a running node on the same machine: a Unix socket
// that only its owner may open, and lines of JSON on it: {id, op, args} there, {id, ok} or {id, fault}
// back. Promises that bad lines are answered and not obeyed, that nothing waits without bound, and
// that a socket left behind by a crash is taken over, never one that somebody still listens on.

import { createHash } from "node:crypto";
import { chmodSync, lstatSync, unlinkSync } from "node:fs";
import { createConnection, createServer, type Server, type Socket } from "node:net";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { assert } from "../../src/base/assert.js";
import { type Fault, fault, isFault } from "../../src/base/faults.js";
import { type AdminOps, type AskAdmin, isOpName, OP_ARGS, type OpName } from "./ops.js";

/** What a path of a Unix socket may be long; the system's own bound is a little above. */
const PATH_BYTES_MAX = 100;
const LINE_MAX_BYTES = 4 * 1024 * 1024;
const CONNECTIONS_MAX = 16;
const CONNECT_MS = 2000;

/** Where the node of a data folder listens: in it, or under the temporary folder if that is too long. */
export function adminSocketPath(dataDir: string): string {
  const usual = join(dataDir, "admin.sock");
  if (Buffer.byteLength(usual) <= PATH_BYTES_MAX) return usual;
  const name = createHash("sha256").update(dataDir).digest("hex").slice(0, 24);
  return join(tmpdir(), `rookery-${userInfo().uid}-${name}.sock`);
}

/** Serves the operations until `close`. Faults: conflict if another process listens there. */
export async function serveAdmin(
  path: string,
  ops: AdminOps,
  onError: (says: string, error: unknown) => void,
): Promise<{ close(): Promise<void> } | Fault> {
  // The system would cut a longer one short, and listen somewhere else.
  assert(Buffer.byteLength(path) <= PATH_BYTES_MAX, "the path of a socket is short");
  if (await isAlive(path)) return fault("conflict", `Another process serves ${path}`);
  removeLeftBehind(path);
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    talk(socket, ops, onError);
  });
  server.maxConnections = CONNECTIONS_MAX;
  await listen(server, path);
  server.on("error", (error) => onError("The operators' socket failed", error));
  return {
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

function listen(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    // Nobody else may open it, from its first moment on.
    const before = process.umask(0o177);
    try {
      server.once("error", reject);
      server.listen(path, () => {
        server.off("error", reject);
        chmodSync(path, 0o600);
        resolve();
      });
    } finally {
      process.umask(before);
    }
  });
}

function isAlive(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection(path);
    const answer = (alive: boolean) => {
      socket.destroy();
      resolve(alive);
    };
    socket.once("connect", () => answer(true));
    socket.once("error", () => answer(false));
  });
}

function removeLeftBehind(path: string): void {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found?.isSocket()) unlinkSync(path);
}

function talk(
  socket: Socket,
  ops: AdminOps,
  onError: (says: string, error: unknown) => void,
): void {
  socket.on("error", () => socket.destroy());
  let pending = 0;
  socket.on("data", (chunk: Buffer) => {
    // A line without an end would be kept for ever: count what came since the last one.
    const end = chunk.lastIndexOf(10);
    pending = end === -1 ? pending + chunk.length : chunk.length - end;
    if (pending > LINE_MAX_BYTES) socket.destroy();
  });
  const lines = createInterface({ input: socket, crlfDelay: Number.POSITIVE_INFINITY });
  lines.on("error", () => socket.destroy());
  lines.on("line", (line) => {
    void answer(line, ops, onError).then((text) => {
      if (!socket.destroyed) socket.write(`${text}\n`);
    });
  });
}

/** The answer to one line, as a line. Never rejects. */
async function answer(
  line: string,
  ops: AdminOps,
  onError: (says: string, error: unknown) => void,
): Promise<string> {
  let id: unknown = null;
  try {
    const request: unknown = JSON.parse(line);
    if (typeof request !== "object" || request === null) throw new SyntaxError("not an object");
    id = "id" in request ? request.id : null;
    const name = "op" in request ? request.op : undefined;
    const args = "args" in request ? request.args : {};
    const result = await runOp(ops, name, args);
    return JSON.stringify(isFault(result) ? { id, fault: plain(result) } : { id, ok: result });
  } catch (error) {
    if (error instanceof SyntaxError) {
      return JSON.stringify({ id, fault: fault("bad-request", "The line is not a request") });
    }
    onError("An operator's command failed", error);
    return JSON.stringify({ id, fault: fault("internal", "It failed; the server's log says why") });
  }
}

/** Only what a fault is made of: some are errors too. */
const plain = (it: Fault): Fault => ({
  fault: it.fault,
  ...(it.says === undefined ? {} : { says: it.says }),
  ...(it.details === undefined ? {} : { details: it.details }),
  ...(typeof it.cause === "string" ? { cause: it.cause } : {}),
});

/** Checks the arguments and runs the operation. Faults: bad-request, and the operation's own. */
export async function runOp(ops: AdminOps, name: unknown, args: unknown): Promise<unknown> {
  if (!isOpName(name)) {
    const says = "The server does not know this command; is it of another version?";
    return fault("bad-request", says);
  }
  const checked = OP_ARGS[name].safeParse(args);
  if (!checked.success) {
    const issues = checked.error.issues.map((it) => `${it.path.join(".")}: ${it.message}`);
    return fault("bad-request", issues.join("; "));
  }
  const run = ops[name] as (args: unknown) => Promise<unknown>;
  return run(checked.data);
}

/** Asks operations of this process itself. */
export function askLocally(ops: AdminOps): AskAdmin {
  return ((op: OpName, args: unknown) => runOp(ops, op, args)) as AskAdmin;
}

export type AdminClient = { ask: AskAdmin; close(): void };

/** Connects to the node that listens at `path`; null if none does. */
export async function connectAdmin(path: string): Promise<AdminClient | null> {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined || !found.isSocket()) return null;
  // Under the temporary folder anybody could have put it there.
  if (process.getuid !== undefined && found.uid !== process.getuid()) return null;
  const socket = await connect(path);
  return socket === null ? null : clientOf(socket);
}

function connect(path: string): Promise<Socket | null> {
  return new Promise((resolve) => {
    const socket = createConnection({ path, timeout: CONNECT_MS });
    const fail = () => {
      socket.destroy();
      resolve(null);
    };
    socket.once("connect", () => {
      socket.removeAllListeners();
      socket.setTimeout(0);
      resolve(socket);
    });
    socket.once("error", fail);
    socket.once("timeout", fail);
  });
}

function clientOf(socket: Socket): AdminClient {
  const waiting = new Map<number, (reply: unknown) => void>();
  let last = 0;
  const gone = fault(
    "stopping",
    "The server went away before it answered; look whether it was done",
  );
  const end = () => {
    for (const resolve of waiting.values()) resolve(gone);
    waiting.clear();
  };
  socket.on("error", end);
  socket.on("close", end);
  createInterface({ input: socket }).on("line", (line) => {
    const reply = JSON.parse(line) as { id: number; ok?: unknown; fault?: Fault };
    const resolve = waiting.get(reply.id);
    waiting.delete(reply.id);
    resolve?.(reply.fault ?? reply.ok);
  });
  const ask = (op: OpName, args: unknown) =>
    new Promise<unknown>((resolve) => {
      if (socket.destroyed) return resolve(gone);
      const id = ++last;
      waiting.set(id, resolve);
      socket.write(`${JSON.stringify({ id, op, args })}\n`);
    });
  return { ask: ask as AskAdmin, close: () => socket.end() };
}
