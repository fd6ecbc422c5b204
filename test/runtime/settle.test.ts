// Owns what a cell promises to an asker who wants told cells to have answered too.

import t from "tap";
import type { Effect } from "../../src/actors/effects.js";
import { RUNTIME_LIMITS } from "../../src/actors/runtime/limits.js";
import { cellOf, Gate, stage } from "./kit.js";

const tell = (to: string): Effect => ({
  ask: "tell",
  durable: true,
  to: cellOf(to),
  command: { type: "add", ...{ by: 5 } },
});
const add = { type: "add", by: 1, effects: [tell("2"), tell("3")] };

t.test("a settled reply comes after the told cells have counted", async (t) => {
  const { world, host, ask } = stage();
  const settled = host.ask(cellOf("1"), add, { settle: true });
  t.same(await world.finish(settled), { n: 1 });
  const others = Promise.all([ask("2", { type: "read" }), ask("3", { type: "read" })]);
  t.same(await world.finish(others), [{ n: 5 }, { n: 5 }]);
});

t.test("it waits no longer than its bound when a told cell is slow", async (t) => {
  const gate = new Gate();
  const { world, host, ask, disk } = stage({ link: gate });
  await world.finish(Promise.all(["1", "2", "3"].map((id) => ask(id, { type: "read" }))));
  gate.open = false;
  let reply: unknown = null;
  void host.ask(cellOf("1"), add, { settle: true }).then((it) => {
    reply = it;
  });
  await world.run(10);
  gate.waiting.splice(0).map((write) => write.pass());
  await world.run(10);
  t.equal(disk.cell("account/1").rows.length, 1);
  t.equal(reply, null, "durable, and still waiting for the others");
  await world.run(RUNTIME_LIMITS.settleMaxMs);
  t.same(reply, { n: 1 });
  gate.release();
});

t.test("without anything to tell it comes at once", async (t) => {
  const { world, host } = stage();
  const command = { type: "add", by: 1 };
  t.same(await world.finish(host.ask(cellOf("1"), command, { settle: true })), { n: 1 });
});
