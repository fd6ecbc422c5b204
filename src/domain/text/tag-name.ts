// Owns how a hashtag's spelling becomes its name: two spellings are one tag if they have one name.

/** Latin letters whose accent is a stroke and not a mark of its own. */
const STROKES: Readonly<Record<string, string>> = {
  Ð: "d",
  ð: "d",
  Đ: "d",
  đ: "d",
  Ø: "o",
  ø: "o",
  Ħ: "h",
  ħ: "h",
  ı: "i",
  ĸ: "k",
  Ł: "l",
  ł: "l",
  Ŋ: "n",
  ŋ: "n",
  Ŧ: "t",
  ŧ: "t",
  ſ: "s",
};

/**
 * The name of a tag: compatibility forms joined (NFKC), lower case, accents of Latin letters
 * folded, everything but letters, marks, digits, `_`, `·`, `・` and ZWNJ removed. May be empty.
 */
export function tagName(shown: string): string {
  return shown
    .normalize("NFKC")
    .toLowerCase()
    .replace(/[\u00c0-\u017f]/g, fold)
    .replace(/[^\p{L}\p{M}\p{Nd}_\u00b7\u30fb\u200c]/gu, "");
}

function fold(letter: string): string {
  return STROKES[letter] ?? letter.normalize("NFD").replace(/[\u0300-\u036f]/g, "");
}
