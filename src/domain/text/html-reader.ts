// Owns reading HTML as a row of texts and tags. It follows browsers where that matters to readers;
// where hostile HTML is read in another way than a browser would, nothing is lost, because what is
// shown is written anew (sanitise.ts) and never copied. One walk, linear, never throws.

import { decodeHTML, decodeHTMLAttribute } from "entities";
import { wellFormed } from "./characters.js";

/** Code units read; what comes after is cut off. */
export const HTML_UNITS_MAX = 262_144;
const ATTRIBUTES_MAX = 32;
const NAME_UNITS_MAX = 32;
const VALUE_UNITS_MAX = 4_096;

export type Attributes = ReadonlyMap<string, string>;

export type HtmlSink = {
  text(text: string): void;
  /** Names are lower case. */
  open(name: string, attributes: Attributes): void;
  close(name: string): void;
};

/** Their content is no text for readers, or is read by other rules: left out with its content. */
const SILENT = new Set(
  (
    "script style template noscript iframe object svg math head title textarea select " +
    "xmp noembed noframes plaintext audio video canvas"
  ).split(" "),
);

const LETTER = /[A-Za-z]/;
/** A "<" before anything else is a sign of its own, as in "I <3 you". */
const SIGN = /<[A-Za-z/!?]/g;
const NAME_END = /[\s/>]/g;
const ATTRIBUTE_START = /[^\s/]/g;
const ATTRIBUTE_NAME_END = /[\s/>=]/g;
const NOT_SPACE = /\S/g;
const UNQUOTED_END = /[\s>]/g;

/** Reads the first HTML_UNITS_MAX code units of `html`. */
export function readHtml(html: string, sink: HtmlSink): void {
  const source = wellFormed(html.slice(0, HTML_UNITS_MAX)).replaceAll("\u0000", "");
  let at = 0;
  while (at < source.length) {
    const sign = find(source, SIGN, at);
    if (sign > at) sink.text(decoded(source.slice(at, sign)));
    if (sign < source.length) at = readSign(source, sign, sink);
    else return;
  }
}

const decoded = (text: string): string => (text.includes("&") ? decodeHTML(text) : text);

/** Where to read on after the tag or comment at `at`. */
function readSign(source: string, at: number, sink: HtmlSink): number {
  const next = source.charAt(at + 1);
  if (LETTER.test(next)) return readOpening(source, at + 1, sink);
  if (next === "/" && LETTER.test(source.charAt(at + 2))) return readClosing(source, at + 2, sink);
  if (source.startsWith("<!--", at)) return after(source, "-->", at + 2);
  return after(source, ">", at + 2);
}

function after(source: string, end: string, from: number): number {
  const at = source.indexOf(end, from);
  return at === -1 ? source.length : at + end.length;
}

/** The place of the first hit of the (global) pattern at or after `from`; the end if none. */
function find(source: string, pattern: RegExp, from: number): number {
  pattern.lastIndex = from;
  return pattern.exec(source)?.index ?? source.length;
}

const nameOf = (source: string, from: number, to: number): string =>
  to - from > NAME_UNITS_MAX ? "" : source.slice(from, to).toLowerCase();

function readClosing(source: string, from: number, sink: HtmlSink): number {
  const end = find(source, NAME_END, from);
  if (end < source.length) sink.close(nameOf(source, from, end));
  return after(source, ">", end);
}

function readOpening(source: string, from: number, sink: HtmlSink): number {
  const nameEnd = find(source, NAME_END, from);
  const name = nameOf(source, from, nameEnd);
  const attributes = new Map<string, string>();
  let at = find(source, ATTRIBUTE_START, nameEnd);
  while (at < source.length && source.charAt(at) !== ">") {
    at = find(source, ATTRIBUTE_START, readAttribute(source, at, attributes));
  }
  // A tag that never ends is not shown by browsers, nor is what it swallowed.
  if (at >= source.length) return source.length;
  if (!SILENT.has(name)) {
    sink.open(name, attributes);
    return at + 1;
  }
  return find(source, new RegExp(`</${name}(?=[\\s/>])`, "gi"), at + 1);
}

/** Reads one attribute that starts at `from`; the first of a name counts. */
function readAttribute(source: string, from: number, attributes: Map<string, string>): number {
  const nameEnd = find(source, ATTRIBUTE_NAME_END, from + 1);
  const name = nameOf(source, from, nameEnd);
  const sign = find(source, NOT_SPACE, nameEnd);
  let value = "";
  let end = nameEnd;
  if (source.charAt(sign) === "=") {
    const start = find(source, NOT_SPACE, sign + 1);
    const quote = source.charAt(start);
    if (quote === '"' || quote === "'") {
      end = after(source, quote, start + 1);
      value = source.slice(start + 1, end - 1);
    } else {
      end = find(source, UNQUOTED_END, start);
      value = source.slice(start, end);
    }
  }
  const isNew = name !== "" && !attributes.has(name) && attributes.size < ATTRIBUTES_MAX;
  if (isNew && value.length <= VALUE_UNITS_MAX) attributes.set(name, decodeHTMLAttribute(value));
  return end;
}
