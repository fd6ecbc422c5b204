// Owns starting and killing the process of writer-child.ts.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

export type Child = {
  pid: number;
  /** Every whole line that the child has written so far. */
  lines: string[];
  /** Resolves when the child has written `count` lines, or has ended. */
  until(count: number): Promise<void>;
  /** Kills it as `kill -9` does, and resolves when all that it wrote has been read. */
  kill(): Promise<void>;
};

export function startChild(task: "write" | "hold", path: string): Child {
  const script = fileURLToPath(new URL("./writer-child.js", import.meta.url));
  const child: ChildProcess = spawn(process.execPath, [script, task, path], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const lines: string[] = [];
  let awaited: { count: number; resolve: () => void } | null = null;
  if (child.stdout === null || child.pid === undefined) throw new Error("no child");
  const reader = createInterface({ input: child.stdout });
  reader.on("line", (line) => {
    lines.push(line);
    if (awaited !== null && lines.length >= awaited.count) awaited.resolve();
  });
  const ended = once(child, "close");
  return {
    pid: child.pid,
    lines,
    until: (count) =>
      lines.length >= count
        ? Promise.resolve()
        : new Promise((resolve) => {
            awaited = { count, resolve };
            reader.once("close", resolve);
          }),
    async kill() {
      child.kill("SIGKILL");
      await ended;
    },
  };
}
