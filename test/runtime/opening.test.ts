// Owns what a cell promises about coming back.

import t from "tap";
import type { Behaviour } from "../../src/actors/behaviour.js";
import { nextEpoch } from "../../src/actors/runtime/epoch.js";
import { createIds } from "../../src/base/ids.js";
import { stage, type TallyCommand, type TallyFact, type TallyState, tally } from "./kit.js";

t.test("comes back with the state that its facts add up to, page by page", async (t) => {
  const first = stage();
  const { world } = first;
  for (let n = 0; n < 13; n++) await world.finish(first.ask("1", { type: "add", by: 1, times: 7 }));
  first.disk.cell("account/1").snapshots = [];
  const second = stage({ on: first, epoch: 2, limits: { replayPage: 10 } });
  let pages = 0;
  const { read } = second.store.journal;
  second.store.journal.read = (cell, afterSeq, limit) => {
    pages++;
    return read(cell, afterSeq, limit);
  };
  t.same(await world.finish(second.ask("1", { type: "read" })), { n: 91 });
  t.equal(pages, 10);
});

t.test("takes a snapshot each snapshotEvery facts and replays only what came after", async (t) => {
  const first = stage();
  const { world, disk } = first;
  for (let n = 0; n < 250; n++) await world.finish(first.ask("1", { type: "add", by: 1 }));
  t.same(
    disk.cell("account/1").snapshots.map((it) => it.seq),
    [100, 200],
  );
  const second = stage({ on: first, epoch: 2 });
  const reads: number[] = [];
  const { read } = second.store.journal;
  second.store.journal.read = (cell, afterSeq, limit) => {
    reads.push(afterSeq);
    return read(cell, afterSeq, limit);
  };
  t.same(await world.finish(second.ask("1", { type: "read" })), { n: 250 });
  t.same(reads, [200]);
});

t.test("passes over a snapshot of another version, and one that it cannot read", async (t) => {
  const first = stage({ limits: { snapshotEvery: 5 } });
  const { world, disk } = first;
  for (let n = 0; n < 12; n++) await world.finish(first.ask("1", { type: "add", by: 1 }));
  const cell = disk.cell("account/1");
  t.equal(cell.snapshots.length, 2);
  const next: Behaviour<TallyState, TallyCommand, TallyFact> = { ...tally, version: 2 };
  const second = stage({ on: first, epoch: 2, behaviours: [next] });
  t.same(await world.finish(second.ask("1", { type: "read" })), { n: 12 });
  cell.snapshots = [{ seq: 10, version: 1, state: '{"v":1,"pending":[],"orig' }];
  const third = stage({ on: first, epoch: 3 });
  t.same(await world.finish(third.ask("1", { type: "read" })), { n: 12 });
});

t.test("a snapshot that cannot be saved is logged and nothing else", async (t) => {
  const { world, ask, store, logged, disk } = stage({ limits: { snapshotEvery: 5 } });
  store.journal.saveSnapshot = async () => ({ fault: "store-full" });
  for (let n = 0; n < 8; n++) await world.finish(ask("1", { type: "add", by: 1 }));
  t.equal(disk.cell("account/1").rows.length, 8);
  t.match(logged, ['no snapshot was saved {"cell":"account/1","seq":5,"fault":"store-full"}']);
});

t.test("brings facts of an older release to today's shape", async (t) => {
  const { world, ask, disk } = stage({
    behaviours: [
      {
        ...tally,
        upcast(old: unknown): TallyFact {
          const fact = old as { type: string; amount?: number; by?: number };
          return { type: "added", by: fact.by ?? fact.amount ?? 0 };
        },
      } satisfies Behaviour<TallyState, TallyCommand, TallyFact>,
    ],
  });
  disk.cell("account/1").rows.push({ fact: '{"f":{"type":"counted","amount":7}}', epoch: 1 });
  t.same(await world.finish(ask("1", { type: "add", by: 1 })), { n: 8 });
});

t.test(
  "answers internal while its journal cannot be replayed, and opens once it can",
  async (t) => {
    const { world, ask, disk } = stage();
    const { rows } = disk.cell("account/1");
    rows.push({ fact: '{"f":{"type":"added","by":1,"throwIn":"evolve"}}', epoch: 1 });
    t.match(await world.finish(ask("1", { type: "read" })), { fault: "internal" });
    rows[0] = { fact: '{"f":{"type":"added","by":1}}', epoch: 1 };
    t.same(await world.finish(ask("1", { type: "read" })), { n: 1 });
  },
);

t.test("gives a store's fault to who waits for a cell that cannot come back", async (t) => {
  const { world, ask, store } = stage();
  const { open } = store.journal;
  store.journal.open = async () => ({ fault: "store-busy" });
  const asks = [ask("1", { type: "read" }), ask("1", { type: "add", by: 1 })];
  t.same(await world.finish(Promise.all(asks)), [{ fault: "store-busy" }, { fault: "store-busy" }]);
  store.journal.open = open;
  t.same(await world.finish(ask("1", { type: "read" })), { n: 0 });
});

t.test("takes a higher epoch at each start, also when two start at once", async (t) => {
  const { store } = stage();
  const epochs = [await nextEpoch(store.registers), await nextEpoch(store.registers)];
  epochs.push(...(await Promise.all([nextEpoch(store.registers), nextEpoch(store.registers)])));
  t.same(epochs, [1, 2, 3, 4]);
  store.registers.compareAndSet = async () => null;
  t.match(await nextEpoch(store.registers), { fault: "conflict" }, "gives up at some time");
});

t.test("comes back in less than a millisecond of CPU from a snapshot and 99 facts", async (t) => {
  const first = stage();
  const { world } = first;
  for (let cell = 0; cell < 50; cell++) {
    await world.finish(first.ask(String(cell), { type: "add", by: 1, times: 199 }));
  }
  const second = stage({ on: first, epoch: 2, ids: createIds(world.clock) });
  const before = process.cpuUsage();
  const ids = [...Array(50).keys()].map(String);
  await world.finish(Promise.all(ids.map((id) => second.ask(id, { type: "read" }))));
  const spent = process.cpuUsage(before);
  const eachUs = (spent.user + spent.system) / 50;
  t.comment(`${eachUs.toFixed(0)} µs each, the simulator's own work included`);
  t.ok(eachUs < 3_000, "three times the goal, for a busy machine");
});
