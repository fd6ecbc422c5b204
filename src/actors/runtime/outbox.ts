// Owns the durable effects of one cell from the moment their facts are durable until they are done.
// Each destination has a lane: in order, one at a time, so a receiver that keeps the newest
// (seq, n) of each sender can tell repeats. A lane that fails waits by itself, longer each time;
// the others go on. `doneUpTo` is the cursor: the newest fact up to which all effects are done. It
// is written by the cell, lazily, so after a crash some effects are done again, never skipped.
// Needs: a send that answers null or the fault that the other side answered.

import type { Fault } from "../../base/faults.js";
import type { Random, Scheduler } from "../../ports/clock.js";
import { cellKey, type OutEffect } from "./envelope.js";

const BACKOFF_MIN_MS = 20;
const BACKOFF_MAX_MS = 30_000;

/** Faults that say "not now": the effect stays and is sent again. Any other answer is an answer. */
const NOT_NOW: ReadonlySet<Fault["fault"]> = new Set<Fault["fault"]>([
  "mailbox-full",
  "timeout",
  "stopping",
  "fence-lost",
  "store-busy",
  "store-full",
  "store-unavailable",
  "internal",
]);

export const isNotNow = (it: Fault): boolean => NOT_NOW.has(it.fault);

/** Milliseconds to wait before attempt number `attempt` (1 for the first repeat). */
export function backoffMs(attempt: number, random: Random): number {
  const full = Math.min(BACKOFF_MAX_MS, BACKOFF_MIN_MS * 2 ** Math.min(attempt - 1, 20));
  return full * (0.5 + random.next() / 2);
}

export type OutboxDeps = {
  scheduler: Scheduler;
  random: Random;
  lanesMax: number;
  /** Does one effect. `attempt` is 1 at first. Null when done; never rejects. */
  send(item: OutEffect, attempt: number): Promise<null | Fault>;
  /** Called whenever the last effect is done. */
  emptied(): void;
};

type Entry = { readonly item: OutEffect; done: boolean; readonly whenDone: (() => void) | null };
type Lane = { readonly entries: Entry[]; head: number; attempt: number };

export class Outbox {
  readonly #deps: OutboxDeps;
  readonly #lanes = new Map<string, Lane>();
  /** All entries in order of their facts, from the first that is not done. */
  #entries: Entry[] = [];
  #head = 0;
  #undone = 0;
  /** Lanes that are sending, and those that may when one of them ends. */
  #sending = 0;
  readonly #ready: Lane[] = [];
  readonly #timers = new Set<() => void>();
  #stopped = false;

  constructor(deps: OutboxDeps) {
    this.#deps = deps;
  }

  /** Effects not yet done. */
  get size(): number {
    return this.#undone;
  }

  /** The newest fact up to which all effects are done; `durableSeq` if none is left. */
  doneUpTo(durableSeq: number): number {
    const first = this.#entries[this.#head];
    return first === undefined ? durableSeq : first.item.seq - 1;
  }

  /** What is not done, in order. */
  pending(): OutEffect[] {
    return this.#entries.filter((entry) => !entry.done).map((entry) => entry.item);
  }

  /** Takes effects whose facts are durable and begins to send them. In order of their facts. */
  add(items: readonly OutEffect[], whenDone?: ReadonlyMap<OutEffect, () => void>): void {
    for (const item of items) {
      const entry = { item, done: false, whenDone: whenDone?.get(item) ?? null };
      this.#entries.push(entry);
      this.#undone++;
      const name = laneOf(item);
      const lane = this.#lanes.get(name);
      if (lane !== undefined) lane.entries.push(entry);
      else {
        const fresh = { entries: [entry], head: 0, attempt: 0 };
        this.#lanes.set(name, fresh);
        this.#ready.push(fresh);
      }
    }
    this.#pump();
  }

  /** Sends nothing more. What is under way may still arrive; its answer is passed over. */
  stop(): void {
    this.#stopped = true;
    for (const cancel of this.#timers) cancel();
    this.#timers.clear();
  }

  #pump(): void {
    while (!this.#stopped && this.#sending < this.#deps.lanesMax) {
      const lane = this.#ready.shift();
      if (lane === undefined) return;
      this.#sending++;
      void this.#sendHead(lane);
    }
  }

  async #sendHead(lane: Lane): Promise<void> {
    const entry = lane.entries[lane.head];
    if (entry === undefined) return;
    const answer = await this.#deps.send(entry.item, lane.attempt + 1);
    this.#sending--;
    if (this.#stopped) return;
    if (answer !== null && isNotNow(answer)) this.#later(lane);
    else this.#done(lane, entry);
    this.#pump();
  }

  #done(lane: Lane, entry: Entry): void {
    entry.done = true;
    entry.whenDone?.();
    this.#undone--;
    lane.attempt = 0;
    lane.head++;
    if (lane.head < lane.entries.length) this.#ready.push(lane);
    else this.#lanes.delete(laneOf(entry.item));
    if (lane.head > 64 && lane.head * 2 > lane.entries.length) {
      lane.entries.splice(0, lane.head);
      lane.head = 0;
    }
    while (this.#entries[this.#head]?.done === true) this.#head++;
    if (this.#head > 64 || this.#undone === 0) {
      this.#entries = this.#entries.slice(this.#head);
      this.#head = 0;
    }
    if (this.#undone === 0) this.#deps.emptied();
  }

  #later(lane: Lane): void {
    lane.attempt++;
    const cancel = this.#deps.scheduler.after(backoffMs(lane.attempt, this.#deps.random), () => {
      this.#timers.delete(cancel);
      this.#ready.push(lane);
      this.#pump();
    });
    this.#timers.add(cancel);
  }
}

const laneOf = (item: OutEffect): string =>
  "to" in item ? cellKey(item.to) : `!${item.effect.ask}`;
