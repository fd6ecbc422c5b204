// Owns the road of a message inside one process. Commands and replies cross as JSON text, encoded
// once by the sender and decoded once by the receiver, so that what cannot cross a wire (a Map, a
// class, a bigint, a shared object) fails on a laptop and not first in a cluster.

import { type Fault, fault } from "../../base/faults.js";
import type { Message } from "./mailbox.js";

export interface Transport {
  /** Carries the message to where its cell is hosted. It may be lost, late or doubled on the way. */
  send(message: Message): void;
}

/** The road to cells of this process. `receive` is the host's. */
export function createLocalTransport(receive: (message: Message) => void): Transport {
  return { send: receive };
}

/** The command's text. Throws for what JSON cannot say (a cycle, a bigint): our own mistake. */
export const encodeCommand = (command: { type: string }): string => JSON.stringify(command);

/** The reply's text; no reply is null. */
export const encodeReply = (reply: unknown): string =>
  reply === undefined || reply === null ? "null" : JSON.stringify(reply);

export const decodeReply = (text: string): unknown => (text === "null" ? null : JSON.parse(text));

/** A fault's text. What was thrown goes along as its cause, for the log of the other side. */
export function encodeFault(tag: Fault["fault"], cause?: string): string {
  return JSON.stringify(cause === undefined ? fault(tag) : fault(tag, undefined, { cause }));
}
