// Owns one request as node:http serves it: its body within its bound, and the signal that the
// client is gone.

import type { IncomingMessage } from "node:http";
import { type Fault, fault } from "../../base/faults.js";
import type { Scheduler } from "../../ports/clock.js";
import type { ClientAddress } from "./addresses.js";
import { findHeader, type HeaderList } from "./headers.js";
import type { HttpRequest } from "./server.js";

/** A body that brings fewer bytes than this in each patience span is cut off. */
const BODY_PACE_BYTES = 1024;

/** How long the rest of a body that nobody wants is read, once the answer is out. */
const LINGER_MS = 1_000;

export type RequestContext = {
  clientAddress: ClientAddress;
  scheduler: Scheduler;
  patienceMs: number;
};

export class NodeRequest implements HttpRequest {
  readonly method: string;
  readonly path: string;
  readonly query: string;

  readonly #context: RequestContext;
  readonly #incoming: IncomingMessage;
  readonly #headers: HeaderList;
  readonly #lengthBytes: number | null;
  #aborter: AbortController | null = null;
  #aborted = false;
  #address: string | null = null;
  #body: Promise<Uint8Array | Fault> | null = null;
  #settle: ((body: Uint8Array | Fault) => void) | null = null;
  #cancelPatience: (() => void) | null = null;
  #receivedBytes = 0;

  constructor(
    context: RequestContext,
    incoming: IncomingMessage,
    headers: HeaderList,
    lengthBytes: number | null,
  ) {
    const url = incoming.url ?? "/";
    const mark = url.indexOf("?");
    this.#context = context;
    this.#incoming = incoming;
    this.#headers = headers;
    this.#lengthBytes = lengthBytes;
    this.method = incoming.method ?? "GET";
    this.path = mark === -1 ? url : url.slice(0, mark);
    this.query = mark === -1 ? "" : url.slice(mark + 1);
  }

  /** False while bytes of the body are still on their way. */
  get bodyIsRead(): boolean {
    return this.#lengthBytes === 0 || this.#incoming.complete;
  }

  header(name: string): string | undefined {
    return findHeader(this.#headers, name);
  }

  get remoteAddress(): string {
    this.#address ??= this.#context.clientAddress(this.#incoming.socket.remoteAddress ?? "", () =>
      this.header("x-forwarded-for"),
    );
    return this.#address;
  }

  get gone(): AbortSignal {
    if (this.#aborter === null) {
      this.#aborter = new AbortController();
      if (this.#aborted) this.#aborter.abort();
    }
    return this.#aborter.signal;
  }

  /** The client is gone before it was answered. */
  abort(): void {
    if (this.#aborted) return;
    this.#aborted = true;
    this.#done(fault("bad-request", "The request was cut off"));
    this.#aborter?.abort();
  }

  /** Throws away the rest of the body for a while, then ends the connection if more is coming. */
  linger(): void {
    const incoming = this.#incoming;
    this.#done(fault("bad-request", "The request was answered before it was read"));
    incoming.resume();
    const lingerMs = Math.min(LINGER_MS, this.#context.patienceMs);
    const cancel = this.#context.scheduler.after(lingerMs, () => incoming.destroy());
    incoming.once("end", cancel);
    incoming.once("close", cancel);
  }

  body(limitBytes: number): Promise<Uint8Array | Fault> {
    this.#body ??= this.#read(limitBytes);
    return this.#body;
  }

  #read(limitBytes: number): Promise<Uint8Array | Fault> {
    if (this.#aborted) return Promise.resolve(fault("bad-request", "The request was cut off"));
    if ((this.#lengthBytes ?? 0) > limitBytes) return Promise.resolve(fault("too-large"));
    if (this.#lengthBytes === 0) return Promise.resolve(new Uint8Array());
    return new Promise((resolve) => {
      let chunks: Uint8Array[] = [];
      this.#settle = resolve;
      this.#watch(0);
      this.#incoming.on("data", (chunk: Buffer) => {
        if (this.#settle === null) return;
        this.#receivedBytes += chunk.length;
        if (this.#receivedBytes <= limitBytes) {
          chunks.push(chunk);
          return;
        }
        chunks = [];
        this.#done(fault("too-large"));
      });
      this.#incoming.once("end", () => {
        this.#done(chunks.length === 1 ? (chunks[0] as Uint8Array) : Buffer.concat(chunks));
      });
      this.#incoming.once("error", () => this.abort());
    });
  }

  #done(body: Uint8Array | Fault): void {
    this.#cancelPatience?.();
    this.#cancelPatience = null;
    this.#settle?.(body);
    this.#settle = null;
  }

  #watch(bytesBefore: number): void {
    this.#cancelPatience = this.#context.scheduler.after(this.#context.patienceMs, () => {
      if (this.#settle === null) return;
      if (this.#receivedBytes - bytesBefore < BODY_PACE_BYTES) this.#incoming.destroy();
      else this.#watch(this.#receivedBytes);
    });
  }
}
