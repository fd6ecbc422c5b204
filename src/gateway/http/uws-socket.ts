// Owns a WebSocket as uWebSockets.js serves it.

import type * as Uws from "uwebsockets";
import type { ServerOptions, Socket, SocketHandlers } from "./server.js";

/** uWebSockets answers 1 for a message that is on its way, 0 for one that waits, 2 for one dropped. */
const SENT = 1;
const DROPPED = 2;
/** What may wait beyond the bound: the frame that reaches it, and the good-bye. */
const HEADROOM_BYTES = 262_144;

/** What the library keeps with a socket. It copies own properties only: hence the holder. */
export type SocketData = { held: UwsSocket };

export class UwsSocket implements Socket {
  readonly handlers: SocketHandlers;
  /** Null before it is open and after it was closed. */
  ws: Uws.WebSocket<SocketData> | null = null;

  readonly #backlogMaxBytes: number;

  constructor(handlers: SocketHandlers, backlogMaxBytes: number) {
    this.handlers = handlers;
    this.#backlogMaxBytes = backlogMaxBytes;
  }

  send(text: string | Uint8Array): boolean {
    if (this.ws === null) return false;
    const sent = this.ws.send(text, false, false);
    if (sent === SENT) return true;
    return sent !== DROPPED && this.ws.getBufferedAmount() <= this.#backlogMaxBytes;
  }

  backlog(): number {
    return this.ws?.getBufferedAmount() ?? 0;
  }

  ping(): void {
    this.ws?.ping();
  }

  close(code: number, reason: string): void {
    this.ws?.end(code, reason);
  }

  drop(): void {
    this.ws?.close();
  }
}

/** What the library is told about sockets, beside the upgrade. */
export function behaviourOf(
  options: ServerOptions,
  library: typeof Uws,
  sockets: Set<UwsSocket>,
): Uws.WebSocketBehavior<SocketData> {
  return {
    compression: library.DISABLED,
    maxPayloadLength: options.frameMaxBytes ?? 16_384,
    maxBackpressure: options.socketBacklogMaxBytes + HEADROOM_BYTES,
    open(ws) {
      const socket = ws.getUserData().held;
      socket.ws = ws;
      sockets.add(socket);
      socket.handlers.open(socket);
    },
    message(ws, data, isBinary) {
      const socket = ws.getUserData().held;
      socket.handlers.message(socket, new Uint8Array(data), isBinary);
    },
    pong(ws) {
      const socket = ws.getUserData().held;
      socket.handlers.pong?.(socket);
    },
    close(ws, code) {
      const socket = ws.getUserData().held;
      socket.ws = null;
      sockets.delete(socket);
      socket.handlers.close(socket, code);
    },
  };
}
