import t from "tap";
import {
  followersOf,
  followingOf,
  followRequestsOf,
  listMembers,
  notificationsOf,
  requestedOf,
} from "../../../src/domain/collections.js";
import { Cells, faultOf, typesOf } from "./cells.js";

function two(locked = false) {
  const cells = new Cells();
  const alice = cells.add("alice");
  const bob = cells.add("bob");
  if (locked) cells.act(bob, { type: "update-profile", patch: { locked: true } } as never);
  return { cells, alice, bob };
}
const follow = (targetId: string, more: object = {}) => ({ type: "follow", targetId, ...more });

/** Both sides of a pair and both counts agree. */
function agree(cells: Cells, from: string, to: string): boolean {
  const mine = cells.relation(from, to);
  const theirs = cells.relation(to, from);
  return (
    mine.following?.id === theirs.followedBy &&
    mine.requested?.id === theirs.requestedBy &&
    cells.account(from).followingCount === cells.members(followingOf(from)).length &&
    cells.account(to).followersCount === cells.members(followersOf(to)).length
  );
}

t.test("a follow of an open account is in force at once, counted and notified once", async (t) => {
  const { cells, alice, bob } = two();
  const sent = cells.send(alice, follow(bob));
  t.same(sent.reply, { state: "following" });
  t.same(typesOf(sent), ["followed"]);
  t.ok(sent.effects.some((it) => it.ask === "refresh-home" && it.accountId === alice));
  const told = cells.settle();
  t.same(
    told.map((it) => it.command.type),
    ["follow-received", "notify"],
  );
  t.ok(agree(cells, alice, bob));
  t.same(cells.members(followersOf(bob)), [alice]);
  t.same(cells.value(followersOf(bob), alice), { reblogs: true, notify: false, languages: null });
  t.equal(cells.account(bob).followersCount, 1);
  t.equal(cells.members(notificationsOf(bob)).length, 1);
  for (const tell of told)
    t.same(cells.send(tell.to, tell.command).facts, [], "a repeat is silent");
  t.same(cells.state(alice), cells.replayed(alice));
  t.same(cells.state(bob), cells.replayed(bob));
});

t.test("following again only changes the options that were named", async (t) => {
  const { cells, alice, bob } = two();
  cells.act(alice, follow(bob, { notify: true, languages: ["de"] }));
  t.same(cells.send(alice, follow(bob)).facts, []);
  const sent = cells.act(alice, follow(bob, { reblogs: false }));
  t.same(typesOf(sent), ["follow-options-changed"]);
  const options = { reblogs: false, notify: true, languages: ["de"] };
  t.same(cells.value(followingOf(alice), bob), options);
  t.same(cells.value(followersOf(bob), alice), options, "the followed holds the bits for fan-out");
  cells.act(alice, follow(bob, { languages: [] }));
  t.equal(cells.relation(alice, bob).following?.languages, null);
  t.equal(cells.account(bob).followersCount, 1);
  t.equal(cells.members(notificationsOf(bob)).length, 1);
});

t.test("a locked account is asked first, and its answer is in force on both sides", async (t) => {
  const { cells, alice, bob } = two(true);
  t.same(cells.act(alice, follow(bob)).reply, { state: "requested" });
  t.ok(agree(cells, alice, bob));
  t.same(cells.members(requestedOf(alice)), [bob]);
  t.same(cells.members(followRequestsOf(bob)), [alice]);
  t.equal(cells.account(bob).followersCount, 0);
  cells.act(alice, follow(bob, { notify: true }));
  t.same(cells.value(followRequestsOf(bob), alice), {
    reblogs: true,
    notify: true,
    languages: null,
  });

  t.equal(
    faultOf(cells.send(bob, { type: "authorize-request", targetId: bob } as never)),
    "not-found",
  );
  const sent = cells.act(bob, { type: "authorize-request", targetId: alice } as never);
  t.same(typesOf(sent), ["request-authorized"]);
  t.ok(cells.relation(alice, bob).following?.notify);
  t.ok(agree(cells, alice, bob));
  t.same(cells.members(requestedOf(alice)), []);
  t.same(cells.members(followRequestsOf(bob)), []);
  t.equal(cells.account(bob).followersCount, 1);
  t.equal(cells.account(alice).followingCount, 1);
  t.equal(cells.members(notificationsOf(bob)).length, 1, "the request's notice gave way");
  t.same(cells.send(bob, { type: "authorize-request", targetId: alice } as never).facts, []);
});

t.test("a request that is turned down, withdrawn or repeated leaves nothing behind", async (t) => {
  const { cells, alice, bob } = two(true);
  cells.act(alice, follow(bob));
  cells.act(bob, { type: "reject-request", targetId: alice } as never);
  t.same(cells.relation(alice, bob), {});
  t.same(cells.relation(bob, alice), {});
  t.same(cells.members(notificationsOf(bob)), []);
  const again = cells.send(bob, { type: "reject-request", targetId: alice } as never);
  t.equal(faultOf(again), "not-found");
  cells.act(alice, follow(bob));
  cells.act(alice, { type: "unfollow", targetId: bob } as never);
  t.same(cells.relation(bob, alice), {});
  t.same(cells.members(notificationsOf(bob)), []);
});

t.test("unfollowing ends both sides, and takes the other off the lists", async (t) => {
  const { cells, alice, bob } = two();
  cells.act(alice, follow(bob));
  const list = cells.act(alice, { type: "create-list", title: "L" } as never).reply as {
    id: string;
  };
  cells.act(alice, { type: "list-add", listId: list.id, accountIds: [bob] } as never);
  cells.act(alice, { type: "endorse", targetId: bob } as never);
  t.same(cells.members(listMembers(list.id)), [bob]);
  t.equal(cells.state(alice).counts.endorsements, 1);
  const sent = cells.act(alice, { type: "unfollow", targetId: bob } as never);
  t.same(typesOf(sent), ["unfollowed"]);
  t.same(cells.members(listMembers(list.id)), []);
  t.equal(cells.state(alice).counts.endorsements, 0);
  t.same(cells.relation(alice, bob), {});
  t.same(cells.relation(bob, alice), {});
  t.equal(cells.account(bob).followersCount, 0);
  t.same(cells.members(notificationsOf(bob)), []);
  t.same(cells.send(alice, { type: "unfollow", targetId: bob } as never).facts, []);
});

t.test("tells that come late or twice never revive a follow that ended", async (t) => {
  const { cells, alice, bob } = two();
  cells.send(alice, follow(bob));
  const first = cells.tells.splice(0);
  cells.send(alice, { type: "unfollow", targetId: bob } as never);
  const second = cells.tells.splice(0);
  for (const tell of [...second, ...first, ...second, ...first]) cells.send(tell.to, tell.command);
  cells.settle();
  t.same(cells.relation(bob, alice), {});
  t.equal(cells.account(bob).followersCount, 0);
  t.same(cells.members(notificationsOf(bob)), []);

  cells.act(alice, follow(bob));
  for (const tell of [...first, ...second]) cells.send(tell.to, tell.command);
  cells.settle();
  t.ok(agree(cells, alice, bob), "old tells name another relation");
  t.equal(cells.account(bob).followersCount, 1);
});

t.test("a follow that meets a block on its way is refused on both sides", async (t) => {
  const { cells, alice, bob } = two();
  cells.send(alice, follow(bob));
  const late = cells.tells.splice(0);
  cells.send(bob, { type: "block", targetId: alice } as never);
  const block = cells.tells.splice(0);
  for (const order of [late, block]) for (const tell of order) cells.send(tell.to, tell.command);
  cells.settle();
  t.same(cells.relation(alice, bob), {});
  t.same(Object.keys(cells.relation(bob, alice)), ["blocking"]);
  t.equal(cells.account(alice).followingCount, 0);
  t.equal(cells.account(bob).followersCount, 0);
});

t.test("removing a follower ends the follow on both sides", async (t) => {
  const { cells, alice, bob } = two();
  cells.act(alice, follow(bob));
  const sent = cells.act(bob, { type: "remove-follower", targetId: alice } as never);
  t.same(typesOf(sent), ["follower-removed"]);
  t.same(cells.relation(alice, bob), {});
  t.same(cells.relation(bob, alice), {});
  t.equal(cells.account(alice).followingCount, 0);
  t.same(cells.send(bob, { type: "remove-follower", targetId: alice } as never).facts, []);
});

t.test("follows that may not be are refused", async (t) => {
  const { cells, alice, bob } = two();
  const carol = cells.add("carol");
  const rows: [string, () => unknown, string | null][] = [
    ["oneself", () => cells.send(alice, follow(alice)), "forbidden"],
    ["somebody who is not there", () => cells.send(alice, follow("42")), "not-found"],
    [
      "a suspended account",
      () => {
        cells.patch(bob, { suspended: true });
        return cells.send(alice, follow(bob));
      },
      "not-found",
    ],
    [
      "an account that moved",
      () => {
        cells.patch(bob, { suspended: false, movedTo: carol });
        return cells.send(alice, follow(bob));
      },
      "forbidden",
    ],
    [
      "an account that blocks",
      () => {
        cells.patch(bob, { movedTo: null });
        cells.act(bob, { type: "block", targetId: alice } as never);
        return cells.send(alice, follow(bob));
      },
      "forbidden",
    ],
    ["an account that one blocks", () => cells.send(bob, follow(alice)), "forbidden"],
    [
      "one more than the limit",
      () => {
        cells.patch(alice, { followingCount: 7_500 });
        return cells.send(alice, follow(carol));
      },
      "invalid",
    ],
    [
      "more than the limit, with followers enough",
      () => {
        cells.patch(alice, { followersCount: 7_000 });
        return cells.send(alice, follow(carol));
      },
      null,
    ],
  ];
  for (const [name, act, expected] of rows) {
    t.equal(faultOf(act() as never), expected, name);
  }
});

t.test("a silenced account asks even an open one", async (t) => {
  const { cells, alice, bob } = two();
  cells.patch(alice, { limited: true });
  t.same(cells.act(alice, follow(bob)).reply, { state: "requested" });
  t.same(cells.members(followRequestsOf(bob)), [alice]);
});

t.test("the end of a follow reaches a suspended account", async (t) => {
  const { cells, alice, bob } = two();
  cells.act(alice, follow(bob));
  cells.patch(bob, { suspended: true });
  cells.act(alice, { type: "unfollow", targetId: bob } as never);
  t.same(cells.members(followersOf(bob)), []);
  t.same(cells.relation(bob, alice), {});
});
