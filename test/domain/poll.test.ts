// What a poll may ask, and what a vote does to it.

import t from "tap";
import { isFault } from "../../src/base/faults.js";
import {
  applyVote,
  isPollOver,
  pollChoices,
  pollLength,
  pollOptions,
} from "../../src/domain/poll.js";
import { alice, NOON_MS, pollDoc, statusDoc } from "../cast/cast.js";

const asked = pollDoc(statusDoc(alice, 1));
const several = { ...asked, multiple: true };

t.test("options are two to four, different, and short", async (t) => {
  t.same(pollOptions([" Tea ", "Coffee"]), ["Tea", "Coffee"]);
  t.same(pollOptions(["👩‍👩‍👧‍👦".repeat(50), "b"]), ["👩‍👩‍👧‍👦".repeat(50), "b"]);
  const refused: [string, string[]][] = [
    ["one", ["a"]],
    ["none", []],
    ["five", ["a", "b", "c", "d", "e"]],
    ["twice the same", ["a", "a "]],
    ["an empty one", ["a", " "]],
    ["nothing that shows", ["a", "\u200b"]],
    ["a long one", ["a", "b".repeat(51)]],
  ];
  for (const [name, titles] of refused) t.match(pollOptions(titles), { fault: "invalid" }, name);
});

t.test("it lasts five minutes to a month", async (t) => {
  t.equal(pollLength(300), null);
  t.equal(pollLength(2_629_746), null);
  for (const s of [299, 2_629_747, -1, Number.NaN, Number.POSITIVE_INFINITY]) {
    t.match(pollLength(s), { fault: "invalid" }, String(s));
  }
});

t.test("votes", async (t) => {
  const noon = (poll: typeof asked, choices: number[], earlier: number[] = []) =>
    pollChoices(poll, choices, earlier, NOON_MS);
  t.same(noon(asked, [1]), [1]);
  t.same(noon(several, [1, 0, 1]), [0, 1]);
  t.same(noon(several, [1], [0]), [1], "one more where several may be given");
  for (const [name, answer] of [
    ["none", noon(asked, [])],
    ["two of one", noon(asked, [0, 1])],
    ["none of the options", noon(asked, [2])],
    ["a negative one", noon(asked, [-1])],
    ["half a one", noon(asked, [0.5])],
    ["again", noon(asked, [1], [0])],
    ["the same again", noon(several, [0, 1], [0])],
    ["too late", pollChoices(asked, [0], [], NOON_MS + 86_400_000)],
  ] as const) {
    t.ok(isFault(answer), name);
  }
  t.equal(isPollOver({ expiresAtMs: null }, NOON_MS), false);
});

t.test("a vote counts its options and its voter, and leaves the old poll alone", async (t) => {
  const once = applyVote(several, [0, 1], true);
  t.match(once, { votersCount: 1, options: [{ votes: 1 }, { votes: 1 }] });
  t.match(applyVote(once, [1], false), { votersCount: 1, options: [{ votes: 1 }, { votes: 2 }] });
  t.match(several, { votersCount: 0, options: [{ votes: 0 }, { votes: 0 }] });
});
