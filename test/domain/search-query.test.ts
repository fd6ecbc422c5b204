// How a search box is read.

import t from "tap";
import { parseSearchQuery } from "../../src/domain/search-query.js";
import { fastestMs, HOSTILE_MS_MAX } from "./timing.js";

t.test("words, phrases and what to leave out", async (t) => {
  t.match(parseSearchQuery('green Tea "with milk" -coffee -"no sugar" +leaves “a b”'), {
    words: ["green", "tea", "leaves"],
    phrases: ["with milk", "a b"],
    notWords: ["coffee"],
    notPhrases: ["no sugar"],
    empty: false,
  });
  t.same(parseSearchQuery("don't #Tea a*b OR NEAR(x)").words, [
    "don",
    "t",
    "tea",
    "a",
    "b",
    "or",
    "near",
    "x",
  ]);
  t.match(parseSearchQuery('"never closed'), { phrases: ["never closed"] });
  t.match(parseSearchQuery("  "), { empty: true });
  t.match(parseSearchQuery("-coffee"), { empty: true, notWords: ["coffee"] });
});

t.test("operators", async (t) => {
  t.match(parseSearchQuery("from:me -from:@Frank@remote.example has:media -is:reply in:library"), {
    words: [],
    from: [
      { value: "me", not: false },
      { value: "Frank@remote.example", not: true },
    ],
    has: [{ value: "media", not: false }],
    is: [{ value: "reply", not: true }],
    in: "library",
    empty: false,
  });
  t.match(parseSearchQuery("language:de-AT mentions:@bob in:all"), {
    languages: [{ value: "de", not: false }],
    mentions: [{ value: "bob", not: false }],
    in: null,
  });
});

t.test("what is no operator is words", async (t) => {
  t.same(parseSearchQuery("has:teeth is: 12:30 https://tea.example/x before:soon").words, [
    "has",
    "teeth",
    "is",
    "12",
    "30",
    "https",
    "tea",
    "example",
    "x",
    "before",
    "soon",
  ]);
});

t.test("times are days, months or years in UTC", async (t) => {
  const day = Date.UTC(2026, 0, 31);
  t.match(parseSearchQuery("before:2026-01-31"), { beforeMs: day, afterMs: null });
  t.match(parseSearchQuery("after:2026-01-31"), { afterMs: Date.UTC(2026, 1, 1) });
  t.match(parseSearchQuery("during:2026-01-31"), { afterMs: day, beforeMs: Date.UTC(2026, 1, 1) });
  t.match(parseSearchQuery("during:2026-02"), {
    afterMs: Date.UTC(2026, 1, 1),
    beforeMs: Date.UTC(2026, 2, 1),
  });
  t.match(parseSearchQuery("during:2025 before:2025-06-01"), {
    afterMs: Date.UTC(2025, 0, 1),
    beforeMs: Date.UTC(2025, 5, 1),
  });
  t.match(parseSearchQuery("before:2026-01-31T12:00:00Z"), { beforeMs: Date.UTC(2026, 0, 31, 12) });
  for (const none of ["2026-02-30", "2026-13", "99", "x"]) {
    t.match(parseSearchQuery(`before:${none}`), { beforeMs: null }, none);
  }
});

t.test("is bounded and linear", async (t) => {
  for (const text of ['"'.repeat(100_000), "a ".repeat(50_000), "-".repeat(100_000)]) {
    const ms = fastestMs(() => parseSearchQuery(text));
    t.ok(ms < HOSTILE_MS_MAX, `${ms.toFixed(1)} ms`);
  }
  t.ok(parseSearchQuery("a ".repeat(10_000)).words.length <= 32);
});
