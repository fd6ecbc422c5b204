// Owns the order of writes: takes what has arrived while the last batch was under way as the next
// batch, at most one of them at a time, and tells listeners and writers in commit order. The next
// batch leaves before the last one's writers hear of theirs, so the disk never waits for them.

import { type Fault, fault, isFault } from "../../base/faults.js";
import type { Change } from "../../ports/storage.js";
import type { WriteAnswer, WriteRequest } from "./write-engine.js";

/** Runs one batch. A rejection means that the outcome is unknown. */
export type BatchRunner = (requests: readonly WriteRequest[]) => Promise<WriteAnswer[]>;

export type WriteQueue = {
  /** Answers store-busy when `queueMax` requests wait already, and stopping once it is closing. */
  submit(request: WriteRequest): Promise<WriteAnswer>;
  /** Takes no more requests; resolves when all that were taken are answered. */
  drain(): Promise<void>;
};

/** Requests in one transaction: bounds how long the first of them waits for the last. */
const BATCH_MAX = 500;
export const QUEUE_MAX = 50_000;

type Waiting = { request: WriteRequest; resolve: (answer: WriteAnswer) => void };

export type WriteQueueOptions = {
  run: BatchRunner;
  /** Hears of each request's changes, in order. */
  committed: (changes: readonly Change[]) => void;
  queueMax?: number;
};

export function createWriteQueue(options: WriteQueueOptions): WriteQueue {
  return new Queue(options);
}

class Queue implements WriteQueue {
  readonly #options: WriteQueueOptions;
  readonly #queueMax: number;
  #waiting: Waiting[] = [];
  #pumping: Promise<void> | null = null;
  #closing = false;

  constructor(options: WriteQueueOptions) {
    this.#options = options;
    this.#queueMax = options.queueMax ?? QUEUE_MAX;
  }

  submit(request: WriteRequest): Promise<WriteAnswer> {
    if (this.#closing) return Promise.resolve(fault("stopping"));
    if (this.#waiting.length >= this.#queueMax) {
      const cause = `${this.#queueMax} writes wait already`;
      return Promise.resolve(fault("store-busy", undefined, { cause }));
    }
    return new Promise((resolve) => {
      this.#waiting.push({ request, resolve });
      // After this turn's work, so that all that it asks for goes in one batch.
      this.#pumping ??= Promise.resolve().then(() => this.#pump());
    });
  }

  async drain(): Promise<void> {
    this.#closing = true;
    while (this.#pumping !== null) await this.#pumping;
  }

  async #pump(): Promise<void> {
    let batch = this.#take();
    let answers = this.#start(batch);
    while (batch.length > 0) {
      const settled = await answers;
      const done = batch;
      batch = this.#take();
      if (batch.length > 0) answers = this.#start(batch);
      this.#settle(done, settled);
      // What listeners and writers asked for at once can go with the next batch.
      if (batch.length === 0 && this.#waiting.length > 0) {
        batch = this.#take();
        answers = this.#start(batch);
      }
    }
    this.#pumping = null;
  }

  #take(): Waiting[] {
    if (this.#waiting.length > BATCH_MAX) return this.#waiting.splice(0, BATCH_MAX);
    const all = this.#waiting;
    this.#waiting = [];
    return all;
  }

  async #start(batch: readonly Waiting[]): Promise<WriteAnswer[] | Fault> {
    try {
      return await this.#options.run(batch.map((it) => it.request));
    } catch (error) {
      const cause = `The outcome is unknown: ${error instanceof Error ? error.message : error}`;
      return fault("store-unavailable", undefined, { cause });
    }
  }

  #settle(batch: readonly Waiting[], answers: WriteAnswer[] | Fault): void {
    for (const [at, it] of batch.entries()) {
      const answer = isFault(answers) ? answers : (answers[at] ?? null);
      const changes = isFault(answer) ? [] : changesOf(it.request);
      if (changes.length > 0) this.#options.committed(changes);
      it.resolve(answer);
    }
  }
}

function changesOf(request: WriteRequest): readonly Change[] {
  if (request.ask === "append") return request.append.changes;
  return request.ask === "write" ? request.changes : [];
}
