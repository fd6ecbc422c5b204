// What HTML may be shown. The payloads are those of the security checklist (SEC-50, SEC-66, SEC-68).

import fc from "fast-check";
import t from "tap";
import { formatStatus } from "../../../src/domain/text/format.js";
import { HTML_UNITS_MAX } from "../../../src/domain/text/html-reader.js";
import { plainText } from "../../../src/domain/text/plain-text.js";
import { HTML_DEPTH_MAX, sanitiseHtml } from "../../../src/domain/text/sanitise.js";
import { fastestMs } from "../timing.js";

const SEED = 20260131;
/** The bound of SEC-50 is that the server stays up; a page of a peer may cost this much. */
const PAGE_MS_MAX = 150;

t.test("keeps what posts are made of", async (t) => {
  for (const html of [
    "<p>one<br />two</p>",
    '<p><span class="h-card" translate="no"><a href="https://a.example/@b" class="u-url mention" ' +
      'target="_blank" rel="nofollow noopener">@<span>b</span></a></span></p>',
    "<blockquote><p>q</p></blockquote><pre><code>x</code></pre>",
    '<ol start="3" reversed="reversed"><li value="3">a</li></ol><ul><li>b</li></ul>',
    "<h1>t</h1><ruby>漢<rp>(</rp><rt>kan</rt><rp>)</rp></ruby>",
    '<p lang="de"><b>a</b><strong>b</strong><i>c</i><em>d</em><u>e</u><del>f</del><s>g</s></p>',
    '<abbr title="x &amp; y">xy</abbr><sub>1</sub><sup>2</sup>',
    '<p class="quote-inline">RE</p>',
  ]) {
    t.equal(sanitiseHtml(html), html);
  }
});

t.test("takes everything else away", async (t) => {
  const table: [string, string][] = [
    ["<script>alert(1)</script>a", "a"],
    ["<SCRIPT >alert(1)</SCRIPT x>a", "a"],
    ["<scr<script>ipt>alert(1)</script>", "ipt&gt;alert(1)"],
    ["<img src=x onerror=alert(1)>a", "a"],
    ["<form action=x><input><button>b</button></form>", "b"],
    ["<style>p{}</style><p style='x' onclick=1 id=a>b</p>", "<p>b</p>"],
    ["<svg><a xlink:href=javascript:alert(1)>b</a></svg>c", "c"],
    ["<math><mi>b</mi></math>c", "c"],
    ["<embed src=x>a<iframe srcdoc='<script>1</script>'>b</iframe>c", "ac"],
    ['<noscript><p title="</noscript><img src=x onerror=alert(1)>">', "&quot;&gt;"],
    ["<xmp><img src=x onerror=alert(1)></xmp>a", "a"],
    ["<textarea></textarea><img src=x onerror=alert(1)>a", "a"],
    ["<!--><img src=x onerror=alert(1)>-->a", "--&gt;a"],
    ["<!-- <img src=x onerror=alert(1)> -->a", "a"],
    ["<![CDATA[<img src=x>]]>a", "]]&gt;a"],
    ["<?php <b>x</b> ?>a", "x ?&gt;a"],
    ["<a href='javascript:alert(1)'>b</a>", "b"],
    ["<a href=' java\nscript:alert(1)'>b</a>", "b"],
    ["<a href='&#106;avascript&colon;alert(1)'>b</a>", "b"],
    ["<a href='data:text/html,x'>b</a><a href='//evil.example'>c</a><a>d</a>", "bcd"],
    ["<a href='https://a.example' class='x btn mention onclick'>b", 'class="mention"'],
    ["<p class='h-x u-y dt-z e-w p-v evil'>b</p>", 'class="h-x u-y dt-z e-w p-v"'],
    ["<b>unclosed", "<b>unclosed</b>"],
    ["</b></p>stray", "stray"],
    ["<b><i>crossed</b></i>", "<b><i>crossed</i></b>"],
    ["<p>a<p>b", "<p>a</p><p>b</p>"],
    ["I <3 you & &lt;b&gt;", "I &lt;3 you &amp; &lt;b&gt;"],
    ["a<", "a&lt;"],
    ["a<b", "a"],
    ["a <b title='", "a "],
    ["<b>x</b <i>>y", "<b>x</b>&gt;y"],
    ["a\u0000<scr\u0000ipt>b</script>", "a"],
    ["\ud800", "\ufffd"],
    ["<div>a</div><div>b</div>", "a<br />b"],
    ["x\u202ey", "xy"],
  ];
  for (const [html, expected] of table) {
    const clean = sanitiseHtml(html);
    if (expected.startsWith("class=")) t.match(clean, expected, html);
    else t.equal(clean, expected, html);
  }
});

t.test("links are marked, single, and lead to known schemes", async (t) => {
  t.equal(
    sanitiseHtml('<a href="https://a.example/?x=&quot;&lt;" rel="me evil tag">b</a>'),
    '<a href="https://a.example/?x=%22%3C" target="_blank" rel="me tag nofollow noopener">b</a>',
  );
  t.equal(
    sanitiseHtml("<a href=https://a.example/>b<a href=https://b.example/>c</a></a>").match(/<a /g)
      ?.length,
    1,
  );
  t.match(sanitiseHtml("<a href=gemini://a.example/>b</a>"), "gemini://a.example/");
});

t.test("a field never hides where its link leads", async (t) => {
  const html =
    '<a href="https://good.example.evil.example/">https://good.example' +
    '<span class="invisible">.evil.example</span></a>';
  t.match(sanitiseHtml(html), 'class="invisible"');
  t.notMatch(sanitiseHtml(html, { showHidden: true }), "invisible");
});

t.test("what was cleaned stays as it is", async (t) => {
  const part = fc.constantFrom(
    ..."<b> <p> </p> </b> <a href=https://a.example/> </a> <script> </script> <!-- --> < > & &amp; x '".split(
      " ",
    ),
    '"',
    "<svg>",
    "<xmp>",
    "</xmp>",
    "<p title='",
    "<br>",
    "<div>",
    "\n",
    "<li>",
  );
  fc.assert(
    fc.property(fc.array(part, { maxLength: 40 }), (parts) => {
      const once = sanitiseHtml(parts.join(""));
      const onlyListed = !/<(?!\/?(?:p|b|a|li|br)[ >])/.test(once);
      return onlyListed && sanitiseHtml(once) === once;
    }),
    { seed: SEED, numRuns: 500 },
  );
  t.pass(`seed ${SEED}`);
});

t.test("what we format ourselves passes, and reads the same", async (t) => {
  const text = "Hi @a #tag <b>\n\nhttps://tea.example/a/long/way/that/is/cut/off & more";
  const { html } = formatStatus(text, {
    publicUrl: "https://social.example",
    tagUrl: (name) => `https://social.example/tags/${name}`,
    mentions: new Map([["a", { url: "https://social.example/@a", username: "a", acct: "a" }]]),
  });
  t.equal(plainText(html), text);
  t.equal(plainText(sanitiseHtml(html)), text);
  t.equal(
    sanitiseHtml(html).replaceAll(' target="_blank" rel="nofollow noopener"', "").length > 0,
    true,
  );
});

t.test("plain text has the lines that a reader sees", async (t) => {
  t.equal(plainText("<p>a<br>b</p><p>c</p><ul><li>d</li><li>e</li></ul>"), "a\nb\n\nc\n\nd\ne");
  t.equal(plainText("a &amp; &eacute;&#x1F375;  b\n c"), "a & é🍵 b c");
  t.equal(plainText("<script>x</script>"), "");
});

t.test("hostile pages cost little, and are bounded", async (t) => {
  const pages: [string, string][] = [
    ["deep", "<div>".repeat(100_000)],
    ["deep and listed", "<b>".repeat(80_000)],
    ["closing what was never opened", `${"<b>".repeat(1_000)}${"</i>".repeat(60_000)}`],
    ["a long value", `<a href="https://a.example/${"x".repeat(1_000_000)}">b</a>`],
    ["many attributes", `<p ${"a=b ".repeat(60_000)}>x`],
    ["one attribute, many times", `<p ${"class=mention ".repeat(15_000)}>x`],
    ["<link", "<link".repeat(50_000)],
    ["<<<<", "<".repeat(200_000)],
    ["<!--", "<!--".repeat(60_000)],
    ["silent", "<script>".repeat(30_000)],
    ["silent and closed", "<xmp></xmp>".repeat(20_000)],
    ["entities", "&amp".repeat(60_000)],
    ["ampersands", "&".repeat(200_000)],
    ["lone surrogates", "\ud800".repeat(200_000)],
    ["links in links", "<a href=https://a.example/>".repeat(9_000)],
  ];
  for (const [name, page] of pages) {
    const ms = fastestMs(() => {
      sanitiseHtml(page);
      plainText(page);
    });
    t.ok(ms < PAGE_MS_MAX, `${name}: ${ms.toFixed(1)} ms`);
  }
  const deep = sanitiseHtml("<b>".repeat(1_000));
  t.equal(deep, "<b>".repeat(HTML_DEPTH_MAX) + "</b>".repeat(HTML_DEPTH_MAX));
  t.equal(sanitiseHtml("x".repeat(HTML_UNITS_MAX + 10)).length, HTML_UNITS_MAX);
  t.ok(sanitiseHtml("<i></i>".repeat(37_000)).length < 40_000, "elements are bounded");
});
