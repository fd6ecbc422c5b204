// Owns talking to the processes that a bench runs: whoever starts one asks, it answers, one JSON
// message each way. What is measured (the server, the raw limit) and what measures (the load) are
// never the same process.

import { type ChildProcess, fork } from "node:child_process";
import { writeFileSync } from "node:fs";
import { Session } from "node:inspector/promises";

export type Usage = {
  cpuS: number;
  rssMb: number;
  /** What JavaScript holds, buffers with it; room that the heap keeps for later is left out. */
  liveBytes: number;
  /** The same for the whole process: what the native side holds comes on top. */
  heldBytes: number;
};

type Asked = { id: number; name: string; args: unknown };
type Answered = { id: number; value?: unknown; error?: string };

export type Helper = {
  readonly pid: number;
  ask<Answer>(name: string, args?: unknown): Promise<Answer>;
  usage(): Promise<Usage>;
  /** Ends the process and waits for its end. */
  stop(): Promise<void>;
};

/** Starts the program of `url` with Node's own arguments `execArgv`. */
export function startHelper(url: URL, execArgv: readonly string[] = []): Helper {
  const child = fork(url, {
    execArgv: ["--enable-source-maps", "--max-semi-space-size=64", ...execArgv],
    stdio: ["ignore", 2, 2, "ipc"],
  });
  const waiting = new Map<
    number,
    { resolve: (value: unknown) => void; reject: (why: Error) => void }
  >();
  let count = 0;
  child.on("message", ({ id, value, error }: Answered) => {
    const it = waiting.get(id);
    waiting.delete(id);
    if (error === undefined) it?.resolve(value);
    else it?.reject(new Error(error));
  });
  child.on("exit", (code, signal) => {
    const why = new Error(`${url.pathname} ended with ${code ?? signal}`);
    for (const it of waiting.values()) it.reject(why);
    waiting.clear();
  });
  const ask = <Answer>(name: string, args: unknown = null) =>
    new Promise<Answer>((resolve, reject) => {
      const id = ++count;
      waiting.set(id, { resolve: resolve as (value: unknown) => void, reject });
      child.send({ id, name, args } satisfies Asked);
    });
  return {
    pid: child.pid ?? 0,
    ask,
    usage: () => ask<Usage>("usage"),
    stop: () => stopChild(child),
  };
}

export async function stopChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once("exit", resolve));
  if (child.connected) child.disconnect();
  else child.kill("SIGTERM");
  const late = setTimeout(() => child.kill("SIGKILL"), 15_000);
  await ended;
  clearTimeout(late);
}

export type Handlers = Readonly<Record<string, (args: never) => unknown>>;

/** In a helper: answers what the parent asks, until it goes away; then `end` runs. */
export function serveParent(handlers: Handlers, end: () => Promise<void> | void = () => {}): void {
  const all: Handlers = { usage, ...profiling(), ...handlers };
  process.on("message", async ({ id, name, args }: Asked) => {
    try {
      const handler = all[name];
      if (handler === undefined) throw new Error(`nobody answers ${name}`);
      const value = await handler(args as never);
      process.send?.({ id, value });
    } catch (error) {
      process.send?.({
        id,
        error: error instanceof Error ? (error.stack ?? error.message) : String(error),
      });
    }
  });
  process.on("disconnect", async () => {
    await end();
    process.exit(0);
  });
}

function usage(): Usage {
  const { user, system } = process.cpuUsage();
  const { rss, heapUsed, heapTotal, external } = process.memoryUsage();
  return {
    cpuS: (user + system) / 1e6,
    rssMb: rss / 1048576,
    liveBytes: heapUsed + external,
    heldBytes: rss - heapTotal + heapUsed,
  };
}

/** Where the CPU time of the main thread goes, between two asks. */
function profiling(): Handlers {
  const session = new Session();
  return {
    async "profile-start"() {
      session.connect();
      await session.post("Profiler.enable");
      await session.post("Profiler.setSamplingInterval", { interval: 200 });
      await session.post("Profiler.start");
    },
    async "profile-stop"(path: string) {
      const { profile } = await session.post("Profiler.stop");
      session.disconnect();
      writeFileSync(path, JSON.stringify(profile));
    },
    gc() {
      const { gc } = globalThis as { gc?: () => void };
      if (gc === undefined) throw new Error("start this helper with --expose-gc");
      gc();
      gc();
      return usage();
    },
  };
}
