// Owns what a cell promises about order and durability.

import t from "tap";
import { putMember, putRecord } from "../../src/base/changes.js";
import { fault } from "../../src/base/faults.js";
import { cellOf, Gate, stage } from "./kit.js";

t.test("answers after its facts are durable, never before", async (t) => {
  const gate = new Gate();
  const { world, ask, disk } = stage({ link: gate });
  await world.finish(ask("1", { type: "read" }));
  gate.open = false;
  let answered = false;
  const asked = ask("1", { type: "add", by: 2 }).then((reply) => {
    answered = true;
    return reply;
  });
  await world.run(100);
  t.equal(answered, false, "the append waits, and so does the answer");
  t.equal(disk.cell("account/1").rows.length, 0);
  gate.release();
  t.same(await world.finish(asked), { n: 2 });
  t.equal(disk.cell("account/1").rows.length, 1);
});

t.test("makes waiting commands durable in one append, and answers in order", async (t) => {
  const { world, ask, disk } = stage();
  await world.finish(ask("1", { type: "read" }));
  const order: number[] = [];
  const asks = Array.from({ length: 40 }, (_, n) =>
    ask("1", { type: "add", by: 1 }).then(() => order.push(n)),
  );
  await world.finish(Promise.all(asks));
  t.equal(disk.appends, 1);
  t.same(order, [...Array(40).keys()]);
});

t.test(
  "decides the next batch while an append is in flight, but has one in flight only",
  async (t) => {
    const gate = new Gate();
    const { world, ask, disk } = stage({ link: gate });
    await world.finish(ask("1", { type: "read" }));
    gate.open = false;
    const first = ask("1", { type: "add", by: 1 });
    await world.run(10);
    const second = ask("1", { type: "add", by: 10 });
    const third = ask("1", { type: "add", by: 100 });
    await world.run(10);
    t.equal(gate.waiting.length, 1);
    gate.release();
    t.same(await world.finish(Promise.all([first, second, third])), [
      { n: 1 },
      { n: 11 },
      { n: 111 },
    ]);
    t.equal(disk.appends, 2);
  },
);

t.test("a command without facts, and a refusal, wait for the facts they have seen", async (t) => {
  const gate = new Gate();
  const { world, ask } = stage({ link: gate });
  await world.finish(ask("1", { type: "read" }));
  gate.open = false;
  const answers: string[] = [];
  const asks = [
    ask("1", { type: "add", by: 5 }).then(() => answers.push("add")),
    ask("1", { type: "read" }).then((it) => answers.push(`read ${JSON.stringify(it)}`)),
    ask("1", { type: "refuse" }).then((it) => answers.push(`refuse ${JSON.stringify(it)}`)),
  ];
  await world.run(10);
  const late = ask("1", { type: "read" }).then((it) => answers.push(`late ${JSON.stringify(it)}`));
  await world.run(10);
  t.same(answers, []);
  gate.release();
  await world.finish(Promise.all([...asks, late]));
  t.same(answers, ["add", 'read {"n":5}', 'refuse {"fault":"forbidden"}', 'late {"n":5}']);
});

t.test("reads what it has changed itself, durable or not", async (t) => {
  const gate = new Gate();
  const { world, ask, store } = stage({ link: gate });
  const need = { record: "thing", id: "x" };
  const seen = (reply: unknown) => (reply as { seen: unknown }).seen;
  await store.write([putRecord("thing", "x", { from: "store" })]);
  t.same(seen(await world.finish(ask("1", { type: "look", need }))), { from: "store" });
  gate.open = false;
  const put = putRecord("thing", "x", { from: "cell" });
  const writing = ask("1", { type: "look", need, put });
  const sameBatch = ask("1", { type: "look", need });
  await world.run(10);
  const nextBatch = ask("1", { type: "look", need });
  await world.run(10);
  gate.release();
  const replies = await world.finish(Promise.all([writing, sameBatch, nextBatch]));
  t.same(replies.map(seen), [{ from: "store" }, { from: "cell" }, { from: "cell" }]);
});

t.test("sees members go with their collection before that is durable", async (t) => {
  const { world, ask, store } = stage();
  const seen = (reply: unknown) => (reply as { seen: unknown }).seen;
  await store.write([putMember("club", "ann", "1", "old"), putMember("club", "bob", "2", "old")]);
  const need = (member: string) => ({ collection: "club", member });
  const replies = await world.finish(
    Promise.all([
      ask("1", { type: "look", need: need("ann") }),
      ask("1", {
        type: "look",
        need: need("bob"),
        put: { do: "drop-collection", collection: "club" },
      }),
      ask("1", { type: "look", need: need("ann") }),
      ask("1", { type: "look", need: need("bob"), put: putMember("club", "ann", "3", "new") }),
      ask("1", { type: "look", need: need("ann") }),
    ]),
  );
  t.same(replies.map(seen), ["old", "old", null, null, "new"]);
});

t.test(
  "gives the store's fault to everyone whose facts were not written, and forgets them",
  async (t) => {
    const gate = new Gate();
    const { world, ask } = stage({ link: gate });
    await world.finish(ask("1", { type: "add", by: 1 }));
    gate.open = false;
    const inFlight = ask("1", { type: "add", by: 10 });
    await world.run(10);
    const behind = ask("1", { type: "add", by: 100 });
    await world.run(10);
    gate.waiting.shift()?.fail(fault("store-full"));
    gate.open = true;
    const [first, second] = await world.finish(Promise.all([inFlight, behind]));
    t.same([first, second], [{ fault: "store-full" }, { fault: "store-full" }]);
    t.same(await world.finish(ask("1", { type: "read" })), { n: 1 }, "as the journal says");
  },
);

t.test("goes on from the journal when an acknowledgement was lost", async (t) => {
  const gate = new Gate();
  const { world, ask, disk } = stage({ link: gate });
  await world.finish(ask("1", { type: "add", by: 1 }));
  gate.open = false;
  const asked = ask("1", { type: "add", by: 10 });
  await world.run(10);
  disk.append({
    cell: "account/1",
    epoch: 1,
    afterSeq: 1,
    facts: ['{"f":{"type":"added","by":10}}'],
    changes: [],
  });
  gate.waiting.shift()?.fail(fault("store-unavailable"));
  gate.open = true;
  t.same(await world.finish(asked), { fault: "store-unavailable" });
  t.same(await world.finish(ask("1", { type: "add", by: 100 })), { n: 111 });
});

t.test("stops when the fence is lost: who waits hears it, nothing more is written", async (t) => {
  const old = stage({ epoch: 1 });
  await old.world.finish(old.ask("1", { type: "add", by: 1 }));
  const young = stage({ on: old, epoch: 2 });
  t.same(await old.world.finish(young.ask("1", { type: "add", by: 10 })), { n: 11 });
  const asks = [old.ask("1", { type: "add", by: 100 }), old.ask("1", { type: "read" })];
  const answers = await old.world.finish(Promise.all(asks));
  t.same(answers, [{ fault: "fence-lost" }, { fault: "fence-lost" }]);
  const again = await old.world.finish(old.ask("1", { type: "add", by: 100 }));
  t.same(
    again,
    { fault: "fence-lost" },
    "the next one opens afresh, and is refused by the journal",
  );
  t.same(await old.world.finish(young.ask("1", { type: "read" })), { n: 11 });
  t.same(
    old.disk.cell("account/1").rows.map((row) => row.epoch),
    [1, 2],
  );
});

t.test("a read that fails is a fault for its asker, and the cell goes on", async (t) => {
  const { world, ask, store } = stage();
  await world.finish(ask("1", { type: "add", by: 1 }));
  store.records.getMany = async () => {
    throw new Error("no disk");
  };
  const look = ask("1", { type: "look", need: { record: "thing", id: "x" } });
  t.same(await world.finish(look), { fault: "store-unavailable" });
  t.same(await world.finish(ask("1", { type: "read" })), { n: 1 });
});

t.test("keeps facts as the row format says", async (t) => {
  const { world, ask, disk, host } = stage();
  await world.finish(ask("1", { type: "add", by: 1 }));
  const answer: string[] = [];
  host.receive({
    to: cellOf("1"),
    text: '{"type":"add","by":2}',
    origin: { from: "account/9", seq: 4, n: 1 },
    answered: false,
    answer: (text) => answer.push(text),
  });
  await world.run(10);
  t.same(answer, ['{"n":3}']);
  t.same(
    disk.cell("account/1").rows.map((row) => row.fact),
    ['{"f":{"type":"added","by":1}}', '{"f":{"type":"added","by":2},"o":["account/9",4,1]}'],
  );
});
