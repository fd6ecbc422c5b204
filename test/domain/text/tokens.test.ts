// What counts as a mention, a hashtag, a link; and that finding them is linear.

import fc from "fast-check";
import t, { type Test } from "tap";
import { tagName } from "../../../src/domain/text/tag-name.js";
import { type Token, tokenise } from "../../../src/domain/text/tokens.js";
import { fastestMs, HOSTILE_MS_MAX } from "../timing.js";

const SEED = 20260131;

const shown = (text: string): string[] =>
  tokenise(text).map((it) => `${it.kind} ${text.slice(it.start, it.end)}`);

const rows = (t: Pick<Test, "same">, table: readonly [string, string[]][]): void => {
  for (const [text, expected] of table) t.same(shown(text), expected, text);
};

t.test("mentions", async (t) => {
  rows(t, [
    ["@alice", ["mention @alice"]],
    ["hi @alice, @bob!", ["mention @alice", "mention @bob"]],
    ["(@alice)", ["mention @alice"]],
    ["@alice@remote.example.", ["mention @alice@remote.example"]],
    ["@a.b-c@remote.example", ["mention @a.b-c@remote.example"]],
    ["@alice.", ["mention @alice"]],
    ["@alice-", ["mention @alice"]],
    ["@alice@bücher.example", ["mention @alice@bücher.example"]],
    ["@alice@localhost:3001 hi", ["mention @alice@localhost:3001"]],
    ["@alice@remote.example: hi", ["mention @alice@remote.example"]],
    ["alice@remote.example", []],
    ["é@alice", []],
    ["path/@alice", []],
    ["a=@alice", []],
    ["@", []],
    ["@@alice", ["mention @alice"]],
    ["@éa", []],
    [`@${"a".repeat(200)}`, []],
    [`@alice@${"a".repeat(300)}`, []],
  ]);
});

t.test("hashtags", async (t) => {
  rows(t, [
    ["#tea", ["tag #tea"]],
    ["#Tea_time, #Грибы #茶", ["tag #Tea_time", "tag #Грибы", "tag #茶"]],
    ["＃tea", ["tag ＃tea"]],
    ["#123", []],
    ["#123a #1_2", ["tag #123a", "tag #1_2"]],
    ["#___", []],
    ["#a·b #نمی‌خواهم", ["tag #a·b", "tag #نمی‌خواهم"]],
    ["#tea·", ["tag #tea"]],
    ["#·tea", []],
    ["a#tea", []],
    ["/#tea", []],
    ["=#tea", []],
    ["##tea", ["tag #tea"]],
    ["#tea#milk", ["tag #tea"]],
    ["#tea‮live", ["tag #tea"]],
    [`#${"a".repeat(300)}`, []],
    ["#🫖", []],
  ]);
});

t.test("links", async (t) => {
  rows(t, [
    ["https://tea.example", ["link https://tea.example"]],
    ["see http://tea.example/a?b=c#d.", ["link http://tea.example/a?b=c#d"]],
    ["HTTPS://TEA.EXAMPLE/", ["link HTTPS://TEA.EXAMPLE/"]],
    ["(https://tea.example/a_(b))", ["link https://tea.example/a_(b)"]],
    ["https://tea.example/@alice/1", ["link https://tea.example/@alice/1"]],
    ["https://tea.example:8443/x-", ["link https://tea.example:8443/x-"]],
    ["茶https://tea.example/茶。", ["link https://tea.example/茶"]],
    ["https://bücher.example/", ["link https://bücher.example/"]],
    ['"https://tea.example/a"', ["link https://tea.example/a"]],
    ["https://good.example@evil.example/", ["link https://good.example"]],
    ["<https://tea.example/>", ["link https://tea.example/"]],
    ["https://tea.example/a‮b", ["link https://tea.example/a"]],
    ["xhttps://tea.example", []],
    ["$https://tea.example", []],
    [".https://tea.example", []],
    ["https://localhost/a", []],
    ["https://127.0.0.1/a", []],
    ["https://tea", []],
    ["https://.example/", []],
    ["javascript://tea.example", []],
    ["tea.example", []],
    ["https://", []],
  ]);
});

t.test("a tag's spellings have one name", async (t) => {
  t.equal(tagName("Café"), "cafe");
  t.equal(tagName("CAFÉ"), "cafe");
  t.equal(tagName("Smørrebrød"), "smorrebrod");
  t.equal(tagName("Ｔｅａ"), "tea");
  t.equal(tagName("ﾃｨｰ"), "ティー");
  t.equal(tagName("Чай"), "чай");
  t.equal(tagName("a·b_c"), "a·b_c");
  t.equal(tagName("‮"), "");
});

t.test("tokens lie in order and never overlap", async (t) => {
  const sign = fc.constantFrom(
    "@",
    "#",
    "https://",
    "a.b",
    "é",
    ".",
    "/",
    " ",
    "茶",
    "1",
    "(",
    "_",
  );
  fc.assert(
    fc.property(fc.array(sign, { maxLength: 60 }), (parts) => {
      const text = parts.join("");
      let from = 0;
      for (const token of tokenise(text)) {
        if (token.start < from || token.end <= token.start) return false;
        from = token.end;
      }
      return from <= text.length;
    }),
    { seed: SEED, numRuns: 500 },
  );
  t.pass(`seed ${SEED}`);
});

t.test("hostile texts cost little", async (t) => {
  const texts: [string, string][] = [
    ["a@a@a@…", "a@".repeat(25_000)],
    [" @a@a@…", " @a@a".repeat(12_000)],
    ["@.-.-", `@a${".-".repeat(50_000)}`],
    ["a tag with 100,000 marks", `#a${"\u0301".repeat(100_000)}`],
    ["many tags", "#a1 ".repeat(25_000)],
    ["##########", "#".repeat(100_000)],
    ["links in links", "https://a.b/".repeat(8_000)],
    ["hosts that are none", "https://xn--a.example/".repeat(5_000)],
    ["brackets", `https://a.example/${"(".repeat(50_000)}${")".repeat(50_000)}`],
    ["dots behind a link", `https://a.example/${".".repeat(100_000)}`],
    ["<link", "<link".repeat(20_000)],
  ];
  for (const [name, text] of texts) {
    const ms = fastestMs(() => tokenise(text));
    t.ok(ms < HOSTILE_MS_MAX, `${name}: ${ms.toFixed(1)} ms`);
  }
});

t.test("says where a mention lives and what a link's host is", async (t) => {
  const [mention, link] = tokenise("@Alice@Remote.Example https://Tea.example/x") as [Token, Token];
  t.match(mention, { kind: "mention", username: "Alice", domain: "Remote.Example" });
  t.match(link, { kind: "link", host: "Tea.example", scheme: "https://" });
});
