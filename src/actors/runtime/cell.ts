// Owns one live actor, from its first message to the moment it is let go, stopped, or in doubt.
//
// What a cell is. A cell is the only writer of one journal. Its state is what the journal's facts
// add up to, plus the facts it has decided and not yet made durable. Nobody outside may learn
// anything from the second part: replies, refusals and effects all wait until the facts that they
// rest on are durable. So if the cell is lost at any moment, all that anyone was told is still true.
//
// One turn. Waiting messages are taken as a batch. Their needs are read in one go, and the cell's
// own undurable changes are laid over what was read. Then, one message after another: decide,
// evolve, index, react; all pure, all in memory (core.ts). The facts and changes of the whole batch
// go to the store as one append. When it is durable: effects are handed on, then replies are given,
// in order. While an append is in flight the next batch may be decided, not appended: at most one
// append is under way, and at most one batch stands behind it.
//
// Being in doubt. When an append fails, the state in memory may hold facts that are not in the
// journal, or the journal may even hold facts whose acknowledgement was lost. There is no repair:
// the cell ends, everyone who waited in the two batches gets the fault, and whoever comes next (or
// the host, if there may be effects to do) finds a fresh cell that begins with the journal. The
// same when evolve throws, for it may have changed half the state. Fence-lost means that another
// node holds the cell: then the waiting messages get that fault too, for they came to the wrong
// place. A cell object is never revived: `phase` only moves on.
//
// Effects. Durable effects go to the outbox after their facts are durable. The append that records
// them also leaves a mark in the shard's outbox collection (marker.ts), so that after a crash they
// are found and done again. A told command carries its origin (sender, seq, n); the receiver's facts
// keep it, and so a repeat is answered without being decided again.
//
// Turns never overlap: places.ts promises it and `#inTurn` asserts it. What is not in a turn (an
// acknowledged append, a snapshot, letting go) never decides.

import { assert } from "../../base/assert.js";
import { type Fault, fault, isFault } from "../../base/faults.js";
import type { CellRef } from "../../ports/actors.js";
import type { Append, Store } from "../../ports/storage.js";
import { Batch, type DecideTools, decideAll } from "./batch.js";
import type { AnyBehaviour, Core } from "./core.js";
import { cellKey, encodeSnapshot, type OutEffect, type Performed } from "./envelope.js";
import type { RuntimeLimits } from "./limits.js";
import { encodeReply } from "./local-transport.js";
import type { Log } from "./log.js";
import { Mailbox, type Message } from "./mailbox.js";
import { Marker } from "./marker.js";
import { type Opened, openCell } from "./opening.js";
import type { Outbox } from "./outbox.js";
import { Overlay } from "./overlay.js";
import type { Place, Places } from "./places.js";
import { shardOf } from "./shard.js";
import type { Supervision } from "./supervision.js";

/** Bytes of a live cell without its state: measured, see docs/decisions/0003-cells-over-nact.md. */
const CELL_BYTES = 2_000;

/** Facts after the newest snapshot from which on a cell that is let go takes one. */
const LEAVING_SNAPSHOT_FACTS = 20;

/** What all cells of a host share. */
export type CellDeps = {
  store: Store;
  places: Places;
  limits: RuntimeLimits;
  supervision: Supervision;
  log: Log;
  nowMs: () => number;
  nextId: () => string;
  defer: (run: () => void) => void;
  /** A fresh outbox for the cell. `emptied` is called when its last effect is done. */
  outboxFor: (from: CellRef, emptied: () => void) => Outbox;
  /** Does an effect once, if it can. */
  performOnce: (effect: Performed, from: CellRef) => void;
  owner: CellOwner;
};

export interface CellOwner {
  /** The cell is back and takes turns. */
  opened(cell: Cell): void;
  /** The cell has ended. `why` is null if its state was spoiled. `waiting` were not decided. */
  ended(cell: Cell, why: Fault | null, waiting: Message[]): void;
  /** All effects are done, and the mark is still there: call `dropMark` some time. */
  quiet(cell: Cell): void;
  /** The estimate of the cell's memory has changed by `bytes`. */
  grew(bytes: number): void;
}

type Phase = "opening" | "live" | "over";

export class Cell {
  readonly ref: CellRef;
  readonly key: string;
  readonly epoch: number;
  /** Set by each message, cleared by whoever looks for idle cells. */
  touched = true;
  /** Estimated memory. */
  bytes = CELL_BYTES;
  readonly #deps: CellDeps;
  readonly #behaviour: AnyBehaviour;
  readonly #mailbox = new Mailbox();
  readonly #place: Place;
  #phase: Phase = "opening";
  #core: Core | null = null;
  #marker: Marker | null = null;
  #outbox: Outbox | null = null;
  #snapshotSeq = 0;
  #snapshotting = false;
  #inTurn = false;
  /** The batch being decided, and the one whose append is in flight. */
  #deciding: Batch | null = null;
  #flying: Batch | null = null;
  #flight: Promise<void> | null = null;

  constructor(deps: CellDeps, cell: { ref: CellRef; behaviour: AnyBehaviour; epoch: number }) {
    this.#deps = deps;
    this.ref = cell.ref;
    this.key = cellKey(cell.ref);
    this.epoch = cell.epoch;
    this.#behaviour = cell.behaviour;
    this.#place = deps.places.take(shardOf(cell.ref.id), () => this.#turn());
  }

  /** False if it ended before it was back. */
  get wasOpen(): boolean {
    return this.#core !== null;
  }

  /** Messages waiting or under way, and effects not yet done. */
  get load(): { messages: number; effects: number } {
    const under = (this.#deciding?.size ?? 0) + (this.#flying?.size ?? 0);
    return { messages: this.#mailbox.size + under, effects: this.#outbox?.size ?? 0 };
  }

  get isIdle(): boolean {
    const { messages, effects } = this.load;
    const rests = !this.#inTurn && this.#flight === null;
    return this.#phase === "live" && rests && messages === 0 && effects === 0;
  }

  /** Takes a message in, or answers it with mailbox-full. */
  accept(message: Message): void {
    assert(this.#phase !== "over", "an ended cell has no mailbox");
    this.touched = true;
    const { mailboxMax, outboxMax } = this.#deps.limits;
    const effectsMax = message.origin === null ? outboxMax : 4 * outboxMax;
    if (this.#mailbox.size >= mailboxMax || (this.#outbox?.size ?? 0) >= effectsMax) {
      message.answer(encodeReply(fault("mailbox-full")));
      return;
    }
    this.#mailbox.push(message);
    if (this.#phase === "live") this.#place.wake();
  }

  /** Comes back from the journal. Never rejects; if it fails, the cell ends. */
  async open(): Promise<void> {
    const { store, limits, defer } = this.#deps;
    const { key, epoch } = this;
    const { id } = this.ref;
    const behaviour = this.#behaviour;
    const opened = await openCell({ store, behaviour, key, id, epoch, limits, defer });
    if (this.#isOver()) return;
    if (!isFault(opened)) {
      this.#begin(opened);
      return;
    }
    this.#over();
    const text = encodeReply(opened);
    for (const message of this.#mailbox.take(Number.POSITIVE_INFINITY)) message.answer(text);
    this.#deps.owner.ended(this, opened, []);
  }

  /** Writes the mark off if nothing is undone. Never rejects. */
  async dropMark(): Promise<void> {
    const core = this.#core;
    if (!this.isIdle || this.#marker?.isOpen !== true || core === null) return;
    const flight = this.#append(new Batch(core.seq, null));
    this.#flight = flight;
    await flight;
  }

  /** Lets the cell go if it is idle. True if it is gone: nothing of it is kept. Never rejects. */
  async leave(): Promise<boolean> {
    if (!this.isIdle || this.#core === null) return false;
    if (this.#core.seq - this.#snapshotSeq >= LEAVING_SNAPSHOT_FACTS) {
      await this.#saveSnapshot(this.#takeSnapshot());
    }
    await this.dropMark();
    if (!this.isIdle || this.#marker?.isOpen === true) return false;
    this.#over();
    return true;
  }

  /** Stops at once. Who waits gets `why`; an append in flight still gives its replies. */
  halt(why: Fault): void {
    if (this.#phase === "over") return;
    this.#over();
    const text = encodeReply(why);
    this.#deciding?.answerAll(text);
    for (const message of this.#mailbox.take(Number.POSITIVE_INFINITY)) message.answer(text);
  }

  #begin(opened: Opened): void {
    this.#phase = "live";
    this.#core = opened.core;
    this.#snapshotSeq = opened.snapshotSeq;
    this.#marker = new Marker({ key: this.key, id: this.ref.id }, opened.cursor);
    this.#grow(2 * opened.snapshotChars + opened.factChars / 4);
    if (opened.undone.length > 0) this.#send(opened.undone);
    else if (this.#marker.isOpen) this.#deps.owner.quiet(this);
    if (this.#mailbox.size > 0) this.#place.wake();
    this.#deps.owner.opened(this);
  }

  async #turn(): Promise<void> {
    if (this.#phase !== "live") return;
    assert(!this.#inTurn, "turns of one cell never overlap");
    this.#inTurn = true;
    try {
      await this.#takeTurn();
    } catch (error) {
      const cause = error instanceof Error ? error.stack : String(error);
      this.#deps.log.error("a cell broke", { cell: this.key, error: cause });
      this.#end(fault("internal", undefined, { cause: String(error) }), []);
    }
    this.#inTurn = false;
    if (this.#phase === "live" && this.#mailbox.size > 0) this.#place.wake();
  }

  async #takeTurn(): Promise<void> {
    const core = this.#core;
    const messages = this.#mailbox.take(this.#deps.limits.batchMax);
    if (messages.length === 0 || core === null) return;
    const hasNeeds = this.#behaviour.needs !== undefined;
    const batch = new Batch(core.seq, hasNeeds ? new Overlay() : null);
    this.#deciding = batch;
    const tools = this.#tools(core);
    const { spoiled, rest } = await decideAll(tools, batch, messages);
    if (this.#flight !== null) await this.#flight;
    this.#deciding = null;
    if (this.#isOver()) {
      // The batch has its fault already; what came after a spoiler was not part of it.
      for (const message of rest) message.answer(encodeReply(fault("store-unavailable")));
      return;
    }
    if (batch.facts.length > 0) this.#flight = this.#append(batch);
    else batch.giveReplies();
    if (!spoiled) return;
    if (this.#flight !== null) await this.#flight;
    if (!this.#isOver()) this.#end(null, rest);
    else for (const message of rest) message.answer(encodeReply(fault("store-unavailable")));
  }

  /** Once a turn: spelled out, for spreads cost more than the turn itself. */
  #tools(core: Core): DecideTools {
    const deps = this.#deps;
    return {
      cell: this.key,
      core,
      needsMax: deps.limits.needsMax,
      older: this.#flying?.overlay ?? null,
      store: deps.store,
      supervision: deps.supervision,
      nowMs: deps.nowMs,
      nextId: deps.nextId,
      isOver: this.#isOverNow,
    };
  }

  /** Makes the batch durable, then acts, then replies. At most one is under way. */
  async #append(batch: Batch): Promise<void> {
    assert(this.#flying === null, "one append of a cell at a time");
    this.#flying = batch;
    const mark = this.#marker?.change({
      hasEffects: batch.durable.length > 0,
      undone: this.#outbox?.size ?? 0,
      doneUpTo: this.#outbox?.doneUpTo(batch.afterSeq) ?? batch.afterSeq,
    });
    const changes = mark ? [...batch.changes, mark] : batch.changes;
    const snapshot = this.#isSnapshotDue() ? this.#takeSnapshot() : null;
    const { afterSeq, facts } = batch;
    const answer = await this.#write({
      cell: this.key,
      epoch: this.epoch,
      afterSeq,
      facts,
      changes,
    });
    this.#flying = null;
    this.#flight = null;
    if (answer !== null) {
      batch.answerAll(encodeReply(answer));
      if (!this.#isOver()) this.#end(answer, []);
      return;
    }
    if (this.#isOver()) {
      batch.giveReplies();
      return;
    }
    for (const fact of facts) this.#grow(fact.length / 4);
    for (const effect of batch.once) this.#deps.performOnce(effect, this.ref);
    if (batch.durable.length > 0) this.#send(batch.durable, batch.whenDone);
    batch.giveReplies();
    if (snapshot !== null) void this.#saveSnapshot(snapshot);
  }

  async #write(append: Append): Promise<null | Fault> {
    try {
      return await this.#deps.store.journal.append(append);
    } catch (error) {
      return fault("store-unavailable", undefined, { cause: `append ${this.key}: ${error}` });
    }
  }

  #send(effects: readonly OutEffect[], whenDone?: Batch["whenDone"]): void {
    this.#outbox ??= this.#deps.outboxFor(this.ref, () => {
      // An empty outbox knows nothing: most cells have one for moments only.
      this.#outbox = null;
      if (!this.#isOver() && this.#marker?.isOpen === true) this.#deps.owner.quiet(this);
    });
    this.#outbox.add(effects, whenDone);
  }

  #isSnapshotDue(): boolean {
    const newest = this.#core?.seq ?? 0;
    return !this.#snapshotting && newest - this.#snapshotSeq >= this.#deps.limits.snapshotEvery;
  }

  /** The state as it is now: after the batch that is about to be appended. */
  #takeSnapshot(): TakenSnapshot | null {
    try {
      return this.#core?.snapshot() ?? null;
    } catch (error) {
      this.#deps.log.error("a state is no JSON", { cell: this.key, error: String(error) });
      return null;
    }
  }

  /** Saves a snapshot whose facts are durable. A failure costs a longer replay, nothing else. */
  async #saveSnapshot(taken: TakenSnapshot | null): Promise<void> {
    if (taken === null) return;
    this.#snapshotting = true;
    const { seq, stateText, originsText } = taken;
    const pending = (this.#outbox?.pending() ?? []).filter((item) => item.seq <= seq);
    const state = encodeSnapshot({ stateText, originsText, pending });
    const { version } = this.#behaviour;
    const { store, log } = this.#deps;
    let answer: null | Fault;
    try {
      answer = await store.journal.saveSnapshot(this.key, this.epoch, { seq, version, state });
    } catch (error) {
      answer = fault("store-unavailable", undefined, { cause: String(error) });
    }
    this.#snapshotting = false;
    this.#snapshotSeq = seq;
    if (answer === null) this.#grow(CELL_BYTES + 2 * state.length - this.bytes);
    else log.warn("no snapshot was saved", { cell: this.key, seq, fault: answer.fault });
  }

  #grow(bytes: number): void {
    // A snapshot may be saved after the end, when the cell has been taken off the list already.
    if (this.#isOver()) return;
    this.bytes += bytes;
    this.#deps.owner.grew(bytes);
  }

  #isOver(): boolean {
    return this.#phase === "over";
  }

  readonly #isOverNow = (): boolean => this.#phase === "over";

  /** Ends in doubt. `rest` and what is in the mailbox were not decided: they go to the owner. */
  #end(why: Fault | null, rest: readonly Message[]): void {
    if (this.#isOver()) return;
    this.#over();
    if (why !== null) this.#deciding?.answerAll(encodeReply(why));
    const waiting = [...rest, ...this.#mailbox.take(Number.POSITIVE_INFINITY)];
    this.#deps.owner.ended(this, why, waiting);
  }

  #over(): void {
    this.#phase = "over";
    this.#outbox?.stop();
    this.#place.leave();
    this.#deps.owner.grew(-this.bytes);
  }
}

type TakenSnapshot = { seq: number; stateText: string; originsText: string };
