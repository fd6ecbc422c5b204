// Owns one request and its response while uWebSockets.js serves them: reading the body within its
// bound, and knowing when the response must not be touched any more (`over`).

import type { HttpResponse } from "uwebsockets";
import { type Fault, fault } from "../../base/faults.js";
import type { Scheduler } from "../../ports/clock.js";
import type { ClientAddress } from "./addresses.js";
import { findHeader, type HeaderList } from "./headers.js";
import type { HttpRequest } from "./server.js";

/** A body that brings fewer bytes than this in each patience span is cut off. */
export const BODY_PACE_BYTES = 1024;

/** How long the rest of a body that nobody wants is read, once the answer is out. */
export const LINGER_MS = 1_000;

export type ExchangeContext = {
  clientAddress: ClientAddress;
  scheduler: Scheduler;
  patienceMs: number;
  /** Called once when the exchange is over. */
  left: () => void;
};

export class Exchange implements HttpRequest {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly res: HttpResponse;
  /** True once the response was ended or the client is gone: hands off `res`. */
  over = false;
  /** False while bytes of the body are still on their way. */
  bodyIsRead = true;

  readonly #context: ExchangeContext;
  readonly #headers: HeaderList;
  #address: string | null = null;
  #aborter: AbortController | null = null;
  #aborted = false;
  #closed: (() => void) | null = null;
  #lengthBytes: number | null = 0;
  #limitBytes = -1;
  #receivedBytes = 0;
  #chunks: Uint8Array[] = [];
  #paused = false;
  #discards = false;
  #body: Promise<Uint8Array | Fault> | null = null;
  #settle: ((body: Uint8Array | Fault) => void) | null = null;
  #cancelPatience: (() => void) | null = null;
  #lingered: (() => void) | null = null;

  constructor(
    context: ExchangeContext,
    res: HttpResponse,
    head: { method: string; path: string; query: string; headers: HeaderList },
  ) {
    this.#context = context;
    this.res = res;
    this.method = head.method;
    this.path = head.path;
    this.query = head.query ?? "";
    this.#headers = head.headers;
  }

  /** Must be called before the callback of the library returns. `lengthBytes` null: chunked. */
  listen(lengthBytes: number | null, hasBody: boolean): void {
    this.res.onAborted(() => this.#abort());
    if (!hasBody) return;
    this.bodyIsRead = false;
    this.#lengthBytes = lengthBytes;
    this.res.onData((chunk, isLast) => this.#take(chunk, isLast));
  }

  header(name: string): string | undefined {
    return findHeader(this.#headers, name);
  }

  get remoteAddress(): string {
    if (this.#address === null) {
      if (this.over) return "";
      const peer = Buffer.from(this.res.getRemoteAddressAsText()).toString();
      this.#address = this.#context.clientAddress(peer, () => this.header("x-forwarded-for"));
    }
    return this.#address;
  }

  get gone(): AbortSignal {
    if (this.#aborter === null) {
      this.#aborter = new AbortController();
      if (this.#aborted) this.#aborter.abort();
    }
    return this.#aborter.signal;
  }

  /** Calls `closed` once when the client goes away or the response ends. */
  onOver(closed: () => void): void {
    this.#closed = closed;
  }

  /**
   * Throws away the rest of the body for a while, so that a client that is still sending gets to
   * read its answer; calls `end` when the body is through or the while is over.
   */
  linger(end: () => void): void {
    this.#drop(fault("bad-request", "The request was answered before it was read"));
    this.#lingered = end;
    const lingerMs = Math.min(LINGER_MS, this.#context.patienceMs);
    this.#cancelPatience = this.#context.scheduler.after(lingerMs, () => this.#endLingering());
    if (this.#paused) {
      this.#paused = false;
      this.res.resume();
    }
  }

  #endLingering(): void {
    const end = this.#lingered;
    this.#lingered = null;
    if (end !== null && !this.over) end();
  }

  /** Marks the response as ended; the caller ends it right after. */
  finish(): void {
    if (this.over) return;
    this.over = true;
    this.#drop(fault("bad-request", "The request was answered before it was read"));
    this.#closed?.();
    this.#context.left();
  }

  body(limitBytes: number): Promise<Uint8Array | Fault> {
    this.#body ??= this.#read(limitBytes);
    return this.#body;
  }

  #read(limitBytes: number): Promise<Uint8Array | Fault> {
    if (this.#aborted) return Promise.resolve(fault("bad-request", "The request was cut off"));
    this.#limitBytes = limitBytes;
    if (this.#receivedBytes > limitBytes || (this.#lengthBytes ?? 0) > limitBytes) {
      return Promise.resolve(this.#refuse());
    }
    if (this.bodyIsRead) return Promise.resolve(this.#whole());
    return new Promise((resolve) => {
      this.#settle = resolve;
      this.#watch(this.#receivedBytes);
      if (this.#paused) {
        this.#paused = false;
        this.res.resume();
      }
    });
  }

  /** Each chunk's memory is the library's again when this returns. */
  #take(chunk: ArrayBuffer, isLast: boolean): void {
    if (isLast) this.bodyIsRead = true;
    if (this.#discards) {
      if (isLast) this.#endLingering();
      return;
    }
    this.#receivedBytes += chunk.byteLength;
    if (this.#limitBytes >= 0 && this.#receivedBytes > this.#limitBytes) {
      this.#done(this.#refuse());
      return;
    }
    this.#chunks.push(new Uint8Array(chunk.slice(0)));
    if (isLast) {
      if (this.#settle !== null) this.#done(this.#whole());
    } else if (this.#limitBytes < 0 && !this.#paused && !this.over) {
      // Nobody has asked for the body yet, so nobody has said how much of it may be kept.
      this.#paused = true;
      this.res.pause();
    }
  }

  /** Keeps nothing of the body any more; whoever waits for it is told `why`. */
  #drop(why: Fault): void {
    this.#discards = true;
    this.#chunks = [];
    this.#done(why);
  }

  #whole(): Uint8Array {
    const chunks = this.#chunks;
    this.#chunks = [];
    return chunks.length === 1 ? (chunks[0] as Uint8Array) : Buffer.concat(chunks);
  }

  #refuse(): Fault {
    this.#discards = true;
    this.#chunks = [];
    return fault("too-large");
  }

  #done(body: Uint8Array | Fault): void {
    this.#cancelPatience?.();
    this.#cancelPatience = null;
    this.#settle?.(body);
    this.#settle = null;
  }

  #watch(bytesBefore: number): void {
    this.#cancelPatience = this.#context.scheduler.after(this.#context.patienceMs, () => {
      if (this.over || this.#settle === null) return;
      if (this.#receivedBytes - bytesBefore < BODY_PACE_BYTES) this.res.close();
      else this.#watch(this.#receivedBytes);
    });
  }

  #abort(): void {
    if (this.#aborted) return;
    this.#aborted = true;
    this.#done(fault("bad-request", "The request was cut off"));
    this.#aborter?.abort();
    this.finish();
  }
}
