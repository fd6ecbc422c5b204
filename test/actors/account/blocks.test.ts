import t from "tap";
import {
  blocksOf,
  followersOf,
  followRequestsOf,
  listedBy,
  notificationsOf,
} from "../../../src/domain/collections.js";
import { Cells, typesOf } from "./cells.js";

const cmd = (type: string, targetId: string) => ({ type, targetId });

t.test("a block ends both follows, lists and notices, and is known on one side only", async (t) => {
  const cells = new Cells();
  const alice = cells.add("alice");
  const bob = cells.add("bob");
  cells.act(alice, cmd("follow", bob));
  cells.act(bob, cmd("follow", alice));
  const { id } = cells.act(bob, { type: "create-list", title: "L" } as never).reply as {
    id: string;
  };
  cells.act(bob, { type: "list-add", listId: id, accountIds: [alice] } as never);
  t.same(cells.members(listedBy(bob)), [`${alice}:${id}`]);

  const sent = cells.act(alice, cmd("block", bob));
  t.same(typesOf(sent), ["blocked"]);
  t.same(Object.keys(cells.relation(alice, bob)), ["blocking"]);
  t.same(cells.relation(bob, alice), {}, "the blocked holds no trace of it");
  t.same(cells.members(blocksOf(alice)), [bob]);
  t.same(cells.members(followersOf(alice)), []);
  t.same(cells.members(followersOf(bob)), []);
  t.same(cells.members(listedBy(bob)), []);
  t.same(cells.members(notificationsOf(alice)), []);
  for (const id of [alice, bob]) {
    t.equal(cells.account(id).followersCount, 0);
    t.equal(cells.account(id).followingCount, 0);
    t.same(cells.state(id), cells.replayed(id));
  }
  t.same(cells.send(alice, cmd("block", bob)).facts, [], "a repeat records nothing");
});

t.test("a block ends requests both ways", async (t) => {
  const cells = new Cells();
  const alice = cells.add("alice");
  const bob = cells.add("bob");
  for (const id of [alice, bob]) {
    cells.act(id, { type: "update-profile", patch: { locked: true } } as never);
  }
  cells.act(alice, cmd("follow", bob));
  cells.act(bob, cmd("follow", alice));
  cells.act(alice, cmd("block", bob));
  t.same(cells.members(followRequestsOf(alice)), []);
  t.same(cells.members(followRequestsOf(bob)), []);
  t.same(cells.relation(bob, alice), {});
});

t.test("a block that was lifted before it arrived ends only the relations it named", async (t) => {
  const cells = new Cells();
  const alice = cells.add("alice");
  const bob = cells.add("bob");
  cells.act(bob, cmd("follow", alice));
  cells.send(alice, cmd("block", bob));
  const late = cells.tells.splice(0);
  cells.act(alice, cmd("unblock", bob));
  for (const tell of late) cells.send(tell.to, tell.command);
  cells.settle();
  t.same(cells.relation(bob, alice), {}, "the follow that the block ended");
  cells.act(bob, cmd("follow", alice));
  for (const tell of late) cells.send(tell.to, tell.command);
  t.ok(cells.relation(bob, alice).following, "a later follow stays");
});

t.test("unblocking restores nothing but the right to follow", async (t) => {
  const cells = new Cells();
  const alice = cells.add("alice");
  const bob = cells.add("bob");
  cells.act(alice, cmd("follow", bob));
  cells.act(alice, cmd("block", bob));
  t.same(typesOf(cells.act(alice, cmd("unblock", bob))), ["unblocked"]);
  t.same(cells.relation(alice, bob), {});
  t.same(cells.members(blocksOf(alice)), []);
  t.same(cells.send(alice, cmd("unblock", bob)).facts, []);
  t.same(cells.act(bob, cmd("follow", alice)).reply, { state: "following" });
});

t.test("blocking oneself records nothing", async (t) => {
  const cells = new Cells();
  const alice = cells.add("alice");
  t.same(cells.send(alice, cmd("block", alice)).facts, []);
});
