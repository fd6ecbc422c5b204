// Owns serving HTTP through uWebSockets.js: the only importer of that library. Its rules are kept
// here and nowhere else: a request is read before the callback returns, every response has an abort
// handler, nothing touches a response after its end, and writes outside a callback are corked.
// Promises what gateway/http/server.ts says; test/contract/http-server.ts holds it to that.

import type * as Uws from "uwebsockets";
import { createClientAddress } from "./addresses.js";
import { readBodyHead } from "./headers.js";
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
import { Exchange, type ExchangeContext } from "./uws-exchange.js";
import { headerBlock, startStream } from "./uws-reply.js";
import { behaviourOf, type SocketData, UwsSocket } from "./uws-socket.js";

type Library = typeof Uws;

/** Loads the native library; throws if there is none for this system. */
export async function loadUws(): Promise<Library> {
  const loaded: unknown = await import("uwebsockets");
  return (loaded as { default: Library }).default;
}

/**
 * Seconds that uWebSockets keeps a socket that takes and brings nothing: those that are pinged in
 * vain, and those that do not take their good-bye.
 */
const IDLE_SOCKET_S = 60;

/** Replies in pieces up to this size are joined in a place that is used again and again. */
const SCRATCH_BYTES = 1_048_576;

/** Listens; throws if the address cannot be had. */
export async function listenUws(options: ServerOptions, library: Library): Promise<HttpServer> {
  const server = new UwsServer(options, library);
  await server.listen();
  return server;
}

class UwsServer implements HttpServer {
  readonly kind = "uws";
  port = 0;
  readonly #options: ServerOptions;
  readonly #library: Library;
  readonly #app: Uws.TemplatedApp;
  readonly #context: ExchangeContext;
  readonly #sockets = new Set<UwsSocket>();
  /** The library copies what it is given, so one place serves all replies that come in pieces. */
  readonly #scratch = Buffer.allocUnsafeSlow(SCRATCH_BYTES);
  #listening: Uws.us_listen_socket | null = null;
  #closing = false;
  #running = 0;
  #idle: (() => void) | null = null;

  constructor(options: ServerOptions, library: Library) {
    this.#options = options;
    this.#library = library;
    this.#app = library.App();
    this.#context = {
      clientAddress: createClientAddress(options.trustedProxies),
      scheduler: options.scheduler,
      patienceMs: options.bodyPatienceMs ?? 10_000,
      left: () => this.#left(),
    };
  }

  listen(): Promise<void> {
    const { host, port } = this.#options;
    const app = this.#app;
    app.ws<SocketData>("/*", {
      ...behaviourOf(this.#options, this.#library, this.#sockets),
      idleTimeout: IDLE_SOCKET_S,
      sendPingsAutomatically: false,
      upgrade: (res, req, context) => this.#upgrade(res, req, context),
    });
    app.any("/*", (res, req) => this.#answer(res, req));
    return new Promise((resolve, reject) => {
      // The four-argument form exists in the library though its types do not name it. Without
      // "exclusive" a second process could share the port unseen.
      const exclusive = this.#library as unknown as { LIBUS_LISTEN_EXCLUSIVE_PORT: number };
      const listen = app.listen.bind(app) as unknown as (
        host: string,
        port: number,
        flags: number,
        done: (socket: Uws.us_listen_socket | false) => void,
      ) => void;
      listen(host, port, exclusive.LIBUS_LISTEN_EXCLUSIVE_PORT, (socket) => {
        if (socket === false) {
          reject(
            new Error(`could not listen on ${host}:${port}: in use, or not an address of ours`),
          );
          return;
        }
        this.#listening = socket;
        this.port = this.#library.us_socket_local_port(socket as unknown as Uws.us_socket);
        resolve();
      });
    });
  }

  async close(graceMs: number): Promise<void> {
    if (this.#closing) return;
    this.#closing = true;
    if (this.#listening !== null) this.#library.us_listen_socket_close(this.#listening);
    for (const socket of [...this.#sockets]) socket.close(1001, "The server is going away");
    await this.#untilIdle(graceMs);
    this.#app.close();
  }

  #untilIdle(graceMs: number): Promise<void> {
    if (this.#running === 0) return Promise.resolve();
    return new Promise((resolve) => {
      const cancel = this.#options.scheduler.after(graceMs, resolve);
      this.#idle = () => {
        cancel();
        resolve();
      };
    });
  }

  #left(): void {
    this.#running--;
    if (this.#running === 0) this.#idle?.();
  }

  #answer(res: Uws.HttpResponse, req: Uws.HttpRequest): void {
    const exchange = this.#begin(res, req);
    if (exchange === null) return;
    let answer: Promise<HttpReply> | HttpReply;
    try {
      answer = this.#options.handle(exchange);
    } catch {
      answer = BROKEN;
    }
    if (!(answer instanceof Promise)) {
      this.#send(exchange, answer);
      return;
    }
    answer.then(
      (reply) => this.#send(exchange, reply),
      () => this.#send(exchange, BROKEN),
    );
  }

  /** Copies what is needed of the request while it is valid; null if it was refused already. */
  #begin(res: Uws.HttpResponse, req: Uws.HttpRequest): Exchange | null {
    const headers: string[] = [];
    req.forEach((name, value) => {
      headers.push(name, value);
    });
    const head = readBodyHead(headers);
    const exchange = new Exchange(this.#context, res, {
      method: req.getCaseSensitiveMethod(),
      path: req.getUrl(),
      query: req.getQuery(),
      headers,
    });
    this.#running++;
    if ("flaw" in head) {
      // Where this request ends is unclear, so what follows it must not be read as the next one:
      // an answer, even one that hangs up, would not stop the library from reading on.
      exchange.finish();
      res.onAborted(() => undefined);
      res.close();
      return null;
    }
    exchange.listen(head.lengthBytes, head.hasBody);
    if (isPlainPath(exchange.path)) return exchange;
    this.#send(exchange, refusal("The path is malformed"), true);
    return null;
  }

  #send(exchange: Exchange, reply: HttpReply, hangUp = false): void {
    if (exchange.over) return;
    const { res } = exchange;
    const close = hangUp || this.#closing;
    if (reply.stream !== undefined && exchange.method !== "HEAD" && !isBodiless(reply.status)) {
      startStream(exchange, reply, this.#options, close);
      return;
    }
    const body = this.#joined(reply);
    if (!exchange.bodyIsRead) {
      this.#sendEarly(exchange, reply, body);
      return;
    }
    exchange.finish();
    const isEmpty = isBodiless(reply.status) || exchange.method === "HEAD";
    const block = headerBlock(reply, isEmpty ? emptyLength(exchange, reply, body) : null);
    res.cork(() => {
      res.writeStatus(statusLine(reply.status));
      // One call for all headers: each crossing into the library costs more than the joining.
      if (block !== null) res.writeHeader(block.name, block.rest);
      // With a length told to the library, it waits for that body: hence our own header.
      if (isEmpty) res.endWithoutBody();
      else res.end(body, close);
    });
  }

  /** The body as one piece, which is valid only until the next reply is made. */
  #joined(reply: HttpReply): string | Uint8Array {
    const { body } = reply;
    if (!Array.isArray(body) || body.length < 2) return bodyOf(reply);
    let length = 0;
    for (const part of body as readonly Uint8Array[]) length += part.length;
    if (length > SCRATCH_BYTES) return bodyOf(reply);
    let at = 0;
    for (const part of body as readonly Uint8Array[]) {
      // Brackets and commas: calling out for one byte costs more than the byte.
      if (part.length === 1) this.#scratch[at] = part[0] as number;
      else this.#scratch.set(part, at);
      at += part.length;
    }
    return this.#scratch.subarray(0, length);
  }

  /** Answers a request whose body is still coming, and hangs up if it does not end soon. */
  #sendEarly(exchange: Exchange, reply: HttpReply, body: string | Uint8Array): void {
    const { res } = exchange;
    const block = headerBlock(reply);
    res.cork(() => {
      res.writeStatus(statusLine(reply.status));
      if (block !== null) res.writeHeader(block.name, block.rest);
      if (body.length > 0 && !isBodiless(reply.status)) res.write(body);
    });
    exchange.linger(() => {
      const close = this.#closing || !exchange.bodyIsRead;
      exchange.finish();
      res.cork(() => res.end(undefined, close));
    });
  }

  #upgrade(res: Uws.HttpResponse, req: Uws.HttpRequest, context: Uws.us_socket_context_t): void {
    const exchange = this.#begin(res, req);
    if (exchange === null) return;
    if (this.#closing) {
      this.#send(exchange, { status: 503 }, true);
      return;
    }
    let answer: Promise<UpgradeAnswer> | UpgradeAnswer;
    try {
      answer = this.#options.upgrade(exchange);
    } catch {
      answer = { refuse: BROKEN };
    }
    if (answer instanceof Promise) {
      answer.then(
        (it) => this.#welcome(exchange, it, context),
        () => this.#send(exchange, BROKEN, true),
      );
    } else {
      this.#welcome(exchange, answer, context);
    }
  }

  #welcome(exchange: Exchange, answer: UpgradeAnswer, context: Uws.us_socket_context_t): void {
    if (exchange.over) return;
    if ("refuse" in answer || this.#closing) {
      this.#send(exchange, "refuse" in answer ? answer.refuse : { status: 503 }, true);
      return;
    }
    const { res } = exchange;
    const socket = new UwsSocket(answer.accept, this.#options.socketBacklogMaxBytes);
    const key = exchange.header("sec-websocket-key") ?? "";
    const block = headerBlock({ status: 101, headers: answer.headers ?? {} });
    exchange.finish();
    res.cork(() => {
      res.writeStatus("101 Switching Protocols");
      if (block !== null) res.writeHeader(block.name, block.rest);
      res.upgrade<SocketData>({ held: socket }, key, answer.protocol ?? "", "", context);
    });
  }
}

/** The length to tell where there is no body: that of the body which HEAD leaves out. */
function emptyLength(
  exchange: Exchange,
  reply: HttpReply,
  body: string | Uint8Array,
): string | null {
  if (exchange.method !== "HEAD" || isBodiless(reply.status)) return null;
  if (reply.stream === undefined) return String(bodyBytes(body));
  const said = reply.headers?.["content-length"];
  return typeof said === "string" ? said : null;
}
