// Owns the cells of one process: finds or brings back the cell of a message, lets idle ones go,
// brings those back that may have effects to do, and stops. Promises the port `Actors`. Needs a
// store, places for the cells to run in (nact.ts), and the meaning of the effects. Stops after the
// edges (they ask) and before the store (it writes).

import { type Fault, fault, isFault } from "../../base/faults.js";
import type { Ids } from "../../base/ids.js";
import type { Actors, CellRef } from "../../ports/actors.js";
import type { Clock, Random, Scheduler } from "../../ports/clock.js";
import type { Store } from "../../ports/storage.js";
import { Cell, type CellDeps, type CellOwner } from "./cell.js";
import type { AnyBehaviour } from "./core.js";
import { Deadlines, type Late } from "./deadlines.js";
import { cellKey, cellRefOf, type Origin, type OutEffect, type Performed } from "./envelope.js";
import { RUNTIME_LIMITS, type RuntimeLimits } from "./limits.js";
import {
  createLocalTransport,
  decodeReply,
  encodeCommand,
  encodeFault,
  encodeReply,
  type Transport,
} from "./local-transport.js";
import type { Log } from "./log.js";
import type { Message } from "./mailbox.js";
import { outboxOf } from "./marker.js";
import { Outbox } from "./outbox.js";
import { Residents } from "./passivation.js";
import type { Places } from "./places.js";
import { Recoveries } from "./recoveries.js";
import { SHARDS, shardOf } from "./shard.js";
import { Supervision } from "./supervision.js";

/** Cells of one outbox collection read at once. */
const OUTBOX_PAGE = 500;
/** Shards whose outboxes are read before the outside is looked at again. */
const SHARDS_AT_ONCE = 64;
/** How often a stopping host looks whether all is done. */
const STOPPING_LOOK_MS = 10;

export type HostOptions = {
  store: Store;
  behaviours: readonly AnyBehaviour[];
  clock: Clock;
  scheduler: Scheduler;
  random: Random;
  ids: Ids;
  /** Where cells run. The host stops it. */
  places: Places;
  /** Runs its argument after the outside was looked at (setImmediate). */
  defer: (run: () => void) => void;
  /** Does an effect. Null when done; a fault that says "not now" keeps a durable effect for later. */
  perform: (effect: Performed, from: CellRef) => Promise<null | Fault>;
  log: Log;
  /** Proves that this process may write (epoch.ts), or a shard's own. */
  epoch: number | ((shard: number) => number);
  limits?: Partial<RuntimeLimits>;
  /** Carries messages to where their cells are; without it, all cells are here. */
  transport?: (receive: (message: Message) => void) => Transport;
};

export interface ActorHost extends Actors, AsyncDisposable {
  /** Takes a message for a cell that is hosted here; answers it in any case, sooner or later. */
  receive(message: Message): void;
  /**
   * Brings back every cell of the shards (all, if none are named) that may have effects to do.
   * Answers how many. Rejects if the store cannot be read.
   */
  recoverOutboxes(shards?: Iterable<number>): Promise<number>;
  /** Live cells, their estimated memory in bytes, and cells waiting to come back. */
  resident(): { cells: number; bytes: number; waiting: number };
  /** Refuses new asks, finishes what is under way for at most `graceMs`, lets all cells go. */
  stop(graceMs: number): Promise<void>;
}

export function createActorHost(options: HostOptions): ActorHost {
  return new Host(options);
}

/** A message that somebody of this process waits for. */
class Waiting implements Message, Late {
  readonly to: CellRef;
  readonly text: string;
  readonly origin: Origin | null;
  readonly settles: boolean;
  answered = false;
  #later: ((text: string) => void) | null = null;
  #cancel: (() => void) | null = null;
  readonly #deadlines: Deadlines;
  readonly #tick: number;
  readonly #resolve: (text: string) => void;

  constructor(
    sent: {
      to: CellRef;
      text: string;
      origin: Origin | null;
      timeoutMs: number;
      settles?: boolean;
    },
    deadlines: Deadlines,
    resolve: (text: string) => void,
  ) {
    this.to = sent.to;
    this.text = sent.text;
    this.origin = sent.origin;
    this.settles = sent.settles === true;
    this.#deadlines = deadlines;
    this.#resolve = resolve;
    this.#tick = deadlines.add(this, sent.timeoutMs);
  }

  /** A reply that waits for others is given after `maxMs` in any case: it is durable. */
  settleWith(scheduler: Scheduler, maxMs: number): void {
    this.#later = (text) => {
      this.#cancel = scheduler.after(maxMs, () => this.answer(text));
    };
  }

  almost(text: string): void {
    this.#later?.(text);
  }

  answer(text: string): void {
    if (this.answered) return;
    this.answered = true;
    this.#cancel?.();
    this.#deadlines.met(this, this.#tick);
    this.#resolve(text);
  }

  late(): void {
    if (this.answered) return;
    this.answered = true;
    this.#resolve(encodeFault("timeout"));
  }
}

class Host implements ActorHost, CellOwner {
  readonly #options: HostOptions;
  readonly #limits: RuntimeLimits;
  readonly #behaviours: Map<string, AnyBehaviour>;
  readonly #residents: Residents;
  readonly #recoveries: Recoveries;
  readonly #deadlines: Deadlines;
  readonly #supervision: Supervision;
  readonly #transport: Transport;
  readonly #cellDeps: CellDeps;
  /** Cells whose mark can be dropped, by the two latest looks. */
  #quiet = new Set<Cell>();
  #quietBefore = new Set<Cell>();
  #quietTimer: (() => void) | null = null;
  #phase: "running" | "stopping" | "stopped" = "running";

  constructor(options: HostOptions) {
    this.#options = options;
    const { store, clock, log, defer, scheduler, random } = options;
    this.#limits = { ...RUNTIME_LIMITS, ...options.limits };
    this.#behaviours = new Map(options.behaviours.map((it) => [it.kind, it]));
    this.#residents = new Residents({ maxBytes: this.#limits.residentMaxBytes, defer });
    this.#deadlines = new Deadlines(scheduler);
    this.#recoveries = new Recoveries({
      atOnceMax: this.#limits.recoveriesMax,
      scheduler,
      random,
      bringBack: (key) => this.#wake(key),
    });
    const nextId = () => options.ids.next();
    const { throwsMax } = this.#limits;
    this.#supervision = new Supervision({ store, clock, nextId, throwsMax, log });
    const receive = (message: Message) => this.receive(message);
    this.#transport = (options.transport ?? createLocalTransport)(receive);
    this.#cellDeps = {
      store,
      places: options.places,
      limits: this.#limits,
      supervision: this.#supervision,
      log,
      nowMs: () => clock.nowMs(),
      nextId,
      defer,
      outboxFor: (from, emptied) => this.#outboxFor(from, emptied),
      performOnce: (effect, from) => void this.#performOnce(effect, from),
      owner: this,
    };
  }

  ask<Reply>(
    to: CellRef,
    command: { type: string },
    options?: { timeoutMs?: number; settle?: boolean },
  ): Promise<Reply | Fault> {
    const timeoutMs = options?.timeoutMs ?? this.#limits.askTimeoutMs;
    return new Promise((resolve) => {
      const settles = options?.settle === true;
      const sent = { to, text: encodeCommand(command), origin: null, timeoutMs, settles };
      const reply = (text: string) => resolve(decodeReply(text) as Reply | Fault);
      const waiting = new Waiting(sent, this.#deadlines, reply);
      if (settles) waiting.settleWith(this.#options.scheduler, this.#limits.settleMaxMs);
      this.#transport.send(waiting);
    });
  }

  receive(message: Message): void {
    if (this.#phase === "stopped" || (this.#phase === "stopping" && message.origin === null)) {
      message.answer(encodeReply(fault("stopping")));
      return;
    }
    const key = cellKey(message.to);
    const cell = this.#residents.get(key) ?? this.#activate(message.to);
    if (isFault(cell)) message.answer(encodeReply(cell));
    else cell.accept(message);
  }

  async recoverOutboxes(shards?: Iterable<number>): Promise<number> {
    let found = 0;
    let looked = 0;
    for (const shard of shards ?? Array(SHARDS).keys()) {
      if (++looked % SHARDS_AT_ONCE === 0) {
        await new Promise<void>((resume) => this.#options.defer(resume));
      }
      let above = "";
      for (;;) {
        if (this.#phase !== "running") return found;
        const page = { limit: OUTBOX_PAGE, above, from: "low" } as const;
        const members = await this.#options.store.collections.page(outboxOf(shard), page);
        for (const { member } of members) this.#recoveries.soon(member);
        found += members.length;
        const last = members.at(-1);
        if (last === undefined || members.length < OUTBOX_PAGE) break;
        above = last.rank;
      }
    }
    return found;
  }

  resident(): { cells: number; bytes: number; waiting: number } {
    const { size: cells, bytes } = this.#residents;
    return { cells, bytes, waiting: this.#recoveries.waiting };
  }

  async stop(graceMs: number): Promise<void> {
    if (this.#phase !== "running") return;
    this.#phase = "stopping";
    this.#recoveries.stop();
    this.#quietTimer?.();
    const looks = Math.ceil(graceMs / STOPPING_LOOK_MS);
    for (let look = 0; look < looks && this.#isBusy(look < looks / 4); look++) {
      await new Promise<void>((resume) => this.#options.scheduler.after(STOPPING_LOOK_MS, resume));
    }
    await Promise.all(this.#residents.all().map((cell) => cell.dropMark()));
    this.#phase = "stopped";
    for (const cell of this.#residents.all()) {
      cell.halt(fault("stopping"));
      this.#residents.remove(cell);
    }
    this.#deadlines.stop();
    this.#options.places.stop();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop(5_000);
  }

  opened(cell: Cell): void {
    this.#recoveries.done(cell.key);
  }

  ended(cell: Cell, why: Fault | null, waiting: Message[]): void {
    this.#residents.remove(cell);
    if (this.#phase === "stopped") {
      for (const message of waiting) message.answer(encodeReply(fault("stopping")));
      return;
    }
    if (why !== null) this.#options.log.warn("a cell ended", { cell: cell.key, why });
    const isLost = why?.fault === "fence-lost";
    // Refused while coming back: somebody else has the cell, and with it the effects. Otherwise
    // its journal may hold facts whose effects only a fresh cell can know.
    if (isLost && !cell.wasOpen) this.#recoveries.done(cell.key);
    else if (cell.wasOpen || this.#recoveries.awaits(cell.key)) this.#recoveries.later(cell.key);
    for (const message of waiting) {
      if (isLost) message.answer(encodeReply(why));
      else this.receive(message);
    }
  }

  quiet(cell: Cell): void {
    this.#quiet.add(cell);
    if (this.#phase !== "running") return;
    this.#quietTimer ??= this.#options.scheduler.after(this.#limits.markerIdleMs, () =>
      this.#dropMarks(),
    );
  }

  grew(bytes: number): void {
    this.#residents.grew(bytes);
  }

  #activate(to: CellRef): Cell | Fault {
    const behaviour = this.#behaviours.get(to.kind);
    if (behaviour === undefined) return fault("internal", undefined, { cause: "no such kind" });
    if (this.#residents.isFull || this.#recoveries.waiting >= this.#limits.recoveriesWaitingMax) {
      return fault("mailbox-full");
    }
    const { epoch: of } = this.#options;
    const epoch = typeof of === "number" ? of : of(shardOf(to.id));
    const cell = new Cell(this.#cellDeps, { ref: to, behaviour, epoch });
    this.#residents.add(cell);
    this.#recoveries.run(() => cell.open());
    return cell;
  }

  /** Brings a cell back that has no message, for its effects. False if there is no room now. */
  #wake(key: string): boolean {
    if (this.#phase !== "running" || this.#residents.get(key)?.wasOpen === true) {
      this.#recoveries.done(key);
      return true;
    }
    if (this.#residents.get(key) !== undefined) return true;
    return !isFault(this.#activate(cellRefOf(key)));
  }

  #isBusy(andEffects: boolean): boolean {
    return this.#residents.all().some((cell) => {
      const { messages, effects } = cell.load;
      return messages > 0 || (andEffects && effects > 0);
    });
  }

  #dropMarks(): void {
    this.#quietTimer = null;
    for (const cell of this.#quietBefore) void cell.dropMark();
    this.#quietBefore = this.#quiet;
    this.#quiet = new Set();
    if (this.#quietBefore.size === 0) return;
    this.#quietTimer = this.#options.scheduler.after(this.#limits.markerIdleMs, () =>
      this.#dropMarks(),
    );
  }

  #outboxFor(from: CellRef, emptied: () => void): Outbox {
    const { scheduler, random } = this.#options;
    const send = (item: OutEffect) => this.#do(item, from);
    return new Outbox({ scheduler, random, lanesMax: this.#limits.lanesMax, send, emptied });
  }

  async #do(item: OutEffect, from: CellRef): Promise<null | Fault> {
    if ("to" in item) return this.#tell(item, { from: cellKey(from), seq: item.seq, n: item.n });
    let answer: unknown;
    try {
      answer = await this.#options.perform(item.effect, from);
      if (!isFault(answer) || answer.fault !== "internal") return isFault(answer) ? answer : null;
    } catch (error) {
      answer = error;
    }
    const name = `performed ${item.seq} ${item.n}`;
    const suspect = { cell: cellKey(from), name, text: JSON.stringify(item.effect) };
    return faultIn(await this.#supervision.threw(suspect, answer));
  }

  async #tell(item: { to: CellRef; text: string }, origin: Origin): Promise<null | Fault> {
    const { to, text } = item;
    const timeoutMs = this.#limits.askTimeoutMs;
    const reply = await new Promise<string>((resolve) => {
      this.#transport.send(new Waiting({ to, text, origin, timeoutMs }, this.#deadlines, resolve));
    });
    return faultIn(reply);
  }

  async #performOnce(effect: Performed, from: CellRef): Promise<void> {
    try {
      const answer = await this.#options.perform(effect, from);
      if (answer !== null) throw new Error(answer.cause ?? answer.fault);
    } catch (error) {
      const fields = { cell: cellKey(from), effect: effect.ask, error: String(error) };
      this.#options.log.warn("a volatile effect was lost", fields);
    }
  }
}

/** The fault in a reply's text, or null if it is none. */
function faultIn(text: string): Fault | null {
  if (!text.startsWith('{"fault"')) return null;
  const reply = decodeReply(text);
  return isFault(reply) ? reply : null;
}
