import t from "tap";
import { DUE, dueRank, mutesOf } from "../../../src/domain/collections.js";
import { Cells, START_MS, typesOf } from "./cells.js";

function setUp() {
  const cells = new Cells();
  return { cells, alice: cells.add("alice"), bob: cells.add("bob") };
}

t.test("a mute is for ever and covers notifications unless said otherwise", async (t) => {
  const { cells, alice, bob } = setUp();
  t.same(typesOf(cells.act(alice, { type: "mute", targetId: bob } as never)), ["muted"]);
  t.same(cells.value(mutesOf(alice), bob), { notifications: true, expiresAtMs: null });
  t.same(cells.members(DUE), []);
  t.same(cells.send(alice, { type: "mute", targetId: bob } as never).facts, []);
  const id = cells.relation(alice, bob).muting?.id;
  cells.act(alice, { type: "mute", targetId: bob, notifications: false } as never);
  t.same(cells.relation(alice, bob).muting, { id, notifications: false, expiresAtMs: null });
  t.same(cells.relation(bob, alice), {}, "the muted is not told");
});

t.test("a mute for a time is due at its end, and not before", async (t) => {
  const { cells, alice, bob } = setUp();
  cells.act(alice, { type: "mute", targetId: bob, durationSeconds: 60 } as never);
  const member = `mute:${alice}:${bob}`;
  t.same(cells.sorted(DUE), [{ member, rank: dueRank(START_MS + 60_000), value: "" }]);
  const due = { type: "mute-due", targetId: bob } as never;
  t.same(cells.send(alice, due).facts, [], "too early");
  cells.nowMs += 60_000;
  t.same(typesOf(cells.act(alice, due)), ["unmuted"]);
  t.same(cells.members(DUE), []);
  t.same(cells.members(mutesOf(alice)), []);
  t.same(cells.relation(alice, bob), {});
  t.same(cells.send(alice, due).facts, []);
});

t.test("muting again moves the end; without a time there is none", async (t) => {
  const { cells, alice, bob } = setUp();
  cells.act(alice, { type: "mute", targetId: bob, durationSeconds: 60 } as never);
  cells.act(alice, { type: "mute", targetId: bob, durationSeconds: 120 } as never);
  t.equal(cells.sorted(DUE)[0]?.rank, dueRank(START_MS + 120_000));
  cells.nowMs += 60_000;
  t.same(cells.send(alice, { type: "mute-due", targetId: bob } as never).facts, []);
  cells.act(alice, { type: "mute", targetId: bob } as never);
  t.same(cells.members(DUE), []);
  cells.act(alice, { type: "unmute", targetId: bob } as never);
  t.same(cells.relation(alice, bob), {});
});

t.test("muting oneself records nothing", async (t) => {
  const { cells, alice } = setUp();
  t.same(cells.send(alice, { type: "mute", targetId: alice } as never).facts, []);
});
