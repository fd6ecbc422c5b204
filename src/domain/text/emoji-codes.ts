// Owns finding `:shortcode:` in text. Which of them exist is for the caller to know.

import { EMOJI_SHORTCODE_UNITS_MAX, EMOJI_SHORTCODE_UNITS_MIN } from "../limits.js";
import { codePointAt, codePointBefore, isAsciiWord, isWord } from "./characters.js";

const COLON = 0x3a;

/**
 * The shortcodes in the texts, each once, in order. A shortcode stands between colons that touch
 * no word and no other colon. Linear.
 */
export function scanEmojiCodes(...texts: readonly string[]): string[] {
  const found = new Set<string>();
  for (const text of texts) {
    let open = text.indexOf(":");
    while (open !== -1) {
      const close = text.indexOf(":", open + 1);
      if (close === -1) break;
      if (isCode(text, open, close)) {
        found.add(text.slice(open + 1, close));
        open = text.indexOf(":", close + 1);
      } else open = close;
    }
  }
  return [...found];
}

function isCode(text: string, open: number, close: number): boolean {
  const units = close - open - 1;
  if (units < EMOJI_SHORTCODE_UNITS_MIN || units > EMOJI_SHORTCODE_UNITS_MAX) return false;
  for (let at = open + 1; at < close; at++) if (!isAsciiWord(text.charCodeAt(at))) return false;
  return isFree(codePointBefore(text, open)) && isFree(codePointAt(text, close + 1));
}

const isFree = (codePoint: number): boolean =>
  codePoint !== COLON && (codePoint === 0x5f || !isWord(codePoint));
