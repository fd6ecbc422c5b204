// Owns what a cell promises about its effects: durable ones are done at least once, in order for
// each destination, and told commands have their effect once.

import t from "tap";
import type { Effect } from "../../src/actors/effects.js";
import type { Performed } from "../../src/actors/runtime/envelope.js";
import { createLocalTransport } from "../../src/actors/runtime/local-transport.js";
import type { Message } from "../../src/actors/runtime/mailbox.js";
import { type Fault, fault } from "../../src/base/faults.js";
import { cellOf, Gate, mail, type Stage, stage, tellAdd } from "./kit.js";

const marks = ({ disk }: Stage): string[] =>
  [...disk.collections]
    .filter(([name]) => name.startsWith("outbox-open/"))
    .flatMap(([, members]) => [...members.values()].map((it) => `${it.member} ${it.value}`));

const tokens = (performed: readonly Performed[]): string[] =>
  performed.map((it) => (it.ask === "mail" ? (it.token ?? "") : it.ask));

t.test("a told command reaches the other cell", async (t) => {
  const { world, ask } = stage();
  await world.finish(ask("1", { type: "add", by: 1, effects: [tellAdd("2", 5), tellAdd("2", 6)] }));
  await world.run(100);
  t.same(await world.finish(ask("2", { type: "read" })), { n: 11 });
});

t.test(
  "acts when its facts are durable, before it replies, and never if they are not",
  async (t) => {
    const gate = new Gate();
    const seen: string[] = [];
    const it = stage({
      link: gate,
      perform: async (effect) => {
        seen.push(...tokens([effect]));
        return null;
      },
    });
    await it.world.finish(it.ask("1", { type: "read" }));
    gate.open = false;
    const once: Effect = { ask: "refresh-home", durable: false, accountId: "1" };
    const asked = it.ask("1", { type: "add", by: 1, effects: [mail("a"), once] });
    void asked.then(() => seen.push("reply"));
    await it.world.run(50);
    t.same(seen, []);
    gate.release();
    await it.world.finish(asked);
    t.same(seen, ["refresh-home", "a", "reply"]);
    gate.open = false;
    const failing = it.ask("1", { type: "add", by: 1, effects: [mail("b"), once] });
    await it.world.run(50);
    gate.waiting.shift()?.fail(fault("store-full"));
    gate.open = true;
    t.same(await it.world.finish(failing), { fault: "store-full" });
    await it.world.run(1_000);
    t.notOk(seen.includes("b"), "the cell in doubt may repeat an effect, not invent one");
  },
);

t.test(
  "tries again, further apart, while the answer is 'not now', and keeps the order",
  async (t) => {
    const answers: (null | Fault)[] = [fault("store-busy"), fault("timeout"), null, null];
    const seen: string[] = [];
    const atMs: number[] = [];
    const it = stage({
      perform: async (effect) => {
        seen.push(...tokens([effect]));
        atMs.push(it.world.clock.nowMs());
        return answers.shift() ?? null;
      },
    });
    await it.world.finish(it.ask("1", { type: "add", by: 1, effects: [mail("a"), mail("b")] }));
    await it.world.run(10_000);
    t.same(seen, ["a", "a", "a", "b"]);
    const [first = 0, second = 0, third = 0] = atMs;
    t.ok(
      second - first >= 10 && third - second >= 20,
      `${second - first} and ${third - second} ms`,
    );
  },
);

t.test("an answer that is no 'not now' is an answer: the effect is done", async (t) => {
  let times = 0;
  const it = stage({
    perform: async () => {
      times++;
      return fault("forbidden");
    },
  });
  await it.world.finish(it.ask("1", { type: "add", by: 1, effects: [mail("a")] }));
  await it.world.run(60_000);
  t.equal(times, 1);
  t.same(marks(it), []);
});

t.test("a refusal of the told cell is an answer too", async (t) => {
  const it = stage();
  const refused: Effect = {
    ask: "tell",
    durable: true,
    to: cellOf("2"),
    command: { type: "refuse" },
  };
  await it.world.finish(it.ask("1", { type: "add", by: 1, effects: [refused, tellAdd("2")] }));
  await it.world.run(5_000);
  t.same(await it.world.finish(it.ask("2", { type: "read" })), { n: 1 });
  t.same(marks(it), []);
});

t.test("a destination that does not answer holds up neither others nor decisions", async (t) => {
  const lost = (message: Message) => message.to.id === "dead";
  const it = stage({
    transport: (receive) =>
      createLocalTransport((message) => (lost(message) ? undefined : receive(message))),
  });
  const effects = [tellAdd("dead"), tellAdd("2")];
  for (let n = 0; n < 5; n++) await it.world.finish(it.ask("1", { type: "add", by: 1, effects }));
  await it.world.run(1_000);
  t.same(await it.world.finish(it.ask("2", { type: "read" })), { n: 5 });
  t.same(await it.world.finish(it.ask("1", { type: "read" })), { n: 5 });
});

t.test(
  "answers mailbox-full while too many effects wait, and goes on when they are done",
  async (t) => {
    let busy = true;
    const it = stage({
      limits: { outboxMax: 10 },
      perform: async () => (busy ? fault("store-busy") : null),
    });
    const effects = Array.from({ length: 10 }, (_, n) => mail(String(n)));
    await it.world.finish(it.ask("1", { type: "add", by: 1, effects }));
    t.same(await it.world.finish(it.ask("1", { type: "read" })), { fault: "mailbox-full" });
    const answers: string[] = [];
    const told = { to: cellOf("1"), text: '{"type":"read"}', answered: false };
    const origin = { from: "account/2", seq: 1, n: 0 };
    it.host.receive({ ...told, origin, answer: (text) => answers.push(text) });
    await it.world.run(10);
    t.same(answers, ['{"n":1}'], "other cells still get through, or two full ones would lock up");
    busy = false;
    await it.world.run(60_000);
    t.same(await it.world.finish(it.ask("1", { type: "read" })), { n: 1 });
  },
);

t.test(
  "leaves its mark in the append itself, and drops it in a later one or when idle",
  async (t) => {
    const it = stage();
    await it.world.finish(it.ask("1", { type: "read" }));
    const before = it.disk.appends;
    for (let n = 0; n < 10; n++) {
      await it.world.finish(it.ask("1", { type: "add", by: 1, effects: [mail(String(n))] }));
      t.equal(it.disk.appends - before, n + 1, "one append for one command");
    }
    t.same(marks(it), ["account/1 0"]);
    await it.world.finish(it.ask("1", { type: "add", by: 1 }));
    t.same(marks(it), [], "a command without effects takes it away in passing");
    t.equal(it.disk.appends - before, 11);
    await it.world.finish(it.ask("1", { type: "add", by: 1, effects: [mail("last")] }));
    t.same(marks(it), ["account/1 11"]);
    await it.world.run(3_000);
    t.same(marks(it), []);
    t.equal(it.disk.appends - before, 13);
  },
);

t.test("moves its cursor on while it is busy, so that a crash repeats little", async (t) => {
  const it = stage();
  for (let n = 0; n < 40; n++) {
    await it.world.finish(it.ask("1", { type: "add", by: 1, effects: [mail(String(n))] }));
    await it.world.run(1);
  }
  t.same(marks(it), ["account/1 32"]);
});

t.test("does after a crash what was not done, in order, without being asked", async (t) => {
  const first = stage({ perform: async () => fault("store-busy"), limits: { snapshotEvery: 2 } });
  const { world } = first;
  for (const token of ["a", "b", "c", "d", "e"]) {
    await world.finish(first.ask("1", { type: "add", by: 1, effects: [mail(token)] }));
  }
  await world.finish(first.ask("2", { type: "add", by: 1 }));
  first.process.alive = false;
  const second = stage({ on: first, epoch: 2 });
  t.equal(await world.finish(second.host.recoverOutboxes()), 1, "only the cell with effects");
  await world.run(5_000);
  t.same(tokens(second.performed), ["a", "b", "c", "d", "e"]);
  t.same(marks(second), []);
  t.equal(await world.finish(second.host.recoverOutboxes()), 0);
});

t.test("recovers every cell with effects, page by page, a few at a time", async (t) => {
  const first = stage({ perform: async () => fault("store-busy") });
  const { world } = first;
  const ids = Array.from({ length: 60 }, (_, n) => String(n));
  const asks = ids.map((id) => first.ask(id, { type: "add", by: 1, effects: [mail(id)] }));
  await world.finish(Promise.all(asks));
  first.process.alive = false;
  const limits = { recoveriesMax: 2, recoveriesWaitingMax: 5 };
  const gate = new Gate();
  const second = stage({ on: first, epoch: 2, limits, link: gate });
  gate.open = false;
  t.equal(await world.finish(second.host.recoverOutboxes()), 60);
  t.equal(second.host.resident().cells, 7, "the others wait for room");
  gate.release();
  await world.run(60_000);
  t.same(tokens(second.performed).sort(), [...ids].sort());
});

t.test("a repeated tell is answered as done and not decided, also after a restart", async (t) => {
  const first = stage({ limits: { snapshotEvery: 2 } });
  const { world } = first;
  const tell = async ({ host }: Stage, seq: number, n: number): Promise<string> => {
    const message = { to: cellOf("1"), text: '{"type":"add","by":1}', answered: false };
    const origin = { from: "account/7", seq, n };
    const answer = new Promise<string>((resolve) => {
      host.receive({ ...message, origin, answer: resolve });
    });
    return world.finish(answer);
  };
  t.equal(await tell(first, 3, 0), '{"n":1}');
  t.equal(await tell(first, 3, 0), "null");
  t.equal(await tell(first, 3, 1), '{"n":2}');
  t.equal(await tell(first, 2, 9), "null", "older than what was handled");
  const second = stage({ on: first, epoch: 2 });
  t.equal(await tell(second, 3, 1), "null", "known from the snapshot");
  t.equal(await tell(second, 4, 0), '{"n":3}');
  const third = stage({ on: first, epoch: 3 });
  t.equal(await tell(third, 4, 0), "null", "known from the fact");
  t.same(await world.finish(third.ask("1", { type: "read" })), { n: 3 });
});

t.test("remembers a bounded number of senders", async (t) => {
  const it = stage({ limits: { originsMax: 3 } });
  for (let sender = 0; sender < 5; sender++) {
    const effects = [tellAdd("hub")];
    await it.world.finish(it.ask(String(sender), { type: "add", by: 1, effects }));
    await it.world.run(100);
  }
  const hub = await it.world.finish(it.host.ask(cellOf("hub"), { type: "read" }));
  t.same(hub, { n: 5 });
  const young = stage({ on: it, epoch: 2, limits: { originsMax: 3, snapshotEvery: 1 } });
  await it.world.finish(young.ask("hub", { type: "add", by: 1 }));
  await it.world.run(10);
  const state = it.disk.cell("account/hub").snapshots.at(-1)?.state ?? "{}";
  const { origins } = JSON.parse(state) as { origins: { from: string }[] };
  t.same(
    origins.map((origin) => origin.from),
    ["account/2", "account/3", "account/4"],
  );
});
