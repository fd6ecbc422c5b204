// Owns the writer thread as seen from the main one: starts it, sends it one batch at a time, and
// starts another if it dies. A batch that a dying thread had is rejected: whether it was committed
// is not known, as after a power cut. Before it stops: the queue, which must be drained.

import { once } from "node:events";
import { Worker } from "node:worker_threads";
import type { WriteAnswer, WriteRequest } from "./write-engine.js";
import type { BatchRunner } from "./write-queue.js";

export type WriterSettings = { path: string; busyTimeoutMs: number };

/** To the thread: a batch, or null to close the database and end. From it: the batch's answers. */
export type WriterMessage = readonly WriteRequest[] | null;

export type WriterThread = {
  run: BatchRunner;
  /** Ends the thread as a crash would, for tests and drills. The next batch starts another. */
  kill(): Promise<void>;
  /** Checkpoints the log, closes the database and ends the thread. */
  close(): Promise<void>;
};

type UnderWay = { resolve: (answers: WriteAnswer[]) => void; reject: (why: Error) => void };

/** `died` hears why, each time that a thread ends unasked. */
export function startWriterThread(
  settings: WriterSettings,
  died: (why: string) => void,
): WriterThread {
  let worker: Worker | null = null;
  let underWay: UnderWay | null = null;
  let closing = false;

  function start(): Worker {
    const started = new Worker(new URL("./writer-worker.js", import.meta.url), {
      workerData: settings,
      name: "writer",
    });
    started.on("message", (answers: WriteAnswer[]) => {
      const { resolve } = underWay ?? {};
      underWay = null;
      resolve?.(answers);
    });
    started.on("error", (error) => lose(started, error));
    started.on("exit", (code) => lose(started, new Error(`it ended with code ${code}`)));
    return started;
  }

  function lose(lost: Worker, why: unknown): void {
    if (worker !== lost) return;
    worker = null;
    if (closing) return;
    const says = `The writer thread died: ${why instanceof Error ? why.message : String(why)}`;
    died(says);
    underWay?.reject(new Error(says));
    underWay = null;
  }

  worker = start();
  return {
    run(requests) {
      const running = worker ?? start();
      worker = running;
      return new Promise((resolve, reject) => {
        underWay = { resolve, reject };
        running.postMessage(requests satisfies WriterMessage);
      });
    },
    async kill() {
      await worker?.terminate();
    },
    async close() {
      closing = true;
      if (worker === null) return;
      const ended = once(worker, "exit");
      worker.postMessage(null satisfies WriterMessage);
      await ended;
    },
  };
}
