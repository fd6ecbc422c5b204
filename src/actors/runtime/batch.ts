// Owns what one turn decides: the messages taken, the facts and changes to append together, the
// effects and replies that wait for them. Deciding is here too: needs, then one message after another.

import { assert } from "../../base/assert.js";
import type { Change, Store } from "../../ports/storage.js";
import type { Need } from "../behaviour.js";
import type { Core } from "./core.js";
import type { OutEffect, Performed } from "./envelope.js";
import { encodeFault } from "./local-transport.js";
import type { Message } from "./mailbox.js";
import { BatchReads, NO_READS, type Overlay } from "./overlay.js";
import type { Supervision, Suspect } from "./supervision.js";

export class Batch {
  readonly afterSeq: number;
  readonly facts: string[] = [];
  readonly changes: Change[] = [];
  readonly durable: OutEffect[] = [];
  readonly once: Performed[] = [];
  /** The changes as later reads of the same cell must see them; null if it reads nothing. */
  readonly overlay: Overlay | null;
  #messages: readonly Message[] = [];
  readonly #replies: string[] = [];
  readonly #repliesTo: Message[] = [];
  /** What to do when an effect is done: for replies that wait for it. */
  readonly whenDone = new Map<OutEffect, () => void>();
  #settling: Set<Message> | null = null;

  constructor(afterSeq: number, overlay: Overlay | null) {
    this.afterSeq = afterSeq;
    this.overlay = overlay;
  }

  /** Messages that wait for this batch. */
  get size(): number {
    return this.#messages.length;
  }

  /** The messages that get a fault if the batch fails. */
  hold(messages: readonly Message[]): void {
    this.#messages = messages;
  }

  reply(message: Message, text: string, effects: readonly OutEffect[] = []): void {
    this.#repliesTo.push(message);
    this.#replies.push(text);
    if (message.settles === true && effects.length > 0) this.#settle(message, text, effects);
  }

  /** Has the reply wait until every told cell has answered. */
  #settle(message: Message, text: string, effects: readonly OutEffect[]): void {
    const tells = effects.filter((effect) => "to" in effect);
    let left = tells.length;
    if (left === 0) return;
    this.#settling ??= new Set();
    this.#settling.add(message);
    for (const tell of tells) {
      this.whenDone.set(tell, () => {
        if (--left === 0) message.answer(text);
      });
    }
  }

  /** Gives the replies, in the order in which they were decided. */
  giveReplies(): void {
    for (const [at, message] of this.#repliesTo.entries()) {
      const text = this.#replies[at] ?? "";
      if (this.#settling?.has(message) === true) message.almost?.(text);
      else message.answer(text);
    }
    this.#messages = [];
  }

  answerAll(text: string): void {
    for (const message of this.#messages) message.answer(text);
    this.#messages = [];
  }
}

export type DecideTools = {
  cell: string;
  core: Core;
  needsMax: number;
  /** Changes of the append in flight when the batch began. */
  older: Overlay | null;
  store: Pick<Store, "records" | "collections">;
  supervision: Supervision;
  nowMs: () => number;
  nextId: () => string;
  /** True if the cell has ended while something was read: nothing is decided after that. */
  isOver: () => boolean;
};

type Parsed = { message: Message; command: unknown };

/**
 * Decides the messages into the batch, in order. If one spoils the core, deciding ends there: `rest`
 * are the messages after it, not decided.
 */
export async function decideAll(
  tools: DecideTools,
  batch: Batch,
  messages: readonly Message[],
): Promise<{ spoiled: boolean; rest: readonly Message[] }> {
  batch.hold(messages);
  const { older, store } = tools;
  const newer = batch.overlay;
  const reads = newer === null ? null : new BatchReads(store, { older, newer });
  const parsed = messages.map((message) => parse(tools, message));
  if (reads !== null && !(await readAhead(tools, reads, parsed))) {
    for (const message of messages) batch.reply(message, encodeFault("store-unavailable"));
    return { spoiled: false, rest: [] };
  }
  if (tools.isOver()) return { spoiled: false, rest: [] };
  const context = { nowMs: tools.nowMs(), reads: reads ?? NO_READS, nextId: tools.nextId };
  for (const [at, it] of parsed.entries()) {
    if (it === null || tools.supervision.isParked(() => suspectOf(tools.cell, it.message))) {
      const message = messages[at];
      if (it !== null && message !== undefined) batch.reply(message, encodeFault("poisoned"));
      continue;
    }
    if (reads !== null && !(await readFor(tools, { batch, reads, it }))) continue;
    if (tools.isOver()) break;
    const handled = tools.core.handle(it.command, it.message.origin, context);
    if ("threw" in handled) {
      report(tools, it.message, handled.threw);
      if (!handled.spoiled) continue;
      batch.hold(messages.slice(0, at));
      return { spoiled: true, rest: messages.slice(at + 1) };
    }
    if (handled.facts.length > 0) take(batch, handled);
    batch.reply(it.message, handled.reply, handled.durable);
  }
  return { spoiled: false, rest: [] };
}

function take(batch: Batch, handled: Pick<Batch, "facts" | "changes" | "durable" | "once">): void {
  for (const fact of handled.facts) batch.facts.push(fact);
  for (const change of handled.changes) batch.changes.push(change);
  for (const effect of handled.durable) batch.durable.push(effect);
  for (const effect of handled.once) batch.once.push(effect);
  batch.overlay?.apply(handled.changes);
}

function parse(tools: DecideTools, message: Message): Parsed | null {
  try {
    return { message, command: JSON.parse(message.text) };
  } catch (error) {
    report(tools, message, error);
    return null;
  }
}

/** Reads what all messages need, as far as the state before the batch can say. */
async function readAhead(
  tools: DecideTools,
  reads: BatchReads,
  parsed: readonly (Parsed | null)[],
): Promise<boolean> {
  const needs: Need[] = [];
  for (const it of parsed) {
    try {
      if (it !== null) needs.push(...needsOf(tools, it));
    } catch {
      // It throws again at its turn, and is reported then.
    }
  }
  return fetched(reads, needs);
}

/** Reads what one message needs beyond that. If it cannot, answers it and says false. */
async function readFor(
  tools: DecideTools,
  one: { batch: Batch; reads: BatchReads; it: Parsed },
): Promise<boolean> {
  let needs: readonly Need[];
  try {
    needs = needsOf(tools, one.it);
  } catch (error) {
    report(tools, one.it.message, error);
    return false;
  }
  if (!one.reads.lacks(needs) || (await fetched(one.reads, needs))) return true;
  one.batch.reply(one.it.message, encodeFault("store-unavailable"));
  return false;
}

function needsOf(tools: DecideTools, it: Parsed): readonly Need[] {
  const needs = tools.core.needs(it.command);
  assert(needs.length <= tools.needsMax, "a command needs at most needsMax reads");
  return needs;
}

async function fetched(reads: BatchReads, needs: readonly Need[]): Promise<boolean> {
  if (needs.length === 0) return true;
  try {
    await reads.fetch(needs);
    return true;
  } catch {
    return false;
  }
}

function report(tools: DecideTools, message: Message, error: unknown): void {
  const answered = tools.supervision.threw(suspectOf(tools.cell, message), error);
  void answered.then((text) => message.answer(text));
}

function suspectOf(cell: string, message: Message): Suspect {
  const { origin, text } = message;
  if (origin === null) return { cell, name: "asked", text };
  return { cell, name: `told ${origin.from} ${origin.seq} ${origin.n}`, text };
}
