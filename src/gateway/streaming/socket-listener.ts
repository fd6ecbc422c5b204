// Owns one WebSocket of a client: the streams it asked for, its pings, and the end of one that is
// too slow, silent or no longer allowed. Kept small, for there are many.

import type { Auth } from "../http/route.js";
import type { Socket, SocketHandlers } from "../http/server.js";
import type { Hub, Listener, Subscription } from "./hub.js";
import type { Listeners } from "./listeners.js";
import type { Push } from "./push.js";
import {
  BROKEN_INSIDE,
  FOREIGN_LIST,
  isProblem,
  mayStream,
  readStream,
  SMALL_SCOPE,
  type Stream,
  type StreamProblem,
} from "./stream-names.js";
import type { OnWheel, Wheel } from "./wheel.js";

/** Close codes: the client broke a rule, sent what is not understood, or should come back later. */
const POLICY = 1008;
const NOT_TEXT = 1003;
const TRY_LATER = 1013;

export const SUBSCRIPTIONS_MAX = 64;

/** What the sockets of a server share. */
export type SocketContext = {
  hub: Hub;
  listeners: Listeners;
  pings: Wheel<SocketListener>;
  /** Whether the list is the account's own. */
  ownsList: (accountId: string, listId: string) => Promise<boolean>;
  subscriptionsMax: number;
  failed: (error: unknown) => void;
};

type Asked = { stream: string; tag?: string | undefined; list?: string | undefined };

const TOO_MANY: StreamProblem = { error: "Too many subscriptions", status: 400 };
const decoder = new TextDecoder();

export class SocketListener implements Listener, SocketHandlers, OnWheel {
  readonly auth: Auth;
  wheelPlace = 0;
  readonly #context: SocketContext;
  #socket: Socket | null = null;
  #subscriptions: Subscription[] = [];
  /** List streams whose owner is being looked up. */
  #pending: Stream[] = [];
  /** Until it is open: what to begin with, and when the token was looked at. */
  #start: { asked: Asked | null; mark: number } | null;
  #answered = true;

  constructor(context: SocketContext, auth: Auth, start: { asked: Asked | null; mark: number }) {
    this.#context = context;
    this.auth = auth;
    this.#start = start;
  }

  get accountId(): string {
    return this.auth.accountId ?? "";
  }

  open(socket: Socket): void {
    const start = this.#start;
    this.#start = null;
    if (start === null || this.#context.listeners.isRevokedSince(start.mark, this.auth)) {
      socket.close(POLICY, "The access token was revoked");
      return;
    }
    this.#socket = socket;
    this.#context.listeners.add(this);
    this.#context.pings.add(this);
    if (start.asked !== null) this.#subscribe(start.asked);
  }

  message(socket: Socket, data: Uint8Array, binary: boolean): void {
    this.#answered = true;
    if (binary) {
      this.#end(NOT_TEXT, "Only text is understood");
      socket.close(NOT_TEXT, "Only text is understood");
      return;
    }
    const control = readControl(decoder.decode(data));
    if (control === null) return;
    if (control.type === "subscribe") this.#subscribe(control.asked);
    else this.#unsubscribe(control.asked);
  }

  pong(): void {
    this.#answered = true;
  }

  close(): void {
    this.#socket = null;
    this.#leave();
  }

  /** Once a turn: asks whether the client is there, or ends what did not answer last time. */
  visit(): void {
    const socket = this.#socket;
    if (socket === null) return;
    if (!this.#answered) {
      this.#socket = null;
      this.#leave();
      socket.drop();
      return;
    }
    this.#answered = false;
    socket.ping();
  }

  deliver(push: Push, stream: Stream): void {
    if (this.#socket === null) return;
    if (!this.#socket.send(push.frame(stream.label))) {
      this.#end(TRY_LATER, "Too slow: connect again and fetch what was missed");
    }
  }

  revoke(): void {
    this.#end(POLICY, "The access token was revoked");
  }

  /** The server stops. */
  goAway(): void {
    this.#end(1001, "The server is going away");
  }

  #end(code: number, reason: string): void {
    const socket = this.#socket;
    this.#socket = null;
    this.#leave();
    socket?.close(code, reason);
  }

  #leave(): void {
    for (const subscription of this.#subscriptions) this.#context.hub.remove(subscription);
    this.#subscriptions = [];
    this.#pending = [];
    this.#context.listeners.remove(this);
    this.#context.pings.remove(this);
  }

  #subscribe(asked: Asked): void {
    const stream = readStream(asked, this.accountId);
    const count = this.#subscriptions.length + this.#pending.length;
    if (isProblem(stream)) this.#complain(stream);
    else if (!mayStream(this.auth.scopes, stream.kind)) this.#complain(SMALL_SCOPE);
    else if (this.#has(stream)) return;
    else if (count >= this.#context.subscriptionsMax) this.#complain(TOO_MANY);
    else if (stream.listId === null) this.#add(stream);
    else this.#addOwnList(stream, stream.listId);
  }

  #addOwnList(stream: Stream, listId: string): void {
    this.#pending.push(stream);
    this.#context.ownsList(this.accountId, listId).then(
      (isOwn) => {
        // No longer there: it was unsubscribed from, or the socket closed, in the meantime.
        if (!this.#forget(stream)) return;
        if (isOwn) this.#add(stream);
        else this.#complain(FOREIGN_LIST);
      },
      (error) => {
        this.#context.failed(error);
        if (this.#forget(stream)) this.#complain(BROKEN_INSIDE);
      },
    );
  }

  #forget(stream: Stream): boolean {
    const at = this.#pending.indexOf(stream);
    if (at !== -1) this.#pending.splice(at, 1);
    return at !== -1;
  }

  #add(stream: Stream): void {
    const subscription = { listener: this, stream };
    this.#subscriptions.push(subscription);
    this.#context.hub.add(subscription);
  }

  #has(stream: Stream): boolean {
    return (
      this.#subscriptions.some((it) => isSame(it.stream, stream)) ||
      this.#pending.some((it) => isSame(it, stream))
    );
  }

  #unsubscribe(asked: Asked): void {
    const stream = readStream(asked, this.accountId);
    if (isProblem(stream)) {
      this.#complain(stream);
      return;
    }
    const pendingAt = this.#pending.findIndex((it) => isSame(it, stream));
    if (pendingAt !== -1) this.#pending.splice(pendingAt, 1);
    const at = this.#subscriptions.findIndex((it) => isSame(it.stream, stream));
    const [subscription] = at === -1 ? [] : this.#subscriptions.splice(at, 1);
    if (subscription !== undefined) this.#context.hub.remove(subscription);
  }

  #complain(problem: StreamProblem): void {
    if (this.#socket?.send(JSON.stringify(problem)) === false) {
      this.#end(TRY_LATER, "Too slow: connect again and fetch what was missed");
    }
  }
}

const isSame = (a: Stream, b: Stream): boolean => a.kind === b.kind && a.channel === b.channel;

type Control = { type: "subscribe" | "unsubscribe"; asked: Asked };

/** What the frame asks for; null for what is to be ignored. */
function readControl(text: string): Control | null {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return null;
  }
  if (typeof parsed !== "object" || parsed === null) return null;
  const { type, stream, tag, list } = parsed as Record<string, unknown>;
  if (type !== "subscribe" && type !== "unsubscribe") return null;
  return { type, asked: { stream: textOf(stream) ?? "", tag: textOf(tag), list: textOf(list) } };
}

/** Clients send ids as text or number, and some send a list with one name in it. */
function textOf(value: unknown): string | undefined {
  if (Array.isArray(value)) return textOf(value[0]);
  if (typeof value === "number") return String(value);
  return typeof value === "string" ? value : undefined;
}
