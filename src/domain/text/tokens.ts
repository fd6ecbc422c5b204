// Owns finding mentions, hashtags and links in what people type. One walk from left to right over
// the three signs that can start one; each sign costs a bounded look-ahead or consumes what it read,
// so time is linear in the text whatever it holds. Same rules as Mastodon, so that clients' own
// highlighting and counting agree.

import { HOST_UNITS_MAX, TAG_UNITS_MAX } from "../limits.js";
import {
  codePointAt,
  codePointBefore,
  isAsciiWord,
  isDigit,
  isLetter,
  isWord,
  unitsOf,
} from "./characters.js";

export type Token =
  | { kind: "mention"; start: number; end: number; username: string; domain: string | null }
  | { kind: "tag"; start: number; end: number; shown: string }
  | { kind: "link"; start: number; end: number; url: string; scheme: string; host: string };

const USERNAME_PARSED_MAX = 128;
const SIGN = /[@#＃]|https?:\/\//gi;
const SLASH = 0x2f;
const EQUALS = 0x3d;
const DOT = 0x2e;
const DASH = 0x2d;
const UNDERSCORE = 0x5f;
const AT = 0x40;
const COLON = 0x3a;
const OPEN = 0x28;
const CLOSE = 0x29;

/** Tokens in order of their place; they never overlap. */
export function tokenise(text: string): Token[] {
  const tokens: Token[] = [];
  const sign = new RegExp(SIGN);
  for (let hit = sign.exec(text); hit !== null; hit = sign.exec(text)) {
    const read = readAt(text, hit.index, hit[0]);
    if (typeof read === "number") {
      sign.lastIndex = Math.max(read, hit.index + 1);
    } else {
      tokens.push(read);
      sign.lastIndex = read.end;
    }
  }
  return tokens;
}

/** A token, or where to go on reading if there is none. */
function readAt(text: string, start: number, sign: string): Token | number {
  if (sign === "@") return readMention(text, start);
  if (sign === "#" || sign === "＃") return readTag(text, start);
  return readLink(text, start, sign);
}

function readMention(text: string, start: number): Token | number {
  const before = codePointBefore(text, start);
  if (before === SLASH || before === EQUALS || isWord(before)) return start + 1;
  const nameEnd = readDotted(text, start + 1);
  if (nameEnd === start + 1) return start + 1;
  if (nameEnd - start > USERNAME_PARSED_MAX) return nameEnd;
  const username = text.slice(start + 1, nameEnd);
  const hostEnd = text.charCodeAt(nameEnd) === AT ? readHost(text, nameEnd + 1) : 0;
  if (hostEnd <= nameEnd + 1)
    return { kind: "mention", start, end: nameEnd, username, domain: null };
  if (hostEnd - nameEnd > HOST_UNITS_MAX) return hostEnd;
  const end = readPort(text, hostEnd);
  return { kind: "mention", start, end, username, domain: text.slice(nameEnd + 1, end) };
}

/** The end of a run of ASCII word characters, with dots and dashes only inside. */
function readDotted(text: string, from: number): number {
  let end = from;
  for (let at = from; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (isAsciiWord(code)) end = at + 1;
    else if (at === from || (code !== DOT && code !== DASH)) break;
  }
  return end;
}

/** The end of a host name: labels of letters, digits and dashes of any script, joined by dots. */
function readHost(text: string, from: number): number {
  let end = from;
  let previous = DOT;
  for (let at = from; at < text.length && at - from <= HOST_UNITS_MAX; ) {
    const code = codePointAt(text, at);
    if (code === DOT) {
      if (previous === DOT) break;
    } else if (code !== DASH && (code === UNDERSCORE || !isWord(code))) break;
    at += unitsOf(code);
    if (code !== DOT && code !== DASH) end = at;
    previous = code;
  }
  return end;
}

/** The end of `:port` if there is one at `from`, else `from`. */
function readPort(text: string, from: number): number {
  if (text.charCodeAt(from) !== COLON) return from;
  let at = from + 1;
  while (at < text.length && at - from <= 5 && isDigit(text.charCodeAt(at))) at++;
  if (at === from + 1 || isWord(codePointAt(text, at))) return from;
  return at;
}

const isTagSeparator = (code: number): boolean =>
  code === UNDERSCORE || code === 0xb7 || code === 0x30fb || code === 0x200c;

function readTag(text: string, start: number): Token | number {
  const before = codePointBefore(text, start);
  if (before === SLASH || before === EQUALS || before === CLOSE) return start + 1;
  if (before !== UNDERSCORE && isWord(before)) return start + 1;
  let end = start + 1;
  let at = start + 1;
  let named = false;
  let alphanumeric = false;
  while (at < text.length) {
    const code = codePointAt(text, at);
    const separator = isTagSeparator(code);
    if (!separator && !isWord(code)) break;
    if (separator && code !== UNDERSCORE && at === start + 1) break;
    at += unitsOf(code);
    if (isDigit(code)) alphanumeric = true;
    else if (separator) named ||= alphanumeric;
    else if (isLetter(code)) named = alphanumeric = true;
    if (!separator || code === UNDERSCORE) end = at;
  }
  const shown = text.slice(start + 1, end);
  if (!named || !alphanumeric || shown.length > TAG_UNITS_MAX || onlyDigits(shown)) return at;
  return { kind: "tag", start, end, shown };
}

const onlyDigits = (text: string): boolean => /^\p{Nd}*$/u.test(text);

/** Before a link: not a letter or digit, nor a sign that makes it part of something else. */
function mayPrecedeLink(before: number): boolean {
  if (before === -1) return true;
  if (before < 128) return !isAsciiWord(before) && !"@$#.".includes(String.fromCharCode(before));
  return before !== 0xff20 && before !== 0xff03;
}

function readLink(text: string, start: number, scheme: string): Token | number {
  const from = start + scheme.length;
  if (!mayPrecedeLink(codePointBefore(text, start))) return from;
  const hostEnd = readHost(text, from);
  const host = text.slice(from, hostEnd);
  if (!isPublicHost(host)) return from;
  const portEnd = readPort(text, hostEnd);
  // Before the path is read: whether a link is one must not depend on what follows its host.
  if (!URL.canParse(text.slice(start, portEnd))) return from;
  const end = readPath(text, portEnd);
  return { kind: "link", start, end, url: text.slice(start, end), scheme, host };
}

/** Two labels at least, and the last one not a number: a name that the world can look up. */
function isPublicHost(host: string): boolean {
  if (host.length > HOST_UNITS_MAX) return false;
  const dot = host.lastIndexOf(".");
  if (dot < 1) return false;
  const last = host.slice(dot + 1);
  return last.length >= 2 && isLetter(codePointAt(last, 0)) && !last.endsWith("-");
}

/** What cannot be in a link: white space, controls, quotes, brackets of CJK text, bidi controls. */
const NOT_IN_LINK =
  /[\s\u0000-\u001f\u007f-\u009f<>"`\\^{}\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\u3001\u3002\u300c-\u3011\uff01\uff08\uff09\uff0c\uff1b\uff1f\ufeff\ufffd]/g;
const NOT_LAST = "?!*'\";:=,.$%[]~&|@(";

/** The end of path, query and fragment: trailing punctuation and unmatched brackets stay outside. */
function readPath(text: string, from: number): number {
  if (!"/?#".includes(text.charAt(from)) || from >= text.length) return from;
  const stop = new RegExp(NOT_IN_LINK);
  stop.lastIndex = from;
  const hit = stop.exec(text);
  const limit = hit === null ? text.length : hit.index;
  let open = 0;
  let end = from;
  for (let at = from; at < limit; at++) {
    const code = text.charCodeAt(at);
    if (code === OPEN) open++;
    else if (code === CLOSE && --open < 0) break;
    if (code === CLOSE || !NOT_LAST.includes(text.charAt(at))) end = at + 1;
  }
  return end;
}
