// Owns a world in which time, chance and trouble come from one seed: a clock that moves only when
// nothing else can happen now, a scheduler whose ties are broken by chance, links to a disk and
// roads between cells that are slow, lossy and sometimes wrong. The same seed is the same history.

import type { Transport } from "../../src/actors/runtime/local-transport.js";
import type { Message } from "../../src/actors/runtime/mailbox.js";
import type { Place, Places } from "../../src/actors/runtime/places.js";
import { type Fault, fault } from "../../src/base/faults.js";
import type { Clock, Random, Scheduler } from "../../src/ports/clock.js";
import type { Link } from "./sim-store.js";

const START_MS = 1_700_000_000_000;

type Event = { atMs: number; tie: number; run: () => void; cancelled: boolean };

/** Chances, 0 to 1, and the longest delay. All of it can be healed by setting `calm`. */
export type Trouble = {
  calm: boolean;
  writeFails: number;
  ackLost: number;
  readFails: number;
  lost: number;
  doubled: number;
  delayMaxMs: number;
};

export class World {
  readonly seed: number;
  readonly trouble: Trouble;
  readonly random: Random;
  #state: number;
  #nowMs = START_MS;
  readonly #heap: Event[] = [];
  /** How many events have happened. */
  happened = 0;

  constructor(seed: number, trouble: Partial<Trouble> = {}) {
    this.seed = seed;
    this.#state = (seed * 2_654_435_761 + 1) >>> 0;
    this.trouble = {
      calm: false,
      writeFails: 0,
      ackLost: 0,
      readFails: 0,
      lost: 0,
      doubled: 0,
      delayMaxMs: 1,
      ...trouble,
    };
    this.random = {
      next: () => this.#next(),
      bytes: (count) => Uint8Array.from({ length: count }, () => this.below(256)),
    };
  }

  readonly clock: Clock = { nowMs: () => this.#nowMs };

  /** Whole number, 0 to `limit` - 1. */
  below(limit: number): number {
    return Math.floor(this.#next() * limit);
  }

  /** True with that chance, unless all is calm. */
  strikes(chance: number): boolean {
    return this.#next() < chance && !this.trouble.calm;
  }

  delayMs(): number {
    return this.trouble.calm ? this.#next() : this.#next() * this.trouble.delayMaxMs;
  }

  after(delayMs: number, run: () => void): () => void {
    const event = { atMs: this.#nowMs + delayMs, tie: this.#next(), run, cancelled: false };
    this.#push(event);
    return () => {
      event.cancelled = true;
    };
  }

  sleep(delayMs: number): Promise<void> {
    return new Promise((resume) => this.after(delayMs, resume));
  }

  /** Lets events happen for `forMs` of the world's time, or until `until` says so. */
  async run(forMs: number, until: () => boolean = () => false): Promise<void> {
    const endMs = this.#nowMs + forMs;
    await settle();
    while (!until()) {
      const event = this.#heap[0];
      if (event === undefined || event.atMs > endMs) break;
      this.#pop();
      if (event.cancelled) continue;
      this.#nowMs = Math.max(this.#nowMs, event.atMs);
      this.happened++;
      event.run();
      await settle();
    }
    if (!until()) this.#nowMs = Math.max(this.#nowMs, endMs);
  }

  /** Runs until the promise is settled. Throws if nothing is left to happen, or after a day. */
  async finish<T>(promise: Promise<T>): Promise<T> {
    let done = false;
    const mark = () => {
      done = true;
    };
    promise.then(mark, mark);
    await this.run(24 * 3_600_000, () => done);
    if (!done) throw new Error(`seed ${this.seed}: a promise never settled`);
    return promise;
  }

  #next(): number {
    // mulberry32
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  #push(event: Event): void {
    const heap = this.#heap;
    let at = heap.push(event) - 1;
    while (at > 0) {
      const up = (at - 1) >> 1;
      const parent = heap[up];
      if (parent === undefined || !isBefore(event, parent)) break;
      heap[at] = parent;
      at = up;
    }
    heap[at] = event;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let at = 0;
    for (;;) {
      let down = 2 * at + 1;
      const left = heap[down];
      const right = heap[down + 1];
      if (left === undefined) break;
      if (right !== undefined && isBefore(right, left)) down++;
      const child = heap[down];
      if (child === undefined || !isBefore(child, last)) break;
      heap[at] = child;
      at = down;
    }
    heap[at] = last;
  }
}

const isBefore = (a: Event, b: Event): boolean =>
  a.atMs < b.atMs || (a.atMs === b.atMs && a.tie < b.tie);

/** Lets every promise that can go on now go on. */
const settle = (): Promise<void> => new Promise((resume) => setImmediate(resume));

/** A process in the world. When it is dead, nothing that it had planned happens. */
export class SimProcess {
  readonly world: World;
  alive = true;
  /** Turns that began while another turn of the same place was running. Must stay 0. */
  overlaps = 0;

  constructor(world: World) {
    this.world = world;
  }

  readonly scheduler: Scheduler = {
    after: (delayMs, run) => this.world.after(delayMs, () => this.#ifAlive(run)),
  };

  readonly defer = (run: () => void): void => {
    this.world.after(0, () => this.#ifAlive(run));
  };

  /** The simulator's scheduler of cells: turns in an order that the seed chooses. */
  readonly places: Places = {
    take: (_shard, turn) => this.#place(turn),
    stop: () => {},
  };

  /** The way to the disk. What a dying process had under way is applied or not: a coin decides. */
  readonly link: Link = {
    write: async <T>(run: () => T | Fault): Promise<T | Fault> => {
      const { world } = this;
      await world.sleep(world.delayMs());
      if (!this.alive) {
        if (world.below(2) === 0) run();
        return new Promise(() => {});
      }
      if (world.strikes(world.trouble.writeFails)) return this.#writeFault();
      const answer = run();
      await world.sleep(world.delayMs());
      if (!this.alive) return new Promise(() => {});
      return world.strikes(world.trouble.ackLost) ? fault("store-unavailable") : answer;
    },
    read: async <T>(run: () => T): Promise<T> => {
      const { world } = this;
      await world.sleep(world.delayMs());
      if (!this.alive) return new Promise(() => {});
      if (world.strikes(world.trouble.readFails)) throw new Error("the read failed");
      const answer = run();
      await world.sleep(world.delayMs());
      return this.alive ? answer : new Promise(() => {});
    },
  };

  /** A road to cells on which messages are lost, late, and told ones doubled. */
  road(receive: (message: Message) => void): Transport {
    const carry = (message: Message): void => {
      if (this.world.strikes(this.world.trouble.lost)) return;
      this.scheduler.after(this.world.delayMs(), () => receive(new Copy(message)));
    };
    return {
      send: (message) => {
        carry(message);
        const isTold = message.origin !== null;
        if (isTold && this.world.strikes(this.world.trouble.doubled)) carry(message);
      },
    };
  }

  #ifAlive(run: () => void): void {
    if (this.alive) run();
  }

  #place(turn: () => Promise<void>): Place {
    let waiting = false;
    let left = false;
    let running = 0;
    const begin = async (): Promise<void> => {
      if (left || running > 0) return;
      waiting = false;
      running++;
      if (running > 1) this.overlaps++;
      await turn();
      running--;
      if (waiting) this.defer(() => void begin());
    };
    return {
      wake: () => {
        if (waiting || left) return;
        waiting = true;
        this.defer(() => void begin());
      },
      leave: () => {
        left = true;
      },
    };
  }

  #writeFault(): Fault {
    const tags = ["store-busy", "store-full", "store-unavailable"] as const;
    return fault(tags[this.world.below(tags.length)] ?? "store-busy");
  }
}

/** A message as it arrives: another object than the one that was sent, as after a wire. */
class Copy implements Message {
  readonly to;
  readonly text;
  readonly origin;
  answered = false;
  readonly #sent: Message;

  constructor(sent: Message) {
    this.#sent = sent;
    this.to = { ...sent.to };
    this.text = sent.text;
    this.origin = sent.origin === null ? null : { ...sent.origin };
  }

  answer(text: string): void {
    if (this.answered) return;
    this.answered = true;
    this.#sent.answer(text);
  }
}
