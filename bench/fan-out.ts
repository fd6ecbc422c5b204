// Owns the rows of putting posts on home timelines: what a core writes, how long one post to ten
// thousand and to a million takes, and whether others notice.

import { freemem } from "node:os";
import { atLeast, atMost, type Figure, figure } from "./figures.js";
import { type Helper, startHelper } from "./helper.js";
import { profiled, type Row, type Run } from "./run.js";

const PROGRAM = new URL("./fan-out-child.js", import.meta.url);
const MANY = 10_000;
const MILLION = 1_000_000;
/** A million rings of 400 ids, and as much again for the raw loop, which runs after them. */
const NEEDED_BYTES = 5 * 2 ** 30;

type Spans = {
  writes: number;
  seconds: number;
  cpuS: number;
  p50Ms: number;
  p99Ms: number;
  maxMs: number;
};

async function inChild<T>(work: (child: Helper) => Promise<T>): Promise<T> {
  const child = startHelper(PROGRAM);
  try {
    return await work(child);
  } finally {
    await child.stop();
  }
}

/** Our timelines and the bare loop, each in a fresh process. */
async function pair(run: Run, followers: number, posts: number) {
  const size = { followers, posts };
  const { ours, rssMb } = await inChild(async (child) => ({
    ours: await profiled(run, `fan-out-${followers}`, child, () =>
      child.ask<Spans>("timelines", size),
    ),
    rssMb: (await child.usage()).rssMb,
  }));
  const raw = await inChild((child) => child.ask<Spans>("slab-loop", size));
  return { ours, raw, rssMb };
}

const rate = ({ writes, cpuS }: Spans): number => writes / cpuS;

async function timelinesAlone(run: Run): Promise<Figure[]> {
  const { ours, raw, rssMb } = await pair(run, MANY, run.quick ? 200 : 1000);
  return [
    figure({
      row: "fan-out",
      what: "timeline writes of a core, 10,000 followers",
      value: rate(ours),
      unit: "/CPU s",
      raw: rate(raw),
      ratio: rate(ours) / rate(raw),
      goal: atLeast(500_000, "/s"),
      judged: rate(ours),
      p50Ms: ours.p50Ms,
      p99Ms: ours.p99Ms,
      cpuS: ours.cpuS,
      rssMb,
      note: "one in twenty followers wants no boosts, one only some languages; none asked to be notified",
    }),
  ];
}

async function aMillion(run: Run): Promise<Figure[]> {
  const common = { row: "fan-out", what: "one post to 1,000,000 timelines in memory", unit: "s" };
  if (freemem() < NEEDED_BYTES) {
    const note = `not measured: needs ${NEEDED_BYTES / 2 ** 30} GB of free memory`;
    return [figure({ ...common, value: Number.NaN, note })];
  }
  const { ours, raw, rssMb } = await pair(run, MILLION, run.quick ? 2 : 5);
  return [
    figure({
      ...common,
      value: ours.maxMs / 1000,
      raw: raw.maxMs / 1000,
      ratio: ours.maxMs / raw.maxMs,
      goal: atMost(3, " s"),
      judged: ours.maxMs / 1000,
      p50Ms: ours.p50Ms,
      p99Ms: ours.p99Ms,
      cpuS: ours.cpuS,
      rssMb,
      note: "the slowest of the posts; every timeline is a ring of 400 ids",
    }),
  ];
}

async function tenThousandOnNode(run: Run): Promise<Figure[]> {
  const folder = `${run.folder}/fan-out-many`;
  return inChild(async (child) => {
    await child.ask("open", { folder, big: MANY, small: 1 });
    await child.ask("posts-of-big", { posts: 50 });
    const it = await child.ask<Spans>("posts-of-big", { posts: run.quick ? 150 : 500 });
    return [
      figure({
        row: "fan-out",
        what: "post to 10,000 followers, until all have it",
        value: it.p99Ms,
        unit: "ms p99",
        goal: atMost(50, " ms"),
        judged: it.p99Ms,
        p50Ms: it.p50Ms,
        p99Ms: it.p99Ms,
        cpuS: it.cpuS,
        rssMb: (await child.usage()).rssMb,
        note: "from the command to the last timeline: cell, journal, outbox, fan-out",
      }),
    ];
  });
}

type OnNode = { writes: number; cpuS: number; big: Spans; small: Spans };

async function othersMeanwhile(run: Run): Promise<Figure[]> {
  const folder = `${run.folder}/fan-out-million`;
  const spanMs = run.quick ? 2_000 : 6_000;
  return inChild(async (child) => {
    await child.ask("open", { folder, big: MILLION, small: 50 });
    await child.ask("posts-of-big", { posts: 2 });
    await child.ask("on-node", { spanMs: 1_000, big: false });
    const idle = await child.ask<OnNode>("on-node", { spanMs, big: false });
    const busy = await profiled(run, "fan-out-others", child, () =>
      child.ask<OnNode>("on-node", { spanMs, big: true }),
    );
    const ratio = busy.small.p99Ms / idle.small.p99Ms;
    return [
      figure({
        row: "fan-out",
        what: "others' posts while one goes to 1,000,000",
        value: busy.small.p99Ms,
        unit: "ms p99",
        raw: idle.small.p99Ms,
        ratio,
        goal: atMost(1.2, " × idle"),
        judged: ratio,
        p50Ms: busy.small.p50Ms,
        p99Ms: busy.small.p99Ms,
        cpuS: busy.cpuS,
        rssMb: (await child.usage()).rssMb,
        note:
          `200 posts/s to ten followers each, until all have it; "raw" is the same without the ` +
          `big author, who posted ${busy.big.writes} times (slowest ${busy.big.maxMs.toFixed(0)} ms; ` +
          "a node keeps 100,000 timelines in memory)",
      }),
    ];
  });
}

export const fanOut: Row = {
  name: "fan-out",
  says: "posts onto home timelines, beside a bare loop over typed arrays",
  async measure(run) {
    return [
      ...(await timelinesAlone(run)),
      ...(await tenThousandOnNode(run)),
      ...(await aMillion(run)),
      ...(await othersMeanwhile(run)),
    ];
  },
};
