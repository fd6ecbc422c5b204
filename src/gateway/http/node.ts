// Owns serving HTTP through node:http and ws, where uWebSockets.js cannot be loaded. The only
// importer of ws. Promises what gateway/http/server.ts says, like uws.ts.

import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { type WebSocket, WebSocketServer } from "ws";
import { type ClientAddress, createClientAddress } from "./addresses.js";
import { type HeaderList, readBodyHead, safeValue } from "./headers.js";
import { NodeSocket, NodeStream } from "./node-outputs.js";
import { NodeRequest } from "./node-request.js";
import {
  BROKEN,
  bodyBytes,
  bodyOf,
  isBodiless,
  isPlainPath,
  refusal,
  statusLine,
} from "./reply.js";
import type { HttpReply, HttpServer, ServerOptions, UpgradeAnswer } from "./server.js";

/** How long a client may take to send the head of a request; uWebSockets.js has the same. */
const HEAD_PATIENCE_MS = 10_000;
const KEEP_ALIVE_MS = 10_000;
/** How long a client may take to answer a good-bye. */
const GOOD_BYE = { closeTimeout: 5_000 };

/** Listens; throws if the address cannot be had. */
export async function listenNode(options: ServerOptions): Promise<HttpServer> {
  const server = new NodeServer(options);
  await server.listen();
  return server;
}

type Accepted = { protocol?: string; headers?: Record<string, string> };

class NodeServer implements HttpServer {
  readonly kind = "node";
  port = 0;
  readonly #options: ServerOptions;
  readonly #clientAddress: ClientAddress;
  readonly #server: Server;
  readonly #sockets = new Set<NodeSocket>();
  /** What the answer to an upgrade adds, while the library writes it. */
  readonly #accepted = new WeakMap<IncomingMessage, Accepted>();
  readonly #upgrader: WebSocketServer;
  #closing = false;

  constructor(options: ServerOptions) {
    this.#options = options;
    this.#clientAddress = createClientAddress(options.trustedProxies);
    this.#server = createServer({
      headersTimeout: HEAD_PATIENCE_MS,
      // Bodies have their own bound, by pace and not by length of time.
      requestTimeout: 0,
      keepAliveTimeout: KEEP_ALIVE_MS,
      connectionsCheckingInterval: 1_000,
    });
    this.#upgrader = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      perMessageDeflate: false,
      maxPayload: options.frameMaxBytes ?? 16_384,
      ...GOOD_BYE,
      handleProtocols: (_offered, incoming) => this.#accepted.get(incoming)?.protocol ?? false,
    });
    this.#upgrader.on("headers", (lines, incoming) => {
      const extra = this.#accepted.get(incoming)?.headers ?? {};
      for (const name in extra) lines.push(`${name}: ${safeValue(extra[name] as string)}`);
    });
    this.#server.on("request", (incoming, out) => this.#answer(incoming, out));
    this.#server.on("upgrade", (incoming, wire, head) => this.#upgrade(incoming, wire, head));
    this.#server.on("clientError", (_error, wire) => refuseWire(wire, refusal("Bad Request")));
  }

  listen(): Promise<void> {
    const { host, port } = this.#options;
    return new Promise((resolve, reject) => {
      const failed = (error: Error) =>
        reject(new Error(`could not listen on ${host}:${port}: ${error.message}`));
      this.#server.once("error", failed);
      this.#server.listen({ host, port }, () => {
        this.#server.off("error", failed);
        this.port = (this.#server.address() as AddressInfo).port;
        resolve();
      });
    });
  }

  async close(graceMs: number): Promise<void> {
    if (this.#closing) return;
    this.#closing = true;
    const ended = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const socket of [...this.#sockets]) socket.close(1001, "The server is going away");
    this.#server.closeIdleConnections();
    const cancel = this.#options.scheduler.after(graceMs, () => {
      for (const socket of [...this.#sockets]) socket.drop();
      this.#server.closeAllConnections();
    });
    await ended;
    cancel();
    for (const socket of [...this.#sockets]) socket.drop();
  }

  #answer(incoming: IncomingMessage, out: ServerResponse): void {
    const headers = headersOf(incoming);
    const head = readBodyHead(headers);
    const request = new NodeRequest(
      {
        clientAddress: this.#clientAddress,
        scheduler: this.#options.scheduler,
        patienceMs: this.#options.bodyPatienceMs ?? 10_000,
      },
      incoming,
      headers,
      "lengthBytes" in head ? head.lengthBytes : 0,
    );
    out.on("close", () => {
      if (!out.writableFinished) request.abort();
    });
    const flaw =
      "flaw" in head ? head.flaw : isPlainPath(request.path) ? null : "The path is malformed";
    if (flaw !== null) {
      this.#send(request, out, refusal(flaw), true);
      return;
    }
    let answer: Promise<HttpReply> | HttpReply;
    try {
      answer = this.#options.handle(request);
    } catch {
      answer = BROKEN;
    }
    if (!(answer instanceof Promise)) {
      this.#send(request, out, answer);
      return;
    }
    answer.then(
      (reply) => this.#send(request, out, reply),
      () => this.#send(request, out, BROKEN),
    );
  }

  #send(request: NodeRequest, out: ServerResponse, reply: HttpReply, hangUp = false): void {
    if (out.destroyed || out.headersSent) return;
    const isUnread = !request.bodyIsRead;
    const body = bodyOf(reply);
    out.statusCode = reply.status;
    for (const [name, value] of fixedHeaders(reply)) out.setHeader(name, value);
    for (const name in reply.headers) {
      const value = reply.headers[name] as string | readonly string[];
      out.setHeader(name, typeof value === "string" ? safeValue(value) : value.map(safeValue));
    }
    if (hangUp || this.#closing) out.setHeader("connection", "close");
    if (isUnread) out.once("finish", () => request.linger());
    if (reply.stream !== undefined && request.method !== "HEAD" && !isBodiless(reply.status)) {
      out.flushHeaders();
      reply.stream(new NodeStream(out, this.#options.socketBacklogMaxBytes));
      return;
    }
    if (!isBodiless(reply.status) && reply.stream === undefined) {
      out.setHeader("content-length", bodyBytes(body));
    }
    if (isBodiless(reply.status) || request.method === "HEAD") out.end();
    else out.end(body);
  }

  #upgrade(incoming: IncomingMessage, wire: Duplex, head: Buffer): void {
    const headers = headersOf(incoming);
    const request = new NodeRequest(
      {
        clientAddress: this.#clientAddress,
        scheduler: this.#options.scheduler,
        patienceMs: this.#options.bodyPatienceMs ?? 10_000,
      },
      incoming,
      headers,
      0,
    );
    const broke = () => {
      request.abort();
      wire.destroy();
    };
    wire.on("error", broke);
    const shape = readBodyHead(headers);
    const isWebSocket = request.header("upgrade")?.toLowerCase() === "websocket";
    if ("flaw" in shape || shape.hasBody || !isWebSocket) {
      refuseWire(wire, refusal("flaw" in shape ? shape.flaw : "Only websocket can be upgraded to"));
      return;
    }
    const welcome = (answer: UpgradeAnswer) => {
      wire.off("error", broke);
      if ("refuse" in answer || this.#closing) {
        refuseWire(wire, "refuse" in answer ? answer.refuse : { status: 503 });
        return;
      }
      this.#accepted.set(incoming, answer);
      this.#upgrader.handleUpgrade(incoming, wire, head, (socket) =>
        this.#open(socket, answer.accept),
      );
    };
    Promise.resolve()
      .then(() => this.#options.upgrade(request))
      .then(welcome)
      .catch(() => refuseWire(wire, BROKEN));
  }

  #open(ws: WebSocket, handlers: ConstructorParameters<typeof NodeSocket>[1]): void {
    const socket = new NodeSocket(ws, handlers, this.#options.socketBacklogMaxBytes);
    this.#sockets.add(socket);
    ws.on("close", () => this.#sockets.delete(socket));
    socket.start();
  }
}

function headersOf(incoming: IncomingMessage): HeaderList {
  const raw = incoming.rawHeaders;
  const headers: string[] = [];
  for (let at = 0; at < raw.length; at += 2) {
    headers.push((raw[at] as string).toLowerCase(), raw[at + 1] as string);
  }
  return headers;
}

/** The fixed header lines of a reply, as names and values. */
function fixedHeaders(reply: HttpReply): [string, string][] {
  if (reply.fixedHead === undefined || reply.fixedHead === "") return [];
  return reply.fixedHead.split("\r\n").map((line) => {
    const colon = line.indexOf(": ");
    return [line.slice(0, colon), line.slice(colon + 2)];
  });
}

/** Answers on the bare connection, and ends it. */
function refuseWire(wire: Duplex, reply: HttpReply): void {
  if (wire.destroyed || !wire.writable) return;
  wire.on("error", () => wire.destroy());
  const body = bodyOf(reply);
  const lines = [`HTTP/1.1 ${statusLine(reply.status)}`];
  if (reply.fixedHead) lines.push(reply.fixedHead);
  for (const name in reply.headers) {
    const value = reply.headers[name] as string | readonly string[];
    for (const one of typeof value === "string" ? [value] : value) {
      lines.push(`${name}: ${safeValue(one)}`);
    }
  }
  lines.push(`content-length: ${bodyBytes(body)}`, "connection: close");
  wire.write(`${lines.join("\r\n")}\r\n\r\n`);
  wire.end(body, () => wire.destroy());
}
