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

/** `committed` hears of each request's changes; `log` of what its listeners or the runner threw. */
export function createWriteQueue(options: {
  run: BatchRunner;
  committed: (changes: readonly Change[]) => void;
  queueMax?: number;
}): WriteQueue {
  const queueMax = options.queueMax ?? QUEUE_MAX;
  let waiting: Waiting[] = [];
  let pumping: Promise<void> | null = null;
  let closing = false;

  async function pump(): Promise<void> {
    let batch = take();
    let answers = start(batch);
    while (batch.length > 0) {
      const settled = await answers;
      const done = batch;
      batch = take();
      if (batch.length > 0) answers = start(batch);
      settle(done, settled);
      // What listeners and writers asked for at once can go with the next batch.
      if (batch.length === 0 && waiting.length > 0) {
        batch = take();
        answers = start(batch);
      }
    }
    pumping = null;
  }

  function take(): Waiting[] {
    if (waiting.length <= BATCH_MAX) {
      const all = waiting;
      waiting = [];
      return all;
    }
    return waiting.splice(0, BATCH_MAX);
  }

  async function start(batch: readonly Waiting[]): Promise<WriteAnswer[] | Fault> {
    try {
      return await options.run(batch.map((it) => it.request));
    } catch (error) {
      const cause = `The outcome is unknown: ${error instanceof Error ? error.message : error}`;
      return fault("store-unavailable", undefined, { cause });
    }
  }

  function settle(batch: readonly Waiting[], answers: WriteAnswer[] | Fault): void {
    batch.forEach((it, at) => {
      const answer = isFault(answers) ? answers : (answers[at] ?? null);
      if (!isFault(answer)) tellChanges(it.request);
      it.resolve(answer);
    });
  }

  function tellChanges(request: WriteRequest): void {
    const changes = changesOf(request);
    if (changes.length > 0) options.committed(changes);
  }

  return {
    submit(request) {
      if (closing) return Promise.resolve(fault("stopping"));
      if (waiting.length >= queueMax) {
        const cause = `${queueMax} writes wait already`;
        return Promise.resolve(fault("store-busy", undefined, { cause }));
      }
      return new Promise((resolve) => {
        waiting.push({ request, resolve });
        // After this turn's work, so that all that it asks for goes in one batch.
        pumping ??= Promise.resolve().then(pump);
      });
    },
    async drain() {
      closing = true;
      while (pumping !== null) await pumping;
    },
  };
}

function changesOf(request: WriteRequest): readonly Change[] {
  if (request.ask === "append") return request.append.changes;
  return request.ask === "write" ? request.changes : [];
}
