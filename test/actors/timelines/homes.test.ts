import t from "tap";
import type { FanOut } from "../../../src/actors/effects.js";
import { FanOuts } from "../../../src/actors/timelines/fan-out.js";
import { FollowerRows, Numbers } from "../../../src/actors/timelines/followers.js";
import { Homes } from "../../../src/actors/timelines/homes.js";
import { Slab } from "../../../src/actors/timelines/slab.js";
import { dropMember, putMember } from "../../../src/base/changes.js";
import { isFault } from "../../../src/base/faults.js";
import { idAt, rankOf } from "../../../src/base/ids.js";
import {
  followedTagsOf,
  followersOf,
  followingOf,
  statusesOf,
  tagFollowers,
  taggedWith,
} from "../../../src/domain/collections.js";
import type { Notify } from "../../../src/domain/notification.js";
import type { StatusFlags } from "../../../src/domain/status.js";
import { openSqliteStore } from "../../../src/storage/sqlite/store.js";

const START_MS = Date.UTC(2026, 0, 31, 12);
const PLAIN = { reblogs: true, notify: false, languages: null as string[] | null };
const post = (more: Partial<FanOut> & { statusId: string; authorId: string }): FanOut => ({
  ofAuthorId: null,
  replyToAccountId: null,
  isBoost: false,
  visibility: "public",
  language: "en",
  mentionIds: [],
  tags: [],
  ...more,
});

/** A bench: a real store in memory, homes and fan-outs over it, and who was notified or pushed. */
async function setUp(options: { ringLength?: number; turnMax?: number } = {}) {
  const store = await openSqliteStore({ path: ":memory:" });
  const { collections } = store;
  const clock = { nowMs: () => START_MS };
  const pauses = { count: 0 };
  const pause = async () => {
    pauses.count++;
    await new Promise<void>((resume) => setImmediate(resume));
  };
  const numbers = new Numbers();
  const slab = new Slab(options.ringLength ?? 400);
  const rows = new FollowerRows({ numbers, collections, rowsMax: 1_000_000, pause });
  const homes = new Homes({ slab, numbers, collections, clock, pause, homesMax: 1000 });
  store.onCommit((changes) => rows.seen(changes));
  const notified: [string, Notify][] = [];
  const pushed: [string, string][] = [];
  const live = new Set<string>();
  const fanOuts = new FanOuts({
    ...{ rows, homes, numbers, collections, pause },
    isLive: (id) => live.has(id),
    anyLive: () => live.size > 0,
    added: (statusId, ids) => pushed.push(...ids.map((id): [string, string] => [id, statusId])),
    notify: async (id, notify) => {
      notified.push([id, notify]);
      return null;
    },
    nowMs: clock.nowMs,
    turnMax: options.turnMax ?? 1000,
  });
  t.teardown(() => store[Symbol.asyncDispose]());
  let made = 0;
  const write = async (changes: Parameters<typeof store.write>[0]) => {
    if (isFault(await store.write(changes))) throw new Error("the store refused");
  };
  return {
    ...{ store, homes, fanOuts, rows, notified, pushed, live, pauses, slab },
    follow: (by: string, of: string, how: Partial<typeof PLAIN> = {}) => {
      const rank = rankOf(idAt(START_MS, made++ % 60_000));
      const value = { ...PLAIN, ...how };
      return write([
        putMember(followingOf(by), of, rank, value),
        putMember(followersOf(of), by, rank, value),
      ]);
    },
    unfollow: (by: string, of: string) =>
      write([dropMember(followingOf(by), of), dropMember(followersOf(of), by)]),
    /** Writes a status as its author's cell lists it. */
    status: async (author: string, place: number, flags: Partial<StatusFlags> = {}) => {
      const id = idAt(START_MS + place * 1000);
      const all = { v: "public", a: author, ...flags };
      const tags = flags.t ?? [];
      await write([
        putMember(statusesOf(author), id, rankOf(id), all),
        ...tags.map((tag) => putMember(taggedWith(tag), id, rankOf(id), all)),
      ]);
      return id;
    },
    home: (id: string, limit = 1000) => homes.page(id, { limit }),
    write,
  };
}

t.test("a home is built at the first read from whom one follows, and oneself", async (t) => {
  const b = await setUp();
  await b.follow("me", "ann");
  const own = await b.status("me", 1);
  const hers = await b.status("ann", 2);
  await b.status("stranger", 3);
  t.same(await b.home("me"), [hers, own]);
});

t.test(
  "what a follow leaves out is left out of the rebuilt home and of fan-out alike",
  async (t) => {
    const b = await setUp();
    await b.follow("me", "ann", { reblogs: false });
    await b.follow("me", "ben", { languages: ["de"] });
    const boost = await b.status("ann", 1, { b: 1 });
    const german = await b.status("ben", 2, { l: "de" });
    const english = await b.status("ben", 3, { l: "en" });
    const unnamed = await b.status("ben", 4);
    t.same(await b.home("me"), [unnamed, german]);
    const again = [boost, german, english, unnamed];
    const fans = [
      post({ statusId: idAt(START_MS + 5000), authorId: "ann", isBoost: true }),
      post({ statusId: idAt(START_MS + 6000), authorId: "ben", language: "en" }),
      post({ statusId: idAt(START_MS + 7000), authorId: "ben", language: "de" }),
      post({ statusId: idAt(START_MS + 8000), authorId: "ben", language: null }),
    ];
    for (const fan of fans) t.equal(await b.fanOuts.run(fan), null);
    t.same(await b.home("me"), [fans[3]?.statusId, fans[2]?.statusId, unnamed, german]);
    t.equal(again.length, 4);
  },
);

t.test("direct posts are on the homes of their author and of followers they mention", async (t) => {
  const b = await setUp();
  await b.follow("me", "ann");
  await b.follow("you", "ann");
  const first = await b.status("ann", 1, { v: "direct", to: ["me"] });
  t.same(await b.home("me"), [first]);
  t.same(await b.home("you"), []);
  const direct = { visibility: "direct", mentionIds: ["you", "stranger"] } as const;
  await b.home("stranger");
  await b.home("ann");
  const second = idAt(START_MS + 9000);
  await b.fanOuts.run(post({ statusId: second, authorId: "ann", ...direct }));
  t.same(await b.home("you"), [second]);
  t.same(await b.home("me"), [first]);
  t.same(await b.home("stranger"), []);
  t.same(await b.home("ann"), [second, first]);
});

t.test("a rebuilt home holds exactly the newest posts of everybody", async (t) => {
  const b = await setUp({ ringLength: 50 });
  const expected: string[] = [];
  for (const author of ["ann", "ben", "cat"]) await b.follow("me", author);
  for (let place = 0; place < 300; place++) {
    // Ann writes nearly all: far beyond the first page that is read of an author.
    const author = place % 37 === 0 ? "ben" : place % 41 === 0 ? "cat" : "ann";
    expected.unshift(await b.status(author, place));
  }
  t.same(await b.home("me"), expected.slice(0, 50));
});

t.test("a post that arrives while a home is being built is not lost", async (t) => {
  const b = await setUp();
  for (let n = 0; n < 200; n++) await b.follow("me", `a${n}`);
  const old = await b.status("a7", 1);
  const building = b.home("me");
  const fresh = idAt(START_MS + 60_000);
  await b.fanOuts.run(post({ statusId: fresh, authorId: "a3" }));
  await building;
  t.same(await b.home("me"), [fresh, old]);
});

t.test("a follow that changes while a home is being built builds it anew", async (t) => {
  const b = await setUp();
  for (let n = 0; n < 200; n++) await b.follow("me", `a${n}`);
  await b.status("a7", 1);
  const building = b.home("me");
  await b.unfollow("me", "a7");
  b.homes.refresh("me");
  await building;
  t.same(await b.home("me"), []);
});

t.test("pages go both ways, within bounds", async (t) => {
  const b = await setUp();
  const ids: string[] = [];
  for (let place = 0; place < 10; place++) ids.unshift(await b.status("me", place));
  const page = (how: object) => b.homes.page("me", { limit: 3, ...how });
  t.same(await page({}), ids.slice(0, 3));
  t.same(await page({ below: ids[2] }), ids.slice(3, 6));
  t.same(await page({ above: ids[7], from: "low" }), [ids[6], ids[5], ids[4]]);
  t.same(await page({ above: ids[1] }), [ids[0]]);
  t.same(await page({ below: ids[4], above: ids[7] }), [ids[5], ids[6]]);
});

t.test("fan-out follows follows and unfollows, and does nothing twice", async (t) => {
  const b = await setUp();
  for (const me of ["x", "y", "z"]) await b.home(me);
  await b.follow("x", "ann");
  await b.follow("y", "ann");
  const first = idAt(START_MS + 1000);
  await b.fanOuts.run(post({ statusId: first, authorId: "ann" }));
  await b.fanOuts.run(post({ statusId: first, authorId: "ann" }));
  await b.unfollow("x", "ann");
  await b.follow("z", "ann");
  const second = idAt(START_MS + 2000);
  await b.fanOuts.run(post({ statusId: second, authorId: "ann" }));
  t.same(await b.home("x"), [first]);
  t.same(await b.home("y"), [second, first]);
  t.same(await b.home("z"), [second]);
  t.equal(b.rows.total, 2);
});

t.test(
  "only followers who asked are notified, of posts and not of boosts or replies",
  async (t) => {
    const b = await setUp();
    await b.follow("x", "ann", { notify: true });
    await b.follow("y", "ann");
    await b.follow("z", "ann", { notify: true, languages: ["de"] });
    const statusId = idAt(START_MS + 1000);
    await b.fanOuts.run(post({ statusId, authorId: "ann" }));
    t.same(
      b.notified.map(([id, notify]) => [id, notify.notification, notify.statusId]),
      [["x", "status", statusId]],
    );
    await b.fanOuts.run(post({ statusId, authorId: "ann", isBoost: true }));
    await b.fanOuts.run(post({ statusId, authorId: "ann", replyToAccountId: "y" }));
    t.equal(b.notified.length, 1);
  },
);

t.test("a notification that could not be made fails the fan-out, to be run again", async (t) => {
  const b = await setUp();
  await b.follow("x", "ann", { notify: true });
  const busy = new FanOuts({
    ...{ rows: b.rows, homes: b.homes, numbers: b.rows.numbers, pause: async () => {} },
    collections: b.store.collections,
    isLive: () => false,
    anyLive: () => false,
    added: () => {},
    notify: async () => ({ fault: "mailbox-full" }),
    nowMs: () => START_MS,
    turnMax: 10,
  });
  const failed = await busy.run(post({ statusId: idAt(START_MS), authorId: "ann" }));
  t.match(failed, { fault: "mailbox-full" });
});

t.test(
  "people with a live stream are pushed to, whether their home is in memory or not",
  async (t) => {
    const b = await setUp();
    await b.follow("x", "ann");
    await b.follow("y", "ann");
    b.live.add("y").add("ann").add("fan");
    await b.write([putMember(tagFollowers("tea"), "fan", rankOf(idAt(START_MS)))]);
    const statusId = idAt(START_MS + 1000);
    await b.fanOuts.run(post({ statusId, authorId: "ann", tags: ["tea"] }));
    t.same(b.pushed.map(([id]) => id).sort(), ["ann", "fan", "y"]);
  },
);

t.test("a followed tag brings public posts of strangers, also to a rebuilt home", async (t) => {
  const b = await setUp();
  const rank = rankOf(idAt(START_MS));
  await b.write([
    putMember(followedTagsOf("me"), "tea", rank),
    putMember(tagFollowers("tea"), "me", rank),
  ]);
  const old = await b.status("ann", 1, { t: ["tea"] });
  t.same(await b.home("me"), [old]);
  const fresh = idAt(START_MS + 2000);
  await b.fanOuts.run(post({ statusId: fresh, authorId: "ben", tags: ["tea"] }));
  t.same(await b.home("me"), [fresh, old]);
});

t.test("a post to many never delays a post to few", async (t) => {
  const b = await setUp({ turnMax: 10 });
  const many = Array.from({ length: 1000 }, (_, n) => `f${n}`);
  await b.write(many.map((id, n) => putMember(followersOf("big"), id, rankOf(idAt(START_MS, n)))));
  await b.follow("x", "small");
  await b.rows.of("big");
  await b.rows.of("small");
  const order: string[] = [];
  const run = (authorId: string, place: number) =>
    b.fanOuts
      .run(post({ statusId: idAt(START_MS + place), authorId }))
      .then(() => order.push(authorId));
  await Promise.all([run("big", 1), run("small", 2)]);
  t.same(order, ["small", "big"]);
  t.ok(b.pauses.count >= 99, "a hundred turns of ten");
});

t.test("a home nobody read for long is dropped, and rebuilt on return", async (t) => {
  const b = await setUp();
  const id = await b.status("me", 1);
  t.same(await b.home("me"), [id]);
  t.equal(b.homes.dropIdle(1000), 0);
  t.equal(b.homes.dropIdle(-1), 1);
  t.equal(b.slab.used, 0);
  t.same(await b.home("me"), [id]);
});
