// Owns the writer thread as seen from the main one: starts it, sends it one batch at a time, and
// starts another if it dies. A batch that a dying thread had is rejected: whether it was committed
// is not known, as after a power cut. Before it stops: the queue, which must be drained.

import { Worker } from "node:worker_threads";
import type { WriteAnswer, WriteRequest } from "./write-engine.js";
import type { BatchRunner } from "./write-queue.js";

export type WriterSettings = { path: string; busyTimeoutMs: number };

/** To the thread. From it come a batch's answers. */
export type WriterMessage = readonly WriteRequest[] | "die" | "close";

export type WriterThread = {
  run: BatchRunner;
  /**
   * For tests and drills: the thread dies at the worst moment, with its next batch committed and
   * not yet answered. The batch after that starts another thread.
   */
  kill(): void;
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
    started.on("exit", (code) => {
      if (!closing) lose(started, new Error(`it ended with code ${code}`));
    });
    return started;
  }

  function lose(lost: Worker, why: unknown): void {
    if (worker !== lost) return;
    worker = null;
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
    kill() {
      // Not `terminate`: that ends the whole process if it comes while the library is at work.
      worker?.postMessage("die" satisfies WriterMessage);
    },
    async close() {
      closing = true;
      if (worker === null) return;
      const running = worker;
      // Not `once` of node:events: it rejects if the thread fails in closing, which ends it too.
      const ended = new Promise((resolve) => running.once("exit", resolve));
      running.postMessage("close" satisfies WriterMessage);
      await ended;
    },
  };
}
