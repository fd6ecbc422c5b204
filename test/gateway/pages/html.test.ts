// Owns the promises of writing HTML and XML.

import t from "tap";
import {
  cleanText,
  escapeText,
  html,
  sanitised,
  wordsOf,
} from "../../../src/gateway/pages/html.js";

t.test("whatever is put into a template is escaped", async (t) => {
  const evil = `<script>alert("x")</script>&'`;
  t.equal(
    html`<p title="${evil}">${evil}</p>`.markup,
    '<p title="&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt;&amp;&#39;">' +
      "&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt;&amp;&#39;</p>",
  );
});

t.test("markup is kept, lists are joined, nothing is nothing", async (t) => {
  const items = ["a", "<b>"].map((it) => html`<li>${it}</li>`);
  t.equal(
    html`<ul>${items}${null}${undefined}${false}${0}</ul>`.markup,
    "<ul><li>a</li><li>&lt;b&gt;</li>0</ul>",
  );
});

t.test("an object that only looks like markup cannot come from JSON as text", async (t) => {
  t.equal(
    html`${JSON.stringify({ markup: "<b>" })}`.markup,
    "{&quot;markup&quot;:&quot;&lt;b&gt;&quot;}",
  );
});

t.test("SEC-74 what no document may hold is replaced", async (t) => {
  t.equal(cleanText("a\u0000b\u001fc\ufffe"), "abc");
  t.equal(cleanText("\ud83d"), "\ufffd");
  t.equal(cleanText("x\ude00y"), "x\ufffdy");
  t.equal(cleanText("😀\n\t"), "😀\n\t");
  t.equal(escapeText("]]>"), "]]&gt;");
});

t.test("SEC-66 HTML of others is sanitised on the way out too", async (t) => {
  t.notMatch(sanitised('<p onclick="x">hi<script>x</script></p>').markup, /onclick|<script/);
  t.match(sanitised('<a href="https://x.example" rel="me">x</a>').markup, /rel="[^"]*\bme\b/);
});

t.test("words are cut by characters, on one line", async (t) => {
  t.equal(wordsOf("<p>one &amp; two</p><p>three</p>", 100), "one & two three");
  t.equal(wordsOf("😀".repeat(10), 5), "😀😀😀😀…");
});
