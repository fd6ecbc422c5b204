// Owns what the host promises as a whole: what crosses, and how it stops.

import t from "tap";
import { fault } from "../../src/base/faults.js";
import { SITE } from "../../src/ports/actors.js";
import { cellOf, Gate, mail, stage, tally } from "./kit.js";

t.test("what cannot cross a wire does not cross here", async (t) => {
  const it = stage();
  const cyclic: { type: string; self?: unknown } = { type: "add" };
  cyclic.self = cyclic;
  await t.rejects(it.host.ask(cellOf("1"), cyclic));
  await t.rejects(it.host.ask(cellOf("1"), { type: "add", by: 1n } as { type: string }));
});

t.test("sender and receiver share no object", async (t) => {
  const seen: unknown[] = [];
  const reply = { deep: { n: 1 } };
  const it = stage({
    behaviours: [
      {
        ...tally,
        decide(_state: unknown, command: unknown) {
          seen.push(command);
          return { facts: [], reply };
        },
      },
    ],
  });
  const command = { type: "read", when: new Date(0), nothing: undefined };
  const answer = await it.world.finish(it.host.ask<typeof reply>(cellOf("1"), command));
  t.strictSame(seen, [{ type: "read", when: "1970-01-01T00:00:00.000Z" }]);
  t.same(answer, reply);
  t.not(answer, reply);
});

t.test("a command without a reply is answered with null", async (t) => {
  const it = stage({ behaviours: [{ ...tally, decide: () => ({ facts: [] }) }] });
  t.equal(await it.world.finish(it.ask("1", { type: "read" })), null);
});

t.test("a kind that no behaviour has is an answer", async (t) => {
  const it = stage();
  t.match(await it.world.finish(it.host.ask(SITE, { type: "read" })), { fault: "internal" });
});

t.test(
  "stops when all is finished: no acknowledged command is lost, new ones are refused",
  async (t) => {
    const gate = new Gate();
    const it = stage({ link: gate });
    await it.world.finish(it.ask("1", { type: "add", by: 1, effects: [mail("a")] }));
    gate.open = false;
    const late = it.ask("1", { type: "add", by: 1 });
    await it.world.run(5);
    const stopping = it.host.stop(1_000);
    t.same(await it.world.finish(it.ask("1", { type: "read" })), fault("stopping"));
    gate.release();
    t.same(await it.world.finish(late), { n: 2 });
    await it.world.finish(stopping);
    t.same(it.host.resident(), { cells: 0, bytes: 0, waiting: 0 });
    t.same(await it.world.finish(it.ask("1", { type: "read" })), fault("stopping"));
    const marks = [...it.disk.collections].filter(([name]) => name.startsWith("outbox-open/"));
    t.ok(
      marks.every(([, members]) => members.size === 0),
      "a clean stop leaves nothing to recover",
    );
  },
);

t.test("stops at the end of its grace, and everyone who waits hears it", async (t) => {
  const gate = new Gate();
  const it = stage({ link: gate, limits: { batchMax: 1 } });
  await it.world.finish(it.ask("1", { type: "read" }));
  gate.open = false;
  const asks = [1, 2, 3].map(() => it.ask("1", { type: "add", by: 1 }));
  await it.world.run(5);
  const beganMs = it.world.clock.nowMs();
  await it.world.finish(it.host.stop(500));
  t.ok(it.world.clock.nowMs() - beganMs <= 600);
  const replies = await it.world.finish(Promise.all(asks));
  t.same(replies, [fault("timeout"), fault("stopping"), fault("stopping")]);
  gate.release();
  await it.world.run(100);
  t.equal(it.disk.cell("account/1").rows.length, 1, "only what was in flight");
});
