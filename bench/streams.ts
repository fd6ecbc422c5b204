// Owns the rows of streaming: the memory of an idle socket, and a status delivered to many, each
// beside a bare uWebSockets server with as many sockets and the same frame.

import { performance } from "node:perf_hooks";
import type { DomainEvent } from "../src/ports/events.js";
import { atLeast, atMost, type Figure, figure } from "./figures.js";
import { type Helper, startHelper, type Usage } from "./helper.js";
import type { Person } from "./node-kit.js";
import { profiled, type Row, type Run } from "./run.js";
import { openWorld, type World, write } from "./world.js";

const VIEWERS = 16;
const IDLE = 4_000;
const FIRST = 1_000;
const LISTENING = 1_000;

const sockets = () => startHelper(new URL("./sockets.js", import.meta.url));
const settle = (ms: number) => new Promise((resume) => setTimeout(resume, ms));

/** Memory that each socket adds to the server: what JavaScript holds, and the process as a whole. */
async function idle(server: Helper, port: number, paths: readonly string[]) {
  const clients = sockets();
  try {
    // The first ones pay for what the process then keeps for all.
    await clients.ask("open", { port, paths: paths.slice(0, FIRST) });
    await settle(1_000);
    const before = await server.ask<Usage>("gc");
    await clients.ask("open", { port, paths: paths.slice(FIRST) });
    await settle(1_000);
    const after = await server.ask<Usage>("gc");
    const count = paths.length - FIRST;
    return {
      heldKb: (after.heldBytes - before.heldBytes) / 1024 / count,
      heapKb: (after.liveBytes - before.liveBytes) / 1024 / count,
      rssMb: after.rssMb,
    };
  } finally {
    await clients.stop();
  }
}

type Delivered = { perS: number; perCpuS: number; cpuS: number; rssMb: number; frame: string };

/** Delivers a status some times to all sockets; counts what came in. */
async function deliver(
  server: Helper,
  it: { port: number; paths: readonly string[]; times: number; ask: string; args: object },
): Promise<Delivered> {
  const clients = sockets();
  try {
    const count = await clients.ask<number>("open", { port: it.port, paths: it.paths });
    const once = async (times: number) => {
      await clients.ask("expect", count * times);
      const before = await server.usage();
      const startMs = performance.timeOrigin + performance.now();
      await server.ask(it.ask, { ...it.args, times });
      const { frames, atMs } = await clients.ask<{ frames: number; atMs: number }>("arrived");
      const after = await server.usage();
      const cpuS = after.cpuS - before.cpuS;
      return {
        perS: frames / ((atMs - startMs) / 1000),
        perCpuS: frames / cpuS,
        cpuS,
        rssMb: after.rssMb,
      };
    };
    await once(Math.ceil(it.times / 4));
    await settle(200);
    return { ...(await once(it.times)), frame: await clients.ask<string>("sample") };
  } finally {
    await clients.stop();
  }
}

const pathsOf = (viewers: readonly Person[], count: number, stream: string): string[] =>
  Array.from({ length: count }, (_, at) => {
    const { token } = viewers[at % viewers.length] as Person;
    return `/api/v1/streaming?stream=${stream}&access_token=${token}`;
  });

async function eventOf(world: World, id: string): Promise<DomainEvent> {
  const { viewer = [] } = world.people;
  const answer = await fetch(`http://127.0.0.1:${world.port}/api/v1/statuses/${id}`, {
    headers: { authorization: `Bearer ${viewer[0]?.token}` },
  });
  const { account } = (await answer.json()) as { account: { id: string } };
  return {
    type: "status-created",
    statusId: id,
    authorId: account.id,
    visibility: "public",
    local: true,
    isBoost: false,
    isReplyToOther: false,
    hasMedia: false,
    tags: [],
    mentionIds: [],
  };
}

async function measureStreams(run: Run): Promise<Figure[]> {
  const world = await openWorld(run, "streams", { viewer: VIEWERS, author: 10 });
  const raw = startHelper(new URL("./raw-server.js", import.meta.url), ["--expose-gc"]);
  try {
    const { viewer = [], author = [] } = world.people;
    const event = await eventOf(world, await write(world, author, 12));
    const port = await raw.ask<number>("listen");
    const quiet = pathsOf(viewer, IDLE, "user");
    const ours = await idle(world.node, world.port, quiet);
    const bare = await idle(raw, port, quiet);
    await settle(500);
    const paths = pathsOf(viewer, LISTENING, "public:local");
    const times = run.quick ? 60 : 200;
    const sent = await profiled(run, "streams", world.node, () =>
      deliver(world.node, { port: world.port, paths, times, ask: "deliver", args: { event } }),
    );
    const limit = await deliver(raw, {
      port,
      paths,
      times,
      ask: "publish",
      args: { frame: sent.frame },
    });
    return figures({ ours, bare, sent, limit });
  } finally {
    await world.node.stop();
    await raw.stop();
  }
}

type Idle = Awaited<ReturnType<typeof idle>>;

function figures(it: { ours: Idle; bare: Idle; sent: Delivered; limit: Delivered }): Figure[] {
  const { ours, bare, sent, limit } = it;
  const perCpu = sent.perCpuS / limit.perCpuS;
  const common = { row: "streams", cpuS: sent.cpuS, rssMb: sent.rssMb };
  return [
    figure({
      row: "streams",
      what: "memory of an idle socket",
      value: ours.heldKb,
      unit: "KB",
      raw: bare.heldKb,
      ratio: ours.heldKb / bare.heldKb,
      goal: atMost(4, " KB"),
      judged: ours.heldKb,
      rssMb: ours.rssMb,
      note:
        `${IDLE - FIRST} sockets, by the process's memory without the heap's spare room; ` +
        `${ours.heapKb.toFixed(2)} KB of it in JavaScript (raw: ${bare.heapKb.toFixed(2)} KB)`,
    }),
    figure({
      ...common,
      what: "a status to 1,000 sockets, messages received",
      value: sent.perS,
      unit: "/s",
      raw: limit.perS,
      ratio: sent.perS / limit.perS,
      goal: atLeast(80, " % of raw"),
      judged: (sent.perS / limit.perS) * 100,
      note: `frames of ${Buffer.byteLength(sent.frame)} bytes, counted where they arrive`,
    }),
    figure({
      ...common,
      what: "a status to 1,000 sockets, for each CPU second",
      value: sent.perCpuS,
      unit: "/s",
      raw: limit.perCpuS,
      ratio: perCpu,
      goal: atLeast(80, " % of raw"),
      judged: perCpu * 100,
    }),
  ];
}

export const streams: Row = {
  name: "streams",
  says: "idle sockets and a status to many of them, beside raw uWebSockets",
  measure: measureStreams,
};
