// Owns the small port between the router and an HTTP server. Two adapters keep it: uws.ts
// (uWebSockets.js) and node.ts (node:http + ws); both pass test/contract/http-server.ts.

import type { Fault } from "../../base/faults.js";
import type { Scheduler } from "../../ports/clock.js";

export interface HttpRequest {
  /** Upper case. */
  readonly method: string;
  /** Percent-encoded path as sent, without the query. */
  readonly path: string;
  /** Without "?", as sent. */
  readonly query: string;
  /** Lower-case name; undefined if absent. */
  header(name: string): string | undefined;
  /** Address of the peer, or of the client behind trusted proxies; IPv6 in full, without brackets. */
  readonly remoteAddress: string;
  /** Reads the body; more than `limitBytes` answers the fault too-large and the rest is thrown away. */
  body(limitBytes: number): Promise<Uint8Array | Fault>;
  /** Aborted when the client goes away. */
  readonly gone: AbortSignal;
}

/** An open response that goes on: server-sent events, files. */
export interface ReplyStream {
  /** False if the client has not taken what was written before and the backlog is over its bound. */
  write(chunk: string | Uint8Array): boolean;
  /** Bytes written and not yet taken by the client. */
  backlog(): number;
  /** Resolves when the backlog is empty, or the client is gone. */
  drained(): Promise<void>;
  end(): void;
  onClose(closed: () => void): void;
}

export type HttpReply = {
  status: number;
  headers?: Record<string, string | readonly string[]>;
  /** Header lines written as they are, joined by CRLF: only for text that no request has touched. */
  fixedHead?: string;
  /** One buffer, or several to be sent one after the other. */
  body?: string | Uint8Array | readonly Uint8Array[];
  /** Instead of `body`: called once the head is sent. */
  stream?: (out: ReplyStream) => void;
};

export interface Socket {
  /** Sends a text frame. False if the socket is over its backlog bound (the caller should close it). */
  send(text: string | Uint8Array): boolean;
  backlog(): number;
  /** Sends a ping frame; `pong` of the handlers is called when it is answered. */
  ping(): void;
  /** Says good-bye; a client that does not take it loses the connection soon after. */
  close(code: number, reason: string): void;
  /** Ends the connection at once, without a close frame. `close` of the handlers is called. */
  drop(): void;
}

export type SocketHandlers = {
  open(socket: Socket): void;
  /** `data` is valid only until this returns: copy what is kept. */
  message(socket: Socket, data: Uint8Array, binary: boolean): void;
  pong?(socket: Socket): void;
  /** Once for each socket that was opened. The socket must not be used any more. */
  close(socket: Socket, code: number): void;
};

/** Answer to an upgrade: refuse with an HTTP reply, or accept with handlers of this one socket. */
export type UpgradeAnswer =
  | { refuse: HttpReply }
  | { accept: SocketHandlers; protocol?: string; headers?: Record<string, string> };

export type ServerOptions = {
  host: string;
  /** 0 lets the system choose. */
  port: number;
  /** Peers whose X-Forwarded-For and X-Forwarded-Proto are believed (addresses or CIDR). */
  trustedProxies: readonly string[];
  handle: (request: HttpRequest) => Promise<HttpReply> | HttpReply;
  upgrade: (request: HttpRequest) => Promise<UpgradeAnswer> | UpgradeAnswer;
  /** Backlog bytes above which `write` and `send` answer false. */
  socketBacklogMaxBytes: number;
  scheduler: Scheduler;
  /** Largest frame a client may send, in bytes; a larger one closes the socket. Default 16,384. */
  frameMaxBytes?: number;
  /** A body that brings less than 1 KiB in this time is cut off. Default 10,000. */
  bodyPatienceMs?: number;
};

export interface HttpServer {
  readonly port: number;
  /** Which adapter it is. */
  readonly kind: "uws" | "node";
  /** Stops accepting, lets running requests end (at most `graceMs`), closes sockets with 1001. */
  close(graceMs: number): Promise<void>;
}
