// How typed text becomes HTML, how long it counts, and what it names.

import fc from "fast-check";
import t from "tap";
import { cleanName } from "../../../src/domain/text/characters.js";
import { countCharacters, countGraphemes, fitsGraphemes } from "../../../src/domain/text/count.js";
import { scanEmojiCodes } from "../../../src/domain/text/emoji-codes.js";
import {
  type FormatOptions,
  formatField,
  formatProfile,
  formatStatus,
  scan,
} from "../../../src/domain/text/format.js";
import { normaliseHost, shownHost } from "../../../src/domain/text/hosts.js";
import { fastestMs, HOSTILE_MS_MAX } from "../timing.js";

const SEED = 20260131;

const options: FormatOptions = {
  publicUrl: "https://social.example",
  tagUrl: (name) => `https://social.example/tags/${encodeURIComponent(name)}`,
  mentions: new Map([
    ["alice", { url: "https://social.example/@alice", username: "alice", acct: "alice" }],
    [
      "frank@remote.example",
      {
        url: "https://remote.example/@frank",
        username: "frank",
        acct: "frank@remote.example",
      },
    ],
  ]),
};
const html = (text: string): string => formatStatus(text, options).html;

t.test("paragraphs and line breaks", async (t) => {
  t.equal(html("one"), "<p>one</p>");
  t.equal(html("one\ntwo\n\nthree\r\n\r\n\r\nfour"), "<p>one<br />two</p><p>three</p><p>four</p>");
  t.equal(html("  \n one \n\n"), "<p>one</p>");
  t.equal(html(""), "");
  t.equal(html(" \n "), "");
});

t.test("nothing that is typed is markup", async (t) => {
  t.equal(html(`<b>"x" & 'y'</b>`), "<p>&lt;b&gt;&quot;x&quot; &amp; &#39;y&#39;&lt;/b&gt;</p>");
  t.notMatch(html('https://tea.example/"onmouseover="alert(1)'), 'onmouseover="');
  t.notMatch(html("https://tea.example/'><script>"), "<script");
});

t.test("links are shortened, and their host never is", async (t) => {
  t.equal(
    html("https://tea.example/leaves"),
    '<p><a href="https://tea.example/leaves" target="_blank" rel="nofollow noopener" ' +
      'translate="no"><span class="invisible">https://</span><span class="">tea.example/leaves' +
      '</span><span class="invisible"></span></a></p>',
  );
  t.match(
    html("https://www.tea.example/a/very/long/way/to/the/leaves"),
    '<span class="invisible">https://www.</span><span class="ellipsis">tea.example/a/very/long/way/to' +
      '</span><span class="invisible">/the/leaves</span>',
  );
  const long = "good.example.and.then.some.more.labels.evil.example";
  t.match(html(`https://${long}/x`), `<span class="ellipsis">${long}</span>`);
  const cut = html(`https://tea.example/${"a".repeat(17)}🫖🫖`);
  t.notMatch(cut, "\ud83e<", "no half of a character");
});

t.test("names of hosts are shown as they can be trusted", async (t) => {
  t.match(html("https://bücher.example/"), 'href="https://xn--bcher-kva.example/"');
  t.match(html("https://bücher.example/"), ">bücher.example/<");
  t.equal(shownHost("аррӏе.example"), "xn--80ak6aa92e.example", "letters that look Latin");
  t.equal(shownHost("exаmple.example"), "xn--exmple-4nf.example", "two scripts");
  t.equal(shownHost("пример.example"), "пример.example");
  t.equal(shownHost("例え.example"), "例え.example");
  t.equal(shownHost("xn--bcher-kva.example:8080"), "bücher.example:8080");
  t.equal(normaliseHost("BÜCHER.example"), "xn--bcher-kva.example");
  for (const bad of ["", "a b", "a/b", "a@b", "xn--a", "a?b", "[", "a\\b"]) {
    t.equal(normaliseHost(bad), null, bad);
  }
});

t.test("mentions are links only when somebody was found", async (t) => {
  const formatted = formatStatus("@Alice @frank@REMOTE.example @nobody", options);
  t.equal(
    formatted.html,
    '<p><span class="h-card" translate="no"><a href="https://social.example/@alice" ' +
      'class="u-url mention">@<span>alice</span></a></span> ' +
      '<span class="h-card" translate="no"><a href="https://remote.example/@frank" ' +
      'class="u-url mention">@<span>frank</span></a></span> @nobody</p>',
  );
  t.same(formatted.mentioned, ["alice", "frank@remote.example"]);
  t.match(html("@alice@social.example"), "https://social.example/@alice", "our own host is local");
});

t.test("hashtags keep their spelling and link to their name", async (t) => {
  const formatted = formatStatus("#Café #CAFÉ", options);
  t.match(
    formatted.html,
    '<a href="https://social.example/tags/cafe" class="mention hashtag" rel="tag">' +
      "#<span>Café</span></a>",
  );
  t.same(formatted.tags, [{ name: "cafe", shown: "Café" }]);
});

t.test("text cannot turn its line around", async (t) => {
  t.notMatch(html("a \u202egnp.exe https://tea.example"), /[\u202d\u202e]/);
  t.equal(cleanName("Al\u202eice\u200b \u0000 \n Doe\ufeff"), "Alice Doe");
  t.equal(cleanName("👩\u200d💻 نمی\u200cخواهم"), "👩\u200d💻 نمی\u200cخواهم", "joiners stay");
  t.equal(cleanName("\ud800x"), "\ufffdx");
  t.equal(html("a\u0000b\ud800"), "<p>ab\ufffd</p>");
});

t.test("profiles: links of fields say whose they are", async (t) => {
  t.equal(formatProfile("Hi\n@alice", options).html.startsWith("<p>Hi<br />"), true);
  const field = formatField(" https://tea.example/\nx ", options).html;
  t.match(field, 'rel="nofollow noopener me"');
  t.notMatch(field, "<p>");
  t.match(formatField("@frank@remote.example", options).html, "@<span>frank@remote.example</span>");
});

t.test("scan tells what a text names, each once", async (t) => {
  t.same(
    scan("@A @a #Tea #tea https://x.example @b@X.example @c@social.example", options.publicUrl),
    {
      mentions: [
        { username: "A", domain: null },
        { username: "b", domain: "x.example" },
        { username: "c", domain: null },
      ],
      tags: [{ name: "tea", shown: "Tea" }],
      links: ["https://x.example"],
    },
  );
});

t.test("length counts what people see", async (t) => {
  const table: [string, number, string?][] = [
    ["", 0],
    ["hello", 5],
    ["a\r\nb", 3],
    ["👩‍👩‍👧‍👦", 1],
    ["é", 1],
    ["e\u0301", 1],
    ["🇩🇪🇫🇷", 2],
    ["https://tea.example/a/very/long/way/that/does/not/count", 23],
    ["a https://t.co.example b", 27],
    ["@alice@remote.example hi", 9],
    ["@alice hi", 9],
    ["alice@remote.example", 20],
    ["#tea", 4],
    ["hi", 6, "care"],
  ];
  for (const [text, expected, spoiler] of table) {
    t.equal(countCharacters(text, spoiler), expected, JSON.stringify(text));
  }
  t.equal(fitsGraphemes("👩‍👩‍👧‍👦".repeat(3), 3), true);
  t.equal(fitsGraphemes("👩‍👩‍👧‍👦".repeat(4), 3), false);
  t.equal(fitsGraphemes(`a${"\u0301".repeat(100_000)}`, 3), false, "too long whatever it shows");
});

t.test("length is what the platform's segmenter counts", async (t) => {
  const segmenter = new Intl.Segmenter("en", { granularity: "grapheme" });
  const part = fc.constantFrom(
    ...(
      "a é e\u0301 \u0301 \r \n \r\n 👩 \u200d 💻 " +
      "🇩🇪 🇫 한 \u1100 \u1161 \u11a8 \u0600 1 ก ำ क ् ष © \ufe0f ガ ｶ\uff9e が か\u3099 茶 а̀ \ud800 \udc00"
    ).split(" "),
    " ",
  );
  fc.assert(
    fc.property(fc.array(part, { maxLength: 30 }), (parts) => {
      const text = parts.join("");
      return countGraphemes(text) === [...segmenter.segment(text)].length;
    }),
    { seed: SEED, numRuns: 2_000 },
  );
  t.pass(`seed ${SEED}`);
});

t.test("emoji codes", async (t) => {
  t.same(scanEmojiCodes(":tea: :tea: (:coffee_1:)", ":milk:"), ["tea", "coffee_1", "milk"]);
  t.same(scanEmojiCodes("a:tea: :x: :a b: ::tea:: 12:30:45 :tea:milk:"), []);
  t.same(scanEmojiCodes(":tea: :milk:"), ["tea", "milk"]);
});

t.test("hostile texts cost little", async (t) => {
  const texts: [string, string][] = [
    ["a@a@a@…", "a@".repeat(25_000)],
    ["a tag with 100,000 marks", `#a${"\u0301".repeat(100_000)}`],
    ["::::", ":".repeat(100_000)],
    [":a:a:", ":aa".repeat(30_000)],
    ["lines", "\n".repeat(100_000)],
    ["spaces", `a${" ".repeat(100_000)}b`],
  ];
  for (const [name, text] of texts) {
    const ms = fastestMs(() => {
      formatStatus(text, options);
      countCharacters(text);
      scanEmojiCodes(text);
      cleanName(text);
    });
    t.ok(ms < HOSTILE_MS_MAX, `${name}: ${ms.toFixed(1)} ms`);
  }
});
