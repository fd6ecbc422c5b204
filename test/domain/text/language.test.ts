// Names of languages, and guesses.

import t from "tap";
import { LANGUAGES, normaliseLanguage } from "../../../src/domain/text/language.js";

t.test("a tag becomes the code under which posts are kept", async (t) => {
  const table: [string | null, string | null][] = [
    ["de", "de"],
    ["DE", "de"],
    ["de-AT", "de"],
    ["zh-TW", "zh-TW"],
    ["zh_tw", "zh-TW"],
    ["deu", "de"],
    ["kab", "kab"],
    ["tok", "tok"],
    ["xx", null],
    ["", null],
    [null, null],
    ["<script>", null],
    ["a".repeat(1_000), null],
  ];
  for (const [tag, code] of table) t.equal(normaliseLanguage(tag), code, String(tag));
});

t.test("every language has one code and a name", async (t) => {
  t.equal(new Set(LANGUAGES.map((it) => it.code)).size, LANGUAGES.length);
  t.equal(
    LANGUAGES.every((it) => it.name !== "" && normaliseLanguage(it.code) === it.code),
    true,
  );
  t.same(
    LANGUAGES.find((it) => it.code === "de"),
    { code: "de", name: "German" },
  );
});
