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

/** Graphemes of the text. Linear; ASCII needs no segmenting. */
export function countGraphemes(text: string): number {
  if (/^[\u0000-\u007f]*$/.test(text)) {
    return text.includes("\r\n") ? text.replace(/\r\n/g, "\n").length : text.length;
  }
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
