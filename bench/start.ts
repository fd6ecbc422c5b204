// Owns the row of starting: from `node` to the first 200, on a data folder that is there already.

import { spawn } from "node:child_process";
import { connect, createServer } from "node:net";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { atMost, type Figure, figure, percentile } from "./figures.js";
import { stopChild } from "./helper.js";
import { DIST, type Row, type Run } from "./run.js";
import { flagsOf } from "./settings.js";
import { openWorld, write } from "./world.js";

const LOOK_MS = 5;
const LATEST_MS = 20_000;

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === "string") throw new Error("no port to be had");
  return address.port;
}

/** Whether /health answers 200 now. */
function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.on("connect", () => socket.write("GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n"));
    socket.on("data", (data) => {
      socket.destroy();
      resolve(data.toString("latin1").startsWith("HTTP/1.1 200"));
    });
    socket.on("error", () => resolve(false));
  });
}

/** Starts a program and waits for its first 200. Answers milliseconds, and the CPU it took. */
async function timed(args: readonly string[], port: number): Promise<number> {
  const startMs = performance.now();
  const child = spawn(process.execPath, args, { stdio: ["ignore", "ignore", "inherit"] });
  try {
    while (!(await answers(port))) {
      if (performance.now() - startMs > LATEST_MS) throw new Error("the server did not answer");
      if (child.exitCode !== null) throw new Error(`the server ended with ${child.exitCode}`);
      await new Promise((resume) => setTimeout(resume, LOOK_MS));
    }
    return performance.now() - startMs;
  } finally {
    await stopChild(child);
  }
}

const BARE =
  'import("uwebsockets").then(({ default: uws }) => uws.App()' +
  '.get("/*", (res) => res.end("OK")).listen("127.0.0.1", PORT, () => {}));';

async function measureStart(run: Run): Promise<Figure[]> {
  const world = await openWorld(run, "start", { author: 10 });
  try {
    await write(world, world.people["author"] ?? [], 40);
  } finally {
    await world.node.stop();
  }
  const ours: number[] = [];
  const bare: number[] = [];
  for (let at = 0; at < (run.quick ? 3 : 7); at++) {
    const port = await freePort();
    const flags = flagsOf(`${run.folder}/start`, port).flat();
    ours.push(await timed([join(DIST, "src/main.js"), "start", ...flags], port));
    bare.push(await timed(["--input-type=module", "-e", BARE.replace("PORT", String(port))], port));
  }
  const [value, raw] = [percentile(ours, 0.5), percentile(bare, 0.5)];
  return [
    figure({
      row: "start",
      what: "start, from `node` to the first 200",
      value,
      unit: "ms",
      raw,
      ratio: value / raw,
      goal: atMost(1000, " ms"),
      judged: value,
      p50Ms: value,
      p99Ms: Math.max(...ours),
      note: `of ${ours.length} starts; raw is Node with a bare uWebSockets server`,
    }),
  ];
}

export const start: Row = {
  name: "start",
  says: "from `node` to the first 200, on an existing database",
  measure: measureStart,
};
