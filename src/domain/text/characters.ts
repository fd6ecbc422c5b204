// Owns which characters belong to names, words and links, and which are never shown. Every test is
// of one code point, so that scanning stays linear.

const ASCII_WORD = new Uint8Array(128);
for (const it of "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") {
  ASCII_WORD[it.charCodeAt(0)] = 1;
}

/** Class of each code point of the base plane, learnt as they come; 0 is not learnt yet. */
const LEARNT = new Uint8Array(0x10000);
const KNOWN = 1;
const WORD = 2;
const LETTER = 4;
const WORD_CLASS = /^[\p{L}\p{M}\p{Nd}\p{Pc}]$/u;
const LETTER_CLASS = /^\p{L}$/u;

function classOf(codePoint: number): number {
  const learnt = LEARNT[codePoint];
  if (learnt !== undefined && learnt !== 0) return learnt;
  const text = String.fromCodePoint(codePoint);
  let found = KNOWN;
  if (WORD_CLASS.test(text)) found |= WORD;
  if (LETTER_CLASS.test(text)) found |= LETTER;
  if (codePoint < LEARNT.length) LEARNT[codePoint] = found;
  return found;
}

export function isAsciiWord(code: number): boolean {
  return code < 128 && ASCII_WORD[code] === 1;
}

/** Letters, marks, digits, connectors: what a word is made of. False for -1, "no character". */
export function isWord(codePoint: number): boolean {
  return codePoint >= 0 && (classOf(codePoint) & WORD) !== 0;
}

export function isLetter(codePoint: number): boolean {
  return codePoint >= 0 && (classOf(codePoint) & LETTER) !== 0;
}

export function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

/** The code point that ends just before `at`, or -1 at the start. */
export function codePointBefore(text: string, at: number): number {
  if (at <= 0) return -1;
  const low = text.charCodeAt(at - 1);
  if (low >= 0xdc00 && low <= 0xdfff && at >= 2) return text.codePointAt(at - 2) ?? low;
  return low;
}

/** The code point at `at`, or -1 at the end. */
export function codePointAt(text: string, at: number): number {
  return text.codePointAt(at) ?? -1;
}

export const unitsOf = (codePoint: number): number => (codePoint > 0xffff ? 2 : 1);

/** Controls that reorder text, and invisible characters that make two names look like one. */
const HIDDEN =
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u115f\u1160\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb]/g;

/**
 * One line of text that stands for somebody or something: control, bidirectional and invisible
 * characters removed, white space joined, ends trimmed. Joiners inside words and emoji stay.
 */
export function cleanName(text: string): string {
  return wellFormed(text).replace(/\s+/g, " ").replace(HIDDEN, "").replace(/ {2,}/g, " ").trim();
}

/** Text with line breaks as "\n", and without control characters and lone surrogates. */
export function cleanText(text: string): string {
  return wellFormed(text)
    .replace(/\r\n?/g, "\n")
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u0084\u0086-\u009f]/g, "");
}

/** Lone surrogates become U+FFFD: what cannot be written as UTF-8 is never stored. */
export function wellFormed(text: string): string {
  return text.replace(/\p{Surrogate}/gu, "\ufffd");
}

/** What would make the rest of a line run backwards; removed from what is shown. */
export function withoutBidi(text: string): string {
  return text.replace(/[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, "");
}

/** Text that is safe between tags and in quoted attributes. */
export function escapeHtml(text: string): string {
  if (!/[&<>"']/.test(text)) return text;
  return text
    .replace(/&/g, "&amp;")
    .replace(/</g, "&lt;")
    .replace(/>/g, "&gt;")
    .replace(/"/g, "&quot;")
    .replace(/'/g, "&#39;");
}
