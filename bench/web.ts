// Owns the rows of reading over HTTP: the home timeline and one status, each beside a bare
// uWebSockets server that sends the very same bytes.

import { atLeast, atMost, type Figure, figure, percentile } from "./figures.js";
import { type Helper, startHelper } from "./helper.js";
import type { LoadAnswer } from "./load.js";
import type { Person } from "./node-kit.js";
import { profiled, type Row, type Run } from "./run.js";
import { call, followAll, openWorld, type World, wire, write } from "./world.js";

const VIEWERS = 16;
const AUTHORS = 10;
const CONNECTIONS = 64;
const PAGE = 20;

export type Measured = LoadAnswer & { cpuS: number; rssMb: number; perS: number; perCpuS: number };

type Target = { name: string; server: Helper; port: number; profile: boolean };

/** Loads servers in turns, so that what else the machine does meets all of them alike. */
export async function measureInTurns(
  run: Run,
  targets: readonly Target[],
  connections: readonly (readonly string[])[],
): Promise<Measured[]> {
  const rounds = targets.map((): Measured[] => []);
  for (let round = 0; round < ROUNDS; round++) {
    for (const [at, target] of targets.entries()) {
      const isFirst = round === 0;
      const spans = { warmMs: isFirst ? run.warmMs : run.warmMs / 4, spanMs: run.spanMs / ROUNDS };
      const work = () => loaded(target, connections, spans);
      const profile = target.profile && round === ROUNDS - 1;
      const it = await (profile ? profiled(run, target.name, target.server, work) : work());
      rounds[at]?.push(it);
    }
  }
  return rounds.map(together);
}

const ROUNDS = 3;

/** One load of one server: what it did, and what CPU time the server took. */
async function loaded(
  { name, server, port }: Target,
  connections: readonly (readonly string[])[],
  { warmMs, spanMs }: { warmMs: number; spanMs: number },
): Promise<Measured> {
  const load = startHelper(new URL("./load.js", import.meta.url));
  try {
    await load.ask("start", { port, connections, warmMs });
    const before = await server.usage();
    const answer = await load.ask<LoadAnswer>("measure", spanMs);
    const after = await server.usage();
    await load.ask("end");
    if (answer.bad > 0) throw new Error(`${name}: ${answer.bad} bad answers; ${answer.firstBad}`);
    const cpuS = after.cpuS - before.cpuS;
    const perS = answer.done / (answer.wallMs / 1000);
    return { ...answer, cpuS, rssMb: after.rssMb, perS, perCpuS: answer.done / cpuS };
  } finally {
    await load.stop();
  }
}

/** The rounds as one: sums, and the median of the percentiles. */
function together(rounds: readonly Measured[]): Measured {
  const sum = (of: (it: Measured) => number) => rounds.reduce((all, it) => all + of(it), 0);
  const middle = (of: (it: Measured) => number) => percentile(rounds.map(of), 0.5);
  const [done, wallMs, cpuS] = [sum((it) => it.done), sum((it) => it.wallMs), sum((it) => it.cpuS)];
  return {
    ...{ done, wallMs, cpuS },
    bytes: sum((it) => it.bytes),
    p50Ms: middle((it) => it.p50Ms),
    p99Ms: middle((it) => it.p99Ms),
    bad: 0,
    firstBad: "",
    rssMb: Math.max(...rounds.map((it) => it.rssMb)),
    perS: done / (wallMs / 1000),
    perCpuS: done / cpuS,
  };
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
  const all = await Promise.all(it.tokens.map((token) => capture(world.port, it.path, token)));
  const [sent] = all;
  if (sent === undefined) throw new Error("nobody looks");
  const connections = Array.from({ length: CONNECTIONS }, (_, at) => [
    wire(it.path, it.tokens[at % it.tokens.length] ?? ""),
  ]);
  const raw = startHelper(new URL("./raw-server.js", import.meta.url));
  try {
    const port = await raw.ask<number>("listen");
    const bodies = all.map(({ body }) => body.toString("base64"));
    await raw.ask("answer", { status: sent.status, headers: sent.headers, bodies });
    const [ours, theirs] = await measureInTurns(
      run,
      [
        { name: it.row, server: world.node, port: world.port, profile: true },
        { name: "raw", server: raw, port, profile: false },
      ],
      connections,
    );
    if (ours === undefined || theirs === undefined) throw new Error("nothing was measured");
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
  const times = { p50Ms: ours.p50Ms, p99Ms: ours.p99Ms };
  const busy = (of: Measured) => Math.round((of.cpuS / (of.wallMs / 1000)) * 100);
  const perS = (of: Measured) => Math.round(of.perCpuS).toLocaleString("en-GB");
  const ratio = ours.perS / raw.perS;
  return [
    figure({
      ...common,
      ...times,
      what: it.what,
      value: ours.perS,
      unit: "/s",
      raw: raw.perS,
      ratio,
      goal: atLeast(60, " % of raw"),
      judged: ratio * 100,
      note:
        `${CONNECTIONS} connections, ${bytes} bytes a body; the server used ${busy(ours)} % of a ` +
        `core (${perS(ours)} for each CPU second), the raw one ${busy(raw)} % (${perS(raw)})`,
    }),
    figure({
      ...common,
      ...times,
      what: `${it.what}, time to its answer`,
      value: ours.p99Ms,
      unit: "ms p99",
      raw: raw.p99Ms,
      ratio: ours.p99Ms / raw.p99Ms,
      goal: atMost(it.p99Ms, " ms"),
      judged: ours.p99Ms,
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
