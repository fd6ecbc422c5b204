import t from "tap";
import {
  activeIn,
  countedReplies,
  DUE,
  editsOf,
  PUBLIC_ALL,
  PUBLIC_LOCAL,
  pinnedOf,
  repliesOf,
  STAFF,
  scheduledOf,
  statusesOf,
  taggedWith,
  votesOf,
} from "../../../src/domain/collections.js";
import type { PollDoc, StatsDoc, StatusDoc } from "../../../src/domain/status.js";
import { Cells, faultOf, type Sent, START_MS, typesOf } from "./cells.js";
import { draft, post } from "./drafts.js";

function setUp() {
  const cells = new Cells();
  return { cells, alice: cells.add("alice"), bob: cells.add("bob") };
}
const idOf = (sent: Sent): string => (sent.reply as { statusId: string }).statusId;
const as = (command: { type: string; [field: string]: unknown }): { type: string } => command;
const doc = (cells: Cells, id: string) =>
  JSON.parse(cells.records.get(`status/${id}`) ?? "null") as StatusDoc | null;
const stats = (cells: Cells, id: string) =>
  JSON.parse(cells.records.get(`stats/${id}`) ?? "null") as StatsDoc | null;
const HOUR_MS = 3_600_000;

t.test("a public post is in every list that shows it, and counts", async (t) => {
  const { cells, alice } = setUp();
  const sent = cells.act(alice, post({ tags: [{ name: "tea", shown: "Tea" }] }));
  const id = idOf(sent);
  t.same(typesOf(sent), ["posted"]);
  for (const name of [statusesOf(alice), PUBLIC_LOCAL, PUBLIC_ALL, taggedWith("tea")]) {
    t.same(cells.members(name), [id], name);
  }
  t.equal(cells.account(alice).statusesCount, 1);
  t.equal(cells.account(alice).lastStatusAtMs, START_MS);
  t.ok(sent.effects.some((effect) => effect.ask === "fan-out"));
});

t.test("other visibilities stay off public lists; a direct post does not count", async (t) => {
  for (const visibility of ["unlisted", "private", "direct"] as const) {
    const { cells, alice } = setUp();
    cells.act(alice, post({ visibility, tags: [{ name: "tea", shown: "Tea" }] }));
    t.same(cells.members(PUBLIC_LOCAL), [], visibility);
    t.same(cells.members(taggedWith("tea")), [], visibility);
    t.equal(cells.members(statusesOf(alice)).length, 1, visibility);
    t.equal(cells.account(alice).statusesCount, visibility === "direct" ? 0 : 1, visibility);
  }
});

t.test("one idempotency key makes one post, for an hour", async (t) => {
  const { cells, alice } = setUp();
  const first = cells.act(alice, post({}, "k"));
  cells.nowMs += HOUR_MS - 1;
  const again = cells.act(alice, post({ text: "other" }, "k"));
  t.same(again.facts, []);
  t.equal(idOf(again), idOf(first));
  t.not(idOf(cells.act(alice, post({}, "l"))), idOf(first));
  cells.nowMs += 1;
  t.not(idOf(cells.act(alice, post({}, "k"))), idOf(first));
  t.same(cells.replayed(alice).statuses, cells.state(alice).statuses);
});

t.test("a reply hangs below its parent and is counted once by the parent's author", async (t) => {
  const { cells, alice, bob } = setUp();
  const parent = idOf(cells.act(alice, post()));
  const to = { inReplyToId: parent, inReplyToAccountId: alice, conversationId: parent };
  const sent = cells.send(bob, post(to));
  const told = cells.tells.find((it) => it.command.type === "reply-received");
  cells.settle();
  if (told !== undefined) cells.act(told.to, told.command);
  t.same(cells.members(repliesOf(parent)), [idOf(sent)]);
  t.equal(stats(cells, parent)?.replies, 1);
  t.equal(doc(cells, idOf(sent))?.conversationId, parent);
  t.same(cells.members(PUBLIC_LOCAL), [parent], "a reply to another is no public post");
  cells.act(bob, as({ type: "delete-status", statusId: idOf(sent) }));
  t.equal(stats(cells, parent)?.replies, 0);
  t.same(cells.members(countedReplies(parent)), []);
});

t.test("an edit keeps what was there before, and says nothing when nothing changed", async (t) => {
  const { cells, alice } = setUp();
  const id = idOf(cells.act(alice, post({ tags: [{ name: "tea", shown: "Tea" }] })));
  cells.nowMs += 60_000;
  const { poll, text, html, spoiler, sensitive, language, mentions, emojis, media } = draft();
  const same = { poll, text, html, spoiler, sensitive, language, mentions, emojis, media };
  const edit = { ...same, tags: [], text: "bye", html: "<p>bye</p>" };
  t.same(cells.act(alice, as({ type: "edit-status", statusId: id, edit: same })).facts, []);
  t.same(typesOf(cells.act(alice, as({ type: "edit-status", statusId: id, edit }))), ["edited"]);
  t.equal(doc(cells, id)?.text, "bye");
  t.equal(doc(cells, id)?.editedAtMs, START_MS + 60_000);
  t.same(cells.members(taggedWith("tea")), [], "a dropped tag does not lead here any more");
  const [before] = cells.members(editsOf(id));
  t.match(cells.value(editsOf(id), before ?? ""), { text: "hello", createdAtMs: START_MS });
});

t.test("a changed poll loses its votes", async (t) => {
  const { cells, alice, bob } = setUp();
  const poll = { options: ["a", "b"], multiple: false, hideTotals: false, expiresInS: 600 };
  const id = idOf(cells.act(alice, post({ poll })));
  t.same(cells.members(DUE), [`poll:${alice}:${id}`]);
  cells.act(alice, as({ type: "vote", pollId: id, voterId: bob, choices: [1] }));
  t.same(cells.value(votesOf(id), bob), [1]);
  const edit = { ...draft(), poll: { ...poll, options: ["a", "c"] } };
  cells.act(alice, as({ type: "edit-status", statusId: id, edit }));
  t.same(cells.members(votesOf(id)), []);
  const kept = JSON.parse(cells.records.get(`poll/${id}`) ?? "null") as PollDoc;
  t.same(
    kept.options.map((option) => option.votes),
    [0, 0],
  );
  cells.act(alice, as({ type: "edit-status", statusId: id, edit: draft() }));
  t.equal(cells.records.has(`poll/${id}`), false);
  t.same(cells.members(DUE), []);
});

t.test("a deleted post is in no list, and its key is free again", async (t) => {
  const { cells, alice } = setUp();
  const id = idOf(cells.act(alice, post({ tags: [{ name: "tea", shown: "Tea" }] }, "k")));
  cells.act(alice, as({ type: "pin", statusId: id }));
  t.same(cells.members(pinnedOf(alice)), [id]);
  t.same(typesOf(cells.act(alice, as({ type: "delete-status", statusId: id }))), [
    "status-deleted",
  ]);
  for (const [name, members] of cells.collections) {
    if (!name.startsWith("active/") && !name.startsWith("accounts/")) {
      t.notOk(members.has(id), name);
    }
  }
  t.equal(cells.records.has(`status/${id}`), false);
  t.equal(cells.account(alice).statusesCount, 0);
  t.not(idOf(cells.act(alice, post({}, "k"))), id);
  t.equal(faultOf(cells.send(alice, as({ type: "delete-status", statusId: id }))), "not-found");
});

t.test("another's status is answered as one that does not exist", async (t) => {
  const { cells, alice, bob } = setUp();
  const id = idOf(cells.act(alice, post()));
  for (const command of [
    { type: "delete-status", statusId: id },
    { type: "pin", statusId: id },
    { type: "edit-status", statusId: id, edit: draft({ text: "mine" }) },
    { type: "set-quote-policy", statusId: id, policy: "nobody" },
  ]) {
    t.equal(faultOf(cells.send(bob, as(command))), "not-found", command.type);
  }
  t.equal(doc(cells, id)?.text, "hello");
});

t.test("five pins are the most, and none twice", async (t) => {
  const { cells, alice } = setUp();
  const ids = Array.from({ length: 6 }, () => idOf(cells.act(alice, post())));
  for (const id of ids.slice(0, 5)) cells.act(alice, as({ type: "pin", statusId: id }));
  t.same(cells.send(alice, as({ type: "pin", statusId: ids[0] })).facts, []);
  t.equal(faultOf(cells.send(alice, as({ type: "pin", statusId: ids[5] }))), "invalid");
  cells.act(alice, as({ type: "unpin", statusId: ids[0] }));
  t.same(typesOf(cells.act(alice, as({ type: "pin", statusId: ids[5] }))), ["pinned"]);
});

t.test("a scheduled post goes out once when it is due, and not before", async (t) => {
  const { cells, alice } = setUp();
  const atMs = START_MS + HOUR_MS;
  const command = {
    type: "schedule-status",
    atMs,
    draft: draft(),
    params: {},
    idempotencyKey: "s",
  };
  const { scheduledId: id } = cells.act(alice, as(command)).reply as { scheduledId: string };
  t.same(cells.act(alice, as(command)).reply, { scheduledId: id }, "one key, one post");
  t.same(cells.members(DUE), [`scheduled:${alice}:${id}`]);
  t.same(cells.send(alice, as({ type: "publish-due", id })).facts, [], "too early");
  cells.nowMs = atMs;
  t.same(typesOf(cells.act(alice, as({ type: "publish-due", id }))), ["unscheduled", "posted"]);
  t.equal(faultOf(cells.send(alice, as({ type: "publish-due", id }))), "not-found");
  t.equal(cells.members(statusesOf(alice)).length, 1);
  t.same(cells.members(scheduledOf(alice)), []);
  t.same(cells.members(DUE), []);
});

t.test("twenty-five scheduled posts a day are the most", async (t) => {
  const { cells, alice } = setUp();
  const at = (hours: number) => ({
    type: "schedule-status",
    atMs: START_MS + hours * HOUR_MS,
    draft: draft(),
    params: {},
    idempotencyKey: null,
  });
  for (let n = 0; n < 25; n++) t.equal(faultOf(cells.send(alice, as(at(1)))), null);
  t.equal(faultOf(cells.send(alice, as(at(1)))), "invalid");
  t.equal(faultOf(cells.send(alice, as(at(48)))), null);
});

t.test("a mention is told to those who are mentioned, and not to oneself", async (t) => {
  const { cells, alice, bob } = setUp();
  const mention = (accountId: string, acct: string) => ({
    accountId,
    username: acct,
    acct,
    url: null,
  });
  const mentions = [mention(bob, "bob"), mention(alice, "alice"), mention("9", "eve@far.example")];
  const sent = cells.send(alice, post({ mentions }));
  const told = sent.effects.flatMap((effect) =>
    effect.ask === "tell" && effect.command.type === "notify" ? [effect.to.id] : [],
  );
  t.same(told, [bob]);
});

t.test("a deleted account keeps its name and nothing else", async (t) => {
  const { cells, alice } = setUp();
  cells.act(alice, as({ type: "update-profile", patch: { displayName: "Alice", note: "me" } }));
  const sent = cells.act(alice, as({ type: "delete-account" }));
  t.ok(sent.effects.some((effect) => effect.ask === "erase-account" && effect.durable));
  t.match(cells.account(alice), { username: "alice", displayName: "", note: "", suspended: true });
  t.equal(cells.records.has(`user/${alice}`), false);
  t.equal(faultOf(cells.send(alice, post())), "not-found");
  const create = { type: "create-account", username: "alice", email: "x@example.test" };
  t.equal(faultOf(cells.send(alice, as(create))), "duplicate");
});

t.test("staff hears of everybody who joins, and is a list that roles keep", async (t) => {
  const { cells, alice, bob } = setUp();
  cells.act(alice, as({ type: "set-role", role: "owner" }));
  t.same(cells.members(STAFF), [alice]);
  const create = { type: "create-account", username: "eve", email: "e@example.test" };
  const joined = cells.send("77", as({ ...create, passwordHash: "x", approved: false }));
  const told = joined.effects.find((effect) => effect.ask === "notify-each");
  t.match(told, { durable: true, collection: STAFF, notify: { notification: "admin.sign_up" } });
  cells.act(alice, as({ type: "set-role", role: "user" }));
  cells.act(bob, as({ type: "set-role", role: "moderator" }));
  t.same(cells.members(STAFF), [bob]);
});

t.test(
  "the first post of a month makes the account active in it, and the others need not",
  async (t) => {
    const { cells, alice } = setUp();
    const puts = (id: string) =>
      (cells.replayed(id).statuses.firstOfMonth ? 1 : 0) +
      cells.members(activeIn("2026-01")).length;
    cells.act(alice, post());
    t.equal(puts(alice), 2, "noted with the first");
    cells.act(alice, post());
    t.equal(puts(alice), 1, "noted already");
    cells.nowMs = Date.UTC(2026, 1, 3);
    cells.act(alice, post());
    t.same(cells.members(activeIn("2026-02")), [alice]);
  },
);
