import t from "tap";
import { HELD_PER_SENDER_MAX } from "../../../src/actors/account/notifications.js";
import { idAt } from "../../../src/base/ids.js";
import { type RelationDoc, relationId } from "../../../src/domain/account.js";
import {
  conversationsOf,
  domainBlocksOf,
  notificationRequestsOf,
  notificationsOf,
  notifiedOf,
  threadMutesOf,
} from "../../../src/domain/collections.js";
import type {
  NotificationDoc,
  NotificationType,
  Notify,
} from "../../../src/domain/notification.js";
import { type HeldRequest, notificationOfRow } from "../../../src/domain/notification-rows.js";
import { Cells, faultOf, START_MS, typesOf } from "./cells.js";

const DAY_MS = 86_400_000;
const OLD = { createdAtMs: START_MS - 100 * DAY_MS };
const STATUS = idAt(START_MS - 5000);
const THREAD = idAt(START_MS - 9000);

function cast() {
  const cells = new Cells();
  const me = cells.add("mia");
  const bob = cells.add("bob", OLD);
  return { cells, me, bob };
}

const notify = (fromId: string, type: NotificationType, more: Partial<Notify> = {}): Notify => ({
  type: "notify",
  notification: type,
  fromId,
  statusId: type.startsWith("follow") ? null : STATUS,
  conversationId: type.startsWith("follow") ? null : THREAD,
  visibility: type.startsWith("follow") ? null : "public",
  atMs: START_MS,
  ...more,
});

const unnotify = (notification: NotificationType | null, fromId: string | null) => ({
  type: "unnotify",
  notification,
  fromId,
  statusId: STATUS,
});

function relate(cells: Cells, owner: string, other: string, relation: RelationDoc): void {
  cells.records.set(`relation/${relationId(owner, other)}`, JSON.stringify(relation));
}

const put = (cells: Cells, collection: string, member: string, value = "") =>
  cells.apply({ do: "put-member", collection, member, rank: "1", value });

function rows(cells: Cells, me: string): NotificationDoc[] {
  return cells.sorted(notificationsOf(me)).map((it) => {
    const doc = notificationOfRow(it.member, it.value);
    if (doc === null) throw new Error(`a row cannot be read: ${it.value}`);
    return doc;
  });
}

const FOLLOW = { id: idAt(START_MS - DAY_MS), reblogs: true, notify: false, languages: null };
const POLICY = {
  forNotFollowing: "accept",
  forNotFollowers: "accept",
  forNewAccounts: "accept",
  forPrivateMentions: "accept",
  forLimitedAccounts: "accept",
  forBots: "accept",
};

t.test("a favourite is notified once, however often it is told", async (t) => {
  const { cells, me, bob } = cast();
  const first = cells.send(me, notify(bob, "favourite"));
  const again = cells.send(me, notify(bob, "favourite"));
  t.same(typesOf(first), ["notified"]);
  t.same(typesOf(again), []);
  const [row, ...others] = rows(cells, me);
  t.same(others, []);
  t.match(row, { type: "favourite", fromId: bob, statusId: STATUS, filtered: false });
  t.match(first.effects, [
    { ask: "publish", event: { type: "notification-created", accountId: me } },
  ]);
});

t.test(
  "an unfavourite removes exactly its notification, and a new favourite tells again",
  async (t) => {
    const { cells, me, bob } = cast();
    const eve = cells.add("eve", OLD);
    cells.send(me, notify(bob, "favourite"));
    cells.send(me, notify(eve, "favourite"));
    cells.send(me, unnotify("favourite", bob));
    t.same(
      rows(cells, me).map((it) => it?.fromId),
      [eve],
    );
    t.same(typesOf(cells.send(me, unnotify("favourite", bob))), [], "a repeat changes nothing");
    t.same(typesOf(cells.send(me, notify(bob, "favourite"))), ["notified"]);
  },
);

t.test("a dismissed notification stays away when its cause is repeated", async (t) => {
  const { cells, me, bob } = cast();
  const sent = cells.send(me, notify(bob, "mention"));
  const { id } = sent.reply as { id: string };
  cells.send(me, { type: "dismiss-notification", id } as never);
  t.same(rows(cells, me), []);
  t.same(typesOf(cells.send(me, notify(bob, "mention"))), []);
  t.equal(faultOf(cells.send(me, { type: "dismiss-notification", id } as never)), "not-found");
});

t.test("somebody else's notification id is not found", async (t) => {
  const { cells, me, bob } = cast();
  const sent = cells.send(bob, notify(me, "mention"));
  const { id } = sent.reply as { id: string };
  t.equal(faultOf(cells.send(me, { type: "dismiss-notification", id } as never)), "not-found");
  t.equal(rows(cells, bob).length, 1);
});

t.test("a deleted status takes its mention, poll and edit notifications along", async (t) => {
  const { cells, me, bob } = cast();
  for (const type of ["mention", "poll", "update", "status", "quote"] as const) {
    cells.send(me, notify(bob, type));
  }
  t.equal(rows(cells, me).length, 5);
  cells.send(me, unnotify(null, null));
  t.same(rows(cells, me), []);
  t.same(cells.members(notifiedOf(me)), []);
});

t.test("a newer edit replaces the notification of the older one", async (t) => {
  const { cells, me, bob } = cast();
  cells.send(me, notify(bob, "update"));
  t.same(typesOf(cells.send(me, notify(bob, "update"))), []);
  cells.send(me, notify(bob, "update", { atMs: START_MS + 1000 }));
  t.same(
    rows(cells, me).map((it) => it?.createdAtMs),
    [START_MS + 1000],
  );
});

t.test("drops what the account does not want to hear", async (t) => {
  const muting = { id: "1", notifications: true, expiresAtMs: null };
  const cases: [string, RelationDoc, number][] = [
    ["a blocked sender", { blocking: "1" }, 0],
    ["a sender muted with notifications", { muting }, 0],
    ["a sender muted without notifications", { muting: { ...muting, notifications: false } }, 1],
    ["a mute that ran out", { muting: { ...muting, expiresAtMs: START_MS } }, 1],
  ];
  for (const [name, relation, count] of cases) {
    const { cells, me, bob } = cast();
    relate(cells, me, bob, relation);
    cells.send(me, notify(bob, "favourite"));
    t.equal(rows(cells, me).length, count, name);
  }
  const { cells, me, bob } = cast();
  cells.patch(bob, { suspended: true });
  cells.send(me, notify(bob, "favourite"));
  cells.send(me, notify("77", "favourite"));
  cells.send(me, notify(me, "favourite"));
  put(cells, threadMutesOf(me), THREAD);
  cells.patch(bob, { suspended: false });
  for (const type of ["mention", "favourite", "reblog"] as const) cells.send(me, notify(bob, type));
  put(cells, domainBlocksOf(me), "bad.example");
  cells.send(me, notify(bob, "follow", { fromDomain: "bad.example" }));
  t.same(rows(cells, me), [], "suspended, unknown, oneself, muted thread, blocked domain");
  cells.send(me, notify(bob, "follow", { fromDomain: "good.example" }));
  t.equal(rows(cells, me).length, 1);
});

t.test("tells an account of the end of its own poll", async (t) => {
  const { cells, me } = cast();
  cells.send(me, notify(me, "poll"));
  t.equal(rows(cells, me).length, 1);
});

t.test("each rule of the policy holds back those that it means, and nobody else", async (t) => {
  const follower = { followedBy: idAt(START_MS - 4 * DAY_MS) };
  const newFollower = { followedBy: idAt(START_MS - DAY_MS) };
  const direct = { visibility: "direct" } as const;
  type Case = [string, string, RelationDoc, object, NotificationType, Partial<Notify>, boolean];
  const cases: Case[] = [
    ["forNotFollowing", "a stranger", {}, {}, "favourite", {}, true],
    ["forNotFollowing", "a followed one", { following: FOLLOW }, {}, "favourite", {}, false],
    ["forNotFollowing", "an edit", {}, {}, "update", {}, false],
    ["forNotFollowing", "an allowed one", { notificationsAllowed: true }, {}, "mention", {}, false],
    ["forNotFollowing", "a follow request", {}, {}, "follow_request", {}, true],
    ["forNotFollowers", "no follower", {}, {}, "mention", {}, true],
    ["forNotFollowers", "a follower", follower, {}, "mention", {}, false],
    ["forNotFollowers", "a follower of yesterday", newFollower, {}, "mention", {}, true],
    [
      "forNewAccounts",
      "a new account",
      {},
      { createdAtMs: START_MS - DAY_MS },
      "mention",
      {},
      true,
    ],
    ["forNewAccounts", "an old account", {}, {}, "mention", {}, false],
    ["forPrivateMentions", "a private mention", {}, {}, "mention", direct, true],
    ["forPrivateMentions", "an answer", {}, {}, "mention", { ...direct, inResponse: true }, false],
    ["forPrivateMentions", "a public mention", {}, {}, "mention", {}, false],
    ["forPrivateMentions", "a friend", { following: FOLLOW }, {}, "mention", direct, false],
    ["forLimitedAccounts", "a limited account", {}, { limited: true }, "mention", {}, true],
    ["forLimitedAccounts", "another account", {}, {}, "mention", {}, false],
    ["forBots", "a bot", {}, { bot: true }, "mention", {}, true],
    ["forBots", "a followed bot", { following: FOLLOW }, { bot: true }, "mention", {}, false],
  ];
  for (const [rule, name, relation, patch, type, more, caught] of cases) {
    for (const choice of ["filter", "drop"]) {
      const { cells, me, bob } = cast();
      cells.patch(bob, patch);
      relate(cells, me, bob, relation);
      const policy = { ...POLICY, [rule]: choice };
      cells.send(me, { type: "set-notification-policy", patch: policy } as never);
      const { effects } = cells.send(me, notify(bob, type, more));
      const held = rows(cells, me).map((it) => it?.filtered);
      t.same(
        held,
        !caught ? [false] : choice === "filter" ? [true] : [],
        `${rule} ${choice}: ${name}`,
      );
      t.equal(effects.length, caught ? 0 : 1, `${rule} ${choice}: ${name}, events`);
    }
  }
});

t.test("a private mention in a thread that one has written in is let through", async (t) => {
  const { cells, me, bob } = cast();
  const received = {
    type: "direct-received",
    statusId: STATUS,
    conversationId: THREAD,
    authorId: me,
    participantIds: [me, bob],
  };
  cells.send(me, received as never);
  t.equal(cells.members(conversationsOf(me)).length, 1);
  cells.send(me, notify(bob, "mention", { visibility: "direct" }));
  t.same(
    rows(cells, me).map((it) => it?.filtered),
    [false],
  );
});

t.test("held senders are counted, and leave when accepted, put away or taken back", async (t) => {
  const { cells, me, bob } = cast();
  const hold = { type: "set-notification-policy", patch: { forNotFollowing: "filter" } };
  t.same(typesOf(cells.send(me, hold as never)), ["notification-policy-set"]);
  t.same(typesOf(cells.send(me, hold as never)), [], "no change, no fact");
  cells.send(me, notify(bob, "favourite"));
  cells.send(me, notify(bob, "mention"));
  const request = () => cells.value(notificationRequestsOf(me), bob) as HeldRequest | undefined;
  t.match(request(), { count: 2, lastStatusId: STATUS, createdAtMs: START_MS });
  cells.send(me, unnotify("favourite", bob));
  t.equal(request()?.count, 1);
  cells.send(me, unnotify("mention", bob));
  t.equal(request(), undefined);

  cells.send(me, notify(bob, "mention"));
  const accept = { type: "accept-notification-requests", accountIds: [bob, "77"] };
  relate(cells, me, bob, { note: "old friend" });
  const { effects } = cells.send(me, accept as never);
  t.same(cells.relation(me, bob), { note: "old friend", notificationsAllowed: true });
  t.notOk(cells.records.has(`relation/${relationId(me, "77")}`), "unknown senders get no relation");
  t.equal(request(), undefined);
  t.match(effects[0], { event: { type: "notifications-merged", accountId: me } });
  cells.send(me, notify(bob, "reblog"));
  t.equal(rows(cells, me)[0]?.filtered, false, "what comes later passes");

  const eve = cells.add("eve", OLD);
  cells.send(me, notify(eve, "reblog"));
  cells.send(me, { type: "dismiss-notification-requests", accountIds: [eve] } as never);
  t.same(cells.members(notificationRequestsOf(me)), []);
});

t.test("favourites of one status form a group for twelve hours, and then another", async (t) => {
  const { cells, me, bob } = cast();
  const eve = cells.add("eve", OLD);
  const dan = cells.add("dan", OLD);
  cells.send(me, notify(bob, "favourite"));
  cells.nowMs += 11 * 3_600_000;
  cells.send(me, notify(eve, "favourite"));
  cells.nowMs += 3_600_000;
  cells.send(me, notify(dan, "favourite"));
  cells.send(me, notify(dan, "mention"));
  const [mention, third, second, first] = rows(cells, me);
  t.equal(second?.groupKey, first?.groupKey);
  t.match(first?.groupKey, new RegExp(`^favourite-${STATUS}-\\d+$`));
  t.not(third?.groupKey, first?.groupKey);
  t.equal(mention?.groupKey, `ungrouped-${mention?.id}`);
});

t.test("clearing forgets the list but not what was told", async (t) => {
  const { cells, me, bob } = cast();
  cells.send(me, notify(bob, "mention"));
  cells.send(me, { type: "clear-notifications" } as never);
  t.same(rows(cells, me), []);
  t.same(typesOf(cells.send(me, notify(bob, "mention"))), []);
});

t.test("trimming drops the named rows and keys", async (t) => {
  const { cells, me, bob } = cast();
  const { reply } = cells.send(me, notify(bob, "mention"));
  const ids = [(reply as { id: string }).id];
  const keys = cells.members(notifiedOf(me));
  cells.send(me, { type: "trim-notifications", ids, keys } as never);
  t.same(rows(cells, me), []);
  t.same(cells.members(notifiedOf(me)), []);
});

t.test("the policy survives a replay of the facts", async (t) => {
  const { cells, me } = cast();
  const patch = { forBots: "drop" };
  cells.send(me, { type: "set-notification-policy", patch } as never);
  t.equal(cells.replayed(me).notificationPolicy.forBots, "drop");
  t.match(cells.records.get(`notification-policy/${me}`), /"forBots":"drop"/);
});

t.test(`holds ${HELD_PER_SENDER_MAX} notifications of one sender, and no more`, async (t) => {
  const { cells, me, bob } = cast();
  const patch = { forNotFollowing: "filter" };
  cells.send(me, { type: "set-notification-policy", patch } as never);
  for (let at = 0; at < HELD_PER_SENDER_MAX + 5; at++) {
    cells.send(me, notify(bob, "mention", { statusId: idAt(START_MS + at) }));
  }
  t.equal(rows(cells, me).length, HELD_PER_SENDER_MAX);
  t.match(cells.value(notificationRequestsOf(me), bob), { count: HELD_PER_SENDER_MAX });
  const eve = cells.add("eve", OLD);
  t.same(typesOf(cells.send(me, notify(eve, "mention"))), ["notified"], "others still come");
});
