// Owns what becomes of commands that make their cell throw.

import t from "tap";
import type { PoisonDoc } from "../../src/actors/runtime/supervision.js";
import { cellOf, type Part, type Stage, stage, tellAdd } from "./kit.js";

const poison = ({ disk }: Stage): PoisonDoc[] =>
  [...(disk.records.get("poison")?.values() ?? [])].map((doc) => JSON.parse(doc) as PoisonDoc);

for (const part of ["needs", "decide", "evolve", "index", "react"] as Part[]) {
  t.test(`a command that throws in ${part} is answered, and the state stays right`, async (t) => {
    const it = stage();
    const { world, ask, disk } = it;
    await world.finish(ask("1", { type: "add", by: 1 }));
    const answers = await world.finish(
      Promise.all([
        ask("1", { type: "add", by: 10 }),
        ask("1", { type: "throw", in: part }),
        ask("1", { type: "add", by: 100 }),
      ]),
    );
    t.match(answers, [{ n: 11 }, { fault: "internal" }, { n: 111 }]);
    t.equal(disk.cell("account/1").rows.length, 3, "nothing of it is recorded");
    t.match(await world.finish(ask("1", { type: "throw", in: part })), { fault: "internal" });
    t.same(poison(it), []);
    t.match(await world.finish(ask("1", { type: "throw", in: part })), { fault: "poisoned" });
    t.match(poison(it), [{ cell: "account/1", name: "asked", times: 3, error: `${part} threw` }]);
    const logged = it.logged.length;
    t.match(await world.finish(ask("1", { type: "throw", in: part })), { fault: "poisoned" });
    t.equal(it.logged.length, logged, "it is not tried again");
    t.same(await world.finish(ask("1", { type: "read" })), { n: 111 });
  });
}

t.test("a told command that throws is set aside, and its sender goes on", async (t) => {
  const it = stage();
  const command = { type: "throw", in: "decide" } as { type: string };
  const bad = { ask: "tell", durable: true, to: cellOf("2"), command } as const;
  await it.world.finish(it.ask("1", { type: "add", by: 1, effects: [bad, tellAdd("2", 7)] }));
  await it.world.run(10_000);
  t.match(poison(it), [{ cell: "account/2", name: "told account/1 1 0", times: 3 }]);
  t.same(await it.world.finish(it.ask("2", { type: "read" })), { n: 7 });
});

t.test("an effect that throws at the edge is set aside, and the next ones are done", async (t) => {
  const seen: string[] = [];
  const it = stage({
    perform: async (effect) => {
      if (effect.ask !== "mail") return null;
      seen.push(effect.token ?? "");
      if (effect.token === "bad") throw new Error("no such template");
      return null;
    },
  });
  const effects = ["bad", "good"].map(
    (token) =>
      ({ ask: "mail", durable: true, template: "approved", accountId: "1", token }) as const,
  );
  await it.world.finish(it.ask("1", { type: "add", by: 1, effects }));
  await it.world.run(10_000);
  t.same(seen, ["bad", "bad", "bad", "good"]);
  t.match(poison(it), [{ cell: "account/1", name: "performed 1 0", times: 3 }]);
});

t.test("what cannot be written down is not set aside yet", async (t) => {
  const it = stage();
  const { write } = it.store;
  it.store.write = async () => ({ fault: "store-full" });
  const bad = () => it.world.finish(it.ask("1", { type: "throw", in: "decide" }));
  await bad();
  await bad();
  t.match(await bad(), { fault: "internal" });
  it.store.write = write;
  t.match(await bad(), { fault: "poisoned" });
  t.equal(poison(it).length, 1);
});

t.test("keeps little of a huge command", async (t) => {
  const it = stage();
  const note = "x".repeat(100_000);
  for (let n = 0; n < 3; n++) {
    await it.world.finish(it.ask("1", { type: "throw", in: "decide", note }));
  }
  t.ok((poison(it)[0]?.text.length ?? 0) <= 4_096);
});

t.test("a command that is no JSON is answered, not thrown at the cell", async (t) => {
  const it = stage();
  const message = { to: cellOf("1"), text: "{not json", origin: null, answered: false };
  const answer = new Promise<string>((resolve) => {
    it.host.receive({ ...message, answer: resolve });
  });
  t.match(JSON.parse(await it.world.finish(answer)), { fault: "internal" });
  t.same(await it.world.finish(it.ask("1", { type: "read" })), { n: 0 });
});
