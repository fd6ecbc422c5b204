import t from "tap";
import {
  bookmarksOf,
  favouritedBy,
  favouritesOf,
  notificationsOf,
  quotesOf,
  rebloggedBy,
  reblogsOf,
  statusesOf,
  threadMutesOf,
} from "../../../src/domain/collections.js";
import type { PollDoc, StatsDoc, StatusDoc } from "../../../src/domain/status.js";
import { Cells, faultOf, type Sent, START_MS, typesOf } from "./cells.js";
import { post } from "./drafts.js";

const as = (command: { type: string; [field: string]: unknown }): { type: string } => command;
const idOf = (sent: Sent): string => (sent.reply as { statusId: string }).statusId;

function setUp() {
  const cells = new Cells();
  const alice = cells.add("alice");
  const bob = cells.add("bob");
  const statusId = idOf(cells.act(alice, post()));
  const stats = () =>
    JSON.parse(cells.records.get(`stats/${statusId}`) ?? "{}") as Partial<StatsDoc>;
  return { cells, alice, bob, statusId, stats };
}

t.test("a favourite is counted and notified once, however often it is told", async (t) => {
  const { cells, alice, bob, statusId, stats } = setUp();
  const favourite = as({ type: "favourite", statusId, authorId: alice });
  t.same(typesOf(cells.send(bob, favourite)), ["favourited"]);
  const [told] = cells.tells;
  cells.settle();
  if (told !== undefined) cells.act(told.to, told.command);
  t.same(cells.send(bob, favourite).facts, []);
  cells.settle();
  t.equal(stats().favourites, 1);
  t.same(cells.members(favouritedBy(statusId)), [bob]);
  t.same(cells.members(favouritesOf(bob)), [statusId]);
  t.equal(cells.members(notificationsOf(alice)).length, 1);
});

t.test("taking a favourite back takes its count and its notification", async (t) => {
  const { cells, alice, bob, statusId, stats } = setUp();
  cells.act(bob, as({ type: "favourite", statusId, authorId: alice }));
  cells.act(bob, as({ type: "unfavourite", statusId, authorId: alice }));
  t.equal(stats().favourites, 0);
  t.same(cells.members(favouritesOf(bob)), []);
  t.same(cells.members(notificationsOf(alice)), []);
  t.same(cells.send(bob, as({ type: "unfavourite", statusId, authorId: alice })).facts, []);
});

t.test("a boost is a status of its own, once, and goes when it is taken back", async (t) => {
  const { cells, alice, bob, statusId, stats } = setUp();
  const reblog = as({
    type: "reblog",
    statusId,
    authorId: alice,
    visibility: "public",
    language: "en",
  });
  const { reblogId } = cells.act(bob, reblog).reply as { reblogId: string };
  t.same(cells.act(bob, reblog).reply, { reblogId });
  t.same(cells.members(statusesOf(bob)), [reblogId]);
  t.equal(cells.members(reblogsOf(bob))[0], statusId);
  t.same(cells.members(rebloggedBy(statusId)), [bob]);
  t.equal(stats().reblogs, 1);
  t.equal(cells.account(bob).statusesCount, 1);
  const kept = JSON.parse(cells.records.get(`status/${reblogId}`) ?? "null") as StatusDoc;
  t.match(kept, { reblogOfId: statusId, reblogOfAccountId: alice, text: "" });
  cells.act(bob, as({ type: "unreblog", statusId, authorId: alice }));
  t.same(cells.members(statusesOf(bob)), []);
  t.equal(cells.account(bob).statusesCount, 0);
  t.equal(stats().reblogs, 0);
});

t.test("deleting a boost by its own id takes it back at the author's too", async (t) => {
  const { cells, alice, bob, statusId, stats } = setUp();
  const sent = cells.act(
    bob,
    as({ type: "reblog", statusId, authorId: alice, visibility: "public", language: null }),
  );
  const { reblogId } = sent.reply as { reblogId: string };
  cells.act(bob, as({ type: "delete-status", statusId: reblogId }));
  t.equal(stats().reblogs, 0);
  t.same(cells.members(reblogsOf(bob)), []);
});

t.test("one's own favourite counts and does not notify", async (t) => {
  const { cells, alice, statusId, stats } = setUp();
  cells.act(alice, as({ type: "favourite", statusId, authorId: alice }));
  t.equal(stats().favourites, 1);
  t.same(cells.members(notificationsOf(alice)), []);
});

t.test("bookmarks and muted threads are private and set once", async (t) => {
  const { cells, bob, statusId } = setUp();
  const bookmark = as({ type: "bookmark", statusId });
  t.same(typesOf(cells.act(bob, bookmark)), ["bookmarked"]);
  t.same(cells.send(bob, bookmark).facts, []);
  t.same(cells.members(bookmarksOf(bob)), [statusId]);
  const mute = as({ type: "mute-thread", conversationId: statusId });
  cells.act(bob, mute);
  t.same(cells.send(bob, mute).facts, []);
  t.same(cells.members(threadMutesOf(bob)), [statusId]);
  cells.act(bob, as({ type: "unbookmark", statusId }));
  cells.act(bob, as({ type: "unmute-thread", conversationId: statusId }));
  t.same([...cells.members(bookmarksOf(bob)), ...cells.members(threadMutesOf(bob))], []);
  t.same(cells.tells, []);
});

t.test("marks on a status that is gone change nothing at its author", async (t) => {
  const { cells, alice, bob } = setUp();
  cells.act(bob, as({ type: "favourite", statusId: "12345", authorId: alice }));
  t.equal(cells.records.has("stats/12345"), false);
});

t.test("a quote counts, and consent can be taken back", async (t) => {
  const { cells, alice, bob, statusId, stats } = setUp();
  const quoting = idOf(
    cells.act(bob, post({ quoteOfId: statusId, quoteOfAccountId: alice, text: "see" })),
  );
  t.equal(stats().quotes, 1);
  t.same(cells.members(quotesOf(statusId)), [quoting]);
  cells.act(alice, as({ type: "revoke-quote", statusId, quotingId: quoting }));
  t.equal(stats().quotes, 0);
  const kept = JSON.parse(cells.records.get(`status/${quoting}`) ?? "null") as StatusDoc;
  t.equal(kept.quoteState, "revoked");
});

t.test("a vote counts once; author, late and foreign choices are refused", async (t) => {
  const { cells, alice, bob } = setUp();
  const poll = { options: ["a", "b"], multiple: true, hideTotals: false, expiresInS: 600 };
  const pollId = idOf(cells.act(alice, post({ poll })));
  const vote = (voterId: string, choices: number[]) =>
    as({ type: "vote", pollId, voterId, choices });
  t.equal(faultOf(cells.send(alice, vote(alice, [0]))), "invalid");
  t.equal(faultOf(cells.send(alice, vote(bob, [7]))), "invalid");
  cells.act(alice, vote(bob, [0]));
  t.equal(faultOf(cells.send(alice, vote(bob, [0]))), "invalid");
  cells.nowMs = START_MS + 600_000;
  t.equal(faultOf(cells.send(alice, vote(bob, [1]))), "invalid");
  const kept = JSON.parse(cells.records.get(`poll/${pollId}`) ?? "null") as PollDoc;
  t.same(
    kept.options.map((option) => option.votes),
    [1, 0],
  );
  t.equal(kept.votersCount, 1);
});

t.test("the end of a poll is told once to author and voters", async (t) => {
  const { cells, alice, bob } = setUp();
  const poll = { options: ["a", "b"], multiple: false, hideTotals: false, expiresInS: 600 };
  const pollId = idOf(cells.act(alice, post({ poll })));
  cells.act(alice, as({ type: "vote", pollId, voterId: bob, choices: [0] }));
  const due = as({ type: "poll-due", pollId });
  t.same(cells.send(alice, due).facts, [], "too early");
  cells.nowMs = START_MS + 600_000;
  const sent = cells.act(alice, due);
  t.same(typesOf(sent), ["poll-closed"]);
  t.ok(sent.effects.some((effect) => effect.ask === "notify-each" && effect.durable));
  t.same(cells.send(alice, due).facts, []);
  t.equal(cells.members(notificationsOf(alice)).length, 1, "the author hears of it too");
});

t.test("counters can be set to what the collections hold", async (t) => {
  const { cells, alice, bob, statusId, stats } = setUp();
  cells.act(bob, as({ type: "favourite", statusId, authorId: alice }));
  const right = { favourites: 1, reblogs: 0, replies: 0, quotes: 0 };
  cells.records.set(`stats/${statusId}`, JSON.stringify({ ...right, favourites: 7 }));
  cells.act(alice, as({ type: "recount-status", statusId, stats: right }));
  t.same(stats(), right);
  const foreign = as({ type: "recount-status", statusId, stats: right });
  t.equal(faultOf(cells.send(bob, foreign)), "not-found");
});
