// Owns how text becomes words that SQLite's tokenizer splits as we want, on writing and on asking
// alike: what was written is found again only because both sides pass through here. Scripts that
// are written without spaces become one word a character, so that any part of a run is found as a
// phrase. A query is put together from quoted words only; nobody's text is ever query syntax.

/** Scripts without spaces between words, and Hangul, where the parts of a word are asked for. */
const UNSPACED =
  "\\p{Script=Han}\\p{Script=Hiragana}\\p{Script=Katakana}\\p{Script=Hangul}\\p{Script=Thai}" +
  "\\p{Script=Lao}\\p{Script=Khmer}\\p{Script=Myanmar}\\p{Script=Bopomofo}ー々〆";
const UNSPACED_CHARACTER = new RegExp(`[${UNSPACED}]`, "gu");
const ANY_UNSPACED = new RegExp(`[${UNSPACED}]`, "u");
/** What the tokenizer takes for part of a word. */
const WORD_CHARACTER = /[\p{L}\p{N}\p{Co}]/u;
const CONTROL = /[\p{Cc}\p{Cs}]/gu;
const ASCII_ONLY = /^[\x20-\x7e]*$/;

/** Text as it is given to the tokenizer: compatibility forms folded, unspaced scripts split. */
export function spacedOut(text: string): string {
  if (ASCII_ONLY.test(text)) return text;
  const folded = text.normalize("NFKC").replace(CONTROL, " ");
  return ANY_UNSPACED.test(folded) ? folded.replace(UNSPACED_CHARACTER, " $& ") : folded;
}

/**
 * A facet such as `from:123` as one word of letters and digits, case folded. Everything but a–p,
 * r–z and digits is written as its code point between two `q`, so different facets stay different.
 */
export function facetWord(facet: string): string {
  const escaped = (character: string) => `q${character.codePointAt(0)?.toString(16)}q`;
  return `x${facet.toLowerCase().replace(/[^a-pr-z0-9]/gu, escaped)}`;
}

/** The facets column: the facets given, and one that every document has. */
export function facetsColumn(facets: string | undefined): string {
  const words = (facets ?? "").split(/\s+/).filter((facet) => facet !== "");
  return [EVERY, ...words.map(facetWord)].join(" ");
}

const EVERY = "every";

export type Wanted = {
  words: readonly string[];
  phrases?: readonly string[];
  notWords?: readonly string[];
  facets?: readonly string[];
};

/** The match expression, or null if what was asked for holds no word at all. */
export function matchExpression(wanted: Wanted): string | null {
  const must: string[] = [];
  const mustNot: string[] = [];
  wanted.words.forEach((word, at) => {
    addWord(must, word, at === wanted.words.length - 1);
  });
  for (const phrase of wanted.phrases ?? []) addWord(must, phrase, false);
  for (const word of wanted.notWords ?? []) addWord(mustNot, word, false);
  for (const facet of wanted.facets ?? []) addFacet(facet, must, mustNot);
  const asked = must.length + mustNot.length;
  if (asked === 0) return null;
  if (must.length === 0) must.push(`facets : "${EVERY}"`);
  const all = must.join(" AND ");
  return mustNot.length === 0 ? all : `(${all}) NOT (${mustNot.join(" OR ")})`;
}

function addWord(terms: string[], word: string, mayBePrefix: boolean): void {
  const isPrefix = mayBePrefix && word.endsWith("*");
  const text = spacedOut(word).replace(CONTROL, " ").replaceAll('"', " ").trim();
  // A word of punctuation alone has no tokens, and would make the whole expression match nothing.
  if (!WORD_CHARACTER.test(text)) return;
  terms.push(`body : "${text}"${isPrefix ? " *" : ""}`);
}

function addFacet(facet: string, must: string[], mustNot: string[]): void {
  const denied = facet.startsWith("-");
  const name = denied ? facet.slice(1) : facet;
  if (name === "") return;
  (denied ? mustNot : must).push(`facets : "${facetWord(name)}"`);
}
