// Owns what happens at the runtime's bounds: an answer to the caller, never a silent drop.

import t from "tap";
import type { Fault } from "../../src/base/faults.js";
import { Gate, mail, stage } from "./kit.js";

t.test("answers mailbox-full when the mailbox is full, and everyone else in order", async (t) => {
  const gate = new Gate();
  const { world, ask } = stage({ link: gate, limits: { mailboxMax: 5, batchMax: 2 } });
  await world.finish(ask("1", { type: "read" }));
  gate.open = false;
  const inFlight = ask("1", { type: "add", by: 1 });
  await world.run(5);
  const behind = [ask("1", { type: "add", by: 1 }), ask("1", { type: "add", by: 1 })];
  await world.run(5);
  const waiting = Array.from({ length: 5 }, () => ask("1", { type: "add", by: 1 }));
  const over = await world.finish(ask("1", { type: "add", by: 1 }));
  t.same(over, { fault: "mailbox-full" });
  gate.release();
  const replies = await world.finish(Promise.all([inFlight, ...behind, ...waiting]));
  t.same(
    replies,
    [1, 2, 3, 4, 5, 6, 7, 8].map((n) => ({ n })),
  );
});

t.test("answers timeout once, and a late reply is passed over", async (t) => {
  const gate = new Gate();
  const { world, ask } = stage({ link: gate });
  await world.finish(ask("1", { type: "read" }));
  gate.open = false;
  let answers = 0;
  const asked = ask("1", { type: "add", by: 1 }, 200);
  void asked.then(() => answers++);
  await world.run(150);
  t.equal(answers, 0);
  t.same(await world.finish(asked), { fault: "timeout" });
  gate.release();
  await world.run(1_000);
  t.equal(answers, 1);
  t.same(await world.finish(ask("1", { type: "read" })), { n: 1 }, "the outcome was unknown");
});

t.test("does not decide what nobody waits for any more", async (t) => {
  const gate = new Gate();
  const { world, ask } = stage({ link: gate, limits: { batchMax: 1 } });
  await world.finish(ask("1", { type: "read" }));
  gate.open = false;
  const asks = [1, 2, 3].map(() => ask("1", { type: "add", by: 1 }, 100));
  await world.finish(Promise.all(asks));
  gate.release();
  t.same(
    await world.finish(ask("1", { type: "read" })),
    { n: 2 },
    "in flight and behind, not the third",
  );
});

t.test(
  "lets idle cells go when memory is short, the unused first, and keeps nothing of them",
  async (t) => {
    const it = stage({ limits: { residentMaxBytes: 60_000 } });
    for (let n = 0; n < 200; n++) {
      await it.world.finish(it.ask(String(n), { type: "add", by: n }));
      await it.world.finish(it.ask("busy", { type: "add", by: 1 }));
    }
    await it.world.run(1_000);
    const { cells, bytes } = it.host.resident();
    t.ok(cells < 35 && cells > 5, `${cells} cells`);
    t.ok(bytes <= 60_000, `${bytes} bytes`);
    const opens: string[] = [];
    const { open } = it.store.journal;
    it.store.journal.open = (cell, epoch) => {
      opens.push(cell);
      return open(cell, epoch);
    };
    t.same(await it.world.finish(it.ask("busy", { type: "read" })), { n: 200 });
    t.same(await it.world.finish(it.ask("3", { type: "read" })), { n: 3 });
    t.same(opens, ["account/3"], "the one in use stayed");
  },
);

t.test("a cell with effects to do is not let go", async (t) => {
  let busy = true;
  const it = stage({
    limits: { residentMaxBytes: 10_000 },
    perform: async () => (busy ? { fault: "store-busy" } : null),
  });
  await it.world.finish(it.ask("waits", { type: "add", by: 1, effects: [mail("a")] }));
  for (let n = 0; n < 30; n++) await it.world.finish(it.ask(String(n), { type: "add", by: 1 }));
  busy = false;
  await it.world.run(60_000);
  const marks = [...it.disk.collections].filter(([name]) => name.startsWith("outbox-open/"));
  t.ok(marks.every(([, members]) => members.size === 0));
});

t.test("a cell with many facts takes a snapshot before it goes", async (t) => {
  const it = stage({ limits: { residentMaxBytes: 10_000 } });
  await it.world.finish(it.ask("many", { type: "add", by: 1, times: 25 }));
  await it.world.finish(it.ask("few", { type: "add", by: 1, times: 5 }));
  for (let n = 0; n < 30; n++) await it.world.finish(it.ask(String(n), { type: "add", by: 1 }));
  await it.world.run(1_000);
  t.equal(it.disk.cell("account/many").snapshots[0]?.seq, 25);
  t.equal(it.disk.cell("account/few").snapshots.length, 0);
});

t.test("no further cell comes alive at twice the memory, and the caller hears it", async (t) => {
  const gate = new Gate();
  const it = stage({ link: gate, limits: { residentMaxBytes: 4_000 } });
  gate.open = false;
  const asks = Array.from({ length: 8 }, (_, n) => it.ask(String(n), { type: "add", by: 1 }));
  await it.world.run(10);
  gate.release();
  const replies = (await it.world.finish(Promise.all(asks))) as (Fault | { n: number })[];
  const full = replies.filter((reply) => "fault" in reply && reply.fault === "mailbox-full");
  t.ok(full.length > 0 && full.length < 8, `${full.length} of 8`);
});

t.test("brings back a bounded number of cells at once, and bounds those that wait", async (t) => {
  const gate = new Gate();
  const limits = { recoveriesMax: 2, recoveriesWaitingMax: 3 };
  const it = stage({ link: gate, limits });
  gate.open = false;
  const asks = Array.from({ length: 6 }, (_, n) => it.ask(String(n), { type: "read" }));
  await it.world.run(10);
  t.equal(gate.waiting.length, 2, "two open");
  t.equal(it.host.resident().waiting, 3);
  gate.release();
  const replies = await it.world.finish(Promise.all(asks));
  t.same(replies, [...Array(5).fill({ n: 0 }), { fault: "mailbox-full" }]);
});

t.test("a command that needs too many reads is refused as one that throws", async (t) => {
  const it = stage({ limits: { needsMax: 0 } });
  const need = { record: "thing", id: "x" };
  t.match(await it.world.finish(it.ask("1", { type: "look", need })), { fault: "internal" });
});

t.test(
  "counts no memory for a cell that is gone, also if its snapshot is saved later",
  async (t) => {
    const gate = new Gate();
    const it = stage({ link: gate, limits: { snapshotEvery: 1 } });
    await it.world.finish(it.ask("1", { type: "read" }));
    gate.open = false;
    const asked = it.ask("1", { type: "add", by: 1 });
    await it.world.run(5);
    gate.waiting.shift()?.pass();
    t.same(await it.world.finish(asked), { n: 1 });
    t.equal(gate.waiting.length, 1, "the snapshot is under way");
    await it.world.finish(it.host.stop(0));
    gate.release();
    await it.world.run(100);
    t.equal(it.disk.cell("account/1").snapshots.length, 1);
    t.same(it.host.resident(), { cells: 0, bytes: 0, waiting: 0 });
  },
);
