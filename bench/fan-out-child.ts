// A process of its own: fan-outs. First the timelines alone, against a store that answers at once:
// what a core can write. Then those of a whole node's inside (cells, journal, SQLite), with authors
// whose followers are made up, so that a million of them cost no disk.

import { performance } from "node:perf_hooks";
import type { Draft } from "../src/actors/account/status-facts.js";
import type { FanOut } from "../src/actors/effects.js";
import { FanOuts } from "../src/actors/timelines/fan-out.js";
import { FollowerRows, Numbers } from "../src/actors/timelines/followers.js";
import { Homes } from "../src/actors/timelines/homes.js";
import { Slab } from "../src/actors/timelines/slab.js";
import { idAt } from "../src/base/ids.js";
import { followersOf } from "../src/domain/collections.js";
import type { Core } from "../src/node/core.js";
import { accountCell } from "../src/ports/actors.js";
import type { Collections, Member, PageOf } from "../src/ports/storage.js";
import { percentile } from "./figures.js";
import { serveParent } from "./helper.js";
import { benchCore, makeAccounts, must } from "./node-kit.js";
import { benchSettings } from "./settings.js";

const RING = 400;
const START_MS = Date.UTC(2026, 0, 1);
const pause = (): Promise<void> => new Promise((resume) => setImmediate(resume));
const sleep = (ms: number) => new Promise((resume) => setTimeout(resume, ms));

/** Ids of made-up followers: the same for every author, as many as asked for. */
const followerId = (place: number): string => idAt(START_MS + place, 1);

/** Of twenty followers one wants no boosts and one only some languages; the bell is rare. */
function optionsOf(place: number): string {
  const plain = { reblogs: true, notify: false, languages: null };
  if (place % 20 === 7) return JSON.stringify({ ...plain, reblogs: false });
  if (place % 20 === 13) return JSON.stringify({ ...plain, languages: ["en", "de"] });
  return "";
}

const made = new Map<string, number>();

/** A page of the followers of an author who is made up; null if this is another collection. */
function followerPage(collection: string, page: PageOf): Member[] | null {
  const count = made.get(collection);
  if (count === undefined) return null;
  const from = page.above === undefined || page.above === "" ? 0 : Number(page.above) + 1;
  const rows: Member[] = [];
  for (let at = from; at < Math.min(count, from + page.limit); at++) {
    rows.push({ member: followerId(at), rank: String(at).padStart(9, "0"), value: optionsOf(at) });
  }
  return rows;
}

const EMPTY: Collections = {
  page: async (collection, page) => followerPage(collection, page) ?? [],
  pick: async () => new Map(),
  lookup: async (wanted) => wanted.map(() => null),
  count: async () => 0,
};

let places = 0;
const newStatusId = (): string => idAt(START_MS + 86_400_000 + places++);

const fanOutOf = (authorId: string): FanOut => ({
  statusId: newStatusId(),
  authorId,
  ofAuthorId: null,
  replyToAccountId: null,
  isBoost: places % 4 === 0,
  visibility: "public",
  language: "en",
  mentionIds: [],
  tags: [],
});

function alone(homesMax: number) {
  const numbers = new Numbers();
  const slab = new Slab(RING);
  const rows = new FollowerRows({ numbers, collections: EMPTY, rowsMax: 8_000_000, pause });
  const clock = { nowMs: () => START_MS };
  const homes = new Homes({ slab, numbers, collections: EMPTY, clock, pause, homesMax });
  const fanOuts = new FanOuts({
    ...{ rows, homes, numbers, collections: EMPTY, pause },
    isLive: () => false,
    anyLive: () => false,
    added: () => {},
    notify: async () => null,
    nowMs: () => START_MS,
    turnMax: 200,
  });
  return { homes, fanOuts };
}

type Spans = {
  writes: number;
  seconds: number;
  cpuS: number;
  p50Ms: number;
  p99Ms: number;
  maxMs: number;
};

const cpuS = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
};

/** Runs fan-outs to `followers` one after the other. */
async function timelines({
  followers,
  posts,
}: {
  followers: number;
  posts: number;
}): Promise<Spans> {
  const { homes, fanOuts } = alone(followers + 1);
  const author = `author-of-${followers}`;
  made.set(followersOf(author), followers);
  for (let at = 0; at < followers; at++) await homes.page(followerId(at), { limit: 1 });
  for (let at = 0; at < 3; at++) await fanOuts.run(fanOutOf(author));
  const samples: number[] = [];
  const before = { writes: fanOuts.writes, cpuS: cpuS(), ms: performance.now() };
  for (let at = 0; at < posts; at++) {
    const startMs = performance.now();
    await fanOuts.run(fanOutOf(author));
    samples.push(performance.now() - startMs);
  }
  return spansOf(samples, {
    writes: fanOuts.writes - before.writes,
    seconds: (performance.now() - before.ms) / 1000,
    cpuS: cpuS() - before.cpuS,
  });
}

const spansOf = (
  samples: number[],
  it: { writes: number; seconds: number; cpuS: number },
): Spans => ({
  ...it,
  p50Ms: percentile(samples, 0.5),
  p99Ms: percentile(samples, 0.99),
  maxMs: Math.max(...samples),
});

/** The raw limit: ids put at the head of as many rings in typed arrays, and nothing asked. */
async function slabLoop({
  followers,
  posts,
}: {
  followers: number;
  posts: number;
}): Promise<Spans> {
  const highs = new Uint32Array(followers * RING);
  const lows = new Uint32Array(followers * RING);
  const heads = new Uint16Array(followers);
  const lengths = new Uint16Array(followers);
  const samples: number[] = [];
  let before = { cpuS: 0, ms: 0 };
  for (let post = -3; post < posts; post++) {
    if (post === 0) before = { cpuS: cpuS(), ms: performance.now() };
    const startMs = performance.now();
    for (let at = 0; at < followers; at++) {
      const head = ((heads[at] as number) + RING - 1) % RING;
      heads[at] = head;
      highs[at * RING + head] = 1;
      lows[at * RING + head] = post;
      if ((lengths[at] as number) < RING) lengths[at] = (lengths[at] as number) + 1;
    }
    if (post >= 0) samples.push(performance.now() - startMs);
  }
  const seconds = (performance.now() - before.ms) / 1000;
  return spansOf(samples, { writes: followers * posts, seconds, cpuS: cpuS() - before.cpuS });
}

let core: Core | null = null;
let authors: string[] = [];
/** When the fan-out of a status ended, or who waits to hear it: the reply may come after it. */
const finished = new Map<string, number | ((atMs: number) => void)>();

const opened = (): Core => {
  if (core === null) throw new Error("ask open first");
  return core;
};

/** A node's inside. The first author has `big` followers, the others ten each. */
async function open({ folder, big, small }: { folder: string; big: number; small: number }) {
  core = await benchCore(benchSettings(folder));
  const { store, homes, fanOuts } = core;
  authors = await makeAccounts(core, "author", small + 1);
  const page = store.collections.page.bind(store.collections);
  Object.assign(store.collections, {
    page: async (collection: string, of: PageOf) =>
      followerPage(collection, of) ??
      (collection.startsWith("following/") ? [] : page(collection, of)),
  });
  const run = fanOuts.run.bind(fanOuts);
  Object.assign(fanOuts, {
    async run(post: FanOut) {
      const done = await run(post);
      const waiter = finished.get(post.statusId);
      if (typeof waiter === "function") waiter(performance.now());
      else finished.set(post.statusId, performance.now());
      return done;
    },
  });
  for (const [at, id] of authors.entries()) made.set(followersOf(id), at === 0 ? big : 10);
  const inMemory = Math.min(big, 99_000);
  for (let at = 0; at < inMemory; at++) await homes.page(followerId(at), { limit: 1 });
  return { homes: homes.count };
}

function draft(): Draft {
  const text = "Good morning! The train was late again, but the coffee is decent. #trains";
  return {
    text,
    html: `<p>${text}</p>`,
    spoiler: "",
    sensitive: false,
    language: "en",
    visibility: "public",
    inReplyToId: null,
    inReplyToAccountId: null,
    answersId: null,
    conversationId: null,
    quoteOfId: null,
    quoteOfAccountId: null,
    quotePolicy: "public",
    mentions: [],
    tags: [],
    emojis: [],
    media: [],
    poll: null,
    application: null,
  };
}

/** Posts and waits until the post is on all homes. Answers the two spans in milliseconds. */
async function post(author: string): Promise<{ ackMs: number; spreadMs: number }> {
  const startMs = performance.now();
  const command = { type: "post", draft: draft(), idempotencyKey: null };
  const status = must(
    await opened().actors.ask<{ statusId: string }>(accountCell(author), command),
  );
  const ackMs = performance.now() - startMs;
  const known = finished.get(status.statusId);
  const atMs =
    typeof known === "number"
      ? known
      : await new Promise<number>((resolve) => finished.set(status.statusId, resolve));
  finished.delete(status.statusId);
  return { ackMs, spreadMs: atMs - startMs };
}

/** Posts of the big author one after the other, while the small ones go on; or the small alone. */
async function onNode({ spanMs, big }: { spanMs: number; big: boolean }) {
  const untilMs = performance.now() + spanMs;
  const bigMs: number[] = [];
  const smallMs: number[] = [];
  const before = { writes: opened().fanOuts.writes, cpuS: cpuS() };
  const work: Promise<void>[] = [];
  const rest = async () => {
    for (let at = 1; performance.now() < untilMs; at++) {
      const author = authors[1 + (at % (authors.length - 1))] as string;
      work.push(post(author).then(({ spreadMs }) => void smallMs.push(spreadMs)));
      await sleep(5);
    }
  };
  const bigOnes = async () => {
    while (performance.now() < untilMs) bigMs.push((await post(authors[0] as string)).spreadMs);
  };
  await Promise.all(big ? [rest(), bigOnes()] : [rest()]);
  await Promise.all(work);
  return {
    writes: opened().fanOuts.writes - before.writes,
    cpuS: cpuS() - before.cpuS,
    big: spansOf(bigMs.length === 0 ? [0] : bigMs, { writes: bigMs.length, seconds: 0, cpuS: 0 }),
    small: spansOf(smallMs, { writes: smallMs.length, seconds: 0, cpuS: 0 }),
  };
}

async function postsOfBig({ posts }: { posts: number }): Promise<Spans> {
  const samples: number[] = [];
  const before = { writes: opened().fanOuts.writes, cpuS: cpuS(), ms: performance.now() };
  for (let at = 0; at < posts; at++) samples.push((await post(authors[0] as string)).spreadMs);
  return spansOf(samples, {
    writes: opened().fanOuts.writes - before.writes,
    seconds: (performance.now() - before.ms) / 1000,
    cpuS: cpuS() - before.cpuS,
  });
}

serveParent(
  { timelines, "slab-loop": slabLoop, open, "posts-of-big": postsOfBig, "on-node": onNode },
  async () => {
    await core?.stop(1000);
  },
);
