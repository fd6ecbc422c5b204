// Owns the row of posting: statuses acknowledged over HTTP once their facts are durable, beside the
// same rows written by bare SQLite on the same disk.

import { atLeast, atMost, type Figure, figure } from "./figures.js";
import { type Helper, startHelper } from "./helper.js";
import type { LoadAnswer } from "./load.js";
import type { Written } from "./node-child.js";
import type { Person } from "./node-kit.js";
import type { Row, Run } from "./run.js";
import { type Measured, measureInTurns } from "./web.js";
import { openWorld, type World, wire } from "./world.js";

const POSTERS = 8;
const CONNECTIONS_EACH = 8;
const AT_ONCE = POSTERS * CONNECTIONS_EACH;
const RECORD_MS = 1_000;

const SENTENCES = [
  "The train was late again, but the coffee at the station is decent.",
  "How we moved our small server to one file: https://blog.example/one-file",
  "今日は天気がいいので、川沿いを散歩しました。",
  "Schön war’s! Durch den Regen und dann doch noch ein Stück Käsekuchen.",
  "Looking for a second-hand bicycle in the north of town; nothing fancy.",
];

const requestsOf = ({ token }: Person, connection: number): string[] =>
  SENTENCES.map((text, at) =>
    wire("/api/v1/statuses", token, {
      status: `${text} (${connection}.${at})`,
      visibility: "public",
    }),
  );

/** Which rows so many posts write, as the store is asked to write them. */
async function rowsOfPosts(world: World, connections: readonly (readonly string[])[]) {
  const load = startHelper(new URL("./load.js", import.meta.url));
  try {
    await load.ask("start", { port: world.port, connections, warmMs: 500 });
    await world.node.ask("record-start");
    const { done } = await load.ask<LoadAnswer>("measure", RECORD_MS);
    const written = await world.node.ask<Written[]>("record-stop");
    await load.ask("end");
    return { written, posts: done };
  } finally {
    await load.stop();
  }
}

async function measurePost(run: Run): Promise<Figure[]> {
  const world = await openWorld(run, "post", { poster: POSTERS }, { spy: true });
  const raw: Helper = startHelper(new URL("./raw-store.js", import.meta.url));
  try {
    const { poster = [] } = world.people;
    const connections = Array.from({ length: AT_ONCE }, (_, at) =>
      requestsOf(poster[at % POSTERS] as Person, at),
    );
    const { written, posts } = await rowsOfPosts(world, connections);
    const target = { name: "post", server: world.node, port: world.port, profile: true };
    const [ours] = await measureInTurns(run, [target], connections);
    if (ours === undefined) throw new Error("nothing was measured");
    const path = `${run.folder}/raw.sqlite`;
    const asked = { path, written, posts, atOnce: AT_ONCE, spanMs: run.spanMs };
    const bare = await raw.ask<{ perS: number; batchP99Ms: number }>("replay", asked);
    return figures(ours, bare, written, posts);
  } finally {
    await world.node.stop();
    await raw.stop();
  }
}

function figures(
  ours: Measured,
  bare: { perS: number; batchP99Ms: number },
  written: readonly Written[],
  posts: number,
): Figure[] {
  const rows = written.reduce(
    (sum, it) => sum + ("snapshot" in it ? 1 : it.facts.length + it.changes.length),
    0,
  );
  const ratio = ours.perS / bare.perS;
  const common = { row: "post", cpuS: ours.cpuS, rssMb: ours.rssMb };
  const times = { p50Ms: ours.p50Ms, p99Ms: ours.p99Ms };
  return [
    figure({
      ...common,
      ...times,
      what: "post, acknowledged after its journal",
      value: ours.perS,
      unit: "/s",
      raw: bare.perS,
      ratio,
      goal: atLeast(50, " % of raw"),
      judged: ratio * 100,
      note:
        `${AT_ONCE} posts at once by ${POSTERS} accounts; ${(rows / posts).toFixed(1)} rows a post in ` +
        `${(written.length / posts).toFixed(2)} appends; the bare store commits ${AT_ONCE} posts at a time ` +
        `(p99 ${bare.batchP99Ms.toFixed(1)} ms)`,
    }),
    figure({
      ...common,
      ...times,
      what: "post, time to its answer",
      value: ours.p99Ms,
      unit: "ms p99",
      goal: atMost(20, " ms"),
      judged: ours.p99Ms,
    }),
  ];
}

export const post: Row = {
  name: "post",
  says: "statuses acknowledged after their journal, beside bare SQLite",
  measure: measurePost,
};
