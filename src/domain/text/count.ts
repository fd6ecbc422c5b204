// Owns how long a post is: in graphemes, as people count, with links and handles at a flat price.

import { POST_UNITS_MAX, URL_GRAPHEMES } from "../limits.js";
import { tokenise } from "./tokens.js";

const SEGMENTER = new Intl.Segmenter("en", { granularity: "grapheme" });

/**
 * Length of a post with its spoiler: a link counts as URL_GRAPHEMES, `@user@host` as `@user`. A
 * text of more than POST_UNITS_MAX code units counts as that many: it is too long in any case.
 */
export function countCharacters(text: string, spoiler = ""): number {
  if (text.length + spoiler.length > POST_UNITS_MAX) return text.length + spoiler.length;
  return countGraphemes(spoiler) + countText(text);
}

function countText(text: string): number {
  if (!text.includes("@") && !text.includes("://")) return countGraphemes(text);
  let count = 0;
  let from = 0;
  for (const token of tokenise(text)) {
    if (token.kind === "tag") continue;
    count += countGraphemes(text.slice(from, token.start));
    count += token.kind === "link" ? URL_GRAPHEMES : token.username.length + 1;
    from = token.end;
  }
  return count + countGraphemes(text.slice(from));
}

/**
 * Characters that never join a neighbour unless the neighbour is one of the others (CR aside):
 * Latin, Greek, Cyrillic, Armenian letters, punctuation, kana, common Han, Hangul syllables.
 */
const PLAIN =
  "\\u0000-\\u02ff\\u0370-\\u0482\\u048a-\\u058f\\u2010-\\u2027\\u2030-\\u205e\\u20a0-\\u20cf" +
  "\\u3001-\\u3029\\u3041-\\u3096\\u309b-\\u30ff\\u4e00-\\u9fff\\uac00-\\ud7a3\\uff01-\\uff60";
const ALL_PLAIN = new RegExp(`^[${PLAIN}]*$`);
/** The others, with a plain character at either side: what needs segmenting. Cannot backtrack. */
const JOINING = new RegExp(`(?:[${PLAIN}]?[^${PLAIN}]+)+[${PLAIN}]?`, "g");

/** Graphemes of the text. Linear; the slow segmenter sees only what may join. */
export function countGraphemes(text: string): number {
  const line = text.includes("\r\n") ? text.replace(/\r\n/g, "\n") : text;
  if (ALL_PLAIN.test(line)) return line.length;
  let count = line.length;
  for (const [part] of line.matchAll(JOINING)) count += segments(part) - part.length;
  return count;
}

function segments(text: string): number {
  let count = 0;
  for (const _ of SEGMENTER.segment(text)) count++;
  return count;
}

/** True if the text has at most `max` graphemes; bounded work however long it is. */
export function fitsGraphemes(text: string, max: number): boolean {
  if (text.length <= max) return true;
  if (text.length > POST_UNITS_MAX) return false;
  return countGraphemes(text) <= max;
}
