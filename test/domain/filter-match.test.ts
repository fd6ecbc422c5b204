// When a phrase filter matches.

import t from "tap";
import { compileFilters } from "../../src/domain/filter-match.js";
import { filterDoc, NOON_MS, statusId, thingId } from "../cast/cast.js";
import { fastestMs, HOSTILE_MS_MAX } from "./timing.js";

const matches = (keyword: string, wholeWord: boolean, text: string): boolean => {
  const keywords = [{ id: thingId(1), keyword, wholeWord }];
  const matcher = compileFilters([filterDoc(0, { keywords })], NOON_MS);
  return matcher.match({ text, statusId: statusId(1), reblogOfId: null }, "home").length > 0;
};

t.test("keywords", async (t) => {
  const table: [string, boolean, string, boolean][] = [
    ["tea", true, "A cup of Tea, please", true],
    ["tea", true, "steam", false],
    ["tea", false, "steam", true],
    ["TEA", true, "tea", true],
    ["tea", true, "steam, then tea", true],
    ["tea", true, "tea_time", false],
    ["tea", true, "téa", false],
    ["чай", true, "Горячий ЧАЙ!", true],
    ["чай", true, "чайник", false],
    ["#tea", true, "x#tea y", true],
    ["#tea", true, "#teatime", false],
    ["tea!", true, "tea!time", true],
    ["...", true, "wait...what", true],
    ["a+b", true, "a+b", true],
    ["(a+)+$", true, "aaaaaaaa", false],
    ["(a+)+$", true, "((a+)+$)", true],
    ["green tea", true, "green\n tea", true],
    ["green  tea", true, "green tea", true],
    ["ＴＥＡ", true, "tea", true],
    ["茶", true, "緑茶", false],
    ["茶", false, "緑茶", true],
    ["", false, "anything", false],
    [" ", false, "any thing", false],
  ];
  for (const [keyword, whole, text, expected] of table) {
    t.equal(matches(keyword, whole, text), expected, `${keyword} in ${text}`);
  }
});

t.test("says what matched, in the owner's spelling", async (t) => {
  const doc = filterDoc(0, {
    keywords: [
      { id: "1", keyword: "Tea", wholeWord: true },
      { id: "2", keyword: "milk", wholeWord: true },
      { id: "3", keyword: "SUGAR", wholeWord: false },
    ],
    statuses: [{ id: "4", statusId: statusId(2) }],
  });
  const matcher = compileFilters([doc], NOON_MS);
  const boost = { text: "tea with sugar", statusId: statusId(3), reblogOfId: statusId(2) };
  t.same(matcher.match(boost, "home"), [
    { filterId: doc.id, keywordMatches: ["Tea", "SUGAR"], statusMatches: [statusId(2)] },
  ]);
  t.same(matcher.match({ text: "", statusId: statusId(2), reblogOfId: null }, "home"), [
    { filterId: doc.id, keywordMatches: [], statusMatches: [statusId(2)] },
  ]);
  t.same(matcher.match({ ...boost, reblogOfId: null, text: "none" }, "home"), []);
});

t.test("counts only where and while it is in force", async (t) => {
  const status = { text: "tea", statusId: statusId(1), reblogOfId: null };
  const soon = filterDoc(0, { expiresAtMs: NOON_MS + 1 });
  const matcher = compileFilters([soon, filterDoc(5, { contexts: ["public"] })], NOON_MS);
  t.equal(matcher.match(status, "home").length, 1);
  t.equal(matcher.match(status, "thread").length, 0);
  t.equal(matcher.validUntilMs, NOON_MS + 1);
  const later = compileFilters([soon], NOON_MS + 1);
  t.same(later.match(status, "home"), []);
  t.equal(later.validUntilMs, Number.POSITIVE_INFINITY);
});

t.test("hostile keywords and texts cost little", async (t) => {
  const keywords = Array.from({ length: 200 }, (_, at) => ({
    id: String(at + 1),
    keyword: `${"a".repeat(100 + at)}b`,
    wholeWord: true,
  }));
  const matcher = compileFilters([filterDoc(0, { keywords })], NOON_MS);
  const status = { text: "a".repeat(5_000), statusId: statusId(1), reblogOfId: null };
  const ms = fastestMs(() => matcher.match(status, "home"));
  t.ok(ms < HOSTILE_MS_MAX, `200 keywords: ${ms.toFixed(1)} ms`);
  const one = filterDoc(0, { keywords: [{ id: "1", keyword: "(a+)+$", wholeWord: true }] });
  const pattern = fastestMs(() => compileFilters([one], NOON_MS).match(status, "home"));
  t.ok(pattern < HOSTILE_MS_MAX, `a pattern as keyword: ${pattern.toFixed(1)} ms`);
});
