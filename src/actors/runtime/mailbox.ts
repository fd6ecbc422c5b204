// Owns the messages waiting for one cell: bounded, in order of arrival. nact's own queue has no
// bound and is lost with its actor, so it carries wake-ups only, and the messages wait here.

import type { CellRef } from "../../ports/actors.js";
import type { Origin } from "./envelope.js";

export interface Message {
  readonly to: CellRef;
  /** The command as JSON text, as it crosses between nodes. */
  readonly text: string;
  /** Null for a command of the edges. */
  readonly origin: Origin | null;
  /** True once there is an answer, or nobody waits for one any more. */
  readonly answered: boolean;
  /** The asker also waits, for a while, until the told cells have answered. */
  readonly settles?: boolean;
  /** The reply that will be given when they have; what it says is durable. */
  almost?(text: string): void;
  /** Gives the encoded reply. The first answer counts, later ones are passed over. */
  answer(text: string): void;
}

export class Mailbox {
  #waiting: Message[] = [];

  get size(): number {
    return this.#waiting.length;
  }

  push(message: Message): void {
    this.#waiting.push(message);
  }

  /**
   * The oldest messages, at most `limit`. Those that nobody waits for any more are dropped on the
   * way: their asker was told that the outcome is unknown. Told commands are always kept.
   */
  take(limit: number): Message[] {
    const taken = this.#waiting.length <= limit ? this.#waiting : this.#waiting.splice(0, limit);
    if (taken === this.#waiting) this.#waiting = [];
    return taken.some(isStale) ? taken.filter((message) => !isStale(message)) : taken;
  }
}

const isStale = (message: Message): boolean => message.answered && message.origin === null;
