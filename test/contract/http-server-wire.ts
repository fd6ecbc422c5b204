// A server of the adapter under test and bare connections to it, for test/contract/http-server.ts.

import { connect, type Socket as Wire } from "node:net";
import type { Test } from "tap";
import type { WebSocket } from "ws";
import { isFault } from "../../src/base/faults.js";
import type {
  HttpReply,
  HttpRequest,
  HttpServer,
  ServerOptions,
  UpgradeAnswer,
} from "../../src/gateway/http/server.js";
import type { Scheduler } from "../../src/ports/clock.js";

export const realScheduler: Scheduler = {
  after(delayMs, run) {
    const timer = setTimeout(run, delayMs);
    return () => clearTimeout(timer);
  },
};

export type Listen = (options: ServerOptions) => Promise<HttpServer>;

export type Setup = Partial<ServerOptions> & {
  handle?: (request: HttpRequest) => Promise<HttpReply> | HttpReply;
};

/** Resolves when `isSo` holds; the test fails by its own time-out if it never does. */
export async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 5));
}

export async function start(t: Test, listen: Listen, setup: Setup): Promise<HttpServer> {
  const server = await listen({
    host: "127.0.0.1",
    port: 0,
    trustedProxies: [],
    handle: () => ({ status: 200, body: "ok" }),
    upgrade: () => ({ refuse: { status: 404 } }),
    socketBacklogMaxBytes: 65_536,
    scheduler: realScheduler,
    ...setup,
  });
  t.teardown(() => server.close(50));
  return server;
}

export const urlOf = (server: HttpServer, path: string) => `http://127.0.0.1:${server.port}${path}`;

export type RawWire = { wire: Wire; seen: () => string; closed: () => boolean };

export function open(server: HttpServer, text: string): RawWire {
  const wire = connect(server.port, "127.0.0.1");
  let seen = "";
  let closed = false;
  wire.setEncoding("latin1");
  wire.on("data", (chunk: string) => {
    seen += chunk;
  });
  wire.on("error", () => undefined);
  wire.on("close", () => {
    closed = true;
  });
  wire.write(text, "latin1");
  return { wire, seen: () => seen, closed: () => closed };
}

/** Sends the bytes and answers all that comes back until the connection ends. */
export async function raw(server: HttpServer, text: string): Promise<string> {
  const it = open(server, text);
  await until(it.closed);
  return it.seen();
}

export const echo = async (request: HttpRequest): Promise<HttpReply> => {
  const body = await request.body(1_000_000);
  if (isFault(body)) return { status: 413, body: body.fault };
  const { method, path, query } = request;
  const text = Buffer.from(body).toString();
  return { status: 200, body: JSON.stringify({ method, path, query, text }) };
};

export const sockets = (
  handlers: Partial<Extract<UpgradeAnswer, { accept: unknown }>["accept"]>,
) => ({
  open: () => undefined,
  message: () => undefined,
  close: () => undefined,
  ...handlers,
});

export const wsUrl = (server: HttpServer, path = "/") => `ws://127.0.0.1:${server.port}${path}`;

export function opened(socket: WebSocket): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once("open", () => resolve());
    socket.once("error", reject);
  });
}

export const closedWith = (socket: WebSocket): Promise<{ code: number; reason: string }> =>
  new Promise((resolve) => {
    socket.on("error", () => undefined);
    socket.once("close", (code, reason) => resolve({ code, reason: reason.toString() }));
  });
