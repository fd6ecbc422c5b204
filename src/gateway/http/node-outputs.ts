// Owns an open response and a WebSocket as node:http and ws serve them.

import type { ServerResponse } from "node:http";
import type { RawData, WebSocket } from "ws";
import type { ReplyStream, Socket, SocketHandlers } from "./server.js";

/** The code that says: the connection was lost without a close frame. */
const LOST = 1006;

export class NodeStream implements ReplyStream {
  readonly #out: ServerResponse;
  readonly #backlogMaxBytes: number;
  #closed = false;

  constructor(out: ServerResponse, backlogMaxBytes: number) {
    this.#out = out;
    this.#backlogMaxBytes = backlogMaxBytes;
    out.once("close", () => {
      this.#closed = true;
    });
  }

  write(chunk: string | Uint8Array): boolean {
    if (this.#closed || this.#out.writableEnded) return false;
    if (chunk.length > 0) this.#out.write(chunk);
    return this.backlog() <= this.#backlogMaxBytes;
  }

  backlog(): number {
    return this.#out.writableLength;
  }

  drained(): Promise<void> {
    if (this.#closed || !this.#out.writableNeedDrain) return Promise.resolve();
    return new Promise((resolve) => {
      const done = () => {
        this.#out.off("drain", done);
        this.#out.off("close", done);
        resolve();
      };
      this.#out.once("drain", done);
      this.#out.once("close", done);
    });
  }

  end(): void {
    if (!this.#closed) this.#out.end();
  }

  onClose(closed: () => void): void {
    if (this.#closed) closed();
    else this.#out.once("close", closed);
  }
}

export class NodeSocket implements Socket {
  readonly #ws: WebSocket;
  readonly #handlers: SocketHandlers;
  readonly #backlogMaxBytes: number;

  constructor(ws: WebSocket, handlers: SocketHandlers, backlogMaxBytes: number) {
    this.#ws = ws;
    this.#handlers = handlers;
    this.#backlogMaxBytes = backlogMaxBytes;
  }

  /** Begins to hand on what the client sends. */
  start(): void {
    this.#ws.on("message", (data, isBinary) => {
      this.#handlers.message(this, bytesOf(data), isBinary);
    });
    this.#ws.on("pong", () => this.#handlers.pong?.(this));
    this.#ws.once("close", (code) => this.#handlers.close(this, code));
    // A broken frame or a lost connection: the library ends the socket, and `close` follows.
    this.#ws.on("error", () => undefined);
    this.#handlers.open(this);
  }

  send(text: string | Uint8Array): boolean {
    if (this.#ws.readyState !== this.#ws.OPEN) return false;
    if (this.#ws.bufferedAmount > this.#backlogMaxBytes) return false;
    this.#ws.send(text, { binary: false });
    return true;
  }

  backlog(): number {
    return this.#ws.bufferedAmount;
  }

  ping(): void {
    if (this.#ws.readyState === this.#ws.OPEN) this.#ws.ping();
  }

  close(code: number, reason: string): void {
    if (code === LOST) this.drop();
    else this.#ws.close(code, reason);
  }

  drop(): void {
    this.#ws.terminate();
  }
}

function bytesOf(data: RawData): Uint8Array {
  if (Array.isArray(data)) return Buffer.concat(data);
  return data instanceof ArrayBuffer ? new Uint8Array(data) : data;
}
