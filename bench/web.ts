// Owns the rows of reading over HTTP: the home timeline and one status, each beside a bare
// uWebSockets server that sends the very same bytes.

import { atLeast, atMost, type Figure, figure } from "./figures.js";
import { type Helper, startHelper, type Usage } from "./helper.js";
import type { LoadAnswer } from "./load.js";
import type { Person } from "./node-kit.js";
import { profiled, type Row, type Run } from "./run.js";
import { call, followAll, openWorld, type World, wire, write } from "./world.js";

const VIEWERS = 16;
const AUTHORS = 10;
const CONNECTIONS = 64;
const PAGE = 20;

export type Measured = LoadAnswer & { cpuS: number; rssMb: number; perS: number; perCpuS: number };

/** Loads a server and tells what it did and what CPU time it took. */
export async function measure(
  run: Run,
  name: string,
  server: Helper,
  request: { port: number; connections: readonly (readonly string[])[]; profile?: boolean },
): Promise<Measured> {
  const load = startHelper(new URL("./load.js", import.meta.url));
  try {
    await load.ask("start", { ...request, warmMs: run.warmMs });
    let before: Usage = await server.usage();
    const spans = async () => {
      before = await server.usage();
      const answer = await load.ask<LoadAnswer>("measure", run.spanMs);
      return { answer, after: await server.usage() };
    };
    const { answer, after } = await (request.profile === false
      ? spans()
      : profiled(run, name, server, spans));
    await load.ask("end");
    if (answer.bad > 0) throw new Error(`${name}: ${answer.bad} bad answers; ${answer.firstBad}`);
    const cpuS = after.cpuS - before.cpuS;
    const perS = answer.done / (answer.wallMs / 1000);
    return { ...answer, cpuS, rssMb: after.rssMb, perS, perCpuS: answer.done / cpuS };
  } finally {
    await load.stop();
  }
}

/** One answer as it came, for the raw server to send again. */
async function capture(port: number, path: string, token: string) {
  const answer = await fetch(`http://127.0.0.1:${port}${path}`, {
    headers: { authorization: `Bearer ${token}`, accept: "application/json" },
  });
  const body = Buffer.from(await answer.arrayBuffer());
  const own = new Set(["content-length", "date", "uwebsockets", "connection", "keep-alive"]);
  const headers = [...answer.headers].filter(([name]) => !own.has(name));
  return { status: "200 OK", headers, body };
}

async function besideRaw(
  run: Run,
  world: World,
  it: { row: string; what: string; path: string; tokens: readonly string[]; p99Ms: number },
): Promise<Figure[]> {
  const sent = await capture(world.port, it.path, it.tokens[0] ?? "");
  const connections = Array.from({ length: CONNECTIONS }, (_, at) => [
    wire(it.path, it.tokens[at % it.tokens.length] ?? ""),
  ]);
  const ours = await measure(run, it.row, world.node, { port: world.port, connections });
  const raw = startHelper(new URL("./raw-server.js", import.meta.url));
  try {
    const port = await raw.ask<number>("listen");
    await raw.ask("answer", { ...sent, body: sent.body.toString("base64") });
    const theirs = await measure(run, it.row, raw, { port, connections, profile: false });
    return compared(it, ours, theirs, sent.body.length);
  } finally {
    await raw.stop();
  }
}

function compared(
  it: { row: string; what: string; p99Ms: number },
  ours: Measured,
  raw: Measured,
  bytes: number,
): Figure[] {
  const common = { row: it.row, cpuS: ours.cpuS, rssMb: ours.rssMb };
  const busy = (of: Measured) => Math.round((of.cpuS / (of.wallMs / 1000)) * 100);
  const perCpu = ours.perCpuS / raw.perCpuS;
  return [
    figure({
      ...common,
      what: it.what,
      value: ours.perS,
      unit: "/s",
      raw: raw.perS,
      ratio: ours.perS / raw.perS,
      goal: atMost(it.p99Ms, " ms p99"),
      judged: ours.p99Ms,
      p50Ms: ours.p50Ms,
      p99Ms: ours.p99Ms,
      note:
        `${CONNECTIONS} connections, ${bytes} bytes a body; the server used ${busy(ours)} % of a ` +
        `core, the raw one ${busy(raw)} % (p99 ${raw.p99Ms.toFixed(2)} ms)`,
    }),
    figure({
      ...common,
      what: `${it.what}, for each CPU second`,
      value: ours.perCpuS,
      unit: "/s",
      raw: raw.perCpuS,
      ratio: perCpu,
      goal: atLeast(60, " % of raw"),
      judged: perCpu * 100,
      note: "the load runs in another process, so what a CPU second of the server gives is the limit",
    }),
  ];
}

async function measureHome(run: Run): Promise<Figure[]> {
  const world = await openWorld(run, "home", { viewer: VIEWERS, author: AUTHORS });
  try {
    const { viewer = [], author = [] } = world.people;
    await followAll(world, viewer, author);
    await write(world, author, 40);
    const path = `/api/v1/timelines/home?limit=${PAGE}`;
    for (const it of viewer) await hasWholePage(world, it, path);
    const tokens = viewer.map(({ token }) => token);
    const what = "home timeline, 20 statuses";
    return await besideRaw(run, world, { row: "home", what, path, tokens, p99Ms: 5 });
  } finally {
    await world.node.stop();
  }
}

async function hasWholePage(world: World, viewer: Person, path: string): Promise<void> {
  for (let look = 0; look < 100; look++) {
    const page = await call<unknown[]>(world, viewer, `GET ${path}`);
    if (page.length === PAGE) return;
    await new Promise((resume) => setTimeout(resume, 20));
  }
  throw new Error(`the home timeline of ${viewer.username} is not full`);
}

async function measureStatus(run: Run): Promise<Figure[]> {
  const world = await openWorld(run, "status", { viewer: VIEWERS, author: AUTHORS });
  try {
    const { viewer = [], author = [] } = world.people;
    const id = await write(world, author, 12);
    const tokens = viewer.map(({ token }) => token);
    const it = {
      row: "status",
      what: "one status",
      path: `/api/v1/statuses/${id}`,
      tokens,
      p99Ms: 5,
    };
    return await besideRaw(run, world, it);
  } finally {
    await world.node.stop();
  }
}

export const home: Row = {
  name: "home",
  says: "home timeline of 20 statuses over HTTP, beside raw uWebSockets",
  measure: measureHome,
};

export const status: Row = {
  name: "status",
  says: "one status over HTTP, beside raw uWebSockets",
  measure: measureStatus,
};
