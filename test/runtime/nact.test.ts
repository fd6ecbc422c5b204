// Owns the proof that what nact 7.6 leaves open is closed, one test for each trap, over real nact.

import { cpuUsage } from "node:process";
import t from "tap";
import { type ActorHost, createActorHost } from "../../src/actors/runtime/host.js";
import { createNactPlaces } from "../../src/actors/runtime/nact.js";
import type { Places } from "../../src/actors/runtime/places.js";
import { createIds } from "../../src/base/ids.js";
import { connect, Disk } from "../sim/sim-store.js";
import { World } from "../sim/world.js";
import { cellOf, type TallyCommand, tally } from "./kit.js";

const defer = (run: () => void): void => {
  setImmediate(run);
};
const world = new World(7);
/** A clock that stands still: no slice ever ends, so every turn is admitted at once. */
const nowMs = () => 0;

function places(t: { teardown(run: () => void): void }): Places {
  const made = createNactPlaces({
    nowMs,
    defer,
    sliceMaxMs: 4,
    failed: (error) => {
      throw error;
    },
  });
  t.teardown(() => made.stop());
  return made;
}

function hostOn(
  t: { teardown(run: () => void): void },
  disk = new Disk(),
  epoch = 1,
  batchMax = 64,
): ActorHost {
  return createActorHost({
    store: connect(disk),
    behaviours: [tally],
    clock: world.clock,
    scheduler: { after: () => () => {} },
    random: world.random,
    ids: createIds(world.clock),
    places: places(t),
    defer,
    perform: async () => null,
    log: { info: () => {}, warn: () => {}, error: () => {} },
    epoch,
    limits: { batchMax },
  });
}

const ask = (host: ActorHost, id: string, command: TallyCommand) =>
  host.ask(cellOf(id), command as { type: string });

const loops = async (times: number): Promise<void> => {
  for (let n = 0; n < times; n++) await new Promise<void>((resume) => setImmediate(resume));
};

t.test("ten thousand cells do not make each other's messages dear", async (t) => {
  const each = async (count: number): Promise<number> => {
    const made = places(t);
    let turns = 0;
    const all = Array.from({ length: count }, (_, n) =>
      made.take(n % 1_024, async () => {
        turns++;
      }),
    );
    const rounds = 500;
    const before = cpuUsage();
    for (let round = 0; round < rounds; round++) {
      all[round % 100]?.wake();
      await loops(1);
    }
    await loops(3);
    const spent = cpuUsage(before);
    t.equal(turns, rounds);
    return (spent.user + spent.system) / rounds;
  };
  await each(100);
  const manyUs = await each(10_000);
  t.comment(`${manyUs.toFixed(1)} µs a message among 10,000 cells`);
  t.ok(manyUs < 300, "nact takes 1,500 µs when their parent handles it");
});

t.test("a message for a cell that has stopped is answered, not dropped", async (t) => {
  const disk = new Disk();
  const old = hostOn(t, disk, 1);
  t.same(await ask(old, "1", { type: "add", by: 1 }), { n: 1 });
  const young = hostOn(t, disk, 2);
  t.same(await ask(young, "1", { type: "add", by: 1 }), { n: 2 });
  const answers = await Promise.all([
    ask(old, "1", { type: "add", by: 1 }),
    ask(old, "1", { type: "add", by: 1 }),
  ]);
  t.same(answers, [{ fault: "fence-lost" }, { fault: "fence-lost" }]);
  t.same(await ask(old, "1", { type: "read" }), { fault: "fence-lost" });
  await ask(young, "1", { type: "throw", in: "evolve" });
  t.same(await ask(young, "1", { type: "read" }), { n: 2 }, "a stopped cell's successor answers");
});

t.test("nact's own queue never holds more than one wake-up", async (t) => {
  const made = places(t);
  let turns = 0;
  const place = made.take(1, async () => {
    turns++;
  });
  for (let n = 0; n < 1_000; n++) place.wake();
  t.equal(turns, 0, "never inside wake");
  await loops(5);
  t.equal(turns, 1);
});

t.test("a full mailbox is an answer at once, however long nact would queue", async (t) => {
  const host = hostOn(t);
  const answers = await Promise.all(
    Array.from({ length: 3_000 }, () => ask(host, "1", { type: "add", by: 1 })),
  );
  const full = answers.filter((it) => JSON.stringify(it).includes("mailbox-full"));
  t.equal(full.length, 2_000);
});

t.test("facts are fenced and dense, as nact's persist does not keep them", async (t) => {
  const disk = new Disk();
  const first = hostOn(t, disk, 1);
  const second = hostOn(t, disk, 2);
  const hosts = [first, second];
  for (let n = 0; n < 30; n++) {
    await ask(hosts[n % 2] ?? first, String(n % 3), { type: "add", by: 1 });
  }
  for (const [key, cell] of disk.cells) {
    const epochs = cell.rows.map((row) => row.epoch);
    t.same(epochs, [...epochs].sort(), key);
  }
  t.same(await ask(second, "0", { type: "read" }), { n: disk.cell("account/0").rows.length });
});

t.test("turns of one cell never overlap, also when commands throw", async (t) => {
  const made = places(t);
  let running = 0;
  let most = 0;
  let turns = 0;
  const place = made.take(1, async () => {
    running++;
    most = Math.max(most, running);
    await loops(3);
    running--;
    turns++;
  });
  for (let n = 0; n < 40; n++) {
    place.wake();
    await loops(1);
  }
  await loops(10);
  t.equal(most, 1);
  t.ok(turns > 5);
  const host = hostOn(t, new Disk(), 1, 2);
  const commands: TallyCommand[] = [
    { type: "add", by: 1 },
    { type: "throw", in: "evolve", note: "a" },
    { type: "look", need: { record: "thing", id: "x" } },
    { type: "throw", in: "decide", note: "b" },
    { type: "add", by: 1 },
  ];
  await Promise.all(commands.map((command) => ask(host, "1", command)));
  t.same(await ask(host, "1", { type: "read" }), { n: 2 });
});

t.test("a place that was left takes no turn", async (t) => {
  const made = places(t);
  let turns = 0;
  const place = made.take(1, async () => {
    turns++;
  });
  place.wake();
  place.leave();
  place.wake();
  place.leave();
  await loops(5);
  t.equal(turns, 0);
});
