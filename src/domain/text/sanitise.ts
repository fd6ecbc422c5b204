// Owns which HTML may be shown: an allow-list of elements, attributes, classes and link schemes.
// HTML is read as texts and tags and written anew from the list: nothing is passed on as it came,
// every text and value is escaped on the way out, and no element is written whose content a browser
// would read by other rules. So HTML that two parsers read in two ways has nothing to spring.
// Bounded in length, depth, elements and attributes; linear; never throws.

import { cleanText, escapeHtml, withoutBidi } from "./characters.js";
import { type Attributes, type HtmlSink, readHtml } from "./html-reader.js";

/** Elements open at a time; deeper ones give only their text. */
export const HTML_DEPTH_MAX = 32;
/** Elements written; later ones give only their text. */
export const HTML_ELEMENTS_MAX = 4_096;

const words = (text: string): string[] => text.split(" ");

const ELEMENTS = new Set(
  words(
    "p br span a abbr del s pre blockquote code b strong u sub sup i em h1 h2 h3 h4 h5 h6 " +
      "ul ol li ruby rt rp",
  ),
);
/** They end an open paragraph, as in browsers. */
const END_PARAGRAPH = new Set(words("p pre blockquote h1 h2 h3 h4 h5 h6 ul ol"));
/** Not listed, but they part what is before from what is after. */
const PARTS = new Set(words("div section article header footer main table tr dl dt dd figure hr"));

const CLASS =
  /^(?:[hpu]-[\w-]+|dt-[\w-]+|e-[\w-]+|mention|hashtag|ellipsis|invisible|quote-inline)$/;
const RELS = new Set(words("tag me noopener noreferrer nofollow ugc license"));
const SCHEMES = new Set(
  words("http: https: dat: dweb: ipfs: ipns: ssb: gopher: xmpp: magnet: gemini:"),
);
const LANGUAGE = /^[A-Za-z]{2,3}(?:-[A-Za-z0-9]{1,8}){0,4}$/;
const WHOLE_NUMBER = /^-?[0-9]{1,6}$/;

export type SanitiseOptions = {
  /** Shows what is marked to be hidden or shortened: where a reader must see a whole address. */
  showHidden?: boolean;
};

/** The HTML with nothing but the allow-list in it. */
export function sanitiseHtml(html: string, options: SanitiseOptions = {}): string {
  const writer = new Writer(options.showHidden === true);
  readHtml(html, writer);
  return writer.end();
}

/** True if a link may lead there. */
export function isAllowedLink(href: string): boolean {
  return URL.canParse(href) && SCHEMES.has(new URL(href).protocol);
}

class Writer implements HtmlSink {
  #out: string[] = [];
  #open: string[] = [];
  #elements = 0;
  /** A line break to write before the next text or element. */
  #parted = false;
  readonly #showHidden: boolean;

  constructor(showHidden: boolean) {
    this.#showHidden = showHidden;
  }

  text(text: string): void {
    if (this.#parted && text.trim() === "") return;
    this.#part();
    this.#out.push(escapeHtml(cleanText(text).replace(/[\u202d\u202e]/g, "")));
  }

  open(name: string, attributes: Attributes): void {
    if (PARTS.has(name)) this.#parted = this.#out.length > 0;
    if (!ELEMENTS.has(name) || this.#elements >= HTML_ELEMENTS_MAX) return;
    if (END_PARAGRAPH.has(name)) {
      this.close("p");
      this.#parted = false;
    }
    if (this.#open.length >= HTML_DEPTH_MAX) return;
    // A link in a link would end the outer one wherever it is read again.
    if (name === "a" && this.#open.includes("a")) return;
    const written = this.#attributes(name, attributes);
    if (written === null) return;
    this.#part();
    this.#elements++;
    if (name === "br") {
      this.#out.push("<br />");
      return;
    }
    this.#open.push(name);
    this.#out.push(`<${name}${written}>`);
  }

  close(name: string): void {
    if (PARTS.has(name)) this.#parted = this.#out.length > 0;
    const at = this.#open.lastIndexOf(name);
    if (at === -1) return;
    while (this.#open.length > at) this.#out.push(`</${this.#open.pop()}>`);
    if (END_PARAGRAPH.has(name)) this.#parted = false;
  }

  end(): string {
    while (this.#open.length > 0) this.#out.push(`</${this.#open.pop()}>`);
    return this.#out.join("");
  }

  #part(): void {
    if (!this.#parted) return;
    this.#parted = false;
    this.#out.push("<br />");
  }

  /** Null if the element says nothing without an attribute that it lacks. */
  #attributes(name: string, given: Attributes): string | null {
    const kept = keptAttributes(name, given, this.#showHidden);
    if (kept === null) return null;
    let text = "";
    for (const [key, value] of kept) {
      if (value !== "") text += ` ${key}="${escapeHtml(value)}"`;
    }
    return text;
  }
}

type Kept = [string, string][];

function keptAttributes(name: string, given: Attributes, showHidden: boolean): Kept | null {
  const language: [string, string] = ["lang", matching(given.get("lang"), LANGUAGE)];
  switch (name) {
    case "a":
      return linkAttributes(given, showHidden);
    case "span":
    case "p":
      return [["class", classes(given, showHidden)], ["translate", translate(given)], language];
    case "abbr":
      return [["title", withoutBidi(given.get("title") ?? "")], language];
    case "ol":
      return [
        ["start", matching(given.get("start"), WHOLE_NUMBER)],
        ["reversed", given.has("reversed") ? "reversed" : ""],
      ];
    case "li":
      return [["value", matching(given.get("value"), WHOLE_NUMBER)]];
    case "blockquote": {
      const cite = given.get("cite") ?? "";
      return [["cite", isAllowedLink(cite) ? new URL(cite).href : ""], language];
    }
    default:
      return [language];
  }
}

function linkAttributes(given: Attributes, showHidden: boolean): Kept | null {
  const href = given.get("href") ?? "";
  if (!isAllowedLink(href)) return null;
  const rels = words(given.get("rel") ?? "").filter((it) => RELS.has(it));
  const rel = [...new Set([...rels, "nofollow", "noopener"])].join(" ");
  return [
    ["href", new URL(href).href],
    ["class", classes(given, showHidden)],
    ["target", "_blank"],
    ["rel", rel],
    ["translate", translate(given)],
  ];
}

function classes(given: Attributes, showHidden: boolean): string {
  const names = (given.get("class") ?? "").split(/\s+/).filter((it) => CLASS.test(it));
  if (!showHidden) return names.join(" ");
  return names.filter((it) => it !== "invisible" && it !== "ellipsis").join(" ");
}

const translate = (given: Attributes): string => matching(given.get("translate"), /^(?:yes|no)$/);

const matching = (value: string | undefined, pattern: RegExp): string =>
  value !== undefined && pattern.test(value) ? value : "";
