// Owns writing replies through uWebSockets.js: the headers in one block, and streams. The library
// sends what it could not write at once by itself, but does not tell when it has; so a stream keeps
// its own queue in front of the library and looks again after a short while.

import { safeValue } from "./headers.js";
import { statusLine } from "./reply.js";
import type { HttpReply, ReplyStream, ServerOptions } from "./server.js";
import type { Exchange } from "./uws-exchange.js";

/** How long a stream waits before it tries a client again that was too slow: longer each time. */
const RETRY_MS_MIN = 10;
const RETRY_MS_MAX = 500;
/** Largest piece that is handed to the library at once, so that little waits out of our sight. */
const PIECE_BYTES = 16_384;
/** What a client that was too slow is tried with. */
const PROBE_BYTES = 64;

/** All headers as the name and value of the first, whose value goes on with the others' lines. */
export function headerBlock(
  reply: HttpReply,
  length: string | null = null,
): { name: string; rest: string } | null {
  let name = length === null ? "" : "content-length";
  let rest = length ?? "";
  const headers = reply.headers;
  for (const key in headers) {
    // The library writes these itself.
    if (key === "content-length" || key === "transfer-encoding") continue;
    const value = headers[key] as string | readonly string[];
    for (const one of typeof value === "string" ? [value] : value) {
      if (name !== "") rest += `\r\n${key}: ${safeValue(one)}`;
      else {
        name = key;
        rest = safeValue(one);
      }
    }
  }
  const { fixedHead } = reply;
  if (fixedHead === undefined) return name === "" ? null : { name, rest };
  if (name !== "") return { name, rest: `${rest}\r\n${fixedHead}` };
  const colon = fixedHead.indexOf(": ");
  return { name: fixedHead.slice(0, colon), rest: fixedHead.slice(colon + 2) };
}

/** Sends the head and hands the open response to the reply's `stream`. */
export function startStream(
  exchange: Exchange,
  reply: HttpReply,
  options: ServerOptions,
  hangUp: boolean,
): void {
  const { res } = exchange;
  const block = headerBlock(reply);
  res.cork(() => {
    res.writeStatus(statusLine(reply.status));
    if (block !== null) res.writeHeader(block.name, block.rest);
  });
  reply.stream?.(new UwsStream(exchange, options, hangUp));
}

/**
 * `write` of the library answers false when the client is behind, and keeps the rest. From then on
 * everything waits here, and small probes find out when the client has caught up; so at most one
 * piece and some probes wait inside the library.
 */
class UwsStream implements ReplyStream {
  readonly #exchange: Exchange;
  readonly #options: ServerOptions;
  readonly #hangUp: boolean;
  #queue: Uint8Array[] = [];
  #queuedBytes = 0;
  #isBehind = false;
  #retryMs = RETRY_MS_MIN;
  #ended = false;
  #waiting: (() => void)[] = [];
  #closed: (() => void)[] = [];
  #cancelRetry: (() => void) | null = null;

  constructor(exchange: Exchange, options: ServerOptions, hangUp: boolean) {
    this.#exchange = exchange;
    this.#options = options;
    this.#hangUp = hangUp;
    exchange.onOver(() => this.#over());
  }

  write(chunk: string | Uint8Array): boolean {
    if (this.#exchange.over || this.#ended) return false;
    const bytes = typeof chunk === "string" ? Buffer.from(chunk) : chunk;
    if (bytes.length > 0) {
      this.#queue.push(bytes);
      this.#queuedBytes += bytes.length;
      if (this.#cancelRetry === null) this.#pump();
    }
    return this.#queuedBytes <= this.#options.socketBacklogMaxBytes;
  }

  backlog(): number {
    return this.#queuedBytes;
  }

  drained(): Promise<void> {
    if (this.#exchange.over || this.#queuedBytes === 0) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  end(): void {
    if (this.#exchange.over || this.#ended) return;
    this.#ended = true;
    if (this.#queue.length === 0) this.#finish();
  }

  onClose(closed: () => void): void {
    if (this.#exchange.over) closed();
    else this.#closed.push(closed);
  }

  /** Hands pieces to the library until it says that the client is behind. */
  #pump(): void {
    while (this.#queue.length > 0) {
      const piece = this.#take(this.#isBehind ? PROBE_BYTES : PIECE_BYTES);
      let accepted = false;
      this.#exchange.res.cork(() => {
        accepted = this.#exchange.res.write(piece);
      });
      if (this.#exchange.over) return;
      if (!accepted) {
        this.#retryMs = this.#isBehind ? Math.min(this.#retryMs * 2, RETRY_MS_MAX) : RETRY_MS_MIN;
        this.#isBehind = true;
        if (this.#queue.length > 0) this.#retryLater();
        break;
      }
      this.#isBehind = false;
    }
    if (this.#queue.length > 0) return;
    if (this.#ended) this.#finish();
    else for (const resolve of this.#waiting.splice(0)) resolve();
  }

  #take(bytesMax: number): Uint8Array {
    const first = this.#queue[0] as Uint8Array;
    if (first.length <= bytesMax) this.#queue.shift();
    else this.#queue[0] = first.subarray(bytesMax);
    const piece = first.subarray(0, bytesMax);
    this.#queuedBytes -= piece.length;
    return piece;
  }

  #retryLater(): void {
    this.#cancelRetry = this.#options.scheduler.after(this.#retryMs, () => {
      this.#cancelRetry = null;
      if (!this.#exchange.over) this.#pump();
    });
  }

  #finish(): void {
    const { res } = this.#exchange;
    this.#exchange.finish();
    res.cork(() => res.end(undefined, this.#hangUp));
  }

  #over(): void {
    this.#cancelRetry?.();
    this.#queue = [];
    this.#queuedBytes = 0;
    for (const resolve of this.#waiting.splice(0)) resolve();
    for (const closed of this.#closed.splice(0)) closed();
  }
}
